/* db.h - PostgreSQL through libpq. The only file pair that sees its header.
 *
 * One connection per process. Work goes out as a pipeline: calls are queued, db_run() sends them with one Sync and reads every
 * answer: one round trip. Up to its Sync a pipeline is one implicit transaction, unless BEGIN was queued: then more may be queued than
 * fits into one (some 30 queries), and what is full goes out by itself; db_run() tells how all of it went. Every query is a
 * prepared statement, prepared within the pipeline that first uses it; parameters and results are binary.
 *
 * Results belong to the arena given to db_queue() and die with its reset. */
#pragma once

#include "core/error.h"
#include "core/uuid.h"
#include "platform/sql.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct db;
struct db_result;

struct text_list {
    const char *const *v;
    int n;
};

/* One parameter. A zeroed value is SQL null. Pointers must live until db_run() returns. */
struct db_value {
    bool is_set;
    union {
        bool b;
        int64_t
            i; /* int4, int8, timestamptz (µs since 1970), date (days since 1970); INT64_MAX is 'infinity' of the last two */
        double d;
        const char *s; /* text, json */
        struct uuid u;
        struct uuid_list us;
        struct text_list ss;
        struct {
            const void *p;
            int n;
        } bytes;
    };
};

enum db_status {
    DB_OK,
    DB_FAILED, /* the database refused a statement: see db_error() */
    DB_LOST    /* no connection, or it broke; what was sent may or may not have happened only if COMMIT was in it */
};

struct db_error {
    char sqlstate[6];     /* "" when the connection is gone */
    char constraint[128]; /* "" when none is named */
    char message[512];    /* for the log, never for a reply */
    char detail[256];     /* DETAIL as our own functions raise it (JSON or empty) */
    const char *query;    /* name of the query that failed, or "" */
};

/* Never NULL; connects at first use. `conninfo` is copied. */
struct db *db_open(const char *conninfo);
void db_close(struct db *d);

/* For processes that live on their own: what they are called in pg_stat_activity, the longest time of one statement, and after how long
 * without a sign of the server the connection counts as lost (DB_LOST; else that takes as long as the kernel's patience). Before the first
 * use; `name` is copied. */
struct db_options {
    const char *name;
    int64_t statement_timeout; /* ms */
    int64_t patience;          /* ms; 0: for ever */
    bool leads;                /* it holds what others wait for: the server shall miss a host that is gone within 5 s */
};
void db_configure(struct db *d, const struct db_options *options);

/* Queues a call. `values` holds query->param_count values. The result pointer is valid at once and filled by db_run(). */
struct db_result *db_queue(struct db *d, struct arena *a, const struct sql_query *query, const struct db_value *values);

/* Queues BEGIN / COMMIT / ROLLBACK. */
void db_queue_begin(struct db *d, bool read_only);
void db_queue_commit(struct db *d);

/* Sends what is queued and reads all answers. With nothing queued: DB_OK. On DB_FAILED the implicit transaction is rolled back (an
 * explicit one too: db_run sends ROLLBACK by itself) and the connection is ready for use. On DB_LOST it reconnects at next use. */
enum db_status db_run(struct db *d);
const struct db_error *db_error(const struct db *d);

/* Drops what is queued, rolls back what is open: the state between two requests. */
void db_reset(struct db *d);
bool db_in_transaction(const struct db *d);

/* Gives up the connection, and with it every prepared statement; the next use makes a new one. Nothing may be queued. */
void db_reconnect(struct db *d);

/* Of the process since db_counters_reset: round trips, statements and microseconds waited. */
struct db_counters {
    unsigned round_trips, statements;
    int64_t micros;
};
struct db_counters db_counters(const struct db *d);
void db_counters_reset(struct db *d);

/* ---- results (after db_run returned DB_OK) ---- */
int db_rows(const struct db_result *r);
int db_affected(const struct db_result *r);
int db_column(const struct db_result *r, const char *name);          /* index, or -1 */
enum sql_type db_column_type(const struct db_result *r, int column); /* SQL_UNKNOWN for one we don't handle */
const struct sql_query *db_result_query(const struct db_result *r);
bool db_is_null(const struct db_result *r, int row, int column);
/* Raw binary value and its length, for the encoder. */
const char *db_raw(const struct db_result *r, int row, int column, int *ret_length);

/* By name; a column that isn't there aborts (a programming error that tests meet). Null gives zero, NULL or nil. */
const char *db_text(const struct db_result *r, int row, const char *column);
int64_t db_int(const struct db_result *r, int row, const char *column); /* ints, timestamptz, date */
bool db_bool(const struct db_result *r, int row, const char *column);
struct uuid db_uuid(const struct db_result *r, int row, const char *column);
struct uuid_list db_uuids(struct arena *a, const struct db_result *r, int row, const char *column); /* copied; null is empty */
struct text_list db_texts(struct arena *a, const struct db_result *r, int row, const char *column);

/* ---- for kararactl and tests: plain SQL text, several statements, text results; NULL-safe ---- */
bool db_exec_text(struct db *d, const char *sql); /* false: see db_error */
/* One value of the first row as text in the arena; NULL when null, absent or failed (then db_error has a message, else none). */
char *db_query_text(struct db *d, struct arena *a, const char *sql, int param_count, const char *const *params);

/* Prepares a query on the server and compares its parameter types with the declared ones; words in err when they differ. */
bool db_check_query(struct db *d, const struct sql_query *query, char *err, size_t err_size);

/* A fault for tests: the n-th statement from now (1 = next) fails as `kind` says; 0 switches it off. Compiled in only with KARARA_FAULTS. */
enum db_fault { DB_FAULT_NONE, DB_FAULT_SERIALIZATION, DB_FAULT_DEADLOCK, DB_FAULT_CONNECTION };
void db_inject_fault(struct db *d, int nth, enum db_fault kind);

/* For the test run: whether this process has executed the query with this id; of a :list, whether one composed from it was. Compiled in only
 * with KARARA_FAULTS (else false). */
bool db_was_executed(int query_id);
