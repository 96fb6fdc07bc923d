/* test_branding.c - a brand's own look: logo, host names, and the features of its plan. */
#include "api/dispatch.h"
#include "cast.h"
#include "core/config.h"
#include "pg.h"
#include "rows.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct api_person owner, root;
static struct api_brand brand;
static int serial;

static int begin(void **state)
{
    (void)state;
    api_begin();
    config_set(CONF_PUBLIC_URL, "https://karara.example:8443/"); /* issues tokens, too */
    root = api_person("root");
    pg_exec("update karara.users set platform_role = 'admin' where id = '%s'", root.id);
    return 0;
}

static int fresh_brand(void **state)
{
    (void)state;
    serial++;
    owner = api_person(api_f("owner%d", serial));
    brand = api_brand(api_f("look-%d", serial), &owner);
    return 0;
}

static const char *logo_path(void)
{
    return api_f("/api/v1/brands/%s/logo", brand.id);
}

static struct api_reply put(const char *body)
{
    return api_send(&owner, "PUT", logo_path(), body, NULL);
}

static struct api_reply put_bytes(const void *bytes, size_t n, const char *type)
{
    return api_send_bytes(&owner, "PUT", logo_path(), bytes, n, type);
}

static struct api_reply rule(const char *body)
{
    return api_patch(&root, api_f("/api/v1/admin/brands/%s", brand.id), body);
}

static struct api_reply branding(const char *host)
{
    return API_SEND(NULL, "GET", "/api/v1/branding", NULL, "Host", host);
}

static const char *domain(const char *name)
{
    return api_f("%s%d.example", name, serial);
}

/* ---- logos ---- */

static void a_logo_is_kept_as_it_came_and_has_an_address_for_ever(void **state)
{
    (void)state;
    struct api_reply r = put(ROWS_PICTURE);
    assert_int_equal(r.status, 200);
    assert_string_equal(api_text(&r, "data.logo_url"), "/api/v1/logos/" ROWS_PICTURE_DIGEST);
    assert_int_equal(api_number(&r, "data.width"), 32);
    assert_int_equal(api_number(&r, "data.height"), 24);
    assert_int_equal(api_number(&r, "data.version"), 2);
    struct api_reply mine = api_get(&owner, logo_path()), theirs = api_get(NULL, "/api/v1/logos/" ROWS_PICTURE_DIGEST);
    assert_int_equal(mine.status, 200);
    assert_int_equal(theirs.status, 200);
    assert_int_equal(mine.body_size, api_number(&r, "data.size"));
    assert_int_equal(theirs.body_size, mine.body_size);
    assert_memory_equal(mine.body, "\x89PNG\r\n\x1a\n", 8);
    assert_memory_equal(mine.body, theirs.body, mine.body_size);
    assert_string_equal(api_header(&theirs, "Content-Type"), "image/png");
    assert_string_equal(api_header(&theirs, "X-Content-Type-Options"), "nosniff");
    assert_string_equal(api_header(&theirs, "Cache-Control"), "public, max-age=31536000, immutable");
    assert_string_equal(api_header(&mine, "ETag"), "\"" ROWS_PICTURE_DIGEST "\"");
    r = API_SEND(&owner, "GET", logo_path(), NULL, "If-None-Match", "\"" ROWS_PICTURE_DIGEST "\"");
    assert_int_equal(r.status, 304);
    assert_int_equal(r.body_size, 0);
    r = api_get(&owner, api_f("/api/v1/brands/%s", brand.id));
    assert_string_equal(api_text(&r, "data.logo_url"), "/api/v1/logos/" ROWS_PICTURE_DIGEST);
    r = api_get(&owner, "/api/v1/brands");
    assert_string_equal(api_text(&r, "data.0.logo_url"), "/api/v1/logos/" ROWS_PICTURE_DIGEST);
}

