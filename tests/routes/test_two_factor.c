/* test_two_factor.c - setting up a second factor, signing in with it, and ending it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "api.h"
#include "api/dispatch.h"
#include "core/clock.h"
#include "core/config.h"
#include "core/str.h"
#include "pg.h"
#include "platform/password.h"
#include "platform/seal.h"
#include "platform/totp.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PASSWORD "correct horse battery"
#define OTHER_PASSWORD "a green kettle hums"

/* ---- tools ---- */

static int begin(void **state)
{
    (void)state;
    api_begin();
    return 0;
}

static int defaults(void **state)
{
    (void)state;
    config_set(CONF_LOGIN_ATTEMPTS, "100");
    config_set(CONF_LOGIN_LOCK, "60");
    config_set(CONF_PUBLIC_URL, "https://karara.example/");
    return 0;
}

/* Somebody with a password, and with an authenticator when `confirmed` or set up. */
struct person {
    struct api_person api;
    uint8_t secret[TOTP_SECRET];
    char codes[10][32]; /* recovery codes */
};

static struct person person(const char *name)
{
    static char hash[256]; /* slow by design: made once */
    struct person p = { .api = api_person(name) };
    if (hash[0] == 0) {
        snprintf(hash, sizeof hash, "%s", password_hash(api_worker()->arena, PASSWORD));
    }
    pg_exec("insert into karara.credentials (user_id, password_hash) values ('%s', '%s')", p.api.id, hash);
    return p;
}

static int64_t step_now(void)
{
    return clock_now() / 1000000 / TOTP_STEP;
}

static const char *code_at(const struct person *p, int64_t step)
{
    char code[TOTP_CODE];
    totp_code(p->secret, step, code);
    return api_f("%s", code);
}

/* A code that counts as unused. */
static const char *fresh_code(struct person *p)
{
    pg_exec("update karara.credentials set totp_last_step = null where user_id = '%s'", p->api.id);
    return code_at(p, step_now());
}

static struct api_reply enable(const struct person *p, const char *password)
{
    return api_post(&p->api, "/api/v1/auth/2fa/enable", api_f("{\"password\":\"%s\"}", password));
}

static struct api_reply confirm(const struct api_person *who, const char *code)
{
    return api_post(who, "/api/v1/auth/2fa/verify", api_f("{\"code\":\"%s\"}", code));
}

static void read_secret(struct person *p, const char *base32)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    unsigned bits = 0, kept = 0;
    int n = 0;
    for (const char *s = base32; *s != 0; s++) {
        assert_non_null(strchr(letters, *s));
        kept = kept << 5 | (unsigned)(strchr(letters, *s) - letters);
        bits += 5;
        if (bits >= 8) {
            assert_true(n < TOTP_SECRET);
            p->secret[n++] = (uint8_t)(kept >> (bits -= 8));
        }
    }
    assert_int_equal(n, TOTP_SECRET);
}

static void keep_codes(struct person *p, const struct api_reply *r)
{
    assert_int_equal(json_array_size(api_json(r, "data.recovery_codes")), 10);
    for (int i = 0; i < 10; i++) {
        snprintf(p->codes[i], sizeof p->codes[i], "%s", api_text(r, api_f("data.recovery_codes.%d", i)));
    }
}

static struct person guarded(const char *name)
{
    struct person p = person(name);
    struct api_reply r = enable(&p, PASSWORD);
    assert_int_equal(r.status, 200);
    read_secret(&p, api_text(&r, "data.secret"));
    r = confirm(&p.api, code_at(&p, step_now()));
    assert_int_equal(r.status, 200);
    keep_codes(&p, &r);
    return p;
}

static struct api_reply sign_in(const struct person *p, const char *password)
{
    return api_post(NULL, "/api/v1/auth/login",
                    api_f("{\"email\":\"%s\",\"password\":\"%s\",\"token_delivery\":\"body\"}", p->api.email, password));
}

/* The first step. */
static const char *challenge_with(const struct person *p, const char *password)
{
    struct api_reply r = sign_in(p, password);
    assert_int_equal(r.status, 401);
    assert_string_equal(api_error(&r), "two_factor_required");
    return api_text(&r, "error.details.challenge");
}

static const char *challenge(const struct person *p)
{
    return challenge_with(p, PASSWORD);
}

