/* execute.c - see execute.h. */
#include "worker/execute.h"

#include "api/metrics.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/clock.h"
#include "core/log.h"
#include "platform/db.h"
#include "platform/nudge.h"
#include "queue_sql.h"
#include "worker/jobs.h"
#include "worker/weights.h"
#include <sodium.h>
#include <string.h>
#include <unistd.h>

enum { TRIES = 4, DEPTH_MAX = 32, SETTLE_SECONDS = 25 };

double execute_pause(enum job_kind kind, int attempt)
{
    const struct job_about *about = job_about(kind);
    double pause = about->pause;
    for (int i = 1; i < attempt && pause < about->longest_pause; i++) {
        pause *= 2;
    }
    pause = pause < about->longest_pause ? pause : about->longest_pause;
    return pause * (0.75 + 0.5 * (double)randombytes_uniform(1000) / 1000);
}

/* ---- claiming ---- */

static void read_claim(struct arena *a, const struct db_result *r, struct claimed *ret)
{
    *ret = (struct claimed){
        .job = { .id = db_uuid(r, 0, "id"),
                 .kind = job_kind_parse(db_text(r, 0, "kind")),
                 .claim = (int)db_int(r, 0, "claim"),
                 .attempt = (int)db_int(r, 0, "attempts"),
                 .max_attempts = (int)db_int(r, 0, "max_attempts") },
        .queue = arena_strdup(a, db_text(r, 0, "queue")),
        .payload = arena_strdup(a, db_text(r, 0, "payload")),
        .request_id = arena_strdup(a, db_text(r, 0, "request_id")),
        .has_brand = !db_is_null(r, 0, db_column(r, "brand_id")),
        .waited = db_int(r, 0, "waited"),
        .has_actor = !db_is_null(r, 0, db_column(r, "actor_id")),
    };
    ret->brand_id = ret->has_brand ? db_uuid(r, 0, "brand_id") : ret->brand_id;
    ret->actor_id = ret->has_actor ? db_uuid(r, 0, "actor_id") : ret->actor_id;
}

static const struct db_result *queue_claim(struct executor *x)
{
    struct db_value values[3] = { 0 };
    for (int i = 0; i < sql_queue_claim.param_count; i++) {
        const char *name = sql_queue_claim.params[i].name;
        values[i].is_set = true;
        if (strcmp(name, "worker") == 0) {
            values[i].s = x->env->name;
        } else {
            values[i].ss = strcmp(name, "kinds") == 0 ? jobs_kinds() : weights_draw(x->env->page, x->env->slot);
        }
    }
    return db_queue(x->db, x->arena, &sql_queue_claim, values);
}

/* Puts what was claimed, if anything, into the other arena, which the next job takes over. */
static bool take_claim(struct executor *x, const struct db_result *r, struct claimed *ret)
{
    if (r == NULL || db_rows(r) == 0) {
        weights_keep(x->env->slot, NULL);
        return false;
    }
    arena_reset(x->spare);
    read_claim(x->spare, r, ret);
    weights_keep(x->env->slot, ret->queue);
    return true;
}

static void turn(struct executor *x)
{
    struct arena *used = x->arena;
    x->arena = x->spare;
    x->spare = used;
}

bool execute_claim(struct executor *x, struct claimed *ret)
{
    arena_reset(x->arena);
    db_reset(x->db);
    const struct db_result *r = queue_claim(x);
    bool any = take_claim(x, db_run(x->db) == DB_OK ? r : NULL, ret);
    if (any) {
        turn(x);
    }
    return any;
}

/* ---- the request that a job's function sees ---- */

static struct executor *current;

static bool host_progress(const struct job *job, int percent, const char *words)
{
    (void)job;
    return page_progress(current->env->slot, percent, words);
}

static enum err host_commit(struct request *rq)
{
    if (!rq->explicit_tx) {
        return ERR_NONE;
    }
    rq_query(rq, &sql_queue_assert, RQ_ARGS(ARG_UUID("job_id", rq->job->id), ARG_INT("claim", rq->job->claim)));
    db_queue_commit(rq->db);
    enum err e = rq_run(rq);
    rq->explicit_tx = false;
    rq->prologue_done = false;
    return e;
}

static const struct job_host host = { host_progress, host_commit };

