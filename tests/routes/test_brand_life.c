/* test_brand_life.c - what a brand may hold, what its plan allows, and its end with a way back. */
#include "cast.h"
#include "pg.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const char *path_of(const struct api_brand *b)
{
    return api_f("/api/v1/brands/%s", b->id);
}

/* ---- settings ---- */

static void settings_are_checked_down_to_their_last_key(void **state)
{
    (void)state;
    struct api_person p = api_person("setter");
    struct api_brand b = api_brand("setter", &p);
    pg_exec("insert into karara.credentials (user_id, password_hash, totp_enabled_at) values ('%s', '', now())", p.id);
    static const char *const right[] = {
        "{\"timezone\":\"Europe/Berlin\",\"date_format\":\"DD.MM.YYYY\",\"currency\":\"EUR\",\"language\":\"de-AT\"}",
        "{\"working_hours\":{\"monday\":{\"from\":\"09:00\",\"to\":\"17:30\"},\"sunday\":null,\"friday\":{\"from\":\"00:00\","
        "\"to\":\"24:00\"}}}",
        "{\"holidays\":[{\"date\":\"2026-12-25\",\"name\":\"Christmas\"},{\"date\":\"2027-01-01\"}]}",
        "{\"custom_fields\":[{\"key\":\"cost_centre\",\"label\":\"Kostenstelle\",\"type\":\"choice\",\"options\":[\"A\",\"B\"],"
        "\"required\":true}]}",
        "{\"colours\":{\"accent\":\"#2b6A4d\"}}",
        "{\"colours\":{\"accent\":null},\"require_2fa\":true,\"require_if_match\":false}",
        "{\"require_2fa\":null,\"holidays\":null}",
    };
    for (size_t i = 0; i < sizeof right / sizeof *right; i++) {
        struct api_reply r = api_patch(&p, path_of(&b), api_f("{\"settings\":%s}", right[i]));
        assert_int_equal(r.status, 200);
    }
    static const struct {
        const char *settings, *words;
    } wrong[] = {
        { "{\"colour\":\"red\"}", "colour is not known here" },
        { "{\"currency\":\"Euro\"}", "currency must be three capital letters" },
        { "{\"timezone\":\"over there\"}", "timezone is no time zone" },
        { "{\"working_hours\":{\"monday\":{\"from\":\"9\",\"to\":\"17:00\"}}}", "working_hours.monday.from must be a time" },
        { "{\"working_hours\":{\"monday\":{\"from\":\"17:00\",\"to\":\"09:00\"}}}", "working_hours.monday must end after" },
        { "{\"working_hours\":{\"monday\":{\"from\":\"17:00\"}}}", "working_hours.monday.to is required" },
        { "{\"working_hours\":{\"moonday\":{}}}", "working_hours.moonday is not known here" },
        { "{\"working_hours\":[]}", "working_hours must be an object" },
        { "{\"holidays\":[{\"date\":\"2026-02-30\"}]}", "holidays.0.date must be a date" },
        { "{\"holidays\":{\"date\":\"2026-02-01\"}}", "holidays must be a list" },
        { "{\"custom_fields\":[{\"key\":\"a\",\"label\":\"A\",\"type\":\"money\"}]}", "custom_fields.0.type must be one of" },
        { "{\"custom_fields\":[{\"key\":\"a\",\"type\":\"text\"}]}", "custom_fields.0.label is required" },
        { "{\"colours\":{\"accent\":\"green\"}}", "colours.accent must be a colour" },
        { "{\"require_2fa\":\"yes\"}", "require_2fa must be true or false" },
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct api_reply r = api_patch(&p, path_of(&b), api_f("{\"settings\":%s}", wrong[i].settings));
        assert_int_equal(r.status, 422);
        if (strstr(api_text(&r, "error.field_errors.settings.0"), wrong[i].words) == NULL) {
            fail_msg("%s: %s", wrong[i].settings, r.body);
        }
    }
    assert_string_equal(
        pg_value("select string_agg(key, ' ' order by key) from karara.brands, jsonb_object_keys(settings) key where "
                 "id = '%s'",
                 b.id),
        "colours currency custom_fields date_format language require_if_match timezone working_hours");
}

