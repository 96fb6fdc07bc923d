/* test_boards.c - boards, and the snapshot of one. */
#include "api/dispatch.h"
#include "cast.h"
#include "pg.h"
#include "platform/db.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct api_person owner, manager, member, client, stranger;
static struct api_brand brand, away;
static char far_team[UUID_TEXT_SIZE]; /* nobody's but the owner's */

static int begin(void **state)
{
    (void)state;
    api_begin();
    stranger = api_person("stranger");
    brand = CAST("home", &owner, { &manager, "manager" }, { &member, "member" }, { &client, "client" });
    away = api_brand("away", &stranger);
    struct api_reply r = api_post(&owner, "/api/v1/teams", "{\"name\":\"Far\"}");
    snprintf(far_team, sizeof far_team, "%s", api_text(&r, "data.id"));
    return 0;
}

static struct api_reply create(const struct api_person *who, const char *name, const char *team, const char *more)
{
    return api_post(who, "/api/v1/boards", api_f("{\"name\":\"%s\",\"team_id\":\"%s\"%s}", name, team, more));
}

static const char *made(const char *name)
{
    struct api_reply r = create(&manager, name, brand.team_id, "");
    assert_int_equal(r.status, 201);
    return api_text(&r, "data.id");
}

static const char *at(const char *id)
{
    return api_f("/api/v1/boards/%s", id);
}

static const char *add_task_as(const struct api_person *who, const char *board, const char *more)
{
    struct api_reply r = api_post(who, api_f("/api/v1/boards/%s/tasks", board), api_f("{\"title\":\"Task\"%s}", more));
    assert_int_equal(r.status, 201);
    return api_text(&r, "data.id");
}

static const char *add_task(const char *board, const char *more)
{
    return add_task_as(&manager, board, more);
}

/* ---- boards ---- */

static void a_new_board_has_three_lists_and_a_key(void **state)
{
    (void)state;
    struct api_reply r = create(&manager, "Website", brand.team_id, ",\"description\":\"The site\"");
    assert_int_equal(r.status, 201);
    const char *id = api_text(&r, "data.id");
    assert_string_equal(api_header(&r, "Location"), api_f("/api/v1/boards/%s", id));
    assert_string_equal(api_text(&r, "data.key"), "WEB2"); /* WEB is taken */
    assert_string_equal(api_text(&r, "data.team_name"), "General");
    assert_string_equal(api_text(&r, "data.description"), "The site");
    assert_int_equal(api_number(&r, "data.task_count"), 0);
    assert_true(json_is_null(api_json(&r, "data.project_id")));
    r = api_get(&member, api_f("/api/v1/boards/%s/lists", id));
    assert_int_equal(api_number(&r, "count"), 3);
    assert_string_equal(api_text(&r, "data.0.name"), "To do");
    assert_string_equal(api_text(&r, "data.1.status"), "in_progress");
    assert_string_equal(api_text(&r, "data.2.status"), "completed");
    assert_int_equal(pg_count("select count(*) from karara.events where kind = 'board.created' and subject_id = '%s'", id), 1);
}

static void keys_come_from_names_and_are_unique(void **state)
{
    (void)state;
    static const char *const names[][2] = { { "4 Seasons", "SEA" },
                                            { "4 Seasons", "SEA2" },
                                            { "Sea", "SEA3" },
                                            { "x 1 y", "X1Y" },
                                            { "\u041f\u043b\u0430\u043d", "BRD" },
                                            { "!", "BRD2" } };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct api_reply r = create(&manager, names[i][0], brand.team_id, "");
        assert_string_equal(api_text(&r, "data.key"), names[i][1]);
    }
    struct api_reply r = create(&manager, "x", brand.team_id, ",\"key\":\"SEA2\"");
    refused(&r, 409, "already_exists");
    assert_non_null(api_json(&r, "error.field_errors.key"));
    r = create(&manager, "x", brand.team_id, ",\"key\":\"lower\"");
    wrong_field(&r, "key");
    r = create(&manager, "x", brand.team_id, ",\"key\":\"OWN\"");
    assert_string_equal(api_text(&r, "data.key"), "OWN");
}

static int create_same(int index, void *arg)
{
    (void)index;
    (void)arg;
    return create(&manager, "Parallel", brand.team_id, "").status == 201 ? 0 : 1;
}

static void boards_made_at_once_get_keys_and_places_of_their_own(void **state)
{
    (void)state;
    int results[8];
    api_at_once(8, create_same, NULL, results);
    for (int i = 0; i < 8; i++) {
        assert_int_equal(results[i], 0);
    }
    assert_int_equal(pg_count("select count(distinct key) from tenant_shared.boards where name = 'Parallel'"), 8);
    assert_int_equal(
        pg_count("select count(*) - count(distinct position) from tenant_shared.boards where brand_id = '%s'", brand.id), 0);
}

