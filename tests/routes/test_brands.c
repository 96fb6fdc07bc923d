/* test_brands.c - brands as such: making them, their settings, being in them. (Who belongs to them is in test_members.c.) */
#include "cast.h"
#include "pg.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static bool has_permission(const struct api_reply *r, const char *key)
{
    size_t i;
    json_t *v;
    json_array_foreach(api_json(r, "data.permissions"), i, v)
    {
        if (strcmp(json_string_value(v), key) == 0) {
            return true;
        }
    }
    return false;
}

/* ---- making ---- */

static void who_makes_a_brand_owns_it_and_finds_a_team_with_a_board(void **state)
{
    (void)state;
    struct api_person p = api_person("founder");
    struct api_reply r =
        api_post(&p, "/api/v1/brands", "{\"name\":\"Crème Brûlée & Söhne\",\"settings\":{\"timezone\":\"Europe/Paris\"}}");
    assert_int_equal(r.status, 201);
    const char *id = api_text(&r, "data.id");
    assert_string_equal(api_header(&r, "Location"), api_f("/api/v1/brands/%s", id));
    assert_string_equal(api_text(&r, "data.slug"), "creme-brulee-sohne");
    assert_string_equal(api_text(&r, "data.role"), "owner");
    assert_string_equal(api_text(&r, "data.settings.timezone"), "Europe/Paris");
    assert_true(has_permission(&r, "can_manage_billing"));
    assert_string_equal(pg_value("select role from karara.brand_members where brand_id = '%s' and user_id = '%s'", id, p.id),
                        "owner");
    assert_string_equal(
        pg_value(
            "select t.name || '/' || m.role || '/' || b.name || '/' || string_agg(l.name || ':' || l.status, ',' order by "
            "l.position) "
            "from tenant_shared.teams t join tenant_shared.team_members m on m.team_id = t.id join tenant_shared.boards b on "
            "b.team_id = t.id join tenant_shared.lists l on l.board_id = b.id where t.brand_id = '%s' group by t.name, m.role, "
            "b.name",
            id),
        "General/manager/Board/To do:todo,In progress:in_progress,Done:completed");
    assert_int_equal(pg_count("select count(*) from karara.events where kind = 'brand.created' and brand_id = '%s'", id), 1);
    r = API_SEND(&p, "GET", "/api/v1/teams", NULL, "X-Brand-ID", "creme-brulee-sohne");
    assert_int_equal(api_number(&r, "count"), 1);
    assert_int_equal(api_number(&r, "data.0.board_count"), 1);
}

static void a_slug_is_made_from_the_name_and_made_unique(void **state)
{
    (void)state;
    static const struct {
        const char *name, *slug;
    } cases[] = {
        { "Straße 7", "strasse-7" },
        { "  --Ünï çödé--  ", "uni-code" },
        { "北京", "brand" },
        { "0190d3f0-0000-7000-8000-000000000001", "brand-0190d3f0-0000-7000-8000-000000000001" },
        { "Same Name!", "same-name" },
        { "Same, Name", "same-name-2" },
        { "Same: Name", "same-name-3" },
    };
    struct api_person p = api_person("namer");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct api_reply r = api_post(&p, "/api/v1/brands", api_f("{\"name\":\"%s\"}", cases[i].name));
        assert_int_equal(r.status, 201);
        assert_string_equal(api_text(&r, "data.slug"), cases[i].slug);
    }
    struct api_reply r = api_post(
        &p, "/api/v1/brands", "{\"name\":\"A name of many words that is longer than any slug that we make from one, Köln\"}");
    assert_int_equal(r.status, 201);
    assert_true(strlen(api_text(&r, "data.slug")) <= 50);
}

static int found_same(int index, void *arg)
{
    struct api_reply r = api_post(arg, "/api/v1/brands", api_f("{\"name\":\"Rush %.*s\"}", index + 1, "!!!!!!!!!!"));
    return r.status == 201;
}

static void brands_made_at_once_get_slugs_of_their_own(void **state)
{
    (void)state;
    int results[6];
    struct api_person p = api_person("rusher");
    api_at_once(6, found_same, &p, results);
    for (int i = 0; i < 6; i++) {
        assert_int_equal(results[i], 1);
    }
    assert_string_equal(pg_value("select string_agg(slug, ' ' order by slug) from karara.brands where name like 'Rush %%'"),
                        "rush rush-2 rush-3 rush-4 rush-5 rush-6");
}

