/* test_auth.c - signing in. Staying signed in, and ending that: test_sessions.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "api/dispatch.h"
#include "cast.h"
#include "core/config.h"
#include "pg.h"
#include "platform/db.h"
#include "sign.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static long long attempts_of(const char *name)
{
    return pg_count(
        "select login_attempts from karara.credentials c join karara.users u on u.id = c.user_id where u.email = '%s'",
        sign_email(name));
}

/* ---- signing in ---- */

static void the_refresh_token_comes_in_a_cookie_that_no_script_reads(void **state)
{
    (void)state;
    sign_up("cookie");
    struct api_reply r = api_post(NULL, "/api/v1/auth/login",
                                  api_f("{\"email\":\"%s\",\"password\":\"" SIGN_PASSWORD "\"}", sign_email("cookie")));
    const char *cookie = api_header(&r, "Set-Cookie");
    assert_int_equal(r.status, 200);
    assert_true(json_is_null(api_json(&r, "data.refresh_token")));
    assert_memory_equal(cookie, "__Host-karara_refresh=", 22);
    static const char *const parts[] = { "; Path=/", "; Secure", "; HttpOnly", "; SameSite=Strict", "; Max-Age=2592000" };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        assert_non_null(strstr(cookie, parts[i]));
    }
    assert_null(strstr(cookie, "Domain"));
    char value[700];
    snprintf(value, sizeof value, "%.*s", (int)strcspn(cookie, ";"), cookie);
    r = API_SEND(NULL, "POST", "/api/v1/auth/refresh", NULL, "Cookie", value);
    assert_int_equal(r.status, 200);
    assert_true(json_is_null(api_json(&r, "data.refresh_token")));
    assert_memory_equal(api_header(&r, "Set-Cookie"), "__Host-karara_refresh=", 22);
}

static void a_wrong_password_and_an_unknown_address_look_alike(void **state)
{
    (void)state;
    sign_up("known");
    struct api_reply wrong = sign_in("known", "not my password");
    unsigned trips = db_counters(api_worker()->db).round_trips;
    struct api_reply unknown = sign_in("unknown", "not my password");
    assert_int_equal(db_counters(api_worker()->db).round_trips, trips);
    assert_int_equal(wrong.status, 401);
    assert_int_equal(unknown.status, 401);
    assert_string_equal(api_error(&wrong), "invalid_credentials");
    assert_string_equal(api_error(&wrong), api_error(&unknown));
    assert_string_equal(api_text(&wrong, "error.message"), api_text(&unknown, "error.message"));
    assert_int_equal(wrong.header_count, unknown.header_count);
    assert_int_equal(attempts_of("known"), 1);
    assert_int_equal(pg_count("select count(*) from karara.events where kind = 'auth.login_failed' and subject_id is null") > 0,
                     1);
}

static void so_many_wrong_passwords_in_a_row_lock_the_account(void **state)
{
    (void)state;
    config_set(CONF_LOGIN_ATTEMPTS, "3");
    sign_up("locked");
    for (int i = 0; i < 3; i++) {
        assert_int_equal(sign_in("locked", "wrong guess").status, 401);
    }
    struct api_reply r = sign_in("locked", SIGN_PASSWORD);
    assert_int_equal(r.status, 423);
    assert_string_equal(api_error(&r), "account_locked");
    int seconds = atoi(api_header(&r, "Retry-After"));
    assert_in_range(seconds, 55, 60);
    pg_exec(
        "update karara.credentials c set locked_until = now() from karara.users u where u.id = c.user_id and u.email = '%s'",
        sign_email("locked"));
    assert_int_equal(sign_in("locked", "wrong guess").status, 401);
    assert_int_equal(attempts_of("locked"), 4);
    pg_exec(
        "update karara.credentials c set locked_until = now() from karara.users u where u.id = c.user_id and u.email = '%s'",
        sign_email("locked"));
    assert_int_equal(sign_in("locked", SIGN_PASSWORD).status, 200);
    assert_int_equal(attempts_of("locked"), 0);
}

static void an_address_without_an_account_locks_like_one_that_has_one(void **state)
{
    (void)state;
    config_set(CONF_LOGIN_ATTEMPTS, "3");
    for (int i = 0; i < 3; i++) {
        assert_int_equal(sign_in(i == 1 ? "Nobody" : "nobody", "wrong guess").status, 401);
    }
    struct api_reply r = sign_in("nobody", "wrong guess");
    assert_int_equal(r.status, 423);
    assert_in_range(atoi(api_header(&r, "Retry-After")), 55, 60);
    pg_memcached_stop();
    assert_int_equal(sign_in("nobody", "wrong guess").status, 423);
    pg_memcached_start();
}

static int guess(int index, void *arg)
{
    (void)arg;
    return sign_in("counted", api_f("guess number %d", index)).status == 401;
}

static void wrong_passwords_at_once_are_all_counted(void **state)
{
    (void)state;
    int results[8];
    sign_up("counted");
    api_at_once(8, guess, NULL, results);
    for (int i = 0; i < 8; i++) {
        assert_int_equal(results[i], 1);
    }
    assert_int_equal(attempts_of("counted"), 8);
}

