/* The growing buffer and the JSON tokens it writes; jansson reads them back. */
#include "core/buf.h"

#include <jansson.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void text_grows_and_always_ends_with_nul(void **state)
{
    struct buf b = { 0 };

    (void)state;
    for (int i = 0; i < 1000; i++) {
        buf_printf(&b, "%d,", i);
        buf_str(&b, "ab");
        buf_char(&b, ';');
        assert_int_equal(strlen(b.data), b.len);
    }
    assert_memory_equal(b.data, "0,ab;1,ab;2,ab;", 15);
    assert_false(b.failed);
    buf_free(&b);
    assert_null(b.data);
    buf_free(&b);
}

static void past_its_ceiling_it_keeps_what_it_has_and_fails(void **state)
{
    struct buf b = { .ceiling = 1000 };
    char chunk[400] = { 'x' };

    (void)state;
    buf_append(&b, chunk, sizeof chunk);
    buf_append(&b, chunk, sizeof chunk);
    assert_false(b.failed);
    buf_append(&b, chunk, sizeof chunk);
    assert_true(b.failed);
    assert_int_equal(b.len, 800);
    buf_char(&b, 'y');
    assert_int_equal(b.len, 800);
    assert_null(buf_reserve(&b, 1));
    buf_clear(&b);
    assert_false(b.failed);
    assert_int_equal(b.len, 0);
    for (int i = 0; i < 1000; i++) {
        buf_char(&b, 'z');
    }
    assert_false(b.failed);
    assert_int_equal(b.len, 1000);
    buf_printf(&b, "%d", 1);
    assert_true(b.failed);
    assert_int_equal(b.len, 1000);
    buf_free(&b);
}

static void a_size_that_overflows_fails(void **state)
{
    struct buf b = { 0 };

    (void)state;
    buf_str(&b, "abc");
    assert_null(buf_reserve(&b, SIZE_MAX - 1));
    assert_true(b.failed);
    assert_string_equal(b.data, "abc");
    buf_free(&b);
}

static void reserved_room_is_written_by_the_caller(void **state)
{
    struct buf b = { 0 };
    char *room = buf_reserve(&b, 5000);

    (void)state;
    assert_non_null(room);
    memset(room, 'q', 5000);
    b.len += 5000;
    buf_char(&b, '!');
    assert_int_equal(b.len, 5001);
    assert_int_equal(b.data[4999], 'q');
    assert_int_equal(b.data[5000], '!');
    buf_free(&b);
}

static void clearing_keeps_small_memory_and_gives_large_memory_back(void **state)
{
    struct buf b = { 0 };
    size_t cap;

    (void)state;
    buf_append(&b, (char[5000]){ 0 }, 5000);
    cap = b.cap;
    buf_clear(&b);
    assert_int_equal(b.cap, cap);
    assert_string_equal(b.data, "");
    assert_non_null(buf_reserve(&b, 3 << 20));
    buf_clear(&b);
    assert_true(b.cap < 1 << 20);
    buf_str(&b, "again");
    assert_string_equal(b.data, "again");
    buf_free(&b);
}

static void reads_back_as(const char *text, size_t n)
{
    struct buf b = { 0 };
    json_t *json;

    buf_json_string(&b, text, n);
    assert_false(b.failed);
    json = json_loadb(b.data, b.len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    assert_non_null(json);
    assert_int_equal(json_string_length(json), n);
    assert_memory_equal(json_string_value(json), text, n);
    json_decref(json);
    buf_free(&b);
}

static void any_text_reads_back_from_json_as_it_was(void **state)
{
    char ascii[128];

    (void)state;
    for (int i = 0; i < 128; i++) {
        ascii[i] = (char)i;
    }
    reads_back_as(ascii, sizeof ascii);
    reads_back_as("", 0);
    reads_back_as("\"\\/\b\f\n\r\t", 8);
    reads_back_as("Grüße, 世界 🎉 \xe2\x80\xa8|\xe2\x80\xa9|\xe2\x80\xaa",
                  strlen("Grüße, 世界 🎉 \xe2\x80\xa8|\xe2\x80\xa9|\xe2\x80\xaa"));
}

static void line_separators_and_controls_are_escaped_and_less_than_is_not(void **state)
{
    struct buf b = { 0 };

    (void)state;
    buf_json_str(&b, "\xe2\x80\xa8\xe2\x80\xa9\xe2\x82\xac<\x01\x1f\n");
    assert_string_equal(b.data, "\"\\u2028\\u2029\xe2\x82\xac<\\u0001\\u001f\\n\"");
    buf_clear(&b);
    buf_json_str(&b, NULL);
    assert_string_equal(b.data, "null");
    buf_clear(&b);
    buf_json_string(&b, "\xe2\x80", 2); /* cut short: no look beyond the end */
    assert_string_equal(b.data, "\"\xe2\x80\"");
    buf_free(&b);
}

static void integers_are_written_in_full(void **state)
{
    struct buf b = { 0 };

    (void)state;
    buf_json_int(&b, 0);
    buf_char(&b, ' ');
    buf_json_int(&b, -7);
    buf_char(&b, ' ');
    buf_json_int(&b, INT64_MAX);
    buf_char(&b, ' ');
    buf_json_int(&b, INT64_MIN);
    assert_string_equal(b.data, "0 -7 9223372036854775807 -9223372036854775808");
    buf_free(&b);
}

static void numbers_are_written_in_the_shortest_form_that_reads_back(void **state)
{
    static const struct {
        double v;
        const char *text;
    } cases[] = { { 0.1, "0.1" },       { 2, "2" },           { 1.0 / 3, "0.3333333333333333" },
                  { 1e300, "1e+300" },  { -0.5, "-0.5" },     { NAN, "null" },
                  { INFINITY, "null" }, { -INFINITY, "null" } };
    struct buf b = { 0 };
    uint64_t bits = 88172645463325252u;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        buf_clear(&b);
        buf_json_double(&b, cases[i].v);
        assert_string_equal(b.data, cases[i].text);
    }
    for (int i = 0; i < 2000; i++) {
        double v;

        bits ^= bits << 13, bits ^= bits >> 7, bits ^= bits << 17; /* xorshift64 */
        memcpy(&v, &bits, sizeof v);
        buf_clear(&b);
        buf_json_double(&b, v);
        assert_true(isfinite(v) ? strtod(b.data, NULL) == v : strcmp(b.data, "null") == 0);
    }
    buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_grows_and_always_ends_with_nul),
        cmocka_unit_test(past_its_ceiling_it_keeps_what_it_has_and_fails),
        cmocka_unit_test(a_size_that_overflows_fails),
        cmocka_unit_test(reserved_room_is_written_by_the_caller),
        cmocka_unit_test(clearing_keeps_small_memory_and_gives_large_memory_back),
        cmocka_unit_test(any_text_reads_back_from_json_as_it_was),
        cmocka_unit_test(line_separators_and_controls_are_escaped_and_less_than_is_not),
        cmocka_unit_test(integers_are_written_in_full),
        cmocka_unit_test(numbers_are_written_in_the_shortest_form_that_reads_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
