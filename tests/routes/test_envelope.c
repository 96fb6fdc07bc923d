/* What all answers have in common: envelope, tags, preconditions, methods, addresses, other origins. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "api.h"
#include "core/clock.h"
#include "core/config.h"
#include "pg.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct api_person ada, eve; /* eve belongs to no brand */
static struct api_brand demo, second;
static char task[UUID_TEXT_SIZE];

static int set_up(void **state)
{
    (void)state;
    api_begin();
    ada = api_person("ada");
    eve = api_person("eve");
    second = api_brand("second", &ada);
    demo = api_brand("demo", &ada);
    struct uuid id = api_task(&demo, &ada, "Write the story");
    uuid_format(&id, task);
    return 0;
}

static const char *task_path(void)
{
    return api_f("/api/v1/tasks/%s", task);
}

static const char *tag_now(void)
{
    struct api_reply r = api_get(&ada, task_path());
    return api_header(&r, "ETag");
}

static void assert_error(const struct api_reply *r, int status, const char *code)
{
    assert_int_equal(r->status, status);
    assert_string_equal(api_error(r), code);
}

/* ---- the envelope ---- */

static void the_request_id_stands_in_header_and_body(void **state)
{
    (void)state;
    struct api_reply good = api_get(&ada, task_path()), bad = api_get(&ada, "/api/v1/nothing");
    assert_string_equal(api_header(&good, "X-Request-ID"), api_text(&good, "request_id"));
    assert_string_equal(api_header(&bad, "X-Request-ID"), api_text(&bad, "request_id"));
    assert_string_not_equal(api_text(&good, "request_id"), api_text(&bad, "request_id"));
}

static void the_timestamp_is_now(void **state)
{
    int64_t told = 0;
    (void)state;
    struct api_reply r = api_get(&ada, task_path());
    assert_true(clock_parse(api_text(&r, "timestamp"), &told));
    assert_true(llabs(clock_now() - told) < 60000000);
    assert_true(json_is_true(api_json(&r, "success")));
    assert_true(json_is_null(api_json(&r, "message")));
}

static void errors_come_as_problem_documents_when_asked(void **state)
{
    (void)state;
    struct api_reply r = API_SEND(&ada, "POST", "/api/v1/tasks", "{\"title\":\"\",\"colour\":1}", "Accept",
                                  "application/problem+json, application/json");
    assert_int_equal(r.status, 422);
    assert_string_equal(api_header(&r, "Content-Type"), "application/problem+json");
    assert_int_equal(api_number(&r, "status"), 422);
    assert_string_equal(api_text(&r, "code"), "validation_failed");
    assert_non_null(api_json(&r, "field_errors.title.0"));
    assert_non_null(api_json(&r, "field_errors.colour.0"));
    assert_true(api_text(&r, "type")[0] != 0 && api_text(&r, "title")[0] != 0 && api_text(&r, "detail")[0] != 0);
    assert_string_equal(api_text(&r, "request_id"), api_header(&r, "X-Request-ID"));
}

static void answers_are_not_kept_by_caches_in_between(void **state)
{
    (void)state;
    struct api_reply one = api_get(&ada, task_path()), many = api_get(&ada, "/api/v1/tasks"),
                     wrong = api_get(&ada, "/api/v1/nothing");
    struct api_reply tokens = api_post(&ada, api_f("/api/v1/brands/%s/switch", demo.slug), "{}");
    assert_string_equal(api_header(&one, "Cache-Control"), "private, no-cache");
    assert_string_equal(api_header(&many, "Cache-Control"), "no-store");
    assert_string_equal(api_header(&wrong, "Cache-Control"), "no-store");
    assert_int_equal(tokens.status, 200);
    assert_string_equal(api_header(&tokens, "Cache-Control"), "no-store");
    assert_string_equal(api_header(&one, "X-Content-Type-Options"), "nosniff");
}

/* ---- tags ---- */

