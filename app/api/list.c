/* list.c - a list's parameters, its queries and how its answer is written. */
#include "api/list.h"

#include "core/arena.h"
#include "core/buf.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/str.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct list_query *list_start(struct request *rq)
{
    struct list_query *l = arena_zalloc(rq->arena, sizeof *l);
    l->limit = LIST_LIMIT;
    l->page = 1;
    for (int i = 0; i < rq->route->output->count; i++) {
        if ((rq->route->output->fields[i].flags & (FIELD_INCLUDE | FIELD_SINGLE)) == 0) {
            l->fields |= UINT64_C(1) << i;
        }
    }
    rq->list = l;
    return l;
}

/* ---- parameters ---- */

static void number(struct request *rq, const char *name, const char *value, int max, int *ret)
{
    int64_t n;
    if (str_to_int(value, 1, max, &n)) {
        *ret = (int)n;
    } else {
        field_error_add(&rq->errors, name, arena_printf(rq->arena, "must be a whole number from 1 to %d", max));
    }
}

static void read_sort(struct request *rq, const char *value)
{
    struct list_query *l = rq->list;
    size_t n = 0;
    char **parts = str_split(rq->arena, value, ',', &n);
    l->sort_count = 0;
    for (size_t i = 0; i < n; i++) {
        bool descending = parts[i][0] == '-';
        const struct field *f = schema_field(rq->route->output, str_snake_case(rq->arena, parts[i] + descending));
        if (f == NULL || (f->flags & FIELD_SORT) == 0) {
            field_error_add(&rq->errors, "sort", arena_printf(rq->arena, "%s is no field to sort by", parts[i] + descending));
            return;
        }
        if (l->sort_count == LIST_SORTS) {
            field_error_add(&rq->errors, "sort", arena_printf(rq->arena, "takes at most %d fields", LIST_SORTS));
            return;
        }
        l->sort[l->sort_count++] = (struct list_sort){ f, descending };
    }
    l->sort_text = value;
}

static void read_fields(struct request *rq, const char *name, const char *value, bool add)
{
    size_t n = 0;
    char **parts = str_split(rq->arena, value, ',', &n);
    uint64_t bits = add ? rq->list->fields : 0;
    for (size_t i = 0; i < n; i++) {
        const struct field *f = schema_field(rq->route->output, str_snake_case(rq->arena, parts[i]));
        if (f == NULL || (f->flags & FIELD_SINGLE) != 0) {
            field_error_add(&rq->errors, name, arena_printf(rq->arena, "%s is no field of this list", parts[i]));
            continue;
        }
        bits |= UINT64_C(1) << (f - rq->route->output->fields);
    }
    rq->list->fields = bits;
}

/* "due_at[lt]" -> "due_at", LIST_LT. */
static const char *split_operator(struct request *rq, const char *name, enum list_op *ret)
{
    static const char *const suffixes[] = { "[eq]", "[lt]", "[lte]", "[gt]", "[gte]" };
    size_t n = strlen(name);
    *ret = LIST_EQ;
    for (int i = 0; i < 5; i++) {
        size_t s = strlen(suffixes[i]);
        if (n > s && strcmp(name + n - s, suffixes[i]) == 0) {
            *ret = (enum list_op)i;
            return arena_strndup(rq->arena, name, n - s);
        }
    }
    return name;
}

static bool in_values(const char *const *values, const char *s)
{
    for (; values != NULL && *values != NULL; values++) {
        if (strcmp(*values, s) == 0) {
            return true;
        }
    }
    return false;
}

static const char *read_texts(struct request *rq, const struct field *f, char **parts, size_t n, struct list_filter *ret)
{
    for (size_t i = 0; i < n; i++) {
        if (f->type == SCHEMA_ENUM && !in_values(f->values, parts[i])) {
            return arena_printf(rq->arena, "%s is not one of its values", parts[i]);
        }
    }
    ret->type = SQL_TEXTS;
    ret->value.ss = (struct text_list){ (const char *const *)parts, (int)n };
    return NULL;
}

