/* Whatever is sent: the right 4xx with words, nothing changed, and before the database is asked for anything but whether somebody may ask. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "api.h"
#include "api/dispatch.h"
#include "api/registry.h"
#include "cast.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/clock.h"
#include "core/config.h"
#include "core/str.h"
#include "pg.h"
#include "platform/db.h"
#include "platform/jwt.h"
#include "rows.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct row_place place;
static const struct api_person *owner;

static int set_up(void **state)
{
    (void)state;
    api_begin();
    rows_begin();
    place = rows_place();
    owner = rows_person(ROLE_OWNER);
    return 0;
}

static void warm(void)
{
    assert_int_equal(api_get(owner, "/api/v1/tasks").status, 200);
}

static void expect_trips(const struct api_reply *r, const char *what, int status, const char *code, unsigned most)
{
    unsigned trips = db_counters(api_worker()->db).round_trips;
    if (r->status != status || strcmp(api_error(r), code) != 0 || api_text(r, "error.message")[0] == 0) {
        fail_msg("%s: not %d %s but %d %.400s", what, status, code, r->status, r->body);
    }
    if (trips > most) {
        fail_msg("%s: the database was asked %u times", what, trips);
    }
}

static void expect(const struct api_reply *r, const char *what, int status, const char *code)
{
    expect_trips(r, what, status, code, status == 401 ? 0 : 1);
}

/* ---- bodies that are none ---- */

struct bad_body {
    const char *what, *text;
    size_t size; /* 0: up to the NUL */
};

static void bodies_that_are_no_json_are_malformed(void **state)
{
    static const struct bad_body bodies[] = {
        { "a word", "word", 0 },
        { "an array", "[]", 0 },
        { "a text", "\"text\"", 0 },
        { "a number", "1", 0 },
        { "null", "null", 0 },
        { "blanks only", "   \n", 0 },
        { "half an object", "{\"title\":", 0 },
        { "single quotes", "{'title':'x'}", 0 },
        { "a comma too many", "{\"title\":\"x\",}", 0 },
        { "something behind", "{\"title\":\"x\"} x", 0 },
        { "two objects", "{}{}", 0 },
        { "a key twice", "{\"title\":\"x\",\"title\":\"y\"}", 0 },
        { "a key twice within", "{\"custom_fields\":{\"a\":1,\"a\":2}}", 0 },
        { "a byte that is no UTF-8", "{\"title\":\"\xff\"}", 0 },
        { "overlong UTF-8", "{\"title\":\"\xc0\xaf\"}", 0 },
        { "half a surrogate pair", "{\"title\":\"\\ud800\"}", 0 },
        { "a surrogate in UTF-8", "{\"title\":\"\xed\xa0\x80\"}", 0 },
        { "U+0000 in a text", "{\"title\":\"a\\u0000b\"}", 0 },
        { "U+0000 in a key", "{\"a\\u0000b\":1}", 0 },
        { "a NUL byte", "{\"title\":\"a\0b\"}", 15 },
        { "a number too large", "{\"estimated_hours\":1e999}", 0 },
        { "a byte order mark", "\xef\xbb\xbf{\"title\":\"x\"}", 0 },
        { "not a number", "{\"estimated_hours\":NaN}", 0 },
    };
    (void)state;
    warm();
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        size_t n = bodies[i].size > 0 ? bodies[i].size : strlen(bodies[i].text);
        struct api_reply r = api_send_bytes(owner, "POST", "/api/v1/tasks", bodies[i].text, n, "application/json");
        expect(&r, bodies[i].what, 400, "malformed_request");
    }
}

static struct api_reply post_nested(int depth)
{
    struct buf b = { 0 };
    buf_str(&b, "{\"custom_fields\":");
    for (int i = 1; i < depth; i++) {
        buf_str(&b, "{\"a\":");
    }
    buf_str(&b, "1");
    for (int i = 1; i < depth; i++) {
        buf_char(&b, '}');
    }
    buf_char(&b, '}');
    struct api_reply r = api_send_bytes(owner, "POST", "/api/v1/tasks", b.data, b.len, "application/json");
    buf_free(&b);
    return r;
}

