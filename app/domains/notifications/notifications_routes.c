/* notifications_routes.c - /notifications: what the caller was told, in one brand. */
#include "api/constraint.h"
#include "api/request.h"
#include "core/arena.h"
#include "domains/notifications/notifications.h"
#include "notifications_sql.h"

/* ---- shapes ---- */

static const char *const statuses[] = { "waiting", "sent", "failed", "skipped", NULL };

static const struct field actor_fields[] = {
    COLUMN(id, SCHEMA_UUID, .doc = "Id of the account"),
    COLUMN(name, SCHEMA_STRING, .doc = "Both names, as they are now"),
    COLUMN(avatar_url, SCHEMA_STRING, .flags = FIELD_NULLABLE, .doc = "Address of the picture"),
};
static const struct schema actor_schema = SCHEMA("NotificationActor", actor_fields, 0);

static const struct field subject_fields[] = {
    COLUMN(type, SCHEMA_STRING, .doc = "Kind of thing", .example = "\"task\""),
    COLUMN(id, SCHEMA_UUID, .doc = "Id of the thing, which may be gone"),
};
static const struct schema subject_schema = SCHEMA("NotificationSubject", subject_fields, 0);

static const struct field delivery_fields[] = {
    COLUMN(way, SCHEMA_ENUM, .values = notification_way_names, .doc = "Which way"),
    COLUMN(status, SCHEMA_ENUM, .values = statuses,
           .doc = "How far it got; skipped: it was read before, or isn't wanted any more"),
    COLUMN(sent_at, SCHEMA_TIME, .flags = FIELD_NULLABLE, .doc = "When it went out"),
};
static const struct schema delivery_schema = SCHEMA("NotificationDelivery", delivery_fields, 0);

static const struct field notification_fields[] = {
    COLUMN(id, SCHEMA_UUID, .doc = "Id of the notification"),
    COLUMN(type, SCHEMA_ENUM, .flags = FIELD_FILTER, .values = notification_types, .doc = "What kind of news it is"),
    COLUMN(title, SCHEMA_STRING, .doc = "What happened, in the language that one had then"),
    COLUMN(message, SCHEMA_STRING, .doc = "More of it; may be empty"),
    COLUMN(reason, SCHEMA_ENUM, .values = notification_reason_names, .doc = "Why one was told"),
    COLUMN(actor, SCHEMA_ONE, .flags = FIELD_NULLABLE, .of = &actor_schema,
           .doc = "Who did it; null when it happened by itself"),
    COLUMN(subject, SCHEMA_ONE, .of = &subject_schema, .doc = "What it is about"),
    COLUMN(url, SCHEMA_STRING, .doc = "The page to look at, within the web app",
           .example = "\"/b/0192f000-0000-7000-8000-000000000001/t/WEB-42\""),
    COLUMN(data, SCHEMA_OBJECT,
           .doc = "More about the subject, by type: of a task `reference`, `task_title`, `board_id`, `status`, `priority`, "
                  "`due_at`, and the `changes`",
           .example = "{\"reference\":\"WEB-42\"}"),
    COLUMN(is_read, SCHEMA_BOOL, .flags = FIELD_FILTER, .doc = "Whether one has read it"),
    COLUMN(read_at, SCHEMA_TIME, .flags = FIELD_NULLABLE, .doc = "When"),
    COLUMN(created_at, SCHEMA_TIME, .flags = FIELD_SORT | FIELD_FILTER, .doc = "When one was told"),
    COLUMN(expires_at, SCHEMA_TIME, .doc = "When it goes by itself"),
    COLUMN(deliveries, SCHEMA_MANY, .of = &delivery_schema, .doc = "The ways by which it reached one, or will"),
};
static const struct schema notification_schema = SCHEMA("Notification", notification_fields, 0);

struct mark_input {
    struct input in;
    bool is_read;
};

static const struct field mark_fields[] = {
    FIELD(struct mark_input, is_read, SCHEMA_BOOL, .flags = FIELD_REQUIRED, .doc = "Whether it counts as read"),
};
static const struct schema mark_schema = SCHEMA("NotificationMark", mark_fields, sizeof(struct mark_input));

struct mark_all_input {
    struct input in;
    int64_t until;
};

static const struct field mark_all_fields[] = {
    FIELD(struct mark_all_input, until, SCHEMA_TIME, .doc = "Only what was made by then, as far as one has seen; all without"),
};
static const struct schema mark_all_schema = SCHEMA("NotificationMarkAll", mark_all_fields, sizeof(struct mark_all_input));