static struct api_reply finish(const char *challenge_text, const char *code)
{
    return api_post(NULL, "/api/v1/auth/2fa/verify", api_f("{\"challenge\":\"%s\",\"code\":\"%s\"}", challenge_text, code));
}

static struct api_reply prove(const struct api_person *who, const char *path, const char *password, const char *code)
{
    return api_post(who, api_f("/api/v1/auth/2fa/%s", path), api_f("{\"password\":\"%s\",\"code\":\"%s\"}", password, code));
}

static void expect(const struct api_reply *r, int status, const char *code)
{
    if (r->status != status || strcmp(api_error(r), code) != 0) {
        fail_msg("%d %s instead of %d %s", r->status, r->body, status, code);
    }
}

static bool is_on(const struct person *p)
{
    return pg_count("select count(*) from karara.credentials where user_id = '%s' and totp_enabled_at is not null",
                    p->api.id) == 1;
}

static const char *newest_mail(const struct person *p, const char *column)
{
    return api_f("%s", pg_value("select %s from karara.mails where to_address = '%s' order by created_at desc, id desc limit 1",
                                column, p->api.email));
}

static long long audited(const struct person *p, const char *action)
{
    return pg_count("select count(*) from karara.audit_entries where resource_id = '%s' and action = '%s'", p->api.id, action);
}

static long long sessions(const struct person *p)
{
    return pg_count("select count(*) from karara.sessions where user_id = '%s' and revoked_at is null", p->api.id);
}

/* ---- setting up ---- */

static void setting_up_takes_the_password_and_changes_nothing_yet(void **state)
{
    (void)state;
    struct person p = person("setup");
    struct api_reply r = enable(&p, "wrong guess");
    expect(&r, 401, "invalid_credentials");
    r = enable(&p, PASSWORD);
    assert_int_equal(r.status, 200);
    read_secret(&p, api_text(&r, "data.secret"));
    assert_string_equal(api_text(&r, "data.otpauth_uri"),
                        api_f("otpauth://totp/Karara:%.*s%%40%s?secret=%s&issuer=Karara&algorithm=SHA1&digits=6&period=30",
                              (int)strcspn(p.api.email, "@"), p.api.email, strchr(p.api.email, '@') + 1,
                              api_text(&r, "data.secret")));
    assert_memory_equal(api_text(&r, "data.qr_svg"), "<svg ", 5);
    assert_string_equal(api_header(&r, "Cache-Control"), "no-store");
    assert_false(is_on(&p));
    assert_null(strstr(pg_value("select encode(totp_secret, 'escape') from karara.credentials where user_id = '%s'", p.api.id),
                       api_text(&r, "data.secret")));
    assert_int_equal(sign_in(&p, PASSWORD).status, 200);
}

static void asked_again_the_secret_that_waits_is_another(void **state)
{
    (void)state;
    struct person first = person("again"), second = first;
    struct api_reply r = enable(&first, PASSWORD);
    read_secret(&first, api_text(&r, "data.secret"));
    r = enable(&second, PASSWORD);
    read_secret(&second, api_text(&r, "data.secret"));
    assert_memory_not_equal(first.secret, second.secret, TOTP_SECRET);
    r = confirm(&first.api, code_at(&first, step_now()));
    expect(&r, 401, "invalid_credentials");
    assert_int_equal(confirm(&first.api, code_at(&second, step_now())).status, 200);
}

static void a_code_confirms_and_brings_ten_recovery_codes(void **state)
{
    (void)state;
    struct person p = person("confirm");
    struct api_reply r = confirm(&p.api, "123456");
    expect(&r, 409, "conflict");
    r = enable(&p, PASSWORD);
    read_secret(&p, api_text(&r, "data.secret"));
    r = api_get(&p.api, "/api/v1/users/me");
    assert_true(json_is_false(api_json(&r, "data.two_factor_enabled")));
    const char *code = code_at(&p, step_now());
    r = confirm(&p.api, api_f(" %.3s %s ", code, code + 3));
    assert_int_equal(r.status, 200);
    keep_codes(&p, &r);
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
    assert_string_equal(newest_mail(&p, "template"), "two_factor_on");
    assert_int_equal(audited(&p, "auth.two_factor_enabled"), 1);
    r = enable(&p, PASSWORD);
    expect(&r, 409, "conflict");
    r = confirm(&p.api, code_at(&p, step_now() + 1));
    expect(&r, 409, "conflict");
    r = confirm(NULL, code);
    expect(&r, 401, "authentication_required");
}

