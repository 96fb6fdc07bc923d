/* test_audit_chain.c - whoever changes the audit log is found out: each entry that was touched, removed or inserted is named. */
#include "pg.h"

#include "core/arena.h"
#include "core/config.h"
#include "coverage.h"
#include "domains/audit/audit.h"
#include "platform/db.h"
#include "platform/sign.h"
#include "worker/relay.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static struct db *worker, *owner;
static struct arena *arena;
static char brand[64];

static void chain_all(void)
{
    static const struct relay_follower nobody[] = { { NULL, JOB_NOOP, NULL } };
    struct relay *r = relay_open(worker, nobody);
    enum relay_state s = RELAY_MORE;
    for (int i = 0; i < 1000 && s != RELAY_IDLE; i++) {
        s = relay_step(r);
        usleep(s == RELAY_MORE || s == RELAY_IDLE ? 0 : 21000);
    }
    relay_close(r);
    assert_int_equal(s, RELAY_IDLE);
}

static void add(const char *of, int count)
{
    pg_exec("insert into karara.audit_entries (brand_id, platform, actor_id, action, resource_type, resource_id, before, "
            "after, ip, "
            "user_agent, request_id) select %s, n %% 2 = 0, case when n %% 3 > 0 then gen_random_uuid() end, 'thing.changed', "
            "'thing', case when n %% 2 > 0 then gen_random_uuid() end, case when n %% 4 = 0 then jsonb_build_object('n', n, "
            "'words', "
            "'Grüße, \"Welt\"') end, jsonb_build_object('b', 1.50, 'a', null), '::1', 'Lynx, 2.8', 'r' || n from "
            "generate_series(1, %d) n",
            of, count);
}

static int begin(void **state)
{
    char err[256];
    (void)state;
    pg_begin();
    pg_exec("insert into karara.brands (id, name, slug) values (gen_random_uuid(), 'Home', 'home')");
    snprintf(brand, sizeof brand, "%s", pg_value("select id from karara.brands"));
    assert_true(sign_make_keys(config_text(CONF_KEYS_DIR), err, sizeof err));
    assert_true(sign_load_keys(config_text(CONF_KEYS_DIR), err, sizeof err));
    worker = db_open(pg_conninfo("karara_worker"));
    owner = db_open(pg_conninfo("postgres"));
    arena = arena_create(1 << 24);
    return 0;
}

static int end(void **state)
{
    (void)state;
    coverage_queries();
    db_close(worker);
    db_close(owner);
    arena_destroy(arena);
    return 0;
}

/* Twenty entries of the brand, seven of the platform, chained, and the heads signed. */
static int fresh(void **state)
{
    (void)state;
    pg_exec("truncate karara.audit_entries, karara.audit_chains, karara.audit_heads, karara.audit_anchors");
    add("(select id from karara.brands)", 20);
    add("null", 7);
    chain_all();
    return 0;
}

static struct audit_verdict worst;
static int64_t entries;

static void take(const struct audit_verdict *v, void *arg)
{
    (void)arg;
    entries += v->entries;
    if (v->fault != AUDIT_SOUND && worst.fault == AUDIT_SOUND) {
        worst = *v;
    }
}

static enum audit_fault verify(void)
{
    entries = 0;
    worst = (struct audit_verdict){ 0 };
    bool sound = audit_verify(owner, NULL, take, NULL);
    assert_true(sound == (worst.fault == AUDIT_SOUND));
    return worst.fault;
}

#define ENTRY(n) "brand_id is not null and sequence = " #n

/* After that statement the chain breaks at this place in this way. */
static void breaks(const char *sql, enum audit_fault fault, int64_t sequence)
{
    pg_exec("%s", sql);
    enum audit_fault found = verify();
    if (found != fault || worst.sequence != sequence) {
        fail_msg("expected %d at %lld, got %d at %lld: %s", (int)fault, (long long)sequence, (int)found,
                 (long long)worst.sequence, sql);
    }
    fresh(NULL);
}

