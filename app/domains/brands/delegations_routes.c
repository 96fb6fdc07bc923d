/* delegations_routes.c - /brands/{brand_id}/delegations: permissions that members lend each other for a time. */
#include "domains/brands/brands_rules.h"

#include "delegations_sql.h"
#include "members_sql.h"
#include "roles_sql.h"

/* ---- shapes ---- */

static const struct field giver_fields[] = {
    COLUMN(id, SCHEMA_UUID, .doc = "Id of the person"),
    COLUMN(name, SCHEMA_STRING, .doc = "Both names"),
    COLUMN(avatar_url, SCHEMA_STRING, .flags = FIELD_NULLABLE, .doc = "Address of the picture"),
};
static const struct schema giver_schema = SCHEMA("DelegationPerson", giver_fields, 0);

static const struct field delegation_fields[] = {
    COLUMN(id, SCHEMA_UUID, .doc = "Id of the delegation"),
    COLUMN(from_user_id, SCHEMA_UUID, .flags = FIELD_FILTER, .doc = "Who gives"),
    COLUMN(to_user_id, SCHEMA_UUID, .flags = FIELD_FILTER, .doc = "Who gets"),
    COLUMN(from_user, SCHEMA_ONE, .of = &giver_schema, .doc = "Who gives"),
    COLUMN(to_user, SCHEMA_ONE, .of = &giver_schema, .doc = "Who gets"),
    COLUMN(permissions, SCHEMA_STRINGS, .doc = "What is lent, as far as the giver has it themselves",
           .example = "[\"can_edit_tasks\"]"),
    COLUMN(starts_at, SCHEMA_TIME, .flags = FIELD_SORT | FIELD_FILTER, .doc = "From when"),
    COLUMN(ends_at, SCHEMA_TIME, .flags = FIELD_SORT | FIELD_FILTER, .doc = "Until when"),
    COLUMN(active, SCHEMA_BOOL, .flags = FIELD_FILTER, .doc = "Whether that is now"),
    COLUMN(version, SCHEMA_INT, .doc = "Raised by every change"),
    COLUMN(created_at, SCHEMA_TIME, .flags = FIELD_SORT, .doc = "When it was made"),
    COLUMN(updated_at, SCHEMA_TIME, .flags = FIELD_SORT, .doc = "Last change"),
};
static const struct schema delegation_schema = SCHEMA("Delegation", delegation_fields, 0);

#define DELEGATION_INPUT(required)                                                                                             \
    FIELD(struct delegation_input, permissions, SCHEMA_STRINGS, .flags = (required), .min = 1, .max = 64,                      \
          .doc = "Of the caller's own", .example = "[\"can_comment\"]"),                                                       \
        FIELD(struct delegation_input, starts_at, SCHEMA_TIME, .doc = "From when; now, unless it is said"),                    \
        FIELD(struct delegation_input, ends_at, SCHEMA_TIME, .flags = (required), .doc = "When it ends by itself",             \
              .example = "\"2099-01-01T00:00:00Z\"")

static const struct field delegation_create_fields[] = {
    FIELD(struct delegation_input, to_user_id, SCHEMA_UUID, .flags = FIELD_REQUIRED, .doc = "Somebody else of the brand"),
    DELEGATION_INPUT(FIELD_REQUIRED),
};
static const struct schema delegation_create_schema =
    SCHEMA("NewDelegation", delegation_create_fields, sizeof(struct delegation_input));
static const struct field delegation_update_fields[] = { DELEGATION_INPUT(0) };
static const struct schema delegation_update_schema =
    SCHEMA("DelegationChange", delegation_update_fields, sizeof(struct delegation_input));

/* ---- handlers ---- */