static const struct field marked_fields[] = { COLUMN(count, SCHEMA_INT, .doc = "How many were unread") };
static const struct schema marked_schema = SCHEMA("NotificationsMarked", marked_fields, 0);

static const struct field unread_fields[] = {
    COLUMN(unread, SCHEMA_INT, .doc = "How many are unread; 1000 stands for more, too"),
    COLUMN(latest_at, SCHEMA_TIME, .flags = FIELD_NULLABLE, .doc = "When the newest of these was made"),
};
static const struct schema unread_schema = SCHEMA("NotificationsUnread", unread_fields, 0);

const struct constraint_words notifications_constraints[] = {
    { "notification_preferences_quiet_to_check", ERR_VALIDATION_FAILED, "quiet", "must end at another time than it begins" },
    { NULL, ERR_NONE, NULL, NULL },
};

/* ---- handlers ---- */

/* Asked often: the ETag changes when something does that the answer tells. */
static enum err unread(struct request *rq)
{
    const struct db_result *r = rq_ask(rq, &sql_notification_unread, NULL);
    if (r == NULL) {
        return rq->err;
    }
    rq_reply_tag(
        rq, arena_printf(rq->arena, "n%lld-%lld", (long long)db_int(r, 0, "unread"), (long long)db_int(r, 0, "latest_at")));
    return rq_reply_row(rq, r, 0);
}

static enum err mark(struct request *rq)
{
    const struct mark_input *in = rq->input;
    if (!schema_given(rq->route->input, in, "is_read")) {
        return rq_fail_field(rq, "is_read", "is required");
    }
    return rq_answer(rq, rq_query(rq, &sql_notification_mark, NULL));
}

/* ---- rows ---- */

static const struct scope notification_scope = { "notification", &sql_notification_locate, NULL, NULL };

static const struct route rows[] = {
    { .method = HTTP_GET,
      .path = "/notifications",
      .permission = PERM_IN_BRAND,
      .output = &notification_schema,
      .reply = REPLY_LIST,
      .tx = TX_READ,
      .queries = { &sql_notification_list },
      .sort = "-created_at",
      .flags = ROUTE_TENANT,
      .summary = "What one was told",
      .doc = "One's own notifications in the brand, the newest first." },
    { .method = HTTP_GET,
      .path = "/notifications/unread",
      .permission = PERM_IN_BRAND,
      .output = &unread_schema,
      .reply = REPLY_ONE,
      .tx = TX_READ,
      .handler = unread,
      .flags = ROUTE_TENANT,
      .summary = "How much of it is unread",
      .doc = "Made for asking often: send the ETag back in If-None-Match, and the answer is 304 while nothing has changed." },
    { .method = HTTP_PUT,
      .path = "/notifications/mark-all-read",
      .permission = PERM_IN_BRAND,
      .input = &mark_all_schema,
      .output = &marked_schema,
      .reply = REPLY_ONE,
      .tx = TX_WRITE,
      .queries = { &sql_notification_mark_all },
      .event = "notification.all_read",
      .flags = ROUTE_TENANT | ROUTE_READ_ONLY_OK,
      .summary = "Mark all of it as read",
      .doc = "Give `until` the time of the newest one on the screen: what came meanwhile then stays unread." },
    { .method = HTTP_GET,
      .path = "/notifications/{id}",
      .permission = PERM_IN_BRAND,
      .scope = &notification_scope,
      .output = &notification_schema,
      .reply = REPLY_ONE,
      .tx = TX_READ,
      .queries = { &sql_notification_get },
      .flags = ROUTE_TENANT,
      .summary = "One notification" },
    { .method = HTTP_PUT,
      .path = "/notifications/{id}",
      .permission = PERM_IN_BRAND,
      .scope = &notification_scope,
      .input = &mark_schema,
      .output = &notification_schema,
      .reply = REPLY_ONE,
      .tx = TX_WRITE,
      .handler = mark,
      .event = "notification.marked",
      .flags = ROUTE_TENANT | ROUTE_READ_ONLY_OK,
      .summary = "Mark a notification as read, or as unread" },
    { .method = HTTP_DELETE,
      .path = "/notifications/{id}",
      .permission = PERM_IN_BRAND,
      .scope = &notification_scope,
      .reply = REPLY_NULL,
      .tx = TX_WRITE,
      .queries = { &sql_notification_delete },
      .event = "notification.deleted",
      .flags = ROUTE_TENANT | ROUTE_READ_ONLY_OK,
      .summary = "Remove a notification" },
};

const struct route_table notifications_routes = ROUTE_TABLE("notifications", rows);
