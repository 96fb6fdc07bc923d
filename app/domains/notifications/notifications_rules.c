/* notifications_rules.c - who has a reason to be told of what happened to a task. */
#include "domains/notifications/notifications.h"

#include "core/str.h"

struct telling {
    const struct task_news *news;
    struct notification_candidate *out;
    int count;
};

/* Adds somebody who isn't the actor and isn't in it yet: what is told first is what concerns them most. */
static void tell(struct telling *t, const struct uuid *who, enum notification_type type, enum notification_reason reason)
{
    bool out = uuid_is_nil(who) || (t->news->has_actor && uuid_eq(who, &t->news->actor_id));
    for (int i = 0; i < t->count && !out; i++) {
        out = uuid_eq(&t->out[i].user_id, who);
    }
    if (!out) {
        t->out[t->count++] = (struct notification_candidate){ *who, type, reason };
    }
}

/* Of what changed about a task, what those want to know most who work on it or made it. */
static enum notification_type change_of(const struct task_news *n)
{
    if (n->status != NULL) {
        return str_eq(n->status, "completed") ? NOTIFICATION_TASK_COMPLETED : NOTIFICATION_TASK_STATUS;
    }
    return n->date_or_priority ? NOTIFICATION_TASK_UPDATED : NOTIFICATION_COUNT;
}

int notification_candidates(const struct task_news *n, struct notification_candidate *out)
{
    struct telling t = { n, out, 0 };
    enum notification_type came = n->by_template ? NOTIFICATION_TASK_TEMPLATE_SPAWNED : NOTIFICATION_TASK_ASSIGNED;
    enum notification_type change = n->created ? NOTIFICATION_COUNT : change_of(n);
    /* Somebody who came and went again before this was decided is told of neither. */
    for (int i = 0; i < n->added.n; i++) {
        if (uuid_among(&n->assignees, &n->added.v[i])) {
            tell(&t, &n->added.v[i], came, REASON_ASSIGNED);
        }
    }
    for (int i = 0; i < n->removed.n; i++) {
        if (!uuid_among(&n->assignees, &n->removed.v[i])) {
            tell(&t, &n->removed.v[i], NOTIFICATION_TASK_UNASSIGNED, REASON_YOU);
        }
    }
    for (int i = 0; i < n->assignees.n && change != NOTIFICATION_COUNT; i++) {
        tell(&t, &n->assignees.v[i], change, REASON_ASSIGNED);
    }
    if (change != NOTIFICATION_COUNT) {
        tell(&t, &n->created_by, change, REASON_CREATOR);
    }
    return t.count;
}
