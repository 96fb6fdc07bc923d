/* test_notifications.c - who is told of what, by a real worker; and what people do with what they were told. */
#include "api.h"
#include "pg.h"
#include "setting.h"
#include "workers.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int serial;

static int begin(void **state)
{
    /* What is to be sent later is sent when a test says so. */
    setting(CONF_NOTIFICATION_MAIL_DELAY, "3600");
    return workers_begin(state);
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
    struct place p = {
        .ada = person("ada"), .grace = person("grace"), .linus = person("linus"), .mary = person("mary"), .guest = person("gus")
    };
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
    const char *why = pg_value("select max(last_error) from karara.jobs where kind like 'notification%%' and attempts > 0");
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
    return api_f(
        "%s", pg_value("select string_agg(type, ' ' order by created_at, id) from tenant_shared.notifications where user_id = "
                       "'%s' and brand_id = '%s'",
                       who->id, p->brand.id));
}

/* The same, of the newest alone: why. */
static const char *because(const struct place *p, const struct api_person *who)
{
    return api_f(
        "%s",
        pg_value(
            "select reason from tenant_shared.notifications where user_id = '%s' and brand_id = '%s' order by created_at desc, "
            "id desc limit 1",
            who->id, p->brand.id));
}

static void change(const struct place *p, const struct api_person *by, const char *body)
{
    struct api_reply r = api_patch(by, api_f("/api/v1/tasks/%s", p->task), body);
    if (r.status != 200) {
        fail_msg("%d %s", r.status, r.body);
    }
}

/* What waits to be sent is due now; waits until that is done. */
static void time_passes(const struct place *p)
{
    decided();
    pg_exec(
        "update tenant_shared.notification_deliveries set due_at = now() where brand_id = '%s' and status = 'waiting'; "
        "update karara.jobs set run_at = now() where brand_id = '%s' and kind in ('notification_send', 'notification_digest')",
        p->brand.id, p->brand.id);
    workers_expect(
        "0", 60,
        "select count(*) from karara.jobs where brand_id = '%s' and kind in ('notification_send', 'notification_digest')",
        p->brand.id);
}

/* How a way of somebody's newest notification stands, and why: "skipped read before". */
static const char *delivery(const struct place *p, const struct api_person *who, const char *way)
{
    return api_f(
        "%s",
        pg_value("select d.status || coalesce(' ' || d.error, '') from tenant_shared.notification_deliveries d "
                 "join tenant_shared.notifications n on n.brand_id = d.brand_id and n.id = d.notification_id "
                 "where d.brand_id = '%s' and d.user_id = '%s' and d.way = '%s' order by n.created_at desc, n.id desc limit 1",
                 p->brand.id, who->id, way));
}

static long long mails(const struct api_person *who)
{
    return pg_count("select count(*) from karara.mails where to_address = '%s'", who->email);
}

