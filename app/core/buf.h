/* buf.h - a growing byte buffer with a stated ceiling, reused from request to request.
 *
 * Memory comes from malloc. Past the ceiling, or without memory, the buffer keeps what it holds, turns `failed`, and ignores
 * what follows: callers check once, at the end. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf {
    char *data; /* NUL-terminated after every call, once anything was written */
    size_t len; /* without the NUL */
    size_t cap;
    size_t ceiling; /* bytes; 0 means 64 MiB */
    bool failed;
};

void buf_clear(struct buf *b); /* empties, forgets a failure, keeps the memory (shrinks it when it has grown past 1 MiB) */
void buf_free(struct buf *b);  /* gives the memory back; legal on a zeroed buffer */

/* Room for `n` more bytes, to be written at data+len by the caller, who then adds to len; NULL when failed. */
char *buf_reserve(struct buf *b, size_t n);

void buf_append(struct buf *b, const void *p, size_t n);
void buf_str(struct buf *b, const char *s);
void buf_char(struct buf *b, char c);
void buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* JSON tokens. buf_json_string quotes and escapes UTF-8 text (RFC 8259; also U+2028/9, '<' is left alone). */
void buf_json_string(struct buf *b, const char *s, size_t n);
void buf_json_str(struct buf *b, const char *s); /* NULL writes null */
void buf_json_int(struct buf *b, int64_t v);
void buf_json_double(struct buf *b, double v); /* shortest form that reads back the same; not finite writes null */
