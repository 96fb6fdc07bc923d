/* leader.c - see leader.h. */
#include "worker/leader.h"

#include "core/arena.h"
#include "core/config.h"
#include "leader_sql.h"
#include "platform/db.h"
#include "worker/worker.h"
#include <stdio.h>

struct db *leader_db(const char *what)
{
    char name[64];
    struct db *d = worker_db(what);
    snprintf(name, sizeof name, "karara-worker %s", what);
    int64_t timeout = config_int(CONF_WORKER_STATEMENT_TIMEOUT);
    db_configure(d, &(struct db_options){ name, timeout, timeout > 0 ? timeout + 5000 : 0, true });
    return d;
}

bool leader_is(struct db *d, enum leader_lock lock)
{
    struct arena *a = arena_create(1 << 16);
    const struct db_value value = { .is_set = true, .i = lock };
    const struct db_result *r = db_queue(d, a, &sql_leader_take, &value);
    bool leads = db_run(d) == DB_OK && db_bool(r, 0, "leads");
    arena_destroy(a);
    return leads;
}