static const char *read_uuids(struct request *rq, char **parts, size_t n, struct list_filter *ret)
{
    struct uuid *v = arena_zalloc(rq->arena, sizeof *v * (n + 1));
    for (size_t i = 0; i < n; i++) {
        if (!uuid_parse(parts[i], &v[i])) {
            return arena_printf(rq->arena, "%s is not a UUID", parts[i]);
        }
    }
    ret->type = SQL_UUIDS;
    ret->value.us = (struct uuid_list){ v, (int)n };
    return NULL;
}

/* A single value; ranges and equality. */
static const char *read_scalar(const struct field *f, const char *text, struct list_filter *ret)
{
    int32_t days = 0;
    ret->type = list_type(f);
    switch (ret->type) {
    case SQL_INT8:
        return str_to_int(text, INT64_MIN, INT64_MAX, &ret->value.i) ? NULL : "must be a whole number";
    case SQL_FLOAT8:
        return str_to_double(text, &ret->value.d) ? NULL : "must be a number";
    case SQL_TIME:
        return clock_parse(text, &ret->value.i) ? NULL : "must be a time such as 2026-11-20T23:17:05Z";
    case SQL_DATE:
        if (!clock_parse_date(text, &days)) {
            return "must be a date such as 2026-11-20";
        }
        ret->value.i = days;
        return NULL;
    case SQL_BOOL:
        ret->value.b = str_eq(text, "true");
        return ret->value.b || str_eq(text, "false") ? NULL : "must be true or false";
    default:
        ret->value.s = text;
        return NULL;
    }
}

static const char *read_filter(struct request *rq, const struct field *f, const char *value, struct list_filter *ret)
{
    if (ret->op == LIST_EQ && (f->flags & FIELD_NULLABLE) != 0 && (str_eq(value, "null") || str_eq(value, "!null"))) {
        ret->op = value[0] == '!' ? LIST_NOT_NULL : LIST_NULL;
        return NULL;
    }
    ret->value.is_set = true;
    enum sql_type type = list_type(f);
    if (ret->op == LIST_EQ && (type == SQL_TEXT || type == SQL_UUID)) {
        size_t n = 0;
        char **parts = str_split(rq->arena, value, ',', &n);
        if (n == 0 || n > 100) {
            return "takes 1 to 100 values, separated by commas";
        }
        return type == SQL_TEXT ? read_texts(rq, f, parts, n, ret) : read_uuids(rq, parts, n, ret);
    }
    if (f->type == SCHEMA_UUID || f->type == SCHEMA_UUIDS || f->type == SCHEMA_STRINGS || f->type == SCHEMA_ENUM ||
        type == SQL_BOOL) {
        if (ret->op != LIST_EQ) {
            return "takes no comparison";
        }
    }
    return read_scalar(f, value, ret);
}

static bool filter_param(struct request *rq, const char *name, const char *value)
{
    struct list_filter filter = { 0 };
    const char *field = split_operator(rq, name, &filter.op);
    filter.field = schema_field(rq->route->output, field);
    if (filter.field == NULL || (filter.field->flags & FIELD_FILTER) == 0) {
        return false;
    }
    if (rq->list->filter_count == LIST_FILTERS) {
        field_error_add(&rq->errors, name, arena_printf(rq->arena, "is one filter too many (at most %d)", LIST_FILTERS));
        return true;
    }
    const char *problem = read_filter(rq, filter.field, value, &filter);
    if (problem != NULL) {
        field_error_add(&rq->errors, name, problem);
        return true;
    }
    rq->list->filters[rq->list->filter_count++] = filter;
    rq->list->filtered = true;
    return true;
}

