/* brands_jobs.c - what happens to brands by itself: the ends of memberships, delegations and invitations are written down, and
 * brands go whose deletion is due. */
#include "api/job.h"

#include "core/arena.h"
#include "ends_sql.h"

enum { BATCH = 200, PARTS = 3 };

/* One brand in each transaction, a part of it when much ends at once; those that others hold come the next time. What is written down isn't
 * found again, so a run that was cut off is simply taken up by the next. */
static enum err ends(struct request *rq)
{
    int64_t done = 0;
    for (;;) {
        const struct db_result *brand = rq_ask(rq, &sql_ends_brand, RQ_ARGS(ARG_INT("batch", BATCH)));
        if (brand == NULL || db_rows(brand) == 0) {
            return rq->err;
        }
        const struct rq_arg *args = RQ_ARGS(ARG_UUID("of_brand_id", db_uuid(brand, 0, "id")), ARG_INT("batch", BATCH));
        const struct db_result *parts[PARTS] = { rq_query(rq, &sql_ends_memberships, args),
                                                 rq_query(rq, &sql_ends_delegations, args),
                                                 rq_query(rq, &sql_ends_invitations, args) };
        if (rq_run(rq) != ERR_NONE || job_commit(rq) != ERR_NONE) {
            return rq->err;
        }
        for (int i = 0; i < PARTS; i++) {
            done += db_int(parts[i], 0, "done");
        }
        if (job_progress(rq, 0, arena_printf(rq->arena, "%lld ends", (long long)done)) != ERR_NONE) {
            return rq->err;
        }
    }
}

/* One in each transaction, until there is none. */
static enum err removal(struct request *rq)
{
    for (int64_t done = 1;; done++) {
        const struct db_result *gone = rq_ask(rq, &sql_brand_removal, NULL);
        if (gone == NULL || db_rows(gone) == 0) {
            return rq->err;
        }
        if (job_commit(rq) != ERR_NONE ||
            job_progress(rq, 0, arena_printf(rq->arena, "%lld brands", (long long)done)) != ERR_NONE) {
            return rq->err;
        }
    }
}

static const struct job_row rows[] = {
    { .kind = JOB_ENDS, .run = ends },
    { .kind = JOB_BRAND_REMOVAL, .run = removal },
};

const struct job_table brands_jobs = JOB_TABLE("brands", rows);
