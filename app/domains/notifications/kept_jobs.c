/* kept_jobs.c - notifications go when their brand keeps data no longer, if they haven't expired before. */
#include "api/retention.h"
#include "notifications_upkeep_sql.h"

static const struct retention_row kept[] = {
    { .what = "notifications", .query = &sql_notification_retire },
};

const struct retention_table notifications_retention = RETENTION_TABLE(kept);
