/* schema_encode.c - from binary rows and structs to JSON. Every reply passes here: no allocation per field, no printf. */
#include "api/schema.h"

#include "core/buf.h"
#include "core/clock.h"
#include "core/log.h"
#include <endian.h>
#include <stdlib.h>
#include <string.h>

/* PostgreSQL counts from 2000-01-01; infinity and -infinity are the ends of the range. */
#define PG_EPOCH_DAYS 10957
#define PG_EPOCH_MICROS (INT64_C(10957) * MICROS_PER_DAY)
#define MICROS_PER_DAY (INT64_C(86400) * 1000000)

enum {
    DATE_SIZE = 10,  /* 2026-11-20 */
    UUID_SIZE = 38,  /* with its quotes */
    TIME_SIZE = 40,  /* the most that a time needs, with its quotes */
    DATE_CACHE = 64, /* a power of two */
    KEY_EXTRA = 4    /* comma, two quotes, colon */
};

/* Days that dates of four digits can say. */
#define FIRST_DAY (-719162) /* 0001-01-01 */
#define LAST_DAY 2932896    /* 9999-12-31 */

/* ---- values into reserved memory; each returns the end of what it wrote ---- */

static char *put_uuid(char *p, const uint8_t *b)
{
    static char pairs[256][2];
    if (pairs[0][0] == '\0') {
        for (int i = 0; i < 256; i++) {
            pairs[i][0] = "0123456789abcdef"[i >> 4];
            pairs[i][1] = "0123456789abcdef"[i & 15];
        }
    }
    static const uint8_t at[16] = { 0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34 };
    *p++ = '"';
    for (int i = 0; i < 16; i++) {
        memcpy(p + at[i], pairs[b[i]], 2);
    }
    p[8] = p[13] = p[18] = p[23] = '-';
    p[36] = '"';
    return p + UUID_SIZE - 1;
}

/* The ten characters of a date. Lists name the same few days again and again, so the last ones are kept. */
static char *put_day(char *p, int64_t day)
{
    static struct {
        int64_t day;
        char text[DATE_SIZE];
        bool known;
    } cache[DATE_CACHE];
    unsigned slot = (unsigned)day & (DATE_CACHE - 1);
    if (!cache[slot].known || cache[slot].day != day) {
        char text[CLOCK_TEXT_SIZE];
        clock_format_date((int32_t)day, text);
        memcpy(cache[slot].text, text, DATE_SIZE);
        cache[slot].day = day;
        cache[slot].known = true;
    }
    memcpy(p, cache[slot].text, DATE_SIZE);
    return p + DATE_SIZE;
}

static char *put_two(char *p, unsigned v)
{
    p[0] = (char)('0' + v / 10);
    p[1] = (char)('0' + v % 10);
    return p + 2;
}

/* Without the NUL. */
static char *put_text(char *p, const char *text, size_t n)
{
    memcpy(p, text, n);
    return p + n;
}

static char *put_date(char *p, int64_t day)
{
    if (day < FIRST_DAY || day > LAST_DAY) {
        return put_text(p, "null", 4);
    }
    *p = '"';
    p = put_day(p + 1, day);
    *p = '"';
    return p + 1;
}

static char *put_time(char *p, int64_t moment)
{
    int64_t day = moment / MICROS_PER_DAY, rest = moment % MICROS_PER_DAY;
    if (rest < 0) {
        rest += MICROS_PER_DAY;
        day--;
    }
    if (day < FIRST_DAY || day > LAST_DAY) {
        return put_text(p, "null", 4);
    }
    unsigned seconds = (unsigned)(rest / 1000000), fraction = (unsigned)(rest % 1000000);
    *p = '"';
    p = put_day(p + 1, day);
    *p = 'T';
    p = put_two(p + 1, seconds / 3600);
    *p = ':';
    p = put_two(p + 1, seconds / 60 % 60);
    *p = ':';
    p = put_two(p + 1, seconds % 60);
    if (fraction != 0) {
        *p++ = '.';
        for (int digit = 5; digit >= 0; digit--, fraction /= 10) {
            p[digit] = (char)('0' + fraction % 10);
        }
        for (p += 6; p[-1] == '0'; p--) {
        }
    }
    return put_text(p, "Z\"", 2);
}

static int32_t get32(const char *p)
{
    uint32_t v;
    memcpy(&v, p, 4);
    return (int32_t)be32toh(v);
}

static int64_t get64(const char *p)
{
    uint64_t v;
    memcpy(&v, p, 8);
    return (int64_t)be64toh(v);
}

