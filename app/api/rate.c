/* rate.c - rate limits by leased counters. */
#include "api/rate.h"

#include "core/arena.h"
#include "core/config.h"
#include "core/str.h"
#include "platform/cache.h"
#include <stdio.h>
#include <string.h>

#define SLOTS 4096
#define LEASE_MAX 64

struct rate_limit {
    const char *name;
    enum config_key setting;
    int window;    /* s */
    bool per_user; /* else per brand, or over all */
    bool per_brand;
};

static const struct rate_limit limits[] = {
    { "user-minute", CONF_RATE_USER_MINUTE, 60, true, false },
    { "user-hour", CONF_RATE_USER_HOUR, 3600, true, false },
    { "brand-hour", CONF_RATE_BRAND_HOUR, 3600, false, true },
    { "global-hour", CONF_RATE_GLOBAL_HOUR, 3600, false, false },
};

#define LIMITS ((int)(sizeof limits / sizeof *limits))

/* One counter as this process knows it. Two keys that fall into one slot push each other out, which costs a look-up. */
struct counter {
    uint64_t key;
    int64_t window;  /* number of the window */
    int64_t counted; /* over all workers, when last asked; includes our lease */
    int64_t left;    /* of our lease */
    bool full;
};

static struct counter counters[SLOTS];

struct rate_state {
    struct counter *taken[LIMITS];
    int64_t limit[LIMITS];
    int64_t now; /* s */
};

static bool applies(const struct request *rq, const struct rate_limit *l)
{
    return l->per_user ? rq->signed_in : !l->per_brand || rq->access != NULL;
}

static struct counter *find(const struct request *rq, int index, int64_t window)
{
    struct {
        int64_t index;
        struct uuid id;
    } name = { .index = index };
    if (limits[index].per_user) {
        name.id = rq->user_id;
    } else if (limits[index].per_brand) {
        name.id = rq->brand_id;
    }
    uint64_t key = str_hash(&name, sizeof name, 0);
    struct counter *c = &counters[key % SLOTS];
    if (c->key != key || c->window != window) {
        *c = (struct counter){ .key = key, .window = window };
    }
    return c;
}

static const char *cache_key(struct request *rq, int index, int64_t window)
{
    char id[UUID_TEXT_SIZE] = "all";
    if (limits[index].per_user) {
        uuid_format(&rq->user_id, id);
    } else if (limits[index].per_brand) {
        uuid_format(&rq->brand_id, id);
    }
    return arena_printf(rq->arena, "rate:%d:%lld:%s", index, (long long)window, id);
}

static int64_t lease_size(int64_t limit, int64_t counted)
{
    int64_t lease = limit >= 10000 ? (limit - counted) / 1000 : 1;
    return lease < 1 ? 1 : lease > LEASE_MAX ? LEASE_MAX : lease;
}

/* Takes a lease; false when the window is used up. */
static bool lease(struct request *rq, struct counter *c, int index, int64_t limit)
{
    int64_t size = lease_size(limit, c->counted);
    uint64_t counted = 0;
    if (!cache_add(rq->cache, cache_key(rq, index, c->window), (uint64_t)size, (unsigned)limits[index].window * 2, &counted)) {
        counted = (uint64_t)(c->counted + 1); /* alone */
        size = 1;
    }
    c->counted = (int64_t)counted;
    int64_t over = c->counted - limit;
    c->left = over > 0 ? size - over : size;
    if (c->left <= 0) {
        c->left = 0;
        c->full = true;
    }
    return !c->full;
}

static enum err refuse(struct request *rq, int index, int64_t now)
{
    rq_retry_after(rq, limits[index].window - now % limits[index].window);
    return rq_fail(rq, ERR_RATE_LIMITED);
}

enum err rate_take(struct request *rq)
{
    struct rate_state *s = rq->rate != NULL ? rq->rate : arena_zalloc(rq->arena, sizeof *s);
    s->now = rq->now / 1000000;
    rq->rate = s;
    if (rq->route->rate == RATE_NONE) {
        return ERR_NONE;
    }
    for (int i = 0; i < LIMITS; i++) {
        s->limit[i] = config_int(limits[i].setting);
        if (s->limit[i] <= 0 || s->taken[i] != NULL || !applies(rq, &limits[i])) {
            continue;
        }
        struct counter *c = find(rq, i, s->now / limits[i].window);
        s->taken[i] = c;
        if (c->full || (c->left == 0 && !lease(rq, c, i, s->limit[i]))) {
            return refuse(rq, i, s->now);
        }
        c->left--;
    }
    return ERR_NONE;
}

void rate_refund(struct request *rq)
{
    for (int i = 0; rq->rate != NULL && i < LIMITS; i++) {
        if (rq->rate->taken[i] != NULL) {
            rq->rate->taken[i]->left++;
        }
    }
}

static int64_t remaining(const struct rate_state *s, int i)
{
    int64_t n = s->limit[i] - s->taken[i]->counted + s->taken[i]->left;
    return n > 0 ? n : 0;
}

void rate_headers(struct request *rq)
{
    const struct rate_state *s = rq->rate;
    int tight = -1;
    for (int i = 0; s != NULL && i < LIMITS; i++) {
        if (s->taken[i] != NULL && (tight < 0 || remaining(s, i) < remaining(s, tight))) {
            tight = i;
        }
    }
    if (tight < 0) {
        return;
    }
    int window = limits[tight].window;
    http_reply_header(rq->reply, "RateLimit-Policy",
                      arena_printf(rq->arena, "\"%s\";q=%lld;w=%d", limits[tight].name, (long long)s->limit[tight], window));
    http_reply_header(rq->reply, "RateLimit",
                      arena_printf(rq->arena, "\"%s\";r=%lld;t=%lld", limits[tight].name, (long long)remaining(s, tight),
                                   (long long)(window - s->now % window)));
}
