/* rrule.h - recurrence rules (RFC 5545 §3.3.10): read strictly, and walked over in local time. Knows nothing of time zones.
 *
 * Taken: FREQ=HOURLY, DAILY, WEEKLY, MONTHLY, YEARLY with INTERVAL, COUNT or UNTIL, WKST, BYMONTH, BYWEEKNO, BYYEARDAY, BYMONTHDAY, BYDAY,
 * BYHOUR, BYMINUTE (at most 4) and BYSETPOS, as the RFC's table allows them beside each FREQ. Refused with words: SECONDLY, MINUTELY,
 * BYSECOND, RSCALE, SKIP, X- and unknown parts, parts given twice, both COUNT and UNTIL, BYSETPOS alone, and days that no month has.
 *
 * A local time is the seconds since 1970-01-01T00:00 that clocks on the wall show ("floating"). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RRULE_TEXT_MAX = 1000 };

enum rrule_freq { RRULE_HOURLY, RRULE_DAILY, RRULE_WEEKLY, RRULE_MONTHLY, RRULE_YEARLY };
enum rrule_until { RRULE_UNTIL_NONE, RRULE_UNTIL_UTC, RRULE_UNTIL_LOCAL /* a date is its last second */ };

/* Weekdays count from 0, Sunday. Bit n of a set stands for n. */
struct rrule {
    enum rrule_freq freq;
    int interval, count; /* count 0: without end */
    enum rrule_until until_as;
    int64_t until; /* seconds since 1970, of UTC or of local time; inclusive */
    int week_start;
    bool by_setpos;         /* BYSETPOS is given */
    uint32_t months, hours; /* sets; empty: not given */
    uint64_t minutes, weeks, weeks_from_end;
    uint32_t month_days, month_days_from_end, weekdays; /* weekdays: BYDAY without numbers */
    uint64_t nth[7], nth_from_end[7];                   /* BYDAY with numbers, by weekday */
    bool has_nth;
    uint64_t year_days[6], year_days_from_end[6], set[6], set_from_end[6]; /* 0 to 366 in 64s */
    bool has_year_days;
    char text[RRULE_TEXT_MAX + 8]; /* in capitals, without "RRULE:", in a fixed order, values once: what is kept */
};

/* Reads a rule. False, with a sentence part for a person in `problem` ("says FREQ twice"), when it isn't one that is taken; *ret is then
 * undefined. */
bool rrule_parse(const char *text, struct rrule *ret, char *problem, size_t problem_size);

/* ---- going over the times of a rule ---- */

/* What a walk has in hand: the days and times of day of the period it is in. To be treated as opaque. */
struct rrule_walk {
    const struct rrule *rule;
    int64_t start, period, last_day;
    uint32_t weekdays, months, month_days; /* as given, or taken from the start */
    int64_t days[366];
    int32_t times[96];
    int day_count, time_count, next, given;
};

/* Over the times from `start` on, which itself counts only if the rule hits it; what the rule leaves open it takes from the start. Without
 * COUNT it begins near `from` at once. It looks `years` years beyond the later of both, and no further. The rule must outlive the walk. */
void rrule_walk_begin(struct rrule_walk *w, const struct rrule *rule, int64_t start, int64_t from, int years);

/* The next time, later than the one before; UNTIL in UTC is the caller's to compare. False at the end. */
bool rrule_walk_next(struct rrule_walk *w, int64_t *ret_local);