static void compliance_is_merged_and_checked(void **state)
{
    (void)state;
    struct api_person p = api_person("complier");
    struct api_brand b = api_brand("complier", &p);
    struct api_reply r = api_patch(
        &p, path_of(&b), "{\"compliance\":{\"data_retention_days\":365,\"gdpr_compliant\":true,\"region\":\"eu-west\"}}");
    assert_int_equal(r.status, 200);
    assert_int_equal(api_number(&r, "data.compliance.data_retention_days"), 365);
    r = api_patch(&p, path_of(&b), "{\"compliance\":{\"region\":null,\"audit_logging\":false}}");
    assert_int_equal(json_object_size(api_json(&r, "data.compliance")), 3);
    r = api_patch(&p, path_of(&b), "{\"compliance\":{\"data_retention_days\":0,\"audit_logging\":\"no\",\"hope\":true}}");
    assert_int_equal(r.status, 422);
    assert_int_equal(json_array_size(api_json(&r, "error.field_errors.compliance")), 3);
}

/* ---- the plan ---- */

static int make_board(int index, void *arg)
{
    void **both = arg;
    const struct api_brand *b = both[1];
    struct api_reply r =
        api_post(both[0], "/api/v1/boards", api_f("{\"name\":\"Board %d\",\"team_id\":\"%s\"}", index, b->team_id));
    return r.status == 201 ? 1 : strcmp(api_error(&r), "plan_limit_reached") == 0 ? 2 : 0;
}

static void boards_made_at_once_don_t_pass_the_plan_s_limit(void **state)
{
    (void)state;
    int results[6], made = 0;
    struct api_person p = api_person("planner");
    struct api_brand b = api_brand("planner", &p);
    pg_exec("update karara.brands set subscription = '{\"max_projects\": 3}' where id = '%s'", b.id);
    void *both[] = { &p, &b };
    api_at_once(6, make_board, both, results);
    for (int i = 0; i < 6; i++) {
        assert_true(results[i] == 1 || results[i] == 2);
        made += results[i] == 1;
    }
    assert_int_equal(made, 2);
    struct api_reply r = api_post(&p, "/api/v1/boards", api_f("{\"name\":\"One more\",\"team_id\":\"%s\"}", b.team_id));
    refused(&r, 403, "plan_limit_reached");
    assert_string_equal(api_text(&r, "error.details.limit"), "max_projects");
    pg_exec("update karara.brands set subscription = '{\"max_projects\": null}' where id = '%s'", b.id);
    assert_int_equal(make_board(9, both), 1);
}

static void a_suspended_brand_refuses_every_write_of_its_members(void **state)
{
    (void)state;
    struct api_person p = api_person("paused");
    struct api_brand b = api_brand("pausedbrand", &p);
    struct api_person m = joined(&b, "member");
    const char *board = api_f("/api/v1/boards/%s", b.board_id);
    assert_int_equal(api_get(&m, board).status, 200);
    pg_exec("update karara.brands set status = 'suspended' where id = '%s'", b.id);
    assert_int_equal(api_get(&m, board).status, 200);
    struct api_reply r = api_post(&m, api_f("%s/tasks", board), "{\"title\":\"No\"}");
    refused(&r, 403, "brand_suspended");
    r = api_post(&p, api_f("%s/users/bulk", path_of(&b)), "{\"operations\":[]}");
    refused(&r, 403, "brand_suspended");
    pg_exec("update karara.brands set status = 'active' where id = '%s'", b.id);
    assert_int_equal(api_post(&m, api_f("%s/tasks", board), "{\"title\":\"Yes\"}").status, 201);
}

static void access_ends_in_the_very_second(void **state)
{
    (void)state;
    struct api_person p = api_person("secondowner");
    struct api_brand b = api_brand("secondowner", &p);
    struct api_person m = joined(&b, "member");
    pg_exec("update karara.brand_members set expires_at = date_trunc('milliseconds', now()) + interval '900 ms' where user_id "
            "= '%s'",
            m.id);
    assert_int_equal(api_get(&m, path_of(&b)).status, 200);
    usleep(950000);
    assert_int_equal(api_get(&m, path_of(&b)).status, 404);
}

/* ---- parents and children ---- */

static struct api_reply put_below(const struct api_person *who, const struct api_brand *b, const struct api_brand *parent)
{
    return api_patch(who, path_of(b),
                     parent != NULL ? api_f("{\"parent_brand_id\":\"%s\"}", parent->id) : "{\"parent_brand_id\":null}");
}

