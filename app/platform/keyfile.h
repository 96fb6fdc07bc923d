/* keyfile.h - files of secret keys: lines `kid hex`, of which the first is the current one. Used by jwt and seal alone.
 *
 * A file that others may read, or that the group may write, is refused: it can no longer be called a secret. Group-readable
 * is accepted, since a service may read through its group what root wrote. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { KEYFILE_KID_SIZE = 17, KEYFILE_SECRET_MAX = 64, KEYFILE_KEYS_MAX = 8 };

struct keyfile_key {
    char kid[KEYFILE_KID_SIZE]; /* [A-Za-z0-9_-]{1,16} */
    uint8_t secret[KEYFILE_SECRET_MAX];
    size_t size;
};

struct keyfile {
    struct keyfile_key keys[KEYFILE_KEYS_MAX];
    int count; /* 0 when nothing was read */
};

/* Reads dir/name; every secret has between min and max bytes (at most KEYFILE_SECRET_MAX), no kid stands twice, there is at
 * least one key. Blank lines and lines that begin with '#' are skipped. False with words (never a secret) in err, and *ret is
 * untouched. */
bool keyfile_load(const char *dir, const char *name, size_t min, size_t max, struct keyfile *ret, char *err, unsigned err_size);

/* Makes dir/name (0600, and dir with 0700 if need be) with one random key of `size` bytes whose kid is the date and a random
 * end. It appears complete or not at all; an existing one is left alone, and that is success. */
bool keyfile_make(const char *dir, const char *name, size_t size, char *err, unsigned err_size);

/* The key of that name; NULL when there is none. `kid` need not end with NUL. */
const struct keyfile_key *keyfile_find(const struct keyfile *k, const char *kid, size_t kid_size);
