/* teams_routes.c - /teams: teams of a brand, and who is in them. All of it is said by rows and queries. */
#include "api/constraint.h"
#include "api/route.h"
#include "teams_sql.h"

/* ---- shapes ---- */

static const char *const team_roles[] = { "member", "manager", NULL };

static const struct field team_fields[] = {
    COLUMN(id, SCHEMA_UUID, .doc = "Id of the team"),
    COLUMN(name, SCHEMA_STRING, .flags = FIELD_SORT | FIELD_FILTER, .doc = "Name, unique in the brand"),
    COLUMN(description, SCHEMA_STRING, .doc = "What it is about"),
    COLUMN(owner_id, SCHEMA_UUID, .flags = FIELD_NULLABLE | FIELD_FILTER, .doc = "Who answers for it"),
    COLUMN(role, SCHEMA_ENUM, .flags = FIELD_NULLABLE, .values = team_roles, .doc = "The caller's role in it; null for none"),
    COLUMN(member_count, SCHEMA_INT, .doc = "How many people are in it"),
    COLUMN(board_count, SCHEMA_INT, .doc = "How many boards it has"),
    COLUMN(version, SCHEMA_INT, .doc = "Raised by every change"),
    COLUMN(created_at, SCHEMA_TIME, .flags = FIELD_SORT, .doc = "When it was made"),
    COLUMN(updated_at, SCHEMA_TIME, .flags = FIELD_SORT, .doc = "Last change"),
};
static const struct schema team_schema = SCHEMA("Team", team_fields, 0);

struct team_input {
    struct input in;
    const char *name, *description;
    struct uuid owner_id;
};

static const struct field team_create_fields[] = {
    FIELD(struct team_input, name, SCHEMA_STRING, .flags = FIELD_REQUIRED, .min = 1, .max = 120,
          .doc = "Name, unique in the brand"),
    FIELD(struct team_input, description, SCHEMA_STRING, .max = 10000, .doc = "What it is about"),
};
static const struct schema team_create_schema = SCHEMA("NewTeam", team_create_fields, sizeof(struct team_input));

static const struct field team_update_fields[] = {
    FIELD(struct team_input, name, SCHEMA_STRING, .min = 1, .max = 120, .doc = "Name, unique in the brand"),
    FIELD(struct team_input, description, SCHEMA_STRING, .max = 10000, .doc = "What it is about"),
    FIELD(struct team_input, owner_id, SCHEMA_UUID, .flags = FIELD_NULLABLE, .doc = "Somebody of the brand; null for nobody"),
};
static const struct schema team_update_schema = SCHEMA("TeamChange", team_update_fields, sizeof(struct team_input));

static const struct field team_member_fields[] = {
    COLUMN(id, SCHEMA_UUID, .doc = "Id of the person"),
    COLUMN(name, SCHEMA_STRING, .flags = FIELD_SORT, .doc = "Both names"),
    COLUMN(avatar_url, SCHEMA_STRING, .flags = FIELD_NULLABLE, .doc = "Address of the picture"),
    COLUMN(team_id, SCHEMA_UUID, .doc = "The team"),
    COLUMN(role, SCHEMA_ENUM, .flags = FIELD_FILTER, .values = team_roles, .doc = "Managers change the team and its members"),
    COLUMN(version, SCHEMA_INT, .doc = "Raised by every change"),
    COLUMN(created_at, SCHEMA_TIME, .flags = FIELD_SORT, .doc = "Since when"),
    COLUMN(updated_at, SCHEMA_TIME, .flags = FIELD_SORT, .doc = "Last change"),
};
static const struct schema team_member_schema = SCHEMA("TeamMember", team_member_fields, 0);

struct team_member_input {
    struct input in;
    const char *role;
    struct uuid user_id;
};

static const struct field team_member_add_fields[] = {
    FIELD(struct team_member_input, user_id, SCHEMA_UUID, .flags = FIELD_REQUIRED, .doc = "Somebody of the brand"),
    FIELD(struct team_member_input, role, SCHEMA_ENUM, .values = team_roles, .doc = "member, unless it is said"),
};
static const struct schema team_member_add_schema =
    SCHEMA("NewTeamMember", team_member_add_fields, sizeof(struct team_member_input));

static const struct field team_member_update_fields[] = {
    FIELD(struct team_member_input, role, SCHEMA_ENUM, .values = team_roles, .doc = "Managers change the team and its members"),
};
static const struct schema team_member_update_schema =
    SCHEMA("TeamMemberChange", team_member_update_fields, sizeof(struct team_member_input));

const struct constraint_words teams_constraints[] = {
    { "teams_brand_id_name_key", ERR_ALREADY_EXISTS, "name", "There is a team of this name already." },
    { "teams_brand_id_owner_id_fk", ERR_VALIDATION_FAILED, "owner_id", "is nobody of this brand" },
    { "team_members_brand_id_team_id_user_id_pk", ERR_ALREADY_EXISTS, "user_id", "This person is in the team already." },
    { "team_members_brand_id_user_id_fk", ERR_VALIDATION_FAILED, "user_id", "is nobody of this brand" },
    { NULL, ERR_NONE, NULL, NULL },
};

/* ---- rows ---- */