/* ---- values into the buffer ---- */

static void write_uuid(struct buf *b, const uint8_t *u)
{
    char *p = buf_reserve(b, UUID_SIZE);
    if (p != NULL) {
        b->len += (size_t)(put_uuid(p, u) - p);
    }
}

static void write_time(struct buf *b, int64_t moment)
{
    char *p = buf_reserve(b, TIME_SIZE);
    if (p != NULL) {
        b->len += (size_t)(put_time(p, moment) - p);
    }
}

static void write_date(struct buf *b, int64_t day)
{
    char *p = buf_reserve(b, TIME_SIZE);
    if (p != NULL) {
        b->len += (size_t)(put_date(p, day) - p);
    }
}

/* Hours, money and ratios have at most three decimals. For a whole n below 2^53 the division n / 1000 is the double nearest to that
 * decimal, so what compares equal reads back the same, and 15 digits are never more than the shortest form needs. */
static void write_double(struct buf *b, double v)
{
    double scaled = v * 1000;
    int64_t n = scaled > -1e14 && scaled < 1e14 ? (int64_t)(scaled + (scaled < 0 ? -0.5 : 0.5)) : 0;
    if ((double)n / 1000 != v) {
        buf_json_double(b, v);
        return;
    }
    if (n < 0 && n > -1000) {
        buf_char(b, '-'); /* the whole part is 0, which has no sign */
    }
    buf_json_int(b, n / 1000);
    unsigned rest = (unsigned)(n < 0 ? -(n % 1000) : n % 1000);
    if (rest != 0) {
        char text[4] = { '.', (char)('0' + rest / 100), (char)('0' + rest / 10 % 10), (char)('0' + rest % 10) };
        buf_append(b, text, text[3] != '0' ? 4 : text[2] != '0' ? 3 : 2);
    }
}

static void write_bool(struct buf *b, bool v)
{
    buf_append(b, v ? "true" : "false", v ? 4 : 5);
}

static void write_null(struct buf *b)
{
    buf_append(b, "null", 4);
}

static void write_uuids(struct buf *b, const struct uuid_list *list)
{
    buf_char(b, '[');
    for (int i = 0; i < list->n; i++) {
        if (i > 0) {
            buf_char(b, ',');
        }
        write_uuid(b, list->v[i].b);
    }
    buf_char(b, ']');
}

static void write_strings(struct buf *b, const struct text_list *list)
{
    buf_char(b, '[');
    for (int i = 0; i < list->n; i++) {
        if (i > 0) {
            buf_char(b, ',');
        }
        buf_json_str(b, list->v[i]);
    }
    buf_char(b, ']');
}

/* ---- columns ---- */

enum how { HOW_NOTHING, HOW_BOOL, HOW_INT4, HOW_INT8, HOW_FLOAT8, HOW_TEXT, HOW_UUID, HOW_TIME, HOW_DATE, HOW_JSON, HOW_ARRAY };

/* Which columns a field can be written from. SQL_UNKNOWN is a type outside of pg_catalog (citext, enums), whose binary form is its text. */
static enum how how_to_write(enum field_type field, enum sql_type column)
{
    static const unsigned char ways[][SQL_TEXTS + 1] = {
        [SCHEMA_STRING] = { [SQL_TEXT] = HOW_TEXT, [SQL_UNKNOWN] = HOW_TEXT },
        [SCHEMA_EMAIL] = { [SQL_TEXT] = HOW_TEXT, [SQL_UNKNOWN] = HOW_TEXT },
        [SCHEMA_ENUM] = { [SQL_TEXT] = HOW_TEXT, [SQL_UNKNOWN] = HOW_TEXT },
        [SCHEMA_INT] = { [SQL_INT4] = HOW_INT4, [SQL_INT8] = HOW_INT8 },
        [SCHEMA_NUMBER] = { [SQL_FLOAT8] = HOW_FLOAT8, [SQL_INT4] = HOW_INT4, [SQL_INT8] = HOW_INT8 },
        [SCHEMA_BOOL] = { [SQL_BOOL] = HOW_BOOL },
        [SCHEMA_UUID] = { [SQL_UUID] = HOW_UUID },
        [SCHEMA_TIME] = { [SQL_TIME] = HOW_TIME },
        [SCHEMA_DATE] = { [SQL_DATE] = HOW_DATE },
        [SCHEMA_UUIDS] = { [SQL_UUIDS] = HOW_ARRAY, [SQL_JSON] = HOW_JSON },
        [SCHEMA_STRINGS] = { [SQL_TEXTS] = HOW_ARRAY, [SQL_JSON] = HOW_JSON },
        [SCHEMA_OBJECT] = { [SQL_JSON] = HOW_JSON },
        [SCHEMA_JSON] = { [SQL_JSON] = HOW_JSON },
        [SCHEMA_ONE] = { [SQL_JSON] = HOW_JSON },
        [SCHEMA_MANY] = { [SQL_JSON] = HOW_JSON },
    };
    return (enum how)ways[field][column];
}

