/* What a row must be: a row that is right, and then that row broken in every way that is known. */
#include "api/registry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct thing_input {
    struct input in;
    const char *title, *status;
    int64_t q;
};

static const struct field input_fields[] = {
    FIELD(struct thing_input, title, SCHEMA_STRING, .flags = FIELD_REQUIRED, .min = 1, .max = 10),
    FIELD(struct thing_input, q, SCHEMA_INT, .flags = FIELD_QUERY),
};
static const struct schema input = SCHEMA("ThingInput", input_fields, sizeof(struct thing_input));
static const struct field output_fields[] = {
    COLUMN(id, SCHEMA_UUID),
    COLUMN(title, SCHEMA_STRING, .flags = FIELD_SORT),
    COLUMN(created_at, SCHEMA_TIME, .flags = FIELD_SORT | FIELD_FILTER),
    COLUMN(version, SCHEMA_INT),
};
static const struct schema output = SCHEMA("Thing", output_fields, 0);

static const struct sql_query get = { .name = "thing_get", .kind = SQL_ONE }, list = { .name = "thing_list", .kind = SQL_LIST },
                              many = { .name = "thing_many", .kind = SQL_MANY };
static const struct scope scope = { .name = "thing", .locate = &get, .get = &get, .output = &output };

static enum err handler(struct request *rq)
{
    (void)rq;
    return ERR_NONE;
}

static const struct route right_list = { .method = HTTP_GET,
                                         .path = "/things",
                                         .permission = PERM_IN_BRAND,
                                         .output = &output,
                                         .reply = REPLY_LIST,
                                         .tx = TX_READ,
                                         .queries = { &list },
                                         .sort = "-created_at,title",
                                         .flags = ROUTE_TENANT,
                                         .summary = "List things" };
static const struct route right_post = { .method = HTTP_POST,
                                         .path = "/things",
                                         .permission = PERM_CAN_CREATE_TASKS,
                                         .input = &input,
                                         .output = &output,
                                         .reply = REPLY_CREATED,
                                         .tx = TX_WRITE,
                                         .handler = handler,
                                         .location = "/things/{id}",
                                         .event = "thing.created",
                                         .flags = ROUTE_TENANT,
                                         .summary = "Make a thing" };
static const struct route right_patch = { .method = HTTP_PATCH,
                                          .path = "/things/{id}",
                                          .permission = PERM_CAN_EDIT_TASKS,
                                          .or_permission = PERM_CAN_EDIT_ASSIGNED_TASKS,
                                          .scope = &scope,
                                          .input = &input,
                                          .output = &output,
                                          .reply = REPLY_ONE,
                                          .tx = TX_WRITE,
                                          .queries = { &get },
                                          .event = "thing.updated",
                                          .flags = ROUTE_TENANT,
                                          .summary = "Change a thing" };
static const struct route right_open = { .method = HTTP_GET,
                                         .path = "/health",
                                         .permission = PERM_PUBLIC,
                                         .output = &output,
                                         .reply = REPLY_ONE,
                                         .tx = TX_NONE,
                                         .handler = handler,
                                         .summary = "Say that it runs" };

static struct route rows[4];
static struct route_table table = { .domain = "things", .rows = rows, .count = 4 };
const struct route_table *const registry_tables[] = { &table, NULL };

static char words[4000];

static int make_rows(void **state)
{
    (void)state;
    rows[0] = right_list;
    rows[1] = right_post;
    rows[2] = right_patch;
    rows[3] = right_open;
    table.count = 4;
    return 0;
}

/* True when the check fails, and with these words about row `n`. */
static bool complains(const char *expected)
{
    bool right = registry_check(words, sizeof words);
    if (right || strstr(words, expected) == NULL) {
        print_message("wanted: %s\ngot: %s\n", expected, words);
        return false;
    }
    return true;
}

static void right_rows_pass(void **state)
{
    (void)state;
    assert_true(registry_check(words, sizeof words));
    assert_string_equal(words, "");
}

/* Changes one member of a row, expects the words, and puts it back. */
#define BREAK(row, change, expected)                                                                                           \
    do {                                                                                                                       \
        struct route *r = &rows[row];                                                                                          \
        change;                                                                                                                \
        assert_true(complains(expected));                                                                                      \
        make_rows(NULL);                                                                                                       \
    } while (0)

static void a_row_without_permission_keeps_a_worker_from_starting(void **state)
{
    (void)state;
    BREAK(0, r->permission = PERM_UNSET, "things: GET /things: no permission is set");
    BREAK(0, r->permission = PERM_COUNT, "no permission is set");
    BREAK(3, r->or_permission = PERM_CAN_COMMENT, "or_permission goes only with permissions in a brand");
}

