/* Bodies and parameters: what is taken, and the words for what is not. */
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
    const char *title, *secret, *email, *status, *settings, *anything;
    int64_t count, size, starts_at, day, limit;
    double hours;
    bool done, archived;
    struct uuid owner_id;
    struct uuid_list member_ids, team_ids;
    struct text_list tags;
};

static const char *const statuses[] = { "todo", "done", NULL };

static const struct field fields[] = {
    FIELD(struct thing, title, SCHEMA_STRING, .flags = FIELD_REQUIRED, .min = 1, .max = 10),
    FIELD(struct thing, secret, SCHEMA_STRING, .flags = FIELD_RAW | FIELD_SECRET, .max = 20),
    FIELD(struct thing, email, SCHEMA_EMAIL),
    FIELD(struct thing, status, SCHEMA_ENUM, .values = statuses),
    FIELD(struct thing, settings, SCHEMA_OBJECT, .flags = FIELD_NULLABLE),
    FIELD(struct thing, anything, SCHEMA_JSON, .max = 20),
    FIELD(struct thing, count, SCHEMA_INT),
    FIELD(struct thing, size, SCHEMA_INT, .min = 1, .max = INT64_C(5000000000)),
    FIELD(struct thing, starts_at, SCHEMA_TIME, .flags = FIELD_NULLABLE),
    FIELD(struct thing, day, SCHEMA_DATE),
    FIELD(struct thing, limit, SCHEMA_INT, .flags = FIELD_QUERY, .min = 1, .max = 100),
    FIELD(struct thing, hours, SCHEMA_NUMBER, .max = 24),
    FIELD(struct thing, done, SCHEMA_BOOL),
    FIELD(struct thing, archived, SCHEMA_BOOL, .flags = FIELD_QUERY),
    FIELD(struct thing, owner_id, SCHEMA_UUID, .flags = FIELD_REQUIRED | FIELD_NULLABLE),
    FIELD(struct thing, member_ids, SCHEMA_UUIDS, .min = 1, .max = 4),
    FIELD(struct thing, team_ids, SCHEMA_UUIDS, .flags = FIELD_QUERY),
    FIELD(struct thing, tags, SCHEMA_STRINGS, .max = 3),
};
static const struct schema thing_schema = SCHEMA("ThingInput", fields, sizeof(struct thing));

static const struct field output_fields[] = { COLUMN(id, SCHEMA_UUID), COLUMN(title, SCHEMA_STRING),
                                              COLUMN(version, SCHEMA_INT) };
static const struct schema output = SCHEMA("Thing", output_fields, 0);

#define ID_A "0193b2c4-7a10-7c3e-9f21-5d0c8e6a4b17"
#define ID_B "0193b2c4-7a10-7c3e-9f21-5d0c8e6a4b18"

static struct arena *a;
static struct thing thing;
static struct field_errors errors;
static struct buf words;

static int make_arena(void **state)
{
    (void)state;
    a = arena_create(1 << 24);
    return 0;
}

static int destroy_arena(void **state)
{
    (void)state;
    arena_destroy(a);
    buf_free(&words);
    return 0;
}

static const char *told(void)
{
    buf_clear(&words);
    field_errors_write(&errors, &words);
    return words.data;
}

static void begin(void)
{
    thing = (struct thing){ .in = { 0, 0 } };
    errors = (struct field_errors){ .arena = a };
}

/* Decodes a body into `thing`; the field errors as JSON. */
static const char *decode(const char *body)
{
    const char *problem = NULL;
    json_t *json = schema_parse(a, body, strlen(body), 32, &problem);
    begin();
    if (json == NULL) {
        fail_msg("%s", problem);
    }
    schema_decode(a, &thing_schema, json, &output, &thing, &errors);
    return told();
}

static const char *decode_param(const char *name, const char *text)
{
    begin();
    assert_true(schema_decode_param(a, &thing_schema, name, text, &thing, &errors));
    return told();
}

static const char *parse_problem(const char *body, size_t n, int depth)
{
    const char *problem = "";
    json_t *json = schema_parse(a, body, n, depth, &problem);
    assert_null(json);
    return problem;
}

static const char *problem_of(const char *body)
{
    return parse_problem(body, strlen(body), 32);
}

/* ---- parsing ---- */