static void a_board_belongs_to_one_of_the_callers_teams(void **state)
{
    (void)state;
    struct api_reply r = create(&manager, "x", far_team, "");
    refused(&r, 403, "permission_denied");
    r = create(&manager, "x", away.team_id, "");
    wrong_field(&r, "team_id");
    r = create(&member, "x", brand.team_id, "");
    refused(&r, 403, "permission_denied");
    assert_int_equal(create(&owner, "x", far_team, "").status, 201);
    const char *id = made("Mine");
    r = api_patch(&manager, at(id), api_f("{\"team_id\":\"%s\"}", far_team));
    refused(&r, 403, "permission_denied");
    r = api_patch(&owner, at(id), api_f("{\"team_id\":\"%s\"}", far_team));
    assert_string_equal(api_text(&r, "data.team_name"), "Far");
    r = api_get(&manager, at(id));
    refused(&r, 403, "permission_denied");
}

static void one_sees_boards_of_ones_teams_and_with_ones_tasks(void **state)
{
    (void)state;
    const char *id = made("Seen");
    struct api_reply r = create(&owner, "Hidden", far_team, "");
    const char *hidden = api_text(&r, "data.id");
    r = api_get(&member, api_f("/api/v1/boards?team_id=%s&limit=100", far_team));
    assert_int_equal(api_number(&r, "count"), 0);
    r = api_get(&owner, api_f("/api/v1/boards?team_id=%s&limit=100", far_team));
    assert_true(api_number(&r, "count") > 0);
    assert_int_equal(api_get(&member, at(id)).status, 200);
    assert_int_equal(api_get(&member, at(hidden)).status, 403);
    assert_int_equal(api_get(&member, at(away.board_id)).status, 404);
    r = api_get(&client, "/api/v1/boards");
    assert_int_equal(api_number(&r, "count"), 0);
    add_task(id, api_f(",\"assignee_ids\":[\"%s\"]", client.id));
    add_task(id, "");
    r = api_get(&client, "/api/v1/boards");
    assert_int_equal(api_number(&r, "count"), 1);
    assert_string_equal(api_text(&r, "data.0.id"), id);
    assert_int_equal(api_number(&r, "data.0.task_count"), 1);
    r = api_get(&member, at(id));
    assert_int_equal(api_number(&r, "data.task_count"), 2);
    r = api_get(&client, api_f("/api/v1/boards/%s/tasks", id));
    assert_int_equal(api_number(&r, "count"), 1);
    assert_int_equal(json_array_size(api_json(&r, "data")), 1);
}

static void a_change_sets_what_is_given(void **state)
{
    (void)state;
    const char *id = made("Before");
    struct api_reply r = api_patch(&manager, at(id), "{\"name\":\"After\",\"key\":\"AFT\",\"settings\":{\"a\":1,\"b\":2}}");
    assert_int_equal(r.status, 200);
    assert_string_equal(api_text(&r, "data.key"), "AFT");
    assert_string_equal(api_header(&r, "ETag"), "\"v2\"");
    r = API_SEND(&manager, "PUT", at(id), "{\"settings\":{\"a\":null},\"description\":\"x\"}", "If-Match", "\"v2\"");
    assert_string_equal(api_text(&r, "data.name"), "After");
    assert_null(api_json(&r, "data.settings.a"));
    assert_int_equal(api_number(&r, "data.settings.b"), 2);
    r = API_SEND(&manager, "PATCH", at(id), "{\"name\":\"x\"}", "If-Match", "\"v2\"");
    refused(&r, 412, "version_mismatch");
    assert_string_equal(api_text(&r, "error.details.current.description"), "x");
    r = api_patch(&manager, at(id), "{\"description\":null,\"settings\":null}");
    assert_string_equal(api_text(&r, "data.description"), "");
    assert_int_equal(json_object_size(api_json(&r, "data.settings")), 0);
    r = api_patch(&manager, at(id), "{\"key\":\"WEB\"}");
    refused(&r, 409, "already_exists");
    assert_int_equal(api_patch(&member, at(id), "{\"name\":\"x\"}").status, 403);
}

static void a_board_with_tasks_is_deleted_only_by_force(void **state)
{
    (void)state;
    const char *id = made("Full");
    add_task(id, "");
    const char *put_away = add_task(id, "");
    api_post(&manager, api_f("/api/v1/tasks/%s/archive", put_away), "{}");
    struct api_reply r = api_delete(&manager, at(id));
    refused(&r, 403, "permission_denied");
    r = api_delete(&owner, at(id));
    refused(&r, 409, "conflict");
    assert_int_equal(api_number(&r, "error.details.task_count"), 2);
    r = api_delete(&owner, api_f("/api/v1/boards/%s?force=true", id));
    assert_int_equal(r.status, 200);
    assert_int_equal(pg_count("select count(*) from tenant_shared.tasks where board_id = '%s'", id), 0);
    assert_int_equal(api_get(&owner, at(id)).status, 404);
    assert_int_equal(api_delete(&owner, at(made("Empty"))).status, 200);
    assert_int_equal(api_delete(&owner, at(away.board_id)).status, 404);
}

