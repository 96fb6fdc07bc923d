/* clock.c - the role that does what comes with time: one leader per installation, the others wait to take over. */
#include "api/metrics.h"
#include "core/log.h"
#include "platform/db.h"
#include "worker/leader.h"
#include "worker/periodic.h"
#include "worker/schedule.h"
#include "worker/worker.h"

enum { TICK = 1000 }; /* ms */

int clock_main(struct role_env *env)
{
    struct db *d = leader_db("clock");
    bool led = false, more;
    do {
        bool leads = leader_is(d, LEADER_CLOCK);
        if (leads != led) {
            LOG(LOG_INFO, leads ? "clock_leads" : "clock_follows");
            metrics_state(leads ? METRICS_LEADS_CLOCK : 0);
            led = leads;
        }
        if (leads) {
            periodic_tick(d);
        }
        more = schedule_tick(d); /* leader or not: each schedule is taken by one */
    } while (role_wait(env, more ? 0 : TICK));
    db_close(d);
    return 0;
}
