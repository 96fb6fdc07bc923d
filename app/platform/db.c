/* db.c - the connection and its pipelines. */
#include "platform/db_internal.h"

#include "core/arena.h"
#include "core/clock.h"
#include "core/config.h"
#include "core/log.h"
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define RECONNECT_PAUSE INT64_C(250000) /* µs between two attempts to connect */

struct db *db_open(const char *conninfo)
{
    struct db *d = calloc(1, sizeof *d);
    if (d == NULL || (d->conninfo = strdup(conninfo)) == NULL) {
        abort();
    }
    return d;
}

void db_configure(struct db *d, const struct db_options *options)
{
    snprintf(d->name, sizeof d->name, "%s", options->name);
    d->statement_timeout = options->statement_timeout;
    d->patience = options->patience;
    d->leads = options->leads;
}

void db_disconnect(struct db *d)
{
    PQfinish(d->conn);
    d->conn = NULL;
    d->in_transaction = false;
    d->commit_queued = false;
    d->op_count = 0;
    if (d->prepared != NULL) {
        memset(d->prepared, 0, (size_t)d->prepared_size);
    }
}

void db_reconnect(struct db *d)
{
    db_disconnect(d);
}

void db_close(struct db *d)
{
    if (d == NULL) {
        return;
    }
    db_disconnect(d);
    free(d->prepared);
    free(d->conninfo);
    free(d);
}

const struct db_error *db_error(const struct db *d)
{
    return &d->error;
}

bool db_in_transaction(const struct db *d)
{
    return d->in_transaction;
}

struct db_counters db_counters(const struct db *d)
{
    return d->counters;
}

void db_counters_reset(struct db *d)
{
    d->counters = (struct db_counters){ 0 };
}

static void ignore_notice(void *arg, const PGresult *res)
{
    (void)arg;
    (void)res;
}

bool db_connect(struct db *d)
{
    if (d->conn != NULL) {
        return true;
    }
    int64_t now = clock_monotonic();
    if (now < d->retry_at) {
        return false;
    }
    char options[400];
    snprintf(options, sizeof options,
             "-c tcp_keepalives_idle=%d -c tcp_keepalives_interval=%d -c tcp_keepalives_count=2 -c tcp_user_timeout=%d "
             "-c statement_timeout=%lld -c idle_in_transaction_session_timeout=60000 "
             "-c plan_cache_mode=force_generic_plan -c jit=off -c timezone=UTC",
             d->leads ? 2 : 10, d->leads ? 1 : 5, d->leads ? 4000 : 20000,
             (long long)(d->statement_timeout > 0 ? d->statement_timeout : config_int(CONF_STATEMENT_TIMEOUT)));
    const char *keys[] = { "dbname",           "options",         "client_encoding",     "application_name", "connect_timeout",
                           "tcp_user_timeout", "keepalives_idle", "keepalives_interval", "keepalives_count", NULL };
    const char *values[] = { d->conninfo, options, "UTF8", d->name[0] != 0 ? d->name : "karara", "3", "10000", "10",
                             "5",         "3",     NULL };
    PGconn *conn = PQconnectdbParams(keys, values, 1);
    if (PQstatus(conn) != CONNECTION_OK || !PQenterPipelineMode(conn)) {
        const char *why = PQerrorMessage(conn);
        LOG(LOG_ERROR, "database_connect_failed", LOG_STR("message", why));
        snprintf(d->error.message, sizeof d->error.message, "%.*s", (int)strcspn(why, "\n"), why);
        PQfinish(conn);
        d->retry_at = clock_monotonic() + RECONNECT_PAUSE;
        return false;
    }
    PQsetNoticeReceiver(conn, ignore_notice, NULL);
    d->conn = conn;
    return true;
}

/* An idle connection on which something waits to be read is being closed by the server: its last words come before the end does. What
 * else could come unasked, a changed parameter, is rare enough to cost a new connection. */
