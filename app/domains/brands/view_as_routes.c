/* view_as_routes.c - /brands/{brand_id}/users/{user_id}/view-as: an access token that sees, and can't change, what a member sees. */
#include "domains/brands/brands_rules.h"

#include "api/access.h"
#include "core/arena.h"
#include "core/config.h"
#include "members_sql.h"
#include "platform/jwt.h"
#include "platform/seal.h"
#include "roles_sql.h"
#include "view_as_sql.h"
#include <string.h>

static const struct field viewed_fields[] = {
    COLUMN(id, SCHEMA_UUID, .doc = "Id of the person"),
    COLUMN(name, SCHEMA_STRING, .doc = "Both names"),
    COLUMN(avatar_url, SCHEMA_STRING, .flags = FIELD_NULLABLE, .doc = "Address of the picture"),
    COLUMN(role, SCHEMA_ENUM, .values = role_names, .doc = "Their role here"),
};
static const struct schema viewed_schema = SCHEMA("ViewedPerson", viewed_fields, 0);

struct view {
    const char *access_token, *token_type;
    int64_t expires_in;
    struct uuid brand_id;
    const struct db_result *user;
};

static const struct field view_fields[] = {
    FIELD(struct view, access_token, SCHEMA_STRING, .doc = "For the header `Authorization: Bearer`; there is no refresh"),
    FIELD(struct view, token_type, SCHEMA_STRING, .doc = "Always Bearer", .example = "\"Bearer\""),
    FIELD(struct view, expires_in, SCHEMA_INT, .doc = "Seconds for which it is good"),
    FIELD(struct view, brand_id, SCHEMA_UUID, .doc = "The one brand that it opens"),
    FIELD(struct view, user, SCHEMA_ONE, .of = &viewed_schema, .doc = "As whom one looks"),
};
static const struct schema view_schema = SCHEMA("View", view_fields, 0);

static enum err answer(struct request *rq, struct uuid session_id, const struct db_result *viewed)
{
    struct view *to = arena_zalloc(rq->arena, sizeof *to);
    int64_t seconds = rq->now / 1000000;
    to->access_token = jwt_sign(rq->arena, &(struct jwt_claims){
                                               .user_id = db_uuid(viewed, 0, "id"),
                                               .session_id = session_id,
                                               .has_brand = true,
                                               .current_brand = rq->brand_id,
                                               .is_view = true,
                                               .issued_at = seconds,
                                               .expires_at = seconds + config_int(CONF_ACCESS_TOKEN_TTL),
                                           });
    if (to->access_token == NULL) {
        return rq_fail(rq, ERR_INTERNAL_ERROR);
    }
    to->token_type = "Bearer";
    to->expires_in = config_int(CONF_ACCESS_TOKEN_TTL);
    to->brand_id = rq->brand_id;
    to->user = viewed;
    return rq_reply_struct(rq, to);
}

/* Under the brand's lock, so that nobody gives the other more before it is open: reads the permissions of whom one would look with, which are
 * none that one lacks oneself. Who isn't there, or stands above the caller, is no matter here. */
static enum err check_beyond(struct request *rq)
{
    struct effective theirs;
    rq_query(rq, &sql_member_lock, NULL);
    const struct db_result *whom = rq_ask(rq, &sql_member_effective, NULL);
    if (whom == NULL || db_rows(whom) == 0 || role_parse(db_text(whom, 0, "role")) > rq->access->role) {
        return rq->err;
    }
    member_effective(rq->arena, whom, &theirs);
    for (int p = PERM_PLATFORM_ADMIN + 1; p < PERM_COUNT; p++) {
        if ((theirs.all & permission_bit((enum permission)p)) != 0 && !rq_can(rq, (enum permission)p)) {
            return rq_fail_details(rq, ERR_PERMISSION_DENIED,
                                   "One sees with the eyes of others who may nothing that one may not oneself.",
                                   arena_printf(rq->arena, "{\"permission\":\"%s\"}", permission_key((enum permission)p)));
        }
    }
    return ERR_NONE;
}

static enum err view_open(struct request *rq)
{
    char token[SEAL_TOKEN_SIZE];
    uint8_t digest[32];
    struct uuid session_id = uuid_v7();
    if (rq->access->role < ROLE_ADMIN) {
        return rq_fail_words(rq, ERR_PERMISSION_DENIED, "Only admins and owners see with the eyes of others.");
    }
    if (check_beyond(rq) != ERR_NONE) {
        return rq->err;
    }
    seal_random_token(token); /* nobody gets it: such a session isn't refreshed */
    seal_digest(token, strlen(token), digest);
    const struct db_result *r = rq_ask(
        rq, &sql_view_as_open,
        RQ_ARGS(ARG_UUID("opened_id", session_id), ARG_BYTES("token_hash", digest, sizeof digest),
                ARG_INT("valid_until", rq->access->valid_until), ARG_INT("ttl_seconds", config_int(CONF_ACCESS_TOKEN_TTL))));
    if (r == NULL) {
        return rq->err;
    }
    if (db_rows(r) > 0) {
        return answer(rq, session_id, r);
    }
    if (rq_missing(rq) == ERR_PERMISSION_DENIED) {
        rq->err = ERR_NONE;
        return rq_fail_words(
            rq, ERR_PERMISSION_DENIED,
            "One sees with the eyes of others whose membership is active, and whose role isn't above one's own.");
    }
    return rq->err;
}

static const struct scope view_scope = { "member", &sql_view_as_locate, NULL, NULL };

static const struct route rows[] = {
    { .method = HTTP_POST,
      .path = "/brands/{brand_id}/users/{user_id}/view-as",
      .permission = PERM_CAN_MANAGE_USERS,
      .scope = &view_scope,
      .output = &view_schema,
      .reply = REPLY_ONE,
      .tx = TX_STEPS,
      .handler = view_open,
      .event = "member.viewed",
      .flags = ROUTE_TENANT | ROUTE_READ_ONLY_OK | ROUTE_NO_STORE | ROUTE_SESSION_ONLY,
      .summary = "See the brand as a member sees it",
      .doc = "For admins and owners, and of nobody above them or with a permission that they lack. The token reads this brand "
             "only; every write is refused. It ends when the rights of either change. It is in the audit log, and among the "
             "member's devices." },
    { .method = HTTP_DELETE,
      .path = "/brands/{brand_id}/users/{user_id}/view-as",
      .permission = PERM_CAN_MANAGE_USERS,
      .reply = REPLY_NULL,
      .tx = TX_WRITE,
      .queries = { &sql_view_as_end },
      .event = "member.view_ended",
      .flags = ROUTE_TENANT | ROUTE_READ_ONLY_OK | ROUTE_SESSION_ONLY,
      .summary = "Stop seeing the brand as that member",
      .doc = "By who looks, with their own token: all of their views of this member end, which else live for some minutes." },
};

const struct route_table view_as_routes = ROUTE_TABLE("brands", rows);