static void a_logo_that_is_taken_away_is_gone_for_everybody(void **state)
{
    (void)state;
    pg_exec("delete from karara.brand_logos");
    put(ROWS_PICTURE);
    put(ROWS_PICTURE);
    assert_int_equal(pg_count("select count(*) from karara.brand_logos"), 1);
    assert_int_equal(api_delete(&owner, logo_path()).status, 200);
    struct api_reply r = api_get(&owner, logo_path());
    refused(&r, 404, "not_found");
    r = api_get(NULL, "/api/v1/logos/" ROWS_PICTURE_DIGEST);
    refused(&r, 404, "not_found");
    assert_string_equal(api_header(&r, "Cache-Control"), "no-store");
    r = api_delete(&owner, logo_path());
    refused(&r, 404, "not_found");
    r = api_get(&owner, api_f("/api/v1/brands/%s", brand.id));
    assert_true(json_is_null(api_json(&r, "data.logo_url")));
    assert_int_equal(
        pg_count("select count(*) from karara.events where brand_id = '%s' and kind like 'brand.logo_%%'", brand.id), 3);
}

static void what_is_no_picture_is_refused_by_its_bytes(void **state)
{
    (void)state;
    static const char svg[] =
        "<?xml version=\"1.0\"?><svg xmlns=\"http://www.w3.org/2000/svg\" width=\"64\" height=\"64\"><script/></svg>";
    static const char html[] = "<!DOCTYPE html><html><body>hello</body></html>";
    static const unsigned char cut[] = { 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n', 0, 0, 0, 13, 'I', 'H', 'D', 'R', 0, 0 };
    struct api_reply r = put_bytes(svg, sizeof svg - 1, "image/png");
    refused(&r, 422, "validation_failed");
    assert_non_null(strstr(r.body, "SVG"));
    r = put_bytes(svg, sizeof svg - 1, "image/svg+xml");
    refused(&r, 415, "unsupported_media_type");
    r = put_bytes(html, sizeof html - 1, "image/jpeg");
    refused(&r, 422, "validation_failed");
    r = put_bytes(cut, sizeof cut, "image/png");
    refused(&r, 422, "validation_failed");
    r = put_bytes("", 0, "image/png");
    refused(&r, 400, "malformed_request");
    r = put("{}");
    refused(&r, 415, "unsupported_media_type");
    static char large[(256 << 10) + 1] = "\x89PNG\r\n\x1a\n";
    r = put_bytes(large, sizeof large, "image/png");
    refused(&r, 413, "payload_too_large");
    assert_int_equal(pg_count("select count(*) from karara.brand_logos where brand_id = '%s'", brand.id), 0);
}

static void pictures_of_odd_sizes_are_refused(void **state)
{
    (void)state;
    /* One whose header says 8192 by 8192, and one of 8 by 8. */
    unsigned char png[] = { 0x89, 'P', 'N', 'G',  '\r', '\n', 0x1a, '\n', 0,   0,   0,   13,   'I',  'H',  'D',
                            'R',  0,   0,   0x20, 0,    0,    0,    0x20, 0,   8,   2,   0,    0,    0,    0,
                            0,    0,   0,   0,    0,    0,    0,    'I',  'E', 'N', 'D', 0xae, 0x42, 0x60, 0x82 };
    struct api_reply r = put_bytes(png, sizeof png, "image/png");
    refused(&r, 422, "validation_failed");
    assert_non_null(strstr(r.body, "8192 by 8192"));
    png[18] = png[22] = 0;
    png[19] = png[23] = 8;
    r = put_bytes(png, sizeof png, "image/png");
    refused(&r, 422, "validation_failed");
}

static void a_logo_is_for_who_manages_the_brand_and_its_version(void **state)
{
    (void)state;
    struct api_person member = api_person(api_f("member%d", serial)), stranger = api_person(api_f("stranger%d", serial));
    api_brand(api_f("strange-%d", serial), &stranger);
    api_join(&brand, &member, "member");
    struct api_reply r = api_send(&member, "PUT", logo_path(), ROWS_PICTURE, NULL);
    refused(&r, 403, "permission_denied");
    r = api_send(&stranger, "PUT", logo_path(), ROWS_PICTURE, NULL);
    refused(&r, 404, "not_found");
    put(ROWS_PICTURE);
    assert_int_equal(api_get(&member, logo_path()).status, 200);
    r = api_get(&stranger, logo_path());
    refused(&r, 404, "not_found");
    r = API_SEND(&owner, "PUT", logo_path(), ROWS_PICTURE, "If-Match", "\"v1\"");
    refused(&r, 412, "version_mismatch");
    r = API_SEND(&owner, "PUT", logo_path(), ROWS_PICTURE, "If-Match", "\"v2\"");
    assert_int_equal(r.status, 200);
    pg_exec("update karara.brands set status = 'suspended' where id = '%s'", brand.id);
    r = put(ROWS_PICTURE);
    refused(&r, 403, "brand_suspended");
}

/* ---- host names ---- */

static void a_host_of_its_own_shows_the_brand(void **state)
{
    (void)state;
    pg_exec(
        "update karara.brands set settings = '{\"colours\": {\"accent\": \"#123456\"}, \"language\": \"de\"}' where id = '%s'",
        brand.id);
    put(ROWS_PICTURE);
    struct api_reply r = rule(api_f("{\"domains\":[\"%s\",\"B\xc3\xbc"
                                    "cher%d.Example.\"]}",
                                    domain("work"), serial));
    assert_int_equal(r.status, 200);
    assert_string_equal(api_text(&r, "data.domains.0"), domain("work"));
    assert_int_equal(strncmp(api_text(&r, "data.domains.1"), "xn--bcher", 9), 0);
    r = branding(domain("work"));
    assert_int_equal(r.status, 200);
    assert_string_equal(api_text(&r, "data.name"), api_f("Brand look-%d", serial));
    assert_string_equal(api_text(&r, "data.brand_id"), brand.id);
    assert_string_equal(api_text(&r, "data.brand_slug"), brand.slug);
    assert_string_equal(api_text(&r, "data.product"), "Karara");
    assert_true(json_is_true(api_json(&r, "data.white_label")));
    assert_string_equal(api_text(&r, "data.colours.accent"), "#123456");
    assert_string_equal(api_text(&r, "data.language"), "de");
    assert_string_equal(api_text(&r, "data.logo_url"), "/api/v1/logos/" ROWS_PICTURE_DIGEST);
    assert_string_equal(api_header(&r, "Cache-Control"), "public, max-age=60");
    assert_string_equal(api_header(&r, "Vary"), "Host");
    r = branding("karara.example");
    assert_true(json_is_null(api_json(&r, "data.brand_id")));
    assert_string_equal(api_text(&r, "data.name"), "Karara");
    assert_true(json_is_false(api_json(&r, "data.white_label")));
    assert_true(json_is_null(api_json(&r, "data.logo_url")));
    pg_exec("update karara.brands set status = 'inactive' where id = '%s'", brand.id);
    r = branding(domain("work"));
    assert_string_equal(api_text(&r, "data.name"), "Karara");
}

static void a_host_belongs_to_one_brand_and_is_a_name(void **state)
{
    (void)state;
    static const char *const wrong[] = { "localhost",  "10.0.0.1", "a b.example",    "https://x.example", "x.example:80",
                                         "-x.example", "",         "karara.example", "x..example",        "[::1]" };
    struct api_person other_owner = api_person(api_f("other%d", serial));
    struct api_brand other = api_brand(api_f("other-look-%d", serial), &other_owner);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct api_reply r = rule(api_f("{\"domains\":[\"%s\"]}", wrong[i]));
        refused(&r, 422, "validation_failed");
        assert_non_null(api_json(&r, "error.field_errors.domains"));
    }
    struct api_reply r = rule(api_f("{\"domains\":[\"%s\",\"%s\"]}", domain("a"), domain("A")));
    refused(&r, 422, "validation_failed");
    assert_int_equal(rule(api_f("{\"domains\":[\"%s\",\"%s\"]}", domain("a"), domain("b"))).status, 200);
    r = api_patch(&root, api_f("/api/v1/admin/brands/%s", other.id), api_f("{\"domains\":[\"%s\"]}", domain("b")));
    refused(&r, 409, "already_exists");
    r = rule(api_f("{\"domains\":[\"%s\",\"%s\"]}", domain("c"), domain("a")));
    assert_string_equal(api_text(&r, "data.domains.0"), domain("c"));
    assert_string_equal(api_text(&r, "data.domains.1"), domain("a"));
    r = api_patch(&root, api_f("/api/v1/admin/brands/%s", other.id), api_f("{\"domains\":[\"%s\"]}", domain("b")));
    assert_int_equal(r.status, 200);
    r = rule("{\"status\":\"active\"}");
    assert_int_equal(json_array_size(api_json(&r, "data.domains")), 2); /* what isn't said stays */
    r = rule("{\"domains\":[]}");
    assert_int_equal(json_array_size(api_json(&r, "data.domains")), 0);
    assert_int_equal(
        pg_count("select count(*) from karara.audit_entries where brand_id = '%s' and action = 'brand.domains_changed'",
                 brand.id),
        3);
    r = api_patch(&owner, api_f("/api/v1/admin/brands/%s", brand.id), "{\"domains\":[]}");
    refused(&r, 403, "permission_denied");
}

