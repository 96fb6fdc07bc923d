/* test_two_factor.c - setting up a second factor, and signing in with it. Its end: test_two_factor_ends.c; at once: _races.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "api/dispatch.h"
#include "cast.h"
#include "core/config.h"
#include "factor.h"
#include "pg.h"
#include "platform/seal.h"
#include <stdlib.h>
#include <string.h>

/* ---- setting up ---- */

static void setting_up_takes_the_password_and_changes_nothing_yet(void **state)
{
    (void)state;
    struct factor_person p = factor_person("setup");
    struct api_reply r = factor_enable(&p, "wrong guess");
    refused(&r, 401, "invalid_credentials");
    r = factor_enable(&p, FACTOR_PASSWORD);
    assert_int_equal(r.status, 200);
    factor_read_secret(&p, api_text(&r, "data.secret"));
    assert_string_equal(api_text(&r, "data.otpauth_uri"),
                        api_f("otpauth://totp/Karara:%.*s%%40%s?secret=%s&issuer=Karara&algorithm=SHA1&digits=6&period=30",
                              (int)strcspn(p.api.email, "@"), p.api.email, strchr(p.api.email, '@') + 1,
                              api_text(&r, "data.secret")));
    assert_memory_equal(api_text(&r, "data.qr_svg"), "<svg ", 5);
    assert_string_equal(api_header(&r, "Cache-Control"), "no-store");
    assert_false(factor_is_on(&p));
    assert_null(strstr(pg_value("select encode(totp_secret, 'escape') from karara.credentials where user_id = '%s'", p.api.id),
                       api_text(&r, "data.secret")));
    assert_int_equal(factor_sign_in(&p, FACTOR_PASSWORD).status, 200);
}

static void asked_again_the_secret_that_waits_is_another(void **state)
{
    (void)state;
    struct factor_person first = factor_person("again"), second = first;
    struct api_reply r = factor_enable(&first, FACTOR_PASSWORD);
    factor_read_secret(&first, api_text(&r, "data.secret"));
    r = factor_enable(&second, FACTOR_PASSWORD);
    factor_read_secret(&second, api_text(&r, "data.secret"));
    assert_memory_not_equal(first.secret, second.secret, TOTP_SECRET);
    r = factor_confirm(&first.api, factor_code_at(&first, factor_step_now()));
    refused(&r, 401, "invalid_credentials");
    assert_int_equal(factor_confirm(&first.api, factor_code_at(&second, factor_step_now())).status, 200);
}

static void a_code_confirms_and_brings_ten_recovery_codes(void **state)
{
    (void)state;
    struct factor_person p = factor_person("confirm");
    struct api_reply r = factor_confirm(&p.api, "123456");
    refused(&r, 409, "conflict");
    r = factor_enable(&p, FACTOR_PASSWORD);
    factor_read_secret(&p, api_text(&r, "data.secret"));
    r = api_get(&p.api, "/api/v1/users/me");
    assert_true(json_is_false(api_json(&r, "data.two_factor_enabled")));
    const char *code = factor_code_at(&p, factor_step_now());
    r = factor_confirm(&p.api, api_f(" %.3s %s ", code, code + 3));
    assert_int_equal(r.status, 200);
    factor_keep_codes(&p, &r);
    for (int i = 0; i < 10; i++) {
        assert_int_equal(strlen(p.codes[i]), 19);
        assert_int_equal(strspn(p.codes[i], "0123456789abcdefghjkmnpqrstvwxyz-"), 19);
        for (int k = 0; k < i; k++) {
            assert_string_not_equal(p.codes[i], p.codes[k]);
        }
        assert_int_equal(
            pg_count("select count(*) from karara.recovery_codes where encode(digest, 'escape') like '%%%s%%'", p.codes[i]), 0);
    }
    r = api_get(&p.api, "/api/v1/users/me");
    assert_true(json_is_true(api_json(&r, "data.two_factor_enabled")));
    assert_int_equal(api_number(&r, "data.recovery_codes_left"), 10);
    assert_string_equal(factor_newest_mail(&p, "template"), "two_factor_on");
    assert_int_equal(factor_audited(&p, "auth.two_factor_enabled"), 1);
    r = factor_enable(&p, FACTOR_PASSWORD);
    refused(&r, 409, "conflict");
    r = factor_confirm(&p.api, factor_code_at(&p, factor_step_now() + 1));
    refused(&r, 409, "conflict");
    r = factor_confirm(NULL, code);
    refused(&r, 401, "authentication_required");
}

