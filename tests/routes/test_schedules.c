/* test_schedules.c - tasks that templates make by their rule: what comes when, and each occurrence once, whoever dies. */
#include "cast.h"
#include "pg.h"
#include "templates.h"
#include "workers.h"
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static struct api_person ada, linus;
static struct api_brand demo;

static int begin(void **state)
{
    (void)state;
    api_begin();
    demo = CAST("demo", &ada, { &linus, "member linus" });
    return 0;
}

/* The id of a new one of Ada's. */
static const char *made(const char *more)
{
    return template_made(&ada, &demo, more);
}

/* ---- by rule ---- */

/* Daily since ten days ago, at this time of day, less so many minutes. */
static const char *daily(const char *catch_up, int minutes_ago)
{
    const char *start = pg_value("select to_char(now() at time zone 'UTC' - interval '10 days' - make_interval(mins => %d), "
                                 "'YYYY-MM-DD\"T\"HH24:MI:SS')",
                                 minutes_ago);
    const char *id =
        made(api_f("\"rrule\":\"FREQ=DAILY\",\"starts_at\":\"%s\",\"timezone\":\"UTC\",\"catch_up\":\"%s\"", start, catch_up));
    pg_exec("update karara.schedules set next_run_at = starts_at at time zone 'UTC' where owner_id = '%s'", id);
    return api_f("%s", id);
}

/* Of each template the tasks, by the numbers that they got, are in the order of their occurrences. */
static void assert_in_order(void)
{
    assert_string_equal(
        pg_value(
            "select coalesce(bool_and(o.number > o.before), true) from (select number, lag(number, 1, 0) over (partition by "
            "template_id order by occurrence_at) as before from tenant_shared.tasks where occurrence_at is not null) o"),
        "t");
}

static long long tasks_of(const char *id)
{
    return pg_count("select count(*) from tenant_shared.tasks where template_id = '%s'", id);
}

static void after_downtime_comes_what_the_template_says(void **state)
{
    (void)state;
    const char *none = daily("skip", 60), *recent = daily("skip", 1), *last = daily("last", 60), *all = daily("all", 60);
    workers_start(0, 2);
    workers_expect("11", 60, "select count(*) from tenant_shared.tasks where template_id = '%s'", all);
    workers_expect("0", 60, "select count(*) from karara.schedules where next_run_at <= now()");
    workers_expect("0", 60, "select count(*) from karara.jobs where kind = 'task_template_spawn'");
    assert_int_equal(workers_stop(0), 0);
    assert_int_equal(tasks_of(none), 0);
    assert_int_equal(tasks_of(recent), 1); /* a minute late is no downtime */
    assert_int_equal(tasks_of(last), 1);
    assert_int_equal(tasks_of(all), 11);
    assert_string_equal(
        pg_value(
            "select bool_and(t.occurrence_at > now() - interval '2 hours') from tenant_shared.tasks t where template_id in "
            "('%s', '%s')",
            recent, last),
        "t");
    assert_int_equal(pg_count("select count(distinct occurrence_at) from tenant_shared.tasks where template_id = '%s'", all),
                     11);
    assert_in_order();
    assert_int_equal(pg_count("select count(*) from karara.events where kind = 'task.created' and actor_id is null"), 13);
    assert_string_equal(pg_value("select created_by from tenant_shared.tasks where template_id = '%s' limit 1", all), ada.id);
}

/* As when the first ones failed and wait for another attempt: more than a batch of them. */
static void occurrences_come_in_their_order_whichever_job_comes_first(void **state)
{
    (void)state;
    pg_exec("insert into karara.job_queues (queue) values ('default')");
    const char *id = template_late(&ada, &demo, 120, "");
    template_catch_up(1);
    workers_start(0, 2);
    workers_start(1, 2);
    workers_expect("120", 60, "select count(*) from karara.jobs where kind = 'task_template_spawn'");
    pg_exec("update karara.jobs set run_at = now() - (run_at - timestamptz '2020-01-01') where kind = 'task_template_spawn'; "
            "delete from karara.job_queues");
    workers_expect("0", 90, "select count(*) from karara.jobs where kind = 'task_template_spawn'");
    assert_int_equal(workers_stop(0), 0);
    assert_int_equal(workers_stop(1), 0);
    assert_int_equal(tasks_of(id), 120);
    assert_in_order();
}

static void in_a_suspended_brand_nothing_comes_by_itself(void **state)
{
    (void)state;
    const char *id = daily("all", 60);
    pg_exec("update karara.brands set status = 'suspended' where id = '%s'", demo.id);
    workers_start(0, 1);
    workers_expect("t", 60, "select next_run_at > now() from karara.schedules where owner_id = '%s'", id);
    assert_int_equal(workers_stop(0), 0);
    pg_exec("update karara.brands set status = 'active' where id = '%s'", demo.id);
    assert_int_equal(pg_count("select count(*) from karara.jobs where kind = 'task_template_spawn'"), 0);
    assert_int_equal(tasks_of(id), 0);
}

