/* way_sms.c - notifications to a person's phone, as far as a day's costs allow: a job (sms_jobs.c) sends what was counted here. */
#include "core/arena.h"
#include "core/config.h"
#include "domains/notifications/ways.h"
#include "phone_sql.h"
#include "platform/phone.h"

static enum err skip(struct notification_outcome *ret, const char *words)
{
    *ret = (struct notification_outcome){ NOTIFICATION_SKIPPED, words };
    return ERR_NONE;
}

static enum err send(struct request *rq, const struct notification_message *m, struct notification_outcome *ret)
{
    char id[UUID_TEXT_SIZE];
    if (!phone_sms_available()) {
        return skip(ret, "there is no gateway for SMS");
    }
    const struct db_result *r =
        rq_ask(rq, &sql_sms_reserve,
               RQ_ARGS(ARG_UUID("message_id", m->id), ARG_UUID("person_id", m->user_id),
                       ARG_INT("person_day", config_int(CONF_SMS_PERSON_DAY)), ARG_INT("all_day", config_int(CONF_SMS_DAY))));
    if (r == NULL) {
        return rq->err;
    }
    if (!db_bool(r, 0, "reserved")) {
        return skip(ret, db_bool(r, 0, "has_number") ? "no more SMS within this day" : "no number");
    }
    uuid_format(&m->id, id);
    job_enqueue(rq, &(struct job_note){ .kind = JOB_SMS_SEND,
                                        .payload = arena_printf(rq->arena, "{\"message_id\":\"%s\"}", id),
                                        .unique_key = arena_printf(rq->arena, "sms:%s", id) });
    return ERR_NONE;
}

const struct notification_way way_sms = { WAY_SMS, send };
