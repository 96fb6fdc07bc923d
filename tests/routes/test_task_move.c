/* test_task_move.c - ranks, lists and limits of work in progress, also when many move at once. */
#include "cast.h"
#include "pg.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define WORKERS 30

static struct api_person owner, worker, busy;
static struct api_brand brand;
static char ids[64][UUID_TEXT_SIZE];

static int begin(void **state)
{
    (void)state;
    api_begin();
    brand = CAST("home", &owner, { &worker, "member worker" }, { &busy, "member busy" });
    return 0;
}

/* Without tasks and limits. */
static int clear(void **state)
{
    (void)state;
    pg_exec("delete from tenant_shared.tasks; update tenant_shared.lists set task_count = 0, wip_limit = null;"
            "update tenant_shared.boards set task_count = 0; update karara.users set wip_limit = 100");
    return 0;
}

/* `n` tasks in the first list, in ids[]. */
static void add(int n, const struct api_person *assignee)
{
    for (int i = 0; i < n; i++) {
        const char *who = assignee != NULL ? api_f(",\"assignee_ids\":[\"%s\"]", assignee->id) : "";
        struct api_reply r =
            api_post(&owner, api_f("/api/v1/boards/%s/tasks", brand.board_id), api_f("{\"title\":\"%d\"%s}", i, who));
        assert_int_equal(r.status, 201);
        snprintf(ids[i], sizeof ids[i], "%s", api_text(&r, "data.id"));
    }
}

static struct api_reply move(const char *id, const char *body)
{
    return api_patch(&owner, api_f("/api/v1/tasks/%s/move", id), body);
}

static struct api_reply move_to(const char *id, const char *list)
{
    return move(id, api_f("{\"list_id\":\"%s\"}", list));
}

static struct api_reply move_beside(const char *id, const char *list, const char *before, const char *after)
{
    const char *b = before != NULL ? api_f(",\"before\":\"%s\"", before) : "";
    return move(id, api_f("{\"list_id\":\"%s\"%s%s}", list, b, after != NULL ? api_f(",\"after\":\"%s\"", after) : ""));
}

/* Titles of a list's tasks in their order: "0,1,2". */
static const char *order(const char *list)
{
    return pg_value("select string_agg(title, ',' order by position, id) from tenant_shared.tasks where list_id = '%s' and "
                    "archived_at is null",
                    list);
}

static void counts_are_right(void)
{
    assert_int_equal(pg_count("select count(*) from tenant_shared.lists l where task_count <> (select count(*) from "
                              "tenant_shared.tasks t where t.list_id = l.id and archived_at is null)"),
                     0);
    assert_int_equal(pg_count("select count(*) from tenant_shared.boards b where task_count <> (select count(*) from "
                              "tenant_shared.tasks t where t.board_id = b.id and archived_at is null)"),
                     0);
    assert_int_equal(
        pg_count("select count(*) from (select from tenant_shared.tasks where archived_at is null group by list_id, position "
                 "having count(*) > 1) d"),
        0);
}

static void full(const struct api_reply *r, const char *scope)
{
    assert_int_equal(r->status, 409);
    assert_string_equal(api_error(r), "wip_limit_exceeded");
    assert_string_equal(api_text(r, "error.details.scope"), scope);
    assert_true(api_number(r, "error.details.limit") > 0);
    assert_string_not_equal(api_text(r, "error.details.message"), "");
}

/* ---- places ---- */

static void a_task_moves_to_the_end_or_beside_another(void **state)
{
    (void)state;
    add(5, NULL);
    assert_int_equal(move_beside(ids[4], brand.todo_id, ids[1], NULL).status, 200);
    assert_string_equal(order(brand.todo_id), "0,4,1,2,3");
    move_beside(ids[0], brand.todo_id, NULL, ids[2]);
    assert_string_equal(order(brand.todo_id), "4,1,2,0,3");
    move_beside(ids[3], brand.todo_id, ids[4], NULL);
    assert_string_equal(order(brand.todo_id), "3,4,1,2,0");
    move_beside(ids[3], brand.todo_id, NULL, ids[0]);
    assert_string_equal(order(brand.todo_id), "4,1,2,0,3");
    move_beside(ids[3], brand.todo_id, ids[2], ids[1]);
    assert_string_equal(order(brand.todo_id), "4,1,3,2,0");
    move_to(ids[4], brand.todo_id);
    assert_string_equal(order(brand.todo_id), "1,3,2,0,4");
    struct api_reply r = move_to(ids[3], brand.progress_id);
    assert_string_equal(api_text(&r, "data.status"), "in_progress");
    assert_int_equal(api_number(&r, "data.version"), 5);
    move_to(ids[0], brand.progress_id);
    r = move_beside(ids[2], brand.progress_id, ids[0], NULL);
    assert_string_equal(order(brand.progress_id), "3,2,0");
    assert_string_equal(order(brand.todo_id), "1,4");
    assert_string_equal(
        pg_value("select kind || ' ' || (payload ->> 'before') from karara.events where subject_id = '%s' order by id "
                 "desc limit 1",
                 ids[2]),
        api_f("task.moved %s", ids[0]));
    counts_are_right();
}

