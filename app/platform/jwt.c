/* jwt.c - see jwt.h. */
#include "platform/jwt.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/config.h"
#include "core/str.h"
#include "platform/keyfile.h"

#include <jansson.h>
#include <jwt.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum {
    TOKEN_MAX = 4096,  /* characters */
    SECRET_MIN = 32,   /* bytes: as long as the hash (RFC 7518 §3.2) */
    LEEWAY = 5,        /* seconds, for clocks of hosts that differ */
    SETS = 1024,       /* of the table of verified tokens */
    WAYS = 4,          /* places of one set */
    CLAIMS_MAX = 2880, /* bytes of JSON: with header and signature, in base64url, they stay below TOKEN_MAX */
};

static const char file_name[] = "jwt.keys";
static const char audience[] = "karara";

/* A token that was found genuine: the whole text, since a hash alone is no proof. */
struct verified {
    char *token; /* from malloc; NULL when the place is free */
    size_t size;
    uint64_t hash;
    int64_t not_before; /* the later of nbf and iat, less the leeway */
    char *email;        /* from malloc, or NULL */
    struct jwt_claims claims;
};

static struct keyfile keys;
static struct verified table[SETS][WAYS];

static void place_clear(struct verified *v)
{
    free(v->token);
    free(v->email);
    memset(v, 0, sizeof *v);
}

bool jwt_load_keys(const char *keys_dir, char *err, unsigned err_size)
{
    if (!keyfile_load(keys_dir, file_name, SECRET_MIN, KEYFILE_SECRET_MAX, &keys, err, err_size)) {
        return false;
    }
    for (int s = 0; s < SETS; s++) { /* a key may have been withdrawn */
        for (int w = 0; w < WAYS; w++) {
            place_clear(&table[s][w]);
        }
    }
    return true;
}

bool jwt_make_keys(const char *keys_dir, char *err, unsigned err_size)
{
    return keyfile_make(keys_dir, file_name, SECRET_MIN, err, err_size);
}

/* ---- signing ---- */

static void put_uuid(struct buf *b, const char *name, const struct uuid *id)
{
    char text[UUID_TEXT_SIZE];

    uuid_format(id, text);
    buf_printf(b, ",\"%s\":\"%s\"", name, text);
}

/* As many as fit: nothing depends on the list, and a token that is too long would be refused. */
static void put_brands(struct buf *b, const struct jwt_claims *c)
{
    char id[UUID_TEXT_SIZE];
    size_t before;

    buf_str(b, ",\"brands\":[");
    for (int i = 0; i < c->brand_count; i++) {
        before = b->len;
        uuid_format(&c->brands[i].id, id);
        buf_printf(b, "%s{\"brandId\":\"%s\",\"role\":", i ? "," : "", id);
        buf_json_str(b, c->brands[i].role);
        buf_char(b, '}');
        if (b->len + 2 > CLAIMS_MAX) {
            b->len = before;
            break;
        }
    }
    buf_char(b, ']');
}

static void put_claims(struct buf *b, const struct jwt_claims *c)
{
    unsigned char random[16];
    char jti[32];

    randombytes_buf(random, sizeof random);
    str_base64url_encode(random, sizeof random, jti);
    buf_str(b, "{\"iss\":");
    buf_json_str(b, config_text(CONF_PUBLIC_URL));
    buf_printf(b, ",\"aud\":\"%s\",\"jti\":\"%s\",\"iat\":%lld,\"nbf\":%lld,\"exp\":%lld", audience, jti,
               (long long)c->issued_at, (long long)c->issued_at, (long long)c->expires_at);
    put_uuid(b, "sub", &c->user_id);
    put_uuid(b, "sessionId", &c->session_id);
    if (c->has_brand) {
        put_uuid(b, "currentBrand", &c->current_brand);
    }
    if (c->is_view) {
        buf_str(b, ",\"view\":true");
    }
    if (c->email) {
        buf_str(b, ",\"email\":");
        buf_json_str(b, c->email);
    }
    put_brands(b, c);
    buf_char(b, '}');
}

char *jwt_sign(struct arena *a, const struct jwt_claims *claims)
{
    const struct keyfile_key *key = keys.keys;
    struct buf b = { .ceiling = 2 * CLAIMS_MAX };
    char *text = NULL, *token = NULL;
    jwt_t *jwt = NULL;

    if (!keys.count) {
        return NULL;
    }
    put_claims(&b, claims);
    if (!b.failed && b.len <= CLAIMS_MAX && jwt_new(&jwt) == 0 && jwt_add_header(jwt, "kid", key->kid) == 0 &&
        jwt_add_grants_json(jwt, b.data) == 0 && jwt_set_alg(jwt, JWT_ALG_HS256, key->secret, (int)key->size) == 0) {
        text = jwt_encode_str(jwt);
    }
    if (text) {
        token = arena_strdup(a, text);
    }
    free(text);
    jwt_free(jwt);
    buf_free(&b);
    return token;
}

/* ---- verifying ---- */

/* One part of the token as a JSON object; NULL unless it is canonical base64url of exactly that. */
static json_t *part_json(const char *s, size_t n)
{
    unsigned char raw[TOKEN_MAX];
    int size = str_base64url_decode(s, n, raw, sizeof raw);
    json_t *json = size > 0 ? json_loadb((const char *)raw, (size_t)size, JSON_REJECT_DUPLICATES, NULL) : NULL;

    if (json && !json_is_object(json)) {
        json_decref(json);
        json = NULL;
    }
    return json;
}

