/* templates_routes.c - /task-templates: tasks that make themselves. */
#include "api/constraint.h"
#include "api/list.h"
#include "core/arena.h"
#include "core/clock.h"
#include "domains/schedules/schedules.h"
#include "domains/tasks/tasks.h"
#include "domains/templates/templates.h"
#include "templates_sql.h"

/* ---- shapes ---- */

static const char *const priorities[] = { "low", "medium", "high", "urgent", NULL };
static const char *const ways[] = { "skip", "last", "all", NULL };

#define RULE_EXAMPLE "\"FREQ=WEEKLY;BYDAY=MO\""

static const struct field template_fields[] = {
    COLUMN(id, SCHEMA_UUID, .flags = FIELD_SORT, .doc = "Id of the template"),
    COLUMN(team_id, SCHEMA_UUID, .flags = FIELD_FILTER, .doc = "Team that owns it"),
    COLUMN(board_id, SCHEMA_UUID, .flags = FIELD_FILTER, .doc = "Board that its tasks go to"),
    COLUMN(list_id, SCHEMA_UUID, .flags = FIELD_NULLABLE, .doc = "List that they go to; null: the first for work to do"),
    COLUMN(title, SCHEMA_STRING, .flags = FIELD_SORT, .doc = "Title of its tasks"),
    COLUMN(description, SCHEMA_STRING, .doc = "Markdown"),
    COLUMN(priority, SCHEMA_ENUM, .flags = FIELD_FILTER, .values = priorities, .doc = "How urgent its tasks are"),
    COLUMN(tags, SCHEMA_STRINGS, .doc = "Words to find them by"),
    COLUMN(assignee_ids, SCHEMA_UUIDS, .doc = "Who gets them"),
    COLUMN(checklist, SCHEMA_STRINGS, .doc = "Steps, in order: the checklist of its tasks"),
    COLUMN(due_offset_minutes, SCHEMA_INT, .flags = FIELD_NULLABLE, .doc = "From the occurrence until they must be done"),
    COLUMN(rrule, SCHEMA_STRING, .doc = "When it comes again: RFC 5545, without DTSTART", .example = RULE_EXAMPLE),
    COLUMN(starts_at, SCHEMA_STRING, .doc = "Local time of the earliest occurrence", .example = "\"2026-11-23T09:00:00\""),
    COLUMN(timezone, SCHEMA_STRING, .doc = "Zone of all local times here", .example = "\"Europe/Berlin\""),
    COLUMN(exdates, SCHEMA_STRINGS, .doc = "Local dates and times that are left out", .example = "[\"2026-12-25\"]"),
    COLUMN(catch_up, SCHEMA_ENUM, .values = ways, .doc = "After downtime: none of what was missed, the latest of it, or all"),
    COLUMN(paused, SCHEMA_BOOL, .flags = FIELD_FILTER, .doc = "Whether it waits to be resumed"),
    COLUMN(next_run_at, SCHEMA_TIME, .flags = FIELD_NULLABLE | FIELD_SORT,
           .doc = "Next occurrence; null: paused, or none is left"),
    COLUMN(last_spawned_at, SCHEMA_TIME, .flags = FIELD_NULLABLE | FIELD_SORT, .doc = "When it last made a task"),
    COLUMN(
        problems, SCHEMA_STRINGS,
        .doc =
            "`board_missing`, `list_missing`, `assignee_missing`, `rule_unreadable`: what keeps its tasks from being as meant",
        .example = "[]"),
    COLUMN(created_by, SCHEMA_UUID, .flags = FIELD_NULLABLE, .doc = "Who made it"),
    COLUMN(created_at, SCHEMA_TIME, .flags = FIELD_SORT, .doc = "When it was made"),
    COLUMN(updated_at, SCHEMA_TIME, .flags = FIELD_SORT, .doc = "Last change"),
    COLUMN(version, SCHEMA_INT, .doc = "Raised by every change"),
};
static const struct schema template_schema = SCHEMA("TaskTemplate", template_fields, 0);

