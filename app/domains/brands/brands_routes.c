/* brands_routes.c - /brands: brands, and who belongs to them. */
#include "domains/brands/brands_rules.h"

#include "api/access.h"
#include "api/constraint.h"
#include "brands_sql.h"
#include "core/arena.h"
#include "domains/auth/auth.h"
#include "domains/teams/teams.h"
#include "members_sql.h"

/* ---- shapes ---- */

static const char *const statuses[] = { "active", "inactive", "suspended", NULL };
static const char *const member_statuses[] = { "active", "pending", "suspended", "expired", NULL };
static const char *const settable_statuses[] = { "active", "suspended", NULL };

static const struct field brand_fields[] = {
    COLUMN(id, SCHEMA_UUID, .doc = "Id of the brand"),
    COLUMN(name, SCHEMA_STRING, .flags = FIELD_SORT, .doc = "Name, unique"),
    COLUMN(slug, SCHEMA_STRING, .flags = FIELD_SORT | FIELD_FILTER, .doc = "Name in addresses, unique"),
    COLUMN(description, SCHEMA_STRING, .doc = "What it is about"),
    COLUMN(logo_url, SCHEMA_STRING, .flags = FIELD_NULLABLE, .doc = "Address of the logo"),
    COLUMN(status, SCHEMA_ENUM, .flags = FIELD_FILTER, .values = statuses, .doc = "A suspended brand can only be read"),
    COLUMN(role, SCHEMA_ENUM, .flags = FIELD_FILTER, .values = role_names, .doc = "The caller's role"),
    COLUMN(permissions, SCHEMA_STRINGS, .flags = FIELD_SINGLE, .doc = "What the caller may do here",
           .example = "[\"can_comment\",\"can_create_tasks\"]"),
    COLUMN(settings, SCHEMA_OBJECT, .flags = FIELD_SINGLE, .doc = "timezone, date_format, currency, language, working_hours …",
           .example = "{\"timezone\":\"Europe/Berlin\"}"),
    COLUMN(subscription, SCHEMA_OBJECT, .flags = FIELD_SINGLE, .doc = "Plan and its limits", .example = "{\"plan\":\"free\"}"),
    COLUMN(compliance, SCHEMA_OBJECT, .flags = FIELD_SINGLE, .doc = "Rules of retention and audit", .example = "{}"),
    COLUMN(features, SCHEMA_OBJECT, .flags = FIELD_SINGLE, .doc = "What the plan holds besides: true, false, or how many",
           .example = "{\"white_label\":true,\"divisions\":20}"),
    COLUMN(domains, SCHEMA_STRINGS, .flags = FIELD_SINGLE, .doc = "Host names that are the brand's own",
           .example = "[\"work.example.org\"]"),
    COLUMN(parent_brand_id, SCHEMA_UUID, .flags = FIELD_NULLABLE, .doc = "The brand that sees analytics across its brands"),
    COLUMN(version, SCHEMA_INT, .doc = "Raised by every change"),
    COLUMN(created_at, SCHEMA_TIME, .flags = FIELD_SORT, .doc = "When it was made"),
    COLUMN(updated_at, SCHEMA_TIME, .flags = FIELD_SORT, .doc = "Last change"),
};
const struct schema brand_schema = SCHEMA("Brand", brand_fields, 0);

struct brand_input {
    struct input in;
    const char *name, *slug, *description, *settings, *compliance;
    struct uuid parent_brand_id;
};

#define BRAND_INPUT(name_flags)                                                                                                \
    FIELD(struct brand_input, name, SCHEMA_STRING, .flags = (name_flags), .min = 1, .max = 120, .doc = "Name, unique"),        \
        FIELD(struct brand_input, slug, SCHEMA_STRING, .min = 1, .max = 63, .doc = "Small letters, digits and hyphens"),       \
        FIELD(struct brand_input, description, SCHEMA_STRING, .max = 2000, .doc = "What it is about"),                         \
        FIELD(struct brand_input, settings, SCHEMA_OBJECT, .doc = "Merged key by key; null takes a key away",                  \
              .example = "{\"timezone\":\"Europe/Berlin\"}")

