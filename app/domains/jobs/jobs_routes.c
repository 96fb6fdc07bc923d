/* jobs_routes.c - /admin/jobs: what waits, runs, failed and is done, for who runs the installation. Payloads are ids: what they stand for is
 * in the brands, and isn't shown here. */
#include "api/audit.h"
#include "api/job.h"
#include "core/arena.h"
#include "jobs_sql.h"

/* ---- shapes ---- */

static const char *const states[] = { "waiting", "running", "parked", "done", "cancelled", NULL };
static const char *const priorities[] = { "urgent", "high", "normal", "low", NULL };

static const struct field job_fields[] = {
    COLUMN(id, SCHEMA_UUID, .flags = FIELD_SORT, .doc = "Id of the job; in the order in which they were made"),
    COLUMN(kind, SCHEMA_STRING, .flags = FIELD_FILTER, .doc = "What it does", .example = "\"housekeeping\""),
    COLUMN(queue, SCHEMA_STRING, .flags = FIELD_FILTER, .doc = "The queue that it is in", .example = "\"default\""),
    COLUMN(priority, SCHEMA_ENUM, .flags = FIELD_FILTER, .values = priorities, .doc = "Within its queue"),
    COLUMN(state, SCHEMA_ENUM, .flags = FIELD_FILTER, .values = states,
           .doc = "Parked: it failed for good, and waits for a decision"),
    COLUMN(run_at, SCHEMA_TIME, .flags = FIELD_SORT | FIELD_FILTER, .doc = "It is due from then on"),
    COLUMN(attempts, SCHEMA_INT, .doc = "How often it was begun"),
    COLUMN(max_attempts, SCHEMA_INT, .doc = "How often it is begun at most"),
    COLUMN(progress, SCHEMA_INT, .flags = FIELD_NULLABLE, .doc = "How far it is, 0 to 100"),
    COLUMN(progress_words, SCHEMA_STRING, .flags = FIELD_NULLABLE, .doc = "The same in words"),
    COLUMN(cancel_requested, SCHEMA_BOOL, .doc = "Somebody asked a running job to end"),
    COLUMN(last_error, SCHEMA_STRING, .flags = FIELD_NULLABLE, .doc = "Why the last attempt failed"),
    COLUMN(brand_id, SCHEMA_UUID, .flags = FIELD_NULLABLE | FIELD_FILTER, .doc = "The brand that it works in"),
    COLUMN(actor_id, SCHEMA_UUID, .flags = FIELD_NULLABLE, .doc = "In whose name it runs"),
    COLUMN(unique_key, SCHEMA_STRING, .flags = FIELD_NULLABLE | FIELD_FILTER, .doc = "No other job has it at the same time"),
    COLUMN(request_id, SCHEMA_STRING, .flags = FIELD_FILTER, .doc = "The request that made it; empty for none"),
    COLUMN(worker, SCHEMA_STRING, .flags = FIELD_NULLABLE, .doc = "The process that had it last: host, pid, start"),
    COLUMN(payload, SCHEMA_OBJECT, .flags = FIELD_SINGLE, .doc = "What it was given"),
    COLUMN(created_at, SCHEMA_TIME, .flags = FIELD_FILTER, .doc = "When it was made"),
    COLUMN(started_at, SCHEMA_TIME, .flags = FIELD_NULLABLE, .doc = "When its last attempt began"),
    COLUMN(ended_at, SCHEMA_TIME, .flags = FIELD_NULLABLE, .doc = "When it was done, cancelled or parked"),
};
static const struct schema job_schema = SCHEMA("Job", job_fields, 0);

static const struct field queue_fields[] = {
    COLUMN(name, SCHEMA_STRING, .doc = "The queue", .example = "\"default\""),
    COLUMN(paused, SCHEMA_BOOL, .doc = "Whether it is halted"),
    COLUMN(paused_at, SCHEMA_TIME, .flags = FIELD_NULLABLE, .doc = "Since when"),
    COLUMN(due, SCHEMA_INT, .doc = "Jobs that could begin now"),
    COLUMN(scheduled, SCHEMA_INT, .doc = "Jobs for later"),
    COLUMN(running, SCHEMA_INT, .doc = "Jobs that run"),
    COLUMN(parked, SCHEMA_INT, .doc = "Jobs that failed for good"),
    COLUMN(oldest_due_at, SCHEMA_TIME, .flags = FIELD_NULLABLE, .doc = "Since when the oldest of those that are due waits"),
    COLUMN(done_last_hour, SCHEMA_INT, .doc = "Jobs that were done within the last hour"),
    COLUMN(wait_micros, SCHEMA_INT, .doc = "Microseconds from being due to the last attempt, on average over that hour"),
    COLUMN(run_micros, SCHEMA_INT, .doc = "Microseconds that the last attempt took, on average over that hour"),
};
static const struct schema queue_schema = SCHEMA("JobQueue", queue_fields, 0);

