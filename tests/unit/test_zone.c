/* Time zones: gaps and folds as RFC 5545 §3.3.5 has them, and every zone of the system against the C library. */
#include "core/clock.h"
#include "platform/zone.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static int64_t seconds(const char *text)
{
    char zulu[40];
    int64_t moment = 0;

    snprintf(zulu, sizeof zulu, "%s:00Z", text);
    assert_true(clock_parse(zulu, &moment));
    return moment / 1000000;
}

static const struct {
    const char *zone, *local, *utc;
} moments[] = {
    { "UTC", "2026-03-29T02:30", "2026-03-29T02:30" },
    { "Europe/Berlin", "2026-01-15T09:00", "2026-01-15T08:00" },
    { "Europe/Berlin", "2026-07-15T09:00", "2026-07-15T07:00" },
    { "Europe/Berlin", "2026-03-29T01:59", "2026-03-29T00:59" },
    { "Europe/Berlin", "2026-03-29T02:00", "2026-03-29T01:00" }, /* in the gap: with the offset before it */
    { "Europe/Berlin", "2026-03-29T02:30", "2026-03-29T01:30" },
    { "Europe/Berlin", "2026-03-29T03:00", "2026-03-29T01:00" },
    { "Europe/Berlin", "2026-03-30T02:30", "2026-03-30T00:30" }, /* and on no later day */
    { "Europe/Berlin", "2026-10-25T01:59", "2026-10-24T23:59" },
    { "Europe/Berlin", "2026-10-25T02:30", "2026-10-25T00:30" }, /* twice: the first */
    { "Europe/Berlin", "2026-10-25T03:00", "2026-10-25T02:00" },
    { "Europe/Berlin", "2060-07-15T09:00", "2060-07-15T07:00" }, /* behind the table */
    { "Europe/Berlin", "2099-03-29T02:30", "2099-03-29T01:30" },
    { "America/New_York", "2026-03-08T02:30", "2026-03-08T07:30" },
    { "America/New_York", "2026-11-01T01:30", "2026-11-01T05:30" },
    { "America/New_York", "2026-11-01T02:00", "2026-11-01T07:00" },
    { "Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-03T15:45" }, /* half an hour is skipped … */
    { "Australia/Lord_Howe", "2026-10-04T02:30", "2026-10-03T15:30" },
    { "Australia/Lord_Howe", "2026-04-05T01:45", "2026-04-04T14:45" }, /* … and comes twice */
    { "Pacific/Apia", "2011-12-29T12:00", "2011-12-29T22:00" },
    { "Pacific/Apia", "2011-12-30T12:00", "2011-12-30T22:00" }, /* a day that wasn't */
    { "Pacific/Apia", "2011-12-31T12:00", "2011-12-30T22:00" },
    { "Asia/Kathmandu", "2026-11-20T09:00", "2026-11-20T03:15" },
    { "Asia/Tehran", "2026-07-01T09:00", "2026-07-01T05:30" },
    { "America/Sao_Paulo", "2018-11-04T00:30", "2018-11-04T03:30" },
    { "Africa/Casablanca", "2026-06-01T09:00", "2026-06-01T08:00" },
    { "Europe/Dublin", "2026-07-01T09:00", "2026-07-01T08:00" }, /* whose summer is the standard */
    { "Europe/Dublin", "2050-01-01T09:00", "2050-01-01T09:00" },
    { "Etc/GMT+5", "2026-07-01T09:00", "2026-07-01T14:00" },
};

static void a_local_time_is_the_moment_that_the_rfc_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof moments / sizeof *moments; i++) {
        struct zone *z = zone_open(moments[i].zone);
        assert_non_null(z);
        if (zone_moment(z, seconds(moments[i].local)) != seconds(moments[i].utc)) {
            fail_msg("%s %s isn't %s", moments[i].zone, moments[i].local, moments[i].utc);
        }
        zone_close(z);
    }
}

static void what_is_no_zone_is_none(void **state)
{
    static const char *const names[] = { "",
                                         "Europe",
                                         "Europe/Atlantis",
                                         "../passwd",
                                         "/etc/passwd",
                                         "Europe/../Europe/Berlin",
                                         "posix/UTC",
                                         "right/Europe/Berlin",
                                         "localtime",
                                         "Factory",
                                         "leapseconds",
                                         "tzdata.zi",
                                         "Europe//Berlin",
                                         "UTC ",
                                         "zone.tab",
                                         "Europe/Berlin\n" };
    (void)state;
    assert_null(zone_open(NULL));
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        assert_null(zone_open(names[i]));
    }
}

/* Offsets at moments from 1950 to 2090, as the C library has them. */
static void compare(const char *name)
{
    struct zone *z = zone_open(name);
    char path[300];
    struct tm there;

    assert_non_null(z);
    snprintf(path, sizeof path, ":%s", name);
    setenv("TZ", path, 1);
    tzset();
    for (int64_t t = -631152000; t < INT64_C(3786912000); t += 86400 * 9 + 7 * 3600) {
        time_t moment = (time_t)t;
        localtime_r(&moment, &there);
        if (zone_offset(z, t) != there.tm_gmtoff) {
            fail_msg("%s at %lld: %d, not %ld", name, (long long)t, zone_offset(z, t), there.tm_gmtoff);
        }
        /* A local time that is no moment's own lies in a gap, and comes out later on the clock. */
        int64_t again = zone_moment(z, zone_local(z, t));
        assert_true(again <= t && zone_local(z, again) == zone_local(z, t));
    }
    zone_close(z);
}

static void every_zone_is_as_the_c_library_has_it(void **state)
{
    static const char *const regions[] = { "Africa",    "America", "Antarctica", "Asia",   "Atlantic",
                                           "Australia", "Etc",     "Europe",     "Indian", "Pacific" };
    int count = 0;

    (void)state;
    for (size_t i = 0; i < sizeof regions / sizeof *regions; i++) {
        char path[300], name[300];
        snprintf(path, sizeof path, "/usr/share/zoneinfo/%s", regions[i]);
        DIR *dir = opendir(path);
        assert_non_null(dir);
        for (struct dirent *e = readdir(dir); e != NULL; e = readdir(dir)) {
            if (e->d_name[0] != '.' && e->d_type != DT_DIR) {
                snprintf(name, sizeof name, "%s/%.200s", regions[i], e->d_name);
                compare(name);
                count++;
            }
        }
        closedir(dir);
    }
    unsetenv("TZ");
    tzset();
    assert_true(count > 300);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_local_time_is_the_moment_that_the_rfc_says),
        cmocka_unit_test(what_is_no_zone_is_none),
        cmocka_unit_test(every_zone_is_as_the_c_library_has_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
