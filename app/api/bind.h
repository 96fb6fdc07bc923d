/* bind.h - a query's parameters, found by name (the order is in request.h at rq_query). */
#pragma once

#include "api/request.h"

/* Values in the order of the query's parameters, in the request's arena. Aborts on a name that nothing provides. */
const struct db_value *bind_values(struct request *rq, const struct sql_query *q, const struct rq_arg *args);
