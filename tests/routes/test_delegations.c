/* test_delegations.c - permissions lent for a time: never more than one has, gone by themselves, revocable. */
#include "cast.h"
#include "core/clock.h"
#include "pg.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* A moment that many milliseconds from now. */
static const char *in_ms(int ms)
{
    char text[CLOCK_TEXT_SIZE];
    clock_format((clock_now() / 1000 + ms) * 1000, text);
    return api_f("%s", text);
}

static struct api_reply lend(const struct api_person *from, const struct api_brand *b, const struct api_person *to,
                             const char *permissions, const char *ends_at)
{
    return api_post(from, api_f("/api/v1/brands/%s/delegations", b->id),
                    api_f("{\"to_user_id\":\"%s\",\"permissions\":%s,\"ends_at\":\"%s\"}", to->id, permissions, ends_at));
}

static const char *lent_path(const struct api_brand *b, const struct api_reply *made)
{
    return api_f("/api/v1/brands/%s/delegations/%s", b->id, api_text(made, "data.id"));
}

/* Whether this person passes where can_view_all_projects lets pass: sees the roles by can_invite_users. */
static bool may_invite(const struct api_person *p, const struct api_brand *b)
{
    return api_get(p, api_f("/api/v1/brands/%s/roles", b->id)).status == 200;
}

static void what_is_lent_holds_until_its_end_and_no_longer(void **state)
{
    (void)state;
    struct api_person p = api_person("lender");
    struct api_brand b = api_brand("lender", &p);
    struct api_person m = joined(&b, "member");
    assert_false(may_invite(&m, &b));
    struct api_reply r = lend(&p, &b, &m, "[\"can_invite_users\"]", in_ms(1500));
    assert_int_equal(r.status, 201);
    assert_string_equal(api_header(&r, "Location"), lent_path(&b, &r));
    assert_string_equal(api_text(&r, "data.from_user.id"), p.id);
    assert_string_equal(api_text(&r, "data.to_user.id"), m.id);
    assert_true(json_is_true(api_json(&r, "data.active")));
    assert_true(may_invite(&m, &b));
    usleep(1600000);
    assert_false(may_invite(&m, &b));
    r = api_get(&m, lent_path(&b, &r));
    assert_true(json_is_false(api_json(&r, "data.active")));
}

static void what_is_lent_begins_when_it_says(void **state)
{
    (void)state;
    struct api_person p = api_person("beginner");
    struct api_brand b = api_brand("beginner", &p);
    struct api_person m = joined(&b, "member");
    struct api_reply r =
        api_post(&p, api_f("/api/v1/brands/%s/delegations", b.id),
                 api_f("{\"to_user_id\":\"%s\",\"permissions\":[\"can_invite_users\"],\"starts_at\":\"%s\",\"ends_at\":\"%s\"}",
                       m.id, in_ms(1200), in_ms(60000)));
    assert_int_equal(r.status, 201);
    assert_false(may_invite(&m, &b));
    usleep(1300000);
    assert_true(may_invite(&m, &b));
}

static void nobody_lends_what_they_lack(void **state)
{
    (void)state;
    struct api_person p = api_person("lacker");
    struct api_brand b = api_brand("lacker", &p);
    struct api_person manager = joined(&b, "manager");
    struct api_person m = joined(&b, "member");
    struct api_person n = joined(&b, "member");
    struct api_person away = api_person("lackaway");
    const char *later = "2099-01-01T00:00:00Z";
    struct api_reply r = lend(&m, &b, &n, "[\"can_invite_users\"]", later);
    refused(&r, 403, "permission_denied");
    assert_int_equal(lend(&manager, &b, &m, "[\"can_invite_users\"]", later).status, 201);
    assert_true(may_invite(&m, &b));
    r = lend(&m, &b, &n, "[\"can_invite_users\"]", later); /* what is lent isn't one's own */
    refused(&r, 403, "permission_denied");
    r = lend(&p, &b, &m, "[\"can_fly\"]", later);
    assert_int_equal(r.status, 422);
    r = lend(&p, &b, &m, "[\"can_comment\",\"can_comment\"]", later);
    assert_int_equal(r.status, 422);
    r = lend(&p, &b, &m, "[]", later);
    assert_int_equal(r.status, 422);
    r = lend(&p, &b, &p, "[\"can_comment\"]", later);
    assert_non_null(api_json(&r, "error.field_errors.to_user_id"));
    r = lend(&p, &b, &away, "[\"can_comment\"]", later);
    assert_non_null(api_json(&r, "error.field_errors.to_user_id"));
    r = lend(&p, &b, &m, "[\"can_comment\"]", "2020-01-01T00:00:00Z");
    assert_non_null(api_json(&r, "error.field_errors.ends_at"));
    assert_int_equal(pg_count("select count(*) from karara.delegations where brand_id = '%s'", b.id), 1);
}

