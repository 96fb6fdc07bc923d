/* decide_jobs.c - who is told of an event, or reminded of a task. One decision for each person and event: what decides twice finds them told. */
#include "api/emit.h"
#include "api/job.h"
#include "core/arena.h"
#include "core/clock.h"
#include "core/str.h"
#include "decisions_sql.h"
#include "domains/mail/mail.h"
#include "domains/notifications/notifications_internal.h"
#include "platform/zone.h"
#include <string.h>

enum { DEPTH_MAX = 32 };

/* An event as the relay numbered it, or a reminder. */
struct decide_input {
    struct input in;
    int64_t event_id, sequence;
    const char *reminder;
    struct uuid task_id;
    int64_t due_at;
};

static const char *const reminders[] = { "task.due_soon", "task.overdue", NULL };

static const struct field decide_fields[] = {
    FIELD(struct decide_input, event_id, SCHEMA_INT, .min = 1, .max = INT64_MAX, .doc = "Id of the event"),
    FIELD(struct decide_input, sequence, SCHEMA_INT, .min = 1, .max = INT64_MAX, .doc = "Its number in the brand"),
    FIELD(struct decide_input, reminder, SCHEMA_ENUM, .values = reminders, .doc = "In place of an event: what of"),
    FIELD(struct decide_input, task_id, SCHEMA_UUID, .doc = "The task to remind of"),
    FIELD(struct decide_input, due_at, SCHEMA_TIME, .doc = "Its due date, as it was then"),
};
static const struct schema decide_schema = SCHEMA("JobNotificationsDecide", decide_fields, sizeof(struct decide_input));

/* What is told, but for whom: of that each has their own words. */
struct story {
    const char *event_id; /* what nobody is told of twice */
    const char *kind;
    bool has_actor;
    struct uuid actor_id;
    struct notification_subject subject;
    struct uuid board_id; /* a task's; else nil */
    struct notification_facts facts;
    int64_t due_at; /* µs; 0: none */
    const char *url, *data;
};

/* ---- telling ---- */

static const char *due_words(struct arena *a, const struct notification_person *p, int64_t due_at)
{
    return due_at != 0 ? notification_day(a, p->language, zone_local(p->zone, due_at / 1000000)) : NULL;
}

/* Queues one person's notification, if there is a way for it. */
static void queue_telling(struct request *rq, const struct story *s, const struct notification_candidate *c,
                          const struct notification_person *p, int64_t now)
{
    const struct notification_about *about = notification_about(c->type);
    unsigned ways = notification_ways_of(p, c->type);
    struct notification_facts facts = s->facts;
    struct notification_words words;
    if (ways == 0) {
        return;
    }
    facts.due = due_words(rq->arena, p, s->due_at);
    facts.role = facts.role != NULL ? facts.role : p->role;
    facts.brand = facts.brand != NULL ? facts.brand : p->brand_name;
    notification_words(rq->arena, c->type, p->language, &facts, &words);
    const char *plan = notification_plan(rq->arena, p, c->type, ways, now);
    if (notification_gathers(p, c->type, ways)) {
        rq_query(rq, &sql_notification_digest_lock, RQ_ARGS(ARG_UUID("person_id", p->id), ARG_BOOL("shared", true)));
    }
    const char *reason = notification_reason_name(c->reason);
    rq_query(rq, &sql_notification_add,
             RQ_ARGS(ARG_UUID("notification_id", uuid_v7()), ARG_UUID("person_id", p->id), ARG_TEXT("event_id", s->event_id),
                     ARG_TEXT("type", about->type), ARG_TEXT("reason", reason),
                     { "by_id", { .is_set = s->has_actor, .u = s->actor_id } }, ARG_TEXT("subject_type", s->subject.type),
                     ARG_UUID("subject_id", s->subject.id), ARG_TEXT("title", words.title), ARG_TEXT("message", words.message),
                     ARG_TEXT("url", s->url), ARG_TEXT("data", s->data), ARG_INT("days", about->days), ARG_TEXT("ways", plan)));
}

