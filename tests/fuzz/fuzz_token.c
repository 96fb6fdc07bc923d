/* Tokens from outside: access tokens and sealed texts. The first byte chooses: a raw token, a payload or a header that gets
 * a right signature (so that what lies behind the signature is reached too), or a sealed text. Nothing that wasn't signed
 * here is accepted. */
#include "core/arena.h"
#include "core/config.h"
#include "core/str.h"
#include "platform/jwt.h"
#include "platform/seal.h"

#include <sodium.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEY "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define HEADER "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"k1\"}"
#define PAYLOAD                                                                                                                \
    "{\"iss\":\"https://karara.example\",\"aud\":\"karara\",\"sub\":\"0190b6f2-7c1d-7e3a-9f00-0123456789ab\","                 \
    "\"sessionId\":\"0190b6f2-7c1d-7e3a-9f00-ba9876543210\",\"iat\":1000,\"nbf\":1000,\"exp\":2000}"

enum { NOW = 1500 };

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct arena *a;

static void demand(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void write_keys(const char *folder, const char *name)
{
    char path[200];
    FILE *f;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    f = fopen(path, "w");
    demand(f && fputs("k1 " KEY "\n", f) >= 0 && fclose(f) == 0 && chmod(path, 0600) == 0);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    char folder[] = "/tmp/karara-fuzz-XXXXXX", path[200], err[300];

    (void)argc;
    (void)argv;
    demand(mkdtemp(folder));
    write_keys(folder, "jwt.keys");
    write_keys(folder, "seal.keys");
    demand(jwt_load_keys(folder, err, sizeof err) && seal_load_keys(folder, err, sizeof err));
    demand(config_set(CONF_PUBLIC_URL, "https://karara.example"));
    for (int i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, i ? "seal.keys" : "jwt.keys");
        unlink(path);
    }
    rmdir(folder);
    a = arena_create(64 << 20);
    return 0;
}

static char *encode(const void *p, size_t n)
{
    char *text = arena_alloc(a, str_base64url_size(n) + 1);

    str_base64url_encode(p, n, text);
    return text;
}

static char *signed_token(const char *header, size_t header_size, const char *payload, size_t payload_size)
{
    unsigned char key[32], mac[crypto_auth_hmacsha256_BYTES];
    char *text = arena_printf(a, "%s.%s", encode(header, header_size), encode(payload, payload_size));

    str_hex_decode(KEY, 64, key, sizeof key);
    crypto_auth_hmacsha256(mac, (unsigned char *)text, strlen(text), key);
    return arena_printf(a, "%s.%s", text, encode(mac, sizeof mac));
}

/* Twice, since the second time the answer comes from memory. */
static enum jwt_verdict verify(const char *token)
{
    struct jwt_claims first, second;
    enum jwt_verdict verdict = jwt_verify(a, token, NOW, &first);

    demand(jwt_verify(a, token, NOW, &second) == verdict);
    if (verdict == JWT_OK) {
        demand(uuid_eq(&first.user_id, &second.user_id) && str_eq(first.email, second.email));
        demand(first.expires_at > NOW && first.issued_at <= NOW + 5);
        demand(!first.email || str_utf8_valid(first.email, strlen(first.email)));
    }
    return verdict;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text;
    size_t n = 0;
    void *open;

    if (!size) {
        return 0;
    }
    text = arena_strndup(a, (const char *)data + 1, size - 1);
    switch (data[0] % 4) {
    case 0:
        demand(verify(text) == JWT_INVALID);
        break;
    case 1:
        verify(signed_token(HEADER, strlen(HEADER), text, size - 1));
        break;
    case 2:
        verify(signed_token(text, size - 1, PAYLOAD, strlen(PAYLOAD)));
        break;
    default:
        open = seal_open(a, "cursor", text, &n);
        demand(!open);
        open = seal_open(a, "cursor", seal(a, "cursor", text, size - 1), &n);
        demand(open && n == size - 1 && memcmp(open, text, n) == 0);
    }
    arena_reset(a);
    return 0;
}
