/* rrule_walk.c - going over the times of a rule; see rrule.h.
 *
 * A period is an hour, a day, a week, a month or a year, by FREQ. Of each INTERVAL-th one the days are found that all parts let through, and the
 * times of day; BYSETPOS picks from all of these. Why not libical: its version 3.0 was compared with another implementation on random rules
 * that it accepts, and gave other times for one in seven (BYSETPOS ignored with WEEKLY, negative BYMONTHDAY with DAILY, BYMONTHDAY
 * without BYMONTH, BYWEEKNO from the end …), and never came back from FREQ=HOURLY;BYMONTHDAY=-16. */
#include "core/rrule.h"

#include "core/clock.h"

#include <string.h>

enum { HOUR = 3600, DAY = 86400 };

/* A day, as the parts look at it. */
struct day {
    int year, month, day, weekday, month_length, year_day, year_length;
};

static bool has(const uint64_t *set, int v)
{
    return (set[v / 64] >> v % 64 & 1) != 0;
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static struct day look_at(int64_t number)
{
    struct day d;
    clock_civil(number, &d.year, &d.month, &d.day);
    d.weekday = clock_weekday(number);
    int64_t month = clock_days(d.year, d.month, 1), next = clock_days(d.year + d.month / 12, d.month % 12 + 1, 1);
    int64_t year = clock_days(d.year, 1, 1), next_year = clock_days(d.year + 1, 1, 1);
    d.month_length = (int)(next - month);
    d.year_length = (int)(next_year - year);
    d.year_day = (int)(number - year) + 1;
    return d;
}

/* The first day of week 1 of a year: the first week with at least four of the year's days. */
static int64_t first_week(int year, int week_start)
{
    int64_t first = clock_days(year, 1, 1);
    int into = (clock_weekday(first) - week_start + 7) % 7; /* days since the week began */
    return into <= 3 ? first - into : first + 7 - into;
}

static bool week_fits(const struct rrule *r, int64_t number, const struct day *d)
{
    int year = d->year;
    if (number >= first_week(year + 1, r->week_start)) {
        year++;
    } else if (number < first_week(year, r->week_start)) {
        year--;
    }
    int64_t first = first_week(year, r->week_start);
    int week = (int)(number - first) / 7 + 1, count = (int)(first_week(year + 1, r->week_start) - first) / 7;
    return has(&r->weeks, week) || has(&r->weeks_from_end, count - week + 1);
}

/* Numbered weekdays count within the month, or within the year where no month is in the rule. */
static bool weekday_fits(const struct rrule_walk *w, const struct day *d)
{
    const struct rrule *r = w->rule;
    bool in_month = r->freq == RRULE_MONTHLY || r->months != 0;
    int from = in_month ? d->day : d->year_day, length = in_month ? d->month_length : d->year_length;
    return (w->weekdays & 1U << d->weekday) != 0 || has(&r->nth[d->weekday], (from - 1) / 7 + 1) ||
           has(&r->nth_from_end[d->weekday], (length - from) / 7 + 1);
}

static bool day_fits(const struct rrule_walk *w, int64_t number)
{
    const struct rrule *r = w->rule;
    struct day d = look_at(number);
    if (w->months != 0 && (w->months & 1U << d.month) == 0) {
        return false;
    }
    if ((w->month_days | r->month_days_from_end) != 0 && (w->month_days & 1U << d.day) == 0 &&
        (r->month_days_from_end & 1U << (d.month_length - d.day + 1)) == 0) {
        return false;
    }
    if ((w->weekdays != 0 || r->has_nth) && !weekday_fits(w, &d)) {
        return false;
    }
    if (r->has_year_days && !has(r->year_days, d.year_day) && !has(r->year_days_from_end, d.year_length - d.year_day + 1)) {
        return false;
    }
    return (r->weeks | r->weeks_from_end) == 0 || week_fits(r, number, &d);
}

/* The number of the period with that time. */
static int64_t period_of(const struct rrule_walk *w, int64_t local)
{
    int year, month, day;
    int64_t number = floor_div(local, DAY);
    clock_civil(number, &year, &month, &day);
    switch (w->rule->freq) {
    case RRULE_HOURLY:
        return floor_div(local, HOUR);
    case RRULE_DAILY:
        return number;
    case RRULE_WEEKLY:
        return floor_div(number + 4 - w->rule->week_start, 7);
    case RRULE_MONTHLY:
        return (int64_t)year * 12 + month - 1;
    default:
        return year;
    }
}

/* The first day of a period; of an hour, the day that it is in. */
static int64_t period_day(const struct rrule_walk *w, int64_t period)
{
    switch (w->rule->freq) {
    case RRULE_HOURLY:
        return floor_div(period, 24);
    case RRULE_DAILY:
        return period;
    case RRULE_WEEKLY:
        return period * 7 - 4 + w->rule->week_start;
    case RRULE_MONTHLY:
        return clock_days((int)floor_div(period, 12), (int)(period - floor_div(period, 12) * 12) + 1, 1);
    default:
        return clock_days((int)period, 1, 1);
    }
}

/* The times of day of a period, in order: given hours and minutes, or those of the start. */
static void find_times(struct rrule_walk *w, uint32_t hours)
{
    const struct rrule *r = w->rule;
    int into = (int)(w->start - floor_div(w->start, DAY) * DAY);
    uint64_t minutes = r->minutes != 0 ? r->minutes : UINT64_C(1) << into / 60 % 60;
    w->time_count = 0;
    for (int h = 0; h < 24; h++) {
        for (int m = 0; m < 60 && (hours & 1U << h) != 0; m++) {
            if (has(&minutes, m) && w->time_count < (int)(sizeof w->times / sizeof *w->times)) {
                w->times[w->time_count++] = h * HOUR + m * 60 + into % 60;
            }
        }
    }
}

/* Fills in what the period has. */
static void find(struct rrule_walk *w)
{
    const struct rrule *r = w->rule;
    int64_t from = period_day(w, w->period), to = r->freq == RRULE_HOURLY ? from + 1 : period_day(w, w->period + 1);
    w->next = w->day_count = 0;
    if (r->freq == RRULE_HOURLY) {
        uint32_t hour = 1U << (w->period - from * 24);
        if (r->hours != 0 && (r->hours & hour) == 0) {
            return;
        }
        find_times(w, hour);
    }
    for (int64_t d = from; d < to; d++) {
        if (day_fits(w, d)) {
            w->days[w->day_count++] = d;
        }
    }
}

/* What the rule leaves open is as it is at the start. */
static void complete(struct rrule_walk *w)
{
    const struct rrule *r = w->rule;
    struct day d = look_at(floor_div(w->start, DAY));
    bool has_weeks = (r->weeks | r->weeks_from_end) != 0;
    bool open = (r->month_days | r->month_days_from_end | r->weekdays) == 0 && !r->has_nth && !r->has_year_days;
    w->months = r->months;
    w->month_days = r->month_days;
    w->weekdays = r->weekdays;
    if (open && (r->freq == RRULE_WEEKLY || has_weeks)) {
        w->weekdays = 1U << d.weekday;
    } else if (open && (r->freq == RRULE_MONTHLY || r->freq == RRULE_YEARLY)) {
        w->month_days = 1U << d.day;
        if (r->freq == RRULE_YEARLY && r->months == 0) {
            w->months = 1U << d.month;
        }
    }
}

void rrule_walk_begin(struct rrule_walk *w, const struct rrule *rule, int64_t start, int64_t from, int years)
{
    int into = (int)(start - floor_div(start, DAY) * DAY);
    memset(w, 0, sizeof *w);
    w->rule = rule;
    w->start = start;
    complete(w);
    w->period = period_of(w, start);
    w->last_day = floor_div(from > start ? from : start, DAY) + (int64_t)years * 366;
    if (from > start && rule->count == 0) {
        w->period += (period_of(w, from) - w->period) / rule->interval * rule->interval;
    }
    if (rule->freq != RRULE_HOURLY) {
        find_times(w, rule->hours != 0 ? rule->hours : 1U << into / HOUR);
    }
    find(w);
}

/* Whether BYSETPOS picks the n-th of so many. */
static bool picked(const struct rrule *r, int n, int count)
{
    return !r->by_setpos || (n < 366 && has(r->set, n + 1)) || (count - n <= 366 && has(r->set_from_end, count - n));
}

/* Of an hourly rule, the period before the next day: what a day doesn't let through needn't be asked by the hour. */
static void skip_day(struct rrule_walk *w)
{
    if (w->rule->freq == RRULE_HOURLY && !day_fits(w, floor_div(w->period, 24))) {
        int64_t left = (floor_div(w->period, 24) + 1) * 24 - 1 - w->period;
        w->period += left / w->rule->interval * w->rule->interval;
    }
}

bool rrule_walk_next(struct rrule_walk *w, int64_t *ret_local)
{
    const struct rrule *r = w->rule;
    while (r->count == 0 || w->given < r->count) {
        int count = w->day_count * w->time_count;
        while (w->next < count) {
            int n = w->next++;
            int64_t local = w->days[n / w->time_count] * DAY + w->times[n % w->time_count];
            if (local < w->start || !picked(r, n, count)) {
                continue;
            }
            if (r->until_as == RRULE_UNTIL_LOCAL && local > r->until) {
                return false;
            }
            w->given++;
            *ret_local = local;
            return true;
        }
        skip_day(w);
        w->period += r->interval;
        if (period_day(w, w->period) > w->last_day) {
            return false;
        }
        find(w);
    }
    return false;
}
