/* test_templates.c - /task-templates, and the tasks that they make: by hand, by rule, and each once whoever dies. */
#include "api.h"
#include "pg.h"
#include "workers.h"
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static struct api_person ada, grace, linus, mary, stranger;
static struct api_brand demo, away;

static int begin(void **state)
{
    (void)state;
    api_begin();
    ada = api_person("ada");
    grace = api_person("grace");
    linus = api_person("linus");
    mary = api_person("mary");
    stranger = api_person("stranger");
    demo = api_brand("demo", &ada);
    away = api_brand("away", &stranger);
    api_join(&demo, &grace, "manager");
    api_join(&demo, &linus, "member");
    api_join(&demo, &mary, "client");
    return 0;
}

static int clean(void **state)
{
    (void)state;
    pg_exec("delete from tenant_shared.task_templates; delete from karara.schedules; delete from karara.jobs; delete from "
            "karara.jobs_done; "
            "delete from karara.job_keys; delete from tenant_shared.tasks; delete from karara.events");
    pg_exec("update tenant_shared.lists set task_count = 0, wip_limit = null; update tenant_shared.boards set task_count = 0");
    return 0;
}

#define MONDAYS "\"rrule\":\"FREQ=WEEKLY;BYDAY=MO\",\"starts_at\":\"2099-01-05T09:00\",\"timezone\":\"Europe/Berlin\""

static struct api_reply make(const struct api_person *who, const char *more)
{
    return api_post(
        who, "/api/v1/task-templates",
        api_f("{\"title\":\"Read the numbers\",\"team_id\":\"%s\",\"board_id\":\"%s\",%s}", demo.team_id, demo.board_id, more));
}

static const char *made(const char *more)
{
    struct api_reply r = make(&ada, more);
    if (r.status != 201) {
        fail_msg("%d %s", r.status, r.body);
    }
    return api_text(&r, "data.id");
}

static const char *path(const char *id, const char *more)
{
    return api_f("/api/v1/task-templates/%s%s", id, more);
}

/* ---- keeping templates ---- */

static void a_template_is_made_shown_changed_and_deleted(void **state)
{
    (void)state;
    const char *id =
        made(api_f("%s,\"list_id\":\"%s\",\"assignee_ids\":[\"%s\",\"%s\"],\"checklist\":[\"Open\",\"Read\"],\"tags\":[\"a\"],"
                   "\"priority\":\"high\",\"due_offset_minutes\":60,\"exdates\":[\"2099-01-12\"],\"catch_up\":\"all\"",
                   MONDAYS, demo.todo_id, linus.id, grace.id));
    struct api_reply r = api_get(&linus, path(id, ""));
    assert_int_equal(r.status, 200);
    assert_string_equal(api_text(&r, "data.starts_at"), "2099-01-05T09:00:00");
    assert_string_equal(api_text(&r, "data.next_run_at"), "2099-01-05T08:00:00Z");
    assert_string_equal(api_text(&r, "data.assignee_ids.0"), linus.id);
    assert_string_equal(api_text(&r, "data.checklist.1"), "Read");
    assert_string_equal(api_text(&r, "data.catch_up"), "all");
    assert_int_equal(json_array_size(api_json(&r, "data.problems")), 0);

    r = api_patch(&grace, path(id, ""),
                  "{\"rrule\":\"freq=monthly;byday=-1FR\",\"timezone\":\"America/New_York\",\"exdates\":[]}");
    assert_int_equal(r.status, 200);
    assert_string_equal(api_text(&r, "data.rrule"), "FREQ=MONTHLY;BYDAY=-1FR");
    assert_string_equal(api_text(&r, "data.next_run_at"), "2099-01-30T14:00:00Z");
    assert_string_equal(api_text(&r, "data.title"), "Read the numbers");
    assert_int_equal(api_number(&r, "data.version"), 2);
    r = api_patch(&grace, path(id, ""), "{\"title\":\"Read them\",\"due_offset_minutes\":null}");
    assert_string_equal(api_text(&r, "data.next_run_at"), "2099-01-30T14:00:00Z");
    assert_true(json_is_null(api_json(&r, "data.due_offset_minutes")));

    r = api_get(&linus, api_f("/api/v1/task-templates?team_id=%s", demo.team_id));
    assert_int_equal(api_number(&r, "count"), 1);
    assert_int_equal(API_SEND(&ada, "DELETE", path(id, ""), NULL, "If-Match", "\"v1\"").status, 412);
    assert_int_equal(api_delete(&ada, path(id, "")).status, 200);
    assert_int_equal(pg_count("select count(*) from karara.schedules"), 0);
    assert_int_equal(pg_count("select count(*) from karara.events where kind like 'task_template.%%'"), 4);
}

