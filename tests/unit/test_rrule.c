/* Recurrence rules: RFC 5545's own examples, random rules against what another implementation found, and what is refused, with which words. */
#include "core/clock.h"
#include "core/rrule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { YEARS = 25 };

static int64_t local_time(const char *text)
{
    char zulu[32];
    int64_t moment = 0;

    snprintf(zulu, sizeof zulu, "%s%sZ", text, strlen(text) == 10 ? "T09:00:00" : ":00");
    assert_true(clock_parse(zulu, &moment));
    return moment / 1000000;
}

/* From the RFC, §3.8.5.3; all start at 09:00 unless a time is named. `times` are the first ones, "…" goes on, "." ends there. */
static const struct {
    const char *rule, *start, *times;
} examples[] = {
    { "FREQ=DAILY;COUNT=3", "1997-09-02", "1997-09-02 1997-09-03 1997-09-04 ." },
    { "FREQ=DAILY;INTERVAL=2", "1997-09-02", "1997-09-02 1997-09-04 1997-09-06 …" },
    { "FREQ=DAILY;INTERVAL=10;COUNT=5", "1997-09-02", "1997-09-02 1997-09-12 1997-09-22 1997-10-02 1997-10-12 ." },
    { "FREQ=YEARLY;UNTIL=20000131;BYMONTH=1;BYDAY=SU,MO,TU,WE,TH,FR,SA", "1998-01-01", "1998-01-01 1998-01-02 1998-01-03 …" },
    { "FREQ=WEEKLY;COUNT=2", "1997-09-02", "1997-09-02 1997-09-09 ." },
    { "FREQ=WEEKLY;INTERVAL=2;WKST=SU", "1997-09-02", "1997-09-02 1997-09-16 1997-09-30 1997-10-14 …" },
    { "FREQ=WEEKLY;COUNT=4;WKST=SU;BYDAY=TU,TH", "1997-09-02", "1997-09-02 1997-09-04 1997-09-09 1997-09-11 ." },
    { "FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=MO,WE,FR", "1997-09-01",
      "1997-09-01 1997-09-03 1997-09-05 1997-09-15 1997-09-17 …" },
    { "FREQ=WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH", "1997-09-02",
      "1997-09-02 1997-09-04 1997-09-16 1997-09-18 1997-09-30 1997-10-02 1997-10-14 1997-10-16 ." },
    { "FREQ=MONTHLY;COUNT=4;BYDAY=1FR", "1997-09-05", "1997-09-05 1997-10-03 1997-11-07 1997-12-05 ." },
    { "FREQ=MONTHLY;INTERVAL=2;COUNT=10;BYDAY=1SU,-1SU", "1997-09-07",
      "1997-09-07 1997-09-28 1997-11-02 1997-11-30 1998-01-04 1998-01-25 1998-03-01 1998-03-29 1998-05-03 1998-05-31 ." },
    { "FREQ=MONTHLY;COUNT=6;BYDAY=-2MO", "1997-09-22", "1997-09-22 1997-10-20 1997-11-17 1997-12-22 1998-01-19 1998-02-16 ." },
    { "FREQ=MONTHLY;BYMONTHDAY=-3", "1997-09-28", "1997-09-28 1997-10-29 1997-11-28 1997-12-29 1998-01-29 1998-02-26 …" },
    { "FREQ=MONTHLY;COUNT=5;BYMONTHDAY=2,15", "1997-09-02", "1997-09-02 1997-09-15 1997-10-02 1997-10-15 1997-11-02 ." },
    { "FREQ=MONTHLY;COUNT=5;BYMONTHDAY=1,-1", "1997-09-30", "1997-09-30 1997-10-01 1997-10-31 1997-11-01 1997-11-30 ." },
    { "FREQ=MONTHLY;INTERVAL=18;COUNT=10;BYMONTHDAY=10,11,12,13,14,15", "1997-09-10",
      "1997-09-10 1997-09-11 1997-09-12 1997-09-13 1997-09-14 1997-09-15 1999-03-10 1999-03-11 1999-03-12 1999-03-13 ." },
    { "FREQ=MONTHLY;INTERVAL=2;BYDAY=TU", "1997-09-02",
      "1997-09-02 1997-09-09 1997-09-16 1997-09-23 1997-09-30 1997-11-04 1997-11-11 …" },
    { "FREQ=YEARLY;COUNT=4;BYMONTH=6,7", "1997-06-10", "1997-06-10 1997-07-10 1998-06-10 1998-07-10 ." },
    { "FREQ=YEARLY;INTERVAL=2;COUNT=5;BYMONTH=1,2,3", "1997-03-10",
      "1997-03-10 1999-01-10 1999-02-10 1999-03-10 2001-01-10 ." },
    { "FREQ=YEARLY;INTERVAL=3;COUNT=10;BYYEARDAY=1,100,200", "1997-01-01",
      "1997-01-01 1997-04-10 1997-07-19 2000-01-01 2000-04-09 2000-07-18 2003-01-01 2003-04-10 2003-07-19 2006-01-01 ." },
    { "FREQ=YEARLY;BYDAY=20MO", "1997-05-19", "1997-05-19 1998-05-18 1999-05-17 …" },
    { "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO", "1997-05-12", "1997-05-12 1998-05-11 1999-05-17 …" },
    { "FREQ=YEARLY;BYMONTH=3;BYDAY=TH", "1997-03-13", "1997-03-13 1997-03-20 1997-03-27 1998-03-05 1998-03-12 …" },
    { "FREQ=YEARLY;BYDAY=TH;BYMONTH=6,7,8", "1997-06-05", "1997-06-05 1997-06-12 1997-06-19 1997-06-26 1997-07-03 …" },
    { "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13", "1997-09-02", "1998-02-13 1998-03-13 1998-11-13 1999-08-13 2000-10-13 …" },
    { "FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13", "1997-09-13",
      "1997-09-13 1997-10-11 1997-11-08 1997-12-13 1998-01-10 1998-02-07 1998-03-07 …" },
    { "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8", "1996-11-05",
      "1996-11-05 2000-11-07 2004-11-02 …" },
    { "FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3", "1997-09-04", "1997-09-04 1997-10-07 1997-11-06 ." },
    { "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2", "1997-09-29",
      "1997-09-29 1997-10-30 1997-11-27 1997-12-30 1998-01-29 1998-02-26 1998-03-30 …" },
    { "FREQ=HOURLY;INTERVAL=3;UNTIL=19970902T170000", "1997-09-02", "1997-09-02T09:00 1997-09-02T12:00 1997-09-02T15:00 ." },
    { "FREQ=DAILY;BYHOUR=9,10;BYMINUTE=0,20,40", "1997-09-02",
      "1997-09-02T09:00 1997-09-02T09:20 1997-09-02T09:40 1997-09-02T10:00 1997-09-02T10:20 1997-09-02T10:40 1997-09-03T09:00 "
      "…" },
    { "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO", "1997-08-05", "1997-08-05 1997-08-10 1997-08-19 1997-08-24 ." },
    { "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU", "1997-08-05", "1997-08-05 1997-08-17 1997-08-19 1997-08-31 ." },
    { "FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5", "2007-01-15", "2007-01-15 2007-01-30 2007-02-15 2007-03-15 2007-03-30 ." },
    /* Not from the RFC. */
    { "FREQ=YEARLY", "2024-02-29", "2024-02-29 2028-02-29 2032-02-29 …" },
    { "FREQ=MONTHLY", "2026-01-31", "2026-01-31 2026-03-31 2026-05-31 2026-07-31 …" },
    { "FREQ=MONTHLY;BYMONTHDAY=-1", "2026-01-31", "2026-01-31 2026-02-28 2026-03-31 2026-04-30 …" },
    { "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "2026-01-01",
      "2026-01-30 2026-02-27 2026-03-31 2026-04-30 2026-05-29 …" },
    { "FREQ=YEARLY;BYWEEKNO=53;BYDAY=MO", "2019-01-01", "2020-12-28 2026-12-28 2032-12-27 …" },
    { "FREQ=YEARLY;BYWEEKNO=1;BYDAY=MO,SU", "2024-06-01", "2024-12-30 2025-01-05 2025-12-29 2026-01-04 …" },
    { "FREQ=YEARLY;BYWEEKNO=20", "1997-05-14", "1997-05-14 1998-05-13 1999-05-19 …" },
    { "FREQ=WEEKLY;BYDAY=TH,SU,SA,FR;BYSETPOS=3", "2004-10-18", "2004-10-23 2004-10-30 2004-11-06 …" },
    { "FREQ=HOURLY;BYMONTHDAY=-16;COUNT=2", "2007-04-08", "2007-04-15T00:00 2007-04-15T01:00 ." },
    { "FREQ=YEARLY;BYMONTHDAY=13;BYDAY=FR;UNTIL=19990101", "1997-09-02", "1998-02-13 1998-03-13 1998-11-13 ." },
    { "FREQ=DAILY;UNTIL=19970903", "1997-09-02", "1997-09-02 1997-09-03 ." },
};