static int take_domain(int i, void *arg)
{
    (void)i;
    struct api_brand *b = (struct api_brand *)arg + i;
    struct api_reply r =
        api_patch(&root, api_f("/api/v1/admin/brands/%s", b->id), api_f("{\"domains\":[\"%s\"]}", domain("race")));
    return r.status == 200 ? 1 : r.status == 409 ? 2 : 3;
}

static void of_two_that_take_a_host_at_once_one_has_it(void **state)
{
    (void)state;
    int results[2];
    struct api_person other_owner = api_person(api_f("rival%d", serial));
    struct api_brand brands[2] = { brand, api_brand(api_f("rival-%d", serial), &other_owner) };
    api_at_once(2, take_domain, brands, results);
    assert_int_equal(results[0] + results[1], 3);
    assert_int_equal(pg_count("select count(*) from karara.brand_domains where domain = '%s'", domain("race")), 1);
}

static void whoever_signs_in_at_a_brands_host_is_in_that_brand(void **state)
{
    (void)state;
    struct api_person ada = api_person(api_f("ada%d", serial));
    struct api_brand first = api_brand(api_f("aaa-%d", serial), &ada);
    api_join(&brand, &ada, "member");
    pg_exec(
        "insert into karara.credentials (user_id, password_hash) select '%s', password_hash from karara.credentials limit 0",
        ada.id);
    rule(api_f("{\"domains\":[\"%s\"]}", domain("work")));
    struct api_reply r = api_post(NULL, "/api/v1/auth/forgot-password", api_f("{\"email\":\"%s\"}", ada.email));
    const char *text =
        api_f("%s", pg_value("select text_body from karara.mails where to_address = '%s' order by created_at desc limit 1",
                             ada.email));
    const char *at = strstr(text, "#token=") + 7;
    r = api_post(NULL, "/api/v1/auth/reset-password",
                 api_f("{\"token\":\"%.*s\",\"password\":\"a purple kettle hums\"}", (int)strcspn(at, "\n"), at));
    assert_int_equal(r.status, 200);
    const char *login = api_f("{\"email\":\"%s\",\"password\":\"a purple kettle hums\"}", ada.email);
    r = API_SEND(NULL, "POST", "/api/v1/auth/login", login, "Host", domain("work"));
    assert_string_equal(api_text(&r, "data.current_brand_id"), brand.id);
    pg_exec("delete from karara.sessions where user_id = '%s'", ada.id);
    r = API_SEND(NULL, "POST", "/api/v1/auth/login", login, "Host", "karara.example");
    assert_string_equal(api_text(&r, "data.current_brand_id"), first.id);
    pg_exec("delete from karara.brand_members where brand_id = '%s' and user_id = '%s'", brand.id, ada.id);
    r = API_SEND(NULL, "POST", "/api/v1/auth/login", login, "Host", domain("work"));
    assert_string_equal(api_text(&r, "data.current_brand_id"), first.id); /* a host is no way in */
}

