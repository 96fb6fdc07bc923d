/* sqlc.h - what the pieces of sqlc share: memory, text, and what was read. sqlc.c says what the program does. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { MAX_PARAMS = 64, MAX_ARGS = 9, MAX_DEPTH = 16, MAX_ENTRIES = 4096 };

#define ARRAY_COUNT(a) (sizeof(a) / sizeof *(a))

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

extern struct entry *sqlc_entries[]; /* in the order of the files */
extern int sqlc_entry_count;
extern int sqlc_mistakes;

/* ---- sqlc_text.c ---- */

/* Zeroed memory that stays until the program ends. */
void *keep(size_t size);
char *keep_string(const char *s, size_t n);

struct text {
    char *s; /* NUL-terminated once anything was put */
    size_t len, cap;
};

void text_put(struct text *t, const char *s, size_t n);
void text_puts(struct text *t, const char *s);
void text_printf(struct text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
char *text_of_file(const char *path); /* NULL after a message */

size_t text_word_length(const char *s);
bool text_is_name(const char *s, size_t n); /* lower-case letters, digits and _, a letter first */

enum piece { PIECE_END, PIECE_PLAIN, PIECE_BLANK, PIECE_QUOTED, PIECE_PARAM, PIECE_FRAGMENT, PIECE_OPEN };

/* Says what stands at s[i] and how long it is. Comments are PIECE_BLANK; PIECE_OPEN is something quoted that never ends. */
enum piece piece_at(const char *s, size_t i, size_t *ret_length);

/* ---- sqlc_read.c ---- */

/* Counts a mistake and names it on stderr. */
void source_complain(const struct source *f, int line, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* Adds all entries of a file to sqlc_entries. */
void source_read(struct source *f);
struct entry *entry_named(const char *s, size_t n, bool fragment);

/* ---- sqlc_params.c ---- */

/* Learns the permissions of APPDIR/api/permission.def, which queries know as $can_... */
void params_learn_permissions(const char *app_dir);
/* One comment line "$name type". */
void param_declare(struct entry *e, const char *s, size_t n, int line);
struct param *param_declared(struct entry *e, const char *s, size_t n);
/* What every request knows, whatever the query declares; NULL when it isn't among that. */
const struct param *param_of_context(const char *s, size_t n);

/* ---- sqlc_jobs.c ---- */

/* Learns the kinds of APPDIR/api/job.def. */
void jobs_learn(const char *app_dir);
/* What {{job: kind}} stands for; NULL when there is no such kind. */
const char *job_columns(const char *kind);

/* ---- sqlc_expand.c ---- */

/* Replaces fragments and numbers parameters: e->sql and e->order. */
void query_compile(struct entry *e);

/* ---- sqlc_write.c ---- */

bool write_all_queries(const char *dir, const struct source *files, int n);
