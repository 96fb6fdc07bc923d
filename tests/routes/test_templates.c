/* test_templates.c - /task-templates: keeping them, their dates, and the tasks that are made from them. */
#include "cast.h"
#include "pg.h"
#include "templates.h"
#include "workers.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct api_person ada, grace, linus, mary, stranger;
static struct api_brand demo, away;

static int begin(void **state)
{
    (void)state;
    api_begin();
    demo = CAST("demo", &ada, { &grace, "manager grace" }, { &linus, "member linus" }, { &mary, "client mary" });
    stranger = api_person("stranger");
    away = api_brand("away", &stranger);
    return 0;
}

/* The id of a new one of Ada's. */
static const char *made(const char *more)
{
    return template_made(&ada, &demo, more);
}

/* ---- keeping templates ---- */

static void a_template_is_made_shown_changed_and_deleted(void **state)
{
    (void)state;
    const char *id =
        made(api_f("%s,\"list_id\":\"%s\",\"assignee_ids\":[\"%s\",\"%s\"],\"checklist\":[\"Open\",\"Read\"],\"tags\":[\"a\"],"
                   "\"priority\":\"high\",\"due_offset_minutes\":60,\"exdates\":[\"2099-01-12\"],\"catch_up\":\"all\"",
                   MONDAYS, demo.todo_id, linus.id, grace.id));
    struct api_reply r = api_get(&linus, template_path(id, ""));
    assert_int_equal(r.status, 200);
    assert_string_equal(api_text(&r, "data.starts_at"), "2099-01-05T09:00:00");
    assert_string_equal(api_text(&r, "data.next_run_at"), "2099-01-05T08:00:00Z");
    assert_string_equal(api_text(&r, "data.assignee_ids.0"), linus.id);
    assert_string_equal(api_text(&r, "data.checklist.1"), "Read");
    assert_string_equal(api_text(&r, "data.catch_up"), "all");
    assert_int_equal(json_array_size(api_json(&r, "data.problems")), 0);

    r = api_patch(&grace, template_path(id, ""),
                  "{\"rrule\":\"freq=monthly;byday=-1FR\",\"timezone\":\"America/New_York\",\"exdates\":[]}");
    assert_int_equal(r.status, 200);
    assert_string_equal(api_text(&r, "data.rrule"), "FREQ=MONTHLY;BYDAY=-1FR");
    assert_string_equal(api_text(&r, "data.next_run_at"), "2099-01-30T14:00:00Z");
    assert_string_equal(api_text(&r, "data.title"), "Read the numbers");
    assert_int_equal(api_number(&r, "data.version"), 2);
    r = api_patch(&grace, template_path(id, ""), "{\"title\":\"Read them\",\"due_offset_minutes\":null}");
    assert_string_equal(api_text(&r, "data.next_run_at"), "2099-01-30T14:00:00Z");
    assert_true(json_is_null(api_json(&r, "data.due_offset_minutes")));

    r = api_get(&linus, api_f("/api/v1/task-templates?team_id=%s", demo.team_id));
    assert_int_equal(api_number(&r, "count"), 1);
    assert_int_equal(API_SEND(&ada, "DELETE", template_path(id, ""), NULL, "If-Match", "\"v1\"").status, 412);
    assert_int_equal(api_delete(&ada, template_path(id, "")).status, 200);
    assert_int_equal(pg_count("select count(*) from karara.schedules"), 0);
    assert_int_equal(pg_count("select count(*) from karara.events where kind like 'task_template.%%'"), 4);
}

