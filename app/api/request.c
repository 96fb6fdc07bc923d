/* request.c - the verbs that handlers use. */
#include "api/request.h"

#include "api/access.h"
#include "api/bind.h"
#include "api/constraint.h"
#include "api/idempotency.h"
#include "api/token.h"
#include "api_sql.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/log.h"
#include "core/str.h"
#include "job_sql.h"
#include <stdlib.h>
#include <string.h>

/* ---- errors ---- */

enum err rq_fail_details(struct request *rq, enum err e, const char *message, const char *details)
{
    if (rq->err == ERR_NONE) {
        rq->err = e;
        rq->err_message = message;
        rq->err_details = details;
    }
    return rq->err;
}

enum err rq_fail_words(struct request *rq, enum err e, const char *message)
{
    return rq_fail_details(rq, e, message, NULL);
}

enum err rq_fail(struct request *rq, enum err e)
{
    return rq_fail_details(rq, e, NULL, NULL);
}

enum err rq_fail_field(struct request *rq, const char *field, const char *message)
{
    field_error_add(&rq->errors, field, message);
    return rq_fail(rq, ERR_VALIDATION_FAILED);
}

enum err rq_fail_keep(struct request *rq, enum err e, const char *message)
{
    rq->keep_on_error = true;
    return rq_fail_words(rq, e, message);
}

void rq_retry_after(struct request *rq, int64_t seconds)
{
    rq->retry_after = seconds > 0 ? seconds : 1;
}

/* ---- database errors ---- */

static const struct {
    const char *sqlstate;
    enum err err;
} raised[] = {
    { "KA002", ERR_INVALID_TOKEN },      { "KA003", ERR_IDEMPOTENCY_IN_PROGRESS },
    { "KA005", ERR_ACCOUNT_SUSPENDED },  { "KA403", ERR_PERMISSION_DENIED },
    { "KA404", ERR_NOT_FOUND },          { "KA409", ERR_CONFLICT },
    { "KA410", ERR_ALREADY_EXISTS },     { "KA411", ERR_WIP_LIMIT_EXCEEDED },
    { "KA412", ERR_PLAN_LIMIT_REACHED }, { "KA006", ERR_CONFLICT },
};

/* The detail that karara.fail() carries: a JSON object whose "message" speaks to people. */
static enum err fail_raised(struct request *rq, enum err e, const char *detail)
{
    const char *problem = NULL;
    json_t *json = detail[0] == '{' ? schema_parse(rq->arena, detail, strlen(detail), 8, &problem) : NULL;
    if (json == NULL) {
        return rq_fail(rq, e);
    }
    const char *message = json_string_value(json_object_get(json, "message"));
    const char *field = json_string_value(json_object_get(json, "field"));
    if (field != NULL) {
        field_error_add(&rq->errors, field, message != NULL ? message : err_message(e));
    }
    return rq_fail_details(rq, e, message, arena_strdup(rq->arena, detail));
}

static enum err fail_constraint(struct request *rq, const struct constraint_words *w)
{
    if (w->field != NULL) {
        field_error_add(&rq->errors, w->field, w->message);
    }
    return rq_fail_words(rq, w->err, w->err == ERR_VALIDATION_FAILED ? NULL : w->message);
}

static enum err fail_internal(struct request *rq, const struct db_error *e)
{
    LOG(LOG_ERROR, "query_failed", LOG_STR("request_id", rq->http->request_id), LOG_STR("query", e->query),
        LOG_STR("sqlstate", e->sqlstate), LOG_STR("constraint", e->constraint), LOG_STR("message", e->message),
        LOG_STR("detail", e->detail));
    return rq_fail(rq, ERR_INTERNAL_ERROR);
}

static bool one_of(const char *state, const char *const *states)
{
    for (; *states != NULL; states++) {
        if (strcmp(state, *states) == 0) {
            return true;
        }
    }
    return false;
}