static void drop_if_closed(struct db *d)
{
    if (d->conn == NULL || d->op_count > 0 || d->in_transaction) {
        return;
    }
    struct pollfd p = { .fd = PQsocket(d->conn), .events = POLLIN };
    if (poll(&p, 1, 0) > 0) {
        db_disconnect(d);
    }
}

static bool ready(struct db *d)
{
    drop_if_closed(d);
    return db_connect(d);
}

static bool mark_capacity(struct db *d, int id)
{
    if (id < d->prepared_size) {
        return true;
    }
    int size = id + 64;
    unsigned char *p = realloc(d->prepared, (size_t)size);
    if (p == NULL) {
        return false;
    }
    memset(p + d->prepared_size, 0, (size_t)(size - d->prepared_size));
    d->prepared = p;
    d->prepared_size = size;
    return true;
}

static struct db_op *add_op(struct db *d, enum db_op_kind kind, const struct sql_query *query)
{
    if (d->op_count == DB_OPS_MAX) {
        LOG(LOG_ERROR, "pipeline_too_long", LOG_STR("query", query != NULL ? query->name : "plain"));
        abort();
    }
    struct db_op *op = &d->ops[d->op_count++];
    *op = (struct db_op){ .kind = kind, .query = query };
    return op;
}

static void plain(struct db *d, const char *sql)
{
    add_op(d, DB_OP_PLAIN, NULL);
    if (!PQsendQueryParams(d->conn, sql, 0, NULL, NULL, NULL, NULL, 1)) {
        d->queue_failed = true;
    }
}

/* Queues PREPARE unless this connection has it, or an earlier call of the same pipeline asked for it. */
static void prepare(struct db *d, const struct sql_query *q)
{
    if (!mark_capacity(d, q->id)) {
        d->queue_failed = true;
        return;
    }
    if (d->prepared[q->id] != 0) {
        return;
    }
    for (int i = 0; i < d->op_count; i++) {
        if (d->ops[i].kind == DB_OP_PREPARE && d->ops[i].query == q) {
            return;
        }
    }
    Oid types[64];
    char name[16];
    for (int i = 0; i < q->param_count; i++) {
        types[i] = db_type_oid(q->params[i].type);
    }
    snprintf(name, sizeof name, "q%d", q->id);
    add_op(d, DB_OP_PREPARE, q);
    if (!PQsendPrepare(d->conn, name, q->text, q->param_count, types)) {
        d->queue_failed = true;
    }
}

#ifdef KARARA_FAULTS
#define EXECUTED_MAX 4096
static bool executed[EXECUTED_MAX];

/* A composed statement carries the name of the :list it was made from. */
static void note_executed(const struct sql_query *q)
{
    int id = q->id;
    for (int i = 0; id >= sql_count && i < sql_count; i++) {
        id = strcmp(sql_all[i]->name, q->name) == 0 ? i : id;
    }
    if (id < EXECUTED_MAX) {
        executed[id] = true;
    }
}

bool db_was_executed(int query_id)
{
    return query_id < EXECUTED_MAX && executed[query_id];
}

/* Makes the server itself refuse, or cuts the line, at the chosen statement. */
static void inject(struct db *d)
{
    if (d->fault == DB_FAULT_NONE || --d->fault_in > 0) {
        return;
    }
    enum db_fault kind = d->fault;
    d->fault = DB_FAULT_NONE;
    if (kind == DB_FAULT_CONNECTION) {
        shutdown(PQsocket(d->conn), SHUT_RDWR);
    } else {
        plain(d, kind == DB_FAULT_DEADLOCK ? "do $$ begin raise exception using errcode = '40P01'; end $$"
                                           : "do $$ begin raise exception using errcode = '40001'; end $$");
    }
}
#else
bool db_was_executed(int query_id)
{
    (void)query_id;
    return false;
}
#endif

