/* token.h - API tokens as the guard sees them: whose, for which brand, and for which rows.
 *
 * A scope is "<domain>:read" or "<domain>:write" of a domain of the registry, or "*" for all domains. Read is GET and HEAD; write is all
 * the rest and doesn't include reading. Rows with ROUTE_SESSION_ONLY are in no scope.
 *
 * What a token is never changes once it is made, but for its end; so each process remembers tokens by their digest, and the first statement
 * of every pipeline asserts that the token lives (fragment session_alive of api.sql). */
#pragma once

#include "api/route.h"
#include "core/uuid.h"
#include <stdbool.h>
#include <stdint.h>

struct request;

struct api_token {
    struct uuid id, user_id;
    struct uuid brand_id;   /* nil: any of the person's brands */
    int64_t expires_at;     /* µs; INT64_MAX: never */
    uint64_t reads, writes; /* bit n: of the n-th table of the registry */
    int64_t noted_at;       /* µs: when this process last noted its use */
};

/* Finds the token of this text and makes its person the caller: rq->token, user_id, session_id (the token's id), and its brand. Checks
 * form and checksum first, which cost no round trip; a token that this process doesn't remember costs one. ERR_INVALID_TOKEN,
 * ERR_TOKEN_EXPIRED, or ERR_PERMISSION_DENIED for a row that the token isn't for. */
enum err token_identify(struct request *rq, const char *text);

/* ERR_NOT_FOUND when the token is bound to another brand than the request's. */
enum err token_check_brand(struct request *rq);

/* Queues a note of its use, at most once a minute of each process and of each token: part of the round trip that is made anyway. */
void token_note_use(struct request *rq);

/* ---- scopes (token_scope.c) ---- */

/* Adds what this scope is good for; nothing for one that isn't known. */
void token_add_scope(struct api_token *to, const char *text);
bool token_allows(const struct api_token *token, const struct route *row);
/* True for a scope that a row is in. */
bool token_scope_exists(const char *text);
/* "tasks:write"; room for 80 bytes. NULL for a row that no scope has. */
const char *token_scope_of(const struct route *row, char room[80]);
