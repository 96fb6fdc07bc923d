/* arena.c - a chain of blocks, each handed out front to back. See arena.h. */
#include "core/arena.h"
#include "core/log.h"

#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_ASAN 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) && !defined(ARENA_ASAN)
#define ARENA_ASAN 1
#endif
#ifdef ARENA_ASAN
#include <sanitizer/asan_interface.h>
#define ARENA_GAP 16 /* poisoned bytes behind each allocation, so that the sanitizer sees an overrun */
#define POISON(p, n) ASAN_POISON_MEMORY_REGION((p), (n))
#define UNPOISON(p, n) ASAN_UNPOISON_MEMORY_REGION((p), (n))
#else
#define ARENA_GAP 0
#define POISON(p, n) ((void)(p), (void)(n))
#define UNPOISON(p, n) ((void)(p), (void)(n))
#endif

enum {
    ARENA_BLOCK = 64 * 1024,
    ARENA_LARGE = 16 * 1024, /* from here on an allocation gets a block of its own */
    ARENA_ALIGN = alignof(max_align_t),
};

struct block {
    struct block *next;
    size_t size; /* bytes in data */
    size_t used;
    alignas(max_align_t) unsigned char data[];
};

struct adopted {
    struct adopted *next;
    void *p;
    void (*release)(void *);
};

struct arena {
    struct block *first;   /* kept over a reset */
    struct block *current; /* where small allocations come from */
    struct block *others;  /* all blocks but the first */
    struct adopted *adopted;
    size_t used;
    size_t ceiling;
};

static struct block *block_new(size_t size)
{
    struct block *b = malloc(sizeof *b + size);

    if (!b) {
        LOG(LOG_ERROR, "arena_no_memory", LOG_INT("bytes", (int64_t)size));
        abort();
    }
    b->next = NULL;
    b->size = size;
    b->used = 0;
    POISON(b->data, size);
    return b;
}

static void block_free(struct block *b)
{
    UNPOISON(b->data, b->size);
    free(b);
}

struct arena *arena_create(size_t ceiling)
{
    struct arena *a = calloc(1, sizeof *a);

    if (!a) {
        LOG(LOG_ERROR, "arena_no_memory", LOG_INT("bytes", (int64_t)sizeof *a));
        abort();
    }
    a->ceiling = ceiling;
    a->first = a->current = block_new(ARENA_BLOCK);
    return a;
}

void arena_destroy(struct arena *a)
{
    if (!a) {
        return;
    }
    arena_reset(a);
    block_free(a->first);
    free(a);
}

void arena_reset(struct arena *a)
{
    struct block *b, *next;

    /* The list lives in the blocks, so it goes first. A release function may not allocate from the arena it is leaving. */
    for (struct adopted *d = a->adopted; d; d = d->next) {
        d->release(d->p);
    }
    a->adopted = NULL;
    for (b = a->others; b; b = next) {
        next = b->next;
        block_free(b);
    }
    a->others = NULL;
    a->current = a->first;
    a->first->used = 0;
    a->used = 0;
    POISON(a->first->data, a->first->size);
}

static struct block *block_add(struct arena *a, size_t size)
{
    struct block *b = block_new(size);

    b->next = a->others;
    a->others = b;
    return b;
}

static __attribute__((noreturn)) void over_ceiling(const struct arena *a, size_t size)
{
    LOG(LOG_ERROR, "arena_ceiling", LOG_INT("ceiling", (int64_t)a->ceiling), LOG_INT("used", (int64_t)a->used),
        LOG_INT("asked", size > INT64_MAX ? INT64_MAX : (int64_t)size));
    abort();
}

void *arena_alloc(struct arena *a, size_t size)
{
    struct block *b = a->current;
    size_t rounded;
    void *p;

    if (size > a->ceiling - a->used) {
        over_ceiling(a, size);
    }
    rounded = (size + !size + ARENA_ALIGN - 1) / ARENA_ALIGN * ARENA_ALIGN;
    if (rounded > a->ceiling - a->used) {
        over_ceiling(a, size);
    }
    a->used += rounded;
    if (rounded + ARENA_GAP > b->size - b->used) {
        if (rounded >= ARENA_LARGE) {
            b = block_add(a, rounded + ARENA_GAP);
        } else {
            b = a->current = block_add(a, ARENA_BLOCK);
        }
    }
    p = b->data + b->used;
    b->used += rounded + ARENA_GAP;
    UNPOISON(p, size);
    return p;
}

void *arena_zalloc(struct arena *a, size_t size)
{
    return memset(arena_alloc(a, size), 0, size);
}

char *arena_strndup(struct arena *a, const char *s, size_t n)
{
    char *p = arena_alloc(a, n + 1);

    memcpy(p, s, n);
    p[n] = '\0';
    return p;
}

char *arena_strdup(struct arena *a, const char *s)
{
    return arena_strndup(a, s, strlen(s));
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
    char small[256], *p;
    va_list ap, again;
    int n;

    va_start(ap, fmt);
    va_copy(again, ap);
    n = vsnprintf(small, sizeof small, fmt, ap);
    va_end(ap);
    if (n < 0) { /* only a conversion error of wide characters, which we don't print */
        abort();
    }
    p = arena_alloc(a, (size_t)n + 1);
    if ((size_t)n < sizeof small) {
        memcpy(p, small, (size_t)n + 1);
    } else {
        vsnprintf(p, (size_t)n + 1, fmt, again);
    }
    va_end(again);
    return p;
}

void arena_adopt(struct arena *a, void *p, void (*release)(void *))
{
    struct adopted *d;

    if (!p) {
        return;
    }
    d = arena_alloc(a, sizeof *d);
    *d = (struct adopted){ .next = a->adopted, .p = p, .release = release };
    a->adopted = d;
}

size_t arena_used(const struct arena *a)
{
    return a->used;
}