static const struct field brand_create_fields[] = { BRAND_INPUT(FIELD_REQUIRED) };
static const struct schema brand_create_schema = SCHEMA("NewBrand", brand_create_fields, sizeof(struct brand_input));
static const struct field brand_update_fields[] = {
    BRAND_INPUT(0),
    FIELD(struct brand_input, compliance, SCHEMA_OBJECT, .max = 4096, .doc = "Merged key by key; null takes a key away",
          .example = "{\"data_retention_days\":365}"),
    FIELD(struct brand_input, parent_brand_id, SCHEMA_UUID, .flags = FIELD_NULLABLE,
          .doc = "A brand with an enterprise plan, when the caller owns both; null for none"),
};
static const struct schema brand_update_schema = SCHEMA("BrandChange", brand_update_fields, sizeof(struct brand_input));

static const struct field child_fields[] = {
    COLUMN(id, SCHEMA_UUID, .doc = "Id of the brand"),
    COLUMN(name, SCHEMA_STRING, .flags = FIELD_SORT, .doc = "Name"),
    COLUMN(status, SCHEMA_ENUM, .flags = FIELD_FILTER, .values = statuses, .doc = "A suspended brand can only be read"),
    COLUMN(member_count, SCHEMA_INT, .doc = "How many people belong to it"),
    COLUMN(created_at, SCHEMA_TIME, .flags = FIELD_SORT, .doc = "When it was made"),
};
static const struct schema child_schema = SCHEMA("ChildBrand", child_fields, 0);

#define MEMBER_FIELDS(id_flags)                                                                                                \
    COLUMN(id, SCHEMA_UUID, .flags = (id_flags), .doc = "Id of the person"),                                                   \
        COLUMN(name, SCHEMA_STRING, .flags = FIELD_SORT, .doc = "Both names"),                                                 \
        COLUMN(first_name, SCHEMA_STRING, .flags = FIELD_SORT, .doc = "First name"),                                           \
        COLUMN(last_name, SCHEMA_STRING, .flags = FIELD_SORT, .doc = "Last name"),                                             \
        COLUMN(email, SCHEMA_EMAIL, .flags = FIELD_SORT | FIELD_FILTER, .doc = "E-mail address"),                              \
        COLUMN(avatar_url, SCHEMA_STRING, .flags = FIELD_NULLABLE, .doc = "Address of the picture"),                           \
        COLUMN(role, SCHEMA_ENUM, .flags = FIELD_FILTER, .values = role_names, .doc = "Role in this brand"),                   \
        COLUMN(status, SCHEMA_ENUM, .flags = FIELD_FILTER, .values = member_statuses,                                          \
               .doc = "Only active members may do anything"),                                                                  \
        COLUMN(permissions, SCHEMA_OBJECT, .flags = FIELD_NULLABLE, .example = "{\"can_export_data\":true}",                   \
               .doc = "What was given or taken besides the role; null unless it is one's own or one manages users"),           \
        COLUMN(two_factor, SCHEMA_BOOL, .flags = FIELD_NULLABLE | FIELD_FILTER,                                                \
               .doc = "Whether signing in takes a second factor; null unless it is one's own or one manages users"),           \
        COLUMN(joined_at, SCHEMA_TIME, .flags = FIELD_NULLABLE | FIELD_SORT, .doc = "Since when"),                             \
        COLUMN(expires_at, SCHEMA_TIME, .flags = FIELD_NULLABLE | FIELD_SORT, .doc = "When access ends"),                      \
        COLUMN(version, SCHEMA_INT, .doc = "Raised by every change"),                                                          \
        COLUMN(created_at, SCHEMA_TIME, .flags = FIELD_SORT, .doc = "When it was made"),                                       \
        COLUMN(updated_at, SCHEMA_TIME, .flags = FIELD_SORT, .doc = "Last change")

static const struct field member_fields[] = { MEMBER_FIELDS(0) };
static const struct schema member_schema = SCHEMA("Member", member_fields, 0);

static const struct field added_fields[] = {
    MEMBER_FIELDS(FIELD_NULLABLE),
    COLUMN(invitation_id, SCHEMA_UUID, .flags = FIELD_NULLABLE,
           .doc = "The invitation that went out instead; the membership is pending then, and has no id of a person"),
};
static const struct schema added_schema = SCHEMA("AddedMember", added_fields, 0);

struct join_input {
    struct input in;
    const char *email, *role;
    struct uuid user_id;
    struct uuid_list team_ids;
    int64_t expires_at;
};

