/* test_health.c - what the API says of itself and of what it stands on. */
#include "api.h"
#include "core/config.h"
#include "pg.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct api_person admin, plain;

static int begin(void **state)
{
    (void)state;
    api_begin();
    admin = api_person("admin");
    plain = api_person("plain");
    pg_exec("update karara.users set platform_role = 'admin' where id = '%s'", admin.id);
    return 0;
}

static void anybody_may_ask_whether_the_api_answers(void **state)
{
    (void)state;
    struct api_reply r = api_get(NULL, "/api/v1/health");
    assert_int_equal(r.status, 200);
    assert_string_equal(api_text(&r, "data.status"), "ok");
    assert_string_equal(api_text(&r, "data.version"), KARARA_VERSION);
}

static void what_it_stands_on_is_for_platform_admins(void **state)
{
    (void)state;
    static const char *const paths[] = { "/api/v1/health/database", "/api/v1/health/cache", "/api/v1/health/detailed",
                                         "/api/v1/health/realtime", "/api/v1/health/queue", "/api/v1/health/email" };
    for (int i = 0; i < 6; i++) {
        assert_int_equal(api_get(NULL, paths[i]).status, 401);
        assert_int_equal(api_get(&plain, paths[i]).status, 403);
        assert_int_equal(api_get(&admin, paths[i]).status, 200);
    }
}

static void the_checks_tell_how_it_is(void **state)
{
    (void)state;
    struct api_reply r = api_get(&admin, "/api/v1/health/database");
    assert_string_equal(api_text(&r, "data.status"), "ok");
    assert_string_equal(api_text(&r, "data.server_version"), pg_value("show server_version"));
    assert_true(api_number(&r, "data.connections") > 0);
    assert_true(json_is_false(api_json(&r, "data.standby")));
    r = api_get(&admin, "/api/v1/health/cache");
    assert_string_equal(api_text(&r, "data.status"), "ok");
    r = api_get(&admin, "/api/v1/health/detailed");
    assert_string_equal(api_text(&r, "data.status"), "ok");
    assert_string_equal(api_text(&r, "data.cache_status"), "ok");
    assert_string_equal(api_text(&r, "data.database_status"), "ok");
}

static void without_a_relay_nothing_follows(void **state)
{
    (void)state;
    pg_exec("insert into karara.events (kind, subject_type) values ('x.y', 'x')");
    struct api_reply r = api_get(&admin, "/api/v1/health/realtime");
    assert_string_equal(api_text(&r, "data.status"), "unavailable");
    assert_true(json_is_false(api_json(&r, "data.relay_leads")));
    assert_true(api_number(&r, "data.events_waiting") >= 1);
    assert_true(api_number(&r, "data.lag_micros") > 0);
    relay_all();
    r = api_get(&admin, "/api/v1/health/realtime");
    assert_int_equal(api_number(&r, "data.events_waiting") + api_number(&r, "data.lag_micros"), 0);
}

static void jobs_that_wait_for_long_are_told(void **state)
{
    (void)state;
    struct api_reply r = api_get(&admin, "/api/v1/health/queue");
    assert_string_equal(api_text(&r, "data.status"), "ok");
    long long due = api_number(&r, "data.due"), parked = api_number(&r, "data.parked");
    pg_exec("insert into karara.jobs (id, kind, queue, priority, max_attempts, run_at, parked_at) values "
            "(karara.uuid_v7(), 'noop', 'default', 1, 3, now() - interval '2 min', null), (karara.uuid_v7(), 'noop', "
            "'default', 2, 3, now() + interval '1 h', null), "
            "(karara.uuid_v7(), 'noop', 'default', 2, 3, now() - interval '1 h', now())");
    r = api_get(&admin, "/api/v1/health/queue");
    assert_string_equal(api_text(&r, "data.status"), "degraded");
    assert_int_equal(api_number(&r, "data.due"), due + 1);
    assert_int_equal(api_number(&r, "data.parked"), parked + 1);
    assert_true(api_number(&r, "data.lag_micros") >= 120000000);
    pg_exec("update karara.jobs set run_at = now() - interval '1 h'");
    r = api_get(&admin, "/api/v1/health/queue");
    assert_string_equal(api_text(&r, "data.status"), "unavailable");
    pg_exec("insert into karara.job_queues (queue) values ('default')");
    r = api_get(&admin, "/api/v1/health/queue");
    assert_string_equal(api_text(&r, "data.status"), "ok");
    pg_exec("delete from karara.job_queues");
    pg_exec("delete from karara.jobs");
}

