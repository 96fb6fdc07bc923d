/* checklist_routes.c - /tasks/{id}/checklist: the steps of a task. */
#include "domains/tasks/tasks.h"

#include "api/constraint.h"
#include "api/list.h"
#include "checklist_sql.h"
#include "core/arena.h"

/* ---- shapes ---- */

static const struct field item_fields[] = {
    COLUMN(id, SCHEMA_UUID, .doc = "Id of the step"),
    COLUMN(task_id, SCHEMA_UUID, .doc = "Task that it is a part of"),
    COLUMN(text, SCHEMA_STRING, .doc = "What is to be done", .example = "\"Ask for the numbers\""),
    COLUMN(done, SCHEMA_BOOL, .flags = FIELD_FILTER, .doc = "Whether it is done"),
    COLUMN(position, SCHEMA_STRING, .flags = FIELD_SORT, .doc = "Rank on the checklist; compare bytes", .example = "\"a1\""),
    COLUMN(created_at, SCHEMA_TIME, .flags = FIELD_SORT, .doc = "When it was made"),
    COLUMN(updated_at, SCHEMA_TIME, .flags = FIELD_SORT, .doc = "Last change"),
    COLUMN(version, SCHEMA_INT, .doc = "Raised by every change of the step"),
};
static const struct schema item_schema = SCHEMA("ChecklistItem", item_fields, 0);

struct item_input {
    struct input in;
    const char *text;
    bool done;
    struct uuid before, after;
};

#define TEXT(more)                                                                                                             \
    FIELD(struct item_input, text, SCHEMA_STRING, .flags = (more), .min = 1, .max = 500, .doc = "What is to be done")
#define OTHERS                                                                                                                 \
    FIELD(struct item_input, done, SCHEMA_BOOL, .doc = "Whether it is done"),                                                  \
        FIELD(struct item_input, before, SCHEMA_UUID, .doc = "Step to stand directly before"),                                 \
        FIELD(struct item_input, after, SCHEMA_UUID, .doc = "Step to stand directly after")

static const struct field new_fields[] = { TEXT(FIELD_REQUIRED), OTHERS };
static const struct schema new_schema = SCHEMA("ChecklistItemNew", new_fields, sizeof(struct item_input));
static const struct field change_fields[] = { TEXT(0), OTHERS };
static const struct schema change_schema = SCHEMA("ChecklistItemChange", change_fields, sizeof(struct item_input));

const struct constraint_words checklist_constraints[] = {
    { "tasks_checklist_total_check", ERR_CONFLICT, NULL, "A checklist has at most 100 steps." },
    { NULL, ERR_NONE, NULL, NULL },
};

/* ---- handlers ---- */

static enum err items_list(struct request *rq)
{
    list_queue(rq, &sql_checklist_list);
    const struct db_result *task = rq->list->filtered ? rq_query(rq, &sql_checklist_count, NULL) : rq->list->total;
    enum err e = rq_run(rq);
    if (e != ERR_NONE) {
        return e;
    }
    return db_rows(task) > 0 ? ERR_NONE : rq_missing(rq);
}

static enum err item_add(struct request *rq)
{
    char task[UUID_TEXT_SIZE], item[UUID_TEXT_SIZE];
    struct uuid id = rq_path_uuid(rq, "id");
    rq_query(rq, &sql_checklist_lock, NULL);
    uuid_format(&id, task);
    uuid_format(&rq->new_id, item);
    rq_header(rq, "Location", arena_printf(rq->arena, "/api/v1/tasks/%s/checklist/%s", task, item));
    return rq_answer(rq, rq_query(rq, &sql_checklist_add, NULL));
}

static enum err item_change(struct request *rq)
{
    const struct item_input *in = rq->input;
    struct uuid id = rq_path_uuid(rq, "item_id");
    if (uuid_eq(&in->before, &id)) {
        return rq_fail_field(rq, "before", "must be another step");
    }
    if (uuid_eq(&in->after, &id)) {
        return rq_fail_field(rq, "after", "must be another step");
    }
    rq_query(rq, &sql_checklist_lock, NULL);
    return rq_answer(rq, rq_query(rq, &sql_checklist_change, NULL));
}

/* ---- rows ---- */

static const struct scope item_scope = { "checklist item", &sql_checklist_locate, &sql_checklist_get, &item_schema };

#define CHANGE                                                                                                                 \
    .permission = PERM_CAN_EDIT_ASSIGNED_TASKS, .or_permission = PERM_CAN_EDIT_TASKS, .tx = TX_WRITE, .flags = ROUTE_TENANT
#define ITEM .path = "/tasks/{id}/checklist/{item_id}", .scope = &item_scope

static const struct route rows[] = {
    { .method = HTTP_GET,
      .path = "/tasks/{id}/checklist",
      .permission = PERM_IN_BRAND,
      .scope = &task_scope,
      .output = &item_schema,
      .reply = REPLY_LIST,
      .tx = TX_READ,
      .handler = items_list,
      .count = &sql_checklist_count,
      .sort = "position",
      .flags = ROUTE_TENANT,
      .summary = "Steps of a task",
      .doc = "In their order. The task itself says how many there are and how many are done: `checklist_total`, "
             "`checklist_done`." },
    { .method = HTTP_POST,
      .path = "/tasks/{id}/checklist",
      CHANGE,
      .scope = &task_scope,
      .input = &new_schema,
      .output = &item_schema,
      .reply = REPLY_CREATED,
      .handler = item_add,
      .location = "/tasks/{id}/checklist/{item_id}",
      .event = "task.checklist_added",
      .summary = "Add a step to a task",
      .doc = "Behind the last one, unless it is said beside which. A task has at most 100." },
    { .method = HTTP_GET,
      ITEM,
      .permission = PERM_IN_BRAND,
      .output = &item_schema,
      .reply = REPLY_ONE,
      .tx = TX_READ,
      .queries = { &sql_checklist_get },
      .flags = ROUTE_TENANT,
      .summary = "One step of a task" },
    { .method = HTTP_PATCH,
      ITEM,
      CHANGE,
      .input = &change_schema,
      .output = &item_schema,
      .reply = REPLY_ONE,
      .handler = item_change,
      .event = "task.checklist_edited",
      .summary = "Change, check or move a step",
      .doc = "Each thing that becomes different is an event of its own: `task.checklist_checked`, `unchecked`, `edited` or "
             "`reordered`." },
    { .method = HTTP_DELETE,
      ITEM,
      CHANGE,
      .reply = REPLY_NULL,
      .queries = { &sql_checklist_lock, &sql_checklist_remove },
      .event = "task.checklist_removed",
      .summary = "Remove a step" },
};

const struct route_table checklist_routes = ROUTE_TABLE("tasks", rows);