static const struct field join_fields[] = {
    FIELD(struct join_input, email, SCHEMA_EMAIL, .doc = "Whose address; or user_id"),
    FIELD(struct join_input, user_id, SCHEMA_UUID, .doc = "Id of somebody that one shares a brand with; or email"),
    FIELD(struct join_input, role, SCHEMA_ENUM, .flags = FIELD_REQUIRED, .values = role_names, .doc = "At most one's own"),
    FIELD(struct join_input, team_ids, SCHEMA_UUIDS, .max = 100, .doc = "Teams to put them into"),
    FIELD(struct join_input, expires_at, SCHEMA_TIME, .flags = FIELD_NULLABLE, .doc = "When access ends; null for never"),
};
static const struct schema join_schema = SCHEMA("NewMember", join_fields, sizeof(struct join_input));

struct member_input {
    struct input in;
    const char *role, *permissions, *status;
    int64_t expires_at;
};

static const struct field member_input_fields[] = {
    FIELD(struct member_input, role, SCHEMA_ENUM, .values = role_names, .doc = "At most one's own"),
    FIELD(struct member_input, permissions, SCHEMA_OBJECT, .max = 4096, .example = "{\"can_export_data\":true}",
          .doc = "Merged key by key: true gives, false takes, null leaves it to the role"),
    FIELD(struct member_input, status, SCHEMA_ENUM, .values = settable_statuses, .doc = "Suspended members may do nothing"),
    FIELD(struct member_input, expires_at, SCHEMA_TIME, .flags = FIELD_NULLABLE, .doc = "When access ends; null for never"),
};
static const struct schema member_input_schema = SCHEMA("MemberChange", member_input_fields, sizeof(struct member_input));

struct member_query {
    struct input in;
    const char *q;
};

static const struct field member_query_fields[] = {
    FIELD(struct member_query, q, SCHEMA_STRING, .flags = FIELD_QUERY, .max = 100, .doc = "Part of a name or address"),
};
static const struct schema member_query_schema = SCHEMA("MemberQuery", member_query_fields, sizeof(struct member_query));

const struct constraint_words brands_constraints[] = {
    { "brands_name_key", ERR_ALREADY_EXISTS, "name", "There is a brand of this name already." },
    { "brands_slug_key", ERR_ALREADY_EXISTS, "slug", "There is a brand with this slug already." },
    { "brand_members_brand_id_user_id_pk", ERR_ALREADY_EXISTS, NULL, "This person belongs to the brand already." },
    { "brand_domains_domain_pk", ERR_ALREADY_EXISTS, "domains", "Another brand has this host name already." },
    { "brand_domains_domain_check", ERR_VALIDATION_FAILED, "domains", "holds what is no host name" },
    { "delegations_brand_id_to_user_id_fk", ERR_VALIDATION_FAILED, "to_user_id", "is nobody of this brand" },
    { "delegations_ends_at_check", ERR_VALIDATION_FAILED, "ends_at", "must be after the start" },
    { NULL, ERR_NONE, NULL, NULL },
};

/* ---- brands ---- */

static struct rq_arg permissions_arg(struct request *rq, uint64_t bits)
{
    return (struct rq_arg){ "permissions", { .is_set = true, .ss = brand_permission_keys(rq->arena, bits) } };
}

/* What the caller may do changes without the brand's version: so the tag is told, and never answered with 304. */
static enum err brand_show(struct request *rq)
{
    const struct db_result *r = rq_ask(rq, &sql_brand_get, RQ_ARGS(permissions_arg(rq, rq->access->permissions)));
    if (r == NULL || db_rows(r) == 0) {
        return r == NULL ? rq->err : rq_missing(rq);
    }
    rq_reply_row(rq, r, 0);
    rq_header(rq, "ETag", arena_printf(rq->arena, "\"v%d\"", rq->reply_version));
    rq->reply_version = 0;
    return ERR_NONE;
}

/* Queues what speaks against another brand above this one. */
static enum err check_parent(struct request *rq)
{
    if (!schema_given(&brand_update_schema, rq->input, "parent_brand_id")) {
        return ERR_NONE;
    }
    if (rq->access->role != ROLE_OWNER) {
        return rq_fail_words(rq, ERR_PERMISSION_DENIED, "Only who owns both brands puts one below the other.");
    }
    rq_query(rq, &sql_brand_family_lock, NULL);
    rq_query(rq, &sql_brand_parent_allow, NULL);
    return ERR_NONE;
}

/* Queues what speaks against asking everybody for a second factor. */
static void check_two_factor(struct request *rq, const char *settings)
{
    if (settings != NULL) {
        rq_query(rq, &sql_brand_two_factor_allow, NULL);
    }
}

