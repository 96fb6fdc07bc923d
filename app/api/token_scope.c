/* token_scope.c - which rows an API token is for; asks the registry and nothing else. */
#include "api/registry.h"
#include "api/token.h"

#include <stdio.h>
#include <string.h>

#define TABLES_MAX 64

static bool reads(const struct route *row)
{
    return row->method == HTTP_GET;
}

static bool in_a_scope(const struct route *row)
{
    return row->permission != PERM_PUBLIC && (row->flags & ROUTE_SESSION_ONLY) == 0;
}

static int table_of(const struct route *row)
{
    for (int t = 0; registry_tables[t] != NULL; t++) {
        if (row >= registry_tables[t]->rows && row < registry_tables[t]->rows + registry_tables[t]->count) {
            return t;
        }
    }
    return -1;
}

/* Splits "tasks:read"; false for what isn't of that form. */
static bool split(const char *text, size_t *ret_domain, bool *ret_read)
{
    *ret_domain = strcspn(text, ":");
    *ret_read = strcmp(text + *ret_domain, ":read") == 0;
    return *ret_domain > 0 && (*ret_read || strcmp(text + *ret_domain, ":write") == 0);
}

static bool names_table(const char *text, size_t n, const struct route_table *t)
{
    return (n == 1 && text[0] == '*') || (strlen(t->domain) == n && memcmp(t->domain, text, n) == 0);
}

void token_add_scope(struct api_token *to, const char *text)
{
    size_t n;
    bool read;
    if (!split(text, &n, &read)) {
        return;
    }
    for (int t = 0; t < TABLES_MAX && registry_tables[t] != NULL; t++) {
        if (names_table(text, n, registry_tables[t])) {
            *(read ? &to->reads : &to->writes) |= (uint64_t)1 << t;
        }
    }
}

bool token_allows(const struct api_token *token, const struct route *row)
{
    int t = table_of(row);
    return t >= 0 && t < TABLES_MAX && (((reads(row) ? token->reads : token->writes) >> t) & 1) != 0;
}

bool token_scope_exists(const char *text)
{
    size_t n;
    bool read;
    const struct route *row;
    for (int i = 0; split(text, &n, &read) && (row = registry_route(i, NULL)) != NULL; i++) {
        if (in_a_scope(row) && reads(row) == read && names_table(text, n, registry_tables[table_of(row)])) {
            return true;
        }
    }
    return false;
}

const char *token_scope_of(const struct route *row, char room[80])
{
    int t = table_of(row);
    if (t < 0 || !in_a_scope(row)) {
        return NULL;
    }
    snprintf(room, 80, "%s:%s", registry_tables[t]->domain, reads(row) ? "read" : "write");
    return room;
}
