/* tasks_routes.c - /tasks, /boards/{id}/tasks, /users/me/tasks. */
#include "domains/tasks/tasks.h"

#include "api/access.h"
#include "api/constraint.h"
#include "api/list.h"
#include "core/arena.h"
#include "domains/boards/boards.h"
#include "domains/tasks/tasks_rules.h"
#include "tasks_change_sql.h"
#include "tasks_create_sql.h"
#include "tasks_place_sql.h"
#include "tasks_sql.h"

/* ---- shapes ---- */

const char *const task_statuses[] = { "todo", "in_progress", "on_hold", "completed", "cancelled", NULL };
static const char *const types[] = { "task", "milestone", "bug", "feature", "epic", "story", NULL };
static const char *const priorities[] = { "low", "medium", "high", "urgent", NULL };

static const struct field person_fields[] = {
    COLUMN(id, SCHEMA_UUID, .doc = "Id of the account"),
    COLUMN(name, SCHEMA_STRING, .doc = "Both names"),
    COLUMN(avatar_url, SCHEMA_STRING, .flags = FIELD_NULLABLE, .doc = "Address of the picture"),
};
static const struct schema person_schema = SCHEMA("Assignee", person_fields, 0);

static const struct field task_fields[] = {
    COLUMN(id, SCHEMA_UUID, .flags = FIELD_SORT, .doc = "Id; newer ones sort higher"),
    COLUMN(number, SCHEMA_INT, .flags = FIELD_SORT | FIELD_FILTER, .doc = "Number on its board"),
    COLUMN(reference, SCHEMA_STRING, .doc = "Key of the board and number", .example = "\"WEB-42\""),
    COLUMN(title, SCHEMA_STRING, .flags = FIELD_SORT, .doc = "What is to be done"),
    COLUMN(description, SCHEMA_STRING, .flags = FIELD_INCLUDE, .doc = "Markdown"),
    COLUMN(task_type, SCHEMA_ENUM, .flags = FIELD_FILTER, .values = types, .doc = "Kind of work"),
    COLUMN(status, SCHEMA_ENUM, .flags = FIELD_FILTER, .values = task_statuses, .doc = "How far it is"),
    COLUMN(priority, SCHEMA_ENUM, .flags = FIELD_FILTER, .values = priorities, .doc = "How urgent it is"),
    COLUMN(board_id, SCHEMA_UUID, .flags = FIELD_FILTER, .doc = "Board it stands on"),
    COLUMN(list_id, SCHEMA_UUID, .flags = FIELD_FILTER, .doc = "List it stands in"),
    COLUMN(project_id, SCHEMA_UUID, .flags = FIELD_NULLABLE | FIELD_FILTER, .doc = "Project of the board"),
    COLUMN(parent_task_id, SCHEMA_UUID, .flags = FIELD_NULLABLE | FIELD_FILTER, .doc = "Task that it is a part of"),
    COLUMN(position, SCHEMA_STRING, .flags = FIELD_SORT, .doc = "Rank in its list; compare bytes", .example = "\"a3\""),
    COLUMN(assignee_ids, SCHEMA_UUIDS, .doc = "Who works on it"),
    COLUMN(assignees, SCHEMA_MANY, .flags = FIELD_SINGLE, .of = &person_schema, .doc = "The same people, with names"),
    COLUMN(start_at, SCHEMA_TIME, .flags = FIELD_NULLABLE | FIELD_SORT | FIELD_FILTER, .doc = "When work begins"),
    COLUMN(due_at, SCHEMA_TIME, .flags = FIELD_NULLABLE | FIELD_SORT | FIELD_FILTER, .doc = "When it must be done"),
    COLUMN(completed_at, SCHEMA_TIME, .flags = FIELD_NULLABLE | FIELD_SORT | FIELD_FILTER, .doc = "When it was completed"),
    COLUMN(estimated_hours, SCHEMA_NUMBER, .flags = FIELD_NULLABLE | FIELD_FILTER, .doc = "Expected work"),
    COLUMN(actual_hours, SCHEMA_NUMBER, .doc = "Work recorded so far"),
    COLUMN(tags, SCHEMA_STRINGS, .flags = FIELD_FILTER, .doc = "Words to find it by"),
    COLUMN(custom_fields, SCHEMA_OBJECT, .doc = "The brand's own fields"),
    COLUMN(checklist_total, SCHEMA_INT, .doc = "Steps on its checklist"),
    COLUMN(checklist_done, SCHEMA_INT, .doc = "Those of them that are done"),
    COLUMN(archived_at, SCHEMA_TIME, .flags = FIELD_NULLABLE, .doc = "When it was put away"),
    COLUMN(created_by, SCHEMA_UUID, .flags = FIELD_NULLABLE | FIELD_FILTER, .doc = "Who made it"),
    COLUMN(created_at, SCHEMA_TIME, .flags = FIELD_SORT | FIELD_FILTER, .doc = "When it was made"),
    COLUMN(updated_at, SCHEMA_TIME, .flags = FIELD_SORT | FIELD_FILTER, .doc = "Last change"),
    COLUMN(version, SCHEMA_INT, .doc = "Raised by every change"),
};
const struct schema task_schema = SCHEMA("Task", task_fields, 0);

