/* test_upkeep.c - what happens to a brand's data by itself: completed tasks are archived, and what is kept no longer goes. */
#include "api.h"
#include "pg.h"
#include "platform/db.h"
#include "workers.h"
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static int serial;

struct place {
    struct api_person owner;
    struct api_brand brand;
};

static struct place make_place(void)
{
    struct place p = { .owner = api_person(api_f("owner%d", ++serial)) };
    p.brand = api_brand(api_f("upkeep%d", serial), &p.owner);
    return p;
}

static const char *board_path(const struct place *p)
{
    return api_f("/api/v1/boards/%s", p->brand.board_id);
}

static void settings(const struct place *p, const char *body)
{
    assert_int_equal(api_patch(&p->owner, board_path(p), api_f("{\"settings\":%s}", body)).status, 200);
}

/* So many tasks in the last list, each completed so many days ago; archived so many days ago, unless that is negative. */
static void make_tasks(const struct place *p, const char *title, int count, int completed, int archived)
{
    pg_exec(
        "with made as (insert into tenant_shared.tasks (brand_id, id, board_id, list_id, number, title, status, position, "
        "completed_at, archived_at, created_by) "
        "select b.brand_id, karara.uuid_v7(), b.id, '%s', b.last_task_number + n, '%s', 'completed', karara.rank_at(n), "
        "now() - interval '1 day' * %d, case when %d >= 0 then now() - interval '1 day' * %d end, '%s' "
        "from tenant_shared.boards b, generate_series(1, %d) n where b.id = '%s' returning 1) "
        "update tenant_shared.boards set last_task_number = last_task_number + %d, "
        "task_count = task_count + case when %d < 0 then %d else 0 end where id = '%s'; "
        "update tenant_shared.lists l set task_count = (select count(*) from tenant_shared.tasks t where t.list_id = l.id and "
        "t.archived_at is null) where l.id = '%s'",
        p->brand.done_id, title, completed, archived, archived, p->owner.id, count, p->brand.board_id, count, archived, count,
        p->brand.board_id, p->brand.done_id);
}

static long long tasks_of(const struct place *p, const char *where)
{
    return pg_count("select count(*) from tenant_shared.tasks where brand_id = '%s' and %s", p->brand.id, where);
}

static long long events_of(const struct place *p, const char *kind)
{
    return pg_count("select count(*) from karara.events where brand_id = '%s' and kind = '%s'", p->brand.id, kind);
}

static void nothing_waits(void)
{
    workers_expect(
        "0", 60,
        "select count(*) from karara.jobs where kind in ('auto_archive_brand', 'retention_brand') and parked_at is null");
    assert_int_equal(pg_count("select count(*) from karara.jobs where parked_at is not null"), 0);
}

static void run(const char *kind)
{
    assert_string_equal(workers_await(workers_job(kind, "{}", "")), "done");
    nothing_waits();
}

static void assert_counts(const struct place *p)
{
    assert_int_equal(pg_count("select task_count from tenant_shared.boards where id = '%s'", p->brand.board_id),
                     tasks_of(p, "archived_at is null"));
    assert_int_equal(
        pg_count("select count(*) from tenant_shared.lists l where l.brand_id = '%s' and l.task_count <> (select count(*) "
                 "from tenant_shared.tasks t where t.list_id = l.id and t.archived_at is null)",
                 p->brand.id),
        0);
}

/* ---- archiving ---- */

