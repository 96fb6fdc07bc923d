/* From method and path to the row, over rows of this test's own. */
#include "api/registry.h"
#include "api/router.h"
#include "core/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ROW(verb, address, bits)                                                                                               \
    {                                                                                                                          \
        .method = HTTP_##verb, .path = (address), .flags = (bits), .summary = #verb " " address                                \
    }

static const struct route task_rows[] = {
    ROW(GET, "/tasks", ROUTE_TENANT),
    ROW(POST, "/tasks", ROUTE_TENANT),
    ROW(GET, "/tasks/{id}", ROUTE_TENANT),
    ROW(PATCH, "/tasks/{task_id}", ROUTE_TENANT),
    ROW(POST, "/tasks/bulk", ROUTE_TENANT),
    ROW(POST, "/tasks/{id}/assign", ROUTE_TENANT),
    ROW(GET, "/tasks/bulk/report", ROUTE_TENANT),
};
static const struct route user_rows[] = {
    ROW(GET, "/users/me", 0),
    ROW(GET, "/users/{id}", 0),
    ROW(DELETE, "/users/{id}", 0),
    ROW(GET, "/users", ROUTE_TENANT),
    ROW(GET, "/brands", 0),
    ROW(GET, "/brands/{brand_id}", ROUTE_TENANT),
    ROW(GET, "/brands/{brand_id}/users", ROUTE_TENANT),
    ROW(PATCH, "/brands/{brand_id}/users/{user_id}", ROUTE_TENANT),
    ROW(GET, "/openapi.json", 0),
};
static const struct route_table tasks = ROUTE_TABLE("tasks", task_rows), users = ROUTE_TABLE("users", user_rows);
const struct route_table *const registry_tables[] = { &tasks, &users, NULL };

static struct arena *a;
static struct router_match match;

static int build(void **state)
{
    (void)state;
    a = arena_create(1 << 20);
    router_build();
    return 0;
}

static int destroy(void **state)
{
    (void)state;
    arena_destroy(a);
    return 0;
}

/* The summary of the row that is found, or what is said instead. */
static const char *found(enum http_method method, const char *path)
{
    static const char *const others[] = { "", "no path", "no method", "bad path" };
    memset(&match, 0, sizeof match);
    enum router_verdict v = router_find(a, method, path, &match);
    return v == ROUTER_FOUND ? match.route->summary : others[v];
}

static const char *param(const char *name)
{
    for (int i = 0; i < match.param_count; i++) {
        if (strcmp(match.params[i].name, name) == 0) {
            return match.params[i].value;
        }
    }
    return NULL;
}

static void prefixes_and_one_trailing_slash_mean_nothing(void **state)
{
    static const char *const same[] = {
        "/tasks", "/api/tasks", "/api/v1/tasks", "/api/v1/tasks/", "/tasks/", "/%61pi/v1/tasks"
    };
    (void)state;
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        assert_string_equal(found(HTTP_GET, same[i]), "GET /tasks");
    }
    assert_string_equal(match.domain, "tasks");
    assert_string_equal(found(HTTP_GET, "/api/v1/openapi.json"), "GET /openapi.json");
    assert_string_equal(found(HTTP_GET, "/openapi.json"), "GET /openapi.json");
}

static void other_shapes_are_no_path(void **state)
{
    static const char *const wrong[] = { "",
                                         "/",
                                         "/api",
                                         "/api/v1",
                                         "/api/",
                                         "tasks",
                                         "/v1/tasks",
                                         "/api/v2/tasks",
                                         "/apix/tasks",
                                         "/tasks//",
                                         "//tasks",
                                         "/tasks//x/assign",
                                         "/tasks/x/y",
                                         "/api/api/tasks",
                                         "/api/v1/v1/tasks",
                                         "/TASKS",
                                         "/tasks/x/assign/y",
                                         "/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q/r",
                                         "*",
                                         "http://x/tasks" };
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_string_equal(found(HTTP_GET, wrong[i]), "no path");
    }
}

static void literals_win_over_parameters(void **state)
{
    (void)state;
    assert_string_equal(found(HTTP_GET, "/users/me"), "GET /users/me");
    assert_int_equal(match.param_count, 0);
    assert_string_equal(found(HTTP_GET, "/users/my"), "GET /users/{id}");
    assert_string_equal(found(HTTP_POST, "/tasks/bulk"), "POST /tasks/bulk");
    assert_string_equal(found(HTTP_GET, "/tasks/bulk/report"), "GET /tasks/bulk/report");
}

static void a_literal_that_leads_nowhere_gives_way(void **state)
{
    (void)state;
    assert_string_equal(found(HTTP_POST, "/tasks/bulk/assign"), "POST /tasks/{id}/assign");
    assert_string_equal(param("id"), "bulk");
}

static void a_method_of_the_parameter_is_none_of_the_literal(void **state)
{
    (void)state;
    assert_string_equal(found(HTTP_DELETE, "/users/me"), "no method");
    assert_int_equal(match.allowed, 1u << HTTP_GET | 1u << HTTP_HEAD);
}

