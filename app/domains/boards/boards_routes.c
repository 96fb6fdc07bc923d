/* boards_routes.c - /boards and /lists. */
#include "domains/boards/boards.h"

#include "api/constraint.h"
#include "boards_sql.h"
#include "core/arena.h"
#include "domains/boards/boards_rules.h"
#include "domains/boards/lists_routes.h"
#include "domains/tasks/tasks.h"
#include "lists_sql.h"

/* ---- shapes ---- */

static const struct field board_fields[] = {
    COLUMN(id, SCHEMA_UUID, .doc = "Id of the board"),
    COLUMN(team_id, SCHEMA_UUID, .flags = FIELD_FILTER, .doc = "Team that owns it"),
    COLUMN(team_name, SCHEMA_STRING, .doc = "Name of that team"),
    COLUMN(project_id, SCHEMA_UUID, .flags = FIELD_NULLABLE | FIELD_FILTER, .doc = "Project it belongs to"),
    COLUMN(name, SCHEMA_STRING, .flags = FIELD_SORT, .doc = "Name"),
    COLUMN(key, SCHEMA_STRING, .flags = FIELD_FILTER | FIELD_SORT, .doc = "What its tasks' references begin with",
           .example = "\"WEB\""),
    COLUMN(description, SCHEMA_STRING, .doc = "What it is for"),
    COLUMN(position, SCHEMA_STRING, .flags = FIELD_SORT, .doc = "Rank in the brand; compare bytes", .example = "\"a0\""),
    COLUMN(task_count, SCHEMA_INT, .doc = "Tasks on it that the caller sees and that aren't archived"),
    COLUMN(settings, SCHEMA_OBJECT, .doc = "How it is shown, and after how many days its completed tasks are archived",
           .example = "{\"auto_archive_days\":30}"),
    COLUMN(created_at, SCHEMA_TIME, .flags = FIELD_SORT, .doc = "When it was made"),
    COLUMN(updated_at, SCHEMA_TIME, .flags = FIELD_SORT, .doc = "Last change of the board itself"),
    COLUMN(version, SCHEMA_INT, .doc = "Raised by every change of the board itself"),
};
static const struct schema board_schema = SCHEMA("Board", board_fields, 0);

#define NAME(more) FIELD(struct board_input, name, SCHEMA_STRING, .flags = (more), .min = 1, .max = 120, .doc = "Name")
#define TEAM(more)                                                                                                             \
    FIELD(struct board_input, team_id, SCHEMA_UUID, .flags = (more), .doc = "Team that owns it, one of the caller's")
#define KEY                                                                                                                    \
    FIELD(struct board_input, key, SCHEMA_STRING, .min = 1, .max = 10,                                                         \
          .doc = "Capital letters and digits, unique in the brand", .example = "\"WEB\"")
#define DESCRIPTION                                                                                                            \
    FIELD(struct board_input, description, SCHEMA_STRING, .flags = FIELD_NULLABLE, .max = 10000, .doc = "What it is for")

static const struct field new_fields[] = { NAME(FIELD_REQUIRED), TEAM(FIELD_REQUIRED), KEY, DESCRIPTION };
static const struct schema new_schema = SCHEMA("BoardNew", new_fields, sizeof(struct board_input));

static const struct field change_fields[] = {
    NAME(0),
    TEAM(0),
    KEY,
    DESCRIPTION,
    FIELD(struct board_input, settings, SCHEMA_OBJECT, .flags = FIELD_NULLABLE, .doc = "Merged key by key; null removes one",
          .example = "{\"auto_archive_days\":30}"),
};
static const struct schema change_schema = SCHEMA("BoardChange", change_fields, sizeof(struct board_input));

struct delete_input {
    struct input in;
    bool force;
};

static const struct field delete_fields[] = {
    FIELD(struct delete_input, force, SCHEMA_BOOL, .flags = FIELD_QUERY, .doc = "Delete the tasks too"),
};
static const struct schema delete_schema = SCHEMA("BoardDelete", delete_fields, sizeof(struct delete_input));

static const struct field member_fields[] = {
    COLUMN(id, SCHEMA_UUID, .doc = "Id of the account"),
    COLUMN(name, SCHEMA_STRING, .doc = "Both names"),
    COLUMN(avatar_url, SCHEMA_STRING, .flags = FIELD_NULLABLE, .doc = "Address of the picture"),
    COLUMN(email, SCHEMA_STRING, .doc = "E-mail address"),
};
static const struct schema member_schema = SCHEMA("BoardMember", member_fields, 0);

