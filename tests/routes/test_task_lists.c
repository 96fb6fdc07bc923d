/* test_task_lists.c - which tasks a list shows to whom. */
#include "cast.h"
#include "pg.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct api_person owner, member, client, stranger;
static struct api_brand brand, away;
static char far_board[UUID_TEXT_SIZE]; /* of a team that only the owner is in */

static const char *add(const char *board, const char *title, const char *more)
{
    struct api_reply r = api_post(&owner, api_f("/api/v1/boards/%s/tasks", board), api_f("{\"title\":\"%s\"%s}", title, more));
    assert_int_equal(r.status, 201);
    return api_text(&r, "data.id");
}

/* On the board: Apple, Banana, Cherry (client's), an archived Date. On the far one: Elder (member's), Fig. */
static int begin(void **state)
{
    (void)state;
    api_begin();
    stranger = api_person("stranger");
    brand = CAST("home", &owner, { &member, "member" }, { &client, "client" });
    away = api_brand("away", &stranger);
    struct api_reply r = api_post(&owner, "/api/v1/teams", "{\"name\":\"Far\"}");
    r = api_post(&owner, "/api/v1/boards", api_f("{\"name\":\"Far away\",\"team_id\":\"%s\"}", api_text(&r, "data.id")));
    snprintf(far_board, sizeof far_board, "%s", api_text(&r, "data.id"));
    add(brand.board_id, "Apple", ",\"priority\":\"high\",\"tags\":[\"red\",\"round\"],\"due_at\":\"2026-01-01T00:00:00Z\"");
    add(brand.board_id, "Banana 100%",
        ",\"status\":\"in_progress\",\"description\":\"long\",\"due_at\":\"2026-02-01T00:00:00Z\"");
    add(brand.board_id, "Cherry", api_f(",\"assignee_ids\":[\"%s\"],\"tags\":[\"red\"]", client.id));
    api_post(&owner, api_f("/api/v1/tasks/%s/archive", add(brand.board_id, "Date", "")), "{}");
    add(far_board, "Elder", api_f(",\"assignee_ids\":[\"%s\"],\"status\":\"completed\"", member.id));
    add(far_board, "Fig", "");
    api_task(&away, &stranger, "Foreign");
    return 0;
}

/* First letters of the titles, in the order of the list, and what it says of their number. */
static const char *shown(const struct api_person *who, const char *path)
{
    char letters[64] = "";
    struct api_reply r = api_get(who, path);
    if (r.status != 200) {
        fail_msg("%s: %d %s", path, r.status, r.body);
    }
    size_t n = json_array_size(api_json(&r, "data"));
    for (size_t i = 0; i < n && i < sizeof letters - 1; i++) {
        letters[i] = api_text(&r, api_f("data.%zu.title", i))[0];
        letters[i + 1] = '\0';
    }
    assert_int_equal(api_number(&r, "count"), n);
    return api_f("%s", letters);
}

static void a_board_shows_its_tasks_in_their_order(void **state)
{
    (void)state;
    const char *path = api_f("/api/v1/boards/%s/tasks", brand.board_id);
    pg_exec("update tenant_shared.tasks set position = 'a9' where title like 'Banana%%'");
    assert_string_equal(shown(&member, path), "ACB");
    assert_string_equal(shown(&member, api_f("%s?archived=true", path)), "D");
    assert_string_equal(shown(&member, api_f("%s?archived=false", path)), "ACB");
    assert_string_equal(shown(&member, api_f("%s?sort=-number", path)), "CBA");
    assert_string_equal(shown(&member, api_f("%s?assignee_id=%s", path, client.id)), "C");
    assert_string_equal(shown(&member, api_f("%s?q=AN", path)), "B");
    assert_string_equal(shown(&client, path), "C");
    assert_string_equal(shown(&owner, api_f("/api/v1/boards/%s/tasks", far_board)), "EF");
    assert_string_equal(shown(&member, api_f("/api/v1/boards/%s/tasks", far_board)), "E");
    assert_int_equal(api_get(&client, api_f("/api/v1/boards/%s/tasks", far_board)).status, 403);
    assert_int_equal(api_get(&client, api_f("/api/v1/boards/%s/tasks?q=x", far_board)).status, 403);
    assert_int_equal(api_get(&client, api_f("/api/v1/boards/%s/tasks", away.board_id)).status, 404);
}