/* As of a version to come, while the workers of several hosts are replaced one after the other. */
static void a_schedule_of_an_unknown_owner_is_left_alone(void **state)
{
    (void)state;
    const char *id = daily("last", 60);
    pg_exec("insert into karara.schedules (id, brand_id, owner_kind, owner_id, rrule, starts_at, timezone, next_run_at) "
            "select gen_random_uuid(), brand_id, 'unheard_of', owner_id, rrule, starts_at, timezone, next_run_at from "
            "karara.schedules");
    workers_start(0, 1);
    workers_expect("1", 60, "select count(*) from tenant_shared.tasks where template_id = '%s'", id);
    assert_int_equal(workers_stop(0), 0);
    assert_int_equal(pg_count("select count(*) from karara.schedules where owner_kind = 'unheard_of' and paused_at is null "
                              "and next_run_at <= now()"),
                     1);
}

static void a_template_without_its_board_waits_for_people(void **state)
{
    (void)state;
    struct api_reply r = api_post(&ada, "/api/v1/boards", api_f("{\"name\":\"Short\",\"team_id\":\"%s\"}", demo.team_id));
    const char *board = api_text(&r, "data.id"), *id = daily("last", 60);
    r = api_patch(&ada, template_path(id, ""), api_f("{\"board_id\":\"%s\"}", board));
    assert_int_equal(r.status, 200);
    pg_exec("update karara.schedules set next_run_at = now() - interval '2 hours'");
    assert_int_equal(api_delete(&ada, api_f("/api/v1/boards/%s", board)).status, 200);
    assert_int_equal(api_post(&ada, template_path(id, "/spawn"), "{}").status, 409);
    workers_start(0, 1);
    workers_expect("t", 60, "select paused_at is not null from karara.schedules where owner_id = '%s'", id);
    assert_int_equal(workers_stop(0), 0);
    r = api_get(&ada, template_path(id, ""));
    assert_true(json_is_true(api_json(&r, "data.paused")));
    assert_string_equal(api_text(&r, "data.problems.0"), "board_missing");
    assert_int_equal(
        pg_count("select count(*) from karara.events where kind = 'task_template.paused' and subject_id = '%s'", id), 1);
    r = api_patch(&ada, template_path(id, ""), api_f("{\"board_id\":\"%s\"}", demo.board_id));
    assert_int_equal(json_array_size(api_json(&r, "data.problems")), 0);
    assert_int_equal(api_post(&ada, template_path(id, "/resume"), "{}").status, 200);
}

static void a_schedule_that_can_t_be_read_is_put_aside(void **state)
{
    (void)state;
    const char *id = daily("last", 60), *good = daily("last", 30);
    pg_exec("update karara.schedules set timezone = 'Europe/Atlantis' where owner_id = '%s'", id);
    workers_start(0, 1);
    workers_expect("1", 60, "select count(*) from tenant_shared.tasks where template_id = '%s'", good);
    workers_expect("rule_unreadable", 60, "select problem from karara.schedules where owner_id = '%s'", id);
    assert_int_equal(workers_stop(0), 0);
    struct api_reply r = api_get(&ada, template_path(id, ""));
    assert_string_equal(api_text(&r, "data.problems.0"), "rule_unreadable");
    assert_int_equal(api_get(&ada, template_path(id, "/occurrences")).status, 409);
    assert_int_equal(api_post(&ada, template_path(id, "/resume"), "{}").status, 409);
    assert_int_equal(api_patch(&ada, template_path(id, ""), "{\"timezone\":\"Europe/Berlin\"}").status, 200);
    assert_int_equal(api_post(&ada, template_path(id, "/resume"), "{}").status, 200);
}

/* As every Monday at nine: all that a batch takes at one time, and more. */
static void many_that_come_at_the_same_moment_all_come(void **state)
{
    (void)state;
    const char *id = daily("last", 1);
    pg_exec("insert into tenant_shared.task_templates (brand_id, id, team_id, board_id, title) "
            "select k.brand_id, md5(n::text)::uuid, k.team_id, k.board_id, k.title "
            "from tenant_shared.task_templates k, generate_series(1, 119) n where k.id = '%s'",
            id);
    pg_exec("insert into karara.schedules (id, brand_id, owner_kind, owner_id, rrule, starts_at, timezone, next_run_at) "
            "select gen_random_uuid(), s.brand_id, s.owner_kind, md5(n::text)::uuid, s.rrule, s.starts_at, s.timezone, "
            "s.next_run_at "
            "from karara.schedules s, generate_series(1, 119) n where s.owner_id = '%s'",
            id);
    workers_start(0, 2);
    workers_expect("120", 90, "select count(distinct template_id) from tenant_shared.tasks");
    workers_expect("0", 60, "select count(*) from karara.schedules where next_run_at <= now()");
    assert_int_equal(workers_stop(0), 0);
}

