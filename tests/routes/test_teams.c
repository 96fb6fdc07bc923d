/* test_teams.c - teams of a brand, and who is in them. */
#include "cast.h"
#include "pg.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct api_person owner, manager, member, guest, stranger;
static struct api_brand brand, away;
static int serial;

static int begin(void **state)
{
    (void)state;
    api_begin();
    stranger = api_person("stranger");
    brand = CAST("home", &owner, { &manager, "manager" }, { &member, "member" }, { &guest, "client guest" });
    away = api_brand("away", &stranger);
    return 0;
}

/* A new team that nobody but the owner is in. */
static const char *make_team(void)
{
    struct api_reply r = api_post(&owner, "/api/v1/teams", api_f("{\"name\":\"Team %d\"}", ++serial));
    assert_int_equal(r.status, 201);
    return api_text(&r, "data.id");
}

static const char *team_path(const char *id)
{
    return api_f("/api/v1/teams/%s", id);
}

static const char *members_path(const char *id)
{
    return api_f("/api/v1/teams/%s/members", id);
}

static const char *member_path(const char *id, const struct api_person *p)
{
    return api_f("/api/v1/teams/%s/members/%s", id, p->id);
}

static int add(const struct api_person *who, const char *team, const struct api_person *whom, const char *role)
{
    return api_post(who, members_path(team), api_f("{\"user_id\":\"%s\",\"role\":\"%s\"}", whom->id, role)).status;
}

/* ---- teams ---- */

static void who_manages_users_makes_a_team_and_manages_it(void **state)
{
    (void)state;
    struct api_reply r = api_post(&owner, "/api/v1/teams", "{\"name\":\" Web \",\"description\":\"the site\"}");
    assert_int_equal(r.status, 201);
    const char *id = api_text(&r, "data.id");
    assert_string_equal(api_header(&r, "Location"), api_f("/api/v1/teams/%s", id));
    assert_string_equal(api_header(&r, "ETag"), "\"v1\"");
    assert_string_equal(api_text(&r, "data.name"), "Web");
    assert_string_equal(api_text(&r, "data.role"), "manager");
    assert_int_equal(api_number(&r, "data.member_count"), 1);
    assert_int_equal(api_number(&r, "data.board_count"), 0);
    assert_string_equal(
        pg_value("select role from tenant_shared.team_members where team_id = '%s' and user_id = '%s'", id, owner.id),
        "manager");
    assert_int_equal(pg_count("select count(*) from karara.events where kind = 'team.created' and subject_id = '%s'", id), 1);
    r = api_post(&owner, "/api/v1/teams", "{\"name\":\"WEB\"}");
    refused(&r, 409, "already_exists");
    assert_non_null(api_json(&r, "error.field_errors.name"));
    r = api_post(&manager, "/api/v1/teams", "{\"name\":\"Own\"}");
    refused(&r, 403, "permission_denied");
    r = api_post(&owner, "/api/v1/teams", "{\"name\":\"\",\"brand_id\":\"x\"}");
    assert_int_equal(r.status, 422);
    assert_int_equal(API_SEND(&stranger, "POST", "/api/v1/teams", "{\"name\":\"WEB\"}", "X-Brand-ID", away.id).status, 201);
}

static void one_sees_the_teams_one_is_in_and_admins_all(void **state)
{
    (void)state;
    const char *id = make_team();
    struct api_reply r = api_get(&owner, "/api/v1/teams?limit=100");
    assert_non_null(strstr(r.body, id));
    r = api_get(&member, "/api/v1/teams");
    assert_int_equal(api_number(&r, "count"), 1);
    assert_string_equal(api_text(&r, "data.0.id"), brand.team_id);
    assert_int_equal(api_number(&r, "data.0.member_count"), 3);
    assert_int_equal(api_number(&r, "data.0.board_count"), 1);
    assert_string_equal(api_text(&r, "data.0.role"), "member");
    r = api_get(&guest, "/api/v1/teams");
    assert_int_equal(api_number(&r, "count"), 0);
    assert_int_equal(api_get(&member, team_path(brand.team_id)).status, 200);
    r = api_get(&member, team_path(id));
    refused(&r, 403, "permission_denied");
    r = api_get(&member, team_path(away.team_id));
    refused(&r, 404, "not_found");
    r = api_get(&owner, api_f("/api/v1/brands/%s/teams/%s", away.id, away.team_id));
    refused(&r, 404, "not_found");
    r = api_get(&owner, api_f("/api/v1/brands/home/teams/%s", id));
    assert_int_equal(r.status, 200);
}

