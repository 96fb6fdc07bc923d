/* test_tasks.c - making, changing, assigning, putting away and listing tasks. */
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

static struct api_person owner, manager, member, other, client, stranger;
static struct api_brand brand, away;
static char far_board[UUID_TEXT_SIZE]; /* of a team of its own, that only the owner sees */

static int begin(void **state)
{
    (void)state;
    api_begin();
    stranger = api_person("stranger");
    brand =
        CAST("home", &owner, { &manager, "manager" }, { &member, "member" }, { &other, "member other" }, { &client, "client" });
    away = api_brand("away", &stranger);
    struct api_reply r = api_post(&owner, "/api/v1/teams", "{\"name\":\"Far\"}");
    r = api_post(&owner, "/api/v1/boards", api_f("{\"name\":\"Far away\",\"team_id\":\"%s\"}", api_text(&r, "data.id")));
    snprintf(far_board, sizeof far_board, "%s", api_text(&r, "data.id"));
    return 0;
}

static struct api_reply create(const struct api_person *who, const char *more)
{
    return api_post(who, api_f("/api/v1/boards/%s/tasks", brand.board_id), api_f("{\"title\":\"Buy milk\"%s}", more));
}

static const char *made(const struct api_person *who, const char *more)
{
    struct api_reply r = create(who, more);
    assert_int_equal(r.status, 201);
    return api_text(&r, "data.id");
}

static const char *at(const char *id)
{
    return api_f("/api/v1/tasks/%s", id);
}

static struct api_reply act(const struct api_person *who, const char *id, const char *what, const char *body)
{
    return api_post(who, api_f("/api/v1/tasks/%s/%s", id, what), body);
}

/* Every list and board counts what it holds. */
static void counts_are_right(void)
{
    assert_int_equal(pg_count("select count(*) from tenant_shared.lists l where task_count <> (select count(*) from "
                              "tenant_shared.tasks t where t.list_id = l.id and archived_at is null)"),
                     0);
    assert_int_equal(pg_count("select count(*) from tenant_shared.boards b where task_count <> (select count(*) from "
                              "tenant_shared.tasks t where t.board_id = b.id and archived_at is null)"),
                     0);
}

/* ---- making ---- */

static void a_new_task_goes_to_the_end_of_the_first_list(void **state)
{
    (void)state;
    struct api_reply a = create(&member, "");
    struct api_reply b = create(&member, ",\"task_type\":\"bug\"");
    const char *id = api_text(&b, "data.id");
    assert_int_equal(b.status, 201);
    assert_string_equal(api_header(&b, "Location"), api_f("/api/v1/tasks/%s", id));
    assert_string_equal(api_header(&b, "ETag"), "\"v1\"");
    assert_int_equal(api_number(&b, "data.number"), api_number(&a, "data.number") + 1);
    assert_string_equal(api_text(&b, "data.reference"), api_f("WEB-%lld", api_number(&b, "data.number")));
    assert_string_equal(api_text(&b, "data.list_id"), brand.todo_id);
    assert_string_equal(api_text(&b, "data.status"), "todo");
    assert_string_equal(api_text(&b, "data.task_type"), "bug");
    assert_string_equal(api_text(&b, "data.created_by"), member.id);
    assert_true(strcmp(api_text(&a, "data.position"), api_text(&b, "data.position")) < 0);
    counts_are_right();
    assert_string_equal(pg_value("select kind || ' ' || subject_type || ' ' || actor_id || ' ' || channels::text || ' ' || "
                                 "(payload ->> 'task_type') from karara.events where subject_id = '%s'",
                                 id),
                        api_f("task.created task %s {board:%s} bug", member.id, brand.board_id));
}