static void only_who_knows_the_password_is_told_that_an_account_is_suspended(void **state)
{
    (void)state;
    struct api_person p = sign_account("suspended");
    struct api_reply in = sign_in("suspended", SIGN_PASSWORD);
    pg_exec("update karara.users set status = 'suspended' where id = '%s'", p.id);
    struct api_reply r = sign_in("suspended", SIGN_PASSWORD);
    assert_int_equal(r.status, 403);
    assert_string_equal(api_error(&r), "account_suspended");
    r = sign_in("suspended", "wrong guess");
    assert_string_equal(api_error(&r), "invalid_credentials");
    r = sign_refresh(api_text(&in, "data.refresh_token"));
    assert_int_equal(r.status, 401);
}

static void a_deleted_account_is_as_if_it_had_never_been(void **state)
{
    (void)state;
    struct api_person p = sign_account("deleted");
    pg_exec("update karara.users set deleted_at = now() where id = '%s'", p.id);
    struct api_reply r = sign_in("deleted", SIGN_PASSWORD);
    assert_string_equal(api_error(&r), "invalid_credentials");
}

static void a_hash_of_old_parameters_is_made_anew_at_sign_in(void **state)
{
    (void)state;
    struct api_person p = sign_account("rehash");
    const char *before = pg_value("select password_hash from karara.credentials where user_id = '%s'", p.id);
    assert_int_equal(sign_in("rehash", SIGN_PASSWORD).status, 200);
    assert_string_equal(pg_value("select password_hash from karara.credentials where user_id = '%s'", p.id), before);
    config_set(CONF_PASSWORD_PASSES, "2");
    assert_int_equal(sign_in("rehash", SIGN_PASSWORD).status, 200);
    assert_non_null(strstr(pg_value("select password_hash from karara.credentials where user_id = '%s'", p.id), "t=2"));
    assert_int_equal(sign_in("rehash", SIGN_PASSWORD).status, 200);
}

static void signing_in_begins_in_the_asked_brand_else_in_the_last_one(void **state)
{
    (void)state;
    struct api_person p = sign_account("brands");
    struct api_brand first = api_brand("auth-a", &p);
    struct api_brand second = api_brand("auth-b", &p);
    struct api_person other = api_person("authother");
    api_brand("auth-c", &other);
    struct api_reply r = sign_in("brands", SIGN_PASSWORD);
    assert_string_equal(api_text(&r, "data.current_brand_id"), first.id);
    assert_int_equal(json_array_size(api_json(&r, "data.brands")), 2);
    assert_string_equal(api_text(&r, "data.brands.1.slug"), "auth-b");
    assert_string_equal(api_text(&r, "data.brands.1.role"), "owner");
    r = sign_in_to("brands", second.slug);
    assert_string_equal(api_text(&r, "data.current_brand_id"), second.id);
    r = sign_in("brands", SIGN_PASSWORD);
    assert_string_equal(api_text(&r, "data.current_brand_id"), second.id);
    long long sessions = pg_count("select count(*) from karara.sessions where user_id = '%s'", p.id);
    r = sign_in_to("brands", "auth-c");
    assert_int_equal(r.status, 422);
    assert_non_null(api_json(&r, "error.field_errors.brand"));
    assert_null(api_header(&r, "Set-Cookie"));
    assert_int_equal(pg_count("select count(*) from karara.sessions where user_id = '%s'", p.id), sessions);
}

static void a_brand_that_one_no_longer_belongs_to_is_not_the_current_one(void **state)
{
    (void)state;
    struct api_person p = sign_account("moved");
    struct api_brand gone = api_brand("auth-gone", &p);
    struct api_brand stays = api_brand("auth-stays", &p);
    struct api_reply in = sign_in("moved", SIGN_PASSWORD);
    assert_string_equal(api_text(&in, "data.current_brand_id"), gone.id);
    pg_exec("update karara.brand_members set expires_at = now() where brand_id = '%s'", gone.id);
    struct api_reply r = sign_refresh(api_text(&in, "data.refresh_token"));
    assert_string_equal(api_text(&r, "data.current_brand_id"), stays.id);
    assert_int_equal(json_array_size(api_json(&r, "data.brands")), 1);
}

#define TEST(name) cmocka_unit_test_setup(name, sign_defaults)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_refresh_token_comes_in_a_cookie_that_no_script_reads),
        TEST(a_wrong_password_and_an_unknown_address_look_alike),
        TEST(so_many_wrong_passwords_in_a_row_lock_the_account),
        TEST(an_address_without_an_account_locks_like_one_that_has_one),
        TEST(wrong_passwords_at_once_are_all_counted),
        TEST(only_who_knows_the_password_is_told_that_an_account_is_suspended),
        TEST(a_deleted_account_is_as_if_it_had_never_been),
        TEST(a_hash_of_old_parameters_is_made_anew_at_sign_in),
        TEST(signing_in_begins_in_the_asked_brand_else_in_the_last_one),
        TEST(a_brand_that_one_no_longer_belongs_to_is_not_the_current_one),
    };
    return cmocka_run_group_tests(tests, cast_begin, NULL);
}
