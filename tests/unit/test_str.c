/* Text helpers: UTF-8, numbers, base64url, hex, case, splitting, hashing. */
#include "core/arena.h"
#include "core/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void texts_compare_also_when_one_is_missing(void **state)
{
    (void)state;
    assert_true(str_eq("a", "a"));
    assert_false(str_eq("a", "b"));
    assert_true(str_eq(NULL, NULL));
    assert_false(str_eq(NULL, ""));
    assert_true(str_eq_ci("If-Match", "iF-mATCH"));
    assert_false(str_eq_ci("abc", "abcd"));
    assert_false(str_eq_ci("[", "{"));
    assert_false(str_eq_ci("a", NULL));
    assert_true(str_eq_ci(NULL, NULL));
    assert_true(str_starts("Bearer x", "Bearer "));
    assert_false(str_starts("Bear", "Bearer"));
    assert_true(str_empty(NULL) && str_empty("") && !str_empty(" "));
}

static void only_well_formed_utf8_is_valid(void **state)
{
    static const char *const good[] = { "",
                                        "plain ascii text of some length",
                                        "\x7f",
                                        "\xc2\x80",
                                        "\xdf\xbf",
                                        "\xe0\xa0\x80",
                                        "\xed\x9f\xbf",
                                        "\xee\x80\x80",
                                        "\xef\xbf\xbf",
                                        "\xf0\x90\x80\x80",
                                        "\xf4\x8f\xbf\xbf",
                                        "12345678\xc3\xbc",
                                        "1234567\xc3\xbc" };
    static const char *const bad[] = { "\x80",
                                       "\xbf",
                                       "\xc0\x80",
                                       "\xc1\xbf",
                                       "\xc2",
                                       "\xc2 ",
                                       "\xe0\x9f\xbf",
                                       "\xe0\xa0",
                                       "\xed\xa0\x80",
                                       "\xed\xbf\xbf",
                                       "\xf0\x8f\xbf\xbf",
                                       "\xf4\x90\x80\x80",
                                       "\xf5\x80\x80\x80",
                                       "\xff",
                                       "\xfe",
                                       "\xe2\x82",
                                       "\xf0\x9f\x8e",
                                       "12345678\xc3",
                                       "abcdefgh\x80zzzzzzzz" };

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_true(str_utf8_valid(good[i], strlen(good[i])));
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_false(str_utf8_valid(bad[i], strlen(bad[i])));
    }
    assert_true(str_utf8_valid("a\0b", 3));
    assert_int_equal(str_utf8_length("Grüße 🎉", strlen("Grüße 🎉")), 7);
    assert_int_equal(str_utf8_length("", 0), 0);
}

static void whole_numbers_are_taken_only_whole_and_in_range(void **state)
{
    static const char *const bad[] = { "", " 1", "1 ", "+1", "1.0", "0x10", "--1", "-", "1e3", "9223372036854775808", "a" };
    int64_t v = 42;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_false(str_to_int(bad[i], INT64_MIN, INT64_MAX, &v));
    }
    assert_false(str_to_int(NULL, 0, 1, &v));
    assert_false(str_to_int("11", 0, 10, &v));
    assert_false(str_to_int("-1", 0, 10, &v));
    assert_int_equal(v, 42);
    assert_true(str_to_int("007", 0, 10, &v));
    assert_int_equal(v, 7);
    assert_true(str_to_int("-9223372036854775808", INT64_MIN, INT64_MAX, &v));
    assert_true(v == INT64_MIN);
    assert_true(str_to_int("9223372036854775807", INT64_MIN, INT64_MAX, &v));
    assert_true(v == INT64_MAX);
}

static void numbers_are_decimal_and_finite(void **state)
{
    static const char *const bad[] = { "", " 1", "1 ", "nan", "inf", "0x1p3", "1e999", "1e", "-", ".", "1.2.3", "1,5" };
    double v = 42;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_false(str_to_double(bad[i], &v));
    }
    assert_false(str_to_double(NULL, &v));
    assert_true(v == 42);
    assert_true(str_to_double("-1.5e2", &v));
    assert_true(v == -150);
}

