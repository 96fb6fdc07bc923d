/* dispatch.c - the path of one request. */
#include "api/dispatch.h"

#include "api/guard.h"
#include "api/idempotency.h"
#include "api/list.h"
#include "api/metrics.h"
#include "api/rate.h"
#include "api/reply.h"
#include "api/request.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/clock.h"
#include "core/config.h"
#include "core/log.h"
#include "core/str.h"
#include "platform/nudge.h"
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ATTEMPTS 4

static void (*observer)(const struct http_request *, const struct http_reply *, const void *route);

void dispatch_observe(void (*f)(const struct http_request *, const struct http_reply *, const void *route))
{
    observer = f;
}

/* ---- cross-origin ---- */

static bool origin_allowed(struct request *rq, const char *origin)
{
    size_t n = 0;
    char **allowed = str_split(rq->arena, config_text(CONF_CORS_ORIGINS), ' ', &n);
    for (size_t i = 0; i < n; i++) {
        if (str_eq_ci(allowed[i], origin)) {
            return true;
        }
    }
    return false;
}

/* True when the request was a preflight and is answered. */
static bool cross_origin(struct request *rq)
{
    const char *origin = http_header(rq->http, "Origin");
    bool preflight = rq->http->method == HTTP_OPTIONS;
    if (!str_empty(config_text(CONF_CORS_ORIGINS))) {
        http_reply_header(rq->reply, "Vary", "Origin");
    }
    if (origin != NULL && origin_allowed(rq, origin)) {
        rq_header(rq, "Access-Control-Allow-Origin", origin);
        rq_header(rq, "Access-Control-Allow-Credentials", "true");
        rq_header(rq, "Access-Control-Expose-Headers",
                  "ETag, Location, Link, X-Request-ID, Retry-After, RateLimit, RateLimit-Policy, Idempotent-Replayed");
        if (preflight) {
            rq_header(rq, "Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, PATCH, DELETE");
            rq_header(rq, "Access-Control-Allow-Headers",
                      "Authorization, Content-Type, If-Match, If-None-Match, Idempotency-Key, X-Brand-ID, X-Request-ID");
            rq_header(rq, "Access-Control-Max-Age", "600");
        }
    }
    if (preflight) {
        rq->reply->status = 204;
    }
    return preflight;
}

/* ---- route ---- */

static const char *allowed_methods(struct request *rq, unsigned bits)
{
    const char *text = "OPTIONS";
    if ((bits & (1U << HTTP_GET)) != 0) {
        bits |= 1U << HTTP_HEAD;
    }
    if ((bits & (1U << HTTP_PATCH)) != 0) {
        bits |= 1U << HTTP_PUT;
    }
    for (int m = 0; m < HTTP_OPTIONS; m++) {
        if ((bits & (1U << m)) != 0) {
            text = arena_printf(rq->arena, "%s, %s", text, http_method_name((enum http_method)m));
        }
    }
    return text;
}

static enum err check_path_ids(struct request *rq)
{
    struct uuid id;
    for (int i = 0; i < rq->match.param_count; i++) {
        const struct router_param *p = &rq->match.params[i];
        if (router_param_is_id(p->name) && strcmp(p->name, "brand_id") != 0 && !uuid_parse(p->value, &id)) {
            return rq_fail_words(rq, ERR_NOT_FOUND, arena_printf(rq->arena, "%s in the address is not a UUID.", p->name));
        }
    }
    return ERR_NONE;
}

static enum err find_route(struct request *rq)
{
    enum router_verdict v = router_find(rq->arena, rq->http->method, rq->http->path, &rq->match);
    if (v == ROUTER_NO_METHOD && rq->http->method == HTTP_PUT && (rq->match.allowed & (1U << HTTP_PATCH)) != 0) {
        v = router_find(rq->arena, HTTP_PATCH, rq->http->path, &rq->match); /* both take a merge patch */
    }
    switch (v) {
    case ROUTER_FOUND:
        rq->route = rq->match.route;
        return check_path_ids(rq);
    case ROUTER_NO_METHOD:
        rq_header(rq, "Allow", allowed_methods(rq, rq->match.allowed));
        return rq_fail(rq, ERR_METHOD_NOT_ALLOWED);
    case ROUTER_BAD_PATH:
        return rq_fail_words(rq, ERR_MALFORMED_REQUEST, "The address has an escape that can't be decoded.");
    case ROUTER_NO_PATH:
        break;
    }
    return rq_fail_words(rq, ERR_NOT_FOUND, "There is nothing at this address.");
}