/* A mail that was due so long ago; its status, when it ended, and its last error. */
static void mail(const char *due, const char *status, const char *ended, const char *error)
{
    pg_exec("insert into karara.mails (id, template, language, to_address, subject, text_body, html_body, not_before, status, "
            "ended_at, sent_at, last_error, tried_at) values (karara.uuid_v7(), 't', 'en', 'a@b.example', 's', 't', 'h', now() "
            "- '%s'::interval, "
            "'%s', %s, case when '%s' = 'sent' then %s::timestamptz end, nullif('%s', ''), now())",
            due, status, ended, status, ended, error);
}

static void mails_that_do_not_go_out_are_told(void **state)
{
    (void)state;
    struct api_reply r = api_get(&admin, "/api/v1/health/email");
    assert_string_equal(api_text(&r, "data.status"), "off");
    config_set(CONF_MAIL_SERVER, "smtp://localhost:25");
    r = api_get(&admin, "/api/v1/health/email");
    assert_string_equal(api_text(&r, "data.status"), "ok");
    assert_true(json_is_null(api_json(&r, "data.last_sent_at")));
    mail("-1 hour", "queued", "null", "");
    mail("1 hour", "failed", "now()", "550 No");
    mail("6 min", "queued", "null", "451 Not now");
    r = api_get(&admin, "/api/v1/health/email");
    assert_string_equal(api_text(&r, "data.status"), "degraded");
    assert_int_equal(api_number(&r, "data.due"), 1);
    assert_int_equal(api_number(&r, "data.failed_last_day"), 1);
    assert_string_equal(api_text(&r, "data.last_error"), "451 Not now");
    assert_true(api_number(&r, "data.lag_micros") >= 360000000);
    mail("16 min", "queued", "null", "");
    r = api_get(&admin, "/api/v1/health/email");
    assert_string_equal(api_text(&r, "data.status"), "unavailable");
    mail("1 hour", "sent", "now()", "");
    r = api_get(&admin, "/api/v1/health/email");
    assert_string_equal(api_text(&r, "data.status"), "degraded"); /* others do go out */
    assert_true(json_is_string(api_json(&r, "data.last_sent_at")));
    pg_exec("delete from karara.mails");
    config_set(CONF_MAIL_SERVER, "");
}

static void without_memcached_it_is_degraded(void **state)
{
    (void)state;
    pg_memcached_stop();
    struct api_reply r = api_get(&admin, "/api/v1/health/detailed");
    assert_int_equal(r.status, 200);
    assert_string_equal(api_text(&r, "data.status"), "degraded");
    assert_string_equal(api_text(&r, "data.cache_status"), "unavailable");
    assert_string_equal(api_text(&r, "data.database_status"), "ok");
    pg_memcached_start();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(anybody_may_ask_whether_the_api_answers),
        cmocka_unit_test(what_it_stands_on_is_for_platform_admins),
        cmocka_unit_test(the_checks_tell_how_it_is),
        cmocka_unit_test(without_a_relay_nothing_follows),
        cmocka_unit_test(jobs_that_wait_for_long_are_told),
        cmocka_unit_test(mails_that_do_not_go_out_are_told),
        cmocka_unit_test(without_memcached_it_is_degraded),
    };
    return cmocka_run_group_tests_name("health", tests, begin, NULL);
}