static void an_ended_session_confirms_nothing(void **state)
{
    (void)state;
    struct person p = person("ended");
    struct api_reply r = enable(&p, PASSWORD);
    read_secret(&p, api_text(&r, "data.secret"));
    pg_exec("update karara.sessions set revoked_at = now() where id = '%s'", p.api.session_id);
    r = confirm(&p.api, code_at(&p, step_now()));
    expect(&r, 401, "invalid_token");
    assert_false(is_on(&p));
}

/* ---- signing in ---- */

static void signing_in_takes_two_steps(void **state)
{
    (void)state;
    struct person p = guarded("steps");
    struct api_brand brand = api_brand("steps", &p.api);
    long long before = sessions(&p);
    struct api_reply r = sign_in(&p, "wrong guess");
    expect(&r, 401, "invalid_credentials");
    r = sign_in(&p, PASSWORD);
    expect(&r, 401, "two_factor_required");
    assert_int_equal(api_number(&r, "error.details.expires_in"), 300);
    assert_string_equal(api_text(&r, "error.details.methods.0"), "totp");
    assert_string_equal(api_text(&r, "error.details.methods.1"), "recovery_code");
    assert_null(api_header(&r, "Set-Cookie"));
    assert_int_equal(sessions(&p), before);
    r = finish(api_text(&r, "error.details.challenge"), fresh_code(&p));
    assert_int_equal(r.status, 200);
    assert_string_equal(api_text(&r, "data.user.id"), p.api.id);
    assert_string_equal(api_text(&r, "data.current_brand_id"), brand.id);
    assert_string_equal(api_text(&r, "data.brands.0.id"), brand.id);
    assert_int_equal(sessions(&p), before + 1);
    const char *refresh = api_text(&r, "data.refresh_token");
    r = api_post(NULL, "/api/v1/auth/refresh", api_f("{\"refresh_token\":\"%s\"}", refresh));
    assert_int_equal(r.status, 200); /* needs no code */
    assert_int_equal(audited(&p, "auth.two_factor_asked"), 1);
    assert_int_equal(audited(&p, "auth.logged_in"), 1);
}

static void the_brand_and_the_cookie_of_the_first_step_hold(void **state)
{
    (void)state;
    struct person p = guarded("hold");
    struct api_brand first = api_brand("hold-a", &p.api), second = api_brand("hold-b", &p.api);
    struct api_reply r = api_post(NULL, "/api/v1/auth/login",
                                  api_f("{\"email\":\"%s\",\"password\":\"" PASSWORD "\",\"brand\":\"hold-b\"}", p.api.email));
    expect(&r, 401, "two_factor_required");
    r = finish(api_text(&r, "error.details.challenge"), fresh_code(&p));
    assert_int_equal(r.status, 200);
    assert_string_equal(api_text(&r, "data.current_brand_id"), second.id);
    assert_true(json_is_null(api_json(&r, "data.refresh_token")));
    assert_memory_equal(api_header(&r, "Set-Cookie"), "__Host-karara_refresh=", 22);
    assert_string_not_equal(first.id, second.id);
    r = api_post(NULL, "/api/v1/auth/login",
                 api_f("{\"email\":\"%s\",\"password\":\"" PASSWORD "\",\"brand\":\"nowhere\"}", p.api.email));
    expect(&r, 422, "validation_failed");
    assert_non_null(api_json(&r, "error.field_errors.brand.0"));
}

static void a_code_is_good_once(void **state)
{
    (void)state;
    struct person p = guarded("once");
    struct api_reply r = finish(challenge(&p), code_at(&p, step_now() - 1));
    expect(&r, 401, "invalid_credentials"); /* before the one that confirmed */
    const char *code = fresh_code(&p);
    assert_int_equal(finish(challenge(&p), code).status, 200);
    r = finish(challenge(&p), code);
    expect(&r, 401, "invalid_credentials");
    assert_int_equal(audited(&p, "auth.two_factor_failed"), 2);
}

