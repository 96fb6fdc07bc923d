/* leader.c - see leader.h. */
#include "worker/leader.h"

#include "core/arena.h"
#include "leader_sql.h"
#include "platform/db.h"

bool leader_is(struct db *d, enum leader_lock lock)
{
    struct arena *a = arena_create(1 << 16);
    const struct db_value value = { .is_set = true, .i = lock };
    const struct db_result *r = db_queue(d, a, &sql_leader_take, &value);
    bool leads = db_run(d) == DB_OK && db_bool(r, 0, "leads");
    arena_destroy(a);
    return leads;
}
