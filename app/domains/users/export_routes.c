/* export_routes.c - /users/me/export: everything that there is about oneself. */
#include "domains/users/users_rules.h"

#include "core/arena.h"
#include "core/buf.h"
#include "users_export_sql.h"
#include "users_sql.h"

/* ---- shapes ---- */

static const char *const member_statuses[] = { "active", "pending", "suspended", "expired", NULL };

static const struct field session_fields[] = {
    COLUMN(id, SCHEMA_UUID, .doc = "Id of the session"),
    COLUMN(user_agent, SCHEMA_STRING, .doc = "What the device called itself"),
    COLUMN(ip, SCHEMA_STRING, .doc = "Address of its last refresh"),
    COLUMN(created_at, SCHEMA_TIME, .doc = "Sign-in"),
    COLUMN(last_seen_at, SCHEMA_TIME, .doc = "Last refresh"),
    COLUMN(expires_at, SCHEMA_TIME, .doc = "Its end by itself"),
    COLUMN(revoked_at, SCHEMA_TIME, .flags = FIELD_NULLABLE, .doc = "When it was ended"),
    COLUMN(revoked_reason, SCHEMA_STRING, .flags = FIELD_NULLABLE, .doc = "Why"),
};
static const struct schema session_schema = SCHEMA("ExportedSession", session_fields, 0);

static const struct field membership_fields[] = {
    COLUMN(brand_id, SCHEMA_UUID, .doc = "Id of the brand"),
    COLUMN(brand_name, SCHEMA_STRING, .doc = "Its name"),
    COLUMN(role, SCHEMA_ENUM, .values = role_names, .doc = "One's role there"),
    COLUMN(status, SCHEMA_ENUM, .values = member_statuses, .doc = "State of the membership"),
    COLUMN(permissions, SCHEMA_OBJECT, .doc = "What is granted or taken besides the role", .example = "{}"),
    COLUMN(joined_at, SCHEMA_TIME, .flags = FIELD_NULLABLE, .doc = "Since when"),
    COLUMN(expires_at, SCHEMA_TIME, .flags = FIELD_NULLABLE, .doc = "Until when"),
    COLUMN(created_at, SCHEMA_TIME, .doc = "When it was made"),
};
static const struct schema membership_schema = SCHEMA("ExportedMembership", membership_fields, 0);

static const struct field invitation_fields[] = {
    COLUMN(id, SCHEMA_UUID, .doc = "Id of the invitation"),
    COLUMN(brand_id, SCHEMA_UUID, .doc = "Id of the brand"),
    COLUMN(brand_name, SCHEMA_STRING, .doc = "Its name"),
    COLUMN(role, SCHEMA_ENUM, .values = role_names, .doc = "The role that was offered"),
    COLUMN(message, SCHEMA_STRING, .doc = "What the mail said besides"),
    COLUMN(created_at, SCHEMA_TIME, .doc = "When it was made"),
    COLUMN(expires_at, SCHEMA_TIME, .doc = "Until when it can be accepted"),
    COLUMN(access_expires_at, SCHEMA_TIME, .flags = FIELD_NULLABLE, .doc = "When the membership would end"),
    COLUMN(accepted_at, SCHEMA_TIME, .flags = FIELD_NULLABLE, .doc = "When it was accepted"),
    COLUMN(revoked_at, SCHEMA_TIME, .flags = FIELD_NULLABLE, .doc = "When it was taken back"),
};
static const struct schema invitation_schema = SCHEMA("ExportedInvitation", invitation_fields, 0);