static void the_brands_tasks_are_those_that_one_may_see(void **state)
{
    (void)state;
    assert_string_equal(shown(&owner, "/api/v1/tasks"), "FECBA");
    assert_string_equal(shown(&member, "/api/v1/tasks"), "ECBA");
    assert_string_equal(shown(&client, "/api/v1/tasks"), "C");
    assert_string_equal(shown(&owner, "/api/v1/tasks?archived=true"), "D");
    assert_string_equal(shown(&client, "/api/v1/tasks?archived=true"), "");
    assert_string_equal(shown(&owner, api_f("/api/v1/tasks?assignee_id=%s", member.id)), "E");
    assert_string_equal(shown(&member, api_f("/api/v1/tasks?assigneeId=%s", client.id)), "C");
    assert_string_equal(shown(&client, api_f("/api/v1/tasks?assignee_id=%s", member.id)), "");
    assert_string_equal(shown(&member, "/api/v1/users/me/tasks"), "E");
    assert_string_equal(shown(&client, "/api/v1/users/me/tasks"), "C");
    assert_string_equal(shown(&client, "/api/v1/users/me/tasks?archived=true"), "");
    assert_string_equal(shown(&owner, "/api/v1/users/me/tasks"), "");
}

static void filters_and_orders_narrow_a_list(void **state)
{
    (void)state;
    assert_string_equal(shown(&owner, "/api/v1/tasks?sort=title"), "ABCEF");
    assert_string_equal(shown(&owner, "/api/v1/tasks?status=in_progress,completed&sort=title"), "BE");
    assert_string_equal(shown(&owner, "/api/v1/tasks?priority=high"), "A");
    assert_string_equal(shown(&owner, "/api/v1/tasks?tags=red&sort=title"), "AC");
    assert_string_equal(shown(&owner, "/api/v1/tasks?due_at[lt]=2026-01-15T00:00:00Z"), "A");
    assert_string_equal(shown(&owner, "/api/v1/tasks?due_at[gte]=2026-01-01T00:00:00Z&sort=-due_at"), "BA");
    assert_string_equal(shown(&owner, "/api/v1/tasks?due_at=null&sort=title"), "CEF");
    assert_string_equal(shown(&owner, api_f("/api/v1/tasks?board_id=%s&sort=title", far_board)), "EF");
    assert_string_equal(shown(&owner, api_f("/api/v1/tasks?list_id=%s&sort=title", brand.progress_id)), "B");
    assert_string_equal(shown(&owner, "/api/v1/tasks?q=100%25"), "B");
    assert_string_equal(shown(&owner, "/api/v1/tasks?q=%25"), "B"); /* no pattern */
    assert_string_equal(shown(&owner, "/api/v1/tasks?q=_"), "");
    assert_string_equal(shown(&owner, api_f("/api/v1/tasks?created_by=%s&sort=created_at", owner.id)), "ABCEF");
    assert_int_equal(api_get(&owner, "/api/v1/tasks?status=gone").status, 422);
    assert_int_equal(api_get(&owner, "/api/v1/tasks?description=x").status, 422);
}

static void a_search_takes_words_in_any_order_and_references(void **state)
{
    (void)state;
    struct api_reply r = api_get(&owner, api_f("/api/v1/tasks?board_id=%s&q=fig", far_board));
    const char *reference = api_text(&r, "data.0.reference");
    assert_string_equal(shown(&owner, "/api/v1/tasks?q=100%25+ban"), "B");
    assert_string_equal(shown(&owner, "/api/v1/tasks?q=banana+fig"), "");
    assert_string_equal(shown(&owner, "/api/v1/tasks?q=+fig+"), "F");
    assert_string_equal(shown(&owner, api_f("/api/v1/tasks?q=%s", reference)), "F");
    assert_string_equal(shown(&owner, api_f("/api/v1/tasks?q=fi+%s", reference)), "F");
    assert_string_equal(shown(&member, api_f("/api/v1/tasks?q=%s", reference)), "");
    assert_string_equal(shown(&owner, "/api/v1/tasks?q=%5C"), "");
}

static void descriptions_come_only_when_asked_for(void **state)
{
    (void)state;
    struct api_reply r = api_get(&owner, "/api/v1/tasks?q=Banana");
    assert_null(api_json(&r, "data.0.description"));
    assert_null(api_json(&r, "data.0.assignees"));
    r = api_get(&owner, "/api/v1/tasks?q=Banana&include=description");
    assert_string_equal(api_text(&r, "data.0.description"), "long");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_board_shows_its_tasks_in_their_order),
        cmocka_unit_test(the_brands_tasks_are_those_that_one_may_see),
        cmocka_unit_test(filters_and_orders_narrow_a_list),
        cmocka_unit_test(a_search_takes_words_in_any_order_and_references),
        cmocka_unit_test(descriptions_come_only_when_asked_for),
    };
    return cmocka_run_group_tests_name("task lists", tests, begin, NULL);
}
