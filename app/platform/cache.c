/* cache.c - see cache.h. libmemcached 1.1 makes its sockets non-blocking and waits in poll() alone, so the poll time-out
 * bounds a call. Its own notion of dead servers counts whole seconds; ours replaces it: after a failure the handle is
 * thrown away, since an answer that comes late would be taken for the answer to the next question, and a new one is made a
 * second later. */
#include "platform/cache.h"
#include "core/arena.h"
#include "core/clock.h"
#include "core/config.h"
#include "core/log.h"
#include "core/str.h"

#include <libmemcached/memcached.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    BACK_OFF = 1000000,         /* microseconds */
    KEY_MAX = 250,              /* bytes, memcached's limit */
    TTL_RELATIVE_MAX = 2592000, /* seconds; memcached takes more for a point in time */
    DEFAULT_PORT = 11211,
};

struct cache {
    memcached_st *handle; /* NULL until needed, and after a failure */
    int64_t retry_at;     /* clock_monotonic() before which the server is left alone */
    bool off;
    bool alive;
    bool told; /* the failure stands in the log */
};

struct cache *cache_open(void)
{
    struct cache *c = calloc(1, sizeof *c);

    if (!c) {
        LOG(LOG_ERROR, "cache_no_memory");
        abort();
    }
    c->off = str_empty(config_text(CONF_MEMCACHED));
    return c;
}

void cache_close(struct cache *c)
{
    if (!c) {
        return;
    }
    if (c->handle) {
        memcached_free(c->handle);
    }
    free(c);
}

/* "/path", "host", "host:port" or "[address]:port". */
static bool add_server(memcached_st *m, const char *where)
{
    const char *colon = strrchr(where, ':'), *host = where;
    size_t size = colon ? (size_t)(colon - where) : strlen(where);
    int64_t port = DEFAULT_PORT;
    char name[256];

    if (*where == '/') {
        return memcached_success(memcached_server_add_unix_socket(m, where));
    }
    if (colon && !str_to_int(colon + 1, 1, 65535, &port)) {
        return false;
    }
    if (size >= 2 && host[0] == '[' && host[size - 1] == ']') {
        host++;
        size -= 2;
    }
    if (!size || size >= sizeof name) {
        return false;
    }
    memcpy(name, host, size);
    name[size] = '\0';
    return memcached_success(memcached_server_add(m, name, (in_port_t)port));
}

static memcached_st *handle_make(void)
{
    uint64_t ms = (uint64_t)config_int(CONF_MEMCACHED_TIMEOUT);
    memcached_st *m = memcached_create(NULL);

    if (!m) {
        return NULL;
    }
    ms = ms < 1 ? 1 : ms > 60000 ? 60000 : ms;
    memcached_behavior_set(m, MEMCACHED_BEHAVIOR_BINARY_PROTOCOL, 1); /* for increments with a first value */
    memcached_behavior_set(m, MEMCACHED_BEHAVIOR_NO_BLOCK, 1);
    memcached_behavior_set(m, MEMCACHED_BEHAVIOR_TCP_NODELAY, 1);
    memcached_behavior_set(m, MEMCACHED_BEHAVIOR_CONNECT_TIMEOUT, ms);
    memcached_behavior_set(m, MEMCACHED_BEHAVIOR_POLL_TIMEOUT, ms);
    memcached_behavior_set(m, MEMCACHED_BEHAVIOR_SND_TIMEOUT, ms * 1000);
    memcached_behavior_set(m, MEMCACHED_BEHAVIOR_RCV_TIMEOUT, ms * 1000);
    if (!add_server(m, config_text(CONF_MEMCACHED))) {
        memcached_free(m);
        return NULL;
    }
    return m;
}

static void failed(struct cache *c, const char *reason)
{
    if (c->handle) {
        memcached_free(c->handle);
        c->handle = NULL;
    }
    c->alive = false;
    c->retry_at = clock_monotonic() + BACK_OFF;
    if (!c->told) { /* once per outage: the state of the cache is health's to tell */
        LOG(LOG_WARN, "cache_unavailable", LOG_STR("server", config_text(CONF_MEMCACHED)), LOG_STR("reason", reason));
        c->told = true;
    }
}

static bool key_valid(const char *key)
{
    size_t n = 0;

    for (; key[n]; n++) {
        if (key[n] <= ' ' || key[n] == 0x7f) { /* bytes above 0x7f are negative, and refused too */
            return false;
        }
    }
    return n >= 1 && n <= KEY_MAX;
}

/* The handle for one call, NULL when this call does without. */
static memcached_st *begin(struct cache *c, const char *key)
{
    if (c->off || !key_valid(key) || (!c->handle && c->retry_at > clock_monotonic())) {
        return NULL;
    }
    if (!c->handle) {
        c->handle = handle_make();
        if (!c->handle) {
            failed(c, "not an address");
        }
    }
    return c->handle;
}

/* Takes note of how a call went; true when it did what was asked. */
static bool end(struct cache *c, memcached_return_t rc)
{
    switch (rc) {
    case MEMCACHED_SUCCESS:
    case MEMCACHED_STORED:
    case MEMCACHED_DELETED:
        c->alive = true;
        c->told = false;
        return true;
    case MEMCACHED_NOTFOUND: /* the server answered, and the answer is no */
    case MEMCACHED_NOTSTORED:
    case MEMCACHED_DATA_EXISTS:
    case MEMCACHED_E2BIG:
    case MEMCACHED_SERVER_MEMORY_ALLOCATION_FAILURE:
    case MEMCACHED_CLIENT_ERROR:
        c->alive = true;
        c->told = false;
        return false;
    case MEMCACHED_BAD_KEY_PROVIDED: /* not even asked */
    case MEMCACHED_INVALID_ARGUMENTS:
        return false;
    default:
        failed(c, memcached_strerror(c->handle, rc));
        return false;
    }
}

static time_t expiry(unsigned ttl_seconds)
{
    return ttl_seconds > TTL_RELATIVE_MAX ? time(NULL) + ttl_seconds : (time_t)ttl_seconds;
}

void *cache_get(struct cache *c, struct arena *a, const char *key, size_t *ret_size)
{
    memcached_st *m = begin(c, key);
    memcached_return_t rc;
    uint32_t flags;
    size_t size = 0;
    char *value, *copy = NULL;

    if (!m) {
        return NULL;
    }
    value = memcached_get(m, key, strlen(key), &size, &flags, &rc);
    if (end(c, rc)) { /* an empty value comes as NULL */
        copy = size ? arena_strndup(a, value, size) : arena_strdup(a, "");
        *ret_size = size;
    }
    free(value);
    return copy;
}

void cache_set(struct cache *c, const char *key, const void *value, size_t size, unsigned ttl_seconds)
{
    memcached_st *m = begin(c, key);

    if (m) {
        end(c, memcached_set(m, key, strlen(key), value, size, expiry(ttl_seconds), 0));
    }
}

void cache_delete(struct cache *c, const char *key)
{
    memcached_st *m = begin(c, key);

    if (m) {
        end(c, memcached_delete(m, key, strlen(key), 0));
    }
}

bool cache_add(struct cache *c, const char *key, uint64_t by, unsigned ttl_seconds, uint64_t *ret)
{
    memcached_st *m = begin(c, key);
    uint64_t value;

    if (!m || !end(c, memcached_increment_with_initial(m, key, strlen(key), by, by, expiry(ttl_seconds), &value))) {
        return false;
    }
    *ret = value;
    return true;
}

bool cache_alive(struct cache *c)
{
    return c->alive;
}
