/* openapi.h - the OpenAPI 3.1 document and the interactive docs page, both from the registry. */
#pragma once

#include "core/error.h"

struct buf;
struct request;

void openapi_write(struct buf *b); /* the whole document as JSON */

enum err openapi_handler(struct request *rq); /* GET /openapi.json */
enum err docs_handler(struct request *rq);    /* GET /docs (HTML), /docs/docs.css, /docs/docs.js */
