/* db_text.c - plain SQL for kararactl and tests, and the check of declared parameter types. */
#include "platform/db_internal.h"

#include "core/arena.h"
#include <stdio.h>
#include <string.h>

/* Leaves pipeline mode for the time of one plain call; false with a message. */
static bool leave_pipeline(struct db *d)
{
    d->error = (struct db_error){ .query = "" };
    bool left = db_connect(d) && d->op_count == 0 && PQexitPipelineMode(d->conn);
    if (!left && d->error.message[0] == '\0') {
        snprintf(d->error.message, sizeof d->error.message, "no connection to the database");
    }
    return left;
}

static bool keep(struct db *d, PGresult *res)
{
    ExecStatusType s = PQresultStatus(res);
    bool ok = s == PGRES_COMMAND_OK || s == PGRES_TUPLES_OK;
    if (!ok) {
        db_note_error(d, res, "plain");
        if (d->error.message[0] == 0) {
            snprintf(d->error.message, sizeof d->error.message, "%s", PQerrorMessage(d->conn));
        }
    }
    return ok;
}

static void resume_pipeline(struct db *d)
{
    if (PQstatus(d->conn) == CONNECTION_BAD || !PQenterPipelineMode(d->conn)) {
        db_disconnect(d);
    }
}

bool db_exec_text(struct db *d, const char *sql)
{
    if (!leave_pipeline(d)) {
        return false;
    }
    PGresult *res = PQexec(d->conn, sql);
    bool ok = keep(d, res);
    PQclear(res);
    resume_pipeline(d);
    return ok;
}

char *db_query_text(struct db *d, struct arena *a, const char *sql, int param_count, const char *const *params)
{
    if (!leave_pipeline(d)) {
        return NULL;
    }
    PGresult *res = PQexecParams(d->conn, sql, param_count, NULL, params, NULL, NULL, 0);
    char *value = NULL;
    if (keep(d, res) && PQntuples(res) > 0 && PQnfields(res) > 0 && !PQgetisnull(res, 0, 0)) {
        value = arena_strdup(a, PQgetvalue(res, 0, 0));
    }
    PQclear(res);
    resume_pipeline(d);
    return value;
}

static bool compare_types(const PGresult *desc, const struct sql_query *q, char *err, size_t err_size)
{
    for (int i = 0; i < PQnparams(desc); i++) {
        if (PQparamtype(desc, i) != db_type_oid(q->params[i].type)) {
            snprintf(err, err_size, "%s: parameter %s is of type %u on the server", q->name, q->params[i].name,
                     PQparamtype(desc, i));
            return false;
        }
    }
    for (int i = 0; i < PQnfields(desc); i++) {
        if (db_oid_type(PQftype(desc, i)) == SQL_UNKNOWN && PQftype(desc, i) != 2278) { /* 2278: void */
            snprintf(err, err_size, "%s: column %s has a type (%u) that replies can't carry", q->name, PQfname(desc, i),
                     PQftype(desc, i));
            return false;
        }
    }
    return true;
}

bool db_check_query(struct db *d, const struct sql_query *q, char *err, size_t err_size)
{
    if (!leave_pipeline(d)) {
        snprintf(err, err_size, "%s", d->error.message);
        return false;
    }
    Oid types[64];
    for (int i = 0; i < q->param_count; i++) {
        types[i] = db_type_oid(q->params[i].type);
    }
    PGresult *res = PQprepare(d->conn, "", q->text, q->param_count, types);
    bool ok = keep(d, res);
    if (ok) {
        PQclear(res);
        res = PQdescribePrepared(d->conn, "");
        ok = keep(d, res) && compare_types(res, q, err, err_size);
    } else {
        snprintf(err, err_size, "%s: %s", q->name, d->error.message);
    }
    PQclear(res);
    resume_pipeline(d);
    return ok;
}