static void prefer(const struct place *p, const struct api_person *who, const char *body)
{
    struct api_reply r = api_patch(who, at(p, "/preferences"), body);
    if (r.status != 200) {
        fail_msg("%d %s", r.status, r.body);
    }
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
    assert_string_equal(
        api_text(&r, "data.0.title"),
        api_f("Ada assigned %s-1 to you", pg_value("select key from tenant_shared.boards where id = '%s'", p.brand.board_id)));
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
    assert_int_equal(pg_count("select count(*) from tenant_shared.notification_deliveries where user_id = '%s'", p.linus.id),
                     0);
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

/* ---- one decision for each person and event ---- */

static void many_reasons_make_one_notification_of_what_matters_most(void **state)
{
    (void)state;
    struct place p = make_place();
    assign(&p, &p.ada, &p.linus);
    told(&p, &p.linus);
    /* Grace assigns it to Ada too, who made it, moves its date and raises its priority, all at once. */
    change(&p, &p.grace,
           api_f("{\"assignee_ids\":[\"%s\",\"%s\"],\"priority\":\"urgent\",\"due_at\":\"2099-01-01T10:00:00Z\","
                 "\"status\":\"on_hold\"}",
                 p.linus.id, p.ada.id));
    assert_string_equal(told(&p, &p.ada), "task.assigned");
    assert_string_equal(told(&p, &p.linus), "task.assigned task.status");
    assert_string_equal(told(&p, &p.grace), "");
    assert_string_equal(because(&p, &p.ada), "assigned");
}

static void those_who_work_on_a_task_and_who_made_it_hear_of_its_changes(void **state)
{
    (void)state;
    struct place p = make_place();
    assign(&p, &p.ada, &p.linus);
    told(&p, &p.linus);
    change(&p, &p.grace, "{\"priority\":\"high\"}");
    assert_string_equal(told(&p, &p.linus), "task.assigned task.updated");
    assert_string_equal(told(&p, &p.ada), "task.updated");
    assert_string_equal(because(&p, &p.ada), "creator");
    change(&p, &p.grace, "{\"status\":\"in_progress\"}");
    decided(); /* what comes at once is decided at once, in any order */
    change(&p, &p.grace, "{\"title\":\"Write another story\"}");
    change(&p, &p.grace, "{\"status\":\"completed\"}");
    assert_string_equal(told(&p, &p.linus), "task.assigned task.updated task.status task.completed");
    assert_string_equal(told(&p, &p.ada), "task.updated task.status task.completed");
    struct api_reply r = api_get(&p.ada, at(&p, "?type=task.status"));
    assert_non_null(strstr(api_text(&r, "data.0.title"), "to In progress"));
    assert_string_equal(api_text(&r, "data.0.data.changes.status.from"), "todo");
}

static void a_new_task_tells_those_it_is_made_for(void **state)
{
    (void)state;
    struct place p = make_place();
    struct api_reply r =
        api_post(&p.ada, api_f("/api/v1/boards/%s/tasks", p.brand.board_id),
                 api_f("{\"title\":\"Read it\",\"assignee_ids\":[\"%s\",\"%s\"],\"due_at\":\"2099-03-02T15:30:00Z\"}",
                       p.linus.id, p.ada.id));
    assert_int_equal(r.status, 201);
    assert_string_equal(told(&p, &p.linus), "task.assigned");
    assert_string_equal(told(&p, &p.ada), "");
    r = api_get(&p.linus, at(&p, ""));
    assert_string_equal(api_text(&r, "data.0.message"), "Read it · due Mon 2 Mar, 15:30");
}

static void deciding_again_changes_nothing(void **state)
{
    (void)state;
    struct place p = make_place();
    assign(&p, &p.ada, &p.linus);
    assert_string_equal(told(&p, &p.linus), "task.assigned");
    const char *payload =
        api_f("%s", pg_value("select payload from karara.jobs_done where kind = 'notifications_decide' and brand_id = '%s' "
                             "order by id desc limit 1",
                             p.brand.id));
    for (int i = 0; i < 3; i++) {
        assert_string_equal(workers_await(workers_job("notifications_decide", payload, api_f(", brand_id = '%s'", p.brand.id))),
                            "done");
    }
    assert_string_equal(told(&p, &p.linus), "task.assigned");
    assert_int_equal(
        pg_count("select count(*) from karara.jobs where kind = 'notification_send' and brand_id = '%s'", p.brand.id), 1);
}

static void workers_that_are_killed_amid_it_tell_everybody_once(void **state)
{
    (void)state;
    enum { ROUNDS = 8 };
    struct place p = make_place();
    for (int i = 0; i < ROUNDS; i++) {
        assign(&p, &p.ada, &p.linus);
        assign(&p, &p.ada, &p.grace);
        workers_kill(0);
        workers_start(0, 2);
    }
    decided();
    assert_int_equal(
        pg_count("select count(*) from tenant_shared.notifications where brand_id = '%s'", p.brand.id),
        pg_count("select count(distinct (user_id, event_id)) from tenant_shared.notifications where brand_id = '%s'",
                 p.brand.id));
    /* Who came and went again before it was decided may have heard of neither; of what stands now, Grace has heard. */
    assert_true(pg_count("select count(*) from tenant_shared.notifications where brand_id = '%s' and user_id = '%s' and type = "
                         "'task.assigned'",
                         p.brand.id, p.grace.id) >= 1);
    time_passes(&p);
    assert_int_equal(
        pg_count("select count(*) from tenant_shared.notification_deliveries where brand_id = '%s' and status = 'waiting'",
                 p.brand.id),
        0);
    assert_int_equal(mails(&p.grace), pg_count("select count(*) from tenant_shared.notification_deliveries where user_id = "
                                               "'%s' and way = 'email' and status = 'sent'",
                                               p.grace.id));
}

/* ---- who may know ---- */

static void who_may_not_see_the_task_is_not_told(void **state)
{
    (void)state;
    struct place p = make_place();
    pg_exec("update tenant_shared.tasks set created_by = '%s' where id = '%s'", p.guest.id, p.task);
    change(&p, &p.grace, "{\"priority\":\"high\"}");
    assert_string_equal(told(&p, &p.guest), "");
    /* By a division that has the team, they see it. */
    pg_exec(
        "with d as (insert into tenant_shared.divisions (id, brand_id, name) values (gen_random_uuid(), '%s', 'All') returning "
        "*), "
        "m as (insert into tenant_shared.division_members (brand_id, division_id, user_id) select brand_id, id, '%s' from d) "
        "insert into tenant_shared.division_teams (brand_id, division_id, team_id) select brand_id, id, '%s' from d",
        p.brand.id, p.guest.id, p.brand.team_id);
    change(&p, &p.grace, "{\"priority\":\"low\"}");
    assert_string_equal(told(&p, &p.guest), "task.updated");
    pg_exec("delete from tenant_shared.divisions where brand_id = '%s'", p.brand.id);
    /* And an admin sees all. */
    pg_exec("update karara.brand_members set role = 'admin' where user_id = '%s'", p.guest.id);
    change(&p, &p.grace, "{\"priority\":\"urgent\"}");
    assert_string_equal(told(&p, &p.guest), "task.updated task.updated");
}

static void who_is_out_is_not_told(void **state)
{
    static const char *const out[] = { "update karara.brand_members set status = 'suspended' where user_id = '%s'",
                                       "update karara.brand_members set expires_at = now() where user_id = '%s'",
                                       "update karara.users set status = 'suspended' where id = '%s'",
                                       "update karara.brands set status = 'suspended' where id = (select brand_id from "
                                       "karara.brand_members where user_id = '%s')" };
    (void)state;
    for (size_t i = 0; i < sizeof out / sizeof *out; i++) {
        struct place p = make_place();
        pg_exec("insert into tenant_shared.task_assignees (brand_id, task_id, user_id) values ('%s', '%s', '%s')", p.brand.id,
                p.task, p.linus.id);
        change(&p, &p.grace, "{\"priority\":\"high\"}");
        assert_string_equal(told(&p, &p.linus), "task.updated");
        pg_exec("%s",
                api_f("%.*s'%s'%s", (int)(strstr(out[i], "'%s'") - out[i]), out[i], p.linus.id, strstr(out[i], "'%s'") + 4));
        pg_exec("insert into karara.events (brand_id, actor_id, kind, subject_type, subject_id, changes) values ('%s', '%s', "
                "'task.updated', 'task', '%s', '{\"priority\": {\"from\": \"high\", \"to\": \"low\"}}')",
                p.brand.id, p.grace.id, p.task);
        assert_string_equal(told(&p, &p.linus), "task.updated");
        /* Nor does what waited go out. */
        pg_exec("update tenant_shared.notification_deliveries set status = 'waiting', sent_at = null where user_id = '%s'",
                p.linus.id);
        time_passes(&p);
        assert_int_equal(mails(&p.linus), 0);
    }
}

/* ---- what people want ---- */

static void preferences_are_shown_and_changed_part_by_part(void **state)
{
    (void)state;
    struct place p = make_place();
    struct api_reply r = api_get(&p.linus, at(&p, "/preferences"));
    assert_int_equal(r.status, 200);
    assert_string_equal(api_text(&r, "data.types.0.type"), "task.assigned");
    assert_true(json_is_true(api_json(&r, "data.types.0.ways.email")));
    assert_true(json_is_false(api_json(&r, "data.types.0.ways.sms")));
    assert_string_equal(api_text(&r, "data.digest"), "off");
    assert_string_equal(api_text(&r, "data.quiet.from"), "22:00");
    assert_string_equal(api_text(&r, "data.email.address"), p.linus.email);
    assert_int_equal(api_number(&r, "data.push.devices"), 0);
    r = api_patch(
        &p.linus, at(&p, "/preferences"),
        "{\"types\":[{\"type\":\"task.assigned\",\"ways\":{\"email\":false}}],\"quiet\":{\"enabled\":true,\"to\":\"06:30\"}}");
    assert_int_equal(r.status, 200);
    assert_true(json_is_false(api_json(&r, "data.types.0.ways.email")));
    assert_true(json_is_true(api_json(&r, "data.types.0.ways.push")));
    assert_true(json_is_true(api_json(&r, "data.quiet.enabled")));
    assert_string_equal(api_text(&r, "data.quiet.from"), "22:00");
    assert_string_equal(api_text(&r, "data.quiet.to"), "06:30");
    r = api_patch(
        &p.linus, at(&p, "/preferences"),
        "{\"types\":[{\"type\":\"task.assigned\",\"ways\":{\"sms\":true}}],\"digest\":\"weekly\",\"digest_weekday\":5}");
    assert_true(json_is_false(api_json(&r, "data.types.0.ways.email")));
    assert_true(json_is_true(api_json(&r, "data.types.0.ways.sms")));
    assert_int_equal(api_number(&r, "data.digest_weekday"), 5);
    assert_string_equal(api_text(&r, "data.quiet.to"), "06:30");
    /* Of nobody else, and the same in every brand. */
    r = api_get(&p.grace, at(&p, "/preferences"));
    assert_true(json_is_true(api_json(&r, "data.types.0.ways.email")));
    struct api_brand other = api_brand(api_f("other%d", serial), &p.grace);
    api_join(&other, &p.linus, "member");
    r = api_get(&p.linus, api_f("/api/v1/brands/%s/notifications/preferences", other.id));
    assert_string_equal(api_text(&r, "data.digest"), "weekly");
}

static void who_belongs_to_no_brand_chooses_as_well(void **state)
{
    (void)state;
    struct api_person alone = api_person("alone");
    const char *path = "/api/v1/notifications/preferences";
    struct api_reply r =
        api_patch(&alone, path, "{\"digest\":\"daily\",\"types\":[{\"type\":\"task.assigned\",\"ways\":{\"email\":false}}]}");
    assert_int_equal(r.status, 200);
    r = api_get(&alone, path);
    assert_string_equal(api_text(&r, "data.digest"), "daily");
    assert_true(json_is_false(api_json(&r, "data.types.0.ways.email")));
    assert_string_equal(api_text(&r, "data.timezone"), "UTC");
    /* In a brand local time is the brand's, by either address. */
    struct api_brand joined = api_brand(api_f("alone%d", serial), &alone);
    pg_exec("update karara.brands set settings = '{\"timezone\":\"Europe/Berlin\"}' where id = '%s'", joined.id);
    pg_exec("update karara.sessions set current_brand_id = '%s' where user_id = '%s'", joined.id, alone.id);
    r = api_get(&alone, path);
    assert_string_equal(api_text(&r, "data.timezone"), "Europe/Berlin");
    r = api_get(&alone, api_f("/api/v1/brands/%s/notifications/preferences", joined.id));
    assert_string_equal(api_text(&r, "data.timezone"), "Europe/Berlin");
    assert_string_equal(api_text(&r, "data.digest"), "daily");
}

static void wrong_preferences_are_told_by_field(void **state)
{
    static const struct {
        const char *body, *field;
    } wrong[] = {
        { "{\"types\":[{\"type\":\"task.sung\",\"ways\":{\"email\":false}}]}", "types" },
        { "{\"types\":[{\"type\":\"task.assigned\",\"ways\":{\"pigeon\":true}}]}", "types" },
        { "{\"types\":[{\"type\":\"task.assigned\",\"ways\":{\"email\":1}}]}", "types" },
        { "{\"types\":{}}", "types" },
        { "{\"digest\":\"yearly\"}", "digest" },
        { "{\"digest_time\":\"8\"}", "digest_time" },
        { "{\"digest_time\":\"24:00\"}", "digest_time" },
        { "{\"digest_weekday\":8}", "digest_weekday" },
        { "{\"quiet\":{\"from\":\"25:00\"}}", "quiet" },
        { "{\"quiet\":{\"until\":\"07:00\"}}", "quiet" },
        { "{\"quiet\":{\"from\":\"07:00\",\"to\":\"07:00\"}}", "quiet" },
        { "{\"timezone\":\"UTC\"}", "timezone" },
    };
    (void)state;
    struct place p = make_place();
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct api_reply r = api_patch(&p.linus, at(&p, "/preferences"), wrong[i].body);
        if (r.status != 422 || api_json(&r, api_f("error.field_errors.%s", wrong[i].field)) == NULL) {
            fail_msg("%s: %d %s", wrong[i].body, r.status, r.body);
        }
    }
}

