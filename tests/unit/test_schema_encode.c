/* Rows and structs as JSON. The rows are made in memory with libpq, in the binary forms that PostgreSQL sends. */
#include "api/schema.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/clock.h"
#include "platform/db_internal.h"

#include <endian.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
    OID_BOOL = 16,
    OID_INT8 = 20,
    OID_INT4 = 23,
    OID_TEXT = 25,
    OID_JSON = 114,
    OID_FLOAT8 = 701,
    OID_TEXTS = 1009,
    OID_DATE = 1082,
    OID_TIME = 1184,
    OID_UUID = 2950,
    OID_UUIDS = 2951,
    OID_JSONB = 3802,
    OID_CITEXT = 16385,
    OID_NUMERIC = 1700
};

#define ID "\x01\x93\xb2\xc4\x7a\x10\x7c\x3e\x9f\x21\x5d\x0c\x8e\x6a\x4b\x17"
#define ID_TEXT "\"0193b2c4-7a10-7c3e-9f21-5d0c8e6a4b17\""

struct cell {
    const char *name;
    Oid type;
    const char *bytes; /* NULL for null */
    int n;
};

static struct buf out;

static int free_buffer(void **state)
{
    (void)state;
    buf_free(&out);
    return 0;
}

/* A result of `rows` equal rows. */
static struct db_result result_of(const struct cell *cells, int count, int rows)
{
    PGresAttDesc columns[32];
    memset(columns, 0, sizeof columns);
    for (int i = 0; i < count; i++) {
        columns[i].name = (char *)cells[i].name;
        columns[i].typid = cells[i].type;
        columns[i].format = 1;
    }
    struct db_result r = { .res = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK) };
    assert_non_null(r.res);
    assert_true(PQsetResultAttrs(r.res, count, columns));
    for (int row = 0; row < rows; row++) {
        for (int i = 0; i < count; i++) {
            assert_true(PQsetvalue(r.res, row, i, (char *)cells[i].bytes, cells[i].bytes != NULL ? cells[i].n : -1));
        }
    }
    return r;
}

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

/* The first row of a result of these cells, as JSON. */
static const char *row_text(const struct field *fields, int field_count, const struct cell *cells, int count)
{
    struct schema s = { .name = "Thing", .fields = fields, .count = field_count };
    struct db_result r = result_of(cells, count, 1);
    struct schema_plan plan;
    const char *missing = NULL;
    buf_clear(&out);
    if (!schema_plan_make(&s, &r, &plan, &missing)) {
        PQclear(r.res);
        return missing;
    }
    schema_write_row(&out, &s, &plan, &r, 0);
    PQclear(r.res);
    assert_false(out.failed);
    assert_int_equal(strlen(out.data), out.len);
    return out.data;
}

/* One value as its field would be written. */
static const char *value_text(enum field_type type, Oid oid, const void *bytes, int n)
{
    struct field f = { .name = "x", .type = type };
    struct cell c = { "x", oid, bytes, n };
    const char *text = row_text(&f, 1, &c, 1);
    size_t length = strlen(text);
    if (length < 6 || memcmp(text, "{\"x\":", 5) != 0) {
        return text;
    }
    out.data[length - 1] = '\0';
    return text + 5;
}

static const char *time_text(int64_t moment)
{
    uint64_t v = htobe64((uint64_t)(moment - INT64_C(946684800000000)));
    return value_text(SCHEMA_TIME, OID_TIME, &v, 8);
}

static const char *double_text(double d)
{
    uint64_t v;
    memcpy(&v, &d, 8);
    v = htobe64(v);
    return value_text(SCHEMA_NUMBER, OID_FLOAT8, &v, 8);
}

static void every_type_has_its_json(void **state)
{
    (void)state;
    assert_string_equal(value_text(SCHEMA_BOOL, OID_BOOL, "\x01", 1), "true");
    assert_string_equal(value_text(SCHEMA_BOOL, OID_BOOL, "\x00", 1), "false");
    assert_string_equal(value_text(SCHEMA_INT, OID_INT4, "\xff\xff\xff\xfe", 4), "-2");
    assert_string_equal(value_text(SCHEMA_INT, OID_INT8, "\x7f\xff\xff\xff\xff\xff\xff\xff", 8), "9223372036854775807");
    assert_string_equal(value_text(SCHEMA_NUMBER, OID_INT4, "\x00\x00\x00\x07", 4), "7");
    assert_string_equal(value_text(SCHEMA_UUID, OID_UUID, ID, 16), ID_TEXT);
    assert_string_equal(value_text(SCHEMA_DATE, OID_DATE, "\x00\x00\x00\x00", 4), "\"2000-01-01\"");
    assert_string_equal(value_text(SCHEMA_DATE, OID_DATE, "\xff\xff\xff\xff", 4), "\"1999-12-31\"");
    assert_string_equal(value_text(SCHEMA_STRING, OID_TEXT, "a\"b\n\xc3\xa4", 6), "\"a\\\"b\\n\xc3\xa4\"");
    assert_string_equal(value_text(SCHEMA_STRING, OID_TEXT, "", 0), "\"\"");
    assert_string_equal(value_text(SCHEMA_EMAIL, OID_CITEXT, "a@b", 3), "\"a@b\"");
}

