/* auth_routes.c - /auth: registering, signing in, staying signed in, and ending that. */
#include "domains/auth/auth_rules.h"

#include "api_tokens_sql.h"
#include "auth_sql.h"
#include "core/arena.h"
#include "core/config.h"
#include "core/str.h"
#include "domains/auth/api_tokens.h"
#include "domains/auth/devices.h"
#include "domains/auth/two_factor.h"
#include "domains/users/users.h"
#include "platform/password.h"

/* ---- shapes ---- */

static const char *const deliveries[] = { "cookie", "body", NULL };

struct register_input {
    struct input in;
    const char *email, *password, *first_name, *last_name, *token_delivery;
};

#define PASSWORD .flags = FIELD_REQUIRED | FIELD_SECRET | FIELD_RAW, .min = 8, .max = 128
#define DELIVERY .values = deliveries, .doc = "Where the refresh token goes: a cookie, unless body is asked for"

static const struct field register_fields[] = {
    FIELD(struct register_input, email, SCHEMA_EMAIL, .flags = FIELD_REQUIRED, .doc = "E-mail address"),
    FIELD(struct register_input, password, SCHEMA_STRING, PASSWORD, .doc = "8 to 128 characters of any kind"),
    FIELD(struct register_input, first_name, SCHEMA_STRING, .flags = FIELD_REQUIRED, .min = 1, .max = 100, .doc = "First name"),
    FIELD(struct register_input, last_name, SCHEMA_STRING, .flags = FIELD_REQUIRED, .max = 100, .doc = "Last name"),
    FIELD(struct register_input, token_delivery, SCHEMA_ENUM, DELIVERY),
};
static const struct schema register_schema = SCHEMA("Registration", register_fields, sizeof(struct register_input));

struct registered {
    const struct db_result *user;
};

static const struct field registered_fields[] = {
    FIELD(struct registered, user, SCHEMA_ONE, .of = &user_schema,
          .doc = "The account, pending until its address is confirmed"),
};
static const struct schema registered_schema = SCHEMA("Registered", registered_fields, 0);

/* What the row promises: the user, and tokens where the account needs no confirmation. */
static const struct field registration_fields[] = {
    COLUMN(user, SCHEMA_ONE, .of = &user_schema, .doc = "The account"),
    COLUMN(access_token, SCHEMA_STRING, .flags = FIELD_SINGLE,
           .doc = "This and the rest as at sign-in, unless the account is pending"),
    COLUMN(token_type, SCHEMA_STRING, .flags = FIELD_SINGLE, .doc = "Always Bearer", .example = "\"Bearer\""),
    COLUMN(expires_in, SCHEMA_INT, .flags = FIELD_SINGLE, .doc = "Seconds for which the access token is good"),
    COLUMN(refresh_token, SCHEMA_STRING, .flags = FIELD_SINGLE | FIELD_NULLABLE, .doc = "Where token_delivery is body"),
    COLUMN(brands, SCHEMA_MANY, .flags = FIELD_SINGLE, .of = &auth_brand_schema, .doc = "The person's brands: none yet"),
    COLUMN(current_brand_id, SCHEMA_UUID, .flags = FIELD_SINGLE | FIELD_NULLABLE, .doc = "Null: none yet"),
};
static const struct schema registration_schema = SCHEMA("NewAccount", registration_fields, 0);

struct login_input {
    struct input in;
    const char *email, *password, *brand, *token_delivery;
};

static const struct field login_fields[] = {
    FIELD(struct login_input, email, SCHEMA_EMAIL, .flags = FIELD_REQUIRED, .doc = "E-mail address"),
    FIELD(struct login_input, password, SCHEMA_STRING, .flags = FIELD_REQUIRED | FIELD_SECRET | FIELD_RAW, .min = 1, .max = 128,
          .doc = "Password"),
    FIELD(struct login_input, brand, SCHEMA_STRING, .min = 1, .max = 64, .doc = "Id or slug of the brand to begin in"),
    FIELD(struct login_input, token_delivery, SCHEMA_ENUM, DELIVERY),
};
static const struct schema login_schema = SCHEMA("Login", login_fields, sizeof(struct login_input));

struct refresh_input {
    struct input in;
    const char *refresh_token, *token_delivery;
};

static const struct field refresh_fields[] = {
    FIELD(struct refresh_input, refresh_token, SCHEMA_STRING, .flags = FIELD_SECRET, .min = 1, .max = AUTH_TOKEN_MAX,
          .doc = "The token, where it isn't in the cookie"),
    FIELD(struct refresh_input, token_delivery, SCHEMA_ENUM, DELIVERY "; the way it came, by default"),
};
static const struct schema refresh_schema = SCHEMA("Refresh", refresh_fields, sizeof(struct refresh_input));