static void an_empty_body_is_an_empty_object(void **state)
{
    const char *problem = NULL;
    (void)state;
    json_t *json = schema_parse(a, "", 0, 32, &problem);
    assert_true(json_is_object(json));
    assert_int_equal(json_object_size(json), 0);
}

static void what_is_no_json_object_is_refused_with_its_place(void **state)
{
    (void)state;
    assert_string_equal(problem_of("[1]"), "line 1, column 1: the body must be a JSON object, in braces");
    assert_string_equal(problem_of("\n  \"x\""), "line 2, column 3: the body must be a JSON object, in braces");
    assert_string_equal(problem_of("   "), "line 1, column 4: the body must be a JSON object, in braces");
    assert_string_equal(problem_of("{\"a\":1} {}"), "line 1, column 9: there is something after the end of the JSON");
    assert_string_equal(problem_of("{\"a\":"), "line 1, column 5: the JSON ends too early");
    assert_string_equal(problem_of("{\n\"a\": tru}"), "line 2, column 8: this is not valid JSON");
    assert_string_equal(problem_of("{\"a\":1,}"), "line 1, column 8: this is not valid JSON");
}

static void a_key_that_stands_twice_is_refused(void **state)
{
    (void)state;
    assert_string_equal(problem_of("{\"a\":1,\"a\":2}"), "line 1, column 10: a key stands twice in one object");
    assert_string_equal(problem_of("{\"x\":{\"a\":1,\"a\":1}}"), "line 1, column 15: a key stands twice in one object");
}

static void text_that_is_not_utf8_is_refused(void **state)
{
    (void)state;
    assert_non_null(strstr(problem_of("{\"a\":\"\xff\"}"), "the text is not UTF-8"));
    assert_non_null(strstr(problem_of("{\"a\":\"\xc0\x80\"}"), "the text is not UTF-8"));
    assert_non_null(strstr(problem_of("{\"a\":\"\xed\xa0\x80\"}"), "the text is not UTF-8"));
    assert_non_null(strstr(problem_of("{\"a\":\"\\ud800\"}"), "not valid JSON"));
}

static void the_character_zero_is_refused_however_it_is_written(void **state)
{
    (void)state;
    assert_non_null(strstr(problem_of("{\"a\":\"x\\u0000\"}"), "U+0000"));
    assert_non_null(strstr(problem_of("{\"a\\u0000b\":1}"), "U+0000"));
    assert_non_null(parse_problem("{\"a\":\"x\0\"}", 10, 32));
}

static void depth_32_is_taken_and_33_is_not(void **state)
{
    char body[200] = "{\"a\":";
    const char *problem = NULL;
    (void)state;
    memset(body + 5, '[', 31);
    memset(body + 36, ']', 31);
    strcpy(body + 67, "}");
    assert_non_null(schema_parse(a, body, strlen(body), 32, &problem));
    assert_string_equal(parse_problem(body, strlen(body), 31), "line 1, column 36: nested more than 31 deep");
    assert_non_null(schema_parse(a, "{\"a\":\"[[[[[[\"}", 14, 2, &problem));
    assert_non_null(schema_parse(a, "{\"a\":\"\\\"[[[[\"}", 14, 2, &problem));
    assert_non_null(schema_parse(a, "{\"a\":[],\"b\":[],\"c\":{}}", 22, 2, &problem));
}

static void a_hundred_thousand_brackets_are_refused_without_harm(void **state)
{
    size_t n = 100000;
    char *body = malloc(n);
    (void)state;
    assert_non_null(body);
    memset(body, '[', n);
    memcpy(body, "{\"a\":", 5);
    assert_string_equal(parse_problem(body, n, 32), "line 1, column 37: nested more than 32 deep");
    free(body);
}

static void numbers_beyond_64_bits_are_refused(void **state)
{
    (void)state;
    assert_non_null(strstr(problem_of("{\"count\":99999999999999999999}"), "a number is too large"));
    assert_non_null(strstr(problem_of("{\"hours\":1e999}"), "a number is too large"));
}

/* ---- fields ---- */