static void a_body_may_be_32_deep(void **state)
{
    (void)state;
    warm();
    struct api_reply r = post_nested(32);
    expect(&r, "32 deep, and without a title", 422, "validation_failed");
    r = post_nested(33);
    expect(&r, "33 deep", 400, "malformed_request");
    r = post_nested(100000);
    expect(&r, "100,000 deep", 400, "malformed_request");
}

static void a_body_may_have_a_mebibyte(void **state)
{
    (void)state;
    warm();
    size_t limit = (size_t)config_int(CONF_BODY_LIMIT);
    char *body = malloc(limit + 1);
    assert_non_null(body);
    memset(body, ' ', limit + 1);
    body[0] = '{';
    body[limit - 1] = '}';
    struct api_reply r = api_send_bytes(owner, "POST", "/api/v1/tasks", body, limit, "application/json");
    expect(&r, "1 MiB", 422, "validation_failed");
    r = api_send_bytes(owner, "POST", "/api/v1/tasks", body, limit + 1, "application/json");
    expect(&r, "1 MiB and a byte", 413, "payload_too_large");
    free(body);
}

static void only_json_is_taken(void **state)
{
    static const char *const taken[] = { "application/json", "application/json; charset=utf-8", "Application/JSON",
                                         "application/merge-patch+json" };
    static const char *const refused[] = {
        "", "text/plain", "application/jsonx", "application/x-www-form-urlencoded", "multipart/form-data", "application", "json"
    };
    (void)state;
    warm();
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++) {
        struct api_reply r = api_send_bytes(owner, "POST", "/api/v1/tasks", "{}", 2, taken[i]);
        expect(&r, taken[i], 422, "validation_failed");
    }
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct api_reply r = api_send_bytes(owner, "POST", "/api/v1/tasks", "{}", 2, refused[i]);
        expect(&r, refused[i], 415, "unsupported_media_type");
    }
}

/* ---- every field of every row ---- */

#define COMMON "1", "true", "[]", "{}", "\"\\u0001\""

/* JSON that no field of the type takes. */
static const char *const wrong_values[][12] = {
    [SCHEMA_STRING] = { "1", "true", "[]", "{}", "\"a\\u0001b\"", "\"a\\u0085b\"" },
    [SCHEMA_EMAIL] = { COMMON, "\"nobody\"", "\"a@b@c\"", "\"a b@c\"", "\"<a@b>\"" },
    [SCHEMA_ENUM] = { COMMON, "\"no-such-value\"", "\"\"" },
    [SCHEMA_INT] = { "true", "[]", "{}", "\"1\"", "1.5", "9223372036854775807", "-9223372036854775808" },
    [SCHEMA_NUMBER] = { "true", "[]", "{}", "\"1\"", "\"NaN\"" },
    [SCHEMA_BOOL] = { "1", "0", "[]", "{}", "\"true\"" },
    [SCHEMA_UUID] = { COMMON, "\"x\"", "\"0193b2c4-7a10-7c3e-9f21-5d0c8e6a4b1\"",
                      "\"{0193b2c4-7a10-7c3e-9f21-5d0c8e6a4b17}\"" },
    [SCHEMA_TIME] = { COMMON, "\"yesterday\"", "\"2026-02-30T00:00:00Z\"", "\"2026-11-20\"", "\"2026-11-20T23:17:05\"" },
    [SCHEMA_DATE] = { COMMON, "\"yesterday\"", "\"2026-02-30\"", "\"2026-11-20T23:17:05Z\"" },
    [SCHEMA_UUIDS] = { "1", "true", "{}", "\"x\"", "[1]", "[\"x\"]", "[null]", "[[]]" },
    [SCHEMA_STRINGS] = { "1", "true", "{}", "\"x\"", "[1]", "[\"\"]", "[null]", "[\"\\u0001\"]" },
    [SCHEMA_OBJECT] = { "1", "true", "[]", "\"x\"" },
    [SCHEMA_JSON] = { NULL },
    [SCHEMA_ONE] = { NULL },
    [SCHEMA_MANY] = { NULL },
};