static void a_status_moves_to_the_first_list_that_has_it(void **state)
{
    (void)state;
    add(1, NULL);
    struct api_reply r = api_patch(&owner, api_f("/api/v1/tasks/%s/move?status=completed", ids[0]), "{}");
    assert_int_equal(r.status, 200);
    assert_string_equal(api_text(&r, "data.list_id"), brand.done_id);
    assert_string_not_equal(api_text(&r, "data.completed_at"), "");
    assert_string_equal(
        pg_value("select payload ->> 'status' from karara.events where subject_id = '%s' and kind = 'task.moved'", ids[0]),
        "completed");
    r = api_patch(&owner, api_f("/api/v1/tasks/%s/move?status=cancelled", ids[0]), NULL);
    assert_string_equal(api_text(&r, "data.list_id"), brand.done_id);
    assert_true(json_is_null(api_json(&r, "data.completed_at")));
    counts_are_right();
}

static void a_place_that_is_not_there_is_refused(void **state)
{
    (void)state;
    add(4, NULL);
    move_to(ids[3], brand.done_id);
    static const char *const nowhere = "01900000-0000-7000-8000-000000000000";
    assert_int_equal(move_beside(ids[0], brand.todo_id, ids[3], NULL).status, 409);
    assert_int_equal(move_beside(ids[0], brand.todo_id, NULL, nowhere).status, 409);
    assert_int_equal(move_beside(ids[0], brand.todo_id, ids[1], ids[2]).status, 409);
    assert_int_equal(move_beside(ids[0], brand.todo_id, ids[1], ids[1]).status, 409);
    assert_int_equal(move_beside(ids[0], brand.todo_id, ids[0], NULL).status, 422);
    assert_int_equal(move_beside(ids[0], brand.todo_id, NULL, ids[0]).status, 422);
    assert_int_equal(move_to(ids[0], nowhere).status, 422);
    assert_int_equal(move(ids[0], "{}").status, 422);
    assert_int_equal(move(ids[0], api_f("{\"before\":\"%s\"}", ids[1])).status, 422);
    struct api_reply r =
        api_patch(&owner, api_f("/api/v1/tasks/%s/move?status=todo", ids[0]), api_f("{\"list_id\":\"%s\"}", brand.done_id));
    assert_int_equal(r.status, 422);
    api_post(&owner, api_f("/api/v1/tasks/%s/archive", ids[1]), "{}");
    assert_int_equal(move_beside(ids[0], brand.todo_id, ids[1], NULL).status, 409);
    r = move_to(ids[1], brand.done_id);
    assert_int_equal(r.status, 409);
    assert_string_equal(api_error(&r), "conflict");
    assert_string_equal(order(brand.todo_id), "0,2");
    counts_are_right();
}

static void ranks_stay_short_however_often_one_moves_into_the_same_gap(void **state)
{
    (void)state;
    add(12, NULL);
    for (int i = 0; i < 200; i++) {
        /* Always directly behind the first, never the last one moved: each time a deeper gap. */
        struct api_reply r = move_beside(ids[2 + i % 10], brand.todo_id, NULL, ids[0]);
        assert_int_equal(r.status, 200);
    }
    assert_true(pg_count("select max(length(position)) from tenant_shared.tasks") <= 26);
    assert_int_equal(
        pg_count("select count(*) from karara.events where kind = 'list.reordered' and channels = array['board:%s']",
                 brand.board_id) > 0,
        1);
    assert_string_equal(order(brand.todo_id), "0,11,10,9,8,7,6,5,4,3,2,1");
    counts_are_right();
}