static void one_step_of_drift_either_way_is_taken(void **state)
{
    (void)state;
    struct person p = guarded("drift");
    for (int drift = -1; drift <= 1; drift++) {
        struct api_reply r;
        int64_t now;
        do {
            fresh_code(&p);
            now = step_now();
            r = finish(challenge(&p), code_at(&p, now + drift));
        } while (r.status != 200 && step_now() != now); /* a step went by */
        assert_int_equal(r.status, 200);
    }
    fresh_code(&p);
    static const int far[] = { -3, 3 };
    for (size_t i = 0; i < sizeof far / sizeof *far; i++) {
        struct api_reply r = finish(challenge(&p), code_at(&p, step_now() + far[i]));
        expect(&r, 401, "invalid_credentials");
    }
}

static void a_recovery_code_does_once_and_is_told(void **state)
{
    (void)state;
    struct person p = guarded("recover");
    char typed[40];
    size_t n = 0;
    for (const char *s = p.codes[3]; *s != 0; s++) { /* as people type it */
        typed[n++] = *s == '-' ? ' ' : *s == '0' ? 'O' : *s == '1' ? 'l' : (char)(*s >= 'a' ? *s - 32 : *s);
    }
    typed[n] = 0;
    assert_int_equal(finish(challenge(&p), typed).status, 200);
    assert_non_null(strstr(
        pg_value("select text_body from karara.mails where to_address = '%s' and template = 'recovery_code_used'", p.api.email),
        "You have 9 of them left"));
    assert_int_equal(audited(&p, "auth.recovery_code_used"), 1);
    struct api_reply r = finish(challenge(&p), p.codes[3]);
    expect(&r, 401, "invalid_credentials");
    assert_int_equal(finish(challenge(&p), p.codes[4]).status, 200);
    r = api_get(&p.api, "/api/v1/users/me");
    assert_int_equal(api_number(&r, "data.recovery_codes_left"), 8);
}

static void one_person_s_codes_are_no_use_to_another(void **state)
{
    (void)state;
    struct person p = guarded("mine"), q = guarded("yours");
    struct api_reply r = finish(challenge(&p), q.codes[0]);
    expect(&r, 401, "invalid_credentials");
    r = finish(challenge(&p), fresh_code(&q));
    expect(&r, 401, "invalid_credentials");
    pg_exec("update karara.credentials set totp_secret = (select totp_secret from karara.credentials where user_id = '%s') "
            "where user_id = '%s'",
            q.api.id, p.api.id); /* as somebody might who can write the table */
    r = finish(challenge(&p), fresh_code(&q));
    expect(&r, 401, "invalid_credentials");
}

/* ---- challenges ---- */

static void refused(const char *text, struct person *p)
{
    struct api_reply r = finish(text, fresh_code(p));
    expect(&r, 401, "invalid_token");
}

static void a_challenge_opens_one_session(void **state)
{
    (void)state;
    struct person p = guarded("single");
    const char *text = challenge(&p);
    assert_int_equal(finish(text, p.codes[0]).status, 200);
    long long before = sessions(&p);
    refused(text, &p);
    assert_int_equal(sessions(&p), before);
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
    struct person p = guarded("minutes");
    refused(aged(challenge(&p), 300), &p);
    assert_int_equal(finish(aged(challenge(&p), 200), fresh_code(&p)).status, 200);
}

static void what_is_no_challenge_is_refused(void **state)
{
    (void)state;
    struct person p = guarded("none");
    const char *text = challenge(&p);
    refused("x", &p);
    refused(api_f("%.*s", (int)strlen(text) - 4, text), &p);
    refused(api_f("%s", seal(api_worker()->arena, "refresh", "abc", 3)), &p);
    refused(api_f("%s", seal(api_worker()->arena, "two_factor", "abc", 3)), &p);
    refused(p.api.token, &p);
}

static void a_challenge_falls_with_the_password_and_with_the_factor(void **state)
{
    (void)state;
    struct person p = guarded("falls");
    const char *text = challenge(&p);
    assert_int_equal(api_post(&p.api, "/api/v1/auth/change-password",
                              "{\"current_password\":\"" PASSWORD "\",\"new_password\":\"" OTHER_PASSWORD "\"}")
                         .status,
                     200);
    refused(text, &p);
    text = challenge_with(&p, OTHER_PASSWORD);
    assert_int_equal(prove(&p.api, "disable", OTHER_PASSWORD, fresh_code(&p)).status, 200);
    refused(text, &p);
    struct person q = guarded("suspended");
    text = challenge(&q);
    pg_exec("update karara.users set status = 'suspended' where id = '%s'", q.api.id);
    struct api_reply r = finish(text, fresh_code(&q));
    expect(&r, 403, "account_suspended");
}

