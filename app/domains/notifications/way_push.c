/* way_push.c - notifications to a person's browsers: each is a job of its own (push_jobs.c), so that none waits for another, or is told twice
 * because another failed. */
#include "core/arena.h"
#include "domains/notifications/ways.h"
#include "push_sql.h"

static void enqueue(struct request *rq, const struct notification_message *m, struct uuid subscription)
{
    char id[UUID_TEXT_SIZE], browser[UUID_TEXT_SIZE];
    uuid_format(&m->id, id);
    uuid_format(&subscription, browser);
    job_enqueue(rq, &(struct job_note){ .kind = JOB_PUSH_SEND,
                                        .payload = arena_printf(
                                            rq->arena, "{\"subscription_id\":\"%s\",\"notification_id\":\"%s\"}", browser, id),
                                        .unique_key = arena_printf(rq->arena, "push:%s:%s", id, browser) });
}

static enum err send(struct request *rq, const struct notification_message *m, struct notification_outcome *ret)
{
    const struct db_result *r = rq_ask(rq, &sql_push_browsers, RQ_ARGS(ARG_UUID("person_id", m->user_id)));
    if (r == NULL) {
        return rq->err;
    }
    if (db_rows(r) == 0) {
        *ret = (struct notification_outcome){ NOTIFICATION_SKIPPED, "told in no browser" };
        return ERR_NONE;
    }
    for (int i = 0; i < db_rows(r); i++) {
        enqueue(rq, m, db_uuid(r, i, "id"));
    }
    return ERR_NONE;
}

const struct notification_way way_push = { WAY_PUSH, send };
