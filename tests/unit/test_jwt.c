/* Access tokens: what we sign verifies, and nothing else does. Hostile tokens are signed here by libsodium, independently. */
#include "core/arena.h"
#include "core/config.h"
#include "core/str.h"
#include "platform/jwt.h"

#include <jansson.h>
#include <limits.h>
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define KEY_A "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define KEY_B "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff000102030405060708090a0b0c0d0e0f"
#define HEADER "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"k1\"}"
#define SUB "0190b6f2-7c1d-7e3a-9f00-0123456789ab"
#define SESSION "0190b6f2-7c1d-7e3a-9f00-ba9876543210"
#define NOW 1795216625

static struct arena *a;
static char folder[] = "/tmp/karara-jwt-XXXXXX", path[PATH_MAX];

static void write_keys(const char *text)
{
    char err[300] = "";
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(chmod(path, 0600), 0);
    if (!jwt_load_keys(folder, err, sizeof err)) {
        fail_msg("%s", err);
    }
}

static int begin(void **state)
{
    (void)state;
    a = arena_create(64 << 20);
    if (sodium_init() < 0 || !mkdtemp(folder) || !config_set(CONF_PUBLIC_URL, "https://karara.example")) {
        return -1;
    }
    snprintf(path, sizeof path, "%s/jwt.keys", folder);
    return 0;
}

static int end(void **state)
{
    (void)state;
    arena_destroy(a);
    unlink(path);
    return rmdir(folder);
}

static int fresh_keys(void **state)
{
    (void)state;
    arena_reset(a);
    write_keys("k1 " KEY_A "\n");
    return 0;
}

static struct jwt_claims someone(void)
{
    struct jwt_claims c = { .has_brand = true, .email = "ada@example.org", .issued_at = NOW, .expires_at = NOW + 900 };

    uuid_parse(SUB, &c.user_id);
    uuid_parse(SESSION, &c.session_id);
    uuid_parse("0190b6f2-7c1d-7e3a-9f00-00000000000b", &c.current_brand);
    return c;
}

static char *encode(const void *p, size_t n)
{
    char *text = arena_alloc(a, str_base64url_size(n) + 1);

    str_base64url_encode(p, n, text);
    return text;
}

/* A token of any header and payload, rightly signed with HMAC-SHA-256 under a key in hexadecimal. */
static char *forge(const char *header, const char *payload, const char *key_hex)
{
    unsigned char key[32], mac[crypto_auth_hmacsha256_BYTES];
    char *signing = arena_printf(a, "%s.%s", encode(header, strlen(header)), encode(payload, strlen(payload)));

    assert_int_equal(str_hex_decode(key_hex, strlen(key_hex), key, sizeof key), 32);
    crypto_auth_hmacsha256(mac, (unsigned char *)signing, strlen(signing), key);
    return arena_printf(a, "%s.%s", signing, encode(mac, sizeof mac));
}

/* A payload in which everything is right but for what is replaced: each pair is a claim and its JSON, NULL for none. */
static char *payload_with(const char *claim, const char *json)
{
    static const char *const claims[][2] = {
        { "iss", "\"https://karara.example\"" },
        { "aud", "\"karara\"" },
        { "sub", "\"" SUB "\"" },
        { "sessionId", "\"" SESSION "\"" },
        { "iat", "1795216625" },
        { "nbf", "1795216625" },
        { "exp", "1795217525" },
        { "email", "\"a@example.org\"" },
    };
    char *text = arena_strdup(a, "{");
    bool known = false;

    for (size_t i = 0; i < sizeof claims / sizeof *claims; i++) {
        bool replaced = str_eq(claims[i][0], claim);
        const char *value = replaced ? json : claims[i][1];

        known |= replaced;
        if (value) {
            text = arena_printf(a, "%s%s\"%s\":%s", text, text[1] ? "," : "", claims[i][0], value);
        }
    }
    if (claim && !known) {
        text = arena_printf(a, "%s,\"%s\":%s", text, claim, json);
    }
    return arena_printf(a, "%s}", text);
}

static enum jwt_verdict verdict(const char *token, int64_t now)
{
    struct jwt_claims c;

    return jwt_verify(a, token, now, &c);
}

