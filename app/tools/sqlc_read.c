/* sqlc_read.c - takes the entries of a file apart. */
#include "tools/sqlc.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct entry *sqlc_entries[MAX_ENTRIES];
int sqlc_entry_count;
int sqlc_mistakes;

void source_complain(const struct source *f, int line, const char *fmt, ...)
{
    static struct text told; /* a mistake in a fragment is met by each query that uses it, and named once */
    struct text words = { 0 };
    char message[1024];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(message, sizeof message, fmt, ap);
    va_end(ap);
    text_printf(&words, "%s:%d: %s\n", f->path, line, message);
    if (!told.s || !strstr(told.s, words.s)) {
        text_puts(&told, words.s);
        fputs(words.s, stderr);
    }
    sqlc_mistakes++;
}

static bool next_line(struct source *f, const char **ret_line, size_t *ret_length)
{
    if (!*f->at) {
        return false;
    }
    size_t n = strcspn(f->at, "\n");
    *ret_line = f->at;
    *ret_length = n && f->at[n - 1] == '\r' ? n - 1 : n;
    f->at += n + (f->at[n] == '\n');
    f->line++;
    return true;
}

/* The text behind the leading "-- ", or NULL when the line is no comment. */
static const char *comment_text(const char *line, size_t *length)
{
    size_t i = strspn(line, " \t");
    if (i + 2 > *length || strncmp(line + i, "--", 2) != 0) {
        return NULL;
    }
    i += 2;
    while (i < *length && (line[i] == ' ' || line[i] == '\t')) {
        i++;
    }
    while (*length > i && isspace((unsigned char)line[*length - 1])) {
        --*length;
    }
    *length -= i;
    return line + i;
}

struct entry *entry_named(const char *s, size_t n, bool fragment)
{
    for (int i = 0; i < sqlc_entry_count; i++) {
        if (!sqlc_entries[i]->kind == fragment && strlen(sqlc_entries[i]->name) == n &&
            strncmp(sqlc_entries[i]->name, s, n) == 0) {
            return sqlc_entries[i];
        }
    }
    return NULL;
}

static struct entry *add_entry(struct source *f, const char *s, size_t n, bool fragment)
{
    const struct entry *twin = entry_named(s, n, fragment);
    if (!text_is_name(s, n)) {
        source_complain(f, f->line, "\"%.*s\" is not a name: lower-case letters, digits and _", (int)n, s);
    } else if (twin) {
        source_complain(f, f->line, "%.*s is already defined at %s:%d", (int)n, s, twin->file->path, twin->line);
    }
    struct entry *e = keep(sizeof *e);
    e->file = f;
    e->line = f->line;
    e->name = keep_string(s, n);
    if (sqlc_entry_count == MAX_ENTRIES) {
        source_complain(f, f->line, "more than %d queries and fragments", MAX_ENTRIES);
        exit(1);
    }
    sqlc_entries[sqlc_entry_count++] = e;
    return e;
}

/* "name: task_get :one" or "fragment: task_columns"; NULL for any other comment. */
static struct entry *begin_entry(struct source *f, const char *s, size_t n)
{
    static const char *const kinds[] = { "one", "opt", "many", "exec", "list" };
    bool fragment = n > 9 && strncmp(s, "fragment:", 9) == 0;
    if (!fragment && (n <= 5 || strncmp(s, "name:", 5) != 0)) {
        return NULL;
    }
    const char *end = s + n, *name = s + (fragment ? 9 : 5);
    while (name < end && isspace((unsigned char)*name)) {
        name++;
    }
    size_t length = strcspn(name, " \t\r\n");
    const char *kind = name + length + strspn(name + length, " \t");
    struct entry *e = add_entry(f, name, length, fragment);
    if (fragment) {
        if (kind < end) {
            source_complain(f, f->line, "a fragment has a name and nothing else");
        }
        return e;
    }
    e->kind = "?";
    for (size_t i = 0; i < ARRAY_COUNT(kinds); i++) {
        if (kind + 1 < end && *kind == ':' && strlen(kinds[i]) == (size_t)(end - kind - 1) &&
            strncmp(kinds[i], kind + 1, strlen(kinds[i])) == 0) {
            e->kind = kinds[i];
        }
    }
    if (e->kind[0] == '?') {
        source_complain(f, f->line, "%s: the kind is one of :one :opt :many :exec :list", e->name);
    }
    return e;
}

/* Takes the statement at f->at, up to its semicolon. */
static void read_body(struct source *f, struct entry *e)
{
    size_t i = 0, n;
    enum piece kind = PIECE_PLAIN;
    e->body_line = f->line + 1;
    for (; f->at[i] && f->at[i] != ';'; i += n) {
        kind = piece_at(f->at, i, &n);
        if (kind == PIECE_OPEN) {
            break;
        }
    }
    if (f->at[i] != ';') {
        source_complain(f, e->line, "%s: %s", e->name,
                        kind == PIECE_OPEN ? "a quote, comment or {{ has no end" : "no ; at its end");
    }
    e->body = keep_string(f->at, i);
    for (size_t k = 0; k < i; k++) {
        f->line += f->at[k] == '\n';
    }
    f->at += i + (f->at[i] == ';');
    size_t rest = strcspn(f->at, "\n");
    if (strspn(f->at, " \t\r") < rest) {
        source_complain(f, f->line + 1, "text behind the ; of %s", e->name);
    }
    f->line++;
    f->at += rest + (f->at[rest] == '\n');
}

/* Reads the comment lines below the name, then the statement. */
static void read_entry(struct source *f, struct entry *e)
{
    struct text prose = { 0 };
    const char *line, *before = f->at;
    size_t n;
    while (next_line(f, &line, &n)) {
        const char *s = comment_text(line, &n);
        if (!s) {
            f->at = before;
            f->line--;
            break;
        }
        if (n && s[0] == '$' && e->kind) {
            param_declare(e, s, n, f->line);
        } else if (n && s[0] == '$') {
            source_complain(f, f->line, "the queries that use a fragment declare its parameters");
        } else {
            text_printf(&prose, "%s%.*s", prose.len ? "\n" : "", (int)n, s);
        }
        before = f->at;
    }
    e->prose = prose.len ? prose.s : NULL;
    if (e->kind && !e->prose) {
        source_complain(f, e->line, "%s: say in a comment what it does", e->name);
    }
    read_body(f, e);
}

void source_read(struct source *f)
{
    const char *line;
    size_t n;
    while (next_line(f, &line, &n)) {
        const char *s = comment_text(line, &n);
        struct entry *e = s ? begin_entry(f, s, n) : NULL;
        if (e) {
            read_entry(f, e);
        } else if (!s && strspn(line, " \t\r") < n) {
            source_complain(f, f->line, "SQL without a `-- name:` or `-- fragment:` above it");
        }
    }
}
