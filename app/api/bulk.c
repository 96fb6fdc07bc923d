/* bulk.c - see bulk.h. */
#include "api/bulk.h"

#include "api/emit.h"
#include "api/reply.h"
#include "core/arena.h"
#include "core/str.h"
#include <string.h>

static const struct field input_fields[] = {
    FIELD(struct bulk_input, operations, SCHEMA_JSON, .flags = FIELD_REQUIRED, .max = 524288,
          .doc = "1 to 500 of {op, id, data}, done in this order",
          .example = "[{\"op\":\"update\",\"id\":\"0192f3c4-5e00-7001-8000-000000000002\",\"data\":{}}]"),
    FIELD(struct bulk_input, atomic, SCHEMA_BOOL, .doc = "All or nothing: the first refusal undoes them all"),
};
const struct schema bulk_schema = SCHEMA("Bulk", input_fields, sizeof(struct bulk_input));

static const struct field results_fields[] = {
    FIELD(struct bulk_results, results, SCHEMA_JSON,
          .doc = "One {index, status, id?, error?} for each operation, in their order; error has code, message, details, "
                 "field_errors",
          .example = "[{\"index\":0,\"status\":200,\"id\":\"0192f3c4-5e00-7001-8000-000000000002\"}]"),
};
const struct schema bulk_results_schema = SCHEMA("BulkResults", results_fields, 0);

/* ---- reading ---- */

static bool among(const char *const *ops, const char *op)
{
    for (; op != NULL && *ops != NULL; ops++) {
        if (strcmp(*ops, op) == 0) {
            return true;
        }
    }
    return false;
}

/* NULL when it can be tried, else what is wrong with its shape. */
static const char *read_op(const char *const *ops, const json_t *json, struct bulk_op *ret)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)json, key, value)
    {
        bool fits = false;
        if (strcmp(key, "op") == 0) {
            ret->op = json_string_value(value);
            fits = among(ops, ret->op);
        } else if (strcmp(key, "id") == 0) {
            fits = json_is_string(value) && uuid_parse(json_string_value(value), &ret->id);
        } else if (strcmp(key, "data") == 0) {
            ret->data = value;
            fits = json_is_object(value);
        }
        if (!fits) {
            return "must be {op, id, data} with one of the operations there are, a UUID and an object";
        }
    }
    return ret->op != NULL ? NULL : "names no operation";
}

static enum err read_all(struct request *rq, const char *const *ops, struct bulk_op **ret, size_t *ret_count)
{
    const struct bulk_input *in = rq->input;
    const char *problem = NULL;
    json_t *holder = schema_parse(rq->arena, arena_printf(rq->arena, "{\"all\":%s}", in->operations),
                                  strlen(in->operations) + 8, 32, &problem);
    json_t *all = json_object_get(holder, "all");
    size_t n = json_array_size(all);
    if (n == 0 || n > BULK_MAX) {
        return rq_fail_field(rq, "operations", arena_printf(rq->arena, "must be a list of 1 to %d operations", BULK_MAX));
    }
    *ret = arena_zalloc(rq->arena, n * sizeof **ret);
    *ret_count = n;
    for (size_t i = 0; i < n; i++) {
        problem = read_op(ops, json_array_get(all, i), &(*ret)[i]);
        if (problem != NULL) {
            rq_fail_field(rq, "operations", arena_printf(rq->arena, "number %zu %s", i, problem));
        }
    }
    return rq->err;
}

/* ---- results ---- */

/* `error`: why it wasn't done, as JSON; NULL when it was. */
static void write_result(struct buf *b, size_t index, int status, const struct bulk_op *op, const char *error)
{
    char id[UUID_TEXT_SIZE];
    emit_item(b);
    buf_printf(b, "{\"index\":%zu,\"status\":%d", index, status);
    if (!uuid_is_nil(&op->id)) {
        uuid_format(&op->id, id);
        emit_str(b, "id", id);
    }
    if (error != NULL) {
        emit_json(b, "error", error);
    }
    buf_char(b, '}');
}

/* The request ends as this operation did. */
static enum err refuse_all(struct request *rq, size_t index)
{
    const char *more = rq->err_details != NULL && strcmp(rq->err_details, "{}") != 0 ? rq->err_details : NULL;
    rq->err_details =
        arena_printf(rq->arena, "{\"index\":%zu%s%s", index, more != NULL ? "," : "}", more != NULL ? more + 1 : "");
    return rq->err;
}

static enum err perform_all(struct request *rq, struct bulk_op *ops, size_t n, struct buf *b,
                            enum err (*perform)(struct request *rq, struct bulk_op *op))
{
    const struct bulk_input *in = rq->input;
    buf_char(b, '[');
    for (size_t i = 0; i < n; i++) {
        ops[i].status = 200;
        enum err e = perform(rq, &ops[i]);
        if (e == ERR_NONE) {
            write_result(b, i, ops[i].status, &ops[i], NULL);
        } else if (!rq->explicit_tx) {
            return e; /* the database's: nothing of it holds */
        } else if (in->atomic) {
            return refuse_all(rq, i);
        } else {
            int status = err_status(rq->err);
            write_result(b, i, status, &ops[i], reply_take_error(rq));
        }
    }
    buf_char(b, ']');
    return ERR_NONE;
}

enum err bulk_run(struct request *rq, const char *const *names, enum err (*perform)(struct request *rq, struct bulk_op *op))
{
    struct bulk_op *ops = NULL;
    size_t n = 0;
    struct buf b = { 0 };
    enum err e = read_all(rq, names, &ops, &n);
    if (e == ERR_NONE) {
        e = perform_all(rq, ops, n, &b, perform);
    }
    if (e == ERR_NONE && b.failed) {
        e = rq_fail(rq, ERR_INTERNAL_ERROR);
    }
    if (e == ERR_NONE) {
        struct bulk_results *to = arena_zalloc(rq->arena, sizeof *to);
        to->results = arena_strndup(rq->arena, b.data, b.len);
        e = rq_reply_struct(rq, to);
    }
    buf_free(&b);
    return e;
}