static void a_row_in_a_brand_needs_a_permission_in_it(void **state)
{
    (void)state;
    BREAK(0, r->permission = PERM_PUBLIC, "a row in a brand needs a permission in that brand");
    BREAK(0, r->permission = PERM_SIGNED_IN, "a row in a brand needs a permission in that brand");
    BREAK(0, r->permission = PERM_PLATFORM_ADMIN, "a row in a brand needs a permission in that brand");
}

static void a_permission_that_would_never_be_asked_is_refused(void **state)
{
    (void)state;
    BREAK(0, r->flags = 0, "permissions in a brand, and {brand_id} in the path, need ROUTE_TENANT");
    BREAK(3, r->path = "/brands/{brand_id}/health", "need ROUTE_TENANT");
    BREAK(3, r->permission = PERM_PLATFORM_ADMIN, "its permission is asserted in the database");
    BREAK(1, r->tx = TX_NONE, "its permission is asserted in the database");
}

static void rows_of_signing_in_are_closed_to_api_tokens(void **state)
{
    (void)state;
    BREAK(1, r->path = "/auth/things", "a row of signing in is ROUTE_SESSION_ONLY, or public");
    BREAK(3, r->flags |= ROUTE_SESSION_ONLY, "ROUTE_SESSION_ONLY is for rows that ask who calls");
}

static void passwords_are_computed_where_a_transaction_is_yet_to_begin(void **state)
{
    (void)state;
    BREAK(1, r->flags |= ROUTE_HASHES, "ROUTE_HASHES goes with TX_STEPS");
    BREAK(3, r->flags |= ROUTE_HASHES, "ROUTE_HASHES goes with TX_STEPS");
}

static void paths_have_one_shape(void **state)
{
    static const char *const wrong[] = {
        NULL,          "",           "things",      "/things/",     "//things",    "/Things",
        "/things/{id", "/things/{}", "/things/id}", "/things/{Id}", "/api/things", "/things/{id}x",
        "/things?x",   "/th ings"
    };
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        BREAK(3, r->path = wrong[i], "the path isn't /literals-and/{params} without /api");
    }
    BREAK(3, r->path = "/a/{id}/b/{id}", "two parameters of the path have one name");
    BREAK(2, r->path = "/a/{a}/{b}/{c}/{d}/{e}/{id}", "too many parameters");
    BREAK(3, r->method = HTTP_HEAD, "the method is none that a row can have");
}

static void work_is_a_handler_or_queries(void **state)
{
    (void)state;
    BREAK(3, r->handler = NULL, "it needs a handler or queries, and not both");
    BREAK(2, r->handler = handler, "it needs a handler or queries, and not both");
    BREAK(2, r->queries[2] = &get, "there is a gap in its queries");
    BREAK(2, r->tx = TX_NONE, "its transaction kind doesn't go with queries");
}

static void replies_have_what_they_need(void **state)
{
    (void)state;
    BREAK(3, r->reply = 0, "no reply kind is set");
    BREAK(3, r->output = NULL, "the reply needs an output schema");
    BREAK(0, r->queries[0] = &many, "its last query is of a kind that can't make its reply");
    BREAK(2, r->queries[0] = &list, "its last query is of a kind that can't make its reply");
    BREAK(0, r->sort = NULL, "a list needs a default sort");
    BREAK(0, r->sort = "version", "sort names a field that isn't FIELD_SORT in the output");
    BREAK(0, r->sort = "title,,created_at", "sort names a field");
    BREAK(0, r->sort = "-nowhere", "sort names a field");
    BREAK(3, r->sort = "title", "sort and count are for lists");
    BREAK(3, r->count = &get, "sort and count are for lists");
    BREAK(1, r->location = NULL, "REPLY_CREATED needs a location");
    BREAK(1, r->location = "things/{id}", "REPLY_CREATED needs a location");
    static const struct schema idless = { .name = "Idless", .fields = output_fields + 1, .count = 3 };
    BREAK(1, r->output = &idless, "REPLY_CREATED needs a location, and for {id} in it an id in the output");
    BREAK(3, r->location = "/things/{id}", "a location is for REPLY_CREATED");
    BREAK(1, r->method = HTTP_PUT, "only POST answers with REPLY_CREATED");
}

static void a_raw_row_needs_a_handler_and_nothing_else(void **state)
{
    (void)state;
    rows[3].flags = ROUTE_RAW;
    rows[3].output = NULL;
    rows[3].reply = 0;
    assert_true(registry_check(words, sizeof words));
    BREAK(3, (r->flags = ROUTE_RAW, r->handler = NULL), "ROUTE_RAW needs a handler");
}

