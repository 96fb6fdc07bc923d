/* retention.h - what goes when a brand's data has been kept for as long as the brand says (compliance.data_retention_days).
 *
 * A domain whose data has an age of its own adds rows in its <domain>_jobs.c, and its table to app/domains/brands/retention_jobs.c:
 *
 *   static const struct retention_row rows[] = { { "tasks", .sweep = sweep_tasks }, { "activities", .query = &sql_activity_retire } };
 *   const struct retention_table tasks_retention = RETENTION_TABLE(rows);
 *
 * Each works in the transaction of the job of one brand, takes a batch at a time, and never touches what is younger. */
#pragma once

#include "api/request.h"

struct retention_row {
    const char *what; /* as the audit log counts it: "tasks" */
    /* Removes up to `batch` of the brand's rows from before that moment (µs since 1970), in column done how many … */
    const struct sql_query *query; /* … with $before and $batch, */
    /* … or what takes more than one statement. Fewer than `batch`: nothing is left. */
    enum err (*sweep)(struct request *rq, int64_t before, int batch, int *ret_done);
};

struct retention_table {
    const struct retention_row *rows;
    int count;
};

#define RETENTION_TABLE(array)                                                                                                 \
    {                                                                                                                          \
        .rows = (array), .count = (int)(sizeof(array) / sizeof *(array))                                                       \
    }
