/* test_register.c - making an account by oneself. By mail: test_recovery.c. */
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
#include <string.h>

/* ---- registering ---- */

static void who_registers_is_signed_in_where_no_confirmation_is_asked(void **state)
{
    (void)state;
    struct api_reply r = sign_up("direct");
    struct api_person p = sign_person(&r);
    assert_string_equal(api_text(&r, "data.user.status"), "active");
    assert_string_equal(api_text(&r, "data.user.name"), "Ada Byron");
    assert_string_equal(api_text(&r, "data.token_type"), "Bearer");
    assert_int_equal(api_number(&r, "data.expires_in"), config_int(CONF_ACCESS_TOKEN_TTL));
    assert_string_equal(api_header(&r, "Location"), "/api/v1/users/me");
    assert_string_equal(api_header(&r, "Cache-Control"), "no-store");
    assert_int_equal(sign_status(&p), 200);
    assert_memory_equal(pg_value("select password_hash from karara.credentials where user_id = '%s'", p.id), "$argon2id$", 10);
    assert_int_equal(pg_count("select count(*) from karara.events where kind = 'auth.registered' and subject_id = '%s'", p.id),
                     1);
}

static void no_password_and_no_token_gets_into_the_event_log(void **state)
{
    (void)state;
    struct api_reply r = sign_up("logged");
    sign_in("logged", "a wrong " SIGN_PASSWORD);
    assert_int_equal(
        pg_count(
            "select count(*) from karara.events where payload::text like '%%correct horse%%' or payload::text like '%%%.20s%%'",
            api_text(&r, "data.refresh_token")),
        0);
    assert_int_equal(pg_count("select count(*) from karara.sessions where encode(token_hash, 'escape') like '%%%s%%'",
                              api_text(&r, "data.refresh_token")),
                     0);
}

static const char *keys_of(const struct api_reply *r)
{
    const char *text = "";
    const char *key;
    json_t *value;
    json_object_foreach(api_json(r, "data"), key, value)
    {
        text = api_f("%s %s", text, key);
    }
    json_object_foreach(api_json(r, "data.user"), key, value)
    {
        text = api_f("%s %s:%d", text, key, (int)json_typeof(value));
    }
    return text;
}

static void where_addresses_are_confirmed_registering_does_not_tell_who_has_an_account(void **state)
{
    (void)state;
    config_set(CONF_EMAIL_VERIFICATION, "on");
    struct api_reply first = sign_up("quiet");
    unsigned trips = db_counters(api_worker()->db).round_trips;
    struct api_reply again = sign_up("Quiet");
    assert_int_equal(db_counters(api_worker()->db).round_trips, trips);
    assert_string_equal(keys_of(&first), keys_of(&again));
    assert_int_equal(first.header_count, again.header_count);
    assert_string_equal(api_text(&again, "data.user.status"), "pending");
    assert_null(api_json(&again, "data.access_token"));
    assert_string_not_equal(api_text(&first, "data.user.id"), api_text(&again, "data.user.id"));
    assert_int_equal(pg_count("select count(*) from karara.users where lower(email) = '%s'", sign_email("quiet")), 1);
    assert_int_equal(pg_count("select count(*) from karara.credentials where user_id = '%s'", api_text(&again, "data.user.id")),
                     0);
    struct api_reply r = sign_in("quiet", SIGN_PASSWORD);
    assert_int_equal(r.status, 403);
    assert_string_equal(api_error(&r), "email_not_verified");
    r = sign_in("quiet", "something else");
    assert_string_equal(api_error(&r), "invalid_credentials");
}

static void an_address_has_one_account_whatever_its_case(void **state)
{
    (void)state;
    sign_up("twice");
    struct api_reply r = api_post(NULL, "/api/v1/auth/register",
                                  "{\"email\":\"TWICE@auth.example\",\"password\":\"" SIGN_PASSWORD
                                  "\",\"first_name\":\"A\",\"last_name\":\"\"}");
    assert_int_equal(r.status, 409);
    assert_string_equal(api_error(&r), "already_exists");
    assert_non_null(api_json(&r, "error.field_errors.email.0"));
    assert_null(api_header(&r, "Set-Cookie"));
}