static void names_and_slugs_are_taken_once(void **state)
{
    (void)state;
    struct api_person p = api_person("taker");
    api_post(&p, "/api/v1/brands", "{\"name\":\"Taken\",\"slug\":\"taken\"}");
    struct api_reply r = api_post(&p, "/api/v1/brands", "{\"name\":\"TAKEN\",\"slug\":\"free\"}");
    refused(&r, 409, "already_exists");
    assert_non_null(api_json(&r, "error.field_errors.name"));
    r = api_post(&p, "/api/v1/brands", "{\"name\":\"Free\",\"slug\":\"taken\"}");
    refused(&r, 409, "already_exists");
    assert_non_null(api_json(&r, "error.field_errors.slug"));
    static const char *const wrong[] = { "Big", "a b", "-a", "a-", "0190d3f0-0000-7000-8000-000000000001", "é" };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        r = api_post(&p, "/api/v1/brands", api_f("{\"name\":\"Free\",\"slug\":\"%s\"}", wrong[i]));
        assert_int_equal(r.status, 422);
        assert_non_null(api_json(&r, "error.field_errors.slug"));
    }
    assert_int_equal(pg_count("select count(*) from karara.brands where name = 'Free'"), 0);
    assert_int_equal(api_post(NULL, "/api/v1/brands", "{\"name\":\"Free\"}").status, 401);
}

/* ---- reading, changing, switching ---- */

static void a_brand_is_found_by_id_and_slug_by_those_who_belong_to_it(void **state)
{
    (void)state;
    struct api_person p = api_person("reader");
    struct api_person other = api_person("nonreader");
    struct api_brand b = api_brand("readable", &p);
    struct api_person member = joined(&b, "member");
    struct api_reply r = api_get(&p, "/api/v1/brands/readable");
    assert_string_equal(api_text(&r, "data.id"), b.id);
    assert_string_equal(api_header(&r, "ETag"), "\"v1\"");
    r = api_get(&member, api_f("/api/v1/brands/%s", b.id));
    assert_string_equal(api_text(&r, "data.role"), "member");
    assert_true(has_permission(&r, "can_create_tasks"));
    assert_false(has_permission(&r, "can_manage_users"));
    r = api_get(&other, api_f("/api/v1/brands/%s", b.id));
    refused(&r, 404, "not_found");
    assert_int_equal(api_get(&other, "/api/v1/brands/readable").status, 404);
    r = api_get(&member, "/api/v1/brands?slug=readable&role=member");
    assert_int_equal(api_number(&r, "count"), 1);
    assert_null(api_json(&r, "data.0.permissions"));
    r = api_get(&other, "/api/v1/brands");
    assert_int_equal(api_number(&r, "count"), 0);
}

static void what_one_may_do_is_told_anew_though_the_brand_is_unchanged(void **state)
{
    (void)state;
    struct api_person p = api_person("teller");
    struct api_brand b = api_brand("telling", &p);
    struct api_person member = joined(&b, "member");
    struct api_reply r = api_get(&member, "/api/v1/brands/telling");
    assert_int_equal(api_patch(&p, api_f("/api/v1/brands/%s/users/%s", b.id, member.id),
                               "{\"permissions\":{\"can_export_data\":true,\"can_use_chat\":false}}")
                         .status,
                     200);
    r = API_SEND(&member, "GET", "/api/v1/brands/telling", NULL, "If-None-Match", api_header(&r, "ETag"));
    assert_int_equal(r.status, 200);
    assert_true(has_permission(&r, "can_export_data"));
    assert_false(has_permission(&r, "can_use_chat"));
}

static void a_brand_is_changed_by_who_may_and_at_the_version_they_know(void **state)
{
    (void)state;
    struct api_person p = api_person("settler");
    struct api_brand b = api_brand("settled", &p);
    struct api_person manager = joined(&b, "manager");
    struct api_person admin = joined(&b, "admin");
    const char *path = api_f("/api/v1/brands/%s", b.id);
    struct api_reply r = api_patch(&manager, path, "{\"description\":\"mine\"}");
    refused(&r, 403, "permission_denied");
    r = api_patch(&admin, path,
                  "{\"description\":\"ours\",\"slug\":\"resettled\",\"settings\":{\"timezone\":\"UTC\",\"currency\":\"EUR\"}}");
    assert_int_equal(r.status, 200);
    assert_string_equal(api_header(&r, "ETag"), "\"v2\"");
    r = API_SEND(&admin, "PATCH", path, "{\"settings\":{\"currency\":null,\"language\":\"fr\"}}", "If-Match", "\"v2\"");
    assert_int_equal(r.status, 200);
    assert_string_equal(
        pg_value("select slug || description || settings::text || version from karara.brands where id = '%s'", b.id),
        "resettledours{\"language\": \"fr\", \"timezone\": \"UTC\"}3");
    r = API_SEND(&admin, "PATCH", path, "{\"name\":\"late\"}", "If-Match", "\"v2\"");
    refused(&r, 412, "version_mismatch");
    assert_int_equal(api_number(&r, "error.details.current.version"), 3);
    r = api_patch(&admin, path, "{\"status\":\"active\",\"subscription\":{},\"settings\":{\"holidays\":{}}}");
    assert_int_equal(r.status, 422);
    assert_non_null(api_json(&r, "error.field_errors.status"));
    assert_non_null(api_json(&r, "error.field_errors.subscription"));
    r = api_patch(&admin, path, "{\"settings\":{\"timezone\":\"Mars/Olympus\"}}");
    assert_string_equal(api_text(&r, "error.field_errors.settings.0"), "timezone is no time zone, such as Europe/Berlin");
    r = api_patch(&admin, path, "{\"settings\":{\"holidays\":{},\"require_if_match\":1}}");
    assert_int_equal(json_array_size(api_json(&r, "error.field_errors.settings")), 2);
    assert_int_equal(pg_count("select count(*) from karara.events where kind = 'brand.updated' and brand_id = '%s'", b.id), 2);
}

