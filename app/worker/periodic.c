/* periodic.c - see periodic.h. */
#include "worker/periodic.h"

#include "core/arena.h"
#include "core/log.h"
#include "periodic_sql.h"
#include "platform/nudge.h"
#include <string.h>

static const struct periodic_row usual[] = {
    { JOB_ENDS, 60 },          { JOB_AUTO_ARCHIVE, 3600 }, { JOB_RETENTION, 86400 }, { JOB_HOUSEKEEPING, 600 },
    { JOB_PARTITIONS, 21600 }, { JOB_REMINDERS, 60 },      { JOB_MAIL_SWEEP, 60 },   { JOB_BRAND_REMOVAL, 600 },
};
enum { USUAL = sizeof usual / sizeof *usual };

/* One parameter of periodic_add: a column over all rows. */
static struct text_list column(struct arena *a, const struct periodic_row *rows, int n, const char *name)
{
    const char **texts = arena_alloc(a, sizeof *texts * (size_t)n);
    for (int i = 0; i < n; i++) {
        const struct job_about *about = job_about(rows[i].kind);
        texts[i] = strcmp(name, "kinds") == 0        ? about->name
                   : strcmp(name, "queues") == 0     ? about->queue
                   : strcmp(name, "priorities") == 0 ? arena_printf(a, "%d", (int)about->priority)
                   : strcmp(name, "attempts") == 0   ? arena_printf(a, "%d", about->attempts)
                                                     : arena_printf(a, "%d", rows[i].every);
    }
    return (struct text_list){ texts, n };
}

bool periodic_add(struct db *d, const struct periodic_row *rows, int n)
{
    struct arena *a = arena_create(1 << 20);
    struct db_value values[8] = { 0 };
    for (int i = 0; i < sql_periodic_add.param_count; i++) {
        values[i] = (struct db_value){ .is_set = true, .ss = column(a, rows, n, sql_periodic_add.params[i].name) };
    }
    const struct db_result *r = db_queue(d, a, &sql_periodic_add, values);
    bool ok = db_run(d) == DB_OK;
    if (ok && db_rows(r) > 0) {
        nudge_send(WAKE_JOBS);
    } else if (!ok) {
        LOG(LOG_ERROR, "periodic_failed", LOG_STR("message", db_error(d)->message));
    }
    arena_destroy(a);
    return ok;
}

bool periodic_tick(struct db *d)
{
    return periodic_add(d, usual, USUAL);
}
