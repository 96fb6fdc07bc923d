/* reply.c - envelopes, entity tags, problem documents. */
#include "api/reply.h"

#include "api/list.h"
#include "api/rate.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/str.h"
#include <stdlib.h>
#include <string.h>

static void close_envelope(struct request *rq)
{
    char now[CLOCK_TEXT_SIZE];
    clock_format(rq->now / 1000 * 1000, now);
    buf_str(rq->out, ",\"message\":null,\"timestamp\":\"");
    buf_str(rq->out, now);
    buf_str(rq->out, "\",\"request_id\":");
    buf_json_str(rq->out, rq->http->request_id);
    buf_char(rq->out, '}');
}

static void write_object(struct request *rq, const struct schema *s)
{
    if (rq->reply_struct != NULL) {
        schema_write_struct(rq->out, s, rq->reply_struct);
        return;
    }
    struct schema_plan plan;
    const char *missing = NULL;
    if (!schema_plan_make(s, rq->reply_result, &plan, &missing)) {
        LOG(LOG_ERROR, "reply_column_missing", LOG_STR("route", rq->route->path), LOG_STR("column", missing));
        abort();
    }
    schema_write_row(rq->out, s, &plan, rq->reply_result, rq->reply_row);
}

static void write_all_rows(struct request *rq, const struct schema *s)
{
    int rows = db_rows(rq->reply_result);
    buf_str(rq->out, "\"data\":");
    schema_write_rows(rq->out, s, rq->reply_result);
    buf_printf(rq->out,
               ",\"count\":%d,\"next\":null,\"previous\":null,\"meta\":{\"pagination\":{\"page\":1,\"limit\":%d,\"total\":%d,"
               "\"pages\":1,"
               "\"count_exact\":true},\"filters\":{},\"sort\":",
               rows, rows, rows);
    buf_json_str(rq->out, rq->route->sort);
    buf_char(rq->out, '}');
}

static void write_data(struct request *rq)
{
    const struct schema *s = rq->reply_schema != NULL ? rq->reply_schema : rq->route->output;
    if (rq->route->reply == REPLY_LIST) {
        if (rq->reply_all_rows) {
            write_all_rows(rq, s);
        } else {
            list_write(rq);
        }
        return;
    }
    buf_str(rq->out, "\"data\":");
    if (rq->route->reply == REPLY_NULL || (rq->reply_struct == NULL && rq->reply_result == NULL)) {
        buf_str(rq->out, "null");
    } else {
        write_object(rq, s);
    }
}

/* Whether an If-None-Match names this tag (without quotes; weak comparison, RFC 9110 §13.1.2). */
static bool tag_listed(const char *list, const char *tag)
{
    size_t n = strlen(tag);
    while (list != NULL && *list != 0) {
        list += strspn(list, " ,\t");
        if (*list == '*') {
            return true;
        }
        if (strncmp(list, "W/", 2) == 0) {
            list += 2;
        }
        if (*list == '"' && strncmp(list + 1, tag, n) == 0 && list[n + 1] == '"') {
            return true;
        }
        list = strchr(list, ',');
    }
    return false;
}

/* ETag; true when the client has this very thing already. */
static bool set_tag(struct request *rq)
{
    const char *tag = rq->reply_tag;
    if (tag == NULL && rq->reply_version > 0 && (rq->route->reply == REPLY_ONE || rq->route->reply == REPLY_CREATED)) {
        tag = arena_printf(rq->arena, "v%d", rq->reply_version);
    }
    if (tag == NULL) {
        return false;
    }
    http_reply_header(rq->reply, "ETag", arena_printf(rq->arena, "\"%s\"", tag));
    bool reads = rq->http->method == HTTP_GET || rq->http->method == HTTP_HEAD;
    return reads && tag_listed(http_header(rq->http, "If-None-Match"), tag);
}

/* What stands for {name} in a location: for {id} what was made, for others what the request's address said. */
static const char *location_part(struct request *rq, const char *name, size_t n)
{
    struct uuid id = n == 8 && memcmp(name, "brand_id", n) == 0 ? rq->brand_id : rq->new_id;
    for (int i = 0; i < rq->match.param_count; i++) {
        const struct router_param *p = &rq->match.params[i];
        if (strlen(p->name) == n && memcmp(p->name, name, n) == 0 && !(n == 2 && memcmp(name, "id", n) == 0)) {
            return p->value;
        }
    }
    if (n == 2 && rq->reply_result != NULL && db_column(rq->reply_result, "id") >= 0) {
        id = db_uuid(rq->reply_result, rq->reply_row, "id");
    }
    char *text = arena_alloc(rq->arena, UUID_TEXT_SIZE);
    uuid_format(&id, text);
    return text;
}

