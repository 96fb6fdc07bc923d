/* The last test of a run: every row of the registry was served by it, and every named query executed. What no test has reached is
 * promised by nobody. Meaningful only behind all the others (see CMakeLists.txt), which leave notes in KARARA_COVERAGE_DIR. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "api/registry.h"
#include "core/buf.h"
#include "platform/sql.h"
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct buf notes; /* lines, each with a line end before and behind it */

static void read_file(const char *path)
{
    FILE *f = fopen(path, "r");
    char part[4096];
    size_t n;
    while (f != NULL && (n = fread(part, 1, sizeof part, f)) > 0) {
        buf_append(&notes, part, n);
    }
    if (f != NULL) {
        fclose(f);
    }
}

static int read_notes(void **state)
{
    char path[4096];
    const char *folder = getenv("KARARA_COVERAGE_DIR");
    (void)state;
    buf_char(&notes, '\n');
    DIR *d = folder != NULL ? opendir(folder) : NULL;
    for (struct dirent *e; d != NULL && (e = readdir(d)) != NULL;) {
        snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
        if (e->d_name[0] != '.') {
            read_file(path);
        }
    }
    if (d != NULL) {
        closedir(d);
    }
    return 0;
}

static int forget_notes(void **state)
{
    (void)state;
    buf_free(&notes);
    return 0;
}

static bool noted(const char *kind, const char *what)
{
    char line[256];
    snprintf(line, sizeof line, "\n%s %s\n", kind, what);
    return strstr(notes.data, line) != NULL;
}

static void every_row_was_served(void **state)
{
    const struct route *row;
    int missing = 0;
    (void)state;
    for (int i = 0; (row = registry_route(i, NULL)) != NULL; i++) {
        char name[200];
        snprintf(name, sizeof name, "%s %s", http_method_name(row->method), row->path);
        if (!noted("route", name)) {
            print_error("no test asks %s\n", name);
            missing++;
        }
    }
    assert_int_equal(missing, 0);
}

static void every_query_was_executed(void **state)
{
    int missing = 0;
    (void)state;
    for (int i = 0; i < sql_count; i++) {
        if (!noted("query", sql_all[i]->name)) {
            print_error("no test executes %s (%s)\n", sql_all[i]->name, sql_all[i]->file);
            missing++;
        }
    }
    assert_int_equal(missing, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_was_served),
        cmocka_unit_test(every_query_was_executed),
    };
    return cmocka_run_group_tests(tests, read_notes, forget_notes);
}
