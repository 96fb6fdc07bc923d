/* test_divisions.c - the tree of a brand's divisions, who is in them, and what that opens. */
#include "cast.h"
#include "pg.h"
#include "pool.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define DIVISIONS "/api/v1/divisions"

static struct api_person owner, manager, member, client, stranger;
static struct api_brand brand, away;
static int serial;

static int begin(void **state)
{
    (void)state;
    api_begin();
    stranger = api_person("stranger");
    brand = CAST("home", &owner, { &manager, "manager" }, { &member, "member" }, { &client, "client" });
    away = api_brand("away", &stranger);
    return 0;
}

static const char *path_of(const char *id)
{
    return api_f(DIVISIONS "/%s", id != NULL ? id : "");
}

/* A new division; NULL for the top. */
static const char *make(const char *parent)
{
    const char *above = parent != NULL ? api_f("\"%s\"", parent) : "null";
    struct api_reply r =
        api_post(&owner, DIVISIONS, api_f("{\"name\":\"Division %d\",\"parent_division_id\":%s}", ++serial, above));
    assert_int_equal(r.status, 201);
    return api_text(&r, "data.id");
}

static int put_in(const char *division, const struct api_person *p)
{
    return api_post(&owner, api_f("%s/members", path_of(division)), api_f("{\"user_id\":\"%s\"}", p->id)).status;
}

static int take_out(const char *division, const struct api_person *p)
{
    return api_delete(&owner, api_f("%s/members/%s", path_of(division), p->id)).status;
}

static int give(const char *division, const char *team)
{
    return api_post(&owner, api_f("%s/teams", path_of(division)), api_f("{\"team_id\":\"%s\"}", team)).status;
}

static int take(const char *division, const char *team)
{
    return api_delete(&owner, api_f("%s/teams/%s", path_of(division), team)).status;
}

static int move(const char *division, const char *parent)
{
    const char *above = parent != NULL ? api_f("\"%s\"", parent) : "null";
    return api_patch(&owner, path_of(division), api_f("{\"parent_division_id\":%s}", above)).status;
}

/* A new team, with a board, that only the owner is in. */
struct closed {
    char team[UUID_TEXT_SIZE], board[UUID_TEXT_SIZE];
};

static struct closed closed_team(void)
{
    struct closed c;
    struct api_reply r = api_post(&owner, "/api/v1/teams", api_f("{\"name\":\"Closed %d\"}", ++serial));
    strcpy(c.team, api_text(&r, "data.id"));
    r = api_post(&owner, "/api/v1/boards", api_f("{\"name\":\"Board %d\",\"team_id\":\"%s\"}", serial, c.team));
    assert_int_equal(r.status, 201);
    strcpy(c.board, api_text(&r, "data.id"));
    return c;
}

static bool sees(const struct api_person *who, const struct closed *c)
{
    int status = api_get(who, api_f("/api/v1/boards/%s", c->board)).status;
    assert_true(status == 200 || status == 403);
    assert_int_equal(api_get(who, api_f("/api/v1/teams/%s", c->team)).status, status);
    return status == 200;
}

/* ---- the tree ---- */

static void divisions_make_a_tree(void **state)
{
    (void)state;
    struct api_reply r = api_post(&owner, DIVISIONS, "{\"name\":\" Sales \",\"description\":\"sells\"}");
    assert_int_equal(r.status, 201);
    const char *id = api_text(&r, "data.id");
    assert_string_equal(api_header(&r, "Location"), api_f("/api/v1/divisions/%s", id));
    assert_string_equal(api_text(&r, "data.name"), "Sales");
    assert_true(json_is_null(api_json(&r, "data.parent_division_id")));
    r = api_post(&owner, DIVISIONS, api_f("{\"name\":\"SALES\",\"parent_division_id\":\"%s\"}", id));
    assert_int_equal(r.status, 201); /* elsewhere in the tree a name is free */
    const char *below = api_text(&r, "data.id");
    r = api_post(&owner, DIVISIONS, "{\"name\":\"sales\"}");
    refused(&r, 409, "already_exists");
    assert_non_null(api_json(&r, "error.field_errors.name"));
    r = api_post(&owner, DIVISIONS, api_f("{\"name\":\"Lost\",\"parent_division_id\":\"%s\"}", brand.id));
    refused(&r, 422, "validation_failed");
    assert_non_null(api_json(&r, "error.field_errors.parent_division_id"));
    r = api_get(&member, api_f(DIVISIONS "?parent_division_id=%s", id));
    assert_int_equal(api_number(&r, "count"), 1);
    assert_string_equal(api_text(&r, "data.0.id"), below);
    r = api_patch(&owner, path_of(below), "{\"name\":\"North\",\"description\":\"cold\"}");
    assert_string_equal(api_text(&r, "data.name"), "North");
    assert_string_equal(api_text(&r, "data.parent_division_id"), id);
    r = API_SEND(&owner, "PATCH", path_of(below), "{\"name\":\"South\"}", "If-Match", "\"v1\"");
    refused(&r, 412, "version_mismatch");
    assert_string_equal(api_text(&r, "error.details.current.name"), "North");
    assert_string_equal(
        pg_value("select string_agg(action, ' ' order by number) from karara.audit_entries where resource_id = '%s'", below),
        "division.created division.updated");
}