static void days_of_a_board_are_checked_and_can_be_taken_back(void **state)
{
    (void)state;
    struct place p = make_place();
    const char *const wrong[] = { "0", "-1", "3651", "\"30\"", "1.5", "true", "[]", NULL };
    for (int i = 0; wrong[i] != NULL; i++) {
        struct api_reply r = api_patch(&p.owner, board_path(&p), api_f("{\"settings\":{\"auto_archive_days\":%s}}", wrong[i]));
        assert_int_equal(r.status, 422);
        assert_non_null(api_json(&r, "error.field_errors.settings"));
    }
    settings(&p, "{\"auto_archive_days\":30,\"colour\":\"red\"}");
    struct api_reply r = api_get(&p.owner, board_path(&p));
    assert_int_equal(api_number(&r, "data.settings.auto_archive_days"), 30);
    assert_string_equal(pg_value("select changes::text from karara.events where subject_id = '%s' and kind = 'board.updated'",
                                 p.brand.board_id),
                        "{\"auto_archive_days\": {\"to\": 30, \"from\": null}}");
    settings(&p, "{\"auto_archive_days\":null}");
    r = api_get(&p.owner, board_path(&p));
    assert_null(api_json(&r, "data.settings.auto_archive_days"));
    assert_string_equal(api_text(&r, "data.settings.colour"), "red");
}

static void completed_tasks_are_archived_after_as_many_days_as_the_board_says(void **state)
{
    (void)state;
    struct place p = make_place(), other = make_place();
    make_tasks(&p, "Old", 450, 31, -1);
    make_tasks(&p, "New", 5, 29, -1);
    make_tasks(&other, "Kept", 5, 3000, -1);
    pg_exec("update tenant_shared.tasks set status = 'cancelled', completed_at = null where brand_id = '%s' and number = 455",
            p.brand.id);
    settings(&p, "{\"auto_archive_days\":30}");
    run("auto_archive");
    assert_int_equal(tasks_of(&p, "title = 'Old' and archived_at is not null and version = 2"), 450);
    assert_int_equal(tasks_of(&p, "title = 'New' and archived_at is null"), 5);
    assert_int_equal(events_of(&p, "task.archived"), 450);
    assert_int_equal(tasks_of(&other, "archived_at is null"), 5);
    assert_int_equal(
        pg_count("select count(*) from karara.jobs_done where kind = 'auto_archive_brand' and brand_id = '%s'", other.brand.id),
        0);
    assert_counts(&p);
    run("auto_archive");
    assert_int_equal(events_of(&p, "task.archived"), 450);
}

static void what_was_archived_is_told_as_nobodys_doing(void **state)
{
    (void)state;
    struct place p = make_place();
    make_tasks(&p, "Old", 1, 8, -1);
    settings(&p, "{\"auto_archive_days\":7}");
    run("auto_archive");
    workers_expect("1", 60, "select count(*) from tenant_shared.activities where brand_id = '%s' and verb = 'archived'",
                   p.brand.id);
    struct api_reply r = api_get(&p.owner, api_f("%s/activity", board_path(&p)));
    assert_string_equal(api_text(&r, "data.0.verb"), "archived");
    assert_true(json_is_null(api_json(&r, "data.0.actor")));
    assert_string_equal(api_text(&r, "data.0.subject.title"), "Old");
}

static void a_task_with_an_open_subtask_waits_for_it(void **state)
{
    (void)state;
    struct place p = make_place();
    make_tasks(&p, "Parent", 1, 40, -1);
    struct uuid child = api_task(&p.brand, &p.owner, "Child");
    char id[UUID_TEXT_SIZE];
    uuid_format(&child, id);
    pg_exec(
        "update tenant_shared.tasks set parent_task_id = (select id from tenant_shared.tasks where brand_id = '%s' and title = "
        "'Parent') where id = '%s'",
        p.brand.id, id);
    settings(&p, "{\"auto_archive_days\":30}");
    run("auto_archive");
    assert_int_equal(tasks_of(&p, "archived_at is null"), 2);
    assert_int_equal(api_post(&p.owner, api_f("/api/v1/tasks/%s/status", id), "{\"status\":\"completed\"}").status, 200);
    run("auto_archive");
    assert_int_equal(tasks_of(&p, "archived_at is null"), 1); /* the child's own time has yet to come */
}

