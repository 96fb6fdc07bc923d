/* pat.c - see pat.h. */
#include "platform/pat.h"

#include <sodium.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { MARK = sizeof PAT_MARK - 1, RANDOM = 30, SUM = 6 };

static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

static uint32_t crc32_of(const char *p, size_t n)
{
    uint32_t crc = ~0U;
    for (size_t i = 0; i < n; i++) {
        crc ^= (unsigned char)p[i];
        for (int bit = 0; bit < 8; bit++) {
            crc = (crc >> 1) ^ (0xEDB88320U & (0U - (crc & 1U)));
        }
    }
    return ~crc;
}

static void write_sum(const char *random, char *to)
{
    uint32_t crc = crc32_of(random, RANDOM);
    for (int i = SUM - 1; i >= 0; i--) {
        to[i] = digits[crc % 62];
        crc /= 62;
    }
}

void pat_make(char out[PAT_SIZE])
{
    if (sodium_init() < 0) {
        abort();
    }
    memcpy(out, PAT_MARK, MARK);
    for (int i = 0; i < RANDOM; i++) {
        out[MARK + i] = digits[randombytes_uniform(62)];
    }
    write_sum(out + MARK, out + MARK + RANDOM);
    out[PAT_SIZE - 1] = '\0';
}

bool pat_is_whole(const char *text)
{
    char sum[SUM];
    if (strnlen(text, PAT_SIZE) != PAT_SIZE - 1 || memcmp(text, PAT_MARK, MARK) != 0 ||
        strspn(text + MARK, digits) != RANDOM + SUM) {
        return false;
    }
    write_sum(text + MARK, sum);
    return memcmp(sum, text + MARK + RANDOM, SUM) == 0;
}