static void the_rfc_s_examples_come_out_as_it_says(void **state)
{
    struct rrule rule;
    static struct rrule_walk walk;
    char problem[200] = "", times[400];

    (void)state;
    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
        int64_t start = local_time(examples[i].start), local;
        if (!rrule_parse(examples[i].rule, &rule, problem, sizeof problem)) {
            fail_msg("%s %s", examples[i].rule, problem);
        }
        rrule_walk_begin(&walk, &rule, start, start, YEARS);
        snprintf(times, sizeof times, "%s", examples[i].times);
        for (char *next, *t = strtok_r(times, " ", &next); t != NULL; t = strtok_r(NULL, " ", &next)) {
            bool any = rrule_walk_next(&walk, &local);
            if (strcmp(t, "…") != 0 && any != (strcmp(t, ".") != 0)) {
                fail_msg("%s: %s", examples[i].rule, any ? "goes on" : "ends too early");
            }
            if (strcmp(t, ".") != 0 && strcmp(t, "…") != 0 && local != local_time(t)) {
                fail_msg("%s: not %s", examples[i].rule, t);
            }
        }
    }
}

static const struct {
    const char *rule;
    int64_t start;
    int count;
    int64_t times[8];
} cases[] = {
#include "rrule_cases.inc"
};

static void random_rules_come_out_as_another_implementation_has_them(void **state)
{
    struct rrule rule;
    static struct rrule_walk walk;
    char problem[200] = "";

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t local = 0;
        int n = 0;
        if (!rrule_parse(cases[i].rule, &rule, problem, sizeof problem)) {
            assert_int_equal(cases[i].count, 0); /* days that don't exist, and the like */
            continue;
        }
        rrule_walk_begin(&walk, &rule, cases[i].start, cases[i].start, YEARS);
        while (n < cases[i].count && rrule_walk_next(&walk, &local) && local == cases[i].times[n]) {
            n++;
        }
        if (n < cases[i].count ||
            (n < 8 && rrule_walk_next(&walk, &local) && local <= cases[i].start + YEARS * INT64_C(366) * 86400)) {
            fail_msg("%s from %lld: number %d is %lld", cases[i].rule, (long long)cases[i].start, n, (long long)local);
        }
    }
}