#define TEAM(more) FIELD(struct template_input, team_id, SCHEMA_UUID, .flags = (more), .doc = "Team that owns it")
#define TITLE(more)                                                                                                            \
    FIELD(struct template_input, title, SCHEMA_STRING, .flags = (more), .min = 1, .max = 255, .doc = "Title of its tasks")
#define RULE(more)                                                                                                             \
    FIELD(struct template_input, rrule, SCHEMA_STRING, .flags = (more), .min = 1, .max = 1000,                                 \
          .doc = "When it comes again: RFC 5545, without DTSTART and EXDATE. Hourly is as often as it gets.",                  \
          .example = RULE_EXAMPLE),                                                                                            \
        FIELD(struct template_input, starts_at, SCHEMA_STRING, .flags = (more), .min = 1, .max = 19,                           \
              .doc = "Local time from which on the rule holds, and of day where the rule says none",                           \
              .example = "\"2026-11-23T09:00\""),                                                                              \
        FIELD(struct template_input, timezone, SCHEMA_STRING, .flags = (more), .min = 1, .max = 64, .doc = "An IANA zone",     \
              .example = "\"Europe/Berlin\""),                                                                                 \
        FIELD(struct template_input, exdates, SCHEMA_STRINGS, .max = RECURRENCE_EXDATES,                                       \
              .doc = "Local dates (whole days) and times to leave out", .example = "[\"2026-12-25\"]")
#define OTHERS                                                                                                                 \
    FIELD(struct template_input, board_id, SCHEMA_UUID,                                                                        \
          .doc = "Board of the team that its tasks go to; without it, the list's, or the team's first"),                       \
        FIELD(struct template_input, list_id, SCHEMA_UUID, .flags = FIELD_NULLABLE, .doc = "List that they go to"),            \
        FIELD(struct template_input, description, SCHEMA_STRING, .flags = FIELD_NULLABLE | FIELD_RAW, .max = 65536,            \
              .doc = "Markdown"),                                                                                              \
        FIELD(struct template_input, priority, SCHEMA_ENUM, .values = priorities, .doc = "How urgent its tasks are"),          \
        FIELD(struct template_input, tags, SCHEMA_STRINGS, .max = 50, .doc = "Words to find them by"),                         \
        FIELD(struct template_input, assignee_ids, SCHEMA_UUIDS, .max = 50, .doc = "Who gets them"),                           \
        FIELD(struct template_input, checklist, SCHEMA_STRINGS, .max = 100, .doc = "Steps, in order",                          \
              .example = "[\"Read the numbers\"]"),                                                                            \
        FIELD(struct template_input, due_offset_minutes, SCHEMA_INT, .flags = FIELD_NULLABLE, .min = 0, .max = 527040,         \
              .doc = "From the occurrence until they must be done", .example = "1440"),                                        \
        FIELD(struct template_input, catch_up, SCHEMA_ENUM, .values = ways,                                                    \
              .doc = "After downtime: none of what was missed, the latest of it (unless it is said), or all")

static const struct field new_fields[] = { TEAM(FIELD_REQUIRED), TITLE(FIELD_REQUIRED), RULE(FIELD_REQUIRED), OTHERS };
static const struct schema new_schema = SCHEMA("TaskTemplateNew", new_fields, sizeof(struct template_input));

static const struct field change_fields[] = { TEAM(0), TITLE(0), RULE(0), OTHERS };
static const struct schema change_schema = SCHEMA("TaskTemplateChange", change_fields, sizeof(struct template_input));

static const struct field preview_input_fields[] = {
    RULE(FIELD_REQUIRED),
    FIELD(struct template_input, limit, SCHEMA_INT, .min = 1, .max = 100, .doc = "How many dates; 5, unless it is said"),
};
static const struct schema preview_input_schema =
    SCHEMA("RecurrenceAsked", preview_input_fields, sizeof(struct template_input));

