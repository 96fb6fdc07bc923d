/* uuid.h - UUIDs (RFC 9562). What we mint is version 7, so that ids sort by time of making. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct uuid {
    uint8_t b[16];
};

struct uuid_list {
    const struct uuid *v;
    int n;
};

#define UUID_TEXT_SIZE 37

/* 48 bits of milliseconds, a counter of 12 that starts at random and makes the ids of one process ascend within a
 * millisecond, and 62 random bits (libsodium), drawn anew after a fork. */
struct uuid uuid_v7(void);
bool uuid_is_nil(const struct uuid *u);
bool uuid_eq(const struct uuid *a, const struct uuid *b);
bool uuid_among(const struct uuid_list *list, const struct uuid *u);
void uuid_format(const struct uuid *u, char out[UUID_TEXT_SIZE]);
bool uuid_parse(const char *s, struct uuid *ret); /* the 36-character form, either case */
