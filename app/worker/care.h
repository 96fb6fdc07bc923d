/* care.h - what the master does for the jobs that its runners run, on a connection of its own: leases renewed, progress noted, cancellations
 * told, and jobs whose process died given back at once. When it can't (no database, or it died itself), leases run out, and
 * another installation's worker takes the jobs. */
#pragma once

#include "worker/page.h"
#include "worker/worker.h"

void care_open(void);
void care_close(void);

/* How many jobs are due, as far as `most` runners could take them up; 0 when the database can't be asked. */
int care_due(int most);

/* Once a second: renews what has run for a while, notes its progress, and tells who was cancelled. Gives back orphans. */
void care_for_running(struct page *page);

/* The slot's process has died, as `words` say: its job, if it ran one, is to run again. Its slot is free. */
void care_of_orphan(struct page_slot *slot, const char *words);

/* Whether the slot's job runs for longer than its kind may; the master then ends the process. */
bool care_too_long(struct page_slot *slot);

/* From now on processes are ended because the worker stops, which is no fault of their jobs: the attempt isn't counted. */
void care_stops(void);
