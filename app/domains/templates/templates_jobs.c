/* templates_jobs.c - the task of one occurrence of a template. */
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

/* Once per occurrence: the unique index of tasks holds even if the job should come twice. */
static enum err spawn(struct request *rq)
{
    const struct spawn_input *in = rq->input;
    const struct rq_arg *id = RQ_ARGS(ARG_UUID("id", in->owner_id));
    rq_query(rq, &sql_template_board_lock, id);
    rq_query(rq, &sql_template_people_lock, id);
    const struct db_result *made =
        rq_ask(rq, &sql_template_spawn,
               RQ_ARGS(ARG_UUID("id", in->owner_id), ARG_INT("occurrence_at", in->occurrence_at), ARG_BOOL("by_hand", false)));
    if (made == NULL || db_rows(made) > 0) {
        return rq->err;
    }
    rq_ask(rq, &sql_template_stop, id);
    return rq->err;
}

static const struct job_row rows[] = {
    { .kind = JOB_TASK_TEMPLATE_SPAWN, .input = &spawn_schema, .run = spawn, .event = "task.created" },
};

const struct job_table templates_jobs = JOB_TABLE("templates", rows);
