/* openapi_check.h - what an OpenAPI 3.1 document must hold beyond being JSON: references that lead somewhere, names that are unique,
 * parameters that the address has. Fails the running test with words. */
#pragma once

#include <jansson.h>

/* `written` is the text of a document; the result is the caller's to decref. */
json_t *openapi_check(const char *written);
/* A value by a path of names: openapi_at(doc, "paths", "/tasks", "get", NULL); NULL when it isn't there. */
json_t *openapi_at(json_t *from, ...) __attribute__((sentinel));
