/* The walls between brands, tried: every tenant table, every verb, as either worker role, with the brand set, unset, wrong, and after an
 * error. The demo brand is "us", Northwind is "them"; each tenant table has rows of both. */
#include "pg.h"

#include "core/arena.h"
#include "core/config.h"
#include "platform/db.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { TABLES_MAX = 128 };

static char us[64], them[64];
static char tables[TABLES_MAX][64];
static int table_count;
static const char *const roles[] = { "karara_app", "karara_worker" };

static int begin(void **state)
{
    (void)state;
    pg_begin();
    pg_load_demo();
    snprintf(us, sizeof us, "%s", pg_value("select id from karara.brands where slug = 'demo'"));
    snprintf(them, sizeof them, "%s", pg_value("select id from karara.brands where slug = 'northwind'"));
    table_count = (int)pg_count("select count(*) from pg_tables where schemaname = 'tenant_shared'");
    for (int i = 0; i < table_count && i < TABLES_MAX; i++) {
        snprintf(tables[i], sizeof tables[i], "%s",
                 pg_value("select tablename from pg_tables where schemaname = 'tenant_shared' order by 1 offset %d", i));
    }
    return table_count < TABLES_MAX ? 0 : -1;
}

/* What the table holds of a brand, every byte: to see that nothing changed. */
static const char *contents(const char *table, const char *brand)
{
    return pg_value("select count(*) || ' ' || coalesce(md5(string_agg(t::text, ';' order by t::text)), '')"
                    " from tenant_shared.%s t where brand_id = '%s'",
                    table, brand);
}

typedef void each_table(const char *role, const char *table);

static void for_each_table(each_table *try)
{
    for (int i = 0; i < table_count; i++) {
        for (size_t r = 0; r < sizeof roles / sizeof *roles; r++) {
            char before[128];
            snprintf(before, sizeof before, "%s", contents(tables[i], them));
            try(roles[r], tables[i]);
            if (strcmp(before, contents(tables[i], them)) != 0) {
                fail_msg("%s: %s changed what isn't theirs", tables[i], roles[r]);
            }
        }
    }
}

static void assert_touches(long long expected, const char *role, const char *brand, const char *sql)
{
    long long rows;
    const char *failed = pg_as(role, brand, &rows, "%s", sql);
    if (failed != NULL || rows != expected) {
        fail_msg("%s: expected %lld rows, got %lld %s: %s", role, expected, rows, failed != NULL ? failed : "", sql);
    }
}

static void assert_refused(const char *state, const char *role, const char *brand, const char *sql)
{
    const char *failed = pg_as(role, brand, NULL, "%s", sql);
    if (failed == NULL || strcmp(failed, state) != 0) {
        fail_msg("%s: expected %s, got %s: %s", role, state, failed != NULL ? failed : "success", sql);
    }
}

#define SQL(buffer, ...) (snprintf(buffer, sizeof buffer, __VA_ARGS__), buffer)

static void both_brands_have_rows(const char *role, const char *table)
{
    char sql[256];
    if (pg_count("select count(*) from tenant_shared.%s where brand_id = '%s'", table, us) == 0 ||
        pg_count("select count(*) from tenant_shared.%s where brand_id = '%s'", table, them) == 0) {
        fail_msg("%s: the demo data must give both brands rows, or this proves nothing", table);
    }
    assert_touches(pg_count("select count(*) from tenant_shared.%s where brand_id = '%s'", table, us), role, us,
                   SQL(sql, "select * from %s", table));
}

static void every_table_shows_its_brand_s_rows(void **state)
{
    (void)state;
    assert_true(table_count >= 6);
    for_each_table(both_brands_have_rows);
}

static void select_theirs(const char *role, const char *table)
{
    char sql[256];
    assert_touches(0, role, us, SQL(sql, "select * from %s where brand_id = '%s'", table, them));
    assert_touches(0, role, us, SQL(sql, "select * from %s where brand_id <> '%s'", table, us));
}

static void theirs_can_t_be_read(void **state)
{
    (void)state;
    for_each_table(select_theirs);
}

