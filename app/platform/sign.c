/* sign.c - see sign.h. */
#include "platform/sign.h"

#include "core/str.h"
#include "platform/keyfile.h"
#include <sodium.h>
#include <stdio.h>
#include <string.h>

_Static_assert(SIGN_SIZE == crypto_sign_BYTES && SIGN_PUBLIC_SIZE == crypto_sign_PUBLICKEYBYTES, "Ed25519");

static const char file_name[] = "audit.keys";

static struct {
    char kid[KEYFILE_KID_SIZE];
    uint8_t public_key[SIGN_PUBLIC_SIZE], secret[crypto_sign_SECRETKEYBYTES];
    bool signs;
} keys[KEYFILE_KEYS_MAX];
static int key_count;

bool sign_make_keys(const char *keys_dir, char *err, unsigned err_size)
{
    return keyfile_make(keys_dir, file_name, crypto_sign_SEEDBYTES, err, err_size);
}

bool sign_load_keys(const char *keys_dir, char *err, unsigned err_size)
{
    struct keyfile k;
    if (sodium_init() < 0) {
        snprintf(err, err_size, "libsodium does not start");
        return false;
    }
    if (!keyfile_load(keys_dir, file_name, crypto_sign_SEEDBYTES, crypto_sign_SEEDBYTES, &k, err, err_size)) {
        return false;
    }
    key_count = k.count;
    for (int i = 0; i < k.count; i++) {
        memcpy(keys[i].kid, k.keys[i].kid, sizeof keys[i].kid);
        keys[i].signs = crypto_sign_seed_keypair(keys[i].public_key, keys[i].secret, k.keys[i].secret) == 0;
    }
    sodium_memzero(&k, sizeof k);
    return true;
}

bool sign_add_public(const char *kid, const uint8_t public_key[SIGN_PUBLIC_SIZE])
{
    if (sodium_init() < 0 || key_count == KEYFILE_KEYS_MAX || strlen(kid) >= sizeof keys[0].kid) {
        return false;
    }
    snprintf(keys[key_count].kid, sizeof keys[0].kid, "%s", kid);
    memcpy(keys[key_count].public_key, public_key, SIGN_PUBLIC_SIZE);
    keys[key_count++].signs = false;
    return true;
}

const char *sign(const void *p, size_t n, uint8_t out[SIGN_SIZE])
{
    bool done = key_count > 0 && keys[0].signs && crypto_sign_detached(out, NULL, p, n, keys[0].secret) == 0;
    return done ? keys[0].kid : NULL;
}

bool sign_verify(const char *kid, const void *p, size_t n, const uint8_t *signature, size_t signature_size)
{
    for (int i = 0; i < key_count && signature_size == SIGN_SIZE; i++) {
        if (str_eq(keys[i].kid, kid)) {
            return crypto_sign_verify_detached(signature, p, n, keys[i].public_key) == 0;
        }
    }
    return false;
}

const char *sign_public(int n, uint8_t out[SIGN_PUBLIC_SIZE])
{
    if (n < 0 || n >= key_count) {
        return NULL;
    }
    memcpy(out, keys[n].public_key, SIGN_PUBLIC_SIZE);
    return keys[n].kid;
}
