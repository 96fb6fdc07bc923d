/* reply_check.c - every reply of the test run passes through here. */
#include "reply_check.h"

#include "core/clock.h"
#include "core/uuid.h"
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct check {
    char *err;
    size_t size;
    bool in_list;
};

static bool wrong(struct check *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static bool wrong(struct check *c, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(c->err, c->size, fmt, ap);
    va_end(ap);
    return false;
}

static bool check_object(struct check *c, const struct schema *s, const json_t *object);

static bool check_string(const struct field *f, const json_t *v)
{
    struct uuid id;
    int64_t moment;
    int32_t day;
    const char *text = json_string_value(v);
    if (text == NULL) {
        return false;
    }
    switch (f->type) {
    case SCHEMA_UUID:
        return uuid_parse(text, &id);
    case SCHEMA_TIME:
        return clock_parse(text, &moment);
    case SCHEMA_DATE:
        return clock_parse_date(text, &day);
    case SCHEMA_ENUM:
        for (const char *const *e = f->values; *e != NULL; e++) {
            if (strcmp(*e, text) == 0) {
                return true;
            }
        }
        return false;
    default:
        return true;
    }
}

static bool check_strings(const struct field *f, const json_t *v)
{
    struct field item = { .type = f->type == SCHEMA_UUIDS ? SCHEMA_UUID : SCHEMA_STRING };
    size_t i;
    json_t *e;
    if (!json_is_array(v)) {
        return false;
    }
    json_array_foreach(v, i, e)
    {
        if (!check_string(&item, e)) {
            return false;
        }
    }
    return true;
}

static bool check_nested(struct check *c, const struct field *f, const json_t *v)
{
    size_t i;
    json_t *e;
    bool was_in_list = c->in_list;
    if (f->type == SCHEMA_ONE) {
        return check_object(c, f->of, v);
    }
    if (!json_is_array(v)) {
        return wrong(c, "%s is no array", f->name);
    }
    c->in_list = true;
    json_array_foreach(v, i, e)
    {
        if (!check_object(c, f->of, e)) {
            return false;
        }
    }
    c->in_list = was_in_list;
    return true;
}

static bool check_value(struct check *c, const struct field *f, const json_t *v)
{
    bool right;
    switch (f->type) {
    case SCHEMA_INT:
        right = json_is_integer(v);
        break;
    case SCHEMA_NUMBER:
        right = json_is_number(v);
        break;
    case SCHEMA_BOOL:
        right = json_is_boolean(v);
        break;
    case SCHEMA_UUIDS:
    case SCHEMA_STRINGS:
        right = check_strings(f, v);
        break;
    case SCHEMA_OBJECT:
        right = json_is_object(v);
        break;
    case SCHEMA_JSON:
        right = true;
        break;
    case SCHEMA_ONE:
    case SCHEMA_MANY:
        return check_nested(c, f, v);
    default:
        right = check_string(f, v);
        break;
    }
    return right || wrong(c, "%s is not of its declared type", f->name);
}

static bool check_object(struct check *c, const struct schema *s, const json_t *object)
{
    const char *key;
    json_t *value;
    if (!json_is_object(object)) {
        return wrong(c, "%s is no object", s->name);
    }
    json_object_foreach((json_t *)object, key, value)
    {
        if (schema_field(s, key) == NULL) {
            return wrong(c, "%s has the undeclared field %s", s->name, key);
        }
    }
    for (int i = 0; i < s->count; i++) {
        const struct field *f = &s->fields[i];
        const json_t *v = json_object_get(object, f->name);
        if (v == NULL) {
            if (c->in_list || (f->flags & (FIELD_SINGLE | FIELD_INCLUDE)) != 0) {
                continue; /* lists may leave fields out */
            }
            return wrong(c, "%s lacks %s", s->name, f->name);
        }
        if (json_is_null(v) ? (f->flags & FIELD_NULLABLE) == 0 : !check_value(c, f, v)) {
            return json_is_null(v) ? wrong(c, "%s.%s is null and not declared so", s->name, f->name) : false;
        }
    }
    return true;
}

static bool check_list(struct check *c, const struct route *route, const json_t *body)
{
    const json_t *data = json_object_get(body, "data");
    const json_t *paging = json_object_get(json_object_get(body, "meta"), "pagination");
    size_t i;
    json_t *row;
    if (!json_is_array(data) || !json_is_integer(json_object_get(body, "count")) || json_object_get(body, "next") == NULL ||
        json_object_get(body, "previous") == NULL) {
        return wrong(c, "the list's envelope is incomplete");
    }
    static const char *const numbers[] = { "page", "limit", "total", "pages" };
    for (size_t n = 0; n < sizeof numbers / sizeof *numbers; n++) {
        if (!json_is_integer(json_object_get(paging, numbers[n]))) {
            return wrong(c, "meta.pagination lacks %s", numbers[n]);
        }
    }
    c->in_list = true;
    json_array_foreach(data, i, row)
    {
        if (!check_object(c, route->output, row)) {
            return false;
        }
    }
    return true;
}

static bool check_error(struct check *c, const struct http_reply *reply, const json_t *body)
{
    const json_t *error = json_object_get(body, "error");
    const char *code = json_string_value(json_object_get(error, "code"));
    if (!json_is_false(json_object_get(body, "success")) || code == NULL ||
        !json_is_string(json_object_get(error, "message")) || !json_is_object(json_object_get(error, "details")) ||
        !json_is_object(json_object_get(error, "field_errors"))) {
        return wrong(c, "the error's envelope is incomplete");
    }
    for (int e = 1; e < ERR_COUNT; e++) {
        if (strcmp(err_code((enum err)e), code) == 0) {
            return err_status((enum err)e) == reply->status || wrong(c, "%s came with status %d", code, reply->status);
        }
    }
    return wrong(c, "%s is no registered error", code);
}

static bool check_success(struct check *c, const struct http_reply *reply, const struct route *route, const json_t *body)
{
    const json_t *data = json_object_get(body, "data");
    if (route == NULL || !json_is_true(json_object_get(body, "success")) || data == NULL) {
        return wrong(c, "the envelope is incomplete");
    }
    if (route->reply == REPLY_LIST) {
        return check_list(c, route, body);
    }
    if (route->reply == REPLY_NULL) {
        return json_is_null(data) || wrong(c, "data should be null");
    }
    if ((route->reply == REPLY_CREATED) != (reply->status == 201)) {
        return wrong(c, "status %d does not fit the row's reply", reply->status);
    }
    return check_object(c, route->output, data);
}

bool reply_check(const struct http_request *request, const struct http_reply *reply, const struct route *route, char *err,
                 size_t size)
{
    struct check c = { .err = err, .size = size };
    json_error_t problem;
    if (reply->status == 204 || reply->status == 304) {
        return reply->body_size == 0 || wrong(&c, "a body with status %d", reply->status);
    }
    if (route != NULL && (route->flags & ROUTE_RAW) != 0 && reply->status < 400) {
        return true;
    }
    if (reply->more != NULL) {
        return (route->flags & ROUTE_GIVES_CSV) != 0 || wrong(&c, "a body in parts");
    }
    const char *accept = http_header(request, "Accept");
    if (reply->status >= 400 && accept != NULL && strstr(accept, "problem+json") != NULL) {
        return true;
    }
    json_t *body = json_loadb(reply->body, reply->body_size, JSON_REJECT_DUPLICATES, &problem);
    if (body == NULL) {
        return wrong(&c, "the reply is no JSON: %s", problem.text);
    }
    bool right = json_is_string(json_object_get(body, "request_id")) && json_is_string(json_object_get(body, "timestamp"));
    if (!right) {
        wrong(&c, "the envelope lacks request_id or timestamp");
    } else {
        right = reply->status >= 400 ? check_error(&c, reply, body) : check_success(&c, reply, route, body);
    }
    json_decref(body);
    return right;
}
