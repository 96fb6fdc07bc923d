/* notifications_jobs.c - sending what is due, one by one or gathered, and looking for what to remind of. */
#include "api/job.h"
#include "core/arena.h"
#include "core/str.h"
#include "decisions_sql.h"
#include "deliveries_sql.h"
#include "domains/mail/mail.h"
#include "domains/notifications/notifications_internal.h"
#include "domains/notifications/unsubscribe.h"
#include "domains/notifications/ways.h"

enum { DAY = 86400 };
enum { DIGEST_MOST = 100 }; /* notifications in one mail */

/* How long before its due date people are reminded of a task, and how late they are told that it is overdue. */
enum { REMINDER_LEAD = DAY, REMINDER_LATE = 7 * DAY };

/* As many as karara.reminders_enqueue makes in one call, or a few more, while there may be more to make. */
enum { REMINDERS_AT_ONCE = 5000 };

static const struct notification_way *const ways[] = { &way_email, &way_push, &way_sms, NULL };

static const struct notification_way *way_of(const char *name)
{
    for (int i = 0; ways[i] != NULL; i++) {
        if (str_eq(notification_way_name(ways[i]->way), name)) {
            return ways[i];
        }
    }
    return NULL;
}

/* ---- what still goes out ---- */

/* Types that say that a task is for somebody: no longer true when it was given to somebody else meanwhile. */
static bool is_for_assignees(enum notification_type type)
{
    return type == NOTIFICATION_TASK_ASSIGNED || type == NOTIFICATION_TASK_TEMPLATE_SPAWNED ||
           type == NOTIFICATION_TASK_DUE_SOON || type == NOTIFICATION_TASK_OVERDUE;
}

/* Why a delivery doesn't go out any more; NULL when it does. */
static const char *objection(struct arena *a, const struct db_result *r, int row, const struct notification_person *p)
{
    enum notification_type type = notification_parse(db_text(r, row, "type"));
    enum notification_way_id way = notification_way_parse(db_text(r, row, "way"));
    const char *kind = db_text(r, row, "subject_type");
    const struct notification_subject subject = { .type = kind,
                                                  .team_id = db_uuid(r, row, "team_id"),
                                                  .assignees = db_uuids(a, r, row, "assignee_ids") };
    bool gone = (str_eq(kind, "task") && !db_bool(r, row, "task_there")) ||
                (str_eq(kind, "task_template") && !db_bool(r, row, "template_there"));
    return type == NOTIFICATION_COUNT           ? "of a kind that there no longer is"
           : db_bool(r, row, "is_read")         ? "read before"
           : db_bool(r, row, "expired")         ? "expired"
           : gone                               ? "what it is about is gone"
           : db_bool(r, row, "settled")         ? "done, or due at another time"
           : db_bool(r, row, "muted")           ? "muted"
           : p->lacks_two_factor                ? "lacks the second factor that the brand asks for"
           : !notification_may_see(p, &subject) ? "may not see what it is about"
           : is_for_assignees(type) && !uuid_among(&subject.assignees, &p->id) ? "no longer assigned to them"
           : (notification_ways_of(p, type) & 1U << way) == 0                  ? "not wanted this way"
                                                                               : NULL;
}

static void read_message(struct request *rq, const struct db_result *r, int row, const struct notification_person *p,
                         struct notification_message *ret)
{
    char id[UUID_TEXT_SIZE];
    const char *home = mail_home(rq->arena, db_text(r, row, "home_domain"));
    enum notification_type type = notification_parse(db_text(r, row, "type"));
    enum notification_reason reason = notification_reason_parse(db_text(r, row, "reason"));
    *ret = (struct notification_message){
        .id = db_uuid(r, row, "id"),
        .brand_id = rq->brand_id,
        .user_id = p->id,
        .type = type,
        .reason = reason,
        .language = p->language,
        .title = db_text(r, row, "title"),
        .message = db_text(r, row, "message"),
        .because = notification_because(type, reason, p->language),
        .path = db_text(r, row, "url"),
        .url = mail_link(rq->arena, home, notification_page(rq->arena, db_text(r, row, "url"), rq->brand_id), NULL),
        .subject_type = db_text(r, row, "subject_type"),
        .subject_id = db_uuid(r, row, "subject_id"),
        .data = db_text(r, row, "data"),
        .person_name = p->name,
        .email = p->email,
        .brand_name = p->brand_name,
        .brand_home = home,
        .actor_name = db_text(r, row, "actor_name"),
        .created_at = db_int(r, row, "created_at"),
        .expires_at = db_int(r, row, "expires_at")
    };
    uuid_format(&ret->id, id);
    ret->key = arena_printf(rq->arena, "%s:%s", id, db_text(r, row, "way"));
}