static void members_move_only_what_is_theirs(void **state)
{
    (void)state;
    add(1, NULL);
    const char *path = api_f("/api/v1/tasks/%s/move", ids[0]);
    const char *body = api_f("{\"list_id\":\"%s\"}", brand.done_id);
    assert_int_equal(api_patch(&worker, path, body).status, 403);
    assert_int_equal(API_SEND(&owner, "PATCH", path, body, "If-Match", "\"v7\"").status, 412);
    api_post(&owner, api_f("/api/v1/tasks/%s/assign", ids[0]), api_f("{\"assignee_ids\":[\"%s\"]}", worker.id));
    assert_int_equal(api_patch(&worker, path, body).status, 200);
    assert_string_equal(order(brand.done_id), "0");
}

/* ---- limits ---- */

static void a_full_list_takes_no_more(void **state)
{
    (void)state;
    add(4, NULL);
    pg_exec("update tenant_shared.lists set wip_limit = 2 where id = '%s'", brand.progress_id);
    assert_int_equal(move_to(ids[0], brand.progress_id).status, 200);
    assert_int_equal(move_to(ids[1], brand.progress_id).status, 200);
    struct api_reply r = move_to(ids[2], brand.progress_id);
    full(&r, "list");
    assert_string_equal(api_text(&r, "error.details.list_id"), brand.progress_id);
    assert_int_equal(api_number(&r, "error.details.limit"), 2);
    r = api_patch(&owner, api_f("/api/v1/tasks/%s", ids[2]), "{\"status\":\"in_progress\"}");
    full(&r, "list");
    r = api_patch(&owner, api_f("/api/v1/tasks/%s", ids[2]), "{\"status\":\"in_progress\",\"title\":\"x\"}");
    full(&r, "list");
    r = api_post(&owner, api_f("/api/v1/boards/%s/tasks", brand.board_id), "{\"title\":\"x\",\"status\":\"in_progress\"}");
    full(&r, "list");
    assert_int_equal(move_beside(ids[0], brand.progress_id, NULL, ids[1]).status, 200); /* is in it already */
    assert_int_equal(api_patch(&owner, api_f("/api/v1/tasks/%s", ids[1]), "{\"status\":\"in_progress\"}").status, 200);
    api_post(&owner, api_f("/api/v1/tasks/%s/archive", ids[0]), "{}");
    assert_int_equal(move_to(ids[2], brand.progress_id).status, 200);
    r = api_post(&owner, api_f("/api/v1/tasks/%s/restore", ids[0]), "{}");
    full(&r, "list");
    counts_are_right();
}

static void a_busy_person_gets_no_more_in_progress(void **state)
{
    (void)state;
    pg_exec("update karara.users set wip_limit = 1 where id = '%s'", busy.id);
    add(3, &busy);
    assert_int_equal(move_to(ids[0], brand.progress_id).status, 200);
    struct api_reply r = move_to(ids[1], brand.progress_id);
    full(&r, "user");
    assert_string_equal(api_text(&r, "error.details.user_id"), busy.id);
    r = api_post(&owner, api_f("/api/v1/tasks/%s/status", ids[1]), "{\"status\":\"in_progress\"}");
    full(&r, "user");
    const char *named = api_f("\"assignee_ids\":[\"%s\"]", busy.id);
    r = api_patch(&owner, api_f("/api/v1/tasks/%s", ids[1]), api_f("{\"status\":\"in_progress\",%s}", named));
    full(&r, "user");
    r = api_post(&owner, api_f("/api/v1/boards/%s/tasks", brand.board_id),
                 api_f("{\"title\":\"x\",\"list_id\":\"%s\",%s}", brand.progress_id, named));
    full(&r, "user");
    api_post(&owner, api_f("/api/v1/tasks/%s/assign", ids[1]), "{\"assignee_ids\":[]}");
    assert_int_equal(move_to(ids[1], brand.progress_id).status, 200);
    r = api_post(&owner, api_f("/api/v1/tasks/%s/assign", ids[1]), api_f("{%s}", named));
    full(&r, "user");
    r = api_patch(&owner, api_f("/api/v1/tasks/%s", ids[1]), api_f("{%s}", named));
    full(&r, "user");
    assert_int_equal(api_patch(&owner, api_f("/api/v1/tasks/%s", ids[0]), api_f("{%s}", named)).status,
                     200); /* counted already */
    api_post(&owner, api_f("/api/v1/tasks/%s/archive", ids[0]), "{}");
    assert_int_equal(api_post(&owner, api_f("/api/v1/tasks/%s/assign", ids[1]), api_f("{%s}", named)).status, 200);
    r = api_post(&owner, api_f("/api/v1/tasks/%s/restore", ids[0]), "{}");
    full(&r, "user");
    assert_int_equal(api_post(&owner, api_f("/api/v1/tasks/%s/status", ids[1]), "{\"status\":\"completed\"}").status, 200);
    assert_int_equal(api_post(&owner, api_f("/api/v1/tasks/%s/restore", ids[0]), "{}").status, 200);
    counts_are_right();
}