static void a_brand_that_can_only_be_read_is_left_alone(void **state)
{
    (void)state;
    struct place p = make_place();
    make_tasks(&p, "Old", 1, 40, -1);
    settings(&p, "{\"auto_archive_days\":30}");
    pg_exec("update karara.brands set status = 'suspended' where id = '%s'", p.brand.id);
    run("auto_archive");
    assert_int_equal(tasks_of(&p, "archived_at is null"), 1);
}

static void who_reopens_a_task_in_between_keeps_it_open(void **state)
{
    (void)state;
    struct place p = make_place();
    make_tasks(&p, "Old", 2, 40, -1);
    settings(&p, "{\"auto_archive_days\":30}");
    struct db *holder = db_open(pg_conninfo("postgres"));
    assert_true(
        db_exec_text(holder, api_f("begin; select from tenant_shared.boards where id = '%s' for update", p.brand.board_id)));
    assert_true(
        db_exec_text(holder, api_f("update tenant_shared.tasks set status = 'todo', completed_at = null where brand_id = '%s' "
                                   "and number = 1",
                                   p.brand.id)));
    const char *job = workers_job("auto_archive_brand", "{}", api_f(", brand_id = '%s'", p.brand.id));
    workers_expect("1", 60,
                   "select count(*) from pg_stat_activity where datname = current_database() and usename = 'karara_worker' "
                   "and wait_event_type = 'Lock'");
    assert_true(db_exec_text(holder, "commit"));
    db_close(holder);
    assert_string_equal(workers_await(job), "done");
    assert_int_equal(tasks_of(&p, "archived_at is null"), 1);
    assert_counts(&p);
}

/* ---- retention ---- */

static void keep(const struct place *p, const char *days)
{
    struct api_reply r = api_patch(&p->owner, api_f("/api/v1/brands/%s", p->brand.id),
                                   api_f("{\"compliance\":{\"data_retention_days\":%s}}", days));
    assert_int_equal(r.status, 200);
}

static void make_activity(const struct place *p, int count, int days)
{
    pg_exec(
        "insert into tenant_shared.activities (brand_id, sequence, verb, subject_type, board_id, created_at) "
        "select '%s', (select coalesce(max(sequence), 0) from tenant_shared.activities where brand_id = '%s') + n, 'created', "
        "'task', '%s', now() - interval '1 day' * %d from generate_series(1, %d) n",
        p->brand.id, p->brand.id, p->brand.board_id, days, count);
}

static const char *audited(const struct place *p)
{
    return pg_value(
        "select count(*) || ' ' || coalesce(max(after ->> 'removed'), '') from karara.audit_entries where brand_id = '%s' "
        "and action = 'brand.retention_applied'",
        p->brand.id);
}

