/* test_notifications.c - who is told of what, when, and in which words: the rules by themselves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/arena.h"
#include "core/clock.h"
#include "domains/notifications/notifications.h"
#include "platform/zone.h"
#include <stdio.h>
#include <string.h>

static struct arena *arena;

static int begin(void **state)
{
    (void)state;
    arena = arena_create(16 << 20);
    return 0;
}

static int end(void **state)
{
    (void)state;
    arena_destroy(arena);
    return 0;
}

/* ---- when ---- */

static int64_t moment(const char *text)
{
    int64_t at = 0;
    if (!clock_parse(text, &at)) {
        fail_msg("%s is no time", text);
    }
    return at;
}

static const char *text_of(int64_t at)
{
    static char text[CLOCK_TEXT_SIZE];
    clock_format(at, text);
    return text;
}

static struct notification_preferences nights(const char *from, const char *to)
{
    struct notification_preferences p;
    notification_preferences_default(&p);
    p.quiet = true;
    p.quiet_from = notification_minute(from);
    p.quiet_to = notification_minute(to);
    return p;
}

static void expect_quiet_until(const struct notification_preferences *p, const char *zone, const char *at, const char *until)
{
    struct zone *z = zone_open(zone);
    assert_non_null(z);
    const char *got = text_of(notification_quiet_end(p, z, moment(at)));
    zone_close(z);
    if (strcmp(got, until) != 0) {
        fail_msg("%s in %s: quiet until %s, not %s", at, zone, got, until);
    }
}

static void quiet_hours_end_by_the_clock_on_the_wall_also_when_it_is_changed(void **state)
{
    (void)state;
    const struct notification_preferences p = nights("22:00", "07:00");
    const char *berlin = "Europe/Berlin";
    expect_quiet_until(&p, berlin, "2026-01-15T20:59:59Z", "2026-01-15T20:59:59Z");
    expect_quiet_until(&p, berlin, "2026-01-15T21:00:00Z", "2026-01-16T06:00:00Z");
    expect_quiet_until(&p, berlin, "2026-01-16T05:59:59Z", "2026-01-16T06:00:00Z");
    expect_quiet_until(&p, berlin, "2026-01-16T06:00:00Z", "2026-01-16T06:00:00Z");
    expect_quiet_until(&p, berlin, "2026-03-28T22:30:00Z", "2026-03-29T05:00:00Z"); /* an hour short */
    expect_quiet_until(&p, berlin, "2026-10-24T21:30:00Z", "2026-10-25T06:00:00Z"); /* an hour long */
    expect_quiet_until(&p, "America/St_Johns", "2026-07-01T01:00:00Z", "2026-07-01T09:30:00Z");
    /* Half a second into it isn't a second before it. */
    expect_quiet_until(&p, berlin, "2026-01-15T20:59:59.5Z", "2026-01-16T06:00:00Z");
}

static void quiet_hours_end_once_where_an_hour_is_missing_or_comes_twice(void **state)
{
    (void)state;
    const struct notification_preferences p = nights("22:00", "02:30");
    expect_quiet_until(&p, "Europe/Berlin", "2026-03-28T23:00:00Z", "2026-03-29T01:30:00Z"); /* 02:30 is called 03:30 */
    expect_quiet_until(&p, "Europe/Berlin", "2026-10-24T23:00:00Z", "2026-10-25T00:30:00Z"); /* the first 02:30 */
    expect_quiet_until(&p, "Europe/Berlin", "2026-10-25T00:45:00Z", "2026-10-25T00:45:00Z");
    expect_quiet_until(&p, "Europe/Berlin", "2026-10-25T01:15:00Z",
                       "2026-10-25T01:30:00Z"); /* 02:15 again: never back in time */
}

static void quiet_hours_may_lie_within_a_day(void **state)
{
    (void)state;
    const struct notification_preferences p = nights("12:00", "13:30");
    expect_quiet_until(&p, "UTC", "2026-06-01T12:10:00Z", "2026-06-01T13:30:00Z");
    expect_quiet_until(&p, "UTC", "2026-06-01T23:00:00Z", "2026-06-01T23:00:00Z");
}

