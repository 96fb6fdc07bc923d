/* test_places.c - a brand has as many people as its plan has places for, whichever ways they come. */
#include "cast.h"
#include "pg.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* ---- tools ---- */

static int serial;

static const char *members_path(const struct api_brand *b)
{
    return api_f("/api/v1/brands/%s/users", b->id);
}

static const char *member_path(const struct api_brand *b, const struct api_person *p)
{
    return api_f("/api/v1/brands/%s/users/%s", b->id, p->id);
}

static struct api_reply change(const struct api_person *who, const struct api_brand *b, const struct api_person *whom,
                               const char *body)
{
    return api_patch(who, member_path(b, whom), body);
}

struct crowd {
    struct api_person owner;
    struct api_brand brand;
    char ids[50][37];
};

static int add_one(int index, void *arg)
{
    const struct crowd *c = arg;
    struct api_reply r =
        api_post(&c->owner, members_path(&c->brand), api_f("{\"user_id\":\"%s\",\"role\":\"member\"}", c->ids[index]));
    return r.status == 201 ? 1 : r.status == 403 && strcmp(api_error(&r), "plan_limit_reached") == 0 ? 2 : 0;
}

static void fifty_who_come_at_once_find_only_the_places_of_the_plan(void **state)
{
    (void)state;
    static struct crowd c;
    int results[50];
    int added = 0;
    c.owner = api_person("crowded");
    c.brand = api_brand("crowd", &c.owner);
    for (int i = 0; i < 50; i++) {
        struct api_person p = api_person(api_f("crowd%d", i));
        memcpy(c.ids[i], p.id, sizeof c.ids[i]);
    }
    api_acquaint(&c.owner);
    pg_exec("update karara.brands set subscription = '{\"max_users\": 8}' where id = '%s'", c.brand.id);
    api_at_once(50, add_one, &c, results);
    for (int i = 0; i < 50; i++) {
        assert_int_not_equal(results[i], 0);
        assert_int_not_equal(results[i], 255);
        added += results[i] == 1;
    }
    assert_int_equal(added, 7);
    assert_int_equal(pg_count("select count(*) from karara.brand_members where brand_id = '%s'", c.brand.id), 8);
}

/* Each of these takes a place, and there are two. */
struct places {
    struct api_person owner, suspended, ended, known[2];
    struct api_brand brand;
};

static int take_place(int index, void *arg)
{
    const struct places *c = arg;
    const char *users = members_path(&c->brand);
    struct api_reply r;
    switch (index) {
    case 0:
        r = api_post(&c->owner, users, api_f("{\"user_id\":\"%s\",\"role\":\"guest\"}", c->known[0].id));
        break;
    case 1:
        r = api_post(&c->owner, api_f("%s/invite", users), "{\"email\":\"one@places.example\",\"role\":\"guest\"}");
        break;
    case 2:
        r = api_post(&c->owner, users, "{\"email\":\"two@places.example\",\"role\":\"guest\"}");
        break;
    case 3:
        r = change(&c->owner, &c->brand, &c->suspended, "{\"status\":\"active\"}");
        break;
    case 4:
        r = change(&c->owner, &c->brand, &c->ended, "{\"expires_at\":null}");
        break;
    default:
        r = api_post(&c->owner, api_f("%s/bulk", users),
                     api_f("{\"operations\":[{\"op\":\"add\",\"user_id\":\"%s\",\"role\":\"guest\"}]}", c->known[1].id));
        return r.status != 200 ? 9 : api_number(&r, "data.results.0.status") == 201 ? 1 : 2;
    }
    return r.status == 200 || r.status == 201 ? 1 : strcmp(api_error(&r), "plan_limit_reached") == 0 ? 2 : 9;
}

static void whichever_ways_people_come_at_once_the_plan_holds(void **state)
{
    (void)state;
    for (int round = 0; round < 3; round++) {
        struct places c = { .owner = api_person(api_f("place%d", ++serial)),
                            .known = { api_person(api_f("placea%d", serial)), api_person(api_f("placeb%d", serial)) } };
        int results[6], in = 0, out = 0;
        c.brand = api_brand(api_f("places-%d", round), &c.owner);
        c.suspended = joined(&c.brand, "member");
        c.ended = joined(&c.brand, "member");
        api_acquaint(&c.owner);
        pg_exec("update karara.brand_members set status = 'suspended' where user_id = '%s' and brand_id = '%s'", c.suspended.id,
                c.brand.id);
        pg_exec("update karara.brand_members set expires_at = now() where user_id = '%s' and brand_id = '%s'", c.ended.id,
                c.brand.id);
        pg_exec("update karara.brands set subscription = '{\"max_users\": 3}' where id = '%s'", c.brand.id);
        api_at_once(6, take_place, &c, results);
        for (int i = 0; i < 6; i++) {
            in += results[i] == 1;
            out += results[i] == 2;
        }
        assert_int_equal(in, 2);
        assert_int_equal(out, 4);
    }
}

static void who_comes_back_needs_a_place_again(void **state)
{
    (void)state;
    struct api_person p = api_person("planner");
    struct api_brand b = api_brand("places", &p);
    struct api_person first = joined(&b, "member");
    struct api_person second = api_person("placed");
    api_acquaint(&p);
    pg_exec("update karara.brands set subscription = '{\"max_users\": 2}' where id = '%s'", b.id);
    const char *add = api_f("{\"user_id\":\"%s\",\"role\":\"member\"}", second.id);
    struct api_reply r = api_post(&p, members_path(&b), add);
    refused(&r, 403, "plan_limit_reached");
    assert_int_equal(api_number(&r, "error.details.max"), 2);
    assert_int_equal(change(&p, &b, &first, "{\"status\":\"suspended\"}").status, 200);
    assert_int_equal(api_post(&p, members_path(&b), add).status, 201);
    r = change(&p, &b, &first, "{\"status\":\"active\"}");
    refused(&r, 403, "plan_limit_reached");
    assert_int_equal(change(&p, &b, &first, "{\"role\":\"guest\"}").status, 200);
    assert_int_equal(api_delete(&p, member_path(&b, &second)).status, 200);
    assert_int_equal(change(&p, &b, &first, "{\"status\":\"active\"}").status, 200);
    pg_exec("update karara.brand_members set expires_at = now() where user_id = '%s'", first.id);
    assert_int_equal(api_post(&p, members_path(&b), add).status, 201);
    r = change(&p, &b, &first, "{\"expires_at\":null}");
    refused(&r, 403, "plan_limit_reached");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fifty_who_come_at_once_find_only_the_places_of_the_plan),
        cmocka_unit_test(whichever_ways_people_come_at_once_the_plan_holds),
        cmocka_unit_test(who_comes_back_needs_a_place_again),
    };
    return cmocka_run_group_tests(tests, cast_begin, NULL);
}
