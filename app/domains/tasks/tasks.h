/* tasks.h - what other domains may use of tasks. */
#pragma once

#include "api/request.h"

/* For routes that reach a task by {id}. */
extern const struct scope task_scope;

extern const struct schema task_schema;   /* columns of fragment task_columns; description and assignees may miss */
extern const char *const task_statuses[]; /* NULL-terminated */
