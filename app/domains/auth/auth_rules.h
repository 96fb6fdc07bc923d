/* auth_rules.h - sessions, tokens and passwords, for the files of this domain. */
#pragma once

#include "domains/auth/auth.h"

#define AUTH_COOKIE "__Host-karara_refresh"
#define AUTH_TOKEN_MAX 512 /* characters of a refresh token */

extern const struct schema auth_brand_schema; /* a brand in a sign-in's answer */

/* ---- passwords (auth_rules.c) ---- */

/* Checks a password against the row of auth_credential or auth_own_credential (`found` may have none). A wrong one counts, and so
 * many in a row lock; addresses without an account behave alike, and cost the same time. ERR_INVALID_CREDENTIALS (kept),
 * ERR_ACCOUNT_LOCKED, or what the account's status says: only who knows the password is told that. */
enum err auth_password_check(struct request *rq, const struct db_result *found, const char *email, const char *password);

/* ---- sessions (auth_tokens.c) ---- */

/* Who signs in, and how. */
struct auth_sign_in {
    struct uuid user_id;
    const char *verified_hash; /* the stored hash that the password fitted */
    const char *new_hash;      /* or NULL: keeps it */
    const char *brand;         /* id or slug, or NULL */
    bool in_body;
};

/* Opens a session and makes the reply. Runs what is queued. */
enum err auth_session_open(struct request *rq, const struct auth_sign_in *how);

/* Takes a refresh token and makes the reply with its successor. A token that was used before ends its session. */
enum err auth_session_refresh(struct request *rq, const char *token, bool in_body);
