/* Moments and dates in RFC 3339; gmtime_r of the C library is the second opinion. */
#include "core/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static const struct {
    int64_t moment;
    const char *text;
} moments[] = {
    { 0, "1970-01-01T00:00:00Z" },
    { -1, "1969-12-31T23:59:59.999999Z" },
    { INT64_C(1795216625000000), "2026-11-20T23:17:05Z" },
    { INT64_C(1795216625123000), "2026-11-20T23:17:05.123Z" },
    { INT64_C(1795216625000100), "2026-11-20T23:17:05.0001Z" },
    { INT64_C(951782400000000), "2000-02-29T00:00:00Z" },
    { INT64_C(-62135596800000000), "0001-01-01T00:00:00Z" },
    { INT64_C(253402300799999999), "9999-12-31T23:59:59.999999Z" },
};

static void moments_are_written_in_utc_without_needless_zeros(void **state)
{
    char text[CLOCK_TEXT_SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof moments / sizeof *moments; i++) {
        assert_int_equal(clock_format(moments[i].moment, text), strlen(moments[i].text));
        assert_string_equal(text, moments[i].text);
    }
}

static void moments_read_back_as_they_were(void **state)
{
    int64_t moment;

    (void)state;
    for (size_t i = 0; i < sizeof moments / sizeof *moments; i++) {
        assert_true(clock_parse(moments[i].text, &moment));
        assert_true(moment == moments[i].moment);
    }
}

static void the_extremes_fit_the_buffer(void **state)
{
    char text[CLOCK_TEXT_SIZE];

    (void)state;
    assert_string_equal((clock_format(INT64_MAX, text), text), "294247-01-10T04:00:54.775807Z");
    assert_true(clock_format(INT64_MIN, text) < sizeof text);
    assert_true(clock_format_date(INT32_MAX, text) < sizeof text);
    assert_true(clock_format_date(INT32_MIN, text) < sizeof text);
}

static void every_day_of_four_centuries_agrees_with_the_c_library(void **state)
{
    char text[CLOCK_TEXT_SIZE], expected[CLOCK_TEXT_SIZE];
    int32_t back;

    (void)state;
    for (int32_t day = -36524; day < 146097 - 36524; day++) {
        time_t t = (time_t)day * 86400;
        struct tm tm;

        gmtime_r(&t, &tm);
        strftime(expected, sizeof expected, "%Y-%m-%d", &tm);
        clock_format_date(day, text);
        assert_string_equal(text, expected);
        assert_true(clock_parse_date(text, &back));
        assert_int_equal(back, day);
    }
}

static void offsets_are_taken_off(void **state)
{
    int64_t a, b;

    (void)state;
    assert_true(clock_parse("2026-11-21T04:47:05+05:30", &a) && clock_parse("2026-11-20T23:17:05Z", &b));
    assert_true(a == b);
    assert_true(clock_parse("2026-11-20T15:17:05.5-08:00", &a));
    assert_true(a == b + 500000);
    assert_true(clock_parse("2026-11-20t23:17:05z", &a));
    assert_true(a == b);
    assert_true(clock_parse("2026-11-20T23:17:05.12345678901234567890Z", &a));
    assert_true(a == b + 123456);
}

static void a_leap_second_is_the_first_of_the_next_day(void **state)
{
    int64_t a, b;

    (void)state;
    assert_true(clock_parse("2016-12-31T23:59:60Z", &a) && clock_parse("2017-01-01T00:00:00Z", &b));
    assert_true(a == b);
    assert_true(clock_parse("1990-12-31T15:59:60-08:00", &a));
    assert_false(clock_parse("2016-12-31T22:59:60Z", &a));
    assert_false(clock_parse("2016-12-31T23:59:61Z", &a));
}

static void what_is_no_moment_is_refused(void **state)
{
    static const char *const bad[] = { "",
                                       "2026-11-20",
                                       "2026-11-20T23:17:05",
                                       "2026-11-20 23:17:05Z",
                                       "2026-11-20T23:17Z",
                                       "2026-11-20T24:00:00Z",
                                       "2026-11-20T23:60:00Z",
                                       "2026-13-01T00:00:00Z",
                                       "2026-00-01T00:00:00Z",
                                       "2026-02-29T00:00:00Z",
                                       "1900-02-29T00:00:00Z",
                                       "2026-11-31T00:00:00Z",
                                       "2026-11-00T00:00:00Z",
                                       "0000-01-01T00:00:00Z",
                                       "0001-01-01T00:00:00+00:01",
                                       "9999-12-31T23:59:59-00:01",
                                       "2026-11-20T23:17:05.Z",
                                       "2026-11-20T23:17:05,5Z",
                                       "2026-11-20T23:17:05+5:30",
                                       "2026-11-20T23:17:05+24:00",
                                       "2026-11-20T23:17:05+05:60",
                                       "2026-11-20T23:17:05+0530",
                                       "2026-11-20T23:17:05Zz",
                                       " 2026-11-20T23:17:05Z",
                                       "12026-11-20T23:17:05Z",
                                       "-026-11-20T23:17:05Z",
                                       "2026-1-20T23:17:05Z" };
    int64_t moment = 42;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_false(clock_parse(bad[i], &moment));
    }
    assert_false(clock_parse(NULL, &moment));
    assert_int_equal(moment, 42);
}

static void what_is_no_date_is_refused(void **state)
{
    static const char *const bad[] = { "", "2026-02-30", "2026-11-20T", "20261120", "2026-11-2", "0000-01-01", "2026-11-20 " };
    int32_t days = 42;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_false(clock_parse_date(bad[i], &days));
    }
    assert_false(clock_parse_date(NULL, &days));
    assert_int_equal(days, 42);
    assert_true(clock_parse_date("2000-02-29", &days));
    assert_int_equal(days, 11016);
}

static void clocks_go_forward(void **state)
{
    int64_t a = clock_monotonic(), b = clock_monotonic();

    (void)state;
    assert_true(b >= a);
    assert_true(clock_now() / 1000000 - (int64_t)time(NULL) <= 1);
    assert_true(clock_now() > INT64_C(1600000000000000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(moments_are_written_in_utc_without_needless_zeros),
        cmocka_unit_test(moments_read_back_as_they_were),
        cmocka_unit_test(the_extremes_fit_the_buffer),
        cmocka_unit_test(every_day_of_four_centuries_agrees_with_the_c_library),
        cmocka_unit_test(offsets_are_taken_off),
        cmocka_unit_test(a_leap_second_is_the_first_of_the_next_day),
        cmocka_unit_test(what_is_no_moment_is_refused),
        cmocka_unit_test(what_is_no_date_is_refused),
        cmocka_unit_test(clocks_go_forward),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
