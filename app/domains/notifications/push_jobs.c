/* push_jobs.c - one message to one browser. */
#include "api/job.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/str.h"
#include "domains/mail/mail.h"
#include "domains/notifications/notifications.h"
#include "platform/push_service.h"
#include "push_sql.h"
#include <string.h>

enum { FAILURES = 20, TEST_LIFE = 300, LONGEST_LIFE = 7 * 86400 };

struct send_input {
    struct input in;
    struct uuid subscription_id, notification_id;
};

static const struct field send_fields[] = {
    FIELD(struct send_input, subscription_id, SCHEMA_UUID, .flags = FIELD_REQUIRED, .doc = "The browser"),
    FIELD(struct send_input, notification_id, SCHEMA_UUID, .doc = "What it is told; without, that it works"),
};
static const struct schema send_schema = SCHEMA("JobPushSend", send_fields, sizeof(struct send_input));

/* What the browser is to show. The tag is the same for what is about the same: there the newer takes the older's place. */
struct words {
    const char *title, *body, *url, *tag;
};

static const char *as_json(struct request *rq, const struct words *w)
{
    struct buf b = { 0 };
    buf_str(&b, "{\"title\":");
    buf_json_str(&b, w->title);
    buf_str(&b, ",\"body\":");
    buf_json_str(&b, w->body);
    buf_str(&b, ",\"url\":");
    buf_json_str(&b, w->url);
    buf_str(&b, ",\"tag\":");
    buf_json_str(&b, w->tag);
    buf_char(&b, '}');
    const char *text = arena_strdup(rq->arena, b.data);
    buf_free(&b);
    return text;
}

static void test_message(struct request *rq, const char *language, struct push_message *ret)
{
    static const struct words en = { "It works", "Notifications reach you in this browser.", "/", "test" };
    static const struct words de = { "Es klappt", "Benachrichtigungen kommen in diesem Browser an.", "/", "test" };
    ret->text = as_json(rq, str_eq(mail_language(language), "de") ? &de : &en);
    ret->topic = "test";
    ret->urgency = "high";
    ret->life = TEST_LIFE;
}

/* False when there is nothing to tell any more, or with an error recorded. */
static bool notification_message(struct request *rq, struct push_message *ret)
{
    const struct db_result *r = rq_ask(rq, &sql_push_notification, NULL);
    if (r == NULL || db_rows(r) == 0) {
        return false;
    }
    enum notification_type type = notification_parse(db_text(r, 0, "type"));
    const struct words w = { .title = db_text(r, 0, "title"),
                             .body = db_text(r, 0, "message"),
                             .url = arena_printf(rq->arena, "/%s",
                                                 notification_page(rq->arena, db_text(r, 0, "url"), rq->brand_id)),
                             .tag = db_text(r, 0, "subject") };
    ret->text = as_json(rq, &w);
    ret->topic = w.tag;
    ret->urgency = type != NOTIFICATION_COUNT && notification_about(type)->urgent ? "high" : "normal";
    ret->life = db_int(r, 0, "life") < LONGEST_LIFE ? db_int(r, 0, "life") : LONGEST_LIFE;
    return true;
}

/* Its service wants to be left alone; who tries whether it works doesn't want to know by then. */
static enum err pause_for(struct request *rq, const struct send_input *in, int64_t seconds)
{
    return uuid_is_nil(&in->notification_id) ? ERR_NONE : job_later(rq, (double)seconds, "Its push service asked for a pause.");
}

/* What became of it is kept in a transaction of its own: it happened, whatever becomes of the job. */
static enum err settle(struct request *rq, const struct send_input *in, const char *endpoint, const struct push_result *became)
{
    const struct rq_arg id = ARG_UUID("subscription_id", in->subscription_id);
    switch (became->verdict) {
    case PUSH_TAKEN:
        rq_query(rq, &sql_push_taken, RQ_ARGS(id));
        return rq_run(rq);
    case PUSH_GONE:
        rq_query(rq, &sql_push_gone, RQ_ARGS(id, ARG_TEXT("endpoint", endpoint)));
        return rq_run(rq);
    case PUSH_LATER:
        rq_query(rq, &sql_push_wait, RQ_ARGS(id, ARG_INT("seconds", became->wait)));
        return job_commit(rq) == ERR_NONE ? pause_for(rq, in, became->wait) : rq->err;
    case PUSH_REFUSED:
    case PUSH_FAILED:
        break;
    }
    rq_query(rq, &sql_push_failed, RQ_ARGS(id, ARG_TEXT("words", became->words), ARG_INT("most", FAILURES)));
    if (job_commit(rq) != ERR_NONE) {
        return rq->err;
    }
    /* A browser that can't be reached is its person's matter, not one for who runs the installation: no such job is parked. */
    bool again = became->verdict == PUSH_FAILED && rq->job->attempt < rq->job->max_attempts;
    return again ? rq_fail_words(rq, ERR_UNAVAILABLE, arena_strdup(rq->arena, became->words)) : ERR_NONE;
}

static void read_hex(const char *text, uint8_t *ret, size_t size)
{
    str_hex_decode(text, strlen(text), ret, size);
}

static enum err push(struct request *rq)
{
    const struct send_input *in = rq->input;
    bool test = uuid_is_nil(&in->notification_id);
    struct push_result became;
    const struct db_result *r = rq_ask(rq, &sql_push_target, NULL);
    if (r == NULL || db_rows(r) == 0) {
        return rq->err;
    }
    if (db_int(r, 0, "wait") > 0) {
        return pause_for(rq, in, db_int(r, 0, "wait"));
    }
    struct push_message m = { .endpoint = db_text(r, 0, "endpoint"), .kid = db_text(r, 0, "key_id") };
    read_hex(db_text(r, 0, "p256dh"), m.reader.key, sizeof m.reader.key);
    read_hex(db_text(r, 0, "auth_secret"), m.reader.secret, sizeof m.reader.secret);
    if (test) {
        test_message(rq, db_text(r, 0, "language"), &m);
    } else if (!notification_message(rq, &m)) {
        return rq->err;
    }
    m.size = strlen(m.text);
    /* No transaction stays open while a server outside takes its time. */
    if (job_commit(rq) != ERR_NONE) {
        return rq->err;
    }
    push_send(&m, rq->now / 1000000, &became);
    return settle(rq, in, m.endpoint, &became);
}

static const struct job_row rows[] = {
    { .kind = JOB_PUSH_SEND, .input = &send_schema, .run = push },
};

const struct job_table push_jobs = JOB_TABLE("notifications", rows);
