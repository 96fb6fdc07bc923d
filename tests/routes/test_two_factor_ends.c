/* test_two_factor_ends.c - ending a second factor, new recovery codes, and that nothing else leads around it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "api/dispatch.h"
#include "cast.h"
#include "factor.h"
#include "pg.h"
#include <stdio.h>
#include <string.h>

/* ---- ending it, and new codes ---- */

static void ending_it_takes_password_and_code(void **state)
{
    (void)state;
    struct factor_person p = factor_guarded("off");
    struct api_reply r = factor_prove(&p.api, "disable", "wrong guess", p.codes[0]);
    refused(&r, 401, "invalid_credentials");
    assert_string_equal(api_text(&r, "error.details.reason"), "password");
    r = factor_prove(&p.api, "disable", FACTOR_PASSWORD, "000000");
    refused(&r, 401, "invalid_credentials");
    assert_string_equal(api_text(&r, "error.details.reason"), "code");
    r = factor_sign_in(&p, "wrong guess");
    assert_null(api_json(&r, "error.details.reason"));
    assert_true(factor_is_on(&p));
    assert_int_equal(factor_prove(&p.api, "disable", FACTOR_PASSWORD, p.codes[0]).status, 200);
    assert_false(factor_is_on(&p));
    assert_string_equal(factor_newest_mail(&p, "template"), "two_factor_off");
    assert_int_equal(factor_audited(&p, "auth.two_factor_disabled"), 1);
    assert_int_equal(pg_count("select count(*) from karara.recovery_codes where user_id = '%s'", p.api.id), 0);
    assert_int_equal(factor_sign_in(&p, FACTOR_PASSWORD).status, 200);
    r = factor_prove(&p.api, "disable", FACTOR_PASSWORD, p.codes[1]);
    refused(&r, 409, "conflict");
    assert_int_equal(factor_enable(&p, FACTOR_PASSWORD).status, 200);
}

static void new_recovery_codes_void_the_old(void **state)
{
    (void)state;
    struct factor_person p = factor_guarded("renew"), old = p;
    struct api_reply r = factor_prove(&p.api, "recovery-codes", FACTOR_PASSWORD, "111111");
    refused(&r, 401, "invalid_credentials");
    assert_string_equal(api_text(&r, "error.details.reason"), "code");
    r = factor_prove(&p.api, "recovery-codes", FACTOR_PASSWORD, factor_fresh_code(&p));
    assert_int_equal(r.status, 200);
    factor_keep_codes(&p, &r);
    r = factor_finish(factor_challenge(&p), old.codes[0]);
    refused(&r, 401, "invalid_credentials");
    assert_int_equal(factor_finish(factor_challenge(&p), p.codes[0]).status, 200);
    assert_int_equal(factor_audited(&p, "auth.recovery_codes_renewed"), 1);
    struct factor_person without = factor_person("renewless");
    r = factor_prove(&without.api, "recovery-codes", FACTOR_PASSWORD, "111111");
    refused(&r, 409, "conflict");
}

/* ---- ways around ---- */

static const char *mailed_token(const struct factor_person *p)
{
    const char *at = strstr(factor_newest_mail(p, "text_body"), "#token=");
    assert_non_null(at);
    return api_f("%.*s", (int)strcspn(at + 7, "\n"), at + 7);
}

static void a_new_password_by_mail_leaves_it_on(void **state)
{
    (void)state;
    struct factor_person p = factor_guarded("reset");
    api_post(NULL, "/api/v1/auth/forgot-password", api_f("{\"email\":\"%s\"}", p.api.email));
    struct api_reply r = api_post(NULL, "/api/v1/auth/reset-password",
                                  api_f("{\"token\":\"%s\",\"password\":\"" FACTOR_OTHER_PASSWORD "\"}", mailed_token(&p)));
    assert_int_equal(r.status, 200);
    assert_null(api_json(&r, "data.access_token"));
    assert_int_equal(factor_sessions(&p), 0);
    assert_true(factor_is_on(&p));
    assert_int_equal(factor_finish(factor_challenge_with(&p, FACTOR_OTHER_PASSWORD), p.codes[0]).status, 200);
}

