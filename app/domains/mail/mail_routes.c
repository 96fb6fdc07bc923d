/* mail_routes.c - /admin/mails: what goes out, for who runs the installation. */
#include "domains/mail/mail.h"

#include "api/audit.h"
#include "core/config.h"
#include "mail_sql.h"

static const char *const statuses[] = { "queued", "sending", "sent", "failed", NULL };

static const struct field mail_fields[] = {
    COLUMN(id, SCHEMA_UUID, .doc = "Id of the mail"),
    COLUMN(template, SCHEMA_STRING, .flags = FIELD_FILTER, .doc = "What kind of mail it is", .example = "\"verify_email\""),
    COLUMN(language, SCHEMA_STRING, .doc = "Language of its texts", .example = "\"en\""),
    COLUMN(to_address, SCHEMA_EMAIL, .flags = FIELD_FILTER, .doc = "Where it goes"),
    COLUMN(to_name, SCHEMA_STRING, .doc = "What its recipient is called"),
    COLUMN(subject, SCHEMA_STRING, .doc = "Subject"),
    COLUMN(status, SCHEMA_ENUM, .flags = FIELD_FILTER, .values = statuses, .doc = "How far it got"),
    COLUMN(attempts, SCHEMA_INT, .doc = "How often it was tried"),
    COLUMN(last_error, SCHEMA_STRING, .flags = FIELD_NULLABLE, .doc = "Why the last attempt failed"),
    COLUMN(brand_id, SCHEMA_UUID, .flags = FIELD_NULLABLE, .doc = "The brand in whose name it goes"),
    COLUMN(user_id, SCHEMA_UUID, .flags = FIELD_NULLABLE, .doc = "The account that it is about"),
    COLUMN(not_before, SCHEMA_TIME, .doc = "It is sent no earlier"),
    COLUMN(created_at, SCHEMA_TIME, .flags = FIELD_SORT | FIELD_FILTER, .doc = "When it was queued"),
    COLUMN(tried_at, SCHEMA_TIME, .flags = FIELD_NULLABLE, .doc = "When the last attempt began"),
    COLUMN(sent_at, SCHEMA_TIME, .flags = FIELD_NULLABLE, .doc = "When it was handed over"),
    COLUMN(ended_at, SCHEMA_TIME, .flags = FIELD_NULLABLE, .doc = "When it was handed over or given up"),
    COLUMN(blanked_at, SCHEMA_TIME, .flags = FIELD_NULLABLE, .doc = "When its texts were removed"),
    COLUMN(text_body, SCHEMA_STRING, .flags = FIELD_SINGLE | FIELD_NULLABLE,
           .doc = "What it says, as text; null where the setting mail_readable is off, and once it was removed"),
    COLUMN(html_body, SCHEMA_STRING, .flags = FIELD_SINGLE | FIELD_NULLABLE, .doc = "The same as HTML"),
};
static const struct schema mail_schema = SCHEMA("Mail", mail_fields, 0);

static enum err mail_one(struct request *rq)
{
    return rq_answer(rq, rq_query(rq, &sql_mail_get, RQ_ARGS(ARG_BOOL("readable", config_bool(CONF_MAIL_READABLE)))));
}

static const struct scope mail_scope = { "mail", &sql_mail_locate, NULL, NULL };

static enum err handle_retry(struct request *rq)
{
    const struct db_result *r = rq_ask(rq, &sql_mail_retry, NULL);
    if (r == NULL) {
        return rq->err;
    }
    if (db_rows(r) == 0) {
        enum err e = mail_one(rq);
        return e == ERR_NONE ? rq_fail_words(rq, ERR_CONFLICT, "The mail is being sent, was sent, or its text is gone.") : e;
    }
    rq_audit(rq, &(struct audit_note){ .resource_type = "mail", .resource_id = db_uuid(r, 0, "id") });
    return mail_one(rq);
}

static const struct route rows[] = {
    { .method = HTTP_GET,
      .path = "/admin/mails",
      .permission = PERM_PLATFORM_ADMIN,
      .output = &mail_schema,
      .reply = REPLY_LIST,
      .tx = TX_READ,
      .queries = { &sql_mail_list },
      .sort = "-created_at",
      .flags = ROUTE_NO_STORE,
      .summary = "Mails that go out" },
    { .method = HTTP_GET,
      .path = "/admin/mails/{id}",
      .permission = PERM_PLATFORM_ADMIN,
      .output = &mail_schema,
      .reply = REPLY_ONE,
      .tx = TX_READ,
      .handler = mail_one,
      .flags = ROUTE_NO_STORE,
      .summary = "One of the mails, with what it says",
      .doc = "A mail may hold a link that opens an account. So its bodies can be read only where the setting `mail_readable` "
             "is on: in "
             "demos and tests." },
    { .method = HTTP_POST,
      .path = "/admin/mails/{id}/retry",
      .permission = PERM_PLATFORM_ADMIN,
      .scope = &mail_scope,
      .output = &mail_schema,
      .reply = REPLY_ONE,
      .tx = TX_STEPS,
      .handler = handle_retry,
      .event = "mail.retried",
      .flags = ROUTE_NO_STORE,
      .summary = "Try to send a mail now",
      .doc = "One that failed gets all its attempts again; one that waits doesn't wait any longer. 409 `conflict` when it is "
             "being sent, was sent, or its text has been removed." },
};

const struct route_table mail_routes = ROUTE_TABLE("mail", rows);