static struct request *make_request(struct executor *x, const struct claimed *c)
{
    const struct job_row *row = jobs_row(c->job.kind);
    struct route *route = arena_zalloc(x->arena, sizeof *route);
    struct http_request *http = arena_zalloc(x->arena, sizeof *http);
    struct job *job = arena_zalloc(x->arena, sizeof *job);
    struct request *rq = arena_zalloc(x->arena, sizeof *rq);
    *route = (struct route){ .method = HTTP_POST,
                             .path = job_about(c->job.kind)->name,
                             .permission = PERM_PUBLIC,
                             .input = row->input,
                             .tx = TX_STEPS,
                             .event = row->event };
    *http = (struct http_request){ .method = HTTP_POST,
                                   .path = route->path,
                                   .query = "",
                                   .remote_addr = "",
                                   .request_id = c->request_id,
                                   .content_type = "" };
    *job = c->job;
    job->host = &host;
    *rq = (struct request){ .arena = x->arena,
                            .db = x->db,
                            .cache = x->cache,
                            .http = http,
                            .reply = arena_zalloc(x->arena, sizeof(struct http_reply)),
                            .out = x->out,
                            .route = route,
                            .signed_in = c->has_actor,
                            .user_id = c->actor_id,
                            .has_brand = c->has_brand,
                            .brand_id = c->brand_id,
                            .now = clock_now(),
                            .new_id = uuid_v7(),
                            .changes = c->payload,
                            .job = job };
    rq->errors.arena = x->arena;
    buf_clear(x->out);
    return rq;
}

/* The payload into the kind's input. What doesn't fit now won't fit later. */
static enum err read_payload(struct request *rq, const struct claimed *c)
{
    static const struct schema nothing = { .name = "Nothing" };
    const struct schema *s = rq->route->input != NULL ? rq->route->input : &nothing;
    const char *problem = NULL;
    struct buf words = { 0 };
    json_t *json = schema_parse(rq->arena, c->payload, strlen(c->payload), DEPTH_MAX, &problem);
    if (json == NULL) {
        return job_give_up(rq, problem);
    }
    if (rq->route->input != NULL) {
        rq->input = arena_zalloc(rq->arena, s->size);
    }
    schema_decode(rq->arena, s, json, NULL, rq->input, &rq->errors);
    schema_require(s, rq->input, &rq->errors);
    if (rq->errors.first == NULL) {
        return ERR_NONE;
    }
    buf_str(&words, "Its payload can't be read: ");
    field_errors_write(&rq->errors, &words);
    enum err e = job_give_up(rq, words.data);
    buf_free(&words);
    return e;
}

/* ---- its end ---- */

static void log_job(const struct claimed *c, int64_t started, const char *became, const char *words)
{
    char id[UUID_TEXT_SIZE], brand[UUID_TEXT_SIZE] = "";
    uuid_format(&c->job.id, id);
    if (c->has_brand) {
        uuid_format(&c->brand_id, brand);
    }
    LOG(words != NULL ? LOG_WARN : LOG_INFO, "job", LOG_STR("job", id), LOG_STR("kind", job_about(c->job.kind)->name),
        LOG_STR("request_id", c->request_id), LOG_STR("brand", c->has_brand ? brand : NULL), LOG_INT("attempt", c->job.attempt),
        LOG_STR("became", became), LOG_STR("message", words), LOG_INT("micros", clock_monotonic() - started));
}

/* Why it failed, for whoever runs the installation: with the database's own words, which no client gets to see. */
static const char *failure_words(struct request *rq)
{
    const struct db_error *e = db_error(rq->db);
    const char *words = rq->err_message != NULL ? rq->err_message : err_message(rq->err);
    if (rq->err == ERR_INTERNAL_ERROR && e->sqlstate[0] != 0) {
        return arena_printf(rq->arena, "%s: %s (SQLSTATE %s in %s)", err_code(rq->err), e->message, e->sqlstate, e->query);
    }
    if (rq->err == ERR_VALIDATION_FAILED && rq->errors.first != NULL) {
        return arena_printf(rq->arena, "%s: %s %s", err_code(rq->err), rq->errors.first->field, rq->errors.first->message);
    }
    return rq->job->ending == JOB_FAILED ? arena_printf(rq->arena, "%s: %s", err_code(rq->err), words) : words;
}

