/* invitations_accept.c - /invitations: what the holder of a mailed link does. The link proves that the address is theirs; who has an account
 * signs in as usual, and whoever has none gets one, so that accepting never stands in for a password or a second factor. */
#include "domains/brands/invitations.h"

#include "api/guard.h"
#include "brands_sql.h"
#include "core/arena.h"
#include "core/str.h"
#include "domains/auth/auth.h"
#include "domains/teams/teams.h"
#include "invitations_sql.h"
#include "members_sql.h"

/* ---- shapes ---- */

#define TOKEN                                                                                                                  \
    .flags = FIELD_REQUIRED | FIELD_SECRET, .min = 1, .max = 200, .doc = "What stands behind #token= in the mailed link"

struct preview_input {
    struct input in;
    const char *token;
};

static const struct field preview_input_fields[] = {
    FIELD(struct preview_input, token, SCHEMA_STRING, TOKEN),
};
static const struct schema preview_input_schema = SCHEMA("InvitationLink", preview_input_fields, sizeof(struct preview_input));

static const struct field inviting_fields[] = {
    COLUMN(name, SCHEMA_STRING, .doc = "Name"),
    COLUMN(logo_url, SCHEMA_STRING, .flags = FIELD_NULLABLE, .doc = "Address of the logo"),
    COLUMN(colours, SCHEMA_OBJECT, .doc = "What it looks like", .example = "{\"accent\":\"#2b6a4d\"}"),
};
static const struct schema inviting_schema = SCHEMA("InvitingBrand", inviting_fields, 0);

static const struct field preview_fields[] = {
    COLUMN(brand, SCHEMA_ONE, .of = &inviting_schema, .doc = "Where one is invited to"),
    COLUMN(email, SCHEMA_EMAIL, .doc = "Who is invited"),
    COLUMN(role, SCHEMA_ENUM, .values = role_names, .doc = "As what"),
    COLUMN(inviter_name, SCHEMA_STRING, .doc = "By whom; empty when they have left"),
    COLUMN(message, SCHEMA_STRING, .doc = "What they say"),
    COLUMN(expires_at, SCHEMA_TIME, .doc = "Until when the invitation can be accepted"),
    COLUMN(access_expires_at, SCHEMA_TIME, .flags = FIELD_NULLABLE, .doc = "When the membership ends; null: never"),
    COLUMN(needs_account, SCHEMA_BOOL, .doc = "Whether one accepts by making an account; else by signing in"),
};
static const struct schema preview_schema = SCHEMA("InvitationPreview", preview_fields, 0);

static const char *const deliveries[] = { "cookie", "body", NULL };

struct accept_input {
    struct input in;
    const char *token, *password, *first_name, *last_name, *token_delivery;
};

static const struct field accept_fields[] = {
    FIELD(struct accept_input, token, SCHEMA_STRING, TOKEN),
    FIELD(struct accept_input, password, SCHEMA_STRING, .flags = FIELD_SECRET | FIELD_RAW, .min = AUTH_PASSWORD_LEAST,
          .max = AUTH_PASSWORD_MOST, .doc = "Of a new account: 8 to 128 characters of any kind"),
    FIELD(struct accept_input, first_name, SCHEMA_STRING, .min = 1, .max = 100, .doc = "Of a new account"),
    FIELD(struct accept_input, last_name, SCHEMA_STRING, .max = 100, .doc = "Of a new account"),
    FIELD(struct accept_input, token_delivery, SCHEMA_ENUM, .values = deliveries,
          .doc = "Where a new account's refresh token goes: a cookie, unless body is asked for"),
};
static const struct schema accept_schema = SCHEMA("InvitationAcceptance", accept_fields, sizeof(struct accept_input));

/* ---- looking ---- */

static enum err gone(struct request *rq, const char *reason, const char *words)
{
    return rq_fail_details(rq, ERR_GONE, words, arena_printf(rq->arena, "{\"reason\":\"%s\"}", reason));
}

/* Whether it can be accepted, from its columns status and brand_status. */
static enum err check_open(struct request *rq, const struct db_result *r)
{
    const char *status = db_text(r, 0, "status");
    if (str_eq(status, "accepted")) {
        return gone(rq, status, "This invitation has been accepted.");
    }
    if (str_eq(status, "revoked")) {
        return gone(rq, status, "This invitation has been taken back.");
    }
    if (str_eq(status, "expired")) {
        return gone(rq, status, "This invitation has expired. Ask for another one.");
    }
    return str_eq(db_text(r, 0, "brand_status"), "inactive") ? gone(rq, "closed", "This brand has been closed.") : ERR_NONE;
}

/* Whether who invited could still do so: they are there, and have what they give. Else whoever is to lose a right would keep it in the hands of
 * somebody whom they invited before. */
