/* test_board_lists.c - the lists of a board. */
#include "cast.h"
#include "pg.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct api_person owner, manager, member, client, stranger;
static struct api_brand brand, away;
static char board[UUID_TEXT_SIZE]; /* a fresh one for each test */
static char todo[UUID_TEXT_SIZE], progress[UUID_TEXT_SIZE], done[UUID_TEXT_SIZE];

static int begin(void **state)
{
    (void)state;
    api_begin();
    stranger = api_person("stranger");
    brand = CAST("home", &owner, { &manager, "manager" }, { &member, "member" }, { &client, "client" });
    away = api_brand("away", &stranger);
    return 0;
}

static struct api_reply lists(const struct api_person *who)
{
    return api_get(who, api_f("/api/v1/boards/%s/lists", board));
}

static int fresh_board(void **state)
{
    (void)state;
    struct api_reply r = api_post(&owner, "/api/v1/boards", api_f("{\"name\":\"Board\",\"team_id\":\"%s\"}", brand.team_id));
    snprintf(board, sizeof board, "%s", api_text(&r, "data.id"));
    r = lists(&owner);
    snprintf(todo, sizeof todo, "%s", api_text(&r, "data.0.id"));
    snprintf(progress, sizeof progress, "%s", api_text(&r, "data.1.id"));
    snprintf(done, sizeof done, "%s", api_text(&r, "data.2.id"));
    pg_exec("update karara.users set wip_limit = 100");
    return 0;
}

static struct api_reply add(const struct api_person *who, const char *name, const char *more)
{
    return api_post(who, api_f("/api/v1/boards/%s/lists", board), api_f("{\"name\":\"%s\"%s}", name, more));
}

static const char *at(const char *id)
{
    return api_f("/api/v1/lists/%s", id);
}

static const char *order(void)
{
    return pg_value("select string_agg(name, ',' order by position, id) from tenant_shared.lists where board_id = '%s'", board);
}

static const char *add_task(const char *list, const char *more)
{
    struct api_reply r = api_post(&owner, api_f("/api/v1/boards/%s/tasks", board),
                                  api_f("{\"title\":\"Task\",\"list_id\":\"%s\"%s}", list, more));
    assert_int_equal(r.status, 201);
    return api_text(&r, "data.id");
}

static void counts_are_right(void)
{
    assert_int_equal(pg_count("select count(*) from tenant_shared.lists l where task_count <> (select count(*) from "
                              "tenant_shared.tasks t where t.list_id = l.id and archived_at is null)"),
                     0);
}

static void a_list_is_added_at_the_end_or_beside_another(void **state)
{
    (void)state;
    struct api_reply r = add(&manager, "Review", ",\"status\":\"in_progress\",\"wip_limit\":4");
    assert_int_equal(r.status, 201);
    assert_string_equal(api_header(&r, "Location"), api_f("/api/v1/lists/%s", api_text(&r, "data.id")));
    assert_string_equal(api_text(&r, "data.board_id"), board);
    assert_int_equal(api_number(&r, "data.wip_limit"), 4);
    assert_int_equal(api_number(&r, "data.task_count"), 0);
    r = add(&manager, "First", api_f(",\"before\":\"%s\"", todo));
    assert_string_equal(api_text(&r, "data.status"), "todo");
    assert_true(json_is_null(api_json(&r, "data.wip_limit")));
    add(&manager, "Next", api_f(",\"after\":\"%s\"", todo));
    assert_string_equal(order(), "First,To do,Next,In progress,Done,Review");
    assert_int_equal(add(&manager, "x", api_f(",\"before\":\"%s\"", brand.todo_id)).status, 409);
    assert_int_equal(add(&manager, "x", api_f(",\"before\":\"%s\",\"after\":\"%s\"", todo, done)).status, 409);
    assert_int_equal(add(&manager, "x", ",\"wip_limit\":0").status, 422);
    assert_int_equal(add(&manager, "", "").status, 422);
    assert_int_equal(
        pg_count("select count(*) from karara.events where kind = 'list.created' and channels = array['board:%s']", board), 3);
}