static void all_that_is_said_of_a_new_task_is_kept(void **state)
{
    (void)state;
    struct api_reply r = api_post(
        &manager, "/api/v1/tasks",
        api_f(
            "{\"board_id\":\"%s\",\"title\":\" Paint \",\"description\":\" **red**\\n\",\"priority\":\"urgent\",\"start_at\":"
            "\"2026-01-02T03:04:05Z\",\"due_at\":\"2026-01-03T00:00:00+02:00\",\"estimated_hours\":1.5,\"tags\":[\"a\",\"b\"],"
            "\"custom_fields\":{\"size\":3,\"none\":null},\"assignee_ids\":[\"%s\",\"%s\",\"%s\"]}",
            brand.board_id, other.id, member.id, other.id));
    assert_int_equal(r.status, 201);
    r = api_get(&manager, at(api_text(&r, "data.id")));
    assert_string_equal(api_text(&r, "data.title"), "Paint");
    assert_string_equal(api_text(&r, "data.description"), " **red**\n");
    assert_string_equal(api_text(&r, "data.start_at"), "2026-01-02T03:04:05Z");
    assert_string_equal(api_text(&r, "data.due_at"), "2026-01-02T22:00:00Z");
    assert_string_equal(api_text(&r, "data.tags.1"), "b");
    assert_int_equal(api_number(&r, "data.custom_fields.size"), 3);
    assert_null(api_json(&r, "data.custom_fields.none"));
    assert_int_equal(json_array_size(api_json(&r, "data.assignee_ids")), 2);
    assert_string_equal(api_text(&r, "data.assignee_ids.0"), other.id);
    assert_string_equal(api_text(&r, "data.assignees.0.name"), "Other Tester");
    assert_string_equal(api_text(&r, "data.assignees.1.id"), member.id);
}

static void list_and_status_of_a_new_task_go_together(void **state)
{
    (void)state;
    struct api_reply r = create(&member, api_f(",\"list_id\":\"%s\"", brand.progress_id));
    assert_string_equal(api_text(&r, "data.status"), "in_progress");
    r = create(&member, ",\"status\":\"completed\"");
    assert_string_equal(api_text(&r, "data.list_id"), brand.done_id);
    assert_string_not_equal(api_text(&r, "data.completed_at"), "");
    r = create(&member, ",\"status\":\"on_hold\"");
    assert_string_equal(api_text(&r, "data.list_id"), brand.todo_id);
    assert_string_equal(api_text(&r, "data.status"), "on_hold");
    r = create(&member, api_f(",\"status\":\"completed\",\"list_id\":\"%s\"", brand.progress_id));
    wrong_field(&r, "status");
    r = create(&member, api_f(",\"list_id\":\"%s\"", away.todo_id));
    wrong_field(&r, "list_id");
    r = create(&member, api_f(",\"list_id\":\"%s\"", brand.id));
    wrong_field(&r, "list_id");
    counts_are_right();
}

static void a_new_task_is_checked(void **state)
{
    (void)state;
    struct api_reply r = create(&member, ",\"start_at\":\"2026-01-02T00:00:00Z\",\"due_at\":\"2026-01-01T00:00:00Z\"");
    wrong_field(&r, "due_at");
    r = create(&manager, api_f(",\"assignee_ids\":[\"%s\"]", stranger.id));
    wrong_field(&r, "assignee_ids");
    r = create(&member, ",\"estimated_hours\":-1");
    wrong_field(&r, "estimated_hours");
    r = create(&member, ",\"version\":2,\"brand_id\":\"x\",\"status\":\"gone\"");
    wrong_field(&r, "version");
    wrong_field(&r, "brand_id");
    wrong_field(&r, "status");
    r = api_post(&member, "/api/v1/tasks", "{\"title\":\"x\"}");
    wrong_field(&r, "board_id");
    r = api_post(&member, api_f("/api/v1/boards/%s/tasks", brand.board_id), "{}");
    wrong_field(&r, "title");
}

