/* members_bulk_routes.c - POST /brands/{brand_id}/users/bulk */
#include "domains/brands/members_bulk.h"

#include "api/emit.h"
#include "core/arena.h"
#include "core/buf.h"
#include "members_bulk_sql.h"

/* ---- shapes ---- */

static const struct field error_fields[] = {
    COLUMN(code, SCHEMA_STRING, .doc = "As of a request of its own", .example = "\"validation_failed\""),
    COLUMN(message, SCHEMA_STRING, .doc = "For people"),
    COLUMN(details, SCHEMA_OBJECT, .doc = "What else is known", .example = "{}"),
    COLUMN(field_errors, SCHEMA_OBJECT, .doc = "What is wrong, by field", .example = "{}"),
};
static const struct schema error_schema = SCHEMA("OperationError", error_fields, 0);

static const struct field result_fields[] = {
    COLUMN(index, SCHEMA_INT, .doc = "Place of the operation, from 0; of a table without its header"),
    COLUMN(status, SCHEMA_INT, .doc = "What a request of its own would answer", .example = "200"),
    COLUMN(id, SCHEMA_UUID, .flags = FIELD_NULLABLE, .doc = "Id of the person, or of the invitation"),
    COLUMN(invited, SCHEMA_BOOL, .doc = "Whether it came to an invitation"),
    COLUMN(error, SCHEMA_ONE, .flags = FIELD_NULLABLE, .of = &error_schema, .doc = "Why it wasn't done"),
};
static const struct schema result_schema = SCHEMA("OperationResult", result_fields, 0);

struct bulk_reply {
    const struct db_result *results;
};

static const struct field reply_fields[] = {
    FIELD(struct bulk_reply, results, SCHEMA_MANY, .of = &result_schema, .doc = "One for each operation, in their order"),
};
static const struct schema reply_schema = SCHEMA("OperationResults", reply_fields, 0);

struct bulk_body {
    struct input in;
    const char *operations;
    bool atomic, all_or_nothing;
};

static const struct field body_fields[] = {
    FIELD(struct bulk_body, operations, SCHEMA_JSON, .flags = FIELD_REQUIRED, .max = 1 << 20, .of = &bulk_operation_schema,
          .doc = "Up to 500 of {op: add, update, remove or invite; email or user_id; role, permissions, status, expires_at, "
                 "team_ids, "
                 "teams, message}",
          .example = "[{\"op\":\"add\",\"email\":\"ada@example.org\",\"role\":\"member\"}]"),
    FIELD(struct bulk_body, atomic, SCHEMA_BOOL, .doc = "All or nothing"),
    FIELD(struct bulk_body, all_or_nothing, SCHEMA_BOOL, .flags = FIELD_QUERY, .doc = "The same as atomic, for a table"),
};
static const struct schema body_schema = SCHEMA("MemberOperations", body_fields, sizeof(struct bulk_body));

/* ---- the handler ---- */

/* The results as rows, so that the schema writes them. */
static const struct db_result *queue_results(struct request *rq, const struct bulk *b)
{
    struct buf text = { 0 };
    buf_char(&text, '[');
    for (int i = 0; i < b->count; i++) {
        const struct bulk_item *item = &b->items[i];
        char id[UUID_TEXT_SIZE];
        uuid_format(&item->id, id);
        emit_item(&text);
        buf_char(&text, '{');
        emit_int(&text, "index", i);
        emit_int(&text, "status", item->status);
        emit_str(&text, "id", uuid_is_nil(&item->id) ? NULL : id);
        emit_json(&text, "invited", item->error == NULL && item->kind == BULK_INVITE ? "true" : "false");
        emit_json(&text, "error", item->error != NULL ? item->error : "null");
        buf_char(&text, '}');
    }
    buf_char(&text, ']');
    const char *results = arena_strndup(rq->arena, text.data, text.len);
    buf_free(&text);
    return rq_query(rq, &sql_bulk_results, RQ_ARGS(ARG_TEXT("results", results)));
}

static enum err handle_bulk(struct request *rq)
{
    struct bulk b;
    const struct bulk_body *in = rq->input;
    const char *csv = rq_csv(rq);
    enum err e = csv != NULL ? bulk_read_csv(rq, csv, &b) : bulk_read_json(rq, &b);
    if (e != ERR_NONE || bulk_judge(rq, &b) != ERR_NONE) {
        return rq->err;
    }
    if ((in->atomic || in->all_or_nothing) && b.refused) {
        bulk_refuse_rest(rq, &b);
    }
    if (bulk_apply(rq, &b) != ERR_NONE) {
        return rq->err;
    }
    struct bulk_reply *to = arena_zalloc(rq->arena, sizeof *to);
    to->results = queue_results(rq, &b);
    return rq_run(rq) == ERR_NONE ? rq_reply_struct(rq, to) : rq->err;
}

/* ---- rows ---- */

static const char bulk_doc[] =
    "Each operation is judged as a request of its own would be, as if those before it were done; "
    "each person is named once. As a "
    "table (`text/csv`) the first row names the columns, of `op` (add where it is empty), `email`, "
    "`user_id`, `role`, `status`, "
    "`teams` (names, between semicolons) and `expires_at`; an empty cell isn't given. To add an address of "
    "somebody whom the caller shares no brand with invites it (`invited`), whether it has an account or not.";

static const struct route rows[] = {
    { .method = HTTP_POST,
      .path = "/brands/{brand_id}/users/bulk",
      .permission = PERM_CAN_MANAGE_USERS,
      .or_permission = PERM_CAN_INVITE_USERS,
      .input = &body_schema,
      .output = &reply_schema,
      .reply = REPLY_ONE,
      .tx = TX_STEPS,
      .handler = handle_bulk,
      .event = "member.updated",
      .flags = ROUTE_TENANT | ROUTE_CSV,
      .summary = "Add, change, remove and invite many people",
      .doc = bulk_doc },
};

const struct route_table members_bulk_routes = ROUTE_TABLE("brands", rows);
