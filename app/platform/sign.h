/* sign.h - signatures that others can verify (Ed25519, libsodium): of the audit log's heads.
 *
 * Keys are keys_dir/audit.keys (lines `kid hex-of-32-bytes`, a seed; see keyfile.h on who may read it): the first signs. What it
 * takes to verify is the public key, which anybody may have: kararactl audit key prints it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SIGN_SIZE = 64, SIGN_PUBLIC_SIZE = 32 };

bool sign_make_keys(const char *keys_dir, char *err, unsigned err_size); /* 0600, unless it exists */
bool sign_load_keys(const char *keys_dir, char *err, unsigned err_size);
/* In place of loading, for whoever verifies elsewhere: a key by its name and public part; false when it isn't one, or there are too many. */
bool sign_add_public(const char *kid, const uint8_t public_key[SIGN_PUBLIC_SIZE]);

/* Signs with the first key; its name, or NULL without a key. */
const char *sign(const void *p, size_t n, uint8_t out[SIGN_SIZE]);
/* Whether that key signed these bytes; false also for a key that isn't known. */
bool sign_verify(const char *kid, const void *p, size_t n, const uint8_t *signature, size_t signature_size);

/* The n-th key from 0, first the one that signs: its name, or NULL when there are no more. */
const char *sign_public(int n, uint8_t out[SIGN_PUBLIC_SIZE]);
