/* The OpenAPI document of rows of this test's own. */
#include "api/openapi.h"
#include "api/registry.h"
#include "api/router.h"
#include "core/buf.h"
#include "openapi_check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct thing_input {
    struct input in;
    const char *title, *status;
    bool dry_run;
};

static const char *const statuses[] = { "todo", "done", NULL };
static const struct field input_fields[] = {
    FIELD(struct thing_input, title, SCHEMA_STRING, .flags = FIELD_REQUIRED, .min = 1, .max = 10),
    FIELD(struct thing_input, status, SCHEMA_ENUM, .values = statuses),
    FIELD(struct thing_input, dry_run, SCHEMA_BOOL, .flags = FIELD_QUERY, .doc = "Try only."),
};
static const struct schema input = SCHEMA("ThingInput", input_fields, sizeof(struct thing_input));
static const struct schema clash = SCHEMA("Thing", input_fields, sizeof(struct thing_input));
static const struct field person_fields[] = { COLUMN(id, SCHEMA_UUID), COLUMN(name, SCHEMA_STRING) };
static const struct schema person = SCHEMA("Person", person_fields, 0);
static const struct field output_fields[] = {
    COLUMN(id, SCHEMA_UUID),
    COLUMN(title, SCHEMA_STRING, .flags = FIELD_SORT),
    COLUMN(status, SCHEMA_ENUM, .values = statuses, .flags = FIELD_FILTER),
    COLUMN(description, SCHEMA_STRING, .flags = FIELD_INCLUDE | FIELD_NULLABLE),
    COLUMN(due_at, SCHEMA_TIME, .flags = FIELD_SORT | FIELD_FILTER | FIELD_NULLABLE),
    COLUMN(done, SCHEMA_BOOL, .flags = FIELD_FILTER),
    COLUMN(team_ids, SCHEMA_UUIDS, .flags = FIELD_FILTER),
    COLUMN(owner, SCHEMA_ONE, .of = &person),
    COLUMN(history, SCHEMA_JSON, .flags = FIELD_SINGLE),
    COLUMN(version, SCHEMA_INT),
};
static const struct schema output = SCHEMA("Thing", output_fields, 0);
static const struct sql_query query = { .name = "thing_get" };
static const struct scope scope = { .name = "thing", .locate = &query, .get = &query, .output = &output };