static void a_new_address_leaves_it_on(void **state)
{
    (void)state;
    struct factor_person p = factor_guarded("moves");
    assert_int_equal(api_post(&p.api, "/api/v1/users/me/email",
                              "{\"email\":\"moved@two-factor.example\",\"password\":\"" FACTOR_PASSWORD "\"}")
                         .status,
                     200);
    snprintf(p.api.email, sizeof p.api.email, "moved@two-factor.example");
    assert_int_equal(api_post(NULL, "/api/v1/auth/verify-email", api_f("{\"token\":\"%s\"}", mailed_token(&p))).status, 200);
    assert_true(factor_is_on(&p));
    assert_int_equal(factor_finish(factor_challenge(&p), p.codes[0]).status, 200);
}

static void api_tokens_need_no_code_and_touch_no_factor(void **state)
{
    (void)state;
    struct factor_person p = factor_guarded("program");
    struct api_reply r = api_post(&p.api, "/api/v1/auth/tokens", "{\"name\":\"Report\",\"scopes\":[\"*:read\",\"*:write\"]}");
    assert_int_equal(r.status, 201);
    struct api_person program = p.api;
    snprintf(program.token, sizeof program.token, "%s", api_text(&r, "data.token"));
    assert_int_equal(api_get(&program, "/api/v1/users/me").status, 200);
    r = factor_prove(&program, "disable", FACTOR_PASSWORD, p.codes[0]);
    refused(&r, 403, "permission_denied");
    r = factor_prove(&program, "recovery-codes", FACTOR_PASSWORD, p.codes[0]);
    refused(&r, 403, "permission_denied");
    r = factor_confirm(&program, factor_fresh_code(&p));
    refused(&r, 403, "permission_denied");
    r = api_post(&program, "/api/v1/auth/2fa/enable", "{\"password\":\"" FACTOR_PASSWORD "\"}");
    refused(&r, 403, "permission_denied");
    assert_true(factor_is_on(&p));
}

static void the_export_tells_that_it_is_on_and_not_the_secret(void **state)
{
    (void)state;
    struct factor_person p = factor_guarded("export");
    struct api_reply r = api_get(&p.api, "/api/v1/users/me/export");
    assert_true(json_is_true(api_json(&r, "data.user.two_factor_enabled")));
    assert_int_equal(api_number(&r, "data.user.recovery_codes_left"), 10);
    assert_null(strstr(r.body, totp_base32(api_worker()->arena, p.secret)));
    assert_null(strstr(r.body, "totp"));
    assert_null(strstr(r.body, p.codes[0]));
}

static void nothing_of_it_outlives_the_account(void **state)
{
    (void)state;
    struct factor_person p = factor_guarded("leaves");
    assert_int_equal(api_send(&p.api, "DELETE", "/api/v1/users/me", "{\"password\":\"" FACTOR_PASSWORD "\"}", NULL).status,
                     200);
    assert_int_equal(pg_count("select count(*) from karara.recovery_codes where user_id = '%s'", p.api.id), 0);
    assert_int_equal(pg_count("select count(*) from karara.credentials where user_id = '%s'", p.api.id), 0);
}

#define TEST(name) cmocka_unit_test_setup(name, factor_defaults)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(ending_it_takes_password_and_code),           TEST(new_recovery_codes_void_the_old),
        TEST(a_new_password_by_mail_leaves_it_on),         TEST(a_new_address_leaves_it_on),
        TEST(api_tokens_need_no_code_and_touch_no_factor), TEST(the_export_tells_that_it_is_on_and_not_the_secret),
        TEST(nothing_of_it_outlives_the_account),
    };
    return cmocka_run_group_tests(tests, cast_begin, NULL);
}
