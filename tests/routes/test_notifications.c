/* test_notifications.c - who is told of what, by a real worker; and what people do with what they were told. */
#include "api.h"
#include "pg.h"
#include "workers.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static int serial;

static int begin(void **state)
{
    (void)state;
    api_begin();
    workers_start(0, 2);
    return 0;
}

static int end(void **state)
{
    (void)state;
    assert_int_equal(workers_stop(0), 0);
    return 0;
}

/* A brand of its own for each test: its owner, a manager and two members of its team, and a guest who is in no team. */
struct place {
    struct api_person ada, grace, linus, mary, guest;
    struct api_brand brand;
    char task[UUID_TEXT_SIZE];
};

static struct api_person person(const char *name)
{
    struct api_person p = api_person(api_f("%s%d", name, serial));
    pg_exec("update karara.users set first_name = initcap('%s'), last_name = '' where id = '%s'", name, p.id);
    return p;
}

static struct place make_place(void)
{
    serial++;
    struct place p = { .ada = person("ada"), .grace = person("grace"), .linus = person("linus"), .mary = person("mary"),
                       .guest = person("gus") };
    p.brand = api_brand(api_f("told%d", serial), &p.ada);
    api_join(&p.brand, &p.grace, "manager");
    api_join(&p.brand, &p.linus, "member");
    api_join(&p.brand, &p.mary, "member");
    api_join(&p.brand, &p.guest, "client");
    struct uuid task = api_task(&p.brand, &p.ada, "Write the story");
    uuid_format(&task, p.task);
    return p;
}

static const char *at(const struct place *p, const char *more)
{
    return api_f("/api/v1/brands/%s/notifications%s", p->brand.id, more);
}

/* Waits until everything that has happened is decided. */
static void decided(void)
{
    /* What can't be decided waits for another attempt: why is worth more than that it did. */
    const char *why = pg_value("select max(last_error) from karara.jobs where kind like 'notification%%'");
    if (*why != '\0') {
        fail_msg("%s", why);
    }
    workers_expect("0", 60,
                   "select (select count(*) from karara.events where sequenced_at is null) + (select count(*) from karara.jobs "
                   "where kind = 'notifications_decide')");
}

static void assign(const struct place *p, const struct api_person *by, const struct api_person *to)
{
    struct api_reply r = api_post(by, api_f("/api/v1/tasks/%s/assign", p->task),
                                  to != NULL ? api_f("{\"assignee_ids\":[\"%s\"]}", to->id) : "{\"assignee_ids\":[]}");
    if (r.status != 200) {
        fail_msg("%d %s", r.status, r.body);
    }
}

/* Types of what somebody was told, the oldest first: "task.assigned task.status". */
static const char *told(const struct place *p, const struct api_person *who)
{
    decided();
    return api_f("%s", pg_value("select string_agg(type, ' ' order by created_at, id) from tenant_shared.notifications where user_id = "
                                "'%s' and brand_id = '%s'",
                                who->id, p->brand.id));
}

/* The id of somebody's newest. */
static const char *newest(const struct place *p, const struct api_person *who)
{
    struct api_reply r = api_get(who, at(p, "?limit=1"));
    return api_text(&r, "data.0.id");
}

/* ---- being told ---- */

static void who_is_assigned_is_told_by_whom_and_why(void **state)
{
    (void)state;
    struct place p = make_place();
    assign(&p, &p.ada, &p.linus);
    assert_string_equal(told(&p, &p.linus), "task.assigned");
    assert_string_equal(told(&p, &p.ada), "");
    assert_string_equal(told(&p, &p.grace), "");
    struct api_reply r = api_get(&p.linus, at(&p, ""));
    assert_int_equal(r.status, 200);
    assert_int_equal(api_number(&r, "count"), 1);
    assert_string_equal(api_text(&r, "data.0.title"), api_f("Ada assigned %s-1 to you", pg_value("select key from tenant_shared.boards where id = '%s'", p.brand.board_id)));
    assert_string_equal(api_text(&r, "data.0.message"), "Write the story");
    assert_string_equal(api_text(&r, "data.0.reason"), "assigned");
    assert_string_equal(api_text(&r, "data.0.actor.id"), p.ada.id);
    assert_string_equal(api_text(&r, "data.0.subject.type"), "task");
    assert_string_equal(api_text(&r, "data.0.subject.id"), p.task);
    assert_non_null(strstr(api_text(&r, "data.0.url"), p.brand.board_id));
    assert_true(json_is_false(api_json(&r, "data.0.is_read")));
    assert_string_equal(api_text(&r, "data.0.deliveries.1.way"), "in_app");
    assert_string_equal(api_text(&r, "data.0.deliveries.1.status"), "sent");
    assert_string_equal(api_text(&r, "data.0.deliveries.0.way"), "email");
    assert_string_equal(api_text(&r, "data.0.deliveries.0.status"), "waiting");
}

static void nobody_is_told_of_what_they_did_themselves(void **state)
{
    (void)state;
    struct place p = make_place();
    assign(&p, &p.grace, &p.grace);
    assert_string_equal(told(&p, &p.grace), "");
    assert_string_equal(told(&p, &p.ada), "");
}