static const struct route thing_rows[] = {
    { .method = HTTP_GET,
      .path = "/things",
      .permission = PERM_IN_BRAND,
      .output = &output,
      .reply = REPLY_LIST,
      .tx = TX_READ,
      .sort = "-due_at",
      .flags = ROUTE_TENANT,
      .summary = "List things" },
    { .method = HTTP_POST,
      .path = "/things",
      .permission = PERM_CAN_CREATE_TASKS,
      .input = &input,
      .output = &output,
      .reply = REPLY_CREATED,
      .tx = TX_WRITE,
      .event = "thing.created",
      .flags = ROUTE_TENANT,
      .summary = "Make a thing" },
    { .method = HTTP_GET,
      .path = "/things/{id}",
      .permission = PERM_IN_BRAND,
      .scope = &scope,
      .output = &output,
      .reply = REPLY_ONE,
      .tx = TX_READ,
      .flags = ROUTE_TENANT,
      .summary = "Get a thing",
      .doc = "With its \"history\"." },
    { .method = HTTP_PATCH,
      .path = "/things/{thing_id}",
      .permission = PERM_CAN_EDIT_TASKS,
      .or_permission = PERM_CAN_EDIT_ASSIGNED_TASKS,
      .scope = &scope,
      .input = &input,
      .output = &output,
      .reply = REPLY_ONE,
      .tx = TX_WRITE,
      .event = "thing.updated",
      .flags = ROUTE_TENANT,
      .summary = "Change a thing" },
    { .method = HTTP_DELETE,
      .path = "/things/{id}",
      .permission = PERM_CAN_DELETE_TASKS,
      .scope = &scope,
      .reply = REPLY_NULL,
      .tx = TX_WRITE,
      .event = "thing.deleted",
      .flags = ROUTE_TENANT,
      .summary = "Delete a thing" },
    { .method = HTTP_POST,
      .path = "/things/{id}/close-all",
      .permission = PERM_CAN_EDIT_TASKS,
      .scope = &scope,
      .input = &clash,
      .reply = REPLY_NULL,
      .tx = TX_WRITE,
      .event = "thing.closed",
      .flags = ROUTE_TENANT,
      .summary = "Close it" },
    { .method = HTTP_GET,
      .path = "/things/{id}/parts",
      .permission = PERM_IN_BRAND,
      .scope = &scope,
      .output = &person,
      .reply = REPLY_LIST,
      .tx = TX_READ,
      .sort = "name",
      .flags = ROUTE_TENANT,
      .summary = "List its parts" },
    { .method = HTTP_GET,
      .path = "/things/parts",
      .permission = PERM_IN_BRAND,
      .output = &person,
      .reply = REPLY_LIST,
      .tx = TX_READ,
      .sort = "name",
      .flags = ROUTE_TENANT | ROUTE_SESSION_ONLY | ROUTE_GIVES_CSV,
      .summary = "List all parts" },
};
static const struct route auth_rows[] = {
    { .method = HTTP_POST,
      .path = "/auth/refresh",
      .permission = PERM_PUBLIC,
      .output = &person,
      .reply = REPLY_ONE,
      .tx = TX_STEPS,
      .rate = RATE_AUTH,
      .summary = "Renew" },
    { .method = HTTP_GET,
      .path = "/brands/{brand_id}/things",
      .permission = PERM_IN_BRAND,
      .output = &person,
      .reply = REPLY_LIST,
      .tx = TX_READ,
      .sort = "name",
      .flags = ROUTE_TENANT,
      .summary = "List the brand's own" },
    { .method = HTTP_GET,
      .path = "/export.csv",
      .permission = PERM_PUBLIC,
      .tx = TX_NONE,
      .flags = ROUTE_RAW,
      .summary = "Export" },
};
static const struct route_table things = ROUTE_TABLE("things", thing_rows), others = ROUTE_TABLE("others", auth_rows);
const struct route_table *const registry_tables[] = { &things, &others, NULL };

static struct buf out;
static json_t *document;

static int write_document(void **state)
{
    (void)state;
    openapi_write(&out);
    assert_false(out.failed);
    document = openapi_check(out.data);
    return 0;
}

static int drop_document(void **state)
{
    (void)state;
    json_decref(document);
    buf_free(&out);
    return 0;
}

static json_t *operation(const char *method, const char *path)
{
    json_t *op = openapi_at(document, "paths", path, method, NULL);
    if (op == NULL) {
        fail_msg("there is no %s %s", method, path);
    }
    return op;
}

static const char *text_at(json_t *from, const char *name)
{
    const char *text = json_string_value(json_object_get(from, name));
    return text != NULL ? text : "";
}

/* The parameter of an operation, by its name or the name of its component; NULL when it has none. */
static json_t *parameter(json_t *op, const char *name)
{
    json_t *p;
    size_t i;
    json_array_foreach(json_object_get(op, "parameters"), i, p)
    {
        const char *reference = text_at(p, "$ref"), *last = strrchr(reference, '/');
        if (strcmp(text_at(p, "name"), name) == 0 || (last != NULL && strcmp(last + 1, name) == 0)) {
            return p;
        }
    }
    return NULL;
}