static void reading_leaves_no_trace_and_writing_does(void **state)
{
    (void)state;
    BREAK(0, r->tx = TX_WRITE, "GET may not write, nor emit an event");
    BREAK(0, r->event = "thing.read", "GET may not write, nor emit an event");
    BREAK(0, r->input = &input, "GET takes no body: its fields must be FIELD_QUERY");
    BREAK(1, r->event = NULL, "a write in a brand must emit an event");
    BREAK(1, r->event = "created", "an event is named like task.updated");
    BREAK(1, r->event = "Thing.created", "an event is named like task.updated");
    BREAK(1, r->tx = TX_READ, "an event needs a transaction that writes");
}

static void one_name_is_one_schema(void **state)
{
    static const struct schema output_again = SCHEMA("Thing", output_fields, 0),
                               input_again = SCHEMA("ThingInput", input_fields, sizeof(struct thing_input));
    static const struct schema shorter = { .name = "Thing", .fields = output_fields, .count = 1 };
    static const struct schema input_shorter = {
        .name = "ThingInput", .fields = input_fields, .count = 1, .size = sizeof(struct thing_input)
    };
    (void)state;
    rows[3].output = &output_again;
    rows[2].input = &input_again;
    assert_true(registry_check(words, sizeof words));
    make_rows(NULL);
    BREAK(3, r->output = &shorter, "its output Thing isn't that of /things");
    BREAK(2, r->input = &input_shorter, "its input ThingInput isn't that of /things");
}

static void rows_are_told_apart(void **state)
{
    (void)state;
    BREAK(3, r->path = "/things", "another row has this method and address (/things)");
    BREAK(3, (*r = right_patch, r->path = "/things/{thing_id}"), "another row has this method and address (/things/{id})");
    BREAK(3, r->summary = NULL, "it needs a summary of one line");
    BREAK(3, r->summary = "two\nlines", "it needs a summary of one line");
}

static void rows_about_one_thing_need_its_scope(void **state)
{
    static const struct scope nameless = { .locate = &get }, lost = { .name = "thing" };
    (void)state;
    BREAK(2, r->scope = NULL, "a row in a brand with {id} needs a scope");
    BREAK(2, r->scope = &nameless, "its scope needs a name, locate, and an output for get");
    BREAK(2, r->scope = &lost, "its scope needs a name, locate, and an output for get");
}

static void fields_of_schemas_are_checked(void **state)
{
    static struct field f[2];
    static struct schema s = { .name = "Odd", .fields = f, .count = 1, .size = sizeof(struct thing_input) };
    (void)state;
#define ODD_INPUT(field_init, expected)                                                                                        \
    (f[0] = (struct field)field_init, s.count = 1, rows[1].input = &s, assert_true(complains(expected)), make_rows(NULL))
#define ODD_OUTPUT(field_init, expected)                                                                                       \
    (f[0] = (struct field)field_init, s.count = 1, rows[3].output = &s, assert_true(complains(expected)), make_rows(NULL))
#define INIT(...) { __VA_ARGS__ }
    ODD_INPUT(INIT(.name = "Title", .offset = 16), "the field Title of Odd isn't named in lower case");
    ODD_INPUT(INIT(.name = "x", .type = SCHEMA_ENUM, .offset = 16), "the field x of Odd is an enum without values");
    ODD_INPUT(INIT(.name = "x", .type = SCHEMA_ONE, .offset = 16), "can't be decoded");
    ODD_INPUT(INIT(.name = "x", .type = SCHEMA_JSON, .flags = FIELD_QUERY, .offset = 16), "can't be a query parameter");
    ODD_INPUT(INIT(.name = "x", .offset = 0), "lies outside of the input struct");
    ODD_INPUT(INIT(.name = "x", .offset = sizeof(struct thing_input)), "lies outside of the input struct");
    ODD_INPUT(INIT(.name = "x", .offset = 16, .min = 5, .max = 3), "has a maximum below its minimum");
    ODD_OUTPUT(INIT(.name = "x", .type = SCHEMA_MANY), "needs the schema of what it holds");
    ODD_OUTPUT(INIT(.name = "x", .type = SCHEMA_JSON, .flags = FIELD_SORT), "can't be sorted by");
    f[0] = f[1] = (struct field){ .name = "x" };
    s.count = 2;
    BREAK(3, r->output = &s, "the field x of Odd stands there twice");
    s.size = 0;
    BREAK(1, r->input = &s, "the size of its input struct isn't stated");
    s.size = sizeof(struct thing_input);
    s.name = "";
    BREAK(3, r->output = &s, "needs a name");
    s.name = "Odd";
}