/* 0 when it succeeded, 1 when a limit refused it, 2 for anything else. */
static int verdict(const struct api_reply *r)
{
    if (r->status != 200 && strcmp(api_error(r), "wip_limit_exceeded") != 0) {
        fprintf(stderr, "%d %s\n", r->status, r->body);
    }
    return r->status == 200 ? 0 : strcmp(api_error(r), "wip_limit_exceeded") == 0 ? 1 : 2;
}

static int move_one(int index, void *arg)
{
    (void)arg;
    struct api_reply r = move_to(ids[index], brand.progress_id);
    return verdict(&r);
}

static int set_one(int index, void *arg)
{
    (void)arg;
    struct api_reply r = api_patch(&owner, api_f("/api/v1/tasks/%s", ids[index]), "{\"status\":\"in_progress\"}");
    return verdict(&r);
}

static int assign_one(int index, void *arg)
{
    (void)arg;
    struct api_reply r =
        api_post(&owner, api_f("/api/v1/tasks/%s/assign", ids[index]), api_f("{\"assignee_ids\":[\"%s\"]}", busy.id));
    return verdict(&r);
}

/* Of all that try at once, `expected` succeed and the limit refuses the others. */
static void at_once(int n, int (*run)(int, void *), int expected)
{
    int results[WORKERS];
    int done = 0;
    api_at_once(n, run, NULL, results);
    for (int i = 0; i < n; i++) {
        assert_in_range(results[i], 0, 1);
        done += results[i] == 0;
    }
    assert_int_equal(done, expected);
    counts_are_right();
}

static void of_thirty_at_once_three_enter_a_list_of_three(void **state)
{
    (void)state;
    add(WORKERS, NULL);
    pg_exec("update tenant_shared.lists set wip_limit = 3 where id = '%s'", brand.progress_id);
    at_once(WORKERS, move_one, 3);
    assert_int_equal(pg_count("select count(*) from tenant_shared.tasks where list_id = '%s'", brand.progress_id), 3);
}

/* Every second task stands on another board, whose lock doesn't help. */
static void spread_over_two_boards(void)
{
    struct api_reply r = api_post(&owner, "/api/v1/boards", api_f("{\"name\":\"Second\",\"team_id\":\"%s\"}", brand.team_id));
    const char *board = api_f("%s", api_text(&r, "data.id"));
    for (int i = 0; i < WORKERS; i += 2) {
        r = api_post(&owner, api_f("/api/v1/boards/%s/tasks", board),
                     api_f("{\"title\":\"x\",\"assignee_ids\":[\"%s\"]}", busy.id));
        assert_int_equal(r.status, 201);
        snprintf(ids[i], sizeof ids[i], "%s", api_text(&r, "data.id"));
    }
}

static void of_thirty_at_once_on_two_boards_a_person_gets_three(void **state)
{
    (void)state;
    add(WORKERS, &busy);
    spread_over_two_boards();
    pg_exec("update karara.users set wip_limit = 3 where id = '%s'", busy.id);
    at_once(WORKERS, set_one, 3);
    assert_int_equal(
        pg_count("select count(*) from tenant_shared.tasks t join tenant_shared.task_assignees a on a.task_id = t.id where "
                 "a.user_id = '%s' and t.status = 'in_progress'",
                 busy.id),
        3);
}

static void of_thirty_assignments_at_once_a_person_gets_three(void **state)
{
    (void)state;
    add(WORKERS, NULL);
    pg_exec("update karara.users set wip_limit = 3 where id = '%s'", busy.id);
    for (int i = 0; i < WORKERS; i++) {
        assert_int_equal(move_to(ids[i], brand.progress_id).status, 200);
    }
    at_once(WORKERS, assign_one, 3);
}