static void a_known_tag_is_answered_with_304(void **state)
{
    (void)state;
    const char *tag = tag_now();
    const char *const known[] = {
        tag, api_f("W/%s", tag), "*", api_f("\"v900\", %s", tag), api_f("\"x\",W/%s,\"y\"", tag), api_f("  %s  ", tag)
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        struct api_reply r = API_SEND(&ada, "GET", task_path(), NULL, "If-None-Match", known[i]);
        assert_int_equal(r.status, 304);
        assert_int_equal(r.body_size, 0);
        assert_string_equal(api_header(&r, "ETag"), tag);
        struct api_reply head = API_SEND(&ada, "HEAD", task_path(), NULL, "If-None-Match", known[i]);
        assert_int_equal(head.status, 304);
    }
    const char *const unknown[] = { "\"v900\"", "v1", "", "\"v1", "W/", "\"\"", api_f("\"x%s", tag + 1) };
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) {
        assert_int_equal(API_SEND(&ada, "GET", task_path(), NULL, "If-None-Match", unknown[i]).status, 200);
    }
}

static void the_tag_is_the_version_and_changes_with_it(void **state)
{
    (void)state;
    struct api_reply before = api_get(&ada, task_path());
    assert_string_equal(api_header(&before, "ETag"), api_f("\"v%lld\"", api_number(&before, "data.version")));
    struct api_reply changed = api_patch(&ada, task_path(), "{\"title\":\"Changed\"}");
    assert_int_equal(api_number(&changed, "data.version"), api_number(&before, "data.version") + 1);
    assert_string_equal(api_header(&changed, "ETag"), api_f("\"v%lld\"", api_number(&changed, "data.version")));
    struct api_reply after = API_SEND(&ada, "GET", task_path(), NULL, "If-None-Match", api_header(&before, "ETag"));
    assert_int_equal(after.status, 200);
}

static void a_snapshot_has_a_tag_too(void **state)
{
    (void)state;
    const char *path = api_f("/api/v1/boards/%s/snapshot", demo.board_id);
    struct api_reply r = api_get(&ada, path);
    assert_int_equal(API_SEND(&ada, "GET", path, NULL, "If-None-Match", api_header(&r, "ETag")).status, 304);
    api_patch(&ada, task_path(), "{\"priority\":\"low\"}");
    assert_int_equal(API_SEND(&ada, "GET", path, NULL, "If-None-Match", api_header(&r, "ETag")).status, 200);
}

/* ---- preconditions ---- */

static void a_change_to_another_version_is_refused_with_what_is_there(void **state)
{
    (void)state;
    const char *old = tag_now();
    struct api_reply right = API_SEND(&ada, "PATCH", task_path(), "{\"title\":\"Second\"}", "If-Match", old);
    assert_int_equal(right.status, 200);
    const char *const methods[][2] = { { "PATCH", "{\"title\":\"Third\"}" },
                                       { "PUT", "{\"title\":\"Third\"}" },
                                       { "DELETE", NULL } };
    for (size_t i = 0; i < 3; i++) {
        struct api_reply r = API_SEND(&ada, methods[i][0], task_path(), methods[i][1], "If-Match", old);
        assert_error(&r, 412, "version_mismatch");
        assert_string_equal(api_text(&r, "error.details.current.title"), "Second");
        assert_int_equal(api_number(&r, "error.details.current.version"), api_number(&right, "data.version"));
        assert_string_equal(api_text(&r, "error.details.current.id"), task);
    }
    struct api_reply now = api_get(&ada, task_path());
    assert_string_equal(api_text(&now, "data.title"), "Second");
}

static void weak_tags_and_any_are_taken_in_if_match(void **state)
{
    (void)state;
    assert_int_equal(API_SEND(&ada, "PATCH", task_path(), "{\"title\":\"A\"}", "If-Match", api_f("W/%s", tag_now())).status,
                     200);
    assert_int_equal(API_SEND(&ada, "PATCH", task_path(), "{\"title\":\"B\"}", "If-Match", "*").status, 200);
}

static void an_if_match_that_is_no_tag_of_ours_is_named(void **state)
{
    const char *const tags[] = { "v1", "\"1\"", "\"v\"", "\"v0\"", "\"v-1\"", "\"v99999999999\"", "\"vx\"", "" };
    (void)state;
    for (size_t i = 0; i < sizeof tags / sizeof *tags; i++) {
        struct api_reply r = API_SEND(&ada, "PATCH", task_path(), "{\"title\":\"C\"}", "If-Match", tags[i]);
        assert_error(&r, 422, "validation_failed");
        assert_non_null(api_json(&r, "error.field_errors.If-Match.0"));
    }
}