static void who_sees_all_of_a_board_may_make_tasks_there(void **state)
{
    (void)state;
    struct api_reply r = create(&client, "");
    refused(&r, 403, "permission_denied");
    r = api_post(&member, api_f("/api/v1/boards/%s/tasks", far_board), "{\"title\":\"x\"}");
    refused(&r, 403, "permission_denied");
    r = api_post(&member, "/api/v1/tasks", api_f("{\"title\":\"x\",\"board_id\":\"%s\"}", far_board));
    refused(&r, 403, "permission_denied");
    r = api_post(&member, "/api/v1/tasks", api_f("{\"title\":\"x\",\"board_id\":\"%s\"}", away.board_id));
    refused(&r, 404, "not_found");
    r = api_post(&member, api_f("/api/v1/boards/%s/tasks", away.board_id), "{\"title\":\"x\"}");
    refused(&r, 404, "not_found");
    r = api_post(&owner, api_f("/api/v1/boards/%s/tasks", far_board), "{\"title\":\"x\"}");
    assert_int_equal(r.status, 201);
    assert_string_equal(api_text(&r, "data.reference"), "FAR-1");
}

static const char *below(const char *parent)
{
    return api_f(",\"parent_task_id\":\"%s\"", parent);
}

static void subtasks_nest_three_deep_on_one_board(void **state)
{
    (void)state;
    const char *top = made(&manager, "");
    const char *one = made(&manager, below(top));
    const char *two = made(&manager, below(one));
    const char *three = made(&manager, below(two));
    struct api_reply r = create(&manager, below(three));
    wrong_field(&r, "parent_task_id");
    r = create(&manager, below(far_board));
    wrong_field(&r, "parent_task_id");
    const char *lone = made(&manager, "");
    const char *with_child = made(&manager, "");
    made(&manager, below(with_child));
    r = api_patch(&manager, at(top), api_f("{\"parent_task_id\":\"%s\"}", two));
    wrong_field(&r, "parent_task_id");
    r = api_patch(&manager, at(top), api_f("{\"parent_task_id\":\"%s\"}", top));
    wrong_field(&r, "parent_task_id");
    r = api_patch(&manager, at(with_child), api_f("{\"parent_task_id\":\"%s\"}", two));
    wrong_field(&r, "parent_task_id");
    r = api_patch(&manager, at(lone), api_f("{\"parent_task_id\":\"%s\"}", two));
    assert_int_equal(r.status, 200);
    assert_string_equal(api_text(&r, "data.parent_task_id"), two);
    r = api_patch(&manager, at(lone), "{\"parent_task_id\":null}");
    assert_true(json_is_null(api_json(&r, "data.parent_task_id")));
    r = api_post(&owner, api_f("/api/v1/boards/%s/tasks", far_board), "{\"title\":\"x\"}");
    r = api_patch(&owner, at(api_text(&r, "data.id")), api_f("{\"parent_task_id\":\"%s\"}", top));
    wrong_field(&r, "parent_task_id");
    assert_int_equal(api_delete(&manager, at(one)).status, 200);
    r = api_get(&manager, at(two));
    assert_true(json_is_null(api_json(&r, "data.parent_task_id")));
    assert_int_equal(api_number(&r, "data.version"), 2);
}

/* ---- changing ---- */

