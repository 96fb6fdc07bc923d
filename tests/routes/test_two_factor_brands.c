/* test_two_factor_brands.c - brands that ask for a second factor, and the ways out of one that is lost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "api.h"
#include "api/dispatch.h"
#include "api/registry.h"
#include "pg.h"
#include "platform/password.h"
#include "pool.h"
#include "rows.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORKERS = 3 };

static struct api_person root; /* a platform admin */
static bool memcached_runs = true;

static int begin(void **state)
{
    (void)state;
    api_begin();
    rows_begin();
    root = api_person("root");
    pg_exec("update karara.users set platform_role = 'admin' where id = '%s'", root.id);
    pool_start(WORKERS);
    return 0;
}

static int end(void **state)
{
    (void)state;
    pool_stop();
    return 0;
}

static void expect(const struct api_reply *r, int status, const char *code)
{
    if (r->status != status || strcmp(api_error(r), code) != 0) {
        fail_msg("%d %s instead of %d %s", r->status, r->body, status, code);
    }
}

static void missing(const struct api_reply *r)
{
    expect(r, 403, "two_factor_setup_required");
}

static void give_factor(const struct api_person *p)
{
    pg_exec(
        "insert into karara.credentials (user_id, password_hash, totp_secret, totp_enabled_at) values ('%s', '', 'x', now()) "
        "on conflict (user_id) do update set totp_enabled_at = now()",
        p->id);
}

static void take_factor(const struct api_person *p)
{
    pg_exec("update karara.credentials set totp_enabled_at = null where user_id = '%s'", p->id);
}

static void ask_for_it(const struct api_brand *b, bool asked)
{
    pg_exec("update karara.brands set settings = settings || '{\"require_2fa\": %s}' where id = '%s'", asked ? "true" : "false",
            b->id);
}

/* ---- within the brand ---- */

static void without_it_every_row_of_the_brand_is_closed(void **state)
{
    const struct route *row;
    int asked = 0;
    (void)state;
    struct row_place p = rows_place();
    ask_for_it(&p.brand, true);
    const char *before = api_f("%s", rows_digest());
    for (int i = 0; (row = registry_route(i, NULL)) != NULL; i++) {
        for (int role = ROLE_GUEST; (row->flags & ROUTE_TENANT) != 0 && role < ROLE_COUNT; role += ROLE_OWNER - ROLE_GUEST) {
            if ((row->flags & ROUTE_ONE_FACTOR_OK) != 0) {
                continue;
            }
            struct api_reply r = api_send(rows_person((enum role)role), http_method_name(row->method), rows_path(row, &p, true),
                                          rows_body(row, &p), NULL);
            if (r.status != 403 || strcmp(api_error(&r), "two_factor_setup_required") != 0) {
                fail_msg("%s as %s: %d %s", rows_name(row), role_name((enum role)role), r.status, r.body);
            }
            asked++;
        }
    }
    assert_true(asked > 80);
    assert_string_equal(rows_digest(), before);
    rows_leave(&p);
}

static void one_s_own_account_and_the_way_in_and_out_stay_open(void **state)
{
    (void)state;
    struct api_person owner = api_person("own"), ben = api_person("ownben");
    struct api_brand brand = api_brand("own", &owner), other = api_brand("own-other", &ben);
    api_join(&brand, &ben, "member");
    ask_for_it(&brand, true);
    assert_int_equal(api_get(&ben, "/api/v1/users/me").status, 200);
    assert_int_equal(api_get(&ben, "/api/v1/users/me/brands").status, 200);
    assert_int_equal(api_get(&ben, "/api/v1/brands").status, 200);
    struct api_reply r = api_post(&ben, api_f("/api/v1/brands/%s/switch", other.id), "{}");
    assert_int_equal(r.status, 200);
    r = api_post(&ben, api_f("/api/v1/brands/%s/switch", brand.id), "{}");
    assert_int_equal(r.status, 200);
    assert_string_equal(api_text(&r, "data.current_brand_id"), brand.id);
    snprintf(ben.token, sizeof ben.token, "%s", api_text(&r, "data.access_token"));
    r = api_get(&ben, "/api/v1/boards");
    missing(&r);
    assert_int_equal(api_get(&ben, api_f("/api/v1/brands/%s/boards", other.id)).status, 200);
    r = api_get(&ben, api_f("/api/v1/brands/%s/boards", root.id)); /* none that is */
    expect(&r, 404, "not_found");
}

