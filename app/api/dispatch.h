/* dispatch.h - from a request to a reply: the one place that runs handlers, commits, and replies. */
#pragma once

#include "http/http.h"

struct arena;
struct buf;
struct cache;
struct db;

/* What a worker has for its whole life. */
struct worker {
    struct arena *arena; /* reset by the caller after each reply */
    struct buf *out;
    struct db *db;
    struct cache *cache;
};

/* Serves one request. The reply's strings live in the worker's arena and buffer until the next call. When it returns, whatever the reply says is
 * done is committed, and no transaction is open. */
void dispatch_serve(struct worker *w, const struct http_request *http, struct http_reply *ret);

/* For the test run: called after each request with the row (NULL if none was found) and the reply. */
void dispatch_observe(void (*observer)(const struct http_request *, const struct http_reply *, const void *route));
