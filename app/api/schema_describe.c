/* schema_describe.c - JSON Schema (2020-12) of schemas, for the OpenAPI document. */
#include "api/schema.h"

#include "api/emit.h"
#include "core/buf.h"
#include <string.h>

static const struct {
    const char *type;   /* NULL: any, or said in another way */
    const char *format; /* of strings */
} kinds[] = {
    [SCHEMA_STRING] = { "string", NULL },     [SCHEMA_EMAIL] = { "string", "email" },
    [SCHEMA_ENUM] = { "string", NULL },       [SCHEMA_INT] = { "integer", "int64" },
    [SCHEMA_NUMBER] = { "number", "double" }, [SCHEMA_BOOL] = { "boolean", NULL },
    [SCHEMA_UUID] = { "string", "uuid" },     [SCHEMA_TIME] = { "string", "date-time" },
    [SCHEMA_DATE] = { "string", "date" },     [SCHEMA_UUIDS] = { "array", NULL },
    [SCHEMA_STRINGS] = { "array", NULL },     [SCHEMA_OBJECT] = { "object", NULL },
    [SCHEMA_JSON] = { NULL, NULL },           [SCHEMA_ONE] = { NULL, NULL },
    [SCHEMA_MANY] = { "array", NULL },
};

static void write_reference(struct buf *b, const struct schema *s)
{
    buf_str(b, "{\"$ref\":\"#/components/schemas/");
    buf_str(b, s->name);
    buf_str(b, "\"}");
}

static void write_type(struct buf *b, const char *type, bool nullable)
{
    emit_key(b, "type");
    if (!nullable) {
        buf_json_str(b, type);
        return;
    }
    buf_char(b, '[');
    buf_json_str(b, type);
    buf_str(b, ",\"null\"]");
}

static void write_enum(struct buf *b, const struct field *f)
{
    emit_key(b, "enum");
    buf_char(b, '[');
    for (const char *const *v = f->values; *v != NULL; v++) {
        emit_item(b);
        buf_json_str(b, *v);
    }
    buf_str(b, f->flags & FIELD_NULLABLE ? ",null]" : "]");
}

static void write_items(struct buf *b, const struct field *f)
{
    emit_key(b, "items");
    if (f->type == SCHEMA_MANY) {
        write_reference(b, f->of);
    } else if (f->type == SCHEMA_UUIDS) {
        buf_str(b, "{\"type\":\"string\",\"format\":\"uuid\"}");
    } else {
        buf_str(b, "{\"type\":\"string\",\"minLength\":1,\"maxLength\":255}");
    }
}

/* The two keywords that bound a value of this type; NULL for types without. */
static void write_bounds(struct buf *b, const struct field *f)
{
    const char *least = NULL, *most = NULL;
    switch (f->type) {
    case SCHEMA_STRING:
        least = "minLength", most = "maxLength";
        break;
    case SCHEMA_INT:
    case SCHEMA_NUMBER:
        least = "minimum", most = "maximum";
        break;
    case SCHEMA_UUIDS:
    case SCHEMA_STRINGS:
        least = "minItems", most = "maxItems";
        break;
    case SCHEMA_EMAIL:
        emit_int(b, "maxLength", 254);
        return;
    default:
        return;
    }
    bool number = f->type == SCHEMA_INT || f->type == SCHEMA_NUMBER;
    if (f->min != 0 || (number && f->max != 0)) {
        emit_int(b, least, f->min);
    }
    if (f->max != 0) {
        emit_int(b, most, f->max);
    }
}

static void write_one(struct buf *b, const struct field *f)
{
    if (f->flags & FIELD_NULLABLE) {
        emit_key(b, "anyOf");
        buf_char(b, '[');
        write_reference(b, f->of);
        buf_str(b, ",{\"type\":\"null\"}]");
    } else {
        emit_key(b, "$ref");
        buf_printf(b, "\"#/components/schemas/%s\"", f->of->name);
    }
}

void schema_describe_field(struct buf *b, const struct field *f, bool as_input)
{
    buf_char(b, '{');
    if (f->type == SCHEMA_ONE) {
        write_one(b, f);
    }
    if (kinds[f->type].type != NULL) {
        write_type(b, kinds[f->type].type, f->flags & FIELD_NULLABLE);
    }
    if (f->type == SCHEMA_ENUM) {
        write_enum(b, f);
    }
    if (kinds[f->type].type != NULL && strcmp(kinds[f->type].type, "array") == 0) {
        write_items(b, f);
    }
    bool password = as_input && (f->flags & FIELD_SECRET) && f->type == SCHEMA_STRING;
    emit_str(b, "format", password ? "password" : kinds[f->type].format);
    if (as_input) {
        write_bounds(b, f);
    }
    if (as_input && (f->flags & FIELD_SECRET)) {
        emit_json(b, "writeOnly", "true");
    }
    emit_str(b, "description", f->doc);
    if (f->example != NULL) {
        emit_key(b, "examples");
        buf_char(b, '[');
        buf_str(b, f->example);
        buf_char(b, ']');
    }
    buf_char(b, '}');
}

/* Output always has a field, but for those that lists leave out. */
static bool is_required(const struct field *f, bool as_input)
{
    return as_input ? f->flags & FIELD_REQUIRED : !(f->flags & (FIELD_INCLUDE | FIELD_SINGLE));
}

static bool in_body(const struct field *f, bool as_input)
{
    return !as_input || !(f->flags & FIELD_QUERY);
}

static void write_required(struct buf *b, const struct schema *s, bool as_input)
{
    emit_key(b, "required");
    buf_char(b, '[');
    for (int i = 0; i < s->count; i++) {
        if (in_body(&s->fields[i], as_input) && is_required(&s->fields[i], as_input)) {
            emit_item(b);
            buf_json_str(b, s->fields[i].name);
        }
    }
    buf_char(b, ']');
}

static void describe(struct buf *b, const struct schema *s, bool as_input, bool patch)
{
    buf_str(b, "{\"type\":\"object\"");
    if (as_input) {
        buf_str(b, ",\"additionalProperties\":false");
    }
    if (!patch) {
        write_required(b, s, as_input);
    }
    buf_str(b, ",\"properties\":{");
    for (int i = 0; i < s->count; i++) {
        if (in_body(&s->fields[i], as_input)) {
            emit_key(b, s->fields[i].name);
            schema_describe_field(b, &s->fields[i], as_input);
        }
    }
    buf_str(b, "}}");
}

void schema_describe(struct buf *b, const struct schema *s, bool as_input)
{
    describe(b, s, as_input, false);
}

void schema_describe_patch(struct buf *b, const struct schema *s)
{
    describe(b, s, true, true);
}