static void a_password_has_8_to_128_characters_and_is_not_the_own_name(void **state)
{
    (void)state;
    static const char *const wrong[] = { "seven77", "CATHERINE@auth.example", "catherine", "CATHERINE Howard",
                                         "howardcatherine" };
    char longest[200];
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct api_reply r =
            api_post(NULL, "/api/v1/auth/register",
                     api_f("{\"email\":\"catherine@auth.example\",\"password\":\"%s\",\"first_name\":\"Catherine\","
                           "\"last_name\":\"Howard\"}",
                           wrong[i]));
        assert_int_equal(r.status, 422);
        assert_non_null(api_json(&r, "error.field_errors.password.0"));
    }
    memset(longest, 'x', sizeof longest);
    longest[129] = 0;
    struct api_reply r = api_post(
        NULL, "/api/v1/auth/register",
        api_f("{\"email\":\"catherine@auth.example\",\"password\":\"%s\",\"first_name\":\"C\",\"last_name\":\"H\"}", longest));
    assert_int_equal(r.status, 422);
    r = api_post(NULL, "/api/v1/auth/register",
                 "{\"email\":\"catherine@auth.example\",\"password\":\"  äöü 😀 \",\"first_name\":\"C\",\"last_name\":\"H\"}");
    assert_int_equal(r.status, 201);
    r = api_post(NULL, "/api/v1/auth/login", "{\"email\":\"catherine@auth.example\",\"password\":\"  äöü 😀 \"}");
    assert_int_equal(r.status, 200);
    r = api_post(NULL, "/api/v1/auth/login", "{\"email\":\"catherine@auth.example\",\"password\":\"äöü 😀\"}");
    assert_int_equal(r.status, 401);
}

static void registering_can_be_switched_off(void **state)
{
    (void)state;
    config_set(CONF_REGISTRATION, "off");
    struct api_reply r = api_post(NULL, "/api/v1/auth/register",
                                  "{\"email\":\"late@auth.example\",\"password\":\"" SIGN_PASSWORD
                                  "\",\"first_name\":\"L\",\"last_name\":\"\"}");
    assert_int_equal(r.status, 403);
    assert_int_equal(pg_count("select count(*) from karara.users where email = 'late@auth.example'"), 0);
}

static int register_same(int index, void *arg)
{
    (void)index;
    (void)arg;
    struct api_reply r = api_post(NULL, "/api/v1/auth/register",
                                  "{\"email\":\"race@auth.example\",\"password\":\"" SIGN_PASSWORD
                                  "\",\"first_name\":\"R\",\"last_name\":\"\"}");
    return r.status == 201 ? 1 : r.status == 409 ? 2 : 0;
}

static void of_several_who_register_an_address_at_once_one_gets_it(void **state)
{
    (void)state;
    int results[6];
    int made = 0;
    api_at_once(6, register_same, NULL, results);
    for (int i = 0; i < 6; i++) {
        assert_true(results[i] == 1 || results[i] == 2);
        made += results[i] == 1;
    }
    assert_int_equal(made, 1);
    assert_int_equal(pg_count("select count(*) from karara.sessions s join karara.users u on u.id = s.user_id where u.email = "
                              "'race@auth.example'"),
                     1);
}

#define TEST(name) cmocka_unit_test_setup(name, sign_defaults)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(who_registers_is_signed_in_where_no_confirmation_is_asked),
        TEST(no_password_and_no_token_gets_into_the_event_log),
        TEST(where_addresses_are_confirmed_registering_does_not_tell_who_has_an_account),
        TEST(an_address_has_one_account_whatever_its_case),
        TEST(a_password_has_8_to_128_characters_and_is_not_the_own_name),
        TEST(registering_can_be_switched_off),
        TEST(of_several_who_register_an_address_at_once_one_gets_it),
    };
    return cmocka_run_group_tests(tests, cast_begin, NULL);
}