static void a_brand_may_insist_on_if_match(void **state)
{
    (void)state;
    struct api_reply set = api_patch(&ada, api_f("/api/v1/brands/%s", demo.id), "{\"settings\":{\"require_if_match\":true}}");
    assert_int_equal(set.status, 200);
    struct api_reply r = api_patch(&ada, task_path(), "{\"title\":\"D\"}");
    assert_error(&r, 428, "precondition_required");
    r = api_delete(&ada, task_path());
    assert_error(&r, 428, "precondition_required");
    r = API_SEND(&ada, "PATCH", task_path(), "{\"title\":\"D\"}", "If-Match", "*");
    assert_error(&r, 428, "precondition_required");
    r = API_SEND(&ada, "PATCH", task_path(), "{\"title\":\"D\"}", "If-Match", tag_now());
    assert_int_equal(r.status, 200);
    r = api_post(&ada, "/api/v1/tasks", api_f("{\"board_id\":\"%s\",\"title\":\"New\"}", demo.board_id));
    assert_int_equal(r.status, 201); /* nothing is there to match */
    set = API_SEND(&ada, "PATCH", api_f("/api/v1/brands/%s", demo.id), "{\"settings\":{\"require_if_match\":null}}", "If-Match",
                   api_header(&set, "ETag"));
    assert_int_equal(set.status, 200);
    assert_int_equal(api_patch(&ada, task_path(), "{\"title\":\"E\"}").status, 200);
}

/* ---- methods ---- */

static void put_is_a_merge_patch_too(void **state)
{
    (void)state;
    struct api_reply patched = api_patch(&ada, task_path(), "{\"title\":\"F\",\"due_at\":\"2026-11-20T23:17:05Z\"}");
    assert_string_equal(api_text(&patched, "data.due_at"), "2026-11-20T23:17:05Z");
    struct api_reply put = api_send(&ada, "PUT", task_path(), "{\"title\":\"G\"}", NULL);
    assert_int_equal(put.status, 200);
    assert_string_equal(api_text(&put, "data.due_at"), "2026-11-20T23:17:05Z");
    put = api_send(&ada, "PUT", task_path(), "{\"due_at\":null}", NULL);
    assert_string_equal(api_text(&put, "data.title"), "G");
    assert_true(json_is_null(api_json(&put, "data.due_at")));
}

static void head_answers_like_get(void **state)
{
    (void)state;
    struct api_reply get = api_get(&ada, task_path()), head = api_send(&ada, "HEAD", task_path(), NULL, NULL);
    assert_int_equal(head.status, 200);
    assert_string_equal(api_header(&head, "ETag"), api_header(&get, "ETag"));
    assert_string_equal(api_header(&head, "Content-Type"), api_header(&get, "Content-Type"));
    assert_int_equal(api_send(&ada, "HEAD", "/api/v1/nothing", NULL, NULL).status, 404);
    assert_int_equal(api_send(NULL, "HEAD", task_path(), NULL, NULL).status, 401);
}