static void five_wrong_codes_end_a_challenge(void **state)
{
    (void)state;
    struct person p = guarded("tries");
    const char *text = challenge(&p);
    for (int i = 0; i < 5; i++) {
        struct api_reply r = finish(text, i % 2 == 0 ? "000 000" : "0000-0000-0000-0000");
        expect(&r, 401, "invalid_credentials");
    }
    refused(text, &p);
    assert_int_equal(finish(challenge(&p), fresh_code(&p)).status, 200);
}

/* The count of wrong ones isn't reset by the password, which the guesser knows. */
static void wrong_codes_lock_the_account_as_wrong_passwords_do(void **state)
{
    (void)state;
    struct person p = guarded("locks");
    config_set(CONF_LOGIN_ATTEMPTS, "3");
    for (int i = 0; i < 3; i++) {
        struct api_reply r = finish(challenge(&p), "000000");
        expect(&r, 401, "invalid_credentials");
        if (i < 2) {
            challenge(&p);
        }
    }
    assert_string_equal(newest_mail(&p, "template"), "account_locked");
    struct api_reply r = sign_in(&p, PASSWORD);
    expect(&r, 423, "account_locked");
    pg_exec("update karara.credentials set locked_until = now() where user_id = '%s'", p.api.id);
    const char *text = challenge(&p);
    r = finish(text, "000000");
    expect(&r, 401, "invalid_credentials");
    r = finish(text, fresh_code(&p));
    expect(&r, 423, "account_locked");
    assert_in_range(atoi(api_header(&r, "Retry-After")), 240, 300); /* the second lock is five times as long */
    pg_exec("update karara.credentials set locked_until = now() where user_id = '%s'", p.api.id);
    assert_int_equal(finish(text, fresh_code(&p)).status, 200);
    assert_int_equal(pg_count("select login_attempts from karara.credentials where user_id = '%s'", p.api.id), 0);
}

/* ---- ending it, and new codes ---- */

static void ending_it_takes_password_and_code(void **state)
{
    (void)state;
    struct person p = guarded("off");
    struct api_reply r = prove(&p.api, "disable", "wrong guess", p.codes[0]);
    expect(&r, 401, "invalid_credentials");
    assert_string_equal(api_text(&r, "error.details.reason"), "password");
    r = prove(&p.api, "disable", PASSWORD, "000000");
    expect(&r, 401, "invalid_credentials");
    assert_string_equal(api_text(&r, "error.details.reason"), "code");
    r = sign_in(&p, "wrong guess");
    assert_null(api_json(&r, "error.details.reason"));
    assert_true(is_on(&p));
    assert_int_equal(prove(&p.api, "disable", PASSWORD, p.codes[0]).status, 200);
    assert_false(is_on(&p));
    assert_string_equal(newest_mail(&p, "template"), "two_factor_off");
    assert_int_equal(audited(&p, "auth.two_factor_disabled"), 1);
    assert_int_equal(pg_count("select count(*) from karara.recovery_codes where user_id = '%s'", p.api.id), 0);
    assert_int_equal(sign_in(&p, PASSWORD).status, 200);
    r = prove(&p.api, "disable", PASSWORD, p.codes[1]);
    expect(&r, 409, "conflict");
    assert_int_equal(enable(&p, PASSWORD).status, 200);
}

static void new_recovery_codes_void_the_old(void **state)
{
    (void)state;
    struct person p = guarded("renew"), old = p;
    struct api_reply r = prove(&p.api, "recovery-codes", PASSWORD, "111111");
    expect(&r, 401, "invalid_credentials");
    assert_string_equal(api_text(&r, "error.details.reason"), "code");
    r = prove(&p.api, "recovery-codes", PASSWORD, fresh_code(&p));
    assert_int_equal(r.status, 200);
    keep_codes(&p, &r);
    r = finish(challenge(&p), old.codes[0]);
    expect(&r, 401, "invalid_credentials");
    assert_int_equal(finish(challenge(&p), p.codes[0]).status, 200);
    assert_int_equal(audited(&p, "auth.recovery_codes_renewed"), 1);
    struct person without = person("renewless");
    r = prove(&without.api, "recovery-codes", PASSWORD, "111111");
    expect(&r, 409, "conflict");
}