static void each_goes_the_ways_that_are_wanted(void **state)
{
    (void)state;
    struct place p = make_place();
    prefer(&p, &p.linus,
           "{\"types\":[{\"type\":\"task.assigned\",\"ways\":{\"email\":false}},{\"type\":\"task.unassigned\",\"ways\":"
           "{\"in_app\":false,\"email\":true}},{\"type\":\"task.updated\",\"ways\":{\"in_app\":false}}]}");
    assign(&p, &p.ada, &p.linus);
    assert_string_equal(told(&p, &p.linus), "task.assigned");
    assert_string_equal(delivery(&p, &p.linus, "email"), "");
    change(&p, &p.ada, "{\"priority\":\"high\"}");
    assert_string_equal(told(&p, &p.linus), "task.assigned");
    assign(&p, &p.ada, NULL);
    assert_string_equal(told(&p, &p.linus), "task.assigned task.unassigned");
    struct api_reply r = api_get(&p.linus, at(&p, "/unread"));
    assert_int_equal(api_number(&r, "data.unread"), 1); /* the other isn't in the app */
    r = api_get(&p.linus, at(&p, ""));
    assert_int_equal(api_number(&r, "count"), 1);
    time_passes(&p);
    assert_string_equal(delivery(&p, &p.linus, "email"), "sent");
    assert_int_equal(mails(&p.linus), 1);
}

/* Forty people of the team, as JSON texts of their ids. */
static const char *forty(const struct place *p, const char *name)
{
    pg_exec(
        "with made as (insert into karara.users (id, email, first_name, status) select gen_random_uuid(), '%s' || n || "
        "'of%d@test.example', '%s', 'active' from generate_series(1, 40) n returning id), joined as (insert into "
        "karara.brand_members (brand_id, user_id, role, status) select '%s', id, 'member', 'active' from made) "
        "insert into tenant_shared.team_members (brand_id, team_id, user_id, role) select '%s', '%s', id, 'member' from made",
        name, serial, name, p->brand.id, p->brand.id, p->brand.team_id);
    return api_f("%s", pg_value("select string_agg('\"' || id || '\"', ',') from karara.users where first_name = '%s'", name));
}

static void as_many_as_come_and_go_at_once_are_all_told(void **state)
{
    (void)state;
    struct place p = make_place();
    const char *before = forty(&p, "Before"), *after = forty(&p, "After");
    const char *path = api_f("/api/v1/tasks/%s/assign", p.task);
    assert_int_equal(api_post(&p.ada, path, api_f("{\"assignee_ids\":[%s]}", before)).status, 200);
    decided();
    assert_int_equal(api_post(&p.ada, path, api_f("{\"assignee_ids\":[%s]}", after)).status, 200);
    decided();
    assert_string_equal(
        pg_value("select string_agg(type || ' ' || n, ', ' order by type) from (select type, count(*) as n from "
                 "tenant_shared.notifications where brand_id = '%s' group by type) t",
                 p.brand.id),
        "task.assigned 80, task.unassigned 40");
}

