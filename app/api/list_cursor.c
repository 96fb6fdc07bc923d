/* list_cursor.c - cursors: the sort values of a row, sealed. */
#include "api/list.h"

#include "core/arena.h"
#include "core/buf.h"
#include "core/str.h"
#include "platform/seal.h"
#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEPARATOR '\x1f'

/* A cursor opens only on the list, in the brand and for the order it was made for. */
static const char *purpose(struct request *rq)
{
    char brand[UUID_TEXT_SIZE] = "";
    if (rq->has_brand) {
        uuid_format(&rq->brand_id, brand);
    }
    return arena_printf(rq->arena, "cursor %s %s %s", rq->route->path, brand, rq->list->sort_text);
}

static void put_value(struct buf *b, const struct field *f, const struct db_result *r, int row)
{
    int c = db_column(r, f->name);
    char text[UUID_TEXT_SIZE];
    struct uuid u;
    double d;
    uint64_t bits;
    int n = 0;
    if (db_is_null(r, row, c)) {
        buf_char(b, 'n');
        return;
    }
    buf_char(b, 'v');
    switch (list_type(f)) {
    case SQL_UUID:
        u = db_uuid(r, row, f->name);
        uuid_format(&u, text);
        buf_str(b, text);
        return;
    case SQL_BOOL:
        buf_char(b, db_bool(r, row, f->name) ? '1' : '0');
        return;
    case SQL_FLOAT8:
        memcpy(&bits, db_raw(r, row, c, &n), 8);
        bits = be64toh(bits);
        memcpy(&d, &bits, 8);
        buf_printf(b, "%.17g", d);
        return;
    case SQL_TEXT:
        buf_str(b, db_text(r, row, f->name));
        return;
    default:
        buf_printf(b, "%lld", (long long)db_int(r, row, f->name));
        return;
    }
}

char *list_cursor_make(struct request *rq, int row, bool backward)
{
    const struct list_query *l = rq->list;
    struct buf b = { 0 };
    buf_printf(&b, "%c%c%d", backward ? 'b' : 'f', SEPARATOR, backward ? l->page - 1 : l->page + 1);
    for (int i = 0; i < l->sort_count; i++) {
        buf_char(&b, SEPARATOR);
        put_value(&b, l->sort[i].field, l->rows, row);
    }
    char *text = seal(rq->arena, purpose(rq), b.data, b.len);
    buf_free(&b);
    return text;
}

/* What a null stands for in the order: the greatest value (see sort_expression in list_compose.c). */
static struct db_value greatest(enum sql_type type)
{
    struct db_value v = { .is_set = true };
    switch (type) {
    case SQL_TEXT:
        v.s = "\U0010FFFF";
        break;
    case SQL_FLOAT8:
        v.d = 1.0 / 0.0;
        break;
    case SQL_UUID:
        memset(v.u.b, 0xff, 16);
        break;
    default:
        v.i = INT64_MAX;
        break;
    }
    return v;
}

static bool get_value(enum sql_type type, const char *text, struct db_value *ret)
{
    if (text[0] == 'n') {
        *ret = greatest(type);
        return true;
    }
    if (text[0] != 'v') {
        return false;
    }
    *ret = (struct db_value){ .is_set = true };
    switch (type) {
    case SQL_UUID:
        return uuid_parse(text + 1, &ret->u);
    case SQL_BOOL:
        ret->b = text[1] == '1';
        return true;
    case SQL_FLOAT8:
        return str_to_double(text + 1, &ret->d);
    case SQL_TEXT:
        ret->s = text + 1;
        return true;
    default:
        return str_to_int(text + 1, INT64_MIN, INT64_MAX, &ret->i);
    }
}

bool list_cursor_open(struct request *rq, const char *text)
{
    struct list_query *l = rq->list;
    char *plain = seal_open(rq->arena, purpose(rq), text, NULL);
    if (plain == NULL) {
        return false;
    }
    const char *parts[LIST_SORTS + 3];
    int n = 0;
    for (int i = 0; i < LIST_SORTS + 3; i++) {
        parts[i] = "";
    }
    for (char *p = plain; p != NULL && n < LIST_SORTS + 3; n++) {
        parts[n] = p;
        p = strchr(p, SEPARATOR);
        if (p != NULL) {
            *p++ = 0;
        }
    }
    int64_t page = 0;
    if (n != l->sort_count + 2 || !str_to_int(parts[1], -LIST_PAGE_MAX, LIST_PAGE_MAX, &page)) {
        return false;
    }
    l->backward = parts[0][0] == 'b';
    l->page = page < 1 ? 1 : (int)page;
    for (int i = 0; i < l->sort_count; i++) {
        if (!get_value(list_type(l->sort[i].field), parts[i + 2], &l->after[i])) {
            return false;
        }
    }
    l->has_cursor = true;
    return true;
}
