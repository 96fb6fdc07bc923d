/* export_routes.c - /users/me/export: everything that there is about oneself. */
#include "domains/users/users_rules.h"

#include "core/arena.h"
#include "core/buf.h"
#include "users_export_sql.h"
#include "users_sql.h"
#include <stddef.h>

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

static const struct field sent_invitation_fields[] = {
    COLUMN(id, SCHEMA_UUID, .doc = "Id of the invitation"),
    COLUMN(brand_id, SCHEMA_UUID, .doc = "Id of the brand"),
    COLUMN(brand_name, SCHEMA_STRING, .doc = "Its name"),
    COLUMN(email, SCHEMA_EMAIL, .doc = "Whom one invited"),
    COLUMN(role, SCHEMA_ENUM, .values = role_names, .doc = "The role that one offered"),
    COLUMN(message, SCHEMA_STRING, .doc = "What one wrote"),
    COLUMN(created_at, SCHEMA_TIME, .doc = "When one did"),
    COLUMN(expires_at, SCHEMA_TIME, .doc = "Until when it can be accepted"),
    COLUMN(accepted_at, SCHEMA_TIME, .flags = FIELD_NULLABLE, .doc = "When it was accepted"),
    COLUMN(revoked_at, SCHEMA_TIME, .flags = FIELD_NULLABLE, .doc = "When it was taken back"),
};
static const struct schema sent_invitation_schema = SCHEMA("ExportedSentInvitation", sent_invitation_fields, 0);

static const struct field sign_in_fields[] = {
    COLUMN(password_changed_at, SCHEMA_TIME, .doc = "When the password was set"),
    COLUMN(two_factor_enabled_at, SCHEMA_TIME, .flags = FIELD_NULLABLE, .doc = "Since when signing in takes a second factor"),
    COLUMN(login_attempts, SCHEMA_INT, .doc = "Failed sign-ins in a row"),
    COLUMN(last_failed_at, SCHEMA_TIME, .flags = FIELD_NULLABLE, .doc = "The last of them"),
    COLUMN(locked_until, SCHEMA_TIME, .flags = FIELD_NULLABLE, .doc = "Until when nobody could sign in for them"),
};
static const struct schema sign_in_schema = SCHEMA("ExportedSignIn", sign_in_fields, 0);

static const struct field token_fields[] = {
    COLUMN(id, SCHEMA_UUID, .doc = "Id of the token"),
    COLUMN(name, SCHEMA_STRING, .doc = "What it is for"),
    COLUMN(prefix, SCHEMA_STRING, .doc = "Its beginning, to know it by", .example = "\"kar_pat_4fQz\""),
    COLUMN(scopes, SCHEMA_STRINGS, .doc = "What it is good for", .example = "[\"tasks:read\"]"),
    COLUMN(brand_id, SCHEMA_UUID, .flags = FIELD_NULLABLE, .doc = "The one brand it is good in; null: each"),
    COLUMN(created_at, SCHEMA_TIME, .doc = "When it was made"),
    COLUMN(expires_at, SCHEMA_TIME, .flags = FIELD_NULLABLE, .doc = "Its end by itself"),
    COLUMN(last_used_at, SCHEMA_TIME, .flags = FIELD_NULLABLE, .doc = "Last use, to the minute"),
    COLUMN(revoked_at, SCHEMA_TIME, .flags = FIELD_NULLABLE, .doc = "When it was revoked"),
};
static const struct schema exported_token_schema = SCHEMA("ExportedApiToken", token_fields, 0);