static void an_ended_session_confirms_nothing(void **state)
{
    (void)state;
    struct factor_person p = factor_person("ended");
    struct api_reply r = factor_enable(&p, FACTOR_PASSWORD);
    factor_read_secret(&p, api_text(&r, "data.secret"));
    pg_exec("update karara.sessions set revoked_at = now() where id = '%s'", p.api.session_id);
    r = factor_confirm(&p.api, factor_code_at(&p, factor_step_now()));
    refused(&r, 401, "invalid_token");
    assert_false(factor_is_on(&p));
}

/* ---- signing in ---- */

static void signing_in_takes_two_steps(void **state)
{
    (void)state;
    struct factor_person p = factor_guarded("steps");
    struct api_brand brand = api_brand("steps", &p.api);
    long long before = factor_sessions(&p);
    struct api_reply r = factor_sign_in(&p, "wrong guess");
    refused(&r, 401, "invalid_credentials");
    r = factor_sign_in(&p, FACTOR_PASSWORD);
    refused(&r, 401, "two_factor_required");
    assert_int_equal(api_number(&r, "error.details.expires_in"), 300);
    assert_string_equal(api_text(&r, "error.details.methods.0"), "totp");
    assert_string_equal(api_text(&r, "error.details.methods.1"), "recovery_code");
    assert_null(api_header(&r, "Set-Cookie"));
    assert_int_equal(factor_sessions(&p), before);
    r = factor_finish(api_text(&r, "error.details.challenge"), factor_fresh_code(&p));
    assert_int_equal(r.status, 200);
    assert_string_equal(api_text(&r, "data.user.id"), p.api.id);
    assert_string_equal(api_text(&r, "data.current_brand_id"), brand.id);
    assert_string_equal(api_text(&r, "data.brands.0.id"), brand.id);
    assert_int_equal(factor_sessions(&p), before + 1);
    const char *refresh = api_text(&r, "data.refresh_token");
    r = api_post(NULL, "/api/v1/auth/refresh", api_f("{\"refresh_token\":\"%s\"}", refresh));
    assert_int_equal(r.status, 200); /* needs no code */
    assert_int_equal(factor_audited(&p, "auth.two_factor_asked"), 1);
    assert_int_equal(factor_audited(&p, "auth.logged_in"), 1);
}

static void the_brand_and_the_cookie_of_the_first_step_hold(void **state)
{
    (void)state;
    struct factor_person p = factor_guarded("hold");
    struct api_brand first = api_brand("hold-a", &p.api), second = api_brand("hold-b", &p.api);
    struct api_reply r =
        api_post(NULL, "/api/v1/auth/login",
                 api_f("{\"email\":\"%s\",\"password\":\"" FACTOR_PASSWORD "\",\"brand\":\"hold-b\"}", p.api.email));
    refused(&r, 401, "two_factor_required");
    r = factor_finish(api_text(&r, "error.details.challenge"), factor_fresh_code(&p));
    assert_int_equal(r.status, 200);
    assert_string_equal(api_text(&r, "data.current_brand_id"), second.id);
    assert_true(json_is_null(api_json(&r, "data.refresh_token")));
    assert_memory_equal(api_header(&r, "Set-Cookie"), "__Host-karara_refresh=", 22);
    assert_string_not_equal(first.id, second.id);
    r = api_post(NULL, "/api/v1/auth/login",
                 api_f("{\"email\":\"%s\",\"password\":\"" FACTOR_PASSWORD "\",\"brand\":\"nowhere\"}", p.api.email));
    refused(&r, 422, "validation_failed");
    assert_non_null(api_json(&r, "error.field_errors.brand.0"));
}

static void a_code_is_good_once(void **state)
{
    (void)state;
    struct factor_person p = factor_guarded("once");
    struct api_reply r = factor_finish(factor_challenge(&p), factor_code_at(&p, factor_step_now() - 1));
    refused(&r, 401, "invalid_credentials"); /* before the one that confirmed */
    const char *code = factor_fresh_code(&p);
    assert_int_equal(factor_finish(factor_challenge(&p), code).status, 200);
    r = factor_finish(factor_challenge(&p), code);
    refused(&r, 401, "invalid_credentials");
    assert_int_equal(factor_audited(&p, "auth.two_factor_failed"), 2);
}

