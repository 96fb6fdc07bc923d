/* mail_jobs.c - the job that sends a mail, and the one that looks for mails that nobody sends.
 *
 * A mail is taken in hand and that is committed before a word is said to the mail server, and what came of it is written the moment the server
 * has answered, whatever becomes of the job; only one session has a mail in hand at a time. So no mail is lost, and none is sent twice but in
 * these cases, in which nobody can know whether the server took it: the connection to the server is cut, or our process or host dies, between
 * the end of the mail's text and the server's 250; or the database can't be reached for half a minute after the 250. The mail is then sent
 * once more with the same Message-ID, by which most servers and readers show it once. */
#include "api/job.h"

#include "api/metrics.h"
#include "core/arena.h"
#include "core/log.h"
#include "domains/mail/mail.h"
#include "domains/mail/mail_delivery.h"
#include "mail_sql.h"

struct send_input {
    struct input in;
    struct uuid mail_id;
};

static const struct field send_fields[] = {
    FIELD(struct send_input, mail_id, SCHEMA_UUID, .flags = FIELD_REQUIRED, .doc = "The mail to send"),
};
static const struct schema send_schema = SCHEMA("JobMailSend", send_fields, sizeof(struct send_input));

enum { IN_HAND_PAUSE = 5, WORDS_MAX = 500 }; /* s, bytes */

static const struct smtp_header *headers_of(struct arena *a, const struct db_result *r)
{
    struct text_list names = db_texts(a, r, 0, "header_names"), values = db_texts(a, r, 0, "header_values");
    struct smtp_header *headers = arena_zalloc(a, sizeof *headers * (size_t)(names.n + 1));
    for (int i = 0; i < names.n; i++) {
        headers[i] = (struct smtp_header){ names.v[i], values.v[i] };
    }
    return headers;
}

static enum smtp_outcome hand_over(struct arena *a, const struct uuid *id, const struct db_result *r, char *words, size_t size)
{
    const struct mail_letter letter = { .id = id,
                                        .from_name = db_text(r, 0, "from_name"),
                                        .to_address = db_text(r, 0, "to_address"),
                                        .to_name = db_text(r, 0, "to_name"),
                                        .subject = db_text(r, 0, "subject"),
                                        .text = db_text(r, 0, "text_body"),
                                        .html = db_text(r, 0, "html_body"),
                                        .date = db_int(r, 0, "written_at"),
                                        .headers = headers_of(a, r) };
    return mail_deliver(a, &letter, words, size);
}

/* The log names the mail and not its recipient, but for what the server says of them. */
static void tell(const struct uuid *id, const char *status, enum smtp_outcome outcome, const char *words)
{
    char text[UUID_TEXT_SIZE];
    uuid_format(id, text);
    metrics_add(METRIC_MAILS, status[0] == 's' ? METRICS_SENT : status[0] == 'f' ? METRICS_FAILED : METRICS_PUT_OFF, 1);
    LOG(outcome == SMTP_SENT       ? LOG_INFO
        : outcome == SMTP_OPERATOR ? LOG_ERROR
                                   : LOG_WARN,
        "mail", LOG_STR("mail", text), LOG_STR("became", status), LOG_STR("message", words));
}

/* Writes what came of a try. A mail that failed for good is seen to; one that can be tried again fails its job, which runs again. */
static enum err settle(struct request *rq, const struct uuid *id, int64_t try, enum smtp_outcome outcome, const char *words)
{
    bool last = rq->job->attempt >= rq->job->max_attempts;
    const char *status = outcome == SMTP_SENT ? "sent" : outcome == SMTP_REFUSED || last ? "failed" : "queued";
    const struct db_result *r = job_record(
        rq, &sql_mail_settle,
        RQ_ARGS(ARG_UUID("mail_id", *id), ARG_INT("try", try), ARG_TEXT("status", status), ARG_TEXT("words", words)));
    tell(id, status, outcome, words);
    if (r == NULL) {
        return rq->err;
    }
    return status[0] == 'q' ? rq_fail_words(rq, ERR_UNAVAILABLE, arena_strdup(rq->arena, words)) : ERR_NONE;
}

/* Templates of what only those who are in the brand may know. */
static struct text_list inside(struct arena *a)
{
    int n = 0, all = 0;
    while (mail_templates[all].name != NULL) {
        all++;
    }
    const char **names = arena_alloc(a, sizeof *names * (size_t)(all + 1));
    for (int i = 0; i < all; i++) {
        if (mail_templates[i].inside) {
            names[n++] = mail_templates[i].name;
        }
    }
    return (struct text_list){ names, n };
}

static enum err mail_send(struct request *rq)
{
    const struct send_input *in = rq->input;
    const struct rq_arg *args = RQ_ARGS(ARG_UUID("mail_id", in->mail_id), ARG_INT("patience", mail_delivery_patience()),
                                        { "inside", { .is_set = true, .ss = inside(rq->arena) } });
    char words[WORDS_MAX] = "";
    if (!mail_delivery_on()) {
        return ERR_NONE; /* it waits for mail_sweep, and a mail server */
    }
    const struct db_result *r = rq_ask(rq, &sql_mail_begin, args);
    if (r != NULL && db_rows(r) == 0) {
        r = rq_ask(rq, &sql_mail_state, args);
        bool in_hand = r != NULL && db_rows(r) > 0 && db_bool(r, 0, "in_hand");
        return in_hand ? job_later(rq, IN_HAND_PAUSE, "Another process is sending it.") : rq->err;
    }
    if (r == NULL || job_commit(rq) != ERR_NONE) {
        return rq->err;
    }
    if (db_bool(r, 0, "left_brand")) { /* while it waited for the mail server */
        return settle(rq, &in->mail_id, db_int(r, 0, "attempts"), SMTP_REFUSED, "Its person is no longer in the brand.");
    }
    enum smtp_outcome outcome = hand_over(rq->arena, &in->mail_id, r, words, sizeof words);
    return settle(rq, &in->mail_id, db_int(r, 0, "attempts"), outcome, words);
}

/* ---- the sweep ---- */

enum { SWEEP_BATCH = 5000 };

static enum err tell_failed(struct request *rq, const struct sql_query *q)
{
    const struct db_result *r = rq_ask(rq, q, NULL);
    for (int i = 0; r != NULL && i < db_rows(r); i++) {
        struct uuid id = db_uuid(r, i, "id");
        tell(&id, "failed", SMTP_LATER, db_text(r, i, "last_error"));
    }
    return rq->err;
}

static enum err mail_sweep(struct request *rq)
{
    static const struct sql_query *const hopeless[] = { &sql_mail_sweep_parked, &sql_mail_sweep_cancelled,
                                                        &sql_mail_sweep_late };
    for (size_t i = 0; i < sizeof hopeless / sizeof(const struct sql_query *); i++) {
        if (tell_failed(rq, hopeless[i]) != ERR_NONE) {
            return rq->err;
        }
    }
    if (mail_delivery_on()) {
        rq_ask(rq, &sql_mail_sweep_jobless, RQ_ARGS(ARG_INT("batch", SWEEP_BATCH)));
    }
    return rq->err;
}

static const struct job_row rows[] = {
    { .kind = JOB_MAIL_SEND, .input = &send_schema, .run = mail_send },
    { .kind = JOB_MAIL_SWEEP, .run = mail_sweep },
};

const struct job_table mail_jobs = JOB_TABLE("mail", rows);
