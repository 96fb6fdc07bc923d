/* test_notifications.c - what somebody is told, in which words, and what they do with it. */
#include "pg.h"
#include "told.h"
#include "workers.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* ---- being told ---- */

static void who_is_assigned_is_told_by_whom_and_why(void **state)
{
    (void)state;
    struct told_place p = told_place();
    assign(&p, &p.ada, &p.linus);
    assert_string_equal(told_of(&p, &p.linus), "task.assigned");
    assert_string_equal(told_of(&p, &p.ada), "");
    assert_string_equal(told_of(&p, &p.grace), "");
    struct api_reply r = api_get(&p.linus, told_at(&p, ""));
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
    struct told_place p = told_place();
    assign(&p, &p.grace, &p.grace);
    assert_string_equal(told_of(&p, &p.grace), "");
    assert_string_equal(told_of(&p, &p.ada), "");
}

static void the_words_are_in_the_persons_language(void **state)
{
    (void)state;
    struct told_place p = told_place();
    pg_exec("update karara.users set preferences = '{\"language\": \"de-AT\"}' where id = '%s'", p.linus.id);
    assign(&p, &p.ada, &p.linus);
    told_of(&p, &p.linus);
    struct api_reply r = api_get(&p.linus, told_at(&p, ""));
    assert_non_null(strstr(api_text(&r, "data.0.title"), "Ada hat Ihnen"));
}

/* ---- what people do with it ---- */

static void what_is_unread_is_counted_and_the_count_kept_while_nothing_changes(void **state)
{
    (void)state;
    struct told_place p = told_place();
    struct api_reply r = api_get(&p.linus, told_at(&p, "/unread"));
    assert_int_equal(api_number(&r, "data.unread"), 0);
    assert_true(json_is_null(api_json(&r, "data.latest_at")));
    assign(&p, &p.ada, &p.linus);
    told_of(&p, &p.linus);
    r = api_get(&p.linus, told_at(&p, "/unread"));
    assert_int_equal(api_number(&r, "data.unread"), 1);
    const char *tag = api_header(&r, "ETag");
    assert_int_equal(API_SEND(&p.linus, "GET", told_at(&p, "/unread"), NULL, "If-None-Match", tag).status, 304);

    r = api_send(&p.linus, "PUT", told_at(&p, api_f("/%s", newest(&p, &p.linus))), "{\"is_read\":true}", NULL);
    assert_int_equal(r.status, 200);
    assert_true(json_is_true(api_json(&r, "data.is_read")));
    assert_false(json_is_null(api_json(&r, "data.read_at")));
    r = API_SEND(&p.linus, "GET", told_at(&p, "/unread"), NULL, "If-None-Match", tag);
    assert_int_equal(r.status, 200);
    assert_int_equal(api_number(&r, "data.unread"), 0);
    r = api_get(&p.linus, told_at(&p, "?is_read=false"));
    assert_int_equal(api_number(&r, "count"), 0);
    r = api_send(&p.linus, "PUT", told_at(&p, api_f("/%s", newest(&p, &p.linus))), "{\"is_read\":false}", NULL);
    assert_true(json_is_null(api_json(&r, "data.read_at")));
    r = api_get(&p.linus, told_at(&p, "?is_read=false&type=task.assigned"));
    assert_int_equal(api_number(&r, "count"), 1);
    r = api_get(&p.linus, told_at(&p, "?type=task.overdue"));
    assert_int_equal(api_number(&r, "count"), 0);
}

static void notifications_of_others_are_not_there(void **state)
{
    (void)state;
    struct told_place p = told_place();
    assign(&p, &p.ada, &p.linus);
    told_of(&p, &p.linus);
    const char *id = newest(&p, &p.linus);
    assert_int_equal(api_get(&p.linus, told_at(&p, api_f("/%s", id))).status, 200);
    assert_int_equal(api_get(&p.ada, told_at(&p, api_f("/%s", id))).status, 404);
    assert_int_equal(api_send(&p.ada, "PUT", told_at(&p, api_f("/%s", id)), "{\"is_read\":true}", NULL).status, 404);
    assert_int_equal(api_delete(&p.ada, told_at(&p, api_f("/%s", id))).status, 404);
    struct api_reply r = api_get(&p.ada, told_at(&p, ""));
    assert_int_equal(api_number(&r, "count"), 0);
    assert_int_equal(api_delete(&p.linus, told_at(&p, api_f("/%s", id))).status, 200);
    assert_int_equal(api_delete(&p.linus, told_at(&p, api_f("/%s", id))).status, 404);
    assert_int_equal(pg_count("select count(*) from tenant_shared.notification_deliveries where user_id = '%s'", p.linus.id),
                     0);
}

static void all_is_read_but_what_came_after_the_screen_was_drawn(void **state)
{
    (void)state;
    struct told_place p = told_place();
    assign(&p, &p.ada, &p.linus);
    told_of(&p, &p.linus);
    assign(&p, &p.ada, NULL);
    assert_string_equal(told_of(&p, &p.linus), "task.assigned task.unassigned");
    struct api_reply r = api_get(&p.linus, told_at(&p, ""));
    const char *seen = api_text(&r, "data.1.created_at");
    r = api_send(&p.linus, "PUT", told_at(&p, "/mark-all-read"), api_f("{\"until\":\"%s\"}", seen), NULL);
    assert_int_equal(r.status, 200);
    assert_int_equal(api_number(&r, "data.count"), 1);
    r = api_get(&p.linus, told_at(&p, "/unread"));
    assert_int_equal(api_number(&r, "data.unread"), 1);
    r = api_send(&p.linus, "PUT", told_at(&p, "/mark-all-read"), "{}", NULL);
    assert_int_equal(api_number(&r, "data.count"), 1);
    r = api_send(&p.linus, "PUT", told_at(&p, "/mark-all-read"), "{}", NULL);
    assert_int_equal(api_number(&r, "data.count"), 0);
}

/* ---- upkeep ---- */

static void what_has_expired_is_not_shown_and_goes(void **state)
{
    (void)state;
    struct told_place p = told_place();
    assign(&p, &p.ada, &p.linus);
    told_of(&p, &p.linus);
    pg_exec("update tenant_shared.notifications set expires_at = now() where user_id = '%s'", p.linus.id);
    struct api_reply r = api_get(&p.linus, told_at(&p, ""));
    assert_int_equal(api_number(&r, "count"), 0);
    time_passes(&p);
    assert_string_equal(delivery(&p, &p.linus, "email"), "skipped expired");
    assert_string_equal(workers_await(workers_job("housekeeping", "{}", "")), "done");
    assert_string_equal(told_of(&p, &p.linus), "");
}

static void an_account_takes_its_own_along_and_shows_it_before(void **state)
{
    (void)state;
    struct told_place p = told_place();
    assign(&p, &p.ada, &p.linus);
    told_of(&p, &p.linus);
    prefer(&p, &p.linus, "{\"digest\":\"daily\"}");
    assert_int_equal(api_send(&p.linus, "PUT", told_at(&p, api_f("/mutes/task/%s", p.task)), "{}", NULL).status, 200);
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
        cmocka_unit_test(what_has_expired_is_not_shown_and_goes),
        cmocka_unit_test(an_account_takes_its_own_along_and_shows_it_before),
    };
    return cmocka_run_group_tests_name("notifications", tests, told_begin, workers_end);
}
