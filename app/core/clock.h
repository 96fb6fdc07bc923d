/* clock.h - time. Moments are microseconds since 1970-01-01T00:00:00Z (UTC), days are days since 1970-01-01. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

int64_t clock_now(void);       /* wall clock, microseconds */
int64_t clock_monotonic(void); /* never goes back; microseconds from an unspecified start */

#define CLOCK_TEXT_SIZE 36

/* "2026-11-20T23:17:05Z", with ".123456" (trailing zeros dropped) when there is a fraction. Returns the length. */
size_t clock_format(int64_t moment, char out[CLOCK_TEXT_SIZE]);
/* RFC 3339 date-time with any offset, years 0001-9999, at most 6 fraction digits kept. False if it isn't one. */
bool clock_parse(const char *s, int64_t *ret_moment);

size_t clock_format_date(int32_t days, char out[CLOCK_TEXT_SIZE]); /* "2026-11-20" */
bool clock_parse_date(const char *s, int32_t *ret_days);

/* Days of the proleptic Gregorian calendar, and back. */
int64_t clock_days(int year, int month, int day);
void clock_civil(int64_t days, int *ret_year, int *ret_month, int *ret_day);
int clock_weekday(int64_t days); /* 0 is Sunday */