static void what_is_muted_is_not_told(void **state)
{
    (void)state;
    struct place p = make_place();
    const char *task = at(&p, api_f("/mutes/task/%s", p.task)), *board = at(&p, api_f("/mutes/board/%s", p.brand.board_id));
    struct api_reply r = api_send(&p.linus, "PUT", task, "{}", NULL);
    assert_int_equal(r.status, 200);
    assert_string_equal(api_text(&r, "data.title"), "Write the story");
    assign(&p, &p.ada, &p.linus);
    assert_string_equal(told(&p, &p.linus), "");
    r = api_get(&p.linus, at(&p, "/mutes"));
    assert_int_equal(api_number(&r, "count"), 1);
    assert_int_equal(api_delete(&p.linus, task).status, 200);
    assert_int_equal(api_delete(&p.linus, task).status, 404);
    change(&p, &p.ada, "{\"priority\":\"high\"}");
    assert_string_equal(told(&p, &p.linus), "task.updated");

    assert_int_equal(api_send(&p.linus, "PUT", board, "{\"until\":\"2099-01-01T00:00:00Z\"}", NULL).status, 200);
    change(&p, &p.ada, "{\"priority\":\"low\"}");
    assert_string_equal(told(&p, &p.linus), "task.updated");
    pg_exec("update tenant_shared.notification_mutes set until = now() where user_id = '%s'", p.linus.id);
    change(&p, &p.ada, "{\"priority\":\"urgent\"}");
    assert_string_equal(told(&p, &p.linus), "task.updated task.updated");
    /* Only what one sees; only tasks and boards. */
    assert_int_equal(api_send(&p.guest, "PUT", board, "{}", NULL).status, 403);
    assert_int_equal(api_send(&p.linus, "PUT", at(&p, api_f("/mutes/board/%s", p.task)), "{}", NULL).status, 404);
    assert_int_equal(api_send(&p.linus, "PUT", at(&p, api_f("/mutes/weather/%s", p.task)), "{}", NULL).status, 404);
}

/* ---- mails ---- */

static void a_mail_goes_out_when_it_is_due_and_says_why_and_how_to_leave(void **state)
{
    (void)state;
    struct place p = make_place();
    assign(&p, &p.ada, &p.linus);
    assert_string_equal(told(&p, &p.linus), "task.assigned");
    assert_int_equal(mails(&p.linus), 0);
    time_passes(&p);
    assert_string_equal(delivery(&p, &p.linus, "email"), "sent");
    assert_int_equal(mails(&p.linus), 1);
    assert_non_null(strstr(pg_value("select subject from karara.mails where to_address = '%s'", p.linus.email), "assigned"));
    const char *text = api_f("%s", pg_value("select text_body from karara.mails where to_address = '%s'", p.linus.email));
    assert_non_null(strstr(text, "Write the story"));
    assert_non_null(strstr(text, "because the task is assigned to you"));
    assert_non_null(strstr(text, api_f("/b/%s/t/", p.brand.board_id)));
    assert_non_null(strstr(text, api_f("?in=%s", p.brand.id)));
    assert_non_null(strstr(text, "/unsubscribe#token="));
    assert_string_equal(
        pg_value("select headers ->> 'List-Unsubscribe-Post' from karara.mails where to_address = '%s'", p.linus.email),
        "List-Unsubscribe=One-Click");
    /* Sent is sent, whatever asks again. */
    const char *payload = api_f("{\"notification_id\":\"%s\",\"way\":\"email\"}", newest(&p, &p.linus));
    assert_string_equal(workers_await(workers_job("notification_send", payload, api_f(", brand_id = '%s'", p.brand.id))),
                        "done");
    assert_string_equal(delivery(&p, &p.linus, "email"), "sent");
    assert_int_equal(mails(&p.linus), 1);
}

static void what_was_read_or_muted_or_is_gone_is_not_mailed(void **state)
{
    (void)state;
    struct place p = make_place();
    assign(&p, &p.ada, &p.linus);
    told(&p, &p.linus);
    assert_int_equal(api_send(&p.linus, "PUT", at(&p, "/mark-all-read"), "{}", NULL).status, 200);
    time_passes(&p);
    assert_string_equal(delivery(&p, &p.linus, "email"), "skipped read before");

    assign(&p, &p.ada, &p.grace);
    told(&p, &p.grace);
    assert_int_equal(api_send(&p.grace, "PUT", at(&p, api_f("/mutes/board/%s", p.brand.board_id)), "{}", NULL).status, 200);
    time_passes(&p);
    assert_string_equal(delivery(&p, &p.grace, "email"), "skipped muted");

    assign(&p, &p.ada, &p.guest);
    told(&p, &p.guest);
    pg_exec("delete from tenant_shared.task_assignees where user_id = '%s'", p.guest.id);
    time_passes(&p);
    assert_string_equal(delivery(&p, &p.guest, "email"), "skipped may not see what it is about");

    assign(&p, &p.ada, &p.mary);
    told(&p, &p.mary);
    prefer(&p, &p.mary, "{\"types\":[{\"type\":\"task.assigned\",\"ways\":{\"email\":false}}]}");
    time_passes(&p);
    assert_string_equal(delivery(&p, &p.mary, "email"), "skipped not wanted this way");
    assert_int_equal(mails(&p.linus) + mails(&p.grace) + mails(&p.guest) + mails(&p.mary), 0);

    assign(&p, &p.ada, &p.ada);
    assign(&p, &p.ada, &p.grace);
    assert_int_equal(api_delete(&p.grace, at(&p, api_f("/mutes/board/%s", p.brand.board_id))).status, 200);
    assign(&p, &p.ada, &p.ada);
    assign(&p, &p.ada, &p.grace);
    told(&p, &p.grace);
    pg_exec("delete from tenant_shared.task_assignees where user_id = '%s'", p.grace.id);
    time_passes(&p);
    assert_string_equal(delivery(&p, &p.grace, "email"), "skipped no longer assigned to them");

    assign(&p, &p.ada, NULL);
    assign(&p, &p.ada, &p.linus);
    told(&p, &p.linus);
    assert_int_equal(api_delete(&p.ada, api_f("/api/v1/tasks/%s", p.task)).status, 200);
    time_passes(&p);
    assert_string_equal(delivery(&p, &p.linus, "email"), "skipped what it is about is gone");
}

