/* registry.h - all domains' route tables, in one place, and what can be printed from them. */
#pragma once

#include "api/route.h"
#include <stdbool.h>
#include <stdio.h>

extern const struct route_table *const registry_tables[]; /* NULL-terminated */

/* Checks every row (permission set, schemas present, one of handler and queries, tenant routes with brand …); false with words. */
bool registry_check(char *err, size_t err_size);

/* n-th row over all tables in order, NULL past the end; its domain in *ret_domain if not NULL. */
const struct route *registry_route(int n, const char **ret_domain);

void registry_print_routes(FILE *out);

/* nginx's map from method and address to the rows with ROUTE_HASHES: nginx/conf/snippets/karara-hashes.conf, which scripts/check compares. */
void registry_print_hashes(FILE *out);