void db_inject_fault(struct db *d, int nth, enum db_fault kind)
{
    d->fault_in = nth;
    d->fault = nth > 0 ? kind : DB_FAULT_NONE;
}

/* Within a transaction a full pipeline is sent before more is queued. False when that failed. */
static bool has_room(struct db *d)
{
    if (d->early == DB_OK && d->in_transaction && d->op_count > DB_OPS_MAX - DB_OPS_SPARE) {
        d->early = db_run(d);
    }
    return d->early == DB_OK;
}

struct db_result *db_queue(struct db *d, struct arena *a, const struct sql_query *q, const struct db_value *values)
{
    struct db_result *r = arena_zalloc(a, sizeof *r);
    r->query = q;
    if (!has_room(d)) {
        return r;
    }
    if (d->queue_failed || !ready(d)) {
        d->queue_failed = true;
        return r;
    }
#ifdef KARARA_FAULTS
    inject(d);
    note_executed(q);
#endif
    prepare(d, q);
    const char *data[64];
    int lengths[64];
    int formats[64];
    for (int i = 0; i < q->param_count; i++) {
        db_encode(a, q->params[i].type, &values[i], &data[i], &lengths[i], &formats[i]);
    }
    char name[16];
    snprintf(name, sizeof name, "q%d", q->id);
    struct db_op *op = add_op(d, DB_OP_CALL, q);
    op->result = r;
    op->arena = a;
    if (!PQsendQueryPrepared(d->conn, name, q->param_count, data, lengths, formats, 1)) {
        d->queue_failed = true;
    }
    d->counters.statements++;
    return r;
}

void db_queue_begin(struct db *d, bool read_only)
{
    if (d->early != DB_OK) {
        return;
    }
    if (d->queue_failed || !ready(d)) {
        d->queue_failed = true;
        return;
    }
    plain(d, read_only ? "begin read only" : "begin");
    d->in_transaction = true;
}

void db_queue_commit(struct db *d)
{
    if (d->early != DB_OK) {
        return;
    }
    if (d->queue_failed || d->conn == NULL) {
        d->queue_failed = true;
        return;
    }
    plain(d, "commit");
    d->commit_queued = true;
}

static void copy_field(char *to, size_t size, const PGresult *res, int field)
{
    const char *s = PQresultErrorField(res, field);
    snprintf(to, size, "%s", s != NULL ? s : "");
}

void db_note_error(struct db *d, const PGresult *res, const char *query)
{
    copy_field(d->error.sqlstate, sizeof d->error.sqlstate, res, PG_DIAG_SQLSTATE);
    copy_field(d->error.constraint, sizeof d->error.constraint, res, PG_DIAG_CONSTRAINT_NAME);
    copy_field(d->error.message, sizeof d->error.message, res, PG_DIAG_MESSAGE_PRIMARY);
    copy_field(d->error.detail, sizeof d->error.detail, res, PG_DIAG_MESSAGE_DETAIL);
    d->error.query = query;
}

static enum db_status lost(struct db *d, const char *why)
{
    LOG(LOG_ERROR, "database_lost", LOG_STR("message", why));
    d->error = (struct db_error){ .query = "" };
    db_disconnect(d);
    return DB_LOST;
}

/* Files one answer with the operation it belongs to; false for an error. */
static bool file_result(struct db *d, struct db_op *op, PGresult *res)
{
    switch (PQresultStatus(res)) {
    case PGRES_COMMAND_OK:
    case PGRES_TUPLES_OK:
        if (op->kind == DB_OP_CALL) {
            op->result->res = res;
            arena_adopt(op->arena, res, (void (*)(void *))PQclear);
            return true;
        }
        if (op->kind == DB_OP_PREPARE) {
            d->prepared[op->query->id] = 1;
        }
        PQclear(res);
        return true;
    case PGRES_PIPELINE_ABORTED:
        PQclear(res);
        return true;
    default:
        db_note_error(d, res, op->query != NULL ? op->query->name : "");
        PQclear(res);
        return false;
    }
}