static void right_fields_arrive_with_their_presence(void **state)
{
    (void)state;
    assert_string_equal(
        decode("{\"title\":\"A\",\"status\":\"done\",\"count\":-7,\"size\":5000000000,\"hours\":1.5,\"done\":true,"
               "\"owner_id\":\"" ID_A "\",\"starts_at\":\"2026-11-20T23:17:05+01:00\",\"day\":\"1970-01-02\","
               "\"email\":\" ada@karara.example \",\"settings\":{\"b\":[1, 2],\"a\":null},\"anything\":[ ]}"),
        "{}");
    assert_string_equal(thing.title, "A");
    assert_string_equal(thing.status, "done");
    assert_int_equal(thing.count, -7);
    assert_int_equal(thing.size, INT64_C(5000000000));
    assert_true(thing.hours == 1.5);
    assert_true(thing.done);
    assert_int_equal(thing.owner_id.b[15], 0x17);
    assert_int_equal(thing.starts_at, INT64_C(1795213025000000));
    assert_int_equal(thing.day, 1);
    assert_string_equal(thing.email, "ada@karara.example");
    assert_string_equal(thing.settings, "{\"b\":[1,2],\"a\":null}");
    assert_string_equal(thing.anything, "[]");
    assert_true(schema_given(&thing_schema, &thing, "title"));
    assert_false(schema_given(&thing_schema, &thing, "secret"));
    assert_false(schema_given(&thing_schema, &thing, "nowhere"));
}

static void every_wrong_field_is_told_at_once(void **state)
{
    (void)state;
    assert_string_equal(
        decode("{\"title\":\"\",\"status\":\"open\",\"count\":3.0,\"done\":1,\"owner_id\":\"x\",\"version\":2,\"colour\":"
               "\"red\"}"),
        "{\"title\":[\"must be at least 1 character\"],\"status\":[\"must be one of: todo, done\"],"
        "\"count\":[\"must be a whole number\"],\"done\":[\"must be true or false\"],\"owner_id\":[\"must be a UUID\"],"
        "\"version\":[\"can't be set\"],\"colour\":[\"is not a field here\"]}");
}

static void lengths_count_code_points(void **state)
{
    (void)state;
    assert_string_equal(decode("{\"title\":\"äöüäöüäöü€\"}"), "{}");
    assert_string_equal(decode("{\"title\":\"äöüäöüäöü€😀\"}"), "{\"title\":[\"must be at most 10 characters\"]}");
}

static void strings_lose_the_blanks_around_them_unless_raw(void **state)
{
    (void)state;
    assert_string_equal(decode("{\"title\":\" \\t\\n a b \\r\\n\",\"secret\":\" a \"}"), "{}");
    assert_string_equal(thing.title, "a b");
    assert_string_equal(thing.secret, " a ");
    assert_string_equal(decode("{\"title\":\"\\u00a0\\u2003\\u3000\\u200b\\ufeff\"}"),
                        "{\"title\":[\"must be at least 1 character\"]}");
    assert_string_equal(decode("{\"title\":\"\\u00a0à\\u00a0\"}"), "{}");
    assert_string_equal(thing.title, "à");
}

static void control_characters_are_refused_but_line_ends_are_not(void **state)
{
    (void)state;
    assert_string_equal(decode("{\"title\":\"a\\n\\tb\"}"), "{}");
    static const char *const bad[] = { "{\"title\":\"a\\u0001\"}", "{\"title\":\"a\\u007f\"}", "{\"title\":\"a\\u0085b\"}",
                                       "{\"title\":\"\\u001b[0m\"}" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_string_equal(decode(bad[i]), "{\"title\":[\"must not contain control characters\"]}");
    }
    assert_string_equal(decode("{\"secret\":\"a\\u0007\"}"), "{\"secret\":[\"must not contain control characters\"]}");
}

static void null_clears_what_may_be_null_only(void **state)
{
    (void)state;
    assert_string_equal(decode("{\"title\":null,\"starts_at\":null}"), "{\"title\":[\"must not be null\"]}");
    assert_true(schema_given(&thing_schema, &thing, "starts_at"));
    struct db_value v;
    assert_true(schema_value(&thing_schema, &thing, "starts_at", &v));
    assert_false(v.is_set);
    assert_true(schema_value(&thing_schema, &thing, "has_starts_at", &v));
    assert_true(v.is_set && v.b);
    assert_true(schema_value(&thing_schema, &thing, "has_day", &v));
    assert_true(v.is_set && !v.b);
}