static enum err check_inviter(struct request *rq, const struct db_result *r)
{
    struct role_changes changes;
    struct giver giver;
    enum role role = role_parse(db_text(r, 0, "role"));
    giving_roles_read(rq->arena, r, 0, &changes);
    giving_giver_read(rq->arena, r, 0, &changes, &giver);
    bool may = role <= giver.role && giving_lacks(&giver, giving_rights(rq->arena, &changes, role, NULL)) == 0;
    return may || !db_bool(r, 0, "has_giver") ? ERR_NONE
                                              : gone(rq, "inviter",
                                                     "Whoever sent this invitation may no longer give what it promises. Ask "
                                                     "somebody else there to send it again.");
}

/* The row of invitation_find; NULL with the error recorded when there is nothing to accept. */
static const struct db_result *find(struct request *rq, const uint8_t digest[32])
{
    const struct rq_arg *args = RQ_ARGS(ARG_BYTES("token_digest", digest, 32));
    bool accepts = rq->route->tx == TX_STEPS; /* takes it later, and looks again */
    const struct db_result *r = accepts ? rq_peek(rq, &sql_invitation_find, args) : rq_ask(rq, &sql_invitation_find, args);
    if (r == NULL) {
        return NULL;
    }
    if (db_rows(r) == 0) {
        rq_fail_words(rq, ERR_NOT_FOUND, "There is no such invitation: the link was never ours, or a newer one was mailed.");
        return NULL;
    }
    return check_open(rq, r) == ERR_NONE && check_inviter(rq, r) == ERR_NONE ? r : NULL;
}

static enum err preview(struct request *rq)
{
    const struct preview_input *in = rq->input;
    uint8_t digest[32];
    invitation_digest(in->token, digest);
    const struct db_result *r = find(rq, digest);
    return r != NULL ? rq_reply_row(rq, r, 0) : rq->err;
}

/* ---- accepting ---- */

/* The body holds secrets, which are told to nobody; and one row does several things. */
static const char *const told = "{}";
static const char *const event_added = "member.added";
static const char *const event_entered = "brand.entered";

/* Who accepts; hash is of the password of a new account. */
struct acceptor {
    struct uuid id;
    const char *hash;
};

/* What a new account needs. */
static enum err check_newcomer(struct request *rq, const char *email, struct acceptor *ret)
{
    const struct accept_input *in = rq->input;
    const struct auth_names names = { email, in->first_name, in->last_name };
    if (in->password == NULL) {
        field_error_add(&rq->errors, "password", "is required, for your account");
    }
    if (in->first_name == NULL) {
        field_error_add(&rq->errors, "first_name", "is required, for your account");
    }
    if (rq->errors.first != NULL) {
        return rq_fail(rq, ERR_VALIDATION_FAILED);
    }
    const char *problem = auth_password_problem(rq->arena, in->password, &names);
    if (problem != NULL) {
        return rq_fail_field(rq, "password", problem);
    }
    ret->hash = auth_password_hash(rq, in->password);
    return ERR_NONE;
}

static enum err check_acceptor(struct request *rq, const struct db_result *r, struct acceptor *ret)
{
    const char *email = db_text(r, 0, "email");
    *ret = (struct acceptor){ .id = rq->user_id };
    if (rq->signed_in) {
        return db_bool(r, 0, "is_callers")
                   ? ERR_NONE
                   : rq_fail_details(
                         rq, ERR_PERMISSION_DENIED,
                         arena_printf(rq->arena, "This invitation is for %s. Sign in with that address to accept it.", email),
                         "{\"reason\":\"other_address\"}");
    }
    if (!db_bool(r, 0, "needs_account")) {
        return rq_fail_details(rq, ERR_AUTHENTICATION_REQUIRED,
                               "There is an account with this address. Sign in to accept the invitation.",
                               "{\"reason\":\"has_account\"}");
    }
    return check_newcomer(rq, email, ret);
}

/* Under the brand's lock: whether it holds what the invitation promises. */
static enum err check_place(struct request *rq, const struct db_result *r)
{
    struct member_room room;
    if (str_eq(db_text(r, 0, "brand_status"), "suspended")) {
        return rq_fail(rq, ERR_BRAND_SUSPENDED);
    }
    if (db_bool(r, 0, "suspended")) {
        return rq_fail_words(rq, ERR_CONFLICT, "Your membership of this brand is suspended.");
    }
    member_places_read(r, &room);
    room.taken--; /* the invitation's own */
    bool takes_place = !db_bool(r, 0, "belongs") || db_bool(r, 0, "ended");
    return takes_place ? member_check_places(rq, &room) : ERR_NONE;
}

/* Takes brand and invitation, and looks again: the row of invitation_take, or NULL with the error recorded. */
static const struct db_result *take(struct request *rq, struct uuid id, const uint8_t digest[32])
{
    rq_query(rq, &sql_brand_enter, RQ_ARGS(ARG_UUID("founded_id", rq->brand_id)));
    rq_query(rq, &sql_member_lock, NULL);
    const struct db_result *r =
        rq_ask(rq, &sql_invitation_take, RQ_ARGS(ARG_UUID("id", id), ARG_BYTES("token_digest", digest, 32)));
    if (r == NULL) {
        return NULL;
    }
    if (db_rows(r) == 0) {
        rq_fail_words(rq, ERR_NOT_FOUND, "There is no such invitation: a newer link was mailed.");
        return NULL;
    }
    bool good = check_open(rq, r) == ERR_NONE && check_inviter(rq, r) == ERR_NONE && check_place(rq, r) == ERR_NONE;
    return good ? r : NULL;
}

