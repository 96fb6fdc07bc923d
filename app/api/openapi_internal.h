/* openapi_internal.h - what openapi.c, openapi_parts.c and openapi_paths.c share. Nobody else includes it. */
#pragma once

#include "api/route.h"
#include "core/buf.h"
#include <stdbool.h>

/* What a body may look like: of POST, or of PATCH and PUT, which require nothing. */
enum body_kind { BODY_WHOLE, BODY_PATCH };

bool openapi_has_body(const struct route *r); /* any field that isn't a query parameter; not for one of bytes */
bool openapi_body_required(const struct route *r);
enum body_kind openapi_body_kind(const struct route *r);
/* Name of the component that describes the row's body; in `room`, of OPENAPI_NAME bytes. */
#define OPENAPI_NAME 96
const char *openapi_body_name(const struct route *r, char room[OPENAPI_NAME]);
/* Name of the component that is the row's answer: Task, Task.created, Task.list, Nothing;
 * Task.list.table for a list that can come as a table. */
const char *openapi_reply_name(const struct route *r, char room[OPENAPI_NAME]);
/* "Error409" */
const char *openapi_error_name(int status, char room[OPENAPI_NAME]);
/* True when the row's object has a version that If-Match can name. */
bool openapi_has_version(const struct route *r);

/* True when some output, also one within another, has this name. */
bool openapi_is_output(const char *name);

void openapi_write_paths(struct buf *b);      /* the object of "paths" */
void openapi_write_components(struct buf *b); /* the object of "components" */
