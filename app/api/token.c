/* token.c - see token.h. */
#include "api/token.h"

#include "api/bind.h"
#include "api/request.h"
#include "api_sql.h"
#include "core/arena.h"
#include "core/str.h"
#include "platform/pat.h"
#include "platform/seal.h"
#include <string.h>

#define SLOTS 1024
#define NOTE_EVERY (60 * (int64_t)1000000) /* µs */

/* What this process remembers; of two tokens that meet in a slot the newer stays. */
static struct slot {
    uint8_t digest[32];
    struct api_token token;
} slots[SLOTS];

static struct slot *slot_of(const uint8_t digest[32])
{
    return &slots[str_hash(digest, 32, 0) % SLOTS];
}

static struct slot *remembered(const uint8_t digest[32])
{
    struct slot *s = slot_of(digest);
    return !uuid_is_nil(&s->token.id) && memcmp(s->digest, digest, 32) == 0 ? s : NULL;
}

/* ---- who ---- */

static enum err refuse(struct request *rq, enum err e, const char *words)
{
    rq_header(rq, "WWW-Authenticate", "Bearer realm=\"karara\", error=\"invalid_token\"");
    return rq_fail_words(rq, e, words);
}

static struct slot *remember(struct request *rq, const uint8_t digest[32], const struct db_result *r)
{
    struct slot *s = slot_of(digest);
    memset(s, 0, sizeof *s);
    memcpy(s->digest, digest, 32);
    s->token.id = db_uuid(r, 0, "id");
    s->token.user_id = db_uuid(r, 0, "user_id");
    s->token.brand_id = db_uuid(r, 0, "brand_id");
    s->token.expires_at = db_is_null(r, 0, db_column(r, "expires_at")) ? INT64_MAX : db_int(r, 0, "expires_at");
    const struct text_list scopes = db_texts(rq->arena, r, 0, "scopes");
    for (int i = 0; i < scopes.n; i++) {
        token_add_scope(&s->token, scopes.v[i]);
    }
    return s;
}

static struct slot *look_up(struct request *rq, const uint8_t digest[32])
{
    /* Not through rq_query: this comes before the prologue, which asserts what is found here. */
    const struct rq_arg *args = RQ_ARGS(ARG_BYTES("token_digest", digest, 32));
    const struct db_result *r = db_queue(rq->db, rq->arena, &sql_token_find, bind_values(rq, &sql_token_find, args));
    if (rq_run(rq) != ERR_NONE) {
        return NULL;
    }
    if (db_rows(r) == 0) {
        refuse(rq, ERR_INVALID_TOKEN, NULL);
        return NULL;
    }
    return remember(rq, digest, r);
}

static enum err check_scope(struct request *rq)
{
    char scope[80];
    const char *needed = token_scope_of(rq->route, scope);
    if (needed == NULL) {
        return rq_fail_details(rq, ERR_PERMISSION_DENIED, "API tokens may not do this: sign in.", "{\"session_only\":true}");
    }
    if (!token_allows(rq->token, rq->route)) {
        return rq_fail_details(rq, ERR_PERMISSION_DENIED, arena_printf(rq->arena, "This token lacks the scope %s.", needed),
                               arena_printf(rq->arena, "{\"scope\":\"%s\"}", needed));
    }
    if (!uuid_is_nil(&rq->token->brand_id) && (rq->route->flags & ROUTE_TENANT) == 0) {
        return rq_fail_details(rq, ERR_PERMISSION_DENIED, "This token is good within its brand only.", "{\"in_brand\":true}");
    }
    return ERR_NONE;
}

enum err token_identify(struct request *rq, const char *text)
{
    uint8_t digest[32];
    if (!pat_is_whole(text)) {
        return refuse(rq, ERR_INVALID_TOKEN, NULL);
    }
    seal_digest(text, strlen(text), digest);
    struct slot *s = rq->route->tx != TX_NONE ? remembered(digest) : NULL; /* without a database nothing would be asserted */
    if (s == NULL) {
        s = look_up(rq, digest);
    }
    if (s == NULL) {
        return rq->err;
    }
    if (s->token.expires_at <= rq->now) {
        return refuse(rq, ERR_TOKEN_EXPIRED, NULL);
    }
    rq->token = &s->token;
    rq->signed_in = true;
    rq->user_id = s->token.user_id;
    rq->session_id = s->token.id;
    if ((rq->route->flags & ROUTE_TENANT) != 0 && !uuid_is_nil(&s->token.brand_id)) {
        rq->has_brand = true;
        rq->brand_id = s->token.brand_id;
    }
    return check_scope(rq);
}

enum err token_check_brand(struct request *rq)
{
    if (rq->token == NULL || !rq->has_brand || uuid_is_nil(&rq->token->brand_id) ||
        uuid_eq(&rq->token->brand_id, &rq->brand_id)) {
        return ERR_NONE;
    }
    return rq_fail_words(rq, ERR_NOT_FOUND, "There is no such brand here.");
}

void token_note_use(struct request *rq)
{
    if (rq->token != NULL && rq->now - rq->token->noted_at >= NOTE_EVERY) {
        rq->token->noted_at = rq->now;
        db_queue(rq->db, rq->arena, &sql_token_note_use, bind_values(rq, &sql_token_note_use, NULL));
    }
}