static enum err brand_change(struct request *rq)
{
    const struct brand_input *in = rq->input;
    if (brand_check(rq, in->slug, in->settings) != ERR_NONE) {
        return rq->err;
    }
    if (in->compliance != NULL && brand_compliance_check(rq, in->compliance) != ERR_NONE) {
        return rq->err;
    }
    if (check_parent(rq) != ERR_NONE) {
        return rq->err;
    }
    check_two_factor(rq, in->settings);
    return rq_answer(rq, rq_query(rq, &sql_brand_update, RQ_ARGS(permissions_arg(rq, rq->access->permissions))));
}

/* Queues the first team, board and lists. */
static void furnish(struct request *rq, struct uuid brand_id)
{
    struct uuid *lists = arena_alloc(rq->arena, 3 * sizeof *lists);
    for (int i = 0; i < 3; i++) {
        lists[i] = uuid_v7();
    }
    rq_query(rq, &sql_brand_furnish,
             RQ_ARGS(ARG_UUID("founded_id", brand_id), ARG_UUID("team_id", uuid_v7()), ARG_UUID("board_id", uuid_v7()),
                     ARG_UUIDS("list_ids", ((struct uuid_list){ lists, 3 }))));
}

static enum err brand_found(struct request *rq)
{
    const struct brand_input *in = rq->input;
    if (brand_check(rq, in->slug, in->settings) != ERR_NONE) {
        return rq->err;
    }
    const char *slug = in->slug != NULL ? in->slug : brand_slug_of(rq->arena, in->name);
    check_two_factor(rq, in->settings);
    rq_query(rq, &sql_brand_enter, RQ_ARGS(ARG_UUID("founded_id", rq->new_id)));
    rq_query(rq, &sql_brand_slug_lock, RQ_ARGS(ARG_TEXT("slug", slug)));
    const struct db_result *r = rq_query(rq, &sql_brand_create,
                                         RQ_ARGS(ARG_TEXT("slug", slug), ARG_BOOL("slug_given", in->slug != NULL),
                                                 permissions_arg(rq, permission_defaults(ROLE_OWNER))));
    furnish(rq, rq->new_id);
    enum err e = rq_run(rq);
    return e == ERR_NONE ? rq_reply_row(rq, r, 0) : e;
}

static enum err brand_enter(struct request *rq)
{
    rq_query(rq, &sql_brand_switch, NULL);
    return auth_tokens_issue(rq, rq->session_id, NULL, false);
}

/* ---- members ---- */

/* Somebody whom the caller knows: in at once. */
static enum err join_known(struct request *rq, struct member_room *room, const struct db_result *account)
{
    const struct join_input *in = rq->input;
    struct uuid person = db_uuid(account, 0, "id");
    room->taken -= db_bool(account, 0, "invited") ? 1 : 0;
    if (member_may_join(rq, room, role_parse(in->role), in->expires_at) != ERR_NONE ||
        giving_check_teams(rq, in->team_ids) != ERR_NONE) {
        return rq->err;
    }
    const struct db_result *r = rq_query(rq, &sql_member_add, RQ_ARGS(ARG_UUID("person_id", person)));
    const struct db_result *teams = team_person_add(rq, person, in->team_ids);
    invitations_fulfil(rq, (struct uuid_list){ &person, 1 });
    enum err e = rq_run(rq);
    if (e == ERR_NONE && db_int(teams, 0, "added") != in->team_ids.n) {
        return rq_fail_field(rq, "team_ids", "names a team that isn't in this brand");
    }
    return e == ERR_NONE ? rq_reply_row(rq, r, 0) : e;
}

/* Anybody else is invited, whether there is such an account or not: neither answer nor time tells. */
static enum err join_invited(struct request *rq)
{
    const struct join_input *in = rq->input;
    struct uuid invited;
    if (in->email == NULL) {
        return rq_fail_field(rq, "user_id", "is nobody that you share a brand with: give their e-mail address instead");
    }
    if (!rq_can(rq, PERM_CAN_INVITE_USERS)) {
        return member_lacks(rq, PERM_CAN_INVITE_USERS);
    }
    if (in->expires_at != 0 && in->expires_at <= rq->now) {
        return rq_fail_field(rq, "expires_at", "must be in the future");
    }
    if (invitation_send(rq, in->email, in->role, in->team_ids, in->expires_at, &invited) != ERR_NONE) {
        return rq->err;
    }
    const struct db_result *r = rq_ask(rq, &sql_member_invited, RQ_ARGS(ARG_UUID("invited_id", invited)));
    if (r == NULL) {
        return rq->err;
    }
    char id[UUID_TEXT_SIZE], brand[UUID_TEXT_SIZE];
    uuid_format(&invited, id);
    uuid_format(&rq->brand_id, brand);
    rq_header(rq, "Location", arena_printf(rq->arena, "/api/v1/brands/%s/invitations/%s", brand, id));
    return rq_reply_row(rq, r, 0);
}

