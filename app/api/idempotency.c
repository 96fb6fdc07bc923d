/* idempotency.c - one effect per key. */
#include "api/idempotency.h"

#include "api_sql.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/str.h"
#include "platform/seal.h"
#include <string.h>

struct idempotency {
    const char *key;
    const char *route;
    uint8_t fingerprint[32];
    bool kept;
};

#define KEY_MAX 255
#define PURPOSE "idempotency"

static bool key_valid(const char *key)
{
    size_t n = strlen(key);
    for (size_t i = 0; i < n; i++) {
        if (key[i] < 0x21 || key[i] > 0x7e) {
            return false;
        }
    }
    return n >= 1 && n <= KEY_MAX;
}

void idempotency_read(struct request *rq)
{
    const char *key = http_header(rq->http, "Idempotency-Key");
    if (key == NULL || rq->http->method != HTTP_POST || rq->route->tx == TX_NONE) {
        return;
    }
    if (!key_valid(key)) {
        field_error_add(&rq->errors, "Idempotency-Key", "must be 1 to 255 printable ASCII characters without blanks");
        return;
    }
    struct idempotency *id = arena_zalloc(rq->arena, sizeof *id);
    id->key = key;
    char brand[UUID_TEXT_SIZE] = "";
    if (rq->has_brand) {
        uuid_format(&rq->brand_id, brand);
    }
    /* The same effect has one name, by whichever address it came: parameters, brand and query belong to it. */
    char *target = arena_printf(rq->arena, "%s %s", rq->route->path, brand);
    for (int i = 0; i < rq->match.param_count; i++) {
        if (strcmp(rq->match.params[i].name, "brand_id") != 0) {
            target = arena_printf(rq->arena, "%s %s", target, rq->match.params[i].value);
        }
    }
    id->route = arena_printf(rq->arena, "POST %s", rq->route->path);
    /* Before sign-in all people share one scope, and what tells them apart may be a cookie. */
    const char *cookie = rq->signed_in ? NULL : http_header(rq->http, "Cookie");
    const char *body = rq_csv(rq) != NULL ? rq_csv(rq) : rq->changes;
    char *whole = arena_printf(rq->arena, "%s?%s\n%s\n%s", target, rq->http->query, cookie != NULL ? cookie : "", body);
    seal_digest(whole, strlen(whole), id->fingerprint);
    rq->idempotency = id;
}

static const struct rq_arg *key_args(const struct request *rq)
{
    struct rq_arg *args = arena_zalloc(rq->arena, 4 * sizeof *args);
    struct uuid nobody = { { 0 } };
    args[0] = (struct rq_arg)ARG_UUID("scope", rq->signed_in ? rq->user_id : nobody);
    args[1] = (struct rq_arg)ARG_TEXT("route", rq->idempotency->route);
    args[2] = (struct rq_arg)ARG_TEXT("key", rq->idempotency->key);
    return args;
}

void idempotency_claim(struct request *rq)
{
    const struct rq_arg *args = key_args(rq);
    rq_query(rq, &sql_idempotency_lock, args);
    rq_query(rq, &sql_idempotency_unused, args);
}

void idempotency_look(struct request *rq)
{
    rq_query(rq, &sql_idempotency_unused, key_args(rq));
}

/* Of several cookies the first is kept, which is the session's. */
static bool is_first(const struct http_reply *r, int index)
{
    int i = 0;
    while (strcmp(r->header_names[i], r->header_names[index]) != 0) {
        i++;
    }
    return i == index;
}

/* The headers that belong to the answer, as a JSON object. */
static char *kept_headers(struct request *rq)
{
    static const char *const names[] = { "Location", "ETag", "Set-Cookie", "Content-Type", NULL };
    struct buf b = { 0 };
    buf_char(&b, '{');
    for (int i = 0; i < rq->reply->header_count; i++) {
        for (const char *const *n = names; *n != NULL; n++) {
            if (strcmp(rq->reply->header_names[i], *n) == 0 && is_first(rq->reply, i)) {
                if (b.len > 1) {
                    buf_char(&b, ',');
                }
                buf_json_str(&b, *n);
                buf_char(&b, ':');
                buf_json_str(&b, seal(rq->arena, PURPOSE, rq->reply->header_values[i], strlen(rq->reply->header_values[i])));
            }
        }
    }
    buf_char(&b, '}');
    char *text = arena_strndup(rq->arena, b.data, b.len);
    buf_free(&b);
    return text;
}

