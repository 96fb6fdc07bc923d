/* auth_tokens.c - sessions and the tokens that stand for them.
 *
 * A refresh token is the session's id and 256 random bits, sealed: only we can make one, and one that was used long ago still says
 * which session it betrays. The database keeps digests of the one that is good and of the one before it (RFC 9700 §4.14.2). */
#include "domains/auth/auth_rules.h"
#include "domains/auth/devices.h"

#include "auth_sql.h"
#include "core/arena.h"
#include "core/config.h"
#include "core/str.h"
#include "domains/users/users.h"
#include "platform/jwt.h"
#include "platform/seal.h"
#include <string.h>

#define TOKEN_BRANDS 50 /* in the access token; the body has them all */

/* ---- the answer ---- */

struct tokens {
    const char *access_token, *token_type, *refresh_token;
    int64_t expires_in;
    const struct db_result *user, *brands;
    struct uuid current_brand_id;
};

static const struct field brand_fields[] = {
    COLUMN(id, SCHEMA_UUID, .doc = "Id of the brand"),
    COLUMN(name, SCHEMA_STRING, .doc = "Name"),
    COLUMN(slug, SCHEMA_STRING, .doc = "Name in addresses"),
    COLUMN(role, SCHEMA_ENUM, .values = role_names, .doc = "The person's role there"),
};
const struct schema auth_brand_schema = SCHEMA("TokenBrand", brand_fields, 0);

static const struct field tokens_fields[] = {
    FIELD(struct tokens, access_token, SCHEMA_STRING, .doc = "For the header `Authorization: Bearer`"),
    FIELD(struct tokens, token_type, SCHEMA_STRING, .doc = "Always Bearer", .example = "\"Bearer\""),
    FIELD(struct tokens, expires_in, SCHEMA_INT, .doc = "Seconds for which the access token is good"),
    FIELD(struct tokens, refresh_token, SCHEMA_STRING, .flags = FIELD_NULLABLE,
          .doc = "Where token_delivery is body; else a cookie"),
    FIELD(struct tokens, user, SCHEMA_ONE, .of = &user_schema, .doc = "Who signed in"),
    FIELD(struct tokens, brands, SCHEMA_MANY, .of = &auth_brand_schema, .doc = "The person's brands"),
    FIELD(struct tokens, current_brand_id, SCHEMA_UUID, .flags = FIELD_NULLABLE, .doc = "The brand that tenant routes mean"),
};
const struct schema auth_tokens_schema = SCHEMA("Tokens", tokens_fields, 0);

/* ---- issuing ---- */

struct grant {
    struct uuid session_id;
    const struct db_result *user, *brands;
};

static struct grant grant_queue(struct request *rq, struct uuid session_id)
{
    const struct rq_arg *args = RQ_ARGS(ARG_UUID("opened_id", session_id));
    return (struct grant){
        .session_id = session_id,
        .user = rq_query(rq, &sql_auth_session_user, args),
        .brands = rq_query(rq, &sql_auth_session_brands, args),
    };
}

/* The session's brand if the person still belongs to it, else their first; nil without any. */
static struct uuid current_brand(const struct grant *g)
{
    struct uuid wanted = db_uuid(g->user, 0, "current_brand_id");
    for (int i = 0; i < db_rows(g->brands); i++) {
        struct uuid id = db_uuid(g->brands, i, "id");
        if (uuid_eq(&id, &wanted)) {
            return wanted;
        }
    }
    return db_rows(g->brands) > 0 ? db_uuid(g->brands, 0, "id") : (struct uuid){ { 0 } };
}

