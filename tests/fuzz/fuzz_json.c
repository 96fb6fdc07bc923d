/* Request bodies: what is accepted is bounded, valid and as it was sent; what is refused comes with words that are themselves valid JSON. */
#include "api/schema.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/str.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct thing {
    struct input in;
    const char *title, *secret, *email, *status, *settings, *anything;
    int64_t count, at, day;
    double hours;
    bool done;
    struct uuid owner_id;
    struct uuid_list member_ids;
    struct text_list tags;
};

static const char *const statuses[] = { "todo", "done", NULL };
static const struct field fields[] = {
    FIELD(struct thing, title, SCHEMA_STRING, .flags = FIELD_REQUIRED, .min = 1, .max = 10),
    FIELD(struct thing, secret, SCHEMA_STRING, .flags = FIELD_RAW, .max = 20),
    FIELD(struct thing, email, SCHEMA_EMAIL),
    FIELD(struct thing, status, SCHEMA_ENUM, .values = statuses, .flags = FIELD_NULLABLE),
    FIELD(struct thing, settings, SCHEMA_OBJECT),
    FIELD(struct thing, anything, SCHEMA_JSON, .max = 100),
    FIELD(struct thing, count, SCHEMA_INT, .min = -5, .max = 5),
    FIELD(struct thing, at, SCHEMA_TIME, .flags = FIELD_NULLABLE),
    FIELD(struct thing, day, SCHEMA_DATE),
    FIELD(struct thing, hours, SCHEMA_NUMBER, .max = 24),
    FIELD(struct thing, done, SCHEMA_BOOL),
    FIELD(struct thing, owner_id, SCHEMA_UUID),
    FIELD(struct thing, member_ids, SCHEMA_UUIDS, .max = 4),
    FIELD(struct thing, tags, SCHEMA_STRINGS, .max = 3),
};
static const struct schema schema = SCHEMA("Thing", fields, sizeof(struct thing));

static void demand(bool holds)
{
    if (!holds) {
        abort();
    }
}

/* The words are JSON that the parser takes. */
static void check_words(struct arena *a, const struct field_errors *errors)
{
    struct buf b = { 0 };
    const char *problem;
    field_errors_write(errors, &b);
    demand(!b.failed && schema_parse(a, b.data, b.len, 32, &problem) != NULL);
    buf_free(&b);
}

static void check_text(const char *text, size_t most)
{
    if (text != NULL) {
        size_t n = strlen(text);
        demand(str_utf8_valid(text, n) && str_utf8_length(text, n) <= most);
    }
}

static void check_thing(const struct thing *t)
{
    check_text(t->title, 10);
    check_text(t->secret, 20);
    check_text(t->email, 254);
    demand(t->title == NULL || t->title[0] != '\0');
    demand(t->email == NULL || strchr(t->email, '@') != NULL);
    demand(t->status == NULL || t->status == statuses[0] || t->status == statuses[1]);
    demand(t->anything == NULL || strlen(t->anything) <= 100);
    demand(t->settings == NULL || t->settings[0] == '{');
    demand(t->count >= -5 && t->count <= 5);
    demand(t->hours >= 0 && t->hours <= 24);
    demand(t->member_ids.n <= 4 && t->tags.n <= 3);
    for (int i = 0; i < t->tags.n; i++) {
        check_text(t->tags.v[i], 255);
        demand(t->tags.v[i][0] != '\0');
    }
    demand((t->in.given >> schema.count) == 0 && (t->in.null & ~t->in.given) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct arena *a;
    struct thing thing = { .in = { 0, 0 } };
    const char *problem = NULL;

    a = a != NULL ? a : arena_create(256 << 20);
    struct field_errors errors = { .arena = a };
    json_t *body = schema_parse(a, (const char *)data, size, 32, &problem);
    if (body == NULL) {
        demand(problem != NULL && (strncmp(problem, "line ", 5) == 0));
    } else {
        demand(json_is_object(body));
        schema_decode(a, &schema, body, NULL, &thing, &errors);
        schema_require(&schema, &thing, &errors);
        check_thing(&thing);
        check_words(a, &errors);
    }
    arena_reset(a);
    return 0;
}