/* ---- input ---- */

static bool is_json(const char *type)
{
    size_t n = strcspn(type, "; \t");
    return (n == 16 && strncasecmp(type, "application/json", n) == 0) ||
           (n == 28 && strncasecmp(type, "application/merge-patch+json", n) == 0);
}

static bool is_form(const char *type)
{
    return strncasecmp(type, "application/x-www-form-urlencoded", 33) == 0 || strncasecmp(type, "multipart/form-data", 19) == 0;
}

static enum err read_body(struct request *rq, json_t **ret)
{
    const struct http_request *h = rq->http;
    const char *problem = NULL;
    if (h->body_too_large) {
        return rq_fail_words(
            rq, ERR_PAYLOAD_TOO_LARGE,
            arena_printf(rq->arena, "The body may have at most %lld bytes.", (long long)config_int(CONF_BODY_LIMIT)));
    }
    if (h->body_incomplete) {
        return rq_fail_words(rq, ERR_MALFORMED_REQUEST, "The body ended before its announced length.");
    }
    if (rq_csv(rq) != NULL) {
        bool text = str_utf8_valid(h->body, h->body_size) && memchr(h->body, 0, h->body_size) == NULL;
        *ret = schema_parse(rq->arena, "", 0, 1, &problem);
        return text ? ERR_NONE : rq_fail_words(rq, ERR_MALFORMED_REQUEST, "The table is no UTF-8 text.");
    }
    if ((rq->route->flags & ROUTE_FORM) != 0 && is_form(h->content_type)) {
        *ret = schema_parse(rq->arena, "", 0, 1, &problem);
        return ERR_NONE;
    }
    if (h->body_size > 0 && !is_json(h->content_type)) {
        return rq_fail(rq, ERR_UNSUPPORTED_MEDIA_TYPE);
    }
    *ret = schema_parse(rq->arena, h->body, h->body_size, (int)config_int(CONF_BODY_DEPTH), &problem);
    return *ret != NULL ? ERR_NONE : rq_fail_words(rq, ERR_MALFORMED_REQUEST, problem);
}

/* A body of bytes: of a type that the row takes, and no larger. */
static enum err check_bytes(struct request *rq)
{
    const struct http_request *h = rq->http;
    size_t n = strcspn(h->content_type, "; \t");
    const char *names = "";
    bool known = false;
    for (const char *const *t = rq->route->takes; *t != NULL; t++) {
        known |= strlen(*t) == n && strncasecmp(h->content_type, *t, n) == 0;
        names = arena_printf(rq->arena, "%s%s%s", names, *names != '\0' ? " or " : "", *t);
    }
    if (h->body_too_large || h->body_size > rq->route->takes_most) {
        return rq_fail_words(rq, ERR_PAYLOAD_TOO_LARGE,
                             arena_printf(rq->arena, "The body may have at most %zu bytes.", rq->route->takes_most));
    }
    if (h->body_incomplete || h->body_size == 0) {
        return rq_fail_words(rq, ERR_MALFORMED_REQUEST,
                             h->body_size == 0 ? "There is no body." : "The body ended before its announced length.");
    }
    return known ? ERR_NONE
                 : rq_fail_words(rq, ERR_UNSUPPORTED_MEDIA_TYPE, arena_printf(rq->arena, "Send the body as %s.", names));
}

static enum err decode_body(struct request *rq)
{
    json_t *body = NULL;
    if (rq->http->method == HTTP_GET || rq->http->method == HTTP_HEAD) {
        return ERR_NONE;
    }
    if (rq->route->takes != NULL) {
        return check_bytes(rq);
    }
    enum err e = read_body(rq, &body);
    if (e != ERR_NONE) {
        return e;
    }
    static const struct schema nothing = { .name = "Nothing" };
    schema_decode(rq->arena, rq->route->input != NULL ? rq->route->input : &nothing, body, rq->route->output, rq->input,
                  &rq->errors);
    char *text = json_dumps(body, JSON_COMPACT | JSON_SORT_KEYS);
    if (text == NULL) {
        return rq_fail(rq, ERR_INTERNAL_ERROR);
    }
    arena_adopt(rq->arena, text, free);
    rq->changes = text;
    return ERR_NONE;
}

