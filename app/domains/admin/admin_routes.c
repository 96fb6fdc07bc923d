/* admin_routes.c - /admin: accounts and brands of the installation, for platform admins. What is in a brand isn't shown here. */
#include "admin_sql.h"
#include "api/bulk.h"
#include "core/arena.h"
#include "core/str.h"
#include "domains/auth/auth.h"
#include "domains/brands/brands.h"
#include "domains/users/users.h"

/* ---- shapes ---- */

static const char *const statuses[] = { "pending", "active", "inactive", "suspended", NULL };
static const char *const settable_statuses[] = { "active", "inactive", "suspended", NULL };
static const char *const platform_roles[] = { "admin", "member", NULL };
static const char *const brand_statuses[] = { "active", "inactive", "suspended", NULL };
static const char *const plans[] = { "free", "basic", "premium", "enterprise", NULL };

static const struct field user_fields[] = {
    COLUMN(id, SCHEMA_UUID, .doc = "Id of the account"),
    COLUMN(email, SCHEMA_EMAIL, .flags = FIELD_SORT | FIELD_FILTER, .doc = "E-mail address, unique whatever its case"),
    COLUMN(username, SCHEMA_STRING, .flags = FIELD_NULLABLE, .doc = "Name without blanks, unique"),
    COLUMN(first_name, SCHEMA_STRING, .doc = "First name"),
    COLUMN(last_name, SCHEMA_STRING, .doc = "Last name"),
    COLUMN(name, SCHEMA_STRING, .flags = FIELD_SORT, .doc = "Both names"),
    COLUMN(status, SCHEMA_ENUM, .flags = FIELD_FILTER, .values = statuses, .doc = "Pending until somebody can sign in"),
    COLUMN(platform_role, SCHEMA_ENUM, .flags = FIELD_FILTER, .values = platform_roles, .doc = "Admins run the installation"),
    COLUMN(two_factor_enabled, SCHEMA_BOOL, .doc = "Whether signing in takes a second factor"),
    COLUMN(brand_count, SCHEMA_INT, .doc = "To how many brands they belong"),
    COLUMN(session_count, SCHEMA_INT, .doc = "On how many devices they are signed in"),
    COLUMN(last_login_at, SCHEMA_TIME, .flags = FIELD_NULLABLE | FIELD_SORT, .doc = "Last sign-in"),
    COLUMN(last_active_at, SCHEMA_TIME, .flags = FIELD_NULLABLE | FIELD_SORT, .doc = "Last seen"),
    COLUMN(version, SCHEMA_INT, .doc = "Raised by every change"),
    COLUMN(created_at, SCHEMA_TIME, .flags = FIELD_SORT | FIELD_FILTER, .doc = "When the account was made"),
    COLUMN(updated_at, SCHEMA_TIME, .flags = FIELD_SORT, .doc = "Last change"),
    COLUMN(locked_until, SCHEMA_TIME, .flags = FIELD_SINGLE | FIELD_NULLABLE,
           .doc = "Signing in is refused until then, after wrong passwords; null: it isn't"),
    COLUMN(brands, SCHEMA_JSON, .flags = FIELD_SINGLE,
           .doc = "The brands that they belong to; last_owner: only this person stands for the brand",
           .example =
               "[{\"id\":\"0192f3c4-5e00-7001-8000-000000000001\",\"name\":\"Acme\",\"slug\":\"acme\",\"role\":\"owner\","
               "\"status\":\"active\",\"last_owner\":true}]"),
};
static const struct schema admin_user_schema = SCHEMA("Account", user_fields, 0);