static void lists_are_seen_with_their_board_and_changed_with_the_right_to(void **state)
{
    (void)state;
    struct api_reply r = lists(&member);
    assert_int_equal(api_number(&r, "count"), 3);
    r = lists(&client);
    refused(&r, 403, "permission_denied");
    assert_int_equal(api_get(&member, at(todo)).status, 200);
    assert_int_equal(api_get(&client, at(todo)).status, 403);
    assert_int_equal(api_get(&member, at(away.todo_id)).status, 404);
    assert_int_equal(api_get(&member, api_f("/api/v1/boards/%s/lists", away.board_id)).status, 404);
    assert_int_equal(api_get(&member, api_f("/api/v1/boards/%s/lists?status=todo", away.board_id)).status, 404);
    r = api_get(&member, api_f("/api/v1/boards/%s/lists?status=completed", board));
    assert_int_equal(api_number(&r, "count"), 1);
    assert_int_equal(add(&member, "x", "").status, 403);
    assert_int_equal(api_patch(&member, at(todo), "{\"name\":\"x\"}").status, 403);
    assert_int_equal(api_delete(&member, at(todo)).status, 403);
    add_task(todo, api_f(",\"assignee_ids\":[\"%s\"]", client.id));
    assert_int_equal(api_get(&client, at(todo)).status, 200);
}

static void a_list_is_renamed_limited_and_moved(void **state)
{
    (void)state;
    struct api_reply r = api_patch(&manager, at(todo), "{\"name\":\"Backlog\",\"wip_limit\":7,\"status\":\"on_hold\"}");
    assert_int_equal(r.status, 200);
    assert_string_equal(api_text(&r, "data.status"), "on_hold");
    assert_int_equal(api_number(&r, "data.wip_limit"), 7);
    r = api_patch(&manager, at(todo), "{\"wip_limit\":null}");
    assert_true(json_is_null(api_json(&r, "data.wip_limit")));
    assert_string_equal(api_header(&r, "ETag"), "\"v3\"");
    r = API_SEND(&manager, "PATCH", at(todo), "{\"name\":\"x\"}", "If-Match", "\"v1\"");
    refused(&r, 412, "version_mismatch");
    api_patch(&manager, at(todo), api_f("{\"after\":\"%s\"}", done));
    assert_string_equal(order(), "In progress,Done,Backlog");
    api_patch(&manager, at(todo), api_f("{\"before\":\"%s\"}", done));
    assert_string_equal(order(), "In progress,Backlog,Done");
    api_patch(&manager, at(todo), api_f("{\"before\":\"%s\"}", progress));
    assert_string_equal(order(), "Backlog,In progress,Done");
    assert_int_equal(api_patch(&manager, at(todo), api_f("{\"before\":\"%s\"}", todo)).status, 422);
    assert_int_equal(api_patch(&manager, at(todo), api_f("{\"after\":\"%s\"}", todo)).status, 422);
    assert_int_equal(api_patch(&manager, at(todo), api_f("{\"after\":\"%s\"}", brand.todo_id)).status, 409);
}

static void a_list_with_tasks_goes_only_when_another_takes_them(void **state)
{
    (void)state;
    const char *first = add_task(todo, "");
    const char *put_away = add_task(todo, "");
    const char *second = add_task(todo, "");
    const char *last = add_task(done, "");
    api_post(&owner, api_f("/api/v1/tasks/%s/archive", put_away), "{}");
    struct api_reply r = api_delete(&manager, at(todo));
    refused(&r, 409, "conflict");
    assert_int_equal(api_number(&r, "error.details.task_count"), 3);
    r = api_delete(&manager, api_f("/api/v1/lists/%s?move_to=%s", todo, brand.todo_id));
    assert_int_equal(r.status, 422);
    r = api_delete(&manager, api_f("/api/v1/lists/%s?move_to=%s", todo, todo));
    assert_int_equal(r.status, 422);
    r = API_SEND(&manager, "DELETE", api_f("/api/v1/lists/%s?move_to=%s", todo, done), NULL, "If-Match", "\"v9\"");
    refused(&r, 412, "version_mismatch");
    r = api_delete(&manager, api_f("/api/v1/lists/%s?move_to=%s", todo, done));
    assert_int_equal(r.status, 200);
    assert_string_equal(
        pg_value("select string_agg(id::text, ',' order by position) from tenant_shared.tasks where list_id = '%s' and "
                 "archived_at is null and status = 'completed' and completed_at is not null",
                 done),
        api_f("%s,%s,%s", last, first, second));
    assert_string_equal(pg_value("select list_id || ' ' || status from tenant_shared.tasks where id = '%s'", put_away),
                        api_f("%s todo", done));
    counts_are_right();
    r = api_post(&owner, api_f("/api/v1/tasks/%s/restore", put_away), "{}");
    assert_string_equal(api_text(&r, "data.status"), "todo");
    counts_are_right();
}

