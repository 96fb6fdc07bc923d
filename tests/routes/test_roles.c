/* test_roles.c - what roles may do in a brand, and why somebody may what they may. */
#include "cast.h"
#include "pg.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct api_reply change_role(const struct api_person *who, const struct api_brand *b, const char *role, const char *what)
{
    return api_patch(who, api_f("/api/v1/brands/%s/roles/%s", b->id, role), api_f("{\"permissions\":%s}", what));
}

/* The entry of a permission in data.permissions, or in data.<role>.permissions. */
static json_t *entry(const struct api_reply *r, const char *path, const char *key)
{
    size_t i;
    json_t *v;
    json_array_foreach(api_json(r, path), i, v)
    {
        if (strcmp(json_string_value(json_object_get(v, "key")), key) == 0) {
            return v;
        }
    }
    fail_msg("no %s in %s of %s", key, path, r->body);
    return NULL;
}

static bool is(json_t *e, const char *name)
{
    return json_is_true(json_object_get(e, name));
}

static bool may(const struct api_person *p, const struct api_brand *b, const char *key)
{
    struct api_reply r = api_get(p, api_f("/api/v1/brands/%s", b->id));
    size_t i;
    json_t *v;
    json_array_foreach(api_json(&r, "data.permissions"), i, v)
    {
        if (strcmp(json_string_value(v), key) == 0) {
            return true;
        }
    }
    return false;
}

/* ---- roles ---- */

static void the_matrix_holds_defaults_changes_and_what_comes_of_them(void **state)
{
    (void)state;
    struct api_person p = api_person("matrix");
    struct api_brand b = api_brand("matrix", &p);
    struct api_person member = joined(&b, "member");
    assert_int_equal(change_role(&p, &b, "member", "{\"can_use_ai\":false,\"can_export_data\":true}").status, 200);
    struct api_reply r = api_get(&p, api_f("/api/v1/brands/%s/roles", b.id));
    assert_int_equal(r.status, 200);
    assert_int_equal(api_number(&r, "count"), 6);
    assert_string_equal(api_text(&r, "data.0.role"), "guest");
    assert_string_equal(api_text(&r, "data.5.role"), "owner");
    assert_int_equal(api_number(&r, "data.2.member_count"), 1);
    assert_int_equal(api_number(&r, "data.2.version"), 2);
    assert_int_equal(api_number(&r, "data.1.version"), 1);
    json_t *taken = entry(&r, "data.2.permissions", "can_use_ai");
    assert_true(is(taken, "default") && !is(taken, "effective") && json_is_false(json_object_get(taken, "change")));
    json_t *given = entry(&r, "data.2.permissions", "can_export_data");
    assert_true(!is(given, "default") && is(given, "effective") && is(given, "change"));
    json_t *untouched = entry(&r, "data.2.permissions", "can_create_tasks");
    assert_true(is(untouched, "effective") && json_is_null(json_object_get(untouched, "change")));
    r = api_get(&member, api_f("/api/v1/brands/%s/roles", b.id));
    refused(&r, 403, "permission_denied");
}

static void a_role_s_change_holds_from_the_next_request(void **state)
{
    (void)state;
    struct api_person p = api_person("changer");
    struct api_brand b = api_brand("changer", &p);
    struct api_person member = joined(&b, "member");
    assert_true(may(&member, &b, "can_create_tasks") && !may(&member, &b, "can_manage_forms"));
    struct api_reply r = change_role(&p, &b, "member", "{\"can_create_tasks\":false,\"can_manage_forms\":true}");
    assert_int_equal(r.status, 200);
    assert_string_equal(api_text(&r, "data.role"), "member");
    assert_true(!may(&member, &b, "can_create_tasks") && may(&member, &b, "can_manage_forms"));
    r = api_post(&member, api_f("/api/v1/boards/%s/tasks", b.board_id), "{\"title\":\"No\"}");
    refused(&r, 403, "permission_denied");
    assert_int_equal(change_role(&p, &b, "member", "{\"can_create_tasks\":null}").status, 200);
    assert_true(may(&member, &b, "can_create_tasks") && may(&member, &b, "can_manage_forms"));
    assert_string_equal(
        pg_value("select permissions::text || version from karara.brand_role_permissions where brand_id = '%s'", b.id),
        "{\"can_manage_forms\": true}2");
    assert_string_equal(pg_value("select payload::text from karara.events where kind = 'role.updated' and brand_id = '%s' "
                                 "order by id desc limit 1",
                                 b.id),
                        "{\"role\": \"member\", \"permissions\": {\"can_create_tasks\": null}}");
}