static void insert_theirs(const char *role, const char *table)
{
    char sql[512];
    assert_refused("42501", role, us,
                   SQL(sql, "insert into %s select (jsonb_populate_record(t, '{\"brand_id\": \"%s\"}')).* from %s t limit 1",
                       table, them, table));
}

static void nothing_can_be_inserted_as_theirs(void **state)
{
    (void)state;
    for_each_table(insert_theirs);
}

static void update_theirs(const char *role, const char *table)
{
    char sql[256];
    assert_touches(0, role, us, SQL(sql, "update %s set brand_id = brand_id where brand_id = '%s'", table, them));
    assert_refused("42501", role, us, SQL(sql, "update %s set brand_id = '%s'", table, them));
}

static void theirs_can_t_be_changed_nor_ours_given_away(void **state)
{
    (void)state;
    for_each_table(update_theirs);
}

static void update_everything(const char *role, const char *table)
{
    char sql[256];
    assert_touches(pg_count("select count(*) from tenant_shared.%s where brand_id = '%s'", table, us), role, us,
                   SQL(sql, "update %s set brand_id = brand_id", table));
}

static void an_update_without_condition_stays_at_home(void **state)
{
    (void)state;
    for_each_table(update_everything);
}

static void delete_theirs(const char *role, const char *table)
{
    char sql[256];
    assert_touches(0, role, us, SQL(sql, "delete from %s where brand_id = '%s'", table, them));
}

static void theirs_can_t_be_deleted(void **state)
{
    (void)state;
    for_each_table(delete_theirs);
}

static void everything_without_brand(const char *role, const char *table)
{
    char sql[512];
    assert_touches(0, role, NULL, SQL(sql, "select * from %s", table));
    assert_touches(0, role, NULL, SQL(sql, "update %s set brand_id = brand_id", table));
    assert_touches(0, role, NULL, SQL(sql, "delete from %s", table));
    assert_touches(0, role, "", SQL(sql, "select * from %s", table));
    assert_touches(0, role, "", SQL(sql, "delete from %s", table));
    assert_refused(
        "42501", role, NULL,
        SQL(sql, "insert into %s select (jsonb_populate_record(null::%s, '{\"brand_id\": \"%s\"}')).*", table, table, us));
}

static void without_a_brand_there_is_nothing(void **state)
{
    (void)state;
    for_each_table(everything_without_brand);
}

static void read_as_nonsense(const char *role, const char *table)
{
    char sql[256];
    assert_refused("22P02", role, "demo", SQL(sql, "select * from %s", table));
    assert_refused("22P02", role, "' or true --", SQL(sql, "delete from %s", table));
    assert_touches(0, role, "00000000-0000-0000-0000-000000000000", SQL(sql, "select * from %s", table));
}

static void a_brand_that_is_none_opens_nothing(void **state)
{
    (void)state;
    for_each_table(read_as_nonsense);
}

static void truncate(const char *role, const char *table)
{
    char sql[160];
    struct db *d = db_open(pg_conninfo(role));
    assert_false(db_exec_text(d, SQL(sql, "truncate %s cascade", table)));
    assert_string_equal(db_error(d)->sqlstate, "42501");
    db_close(d);
}

static void nothing_can_be_truncated(void **state)
{
    (void)state;
    for_each_table(truncate);
}

static void the_owner_is_held_by_the_walls_too(void **state)
{
    (void)state;
    for (int i = 0; i < table_count; i++) {
        pg_exec("set role karara_owner");
        assert_int_equal(pg_count("select count(*) from tenant_shared.%s", tables[i]), 0);
        pg_exec("reset role");
    }
}

/* ---- what an error or the end of a transaction leaves behind ---- */

static const struct sql_param brand_param[] = { { "brand_id", SQL_TEXT } };
static const struct sql_query set_brand = { .name = "set_brand",
                                            .file = "",
                                            .kind = SQL_ONE,
                                            .text = "select set_config('karara.brand_id', $1, true)",
                                            .params = brand_param,
                                            .param_count = 1,
                                            .id = 4000 };
