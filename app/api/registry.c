/* registry.c - the rows in order, and as a table for people. Their rules are in registry_check.c. */
#include "api/registry.h"

#include "api/router.h"
#include <string.h>

const struct route *registry_route(int n, const char **ret_domain)
{
    for (const struct route_table *const *t = registry_tables; n >= 0 && *t != NULL; t++) {
        if (n < (*t)->count) {
            if (ret_domain != NULL) {
                *ret_domain = (*t)->domain;
            }
            return &(*t)->rows[n];
        }
        n -= (*t)->count;
    }
    return NULL;
}

static const char *permission_words(const struct route *r)
{
    static const char *const words[] = { "(unset)", "(public)", "(signed in)", "(in brand)", "(platform admin)" };
    const char *key = permission_key(r->permission);
    return key != NULL ? key : (size_t)r->permission < sizeof words / sizeof *words ? words[r->permission] : "(unknown)";
}

static int widest(const char *(*text)(const struct route *r), const char *title)
{
    const struct route *r;
    int most = (int)strlen(title);
    for (int i = 0; (r = registry_route(i, NULL)) != NULL; i++) {
        int n = (int)strlen(text(r));
        most = n > most ? n : most;
    }
    return most;
}

static const char *path_words(const struct route *r)
{
    return r->path != NULL ? r->path : "";
}

static const char *event_words(const struct route *r)
{
    return r->event != NULL ? r->event : "";
}

/* A star marks rows that also answer under /brands/{brand_id}. */
void registry_print_routes(FILE *out)
{
    int path = widest(path_words, "path"), permission = widest(permission_words, "permission"),
        event = widest(event_words, "event");
    const struct route *r;

    fprintf(out, "%-6s   %-*s  %-*s  %-*s  %s\n", "method", path, "path", permission, "permission", event, "event", "summary");
    for (int i = 0; (r = registry_route(i, NULL)) != NULL; i++) {
        const char *method = http_method_name(r->method), *tenant = r->flags & ROUTE_TENANT ? "*" : " ";
        fprintf(out, "%-6s %s %-*s  %-*s  %-*s  %s\n", method, tenant, path, path_words(r), permission, permission_words(r),
                event, event_words(r), r->summary != NULL ? r->summary : "");
    }
}

/* A row's address as a regular expression of nginx's, with the bases and the closing slash that the router takes. */
static void print_pattern(FILE *out, const struct route *r)
{
    fprintf(out, "~^%s /api(?:/v1)?%s", r->method == HTTP_PATCH ? "(?:PATCH|PUT)" : http_method_name(r->method),
            router_has_brand_address(r) ? "(?:/brands/[^/]+)?" : "");
    for (const char *p = r->path; *p != '\0'; p++) {
        if (*p == '{') {
            fputs("[^/]+", out);
            p += strcspn(p, "}");
        } else {
            fprintf(out, *p == '.' ? "\\%c" : "%c", *p);
        }
    }
    fputs("/?$", out);
}

void registry_print_hashes(FILE *out)
{
    const struct route *r;

    fputs("# Requests that compute passwords, or take an even time, which have workers of their own: the routes with "
          "ROUTE_HASHES or\n# ROUTE_EVEN.\n"
          "# Made by \"kararactl routes --hashes\"; scripts/check compares.\n"
          "map \"$request_method $uri\" $karara_hashes {\n\tdefault \"\";\n",
          out);
    for (int i = 0; (r = registry_route(i, NULL)) != NULL; i++) {
        if (r->flags & (ROUTE_HASHES | ROUTE_EVEN)) {
            fputs("\t\"", out);
            print_pattern(out, r);
            fputs("\" 1;\n", out);
        }
    }
    fputs("}\n", out);
}
