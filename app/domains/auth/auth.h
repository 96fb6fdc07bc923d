/* auth.h - what other domains may use of signing in. */
#pragma once

#include "api/request.h"

struct arena;

#define AUTH_PASSWORD_LEAST 8 /* characters of any kind */
#define AUTH_PASSWORD_MOST 128

struct auth_names {
    const char *email, *first_name, *last_name; /* may be NULL, but the first */
};

/* What keeps people from using this password; NULL when nothing does: its length, that it is common (case folded), or that it is made of
 * their own name and address and little else. */
const char *auth_password_problem(struct arena *a, const char *password, const struct auth_names *names);

/* The Argon2id hash to keep of it, in the arena. In rows with ROUTE_HASHES only, and before their transaction begins: elsewhere it aborts. Takes
 * tens of milliseconds, and waits for its turn (platform/password.h). */
const char *auth_password_hash(struct request *rq, const char *password);

/* A sign-in's answer: access token, its person, their brands. */
extern const struct schema auth_tokens_schema;

/* Runs what is queued, and makes the reply of this session's tokens: access token with the person's brands and the session's brand.
 * `refresh_token` goes into the cookie, or into the body; NULL leaves the client with the one it has. */
enum err auth_tokens_issue(struct request *rq, struct uuid session_id, const char *refresh_token, bool in_body);

/* Ends a person's second factor, for who has neither authenticator nor recovery codes any more, and tells them by mail. Runs what is
 * queued; the mail is queued. *ret_was_on: whether there was one. */
enum err two_factor_reset(struct request *rq, struct uuid person, bool *ret_was_on);
/* ---- people who come by an invitation: in rows that are TX_STEPS ---- */

struct auth_newcomer {
    const char *email; /* known to be theirs */
    const char *first_name, *last_name, *password_hash;
};

/* Queues making their account, with the request's new_id, or opening the one that still waits for its address to be confirmed. Its row has
 * the id; there is none when there is an account that can be signed in to. */
const struct db_result *auth_newcomer_add(struct request *rq, const struct auth_newcomer *n);

/* Opens a session of somebody whose password was just set, in this brand, and makes the reply of its tokens. Runs what is queued. */
enum err auth_newcomer_sign_in(struct request *rq, struct uuid user_id, const char *password_hash, struct uuid brand_id,
                               bool in_body);