static const struct field occurrence_fields[] = {
    COLUMN(at, SCHEMA_TIME, .flags = FIELD_SORT, .doc = "The moment"),
    COLUMN(local, SCHEMA_STRING, .doc = "What clocks show there, by the rule", .example = "\"2026-11-23T09:00:00\""),
};
static const struct schema occurrence_schema = SCHEMA("Occurrence", occurrence_fields, 0);

struct preview {
    const char *rrule;
    const struct db_result *occurrences;
};

static const struct field preview_fields[] = {
    FIELD(struct preview, rrule, SCHEMA_STRING, .doc = "The rule as it would be kept", .example = RULE_EXAMPLE),
    FIELD(struct preview, occurrences, SCHEMA_MANY, .of = &occurrence_schema, .doc = "The next times it comes"),
};
static const struct schema preview_schema = SCHEMA("RecurrencePreview", preview_fields, 0);

struct occurrences_query {
    struct input in;
    int64_t after;
};

static const struct field occurrences_fields[] = {
    FIELD(struct occurrences_query, after, SCHEMA_TIME, .flags = FIELD_QUERY, .doc = "Only later ones; now, unless it is said"),
};
static const struct schema occurrences_schema =
    SCHEMA("OccurrencesAsked", occurrences_fields, sizeof(struct occurrences_query));

/* ---- handlers ---- */

/* The occurrences after a moment, as rows. NULL when the database fails. */
static const struct db_result *ask_occurrences(struct request *rq, const struct recurrence *r, int64_t after, int limit)
{
    const char **moments = arena_alloc(rq->arena, sizeof *moments * (size_t)(limit + 1));
    const char **locals = arena_alloc(rq->arena, sizeof *locals * (size_t)(limit + 1));
    struct recurrence_walk *w = arena_alloc(rq->arena, sizeof *w);
    struct occurrence o;
    char text[CLOCK_TEXT_SIZE];
    int n = 0;
    recurrence_begin(w, r, after + 1);
    for (; n < limit && recurrence_next(w, &o); n++) {
        clock_format(o.at, text);
        moments[n] = arena_strdup(rq->arena, text);
        locals[n] = recurrence_local(rq->arena, o.local);
    }
    return rq_ask(rq, &sql_template_occurrences,
                  RQ_ARGS({ "moments", { .is_set = true, .ss = { moments, n } } },
                          { "locals", { .is_set = true, .ss = { locals, n } } }));
}

static enum err template_preview(struct request *rq)
{
    const struct template_input *in = rq->input;
    const struct recurrence *r = template_recurrence(rq, NULL);
    const struct db_result *now = r == NULL ? NULL : rq_ask(rq, &sql_template_now, NULL);
    if (now == NULL) {
        return rq->err;
    }
    struct preview *p = arena_zalloc(rq->arena, sizeof *p);
    p->rrule = r->rule.text;
    p->occurrences = ask_occurrences(rq, r, db_int(now, 0, "now"), in->limit > 0 ? (int)in->limit : 5);
    return p->occurrences == NULL ? rq->err : rq_reply_struct(rq, p);
}

static enum err template_occurrences(struct request *rq)
{
    const struct occurrences_query *in = rq->input;
    const struct db_result *now = rq_query(rq, &sql_template_now, NULL);
    const struct db_result *found = rq_ask(rq, &sql_template_get, NULL);
    if (found == NULL || db_rows(found) == 0) {
        return found == NULL ? rq->err : rq_missing(rq);
    }
    const struct recurrence_text text = template_text(rq, found);
    const struct recurrence *r = recurrence_read(rq->arena, &text, NULL);
    if (r == NULL) {
        return rq_fail_words(rq, ERR_CONFLICT, "The rule of this template can't be read any more: set another.");
    }
    int64_t after = schema_given(rq->route->input, in, "after") ? in->after : db_int(now, 0, "now");
    const struct db_result *rows = ask_occurrences(rq, r, after, rq->list->limit);
    return rows == NULL ? rq->err : rq_reply_rows(rq, rows);
}

