/* totp.c - see totp.h. */
#include "platform/totp.h"

#include "core/arena.h"
#include <liboath/oath.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

const char *totp_base32(struct arena *a, const uint8_t secret[TOTP_SECRET])
{
    char *text = NULL;
    size_t n = 0;
    if (oath_base32_encode((const char *)secret, TOTP_SECRET, &text, &n) != OATH_OK) {
        abort(); /* no memory */
    }
    while (n > 0 && text[n - 1] == '=') {
        n--;
    }
    const char *kept = arena_strndup(a, text, n);
    free(text);
    return kept;
}

static const char *escaped(struct arena *a, const char *text)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    static const char hex[] = "0123456789ABCDEF";
    char *to = arena_alloc(a, strlen(text) * 3 + 1), *p = to;
    for (; *text != '\0'; text++) {
        if (strchr(plain, *text) != NULL) {
            *p++ = *text;
        } else {
            *p++ = '%';
            *p++ = hex[(unsigned char)*text >> 4];
            *p++ = hex[(unsigned char)*text & 15];
        }
    }
    *p = '\0';
    return to;
}

const char *totp_uri(struct arena *a, const uint8_t secret[TOTP_SECRET], const char *issuer, const char *account)
{
    const char *by = escaped(a, issuer);
    return arena_printf(a, "otpauth://totp/%s:%s?secret=%s&issuer=%s&algorithm=SHA1&digits=6&period=%d", by,
                        escaped(a, account), totp_base32(a, secret), by, TOTP_STEP);
}

static void ensure_oath(void)
{
    static bool done;
    if (!done && oath_init() != OATH_OK) {
        abort();
    }
    done = true;
}

void totp_code(const uint8_t secret[TOTP_SECRET], int64_t step, char out[TOTP_CODE])
{
    ensure_oath();
    if (oath_totp_generate2((const char *)secret, TOTP_SECRET, (time_t)(step * TOTP_STEP), TOTP_STEP, 0, TOTP_CODE - 1, 0,
                            out) != OATH_OK) {
        abort(); /* no memory */
    }
}

int64_t totp_accept(const uint8_t secret[TOTP_SECRET], const char *code, int64_t now, int64_t last_step)
{
    char right[TOTP_CODE];
    int64_t found = -1;
    bool shaped = strlen(code) == TOTP_CODE - 1;
    for (int64_t step = now / TOTP_STEP - 1; step <= now / TOTP_STEP + 1; step++) {
        totp_code(secret, step, right);
        bool fits = shaped && sodium_memcmp(right, code, TOTP_CODE - 1) == 0;
        if (fits && step > last_step && found < 0) {
            found = step;
        }
    }
    return found;
}
