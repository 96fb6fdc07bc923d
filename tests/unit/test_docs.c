/* The documentation page and the document it shows, as they are served. */
#include "api/openapi.h"
#include "api/request.h"
#include "core/arena.h"
#include "core/buf.h"
#include "openapi_check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

extern const struct route_table docs_routes;

static struct arena *a;
static struct buf out;
static struct http_reply reply;

static int begin(void **state)
{
    (void)state;
    a = arena_create(1 << 24);
    return 0;
}

static int end(void **state)
{
    (void)state;
    arena_destroy(a);
    buf_free(&out);
    return 0;
}

/* The body that the row at `path` serves. */
static const char *served(const char *path)
{
    for (int i = 0; i < docs_routes.count; i++) {
        const struct route *r = &docs_routes.rows[i];
        if (strcmp(r->path, path) == 0) {
            struct request rq = { .arena = a, .reply = &reply, .out = &out, .route = r };
            reply = (struct http_reply){ .status = 200 };
            buf_clear(&out);
            assert_int_equal(r->handler(&rq), ERR_NONE);
            return out.data;
        }
    }
    fail_msg("there is no %s", path);
    return NULL;
}

static const char *header(const char *name)
{
    for (int i = 0; i < reply.header_count; i++) {
        if (strcmp(reply.header_names[i], name) == 0) {
            return reply.header_values[i];
        }
    }
    return "";
}

static void the_page_comes_with_a_policy_that_allows_nothing_inline_or_foreign(void **state)
{
    static const char *const pages[] = { "/docs", "/docs/docs.css", "/docs/docs.js" };
    (void)state;
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
        assert_true(strlen(served(pages[i])) > 1000);
        const char *policy = header("Content-Security-Policy");
        assert_int_equal(strncmp(policy, "default-src 'none'; script-src 'self'; style-src 'self'", 55), 0);
        assert_null(strstr(policy, "unsafe"));
        assert_null(strstr(policy, "http"));
        assert_non_null(strstr(policy, "frame-ancestors 'none'"));
    }
}

static void each_file_says_what_it_is(void **state)
{
    (void)state;
    served("/docs");
    assert_string_equal(header("Content-Type"), "text/html; charset=utf-8");
    served("/docs/docs.css");
    assert_string_equal(header("Content-Type"), "text/css; charset=utf-8");
    served("/docs/docs.js");
    assert_string_equal(header("Content-Type"), "text/javascript; charset=utf-8");
    served("/openapi.json");
    assert_string_equal(header("Content-Type"), "application/json");
}

static void the_page_keeps_to_its_policy(void **state)
{
    static const char *const forbidden[] = { "<style",      " style=",  " onclick=",  " onload=",
                                             "javascript:", "<script>", "src=\"http", "href=\"http" };
    const char *page = served("/docs");
    (void)state;
    for (size_t i = 0; i < sizeof forbidden / sizeof *forbidden; i++) {
        assert_null(strstr(page, forbidden[i]));
    }
    assert_non_null(strstr(page, "<script src=\"/docs/docs.js\" defer></script>"));
    assert_non_null(strstr(page, "<link rel=\"stylesheet\" href=\"/docs/docs.css\">"));
}

static void the_script_makes_no_markup_of_text(void **state)
{
    static const char *const forbidden[] = { "innerHTML", "outerHTML",    "insertAdjacentHTML", "document.write",
                                             "eval(",     "new Function", "localStorage",       "sessionStorage" };
    const char *script = served("/docs/docs.js");
    (void)state;
    for (size_t i = 0; i < sizeof forbidden / sizeof *forbidden; i++) {
        assert_null(strstr(script, forbidden[i]));
    }
}

static void the_document_is_served_whole_every_time(void **state)
{
    (void)state;
    json_decref(openapi_check(served("/openapi.json")));
    size_t n = out.len;
    served("/openapi.json");
    assert_int_equal(out.len, n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_page_comes_with_a_policy_that_allows_nothing_inline_or_foreign),
        cmocka_unit_test(each_file_says_what_it_is),
        cmocka_unit_test(the_page_keeps_to_its_policy),
        cmocka_unit_test(the_script_makes_no_markup_of_text),
        cmocka_unit_test(the_document_is_served_whole_every_time),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