static const struct field brand_fields[] = {
    COLUMN(id, SCHEMA_UUID, .doc = "Id of the brand"),
    COLUMN(name, SCHEMA_STRING, .flags = FIELD_SORT, .doc = "Name"),
    COLUMN(slug, SCHEMA_STRING, .flags = FIELD_SORT | FIELD_FILTER, .doc = "Name in addresses"),
    COLUMN(status, SCHEMA_ENUM, .flags = FIELD_FILTER, .values = brand_statuses,
           .doc = "A suspended brand can only be read, an inactive one not be entered"),
    COLUMN(plan, SCHEMA_ENUM, .flags = FIELD_FILTER, .values = plans, .doc = "Its plan"),
    COLUMN(subscription, SCHEMA_OBJECT, .doc = "Plan and its limits", .example = "{\"plan\":\"basic\",\"max_users\":20}"),
    COLUMN(features, SCHEMA_OBJECT, .doc = "What the plan holds besides: true, false, or how many",
           .example = "{\"white_label\":true,\"divisions\":20}"),
    COLUMN(logo_url, SCHEMA_STRING, .flags = FIELD_NULLABLE, .doc = "Address of the logo"),
    COLUMN(domains, SCHEMA_STRINGS, .doc = "Host names that are the brand's own", .example = "[\"work.example.org\"]"),
    COLUMN(parent_brand_id, SCHEMA_UUID, .flags = FIELD_NULLABLE, .doc = "The brand that sees analytics across its brands"),
    COLUMN(member_count, SCHEMA_INT, .flags = FIELD_SORT, .doc = "How many people belong to it"),
    COLUMN(owner_count, SCHEMA_INT, .doc = "How many of them own it"),
    COLUMN(version, SCHEMA_INT, .doc = "Raised by every change"),
    COLUMN(created_at, SCHEMA_TIME, .flags = FIELD_SORT | FIELD_FILTER, .doc = "When it was made"),
    COLUMN(updated_at, SCHEMA_TIME, .flags = FIELD_SORT, .doc = "Last change"),
};
static const struct schema admin_brand_schema = SCHEMA("PlatformBrand", brand_fields, 0);

static const struct field stats_fields[] = {
    COLUMN(users_by_status, SCHEMA_OBJECT, .doc = "How many accounts of each status", .example = "{\"active\":17}"),
    COLUMN(platform_admins, SCHEMA_INT, .doc = "How many platform admins"),
    COLUMN(brands_by_status, SCHEMA_OBJECT, .doc = "How many brands of each status", .example = "{\"active\":2}"),
    COLUMN(brands_by_plan, SCHEMA_OBJECT, .doc = "How many brands on each plan", .example = "{\"free\":1,\"premium\":1}"),
    COLUMN(sessions, SCHEMA_INT, .doc = "Devices that are signed in"),
    COLUMN(events_by_day, SCHEMA_JSON, .doc = "What was done on each of the last 14 days (UTC)",
           .example = "[{\"date\":\"2026-11-20\",\"events\":412}]"),
    COLUMN(database_bytes, SCHEMA_INT, .doc = "Size of the database"),
};
static const struct schema stats_schema = SCHEMA("PlatformStats", stats_fields, 0);

struct search {
    struct input in;
    const char *q;
};

static const struct field search_fields[] = {
    FIELD(struct search, q, SCHEMA_STRING, .flags = FIELD_QUERY, .max = 100, .doc = "Part of a name or address"),
};
static const struct schema search_schema = SCHEMA("PlatformSearch", search_fields, sizeof(struct search));

struct user_input {
    struct input in;
    const char *email, *password, *first_name, *last_name, *status, *platform_role;
    bool two_factor_enabled, force;
};

static const struct field user_create_fields[] = {
    FIELD(struct user_input, email, SCHEMA_EMAIL, .flags = FIELD_REQUIRED, .doc = "E-mail address"),
    FIELD(struct user_input, password, SCHEMA_STRING, .flags = FIELD_SECRET | FIELD_RAW, .min = 8, .max = 128,
          .doc = "Makes the account active; without it is pending"),
    FIELD(struct user_input, first_name, SCHEMA_STRING, .max = 100, .doc = "First name"),
    FIELD(struct user_input, last_name, SCHEMA_STRING, .max = 100, .doc = "Last name"),
    FIELD(struct user_input, platform_role, SCHEMA_ENUM, .values = platform_roles, .doc = "member, unless it is said"),
};
static const struct schema user_create_schema = SCHEMA("NewAccountByAdmin", user_create_fields, sizeof(struct user_input));

