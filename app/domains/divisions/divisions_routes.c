/* divisions_routes.c - /divisions: the organisational units of a brand, who is in them, and which teams they have access to. All of it is
 * said by rows and queries. */
#include "api/constraint.h"
#include "api/route.h"
#include "divisions_sql.h"

/* ---- shapes ---- */

static const struct field division_fields[] = {
    COLUMN(id, SCHEMA_UUID, .doc = "Id of the division"),
    COLUMN(name, SCHEMA_STRING, .flags = FIELD_SORT | FIELD_FILTER, .doc = "Name, unique among those beside it"),
    COLUMN(description, SCHEMA_STRING, .doc = "What it does"),
    COLUMN(parent_division_id, SCHEMA_UUID, .flags = FIELD_NULLABLE | FIELD_FILTER, .doc = "The one above it; null at the top"),
    COLUMN(member_count, SCHEMA_INT, .doc = "How many people are in it itself"),
    COLUMN(team_count, SCHEMA_INT, .doc = "How many teams it was given itself"),
    COLUMN(version, SCHEMA_INT, .doc = "Raised by every change"),
    COLUMN(created_at, SCHEMA_TIME, .flags = FIELD_SORT, .doc = "When it was made"),
    COLUMN(updated_at, SCHEMA_TIME, .flags = FIELD_SORT, .doc = "Last change"),
};
static const struct schema division_schema = SCHEMA("Division", division_fields, 0);

struct division_input {
    struct input in;
    const char *name, *description;
    struct uuid parent_division_id;
};

#define DIVISION_INPUT(name_flags)                                                                                             \
    FIELD(struct division_input, name, SCHEMA_STRING, .flags = (name_flags), .min = 1, .max = 120,                             \
          .doc = "Name, unique among those beside it"),                                                                        \
        FIELD(struct division_input, description, SCHEMA_STRING, .max = 10000, .doc = "What it does"),                         \
        FIELD(struct division_input, parent_division_id, SCHEMA_UUID, .flags = FIELD_NULLABLE,                                 \
              .doc = "The one to stand below; null for the top")

static const struct field division_create_fields[] = { DIVISION_INPUT(FIELD_REQUIRED) };
static const struct schema division_create_schema =
    SCHEMA("NewDivision", division_create_fields, sizeof(struct division_input));
static const struct field division_update_fields[] = { DIVISION_INPUT(0) };
static const struct schema division_update_schema =
    SCHEMA("DivisionChange", division_update_fields, sizeof(struct division_input));

struct division_end {
    struct input in;
    bool move_children;
};

static const struct field division_end_fields[] = {
    FIELD(struct division_end, move_children, SCHEMA_BOOL, .flags = FIELD_QUERY,
          .doc = "Put what is below it one level up, rather than refuse"),
};
static const struct schema division_end_schema = SCHEMA("DivisionEnd", division_end_fields, sizeof(struct division_end));

static const struct field division_member_fields[] = {
    COLUMN(id, SCHEMA_UUID, .doc = "Id of the person"),
    COLUMN(name, SCHEMA_STRING, .flags = FIELD_SORT, .doc = "Both names"),
    COLUMN(avatar_url, SCHEMA_STRING, .flags = FIELD_NULLABLE, .doc = "Address of the picture"),
    COLUMN(division_id, SCHEMA_UUID, .doc = "The division"),
    COLUMN(created_at, SCHEMA_TIME, .flags = FIELD_SORT, .doc = "Since when"),
};
static const struct schema division_member_schema = SCHEMA("DivisionMember", division_member_fields, 0);

static const struct field division_team_fields[] = {
    COLUMN(id, SCHEMA_UUID, .doc = "Id of the team"),
    COLUMN(name, SCHEMA_STRING, .flags = FIELD_SORT, .doc = "Name of the team"),
    COLUMN(division_id, SCHEMA_UUID, .doc = "The division"),
    COLUMN(created_at, SCHEMA_TIME, .flags = FIELD_SORT, .doc = "Since when"),
};
static const struct schema division_team_schema = SCHEMA("DivisionTeam", division_team_fields, 0);

struct division_link {
    struct input in;
    struct uuid user_id, team_id;
};