static const struct field task_fields[] = {
    COLUMN(id, SCHEMA_UUID, .doc = "Id of the task"),
    COLUMN(brand_id, SCHEMA_UUID, .doc = "Its brand"),
    COLUMN(board_id, SCHEMA_UUID, .doc = "Its board"),
    COLUMN(reference, SCHEMA_STRING, .doc = "As people call it", .example = "\"WEB-42\""),
    COLUMN(title, SCHEMA_STRING, .doc = "Title"),
    COLUMN(description, SCHEMA_STRING, .doc = "Description"),
    COLUMN(status, SCHEMA_STRING, .doc = "Status"),
    COLUMN(priority, SCHEMA_STRING, .doc = "Priority"),
    COLUMN(tags, SCHEMA_STRINGS, .doc = "Tags"),
    COLUMN(is_creator, SCHEMA_BOOL, .doc = "Whether one made it"),
    COLUMN(is_assignee, SCHEMA_BOOL, .doc = "Whether one is assigned to it"),
    COLUMN(start_at, SCHEMA_TIME, .flags = FIELD_NULLABLE, .doc = "Start"),
    COLUMN(due_at, SCHEMA_TIME, .flags = FIELD_NULLABLE, .doc = "Due"),
    COLUMN(completed_at, SCHEMA_TIME, .flags = FIELD_NULLABLE, .doc = "Done"),
    COLUMN(archived_at, SCHEMA_TIME, .flags = FIELD_NULLABLE, .doc = "Archived"),
    COLUMN(created_at, SCHEMA_TIME, .doc = "Made"),
    COLUMN(updated_at, SCHEMA_TIME, .doc = "Last change"),
};
static const struct schema task_schema = SCHEMA("ExportedTask", task_fields, 0);

static const struct field phone_fields[] = {
    COLUMN(phone, SCHEMA_STRING, .flags = FIELD_NULLABLE, .doc = "The number that SMS go to", .example = "\"+4915112345678\""),
    COLUMN(confirmed_at, SCHEMA_TIME, .flags = FIELD_NULLABLE, .doc = "When it was confirmed"),
    COLUMN(wanted, SCHEMA_STRING, .flags = FIELD_NULLABLE, .doc = "One that was never confirmed", .example = "null"),
    COLUMN(updated_at, SCHEMA_TIME, .doc = "Last change"),
};
static const struct schema exported_phone_schema = SCHEMA("ExportedPhone", phone_fields, 0);

static const struct field browser_fields[] = {
    COLUMN(id, SCHEMA_UUID, .doc = "Id of the subscription"),
    COLUMN(device, SCHEMA_STRING, .doc = "What the browser is called"),
    COLUMN(service, SCHEMA_STRING, .doc = "Whose push service it uses", .example = "\"updates.push.services.mozilla.com\""),
    COLUMN(last_used_at, SCHEMA_TIME, .flags = FIELD_NULLABLE, .doc = "When a message last got there"),
    COLUMN(created_at, SCHEMA_TIME, .doc = "Since when it is told"),
};
static const struct schema browser_schema = SCHEMA("ExportedBrowser", browser_fields, 0);

static const struct field wishes_fields[] = {
    COLUMN(ways, SCHEMA_OBJECT, .doc = "What goes another way than usual, by type",
           .example = "{\"task.assigned\":{\"email\":false}}"),
    COLUMN(digest, SCHEMA_STRING, .doc = "How often mails are gathered", .example = "\"daily\""),
    COLUMN(digest_time, SCHEMA_STRING, .doc = "When", .example = "\"08:00\""),
    COLUMN(digest_weekday, SCHEMA_INT, .doc = "On which day; 1 is Monday"),
    COLUMN(quiet, SCHEMA_BOOL, .doc = "Whether there are quiet hours"),
    COLUMN(quiet_from, SCHEMA_STRING, .doc = "When they begin", .example = "\"22:00\""),
    COLUMN(quiet_to, SCHEMA_STRING, .doc = "When they end", .example = "\"07:00\""),
    COLUMN(quiet_weekends, SCHEMA_BOOL, .doc = "Whether weekends are quiet"),
    COLUMN(updated_at, SCHEMA_TIME, .doc = "Last change"),
};
static const struct schema wishes_schema = SCHEMA("ExportedNotificationPreferences", wishes_fields, 0);