static enum err template_create(struct request *rq)
{
    const struct recurrence *r = template_recurrence(rq, NULL);
    if (r == NULL || template_check(rq) != ERR_NONE) {
        return rq->err;
    }
    const struct db_result *now = rq_ask(rq, &sql_template_now, NULL);
    if (now == NULL) {
        return rq->err;
    }
    const struct rq_arg *args = template_rule_args(rq, r, db_int(now, 0, "now"));
    const struct db_result *made = rq_ask(rq, &sql_template_create, args);
    return made == NULL ? rq->err : rq_reply_row(rq, made, 0);
}

static enum err template_patch(struct request *rq)
{
    if (template_check(rq) != ERR_NONE) {
        return rq->err;
    }
    const struct db_result *old = rq_ask(rq, &sql_template_lock, NULL);
    if (old == NULL || db_rows(old) == 0) {
        return old == NULL ? rq->err : rq_missing(rq);
    }
    const struct rq_arg *args = template_keep_args(rq);
    if (template_rule_given(rq)) {
        const struct recurrence *r = template_recurrence(rq, old);
        if (r == NULL) {
            return rq->err;
        }
        args = template_rule_args(rq, r, db_int(old, 0, "now"));
    }
    return rq_answer(rq, rq_query(rq, &sql_template_update, args));
}

static enum err set_paused(struct request *rq, bool paused, int64_t next)
{
    const struct rq_arg next_arg = { "next_run_at", { .is_set = next != 0, .i = next } };
    return rq_answer(rq, rq_query(rq, &sql_template_pause, RQ_ARGS(ARG_BOOL("paused", paused), next_arg)));
}

static enum err template_pause(struct request *rq)
{
    return set_paused(rq, true, 0);
}

/* It goes on with what comes next: what would have come while it was paused was not missed. */
static enum err template_resume(struct request *rq)
{
    struct occurrence next = { 0 };
    const struct db_result *old = rq_ask(rq, &sql_template_lock, NULL);
    if (old == NULL || db_rows(old) == 0) {
        return old == NULL ? rq->err : rq_missing(rq);
    }
    const struct recurrence_text text = template_text(rq, old);
    const struct recurrence *r = recurrence_read(rq->arena, &text, NULL);
    if (r == NULL) {
        return rq_fail_words(rq, ERR_CONFLICT, "The rule of this template can't be read any more: set another.");
    }
    return set_paused(rq, false, recurrence_after(r, db_int(old, 0, "now"), &next) ? next.at : 0);
}

static enum err template_spawn(struct request *rq)
{
    rq_query(rq, &sql_template_board_lock, NULL);
    rq_query(rq, &sql_template_people_lock, NULL);
    const struct db_result *r = rq_ask(rq, &sql_template_spawn, RQ_ARGS(ARG_NULL("occurrence_at"), ARG_BOOL("by_hand", true)));
    if (r == NULL || db_rows(r) > 0) {
        return r == NULL ? rq->err : rq_reply_row(rq, r, 0);
    }
    const struct db_result *found = rq_ask(rq, &sql_template_locate, NULL);
    if (found != NULL && db_rows(found) > 0 && db_bool(found, 0, "changeable")) {
        return rq_fail_words(rq, ERR_CONFLICT, "The board of this template is gone: name another.");
    }
    return found == NULL ? rq->err : rq_missing(rq);
}

/* ---- rows ---- */

static const struct scope template_scope = { "task template", &sql_template_locate, &sql_template_get, &template_schema };
static const struct scope part_scope = { "task template", &sql_template_locate, NULL, NULL };

#define MANAGED .permission = PERM_CAN_CREATE_TASKS, .flags = ROUTE_TENANT
#define CHANGE MANAGED, .scope = &template_scope, .output = &template_schema, .reply = REPLY_ONE, .tx = TX_STEPS

