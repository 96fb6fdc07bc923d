/* api_tokens.h - shapes and handlers of API tokens, for the rows in auth_routes.c. */
#pragma once

#include "api/request.h"

extern const struct schema api_token_schema, api_token_made_schema, api_token_new_schema, api_token_change_schema;
extern const char api_token_create_doc[];

enum err api_token_create(struct request *rq); /* POST /auth/tokens */
