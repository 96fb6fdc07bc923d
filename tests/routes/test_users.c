/* test_users.c - one's own account, and the people of a brand as their fellows see them. */
#include "cast.h"
#include "pg.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct api_person owner, member, guest, client, stranger;
static struct api_brand brand, away;

static int begin(void **state)
{
    (void)state;
    api_begin();
    stranger = api_person("stranger");
    brand = CAST("home", &owner, { &member, "member" }, { &guest, "guest" }, { &client, "client" });
    away = api_brand("away", &stranger);
    return 0;
}

/* ---- one's own account ---- */

static void one_sees_ones_own_account(void **state)
{
    (void)state;
    struct api_reply r = api_get(&owner, "/api/v1/users/me");
    assert_int_equal(r.status, 200);
    assert_string_equal(api_text(&r, "data.id"), owner.id);
    assert_string_equal(api_text(&r, "data.name"), "Owner Tester");
    assert_string_equal(api_text(&r, "data.email"), owner.email);
    assert_true(json_is_null(api_json(&r, "data.avatar_url")));
    assert_string_equal(api_header(&r, "ETag"), api_f("\"v%lld\"", api_number(&r, "data.version")));
    assert_int_equal(API_SEND(&owner, "GET", "/api/v1/users/me", NULL, "If-None-Match", api_header(&r, "ETag")).status, 304);
    assert_int_equal(api_get(NULL, "/api/v1/users/me").status, 401);
}

static void a_change_touches_what_is_given_and_nothing_else(void **state)
{
    (void)state;
    struct api_person p = api_person("changing");
    struct api_reply r =
        api_patch(&p, "/api/v1/users/me", "{\"first_name\":\" Grace \",\"wip_limit\":7,\"username\":\"grace\"}");
    assert_int_equal(r.status, 200);
    assert_string_equal(api_text(&r, "data.name"), "Grace Tester");
    assert_int_equal(api_number(&r, "data.wip_limit"), 7);
    assert_int_equal(api_number(&r, "data.version"), 2);
    assert_string_equal(
        pg_value("select first_name || '/' || last_name || '/' || username || '/' || wip_limit || '/' || version "
                 "from karara.users where id = '%s'",
                 p.id),
        "Grace/Tester/grace/7/2");
    r = API_SEND(&p, "PUT", "/api/v1/users/me", "{\"username\":null}", "If-Match", "\"v2\"");
    assert_int_equal(r.status, 200);
    assert_true(json_is_null(api_json(&r, "data.username")));
    assert_int_equal(
        pg_count("select count(*) from karara.events where kind = 'user.updated' and subject_id = '%s' and brand_id is null",
                 p.id),
        2);
    assert_string_equal(
        pg_value("select payload ->> 'wip_limit' from karara.events where subject_id = '%s' order by id limit 1", p.id), "7");
}

static void a_change_of_an_older_version_is_refused_with_the_present_one(void **state)
{
    (void)state;
    struct api_person p = api_person("older");
    api_patch(&p, "/api/v1/users/me", "{\"last_name\":\"New\"}");
    struct api_reply r = API_SEND(&p, "PATCH", "/api/v1/users/me", "{\"last_name\":\"Old\"}", "If-Match", "\"v1\"");
    assert_int_equal(r.status, 412);
    assert_string_equal(api_text(&r, "error.details.current.last_name"), "New");
    assert_string_equal(pg_value("select last_name from karara.users where id = '%s'", p.id), "New");
}

static void a_username_is_one_word(void **state)
{
    static const char *const wrong[] = {
        "two words", "ada@example.org", "tab\\there", "<b>", "no\u00a0break", "zero\u200bwidth"
    };
    (void)state;
    struct api_person p = api_person("wordy");
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct api_reply r = api_patch(&p, "/api/v1/users/me", api_f("{\"username\":\"%s\"}", wrong[i]));
        assert_int_equal(r.status, 422);
        assert_non_null(api_json(&r, "error.field_errors.username"));
    }
    assert_int_equal(api_patch(&p, "/api/v1/users/me", "{\"username\":\"J\u00fcrgen.O-2_x\"}").status, 200);
    assert_int_equal(api_patch(&p, "/api/v1/users/me", "{\"username\":null}").status, 200);
}