#define TITLE(more)                                                                                                            \
    FIELD(struct task_input, title, SCHEMA_STRING, .flags = (more), .min = 1, .max = 255, .doc = "What is to be done")
#define STATUS(more)                                                                                                           \
    FIELD(struct task_input, status, SCHEMA_ENUM, .flags = (more), .values = task_statuses, .doc = "How far it is")
#define PRIORITY(more)                                                                                                         \
    FIELD(struct task_input, priority, SCHEMA_ENUM, .flags = (more), .values = priorities, .doc = "How urgent it is")
#define ASSIGNEES(more)                                                                                                        \
    FIELD(struct task_input, assignee_ids, SCHEMA_UUIDS, .flags = (more), .max = 50, .doc = "Who works on it")
#define DESCRIBING                                                                                                             \
    FIELD(struct task_input, list_id, SCHEMA_UUID, .doc = "List of the board, whose status the task takes"), STATUS(0),        \
        PRIORITY(0), ASSIGNEES(0), FIELD(struct task_input, task_type, SCHEMA_ENUM, .values = types, .doc = "Kind of work"),   \
        FIELD(struct task_input, description, SCHEMA_STRING, .flags = FIELD_NULLABLE | FIELD_RAW, .max = 65536,                \
              .doc = "Markdown"),                                                                                              \
        FIELD(struct task_input, parent_task_id, SCHEMA_UUID, .flags = FIELD_NULLABLE,                                         \
              .doc = "Task of the same board that it is a part of; 3 levels at most"),                                         \
        FIELD(struct task_input, start_at, SCHEMA_TIME, .flags = FIELD_NULLABLE, .doc = "When work begins"),                   \
        FIELD(struct task_input, due_at, SCHEMA_TIME, .flags = FIELD_NULLABLE, .doc = "When it must be done"),                 \
        FIELD(struct task_input, estimated_hours, SCHEMA_NUMBER, .flags = FIELD_NULLABLE,                                      \
              .doc = "Expected work, 0 to 100000"),                                                                            \
        FIELD(struct task_input, tags, SCHEMA_STRINGS, .max = 50, .doc = "Words to find it by"),                               \
        FIELD(struct task_input, custom_fields, SCHEMA_OBJECT,                                                                 \
              .doc = "The brand's own fields; merged key by key, null removes one")

static const struct field board_task_fields[] = { TITLE(FIELD_REQUIRED), DESCRIBING };
static const struct schema board_task_schema = SCHEMA("BoardTaskNew", board_task_fields, sizeof(struct task_input));

static const struct field new_fields[] = {
    FIELD(struct task_input, board_id, SCHEMA_UUID, .flags = FIELD_REQUIRED, .doc = "Board it shall stand on"),
    TITLE(FIELD_REQUIRED),
    DESCRIBING,
};
static const struct schema new_schema = SCHEMA("TaskNew", new_fields, sizeof(struct task_input));