bool list_param(struct request *rq, const char *name, const char *value)
{
    struct list_query *l = rq->list;
    if (str_eq(name, "limit")) {
        number(rq, name, value, LIST_LIMIT_MAX, &l->limit);
    } else if (str_eq(name, "page")) {
        number(rq, name, value, LIST_PAGE_MAX, &l->page);
        l->by_page = true;
    } else if (str_eq(name, "sort")) {
        read_sort(rq, value);
    } else if (str_eq(name, "fields")) {
        read_fields(rq, name, value, false);
    } else if (str_eq(name, "include")) {
        read_fields(rq, name, value, true);
    } else if (str_eq(name, "count")) {
        l->exact = str_eq(value, "exact");
        if (!l->exact) {
            field_error_add(&rq->errors, name, "takes only the value exact");
        }
    } else {
        return filter_param(rq, name, value);
    }
    return true;
}

/* Who names text/csv and no JSON before it. */
static bool wants_csv(const struct request *rq)
{
    const char *accept = http_header(rq->http, "Accept");
    const char *csv = accept != NULL ? strcasestr(accept, "text/csv") : NULL;
    const char *json = csv != NULL ? strcasestr(accept, "json") : NULL;
    return csv != NULL && (json == NULL || csv < json);
}

void list_finish(struct request *rq, const char *cursor)
{
    struct list_query *l = rq->list;
    if (l->sort_count == 0) {
        read_sort(rq, rq->route->sort);
    }
    const struct field *key = schema_field(rq->route->output, "id");
    for (int i = 0; key == NULL && i < rq->route->output->count; i++) {
        key = rq->route->output->fields[i].type == SCHEMA_UUID ? &rq->route->output->fields[i] : NULL;
    }
    l->sort[l->sort_count] = (struct list_sort){ key, l->sort[l->sort_count - 1].descending };
    l->sort_count++;
    l->csv = (rq->route->flags & ROUTE_GIVES_CSV) != 0 && wants_csv(rq);
    if (l->csv && (cursor != NULL || l->by_page)) {
        field_error_add(&rq->errors, cursor != NULL ? "cursor" : "page", "is not for a table, which is whole");
    }
    if (cursor != NULL && l->by_page) {
        field_error_add(&rq->errors, "cursor", "can't stand beside page");
    } else if (cursor != NULL && !list_cursor_open(rq, cursor)) {
        field_error_add(&rq->errors, "cursor", "is not a cursor of this list and order");
    }
}

/* ---- queries ---- */

void list_queue(struct request *rq, const struct sql_query *base)
{
    struct list_query *l = rq->list;
    struct rq_arg *args = arena_zalloc(rq->arena, sizeof *args * 32);
    l->rows = rq_query(rq, list_compose(rq, base, false, args), args);
    if (rq->route->count != NULL && !l->filtered) {
        l->total = rq_query(rq, rq->route->count, NULL);
    } else {
        args = arena_zalloc(rq->arena, sizeof *args * 32);
        l->total = rq_query(rq, list_compose(rq, base, true, args), args);
    }
}

/* ---- the answer ---- */

/* Of the columns, only those that are asked for are there. */
void list_plan(struct request *rq, struct schema_plan *ret)
{
    const struct list_query *l = rq->list;
    const char *missing = NULL;
    (void)schema_plan_make(rq->route->output, l->rows, ret, &missing);
    for (int i = 0; i < rq->route->output->count; i++) {
        if ((l->fields & (UINT64_C(1) << i)) == 0) {
            ret->column[i] = -1;
        } else if (ret->column[i] < 0 || ret->how[i] == 0) {
            LOG(LOG_ERROR, "reply_column_missing", LOG_STR("route", rq->route->path),
                LOG_STR("column", rq->route->output->fields[i].name));
            abort();
        }
    }
}

static void write_data(struct request *rq, int rows)
{
    const struct list_query *l = rq->list;
    struct schema_plan plan;
    buf_str(rq->out, "\"data\":[");
    if (rows > 0) {
        list_plan(rq, &plan);
    }
    for (int i = 0; i < rows; i++) {
        if (i > 0) {
            buf_char(rq->out, ',');
        }
        schema_write_row(rq->out, rq->route->output, &plan, l->rows, l->backward ? rows - 1 - i : i);
    }
    buf_char(rq->out, ']');
}