bool schema_plan_make(const struct schema *s, const struct db_result *r, struct schema_plan *ret, const char **ret_missing)
{
    *ret_missing = NULL;
    for (int i = 0; i < s->count; i++) {
        const struct field *f = &s->fields[i];
        int column = db_column(r, f->name);
        ret->column[i] = (short)column;
        ret->name_length[i] = (unsigned char)strlen(f->name);
        ret->how[i] = (unsigned char)(column >= 0 ? how_to_write(f->type, db_column_type(r, column)) : HOW_NOTHING);
        if (ret->how[i] == HOW_NOTHING && (column >= 0 || !(f->flags & (FIELD_SINGLE | FIELD_INCLUDE)))) {
            *ret_missing = *ret_missing != NULL ? *ret_missing : f->name;
        }
    }
    return *ret_missing == NULL;
}

/* An array of at most one dimension: dimensions, null flag, element type, then length and lower bound; each element with its length. */
static void write_array(struct buf *b, const struct field *f, const char *p, int size)
{
    const char *end = p + size;
    int n = size >= 20 && get32(p) == 1 ? get32(p + 12) : 0;
    buf_char(b, '[');
    p += 20;
    for (int i = 0; i < n && end - p >= 4; i++) {
        int length = get32(p);
        p += 4;
        if (i > 0) {
            buf_char(b, ',');
        }
        if (length < 0 || length > end - p || (f->type == SCHEMA_UUIDS && length != 16)) {
            write_null(b);
            continue;
        }
        if (f->type == SCHEMA_UUIDS) {
            write_uuid(b, (const uint8_t *)p);
        } else {
            buf_json_string(b, p, (size_t)length);
        }
        p += length;
    }
    buf_char(b, ']');
}

/* jsonb leads with its version, 1, which can't begin a JSON text. */
static void write_document(struct buf *b, const char *p, int size)
{
    int skip = size > 0 && *p == 1;
    buf_append(b, p + skip, (size_t)(size - skip));
}

static void write_absent(struct buf *b, const struct field *f)
{
    bool list = f->type == SCHEMA_MANY || f->type == SCHEMA_UUIDS || f->type == SCHEMA_STRINGS;
    if (list && !(f->flags & FIELD_NULLABLE)) {
        buf_append(b, "[]", 2);
    } else {
        write_null(b);
    }
}

static void write_column(struct buf *b, const struct field *f, enum how how, const char *p, int size)
{
    switch (how) {
    case HOW_BOOL:
        write_bool(b, *p != 0);
        break;
    case HOW_INT4:
        buf_json_int(b, get32(p));
        break;
    case HOW_INT8:
        buf_json_int(b, get64(p));
        break;
    case HOW_FLOAT8: {
        int64_t bits = get64(p);
        double v;
        memcpy(&v, &bits, 8);
        write_double(b, v);
        break;
    }
    case HOW_TEXT:
        buf_json_string(b, p, (size_t)size);
        break;
    case HOW_UUID:
        write_uuid(b, (const uint8_t *)p);
        break;
    case HOW_TIME: {
        int64_t moment = get64(p);
        write_time(b, moment == INT64_MAX || moment == INT64_MIN ? moment : moment + PG_EPOCH_MICROS);
        break;
    }
    case HOW_DATE:
        write_date(b, (int64_t)get32(p) + PG_EPOCH_DAYS);
        break;
    case HOW_ARRAY:
        write_array(b, f, p, size);
        break;
    default:
        write_document(b, p, size);
        break;
    }
}

/* {"name": or ,"name": */
static void write_key(struct buf *b, char before, const char *name, size_t n)
{
    char *p = buf_reserve(b, n + KEY_EXTRA);
    if (p == NULL) {
        return;
    }
    p[0] = before;
    p[1] = '"';
    put_text(put_text(p + 2, name, n), "\":", 2);
    b->len += n + KEY_EXTRA;
}

/* What is written into reserved memory has no NUL behind it; every object ends here, which puts one. */
static void write_object_end(struct buf *b, char before)
{
    if (before == '{') {
        buf_append(b, "{}", 2);
    } else {
        buf_char(b, '}');
    }
}

