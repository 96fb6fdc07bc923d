/* activity_routes.c - /tasks/{id}/activity, /boards/{id}/activity, /teams/{id}/activity. */
#include "activity_sql.h"
#include "api/list.h"
#include "domains/boards/boards.h"
#include "domains/tasks/tasks.h"
#include "domains/teams/teams.h"

/* ---- shapes ---- */

static const char *const subjects[] = { "task", "list", "board", "team", NULL };

static const struct field person_fields[] = {
    COLUMN(id, SCHEMA_UUID, .doc = "Id of the account"),
    COLUMN(name, SCHEMA_STRING, .doc = "Both names, as they are now"),
    COLUMN(avatar_url, SCHEMA_STRING, .flags = FIELD_NULLABLE, .doc = "Address of the picture"),
};
static const struct schema person_schema = SCHEMA("ActivityPerson", person_fields, 0);

static const struct field subject_fields[] = {
    COLUMN(type, SCHEMA_ENUM, .values = subjects, .doc = "Kind of thing"),
    COLUMN(id, SCHEMA_UUID, .flags = FIELD_NULLABLE, .doc = "Id of the thing, which may be gone"),
    COLUMN(title, SCHEMA_STRING, .doc = "What it was called then; empty when that isn't known"),
    COLUMN(reference, SCHEMA_STRING, .flags = FIELD_NULLABLE, .doc = "Key and number of a task", .example = "\"WEB-42\""),
};
static const struct schema subject_schema = SCHEMA("ActivitySubject", subject_fields, 0);

static const struct field activity_fields[] = {
    COLUMN(id, SCHEMA_UUID, .doc = "Id of the entry"),
    COLUMN(sequence, SCHEMA_INT, .flags = FIELD_SORT, .doc = "Number of the event in its brand"),
    COLUMN(actor, SCHEMA_ONE, .flags = FIELD_NULLABLE, .of = &person_schema,
           .doc = "Who did it; null when it happened by itself"),
    COLUMN(verb, SCHEMA_STRING, .flags = FIELD_FILTER, .doc = "What was done", .example = "\"moved\""),
    COLUMN(subject, SCHEMA_ONE, .of = &subject_schema, .doc = "To what"),
    COLUMN(changes, SCHEMA_OBJECT,
           .doc =
               "What became different, by field: `from` and `to` (lists with names), `added` and `removed` for people; of long "
               "texts only that they did",
           .example = "{\"status\":{\"from\":\"todo\",\"to\":\"completed\"}}"),
    COLUMN(people, SCHEMA_MANY, .of = &person_schema, .doc = "Who is named in the changes"),
    COLUMN(created_at, SCHEMA_TIME, .flags = FIELD_FILTER, .doc = "When"),
};
static const struct schema activity_schema = SCHEMA("Activity", activity_fields, 0);

/* ---- handlers ---- */

/* The page; without a right to it, why. */
static enum err page(struct request *rq, const struct sql_query *base, const struct sql_query *visible)
{
    list_queue(rq, base);
    const struct db_result *there = rq_query(rq, visible, NULL);
    enum err e = rq_run(rq);
    if (e != ERR_NONE) {
        return e;
    }
    return db_rows(there) > 0 ? ERR_NONE : rq_missing(rq);
}

static enum err task_activity(struct request *rq)
{
    return page(rq, &sql_activity_list_task, &sql_activity_of_task);
}

static enum err board_activity(struct request *rq)
{
    return page(rq, &sql_activity_list_board, &sql_activity_of_board);
}

static enum err team_activity(struct request *rq)
{
    return page(rq, &sql_activity_list_team, &sql_activity_of_team);
}

/* ---- rows ---- */

#define LIST                                                                                                                   \
    .method = HTTP_GET, .permission = PERM_IN_BRAND, .output = &activity_schema, .reply = REPLY_LIST, .tx = TX_READ,           \
    .sort = "-sequence", .flags = ROUTE_TENANT

static const struct route rows[] = {
    { .path = "/tasks/{id}/activity",
      LIST,
      .scope = &task_scope,
      .handler = task_activity,
      .summary = "What happened to a task",
      .doc = "Newest first. An entry is there a moment after what it tells of." },
    { .path = "/boards/{id}/activity",
      LIST,
      .scope = &board_parts_scope,
      .handler = board_activity,
      .summary = "What happened on a board",
      .doc = "Newest first. Whoever sees only their own tasks there sees what happened to these." },
    { .path = "/teams/{id}/activity",
      LIST,
      .scope = &team_scope,
      .handler = team_activity,
      .summary = "What happened to a team",
      .doc = "Newest first: that it was made, renamed, given people. What happened on its boards is told by these." },
};

const struct route_table activity_routes = ROUTE_TABLE("activity", rows);
