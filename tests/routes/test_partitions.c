/* test_partitions.c - months of the event log and of the audit log come and go, by the job as karara-worker runs it. */
#include "api.h"
#include "core/config.h"
#include "pg.h"
#include "platform/db.h"
#include "worker/leader.h"
#include "workers.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { MONTHS = 13, LONG = 120 }; /* this one and those ahead; s */

static struct api_person ada;
static struct api_brand home;

static int begin(void **state)
{
    workers_begin(state);
    ada = api_person("ada");
    home = api_brand("home", &ada);
    return 0;
}

static void upkeep(void)
{
    assert_string_equal(workers_await(workers_job("partitions", "{}", "")), "done");
}

/* Something that is told of and audited. */
static void make_team(const char *name)
{
    struct api_reply r = api_post(&ada, "/api/v1/teams", api_f("{\"name\":\"%s\"}", name));
    assert_int_equal(r.status, 201);
}

/* Waits until events are numbered and audit entries chained. */
static void settled(void)
{
    workers_expect("0", LONG,
                   "select (select count(*) from karara.events where sequence is null) + (select count(*) from "
                   "karara.audit_entries where hash is null)");
}

/* The log's partition of the month in which that moment lies, as a name of SQL: "karara.events_2026_11". */
static const char *month_of(const char *log, const char *moment)
{
    return api_f("%s", pg_value("select 'karara.%s_' || to_char((%s) at time zone 'UTC', 'YYYY_MM')", log, moment));
}

static bool exists(const char *table)
{
    return pg_count("select count(to_regclass('%s'))", table) == 1;
}

/* Makes the partition of a month that lies behind; its name. */
static const char *make_month(const char *log, const char *moment)
{
    const char *name = month_of(log, moment);
    const char *from = api_f("%s", pg_value("select date_trunc('month', (%s) at time zone 'UTC') at time zone 'UTC'", moment));
    if (!exists(name)) {
        pg_exec("set timezone = 'UTC'; create table %s partition of karara.%s for values from ('%s') to ('%s'::timestamptz + "
                "interval '1 month'); alter table %s owner to karara_owner; reset timezone",
                name, log, from, from, name);
    }
    return name;
}

static void expect_sound_log(void)
{
    const char *output;
    if (PG_PROGRAM(&output, "kararactl", "audit", "verify") != 0) {
        fail_msg("%s", output);
    }
}

/* ---- months to come ---- */

/* As if none had ever been made: what lies in them goes to where it would have gone. */
static void unmake_months(const char *log, const char *elsewhere)
{
    pg_exec(
        "do $$ declare part text; begin for part in select inhrelid::regclass::text from pg_inherits where inhparent = "
        "'karara.%s'::regclass and inhrelid <> 'karara.%s'::regclass loop execute 'alter table karara.%s detach partition ' "
        "|| part; execute 'insert into karara.%s overriding system value select * from ' || part; execute 'drop table ' || "
        "part; end loop; end $$",
        log, elsewhere, log, log);
}

static void months_to_come_are_there_ahead_and_what_was_early_moves_into_its_own(void **state)
{
    (void)state;
    make_team("Before");
    settled();
    unmake_months("events", "events_new");
    unmake_months("audit_entries", "audit_entries_default");
    make_team("Without a month");
    settled();
    long long events = pg_count("select count(*) from karara.events_new"),
              entries = pg_count("select count(*) from karara.audit_entries_default");
    assert_true(events > 1);
    assert_true(entries > 1);
    upkeep();
    static const char *const logs[] = { "events", "audit_entries" };
    for (int i = 0; i < 2; i++) {
        for (int m = 0; m < MONTHS; m++) {
            const char *table = month_of(logs[i], api_f("date_trunc('month', now()) + interval '%d months'", m));
            if (!exists(table)) {
                fail_msg("%s is not there", table);
            }
        }
        assert_int_equal(pg_count("select count(*) from pg_inherits where inhparent = 'karara.%s'::regclass", logs[i]),
                         MONTHS + 1);
    }
    assert_int_equal(pg_count("select count(*) from karara.events_new where sequence is not null"), 0);
    assert_int_equal(pg_count("select count(*) from karara.audit_entries_default"), 0);
    assert_true(pg_count("select count(*) from %s", month_of("events", "now()")) >= events);
    assert_true(pg_count("select count(*) from %s", month_of("audit_entries", "now()")) >= entries);
    make_team("Within a month");
    settled();
    assert_int_equal(pg_count("select count(*) from karara.audit_entries_default"), 0);
    assert_int_equal(pg_count("select count(*) - max(sequence) from karara.events where brand_id = '%s'", home.id), 0);
    expect_sound_log();
}

/* ---- months that are over ---- */

