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
 * are numbered by first use. The names of `context` below need no declaration. Fragments are known to all files of one run;
 * {{name}} is replaced by their text, recursively, and %1, %2 in it by the arguments of {{name: a, b}} (commas within
 * parentheses don't split). Inside literals, quoted identifiers, comments and dollar-quoted bodies nothing is replaced.
 *
 * Writes OUTDIR/<base>_sql.h and .c for each file, and OUTDIR/sql_all.c; a file whose content is the same is left untouched.
 * Every mistake is named as file:line on stderr, and then nothing is written and the exit status is 1. Stands alone: the build
 * runs it first. */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_PARAMS = 96, MAX_ARGS = 9, MAX_DEPTH = 16 };

struct text {
    char *s;
    size_t len, cap;
};

struct source {
    const char *path, *shown, *base; /* as given; below APPDIR; file name without .sql */
    const char *at;                  /* what is left to read */
    int line;
};

struct param {
    const char *name, *type; /* type as an enumerator of platform/sql.h */
    int line;
    bool used;
};

/* A query or a fragment. */
struct entry {
    const struct source *file;
    const char *name, *kind; /* kind NULL: a fragment */
    const char *body, *prose;
    int line, body_line;
    struct param params[MAX_PARAMS];
    int param_count;
    bool used, expanding; /* fragments */
    const char *sql;      /* queries: the compiled text */
    const struct param *order[MAX_PARAMS];
    int order_count;
};

static const struct {
    const char *word, *name;
} types[] = {
    { "bool", "SQL_BOOL" },  { "int4", "SQL_INT4" },   { "int8", "SQL_INT8" },    { "float8", "SQL_FLOAT8" },
    { "text", "SQL_TEXT" },  { "uuid", "SQL_UUID" },   { "date", "SQL_DATE" },    { "timestamptz", "SQL_TIME" },
    { "jsonb", "SQL_JSON" }, { "bytea", "SQL_BYTES" }, { "uuid[]", "SQL_UUIDS" }, { "text[]", "SQL_TEXTS" },
};

/* What every request knows; the caller fills these by name. */
static const struct param context[] = {
    { .name = "brand_id", .type = "SQL_UUID" },   { .name = "actor_id", .type = "SQL_UUID" },
    { .name = "session_id", .type = "SQL_UUID" }, { .name = "see_all", .type = "SQL_BOOL" },
    { .name = "team_ids", .type = "SQL_UUIDS" },  { .name = "if_match", .type = "SQL_INT4" },
    { .name = "request_id", .type = "SQL_TEXT" }, { .name = "new_id", .type = "SQL_UUID" },
    { .name = "event", .type = "SQL_TEXT" },      { .name = "changes", .type = "SQL_JSON" },
    { .name = "now", .type = "SQL_TIME" },
};

#define COUNT(a) (sizeof(a) / sizeof *(a))

static struct entry **entries;
static int entry_count;
static int mistakes;

/* ---- memory: kept, and reachable, until the program ends ---- */

static void *keep(size_t size) {
    static struct block { struct block *next; } * blocks;
    struct block *b = calloc(1, sizeof *b + size);
    if (!b) {
        perror("sqlc");
        exit(1);
    }
    b->next = blocks;
    blocks = b;
    return b + 1;
}

static char *keep_string(const char *s, size_t n) {
    char *copy = keep(n + 1);
    memcpy(copy, s, n);
    return copy;
}

static void put(struct text *t, const char *s, size_t n) {
    if (t->len + n + 1 > t->cap) {
        size_t cap = (t->len + n + 1) * 2;
        char *grown = keep(cap);
        if (t->len)
            memcpy(grown, t->s, t->len);
        t->s = grown;
        t->cap = cap;
    }
    memcpy(t->s + t->len, s, n);
    t->len += n;
    t->s[t->len] = 0;
}

static void puts_to(struct text *t, const char *s) {
    put(t, s, strlen(s));
}

__attribute__((format(printf, 2, 3))) static void putf(struct text *t, const char *fmt, ...) {
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    size_t n = (size_t)vsnprintf(NULL, 0, fmt, ap);
    char *line = keep(n + 1);
    vsnprintf(line, n + 1, fmt, again);
    va_end(again);
    va_end(ap);
    puts_to(t, line);
}

