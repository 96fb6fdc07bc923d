/* periodic.h - jobs that come round: rows {kind, every}. Each is enqueued once per period, whoever asks and however often: the unique key is
 * the period's, counted by the database's clock. A period in which nobody asked is not made up for. */
#pragma once

#include "api/job.h"

struct periodic_row {
    enum job_kind kind; /* runs with an empty payload, in no brand */
    int every;          /* s */
};

/* Enqueues what this period lacks of what comes round (the rows of periodic.c). False when the database couldn't be asked. */
bool periodic_tick(struct db *d);
/* The same for these rows. */
bool periodic_add(struct db *d, const struct periodic_row *rows, int n);
