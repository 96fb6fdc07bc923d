/* audit.h - the audit log as chains of hashes that anybody can check: one for each brand, and one (the nil UUID) for what belongs
 * to no brand. The relay appends (audit_chain.sql); this signs what is there, lets go of what is old, and verifies.
 *
 *   hash of an entry = SHA-256(hash of the one before || canonical form); 32 zero bytes before the first
 *   canonical form   = "karara audit 1", then as netstrings (bytes:text, or - for null) brand_id, place in the chain, id, platform (t or
 *                      f), actor_id, action, resource_type, resource_id, before, after (as PostgreSQL writes jsonb), outcome, ip,
 *                      user_agent, request_id, created_at in microseconds since 1970
 *   signed head      = Ed25519 over "karara audit head 1" and netstrings of the chain's id, place, hash (hexadecimal), microseconds
 *   signed anchor    = Ed25519 over "karara audit anchor 1" and netstrings of the chain's id, first and last place that are gone, hash before
 *                      the first, hash of the last, microseconds */
#pragma once

#include "core/uuid.h"
#include "platform/db.h"
#include <stdint.h>

struct arena;

/* Signs the heads of chains that have grown since they were last signed, so many seconds ago or longer. Without a key: DB_OK after a
 * line in the log. */
enum db_status audit_sign_heads(struct db *d, struct arena *a, int64_t interval);

/* Anchors what lies in months that ended more than so many days ago, and drops those months. In the caller's transaction (it must be
 * explicit), as karara_worker; without a key nothing is dropped. */
enum db_status audit_retire(struct db *d, struct arena *a, int64_t keep_days, int64_t *ret_dropped);

enum audit_fault {
    AUDIT_SOUND,
    AUDIT_TOUCHED,      /* the entry isn't what it was when it was chained */
    AUDIT_REMOVED,      /* there was an entry at this place, and it isn't there */
    AUDIT_INSERTED,     /* this entry wasn't chained by the relay */
    AUDIT_HEAD_WRONG,   /* the head signed here isn't that of this chain, or nobody with the key signed it */
    AUDIT_ANCHOR_WRONG, /* the same of a stretch that is said to have gone in its time */
    AUDIT_UNREADABLE    /* the database refused; see db_error */
};

struct audit_verdict {
    struct uuid chain; /* nil: of no brand */
    const char *slug;  /* NULL: of a brand that is gone, or of none */
    enum audit_fault fault;
    int64_t sequence;       /* where it begins */
    struct uuid id;         /* of the entry, or nil */
    int64_t entries;        /* that were read */
    int64_t heads, retired; /* signed heads that are right; entries that went in their time */
    int64_t unchained;      /* that the relay has yet to chain */
    int64_t
        signed_up_to; /* place of the newest head that is right: what comes behind it could be written anew by whoever owns the database */
};

/* Verifies all chains, or one; calls `tell` for each. By a role that sees the whole log. False: there was a fault, or nothing could be read. */
bool audit_verify(struct db *d, const struct uuid *chain, void (*tell)(const struct audit_verdict *v, void *arg), void *arg);