static void managers_change_their_own_teams_only(void **state)
{
    (void)state;
    const char *id = make_team();
    struct api_reply r = api_patch(&manager, team_path(id), "{\"name\":\"Taken over\"}");
    refused(&r, 403, "permission_denied");
    assert_int_equal(add(&owner, id, &manager, "member"), 201);
    r = api_patch(&manager, team_path(id), "{\"name\":\"Taken over\"}");
    refused(&r, 403, "permission_denied");
    assert_int_equal(api_patch(&owner, member_path(id, &manager), "{\"role\":\"manager\"}").status, 200);
    r = API_SEND(&manager, "PATCH", team_path(id), api_f("{\"name\":\"Led\",\"owner_id\":\"%s\"}", manager.id), "If-Match",
                 "\"v1\"");
    assert_int_equal(r.status, 200);
    assert_string_equal(api_text(&r, "data.owner_id"), manager.id);
    assert_int_equal(api_number(&r, "data.member_count"), 2);
    r = API_SEND(&manager, "PATCH", team_path(id), "{\"name\":\"Late\"}", "If-Match", "\"v1\"");
    refused(&r, 412, "version_mismatch");
    assert_string_equal(api_text(&r, "error.details.current.name"), "Led");
    r = api_patch(&owner, team_path(id), "{\"owner_id\":null,\"description\":\"d\"}");
    assert_true(json_is_null(api_json(&r, "data.owner_id")));
    r = api_patch(&owner, team_path(id), api_f("{\"owner_id\":\"%s\"}", stranger.id));
    assert_int_equal(r.status, 422);
    assert_non_null(api_json(&r, "error.field_errors.owner_id"));
    assert_string_equal(pg_value("select name || description || version from tenant_shared.teams where id = '%s'", id),
                        "Ledd3");
    assert_int_equal(api_patch(&member, team_path(brand.team_id), "{\"name\":\"x\"}").status, 403);
    assert_int_equal(api_patch(&owner, team_path(away.team_id), "{\"name\":\"x\"}").status, 404);
}

static void a_team_without_boards_is_deleted(void **state)
{
    (void)state;
    const char *id = make_team();
    struct api_reply r = api_delete(&manager, team_path(id));
    refused(&r, 403, "permission_denied");
    r = API_SEND(&owner, "DELETE", team_path(id), NULL, "If-Match", "\"v7\"");
    refused(&r, 412, "version_mismatch");
    r = api_delete(&owner, team_path(id));
    assert_int_equal(r.status, 200);
    assert_true(json_is_null(api_json(&r, "data")));
    assert_int_equal(pg_count("select count(*) from tenant_shared.team_members where team_id = '%s'", id), 0);
    assert_int_equal(api_delete(&owner, team_path(id)).status, 404);
    assert_int_equal(api_delete(&owner, team_path(away.team_id)).status, 404);
    r = api_delete(&owner, team_path(brand.team_id));
    refused(&r, 409, "conflict");
    assert_string_equal(api_text(&r, "error.details.reason"), "boards");
    assert_int_equal(pg_count("select count(*) from tenant_shared.teams where id = '%s'", brand.team_id), 1);
}

struct last_two {
    struct api_person owner;
    char ids[2][37];
};

static int delete_one(int index, void *arg)
{
    const struct last_two *t = arg;
    int status = api_delete(&t->owner, team_path(t->ids[index])).status;
    return status == 200 ? 1 : status == 409 ? 2 : 0;
}

static void of_the_last_two_teams_deleted_at_once_one_stays(void **state)
{
    (void)state;
    for (int round = 0; round < 6; round++) {
        int results[2];
        struct last_two t = { .owner = api_person(api_f("lasting%d", round)) };
        struct api_brand b = api_brand(api_f("lasting-%d", round), &t.owner);
        pg_exec("delete from tenant_shared.lists where brand_id = '%s'; delete from tenant_shared.boards where brand_id = '%s'",
                b.id, b.id);
        struct api_reply r = api_post(&t.owner, "/api/v1/teams", "{\"name\":\"Second\"}");
        strcpy(t.ids[0], b.team_id);
        strcpy(t.ids[1], api_text(&r, "data.id"));
        api_at_once(2, delete_one, &t, results);
        assert_int_equal(results[0] + results[1], 3);
        assert_int_equal(pg_count("select count(*) from tenant_shared.teams where brand_id = '%s'", b.id), 1);
    }
}

/* ---- members ---- */