static const struct field change_fields[] = { TITLE(0), DESCRIBING };
static const struct schema change_schema = SCHEMA("TaskChange", change_fields, sizeof(struct task_input));

static const struct field assign_fields[] = { ASSIGNEES(FIELD_REQUIRED) };
static const struct schema assign_schema = SCHEMA("TaskAssign", assign_fields, sizeof(struct task_input));

static const struct field status_fields[] = { STATUS(FIELD_REQUIRED) };
static const struct schema status_schema = SCHEMA("TaskStatus", status_fields, sizeof(struct task_input));

static const struct field priority_fields[] = { PRIORITY(FIELD_REQUIRED) };
static const struct schema priority_schema = SCHEMA("TaskPriority", priority_fields, sizeof(struct task_input));

static const struct field move_fields[] = {
    FIELD(struct task_move_input, status, SCHEMA_ENUM, .flags = FIELD_QUERY, .values = task_statuses,
          .doc = "Go to the end of the first list with this status"),
    FIELD(struct task_move_input, list_id, SCHEMA_UUID, .doc = "List of the same board"),
    FIELD(struct task_move_input, before, SCHEMA_UUID, .doc = "Task of that list to stand directly before"),
    FIELD(struct task_move_input, after, SCHEMA_UUID, .doc = "Task of that list to stand directly after"),
};
static const struct schema move_schema = SCHEMA("TaskMove", move_fields, sizeof(struct task_move_input));

struct task_query {
    struct input in;
    const char *q;
    struct uuid assignee_id;
    bool archived;
};

#define QUERY_Q                                                                                                                \
    FIELD(struct task_query, q, SCHEMA_STRING, .flags = FIELD_QUERY, .max = 255,                                               \
          .doc = "Words that all stand in the title or the reference, in part or whole")
#define QUERY_ARCHIVED FIELD(struct task_query, archived, SCHEMA_BOOL, .flags = FIELD_QUERY, .doc = "The archived ones instead")

static const struct field query_fields[] = {
    QUERY_Q,
    QUERY_ARCHIVED,
    FIELD(struct task_query, assignee_id, SCHEMA_UUID, .flags = FIELD_QUERY, .doc = "Who works on it"),
};
static const struct schema query_schema = SCHEMA("TaskQuery", query_fields, sizeof(struct task_query));

static const struct field mine_fields[] = { QUERY_Q, QUERY_ARCHIVED };
static const struct schema mine_schema = SCHEMA("MyTaskQuery", mine_fields, sizeof(struct task_query));

const struct constraint_words tasks_constraints[] = {
    { "task_assignees_brand_id_user_id_fk", ERR_VALIDATION_FAILED, "assignee_ids", "must all be members of this brand" },
    { "tasks_estimated_hours_check", ERR_VALIDATION_FAILED, "estimated_hours", "must be from 0 to 100000" },
    { NULL, ERR_NONE, NULL, NULL },
};

/* ---- handlers ---- */

static enum err create_on(struct request *rq, struct uuid board)
{
    const struct task_input *in = rq->input;
    const struct rq_arg *args = RQ_ARGS(ARG_UUID("board_id", board));
    enum err e = task_new_check(rq);
    if (e != ERR_NONE) {
        return e;
    }
    board_lock(rq, board);
    if (!uuid_is_nil(&in->parent_task_id)) {
        rq_query(rq, &sql_task_new_parent_check, args);
    }
    if (in->assignee_ids.n > 0) {
        rq_query(rq, &sql_task_create_lock, args);
    }
    return rq_answer(rq, rq_query(rq, &sql_task_create, args));
}

static enum err board_task_create(struct request *rq)
{
    return create_on(rq, rq_path_uuid(rq, "id"));
}

static enum err task_create(struct request *rq)
{
    const struct task_input *in = rq->input;
    return create_on(rq, in->board_id);
}

static enum err change_all(struct request *rq)
{
    const struct task_input *in = rq->input;
    rq_query(rq, &sql_task_lock, NULL);
    if (!uuid_is_nil(&in->parent_task_id)) {
        rq_query(rq, &sql_task_parent_check, NULL);
    }
    if (task_may_enter_progress(rq)) {
        rq_query(rq, &sql_task_change_lock, NULL);
    }
    return rq_answer(rq, rq_query(rq, &sql_task_change, NULL));
}