/* ---- snapshot ---- */

static struct api_reply snapshot(const struct api_person *who, const char *board, const char *known)
{
    const char *path = api_f("/api/v1/boards/%s/snapshot", board);
    return known != NULL ? API_SEND(who, "GET", path, NULL, "If-None-Match", known) : api_get(who, path);
}

static void a_snapshot_holds_the_whole_board(void **state)
{
    (void)state;
    const char *id = made("Snap");
    add_task(id, ",\"description\":\"long\",\"status\":\"in_progress\"");
    const char *second = add_task(id, api_f(",\"assignee_ids\":[\"%s\"]", client.id));
    api_post(&manager, api_f("/api/v1/tasks/%s/archive", add_task(id, "")), "{}");
    struct api_reply r = snapshot(&member, id, NULL);
    assert_int_equal(r.status, 200);
    assert_string_equal(api_text(&r, "data.board.name"), "Snap");
    assert_int_equal(api_number(&r, "data.board.task_count"), 2);
    assert_int_equal(json_array_size(api_json(&r, "data.lists")), 3);
    assert_int_equal(json_array_size(api_json(&r, "data.tasks")), 2);
    assert_null(api_json(&r, "data.tasks.0.description"));
    assert_non_null(api_json(&r, "data.tasks.0.assignee_ids"));
    assert_int_equal(json_array_size(api_json(&r, "data.members")), 4); /* the team's three, and the client */
    assert_string_equal(api_text(&r, "data.members.0.name"), "Client Tester");
    assert_string_equal(api_text(&r, "data.members.0.email"), "client@test.example");
    assert_int_equal(api_number(&r, "data.sequence"), 0);
    relay_all();
    r = snapshot(&member, id, NULL);
    assert_int_equal(api_number(&r, "data.sequence"),
                     pg_count("select count(*) from karara.events where brand_id = '%s'", brand.id));
    r = snapshot(&client, id, NULL);
    assert_int_equal(json_array_size(api_json(&r, "data.tasks")), 1);
    assert_int_equal(api_number(&r, "data.board.task_count"), 1);
    assert_int_equal(api_number(&r, "data.lists.0.task_count") + api_number(&r, "data.lists.1.task_count"), 1);
    assert_string_equal(api_text(&r, "data.tasks.0.id"), second);
    assert_int_equal(snapshot(&client, away.board_id, NULL).status, 404);
    assert_int_equal(snapshot(&client, brand.board_id, NULL).status, 403);
    assert_int_equal(api_number(&r, "data.sequence"),
                     pg_count("select max(sequence) from karara.events where brand_id = '%s'", brand.id));
}

static char tag[128]; /* of the member's last snapshot */

/* 304 for the tag of before, in one round trip. */
static void same(const char *board)
{
    struct api_reply r = snapshot(&member, board, tag);
    assert_int_equal(r.status, 304);
    assert_int_equal(r.body_size, 0);
    assert_int_equal(db_counters(api_worker()->db).round_trips, 1);
}

/* After a change: 200, another tag, and with that 304 again. */
static void changed(const char *board, int status)
{
    assert_in_range(status, 200, 201);
    struct api_reply r = snapshot(&member, board, tag);
    assert_int_equal(r.status, 200);
    assert_string_not_equal(api_header(&r, "ETag"), tag);
    assert_true(json_is_object(api_json(&r, "data.board")));
    snprintf(tag, sizeof tag, "%s", api_header(&r, "ETag"));
    same(board);
}

