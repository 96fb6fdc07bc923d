/* schema.h - field descriptors: one array decodes, validates, encodes and describes a JSON object.
 *
 * Input: a struct whose first member is `struct input in`, with one member per field:
 *   SCHEMA_STRING, SCHEMA_ENUM, SCHEMA_EMAIL, SCHEMA_JSON, SCHEMA_OBJECT  const char *   (JSON and OBJECT: compact JSON text)
 *   SCHEMA_INT int64_t   SCHEMA_NUMBER double   SCHEMA_BOOL bool   SCHEMA_UUID struct uuid
 *   SCHEMA_TIME int64_t (µs since 1970)   SCHEMA_DATE int64_t (days since 1970)
 *   SCHEMA_UUIDS struct uuid_list   SCHEMA_STRINGS struct text_list
 * Presence is kept apart (in.given, in.null; bit = index of the field), so that null and absent differ.
 *
 * Output: either rows of a query (a column per field, by name) or a struct (offset), in which SCHEMA_ONE and SCHEMA_MANY are
 * `const struct db_result *` (row 0 / all rows, NULL writes null / []). In a struct null is: a NULL pointer, and for FIELD_NULLABLE a nil
 * UUID, a TIME or DATE of 0 and an INT of INT64_MIN. Neither knows routes or requests. */
#pragma once

#include "core/uuid.h"
#include "platform/db.h"
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct buf;

enum field_type {
    SCHEMA_STRING,
    SCHEMA_EMAIL, /* trimmed, lower-cased domain kept as typed; one @, 3-254 bytes, no control characters or blanks or <> */
    SCHEMA_ENUM,
    SCHEMA_INT,
    SCHEMA_NUMBER,
    SCHEMA_BOOL,
    SCHEMA_UUID,
    SCHEMA_TIME,
    SCHEMA_DATE,
    SCHEMA_UUIDS,
    SCHEMA_STRINGS,
    SCHEMA_OBJECT, /* any JSON object */
    SCHEMA_JSON,   /* any JSON value */
    SCHEMA_ONE,    /* output: an object by `of`; from a row: a jsonb column already in that shape */
    SCHEMA_MANY    /* output: an array of them */
};

enum field_flags {
    FIELD_REQUIRED = 1, /* input: must be given */
    FIELD_NULLABLE = 2, /* input: null clears; output: may be null */
    FIELD_QUERY = 4,    /* input: a parameter of the query string, not of the body */
    FIELD_SORT = 8,     /* output of a list: may stand in sort= */
    FIELD_FILTER = 16,  /* output of a list: may stand as a filter */
    FIELD_INCLUDE = 32, /* output: left out of list rows unless include= names it */
    FIELD_SINGLE = 64,  /* output: only in the single object, never in list rows */
    FIELD_SECRET = 128, /* input: never logged, never echoed, not kept in examples (password, token) */
    FIELD_RAW = 256     /* input strings: not trimmed (passwords) */
};

struct field {
    const char *name;
    enum field_type type;
    unsigned flags;
    size_t offset;
    int64_t min, max; /* STRING: code points; INT: value (neither: 32 bits); lists: items, 500 without a max (each string
                                   of STRINGS 1-255); OBJECT, JSON: bytes as compact JSON, 64 KiB without a max; else max 0: none */
    const char *const *values; /* ENUM: NULL-terminated */
    const struct schema *of;   /* ONE, MANY; of an input's JSON what its items are (NULL: not said), decoded by the handler */
    const char *doc;           /* for people: OpenAPI and messages */
    const char *example;       /* JSON text for the docs; NULL: made from the type */
};

struct schema {
    const char *name; /* "Task", the OpenAPI component */
    const struct field *fields;
    int count;   /* at most 63 */
    size_t size; /* of the input struct; 0 for output-only */
};

/* FIELD(struct task_input, title, SCHEMA_STRING, .flags = FIELD_REQUIRED, .min = 1, .max = 255, .doc = "…") */
#define FIELD(st, member, kind, ...)                                                                                           \
    {                                                                                                                          \
        .name = #member, .type = (kind), .offset = offsetof(st, member), __VA_ARGS__                                           \
    }