/* How an organisation is built is nothing that was shared with its clients. */
static void clients_see_the_divisions_that_they_are_in_and_those_above(void **state)
{
    (void)state;
    const char *top = make(NULL), *mine = make(top), *below = make(mine), *beside = make(top);
    struct api_reply r = api_get(&client, api_f(DIVISIONS "?parent_division_id=%s", top));
    assert_int_equal(api_number(&r, "count"), 0);
    assert_int_equal(api_get(&client, path_of(mine)).status, 403);
    assert_int_equal(put_in(mine, &client), 201);
    r = api_get(&client, api_f(DIVISIONS "?parent_division_id=%s", top));
    assert_int_equal(api_number(&r, "count"), 1);
    assert_string_equal(api_text(&r, "data.0.id"), mine);
    assert_int_equal(api_get(&client, path_of(top)).status, 200);
    assert_int_equal(api_get(&client, path_of(below)).status, 403);
    assert_int_equal(api_get(&client, path_of(beside)).status, 403);
    assert_int_equal(api_get(&member, path_of(beside)).status, 200);
    assert_int_equal(api_delete(&owner, api_f("%s/members/%s", path_of(mine), client.id)).status, 200);
    assert_int_equal(api_get(&client, path_of(mine)).status, 403);
}

static void who_manages_users_changes_divisions_and_members_read(void **state)
{
    (void)state;
    const char *id = make(NULL);
    assert_int_equal(api_get(&member, path_of(id)).status, 200);
    assert_int_equal(api_get(&stranger, path_of(id)).status, 404);
    assert_int_equal(api_post(&manager, DIVISIONS, "{\"name\":\"Mine\"}").status, 403);
    assert_int_equal(api_patch(&manager, path_of(id), "{\"name\":\"Mine\"}").status, 403);
    assert_int_equal(api_delete(&manager, path_of(id)).status, 403);
    assert_int_equal(api_patch(&stranger, path_of(id), "{\"name\":\"Mine\"}").status, 404);
    assert_int_equal(api_get(&owner, path_of(brand.id)).status, 404);
}

static void a_division_is_never_below_itself(void **state)
{
    (void)state;
    const char *a = make(NULL), *b = make(a), *c = make(b);
    struct api_reply r = api_patch(&owner, path_of(a), api_f("{\"parent_division_id\":\"%s\"}", c));
    refused(&r, 409, "conflict");
    assert_string_equal(api_text(&r, "error.details.reason"), "cycle");
    assert_int_equal(move(a, a), 409);
    assert_int_equal(move(c, a), 200);
    assert_int_equal(move(b, c), 200);
    assert_int_equal(move(b, NULL), 200);
    assert_int_equal(move(b, brand.id), 422);
}

static void divisions_are_ten_deep_at_most(void **state)
{
    (void)state;
    const char *at[11] = { NULL };
    for (int i = 1; i <= 10; i++) {
        at[i] = make(at[i - 1]);
    }
    struct api_reply r = api_post(&owner, DIVISIONS, api_f("{\"name\":\"Eleventh\",\"parent_division_id\":\"%s\"}", at[10]));
    refused(&r, 409, "conflict");
    assert_string_equal(api_text(&r, "error.details.reason"), "depth");
    const char *two = make(NULL);
    make(two);
    assert_int_equal(move(two, at[9]), 409);
    assert_int_equal(move(two, at[8]), 200);
}

