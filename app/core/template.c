/* template.c - one pass: reads and writes at once; a section that isn't wanted is read without being written. */
#include "core/template.h"

#include "core/buf.h"
#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { DEPTH_MAX = 16, PARTIALS_MAX = 8, TAGS_MAX = 10000, NAME_SIZE_MAX = 64 };

/* How a block is read. */
enum mode {
    WRITE,
    CHECK, /* names must be known, nothing is written */
    SKIP   /* within a list without items: its names can't be known */
};

struct run {
    struct buf *out;
    const struct template_job *job;
    const struct template_value *scopes[DEPTH_MAX + 1]; /* the innermost last */
    int scope_count, sections, partials, tags;
    char *err;
    size_t err_size;
};

struct name {
    const char *s;
    size_t n;
};

struct tag {
    char kind; /* 0: end of text; 'v' value, '{' raw value, '#', '^', '/', '>', '!' */
    struct name name;
    const char *literal_end; /* the text before it ends here */
    const char *after;       /* reading goes on here */
};

static bool fail(struct run *r, const char *words, struct name name)
{
    snprintf(r->err, r->err_size, "%s: %.*s", words, (int)(name.n < NAME_SIZE_MAX ? name.n : NAME_SIZE_MAX), name.s);
    return false;
}

/* ---- reading ---- */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* A tag alone on its line: takes the blanks before it and the line's end. */
static void take_line(const struct template_source *whole, struct tag *t, const char *start)
{
    const char *end = whole->text + whole->size, *from = start, *to = t->after;
    while (from > whole->text && is_blank(from[-1])) {
        from--;
    }
    while (to < end && is_blank(*to)) {
        to++;
    }
    if (to + 1 < end && to[0] == '\r' && to[1] == '\n') {
        to++;
    }
    if ((from == whole->text || from[-1] == '\n') && (to == end || *to == '\n')) {
        t->literal_end = from;
        t->after = to < end ? to + 1 : to;
    }
}

static struct name trimmed(const char *from, const char *to)
{
    while (from < to && isspace((unsigned char)*from)) {
        from++;
    }
    while (to > from && isspace((unsigned char)to[-1])) {
        to--;
    }
    return (struct name){ from, (size_t)(to - from) };
}

static bool is_name(struct name name)
{
    for (size_t i = 0; i < name.n; i++) {
        if (!islower((unsigned char)name.s[i]) && !isdigit((unsigned char)name.s[i]) && name.s[i] != '_') {
            return false;
        }
    }
    return name.n > 0 && name.n <= NAME_SIZE_MAX;
}

/* The next tag from `at` on. */
static bool read_tag(struct run *r, const struct template_source *whole, const char *at, struct tag *ret)
{
    const char *end = whole->text + whole->size;
    const char *open = memmem(at, (size_t)(end - at), "{{", 2);
    if (open == NULL) {
        *ret = (struct tag){ .kind = 0, .literal_end = end, .after = end };
        return true;
    }
    const char *inner = open + 2;
    char kind = inner < end && *inner != '\0' && strchr("{#^/>!", *inner) != NULL ? *inner++ : 'v';
    const char *close = memmem(inner, (size_t)(end - inner), kind == '{' ? "}}}" : "}}", kind == '{' ? 3 : 2);
    if (close == NULL) {
        return fail(r, "a tag without an end", (struct name){ open, strnlen(open, (size_t)(end - open)) });
    }
    *ret = (struct tag){
        .kind = kind, .name = trimmed(inner, close), .literal_end = open, .after = close + (kind == '{' ? 3 : 2)
    };
    if (kind != '!' && !is_name(ret->name)) {
        return fail(r, "not a name", ret->name);
    }
    if (kind != 'v' && kind != '{') {
        take_line(whole, ret, open);
    }
    return ++r->tags <= TAGS_MAX || fail(r, "too many tags", ret->name);
}

/* ---- values ---- */

static const struct template_value *find(const struct run *r, struct name name)
{
    for (int i = r->scope_count - 1; i >= 0; i--) {
        for (const struct template_value *v = r->scopes[i]; v->name != NULL; v++) {
            if (strlen(v->name) == name.n && memcmp(v->name, name.s, name.n) == 0) {
                return v;
            }
        }
    }
    return NULL;
}

static bool is_true(const struct template_value *v)
{
    switch (v->kind) {
    case TEMPLATE_TEXT:
        return v->text != NULL && v->text[0] != '\0';
    case TEMPLATE_FLAG:
        return v->flag;
    case TEMPLATE_LIST:
        return v->items != NULL && v->items[0] != NULL;
    }
    return false;
}