static void mails_bear_the_logo_and_lead_to_the_brands_host(void **state)
{
    (void)state;
    put(ROWS_PICTURE);
    rule(api_f("{\"domains\":[\"%s\"]}", domain("work")));
    struct api_reply r = api_post(&owner, api_f("/api/v1/brands/%s/users/invite", brand.id),
                                  api_f("{\"email\":\"look%d@invited.example\",\"role\":\"member\"}", serial));
    assert_int_equal(r.status, 201);
    const char *where = api_f("from karara.mails where to_address = 'look%d@invited.example'", serial);
    const char *home = api_f("https://%s:8443/", domain("work"));
    const char *html = api_f("%s", pg_value("select html_body %s", where));
    assert_non_null(strstr(html, api_f("src=\"%sapi/v1/logos/" ROWS_PICTURE_DIGEST "\"", home)));
    assert_non_null(strstr(html, api_f("href=\"%sinvitation#token=", home)));
    assert_null(strstr(html, "karara.example"));
    assert_null(strstr(pg_value("select text_body %s", where), "karara.example"));
}

/* ---- features ---- */

static void plan(const char *features)
{
    struct api_reply r = rule(api_f("{\"subscription\":{\"features\":%s}}", features));
    if (r.status != 200) {
        fail_msg("%d %s", r.status, r.body);
    }
}