const struct scope team_scope = { "team", &sql_team_locate, &sql_team_get, &team_schema };
static const struct scope named_team_scope = { "team", &sql_team_locate_named, NULL, NULL };
static const struct scope team_member_scope = { "team member", &sql_team_member_locate, &sql_team_member_get,
                                                &team_member_schema };

static const char manage_doc[] = "For who manages users, and for the team's managers.";

static const struct route rows[] = {
    { .method = HTTP_GET,
      .path = "/teams",
      .permission = PERM_IN_BRAND,
      .output = &team_schema,
      .reply = REPLY_LIST,
      .tx = TX_READ,
      .queries = { &sql_team_list },
      .sort = "name",
      .flags = ROUTE_TENANT,
      .summary = "Teams",
      .doc = "Those one is in; all of them with `can_view_all_projects` or `can_manage_users`." },
    { .method = HTTP_POST,
      .path = "/teams",
      .permission = PERM_CAN_MANAGE_USERS,
      .input = &team_create_schema,
      .output = &team_schema,
      .reply = REPLY_CREATED,
      .tx = TX_WRITE,
      .queries = { &sql_team_create },
      .location = "/teams/{id}",
      .event = "team.created",
      .flags = ROUTE_TENANT,
      .summary = "Make a team",
      .doc = "The caller becomes its manager." },
    { .method = HTTP_GET,
      .path = "/teams/{id}",
      .permission = PERM_IN_BRAND,
      .scope = &team_scope,
      .output = &team_schema,
      .reply = REPLY_ONE,
      .tx = TX_READ,
      .queries = { &sql_team_get },
      .flags = ROUTE_TENANT,
      .summary = "One team" },
    { .method = HTTP_PATCH,
      .path = "/teams/{id}",
      .permission = PERM_CAN_MANAGE_USERS,
      .or_permission = PERM_CAN_INVITE_USERS,
      .scope = &team_scope,
      .input = &team_update_schema,
      .output = &team_schema,
      .reply = REPLY_ONE,
      .tx = TX_WRITE,
      .queries = { &sql_team_update },
      .event = "team.updated",
      .flags = ROUTE_TENANT,
      .summary = "Change a team",
      .doc = manage_doc },
    { .method = HTTP_DELETE,
      .path = "/teams/{id}",
      .permission = PERM_CAN_MANAGE_USERS,
      .scope = &team_scope,
      .reply = REPLY_NULL,
      .tx = TX_WRITE,
      .queries = { &sql_team_lock_all, &sql_team_delete },
      .event = "team.deleted",
      .flags = ROUTE_TENANT,
      .summary = "Delete a team",
      .doc = "Neither the last one nor one with boards: 409 `conflict`." },
    { .method = HTTP_GET,
      .path = "/teams/{team_id}/members",
      .permission = PERM_IN_BRAND,
      .scope = &named_team_scope,
      .output = &team_member_schema,
      .reply = REPLY_LIST,
      .tx = TX_READ,
      .queries = { &sql_team_member_list },
      .sort = "name",
      .flags = ROUTE_TENANT,
      .summary = "Who is in a team" },
    { .method = HTTP_POST,
      .path = "/teams/{team_id}/members",
      .permission = PERM_CAN_MANAGE_USERS,
      .or_permission = PERM_CAN_INVITE_USERS,
      .scope = &named_team_scope,
      .input = &team_member_add_schema,
      .output = &team_member_schema,
      .reply = REPLY_CREATED,
      .tx = TX_WRITE,
      .queries = { &sql_team_member_add },
      .location = "/teams/{team_id}/members/{id}",
      .event = "team.member_added",
      .flags = ROUTE_TENANT,
      .summary = "Add somebody to a team",
      .doc = manage_doc },
    { .method = HTTP_GET,
      .path = "/teams/{team_id}/members/{id}",
      .permission = PERM_IN_BRAND,
      .scope = &team_member_scope,
      .output = &team_member_schema,
      .reply = REPLY_ONE,
      .tx = TX_READ,
      .queries = { &sql_team_member_get },
      .flags = ROUTE_TENANT,
      .summary = "One person in a team" },
    { .method = HTTP_PATCH,
      .path = "/teams/{team_id}/members/{id}",
      .permission = PERM_CAN_MANAGE_USERS,
      .or_permission = PERM_CAN_INVITE_USERS,
      .scope = &team_member_scope,
      .input = &team_member_update_schema,
      .output = &team_member_schema,
      .reply = REPLY_ONE,
      .tx = TX_WRITE,
      .queries = { &sql_team_member_update },
      .event = "team.member_updated",
      .flags = ROUTE_TENANT,
      .summary = "Change somebody's role in a team",
      .doc = manage_doc },
    { .method = HTTP_DELETE,
      .path = "/teams/{team_id}/members/{id}",
      .permission = PERM_CAN_MANAGE_USERS,
      .or_permission = PERM_CAN_INVITE_USERS,
      .scope = &team_member_scope,
      .reply = REPLY_NULL,
      .tx = TX_WRITE,
      .queries = { &sql_team_member_remove },
      .event = "team.member_removed",
      .flags = ROUTE_TENANT,
      .summary = "Take somebody out of a team",
      .doc = manage_doc },
};

const struct route_table teams_routes = ROUTE_TABLE("teams", rows);