/* ---- everything at once ---- */

static const char *any_body(int kind, int n)
{
    const char *lists[] = { brand.todo_id, brand.progress_id, brand.done_id };
    switch (kind) {
    case 0:
        return api_f("{\"list_id\":\"%s\",\"before\":\"%s\"}", lists[n % 3], ids[(n * 7 + 1) % 20]);
    case 1:
        return api_f("{\"list_id\":\"%s\",\"after\":\"%s\"}", lists[n % 3], ids[(n * 5 + 2) % 20]);
    case 2:
        return api_f("{\"status\":\"%s\",\"title\":\"x\"}", n % 2 ? "in_progress" : "completed");
    default:
        return api_f("{\"assignee_ids\":[\"%s\",\"%s\"]}", n % 2 ? busy.id : worker.id, n % 2 ? worker.id : busy.id);
    }
}

/* Sixty changes of every kind; 0 unless one met something that can't be explained. */
static int storm(int index, void *arg)
{
    (void)arg;
    srand((unsigned)index);
    for (int i = 0; i < 60; i++) {
        int n = rand() % 1000, kind = rand() % 6;
        const char *id = ids[n % 20];
        struct api_reply r;
        if (kind < 2) {
            r = move(id, any_body(kind, n));
        } else if (kind < 4) {
            r = api_patch(&owner, api_f("/api/v1/tasks/%s", id), any_body(kind, n));
        } else if (kind == 4) {
            r = api_post(&owner, api_f("/api/v1/tasks/%s/%s", id, n % 3 ? "restore" : "archive"), "{}");
        } else {
            r = api_post(&owner, api_f("/api/v1/boards/%s/tasks", brand.board_id), "{\"title\":\"new\"}");
            if (r.status == 201 && n % 2) {
                r = api_delete(&owner, api_f("/api/v1/tasks/%s", api_text(&r, "data.id")));
            }
        }
        if (r.status >= 400 && r.status != 409 && r.status != 422) {
            fprintf(stderr, "%d %s\n", r.status, r.body);
            return 1;
        }
    }
    return 0;
}

static void a_storm_of_changes_leaves_counts_ranks_and_limits_right(void **state)
{
    (void)state;
    int results[8];
    add(20, NULL);
    pg_exec("update tenant_shared.lists set wip_limit = 6 where id = '%s'; update karara.users set wip_limit = 4",
            brand.progress_id);
    api_at_once(8, storm, NULL, results);
    for (int i = 0; i < 8; i++) {
        assert_int_equal(results[i], 0);
    }
    counts_are_right();
    assert_true(pg_count("select count(*) from tenant_shared.tasks where list_id = '%s' and archived_at is null",
                         brand.progress_id) <= 6);
    assert_int_equal(
        pg_count("select count(*) from (select from tenant_shared.tasks t join tenant_shared.task_assignees a on a.task_id = "
                 "t.id where t.status = 'in_progress' and archived_at is null group by a.user_id having count(*) > 4) d"),
        0);
    assert_int_equal(
        pg_count("select count(*) from tenant_shared.tasks where (status = 'completed') <> (completed_at is not null)"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_task_moves_to_the_end_or_beside_another, clear),
        cmocka_unit_test_setup(a_status_moves_to_the_first_list_that_has_it, clear),
        cmocka_unit_test_setup(a_place_that_is_not_there_is_refused, clear),
        cmocka_unit_test_setup(ranks_stay_short_however_often_one_moves_into_the_same_gap, clear),
        cmocka_unit_test_setup(members_move_only_what_is_theirs, clear),
        cmocka_unit_test_setup(a_full_list_takes_no_more, clear),
        cmocka_unit_test_setup(a_busy_person_gets_no_more_in_progress, clear),
        cmocka_unit_test_setup(of_thirty_at_once_three_enter_a_list_of_three, clear),
        cmocka_unit_test_setup(of_thirty_at_once_on_two_boards_a_person_gets_three, clear),
        cmocka_unit_test_setup(of_thirty_assignments_at_once_a_person_gets_three, clear),
        cmocka_unit_test_setup(a_storm_of_changes_leaves_counts_ranks_and_limits_right, clear),
    };
    return cmocka_run_group_tests_name("task moves", tests, begin, NULL);
}
