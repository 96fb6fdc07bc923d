/* test_connections.c - the whole database restarted, connections that are left half open, and clocks that go wrong, while jobs run, schedules
 * come due and events are relayed: nothing is lost, nothing comes twice, and it goes on by itself. */
#include "api.h"
#include "pg.h"
#include "platform/db.h"
#include "proxy.h"
#include "templates.h"
#include "workers.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum {
    LONG = 120,
    JOBS = 60,
    WRITES = 40,
    OCCURRENCES = 12
}; /* LONG, s: recovery takes up to 45, and the machine may be busy */

static struct api_person ada;
static struct api_brand demo;
static int wrote; /* tasks that were made by hand */

static int begin(void **state)
{
    workers_begin_alone(state);
    ada = api_person("ada");
    demo = api_brand("demo", &ada);
    return 0;
}

static int clean(void **state)
{
    workers_clean(state);
    pg_exec("delete from tenant_shared.task_templates; delete from tenant_shared.tasks");
    wrote = 0;
    return 0;
}

/* ---- what goes on meanwhile ---- */

/* Jobs whose effect is a mail, each some ms before and behind it. */
static void enqueue(int ms)
{
    pg_exec("insert into karara.jobs (id, kind, queue, priority, max_attempts, payload) select karara.uuid_v7(), 'trial', "
            "'trial', 2, 100, "
            "jsonb_build_object('to', 'job-' || i || '@fault.example', 'before', (random() * %d)::int, 'after', (random() * "
            "%d)::int) "
            "from generate_series(1, %d) i",
            ms, ms, JOBS);
}

/* An hourly template that has all its occurrences to catch up with. */
static void schedule(void)
{
    template_late(&ada, &demo, OCCURRENCES, "");
    template_catch_up(1);
}

/* Events, each of a task that is made. What is refused while the database is away isn't counted. */
static void write_some(int n)
{
    for (int i = 0; i < n; i++) {
        struct api_reply r = api_post(&ada, api_f("/api/v1/boards/%s/tasks", demo.board_id), "{\"title\":\"Written\"}");
        wrote += r.status == 201;
    }
}

/* ---- what must have come of it ---- */

static void expect_jobs_once(int n)
{
    workers_expect_done(n, "trial", LONG);
    assert_int_equal(pg_count("select count(*) from karara.mails where to_address like '%%@fault.example'"), n);
    assert_int_equal(pg_count("select count(distinct to_address) from karara.mails where to_address like '%%@fault.example'"),
                     n);
}

static void expect_occurrences_once(void)
{
    workers_expect(api_f("%d", OCCURRENCES), LONG, "select count(*) from tenant_shared.tasks where template_id is not null");
    workers_expect("0", LONG, "select count(*) from karara.jobs where kind = 'task_template_spawn'");
    assert_int_equal(pg_count("select count(*) from tenant_shared.tasks where template_id is not null"), OCCURRENCES);
    assert_int_equal(pg_count("select count(distinct occurrence_at) from tenant_shared.tasks"), OCCURRENCES);
    assert_string_equal(
        pg_value("select bool_and(o.number > o.before) from (select number, lag(number, 1, 0) over (order by occurrence_at) as "
                 "before from tenant_shared.tasks where template_id is not null) o"),
        "t");
}

/* Every event has a number, 1, 2, 3 … in its brand, and each that people read about has its activity. */
static void expect_relayed(void)
{
    workers_expect("0", LONG, "select count(*) from karara.events where sequence is null");
    assert_int_equal(
        pg_count("select count(*) from (select max(sequence) - count(*) as gap, count(*) - count(distinct sequence) as twice "
                 "from karara.events group by brand_id) o where gap <> 0 or twice <> 0"),
        0);
    assert_int_equal(
        pg_count("select count(*) from karara.events e where e.brand_id = '%s' and e.kind = 'task.created' and not exists "
                 "(select from tenant_shared.activities a where a.brand_id = e.brand_id and a.sequence = e.sequence)",
                 demo.id),
        0);
    assert_true(pg_count("select count(*) from tenant_shared.tasks where title = 'Written'") >= wrote);
    workers_expect("0", LONG, "select count(*) from karara.audit_entries where hash is null");
}

static void expect_sound_log(void)
{
    const char *output;
    int status = PG_PROGRAM(&output, "kararactl", "audit", "verify");
    if (status != 0) {
        fail_msg("%s", output);
    }
}

/* Something new is done: it isn't just that nothing was left. */
static void expect_goes_on(void)
{
    const char *id = workers_job("noop", "{}", "");
    workers_expect("1", LONG, "select count(*) from karara.jobs_done where id = '%s'", id);
    int before = wrote;
    for (int i = 0; i < 600 && wrote == before; i++, usleep(100000)) {
        write_some(1);
    }
    assert_true(wrote > before);
    expect_relayed();
}

/* ---- the whole server ---- */

static void a_server_that_is_restarted_amid_everything_loses_and_doubles_nothing(void **state)
{
    (void)state;
    workers_start(0, 2);
    workers_start(1, 1);
    enqueue(60);
    schedule();
    write_some(WRITES);
    pg_exec("checkpoint"); /* the test's server answers before it has written; what was there before is meant */
    for (int i = 0; i < 3; i++) {
        usleep(150000 + (useconds_t)(random() % 200000));
        pg_restart();
        write_some(5);
        pg_exec("checkpoint");
    }
    expect_jobs_once(JOBS);
    expect_occurrences_once();
    expect_goes_on();
    expect_sound_log();
    assert_int_equal(workers_stop(0), 0);
    assert_int_equal(workers_stop(1), 0);
}

