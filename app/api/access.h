/* access.h - what a person may do in a brand: computed by queries, cached in the process and in memcached, and never stale, since the
 * first statement of every pipeline asserts the version it was computed from. */
#pragma once

#include "api/permission.h"
#include "core/uuid.h"
#include <stdbool.h>
#include <stdint.h>

struct request;

struct access {
    struct uuid user_id, brand_id;
    int64_t version;     /* brand_members.access_version */
    int64_t valid_until; /* µs: the next moment at which time alone changes it (an expiry, a delegation's start or end) */
    enum role role;
    uint64_t permissions;     /* permission_bit()s */
    uint64_t own;             /* of these, what they have without delegations */
    bool read_only;           /* the brand is suspended */
    bool wants_if_match;      /* the brand's settings ask for If-Match */
    bool without_tokens;      /* the brand's plan has no API tokens */
    bool lacks_two_factor;    /* they ask for a second factor, and the person has none */
    struct uuid_list teams;   /* where the person is in */
    struct uuid_list managed; /* of these, where they are manager */
};

/* Finds the caller's access to rq->brand_id: process, memcached, database. `fresh` goes to the database. ERR_NOT_FOUND when there is none. */
enum err access_find(struct request *rq, bool fresh);
/* Forgets it in both caches (after the database refused its version). */
void access_forget(struct request *rq);
