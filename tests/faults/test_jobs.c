/* test_jobs.c - jobs while everything dies: runners, masters, the database, its connections, the clock. No effect is lost, none is doubled.
 * An effect is a mail whose address names its job. */
#include "api.h"
#include "core/config.h"
#include "pg.h"
#include "platform/db.h"
#include "worker/periodic.h"
#include "workers.h"
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { LONG = 120 }; /* s: recovery takes 30 to 45, and the machine may be busy */

/* Jobs that each take up to this long before and behind their effect. */
static void enqueue(int n, int ms)
{
    pg_exec("insert into karara.jobs (id, kind, queue, priority, max_attempts, payload) "
            "select karara.uuid_v7(), 'trial', 'trial', 2, 100, jsonb_build_object('to', 'job-' || i || '@fault.example', "
            "'before', "
            "(random() * %d)::int, 'after', (random() * %d)::int) from generate_series(1, %d) i",
            ms, ms, n);
}

/* Every job is done, and has had its effect once. */
static void expect_each_once(int n)
{
    workers_expect_done(n, "trial", LONG);
    assert_int_equal(pg_count("select count(*) from karara.jobs where kind = 'trial'"), 0);
    assert_int_equal(pg_count("select count(*) from karara.mails where to_address like '%%@fault.example'"), n);
    assert_int_equal(pg_count("select count(distinct to_address) from karara.mails where to_address like '%%@fault.example'"),
                     n);
}

/* One of a worker's processes of a role; 0 when it has none just now. */
static pid_t one_of(int worker, const char *role)
{
    pid_t pids[8];
    int n = workers_processes(worker, role, pids, 8);
    return n > 0 ? pids[random() % n] : 0;
}

#define TRIALS                                                                                                                 \
    "(select attempts from karara.jobs where kind = 'trial' union all "                                                        \
    "select attempts from karara.jobs_done where kind = 'trial') j"

/* Until a job was begun after so many attempts; how many there are then. A runner that is killed before it has begun one, as it easily is on a
 * busy machine, loses nothing. */
static long long begun_after(long long attempts)
{
    long long now = attempts;
    for (int i = 0; i < 6000 && now <= attempts; i++) {
        usleep(i > 0 ? 10000 : 0);
        now = pg_count("select coalesce(sum(attempts), 0) from " TRIALS);
    }
    return now;
}

/* A runner that has just had a job, by what the job says of its worker: one at random would often be one that has yet to begin. */
static pid_t busy_runner(int worker)
{
    pid_t pids[8];
    long long busy =
        pg_count("select coalesce((select split_part(worker, ':', 2)::int8 from karara.jobs where lease_until > now() "
                 "order by random() limit 1), 0)");
    int n = workers_processes(worker, "runner", pids, 8);
    for (int i = 0; i < n; i++) {
        if (pids[i] == busy) {
            return pids[i];
        }
    }
    return 0;
}

static void runners_killed_a_hundred_times_lose_and_double_nothing(void **state)
{
    (void)state;
    workers_start(0, 3);
    enqueue(300, 15);
    long long attempts = 0;
    for (int kills = 0; kills < 100;) {
        attempts = begun_after(attempts);
        pid_t pid = kills % 4 == 0 ? one_of(0, "runner") : busy_runner(0);
        kills += pid != 0 && kill(pid, SIGKILL) == 0;
        usleep((useconds_t)(random() % 60000));
        if (pg_count("select count(*) from karara.jobs where kind = 'trial'") < 20) {
            pg_exec(
                "insert into karara.jobs (id, kind, queue, priority, max_attempts, payload) select karara.uuid_v7(), 'trial', "
                "'trial', 2, 100, jsonb_build_object('to', 'job-' || (m.n + i) || '@fault.example', 'before', (random() * "
                "15)::int, 'after', (random() * 15)::int) from generate_series(1, 50) i, (select (select count(*) from "
                "karara.jobs where kind = 'trial') + (select count(*) from karara.jobs_done where kind = 'trial') as n) m");
        }
    }
    int n = (int)pg_count("select (select count(*) from karara.jobs where kind = 'trial') + (select count(*) from "
                          "karara.jobs_done where kind = 'trial')");
    expect_each_once(n);
    assert_true(pg_count("select sum(attempts - 1) from " TRIALS) > 10);
    assert_int_equal(workers_stop(0), 0);
}