static const struct field told_fields[] = {
    COLUMN(id, SCHEMA_UUID, .doc = "Id of the notification"),
    COLUMN(brand_id, SCHEMA_UUID, .doc = "Its brand"),
    COLUMN(type, SCHEMA_STRING, .doc = "What kind of news", .example = "\"task.assigned\""),
    COLUMN(reason, SCHEMA_STRING, .doc = "Why one was told", .example = "\"assigned\""),
    COLUMN(title, SCHEMA_STRING, .doc = "What happened"),
    COLUMN(message, SCHEMA_STRING, .doc = "More of it"),
    COLUMN(subject_type, SCHEMA_STRING, .doc = "Kind of thing that it is about", .example = "\"task\""),
    COLUMN(subject_id, SCHEMA_UUID, .doc = "Id of that thing"),
    COLUMN(is_read, SCHEMA_BOOL, .doc = "Whether one has read it"),
    COLUMN(read_at, SCHEMA_TIME, .flags = FIELD_NULLABLE, .doc = "When"),
    COLUMN(created_at, SCHEMA_TIME, .doc = "When one was told"),
    COLUMN(expires_at, SCHEMA_TIME, .doc = "When it goes"),
};
static const struct schema told_schema = SCHEMA("ExportedNotification", told_fields, 0);

static const struct field muted_fields[] = {
    COLUMN(brand_id, SCHEMA_UUID, .doc = "The brand"),
    COLUMN(subject_type, SCHEMA_STRING, .doc = "Kind of thing", .example = "\"board\""),
    COLUMN(subject_id, SCHEMA_UUID, .doc = "Id of the thing"),
    COLUMN(until, SCHEMA_TIME, .flags = FIELD_NULLABLE, .doc = "Until when"),
    COLUMN(created_at, SCHEMA_TIME, .doc = "Since when"),
};
static const struct schema muted_schema = SCHEMA("ExportedMute", muted_fields, 0);

struct export
{
    int64_t exported_at;
    const struct db_result *user, *sessions, *memberships, *invitations, *phones, *browsers, *preferences;
    const char *tasks, *notifications, *mutes;
};

static const struct field export_fields[] = {
    FIELD(struct export, exported_at, SCHEMA_TIME, .doc = "When this was written"),
    FIELD(struct export, user, SCHEMA_ONE, .of = &user_schema, .doc = "The account"),
    FIELD(struct export, sessions, SCHEMA_MANY, .of = &session_schema,
          .doc = "Where one is and was signed in, the newest thousand"),
    FIELD(struct export, memberships, SCHEMA_MANY, .of = &membership_schema, .doc = "Brands that one belongs to"),
    FIELD(struct export, invitations, SCHEMA_MANY, .of = &invitation_schema, .doc = "Invitations to one's address"),
    FIELD(struct export, phones, SCHEMA_MANY, .of = &exported_phone_schema, .doc = "One's telephone number, if there is one"),
    FIELD(struct export, browsers, SCHEMA_MANY, .of = &browser_schema, .doc = "Browsers that are told by web push"),
    FIELD(struct export, tasks, SCHEMA_JSON,
          .doc = "Tasks that one made or is assigned to, an array of objects: per brand at most 20,000, newest first",
          .example = "[]"),
    FIELD(struct export, preferences, SCHEMA_MANY, .of = &wishes_schema,
          .doc = "How one wants to be told of things, where one has said so"),
    FIELD(struct export, notifications, SCHEMA_JSON,
          .doc = "What one was told, an array of objects: per brand at most 20,000, newest first", .example = "[]"),
    FIELD(struct export, mutes, SCHEMA_JSON, .doc = "What one doesn't want to hear of, an array of objects", .example = "[]"),
};
static const struct schema export_schema = SCHEMA("Export", export_fields, 0);

/* ---- handler ---- */

#define BRANDS_AT_ONCE 16 /* in one round trip */

enum { PARTS = 3 };

