/* More queries in a transaction than one pipeline holds: all of them happen, or none. */
#include "pg.h"

#include "core/arena.h"
#include "platform/db.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { MANY = 500 }; /* queries: some eight pipelines full */

static const struct sql_param number[] = { { "n", SQL_INT8 } };
static struct sql_query adds = { .name = "adds",
                                 .file = "",
                                 .kind = SQL_ONE,
                                 .params = number,
                                 .param_count = 1,
                                 .text = "insert into numbers (n) values ($1) returning n" };
static struct db *db;
static struct arena *a;

static int begin(void **state)
{
    (void)state;
    pg_begin();
    pg_exec("create table public.numbers (n bigint primary key check (n <> 400))");
    adds.id = sql_count;
    db = db_open(pg_conninfo("postgres"));
    a = arena_create((size_t)16 << 20);
    return 0;
}

static int end(void **state)
{
    (void)state;
    arena_destroy(a);
    db_close(db);
    return 0;
}

static int empty(void **state)
{
    (void)state;
    arena_reset(a);
    pg_exec("truncate numbers");
    return 0;
}

static struct db_result *add(int64_t n)
{
    return db_queue(db, a, &adds, &(const struct db_value){ .is_set = true, .i = n });
}

static void what_fits_into_no_pipeline_happens_all_the_same(void **state)
{
    const struct db_result *r[MANY];
    (void)state;
    db_queue_begin(db, false);
    for (int i = 0; i < MANY; i++) {
        r[i] = add(-i);
    }
    db_queue_commit(db);
    assert_int_equal(db_run(db), DB_OK);
    assert_false(db_in_transaction(db));
    for (int i = 0; i < MANY; i++) {
        assert_int_equal(db_int(r[i], 0, "n"), -i);
    }
    assert_int_equal(pg_count("select count(*) from numbers"), MANY);
}

static void one_refusal_among_them_undoes_all_and_is_told(void **state)
{
    (void)state;
    db_queue_begin(db, false);
    for (int i = 0; i < MANY; i++) {
        add(i);
    }
    db_queue_commit(db);
    assert_int_equal(db_run(db), DB_FAILED);
    assert_string_equal(db_error(db)->sqlstate, "23514");
    assert_string_equal(db_error(db)->query, "adds");
    assert_false(db_in_transaction(db));
    assert_int_equal(pg_count("select count(*) from numbers"), 0);

    db_queue_begin(db, false);
    const struct db_result *r = add(7);
    db_queue_commit(db);
    assert_int_equal(db_run(db), DB_OK);
    assert_int_equal(db_int(r, 0, "n"), 7);
}

static void nothing_follows_a_refusal_that_nobody_has_asked_for_yet(void **state)
{
    (void)state;
    db_queue_begin(db, false);
    for (int i = 350; i < MANY; i++) {
        add(i);
    }
    db_reset(db);
    assert_int_equal(db_run(db), DB_OK); /* told to forget it */
    add(1);
    assert_int_equal(db_run(db), DB_OK);
    assert_int_equal(pg_count("select n from numbers"), 1);
}

static void a_connection_that_breaks_among_them_undoes_all(void **state)
{
    (void)state;
    db_queue_begin(db, false);
    for (int i = 0; i < MANY; i++) {
        add(-i);
        if (i == MANY / 2) {
            pg_exec("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> "
                    "pg_backend_pid()");
        }
    }
    db_queue_commit(db);
    assert_int_equal(db_run(db), DB_LOST);
    assert_false(db_in_transaction(db));
    assert_int_equal(pg_count("select count(*) from numbers"), 0);
    add(1);
    assert_int_equal(db_run(db), DB_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(what_fits_into_no_pipeline_happens_all_the_same, empty),
        cmocka_unit_test_setup(one_refusal_among_them_undoes_all_and_is_told, empty),
        cmocka_unit_test_setup(nothing_follows_a_refusal_that_nobody_has_asked_for_yet, empty),
        cmocka_unit_test_setup(a_connection_that_breaks_among_them_undoes_all, empty),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
