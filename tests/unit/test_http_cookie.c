/* Cookies as RFC 6265 §4.2.1 has them, and as attackers do. */
#include "core/arena.h"
#include "http/http.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct arena *a;

static int make_arena(void **state)
{
    (void)state;
    a = arena_create(1 << 20);
    return 0;
}

static int destroy_arena(void **state)
{
    (void)state;
    arena_destroy(a);
    return 0;
}

static const char *cookie(const char *header, const char *name)
{
    struct http_header h = { "COOKIE", header };
    struct http_request r = { .headers = &h, .header_count = 1 };

    return http_cookie(a, &r, name);
}

static void a_cookie_is_found_wherever_it_stands(void **state)
{
    (void)state;
    assert_string_equal(cookie("__Host-refresh=abc", "__Host-refresh"), "abc");
    assert_string_equal(cookie("a=1; __Host-refresh=abc; b=2", "__Host-refresh"), "abc");
    assert_string_equal(cookie("a=1;b=2", "b"), "2");
    assert_string_equal(cookie("a=1;  b=2 ", "b"), "2");
    assert_string_equal(cookie("a=x=y", "a"), "x=y");
    assert_string_equal(cookie("a=\"quoted\"", "a"), "quoted");
    assert_string_equal(cookie("a=", "a"), "");
    assert_string_equal(cookie("a=1; a=2", "a"), "1");
}

static void a_name_has_to_fit_whole_and_in_case(void **state)
{
    (void)state;
    assert_null(cookie("refresh=1", "efresh"));
    assert_null(cookie("refresh=1", "refres"));
    assert_null(cookie("xrefresh=1", "refresh"));
    assert_null(cookie("Refresh=1", "refresh"));
    assert_null(cookie("refresh", "refresh"));
    assert_null(cookie("x=refresh=1", "refresh"));
    assert_null(cookie("", "refresh"));
    assert_null(cookie(";;; ;", "refresh"));
    assert_null(cookie("x=\"; refresh=1", "x"));
}

static void a_malformed_value_is_no_value(void **state)
{
    static const char *const bad[] = { "a=b c", "a=b,c", "a=b\\c", "a=b\"c", "a=\"b", "a=\xc3\xbc", "a=b\x7f", "a=\x01" };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_null(cookie(bad[i], "a"));
    }
    assert_string_equal(cookie("junk b c; a=good", "a"), "good");
}

static void without_the_header_there_is_no_cookie(void **state)
{
    struct http_request r = { .header_count = 0 };

    (void)state;
    assert_null(http_cookie(a, &r, "a"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cookie_is_found_wherever_it_stands),
        cmocka_unit_test(a_name_has_to_fit_whole_and_in_case),
        cmocka_unit_test(a_malformed_value_is_no_value),
        cmocka_unit_test(without_the_header_there_is_no_cookie),
    };

    return cmocka_run_group_tests(tests, make_arena, destroy_arena);
}
