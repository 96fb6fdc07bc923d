/* activity_jobs.c - activity goes when its brand keeps data no longer. */
#include "activity_upkeep_sql.h"
#include "api/retention.h"

static const struct retention_row kept[] = {
    { .what = "activities", .query = &sql_activity_retire },
};

const struct retention_table activity_retention = RETENTION_TABLE(kept);
