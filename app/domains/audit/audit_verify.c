/* audit_verify.c - walks the chains, and says where one breaks first. It makes the canonical form and the hashes by itself: what the
 * database's functions say is not asked. */
#include "domains/audit/audit.h"

#include "api/bind.h"
#include "audit_chain_sql.h"
#include "core/arena.h"
#include "core/str.h"
#include "domains/audit/audit_internal.h"
#include "platform/sign.h"
#include <sodium.h>
#include <string.h>

enum { PAGE = 1000, MEMORY = 256 << 20 };

/* A walk along one chain. */
struct walk {
    struct db *db;
    struct arena *arena; /* of the chain */
    struct arena *page;  /* of one page */
    struct audit_verdict v;
    const struct db_result *anchors, *heads, *end;
    int head;            /* the next to come by */
    int64_t at;          /* the last place passed */
    int64_t after;       /* the last entry read: its place, which may be any … */
    struct uuid last_id; /* … and id */
    uint8_t hash[AUDIT_HASH];
    struct buf bytes;
};

static bool fault(struct walk *w, enum audit_fault f, int64_t sequence, const struct uuid *id)
{
    w->v.fault = f;
    w->v.sequence = sequence;
    w->v.id = id != NULL ? *id : (struct uuid){ 0 };
    return false;
}

static bool is_hash(const struct db_result *r, int row, const char *column, const uint8_t hash[AUDIT_HASH])
{
    int n = 0;
    const char *raw = db_raw(r, row, db_column(r, column), &n);
    return raw != NULL && n == AUDIT_HASH && memcmp(raw, hash, AUDIT_HASH) == 0;
}

/* The bytes of a column and how many; a hash that isn't one is all zero. */
static void take_hash(const struct db_result *r, int row, const char *column, uint8_t out[AUDIT_HASH])
{
    int n = 0;
    const char *raw = db_raw(r, row, db_column(r, column), &n);
    memset(out, 0, AUDIT_HASH);
    if (raw != NULL && n == AUDIT_HASH) {
        memcpy(out, raw, AUDIT_HASH);
    }
}

static bool is_signed(struct walk *w, const struct db_result *r, int row)
{
    int n = 0;
    const char *signature = db_raw(r, row, db_column(r, "signature"), &n);
    return signature != NULL &&
           sign_verify(db_text(r, row, "key_id"), w->bytes.data, w->bytes.len, (const uint8_t *)signature, (size_t)n);
}

/* The heads signed at the place that was just passed. */
static bool check_heads(struct walk *w)
{
    while (w->head < db_rows(w->heads) && db_int(w->heads, w->head, "sequence") <= w->at) {
        int64_t sequence = db_int(w->heads, w->head, "sequence");
        uint8_t hash[AUDIT_HASH];
        take_hash(w->heads, w->head, "hash", hash);
        audit_head_bytes(&w->bytes, &w->v.chain, sequence, hash, db_int(w->heads, w->head, "signed_at"));
        if (!is_signed(w, w->heads, w->head) || (sequence == w->at && memcmp(hash, w->hash, AUDIT_HASH) != 0)) {
            return fault(w, AUDIT_HEAD_WRONG, sequence, NULL);
        }
        w->v.heads++;
        w->v.signed_up_to = sequence;
        w->head++;
    }
    return true;
}

/* Passes over what has gone in its time, as far as it reaches behind the present place. */
static bool pass_anchors(struct walk *w)
{
    for (int i = 0; i < db_rows(w->anchors); i++) {
        int64_t first = db_int(w->anchors, i, "first_sequence"), last = db_int(w->anchors, i, "last_sequence");
        uint8_t before[AUDIT_HASH], hash[AUDIT_HASH];
        if (first != w->at + 1) {
            continue;
        }
        take_hash(w->anchors, i, "prev_hash", before);
        take_hash(w->anchors, i, "hash", hash);
        audit_anchor_bytes(&w->bytes, &w->v.chain, first, last, before, hash, db_int(w->anchors, i, "signed_at"));
        if (!is_signed(w, w->anchors, i) || memcmp(before, w->hash, AUDIT_HASH) != 0 || last < first) {
            return fault(w, AUDIT_ANCHOR_WRONG, first, NULL);
        }
        w->v.retired += last - first + 1;
        w->at = last;
        memcpy(w->hash, hash, AUDIT_HASH);
        if (!check_heads(w)) {
            return false;
        }
    }
    return true;
}

static void put_uuid(struct walk *w, const struct db_result *r, int row, const char *column)
{
    struct uuid u = db_uuid(r, row, column);
    if (db_is_null(r, row, db_column(r, column))) {
        audit_netstring(&w->bytes, NULL);
    } else {
        audit_netstring_uuid(&w->bytes, &u);
    }
}

static void put_text(struct walk *w, const struct db_result *r, int row, const char *column)
{
    audit_netstring(&w->bytes, db_text(r, row, column));
}

/* Makes w->hash that of the entry. */
static void add_entry(struct walk *w, const struct db_result *r, int row)
{
    crypto_hash_sha256_state state;
    buf_clear(&w->bytes);
    buf_str(&w->bytes, "karara audit 1");
    put_uuid(w, r, row, "brand_id");
    audit_netstring_int(&w->bytes, db_int(r, row, "sequence"));
    put_uuid(w, r, row, "id");
    audit_netstring(&w->bytes, db_bool(r, row, "platform") ? "t" : "f");
    put_uuid(w, r, row, "actor_id");
    put_text(w, r, row, "action");
    put_text(w, r, row, "resource_type");
    put_uuid(w, r, row, "resource_id");
    put_text(w, r, row, "before");
    put_text(w, r, row, "after");
    put_text(w, r, row, "outcome");
    put_text(w, r, row, "ip");
    put_text(w, r, row, "user_agent");
    put_text(w, r, row, "request_id");
    audit_netstring_int(&w->bytes, db_int(r, row, "created_at"));
    crypto_hash_sha256_init(&state);
    crypto_hash_sha256_update(&state, w->hash, AUDIT_HASH);
    crypto_hash_sha256_update(&state, (const unsigned char *)w->bytes.data, w->bytes.len);
    crypto_hash_sha256_final(&state, w->hash);
}

