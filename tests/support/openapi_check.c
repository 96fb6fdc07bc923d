/* openapi_check.c - see openapi_check.h. */
#include "openapi_check.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

json_t *openapi_at(json_t *from, ...)
{
    va_list ap;
    va_start(ap, from);
    for (const char *name = va_arg(ap, const char *); name != NULL && from != NULL; name = va_arg(ap, const char *)) {
        from = json_object_get(from, name);
    }
    va_end(ap);
    return from;
}

/* What "#/components/schemas/Task" names. */
static json_t *follow(json_t *document, const char *reference)
{
    char text[200];
    json_t *at = document;
    assert_int_equal(strncmp(reference, "#/", 2), 0);
    snprintf(text, sizeof text, "%s", reference + 2);
    for (char *save = NULL, *name = strtok_r(text, "/", &save); name != NULL; name = strtok_r(NULL, "/", &save)) {
        at = json_object_get(at, name);
    }
    return at;
}

static void check_references(json_t *document, json_t *at)
{
    const char *key;
    json_t *value;
    size_t i;
    json_array_foreach(at, i, value)
    {
        check_references(document, value);
    }
    json_object_foreach(at, key, value)
    {
        if (strcmp(key, "$ref") == 0 && follow(document, json_string_value(value)) == NULL) {
            fail_msg("%s leads nowhere", json_string_value(value));
        }
        check_references(document, value);
    }
}

static json_t *resolved(json_t *document, json_t *value)
{
    json_t *reference = json_object_get(value, "$ref");
    return reference != NULL ? follow(document, json_string_value(reference)) : value;
}

static void check_parameters(json_t *document, const char *path, json_t *operation)
{
    json_t *parameter, *seen = json_object();
    size_t i;
    int in_path = 0, braces = 0;
    json_array_foreach(json_object_get(operation, "parameters"), i, parameter)
    {
        char key[200], placed[200];
        parameter = resolved(document, parameter);
        const char *name = json_string_value(json_object_get(parameter, "name")),
                   *in = json_string_value(json_object_get(parameter, "in"));
        assert_non_null(name);
        assert_non_null(in);
        assert_true(json_is_object(json_object_get(parameter, "schema")));
        snprintf(key, sizeof key, "%s %s", in, name);
        snprintf(placed, sizeof placed, "{%s}", name);
        if (json_object_get(seen, key) != NULL) {
            fail_msg("%s has the parameter %s twice", path, key);
        }
        json_object_set_new(seen, key, json_true());
        if (strcmp(in, "path") == 0) {
            in_path++;
            assert_true(json_is_true(json_object_get(parameter, "required")));
            if (strstr(path, placed) == NULL) {
                fail_msg("%s doesn't hold %s", path, placed);
            }
        }
    }
    for (const char *p = path; *p != '\0'; p++) {
        braces += *p == '{';
    }
    if (braces != in_path) {
        fail_msg("%s declares %d of its %d parameters", path, in_path, braces);
    }
    json_decref(seen);
}

static void check_responses(json_t *document, const char *path, json_t *operation)
{
    const char *status;
    json_t *response;
    bool succeeds = false;
    json_object_foreach(json_object_get(operation, "responses"), status, response)
    {
        assert_int_equal(strlen(status), 3);
        succeeds |= status[0] == '2';
        if (json_string_value(json_object_get(resolved(document, response), "description")) == NULL) {
            fail_msg("%s answers %s without a description", path, status);
        }
    }
    if (!succeeds) {
        fail_msg("%s has no answer of success", path);
    }
}

static bool is_tag(json_t *document, const char *name)
{
    json_t *tag;
    size_t i;
    json_array_foreach(json_object_get(document, "tags"), i, tag)
    {
        if (strcmp(json_string_value(json_object_get(tag, "name")), name) == 0) {
            return true;
        }
    }
    return false;
}

static void check_operation(json_t *document, json_t *ids, const char *path, const char *method, json_t *operation)
{
    const char *id = json_string_value(json_object_get(operation, "operationId"));
    assert_non_null(strstr(" get post put patch delete ", method));
    assert_non_null(id);
    for (const char *p = id; *p != '\0'; p++) {
        assert_true(islower((unsigned char)*p) || isdigit((unsigned char)*p) || *p == '_');
    }
    if (json_object_get(ids, id) != NULL) {
        fail_msg("two operations are called %s", id);
    }
    json_object_set_new(ids, id, json_true());
    assert_true(is_tag(document, json_string_value(json_array_get(json_object_get(operation, "tags"), 0))));
    assert_non_null(json_string_value(json_object_get(operation, "summary")));
    assert_non_null(json_string_value(json_object_get(operation, "x-permission")));
    check_parameters(document, path, operation);
    check_responses(document, path, operation);
}

static void check_copies(json_t *ids, json_t *paths)
{
    const char *path, *method;
    json_t *item, *operation;
    json_object_foreach(paths, path, item)
    {
        json_object_foreach(item, method, operation)
        {
            json_t *same = json_object_get(operation, "x-same-as");
            if (same != NULL && json_object_get(ids, json_string_value(same)) == NULL) {
                fail_msg("%s %s is the same as nothing", method, path);
            }
        }
    }
}

/* Every component is used, or nobody would notice that it is wrong. */
static void check_use(json_t *document, const char *written)
{
    const char *section, *name;
    json_t *components = json_object_get(document, "components"), *of, *component;
    json_object_foreach(components, section, of)
    {
        json_object_foreach(of, name, component)
        {
            char reference[200];
            snprintf(reference, sizeof reference, "\"#/components/%s/%s\"", section, name);
            bool is_error = strncmp(name, "Error", 5) == 0;
            if (strcmp(section, "securitySchemes") != 0 && strcmp(section, "parameters") != 0 && !is_error &&
                strstr(written, reference) == NULL) {
                fail_msg("nothing uses %s", reference);
            }
        }
    }
}

json_t *openapi_check(const char *written)
{
    json_error_t e;
    const char *path, *method;
    json_t *item, *operation, *ids = json_object(), *document = json_loads(written, JSON_REJECT_DUPLICATES, &e);
    if (document == NULL) {
        fail_msg("%s at byte %d", e.text, e.position);
    }
    assert_string_equal(json_string_value(json_object_get(document, "openapi")), "3.1.0");
    assert_non_null(openapi_at(document, "info", "title", NULL));
    assert_non_null(openapi_at(document, "info", "version", NULL));
    json_object_foreach(json_object_get(document, "paths"), path, item)
    {
        json_object_foreach(item, method, operation)
        {
            check_operation(document, ids, path, method, operation);
        }
    }
    check_copies(ids, json_object_get(document, "paths"));
    check_references(document, document);
    check_use(document, written);
    json_decref(ids);
    return document;
}