static void masters_killed_leave_their_jobs_to_others(void **state)
{
    (void)state;
    workers_start(0, 2);
    workers_start(1, 2);
    enqueue(200, 30);
    for (int i = 0; i < 6; i++) {
        usleep(200000 + (useconds_t)(random() % 200000));
        workers_kill(i % 2);
        workers_start(i % 2, 2);
    }
    /* By the leases alone, as it is when nobody is there to help. */
    workers_expect("200", LONG, "select count(*) from karara.jobs_done where kind = 'trial' and outcome = 'done'");
    expect_each_once(200);
    assert_int_equal(workers_stop(0), 0);
    assert_int_equal(workers_stop(1), 0);
}

static void a_database_that_crashes_amid_jobs_loses_and_doubles_nothing(void **state)
{
    (void)state;
    workers_start(0, 3);
    enqueue(200, 30);
    /* Jobs are durable; what of a job isn't is lost with its end, and so is done again. */
    pg_exec("checkpoint");
    for (int i = 0; i < 3; i++) {
        usleep(300000);
        pg_restart();
    }
    expect_each_once(200);
    assert_int_equal(workers_stop(0), 0);
}

/* A server process that stands still is what a half-open connection looks like: what was sent arrives nowhere, and nothing comes back. */
static void a_connection_that_stands_still_is_given_up(void **state)
{
    (void)state;
    setenv("KARARA_WORKER_STATEMENT_TIMEOUT", "1000", 1);
    workers_start(0, 1);
    unsetenv("KARARA_WORKER_STATEMENT_TIMEOUT");
    const char *id = workers_job("trial", "{\"to\":\"job-1@fault.example\",\"before\":3000}", ", max_attempts = 100");
    workers_expect("1", LONG, "select count(*) from karara.jobs where id = '%s' and lease_until is not null", id);
    workers_expect("1", LONG, "select count(*) from pg_stat_activity where application_name = 'karara-worker master'");
    int backend = (int)pg_count("select pid from pg_stat_activity where application_name = 'karara-worker runner'");
    int master = (int)pg_count("select pid from pg_stat_activity where application_name = 'karara-worker master'");
    assert_true(backend > 0 && master > 0);
    kill(backend, SIGSTOP);
    kill(master, SIGSTOP);
    workers_expect("1", LONG, "select count(*) from karara.jobs_done where id = '%s'", id);
    kill(backend, SIGCONT);
    kill(master, SIGCONT);
    workers_expect("0", LONG, "select count(*) from pg_stat_activity where pid in (%d, %d)", backend, master);
    expect_each_once(1);
    assert_int_equal(workers_stop(0), 0);
}

/* A runner that stood still for longer than its lease finds that its job is another's. */
static void a_worker_that_wakes_up_too_late_changes_nothing(void **state)
{
    pid_t pids[4];
    (void)state;
    workers_start(0, 1);
    const char *id = workers_job("trial", "{\"to\":\"job-1@fault.example\",\"after\":1500}", "");
    workers_expect("1", LONG, "select count(*) from karara.jobs where id = '%s' and lease_until is not null", id);
    assert_int_equal(workers_processes(0, "runner", pids, 4), 1);
    kill(workers_pid(0), SIGSTOP);
    kill(pids[0], SIGSTOP);
    pg_exec("update karara.jobs set lease_until = now() + interval '1 s' where id = '%s'", id); /* not the whole half minute */
    workers_start(1, 1);
    workers_expect("2", LONG, "select attempts from karara.jobs_done where id = '%s'", id);
    kill(pids[0], SIGCONT);
    kill(workers_pid(0), SIGCONT);
    const char *next = workers_job("noop", "{}", "");
    workers_expect("1", LONG, "select count(*) from karara.jobs_done where id = '%s'", next);
    assert_int_equal(workers_stop(0), 0);
    assert_int_equal(workers_stop(1), 0);
    expect_each_once(1);
}

