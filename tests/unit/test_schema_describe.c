/* JSON Schema and examples of schemas. */
#include "api/schema.h"
#include "core/arena.h"
#include "core/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct thing {
    struct input in;
    const char *title, *password, *email, *status, *settings, *anything, *short_text;
    int64_t count, size, at, day, limit;
    double hours;
    bool done;
    struct uuid owner_id;
    struct uuid_list member_ids;
    struct text_list tags;
};

static const char *const statuses[] = { "todo", "done", NULL };
static const struct field fields[] = {
    FIELD(struct thing, title, SCHEMA_STRING, .flags = FIELD_REQUIRED, .min = 1, .max = 255, .doc = "What it is \"called\"."),
    FIELD(struct thing, password, SCHEMA_STRING, .flags = FIELD_SECRET | FIELD_RAW, .min = 40, .max = 200),
    FIELD(struct thing, email, SCHEMA_EMAIL),
    FIELD(struct thing, status, SCHEMA_ENUM, .values = statuses, .flags = FIELD_NULLABLE),
    FIELD(struct thing, settings, SCHEMA_OBJECT, .example = "{\"a\":[1]}"),
    FIELD(struct thing, anything, SCHEMA_JSON),
    FIELD(struct thing, short_text, SCHEMA_STRING, .max = 2),
    FIELD(struct thing, count, SCHEMA_INT),
    FIELD(struct thing, size, SCHEMA_INT, .min = 10, .max = 20),
    FIELD(struct thing, at, SCHEMA_TIME, .flags = FIELD_NULLABLE),
    FIELD(struct thing, day, SCHEMA_DATE),
    FIELD(struct thing, limit, SCHEMA_INT, .flags = FIELD_QUERY | FIELD_REQUIRED),
    FIELD(struct thing, hours, SCHEMA_NUMBER, .max = 24),
    FIELD(struct thing, done, SCHEMA_BOOL),
    FIELD(struct thing, owner_id, SCHEMA_UUID, .flags = FIELD_REQUIRED),
    FIELD(struct thing, member_ids, SCHEMA_UUIDS, .min = 2, .max = 5),
    FIELD(struct thing, tags, SCHEMA_STRINGS),
};
static const struct schema input = SCHEMA("ThingInput", fields, sizeof(struct thing));

static const struct field person_fields[] = { COLUMN(id, SCHEMA_UUID), COLUMN(name, SCHEMA_STRING) };
static const struct schema person = SCHEMA("Person", person_fields, 0);
static const struct field output_fields[] = {
    COLUMN(id, SCHEMA_UUID),
    COLUMN(description, SCHEMA_STRING, .flags = FIELD_NULLABLE | FIELD_INCLUDE),
    COLUMN(owner, SCHEMA_ONE, .of = &person),
    COLUMN(editor, SCHEMA_ONE, .of = &person, .flags = FIELD_NULLABLE | FIELD_SINGLE, .doc = "Who changed it last."),
    COLUMN(members, SCHEMA_MANY, .of = &person),
};
static const struct schema output = SCHEMA("Thing", output_fields, 0);

static struct arena *a;
static struct buf out;

static int make_arena(void **state)
{
    (void)state;
    a = arena_create(1 << 20);
    return 0;
}

static int destroy_arena(void **state)
{
    (void)state;
    arena_destroy(a);
    buf_free(&out);
    return 0;
}

/* What was written last, read as JSON. */
static json_t *read_back(void)
{
    const char *problem = "";
    json_t *json = schema_parse(a, out.data, out.len, 32, &problem);
    if (json == NULL) {
        fail_msg("%s in %s", problem, out.data);
    }
    return json;
}

/* A member of a member … as compact JSON; "" when it isn't there. */
static const char *at(const json_t *json, const char *name, const char *inner)
{
    json = json_object_get(json, name);
    if (inner != NULL) {
        json = json_object_get(json, inner);
    }
    char *text = json != NULL ? json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
    arena_adopt(a, text, free);
    return text != NULL ? text : "";
}

static void an_input_takes_nothing_undeclared_and_names_what_it_requires(void **state)
{
    (void)state;
    buf_clear(&out);
    schema_describe(&out, &input, true);
    json_t *json = read_back();
    assert_string_equal(at(json, "type", NULL), "\"object\"");
    assert_string_equal(at(json, "additionalProperties", NULL), "false");
    assert_string_equal(at(json, "required", NULL), "[\"title\",\"owner_id\"]");
    assert_string_equal(at(json, "properties", "limit"), "");
}

static void a_patch_requires_nothing(void **state)
{
    (void)state;
    buf_clear(&out);
    schema_describe_patch(&out, &input);
    json_t *json = read_back();
    assert_string_equal(at(json, "required", NULL), "");
    assert_string_equal(at(json, "properties", "owner_id"), "{\"type\":\"string\",\"format\":\"uuid\"}");
}