static const struct field delegation_fields[] = {
    COLUMN(id, SCHEMA_UUID, .doc = "Id of the delegation"),
    COLUMN(brand_id, SCHEMA_UUID, .doc = "Id of the brand"),
    COLUMN(brand_name, SCHEMA_STRING, .doc = "Its name"),
    COLUMN(from_user_id, SCHEMA_UUID, .doc = "Who lets somebody do it for them"),
    COLUMN(to_user_id, SCHEMA_UUID, .doc = "Who may"),
    COLUMN(is_giver, SCHEMA_BOOL, .doc = "Whether one has given it; else one has got it"),
    COLUMN(permissions, SCHEMA_STRINGS, .doc = "What", .example = "[\"can_invite_users\"]"),
    COLUMN(starts_at, SCHEMA_TIME, .doc = "From when"),
    COLUMN(ends_at, SCHEMA_TIME, .doc = "Until when"),
    COLUMN(created_at, SCHEMA_TIME, .doc = "When it was made"),
};
static const struct schema delegation_schema = SCHEMA("ExportedDelegation", delegation_fields, 0);

static const struct field letter_fields[] = {
    COLUMN(id, SCHEMA_UUID, .doc = "Id of the mail"),
    COLUMN(brand_id, SCHEMA_UUID, .flags = FIELD_NULLABLE, .doc = "The brand that it was sent for"),
    COLUMN(template, SCHEMA_STRING, .doc = "What kind of mail", .example = "\"new_sign_in\""),
    COLUMN(to_address, SCHEMA_STRING, .doc = "Where it went"),
    COLUMN(subject, SCHEMA_STRING, .doc = "Its subject"),
    COLUMN(status, SCHEMA_STRING, .doc = "Whether it went out", .example = "\"sent\""),
    COLUMN(created_at, SCHEMA_TIME, .doc = "When it was written"),
    COLUMN(sent_at, SCHEMA_TIME, .flags = FIELD_NULLABLE, .doc = "When it went out"),
};
static const struct schema letter_schema = SCHEMA("ExportedMail", letter_fields, 0);

static const struct field act_fields[] = {
    COLUMN(action, SCHEMA_STRING, .doc = "What happened", .example = "\"auth.logged_in\""),
    COLUMN(outcome, SCHEMA_STRING, .doc = "Whether it worked: success or failure", .example = "\"success\""),
    COLUMN(is_own, SCHEMA_BOOL, .doc = "Whether it was oneself, signed in"),
    COLUMN(ip, SCHEMA_STRING, .flags = FIELD_NULLABLE, .doc = "From where; null for what others did who may"),
    COLUMN(user_agent, SCHEMA_STRING, .flags = FIELD_NULLABLE, .doc = "With what; null as above"),
    COLUMN(created_at, SCHEMA_TIME, .doc = "When"),
};
static const struct schema act_schema = SCHEMA("ExportedAccountEntry", act_fields, 0);

static const struct field team_fields[] = {
    COLUMN(id, SCHEMA_UUID, .doc = "Id of the team"),
    COLUMN(brand_id, SCHEMA_UUID, .doc = "Its brand"),
    COLUMN(name, SCHEMA_STRING, .doc = "Name"),
    COLUMN(role, SCHEMA_STRING, .flags = FIELD_NULLABLE, .doc = "One's role in it; null: one owns it, and is no member",
           .example = "\"member\""),
    COLUMN(is_owner, SCHEMA_BOOL, .doc = "Whether one owns it"),
    COLUMN(joined_at, SCHEMA_TIME, .flags = FIELD_NULLABLE, .doc = "Since when"),
};
static const struct schema team_schema = SCHEMA("ExportedTeam", team_fields, 0);

static const struct field division_fields[] = {
    COLUMN(id, SCHEMA_UUID, .doc = "Id of the division"),
    COLUMN(brand_id, SCHEMA_UUID, .doc = "Its brand"),
    COLUMN(name, SCHEMA_STRING, .doc = "Name"),
    COLUMN(joined_at, SCHEMA_TIME, .doc = "Since when"),
};
static const struct schema division_schema = SCHEMA("ExportedDivision", division_fields, 0);