static void a_quiet_weekend_begins_with_friday_s_night_and_ends_with_sunday_s(void **state)
{
    (void)state;
    struct notification_preferences p = nights("22:00", "07:00");
    p.quiet_weekends = true;
    expect_quiet_until(&p, "UTC", "2026-11-20T23:00:00Z", "2026-11-23T07:00:00Z");
    expect_quiet_until(&p, "UTC", "2026-11-21T12:00:00Z", "2026-11-23T07:00:00Z");
    expect_quiet_until(&p, "UTC", "2026-11-22T23:59:00Z", "2026-11-23T07:00:00Z");
    expect_quiet_until(&p, "UTC", "2026-11-20T21:00:00Z", "2026-11-20T21:00:00Z");
    p.quiet = false;
    expect_quiet_until(&p, "UTC", "2026-11-21T12:00:00Z", "2026-11-21T12:00:00Z");
}

static void expect_digest(const struct notification_preferences *p, const char *zone, const char *at, const char *want)
{
    struct zone *z = zone_open(zone);
    assert_non_null(z);
    const char *got = text_of(notification_digest_at(p, z, moment(at)));
    zone_close(z);
    if (strcmp(got, want) != 0) {
        fail_msg("%s in %s: a digest at %s, not %s", at, zone, got, want);
    }
}

static void digests_go_out_at_the_hour_the_time_or_the_day_that_is_wanted(void **state)
{
    (void)state;
    struct notification_preferences p;
    notification_preferences_default(&p);
    expect_digest(&p, "UTC", "2026-11-20T10:20:00Z", "2026-11-20T10:20:00Z");
    p.digest = DIGEST_HOURLY;
    expect_digest(&p, "Europe/Berlin", "2026-11-20T10:20:00Z", "2026-11-20T11:00:00Z");
    expect_digest(&p, "Europe/Berlin", "2026-11-20T11:00:00Z", "2026-11-20T12:00:00Z");
    expect_digest(&p, "Asia/Kathmandu", "2026-11-20T10:20:00Z", "2026-11-20T11:15:00Z");
    expect_digest(&p, "Europe/Berlin", "2026-10-25T00:30:00Z", "2026-10-25T01:00:00Z"); /* 02:30 the first time */
    expect_digest(&p, "Europe/Berlin", "2026-03-29T00:30:00Z", "2026-03-29T01:00:00Z"); /* then it is three */
    p.digest = DIGEST_DAILY;
    expect_digest(&p, "Europe/Berlin", "2026-11-20T06:59:00Z", "2026-11-20T07:00:00Z");
    expect_digest(&p, "Europe/Berlin", "2026-11-20T07:00:00Z", "2026-11-21T07:00:00Z");
    expect_digest(&p, "Europe/Berlin", "2026-03-28T12:00:00Z", "2026-03-29T06:00:00Z");
    p.digest_minute = 2 * 60 + 30;
    expect_digest(&p, "Europe/Berlin", "2026-03-28T12:00:00Z", "2026-03-29T01:30:00Z");
    expect_digest(&p, "Europe/Berlin", "2026-10-24T12:00:00Z", "2026-10-25T00:30:00Z");
    expect_digest(&p, "Europe/Berlin", "2026-10-25T00:45:00Z", "2026-10-26T01:30:00Z"); /* not at 02:30 again */
    p.digest = DIGEST_WEEKLY;
    p.digest_minute = 8 * 60;
    p.digest_weekday = 5;
    expect_digest(&p, "UTC", "2026-11-20T07:00:00Z", "2026-11-20T08:00:00Z"); /* a Friday */
    expect_digest(&p, "UTC", "2026-11-20T08:00:00Z", "2026-11-27T08:00:00Z");
    p.digest_weekday = 7;
    expect_digest(&p, "UTC", "2026-11-20T08:00:00Z", "2026-11-22T08:00:00Z");
}

static void digests_wait_for_the_end_of_quiet_hours(void **state)
{
    (void)state;
    struct notification_preferences p = nights("22:00", "07:00");
    p.digest = DIGEST_HOURLY;
    expect_digest(&p, "UTC", "2026-11-20T21:30:00Z", "2026-11-21T07:00:00Z");
    expect_digest(&p, "UTC", "2026-11-21T03:30:00Z", "2026-11-21T07:00:00Z");
    expect_digest(&p, "UTC", "2026-11-21T06:59:00Z", "2026-11-21T07:00:00Z");
}

static void times_of_day_are_read_strictly(void **state)
{
    static const char *const wrong[] = { "", "8:00", "24:00", "08:60", "08-00", "0800", "08:000", " 8:00", "ab:cd" };
    (void)state;
    assert_int_equal(notification_minute("00:00"), 0);
    assert_int_equal(notification_minute("23:59"), 1439);
    assert_int_equal(notification_minute(NULL), -1);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(notification_minute(wrong[i]), -1);
    }
}

