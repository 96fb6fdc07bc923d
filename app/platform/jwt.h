/* jwt.h - access tokens: JWT, HS256 only, keys by kid (RFC 7519, RFC 8725). The only file pair that sees libjwt.
 *
 * libjwt 1.10 checks no claim and reads out of bounds on malformed tokens, so a strict check of shape (three non-empty
 * parts of canonical base64url, a header of exactly alg=HS256, typ=JWT, a known kid) comes before it, and every claim is
 * checked here. */
#pragma once

#include "core/uuid.h"
#include <stdbool.h>
#include <stdint.h>

struct arena;

struct jwt_brand {
    struct uuid id;
    const char *role;
};

struct jwt_claims {
    struct uuid user_id;    /* sub */
    struct uuid session_id; /* sessionId */
    bool has_brand;
    struct uuid current_brand; /* currentBrand */
    bool is_view;              /* view: somebody else looks with this person's eyes, at the current brand alone */
    const char *email;
    int64_t issued_at, expires_at;  /* seconds */
    const struct jwt_brand *brands; /* when signing: written as brands:[{brandId, role}]; not read back */
    int brand_count;
};

enum jwt_verdict { JWT_OK, JWT_INVALID, JWT_EXPIRED };

/* Reads keys_dir/jwt.keys: lines `kid hex-of-32-or-more-bytes`, the first signs, all verify. False with words in err. */
bool jwt_load_keys(const char *keys_dir, char *err, unsigned err_size);
/* Makes the file (0600) with one random key unless it exists. */
bool jwt_make_keys(const char *keys_dir, char *err, unsigned err_size);

/* The compact token, in the arena. iss is CONF_PUBLIC_URL, aud "karara", nbf = iat; jti random. Brands that would make it
 * longer than 4,096 characters, which jwt_verify refuses, are left out. NULL without keys, or when the rest is too long. */
char *jwt_sign(struct arena *a, const struct jwt_claims *claims);

/* Verifies; remembers verified tokens per process until they expire (4,096 entries), since HS256 through libjwt costs 12
 * µs. Strings in *ret live in the arena. `now` in seconds; leeway 5 s on nbf and iat, none on exp. JWT_EXPIRED is said only
 * of a token that is genuine otherwise; *ret is untouched unless JWT_OK. */
enum jwt_verdict jwt_verify(struct arena *a, const char *token, int64_t now, struct jwt_claims *ret);