__attribute__((format(printf, 3, 4))) static void complain(const struct source *f, int line, const char *fmt, ...) {
    va_list ap;
    fprintf(stderr, "%s:%d: ", f->path, line);
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
    mistakes++;
}

/* ---- the pieces of SQL text ---- */

static bool is_word(char c) {
    return isalnum((unsigned char)c) || c == '_';
}

static size_t word_length(const char *s) {
    size_t n = 0;
    while (is_word(s[n]))
        n++;
    return n;
}

static bool is_name(const char *s, size_t n) {
    if (n == 0 || !islower((unsigned char)s[0]))
        return false;
    for (size_t i = 0; i < n; i++)
        if (!islower((unsigned char)s[i]) && !isdigit((unsigned char)s[i]) && s[i] != '_')
            return false;
    return true;
}

/* Length of the quoted text that begins at s with the character q; doubled quotes stay inside. 0 when it has no end. */
static size_t quoted_length(const char *s, char q, bool backslashes) {
    for (size_t i = 1; s[i]; i++) {
        if (backslashes && s[i] == '\\' && s[i + 1])
            i++;
        else if (s[i] == q && s[i + 1] == q)
            i++;
        else if (s[i] == q)
            return i + 1;
    }
    return 0;
}

/* Length of $tag$ at s, or 0. */
static size_t dollar_tag_length(const char *s) {
    size_t n = 1;
    if (!isdigit((unsigned char)s[1]))
        n += word_length(s + 1);
    return s[n] == '$' ? n + 1 : 0;
}

static size_t dollar_quoted_length(const char *s, size_t tag) {
    for (const char *p = s + tag; *p; p++)
        if (strncmp(p, s, tag) == 0)
            return (size_t)(p - s) + tag;
    return 0;
}

static size_t comment_length(const char *s) {
    if (s[0] == '-')
        return strcspn(s, "\n");
    int depth = 0;
    for (size_t i = 0; s[i]; i++) {
        if (s[i] == '/' && s[i + 1] == '*') {
            depth++;
            i++;
        } else if (s[i] == '*' && s[i + 1] == '/') {
            i++;
            if (--depth == 0)
                return i + 1;
        }
    }
    return 0;
}

enum piece { PIECE_END, PIECE_PLAIN, PIECE_BLANK, PIECE_QUOTED, PIECE_PARAM, PIECE_FRAGMENT, PIECE_OPEN };

/* From {{ to its }}, nested ones within; 0 when it has no end. */
static size_t braces_length(const char *s) {
    int depth = 0;
    for (size_t i = 0; s[i]; i++) {
        if (strncmp(s + i, "{{", 2) == 0) {
            depth++;
            i++;
        } else if (strncmp(s + i, "}}", 2) == 0) {
            i++;
            if (--depth == 0)
                return i + 1;
        }
    }
    return 0;
}

/* Says what stands at s[i] and how long it is. PIECE_OPEN: something quoted that never ends. */
static enum piece piece_at(const char *s, size_t i, size_t *ret_length) {
    const char *p = s + i;
    enum piece kind = PIECE_QUOTED;
    size_t n;
    *ret_length = 1;
    if (!*p)
        return PIECE_END;
    if (isspace((unsigned char)*p))
        return PIECE_BLANK;
    bool after_word = i > 0 && (is_word(s[i - 1]) || s[i - 1] == '$');
    if (*p == '\'' || *p == '"') {
        bool escapes = *p == '\'' && i > 0 && tolower((unsigned char)s[i - 1]) == 'e' && (i < 2 || !is_word(s[i - 2]));
        n = quoted_length(p, *p, escapes);
    } else if ((*p == '-' && p[1] == '-') || (*p == '/' && p[1] == '*')) {
        n = comment_length(p);
        kind = PIECE_BLANK;
    } else if (*p == '$' && !after_word) {
        size_t tag = dollar_tag_length(p);
        n = tag ? dollar_quoted_length(p, tag) : 1 + word_length(p + 1);
        kind = tag ? PIECE_QUOTED : PIECE_PARAM;
    } else if (*p == '{' && p[1] == '{') {
        n = braces_length(p);
        kind = PIECE_FRAGMENT;
    } else {
        return PIECE_PLAIN;
    }
    *ret_length = n ? n : 1;
    return n ? kind : PIECE_OPEN;
}