static void take_param(struct request *rq, const struct http_pair *p, const char **cursor)
{
    const char *name = str_snake_case(rq->arena, p->name);
    if (rq->list != NULL && str_eq(name, "cursor")) {
        *cursor = p->value;
        return;
    }
    if (rq->input != NULL && schema_decode_param(rq->arena, rq->route->input, name, p->value, rq->input, &rq->errors)) {
        if (rq->list != NULL) {
            rq->list->filtered = true;
        }
        return;
    }
    if (rq->list == NULL || !list_param(rq, name, p->value)) {
        field_error_add(&rq->errors, p->name, "is not a parameter here");
    }
}

static bool given_before(struct request *rq, const struct http_pair *pairs, int n)
{
    const char *name = str_snake_case(rq->arena, pairs[n].name);
    for (int i = 0; i < n; i++) {
        if (str_eq(str_snake_case(rq->arena, pairs[i].name), name)) {
            return true;
        }
    }
    return false;
}

static enum err decode_params(struct request *rq)
{
    struct http_pair *pairs = NULL;
    const char *bad = NULL;
    const char *cursor = NULL;
    int n = http_query(rq->arena, rq->http->query, &pairs, &bad);
    if (n < 0) {
        return rq_fail_words(rq, ERR_MALFORMED_REQUEST, "The query string can't be decoded, or has more than 100 parameters.");
    }
    for (int i = 0; i < n; i++) {
        if (given_before(rq, pairs, i)) {
            field_error_add(&rq->errors, pairs[i].name, "is given twice");
        } else {
            take_param(rq, &pairs[i], &cursor);
        }
    }
    if (rq->list != NULL) {
        list_finish(rq, cursor);
    }
    return ERR_NONE;
}

static void read_if_match(struct request *rq)
{
    const char *h = http_header(rq->http, "If-Match");
    if (h == NULL || strcmp(h, "*") == 0) {
        return;
    }
    const char *at = strncmp(h, "W/", 2) == 0 ? h + 2 : h;
    size_t n = strlen(at);
    int64_t version;
    if (n > 3 && at[0] == '"' && at[1] == 'v' && at[n - 1] == '"' &&
        str_to_int(arena_strndup(rq->arena, at + 2, n - 3), 1, INT32_MAX, &version)) {
        rq->if_match = (int)version;
        return;
    }
    field_error_add(&rq->errors, "If-Match", "must be an ETag of ours, such as \"v17\"");
}

static enum err read_input(struct request *rq)
{
    if (rq->route->input != NULL) {
        rq->input = arena_zalloc(rq->arena, rq->route->input->size);
    }
    if (rq->route->reply == REPLY_LIST) {
        list_start(rq);
    }
    enum err e = decode_body(rq);
    if (e == ERR_NONE) {
        e = decode_params(rq);
    }
    if (e != ERR_NONE) {
        return e;
    }
    if (rq->input != NULL && rq->http->method != HTTP_PATCH && rq->http->method != HTTP_PUT && rq_csv(rq) == NULL) {
        schema_require(rq->route->input, rq->input, &rq->errors);
    }
    idempotency_read(rq);
    return rq->errors.first != NULL ? rq_fail(rq, ERR_VALIDATION_FAILED) : ERR_NONE;
}

/* ---- running ---- */

/* Rows without a handler: their queries in one pipeline. */
static enum err run_queries(struct request *rq)
{
    const struct db_result *last = NULL;
    for (int i = 0; i < ROUTE_QUERIES && rq->route->queries[i] != NULL; i++) {
        if (rq->route->queries[i]->kind == SQL_LIST) {
            list_queue(rq, rq->route->queries[i]);
        } else {
            last = rq_query(rq, rq->route->queries[i], NULL);
        }
    }
    enum err e = rq_run(rq);
    if (e != ERR_NONE || rq->route->reply == REPLY_LIST) {
        return e;
    }
    if (db_rows(last) == 0) {
        return rq_missing(rq);
    }
    return rq->route->reply == REPLY_NULL ? ERR_NONE : rq_reply_row(rq, last, 0);
}