struct password_input {
    struct input in;
    const char *current_password, *new_password;
};

static const struct field password_fields[] = {
    FIELD(struct password_input, current_password, SCHEMA_STRING, .flags = FIELD_REQUIRED | FIELD_SECRET | FIELD_RAW, .min = 1,
          .max = 128, .doc = "The password as it is"),
    FIELD(struct password_input, new_password, SCHEMA_STRING, PASSWORD, .doc = "8 to 128 characters of any kind"),
};
static const struct schema password_schema = SCHEMA("PasswordChange", password_fields, sizeof(struct password_input));

static const struct field session_fields[] = {
    COLUMN(id, SCHEMA_UUID, .doc = "Id of the session"),
    COLUMN(user_agent, SCHEMA_STRING, .doc = "What the device calls itself"),
    COLUMN(ip, SCHEMA_STRING, .doc = "Address of its last refresh"),
    COLUMN(place, SCHEMA_STRING, .doc = "Where that is, in the person's language; empty where it isn't known",
           .example = "\"Berlin, Germany\""),
    COLUMN(current, SCHEMA_BOOL, .doc = "Whether it is the one that asks"),
    COLUMN(created_at, SCHEMA_TIME, .flags = FIELD_SORT, .doc = "Sign-in"),
    COLUMN(last_seen_at, SCHEMA_TIME, .flags = FIELD_SORT, .doc = "Last refresh"),
    COLUMN(expires_at, SCHEMA_TIME, .flags = FIELD_SORT, .doc = "End, unless it is refreshed"),
};
static const struct schema session_schema = SCHEMA("Session", session_fields, 0);

/* ---- handlers ---- */

static bool in_body(const char *token_delivery)
{
    return str_eq(token_delivery, "body");
}

static enum err answer_registered(struct request *rq, const struct db_result *made)
{
    struct registered *to = arena_zalloc(rq->arena, sizeof *to);
    to->user = made;
    rq_reply_as(rq, &registered_schema);
    return rq_reply_struct(rq, to);
}

static enum err handle_register(struct request *rq)
{
    const struct register_input *in = rq->input;
    bool verify = config_bool(CONF_EMAIL_VERIFICATION);
    if (!config_bool(CONF_REGISTRATION)) {
        return rq_fail_words(rq, ERR_PERMISSION_DENIED, "People can't register here by themselves.");
    }
    const struct auth_names names = { in->email, in->first_name, in->last_name };
    const char *problem = auth_password_problem(rq->arena, in->password, &names);
    if (problem != NULL) {
        return rq_fail_field(rq, "password", problem);
    }
    const char *hash = auth_password_hash(rq, in->password);
    const struct db_result *made = rq_ask(
        rq, &sql_auth_register, RQ_ARGS(ARG_TEXT("password_hash", hash), ARG_TEXT("status", verify ? "pending" : "active")));
    if (made == NULL) {
        return rq->err;
    }
    if (verify) {
        const struct auth_registration asked = { hash, in->first_name, in->last_name };
        return auth_registered_letter(rq, in->email, &asked) == ERR_NONE ? answer_registered(rq, made) : rq->err;
    }
    if (!db_bool(made, 0, "is_new")) {
        field_error_add(&rq->errors, "email", "There is an account with this address already.");
        return rq_fail_words(rq, ERR_ALREADY_EXISTS, "There is an account with this address already.");
    }
    const struct auth_sign_in how = { .user_id = rq->new_id, .verified_hash = hash, .in_body = in_body(in->token_delivery) };
    rq_reply_as(rq, &auth_tokens_schema);
    return auth_session_open(rq, &how);
}

static enum err handle_login(struct request *rq)
{
    const struct login_input *in = rq->input;
    const struct db_result *found = rq_peek(rq, &sql_auth_credential, RQ_ARGS(AUTH_DEVICE_ARGS(rq)));
    if (found == NULL) {
        return rq->err;
    }
    enum err e = auth_password_check(rq, found, in->email, in->password);
    if (e != ERR_NONE) {
        return e;
    }
    const char *hash = db_text(found, 0, "password_hash");
    const struct auth_sign_in how = {
        .user_id = db_uuid(found, 0, "id"),
        .verified_hash = hash,
        .new_hash = password_needs_rehash(hash) ? auth_password_hash(rq, in->password) : NULL,
        .brand = in->brand,
        .in_body = in_body(in->token_delivery),
    };
    return db_bool(found, 0, "two_factor") ? two_factor_challenge(rq, &how) : auth_session_open(rq, &how);
}

