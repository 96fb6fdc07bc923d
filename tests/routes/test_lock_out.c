/* test_lock_out.c - locking an account is no weapon: whoever guesses elsewhere keeps nobody out of a browser that they have signed in with. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cast.h"
#include "core/config.h"
#include "factor.h"
#include "pg.h"
#include <string.h>

#define LOGIN "/api/v1/auth/login"
#define WRONG "a wrong guess"

static int few_tries(void **state)
{
    factor_defaults(state);
    config_set(CONF_LOGIN_ATTEMPTS, "3");
    config_set(CONF_EMAIL_VERIFICATION, "on");
    return 0;
}

/* What a browser shows of the device cookie that this reply has set; NULL when there is none. */
static const char *device_of(const struct api_reply *r)
{
    for (int i = 0; i < r->header_count; i++) {
        if (strncmp(r->headers[i][1], "__Host-karara_device=", 21) == 0) {
            return api_f("%.*s", (int)strcspn(r->headers[i][1], ";"), r->headers[i][1]);
        }
    }
    return NULL;
}

/* Signs in with a browser that shows this cookie. */
static struct api_reply sign_in_from(const char *cookie, const struct factor_person *p, const char *password)
{
    return API_SEND(NULL, "POST", LOGIN, api_f("{\"email\":\"%s\",\"password\":\"%s\"}", p->api.email, password), "Cookie",
                    cookie);
}

static const char *browser_of(const struct factor_person *p)
{
    struct api_reply r = sign_in_from("a=b", p, FACTOR_PASSWORD);
    assert_int_equal(r.status, 200);
    const char *cookie = device_of(&r);
    assert_non_null(cookie);
    return cookie;
}

/* Somebody else guesses until nobody can. */
static void lock_out(const struct factor_person *p)
{
    for (int i = 0; i < 3; i++) {
        assert_int_equal(sign_in_from("a=b", p, WRONG).status, 401);
    }
    struct api_reply r = sign_in_from("a=b", p, FACTOR_PASSWORD);
    refused(&r, 423, "account_locked");
}

static long long attempts_of(const struct factor_person *p)
{
    return pg_count("select login_attempts from karara.credentials where user_id = '%s'", p->api.id);
}

static void who_has_signed_in_with_a_browser_gets_in_there_whoever_guesses_elsewhere(void **state)
{
    (void)state;
    struct factor_person p = factor_person("regular");
    const char *browser = browser_of(&p);
    lock_out(&p);
    struct api_reply r = sign_in_from(browser, &p, FACTOR_PASSWORD);
    assert_int_equal(r.status, 200);
    assert_string_not_equal(device_of(&r), browser);
    assert_int_equal(attempts_of(&p), 0); /* as after each sign-in */
}

static void wrong_passwords_in_a_known_browser_lock_nobody_out(void **state)
{
    (void)state;
    struct factor_person p = factor_person("clumsy");
    const char *browser = browser_of(&p);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(sign_in_from(browser, &p, WRONG).status, 401);
    }
    assert_int_equal(attempts_of(&p), 0);
    assert_int_equal(
        pg_count("select count(*) from karara.mails where to_address = '%s' and template = 'account_locked'", p.api.email), 0);
    assert_int_equal(
        pg_count("select count(*) from karara.audit_entries where resource_id = '%s' and action = 'auth.locked'", p.api.id), 0);
    assert_int_equal(sign_in_from("a=b", &p, FACTOR_PASSWORD).status, 200);
}

/* Who has taken the cookie gets as many guesses as anybody, once. */
static void a_known_browser_that_fails_too_often_is_like_any_other(void **state)
{
    (void)state;
    struct factor_person p = factor_person("robbed");
    const char *browser = browser_of(&p);
    for (int i = 0; i < 6; i++) {
        assert_int_equal(sign_in_from(browser, &p, WRONG).status, 401);
    }
    assert_int_equal(attempts_of(&p), 3);
    struct api_reply r = sign_in_from(browser, &p, FACTOR_PASSWORD);
    refused(&r, 423, "account_locked");
    assert_string_equal(factor_newest_mail(&p, "template"), "account_locked");
    pg_exec("update karara.strangers set last_failed_at = now() - interval '24 hours 1 second'");
    assert_int_equal(sign_in_from(browser, &p, FACTOR_PASSWORD).status, 200);
}

