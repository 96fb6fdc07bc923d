/* sqlc_text.c - memory, text, and the pieces of which SQL consists. */
#include "tools/sqlc.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *keep(size_t size)
{
    static struct block {
        struct block *next;
    } * blocks;
    struct block *b = calloc(1, sizeof *b + size);
    if (!b) {
        perror("sqlc");
        exit(1);
    }
    b->next = blocks;
    blocks = b;
    return b + 1;
}

char *keep_string(const char *s, size_t n)
{
    char *copy = keep(n + 1);
    memcpy(copy, s, n);
    return copy;
}

void text_put(struct text *t, const char *s, size_t n)
{
    if (t->len + n + 1 > t->cap) {
        size_t cap = (t->len + n + 1) * 2;
        char *grown = keep(cap);
        if (t->len) {
            memcpy(grown, t->s, t->len);
        }
        t->s = grown;
        t->cap = cap;
    }
    memcpy(t->s + t->len, s, n);
    t->len += n;
    t->s[t->len] = 0;
}

void text_puts(struct text *t, const char *s)
{
    text_put(t, s, strlen(s));
}

void text_printf(struct text *t, const char *fmt, ...)
{
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    size_t n = (size_t)vsnprintf(NULL, 0, fmt, ap);
    char *line = keep(n + 1);
    vsnprintf(line, n + 1, fmt, again);
    va_end(again);
    va_end(ap);
    text_puts(t, line);
}

char *text_of_file(const char *path)
{
    struct text t = { 0 };
    char chunk[8192];
    size_t n;
    FILE *in = fopen(path, "rb");
    if (!in) {
        fprintf(stderr, "sqlc: %s: %s\n", path, strerror(errno));
        return NULL;
    }
    text_put(&t, "", 0);
    while ((n = fread(chunk, 1, sizeof chunk, in)) > 0) {
        text_put(&t, chunk, n);
    }
    fclose(in);
    return t.s;
}

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

size_t text_word_length(const char *s)
{
    size_t n = 0;
    while (is_word(s[n])) {
        n++;
    }
    return n;
}

bool text_is_name(const char *s, size_t n)
{
    if (n == 0 || !islower((unsigned char)s[0])) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (!islower((unsigned char)s[i]) && !isdigit((unsigned char)s[i]) && s[i] != '_') {
            return false;
        }
    }
    return true;
}

/* Length of the quoted text that begins at s with the character q; doubled quotes stay inside. 0 when it has no end. */
static size_t quoted_length(const char *s, char q, bool backslashes)
{
    for (size_t i = 1; s[i]; i++) {
        if (backslashes && s[i] == '\\' && s[i + 1]) {
            i++;
        } else if (s[i] == q && s[i + 1] == q) {
            i++;
        } else if (s[i] == q) {
            return i + 1;
        }
    }
    return 0;
}

/* Length of $tag$ at s, or 0. */
static size_t dollar_tag_length(const char *s)
{
    size_t n = 1;
    if (!isdigit((unsigned char)s[1])) {
        n += text_word_length(s + 1);
    }
    return s[n] == '$' ? n + 1 : 0;
}

static size_t dollar_quoted_length(const char *s, size_t tag)
{
    for (const char *p = s + tag; *p; p++) {
        if (strncmp(p, s, tag) == 0) {
            return (size_t)(p - s) + tag;
        }
    }
    return 0;
}

static size_t comment_length(const char *s)
{
    if (s[0] == '-') {
        return strcspn(s, "\n");
    }
    int depth = 0;
    for (size_t i = 0; s[i]; i++) {
        if (s[i] == '/' && s[i + 1] == '*') {
            depth++;
            i++;
        } else if (s[i] == '*' && s[i + 1] == '/') {
            i++;
            if (--depth == 0) {
                return i + 1;
            }
        }
    }
    return 0;
}

/* From {{ to its }}, nested ones within; 0 when it has no end. */
static size_t braces_length(const char *s)
{
    int depth = 0;
    for (size_t i = 0; s[i]; i++) {
        if (strncmp(s + i, "{{", 2) == 0) {
            depth++;
            i++;
        } else if (strncmp(s + i, "}}", 2) == 0) {
            i++;
            if (--depth == 0) {
                return i + 1;
            }
        }
    }
    return 0;
}

enum piece piece_at(const char *s, size_t i, size_t *ret_length)
{
    const char *p = s + i;
    enum piece kind = PIECE_QUOTED;
    size_t n;
    *ret_length = 1;
    if (!*p) {
        return PIECE_END;
    }
    if (isspace((unsigned char)*p)) {
        return PIECE_BLANK;
    }
    bool after_word = i > 0 && (is_word(s[i - 1]) || s[i - 1] == '$');
    if (*p == '\'' || *p == '"') {
        bool escapes = *p == '\'' && i > 0 && tolower((unsigned char)s[i - 1]) == 'e' && (i < 2 || !is_word(s[i - 2]));
        n = quoted_length(p, *p, escapes);
    } else if ((*p == '-' && p[1] == '-') || (*p == '/' && p[1] == '*')) {
        n = comment_length(p);
        kind = PIECE_BLANK;
    } else if (*p == '$' && !after_word) {
        size_t tag = dollar_tag_length(p);
        n = tag ? dollar_quoted_length(p, tag) : 1 + text_word_length(p + 1);
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