/* Tells the database that the attempt failed; until that is told, or the lease has run out by itself. */
static const char *settle_failure(struct executor *x, struct request *rq, const char *words)
{
    const struct job *job = rq->job;
    int64_t end = clock_monotonic() + INT64_C(1000000) * SETTLE_SECONDS;
    bool later = job->ending == JOB_LATER;
    double pause = later ? job->later : execute_pause(job->kind, job->attempt);
    do {
        db_reset(x->db);
        rq->err = ERR_NONE;
        rq->prologue_done = true; /* a statement by itself */
        const struct db_result *r =
            rq_ask(rq, &sql_queue_fail,
                   RQ_ARGS(ARG_UUID("job_id", job->id), ARG_INT("claim", job->claim), ARG_TEXT("words", words),
                           { "pause", { .is_set = true, .d = pause } }, ARG_BOOL("again", job->ending != JOB_GIVEN_UP),
                           ARG_BOOL("counted", !later)));
        if (r != NULL) {
            return db_text(r, 0, "became");
        }
        usleep(250000);
    } while (clock_monotonic() < end);
    return "left to its lease";
}

/* What the database made of a failed attempt, as it is counted. */
static enum metrics_job counted_as(const struct job *job, const char *became)
{
    static const struct {
        const char *became;
        enum metrics_job as;
    } ends[] = { { "waiting", METRICS_RETRY }, { "parked", METRICS_PARKED }, { "cancelled", METRICS_CANCELLED } };
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        if (strcmp(ends[i].became, became) == 0) {
            return ends[i].as == METRICS_RETRY && job->ending == JOB_LATER ? METRICS_LATER : ends[i].as;
        }
    }
    return METRICS_LOST;
}

/* The end and the next claim, in the transaction of what the job wrote. */
static enum err finish(struct executor *x, struct request *rq, bool *ret_any, struct claimed *ret_next)
{
    const struct db_result *next = NULL;
    rq->prologue_done = true; /* a job that wrote nothing needs no BEGIN */
    const char *outcome = "done";
    rq_query(rq, &sql_queue_finish,
             RQ_ARGS(ARG_UUID("job_id", rq->job->id), ARG_INT("claim", rq->job->claim), ARG_TEXT("outcome", outcome)));
    weights_keep(x->env->slot, NULL);
    if (!role_ending()) {
        next = queue_claim(x);
    }
    if (rq->explicit_tx) {
        db_queue_commit(x->db);
    }
    enum err e = rq_run(rq);
    rq->explicit_tx = false;
    if (e != ERR_NONE) {
        weights_keep(x->env->slot, NULL);
        return e;
    }
    *ret_any = take_claim(x, next, ret_next);
    if (rq->wakes != 0) {
        nudge_send(rq->wakes);
    }
    return ERR_NONE;
}

/* One try of an attempt; ERR_NONE when it has ended well. */
static enum err try_job(struct executor *x, const struct claimed *c, struct request **ret_rq, bool *ret_any,
                        struct claimed *ret_next)
{
    struct request *rq = *ret_rq = make_request(x, c);
    db_reset(x->db);
    enum err e = read_payload(rq, c);
    if (e == ERR_NONE) {
        e = jobs_row(c->job.kind)->run(rq);
        e = e == ERR_NONE ? rq->err : e;
    }
    return e == ERR_NONE ? finish(x, rq, ret_any, ret_next) : e;
}

bool execute_job(struct executor *x, const struct claimed *c, struct claimed *ret_next)
{
    int64_t started = clock_monotonic();
    struct request *rq = NULL;
    bool any = false;
    enum err e = ERR_UNAVAILABLE;
    current = x;
    metrics_state(METRICS_BUSY);
    metrics_time(METRIC_JOB_WAIT, (int)c->job.kind, c->waited);
    page_begin(x->env->slot, &(struct page_job){ .id = c->job.id,
                                                 .kind = (int)c->job.kind,
                                                 .claim = c->job.claim,
                                                 .attempt = c->job.attempt,
                                                 .limit = job_about(c->job.kind)->limit,
                                                 .started = started,
                                                 .progress = -1 });
    for (int i = 0; i < TRIES; i++) {
        e = try_job(x, c, &rq, &any, ret_next);
        if (e == ERR_NONE || rq->retry == RQ_NO_RETRY) {
            break;
        }
    }
    const char *words = e != ERR_NONE ? failure_words(rq) : NULL;
    const char *became = e == ERR_NONE ? "done" : settle_failure(x, rq, words);
    page_end(x->env->slot);
    atomic_store(&x->env->slot->seen, clock_monotonic());
    log_job(c, started, became, words);
    metrics_job((int)c->job.kind, e == ERR_NONE ? METRICS_DONE : counted_as(rq->job, became), clock_monotonic() - started);
    metrics_state(0);
    arena_reset(x->arena);
    turn(x);
    return any;
}