static void bounds_and_formats_are_stated(void **state)
{
    (void)state;
    buf_clear(&out);
    schema_describe(&out, &input, true);
    json_t *json = read_back();
    assert_string_equal(
        at(json, "properties", "title"),
        "{\"type\":\"string\",\"minLength\":1,\"maxLength\":255,\"description\":\"What it is \\\"called\\\".\"}");
    assert_string_equal(at(json, "properties", "password"),
                        "{\"type\":\"string\",\"format\":\"password\",\"minLength\":40,\"maxLength\":200,\"writeOnly\":true}");
    assert_string_equal(at(json, "properties", "email"), "{\"type\":\"string\",\"format\":\"email\",\"maxLength\":254}");
    assert_string_equal(at(json, "properties", "status"), "{\"type\":[\"string\",\"null\"],\"enum\":[\"todo\",\"done\",null]}");
    assert_string_equal(at(json, "properties", "settings"), "{\"type\":\"object\",\"examples\":[{\"a\":[1]}]}");
    assert_string_equal(at(json, "properties", "anything"), "{}");
    assert_string_equal(at(json, "properties", "size"),
                        "{\"type\":\"integer\",\"format\":\"int64\",\"minimum\":10,\"maximum\":20}");
    assert_string_equal(at(json, "properties", "hours"),
                        "{\"type\":\"number\",\"format\":\"double\",\"minimum\":0,\"maximum\":24}");
    assert_string_equal(at(json, "properties", "at"), "{\"type\":[\"string\",\"null\"],\"format\":\"date-time\"}");
    assert_string_equal(
        at(json, "properties", "member_ids"),
        "{\"type\":\"array\",\"items\":{\"type\":\"string\",\"format\":\"uuid\"},\"minItems\":2,\"maxItems\":5}");
}

static void an_output_has_all_fields_but_those_that_lists_leave_out(void **state)
{
    (void)state;
    buf_clear(&out);
    schema_describe(&out, &output, false);
    json_t *json = read_back();
    assert_string_equal(at(json, "required", NULL), "[\"id\",\"owner\",\"members\"]");
    assert_string_equal(at(json, "additionalProperties", NULL), "");
    assert_string_equal(at(json, "properties", "owner"), "{\"$ref\":\"#/components/schemas/Person\"}");
    assert_string_equal(at(json, "properties", "editor"),
                        "{\"anyOf\":[{\"$ref\":\"#/components/schemas/Person\"},{\"type\":\"null\"}],\"description\":\"Who "
                        "changed it last.\"}");
    assert_string_equal(at(json, "properties", "members"),
                        "{\"type\":\"array\",\"items\":{\"$ref\":\"#/components/schemas/Person\"}}");
}

static void an_example_is_accepted_by_its_own_schema(void **state)
{
    struct thing thing = { .in = { 0, 0 } };
    struct field_errors errors = { .arena = a };
    struct buf words = { 0 };
    (void)state;
    buf_clear(&out);
    schema_example(&out, &input, true);
    schema_decode(a, &input, read_back(), NULL, &thing, &errors);
    field_errors_write(&errors, &words);
    assert_string_equal(words.data, "{}");
    assert_int_equal(strlen(thing.password), 40);
    assert_int_equal(thing.member_ids.n, 2);
    assert_string_equal(thing.short_text, "te");
    buf_free(&words);
}

static void an_example_of_an_output_holds_what_it_refers_to(void **state)
{
    (void)state;
    buf_clear(&out);
    schema_example(&out, &output, false);
    json_t *json = read_back();
    assert_string_equal(at(json, "owner", "name"), "\"Spring launch\"");
    assert_int_equal(json_array_size(json_object_get(json, "members")), 1);
    assert_int_equal(json_object_size(json), 5);
}

static void nothing_is_described_by_an_empty_object(void **state)
{
    static const struct schema empty = { .name = "Empty", .fields = fields, .count = 0 };
    (void)state;
    buf_clear(&out);
    schema_describe(&out, &empty, true);
    assert_string_equal(out.data, "{\"type\":\"object\",\"additionalProperties\":false,\"required\":[],\"properties\":{}}");
    buf_clear(&out);
    schema_example(&out, &empty, true);
    assert_string_equal(out.data, "{}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_input_takes_nothing_undeclared_and_names_what_it_requires),
        cmocka_unit_test(a_patch_requires_nothing),
        cmocka_unit_test(bounds_and_formats_are_stated),
        cmocka_unit_test(an_output_has_all_fields_but_those_that_lists_leave_out),
        cmocka_unit_test(an_example_is_accepted_by_its_own_schema),
        cmocka_unit_test(an_example_of_an_output_holds_what_it_refers_to),
        cmocka_unit_test(nothing_is_described_by_an_empty_object),
    };
    return cmocka_run_group_tests(tests, make_arena, destroy_arena);
}
