/* jobs_jobs.c - jobs about jobs: one that does nothing, and the upkeep of what expires. */
#include "api/job.h"

#include "core/config.h"
#include "domains/audit/audit.h"
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
        &sql_sweep_idempotency_keys, &sql_sweep_sessions,    &sql_sweep_account_tokens, &sql_sweep_invitations,
        &sql_sweep_strangers,        &sql_sweep_job_keys,    &sql_sweep_jobs_done,      &sql_sweep_sms_sent,
        &sql_sweep_notifications,    &sql_sweep_mail_bodies, &sql_sweep_mails,
    };
    const struct rq_arg *args =
        RQ_ARGS(ARG_INT("kept", config_int(CONF_JOBS_KEPT)), ARG_INT("batch", 5000),
                ARG_INT("bodies_kept", config_int(CONF_MAIL_BODIES_KEPT)), ARG_INT("mails_kept", config_int(CONF_MAIL_KEPT)));
    enum { COUNT = sizeof sweeps / sizeof(const struct sql_query *) };
    for (int i = 0; i < COUNT; i++) {
        const struct db_result *r = NULL;
        do {
            r = rq_ask(rq, sweeps[i], args);
            if (r == NULL || job_commit(rq) != ERR_NONE || job_progress(rq, i * 100 / COUNT, sweeps[i]->name) != ERR_NONE) {
                return rq->err;
            }
        } while (db_affected(r) >= 5000);
    }
    return ERR_NONE;
}

enum { MONTHS_AHEAD = 12 };

static enum err partitions(struct request *rq)
{
    int64_t dropped = 0;
    const struct rq_arg *args =
        RQ_ARGS(ARG_INT("months_ahead", MONTHS_AHEAD), ARG_INT("keep_days", config_int(CONF_EVENTS_KEPT)));
    if (rq_ask(rq, &sql_partitions_upkeep, args) == NULL) {
        return rq->err;
    }
    bool retired = audit_retire(rq->db, rq->arena, config_int(CONF_AUDIT_KEPT), &dropped) == DB_OK;
    return retired ? ERR_NONE : rq_fail(rq, ERR_INTERNAL_ERROR); /* with the database's words, see failure_words */
}

static const struct job_row rows[] = {
    { .kind = JOB_NOOP, .run = noop },
    { .kind = JOB_HOUSEKEEPING, .run = housekeeping },
    { .kind = JOB_PARTITIONS, .run = partitions },
};

const struct job_table jobs_jobs = JOB_TABLE("jobs", rows);