static char *sign(struct request *rq, const struct grant *g, struct uuid brand)
{
    int n = db_rows(g->brands) < TOKEN_BRANDS ? db_rows(g->brands) : TOKEN_BRANDS;
    struct jwt_brand *brands = arena_zalloc(rq->arena, sizeof *brands * (size_t)(n + 1));
    for (int i = 0; i < n; i++) {
        brands[i] = (struct jwt_brand){ db_uuid(g->brands, i, "id"), db_text(g->brands, i, "role") };
    }
    int64_t seconds = rq->now / 1000000;
    return jwt_sign(rq->arena, &(struct jwt_claims){
                                   .user_id = db_uuid(g->user, 0, "id"),
                                   .session_id = g->session_id,
                                   .has_brand = !uuid_is_nil(&brand),
                                   .current_brand = brand,
                                   .email = db_text(g->user, 0, "email"),
                                   .issued_at = seconds,
                                   .expires_at = seconds + config_int(CONF_ACCESS_TOKEN_TTL),
                                   .brands = brands,
                                   .brand_count = n,
                               });
}

static enum err grant_reply(struct request *rq, const struct grant *g, const char *refresh_token, bool in_body)
{
    if (db_rows(g->user) == 0) {
        return rq_fail(rq, ERR_INVALID_TOKEN);
    }
    struct tokens *t = arena_zalloc(rq->arena, sizeof *t);
    t->current_brand_id = current_brand(g);
    t->access_token = sign(rq, g, t->current_brand_id);
    if (t->access_token == NULL) {
        return rq_fail(rq, ERR_INTERNAL_ERROR);
    }
    t->token_type = "Bearer";
    t->expires_in = config_int(CONF_ACCESS_TOKEN_TTL);
    t->refresh_token = in_body ? refresh_token : NULL;
    t->user = g->user;
    t->brands = g->brands;
    if (refresh_token != NULL && !in_body) {
        rq_cookie(rq, AUTH_COOKIE, refresh_token, config_int(CONF_REFRESH_TOKEN_TTL));
    }
    return rq_reply_struct(rq, t);
}

enum err auth_tokens_issue(struct request *rq, struct uuid session_id, const char *refresh_token, bool in_body)
{
    struct grant g = grant_queue(rq, session_id);
    enum err e = rq_run(rq);
    return e == ERR_NONE ? grant_reply(rq, &g, refresh_token, in_body) : e;
}

/* ---- refresh tokens ---- */

struct refresh_token {
    struct uuid session_id;
    char random[SEAL_TOKEN_SIZE];
};

static char *refresh_make(struct request *rq, struct uuid session_id)
{
    struct refresh_token t = { .session_id = session_id };
    seal_random_token(t.random);
    return seal(rq->arena, "refresh", &t, sizeof t);
}

static bool refresh_read(struct request *rq, const char *text, struct uuid *ret_session_id)
{
    size_t n = 0;
    const struct refresh_token *t = strlen(text) <= AUTH_TOKEN_MAX ? seal_open(rq->arena, "refresh", text, &n) : NULL;
    if (t == NULL || n != sizeof *t) {
        return false;
    }
    memcpy(ret_session_id, &t->session_id, sizeof *ret_session_id);
    return true;
}

/* ---- sessions ---- */

enum err auth_session_open(struct request *rq, const struct auth_sign_in *how)
{
    uint8_t digest[32];
    bool named = !uuid_is_nil(&how->session_id);
    struct uuid id = named ? how->session_id : uuid_v7();
    const char *token = refresh_make(rq, id);
    seal_digest(token, strlen(token), digest);
    const struct db_result *opened = rq_query(
        rq, &sql_auth_session_open,
        RQ_ARGS(ARG_UUID("person_id", how->user_id), ARG_UUID("opened_id", id), ARG_TEXT("verified_hash", how->verified_hash),
                ARG_BOOL("two_factors", named), ARG_TEXT("password_hash", how->new_hash),
                ARG_BYTES("token_hash", digest, sizeof digest), ARG_TEXT("brand", how->brand),
                ARG_INT("ttl_seconds", config_int(CONF_REFRESH_TOKEN_TTL)), AUTH_DEVICE_ARGS(rq)));
    struct grant g = grant_queue(rq, id);
    enum err e = rq_run(rq);
    if (e != ERR_NONE) {
        return e;
    }
    if (db_rows(opened) == 0) {
        return rq_fail(rq, named ? ERR_INVALID_TOKEN : ERR_INVALID_CREDENTIALS);
    }
    if (how->brand != NULL && db_is_null(opened, 0, db_column(opened, "current_brand_id"))) {
        return rq_fail_field(rq, "brand", "is no brand that you belong to");
    }
    if (db_bool(opened, 0, "is_news") && (device_letter(rq, opened) != ERR_NONE || rq_run(rq) != ERR_NONE)) {
        return rq->err;
    }
    e = grant_reply(rq, &g, token, how->in_body);
    if (e == ERR_NONE && !how->in_body) {
        auth_device_keep(rq, how->user_id);
    }
    return e;
}