static void nobody_gives_a_role_what_they_lack_or_touches_one_above(void **state)
{
    (void)state;
    struct api_person p = api_person("limits");
    struct api_brand b = api_brand("limits", &p);
    struct api_person admin = joined(&b, "admin");
    struct api_person manager = joined(&b, "manager");
    struct api_reply r = change_role(&p, &b, "owner", "{\"can_export_data\":false}");
    assert_int_equal(r.status, 422);
    assert_non_null(api_json(&r, "error.field_errors.permissions"));
    r = change_role(&p, &b, "emperor", "{}");
    refused(&r, 404, "not_found");
    r = change_role(&p, &b, "member", "{\"can_fly\":true}");
    assert_int_equal(r.status, 422);
    r = change_role(&p, &b, "member", "{\"can_comment\":1}");
    assert_int_equal(r.status, 422);
    r = change_role(&admin, &b, "member", "{\"can_manage_billing\":true}");
    refused(&r, 403, "permission_denied");
    r = change_role(&admin, &b, "owner", "{}");
    refused(&r, 403, "permission_denied");
    r = change_role(&manager, &b, "member", "{\"can_comment\":false}");
    refused(&r, 403, "permission_denied");
    assert_int_equal(change_role(&p, &b, "manager", "{\"can_manage_users\":true}").status, 200);
    r = change_role(&manager, &b, "admin", "{\"can_comment\":false}");
    refused(&r, 403, "permission_denied");
    r = change_role(&manager, &b, "member", "{\"can_view_audit\":true}");
    refused(&r, 403, "permission_denied");
    assert_int_equal(change_role(&manager, &b, "member", "{\"can_use_ai\":false}").status, 200);
    assert_int_equal(pg_count("select count(*) from karara.brand_role_permissions where brand_id = '%s'", b.id), 2);
}

static void a_role_is_changed_at_the_version_that_is_known(void **state)
{
    (void)state;
    struct api_person p = api_person("versions");
    struct api_brand b = api_brand("versions", &p);
    const char *path = api_f("/api/v1/brands/%s/roles/guest", b.id);
    struct api_reply r = API_SEND(&p, "PATCH", path, "{\"permissions\":{\"can_use_ai\":true}}", "If-Match", "\"v2\"");
    refused(&r, 412, "version_mismatch");
    r = API_SEND(&p, "PATCH", path, "{\"permissions\":{\"can_use_ai\":true}}", "If-Match", "\"v1\"");
    assert_int_equal(r.status, 200);
    assert_string_equal(api_header(&r, "ETag"), "\"v2\"");
    r = API_SEND(&p, "PATCH", path, "{\"permissions\":{}}", "If-Match", "\"v1\"");
    refused(&r, 412, "version_mismatch");
    assert_true(json_is_true(api_json(&r, "error.details.current.changes.can_use_ai")));
}

static const char *const race_keys[] = { "can_use_ai",       "can_use_chat",    "can_comment",
                                         "can_submit_forms", "can_export_data", "can_view_audit" };

struct race {
    struct api_person *who;
    struct api_brand *brand;
};

static int change_one(int index, void *arg)
{
    const struct race *race = arg;
    struct api_reply r = change_role(race->who, race->brand, "client", api_f("{\"%s\":true}", race_keys[index]));
    return r.status == 200;
}

static void changes_at_once_all_stay(void **state)
{
    (void)state;
    int results[6];
    struct api_person p = api_person("roleracer");
    struct api_brand b = api_brand("roleracer", &p);
    struct race race = { &p, &b };
    api_at_once(6, change_one, &race, results);
    for (int i = 0; i < 6; i++) {
        assert_int_equal(results[i], 1);
    }
    assert_string_equal(pg_value("select version::text || (select count(*) from jsonb_object_keys(permissions)) from "
                                 "karara.brand_role_permissions where brand_id = '%s'",
                                 b.id),
                        "66");
}

/* ---- one member ---- */

static const char *source(const struct api_reply *r, const char *key)
{
    return json_string_value(json_object_get(entry(r, "data.permissions", key), "source"));
}