static void one_step_of_drift_either_way_is_taken(void **state)
{
    (void)state;
    struct factor_person p = factor_guarded("drift");
    for (int drift = -1; drift <= 1; drift++) {
        struct api_reply r;
        int64_t now;
        do {
            factor_fresh_code(&p);
            now = factor_step_now();
            r = factor_finish(factor_challenge(&p), factor_code_at(&p, now + drift));
        } while (r.status != 200 && factor_step_now() != now); /* a step went by */
        assert_int_equal(r.status, 200);
    }
    factor_fresh_code(&p);
    static const int far[] = { -3, 3 };
    for (size_t i = 0; i < sizeof far / sizeof *far; i++) {
        struct api_reply r = factor_finish(factor_challenge(&p), factor_code_at(&p, factor_step_now() + far[i]));
        refused(&r, 401, "invalid_credentials");
    }
}

static void a_recovery_code_does_once_and_is_told(void **state)
{
    (void)state;
    struct factor_person p = factor_guarded("recover");
    char typed[40];
    size_t n = 0;
    for (const char *s = p.codes[3]; *s != 0; s++) { /* as people type it */
        typed[n++] = *s == '-' ? ' ' : *s == '0' ? 'O' : *s == '1' ? 'l' : (char)(*s >= 'a' ? *s - 32 : *s);
    }
    typed[n] = 0;
    assert_int_equal(factor_finish(factor_challenge(&p), typed).status, 200);
    assert_non_null(strstr(
        pg_value("select text_body from karara.mails where to_address = '%s' and template = 'recovery_code_used'", p.api.email),
        "You have 9 of them left"));
    assert_int_equal(factor_audited(&p, "auth.recovery_code_used"), 1);
    struct api_reply r = factor_finish(factor_challenge(&p), p.codes[3]);
    refused(&r, 401, "invalid_credentials");
    assert_int_equal(factor_finish(factor_challenge(&p), p.codes[4]).status, 200);
    r = api_get(&p.api, "/api/v1/users/me");
    assert_int_equal(api_number(&r, "data.recovery_codes_left"), 8);
}

static void one_person_s_codes_are_no_use_to_another(void **state)
{
    (void)state;
    struct factor_person p = factor_guarded("mine"), q = factor_guarded("yours");
    struct api_reply r = factor_finish(factor_challenge(&p), q.codes[0]);
    refused(&r, 401, "invalid_credentials");
    r = factor_finish(factor_challenge(&p), factor_fresh_code(&q));
    refused(&r, 401, "invalid_credentials");
    pg_exec("update karara.credentials set totp_secret = (select totp_secret from karara.credentials where user_id = '%s') "
            "where user_id = '%s'",
            q.api.id, p.api.id); /* as somebody might who can write the table */
    r = factor_finish(factor_challenge(&p), factor_fresh_code(&q));
    refused(&r, 401, "invalid_credentials");
}

/* ---- challenges ---- */

static void is_over(const char *text, struct factor_person *p)
{
    struct api_reply r = factor_finish(text, factor_fresh_code(p));
    refused(&r, 401, "invalid_token");
}

static void a_challenge_opens_one_session(void **state)
{
    (void)state;
    struct factor_person p = factor_guarded("single");
    const char *text = factor_challenge(&p);
    assert_int_equal(factor_finish(text, p.codes[0]).status, 200);
    long long before = factor_sessions(&p);
    is_over(text, &p);
    assert_int_equal(factor_sessions(&p), before);
}

/* As two_factor.c has it. */
struct sealed_challenge {
    struct uuid user_id, session_id;
    int64_t made_at;
    uint8_t password[32];
    bool in_body;
    char brand[65];
};

static const char *aged(const char *text, int seconds)
{
    size_t n = 0;
    struct sealed_challenge *c = seal_open(api_worker()->arena, "two_factor", text, &n);
    assert_non_null(c);
    assert_int_equal(n, sizeof *c);
    c->made_at -= seconds * (int64_t)1000000;
    return api_f("%s", seal(api_worker()->arena, "two_factor", c, n));
}

static void a_challenge_is_good_for_five_minutes(void **state)
{
    (void)state;
    struct factor_person p = factor_guarded("minutes");
    is_over(aged(factor_challenge(&p), 300), &p);
    assert_int_equal(factor_finish(aged(factor_challenge(&p), 200), factor_fresh_code(&p)).status, 200);
}

static void what_is_no_challenge_is_refused(void **state)
{
    (void)state;
    struct factor_person p = factor_guarded("none");
    const char *text = factor_challenge(&p);
    is_over("x", &p);
    is_over(api_f("%.*s", (int)strlen(text) - 4, text), &p);
    is_over(api_f("%s", seal(api_worker()->arena, "refresh", "abc", 3)), &p);
    is_over(api_f("%s", seal(api_worker()->arena, "two_factor", "abc", 3)), &p);
    is_over(p.api.token, &p);
}

