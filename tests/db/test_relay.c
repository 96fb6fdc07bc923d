/* test_relay.c - the relay: nothing lost, nothing twice, no gap, in order, whoever writes slowly and whichever relay dies. */
#include "pg.h"

#include "api/bind.h"
#include "core/arena.h"
#include "core/clock.h"
#include "core/config.h"
#include "core/log.h"
#include "coverage.h"
#include "domains/audit/audit.h"
#include "health_sql.h"
#include "housekeeping_sql.h"
#include "platform/db.h"
#include "platform/sign.h"
#include "worker/relay.h"
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { RELAYS = 3, WRITERS = 6, BRANDS = 3, TASKS = 4, ROUNDS = 40 };

#define PATIENCE INT64_C(120000000) /* µs that a condition may take on a busy machine */

static int begin(void **state)
{
    char err[256];
    (void)state;
    pg_begin();
    pg_load_demo();
    assert_true(sign_make_keys(config_text(CONF_KEYS_DIR), err, sizeof err));
    assert_true(sign_load_keys(config_text(CONF_KEYS_DIR), err, sizeof err));
    return 0;
}

static int end(void **state)
{
    (void)state;
    coverage_queries();
    return 0;
}

static pid_t relays[RELAYS];

static void end_relay(int n)
{
    if (relays[n] > 0) {
        kill(relays[n], SIGKILL);
        waitpid(relays[n], NULL, 0);
        relays[n] = 0;
    }
}

/* ---- a relay of our own, step by step ---- */

static struct db *db;
static const struct relay_follower followers[] = { { "task.%", JOB_NOOP, NULL },
                                                   { "%.moved", JOB_HOUSEKEEPING, NULL },
                                                   { NULL, JOB_NOOP, NULL } };
static struct relay *relay;

static int open_relay(void **state)
{
    (void)state;
    pg_exec("truncate karara.events, karara.event_counters, tenant_shared.activities, karara.jobs, karara.audit_entries, "
            "karara.audit_chains, karara.audit_heads restart identity");
    db = db_open(pg_conninfo("karara_worker"));
    relay = relay_open(db, followers);
    return 0;
}

static int close_relay(void **state)
{
    (void)state;
    for (int i = 0; i < RELAYS; i++) {
        end_relay(i);
    }
    relay_close(relay);
    db_close(db);
    return 0;
}

/* Steps until there is nothing left to do. */
static void settle(void)
{
    enum relay_state s = RELAY_MORE;
    for (int i = 0; i < 1000 && s != RELAY_IDLE; i++) {
        s = relay_step(relay);
        assert_true(s == RELAY_IDLE || s == RELAY_MORE || s == RELAY_PENDING);
        usleep(s == RELAY_PENDING ? 21000 : 0);
    }
    assert_int_equal(s, RELAY_IDLE);
}

#define DEMO "(select id from karara.brands where slug = 'demo')"

static void events_get_numbers_per_brand_in_the_order_of_their_ids(void **state)
{
    (void)state;
    pg_exec(
        "insert into karara.events (brand_id, kind, subject_type, payload) select case i %% 3 when 0 then null else b.id end, "
        "'x.y', 'x', jsonb_build_object('n', i) from generate_series(1, 3000) i join (select id, row_number() over (order by "
        "slug) as n from karara.brands) b on b.n = 1 + i %% 2 order by i");
    settle();
    assert_int_equal(pg_count("select count(*) from karara.events where sequence is null"), 0);
    assert_int_equal(pg_count("select count(*) from karara.events_new"), 0);
    assert_int_equal(
        pg_count("select count(*) from (select sequence, row_number() over (partition by brand_id order by id) as n "
                 "from karara.events) e where sequence <> n"),
        0);
    assert_int_equal(
        pg_count("select count(*) from karara.event_counters c where last_sequence = (select max(sequence) from "
                 "karara.events e where coalesce(e.brand_id, '00000000-0000-0000-0000-000000000000') = c.brand_id)"),
        3);
}