static enum err handle_refresh(struct request *rq)
{
    const struct refresh_input *in = rq->input;
    const char *token = in->refresh_token != NULL ? in->refresh_token : http_cookie(rq->arena, rq->http, AUTH_COOKIE);
    if (token == NULL) {
        return rq_fail(rq, ERR_AUTHENTICATION_REQUIRED);
    }
    bool body = in->token_delivery != NULL ? in_body(in->token_delivery) : in->refresh_token != NULL;
    return auth_session_refresh(rq, token, body);
}

static enum err end_sessions(struct request *rq, const struct sql_query *how)
{
    if (rq_ask(rq, how, NULL) == NULL) {
        return rq->err;
    }
    rq_cookie(rq, AUTH_COOKIE, "", 0);
    return rq_reply_null(rq);
}

static enum err handle_logout(struct request *rq)
{
    return end_sessions(rq, &sql_auth_logout);
}

static enum err handle_logout_all(struct request *rq)
{
    return end_sessions(rq, &sql_auth_logout_all);
}

static enum err handle_session_end(struct request *rq)
{
    const struct db_result *r = rq_ask(rq, &sql_auth_session_end, NULL);
    if (r == NULL) {
        return rq->err;
    }
    return db_rows(r) > 0 ? rq_reply_null(rq) : rq_missing(rq);
}

static enum err handle_change_password(struct request *rq)
{
    const struct password_input *in = rq->input;
    const struct db_result *own = rq_peek(rq, &sql_auth_own_credential, RQ_ARGS(AUTH_DEVICE_ARGS(rq)));
    if (own == NULL || db_rows(own) == 0) {
        return own == NULL ? rq->err : rq_fail(rq, ERR_INVALID_TOKEN);
    }
    const struct auth_names names = { db_text(own, 0, "email"), db_text(own, 0, "first_name"), db_text(own, 0, "last_name") };
    const char *problem = auth_password_problem(rq->arena, in->new_password, &names);
    if (problem != NULL) {
        return rq_fail_field(rq, "new_password", problem);
    }
    if (auth_password_check(rq, own, names.email, in->current_password) != ERR_NONE) {
        return rq->err;
    }
    const char *hash = auth_password_hash(rq, in->new_password);
    rq_query(rq, &sql_auth_hold, RQ_ARGS(ARG_UUID("person_id", rq->user_id)));
    const struct db_result *r = rq_ask(rq, &sql_auth_password_change,
                                       RQ_ARGS(ARG_TEXT("verified_hash", db_text(own, 0, "password_hash")),
                                               ARG_TEXT("password_hash", hash), AUTH_DEVICE_ARGS(rq)));
    if (r == NULL) {
        return rq->err;
    }
    if (db_rows(r) == 0) {
        return rq_fail(rq, ERR_INVALID_CREDENTIALS);
    }
    return auth_changed_letter(
        rq, &(struct auth_person){ .id = rq->user_id, .email = names.email, .first_name = names.first_name });
}

/* ---- rows ---- */

static const char register_doc[] =
    "Where addresses are confirmed first, the answer is the same whether or not the address has an account, and holds the "
    "pending "
    "user only. Where they aren't, it is a sign-in, and an address with an account is 409 `already_exists`.";
static const char login_doc[] = "Where the account has a second factor, the right password is answered by 401 "
                                "`two_factor_required` with `details`: `challenge` for "
                                "`POST /auth/2fa/verify`, `expires_in` (seconds), and `methods`: `totp` and `recovery_code`.";
static const char refresh_doc[] =
    "A refresh token is good once. Used again within ten seconds it gives the same successor, so that two tabs don't sign each "
    "other out; used later it ends the session.";