/* Under the brand's lock, so that what the caller has stays theirs until the delegation is there. */
static enum err check_giver(struct request *rq)
{
    const struct delegation_input *in = rq->input;
    rq_query(rq, &sql_member_lock, NULL);
    const struct db_result *giver = rq_ask(rq, &sql_member_effective, RQ_ARGS(ARG_UUID("user_id", rq->user_id)));
    if (giver == NULL || db_rows(giver) == 0) {
        return giver == NULL ? rq->err : rq_fail(rq, ERR_NOT_FOUND);
    }
    return delegation_check(rq, giver, in);
}

static enum err delegation_make(struct request *rq)
{
    if (check_giver(rq) != ERR_NONE) {
        return rq->err;
    }
    const struct db_result *r = rq_ask(rq, &sql_delegation_create, NULL);
    return r != NULL ? rq_reply_row(rq, r, 0) : rq->err;
}

static enum err delegation_change(struct request *rq)
{
    if (check_giver(rq) != ERR_NONE) {
        return rq->err;
    }
    return rq_answer(rq, rq_query(rq, &sql_delegation_update, NULL));
}

/* ---- rows ---- */

static const struct scope delegation_scope = { "delegation", &sql_delegation_locate, &sql_delegation_get, &delegation_schema };
static const struct scope revocable_scope = { "delegation", &sql_delegation_locate_revocable, &sql_delegation_get,
                                              &delegation_schema };

static const char delegation_doc[] = "Nobody delegates what they lack by role and overrides of their own; and who loses a "
                                     "permission lends it no longer, from that moment.";

static const struct route rows[] = {
    { .method = HTTP_GET,
      .path = "/brands/{brand_id}/delegations",
      .permission = PERM_IN_BRAND,
      .output = &delegation_schema,
      .reply = REPLY_LIST,
      .tx = TX_READ,
      .queries = { &sql_delegation_list },
      .sort = "ends_at",
      .flags = ROUTE_TENANT,
      .summary = "Delegations",
      .doc = "Those one gives or gets; all of them with `can_manage_users`." },
    { .method = HTTP_POST,
      .path = "/brands/{brand_id}/delegations",
      .permission = PERM_IN_BRAND,
      .input = &delegation_create_schema,
      .output = &delegation_schema,
      .reply = REPLY_CREATED,
      .tx = TX_STEPS,
      .handler = delegation_make,
      .location = "/brands/{brand_id}/delegations/{id}",
      .event = "delegation.created",
      .flags = ROUTE_TENANT,
      .summary = "Lend permissions to somebody for a time",
      .doc = delegation_doc },
    { .method = HTTP_GET,
      .path = "/brands/{brand_id}/delegations/{id}",
      .permission = PERM_IN_BRAND,
      .scope = &delegation_scope,
      .output = &delegation_schema,
      .reply = REPLY_ONE,
      .tx = TX_READ,
      .queries = { &sql_delegation_get },
      .flags = ROUTE_TENANT,
      .summary = "One delegation" },
    { .method = HTTP_PATCH,
      .path = "/brands/{brand_id}/delegations/{id}",
      .permission = PERM_IN_BRAND,
      .scope = &delegation_scope,
      .input = &delegation_update_schema,
      .output = &delegation_schema,
      .reply = REPLY_ONE,
      .tx = TX_STEPS,
      .handler = delegation_change,
      .event = "delegation.updated",
      .flags = ROUTE_TENANT,
      .summary = "Change what one lends, or for how long",
      .doc = delegation_doc },
    { .method = HTTP_DELETE,
      .path = "/brands/{brand_id}/delegations/{id}",
      .permission = PERM_IN_BRAND,
      .scope = &revocable_scope,
      .reply = REPLY_NULL,
      .tx = TX_WRITE,
      .queries = { &sql_delegation_revoke },
      .event = "delegation.revoked",
      .flags = ROUTE_TENANT,
      .summary = "Revoke a delegation",
      .doc = "One's own, or any with `can_manage_users`." },
};

const struct route_table delegations_routes = ROUTE_TABLE("brands", rows);
