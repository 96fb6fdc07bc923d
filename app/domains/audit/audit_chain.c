/* audit_chain.c - signing heads, and letting go of what is old. */
#include "domains/audit/audit.h"

#include "api/bind.h"
#include "audit_chain_sql.h"
#include "core/arena.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/str.h"
#include "domains/audit/audit_internal.h"
#include "platform/sign.h"
#include <stdio.h>
#include <string.h>

void audit_netstring(struct buf *b, const char *text)
{
    if (text == NULL) {
        buf_char(b, '-');
    } else {
        buf_printf(b, "%zu:", strlen(text));
        buf_str(b, text);
        buf_char(b, ',');
    }
}

void audit_netstring_int(struct buf *b, int64_t n)
{
    char text[24];
    snprintf(text, sizeof text, "%lld", (long long)n);
    audit_netstring(b, text);
}

void audit_netstring_uuid(struct buf *b, const struct uuid *u)
{
    char text[UUID_TEXT_SIZE];
    uuid_format(u, text);
    audit_netstring(b, text);
}

static void netstring_hash(struct buf *b, const uint8_t hash[AUDIT_HASH])
{
    char text[2 * AUDIT_HASH + 1];
    str_hex_encode(hash, AUDIT_HASH, text);
    audit_netstring(b, text);
}

void audit_head_bytes(struct buf *b, const struct uuid *chain, int64_t sequence, const uint8_t hash[AUDIT_HASH],
                      int64_t signed_at)
{
    buf_clear(b);
    buf_str(b, "karara audit head 1");
    audit_netstring_uuid(b, chain);
    audit_netstring_int(b, sequence);
    netstring_hash(b, hash);
    audit_netstring_int(b, signed_at);
}

void audit_anchor_bytes(struct buf *b, const struct uuid *chain, int64_t first, int64_t last, const uint8_t before[AUDIT_HASH],
                        const uint8_t hash[AUDIT_HASH], int64_t signed_at)
{
    buf_clear(b);
    buf_str(b, "karara audit anchor 1");
    audit_netstring_uuid(b, chain);
    audit_netstring_int(b, first);
    audit_netstring_int(b, last);
    netstring_hash(b, before);
    netstring_hash(b, hash);
    audit_netstring_int(b, signed_at);
}

/* A hash of a row, in the arena; all zero for anything that isn't one. */
static const uint8_t *hash_of(struct arena *a, const struct db_result *r, int row, const char *column)
{
    int n = 0;
    uint8_t *copy = arena_zalloc(a, AUDIT_HASH);
    const char *raw = db_raw(r, row, db_column(r, column), &n);
    if (raw != NULL && n == AUDIT_HASH) {
        memcpy(copy, raw, AUDIT_HASH);
    }
    return copy;
}

/* Signs what is in the buffer; the key's name and a signature in the arena, or NULL after a line in the log. */
static const char *sign_bytes(struct arena *a, const struct buf *b, uint8_t **ret_signature)
{
    *ret_signature = arena_alloc(a, SIGN_SIZE);
    const char *kid = sign(b->data, b->len, *ret_signature);
    if (kid == NULL) {
        LOG(LOG_ERROR, "audit_not_signed", LOG_STR("message", "there is no key: run kararactl setup, which makes audit.keys"));
    }
    return kid;
}

enum db_status audit_sign_heads(struct db *d, struct arena *a, int64_t interval)
{
    const struct db_value seconds = { .is_set = true, .d = (double)interval };
    db_queue_begin(d, false);
    const struct db_result *due = bind_queue(d, a, &sql_audit_heads_due, RQ_ARGS({ "interval", seconds }));
    struct buf b = { 0 };
    int64_t now = clock_now();
    enum db_status status = db_run(d);
    for (int i = 0; status == DB_OK && i < db_rows(due); i++) {
        const struct uuid chain = db_uuid(due, i, "chain_id");
        const uint8_t *hash = hash_of(a, due, i, "hash");
        int64_t sequence = db_int(due, i, "sequence");
        uint8_t *signature;
        audit_head_bytes(&b, &chain, sequence, hash, now);
        const char *kid = sign_bytes(a, &b, &signature);
        if (kid == NULL) {
            break;
        }
        bind_queue(d, a, &sql_audit_head_add,
                   RQ_ARGS(ARG_UUID("chain_id", chain), ARG_INT("sequence", sequence), ARG_BYTES("hash", hash, AUDIT_HASH),
                           ARG_INT("signed_at", now), ARG_TEXT("key_id", kid), ARG_BYTES("signature", signature, SIGN_SIZE)));
    }
    buf_free(&b);
    if (status == DB_OK) {
        db_queue_commit(d);
        status = db_run(d);
    }
    return status;
}

/* Adds an anchor for each stretch; without a key none, and nothing is dropped. */
static enum db_status anchor_all(struct db *d, struct arena *a, const struct db_result *due)
{
    struct buf b = { 0 };
    int64_t now = clock_now();
    enum db_status status = DB_OK;
    for (int i = 0; status == DB_OK && i < db_rows(due); i++) {
        const struct uuid chain = db_uuid(due, i, "chain_id");
        int64_t first = db_int(due, i, "first_sequence"), last = db_int(due, i, "last_sequence");
        const uint8_t *before = hash_of(a, due, i, "prev_hash"), *hash = hash_of(a, due, i, "hash");
        uint8_t *signature;
        audit_anchor_bytes(&b, &chain, first, last, before, hash, now);
        const char *kid = sign_bytes(a, &b, &signature);
        if (kid == NULL) {
            break;
        }
        bind_queue(d, a, &sql_audit_anchor_add,
                   RQ_ARGS(ARG_UUID("chain_id", chain), ARG_INT("first_sequence", first), ARG_INT("last_sequence", last),
                           ARG_BYTES("prev_hash", before, AUDIT_HASH), ARG_BYTES("hash", hash, AUDIT_HASH),
                           ARG_INT("signed_at", now), ARG_TEXT("key_id", kid), ARG_BYTES("signature", signature, SIGN_SIZE)));
    }
    buf_free(&b);
    return status;
}

enum db_status audit_retire(struct db *d, struct arena *a, int64_t keep_days, int64_t *ret_dropped)
{
    const struct rq_arg *keep = RQ_ARGS(ARG_INT("keep_days", keep_days));
    const struct db_result *due = bind_queue(d, a, &sql_audit_stretches_due, keep);
    enum db_status status = db_run(d);
    if (status == DB_OK) {
        status = anchor_all(d, a, due);
    }
    if (status == DB_OK) {
        const struct db_result *r = bind_queue(d, a, &sql_audit_partitions_drop, keep);
        status = db_run(d);
        *ret_dropped = status == DB_OK ? db_int(r, 0, "dropped") : 0;
    }
    return status;
}
