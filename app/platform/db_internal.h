/* db_internal.h - what db.c and its neighbours db_value.c, db_result.c and db_text.c share. Nobody else includes it. */
#pragma once

#include "platform/db.h"
#include <libpq-fe.h>

struct db_result {
    const struct sql_query *query;
    PGresult *res;
};

/* Answers wait in the socket until all is sent: more than its buffers hold would have both sides wait for each other. */
#define DB_OPS_MAX 64
#define DB_OPS_SPARE 4 /* of these, what one call takes with its PREPARE, and a COMMIT */

/* PostgreSQL counts from 2000-01-01. */
#define DB_EPOCH_DAYS 10957
#define DB_EPOCH_MICROS (INT64_C(10957) * 86400 * 1000000)

enum db_op_kind { DB_OP_PREPARE, DB_OP_CALL, DB_OP_PLAIN };

struct db_op {
    enum db_op_kind kind;
    const struct sql_query *query; /* NULL for DB_OP_PLAIN */
    struct db_result *result;      /* DB_OP_CALL only */
    struct arena *arena;
};

struct db {
    char *conninfo;
    char name[64];             /* "": as the API's workers are called */
    int64_t statement_timeout; /* ms; 0: the setting's */
    int64_t patience;          /* ms; 0: for ever */
    bool leads;
    PGconn *conn;
    int64_t retry_at;        /* monotonic; no new attempt to connect before */
    unsigned char *prepared; /* by query id */
    int prepared_size;
    struct db_op ops[DB_OPS_MAX];
    int op_count;
    enum db_status early; /* how a part went that was sent to make room; until db_run() has told, queueing does nothing */
    bool queue_failed;    /* something could not be queued: the run reports DB_LOST */
    bool in_transaction;
    bool commit_queued;
    struct db_error error;
    struct db_counters counters;
    int fault_in;
    enum db_fault fault;
};

/* Writes one parameter in PostgreSQL's binary form; text types point at the caller's bytes. */
void db_encode(struct arena *a, enum sql_type type, const struct db_value *v, const char **ret, int *ret_length,
               int *ret_format);

Oid db_type_oid(enum sql_type type);
enum sql_type db_oid_type(Oid oid);

/* A live connection, made when there is none. False within the pause after a failed attempt. */
bool db_connect(struct db *d);
/* Takes the error fields from a result. */
void db_note_error(struct db *d, const PGresult *res, const char *query);
void db_disconnect(struct db *d);