static void a_digest_gathers_what_has_not_been_read(void **state)
{
    (void)state;
    struct place p = make_place();
    prefer(&p, &p.linus,
           "{\"digest\":\"daily\",\"types\":[{\"type\":\"task.updated\",\"ways\":{\"email\":true}},{\"type\":\"task.status\","
           "\"ways\":{\"email\":true}}]}");
    assign(&p, &p.ada, &p.linus);
    told(&p, &p.linus);
    change(&p, &p.ada, "{\"priority\":\"high\"}");
    told(&p, &p.linus);
    change(&p, &p.ada, "{\"status\":\"on_hold\"}");
    assert_string_equal(told(&p, &p.linus), "task.assigned task.updated task.status");
    assert_int_equal(
        pg_count("select count(*) from karara.jobs where kind = 'notification_send' and brand_id = '%s'", p.brand.id), 0);
    assert_int_equal(
        pg_count("select count(*) from karara.jobs where kind = 'notification_digest' and brand_id = '%s'", p.brand.id), 1);
    assert_int_equal(pg_count("select count(*) from karara.jobs where kind = 'notification_digest' and brand_id = '%s' and "
                              "extract(minute from run_at) = 0 and run_at between now() and now() + interval '1 day'",
                              p.brand.id),
                     1);
    struct api_reply r = api_get(&p.linus, at(&p, "?type=task.updated"));
    api_send(&p.linus, "PUT", at(&p, api_f("/%s", api_text(&r, "data.0.id"))), "{\"is_read\":true}", NULL);
    time_passes(&p);
    assert_int_equal(mails(&p.linus), 1);
    const char *text = api_f("%s", pg_value("select text_body from karara.mails where to_address = '%s'", p.linus.email));
    assert_non_null(strstr(text, "assigned"));
    assert_non_null(strstr(text, "On hold"));
    assert_null(strstr(text, "Ada changed"));
    const char *subject = pg_value("select subject from karara.mails where to_address = '%s'", p.linus.email);
    assert_true(strncmp(subject, "Ada set ", 8) == 0);
    assert_non_null(strstr(subject, " to On hold – and 1 more"));
    assert_int_equal(pg_count("select count(*) from tenant_shared.notification_deliveries where user_id = '%s' and way = "
                              "'email' and status = 'sent'",
                              p.linus.id),
                     2);
    assert_int_equal(pg_count("select count(*) from tenant_shared.notification_deliveries where user_id = '%s' and way = "
                              "'email' and status = 'skipped'",
                              p.linus.id),
                     1);
    /* Another digest has nothing to tell, and isn't sent. */
    assert_string_equal(workers_await(workers_job("notification_digest", api_f("{\"user_id\":\"%s\"}", p.linus.id),
                                                  api_f(", brand_id = '%s'", p.brand.id))),
                        "done");
    assert_int_equal(mails(&p.linus), 1);
}

/* So many more like somebody's newest, gathered for a digest; `more` are further assignments. */
static void gather(const struct place *p, const struct api_person *who, int count, const char *more)
{
    pg_exec(
        "create temp table more as select n.*, k from tenant_shared.notifications n, generate_series(1, %d) k where n.id = "
        "'%s'; update more set id = karara.uuid_v7(), event_id = 'more ' || gen_random_uuid(), title = 'The ' || k || 'th'%s; "
        "insert into tenant_shared.notifications select (jsonb_populate_record(null::tenant_shared.notifications, "
        "to_jsonb(more))).* from more; insert into tenant_shared.notification_deliveries (brand_id, notification_id, way, "
        "user_id, digest) select brand_id, id, 'email', user_id, true from more; drop table more",
        count, newest(p, who), more);
}

static long long waiting(const struct api_person *who)
{
    return pg_count("select count(*) from tenant_shared.notification_deliveries where user_id = '%s' and status = 'waiting'",
                    who->id);
}

static void a_digest_leaves_nothing_behind_however_much_came_together(void **state)
{
    (void)state;
    struct place p = make_place();
    prefer(&p, &p.linus, "{\"digest\":\"weekly\"}");
    assign(&p, &p.ada, &p.linus);
    told(&p, &p.linus);
    gather(&p, &p.linus, 250, "");
    time_passes(&p);
    assert_int_equal(waiting(&p.linus), 0);
    assert_int_equal(pg_count("select count(*) from tenant_shared.notification_deliveries where user_id = '%s' and way = "
                              "'email' and status = 'sent'",
                              p.linus.id),
                     251);
    assert_int_equal(mails(&p.linus), 3);
    for (int k = 1; k <= 250; k += 83) {
        assert_int_equal(pg_count("select count(*) from karara.mails where to_address = '%s' and text_body like '%%* The "
                                  "%dth%%'",
                                  p.linus.email, k),
                         1);
    }
    /* Whoever has read all of it in the app gets none. */
    gather(&p, &p.linus, 150, ", is_read = true, read_at = now()");
    assert_string_equal(workers_await(workers_job("notification_digest", api_f("{\"user_id\":\"%s\"}", p.linus.id),
                                                  api_f(", brand_id = '%s'", p.brand.id))),
                        "done");
    assert_int_equal(waiting(&p.linus), 0);
    assert_int_equal(mails(&p.linus), 3);
}

static void what_is_added_while_a_digest_is_sent_is_in_it(void **state)
{
    (void)state;
    struct place p = make_place();
    prefer(&p, &p.linus, "{\"digest\":\"daily\"}");
    assign(&p, &p.ada, &p.linus);
    told(&p, &p.linus);
    pg_exec("update tenant_shared.notification_deliveries set due_at = now() where user_id = '%s' and way = 'email'",
            p.linus.id);
    /* Another worker has decided, and is about to commit. */
    FILE *other = popen(api_f("psql -q -d \"%s\" > /dev/null", pg_conninfo("postgres")), "w");
    assert_non_null(other);
    fprintf(
        other,
        "begin; select pg_advisory_xact_lock_shared(hashtextextended('karara.digest:%s:%s', 0));\n"
        "insert into tenant_shared.notifications (brand_id, id, user_id, event_id, type, reason, subject_type, subject_id, "
        "title, url, expires_at) select brand_id, karara.uuid_v7(), user_id, 'late', type, reason, subject_type, subject_id, "
        "'Just in time', url, expires_at from tenant_shared.notifications where user_id = '%s';\n"
        "insert into tenant_shared.notification_deliveries (brand_id, notification_id, way, user_id, digest) select "
        "brand_id, id, 'email', user_id, true from tenant_shared.notifications where event_id = 'late' and user_id = "
        "'%s';\n",
        p.brand.id, p.linus.id, p.linus.id, p.linus.id);
    fflush(other);
    workers_expect("1", 60, "select count(*) from pg_locks where locktype = 'advisory' and granted and mode = 'ShareLock'");
    pg_exec("update karara.jobs set run_at = now() where kind = 'notification_digest' and brand_id = '%s'", p.brand.id);
    workers_expect("true", 60,
                   "select (not exists (select from karara.jobs where kind = 'notification_digest' and brand_id = '%s') or "
                   "exists (select from pg_locks where locktype = 'advisory' and not granted))::text",
                   p.brand.id);
    fprintf(other, "commit;\n");
    assert_int_equal(pclose(other), 0);
    workers_expect("0", 60, "select count(*) from karara.jobs where kind = 'notification_digest' and brand_id = '%s'",
                   p.brand.id);
    assert_int_equal(waiting(&p.linus), 0);
    assert_non_null(strstr(pg_value("select text_body from karara.mails where to_address = '%s'", p.linus.email), "Just in"));
}