static const struct field kind_fields[] = {
    COLUMN(kind, SCHEMA_STRING, .doc = "The kind", .example = "\"housekeeping\""),
    COLUMN(about, SCHEMA_STRING, .doc = "What its jobs do"),
    COLUMN(done, SCHEMA_INT, .doc = "Done within the last day"),
    COLUMN(cancelled, SCHEMA_INT, .doc = "Cancelled within the last day"),
    COLUMN(parked, SCHEMA_INT, .doc = "Parked now"),
    COLUMN(attempts, SCHEMA_INT, .doc = "How often these were begun"),
    COLUMN(longest_micros, SCHEMA_INT, .doc = "The longest run that went well, in microseconds"),
};
static const struct schema kind_schema = SCHEMA("JobKindStats", kind_fields, 0);

struct job_stats {
    const struct db_result *queues, *kinds;
};

static const struct field stats_fields[] = {
    FIELD(struct job_stats, queues, SCHEMA_MANY, .of = &queue_schema, .doc = "Every queue"),
    FIELD(struct job_stats, kinds, SCHEMA_MANY, .of = &kind_schema, .doc = "Every kind"),
};
static const struct schema stats_schema = SCHEMA("JobStats", stats_fields, 0);

/* ---- one job ---- */

static const struct scope job_scope = { "job", &sql_job_locate, NULL, NULL };

static enum err show(struct request *rq)
{
    return rq_answer(rq, rq_query(rq, &sql_job_get, NULL));
}

/* Nothing was changed: the job isn't there, or is in a state that doesn't allow it. */
static enum err refuse(struct request *rq)
{
    const struct db_result *r = rq_ask(rq, &sql_job_get, NULL);
    if (r == NULL || db_rows(r) == 0) {
        return r == NULL ? rq->err : rq_missing(rq);
    }
    return rq_fail_words(rq, ERR_CONFLICT, arena_printf(rq->arena, "The job is %s.", db_text(r, 0, "state")));
}

static void audit(struct request *rq, const struct db_result *changed)
{
    bool in_brand = !db_is_null(changed, 0, db_column(changed, "brand_id"));
    rq_audit(rq, &(struct audit_note){ .resource_type = "job",
                                       .resource_id = db_uuid(changed, 0, "id"),
                                       .brand_id = in_brand ? db_uuid(changed, 0, "brand_id") : (struct uuid){ { 0 } } });
}

static enum err handle_retry(struct request *rq)
{
    const struct db_result *r = rq_ask(rq, &sql_job_retry, NULL);
    if (r == NULL || db_rows(r) == 0) {
        return r == NULL ? rq->err : refuse(rq);
    }
    audit(rq, r);
    rq->wakes |= WAKE_JOBS;
    return show(rq);
}

static enum err handle_cancel(struct request *rq)
{
    const struct db_result *r = rq_ask(rq, &sql_job_cancel, NULL);
    if (r == NULL || db_rows(r) == 0) {
        return r == NULL ? rq->err : refuse(rq);
    }
    audit(rq, r);
    rq_query(rq, &sql_job_take_away, NULL);
    return show(rq);
}

/* ---- queues ---- */

static const struct db_result *ask_queues(struct request *rq)
{
    return rq_query(rq, &sql_queue_stats, RQ_ARGS({ "queues", { .is_set = true, .ss = job_queues() } }));
}

static const struct db_result *ask_kinds(struct request *rq)
{
    const char **names = arena_zalloc(rq->arena, 2 * JOB_COUNT * sizeof *names), **abouts = names + JOB_COUNT;
    for (int k = 0; k < JOB_COUNT; k++) {
        names[k] = job_about((enum job_kind)k)->name;
        abouts[k] = job_about((enum job_kind)k)->doc;
    }
    return rq_query(rq, &sql_job_kind_stats,
                    RQ_ARGS({ "kinds", { .is_set = true, .ss = { names, JOB_COUNT } } },
                            { "abouts", { .is_set = true, .ss = { abouts, JOB_COUNT } } }));
}

