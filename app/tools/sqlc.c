/* sqlc.c - compiles named queries into const C: sqlc OUTDIR APPDIR FILE.sql...
 *
 *   -- name: task_get :one
 *   -- $task_id uuid
 *   -- One task that the caller may see. No row: it isn't there or may not be seen.
 *   select {{task_columns: t}} from tasks t where t.id = $task_id and t.brand_id = $brand_id;
 *
 *   -- fragment: task_columns
 *   %1.id, %1.title;
 *
 * Kinds: :one :opt :many :exec :list (see platform/sql.h). After the name come the parameters, one comment line each (name and
 * type), then at least one line of prose, then one statement up to its `;`. In the statement a parameter is written $name; they
 * are numbered by first use. What every request knows (sqlc_params.c) needs no declaration, nor do permissions
 * ($can_edit_tasks). Fragments are known to all files of one run, and used by one
 * of them unless they stand in api/; {{name}} is replaced by their text, recursively, and %1, %2 in
 * it by the arguments of {{name: a, b}} (commas within parentheses don't split). Inside literals, quoted identifiers, comments
 * and dollar-quoted bodies nothing is replaced. {{job: kind}} is built in: the columns kind, queue, priority and
 * max_attempts of api/job.def. A query that inserts into karara.jobs or karara.events says so in its `wakes`.
 *
 * Writes OUTDIR/<base>_sql.h and .c for each file, and OUTDIR/sql_all.c; a file whose content is the same is left untouched.
 * Every mistake is named as file:line on stderr, and then nothing is written and the exit status is 1. Stands alone: the build
 * runs it first. */
#include "tools/sqlc.h"

#include <stdio.h>
#include <string.h>

static bool source_open(struct source *f, const char *path, const char *app_dir)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    size_t app = strlen(app_dir), n = strlen(name);
    f->path = path;
    f->shown = strncmp(path, app_dir, app) == 0 && path[app] == '/' ? path + app + 1 : path;
    if (n < 5 || strcmp(name + n - 4, ".sql") != 0 || !text_is_name(name, n - 4)) {
        fprintf(stderr, "sqlc: %s: expected a lower-case name and .sql\n", path);
        return false;
    }
    f->base = keep_string(name, n - 4);
    f->at = text_of_file(path);
    return f->at != NULL;
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: sqlc OUTDIR APPDIR FILE.sql...\n");
        return 1;
    }
    int n = argc - 3;
    params_learn_permissions(argv[2]);
    jobs_learn(argv[2]);
    struct source *files = keep(sizeof *files * (size_t)(n + 1));
    for (int i = 0; i < n; i++) {
        if (!source_open(&files[i], argv[i + 3], argv[2])) {
            return 1;
        }
        for (int k = 0; k < i; k++) {
            if (strcmp(files[k].base, files[i].base) == 0) {
                source_complain(&files[i], 1, "%s has the same name", files[k].path);
            }
        }
        source_read(&files[i]);
    }
    for (int i = 0; i < sqlc_entry_count; i++) {
        if (sqlc_entries[i]->kind) {
            query_compile(sqlc_entries[i]);
        }
    }
    bool complete = sqlc_mistakes == 0;
    for (int i = 0; complete && i < sqlc_entry_count; i++) {
        if (!sqlc_entries[i]->kind && !sqlc_entries[i]->used && strncmp(sqlc_entries[i]->file->shown, "api/", 4) != 0) {
            source_complain(sqlc_entries[i]->file, sqlc_entries[i]->line, "fragment %s is used nowhere", sqlc_entries[i]->name);
        }
    }
    return sqlc_mistakes == 0 && write_all_queries(argv[1], files, n) ? 0 : 1;
}