static void a_snapshots_tag_changes_with_anything_in_it(void **state)
{
    (void)state;
    const char *id = made("Tagged");
    changed(id, 200);
    const char *task = add_task(id, "");
    changed(id, 200);
    struct api_reply r = api_get(&manager, api_f("/api/v1/boards/%s/lists", id));
    const char *assign = api_f("/api/v1/tasks/%s/assign", task);
    changed(id, api_patch(&manager, at(id), "{\"name\":\"Renamed\"}").status);
    changed(id, api_patch(&owner, api_f("/api/v1/teams/%s", brand.team_id), "{\"name\":\"General\"}").status);
    changed(id, api_patch(&manager, api_f("/api/v1/lists/%s", api_text(&r, "data.0.id")), "{\"name\":\"Later\"}").status);
    changed(id, api_patch(&manager, api_f("/api/v1/tasks/%s", task), "{\"title\":\"Other\"}").status);
    changed(id, api_post(&manager, assign, api_f("{\"assignee_ids\":[\"%s\"]}", client.id)).status);
    changed(id, api_patch(&client, "/api/v1/users/me", "{\"first_name\":\"Cleo\"}").status);
    changed(id, api_post(&manager, assign, "{\"assignee_ids\":[]}").status);
    changed(id, api_post(&manager, api_f("/api/v1/tasks/%s/archive", task), "{}").status);
    changed(id, api_delete(&owner, api_f("/api/v1/teams/%s/members/%s", brand.team_id, manager.id)).status);
    changed(id, api_post(&owner, api_f("/api/v1/teams/%s/members", brand.team_id),
                         api_f("{\"user_id\":\"%s\",\"role\":\"member\"}", manager.id))
                    .status);
    api_task(&away, &stranger, "Foreign");
    assert_int_equal(api_patch(&stranger, api_f("/api/v1/boards/%s", away.board_id), "{\"name\":\"Other\"}").status, 200);
    same(id);
    assert_int_equal(snapshot(&member, id, api_f("\"other\", W/%s", tag)).status, 304);
    assert_int_equal(snapshot(&member, id, "*").status, 304);
    assert_int_equal(snapshot(&member, id, "\"other\"").status, 200);
}

static void a_snapshots_tag_stays_when_the_relay_numbers_what_is_in_it(void **state)
{
    (void)state;
    const char *id = made("Numbered");
    add_task(id, "");
    changed(id, 200);
    relay_all();
    same(id);
}

/* Numbers of events are drawn before commit: a lower one may become visible after a higher one. */
static void a_snapshots_tag_changes_with_an_event_that_comes_late(void **state)
{
    (void)state;
    const char *id = made("Late");
    long long late = pg_count("select nextval(pg_get_serial_sequence('karara.events', 'id'))");
    add_task(id, "");
    changed(id, 200);
    pg_exec("insert into karara.events (id, brand_id, kind, subject_type) overriding system value values (%lld, '%s', "
            "'task.updated', "
            "'task')",
            late, brand.id);
    changed(id, 200);
}

static void what_a_snapshot_shows_depends_on_rights_that_may_end(void **state)
{
    (void)state;
    struct api_reply r = create(&owner, "Rights", far_team, "");
    const char *id = api_text(&r, "data.id");
    api_post(&owner, api_f("/api/v1/tasks/%s/assign", add_task_as(&owner, id, "")),
             api_f("{\"assignee_ids\":[\"%s\"]}", member.id));
    add_task_as(&owner, id, "");
    pg_exec("update karara.brand_members set permissions = '{\"can_view_all_projects\": true}' where user_id = '%s'",
            member.id);
    changed(id, 200);
    pg_exec("update karara.brand_members set permissions = '{}' where user_id = '%s'", member.id);
    changed(id, 200);
    r = snapshot(&member, id, NULL);
    assert_int_equal(json_array_size(api_json(&r, "data.tasks")), 1);
}

static void what_a_snapshot_knows_ends_with_its_request(void **state)
{
    (void)state;
    const char *id = made("Cheap");
    struct api_reply r = snapshot(&member, id, NULL);
    assert_int_equal(snapshot(&member, id, api_header(&r, "ETag")).status, 304);
    struct db *d = api_worker()->db;
    assert_true(db_exec_text(d, "do $$ begin if coalesce(current_setting('karara.snapshot_known', true), '') <> '' then "
                                "raise 'outlived'; end if; end $$"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_board_has_three_lists_and_a_key),
        cmocka_unit_test(keys_come_from_names_and_are_unique),
        cmocka_unit_test(boards_made_at_once_get_keys_and_places_of_their_own),
        cmocka_unit_test(a_board_belongs_to_one_of_the_callers_teams),
        cmocka_unit_test(one_sees_boards_of_ones_teams_and_with_ones_tasks),
        cmocka_unit_test(a_change_sets_what_is_given),
        cmocka_unit_test(a_board_with_tasks_is_deleted_only_by_force),
        cmocka_unit_test(a_snapshot_holds_the_whole_board),
        cmocka_unit_test(a_snapshots_tag_changes_with_anything_in_it),
        cmocka_unit_test(a_snapshots_tag_stays_when_the_relay_numbers_what_is_in_it),
        cmocka_unit_test(a_snapshots_tag_changes_with_an_event_that_comes_late),
        cmocka_unit_test(what_a_snapshot_shows_depends_on_rights_that_may_end),
        cmocka_unit_test(what_a_snapshot_knows_ends_with_its_request),
    };
    return cmocka_run_group_tests_name("boards", tests, begin, NULL);
}