static void a_method_that_is_not_taken_is_405_with_those_that_are(void **state)
{
    static const char *const cases[][3] = {
        { "POST", "/api/v1/users/me", "OPTIONS, GET, PUT, PATCH, DELETE, HEAD" },
        { "GET", "/api/v1/auth/login", "OPTIONS, POST" },
        { "HEAD", "/api/v1/auth/login", "OPTIONS, POST" },
        { "DELETE", "/api/v1/tasks", "OPTIONS, GET, POST, HEAD" },
        { "TRACE", "/api/v1/tasks", "OPTIONS, GET, POST, HEAD" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct api_reply r = api_send(&ada, cases[i][0], cases[i][1], NULL, NULL);
        assert_error(&r, 405, "method_not_allowed");
        assert_string_equal(api_header(&r, "Allow"), cases[i][2]);
    }
}

/* ---- addresses ---- */

static void an_address_may_be_written_in_several_ways(void **state)
{
    static const char *const ways[][2] = {
        { "/api/v1/tasks/", "" }, { "/api/v1/tasks/", "/" },  { "/api/tasks/", "" },
        { "/api/tasks/", "/" },   { "/api/v1/%74asks/", "" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        struct api_reply r = api_get(&ada, api_f("%s%s%s", ways[i][0], task, ways[i][1]));
        assert_int_equal(r.status, 200);
        assert_string_equal(api_text(&r, "data.id"), task);
    }
}

static void what_is_not_there_is_404_in_the_envelope(void **state)
{
    const char *const paths[] = { "/",
                                  "/api",
                                  "/api/v1",
                                  "/api/v2/tasks",
                                  "/api/v1/nothing",
                                  "/api/v1/tasks/x",
                                  "/api/v1//tasks",
                                  "/api/v1/tasks/00000000-0000-0000-0000-00000000000",
                                  "/api/v1/tasks/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q",
                                  "/api/v1/brands/No%20Slug/tasks",
                                  "/api/v1/tasks/01a1fbe1-d1e0-7119-babd-56047d029eb7" };
    (void)state;
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        struct api_reply r = api_get(&ada, paths[i]);
        assert_error(&r, 404, "not_found");
        assert_string_equal(api_header(&r, "Content-Type"), "application/json");
    }
}

static void the_brand_is_named_by_path_header_or_token_in_this_order(void **state)
{
    (void)state;
    struct api_reply r = api_get(&ada, task_path()); /* the token's */
    assert_int_equal(r.status, 200);
    assert_int_equal(api_get(&ada, api_f("/api/v1/brands/%s/tasks/%s", demo.id, task)).status, 200);
    assert_int_equal(api_get(&ada, api_f("/api/v1/brands/%s/tasks/%s", demo.slug, task)).status, 200);
    assert_int_equal(API_SEND(&ada, "GET", task_path(), NULL, "X-Brand-ID", demo.id).status, 200);
    assert_int_equal(API_SEND(&ada, "GET", task_path(), NULL, "X-Brand-ID", demo.slug).status, 200);
    assert_int_equal(API_SEND(&ada, "GET", task_path(), NULL, "X-Brand-ID", second.id).status, 404);
    assert_int_equal(
        API_SEND(&ada, "GET", api_f("/api/v1/brands/%s/tasks/%s", demo.id, task), NULL, "X-Brand-ID", second.id).status, 200);
    assert_int_equal(api_get(&ada, api_f("/api/v1/brands/%s/tasks/%s", second.slug, task)).status, 404);
    assert_int_equal(API_SEND(&ada, "GET", task_path(), NULL, "X-Brand-ID", "nowhere").status, 404);
    assert_int_equal(API_SEND(&ada, "GET", task_path(), NULL, "X-Brand-ID", "Not a slug!").status, 404);
}

static void without_a_brand_the_header_is_asked_for(void **state)
{
    (void)state;
    struct api_reply r = api_get(&eve, "/api/v1/tasks");
    assert_error(&r, 422, "validation_failed");
    assert_non_null(api_json(&r, "error.field_errors.X-Brand-ID.0"));
}

static void what_is_made_says_where_it_is(void **state)
{
    (void)state;
    struct api_reply r = api_post(&ada, "/api/v1/teams", "{\"name\":\"Painters\"}");
    assert_int_equal(r.status, 201);
    struct api_reply there = api_get(&ada, api_header(&r, "Location"));
    assert_int_equal(there.status, 200);
    assert_string_equal(api_text(&there, "data.name"), "Painters");
}

static void the_documents_of_the_api_can_be_read_by_anybody(void **state)
{
    static const char *const paths[][2] = {
        { "/api/v1/openapi.json", "application/json" },
        { "/api/v1/docs", "text/html" },
        { "/api/v1/docs/docs.css", "text/css" },
        { "/api/v1/docs/docs.js", "javascript" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        struct api_reply r = api_get(NULL, paths[i][0]);
        assert_int_equal(r.status, 200);
        assert_true(r.body_size > 500);
        assert_non_null(strstr(api_header(&r, "Content-Type"), paths[i][1]));
    }
    struct api_reply r = api_get(NULL, "/api/v1/openapi.json");
    assert_string_equal(json_string_value(json_object_get(r.json, "openapi")), "3.1.0");
}

/* ---- other origins ---- */

static void other_origins_are_allowed_when_configured(void **state)
{
    (void)state;
    assert_true(config_set(CONF_CORS_ORIGINS, "https://app.example https://other.example"));
    struct api_reply r =
        API_SEND(NULL, "OPTIONS", task_path(), NULL, "Origin", "https://app.example", "Access-Control-Request-Method", "PATCH");
    assert_int_equal(r.status, 204);
    assert_int_equal(r.body_size, 0);
    assert_string_equal(api_header(&r, "Access-Control-Allow-Origin"), "https://app.example");
    assert_string_equal(api_header(&r, "Access-Control-Allow-Credentials"), "true");
    assert_non_null(strstr(api_header(&r, "Access-Control-Allow-Methods"), "PATCH"));
    assert_non_null(strstr(api_header(&r, "Access-Control-Allow-Headers"), "Idempotency-Key"));
    r = API_SEND(&ada, "GET", task_path(), NULL, "Origin", "https://other.example");
    assert_int_equal(r.status, 200);
    assert_string_equal(api_header(&r, "Access-Control-Allow-Origin"), "https://other.example");
    assert_non_null(strstr(api_header(&r, "Access-Control-Expose-Headers"), "ETag"));
    assert_string_equal(api_header(&r, "Vary"), "Origin");
    r = API_SEND(NULL, "GET", task_path(), NULL, "Origin", "https://app.example");
    assert_int_equal(r.status, 401); /* errors can be read there too */
    assert_string_equal(api_header(&r, "Access-Control-Allow-Origin"), "https://app.example");
    assert_true(config_set(CONF_CORS_ORIGINS, ""));
}

static void no_other_origin_is_allowed(void **state)
{
    const char *const origins[] = {
        "https://evil.example", "null", "https://app.example.evil.example", "https://app.exampl", "http://app.example", "*", ""
    };
    (void)state;
    for (int configured = 0; configured < 2; configured++) {
        assert_true(config_set(CONF_CORS_ORIGINS, configured ? "https://app.example" : ""));
        for (size_t i = 0; i < sizeof origins / sizeof *origins; i++) {
            struct api_reply r = API_SEND(NULL, "OPTIONS", task_path(), NULL, "Origin", origins[i]);
            assert_null(api_header(&r, "Access-Control-Allow-Origin"));
            r = API_SEND(&ada, "GET", task_path(), NULL, "Origin", origins[i]);
            assert_int_equal(r.status, 200);
            assert_null(api_header(&r, "Access-Control-Allow-Origin"));
        }
    }
    assert_true(config_set(CONF_CORS_ORIGINS, ""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_request_id_stands_in_header_and_body),
        cmocka_unit_test(the_timestamp_is_now),
        cmocka_unit_test(errors_come_as_problem_documents_when_asked),
        cmocka_unit_test(answers_are_not_kept_by_caches_in_between),
        cmocka_unit_test(a_known_tag_is_answered_with_304),
        cmocka_unit_test(the_tag_is_the_version_and_changes_with_it),
        cmocka_unit_test(a_snapshot_has_a_tag_too),
        cmocka_unit_test(a_change_to_another_version_is_refused_with_what_is_there),
        cmocka_unit_test(weak_tags_and_any_are_taken_in_if_match),
        cmocka_unit_test(an_if_match_that_is_no_tag_of_ours_is_named),
        cmocka_unit_test(a_brand_may_insist_on_if_match),
        cmocka_unit_test(put_is_a_merge_patch_too),
        cmocka_unit_test(head_answers_like_get),
        cmocka_unit_test(a_method_that_is_not_taken_is_405_with_those_that_are),
        cmocka_unit_test(an_address_may_be_written_in_several_ways),
        cmocka_unit_test(what_is_not_there_is_404_in_the_envelope),
        cmocka_unit_test(the_brand_is_named_by_path_header_or_token_in_this_order),
        cmocka_unit_test(without_a_brand_the_header_is_asked_for),
        cmocka_unit_test(what_is_made_says_where_it_is),
        cmocka_unit_test(the_documents_of_the_api_can_be_read_by_anybody),
        cmocka_unit_test(other_origins_are_allowed_when_configured),
        cmocka_unit_test(no_other_origin_is_allowed),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