static enum err member_join(struct request *rq)
{
    const struct join_input *in = rq->input;
    struct member_room room;
    bool by_id = schema_given(&join_schema, in, "user_id");
    if (by_id == (in->email != NULL)) {
        return rq_fail_field(rq, "email", "must be given, or user_id, and not both");
    }
    rq_query(rq, &sql_member_lock, NULL);
    const struct db_result *places = rq_query(rq, &sql_member_room, NULL);
    const struct db_result *account = rq_query(rq, &sql_member_find_account, NULL);
    if (rq_run(rq) != ERR_NONE || member_room_read(rq, places, &room) != ERR_NONE) {
        return rq->err;
    }
    return db_rows(account) > 0 ? join_known(rq, &room, account) : join_invited(rq);
}

/* Locks, looks, asks the rules. */
static enum err prepare_change(struct request *rq, const struct member_change *c)
{
    struct member_room room;
    struct member_standing standing;
    rq_query(rq, &sql_member_lock, NULL);
    const struct db_result *r = rq_ask(rq, &sql_member_standing, NULL);
    if (r == NULL || db_rows(r) == 0) {
        return r == NULL ? rq->err : rq_missing(rq);
    }
    if (member_room_read(rq, r, &room) != ERR_NONE) {
        return rq->err;
    }
    if (c->removes && !uuid_eq(&c->user_id, &rq->user_id) && !rq_can(rq, PERM_CAN_REMOVE_USERS)) {
        return member_lacks(rq, PERM_CAN_REMOVE_USERS); /* leaving is everybody's */
    }
    member_standing_read(r, 0, &standing);
    return member_may_change(rq, &room, &standing, c);
}

static enum err member_change(struct request *rq)
{
    const struct member_input *in = rq->input;
    const struct member_change c = {
        .user_id = rq_path_uuid(rq, "user_id"),
        .role = in->role != NULL ? role_parse(in->role) : ROLE_NONE,
        .permissions = in->permissions,
        .status = in->status,
        .has_expiry = schema_given(&member_input_schema, in, "expires_at"),
        .expires_at = in->expires_at,
    };
    if (prepare_change(rq, &c) != ERR_NONE) {
        return rq->err;
    }
    return rq_answer(rq, rq_query(rq, &sql_member_update, NULL));
}

static enum err member_leave(struct request *rq)
{
    const struct member_change c = { .user_id = rq_path_uuid(rq, "user_id"), .removes = true };
    if (prepare_change(rq, &c) != ERR_NONE) {
        return rq->err;
    }
    const struct db_result *r = rq_ask(rq, &sql_member_remove, NULL);
    if (r == NULL) {
        return rq->err;
    }
    return db_rows(r) > 0 ? rq_reply_null(rq) : rq_missing(rq);
}

/* ---- rows ---- */

static const struct scope brand_scope = { "brand", &sql_brand_locate, &sql_brand_current, &brand_schema };
static const struct scope member_scope = { "member", &sql_member_locate, &sql_member_get, &member_schema };

static const char join_doc[] = "Who is in a brand already in which the caller sees its people is in at once (and anybody, "
                               "where a platform admin asks). Any other address "
                               "is sent an invitation, as by `…/users/invite`: the membership is `pending`, without an `id`, "
                               "and says `invitation_id`. So the answer "
                               "never tells whether an address has an account.";
static const char member_doc[] =
    "Nobody gives a role above their own or touches somebody above them. The last owner can be "
    "neither demoted nor suspended nor "
    "given an end: 409 `conflict`. Access ends to the second; an ended membership is `expired`, and "
    "another `expires_at` brings it back.";