static const char *text_of(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

/* The key of a header that says exactly alg=HS256, typ=JWT and a kid of ours; NULL for any other. */
static const struct keyfile_key *header_key(const char *s, size_t n)
{
    json_t *header = part_json(s, n);
    const char *kid = text_of(header, "kid");
    const struct keyfile_key *key = NULL;

    if (kid && json_object_size(header) == 3 && str_eq(text_of(header, "alg"), "HS256") &&
        str_eq(text_of(header, "typ"), "JWT")) {
        key = keyfile_find(&keys, kid, strlen(kid));
    }
    json_decref(header);
    return key;
}

/* Whether libjwt finds the signature right under this key. The shape was checked before. */
static bool signature_fits(const char *token, const struct keyfile_key *key)
{
    jwt_t *jwt = NULL;
    bool fits = jwt_decode(&jwt, token, key->secret, (int)key->size) == 0 && jwt_get_alg(jwt) == JWT_ALG_HS256;

    jwt_free(jwt);
    return fits;
}

static bool take_time(const json_t *payload, const char *name, int64_t *ret)
{
    const json_t *v = json_object_get(payload, name);

    if (!json_is_integer(v) || json_integer_value(v) < 0) {
        return false;
    }
    *ret = json_integer_value(v);
    return true;
}

/* Fills in what the claims say; false when one that must be there isn't, or isn't what it must be. Times are not judged. */
static bool take_claims(const json_t *payload, struct verified *v)
{
    const json_t *brand = json_object_get(payload, "currentBrand"), *email = json_object_get(payload, "email");
    struct jwt_claims *c = &v->claims;
    int64_t not_before;

    if (!str_eq(text_of(payload, "iss"), config_text(CONF_PUBLIC_URL)) || !str_eq(text_of(payload, "aud"), audience) ||
        !uuid_parse(text_of(payload, "sub"), &c->user_id) || !uuid_parse(text_of(payload, "sessionId"), &c->session_id) ||
        !take_time(payload, "iat", &c->issued_at) || !take_time(payload, "exp", &c->expires_at) ||
        !take_time(payload, "nbf", &not_before)) {
        return false;
    }
    c->has_brand = brand != NULL;
    c->is_view = json_is_true(json_object_get(payload, "view"));
    if ((brand && !uuid_parse(json_string_value(brand), &c->current_brand)) || (email && !json_is_string(email))) {
        return false;
    }
    v->not_before = (not_before > c->issued_at ? not_before : c->issued_at) - LEEWAY;
    v->email = email ? strdup(json_string_value(email)) : NULL;
    return true;
}

static bool check_token(const char *token, size_t size, struct verified *v)
{
    const char *first = memchr(token, '.', size), *second;
    const struct keyfile_key *key;
    unsigned char signature[32];
    json_t *payload;
    bool good;

    second = first ? memchr(first + 1, '.', size - (size_t)(first + 1 - token)) : NULL;
    if (!second || str_base64url_decode(second + 1, strlen(second + 1), signature, sizeof signature) != sizeof signature) {
        return false;
    }
    key = header_key(token, (size_t)(first - token));
    payload = key ? part_json(first + 1, (size_t)(second - first - 1)) : NULL;
    good = payload && signature_fits(token, key) && take_claims(payload, v);
    json_decref(payload);
    return good;
}

static struct verified *find_verified(const char *token, size_t size, uint64_t hash)
{
    struct verified *set = table[hash % SETS];

    for (int w = 0; w < WAYS; w++) {
        if (set[w].token && set[w].hash == hash && set[w].size == size && sodium_memcmp(set[w].token, token, size) == 0) {
            return &set[w];
        }
    }
    return NULL;
}

/* Keeps what was verified in a free place of its set, else in that of the token that expires first. Owns v->email from here. */
static struct verified *remember(struct verified *v, const char *token, size_t size, uint64_t hash)
{
    struct verified *set = table[hash % SETS], *place = set;

    for (int w = 0; w < WAYS && place->token; w++) {
        if (!set[w].token || set[w].claims.expires_at < place->claims.expires_at) {
            place = &set[w];
        }
    }
    place_clear(place);
    *place = *v;
    place->size = size;
    place->hash = hash;
    place->token = strndup(token, size);
    return place;
}

static enum jwt_verdict judge(struct arena *a, const struct verified *v, int64_t now, struct jwt_claims *ret)
{
    if (now < v->not_before) {
        return JWT_INVALID;
    }
    if (now >= v->claims.expires_at) {
        return JWT_EXPIRED;
    }
    *ret = v->claims;
    ret->email = v->email ? arena_strdup(a, v->email) : NULL; /* the place may be taken while the request still runs */
    return JWT_OK;
}

enum jwt_verdict jwt_verify(struct arena *a, const char *token, int64_t now, struct jwt_claims *ret)
{
    size_t size = token ? strnlen(token, TOKEN_MAX + 1) : 0;
    struct verified *v, fresh = { .token = NULL };
    enum jwt_verdict verdict;
    uint64_t hash;

    if (!size || size > TOKEN_MAX) {
        return JWT_INVALID;
    }
    hash = str_hash(token, size, 0);
    v = find_verified(token, size, hash);
    if (!v) {
        if (!check_token(token, size, &fresh)) {
            return JWT_INVALID;
        }
        v = remember(&fresh, token, size, hash);
    }
    verdict = judge(a, v, now, ret);
    if (verdict == JWT_EXPIRED) {
        place_clear(v);
    }
    return verdict;
}