/* ---- reading files ---- */

static bool next_line(struct source *f, const char **ret_line, size_t *ret_length) {
    if (!*f->at)
        return false;
    size_t n = strcspn(f->at, "\n");
    *ret_line = f->at;
    *ret_length = n && f->at[n - 1] == '\r' ? n - 1 : n;
    f->at += n + (f->at[n] == '\n');
    f->line++;
    return true;
}

/* The text behind the leading "-- ", or NULL when the line is no comment. */
static const char *comment_text(const char *line, size_t *length) {
    size_t i = strspn(line, " \t");
    if (i + 2 > *length || strncmp(line + i, "--", 2) != 0)
        return NULL;
    i += 2;
    while (i < *length && (line[i] == ' ' || line[i] == '\t'))
        i++;
    while (*length > i && isspace((unsigned char)line[*length - 1]))
        --*length;
    *length -= i;
    return line + i;
}

static const char *type_named(const char *s, size_t n) {
    for (size_t i = 0; i < COUNT(types); i++)
        if (strlen(types[i].word) == n && strncmp(types[i].word, s, n) == 0)
            return types[i].name;
    return NULL;
}

static const struct param *context_named(const char *s, size_t n) {
    for (size_t i = 0; i < COUNT(context); i++)
        if (strlen(context[i].name) == n && strncmp(context[i].name, s, n) == 0)
            return &context[i];
    return NULL;
}

static struct param *declared(struct entry *e, const char *s, size_t n) {
    for (int i = 0; i < e->param_count; i++)
        if (strlen(e->params[i].name) == n && strncmp(e->params[i].name, s, n) == 0)
            return &e->params[i];
    return NULL;
}

/* One line "$name type". */
static void declare(struct entry *e, const char *s, size_t n, int line) {
    size_t name = word_length(s + 1), skip = 1 + name;
    if (!is_name(s + 1, name)) {
        complain(e->file, line, "a parameter is declared as `-- $name type`, in lower case");
        return;
    }
    while (skip < n && (s[skip] == ' ' || s[skip] == '\t'))
        skip++;
    const char *type = type_named(s + skip, n - skip);
    const struct param *known = context_named(s + 1, name);
    if (!type)
        complain(e->file, line, "$%.*s: unknown type \"%.*s\"", (int)name, s + 1, (int)(n - skip), s + skip);
    else if (known && strcmp(known->type, type) != 0)
        complain(e->file, line, "$%s is known to every query, with another type", known->name);
    else if (declared(e, s + 1, name))
        complain(e->file, line, "$%.*s is declared twice", (int)name, s + 1);
    else if (e->param_count == MAX_PARAMS)
        complain(e->file, line, "more than %d parameters", MAX_PARAMS);
    else
        e->params[e->param_count++] = (struct param){ .name = keep_string(s + 1, name), .type = type, .line = line };
}

static struct entry *entry_named(const char *s, size_t n, bool fragment) {
    for (int i = 0; i < entry_count; i++)
        if (!entries[i]->kind == fragment && strlen(entries[i]->name) == n && strncmp(entries[i]->name, s, n) == 0)
            return entries[i];
    return NULL;
}

static struct entry *add_entry(struct source *f, const char *s, size_t n, bool fragment) {
    const struct entry *twin = entry_named(s, n, fragment);
    if (!is_name(s, n))
        complain(f, f->line, "\"%.*s\" is not a name: lower-case letters, digits and _", (int)n, s);
    else if (twin)
        complain(f, f->line, "%.*s is already defined at %s:%d", (int)n, s, twin->file->path, twin->line);
    struct entry *e = keep(sizeof *e);
    e->file = f;
    e->line = f->line;
    e->name = keep_string(s, n);
    struct entry **more = keep(sizeof *more * (size_t)(entry_count + 1));
    if (entry_count)
        memcpy(more, entries, sizeof *more * (size_t)entry_count);
    entries = more;
    entries[entry_count++] = e;
    return e;
}

