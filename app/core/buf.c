/* buf.c - see buf.h. */
#include "core/buf.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    BUF_FIRST = 256,            /* bytes of the first allocation */
    BUF_CEILING = 64 << 20,     /* when none is stated */
    BUF_SHRINK_ABOVE = 1 << 20, /* a buffer larger than this is cut back by buf_clear */
    BUF_SHRINK_TO = 64 << 10,
};

/* What a byte needs inside a JSON string: 0 nothing, 'u' \u00XX, 'E' a look at what follows (U+2028/9), else the letter
 * behind the backslash. */
static const unsigned char json_escape[256] = {
    [0x00] = 'u', [0x01] = 'u', [0x02] = 'u', [0x03] = 'u', [0x04] = 'u', [0x05] = 'u',  [0x06] = 'u',
    [0x07] = 'u', ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', [0x0b] = 'u', ['\f'] = 'f',  ['\r'] = 'r',
    [0x0e] = 'u', [0x0f] = 'u', [0x10] = 'u', [0x11] = 'u', [0x12] = 'u', [0x13] = 'u',  [0x14] = 'u',
    [0x15] = 'u', [0x16] = 'u', [0x17] = 'u', [0x18] = 'u', [0x19] = 'u', [0x1a] = 'u',  [0x1b] = 'u',
    [0x1c] = 'u', [0x1d] = 'u', [0x1e] = 'u', [0x1f] = 'u', ['"'] = '"',  ['\\'] = '\\', [0xe2] = 'E',
};

void buf_clear(struct buf *b)
{
    b->len = 0;
    b->failed = false;
    if (b->cap > BUF_SHRINK_ABOVE) {
        char *p = realloc(b->data, BUF_SHRINK_TO);

        if (p) {
            b->data = p;
            b->cap = BUF_SHRINK_TO;
        }
    }
    if (b->data) {
        b->data[0] = '\0';
    }
}

void buf_free(struct buf *b)
{
    free(b->data);
    b->data = NULL;
    b->len = b->cap = 0;
    b->failed = false;
}

/* Makes cap at least len + n + 1. Doubling keeps the copying linear in what is written. */
static bool grow(struct buf *b, size_t n)
{
    size_t ceiling = b->ceiling ? b->ceiling : BUF_CEILING;
    size_t need, cap;
    char *p;

    if (n > ceiling || b->len > ceiling - n) {
        return false;
    }
    need = b->len + n + 1;
    cap = b->cap ? b->cap : BUF_FIRST;
    while (cap < need) {
        cap *= 2;
    }
    if (cap > ceiling + 1) {
        cap = ceiling + 1;
    }
    p = realloc(b->data, cap);
    if (!p) {
        return false;
    }
    b->data = p;
    b->cap = cap;
    b->data[b->len] = '\0';
    return true;
}

char *buf_reserve(struct buf *b, size_t n)
{
    if (b->failed) {
        return NULL;
    }
    if ((b->cap <= b->len || n >= b->cap - b->len) && !grow(b, n)) {
        b->failed = true;
        return NULL;
    }
    return b->data + b->len;
}

void buf_append(struct buf *b, const void *p, size_t n)
{
    char *to = buf_reserve(b, n);

    if (!to) {
        return;
    }
    if (n) {
        memcpy(to, p, n);
    }
    b->len += n;
    b->data[b->len] = '\0';
}

void buf_str(struct buf *b, const char *s)
{
    buf_append(b, s, strlen(s));
}

void buf_char(struct buf *b, char c)
{
    buf_append(b, &c, 1);
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
    va_list ap, again;
    char *to;
    int n;

    va_start(ap, fmt);
    va_copy(again, ap);
    n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    to = n < 0 ? NULL : buf_reserve(b, (size_t)n);
    if (to) {
        vsnprintf(to, (size_t)n + 1, fmt, again);
        b->len += (size_t)n;
    } else {
        b->failed = true;
    }
    va_end(again);
}

/* Writes what stands for the byte at s (of n left) that the table marks; returns how many bytes of s it stands for. */
static size_t json_escaped(struct buf *b, const unsigned char *s, size_t n)
{
    static const char hex[] = "0123456789abcdef";
    unsigned char kind = json_escape[*s];

    if (kind == 'E') {
        if (n >= 3 && s[1] == 0x80 && (s[2] == 0xa8 || s[2] == 0xa9)) {
            buf_append(b, s[2] == 0xa8 ? "\\u2028" : "\\u2029", 6);
            return 3;
        }
        buf_char(b, (char)*s);
        return 1;
    }
    if (kind == 'u') {
        buf_append(b, (const char[]){ '\\', 'u', '0', '0', hex[*s >> 4], hex[*s & 15] }, 6);
    } else {
        buf_append(b, (const char[]){ '\\', (char)kind }, 2);
    }
    return 1;
}

void buf_json_string(struct buf *b, const char *s, size_t n)
{
    const unsigned char *p = (const unsigned char *)s;
    size_t from = 0, i = 0;

    buf_char(b, '"');
    while (i < n) {
        if (!json_escape[p[i]]) {
            i++;
            continue;
        }
        buf_append(b, p + from, i - from);
        i += json_escaped(b, p + i, n - i);
        from = i;
    }
    buf_append(b, p + from, n - from);
    buf_char(b, '"');
}

void buf_json_str(struct buf *b, const char *s)
{
    if (s) {
        buf_json_string(b, s, strlen(s));
    } else {
        buf_append(b, "null", 4);
    }
}

void buf_json_int(struct buf *b, int64_t v)
{
    char text[20], *p = text + sizeof text;
    uint64_t rest = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;

    do {
        *--p = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest);
    if (v < 0) {
        *--p = '-';
    }
    buf_append(b, p, (size_t)(text + sizeof text - p));
}

void buf_json_double(struct buf *b, double v)
{
    char text[32];
    int n = 0;

    if (!isfinite(v)) {
        buf_append(b, "null", 4);
        return;
    }
    /* 15 digits always survive a round trip, 17 always suffice (IEEE 754 double). */
    for (int digits = 15; digits <= 17; digits++) {
        n = snprintf(text, sizeof text, "%.*g", digits, v);
        if (strtod(text, NULL) == v) {
            break;
        }
    }
    buf_append(b, text, (size_t)n);
}
