/* sqlc_jobs.c - {{job: kind}}: the columns kind, queue, priority, max_attempts of a job of that kind, from APPDIR/api/job.def. So a kind that
 * isn't there fails the build, and a statement that enqueues asks nobody what its kind is like. */
#include "tools/sqlc.h"

#include <ctype.h>
#include <string.h>
#include <unistd.h>

static struct {
    const char *kind, *columns;
} jobs[256];
static size_t job_count;

/* The order of the enumerators in api/job.h. */
static const char *const priorities[] = { "URGENT", "HIGH", "NORMAL", "LOW" };

/* Takes the next word, number or quoted text of a row; NULL at its end. */
static char *next_part(const char **at)
{
    const char *s = *at + strspn(*at, " \t\n,(");
    size_t n = *s == '"' ? strcspn(s + 1, "\"") : strcspn(s, ",)\n");
    s += *s == '"';
    *at = s + n + (s[n] == '"');
    return n > 0 ? keep_string(s, n) : NULL;
}

static void learn(const char *row)
{
    struct text columns = { 0 };
    char *kind = next_part(&row);
    const char *queue = next_part(&row), *priority = next_part(&row), *attempts = next_part(&row);
    for (char *s = kind; s && *s; s++) {
        *s = (char)tolower((unsigned char)*s);
    }
    for (size_t i = 0; attempts && i < ARRAY_COUNT(priorities); i++) {
        if (strcmp(priority, priorities[i]) == 0) {
            text_printf(&columns, "'%s', '%s', %zu::int2, %s::int2", kind, queue, i, attempts);
            jobs[job_count].kind = kind;
            jobs[job_count++].columns = columns.s;
            return;
        }
    }
}

void jobs_learn(const char *app_dir)
{
    struct text path = { 0 };
    text_printf(&path, "%s/api/job.def", app_dir);
    const char *rows = access(path.s, R_OK) == 0 ? text_of_file(path.s) : NULL;
    while (rows && job_count < ARRAY_COUNT(jobs)) {
        if (strncmp(rows, "JOB(", 4) == 0) {
            learn(rows + 4);
        }
        rows = strchr(rows, '\n');
        rows = rows ? rows + 1 : NULL;
    }
}

const char *job_columns(const char *kind)
{
    for (size_t i = 0; i < job_count; i++) {
        if (strcmp(jobs[i].kind, kind) == 0) {
            return jobs[i].columns;
        }
    }
    return NULL;
}
