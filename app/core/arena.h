/* arena.h - memory that lives as long as one request.
 *
 * A worker owns one arena, allocates from it while it serves a request, and resets it after the reply. Nothing allocated here
 * is ever freed by hand. Knows neither HTTP nor SQL. Not for use by more than one thread. */
#pragma once

#include <stdarg.h>
#include <stddef.h>

struct arena;

/* Makes an arena whose requests together may hold at most `ceiling` bytes. Aborts when the system has no memory. */
struct arena *arena_create(size_t ceiling);

/* Frees everything, after running what was adopted. NULL is legal. */
void arena_destroy(struct arena *a);

/* Runs the adopted clean-ups, newest first, and makes all memory available again; keeps the first block. */
void arena_reset(struct arena *a);

/* Bytes aligned for any type, valid until the reset; arena_zalloc zeroes them. Never NULL: past the ceiling the process logs
 * "arena_ceiling" and aborts, so that a supervisor replaces it. */
void *arena_alloc(struct arena *a, size_t size) __attribute__((malloc, returns_nonnull));
void *arena_zalloc(struct arena *a, size_t size) __attribute__((malloc, returns_nonnull));

/* Copies; the result is NUL-terminated. arena_strndup copies exactly `n` bytes. */
char *arena_strdup(struct arena *a, const char *s) __attribute__((returns_nonnull));
char *arena_strndup(struct arena *a, const char *s, size_t n) __attribute__((returns_nonnull));
char *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3), returns_nonnull));

/* Hands over something another library allocated: `release(p)` runs at the reset. A NULL `p` is ignored. */
void arena_adopt(struct arena *a, void *p, void (*release)(void *));

/* Bytes in use since the last reset. */
size_t arena_used(const struct arena *a);