static void every_permission_says_where_it_comes_from(void **state)
{
    (void)state;
    struct api_person p = api_person("explainer");
    struct api_brand b = api_brand("explainer", &p);
    struct api_person member = joined(&b, "member");
    change_role(&p, &b, "member", "{\"can_use_ai\":false,\"can_export_data\":true,\"can_use_chat\":false}");
    api_patch(&p, api_f("/api/v1/brands/%s/users/%s", b.id, member.id),
              "{\"permissions\":{\"can_use_chat\":true,\"can_comment\":false}}");
    struct api_reply made = api_post(&p, api_f("/api/v1/brands/%s/delegations", b.id),
                                     api_f("{\"to_user_id\":\"%s\",\"permissions\":[\"can_view_audit\",\"can_use_chat\"],"
                                           "\"ends_at\":\"2099-01-01T00:00:00Z\"}",
                                           member.id));
    assert_int_equal(made.status, 201);
    struct api_reply r = api_get(&member, api_f("/api/v1/brands/%s/users/%s/permissions", b.id, member.id));
    assert_int_equal(r.status, 200);
    assert_string_equal(api_text(&r, "data.role"), "member");
    assert_true(json_is_true(api_json(&r, "data.active")));
    static const struct {
        const char *key, *source;
        bool effective;
    } expected[] = {
        { "can_create_tasks", "default", true },  { "can_manage_users", "default", false },
        { "can_use_ai", "role_change", false },   { "can_export_data", "role_change", true },
        { "can_use_chat", "override", true },     { "can_comment", "override", false },
        { "can_view_audit", "delegation", true },
    };
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        assert_string_equal(source(&r, expected[i].key), expected[i].source);
        assert_int_equal(is(entry(&r, "data.permissions", expected[i].key), "effective"), expected[i].effective);
        assert_int_equal(may(&member, &b, expected[i].key), expected[i].effective);
    }
    assert_string_equal(json_string_value(json_object_get(entry(&r, "data.permissions", "can_view_audit"), "delegation_id")),
                        api_text(&made, "data.id"));
    const char *output;
    assert_int_equal(PG_PROGRAM(&output, "kararactl", "permissions", "--user", member.email, "--brand", b.slug), 0);
    assert_non_null(strstr(output, "role member"));
    assert_non_null(strstr(output, api_f("can_view_audit             can     delegation %s", api_text(&made, "data.id"))));
    assert_non_null(strstr(output, "can_comment                cannot  override"));
    assert_non_null(strstr(output, "can_export_data            can     role_change"));
    assert_int_equal(PG_PROGRAM(&output, "kararactl", "permissions", "--user", member.email, "--brand", "nowhere"), 1);
    assert_non_null(strstr(output, "there is no brand nowhere"));
    struct api_brand elsewhere = api_brand("sourceselsewhere", &p);
    assert_int_equal(PG_PROGRAM(&output, "kararactl", "permissions", "--user", member.email, "--brand", elsewhere.slug), 1);
    assert_non_null(strstr(output, "is no member of"));
    assert_int_equal(PG_PROGRAM(&output, "kararactl", "permissions", "--user", member.email), 2);
}

static void others_permissions_are_for_those_who_manage_users(void **state)
{
    (void)state;
    struct api_person p = api_person("asker");
    struct api_brand b = api_brand("asker", &p);
    struct api_person admin = joined(&b, "admin");
    struct api_person member = joined(&b, "member");
    struct api_person away = api_person("awayer");
    const char *path = api_f("/api/v1/brands/%s/users/%s/permissions", b.id, p.id);
    struct api_reply r = api_get(&member, path);
    refused(&r, 403, "permission_denied");
    assert_int_equal(api_get(&admin, path).status, 200);
    assert_int_equal(api_get(&away, path).status, 404);
    r = api_get(&admin, api_f("/api/v1/brands/%s/users/%s/permissions", b.id, away.id));
    refused(&r, 404, "not_found");
}

static void a_membership_that_ended_gives_nothing(void **state)
{
    (void)state;
    struct api_person p = api_person("ender");
    struct api_brand b = api_brand("ender", &p);
    struct api_person member = joined(&b, "member");
    const char *path = api_f("/api/v1/brands/%s/users/%s/permissions", b.id, member.id);
    pg_exec("update karara.brand_members set expires_at = now() - interval '1 second' where user_id = '%s'", member.id);
    struct api_reply r = api_get(&p, path);
    assert_true(json_is_false(api_json(&r, "data.active")));
    assert_false(is(entry(&r, "data.permissions", "can_comment"), "effective"));
    pg_exec("update karara.brand_members set expires_at = null where user_id = '%s'", member.id);
    r = api_get(&p, path);
    assert_true(is(entry(&r, "data.permissions", "can_comment"), "effective"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_matrix_holds_defaults_changes_and_what_comes_of_them),
        cmocka_unit_test(a_role_s_change_holds_from_the_next_request),
        cmocka_unit_test(nobody_gives_a_role_what_they_lack_or_touches_one_above),
        cmocka_unit_test(a_role_is_changed_at_the_version_that_is_known),
        cmocka_unit_test(changes_at_once_all_stay),
        cmocka_unit_test(every_permission_says_where_it_comes_from),
        cmocka_unit_test(others_permissions_are_for_those_who_manage_users),
        cmocka_unit_test(a_membership_that_ended_gives_nothing),
    };
    return cmocka_run_group_tests(tests, cast_begin, NULL);
}