/* "name: task_get :one" or "fragment: task_columns"; NULL for any other comment. */
static struct entry *begin_entry(struct source *f, const char *s, size_t n) {
    static const char *const kinds[] = { "one", "opt", "many", "exec", "list" };
    bool fragment = n > 9 && strncmp(s, "fragment:", 9) == 0;
    if (!fragment && (n <= 5 || strncmp(s, "name:", 5) != 0))
        return NULL;
    const char *end = s + n, *name = s + (fragment ? 9 : 5);
    while (name < end && isspace((unsigned char)*name))
        name++;
    size_t length = strcspn(name, " \t\r\n");
    const char *kind = name + length + strspn(name + length, " \t");
    struct entry *e = add_entry(f, name, length, fragment);
    if (fragment) {
        if (kind < end)
            complain(f, f->line, "a fragment has a name and nothing else");
        return e;
    }
    e->kind = "?";
    for (size_t i = 0; i < COUNT(kinds); i++)
        if (kind + 1 < end && *kind == ':' && strlen(kinds[i]) == (size_t)(end - kind - 1) &&
            strncmp(kinds[i], kind + 1, strlen(kinds[i])) == 0)
            e->kind = kinds[i];
    if (e->kind[0] == '?')
        complain(f, f->line, "%s: the kind is one of :one :opt :many :exec :list", e->name);
    return e;
}

/* Takes the statement at f->at, up to its semicolon. */
static void read_body(struct source *f, struct entry *e) {
    size_t i = 0, n;
    enum piece kind = PIECE_PLAIN;
    e->body_line = f->line + 1;
    for (; f->at[i] && f->at[i] != ';'; i += n) {
        kind = piece_at(f->at, i, &n);
        if (kind == PIECE_OPEN)
            break;
    }
    if (f->at[i] != ';')
        complain(f, e->line, "%s: %s", e->name, kind == PIECE_OPEN ? "a quote, comment or {{ has no end" : "no ; at its end");
    e->body = keep_string(f->at, i);
    for (size_t k = 0; k < i; k++)
        f->line += f->at[k] == '\n';
    f->at += i + (f->at[i] == ';');
    size_t rest = strcspn(f->at, "\n");
    if (strspn(f->at, " \t\r") < rest)
        complain(f, f->line + 1, "text behind the ; of %s", e->name);
    f->line++;
    f->at += rest + (f->at[rest] == '\n');
}

/* Reads the comment lines below the name, then the statement. */
static void read_entry(struct source *f, struct entry *e) {
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
        if (n && s[0] == '$' && e->kind)
            declare(e, s, n, f->line);
        else if (n && s[0] == '$')
            complain(f, f->line, "the queries that use a fragment declare its parameters");
        else
            putf(&prose, "%s%.*s", prose.len ? "\n" : "", (int)n, s);
        before = f->at;
    }
    e->prose = prose.len ? prose.s : NULL;
    if (e->kind && !e->prose)
        complain(f, e->line, "%s: say in a comment what it does", e->name);
    read_body(f, e);
}

static void read_source(struct source *f) {
    const char *line;
    size_t n;
    while (next_line(f, &line, &n)) {
        const char *s = comment_text(line, &n);
        struct entry *e = s ? begin_entry(f, s, n) : NULL;
        if (e)
            read_entry(f, e);
        else if (!s && strspn(line, " \t\r") < n)
            complain(f, f->line, "SQL without a `-- name:` or `-- fragment:` above it");
    }
}

static char *read_file(const char *path) {
    struct text t = { 0 };
    char chunk[8192];
    size_t n;
    FILE *in = fopen(path, "rb");
    if (!in) {
        fprintf(stderr, "sqlc: %s: %s\n", path, strerror(errno));
        return NULL;
    }
    put(&t, "", 0);
    while ((n = fread(chunk, 1, sizeof chunk, in)) > 0)
        put(&t, chunk, n);
    fclose(in);
    return t.s;
}

