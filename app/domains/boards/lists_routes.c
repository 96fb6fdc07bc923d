/* lists_routes.c - the lists of a board. */
#include "domains/boards/lists_routes.h"

#include "api/list.h"
#include "domains/boards/boards.h"
#include "domains/boards/boards_rules.h"
#include "domains/tasks/tasks.h"
#include "lists_sql.h"

/* ---- shapes ---- */

static const struct field fields[] = {
    COLUMN(id, SCHEMA_UUID, .doc = "Id of the list"),
    COLUMN(board_id, SCHEMA_UUID, .doc = "Board it is a column of"),
    COLUMN(name, SCHEMA_STRING, .flags = FIELD_SORT, .doc = "Heading"),
    COLUMN(position, SCHEMA_STRING, .flags = FIELD_SORT, .doc = "Rank on its board; compare bytes", .example = "\"a1\""),
    COLUMN(status, SCHEMA_ENUM, .flags = FIELD_FILTER, .values = task_statuses, .doc = "What a task becomes that enters"),
    COLUMN(wip_limit, SCHEMA_INT, .flags = FIELD_NULLABLE, .doc = "How many tasks it takes; null for any number"),
    COLUMN(task_count, SCHEMA_INT, .doc = "Tasks in it that the caller sees and that aren't archived"),
    COLUMN(created_at, SCHEMA_TIME, .flags = FIELD_SORT, .doc = "When it was made"),
    COLUMN(updated_at, SCHEMA_TIME, .flags = FIELD_SORT, .doc = "Last change of the list itself"),
    COLUMN(version, SCHEMA_INT, .doc = "Raised by every change of the list itself"),
};
const struct schema list_schema = SCHEMA("List", fields, 0);

#define NAME(more) FIELD(struct list_input, name, SCHEMA_STRING, .flags = (more), .min = 1, .max = 120, .doc = "Heading")
#define OTHERS                                                                                                                 \
    FIELD(struct list_input, status, SCHEMA_ENUM, .values = task_statuses, .doc = "What a task becomes that enters"),          \
        FIELD(struct list_input, wip_limit, SCHEMA_INT, .flags = FIELD_NULLABLE, .min = 1, .max = 100000,                      \
              .doc = "How many tasks it takes; null for any number"),                                                          \
        FIELD(struct list_input, before, SCHEMA_UUID, .doc = "List to stand directly before"),                                 \
        FIELD(struct list_input, after, SCHEMA_UUID, .doc = "List to stand directly after")

static const struct field new_fields[] = { NAME(FIELD_REQUIRED), OTHERS };
const struct schema list_new_schema = SCHEMA("ListNew", new_fields, sizeof(struct list_input));

static const struct field change_fields[] = { NAME(0), OTHERS };
const struct schema list_change_schema = SCHEMA("ListChange", change_fields, sizeof(struct list_input));

struct delete_input {
    struct input in;
    struct uuid move_to;
};

static const struct field delete_fields[] = {
    FIELD(struct delete_input, move_to, SCHEMA_UUID, .flags = FIELD_QUERY,
          .doc = "List of the same board that takes the tasks"),
};
const struct schema list_delete_schema = SCHEMA("ListDelete", delete_fields, sizeof(struct delete_input));

const struct scope list_scope = { "list", &sql_list_locate, &sql_list_get, &list_schema };

/* ---- handlers ---- */

enum err lists_list(struct request *rq)
{
    list_queue(rq, &sql_list_list);
    const struct db_result *board = rq->list->filtered ? rq_query(rq, &sql_list_count, NULL) : rq->list->total;
    enum err e = rq_run(rq);
    if (e != ERR_NONE) {
        return e;
    }
    return db_rows(board) > 0 ? ERR_NONE : rq_missing(rq);
}

enum err list_create(struct request *rq)
{
    board_lock(rq, rq_path_uuid(rq, "id"));
    return rq_answer(rq, rq_query(rq, &sql_list_create, NULL));
}

enum err list_update(struct request *rq)
{
    enum err e = list_change_check(rq);
    if (e != ERR_NONE) {
        return e;
    }
    rq_query(rq, &sql_list_lock, NULL);
    return rq_answer(rq, rq_query(rq, &sql_list_update, NULL));
}

enum err list_delete(struct request *rq)
{
    const struct delete_input *in = rq->input;
    rq_query(rq, &sql_list_lock, NULL);
    if (!uuid_is_nil(&in->move_to)) {
        rq_query(rq, &sql_list_members_lock, NULL);
    }
    const struct db_result *r = rq_query(rq, &sql_list_delete, NULL);
    enum err e = rq_run(rq);
    if (e != ERR_NONE) {
        return e;
    }
    return db_rows(r) > 0 ? rq_reply_null(rq) : rq_missing(rq);
}