static void a_division_goes_when_none_is_below_it_or_these_move_up(void **state)
{
    (void)state;
    const char *top = make(NULL), *middle = make(top), *low = make(middle);
    struct api_reply r = api_delete(&owner, path_of(middle));
    refused(&r, 409, "conflict");
    assert_string_equal(api_text(&r, "error.details.reason"), "divisions");
    r = API_SEND(&owner, "DELETE", api_f("%s?move_children=true", path_of(middle)), NULL, "If-Match", "\"v9\"");
    refused(&r, 412, "version_mismatch");
    r = api_get(&owner, path_of(low));
    assert_string_equal(api_text(&r, "data.parent_division_id"), middle);
    assert_int_equal(api_delete(&owner, api_f("%s?move_children=true", path_of(middle))).status, 200);
    r = api_get(&owner, path_of(low));
    assert_string_equal(api_text(&r, "data.parent_division_id"), top);
    assert_int_equal(api_number(&r, "data.version"), 2);
    assert_int_equal(pg_count("select count(*) from karara.events where kind = 'division.updated' and subject_id = '%s'", low),
                     1);
    assert_int_equal(api_delete(&owner, path_of(low)).status, 200);
    assert_int_equal(api_delete(&owner, path_of(low)).status, 404);
}

/* ---- what it opens ---- */

static void a_team_given_to_a_division_is_open_to_all_below_it(void **state)
{
    (void)state;
    struct closed c = closed_team();
    const char *top = make(NULL), *low = make(make(top)), *beside = make(NULL);
    assert_int_equal(put_in(low, &member), 201);
    assert_int_equal(put_in(beside, &client), 201);
    assert_false(sees(&member, &c));
    assert_int_equal(give(top, c.team), 201);
    assert_true(sees(&member, &c));
    assert_false(sees(&client, &c));
    struct api_reply r = api_post(&member, api_f("/api/v1/boards/%s/tasks", c.board), "{\"title\":\"From below\"}");
    assert_int_equal(r.status, 201);
    r = api_get(&member, api_f("/api/v1/boards/%s/snapshot", c.board));
    assert_int_equal(json_array_size(api_json(&r, "data.tasks")), 1);
    bool listed = false;
    for (size_t i = 0; i < json_array_size(api_json(&r, "data.members")); i++) {
        const char *id = api_text(&r, api_f("data.members.%zu.id", i));
        listed |= strcmp(id, member.id) == 0;
        assert_string_not_equal(id, client.id);
    }
    assert_true(listed);
    assert_int_equal(api_patch(&member, api_f("/api/v1/teams/%s", c.team), "{\"name\":\"Mine\"}").status, 403);
    assert_int_equal(take(top, c.team), 200);
    assert_false(sees(&member, &c));
    assert_int_equal(pg_count("select count(*) from tenant_shared.team_members where team_id = '%s'", c.team), 1);
}

static void access_follows_people_and_divisions_at_once(void **state)
{
    (void)state;
    struct closed c = closed_team();
    const char *given = make(NULL), *low = make(given), *other = make(NULL);
    assert_int_equal(give(given, c.team), 201);
    assert_false(sees(&member, &c));
    assert_int_equal(put_in(low, &member), 201);
    assert_true(sees(&member, &c));
    assert_int_equal(take_out(low, &member), 200);
    assert_false(sees(&member, &c));
    assert_int_equal(put_in(low, &member), 201);
    assert_int_equal(move(low, other), 200);
    assert_false(sees(&member, &c));
    assert_int_equal(move(low, given), 200);
    assert_true(sees(&member, &c));
    assert_int_equal(api_delete(&owner, api_f("%s?move_children=true", path_of(given))).status, 200);
    assert_false(sees(&member, &c));
    assert_int_equal(give(low, c.team), 201);
    assert_true(sees(&member, &c));
    assert_int_equal(api_delete(&owner, path_of(low)).status, 200);
    assert_false(sees(&member, &c));
}

/* In workers that keep their own caches, with and without memcached. */
static void no_worker_keeps_what_was_taken(void **state)
{
    (void)state;
    struct closed c = closed_team();
    const char *top = make(NULL), *low = make(top);
    const char *board = api_f("/api/v1/boards/%s", c.board);
    assert_int_equal(put_in(low, &member), 201);
    pool_start(3);
    for (int round = 0; round < 12; round++) {
        assert_int_equal(give(top, c.team), 201);
        for (int w = 0; w < 3; w++) {
            assert_int_equal(pool_ask(w, &member, "GET", board, NULL).status, 200);
        }
        if (round == 6) {
            pg_memcached_stop();
        }
        assert_int_equal(take(top, c.team), 200);
        for (int w = 0; w < 3; w++) {
            assert_int_equal(pool_ask(w, &member, "GET", board, NULL).status, 403);
        }
    }
    pool_stop();
    pg_memcached_start();
}