static void documents_are_copied_as_they_are(void **state)
{
    (void)state;
    assert_string_equal(value_text(SCHEMA_OBJECT, OID_JSONB, "\x01{\"a\": 1}", 9), "{\"a\": 1}");
    assert_string_equal(value_text(SCHEMA_JSON, OID_JSON, "[1]", 3), "[1]");
    assert_string_equal(value_text(SCHEMA_ONE, OID_JSONB, "\x01{\"id\": null}", 13), "{\"id\": null}");
    assert_string_equal(value_text(SCHEMA_MANY, OID_JSONB, "\x01[]", 3), "[]");
    assert_string_equal(value_text(SCHEMA_STRINGS, OID_JSONB, "\x01[\"a\"]", 6), "[\"a\"]");
}

static void times_are_written_as_the_clock_writes_them(void **state)
{
    static const int64_t moments[] = { 0,
                                       1,
                                       -1,
                                       INT64_C(1795216625000000),
                                       INT64_C(1795216625120000),
                                       INT64_C(1795216625123456),
                                       INT64_C(1795216625000001),
                                       INT64_C(-62135596800000000),
                                       INT64_C(253402300799999999),
                                       INT64_C(951782400000000) };
    char expected[CLOCK_TEXT_SIZE + 2];
    (void)state;
    srand48(7);
    for (int i = 0; i < 20000; i++) {
        char text[CLOCK_TEXT_SIZE];
        int64_t moment = i < COUNT(moments) ? moments[i] : (int64_t)(drand48() * 4e15) - INT64_C(500000000000000) * (i % 3);
        clock_format(moment, text);
        snprintf(expected, sizeof expected, "\"%s\"", text);
        assert_string_equal(time_text(moment), expected);
    }
}

static void moments_that_no_date_can_name_are_null(void **state)
{
    (void)state;
    assert_string_equal(value_text(SCHEMA_TIME, OID_TIME, "\x7f\xff\xff\xff\xff\xff\xff\xff", 8), "null");
    assert_string_equal(value_text(SCHEMA_TIME, OID_TIME, "\x80\x00\x00\x00\x00\x00\x00\x00", 8), "null");
    assert_string_equal(time_text(INT64_C(253402300800000000)), "null");
    assert_string_equal(value_text(SCHEMA_DATE, OID_DATE, "\x7f\xff\xff\xff", 4), "null");
    assert_string_equal(value_text(SCHEMA_DATE, OID_DATE, "\x80\x00\x00\x00", 4), "null");
}

static void numbers_are_written_shortest_and_read_back_the_same(void **state)
{
    (void)state;
    assert_string_equal(double_text(0), "0");
    assert_string_equal(double_text(1.5), "1.5");
    assert_string_equal(double_text(-0.25), "-0.25");
    assert_string_equal(double_text(0.1), "0.1");
    assert_string_equal(double_text(0.29), "0.29");
    assert_string_equal(double_text(-12.345), "-12.345");
    assert_string_equal(double_text(0.001), "0.001");
    assert_string_equal(double_text(0.1234), "0.1234");
    assert_string_equal(double_text(NAN), "null");
    assert_string_equal(double_text(INFINITY), "null");
    srand48(11);
    for (int i = 0; i < 20000; i++) {
        double v = i % 2 == 0 ? (double)(lrand48() - 1000000000) / 1000 : drand48() * pow(10, (double)(i % 40) - 20);
        const char *text = double_text(v);
        assert_true(strtod(text, NULL) == v);
        assert_true(text[0] != '.' && text[strlen(text) - 1] != '.');
    }
}

static void arrays_are_written_from_their_binary_form(void **state)
{
    static const char uuids[] = "\0\0\0\1\0\0\0\0\0\0\x0b\x86\0\0\0\2\0\0\0\1\0\0\0\x10" ID "\0\0\0\x10" ID;
    static const char texts[] = "\0\0\0\1\0\0\0\1\0\0\0\x19\0\0\0\3\0\0\0\1\0\0\0\1a\xff\xff\xff\xff\0\0\0\2\"b";
    static const char empty[] = "\0\0\0\0\0\0\0\0\0\0\x0b\x86";
    (void)state;
    assert_string_equal(value_text(SCHEMA_UUIDS, OID_UUIDS, uuids, sizeof uuids - 1), "[" ID_TEXT "," ID_TEXT "]");
    assert_string_equal(value_text(SCHEMA_STRINGS, OID_TEXTS, texts, sizeof texts - 1), "[\"a\",null,\"\\\"b\"]");
    assert_string_equal(value_text(SCHEMA_UUIDS, OID_UUIDS, empty, sizeof empty - 1), "[]");
}

