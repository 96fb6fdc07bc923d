/* test_task_plans.c - hot requests at 200,000 tasks: no table is read from end to end. */
#include "api/dispatch.h"
#include "cast.h"
#include "core/clock.h"
#include "pg.h"
#include "platform/db.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define TIMES 12 /* often enough for PostgreSQL to weigh a generic plan against the custom ones */

static struct api_person owner, member, client;
static struct api_brand brand;
static char task[UUID_TEXT_SIZE];

/* 99 more boards with three lists each, 2,000 tasks on each board, 200 people, two of whom work on each task. */
static void fill(void)
{
    pg_exec(
        "insert into karara.users (id, email, first_name, last_name, status, wip_limit) select gen_random_uuid(), 'p' || n || "
        "'@many.example', 'P' || n, 'Many', 'active', 100 from generate_series(1, 200) n;"
        "insert into karara.brand_members (brand_id, user_id, role) select '%s', id, 'member' from karara.users where email "
        "like "
        "'%%@many.example'",
        brand.id);
    pg_exec("insert into tenant_shared.teams (brand_id, id, name) select '%s', gen_random_uuid(), 'Team ' || n from "
            "generate_series(1, 9) n",
            brand.id);
    pg_exec(
        "insert into tenant_shared.boards (brand_id, id, team_id, name, key, position, last_task_number, task_count) select "
        "'%s', "
        "gen_random_uuid(), (select id from tenant_shared.teams where name = 'Team ' || n %% 9 + 1), 'Board ' || n, 'B' || n, "
        "karara.rank_at(n), 5000, 2001 from generate_series(1, 99) n;"
        "insert into tenant_shared.lists (brand_id, id, board_id, name, position, status, task_count) select b.brand_id, "
        "gen_random_uuid(), b.id, s.status, 'a' || s.n, s.status, 667 from tenant_shared.boards b, (values (0, 'todo'), (1, "
        "'in_progress'), (2, 'completed')) s (n, status) where b.name like 'Board %%'",
        brand.id);
    pg_exec("update tenant_shared.boards set last_task_number = 5000, task_count = 2001 where id = '%s';"
            "update tenant_shared.lists set task_count = 667 where board_id = '%s'",
            brand.board_id, brand.board_id);
    pg_exec("insert into tenant_shared.tasks (brand_id, id, board_id, list_id, number, title, description, status, position) "
            "select "
            "l.brand_id, gen_random_uuid(), l.board_id, l.id, n * 3 + substr(l.position, 2)::int + 1, 'Task ' || n, "
            "repeat('words ', 20), "
            "l.status, karara.rank_at(n) from tenant_shared.lists l, generate_series(0, 666) n where l.brand_id = '%s'",
            brand.id);
    pg_exec("analyze tenant_shared.tasks"); /* the trigger of the next looks each one up */
    pg_exec(
        "insert into tenant_shared.task_assignees (brand_id, task_id, user_id) select t.brand_id, t.id, u.id from (select *, "
        "row_number() over () as n from tenant_shared.tasks) t join (select id, row_number() over () as n from karara.users "
        "where "
        "email like '%%@many.example') u on u.n in (t.n %% 200 + 1, t.n * 7 %% 100 + 1) on conflict do nothing;"
        "insert into karara.events (brand_id, kind, subject_type, subject_id) select brand_id, 'task.created', 'task', id from "
        "tenant_shared.tasks; analyze");
}

static int begin(void **state)
{
    (void)state;
    api_begin();
    brand = CAST("home", &owner, { &member, "member" }, { &client, "client" });
    fill();
    snprintf(task, sizeof task, "%s",
             pg_value("select id from tenant_shared.tasks where board_id = '%s' and status = 'todo' limit 1", brand.board_id));
    pg_exec("delete from tenant_shared.task_assignees where task_id = '%s'", task); /* those many are busy */
    pg_exec(
        "insert into tenant_shared.task_assignees (brand_id, task_id, user_id) values ('%s', '%s', '%s'), ('%s', '%s', '%s')",
        brand.id, task, member.id, brand.id, task, client.id);
    return 0;
}

/* Rows read by sequential scans of the big tables so far. */
static long long read_whole(void)
{
    pg_exec("select pg_stat_force_next_flush()"); /* the test's own readings, lest they come later */
    assert_true(db_exec_text(api_worker()->db, "select pg_stat_force_next_flush()"));
    return pg_count("select sum(seq_tup_read) from pg_stat_user_tables where relname in ('tasks', 'task_assignees', 'events')");
}