static const char force_doc[] = "Also where a brand is left without an active owner: without it that is 409 `conflict`";

static const struct field user_update_fields[] = {
    FIELD(struct user_input, status, SCHEMA_ENUM, .values = settable_statuses,
          .doc = "All but active end every session at once"),
    FIELD(struct user_input, platform_role, SCHEMA_ENUM, .values = platform_roles, .doc = "Admins run the installation"),
    FIELD(struct user_input, two_factor_enabled, SCHEMA_BOOL,
          .doc = "false, for who has lost authenticator and recovery codes: sign-in asks for the password only, and they are "
                 "told by mail",
          .example = "false"),
    FIELD(struct user_input, force, SCHEMA_BOOL, .doc = force_doc),
};
static const struct schema user_update_schema = SCHEMA("AccountChange", user_update_fields, sizeof(struct user_input));

static const struct field user_delete_fields[] = {
    FIELD(struct user_input, force, SCHEMA_BOOL, .flags = FIELD_QUERY, .doc = force_doc),
};
static const struct schema user_delete_schema = SCHEMA("AccountEnd", user_delete_fields, sizeof(struct user_input));

struct brand_input {
    struct input in;
    const char *status, *subscription;
    struct text_list domains;
};

static const struct field brand_update_fields[] = {
    FIELD(struct brand_input, status, SCHEMA_ENUM, .values = brand_statuses,
          .doc = "A suspended brand can only be read, an inactive one not be entered"),
    FIELD(struct brand_input, subscription, SCHEMA_OBJECT, .doc = "Merged key by key; null takes a key away",
          .example = "{\"plan\":\"basic\",\"max_users\":20}"),
    FIELD(struct brand_input, domains, SCHEMA_STRINGS, .max = 20, .example = "[\"work.example.org\"]",
          .doc = "Host names that are the brand's own, all of them, each in one brand; mails lead to the first. They may be "
                 "written in any script"),
};
static const struct schema brand_update_schema = SCHEMA("BrandRuling", brand_update_fields, sizeof(struct brand_input));

/* ---- accounts ---- */

static const struct scope user_scope = { "account", &sql_admin_user_locate, &sql_admin_user_get, &admin_user_schema };

/* Why something wasn't there, or was another version; what else was said stays said. */
static enum err explain(struct request *rq, enum err e)
{
    if (e != ERR_NOT_FOUND && e != ERR_VERSION_MISMATCH) {
        return e;
    }
    rq->err = ERR_NONE;
    return rq_missing(rq);
}

static enum err show(struct request *rq, const struct sql_query *get, struct uuid id)
{
    return rq_answer(rq, rq_query(rq, get, RQ_ARGS(ARG_UUID("id", id))));
}

static enum err handle_user_create(struct request *rq)
{
    const struct user_input *in = rq->input;
    const struct auth_names names = { in->email, in->first_name != NULL ? in->first_name : "",
                                      in->last_name != NULL ? in->last_name : "" };
    const char *problem = in->password != NULL ? auth_password_problem(rq->arena, in->password, &names) : NULL;
    if (problem != NULL) {
        return rq_fail_field(rq, "password", problem);
    }
    const struct user_new made = {
        .email = in->email,
        .first_name = in->first_name,
        .last_name = in->last_name,
        .platform_role = in->platform_role,
        .password_hash = in->password != NULL ? auth_password_hash(rq, in->password) : NULL,
    };
    user_create(rq, &made);
    return show(rq, &sql_admin_user_get, rq->new_id);
}

/* What a body asks for. */
static enum err read_change(struct request *rq, const struct user_input *in, struct user_change *ret)
{
    if (in->two_factor_enabled) {
        return rq_fail_field(rq, "two_factor_enabled", "can only be switched off here: everybody sets up their own");
    }
    *ret = (struct user_change){ .status = in->status,
                                 .platform_role = in->platform_role,
                                 .end_two_factor = schema_given(&user_update_schema, in, "two_factor_enabled"),
                                 .force = in->force };
    return ERR_NONE;
}