enum err auth_newcomer_sign_in(struct request *rq, struct uuid user_id, const char *password_hash, struct uuid brand_id,
                               bool in_body)
{
    char *brand = arena_alloc(rq->arena, UUID_TEXT_SIZE);
    uuid_format(&brand_id, brand);
    return auth_session_open(
        rq, &(struct auth_sign_in){ .user_id = user_id, .verified_hash = password_hash, .brand = brand, .in_body = in_body });
}

/* A token that isn't good now: NULL with the error recorded, unless it was a moment ago; then its successor. */
static const char *successor_of(struct request *rq, struct uuid session_id, const uint8_t digest[32])
{
    const struct rq_arg *args = RQ_ARGS(ARG_UUID("opened_id", session_id), ARG_BYTES("old_hash", digest, 32),
                                        ARG_INT("overlap_seconds", config_int(CONF_REFRESH_OVERLAP)));
    const struct db_result *r = rq_ask(rq, &sql_auth_session_stale, args);
    if (r == NULL) {
        return NULL;
    }
    if (db_rows(r) == 0 || db_bool(r, 0, "ended")) {
        rq_fail_words(rq, ERR_INVALID_TOKEN, "This session has ended. Sign in again.");
        return NULL;
    }
    if (db_bool(r, 0, "overlapping")) {
        size_t n = 0;
        const char *token = seal_open(rq->arena, "successor", db_text(r, 0, "successor_sealed"), &n);
        if (token == NULL) {
            rq_fail(rq, ERR_INVALID_TOKEN);
        }
        return token;
    }
    if (rq_ask(rq, &sql_auth_session_betrayed, RQ_ARGS(ARG_UUID("opened_id", session_id))) != NULL) {
        rq_fail_keep(rq, ERR_INVALID_TOKEN, "This token was used before, so its session has been ended. Sign in again.");
    }
    return NULL;
}

enum err auth_session_refresh(struct request *rq, const char *token, bool in_body)
{
    uint8_t old[32];
    uint8_t fresh[32];
    struct uuid id;
    if (!refresh_read(rq, token, &id)) {
        return rq_fail(rq, ERR_INVALID_TOKEN);
    }
    const char *next = refresh_make(rq, id);
    seal_digest(token, strlen(token), old);
    seal_digest(next, strlen(next), fresh);
    const struct db_result *r = rq_ask(rq, &sql_auth_session_rotate,
                                       RQ_ARGS(ARG_UUID("opened_id", id), ARG_BYTES("old_hash", old, sizeof old),
                                               ARG_BYTES("token_hash", fresh, sizeof fresh),
                                               ARG_TEXT("successor", seal(rq->arena, "successor", next, strlen(next))),
                                               ARG_INT("ttl_seconds", config_int(CONF_REFRESH_TOKEN_TTL))));
    if (r == NULL) {
        return rq->err;
    }
    if (db_rows(r) == 0) {
        next = successor_of(rq, id, old);
    }
    return next != NULL ? auth_tokens_issue(rq, id, next, in_body) : rq->err;
}