static void base64url_has_the_vectors_of_the_rfc(void **state)
{
    static const struct {
        const char *plain, *text;
    } cases[] = { { "", "" },           { "f", "Zg" },          { "fo", "Zm8" },          { "foo", "Zm9v" },
                  { "foob", "Zm9vYg" }, { "fooba", "Zm9vYmE" }, { "foobar", "Zm9vYmFy" }, { "\xfb\xff\xfe", "-__-" } };
    char text[16], plain[16];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t n = strlen(cases[i].plain);

        str_base64url_encode(cases[i].plain, n, text);
        assert_string_equal(text, cases[i].text);
        assert_int_equal(str_base64url_size(n), strlen(text));
        assert_int_equal(str_base64url_decode(text, strlen(text), plain, n), (int)n);
        assert_memory_equal(plain, cases[i].plain, n);
    }
}

static void base64url_is_refused_unless_canonical(void **state)
{
    static const char *const bad[] = { "A", "AAAAA", "Zg==", "Zm8=", "Zh", "Zm9", "Zm+v", "Zm/v", "Zm v", "Zm9v\n", "Z\xff" };
    unsigned char out[16];

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(str_base64url_decode(bad[i], strlen(bad[i]), out, sizeof out), -1);
    }
    assert_int_equal(str_base64url_decode("Zm9v", 4, out, 2), -1);
    assert_int_equal(str_base64url_decode("Zg\0A", 4, out, sizeof out), -1);
}

static void hex_reads_back_in_either_case(void **state)
{
    unsigned char bytes[4];
    char text[9];

    (void)state;
    str_hex_encode("\x00\x7f\xab\xff", 4, text);
    assert_string_equal(text, "007fabff");
    assert_int_equal(str_hex_decode("007FabFF", 8, bytes, sizeof bytes), 4);
    assert_memory_equal(bytes, "\x00\x7f\xab\xff", 4);
    assert_int_equal(str_hex_decode("0", 1, bytes, sizeof bytes), -1);
    assert_int_equal(str_hex_decode("0g", 2, bytes, sizeof bytes), -1);
    assert_int_equal(str_hex_decode("0011223344", 10, bytes, sizeof bytes), -1);
    assert_int_equal(str_hex_decode("", 0, bytes, sizeof bytes), 0);
}

static void camel_case_becomes_snake_case(void **state)
{
    static const struct {
        const char *from, *to;
    } cases[] = { { "projectId", "project_id" },
                  { "project_id", "project_id" },
                  { "userID", "user_id" },
                  { "userIDList", "user_id_list" },
                  { "X", "x" },
                  { "Title", "title" },
                  { "due_At", "due_at" } };
    struct arena *a = arena_create(1 << 20);
    const char *same = "status";

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_string_equal(str_snake_case(a, cases[i].from), cases[i].to);
    }
    assert_ptr_equal(str_snake_case(a, same), same);
    arena_destroy(a);
}

static void lists_are_split_trimmed_and_without_empty_parts(void **state)
{
    struct arena *a = arena_create(1 << 20);
    size_t count = 9;
    char **parts = str_split(a, " a, b c ,,\t,d", ',', &count);

    (void)state;
    assert_int_equal(count, 3);
    assert_string_equal(parts[0], "a");
    assert_string_equal(parts[1], "b c");
    assert_string_equal(parts[2], "d");
    assert_null(parts[3]);
    parts = str_split(a, "", ',', &count);
    assert_int_equal(count, 0);
    assert_null(parts[0]);
    parts = str_split(a, "one", ',', &count);
    assert_int_equal(count, 1);
    assert_string_equal(parts[0], "one");
    arena_destroy(a);
}

static void hashes_depend_on_text_and_seed(void **state)
{
    (void)state;
    assert_true(str_hash("abc", 3, 0) == str_hash("abc", 3, 0));
    assert_true(str_hash("abc", 3, 0) != str_hash("abd", 3, 0));
    assert_true(str_hash("abc", 3, 0) != str_hash("abc", 3, 1));
    assert_true(str_hash("abc", 3, 0) != str_hash("abc", 2, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_compare_also_when_one_is_missing),
        cmocka_unit_test(only_well_formed_utf8_is_valid),
        cmocka_unit_test(whole_numbers_are_taken_only_whole_and_in_range),
        cmocka_unit_test(numbers_are_decimal_and_finite),
        cmocka_unit_test(base64url_has_the_vectors_of_the_rfc),
        cmocka_unit_test(base64url_is_refused_unless_canonical),
        cmocka_unit_test(hex_reads_back_in_either_case),
        cmocka_unit_test(camel_case_becomes_snake_case),
        cmocka_unit_test(lists_are_split_trimmed_and_without_empty_parts),
        cmocka_unit_test(hashes_depend_on_text_and_seed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
