/* zone.h - the rules of time zones, from the system's database (/usr/share/zoneinfo, the package tzdata). Reads the files itself (RFC 8536,
 * with the POSIX rule at their end for what lies behind the table), so that any number of zones can be asked without touching the zone of
 * the process. Knows nothing of requests.
 *
 * Moments are seconds since 1970-01-01T00:00:00Z. A local time is the same count of what clocks on the wall show ("floating"). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct zone;

/* The zone of this IANA name, "Europe/Berlin"; case counts. NULL when there is none. The caller closes it; NULL is legal there. */
struct zone *zone_open(const char *name);
void zone_close(struct zone *z);

/* Seconds that clocks are ahead of UTC (negative: behind) at that moment. */
int32_t zone_offset(const struct zone *z, int64_t moment);

/* The local time of a moment. */
int64_t zone_local(const struct zone *z, int64_t moment);

/* The moment of a local time as RFC 5545 §3.3.5 has it: one that clocks show twice is the first, one that they skip is taken with the offset
 * that held before the gap (02:30 of a night that goes from 02:00 to 03:00 is what is then called 03:30). */
int64_t zone_moment(const struct zone *z, int64_t local);
