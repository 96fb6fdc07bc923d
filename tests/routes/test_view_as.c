/* test_view_as.c - seeing a brand with a member's eyes: one brand, nothing changed, and over with the viewer's own rights. */
#include "cast.h"
#include "pg.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct api_reply view(const struct api_person *who, const struct api_brand *b, const struct api_person *whom)
{
    return api_post(who, api_f("/api/v1/brands/%s/users/%s/view-as", b->id, whom->id), "{}");
}

/* The member as the viewer's token makes one. */
static struct api_person eyes(const struct api_person *who, const struct api_brand *b, const struct api_person *whom)
{
    struct api_reply r = view(who, b, whom);
    assert_int_equal(r.status, 200);
    struct api_person p = *whom;
    snprintf(p.token, sizeof p.token, "%s", api_text(&r, "data.access_token"));
    return p;
}

static void one_sees_what_they_see_and_changes_nothing(void **state)
{
    (void)state;
    struct api_person p = api_person("viewer");
    struct api_brand b = api_brand("viewed", &p);
    struct api_person client = joined(&b, "client");
    struct api_reply r = view(&p, &b, &client);
    assert_int_equal(r.status, 200);
    assert_string_equal(api_text(&r, "data.user.id"), client.id);
    assert_string_equal(api_text(&r, "data.brand_id"), b.id);
    assert_int_equal(api_number(&r, "data.expires_in"), 900);
    assert_null(api_header(&r, "Set-Cookie"));
    struct api_person seen = eyes(&p, &b, &client);
    r = api_get(&seen, "/api/v1/users/me");
    assert_string_equal(api_text(&r, "data.id"), client.id);
    assert_string_equal(api_text(&r, "data.viewed_by.id"), p.id);
    r = api_get(&client, "/api/v1/users/me");
    assert_true(json_is_null(api_json(&r, "data.viewed_by")));
    pg_exec("insert into karara.phones (user_id, phone, confirmed_at) values ('%s', '+4915112345678', now())", client.id);
    r = api_get(&client, "/api/v1/notifications/preferences");
    assert_string_equal(api_text(&r, "data.sms.phone"), "+4915112345678");
    r = api_get(&seen, "/api/v1/notifications/preferences"); /* what their number is, is theirs alone */
    assert_true(json_is_null(api_json(&r, "data.sms.phone")));
    r = api_get(&seen, "/api/v1/brands/viewed/notifications/preferences");
    assert_true(json_is_null(api_json(&r, "data.sms.phone")));
    r = api_get(&seen, "/api/v1/brands/viewed");
    assert_string_equal(api_text(&r, "data.role"), "client");
    r = api_get(&seen, "/api/v1/boards");
    assert_int_equal(api_number(&r, "count"), 0);
    r = api_get(&p, "/api/v1/boards");
    assert_int_equal(api_number(&r, "count"), 1);
    static const char *const writes[][2] = {
        { "PATCH", "/api/v1/users/me" },       { "POST", "/api/v1/auth/logout-all" }, { "POST", "/api/v1/teams" },
        { "DELETE", "/api/v1/brands/viewed" }, { "POST", "/api/v1/brands" },
    };
    for (size_t i = 0; i < sizeof writes / sizeof *writes; i++) {
        r = api_send(&seen, writes[i][0], writes[i][1], "{}", NULL);
        refused(&r, 403, "permission_denied");
        assert_non_null(strstr(api_text(&r, "error.message"), "somebody else's eyes"));
    }
    assert_string_equal(
        pg_value(
            "select action || ' ' || actor_id || ' ' || resource_id from karara.audit_entries where brand_id = '%s' limit 1",
            b.id),
        api_f("member.viewed %s %s", p.id, client.id));
}

static void nothing_of_them_elsewhere_is_seen(void **state)
{
    (void)state;
    struct api_person p = api_person("here");
    struct api_brand b = api_brand("viewhere", &p);
    struct api_person m = joined(&b, "member");
    struct api_brand other = api_brand("viewthere", &m);
    struct api_person seen = eyes(&p, &b, &m);
    assert_int_equal(api_get(&seen, "/api/v1/brands/viewhere").status, 200);
    assert_int_equal(api_get(&seen, "/api/v1/brands/viewthere").status, 404);
    assert_int_equal(API_SEND(&seen, "GET", "/api/v1/teams", NULL, "X-Brand-ID", other.id).status, 404);
    static const char *const theirs[] = { "/api/v1/brands", "/api/v1/users/me/brands", "/api/v1/auth/sessions",
                                          "/api/v1/users/me/leaving-brands" };
    for (size_t i = 0; i < sizeof theirs / sizeof *theirs; i++) {
        struct api_reply r = api_get(&seen, theirs[i]);
        refused(&r, 403, "permission_denied");
    }
}