static void a_change_sets_what_is_given_and_nothing_else(void **state)
{
    (void)state;
    const char *id = made(&member, ",\"due_at\":\"2026-01-02T00:00:00Z\",\"tags\":[\"a\"],\"custom_fields\":{\"a\":1,\"b\":2}");
    struct api_reply r = api_patch(&member, at(id), "{\"title\":\"Buy bread\",\"custom_fields\":{\"b\":null,\"c\":3}}");
    assert_int_equal(r.status, 200);
    assert_string_equal(api_text(&r, "data.title"), "Buy bread");
    assert_string_equal(api_text(&r, "data.due_at"), "2026-01-02T00:00:00Z");
    assert_int_equal(api_number(&r, "data.custom_fields.a"), 1);
    assert_null(api_json(&r, "data.custom_fields.b"));
    assert_int_equal(api_number(&r, "data.custom_fields.c"), 3);
    assert_int_equal(api_number(&r, "data.version"), 2);
    assert_string_equal(api_header(&r, "ETag"), "\"v2\"");
    r = API_SEND(&member, "PUT", at(id), "{\"due_at\":null,\"tags\":[],\"description\":\"x\",\"task_type\":\"epic\"}", NULL);
    assert_true(json_is_null(api_json(&r, "data.due_at")));
    assert_int_equal(json_array_size(api_json(&r, "data.tags")), 0);
    assert_string_equal(api_text(&r, "data.description"), "x");
    r = api_patch(&member, at(id), "{\"description\":null,\"start_at\":\"2026-02-01T00:00:00Z\",\"priority\":\"low\"}");
    assert_string_equal(api_text(&r, "data.description"), "");
    r = api_patch(&member, at(id), "{\"due_at\":\"2026-01-31T00:00:00Z\"}");
    wrong_field(&r, "due_at");
    r = api_patch(&member, at(id), "{\"title\":null,\"priority\":null}");
    wrong_field(&r, "title");
    wrong_field(&r, "priority");
    r = api_patch(&member, at(id), api_f("{\"board_id\":\"%s\"}", far_board));
    wrong_field(&r, "board_id");
    assert_int_equal(pg_count("select count(*) from karara.events where subject_id = '%s' and kind = 'task.updated'", id), 3);
}

static void a_change_of_another_version_is_refused_with_the_present_one(void **state)
{
    (void)state;
    static const char *const bodies[] = { "{\"title\":\"Late\"}", "{\"status\":\"completed\"}", "{\"assignee_ids\":[]}" };
    const char *id = made(&manager, "");
    api_patch(&manager, at(id), "{\"title\":\"First\"}");
    for (int i = 0; i < 3; i++) {
        struct api_reply r = API_SEND(&manager, "PATCH", at(id), bodies[i], "If-Match", "\"v1\"");
        refused(&r, 412, "version_mismatch");
        assert_string_equal(api_text(&r, "error.details.current.title"), "First");
        assert_int_equal(api_number(&r, "error.details.current.version"), 2);
    }
    struct api_reply r = API_SEND(&manager, "DELETE", at(id), NULL, "If-Match", "\"v1\"");
    refused(&r, 412, "version_mismatch");
    assert_int_equal(API_SEND(&manager, "PATCH", at(id), bodies[1], "If-Match", "\"v2\"").status, 200);
    assert_int_equal(API_SEND(&manager, "GET", at(id), NULL, "If-None-Match", "\"v3\"").status, 304);
}

static void status_and_list_follow_each_other(void **state)
{
    (void)state;
    const char *id = made(&member, "");
    struct api_reply r = api_patch(&member, at(id), "{\"status\":\"completed\"}");
    assert_string_equal(api_text(&r, "data.list_id"), brand.done_id);
    assert_string_not_equal(api_text(&r, "data.completed_at"), "");
    r = api_patch(&member, at(id), api_f("{\"list_id\":\"%s\"}", brand.progress_id));
    assert_string_equal(api_text(&r, "data.status"), "in_progress");
    assert_true(json_is_null(api_json(&r, "data.completed_at")));
    r = api_patch(&member, at(id), "{\"status\":\"on_hold\",\"title\":\"Wait\"}"); /* no list has it: it stays */
    assert_string_equal(api_text(&r, "data.list_id"), brand.progress_id);
    assert_string_equal(api_text(&r, "data.status"), "on_hold");
    const char *position = api_text(&r, "data.position");
    r = act(&member, id, "status", "{\"status\":\"in_progress\"}"); /* its list has it */
    assert_string_equal(api_text(&r, "data.list_id"), brand.progress_id);
    assert_string_equal(api_text(&r, "data.position"), position);
    /* A whole object sent back with one of the two changed. */
    r = api_patch(&member, at(id), api_f("{\"status\":\"todo\",\"list_id\":\"%s\"}", brand.progress_id));
    assert_string_equal(api_text(&r, "data.list_id"), brand.todo_id);
    r = api_patch(&member, at(id), api_f("{\"status\":\"todo\",\"list_id\":\"%s\"}", brand.done_id));
    assert_string_equal(api_text(&r, "data.status"), "completed");
    r = api_patch(&member, at(id), api_f("{\"status\":\"todo\",\"list_id\":\"%s\"}", brand.progress_id));
    wrong_field(&r, "status");
    r = api_patch(&member, at(id), api_f("{\"title\":\"x\",\"list_id\":\"%s\"}", away.todo_id));
    wrong_field(&r, "list_id");
    r = act(&member, id, "priority", "{\"priority\":\"high\"}");
    assert_string_equal(api_text(&r, "data.priority"), "high");
    counts_are_right();
}

