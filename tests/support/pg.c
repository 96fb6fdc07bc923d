/* pg.c - see pg.h. KARARA_SERVICES (the file that names the shared cluster) and KARARA_BIN_DIR come from CMake. */
#include "pg.h"

#include "cluster.h"
#include "core/arena.h"
#include "core/config.h"
#include "platform/db.h"
#include "process.h"
#include "setting.h"
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { SQL_SIZE = 65536, VALUE_SIZE = 4096, VALUES = 8, OUTPUT_SIZE = 1 << 20 };

static struct {
    struct cluster cluster;
    bool own_cluster;
    pid_t pid; /* of the program that called pg_begin; a forked child cleans up nothing */
    char folder[96];
    char database[64];
    int renewals;
    struct db *admin; /* superuser, to this program's database */
    struct db *other; /* as the role of pg_as */
    char other_role[64];
    struct arena *arena;
    pid_t memcached;
} pg;

static char sqlstate[8], constraint[128];

/* ---- settings ---- */

static const char *in_folder(const char *name)
{
    static char path[160];
    snprintf(path, sizeof path, "%s/%s", pg.folder, name);
    return path;
}

const char *pg_conninfo(const char *role)
{
    static char conninfo[3][256];
    static int turn;
    char *to = conninfo[turn++ % 3];
    snprintf(to, sizeof conninfo[0], "host=%s/sock dbname=%s user=%s", pg.cluster.folder, pg.database, role);
    return to;
}

static void point_settings(void)
{
    char keys[96];
    snprintf(keys, sizeof keys, "%s/keys", pg.cluster.folder);
    setting(CONF_DATABASE, pg_conninfo("karara_app"));
    setting(CONF_DATABASE_WORKER, pg_conninfo("karara_worker"));
    setting(CONF_DATABASE_ADMIN, pg_conninfo("postgres"));
    setting(CONF_DATABASE_NAME, pg.database);
    setting(CONF_MEMCACHED, in_folder("mc/socket"));
    setting(CONF_MEMCACHED_TIMEOUT, "5000"); /* a busy machine is no outage */
    setting(CONF_KEYS_DIR, keys);
    setting(CONF_RUN_DIR, in_folder("run"));
    setting(CONF_SQL_DIR, KARARA_SQL_DIR);
    setting(CONF_EVEN_TIME, "0");
    setting(CONF_PASSWORD_MEMORY, "8");
    setting(CONF_PASSWORD_PASSES, "1");
    setting(CONF_MAIL_SERVER, ""); /* mails wait: who tests how they go out sets one */
    setting(CONF_RATE_USER_HOUR, "0");
    setting(CONF_RATE_USER_MINUTE, "0");
    setting(CONF_RATE_BRAND_HOUR, "0");
    setting(CONF_RATE_GLOBAL_HOUR, "0");
}

/* ---- databases ---- */

static void disconnect(void)
{
    db_close(pg.admin);
    db_close(pg.other);
    pg.admin = pg.other = NULL;
}

/* Runs SQL in the cluster's own database. */
static void on_cluster(const char *sql)
{
    char conninfo[160];
    snprintf(conninfo, sizeof conninfo, "host=%s/sock dbname=postgres user=postgres", pg.cluster.folder);
    struct db *d = db_open(conninfo);
    bool ok = db_exec_text(d, "set statement_timeout = 0") && db_exec_text(d, sql);
    if (!ok) {
        process_die("%s: %s", sql, db_error(d)->message);
    }
    db_close(d);
}

static void drop_database(void)
{
    char sql[128];
    if (pg.database[0] != 0) {
        disconnect();
        snprintf(sql, sizeof sql, "drop database %s with (force)", pg.database);
        on_cluster(sql);
        pg.database[0] = 0;
    }
}

static void make_database(void)
{
    char sql[512];
    snprintf(pg.database, sizeof pg.database, "test_%ld_%d", (long)getpid(), pg.renewals++);
    snprintf(sql, sizeof sql, "drop database if exists %s with (force)", pg.database); /* of a program that crashed */
    on_cluster(sql);
    snprintf(sql, sizeof sql, "create database %s template " CLUSTER_TEMPLATE " owner karara_owner", pg.database);
    on_cluster(sql);
    /* What the database itself grants isn't copied with it. */
    snprintf(sql, sizeof sql,
             "revoke all on database %s from public; grant connect on database %s to karara_app, karara_worker", pg.database,
             pg.database);
    on_cluster(sql);
    pg.admin = db_open(pg_conninfo("postgres"));
    if (!db_exec_text(pg.admin, "set statement_timeout = 0")) {
        process_die("%s: %s", pg.database, db_error(pg.admin)->message);
    }
}

