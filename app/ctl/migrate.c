/* migrate.c - brings the database to what SQL_DIR/migrations says.
 *
 * Each file is one transaction, in the order of the names NNNN_words.sql, and is remembered in karara.migrations with the checksum
 * of its bytes: a file that has been applied never changes again. From a line "-- in each tenant schema" on, be it the first or a later
 * one, a file finds the tables of one brand's placement without a schema. */
#include "ctl/ctl.h"

#include "core/arena.h"
#include "core/buf.h"
#include "core/config.h"
#include "core/str.h"
#include "platform/db.h"
#include "platform/seal.h"
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LOCK_ATTEMPTS = 6 };

static const char per_tenant[] = "-- in each tenant schema\n";

static const char make_ledger[] = "set client_min_messages = warning;\n"
                                  "create schema if not exists karara;\n"
                                  "create table if not exists karara.migrations (\n"
                                  "    name text not null,\n"
                                  "    checksum text not null,\n"
                                  "    applied_at timestamptz not null default clock_timestamp(),\n"
                                  "    constraint migrations_name_pk primary key (name)\n"
                                  ");\n"
                                  "grant usage on schema karara to karara_app, karara_worker;\n"
                                  "grant select on karara.migrations to karara_app, karara_worker;\n";

/* ---- what there is ---- */

static bool is_migration_name(const char *s)
{
    size_t n = strlen(s);
    if (n < 10 || strcmp(s + n - 4, ".sql") != 0 || s[4] != '_') {
        return false;
    }
    for (size_t i = 0; i < n - 4; i++) {
        bool fits =
            i < 4 ? isdigit((unsigned char)s[i]) : islower((unsigned char)s[i]) || isdigit((unsigned char)s[i]) || s[i] == '_';
        if (!fits) {
            return false;
        }
    }
    return true;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct ctl_migration *)a)->name, ((const struct ctl_migration *)b)->name);
}

static int sql_only(const struct dirent *e)
{
    size_t n = strlen(e->d_name);
    return e->d_name[0] != '.' && n > 4 && strcmp(e->d_name + n - 4, ".sql") == 0;
}

static bool read_migration(const struct ctl *c, const char *name, struct ctl_migration *m)
{
    uint8_t digest[32];
    size_t size;
    if (!is_migration_name(name)) {
        ctl_fail(c, "%s/migrations/%s: a migration is named NNNN_words.sql, in lower case", config_text(CONF_SQL_DIR), name);
        return false;
    }
    m->name = arena_strdup(c->arena, name);
    m->text = ctl_read_sql(c, arena_printf(c->arena, "migrations/%s", name), &size);
    if (m->text == NULL) {
        return false;
    }
    seal_digest(m->text, size, digest);
    str_hex_encode(digest, sizeof digest, m->checksum);
    m->state = CTL_MIGRATION_PENDING;
    return true;
}

/* Those of the folder; -1 after a message. Leaves room for `more`. */
static int read_folder(const struct ctl *c, int more, struct ctl_migration **ret)
{
    const char *path = arena_printf(c->arena, "%s/migrations", config_text(CONF_SQL_DIR));
    struct dirent **found;
    int n = scandir(path, &found, sql_only, alphasort);
    if (n < 0) {
        ctl_fail(c, "%s: %s (is sql_dir right?)", path, strerror(errno));
        return -1;
    }
    *ret = arena_zalloc(c->arena, sizeof **ret * (size_t)(n + more + 1));
    bool ok = true;
    for (int i = 0; i < n; i++) {
        ok = ok && read_migration(c, found[i]->d_name, &(*ret)[i]);
        if (ok && i > 0 && strncmp((*ret)[i].name, (*ret)[i - 1].name, 4) == 0) {
            ctl_fail(c, "%s and %s have the same number", (*ret)[i - 1].name, (*ret)[i].name);
            ok = false;
        }
        free(found[i]);
    }
    free(found);
    return ok ? n : -1;
}