static void every_address_has_its_operations(void **state)
{
    (void)state;
    assert_string_equal(text_at(operation("get", "/things"), "operationId"), "things_list");
    assert_string_equal(text_at(operation("post", "/things"), "operationId"), "things_create");
    assert_string_equal(text_at(operation("get", "/things/{id}"), "operationId"), "things_get");
    assert_string_equal(text_at(operation("patch", "/things/{id}"), "operationId"), "things_update");
    assert_string_equal(text_at(operation("delete", "/things/{id}"), "operationId"), "things_delete");
    assert_string_equal(text_at(operation("post", "/things/{id}/close-all"), "operationId"), "things_close_all");
    assert_string_equal(text_at(operation("get", "/things/{id}/parts"), "operationId"), "things_parts_list");
    assert_string_equal(text_at(operation("get", "/things/parts"), "operationId"), "things_parts_list_2");
    assert_string_equal(text_at(operation("get", "/things/{id}"), "description"), "With its \"history\".");
}

static void rows_of_one_shape_share_an_address(void **state)
{
    (void)state;
    assert_null(openapi_at(document, "paths", "/things/{thing_id}", NULL));
}

static void put_is_told_where_patch_serves_it(void **state)
{
    json_t *put = operation("put", "/things/{id}");
    (void)state;
    assert_string_equal(text_at(put, "operationId"), "things_update_put");
    assert_string_equal(text_at(put, "x-same-as"), "things_update");
}

static void tenant_rows_stand_under_their_brand_too(void **state)
{
    json_t *op = operation("get", "/brands/{brand_id}/things/{id}");
    (void)state;
    assert_string_equal(text_at(op, "operationId"), "things_get_in_brand");
    assert_string_equal(text_at(op, "x-same-as"), "things_get");
    assert_non_null(parameter(op, "BrandAddress"));
    assert_null(parameter(op, "BrandHeader"));
    assert_non_null(parameter(operation("get", "/things/{id}"), "BrandHeader"));
}

static void a_row_of_its_own_hides_a_brand_address(void **state)
{
    (void)state;
    assert_string_equal(text_at(operation("get", "/brands/{brand_id}/things"), "summary"), "List the brand's own");
    assert_string_equal(text_at(operation("post", "/brands/{brand_id}/things"), "x-same-as"), "things_create");
}

static void permissions_and_events_are_told(void **state)
{
    json_t *op = operation("patch", "/things/{id}");
    (void)state;
    assert_string_equal(text_at(op, "x-permission"), "can_edit_tasks");
    assert_string_equal(text_at(op, "x-or-permission"), "can_edit_assigned_tasks");
    assert_string_equal(text_at(op, "x-event"), "thing.updated");
    assert_string_equal(text_at(operation("get", "/things"), "x-permission"), "in_brand");
    assert_int_equal(json_array_size(openapi_at(document, "x-permissions", "roles", NULL)), ROLE_COUNT - 1);
}

static void what_an_api_token_needs_is_told(void **state)
{
    (void)state;
    assert_string_equal(text_at(operation("patch", "/things/{id}"), "x-scope"), "things:write");
    assert_string_equal(text_at(operation("get", "/things"), "x-scope"), "things:read");
    assert_null(json_object_get(operation("get", "/things"), "x-session-only"));
    assert_true(json_is_true(json_object_get(operation("get", "/things/parts"), "x-session-only")));
    assert_null(json_object_get(operation("get", "/things/parts"), "x-scope"));
    assert_null(json_object_get(operation("post", "/auth/refresh"), "x-scope"));
}

static void lists_tell_their_parameters_and_filters(void **state)
{
    static const char *const names[] = { "Limit",       "Cursor",     "Page",        "Count",  "sort",
                                         "fields",      "include",    "status",      "due_at", "due_at[lt]",
                                         "due_at[lte]", "due_at[gt]", "due_at[gte]", "done",   "team_ids" };
    json_t *op = operation("get", "/things");
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (parameter(op, names[i]) == NULL) {
            fail_msg("no parameter %s", names[i]);
        }
    }
    assert_null(parameter(op, "status[lt]"));
    assert_null(parameter(op, "title"));
    json_t *sort = openapi_at(parameter(op, "sort"), "schema", "items", "enum", NULL);
    assert_int_equal(json_array_size(sort), 4);
    assert_string_equal(json_string_value(json_array_get(sort, 1)), "-title");
    json_t *fields = openapi_at(parameter(op, "fields"), "schema", "items", "enum", NULL);
    assert_int_equal(json_array_size(fields), sizeof output_fields / sizeof *output_fields - 1);
    assert_non_null(strstr(text_at(parameter(op, "due_at"), "description"), "`!null`"));
}