static void rank_decides_who_sees_with_whom(void **state)
{
    (void)state;
    struct api_person p = api_person("ranker");
    struct api_brand b = api_brand("ranker", &p);
    struct api_person admin = joined(&b, "admin"), second = joined(&b, "admin"), manager = joined(&b, "manager");
    struct api_person owner = joined(&b, "owner"), away = api_person("rankaway");
    assert_int_equal(view(&admin, &b, &second).status, 200);
    assert_int_equal(view(&p, &b, &owner).status, 200);
    struct api_reply r = view(&admin, &b, &owner);
    refused(&r, 403, "permission_denied");
    assert_non_null(strstr(api_text(&r, "error.message"), "isn't above one's own"));
    assert_int_equal(view(&admin, &b, &admin).status, 403);
    assert_int_equal(view(&admin, &b, &away).status, 404);
    assert_int_equal(view(&manager, &b, &away).status, 403);
    assert_int_equal(
        api_patch(&p, api_f("/api/v1/brands/%s/users/%s", b.id, manager.id), "{\"permissions\":{\"can_manage_users\":true}}")
            .status,
        200);
    assert_int_equal(view(&manager, &b, &second).status, 403);
    pg_exec("update karara.brand_members set status = 'suspended' where user_id = '%s'", second.id);
    assert_int_equal(view(&admin, &b, &second).status, 403);
}

static void change(const struct api_person *who, const struct api_brand *b, const struct api_person *whom, const char *what)
{
    struct api_reply r = api_patch(who, api_f("/api/v1/brands/%s/users/%s", b->id, whom->id), what);
    if (r.status != 200) {
        fail_msg("%d %s", r.status, r.body);
    }
}

static void nobody_sees_by_it_what_they_may_not_see_themselves(void **state)
{
    (void)state;
    struct api_person p = api_person("beyond");
    struct api_brand b = api_brand("beyond", &p);
    struct api_person admin = joined(&b, "admin"), second = joined(&b, "admin"), m = joined(&b, "member");
    change(&p, &b, &admin, "{\"permissions\":{\"can_view_audit\":false}}");
    struct api_reply r = view(&admin, &b, &second);
    refused(&r, 403, "permission_denied");
    assert_string_equal(api_text(&r, "error.details.permission"), "can_view_audit");
    assert_int_equal(view(&second, &b, &admin).status, 200);
    assert_int_equal(view(&admin, &b, &m).status, 200);
    r = api_post(
        &p, api_f("/api/v1/brands/%s/delegations", b.id),
        api_f("{\"to_user_id\":\"%s\",\"permissions\":[\"can_view_audit\"],\"ends_at\":\"2099-01-01T00:00:00Z\"}", m.id));
    assert_int_equal(r.status, 201);
    r = view(&admin, &b, &m);
    refused(&r, 403, "permission_denied");
    assert_int_equal(view(&second, &b, &m).status, 200);
    change(&p, &b, &m, "{\"permissions\":{\"can_manage_billing\":true}}");
    assert_int_equal(view(&second, &b, &m).status, 403);
    assert_int_equal(view(&p, &b, &m).status, 200);
}

static void it_ends_when_they_may_more_or_less(void **state)
{
    (void)state;
    struct api_person p = api_person("growing");
    struct api_brand b = api_brand("growing", &p);
    struct api_person admin = joined(&b, "admin"), m = joined(&b, "member");
    static const char *const changes[] = { "{\"role\":\"owner\"}", "{\"role\":\"guest\"}", "{\"status\":\"suspended\"}" };
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        struct api_person seen = eyes(i == 1 ? &p : &admin, &b, &m); /* who owns the brand is looked at by owners only */
        assert_int_equal(api_get(&seen, "/api/v1/audit").status, i == 1 ? 200 : 403);
        change(&p, &b, &m, changes[i]);
        assert_int_equal(api_get(&seen, "/api/v1/audit").status, i == 2 ? 404 : 401); /* who is suspended isn't there */
        assert_int_equal(api_get(&seen, "/api/v1/users/me").status, 401);
    }
}

static void it_ends_with_the_viewer_s_rights_and_session(void **state)
{
    (void)state;
    struct api_person p = api_person("viewboss");
    struct api_brand b = api_brand("viewboss", &p);
    struct api_person admin = joined(&b, "admin"), m = joined(&b, "member");
    struct api_person seen = eyes(&admin, &b, &m);
    assert_int_equal(api_get(&seen, "/api/v1/teams").status, 200);
    assert_int_equal(api_patch(&p, api_f("/api/v1/brands/%s/users/%s", b.id, admin.id), "{\"role\":\"manager\"}").status, 200);
    assert_int_equal(api_get(&seen, "/api/v1/teams").status, 401);
    assert_int_equal(api_get(&seen, "/api/v1/users/me").status, 401);
    assert_int_equal(api_get(&m, "/api/v1/teams").status, 200);
    seen = eyes(&p, &b, &m);
    assert_int_equal(api_get(&seen, "/api/v1/teams").status, 200);
    assert_int_equal(api_post(&p, "/api/v1/auth/logout", "{}").status, 200);
    assert_int_equal(api_get(&seen, "/api/v1/teams").status, 401);
}

