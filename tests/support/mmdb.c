/* mmdb.c - see mmdb.h. The format: https://maxmind.github.io/MaxMind-DB/ - a search tree of records of 24 bits, a gap of 16 bytes, the data, and
 * behind a mark the metadata. */
#include "mmdb.h"

#include "core/buf.h"
#include "process.h"
#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NODES = 4096, UTF8 = 2, UINT16 = 5, UINT32 = 6, MAP = 7, UINT64 = 9, ARRAY = 11, GAP = 16 };

struct tree {
    uint32_t child[NODES][2]; /* 0: nothing; below NODES: that node; else NODES plus where the data is */
    uint32_t count;
};

/* ---- data ---- */

static void put_control(struct buf *b, int type, size_t size)
{
    buf_char(b, (char)((type < 8 ? type << 5 : 0) | (int)(size < 29 ? size : 29)));
    if (type >= 8) {
        buf_char(b, (char)(type - 7));
    }
    if (size >= 29) {
        buf_char(b, (char)(size - 29));
    }
}

static void put_text(struct buf *b, const char *text)
{
    put_control(b, UTF8, strlen(text));
    buf_str(b, text);
}

static void put_number(struct buf *b, const char *key, int type, uint32_t value)
{
    int size = type == UINT16 ? 2 : 4;
    put_text(b, key);
    put_control(b, type, (size_t)size);
    for (int i = size - 1; i >= 0; i--) {
        buf_char(b, (char)(value >> (8 * i) & 255));
    }
}

static void put_named(struct buf *b, const char *key, const char *const *names)
{
    size_t n = 0;
    while (names[2 * n] != NULL) {
        n++;
    }
    put_text(b, key);
    put_control(b, MAP, 1);
    put_text(b, "names");
    put_control(b, MAP, n);
    for (size_t i = 0; i < 2 * n; i++) {
        put_text(b, names[i]);
    }
}

static void put_entry(struct buf *b, const struct mmdb_network *e)
{
    put_control(b, MAP, (size_t)(e->city != NULL) + (e->country != NULL) + (e->code != NULL));
    if (e->city != NULL) {
        put_named(b, "city", e->city);
    }
    if (e->country != NULL) {
        put_named(b, "country", e->country);
    }
    if (e->code != NULL) {
        put_text(b, "country_code");
        put_text(b, e->code);
    }
}

/* ---- tree ---- */

/* The address of 128 bits, where those of version 4 lie at ::/96; the length of its prefix. */
static int read_network(const char *text, uint8_t ret[16])
{
    char address[64] = "";
    const char *slash = strchr(text, '/');
    size_t n = slash != NULL ? (size_t)(slash - text) : strlen(text);
    memset(ret, 0, 16);
    snprintf(address, sizeof address, "%.*s", (int)n, text);
    if (inet_pton(AF_INET, address, ret + 12) == 1) {
        return 96 + (int)strtol(slash + 1, NULL, 10);
    }
    if (inet_pton(AF_INET6, address, ret) != 1) {
        process_die("%s is no network", text);
    }
    return (int)strtol(slash + 1, NULL, 10);
}

static void insert(struct tree *t, const char *network, uint32_t data)
{
    uint8_t bits[16];
    int length = read_network(network, bits);
    uint32_t node = 0;
    for (int i = 0; i < length; i++) {
        uint32_t *next = &t->child[node][bits[i / 8] >> (7 - i % 8) & 1];
        if (i == length - 1) {
            *next = NODES + data;
        } else {
            *next = *next != 0 ? *next : t->count++;
        }
        node = *next;
    }
}

static void put_tree(struct buf *b, const struct tree *t)
{
    for (uint32_t i = 0; i < t->count; i++) {
        for (int side = 0; side < 2; side++) {
            uint32_t c = t->child[i][side];
            uint32_t value = c == 0 ? t->count : c < NODES ? c : t->count + GAP + (c - NODES);
            buf_char(b, (char)(value >> 16 & 255));
            buf_char(b, (char)(value >> 8 & 255));
            buf_char(b, (char)(value & 255));
        }
    }
}

static void put_metadata(struct buf *b, const struct tree *t)
{
    buf_append(b, "\xab\xcd\xefMaxMind.com", 14);
    put_control(b, MAP, 9);
    put_number(b, "node_count", UINT32, t->count);
    put_number(b, "record_size", UINT16, 24);
    put_number(b, "ip_version", UINT16, 6);
    put_number(b, "binary_format_major_version", UINT16, 2);
    put_number(b, "binary_format_minor_version", UINT16, 0);
    put_number(b, "build_epoch", UINT64, 1700000000);
    put_text(b, "database_type");
    put_text(b, "Test-City");
    put_text(b, "description");
    put_control(b, MAP, 1);
    put_text(b, "en");
    put_text(b, "Places for tests");
    put_text(b, "languages");
    put_control(b, ARRAY, 2);
    put_text(b, "en");
    put_text(b, "de");
}

void mmdb_write(const char *path, const struct mmdb_network *networks)
{
    struct tree *t = calloc(1, sizeof *t);
    struct buf data = { 0 }, whole = { 0 };
    t->count = 1;
    for (; networks->network != NULL; networks++) {
        insert(t, networks->network, (uint32_t)data.len);
        put_entry(&data, networks);
    }
    put_tree(&whole, t);
    buf_append(&whole, (const char[GAP]){ 0 }, GAP);
    buf_append(&whole, data.data, data.len);
    put_metadata(&whole, t);
    FILE *f = fopen(path, "wbe");
    if (f == NULL || fwrite(whole.data, 1, whole.len, f) != whole.len || fclose(f) != 0) {
        process_die("%s can't be written", path);
    }
    buf_free(&data);
    buf_free(&whole);
    free(t);
}
