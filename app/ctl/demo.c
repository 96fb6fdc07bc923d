/* demo.c - kararactl demo: loads sql/demo.sql. */
#include "ctl/ctl.h"

#include "core/arena.h"
#include "core/config.h"
#include "core/str.h"
#include "platform/db.h"
#include "platform/password.h"
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define DEMO_PASSWORD "karara-demo"

/* What demo.sql reads by current_setting(): the hash of everybody's password, and how many tasks the big board gets. */
static bool give_settings(const struct ctl *c, struct db *d)
{
    int64_t tasks = 0;
    const char *asked = getenv("KARARA_DEMO_TASKS");
    if (!str_empty(asked) && !str_to_int(asked, 0, 10000000, &tasks)) {
        ctl_fail(c, "KARARA_DEMO_TASKS is a number up to 10000000, not \"%s\"", asked);
        return false;
    }
    return ctl_value(c, d,
                     "select set_config('karara.demo_password_hash', $1, false) || set_config('karara.demo_tasks', $2, false)",
                     password_hash(c->arena, DEMO_PASSWORD), arena_printf(c->arena, "%lld", (long long)tasks), NULL) != NULL;
}

int ctl_demo(struct ctl *c)
{
    size_t size;
    char *sql = ctl_read_sql(c, "demo.sql", &size);
    struct db *d = sql != NULL ? ctl_admin(c, true) : NULL;
    bool ok = false;
    if (d != NULL) {
        ok = give_settings(c, d) && ctl_exec(c, d, "cannot load the demo", sql);
        if (ok) {
            const char *counts = ctl_value(c, d, "select current_setting('karara.demo_summary')", NULL);
            printf("%s\nSign in as ada@demo.example with %s\n", counts != NULL ? counts : "", DEMO_PASSWORD);
        }
        db_close(d);
    }
    return ok ? CTL_OK : CTL_FAILED;
}
