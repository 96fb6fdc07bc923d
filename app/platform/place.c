/* place.c - see place.h. */
#include "platform/place.h"

#include "core/arena.h"
#include "core/log.h"
#include "core/str.h"
#include <arpa/inet.h>
#include <maxminddb.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct place_book {
    MMDB_s db;
};

struct place_book *place_open(const char *path)
{
    struct place_book *book = !str_empty(path) ? malloc(sizeof *book) : NULL;
    if (book == NULL) {
        return NULL;
    }
    int status = MMDB_open(path, MMDB_MODE_MMAP, &book->db);
    if (status != MMDB_SUCCESS) {
        LOG(LOG_WARN, "place_database_unreadable", LOG_STR("path", path), LOG_STR("reason", MMDB_strerror(status)));
        free(book);
        return NULL;
    }
    return book;
}

void place_close(struct place_book *book)
{
    if (book != NULL) {
        MMDB_close(&book->db);
        free(book);
    }
}

/* ---- networks of one's own ---- */

static bool is_own_v4(const uint8_t b[4])
{
    return b[0] == 10 || b[0] == 127 || (b[0] == 172 && b[1] >> 4 == 1) || (b[0] == 192 && b[1] == 168) ||
           (b[0] == 169 && b[1] == 254) || (b[0] == 100 && b[1] >> 6 == 1);
}

static bool is_own_v6(const uint8_t b[16])
{
    static const uint8_t mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };
    static const uint8_t loopback[16] = { [15] = 1 };
    if (memcmp(b, mapped, sizeof mapped) == 0) {
        return is_own_v4(b + 12);
    }
    return memcmp(b, loopback, sizeof loopback) == 0 || (b[0] & 0xfe) == 0xfc || (b[0] == 0xfe && b[1] >> 6 == 2);
}

static bool is_own(const char *address)
{
    uint8_t bytes[16];
    if (inet_pton(AF_INET, address, bytes) == 1) {
        return is_own_v4(bytes);
    }
    return inet_pton(AF_INET6, address, bytes) == 1 && is_own_v6(bytes);
}

/* ---- names ---- */

static const char *text_at(struct arena *a, MMDB_entry_s *entry, const char *const *path)
{
    MMDB_entry_data_s data;
    if (MMDB_aget_value(entry, &data, path) != MMDB_SUCCESS || !data.has_data || data.type != MMDB_DATA_TYPE_UTF8_STRING ||
        data.data_size == 0 || !str_utf8_valid(data.utf8_string, data.data_size)) {
        return NULL;
    }
    return arena_strndup(a, data.utf8_string, data.data_size);
}

/* The name of a part ("city"), which has one in each language: in that of the tag, its first part, or English. */
static const char *named(struct arena *a, MMDB_entry_s *entry, const char *part, const char *tag)
{
    const char *const tries[] = { tag, arena_strndup(a, tag, strcspn(tag, "-_")), "en" };
    const char *name = NULL;
    for (size_t i = 0; name == NULL && i < sizeof tries / sizeof *tries; i++) {
        name = text_at(a, entry, (const char *const[]){ part, "names", tries[i], NULL });
    }
    return name;
}

/* The first of these that stands flat in the entry, as small databases have it. */
static const char *flat(struct arena *a, MMDB_entry_s *entry, const char *const *names)
{
    const char *text = NULL;
    for (; text == NULL && *names != NULL; names++) {
        text = text_at(a, entry, (const char *const[]){ *names, NULL });
    }
    return text;
}

const char *place_name(struct arena *a, const struct place_book *book, const char *address, const char *language)
{
    static const char *const cities[] = { "city", NULL };
    static const char *const countries[] = { "country_name", "country", "country_code", NULL };
    const char *tag = language != NULL ? language : "";
    int unresolved = 0, status = MMDB_SUCCESS;
    if (is_own(address)) {
        return strncasecmp(tag, "de", 2) == 0 ? "dieses Netz" : "this network";
    }
    if (book == NULL) {
        return "";
    }
    MMDB_lookup_result_s found = MMDB_lookup_string(&book->db, address, &unresolved, &status);
    if (unresolved != 0 || status != MMDB_SUCCESS || !found.found_entry) {
        return "";
    }
    const char *city = named(a, &found.entry, "city", tag), *country = named(a, &found.entry, "country", tag);
    city = city != NULL ? city : flat(a, &found.entry, cities);
    country = country != NULL ? country : named(a, &found.entry, "registered_country", tag);
    country = country != NULL ? country : flat(a, &found.entry, countries);
    if (city != NULL && country != NULL) {
        return arena_printf(a, "%s, %s", city, country);
    }
    return city != NULL ? city : country != NULL ? country : "";
}