/* Tells those of the candidates who didn't do it, are here, may see what it is about, and want to hear of it. */
static enum err tell(struct request *rq, const struct story *s, const struct notification_candidate *candidates, int count)
{
    struct uuid *ids = arena_alloc(rq->arena, sizeof *ids * (size_t)(count + 1));
    int others = 0;
    for (int i = 0; i < count; i++) {
        if (!s->has_actor || !uuid_eq(&candidates[i].user_id, &s->actor_id)) {
            ids[others++] = candidates[i].user_id;
        }
    }
    if (others == 0) {
        return ERR_NONE;
    }
    const struct db_result *r =
        rq_ask(rq, &sql_notification_people,
               RQ_ARGS(ARG_UUIDS("people", ((struct uuid_list){ ids, others })), ARG_TEXT("event_id", s->event_id),
                       ARG_TEXT("subject_type", s->subject.type), ARG_UUID("subject_id", s->subject.id),
                       { "board_id", { .is_set = !uuid_is_nil(&s->board_id), .u = s->board_id } }));
    if (r != NULL && db_rows(r) > 0) {
        rq_query(rq, &sql_notification_turn, RQ_ARGS(ARG_UUIDS("people", ((struct uuid_list){ ids, others }))));
    }
    for (int i = 0; r != NULL && i < db_rows(r); i++) {
        struct notification_person p;
        notification_person_read(rq->arena, r, i, &p);
        for (int k = 0; k < count && notification_may_see(&p, &s->subject); k++) {
            if (uuid_eq(&candidates[k].user_id, &p.id)) {
                queue_telling(rq, s, &candidates[k], &p, db_int(r, i, "now"));
            }
        }
    }
    return r != NULL ? rq_run(rq) : rq->err;
}

/* ---- tasks ---- */

/* The ids in an array of texts, what isn't one left out. */
static struct uuid_list ids_of(struct arena *a, const json_t *array)
{
    size_t n = json_array_size(array);
    struct uuid *ids = arena_alloc(a, sizeof *ids * (n + 1));
    int count = 0;
    for (size_t i = 0; i < n; i++) {
        const char *text = json_string_value(json_array_get(array, i));
        count += text != NULL && uuid_parse(text, &ids[count]);
    }
    return (struct uuid_list){ ids, count };
}

static json_t *object_of(struct request *rq, const struct db_result *r, const char *column)
{
    const char *problem = NULL, *text = db_text(r, 0, column);
    return text != NULL ? schema_parse(rq->arena, text, strlen(text), DEPTH_MAX, &problem) : NULL;
}

static void read_news(struct request *rq, const struct db_result *event, struct task_news *ret)
{
    const json_t *payload = object_of(rq, event, "payload"), *changes = object_of(rq, event, "changes");
    const json_t *people = json_object_get(changes, "assignee_ids");
    ret->created = str_eq(db_text(event, 0, "kind"), "task.created");
    ret->by_template = ret->created && json_is_string(json_object_get(payload, "template_id"));
    ret->added = ids_of(rq->arena, ret->created ? json_object_get(payload, "assignee_ids") : json_object_get(people, "added"));
    ret->removed = ids_of(rq->arena, json_object_get(people, "removed"));
    ret->status = json_string_value(json_object_get(json_object_get(changes, "status"), "to"));
    ret->date_or_priority = json_object_get(changes, "due_at") != NULL || json_object_get(changes, "priority") != NULL;
}

static const char *task_data(struct arena *a, const struct db_result *task, const char *changes)
{
    struct buf b = { 0 };
    char id[UUID_TEXT_SIZE], at[CLOCK_TEXT_SIZE];
    const struct uuid board = db_uuid(task, 0, "board_id");
    int64_t due = db_int(task, 0, "due_at");
    uuid_format(&board, id);
    clock_format(due, at);
    buf_char(&b, '{');
    emit_str(&b, "reference", db_text(task, 0, "reference"));
    emit_str(&b, "task_title", db_text(task, 0, "title"));
    emit_str(&b, "board_id", id);
    emit_str(&b, "status", db_text(task, 0, "status"));
    emit_str(&b, "priority", db_text(task, 0, "priority"));
    emit_str(&b, "due_at", due != 0 ? at : NULL);
    if (changes != NULL) {
        emit_json(&b, "changes", changes);
    }
    buf_char(&b, '}');
    const char *json = arena_strndup(a, b.data, b.len);
    buf_free(&b);
    return json;
}

/* What there is to say of the task, and of whom it is the matter. */
static void read_task(struct request *rq, const struct db_result *task, const char *changes, struct story *s,
                      struct task_news *news)
{
    char board[UUID_TEXT_SIZE];
    s->board_id = db_uuid(task, 0, "board_id");
    uuid_format(&s->board_id, board);
    s->subject = (struct notification_subject){ .type = "task",
                                                .id = db_uuid(task, 0, "id"),
                                                .team_id = db_uuid(task, 0, "team_id"),
                                                .assignees = db_uuids(rq->arena, task, 0, "assignee_ids") };
    s->facts.reference = db_text(task, 0, "reference");
    s->facts.title = db_text(task, 0, "title");
    s->facts.status = db_text(task, 0, "status");
    s->due_at = db_int(task, 0, "due_at");
    s->url = arena_printf(rq->arena, "/b/%s/t/%s", board, s->facts.reference);
    s->data = task_data(rq->arena, task, changes);
    news->assignees = s->subject.assignees;
    news->created_by = db_uuid(task, 0, "created_by");
}