static void what_we_sign_verifies_with_its_claims(void **state)
{
    struct jwt_claims mine = someone(), read;
    char *token = jwt_sign(a, &mine);

    (void)state;
    assert_non_null(token);
    for (int i = 0; i < 3; i++) { /* the second time from memory */
        memset(&read, 0xff, sizeof read);
        assert_int_equal(jwt_verify(a, token, NOW + 1, &read), JWT_OK);
        assert_true(uuid_eq(&read.user_id, &mine.user_id));
        assert_true(uuid_eq(&read.session_id, &mine.session_id));
        assert_true(read.has_brand && uuid_eq(&read.current_brand, &mine.current_brand));
        assert_string_equal(read.email, mine.email);
        assert_int_equal(read.issued_at, NOW);
        assert_int_equal(read.expires_at, NOW + 900);
    }
    mine.has_brand = false;
    mine.email = NULL;
    assert_int_equal(jwt_verify(a, jwt_sign(a, &mine), NOW, &read), JWT_OK);
    assert_false(read.has_brand);
    assert_null(read.email);
}

static void a_token_says_what_the_interface_promises(void **state)
{
    struct jwt_brand brands[2] = { { .role = "owner" }, { .role = "client" } };
    struct jwt_claims mine = someone();
    char *first, *second, *dot;
    char text[4096];
    json_t *json;
    int n;

    (void)state;
    mine.email = "\"quo\\ted\"@example.org";
    mine.brands = brands;
    mine.brand_count = 2;
    uuid_parse(SUB, &brands[1].id);
    first = jwt_sign(a, &mine);
    second = jwt_sign(a, &mine);
    assert_string_not_equal(first, second); /* jti */
    dot = strchr(first, '.');
    n = str_base64url_decode(first, (size_t)(dot - first), text, sizeof text);
    json = json_loadb(text, (size_t)n, 0, NULL);
    assert_string_equal(json_string_value(json_object_get(json, "alg")), "HS256");
    assert_string_equal(json_string_value(json_object_get(json, "typ")), "JWT");
    assert_string_equal(json_string_value(json_object_get(json, "kid")), "k1");
    json_decref(json);
    n = str_base64url_decode(dot + 1, (size_t)(strchr(dot + 1, '.') - dot - 1), text, sizeof text);
    json = json_loadb(text, (size_t)n, JSON_REJECT_DUPLICATES, NULL);
    assert_string_equal(json_string_value(json_object_get(json, "iss")), "https://karara.example");
    assert_string_equal(json_string_value(json_object_get(json, "aud")), "karara");
    assert_string_equal(json_string_value(json_object_get(json, "sub")), SUB);
    assert_string_equal(json_string_value(json_object_get(json, "sessionId")), SESSION);
    assert_string_equal(json_string_value(json_object_get(json, "currentBrand")), "0190b6f2-7c1d-7e3a-9f00-00000000000b");
    assert_string_equal(json_string_value(json_object_get(json, "email")), mine.email);
    assert_int_equal(json_array_size(json_object_get(json, "brands")), 2);
    assert_string_equal(json_string_value(json_object_get(json_array_get(json_object_get(json, "brands"), 1), "brandId")), SUB);
    assert_string_equal(json_string_value(json_object_get(json_array_get(json_object_get(json, "brands"), 1), "role")),
                        "client");
    json_decref(json);
}

static void a_member_of_many_brands_still_gets_a_token_that_verifies(void **state)
{
    struct jwt_brand brands[500];
    struct jwt_claims mine = someone(), read;
    char *token;

    (void)state;
    for (int i = 0; i < 500; i++) {
        brands[i] = (struct jwt_brand){ .id = uuid_v7(), .role = "brand_admin" };
    }
    mine.brands = brands;
    for (mine.brand_count = 0; mine.brand_count < 500; mine.brand_count += 7) {
        token = jwt_sign(a, &mine);
        assert_non_null(token);
        assert_true(strlen(token) <= 4096);
        assert_int_equal(jwt_verify(a, token, NOW, &read), JWT_OK);
    }
    mine.email = arena_printf(a, "%4000s", "x");
    assert_null(jwt_sign(a, &mine));
}

static void an_independent_signature_verifies_too(void **state)
{
    (void)state;
    assert_int_equal(verdict(forge(HEADER, payload_with(NULL, NULL), KEY_A), NOW), JWT_OK);
    assert_int_equal(verdict(forge("{\"kid\":\"k1\",\"typ\":\"JWT\",\"alg\":\"HS256\"}", payload_with(NULL, NULL), KEY_A), NOW),
                     JWT_OK);
}