static void query_fields_are_parameters_and_not_in_the_body(void **state)
{
    json_t *op = operation("post", "/things");
    (void)state;
    assert_non_null(parameter(op, "dry_run"));
    assert_null(openapi_at(document, "components", "schemas", "ThingInput", "properties", "dry_run", NULL));
    assert_non_null(openapi_at(document, "components", "schemas", "ThingInput", "properties", "title", NULL));
}

static void headers_are_asked_where_they_are_honoured(void **state)
{
    (void)state;
    assert_non_null(parameter(operation("patch", "/things/{id}"), "IfMatch"));
    assert_non_null(parameter(operation("put", "/things/{id}"), "IfMatch"));
    assert_non_null(parameter(operation("delete", "/things/{id}"), "IfMatch"));
    assert_null(parameter(operation("get", "/things/{id}"), "IfMatch"));
    assert_non_null(parameter(operation("get", "/things/{id}"), "IfNoneMatch"));
    assert_non_null(parameter(operation("post", "/things"), "IdempotencyKey"));
    assert_null(parameter(operation("patch", "/things/{id}"), "IdempotencyKey"));
}

static void bodies_are_components(void **state)
{
    json_t *post = json_object_get(operation("post", "/things"), "requestBody"),
           *patch = json_object_get(operation("patch", "/things/{id}"), "requestBody"),
           *action = json_object_get(operation("post", "/things/{id}/close-all"), "requestBody");
    (void)state;
    assert_true(json_is_true(json_object_get(post, "required")));
    assert_string_equal(text_at(openapi_at(post, "content", "application/json", "schema", NULL), "$ref"),
                        "#/components/schemas/ThingInput");
    assert_string_equal(text_at(openapi_at(patch, "content", "application/merge-patch+json", "schema", NULL), "$ref"),
                        "#/components/schemas/ThingInputPatch");
    assert_null(openapi_at(document, "components", "schemas", "ThingInputPatch", "required", NULL));
    assert_string_equal(text_at(openapi_at(action, "content", "application/json", "schema", NULL), "$ref"),
                        "#/components/schemas/ThingBody");
    assert_null(json_object_get(operation("delete", "/things/{id}"), "requestBody"));
}

static void answers_are_the_envelope_around_the_schema(void **state)
{
    json_t *created = openapi_at(document, "components", "responses", "Thing.created", NULL);
    (void)state;
    assert_string_equal(text_at(openapi_at(operation("post", "/things"), "responses", "201", NULL), "$ref"),
                        "#/components/responses/Thing.created");
    assert_non_null(openapi_at(created, "headers", "Location", NULL));
    assert_non_null(openapi_at(created, "headers", "ETag", NULL));
    json_t *parts = openapi_at(created, "content", "application/json", "schema", "allOf", NULL);
    assert_string_equal(text_at(openapi_at(json_array_get(parts, 1), "properties", "data", NULL), "$ref"),
                        "#/components/schemas/Thing");
    json_t *list = openapi_at(document, "components", "responses", "Thing.list", "content", "application/json", NULL);
    assert_int_equal(json_array_size(openapi_at(list, "example", "data", NULL)), 1);
    assert_string_equal(json_string_value(openapi_at(list, "example", "meta", "sort", NULL)), "-due_at");
    assert_true(json_is_null(
        openapi_at(document, "components", "responses", "Nothing", "content", "application/json", "example", "data", NULL)));
    assert_non_null(openapi_at(operation("get", "/export.csv"), "responses", "200", "content", "text/csv", NULL));
}

