/* list_compose.c - the SQL of a page. */
#include "api/list.h"

#include "core/arena.h"
#include "core/buf.h"
#include "core/str.h"
#include <stdlib.h>
#include <string.h>

#define COMPOSED_MAX 256
#define PARAMS_MAX 60

static struct sql_query *composed[COMPOSED_MAX];
static int composed_count;

/* Names under which appended parameters are bound. */
static const char *const extra_names[] = {
    "list_1",  "list_2",  "list_3",  "list_4",  "list_5",  "list_6",  "list_7",  "list_8",
    "list_9",  "list_10", "list_11", "list_12", "list_13", "list_14", "list_15", "list_16",
    "list_17", "list_18", "list_19", "list_20", "list_21", "list_22", "list_23", "list_24",
};

#define EXTRAS ((int)(sizeof extra_names / sizeof *extra_names))

struct composition {
    struct buf text;
    const struct sql_query *base;
    struct sql_param extra[EXTRAS];
    int extra_count;
    struct rq_arg *args;
};

enum sql_type list_type(const struct field *f)
{
    switch (f->type) {
    case SCHEMA_INT:
        return SQL_INT8;
    case SCHEMA_NUMBER:
        return SQL_FLOAT8;
    case SCHEMA_BOOL:
        return SQL_BOOL;
    case SCHEMA_UUID:
    case SCHEMA_UUIDS:
        return SQL_UUID;
    case SCHEMA_TIME:
        return SQL_TIME;
    case SCHEMA_DATE:
        return SQL_DATE;
    default:
        return SQL_TEXT;
    }
}

static void parameter(struct composition *c, enum sql_type type, struct db_value value)
{
    if (c->extra_count == EXTRAS || c->base->param_count + c->extra_count >= PARAMS_MAX) {
        abort(); /* LIST_FILTERS and LIST_SORTS keep below it */
    }
    int i = c->extra_count++;
    c->extra[i] = (struct sql_param){ extra_names[i], type };
    c->args[i] = (struct rq_arg){ extra_names[i], value };
    buf_printf(&c->text, "$%d", c->base->param_count + i + 1);
}

/* What stands in order by and keyset: nulls come last, as the greatest value of their type. */
static void sort_expression(struct buf *b, const struct field *f)
{
    if ((f->flags & FIELD_NULLABLE) == 0) {
        buf_printf(b, "q.%s", f->name);
        return;
    }
    const char *greatest = "'\U0010FFFF'::text";
    switch (list_type(f)) {
    case SQL_TIME:
        greatest = "'infinity'::timestamptz";
        break;
    case SQL_DATE:
        greatest = "'infinity'::date";
        break;
    case SQL_INT8:
        greatest = "9223372036854775807";
        break;
    case SQL_FLOAT8:
        greatest = "'infinity'::float8";
        break;
    case SQL_UUID:
        greatest = "'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid";
        break;
    default:
        break;
    }
    buf_printf(b, "coalesce(q.%s, %s)", f->name, greatest);
}

static void filter(struct composition *c, const struct list_filter *f)
{
    static const char *const operators[] = { " = ", " < ", " <= ", " > ", " >= " };
    buf_printf(&c->text, " and q.%s", f->field->name);
    if (f->op == LIST_NULL || f->op == LIST_NOT_NULL) {
        buf_str(&c->text, f->op == LIST_NULL ? " is null" : " is not null");
        return;
    }
    bool is_set = f->type == SQL_UUIDS || f->type == SQL_TEXTS;
    bool overlaps = f->field->type == SCHEMA_UUIDS || f->field->type == SCHEMA_STRINGS;
    buf_str(&c->text, is_set ? (overlaps ? " && " : " = any(") : operators[f->op]);
    parameter(c, f->type, f->value);
    if (is_set && !overlaps) {
        buf_char(&c->text, ')');
    }
}

static bool descending(const struct list_query *l, int i)
{
    return l->sort[i].descending != l->backward;
}

static bool one_direction(const struct list_query *l)
{
    for (int i = 1; i < l->sort_count; i++) {
        if (l->sort[i].descending != l->sort[0].descending) {
            return false;
        }
    }
    return true;
}

/* (a, b, id) > ($1, $2, $3): a row comparison, which an index answers. */
static void keyset_row(struct composition *c, const struct list_query *l)
{
    buf_str(&c->text, " and (");
    for (int i = 0; i < l->sort_count; i++) {
        buf_str(&c->text, i > 0 ? ", " : "");
        sort_expression(&c->text, l->sort[i].field);
    }
    buf_str(&c->text, descending(l, 0) ? ") < (" : ") > (");
    for (int i = 0; i < l->sort_count; i++) {
        buf_str(&c->text, i > 0 ? ", " : "");
        parameter(c, list_type(l->sort[i].field), l->after[i]);
    }
    buf_char(&c->text, ')');
}

