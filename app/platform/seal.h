/* seal.h - small secrets and hashes (libsodium): sealed text that only this installation can open, opaque tokens, digests.
 *
 * Sealing is XChaCha20-Poly1305 under keys_dir/seal.keys (lines `kid hex-of-32-bytes`, first seals, all open; see keyfile.h
 * on who may read it); the kid leads the text. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

bool seal_load_keys(const char *keys_dir, char *err, unsigned err_size);
bool seal_make_keys(const char *keys_dir, char *err, unsigned err_size); /* 0600, unless it exists */

/* base64url text of the sealed bytes; `purpose` (e.g. "cursor") is authenticated: what was sealed for one opens for no other.
 * NULL only without keys. */
char *seal(struct arena *a, const char *purpose, const void *p, size_t n);
/* The bytes with a NUL behind them, or NULL for anything that seal() did not make under one of our keys for this purpose.
 * ret_n may be NULL. */
void *seal_open(struct arena *a, const char *purpose, const char *text, size_t *ret_n);

#define SEAL_TOKEN_SIZE 44 /* 43 characters of base64url and a NUL: 256 random bits */
void seal_random_token(char out[SEAL_TOKEN_SIZE]);
void seal_random(void *p, size_t n); /* bytes that nobody can guess */

/* BLAKE2b-256 of a token or body. */
void seal_digest(const void *p, size_t n, uint8_t out[32]);