/* Enters one line "name checksum time" of the ledger; returns the new count. */
static int note_applied(const struct ctl *c, struct ctl_migration *all, int n, char *line)
{
    char *checksum = strchr(line, ' ');
    *checksum++ = 0;
    char *at = strchr(checksum, ' ');
    *at++ = 0;
    for (int i = 0; i < n; i++) {
        if (strcmp(all[i].name, line) == 0) {
            all[i].applied_at = at;
            all[i].state = strcmp(all[i].checksum, checksum) == 0 ? CTL_MIGRATION_APPLIED : CTL_MIGRATION_CHANGED;
            return n;
        }
    }
    all[n] = (struct ctl_migration){ .name = arena_strdup(c->arena, line), .applied_at = at, .state = CTL_MIGRATION_UNKNOWN };
    return n + 1;
}

int ctl_migrations(const struct ctl *c, struct db *d, struct ctl_migration **ret)
{
    char *there = ctl_value(c, d, "select to_regclass('karara.migrations') is not null", NULL);
    if (there == NULL) {
        return -1;
    }
    char *ledger = arena_strdup(c->arena, "");
    if (*there == 't') {
        ledger = ctl_value(
            c, d,
            "select coalesce(string_agg(name || ' ' || checksum || ' ' || to_char(applied_at, 'YYYY-MM-DD HH24:MI:SSOF'),"
            " E'\\n' order by name), '') from karara.migrations",
            NULL);
        if (ledger == NULL) {
            return -1;
        }
    }
    size_t lines;
    char **applied = str_split(c->arena, ledger, '\n', &lines);
    int n = read_folder(c, (int)lines, ret);
    for (size_t i = 0; n >= 0 && i < lines; i++) {
        n = note_applied(c, *ret, n, applied[i]);
    }
    if (n > 0) {
        qsort(*ret, (size_t)n, sizeof **ret, by_name);
    }
    return n;
}

/* ---- what to do ---- */

/* False, after a message, when the ledger and the folder contradict each other. */
static bool sound(const struct ctl *c, const struct ctl_migration *all, int n)
{
    bool ok = true;
    const char *pending = NULL;
    for (int i = 0; i < n; i++) {
        switch (all[i].state) {
        case CTL_MIGRATION_CHANGED:
            ctl_fail(c, "%s was changed after it had been applied (%s). Restore it, and put the change into a new file.",
                     all[i].name, all[i].applied_at);
            ok = false;
            break;
        case CTL_MIGRATION_UNKNOWN:
            ctl_fail(c, "%s has been applied (%s), but there is no such file: is this an older Karara than the database's?",
                     all[i].name, all[i].applied_at);
            ok = false;
            break;
        case CTL_MIGRATION_PENDING:
            pending = all[i].name;
            break;
        case CTL_MIGRATION_APPLIED:
            if (pending != NULL) {
                ctl_fail(c, "%s comes before %s, which has been applied: give it a higher number.", pending, all[i].name);
                ok = false;
            }
            break;
        }
    }
    return ok;
}

/* Where the part for tenant schemas begins; the end of the text when there is none. */
static const char *tenant_part(const char *text)
{
    const char *at = text;
    while ((at = strstr(at, per_tenant)) != NULL && at > text && at[-1] != '\n') {
        at++;
    }
    return at != NULL ? at : text + strlen(text);
}

/* The transaction of one file. */
static char *transaction_of(const struct ctl *c, const struct ctl_migration *m)
{
    const char *tenant = tenant_part(m->text);
    return arena_printf(c->arena,
                        "begin;\n"
                        "set local lock_timeout = '5s';\n"
                        "set local client_min_messages = warning;\n"
                        "set local search_path = pg_catalog, pg_temp;\n"
                        "%.*s\n;\n"
                        "set local search_path = tenant_shared, pg_catalog, pg_temp;\n"
                        "%s\n;\n"
                        "insert into karara.migrations (name, checksum) values ('%s', '%s');\n"
                        "commit;\n",
                        (int)(tenant - m->text), m->text, tenant, m->name, m->checksum);
}