static void a_walk_that_begins_late_gives_the_same_times(void **state)
{
    struct rrule rule;
    static struct rrule_walk from_start, late;
    char problem[200] = "";

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t a = 0, b = 0;
        if (cases[i].count < 8 || !rrule_parse(cases[i].rule, &rule, problem, sizeof problem)) {
            continue;
        }
        rrule_walk_begin(&from_start, &rule, cases[i].start, cases[i].start, 200);
        rrule_walk_begin(&late, &rule, cases[i].start, cases[i].times[6], 200);
        do {
            assert_true(rrule_walk_next(&from_start, &a));
        } while (a < cases[i].times[6]);
        do {
            assert_true(rrule_walk_next(&late, &b));
        } while (b < cases[i].times[6]);
        assert_int_equal(a, b);
    }
}

static const struct {
    const char *rule, *words; /* part of what it says */
} refused[] = {
    { "", "is empty" },
    { "INTERVAL=2", "FREQ is missing" },
    { "FREQ=SECONDLY", "hourly is as often as it gets" },
    { "FREQ=MINUTELY;INTERVAL=90", "hourly is as often as it gets" },
    { "FREQ=FORTNIGHTLY", "say HOURLY" },
    { "FREQ=DAILY;FREQ=WEEKLY", "says FREQ twice" },
    { "FREQ=DAILY;COUNT=3;UNTIL=20300101", "both COUNT and UNTIL" },
    { "FREQ=DAILY;COUNT=0", "COUNT=0" },
    { "FREQ=DAILY;INTERVAL=0", "INTERVAL=0" },
    { "FREQ=DAILY;INTERVAL=-1", "INTERVAL=-1" },
    { "FREQ=DAILY;INTERVAL=2x", "INTERVAL=2X" },
    { "FREQ=DAILY;INTERVAL", "part without a value" },
    { "FREQ=DAILY;;COUNT=2", "empty part" },
    { "FREQ=DAILY;", "empty part" },
    { "FREQ=DAILY;UNTIL=20260230", "no date" },
    { "FREQ=DAILY;UNTIL=tomorrow", "UNTIL=TOMORROW" },
    { "FREQ=WEEKLY;BYDAY=XX", "the day XX" },
    { "FREQ=WEEKLY;BYDAY=", "empty BYDAY" },
    { "FREQ=WEEKLY;BYDAY=MO,,TU", "the day" },
    { "FREQ=WEEKLY;BYDAY=1MO", "numbered days" },
    { "FREQ=DAILY;BYDAY=-1FR", "numbered days" },
    { "FREQ=YEARLY;BYWEEKNO=10;BYDAY=1MO", "together with BYWEEKNO" },
    { "FREQ=MONTHLY;BYDAY=0MO", "the day 0MO" },
    { "FREQ=MONTHLY;BYDAY=54MO", "the day 54MO" },
    { "FREQ=WEEKLY;BYMONTHDAY=13", "BYMONTHDAY, which means nothing with FREQ=WEEKLY" },
    { "FREQ=MONTHLY;BYYEARDAY=100", "BYYEARDAY, which means nothing" },
    { "FREQ=MONTHLY;BYWEEKNO=10", "BYWEEKNO, which means nothing" },
    { "FREQ=MONTHLY;BYMONTHDAY=32", "BYMONTHDAY=32" },
    { "FREQ=MONTHLY;BYMONTHDAY=0", "BYMONTHDAY=0" },
    { "FREQ=YEARLY;BYMONTH=13", "BYMONTH=13" },
    { "FREQ=YEARLY;BYMONTH=-1", "BYMONTH=-1" },
    { "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30,31", "none of its months has" },
    { "FREQ=YEARLY;BYMONTH=4,6,9,11;BYMONTHDAY=-31", "none of its months has" },
    { "FREQ=YEARLY;BYWEEKNO=54", "BYWEEKNO=54" },
    { "FREQ=YEARLY;BYYEARDAY=367", "BYYEARDAY=367" },
    { "FREQ=DAILY;BYHOUR=24", "BYHOUR=24" },
    { "FREQ=DAILY;BYMINUTE=0,1,2,3,4", "more than 4 values of BYMINUTE" },
    { "FREQ=DAILY;BYSECOND=30", "whole minutes" },
    { "FREQ=MONTHLY;BYSETPOS=-1", "nothing to choose from" },
    { "FREQ=MONTHLY;BYSETPOS=367;BYDAY=MO", "BYSETPOS=367" },
    { "FREQ=DAILY;WKST=8", "WKST=8" },
    { "RSCALE=HEBREW;FREQ=YEARLY", "RSCALE, which isn't known here" },
    { "FREQ=DAILY;X-OWN=1", "X-OWN, which isn't known here" },
    { "FREQ=DAILY\r\nATTACH:x", "" },
    { "every tuesday", "part without a value" },
};

