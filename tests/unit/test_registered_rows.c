/* The rows of all domains: right by every rule, described without a gap, and with examples that they accept themselves. */
#include "api/openapi.h"
#include "api/registry.h"
#include "api/router.h"
#include "core/arena.h"
#include "core/buf.h"
#include "openapi_check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct arena *a;

static int build(void **state)
{
    (void)state;
    a = arena_create(1 << 24);
    router_build();
    return 0;
}

static int destroy(void **state)
{
    (void)state;
    arena_destroy(a);
    return 0;
}

static void every_row_is_right(void **state)
{
    static char words[20000];
    (void)state;
    if (!registry_check(words, sizeof words)) {
        fail_msg("%s", words);
    }
}

/* A path with something in place of each parameter. */
static const char *filled(const char *prefix, const char *path)
{
    struct buf b = { 0 };
    buf_str(&b, prefix);
    for (const char *p = path; *p != '\0'; p++) {
        if (*p == '{') {
            buf_str(&b, "0193b2c4-7a10-7c3e-9f21-5d0c8e6a4b17");
            p += strcspn(p, "}");
        } else {
            buf_char(&b, *p);
        }
    }
    const char *text = arena_strndup(a, b.data, b.len);
    buf_free(&b);
    return text;
}

static void every_row_is_found_at_its_address(void **state)
{
    struct router_match match;
    const struct route *r;
    const char *domain;
    (void)state;
    for (int i = 0; (r = registry_route(i, &domain)) != NULL; i++) {
        assert_int_equal(router_find(a, r->method, filled("/api/v1", r->path), &match), ROUTER_FOUND);
        assert_ptr_equal(match.route, r);
        assert_string_equal(match.domain, domain);
    }
}

static void every_tenant_row_is_found_under_its_brand(void **state)
{
    struct router_match match;
    const struct route *r;
    (void)state;
    for (int i = 0; (r = registry_route(i, NULL)) != NULL; i++) {
        if (!router_has_brand_address(r)) {
            continue;
        }
        assert_int_equal(router_find(a, r->method, filled("/api/v1/brands/north", r->path), &match), ROUTER_FOUND);
        bool own = strstr(match.route->path, "/brands/{brand_id}") != NULL; /* a row that names the brand itself */
        assert_true(match.route == r || own);
        assert_string_equal(match.params[0].name, "brand_id");
        assert_string_equal(match.params[0].value, "north");
    }
}

static void every_example_of_a_body_is_accepted(void **state)
{
    const struct route *r;
    (void)state;
    for (int i = 0; (r = registry_route(i, NULL)) != NULL; i++) {
        struct buf example = { 0 }, words = { 0 };
        struct field_errors errors = { .arena = a };
        const char *problem = "";
        if (r->input == NULL) {
            continue;
        }
        schema_example(&example, r->input, true);
        json_t *body = schema_parse(a, example.data, example.len, 32, &problem);
        if (body == NULL) {
            fail_msg("%s %s: %s in %s", http_method_name(r->method), r->path, problem, example.data);
        }
        schema_decode(a, r->input, body, r->output, arena_zalloc(a, r->input->size), &errors);
        field_errors_write(&errors, &words);
        if (errors.first != NULL) {
            fail_msg("%s %s: %s", http_method_name(r->method), r->path, words.data);
        }
        buf_free(&example);
        buf_free(&words);
        arena_reset(a);
    }
}

static void every_example_of_an_answer_is_json(void **state)
{
    const struct route *r;
    (void)state;
    for (int i = 0; (r = registry_route(i, NULL)) != NULL; i++) {
        struct buf example = { 0 };
        const char *problem = "";
        if (r->output == NULL) {
            continue;
        }
        schema_example(&example, r->output, false);
        if (schema_parse(a, example.data, example.len, 32, &problem) == NULL) {
            fail_msg("%s %s: %s in %s", http_method_name(r->method), r->path, problem, example.data);
        }
        buf_free(&example);
    }
}

static void the_document_is_whole(void **state)
{
    struct buf b = { 0 };
    const struct route *r;
    (void)state;
    openapi_write(&b);
    assert_false(b.failed);
    json_t *document = openapi_check(b.data);
    for (int i = 0; (r = registry_route(i, NULL)) != NULL; i++) {
        const char *path;
        json_t *item;
        bool told = false;
        json_object_foreach(json_object_get(document, "paths"), path, item)
        {
            static const char *const members[] = { "get", "post", "put", "patch", "delete" };
            told |= router_same_shape(path, r->path) && json_object_get(item, members[r->method]) != NULL;
        }
        if (!told) {
            fail_msg("%s %s isn't told", http_method_name(r->method), r->path);
        }
    }
    json_decref(document);
    buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_right),
        cmocka_unit_test(every_row_is_found_at_its_address),
        cmocka_unit_test(every_tenant_row_is_found_under_its_brand),
        cmocka_unit_test(every_example_of_a_body_is_accepted),
        cmocka_unit_test(every_example_of_an_answer_is_json),
        cmocka_unit_test(the_document_is_whole),
    };
    return cmocka_run_group_tests(tests, build, destroy);
}