static void they_find_it_among_their_devices_and_can_end_it(void **state)
{
    (void)state;
    struct api_person p = api_person("watcher");
    struct api_brand b = api_brand("watcher", &p);
    struct api_person m = joined(&b, "member");
    struct api_person seen = eyes(&p, &b, &m);
    struct api_reply r = api_get(&m, "/api/v1/auth/sessions?sort=-created_at");
    assert_non_null(strstr(api_text(&r, "data.0.user_agent"), "Viewed by"));
    assert_int_equal(api_delete(&m, api_f("/api/v1/auth/sessions/%s", api_text(&r, "data.0.id"))).status, 200);
    assert_int_equal(api_get(&seen, "/api/v1/teams").status, 401);
    assert_int_equal(
        pg_count("select count(*) from karara.sessions where viewed_by = '%s' and expires_at > now() + interval '901 s'", p.id),
        0);
}

static void who_looks_ends_it_and_only_their_own(void **state)
{
    (void)state;
    struct api_person p = api_person("ender");
    struct api_brand b = api_brand("ender", &p);
    struct api_person other = joined(&b, "admin"), m = joined(&b, "member");
    const char *path = api_f("/api/v1/brands/%s/users/%s/view-as", b.id, m.id);
    assert_int_equal(api_delete(&p, path).status, 404);
    struct api_person seen = eyes(&p, &b, &m), twice = eyes(&p, &b, &m), theirs = eyes(&other, &b, &m);
    assert_int_equal(api_delete(&seen, path).status, 403); /* a view changes nothing, not even itself */
    assert_int_equal(api_delete(&p, path).status, 200);
    assert_int_equal(api_get(&seen, "/api/v1/teams").status, 401);
    assert_int_equal(api_get(&twice, "/api/v1/teams").status, 401);
    assert_int_equal(api_get(&theirs, "/api/v1/teams").status, 200);
    assert_int_equal(api_get(&m, "/api/v1/teams").status, 200);
    assert_int_equal(api_delete(&p, path).status, 404);
    assert_string_equal(
        pg_value("select string_agg(action || ' ' || (actor_id = '%s'), ', ' order by number) from karara.audit_entries "
                 "where brand_id = '%s' and resource_id = '%s' and actor_id = '%s'",
                 p.id, b.id, m.id, p.id),
        "member.viewed true, member.viewed true, member.view_ended true");
}

struct race {
    struct api_person *owner, *admin, *member;
    struct api_brand *brand;
};

/* One demotes the admin while the admin opens views; none of those is good afterwards. */
static int view_or_demote(int index, void *arg)
{
    const struct race *race = arg;
    if (index == 0) {
        return api_patch(race->owner, api_f("/api/v1/brands/%s/users/%s", race->brand->id, race->admin->id),
                         "{\"role\":\"member\"}")
                   .status == 200;
    }
    struct api_reply r = view(race->admin, race->brand, race->member);
    return r.status == 200 ? 1 : r.status == 403 ? 2 : 0;
}

static void a_view_opened_while_the_right_goes_is_no_good(void **state)
{
    (void)state;
    for (int round = 0; round < 5; round++) {
        int results[4];
        struct api_person p = api_person(api_f("viewrace%d", round));
        struct api_brand b = api_brand(api_f("viewrace%d", round), &p);
        struct api_person admin = joined(&b, "admin"), m = joined(&b, "member");
        struct race race = { &p, &admin, &m, &b };
        api_at_once(4, view_or_demote, &race, results);
        assert_int_equal(results[0], 1);
        for (int i = 1; i < 4; i++) {
            assert_true(results[i] == 1 || results[i] == 2);
        }
        assert_int_equal(
            pg_count("select count(*) from karara.sessions s join karara.brand_members m on m.user_id = s.viewed_by and "
                     "m.brand_id = s.viewed_brand_id where s.viewed_by = '%s' and m.access_version = "
                     "s.viewer_access_version",
                     admin.id),
            0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_sees_what_they_see_and_changes_nothing),
        cmocka_unit_test(nothing_of_them_elsewhere_is_seen),
        cmocka_unit_test(rank_decides_who_sees_with_whom),
        cmocka_unit_test(nobody_sees_by_it_what_they_may_not_see_themselves),
        cmocka_unit_test(it_ends_when_they_may_more_or_less),
        cmocka_unit_test(it_ends_with_the_viewer_s_rights_and_session),
        cmocka_unit_test(they_find_it_among_their_devices_and_can_end_it),
        cmocka_unit_test(who_looks_ends_it_and_only_their_own),
        cmocka_unit_test(a_view_opened_while_the_right_goes_is_no_good),
    };
    return cmocka_run_group_tests(tests, cast_begin, NULL);
}