static void a_slow_writers_event_comes_when_it_is_there(void **state)
{
    (void)state;
    struct db *slow = db_open(pg_conninfo("postgres"));
    assert_true(db_exec_text(slow, "begin; insert into karara.events (brand_id, kind, subject_type) values (" DEMO
                                   ", 'slow.event', 'x')"));
    for (int i = 0; i < 5; i++) {
        pg_exec("insert into karara.events (brand_id, kind, subject_type) values (" DEMO ", 'quick.event', 'x')");
        settle();
    }
    assert_int_equal(pg_count("select last_sequence from karara.event_counters"), 5);
    assert_true(db_exec_text(slow, "commit"));
    settle();
    assert_int_equal(pg_count("select sequence from karara.events where kind = 'slow.event'"), 6);
    assert_int_equal(pg_count("select id from karara.events where kind = 'slow.event'"), 1);
    db_close(slow);
}

/* ---- what follows ---- */

#define EVENT(kind, subject, id, more, values)                                                                                 \
    "insert into karara.events (brand_id, actor_id, kind, subject_type, subject_id, channels" more ") select t.brand_id, "     \
    "t.created_by, '" kind "', '" subject "', " id ", array['board:' || t.board_id]" values " from tenant_shared.tasks t "     \
    "where t.id = '%s'"

static void activity_is_written_for_what_people_read(void **state)
{
    (void)state;
    char task[64], gone[64], list[64];
    snprintf(task, sizeof task, "%s",
             pg_value("select id from tenant_shared.tasks where brand_id = " DEMO " order by id limit 1"));
    snprintf(gone, sizeof gone, "%s",
             pg_value("select id from tenant_shared.tasks where brand_id = " DEMO " order by id desc limit 1"));
    snprintf(list, sizeof list, "%s", pg_value("select list_id from tenant_shared.tasks where id = '%s'", task));
    pg_exec(EVENT("task.moved", "task", "t.id", ", changes",
                  ", jsonb_build_object('list_id', jsonb_build_object('from', t.list_id, 'to', gen_random_uuid()))"),
            task);
    pg_exec(EVENT("task.updated", "task", "t.id", ", payload", ", '{\"title\": \"Short\"}'"), task);
    pg_exec(EVENT("list.reordered", "list", "t.list_id", "", ""), task);
    pg_exec(EVENT("board.updated", "board", "t.board_id", "", ""), task);
    pg_exec(EVENT("member.updated", "member", "t.created_by", "", ""), task);
    pg_exec(EVENT("task.deleted", "task", "t.id", ", changes",
                  ", jsonb_build_object('title', jsonb_build_object('from', t.title), 'number', jsonb_build_object('from', "
                  "t.number))"),
            gone);
    const char *title = pg_value("select title from tenant_shared.tasks where id = '%s'", gone);
    pg_exec("delete from tenant_shared.tasks where id = '%s'", gone);
    settle();
    assert_string_equal(
        pg_value("select string_agg(sequence || ' ' || verb || ' ' || subject_type, ', ' order by sequence) from "
                 "tenant_shared.activities"),
        "1 moved task, 2 updated task, 4 updated board, 6 deleted task");
    assert_string_equal(pg_value("select changes #>> '{list_id,from_name}' from tenant_shared.activities where sequence = 1"),
                        pg_value("select name from tenant_shared.lists where id = '%s'", list));
    assert_string_equal(pg_value("select changes::text from tenant_shared.activities where sequence = 2"),
                        "{\"title\": {\"to\": \"Short\"}}");
    assert_string_equal(pg_value("select subject_title from tenant_shared.activities where sequence = 6"), title);
    assert_int_equal(pg_count("select count(*) from tenant_shared.activities a where a.subject_reference ~ '^[A-Z]+-[0-9]+$'"),
                     3);
    assert_int_equal(pg_count("select count(*) from tenant_shared.activities a where a.board_id is null or a.actor_id is null"),
                     0);
    assert_int_equal(pg_count("select count(*) from karara.jobs j where j.kind = 'noop' and j.payload ->> 'sequence' in ('1', "
                              "'2', '6')"),
                     3);
    assert_int_equal(
        pg_count("select count(*) from karara.jobs j join karara.events e on e.brand_id = j.brand_id and e.sequence = "
                 "(j.payload ->> 'sequence')::int8 and e.id = (j.payload ->> 'event_id')::int8"),
        4);
}