/* ---- expanding fragments ---- */

struct args {
    const char *v[MAX_ARGS];
    int n;
    int highest; /* %n seen */
};

static bool expand(struct entry *owner, const char *body, int line, struct args *args, int depth, struct text *out);

/* Splits "a, f(b, c)" at its outer commas; each argument is expanded where it stands. */
static bool read_args(struct entry *owner, const char *s, size_t n, int line, struct args *outer, int depth, struct args *ret) {
    size_t from = 0, length;
    int parentheses = 0;
    char *all = keep_string(s, n);
    for (size_t i = 0; i <= n; i += length) {
        length = 1;
        if (i < n && (piece_at(all, i, &length) != PIECE_PLAIN))
            continue;
        parentheses += (all[i] == '(') - (all[i] == ')');
        if (i < n && (all[i] != ',' || parentheses > 0))
            continue;
        if (ret->n == MAX_ARGS) {
            complain(owner->file, line, "more than %d arguments", MAX_ARGS);
            return false;
        }
        struct text arg = { 0 };
        put(&arg, "", 0);
        if (!expand(owner, keep_string(all + from, i - from), line, outer, depth + 1, &arg))
            return false;
        ret->v[ret->n++] = arg.s;
        from = i + 1;
    }
    return true;
}

/* Puts the text of {{name: args}}, which is s[0..n). */
static bool expand_fragment(struct entry *owner, const char *s, size_t n, int line, struct args *outer, int depth,
                            struct text *out) {
    size_t begin = 2 + strspn(s + 2, " \t\n"), length = word_length(s + begin);
    size_t rest = begin + length + strspn(s + begin + length, " \t\n");
    struct entry *fragment = entry_named(s + begin, length, true);
    struct args args = { 0 };
    if (!fragment) {
        complain(owner->file, line, "there is no fragment \"%.*s\"", (int)length, s + begin);
        return false;
    }
    fragment->used = true;
    if (fragment->expanding || depth > MAX_DEPTH) {
        complain(fragment->file, fragment->line, "fragment %s contains itself", fragment->name);
        return false;
    }
    if (s[rest] == ':') {
        if (!read_args(owner, s + rest + 1, n - rest - 3, line, outer, depth, &args))
            return false;
    } else if (rest != n - 2) {
        complain(owner->file, line, "write {{%s}} or {{%s: arguments}}", fragment->name, fragment->name);
        return false;
    }
    fragment->expanding = true;
    bool ok = expand(fragment, fragment->body, fragment->body_line, &args, depth + 1, out);
    fragment->expanding = false;
    if (ok && args.highest != args.n) {
        complain(owner->file, line, "fragment %s takes %d arguments, not %d", fragment->name, args.highest, args.n);
        return false;
    }
    return ok;
}

/* Appends body with its fragments replaced, comments dropped and blanks collapsed. False after a complaint. */
static bool expand(struct entry *owner, const char *body, int line, struct args *args, int depth, struct text *out) {
    bool blank = false, first = true;
    size_t n;
    enum piece kind;
    for (size_t i = 0; (kind = piece_at(body, i, &n)) != PIECE_END; i += n) {
        if (kind == PIECE_BLANK) {
            blank = !first;
        } else {
            char last = out->len ? out->s[out->len - 1] : '(';
            if (blank && last != '(' && body[i] != ')' && body[i] != ',')
                put(out, " ", 1);
            blank = first = false;
            int arg = kind == PIECE_PLAIN && body[i] == '%' && isdigit((unsigned char)body[i + 1]) ? body[i + 1] - '0' : 0;
            if (kind == PIECE_FRAGMENT) {
                if (!expand_fragment(owner, body + i, n, line, args, depth, out))
                    return false;
            } else if (arg && args) {
                if (arg > args->highest)
                    args->highest = arg;
                puts_to(out, arg <= args->n ? args->v[arg - 1] : "");
                n = 2;
            } else {
                put(out, body + i, n);
            }
        }
        for (size_t k = i; k < i + n; k++)
            line += body[k] == '\n';
    }
    return true;
}