/* For output from query rows: COLUMN(title, SCHEMA_STRING, .doc = "…") */
#define COLUMN(column, kind, ...)                                                                                              \
    {                                                                                                                          \
        .name = #column, .type = (kind), __VA_ARGS__                                                                           \
    }
/* struct schema of a static array */
#define SCHEMA(title, array, struct_size)                                                                                      \
    {                                                                                                                          \
        .name = (title), .fields = (array), .count = (int)(sizeof(array) / sizeof *(array)), .size = (struct_size)             \
    }

struct input {
    uint64_t given; /* present, null included */
    uint64_t null;  /* present as null */
};

struct field_error {
    const char *field;
    const char *message;
    struct field_error *next;
};

struct field_errors {
    struct field_error *first, *last;
    struct arena *arena;
    int count; /* as told; at most 100 are kept */
};

void field_error_add(struct field_errors *e, const char *field, const char *message);
/* {"title":["…","…"],"status":["…"]}; {} when there is none. */
void field_errors_write(const struct field_errors *e, struct buf *b);

/* Parses JSON strictly: UTF-8, no duplicate keys, no NUL in strings, at most `depth` deep, an object at the top. NULL with words for a
 * person in *ret_problem. The value is adopted by the arena. An empty body of n = 0 gives an empty object. */
json_t *schema_parse(struct arena *a, const char *text, size_t n, int depth, const char **ret_problem);

/* Decodes the body into `out` (schema->size bytes, zeroed by the caller). Every wrong, unknown, unsettable (`reserved`: NULL-terminated
 * names known to the output but not to the input, for a better message) or missing field is added to `errors`. */
void schema_decode(struct arena *a, const struct schema *s, const json_t *body, const struct schema *output, void *out,
                   struct field_errors *errors);
/* One FIELD_QUERY parameter as text; false if the schema has no such parameter. */
bool schema_decode_param(struct arena *a, const struct schema *s, const char *name, const char *text, void *out,
                         struct field_errors *errors);
/* After body and parameters: required fields that are absent. */
void schema_require(const struct schema *s, const void *in, struct field_errors *errors);

const struct field *schema_field(const struct schema *s, const char *name);
bool schema_given(const struct schema *s, const void *in, const char *name); /* present, null included */
/* The value of field `name`, or of presence `has_<name>`, as a query parameter. False if there is no such field. */
bool schema_value(const struct schema *s, const void *in, const char *name, struct db_value *ret);

/* Writes {"id":…,…} from row `row`. `column` maps field index -> column index (-1: left out); make it once per query and schema. */
struct schema_plan {
    short column[64];
    unsigned char how[64]; /* the encoder's own: by which function the column is written; 0: it can't be */
    unsigned char name_length[64];
};
/* False, with the column's name, when a field has no column (FIELD_SINGLE and FIELD_INCLUDE may miss) or one of a type that it can't be
 * written from; the plan is made all the same. */
bool schema_plan_make(const struct schema *s, const struct db_result *r, struct schema_plan *ret, const char **ret_missing);
void schema_write_row(struct buf *b, const struct schema *s, const struct schema_plan *plan, const struct db_result *r,
                      int row);
/* Writes an object from a C struct. */
void schema_write_struct(struct buf *b, const struct schema *s, const void *from);
/* Writes all rows as an array, planning by itself; nested use. A column that is missing aborts, as in db_text(). */
void schema_write_rows(struct buf *b, const struct schema *s, const struct db_result *r);

/* JSON Schema (2020-12, as OpenAPI 3.1 has it) of the object; as input without its FIELD_QUERY fields. Objects within are references to
 * #/components/schemas/<name>. */
void schema_describe(struct buf *b, const struct schema *s, bool as_input);
/* As input of PATCH and PUT: nothing is required. */
void schema_describe_patch(struct buf *b, const struct schema *s);
/* Of one field's value. */
void schema_describe_field(struct buf *b, const struct field *f, bool as_input);
/* An example object: what the fields state, else by name and type. */
void schema_example(struct buf *b, const struct schema *s, bool as_input);
void schema_example_field(struct buf *b, const struct field *f);