static enum err map_refusal(struct request *rq, const struct db_error *e)
{
    static const char *const again[] = { "40001", "40P01", "26000", "0A000", NULL };
    static const char *const later[] = { "57014", "55P03", "53300", "53200", "53100", "25P03", NULL };
    if (strcmp(e->sqlstate, "KA001") == 0 || strcmp(e->sqlstate, "KA004") == 0) {
        rq->retry = e->sqlstate[4] == '1' ? RQ_RETRY_ACCESS : RQ_RETRY_REPLAY;
        return rq_fail(rq, ERR_UNAVAILABLE);
    }
    if (one_of(e->sqlstate, again)) {
        rq->retry = RQ_RETRY_AGAIN;
        return rq_fail(rq, ERR_UNAVAILABLE);
    }
    if (one_of(e->sqlstate, later)) {
        rq_retry_after(rq, 1);
        return rq_fail(rq, ERR_UNAVAILABLE);
    }
    if (strcmp(e->sqlstate, "KA422") == 0) {
        return fail_raised(rq, ERR_VALIDATION_FAILED, e->detail);
    }
    for (size_t i = 0; i < sizeof raised / sizeof *raised; i++) {
        if (strcmp(e->sqlstate, raised[i].sqlstate) == 0) {
            return fail_raised(rq, raised[i].err, e->detail);
        }
    }
    const struct constraint_words *w = constraint_find(e->constraint);
    if (w != NULL) {
        return fail_constraint(rq, w);
    }
    /* Rules look before they write: what isn't there any more went in between. Asked once more, they say so. */
    if (strcmp(e->sqlstate, "23503") == 0 && rq->job == NULL && !rq->reference_went) {
        rq->reference_went = true;
        rq->retry = RQ_RETRY_AGAIN;
        return rq_fail(rq, ERR_UNAVAILABLE);
    }
    return fail_internal(rq, e);
}

/* ---- queries ---- */

/* What every request's first statements are: BEGIN where it needs one, who and where, and the claim of an Idempotency-Key. */
static void prologue(struct request *rq)
{
    rq->prologue_done = true;
    bool replay = rq->retry == RQ_RETRY_REPLAY; /* only reads what is kept */
    bool claim = rq->idempotency != NULL && !replay && !rq->peeking;
    if ((rq->route->tx == TX_STEPS && !replay && !rq->peeking) || claim) {
        db_queue_begin(rq->db, false);
        rq->explicit_tx = true;
    }
    const struct sql_query *assertion = NULL;
    if (rq->job != NULL) {
        assertion = &sql_job_scope;
    } else if (rq->route->permission == PERM_PLATFORM_ADMIN) {
        assertion = &sql_platform_admin_assert;
    } else if (rq->access != NULL) {
        assertion = &sql_access_assert;
    } else if (rq->signed_in) {
        assertion = &sql_session_assert;
    }
    if (assertion != NULL) {
        db_queue(rq->db, rq->arena, assertion, bind_values(rq, assertion, NULL));
    }
    if (assertion != NULL && rq->job == NULL) {
        token_note_use(rq);
    }
    if (claim) {
        idempotency_claim(rq);
    }
}

const struct db_result *rq_query(struct request *rq, const struct sql_query *q, const struct rq_arg *args)
{
    if (!rq->prologue_done) {
        prologue(rq);
    }
    rq->wakes |= q->wakes;
    return db_queue(rq->db, rq->arena, q, bind_values(rq, q, args));
}

enum err rq_run(struct request *rq)
{
    switch (db_run(rq->db)) {
    case DB_OK:
        return ERR_NONE;
    case DB_FAILED:
        rq->explicit_tx = false;
        return map_refusal(rq, db_error(rq->db));
    case DB_LOST:
        break;
    }
    rq->explicit_tx = false;
    rq_retry_after(rq, 1);
    return rq_fail(rq, ERR_UNAVAILABLE);
}

enum err rq_assert(struct request *rq)
{
    rq->peeking = true;
    prologue(rq);
    enum err e = rq_run(rq);
    rq->peeking = false;
    rq->prologue_done = false;
    return e;
}

const struct db_result *rq_ask(struct request *rq, const struct sql_query *q, const struct rq_arg *args)
{
    const struct db_result *r = rq_query(rq, q, args);
    return rq_run(rq) == ERR_NONE ? r : NULL;
}

const struct db_result *rq_peek(struct request *rq, const struct sql_query *q, const struct rq_arg *args)
{
    rq->peeking = true;
    const struct db_result *r = rq_query(rq, q, args);
    if (rq->idempotency != NULL) {
        idempotency_look(rq); /* behind the query: what that misses because a twin has done it, the twin's answer is kept for */
    }
    enum err e = rq_run(rq);
    rq->peeking = false;
    rq->prologue_done = false;
    return e == ERR_NONE ? r : NULL;
}

/* 412 carries the object as it is now. */
static enum err fail_version(struct request *rq)
{
    const struct scope *scope = rq->route->scope;
    if (scope->get == NULL) {
        return rq_fail(rq, ERR_VERSION_MISMATCH);
    }
    if (!rq->explicit_tx) {
        rq->prologue_done = false; /* as in rq_missing: without a brand nothing would be seen */
    }
    const struct db_result *now = rq_ask(rq, scope->get, NULL);
    if (now == NULL || db_rows(now) == 0) {
        return rq_fail(rq, ERR_VERSION_MISMATCH);
    }
    struct buf b = { 0 };
    struct schema_plan plan;
    const char *missing = NULL;
    if (schema_plan_make(scope->output, now, &plan, &missing)) {
        buf_str(&b, "{\"current\":");
        schema_write_row(&b, scope->output, &plan, now, 0);
        buf_char(&b, '}');
    }
    const char *details = b.len > 0 ? arena_strndup(rq->arena, b.data, b.len) : NULL;
    buf_free(&b);
    return rq_fail_details(rq, ERR_VERSION_MISMATCH, NULL, details);
}