struct snapshot {
    const struct db_result *board, *lists, *tasks, *members;
    int64_t sequence;
};

static const struct field snapshot_fields[] = {
    FIELD(struct snapshot, board, SCHEMA_ONE, .of = &board_schema, .doc = "The board"),
    FIELD(struct snapshot, lists, SCHEMA_MANY, .of = &list_schema, .doc = "Its lists, in order"),
    FIELD(struct snapshot, tasks, SCHEMA_MANY, .of = &task_schema, .doc = "Its tasks that aren't archived, by position"),
    FIELD(struct snapshot, members, SCHEMA_MANY, .of = &member_schema, .doc = "Who is in its team or assigned to its tasks"),
    FIELD(struct snapshot, sequence, SCHEMA_INT,
          .doc = "Number of the brand's newest event that is surely in it; 0 without any"),
};
static const struct schema snapshot_schema = SCHEMA("BoardSnapshot", snapshot_fields, 0);

const struct constraint_words boards_constraints[] = {
    { "boards_brand_id_key_key", ERR_ALREADY_EXISTS, "key", "There is a board with this key already." },
    { "boards_key_check", ERR_VALIDATION_FAILED, "key", "must be a capital letter, then capital letters and digits" },
    { NULL, ERR_NONE, NULL, NULL },
};

/* ---- handlers ---- */

void board_lock(struct request *rq, struct uuid board)
{
    rq_query(rq, &sql_board_lock, RQ_ARGS(ARG_UUID("id", board)));
}

static enum err board_create(struct request *rq)
{
    const struct board_input *in = rq->input;
    const struct uuid ids[] = { uuid_v7(), uuid_v7(), uuid_v7() };
    const struct uuid_list lists = { ids, 3 };
    char base[BOARD_KEY_BASE + 1];
    board_key_base(in->name, base);
    rq_query(rq, &sql_board_brand_lock, NULL);
    const struct rq_arg *args = RQ_ARGS(ARG_TEXT("key_base", base), ARG_UUIDS("list_ids", lists));
    const struct db_result *r = rq_query(rq, &sql_board_create, args);
    enum err e = rq_run(rq);
    return e == ERR_NONE ? rq_reply_row(rq, r, 0) : e;
}

static enum err board_change(struct request *rq)
{
    const struct board_input *in = rq->input;
    if (board_settings_check(rq, in->settings) != ERR_NONE) {
        return rq->err;
    }
    return rq_answer(rq, rq_query(rq, &sql_board_update, NULL));
}

static enum err board_snapshot(struct request *rq)
{
    const char *known = http_header(rq->http, "If-None-Match");
    struct snapshot *s = arena_zalloc(rq->arena, sizeof *s);
    const struct db_result *tag = rq_query(rq, &sql_snapshot_tag, RQ_ARGS(ARG_TEXT("known", known != NULL ? known : "")));
    s->board = rq_query(rq, &sql_snapshot_board, NULL);
    s->lists = rq_query(rq, &sql_snapshot_lists, NULL);
    s->tasks = rq_query(rq, &sql_snapshot_tasks, NULL);
    s->members = rq_query(rq, &sql_snapshot_members, NULL);
    enum err e = rq_run(rq);
    if (e != ERR_NONE) {
        return e;
    }
    if (db_rows(tag) == 0 || (db_rows(s->board) == 0 && !db_bool(tag, 0, "known"))) {
        return rq_missing(rq);
    }
    s->sequence = db_int(tag, 0, "sequence");
    rq_reply_tag(rq, db_text(tag, 0, "tag"));
    return rq_reply_struct(rq, s);
}

/* ---- rows ---- */

static const struct scope board_scope = { "board", &sql_board_locate, &sql_board_get, &board_schema };
static const struct scope deletable_scope = { "board", &sql_board_locate_deletable, &sql_board_get, &board_schema };
const struct scope board_parts_scope = { "board", &sql_board_locate, NULL, NULL };
const struct scope board_open_scope = { "board", &sql_board_locate_open, NULL, NULL };
const struct scope board_named_scope = { "board", &sql_board_locate_named, NULL, NULL };

