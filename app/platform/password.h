/* password.h - Argon2id through libsodium, at most password_at_once() of them at once on this host.
 *
 * The limit is held by lock files below CONF_RUN_DIR (flock, so that a killed worker frees its place). Where none can be
 * made the work is done without it, and one line of the log says so. */
#pragma once

#include <stdbool.h>

struct arena;

/* As many as may compute at once on this host, 1 to 1024: CONF_PASSWORD_AT_ONCE, or half the cores. */
int password_at_once(void);
/* Computations of this process so far, of either kind. */
unsigned long password_computations(void);
/* PHC string, in the arena. Waits for a place. Aborts when the memory for the computation can't be had. */
char *password_hash(struct arena *a, const char *password);
/* True if it fits. With hash NULL (unknown person) the same work is done against a dummy and the answer is false. */
bool password_verify(const char *hash, const char *password);
/* A hash that no password fits, which costs nothing to make; in the arena. */
char *password_of_nobody(struct arena *a);
/* True when the hash was made with weaker parameters than the settings ask. */
bool password_needs_rehash(const char *hash);