static void a_broken_array_is_not_read_past_its_end(void **state)
{
    static const char cut[] = "\0\0\0\1\0\0\0\0\0\0\x0b\x86\0\0\0\x7f\0\0\0\1\0\0\0\x10" ID "\0\0\0\x10" ID;
    (void)state;
    for (int n = 1; n < (int)sizeof cut - 1; n++) {
        char *exact = malloc((size_t)n); /* so that a byte too far is seen */
        assert_non_null(exact);
        memcpy(exact, cut, (size_t)n);
        const char *text = value_text(SCHEMA_UUIDS, OID_UUIDS, exact, n);
        assert_true(text[0] == '[' && text[strlen(text) - 1] == ']');
        free(exact);
    }
}

static void null_is_null_but_an_absent_list_is_empty(void **state)
{
    (void)state;
    assert_string_equal(value_text(SCHEMA_STRING, OID_TEXT, NULL, 0), "null");
    assert_string_equal(value_text(SCHEMA_ONE, OID_JSONB, NULL, 0), "null");
    assert_string_equal(value_text(SCHEMA_MANY, OID_JSONB, NULL, 0), "[]");
    assert_string_equal(value_text(SCHEMA_UUIDS, OID_UUIDS, NULL, 0), "[]");
}

static const struct field three[] = {
    COLUMN(id, SCHEMA_UUID),
    COLUMN(description, SCHEMA_STRING, .flags = FIELD_INCLUDE),
    COLUMN(title, SCHEMA_STRING),
};

static void columns_are_found_by_name_in_any_order(void **state)
{
    static const struct cell cells[] = { { "title", OID_TEXT, "T", 1 },
                                         { "other", OID_INT4, "\0\0\0\1", 4 },
                                         { "id", OID_UUID, ID, 16 } };
    (void)state;
    assert_string_equal(row_text(three, 3, cells, 3), "{\"id\":" ID_TEXT ",\"title\":\"T\"}");
}

static void a_missing_column_is_named(void **state)
{
    static const struct cell cells[] = { { "id", OID_UUID, ID, 16 } };
    (void)state;
    assert_string_equal(row_text(three, 3, cells, 1), "title");
}

static void a_column_of_an_unfit_type_is_named(void **state)
{
    static const struct cell cells[] = { { "id", OID_TEXT, "x", 1 }, { "title", OID_TEXT, "T", 1 } };
    struct field number = { .name = "x", .type = SCHEMA_NUMBER };
    struct cell numeric = { "x", OID_NUMERIC, "\0\1\0\0\0\0\0\0\0\7", 10 };
    (void)state;
    assert_string_equal(row_text(three, 3, cells, 2), "id");
    assert_string_equal(row_text(&number, 1, &numeric, 1), "x");
}

static void a_column_may_be_left_out_of_a_plan(void **state)
{
    static const struct cell cells[] = { { "id", OID_UUID, ID, 16 }, { "title", OID_TEXT, "T", 1 } };
    struct schema s = SCHEMA("Thing", three, 0);
    struct db_result r = result_of(cells, 2, 1);
    struct schema_plan plan;
    const char *missing;
    (void)state;
    assert_true(schema_plan_make(&s, &r, &plan, &missing));
    plan.column[0] = plan.column[2] = -1;
    buf_clear(&out);
    schema_write_row(&out, &s, &plan, &r, 0);
    assert_string_equal(out.data, "{}");
    PQclear(r.res);
}

static void rows_become_an_array(void **state)
{
    static const struct cell cells[] = { { "id", OID_UUID, ID, 16 }, { "title", OID_TEXT, "T", 1 } };
    struct schema s = SCHEMA("Thing", three, 0);
    struct db_result r = result_of(cells, 2, 2);
    (void)state;
    buf_clear(&out);
    schema_write_rows(&out, &s, &r);
    assert_string_equal(out.data, "[{\"id\":" ID_TEXT ",\"title\":\"T\"},{\"id\":" ID_TEXT ",\"title\":\"T\"}]");
    PQclear(r.res);
    buf_clear(&out);
    schema_write_rows(&out, &s, NULL);
    assert_string_equal(out.data, "[]");
}

struct holder {
    const char *title, *document;
    int64_t count, at, day, rank;
    double hours;
    bool done;
    struct uuid id, owner_id;
    struct uuid_list ids;
    struct text_list tags;
    const struct db_result *one, *many, *none, *nobody;
};

