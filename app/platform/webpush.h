/* webpush.h - messages to browsers: encrypted for one of them (RFC 8291, with aes128gcm of RFC 8188) and signed by this installation (VAPID,
 * RFC 8292, ES256). OpenSSL's EVP interface; the only file pair that sees it. Sending is platform/push_service.
 *
 * Keys are keys_dir/push.keys (lines `kid hex-of-32-bytes`, a scalar of P-256; see keyfile.h on who may read it). A browser is bound to the
 * key that it subscribed with: new ones get the first, the others are there for those who have them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct buf;

enum {
    WEBPUSH_KEY = 65,    /* bytes of a browser's public key: a point of P-256, uncompressed */
    WEBPUSH_SECRET = 16, /* bytes of its secret */
    WEBPUSH_SALT = 16,
    WEBPUSH_SCALAR = 32,
    WEBPUSH_MOST =
        3993, /* bytes of a message, so that it is 4,096 at most when it is encrypted: all that a push service has to take */
    WEBPUSH_LIFE = 12 * 3600 /* s for which a signature is good; RFC 8292 allows a day */
};

bool webpush_make_keys(const char *keys_dir, char *err, unsigned err_size); /* 0600, unless it exists */
bool webpush_load_keys(const char *keys_dir, char *err, unsigned err_size);

/* Name of the key that new subscriptions are bound to; NULL when none is loaded. */
const char *webpush_kid(void);
/* A public key as browsers and push services take it (base64url); kid NULL is the first. NULL for one that isn't there. */
const char *webpush_public(const char *kid);

/* Whether that is a point of P-256: what isn't can't be encrypted for. */
bool webpush_key_fits(const uint8_t key[WEBPUSH_KEY]);

/* Whom a message is for, as the browser's subscription says. */
struct webpush_reader {
    uint8_t key[WEBPUSH_KEY], secret[WEBPUSH_SECRET];
};

/* Appends the encrypted message: the body of the request. It is padded to whole 256 bytes where there is room, so that its length says little. False
 * when it is longer than WEBPUSH_MOST, or the reader's key is no point of the curve. */
bool webpush_encrypt(struct buf *out, const struct webpush_reader *to, const void *text, size_t size);
/* The same with a salt and a key pair that are given, and zeros behind the text: for the examples of RFC 8291. */
bool webpush_encrypt_with(struct buf *out, const struct webpush_reader *to, const void *text, size_t size, size_t zeros,
                          const uint8_t salt[WEBPUSH_SALT], const uint8_t scalar[WEBPUSH_SCALAR]);

/* Value of the header Authorization for a push service: "vapid t=…, k=…". `origin` is the endpoint's ("https://push.example"), `contact` a mailto: or
 * https: address of who runs this installation, `now` in seconds. NULL without that key. */
const char *webpush_authorization(struct arena *a, const char *kid, const char *origin, const char *contact, int64_t now);
