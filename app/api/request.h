/* request.h - one request as handlers and rules see it, and the verbs they use.
 *
 * A handler queues queries, runs them, looks at rows and says what the reply is:
 *
 *   const struct db_result *r = rq_query(rq, &sql_task_update, NULL);
 *   if (rq_run(rq) != ERR_NONE) return rq->err;
 *   return db_rows(r) > 0 ? rq_reply_row(rq, r, 0) : rq_missing(rq);     (that much is rq_answer)
 *
 * Nothing is sent before COMMIT. A handler may be run again from its start (serialisation failure, changed access): it must have no
 * effect outside the database and the arena. */
#pragma once

#include "api/route.h"
#include "api/router.h"
#include "core/error.h"
#include "core/uuid.h"
#include "http/http.h"
#include "platform/db.h"
#include <stdbool.h>
#include <stdint.h>

struct access;
struct api_token;
struct arena;
struct buf;
struct cache;
struct idempotency;
struct job;
struct list_query;
struct rate_state;

struct request {
    struct arena *arena;
    struct db *db;
    struct cache *cache;
    const struct http_request *http;
    struct http_reply *reply;
    struct buf *out; /* the reply's body */
    const struct route *route;
    struct router_match match;

    bool signed_in;
    struct uuid user_id;     /* valid when signed_in */
    struct uuid session_id;  /* the token's id when `token` is set */
    struct api_token *token; /* NULL: signed in with a session */
    bool is_view;            /* somebody else looks with this person's eyes: nothing but viewed_brand, and nothing changes */
    struct uuid viewed_brand;
    bool has_brand;
    struct uuid brand_id;
    const struct access *access; /* NULL without a brand */

    void *input;             /* the row's input struct; NULL without one */
    const char *changes;     /* the body as compact JSON, its keys in order; "{}" without one */
    struct uuid new_id;      /* minted for this request: the id of what a POST makes */
    int64_t now;             /* µs */
    int if_match;            /* version, 0 for none */
    struct list_query *list; /* REPLY_LIST */

    enum err err;
    const char *err_message; /* NULL: the register's */
    const char *err_details; /* JSON object or NULL */
    struct field_errors errors;

    /* set by rq_reply_…, rendered after the handler */
    const struct db_result *reply_result;
    int reply_row;
    const void *reply_struct;
    const struct schema *reply_schema;
    int reply_version;     /* 0: none */
    const char *reply_tag; /* other ETag text (without quotes), or NULL */
    bool reply_all_rows;   /* rq_reply_rows */
    int64_t retry_after;   /* seconds, 0: none */

    /* the engine's own; handlers leave it alone */
    bool explicit_tx; /* between BEGIN and COMMIT */
    bool prologue_done;
    bool peeking;       /* rq_peek: outside of the transaction, which is yet to begin */
    bool keep_on_error; /* commit although the reply is an error */
    enum { RQ_NO_RETRY, RQ_RETRY_AGAIN, RQ_RETRY_ACCESS, RQ_RETRY_REPLAY } retry;
    bool reference_went;             /* an attempt wrote of something that was deleted at the same time */
    bool access_cached;              /* access came from a cache: a refusal must be checked against the database */
    struct idempotency *idempotency; /* NULL without an Idempotency-Key */
    struct rate_state *rate;
    struct job *job; /* NULL: a client's request; else there is no HTTP to it (see api/job.h) */
    unsigned wakes;  /* sql_wakes of what was queued */
};

/* A computed parameter, by name: { "password_hash", { .is_set = true, .s = hash } }. Arrays end with { NULL }. */
struct rq_arg {
    const char *name;
    struct db_value value;
};

#define RQ_ARGS(...)                                                                                                           \
    (const struct rq_arg[])                                                                                                    \
    {                                                                                                                          \
        __VA_ARGS__,                                                                                                           \
        {                                                                                                                      \
            .name = NULL                                                                                                       \
        }                                                                                                                      \
    }
#define ARG_TEXT(n, v)                                                                                                         \
    {                                                                                                                          \
        .name = (n), .value = {.is_set = (v) != NULL, .s = (v) }                                                               \
    }
#define ARG_INT(n, v)                                                                                                          \
    {                                                                                                                          \
        .name = (n), .value = {.is_set = true, .i = (v) }                                                                      \
    }
#define ARG_BOOL(n, v)                                                                                                         \
    {                                                                                                                          \
        .name = (n), .value = {.is_set = true, .b = (v) }                                                                      \
    }
