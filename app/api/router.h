/* router.h - from method and path to the row. Built once from the registry; reading it allocates nothing.
 *
 * /api, /api/v1 and a trailing slash are taken off here; a row with ROUTE_TENANT answers under /brands/{brand_id} too. Literal segments win over
 * parameters. */
#pragma once

#include "api/route.h"
#include <stdbool.h>

struct arena;

#define ROUTER_PARAMS 6

struct router_param {
    const char *name;  /* "id" */
    const char *value; /* decoded, in the arena */
};

enum router_verdict { ROUTER_FOUND, ROUTER_NO_PATH, ROUTER_NO_METHOD, ROUTER_BAD_PATH /* escapes that can't be decoded */ };

/* Of a path's parameters those called id or …_id are UUIDs, which the dispatcher insists on (brand_id may be a slug); any other is a word,
 * and the handler knows which there are. */
bool router_param_is_id(const char *name);

struct router_match {
    const struct route *route;
    const char *domain;
    struct router_param params[ROUTER_PARAMS];
    int param_count;
    unsigned allowed; /* with ROUTER_NO_METHOD: bits 1 << enum http_method */
};

/* True for a row that also answers under /brands/{brand_id}: a tenant row whose own path doesn't name the brand. Where a row's own path is
 * the brand address of another row, the former is found. */
bool router_has_brand_address(const struct route *r);

/* Paths of rows that are one address: the same literals, and parameters at the same places, whatever they are called. */
bool router_same_shape(const char *a, const char *b);

void router_build(void);
/* HEAD finds GET. */
enum router_verdict router_find(struct arena *a, enum http_method method, const char *path, struct router_match *ret);