static void write_escaped(struct buf *out, const char *s)
{
    static const char special[] = "&<>\"'";
    static const char *const entities[] = { "&amp;", "&lt;", "&gt;", "&quot;", "&#39;" };
    while (*s != '\0') {
        size_t n = strcspn(s, special);
        buf_append(out, s, n);
        s += n;
        if (*s != '\0') {
            buf_str(out, entities[strchr(special, *s) - special]);
            s++;
        }
    }
}

static bool write_value(struct run *r, const struct tag *t, enum mode mode)
{
    const struct template_value *v = find(r, t->name);
    if (mode == SKIP) {
        return true;
    }
    if (v == NULL || v->kind != TEMPLATE_TEXT) {
        return fail(r, v == NULL ? "no such value" : "not a text", t->name);
    }
    if (mode == WRITE && v->text != NULL) {
        if (t->kind == 'v' && r->job->escape == TEMPLATE_HTML) {
            write_escaped(r->out, v->text);
        } else {
            buf_str(r->out, v->text);
        }
    }
    return true;
}

/* ---- blocks ---- */

static bool render_block(struct run *r, const struct template_source *whole, const char **at, const struct name *closes,
                         enum mode mode);

/* Once per item; the block is read again for each. */
static bool render_items(struct run *r, const struct template_source *whole, const char **at, const struct tag *t,
                         const struct template_value *v)
{
    const char *start = *at;
    for (const struct template_value *const *item = v->items; *item != NULL; item++) {
        *at = start;
        r->scopes[r->scope_count++] = *item;
        bool ok = render_block(r, whole, at, &t->name, WRITE);
        r->scope_count--;
        if (!ok) {
            return false;
        }
    }
    return true;
}

static bool render_section(struct run *r, const struct template_source *whole, const char **at, const struct tag *t,
                           enum mode mode)
{
    const struct template_value *v = find(r, t->name);
    if (v == NULL && mode != SKIP) {
        return fail(r, "no such value", t->name);
    }
    if (r->sections == DEPTH_MAX) {
        return fail(r, "sections nest too deep", t->name);
    }
    r->sections++;
    bool wanted = mode == WRITE && is_true(v) == (t->kind == '#');
    bool ok;
    if (wanted && v->kind == TEMPLATE_LIST && t->kind == '#') {
        ok = render_items(r, whole, at, t, v);
    } else {
        bool unknown = mode == SKIP || (t->kind == '#' && v->kind == TEMPLATE_LIST);
        ok = render_block(r, whole, at, &t->name, wanted ? WRITE : unknown ? SKIP : CHECK);
    }
    r->sections--;
    return ok;
}

static bool render_partial(struct run *r, const struct tag *t, enum mode mode)
{
    struct template_source part = { NULL, 0 };
    if (r->job->partial != NULL) {
        part = r->job->partial(r->job->context, t->name.s, t->name.n);
    }
    if (part.text == NULL) {
        return fail(r, "no such partial", t->name);
    }
    if (r->partials == PARTIALS_MAX) {
        return fail(r, "partials nest too deep", t->name);
    }
    const char *at = part.text;
    r->partials++;
    bool ok = render_block(r, &part, &at, NULL, mode);
    r->partials--;
    return ok;
}

static bool render_tag(struct run *r, const struct template_source *whole, const char **at, const struct tag *t, enum mode mode)
{
    switch (t->kind) {
    case 'v':
    case '{':
        return write_value(r, t, mode);
    case '#':
    case '^':
        return render_section(r, whole, at, t, mode);
    case '>':
        return render_partial(r, t, mode);
    default:
        return true;
    }
}

/* Up to the tag that closes `closes`, or to the end of the text when that is NULL; *at is then behind it. */
static bool render_block(struct run *r, const struct template_source *whole, const char **at, const struct name *closes,
                         enum mode mode)
{
    struct tag t;
    for (;;) {
        if (!read_tag(r, whole, *at, &t)) {
            return false;
        }
        if (mode == WRITE && t.literal_end > *at) {
            buf_append(r->out, *at, (size_t)(t.literal_end - *at));
        }
        *at = t.after;
        if (t.kind == 0) {
            return closes == NULL || fail(r, "a section without an end", *closes);
        }
        if (t.kind == '/') {
            bool right = closes != NULL && closes->n == t.name.n && memcmp(closes->s, t.name.s, t.name.n) == 0;
            return right || fail(r, "an end without its section", t.name);
        }
        if (!render_tag(r, whole, at, &t, mode)) {
            return false;
        }
    }
}

bool template_render(struct buf *out, const struct template_job *job, char *err, size_t err_size)
{
    struct run r = { .out = out, .job = job, .scopes = { job->values }, .scope_count = 1, .err = err, .err_size = err_size };
    const char *at = job->source.text;
    if (!render_block(&r, &job->source, &at, NULL, WRITE)) {
        return false;
    }
    return !out->failed || fail(&r, "too long", (struct name){ "the result", 10 });
}