static void an_event_that_a_follower_chokes_on_holds_up_nobody(void **state)
{
    (void)state;
    pg_exec("alter table tenant_shared.activities add constraint choke check (subject_title <> 'Choke')");
    pg_exec(
        "insert into karara.events (brand_id, kind, subject_type, subject_id, channels, changes) select t.brand_id, "
        "'task.deleted', 'task', gen_random_uuid(), array['board:' || t.board_id], jsonb_build_object('title', "
        "jsonb_build_object('from', case when n = 40 then 'Choke' else 'Fine' end)) from (select * from tenant_shared.tasks "
        "where brand_id = " DEMO " limit 1) t, generate_series(1, 100) n");
    log_set_level(LOG_ERROR + 1);
    enum relay_state s = RELAY_MORE;
    for (int i = 0; i < 1000 && s != RELAY_IDLE; i++) {
        s = relay_step(relay);
        usleep(s == RELAY_PENDING ? 21000 : 0);
    }
    log_set_level(LOG_WARN);
    pg_exec("alter table tenant_shared.activities drop constraint choke");
    assert_int_equal(pg_count("select count(*) from karara.events where sequence is null"), 0);
    assert_string_equal(pg_value("select count(*) || ' ' || max(sequence) from tenant_shared.activities"), "99 100");
}

static void activity_of_a_brand_that_is_being_deleted_is_left_out(void **state)
{
    (void)state;
    pg_exec("insert into karara.brands (id, name, slug) values ('00000000-0000-7000-8000-00000000aaaa', 'Leaving', 'leaving')");
    pg_exec(
        "insert into karara.events (brand_id, kind, subject_type, channels) values ('00000000-0000-7000-8000-00000000aaaa', "
        "'team.updated', 'team', '{}'), (" DEMO ", 'team.updated', 'team', '{}')");
    struct db *other = db_open(pg_conninfo("postgres"));
    assert_true(db_exec_text(other, "begin; delete from karara.brands where slug = 'leaving'"));
    settle(); /* waits for nobody */
    assert_int_equal(pg_count("select count(*) from karara.events where sequence = 1"), 2);
    assert_true(db_exec_text(other, "commit"));
    db_close(other);
}

static void step_until_it_leads(struct relay *r)
{
    int64_t began = clock_monotonic();
    while (relay_step(r) != RELAY_IDLE) {
        assert_true(clock_monotonic() - began < PATIENCE);
        usleep(20000);
    }
}

static void two_relays_never_work_at_once(void **state)
{
    (void)state;
    struct db *second = db_open(pg_conninfo("karara_worker"));
    struct relay *other = relay_open(second, followers);
    assert_int_equal(relay_step(relay), RELAY_IDLE);
    assert_int_equal(relay_step(other), RELAY_STANDBY);
    pg_exec("select pg_terminate_backend(l.pid) from pg_locks l where l.locktype = 'advisory' and l.objid = %d "
            "and l.database = (select oid from pg_database where datname = current_database())",
            LEADER_RELAY);
    step_until_it_leads(other);
    enum relay_state s = relay_step(relay);
    assert_true(s == RELAY_STANDBY || s == RELAY_AWAY);
    relay_close(other);
    db_close(second);
    step_until_it_leads(relay);
}

