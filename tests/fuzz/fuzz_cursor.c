/* fuzz_cursor.c - cursors as a client may edit them: as text, and, past the seal, as what an older version might have sealed. */
#include "api/list.h"
#include "core/arena.h"
#include "core/config.h"
#include "platform/seal.h"
#include <sodium.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct field fields[] = {
    COLUMN(id, SCHEMA_UUID, .flags = FIELD_SORT),
    COLUMN(title, SCHEMA_STRING, .flags = FIELD_SORT | FIELD_FILTER),
    COLUMN(due_at, SCHEMA_TIME, .flags = FIELD_SORT | FIELD_FILTER | FIELD_NULLABLE),
    COLUMN(hours, SCHEMA_NUMBER, .flags = FIELD_SORT | FIELD_FILTER | FIELD_NULLABLE),
    COLUMN(done, SCHEMA_BOOL, .flags = FIELD_SORT | FIELD_FILTER),
    COLUMN(number, SCHEMA_INT, .flags = FIELD_SORT | FIELD_FILTER),
};
static const struct schema row = SCHEMA("Row", fields, 0);
static const struct route route = { .method = HTTP_GET, .path = "/rows", .output = &row, .reply = REPLY_LIST, .sort = "title" };
static struct arena *arena;

static void setup(void)
{
    char folder[] = "/tmp/karara-fuzz-XXXXXX";
    char err[256] = "";
    char path[64];
    if (sodium_init() < 0 || !config_load(err, sizeof err) || mkdtemp(folder) == NULL ||
        !seal_make_keys(folder, err, sizeof err) || !seal_load_keys(folder, err, sizeof err)) {
        fprintf(stderr, "%s\n", err);
        abort();
    }
    snprintf(path, sizeof path, "%s/seal.keys", folder);
    if (remove(path) != 0 || remove(folder) != 0) {
        abort();
    }
    arena = arena_create((size_t)1 << 26);
}

/* One cursor against one order; whatever it says, the list stays within what its fields allow. */
static void open_cursor(const char *sort, const char *text, bool sealed)
{
    static const struct http_request http = { .method = HTTP_GET, .path = "/rows", .query = "", .request_id = "fuzz" };
    struct request rq = { .arena = arena, .http = &http, .route = &route };
    rq.errors.arena = arena;
    list_start(&rq);
    if (!list_param(&rq, "sort", sort)) {
        abort();
    }
    list_finish(&rq, NULL);
    const char *purpose = arena_printf(arena, "cursor %s %s %s", route.path, "", rq.list->sort_text);
    const char *cursor = sealed ? seal(arena, purpose, text, strlen(text)) : text;
    bool opened = list_cursor_open(&rq, cursor);
    if (opened != rq.list->has_cursor || rq.list->page < 1 || (opened && !sealed)) {
        abort();
    }
    for (int i = 0; opened && i < rq.list->sort_count; i++) {
        if (!rq.list->after[i].is_set) {
            abort();
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const sorts[] = { "title", "-due_at,hours", "done,-number,title", "-id" };
    if (arena == NULL) {
        setup();
    }
    if (size == 0) {
        return 0;
    }
    const char *text = arena_strndup(arena, (const char *)data + 1, size - 1);
    open_cursor(sorts[data[0] % 4], text, true);
    open_cursor(sorts[data[0] % 4], text, false);
    arena_reset(arena);
    return 0;
}
