/* view_as_routes.c - /brands/{brand_id}/users/{user_id}/view-as: an access token that sees, and can't change, what a member sees. */
#include "domains/brands/brands_rules.h"

#include "api/access.h"
#include "core/arena.h"
#include "core/config.h"
#include "platform/jwt.h"
#include "platform/seal.h"
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

static enum err view_open(struct request *rq)
{
    char token[SEAL_TOKEN_SIZE];
    uint8_t digest[32];
    struct uuid session_id = uuid_v7();
    if (rq->access->role < ROLE_ADMIN) {
        return rq_fail_words(rq, ERR_PERMISSION_DENIED, "Only admins and owners see with the eyes of others.");
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
      .tx = TX_WRITE,
      .handler = view_open,
      .event = "member.viewed",
      .flags = ROUTE_TENANT | ROUTE_READ_ONLY_OK | ROUTE_NO_STORE | ROUTE_SESSION_ONLY,
      .summary = "See the brand as a member sees it",
      .doc = "For admins and owners, and of nobody above them. The token reads this brand only; every write is refused. It is "
             "in the audit "
             "log, and among the member's devices." },
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