static enum err commit(struct request *rq)
{
    if (!rq->explicit_tx) {
        return ERR_NONE;
    }
    db_queue_commit(rq->db);
    enum err e = rq_run(rq);
    rq->explicit_tx = false;
    return e;
}

static void forget_attempt(struct request *rq)
{
    rq->err = ERR_NONE;
    rq->err_message = NULL;
    rq->err_details = NULL;
    rq->errors.first = rq->errors.last = NULL;
    rq->prologue_done = false;
    rq->explicit_tx = false;
    rq->keep_on_error = false;
    rq->reply_result = NULL;
    rq->reply_struct = NULL;
    rq->reply_schema = NULL;
    rq->reply_version = 0;
    rq->reply_tag = NULL;
    rq->reply_all_rows = false;
    rq->retry_after = 0;
}

/* Handler, rendering, and COMMIT: in this order, so that a kept answer commits with its effect. */
static enum err attempt(struct request *rq)
{
    int headers = rq->reply->header_count;
    if (rq->list != NULL) {
        list_compose_trim(rq->db);
    }
    enum err e = rq->route->handler != NULL ? rq->route->handler(rq) : run_queries(rq);
    if (e == ERR_NONE) {
        e = rq->err; /* whatever a handler made of it */
    }
    if (e == ERR_NONE) {
        reply_render(rq);
        if (rq->idempotency != NULL && rq->explicit_tx) {
            idempotency_keep(rq);
        }
        e = commit(rq);
    } else if (rq->keep_on_error && rq->retry == RQ_NO_RETRY) {
        enum err kept = rq->err;
        rq->err = ERR_NONE;
        e = commit(rq);
        e = e == ERR_NONE ? kept : e;
        rq->err = e;
    }
    db_reset(rq->db);
    rq->explicit_tx = false;
    if (e != ERR_NONE) {
        rq->reply->header_count = headers;
    }
    return e;
}

static enum err run(struct request *rq)
{
    for (int i = 0; i < ATTEMPTS; i++) {
        rq->retry = RQ_NO_RETRY;
        enum err e = attempt(rq);
        if (e == ERR_NONE || rq->retry == RQ_NO_RETRY) {
            return e;
        }
        forget_attempt(rq);
        if (rq->retry == RQ_RETRY_REPLAY) {
            return idempotency_replay(rq);
        }
        if (rq->retry == RQ_RETRY_ACCESS) {
            e = guard_again(rq); /* while others change it: as often as anything else is tried */
            if (e != ERR_NONE) {
                return e;
            }
        }
    }
    return rq_fail(rq, ERR_UNAVAILABLE);
}

/* What is wrong with what was sent is told to who may send it. The first query asserts that, whatever was cached of the caller, and a refusal that
 * came before hasn't: so that is asked now, and a refusal of the person goes before one of their words. */
static enum err check_refusal(struct request *rq)
{
    const struct request refused = *rq;
    bool known = rq->prologue_done || (rq->access != NULL && !rq->access_cached);
    if (known || rq->route->permission == PERM_PUBLIC || rq->route->tx == TX_NONE) {
        return rq->err;
    }
    forget_attempt(rq);
    rq->retry = RQ_NO_RETRY;
    enum err e = rq_assert(rq);
    if (e != ERR_NONE && rq->retry == RQ_RETRY_ACCESS) {
        rq->err = ERR_NONE;
        e = guard_again(rq);
    }
    if (e != ERR_NONE) {
        return e;
    }
    rq->err = refused.err;
    rq->err_message = refused.err_message;
    rq->err_details = refused.err_details;
    rq->errors = refused.errors;
    rq->retry_after = refused.retry_after;
    return rq->err;
}

static enum err serve(struct request *rq)
{
    enum err e = find_route(rq);
    if (e == ERR_NONE) {
        read_if_match(rq);
        e = guard_pass(rq);
    }
    if (e != ERR_NONE) {
        return e;
    }
    e = read_input(rq);
    e = e == ERR_NONE ? run(rq) : e;
    return e == ERR_NONE ? e : check_refusal(rq);
}