static enum err decide_task(struct request *rq, const struct db_result *event, struct story *s)
{
    struct task_news news = { .has_actor = s->has_actor, .actor_id = s->actor_id };
    read_news(rq, event, &news);
    const struct db_result *task =
        rq_ask(rq, &sql_notification_task, RQ_ARGS(ARG_UUID("task_id", db_uuid(event, 0, "subject_id"))));
    if (task == NULL || db_rows(task) == 0) {
        return rq->err;
    }
    read_task(rq, task, db_text(event, 0, "changes"), s, &news);
    s->facts.status = news.status != NULL ? news.status : s->facts.status;
    size_t most = (size_t)news.added.n + (size_t)news.removed.n + (size_t)news.assignees.n + 1;
    struct notification_candidate *out = arena_alloc(rq->arena, sizeof *out * most);
    return tell(rq, s, out, notification_candidates(&news, out));
}

static enum err decide_reminder(struct request *rq)
{
    const struct decide_input *in = rq->input;
    const struct db_result *task = rq_ask(rq, &sql_notification_task, NULL);
    if (task == NULL || db_rows(task) == 0) {
        return rq->err;
    }
    const char *status = db_text(task, 0, "status");
    bool open = !str_eq(status, "completed") && !str_eq(status, "cancelled") && !db_bool(task, 0, "archived");
    bool came_late = str_eq(in->reminder, "task.due_soon") && db_bool(task, 0, "late");
    if (!open || came_late || db_int(task, 0, "due_at") != in->due_at) {
        return ERR_NONE; /* it is done, or due at another time, or overdue by now: of that there is a reminder of its own */
    }
    char id[UUID_TEXT_SIZE];
    struct story s = { .kind = in->reminder };
    struct task_news news = { .has_actor = false };
    read_task(rq, task, NULL, &s, &news);
    uuid_format(&in->task_id, id);
    s.event_id = arena_printf(rq->arena, "%s:%s:%lld", in->reminder, id, (long long)in->due_at);
    struct notification_candidate *out = arena_alloc(rq->arena, sizeof *out * (size_t)(news.assignees.n + 1));
    for (int i = 0; i < news.assignees.n; i++) {
        out[i] = (struct notification_candidate){ news.assignees.v[i], notification_parse(in->reminder), REASON_ASSIGNED };
    }
    return tell(rq, &s, out, news.assignees.n);
}

/* ---- people, permissions, templates ---- */

static struct uuid id_in(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    struct uuid id = { 0 };
    return text != NULL && uuid_parse(text, &id) ? id : (struct uuid){ 0 };
}

static enum err decide_member(struct request *rq, const struct db_result *event, struct story *s)
{
    const json_t *changes = object_of(rq, event, "changes"), *payload = object_of(rq, event, "payload");
    const char *role = json_string_value(json_object_get(json_object_get(changes, "role"), "to"));
    bool added = str_eq(s->kind, "member.added");
    char id[UUID_TEXT_SIZE];
    if (!added && role == NULL) {
        return ERR_NONE; /* something else about the membership */
    }
    s->subject = (struct notification_subject){ .type = "member", .id = db_uuid(event, 0, "subject_id") };
    uuid_format(&s->subject.id, id);
    s->facts.role = added ? json_string_value(json_object_get(payload, "role")) : role;
    s->url = arena_printf(rq->arena, "/members/%s", id);
    s->data = s->facts.role != NULL ? arena_printf(rq->arena, "{\"role\":\"%s\"}", s->facts.role) : "{}";
    const struct notification_candidate c = { s->subject.id,
                                              added ? NOTIFICATION_MEMBER_ADDED : NOTIFICATION_MEMBER_ROLE_CHANGED,
                                              REASON_YOU };
    return tell(rq, s, &c, 1);
}

/* Who got it is told that it begins, and both that it ends. */
static enum err decide_delegation(struct request *rq, const struct db_result *event, struct story *s)
{
    const json_t *payload = object_of(rq, event, "payload");
    const char *until = json_string_value(json_object_get(payload, "ends_at"));
    bool begins = str_eq(s->kind, "delegation.created");
    const struct uuid people[] = { id_in(payload, "to_user_id"), id_in(payload, "from_user_id") };
    struct notification_candidate out[2];
    int count = 0;
    s->subject = (struct notification_subject){ .type = "delegation", .id = db_uuid(event, 0, "subject_id") };
    s->url = "/delegations";
    if (begins && until != NULL) {
        clock_parse(until, &s->due_at);
    }
    for (int i = 0; i < (begins ? 1 : 2); i++) {
        if (!uuid_is_nil(&people[i])) {
            out[count++] = (struct notification_candidate){
                people[i], begins ? NOTIFICATION_DELEGATION_RECEIVED : NOTIFICATION_DELEGATION_ENDED, REASON_YOU
            };
        }
    }
    return tell(rq, s, out, count);
}