void idempotency_keep(struct request *rq)
{
    const struct rq_arg *key = key_args(rq);
    struct rq_arg *args = arena_zalloc(rq->arena, 8 * sizeof *args);
    memcpy(args, key, 3 * sizeof *args);
    args[3] = (struct rq_arg)ARG_BYTES("fingerprint", rq->idempotency->fingerprint, 32);
    args[4] = (struct rq_arg)ARG_INT("status", rq->reply->status);
    args[5] = (struct rq_arg)ARG_TEXT("headers", kept_headers(rq));
    args[6] = (struct rq_arg)ARG_TEXT("body", seal(rq->arena, PURPOSE, rq->out->data, rq->out->len));
    rq_query(rq, &sql_idempotency_keep, args);
}

static bool is_final(const struct request *rq)
{
    static const int final[] = { 403, 404, 409, 410, 412 };
    bool is = false;
    for (size_t i = 0; i < sizeof final / sizeof *final; i++) {
        is |= err_status(rq->err) == final[i];
    }
    return is && rq->err != ERR_IDEMPOTENCY_IN_PROGRESS && !rq->keep_on_error;
}

void idempotency_keep_refusal(struct request *rq)
{
    enum err why = rq->err;
    if (rq->idempotency == NULL || !is_final(rq)) {
        return;
    }
    db_reset(rq->db);
    rq->retry = RQ_NO_RETRY;
    rq->prologue_done = false;
    idempotency_keep(rq);
    if (rq_run(rq) == ERR_NONE && rq->explicit_tx) {
        db_queue_commit(rq->db);
        (void)rq_run(rq);
    }
    db_reset(rq->db); /* a twin was quicker, or the session has ended: then this is only told */
    rq->explicit_tx = false;
    rq->err = why;
}

static bool replay_headers(struct request *rq, const char *text)
{
    const char *problem = NULL;
    json_t *json = schema_parse(rq->arena, text, strlen(text), 4, &problem);
    const char *name;
    json_t *value;
    json_object_foreach(json, name, value)
    {
        const char *sealed = json_string_value(value);
        const char *opened = sealed != NULL ? seal_open(rq->arena, PURPOSE, sealed, NULL) : NULL;
        if (opened == NULL) {
            return false;
        }
        rq_header(rq, name, opened);
    }
    return json != NULL;
}

enum err idempotency_replay(struct request *rq)
{
    const struct db_result *r = rq_ask(rq, &sql_idempotency_find, key_args(rq));
    if (r == NULL) {
        return rq->err;
    }
    if (db_rows(r) == 0) {
        rq_retry_after(rq, 1);
        return rq_fail(rq, ERR_IDEMPOTENCY_IN_PROGRESS);
    }
    int n = 0;
    const char *fingerprint = db_raw(r, 0, db_column(r, "fingerprint"), &n);
    if (n != 32 || memcmp(fingerprint, rq->idempotency->fingerprint, 32) != 0) {
        return rq_fail(rq, ERR_IDEMPOTENCY_KEY_REUSED);
    }
    size_t size = 0;
    const char *body = seal_open(rq->arena, PURPOSE, db_text(r, 0, "body"), &size);
    if (body == NULL || !replay_headers(rq, db_text(r, 0, "headers"))) {
        return rq_fail(rq, ERR_INTERNAL_ERROR);
    }
    rq_header(rq, "Idempotent-Replayed", "true");
    rq->reply->status = (int)db_int(r, 0, "status");
    buf_clear(rq->out);
    buf_append(rq->out, body, size);
    return ERR_NONE;
}
