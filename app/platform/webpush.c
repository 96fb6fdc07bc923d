/* webpush.c - see webpush.h. */
#include "platform/webpush.h"

#include "core/arena.h"
#include "core/buf.h"
#include "core/str.h"
#include "platform/keyfile.h"
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/obj_mac.h>
#include <openssl/param_build.h>
#include <openssl/params.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

enum { RECORD = 4096, TAG = 16, CEK = 16, NONCE = 12, SHARED = 32, STEP = 256, PUBLIC_TEXT = 88 };

static const char file_name[] = "push.keys";

static struct {
    char kid[KEYFILE_KID_SIZE], text[PUBLIC_TEXT];
    EVP_PKEY *pair;
} keys[KEYFILE_KEYS_MAX];
static int key_count;

/* ---- key pairs ---- */

/* The scalar as a number of the group: what isn't one is brought into it, so that any 32 bytes are a key. */
static BIGNUM *make_scalar(const EC_GROUP *group, const uint8_t bytes[WEBPUSH_SCALAR])
{
    const BIGNUM *order = EC_GROUP_get0_order(group);
    BIGNUM *n = BN_bin2bn(bytes, WEBPUSH_SCALAR, BN_secure_new());
    if (n != NULL && BN_cmp(n, order) >= 0) {
        BN_sub(n, n, order);
    }
    if (n != NULL && BN_is_zero(n)) {
        BN_one(n);
    }
    return n;
}

static EVP_PKEY *make_key(const BIGNUM *scalar, const uint8_t point[WEBPUSH_KEY])
{
    EVP_PKEY *key = NULL;
    OSSL_PARAM *params = NULL;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
    bool good = context != NULL && bld != NULL &&
                OSSL_PARAM_BLD_push_utf8_string(bld, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) == 1 &&
                OSSL_PARAM_BLD_push_octet_string(bld, OSSL_PKEY_PARAM_PUB_KEY, point, WEBPUSH_KEY) == 1 &&
                (scalar == NULL || OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_PRIV_KEY, scalar) == 1);
    if (good && (params = OSSL_PARAM_BLD_to_param(bld)) != NULL && EVP_PKEY_fromdata_init(context) == 1) {
        EVP_PKEY_fromdata(context, &key, scalar != NULL ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY, params);
    }
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(bld);
    EVP_PKEY_CTX_free(context);
    return key;
}

/* The pair of a scalar, and its public part; NULL without memory. */
static EVP_PKEY *make_pair(const uint8_t bytes[WEBPUSH_SCALAR], uint8_t ret_public[WEBPUSH_KEY])
{
    EVP_PKEY *pair = NULL;
    EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
    EC_POINT *point = group != NULL ? EC_POINT_new(group) : NULL;
    BIGNUM *scalar = group != NULL ? make_scalar(group, bytes) : NULL;
    if (point != NULL && scalar != NULL && EC_POINT_mul(group, point, scalar, NULL, NULL, NULL) == 1 &&
        EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED, ret_public, WEBPUSH_KEY, NULL) == WEBPUSH_KEY) {
        pair = make_key(scalar, ret_public);
    }
    BN_clear_free(scalar);
    EC_POINT_free(point);
    EC_GROUP_free(group);
    return pair;
}

bool webpush_key_fits(const uint8_t key[WEBPUSH_KEY])
{
    EVP_PKEY *k = key[0] == POINT_CONVERSION_UNCOMPRESSED ? make_key(NULL, key) : NULL;
    bool fits = k != NULL;
    EVP_PKEY_free(k);
    return fits;
}

/* ---- this installation's ---- */

bool webpush_make_keys(const char *keys_dir, char *err, unsigned err_size)
{
    return keyfile_make(keys_dir, file_name, WEBPUSH_SCALAR, err, err_size);
}

bool webpush_load_keys(const char *keys_dir, char *err, unsigned err_size)
{
    struct keyfile k;
    bool good = true;
    if (!keyfile_load(keys_dir, file_name, WEBPUSH_SCALAR, WEBPUSH_SCALAR, &k, err, err_size)) {
        return false;
    }
    for (int i = 0; i < key_count; i++) {
        EVP_PKEY_free(keys[i].pair);
    }
    key_count = k.count;
    for (int i = 0; i < k.count; i++) {
        uint8_t point[WEBPUSH_KEY];
        memcpy(keys[i].kid, k.keys[i].kid, sizeof keys[i].kid);
        keys[i].pair = make_pair(k.keys[i].secret, point);
        str_base64url_encode(point, sizeof point, keys[i].text);
        good = good && keys[i].pair != NULL;
    }
    sodium_memzero(&k, sizeof k);
    if (!good) {
        snprintf(err, err_size, "%s: OpenSSL makes no key of it", file_name);
    }
    return good;
}