static void months_of_events_go_when_all_of_one_has_been_kept_long_enough(void **state)
{
    (void)state;
    const char *edge = api_f("now() - interval '%lld days'", (long long)config_int(CONF_EVENTS_KEPT));
    const char *kept = make_month("events", edge),
               *gone = make_month("events", api_f("date_trunc('month', %s) - interval "
                                                  "'1 day'",
                                                  edge)),
               *long_gone = make_month("events", "timestamptz '2020-01-15Z'");
    pg_exec("insert into karara.events (brand_id, sequence, sequenced_at, kind, subject_type) overriding system value values "
            "('%s', 900001, '2020-01-15Z', 'x.y', 'x')",
            home.id);
    assert_int_equal(pg_count("select count(*) from %s", long_gone), 1);
    upkeep();
    assert_true(exists(kept));
    assert_false(exists(gone));
    assert_false(exists(long_gone));
    make_team("After the events");
}

/* So many entries of the brand, made at that moment. */
static void add_entries(const char *moment, int count)
{
    pg_exec("insert into karara.audit_entries (brand_id, action, resource_type, created_at) select '%s', 'thing.changed', "
            "'thing', %s from generate_series(1, %d)",
            home.id, moment, count);
}

static void months_of_the_audit_log_go_behind_a_signed_anchor_and_the_chain_stays_sound(void **state)
{
    (void)state;
    const char *edge = api_f("now() - interval '%lld days'", (long long)config_int(CONF_AUDIT_KEPT));
    const char *before = api_f("date_trunc('month', %s) - interval '1 day'", edge);
    settled();
    const char *kept = make_month("audit_entries", edge), *gone = make_month("audit_entries", before);
    long long chained = pg_count("select coalesce(max(sequence), 0) from karara.audit_entries where brand_id = '%s'", home.id);
    add_entries(before, 25);
    settled();
    add_entries(edge, 5);
    make_team("Between them");
    settled();
    expect_sound_log();
    assert_int_equal(pg_count("select count(*) from %s", gone), 25);
    upkeep();
    assert_false(exists(gone));
    assert_true(exists(kept));
    assert_int_equal(pg_count("select count(*) from %s", kept), 5);
    assert_int_equal(pg_count("select count(*) from karara.audit_anchors where chain_id = '%s' and first_sequence = %lld and "
                              "last_sequence = %lld and octet_length(signature) = 64",
                              home.id, chained + 1, chained + 25),
                     1);
    expect_sound_log();
    make_team("After the audit log");
    settled();
    expect_sound_log();
    upkeep(); /* nothing is left to do, and nothing is anchored again */
    assert_int_equal(pg_count("select count(*) from karara.audit_anchors"), 1);
    pg_exec("update karara.audit_anchors set last_sequence = last_sequence - 1");
    assert_int_equal(PG_PROGRAM(NULL, "kararactl", "audit", "verify"), 1);
    pg_exec("update karara.audit_anchors set last_sequence = last_sequence + 1");
    expect_sound_log();
}

/* What isn't chained can't be anchored: its month waits for it. Nobody chains while somebody else leads. */
static void a_month_whose_entries_are_not_chained_yet_stays(void **state)
{
    (void)state;
    assert_int_equal(workers_stop(0), 0);
    struct db *leader = db_open(pg_conninfo("karara_worker"));
    assert_true(db_exec_text(leader, api_f("select pg_advisory_lock(%d)", LEADER_RELAY)));
    const char *month = make_month("audit_entries", "timestamptz '2015-05-15Z'");
    add_entries("timestamptz '2015-05-15Z'", 3);
    workers_start(0, 2);
    upkeep();
    assert_true(exists(month));
    assert_int_equal(pg_count("select count(*) from %s where hash is null", month), 3);
    db_close(leader);
    settled();
    upkeep();
    assert_false(exists(month));
    expect_sound_log();
}

/* ---- writers ---- */

static void a_writer_who_takes_long_is_waited_for_and_holds_up_nobody_else(void **state)
{
    (void)state;
    struct db *writer = db_open(pg_conninfo("postgres"));
    const char *last = month_of("events", "date_trunc('month', now()) + interval '12 months'");
    pg_exec("drop table %s", last);
    assert_true(db_exec_text(writer, "begin; insert into karara.events (kind, subject_type) values ('x.y', 'x')"));
    const char *job = workers_job("partitions", "{}", ", max_attempts = 100");
    workers_expect("t", LONG, "select last_error is not null and lease_until is null from karara.jobs where id = '%s'", job);
    assert_false(exists(last));
    make_team("Meanwhile");
    assert_true(db_exec_text(writer, "commit"));
    db_close(writer);
    pg_exec("update karara.jobs set run_at = now() where id = '%s' and lease_until is null",
            job); /* rather than after its pause */
    assert_string_equal(workers_await(job), "done");
    assert_true(exists(last));
    settled();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(months_to_come_are_there_ahead_and_what_was_early_moves_into_its_own),
        cmocka_unit_test(months_of_events_go_when_all_of_one_has_been_kept_long_enough),
        cmocka_unit_test(months_of_the_audit_log_go_behind_a_signed_anchor_and_the_chain_stays_sound),
        cmocka_unit_test(a_month_whose_entries_are_not_chained_yet_stays),
        cmocka_unit_test(a_writer_who_takes_long_is_waited_for_and_holds_up_nobody_else),
    };
    return cmocka_run_group_tests(tests, begin, workers_end);
}
