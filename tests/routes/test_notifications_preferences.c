/* test_notifications_preferences.c - what people want to be told of, by which ways, and what they mute. */
#include "pg.h"
#include "told.h"
#include "workers.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* ---- what people want ---- */

static void preferences_are_shown_and_changed_part_by_part(void **state)
{
    (void)state;
    struct told_place p = told_place();
    struct api_reply r = api_get(&p.linus, told_at(&p, "/preferences"));
    assert_int_equal(r.status, 200);
    assert_string_equal(api_text(&r, "data.types.0.type"), "task.assigned");
    assert_true(json_is_true(api_json(&r, "data.types.0.ways.email")));
    assert_true(json_is_false(api_json(&r, "data.types.0.ways.sms")));
    assert_string_equal(api_text(&r, "data.digest"), "off");
    assert_string_equal(api_text(&r, "data.quiet.from"), "22:00");
    assert_string_equal(api_text(&r, "data.email.address"), p.linus.email);
    assert_int_equal(api_number(&r, "data.push.devices"), 0);
    r = api_patch(
        &p.linus, told_at(&p, "/preferences"),
        "{\"types\":[{\"type\":\"task.assigned\",\"ways\":{\"email\":false}}],\"quiet\":{\"enabled\":true,\"to\":\"06:30\"}}");
    assert_int_equal(r.status, 200);
    assert_true(json_is_false(api_json(&r, "data.types.0.ways.email")));
    assert_true(json_is_true(api_json(&r, "data.types.0.ways.push")));
    assert_true(json_is_true(api_json(&r, "data.quiet.enabled")));
    assert_string_equal(api_text(&r, "data.quiet.from"), "22:00");
    assert_string_equal(api_text(&r, "data.quiet.to"), "06:30");
    r = api_patch(
        &p.linus, told_at(&p, "/preferences"),
        "{\"types\":[{\"type\":\"task.assigned\",\"ways\":{\"sms\":true}}],\"digest\":\"weekly\",\"digest_weekday\":5}");
    assert_true(json_is_false(api_json(&r, "data.types.0.ways.email")));
    assert_true(json_is_true(api_json(&r, "data.types.0.ways.sms")));
    assert_int_equal(api_number(&r, "data.digest_weekday"), 5);
    assert_string_equal(api_text(&r, "data.quiet.to"), "06:30");
    /* Of nobody else, and the same in every brand. */
    r = api_get(&p.grace, told_at(&p, "/preferences"));
    assert_true(json_is_true(api_json(&r, "data.types.0.ways.email")));
    struct api_brand other = api_brand(api_f("other%d", p.number), &p.grace);
    api_join(&other, &p.linus, "member");
    r = api_get(&p.linus, api_f("/api/v1/brands/%s/notifications/preferences", other.id));
    assert_string_equal(api_text(&r, "data.digest"), "weekly");
}

static void who_belongs_to_no_brand_chooses_as_well(void **state)
{
    (void)state;
    struct api_person alone = api_person("alone");
    const char *path = "/api/v1/notifications/preferences";
    struct api_reply r =
        api_patch(&alone, path, "{\"digest\":\"daily\",\"types\":[{\"type\":\"task.assigned\",\"ways\":{\"email\":false}}]}");
    assert_int_equal(r.status, 200);
    r = api_get(&alone, path);
    assert_string_equal(api_text(&r, "data.digest"), "daily");
    assert_true(json_is_false(api_json(&r, "data.types.0.ways.email")));
    assert_string_equal(api_text(&r, "data.timezone"), "UTC");
    /* In a brand local time is the brand's, by either address. */
    struct api_brand joined = api_brand("alone", &alone);
    pg_exec("update karara.brands set settings = '{\"timezone\":\"Europe/Berlin\"}' where id = '%s'", joined.id);
    pg_exec("update karara.sessions set current_brand_id = '%s' where user_id = '%s'", joined.id, alone.id);
    r = api_get(&alone, path);
    assert_string_equal(api_text(&r, "data.timezone"), "Europe/Berlin");
    r = api_get(&alone, api_f("/api/v1/brands/%s/notifications/preferences", joined.id));
    assert_string_equal(api_text(&r, "data.timezone"), "Europe/Berlin");
    assert_string_equal(api_text(&r, "data.digest"), "daily");
}