static void it_opens_as_soon_as_it_is_set_up(void **state)
{
    (void)state;
    struct api_person owner = api_person("soon");
    struct api_brand brand = api_brand("soon", &owner);
    ask_for_it(&brand, true);
    struct api_reply r = api_get(&owner, "/api/v1/boards");
    missing(&r);
    give_factor(&owner);
    assert_int_equal(api_get(&owner, "/api/v1/boards").status, 200);
}

static void api_tokens_are_held_to_it_too(void **state)
{
    (void)state;
    struct api_person owner = api_person("programs");
    struct api_brand brand = api_brand("programs", &owner);
    struct api_reply r = api_post(&owner, "/api/v1/auth/tokens",
                                  api_f("{\"name\":\"Report\",\"scopes\":[\"*:read\"],\"brand_id\":\"%s\"}", brand.id));
    assert_int_equal(r.status, 201);
    struct api_person program = owner;
    snprintf(program.token, sizeof program.token, "%s", api_text(&r, "data.token"));
    assert_int_equal(api_get(&program, "/api/v1/boards").status, 200);
    ask_for_it(&brand, true);
    r = api_get(&program, "/api/v1/boards");
    missing(&r);
    give_factor(&owner);
    assert_int_equal(api_get(&program, "/api/v1/boards").status, 200);
}

static void the_export_holds_nothing_of_a_brand_that_is_closed(void **state)
{
    (void)state;
    struct api_person owner = api_person("exporter");
    struct api_brand brand = api_brand("exporter", &owner);
    api_task(&brand, &owner, "Written down");
    struct api_reply r = api_get(&owner, "/api/v1/users/me/export");
    assert_int_equal(json_array_size(api_json(&r, "data.tasks")), 1);
    ask_for_it(&brand, true);
    r = api_get(&owner, "/api/v1/users/me/export");
    assert_int_equal(json_array_size(api_json(&r, "data.tasks")), 0);
    assert_int_equal(json_array_size(api_json(&r, "data.memberships")), 1);
}

/* Who looks has the factor, and sees what there is to see for who lacks it. */
static void a_member_s_eyes_see_without_the_member_s_factor(void **state)
{
    (void)state;
    struct api_person owner = api_person("looker"), ben = api_person("lookedat");
    struct api_brand brand = api_brand("looked", &owner);
    api_join(&brand, &ben, "member");
    ask_for_it(&brand, true);
    const char *path = api_f("/api/v1/brands/%s/users/%s/view-as", brand.id, ben.id);
    struct api_reply r = api_post(&owner, path, "{}");
    missing(&r);
    give_factor(&owner);
    r = api_post(&owner, path, "{}");
    assert_int_equal(r.status, 200);
    struct api_person eyes = ben;
    snprintf(eyes.token, sizeof eyes.token, "%s", api_text(&r, "data.access_token"));
    assert_int_equal(api_get(&eyes, "/api/v1/boards").status, 200);
    r = api_get(&ben, "/api/v1/boards");
    missing(&r);
    take_factor(&owner);
    r = api_get(&eyes, "/api/v1/boards");
    expect(&r, 401, "invalid_token");
}

/* ---- never stale ---- */

static void expect_everywhere(const struct api_person *who, const char *what, int status, const char *code)
{
    for (int i = 0; i < WORKERS; i++) {
        struct pool_reply r = pool_ask(i, who, "GET", "/api/v1/boards", NULL);
        if (r.status != status || strcmp(r.code, code) != 0) {
            fail_msg("%s: worker %d answers %d %s, not %d %s", what, i, r.status, r.code, status, code);
        }
    }
}