static const struct field template_fields[] = {
    COLUMN(id, SCHEMA_UUID, .doc = "Id of the template"),
    COLUMN(brand_id, SCHEMA_UUID, .doc = "Its brand"),
    COLUMN(title, SCHEMA_STRING, .doc = "Title of the tasks that it makes"),
    COLUMN(description, SCHEMA_STRING, .doc = "Their description"),
    COLUMN(is_creator, SCHEMA_BOOL, .doc = "Whether one made it"),
    COLUMN(is_assignee, SCHEMA_BOOL, .doc = "Whether its tasks are assigned to one"),
    COLUMN(created_at, SCHEMA_TIME, .doc = "Made"),
};
static const struct schema template_schema = SCHEMA("ExportedTaskTemplate", template_fields, 0);

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
    const struct db_result *user, *sign_in, *sessions, *api_tokens, *account_log, *memberships, *delegations, *invitations,
        *sent_invitations, *phones, *browsers, *mails, *preferences;
    const char *teams, *divisions, *tasks, *templates, *notifications, *mutes;
};

/* What lies behind the walls of brands: an array of objects, put together brand by brand. */
#define PART(member, words) FIELD(struct export, member, SCHEMA_JSON, .doc = words ", an array of objects", .example = "[]")
#define PART_MOST ": per brand at most 20,000, newest first"

static const struct field export_fields[] = {
    FIELD(struct export, exported_at, SCHEMA_TIME, .doc = "When this was written"),
    FIELD(struct export, user, SCHEMA_ONE, .of = &user_schema, .doc = "The account, with its preferences"),
    FIELD(struct export, sign_in, SCHEMA_MANY, .of = &sign_in_schema, .doc = "How one signs in: one row, without any secret"),
    FIELD(struct export, sessions, SCHEMA_MANY, .of = &session_schema,
          .doc = "Devices where one is and was signed in, the newest thousand"),
    FIELD(struct export, api_tokens, SCHEMA_MANY, .of = &exported_token_schema,
          .doc = "One's API tokens, revoked ones too: none of the tokens themselves, the newest thousand"),
    FIELD(struct export, account_log, SCHEMA_MANY, .of = &act_schema,
          .doc = "What happened to the account as the audit log has it: sign-ins, failures, changes; the newest ten thousand"),
    FIELD(struct export, memberships, SCHEMA_MANY, .of = &membership_schema,
          .doc = "Brands that one belongs to, with what one is granted or denied there besides the role"),
    FIELD(struct export, delegations, SCHEMA_MANY, .of = &delegation_schema,
          .doc = "What one lets others do, and they oneself, also what is over; the newest thousand"),
    FIELD(struct export, invitations, SCHEMA_MANY, .of = &invitation_schema, .doc = "Invitations to one's address"),
    FIELD(struct export, sent_invitations, SCHEMA_MANY, .of = &sent_invitation_schema,
          .doc = "Invitations that one has sent, the newest thousand"),
    FIELD(struct export, phones, SCHEMA_MANY, .of = &exported_phone_schema, .doc = "One's telephone number, if there is one"),
    FIELD(struct export, browsers, SCHEMA_MANY, .of = &browser_schema, .doc = "Browsers that are told by web push"),
    FIELD(struct export, mails, SCHEMA_MANY, .of = &letter_schema,
          .doc = "Mails that one was sent, without their text, as long as they are kept; the newest thousand"),
    FIELD(struct export, preferences, SCHEMA_MANY, .of = &wishes_schema,
          .doc = "How one wants to be told of things, where one has said so"),
    PART(teams, "Teams that one belongs to or owns"),
    PART(divisions, "Divisions that one belongs to"),
    PART(tasks, "Tasks that one made or is assigned to" PART_MOST),
    PART(templates, "Recurring tasks that one made or that are assigned to one" PART_MOST),
    PART(notifications, "What one was told" PART_MOST),
    PART(mutes, "What one doesn't want to hear of"),
};
static const struct schema export_schema = SCHEMA("Export", export_fields, 0);

/* ---- handler ---- */

#define BRANDS_AT_ONCE 8 /* in one round trip */
#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