static const struct field division_member_add_fields[] = {
    FIELD(struct division_link, user_id, SCHEMA_UUID, .flags = FIELD_REQUIRED, .doc = "Somebody of the brand"),
};
static const struct schema division_member_add_schema =
    SCHEMA("NewDivisionMember", division_member_add_fields, sizeof(struct division_link));

static const struct field division_team_add_fields[] = {
    FIELD(struct division_link, team_id, SCHEMA_UUID, .flags = FIELD_REQUIRED, .doc = "A team of the brand"),
};
static const struct schema division_team_add_schema =
    SCHEMA("NewDivisionTeam", division_team_add_fields, sizeof(struct division_link));

const struct constraint_words divisions_constraints[] = {
    { "divisions_brand_id_parent_division_id_name_key", ERR_ALREADY_EXISTS, "name",
      "There is a division of this name beside it already." },
    { "divisions_brand_id_parent_division_id_fk", ERR_VALIDATION_FAILED, "parent_division_id", "is no division of this brand" },
    { "division_members_brand_id_division_id_user_id_pk", ERR_ALREADY_EXISTS, "user_id",
      "This person is in the division already." },
    { "division_members_brand_id_user_id_fk", ERR_VALIDATION_FAILED, "user_id", "is nobody of this brand" },
    { "division_teams_brand_id_division_id_team_id_pk", ERR_ALREADY_EXISTS, "team_id", "The division has this team already." },
    { "division_teams_brand_id_team_id_fk", ERR_VALIDATION_FAILED, "team_id", "is no team of this brand" },
    { NULL, ERR_NONE, NULL, NULL },
};

/* ---- rows ---- */

static const struct scope division_scope = { "division", &sql_division_locate, &sql_division_get, &division_schema };
static const struct scope named_division_scope = { "division", &sql_division_locate_named, NULL, NULL };
static const struct scope division_member_scope = { "member of the division", &sql_division_member_locate, NULL, NULL };
static const struct scope division_team_scope = { "team of the division", &sql_division_team_locate, NULL, NULL };

static const char tree_doc[] = "Divisions are at most ten deep, and none is below itself: 409 `conflict`.";
static const char access_doc[] = "Everybody in the division, or in one below it, sees the team's boards like a member of the "
                                 "team. Who doesn't see all teams gives "
                                 "access to their own only.";

