/* sms_jobs.c - one SMS. */
#include "api/job.h"
#include "core/arena.h"
#include "core/config.h"
#include "core/log.h"
#include "core/str.h"
#include "domains/mail/mail.h"
#include "domains/notifications/notifications.h"
#include "domains/notifications/phone_code.h"
#include "phone_sql.h"
#include "platform/sms.h"
#include <string.h>

struct send_input {
    struct input in;
    struct uuid message_id, person_id;
};

static const struct field send_fields[] = {
    FIELD(struct send_input, message_id, SCHEMA_UUID, .flags = FIELD_REQUIRED,
          .doc = "The notification, or what else the gateway knows a repetition by"),
    FIELD(struct send_input, person_id, SCHEMA_UUID, .doc = "Who waits for a code, if it is one"),
};
static const struct schema send_schema = SCHEMA("JobSmsSend", send_fields, sizeof(struct send_input));

/* The host of our address, without a port: browsers fill a code in there by themselves when the last line of its SMS says so. */
static const char *own_host(struct arena *a)
{
    const char *url = config_text(CONF_PUBLIC_URL), *host = strstr(url, "://");
    host = host != NULL ? host + 3 : url;
    return arena_strndup(a, host, strcspn(host, ":/"));
}

static const char *code_text(struct request *rq, const char *language, const char *code)
{
    bool german = str_eq(mail_language(language), "de");
    const char *words =
        german ? arena_printf(rq->arena,
                              "%s ist Ihr Code für Karara, zehn Minuten lang. Nicht angefordert? Dann ist nichts zu tun.", code)
               : arena_printf(rq->arena,
                              "%s is your code for Karara, for ten minutes. If you didn't ask for it, there is nothing to do.",
                              code);
    return arena_printf(rq->arena, "%s\n\n@%s #%s", words, own_host(rq->arena), code);
}

/* The message of a code; false when nobody waits for one any more, or with an error recorded. */
static bool code_message(struct request *rq, const struct send_input *in, struct sms_message *ret)
{
    const struct db_result *r = rq_ask(rq, &sql_sms_code_target, NULL);
    if (r == NULL || db_rows(r) == 0) {
        return false;
    }
    const char *code = phone_code_open(rq->arena, in->person_id, db_text(r, 0, "wanted"), db_text(r, 0, "code_sealed"));
    ret->to = db_text(r, 0, "wanted");
    ret->text = code != NULL ? code_text(rq, db_text(r, 0, "language"), code) : NULL;
    return code != NULL;
}

/* At most so many bytes of it, in whole characters; with an ellipsis if there were more. */
static const char *cut(struct arena *a, const char *text, size_t most)
{
    size_t n = strlen(text);
    if (n <= most) {
        return text;
    }
    for (n = most; n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80; n--) {
    }
    return arena_printf(a, "%.*s…", (int)n, text);
}

/* The message of a notification; false as above. SMS are paid by length: what isn't said is behind the link. */
static bool notification_message(struct request *rq, struct sms_message *ret)
{
    const struct db_result *r = rq_ask(rq, &sql_sms_notification_target, NULL);
    if (r == NULL || db_rows(r) == 0) {
        return false;
    }
    const char *title = cut(rq->arena, db_text(r, 0, "title"), 120), *more = cut(rq->arena, db_text(r, 0, "message"), 80);
    const char *home = mail_home(rq->arena, db_text(r, 0, "home_domain"));
    ret->to = db_text(r, 0, "phone");
    ret->text =
        arena_printf(rq->arena, "%s%s%s\n%s", title, *more != '\0' ? "\n" : "", more,
                     mail_link(rq->arena, home, notification_page(rq->arena, db_text(r, 0, "url"), rq->brand_id), NULL));
    return true;
}

/* A number that the gateway won't send to is its person's matter; a gateway that doesn't know us is one for who runs the installation, so
 * such a job is parked. */
static enum err settle(struct request *rq, const struct sms_result *became)
{
    const char *words = arena_strdup(rq->arena, became->words);
    switch (became->verdict) {
    case SMS_TAKEN:
        return ERR_NONE;
    case SMS_REFUSED:
        LOG(LOG_WARN, "sms_refused", LOG_STR("message", words));
        return ERR_NONE;
    case SMS_LATER:
        return job_later(rq, (double)became->wait, words);
    case SMS_UNSETTLED:
        return job_give_up(rq, words);
    case SMS_FAILED:
        break;
    }
    return rq_fail_words(rq, ERR_UNAVAILABLE, words);
}

static enum err send_sms(struct request *rq)
{
    const struct send_input *in = rq->input;
    struct sms_message message = { 0 };
    struct sms_result became;
    char id[UUID_TEXT_SIZE];
    uuid_format(&in->message_id, id);
    message.id = id;
    /* No transaction stays open while a server outside takes its time. */
    bool any = uuid_is_nil(&in->person_id) ? notification_message(rq, &message) : code_message(rq, in, &message);
    if (!any || job_commit(rq) != ERR_NONE) {
        return rq->err;
    }
    sms_send(&message, &became);
    return settle(rq, &became);
}

static const struct job_row rows[] = {
    { .kind = JOB_SMS_SEND, .input = &send_schema, .run = send_sms },
};

const struct job_table sms_jobs = JOB_TABLE("notifications", rows);