static struct api_reply send_with(const struct route *row, const char *field, json_t *value)
{
    json_t *body = json_loads(rows_body(row, &place), 0, NULL);
    assert_int_equal(json_object_set_new(body, field, value), 0);
    char *text = json_dumps(body, JSON_COMPACT);
    json_decref(body);
    struct api_reply r =
        api_send(rows_asker(row, &place), http_method_name(row->method), rows_path(row, &place, false), text, NULL);
    free(text);
    return r;
}

/* 422 that names the field, and the database wasn't asked for it. */
static void expect_named(const struct api_reply *r, const struct route *row, const char *field, const char *value)
{
    const char *what = api_f("%s with %s = %.60s", rows_name(row), field, value);
    expect_trips(r, what, 422, "validation_failed", row->permission == PERM_PUBLIC ? 0 : 1);
    if (json_object_get(api_json(r, "error.field_errors"), field) == NULL) {
        fail_msg("%s: the field isn't named: %s", what, r->body);
    }
}

static int try_field(const struct route *row, const struct field *f)
{
    int tried = 0;
    for (const char *const *v = wrong_values[f->type]; *v != NULL; v++, tried++) {
        struct api_reply r = send_with(row, f->name, json_loads(*v, JSON_DECODE_ANY, NULL));
        expect_named(&r, row, f->name, *v);
    }
    if ((f->flags & FIELD_NULLABLE) == 0) {
        struct api_reply r = send_with(row, f->name, json_null());
        expect_named(&r, row, f->name, "null");
    }
    if (f->type == SCHEMA_STRING && f->max > 0) {
        char *text = malloc((size_t)f->max * 2 + 3);
        assert_non_null(text);
        for (int64_t i = 0; i <= f->max; i++) {
            memcpy(text + i * 2, "\xc3\xa4", 2); /* characters are counted, not bytes */
        }
        text[f->max * 2 + 2] = 0;
        struct api_reply r = send_with(row, f->name, json_string(text));
        expect_named(&r, row, f->name, "too long a text");
        free(text);
    }
    if ((f->flags & FIELD_REQUIRED) != 0 && row->method == HTTP_POST) {
        json_t *body = json_loads(rows_body(row, &place), 0, NULL);
        json_object_del(body, f->name);
        char *text = json_dumps(body, JSON_COMPACT);
        struct api_reply r = api_send(rows_asker(row, &place), "POST", rows_path(row, &place, false), text, NULL);
        expect_named(&r, row, f->name, "nothing");
        json_decref(body);
        free(text);
    }
    return tried;
}

/* Has a body of fields to spoil; that of /auth/refresh is made by signing in, which changes things. */
static bool takes_body(const struct route *row)
{
    bool has_body = row->method != HTTP_GET && row->method != HTTP_DELETE && row->tx != TX_NONE && row->takes == NULL;
    return has_body && strcmp(row->path, "/auth/refresh") != 0;
}

static void every_wrong_value_of_every_field_is_named(void **state)
{
    const struct route *row;
    int tried = 0;
    (void)state;
    warm();
    const char *before = api_f("%s", rows_digest());
    for (int i = 0; (row = registry_route(i, NULL)) != NULL; i++) {
        for (int k = 0; takes_body(row) && row->input != NULL && k < row->input->count; k++) {
            const struct field *f = &row->input->fields[k];
            tried += (f->flags & FIELD_QUERY) == 0 ? try_field(row, f) : 0;
        }
    }
    assert_string_equal(rows_digest(), before);
    assert_true(tried > 200);
}