static void preferences_are_merged_key_by_key(void **state)
{
    (void)state;
    struct api_person p = api_person("preferring");
    api_patch(&p, "/api/v1/users/me",
              "{\"preferences\":{\"theme\":\"dark\",\"timezone\":\"Europe/Berlin\",\"own\":{\"a\":[1]}}}");
    struct api_reply r =
        api_patch(&p, "/api/v1/users/me", "{\"preferences\":{\"theme\":\"light\",\"timezone\":null,\"language\":\"de\"}}");
    assert_int_equal(r.status, 200);
    assert_string_equal(pg_value("select preferences::text from karara.users where id = '%s'", p.id),
                        "{\"own\": {\"a\": [1]}, \"theme\": \"light\", \"language\": \"de\"}");
    assert_string_equal(api_text(&r, "data.preferences.theme"), "light");
    r = api_patch(&p, "/api/v1/users/me", "{\"last_name\":\"\"}");
    assert_string_equal(api_text(&r, "data.preferences.language"), "de");
    assert_true(json_is_false(api_json(&r, "data.profile_completed")));
}

static void preferences_do_not_grow_without_end(void **state)
{
    (void)state;
    struct api_person p = api_person("growing");
    char *big = malloc(60001);
    memset(big, 'x', 60000);
    big[60000] = 0;
    struct api_reply r = api_patch(&p, "/api/v1/users/me", api_f("{\"preferences\":{\"a\":\"%.7000s\"}}", big));
    assert_int_equal(r.status, 200);
    int status = 200;
    for (int i = 0; i < 12 && status == 200; i++) {
        r = api_patch(&p, "/api/v1/users/me", api_f("{\"preferences\":{\"a%d\":\"%.7000s\"}}", i, big));
        status = r.status;
    }
    free(big);
    assert_int_equal(status, 422);
    assert_non_null(api_json(&r, "error.field_errors.preferences"));
    assert_true(pg_count("select octet_length(preferences::text) from karara.users where id = '%s'", p.id) <= 65536);
}

static void every_wrong_field_is_named_at_once(void **state)
{
    (void)state;
    struct api_reply r =
        api_patch(&owner, "/api/v1/users/me",
                  "{\"first_name\":\"\",\"wip_limit\":0,\"username\":\"\",\"email\":\"x@y.z\",\"platform_role\":\"admin\"}");
    assert_int_equal(r.status, 422);
    static const char *const fields[] = { "first_name", "wip_limit", "username", "email", "platform_role" };
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        assert_non_null(api_json(&r, api_f("error.field_errors.%s.0", fields[i])));
    }
    r = api_patch(&owner, "/api/v1/users/me",
                  "{\"preferences\":{\"theme\":\"pink\",\"timezone\":7,\"notifications\":[],\"language\":\"x y\"}}");
    assert_int_equal(r.status, 422);
    assert_int_equal(json_array_size(api_json(&r, "error.field_errors.preferences")), 4);
    assert_int_equal(pg_count("select version from karara.users where id = '%s'", owner.id), 1);
}

static void a_username_belongs_to_one_person_whatever_its_case(void **state)
{
    (void)state;
    struct api_person p = api_person("namesake");
    struct api_person q = api_person("othersake");
    assert_int_equal(api_patch(&p, "/api/v1/users/me", "{\"username\":\"Sam\"}").status, 200);
    struct api_reply r = api_patch(&q, "/api/v1/users/me", "{\"username\":\"sam\"}");
    assert_int_equal(r.status, 409);
    assert_string_equal(api_error(&r), "already_exists");
    assert_non_null(api_json(&r, "error.field_errors.username"));
}

static void one_sees_the_brands_that_one_belongs_to_now(void **state)
{
    (void)state;
    struct api_person p = api_person("nomad");
    struct api_brand a = api_brand("nomad-a", &p);
    struct api_brand b = api_brand("nomad-b", &p);
    struct api_reply r = api_get(&p, "/api/v1/users/me/brands");
    assert_int_equal(api_number(&r, "count"), 2);
    assert_string_equal(api_text(&r, "data.0.slug"), "nomad-a");
    assert_string_equal(api_text(&r, "data.0.role"), "owner");
    pg_exec("update karara.brand_members set status = 'suspended' where brand_id = '%s'", a.id);
    pg_exec("update karara.brands set status = 'suspended' where id = '%s'", b.id);
    r = api_get(&p, "/api/v1/users/me/brands");
    assert_int_equal(api_number(&r, "count"), 1);
    assert_string_equal(api_text(&r, "data.0.status"), "suspended");
    pg_exec("update karara.brands set status = 'inactive' where id = '%s'", b.id);
    r = api_get(&p, "/api/v1/users/me/brands");
    assert_int_equal(api_number(&r, "count"), 0);
}

