/* test_notifications_mails.c - mails and digests of what somebody was told: when they go out, when they do not, and how to leave them. */
#include "pg.h"
#include "told.h"
#include "workers.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- mails ---- */

static void a_mail_goes_out_when_it_is_due_and_says_why_and_how_to_leave(void **state)
{
    (void)state;
    struct told_place p = told_place();
    assign(&p, &p.ada, &p.linus);
    assert_string_equal(told_of(&p, &p.linus), "task.assigned");
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
    struct told_place p = told_place();
    assign(&p, &p.ada, &p.linus);
    told_of(&p, &p.linus);
    assert_int_equal(api_send(&p.linus, "PUT", told_at(&p, "/mark-all-read"), "{}", NULL).status, 200);
    time_passes(&p);
    assert_string_equal(delivery(&p, &p.linus, "email"), "skipped read before");

    assign(&p, &p.ada, &p.grace);
    told_of(&p, &p.grace);
    assert_int_equal(api_send(&p.grace, "PUT", told_at(&p, api_f("/mutes/board/%s", p.brand.board_id)), "{}", NULL).status,
                     200);
    time_passes(&p);
    assert_string_equal(delivery(&p, &p.grace, "email"), "skipped muted");

    assign(&p, &p.ada, &p.guest);
    told_of(&p, &p.guest);
    pg_exec("delete from tenant_shared.task_assignees where user_id = '%s'", p.guest.id);
    time_passes(&p);
    assert_string_equal(delivery(&p, &p.guest, "email"), "skipped may not see what it is about");

    assign(&p, &p.ada, &p.mary);
    told_of(&p, &p.mary);
    prefer(&p, &p.mary, "{\"types\":[{\"type\":\"task.assigned\",\"ways\":{\"email\":false}}]}");
    time_passes(&p);
    assert_string_equal(delivery(&p, &p.mary, "email"), "skipped not wanted this way");
    assert_int_equal(mails(&p.linus) + mails(&p.grace) + mails(&p.guest) + mails(&p.mary), 0);

    assign(&p, &p.ada, &p.ada);
    assign(&p, &p.ada, &p.grace);
    assert_int_equal(api_delete(&p.grace, told_at(&p, api_f("/mutes/board/%s", p.brand.board_id))).status, 200);
    assign(&p, &p.ada, &p.ada);
    assign(&p, &p.ada, &p.grace);
    told_of(&p, &p.grace);
    pg_exec("delete from tenant_shared.task_assignees where user_id = '%s'", p.grace.id);
    time_passes(&p);
    assert_string_equal(delivery(&p, &p.grace, "email"), "skipped no longer assigned to them");

    assign(&p, &p.ada, NULL);
    assign(&p, &p.ada, &p.linus);
    told_of(&p, &p.linus);
    assert_int_equal(api_delete(&p.ada, api_f("/api/v1/tasks/%s", p.task)).status, 200);
    time_passes(&p);
    assert_string_equal(delivery(&p, &p.linus, "email"), "skipped what it is about is gone");
}