static void somebody_may_be_in_a_team_both_ways(void **state)
{
    (void)state;
    struct closed c = closed_team();
    const char *d = make(NULL), *e = make(d);
    assert_int_equal(give(d, c.team), 201);
    assert_int_equal(give(e, c.team), 201);
    assert_int_equal(put_in(e, &member), 201);
    assert_int_equal(
        api_post(&owner, api_f("/api/v1/teams/%s/members", c.team), api_f("{\"user_id\":\"%s\"}", member.id)).status, 201);
    struct api_reply r = api_get(&member, "/api/v1/teams?limit=100");
    assert_int_equal(json_array_size(api_json(&r, "data")), 2);
    assert_int_equal(take(d, c.team), 200);
    assert_int_equal(take(e, c.team), 200);
    assert_true(sees(&member, &c));
}

/* ---- members and teams ---- */

static void people_of_the_brand_are_put_into_divisions(void **state)
{
    (void)state;
    const char *d = make(NULL);
    const char *path = api_f("%s/members", path_of(d));
    struct api_reply r = api_post(&owner, path, api_f("{\"user_id\":\"%s\"}", member.id));
    assert_int_equal(r.status, 201);
    assert_string_equal(api_text(&r, "data.name"), "Member Tester");
    assert_string_equal(api_header(&r, "Location"), api_f("%s/%s", path, member.id));
    assert_int_equal(api_get(&manager, api_f("%s/%s", path, member.id)).status, 200);
    r = api_post(&owner, path, api_f("{\"user_id\":\"%s\"}", member.id));
    refused(&r, 409, "already_exists");
    r = api_post(&owner, path, api_f("{\"user_id\":\"%s\"}", stranger.id));
    assert_non_null(api_json(&r, "error.field_errors.user_id"));
    assert_int_equal(put_in(brand.id, &member), 404);
    r = api_get(&manager, path);
    assert_int_equal(api_number(&r, "count"), 1);
    r = api_get(&client, path); /* shares no team with them */
    assert_int_equal(api_number(&r, "count"), 0);
    assert_int_equal(api_get(&client, api_f("%s/%s", path, member.id)).status, 403);
    assert_int_equal(api_get(&owner, api_f("%s/members", path_of(brand.id))).status, 404);
    assert_int_equal(api_delete(&manager, api_f("%s/%s", path, member.id)).status, 403);
    r = api_get(&owner, path_of(d));
    assert_int_equal(api_number(&r, "data.member_count"), 1);
    assert_int_equal(take_out(d, &member), 200);
    assert_int_equal(take_out(d, &member), 404);
    assert_string_equal(
        pg_value("select string_agg(action, ' ' order by number) from karara.audit_entries where resource_type = "
                 "'division_member' and coalesce(before, after) ->> 'division_id' = '%s'",
                 d),
        "division.member_added division.member_removed");
}

static void teams_of_the_brand_are_given_to_divisions(void **state)
{
    (void)state;
    const char *d = make(NULL);
    struct closed c = closed_team();
    const char *path = api_f("%s/teams", path_of(d));
    struct api_reply r = api_post(&owner, path, api_f("{\"team_id\":\"%s\"}", c.team));
    assert_int_equal(r.status, 201);
    assert_string_equal(api_header(&r, "Location"), api_f("%s/%s", path, c.team));
    assert_int_equal(give(d, c.team), 409);
    assert_int_equal(give(d, away.team_id), 422);
    assert_int_equal(give(brand.id, c.team), 404);
    assert_int_equal(api_get(&owner, api_f("%s/%s", path, c.team)).status, 200);
    assert_int_equal(api_get(&member, api_f("%s/%s", path, c.team)).status, 403);
    r = api_get(&member, path);
    assert_int_equal(api_number(&r, "count"), 0);
    r = api_get(&owner, path);
    assert_string_equal(api_text(&r, "data.0.id"), c.team);
    assert_int_equal(api_get(&owner, api_f("%s/teams", path_of(brand.id))).status, 404);
    assert_int_equal(api_post(&manager, path, api_f("{\"team_id\":\"%s\"}", brand.team_id)).status, 403);
    assert_int_equal(take(d, c.team), 200);
    assert_int_equal(take(d, c.team), 404);
    assert_string_equal(
        pg_value("select string_agg(action, ' ' order by number) from karara.audit_entries where resource_type = "
                 "'division_team' and resource_id = '%s'",
                 c.team),
        "division.team_added division.team_removed");
}