static const struct route rows[] = {
    { .method = HTTP_GET,
      .path = "/brands",
      .permission = PERM_SIGNED_IN,
      .output = &brand_schema,
      .reply = REPLY_LIST,
      .tx = TX_READ,
      .queries = { &sql_brand_list },
      .sort = "name",
      .summary = "Brands that one belongs to" },
    { .method = HTTP_POST,
      .path = "/brands",
      .permission = PERM_SIGNED_IN,
      .input = &brand_create_schema,
      .output = &brand_schema,
      .reply = REPLY_CREATED,
      .tx = TX_STEPS,
      .handler = brand_found,
      .location = "/brands/{id}",
      .event = "brand.created",
      .summary = "Make a brand",
      .doc = "The caller becomes its owner; it begins with a team, and that team with a board." },
    { .method = HTTP_GET,
      .path = "/brands/{brand_id}",
      .permission = PERM_IN_BRAND,
      .scope = &brand_scope,
      .output = &brand_schema,
      .reply = REPLY_ONE,
      .tx = TX_READ,
      .handler = brand_show,
      .flags = ROUTE_TENANT,
      .summary = "One brand" },
    { .method = HTTP_PATCH,
      .path = "/brands/{brand_id}",
      .permission = PERM_CAN_MANAGE_BRAND_SETTINGS,
      .scope = &brand_scope,
      .input = &brand_update_schema,
      .output = &brand_schema,
      .reply = REPLY_ONE,
      .tx = TX_WRITE,
      .handler = brand_change,
      .event = "brand.updated",
      .flags = ROUTE_TENANT,
      .summary = "Change a brand" },
    { .method = HTTP_GET,
      .path = "/brands/{brand_id}/children",
      .permission = PERM_CAN_VIEW_ANALYTICS,
      .output = &child_schema,
      .reply = REPLY_LIST,
      .tx = TX_READ,
      .queries = { &sql_brand_children },
      .sort = "name",
      .flags = ROUTE_TENANT,
      .summary = "Brands below an enterprise brand",
      .doc = "Their names and sizes, and nothing else of them." },
    { .method = HTTP_POST,
      .path = "/brands/{brand_id}/switch",
      .permission = PERM_IN_BRAND,
      .output = &auth_tokens_schema,
      .reply = REPLY_ONE,
      .tx = TX_WRITE,
      .handler = brand_enter,
      .event = "brand.entered",
      .flags = ROUTE_TENANT | ROUTE_READ_ONLY_OK | ROUTE_NO_STORE | ROUTE_SESSION_ONLY | ROUTE_ONE_FACTOR_OK,
      .summary = "Get an access token for this brand",
      .doc = "The refresh token stays as it is, and remembers the brand." },
    { .method = HTTP_GET,
      .path = "/brands/{brand_id}/users",
      .permission = PERM_IN_BRAND,
      .input = &member_query_schema,
      .output = &member_schema,
      .reply = REPLY_LIST,
      .tx = TX_READ,
      .queries = { &sql_member_list },
      .sort = "name",
      .flags = ROUTE_TENANT,
      .summary = "Members of a brand" },
    { .method = HTTP_POST,
      .path = "/brands/{brand_id}/users",
      .permission = PERM_CAN_MANAGE_USERS,
      .input = &join_schema,
      .output = &added_schema,
      .reply = REPLY_CREATED,
      .tx = TX_STEPS,
      .handler = member_join,
      .location = "/brands/{brand_id}/users/{id}",
      .event = "member.added",
      .flags = ROUTE_TENANT | ROUTE_EVEN,
      .summary = "Add somebody",
      .doc = join_doc },
    { .method = HTTP_GET,
      .path = "/brands/{brand_id}/users/{user_id}",
      .permission = PERM_IN_BRAND,
      .scope = &member_scope,
      .output = &member_schema,
      .reply = REPLY_ONE,
      .tx = TX_READ,
      .queries = { &sql_member_get },
      .flags = ROUTE_TENANT,
      .summary = "One member" },
    { .method = HTTP_PATCH,
      .path = "/brands/{brand_id}/users/{user_id}",
      .permission = PERM_CAN_MANAGE_USERS,
      .scope = &member_scope,
      .input = &member_input_schema,
      .output = &member_schema,
      .reply = REPLY_ONE,
      .tx = TX_STEPS,
      .handler = member_change,
      .event = "member.updated",
      .flags = ROUTE_TENANT,
      .summary = "Change a membership",
      .doc = member_doc },
    { .method = HTTP_DELETE,
      .path = "/brands/{brand_id}/users/{user_id}",
      .permission = PERM_IN_BRAND,
      .scope = &member_scope,
      .reply = REPLY_NULL,
      .tx = TX_STEPS,
      .handler = member_leave,
      .event = "member.removed",
      .flags = ROUTE_TENANT,
      .summary = "Remove a member, or leave",
      .doc = "Removing others takes `can_remove_users`." },
};

const struct route_table brands_routes = ROUTE_TABLE("brands", rows);