/* ---- ways around ---- */

static const char *mailed_token(const struct person *p)
{
    const char *at = strstr(newest_mail(p, "text_body"), "#token=");
    assert_non_null(at);
    return api_f("%.*s", (int)strcspn(at + 7, "\n"), at + 7);
}

static void a_new_password_by_mail_leaves_it_on(void **state)
{
    (void)state;
    struct person p = guarded("reset");
    api_post(NULL, "/api/v1/auth/forgot-password", api_f("{\"email\":\"%s\"}", p.api.email));
    struct api_reply r = api_post(NULL, "/api/v1/auth/reset-password",
                                  api_f("{\"token\":\"%s\",\"password\":\"" OTHER_PASSWORD "\"}", mailed_token(&p)));
    assert_int_equal(r.status, 200);
    assert_null(api_json(&r, "data.access_token"));
    assert_int_equal(sessions(&p), 0);
    assert_true(is_on(&p));
    assert_int_equal(finish(challenge_with(&p, OTHER_PASSWORD), p.codes[0]).status, 200);
}

static void a_new_address_leaves_it_on(void **state)
{
    (void)state;
    struct person p = guarded("moves");
    assert_int_equal(
        api_post(&p.api, "/api/v1/users/me/email", "{\"email\":\"moved@two-factor.example\",\"password\":\"" PASSWORD "\"}")
            .status,
        200);
    snprintf(p.api.email, sizeof p.api.email, "moved@two-factor.example");
    assert_int_equal(api_post(NULL, "/api/v1/auth/verify-email", api_f("{\"token\":\"%s\"}", mailed_token(&p))).status, 200);
    assert_true(is_on(&p));
    assert_int_equal(finish(challenge(&p), p.codes[0]).status, 200);
}

static void api_tokens_need_no_code_and_touch_no_factor(void **state)
{
    (void)state;
    struct person p = guarded("program");
    struct api_reply r = api_post(&p.api, "/api/v1/auth/tokens", "{\"name\":\"Report\",\"scopes\":[\"*:read\",\"*:write\"]}");
    assert_int_equal(r.status, 201);
    struct api_person program = p.api;
    snprintf(program.token, sizeof program.token, "%s", api_text(&r, "data.token"));
    assert_int_equal(api_get(&program, "/api/v1/users/me").status, 200);
    r = prove(&program, "disable", PASSWORD, p.codes[0]);
    expect(&r, 403, "permission_denied");
    r = prove(&program, "recovery-codes", PASSWORD, p.codes[0]);
    expect(&r, 403, "permission_denied");
    r = confirm(&program, fresh_code(&p));
    expect(&r, 403, "permission_denied");
    r = api_post(&program, "/api/v1/auth/2fa/enable", "{\"password\":\"" PASSWORD "\"}");
    expect(&r, 403, "permission_denied");
    assert_true(is_on(&p));
}

static void the_export_tells_that_it_is_on_and_not_the_secret(void **state)
{
    (void)state;
    struct person p = guarded("export");
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
    struct person p = guarded("leaves");
    assert_int_equal(api_send(&p.api, "DELETE", "/api/v1/users/me", "{\"password\":\"" PASSWORD "\"}", NULL).status, 200);
    assert_int_equal(pg_count("select count(*) from karara.recovery_codes where user_id = '%s'", p.api.id), 0);
    assert_int_equal(pg_count("select count(*) from karara.credentials where user_id = '%s'", p.api.id), 0);
}

/* ---- at once ---- */

enum { TWINS = 6 };

struct race {
    char challenges[TWINS][1024], codes[TWINS][32];
};

/* 1 for a session, 2 for a code that doesn't fit, 3 for a challenge that is over, 4 for a lock. */
static int finish_at_once(int index, void *arg)
{
    const struct race *race = arg;
    struct api_reply r = finish(race->challenges[index], race->codes[index]);
    const char *code = api_error(&r);
    return r.status == 200                            ? 1
           : strcmp(code, "invalid_credentials") == 0 ? 2
           : strcmp(code, "invalid_token") == 0       ? 3
           : strcmp(code, "account_locked") == 0      ? 4
                                                      : 0;
}

