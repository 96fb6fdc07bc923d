/* jobs_jobs.c - jobs about jobs: one that does nothing, and the upkeep of what expires. */
#include "api/job.h"

#include "core/config.h"
#include "housekeeping_sql.h"

static enum err noop(struct request *rq)
{
    (void)rq;
    return ERR_NONE;
}

/* Each in a transaction of its own, in batches, so that nothing is locked for long. */
static enum err housekeeping(struct request *rq)
{
    static const struct sql_query *const sweeps[] = {
        &sql_sweep_idempotency_keys, &sql_sweep_sessions, &sql_sweep_account_tokens,
        &sql_sweep_strangers,        &sql_sweep_job_keys, &sql_sweep_jobs_done,
    };
    enum { COUNT = sizeof sweeps / sizeof *sweeps };
    for (int i = 0; i < COUNT; i++) {
        const struct db_result *r = NULL;
        do {
            r = rq_ask(rq, sweeps[i], RQ_ARGS(ARG_INT("kept", config_int(CONF_JOBS_KEPT)), ARG_INT("batch", 5000)));
            if (r == NULL || job_commit(rq) != ERR_NONE || job_progress(rq, i * 100 / COUNT, sweeps[i]->name) != ERR_NONE) {
                return rq->err;
            }
        } while (db_affected(r) >= 5000);
    }
    return ERR_NONE;
}

static const struct job_row rows[] = {
    { .kind = JOB_NOOP, .run = noop },
    { .kind = JOB_HOUSEKEEPING, .run = housekeeping },
};

const struct job_table jobs_jobs = JOB_TABLE("jobs", rows);
