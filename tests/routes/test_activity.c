/* test_activity.c - what happened to tasks and boards: who reads what, in words that can be made of it. */
#include "cast.h"
#include "pg.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct api_person owner, member, client, outsider, stranger;
static struct api_brand brand, away;
static char shared[64]; /* a task that the client is assigned to */
static char other[64];

static const char *made(const char *title)
{
    struct api_reply r = api_post(&owner, api_f("/api/v1/boards/%s/tasks", brand.board_id), api_f("{\"title\":\"%s\"}", title));
    assert_int_equal(r.status, 201);
    return api_text(&r, "data.id");
}

static void done(struct api_reply r)
{
    assert_in_range(r.status, 200, 201);
}

static int begin(void **state)
{
    (void)state;
    api_begin();
    stranger = api_person("stranger");
    brand = CAST("home", &owner, { &member, "member" }, { &client, "client" }, { &outsider, "client outsider" });
    away = api_brand("away", &stranger);
    snprintf(shared, sizeof shared, "%s", made("Bake a cake"));
    snprintf(other, sizeof other, "%s", made("Count eggs"));
    done(api_post(&owner, api_f("/api/v1/tasks/%s/assign", shared), api_f("{\"assignee_ids\":[\"%s\"]}", client.id)));
    done(api_patch(&owner, api_f("/api/v1/tasks/%s/move?status=in_progress", other), "{}"));
    done(api_patch(&owner, api_f("/api/v1/tasks/%s", shared),
                   "{\"title\":\"Bake two cakes\",\"description\":\"With **nuts**\",\"priority\":\"high\"}"));
    done(api_patch(&owner, api_f("/api/v1/lists/%s", brand.todo_id), "{\"name\":\"Next\"}"));
    relay_all();
    return 0;
}

static struct api_reply of_task(const struct api_person *who, const char *task)
{
    return api_get(who, api_f("/api/v1/tasks/%s/activity", task));
}

static struct api_reply of_board(const struct api_person *who, const char *query)
{
    return api_get(who, api_f("/api/v1/boards/%s/activity%s", brand.board_id, query));
}

/* "verb title" of each entry, newest first. */
static const char *told(const struct api_reply *r)
{
    const char *all = "";
    assert_int_equal(r->status, 200);
    for (size_t i = 0; i < json_array_size(api_json(r, "data")); i++) {
        all = api_f("%s%s%s %s", all, i > 0 ? "; " : "", api_text(r, api_f("data.%zu.verb", i)),
                    api_text(r, api_f("data.%zu.subject.title", i)));
    }
    return all;
}

static void a_task_tells_who_did_what_newest_first(void **state)
{
    (void)state;
    struct api_reply r = of_task(&member, shared);
    assert_string_equal(told(&r), "updated Bake two cakes; assigned Bake two cakes; created Bake two cakes");
    assert_string_equal(api_text(&r, "data.0.actor.id"), owner.id);
    assert_string_equal(api_text(&r, "data.0.actor.name"), "Owner Tester");
    assert_string_equal(api_text(&r, "data.0.subject.type"), "task");
    assert_string_equal(api_text(&r, "data.0.subject.reference"), "WEB-1");
    assert_string_equal(api_text(&r, "data.0.changes.title.from"), "Bake a cake");
    assert_string_equal(api_text(&r, "data.0.changes.title.to"), "Bake two cakes");
    assert_string_equal(api_text(&r, "data.0.changes.priority.from"), "medium");
    assert_int_equal(json_object_size(api_json(&r, "data.0.changes.description")), 0);
    assert_int_equal(json_object_size(api_json(&r, "data.0.changes")), 3);
    assert_string_equal(api_text(&r, "data.1.changes.assignee_ids.added.0"), client.id);
    assert_string_equal(api_text(&r, "data.1.people.0.name"), "Client Tester");
    assert_int_equal(json_object_size(api_json(&r, "data.2.changes")), 0);
}

static void a_move_names_the_lists_as_they_were(void **state)
{
    (void)state;
    struct api_reply r = of_task(&member, other);
    assert_string_equal(told(&r), "moved Count eggs; created Count eggs");
    assert_string_equal(api_text(&r, "data.0.changes.status.to"), "in_progress");
    assert_string_equal(api_text(&r, "data.0.changes.list_id.to_name"), "In progress");
    assert_string_equal(api_text(&r, "data.0.changes.list_id.to"), brand.progress_id);
}

static void a_board_tells_of_all_that_is_on_it(void **state)
{
    (void)state;
    struct api_reply r = of_board(&member, "");
    assert_string_equal(told(&r),
                        "updated Next; updated Bake two cakes; moved Count eggs; assigned Bake two cakes; created Count "
                        "eggs; created Bake two cakes");
    assert_string_equal(api_text(&r, "data.0.subject.type"), "list");
    assert_string_equal(api_text(&r, "data.0.changes.name.from"), "To do");
    assert_int_equal(api_number(&r, "count"), 6);
    r = of_board(&member, "?verb=moved");
    assert_string_equal(told(&r), "moved Count eggs");
}