/* ---- people of a brand ---- */

static void members_see_everybody_of_their_brand_and_nobody_else(void **state)
{
    (void)state;
    struct api_reply r = api_get(&member, "/api/v1/users?sort=email");
    assert_int_equal(r.status, 200);
    assert_int_equal(api_number(&r, "count"), 4);
    assert_string_equal(api_text(&r, "data.0.email"), client.email);
    assert_string_equal(api_text(&r, "data.0.role"), "client");
    r = api_get(&member, api_f("/api/v1/users/%s", client.id));
    assert_string_equal(api_text(&r, "data.name"), "Client Tester");
    assert_int_equal(api_get(&member, api_f("/api/v1/users/%s", stranger.id)).status, 404);
    assert_int_equal(API_SEND(&member, "GET", "/api/v1/users", NULL, "X-Brand-ID", away.id).status, 404);
    assert_int_equal(API_SEND(&member, "GET", "/api/v1/users", NULL, "X-Brand-ID", "home").status, 200);
}

static void guests_and_clients_see_those_who_share_a_team_with_them(void **state)
{
    (void)state;
    struct api_reply r = api_get(&guest, "/api/v1/users");
    assert_int_equal(api_number(&r, "count"), 3);
    assert_null(strstr(r.body, client.email));
    r = api_get(&guest, api_f("/api/v1/users/%s", client.id));
    assert_int_equal(r.status, 403);
    r = api_get(&client, "/api/v1/users");
    assert_int_equal(api_number(&r, "count"), 1);
    assert_string_equal(api_text(&r, "data.0.id"), client.id);
    assert_int_equal(api_get(&client, api_f("/api/v1/users/%s", client.id)).status, 200);
    assert_int_equal(api_get(&client, api_f("/api/v1/users/%s", owner.id)).status, 403);
}

static void people_are_found_by_a_part_of_name_or_address(void **state)
{
    (void)state;
    struct api_reply r = api_get(&member, "/api/v1/users?q=OWNER%20t");
    assert_int_equal(api_number(&r, "count"), 1);
    assert_string_equal(api_text(&r, "data.0.id"), owner.id);
    r = api_get(&member, "/api/v1/users?q=test.example&role=member,guest");
    assert_int_equal(api_number(&r, "count"), 2);
    r = api_get(&member, "/api/v1/users?q=%25");
    assert_int_equal(api_number(&r, "count"), 0);
    assert_int_equal(api_get(&member, "/api/v1/users?status=active").status, 422);
}

static void who_is_suspended_is_seen_by_those_who_manage_users(void **state)
{
    (void)state;
    struct api_person p = api_person("dormant");
    api_join(&brand, &p, "member");
    pg_exec("update karara.brand_members set status = 'suspended' where user_id = '%s'", p.id);
    assert_int_equal(api_get(&member, api_f("/api/v1/users/%s", p.id)).status, 403);
    assert_int_equal(api_get(&owner, api_f("/api/v1/users/%s", p.id)).status, 200);
    assert_int_equal(api_get(&p, "/api/v1/users").status, 404);
    pg_exec("delete from karara.brand_members where user_id = '%s'", p.id);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_sees_ones_own_account),
        cmocka_unit_test(a_change_touches_what_is_given_and_nothing_else),
        cmocka_unit_test(a_change_of_an_older_version_is_refused_with_the_present_one),
        cmocka_unit_test(a_username_is_one_word),
        cmocka_unit_test(preferences_are_merged_key_by_key),
        cmocka_unit_test(preferences_do_not_grow_without_end),
        cmocka_unit_test(every_wrong_field_is_named_at_once),
        cmocka_unit_test(a_username_belongs_to_one_person_whatever_its_case),
        cmocka_unit_test(one_sees_the_brands_that_one_belongs_to_now),
        cmocka_unit_test(members_see_everybody_of_their_brand_and_nobody_else),
        cmocka_unit_test(guests_and_clients_see_those_who_share_a_team_with_them),
        cmocka_unit_test(people_are_found_by_a_part_of_name_or_address),
        cmocka_unit_test(who_is_suspended_is_seen_by_those_who_manage_users),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
