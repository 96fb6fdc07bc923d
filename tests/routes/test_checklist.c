/* test_checklist.c - the steps of a task: made, checked, moved, removed; what the task says of them; who may. */
#include "api.h"
#include "pg.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct api_person ada, guest;
static struct api_brand demo;
static char task[UUID_TEXT_SIZE];

static int begin(void **state)
{
    (void)state;
    api_begin();
    ada = api_person("ada");
    guest = api_person("guest");
    demo = api_brand("demo", &ada);
    api_join(&demo, &guest, "guest");
    return 0;
}

static int new_task(void **state)
{
    (void)state;
    struct uuid id = api_task(&demo, &ada, "Steps");
    uuid_format(&id, task);
    return 0;
}

static const char *path(const char *id)
{
    return api_f("/api/v1/tasks/%s/checklist%s%s", task, id[0] != 0 ? "/" : "", id);
}

static const char *add(const char *text, const char *more)
{
    struct api_reply r = api_post(&ada, path(""), api_f("{\"text\":\"%s\"%s}", text, more));
    assert_int_equal(r.status, 201);
    assert_string_equal(api_header(&r, "Location"), path(api_text(&r, "data.id")));
    return api_text(&r, "data.id");
}

/* "done/total" as the task says, its version, and the steps in order. */
static const char *shown(void)
{
    struct api_reply t = api_get(&ada, api_f("/api/v1/tasks/%s", task)), r = api_get(&ada, path(""));
    const char *text = api_f("%lld/%lld", api_number(&t, "data.checklist_done"), api_number(&t, "data.checklist_total"));
    for (size_t i = 0; i < json_array_size(api_json(&r, "data")); i++) {
        text = api_f("%s %s%s", text, json_is_true(api_json(&r, api_f("data.%zu.done", i))) ? "+" : "",
                     api_text(&r, api_f("data.%zu.text", i)));
    }
    return text;
}

static const char *kinds(void)
{
    return pg_value(
        "select string_agg(substr(kind, 16) || ' ' || coalesce(changes::text, ''), ', ' order by id) from karara.events where "
        "subject_id = '%s' and kind like 'task.checklist_%%'",
        task);
}

static void steps_are_added_checked_edited_and_removed(void **state)
{
    (void)state;
    const char *a = add("a", ""), *b = add("b", ",\"done\":true"), *c = add("c", "");
    assert_string_equal(shown(), "1/3 a +b c");
    struct api_reply r = api_patch(&ada, path(a), "{\"done\":true}");
    assert_int_equal(r.status, 200);
    assert_int_equal(api_number(&r, "data.version"), 2);
    assert_string_equal(shown(), "2/3 +a +b c");
    assert_int_equal(api_patch(&ada, path(b), "{\"done\":false,\"text\":\"B\"}").status, 200);
    assert_string_equal(shown(), "1/3 +a B c");
    assert_int_equal(api_patch(&ada, path(c), "{\"done\":false}").status, 200); /* as it was */
    r = api_get(&ada, path(b));
    assert_string_equal(api_text(&r, "data.text"), "B");
    assert_int_equal(api_delete(&ada, path(a)).status, 200);
    assert_int_equal(api_get(&ada, path(a)).status, 404);
    assert_string_equal(shown(), "0/2 B c");
    assert_string_equal(
        kinds(),
        "added {\"checklist\": {\"to\": \"a\"}}, added {\"checklist\": {\"to\": \"b\"}}, added {\"checklist\": {\"to\": "
        "\"c\"}}, checked {\"checklist\": {\"to\": \"a\"}}, edited {\"checklist\": {\"to\": \"B\", \"from\": \"b\"}}, "
        "unchecked {\"checklist\": {\"to\": \"B\"}}, reordered {}, removed {\"checklist\": {\"from\": \"a\"}}");
    assert_int_equal(pg_count("select version from tenant_shared.tasks where id = '%s'", task), 8);
}

static void steps_stand_where_they_were_put(void **state)
{
    (void)state;
    const char *a = add("a", ""), *b = add("b", ""), *c = add("c", "");
    add("d", api_f(",\"after\":\"%s\"", a));
    add("e", api_f(",\"before\":\"%s\"", a));
    assert_string_equal(shown(), "0/5 e a d b c");
    assert_int_equal(api_patch(&ada, path(c), api_f("{\"before\":\"%s\"}", a)).status, 200);
    assert_int_equal(api_patch(&ada, path(a), api_f("{\"after\":\"%s\"}", b)).status, 200);
    assert_string_equal(shown(), "0/5 e c d b a");
    assert_int_equal(api_patch(&ada, path(b), api_f("{\"after\":\"%s\",\"before\":\"%s\"}", a, c)).status, 409);
    assert_int_equal(api_patch(&ada, path(b), api_f("{\"after\":\"%s\"}", task)).status, 409);
    assert_int_equal(api_patch(&ada, path(b), api_f("{\"after\":\"%s\"}", b)).status, 422);
    assert_string_equal(shown(), "0/5 e c d b a");
}