static void over(const struct api_reply *r, const char *feature)
{
    refused(r, 403, "plan_limit_reached");
    assert_string_equal(api_text(r, "error.details.feature"), feature);
}

static void features_are_those_there_are(void **state)
{
    (void)state;
    static const char *const wrong[] = { "{\"nothing\":true}", "{\"white_label\":3}",  "{\"divisions\":\"many\"}",
                                         "{\"divisions\":-1}", "{\"api_tokens\":1.5}", "{\"delegations\":null}" };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct api_reply r = rule(api_f("{\"subscription\":{\"features\":%s}}", wrong[i]));
        refused(&r, 422, "validation_failed");
        assert_non_null(api_json(&r, "error.field_errors.subscription"));
    }
    struct api_reply r = api_get(&owner, api_f("/api/v1/brands/%s", brand.id));
    assert_true(json_is_true(api_json(&r, "data.features.white_label")));
    plan("{\"white_label\":false,\"divisions\":2}");
    r = api_get(&owner, api_f("/api/v1/brands/%s", brand.id));
    assert_true(json_is_false(api_json(&r, "data.features.white_label")));
    assert_int_equal(api_number(&r, "data.features.divisions"), 2);
    assert_true(json_is_true(api_json(&r, "data.features.api_tokens")));
    r = api_get(&root, api_f("/api/v1/admin/brands/%s", brand.id));
    assert_int_equal(api_number(&r, "data.features.divisions"), 2);
}

static void without_white_label_there_is_no_look_of_its_own(void **state)
{
    (void)state;
    pg_exec("delete from karara.brand_logos");
    put(ROWS_PICTURE);
    rule(api_f("{\"domains\":[\"%s\"]}", domain("work")));
    plan("{\"white_label\":false}");
    struct api_reply r = branding(domain("work"));
    assert_true(json_is_false(api_json(&r, "data.white_label")));
    assert_int_equal(api_get(NULL, "/api/v1/logos/" ROWS_PICTURE_DIGEST).status, 404);
    r = put(ROWS_PICTURE);
    over(&r, "white_label");
    r = rule(api_f("{\"domains\":[\"%s\"]}", domain("other")));
    over(&r, "white_label");
    plan("{\"white_label\":true}");
    r = branding(domain("work"));
    assert_true(json_is_true(api_json(&r, "data.white_label")));
}

static struct api_reply divide(const char *name)
{
    return api_post(&owner, "/api/v1/divisions", api_f("{\"name\":\"%s\"}", name));
}