static void a_log_that_nobody_touched_is_sound(void **state)
{
    (void)state;
    assert_int_equal(verify(), AUDIT_SOUND);
    assert_int_equal(entries, 27);
    assert_int_equal(pg_count("select count(*) from karara.audit_heads"), 2);
    add("(select id from karara.brands)", 2500);
    chain_all();
    assert_int_equal(verify(), AUDIT_SOUND);
    assert_int_equal(entries, 2527);
    assert_int_equal(pg_count("select count(*) from karara.audit_heads"), 2); /* an hour hasn't passed */
}

static bool grows;

/* What was done while the first chain was read. */
static void grow(const struct audit_verdict *v, void *arg)
{
    take(v, arg);
    if (grows) {
        grows = false;
        add("null", 3);
        add("(select id from karara.brands)", 3);
        chain_all();
    }
}

static void a_log_that_grows_while_it_is_read_is_sound(void **state)
{
    (void)state;
    worst = (struct audit_verdict){ 0 };
    grows = true;
    assert_true(audit_verify(owner, NULL, grow, NULL));
    assert_int_equal(worst.fault, AUDIT_SOUND);
    assert_false(grows);
}

static void every_column_counts(void **state)
{
    static const char *const sets[] = {
        "actor_id = gen_random_uuid()",
        "action = 'thing.removed'",
        "resource_type = 'other'",
        "resource_id = gen_random_uuid()",
        "before = '{}'",
        "after = '{\"b\": 1.5}'",
        "outcome = 'failure'",
        "ip = '::2'",
        "user_agent = ''",
        "request_id = 'other'",
        "platform = not platform",
        "id = gen_random_uuid()",
        "hash = sha256('')",
        "prev_hash = null",
        "hash = null",
        "created_at = created_at + interval '1 us'",
    };
    (void)state;
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        char sql[256];
        snprintf(sql, sizeof sql, "update karara.audit_entries set %s where " ENTRY(9), sets[i]);
        breaks(sql, AUDIT_TOUCHED, 9);
    }
    breaks("update karara.audit_entries set action = 'a.b' where brand_id is null and sequence = 3", AUDIT_TOUCHED, 3);
}

static void what_was_removed_is_named(void **state)
{
    (void)state;
    breaks("delete from karara.audit_entries where " ENTRY(1), AUDIT_REMOVED, 1);
    breaks("delete from karara.audit_entries where " ENTRY(12), AUDIT_REMOVED, 12);
    breaks("delete from karara.audit_entries where " ENTRY(20), AUDIT_REMOVED, 20);
    breaks("delete from karara.audit_entries where brand_id is not null", AUDIT_REMOVED, 1);
    breaks("update karara.audit_entries set brand_id = null, sequence = 8 where " ENTRY(20), AUDIT_TOUCHED, 8);
    /* with the end of the chain set back: what was signed tells */
    breaks("delete from karara.audit_entries where " ENTRY(
               20) "; update karara.audit_chains c set last_sequence = 19, last_hash = "
                   "(select hash from karara.audit_entries e where e.brand_id = c.chain_id and sequence = 19) where "
                   "last_sequence = 20",
           AUDIT_REMOVED, 20);
}

static void what_was_inserted_is_named(void **state)
{
    (void)state;
    breaks("insert into karara.audit_entries (id, brand_id, action, resource_type, sequence, prev_hash, hash) select "
           "'00000000-0000-0000-0000-000000000001', brand_id, 'a.b', 'x', sequence, prev_hash, hash from karara.audit_entries "
           "where " ENTRY(5),
           AUDIT_TOUCHED, 5);
    breaks("insert into karara.audit_entries (id, brand_id, action, resource_type, sequence, prev_hash, hash) select "
           "'ffffffff-ffff-ffff-ffff-ffffffffffff', brand_id, 'a.b', 'x', sequence, prev_hash, hash from karara.audit_entries "
           "where " ENTRY(5),
           AUDIT_INSERTED, 5);
    breaks("insert into karara.audit_entries (brand_id, action, resource_type, sequence, prev_hash, hash) select id, 'a.b', "
           "'x', 0, '', "
           "'' from karara.brands",
           AUDIT_INSERTED, 0);
    breaks("with last as (select * from karara.audit_entries where " ENTRY(
               20) ") insert into karara.audit_entries (brand_id, action, "
                   "resource_type, id, created_at, sequence, prev_hash) select brand_id, 'a.b', 'x', gen_random_uuid(), now(), "
                   "21, hash from "
                   "last; update karara.audit_entries e set hash = sha256(prev_hash || karara.audit_canonical(e, 21)) where "
                   "sequence = 21",
           AUDIT_INSERTED, 21);
}

