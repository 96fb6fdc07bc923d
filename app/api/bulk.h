/* bulk.h - many operations in one request: {"operations":[{"op":"suspend","id":"…","data":{…}},…],"atomic":true}.
 *
 * Each is done as its own route would do it, one after another in one transaction, and gives one result; what is refused leaves the others
 * alone, unless all or nothing was asked for. A row that takes them is TX_STEPS, has bulk_schema as input and bulk_results_schema as output. */
#pragma once

#include "api/request.h"

#define BULK_MAX 500 /* operations */

struct bulk_input {
    struct input in;
    const char *operations; /* JSON */
    bool atomic;
};

struct bulk_op {
    const char *op;
    struct uuid id; /* nil: none was given; of a thing that was made, its id */
    json_t *data;   /* an object; NULL: none was given */
    int status;     /* of its result when it is done: 200, unless changed */
};

struct bulk_results {
    const char *results; /* JSON */
};

extern const struct schema bulk_schema, bulk_results_schema;

/* Runs the operations of the request's body: `ops` names those there are (NULL-terminated), `perform` does one, refusing it by rq_fail… and
 * so on. Makes the reply. With `atomic`, the first refusal undoes all, and is the request's, with details.index. */
enum err bulk_run(struct request *rq, const char *const *ops, enum err (*perform)(struct request *rq, struct bulk_op *op));