static void a_board_keeps_a_list(void **state)
{
    (void)state;
    assert_int_equal(api_delete(&manager, at(todo)).status, 200);
    assert_int_equal(api_delete(&manager, at(progress)).status, 200);
    struct api_reply r = api_delete(&manager, at(done));
    refused(&r, 409, "conflict");
    assert_int_equal(api_delete(&manager, at(todo)).status, 404);
    assert_string_equal(order(), "Done");
}

static void limits_hold_for_tasks_of_a_list_that_goes(void **state)
{
    (void)state;
    const char *busy = api_f(",\"assignee_ids\":[\"%s\"]", member.id);
    const char *path = api_f("/api/v1/lists/%s?move_to=%s", todo, progress);
    add_task(todo, busy);
    add_task(todo, busy);
    add_task(progress, busy);
    pg_exec("update karara.users set wip_limit = 2 where id = '%s'", member.id);
    struct api_reply r = api_delete(&manager, path);
    refused(&r, 409, "wip_limit_exceeded");
    assert_string_equal(api_text(&r, "error.details.scope"), "user");
    assert_string_equal(api_text(&r, "error.details.user_id"), member.id);
    pg_exec("update karara.users set wip_limit = 3 where id = '%s'", member.id);
    api_patch(&manager, at(progress), "{\"wip_limit\":2}");
    r = api_delete(&manager, path);
    refused(&r, 409, "wip_limit_exceeded");
    assert_string_equal(api_text(&r, "error.details.list_id"), progress);
    api_patch(&manager, at(progress), "{\"wip_limit\":3}");
    assert_int_equal(api_delete(&manager, path).status, 200);
    assert_int_equal(
        pg_count("select count(*) from tenant_shared.tasks where list_id = '%s' and status = 'in_progress'", progress), 3);
    counts_are_right();
}

/* Half of them put tasks into a list, the other half remove it. */
static int enter_or_remove(int index, void *arg)
{
    (void)arg;
    struct api_reply r = index % 2 ? api_delete(&manager, api_f("/api/v1/lists/%s?move_to=%s", progress, done))
                                   : api_post(&owner, api_f("/api/v1/boards/%s/tasks", board),
                                              api_f("{\"title\":\"x\",\"list_id\":\"%s\"}", progress));
    return r.status == 200 ? 1 : r.status == 201 ? 2 : r.status == 404 || r.status == 422 ? 0 : 3;
}

static void a_list_that_goes_while_tasks_come_loses_none(void **state)
{
    (void)state;
    int results[10];
    int removed = 0, made = 0;
    api_at_once(10, enter_or_remove, NULL, results);
    for (int i = 0; i < 10; i++) {
        assert_in_range(results[i], 0, 2);
        removed += results[i] == 1;
        made += results[i] == 2;
    }
    assert_int_equal(removed, 1);
    assert_int_equal(pg_count("select count(*) from tenant_shared.tasks where board_id = '%s' and list_id = '%s'", board, done),
                     made);
    counts_are_right();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_list_is_added_at_the_end_or_beside_another, fresh_board),
        cmocka_unit_test_setup(lists_are_seen_with_their_board_and_changed_with_the_right_to, fresh_board),
        cmocka_unit_test_setup(a_list_is_renamed_limited_and_moved, fresh_board),
        cmocka_unit_test_setup(a_list_with_tasks_goes_only_when_another_takes_them, fresh_board),
        cmocka_unit_test_setup(a_board_keeps_a_list, fresh_board),
        cmocka_unit_test_setup(limits_hold_for_tasks_of_a_list_that_goes, fresh_board),
        cmocka_unit_test_setup(a_list_that_goes_while_tasks_come_loses_none, fresh_board),
    };
    return cmocka_run_group_tests_name("board lists", tests, begin, NULL);
}