static void what_is_refused_is_named(void **state)
{
    struct rrule rule;

    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        char problem[200] = "";
        if (rrule_parse(refused[i].rule, &rule, problem, sizeof problem)) {
            fail_msg("%s was taken", refused[i].rule);
        }
        if (strstr(problem, refused[i].words) == NULL || problem[0] == '\0') {
            fail_msg("%s: %s", refused[i].rule, problem);
        }
    }
}

static void what_is_kept_is_written_in_one_way(void **state)
{
    struct rrule rule, again;
    char problem[200] = "";

    (void)state;
    assert_true(rrule_parse("rrule:byday=fr,mo,fr;freq=weekly;interval=2;until=20300101", &rule, problem, sizeof problem));
    assert_string_equal(rule.text, "FREQ=WEEKLY;INTERVAL=2;UNTIL=20300101;BYDAY=FR,MO");
    assert_true(rrule_parse(rule.text, &again, problem, sizeof problem));
    assert_string_equal(again.text, rule.text);
    assert_true(rrule_parse("FREQ=MONTHLY;BYMONTHDAY=+1,1,-1", &rule, problem, sizeof problem));
    assert_string_equal(rule.text, "FREQ=MONTHLY;BYMONTHDAY=1,-1");
}

static void a_rule_that_never_comes_ends_soon(void **state)
{
    static const char *const never[] = { "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=6", "FREQ=DAILY;INTERVAL=7;BYDAY=MO",
                                         "FREQ=HOURLY;INTERVAL=24;BYHOUR=3;BYDAY=MO", "FREQ=YEARLY;BYYEARDAY=1;BYMONTHDAY=2" };
    struct rrule rule;
    static struct rrule_walk walk;
    char problem[200] = "";
    int64_t start = local_time("2026-11-20"), local;

    (void)state;
    for (size_t i = 0; i < sizeof never / sizeof *never; i++) {
        assert_true(rrule_parse(never[i], &rule, problem, sizeof problem));
        rrule_walk_begin(&walk, &rule, start, start, 100);
        assert_false(rrule_walk_next(&walk, &local));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_rfc_s_examples_come_out_as_it_says),
        cmocka_unit_test(random_rules_come_out_as_another_implementation_has_them),
        cmocka_unit_test(a_walk_that_begins_late_gives_the_same_times),
        cmocka_unit_test(what_is_refused_is_named),
        cmocka_unit_test(what_is_kept_is_written_in_one_way),
        cmocka_unit_test(a_rule_that_never_comes_ends_soon),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
