/* access.c - the effective access of a person in a brand: process, memcached, database. */
#include "api/access.h"

#include "api/bind.h"
#include "api/effective.h"
#include "api/request.h"
#include "api_sql.h"
#include "core/arena.h"
#include "core/str.h"
#include "platform/cache.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS 1024
#define CACHE_TTL 3600 /* s */
#define FOREVER INT64_MAX

static struct access *slots[SLOTS];

/* What lies in memcached: this head, then the team ids, then the managed ones. */
struct packed {
    struct access head;
    struct uuid ids[];
};

static size_t slot_of(const struct uuid *user, const struct uuid *brand)
{
    uint8_t both[32];
    memcpy(both, user->b, 16);
    memcpy(both + 16, brand->b, 16);
    return (size_t)(str_hash(both, sizeof both, 0) % SLOTS);
}

static const char *cache_key(struct request *rq)
{
    char user[UUID_TEXT_SIZE];
    char brand[UUID_TEXT_SIZE];
    uuid_format(&rq->user_id, user);
    uuid_format(&rq->brand_id, brand);
    return arena_printf(rq->arena, "access3:%s:%s", user, brand);
}

static size_t packed_size(const struct access *a)
{
    return sizeof(struct packed) + (size_t)(a->teams.n + a->managed.n) * sizeof(struct uuid);
}

/* One block holding the access and its ids, from malloc. */
static struct packed *pack(const struct access *from)
{
    struct packed *p = malloc(packed_size(from));
    if (p == NULL) {
        abort();
    }
    p->head = *from;
    if (from->teams.n > 0) {
        memcpy(p->ids, from->teams.v, (size_t)from->teams.n * sizeof(struct uuid));
    }
    if (from->managed.n > 0) {
        memcpy(p->ids + from->teams.n, from->managed.v, (size_t)from->managed.n * sizeof(struct uuid));
    }
    return p;
}

/* Points the lists at the block's own ids. */
static struct access *unpack(struct packed *p)
{
    p->head.teams.v = p->ids;
    p->head.managed.v = p->ids + p->head.teams.n;
    return &p->head;
}

static void keep_in_process(const struct access *from)
{
    size_t i = slot_of(&from->user_id, &from->brand_id);
    struct access *fresh = unpack(pack(from));
    free(slots[i]);
    slots[i] = fresh;
}

static bool fits(const struct request *rq, const struct access *a)
{
    return uuid_eq(&a->user_id, &rq->user_id) && uuid_eq(&a->brand_id, &rq->brand_id) && a->valid_until > rq->now;
}

static struct access *from_process(struct request *rq)
{
    struct access *a = slots[slot_of(&rq->user_id, &rq->brand_id)];
    return a != NULL && fits(rq, a) ? a : NULL;
}

static struct access *from_cache(struct request *rq)
{
    size_t size = 0;
    struct packed *p = cache_get(rq->cache, rq->arena, cache_key(rq), &size);
    if (p == NULL || size < sizeof *p || p->head.teams.n < 0 || p->head.managed.n < 0 || size != packed_size(&p->head)) {
        return NULL;
    }
    struct access *a = unpack(p);
    if (!fits(rq, a)) {
        return NULL;
    }
    keep_in_process(a);
    return a;
}

static void read_permissions(struct request *rq, const struct db_result *r, struct access *a)
{
    struct effective e;
    const struct effective_input in = { .role = a->role,
                                        .role_changes = db_text(r, 0, "role_changes"),
                                        .overrides = db_text(r, 0, "overrides"),
                                        .delegated = db_text(r, 0, "delegated") };
    effective_compute(rq->arena, &in, &e);
    a->permissions = e.all;
    a->own = e.own;
}

static struct access *computed(struct request *rq, const struct db_result *r)
{
    struct access *a = arena_zalloc(rq->arena, sizeof *a);
    a->user_id = rq->user_id;
    a->brand_id = rq->brand_id;
    a->version = db_int(r, 0, "access_version");
    a->valid_until = db_is_null(r, 0, db_column(r, "valid_until")) ? FOREVER : db_int(r, 0, "valid_until");
    a->role = role_parse(db_text(r, 0, "role"));
    read_permissions(rq, r, a);
    a->read_only = db_bool(r, 0, "read_only");
    a->wants_if_match = db_bool(r, 0, "wants_if_match");
    a->without_tokens = db_bool(r, 0, "without_tokens");
    a->lacks_two_factor = db_bool(r, 0, "lacks_two_factor");
    a->teams = db_uuids(rq->arena, r, 0, "teams");
    a->managed = db_uuids(rq->arena, r, 0, "managed");
    return a;
}

static enum err from_database(struct request *rq, const struct access **ret)
{
    /* Not through rq_query: this comes before the prologue, which asserts what is computed here. */
    db_queue(rq->db, rq->arena, &sql_access_brand, bind_values(rq, &sql_access_brand, NULL));
    const struct db_result *r = db_queue(rq->db, rq->arena, &sql_access_compute, bind_values(rq, &sql_access_compute, NULL));
    enum err e = rq_run(rq);
    if (e != ERR_NONE) {
        return e;
    }
    if (db_rows(r) == 0) {
        access_forget(
            rq); /* or rows that this access has no objection to would find it wrong only when they ask the database */
        return rq_fail_words(rq, ERR_NOT_FOUND, "There is no such brand here.");
    }
    if (!db_bool(r, 0, "session_alive")) {
        return rq_fail_words(rq, ERR_INVALID_TOKEN,
                             rq->token != NULL ? "This token is no longer good." : "This session has ended. Sign in again.");
    }
    if (!db_bool(r, 0, "account_active")) {
        return rq_fail(rq, ERR_ACCOUNT_SUSPENDED);
    }
    struct access *a = computed(rq, r);
    keep_in_process(a);
    struct packed *p = pack(a);
    cache_set(rq->cache, cache_key(rq), p, packed_size(a), CACHE_TTL);
    free(p);
    *ret = a;
    return ERR_NONE;
}

enum err access_find(struct request *rq, bool fresh)
{
    rq->access_cached = !fresh;
    if (!fresh) {
        struct access *a = from_process(rq);
        if (a == NULL) {
            a = from_cache(rq);
        }
        if (a != NULL) {
            rq->access = a;
            return ERR_NONE;
        }
        rq->access_cached = false;
    }
    return from_database(rq, &rq->access);
}

void access_forget(struct request *rq)
{
    size_t i = slot_of(&rq->user_id, &rq->brand_id);
    if (slots[i] != NULL && uuid_eq(&slots[i]->user_id, &rq->user_id) && uuid_eq(&slots[i]->brand_id, &rq->brand_id)) {
        free(slots[i]);
        slots[i] = NULL;
    }
    rq->access = NULL;
    cache_delete(rq->cache, cache_key(rq));
}