/* ---- memcached ---- */

static bool memcached_ready(pid_t pid, void *context)
{
    struct stat st;
    (void)pid;
    return stat(context, &st) == 0 && (st.st_mode & 0777) == 0777;
}

void pg_memcached_start(void)
{
    char socket[160], folder[160];
    snprintf(folder, sizeof folder, "%s/mc", pg.folder);
    snprintf(socket, sizeof socket, "%s/mc/socket", pg.folder);
    folder_make(folder, true);
    unlink(socket);
    const char *const argv[] = { "memcached", "-s", socket, "-a", "0777", "-m", "16", "-t", "1", NULL };
    const struct process server = { .argv = argv, .folder = folder, .as_service = true, .dies_with_us = SIGKILL };
    pg.memcached = process_start_ready(&server, memcached_ready, socket);
}

void pg_memcached_stop(void)
{
    if (pg.memcached > 0) {
        process_end(pg.memcached, SIGKILL, 5);
        pg.memcached = 0;
    }
}

void pg_memcached_freeze(bool frozen)
{
    kill(pg.memcached, frozen ? SIGSTOP : SIGCONT);
}

/* ---- beginning and end ---- */

static void clean_up(void)
{
    if (pg.pid != getpid()) {
        return;
    }
    disconnect();
    pg_memcached_stop();
    if (pg.own_cluster) {
        cluster_stop(&pg.cluster);
    } else {
        drop_database();
    }
    folder_remove(pg.folder);
    arena_destroy(pg.arena);
}

static void pg_begin_with(bool alone)
{
    if (pg.pid == getpid()) {
        return;
    }
    pg.pid = getpid();
    if (alone || !cluster_find(&pg.cluster, KARARA_SERVICES)) {
        cluster_start(&pg.cluster, false);
        pg.own_cluster = true;
    }
    atexit(clean_up);
    pg.arena = arena_create((size_t)64 << 20);
    snprintf(pg.folder, sizeof pg.folder, "%s/program-%ld", pg.cluster.folder, (long)getpid());
    folder_make(pg.folder, false);
    folder_make(in_folder("run"), false);
    char err[512], conf[96];
    snprintf(conf, sizeof conf, "%s/karara.conf", pg.cluster.folder);
    setenv("KARARA_CONFIG", conf, 1);
    if (!config_load(err, sizeof err)) {
        process_die("%s", err);
    }
    pg_memcached_start();
    make_database();
    point_settings();
}

void pg_begin(void)
{
    pg_begin_with(false);
}

void pg_begin_alone(void)
{
    pg_begin_with(true);
}

void pg_restart(void)
{
    if (!pg.own_cluster) {
        process_die("others use this cluster too");
    }
    disconnect();
    cluster_restart(&pg.cluster);
    pg.admin = db_open(pg_conninfo("postgres"));
}

void pg_renew(void)
{
    drop_database();
    pg_memcached_stop();
    pg_memcached_start();
    make_database();
    point_settings();
}

const char *pg_folder(void)
{
    return pg.folder;
}

/* ---- programs ---- */

int pg_program(const char **ret_output, const char *name, const char *const *arguments)
{
    static char output[OUTPUT_SIZE];
    char path[512];
    const char *argv[32] = { path };
    snprintf(path, sizeof path, "%s/%s", KARARA_BIN_DIR, name);
    for (int i = 0; i < 30 && arguments[i] != NULL; i++) {
        argv[i + 1] = arguments[i];
    }
    int status =
        process_read(&(struct process){ .argv = argv, .folder = pg.folder, .dies_with_us = SIGKILL }, output, sizeof output);
    if (ret_output != NULL) {
        *ret_output = output;
    }
    return status;
}

void pg_load_demo(void)
{
    const char *output;
    if (PG_PROGRAM(&output, "kararactl", "demo") != 0) {
        fail_msg("kararactl demo: %s", output);
    }
}