/* ---- who ---- */

static struct uuid id_of(int n)
{
    struct uuid id = { 0 };
    id.b[15] = (uint8_t)n;
    return id;
}

enum { ADA = 1, GRACE, LINUS, MARY };

static struct uuid_list list(struct uuid *to, int n, ...)
{
    va_list ap;
    va_start(ap, n);
    for (int i = 0; i < n; i++) {
        to[i] = id_of(va_arg(ap, int));
    }
    va_end(ap);
    return (struct uuid_list){ to, n };
}

static struct notification_candidate out[16];

static void expect_told(int i, int who, enum notification_type type, enum notification_reason reason)
{
    assert_int_equal(out[i].user_id.b[15], who);
    assert_int_equal(out[i].type, type);
    assert_int_equal(out[i].reason, reason);
}

static void everybody_is_told_once_of_what_concerns_them_most(void **state)
{
    (void)state;
    struct uuid added[2], now[3];
    const struct task_news n = { .has_actor = true,
                                 .actor_id = id_of(GRACE),
                                 .added = list(added, 2, LINUS, GRACE),
                                 .status = "completed",
                                 .date_or_priority = true,
                                 .assignees = list(now, 3, MARY, LINUS, GRACE),
                                 .created_by = id_of(LINUS) };
    assert_int_equal(notification_candidates(&n, out), 2);
    expect_told(0, LINUS, NOTIFICATION_TASK_ASSIGNED, REASON_ASSIGNED);
    expect_told(1, MARY, NOTIFICATION_TASK_COMPLETED, REASON_ASSIGNED);
}

static void who_made_a_task_hears_of_it_though_nobody_works_on_it(void **state)
{
    (void)state;
    struct task_news n = { .status = "on_hold", .created_by = id_of(ADA) };
    assert_int_equal(notification_candidates(&n, out), 1);
    expect_told(0, ADA, NOTIFICATION_TASK_STATUS, REASON_CREATOR);
    n.created_by = id_of(0); /* not known */
    assert_int_equal(notification_candidates(&n, out), 0);
}

static void who_came_and_went_again_hears_of_neither(void **state)
{
    (void)state;
    struct uuid added[1], removed[1], now[1];
    const struct task_news came = { .added = list(added, 1, LINUS) };
    assert_int_equal(notification_candidates(&came, out), 0);
    const struct task_news went = { .removed = list(removed, 1, LINUS), .assignees = list(now, 1, LINUS) };
    assert_int_equal(notification_candidates(&went, out), 0);
}

static void a_new_task_is_told_as_given_and_not_as_changed(void **state)
{
    (void)state;
    struct uuid added[3], now[2];
    struct task_news n = { .created = true,
                           .added = list(added, 3, LINUS, MARY, LINUS),
                           .assignees = list(now, 2, LINUS, MARY),
                           .created_by = id_of(ADA),
                           .status = "todo" };
    assert_int_equal(notification_candidates(&n, out), 2);
    expect_told(0, LINUS, NOTIFICATION_TASK_ASSIGNED, REASON_ASSIGNED);
    n.by_template = true;
    assert_int_equal(notification_candidates(&n, out), 2);
    expect_told(1, MARY, NOTIFICATION_TASK_TEMPLATE_SPAWNED, REASON_ASSIGNED);
}

static void preferences_lie_over_the_register(void **state)
{
    (void)state;
    struct notification_preferences p;
    notification_preferences_default(&p);
    unsigned before = p.ways[NOTIFICATION_TASK_ASSIGNED];
    notification_preferences_read(
        arena,
        "{\"task.assigned\":{\"email\":false,\"sms\":true,\"pigeon\":true},\"task.sung\":{\"email\":true},"
        "\"task.status\":{\"email\":1}}",
        &p);
    assert_int_equal(p.ways[NOTIFICATION_TASK_ASSIGNED], (before & ~(1U << WAY_EMAIL)) | 1U << WAY_SMS);
    assert_int_equal(p.ways[NOTIFICATION_TASK_STATUS], notification_about(NOTIFICATION_TASK_STATUS)->ways);
    notification_preferences_read(arena, "nonsense", &p);
    notification_preferences_read(arena, NULL, &p);
}

/* ---- words ---- */