#define ARG_UUID(n, v)                                                                                                         \
    {                                                                                                                          \
        .name = (n), .value = {.is_set = true, .u = (v) }                                                                      \
    }
#define ARG_UUIDS(n, v)                                                                                                        \
    {                                                                                                                          \
        .name = (n), .value = {.is_set = true, .us = (v) }                                                                     \
    }
#define ARG_BYTES(n, ptr, len)                                                                                                 \
    {                                                                                                                          \
        .name = (n), .value = {.is_set = true, .bytes = { (ptr), (len) } }                                                     \
    }
#define ARG_NULL(n)                                                                                                            \
    {                                                                                                                          \
        .name = (n), .value = {.is_set = false }                                                                               \
    }

/* Queues a query. Each parameter is found by its name: in `args` (may be NULL), then among the path's parameters, then the input's
 * fields (`title`, and `has_title` for presence), then the context: brand_id, actor_id, session_id, see_all (may see all teams),
 * gives_all (and that of their own, so that they may let others in),
 * team_ids (teams of the caller), managed_team_ids, if_match (null when not asked), request_id, new_id, event, changes, now, ip,
 * user_agent (as the client calls itself, at most 400 bytes), host (that was asked for), and can_<permission>. A name found nowhere aborts. */
const struct db_result *rq_query(struct request *rq, const struct sql_query *q, const struct rq_arg *args);

/* Sends what is queued: one round trip. On failure the error is recorded and returned. */
enum err rq_run(struct request *rq);

/* Outside of any transaction, asserts what every first query does: that whoever asks may still do so. */
enum err rq_assert(struct request *rq);

/* rq_query + rq_run. NULL on failure, which is then in rq->err. */
const struct db_result *rq_ask(struct request *rq, const struct sql_query *q, const struct rq_arg *args);

/* rq_ask before the transaction: of a row that is TX_STEPS, what is needed for something long that nothing must be held for. Whatever it
 * says may have changed when the transaction begins, with the next rq_query: that looks again. The first query of a handler only. */
const struct db_result *rq_peek(struct request *rq, const struct sql_query *q, const struct rq_arg *args);

/* Records an error (the first one stays) and returns it. rq_fail_field adds to field_errors and records validation_failed. */
enum err rq_fail(struct request *rq, enum err e);
enum err rq_fail_words(struct request *rq, enum err e, const char *message);
enum err rq_fail_details(struct request *rq, enum err e, const char *message, const char *details_json);
enum err rq_fail_field(struct request *rq, const char *field, const char *message);
/* The reply is an error, yet what was written is committed (a failed sign-in that counts). TX_STEPS only. */
enum err rq_fail_keep(struct request *rq, enum err e, const char *message);
/* Seconds for Retry-After on the error reply. */
void rq_retry_after(struct request *rq, int64_t seconds);

/* The query found no row: asks the row's scope why: not_found, version_mismatch (with the current object) or permission_denied. */
enum err rq_missing(struct request *rq);

/* rq_run, then the first row of `r`, which was queued, as the reply; rq_missing when it has none. */
enum err rq_answer(struct request *rq, const struct db_result *r);

/* What the reply's data is. The struct must live in the arena. */
enum err rq_reply_row(struct request *rq, const struct db_result *r, int row);
enum err rq_reply_struct(struct request *rq, const void *from);
enum err rq_reply_null(struct request *rq);
/* Both with another schema than the row's output. */
void rq_reply_as(struct request *rq, const struct schema *s);
/* A list of all rows of a result, unpaged (small sets): count is the number of rows. */
enum err rq_reply_rows(struct request *rq, const struct db_result *r);
/* Another ETag than "v<version>". Answers If-None-Match. */
void rq_reply_tag(struct request *rq, const char *tag);
void rq_header(struct request *rq, const char *name, const char *value);
/* A cookie: `__Host-` rules (Path=/; Secure; HttpOnly; SameSite=Strict). max_age 0 deletes. */
void rq_cookie(struct request *rq, const char *name, const char *value, int64_t max_age);

/* Path parameter as UUID (the dispatcher has checked it); nil when there is none of that name. */
struct uuid rq_path_uuid(const struct request *rq, const char *name);
/* Path parameter as it stands there; NULL when there is none of that name. */
const char *rq_path_word(const struct request *rq, const char *name);
/* The body of a row with ROUTE_CSV when it came as text/csv, valid UTF-8 with a NUL behind it; else NULL. */
const char *rq_csv(const struct request *rq);
/* True when the caller has it in this brand. */
bool rq_can(const struct request *rq, enum permission p);
