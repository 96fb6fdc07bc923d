/* users_routes.c - /users: one's own account, and the people of a brand. */
#include "domains/users/users_rules.h"

#include "api/constraint.h"
#include "users_sql.h"
#include <ctype.h>
#include <string.h>

/* ---- shapes ---- */

static const char *const statuses[] = { "pending", "active", "inactive", "suspended", NULL };
static const char *const platform_roles[] = { "admin", "member", NULL };
static const char *const brand_statuses[] = { "active", "inactive", "suspended", NULL };

static const struct field viewer_fields[] = {
    COLUMN(id, SCHEMA_UUID, .doc = "Id of the account"),
    COLUMN(name, SCHEMA_STRING, .doc = "Both names"),
    COLUMN(avatar_url, SCHEMA_STRING, .flags = FIELD_NULLABLE, .doc = "Address of the picture"),
};
static const struct schema viewer_schema = SCHEMA("Viewer", viewer_fields, 0);

static const struct field user_fields[] = {
    COLUMN(id, SCHEMA_UUID, .doc = "Id of the account"),
    COLUMN(email, SCHEMA_EMAIL, .doc = "E-mail address, unique whatever its case"),
    COLUMN(username, SCHEMA_STRING, .flags = FIELD_NULLABLE, .doc = "Name without blanks, unique"),
    COLUMN(first_name, SCHEMA_STRING, .doc = "First name"),
    COLUMN(last_name, SCHEMA_STRING, .doc = "Last name"),
    COLUMN(name, SCHEMA_STRING, .doc = "Both names"),
    COLUMN(avatar_url, SCHEMA_STRING, .flags = FIELD_NULLABLE, .doc = "Address of the picture"),
    COLUMN(status, SCHEMA_ENUM, .values = statuses, .doc = "Pending until the address is confirmed"),
    COLUMN(platform_role, SCHEMA_ENUM, .values = platform_roles, .doc = "Admins run the installation"),
    COLUMN(profile_completed, SCHEMA_BOOL, .doc = "Whether both names are given"),
    COLUMN(wip_limit, SCHEMA_INT, .doc = "How many tasks may be in progress at once"),
    COLUMN(preferences, SCHEMA_OBJECT, .doc = "timezone, language, theme, notifications, dashboard_layout",
           .example = "{\"timezone\":\"Europe/Berlin\",\"theme\":\"auto\"}"),
    COLUMN(last_login_at, SCHEMA_TIME, .flags = FIELD_NULLABLE, .doc = "Last sign-in"),
    COLUMN(two_factor_enabled, SCHEMA_BOOL, .flags = FIELD_SINGLE, .doc = "Whether signing in takes a second factor"),
    COLUMN(recovery_codes_left, SCHEMA_INT, .flags = FIELD_SINGLE, .doc = "How many recovery codes are unused"),
    COLUMN(pending_email, SCHEMA_EMAIL, .flags = FIELD_NULLABLE | FIELD_SINGLE,
           .doc = "The address that was asked for and is to be confirmed; null: none"),
    COLUMN(pending_email_until, SCHEMA_TIME, .flags = FIELD_NULLABLE | FIELD_SINGLE, .doc = "Until when it can be"),
    COLUMN(viewed_by, SCHEMA_ONE, .flags = FIELD_NULLABLE | FIELD_SINGLE, .of = &viewer_schema,
           .doc = "Who looks with this person's eyes; null for the person"),
    COLUMN(version, SCHEMA_INT, .doc = "Raised by every change"),
    COLUMN(created_at, SCHEMA_TIME, .doc = "When the account was made"),
    COLUMN(updated_at, SCHEMA_TIME, .doc = "Last change"),
};
const struct schema user_schema = SCHEMA("User", user_fields, 0);

static const struct field my_brand_fields[] = {
    COLUMN(id, SCHEMA_UUID, .doc = "Id of the brand"),
    COLUMN(name, SCHEMA_STRING, .flags = FIELD_SORT, .doc = "Name"),
    COLUMN(slug, SCHEMA_STRING, .flags = FIELD_SORT, .doc = "Name in addresses"),
    COLUMN(status, SCHEMA_ENUM, .flags = FIELD_FILTER, .values = brand_statuses, .doc = "A suspended brand can only be read"),
    COLUMN(role, SCHEMA_ENUM, .flags = FIELD_FILTER, .values = role_names, .doc = "The caller's role there"),
    COLUMN(joined_at, SCHEMA_TIME, .flags = FIELD_NULLABLE | FIELD_SORT, .doc = "Since when"),
};
static const struct schema my_brand_schema = SCHEMA("MyBrand", my_brand_fields, 0);

static const struct field person_fields[] = {
    COLUMN(id, SCHEMA_UUID, .doc = "Id of the account"),
    COLUMN(name, SCHEMA_STRING, .flags = FIELD_SORT, .doc = "Both names"),
    COLUMN(avatar_url, SCHEMA_STRING, .flags = FIELD_NULLABLE, .doc = "Address of the picture"),
    COLUMN(email, SCHEMA_EMAIL, .flags = FIELD_SORT, .doc = "E-mail address"),
    COLUMN(role, SCHEMA_ENUM, .flags = FIELD_FILTER, .values = role_names, .doc = "Role in this brand"),
};
static const struct schema person_schema = SCHEMA("Person", person_fields, 0);