static const struct route rows[] = {
    { .method = HTTP_GET,
      .path = "/boards",
      .permission = PERM_IN_BRAND,
      .output = &board_schema,
      .reply = REPLY_LIST,
      .tx = TX_READ,
      .queries = { &sql_board_list },
      .sort = "position",
      .flags = ROUTE_TENANT,
      .summary = "Boards that one may see" },
    { .method = HTTP_POST,
      .path = "/boards",
      .permission = PERM_CAN_CREATE_PROJECTS,
      .input = &new_schema,
      .output = &board_schema,
      .reply = REPLY_CREATED,
      .tx = TX_WRITE,
      .handler = board_create,
      .location = "/boards/{id}",
      .event = "board.created",
      .flags = ROUTE_TENANT,
      .summary = "Make a board",
      .doc = "It has the lists To do, In progress and Done." },
    { .method = HTTP_GET,
      .path = "/boards/{id}",
      .permission = PERM_IN_BRAND,
      .scope = &board_scope,
      .output = &board_schema,
      .reply = REPLY_ONE,
      .tx = TX_READ,
      .queries = { &sql_board_get },
      .flags = ROUTE_TENANT,
      .summary = "One board" },
    { .method = HTTP_PATCH,
      .path = "/boards/{id}",
      .permission = PERM_CAN_EDIT_PROJECTS,
      .scope = &board_scope,
      .input = &change_schema,
      .output = &board_schema,
      .reply = REPLY_ONE,
      .tx = TX_WRITE,
      .handler = board_change,
      .event = "board.updated",
      .flags = ROUTE_TENANT,
      .summary = "Change a board",
      .doc = "`settings.auto_archive_days`: tasks are archived by themselves so many days after they were completed, unless a "
             "subtask is open; null or absent: never. Other settings are the clients' own." },
    { .method = HTTP_DELETE,
      .path = "/boards/{id}",
      .permission = PERM_CAN_DELETE_PROJECTS,
      .scope = &deletable_scope,
      .input = &delete_schema,
      .reply = REPLY_NULL,
      .tx = TX_WRITE,
      .queries = { &sql_board_lock, &sql_board_delete },
      .event = "board.deleted",
      .flags = ROUTE_TENANT,
      .summary = "Delete a board" },
    { .method = HTTP_GET,
      .path = "/boards/{id}/snapshot",
      .permission = PERM_IN_BRAND,
      .scope = &board_parts_scope,
      .output = &snapshot_schema,
      .reply = REPLY_ONE,
      .tx = TX_READ,
      .handler = board_snapshot,
      .flags = ROUTE_TENANT,
      .summary = "A whole board in one answer",
      .doc = "Follow its events from `sequence` on. With If-None-Match it costs next to nothing while nothing has changed." },
    { .method = HTTP_GET,
      .path = "/boards/{id}/lists",
      .permission = PERM_IN_BRAND,
      .scope = &board_parts_scope,
      .output = &list_schema,
      .reply = REPLY_LIST,
      .tx = TX_READ,
      .handler = lists_list,
      .count = &sql_list_count,
      .sort = "position",
      .flags = ROUTE_TENANT,
      .summary = "Lists of a board" },
    { .method = HTTP_POST,
      .path = "/boards/{id}/lists",
      .permission = PERM_CAN_EDIT_PROJECTS,
      .scope = &board_parts_scope,
      .input = &list_new_schema,
      .output = &list_schema,
      .reply = REPLY_CREATED,
      .tx = TX_WRITE,
      .handler = list_create,
      .location = "/lists/{id}",
      .event = "list.created",
      .flags = ROUTE_TENANT,
      .summary = "Add a list to a board" },
    { .method = HTTP_GET,
      .path = "/lists/{id}",
      .permission = PERM_IN_BRAND,
      .scope = &list_scope,
      .output = &list_schema,
      .reply = REPLY_ONE,
      .tx = TX_READ,
      .queries = { &sql_list_get },
      .flags = ROUTE_TENANT,
      .summary = "One list" },
    { .method = HTTP_PATCH,
      .path = "/lists/{id}",
      .permission = PERM_CAN_EDIT_PROJECTS,
      .scope = &list_scope,
      .input = &list_change_schema,
      .output = &list_schema,
      .reply = REPLY_ONE,
      .tx = TX_WRITE,
      .handler = list_update,
      .event = "list.updated",
      .flags = ROUTE_TENANT,
      .summary = "Change or move a list" },
    { .method = HTTP_DELETE,
      .path = "/lists/{id}",
      .permission = PERM_CAN_EDIT_PROJECTS,
      .scope = &list_scope,
      .input = &list_delete_schema,
      .reply = REPLY_NULL,
      .tx = TX_WRITE,
      .handler = list_delete,
      .event = "list.deleted",
      .flags = ROUTE_TENANT,
      .summary = "Remove a list",
      .doc = "Tasks in it, archived ones too, need another list of the board to go to: `move_to`." },
};

const struct route_table boards_routes = ROUTE_TABLE("boards", rows);
