/* kararactl setup and migrate, on a database of their own and on a copy of the SQL files that tests may spoil. */
#include "pg.h"

#include "platform/db.h"
#include "process.h"
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char database[64];
static char sql_dir[160];
static char keys_dir[160];
static struct db *inside; /* superuser in that database */
static const char *output;

static int begin(void **state)
{
    (void)state;
    pg_begin();
    snprintf(database, sizeof database, "test_migrate_%ld", (long)getpid());
    snprintf(sql_dir, sizeof sql_dir, "%s/sql", pg_folder());
    snprintf(keys_dir, sizeof keys_dir, "%s/keys", pg_folder());
    setenv("KARARA_DATABASE_NAME", database, 1);
    setenv("KARARA_SQL_DIR", sql_dir, 1);
    setenv("KARARA_KEYS_DIR", keys_dir, 1);
    return 0;
}

static int kararactl(const char *command, const char *option)
{
    const char *const arguments[] = { command, option, NULL };
    return pg_program(&output, "kararactl", arguments);
}

static void assert_says(const char *words)
{
    if (strstr(output, words) == NULL) {
        fail_msg("expected \"%s\" in: %s", words, output);
    }
}

/* The folder with its first two migrations, to which tests add their own; or with all of them. */
static bool copy_sql(bool all)
{
    char rest[512];
    const char *const copy[] = { "cp", "-r", KARARA_SQL_DIR, sql_dir, NULL };
    const char *const forget[] = { "sh", "-c", rest, NULL };
    snprintf(rest, sizeof rest, "rm -f %s/migrations/000[3-9]_* %s/migrations/00[1-9]?_*", sql_dir, sql_dir);
    folder_remove(sql_dir);
    return process_run(&(struct process){ .argv = copy }) == 0 &&
           (all || process_run(&(struct process){ .argv = forget }) == 0);
}

static int fresh(void **state)
{
    (void)state;
    char conninfo[256];
    if (!copy_sql(false) || kararactl("setup", NULL) != 0) {
        return -1;
    }
    snprintf(conninfo, sizeof conninfo, "%s dbname=%s", pg_conninfo("postgres"), database);
    inside = db_open(conninfo);
    return 0;
}

static int drop(void **state)
{
    (void)state;
    db_close(inside);
    pg_exec("drop database %s with (force)", database);
    return 0;
}

