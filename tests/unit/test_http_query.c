/* Query strings, percent-encoding, methods and reply headers. */
#include "core/arena.h"
#include "core/buf.h"
#include "http/http.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static struct arena *a;

static int make_arena(void **state)
{
    (void)state;
    a = arena_create(1 << 22);
    return 0;
}

static int destroy_arena(void **state)
{
    (void)state;
    arena_destroy(a);
    return 0;
}

static void pairs_come_decoded_and_in_order(void **state)
{
    struct http_pair *p;

    (void)state;
    assert_int_equal(http_query(a, "a=1&due_at%5Blt%5D=2026-01-01&q=b+c%2Bd&a=%C3%BC&flag&=x&e=", &p, NULL), 7);
    assert_string_equal(p[0].name, "a");
    assert_string_equal(p[0].value, "1");
    assert_string_equal(p[1].name, "due_at[lt]");
    assert_string_equal(p[1].value, "2026-01-01");
    assert_string_equal(p[2].value, "b c+d");
    assert_string_equal(p[3].value, "ü");
    assert_string_equal(p[4].name, "flag");
    assert_string_equal(p[4].value, "");
    assert_string_equal(p[5].name, "");
    assert_string_equal(p[5].value, "x");
    assert_string_equal(p[6].value, "");
}

static void empty_parts_are_no_pairs(void **state)
{
    struct http_pair *p;

    (void)state;
    assert_int_equal(http_query(a, "", &p, NULL), 0);
    assert_int_equal(http_query(a, "&&", &p, NULL), 0);
    assert_int_equal(http_query(a, "&a=b&&c=d=e&", &p, NULL), 2);
    assert_string_equal(p[1].value, "d=e");
}

static void what_cannot_be_decoded_is_named(void **state)
{
    static const char *const bad[] = { "x=%", "x=%4", "x=%zz", "x=%00", "x=%ff", "x=%C3", "x=\xff", "x=%ED%A0%80" };
    struct http_pair *p = NULL;
    const char *name = NULL;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        name = NULL;
        assert_int_equal(http_query(a, bad[i], &p, &name), -1);
        assert_string_equal(name, "x");
        assert_int_equal(http_query(a, bad[i], &p, NULL), -1);
    }
    assert_int_equal(http_query(a, "good=1&%e2%28=1", &p, &name), -1);
    assert_string_equal(name, "%e2%28");
    assert_null(p);
}

static void a_hundred_pairs_are_the_most(void **state)
{
    char query[101 * 4 + 1] = "";
    struct http_pair *p;

    (void)state;
    for (int i = 0; i < 100; i++) {
        strcat(query, "a=1&");
    }
    assert_int_equal(http_query(a, query, &p, NULL), 100);
    strcat(query, "a=1");
    assert_int_equal(http_query(a, query, &p, NULL), -1);
}

static void a_path_keeps_its_plus(void **state)
{
    (void)state;
    assert_string_equal(http_decode(a, "a+b%2fc", 7, false), "a+b/c");
    assert_string_equal(http_decode(a, "a+b%2Fc", 7, true), "a b/c");
    assert_string_equal(http_decode(a, "%41bc", 3, false), "A");
    assert_null(http_decode(a, "a\0b", 3, false));
    assert_null(http_decode(a, "%41", 2, false));
}

static void any_text_survives_being_appended_and_parsed(void **state)
{
    static const char text[] = "a b&c=d?e#f%g+h/ü~\"\\\x01";
    struct buf b = { 0 };
    struct http_pair *p;

    (void)state;
    buf_str(&b, "/api/v1/tasks");
    http_query_append(&b, "q", text);
    http_query_append(&b, "due_at[lt]", "1");
    assert_memory_equal(b.data, "/api/v1/tasks?q=a%20b%26", 24);
    assert_int_equal(http_query(a, strchr(b.data, '?') + 1, &p, NULL), 2);
    assert_string_equal(p[0].value, text);
    assert_string_equal(p[1].name, "due_at[lt]");
    buf_clear(&b);
    http_query_append(&b, "a", "1");
    http_query_append(&b, "b", "");
    assert_string_equal(b.data, "?a=1&b=");
    buf_clear(&b);
    buf_str(&b, "/x?");
    http_query_append(&b, "a", "1");
    assert_string_equal(b.data, "/x?a=1");
    buf_free(&b);
}

static void methods_are_exact(void **state)
{
    (void)state;
    assert_int_equal(http_method_parse("PATCH"), HTTP_PATCH);
    assert_int_equal(http_method_parse("patch"), HTTP_OTHER);
    assert_int_equal(http_method_parse("OTHER"), HTTP_OTHER);
    assert_int_equal(http_method_parse("TRACE"), HTTP_OTHER);
    assert_int_equal(http_method_parse(""), HTTP_OTHER);
    assert_int_equal(http_method_parse(NULL), HTTP_OTHER);
    for (int m = HTTP_GET; m < HTTP_OTHER; m++) {
        assert_int_equal(http_method_parse(http_method_name((enum http_method)m)), m);
    }
}

static void headers_are_found_as_clients_write_them(void **state)
{
    struct http_header headers[] = { { "IF_MATCH", "\"v1\"" }, { "X_BRAND_ID", "b" }, { "X_BRAND_ID", "second" } };
    struct http_request r = { .headers = headers, .header_count = 3 };

    (void)state;
    assert_string_equal(http_header(&r, "If-Match"), "\"v1\"");
    assert_string_equal(http_header(&r, "x-brand-id"), "b");
    assert_null(http_header(&r, "If-Matc"));
    assert_null(http_header(&r, "If-Match-"));
    assert_null(http_header(&r, "Cookie"));
}

/* Refusals are logged; the lines would only disturb the reading of the results. */
static void reply_headers_with_line_ends_are_refused(void **state)
{
    struct http_reply r = { .status = 200 };
    int kept = dup(STDERR_FILENO);

    (void)state;
    assert_non_null(freopen("/dev/null", "w", stderr));
    http_reply_header(&r, "Location", "/a\r\nSet-Cookie: x=y");
    http_reply_header(&r, "Location", "/a\nb");
    http_reply_header(&r, "Loc\r\nation", "/a");
    http_reply_header(&r, "Loc:ation", "/a");
    http_reply_header(&r, "", "/a");
    http_reply_header(&r, "Location", NULL);
    assert_int_equal(r.header_count, 0);
    for (int i = 0; i < HTTP_REPLY_HEADERS + 5; i++) {
        http_reply_header(&r, "ETag", "\"v1\"");
    }
    assert_int_equal(r.header_count, HTTP_REPLY_HEADERS);
    assert_string_equal(r.header_values[HTTP_REPLY_HEADERS - 1], "\"v1\"");
    dup2(kept, STDERR_FILENO);
    close(kept);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs_come_decoded_and_in_order),
        cmocka_unit_test(empty_parts_are_no_pairs),
        cmocka_unit_test(what_cannot_be_decoded_is_named),
        cmocka_unit_test(a_hundred_pairs_are_the_most),
        cmocka_unit_test(a_path_keeps_its_plus),
        cmocka_unit_test(any_text_survives_being_appended_and_parsed),
        cmocka_unit_test(methods_are_exact),
        cmocka_unit_test(headers_are_found_as_clients_write_them),
        cmocka_unit_test(reply_headers_with_line_ends_are_refused),
    };

    return cmocka_run_group_tests(tests, make_arena, destroy_arena);
}
