/* test_health.c - what the API says of itself and of what it stands on. */
#include "api.h"
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
                                         "/api/v1/health/realtime" };
    for (int i = 0; i < 4; i++) {
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
        cmocka_unit_test(without_memcached_it_is_degraded),
    };
    return cmocka_run_group_tests_name("health", tests, begin, NULL);
}
