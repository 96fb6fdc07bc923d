/* openapi.h - the OpenAPI 3.1 document and the interactive docs page, both from the registry. */
#pragma once

#include "core/error.h"

struct buf;

void openapi_write(struct buf *b); /* the whole document as JSON */