static void who_manages_the_team_changes_its_templates(void **state)
{
    (void)state;
    const char *id = made(MONDAYS);
    assert_int_equal(make(&linus, MONDAYS).status, 403);
    assert_int_equal(api_patch(&linus, path(id, ""), "{\"title\":\"Mine\"}").status, 403);
    assert_int_equal(api_post(&linus, path(id, "/spawn"), "{}").status, 403);
    assert_int_equal(api_post(&linus, path(id, "/pause"), "{}").status, 403);
    assert_int_equal(make(&mary, MONDAYS).status, 403);
    assert_int_equal(api_get(&mary, path(id, "")).status, 403);
    assert_int_equal(api_get(&stranger, path(id, "")).status, 404);
    struct api_reply r = api_get(&mary, "/api/v1/task-templates");
    assert_int_equal(api_number(&r, "count"), 0);

    pg_exec("update tenant_shared.team_members set role = 'manager' where user_id = '%s'", linus.id);
    assert_int_equal(api_patch(&linus, path(id, ""), "{\"title\":\"Mine\"}").status, 200);
    assert_int_equal(make(&linus, api_f("%s,\"assignee_ids\":[\"%s\"]", MONDAYS, grace.id)).status, 403);
    assert_int_equal(make(&linus, api_f("%s,\"assignee_ids\":[\"%s\"]", MONDAYS, linus.id)).status, 201);
    pg_exec("update tenant_shared.team_members set role = 'member' where user_id = '%s'", linus.id);
    assert_int_equal(api_patch(&linus, path(id, ""), "{\"title\":\"Not mine\"}").status, 403);
}