static void structs_are_written_with_what_they_hold(void **state)
{
    static const struct schema inner = SCHEMA("Thing", three, 0);
    static const struct field fields[] = {
        FIELD(struct holder, title, SCHEMA_STRING, .flags = FIELD_NULLABLE),
        FIELD(struct holder, document, SCHEMA_OBJECT),
        FIELD(struct holder, count, SCHEMA_INT),
        FIELD(struct holder, at, SCHEMA_TIME, .flags = FIELD_NULLABLE),
        FIELD(struct holder, day, SCHEMA_DATE),
        FIELD(struct holder, rank, SCHEMA_INT, .flags = FIELD_NULLABLE),
        FIELD(struct holder, hours, SCHEMA_NUMBER),
        FIELD(struct holder, done, SCHEMA_BOOL),
        FIELD(struct holder, id, SCHEMA_UUID),
        FIELD(struct holder, owner_id, SCHEMA_UUID, .flags = FIELD_NULLABLE),
        FIELD(struct holder, ids, SCHEMA_UUIDS),
        FIELD(struct holder, tags, SCHEMA_STRINGS),
        FIELD(struct holder, one, SCHEMA_ONE, .of = &inner),
        FIELD(struct holder, many, SCHEMA_MANY, .of = &inner),
        FIELD(struct holder, none, SCHEMA_MANY, .of = &inner),
        FIELD(struct holder, nobody, SCHEMA_ONE, .of = &inner, .flags = FIELD_NULLABLE),
    };
    static const struct schema s = SCHEMA("Holder", fields, 0);
    static const struct cell cells[] = { { "id", OID_UUID, ID, 16 }, { "title", OID_TEXT, "T", 1 } };
    static const char *const tags[] = { "a", "b" };
    struct db_result r = result_of(cells, 2, 1);
    struct holder h = {
        .document = "{\"x\":1}", .count = -3, .day = 1, .rank = INT64_MIN, .hours = 0.5, .done = true, .one = &r, .many = &r
    };
    (void)state;
    memcpy(h.id.b, ID, 16);
    h.ids = (struct uuid_list){ &h.id, 1 };
    h.tags = (struct text_list){ tags, 2 };
    buf_clear(&out);
    schema_write_struct(&out, &s, &h);
    assert_string_equal(
        out.data,
        "{\"title\":null,\"document\":{\"x\":1},\"count\":-3,\"at\":null,\"day\":\"1970-01-02\",\"rank\":null,\"hours\":0.5,"
        "\"done\":true,\"id\":" ID_TEXT ",\"owner_id\":null,\"ids\":[" ID_TEXT "],\"tags\":[\"a\",\"b\"],"
        "\"one\":{\"id\":" ID_TEXT ",\"title\":\"T\"},\"many\":[{\"id\":" ID_TEXT ",\"title\":\"T\"}],\"none\":[],"
        "\"nobody\":null}");
    PQclear(r.res);
}

static void a_buffer_that_is_full_fails_without_harm(void **state)
{
    static const struct cell cells[] = { { "id", OID_UUID, ID, 16 }, { "title", OID_TEXT, "T", 1 } };
    struct schema s = SCHEMA("Thing", three, 0);
    struct db_result r = result_of(cells, 2, 1);
    (void)state;
    buf_clear(&out);
    schema_write_rows(&out, &s, &r);
    for (size_t ceiling = 1; ceiling < out.len; ceiling++) {
        struct buf small = { .ceiling = ceiling };
        schema_write_rows(&small, &s, &r);
        assert_true(small.failed);
        buf_free(&small);
    }
    PQclear(r.res);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_has_its_json),
        cmocka_unit_test(documents_are_copied_as_they_are),
        cmocka_unit_test(times_are_written_as_the_clock_writes_them),
        cmocka_unit_test(moments_that_no_date_can_name_are_null),
        cmocka_unit_test(numbers_are_written_shortest_and_read_back_the_same),
        cmocka_unit_test(arrays_are_written_from_their_binary_form),
        cmocka_unit_test(a_broken_array_is_not_read_past_its_end),
        cmocka_unit_test(null_is_null_but_an_absent_list_is_empty),
        cmocka_unit_test(columns_are_found_by_name_in_any_order),
        cmocka_unit_test(a_missing_column_is_named),
        cmocka_unit_test(a_column_of_an_unfit_type_is_named),
        cmocka_unit_test(a_column_may_be_left_out_of_a_plan),
        cmocka_unit_test(rows_become_an_array),
        cmocka_unit_test(structs_are_written_with_what_they_hold),
        cmocka_unit_test(a_buffer_that_is_full_fails_without_harm),
    };
    return cmocka_run_group_tests(tests, NULL, free_buffer);
}
