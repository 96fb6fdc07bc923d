/* coverage.c - see coverage.h. */
#include "coverage.h"

#include "api/route.h"
#include "platform/db.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static FILE *open_notes(void)
{
    char path[4096];
    const char *folder = getenv("KARARA_COVERAGE_DIR");
    if (folder == NULL || folder[0] == 0) {
        return NULL;
    }
    snprintf(path, sizeof path, "%s/%d", folder, (int)getpid());
    return fopen(path, "a");
}

void coverage_route(const void *row)
{
    const struct route *route = row;
    FILE *f = route != NULL ? open_notes() : NULL;
    if (f != NULL) {
        fprintf(f, "route %s %s\n", http_method_name(route->method), route->path);
        fclose(f);
    }
}

void coverage_queries(void)
{
    FILE *f = open_notes();
    for (int i = 0; f != NULL && i < sql_count; i++) {
        if (db_was_executed(sql_all[i]->id)) {
            fprintf(f, "query %s\n", sql_all[i]->name);
        }
    }
    if (f != NULL) {
        fclose(f);
    }
}