static void unknown_and_unsettable_fields_are_named(void **state)
{
    static const char *const never[] = { "colour",     "id", "brand_id",  "version", "created_by",
                                         "created_at", "",   "__proto__", "Title" };
    const struct route *row;
    (void)state;
    warm();
    const char *before = api_f("%s", rows_digest());
    for (int i = 0; (row = registry_route(i, NULL)) != NULL; i++) {
        for (size_t k = 0; takes_body(row) && k < sizeof never / sizeof *never; k++) {
            struct api_reply r = send_with(row, never[k], json_string("x"));
            expect_named(&r, row, never[k], "x");
        }
    }
    assert_string_equal(rows_digest(), before);
}

static void wrong_parameters_of_every_row_are_named(void **state)
{
    static const char *const wrong[] = {
        [SCHEMA_UUID] = "x", [SCHEMA_BOOL] = "perhaps", [SCHEMA_INT] = "one", [SCHEMA_ENUM] = "no-such", [SCHEMA_MANY] = NULL,
    };
    const struct route *row;
    int tried = 0;
    (void)state;
    warm();
    for (int i = 0; (row = registry_route(i, NULL)) != NULL; i++) {
        if ((row->flags & ROUTE_RAW) == 0 && strcmp(row->path, "/auth/refresh") != 0) {
            const char *path = api_f("%s?colour=red", rows_path(row, &place, false));
            path = strchr(path, '?') != strrchr(path, '?') ? api_f("%s&colour=red", rows_path(row, &place, false)) : path;
            struct api_reply r =
                api_send(rows_asker(row, &place), http_method_name(row->method), path, rows_body(row, &place), NULL);
            expect_named(&r, row, "colour", "red");
        }
        for (int k = 0; row->input != NULL && k < row->input->count; k++) {
            const struct field *f = &row->input->fields[k];
            if ((f->flags & FIELD_QUERY) != 0 && wrong[f->type] != NULL) {
                const char *path = rows_path(row, &place, false);
                path = api_f("%.*s?%s=%s", (int)strcspn(path, "?"), path, f->name, wrong[f->type]);
                struct api_reply r =
                    api_send(rows_asker(row, &place), http_method_name(row->method), path, rows_body(row, &place), NULL);
                expect_named(&r, row, f->name, wrong[f->type]);
                tried++;
            }
        }
    }
    assert_true(tried > 3);
}

/* ---- whose request it is ---- */

/* Nobody learns what is wrong with a request that they may not make. */
static void who_may_not_ask_is_told_that_first(void **state)
{
    static const struct {
        const char *method, *path, *body;
    } wrong[] = {
        { "POST", "/api/v1/admin/users/bulk", "{\"operations\":[]}" },
        { "POST", "/api/v1/admin/users/bulk", "{\"operations\":7,\"colour\":1}" },
        { "POST", "/api/v1/admin/users/bulk", "{" },
        { "POST", "/api/v1/admin/users", "{}" },
        { "GET", "/api/v1/admin/users?colour=red", NULL },
        { "POST", "/api/v1/brands/%s/users/bulk", "{\"operations\":[]}" },
        { "POST", "/api/v1/brands/%s/users/bulk", "{" },
        { "POST", "/api/v1/brands/%s/users", "{}" },
        { "POST", "/api/v1/brands/%s/users/invite", "{\"email\":7}" },
        { "PATCH", "/api/v1/brands/%s", "{\"name\":7}" },
    };
    (void)state;
    const struct api_person *guest = rows_person(ROLE_GUEST);
    struct api_person gone = api_person("goneasker");
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char path[128];
        const char *at = strstr(wrong[i].path, "%s");
        snprintf(path, sizeof path, "%.*s%s%s", at != NULL ? (int)(at - wrong[i].path) : 127, wrong[i].path,
                 at != NULL ? place.brand.id : "", at != NULL ? at + 2 : "");
        struct api_reply r = api_send(guest, wrong[i].method, path, wrong[i].body, NULL);
        if (r.status != 403 || strcmp(api_error(&r), "permission_denied") != 0) {
            fail_msg("%s %s %s: %d %s", wrong[i].method, path, wrong[i].body, r.status, r.body);
        }
        assert_int_equal(json_object_size(api_json(&r, "error.field_errors")), 0);
    }
    /* Nor from what was cached of the caller before they lost it. */
    struct api_person lost = joined(&place.brand, "admin");
    assert_int_equal(api_get(&lost, api_f("/api/v1/brands/%s", place.brand.id)).status, 200);
    pg_exec("update karara.brand_members set role = 'guest' where user_id = '%s'", lost.id);
    assert_int_equal(api_post(&lost, api_f("/api/v1/brands/%s/users/bulk", place.brand.id), "{\"operations\":[]}").status, 403);
    pg_exec("update karara.brand_members set role = 'admin' where user_id = '%s'", lost.id);
    assert_int_equal(api_post(&lost, api_f("/api/v1/brands/%s/users/bulk", place.brand.id), "{\"operations\":[]}").status, 422);
    pg_exec("update karara.brand_members set expires_at = now() where user_id = '%s'", lost.id);
    assert_int_equal(api_post(&lost, api_f("/api/v1/brands/%s/users/bulk", place.brand.id), "{\"operations\":[]}").status, 404);
    pg_exec("update karara.sessions set revoked_at = now() where user_id = '%s'", gone.id);
    struct api_reply r = api_post(&gone, "/api/v1/brands", "{\"name\":7}");
    assert_int_equal(r.status, 401);
    r = api_patch(&gone, "/api/v1/users/me", "{");
    assert_int_equal(r.status, 401);
}

