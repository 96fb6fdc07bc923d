/* roles_routes.c - /brands/{brand_id}/roles: what roles may do here, and what one member may, and why. */
#include "domains/brands/brands_rules.h"

#include "api/access.h"
#include "api/constraint.h"
#include "core/arena.h"
#include "members_sql.h"
#include "roles_sql.h"

/* ---- shapes ---- */

static const struct field cell_fields[] = {
    COLUMN(key, SCHEMA_STRING, .doc = "The permission", .example = "\"can_edit_tasks\""),
    COLUMN(default, SCHEMA_BOOL, .doc = "Whether the role has it by default"),
    COLUMN(change, SCHEMA_BOOL, .flags = FIELD_NULLABLE, .doc = "What the brand says of it; null: nothing"),
    COLUMN(effective, SCHEMA_BOOL, .doc = "Whether the role has it here"),
};
static const struct schema cell_schema = SCHEMA("RolePermission", cell_fields, 0);

static const struct field role_fields[] = {
    COLUMN(role, SCHEMA_ENUM, .flags = FIELD_SORT, .values = role_names, .doc = "The role"),
    COLUMN(permissions, SCHEMA_MANY, .of = &cell_schema, .doc = "All permissions, in the order of the register"),
    COLUMN(member_count, SCHEMA_INT, .doc = "How many members have this role"),
    COLUMN(version, SCHEMA_INT, .doc = "Raised by every change"),
};
static const struct schema role_schema = SCHEMA("Role", role_fields, 0);

static const struct field changes_fields[] = {
    COLUMN(role, SCHEMA_ENUM, .values = role_names, .doc = "The role"),
    COLUMN(changes, SCHEMA_OBJECT, .doc = "What the brand has changed", .example = "{\"can_export_data\":true}"),
    COLUMN(version, SCHEMA_INT, .doc = "Raised by every change"),
};
static const struct schema changes_schema = SCHEMA("RoleChanges", changes_fields, 0);

struct role_input {
    struct input in;
    const char *permissions;
};

static const struct field role_input_fields[] = {
    FIELD(struct role_input, permissions, SCHEMA_OBJECT, .flags = FIELD_REQUIRED, .max = 4096,
          .example = "{\"can_export_data\":true}",
          .doc = "Merged key by key: true gives, false takes, null goes back to the default"),
};
static const struct schema role_input_schema = SCHEMA("RoleChange", role_input_fields, sizeof(struct role_input));

static const struct field permission_fields[] = {
    COLUMN(key, SCHEMA_STRING, .doc = "The permission", .example = "\"can_edit_tasks\""),
    COLUMN(effective, SCHEMA_BOOL, .doc = "Whether the person has it now"),
    COLUMN(source, SCHEMA_ENUM, .values = effective_source_names, .doc = "What decides about it"),
    COLUMN(delegation_id, SCHEMA_UUID, .flags = FIELD_NULLABLE, .doc = "The delegation that gives it"),
};
static const struct schema permission_schema = SCHEMA("MemberPermission", permission_fields, 0);

struct member_permissions {
    struct uuid user_id;
    const char *role;
    bool active, read_only, lacks_two_factor;
    const struct db_result *permissions;
};

static const struct field member_permissions_fields[] = {
    FIELD(struct member_permissions, user_id, SCHEMA_UUID, .doc = "The person"),
    FIELD(struct member_permissions, role, SCHEMA_ENUM, .values = role_names, .doc = "Their role"),
    FIELD(struct member_permissions, active, SCHEMA_BOOL,
          .doc = "False while membership or account is suspended or expired, or the brand inactive: then nothing is effective"),
    FIELD(struct member_permissions, read_only, SCHEMA_BOOL,
          .doc = "True while the brand is suspended: what is effective holds for reading, and nothing can be changed"),
    FIELD(struct member_permissions, lacks_two_factor, SCHEMA_BOOL,
          .doc = "True while the brand asks for a second factor that the person hasn't set up: until they have, it is closed "
                 "to them"),
    FIELD(struct member_permissions, permissions, SCHEMA_MANY, .of = &permission_schema,
          .doc = "All permissions, in the order of the register"),
};
static const struct schema member_permissions_schema = SCHEMA("MemberPermissions", member_permissions_fields, 0);

/* ---- arguments ---- */

static struct rq_arg keys_arg(struct request *rq)
{
    return (struct rq_arg){ "keys", { .is_set = true, .ss = brand_permission_keys(rq->arena, UINT64_MAX) } };
}

static struct rq_arg defaults_arg(struct request *rq)
{
    const char **pairs = arena_alloc(rq->arena, sizeof *pairs * ROLE_COUNT * PERM_COUNT);
    int n = 0;
    for (int r = ROLE_GUEST; r < ROLE_COUNT; r++) {
        struct text_list keys = brand_permission_keys(rq->arena, permission_defaults((enum role)r));
        for (int i = 0; i < keys.n; i++) {
            pairs[n++] = arena_printf(rq->arena, "%s:%s", role_name((enum role)r), keys.v[i]);
        }
    }
    return (struct rq_arg){ "defaults", { .is_set = true, .ss = { pairs, n } } };
}

/* ---- handlers ---- */

