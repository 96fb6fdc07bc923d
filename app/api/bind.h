/* bind.h - a query's parameters, found by name (the order is in request.h at rq_query). */
#pragma once

#include "api/request.h"

/* Values in the order of the query's parameters, in the request's arena. Aborts on a name that nothing provides. */
const struct db_value *bind_values(struct request *rq, const struct sql_query *q, const struct rq_arg *args);

/* Queues a query without a request: every parameter is among the arguments. Aborts on a name that isn't. */
const struct db_result *bind_queue(struct db *db, struct arena *a, const struct sql_query *q, const struct rq_arg *args);