static void a_chain_that_was_written_anew_is_not_what_was_signed(void **state)
{
    (void)state;
    pg_exec("update karara.audit_entries set ip = '10.0.0.1' where " ENTRY(
        4) "; update karara.audit_entries set hash = null, prev_hash = null, sequence = null; delete from karara.audit_chains");
    chain_all();
    assert_int_equal(verify(), AUDIT_HEAD_WRONG);
    assert_int_equal(worst.sequence, 20);
    fresh(NULL);
    breaks("update karara.audit_heads set signature = sha256('') || sha256('') where sequence = 20", AUDIT_HEAD_WRONG, 20);
    breaks("update karara.audit_heads set signed_at = signed_at + interval '1 day' where sequence = 20", AUDIT_HEAD_WRONG, 20);
    breaks("update karara.audit_heads set key_id = 'mine' where sequence = 20", AUDIT_HEAD_WRONG, 20);
}

static void what_went_in_its_time_leaves_the_chain_sound(void **state)
{
    (void)state;
    int64_t dropped = 0;
    pg_exec("truncate karara.audit_entries, karara.audit_chains, karara.audit_heads");
    pg_exec("create table karara.audit_entries_2019_05 partition of karara.audit_entries for values from ('2019-05-01Z') to "
            "('2019-06-01Z'); alter table karara.audit_entries_2019_05 owner to karara_owner");
    add("(select id from karara.brands)", 10);
    pg_exec("update karara.audit_entries set created_at = '2019-05-31Z' where number in (select number from "
            "karara.audit_entries order "
            "by number limit 8)");
    pg_exec("update karara.audit_entries set created_at = '2019-05-30Z' where number = (select max(number) from "
            "karara.audit_entries)"); /* a slow writer's */
    chain_all();
    assert_int_equal(verify(), AUDIT_SOUND);
    assert_int_equal(pg_count("select karara.audit_partitions_drop(365)"), 0); /* not without anchors */
    db_queue_begin(worker, false);
    assert_int_equal(audit_retire(worker, arena, 365, &dropped), DB_OK);
    db_queue_commit(worker);
    assert_int_equal(db_run(worker), DB_OK);
    assert_int_equal(dropped, 1);
    assert_int_equal(pg_count("select count(*) from karara.audit_entries"), 1);
    assert_int_equal(pg_count("select count(*) from karara.audit_anchors"), 2);
    assert_int_equal(verify(), AUDIT_SOUND);
    add("(select id from karara.brands)", 3);
    chain_all();
    assert_int_equal(verify(), AUDIT_SOUND);
    assert_int_equal(entries, 4);
    pg_exec("update karara.audit_anchors set hash = sha256('') where first_sequence = 1");
    assert_int_equal(verify(), AUDIT_ANCHOR_WRONG);
    pg_exec("delete from karara.audit_anchors where first_sequence = 1");
    assert_int_equal(verify(), AUDIT_REMOVED);
    assert_int_equal(worst.sequence, 1);
}