/* How many end so. */
static void expect_ends(const struct race *race, int opened, int ended, int with)
{
    int results[TWINS], counted[8] = { 0 };
    api_at_once(TWINS, finish_at_once, (void *)(uintptr_t)race, results);
    for (int i = 0; i < TWINS; i++) {
        counted[results[i] & 7]++;
    }
    assert_int_equal(counted[1], opened);
    assert_int_equal(counted[with], ended);
}

static struct race race_of(const struct person *p, bool one_challenge)
{
    struct race race;
    for (int i = 0; i < TWINS; i++) {
        snprintf(race.challenges[i], sizeof race.challenges[i], "%s",
                 one_challenge && i > 0 ? race.challenges[0] : challenge(p));
    }
    return race;
}

static void of_several_with_one_code_at_once_one_signs_in(void **state)
{
    (void)state;
    struct person p = guarded("twins");
    for (int round = 0; round < 5; round++) {
        struct race race = race_of(&p, false);
        const char *code = fresh_code(&p);
        for (int i = 0; i < TWINS; i++) {
            snprintf(race.codes[i], sizeof race.codes[i], "%s", code);
        }
        expect_ends(&race, 1, TWINS - 1, 2);
    }
}

static void of_several_with_one_recovery_code_at_once_one_signs_in(void **state)
{
    (void)state;
    struct person p = guarded("triplets");
    for (int round = 0; round < 5; round++) {
        struct race race = race_of(&p, false);
        for (int i = 0; i < TWINS; i++) {
            snprintf(race.codes[i], sizeof race.codes[i], "%s", p.codes[round]);
        }
        expect_ends(&race, 1, TWINS - 1, 2);
    }
}

/* The codes of those who come too late stay good. */
static void a_challenge_opens_one_session_for_several_at_once(void **state)
{
    (void)state;
    struct person p = guarded("crowd");
    struct race race = race_of(&p, true);
    for (int i = 0; i < TWINS; i++) {
        snprintf(race.codes[i], sizeof race.codes[i], "%s", p.codes[i]);
    }
    expect_ends(&race, 1, TWINS - 1, 3);
    assert_int_equal(pg_count("select count(*) from karara.recovery_codes where user_id = '%s'", p.api.id), 9);
}

static void guesses_at_once_are_as_few_as_one_after_the_other(void **state)
{
    (void)state;
    struct person p = guarded("guesses");
    struct race race = race_of(&p, false);
    config_set(CONF_LOGIN_ATTEMPTS, "3");
    for (int i = 0; i < TWINS; i++) {
        snprintf(race.codes[i], sizeof race.codes[i], "%06d", i);
    }
    expect_ends(&race, 0, 3, 4);
}

static int confirm_at_once(int index, void *arg)
{
    struct person *p = arg;
    (void)index;
    struct api_reply r = confirm(&p->api, code_at(p, step_now()));
    return r.status == 200 ? 1 : r.status == 409 ? 2 : 0;
}

static void of_several_who_confirm_at_once_one_gets_the_codes(void **state)
{
    int results[TWINS], counted[3] = { 0 };
    (void)state;
    struct person p = person("confirmers");
    struct api_reply r = enable(&p, PASSWORD);
    read_secret(&p, api_text(&r, "data.secret"));
    api_at_once(TWINS, confirm_at_once, &p, results);
    for (int i = 0; i < TWINS; i++) {
        assert_in_range(results[i], 1, 2);
        counted[results[i]]++;
    }
    assert_int_equal(counted[1], 1);
    assert_int_equal(pg_count("select count(*) from karara.recovery_codes where user_id = '%s'", p.api.id), 10);
}

#define TEST(name) cmocka_unit_test_setup(name, defaults)

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
        TEST(ending_it_takes_password_and_code),
        TEST(new_recovery_codes_void_the_old),
        TEST(a_new_password_by_mail_leaves_it_on),
        TEST(a_new_address_leaves_it_on),
        TEST(api_tokens_need_no_code_and_touch_no_factor),
        TEST(the_export_tells_that_it_is_on_and_not_the_secret),
        TEST(nothing_of_it_outlives_the_account),
        TEST(of_several_with_one_code_at_once_one_signs_in),
        TEST(of_several_with_one_recovery_code_at_once_one_signs_in),
        TEST(a_challenge_opens_one_session_for_several_at_once),
        TEST(guesses_at_once_are_as_few_as_one_after_the_other),
        TEST(of_several_who_confirm_at_once_one_gets_the_codes),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