/* ---- addresses and headers ---- */

static void addresses_that_can_not_be_decoded_are_malformed(void **state)
{
    static const char *const paths[] = { "/api/v1/tasks/%00",        "/api/v1/tasks/%c0%af", "/api/v1/tasks/%zz",
                                         "/api/v1/tasks/%",          "/api/v1/%2f",          "/api/v1/tasks?q=%00",
                                         "/api/v1/tasks?q=%c0%af",   "/api/v1/tasks?q=%",    "/api/v1/tasks?%ff=1",
                                         "/api/v1/tasks?q=%ed%a0%80" };
    (void)state;
    warm();
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        struct api_reply r = api_get(owner, paths[i]);
        expect(&r, paths[i], 400, "malformed_request");
    }
}

static void two_hundred_parameters_are_too_many(void **state)
{
    struct buf b = { 0 };
    (void)state;
    warm();
    buf_str(&b, "/api/v1/tasks?a=1");
    for (int i = 0; i < 199; i++) {
        buf_printf(&b, "&p%d=x", i);
    }
    struct api_reply r = api_get(owner, b.data);
    expect(&r, "200 parameters", 400, "malformed_request");
    buf_free(&b);
}

static void huge_cookies_harm_nobody(void **state)
{
    (void)state;
    char *cookie = malloc(100001);
    assert_non_null(cookie);
    memset(cookie, ';', 100000);
    cookie[100000] = 0;
    struct api_reply r = API_SEND(NULL, "POST", "/api/v1/auth/refresh", "{}", "Cookie", cookie);
    expect(&r, "a cookie of semicolons", 401, "authentication_required");
    memset(cookie, 'x', 100000);
    memcpy(cookie, "__Host-karara=", 14);
    r = API_SEND(NULL, "POST", "/api/v1/auth/refresh", "{}", "Cookie", cookie);
    assert_int_equal(r.status, 401);
    free(cookie);
}

/* ---- tokens ---- */

static const char *encoded(const char *json)
{
    char text[1024];
    str_base64url_encode(json, strlen(json), text);
    return api_f("%s", text);
}

