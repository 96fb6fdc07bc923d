/* templates.h - rules of task templates, for the domain's own files. Knows no HTTP. */
#pragma once

#include "api/request.h"
#include "domains/schedules/schedules.h"

struct template_input {
    struct input in;
    const char *title, *description, *priority, *rrule, *starts_at, *timezone, *catch_up;
    struct uuid team_id, board_id, list_id;
    struct uuid_list assignee_ids;
    struct text_list tags, checklist, exdates;
    int64_t due_offset_minutes, limit;
};

/* Whom the caller may assign. */
enum err template_check(struct request *rq);

/* Whether the request changes when it comes. */
bool template_rule_given(const struct request *rq);

/* The schedule's texts in row 0 of a result. */
struct recurrence_text template_text(struct request *rq, const struct db_result *r);

/* The recurrence that the request asks for, what it doesn't name taken from row 0 of `old` (may be NULL). NULL when it isn't good, which is
 * then told by field. */
const struct recurrence *template_recurrence(struct request *rq, const struct db_result *old);

/* Arguments of template_create and template_update with a rule, as it comes after `now`; and of template_update without. */
const struct rq_arg *template_rule_args(struct request *rq, const struct recurrence *r, int64_t now);
const struct rq_arg *template_keep_args(struct request *rq);