/* What lies behind the walls of brands: so each brand is named in turn. */
static const struct part {
    const struct sql_query *query;
    const struct schema *schema;
} parts[PARTS] = {
    { &sql_export_tasks, &task_schema },
    { &sql_export_notifications, &told_schema },
    { &sql_export_mutes, &muted_schema },
};

static void append_rows(struct buf *to, const struct schema *schema, const struct db_result *r)
{
    struct buf one = { 0 };
    schema_write_rows(&one, schema, r);
    if (db_rows(r) > 0) {
        if (to->len > 1) {
            buf_char(to, ',');
        }
        buf_append(to, one.data + 1, one.len - 2); /* without its brackets */
    }
    to->failed = to->failed || one.failed;
    buf_free(&one);
}

/* Each part as an array over all brands. */
static enum err write_parts(struct request *rq, const struct db_result *memberships, struct buf to[PARTS])
{
    int n = db_rows(memberships);
    bool failed = false;
    for (int from = 0; from < n; from += BRANDS_AT_ONCE) {
        const struct db_result *r[BRANDS_AT_ONCE][PARTS];
        int until = n - from < BRANDS_AT_ONCE ? n - from : BRANDS_AT_ONCE;
        for (int i = 0; i < until; i++) {
            const struct rq_arg *args = RQ_ARGS(ARG_UUID("export_brand_id", db_uuid(memberships, from + i, "brand_id")));
            rq_query(rq, &sql_export_brand, args);
            for (int k = 0; k < PARTS; k++) {
                r[i][k] = rq_query(rq, parts[k].query, args);
            }
        }
        if (rq_run(rq) != ERR_NONE) {
            return rq->err;
        }
        for (int i = 0; i < until * PARTS; i++) {
            append_rows(&to[i % PARTS], parts[i % PARTS].schema, r[i / PARTS][i % PARTS]);
        }
    }
    for (int k = 0; k < PARTS; k++) {
        buf_char(&to[k], ']');
        failed = failed || to[k].failed;
    }
    return failed ? rq_fail(rq, ERR_INTERNAL_ERROR) : ERR_NONE;
}

static enum err handle_export(struct request *rq)
{
    struct export *x = arena_zalloc(rq->arena, sizeof *x);
    struct buf texts[PARTS] = { 0 };
    for (int k = 0; k < PARTS; k++) {
        buf_char(&texts[k], '[');
    }
    x->exported_at = rq->now;
    x->user = rq_query(rq, &sql_user_me, NULL);
    x->sessions = rq_query(rq, &sql_export_sessions, NULL);
    x->memberships = rq_query(rq, &sql_export_memberships, NULL);
    x->invitations = rq_query(rq, &sql_export_invitations, NULL);
    x->phones = rq_query(rq, &sql_export_phones, NULL);
    x->browsers = rq_query(rq, &sql_export_browsers, NULL);
    x->preferences = rq_query(rq, &sql_export_preferences, NULL);
    if (rq_run(rq) == ERR_NONE && write_parts(rq, x->memberships, texts) == ERR_NONE) {
        x->tasks = arena_strndup(rq->arena, texts[0].data, texts[0].len);
        x->notifications = arena_strndup(rq->arena, texts[1].data, texts[1].len);
        x->mutes = arena_strndup(rq->arena, texts[2].data, texts[2].len);
        rq_header(rq, "Content-Disposition", "attachment; filename=\"karara-export.json\"");
        rq_reply_struct(rq, x);
    }
    for (int k = 0; k < PARTS; k++) {
        buf_free(&texts[k]);
    }
    return rq->err;
}

static const struct route rows[] = {
    { .method = HTTP_GET,
      .path = "/users/me/export",
      .permission = PERM_SIGNED_IN,
      .output = &export_schema,
      .reply = REPLY_ONE,
      .tx = TX_STEPS,
      .handler = handle_export,
      .flags = ROUTE_NO_STORE | ROUTE_SESSION_ONLY,
      .summary = "Everything that there is about oneself" },
};

const struct route_table export_routes = ROUTE_TABLE("users", rows);