static enum err handle_user_update(struct request *rq)
{
    const struct user_input *in = rq->input;
    struct uuid id = rq_path_uuid(rq, "id");
    struct user_change change;
    enum err e = read_change(rq, in, &change);
    e = e == ERR_NONE ? user_change(rq, id, &change) : e;
    return e == ERR_NONE ? show(rq, &sql_admin_user_get, id) : explain(rq, e);
}

static enum err handle_user_delete(struct request *rq)
{
    const struct user_input *in = rq->input;
    enum err e = user_delete(rq, rq_path_uuid(rq, "id"), in->force);
    return e == ERR_NONE ? rq_reply_null(rq) : explain(rq, e);
}

/* An operation's data, as of the route that does one. */
static enum err read_data(struct request *rq, const struct bulk_op *op, struct user_change *ret)
{
    struct user_input in = { .email = NULL };
    schema_decode(rq->arena, &user_update_schema, op->data, &admin_user_schema, &in, &rq->errors);
    return rq->errors.first != NULL ? rq_fail(rq, ERR_VALIDATION_FAILED) : read_change(rq, &in, ret);
}

static enum err perform(struct request *rq, struct bulk_op *op)
{
    if (uuid_is_nil(&op->id)) {
        return rq_fail_field(rq, "id", "is required");
    }
    struct user_change change = { .status = NULL };
    if ((op->data != NULL || str_eq(op->op, "update")) && read_data(rq, op, &change) != ERR_NONE) {
        return rq->err;
    }
    if (str_eq(op->op, "delete")) {
        return user_delete(rq, op->id, change.force);
    }
    if (!str_eq(op->op, "update")) {
        change.status = str_eq(op->op, "suspend") ? "suspended" : "active";
    }
    return user_change(rq, op->id, &change);
}

static enum err handle_users_bulk(struct request *rq)
{
    static const char *const ops[] = { "suspend", "activate", "update", "delete", NULL };
    return bulk_run(rq, ops, perform);
}

/* ---- brands ---- */

static const struct scope brand_scope = { "brand", &sql_admin_brand_locate, &sql_admin_brand_get, &admin_brand_schema };

static enum err handle_brand_update(struct request *rq)
{
    const struct brand_input *in = rq->input;
    struct uuid id = rq_path_uuid(rq, "id");
    bool named = schema_given(&brand_update_schema, in, "domains");
    enum err e = brand_rule(rq, id, &(struct brand_ruling){ in->status, in->subscription, named ? &in->domains : NULL });
    return e == ERR_NONE ? show(rq, &sql_admin_brand_get, id) : explain(rq, e);
}

/* ---- rows ---- */

static const char last_admin_doc[] =
    "The last platform admin can be neither demoted nor suspended nor deleted: 409 `conflict`. Somebody who alone owns a brand "
    "isn't shut out "
    "unless `force` says so: 409 `conflict`, with `details.reason` `last_owner` and the brands in `details.brands`.";
static const char delete_doc[] =
    "What the person made stays, under the name Deleted user; their address, sessions and memberships go. The last platform "
    "admin can't be deleted, and the last owner of a brand only with `?force=true`: 409 `conflict`, with the brands in "
    "`details.brands`. A brand "
    "that is left so stays as it is; `kararactl` can give it an owner.";
static const char bulk_doc[] = "`op` is `suspend`, `activate`, `update` (with `data` as of PATCH) or `delete`; `data.force` as "
                               "of the single routes. Each gives one "
                               "result; with `atomic` the first that is "
                               "refused undoes them all, and is the answer, with `details.index`.";