static void time_is_kept_to_the_second(void **state)
{
    char *token = forge(HEADER, payload_with(NULL, NULL), KEY_A);

    (void)state;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(verdict(token, NOW - 6), JWT_INVALID);
        assert_int_equal(verdict(token, NOW - 5), JWT_OK);
        assert_int_equal(verdict(token, NOW + 899), JWT_OK);
        assert_int_equal(verdict(token, NOW + 900), JWT_EXPIRED);
        assert_int_equal(verdict(token, NOW + 100000), JWT_EXPIRED);
    }
    assert_int_equal(verdict(forge(HEADER, payload_with("nbf", "1795216700"), KEY_A), NOW), JWT_INVALID);
    assert_int_equal(verdict(forge(HEADER, payload_with("iat", "1795216700"), KEY_A), NOW), JWT_INVALID);
    assert_int_equal(verdict(forge(HEADER, payload_with("exp", "1795216625"), KEY_A), NOW), JWT_EXPIRED);
}

static void expired_is_said_only_of_genuine_tokens(void **state)
{
    char *token = forge(HEADER, payload_with(NULL, NULL), KEY_B);

    (void)state;
    assert_int_equal(verdict(token, NOW + 10000), JWT_INVALID);
}

static void every_claim_is_checked(void **state)
{
    static const char *const wrong[][2] = {
        { "iss", NULL },
        { "iss", "\"https://karara.example/\"" },
        { "iss", "[\"https://karara.example\"]" },
        { "aud", NULL },
        { "aud", "\"other\"" },
        { "aud", "[\"karara\"]" },
        { "sub", NULL },
        { "sub", "\"admin\"" },
        { "sub", "1" },
        { "sessionId", NULL },
        { "sessionId", "null" },
        { "iat", NULL },
        { "iat", "\"1795216625\"" },
        { "iat", "-1" },
        { "nbf", NULL },
        { "nbf", "true" },
        { "exp", NULL },
        { "exp", "1795217525.5" },
        { "exp", "1e10" },
        { "exp", "\"never\"" },
        { "exp", "99999999999999999999" },
        { "email", "1" },
        { "currentBrand", "null" },
        { "currentBrand", "\"acme\"" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(verdict(forge(HEADER, payload_with(wrong[i][0], wrong[i][1]), KEY_A), NOW), JWT_INVALID);
    }
    assert_int_equal(verdict(forge(HEADER, payload_with("currentBrand", "\"" SUB "\""), KEY_A), NOW), JWT_OK);
    assert_int_equal(verdict(forge(HEADER, "{}", KEY_A), NOW), JWT_INVALID);
    assert_int_equal(verdict(forge(HEADER, "[]", KEY_A), NOW), JWT_INVALID);
    assert_int_equal(verdict(forge(HEADER, "null", KEY_A), NOW), JWT_INVALID);
    assert_int_equal(verdict(forge(HEADER, payload_with("sub\":\"" SUB "\",\"sub", "\"" SUB "\""), KEY_A), NOW), JWT_INVALID);
    assert_int_equal(verdict(forge(HEADER, arena_printf(a, "%s x", payload_with(NULL, NULL)), KEY_A), NOW), JWT_INVALID);
}

static void only_our_header_is_accepted(void **state)
{
    static const char *const wrong[] = {
        "{\"alg\":\"none\",\"typ\":\"JWT\",\"kid\":\"k1\"}",
        "{\"alg\":\"None\",\"typ\":\"JWT\",\"kid\":\"k1\"}",
        "{\"alg\":\"HS512\",\"typ\":\"JWT\",\"kid\":\"k1\"}",
        "{\"alg\":\"HS384\",\"typ\":\"JWT\",\"kid\":\"k1\"}",
        "{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"k1\"}",
        "{\"alg\":\"hs256\",\"typ\":\"JWT\",\"kid\":\"k1\"}",
        "{\"alg\":\"HS256\",\"kid\":\"k1\"}",
        "{\"alg\":\"HS256\",\"typ\":\"JWT\"}",
        "{\"alg\":\"HS256\",\"typ\":\"at+jwt\",\"kid\":\"k1\"}",
        "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"k2\"}",
        "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"\"}",
        "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"../../etc/passwd\"}",
        "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":1}",
        "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"k1\",\"jku\":\"https://evil.example\"}",
        "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"k1\",\"crit\":[]}",
        "{\"alg\":\"HS256\",\"alg\":\"none\",\"typ\":\"JWT\",\"kid\":\"k1\"}",
        "[\"HS256\"]",
        "HS256",
        "{}",
    };

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(verdict(forge(wrong[i], payload_with(NULL, NULL), KEY_A), NOW), JWT_INVALID);
    }
}