static enum err settle(struct request *rq, const struct uuid *ids, int count, const char *way, const char *status,
                       const char *words)
{
    if (count > 0) {
        rq_query(rq, &sql_notification_settle,
                 RQ_ARGS(ARG_UUIDS("notification_ids", ((struct uuid_list){ ids, count })), ARG_TEXT("way", way),
                         ARG_TEXT("status", status), ARG_TEXT("words", words)));
    }
    return rq->err;
}

/* ---- one by one ---- */

struct send_input {
    struct input in;
    struct uuid notification_id;
    const char *way;
};

static const struct field send_fields[] = {
    FIELD(struct send_input, notification_id, SCHEMA_UUID, .flags = FIELD_REQUIRED, .doc = "The notification"),
    FIELD(struct send_input, way, SCHEMA_ENUM, .flags = FIELD_REQUIRED, .values = notification_way_names, .doc = "Which way"),
};
static const struct schema send_schema = SCHEMA("JobNotificationSend", send_fields, sizeof(struct send_input));

static enum err send(struct request *rq)
{
    static const char *const statuses[] = { "sent", "skipped", "failed" };
    const struct send_input *in = rq->input;
    const struct notification_way *way = way_of(in->way);
    const struct db_result *r = rq_ask(rq, &sql_notification_due, NULL);
    if (r == NULL) {
        return rq->err;
    }
    if (db_rows(r) == 0) {
        return settle(rq, &in->notification_id, 1, in->way, "skipped", "no longer here");
    }
    struct notification_person p;
    struct notification_message m;
    struct notification_outcome o = { .status = NOTIFICATION_SENT };
    notification_person_read(rq->arena, r, 0, &p);
    const char *words = way == NULL ? "there is no such way" : objection(rq->arena, r, 0, &p);
    if (words != NULL) {
        return settle(rq, &in->notification_id, 1, in->way, "skipped", words);
    }
    int64_t now = db_int(r, 0, "now"), until = notification_quiet_end(&p.wants, p.zone, now);
    if (until > now) { /* it was late, or they have changed their hours */
        return job_later(rq, (double)(until - now) / 1000000, "Quiet hours");
    }
    read_message(rq, r, 0, &p, &m);
    enum err e = way->send(rq, &m, &o);
    return e != ERR_NONE ? e : settle(rq, &in->notification_id, 1, in->way, statuses[o.status], o.words);
}

/* ---- gathered ---- */

struct digest_input {
    struct input in;
    struct uuid user_id;
};

static const struct field digest_fields[] = {
    FIELD(struct digest_input, user_id, SCHEMA_UUID, .flags = FIELD_REQUIRED, .doc = "Whose"),
};
static const struct schema digest_schema = SCHEMA("JobNotificationDigest", digest_fields, sizeof(struct digest_input));

/* The notifications of a digest, as the template wants them. */
static const struct template_value *item_of(struct arena *a, const struct notification_message *m)
{
    struct template_value *values = arena_zalloc(a, sizeof *values * 5);
    values[0] = (struct template_value)TEMPLATE_VALUE("title", m->title);
    values[1] = (struct template_value)TEMPLATE_VALUE("message", m->message);
    values[2] = (struct template_value)TEMPLATE_VALUE("address", m->url);
    values[3] = (struct template_value)TEMPLATE_VALUE("because", m->because);
    values[4] = (struct template_value)TEMPLATE_END;
    return values;
}