static void log_request(const struct request *rq, int64_t micros, struct db_counters c)
{
    char user[UUID_TEXT_SIZE] = "";
    char brand[UUID_TEXT_SIZE] = "";
    if (rq->signed_in) {
        uuid_format(&rq->user_id, user);
    }
    if (rq->has_brand) {
        uuid_format(&rq->brand_id, brand);
    }
    LOG(LOG_INFO, "request", LOG_STR("request_id", rq->http->request_id), LOG_STR("method", http_method_name(rq->http->method)),
        LOG_STR("route", rq->route != NULL ? rq->route->path : NULL), LOG_INT("status", rq->reply->status),
        LOG_STR("error", rq->err != ERR_NONE ? err_code(rq->err) : NULL), LOG_STR("user", rq->signed_in ? user : NULL),
        LOG_STR("brand", rq->has_brand ? brand : NULL), LOG_INT("micros", micros), LOG_INT("database_micros", c.micros),
        LOG_INT("round_trips", c.round_trips), LOG_INT("bytes", (int64_t)rq->reply->body_size));
}

static bool has_flag(const struct request *rq, enum route_flags flag)
{
    return rq->route != NULL && (rq->route->flags & flag) != 0;
}

static void finish(struct request *rq)
{
    rate_headers(rq);
    http_reply_header(rq->reply, "X-Request-ID", rq->http->request_id);
    http_reply_header(rq->reply, "X-Content-Type-Options", "nosniff");
    bool kept = rq->route != NULL && rq->route->max_age > 0 && rq->err == ERR_NONE;
    if (kept) {
        http_reply_header(rq->reply, "Cache-Control", arena_printf(rq->arena, "public, max-age=%d", rq->route->max_age));
    } else if ((!has_flag(rq, ROUTE_RAW) || rq->err != ERR_NONE) && rq->reply->status != 204) {
        bool tagged = rq->reply->status == 304 || rq->reply_tag != NULL || rq->reply_version > 0;
        http_reply_header(rq->reply, "Cache-Control",
                          tagged && !has_flag(rq, ROUTE_NO_STORE) ? "private, no-cache" : "no-store");
    }
    bool bare = rq->reply->status == 204 || rq->reply->status == 304;
    if (rq->out->failed && !bare) {
        buf_clear(rq->out);
        rq->err = ERR_NONE;
        rq_fail(rq, ERR_INTERNAL_ERROR);
        reply_error(rq);
    }
    rq->reply->body = bare ? "" : rq->out->data;
    rq->reply->body_size = bare ? 0 : rq->out->len;
}

/* Some microseconds more or less in the work are lost in a time that is the same for all; the log keeps the real one. */
static void take_even_time(const struct request *rq, int64_t started)
{
    int64_t step = config_int(CONF_EVEN_TIME) * 1000;
    if (has_flag(rq, ROUTE_EVEN) && step > 0) {
        int64_t left = step - (clock_monotonic() - started) % step;
        nanosleep(&(struct timespec){ left / 1000000, left % 1000000 * 1000 }, NULL);
    }
}

void dispatch_serve(struct worker *w, const struct http_request *http, struct http_reply *ret)
{
    int64_t started = clock_monotonic();
    *ret = (struct http_reply){ .status = 500 };
    struct request *rq = arena_zalloc(w->arena, sizeof *rq);
    *rq = (struct request){ .arena = w->arena,
                            .db = w->db,
                            .cache = w->cache,
                            .http = http,
                            .reply = ret,
                            .out = w->out,
                            .now = clock_now(),
                            .new_id = uuid_v7(),
                            .changes = "{}" };
    rq->errors.arena = w->arena;
    buf_clear(w->out);
    db_counters_reset(w->db);
    db_reset(w->db);
    if (!cross_origin(rq) && serve(rq) != ERR_NONE) {
        reply_error(rq);
        idempotency_keep_refusal(rq);
    }
    finish(rq);
    if (rq->wakes != 0 && rq->err == ERR_NONE) {
        nudge_send(rq->wakes);
    }
    int64_t micros = clock_monotonic() - started;
    struct db_counters c = db_counters(w->db);
    log_request(rq, micros, c);
    metrics_request(rq->route, ret->status, micros, c.micros, c.round_trips);
    if (observer != NULL) {
        observer(http, ret, rq->route);
    }
    take_even_time(rq, started);
}