/* The number of parameter s[0..n) in e, adding it at its first use; 0 after a complaint. */
static int number_of(struct entry *e, const char *s, size_t n) {
    const struct param *p;
    struct param *own = declared(e, s, n);
    for (int i = 0; i < e->order_count; i++)
        if (strlen(e->order[i]->name) == n && strncmp(e->order[i]->name, s, n) == 0)
            return i + 1;
    if (own)
        own->used = true;
    p = own ? own : context_named(s, n);
    if (!p || e->order_count == MAX_PARAMS) {
        complain(e->file, e->line, "%s: %s$%.*s", e->name, p ? "too many parameters at " : "undeclared parameter ", (int)n, s);
        return 0;
    }
    e->order[e->order_count++] = p;
    return e->order_count;
}

static void compile_query(struct entry *e) {
    struct text flat = { 0 }, sql = { 0 };
    enum piece kind;
    size_t n;
    put(&flat, "", 0);
    put(&sql, "", 0);
    if (!e->body || !expand(e, e->body, e->body_line, NULL, 0, &flat))
        return;
    if (!flat.len)
        complain(e->file, e->line, "%s has no SQL", e->name);
    for (size_t i = 0; (kind = piece_at(flat.s, i, &n)) != PIECE_END; i += n) {
        if (kind != PIECE_PARAM) {
            put(&sql, flat.s + i, n);
            continue;
        }
        int number = number_of(e, flat.s + i + 1, n - 1);
        putf(&sql, "$%d", number);
    }
    for (int i = 0; i < e->param_count; i++)
        if (!e->params[i].used)
            complain(e->file, e->params[i].line, "$%s is declared, but %s doesn't use it", e->params[i].name, e->name);
    e->sql = sql.s;
}

/* ---- writing C ---- */

static void put_literal(struct text *t, const char *s) {
    size_t column = 0;
    puts_to(t, "        \"");
    for (size_t i = 0; s[i]; i++) {
        unsigned char c = (unsigned char)s[i];
        if (c == '"' || c == '\\' || (c == '?' && i && s[i - 1] == '?'))
            putf(t, "\\%c", c);
        else if (c < 0x20 || c == 0x7f)
            putf(t, "\\%03o", c);
        else
            put(t, s + i, 1);
        if (++column >= 100 && c == ' ' && s[i + 1]) {
            puts_to(t, "\"\n        \"");
            column = 0;
        }
    }
    puts_to(t, "\"");
}

static void put_prose(struct text *t, const char *prose) {
    puts_to(t, "\n/* ");
    for (const char *p = prose; *p; p++) {
        if (*p == '\n')
            puts_to(t, "\n * ");
        else if ((*p == '/' && (p[1] == '*' || (p > prose && p[-1] == '*'))))
            puts_to(t, "|");
        else
            put(t, p, 1);
    }
    puts_to(t, " */\n");
}

static void put_query(struct text *t, const struct entry *e, int id) {
    char upper[8] = "";
    for (size_t i = 0; e->kind[i] && i + 1 < sizeof upper; i++)
        upper[i] = (char)toupper((unsigned char)e->kind[i]);
    if (e->order_count) {
        putf(t, "\nstatic const struct sql_param %s_params[] = {\n", e->name);
        for (int i = 0; i < e->order_count; i++)
            putf(t, "    { \"%s\", %s },\n", e->order[i]->name, e->order[i]->type);
        puts_to(t, "};\n");
    }
    putf(t, "\nconst struct sql_query sql_%s = {\n    .name = \"%s\",\n    .file = \"%s\",\n    .kind = SQL_%s,\n    .text =\n",
         e->name, e->name, e->file->shown, upper);
    put_literal(t, e->sql);
    if (e->order_count)
        putf(t, ",\n    .params = %s_params,\n    .param_count = %d", e->name, e->order_count);
    putf(t, ",\n    .id = %d,\n};\n", id);
}