static void nothing_leaves_the_app_in_quiet_hours(void **state)
{
    (void)state;
    struct place p = make_place();
    pg_exec("update karara.users set preferences = '{\"timezone\": \"UTC\"}' where id = '%s'", p.linus.id);
    prefer(&p, &p.linus,
           api_f("{\"quiet\":{\"enabled\":true,\"from\":\"%s\",\"to\":\"%s\"}}",
                 pg_value("select to_char(now() at time zone 'UTC' - interval '1 h', 'HH24:MI')"),
                 pg_value("select to_char(now() at time zone 'UTC' + interval '5 h', 'HH24:MI')")));
    assign(&p, &p.ada, &p.linus);
    assert_string_equal(told(&p, &p.linus), "task.assigned");
    assert_string_equal(
        pg_value("select (date_trunc('minute', d.due_at) - date_trunc('minute', n.created_at) between interval '4 h 58 min' "
                 "and interval '5 h')::text "
                 "from tenant_shared.notification_deliveries d join tenant_shared.notifications n on n.id = d.notification_id "
                 "where d.user_id = '%s' and d.way = 'email'",
                 p.linus.id),
        "true");
    assert_string_equal(delivery(&p, &p.linus, "in_app"), "sent");
    assert_string_equal(pg_value("select (j.run_at = d.due_at)::text from karara.jobs j, tenant_shared.notification_deliveries "
                                 "d where j.brand_id = d.brand_id "
                                 "and j.kind = 'notification_send' and d.user_id = '%s' and d.way = 'email'",
                                 p.linus.id),
                        "true");
    /* Nor what comes late, as after downtime: it waits for their end, and no attempt is counted. */
    pg_exec("update karara.jobs set run_at = now() where kind = 'notification_send' and brand_id = '%s'", p.brand.id);
    workers_expect(
        "true", 60,
        "select bool_and(abs(extract(epoch from j.run_at - d.due_at)) < 61 and j.attempts = 0)::text from karara.jobs "
        "j join tenant_shared.notification_deliveries d on d.brand_id = j.brand_id and d.way = 'email' where j.kind = "
        "'notification_send' and j.brand_id = '%s'",
        p.brand.id);
    assert_int_equal(mails(&p.linus), 0);
    prefer(&p, &p.linus, "{\"quiet\":{\"enabled\":false}}");
    time_passes(&p);
    assert_int_equal(mails(&p.linus), 1);
}

static const char *leave_path(const struct api_person *who)
{
    const char *header = api_f(
        "%s",
        pg_value(
            "select headers ->> 'List-Unsubscribe' from karara.mails where to_address = '%s' order by created_at desc limit 1",
            who->email));
    const char *path = strstr(header, "/api/v1/unsubscribe?token=");
    assert_non_null(path);
    return api_f("%.*s", (int)(strlen(path) - 1), path);
}

static void one_click_ends_the_mails_of_a_kind_and_no_others(void **state)
{
    (void)state;
    struct place p = make_place();
    assign(&p, &p.ada, &p.linus);
    told(&p, &p.linus);
    time_passes(&p);
    const char *path = leave_path(&p.linus);
    struct api_reply r =
        api_send_bytes(NULL, "POST", path, "List-Unsubscribe=One-Click", 26, "application/x-www-form-urlencoded");
    assert_int_equal(r.status, 200);
    assert_string_equal(api_text(&r, "data.type"), "task.assigned");
    r = api_get(&p.linus, at(&p, "/preferences"));
    assert_true(json_is_false(api_json(&r, "data.types.0.ways.email")));
    assert_true(json_is_true(api_json(&r, "data.types.0.ways.in_app")));
    assert_true(json_is_true(api_json(&r, "data.types.3.ways.email")));
    assert_int_equal(api_post(NULL, path, "{}").status, 200); /* twice does no harm */
    assert_int_equal(api_post(NULL, "/api/v1/unsubscribe?token=nonsense", "{}").status, 422);
    assert_int_equal(api_post(NULL, "/api/v1/unsubscribe", "{}").status, 422);
    assert_int_equal(api_post(NULL, api_f("%.*sA", (int)strlen(path) - 2, path), "{}").status, 422);
}

static void leaving_digests_ends_the_mails_that_they_gather(void **state)
{
    (void)state;
    struct place p = make_place();
    prefer(&p, &p.linus, "{\"digest\":\"hourly\"}");
    assign(&p, &p.ada, &p.linus);
    told(&p, &p.linus);
    time_passes(&p);
    struct api_reply r = api_post(NULL, leave_path(&p.linus), "{}");
    assert_string_equal(api_text(&r, "data.type"), "digest");
    r = api_get(&p.linus, at(&p, "/preferences"));
    for (int i = 0; i < (int)json_array_size(api_json(&r, "data.types")); i++) {
        const char *type = api_text(&r, api_f("data.types.%d.type", i));
        bool urgent =
            strcmp(type, "task.due_soon") == 0 || strcmp(type, "task.overdue") == 0 || strncmp(type, "member.", 7) == 0;
        assert_true(json_is_false(api_json(&r, api_f("data.types.%d.ways.email", i))) || urgent ||
                    strncmp(type, "task", 4) != 0);
        assert_true(!urgent || json_is_true(api_json(&r, api_f("data.types.%d.ways.email", i))));
    }
}

/* ---- reminders ---- */

static void look_for_reminders(void)
{
    assert_string_equal(workers_await(workers_job("reminders", "{}", "")), "done");
}

