/* clock.c - see clock.h. Days and dates: the proleptic Gregorian calendar counted from 1 March of year 0 in eras of 400 years
 * (146,097 days), as Howard Hinnant describes in "chrono-Compatible Low-Level Date Algorithms". */
#include "core/clock.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { DAYS_PER_ERA = 146097, DAYS_TO_1970 = 719468, SECONDS_PER_DAY = 86400 };

#define SECOND INT64_C(1000000)

static int64_t read_clock(clockid_t id)
{
    struct timespec t;

    clock_gettime(id, &t);
    return (int64_t)t.tv_sec * SECOND + t.tv_nsec / 1000;
}

#ifdef KARARA_FAULTS
/* A clock that goes wrong, for tests: µs that KARARA_CLOCK_OFFSET (s) adds. */
static int64_t offset(void)
{
    static int64_t micros = INT64_MIN;
    if (micros == INT64_MIN) {
        const char *text = getenv("KARARA_CLOCK_OFFSET");
        micros = text != NULL ? strtoll(text, NULL, 10) * SECOND : 0;
    }
    return micros;
}
#else
static int64_t offset(void)
{
    return 0;
}
#endif

int64_t clock_now(void)
{
    return read_clock(CLOCK_REALTIME) + offset();
}

int64_t clock_monotonic(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

/* Rounds down, also below zero. */
static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static void civil_from_days(int64_t days, int64_t *ret_year, int *ret_month, int *ret_day)
{
    int64_t z = days + DAYS_TO_1970, era = floor_div(z, DAYS_PER_ERA), day_of_era, year_of_era, day_of_year, shifted;

    day_of_era = z - era * DAYS_PER_ERA;
    year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    shifted = (5 * day_of_year + 2) / 153; /* months since March */
    *ret_day = (int)(day_of_year - (153 * shifted + 2) / 5 + 1);
    *ret_month = (int)(shifted < 10 ? shifted + 3 : shifted - 9);
    *ret_year = year_of_era + era * 400 + (*ret_month <= 2);
}

static int64_t days_from_civil(int64_t year, int month, int day)
{
    int64_t y = year - (month <= 2), era = floor_div(y, 400), year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

    return era * DAYS_PER_ERA + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - DAYS_TO_1970;
}

/* At least `width` digits; returns behind them. */
static char *put_number(char *to, int64_t v, int width)
{
    char digits[20];
    int n = 0;

    if (v < 0) {
        *to++ = '-';
        v = -v;
    }
    do {
        digits[n++] = (char)('0' + v % 10);
        v /= 10;
    } while (v);
    while (width-- > n) {
        *to++ = '0';
    }
    while (n) {
        *to++ = digits[--n];
    }
    return to;
}

static char *put_date(char *to, int64_t days)
{
    int64_t year;
    int month, day;

    civil_from_days(days, &year, &month, &day);
    to = put_number(to, year, 4);
    *to++ = '-';
    to = put_number(to, month, 2);
    *to++ = '-';
    return put_number(to, day, 2);
}

size_t clock_format(int64_t moment, char out[CLOCK_TEXT_SIZE])
{
    int64_t seconds = floor_div(moment, SECOND), fraction = moment % SECOND + (moment % SECOND < 0 ? SECOND : 0);
    int64_t days = floor_div(seconds, SECONDS_PER_DAY), of_day = seconds - days * SECONDS_PER_DAY;
    char *to = put_date(out, days);

    *to++ = 'T';
    to = put_number(to, of_day / 3600, 2);
    *to++ = ':';
    to = put_number(to, of_day / 60 % 60, 2);
    *to++ = ':';
    to = put_number(to, of_day % 60, 2);
    if (fraction) {
        *to++ = '.';
        to = put_number(to, fraction, 6);
        while (to[-1] == '0') {
            to--;
        }
    }
    *to++ = 'Z';
    *to = '\0';
    return (size_t)(to - out);
}

size_t clock_format_date(int32_t days, char out[CLOCK_TEXT_SIZE])
{
    char *to = put_date(out, days);

    *to = '\0';
    return (size_t)(to - out);
}

/* Reads exactly `count` digits at *s, moving it; -1 if they aren't there. */
static int take_digits(const char **s, int count)
{
    int v = 0;

    for (int i = 0; i < count; i++, (*s)++) {
        if (**s < '0' || **s > '9') {
            return -1;
        }
        v = v * 10 + (**s - '0');
    }
    return v;
}

static bool take_char(const char **s, char c)
{
    if (**s != c) {
        return false;
    }
    (*s)++;
    return true;
}

static int month_length(int year, int month)
{
    static const int lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

    return lengths[month - 1] + (month == 2 && leap);
}

static bool take_date(const char **s, int64_t *ret_days)
{
    int year, month, day;

    if ((year = take_digits(s, 4)) < 1 || !take_char(s, '-') || (month = take_digits(s, 2)) < 1 || month > 12 ||
        !take_char(s, '-') || (day = take_digits(s, 2)) < 1 || day > month_length(year, month)) {
        return false;
    }
    *ret_days = days_from_civil(year, month, day);
    return true;
}

/* ":60" is left to the caller to judge: whether it can be a leap second depends on the offset. */
static bool take_time(const char **s, int64_t *ret_seconds, int64_t *ret_fraction, bool *ret_leap)
{
    int hour, minute, second;
    int64_t unit = SECOND, fraction = 0;

    if ((hour = take_digits(s, 2)) < 0 || hour > 23 || !take_char(s, ':') || (minute = take_digits(s, 2)) < 0 || minute > 59 ||
        !take_char(s, ':') || (second = take_digits(s, 2)) < 0 || second > 60) {
        return false;
    }
    if (take_char(s, '.')) {
        if (**s < '0' || **s > '9') {
            return false;
        }
        for (; **s >= '0' && **s <= '9'; (*s)++) {
            unit /= 10;
            fraction += unit * (**s - '0');
        }
    }
    *ret_seconds = hour * 3600 + minute * 60 + second;
    *ret_fraction = fraction;
    *ret_leap = second == 60;
    return true;
}

static bool take_offset(const char **s, int64_t *ret_seconds)
{
    int hour, minute, sign = **s == '-' ? -1 : 1;

    if (**s == 'Z' || **s == 'z') {
        (*s)++;
        *ret_seconds = 0;
        return true;
    }
    if (**s != '+' && **s != '-') {
        return false;
    }
    (*s)++;
    if ((hour = take_digits(s, 2)) < 0 || hour > 23 || !take_char(s, ':') || (minute = take_digits(s, 2)) < 0 || minute > 59) {
        return false;
    }
    *ret_seconds = sign * (hour * 3600 + minute * 60);
    return true;
}

bool clock_parse(const char *s, int64_t *ret_moment)
{
    int64_t days, of_day, fraction, offset, seconds;
    bool leap;

    if (!s || !take_date(&s, &days) || (*s != 'T' && *s != 't')) {
        return false;
    }
    s++;
    if (!take_time(&s, &of_day, &fraction, &leap) || !take_offset(&s, &offset) || *s) {
        return false;
    }
    seconds = days * SECONDS_PER_DAY + of_day - offset;
    /* A leap second exists only as the last one of a day in UTC (RFC 3339 §5.7); it counts as the first of the next. */
    if (leap && seconds % SECONDS_PER_DAY != 0) {
        return false;
    }
    if (seconds < days_from_civil(1, 1, 1) * SECONDS_PER_DAY || seconds >= days_from_civil(10000, 1, 1) * SECONDS_PER_DAY) {
        return false;
    }
    *ret_moment = seconds * SECOND + fraction;
    return true;
}

bool clock_parse_date(const char *s, int32_t *ret_days)
{
    int64_t days;

    if (!s || !take_date(&s, &days) || *s) {
        return false;
    }
    *ret_days = (int32_t)days;
    return true;
}

int64_t clock_days(int year, int month, int day)
{
    return days_from_civil(year, month, day);
}

void clock_civil(int64_t days, int *ret_year, int *ret_month, int *ret_day)
{
    int64_t year;

    civil_from_days(days, &year, ret_month, ret_day);
    *ret_year = (int)year;
}

int clock_weekday(int64_t days)
{
    return (int)(((days + 4) % 7 + 7) % 7);
}