static const char *signed_for(const char *issuer, int64_t from, int64_t to)
{
    const char *own = api_f("%s", config_text(CONF_PUBLIC_URL));
    struct jwt_claims c = { .email = owner->email, .issued_at = from, .expires_at = to };
    assert_true(uuid_parse(owner->id, &c.user_id) && uuid_parse(owner->session_id, &c.session_id));
    assert_true(config_set(CONF_PUBLIC_URL, issuer));
    const char *token = api_f("%s", jwt_sign(api_worker()->arena, &c));
    assert_true(config_set(CONF_PUBLIC_URL, own));
    return token;
}

static void tokens_that_are_not_ours_are_invalid(void **state)
{
    int64_t now = clock_now() / 1000000;
    char long_token[5001];
    (void)state;
    memset(long_token, 'a', 5000);
    long_token[5000] = 0;
    const char *good = owner->token, *dot = strchr(good, '.'), *last = strrchr(good, '.');
    const char *claims = api_f("%.*s", (int)(last - dot - 1), dot + 1);
    char *flipped = strdup(good);
    flipped[strlen(flipped) - 5] = flipped[strlen(flipped) - 5] == 'A' ? 'B' : 'A';
    const char *const tokens[] = {
        "",
        "x",
        ".",
        "..",
        "a.b.c",
        "...",
        long_token,
        flipped,
        api_f("%sA", good),
        api_f("%.*s.", (int)(last - good), good),
        api_f("%s.%s.", encoded("{\"alg\":\"none\",\"typ\":\"JWT\"}"), claims),
        api_f("%s.%s.%s", encoded("{\"alg\":\"none\",\"typ\":\"JWT\"}"), claims, last + 1),
        api_f("%s.%s.%s", encoded("{\"alg\":\"RS256\",\"typ\":\"JWT\"}"), claims, last + 1),
        api_f("%s.%s.%s", encoded("{\"alg\":\"HS512\",\"typ\":\"JWT\"}"), claims, last + 1),
        api_f("%s.%s.%s", encoded("{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"other\"}"), claims, last + 1),
        signed_for("https://elsewhere.example", now, now + 900),
        signed_for(config_text(CONF_PUBLIC_URL), now + 600, now + 900),
    };
    for (size_t i = 0; i < sizeof tokens / sizeof *tokens; i++) {
        struct api_reply r = API_SEND(NULL, "GET", "/api/v1/users/me", NULL, "Authorization", api_f("Bearer %s", tokens[i]));
        expect(&r, api_f("token %.60s", tokens[i]), 401, "invalid_token");
        assert_non_null(strstr(api_header(&r, "WWW-Authenticate"), "invalid_token"));
    }
    free(flipped);
    struct api_reply r = API_SEND(NULL, "GET", "/api/v1/users/me", NULL, "Authorization",
                                  api_f("Bearer %s", signed_for(config_text(CONF_PUBLIC_URL), now - 901, now - 1)));
    expect(&r, "a token of yesterday", 401, "token_expired");
    r = API_SEND(NULL, "GET", "/api/v1/users/me", NULL, "Authorization", "Basic YTpi");
    expect(&r, "another scheme", 401, "authentication_required");
    r = API_SEND(NULL, "GET", "/api/v1/users/me", NULL, "Authorization", api_f("bearer %s", good));
    assert_int_equal(r.status, 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bodies_that_are_no_json_are_malformed),
        cmocka_unit_test(a_body_may_be_32_deep),
        cmocka_unit_test(a_body_may_have_a_mebibyte),
        cmocka_unit_test(only_json_is_taken),
        cmocka_unit_test(every_wrong_value_of_every_field_is_named),
        cmocka_unit_test(unknown_and_unsettable_fields_are_named),
        cmocka_unit_test(wrong_parameters_of_every_row_are_named),
        cmocka_unit_test(who_may_not_ask_is_told_that_first),
        cmocka_unit_test(addresses_that_can_not_be_decoded_are_malformed),
        cmocka_unit_test(two_hundred_parameters_are_too_many),
        cmocka_unit_test(huge_cookies_harm_nobody),
        cmocka_unit_test(tokens_that_are_not_ours_are_invalid),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
