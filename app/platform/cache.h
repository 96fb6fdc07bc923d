/* cache.h - memcached through libmemcached. The only file pair that sees its header.
 *
 * Everything here may fail at any time without consequence for correctness: a failed read is a miss, a failed write is nothing.
 * One call waits at most CONF_MEMCACHED_TIMEOUT; after a failure the cache is left alone for one second, so that an absent
 * memcached costs one wait per second and not one per request. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct cache;

/* Opens (lazily) what the settings name; never NULL, and never fails: without memcached every read is a miss. */
struct cache *cache_open(void);
void cache_close(struct cache *c);

/* Copies the value into the arena; NULL on a miss. Keys: at most 250 bytes, printable, no blanks. */
void *cache_get(struct cache *c, struct arena *a, const char *key, size_t *ret_size);
void cache_set(struct cache *c, const char *key, const void *value, size_t size, unsigned ttl_seconds);
void cache_delete(struct cache *c, const char *key);

/* Adds `by` to a counter, making it (with value `by`) when absent; the new value in *ret. False when memcached can't say. */
bool cache_add(struct cache *c, const char *key, uint64_t by, unsigned ttl_seconds, uint64_t *ret);

/* True when the last call reached memcached; for health. */
bool cache_alive(struct cache *c);