static int change_as(const struct api_person *who, const char *id)
{
    int status = api_patch(who, at(id), "{\"title\":\"Changed\"}").status;
    assert_int_equal(api_patch(who, at(id), "{\"status\":\"on_hold\"}").status, status);
    assert_int_equal(act(who, id, "priority", "{\"priority\":\"low\"}").status, status);
    assert_int_equal(act(who, id, "archive", "{}").status, status);
    assert_int_equal(act(who, id, "restore", "{}").status, status);
    return status;
}

static void members_change_what_they_made_or_work_on_and_managers_their_teams_tasks(void **state)
{
    (void)state;
    const char *id = made(&other, "");
    assert_int_equal(change_as(&other, id), 200);
    assert_int_equal(change_as(&member, id), 403);
    assert_int_equal(change_as(&manager, id), 200);
    assert_int_equal(change_as(&owner, id), 200);
    assert_int_equal(change_as(&client, id), 403);
    assert_int_equal(API_SEND(&stranger, "PATCH", at(id), "{\"title\":\"x\"}", "X-Brand-ID", away.id).status, 404);
    assert_int_equal(act(&manager, id, "assign", api_f("{\"assignee_ids\":[\"%s\",\"%s\"]}", member.id, client.id)).status,
                     200);
    assert_int_equal(change_as(&member, id), 200);
    assert_int_equal(change_as(&client, id), 403); /* sees it, no more */
    assert_int_equal(api_get(&client, at(id)).status, 200);
    assert_int_equal(api_delete(&member, at(id)).status, 403);
    struct api_reply r = api_post(&owner, api_f("/api/v1/boards/%s/tasks", far_board), "{\"title\":\"x\"}");
    const char *far = api_text(&r, "data.id");
    assert_int_equal(change_as(&manager, far), 403);
    assert_int_equal(api_get(&manager, at(far)).status, 403);
    assert_int_equal(api_delete(&manager, at(far)).status, 403);
    assert_int_equal(act(&owner, far, "assign", api_f("{\"assignee_ids\":[\"%s\"]}", manager.id)).status, 200);
    assert_int_equal(change_as(&manager, far), 200);
    r = api_delete(&manager, at(far));
    refused(&r, 403, "permission_denied");
    counts_are_right();
}

/* ---- assigning ---- */