static void workers_can_add_and_chain_and_nothing_else(void **state)
{
    static const struct {
        const char *role, *sql;
    } refused[] = {
        { "karara_app", "update karara.audit_entries set action = 'a.b'" },
        { "karara_app", "update karara.audit_entries set hash = ''" },
        { "karara_app", "delete from karara.audit_entries" },
        { "karara_app", "insert into karara.audit_entries (action, resource_type, hash) values ('a.b', 'x', '')" },
        { "karara_app", "insert into karara.audit_entries (action, resource_type, sequence) values ('a.b', 'x', 5)" },
        { "karara_app", "insert into karara.audit_heads values (gen_random_uuid(), 1, '', now(), '', '')" },
        { "karara_worker", "update karara.audit_entries set action = 'a.b'" },
        { "karara_worker", "delete from karara.audit_entries" },
        { "karara_worker", "insert into karara.audit_entries (action, resource_type, hash) values ('a.b', 'x', '')" },
        { "karara_worker", "update karara.audit_heads set hash = ''" },
        { "karara_worker", "delete from karara.audit_anchors" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        const char *code = pg_as(refused[i].role, NULL, NULL, "%s", refused[i].sql);
        if (code == NULL || strcmp(code, "42501") != 0) {
            fail_msg("%s: %s: %s", refused[i].role, code != NULL ? code : "done", refused[i].sql);
        }
    }
    long long rows = -1;
    assert_null(pg_as("karara_worker", NULL, &rows, "update karara.audit_entries set sequence = 1, prev_hash = '', hash = ''"));
    assert_int_equal(rows, 0); /* all are chained */
}

static void kararactl_says_what_is_wrong(void **state)
{
    const char *output;
    (void)state;
    assert_int_equal(PG_PROGRAM(&output, "kararactl", "audit", "verify"), 0);
    assert_non_null(strstr(output, "ok      home"));
    assert_non_null(strstr(output, "20 entries, signed up to 20"));
    assert_non_null(strstr(output, "ok      (platform)"));
    assert_int_equal(PG_PROGRAM(&output, "kararactl", "audit", "key"), 0);
    char key[128];
    snprintf(key, sizeof key, "%.*s", (int)strcspn(output, "\n"), output);
    assert_int_equal(PG_PROGRAM(&output, "kararactl", "audit", "verify", "--brand", "home", "--key", key), 0);
    assert_null(strstr(output, "platform"));
    char *digit = strchr(key, ':') + 1;
    *digit = *digit == '0' ? '1' : '0';
    assert_int_equal(PG_PROGRAM(&output, "kararactl", "audit", "verify", "--brand", "home", "--key", key), 1);
    assert_int_equal(PG_PROGRAM(&output, "kararactl", "audit", "verify", "--brand", "nowhere"), 1);
    assert_non_null(strstr(output, "there is no brand nowhere"));
    pg_exec("update karara.audit_entries set ip = '' where " ENTRY(7));
    assert_int_equal(PG_PROGRAM(&output, "kararactl", "audit", "verify"), 1);
    assert_non_null(strstr(output, "BROKEN  home"));
    assert_non_null(strstr(output, "entry 7 ("));
    assert_non_null(strstr(output, "it was touched; 6 before it are right"));
    assert_non_null(strstr(output, "ok      (platform)"));
    assert_int_equal(PG_PROGRAM(&output, "kararactl", "relay", "status"), 1);
    assert_non_null(strstr(output, "nobody: is karara-worker running?"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_log_that_nobody_touched_is_sound, fresh),
        cmocka_unit_test_setup(a_log_that_grows_while_it_is_read_is_sound, fresh),
        cmocka_unit_test_setup(every_column_counts, fresh),
        cmocka_unit_test_setup(what_was_removed_is_named, fresh),
        cmocka_unit_test_setup(what_was_inserted_is_named, fresh),
        cmocka_unit_test_setup(a_chain_that_was_written_anew_is_not_what_was_signed, fresh),
        cmocka_unit_test_setup(workers_can_add_and_chain_and_nothing_else, fresh),
        cmocka_unit_test_setup(kararactl_says_what_is_wrong, fresh),
        cmocka_unit_test(what_went_in_its_time_leaves_the_chain_sound),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