static enum err roles_show(struct request *rq)
{
    const struct rq_arg roles = { "roles", { .is_set = true, .ss = { role_names, ROLE_COUNT - ROLE_GUEST } } };
    const struct db_result *r = rq_ask(rq, &sql_role_list, RQ_ARGS(roles, keys_arg(rq), defaults_arg(rq)));
    return r != NULL ? rq_reply_rows(rq, r) : rq->err;
}

static enum err role_update(struct request *rq)
{
    const struct role_input *in = rq->input;
    struct member_room room;
    const char *name = rq_path_word(rq, "role");
    enum role role = role_parse(name);
    if (role == ROLE_NONE) {
        return rq_fail_words(rq, ERR_NOT_FOUND, "There is no such role.");
    }
    rq_query(rq, &sql_member_lock, NULL);
    const struct db_result *places = rq_ask(rq, &sql_member_room, NULL);
    if (places == NULL || member_room_read(rq, places, &room) != ERR_NONE ||
        (in->permissions != NULL && role_may_change(rq, &room, role, in->permissions) != ERR_NONE)) {
        return rq->err;
    }
    const char *patch = in->permissions != NULL ? in->permissions : "{}";
    const char *told = arena_printf(rq->arena, "{\"role\":\"%s\",\"permissions\":%s}", name, patch);
    return rq_answer(
        rq, rq_query(rq, &sql_role_change,
                     RQ_ARGS(ARG_TEXT("changes", told), ARG_TEXT("permissions", patch), keys_arg(rq), defaults_arg(rq))));
}

/* Queues the permissions as rows. */
static const struct db_result *queue_rows(struct request *rq, const struct effective *e, bool active)
{
    struct text_list keys = brand_permission_keys(rq->arena, UINT64_MAX);
    const char **sources = arena_alloc(rq->arena, sizeof *sources * (size_t)keys.n);
    struct uuid *ids = arena_alloc(rq->arena, sizeof *ids * (size_t)keys.n);
    for (int i = 0; i < keys.n; i++) {
        sources[i] = effective_source_name(effective_source(e, permission_parse(keys.v[i]), &ids[i]));
    }
    const struct rq_arg given = { "given", { .is_set = true, .ss = brand_permission_keys(rq->arena, active ? e->all : 0) } };
    const struct rq_arg from = { "sources", { .is_set = true, .ss = { sources, keys.n } } };
    return rq_query(rq, &sql_permission_rows,
                    RQ_ARGS(keys_arg(rq), given, from, ARG_UUIDS("delegation_ids", ((struct uuid_list){ ids, keys.n }))));
}

static enum err member_permissions_show(struct request *rq)
{
    struct uuid whom = rq_path_uuid(rq, "user_id");
    if (!uuid_eq(&whom, &rq->user_id) && !rq_can(rq, PERM_CAN_MANAGE_USERS)) {
        return rq_fail_details(rq, ERR_PERMISSION_DENIED, NULL, "{\"permission\":\"can_manage_users\"}");
    }
    struct effective e;
    const struct db_result *found = rq_ask(rq, &sql_member_effective, NULL);
    if (found == NULL || db_rows(found) == 0) {
        return found == NULL ? rq->err : rq_fail_words(rq, ERR_NOT_FOUND, "There is no such member here.");
    }
    member_effective(rq->arena, found, &e);
    struct member_permissions *to = arena_zalloc(rq->arena, sizeof *to);
    to->user_id = whom;
    to->role = db_text(found, 0, "role");
    to->active = db_bool(found, 0, "active");
    to->read_only = db_bool(found, 0, "read_only");
    to->lacks_two_factor = db_bool(found, 0, "lacks_two_factor");
    to->permissions = queue_rows(rq, &e, to->active);
    return rq_run(rq) == ERR_NONE ? rq_reply_struct(rq, to) : rq->err;
}

/* ---- rows ---- */

static const struct scope role_scope = { "role", &sql_role_locate, &sql_role_current, &changes_schema };

static const struct route rows[] = {
    { .method = HTTP_GET,
      .path = "/brands/{brand_id}/roles",
      .permission = PERM_CAN_MANAGE_USERS,
      .or_permission = PERM_CAN_INVITE_USERS,
      .output = &role_schema,
      .reply = REPLY_LIST,
      .tx = TX_READ,
      .handler = roles_show,
      .sort = "role",
      .flags = ROUTE_TENANT,
      .summary = "Roles, and what they may do here",
      .doc = "From least to most. Not paged." },
    { .method = HTTP_PATCH,
      .path = "/brands/{brand_id}/roles/{role}",
      .permission = PERM_CAN_MANAGE_USERS,
      .scope = &role_scope,
      .input = &role_input_schema,
      .output = &role_schema,
      .reply = REPLY_ONE,
      .tx = TX_STEPS,
      .handler = role_update,
      .event = "role.updated",
      .flags = ROUTE_TENANT,
      .summary = "Change what a role may do here",
      .doc = "Owners have every permission, whatever is changed. Nobody changes a role above their own, or gives what they "
             "lack." },
    { .method = HTTP_GET,
      .path = "/brands/{brand_id}/users/{user_id}/permissions",
      .permission = PERM_IN_BRAND,
      .output = &member_permissions_schema,
      .reply = REPLY_ONE,
      .tx = TX_READ,
      .handler = member_permissions_show,
      .flags = ROUTE_TENANT,
      .summary = "What a member may do, and why",
      .doc = "Of others it is for those who have `can_manage_users`." },
};

const struct route_table roles_routes = ROUTE_TABLE("brands", rows);