static int find_key(const char *kid)
{
    for (int i = 0; i < key_count; i++) {
        if (kid == NULL || str_eq(keys[i].kid, kid)) {
            return i;
        }
    }
    return -1;
}

const char *webpush_kid(void)
{
    return key_count > 0 ? keys[0].kid : NULL;
}

const char *webpush_public(const char *kid)
{
    int i = find_key(kid);
    return i >= 0 ? keys[i].text : NULL;
}

/* ---- encryption ---- */

static bool agree(EVP_PKEY *own, EVP_PKEY *other, uint8_t ret[SHARED])
{
    size_t n = SHARED;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, own, NULL);
    bool good = context != NULL && EVP_PKEY_derive_init(context) == 1 && EVP_PKEY_derive_set_peer(context, other) == 1 &&
                EVP_PKEY_derive(context, ret, &n) == 1 && n == SHARED;
    EVP_PKEY_CTX_free(context);
    return good;
}

/* HKDF with SHA-256 (RFC 5869). */
static bool stretch(const uint8_t *salt, size_t salt_size, const uint8_t *key, size_t key_size, const void *info,
                    size_t info_size, uint8_t *ret, size_t size)
{
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
    EVP_KDF_CTX *context = kdf != NULL ? EVP_KDF_CTX_new(kdf) : NULL;
    char digest[] = "SHA256";
    const OSSL_PARAM params[] = { OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
                                  OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, (void *)key, key_size),
                                  OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, (void *)salt, salt_size),
                                  OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, (void *)info, info_size),
                                  OSSL_PARAM_construct_end() };
    bool good = context != NULL && EVP_KDF_derive(context, ret, size, params) == 1;
    EVP_KDF_CTX_free(context);
    EVP_KDF_free(kdf);
    return good;
}

/* What the message is encrypted with (RFC 8291 §3.4). */
static bool derive(EVP_PKEY *own, const uint8_t own_public[WEBPUSH_KEY], const struct webpush_reader *to,
                   const uint8_t salt[WEBPUSH_SALT], uint8_t cek[CEK], uint8_t nonce[NONCE])
{
    static const char whose[] = "WebPush: info", cek_info[] = "Content-Encoding: aes128gcm",
                      nonce_info[] = "Content-Encoding: nonce"; /* each with the NUL that ends it */
    uint8_t shared[SHARED], ikm[SHARED], info[sizeof whose + 2 * WEBPUSH_KEY];
    EVP_PKEY *other = make_key(NULL, to->key);
    memcpy(info, whose, sizeof whose);
    memcpy(info + sizeof whose, to->key, WEBPUSH_KEY);
    memcpy(info + sizeof whose + WEBPUSH_KEY, own_public, WEBPUSH_KEY);
    bool good = other != NULL && agree(own, other, shared) &&
                stretch(to->secret, WEBPUSH_SECRET, shared, SHARED, info, sizeof info, ikm, sizeof ikm) &&
                stretch(salt, WEBPUSH_SALT, ikm, sizeof ikm, cek_info, sizeof cek_info, cek, CEK) &&
                stretch(salt, WEBPUSH_SALT, ikm, sizeof ikm, nonce_info, sizeof nonce_info, nonce, NONCE);
    EVP_PKEY_free(other);
    sodium_memzero(shared, sizeof shared);
    sodium_memzero(ikm, sizeof ikm);
    return good;
}

/* One record, the last: the text, the byte 2, zeros (RFC 8188 §2). */
static bool encrypt_record(char *to, const uint8_t cek[CEK], const uint8_t nonce[NONCE], const void *text, size_t size,
                           size_t zeros)
{
    static const uint8_t end[STEP] = { 2 };
    int n = 0, more = 0, last = 0;
    uint8_t *p = (uint8_t *)to;
    EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    bool good = c != NULL && EVP_EncryptInit_ex(c, EVP_aes_128_gcm(), NULL, cek, nonce) == 1 &&
                EVP_EncryptUpdate(c, p, &n, text, (int)size) == 1 &&
                EVP_EncryptUpdate(c, p + n, &more, end, (int)zeros + 1) == 1 &&
                EVP_EncryptFinal_ex(c, p + n + more, &last) == 1 &&
                EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_GET_TAG, TAG, p + n + more + last) == 1;
    EVP_CIPHER_CTX_free(c);
    return good && (size_t)n + (size_t)more + (size_t)last == size + 1 + zeros;
}