static int add_one(int index, void *arg)
{
    (void)arg;
    return api_post(&ada, path(""), api_f("{\"text\":\"%d\"}", index)).status == 201;
}

static void steps_added_at_once_are_all_there_in_an_order(void **state)
{
    int results[8];
    (void)state;
    api_at_once(8, add_one, NULL, results);
    for (int i = 0; i < 8; i++) {
        assert_int_equal(results[i], 1);
    }
    assert_int_equal(pg_count("select count(distinct position) from tenant_shared.checklist_items where task_id = '%s'", task),
                     8);
    assert_int_equal(pg_count("select checklist_total from tenant_shared.tasks where id = '%s'", task), 8);
}

static void a_checklist_has_a_hundred_steps_and_no_more(void **state)
{
    (void)state;
    pg_exec("insert into tenant_shared.checklist_items (brand_id, id, task_id, text, position) select '%s', karara.uuid_v7(), "
            "'%s', n::text, "
            "karara.rank_at(n) from generate_series(1, 99) n; update tenant_shared.tasks set checklist_total = 99 where id = "
            "'%s'",
            demo.id, task, task);
    int results[8], added = 0;
    api_at_once(8, add_one, NULL, results);
    for (int i = 0; i < 8; i++) {
        added += results[i];
    }
    assert_int_equal(added, 1); /* of eight at once */
    struct api_reply r = api_post(&ada, path(""), "{\"text\":\"One more\"}");
    assert_int_equal(r.status, 409);
    assert_non_null(strstr(r.body, "at most 100 steps"));
    r = api_get(&ada, api_f("%s?limit=100", path("")));
    assert_int_equal(json_array_size(api_json(&r, "data")), 100);
}

static void who_may_not_change_the_task_may_not_check_its_steps(void **state)
{
    (void)state;
    const char *a = add("a", "");
    assert_int_equal(api_get(&guest, path("")).status, 200);
    struct api_reply r = api_patch(&guest, path(a), "{\"done\":true}");
    assert_int_equal(r.status, 403);
    assert_int_equal(api_post(&guest, path(""), "{\"text\":\"b\"}").status, 403);
    assert_int_equal(api_delete(&guest, path(a)).status, 403);
    struct api_person stranger = api_person("stranger");
    struct api_brand other = api_brand("other", &stranger);
    (void)other;
    assert_int_equal(api_get(&stranger, path("")).status, 404);
    assert_int_equal(api_patch(&stranger, path(a), "{\"done\":true}").status, 404);
    struct uuid second = api_task(&demo, &ada, "Another");
    char elsewhere[UUID_TEXT_SIZE];
    uuid_format(&second, elsewhere);
    assert_int_equal(api_get(&ada, api_f("/api/v1/tasks/%s/checklist/%s", elsewhere, a)).status, 404);
}

static void an_older_step_is_not_overwritten(void **state)
{
    (void)state;
    const char *a = add("a", "");
    assert_int_equal(api_patch(&ada, path(a), "{\"text\":\"b\"}").status, 200);
    struct api_reply r = API_SEND(&ada, "PATCH", path(a), "{\"text\":\"c\"}", "If-Match", "\"v1\"");
    assert_int_equal(r.status, 412);
    assert_string_equal(api_text(&r, "error.details.current.text"), "b");
    assert_int_equal(API_SEND(&ada, "DELETE", path(a), NULL, "If-Match", "\"v1\"").status, 412);
}

static void people_read_what_was_checked_and_not_what_was_reordered(void **state)
{
    (void)state;
    const char *a = add("First", ""), *b = add("Second", "");
    assert_int_equal(api_patch(&ada, path(b), api_f("{\"before\":\"%s\"}", a)).status, 200);
    assert_int_equal(api_patch(&ada, path(a), "{\"done\":true}").status, 200);
    relay_all();
    struct api_reply r = api_get(&ada, api_f("/api/v1/tasks/%s/activity", task));
    assert_string_equal(api_text(&r, "data.0.verb"), "checklist_checked");
    assert_string_equal(api_text(&r, "data.0.changes.checklist.to"), "First");
    assert_int_equal(api_number(&r, "count"), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(steps_are_added_checked_edited_and_removed, new_task),
        cmocka_unit_test_setup(steps_stand_where_they_were_put, new_task),
        cmocka_unit_test_setup(steps_added_at_once_are_all_there_in_an_order, new_task),
        cmocka_unit_test_setup(a_checklist_has_a_hundred_steps_and_no_more, new_task),
        cmocka_unit_test_setup(who_may_not_change_the_task_may_not_check_its_steps, new_task),
        cmocka_unit_test_setup(an_older_step_is_not_overwritten, new_task),
        cmocka_unit_test_setup(people_read_what_was_checked_and_not_what_was_reordered, new_task),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
