/* seal.c - see seal.h. The bytes under the base64url: one byte with the length of the kid, the kid, a random nonce of 24
 * bytes, the ciphertext with its tag. The purpose is the additional data. A random nonce of that size may be drawn without
 * counting (XChaCha20-Poly1305, draft-irtf-cfrg-xchacha §3.1). */
#include "platform/seal.h"
#include "core/arena.h"
#include "core/str.h"
#include "platform/keyfile.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum {
    KEY = crypto_aead_xchacha20poly1305_ietf_KEYBYTES,
    NONCE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
    TAG = crypto_aead_xchacha20poly1305_ietf_ABYTES,
    TEXT_MAX = 1 << 24, /* characters; what is longer isn't ours */
};

static const char file_name[] = "seal.keys";
static struct keyfile keys;

static void ensure_sodium(void)
{
    static bool ready;

    if (!ready && sodium_init() < 0) {
        abort();
    }
    ready = true;
}

bool seal_load_keys(const char *keys_dir, char *err, unsigned err_size)
{
    ensure_sodium();
    return keyfile_load(keys_dir, file_name, KEY, KEY, &keys, err, err_size);
}

bool seal_make_keys(const char *keys_dir, char *err, unsigned err_size)
{
    return keyfile_make(keys_dir, file_name, KEY, err, err_size);
}

char *seal(struct arena *a, const char *purpose, const void *p, size_t n)
{
    const struct keyfile_key *key = keys.keys;
    size_t kid_size, size;
    unsigned char *raw, *nonce;
    char *text;

    if (!keys.count) {
        return NULL;
    }
    kid_size = strlen(key->kid);
    size = 1 + kid_size + NONCE + n + TAG;
    raw = arena_alloc(a, size);
    raw[0] = (unsigned char)kid_size;
    memcpy(raw + 1, key->kid, kid_size);
    nonce = raw + 1 + kid_size;
    randombytes_buf(nonce, NONCE);
    crypto_aead_xchacha20poly1305_ietf_encrypt(nonce + NONCE, NULL, p, n, (const unsigned char *)purpose, strlen(purpose), NULL,
                                               nonce, key->secret);
    text = arena_alloc(a, str_base64url_size(size) + 1);
    str_base64url_encode(raw, size, text);
    return text;
}

void *seal_open(struct arena *a, const char *purpose, const char *text, size_t *ret_n)
{
    const struct keyfile_key *key;
    unsigned char *raw, *nonce, *out;
    unsigned long long out_size;
    size_t length, kid_size, sealed;
    int size;

    length = text ? strnlen(text, TEXT_MAX + 1) : 0;
    if (!length || length > TEXT_MAX) {
        return NULL;
    }
    raw = arena_alloc(a, length);
    size = str_base64url_decode(text, length, raw, length);
    if (size < 1) {
        return NULL;
    }
    kid_size = raw[0];
    if ((size_t)size < 1 + kid_size + NONCE + TAG) {
        return NULL;
    }
    key = keyfile_find(&keys, (const char *)raw + 1, kid_size);
    if (!key) {
        return NULL;
    }
    nonce = raw + 1 + kid_size;
    sealed = (size_t)size - 1 - kid_size - NONCE;
    out = arena_alloc(a, sealed - TAG + 1);
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(out, &out_size, NULL, nonce + NONCE, sealed, (const unsigned char *)purpose,
                                                   strlen(purpose), nonce, key->secret) != 0) {
        return NULL;
    }
    out[out_size] = '\0';
    if (ret_n) {
        *ret_n = (size_t)out_size;
    }
    return out;
}

void seal_random(void *p, size_t n)
{
    ensure_sodium();
    randombytes_buf(p, n);
}

void seal_random_token(char out[SEAL_TOKEN_SIZE])
{
    unsigned char random[32];

    ensure_sodium();
    randombytes_buf(random, sizeof random);
    str_base64url_encode(random, sizeof random, out);
    sodium_memzero(random, sizeof random);
}

void seal_digest(const void *p, size_t n, uint8_t out[32])
{
    ensure_sodium();
    crypto_generichash(out, 32, p, n, NULL, 0);
}