/* a > $1 or (a = $1 and (b < $2 or (b = $2 and id > $3))): for mixed directions. */
static void keyset_mixed(struct composition *c, const struct list_query *l)
{
    buf_str(&c->text, " and (");
    for (int i = 0; i < l->sort_count; i++) {
        sort_expression(&c->text, l->sort[i].field);
        buf_str(&c->text, descending(l, i) ? " < " : " > ");
        parameter(c, list_type(l->sort[i].field), l->after[i]);
        if (i + 1 < l->sort_count) {
            buf_str(&c->text, " or (");
            sort_expression(&c->text, l->sort[i].field);
            buf_printf(&c->text, " = $%d and (", c->base->param_count + c->extra_count);
        }
    }
    for (int i = 0; i + 1 < l->sort_count; i++) {
        buf_str(&c->text, "))");
    }
    buf_char(&c->text, ')');
}

static void columns(struct composition *c, const struct request *rq)
{
    const struct list_query *l = rq->list;
    uint64_t wanted = l->fields;
    for (int i = 0; i < l->sort_count; i++) {
        wanted |= UINT64_C(1) << (l->sort[i].field - rq->route->output->fields);
    }
    const char *comma = "";
    for (int i = 0; i < rq->route->output->count; i++) {
        if ((wanted & (UINT64_C(1) << i)) != 0) {
            buf_printf(&c->text, "%sq.%s", comma, rq->route->output->fields[i].name);
            comma = ", ";
        }
    }
}

static void order(struct composition *c, const struct list_query *l)
{
    buf_str(&c->text, " order by ");
    for (int i = 0; i < l->sort_count; i++) {
        buf_str(&c->text, i > 0 ? ", " : "");
        sort_expression(&c->text, l->sort[i].field);
        buf_str(&c->text, descending(l, i) ? " desc" : "");
    }
    buf_str(&c->text, " limit ");
    parameter(c, SQL_INT8, (struct db_value){ .is_set = true, .i = l->limit + 1 });
    if (l->by_page) {
        buf_str(&c->text, " offset ");
        parameter(c, SQL_INT8, (struct db_value){ .is_set = true, .i = (int64_t)(l->page - 1) * l->limit });
    }
}

static void compose_page(struct composition *c, const struct request *rq)
{
    buf_str(&c->text, "select ");
    columns(c, rq);
    buf_printf(&c->text, " from (%s) q where true", c->base->text);
    for (int i = 0; i < rq->list->filter_count; i++) {
        filter(c, &rq->list->filters[i]);
    }
    if (rq->list->has_cursor) {
        if (one_direction(rq->list)) {
            keyset_row(c, rq->list);
        } else {
            keyset_mixed(c, rq->list);
        }
    }
    order(c, rq->list);
}

static void compose_count(struct composition *c, const struct request *rq)
{
    buf_printf(&c->text, "select count(*) as count from (select from (%s) q where true", c->base->text);
    for (int i = 0; i < rq->list->filter_count; i++) {
        filter(c, &rq->list->filters[i]);
    }
    if (!rq->list->exact) {
        buf_printf(&c->text, " limit %d", LIST_COUNT_CEILING + 1);
    }
    buf_str(&c->text, ") counted");
}

static void *must(void *p)
{
    if (p == NULL) {
        abort();
    }
    return p;
}

static const struct sql_query *remember(struct composition *c)
{
    int params = c->base->param_count + c->extra_count;
    struct sql_param *list = must(calloc((size_t)params + 1, sizeof *list));
    for (int i = 0; i < c->base->param_count; i++) {
        list[i] = c->base->params[i];
    }
    memcpy(list + c->base->param_count, c->extra, sizeof *list * (size_t)c->extra_count);
    struct sql_query *q = must(calloc(1, sizeof *q));
    *q = (struct sql_query){ .name = c->base->name,
                             .file = c->base->file,
                             .kind = SQL_MANY,
                             .text = must(strdup(c->text.data)),
                             .params = list,
                             .param_count = params,
                             .id = sql_count + composed_count };
    composed[composed_count++] = q;
    return q;
}

const struct sql_query *list_compose(const struct request *rq, const struct sql_query *base, bool counting, struct rq_arg *args)
{
    struct composition c = { .base = base, .args = args };
    if (counting) {
        compose_count(&c, rq);
    } else {
        compose_page(&c, rq);
    }
    args[c.extra_count] = (struct rq_arg){ .name = NULL };
    const struct sql_query *found = NULL;
    for (int i = 0; i < composed_count && found == NULL; i++) {
        found = strcmp(composed[i]->text, c.text.data) == 0 ? composed[i] : NULL;
    }
    if (found == NULL) {
        found = remember(&c);
    }
    buf_free(&c.text);
    return found;
}

void list_compose_trim(struct db *d)
{
    if (composed_count + 2 <= COMPOSED_MAX) {
        return;
    }
    db_reconnect(d);
    for (int i = 0; i < composed_count; i++) {
        free((void *)composed[i]->text);
        free((void *)composed[i]->params);
        free(composed[i]);
    }
    composed_count = 0;
}