static void malformed_tokens_are_refused_before_the_library_sees_them(void **state)
{
    char *good = forge(HEADER, payload_with(NULL, NULL), KEY_A), *text;
    char *dot = strchr(good, '.'), *last = strrchr(good, '.');
    char *head = arena_strndup(a, good, (size_t)(dot - good)), *body = arena_strndup(a, dot + 1, (size_t)(last - dot - 1));

    (void)state;
    assert_int_equal(verdict(NULL, NOW), JWT_INVALID);
    assert_int_equal(verdict("", NOW), JWT_INVALID);
    assert_int_equal(verdict(".", NOW), JWT_INVALID);
    assert_int_equal(verdict("..", NOW), JWT_INVALID);
    assert_int_equal(verdict("...", NOW), JWT_INVALID);
    assert_int_equal(verdict("a.b.c", NOW), JWT_INVALID);
    assert_int_equal(verdict(arena_printf(a, "%s.", good), NOW), JWT_INVALID);
    assert_int_equal(verdict(arena_printf(a, "%s.x", good), NOW), JWT_INVALID);
    assert_int_equal(verdict(arena_printf(a, "%s ", good), NOW), JWT_INVALID);
    assert_int_equal(verdict(arena_printf(a, "%s\n", good), NOW), JWT_INVALID);
    assert_int_equal(verdict(arena_printf(a, " %s", good), NOW), JWT_INVALID);
    assert_int_equal(verdict(arena_printf(a, "%sA", good), NOW), JWT_INVALID);
    assert_int_equal(verdict(arena_printf(a, "%s=", good), NOW), JWT_INVALID);
    assert_int_equal(verdict(arena_printf(a, "%s.%s.", head, body), NOW), JWT_INVALID);
    assert_int_equal(verdict(arena_printf(a, "%s.%s", head, body), NOW), JWT_INVALID);
    assert_int_equal(verdict(arena_printf(a, "%s..%s", head, last + 1), NOW), JWT_INVALID);
    assert_int_equal(verdict(arena_printf(a, ".%s%s", body, last), NOW), JWT_INVALID);
    for (size_t n = 0; n < strlen(good); n++) {
        assert_int_equal(verdict(arena_strndup(a, good, n), NOW), JWT_INVALID);
    }
    for (size_t i = 0; good[i]; i++) {
        text = arena_strdup(a, good);
        text[i] = text[i] == 'A' ? 'B' : 'A';
        assert_int_equal(verdict(text, NOW), JWT_INVALID);
    }
    assert_int_equal(verdict(good, NOW), JWT_OK);
}

static void a_second_spelling_of_a_signature_is_refused(void **state)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    char *good = forge(HEADER, payload_with(NULL, NULL), KEY_A);
    size_t end_of = strlen(good) - 1;
    const char *digit = strchr(digits, good[end_of]);

    (void)state;
    assert_int_equal((digit - digits) % 4, 0); /* two bits of the last character carry nothing */
    for (int i = 1; i < 4; i++) {
        good[end_of] = digit[i];
        assert_int_equal(verdict(good, NOW), JWT_INVALID);
    }
}

static void a_token_that_is_too_long_is_refused(void **state)
{
    char *payload = payload_with("filler", arena_printf(a, "\"%.*s\"", 9000, arena_printf(a, "%9000s", "x")));

    (void)state;
    assert_int_equal(verdict(forge(HEADER, payload, KEY_A), NOW), JWT_INVALID);
    payload = payload_with("filler", arena_printf(a, "\"%2000s\"", "x"));
    assert_int_equal(verdict(forge(HEADER, payload, KEY_A), NOW), JWT_OK);
}

