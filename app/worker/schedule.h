/* schedule.h - what comes again by a rule (karara.schedules): one job for each occurrence that is due by the database's clock.
 *
 * Any number of processes may do this at the same time: a schedule is taken by one of them, and moves on in the transaction that enqueues. What
 * is later than SCHEDULE_GRACE counts as missed, and is dealt with as the schedule's catch_up says: `skip` none of it, `last` the latest,
 * `all` each, in order, the latest SCHEDULE_ALL at most. While a brand isn't active its schedules move on, and nothing comes of them.
 * Whatever owns schedules is a row of owners (schedule.c). */
#pragma once

#include "api/job.h"
#include <stdbool.h>

enum { SCHEDULE_GRACE = 300 /* s */, SCHEDULE_ALL = 1000, SCHEDULE_BATCH = 50 };

/* Takes up to SCHEDULE_BATCH of the schedules that are due. True: there may be more. */
bool schedule_tick(struct db *d);