static void a_suspended_brand_can_be_read_and_entered_but_not_changed(void **state)
{
    (void)state;
    struct api_person p = api_person("paused");
    struct api_brand b = api_brand("paused", &p);
    pg_exec("update karara.brands set status = 'suspended' where id = '%s'", b.id);
    assert_int_equal(api_get(&p, "/api/v1/brands/paused").status, 200);
    struct api_reply r = api_patch(&p, "/api/v1/brands/paused", "{\"name\":\"x\"}");
    refused(&r, 403, "brand_suspended");
    assert_int_equal(api_post(&p, "/api/v1/brands/paused/switch", "{}").status, 200);
}

static void switching_gives_a_token_for_the_other_brand(void **state)
{
    (void)state;
    struct api_person p = api_person("switcher");
    struct api_brand a = api_brand("switch-a", &p);
    struct api_brand b = api_brand("switch-b", &p);
    struct api_person other = api_person("nonswitcher");
    struct api_reply r = api_post(&p, "/api/v1/brands/switch-a/switch", "{}");
    assert_int_equal(r.status, 200);
    assert_string_equal(api_text(&r, "data.current_brand_id"), a.id);
    assert_null(api_header(&r, "Set-Cookie"));
    assert_string_equal(api_header(&r, "Cache-Control"), "no-store");
    snprintf(p.token, sizeof p.token, "%s", api_text(&r, "data.access_token"));
    r = api_get(&p, "/api/v1/teams");
    assert_string_equal(api_text(&r, "data.0.id"), a.team_id);
    assert_string_equal(pg_value("select current_brand_id from karara.sessions where id = '%s'", p.session_id), a.id);
    r = api_post(&p, api_f("/api/v1/brands/%s/switch", b.id), NULL);
    assert_string_equal(api_text(&r, "data.current_brand_id"), b.id);
    assert_int_equal(api_post(&other, "/api/v1/brands/switch-a/switch", "{}").status, 404);
}

static void settings_are_merged_all_the_way_down(void **state)
{
    (void)state;
    struct api_person admin = api_person("merger");
    struct api_brand b = api_brand("merged", &admin);
    const char *path = api_f("/api/v1/brands/%s", b.id);
    struct api_reply r = api_patch(&admin, path,
                                   "{\"settings\":{\"working_hours\":{\"monday\":{\"from\":\"09:00\",\"to\":\"17:00\"},"
                                   "\"friday\":{\"from\":\"09:00\",\"to\":\"15:00\"}},\"colours\":{\"accent\":\"#2b6a4d\"},"
                                   "\"holidays\":[{\"date\":\"2026-12-25\"}]}}");
    assert_int_equal(r.status, 200);
    r = api_patch(&admin, path,
                  "{\"settings\":{\"working_hours\":{\"monday\":null,\"friday\":{\"from\":\"10:00\",\"to\":\"15:00\"}},"
                  "\"colours\":{\"accent\":null},\"holidays\":[]}}");
    assert_int_equal(r.status, 200);
    assert_null(api_json(&r, "data.settings.working_hours.monday"));
    assert_string_equal(api_text(&r, "data.settings.working_hours.friday.from"), "10:00");
    assert_int_equal(json_object_size(api_json(&r, "data.settings.colours")), 0);
    assert_int_equal(json_array_size(api_json(&r, "data.settings.holidays")), 0);
    r = api_patch(&admin, path, "{\"settings\":{\"working_hours\":null}}");
    assert_null(api_json(&r, "data.settings.working_hours"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_makes_a_brand_owns_it_and_finds_a_team_with_a_board),
        cmocka_unit_test(a_slug_is_made_from_the_name_and_made_unique),
        cmocka_unit_test(brands_made_at_once_get_slugs_of_their_own),
        cmocka_unit_test(names_and_slugs_are_taken_once),
        cmocka_unit_test(a_brand_is_found_by_id_and_slug_by_those_who_belong_to_it),
        cmocka_unit_test(what_one_may_do_is_told_anew_though_the_brand_is_unchanged),
        cmocka_unit_test(a_brand_is_changed_by_who_may_and_at_the_version_they_know),
        cmocka_unit_test(settings_are_merged_all_the_way_down),
        cmocka_unit_test(a_suspended_brand_can_be_read_and_entered_but_not_changed),
        cmocka_unit_test(switching_gives_a_token_for_the_other_brand),
    };
    return cmocka_run_group_tests(tests, cast_begin, NULL);
}