static void who_leaves_the_brand_leaves_its_divisions(void **state)
{
    (void)state;
    struct api_person p = api_person("leaving");
    api_join(&brand, &p, "member");
    const char *d = make(NULL);
    assert_int_equal(put_in(d, &p), 201);
    assert_int_equal(api_delete(&owner, api_f("/api/v1/brands/%s/users/%s", brand.id, p.id)).status, 200);
    assert_int_equal(pg_count("select count(*) from tenant_shared.division_members where division_id = '%s'", d), 0);
}

/* ---- at once ---- */

struct ring {
    char ids[2][UUID_TEXT_SIZE];
};

static int move_below_the_other(int index, void *arg)
{
    const struct ring *r = arg;
    int status = move(r->ids[index], r->ids[1 - index]);
    return status == 200 ? 1 : status == 409 ? 2 : 0;
}

static void two_moves_at_once_make_no_ring(void **state)
{
    (void)state;
    for (int round = 0; round < 10; round++) {
        int results[2];
        struct ring r;
        strcpy(r.ids[0], make(NULL));
        strcpy(r.ids[1], make(NULL));
        api_at_once(2, move_below_the_other, &r, results);
        assert_int_equal(results[0] + results[1], 3);
        assert_int_equal(
            pg_count("select count(*) from tenant_shared.divisions where id in ('%s', '%s') and parent_division_id is null",
                     r.ids[0], r.ids[1]),
            1);
    }
}

struct column {
    char end[UUID_TEXT_SIZE], pieces[2][UUID_TEXT_SIZE];
};

static int grow(int index, void *arg)
{
    const struct column *c = arg;
    int status = move(c->pieces[index], index == 0 ? c->end : c->pieces[0]);
    return status == 200 ? 1 : status == 409 ? 2 : 0;
}

/* Eight deep, and two pieces of two levels: one fits below, and the second would only fit elsewhere. */
static void two_moves_at_once_go_no_deeper_than_ten(void **state)
{
    (void)state;
    for (int round = 0; round < 4; round++) {
        int results[2];
        struct column c;
        const char *at = NULL;
        for (int i = 0; i < 8; i++) {
            at = make(at);
        }
        strcpy(c.end, at);
        strcpy(c.pieces[0], make(NULL));
        strcpy(c.pieces[1], make(NULL));
        make(c.pieces[1]);
        api_at_once(2, grow, &c, results);
        assert_int_equal(results[0] + results[1], 3);
        assert_true(
            pg_count("with recursive up as (select id, parent_division_id, 1 as level from tenant_shared.divisions where "
                     "parent_division_id is null union all select d.id, d.parent_division_id, up.level + 1 from up join "
                     "tenant_shared.divisions d on d.parent_division_id = up.id) select max(level) from up") <= 10);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(divisions_make_a_tree),
        cmocka_unit_test(clients_see_the_divisions_that_they_are_in_and_those_above),
        cmocka_unit_test(who_manages_users_changes_divisions_and_members_read),
        cmocka_unit_test(a_division_is_never_below_itself),
        cmocka_unit_test(divisions_are_ten_deep_at_most),
        cmocka_unit_test(a_division_goes_when_none_is_below_it_or_these_move_up),
        cmocka_unit_test(a_team_given_to_a_division_is_open_to_all_below_it),
        cmocka_unit_test(access_follows_people_and_divisions_at_once),
        cmocka_unit_test(no_worker_keeps_what_was_taken),
        cmocka_unit_test(somebody_may_be_in_a_team_both_ways),
        cmocka_unit_test(people_of_the_brand_are_put_into_divisions),
        cmocka_unit_test(teams_of_the_brand_are_given_to_divisions),
        cmocka_unit_test(who_leaves_the_brand_leaves_its_divisions),
        cmocka_unit_test(two_moves_at_once_make_no_ring),
        cmocka_unit_test(two_moves_at_once_go_no_deeper_than_ten),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