static void each_type_has_words_in_each_language_with_and_without_an_actor(void **state)
{
    static const char *const languages[] = { "en", "de", "de-AT", "fr", "", NULL };
    (void)state;
    const struct notification_facts all = { "Ada",         "WEB-42",  "Write the story", "Demo",
                                            "in_progress", "manager", "Mon 2 Mar, 15:30" };
    const struct notification_facts few = { NULL, "WEB-42", "Write the story", "Demo", "in_progress", "manager", NULL };
    for (int t = 0; t < NOTIFICATION_COUNT; t++) {
        for (size_t l = 0; l < sizeof languages / sizeof *languages; l++) {
            struct notification_words w;
            notification_words(arena, (enum notification_type)t, languages[l], &all, &w);
            assert_true(strlen(w.title) > 5);
            assert_null(strstr(w.title, "{{"));
            assert_null(strstr(w.message, "{{"));
            notification_words(arena, (enum notification_type)t, languages[l], &few, &w);
            assert_true(strlen(w.title) > 5);
            assert_null(strstr(w.title, "Ada"));
            for (int r = 0; r < REASON_COUNT; r++) {
                assert_non_null(notification_because((enum notification_type)t, (enum notification_reason)r, languages[l]));
            }
        }
    }
    struct notification_words w;
    notification_words(arena, NOTIFICATION_TASK_STATUS, "de-AT", &all, &w);
    assert_string_equal(w.title, "Ada hat WEB-42 auf In Arbeit gesetzt");
}

static void long_names_are_cut_between_characters(void **state)
{
    (void)state;
    char name[1201];
    for (int i = 0; i < 600; i++) {
        memcpy(name + 2 * (size_t)i, "ü", 3);
    }
    const struct notification_facts facts = { .actor = name, .reference = "WEB-42", .title = "Write" };
    struct notification_words w;
    notification_words(arena, NOTIFICATION_TASK_ASSIGNED, "en", &facts, &w);
    int characters = 0;
    for (const char *s = w.title; *s != '\0'; s++) {
        characters += ((unsigned char)*s & 0xC0) != 0x80;
    }
    assert_int_equal(characters, 255);
    assert_string_equal(w.title + strlen(w.title) - 3, "…");
    assert_string_equal(notification_day(arena, "de", moment("2026-03-02T15:30:00Z") / 1000000), "Mo., 2. März, 15:30");
    assert_string_equal(notification_day(arena, "en", -1), "Wed 31 Dec, 23:59");
}

static void the_register_reads_what_it_writes(void **state)
{
    (void)state;
    for (int t = 0; t < NOTIFICATION_COUNT; t++) {
        assert_int_equal(notification_parse(notification_about((enum notification_type)t)->type), t);
        assert_true(notification_about((enum notification_type)t)->days > 0);
    }
    for (int w = 0; w < WAY_COUNT; w++) {
        assert_int_equal(notification_way_parse(notification_way_name((enum notification_way_id)w)), w);
    }
    for (int r = 0; r < REASON_COUNT; r++) {
        assert_int_equal(notification_reason_parse(notification_reason_name((enum notification_reason)r)), r);
    }
    assert_int_equal(notification_parse("task.sung"), NOTIFICATION_COUNT);
    assert_int_equal(notification_parse(NULL), NOTIFICATION_COUNT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quiet_hours_end_by_the_clock_on_the_wall_also_when_it_is_changed),
        cmocka_unit_test(quiet_hours_end_once_where_an_hour_is_missing_or_comes_twice),
        cmocka_unit_test(quiet_hours_may_lie_within_a_day),
        cmocka_unit_test(a_quiet_weekend_begins_with_friday_s_night_and_ends_with_sunday_s),
        cmocka_unit_test(digests_go_out_at_the_hour_the_time_or_the_day_that_is_wanted),
        cmocka_unit_test(digests_wait_for_the_end_of_quiet_hours),
        cmocka_unit_test(times_of_day_are_read_strictly),
        cmocka_unit_test(everybody_is_told_once_of_what_concerns_them_most),
        cmocka_unit_test(who_made_a_task_hears_of_it_though_nobody_works_on_it),
        cmocka_unit_test(who_came_and_went_again_hears_of_neither),
        cmocka_unit_test(a_new_task_is_told_as_given_and_not_as_changed),
        cmocka_unit_test(preferences_lie_over_the_register),
        cmocka_unit_test(each_type_has_words_in_each_language_with_and_without_an_actor),
        cmocka_unit_test(long_names_are_cut_between_characters),
        cmocka_unit_test(the_register_reads_what_it_writes),
    };
    return cmocka_run_group_tests_name("notification rules", tests, begin, end);
}