static void a_workers_clock_decides_nothing(void **state)
{
    (void)state;
    const char *later = workers_job("trial", "{\"to\":\"no@fault.example\"}", ", run_at = now() + interval '30 min'");
    const char *now = workers_job("trial", "{\"to\":\"job-1@fault.example\"}", "");
    setenv("KARARA_CLOCK_OFFSET", "3600", 1);
    workers_start(0, 1);
    workers_expect("1", LONG, "select count(*) from karara.jobs_done where id = '%s'", now);
    setenv("KARARA_CLOCK_OFFSET", "-3600", 1);
    workers_start(1, 1);
    unsetenv("KARARA_CLOCK_OFFSET");
    assert_int_equal(workers_stop(0), 0);
    const char *next = workers_job("trial", "{\"to\":\"job-2@fault.example\"}", "");
    workers_expect("1", LONG, "select count(*) from karara.jobs_done where id = '%s'", next);
    assert_string_equal(workers_state(later), "waiting");
    assert_true(pg_count("select count(*) from karara.jobs_done where kind = 'housekeeping'") <=
                2); /* a period may have ended */
    pg_exec("delete from karara.jobs where id = '%s'", later);
    assert_int_equal(workers_stop(1), 0);
    expect_each_once(2);
}

/* ---- what comes round ---- */

static void the_clock_goes_on_elsewhere_when_its_leader_dies(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        workers_start(i, 1);
    }
    for (int turn = 0; turn < 3; turn++) {
        int leader = -1;
        for (int i = 0; i < LONG * 10 && leader < 0; i++, usleep(100000)) {
            for (int w = 0; w < 3 && leader < 0; w++) {
                leader = workers_pid(w) != 0 && strstr(workers_log(w), "clock_leads") != NULL ? w : -1;
            }
        }
        assert_true(leader >= 0);
        if (turn < 2) {
            workers_kill(leader);
        }
    }
    for (int i = 0; i < 3; i++) {
        if (workers_pid(i) != 0) {
            assert_int_equal(workers_stop(i), 0);
        }
    }
}

/* Three that enqueue by rows of their own, as fast as they can, while the jobs are done. */
static void each_period_has_one_job_however_many_enqueue_it(void **state)
{
    static const struct periodic_row rows[] = { { JOB_NOOP, 1 } };
    pid_t pids[3];
    (void)state;
    workers_start(0, 2);
    long long from = pg_count("select extract(epoch from now())::int8");
    fflush(NULL);
    for (int i = 0; i < 3; i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            struct db *d = db_open(config_text(CONF_DATABASE_WORKER));
            for (int k = 0; k < 250; k++) {
                if (!periodic_add(d, rows, 1)) {
                    _exit(1);
                }
                usleep(20000);
            }
            db_close(d);
            _exit(0);
        }
    }
    for (int i = 0; i < 3; i++) {
        int status = -1;
        waitpid(pids[i], &status, 0);
        assert_int_equal(status, 0);
    }
    workers_expect("0", LONG, "select count(*) from karara.jobs where kind = 'noop'");
    assert_int_equal(pg_count("select count(*) - count(distinct unique_key) from karara.jobs_done where kind = 'noop'"), 0);
    long long periods = pg_count("select count(*) from karara.jobs_done where kind = 'noop'");
    assert_true(periods >= 5);
    assert_int_equal(pg_count("select max(n) - min(n) + 1 from (select split_part(unique_key, ':', 4)::int8 as n from "
                              "karara.jobs_done where kind = 'noop') p"),
                     periods);
    assert_true(pg_count("select min(split_part(unique_key, ':', 4)::int8) from karara.jobs_done where kind = 'noop'") >=
                from - 1);
    assert_int_equal(workers_stop(0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(runners_killed_a_hundred_times_lose_and_double_nothing, workers_clean),
        cmocka_unit_test_setup(masters_killed_leave_their_jobs_to_others, workers_clean),
        cmocka_unit_test_setup(a_database_that_crashes_amid_jobs_loses_and_doubles_nothing, workers_clean),
        cmocka_unit_test_setup(a_connection_that_stands_still_is_given_up, workers_clean),
        cmocka_unit_test_setup(a_worker_that_wakes_up_too_late_changes_nothing, workers_clean),
        cmocka_unit_test_setup(a_workers_clock_decides_nothing, workers_clean),
        cmocka_unit_test_setup(the_clock_goes_on_elsewhere_when_its_leader_dies, workers_clean),
        cmocka_unit_test_setup(each_period_has_one_job_however_many_enqueue_it, workers_clean),
    };
    return cmocka_run_group_tests_name("jobs and faults", tests, workers_begin_alone, NULL);
}