struct me_input {
    struct input in;
    const char *first_name, *last_name, *username, *preferences;
    int64_t wip_limit;
};

static const struct field me_input_fields[] = {
    FIELD(struct me_input, first_name, SCHEMA_STRING, .min = 1, .max = 100, .doc = "First name"),
    FIELD(struct me_input, last_name, SCHEMA_STRING, .max = 100, .doc = "Last name"),
    FIELD(struct me_input, username, SCHEMA_STRING, .flags = FIELD_NULLABLE, .min = 1, .max = 64,
          .doc = "Letters, digits and . _ -, unique; null for none"),
    FIELD(struct me_input, wip_limit, SCHEMA_INT, .min = 1, .max = 100, .doc = "How many tasks may be in progress at once"),
    FIELD(struct me_input, preferences, SCHEMA_OBJECT, .doc = "Merged key by key; null takes a key away",
          .example = "{\"theme\":\"dark\"}"),
};
static const struct schema me_input_schema = SCHEMA("MeChange", me_input_fields, sizeof(struct me_input));

struct person_query {
    struct input in;
    const char *q;
};

static const struct field person_query_fields[] = {
    FIELD(struct person_query, q, SCHEMA_STRING, .flags = FIELD_QUERY, .max = 100, .doc = "Part of a name or address"),
};
static const struct schema person_query_schema = SCHEMA("PersonQuery", person_query_fields, sizeof(struct person_query));

const struct constraint_words users_constraints[] = {
    { "users_email_key", ERR_ALREADY_EXISTS, "email", "There is an account with this address already." },
    { "users_username_key", ERR_ALREADY_EXISTS, "username", "This username is taken." },
    { NULL, ERR_NONE, NULL, NULL },
};

/* ---- handlers ---- */

/* A word that no text hides and no address looks like: letters of any alphabet, digits, and . _ - between them. */
static bool is_username(const char *s)
{
    for (const unsigned char *p = (const unsigned char *)s; *p != '\0'; p++) {
        bool blank =
            (p[0] == 0xC2 && p[1] <= 0xA0) || (p[0] == 0xE2 && p[1] <= 0x81) || (p[0] == 0xE3 && p[1] == 0x80 && p[2] == 0x80);
        if (blank || (*p < 0x80 && !isalnum(*p) && strchr("._-", *p) == NULL)) {
            return false;
        }
    }
    return true;
}

static enum err me_update(struct request *rq)
{
    const struct me_input *in = rq->input;
    if (in->username != NULL && !is_username(in->username)) {
        rq_fail_field(rq, "username", "may have letters, digits and . _ -, and no blanks");
    }
    if (user_preferences_check(rq, in->preferences) != ERR_NONE) {
        return rq->err;
    }
    return rq_answer(rq, rq_query(rq, &sql_user_me_update, NULL));
}

/* ---- rows ---- */

static const struct scope me_scope = { "account", &sql_user_me_locate, &sql_user_me, &user_schema };
static const struct scope person_scope = { "person", &sql_person_locate, NULL, NULL };

static const struct route rows[] = {
    { .method = HTTP_GET,
      .path = "/users/me",
      .permission = PERM_SIGNED_IN,
      .scope = &me_scope,
      .output = &user_schema,
      .reply = REPLY_ONE,
      .tx = TX_READ,
      .queries = { &sql_user_me },
      .flags = ROUTE_VIEWABLE,
      .summary = "One's own account" },
    { .method = HTTP_PATCH,
      .path = "/users/me",
      .permission = PERM_SIGNED_IN,
      .scope = &me_scope,
      .input = &me_input_schema,
      .output = &user_schema,
      .reply = REPLY_ONE,
      .tx = TX_WRITE,
      .handler = me_update,
      .event = "user.updated",
      .summary = "Change one's own account" },
    { .method = HTTP_GET,
      .path = "/users/me/brands",
      .permission = PERM_SIGNED_IN,
      .output = &my_brand_schema,
      .reply = REPLY_LIST,
      .tx = TX_READ,
      .queries = { &sql_user_brands },
      .sort = "name",
      .summary = "Brands that one belongs to" },
    { .method = HTTP_GET,
      .path = "/users",
      .permission = PERM_IN_BRAND,
      .input = &person_query_schema,
      .output = &person_schema,
      .reply = REPLY_LIST,
      .tx = TX_READ,
      .queries = { &sql_person_list },
      .sort = "name",
      .flags = ROUTE_TENANT,
      .summary = "People of the brand",
      .doc = "Guests and clients see those who share a team with them." },
    { .method = HTTP_GET,
      .path = "/users/{id}",
      .permission = PERM_IN_BRAND,
      .scope = &person_scope,
      .output = &person_schema,
      .reply = REPLY_ONE,
      .tx = TX_READ,
      .queries = { &sql_person_get },
      .flags = ROUTE_TENANT,
      .summary = "One of the brand's people" },
};

const struct route_table users_routes = ROUTE_TABLE("users", rows);
