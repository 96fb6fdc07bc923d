/* str.h - text helpers: UTF-8, numbers, base64url, hex, case. None allocates unless an arena is given. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

bool str_eq(const char *a, const char *b);    /* both may be NULL; NULL equals only NULL */
bool str_eq_ci(const char *a, const char *b); /* ASCII case folded */
bool str_starts(const char *s, const char *prefix);
bool str_empty(const char *s);                   /* NULL or "" */
bool str_utf8_valid(const char *s, size_t n);    /* RFC 3629; NUL bytes are valid UTF-8 and accepted here */
size_t str_utf8_length(const char *s, size_t n); /* code points; s must be valid */

/* The whole of `s` as a decimal number within [min, max]; false (and *ret untouched) otherwise. */
bool str_to_int(const char *s, int64_t min, int64_t max, int64_t *ret);
bool str_to_double(const char *s, double *ret); /* finite only */

/* base64url without padding (RFC 4648 §5). Encoding writes str_base64url_size(n) bytes and a NUL. Decoding is strict: no
 * padding, no white space, canonical tail bits; returns the count of bytes or -1. */
size_t str_base64url_size(size_t n);
void str_base64url_encode(const void *p, size_t n, char *out);
int str_base64url_decode(const char *s, size_t n, void *out, size_t out_size);

void str_hex_encode(const void *p, size_t n, char *out); /* 2n characters and a NUL */
int str_hex_decode(const char *s, size_t n, void *out, size_t out_size);

/* projectId -> project_id; text without capitals comes back as it is. */
const char *str_snake_case(struct arena *a, const char *camel);

/* Splits at `sep`, trims blanks, drops empty parts; the array ends with NULL. */
char **str_split(struct arena *a, const char *s, char sep, size_t *ret_count);

uint64_t str_hash(const void *p, size_t n,
                  uint64_t seed); /* SipHash-2-4 under a key drawn at start; not stable between processes */