static void assignees_stand_in_the_order_they_are_named_in(void **state)
{
    (void)state;
    const char *id = made(&manager, "");
    struct api_reply r = act(&manager, id, "assign", api_f("{\"assignee_ids\":[\"%s\",\"%s\"]}", other.id, member.id));
    assert_string_equal(api_text(&r, "data.assignee_ids.0"), other.id);
    assert_string_equal(api_text(&r, "data.assignees.1.name"), "Member Tester");
    r = api_patch(&manager, at(id),
                  api_f("{\"assignee_ids\":[\"%s\",\"%s\",\"%s\"],\"title\":\"All\"}", member.id, manager.id, other.id));
    assert_int_equal(r.status, 200);
    r = api_get(&manager, at(id));
    assert_string_equal(api_text(&r, "data.assignee_ids.0"), member.id);
    assert_string_equal(api_text(&r, "data.assignee_ids.1"), manager.id);
    assert_string_equal(api_text(&r, "data.assignee_ids.2"), other.id);
    r = act(&manager, id, "assign", "{\"assignee_ids\":[]}");
    assert_int_equal(json_array_size(api_json(&r, "data.assignees")), 0);
    assert_int_equal(pg_count("select count(*) from tenant_shared.task_assignees where task_id = '%s'", id), 0);
    r = act(&manager, id, "assign", api_f("{\"assignee_ids\":[\"%s\"]}", stranger.id));
    wrong_field(&r, "assignee_ids");
    r = api_patch(&manager, at(id), api_f("{\"status\":\"in_progress\",\"assignee_ids\":[\"%s\"]}", stranger.id));
    wrong_field(&r, "assignee_ids");
}

static void without_the_right_to_assign_one_may_take_and_leave_a_task_oneself(void **state)
{
    (void)state;
    struct api_reply r = create(&member, api_f(",\"assignee_ids\":[\"%s\"]", other.id));
    refused(&r, 403, "permission_denied");
    const char *id = made(&member, api_f(",\"assignee_ids\":[\"%s\"]", member.id));
    r = act(&member, id, "assign", api_f("{\"assignee_ids\":[\"%s\",\"%s\"]}", member.id, other.id));
    refused(&r, 403, "permission_denied");
    r = api_patch(&member, at(id), api_f("{\"title\":\"x\",\"assignee_ids\":[\"%s\"]}", other.id));
    refused(&r, 403, "permission_denied");
    assert_int_equal(act(&manager, id, "assign", api_f("{\"assignee_ids\":[\"%s\",\"%s\"]}", member.id, other.id)).status, 200);
    r = act(&member, id, "assign", "{\"assignee_ids\":[]}");
    refused(&r, 403, "permission_denied");
    r = act(&member, id, "assign", api_f("{\"assignee_ids\":[\"%s\"]}", other.id));
    assert_int_equal(r.status, 200);
    assert_int_equal(act(&member, id, "assign", api_f("{\"assignee_ids\":[\"%s\",\"%s\"]}", other.id, member.id)).status, 200);
}

/* ---- putting away ---- */

static void an_archived_task_counts_nowhere_until_it_is_restored(void **state)
{
    (void)state;
    const char *id = made(&member, "");
    const char *next = made(&member, "");
    long long before = pg_count("select task_count from tenant_shared.boards where id = '%s'", brand.board_id);
    struct api_reply r = act(&member, id, "archive", "{}");
    assert_string_not_equal(api_text(&r, "data.archived_at"), "");
    r = act(&member, id, "archive", "{}"); /* again: nothing more */
    assert_int_equal(r.status, 200);
    assert_int_equal(pg_count("select task_count from tenant_shared.boards where id = '%s'", brand.board_id), before - 1);
    counts_are_right();
    r = api_patch(&member, at(id), "{\"status\":\"completed\"}");
    refused(&r, 409, "conflict");
    r = api_patch(&member, at(id), "{\"title\":\"Away\"}");
    assert_int_equal(r.status, 200);
    r = act(&member, id, "restore", "{}");
    assert_true(json_is_null(api_json(&r, "data.archived_at")));
    struct api_reply n = api_get(&member, at(next));
    assert_true(strcmp(api_text(&r, "data.position"), api_text(&n, "data.position")) > 0);
    assert_int_equal(act(&member, id, "restore", "{}").status, 200);
    counts_are_right();
}

static void a_deleted_task_is_gone(void **state)
{
    (void)state;
    const char *id = made(&member, "");
    struct api_reply r = api_delete(&member, at(id));
    refused(&r, 403, "permission_denied");
    r = api_delete(&manager, at(id));
    assert_int_equal(r.status, 200);
    assert_true(json_is_null(api_json(&r, "data")));
    assert_int_equal(api_get(&manager, at(id)).status, 404);
    assert_int_equal(api_delete(&manager, at(id)).status, 404);
    assert_int_equal(pg_count("select count(*) from karara.events where subject_id = '%s' and kind = 'task.deleted'", id), 1);
    const char *away_id = made(&member, "");
    act(&member, away_id, "archive", "{}");
    assert_int_equal(api_delete(&manager, at(away_id)).status, 200);
    counts_are_right();
}