/* ---- half open ---- */

static void short_patience(void)
{
    setenv("KARARA_WORKER_STATEMENT_TIMEOUT", "2000", 1);
}

static void no_short_patience(void)
{
    unsetenv("KARARA_WORKER_STATEMENT_TIMEOUT");
}

/* Of all processes of a worker at once: runners amid jobs, the clock, the relay, the master. The server still holds what they held. */
static void connections_left_half_open_are_given_up_by_both_ends(void **state)
{
    (void)state;
    proxy_start();
    short_patience();
    workers_start(0, 3);
    no_short_patience();
    enqueue(200);
    write_some(WRITES);
    workers_expect("t", LONG, "select count(*) > 5 from karara.jobs_done where kind = 'trial'");
    assert_true(proxy_cut() >= 5);
    schedule();
    write_some(WRITES);
    expect_jobs_once(JOBS);
    expect_occurrences_once();
    expect_goes_on();
    expect_sound_log();
    assert_int_equal(workers_stop(0), 0);
    proxy_stop();
}

/* The relay and the clock that lead are cut off from a server that thinks them well; a worker elsewhere takes both over. */
static void who_leads_over_a_half_open_connection_is_replaced(void **state)
{
    (void)state;
    proxy_start();
    short_patience();
    workers_start(0, 1);
    write_some(5);
    expect_relayed();
    workers_expect("t", LONG,
                   "select count(*) >= 2 from pg_locks where locktype = 'advisory' and granted and database = (select oid from "
                   "pg_database where datname = current_database())");
    assert_true(proxy_cut() >= 2);
    proxy_pass_by();
    workers_start(1, 2);
    no_short_patience();
    schedule();
    write_some(WRITES);
    expect_occurrences_once();
    expect_goes_on();
    expect_sound_log();
    assert_int_equal(workers_stop(0), 0);
    assert_int_equal(workers_stop(1), 0);
    proxy_stop();
}

/* ---- clocks ---- */

/* An hour before and an hour behind: what is due, and what has ended, is for the database to say. */
static void an_app_whose_clock_is_wrong_does_everything_in_time(void **state)
{
    (void)state;
    struct api_person gone = api_person("gone"), stays = api_person("stays");
    api_join(&demo, &gone, "member");
    api_join(&demo, &stays, "member");
    pg_exec("update karara.brand_members set expires_at = now() + case user_id when '%s' then interval '-1 s' else interval "
            "'30 min' end "
            "where user_id in ('%s', '%s')",
            gone.id, gone.id, stays.id);
    schedule();
    pg_exec("update karara.schedules set catch_up = 'last', rrule = 'FREQ=HOURLY', next_run_at = date_trunc('second', now()) + "
            "interval '30 min', "
            "starts_at = (date_trunc('second', now()) + interval '30 min') at time zone 'UTC'");
    const char *const offsets[] = { "3600", "-3600" };
    for (int i = 0; i < 2; i++) {
        setenv("KARARA_CLOCK_OFFSET", offsets[i], 1);
        workers_start(i, 1);
        unsetenv("KARARA_CLOCK_OFFSET");
        write_some(3);
        const char *ends = workers_job("ends", "{}", "");
        workers_expect("1", LONG, "select count(*) from karara.jobs_done where id = '%s'", ends);
        expect_goes_on();
        assert_int_equal(pg_count("select count(*) from tenant_shared.tasks where template_id is not null"), 0);
        assert_string_equal(pg_value("select status from karara.brand_members where user_id = '%s'", gone.id), "expired");
        assert_string_equal(pg_value("select status from karara.brand_members where user_id = '%s'", stays.id), "active");
        assert_int_equal(workers_stop(i), 0);
    }
    /* What is due now comes now, and only that. */
    pg_exec("update karara.schedules set next_run_at = date_trunc('second', now()) - interval '1 s', "
            "starts_at = (date_trunc('second', now()) - interval '1 s') at time zone 'UTC'");
    setenv("KARARA_CLOCK_OFFSET", "-3600", 1);
    workers_start(0, 1);
    unsetenv("KARARA_CLOCK_OFFSET");
    workers_expect("1", LONG, "select count(*) from tenant_shared.tasks where template_id is not null");
    assert_string_equal(
        pg_value("select next_run_at between now() + interval '50 min' and now() + interval '61 min' from karara.schedules"),
        "t");
    assert_string_equal(pg_value("select bool_and(sequenced_at between now() - interval '10 min' and now()) from karara.events "
                                 "where sequenced_at is not null"),
                        "t");
    assert_int_equal(workers_stop(0), 0);
    expect_sound_log();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_server_that_is_restarted_amid_everything_loses_and_doubles_nothing, clean),
        cmocka_unit_test_setup(connections_left_half_open_are_given_up_by_both_ends, clean),
        cmocka_unit_test_setup(who_leads_over_a_half_open_connection_is_replaced, clean),
        cmocka_unit_test_setup(an_app_whose_clock_is_wrong_does_everything_in_time, clean),
    };
    return cmocka_run_group_tests_name("connections and clocks", tests, begin, NULL);
}