/* Waits until an answer can be read without waiting; false when the server shows no sign of life for too long. */
static bool wait_for_answer(struct db *d)
{
    while (d->patience > 0 && PQisBusy(d->conn)) {
        struct pollfd p = { .fd = PQsocket(d->conn), .events = POLLIN };
        int n = PQflush(d->conn) < 0 ? -1 : poll(&p, 1, (int)d->patience);
        if (n == 0 || (n < 0 && errno != EINTR) || (n > 0 && !PQconsumeInput(d->conn))) {
            return false;
        }
    }
    return true;
}

/* Reads up to the Sync. */
static enum db_status read_answers(struct db *d)
{
    enum db_status status = DB_OK;
    int at = 0;
    int nulls = 0;
    for (;;) {
        if (!wait_for_answer(d)) {
            return DB_LOST;
        }
        PGresult *res = PQgetResult(d->conn);
        if (res == NULL) {
            if (PQstatus(d->conn) == CONNECTION_BAD || ++nulls > DB_OPS_MAX + 2) {
                return DB_LOST;
            }
            at++;
            continue;
        }
        if (PQresultStatus(res) == PGRES_PIPELINE_SYNC) {
            PQclear(res);
            return status;
        }
        if (at >= d->op_count) {
            PQclear(res);
            return DB_LOST;
        }
        if (!file_result(d, &d->ops[at], res)) {
            status = DB_FAILED;
        }
    }
}

static bool server_going_away(const char *sqlstate)
{
    return strncmp(sqlstate, "57P", 3) == 0 || strncmp(sqlstate, "08", 2) == 0;
}

/* The server forgot a statement, or its result changed shape: nothing prepared here can be trusted. */
static bool statements_stale(const char *sqlstate)
{
    return strcmp(sqlstate, "26000") == 0 || strcmp(sqlstate, "0A000") == 0;
}

static enum db_status after_failure(struct db *d)
{
    if (d->error.sqlstate[0] == 0 || server_going_away(d->error.sqlstate)) {
        return lost(d, d->error.message);
    }
    if (statements_stale(d->error.sqlstate)) {
        db_disconnect(d);
        return DB_FAILED;
    }
    d->commit_queued = false;
    struct db_error kept = d->error;
    db_reset(d);
    d->error = kept;
    return DB_FAILED;
}

enum db_status db_run(struct db *d)
{
    if (d->early != DB_OK) {
        enum db_status early = d->early;
        d->early = DB_OK;
        return early;
    }
    if (d->queue_failed) {
        d->queue_failed = false;
        return lost(d, d->conn != NULL ? PQerrorMessage(d->conn) : "no connection");
    }
    if (d->op_count == 0) {
        return DB_OK;
    }
    int64_t start = clock_monotonic();
    d->error = (struct db_error){ .query = "" };
    enum db_status status = PQpipelineSync(d->conn) ? read_answers(d) : DB_LOST;
    d->counters.round_trips++;
    d->counters.micros += clock_monotonic() - start;
    d->op_count = 0;
    if (status == DB_LOST) {
        return lost(d, PQerrorMessage(d->conn));
    }
    if (status == DB_FAILED) {
        return after_failure(d);
    }
    if (d->commit_queued) {
        d->commit_queued = false;
        d->in_transaction = false;
    }
    return DB_OK;
}

void db_reset(struct db *d)
{
    d->early = DB_OK;
    d->queue_failed = false;
    if (d->conn == NULL) {
        d->op_count = 0;
        d->in_transaction = false;
        return;
    }
    if (d->op_count > 0) { /* queued but never sent: the connection's state is unknown to the server, so start anew */
        db_disconnect(d);
        return;
    }
    if (d->in_transaction) {
        plain(d, "rollback");
        d->in_transaction = false;
        (void)db_run(d);
    }
}