static void integers_stay_within_32_bits_unless_bounds_say_otherwise(void **state)
{
    (void)state;
    assert_string_equal(decode("{\"count\":2147483647}"), "{}");
    assert_string_equal(decode("{\"count\":2147483648}"), "{\"count\":[\"must be at most 2147483647\"]}");
    assert_string_equal(decode("{\"count\":-2147483649}"), "{\"count\":[\"must be at least -2147483648\"]}");
    assert_string_equal(decode("{\"size\":0}"), "{\"size\":[\"must be at least 1\"]}");
    assert_string_equal(decode("{\"size\":5000000001}"), "{\"size\":[\"must be at most 5000000000\"]}");
    assert_string_equal(decode("{\"count\":\"3\"}"), "{\"count\":[\"must be a whole number\"]}");
}

static void numbers_take_integers_and_keep_their_bounds(void **state)
{
    (void)state;
    assert_string_equal(decode("{\"hours\":8}"), "{}");
    assert_true(thing.hours == 8);
    assert_string_equal(decode("{\"hours\":24.5}"), "{\"hours\":[\"must be at most 24\"]}");
    assert_string_equal(decode("{\"hours\":-0.5}"), "{\"hours\":[\"must be at least 0\"]}");
    assert_string_equal(decode("{\"hours\":\"8\"}"), "{\"hours\":[\"must be a number\"]}");
}

static void times_need_an_offset(void **state)
{
    (void)state;
    assert_string_equal(decode("{\"starts_at\":\"2026-11-20T23:17:05\"}"),
                        "{\"starts_at\":[\"must be a time with its offset, such as 2026-11-20T23:17:05Z\"]}");
    assert_string_equal(decode("{\"starts_at\":1}"), "{\"starts_at\":[\"must be text\"]}");
    assert_string_equal(decode("{\"day\":\"2026-02-30\"}"), "{\"day\":[\"must be a date, such as 2026-11-20\"]}");
}

static void addresses_have_one_at_sign_and_no_blanks(void **state)
{
    static const char *const right[] = { "a@b", "ada.o'hara+x@mail.example" };
    static const char *const wrong[] = { "a@", "@b", "ab", "a@b@c", "a b@c", "<a@b>", "a@b\\u00a0c", "", "a@b\\u0001" };
    char body[100];
    (void)state;
    for (size_t i = 0; i < sizeof right / sizeof *right; i++) {
        snprintf(body, sizeof body, "{\"email\":\"%s\"}", right[i]);
        assert_string_equal(decode(body), "{}");
        assert_string_equal(thing.email, right[i]);
    }
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        snprintf(body, sizeof body, "{\"email\":\"%s\"}", wrong[i]);
        assert_string_equal(decode(body), "{\"email\":[\"must be an e-mail address\"]}");
    }
    char *local = arena_printf(a, "{\"email\":\"%0254d@b\"}", 0);
    assert_string_equal(decode(local), "{\"email\":[\"must be an e-mail address\"]}");
}

static void ids_of_a_list_are_kept_once_in_order(void **state)
{
    (void)state;
    assert_string_equal(decode("{\"member_ids\":[\"" ID_B "\",\"" ID_A "\",\"" ID_B "\"]}"), "{}");
    assert_int_equal(thing.member_ids.n, 2);
    assert_int_equal(thing.member_ids.v[0].b[15], 0x18);
    assert_int_equal(thing.member_ids.v[1].b[15], 0x17);
    assert_string_equal(decode("{\"member_ids\":[\"" ID_A "\",7]}"), "{\"member_ids\":[\"item 2 must be a UUID\"]}");
    assert_string_equal(decode("{\"member_ids\":\"" ID_A "\"}"), "{\"member_ids\":[\"must be a list\"]}");
    assert_string_equal(decode("{\"member_ids\":[]}"), "{\"member_ids\":[\"must have at least 1 item\"]}");
    assert_string_equal(decode("{\"member_ids\":[1,2,3,4,5]}"), "{\"member_ids\":[\"must have at most 4 items\"]}");
}