static const struct sql_query count_tasks = {
    .name = "count_tasks", .file = "", .kind = SQL_ONE, .text = "select count(*) as n from tasks", .id = 4001
};
static const struct sql_query divide = {
    .name = "divide", .file = "", .kind = SQL_ONE, .text = "select 1 / (count(*) - count(*)) as n from tasks", .id = 4002
};

static struct db *worker;
static struct arena *arena;

static int open_worker(void **state)
{
    (void)state;
    worker = db_open(config_text(CONF_DATABASE));
    arena = arena_create(1 << 20);
    return 0;
}

static int close_worker(void **state)
{
    (void)state;
    arena_destroy(arena);
    db_close(worker);
    return 0;
}

static void queue_brand(const char *brand)
{
    const struct db_value *value = &(struct db_value){ .is_set = true, .s = brand };
    db_queue(worker, arena, &set_brand, value);
}

static long long run_and_count(void)
{
    const struct db_result *r = db_queue(worker, arena, &count_tasks, NULL);
    assert_int_equal(db_run(worker), DB_OK);
    return db_int(r, 0, "n");
}

static void the_brand_ends_with_its_pipeline(void **state)
{
    (void)state;
    queue_brand(us);
    assert_true(run_and_count() > 0);
    assert_int_equal(run_and_count(), 0);
    queue_brand(them);
    long long theirs = run_and_count();
    assert_int_equal(theirs, pg_count("select count(*) from tenant_shared.tasks where brand_id = '%s'", them));
    assert_int_equal(run_and_count(), 0);
}

static void the_brand_ends_with_an_error_in_the_middle_of_a_pipeline(void **state)
{
    (void)state;
    queue_brand(us);
    db_queue(worker, arena, &count_tasks, NULL);
    db_queue(worker, arena, &divide, NULL);
    db_queue(worker, arena, &count_tasks, NULL);
    assert_int_equal(db_run(worker), DB_FAILED);
    assert_string_equal(db_error(worker)->sqlstate, "22012");
    assert_int_equal(run_and_count(), 0);
}

static void the_brand_ends_with_a_transaction(void **state)
{
    (void)state;
    db_queue_begin(worker, false);
    queue_brand(us);
    assert_true(run_and_count() > 0);
    assert_true(run_and_count() > 0);
    db_queue_commit(worker);
    assert_int_equal(db_run(worker), DB_OK);
    assert_int_equal(run_and_count(), 0);
}

static void the_brand_ends_with_a_transaction_that_failed(void **state)
{
    (void)state;
    db_queue_begin(worker, false);
    queue_brand(us);
    assert_true(run_and_count() > 0);
    db_queue(worker, arena, &divide, NULL);
    assert_int_equal(db_run(worker), DB_FAILED);
    assert_int_equal(run_and_count(), 0);
}

static void the_brand_ends_with_a_transaction_that_was_dropped(void **state)
{
    (void)state;
    db_queue_begin(worker, false);
    queue_brand(us);
    assert_true(run_and_count() > 0);
    db_reset(worker);
    assert_int_equal(run_and_count(), 0);
}

/* ---- what row-level security doesn't see ---- */

static void foreign_keys_can_t_point_across(void **state)
{
    (void)state;
    assert_string_equal(pg_as("karara_app", us, NULL,
                              "update tasks set board_id = (select '%s'::uuid), list_id = '%s' where id = (select "
                              "min(id::text)::uuid from tasks)",
                              pg_value("select id from tenant_shared.boards where brand_id = '%s' limit 1", them),
                              pg_value("select id from tenant_shared.lists where brand_id = '%s' limit 1", them)),
                        "23503");
    assert_string_equal(pg_as("karara_app", us, NULL, "update tasks set parent_task_id = '%s' where number = 2",
                              pg_value("select id from tenant_shared.tasks where brand_id = '%s' limit 1", them)),
                        "23503");
    assert_string_equal(pg_as("karara_app", us, NULL, "update boards set team_id = '%s'",
                              pg_value("select id from tenant_shared.teams where brand_id = '%s' limit 1", them)),
                        "23503");
}

static void a_task_s_list_is_one_of_its_board(void **state)
{
    (void)state;
    assert_string_equal(pg_as("karara_app", us, NULL,
                              "update tasks t set list_id = (select l.id from lists l where l.board_id <> t.board_id limit 1)"
                              " where number = 1"),
                        "23503");
}