static void a_digest_gathers_what_has_not_been_read(void **state)
{
    (void)state;
    struct told_place p = told_place();
    prefer(&p, &p.linus,
           "{\"digest\":\"daily\",\"types\":[{\"type\":\"task.updated\",\"ways\":{\"email\":true}},{\"type\":\"task.status\","
           "\"ways\":{\"email\":true}}]}");
    assign(&p, &p.ada, &p.linus);
    told_of(&p, &p.linus);
    change(&p, &p.ada, "{\"priority\":\"high\"}");
    told_of(&p, &p.linus);
    change(&p, &p.ada, "{\"status\":\"on_hold\"}");
    assert_string_equal(told_of(&p, &p.linus), "task.assigned task.updated task.status");
    assert_int_equal(
        pg_count("select count(*) from karara.jobs where kind = 'notification_send' and brand_id = '%s'", p.brand.id), 0);
    assert_int_equal(
        pg_count("select count(*) from karara.jobs where kind = 'notification_digest' and brand_id = '%s'", p.brand.id), 1);
    assert_int_equal(pg_count("select count(*) from karara.jobs where kind = 'notification_digest' and brand_id = '%s' and "
                              "extract(minute from run_at) = 0 and run_at between now() and now() + interval '1 day'",
                              p.brand.id),
                     1);
    struct api_reply r = api_get(&p.linus, told_at(&p, "?type=task.updated"));
    api_send(&p.linus, "PUT", told_at(&p, api_f("/%s", api_text(&r, "data.0.id"))), "{\"is_read\":true}", NULL);
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
static void gather(const struct told_place *p, const struct api_person *who, int count, const char *more)
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
    struct told_place p = told_place();
    prefer(&p, &p.linus, "{\"digest\":\"weekly\"}");
    assign(&p, &p.ada, &p.linus);
    told_of(&p, &p.linus);
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
    struct told_place p = told_place();
    prefer(&p, &p.linus, "{\"digest\":\"daily\"}");
    assign(&p, &p.ada, &p.linus);
    told_of(&p, &p.linus);
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
    struct told_place p = told_place();
    pg_exec("update karara.users set preferences = '{\"timezone\": \"UTC\"}' where id = '%s'", p.linus.id);
    prefer(&p, &p.linus,
           api_f("{\"quiet\":{\"enabled\":true,\"from\":\"%s\",\"to\":\"%s\"}}",
                 pg_value("select to_char(now() at time zone 'UTC' - interval '1 h', 'HH24:MI')"),
                 pg_value("select to_char(now() at time zone 'UTC' + interval '5 h', 'HH24:MI')")));
    assign(&p, &p.ada, &p.linus);
    assert_string_equal(told_of(&p, &p.linus), "task.assigned");
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
    struct told_place p = told_place();
    assign(&p, &p.ada, &p.linus);
    told_of(&p, &p.linus);
    time_passes(&p);
    const char *path = leave_path(&p.linus);
    struct api_reply r =
        api_send_bytes(NULL, "POST", path, "List-Unsubscribe=One-Click", 26, "application/x-www-form-urlencoded");
    assert_int_equal(r.status, 200);
    assert_string_equal(api_text(&r, "data.type"), "task.assigned");
    r = api_get(&p.linus, told_at(&p, "/preferences"));
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
    struct told_place p = told_place();
    prefer(&p, &p.linus, "{\"digest\":\"hourly\"}");
    assign(&p, &p.ada, &p.linus);
    told_of(&p, &p.linus);
    time_passes(&p);
    struct api_reply r = api_post(NULL, leave_path(&p.linus), "{}");
    assert_string_equal(api_text(&r, "data.type"), "digest");
    r = api_get(&p.linus, told_at(&p, "/preferences"));
    for (int i = 0; i < (int)json_array_size(api_json(&r, "data.types")); i++) {
        const char *type = api_text(&r, api_f("data.types.%d.type", i));
        bool urgent =
            strcmp(type, "task.due_soon") == 0 || strcmp(type, "task.overdue") == 0 || strncmp(type, "member.", 7) == 0;
        assert_true(json_is_false(api_json(&r, api_f("data.types.%d.ways.email", i))) || urgent ||
                    strncmp(type, "task", 4) != 0);
        assert_true(!urgent || json_is_true(api_json(&r, api_f("data.types.%d.ways.email", i))));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_mail_goes_out_when_it_is_due_and_says_why_and_how_to_leave),
        cmocka_unit_test(what_was_read_or_muted_or_is_gone_is_not_mailed),
        cmocka_unit_test(a_digest_gathers_what_has_not_been_read),
        cmocka_unit_test(a_digest_leaves_nothing_behind_however_much_came_together),
        cmocka_unit_test(what_is_added_while_a_digest_is_sent_is_in_it),
        cmocka_unit_test(nothing_leaves_the_app_in_quiet_hours),
        cmocka_unit_test(one_click_ends_the_mails_of_a_kind_and_no_others),
        cmocka_unit_test(leaving_digests_ends_the_mails_that_they_gather),
    };
    return cmocka_run_group_tests_name("notification mails", tests, told_begin, workers_end);
}