static void write_migration(const char *name, const char *text)
{
    char path[256];
    snprintf(path, sizeof path, "%s/migrations/%s", sql_dir, name);
    FILE *f = fopen(path, "we");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static void remove_migration(const char *name)
{
    char path[256];
    snprintf(path, sizeof path, "%s/migrations/%s", sql_dir, name);
    assert_int_equal(unlink(path), 0);
}

static bool there_is(const char *relation)
{
    char sql[160];
    snprintf(sql, sizeof sql, "select 1 / (to_regclass('%s') is not null)::int", relation);
    return db_exec_text(inside, sql);
}

static bool holds(const char *condition)
{
    char sql[1024];
    snprintf(sql, sizeof sql, "select 1 / (%s)::int", condition);
    return db_exec_text(inside, sql);
}

/* ---- setup ---- */

static void setup_makes_a_closed_database_of_the_owner(void **state)
{
    (void)state;
    assert_true(holds(
        "select pg_get_userbyid(datdba) = 'karara_owner' and pg_encoding_to_char(encoding) = 'UTF8' and datcollate = 'C.UTF-8'"
        " from pg_database where datname = current_database()"));
    assert_true(holds("select has_database_privilege('karara_app', current_database(), 'connect')"
                      " and not has_database_privilege('public', current_database(), 'connect')"));
}

static void setup_again_changes_nothing(void **state)
{
    (void)state;
    char key[200], again[200], path[200];
    snprintf(path, sizeof path, "%s/jwt.keys", keys_dir);
    FILE *f = fopen(path, "re");
    assert_non_null(f);
    assert_non_null(fgets(key, sizeof key, f));
    fclose(f);
    assert_int_equal(kararactl("migrate", NULL), 0);
    assert_int_equal(kararactl("setup", NULL), 0);
    assert_says("was there");
    f = fopen(path, "re");
    assert_non_null(f);
    assert_non_null(fgets(again, sizeof again, f));
    fclose(f);
    assert_string_equal(key, again);
    assert_true(there_is("tenant_shared.tasks"));
}

static void setup_closes_a_database_that_was_there(void **state)
{
    (void)state;
    assert_true(db_exec_text(inside, "grant all on schema public to public"));
    pg_exec("grant all on database %s to public", database);
    pg_exec("alter database %s owner to postgres", database);
    assert_int_equal(kararactl("setup", NULL), 0);
    assert_true(holds("select pg_get_userbyid(datdba) = 'karara_owner' from pg_database where datname = current_database()"));
    assert_false(holds("has_database_privilege('public', current_database(), 'connect')"));
}

static void setup_refuses_another_encoding(void **state)
{
    (void)state;
    char name[80];
    snprintf(name, sizeof name, "%s_latin", database);
    pg_exec("create database %s encoding 'LATIN1' locale 'C' template template0", name);
    setenv("KARARA_DATABASE_NAME", name, 1);
    int status = kararactl("setup", NULL);
    setenv("KARARA_DATABASE_NAME", database, 1);
    pg_exec("drop database %s", name);
    assert_int_equal(status, 1);
    assert_says("needs UTF8");
}

static void setup_names_what_is_missing(void **state)
{
    (void)state;
    folder_remove(sql_dir);
    assert_int_equal(kararactl("setup", NULL), 1);
    assert_says("roles.sql: No such file");
    assert_says("is sql_dir right?");
}

/* ---- migrate ---- */

static void migrating_twice_applies_once(void **state)
{
    (void)state;
    assert_int_equal(kararactl("migrate", NULL), 0);
    assert_says("applied  0001_platform.sql\napplied  0002_tenant.sql\n2 applied, 0 before");
    assert_int_equal(kararactl("migrate", NULL), 0);
    assert_says("0 applied, 2 before");
    assert_true(holds("select count(*) = 2 and bool_and(length(checksum) = 64) from karara.migrations"));
}

/* Whether keys_dir has such a file, which nobody else may read. */
static bool is_secret(const char *name)
{
    char path[300];
    struct stat st;
    snprintf(path, sizeof path, "%s/%s", keys_dir, name);
    return stat(path, &st) == 0 && (st.st_mode & 0777) == 0600;
}

static void an_older_installation_gets_the_keys_that_it_lacks(void **state)
{
    char path[300];
    (void)state;
    snprintf(path, sizeof path, "%s/push.keys", keys_dir);
    assert_true(is_secret("push.keys")); /* setup made it */
    assert_int_equal(unlink(path), 0);
    assert_int_equal(kararactl("migrate", "--plan"), 0);
    assert_false(is_secret("push.keys"));
    assert_int_equal(kararactl("migrate", NULL), 0);
    assert_says("push.keys");
    assert_true(is_secret("push.keys"));
    assert_int_equal(kararactl("migrate", NULL), 0); /* what is there stays */
    assert_null(strstr(output, "push.keys"));
}

static void plan_and_status_change_nothing(void **state)
{
    (void)state;
    assert_int_equal(kararactl("migrate", "--plan"), 0);
    assert_says("would apply  0001_platform.sql\nwould apply  0002_tenant.sql\n");
    assert_int_equal(kararactl("migrate", "--status"), 0);
    assert_says("pending  0001_platform.sql");
    assert_false(there_is("karara.migrations"));
    assert_int_equal(kararactl("migrate", NULL), 0);
    assert_int_equal(kararactl("migrate", "--status"), 0);
    assert_says("applied  0002_tenant.sql");
    assert_int_equal(kararactl("migrate", "--plan"), 0);
    assert_says("nothing to do");
}

static void a_changed_file_is_named_and_nothing_is_done(void **state)
{
    (void)state;
    assert_int_equal(kararactl("migrate", NULL), 0);
    write_migration("0002_tenant.sql", "select 1;\n");
    write_migration("0003_more.sql", "create table karara.more (id uuid);\n");
    assert_int_equal(kararactl("migrate", NULL), 1);
    assert_says("0002_tenant.sql was changed after it had been applied");
    assert_false(there_is("karara.more"));
    assert_int_equal(kararactl("migrate", "--plan"), 1);
    assert_int_equal(kararactl("migrate", "--status"), 1);
    assert_says("changed  0002_tenant.sql");
    assert_says("pending  0003_more.sql");
}

static void a_file_that_vanished_is_named(void **state)
{
    (void)state;
    assert_int_equal(kararactl("migrate", NULL), 0);
    remove_migration("0002_tenant.sql");
    assert_int_equal(kararactl("migrate", NULL), 1);
    assert_says("0002_tenant.sql has been applied");
    assert_int_equal(kararactl("migrate", "--status"), 1);
    assert_says("no file  0002_tenant.sql");
}

static void a_late_file_with_a_low_number_is_refused(void **state)
{
    (void)state;
    write_migration("0004_last.sql", "create table karara.last (id uuid);\n");
    assert_int_equal(kararactl("migrate", NULL), 0);
    write_migration("0003_late.sql", "create table karara.late (id uuid);\n");
    assert_int_equal(kararactl("migrate", NULL), 1);
    assert_says("0003_late.sql comes before 0004_last.sql, which has been applied");
    assert_false(there_is("karara.late"));
}

static void a_failing_file_leaves_no_trace_and_stops(void **state)
{
    (void)state;
    write_migration("0003_breaks.sql", "create table karara.half (id uuid);\nselect 1 / 0;\n");
    write_migration("0004_after.sql", "create table karara.after (id uuid);\n");
    assert_int_equal(kararactl("migrate", NULL), 1);
    assert_says("0003_breaks.sql: division by zero (SQLSTATE 22012)");
    assert_true(there_is("tenant_shared.tasks"));
    assert_false(there_is("karara.half"));
    assert_false(there_is("karara.after"));
    assert_true(holds("select count(*) = 2 from karara.migrations"));
    write_migration("0003_breaks.sql", "create table karara.half (id uuid);\n");
    assert_int_equal(kararactl("migrate", NULL), 0);
    assert_says("2 applied, 2 before");
    assert_true(there_is("karara.after"));
}

static void files_are_run_as_the_owner(void **state)
{
    (void)state;
    write_migration("0003_owned.sql", "create table karara.owned (id uuid);\n");
    assert_int_equal(kararactl("migrate", NULL), 0);
    assert_true(holds("select tableowner = 'karara_owner' from pg_tables where tablename = 'owned'"));
}

static void tenant_files_find_their_schema(void **state)
{
    (void)state;
    write_migration("0003_tenant_more.sql", "-- in each tenant schema\ncreate table extras (brand_id uuid not null);\n");
    assert_int_equal(kararactl("migrate", NULL), 0);
    assert_true(there_is("tenant_shared.extras"));
}

static void a_file_may_have_a_part_for_tenants(void **state)
{
    (void)state;
    write_migration("0003_both.sql", "create table karara.extras (note text default 'not -- in each tenant schema');\n"
                                     "-- in each tenant schema\ncreate table extras (brand_id uuid not null);\n");
    assert_int_equal(kararactl("migrate", NULL), 0);
    assert_true(there_is("tenant_shared.extras"));
    assert_true(there_is("karara.extras"));
}

/* A month without a partition is no reason to lose an entry: it lies in the default one until the next migrate. */
static void the_audit_log_gets_its_months(void **state)
{
    (void)state;
    assert_true(copy_sql(true));
    assert_int_equal(kararactl("migrate", NULL), 0);
    assert_true(holds("select count(*) = 14 from pg_inherits where inhparent = 'karara.audit_entries'::regclass"));
    assert_true(db_exec_text(
        inside,
        "do $$ begin execute 'drop table karara.audit_entries_' || to_char(now() at time zone 'UTC', 'YYYY_MM'); end $$;"
        "insert into karara.audit_entries (action, resource_type) values ('a.b', 'user');"
        "insert into karara.audit_entries (action, resource_type, created_at) values ('a.c', 'user', '2001-01-01')"));
    assert_true(holds("select count(*) = 2 from karara.audit_entries_default"));
    assert_int_equal(kararactl("migrate", NULL), 0);
    assert_says("0 applied");
    assert_true(holds("select string_agg(action, ' ') = 'a.c' from karara.audit_entries_default"));
    assert_true(holds("select count(*) = 2 and count(distinct number) = 2 from karara.audit_entries"));
    assert_true(holds("select count(*) = 14 from pg_inherits where inhparent = 'karara.audit_entries'::regclass"));
}

static void odd_names_and_twin_numbers_are_refused(void **state)
{
    (void)state;
    write_migration("3_more.sql", "select 1;\n");
    assert_int_equal(kararactl("migrate", NULL), 1);
    assert_says("3_more.sql: a migration is named NNNN_words.sql");
    remove_migration("3_more.sql");
    write_migration("0002_twin.sql", "select 1;\n");
    assert_int_equal(kararactl("migrate", "--status"), 1);
    assert_says("0002_tenant.sql and 0002_twin.sql have the same number");
}

static void without_setup_it_says_what_to_do(void **state)
{
    (void)state;
    setenv("KARARA_DATABASE_NAME", "nowhere", 1);
    int status = kararactl("migrate", NULL);
    setenv("KARARA_DATABASE_NAME", database, 1);
    assert_int_equal(status, 1);
    assert_says("Has `kararactl setup` been run?");
}

static pid_t start_migrate(void)
{
    const char *const argv[] = { KARARA_BIN_DIR "/kararactl", "migrate", NULL };
    char log[200];
    snprintf(log, sizeof log, "%s/migrate.log", pg_folder());
    return process_start(&(struct process){ .argv = argv, .log = log, .dies_with_us = SIGKILL });
}

static int end_of(pid_t pid)
{
    int status = -1;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static void two_at_once_wait_for_each_other(void **state)
{
    (void)state;
    write_migration("0003_slow.sql", "select pg_sleep(0.3);\ncreate table karara.slow (id uuid);\n");
    pid_t pids[4];
    for (int i = 0; i < 4; i++) {
        pids[i] = start_migrate();
    }
    for (int i = 0; i < 4; i++) {
        assert_int_equal(end_of(pids[i]), 0);
    }
    assert_true(holds("select count(*) = 3 from karara.migrations"));
}

/* A migration must not queue behind a long transaction with everybody else behind it: it gives up soon, and tries again. */
static void a_locked_table_is_tried_again(void **state)
{
    (void)state;
    assert_int_equal(kararactl("migrate", NULL), 0);
    write_migration("0003_locks.sql", "alter table tenant_shared.tasks add column extra text;\n");
    assert_true(db_exec_text(inside, "begin; lock table tenant_shared.tasks in share mode"));
    pid_t pid = start_migrate();
    sleep(6);
    assert_int_equal(waitpid(pid, NULL, WNOHANG), 0);
    assert_true(db_exec_text(inside, "commit"));
    assert_int_equal(end_of(pid), 0);
    assert_true(
        holds("select count(*) = 1 from pg_attribute where attrelid = 'tenant_shared.tasks'::regclass and attname = 'extra'"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fresh, drop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(setup_makes_a_closed_database_of_the_owner),
        TEST(setup_again_changes_nothing),
        TEST(setup_closes_a_database_that_was_there),
        TEST(setup_refuses_another_encoding),
        TEST(setup_names_what_is_missing),
        TEST(migrating_twice_applies_once),
        TEST(an_older_installation_gets_the_keys_that_it_lacks),
        TEST(plan_and_status_change_nothing),
        TEST(a_changed_file_is_named_and_nothing_is_done),
        TEST(a_file_that_vanished_is_named),
        TEST(a_late_file_with_a_low_number_is_refused),
        TEST(a_failing_file_leaves_no_trace_and_stops),
        TEST(files_are_run_as_the_owner),
        TEST(tenant_files_find_their_schema),
        TEST(a_file_may_have_a_part_for_tenants),
        TEST(the_audit_log_gets_its_months),
        TEST(odd_names_and_twin_numbers_are_refused),
        TEST(without_setup_it_says_what_to_do),
        TEST(two_at_once_wait_for_each_other),
        TEST(a_locked_table_is_tried_again),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
