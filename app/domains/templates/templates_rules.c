/* templates_rules.c - see templates.h. */
#include "domains/templates/templates.h"

#include "core/arena.h"
#include <string.h>

static bool given(const struct request *rq, const char *field)
{
    return schema_given(rq->route->input, rq->input, field);
}

enum err template_check(struct request *rq)
{
    const struct template_input *in = rq->input;
    for (int i = 0; i < in->assignee_ids.n && !rq_can(rq, PERM_CAN_ASSIGN_TASKS); i++) {
        if (!uuid_eq(&in->assignee_ids.v[i], &rq->user_id)) {
            return rq_fail_words(rq, ERR_PERMISSION_DENIED, "You may not assign tasks to others.");
        }
    }
    return ERR_NONE;
}

bool template_rule_given(const struct request *rq)
{
    return given(rq, "rrule") || given(rq, "starts_at") || given(rq, "timezone") || given(rq, "exdates");
}

struct recurrence_text template_text(struct request *rq, const struct db_result *r)
{
    return (struct recurrence_text){ db_text(r, 0, "rrule"), db_text(r, 0, "starts_at"), db_text(r, 0, "timezone"),
                                     db_texts(rq->arena, r, 0, "exdates") };
}

const struct recurrence *template_recurrence(struct request *rq, const struct db_result *old)
{
    const struct template_input *in = rq->input;
    struct recurrence_text text = { in->rrule, in->starts_at, in->timezone, in->exdates };
    if (old != NULL) {
        const struct recurrence_text was = template_text(rq, old);
        text.rrule = given(rq, "rrule") ? text.rrule : was.rrule;
        text.starts_at = given(rq, "starts_at") ? text.starts_at : was.starts_at;
        text.timezone = given(rq, "timezone") ? text.timezone : was.timezone;
        text.exdates = given(rq, "exdates") ? text.exdates : was.exdates;
    }
    const struct recurrence *r = recurrence_read(rq->arena, &text, &rq->errors);
    if (r == NULL) {
        rq_fail(rq, ERR_VALIDATION_FAILED);
    }
    return r;
}

const struct rq_arg *template_rule_args(struct request *rq, const struct recurrence *r, int64_t now)
{
    struct occurrence next = { 0 };
    bool any = recurrence_after(r, now, &next);
    const struct rq_arg args[] = {
        ARG_UUID("schedule_id", uuid_v7()),
        ARG_TEXT("rrule", r->rule.text),
        ARG_TEXT("starts_at", r->starts_at),
        { "exdates", { .is_set = true, .ss = r->exdates } },
        { "next_run_at", { .is_set = any, .i = next.at } },
        ARG_BOOL("has_rule", true),
        ARG_BOOL("has_place",
                 given(rq, "team_id") || given(rq, "board_id") || given(rq, "list_id") || given(rq, "assignee_ids")),
        { .name = NULL },
    };
    struct rq_arg *kept = arena_alloc(rq->arena, sizeof args);
    memcpy(kept, args, sizeof args);
    return kept;
}

const struct rq_arg *template_keep_args(struct request *rq)
{
    const struct rq_arg args[] = {
        ARG_NULL("next_run_at"),
        ARG_BOOL("has_rule", false),
        ARG_BOOL("has_place",
                 given(rq, "team_id") || given(rq, "board_id") || given(rq, "list_id") || given(rq, "assignee_ids")),
        { .name = NULL },
    };
    struct rq_arg *kept = arena_alloc(rq->arena, sizeof args);
    memcpy(kept, args, sizeof args);
    return kept;
}