/* ---- each occurrence once ---- */

enum { TEMPLATES = 12, OCCURRENCES = 20 };

/* Templates that have `OCCURRENCES` of theirs to catch up with; one half of them begins now, the other while the test runs. */
static void make_backlog(void)
{
    for (int i = 0; i < TEMPLATES; i++) {
        template_late(&ada, &demo, OCCURRENCES, api_f(",\"assignee_ids\":[\"%s\"]", linus.id));
    }
    template_catch_up(TEMPLATES / 2);
}

static void each_is_there_once(void)
{
    workers_expect(api_f("%d", TEMPLATES * OCCURRENCES), 90, "select count(*) from tenant_shared.tasks");
    workers_expect("0", 60, "select count(*) from karara.jobs where kind = 'task_template_spawn'");
    assert_int_equal(pg_count("select count(*) from tenant_shared.tasks"), TEMPLATES * OCCURRENCES);
    assert_int_equal(pg_count("select count(distinct (template_id, occurrence_at)) from tenant_shared.tasks"),
                     TEMPLATES * OCCURRENCES);
    assert_int_equal(pg_count("select count(*) from tenant_shared.task_assignees"), TEMPLATES * OCCURRENCES);
    assert_int_equal(pg_count("select count(*) from karara.events where kind = 'task.created'"), TEMPLATES * OCCURRENCES);
    assert_int_equal(pg_count("select task_count from tenant_shared.boards where id = '%s'", demo.board_id),
                     TEMPLATES * OCCURRENCES);
    assert_int_equal(pg_count("select count(*) from karara.schedules where next_run_at is not null"), 0);
    assert_in_order();
}

/* SIGKILL for one process, of whatever role, of a worker. */
static void kill_one(int worker)
{
    static const char *const roles[] = { "runner", "clock" };
    pid_t pids[8];
    int n = workers_processes(worker, roles[rand() % 2], pids, 8);
    if (n > 0) {
        kill(pids[rand() % n], SIGKILL);
    }
}

static void each_occurrence_comes_once_with_three_workers_killed_at_random(void **state)
{
    (void)state;
    srand(5545);
    make_backlog();
    for (int i = 0; i < 3; i++) {
        workers_start(i, 2);
    }
    for (int i = 0; i < 30; i++) {
        usleep((useconds_t)(20000 + rand() % 80000));
        kill_one(rand() % 3);
        if (i % 10 == 9) {
            workers_kill(i / 10);
            workers_start(i / 10, 2);
        }
        if (i == 15) {
            template_catch_up(TEMPLATES);
        }
    }
    each_is_there_once();
    for (int i = 0; i < 3; i++) {
        assert_int_equal(workers_stop(i), 0);
    }
}

static void each_occurrence_comes_once_when_all_die_and_three_start(void **state)
{
    (void)state;
    make_backlog();
    for (int i = 0; i < 3; i++) {
        workers_start(i, 1);
    }
    workers_expect("t", 60, "select count(*) > 20 from tenant_shared.tasks");
    template_catch_up(TEMPLATES);
    for (int i = 0; i < 3; i++) {
        workers_kill(i);
    }
    for (int i = 0; i < 3; i++) {
        workers_start(i, 1);
    }
    each_is_there_once();
    for (int i = 0; i < 3; i++) {
        assert_int_equal(workers_stop(i), 0);
    }
}

static void each_occurrence_comes_once_when_the_database_cuts_everybody_off(void **state)
{
    (void)state;
    make_backlog();
    workers_start(0, 2);
    workers_start(1, 2);
    for (int i = 0; i < 10; i++) {
        usleep(100000);
        pg_exec("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'karara_worker'");
        if (i == 5) {
            template_catch_up(TEMPLATES);
        }
    }
    each_is_there_once();
    assert_int_equal(workers_stop(0), 0);
    assert_int_equal(workers_stop(1), 0);
}

#define CLEAN(f) cmocka_unit_test_setup(f, template_clean)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLEAN(after_downtime_comes_what_the_template_says),
        CLEAN(occurrences_come_in_their_order_whichever_job_comes_first),
        CLEAN(in_a_suspended_brand_nothing_comes_by_itself),
        CLEAN(a_schedule_of_an_unknown_owner_is_left_alone),
        CLEAN(a_template_without_its_board_waits_for_people),
        CLEAN(a_schedule_that_can_t_be_read_is_put_aside),
        CLEAN(many_that_come_at_the_same_moment_all_come),
        CLEAN(each_occurrence_comes_once_with_three_workers_killed_at_random),
        CLEAN(each_occurrence_comes_once_when_all_die_and_three_start),
        CLEAN(each_occurrence_comes_once_when_the_database_cuts_everybody_off),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