static void memcached(bool runs)
{
    if (runs != memcached_runs) {
        runs ? pg_memcached_start() : pg_memcached_stop();
        memcached_runs = runs;
    }
}

static void open_everywhere(const struct api_person *who, const char *what)
{
    expect_everywhere(who, what, 200, "");
    expect_everywhere(who, what, 200, ""); /* from warm caches */
}

static void closed_everywhere(const struct api_person *who, const char *what)
{
    expect_everywhere(who, what, 403, "two_factor_setup_required");
    expect_everywhere(who, what, 403, "two_factor_setup_required");
}

static void both_sides_of_it_take_effect_with_the_next_request(void **state)
{
    (void)state;
    struct api_person owner = api_person("stale"), ben = api_person("staleben");
    struct api_brand brand = api_brand("stale", &owner);
    api_join(&brand, &ben, "member");
    srand(7);
    for (int round = 0; round < 6; round++) {
        open_everywhere(&ben, "nobody asks");
        memcached(round < 2 || rand() % 2 == 0);
        ask_for_it(&brand, true);
        closed_everywhere(&ben, "the brand asks");
        memcached(round < 2 || rand() % 2 == 0);
        give_factor(&ben);
        open_everywhere(&ben, "it is set up");
        memcached(round < 2 || rand() % 2 == 0);
        take_factor(&ben);
        closed_everywhere(&ben, "it is ended");
        memcached(round < 2 || rand() % 2 == 0);
        ask_for_it(&brand, false);
    }
    memcached(true);
}

/* ---- asking for it ---- */

static void who_lacks_it_asks_nobody_else_for_it(void **state)
{
    (void)state;
    struct api_person owner = api_person("asker");
    struct api_brand brand = api_brand("asker", &owner);
    const char *path = api_f("/api/v1/brands/%s", brand.id);
    struct api_reply r = api_patch(&owner, path, "{\"settings\":{\"require_2fa\":true}}");
    expect(&r, 409, "conflict");
    assert_string_equal(api_text(&r, "error.details.reason"), "two_factor_missing");
    r = api_post(&owner, "/api/v1/brands", "{\"name\":\"Asker too\",\"settings\":{\"require_2fa\":true}}");
    expect(&r, 409, "conflict");
    assert_int_equal(api_patch(&owner, path, "{\"settings\":{\"require_2fa\":false,\"currency\":\"EUR\"}}").status, 200);
    give_factor(&owner);
    assert_int_equal(api_patch(&owner, path, "{\"settings\":{\"require_2fa\":true}}").status, 200);
    assert_int_equal(api_post(&owner, "/api/v1/brands", "{\"name\":\"Asker too\",\"settings\":{\"require_2fa\":true}}").status,
                     201);
}

static void sign_in_begins_where_one_can_go_on(void **state)
{
    (void)state;
    struct api_person p = api_person("begins");
    struct api_brand first = api_brand("begins-a", &p), second = api_brand("begins-b", &p);
    pg_exec("insert into karara.credentials (user_id, password_hash) values ('%s', '%s')", p.id,
            password_hash(api_worker()->arena, "correct horse battery"));
    const char *body = api_f("{\"email\":\"%s\",\"password\":\"correct horse battery\"}", p.email);
    pg_exec("update karara.sessions set current_brand_id = '%s', last_seen_at = now() + interval '1 hour' where id = '%s'",
            second.id, p.session_id);
    struct api_reply r = api_post(NULL, "/api/v1/auth/login", body);
    assert_string_equal(api_text(&r, "data.current_brand_id"), second.id);
    ask_for_it(&second, true);
    r = api_post(NULL, "/api/v1/auth/login", body);
    assert_string_equal(api_text(&r, "data.current_brand_id"), first.id);
    r = api_post(NULL, "/api/v1/auth/login",
                 api_f("{\"email\":\"%s\",\"password\":\"correct horse battery\",\"brand\":\"begins-b\"}", p.email));
    assert_string_equal(api_text(&r, "data.current_brand_id"), second.id);
    ask_for_it(&first, true);
    r = api_post(NULL, "/api/v1/auth/login", body);
    assert_string_equal(api_text(&r, "data.current_brand_id"), second.id);
}

