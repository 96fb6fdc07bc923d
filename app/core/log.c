/* log.c - see log.h. No allocation, so that it works when memory is what failed. A line never exceeds PIPE_BUF, below which a
 * write to a pipe is atomic: long texts are cut, and what doesn't fit any more is left out and marked by "cut". */
#include "core/log.h"
#include "core/clock.h"
#include "core/str.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { TAIL = 16 }; /* kept free for `,"cut":true}` and the end of the line */

struct line {
    char text[PIPE_BUF];
    size_t len;
    bool cut;
};

static enum log_level least = LOG_INFO;
static char program[32];

void log_set_level(enum log_level level)
{
    least = level;
}

void log_set_program(const char *name)
{
    snprintf(program, sizeof program, "%s", name ? name : "");
}

/* All or nothing. */
static bool put(struct line *l, const char *s, size_t n)
{
    if (n > sizeof l->text - TAIL - l->len) {
        l->cut = true;
        return false;
    }
    memcpy(l->text + l->len, s, n);
    l->len += n;
    return true;
}

/* The bytes at s that belong together and how they are written; bytes that are no UTF-8 become '?'. */
static size_t escape(const char *s, bool utf8, char out[8], size_t *ret_n)
{
    unsigned char c = (unsigned char)*s;
    size_t n = 1;

    if (c == '"' || c == '\\') {
        out[0] = '\\';
        out[1] = (char)c;
        *ret_n = 2;
    } else if (c < 0x20) {
        *ret_n = (size_t)snprintf(out, 8, "\\u%04x", c);
    } else if (c < 0x80 || !utf8) {
        out[0] = c < 0x80 ? (char)c : '?';
        *ret_n = 1;
    } else {
        while (((unsigned char)s[n] & 0xc0) == 0x80) {
            n++;
        }
        memcpy(out, s, n);
        *ret_n = n;
    }
    return n;
}

/* A quoted text, cut at a whole character when the line is full: one byte stays free for the closing quote. */
static void put_quoted(struct line *l, const char *s)
{
    bool utf8 = str_utf8_valid(s, strlen(s));
    char out[8];
    size_t n;

    l->text[l->len++] = '"';
    while (*s) {
        s += escape(s, utf8, out, &n);
        if (n + 1 > sizeof l->text - TAIL - l->len) {
            l->cut = true;
            break;
        }
        memcpy(l->text + l->len, out, n);
        l->len += n;
    }
    l->text[l->len++] = '"';
}

/* `"key":` with what parts it from the field before; false when not even that and two quotes fit. */
static bool put_key(struct line *l, const char *key)
{
    char text[80];
    int n = snprintf(text, sizeof text, "%s\"%s\":", l->len > 1 ? "," : "", key);

    if (n < 0 || (size_t)n >= sizeof text || (size_t)n + 2 > sizeof l->text - TAIL - l->len) {
        l->cut = true;
        return false;
    }
    return put(l, text, (size_t)n);
}

static void put_text(struct line *l, const char *key, const char *s)
{
    if (s && put_key(l, key)) {
        put_quoted(l, s);
    }
}

static void put_plain(struct line *l, const char *key, const char *s)
{
    size_t before = l->len;

    if (put_key(l, key) && !put(l, s, strlen(s))) {
        l->len = before;
    }
}

static void put_field(struct line *l, const struct log_field *f)
{
    char number[40];

    switch (f->kind) {
    case LOG_FIELD_STR:
        put_text(l, f->key, f->str);
        break;
    case LOG_FIELD_INT:
        snprintf(number, sizeof number, "%lld", (long long)f->num);
        put_plain(l, f->key, number);
        break;
    case LOG_FIELD_DOUBLE:
        snprintf(number, sizeof number, "%.9g", f->real);
        put_plain(l, f->key, isfinite(f->real) ? number : "null");
        break;
    }
}

void log_write(enum log_level level, const char *event, const struct log_field *fields)
{
    static const char *const names[] = { "debug", "info", "warn", "error" };
    struct line l;
    char ts[CLOCK_TEXT_SIZE], pid[16];
    int saved = errno;

    if (level < least) {
        return;
    }
    l.text[0] = '{';
    l.len = 1;
    l.cut = false;
    clock_format(clock_now(), ts);
    snprintf(pid, sizeof pid, "%d", (int)getpid());
    put_text(&l, "ts", ts);
    put_text(&l, "level", names[level <= LOG_ERROR ? level : LOG_ERROR]);
    put_text(&l, "event", event);
    put_plain(&l, "pid", pid);
    if (*program) {
        put_text(&l, "program", program);
    }
    for (; fields && fields->key; fields++) {
        put_field(&l, fields);
    }
    if (l.cut) {
        memcpy(l.text + l.len, ",\"cut\":true", 11);
        l.len += 11;
    }
    memcpy(l.text + l.len, "}\n", 2);
    l.len += 2;
    while (write(STDERR_FILENO, l.text, l.len) < 0 && errno == EINTR) {
    }
    errno = saved;
}