/* ---- at once ---- */

static int create_twenty(int index, void *arg)
{
    (void)index;
    (void)arg;
    for (int i = 0; i < 20; i++) {
        if (create(&manager, "").status != 201) {
            return 1;
        }
    }
    return 0;
}

static void tasks_made_at_once_get_numbers_and_ranks_of_their_own(void **state)
{
    (void)state;
    int results[8];
    long long before = pg_count("select last_task_number from tenant_shared.boards where id = '%s'", brand.board_id);
    api_at_once(8, create_twenty, NULL, results);
    for (int i = 0; i < 8; i++) {
        assert_int_equal(results[i], 0);
    }
    assert_int_equal(pg_count("select last_task_number from tenant_shared.boards where id = '%s'", brand.board_id),
                     before + 160);
    assert_int_equal(
        pg_count("select count(*) - count(distinct position) from tenant_shared.tasks where list_id = '%s'", brand.todo_id), 0);
    assert_true(pg_count("select max(length(position)) from tenant_shared.tasks where list_id = '%s'", brand.todo_id) <= 3);
    counts_are_right();
}

static void hot_requests_take_one_round_trip(void **state)
{
    (void)state;
    const char *id = made(&manager, "");
    const char *paths[] = { at(id), api_f("/api/v1/boards/%s/tasks", brand.board_id),
                            api_f("/api/v1/boards/%s/snapshot", brand.board_id) };
    for (int i = 0; i < 3; i++) {
        assert_int_equal(api_get(&manager, paths[i]).status, 200);
        assert_int_equal(db_counters(api_worker()->db).round_trips, 1);
    }
    assert_int_equal(api_patch(&manager, at(id), "{\"status\":\"in_progress\"}").status, 200);
    assert_int_equal(db_counters(api_worker()->db).round_trips, 1);
    assert_int_equal(api_patch(&manager, at(id), "{\"title\":\"x\",\"assignee_ids\":[]}").status, 200);
    assert_int_equal(db_counters(api_worker()->db).round_trips, 1);
    assert_int_equal(create(&manager, "").status, 201);
    assert_int_equal(db_counters(api_worker()->db).round_trips, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_task_goes_to_the_end_of_the_first_list),
        cmocka_unit_test(all_that_is_said_of_a_new_task_is_kept),
        cmocka_unit_test(list_and_status_of_a_new_task_go_together),
        cmocka_unit_test(a_new_task_is_checked),
        cmocka_unit_test(who_sees_all_of_a_board_may_make_tasks_there),
        cmocka_unit_test(subtasks_nest_three_deep_on_one_board),
        cmocka_unit_test(a_change_sets_what_is_given_and_nothing_else),
        cmocka_unit_test(a_change_of_another_version_is_refused_with_the_present_one),
        cmocka_unit_test(status_and_list_follow_each_other),
        cmocka_unit_test(members_change_what_they_made_or_work_on_and_managers_their_teams_tasks),
        cmocka_unit_test(assignees_stand_in_the_order_they_are_named_in),
        cmocka_unit_test(without_the_right_to_assign_one_may_take_and_leave_a_task_oneself),
        cmocka_unit_test(an_archived_task_counts_nowhere_until_it_is_restored),
        cmocka_unit_test(a_deleted_task_is_gone),
        cmocka_unit_test(tasks_made_at_once_get_numbers_and_ranks_of_their_own),
        cmocka_unit_test(hot_requests_take_one_round_trip),
    };
    return cmocka_run_group_tests_name("tasks", tests, begin, NULL);
}