static const struct route rows[] = {
    { .method = HTTP_GET,
      .path = "/admin/users",
      .permission = PERM_PLATFORM_ADMIN,
      .input = &search_schema,
      .output = &admin_user_schema,
      .reply = REPLY_LIST,
      .tx = TX_READ,
      .queries = { &sql_admin_user_list },
      .sort = "-created_at",
      .summary = "All accounts" },
    { .method = HTTP_POST,
      .path = "/admin/users",
      .permission = PERM_PLATFORM_ADMIN,
      .input = &user_create_schema,
      .output = &admin_user_schema,
      .reply = REPLY_CREATED,
      .tx = TX_STEPS,
      .handler = handle_user_create,
      .location = "/admin/users/{id}",
      .event = "user.created",
      .flags = ROUTE_HASHES,
      .summary = "Make an account" },
    { .method = HTTP_POST,
      .path = "/admin/users/bulk",
      .permission = PERM_PLATFORM_ADMIN,
      .input = &bulk_schema,
      .output = &bulk_results_schema,
      .reply = REPLY_ONE,
      .tx = TX_STEPS,
      .handler = handle_users_bulk,
      .event = "user.changed",
      .summary = "Change many accounts",
      .doc = bulk_doc },
    { .method = HTTP_GET,
      .path = "/admin/users/{id}",
      .permission = PERM_PLATFORM_ADMIN,
      .scope = &user_scope,
      .output = &admin_user_schema,
      .reply = REPLY_ONE,
      .tx = TX_READ,
      .queries = { &sql_admin_user_get },
      .summary = "One account" },
    { .method = HTTP_PATCH,
      .path = "/admin/users/{id}",
      .permission = PERM_PLATFORM_ADMIN,
      .scope = &user_scope,
      .input = &user_update_schema,
      .output = &admin_user_schema,
      .reply = REPLY_ONE,
      .tx = TX_STEPS,
      .handler = handle_user_update,
      .event = "user.changed",
      .summary = "Change an account's status or role, or end its second factor",
      .doc = last_admin_doc },
    { .method = HTTP_DELETE,
      .path = "/admin/users/{id}",
      .permission = PERM_PLATFORM_ADMIN,
      .scope = &user_scope,
      .input = &user_delete_schema,
      .reply = REPLY_NULL,
      .tx = TX_STEPS,
      .handler = handle_user_delete,
      .event = "user.deleted",
      .summary = "Delete an account",
      .doc = delete_doc },
    { .method = HTTP_GET,
      .path = "/admin/brands",
      .permission = PERM_PLATFORM_ADMIN,
      .input = &search_schema,
      .output = &admin_brand_schema,
      .reply = REPLY_LIST,
      .tx = TX_READ,
      .queries = { &sql_admin_brand_list },
      .sort = "name",
      .summary = "All brands",
      .doc = "Their names, plans and numbers. What is in them is for their members only." },
    { .method = HTTP_GET,
      .path = "/admin/brands/{id}",
      .permission = PERM_PLATFORM_ADMIN,
      .scope = &brand_scope,
      .output = &admin_brand_schema,
      .reply = REPLY_ONE,
      .tx = TX_READ,
      .queries = { &sql_admin_brand_get },
      .summary = "One brand, from outside" },
    { .method = HTTP_PATCH,
      .path = "/admin/brands/{id}",
      .permission = PERM_PLATFORM_ADMIN,
      .scope = &brand_scope,
      .input = &brand_update_schema,
      .output = &admin_brand_schema,
      .reply = REPLY_ONE,
      .tx = TX_STEPS,
      .handler = handle_brand_update,
      .event = "brand.updated",
      .summary = "Change a brand's status or subscription",
      .doc = "Takes effect with the next request of everybody in the brand, and stands in its audit log." },
    { .method = HTTP_GET,
      .path = "/admin/stats",
      .permission = PERM_PLATFORM_ADMIN,
      .output = &stats_schema,
      .reply = REPLY_ONE,
      .tx = TX_READ,
      .queries = { &sql_admin_stats },
      .flags = ROUTE_NO_STORE,
      .summary = "Figures of the installation" },
};

const struct route_table admin_routes = ROUTE_TABLE("admin", rows);