/* Else it would outlast its end, in the hands of an accomplice. */
static void nobody_gives_for_good_what_is_lent_to_them(void **state)
{
    (void)state;
    struct api_person p = api_person("giver");
    struct api_brand b = api_brand("giver", &p);
    struct api_person manager = joined(&b, "manager");
    struct api_person friend = joined(&b, "member");
    struct api_person guest = api_person("giverguest");
    const char *member = api_f("/api/v1/brands/%s/users/%s", b.id, friend.id);
    const char *gives = "{\"permissions\":{\"can_manage_users\":true}}";
    assert_int_equal(lend(&p, &b, &manager, "[\"can_manage_users\",\"can_export_data\"]", "2099-01-01T00:00:00Z").status, 201);
    struct api_reply r = api_patch(&manager, member, gives);
    refused(&r, 403, "permission_denied");
    r = api_patch(&manager, api_f("/api/v1/brands/%s/roles/member", b.id), gives);
    refused(&r, 403, "permission_denied");
    r = api_post(&manager, api_f("/api/v1/brands/%s/users/bulk", b.id),
                 api_f("{\"operations\":[{\"op\":\"update\",\"user_id\":\"%s\",\"permissions\":{\"can_export_data\":true}}]}",
                       friend.id));
    assert_int_equal(api_number(&r, "data.results.0.status"), 403);
    assert_int_equal(pg_count("select count(*) from karara.brand_members where brand_id = '%s' and permissions <> '{}'", b.id),
                     0);
    assert_int_equal(pg_count("select count(*) from karara.brand_role_permissions where brand_id = '%s'", b.id), 0);
    r = api_patch(&manager, member, "{\"permissions\":{\"can_invite_users\":true}}"); /* that one is the manager's own */
    assert_int_equal(r.status, 200);
    r = api_post(&manager, api_f("/api/v1/brands/%s/users", b.id), api_f("{\"email\":\"%s\",\"role\":\"guest\"}", guest.email));
    assert_int_equal(r.status, 201); /* what is lent is there to be used */
}

static void who_loses_a_permission_lends_it_no_longer(void **state)
{
    (void)state;
    struct api_person p = api_person("loser");
    struct api_brand b = api_brand("loser", &p);
    struct api_person manager = joined(&b, "manager");
    struct api_person m = joined(&b, "member");
    assert_int_equal(lend(&manager, &b, &m, "[\"can_invite_users\"]", "2099-01-01T00:00:00Z").status, 201);
    assert_true(may_invite(&m, &b));
    struct api_reply r =
        api_patch(&p, api_f("/api/v1/brands/%s/roles/manager", b.id), "{\"permissions\":{\"can_invite_users\":false}}");
    assert_int_equal(r.status, 200);
    assert_false(may_invite(&m, &b));
    r = api_patch(&p, api_f("/api/v1/brands/%s/roles/manager", b.id), "{\"permissions\":{\"can_invite_users\":null}}");
    assert_true(may_invite(&m, &b));
    assert_int_equal(api_delete(&p, api_f("/api/v1/brands/%s/users/%s", b.id, manager.id)).status, 200);
    assert_false(may_invite(&m, &b));
    assert_int_equal(pg_count("select count(*) from karara.delegations where brand_id = '%s'", b.id), 0);
}