static enum err mail_digest(struct request *rq, const struct notification_message *first,
                            const struct template_value *const *items, int count)
{
    struct unsubscribe_link leave = unsubscribe_link(rq->arena, first->brand_home, first->user_id, UNSUBSCRIBE_DIGESTS);
    const char *subject = notification_digest_title(rq->arena, first->language, first->title, count);
    return mail_queue(
        rq, &(struct mail_note){ .template = "digest",
                                 .to_address = first->email,
                                 .to_name = first->person_name,
                                 .language = first->language,
                                 .user_id = first->user_id,
                                 .brand_id = first->brand_id,
                                 .unique_key = arena_printf(rq->arena, "digest:%s", first->key),
                                 .values = (const struct template_value[]){ TEMPLATE_VALUE("subject_line", subject),
                                                                            TEMPLATE_ITEMS("items", items),
                                                                            TEMPLATE_VALUE("leave", leave.page), TEMPLATE_END },
                                 .headers = leave.headers });
}

/* One mail of what still goes out of these, if anything does; what doesn't is skipped, each for its reason. */
static enum err digest_of(struct request *rq, const struct db_result *r)
{
    int n = db_rows(r), sent = 0;
    struct notification_person p;
    struct notification_message *messages = arena_alloc(rq->arena, sizeof *messages * (size_t)n);
    const struct template_value **items = arena_zalloc(rq->arena, sizeof(void *) * ((size_t)n + 1));
    struct uuid *ids = arena_alloc(rq->arena, sizeof *ids * (size_t)n);
    notification_person_read(rq->arena, r, 0, &p);
    for (int i = 0; i < n; i++) {
        struct uuid id = db_uuid(r, i, "id");
        const char *words = mail_address_fits(p.email) ? objection(rq->arena, r, i, &p) : "no address that can be sent to";
        if (words != NULL) {
            settle(rq, &id, 1, "email", "skipped", words);
            continue;
        }
        read_message(rq, r, i, &p, &messages[sent]);
        items[sent] = item_of(rq->arena, &messages[sent]);
        ids[sent++] = id;
    }
    settle(rq, ids, sent, "email", "sent", NULL);
    return sent > 0 ? mail_digest(rq, &messages[0], items, sent) : rq->err;
}

/* As many mails as it takes, each committed by itself: what is left behind would wait until something else is gathered. */
static enum err digest(struct request *rq)
{
    const struct digest_input *in = rq->input;
    for (;;) {
        const struct rq_arg *args =
            RQ_ARGS(ARG_UUID("person_id", in->user_id), ARG_BOOL("shared", false), ARG_INT("most", DIGEST_MOST));
        rq_query(rq, &sql_notification_digest_lock, args);
        const struct db_result *r = rq_ask(rq, &sql_notification_gathered, args);
        if (r == NULL || db_rows(r) == 0 || digest_of(rq, r) != ERR_NONE || db_rows(r) < DIGEST_MOST) {
            return rq->err;
        }
        if (rq_run(rq) != ERR_NONE || job_commit(rq) != ERR_NONE || job_progress(rq, 0, NULL) != ERR_NONE) {
            return rq->err;
        }
    }
}

/* ---- reminders ---- */

/* Some at a time, each in a transaction of its own. */
static enum err remind(struct request *rq)
{
    const struct db_result *r = NULL;
    do {
        r = rq_ask(
            rq, &sql_reminders_enqueue,
            RQ_ARGS({ "lead", { .is_set = true, .d = REMINDER_LEAD } }, { "late", { .is_set = true, .d = REMINDER_LATE } }));
        if (r == NULL || job_commit(rq) != ERR_NONE) {
            return rq->err;
        }
    } while (db_int(r, 0, "made") >= REMINDERS_AT_ONCE);
    return ERR_NONE;
}

static const struct job_row rows[] = {
    { .kind = JOB_NOTIFICATION_SEND, .input = &send_schema, .run = send },
    { .kind = JOB_NOTIFICATION_DIGEST, .input = &digest_schema, .run = digest },
    { .kind = JOB_REMINDERS, .run = remind },
};

const struct job_table notifications_jobs = JOB_TABLE("notifications", rows);
