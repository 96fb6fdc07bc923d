/* tasks_jobs.c - what happens to tasks by themselves: completed ones are archived after as many days as their board says, and archived ones go
 * when their brand keeps them no longer. */
#include "api/job.h"
#include "api/retention.h"

#include "core/arena.h"
#include "domains/boards/boards.h"
#include "tasks_upkeep_sql.h"

enum {
    BATCH = 200,         /* tasks in one transaction */
    BRANDS_AT_ONCE = 24, /* in one transaction */
    ROUNDS = 500,        /* transactions of one attempt; then it makes room for others */
};

/* ---- archiving ---- */

/* Every brand is asked under its own wall whether it has something to do, and gets a job of its own if so: one that fails keeps no other up. */
static enum err auto_archive(struct request *rq)
{
    struct uuid after = { { 0 } };
    int seen = 0;
    for (;;) {
        const struct db_result *brands =
            rq_ask(rq, &sql_archive_brands, RQ_ARGS(ARG_UUID("after", after), ARG_INT("most", BRANDS_AT_ONCE)));
        if (brands == NULL || db_rows(brands) == 0) {
            return rq->err;
        }
        for (int i = 0; i < db_rows(brands); i++) {
            after = db_uuid(brands, i, "id");
            rq_query(rq, &sql_archive_brand, RQ_ARGS(ARG_UUID("of_brand_id", after)));
            rq_query(rq, &sql_archive_enqueue, RQ_ARGS(ARG_UUID("of_brand_id", after)));
        }
        seen += db_rows(brands);
        if (rq_run(rq) != ERR_NONE || job_commit(rq) != ERR_NONE ||
            job_progress(rq, 0, arena_printf(rq->arena, "%d brands", seen)) != ERR_NONE) {
            return rq->err;
        }
    }
}

/* One batch of a board, committed. -1 when the error is in rq->err. */
static int archive_batch(struct request *rq, struct uuid board, int64_t days)
{
    board_lock(rq, board);
    const struct db_result *r =
        rq_ask(rq, &sql_archive_tasks, RQ_ARGS(ARG_UUID("board_id", board), ARG_INT("days", days), ARG_INT("batch", BATCH)));
    return r != NULL && job_commit(rq) == ERR_NONE ? (int)db_int(r, 0, "done") : -1;
}

static enum err auto_archive_brand(struct request *rq)
{
    int total = 0, rounds = 0;
    const struct db_result *boards = rq_ask(rq, &sql_archive_boards, NULL);
    for (int i = 0; boards != NULL && i < db_rows(boards); i++) {
        for (int done = BATCH; done == BATCH;) {
            if (++rounds > ROUNDS) {
                return job_later(rq, 1, "There is more to put away.");
            }
            done = archive_batch(rq, db_uuid(boards, i, "id"), db_int(boards, i, "days"));
            total += done;
            if (done < 0 ||
                job_progress(rq, i * 100 / db_rows(boards), arena_printf(rq->arena, "%d tasks", total)) != ERR_NONE) {
                return rq->err;
            }
        }
    }
    return rq->err;
}

static const struct job_row rows[] = {
    { .kind = JOB_AUTO_ARCHIVE, .run = auto_archive },
    { .kind = JOB_AUTO_ARCHIVE_BRAND, .run = auto_archive_brand },
};

const struct job_table tasks_jobs = JOB_TABLE("tasks", rows);

/* ---- what is kept no longer ---- */

/* Of one board at a time, under its lock, as everything that removes tasks. */
static enum err sweep_tasks(struct request *rq, int64_t before, int batch, int *ret_done)
{
    int done = 0;
    const struct db_result *boards = rq_ask(rq, &sql_retire_boards, RQ_ARGS(ARG_INT("before", before)));
    for (int i = 0; boards != NULL && i < db_rows(boards) && done < batch; i++) {
        struct uuid board = db_uuid(boards, i, "id");
        board_lock(rq, board);
        const struct db_result *r =
            rq_ask(rq, &sql_retire_tasks,
                   RQ_ARGS(ARG_UUID("board_id", board), ARG_INT("before", before), ARG_INT("batch", batch - done)));
        done += r != NULL ? (int)db_int(r, 0, "done") : 0;
    }
    *ret_done = done;
    return rq->err;
}

static const struct retention_row kept[] = {
    { .what = "tasks", .sweep = sweep_tasks },
};

const struct retention_table tasks_retention = RETENTION_TABLE(kept);