static void texts_of_a_list_are_not_empty(void **state)
{
    (void)state;
    assert_string_equal(decode("{\"tags\":[\" a \",\"b\"]}"), "{}");
    assert_int_equal(thing.tags.n, 2);
    assert_string_equal(thing.tags.v[0], "a");
    assert_string_equal(decode("{\"tags\":[\"a\",\" \"]}"), "{\"tags\":[\"item 2 must be at least 1 character\"]}");
    assert_string_equal(decode("{\"tags\":[null]}"), "{\"tags\":[\"item 1 must be text\"]}");
    assert_string_equal(decode("{\"tags\":[\"a\",\"b\",\"c\",\"d\"]}"), "{\"tags\":[\"must have at most 3 items\"]}");
    char *body = arena_printf(a, "{\"tags\":[\"%0256d\"]}", 0);
    assert_string_equal(decode(body), "{\"tags\":[\"item 1 must be at most 255 characters\"]}");
    assert_string_equal(decode("{\"tags\":[]}"), "{}");
    assert_int_equal(thing.tags.n, 0);
}

static void documents_have_a_ceiling(void **state)
{
    (void)state;
    assert_string_equal(decode("{\"settings\":[]}"), "{\"settings\":[\"must be an object\"]}");
    assert_string_equal(decode("{\"anything\":\"text\"}"), "{}");
    assert_string_equal(thing.anything, "\"text\"");
    assert_string_equal(decode("{\"anything\":\"much more text than that\"}"),
                        "{\"anything\":[\"must be at most 1 KiB of JSON\"]}");
    char *body = arena_printf(a, "{\"settings\":{\"a\":\"%065536d\"}}", 0);
    assert_string_equal(decode(body), "{\"settings\":[\"must be at most 64 KiB of JSON\"]}");
}

static void a_query_field_is_no_body_field(void **state)
{
    (void)state;
    assert_string_equal(decode("{\"limit\":5}"), "{\"limit\":[\"belongs in the query string, not in the body\"]}");
    assert_false(schema_given(&thing_schema, &thing, "limit"));
}

static void rubbish_of_many_fields_gets_a_short_answer(void **state)
{
    struct buf body = { 0 };
    (void)state;
    for (int i = 0; i < 5000; i++) {
        buf_printf(&body, "%c\"f%d\":1", i == 0 ? '{' : ',', i);
    }
    buf_char(&body, '}');
    const char *answer = decode(body.data);
    assert_true(strlen(answer) < 100 * 40);
    assert_non_null(strstr(answer, "\"f99\""));
    assert_null(strstr(answer, "\"f100\""));
    buf_free(&body);
}

/* ---- parameters ---- */

static void parameters_are_decoded_from_text(void **state)
{
    (void)state;
    assert_string_equal(decode_param("limit", "20"), "{}");
    assert_int_equal(thing.limit, 20);
    assert_string_equal(decode_param("archived", "true"), "{}");
    assert_true(thing.archived);
    assert_string_equal(decode_param("team_ids", ID_A ", " ID_B "," ID_A), "{}");
    assert_int_equal(thing.team_ids.n, 2);
}

static void wrong_parameters_are_told(void **state)
{
    (void)state;
    assert_string_equal(decode_param("limit", "101"), "{\"limit\":[\"must be at most 100\"]}");
    assert_string_equal(decode_param("limit", "ten"), "{\"limit\":[\"must be a whole number\"]}");
    assert_string_equal(decode_param("limit", ""), "{\"limit\":[\"must be a whole number\"]}");
    assert_string_equal(decode_param("archived", "1"), "{\"archived\":[\"must be true or false\"]}");
    assert_string_equal(decode_param("team_ids", "x"), "{\"team_ids\":[\"item 1 must be a UUID\"]}");
}

static void a_parameter_given_twice_is_told(void **state)
{
    (void)state;
    decode_param("limit", "20");
    assert_true(schema_decode_param(a, &thing_schema, "limit", "30", &thing, &errors));
    assert_string_equal(told(), "{\"limit\":[\"is given twice\"]}");
    assert_int_equal(thing.limit, 20);
}

static void only_query_fields_are_parameters(void **state)
{
    (void)state;
    begin();
    assert_false(schema_decode_param(a, &thing_schema, "title", "x", &thing, &errors));
    assert_false(schema_decode_param(a, &thing_schema, "nowhere", "x", &thing, &errors));
    assert_null(errors.first);
}

static void required_fields_that_are_absent_are_told_once(void **state)
{
    (void)state;
    decode("{}");
    schema_require(&thing_schema, &thing, &errors);
    assert_string_equal(told(), "{\"title\":[\"is required\"],\"owner_id\":[\"is required\"]}");
    decode("{\"title\":\"\",\"owner_id\":null}");
    schema_require(&thing_schema, &thing, &errors);
    assert_string_equal(told(), "{\"title\":[\"must be at least 1 character\"]}");
}

