/* str.c - see str.h. */
#include "core/str.h"
#include "core/arena.h"

#include <errno.h>
#include <math.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

bool str_eq(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static unsigned char lower(char c)
{
    return (unsigned char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

bool str_eq_ci(const char *a, const char *b)
{
    if (!a || !b) {
        return a == b;
    }
    while (*a && lower(*a) == lower(*b)) {
        a++;
        b++;
    }
    return lower(*a) == lower(*b);
}

bool str_starts(const char *s, const char *prefix)
{
    return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool str_empty(const char *s)
{
    return !s || !*s;
}

/* Bytes of the well-formed sequence at p (RFC 3629 §4: no overlong forms, no surrogates, nothing above U+10FFFF), 0 if none. */
static size_t utf8_sequence(const unsigned char *p, size_t n)
{
    unsigned char low = 0x80, high = 0xbf;
    size_t size;

    if (p[0] < 0x80) {
        return 1;
    }
    if (p[0] >= 0xc2 && p[0] <= 0xdf) {
        size = 2;
    } else if (p[0] >= 0xe0 && p[0] <= 0xef) {
        size = 3;
        low = p[0] == 0xe0 ? 0xa0 : low;
        high = p[0] == 0xed ? 0x9f : high;
    } else if (p[0] >= 0xf0 && p[0] <= 0xf4) {
        size = 4;
        low = p[0] == 0xf0 ? 0x90 : low;
        high = p[0] == 0xf4 ? 0x8f : high;
    } else {
        return 0;
    }
    if (n < size || p[1] < low || p[1] > high) {
        return 0;
    }
    for (size_t i = 2; i < size; i++) {
        if ((p[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    return size;
}

bool str_utf8_valid(const char *s, size_t n)
{
    const unsigned char *p = (const unsigned char *)s;
    size_t i = 0, step;
    uint64_t eight;

    while (i < n) {
        if (n - i >= sizeof eight) {
            memcpy(&eight, p + i, sizeof eight);
            if (!(eight & 0x8080808080808080u)) { /* eight ASCII bytes at a time */
                i += sizeof eight;
                continue;
            }
        }
        step = utf8_sequence(p + i, n - i);
        if (!step) {
            return false;
        }
        i += step;
    }
    return true;
}

size_t str_utf8_length(const char *s, size_t n)
{
    size_t count = 0;

    for (size_t i = 0; i < n; i++) {
        count += ((unsigned char)s[i] & 0xc0) != 0x80;
    }
    return count;
}

bool str_to_int(const char *s, int64_t min, int64_t max, int64_t *ret)
{
    long long v;
    char *end;

    if (!s || !(*s == '-' || (*s >= '0' && *s <= '9')) || (*s == '-' && !(s[1] >= '0' && s[1] <= '9'))) {
        return false;
    }
    errno = 0;
    v = strtoll(s, &end, 10);
    if (errno || *end || v < min || v > max) {
        return false;
    }
    *ret = v;
    return true;
}

bool str_to_double(const char *s, double *ret)
{
    double v;
    char *end;

    /* strtod takes more than decimal numbers: blanks before, hexadecimal, "inf" and "nan". */
    if (str_empty(s) || s[strspn(s, "0123456789+-.eE")]) {
        return false;
    }
    v = strtod(s, &end);
    if (end == s || *end || !isfinite(v)) {
        return false;
    }
    *ret = v;
    return true;
}

size_t str_base64url_size(size_t n)
{
    return n / 3 * 4 + (n % 3 ? n % 3 + 1 : 0);
}

void str_base64url_encode(const void *p, size_t n, char *out)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const unsigned char *in = p;
    uint32_t v;

    for (; n >= 3; n -= 3, in += 3) {
        v = (uint32_t)in[0] << 16 | (uint32_t)in[1] << 8 | in[2];
        *out++ = digits[v >> 18];
        *out++ = digits[v >> 12 & 63];
        *out++ = digits[v >> 6 & 63];
        *out++ = digits[v & 63];
    }
    if (n) {
        v = (uint32_t)in[0] << 16 | (n == 2 ? (uint32_t)in[1] << 8 : 0);
        *out++ = digits[v >> 18];
        *out++ = digits[v >> 12 & 63];
        if (n == 2) {
            *out++ = digits[v >> 6 & 63];
        }
    }
    *out = '\0';
}

static int base64url_value(char c)
{
    if (c >= 'A' && c <= 'Z') {
        return c - 'A';
    }
    if (c >= 'a' && c <= 'z') {
        return c - 'a' + 26;
    }
    if (c >= '0' && c <= '9') {
        return c - '0' + 52;
    }
    return c == '-' ? 62 : c == '_' ? 63 : -1;
}

int str_base64url_decode(const char *s, size_t n, void *out, size_t out_size)
{
    unsigned char *to = out;
    size_t size = n / 4 * 3 + (n % 4 ? n % 4 - 1 : 0), done = 0;
    uint32_t bits = 0;
    int held = 0, v;

    if (n % 4 == 1 || size > out_size || size > INT32_MAX) {
        return -1;
    }
    for (size_t i = 0; i < n; i++) {
        v = base64url_value(s[i]);
        if (v < 0) {
            return -1;
        }
        bits = bits << 6 | (uint32_t)v;
        held += 6;
        if (held >= 8) {
            held -= 8;
            to[done++] = (unsigned char)(bits >> held);
        }
    }
    if (bits & ((1u << held) - 1)) { /* tail bits that carry nothing must be zero, or one text would have two spellings */
        return -1;
    }
    return (int)done;
}

void str_hex_encode(const void *p, size_t n, char *out)
{
    static const char digits[] = "0123456789abcdef";
    const unsigned char *in = p;

    for (size_t i = 0; i < n; i++) {
        *out++ = digits[in[i] >> 4];
        *out++ = digits[in[i] & 15];
    }
    *out = '\0';
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c = (char)lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int str_hex_decode(const char *s, size_t n, void *out, size_t out_size)
{
    unsigned char *to = out;
    int high, low;

    if (n % 2 || n / 2 > out_size || n / 2 > INT32_MAX) {
        return -1;
    }
    for (size_t i = 0; i < n; i += 2) {
        high = hex_value(s[i]);
        low = hex_value(s[i + 1]);
        if (high < 0 || low < 0) {
            return -1;
        }
        to[i / 2] = (unsigned char)(high << 4 | low);
    }
    return (int)(n / 2);
}

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

const char *str_snake_case(struct arena *a, const char *camel)
{
    size_t n = strlen(camel), capitals = 0;
    char *out, *to;

    for (size_t i = 0; i < n; i++) {
        capitals += is_upper(camel[i]);
    }
    if (!capitals) {
        return camel;
    }
    out = to = arena_alloc(a, n + capitals + 1);
    for (size_t i = 0; i < n; i++) {
        /* A run of capitals is one word: userID, userIDList -> user_id, user_id_list. */
        if (is_upper(camel[i]) && i && camel[i - 1] != '_' &&
            (!is_upper(camel[i - 1]) || (camel[i + 1] >= 'a' && camel[i + 1] <= 'z'))) {
            *to++ = '_';
        }
        *to++ = (char)lower(camel[i]);
    }
    *to = '\0';
    return out;
}

char **str_split(struct arena *a, const char *s, char sep, size_t *ret_count)
{
    size_t most = 1, count = 0;
    const char *end;
    char **parts;

    for (const char *p = s; *p; p++) {
        most += *p == sep;
    }
    parts = arena_alloc(a, (most + 1) * sizeof *parts);
    for (;; s = end + 1) {
        const char *from = s, *to;

        end = strchrnul(s, sep);
        from += strspn(from, " \t");
        to = end;
        while (to > from && (to[-1] == ' ' || to[-1] == '\t')) {
            to--;
        }
        if (to > from) {
            parts[count++] = arena_strndup(a, from, (size_t)(to - from));
        }
        if (!*end) {
            break;
        }
    }
    parts[count] = NULL;
    *ret_count = count;
    return parts;
}

uint64_t str_hash(const void *p, size_t n, uint64_t seed)
{
    static unsigned char key[crypto_shorthash_KEYBYTES];
    static bool drawn;
    unsigned char seeded[sizeof key];
    uint64_t hash, half;

    if (!drawn) {
        if (sodium_init() < 0) {
            abort();
        }
        crypto_shorthash_keygen(key);
        drawn = true;
    }
    memcpy(seeded, key, sizeof key);
    memcpy(&half, seeded, sizeof half);
    half ^= seed;
    memcpy(seeded, &half, sizeof half);
    _Static_assert(crypto_shorthash_BYTES == sizeof hash, "SipHash-2-4 gives 64 bits");
    crypto_shorthash((unsigned char *)&hash, p, n, seeded);
    return hash;
}
