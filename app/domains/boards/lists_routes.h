/* lists_routes.h - shapes and handlers of lists, for the rows in boards_routes.c. */
#pragma once

#include "api/request.h"

extern const struct schema list_schema, list_new_schema, list_change_schema, list_delete_schema;
extern const struct scope list_scope;

enum err list_create(struct request *rq); /* POST /boards/{id}/lists */
enum err list_update(struct request *rq); /* PATCH /lists/{id} */
enum err list_delete(struct request *rq); /* DELETE /lists/{id} */
enum err lists_list(struct request *rq);  /* GET /boards/{id}/lists */
