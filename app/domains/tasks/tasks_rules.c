/* tasks_rules.c - what may happen to a task. */
#include "domains/tasks/tasks_rules.h"

#include "core/str.h"

static bool given(const struct request *rq, const char *field)
{
    return schema_given(rq->route->input, rq->input, field);
}

enum task_reach task_reach(const struct request *rq)
{
    static const char *const describing[] = { "title",  "description", "task_type",       "priority",     "start_at",
                                              "due_at", "tags",        "estimated_hours", "custom_fields" };
    bool placed = given(rq, "status") || given(rq, "list_id");
    if (given(rq, "assignee_ids") || given(rq, "parent_task_id")) {
        return TASK_REACH_ALL;
    }
    if (!placed) {
        return TASK_REACH_FIELDS;
    }
    for (size_t i = 0; i < sizeof describing / sizeof *describing; i++) {
        if (given(rq, describing[i])) {
            return TASK_REACH_ALL;
        }
    }
    return TASK_REACH_PLACE;
}

bool task_may_enter_progress(const struct request *rq)
{
    const struct task_input *in = rq->input;
    return given(rq, "list_id") || !given(rq, "status") || str_eq(in->status, "in_progress");
}

static enum err check_times(struct request *rq)
{
    const struct task_input *in = rq->input;
    bool both = given(rq, "start_at") && given(rq, "due_at") && in->start_at != 0 && in->due_at != 0;
    return both && in->due_at < in->start_at ? rq_fail_field(rq, "due_at", "must not be before start_at") : ERR_NONE;
}

enum err task_new_check(struct request *rq)
{
    const struct task_input *in = rq->input;
    enum err e = check_times(rq);
    for (int i = 0; i < in->assignee_ids.n && !rq_can(rq, PERM_CAN_ASSIGN_TASKS); i++) {
        if (!uuid_eq(&in->assignee_ids.v[i], &rq->user_id)) {
            return rq_fail_words(rq, ERR_PERMISSION_DENIED, "You may not assign tasks to others.");
        }
    }
    return e;
}

enum err task_change_check(struct request *rq)
{
    const struct task_input *in = rq->input;
    struct uuid id = rq_path_uuid(rq, "id");
    if (given(rq, "parent_task_id") && uuid_eq(&in->parent_task_id, &id)) {
        return rq_fail_field(rq, "parent_task_id", "must be another task");
    }
    return check_times(rq);
}

static enum err check_neighbour(struct request *rq, const char *field, const struct uuid *neighbour)
{
    struct uuid id = rq_path_uuid(rq, "id");
    if (!given(rq, field)) {
        return ERR_NONE;
    }
    if (!given(rq, "list_id")) {
        return rq_fail_field(rq, field, "goes only with list_id");
    }
    return uuid_eq(neighbour, &id) ? rq_fail_field(rq, field, "must be another task") : ERR_NONE;
}

enum err task_move_check(struct request *rq)
{
    const struct task_move_input *in = rq->input;
    if (given(rq, "status") == given(rq, "list_id")) {
        return rq_fail_field(rq, "list_id", "is required, unless the address names a status: one of both");
    }
    enum err e = check_neighbour(rq, "before", &in->before);
    return e == ERR_NONE ? check_neighbour(rq, "after", &in->after) : e;
}
