/* schema_example.c - example objects for the documentation, made of what fields state, else of their names and types. */
#include "api/schema.h"

#include "core/buf.h"
#include "core/str.h"
#include <string.h>

/* What a reader expects under a common name. */
static const struct {
    const char *name, *text;
} by_name[] = {
    { "title", "Prepare the spring launch" },
    { "name", "Spring launch" },
    { "description", "What has to be ready before we **go live**." },
    { "slug", "north-star" },
    { "first_name", "Ada" },
    { "last_name", "Okafor" },
    { "content", "Looks good to me." },
    { "note", "Looks good to me." },
    { "timezone", "Europe/Berlin" },
    { "language", "en" },
    { "password", "correct horse battery staple" },
    { "current_password", "correct horse battery staple" },
    { "new_password", "a longer horse for the battery" },
    { "code", "123456" },
    { "token", "8fQ2mZ0vT1sXyR7cKpL4nB9dWgHjEaUo3iVtSxM5b6k" },
    { "user_agent", "Mozilla/5.0" },
    { "url", "https://karara.example/" },
};

static const char *text_for(const struct field *f)
{
    for (size_t i = 0; i < sizeof by_name / sizeof *by_name; i++) {
        if (strcmp(by_name[i].name, f->name) == 0) {
            return by_name[i].text;
        }
    }
    return "text";
}

/* Cut or filled up to the field's bounds; the texts above are ASCII. */
static void write_text(struct buf *b, const struct field *f)
{
    const char *text = text_for(f);
    size_t n = strlen(text);
    if (f->max > 0 && n > (size_t)f->max) {
        n = (size_t)f->max;
    }
    buf_char(b, '"');
    buf_append(b, text, n);
    for (; (int64_t)n < f->min; n++) {
        buf_char(b, 'x');
    }
    buf_char(b, '"');
}

static int64_t number_for(const struct field *f)
{
    int64_t v = f->min > 1 ? f->min : 1;
    return f->max != 0 && v > f->max ? f->max : v;
}

#define EXAMPLE_UUID "\"0193b2c4-7a10-7c3e-9f21-5d0c8e6a4b17\""

/* As many different ids or texts as the field asks for, one at least. */
static void write_list(struct buf *b, const struct field *f)
{
    int n = f->min > 1 ? (int)f->min : 1;
    buf_char(b, '[');
    for (int i = 0; i < n; i++) {
        buf_printf(b, f->type == SCHEMA_UUIDS ? "%s\"0193b2c4-7a10-7c3e-9f21-%012x\"" : "%s\"text %d\"", i > 0 ? "," : "",
                   i + 1);
    }
    buf_char(b, ']');
}

void schema_example_field(struct buf *b, const struct field *f)
{
    static const char *const plain[] = {
        [SCHEMA_EMAIL] = "\"ada@karara.example\"",
        [SCHEMA_BOOL] = "true",
        [SCHEMA_UUID] = EXAMPLE_UUID,
        [SCHEMA_TIME] = "\"2026-11-20T23:17:05Z\"",
        [SCHEMA_DATE] = "\"2026-11-20\"",
        [SCHEMA_OBJECT] = "{}",
        [SCHEMA_JSON] = "{}",
        [SCHEMA_MANY] = NULL,
    };
    if (f->example != NULL) {
        buf_str(b, f->example);
        return;
    }
    switch (f->type) {
    case SCHEMA_STRING:
        write_text(b, f);
        break;
    case SCHEMA_ENUM:
        buf_json_str(b, f->values[0]);
        break;
    case SCHEMA_INT:
    case SCHEMA_NUMBER:
        buf_json_int(b, number_for(f));
        break;
    case SCHEMA_UUIDS:
    case SCHEMA_STRINGS:
        write_list(b, f);
        break;
    case SCHEMA_ONE:
        schema_example(b, f->of, false);
        break;
    case SCHEMA_MANY:
        buf_char(b, '[');
        schema_example(b, f->of, false);
        buf_char(b, ']');
        break;
    default:
        buf_str(b, plain[f->type]);
        break;
    }
}

void schema_example(struct buf *b, const struct schema *s, bool as_input)
{
    char before = '{';
    for (int i = 0; i < s->count; i++) {
        const struct field *f = &s->fields[i];
        if (as_input && (f->flags & FIELD_QUERY)) {
            continue;
        }
        buf_char(b, before);
        buf_json_str(b, f->name);
        buf_char(b, ':');
        schema_example_field(b, f);
        before = ',';
    }
    buf_str(b, before == '{' ? "{}" : "}");
}
