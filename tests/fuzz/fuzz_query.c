/* Query strings: whatever is decoded is valid UTF-8 without NUL, and what we write of it reads back the same. */
#include "core/arena.h"
#include "core/buf.h"
#include "core/str.h"
#include "http/http.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool holds)
{
    if (!holds) {
        abort();
    }
}

/* Written by http_query_append and read by http_query, the pairs are what they were. */
static void round_trip(struct arena *a, const struct http_pair *pairs, int count)
{
    struct buf b = { 0 };
    struct http_pair *again;

    buf_str(&b, "/api/v1/tasks");
    for (int i = 0; i < count; i++) {
        http_query_append(&b, pairs[i].name, pairs[i].value);
    }
    demand(!b.failed);
    demand(http_query(a, count ? strchr(b.data, '?') + 1 : "", &again, NULL) == count);
    for (int i = 0; i < count; i++) {
        demand(strcmp(again[i].name, pairs[i].name) == 0 && strcmp(again[i].value, pairs[i].value) == 0);
    }
    buf_free(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct arena *a;
    struct http_pair *pairs;
    const char *bad = NULL, *decoded;
    char *text;
    int count;

    a = a ? a : arena_create(64 << 20);
    decoded = http_decode(a, (const char *)data, size, false);
    demand(!decoded || (str_utf8_valid(decoded, strlen(decoded)) && strlen(decoded) <= size));
    text = arena_strndup(a, (const char *)data, size);
    count = http_query(a, text, &pairs, &bad);
    demand(count >= -1 && count <= 100);
    for (int i = 0; i < count; i++) {
        demand(str_utf8_valid(pairs[i].name, strlen(pairs[i].name)));
        demand(str_utf8_valid(pairs[i].value, strlen(pairs[i].value)));
    }
    if (count >= 0) {
        demand(!bad);
        round_trip(a, pairs, count);
    }
    arena_reset(a);
    return 0;
}