void schema_write_row(struct buf *b, const struct schema *s, const struct schema_plan *plan, const struct db_result *r, int row)
{
    char before = '{';
    for (int i = 0; i < s->count; i++) {
        int column = plan->column[i];
        if (column < 0) {
            continue;
        }
        const struct field *f = &s->fields[i];
        int size;
        const char *p = db_raw(r, row, column, &size);
        write_key(b, before, f->name, plan->name_length[i]);
        before = ',';
        if (size == 0 && db_is_null(r, row, column)) {
            write_absent(b, f);
        } else {
            write_column(b, f, (enum how)plan->how[i], p, size);
        }
    }
    write_object_end(b, before);
}

/* The plan for a result that a handler or a column made: one that doesn't fit is a programming error. */
static void must_plan(const struct schema *s, const struct db_result *r, struct schema_plan *ret)
{
    const char *missing;
    if (!schema_plan_make(s, r, ret, &missing)) {
        const struct sql_query *q = db_result_query(r);
        LOG(LOG_ERROR, "column_missing", LOG_STR("schema", s->name), LOG_STR("column", missing),
            LOG_STR("query", q != NULL ? q->name : ""));
        abort();
    }
}

void schema_write_rows(struct buf *b, const struct schema *s, const struct db_result *r)
{
    struct schema_plan plan;
    int n = r != NULL ? db_rows(r) : 0;
    if (n > 0) {
        must_plan(s, r, &plan);
    }
    buf_char(b, '[');
    for (int i = 0; i < n; i++) {
        if (i > 0) {
            buf_char(b, ',');
        }
        schema_write_row(b, s, &plan, r, i);
    }
    buf_char(b, ']');
}

/* ---- structs ---- */

static void write_one(struct buf *b, const struct schema *s, const struct db_result *r)
{
    struct schema_plan plan;
    if (r == NULL || db_rows(r) == 0) {
        write_null(b);
        return;
    }
    must_plan(s, r, &plan);
    schema_write_row(b, s, &plan, r, 0);
}

static bool is_absent(const struct field *f, const void *from)
{
    bool nullable = f->flags & FIELD_NULLABLE;
    switch (f->type) {
    case SCHEMA_UUID:
        return nullable && uuid_is_nil(from);
    case SCHEMA_TIME:
    case SCHEMA_DATE:
        return nullable && *(const int64_t *)from == 0;
    case SCHEMA_INT:
        return nullable && *(const int64_t *)from == INT64_MIN;
    case SCHEMA_NUMBER:
    case SCHEMA_BOOL:
    case SCHEMA_UUIDS:
    case SCHEMA_STRINGS:
        return false;
    default:
        return *(const void *const *)from == NULL;
    }
}

static void write_member(struct buf *b, const struct field *f, const void *from)
{
    switch (f->type) {
    case SCHEMA_INT:
        buf_json_int(b, *(const int64_t *)from);
        break;
    case SCHEMA_NUMBER:
        write_double(b, *(const double *)from);
        break;
    case SCHEMA_BOOL:
        write_bool(b, *(const bool *)from);
        break;
    case SCHEMA_UUID:
        write_uuid(b, from);
        break;
    case SCHEMA_TIME:
        write_time(b, *(const int64_t *)from);
        break;
    case SCHEMA_DATE:
        write_date(b, *(const int64_t *)from);
        break;
    case SCHEMA_UUIDS:
        write_uuids(b, from);
        break;
    case SCHEMA_STRINGS:
        write_strings(b, from);
        break;
    case SCHEMA_OBJECT:
    case SCHEMA_JSON:
        buf_str(b, *(const char *const *)from);
        break;
    case SCHEMA_ONE:
        write_one(b, f->of, *(const struct db_result *const *)from);
        break;
    case SCHEMA_MANY:
        schema_write_rows(b, f->of, *(const struct db_result *const *)from);
        break;
    default:
        buf_json_str(b, *(const char *const *)from);
        break;
    }
}

void schema_write_struct(struct buf *b, const struct schema *s, const void *from)
{
    char before = '{';
    for (int i = 0; i < s->count; i++) {
        const struct field *f = &s->fields[i];
        const char *member = (const char *)from + f->offset;
        write_key(b, before, f->name, strlen(f->name));
        before = ',';
        if (is_absent(f, member)) {
            write_absent(b, f);
        } else {
            write_member(b, f, member);
        }
    }
    write_object_end(b, before);
}