/* Sends the request often; the body's %d is another number each time. */
static void stays_narrow(const struct api_person *who, const char *method, const char *path, const char *body)
{
    long long before = read_whole();
    int64_t started = clock_monotonic();
    for (int i = 0; i < TIMES; i++) {
        char text[512];
        snprintf(text, sizeof text, "%s%d\"}", body != NULL ? body : "", i);
        struct api_reply r = api_send(who, method, path, body != NULL ? text : NULL, NULL);
        if (r.status >= 300) {
            fail_msg("%s %s: %d %s", method, path, r.status, r.body);
        }
    }
    int64_t micros = (clock_monotonic() - started) / TIMES;
    long long rows = read_whole() - before;
    print_message("    %s %.60s: %lld us\n", method, path, (long long)micros);
    if (rows > 0) {
        fail_msg("%s %s read %lld rows by sequential scans", method, path, rows);
    }
}

static void the_counters_notice_a_whole_reading(void **state)
{
    (void)state;
    long long before = read_whole();
    assert_true(
        db_exec_text(api_worker()->db, api_f("begin; set local enable_indexscan = off; set local enable_bitmapscan = off; "
                                             "set local enable_indexonlyscan = off; select set_config('karara.brand_id', '%s', "
                                             "true); select count(*) from tasks where title = 'none'; commit",
                                             brand.id)));
    assert_true(read_whole() - before >= 200000);
}

static void reading_one_board_or_task_reads_no_table_whole(void **state)
{
    (void)state;
    const struct api_person *all[] = { &owner, &member, &client };
    for (int i = 0; i < 3; i++) {
        stays_narrow(all[i], "GET", api_f("/api/v1/tasks/%s", task), NULL);
        stays_narrow(all[i], "GET", api_f("/api/v1/boards/%s/tasks", brand.board_id), NULL);
        stays_narrow(all[i], "GET", api_f("/api/v1/boards/%s/snapshot", brand.board_id), NULL);
        stays_narrow(all[i], "GET", "/api/v1/users/me/tasks", NULL);
        stays_narrow(all[i], "GET", "/api/v1/tasks", NULL);
    }
    stays_narrow(&owner, "GET",
                 api_f("/api/v1/tasks?assignee_id=%s", pg_value("select id from karara.users where email = 'p7@many.example'")),
                 NULL);
}

static void writing_one_task_reads_no_table_whole(void **state)
{
    (void)state;
    const char *path = api_f("/api/v1/tasks/%s", task);
    const char *named = api_f("{\"assignee_ids\":[\"%s\",\"%s\"],\"description\":\"", member.id, client.id);
    for (int i = 0; i < 3; i++) {
        stays_narrow(&owner, "PATCH", path, "{\"title\":\"Title ");
        stays_narrow(&owner, "PATCH", path,
                     i % 2 ? "{\"status\":\"completed\",\"title\":\"" : "{\"status\":\"in_progress\",\"title\":\"");
    }
    stays_narrow(&owner, "PATCH", path, named);
    stays_narrow(&owner, "POST", api_f("/api/v1/boards/%s/tasks", brand.board_id), "{\"title\":\"New ");
    stays_narrow(&owner, "POST", api_f("/api/v1/boards/%s/tasks", brand.board_id),
                 api_f("{\"assignee_ids\":[\"%s\"],\"status\":\"in_progress\",\"title\":\"", member.id));
}

/* Requests that differ in more than a number, one after the other. */
static void moving_a_task_reads_no_table_whole(void **state)
{
    (void)state;
    static const char *const statuses[] = { "in_progress", "completed", "todo" };
    const char *next = api_f("%s", pg_value("select id from tenant_shared.tasks where list_id = '%s' and id <> '%s' limit 1",
                                            brand.progress_id, task));
    long long before = read_whole();
    for (int i = 0; i < 3 * TIMES; i++) {
        const char *path = api_f("/api/v1/tasks/%s", task);
        assert_int_equal(api_patch(&member, path, api_f("{\"status\":\"%s\"}", statuses[i % 3])).status, 200);
        assert_int_equal(
            api_patch(&owner, api_f("%s/move", path),
                      api_f("{\"list_id\":\"%s\",\"%s\":\"%s\"}", brand.progress_id, i % 2 ? "before" : "after", next))
                .status,
            200);
        assert_int_equal(api_post(&owner, api_f("%s/assign", path), api_f("{\"assignee_ids\":[\"%s\"]}", member.id)).status,
                         200);
        assert_int_equal(api_post(&owner, api_f("%s/archive", path), "{}").status, 200);
        assert_int_equal(api_post(&owner, api_f("%s/restore", path), "{}").status, 200);
    }
    assert_int_equal(read_whole() - before, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_counters_notice_a_whole_reading),
        cmocka_unit_test(reading_one_board_or_task_reads_no_table_whole),
        cmocka_unit_test(writing_one_task_reads_no_table_whole),
        cmocka_unit_test(moving_a_task_reads_no_table_whole),
    };
    return cmocka_run_group_tests_name("task plans", tests, begin, NULL);
}