static const struct route rows[] = {
    { .method = HTTP_GET,
      .path = "/divisions",
      .permission = PERM_IN_BRAND,
      .output = &division_schema,
      .reply = REPLY_LIST,
      .tx = TX_READ,
      .queries = { &sql_division_list },
      .sort = "name",
      .flags = ROUTE_TENANT,
      .summary = "Divisions",
      .doc = "All of them; `parent_division_id` says how they make a tree. Guests and clients see those that they are in, and "
             "what is above these." },
    { .method = HTTP_POST,
      .path = "/divisions",
      .permission = PERM_CAN_MANAGE_USERS,
      .input = &division_create_schema,
      .output = &division_schema,
      .reply = REPLY_CREATED,
      .tx = TX_WRITE,
      .queries = { &sql_division_tree_lock, &sql_division_create },
      .location = "/divisions/{id}",
      .event = "division.created",
      .flags = ROUTE_TENANT,
      .summary = "Make a division",
      .doc = tree_doc },
    { .method = HTTP_GET,
      .path = "/divisions/{id}",
      .permission = PERM_IN_BRAND,
      .scope = &division_scope,
      .output = &division_schema,
      .reply = REPLY_ONE,
      .tx = TX_READ,
      .queries = { &sql_division_get },
      .flags = ROUTE_TENANT,
      .summary = "One division" },
    { .method = HTTP_PATCH,
      .path = "/divisions/{id}",
      .permission = PERM_CAN_MANAGE_USERS,
      .scope = &division_scope,
      .input = &division_update_schema,
      .output = &division_schema,
      .reply = REPLY_ONE,
      .tx = TX_WRITE,
      .queries = { &sql_division_tree_lock, &sql_division_update },
      .event = "division.updated",
      .flags = ROUTE_TENANT,
      .summary = "Change or move a division",
      .doc = tree_doc },
    { .method = HTTP_DELETE,
      .path = "/divisions/{id}",
      .permission = PERM_CAN_MANAGE_USERS,
      .scope = &division_scope,
      .input = &division_end_schema,
      .reply = REPLY_NULL,
      .tx = TX_WRITE,
      .queries = { &sql_division_tree_lock, &sql_division_children_move, &sql_division_delete },
      .event = "division.deleted",
      .flags = ROUTE_TENANT,
      .summary = "Delete a division",
      .doc = "What its people had access to by it they have no longer. With divisions below it, 409 `conflict`, unless "
             "`move_children` puts "
             "these one level up." },
    { .method = HTTP_GET,
      .path = "/divisions/{division_id}/members",
      .permission = PERM_IN_BRAND,
      .output = &division_member_schema,
      .reply = REPLY_LIST,
      .tx = TX_READ,
      .queries = { &sql_division_member_list },
      .sort = "name",
      .flags = ROUTE_TENANT,
      .summary = "Who is in a division",
      .doc = "Guests and clients see those who share a team with them." },
    { .method = HTTP_POST,
      .path = "/divisions/{division_id}/members",
      .permission = PERM_CAN_MANAGE_USERS,
      .scope = &named_division_scope,
      .input = &division_member_add_schema,
      .output = &division_member_schema,
      .reply = REPLY_CREATED,
      .tx = TX_WRITE,
      .queries = { &sql_division_member_add },
      .location = "/divisions/{division_id}/members/{id}",
      .event = "division.member_added",
      .flags = ROUTE_TENANT,
      .summary = "Put somebody into a division",
      .doc = access_doc },
    { .method = HTTP_GET,
      .path = "/divisions/{division_id}/members/{id}",
      .permission = PERM_IN_BRAND,
      .scope = &division_member_scope,
      .output = &division_member_schema,
      .reply = REPLY_ONE,
      .tx = TX_READ,
      .queries = { &sql_division_member_get },
      .flags = ROUTE_TENANT,
      .summary = "One person in a division" },
    { .method = HTTP_DELETE,
      .path = "/divisions/{division_id}/members/{id}",
      .permission = PERM_CAN_MANAGE_USERS,
      .scope = &division_member_scope,
      .reply = REPLY_NULL,
      .tx = TX_WRITE,
      .queries = { &sql_division_member_remove },
      .event = "division.member_removed",
      .flags = ROUTE_TENANT,
      .summary = "Take somebody out of a division" },
    { .method = HTTP_GET,
      .path = "/divisions/{division_id}/teams",
      .permission = PERM_IN_BRAND,
      .output = &division_team_schema,
      .reply = REPLY_LIST,
      .tx = TX_READ,
      .queries = { &sql_division_team_list },
      .sort = "name",
      .flags = ROUTE_TENANT,
      .summary = "Teams that a division has access to",
      .doc = "Those that it was given itself, as far as one sees them." },
    { .method = HTTP_POST,
      .path = "/divisions/{division_id}/teams",
      .permission = PERM_CAN_MANAGE_USERS,
      .scope = &named_division_scope,
      .input = &division_team_add_schema,
      .output = &division_team_schema,
      .reply = REPLY_CREATED,
      .tx = TX_WRITE,
      .queries = { &sql_division_team_add },
      .location = "/divisions/{division_id}/teams/{id}",
      .event = "division.team_added",
      .flags = ROUTE_TENANT,
      .summary = "Give a division access to a team",
      .doc = access_doc },
    { .method = HTTP_GET,
      .path = "/divisions/{division_id}/teams/{id}",
      .permission = PERM_IN_BRAND,
      .scope = &division_team_scope,
      .output = &division_team_schema,
      .reply = REPLY_ONE,
      .tx = TX_READ,
      .queries = { &sql_division_team_get },
      .flags = ROUTE_TENANT,
      .summary = "One team that a division has access to" },
    { .method = HTTP_DELETE,
      .path = "/divisions/{division_id}/teams/{id}",
      .permission = PERM_CAN_MANAGE_USERS,
      .scope = &division_team_scope,
      .reply = REPLY_NULL,
      .tx = TX_WRITE,
      .queries = { &sql_division_team_remove },
      .event = "division.team_removed",
      .flags = ROUTE_TENANT,
      .summary = "Take a team from a division" },
};

const struct route_table divisions_routes = ROUTE_TABLE("divisions", rows);
