/* templates_jobs.c - the tasks of a template's occurrences, in their order. */
#include "api/job.h"
#include "templates_sql.h"

struct spawn_input {
    struct input in;
    struct uuid owner_id;
    int64_t occurrence_at;
};

static const struct field spawn_fields[] = {
    FIELD(struct spawn_input, owner_id, SCHEMA_UUID, .flags = FIELD_REQUIRED, .doc = "The template"),
    FIELD(struct spawn_input, occurrence_at, SCHEMA_TIME, .flags = FIELD_REQUIRED, .doc = "Which occurrence"),
};
static const struct schema spawn_schema = SCHEMA("JobTaskTemplateSpawn", spawn_fields, sizeof(struct spawn_input));

enum { BATCH = 50 };

static const struct db_result *make(struct request *rq, struct uuid template_id, int64_t at)
{
    return rq_query(rq, &sql_template_spawn,
                    RQ_ARGS(ARG_UUID("id", template_id), ARG_INT("occurrence_at", at), ARG_BOOL("by_hand", false),
                            ARG_UUID("new_id", uuid_v7())));
}

/* Under the board's lock, the tasks of occurrences before this one that have none yet: whichever of their jobs comes first, tasks are made in the
 * order of the occurrences, and the other jobs find nothing to do. *ret_more: there may be further ones. */
static enum err make_earlier(struct request *rq, const struct spawn_input *in, bool *ret_more)
{
    const struct db_result *made = NULL;
    const struct rq_arg *args =
        RQ_ARGS(ARG_UUID("id", in->owner_id), ARG_INT("occurrence_at", in->occurrence_at), ARG_INT("batch", BATCH));
    rq_query(rq, &sql_template_board_lock, args);
    rq_query(rq, &sql_template_people_lock, args);
    if (rq_run(rq) != ERR_NONE) {
        return rq->err;
    }
    const struct db_result *waiting = rq_ask(rq, &sql_template_waiting, args);
    for (int i = 0; waiting != NULL && i < db_rows(waiting); i++) {
        made = make(rq, in->owner_id, db_int(waiting, i, "at"));
    }
    if (waiting == NULL || (made != NULL && rq_run(rq) != ERR_NONE)) {
        return rq->err;
    }
    *ret_more = db_rows(waiting) == BATCH && db_rows(made) > 0; /* not when the board is gone: then there are always as many */
    return ERR_NONE;
}

/* Once per occurrence: the unique index of tasks holds even if the job should come twice. */
static enum err spawn(struct request *rq)
{
    const struct spawn_input *in = rq->input;
    bool more = true;
    while (more) {
        if (make_earlier(rq, in, &more) != ERR_NONE || (more && job_commit(rq) != ERR_NONE)) {
            return rq->err;
        }
    }
    const struct db_result *made = make(rq, in->owner_id, in->occurrence_at);
    if (rq_run(rq) != ERR_NONE || db_rows(made) > 0) {
        return rq->err;
    }
    rq_ask(rq, &sql_template_stop, RQ_ARGS(ARG_UUID("id", in->owner_id)));
    return rq->err;
}

static const struct job_row rows[] = {
    { .kind = JOB_TASK_TEMPLATE_SPAWN, .input = &spawn_schema, .run = spawn, .event = "task.created" },
};

const struct job_table templates_jobs = JOB_TABLE("templates", rows);