static void the_cookie_is_one_person_s_and_ours(void **state)
{
    (void)state;
    struct factor_person p = factor_person("target"), q = factor_person("thief");
    const char *own = browser_of(&p), *other = browser_of(&q);
    lock_out(&p);
    struct api_reply r = sign_in_from(other, &p, FACTOR_PASSWORD);
    refused(&r, 423, "account_locked");
    r = sign_in_from(api_f("%.*s", (int)strlen(own) - 4, own), &p, FACTOR_PASSWORD);
    refused(&r, 423, "account_locked");
    r = sign_in_from("__Host-karara_device=none", &p, FACTOR_PASSWORD);
    refused(&r, 423, "account_locked");
    assert_int_equal(sign_in_from(own, &p, FACTOR_PASSWORD).status, 200);
}

static void no_script_reads_it_and_programs_get_none(void **state)
{
    static const char *const parts[] = { "; Path=/", "; Secure", "; HttpOnly", "; SameSite=Strict", "; Max-Age=34560000" };
    (void)state;
    struct factor_person p = factor_person("programs");
    struct api_reply r = factor_sign_in(&p, FACTOR_PASSWORD); /* tokens in the body */
    assert_int_equal(r.status, 200);
    assert_null(device_of(&r));
    r = sign_in_from("a=b", &p, WRONG);
    assert_null(device_of(&r));
    r = sign_in_from("a=b", &p, FACTOR_PASSWORD);
    assert_non_null(device_of(&r));
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        int found = 0;
        for (int k = 0; k < r.header_count; k++) {
            found += strncmp(r.headers[k][1], "__Host-karara_device=", 21) == 0 && strstr(r.headers[k][1], parts[i]) != NULL;
        }
        assert_int_equal(found, 1);
    }
    assert_null(strstr(device_of(&r), p.api.id));
}

static void the_second_step_is_open_there_as_well(void **state)
{
    (void)state;
    struct factor_person p = factor_guarded("two-steps");
    struct api_reply r = API_SEND(
        NULL, "POST", LOGIN, api_f("{\"email\":\"%s\",\"password\":\"" FACTOR_PASSWORD "\"}", p.api.email), "Cookie", "a=b");
    refused(&r, 401, "two_factor_required");
    assert_null(device_of(&r)); /* the password alone makes no browser known */
    r = factor_finish(api_text(&r, "error.details.challenge"), factor_fresh_code(&p));
    assert_int_equal(r.status, 200);
    const char *browser = device_of(&r);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(sign_in_from("a=b", &p, WRONG).status, 401);
    }
    r = sign_in_from(browser, &p, FACTOR_PASSWORD);
    refused(&r, 401, "two_factor_required");
    const char *body =
        api_f("{\"challenge\":\"%s\",\"code\":\"%s\"}", api_text(&r, "error.details.challenge"), factor_fresh_code(&p));
    r = API_SEND(NULL, "POST", "/api/v1/auth/2fa/verify", body, "Cookie", "a=b");
    refused(&r, 423, "account_locked");
    assert_int_equal(API_SEND(NULL, "POST", "/api/v1/auth/2fa/verify", body, "Cookie", browser).status, 200);
}

static void who_is_signed_in_can_still_do_what_takes_the_password(void **state)
{
    (void)state;
    struct factor_person p = factor_person("signed-in");
    const char *browser = browser_of(&p);
    static const char change[] =
        "{\"current_password\":\"" FACTOR_PASSWORD "\",\"new_password\":\"" FACTOR_OTHER_PASSWORD "\"}";
    static const char move[] = "{\"email\":\"moved@lock.example\",\"password\":\"" FACTOR_OTHER_PASSWORD "\"}";
    lock_out(&p);
    struct api_reply r = api_post(&p.api, "/api/v1/auth/change-password", change);
    refused(&r, 423, "account_locked");
    assert_int_equal(API_SEND(&p.api, "POST", "/api/v1/auth/change-password", change, "Cookie", browser).status, 200);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(sign_in_from("a=b", &p, WRONG).status, 401);
    }
    r = api_post(&p.api, "/api/v1/users/me/email", move);
    refused(&r, 423, "account_locked");
    assert_int_equal(API_SEND(&p.api, "POST", "/api/v1/users/me/email", move, "Cookie", browser).status, 200);
}

#define TEST(name) cmocka_unit_test_setup(name, few_tries)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(who_has_signed_in_with_a_browser_gets_in_there_whoever_guesses_elsewhere),
        TEST(wrong_passwords_in_a_known_browser_lock_nobody_out),
        TEST(a_known_browser_that_fails_too_often_is_like_any_other),
        TEST(the_cookie_is_one_person_s_and_ours),
        TEST(no_script_reads_it_and_programs_get_none),
        TEST(the_second_step_is_open_there_as_well),
        TEST(who_is_signed_in_can_still_do_what_takes_the_password),
    };
    return cmocka_run_group_tests(tests, cast_begin, NULL);
}