static void wrong_preferences_are_told_by_field(void **state)
{
    static const struct {
        const char *body, *field;
    } wrong[] = {
        { "{\"types\":[{\"type\":\"task.sung\",\"ways\":{\"email\":false}}]}", "types" },
        { "{\"types\":[{\"type\":\"task.assigned\",\"ways\":{\"pigeon\":true}}]}", "types" },
        { "{\"types\":[{\"type\":\"task.assigned\",\"ways\":{\"email\":1}}]}", "types" },
        { "{\"types\":{}}", "types" },
        { "{\"digest\":\"yearly\"}", "digest" },
        { "{\"digest_time\":\"8\"}", "digest_time" },
        { "{\"digest_time\":\"24:00\"}", "digest_time" },
        { "{\"digest_weekday\":8}", "digest_weekday" },
        { "{\"quiet\":{\"from\":\"25:00\"}}", "quiet" },
        { "{\"quiet\":{\"until\":\"07:00\"}}", "quiet" },
        { "{\"quiet\":{\"from\":\"07:00\",\"to\":\"07:00\"}}", "quiet" },
        { "{\"timezone\":\"UTC\"}", "timezone" },
    };
    (void)state;
    struct told_place p = told_place();
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct api_reply r = api_patch(&p.linus, told_at(&p, "/preferences"), wrong[i].body);
        if (r.status != 422 || api_json(&r, api_f("error.field_errors.%s", wrong[i].field)) == NULL) {
            fail_msg("%s: %d %s", wrong[i].body, r.status, r.body);
        }
    }
}

static void each_goes_the_ways_that_are_wanted(void **state)
{
    (void)state;
    struct told_place p = told_place();
    prefer(&p, &p.linus,
           "{\"types\":[{\"type\":\"task.assigned\",\"ways\":{\"email\":false}},{\"type\":\"task.unassigned\",\"ways\":"
           "{\"in_app\":false,\"email\":true}},{\"type\":\"task.updated\",\"ways\":{\"in_app\":false}}]}");
    assign(&p, &p.ada, &p.linus);
    assert_string_equal(told_of(&p, &p.linus), "task.assigned");
    assert_string_equal(delivery(&p, &p.linus, "email"), "");
    change(&p, &p.ada, "{\"priority\":\"high\"}");
    assert_string_equal(told_of(&p, &p.linus), "task.assigned");
    assign(&p, &p.ada, NULL);
    assert_string_equal(told_of(&p, &p.linus), "task.assigned task.unassigned");
    struct api_reply r = api_get(&p.linus, told_at(&p, "/unread"));
    assert_int_equal(api_number(&r, "data.unread"), 1); /* the other isn't in the app */
    r = api_get(&p.linus, told_at(&p, ""));
    assert_int_equal(api_number(&r, "count"), 1);
    time_passes(&p);
    assert_string_equal(delivery(&p, &p.linus, "email"), "sent");
    assert_int_equal(mails(&p.linus), 1);
}

static void what_is_muted_is_not_told(void **state)
{
    (void)state;
    struct told_place p = told_place();
    const char *task = told_at(&p, api_f("/mutes/task/%s", p.task)),
               *board = told_at(&p, api_f("/mutes/board/%s", p.brand.board_id));
    struct api_reply r = api_send(&p.linus, "PUT", task, "{}", NULL);
    assert_int_equal(r.status, 200);
    assert_string_equal(api_text(&r, "data.title"), "Write the story");
    assign(&p, &p.ada, &p.linus);
    assert_string_equal(told_of(&p, &p.linus), "");
    r = api_get(&p.linus, told_at(&p, "/mutes"));
    assert_int_equal(api_number(&r, "count"), 1);
    assert_int_equal(api_delete(&p.linus, task).status, 200);
    assert_int_equal(api_delete(&p.linus, task).status, 404);
    change(&p, &p.ada, "{\"priority\":\"high\"}");
    assert_string_equal(told_of(&p, &p.linus), "task.updated");

    assert_int_equal(api_send(&p.linus, "PUT", board, "{\"until\":\"2099-01-01T00:00:00Z\"}", NULL).status, 200);
    change(&p, &p.ada, "{\"priority\":\"low\"}");
    assert_string_equal(told_of(&p, &p.linus), "task.updated");
    pg_exec("update tenant_shared.notification_mutes set until = now() where user_id = '%s'", p.linus.id);
    change(&p, &p.ada, "{\"priority\":\"urgent\"}");
    assert_string_equal(told_of(&p, &p.linus), "task.updated task.updated");
    /* Only what one sees; only tasks and boards. */
    assert_int_equal(api_send(&p.guest, "PUT", board, "{}", NULL).status, 403);
    assert_int_equal(api_send(&p.linus, "PUT", told_at(&p, api_f("/mutes/board/%s", p.task)), "{}", NULL).status, 404);
    assert_int_equal(api_send(&p.linus, "PUT", told_at(&p, api_f("/mutes/weather/%s", p.task)), "{}", NULL).status, 404);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(preferences_are_shown_and_changed_part_by_part),
        cmocka_unit_test(who_belongs_to_no_brand_chooses_as_well),
        cmocka_unit_test(wrong_preferences_are_told_by_field),
        cmocka_unit_test(each_goes_the_ways_that_are_wanted),
        cmocka_unit_test(what_is_muted_is_not_told),
    };
    return cmocka_run_group_tests_name("preferences", tests, told_begin, workers_end);
}