static void lag_is_what_waits(void **state)
{
    (void)state;
    struct arena *a = arena_create(1 << 20);
    relay_step(relay);
    pg_exec("insert into karara.events (brand_id, kind, subject_type, created_at) values (" DEMO
            ", 'x.y', 'x', now() - interval '5 s'), (null, 'x.y', 'x', now())");
    struct db *app = db_open(config_text(CONF_DATABASE));
    struct db_result *r = db_queue(app, a, &sql_health_relay, NULL);
    assert_int_equal(db_run(app), DB_OK);
    assert_int_equal(db_int(r, 0, "events"), 2);
    assert_true(db_int(r, 0, "age") >= 5000000);
    assert_true(db_int(r, 0, "leader") > 0);
    settle();
    r = db_queue(app, a, &sql_health_relay, NULL);
    assert_int_equal(db_run(app), DB_OK);
    assert_int_equal(db_int(r, 0, "events") + db_int(r, 0, "age"), 0);
    db_close(app);
    arena_destroy(a);
}

static void a_month_s_partition_may_come_late_and_an_old_one_goes(void **state)
{
    (void)state;
    const char *month = pg_value("select 'karara.events_' || to_char(now() at time zone 'UTC', 'YYYY_MM')");
    pg_exec("drop table %s", month);
    pg_exec("insert into karara.events (brand_id, kind, subject_type) values (" DEMO ", 'x.y', 'x')");
    settle();
    assert_int_equal(pg_count("select count(*) from karara.events_new where sequence = 1"), 1);
    assert_int_equal(pg_count("select karara.partitions_upkeep(12, 30)"), 1);
    assert_int_equal(pg_count("select count(*) from karara.events_new"), 0);
    assert_int_equal(pg_count("select count(*) from %s where sequence = 1", month), 1);
    pg_exec("create table karara.events_2020_01 partition of karara.events for values from ('2020-01-01Z') to ('2020-02-01Z'); "
            "alter table karara.events_2020_01 owner to karara_owner");
    struct arena *a = arena_create(1 << 20);
    bind_queue(db, a, &sql_partitions_upkeep, RQ_ARGS(ARG_INT("months_ahead", 12), ARG_INT("keep_days", 30)));
    assert_int_equal(db_run(db), DB_OK);
    arena_destroy(a);
    assert_int_equal(pg_count("select count(to_regclass('karara.events_2020_01'))"), 0);
    assert_string_equal(pg_as("karara_app", NULL, NULL, "select karara.partitions_upkeep(12, 30)"), "42501");
}

/* ---- many at once, and death ---- */