static void who_manages_the_team_changes_its_templates(void **state)
{
    (void)state;
    const char *id = made(MONDAYS);
    assert_int_equal(template_make(&linus, &demo, MONDAYS).status, 403);
    assert_int_equal(api_patch(&linus, template_path(id, ""), "{\"title\":\"Mine\"}").status, 403);
    assert_int_equal(api_post(&linus, template_path(id, "/spawn"), "{}").status, 403);
    assert_int_equal(api_post(&linus, template_path(id, "/pause"), "{}").status, 403);
    assert_int_equal(template_make(&mary, &demo, MONDAYS).status, 403);
    assert_int_equal(api_get(&mary, template_path(id, "")).status, 403);
    assert_int_equal(api_get(&stranger, template_path(id, "")).status, 404);
    struct api_reply r = api_get(&mary, "/api/v1/task-templates");
    assert_int_equal(api_number(&r, "count"), 0);

    pg_exec("update tenant_shared.team_members set role = 'manager' where user_id = '%s'", linus.id);
    assert_int_equal(api_patch(&linus, template_path(id, ""), "{\"title\":\"Mine\"}").status, 200);
    assert_int_equal(template_make(&linus, &demo, api_f("%s,\"assignee_ids\":[\"%s\"]", MONDAYS, grace.id)).status, 403);
    assert_int_equal(template_make(&linus, &demo, api_f("%s,\"assignee_ids\":[\"%s\"]", MONDAYS, linus.id)).status, 201);
    pg_exec("update tenant_shared.team_members set role = 'member' where user_id = '%s'", linus.id);
    assert_int_equal(api_patch(&linus, template_path(id, ""), "{\"title\":\"Not mine\"}").status, 403);
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
        struct api_reply r = template_make(&ada, &demo, wrong[i].body);
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
    assert_int_equal(api_patch(&ada, template_path(id, ""), "{\"timezone\":\"Europe/Atlantis\"}").status, 422);
    assert_int_equal(api_patch(&ada, template_path(id, ""), api_f("{\"board_id\":\"%s\"}", away.board_id)).status, 422);
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
    struct api_reply r = api_get(&linus, template_path(id, "/occurrences?limit=2"));
    assert_int_equal(r.status, 200);
    assert_string_equal(api_text(&r, "data.0.at"), "2099-01-05T08:00:00Z");
    assert_string_equal(api_text(&r, "data.1.at"), "2099-01-26T08:00:00Z");
    assert_int_equal(json_array_size(api_json(&r, "data")), 2);
    r = api_get(&linus, template_path(id, "/occurrences?limit=1&after=2099-01-26T08:00:00Z"));
    assert_string_equal(api_text(&r, "data.0.at"), "2099-02-02T08:00:00Z");
    assert_int_equal(api_get(&stranger, template_path(id, "/occurrences")).status, 404);
}

static void a_paused_one_goes_on_with_what_comes_next(void **state)
{
    (void)state;
    const char *id = made("\"rrule\":\"FREQ=DAILY\",\"starts_at\":\"2020-01-01T09:00\",\"timezone\":\"UTC\"");
    struct api_reply r = api_post(&grace, template_path(id, "/pause"), "{}");
    assert_true(json_is_true(api_json(&r, "data.paused")));
    assert_true(json_is_null(api_json(&r, "data.next_run_at")));
    pg_exec("update karara.schedules set next_run_at = now() - interval '9 days'");
    r = api_post(&grace, template_path(id, "/resume"), "{}");
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
    struct api_reply r = api_post(&grace, template_path(id, "/spawn"), "{}");
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
    r = api_get(&ada, template_path(id, ""));
    assert_true(json_is_string(api_json(&r, "data.last_spawned_at")));
    assert_int_equal(api_number(&r, "data.version"), 1);
    assert_int_equal(api_post(&grace, template_path(id, "/spawn"), "{}").status, 201); /* as often as one likes */
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
    struct api_reply r = api_post(&ada, template_path(id, "/spawn"), "{}");
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
    r = api_get(&ada, template_path(id, ""));
    assert_string_equal(api_text(&r, "data.problems.0"), "list_missing");
    assert_string_equal(api_text(&r, "data.problems.1"), "assignee_missing");
    r = api_post(&ada, template_path(id, "/spawn"), "{}");
    assert_int_equal(r.status, 201);
    assert_string_equal(api_text(&r, "data.list_id"), demo.todo_id);
    assert_int_equal(json_array_size(api_json(&r, "data.assignee_ids")), 1);
    r = api_patch(&ada, template_path(id, ""), api_f("{\"list_id\":null,\"assignee_ids\":[\"%s\"]}", linus.id));
    assert_int_equal(json_array_size(api_json(&r, "data.problems")), 0);
}

#define CLEAN(f) cmocka_unit_test_setup(f, template_clean)

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
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