static bool check_entry(struct walk *w, const struct db_result *r, int row)
{
    int64_t sequence = db_int(r, row, "sequence");
    struct uuid id = db_uuid(r, row, "id");
    w->after = sequence;
    w->last_id = id;
    if (sequence <= w->at) {
        return fault(w, AUDIT_INSERTED, sequence, &id);
    }
    if (sequence != w->at + 1 && !pass_anchors(w)) {
        return false;
    }
    if (sequence != w->at + 1) {
        return fault(w, sequence <= w->at ? AUDIT_INSERTED : AUDIT_REMOVED, w->at + 1, NULL);
    }
    bool follows = is_hash(r, row, "prev_hash", w->hash);
    add_entry(w, r, row);
    if (!follows || !is_hash(r, row, "hash", w->hash)) {
        return fault(w, AUDIT_TOUCHED, sequence, &id);
    }
    w->at = sequence;
    w->v.entries++;
    return check_heads(w);
}

/* The chain's entries, page by page. */
static bool check_entries(struct walk *w)
{
    for (;;) {
        arena_reset(w->page);
        const struct db_result *r = bind_queue(w->db, w->page, &sql_audit_chain_page,
                                               RQ_ARGS(ARG_UUID("chain_id", w->v.chain), ARG_INT("after", w->after),
                                                       ARG_UUID("after_id", w->last_id), ARG_INT("most", PAGE)));
        if (db_run(w->db) != DB_OK) {
            return fault(w, AUDIT_UNREADABLE, 0, NULL);
        }
        for (int i = 0; i < db_rows(r); i++) {
            if (!check_entry(w, r, i)) {
                return false;
            }
        }
        if (db_rows(r) < PAGE) {
            return true;
        }
    }
}

/* What the chain's end must be. */
static bool check_end(struct walk *w)
{
    if (!pass_anchors(w)) {
        return false;
    }
    if (w->head < db_rows(w->heads)) {
        return fault(w, AUDIT_REMOVED, w->at + 1, NULL);
    }
    int64_t last = db_rows(w->end) > 0 ? db_int(w->end, 0, "last_sequence") : 0;
    if (last > w->at) {
        return fault(w, AUDIT_REMOVED, w->at + 1, NULL);
    }
    if (last < w->at) {
        return fault(w, AUDIT_INSERTED, last + 1, NULL);
    }
    return last == 0 || is_hash(w->end, 0, "last_hash", w->hash) || fault(w, AUDIT_TOUCHED, last, &w->last_id);
}

static bool walk_chain(struct walk *w)
{
    const struct rq_arg *which = RQ_ARGS(ARG_UUID("chain_id", w->v.chain));
    w->anchors = bind_queue(w->db, w->arena, &sql_audit_chain_anchors, which);
    w->heads = bind_queue(w->db, w->arena, &sql_audit_chain_heads, which);
    w->end = bind_queue(w->db, w->arena, &sql_audit_chain_end, which);
    if (db_run(w->db) != DB_OK) {
        return fault(w, AUDIT_UNREADABLE, 0, NULL);
    }
    return check_entries(w) && check_end(w);
}

/* All of a chain is read as of one moment, since the relay may be making it longer; chain by chain, since a transaction that stays open for
 * long keeps dead rows in all tables. */
static bool walk_still(struct walk *w)
{
    if (!db_exec_text(w->db, "begin isolation level repeatable read, read only")) {
        return fault(w, AUDIT_UNREADABLE, 0, NULL);
    }
    bool good = walk_chain(w);
    if (w->v.fault == AUDIT_UNREADABLE) {
        db_reconnect(w->db); /* and what it said stays */
        return false;
    }
    return db_exec_text(w->db, "commit") ? good : fault(w, AUDIT_UNREADABLE, 0, NULL);
}

bool audit_verify(struct db *d, const struct uuid *chain, void (*tell)(const struct audit_verdict *v, void *arg), void *arg)
{
    struct arena *list = arena_create(MEMORY), *arena = arena_create(MEMORY), *page = arena_create(MEMORY);
    const struct rq_arg *only = chain != NULL ? RQ_ARGS(ARG_UUID("chain_id", *chain)) : RQ_ARGS(ARG_NULL("chain_id"));
    const struct db_result *chains = bind_queue(d, list, &sql_audit_chains_all, only);
    bool sound = db_run(d) == DB_OK;
    if (!sound) {
        tell(&(struct audit_verdict){ .fault = AUDIT_UNREADABLE }, arg);
    }
    int n = sound ? db_rows(chains) : 0;
    for (int i = 0; i < n; i++) {
        struct walk w = { .db = d, .arena = arena, .page = page, .after = INT64_MIN };
        w.v = (struct audit_verdict){ .chain = db_uuid(chains, i, "chain_id"),
                                      .slug = db_text(chains, i, "slug"),
                                      .unchained = db_int(chains, i, "unchained") };
        bool good = walk_still(&w);
        tell(&w.v, arg);
        buf_free(&w.bytes);
        arena_reset(arena);
        sound = sound && good;
        if (w.v.fault == AUDIT_UNREADABLE) {
            break;
        }
    }
    arena_destroy(page);
    arena_destroy(arena);
    arena_destroy(list);
    return sound;
}