static void a_brand_goes_below_an_enterprise_brand_of_the_same_owner(void **state)
{
    (void)state;
    struct api_person p = api_person("parent");
    struct api_brand top = api_brand("family-top", &p), child = api_brand("family-child", &p),
                     third = api_brand("family-third", &p);
    struct api_person admin = joined(&child, "admin"), other = api_person("parentother");
    struct api_brand away = api_brand("family-away", &other);
    struct api_reply r = put_below(&p, &child, &top);
    refused(&r, 403, "plan_limit_reached");
    pg_exec("update karara.brands set subscription = '{\"plan\": \"enterprise\"}' where slug like 'family-%%'");
    r = put_below(&p, &child, &away);
    assert_non_null(api_json(&r, "error.field_errors.parent_brand_id"));
    r = put_below(&p, &child, &child);
    assert_non_null(api_json(&r, "error.field_errors.parent_brand_id"));
    r = put_below(&admin, &child, &top);
    refused(&r, 403, "permission_denied");
    r = put_below(&p, &child, &top);
    assert_int_equal(r.status, 200);
    assert_string_equal(api_text(&r, "data.parent_brand_id"), top.id);
    r = put_below(&p, &third, &child);
    refused(&r, 409, "conflict");
    r = put_below(&p, &top, &third);
    refused(&r, 409, "conflict");
    r = api_get(&p, api_f("%s/children", path_of(&top)));
    assert_int_equal(api_number(&r, "count"), 1);
    assert_string_equal(api_text(&r, "data.0.name"), "Brand family-child");
    assert_int_equal(api_number(&r, "data.0.member_count"), 2);
    pg_exec("update karara.brands set subscription = '{}' where id = '%s'", top.id);
    r = api_get(&p, api_f("%s/children", path_of(&top)));
    assert_int_equal(api_number(&r, "count"), 0);
    assert_int_equal(put_below(&p, &child, NULL).status, 200);
    assert_int_equal(pg_count("select count(*) from karara.brands where parent_brand_id is not null"), 0);
}

static int below_each_other(int index, void *arg)
{
    void **three = arg;
    struct api_reply r = put_below(three[0], three[1 + index % 2], three[2 - index % 2]);
    return r.status == 200 ? 1 : r.status == 409 ? 2 : 0;
}

static void brands_put_below_each_other_at_once_make_no_circle(void **state)
{
    (void)state;
    int results[6];
    struct api_person p = api_person("circler");
    struct api_brand a = api_brand("circle-a", &p), b = api_brand("circle-b", &p);
    pg_exec("update karara.brands set subscription = '{\"plan\": \"enterprise\"}' where slug like 'circle-%%'");
    void *three[] = { &p, &a, &b };
    api_at_once(6, below_each_other, three, results);
    for (int i = 0; i < 6; i++) {
        assert_true(results[i] == 1 || results[i] == 2);
    }
    assert_int_equal(pg_count("select count(*) from karara.brands where slug like 'circle-%%' and parent_brand_id is not null"),
                     1);
}

/* ---- the end, and the way back ---- */

static struct api_reply close_brand(const struct api_person *who, const struct api_brand *b, const char *name)
{
    return api_send(who, "DELETE", path_of(b), api_f("{\"name\":\"%s\"}", name), NULL);
}

static void a_deleted_brand_is_closed_at_once_and_restored_by_an_owner(void **state)
{
    (void)state;
    struct api_person p = api_person("closer");
    struct api_brand b = api_brand("closer", &p);
    struct api_person admin = joined(&b, "admin");
    struct api_reply r = close_brand(&admin, &b, "Brand closer");
    refused(&r, 403, "permission_denied");
    r = close_brand(&p, &b, "brand Closer");
    assert_non_null(api_json(&r, "error.field_errors.name"));
    assert_int_equal(api_send(&p, "DELETE", path_of(&b), NULL, NULL).status, 422);
    r = API_SEND(&p, "DELETE", path_of(&b), "{\"name\":\"Brand closer\"}", "If-Match", "\"v7\"");
    refused(&r, 412, "version_mismatch");
    r = close_brand(&p, &b, "Brand closer");
    assert_int_equal(r.status, 200);
    assert_int_equal(
        pg_count("select count(*) from karara.brands where id = '%s' and status = 'inactive' and deletion_at between "
                 "now() + interval '29 days' and now() + interval '31 days'",
                 b.id),
        1);
    assert_int_equal(api_get(&p, path_of(&b)).status, 404);
    assert_int_equal(api_get(&admin, "/api/v1/teams").status, 404);
    r = api_get(&p, "/api/v1/users/me/leaving-brands");
    assert_int_equal(api_number(&r, "count"), 1);
    assert_string_equal(api_text(&r, "data.0.id"), b.id);
    r = api_get(&admin, "/api/v1/users/me/leaving-brands");
    assert_int_equal(api_number(&r, "count"), 0);
    assert_int_equal(api_post(&admin, api_f("%s/restore", path_of(&b)), "{}").status, 404);
    r = api_post(&p, api_f("%s/restore", path_of(&b)), "{}");
    assert_int_equal(r.status, 200);
    assert_int_equal(api_get(&admin, "/api/v1/teams").status, 200);
    assert_int_equal(api_post(&p, api_f("%s/restore", path_of(&b)), "{}").status, 404);
    assert_string_equal(
        pg_value("select string_agg(action, ' ' order by number) from karara.audit_entries where brand_id = '%s'", b.id),
        "brand.closed brand.restored");
}

