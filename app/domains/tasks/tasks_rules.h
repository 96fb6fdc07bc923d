/* tasks_rules.h - what may happen to a task, as far as the request alone tells; what depends on the task is asked in
 * tasks.sql, under its locks. Knows neither HTTP nor SQL. */
#pragma once

#include "api/request.h"

struct task_input {
    struct input in;
    const char *title, *description, *task_type, *status, *priority, *custom_fields;
    struct uuid board_id, list_id, parent_task_id;
    struct uuid_list assignee_ids;
    int64_t start_at, due_at;
    double estimated_hours;
    struct text_list tags;
};

struct task_move_input {
    struct input in;
    const char *status;
    struct uuid list_id, before, after;
};

/* What a change touches, from little to much. */
enum task_reach {
    TASK_REACH_FIELDS, /* only what describes it: no lock of the board */
    TASK_REACH_PLACE,  /* only list and status */
    TASK_REACH_ALL
};

enum task_reach task_reach(const struct request *rq);

/* True when the new status can put the task in progress, so that people's limits matter. */
bool task_may_enter_progress(const struct request *rq);

/* A new task: its times, and whom the caller may assign. */
enum err task_new_check(struct request *rq);
/* A changed one: its times, as far as both are given, and that it isn't its own parent. */
enum err task_change_check(struct request *rq);
/* A move: either a status or a list, and neighbours only in a list. */
enum err task_move_check(struct request *rq);