static void a_list_that_comes_as_a_table_too_says_how(void **state)
{
    (void)state;
    json_t *answer = openapi_at(operation("get", "/things/parts"), "responses", "200", NULL);
    assert_string_equal(text_at(answer, "$ref"), "#/components/responses/Person.list.table");
    json_t *content = openapi_at(document, "components", "responses", "Person.list.table", "content", NULL);
    assert_non_null(openapi_at(content, "application/json", "schema", NULL));
    assert_string_equal(text_at(json_object_get(content, "text/csv"), "example"), "id,name\r\n");
    assert_null(openapi_at(document, "components", "responses", "Person.list", "content", "text/csv", NULL));
}

static void refusals_are_those_of_the_register(void **state)
{
    (void)state;
    for (int e = ERR_NONE + 1; e < ERR_COUNT; e++) {
        char name[20];
        snprintf(name, sizeof name, "Error%d", err_status((enum err)e));
        json_t *examples =
            openapi_at(document, "components", "responses", name, "content", "application/json", "examples", NULL);
        assert_string_equal(json_string_value(openapi_at(examples, err_code((enum err)e), "value", "error", "code", NULL)),
                            err_code((enum err)e));
    }
    json_t *of = json_object_get(operation("patch", "/things/{id}"), "responses");
    static const char *const met[] = { "400", "401", "403", "404", "409", "412", "422", "428", "429", "500", "503" };
    for (size_t i = 0; i < sizeof met / sizeof *met; i++) {
        assert_non_null(json_object_get(of, met[i]));
    }
    assert_null(json_object_get(json_object_get(operation("get", "/things"), "responses"), "412"));
    assert_null(json_object_get(json_object_get(operation("get", "/export.csv"), "responses"), "401"));
}

static void security_is_the_token_unless_the_row_is_open(void **state)
{
    (void)state;
    assert_null(json_object_get(operation("get", "/things"), "security"));
    assert_int_equal(json_array_size(json_object_get(operation("get", "/export.csv"), "security")), 0);
    assert_true(json_is_array(json_object_get(operation("get", "/export.csv"), "security")));
    assert_non_null(
        json_object_get(json_array_get(json_object_get(operation("post", "/auth/refresh"), "security"), 0), "refresh"));
    assert_non_null(openapi_at(document, "components", "securitySchemes", "bearer", NULL));
}

static void writing_it_again_gives_the_same(void **state)
{
    struct buf again = { 0 };
    (void)state;
    openapi_write(&again);
    assert_int_equal(again.len, out.len);
    assert_memory_equal(again.data, out.data, out.len);
    buf_free(&again);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_address_has_its_operations),
        cmocka_unit_test(rows_of_one_shape_share_an_address),
        cmocka_unit_test(put_is_told_where_patch_serves_it),
        cmocka_unit_test(tenant_rows_stand_under_their_brand_too),
        cmocka_unit_test(a_row_of_its_own_hides_a_brand_address),
        cmocka_unit_test(permissions_and_events_are_told),
        cmocka_unit_test(what_an_api_token_needs_is_told),
        cmocka_unit_test(lists_tell_their_parameters_and_filters),
        cmocka_unit_test(query_fields_are_parameters_and_not_in_the_body),
        cmocka_unit_test(headers_are_asked_where_they_are_honoured),
        cmocka_unit_test(bodies_are_components),
        cmocka_unit_test(answers_are_the_envelope_around_the_schema),
        cmocka_unit_test(a_list_that_comes_as_a_table_too_says_how),
        cmocka_unit_test(refusals_are_those_of_the_register),
        cmocka_unit_test(security_is_the_token_unless_the_row_is_open),
        cmocka_unit_test(writing_it_again_gives_the_same),
    };
    return cmocka_run_group_tests(tests, write_document, drop_document);
}