static void what_is_kept_no_longer_goes_and_nothing_younger(void **state)
{
    (void)state;
    struct place p = make_place(), forever = make_place();
    for (int i = 0; i < 2; i++) {
        const struct place *at = i == 0 ? &p : &forever;
        make_activity(at, 1200, 31);
        make_activity(at, 7, 29);
        make_tasks(at, "Gone", 1100, 100, 31);
        make_tasks(at, "Archived", 3, 100, 29);
        make_tasks(at, "Open", 4, 100, -1);
        pg_exec(
            "insert into karara.invitations (id, brand_id, email, role, token_digest, expires_at, accepted_at) values "
            "(karara.uuid_v7(), '%1$s', 'old@upkeep.example', 'guest', gen_random_uuid()::text::bytea, now() - interval '31 "
            "days', "
            "null), (karara.uuid_v7(), '%1$s', 'new@upkeep.example', 'guest', gen_random_uuid()::text::bytea, now() - interval "
            "'29 days', null), (karara.uuid_v7(), '%1$s', 'open@upkeep.example', 'guest', gen_random_uuid()::text::bytea, "
            "now() + "
            "interval '1 day', null), (karara.uuid_v7(), '%1$s', 'in@upkeep.example', 'guest', gen_random_uuid()::text::bytea, "
            "now() "
            "+ interval '1 day', now() - interval '40 days')",
            at->brand.id);
    }
    keep(&p, "30");
    run("retention");
    assert_int_equal(tasks_of(&p, "true"), 7);
    assert_int_equal(tasks_of(&p, "title <> 'Gone'"), 7);
    assert_int_equal(pg_count("select count(*) from tenant_shared.activities where brand_id = '%s'", p.brand.id), 7);
    assert_int_equal(
        pg_count("select count(*) from karara.invitations where brand_id = '%s' and email ~ '^(new|open)'", p.brand.id), 2);
    assert_int_equal(pg_count("select count(*) from karara.invitations where brand_id = '%s'", p.brand.id), 2);
    assert_string_equal(audited(&p), "1 {\"tasks\": 1100, \"activities\": 1200, \"invitations\": 2}");
    assert_int_equal(events_of(&p, "brand.retention_applied"), 1);
    assert_int_equal(events_of(&p, "task.deleted"), 1100);
    assert_int_equal(
        pg_count("select count(*) from karara.events where brand_id = '%s' and (payload::text || changes::text) like "
                 "'%%Gone%%'",
                 p.brand.id),
        0);
    assert_counts(&p);
    run("retention");
    assert_string_equal(audited(&p), "1 {\"tasks\": 1100, \"activities\": 1200, \"invitations\": 2}");
    assert_int_equal(tasks_of(&forever, "true"), 1107);
    assert_int_equal(pg_count("select count(*) from tenant_shared.activities where brand_id = '%s'", forever.brand.id), 1207);
    assert_int_equal(pg_count("select count(*) from karara.invitations where brand_id = '%s'", forever.brand.id), 4);
    assert_string_equal(audited(&forever), "0 ");
}

static void old_notifications_go_with_the_rest(void **state)
{
    (void)state;
    struct place p = make_place();
    pg_exec("insert into tenant_shared.notifications (brand_id, id, user_id, event_id, type, reason, subject_type, subject_id, "
            "title, url, "
            "created_at, expires_at) select '%s', karara.uuid_v7_floor(m), '%s', m::text, 'task.assigned', 'assigned', 'task', "
            "'%s', "
            "'Title', '/', m, now() + interval '1 year' from unnest(array[now() - interval '31 days', now() - interval '29 "
            "days']) m",
            p.brand.id, p.owner.id, p.brand.id);
    keep(&p, "30");
    run("retention");
    assert_int_equal(pg_count("select count(*) from tenant_shared.notifications where brand_id = '%s'", p.brand.id), 1);
    assert_string_equal(audited(&p), "1 {\"notifications\": 1}");
}

static void subtasks_of_what_went_stand_by_themselves(void **state)
{
    (void)state;
    struct place p = make_place();
    make_tasks(&p, "Gone", 2, 100, 31);
    struct uuid child = api_task(&p.brand, &p.owner, "Child");
    char id[UUID_TEXT_SIZE];
    uuid_format(&child, id);
    pg_exec("update tenant_shared.tasks t set parent_task_id = (select id from tenant_shared.tasks where brand_id = '%1$s' and "
            "number = 1) "
            "where brand_id = '%1$s' and (id = '%2$s' or number = 2)",
            p.brand.id, id);
    keep(&p, "30");
    run("retention");
    assert_int_equal(tasks_of(&p, "true"), 1);
    assert_string_equal(
        pg_value("select version || coalesce(parent_task_id::text, ' alone') from tenant_shared.tasks where id = '%s'", id),
        "2 alone");
}