/* Applies one, trying again while somebody holds a lock that it needs. */
static bool apply(const struct ctl *c, struct db *d, const struct ctl_migration *m)
{
    char *sql = transaction_of(c, m);
    for (int attempt = 1;; attempt++) {
        if (db_exec_text(d, sql)) {
            printf("applied  %s\n", m->name);
            return true;
        }
        const struct db_error e = *db_error(d);
        db_exec_text(d, "rollback");
        if (strcmp(e.sqlstate, "55P03") != 0 || attempt == LOCK_ATTEMPTS) {
            ctl_fail(c, "%s: %s%s%s (SQLSTATE %s). Nothing of this file was applied.", m->name, e.message,
                     *e.detail ? ": " : "", e.detail, e.sqlstate);
            return false;
        }
        fprintf(stderr, "kararactl migrate: %s waits for a lock, attempt %d of %d\n", m->name, attempt + 1, LOCK_ATTEMPTS);
        sleep((unsigned)attempt);
    }
}

/* The audit log gets partitions for the months to come, whenever somebody migrates. */
static const char make_partitions[] =
    "do $$ begin if to_regprocedure('karara.audit_partitions_make(integer)') is not null then "
    "perform karara.audit_partitions_make(12); end if; end $$";

static int print_status(const struct ctl *c, const struct ctl_migration *all, int n)
{
    for (int i = 0; i < n; i++) {
        static const char *const words[] = { "applied", "pending", "changed", "no file" };
        printf("%-8s %-40s %s\n", words[all[i].state], all[i].name, all[i].applied_at != NULL ? all[i].applied_at : "");
    }
    return sound(c, all, n) ? CTL_OK : CTL_FAILED;
}

static int print_plan(const struct ctl *c, const struct ctl_migration *all, int n)
{
    int pending = 0;
    if (!sound(c, all, n)) {
        return CTL_FAILED;
    }
    for (int i = 0; i < n; i++) {
        if (all[i].state == CTL_MIGRATION_PENDING) {
            printf("would apply  %s\n", all[i].name);
            pending++;
        }
    }
    if (pending == 0) {
        printf("nothing to do\n");
    }
    return CTL_OK;
}

static int apply_all(const struct ctl *c, struct db *d)
{
    struct ctl_migration *all;
    int done = 0;
    /* One at a time, over all hosts; the lock is the session's, and the list is read under it. */
    if (!ctl_exec(c, d, "another migration is running",
                  "set lock_timeout = '60s'; select pg_advisory_lock(hashtext('karara.migrations'))") ||
        !ctl_exec(c, d, "cannot make the ledger", make_ledger)) {
        return CTL_FAILED;
    }
    int n = ctl_migrations(c, d, &all);
    if (n < 0 || !sound(c, all, n)) {
        return CTL_FAILED;
    }
    for (int i = 0; i < n; i++) {
        if (all[i].state == CTL_MIGRATION_PENDING) {
            if (!apply(c, d, &all[i])) {
                return CTL_FAILED;
            }
            done++;
        }
    }
    printf("%d applied, %d before\n", done, n - done);
    bool ok = ctl_exec(c, d, "cannot make the partitions of the audit log", make_partitions) && ctl_later_keys(c);
    return ok ? CTL_OK : CTL_FAILED;
}

int ctl_migrate(struct ctl *c)
{
    struct db *d = ctl_admin(c, true);
    struct ctl_migration *all;
    int status = CTL_FAILED;
    if (d == NULL) {
        return CTL_FAILED;
    }
    if (ctl_option(c, "status") == NULL && ctl_option(c, "plan") == NULL) {
        status = apply_all(c, d);
    } else {
        int n = ctl_migrations(c, d, &all);
        if (n >= 0) {
            status = ctl_option(c, "status") != NULL ? print_status(c, all, n) : print_plan(c, all, n);
        }
    }
    db_close(d);
    return status;
}