static struct api_reply look_of(const char *host)
{
    return API_SEND(NULL, "GET", "/api/v1/branding", NULL, "Host", host);
}

/* Nobody else takes them while there is a way back; afterwards they are free. */
static void a_closed_brand_keeps_its_names_until_it_is_gone(void **state)
{
    (void)state;
    const char *output, *host = "closing.example.org";
    struct api_person p = api_person("namekeeper"), root = api_person("namerooter");
    struct api_brand b = api_brand("namekeeper", &p), other = api_brand("nameother", &p);
    pg_exec("update karara.users set platform_role = 'admin' where id = '%s'", root.id);
    const char *ruling = api_f("{\"domains\":[\"%s\"]}", host), *others = api_f("/api/v1/admin/brands/%s", other.id);
    assert_int_equal(api_patch(&root, api_f("/api/v1/admin/brands/%s", b.id), ruling).status, 200);
    struct api_reply r = look_of(host);
    assert_string_equal(api_text(&r, "data.brand_id"), b.id);
    assert_int_equal(close_brand(&p, &b, "Brand namekeeper").status, 200);
    r = look_of(host);
    assert_true(json_is_false(api_json(&r, "data.white_label")));
    static const char *const same[] = { "{\"name\":\"BRAND namekeeper\",\"slug\":\"free-slug\"}",
                                        "{\"name\":\"Another name\",\"slug\":\"namekeeper\"}" };
    for (int i = 0; i < 2; i++) {
        r = api_post(&p, "/api/v1/brands", same[i]);
        refused(&r, 409, "already_exists");
    }
    r = api_patch(&root, others, ruling);
    refused(&r, 409, "already_exists");
    assert_string_equal(api_text(&r, "error.message"), "Another brand has this host name already.");
    pg_exec("update karara.brands set deletion_at = now() - interval '1 second' where id = '%s'", b.id);
    assert_int_equal(PG_PROGRAM(&output, "kararactl", "brand", "purge", NULL), 0);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(api_post(&p, "/api/v1/brands", same[i]).status, 201);
    }
    assert_int_equal(api_patch(&root, others, ruling).status, 200);
    r = look_of(host);
    assert_string_equal(api_text(&r, "data.brand_id"), other.id);
}

/* A parent that goes leaves its children to themselves. */
static void children_outlive_their_parent(void **state)
{
    (void)state;
    struct api_person p = api_person("outliver");
    struct api_brand top = api_brand("outlive-top", &p), child = api_brand("outlive-child", &p);
    pg_exec("update karara.brands set subscription = '{\"plan\": \"enterprise\"}' where id = '%s'", top.id);
    assert_int_equal(put_below(&p, &child, &top).status, 200);
    assert_int_equal(close_brand(&p, &top, "Brand outlive-top").status, 200);
    struct api_reply r = api_get(&p, path_of(&child));
    assert_int_equal(r.status, 200);
    assert_int_equal(put_below(&p, &child, NULL).status, 200);
    r = put_below(&p, &child, &top); /* closed to everybody, so to this as well */
    assert_int_equal(r.status, 422);
    assert_int_equal(api_post(&p, api_f("%s/restore", path_of(&top)), "{}").status, 200);
    assert_int_equal(put_below(&p, &child, &top).status, 200);
    pg_exec("delete from karara.brands where id = '%s'", top.id);
    r = api_get(&p, path_of(&child));
    assert_true(json_is_null(api_json(&r, "data.parent_brand_id")));
}