static enum err change_place(struct request *rq, const struct rq_arg *args, bool may_enter_progress)
{
    rq_query(rq, &sql_task_lock, args);
    if (may_enter_progress) {
        rq_query(rq, &sql_task_enter_lock, args);
    }
    return rq_answer(rq, rq_query(rq, &sql_task_place, args));
}

static enum err task_patch(struct request *rq)
{
    enum err e = task_change_check(rq);
    if (e != ERR_NONE) {
        return e;
    }
    switch (task_reach(rq)) {
    case TASK_REACH_FIELDS:
        break;
    case TASK_REACH_PLACE:
        return change_place(rq, NULL, task_may_enter_progress(rq));
    case TASK_REACH_ALL:
        return change_all(rq);
    }
    return rq_answer(rq, rq_query(rq, &sql_task_edit, NULL));
}

static enum err task_set_status(struct request *rq)
{
    return change_place(rq, RQ_ARGS(ARG_NULL("list_id")), task_may_enter_progress(rq));
}

static enum err task_move(struct request *rq)
{
    const struct task_move_input *in = rq->input;
    enum err e = task_move_check(rq);
    if (e != ERR_NONE) {
        return e;
    }
    if (in->status != NULL) {
        const char *changes = arena_printf(rq->arena, "{\"status\":\"%s\"}", in->status);
        return change_place(rq, RQ_ARGS(ARG_TEXT("changes", changes)), true);
    }
    rq_query(rq, &sql_task_lock, NULL);
    if (!uuid_is_nil(&in->before) || !uuid_is_nil(&in->after)) {
        rq_query(rq, &sql_task_ranks_spread, NULL);
    }
    rq_query(rq, &sql_task_enter_lock, NULL);
    return rq_answer(rq, rq_query(rq, &sql_task_move, NULL));
}

static enum err board_tasks(struct request *rq)
{
    const struct task_query *in = rq->input;
    list_queue(rq, in->archived ? &sql_task_list_board_archived : &sql_task_list_board);
    const struct db_result *board = rq->list->filtered ? rq_query(rq, &sql_task_count_board, NULL) : rq->list->total;
    enum err e = rq_run(rq);
    if (e != ERR_NONE) {
        return e;
    }
    return db_rows(board) > 0 ? ERR_NONE : rq_missing(rq);
}

static enum err tasks_list(struct request *rq)
{
    const struct task_query *in = rq->input;
    const struct sql_query *base = in->archived ? &sql_task_list_archived : &sql_task_list;
    if (!uuid_is_nil(&in->assignee_id)) {
        base = &sql_task_list_assigned;
    } else if (rq->access->teams.n == 0 && !rq_can(rq, PERM_CAN_VIEW_ALL_PROJECTS)) {
        base = &sql_task_list_mine; /* nothing else is theirs to see */
    }
    list_queue(rq, base);
    return rq_run(rq);
}

/* ---- rows ---- */

const struct scope task_scope = { "task", &sql_task_locate, &sql_task_get, &task_schema };
static const struct scope deletable_scope = { "task", &sql_task_locate_deletable, &sql_task_get, &task_schema };

#define CHANGE                                                                                                                 \
    .permission = PERM_CAN_EDIT_ASSIGNED_TASKS, .or_permission = PERM_CAN_EDIT_TASKS, .scope = &task_scope,                    \
    .output = &task_schema, .reply = REPLY_ONE, .tx = TX_WRITE, .flags = ROUTE_TENANT
#define CREATE                                                                                                                 \
    .permission = PERM_CAN_CREATE_TASKS, .output = &task_schema, .reply = REPLY_CREATED, .tx = TX_WRITE,                       \
    .location = "/tasks/{id}", .event = "task.created", .flags = ROUTE_TENANT
#define LIST .permission = PERM_IN_BRAND, .output = &task_schema, .reply = REPLY_LIST, .tx = TX_READ, .flags = ROUTE_TENANT

