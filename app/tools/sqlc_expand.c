/* sqlc_expand.c - from what was written to what PostgreSQL gets. */
#include "tools/sqlc.h"

#include <ctype.h>
#include <string.h>

struct args {
    const char *v[MAX_ARGS];
    int n;
    int highest; /* %n seen */
};

static bool expand(struct entry *owner, const char *body, int line, struct args *args, int depth, struct text *out);

/* Splits "a, f(b, c)" at its outer commas; each argument is expanded where it stands. */
static bool read_args(struct entry *owner, const char *s, size_t n, int line, struct args *outer, int depth, struct args *ret)
{
    size_t from = 0, length;
    int parentheses = 0;
    char *all = keep_string(s, n);
    for (size_t i = 0; i <= n; i += length) {
        length = 1;
        if (i < n && (piece_at(all, i, &length) != PIECE_PLAIN)) {
            continue;
        }
        parentheses += (all[i] == '(') - (all[i] == ')');
        if (i < n && (all[i] != ',' || parentheses > 0)) {
            continue;
        }
        if (ret->n == MAX_ARGS) {
            source_complain(owner->file, line, "more than %d arguments", MAX_ARGS);
            return false;
        }
        struct text arg = { 0 };
        text_put(&arg, "", 0);
        if (!expand(owner, keep_string(all + from, i - from), line, outer, depth + 1, &arg)) {
            return false;
        }
        ret->v[ret->n++] = arg.s;
        from = i + 1;
    }
    return true;
}

/* Puts what {{job: kind}} stands for; its one argument is there already. */
static bool expand_job(struct entry *owner, int line, const struct args *args, struct text *out)
{
    const char *columns = args->n == 1 ? job_columns(args->v[0]) : NULL;
    if (!columns) {
        source_complain(owner->file, line, "there is no kind of job \"%s\" in api/job.def", args->n > 0 ? args->v[0] : "");
        return false;
    }
    text_puts(out, columns);
    return true;
}

/* Puts the text of {{name: args}}, which is s[0..n). */
static bool expand_fragment(struct entry *owner, const char *s, size_t n, int line, struct args *outer, int depth,
                            struct text *out)
{
    size_t begin = 2 + strspn(s + 2, " \t\n"), length = text_word_length(s + begin);
    size_t rest = begin + length + strspn(s + begin + length, " \t\n");
    struct entry *fragment = entry_named(s + begin, length, true);
    struct args args = { 0 };
    if (length == 3 && strncmp(s + begin, "job", 3) == 0 && s[rest] == ':') {
        return read_args(owner, s + rest + 1, n - rest - 3, line, outer, depth, &args) && expand_job(owner, line, &args, out);
    }
    if (!fragment) {
        source_complain(owner->file, line, "there is no fragment \"%.*s\"", (int)length, s + begin);
        return false;
    }
    fragment->used = true;
    if (fragment->expanding || depth > MAX_DEPTH) {
        source_complain(fragment->file, fragment->line, "fragment %s contains itself", fragment->name);
        return false;
    }
    if (s[rest] == ':') {
        if (!read_args(owner, s + rest + 1, n - rest - 3, line, outer, depth, &args)) {
            return false;
        }
    } else if (rest != n - 2) {
        source_complain(owner->file, line, "write {{%s}} or {{%s: arguments}}", fragment->name, fragment->name);
        return false;
    }
    fragment->expanding = true;
    bool ok = expand(fragment, fragment->body, fragment->body_line, &args, depth + 1, out);
    fragment->expanding = false;
    if (ok && args.highest != args.n) {
        source_complain(owner->file, line, "fragment %s takes %d arguments, not %d", fragment->name, args.highest, args.n);
        return false;
    }
    return ok;
}

/* Appends body with its fragments replaced, comments dropped and blanks collapsed. False after a complaint. */
static bool expand(struct entry *owner, const char *body, int line, struct args *args, int depth, struct text *out)
{
    bool blank = false, first = true;
    size_t n;
    enum piece kind;
    for (size_t i = 0; (kind = piece_at(body, i, &n)) != PIECE_END; i += n) {
        if (kind == PIECE_BLANK) {
            blank = !first;
        } else {
            char last = out->len ? out->s[out->len - 1] : '(';
            if (blank && last != '(' && body[i] != ')' && body[i] != ',') {
                text_put(out, " ", 1);
            }
            blank = first = false;
            int arg = kind == PIECE_PLAIN && body[i] == '%' && isdigit((unsigned char)body[i + 1]) ? body[i + 1] - '0' : 0;
            if (kind == PIECE_FRAGMENT) {
                if (!expand_fragment(owner, body + i, n, line, args, depth, out)) {
                    return false;
                }
            } else if (arg && args) {
                if (arg > args->highest) {
                    args->highest = arg;
                }
                text_puts(out, arg <= args->n ? args->v[arg - 1] : "");
                n = 2;
            } else {
                text_put(out, body + i, n);
            }
        }
        for (size_t k = i; k < i + n; k++) {
            line += body[k] == '\n';
        }
    }
    return true;
}

/* The number of parameter s[0..n) in e, adding it at its first use; 0 after a complaint. */
static int number_of(struct entry *e, const char *s, size_t n)
{
    const struct param *p;
    struct param *own = param_declared(e, s, n);
    for (int i = 0; i < e->order_count; i++) {
        if (strlen(e->order[i]->name) == n && strncmp(e->order[i]->name, s, n) == 0) {
            return i + 1;
        }
    }
    if (own) {
        own->used = true;
    }
    p = own ? own : param_of_context(s, n);
    if (!p || e->order_count == MAX_PARAMS) {
        source_complain(e->file, e->line, "%s: %s$%.*s", e->name, p ? "too many parameters at " : "undeclared parameter ",
                        (int)n, s);
        return 0;
    }
    e->order[e->order_count++] = p;
    return e->order_count;
}

void query_compile(struct entry *e)
{
    struct text flat = { 0 }, sql = { 0 };
    enum piece kind;
    size_t n;
    text_put(&flat, "", 0);
    text_put(&sql, "", 0);
    if (!e->body || !expand(e, e->body, e->body_line, NULL, 0, &flat)) {
        return;
    }
    if (!flat.len) {
        source_complain(e->file, e->line, "%s has no SQL", e->name);
    }
    for (size_t i = 0; (kind = piece_at(flat.s, i, &n)) != PIECE_END; i += n) {
        if (kind != PIECE_PARAM) {
            text_put(&sql, flat.s + i, n);
            continue;
        }
        int number = number_of(e, flat.s + i + 1, n - 1);
        text_printf(&sql, "$%d", number);
    }
    for (int i = 0; i < e->param_count; i++) {
        if (!e->params[i].used) {
            source_complain(e->file, e->params[i].line, "$%s is param_declared, but %s doesn't use it", e->params[i].name,
                            e->name);
        }
    }
    e->sql = sql.s;
}