static void a_suspended_brand_comes_back_suspended(void **state)
{
    (void)state;
    struct api_person p = api_person("suspcloser");
    struct api_brand b = api_brand("suspcloser", &p);
    pg_exec("update karara.brands set status = 'suspended' where id = '%s'", b.id);
    assert_int_equal(close_brand(&p, &b, "Brand suspcloser").status, 200);
    assert_int_equal(api_post(&p, api_f("%s/restore", path_of(&b)), "{}").status, 200);
    assert_string_equal(pg_value("select status from karara.brands where id = '%s'", b.id), "suspended");
}

static void what_is_due_is_removed_and_nothing_else(void **state)
{
    (void)state;
    const char *output;
    struct api_person p = api_person("purger");
    struct api_brand due = api_brand("purge-due", &p), later = api_brand("purge-later", &p), open = api_brand("purge-open", &p);
    api_task(&due, &p, "Gone with it");
    assert_int_equal(close_brand(&p, &due, "Brand purge-due").status, 200);
    assert_int_equal(close_brand(&p, &later, "Brand purge-later").status, 200);
    pg_exec("update karara.brands set deletion_at = now() - interval '1 second' where id in ('%s', '%s')", due.id, open.id);
    assert_int_equal(api_post(&p, api_f("%s/restore", path_of(&due)), "{}").status, 404); /* too late */
    assert_int_equal(PG_PROGRAM(&output, "kararactl", "brand", "purge", NULL), 0);
    assert_string_equal(output, "purge-due\n");
    assert_int_equal(pg_count("select count(*) from tenant_shared.tasks where brand_id = '%s'", due.id), 0);
    assert_int_equal(pg_count("select count(*) from karara.brands where id in ('%s', '%s', '%s')", due.id, later.id, open.id),
                     2);
    assert_int_equal(PG_PROGRAM(&output, "kararactl", "brand", "purge", NULL), 0);
    assert_string_equal(output, "no brand is due\n");
}

static void who_opens_a_brand_otherwise_takes_its_end_away_too(void **state)
{
    (void)state;
    struct api_person p = api_person("reopener");
    struct api_brand b = api_brand("reopener", &p);
    assert_int_equal(close_brand(&p, &b, "Brand reopener").status, 200);
    pg_exec("update karara.brands set status = 'active' where id = '%s'", b.id);
    assert_int_equal(pg_count("select count(*) from karara.brands where id = '%s' and deletion_at is null", b.id), 1);
}

static int close_or_restore(int index, void *arg)
{
    void **both = arg;
    struct api_reply r = index % 2 == 0 ? close_brand(both[0], both[1], "Brand closeracer")
                                        : api_post(both[0], api_f("%s/restore", path_of(both[1])), "{}");
    return r.status == 200 ? 1 : r.status == 404 ? 2 : 0;
}

static void closing_and_restoring_at_once_leaves_it_whole(void **state)
{
    (void)state;
    int results[6];
    struct api_person p = api_person("closeracer");
    struct api_brand b = api_brand("closeracer", &p);
    void *both[] = { &p, &b };
    api_at_once(6, close_or_restore, both, results);
    for (int i = 0; i < 6; i++) {
        assert_true(results[i] == 1 || results[i] == 2);
    }
    assert_int_equal(
        pg_count("select count(*) from karara.brands where id = '%s' and (status = 'inactive') = (deletion_at is not null) "
                 "and (deletion_at is null) = (deletion_from_status is null)",
                 b.id),
        1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settings_are_checked_down_to_their_last_key),
        cmocka_unit_test(compliance_is_merged_and_checked),
        cmocka_unit_test(boards_made_at_once_don_t_pass_the_plan_s_limit),
        cmocka_unit_test(a_suspended_brand_refuses_every_write_of_its_members),
        cmocka_unit_test(access_ends_in_the_very_second),
        cmocka_unit_test(a_brand_goes_below_an_enterprise_brand_of_the_same_owner),
        cmocka_unit_test(brands_put_below_each_other_at_once_make_no_circle),
        cmocka_unit_test(a_deleted_brand_is_closed_at_once_and_restored_by_an_owner),
        cmocka_unit_test(a_closed_brand_keeps_its_names_until_it_is_gone),
        cmocka_unit_test(children_outlive_their_parent),
        cmocka_unit_test(a_suspended_brand_comes_back_suspended),
        cmocka_unit_test(what_is_due_is_removed_and_nothing_else),
        cmocka_unit_test(who_opens_a_brand_otherwise_takes_its_end_away_too),
        cmocka_unit_test(closing_and_restoring_at_once_leaves_it_whole),
    };
    return cmocka_run_group_tests(tests, cast_begin, NULL);
}
