/* password.h - Argon2id through libsodium, at most CONF_PASSWORD_AT_ONCE at once on this host.
 *
 * The limit is held by lock files below CONF_RUN_DIR (flock, so that a killed worker frees its place). Where none can be
 * made the work is done without it, and one line of the log says so. */
#pragma once

#include <stdbool.h>

struct arena;

/* PHC string, in the arena. Waits for a place. Aborts when the memory for the computation can't be had. */
char *password_hash(struct arena *a, const char *password);
/* True if it fits. With hash NULL (unknown person) the same work is done against a dummy and the answer is false. */
bool password_verify(const char *hash, const char *password);
/* True when the hash was made with weaker parameters than the settings ask. */
bool password_needs_rehash(const char *hash);