static void people_of_another_brand_can_t_be_assigned(void **state)
{
    (void)state;
    char stranger[64];
    pg_exec("insert into karara.users (id, email) values ('00000000-0000-7000-8000-00000000aaaa', 'stranger@demo.example');"
            "insert into karara.brand_members (brand_id, user_id, role) values ('%s', '00000000-0000-7000-8000-00000000aaaa', "
            "'member')",
            them);
    snprintf(stranger, sizeof stranger, "00000000-0000-7000-8000-00000000aaaa");
    assert_string_equal(
        pg_as("karara_app", us, NULL,
              "insert into task_assignees (brand_id, task_id, user_id) select brand_id, id, '%s' from tasks limit 1", stranger),
        "23503");
    assert_string_equal(
        pg_as("karara_app", us, NULL,
              "insert into team_members (brand_id, team_id, user_id) select brand_id, id, '%s' from teams limit 1", stranger),
        "23503");
}

/* A unique constraint over all brands would tell that somebody else has the value. */
static void what_is_taken_elsewhere_is_free_here(void **state)
{
    (void)state;
    const char *key = pg_value("select key from tenant_shared.boards where brand_id = '%s' limit 1", them);
    assert_null(pg_as("karara_app", us, NULL, "update boards set key = '%s' where key = 'WEB'", key));
    assert_null(pg_as("karara_app", us, NULL, "update boards set key = 'WEB' where key = '%s'", key));
}

/* A deleted member takes along what hangs on the membership, whichever brand the session has named. */
static void cascades_cross_the_wall_only_within_their_brand(void **state)
{
    (void)state;
    const char *person = pg_value("select user_id from tenant_shared.team_members where brand_id = '%s' limit 1", them);
    long long ours = pg_count("select count(*) from tenant_shared.team_members where brand_id = '%s'", us);
    assert_true(
        pg_count("select count(*) from tenant_shared.team_members where brand_id = '%s' and user_id = '%s'", them, person) > 0);
    assert_null(pg_as("karara_app", us, NULL, "delete from karara.brand_members where brand_id = '%s' and user_id = '%s'", them,
                      person));
    assert_int_equal(
        pg_count("select count(*) from tenant_shared.team_members where brand_id = '%s' and user_id = '%s'", them, person), 0);
    assert_int_equal(pg_count("select count(*) from tenant_shared.team_members where brand_id = '%s'", us), ours);
}

#define WORKER_TEST(f) cmocka_unit_test_setup_teardown(f, open_worker, close_worker)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_table_shows_its_brand_s_rows),
        cmocka_unit_test(theirs_can_t_be_read),
        cmocka_unit_test(nothing_can_be_inserted_as_theirs),
        cmocka_unit_test(theirs_can_t_be_changed_nor_ours_given_away),
        cmocka_unit_test(an_update_without_condition_stays_at_home),
        cmocka_unit_test(theirs_can_t_be_deleted),
        cmocka_unit_test(without_a_brand_there_is_nothing),
        cmocka_unit_test(a_brand_that_is_none_opens_nothing),
        cmocka_unit_test(nothing_can_be_truncated),
        cmocka_unit_test(the_owner_is_held_by_the_walls_too),
        WORKER_TEST(the_brand_ends_with_its_pipeline),
        WORKER_TEST(the_brand_ends_with_an_error_in_the_middle_of_a_pipeline),
        WORKER_TEST(the_brand_ends_with_a_transaction),
        WORKER_TEST(the_brand_ends_with_a_transaction_that_failed),
        WORKER_TEST(the_brand_ends_with_a_transaction_that_was_dropped),
        cmocka_unit_test(foreign_keys_can_t_point_across),
        cmocka_unit_test(a_task_s_list_is_one_of_its_board),
        cmocka_unit_test(people_of_another_brand_can_t_be_assigned),
        cmocka_unit_test(what_is_taken_elsewhere_is_free_here),
        cmocka_unit_test(cascades_cross_the_wall_only_within_their_brand),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