static void it_is_read_page_by_page(void **state)
{
    (void)state;
    struct api_reply r = of_board(&member, "?limit=4");
    assert_int_equal(json_array_size(api_json(&r, "data")), 4);
    const char *next = strstr(api_text(&r, "next"), "?");
    assert_non_null(next);
    r = of_board(&member, next);
    assert_string_equal(told(&r), "created Count eggs; created Bake two cakes");
}

static void it_is_seen_as_the_task_and_the_board_are(void **state)
{
    (void)state;
    struct api_reply r = of_task(&client, shared);
    assert_int_equal(json_array_size(api_json(&r, "data")), 3);
    assert_int_equal(of_task(&client, other).status, 403);
    assert_int_equal(of_task(&outsider, shared).status, 403);
    assert_int_equal(of_task(&stranger, shared).status, 404);
    r = of_board(&client, "");
    assert_string_equal(told(&r), "updated Bake two cakes; assigned Bake two cakes; created Bake two cakes");
    assert_int_equal(api_number(&r, "count"), 3);
    assert_int_equal(of_board(&outsider, "").status, 403);
    assert_int_equal(of_board(&stranger, "").status, 404);
    assert_int_equal(of_board(NULL, "").status, 401);
}

static void what_is_gone_is_still_told_of_by_the_board(void **state)
{
    (void)state;
    const char *task = made("Brief");
    struct api_reply r = api_post(&owner, api_f("/api/v1/boards/%s/lists", brand.board_id), "{\"name\":\"Aside\"}");
    done(api_delete(&owner, api_f("/api/v1/tasks/%s", task)));
    done(api_delete(&owner, api_f("/api/v1/lists/%s", api_text(&r, "data.id"))));
    relay_all();
    r = of_board(&member, "?limit=4");
    assert_string_equal(told(&r), "deleted Aside; deleted Brief; created ; created ");
    assert_string_equal(api_text(&r, "data.1.subject.reference"), "WEB-3");
    assert_int_equal(of_task(&member, task).status, 404);
}

static void a_board_takes_its_activity_with_it(void **state)
{
    (void)state;
    struct api_reply r = api_post(&owner, "/api/v1/boards", api_f("{\"name\":\"Short\",\"team_id\":\"%s\"}", brand.team_id));
    const char *id = api_text(&r, "data.id");
    relay_all();
    assert_int_equal(pg_count("select count(*) from tenant_shared.activities where board_id = '%s'", id), 1);
    done(api_delete(&owner, api_f("/api/v1/boards/%s", id)));
    relay_all();
    assert_int_equal(pg_count("select count(*) from tenant_shared.activities where board_id = '%s'", id), 0);
}

static void a_team_tells_who_came_and_went(void **state)
{
    (void)state;
    const char *members = api_f("/api/v1/teams/%s/members", brand.team_id);
    const char *path = api_f("/api/v1/teams/%s/activity", brand.team_id);
    done(api_patch(&owner, api_f("/api/v1/teams/%s", brand.team_id), "{\"name\":\"Bakers\"}"));
    done(api_post(&owner, members, api_f("{\"user_id\":\"%s\"}", outsider.id)));
    done(api_patch(&owner, api_f("%s/%s", members, outsider.id), "{\"role\":\"manager\"}"));
    done(api_delete(&owner, api_f("%s/%s", members, outsider.id)));
    relay_all();
    struct api_reply r = api_get(&member, path);
    assert_string_equal(told(&r), "member_removed Bakers; member_updated Bakers; member_added Bakers; updated Bakers");
    assert_string_equal(api_text(&r, "data.0.subject.type"), "team");
    assert_string_equal(api_text(&r, "data.0.changes.member_ids.removed.0"), outsider.id);
    assert_string_equal(api_text(&r, "data.0.people.0.name"), "Outsider Tester");
    assert_string_equal(api_text(&r, "data.1.changes.role.from"), "member");
    assert_string_equal(api_text(&r, "data.1.changes.role.to"), "manager");
    assert_string_equal(api_text(&r, "data.2.changes.member_ids.added.0"), outsider.id);
    assert_int_equal(api_get(&client, path).status, 403);
    assert_int_equal(api_get(&stranger, path).status, 404);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_task_tells_who_did_what_newest_first),
        cmocka_unit_test(a_move_names_the_lists_as_they_were),
        cmocka_unit_test(a_board_tells_of_all_that_is_on_it),
        cmocka_unit_test(it_is_read_page_by_page),
        cmocka_unit_test(it_is_seen_as_the_task_and_the_board_are),
        cmocka_unit_test(what_is_gone_is_still_told_of_by_the_board),
        cmocka_unit_test(a_team_tells_who_came_and_went),
        cmocka_unit_test(a_board_takes_its_activity_with_it),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