static void values_bind_by_their_type(void **state)
{
    struct db_value v;
    (void)state;
    assert_string_equal(decode("{\"title\":\"A\",\"hours\":2,\"done\":false,\"owner_id\":\"" ID_A
                               "\",\"tags\":[\"x\"],\"count\":3,"
                               "\"member_ids\":[\"" ID_A "\"],\"settings\":{}}"),
                        "{}");
    assert_true(schema_value(&thing_schema, &thing, "title", &v) && v.is_set);
    assert_string_equal(v.s, "A");
    assert_true(schema_value(&thing_schema, &thing, "hours", &v) && v.d == 2);
    assert_true(schema_value(&thing_schema, &thing, "done", &v) && v.is_set && !v.b);
    assert_true(schema_value(&thing_schema, &thing, "owner_id", &v) && v.u.b[15] == 0x17);
    assert_true(schema_value(&thing_schema, &thing, "tags", &v) && v.ss.n == 1);
    assert_true(schema_value(&thing_schema, &thing, "member_ids", &v) && v.us.n == 1);
    assert_true(schema_value(&thing_schema, &thing, "count", &v) && v.i == 3);
    assert_true(schema_value(&thing_schema, &thing, "settings", &v));
    assert_string_equal(v.s, "{}");
    assert_true(schema_value(&thing_schema, &thing, "day", &v) && !v.is_set);
    assert_false(schema_value(&thing_schema, &thing, "nowhere", &v));
    assert_false(schema_value(&thing_schema, &thing, "has_nowhere", &v));
}

static void messages_of_one_field_stand_together(void **state)
{
    (void)state;
    begin();
    field_error_add(&errors, "title", "one");
    field_error_add(&errors, "a\"b", "two");
    field_error_add(&errors, "title", "three");
    assert_string_equal(told(), "{\"title\":[\"one\",\"three\"],\"a\\\"b\":[\"two\"]}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_body_is_an_empty_object),
        cmocka_unit_test(what_is_no_json_object_is_refused_with_its_place),
        cmocka_unit_test(a_key_that_stands_twice_is_refused),
        cmocka_unit_test(text_that_is_not_utf8_is_refused),
        cmocka_unit_test(the_character_zero_is_refused_however_it_is_written),
        cmocka_unit_test(depth_32_is_taken_and_33_is_not),
        cmocka_unit_test(a_hundred_thousand_brackets_are_refused_without_harm),
        cmocka_unit_test(numbers_beyond_64_bits_are_refused),
        cmocka_unit_test(right_fields_arrive_with_their_presence),
        cmocka_unit_test(every_wrong_field_is_told_at_once),
        cmocka_unit_test(lengths_count_code_points),
        cmocka_unit_test(strings_lose_the_blanks_around_them_unless_raw),
        cmocka_unit_test(control_characters_are_refused_but_line_ends_are_not),
        cmocka_unit_test(null_clears_what_may_be_null_only),
        cmocka_unit_test(integers_stay_within_32_bits_unless_bounds_say_otherwise),
        cmocka_unit_test(numbers_take_integers_and_keep_their_bounds),
        cmocka_unit_test(times_need_an_offset),
        cmocka_unit_test(addresses_have_one_at_sign_and_no_blanks),
        cmocka_unit_test(ids_of_a_list_are_kept_once_in_order),
        cmocka_unit_test(texts_of_a_list_are_not_empty),
        cmocka_unit_test(documents_have_a_ceiling),
        cmocka_unit_test(a_query_field_is_no_body_field),
        cmocka_unit_test(rubbish_of_many_fields_gets_a_short_answer),
        cmocka_unit_test(parameters_are_decoded_from_text),
        cmocka_unit_test(wrong_parameters_are_told),
        cmocka_unit_test(a_parameter_given_twice_is_told),
        cmocka_unit_test(only_query_fields_are_parameters),
        cmocka_unit_test(required_fields_that_are_absent_are_told_once),
        cmocka_unit_test(values_bind_by_their_type),
        cmocka_unit_test(messages_of_one_field_stand_together),
    };
    return cmocka_run_group_tests(tests, make_arena, destroy_arena);
}
