/* db_value.c - values in PostgreSQL's binary wire form. */
#include "platform/db_internal.h"

#include "core/arena.h"
#include <endian.h>
#include <string.h>

static const struct {
    enum sql_type type;
    Oid oid;
} type_oids[] = {
    { SQL_BOOL, 16 },
    { SQL_BYTES, 17 },
    { SQL_INT8, 20 },
    { SQL_INT4, 23 },
    { SQL_TEXT, 25 },
    { SQL_FLOAT8, 701 },
    { SQL_DATE, 1082 },
    { SQL_TIME, 1184 },
    { SQL_UUID, 2950 },
    { SQL_UUIDS, 2951 },
    { SQL_TEXTS, 1009 },
    { SQL_JSON, 3802 },
    /* results only: name, json, "char"-free text kinds */
    { SQL_TEXT, 19 },
    { SQL_TEXT, 1043 },
    { SQL_TEXT, 1042 },
    { SQL_JSON, 114 },
};

Oid db_type_oid(enum sql_type type)
{
    for (size_t i = 0; i < sizeof type_oids / sizeof *type_oids; i++) {
        if (type_oids[i].type == type) {
            return type_oids[i].oid;
        }
    }
    return 0;
}

enum sql_type db_oid_type(Oid oid)
{
    for (size_t i = 0; i < sizeof type_oids / sizeof *type_oids; i++) {
        if (type_oids[i].oid == oid) {
            return type_oids[i].type;
        }
    }
    return SQL_UNKNOWN;
}

static void put32(char *p, uint32_t v)
{
    v = htobe32(v);
    memcpy(p, &v, 4);
}

static char *put64(struct arena *a, uint64_t v)
{
    char *p = arena_alloc(a, 8);
    v = htobe64(v);
    memcpy(p, &v, 8);
    return p;
}

/* One-dimensional array: dimensions, has-null flag, element type, length, lower bound; then length and bytes of each. */
static char *array_head(struct arena *a, int n, Oid element, size_t bytes, char **ret_at)
{
    char *p = arena_alloc(a, 20 + bytes);
    put32(p, n > 0 ? 1 : 0);
    put32(p + 4, 0);
    put32(p + 8, element);
    put32(p + 12, (uint32_t)n);
    put32(p + 16, 1);
    *ret_at = p + (n > 0 ? 20 : 12);
    return p;
}

static char *encode_uuids(struct arena *a, const struct uuid_list *list, int *ret_length)
{
    char *at;
    char *p = array_head(a, list->n, 2950, (size_t)list->n * 20, &at);
    for (int i = 0; i < list->n; i++, at += 20) {
        put32(at, 16);
        memcpy(at + 4, list->v[i].b, 16);
    }
    *ret_length = (int)(at - p);
    return p;
}

static char *encode_texts(struct arena *a, const struct text_list *list, int *ret_length)
{
    size_t bytes = 0;
    for (int i = 0; i < list->n; i++) {
        bytes += 4 + strlen(list->v[i]);
    }
    char *at;
    char *p = array_head(a, list->n, 25, bytes, &at);
    for (int i = 0; i < list->n; i++) {
        size_t n = strlen(list->v[i]);
        put32(at, (uint32_t)n);
        memcpy(at + 4, list->v[i], n);
        at += 4 + n;
    }
    *ret_length = (int)(at - p);
    return p;
}

static char *encode_fixed(struct arena *a, enum sql_type type, const struct db_value *v, int *ret_length)
{
    char *p;
    uint64_t bits;
    switch (type) {
    case SQL_BOOL:
        p = arena_alloc(a, 1);
        *p = v->b ? 1 : 0;
        *ret_length = 1;
        return p;
    case SQL_INT4:
    case SQL_DATE:
        p = arena_alloc(a, 4);
        put32(p, (uint32_t)(int32_t)(type != SQL_DATE ? v->i : v->i == INT64_MAX ? INT32_MAX : v->i - DB_EPOCH_DAYS));
        *ret_length = 4;
        return p;
    case SQL_FLOAT8:
        memcpy(&bits, &v->d, 8);
        *ret_length = 8;
        return put64(a, bits);
    default: /* SQL_INT8, SQL_TIME */
        *ret_length = 8;
        return put64(a, (uint64_t)(type != SQL_TIME || v->i == INT64_MAX ? v->i : v->i - DB_EPOCH_MICROS));
    }
}

void db_encode(struct arena *a, enum sql_type type, const struct db_value *v, const char **ret, int *ret_length,
               int *ret_format)
{
    *ret_format = 1;
    *ret_length = 0;
    if (!v->is_set) {
        *ret = NULL;
        return;
    }
    switch (type) {
    case SQL_TEXT:
    case SQL_JSON:
        *ret = v->s;
        *ret_format = type == SQL_JSON ? 0 : 1;
        *ret_length = v->s != NULL ? (int)strlen(v->s) : 0;
        return;
    case SQL_UUID:
        *ret = (const char *)v->u.b;
        *ret_length = 16;
        return;
    case SQL_BYTES:
        *ret = v->bytes.p;
        *ret_length = v->bytes.n;
        return;
    case SQL_UUIDS:
        *ret = encode_uuids(a, &v->us, ret_length);
        return;
    case SQL_TEXTS:
        *ret = encode_texts(a, &v->ss, ret_length);
        return;
    default:
        *ret = encode_fixed(a, type, v, ret_length);
        return;
    }
}
