/* uuid.c - see uuid.h. Layout of version 7 and the counter in it: RFC 9562 §5.7 and §6.2, method 1. */
#include "core/uuid.h"
#include "core/clock.h"

#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum { POOL = 1024, COUNTER_MAX = 0xfff, COUNTER_START_MASK = 0x7ff };

/* Random bytes, drawn many at a time since each draw is a system call. A forked child must not repeat its parent's. */
static struct {
    unsigned char bytes[POOL];
    size_t left;
    uint64_t millisecond; /* of the last id */
    uint16_t counter;
    bool ready;
} mint;

static void forget(void)
{
    sodium_memzero(mint.bytes, sizeof mint.bytes);
    mint.left = 0;
    mint.millisecond = 0;
}

static void draw(void *to, size_t n)
{
    if (mint.left < n) {
        if (!mint.ready) {
            if (sodium_init() < 0 || pthread_atfork(NULL, NULL, forget) != 0) {
                abort();
            }
            mint.ready = true;
        }
        randombytes_buf(mint.bytes, sizeof mint.bytes);
        mint.left = sizeof mint.bytes;
    }
    mint.left -= n;
    memcpy(to, mint.bytes + mint.left, n);
}

struct uuid uuid_v7(void)
{
    uint64_t now = (uint64_t)(clock_now() / 1000);
    struct uuid u;

    draw(u.b + 8, 8);
    if (now > mint.millisecond) {
        mint.millisecond = now;
        draw(&mint.counter, sizeof mint.counter);
        mint.counter &= COUNTER_START_MASK; /* half of the range stays free to count in */
    } else if (mint.counter < COUNTER_MAX) {
        mint.counter++;
    } else { /* exhausted, or the wall clock went back: run ahead of it, order matters more */
        mint.millisecond++;
        mint.counter = 0;
    }
    for (int i = 0; i < 6; i++) {
        u.b[i] = (uint8_t)(mint.millisecond >> (40 - 8 * i));
    }
    u.b[6] = (uint8_t)(0x70 | mint.counter >> 8);
    u.b[7] = (uint8_t)mint.counter;
    u.b[8] = (uint8_t)(0x80 | (u.b[8] & 0x3f));
    return u;
}

bool uuid_is_nil(const struct uuid *u)
{
    static const struct uuid nil;

    return uuid_eq(u, &nil);
}

bool uuid_eq(const struct uuid *a, const struct uuid *b)
{
    return memcmp(a->b, b->b, sizeof a->b) == 0;
}

bool uuid_among(const struct uuid_list *list, const struct uuid *u)
{
    for (int i = 0; i < list->n; i++) {
        if (uuid_eq(&list->v[i], u)) {
            return true;
        }
    }
    return false;
}

void uuid_format(const struct uuid *u, char out[UUID_TEXT_SIZE])
{
    static const char digits[] = "0123456789abcdef";

    for (int i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10) {
            *out++ = '-';
        }
        *out++ = digits[u->b[i] >> 4];
        *out++ = digits[u->b[i] & 15];
    }
    *out = '\0';
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool uuid_parse(const char *s, struct uuid *ret)
{
    struct uuid u;
    int high, low;

    if (!s) {
        return false;
    }
    for (int i = 0; i < 16; i++) {
        if ((i == 4 || i == 6 || i == 8 || i == 10) && *s++ != '-') {
            return false;
        }
        high = hex_value(s[0]);
        low = high < 0 ? -1 : hex_value(s[1]);
        if (low < 0) {
            return false;
        }
        u.b[i] = (uint8_t)(high << 4 | low);
        s += 2;
    }
    if (*s) {
        return false;
    }
    *ret = u;
    return true;
}