static void a_challenge_falls_with_the_password_and_with_the_factor(void **state)
{
    (void)state;
    struct factor_person p = factor_guarded("falls");
    const char *text = factor_challenge(&p);
    assert_int_equal(api_post(&p.api, "/api/v1/auth/change-password",
                              "{\"current_password\":\"" FACTOR_PASSWORD "\",\"new_password\":\"" FACTOR_OTHER_PASSWORD "\"}")
                         .status,
                     200);
    is_over(text, &p);
    text = factor_challenge_with(&p, FACTOR_OTHER_PASSWORD);
    assert_int_equal(factor_prove(&p.api, "disable", FACTOR_OTHER_PASSWORD, factor_fresh_code(&p)).status, 200);
    is_over(text, &p);
    struct factor_person q = factor_guarded("suspended");
    text = factor_challenge(&q);
    pg_exec("update karara.users set status = 'suspended' where id = '%s'", q.api.id);
    struct api_reply r = factor_finish(text, factor_fresh_code(&q));
    refused(&r, 403, "account_suspended");
}

static void five_wrong_codes_end_a_challenge(void **state)
{
    (void)state;
    struct factor_person p = factor_guarded("tries");
    const char *text = factor_challenge(&p);
    for (int i = 0; i < 5; i++) {
        struct api_reply r = factor_finish(text, i % 2 == 0 ? "000 000" : "0000-0000-0000-0000");
        refused(&r, 401, "invalid_credentials");
    }
    is_over(text, &p);
    assert_int_equal(factor_finish(factor_challenge(&p), factor_fresh_code(&p)).status, 200);
}

/* The count of wrong ones isn't reset by the password, which the guesser knows. */
static void wrong_codes_lock_the_account_as_wrong_passwords_do(void **state)
{
    (void)state;
    struct factor_person p = factor_guarded("locks");
    config_set(CONF_LOGIN_ATTEMPTS, "3");
    for (int i = 0; i < 3; i++) {
        struct api_reply r = factor_finish(factor_challenge(&p), "000000");
        refused(&r, 401, "invalid_credentials");
        if (i < 2) {
            factor_challenge(&p);
        }
    }
    assert_string_equal(factor_newest_mail(&p, "template"), "account_locked");
    struct api_reply r = factor_sign_in(&p, FACTOR_PASSWORD);
    refused(&r, 423, "account_locked");
    pg_exec("update karara.credentials set locked_until = now() where user_id = '%s'", p.api.id);
    const char *text = factor_challenge(&p);
    r = factor_finish(text, "000000");
    refused(&r, 401, "invalid_credentials");
    r = factor_finish(text, factor_fresh_code(&p));
    refused(&r, 423, "account_locked");
    assert_in_range(atoi(api_header(&r, "Retry-After")), 240, 300); /* the second lock is five times as long */
    pg_exec("update karara.credentials set locked_until = now() where user_id = '%s'", p.api.id);
    assert_int_equal(factor_finish(text, factor_fresh_code(&p)).status, 200);
    assert_int_equal(pg_count("select login_attempts from karara.credentials where user_id = '%s'", p.api.id), 0);
}

#define TEST(name) cmocka_unit_test_setup(name, factor_defaults)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(setting_up_takes_the_password_and_changes_nothing_yet),
        TEST(asked_again_the_secret_that_waits_is_another),
        TEST(a_code_confirms_and_brings_ten_recovery_codes),
        TEST(an_ended_session_confirms_nothing),
        TEST(signing_in_takes_two_steps),
        TEST(the_brand_and_the_cookie_of_the_first_step_hold),
        TEST(a_code_is_good_once),
        TEST(one_step_of_drift_either_way_is_taken),
        TEST(a_recovery_code_does_once_and_is_told),
        TEST(one_person_s_codes_are_no_use_to_another),
        TEST(a_challenge_opens_one_session),
        TEST(a_challenge_is_good_for_five_minutes),
        TEST(what_is_no_challenge_is_refused),
        TEST(a_challenge_falls_with_the_password_and_with_the_factor),
        TEST(five_wrong_codes_end_a_challenge),
        TEST(wrong_codes_lock_the_account_as_wrong_passwords_do),
    };
    return cmocka_run_group_tests(tests, cast_begin, NULL);
}