static void who_works_on_a_task_is_reminded_once_for_each_due_date(void **state)
{
    (void)state;
    struct place p = make_place();
    assign(&p, &p.ada, &p.linus);
    told(&p, &p.linus);
    pg_exec("update tenant_shared.tasks set due_at = now() + interval '5 h' where id = '%s'", p.task);
    look_for_reminders();
    look_for_reminders();
    assert_string_equal(told(&p, &p.linus), "task.assigned task.due_soon");
    assert_string_equal(told(&p, &p.ada), "");
    pg_exec("update tenant_shared.tasks set due_at = due_at + interval '1 h' where id = '%s'", p.task);
    look_for_reminders();
    assert_string_equal(told(&p, &p.linus), "task.assigned task.due_soon task.due_soon");
    pg_exec("update tenant_shared.tasks set due_at = now() - interval '1 h' where id = '%s'", p.task);
    look_for_reminders();
    look_for_reminders();
    assert_string_equal(told(&p, &p.linus), "task.assigned task.due_soon task.due_soon task.overdue");
    struct api_reply r = api_get(&p.linus, at(&p, ""));
    assert_true(json_is_null(api_json(&r, "data.0.actor")));
    assert_non_null(strstr(api_text(&r, "data.0.title"), "is overdue"));
    /* Neither what is done, nor what is far away, nor what has been late for long. */
    pg_exec("update tenant_shared.tasks set due_at = now() - interval '2 h', status = 'completed' where id = '%s'", p.task);
    look_for_reminders();
    pg_exec("update tenant_shared.tasks set due_at = now() + interval '2 days', status = 'todo' where id = '%s'", p.task);
    look_for_reminders();
    pg_exec("update tenant_shared.tasks set due_at = now() - interval '8 days' where id = '%s'", p.task);
    look_for_reminders();
    assert_string_equal(told(&p, &p.linus), "task.assigned task.due_soon task.due_soon task.overdue");
}

static void nobody_is_reminded_of_what_is_done_or_due_at_another_time(void **state)
{
    (void)state;
    struct place p = make_place();
    const char *const changes[] = { "due_at = due_at + interval '2 days'", "status = 'completed'", "archived_at = now()" };
    assign(&p, &p.ada, &p.linus);
    told(&p, &p.linus);
    for (int i = 0; i < 3; i++) {
        pg_exec(
            "update tenant_shared.tasks set due_at = now() + interval '%d h', status = 'todo', archived_at = null where id = "
            "'%s'",
            5 + i, p.task);
        look_for_reminders();
        decided();
        pg_exec("update tenant_shared.tasks set %s where id = '%s'", changes[i], p.task);
        time_passes(&p);
        assert_string_equal(delivery(&p, &p.linus, "email"), "skipped done, or due at another time");
    }
    /* Who was to say that it is due soon, and comes to it when it is overdue, leaves that to the other reminder. */
    pg_exec("update tenant_shared.tasks set due_at = now() - interval '1 min', archived_at = null where id = '%s'", p.task);
    const char *late = pg_value("select to_char(due_at at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') from "
                                "tenant_shared.tasks where id = '%s'",
                                p.task);
    const char *job = workers_job("notifications_decide",
                                  api_f("{\"reminder\":\"task.due_soon\",\"task_id\":\"%s\",\"due_at\":\"%s\"}", p.task, late),
                                  api_f(", brand_id = '%s'", p.brand.id));
    assert_string_equal(workers_await(job), "done");
    assert_int_equal(pg_count("select count(*) from tenant_shared.notifications where brand_id = '%s' and type = "
                              "'task.due_soon'",
                              p.brand.id),
                     3);
}

/* ---- what isn't about tasks of one's own ---- */

static void spawned_tasks_tell_those_they_are_for(void **state)
{
    (void)state;
    struct place p = make_place();
    struct api_reply r = api_post(
        &p.ada, "/api/v1/task-templates",
        api_f("{\"title\":\"Read the numbers\",\"team_id\":\"%s\",\"board_id\":\"%s\",\"assignee_ids\":[\"%s\",\"%s\"],"
              "\"rrule\":\"FREQ=YEARLY\",\"starts_at\":\"2099-01-05T09:00\",\"timezone\":\"Europe/Berlin\"}",
              p.brand.team_id, p.brand.board_id, p.linus.id, p.ada.id));
    assert_int_equal(r.status, 201);
    const char *id = api_text(&r, "data.id");
    assert_int_equal(api_post(&p.ada, api_f("/api/v1/task-templates/%s/spawn", id), "{}").status, 201);
    assert_string_equal(told(&p, &p.linus), "task_template.spawned");
    assert_string_equal(told(&p, &p.ada), ""); /* by their own hand */
    /* One that can't go on tells who made it, and who manages its team. */
    pg_exec(
        "insert into karara.events (brand_id, kind, subject_type, subject_id, payload) values ('%s', 'task_template.paused', "
        "'task_template', '%s', '{\"problem\": \"board_missing\"}')",
        p.brand.id, id);
    assert_string_equal(told(&p, &p.ada), "schedule.failed");
    assert_string_equal(because(&p, &p.ada), "creator");
    assert_int_equal(api_post(&p.ada, api_f("/api/v1/task-templates/%s/pause", id), "{}").status, 200);
    assert_string_equal(told(&p, &p.ada), "schedule.failed");
}

static void changes_of_ones_own_membership_are_told(void **state)
{
    (void)state;
    struct place p = make_place();
    struct api_person new = person("noor");
    api_brand(api_f("elsewhere%d", serial), &new);
    pg_exec("insert into karara.brand_members (brand_id, user_id, role) select brand_id, '%s', 'member' from "
            "karara.brand_members where user_id = '%s'",
            p.ada.id, new.id);
    struct api_reply r = api_post(&p.ada, api_f("/api/v1/brands/%s/users", p.brand.id),
                                  api_f("{\"user_id\":\"%s\",\"role\":\"member\"}", new.id));
    if (r.status != 201) {
        fail_msg("%d %s", r.status, r.body);
    }
    assert_string_equal(told(&p, &new), "member.added");
    assert_string_equal(because(&p, &new), "you");
    r = api_patch(&p.ada, api_f("/api/v1/brands/%s/users/%s", p.brand.id, new.id), "{\"expires_at\":\"2099-01-01T00:00:00Z\"}");
    r = api_patch(&p.ada, api_f("/api/v1/brands/%s/users/%s", p.brand.id, new.id), "{\"role\":\"member\"}");
    assert_int_equal(r.status, 200);
    assert_string_equal(told(&p, &new), "member.added");
    r = api_patch(&p.ada, api_f("/api/v1/brands/%s/users/%s", p.brand.id, new.id), "{\"role\":\"manager\"}");
    assert_int_equal(r.status, 200);
    assert_string_equal(told(&p, &new), "member.added member.role_changed");
    r = api_post(&p.ada, api_f("/api/v1/brands/%s/users/bulk", p.brand.id),
                 api_f("{\"operations\":[{\"op\":\"update\",\"user_id\":\"%s\",\"role\":\"guest\"}]}", p.linus.id));
    assert_int_equal(r.status, 200);
    assert_string_equal(told(&p, &p.linus), "member.role_changed");
    r = api_get(&p.linus, at(&p, ""));
    assert_string_equal(
        api_text(&r, "data.0.title"),
        api_f("You are now guest in %s", pg_value("select name from karara.brands where id = '%s'", p.brand.id)));
}