bool webpush_encrypt_with(struct buf *out, const struct webpush_reader *to, const void *text, size_t size, size_t zeros,
                          const uint8_t salt[WEBPUSH_SALT], const uint8_t scalar[WEBPUSH_SCALAR])
{
    static const uint8_t record[4] = { RECORD >> 24, RECORD >> 16 & 255, RECORD >> 8 & 255, RECORD & 255 };
    uint8_t own_public[WEBPUSH_KEY], cek[CEK], nonce[NONCE];
    if (zeros >= STEP || size + zeros > WEBPUSH_MOST || !webpush_key_fits(to->key)) {
        return false;
    }
    EVP_PKEY *own = make_pair(scalar, own_public);
    bool good = own != NULL && derive(own, own_public, to, salt, cek, nonce);
    EVP_PKEY_free(own);
    if (good) {
        buf_append(out, salt, WEBPUSH_SALT);
        buf_append(out, record, sizeof record);
        buf_char(out, WEBPUSH_KEY);
        buf_append(out, own_public, WEBPUSH_KEY);
        char *room = buf_reserve(out, size + 1 + zeros + TAG);
        good = room != NULL && encrypt_record(room, cek, nonce, text, size, zeros);
        out->len += good ? size + 1 + zeros + TAG : 0;
    }
    sodium_memzero(cek, sizeof cek);
    return good && !out->failed;
}

bool webpush_encrypt(struct buf *out, const struct webpush_reader *to, const void *text, size_t size)
{
    uint8_t salt[WEBPUSH_SALT], scalar[WEBPUSH_SCALAR];
    size_t zeros = (STEP - size % STEP) % STEP;
    if (size > WEBPUSH_MOST) {
        return false;
    }
    zeros = size + zeros > WEBPUSH_MOST ? WEBPUSH_MOST - size : zeros;
    randombytes_buf(salt, sizeof salt);
    randombytes_buf(scalar, sizeof scalar);
    bool good = webpush_encrypt_with(out, to, text, size, zeros, salt, scalar);
    sodium_memzero(scalar, sizeof scalar);
    return good;
}

/* ---- VAPID ---- */

/* ES256 as JWS has it: r and s, 32 bytes each (RFC 7518 §3.4). */
static bool sign_text(EVP_PKEY *pair, const char *text, uint8_t ret[64])
{
    uint8_t der[80];
    size_t n = sizeof der;
    const uint8_t *p = der;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good = context != NULL && EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, pair) == 1 &&
                EVP_DigestSign(context, der, &n, (const uint8_t *)text, strlen(text)) == 1;
    ECDSA_SIG *sig = good ? d2i_ECDSA_SIG(NULL, &p, (long)n) : NULL;
    good = sig != NULL && BN_bn2binpad(ECDSA_SIG_get0_r(sig), ret, 32) == 32 &&
           BN_bn2binpad(ECDSA_SIG_get0_s(sig), ret + 32, 32) == 32;
    ECDSA_SIG_free(sig);
    EVP_MD_CTX_free(context);
    return good;
}

static const char *base64url(struct arena *a, const void *p, size_t n)
{
    char *text = arena_alloc(a, str_base64url_size(n) + 1);
    str_base64url_encode(p, n, text);
    return text;
}

static const char *claims(struct arena *a, const char *origin, const char *contact, int64_t now)
{
    struct buf b = { 0 };
    buf_str(&b, "{\"aud\":");
    buf_json_str(&b, origin);
    buf_printf(&b, ",\"exp\":%lld,\"sub\":", (long long)now + WEBPUSH_LIFE);
    buf_json_str(&b, contact);
    buf_char(&b, '}');
    const char *text = base64url(a, b.data, b.len);
    buf_free(&b);
    return text;
}

const char *webpush_authorization(struct arena *a, const char *kid, const char *origin, const char *contact, int64_t now)
{
    static const char header[] = "{\"typ\":\"JWT\",\"alg\":\"ES256\"}";
    uint8_t signature[64];
    int i = find_key(kid);
    if (i < 0) {
        return NULL;
    }
    const char *text = arena_printf(a, "%s.%s", base64url(a, header, sizeof header - 1), claims(a, origin, contact, now));
    if (!sign_text(keys[i].pair, text, signature)) {
        return NULL;
    }
    return arena_printf(a, "vapid t=%s.%s, k=%s", text, base64url(a, signature, sizeof signature), keys[i].text);
}