/* "/tasks/{id}", "/teams/{team_id}/members/{id}" with ids in them. */
static void set_location(struct request *rq)
{
    const char *text = "/api/v1";
    for (const char *at = rq->route->location; *at != '\0';) {
        size_t n = strcspn(at, "{");
        text = arena_printf(rq->arena, "%s%.*s", text, (int)n, at);
        at += n;
        if (*at == '{') {
            n = strcspn(at, "}");
            text = arena_printf(rq->arena, "%s%s", text, location_part(rq, at + 1, n - 1));
            at += n + 1;
        }
    }
    http_reply_header(rq->reply, "Location", text);
}

/* Whether the handler has said where what was made is, since it is something else than usual. */
static bool has_location(const struct request *rq)
{
    for (int i = 0; i < rq->reply->header_count; i++) {
        if (strcmp(rq->reply->header_names[i], "Location") == 0) {
            return true;
        }
    }
    return false;
}

void reply_render(struct request *rq)
{
    rq->reply->status = rq->route->reply == REPLY_CREATED ? 201 : 200;
    if (set_tag(rq)) {
        rq->reply->status = 304;
        rate_refund(rq);
        return;
    }
    if ((rq->route->flags & ROUTE_RAW) != 0) {
        return;
    }
    if (rq->list != NULL && rq->list->csv) {
        list_csv(rq);
        return;
    }
    buf_clear(rq->out);
    buf_str(rq->out, "{\"success\":true,");
    write_data(rq);
    close_envelope(rq);
    if (rq->route->reply == REPLY_CREATED && rq->route->location != NULL && !has_location(rq)) {
        set_location(rq);
    }
    http_reply_header(rq->reply, "Content-Type", "application/json");
}

static void write_problem(struct request *rq, const char *words)
{
    buf_printf(rq->out, "{\"type\":\"about:blank#%s\",\"title\":", err_code(rq->err));
    buf_json_str(rq->out, err_message(rq->err));
    buf_printf(rq->out, ",\"status\":%d,\"detail\":", err_status(rq->err));
    buf_json_str(rq->out, words);
    buf_printf(rq->out, ",\"code\":\"%s\",\"details\":%s,\"field_errors\":", err_code(rq->err),
               rq->err_details != NULL ? rq->err_details : "{}");
    field_errors_write(&rq->errors, rq->out);
    buf_str(rq->out, ",\"request_id\":");
    buf_json_str(rq->out, rq->http->request_id);
    buf_char(rq->out, '}');
}

static void write_error_object(const struct request *rq, struct buf *b)
{
    buf_printf(b, "{\"code\":\"%s\",\"message\":", err_code(rq->err));
    buf_json_str(b, rq->err_message != NULL ? rq->err_message : err_message(rq->err));
    buf_printf(b, ",\"details\":%s,\"field_errors\":", rq->err_details != NULL ? rq->err_details : "{}");
    field_errors_write(&rq->errors, b);
    buf_char(b, '}');
}

const char *reply_take_error(struct request *rq)
{
    struct buf b = { 0 };
    write_error_object(rq, &b);
    const char *text = arena_strndup(rq->arena, b.data, b.len);
    buf_free(&b);
    rq->err = ERR_NONE;
    rq->err_message = rq->err_details = NULL;
    rq->errors = (struct field_errors){ .arena = rq->arena };
    return text;
}

static void write_error(struct request *rq)
{
    char now[CLOCK_TEXT_SIZE];
    clock_format(rq->now / 1000 * 1000, now);
    buf_str(rq->out, "{\"success\":false,\"error\":");
    write_error_object(rq, rq->out);
    buf_printf(rq->out, ",\"timestamp\":\"%s\",\"request_id\":", now);
    buf_json_str(rq->out, rq->http->request_id);
    buf_char(rq->out, '}');
}

void reply_error(struct request *rq)
{
    const char *accept = http_header(rq->http, "Accept");
    bool problem = accept != NULL && strstr(accept, "application/problem+json") != NULL;
    const char *words = rq->err_message != NULL ? rq->err_message : err_message(rq->err);
    buf_clear(rq->out);
    rq->reply->status = err_status(rq->err);
    if (problem) {
        write_problem(rq, words);
    } else {
        write_error(rq);
    }
    http_reply_header(rq->reply, "Content-Type", problem ? "application/problem+json" : "application/json");
    if (rq->retry_after == 0 &&
        (rq->err == ERR_UNAVAILABLE || rq->err == ERR_RATE_LIMITED || rq->err == ERR_IDEMPOTENCY_IN_PROGRESS)) {
        rq->retry_after = 1;
    }
    if (rq->retry_after > 0) {
        http_reply_header(rq->reply, "Retry-After", arena_printf(rq->arena, "%lld", (long long)rq->retry_after));
    }
}