static void delegations_are_told_when_they_begin_and_end(void **state)
{
    (void)state;
    struct place p = make_place();
    struct api_reply r = api_post(
        &p.grace, api_f("/api/v1/brands/%s/delegations", p.brand.id),
        api_f("{\"to_user_id\":\"%s\",\"permissions\":[\"can_edit_tasks\"],\"ends_at\":\"2099-01-01T00:00:00Z\"}", p.linus.id));
    assert_int_equal(r.status, 201);
    const char *id = api_text(&r, "data.id");
    assert_string_equal(told(&p, &p.linus), "delegation.received");
    assert_string_equal(told(&p, &p.grace), "");
    assert_int_equal(api_delete(&p.ada, api_f("/api/v1/brands/%s/delegations/%s", p.brand.id, id)).status, 200);
    assert_string_equal(told(&p, &p.linus), "delegation.received delegation.ended");
    assert_string_equal(told(&p, &p.grace), "delegation.ended");
    assert_string_equal(told(&p, &p.ada), "");
}

static void an_invitation_is_told_where_its_person_is(void **state)
{
    (void)state;
    struct place p = make_place(), q = make_place();
    struct api_reply r = api_post(&p.ada, api_f("/api/v1/brands/%s/users/invite", p.brand.id),
                                  api_f("{\"email\":\"%s\",\"role\":\"member\"}", q.linus.email));
    assert_int_equal(r.status, 201);
    assert_string_equal(told(&p, &q.linus), "");
    assert_string_equal(told(&q, &q.linus), "invitation.received");
    r = api_get(&q.linus, at(&q, ""));
    assert_non_null(
        strstr(api_text(&r, "data.0.title"),
               api_f("Ada invites you to %s", pg_value("select name from karara.brands where id = '%s'", p.brand.id))));
    assert_string_equal(delivery(&q, &q.linus, "email"), ""); /* the invitation is one itself */
}

/* ---- upkeep ---- */

static void what_has_expired_is_not_shown_and_goes(void **state)
{
    (void)state;
    struct place p = make_place();
    assign(&p, &p.ada, &p.linus);
    told(&p, &p.linus);
    pg_exec("update tenant_shared.notifications set expires_at = now() where user_id = '%s'", p.linus.id);
    struct api_reply r = api_get(&p.linus, at(&p, ""));
    assert_int_equal(api_number(&r, "count"), 0);
    time_passes(&p);
    assert_string_equal(delivery(&p, &p.linus, "email"), "skipped expired");
    assert_string_equal(workers_await(workers_job("housekeeping", "{}", "")), "done");
    assert_string_equal(told(&p, &p.linus), "");
}

static void an_account_takes_its_own_along_and_shows_it_before(void **state)
{
    (void)state;
    struct place p = make_place();
    assign(&p, &p.ada, &p.linus);
    told(&p, &p.linus);
    prefer(&p, &p.linus, "{\"digest\":\"daily\"}");
    assert_int_equal(api_send(&p.linus, "PUT", at(&p, api_f("/mutes/task/%s", p.task)), "{}", NULL).status, 200);
    struct api_reply r = api_get(&p.linus, "/api/v1/users/me/export");
    assert_int_equal(r.status, 200);
    assert_string_equal(api_text(&r, "data.notifications.0.type"), "task.assigned");
    assert_string_equal(api_text(&r, "data.mutes.0.subject_id"), p.task);
    assert_string_equal(api_text(&r, "data.preferences.0.digest"), "daily");
    pg_exec("update karara.users set platform_role = 'admin' where id = '%s'", p.ada.id);
    assert_int_equal(api_delete(&p.ada, api_f("/api/v1/admin/users/%s", p.linus.id)).status, 200);
    assert_int_equal(
        pg_count(
            "select (select count(*) from tenant_shared.notifications where user_id = '%s') + (select count(*) from "
            "tenant_shared.notification_mutes where user_id = '%s') + (select count(*) from karara.notification_preferences "
            "where user_id = '%s')",
            p.linus.id, p.linus.id, p.linus.id),
        0);
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
        cmocka_unit_test(many_reasons_make_one_notification_of_what_matters_most),
        cmocka_unit_test(those_who_work_on_a_task_and_who_made_it_hear_of_its_changes),
        cmocka_unit_test(a_new_task_tells_those_it_is_made_for),
        cmocka_unit_test(deciding_again_changes_nothing),
        cmocka_unit_test(workers_that_are_killed_amid_it_tell_everybody_once),
        cmocka_unit_test(who_may_not_see_the_task_is_not_told),
        cmocka_unit_test(who_is_out_is_not_told),
        cmocka_unit_test(preferences_are_shown_and_changed_part_by_part),
        cmocka_unit_test(who_belongs_to_no_brand_chooses_as_well),
        cmocka_unit_test(wrong_preferences_are_told_by_field),
        cmocka_unit_test(each_goes_the_ways_that_are_wanted),
        cmocka_unit_test(as_many_as_come_and_go_at_once_are_all_told),
        cmocka_unit_test(what_is_muted_is_not_told),
        cmocka_unit_test(a_mail_goes_out_when_it_is_due_and_says_why_and_how_to_leave),
        cmocka_unit_test(what_was_read_or_muted_or_is_gone_is_not_mailed),
        cmocka_unit_test(a_digest_gathers_what_has_not_been_read),
        cmocka_unit_test(a_digest_leaves_nothing_behind_however_much_came_together),
        cmocka_unit_test(what_is_added_while_a_digest_is_sent_is_in_it),
        cmocka_unit_test(nothing_leaves_the_app_in_quiet_hours),
        cmocka_unit_test(one_click_ends_the_mails_of_a_kind_and_no_others),
        cmocka_unit_test(leaving_digests_ends_the_mails_that_they_gather),
        cmocka_unit_test(who_works_on_a_task_is_reminded_once_for_each_due_date),
        cmocka_unit_test(nobody_is_reminded_of_what_is_done_or_due_at_another_time),
        cmocka_unit_test(spawned_tasks_tell_those_they_are_for),
        cmocka_unit_test(changes_of_ones_own_membership_are_told),
        cmocka_unit_test(delegations_are_told_when_they_begin_and_end),
        cmocka_unit_test(an_invitation_is_told_where_its_person_is),
        cmocka_unit_test(what_has_expired_is_not_shown_and_goes),
        cmocka_unit_test(an_account_takes_its_own_along_and_shows_it_before),
    };
    return cmocka_run_group_tests_name("notifications", tests, begin, workers_end);
}