/* The request's own address with another cursor or page; NULL for no link. */
static char *link_to(struct request *rq, const char *name, const char *value)
{
    struct http_pair *pairs = NULL;
    struct buf b = { 0 };
    int n = http_query(rq->arena, rq->http->query, &pairs, NULL);
    buf_str(&b, rq->http->path);
    for (int i = 0; i < n; i++) {
        if (!str_eq(pairs[i].name, "cursor") && !str_eq(pairs[i].name, "page")) {
            http_query_append(&b, pairs[i].name, pairs[i].value);
        }
    }
    http_query_append(&b, name, value);
    char *text = arena_strndup(rq->arena, b.data, b.len);
    buf_free(&b);
    return text;
}

static void links(struct request *rq, int rows, bool more, char **ret_next, char **ret_previous)
{
    struct list_query *l = rq->list;
    *ret_next = *ret_previous = NULL;
    if (l->by_page) {
        *ret_next = more ? link_to(rq, "page", arena_printf(rq->arena, "%d", l->page + 1)) : NULL;
        *ret_previous = l->page > 1 ? link_to(rq, "page", arena_printf(rq->arena, "%d", l->page - 1)) : NULL;
        return;
    }
    bool has_next = l->backward || more;
    bool has_previous = l->backward ? more : l->has_cursor;
    if (rows > 0 && has_next) {
        *ret_next = link_to(rq, "cursor", list_cursor_make(rq, l->backward ? 0 : rows - 1, false));
    }
    if (rows > 0 && has_previous) {
        *ret_previous = link_to(rq, "cursor", list_cursor_make(rq, l->backward ? rows - 1 : 0, true));
    }
}

static void write_meta(struct request *rq, int64_t count, bool exact)
{
    const struct list_query *l = rq->list;
    struct http_pair *pairs = NULL;
    int n = http_query(rq->arena, rq->http->query, &pairs, NULL);
    buf_printf(
        rq->out,
        ",\"meta\":{\"pagination\":{\"page\":%d,\"limit\":%d,\"total\":%lld,\"pages\":%lld,\"count_exact\":%s},\"filters\":{",
        l->page, l->limit, (long long)count, (long long)((count + l->limit - 1) / l->limit), exact ? "true" : "false");
    const char *comma = "";
    for (int i = 0; i < n; i++) {
        static const char *const others[] = { "limit", "page", "cursor", "sort", "fields", "include", "count", NULL };
        if (!in_values(others, pairs[i].name)) {
            buf_str(rq->out, comma);
            buf_json_str(rq->out, pairs[i].name);
            buf_char(rq->out, ':');
            buf_json_str(rq->out, pairs[i].value);
            comma = ",";
        }
    }
    buf_str(rq->out, "},\"sort\":");
    buf_json_str(rq->out, l->sort_text);
    buf_char(rq->out, '}');
}

void list_write(struct request *rq)
{
    struct list_query *l = rq->list;
    int found = db_rows(l->rows);
    bool more = found > l->limit;
    int rows = more ? l->limit : found;
    int64_t count = db_rows(l->total) > 0 ? db_int(l->total, 0, "count") : 0;
    bool exact = l->exact || count <= LIST_COUNT_CEILING || (rq->route->count != NULL && !l->filtered);
    count = exact ? count : LIST_COUNT_CEILING;
    char *next = NULL;
    char *previous = NULL;
    links(rq, rows, more, &next, &previous);
    write_data(rq, rows);
    buf_printf(rq->out, ",\"count\":%lld,\"next\":", (long long)count);
    buf_json_str(rq->out, next);
    buf_str(rq->out, ",\"previous\":");
    buf_json_str(rq->out, previous);
    write_meta(rq, count, exact);
    if (next != NULL) {
        rq_header(rq, "Link", arena_printf(rq->arena, "<%s>; rel=\"next\"", next));
    }
}