/* Somebody with an account is told where they are: in the brand that they were in last. */
static enum err decide_invitation(struct request *rq, const struct db_result *event, struct story *s)
{
    const struct db_result *r =
        rq_ask(rq, &sql_notification_invitee, RQ_ARGS(ARG_UUID("invitation_id", db_uuid(event, 0, "subject_id"))));
    if (r == NULL || db_rows(r) == 0) {
        return rq->err;
    }
    s->subject = (struct notification_subject){ .type = "invitation", .id = db_uuid(event, 0, "subject_id") };
    s->facts.brand = db_text(r, 0, "name");
    s->url = "/";
    const struct notification_candidate c = { db_uuid(r, 0, "user_id"), NOTIFICATION_INVITATION_RECEIVED, REASON_YOU };
    rq->brand_id = db_uuid(r, 0, "home_id");
    rq_query(rq, &sql_notification_home, NULL);
    return tell(rq, s, &c, 1);
}

/* Of a template that was paused because it can't make its tasks: who made it, and who manages its team. */
static enum err decide_template(struct request *rq, const struct db_result *event, struct story *s)
{
    char id[UUID_TEXT_SIZE];
    if (s->has_actor) {
        return ERR_NONE; /* somebody paused it */
    }
    const struct db_result *r =
        rq_ask(rq, &sql_notification_template, RQ_ARGS(ARG_UUID("template_id", db_uuid(event, 0, "subject_id"))));
    if (r == NULL || db_rows(r) == 0) {
        return rq->err;
    }
    struct uuid_list managers = db_uuids(rq->arena, r, 0, "managers");
    struct uuid maker = db_uuid(r, 0, "created_by");
    struct notification_candidate *out = arena_alloc(rq->arena, sizeof *out * (size_t)(managers.n + 1));
    int count = 0;
    s->subject = (struct notification_subject){ .type = "task_template",
                                                .id = db_uuid(event, 0, "subject_id"),
                                                .team_id = db_uuid(r, 0, "team_id") };
    uuid_format(&s->subject.id, id);
    s->facts.title = db_text(r, 0, "title");
    s->url = arena_printf(rq->arena, "/templates/%s", id);
    out[count++] = (struct notification_candidate){ maker, NOTIFICATION_SCHEDULE_FAILED, REASON_CREATOR };
    for (int i = 0; i < managers.n; i++) {
        if (!uuid_eq(&managers.v[i], &maker)) {
            out[count++] = (struct notification_candidate){ managers.v[i], NOTIFICATION_SCHEDULE_FAILED, REASON_MANAGER };
        }
    }
    return tell(rq, s, out, count);
}

/* ---- the job ---- */

static const struct {
    const char *kinds; /* how the event's kind begins */
    enum err (*decide)(struct request *rq, const struct db_result *event, struct story *s);
} decisions[] = {
    { "task.", decide_task },
    { "member.", decide_member },
    { "delegation.", decide_delegation },
    { "invitation.", decide_invitation },
    { "task_template.", decide_template },
};

static enum err decide(struct request *rq)
{
    const struct decide_input *in = rq->input;
    if (in->reminder != NULL) {
        return decide_reminder(rq);
    }
    const struct db_result *event = rq_ask(rq, &sql_notification_event, NULL);
    if (event == NULL || db_rows(event) == 0) {
        return rq->err;
    }
    const char *actor = mail_fit_name(db_text(event, 0, "actor_name"));
    struct story s = { .event_id = db_text(event, 0, "event_id"),
                       .kind = db_text(event, 0, "kind"),
                       .has_actor = !db_is_null(event, 0, db_column(event, "actor_id")),
                       .actor_id = db_uuid(event, 0, "actor_id"),
                       .facts = { .actor = *actor != '\0' ? actor : NULL },
                       .data = "{}" };
    for (size_t i = 0; i < sizeof decisions / sizeof *decisions; i++) {
        if (str_starts(s.kind, decisions[i].kinds)) {
            return decisions[i].decide(rq, event, &s);
        }
    }
    return ERR_NONE;
}

static const struct job_row rows[] = {
    { .kind = JOB_NOTIFICATIONS_DECIDE, .input = &decide_schema, .run = decide },
};

const struct job_table decide_jobs = JOB_TABLE("notifications", rows);
