/* retention_jobs.c - removes what brands keep no longer. Domains say what that is (api/retention.h): each adds its table here. The log of events
 * and the audit log have times of their own (settings events_kept and audit_kept). */
#include "api/retention.h"

#include "api/job.h"
#include "core/arena.h"
#include "core/clock.h"
#include "retention_sql.h"

enum {
    TABLES = 4,                  /* of domains that keep something for as long as a brand says */
    BATCH = 500,                 /* rows in one transaction */
    PATIENCE = 60 * 1000 * 1000, /* µs of one attempt; then it makes room for others */
};

extern const struct retention_table activity_retention;
extern const struct retention_table notifications_retention;
extern const struct retention_table tasks_retention;

static const struct retention_row kept[] = {
    { .what = "invitations", .query = &sql_invitation_retire },
    { .what = "delegations", .query = &sql_delegation_retire },
};
static const struct retention_table brands_retention = RETENTION_TABLE(kept);

static const struct retention_table *const tables[TABLES] = { &tasks_retention, &activity_retention, &notifications_retention,
                                                              &brands_retention };

static enum err retention(struct request *rq)
{
    return rq_ask(rq, &sql_retention_enqueue, NULL) != NULL ? ERR_NONE : rq->err;
}

/* ---- one brand ---- */

struct retention_input {
    struct input in;
    const char *removed;
};

static const struct field retention_fields[] = {
    FIELD(struct retention_input, removed, SCHEMA_OBJECT, .doc = "What it has removed so far, by kind"),
};
static const struct schema retention_schema = SCHEMA("JobRetentionBrand", retention_fields, sizeof(struct retention_input));

/* One attempt. */
struct run {
    int64_t before; /* younger data stays; µs since 1970 */
    int64_t until;  /* clock_monotonic */
    int64_t total;
};

/* One batch and its count, committed together. */
static enum err sweep_batch(struct request *rq, struct run *run, const struct retention_row *row, int *ret_done)
{
    *ret_done = 0;
    if (row->sweep != NULL) {
        row->sweep(rq, run->before, BATCH, ret_done);
    } else {
        const struct db_result *r = rq_ask(rq, row->query, RQ_ARGS(ARG_INT("before", run->before), ARG_INT("batch", BATCH)));
        *ret_done = r != NULL ? (int)db_int(r, 0, "done") : 0;
    }
    if (rq->err != ERR_NONE || *ret_done == 0) {
        return rq->err;
    }
    run->total += *ret_done;
    rq_query(rq, &sql_retention_note,
             RQ_ARGS(ARG_UUID("job_id", rq->job->id), ARG_INT("claim", rq->job->claim), ARG_TEXT("what", row->what),
                     ARG_INT("done", *ret_done)));
    return rq_run(rq) == ERR_NONE ? job_commit(rq) : rq->err;
}

static enum err sweep_row(struct request *rq, struct run *run, const struct retention_row *row)
{
    for (int done = BATCH; done == BATCH;) {
        if (clock_monotonic() > run->until) {
            return job_later(rq, 1, "There is more to remove.");
        }
        if (sweep_batch(rq, run, row, &done) != ERR_NONE ||
            job_progress(rq, 0, arena_printf(rq->arena, "%lld removed", (long long)run->total)) != ERR_NONE) {
            return rq->err;
        }
    }
    return ERR_NONE;
}

static enum err retention_brand(struct request *rq)
{
    const struct db_result *limit = rq_ask(rq, &sql_retention_limit, NULL);
    if (limit == NULL || db_rows(limit) == 0) {
        return rq->err;
    }
    struct run run = { .before = db_int(limit, 0, "before"), .until = clock_monotonic() + PATIENCE };
    for (int t = 0; t < TABLES; t++) {
        for (int i = 0; i < tables[t]->count; i++) {
            if (sweep_row(rq, &run, &tables[t]->rows[i]) != ERR_NONE) {
                return rq->err;
            }
        }
    }
    rq_query(
        rq, &sql_retention_told,
        RQ_ARGS(ARG_UUID("job_id", rq->job->id), ARG_INT("days", db_int(limit, 0, "days")), ARG_INT("before", run.before)));
    return rq_run(rq);
}

static const struct job_row rows[] = {
    { .kind = JOB_RETENTION, .run = retention },
    { .kind = JOB_RETENTION_BRAND, .input = &retention_schema, .run = retention_brand, .event = "brand.retention_applied" },
};

const struct job_table retention_jobs = JOB_TABLE("brands", rows);
