/* reply_check.h - holds a reply against the envelope and its row's output schema. */
#pragma once

#include "api/route.h"
#include "http/http.h"
#include <stdbool.h>
#include <stddef.h>

/* False with words in err. `route` may be NULL (no row was found). */
bool reply_check(const struct http_request *request, const struct http_reply *reply, const struct route *route, char *err,
                 size_t size);