/* A relay as a process of its own, called relay-<n>. */
static void start_relay(int n)
{
    char name[32];
    snprintf(name, sizeof name, "relay-%d", n);
    relays[n] = fork();
    assert_true(relays[n] >= 0);
    if (relays[n] > 0) {
        return;
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    log_set_level(LOG_ERROR + 1);
    struct db *d = db_open(pg_conninfo("karara_worker"));
    db_configure(d, &(struct db_options){ name, 5000, 8000, false });
    struct relay *r = relay_open(d, followers);
    for (;;) {
        poll(NULL, 0, relay_pause(relay_step(r)));
    }
}

/* Which of ours leads; -1: none. */
static int leader(void)
{
    const char *name =
        pg_value("select substr(a.application_name, 7) from pg_locks l join pg_stat_activity a using (pid) where "
                 "l.locktype = 'advisory' and l.objid = %d and l.granted and l.database = (select oid from "
                 "pg_database where datname = current_database()) and a.application_name like 'relay-%%'",
                 LEADER_RELAY);
    return *name != 0 ? (int)strtol(name, NULL, 10) : -1;
}

/* Waits until another than `not` leads; µs that took. */
static int64_t wait_for_leader(int not, int *ret)
{
    int64_t began = clock_monotonic();
    int now = leader();
    while (now < 0 || now == not ) {
        assert_true(clock_monotonic() - began < PATIENCE);
        usleep(20000);
        now = leader();
    }
    *ret = now;
    return clock_monotonic() - began;
}

static void another_takes_over_from_a_leader_that_is(int signal, const char *what)
{
    int first, second;
    start_relay(0);
    start_relay(1);
    wait_for_leader(-1, &first);
    kill(relays[first], signal);
    int64_t took = wait_for_leader(first, &second);
    print_message("           (took over from a leader that is %s after %lld ms)\n", what, (long long)took / 1000);
    pg_exec("insert into karara.events (brand_id, kind, subject_type) values (" DEMO ", 'x.y', 'x')");
    for (int64_t began = clock_monotonic(); pg_count("select count(*) from karara.events where sequence is null") > 0;) {
        assert_true(clock_monotonic() - began < PATIENCE);
        usleep(20000);
    }
    kill(relays[first], SIGCONT); /* finds itself no leader any more */
    pg_exec("insert into karara.events (brand_id, kind, subject_type) select " DEMO ", 'x.y', 'x' from generate_series(1, 50)");
    for (int64_t began = clock_monotonic(); pg_count("select count(*) from karara.events where sequence is null") > 0;) {
        assert_true(clock_monotonic() - began < PATIENCE);
        usleep(20000);
    }
    assert_int_equal(leader(), second);
    assert_int_equal(pg_count("select count(distinct sequence) from karara.events where sequence between 1 and 51"), 51);
    end_relay(0);
    end_relay(1);
}

static void another_takes_over_from_a_dead_leader(void **state)
{
    (void)state;
    another_takes_over_from_a_leader_that_is(SIGKILL, "dead");
}

static void another_takes_over_from_a_stopped_leader(void **state)
{
    (void)state;
    another_takes_over_from_a_leader_that_is(SIGSTOP, "stopped");
}

/* Changes tasks as the API does, holding each transaction open for a while; some give up. */
static void write_for_a_while(int n)
{
    char sql[2048];
    struct db *d = db_open(pg_conninfo("postgres"));
    unsigned seed = (unsigned)n * 7919 + 1;
    for (int i = 0; i < ROUNDS; i++) {
        int brand = (int)(rand_r(&seed) % BRANDS), task = (int)(rand_r(&seed) % TASKS);
        bool gives_up = rand_r(&seed) % 10 == 0;
        unsigned long_hold = rand_r(&seed) % 12 == 0 ? 250000 : 0;
        snprintf(
            sql, sizeof sql,
            "begin; with changed as (update chaos set version = version + 1 where brand = %d and task = %d returning *) "
            "insert into karara.events (brand_id, kind, subject_type, subject_id, payload, channels) select brand_id, "
            "'task.updated', 'task', id, jsonb_build_object('version', version), array['board:' || board_id] from changed; "
            "insert into karara.audit_entries (brand_id, action, resource_type, after) select brand_id, 'chaos.done', 'task', "
            "jsonb_build_object('writer', %d, 'round', %d) from chaos where brand = %d and task = %d",
            brand, task, n, i, brand, task);
        bool ok = db_exec_text(d, sql);
        usleep(rand_r(&seed) % 20000 + long_hold);
        if (!ok || !db_exec_text(d, gives_up ? "rollback" : "commit")) {
            _exit(1);
        }
    }
    _exit(0);
}

static void kill_leaders_until(pid_t *writers, int *ret_killed)
{
    unsigned seed = 42;
    int left = WRITERS;
    *ret_killed = 0;
    while (left > 0) {
        usleep(rand_r(&seed) % 400000 + 100000);
        int who = leader();
        if (who >= 0 && *ret_killed % 4 == 3) {
            kill(relays[who], SIGSTOP); /* the server ends its session; it goes on later */
            usleep(3200000);
            kill(relays[who], SIGCONT);
            ++*ret_killed;
        } else if (who >= 0) {
            end_relay(who);
            start_relay(who);
            ++*ret_killed;
        }
        for (int i = 0; i < WRITERS; i++) {
            int status;
            if (writers[i] > 0 && waitpid(writers[i], &status, WNOHANG) == writers[i]) {
                assert_int_equal(status, 0);
                writers[i] = 0;
                left--;
            }
        }
    }
}

static void assert_none(const char *what, const char *sql)
{
    long long n = pg_count("%s", sql);
    if (n != 0) {
        fail_msg("%lld %s", n, what);
    }
}

static void count_sound(const struct audit_verdict *v, void *arg)
{
    *(int64_t *)arg += v->entries;
    if (v->fault != AUDIT_SOUND) {
        fail_msg("chain broken at %lld: %d", (long long)v->sequence, (int)v->fault);
    }
}

static void nothing_is_lost_nor_doubled_whoever_is_slow_and_whoever_dies(void **state)
{
    (void)state;
    pid_t writers[WRITERS];
    int killed;
    pg_exec(
        "drop table if exists chaos; create table chaos as select b.n as brand, t.n as task, b.id as brand_id, t.board_id, "
        "t.id, "
        "0 as version from (select id, row_number() over (order by id) - 1 as n from karara.brands limit %d) b, lateral "
        "(select "
        "x.id, x.board_id, row_number() over (order by x.id) - 1 as n from tenant_shared.tasks x where x.brand_id = b.id limit "
        "%d) t; create unique index on chaos (brand, task)",
        BRANDS, TASKS);
    for (int i = 0; i < RELAYS; i++) {
        start_relay(i);
    }
    for (int i = 0; i < WRITERS; i++) {
        writers[i] = fork();
        if (writers[i] == 0) {
            write_for_a_while(i);
        }
    }
    kill_leaders_until(writers, &killed);
    for (int i = 0; i < RELAYS; i++) {
        end_relay(i);
    }
    settle();
    print_message("           (%d leaders killed or stopped, %lld events)\n", killed,
                  pg_count("select count(*) from karara.events"));
    assert_true(killed > 0);
    assert_none("events lost", "select (select coalesce(sum(version), 0) from chaos) - (select count(*) from karara.events)");
    assert_none("events without a number", "select count(*) from karara.events where sequence is null");
    assert_none("gaps or doubles",
                "select count(*) from (select sequence, row_number() over (partition by brand_id order by sequence) "
                "as n from karara.events) e where sequence <> n");
    assert_none(
        "changes of an object out of order",
        "select count(*) from (select (payload ->> 'version')::int as v, row_number() over (partition by subject_id order by "
        "sequence) as n from karara.events) e where v <> n");
    assert_none(
        "events without their activity, or with two",
        "select count(*) from karara.events e full join tenant_shared.activities a using (brand_id, sequence) where e.id is "
        "null or a.id is null");
    assert_none(
        "events without their job, or with two",
        "select count(*) from (select e.id from karara.events e left join karara.jobs j on j.kind = 'noop' and (j.payload ->> "
        "'event_id')::int8 = e.id group by e.id having count(j.id) <> 1) e");
    assert_none("audit entries that aren't chained", "select count(*) from karara.audit_entries where hash is null");
    int64_t entries = 0;
    struct db *owner = db_open(pg_conninfo("postgres"));
    assert_true(audit_verify(owner, NULL, count_sound, &entries));
    db_close(owner);
    assert_int_equal(entries, pg_count("select count(*) from karara.audit_entries"));
    assert_int_equal(entries, pg_count("select sum(version) from chaos"));
}

int main(void)
{
#define RELAY_TEST(f) cmocka_unit_test_setup_teardown(f, open_relay, close_relay)
    const struct CMUnitTest tests[] = {
        RELAY_TEST(events_get_numbers_per_brand_in_the_order_of_their_ids),
        RELAY_TEST(a_slow_writers_event_comes_when_it_is_there),
        RELAY_TEST(activity_is_written_for_what_people_read),
        RELAY_TEST(an_event_that_a_follower_chokes_on_holds_up_nobody),
        RELAY_TEST(activity_of_a_brand_that_is_being_deleted_is_left_out),
        RELAY_TEST(two_relays_never_work_at_once),
        RELAY_TEST(lag_is_what_waits),
        RELAY_TEST(a_month_s_partition_may_come_late_and_an_old_one_goes),
        RELAY_TEST(another_takes_over_from_a_dead_leader),
        RELAY_TEST(another_takes_over_from_a_stopped_leader),
        RELAY_TEST(nothing_is_lost_nor_doubled_whoever_is_slow_and_whoever_dies),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