enum err rq_missing(struct request *rq)
{
    const struct scope *scope = rq->route->scope;
    if (scope == NULL) {
        return rq_fail(rq, ERR_NOT_FOUND);
    }
    if (!rq->explicit_tx) {
        rq->prologue_done = false; /* the first pipeline's transaction has ended: assert again */
    }
    const struct db_result *r = rq_ask(rq, scope->locate, NULL);
    if (r == NULL) {
        return rq->err;
    }
    if (db_rows(r) == 0) {
        return rq_fail_words(rq, ERR_NOT_FOUND, arena_printf(rq->arena, "There is no such %s here.", scope->name));
    }
    bool reading = rq->route->method == HTTP_GET;
    if (!db_bool(r, 0, "visible") || (!reading && !db_bool(r, 0, "changeable"))) {
        return rq_fail_words(rq, ERR_PERMISSION_DENIED,
                             arena_printf(rq->arena, "You may not %s this %s.", reading ? "see" : "change", scope->name));
    }
    if (rq->if_match > 0 && db_int(r, 0, "version") != rq->if_match) {
        return fail_version(rq);
    }
    return rq_fail_words(rq, ERR_NOT_FOUND, arena_printf(rq->arena, "There is no such %s here.", scope->name));
}

/* ---- the reply ---- */

enum err rq_reply_row(struct request *rq, const struct db_result *r, int row)
{
    rq->reply_result = r;
    rq->reply_row = row;
    int column = db_column(r, "version");
    if (column >= 0) {
        rq->reply_version = (int)db_int(r, row, "version");
    }
    return ERR_NONE;
}

enum err rq_answer(struct request *rq, const struct db_result *r)
{
    enum err e = rq_run(rq);
    if (e != ERR_NONE) {
        return e;
    }
    return db_rows(r) > 0 ? rq_reply_row(rq, r, 0) : rq_missing(rq);
}

enum err rq_reply_struct(struct request *rq, const void *from)
{
    rq->reply_struct = from;
    return ERR_NONE;
}

enum err rq_reply_null(struct request *rq)
{
    rq->reply_result = NULL;
    rq->reply_struct = NULL;
    return ERR_NONE;
}

enum err rq_reply_rows(struct request *rq, const struct db_result *r)
{
    rq->reply_result = r;
    rq->reply_all_rows = true;
    return ERR_NONE;
}

void rq_reply_as(struct request *rq, const struct schema *s)
{
    rq->reply_schema = s;
}

void rq_reply_tag(struct request *rq, const char *tag)
{
    rq->reply_tag = tag;
}

void rq_header(struct request *rq, const char *name, const char *value)
{
    http_reply_header(rq->reply, name, arena_strdup(rq->arena, value));
}

void rq_cookie(struct request *rq, const char *name, const char *value, int64_t max_age)
{
    rq_header(rq, "Set-Cookie",
              arena_printf(rq->arena, "%s=%s; Path=/; Max-Age=%lld; Secure; HttpOnly; SameSite=Strict", name, value,
                           (long long)max_age));
}

/* ---- small things ---- */

struct uuid rq_path_uuid(const struct request *rq, const char *name)
{
    struct uuid u = { { 0 } };
    if (strcmp(name, "brand_id") == 0) {
        return rq->brand_id;
    }
    for (int i = 0; i < rq->match.param_count; i++) {
        if (strcmp(rq->match.params[i].name, name) == 0) {
            (void)uuid_parse(rq->match.params[i].value, &u);
        }
    }
    return u;
}

const char *rq_path_word(const struct request *rq, const char *name)
{
    for (int i = 0; i < rq->match.param_count; i++) {
        if (strcmp(rq->match.params[i].name, name) == 0) {
            return rq->match.params[i].value;
        }
    }
    return NULL;
}

const char *rq_csv(const struct request *rq)
{
    const char *type = rq->http->content_type;
    bool csv = (rq->route->flags & ROUTE_CSV) != 0 && strncasecmp(type, "text/csv", 8) == 0 && strchr("; \t", type[8]) != NULL;
    return csv ? rq->http->body : NULL;
}

bool rq_can(const struct request *rq, enum permission p)
{
    return rq->access != NULL && (rq->access->permissions & permission_bit(p)) != 0;
}