static void the_words_are_in_the_persons_language(void **state)
{
    (void)state;
    struct place p = make_place();
    pg_exec("update karara.users set preferences = '{\"language\": \"de-AT\"}' where id = '%s'", p.linus.id);
    assign(&p, &p.ada, &p.linus);
    told(&p, &p.linus);
    struct api_reply r = api_get(&p.linus, at(&p, ""));
    assert_non_null(strstr(api_text(&r, "data.0.title"), "Ada hat Ihnen"));
}

/* ---- what people do with it ---- */

static void what_is_unread_is_counted_and_the_count_kept_while_nothing_changes(void **state)
{
    (void)state;
    struct place p = make_place();
    struct api_reply r = api_get(&p.linus, at(&p, "/unread"));
    assert_int_equal(api_number(&r, "data.unread"), 0);
    assert_true(json_is_null(api_json(&r, "data.latest_at")));
    assign(&p, &p.ada, &p.linus);
    told(&p, &p.linus);
    r = api_get(&p.linus, at(&p, "/unread"));
    assert_int_equal(api_number(&r, "data.unread"), 1);
    const char *tag = api_header(&r, "ETag");
    assert_int_equal(API_SEND(&p.linus, "GET", at(&p, "/unread"), NULL, "If-None-Match", tag).status, 304);

    r = api_send(&p.linus, "PUT", at(&p, api_f("/%s", newest(&p, &p.linus))), "{\"is_read\":true}", NULL);
    assert_int_equal(r.status, 200);
    assert_true(json_is_true(api_json(&r, "data.is_read")));
    assert_false(json_is_null(api_json(&r, "data.read_at")));
    r = API_SEND(&p.linus, "GET", at(&p, "/unread"), NULL, "If-None-Match", tag);
    assert_int_equal(r.status, 200);
    assert_int_equal(api_number(&r, "data.unread"), 0);
    r = api_get(&p.linus, at(&p, "?is_read=false"));
    assert_int_equal(api_number(&r, "count"), 0);
    r = api_send(&p.linus, "PUT", at(&p, api_f("/%s", newest(&p, &p.linus))), "{\"is_read\":false}", NULL);
    assert_true(json_is_null(api_json(&r, "data.read_at")));
    r = api_get(&p.linus, at(&p, "?is_read=false&type=task.assigned"));
    assert_int_equal(api_number(&r, "count"), 1);
    r = api_get(&p.linus, at(&p, "?type=task.overdue"));
    assert_int_equal(api_number(&r, "count"), 0);
}

static void notifications_of_others_are_not_there(void **state)
{
    (void)state;
    struct place p = make_place();
    assign(&p, &p.ada, &p.linus);
    told(&p, &p.linus);
    const char *id = newest(&p, &p.linus);
    assert_int_equal(api_get(&p.linus, at(&p, api_f("/%s", id))).status, 200);
    assert_int_equal(api_get(&p.ada, at(&p, api_f("/%s", id))).status, 404);
    assert_int_equal(api_send(&p.ada, "PUT", at(&p, api_f("/%s", id)), "{\"is_read\":true}", NULL).status, 404);
    assert_int_equal(api_delete(&p.ada, at(&p, api_f("/%s", id))).status, 404);
    struct api_reply r = api_get(&p.ada, at(&p, ""));
    assert_int_equal(api_number(&r, "count"), 0);
    assert_int_equal(api_delete(&p.linus, at(&p, api_f("/%s", id))).status, 200);
    assert_int_equal(api_delete(&p.linus, at(&p, api_f("/%s", id))).status, 404);
    assert_int_equal(pg_count("select count(*) from tenant_shared.notification_deliveries where user_id = '%s'", p.linus.id), 0);
}

static void all_is_read_but_what_came_after_the_screen_was_drawn(void **state)
{
    (void)state;
    struct place p = make_place();
    assign(&p, &p.ada, &p.linus);
    told(&p, &p.linus);
    assign(&p, &p.ada, NULL);
    assert_string_equal(told(&p, &p.linus), "task.assigned task.unassigned");
    struct api_reply r = api_get(&p.linus, at(&p, ""));
    const char *seen = api_text(&r, "data.1.created_at");
    r = api_send(&p.linus, "PUT", at(&p, "/mark-all-read"), api_f("{\"until\":\"%s\"}", seen), NULL);
    assert_int_equal(r.status, 200);
    assert_int_equal(api_number(&r, "data.count"), 1);
    r = api_get(&p.linus, at(&p, "/unread"));
    assert_int_equal(api_number(&r, "data.unread"), 1);
    r = api_send(&p.linus, "PUT", at(&p, "/mark-all-read"), "{}", NULL);
    assert_int_equal(api_number(&r, "data.count"), 1);
    r = api_send(&p.linus, "PUT", at(&p, "/mark-all-read"), "{}", NULL);
    assert_int_equal(api_number(&r, "data.count"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_is_assigned_is_told_by_whom_and_why),
        cmocka_unit_test(nobody_is_told_of_what_they_did_themselves),
        cmocka_unit_test(the_words_are_in_the_persons_language),
        cmocka_unit_test(what_is_unread_is_counted_and_the_count_kept_while_nothing_changes),
        cmocka_unit_test(notifications_of_others_are_not_there),
        cmocka_unit_test(all_is_read_but_what_came_after_the_screen_was_drawn),
    };
    return cmocka_run_group_tests_name("notifications", tests, begin, end);
}