static void a_schema_that_holds_itself_is_refused(void **state)
{
    static struct schema self;
    static struct field f = { .name = "parent", .type = SCHEMA_ONE, .of = &self };
    (void)state;
    self = (struct schema){ .name = "Self", .fields = &f, .count = 1 };
    BREAK(3, r->output = &self, "an end to its nesting");
}

static void lists_keep_their_parameters_to_themselves(void **state)
{
    static const struct field f[] = { COLUMN(id, SCHEMA_UUID), COLUMN(limit, SCHEMA_INT, .flags = FIELD_FILTER),
                                      COLUMN(title, SCHEMA_STRING, .flags = FIELD_SORT) };
    static const struct schema s = SCHEMA("Odd", f, 0);
    static const struct schema keyless = { .name = "Keyless", .fields = &f[2], .count = 1 };
    (void)state;
    BREAK(0, (r->output = &s, r->sort = "title"), "limit is what every list calls a parameter of its own");
    BREAK(0, (r->output = &keyless, r->sort = "title"), "a list needs a UUID that is never null in its output");
}

static void all_problems_are_told_as_far_as_there_is_room(void **state)
{
    char little[40];
    (void)state;
    rows[0].permission = PERM_UNSET;
    rows[3].summary = NULL;
    assert_true(complains("things: GET /things: no permission is set"));
    assert_true(complains("\nthings: GET /health: it needs a summary of one line"));
    assert_false(registry_check(little, sizeof little));
    assert_true(strlen(little) < sizeof little);
    make_rows(NULL);
}

static void rows_are_numbered_over_all_tables(void **state)
{
    const char *domain = NULL;
    (void)state;
    assert_ptr_equal(registry_route(0, &domain), &rows[0]);
    assert_string_equal(domain, "things");
    assert_ptr_equal(registry_route(3, NULL), &rows[3]);
    assert_null(registry_route(4, NULL));
    assert_null(registry_route(-1, NULL));
}

static void the_table_of_routes_is_aligned(void **state)
{
    char *text = NULL;
    size_t n;
    (void)state;
    FILE *f = open_memstream(&text, &n);
    assert_non_null(f);
    registry_print_routes(f);
    fclose(f);
    assert_string_equal(text, "method   path          permission        event          summary\n"
                              "GET    * /things       (in brand)                       List things\n"
                              "POST   * /things       can_create_tasks  thing.created  Make a thing\n"
                              "PATCH  * /things/{id}  can_edit_tasks    thing.updated  Change a thing\n"
                              "GET      /health       (public)                         Say that it runs\n");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(right_rows_pass, make_rows),
        cmocka_unit_test_setup(a_row_without_permission_keeps_a_worker_from_starting, make_rows),
        cmocka_unit_test_setup(a_row_in_a_brand_needs_a_permission_in_it, make_rows),
        cmocka_unit_test_setup(a_permission_that_would_never_be_asked_is_refused, make_rows),
        cmocka_unit_test_setup(rows_of_signing_in_are_closed_to_api_tokens, make_rows),
        cmocka_unit_test_setup(passwords_are_computed_where_a_transaction_is_yet_to_begin, make_rows),
        cmocka_unit_test_setup(paths_have_one_shape, make_rows),
        cmocka_unit_test_setup(work_is_a_handler_or_queries, make_rows),
        cmocka_unit_test_setup(replies_have_what_they_need, make_rows),
        cmocka_unit_test_setup(a_raw_row_needs_a_handler_and_nothing_else, make_rows),
        cmocka_unit_test_setup(reading_leaves_no_trace_and_writing_does, make_rows),
        cmocka_unit_test_setup(one_name_is_one_schema, make_rows),
        cmocka_unit_test_setup(rows_are_told_apart, make_rows),
        cmocka_unit_test_setup(rows_about_one_thing_need_its_scope, make_rows),
        cmocka_unit_test_setup(fields_of_schemas_are_checked, make_rows),
        cmocka_unit_test_setup(a_schema_that_holds_itself_is_refused, make_rows),
        cmocka_unit_test_setup(lists_keep_their_parameters_to_themselves, make_rows),
        cmocka_unit_test_setup(all_problems_are_told_as_far_as_there_is_room, make_rows),
        cmocka_unit_test_setup(rows_are_numbered_over_all_tables, make_rows),
        cmocka_unit_test_setup(the_table_of_routes_is_aligned, make_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