/* Makes the account of who has none. */
static enum err make_account(struct request *rq, const char *email, struct acceptor *a)
{
    const struct accept_input *in = rq->input;
    const struct auth_newcomer n = { email, in->first_name, in->last_name != NULL ? in->last_name : "", a->hash };
    const struct db_result *made = auth_newcomer_add(rq, &n);
    if (rq_run(rq) != ERR_NONE) {
        return rq->err;
    }
    if (db_rows(made) == 0) {
        return rq_fail_words(rq, ERR_ALREADY_EXISTS,
                             "There is an account with this address by now. Sign in to accept the invitation.");
    }
    a->id = db_uuid(made, 0, "id");
    return ERR_NONE;
}

/* Queues membership and teams; the body, which holds secrets, is told to nobody. */
static void queue_joining(struct request *rq, struct uuid id, struct uuid person, struct uuid_list teams)
{
    rq_query(
        rq, &sql_invitation_accept,
        RQ_ARGS(ARG_UUID("id", id), ARG_UUID("person_id", person), ARG_UUID("actor_id", person), ARG_TEXT("changes", told)));
    rq_query(rq, &sql_invitation_join,
             RQ_ARGS(ARG_UUID("id", id), ARG_UUID("person_id", person), ARG_UUID("actor_id", person), ARG_TEXT("changes", told),
                     ARG_TEXT("event", event_added)));
    team_person_add(rq, person, teams);
}

static enum err sign_in(struct request *rq, const struct acceptor *a)
{
    const struct accept_input *in = rq->input;
    if (a->hash != NULL) {
        return auth_newcomer_sign_in(rq, a->id, a->hash, rq->brand_id, str_eq(in->token_delivery, "body"));
    }
    rq_query(rq, &sql_brand_switch, RQ_ARGS(ARG_TEXT("event", event_entered), ARG_TEXT("changes", told)));
    return auth_tokens_issue(rq, rq->session_id, NULL, false);
}

static enum err accept(struct request *rq)
{
    const struct accept_input *in = rq->input;
    struct acceptor who;
    uint8_t digest[32];
    if (http_header(rq->http, "Authorization") != NULL && guard_identify(rq) != ERR_NONE) {
        return rq->err;
    }
    invitation_digest(in->token, digest);
    const struct db_result *r = find(rq, digest);
    if (r == NULL || check_acceptor(rq, r, &who) != ERR_NONE) {
        return rq->err;
    }
    struct uuid id = db_uuid(r, 0, "id");
    rq->has_brand = true;
    rq->brand_id = db_uuid(r, 0, "brand_id");
    const struct db_result *taken = take(rq, id, digest);
    if (taken == NULL || (who.hash != NULL && make_account(rq, db_text(r, 0, "email"), &who) != ERR_NONE)) {
        return rq->err;
    }
    queue_joining(rq, id, who.id, db_uuids(rq->arena, taken, 0, "into_ids"));
    return sign_in(rq, &who);
}

/* ---- rows ---- */

static const char accept_doc[] = "Signed in, with the account of the address, `token` is enough, and the answer is an access "
                                 "token for the brand. Whoever has no "
                                 "account sends `password` and names as well: the account is made, its address counts as "
                                 "confirmed, and the answer is that of a "
                                 "sign-in. Who has one and isn't signed in is told so: 401 with `reason` `has_account`. An "
                                 "invitation that was accepted, revoked or has "
                                 "expired is 410 `gone` with that as `reason`, and with `inviter` where who sent it may "
                                 "no longer give what it promises.";
static const char preview_doc[] =
    "For whoever holds the link. One that can't be accepted any more is 410 `gone`, and says why.";

static const struct route rows[] = {
    { .method = HTTP_POST,
      .path = "/invitations/preview",
      .permission = PERM_PUBLIC,
      .input = &preview_input_schema,
      .output = &preview_schema,
      .reply = REPLY_ONE,
      .tx = TX_READ,
      .handler = preview,
      .rate = RATE_AUTH,
      .flags = ROUTE_NO_STORE,
      .summary = "See what an invitation is to",
      .doc = preview_doc },
    { .method = HTTP_POST,
      .path = "/invitations/accept",
      .permission = PERM_PUBLIC,
      .input = &accept_schema,
      .output = &auth_tokens_schema,
      .reply = REPLY_ONE,
      .tx = TX_STEPS,
      .handler = accept,
      .event = "invitation.accepted",
      .rate = RATE_AUTH,
      .flags = ROUTE_NO_STORE | ROUTE_ASKS_CALLER | ROUTE_HASHES,
      .summary = "Accept an invitation",
      .doc = accept_doc },
};

const struct route_table invitation_accept_routes = ROUTE_TABLE("brands", rows);