static void keys_rotate_without_signing_anyone_out(void **state)
{
    struct jwt_claims mine = someone();
    char *old = jwt_sign(a, &mine), *fresh;

    (void)state;
    assert_int_equal(verdict(old, NOW), JWT_OK);
    write_keys("k2 " KEY_B "\nk1 " KEY_A "\n");
    assert_int_equal(verdict(old, NOW), JWT_OK);
    fresh = jwt_sign(a, &mine);
    assert_int_equal(verdict(fresh, NOW), JWT_OK);
    write_keys("k2 " KEY_B "\n"); /* a withdrawn key: what was remembered under it is forgotten */
    assert_int_equal(verdict(old, NOW), JWT_INVALID);
    assert_int_equal(verdict(fresh, NOW), JWT_OK);
}

static void a_key_signs_only_under_its_own_name(void **state)
{
    (void)state;
    write_keys("k1 " KEY_A "\nk2 " KEY_B "\n");
    assert_int_equal(verdict(forge(HEADER, payload_with(NULL, NULL), KEY_B), NOW), JWT_INVALID);
    assert_int_equal(verdict(forge("{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"k2\"}", payload_with(NULL, NULL), KEY_B), NOW),
                     JWT_OK);
}

static void more_tokens_than_are_remembered_all_verify(void **state)
{
    struct jwt_claims mine = someone(), read;
    static char *tokens[6000];

    (void)state;
    for (int i = 0; i < 6000; i++) {
        mine.expires_at = NOW + 100 + i;
        tokens[i] = jwt_sign(a, &mine);
        assert_int_equal(jwt_verify(a, tokens[i], NOW, &read), JWT_OK);
    }
    for (int i = 0; i < 6000; i++) {
        assert_int_equal(jwt_verify(a, tokens[i], NOW, &read), JWT_OK);
        assert_int_equal(read.expires_at, NOW + 100 + i);
    }
    for (int i = 0; i < 6000; i++) {
        assert_int_equal(jwt_verify(a, tokens[i], NOW + 7000, &read), JWT_EXPIRED);
    }
}

static void short_keys_and_open_files_are_refused(void **state)
{
    char err[300];
    FILE *f = fopen(path, "w");

    (void)state;
    assert_non_null(f);
    fputs("k1 0001020304\n", f);
    fclose(f);
    assert_false(jwt_load_keys(folder, err, sizeof err));
    assert_non_null(strstr(err, "jwt.keys:1:"));
    write_keys("k1 " KEY_A KEY_B "\n");
    assert_int_equal(chmod(path, 0644), 0);
    assert_false(jwt_load_keys(folder, err, sizeof err));
}

static void made_keys_sign(void **state)
{
    struct jwt_claims mine = someone();
    char err[300];

    (void)state;
    assert_int_equal(unlink(path), 0);
    assert_true(jwt_make_keys(folder, err, sizeof err));
    assert_true(jwt_load_keys(folder, err, sizeof err));
    assert_int_equal(verdict(jwt_sign(a, &mine), NOW), JWT_OK);
    assert_int_equal(verdict(forge(HEADER, payload_with(NULL, NULL), KEY_A), NOW), JWT_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(what_we_sign_verifies_with_its_claims, fresh_keys),
        cmocka_unit_test_setup(a_token_says_what_the_interface_promises, fresh_keys),
        cmocka_unit_test_setup(a_member_of_many_brands_still_gets_a_token_that_verifies, fresh_keys),
        cmocka_unit_test_setup(an_independent_signature_verifies_too, fresh_keys),
        cmocka_unit_test_setup(time_is_kept_to_the_second, fresh_keys),
        cmocka_unit_test_setup(expired_is_said_only_of_genuine_tokens, fresh_keys),
        cmocka_unit_test_setup(every_claim_is_checked, fresh_keys),
        cmocka_unit_test_setup(only_our_header_is_accepted, fresh_keys),
        cmocka_unit_test_setup(malformed_tokens_are_refused_before_the_library_sees_them, fresh_keys),
        cmocka_unit_test_setup(a_second_spelling_of_a_signature_is_refused, fresh_keys),
        cmocka_unit_test_setup(a_token_that_is_too_long_is_refused, fresh_keys),
        cmocka_unit_test_setup(keys_rotate_without_signing_anyone_out, fresh_keys),
        cmocka_unit_test_setup(a_key_signs_only_under_its_own_name, fresh_keys),
        cmocka_unit_test_setup(more_tokens_than_are_remembered_all_verify, fresh_keys),
        cmocka_unit_test_setup(short_keys_and_open_files_are_refused, fresh_keys),
        cmocka_unit_test_setup(made_keys_sign, fresh_keys),
    };

    return cmocka_run_group_tests(tests, begin, end);
}
