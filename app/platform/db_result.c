/* db_result.c - reading binary results. */
#include "platform/db_internal.h"

#include "core/arena.h"
#include "core/log.h"
#include <endian.h>
#include <stdlib.h>
#include <string.h>

int db_rows(const struct db_result *r)
{
    return r->res != NULL ? PQntuples(r->res) : 0;
}

int db_affected(const struct db_result *r)
{
    return r->res != NULL ? (int)strtol(PQcmdTuples(r->res), NULL, 10) : 0;
}

int db_column(const struct db_result *r, const char *name)
{
    return r->res != NULL ? PQfnumber(r->res, name) : -1;
}

enum sql_type db_column_type(const struct db_result *r, int column)
{
    return db_oid_type(PQftype(r->res, column));
}

const struct sql_query *db_result_query(const struct db_result *r)
{
    return r->query;
}

bool db_is_null(const struct db_result *r, int row, int column)
{
    return PQgetisnull(r->res, row, column);
}

const char *db_raw(const struct db_result *r, int row, int column, int *ret_length)
{
    *ret_length = PQgetlength(r->res, row, column);
    return PQgetvalue(r->res, row, column);
}

/* The column's index; aborts for one that the query doesn't have. */
static int must_column(const struct db_result *r, const char *name)
{
    int c = db_column(r, name);
    if (c < 0) {
        LOG(LOG_ERROR, "column_missing", LOG_STR("query", r->query != NULL ? r->query->name : ""), LOG_STR("column", name));
        abort();
    }
    return c;
}

const char *db_text(const struct db_result *r, int row, const char *column)
{
    int c = must_column(r, column);
    if (PQgetisnull(r->res, row, c)) {
        return NULL;
    }
    const char *p = PQgetvalue(r->res, row, c);
    return PQftype(r->res, c) == 3802 ? p + 1 : p; /* jsonb leads with a version byte */
}

int64_t db_int(const struct db_result *r, int row, const char *column)
{
    int c = must_column(r, column);
    if (PQgetisnull(r->res, row, c)) {
        return 0;
    }
    const char *p = PQgetvalue(r->res, row, c);
    if (PQgetlength(r->res, row, c) == 4) {
        uint32_t v;
        memcpy(&v, p, 4);
        int64_t i = (int32_t)be32toh(v);
        return db_column_type(r, c) == SQL_DATE ? i + DB_EPOCH_DAYS : i;
    }
    uint64_t v;
    memcpy(&v, p, 8);
    int64_t i = (int64_t)be64toh(v);
    return db_column_type(r, c) == SQL_TIME ? i + DB_EPOCH_MICROS : i;
}

bool db_bool(const struct db_result *r, int row, const char *column)
{
    int c = must_column(r, column);
    return !PQgetisnull(r->res, row, c) && PQgetvalue(r->res, row, c)[0] != 0;
}

struct uuid db_uuid(const struct db_result *r, int row, const char *column)
{
    struct uuid u = { { 0 } };
    int c = must_column(r, column);
    if (!PQgetisnull(r->res, row, c)) {
        memcpy(u.b, PQgetvalue(r->res, row, c), 16);
    }
    return u;
}

static uint32_t get32(const char *p)
{
    uint32_t v;
    memcpy(&v, p, 4);
    return be32toh(v);
}

/* The elements of a one-dimensional array: count, and where the first one's length stands. */
static int array_elements(const struct db_result *r, int row, const char *column, const char **ret_at)
{
    int c = must_column(r, column);
    if (PQgetisnull(r->res, row, c)) {
        return 0;
    }
    const char *p = PQgetvalue(r->res, row, c);
    if (get32(p) != 1) {
        return 0;
    }
    *ret_at = p + 20;
    return (int)get32(p + 12);
}

struct uuid_list db_uuids(struct arena *a, const struct db_result *r, int row, const char *column)
{
    const char *at = NULL;
    int n = array_elements(r, row, column, &at);
    struct uuid *v = arena_zalloc(a, sizeof *v * (size_t)(n + 1));
    for (int i = 0; i < n; i++, at += 20) {
        memcpy(v[i].b, at + 4, 16);
    }
    return (struct uuid_list){ v, n };
}

struct text_list db_texts(struct arena *a, const struct db_result *r, int row, const char *column)
{
    const char *at = NULL;
    int n = array_elements(r, row, column, &at);
    const char **v = arena_zalloc(a, sizeof *v * (size_t)(n + 1));
    for (int i = 0; i < n; i++) {
        uint32_t length = get32(at);
        v[i] = arena_strndup(a, at + 4, length);
        at += 4 + length;
    }
    return (struct text_list){ v, n };
}