static void parameters_are_named_as_their_own_row_does(void **state)
{
    (void)state;
    assert_string_equal(found(HTTP_GET, "/tasks/abc"), "GET /tasks/{id}");
    assert_string_equal(param("id"), "abc");
    assert_null(param("task_id"));
    assert_string_equal(found(HTTP_PATCH, "/tasks/abc"), "PATCH /tasks/{task_id}");
    assert_string_equal(param("task_id"), "abc");
    assert_null(param("id"));
}

static void tenant_rows_answer_under_their_brand(void **state)
{
    (void)state;
    assert_string_equal(found(HTTP_GET, "/api/v1/brands/north/tasks/abc"), "GET /tasks/{id}");
    assert_int_equal(match.param_count, 2);
    assert_string_equal(param("brand_id"), "north");
    assert_string_equal(param("id"), "abc");
    assert_string_equal(found(HTTP_POST, "/brands/north/tasks/bulk"), "POST /tasks/bulk");
    assert_string_equal(found(HTTP_GET, "/brands/north/users/me"), "no method");
    assert_string_equal(found(HTTP_GET, "/brands/north/brands/north"), "no path");
    assert_string_equal(found(HTTP_GET, "/brands/north/openapi.json"), "no path");
}

static void a_row_that_names_the_brand_itself_wins_over_a_brand_address(void **state)
{
    (void)state;
    assert_string_equal(found(HTTP_GET, "/brands/north/users"), "GET /brands/{brand_id}/users");
    assert_string_equal(param("brand_id"), "north");
    assert_string_equal(found(HTTP_PATCH, "/brands/north/users/u"), "PATCH /brands/{brand_id}/users/{user_id}");
    assert_string_equal(param("user_id"), "u");
    assert_string_equal(found(HTTP_GET, "/users"), "GET /users");
}

static void head_finds_get_and_other_methods_are_told_what_is_allowed(void **state)
{
    (void)state;
    assert_string_equal(found(HTTP_HEAD, "/tasks/abc"), "GET /tasks/{id}");
    assert_string_equal(found(HTTP_DELETE, "/tasks"), "no method");
    assert_int_equal(match.allowed, 1u << HTTP_GET | 1u << HTTP_HEAD | 1u << HTTP_POST);
    assert_string_equal(found(HTTP_OTHER, "/tasks"), "no method");
    assert_string_equal(found(HTTP_OPTIONS, "/tasks"), "no method");
    assert_string_equal(found(HTTP_HEAD, "/tasks/bulk"), "no method");
    assert_int_equal(match.allowed, 1u << HTTP_POST);
}

static void segments_are_decoded_one_by_one(void **state)
{
    (void)state;
    assert_string_equal(found(HTTP_GET, "/brands/n%C3%B6rd+1/tasks"), "GET /tasks");
    assert_string_equal(param("brand_id"), "nörd+1");
    assert_string_equal(found(HTTP_GET, "/%74asks"), "GET /tasks");
    assert_string_equal(found(HTTP_GET, "/tasks/%7Bid%7D"), "GET /tasks/{id}");
    assert_string_equal(param("id"), "{id}");
}

static void escapes_that_hide_something_are_refused(void **state)
{
    static const char *const bad[] = { "/tasks/a%2Fb", "/tasks/a%2fb", "/tasks/%00",  "/tasks/%",      "/tasks/%4",
                                       "/tasks/%zz",   "/tasks/%ff",   "/tasks/\xff", "/tasks/%c0%af", "/tasks/%ed%a0%80" };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_string_equal(found(HTTP_GET, bad[i]), "bad path");
    }
    assert_string_equal(found(HTTP_GET, "/tasks/.."), "GET /tasks/{id}");
    assert_string_equal(param("id"), "..");
}

static void building_again_finds_the_same(void **state)
{
    (void)state;
    router_build();
    assert_string_equal(found(HTTP_GET, "/brands/north/tasks/abc"), "GET /tasks/{id}");
}

static void one_shape_is_one_address_whatever_its_parameters_are_called(void **state)
{
    (void)state;
    assert_true(router_same_shape("/a/{id}/b", "/a/{brand_id}/b"));
    assert_true(router_same_shape("/a", "/a"));
    assert_false(router_same_shape("/a/{id}", "/a/b"));
    assert_false(router_same_shape("/a/{id}", "/a/{id}/b"));
    assert_false(router_same_shape("/a", "/ab"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prefixes_and_one_trailing_slash_mean_nothing),
        cmocka_unit_test(other_shapes_are_no_path),
        cmocka_unit_test(literals_win_over_parameters),
        cmocka_unit_test(a_literal_that_leads_nowhere_gives_way),
        cmocka_unit_test(a_method_of_the_parameter_is_none_of_the_literal),
        cmocka_unit_test(parameters_are_named_as_their_own_row_does),
        cmocka_unit_test(tenant_rows_answer_under_their_brand),
        cmocka_unit_test(a_row_that_names_the_brand_itself_wins_over_a_brand_address),
        cmocka_unit_test(head_finds_get_and_other_methods_are_told_what_is_allowed),
        cmocka_unit_test(segments_are_decoded_one_by_one),
        cmocka_unit_test(escapes_that_hide_something_are_refused),
        cmocka_unit_test(building_again_finds_the_same),
        cmocka_unit_test(one_shape_is_one_address_whatever_its_parameters_are_called),
    };
    return cmocka_run_group_tests(tests, build, destroy);
}