/* What the platform holds. */
static const struct whole {
    const struct sql_query *query;
    size_t offset; /* of the member that takes its rows */
} wholes[] = {
    { &sql_user_me, offsetof(struct export, user) },
    { &sql_export_sign_in, offsetof(struct export, sign_in) },
    { &sql_export_sessions, offsetof(struct export, sessions) },
    { &sql_export_api_tokens, offsetof(struct export, api_tokens) },
    { &sql_export_memberships, offsetof(struct export, memberships) },
    { &sql_export_delegations, offsetof(struct export, delegations) },
    { &sql_export_invitations, offsetof(struct export, invitations) },
    { &sql_export_sent_invitations, offsetof(struct export, sent_invitations) },
    { &sql_export_phones, offsetof(struct export, phones) },
    { &sql_export_browsers, offsetof(struct export, browsers) },
    { &sql_export_mails, offsetof(struct export, mails) },
    { &sql_export_preferences, offsetof(struct export, preferences) },
};

/* What lies behind the walls of brands: so each brand is named in turn. */
static const struct part {
    const struct sql_query *query;
    const struct schema *schema;
    size_t offset; /* of the member that takes the text */
} parts[] = {
    { &sql_export_teams, &team_schema, offsetof(struct export, teams) },
    { &sql_export_divisions, &division_schema, offsetof(struct export, divisions) },
    { &sql_export_tasks, &task_schema, offsetof(struct export, tasks) },
    { &sql_export_templates, &template_schema, offsetof(struct export, templates) },
    { &sql_export_notifications, &told_schema, offsetof(struct export, notifications) },
    { &sql_export_mutes, &muted_schema, offsetof(struct export, mutes) },
};
enum { PARTS = COUNT(parts) };

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

/* The entries of the audit log are shown to a transaction that says so: what comes after it in the same one is the caller's, too. */
static void query_wholes(struct request *rq, struct export *x)
{
    for (int i = 0; i < COUNT(wholes); i++) {
        *(const struct db_result **)((char *)x + wholes[i].offset) = rq_query(rq, wholes[i].query, NULL);
    }
    rq_query(rq, &sql_export_account_log_show, NULL);
    x->account_log = rq_query(rq, &sql_export_account_log, NULL);
    rq_query(rq, &sql_export_account_log_hide, NULL);
}

static enum err handle_export(struct request *rq)
{
    struct export *x = arena_zalloc(rq->arena, sizeof *x);
    struct buf texts[PARTS] = { 0 };
    for (int k = 0; k < PARTS; k++) {
        buf_char(&texts[k], '[');
    }
    x->exported_at = rq->now;
    query_wholes(rq, x);
    if (rq_run(rq) == ERR_NONE && write_parts(rq, x->memberships, texts) == ERR_NONE) {
        for (int k = 0; k < PARTS; k++) {
            *(const char **)((char *)x + parts[k].offset) = arena_strndup(rq->arena, texts[k].data, texts[k].len);
        }
        rq_header(rq, "Content-Disposition", "attachment; filename=\"karara-export.json\"");
        rq_reply_struct(rq, x);
    }
    for (int k = 0; k < PARTS; k++) {
        buf_free(&texts[k]);
    }
    return rq->err;
}

static const char export_doc[] =
    "One JSON document, to be kept or taken elsewhere: the account with its preferences, how one signs in, devices, API "
    "tokens, "
    "the account's part of the audit log, memberships with their overrides, delegations given and got, invitations got and "
    "sent, "
    "telephone number, browsers, mails, notification preferences; and of each brand that one may enter now teams, divisions, "
    "tasks, recurring tasks, notifications and mutes. It holds no secret: no password, token, link or code, nor the text of "
    "mails, which bears links. What others wrote, the history of boards and a brand's own audit log are the brand's.";

static const struct route rows[] = {
    { .method = HTTP_GET,
      .path = "/users/me/export",
      .permission = PERM_SIGNED_IN,
      .output = &export_schema,
      .reply = REPLY_ONE,
      .tx = TX_STEPS,
      .handler = handle_export,
      .flags = ROUTE_NO_STORE | ROUTE_SESSION_ONLY,
      .summary = "Everything that there is about oneself",
      .doc = export_doc },
};

const struct route_table export_routes = ROUTE_TABLE("users", rows);