static const struct route rows[] = {
    { .method = HTTP_GET,
      .path = "/boards/{id}/tasks",
      LIST,
      .scope = &board_open_scope,
      .input = &query_schema,
      .handler = board_tasks,
      .count = &sql_task_count_board,
      .sort = "position",
      .summary = "Tasks of a board" },
    { .method = HTTP_POST,
      .path = "/boards/{id}/tasks",
      CREATE,
      .scope = &board_open_scope,
      .input = &board_task_schema,
      .handler = board_task_create,
      .summary = "Make a task on a board",
      .doc = "Without list_id it goes to the end of the first list with its status, or of the board's first list." },
    { .method = HTTP_GET,
      .path = "/tasks",
      LIST,
      .input = &query_schema,
      .handler = tasks_list,
      .count = &sql_task_count,
      .sort = "-id",
      .summary = "Tasks of the brand",
      .doc = "Those that the caller may see, the newest first." },
    { .method = HTTP_POST,
      .path = "/tasks",
      CREATE,
      .scope = &board_named_scope,
      .input = &new_schema,
      .handler = task_create,
      .summary = "Make a task" },
    { .method = HTTP_GET,
      .path = "/users/me/tasks",
      LIST,
      .input = &mine_schema,
      .queries = { &sql_task_list_mine },
      .sort = "due_at",
      .summary = "One's own tasks" },
    { .method = HTTP_GET,
      .path = "/tasks/{id}",
      .permission = PERM_IN_BRAND,
      .scope = &task_scope,
      .output = &task_schema,
      .reply = REPLY_ONE,
      .tx = TX_READ,
      .queries = { &sql_task_get },
      .flags = ROUTE_TENANT,
      .summary = "One task" },
    { .method = HTTP_PATCH,
      .path = "/tasks/{id}",
      CHANGE,
      .input = &change_schema,
      .handler = task_patch,
      .event = "task.updated",
      .summary = "Change a task",
      .doc =
          "Another list sets the list's status; another status moves the task to the end of the board's first list with it." },
    { .method = HTTP_DELETE,
      .path = "/tasks/{id}",
      .permission = PERM_CAN_DELETE_TASKS,
      .scope = &deletable_scope,
      .reply = REPLY_NULL,
      .tx = TX_WRITE,
      .queries = { &sql_task_lock, &sql_task_delete },
      .event = "task.deleted",
      .flags = ROUTE_TENANT,
      .summary = "Delete a task",
      .doc = "Its subtasks stay, and stand by themselves." },
    { .method = HTTP_PATCH,
      .path = "/tasks/{id}/move",
      CHANGE,
      .input = &move_schema,
      .handler = task_move,
      .event = "task.moved",
      .summary = "Move a task",
      .doc = "To the end of a list, or beside tasks of that list." },
    { .method = HTTP_POST,
      .path = "/tasks/{id}/assign",
      CHANGE,
      .input = &assign_schema,
      .queries = { &sql_task_lock, &sql_task_assign_lock, &sql_task_assign },
      .event = "task.assigned",
      .summary = "Set who works on a task" },
    { .method = HTTP_POST,
      .path = "/tasks/{id}/status",
      CHANGE,
      .input = &status_schema,
      .handler = task_set_status,
      .event = "task.updated",
      .summary = "Set a task's status" },
    { .method = HTTP_POST,
      .path = "/tasks/{id}/priority",
      CHANGE,
      .input = &priority_schema,
      .queries = { &sql_task_prioritize },
      .event = "task.updated",
      .summary = "Set a task's priority" },
    { .method = HTTP_POST,
      .path = "/tasks/{id}/archive",
      CHANGE,
      .queries = { &sql_task_lock, &sql_task_archive },
      .event = "task.archived",
      .summary = "Put a task away" },
    { .method = HTTP_POST,
      .path = "/tasks/{id}/restore",
      CHANGE,
      .queries = { &sql_task_lock, &sql_task_members_lock, &sql_task_restore },
      .event = "task.restored",
      .summary = "Bring an archived task back" },
};

const struct route_table tasks_routes = ROUTE_TABLE("tasks", rows);
