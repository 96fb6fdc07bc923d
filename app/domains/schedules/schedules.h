/* schedules.h - a rule, its start, its time zone and what is left out, together: the moments at which something comes again. Local time is
 * expanded (core/rrule.h), and each occurrence converted to a moment in one place, here (platform/zone.h). Knows neither HTTP nor SQL.
 *
 * Moments are µs since 1970 (UTC), local times seconds since 1970 of what clocks show. */
#pragma once

#include "api/schema.h"
#include "core/rrule.h"

struct arena;
struct zone;

enum { RECURRENCE_YEARS = 100, RECURRENCE_EXDATES = 500 };

/* As it is given and kept. */
struct recurrence_text {
    const char *rrule, *starts_at, *timezone; /* "2026-11-23T09:00", with seconds if need be */
    struct text_list exdates;                 /* "2026-12-25", that whole day, or "2026-12-25T09:00" */
};

struct recurrence {
    struct rrule rule;
    struct zone *zone; /* the arena closes it */
    int64_t start;     /* local */
    int64_t *left_out; /* local; whole days by their midnight */
    bool *left_out_day;
    int left_out_count;
    const char *starts_at; /* with seconds: what is kept */
    struct text_list exdates;
};

struct occurrence {
    int64_t at, local;
};

/* NULL when a text is wrong; each wrong one is told under its name in `errors` (which may be NULL). A rule that never comes is wrong too. */
struct recurrence *recurrence_read(struct arena *a, const struct recurrence_text *text, struct field_errors *errors);

/* Going over the occurrences at or after a moment. */
struct recurrence_walk {
    const struct recurrence *recurrence;
    struct rrule_walk walk;
    int64_t from, before;
};

void recurrence_begin(struct recurrence_walk *w, const struct recurrence *r, int64_t from);
/* The next one, later than the one before; false when there is none within RECURRENCE_YEARS. */
bool recurrence_next(struct recurrence_walk *w, struct occurrence *ret);

/* The first one after a moment; false when there is none. */
bool recurrence_after(const struct recurrence *r, int64_t moment, struct occurrence *ret);

/* Of the occurrences from `from` to `now` the latest `most`, in order; how many are in `out`. *ret_next is the first one after `now`, its
 * `at` 0 when there is none. */
int recurrence_due(const struct recurrence *r, int64_t from, int64_t now, int most, struct occurrence *out,
                   struct occurrence *ret_next);

/* A local time as text, "2026-11-23T09:00:00". */
const char *recurrence_local(struct arena *a, int64_t local);