static enum err handle_stats(struct request *rq)
{
    struct job_stats *s = arena_zalloc(rq->arena, sizeof *s);
    s->queues = ask_queues(rq);
    s->kinds = ask_kinds(rq);
    enum err e = rq_run(rq);
    return e == ERR_NONE ? rq_reply_struct(rq, s) : e;
}

/* Pauses or resumes the queue that the address names, and shows it. */
static enum err set_queue(struct request *rq, const struct sql_query *change)
{
    const char *name = rq_path_word(rq, "queue");
    int row = job_queue_find(name);
    if (row < 0) {
        return rq_fail_words(rq, ERR_NOT_FOUND, "There is no such queue.");
    }
    rq_query(rq, change, NULL);
    rq_audit(
        rq, &(struct audit_note){ .resource_type = "job_queue", .after = arena_printf(rq->arena, "{\"queue\":\"%s\"}", name) });
    const struct db_result *r = ask_queues(rq);
    enum err e = rq_run(rq);
    return e == ERR_NONE ? rq_reply_row(rq, r, row) : e;
}

static enum err handle_pause(struct request *rq)
{
    return set_queue(rq, &sql_queue_pause);
}

static enum err handle_resume(struct request *rq)
{
    rq->wakes |= WAKE_JOBS;
    return set_queue(rq, &sql_queue_resume);
}

/* ---- rows ---- */

#define ONE_JOB                                                                                                                \
    .permission = PERM_PLATFORM_ADMIN, .scope = &job_scope, .output = &job_schema, .reply = REPLY_ONE, .flags = ROUTE_NO_STORE
#define ONE_QUEUE                                                                                                              \
    .method = HTTP_POST, .permission = PERM_PLATFORM_ADMIN, .output = &queue_schema, .reply = REPLY_ONE, .tx = TX_STEPS,       \
    .flags = ROUTE_NO_STORE

static const struct route rows[] = {
    { .method = HTTP_GET,
      .path = "/admin/jobs",
      .permission = PERM_PLATFORM_ADMIN,
      .output = &job_schema,
      .reply = REPLY_LIST,
      .tx = TX_READ,
      .queries = { &sql_job_list },
      .sort = "-id",
      .flags = ROUTE_NO_STORE,
      .summary = "Jobs that wait, run, failed or are done",
      .doc = "The newest first. Jobs that are done can be seen for as long as the setting `jobs_kept` says." },
    { .method = HTTP_GET,
      .path = "/admin/jobs/stats",
      .permission = PERM_PLATFORM_ADMIN,
      .output = &stats_schema,
      .reply = REPLY_ONE,
      .tx = TX_READ,
      .handler = handle_stats,
      .flags = ROUTE_NO_STORE,
      .summary = "Figures of the queues and kinds of jobs" },
    { .path = "/admin/jobs/queues/{queue}/pause",
      ONE_QUEUE,
      .handler = handle_pause,
      .event = "job_queue.paused",
      .summary = "Halt a queue",
      .doc = "What runs goes on; nothing else begins, on any host, until the queue is resumed." },
    { .path = "/admin/jobs/queues/{queue}/resume",
      ONE_QUEUE,
      .handler = handle_resume,
      .event = "job_queue.resumed",
      .summary = "Let a queue go on" },
    { .method = HTTP_GET,
      .path = "/admin/jobs/{id}",
      ONE_JOB,
      .tx = TX_READ,
      .handler = show,
      .summary = "One job, with what it was given" },
    { .method = HTTP_POST,
      .path = "/admin/jobs/{id}/retry",
      ONE_JOB,
      .tx = TX_STEPS,
      .handler = handle_retry,
      .event = "job.retried",
      .summary = "Run a job now",
      .doc =
          "One that is parked gets all its attempts again; one that waits doesn't wait any longer. 409 `conflict` when it runs "
          "or is done." },
    { .method = HTTP_POST,
      .path = "/admin/jobs/{id}/cancel",
      ONE_JOB,
      .tx = TX_STEPS,
      .handler = handle_cancel,
      .event = "job.cancelled",
      .summary = "Cancel a job",
      .doc = "One that waits or is parked is cancelled at once. One that runs is told: it ends when it next looks, and nothing "
             "of it "
             "stays, or it is done before that. 409 `conflict` when it is done." },
};

const struct route_table jobs_routes = ROUTE_TABLE("jobs", rows);