static void it_is_changed_by_its_giver_and_revoked_by_giver_or_admin(void **state)
{
    (void)state;
    struct api_person p = api_person("revoker");
    struct api_brand b = api_brand("revoker", &p);
    struct api_person admin = joined(&b, "admin");
    struct api_person manager = joined(&b, "manager");
    struct api_person m = joined(&b, "member");
    struct api_person other = joined(&b, "member");
    struct api_reply made = lend(&manager, &b, &m, "[\"can_invite_users\"]", "2099-01-01T00:00:00Z");
    const char *path = lent_path(&b, &made);
    assert_int_equal(api_get(&other, path).status, 403);
    assert_int_equal(api_get(&admin, path).status, 200);
    struct api_reply r = api_get(&other, api_f("/api/v1/brands/%s/delegations", b.id));
    assert_int_equal(api_number(&r, "count"), 0);
    r = api_get(&admin, api_f("/api/v1/brands/%s/delegations?to_user_id=%s", b.id, m.id));
    assert_int_equal(api_number(&r, "count"), 1);
    assert_int_equal(api_patch(&m, path, "{\"permissions\":[\"can_comment\"]}").status, 403);
    assert_int_equal(api_patch(&admin, path, "{\"permissions\":[\"can_comment\"]}").status, 403);
    assert_int_equal(api_patch(&manager, path, "{\"permissions\":[\"can_manage_users\"]}").status, 403);
    r = api_patch(&manager, path, "{\"starts_at\":\"2100-01-01T00:00:00Z\"}");
    assert_non_null(api_json(&r, "error.field_errors.ends_at"));
    r = API_SEND(&manager, "PATCH", path, "{\"permissions\":[\"can_edit_tasks\"]}", "If-Match", "\"v2\"");
    refused(&r, 412, "version_mismatch");
    r = api_patch(&manager, path, "{\"permissions\":[\"can_edit_tasks\"]}");
    assert_int_equal(r.status, 200);
    assert_int_equal(api_number(&r, "data.version"), 2);
    assert_false(may_invite(&m, &b));
    assert_int_equal(api_delete(&m, path).status, 403);
    assert_int_equal(api_delete(&admin, path).status, 200);
    assert_int_equal(api_get(&manager, path).status, 404);
    assert_string_equal(pg_value("select string_agg(kind, ' ' order by id) from karara.events where brand_id = '%s' and "
                                 "subject_type = 'delegation'",
                                 b.id),
                        "delegation.created delegation.updated delegation.revoked");
}

struct race {
    struct api_person *owner, *manager, *member;
    struct api_brand *brand;
};

/* One takes the permission from the giver while the giver lends it: afterwards nobody has it. */
static int lend_or_take(int index, void *arg)
{
    const struct race *race = arg;
    if (index == 0) {
        struct api_reply r = api_patch(race->owner, api_f("/api/v1/brands/%s/users/%s", race->brand->id, race->manager->id),
                                       "{\"role\":\"member\"}");
        return r.status == 200;
    }
    struct api_reply r = lend(race->manager, race->brand, race->member, "[\"can_invite_users\"]", "2099-01-01T00:00:00Z");
    return r.status == 201 ? 1 : r.status == 403 ? 2 : 0;
}

static void lending_and_losing_at_once_leaves_nobody_with_it(void **state)
{
    (void)state;
    for (int round = 0; round < 5; round++) {
        int results[4];
        struct api_person p = api_person(api_f("lendracer%d", round));
        struct api_brand b = api_brand(api_f("lendracer%d", round), &p);
        struct api_person manager = joined(&b, "manager");
        struct api_person m = joined(&b, "member");
        struct race race = { &p, &manager, &m, &b };
        api_at_once(4, lend_or_take, &race, results);
        assert_int_equal(results[0], 1);
        for (int i = 1; i < 4; i++) {
            assert_true(results[i] == 1 || results[i] == 2);
        }
        assert_false(may_invite(&m, &b));
        assert_false(may_invite(&manager, &b));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_lent_holds_until_its_end_and_no_longer),
        cmocka_unit_test(what_is_lent_begins_when_it_says),
        cmocka_unit_test(nobody_lends_what_they_lack),
        cmocka_unit_test(nobody_gives_for_good_what_is_lent_to_them),
        cmocka_unit_test(who_loses_a_permission_lends_it_no_longer),
        cmocka_unit_test(it_is_changed_by_its_giver_and_revoked_by_giver_or_admin),
        cmocka_unit_test(lending_and_losing_at_once_leaves_nobody_with_it),
    };
    return cmocka_run_group_tests(tests, cast_begin, NULL);
}
