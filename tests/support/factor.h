/* factor.h - people with a second factor, made and used through the API. On api.h.
 *
 *   struct factor_person p = factor_guarded("ada");                          // who signs in with password and code
 *   struct api_reply r = factor_finish(factor_challenge(&p), factor_fresh_code(&p));
 *   assert_int_equal(r.status, 200);
 *
 * Texts that are returned live as long as replies. */
#pragma once

#include "api.h"
#include "platform/totp.h"
#include <stdint.h>

#define FACTOR_PASSWORD "correct horse battery"
#define FACTOR_OTHER_PASSWORD "a green kettle hums"

/* Somebody with a password, and, once it is set up, with an authenticator. */
struct factor_person {
    struct api_person api;
    uint8_t secret[TOTP_SECRET];
    char codes[10][32]; /* recovery codes */
};

/* The setup of each test: a hundred wrong codes lock, for a minute. */
int factor_defaults(void **state);

struct factor_person factor_person(const char *name);  /* with a password only */
struct factor_person factor_guarded(const char *name); /* with a confirmed authenticator, too */

/* ---- codes ---- */
int64_t factor_step_now(void);
const char *factor_code_at(const struct factor_person *p, int64_t step);
/* The code of now, which counts as unused. */
const char *factor_fresh_code(struct factor_person *p);
/* Takes over what the API answered: the secret in base32, the ten recovery codes. */
void factor_read_secret(struct factor_person *p, const char *base32);
void factor_keep_codes(struct factor_person *p, const struct api_reply *r);

/* ---- requests ---- */
struct api_reply factor_enable(const struct factor_person *p, const char *password);
struct api_reply factor_confirm(const struct api_person *who, const char *code);
struct api_reply factor_sign_in(const struct factor_person *p, const char *password);
/* The first step; its challenge. */
const char *factor_challenge_with(const struct factor_person *p, const char *password);
const char *factor_challenge(const struct factor_person *p);
/* The second. */
struct api_reply factor_finish(const char *challenge_text, const char *code);
/* POST /auth/2fa/<path> with both. */
struct api_reply factor_prove(const struct api_person *who, const char *path, const char *password, const char *code);

/* ---- what came of it ---- */
bool factor_is_on(const struct factor_person *p);
const char *factor_newest_mail(const struct factor_person *p, const char *column);
long long factor_audited(const struct factor_person *p, const char *action);
long long factor_sessions(const struct factor_person *p); /* that haven't ended */
