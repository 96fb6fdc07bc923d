/* audit_routes.c - /audit and /admin/audit: reading the audit log. Writing it is api/audit.h's matter. */
#include "api/route.h"
#include "audit_log_sql.h"

static const char *const outcomes[] = { "success", "failure", NULL };

#define ENTRY_FIELDS                                                                                                           \
    COLUMN(id, SCHEMA_UUID, .doc = "Id of the entry"),                                                                         \
        COLUMN(actor_id, SCHEMA_UUID, .flags = FIELD_NULLABLE | FIELD_FILTER,                                                  \
               .doc = "Who did it; null for somebody who hadn't signed in"),                                                   \
        COLUMN(actor_name, SCHEMA_STRING, .flags = FIELD_NULLABLE, .doc = "What they are called now"),                         \
        COLUMN(action, SCHEMA_STRING, .flags = FIELD_FILTER, .doc = "What was done, or tried", .example = "\"member.added\""), \
        COLUMN(resource_type, SCHEMA_STRING, .flags = FIELD_FILTER, .doc = "Kind of thing it was done to",                     \
               .example = "\"member\""),                                                                                       \
        COLUMN(resource_id, SCHEMA_UUID, .flags = FIELD_NULLABLE | FIELD_FILTER,                                               \
               .doc = "Which of them; of a member the person"),                                                                \
        COLUMN(resource_name, SCHEMA_STRING, .flags = FIELD_NULLABLE, .doc = "What it is called now, where it still is"),      \
        COLUMN(outcome, SCHEMA_ENUM, .flags = FIELD_FILTER, .values = outcomes, .doc = "Whether it was done"),                 \
        COLUMN(before, SCHEMA_OBJECT, .flags = FIELD_NULLABLE, .doc = "What was changed, as it was",                           \
               .example = "{\"role\":\"member\"}"),                                                                            \
        COLUMN(after, SCHEMA_OBJECT, .flags = FIELD_NULLABLE, .doc = "The same, as it was then",                               \
               .example = "{\"role\":\"admin\"}"),                                                                             \
        COLUMN(ip, SCHEMA_STRING, .flags = FIELD_FILTER, .doc = "Address that it came from"),                                  \
        COLUMN(user_agent, SCHEMA_STRING, .doc = "What the device calls itself"),                                              \
        COLUMN(request_id, SCHEMA_STRING, .flags = FIELD_FILTER, .doc = "Id of the request, as in the logs"),                  \
        COLUMN(created_at, SCHEMA_TIME, .flags = FIELD_SORT | FIELD_FILTER, .doc = "When")

static const struct field entry_fields[] = { ENTRY_FIELDS };
static const struct schema entry_schema = SCHEMA("AuditEntry", entry_fields, 0);

static const struct field platform_entry_fields[] = {
    ENTRY_FIELDS,
    COLUMN(brand_id, SCHEMA_UUID, .flags = FIELD_NULLABLE | FIELD_FILTER,
           .doc = "The brand that it was done to; null for none"),
    COLUMN(brand_name, SCHEMA_STRING, .flags = FIELD_NULLABLE, .doc = "What that is called now"),
};
static const struct schema platform_entry_schema = SCHEMA("PlatformAuditEntry", platform_entry_fields, 0);

static const struct route rows[] = {
    { .method = HTTP_GET,
      .path = "/audit",
      .permission = PERM_CAN_VIEW_AUDIT,
      .output = &entry_schema,
      .reply = REPLY_LIST,
      .tx = TX_READ,
      .queries = { &sql_audit_list },
      .sort = "-created_at",
      .flags = ROUTE_TENANT | ROUTE_NO_STORE | ROUTE_GIVES_CSV,
      .summary = "The brand's audit log",
      .doc = "Every change of access, by whom, and from where. Entries are never changed. Filter by `actor_id`, `action`, "
             "`resource_type`, `resource_id`, `outcome`, `ip`, `request_id`, and by time with `created_at[gte]` and "
             "`created_at[lt]`. "
             "With `Accept: text/csv` all that fits comes as one table." },
    { .method = HTTP_GET,
      .path = "/admin/audit",
      .permission = PERM_PLATFORM_ADMIN,
      .output = &platform_entry_schema,
      .reply = REPLY_LIST,
      .tx = TX_READ,
      .queries = { &sql_audit_platform_list },
      .sort = "-created_at",
      .flags = ROUTE_NO_STORE | ROUTE_GIVES_CSV,
      .summary = "The platform's audit log",
      .doc = "What belongs to no brand, such as signing in, and what platform admins did to accounts and brands. What people "
             "do within "
             "their brands isn't shown here. With `Accept: text/csv` all that fits comes as one table." },
};

const struct route_table audit_routes = ROUTE_TABLE("audit", rows);