static void delegations_go_once_their_end_was_written_down(void **state)
{
    (void)state;
    struct place p = make_place();
    struct api_person m = api_person(api_f("member%d", serial));
    api_join(&p.brand, &m, "member");
    pg_exec(
        "insert into karara.delegations (id, brand_id, from_user_id, to_user_id, permissions, starts_at, ends_at) select "
        "karara.uuid_v7(), '%s', '%s', '%s', '{can_comment}', now() - interval '90 days', now() - interval '1 day' * d from "
        "unnest(array[40, 20]) d",
        p.brand.id, p.owner.id, m.id);
    keep(&p, "30");
    assert_string_equal(workers_await(workers_job("ends", "{}", "")), "done");
    run("retention");
    assert_int_equal(pg_count("select count(*) from karara.delegations where brand_id = '%s'", p.brand.id), 1);
    assert_string_equal(audited(&p), "1 {\"delegations\": 1}");
}

/* What was removed before the process died is counted with the rest, and told once. */
static void a_run_that_is_killed_goes_on_and_is_audited_once(void **state)
{
    (void)state;
    pid_t runners[4];
    struct place p = make_place();
    struct api_reply r =
        api_post(&p.owner, "/api/v1/boards", api_f("{\"name\":\"Second\",\"team_id\":\"%s\"}", p.brand.team_id));
    assert_int_equal(r.status, 201);
    make_tasks(&p, "First", 1000, 100, 31);
    pg_exec("with l as (select id, board_id from tenant_shared.lists where board_id = '%s' limit 1) insert into "
            "tenant_shared.tasks "
            "(brand_id, id, board_id, list_id, number, title, status, position, archived_at) select '%s', karara.uuid_v7(), "
            "l.board_id, "
            "l.id, n, 'Second', 'todo', karara.rank_at(n), now() - interval '60 days' from l, generate_series(1, 300) n",
            api_text(&r, "data.id"), p.brand.id);
    keep(&p, "30");
    struct db *holder = db_open(pg_conninfo("postgres"));
    assert_true(db_exec_text(
        holder, api_f("begin; select from tenant_shared.boards where id = '%s' for update", api_text(&r, "data.id"))));
    const char *job = workers_job("retention_brand", "{}", api_f(", brand_id = '%s', max_attempts = 10", p.brand.id));
    workers_expect("1", 60,
                   "select count(*) from pg_stat_activity where datname = current_database() and usename = 'karara_worker' "
                   "and wait_event_type = 'Lock'");
    assert_true(tasks_of(&p, "title = 'First'") < 1000);
    int n = workers_processes(0, "runner", runners, 4);
    for (int i = 0; i < n; i++) {
        kill(runners[i], SIGKILL);
    }
    assert_true(db_exec_text(holder, "commit"));
    db_close(holder);
    workers_expect("waiting", 60, "select case when lease_until is null then 'waiting' end from karara.jobs where id = '%s'",
                   job);
    pg_exec("update karara.jobs set run_at = now() where id = '%s'", job); /* rather than after its pause */
    assert_string_equal(workers_await(job), "done");
    assert_int_equal(pg_count("select attempts from karara.jobs_done where id = '%s'", job), 2);
    assert_int_equal(tasks_of(&p, "true"), 0);
    assert_string_equal(audited(&p), "1 {\"tasks\": 1300}");
    assert_int_equal(events_of(&p, "task.deleted"), 1300);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(days_of_a_board_are_checked_and_can_be_taken_back),
        cmocka_unit_test(completed_tasks_are_archived_after_as_many_days_as_the_board_says),
        cmocka_unit_test(what_was_archived_is_told_as_nobodys_doing),
        cmocka_unit_test(a_task_with_an_open_subtask_waits_for_it),
        cmocka_unit_test(a_brand_that_can_only_be_read_is_left_alone),
        cmocka_unit_test(who_reopens_a_task_in_between_keeps_it_open),
        cmocka_unit_test(what_is_kept_no_longer_goes_and_nothing_younger),
        cmocka_unit_test(old_notifications_go_with_the_rest),
        cmocka_unit_test(subtasks_of_what_went_stand_by_themselves),
        cmocka_unit_test(delegations_go_once_their_end_was_written_down),
        cmocka_unit_test(a_run_that_is_killed_goes_on_and_is_audited_once),
    };
    return cmocka_run_group_tests(tests, workers_begin, workers_end);
}