static const char manage_doc[] = "For who edits projects and is in the team, and for the team's managers.";

static const struct route rows[] = {
    { .method = HTTP_GET,
      .path = "/task-templates",
      .permission = PERM_IN_BRAND,
      .output = &template_schema,
      .reply = REPLY_LIST,
      .tx = TX_READ,
      .queries = { &sql_template_list },
      .sort = "title",
      .flags = ROUTE_TENANT,
      .summary = "Task templates of one's teams" },
    { .method = HTTP_POST,
      .path = "/task-templates",
      MANAGED,
      .input = &new_schema,
      .output = &template_schema,
      .reply = REPLY_CREATED,
      .tx = TX_STEPS,
      .handler = template_create,
      .location = "/task-templates/{id}",
      .event = "task_template.created",
      .summary = "Make a task template",
      .doc = manage_doc },
    { .method = HTTP_POST,
      .path = "/task-templates/preview",
      .permission = PERM_IN_BRAND,
      .input = &preview_input_schema,
      .output = &preview_schema,
      .reply = REPLY_ONE,
      .tx = TX_READ,
      .handler = template_preview,
      .flags = ROUTE_TENANT,
      .summary = "See when a rule comes, before it is kept",
      .doc = "What is wrong with it is told by field, as it would be when it is kept." },
    { .method = HTTP_GET,
      .path = "/task-templates/{id}",
      .permission = PERM_IN_BRAND,
      .scope = &template_scope,
      .output = &template_schema,
      .reply = REPLY_ONE,
      .tx = TX_READ,
      .queries = { &sql_template_get },
      .flags = ROUTE_TENANT,
      .summary = "One task template" },
    { .method = HTTP_PATCH,
      .path = "/task-templates/{id}",
      CHANGE,
      .input = &change_schema,
      .handler = template_patch,
      .event = "task_template.updated",
      .summary = "Change a task template",
      .doc = manage_doc },
    { .method = HTTP_DELETE,
      .path = "/task-templates/{id}",
      MANAGED,
      .scope = &template_scope,
      .reply = REPLY_NULL,
      .tx = TX_WRITE,
      .queries = { &sql_template_delete },
      .event = "task_template.deleted",
      .summary = "Delete a task template",
      .doc = "The tasks that it made stay." },
    { .method = HTTP_POST,
      .path = "/task-templates/{id}/pause",
      CHANGE,
      .handler = template_pause,
      .event = "task_template.paused",
      .summary = "Let a task template rest" },
    { .method = HTTP_POST,
      .path = "/task-templates/{id}/resume",
      CHANGE,
      .handler = template_resume,
      .event = "task_template.resumed",
      .summary = "Let it go on",
      .doc = "With what comes next; what would have come meanwhile is left out." },
    { .method = HTTP_POST,
      .path = "/task-templates/{id}/spawn",
      MANAGED,
      .scope = &part_scope,
      .output = &task_schema,
      .reply = REPLY_CREATED,
      .tx = TX_STEPS,
      .handler = template_spawn,
      .location = "/tasks/{id}",
      .event = "task.created",
      .summary = "Make a task of it now",
      .doc = "Besides those that come by the rule. Where its list is full the task goes to the first for work to do." },
    { .method = HTTP_GET,
      .path = "/task-templates/{id}/occurrences",
      .permission = PERM_IN_BRAND,
      .scope = &part_scope,
      .input = &occurrences_schema,
      .output = &occurrence_schema,
      .reply = REPLY_LIST,
      .tx = TX_READ,
      .handler = template_occurrences,
      .sort = "at",
      .flags = ROUTE_TENANT,
      .summary = "When it comes again",
      .doc = "The next `limit` ones; for more, say the last one as `after`." },
};

const struct route_table templates_routes = ROUTE_TABLE("templates", rows);