static const struct route rows[] = {
    { .method = HTTP_POST,
      .path = "/auth/register",
      .permission = PERM_PUBLIC,
      .input = &register_schema,
      .output = &registration_schema,
      .reply = REPLY_CREATED,
      .tx = TX_STEPS,
      .handler = handle_register,
      .location = "/users/me",
      .event = "auth.registered",
      .rate = RATE_AUTH,
      .flags = ROUTE_NO_STORE | ROUTE_HASHES | ROUTE_EVEN,
      .summary = "Make an account",
      .doc = register_doc },
    { .method = HTTP_POST,
      .path = "/auth/login",
      .permission = PERM_PUBLIC,
      .input = &login_schema,
      .output = &auth_tokens_schema,
      .reply = REPLY_ONE,
      .tx = TX_STEPS,
      .handler = handle_login,
      .event = "auth.logged_in",
      .rate = RATE_AUTH,
      .flags = ROUTE_NO_STORE | ROUTE_HASHES,
      .summary = "Sign in",
      .doc = login_doc },
    { .method = HTTP_POST,
      .path = "/auth/refresh",
      .permission = PERM_PUBLIC,
      .input = &refresh_schema,
      .output = &auth_tokens_schema,
      .reply = REPLY_ONE,
      .tx = TX_STEPS,
      .handler = handle_refresh,
      .event = "auth.refreshed",
      .flags = ROUTE_NO_STORE,
      .summary = "Get new tokens",
      .doc = refresh_doc },
    { .method = HTTP_POST,
      .path = "/auth/logout",
      .permission = PERM_SIGNED_IN,
      .reply = REPLY_NULL,
      .tx = TX_WRITE,
      .handler = handle_logout,
      .event = "auth.logged_out",
      .flags = ROUTE_NO_STORE | ROUTE_SESSION_ONLY,
      .summary = "Sign out" },
    { .method = HTTP_POST,
      .path = "/auth/logout-all",
      .permission = PERM_SIGNED_IN,
      .reply = REPLY_NULL,
      .tx = TX_WRITE,
      .handler = handle_logout_all,
      .event = "auth.logged_out_all",
      .flags = ROUTE_NO_STORE | ROUTE_SESSION_ONLY,
      .summary = "Sign out everywhere" },
    { .method = HTTP_POST,
      .path = "/auth/change-password",
      .permission = PERM_SIGNED_IN,
      .input = &password_schema,
      .reply = REPLY_NULL,
      .tx = TX_STEPS,
      .handler = handle_change_password,
      .event = "auth.password_changed",
      .rate = RATE_AUTH,
      .flags = ROUTE_NO_STORE | ROUTE_SESSION_ONLY | ROUTE_HASHES,
      .summary = "Change one's password",
      .doc =
          "All other sessions of the person end, and mailed links for a new password or another address are void. API tokens "
          "stay: they know no password." },
    { .method = HTTP_GET,
      .path = "/auth/sessions",
      .permission = PERM_SIGNED_IN,
      .output = &session_schema,
      .reply = REPLY_LIST,
      .tx = TX_STEPS,
      .handler = device_list,
      .sort = "-last_seen_at",
      .flags = ROUTE_NO_STORE | ROUTE_SESSION_ONLY,
      .summary = "Where one is signed in" },
    { .method = HTTP_DELETE,
      .path = "/auth/sessions/{id}",
      .permission = PERM_SIGNED_IN,
      .reply = REPLY_NULL,
      .tx = TX_WRITE,
      .handler = handle_session_end,
      .event = "auth.session_ended",
      .flags = ROUTE_SESSION_ONLY,
      .summary = "End one of one's sessions" },
    { .method = HTTP_GET,
      .path = "/auth/tokens",
      .permission = PERM_SIGNED_IN,
      .output = &api_token_schema,
      .reply = REPLY_LIST,
      .tx = TX_READ,
      .queries = { &sql_api_token_list },
      .sort = "-created_at",
      .flags = ROUTE_NO_STORE | ROUTE_SESSION_ONLY,
      .summary = "One's API tokens",
      .doc = "Those that have expired, too, but none that was revoked." },
    { .method = HTTP_POST,
      .path = "/auth/tokens",
      .permission = PERM_SIGNED_IN,
      .input = &api_token_new_schema,
      .output = &api_token_made_schema,
      .reply = REPLY_CREATED,
      .tx = TX_WRITE,
      .handler = api_token_create,
      .location = "/auth/tokens/{id}",
      .event = "auth.token_created",
      .rate = RATE_AUTH,
      .flags = ROUTE_NO_STORE | ROUTE_SESSION_ONLY,
      .summary = "Make an API token",
      .doc = api_token_create_doc },
    { .method = HTTP_GET,
      .path = "/auth/tokens/{id}",
      .permission = PERM_SIGNED_IN,
      .output = &api_token_schema,
      .reply = REPLY_ONE,
      .tx = TX_READ,
      .queries = { &sql_api_token_get },
      .flags = ROUTE_NO_STORE | ROUTE_SESSION_ONLY,
      .summary = "One of one's API tokens" },
    { .method = HTTP_PATCH,
      .path = "/auth/tokens/{id}",
      .permission = PERM_SIGNED_IN,
      .input = &api_token_change_schema,
      .output = &api_token_schema,
      .reply = REPLY_ONE,
      .tx = TX_WRITE,
      .queries = { &sql_api_token_rename },
      .event = "auth.token_renamed",
      .flags = ROUTE_NO_STORE | ROUTE_SESSION_ONLY,
      .summary = "Rename an API token",
      .doc = "All else of a token stands as it was made." },
    { .method = HTTP_DELETE,
      .path = "/auth/tokens/{id}",
      .permission = PERM_SIGNED_IN,
      .reply = REPLY_NULL,
      .tx = TX_WRITE,
      .queries = { &sql_api_token_revoke },
      .event = "auth.token_revoked",
      .flags = ROUTE_SESSION_ONLY,
      .summary = "Revoke an API token",
      .doc = "It is refused from the next request on." },
};

const struct route_table auth_routes = ROUTE_TABLE("auth", rows);