/* ---- the way out ---- */

static void an_admin_ends_what_is_lost(void **state)
{
    (void)state;
    struct api_person lost = api_person("lost");
    const char *path = api_f("/api/v1/admin/users/%s", lost.id);
    give_factor(&lost);
    struct api_reply r = api_get(&root, path);
    assert_true(json_is_true(api_json(&r, "data.two_factor_enabled")));
    r = api_patch(&lost, path, "{\"two_factor_enabled\":false}");
    expect(&r, 403, "permission_denied");
    r = api_patch(&root, path, "{\"two_factor_enabled\":true}");
    assert_non_null(api_json(&r, "error.field_errors.two_factor_enabled.0"));
    r = api_patch(&root, path, "{\"two_factor_enabled\":false}");
    assert_int_equal(r.status, 200);
    assert_true(json_is_false(api_json(&r, "data.two_factor_enabled")));
    assert_string_equal(pg_value("select template from karara.mails where to_address = '%s'", lost.email), "two_factor_reset");
    assert_string_equal(
        pg_value("select actor_id || ' ' || platform || ' ' || before || ' ' || after from karara.audit_entries "
                 "where resource_id = '%s' and action = 'user.two_factor_reset'",
                 lost.id),
        api_f("%s true {\"two_factor_enabled\": true} {\"two_factor_enabled\": false}", root.id));
    assert_int_equal(
        pg_count("select count(*) from karara.events where subject_id = '%s' and kind = 'auth.two_factor_reset'", lost.id), 1);
    assert_int_equal(api_patch(&root, path, "{\"two_factor_enabled\":false}").status,
                     200); /* nothing is left to end, nor to tell */
    assert_int_equal(pg_count("select count(*) from karara.mails where to_address = '%s'", lost.email), 1);
}

/* Else a stolen session would be enough for an admin's. */
static void an_admin_ends_their_own_like_everybody(void **state)
{
    (void)state;
    struct api_person admin = api_person("selfish");
    pg_exec("update karara.users set platform_role = 'admin' where id = '%s'", admin.id);
    give_factor(&admin);
    struct api_reply r = api_patch(&admin, api_f("/api/v1/admin/users/%s", admin.id), "{\"two_factor_enabled\":false}");
    expect(&r, 409, "conflict");
    r = api_post(
        &admin, "/api/v1/admin/users/bulk",
        api_f("{\"operations\":[{\"op\":\"update\",\"id\":\"%s\",\"data\":{\"two_factor_enabled\":false}}]}", admin.id));
    assert_int_equal(api_number(&r, "data.results.0.status"), 409);
    assert_int_equal(
        pg_count("select count(*) from karara.credentials where user_id = '%s' and totp_enabled_at is not null", admin.id), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_it_every_row_of_the_brand_is_closed),
        cmocka_unit_test(one_s_own_account_and_the_way_in_and_out_stay_open),
        cmocka_unit_test(it_opens_as_soon_as_it_is_set_up),
        cmocka_unit_test(api_tokens_are_held_to_it_too),
        cmocka_unit_test(the_export_holds_nothing_of_a_brand_that_is_closed),
        cmocka_unit_test(a_member_s_eyes_see_without_the_member_s_factor),
        cmocka_unit_test(both_sides_of_it_take_effect_with_the_next_request),
        cmocka_unit_test(who_lacks_it_asks_nobody_else_for_it),
        cmocka_unit_test(sign_in_begins_where_one_can_go_on),
        cmocka_unit_test(an_admin_ends_what_is_lost),
        cmocka_unit_test(an_admin_ends_their_own_like_everybody),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
