/* pg.h - a real PostgreSQL, a real memcached and real keys for a test program, private to it.
 *
 * One call in the group setup (or first thing in main) is enough:
 *
 *   pg_begin();                                     // settings now point at a freshly migrated, empty database of our own
 *   struct db *d = db_open(config_text(CONF_DATABASE));        // as the API worker would: role karara_app
 *   pg_exec("insert into karara.users ...");                   // as superuser, past every wall: to prepare, and to look
 *   assert_string_equal(pg_value("select title from tenant_shared.tasks"), "Buy milk");
 *
 * In a ctest run all programs share one cluster (fixture "services": tests/support/services.c starts and ends it) and each has a
 * database of its own, copied from a migrated template in some 50 ms. A program that is run by hand finds no such cluster and
 * starts one, which ends with it, however it ends. Needs the right to become another user when run as root, since PostgreSQL
 * refuses to run as root.
 *
 * What can't be had ends the program with words on stderr and status 99: tests never go on without their services. */
#pragma once

#include <stdbool.h>

struct db;

/* Finds or starts the cluster, makes this program's database, keys and folders, starts its memcached, and sets DATABASE,
 * DATABASE_ADMIN, DATABASE_NAME, MEMCACHED, KEYS_DIR, RUN_DIR and SQL_DIR of the settings (see core/config.h), with the cheapest
 * password hashing that libsodium allows and no rate limits. The same goes into the environment as KARARA_..., for programs that
 * the test starts. Everything is removed when the program exits. */
void pg_begin(void);

/* The same with a cluster of its own, which may be restarted. */
void pg_begin_alone(void);
/* Crashes this cluster's PostgreSQL and starts it again. Only after pg_begin_alone. */
void pg_restart(void);

/* Another empty database in place of the present one, and an empty memcached. Connections to the old one are cut. */
void pg_renew(void);

/* Makes it hold the demo data (sql/demo.sql) as `kararactl demo` loads it. */
void pg_load_demo(void);

/* Connection string for a role ("karara_app", "karara_worker", "postgres") to this program's database. Valid until pg_renew. */
const char *pg_conninfo(const char *role);

/* Runs SQL (several statements are one transaction) as superuser. pg_exec fails the running cmocka test when the SQL fails. */
void pg_exec(const char *sql, ...) __attribute__((format(printf, 1, 2)));
/* The same, but returns what went wrong: the SQLSTATE ("23505"), or NULL when nothing did. For tests of refusals. */
const char *pg_try(const char *sql, ...) __attribute__((format(printf, 1, 2)));
/* First column of the first row as text, "" for null or no row; one of eight buffers that take turns, up to 4,095 characters. */
const char *pg_value(const char *sql, ...) __attribute__((format(printf, 1, 2)));
/* The same as a number. */
long long pg_count(const char *sql, ...) __attribute__((format(printf, 1, 2)));

/* As another role and, unless NULL, as that brand: pg_as("karara_app", brand_id, "update tasks set ..."). Each call is one
 * transaction. Returns the SQLSTATE, or NULL; *ret_rows (may be NULL) takes the number of rows returned or touched. */
const char *pg_as(const char *role, const char *brand_id, long long *ret_rows, const char *sql, ...)
    __attribute__((format(printf, 4, 5)));

/* Name of the constraint that the last refusal of pg_try or pg_as was about, or "". */
const char *pg_constraint(void);

/* Ends and starts this program's memcached: what the product does without it is worth a test. */
void pg_memcached_stop(void);
void pg_memcached_start(void);
/* Takes its processor away, so that it answers nobody and refuses nobody; and gives it back. */
void pg_memcached_freeze(bool frozen);

/* Runs a program of the build ("kararactl") with these arguments, NULL-terminated, and the settings of pg_begin. Its output, both
 * streams together, is at *ret_output until the next call (may be NULL). Returns its exit status, or 128 + signal. */
int pg_program(const char **ret_output, const char *name, const char *const *arguments);
#define PG_PROGRAM(ret_output, name, ...) pg_program((ret_output), (name), (const char *const[]){ __VA_ARGS__, NULL })

/* A folder of this program's own, removed when it exits. */
const char *pg_folder(void);
