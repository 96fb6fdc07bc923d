/* factor.c - see factor.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "factor.h"

#include "api/dispatch.h"
#include "core/clock.h"
#include "core/config.h"
#include "pg.h"
#include "platform/password.h"
#include <stdio.h>
#include <string.h>

int factor_defaults(void **state)
{
    (void)state;
    config_set(CONF_LOGIN_ATTEMPTS, "100");
    config_set(CONF_LOGIN_LOCK, "60");
    config_set(CONF_PUBLIC_URL, "https://karara.example/");
    return 0;
}

struct factor_person factor_person(const char *name)
{
    static char hash[256]; /* slow by design: made once */
    struct factor_person p = { .api = api_person(name) };
    if (hash[0] == 0) {
        snprintf(hash, sizeof hash, "%s", password_hash(api_worker()->arena, FACTOR_PASSWORD));
    }
    pg_exec("insert into karara.credentials (user_id, password_hash) values ('%s', '%s')", p.api.id, hash);
    return p;
}

int64_t factor_step_now(void)
{
    return clock_now() / 1000000 / TOTP_STEP;
}

const char *factor_code_at(const struct factor_person *p, int64_t step)
{
    char code[TOTP_CODE];
    totp_code(p->secret, step, code);
    return api_f("%s", code);
}

const char *factor_fresh_code(struct factor_person *p)
{
    pg_exec("update karara.credentials set totp_last_step = null where user_id = '%s'", p->api.id);
    return factor_code_at(p, factor_step_now());
}

struct api_reply factor_enable(const struct factor_person *p, const char *password)
{
    return api_post(&p->api, "/api/v1/auth/2fa/enable", api_f("{\"password\":\"%s\"}", password));
}

struct api_reply factor_confirm(const struct api_person *who, const char *code)
{
    return api_post(who, "/api/v1/auth/2fa/verify", api_f("{\"code\":\"%s\"}", code));
}

void factor_read_secret(struct factor_person *p, const char *base32)
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

void factor_keep_codes(struct factor_person *p, const struct api_reply *r)
{
    assert_int_equal(json_array_size(api_json(r, "data.recovery_codes")), 10);
    for (int i = 0; i < 10; i++) {
        snprintf(p->codes[i], sizeof p->codes[i], "%s", api_text(r, api_f("data.recovery_codes.%d", i)));
    }
}

struct factor_person factor_guarded(const char *name)
{
    struct factor_person p = factor_person(name);
    struct api_reply r = factor_enable(&p, FACTOR_PASSWORD);
    assert_int_equal(r.status, 200);
    factor_read_secret(&p, api_text(&r, "data.secret"));
    r = factor_confirm(&p.api, factor_code_at(&p, factor_step_now()));
    assert_int_equal(r.status, 200);
    factor_keep_codes(&p, &r);
    return p;
}

struct api_reply factor_sign_in(const struct factor_person *p, const char *password)
{
    return api_post(NULL, "/api/v1/auth/login",
                    api_f("{\"email\":\"%s\",\"password\":\"%s\",\"token_delivery\":\"body\"}", p->api.email, password));
}

const char *factor_challenge_with(const struct factor_person *p, const char *password)
{
    struct api_reply r = factor_sign_in(p, password);
    assert_int_equal(r.status, 401);
    assert_string_equal(api_error(&r), "two_factor_required");
    return api_text(&r, "error.details.challenge");
}

const char *factor_challenge(const struct factor_person *p)
{
    return factor_challenge_with(p, FACTOR_PASSWORD);
}

struct api_reply factor_finish(const char *challenge_text, const char *code)
{
    return api_post(NULL, "/api/v1/auth/2fa/verify", api_f("{\"challenge\":\"%s\",\"code\":\"%s\"}", challenge_text, code));
}

struct api_reply factor_prove(const struct api_person *who, const char *path, const char *password, const char *code)
{
    return api_post(who, api_f("/api/v1/auth/2fa/%s", path), api_f("{\"password\":\"%s\",\"code\":\"%s\"}", password, code));
}

bool factor_is_on(const struct factor_person *p)
{
    return pg_count("select count(*) from karara.credentials where user_id = '%s' and totp_enabled_at is not null",
                    p->api.id) == 1;
}

const char *factor_newest_mail(const struct factor_person *p, const char *column)
{
    return api_f("%s", pg_value("select %s from karara.mails where to_address = '%s' order by created_at desc, id desc limit 1",
                                column, p->api.email));
}

long long factor_audited(const struct factor_person *p, const char *action)
{
    return pg_count("select count(*) from karara.audit_entries where resource_id = '%s' and action = '%s'", p->api.id, action);
}

long long factor_sessions(const struct factor_person *p)
{
    return pg_count("select count(*) from karara.sessions where user_id = '%s' and revoked_at is null", p->api.id);
}