static void people_of_the_brand_are_added_to_a_team(void **state)
{
    (void)state;
    const char *id = make_team();
    struct api_reply r = api_post(&owner, members_path(id), api_f("{\"user_id\":\"%s\"}", member.id));
    assert_int_equal(r.status, 201);
    assert_string_equal(api_text(&r, "data.id"), member.id);
    assert_string_equal(api_text(&r, "data.role"), "member");
    assert_string_equal(api_header(&r, "Location"), api_f("/api/v1/teams/%s/members/%s", id, member.id));
    r = api_post(&owner, members_path(id), api_f("{\"user_id\":\"%s\"}", member.id));
    refused(&r, 409, "already_exists");
    r = api_post(&owner, members_path(id), api_f("{\"user_id\":\"%s\"}", stranger.id));
    assert_int_equal(r.status, 422);
    assert_non_null(api_json(&r, "error.field_errors.user_id"));
    r = api_post(&owner, members_path(id), "{\"role\":\"king\"}");
    assert_non_null(api_json(&r, "error.field_errors.user_id"));
    assert_non_null(api_json(&r, "error.field_errors.role"));
    assert_int_equal(add(&owner, away.team_id, &member, "member"), 404);
    assert_int_equal(add(&member, id, &guest, "member"), 403);
    r = api_get(&member, members_path(id));
    assert_int_equal(api_number(&r, "count"), 2);
    assert_string_equal(api_text(&r, "data.0.name"), "Member Tester");
    assert_int_equal(pg_count("select count(*) from karara.events where kind = 'team.member_added' and subject_id = '%s'", id),
                     1);
}

static void a_team_gives_its_members_sight_of_it_at_once(void **state)
{
    (void)state;
    const char *id = make_team();
    assert_int_equal(api_get(&guest, team_path(id)).status, 403);
    assert_int_equal(add(&owner, id, &guest, "member"), 201);
    assert_int_equal(api_get(&guest, team_path(id)).status, 200);
    assert_int_equal(api_delete(&owner, member_path(id, &guest)).status, 200);
    assert_int_equal(api_get(&guest, team_path(id)).status, 403);
}

static void the_members_of_a_team_are_for_those_who_see_it(void **state)
{
    (void)state;
    const char *id = make_team();
    struct api_reply r = api_get(&member, members_path(id));
    refused(&r, 403, "permission_denied");
    r = api_get(&owner, members_path(away.team_id));
    refused(&r, 404, "not_found");
    assert_int_equal(api_get(&member, member_path(id, &owner)).status, 403);
    assert_int_equal(api_get(&owner, member_path(id, &owner)).status, 200);
    assert_int_equal(api_get(&owner, member_path(id, &member)).status, 404);
    assert_int_equal(api_delete(&owner, member_path(id, &owner)).status, 200);
    r = api_get(&owner, members_path(id));
    assert_int_equal(r.status, 200);
    assert_int_equal(api_number(&r, "count"), 0);
    r = api_get(&member, members_path(id));
    refused(&r, 403, "permission_denied");
}

static void managers_of_a_team_manage_its_members(void **state)
{
    (void)state;
    const char *id = make_team();
    assert_int_equal(add(&manager, id, &guest, "member"), 403);
    assert_int_equal(add(&owner, id, &manager, "manager"), 201);
    assert_int_equal(add(&manager, id, &guest, "member"), 201);
    struct api_reply r = API_SEND(&manager, "PATCH", member_path(id, &guest), "{\"role\":\"manager\"}", "If-Match", "\"v1\"");
    assert_int_equal(r.status, 200);
    assert_int_equal(api_number(&r, "data.version"), 2);
    r = API_SEND(&manager, "PATCH", member_path(id, &guest), "{\"role\":\"member\"}", "If-Match", "\"v1\"");
    refused(&r, 412, "version_mismatch");
    assert_string_equal(api_text(&r, "error.details.current.role"), "manager");
    /* A manager of the team without the permission to invite changes nothing. */
    assert_int_equal(api_patch(&guest, member_path(id, &manager), "{\"role\":\"member\"}").status, 403);
    r = API_SEND(&manager, "DELETE", member_path(id, &guest), NULL, "If-Match", "\"v1\"");
    refused(&r, 412, "version_mismatch");
    assert_int_equal(api_delete(&manager, member_path(id, &guest)).status, 200);
    assert_int_equal(api_delete(&manager, member_path(id, &guest)).status, 404);
    assert_int_equal(api_delete(&manager, member_path(brand.team_id, &member)).status, 403);
    assert_int_equal(
        pg_count("select count(*) from karara.events where kind = 'team.member_removed' and subject_id = '%s'", id), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_manages_users_makes_a_team_and_manages_it),
        cmocka_unit_test(one_sees_the_teams_one_is_in_and_admins_all),
        cmocka_unit_test(managers_change_their_own_teams_only),
        cmocka_unit_test(a_team_without_boards_is_deleted),
        cmocka_unit_test(of_the_last_two_teams_deleted_at_once_one_stays),
        cmocka_unit_test(people_of_the_brand_are_added_to_a_team),
        cmocka_unit_test(a_team_gives_its_members_sight_of_it_at_once),
        cmocka_unit_test(the_members_of_a_team_are_for_those_who_see_it),
        cmocka_unit_test(managers_of_a_team_manage_its_members),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