/* ---- SQL ---- */

static const char *format_sql(const char *fmt, va_list ap)
{
    static char sql[SQL_SIZE];
    if (vsnprintf(sql, sizeof sql, fmt, ap) >= (int)sizeof sql) {
        fail_msg("the SQL is longer than %d characters", SQL_SIZE);
    }
    return sql;
}

static const char *state_of(const struct db *d)
{
    snprintf(constraint, sizeof constraint, "%s", db_error(d)->constraint);
    snprintf(sqlstate, sizeof sqlstate, "%s", db_error(d)->sqlstate[0] != 0 ? db_error(d)->sqlstate : "lost");
    return sqlstate;
}

const char *pg_constraint(void)
{
    return constraint;
}

void pg_exec(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    const char *sql = format_sql(fmt, ap);
    va_end(ap);
    if (!db_exec_text(pg.admin, sql)) {
        fail_msg("%s %s: %.2000s", db_error(pg.admin)->sqlstate, db_error(pg.admin)->message, sql);
    }
}

const char *pg_try(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    const char *sql = format_sql(fmt, ap);
    va_end(ap);
    return db_exec_text(pg.admin, sql) ? NULL : state_of(pg.admin);
}

static const char *value_of(const char *sql)
{
    static char values[VALUES][VALUE_SIZE];
    static int turn;
    char *to = values[turn++ % VALUES];
    const char *got = db_query_text(pg.admin, pg.arena, sql, 0, NULL);
    if (got == NULL && db_error(pg.admin)->message[0] != 0) {
        fail_msg("%s %s: %.2000s", db_error(pg.admin)->sqlstate, db_error(pg.admin)->message, sql);
    }
    snprintf(to, VALUE_SIZE, "%s", got != NULL ? got : "");
    arena_reset(pg.arena);
    return to;
}

const char *pg_value(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    const char *sql = format_sql(fmt, ap);
    va_end(ap);
    return value_of(sql);
}

long long pg_count(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    const char *sql = format_sql(fmt, ap);
    va_end(ap);
    const char *text = value_of(sql);
    char *end;
    long long n = strtoll(text, &end, 10);
    if (end == text || *end != 0) {
        fail_msg("\"%s\" is no number: %.2000s", text, sql);
    }
    return n;
}

static void connect_as(const char *role)
{
    if (pg.other == NULL || strcmp(pg.other_role, role) != 0) {
        db_close(pg.other);
        pg.other = db_open(pg_conninfo(role));
        snprintf(pg.other_role, sizeof pg.other_role, "%s", role);
    }
}

/* Wraps a statement so that its first value is the number of its rows. */
static const char *counting(const char *sql)
{
    static char wrapped[SQL_SIZE + 128];
    bool reads = strncmp(sql, "select", 6) == 0;
    snprintf(wrapped, sizeof wrapped, "with counted as (%s%s) select count(*) from counted", sql, reads ? "" : " returning 1");
    return wrapped;
}

/* BEGIN, the brand, the statement, COMMIT. False when one of them failed. */
static bool transaction(const char *brand_id, const char *sql, long long *ret_rows)
{
    if (!db_exec_text(pg.other, "begin")) {
        return false;
    }
    if (brand_id != NULL &&
        db_query_text(pg.other, pg.arena, "select set_config('karara.brand_id', $1, true)", 1, &brand_id) == NULL) {
        return false;
    }
    const char *count = db_query_text(pg.other, pg.arena, counting(sql), 0, NULL);
    if (count == NULL) {
        return false;
    }
    *ret_rows = strtoll(count, NULL, 10);
    return db_exec_text(pg.other, "commit");
}

const char *pg_as(const char *role, const char *brand_id, long long *ret_rows, const char *fmt, ...)
{
    long long rows = 0;
    va_list ap;
    va_start(ap, fmt);
    const char *sql = format_sql(fmt, ap);
    va_end(ap);
    connect_as(role);
    const char *failed = NULL;
    if (!transaction(brand_id, sql, &rows)) {
        failed = state_of(pg.other);
        db_exec_text(pg.other, "rollback");
    }
    arena_reset(pg.arena);
    if (ret_rows != NULL) {
        *ret_rows = failed == NULL ? rows : 0;
    }
    return failed;
}