static void what_is_wrong_is_told_by_field(void **state)
{
    static const struct {
        const char *body, *field, *words;
    } wrong[] = {
        { "\"rrule\":\"FREQ=MINUTELY\",\"starts_at\":\"2099-01-05T09:00\",\"timezone\":\"UTC\"", "rrule", "hourly" },
        { "\"rrule\":\"BYDAY=MO\",\"starts_at\":\"2099-01-05T09:00\",\"timezone\":\"UTC\"", "rrule", "FREQ is missing" },
        { "\"rrule\":\"FREQ=DAILY;COUNT=2;UNTIL=20990101\",\"starts_at\":\"2099-01-05T09:00\",\"timezone\":\"UTC\"", "rrule",
          "both" },
        { "\"rrule\":\"FREQ=MONTHLY;BYDAY=MO;BYSETPOS=6\",\"starts_at\":\"2099-01-05T09:00\",\"timezone\":\"UTC\"", "rrule",
          "never comes" },
        { "\"rrule\":\"FREQ=DAILY;UNTIL=20200101\",\"starts_at\":\"2099-01-05T09:00\",\"timezone\":\"UTC\"", "rrule",
          "never comes" },
        { "\"rrule\":\"FREQ=DAILY\",\"starts_at\":\"2099-01-05T09:00Z\",\"timezone\":\"UTC\"", "starts_at", "local time" },
        { "\"rrule\":\"FREQ=DAILY\",\"starts_at\":\"2099-02-30T09:00\",\"timezone\":\"UTC\"", "starts_at", "local time" },
        { "\"rrule\":\"FREQ=DAILY\",\"starts_at\":\"2099-01-05T09:00\",\"timezone\":\"Europe/Atlantis\"", "timezone",
          "no time zone" },
        { "\"rrule\":\"FREQ=DAILY\",\"starts_at\":\"2099-01-05T09:00\",\"timezone\":\"UTC\",\"exdates\":[\"Christmas\"]",
          "exdates", "Christmas" },
        { MONDAYS ",\"list_id\":\"00000000-0000-7000-8000-000000000001\"", "list_id", "no such list" },
        { MONDAYS ",\"assignee_ids\":[\"00000000-0000-7000-8000-000000000001\"]", "assignee_ids", "members" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct api_reply r = make(&ada, wrong[i].body);
        assert_int_equal(r.status, 422);
        if (strstr(api_text(&r, api_f("error.field_errors.%s.0", wrong[i].field)), wrong[i].words) == NULL) {
            fail_msg("%s: %s", wrong[i].body, r.body);
        }
    }
    struct api_reply r = api_post(
        &ada, "/api/v1/task-templates",
        api_f("{\"title\":\"x\",\"team_id\":\"%s\",\"rrule\":\"x\",\"starts_at\":\"x\",\"timezone\":\"x\"}", demo.team_id));
    assert_non_null(api_json(&r, "error.field_errors.rrule"));
    assert_non_null(api_json(&r, "error.field_errors.starts_at"));
    assert_non_null(api_json(&r, "error.field_errors.timezone"));
    const char *id = made(MONDAYS);
    assert_int_equal(api_patch(&ada, path(id, ""), "{\"timezone\":\"Europe/Atlantis\"}").status, 422);
    assert_int_equal(api_patch(&ada, path(id, ""), api_f("{\"board_id\":\"%s\"}", away.board_id)).status, 422);
}

static void a_rule_shows_its_dates_before_it_is_kept(void **state)
{
    (void)state;
    struct api_reply r = api_post(
        &linus, "/api/v1/task-templates/preview",
        "{\"rrule\":\"rrule:freq=daily\",\"starts_at\":\"2099-03-28T02:30\",\"timezone\":\"Europe/Berlin\",\"limit\":3}");
    assert_int_equal(r.status, 200);
    assert_string_equal(api_text(&r, "data.rrule"), "FREQ=DAILY");
    assert_string_equal(api_text(&r, "data.occurrences.0.at"), "2099-03-28T01:30:00Z");
    assert_string_equal(api_text(&r, "data.occurrences.1.at"), "2099-03-29T01:30:00Z"); /* 03:30, since 02:30 isn't there */
    assert_string_equal(api_text(&r, "data.occurrences.2.at"), "2099-03-30T00:30:00Z"); /* 02:30 again */
    assert_string_equal(api_text(&r, "data.occurrences.1.local"), "2099-03-29T02:30:00");
    assert_int_equal(json_array_size(api_json(&r, "data.occurrences")), 3);
    r = api_post(&linus, "/api/v1/task-templates/preview",
                 "{\"rrule\":\"FREQ=NEVER\",\"starts_at\":\"2099-03-28T02:30\",\"timezone\":\"UTC\"}");
    assert_int_equal(r.status, 422);
    r = api_post(&linus, "/api/v1/task-templates/preview",
                 "{\"rrule\":\"FREQ=DAILY;COUNT=2\",\"starts_at\":\"2001-01-01T09:00\",\"timezone\":\"UTC\"}");
    assert_int_equal(json_array_size(api_json(&r, "data.occurrences")), 0); /* all of it is over */
}

static void a_template_s_next_dates_can_be_paged(void **state)
{
    (void)state;
    const char *id = made(MONDAYS ",\"exdates\":[\"2099-01-12\",\"2099-01-19T09:00\",\"2099-01-26T10:00\"]");
    struct api_reply r = api_get(&linus, path(id, "/occurrences?limit=2"));
    assert_int_equal(r.status, 200);
    assert_string_equal(api_text(&r, "data.0.at"), "2099-01-05T08:00:00Z");
    assert_string_equal(api_text(&r, "data.1.at"), "2099-01-26T08:00:00Z");
    assert_int_equal(json_array_size(api_json(&r, "data")), 2);
    r = api_get(&linus, path(id, "/occurrences?limit=1&after=2099-01-26T08:00:00Z"));
    assert_string_equal(api_text(&r, "data.0.at"), "2099-02-02T08:00:00Z");
    assert_int_equal(api_get(&stranger, path(id, "/occurrences")).status, 404);
}

static void a_paused_one_goes_on_with_what_comes_next(void **state)
{
    (void)state;
    const char *id = made("\"rrule\":\"FREQ=DAILY\",\"starts_at\":\"2020-01-01T09:00\",\"timezone\":\"UTC\"");
    struct api_reply r = api_post(&grace, path(id, "/pause"), "{}");
    assert_true(json_is_true(api_json(&r, "data.paused")));
    assert_true(json_is_null(api_json(&r, "data.next_run_at")));
    pg_exec("update karara.schedules set next_run_at = now() - interval '9 days'");
    r = api_post(&grace, path(id, "/resume"), "{}");
    assert_true(json_is_false(api_json(&r, "data.paused")));
    assert_string_equal(
        pg_value("select next_run_at > now() and next_run_at <= now() + interval '1 day' from karara.schedules"), "t");
}

/* ---- making tasks ---- */

static void a_task_made_by_hand_has_all_that_the_template_says(void **state)
{
    (void)state;
    const char *id =
        made(api_f("%s,\"list_id\":\"%s\",\"assignee_ids\":[\"%s\",\"%s\"],\"tags\":[\"a\",\"b\"],\"priority\":\"high\","
                   "\"due_offset_minutes\":60,\"description\":\"All of them\",\"checklist\":[\"Open\",\"Read\"]",
                   MONDAYS, demo.progress_id, linus.id, grace.id));
    struct api_reply r = api_post(&grace, path(id, "/spawn"), "{}");
    assert_int_equal(r.status, 201);
    assert_string_equal(api_text(&r, "data.list_id"), demo.progress_id);
    assert_string_equal(api_text(&r, "data.status"), "in_progress");
    assert_string_equal(api_text(&r, "data.assignee_ids.1"), grace.id);
    assert_string_equal(api_text(&r, "data.tags.1"), "b");
    assert_string_equal(api_text(&r, "data.priority"), "high");
    assert_string_equal(api_text(&r, "data.description"), "All of them");
    assert_int_equal(api_number(&r, "data.checklist_total"), 2);
    assert_string_equal(
        pg_value("select string_agg(text, ', ' order by position) from tenant_shared.checklist_items where task_id = '%s'",
                 api_text(&r, "data.id")),
        "Open, Read");
    assert_string_equal(api_text(&r, "data.created_by"), grace.id);
    assert_int_equal(
        pg_count("select count(*) from tenant_shared.tasks where template_id = '%s' and occurrence_at is null and due_at "
                 "between now() + interval '59 min' and now() + interval '61 min'",
                 id),
        1);
    assert_int_equal(pg_count("select task_count from tenant_shared.lists where id = '%s'", demo.progress_id), 1);
    assert_int_equal(pg_count("select task_count from tenant_shared.boards where id = '%s'", demo.board_id), 1);
    assert_int_equal(
        pg_count("select count(*) from karara.events where kind = 'task.created' and payload ->> 'template_id' = '%s' and "
                 "jsonb_array_length(payload -> 'assignee_ids') = 2",
                 id),
        1);
    r = api_get(&ada, path(id, ""));
    assert_true(json_is_string(api_json(&r, "data.last_spawned_at")));
    assert_int_equal(api_number(&r, "data.version"), 1);
    assert_int_equal(api_post(&grace, path(id, "/spawn"), "{}").status, 201); /* as often as one likes */
}

/* When the task of an occurrence is due, in UTC, for an offset in minutes. */
static const char *due(const char *zone, int offset, const char *occurrence)
{
    const char *id = made(api_f("\"rrule\":\"FREQ=DAILY\",\"starts_at\":\"2099-01-05T09:00\",\"timezone\":\"%s\","
                                "\"due_offset_minutes\":%d",
                                zone, offset));
    const char *job =
        workers_job("task_template_spawn", api_f("{\"owner_id\":\"%s\",\"occurrence_at\":\"%s\"}", id, occurrence),
                    api_f(", brand_id = '%s'", demo.id));
    assert_string_equal(workers_await(job), "done");
    return api_f("%s", pg_value("select to_char(due_at at time zone 'UTC', 'MM-DD HH24:MI') from tenant_shared.tasks where "
                                "template_id = '%s'",
                                id));
}

static void days_until_a_task_is_due_are_the_calendar_s_and_hours_the_clock_s(void **state)
{
    (void)state;
    workers_start(0, 1);
    /* Friday nine o'clock in Berlin, due on Monday at nine: clocks are put forward, or back, in between. */
    assert_string_equal(due("Europe/Berlin", 3 * 1440, "2024-03-29T08:00:00Z"), "04-01 07:00");
    assert_string_equal(due("Europe/Berlin", 3 * 1440, "2024-10-25T07:00:00Z"), "10-28 08:00");
    assert_string_equal(due("Europe/Berlin", 3 * 1440 + 30, "2024-10-25T07:00:00Z"), "10-28 08:30");
    assert_string_equal(due("Europe/Berlin", 24 * 60 - 60, "2024-03-30T08:00:00Z"), "03-31 07:00");
    /* Into the hour that is missing, and into the one that comes twice. */
    assert_string_equal(due("Europe/Berlin", 1440, "2024-03-30T01:30:00Z"), "03-31 01:30");
    assert_string_equal(due("Europe/Berlin", 1440, "2024-10-26T00:30:00Z"), "10-27 00:30");
    assert_string_equal(due("Australia/Lord_Howe", 1440, "2024-04-05T14:45:00Z"), "04-06 14:45");
    assert_string_equal(due("Asia/Kathmandu", 366 * 1440, "2023-03-01T03:15:00Z"), "03-01 03:15");
    assert_string_equal(due("UTC", 0, "2024-03-29T08:00:00Z"), "03-29 08:00");
    assert_int_equal(workers_stop(0), 0);
}

static const char *spawned_list(const char *id)
{
    struct api_reply r = api_post(&ada, path(id, "/spawn"), "{}");
    assert_int_equal(r.status, 201);
    return api_text(&r, "data.list_id");
}

static void a_task_is_never_lost_for_want_of_room(void **state)
{
    (void)state;
    const char *id = made(api_f("%s,\"list_id\":\"%s\",\"assignee_ids\":[\"%s\"]", MONDAYS, demo.progress_id, linus.id));
    pg_exec("update tenant_shared.lists set wip_limit = 1 where id = '%s'", demo.progress_id);
    assert_string_equal(spawned_list(id), demo.progress_id);
    assert_string_equal(spawned_list(id), demo.todo_id); /* the list is full */
    pg_exec("update tenant_shared.lists set wip_limit = null where id = '%s'; update karara.users set wip_limit = 1 where id = "
            "'%s'",
            demo.progress_id, linus.id);
    assert_string_equal(spawned_list(id), demo.todo_id); /* the person is */
    pg_exec("update tenant_shared.lists set wip_limit = 1 where id = '%s'", demo.todo_id);
    assert_string_equal(spawned_list(id), demo.progress_id); /* both are */
    pg_exec("update karara.users set wip_limit = 3 where id = '%s'", linus.id);
}

static void what_is_gone_shows_as_a_problem_and_is_left_out(void **state)
{
    (void)state;
    struct api_person leaver = api_person("leaver");
    api_join(&demo, &leaver, "member");
    struct api_reply r = api_post(&ada, api_f("/api/v1/boards/%s/lists", demo.board_id), "{\"name\":\"Short\"}");
    const char *list = api_text(&r, "data.id");
    const char *id = made(api_f("%s,\"list_id\":\"%s\",\"assignee_ids\":[\"%s\",\"%s\"]", MONDAYS, list, leaver.id, linus.id));
    assert_int_equal(api_delete(&ada, api_f("/api/v1/lists/%s", list)).status, 200);
    assert_int_equal(api_delete(&ada, api_f("/api/v1/brands/%s/users/%s", demo.id, leaver.id)).status, 200);
    r = api_get(&ada, path(id, ""));
    assert_string_equal(api_text(&r, "data.problems.0"), "list_missing");
    assert_string_equal(api_text(&r, "data.problems.1"), "assignee_missing");
    r = api_post(&ada, path(id, "/spawn"), "{}");
    assert_int_equal(r.status, 201);
    assert_string_equal(api_text(&r, "data.list_id"), demo.todo_id);
    assert_int_equal(json_array_size(api_json(&r, "data.assignee_ids")), 1);
    r = api_patch(&ada, path(id, ""), api_f("{\"list_id\":null,\"assignee_ids\":[\"%s\"]}", linus.id));
    assert_int_equal(json_array_size(api_json(&r, "data.problems")), 0);
}

/* ---- by rule ---- */

/* Daily since ten days ago, at this time of day, less so many minutes. */
static const char *daily(const char *catch_up, int minutes_ago)
{
    const char *start = pg_value("select to_char(now() at time zone 'UTC' - interval '10 days' - make_interval(mins => %d), "
                                 "'YYYY-MM-DD\"T\"HH24:MI:SS')",
                                 minutes_ago);
    const char *id =
        made(api_f("\"rrule\":\"FREQ=DAILY\",\"starts_at\":\"%s\",\"timezone\":\"UTC\",\"catch_up\":\"%s\"", start, catch_up));
    pg_exec("update karara.schedules set next_run_at = starts_at at time zone 'UTC' where owner_id = '%s'", id);
    return api_f("%s", id);
}

/* Of each template the tasks, by the numbers that they got, are in the order of their occurrences. */
static void assert_in_order(void)
{
    assert_string_equal(
        pg_value(
            "select coalesce(bool_and(o.number > o.before), true) from (select number, lag(number, 1, 0) over (partition by "
            "template_id order by occurrence_at) as before from tenant_shared.tasks where occurrence_at is not null) o"),
        "t");
}

static long long tasks_of(const char *id)
{
    return pg_count("select count(*) from tenant_shared.tasks where template_id = '%s'", id);
}

static void after_downtime_comes_what_the_template_says(void **state)
{
    (void)state;
    const char *none = daily("skip", 60), *recent = daily("skip", 1), *last = daily("last", 60), *all = daily("all", 60);
    workers_start(0, 2);
    workers_expect("11", 60, "select count(*) from tenant_shared.tasks where template_id = '%s'", all);
    workers_expect("0", 60, "select count(*) from karara.schedules where next_run_at <= now()");
    workers_expect("0", 60, "select count(*) from karara.jobs where kind = 'task_template_spawn'");
    assert_int_equal(workers_stop(0), 0);
    assert_int_equal(tasks_of(none), 0);
    assert_int_equal(tasks_of(recent), 1); /* a minute late is no downtime */
    assert_int_equal(tasks_of(last), 1);
    assert_int_equal(tasks_of(all), 11);
    assert_string_equal(
        pg_value(
            "select bool_and(t.occurrence_at > now() - interval '2 hours') from tenant_shared.tasks t where template_id in "
            "('%s', '%s')",
            recent, last),
        "t");
    assert_int_equal(pg_count("select count(distinct occurrence_at) from tenant_shared.tasks where template_id = '%s'", all),
                     11);
    assert_in_order();
    assert_int_equal(pg_count("select count(*) from karara.events where kind = 'task.created' and actor_id is null"), 13);
    assert_string_equal(pg_value("select created_by from tenant_shared.tasks where template_id = '%s' limit 1", all), ada.id);
}

/* As when the first ones failed and wait for another attempt: more than a batch of them. */
static void occurrences_come_in_their_order_whichever_job_comes_first(void **state)
{
    (void)state;
    pg_exec("insert into karara.job_queues (queue) values ('default')");
    const char *start =
        pg_value("select to_char(now() at time zone 'UTC' - interval '120 hours', 'YYYY-MM-DD\"T\"HH24:MI:SS')");
    const char *id = made(
        api_f("\"rrule\":\"FREQ=HOURLY;COUNT=120\",\"starts_at\":\"%s\",\"timezone\":\"UTC\",\"catch_up\":\"all\"", start));
    pg_exec("update karara.schedules set next_run_at = starts_at at time zone 'UTC' where owner_id = '%s'", id);
    workers_start(0, 2);
    workers_start(1, 2);
    workers_expect("120", 60, "select count(*) from karara.jobs where kind = 'task_template_spawn'");
    pg_exec("update karara.jobs set run_at = now() - (run_at - timestamptz '2020-01-01') where kind = 'task_template_spawn'; "
            "delete from karara.job_queues");
    workers_expect("0", 90, "select count(*) from karara.jobs where kind = 'task_template_spawn'");
    assert_int_equal(workers_stop(0), 0);
    assert_int_equal(workers_stop(1), 0);
    assert_int_equal(tasks_of(id), 120);
    assert_in_order();
}

static void in_a_suspended_brand_nothing_comes_by_itself(void **state)
{
    (void)state;
    const char *id = daily("all", 60);
    pg_exec("update karara.brands set status = 'suspended' where id = '%s'", demo.id);
    workers_start(0, 1);
    workers_expect("t", 60, "select next_run_at > now() from karara.schedules where owner_id = '%s'", id);
    assert_int_equal(workers_stop(0), 0);
    pg_exec("update karara.brands set status = 'active' where id = '%s'", demo.id);
    assert_int_equal(pg_count("select count(*) from karara.jobs where kind = 'task_template_spawn'"), 0);
    assert_int_equal(tasks_of(id), 0);
}

/* As of a version to come, while the workers of several hosts are replaced one after the other. */
static void a_schedule_of_an_unknown_owner_is_left_alone(void **state)
{
    (void)state;
    const char *id = daily("last", 60);
    pg_exec("insert into karara.schedules (id, brand_id, owner_kind, owner_id, rrule, starts_at, timezone, next_run_at) "
            "select gen_random_uuid(), brand_id, 'unheard_of', owner_id, rrule, starts_at, timezone, next_run_at from "
            "karara.schedules");
    workers_start(0, 1);
    workers_expect("1", 60, "select count(*) from tenant_shared.tasks where template_id = '%s'", id);
    assert_int_equal(workers_stop(0), 0);
    assert_int_equal(pg_count("select count(*) from karara.schedules where owner_kind = 'unheard_of' and paused_at is null "
                              "and next_run_at <= now()"),
                     1);
}

static void a_template_without_its_board_waits_for_people(void **state)
{
    (void)state;
    struct api_reply r = api_post(&ada, "/api/v1/boards", api_f("{\"name\":\"Short\",\"team_id\":\"%s\"}", demo.team_id));
    const char *board = api_text(&r, "data.id"), *id = daily("last", 60);
    r = api_patch(&ada, path(id, ""), api_f("{\"board_id\":\"%s\"}", board));
    assert_int_equal(r.status, 200);
    pg_exec("update karara.schedules set next_run_at = now() - interval '2 hours'");
    assert_int_equal(api_delete(&ada, api_f("/api/v1/boards/%s", board)).status, 200);
    assert_int_equal(api_post(&ada, path(id, "/spawn"), "{}").status, 409);
    workers_start(0, 1);
    workers_expect("t", 60, "select paused_at is not null from karara.schedules where owner_id = '%s'", id);
    assert_int_equal(workers_stop(0), 0);
    r = api_get(&ada, path(id, ""));
    assert_true(json_is_true(api_json(&r, "data.paused")));
    assert_string_equal(api_text(&r, "data.problems.0"), "board_missing");
    assert_int_equal(
        pg_count("select count(*) from karara.events where kind = 'task_template.paused' and subject_id = '%s'", id), 1);
    r = api_patch(&ada, path(id, ""), api_f("{\"board_id\":\"%s\"}", demo.board_id));
    assert_int_equal(json_array_size(api_json(&r, "data.problems")), 0);
    assert_int_equal(api_post(&ada, path(id, "/resume"), "{}").status, 200);
}

static void a_schedule_that_can_t_be_read_is_put_aside(void **state)
{
    (void)state;
    const char *id = daily("last", 60), *good = daily("last", 30);
    pg_exec("update karara.schedules set timezone = 'Europe/Atlantis' where owner_id = '%s'", id);
    workers_start(0, 1);
    workers_expect("1", 60, "select count(*) from tenant_shared.tasks where template_id = '%s'", good);
    workers_expect("rule_unreadable", 60, "select problem from karara.schedules where owner_id = '%s'", id);
    assert_int_equal(workers_stop(0), 0);
    struct api_reply r = api_get(&ada, path(id, ""));
    assert_string_equal(api_text(&r, "data.problems.0"), "rule_unreadable");
    assert_int_equal(api_get(&ada, path(id, "/occurrences")).status, 409);
    assert_int_equal(api_post(&ada, path(id, "/resume"), "{}").status, 409);
    assert_int_equal(api_patch(&ada, path(id, ""), "{\"timezone\":\"Europe/Berlin\"}").status, 200);
    assert_int_equal(api_post(&ada, path(id, "/resume"), "{}").status, 200);
}

/* As every Monday at nine: all that a batch takes at one time, and more. */
static void many_that_come_at_the_same_moment_all_come(void **state)
{
    (void)state;
    const char *id = daily("last", 1);
    pg_exec("insert into tenant_shared.task_templates (brand_id, id, team_id, board_id, title) "
            "select k.brand_id, md5(n::text)::uuid, k.team_id, k.board_id, k.title "
            "from tenant_shared.task_templates k, generate_series(1, 119) n where k.id = '%s'",
            id);
    pg_exec("insert into karara.schedules (id, brand_id, owner_kind, owner_id, rrule, starts_at, timezone, next_run_at) "
            "select gen_random_uuid(), s.brand_id, s.owner_kind, md5(n::text)::uuid, s.rrule, s.starts_at, s.timezone, "
            "s.next_run_at "
            "from karara.schedules s, generate_series(1, 119) n where s.owner_id = '%s'",
            id);
    workers_start(0, 2);
    workers_expect("120", 90, "select count(distinct template_id) from tenant_shared.tasks");
    workers_expect("0", 60, "select count(*) from karara.schedules where next_run_at <= now()");
    assert_int_equal(workers_stop(0), 0);
}

/* ---- each occurrence once ---- */

enum { TEMPLATES = 12, OCCURRENCES = 20 };

/* Hourly templates that have `OCCURRENCES` of theirs to catch up with, the last of which was half an hour ago. */
static void make_backlog(void)
{
    const char *start = pg_value(
        "select to_char(now() at time zone 'UTC' - make_interval(hours => %d, mins => 30), 'YYYY-MM-DD\"T\"HH24:MI:SS')",
        OCCURRENCES - 1);
    for (int i = 0; i < TEMPLATES; i++) {
        made(api_f("\"rrule\":\"FREQ=HOURLY;COUNT=%d\",\"starts_at\":\"%s\",\"timezone\":\"UTC\",\"catch_up\":\"all\","
                   "\"assignee_ids\":[\"%s\"]",
                   OCCURRENCES, start, linus.id));
    }
    /* Their times come one after the other while the test runs. */
    pg_exec("update karara.schedules s set next_run_at = starts_at at time zone 'UTC' "
            "where s.id in (select id from karara.schedules order by id limit %d)",
            TEMPLATES / 2);
}

static void release_the_rest(void)
{
    pg_exec("update karara.schedules s set next_run_at = starts_at at time zone 'UTC' where s.last_run_at is null");
}

static void each_is_there_once(void)
{
    workers_expect(api_f("%d", TEMPLATES * OCCURRENCES), 90, "select count(*) from tenant_shared.tasks");
    workers_expect("0", 60, "select count(*) from karara.jobs where kind = 'task_template_spawn'");
    assert_int_equal(pg_count("select count(*) from tenant_shared.tasks"), TEMPLATES * OCCURRENCES);
    assert_int_equal(pg_count("select count(distinct (template_id, occurrence_at)) from tenant_shared.tasks"),
                     TEMPLATES * OCCURRENCES);
    assert_int_equal(pg_count("select count(*) from tenant_shared.task_assignees"), TEMPLATES * OCCURRENCES);
    assert_int_equal(pg_count("select count(*) from karara.events where kind = 'task.created'"), TEMPLATES * OCCURRENCES);
    assert_int_equal(pg_count("select task_count from tenant_shared.boards where id = '%s'", demo.board_id),
                     TEMPLATES * OCCURRENCES);
    assert_int_equal(pg_count("select count(*) from karara.schedules where next_run_at is not null"), 0);
    assert_in_order();
}

/* SIGKILL for one process, of whatever role, of a worker. */
static void kill_one(int worker)
{
    static const char *const roles[] = { "runner", "clock" };
    pid_t pids[8];
    int n = workers_processes(worker, roles[rand() % 2], pids, 8);
    if (n > 0) {
        kill(pids[rand() % n], SIGKILL);
    }
}

static void each_occurrence_comes_once_with_three_workers_killed_at_random(void **state)
{
    (void)state;
    srand(5545);
    make_backlog();
    for (int i = 0; i < 3; i++) {
        workers_start(i, 2);
    }
    for (int i = 0; i < 30; i++) {
        usleep((useconds_t)(20000 + rand() % 80000));
        kill_one(rand() % 3);
        if (i % 10 == 9) {
            workers_kill(i / 10);
            workers_start(i / 10, 2);
        }
        if (i == 15) {
            release_the_rest();
        }
    }
    each_is_there_once();
    for (int i = 0; i < 3; i++) {
        assert_int_equal(workers_stop(i), 0);
    }
}

static void each_occurrence_comes_once_when_all_die_and_three_start(void **state)
{
    (void)state;
    make_backlog();
    for (int i = 0; i < 3; i++) {
        workers_start(i, 1);
    }
    workers_expect("t", 60, "select count(*) > 20 from tenant_shared.tasks");
    release_the_rest();
    for (int i = 0; i < 3; i++) {
        workers_kill(i);
    }
    for (int i = 0; i < 3; i++) {
        workers_start(i, 1);
    }
    each_is_there_once();
    for (int i = 0; i < 3; i++) {
        assert_int_equal(workers_stop(i), 0);
    }
}

static void each_occurrence_comes_once_when_the_database_cuts_everybody_off(void **state)
{
    (void)state;
    make_backlog();
    workers_start(0, 2);
    workers_start(1, 2);
    for (int i = 0; i < 10; i++) {
        usleep(100000);
        pg_exec("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'karara_worker'");
        if (i == 5) {
            release_the_rest();
        }
    }
    each_is_there_once();
    assert_int_equal(workers_stop(0), 0);
    assert_int_equal(workers_stop(1), 0);
}

#define CLEAN(f) cmocka_unit_test_setup(f, clean)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLEAN(a_template_is_made_shown_changed_and_deleted),
        CLEAN(who_manages_the_team_changes_its_templates),
        CLEAN(what_is_wrong_is_told_by_field),
        CLEAN(a_rule_shows_its_dates_before_it_is_kept),
        CLEAN(a_template_s_next_dates_can_be_paged),
        CLEAN(a_paused_one_goes_on_with_what_comes_next),
        CLEAN(a_task_made_by_hand_has_all_that_the_template_says),
        CLEAN(days_until_a_task_is_due_are_the_calendar_s_and_hours_the_clock_s),
        CLEAN(a_task_is_never_lost_for_want_of_room),
        CLEAN(what_is_gone_shows_as_a_problem_and_is_left_out),
        CLEAN(after_downtime_comes_what_the_template_says),
        CLEAN(occurrences_come_in_their_order_whichever_job_comes_first),
        CLEAN(in_a_suspended_brand_nothing_comes_by_itself),
        CLEAN(a_schedule_of_an_unknown_owner_is_left_alone),
        CLEAN(a_template_without_its_board_waits_for_people),
        CLEAN(a_schedule_that_can_t_be_read_is_put_aside),
        CLEAN(many_that_come_at_the_same_moment_all_come),
        CLEAN(each_occurrence_comes_once_with_three_workers_killed_at_random),
        CLEAN(each_occurrence_comes_once_when_all_die_and_three_start),
        CLEAN(each_occurrence_comes_once_when_the_database_cuts_everybody_off),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