static bool write_if_changed(const char *dir, const char *name, const struct text *t) {
    struct text path = { 0 };
    putf(&path, "%s/%s", dir, name);
    FILE *old = fopen(path.s, "rb");
    if (old) {
        fclose(old);
        const char *content = read_file(path.s);
        if (content && strcmp(content, t->s) == 0)
            return true;
    }
    FILE *out = fopen(path.s, "wb");
    bool ok = out && fwrite(t->s, 1, t->len, out) == t->len;
    if (out && fclose(out) != 0)
        ok = false;
    if (!ok)
        fprintf(stderr, "sqlc: %s: %s\n", path.s, strerror(errno));
    return ok;
}

static bool write_source(const char *dir, const struct source *f, int *next_id, struct text *all_includes,
                         struct text *all_rows) {
    struct text h = { 0 }, c = { 0 };
    char name[512];
    putf(&h, "/* Compiled by sqlc from %s. */\n#pragma once\n\n#include \"platform/sql.h\"\n", f->shown);
    putf(&c, "/* Compiled by sqlc from %s. */\n#include \"%s_sql.h\"\n", f->shown, f->base);
    putf(all_includes, "#include \"%s_sql.h\"\n", f->base);
    for (int i = 0; i < entry_count; i++) {
        const struct entry *e = entries[i];
        if (e->file != f || !e->kind)
            continue;
        put_prose(&h, e->prose);
        putf(&h, "extern const struct sql_query sql_%s;\n", e->name);
        put_query(&c, e, (*next_id)++);
        putf(all_rows, "    &sql_%s,\n", e->name);
    }
    snprintf(name, sizeof name, "%s_sql.h", f->base);
    if (!write_if_changed(dir, name, &h))
        return false;
    snprintf(name, sizeof name, "%s_sql.c", f->base);
    return write_if_changed(dir, name, &c);
}

static bool write_all(const char *dir, const struct source *files, int n) {
    struct text out = { 0 }, rows = { 0 };
    int ids = 0;
    puts_to(&out, "/* Compiled by sqlc: every named query. */\n#include <stddef.h>\n");
    puts_to(&out, "#include \"platform/sql.h\"\n");
    put(&rows, "", 0);
    for (int i = 0; i < n; i++)
        if (!write_source(dir, &files[i], &ids, &out, &rows))
            return false;
    putf(&out, "\nconst struct sql_query *const sql_all[] = {\n");
    puts_to(&out, rows.s);
    putf(&out, "    NULL,\n};\n\nconst int sql_count = %d;\n", ids);
    return write_if_changed(dir, "sql_all.c", &out);
}

/* ---- main ---- */

static bool open_source(struct source *f, const char *path, const char *app_dir) {
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    size_t app = strlen(app_dir), n = strlen(name);
    f->path = path;
    f->shown = strncmp(path, app_dir, app) == 0 && path[app] == '/' ? path + app + 1 : path;
    if (n < 5 || strcmp(name + n - 4, ".sql") != 0 || !is_name(name, n - 4)) {
        fprintf(stderr, "sqlc: %s: expected a lower-case name and .sql\n", path);
        return false;
    }
    f->base = keep_string(name, n - 4);
    f->at = read_file(path);
    return f->at != NULL;
}

int main(int argc, char **argv) {
    if (argc < 3) {
        fprintf(stderr, "usage: sqlc OUTDIR APPDIR FILE.sql...\n");
        return 1;
    }
    int n = argc - 3;
    struct source *files = keep(sizeof *files * (size_t)(n + 1));
    for (int i = 0; i < n; i++) {
        if (!open_source(&files[i], argv[i + 3], argv[2]))
            return 1;
        for (int k = 0; k < i; k++)
            if (strcmp(files[k].base, files[i].base) == 0)
                complain(&files[i], 1, "%s has the same name", files[k].path);
        read_source(&files[i]);
    }
    for (int i = 0; i < entry_count; i++)
        if (entries[i]->kind)
            compile_query(entries[i]);
    for (int i = 0; i < entry_count; i++)
        if (!entries[i]->kind && !entries[i]->used)
            complain(entries[i]->file, entries[i]->line, "fragment %s is used nowhere", entries[i]->name);
    return mistakes == 0 && write_all(argv[1], files, n) ? 0 : 1;
}