static void divisions_and_delegations_are_counted(void **state)
{
    (void)state;
    struct api_person member = api_person(api_f("member%d", serial));
    api_join(&brand, &member, "member");
    const char *lend =
        api_f("{\"to_user_id\":\"%s\",\"permissions\":[\"can_comment\"],\"ends_at\":\"2099-01-01T00:00:00Z\"}", member.id);
    const char *lending = api_f("/api/v1/brands/%s/delegations", brand.id);
    plan("{\"divisions\":1,\"delegations\":false}");
    struct api_reply r = divide("One");
    assert_int_equal(r.status, 201);
    const char *one = api_f("/api/v1/divisions/%s", api_text(&r, "data.id"));
    r = divide("Two");
    over(&r, "divisions");
    assert_int_equal(api_number(&r, "error.details.max"), 1);
    assert_int_equal(api_delete(&owner, one).status, 200);
    assert_int_equal(divide("Two").status, 201);
    r = api_post(&owner, lending, lend);
    over(&r, "delegations");
    plan("{\"delegations\":true}");
    r = api_post(&owner, lending, lend);
    assert_int_equal(r.status, 201);
    /* One that was over and is prolonged is one more. */
    plan("{\"delegations\":1}");
    const char *first = api_f("%s/%s", lending, api_text(&r, "data.id"));
    assert_int_equal(api_patch(&owner, first, "{\"ends_at\":\"2098-01-01T00:00:00Z\"}").status, 200);
    pg_exec("update karara.delegations set starts_at = now() - interval '1 hour', ends_at = now() where brand_id = '%s'",
            brand.id);
    assert_int_equal(api_post(&owner, lending, lend).status, 201);
    r = api_patch(&owner, first, "{\"ends_at\":\"2099-01-01T00:00:00Z\"}");
    over(&r, "delegations");
    plan("{\"delegations\":2}");
    assert_int_equal(api_patch(&owner, first, "{\"ends_at\":\"2099-01-01T00:00:00Z\"}").status, 200);
}

static int divide_one(int i, void *arg)
{
    (void)arg;
    struct api_reply r = divide(api_f("Rival %d", i));
    return r.status == 201 ? 1 : strcmp(api_error(&r), "plan_limit_reached") == 0 ? 2 : 3;
}

static void of_many_at_once_no_more_than_the_plan_holds_are_made(void **state)
{
    (void)state;
    int results[6], made = 0, over_limit = 0;
    plan("{\"divisions\":2}");
    api_at_once(6, divide_one, NULL, results);
    for (int i = 0; i < 6; i++) {
        made += results[i] == 1;
        over_limit += results[i] == 2;
    }
    assert_int_equal(made, 2);
    assert_int_equal(over_limit, 4);
}

static void tokens_are_for_brands_whose_plan_has_them(void **state)
{
    (void)state;
    const char *bound = api_f("{\"name\":\"Bound\",\"scopes\":[\"*:read\"],\"brand_id\":\"%s\"}", brand.id);
    struct api_reply r = api_post(&owner, "/api/v1/auth/tokens", "{\"name\":\"All\",\"scopes\":[\"*:read\"]}");
    assert_int_equal(r.status, 201);
    struct api_person program = owner;
    snprintf(program.token, sizeof program.token, "%s", api_text(&r, "data.token"));
    const char *boards = api_f("/api/v1/brands/%s/boards", brand.id);
    assert_int_equal(api_get(&program, boards).status, 200);
    plan("{\"api_tokens\":false}");
    r = api_get(&program, boards); /* with the very next request */
    over(&r, "api_tokens");
    assert_int_equal(api_get(&owner, boards).status, 200);
    r = api_post(&owner, "/api/v1/auth/tokens", bound);
    over(&r, "api_tokens");
    plan("{\"api_tokens\":1}");
    assert_int_equal(api_get(&program, boards).status, 200);
    assert_int_equal(api_post(&owner, "/api/v1/auth/tokens", bound).status, 201);
    r = api_post(&owner, "/api/v1/auth/tokens", bound);
    over(&r, "api_tokens");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup(f, fresh_brand)
    const struct CMUnitTest tests[] = {
        TEST(a_logo_is_kept_as_it_came_and_has_an_address_for_ever),
        TEST(a_logo_that_is_taken_away_is_gone_for_everybody),
        TEST(what_is_no_picture_is_refused_by_its_bytes),
        TEST(pictures_of_odd_sizes_are_refused),
        TEST(a_logo_is_for_who_manages_the_brand_and_its_version),
        TEST(a_host_of_its_own_shows_the_brand),
        TEST(a_host_belongs_to_one_brand_and_is_a_name),
        TEST(of_two_that_take_a_host_at_once_one_has_it),
        TEST(whoever_signs_in_at_a_brands_host_is_in_that_brand),
        TEST(mails_bear_the_logo_and_lead_to_the_brands_host),
        TEST(features_are_those_there_are),
        TEST(without_white_label_there_is_no_look_of_its_own),
        TEST(divisions_and_delegations_are_counted),
        TEST(of_many_at_once_no_more_than_the_plan_holds_are_made),
        TEST(tokens_are_for_brands_whose_plan_has_them),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
