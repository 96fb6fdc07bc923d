/* relay_role.c - the relay as a process of karara-worker, and who follows. */
#include "api/metrics.h"
#include "platform/db.h"
#include "worker/relay.h"
#include "worker/worker.h"
#include <unistd.h>

static const struct relay_follower followers[] = {
    { "task.created", JOB_NOTIFICATIONS_DECIDE, "assignee_ids" },
    { "task.updated", JOB_NOTIFICATIONS_DECIDE, "assignee_ids,status,due_at,priority" },
    { "task.moved", JOB_NOTIFICATIONS_DECIDE, "status" },
    { "task.assigned", JOB_NOTIFICATIONS_DECIDE, "assignee_ids" },
    { "task_template.paused", JOB_NOTIFICATIONS_DECIDE, "problem" },
    { "member.added", JOB_NOTIFICATIONS_DECIDE, NULL },
    { "member.updated", JOB_NOTIFICATIONS_DECIDE, "role" },
    { "delegation.created", JOB_NOTIFICATIONS_DECIDE, NULL },
    { "delegation.revoked", JOB_NOTIFICATIONS_DECIDE, NULL },
    { "delegation.ended", JOB_NOTIFICATIONS_DECIDE, NULL },
    { "invitation.created", JOB_NOTIFICATIONS_DECIDE, NULL },
    { NULL, JOB_NOOP, NULL },
};

enum { STATEMENT_TIMEOUT = 10000, PATIENCE = 12000 }; /* ms */

/* Takes all wakings at once: one look is as good as many. */
static void forget_wakings(const struct role_env *env)
{
    uint64_t token;
    while (env->wake_fd >= 0 && read(env->wake_fd, &token, sizeof token) > 0) {
    }
}

/* Waits as that answer wants it: in between nothing wakes it, so that events come together. */
static bool wait_after(struct role_env *env, enum relay_state state)
{
    struct role_env undisturbed = *env;
    undisturbed.wake_fd = -1;
    bool on = role_wait(state == RELAY_IDLE ? env : &undisturbed, relay_pause(state));
    forget_wakings(env);
    return on;
}

int relay_main(struct role_env *env)
{
    enum relay_state state;
    struct db *d = worker_db("relay");
    db_configure(d, &(struct db_options){ "karara-worker relay", STATEMENT_TIMEOUT, PATIENCE, true });
    struct relay *r = relay_open(d, followers);
    do {
        state = relay_step(r);
        metrics_state(state == RELAY_STANDBY || state == RELAY_AWAY ? 0 : METRICS_LEADS_RELAY);
    } while (wait_after(env, state));
    relay_close(r);
    db_close(d);
    return 0;
}
