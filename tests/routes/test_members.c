/* test_members.c - who belongs to a brand, as what, and how long. (As many as its plan allows: test_places.c.) */
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

static const char *role_of(const struct api_brand *b, const struct api_person *p)
{
    return pg_value("select role || ' ' || status from karara.brand_members where brand_id = '%s' and user_id = '%s'", b->id,
                    p->id);
}

/* ---- members ---- */

static void an_account_is_added_by_address_into_teams(void **state)
{
    (void)state;
    struct api_person p = api_person("adder");
    struct api_brand b = api_brand("adding", &p);
    struct api_person q = api_person("added");
    api_acquaint(&p);
    struct api_reply r = api_post(&p, members_path(&b),
                                  api_f("{\"email\":\"ADDED@test.example\",\"role\":\"client\",\"team_ids\":[\"%s\"],\"expires_"
                                        "at\":\"2099-01-01T00:00:00Z\"}",
                                        b.team_id));
    assert_int_equal(r.status, 201);
    assert_string_equal(api_text(&r, "data.id"), q.id);
    assert_string_equal(api_text(&r, "data.role"), "client");
    assert_string_equal(api_text(&r, "data.status"), "active");
    assert_string_equal(api_text(&r, "data.expires_at"), "2099-01-01T00:00:00Z");
    assert_string_equal(api_header(&r, "Location"), api_f("/api/v1/brands/%s/users/%s", b.id, q.id));
    assert_int_equal(api_get(&p, api_f("/api/v1/brands/%s/users/%s", b.id, q.id)).status, 200);
    assert_int_equal(
        pg_count("select count(*) from tenant_shared.team_members where team_id = '%s' and user_id = '%s'", b.team_id, q.id),
        1);
    assert_string_equal(
        pg_value("select array_to_string(channels, ' ') from karara.events where kind = 'member.added' and subject_id = '%s'",
                 q.id),
        api_f("brand:%s user:%s", b.id, q.id));
    assert_int_equal(API_SEND(&q, "GET", "/api/v1/teams", NULL, "X-Brand-ID", "adding").status, 200);
    r = api_post(&p, members_path(&b), api_f("{\"user_id\":\"%s\",\"role\":\"guest\"}", q.id));
    refused(&r, 409, "already_exists");
}

/* "key key …", without their values. */
static const char *keys_of(const struct api_reply *r, const char *path)
{
    const char *key, *all = "";
    json_t *value;
    json_object_foreach(api_json(r, path), key, value)
    {
        all = api_f("%s%s%s ", all, key, json_is_null(value) ? "=null" : "");
    }
    return all;
}

static void adding_an_address_never_tells_whether_it_has_an_account(void **state)
{
    (void)state;
    struct api_person p = api_person("asking");
    struct api_brand b = api_brand("asking", &p);
    struct api_person q = api_person("asked");
    struct api_reply with = api_post(&p, members_path(&b),
                                     api_f("{\"email\":\"%s\",\"role\":\"member\",\"team_ids\":[\"%s\"],\"expires_at\":"
                                           "\"2099-01-01T00:00:00Z\"}",
                                           q.email, b.team_id));
    struct api_reply without = api_post(&p, members_path(&b),
                                        api_f("{\"email\":\"unheard@test.example\",\"role\":\"member\",\"team_ids\":[\"%s\"],"
                                              "\"expires_at\":\"2099-01-01T00:00:00Z\"}",
                                              b.team_id));
    assert_int_equal(with.status, 201);
    assert_int_equal(without.status, 201);
    assert_string_equal(keys_of(&with, "data"), keys_of(&without, "data"));
    assert_int_equal(with.header_count, without.header_count);
    assert_true(json_is_null(api_json(&with, "data.id")));
    assert_string_equal(api_text(&with, "data.status"), "pending");
    assert_string_equal(api_text(&with, "data.name"), q.email);
    assert_string_equal(api_text(&with, "data.expires_at"), "2099-01-01T00:00:00Z");
    const char *path = api_f("/api/v1/brands/%s/invitations/%s", b.id, api_text(&with, "data.invitation_id"));
    assert_string_equal(api_header(&with, "Location"), path);
    struct api_reply r = api_get(&p, path);
    assert_string_equal(api_text(&r, "data.teams.0.id"), b.team_id);
    assert_string_equal(api_text(&r, "data.access_expires_at"), "2099-01-01T00:00:00Z");
    assert_int_equal(pg_count("select count(*) from karara.mails where template = 'invitation' and to_address in ('%s', "
                              "'unheard@test.example')",
                              q.email),
                     2);
    assert_int_equal(pg_count("select count(*) from karara.brand_members where user_id = '%s'", q.id), 0);
}

static void whom_one_sees_elsewhere_is_added_at_once(void **state)
{
    (void)state;
    struct api_person p = api_person("knowing"), far = api_person("knownowner");
    struct api_brand b = api_brand("knowing", &p), other = api_brand("knownbrand", &far);
    struct api_person q = joined(&other, "member");
    const char *add = api_f("{\"user_id\":\"%s\",\"role\":\"member\"}", q.id);
    assert_int_equal(api_post(&p, members_path(&b), add).status, 422);
    pg_exec("insert into karara.brand_members (brand_id, user_id, role) values ('%s', '%s', 'guest')", other.id, p.id);
    assert_int_equal(api_post(&p, members_path(&b), add).status, 422); /* guests don't see who belongs to it */
    pg_exec("update karara.brand_members set role = 'member' where brand_id = '%s' and user_id = '%s'", other.id, p.id);
    assert_int_equal(api_post(&p, members_path(&b), add).status, 201);
    struct api_person lone = api_person("platformknown");
    pg_exec("update karara.users set platform_role = 'admin' where id = '%s'", p.id);
    assert_int_equal(api_post(&p, members_path(&b), api_f("{\"email\":\"%s\",\"role\":\"guest\"}", lone.email)).status, 201);
    assert_string_equal(pg_value("select role from karara.brand_members where user_id = '%s'", lone.id), "guest");
}

static void what_cannot_be_added_is_said_by_field(void **state)
{
    (void)state;
    struct api_person p = api_person("picky");
    struct api_brand b = api_brand("picky", &p);
    struct api_person far = api_person("farowner");
    struct api_brand other = api_brand("far", &far);
    struct api_person q = api_person("pickedon");
    struct api_reply r = api_post(&p, members_path(&b), api_f("{\"user_id\":\"%s\",\"role\":\"member\"}", b.id));
    const char *words = api_text(&r, "error.field_errors.user_id.0");
    assert_non_null(strstr(words, "is nobody that you share a brand with"));
    r = api_post(&p, members_path(&b), api_f("{\"user_id\":\"%s\",\"role\":\"member\"}", q.id));
    assert_string_equal(api_text(&r, "error.field_errors.user_id.0"), words);
    r = api_post(&p, members_path(&b), "{\"role\":\"member\"}");
    assert_non_null(api_json(&r, "error.field_errors.email"));
    r = api_post(&p, members_path(&b), api_f("{\"email\":\"%s\",\"user_id\":\"%s\",\"role\":\"member\"}", q.email, q.id));
    assert_non_null(api_json(&r, "error.field_errors.email"));
    r = api_post(&p, members_path(&b), api_f("{\"email\":\"%s\",\"role\":\"emperor\"}", q.email));
    assert_non_null(api_json(&r, "error.field_errors.role"));
    r = api_post(&p, members_path(&b),
                 api_f("{\"email\":\"%s\",\"role\":\"member\",\"expires_at\":\"2020-01-01T00:00:00Z\"}", q.email));
    assert_non_null(api_json(&r, "error.field_errors.expires_at"));
    r = api_post(&p, members_path(&b),
                 api_f("{\"email\":\"%s\",\"role\":\"member\",\"team_ids\":[\"%s\"]}", q.email, other.team_id));
    assert_non_null(api_json(&r, "error.field_errors.team_ids"));
    assert_int_equal(pg_count("select count(*) from karara.brand_members where user_id = '%s'", q.id), 0);
}

static void members_are_listed_as_far_as_one_sees_them(void **state)
{
    (void)state;
    struct api_person p = api_person("lister");
    struct api_brand b = api_brand("listing", &p);
    struct api_person member = joined(&b, "member");
    struct api_person client = joined(&b, "client");
    struct api_person gone = joined(&b, "member");
    struct api_person stranger = api_person("liststranger");
    pg_exec("update karara.brand_members set expires_at = now() - interval '1 s' where user_id = '%s'", gone.id);
    struct api_reply r = api_get(&p, api_f("%s?sort=-email", members_path(&b)));
    assert_int_equal(api_number(&r, "count"), 4);
    assert_true(json_is_object(api_json(&r, "data.0.permissions")));
    r = api_get(&p, member_path(&b, &gone));
    assert_string_equal(api_text(&r, "data.status"), "expired");
    r = api_get(&p, api_f("%s?status=expired", members_path(&b)));
    assert_int_equal(api_number(&r, "count"), 1);
    pg_exec(
        "insert into karara.credentials (user_id, password_hash, totp_secret, totp_enabled_at) values ('%s', 'x', 's', now())",
        client.id);
    r = api_get(&p, api_f("%s?two_factor=true", members_path(&b)));
    assert_int_equal(api_number(&r, "count"), 1);
    assert_string_equal(api_text(&r, "data.0.id"), client.id);
    r = api_get(&p, api_f("%s?two_factor=false&status=active", members_path(&b)));
    assert_int_equal(api_number(&r, "count"), 2);
    r = api_get(&member, api_f("%s?two_factor=true", members_path(&b)));
    assert_int_equal(api_number(&r, "count"), 0); /* not theirs to know, but for their own */
    r = api_get(&member, member_path(&b, &member));
    assert_true(json_is_false(api_json(&r, "data.two_factor")));
    r = api_get(&member, member_path(&b, &client));
    assert_true(json_is_null(api_json(&r, "data.two_factor")));
    r = api_get(&member, members_path(&b));
    assert_int_equal(api_number(&r, "count"), 3);
    r = api_get(&member, member_path(&b, &client));
    assert_true(json_is_null(api_json(&r, "data.permissions")));
    r = api_get(&client, member_path(&b, &client));
    assert_true(json_is_object(api_json(&r, "data.permissions")));
    assert_int_equal(api_get(&client, member_path(&b, &member)).status, 403);
    assert_int_equal(api_get(&p, member_path(&b, &stranger)).status, 404);
    assert_int_equal(api_get(&stranger, members_path(&b)).status, 404);
    r = api_post(&member, members_path(&b), api_f("{\"user_id\":\"%s\",\"role\":\"guest\"}", stranger.id));
    refused(&r, 403, "permission_denied");
}

static void members_are_found_by_a_part_of_name_or_address(void **state)
{
    (void)state;
    struct api_person p = api_person("seeker");
    struct api_brand b = api_brand("seekers", &p);
    struct api_person wanted = api_person("needle");
    api_join(&b, &wanted, "member");
    struct api_reply r = api_get(&p, api_f("%s?q=NEEDLE", members_path(&b)));
    assert_int_equal(api_number(&r, "count"), 1);
    assert_string_equal(api_text(&r, "data.0.id"), wanted.id);
    r = api_get(&p, api_f("%s?q=needle&role=owner", members_path(&b)));
    assert_int_equal(api_number(&r, "count"), 0);
    r = api_get(&p, api_f("%s?q=%%25", members_path(&b)));
    assert_int_equal(api_number(&r, "count"), 0);
}

static void nobody_gives_a_role_above_their_own_or_touches_who_is_above_them(void **state)
{
    (void)state;
    struct api_person p = api_person("topmost");
    struct api_brand b = api_brand("ranks", &p);
    struct api_person admin = joined(&b, "admin");
    struct api_person member = joined(&b, "member");
    struct api_person outside = api_person("outranked");
    api_acquaint(&admin);
    struct api_reply r = change(&admin, &b, &member, "{\"role\":\"owner\"}");
    refused(&r, 403, "permission_denied");
    r = change(&admin, &b, &admin, "{\"role\":\"owner\"}");
    refused(&r, 403, "permission_denied");
    r = change(&admin, &b, &p, "{\"status\":\"suspended\"}");
    refused(&r, 403, "permission_denied");
    r = api_delete(&admin, member_path(&b, &p));
    refused(&r, 403, "permission_denied");
    r = api_post(&admin, members_path(&b), api_f("{\"user_id\":\"%s\",\"role\":\"owner\"}", outside.id));
    refused(&r, 403, "permission_denied");
    assert_string_equal(role_of(&b, &p), "owner active");
    assert_int_equal(change(&admin, &b, &member, "{\"role\":\"admin\"}").status, 200);
    assert_int_equal(change(&p, &b, &member, "{\"role\":\"owner\"}").status, 200);
    assert_string_equal(role_of(&b, &member), "owner active");
    r = api_get(&member, api_f("/api/v1/brands/%s", b.id));
    assert_string_equal(api_text(&r, "data.role"), "owner");
    assert_int_equal(change(&admin, &b, &admin, "{\"role\":\"manager\"}").status, 200);
    r = change(&admin, &b, &admin, "{\"role\":\"admin\"}");
    refused(&r, 403, "permission_denied");
}

static void nobody_grants_what_they_lack(void **state)
{
    (void)state;
    struct api_person p = api_person("granter");
    struct api_brand b = api_brand("grants", &p);
    struct api_person admin = joined(&b, "admin");
    struct api_person member = joined(&b, "member");
    struct api_person peer = joined(&b, "admin");
    struct api_reply r = change(&admin, &b, &member, "{\"permissions\":{\"can_manage_billing\":true}}");
    refused(&r, 403, "permission_denied");
    r = change(&admin, &b, &member, "{\"permissions\":{\"can_fly\":true}}");
    assert_non_null(api_json(&r, "error.field_errors.permissions"));
    r = change(&admin, &b, &member, "{\"permissions\":{\"can_comment\":1}}");
    assert_non_null(api_json(&r, "error.field_errors.permissions"));
    r = change(&admin, &b, &member, "{\"permissions\":{\"can_view_audit\":true,\"can_comment\":false}}");
    assert_int_equal(r.status, 200);
    r = change(&admin, &b, &member, "{\"permissions\":{\"can_comment\":null,\"can_manage_billing\":false}}");
    assert_int_equal(r.status, 200);
    assert_string_equal(pg_value("select permissions::text from karara.brand_members where user_id = '%s'", member.id),
                        "{\"can_view_audit\": true, \"can_manage_billing\": false}");
    /* What an owner took from an admin neither the admin nor another whom it was taken from gives back. */
    assert_int_equal(change(&p, &b, &admin, "{\"permissions\":{\"can_export_data\":false}}").status, 200);
    assert_int_equal(change(&p, &b, &peer, "{\"permissions\":{\"can_export_data\":false}}").status, 200);
    r = change(&admin, &b, &admin, "{\"permissions\":{\"can_export_data\":null}}");
    refused(&r, 403, "permission_denied");
    r = change(&admin, &b, &peer, "{\"permissions\":{\"can_export_data\":null}}");
    refused(&r, 403, "permission_denied");
    /* What null leaves to the role is what the brand has made of the role. */
    r = api_patch(&p, api_f("/api/v1/brands/%s/roles/member", b.id), "{\"permissions\":{\"can_export_data\":true}}");
    assert_int_equal(r.status, 200);
    assert_int_equal(change(&p, &b, &member, "{\"permissions\":{\"can_export_data\":false}}").status, 200);
    r = change(&admin, &b, &member, "{\"permissions\":{\"can_export_data\":null}}");
    refused(&r, 403, "permission_denied");
    r = change(&p, &b, &p, "{\"permissions\":{\"can_comment\":false}}");
    assert_int_equal(r.status, 422);
    assert_int_equal(change(&p, &b, &member, "{\"role\":\"owner\"}").status, 200);
    assert_string_equal(pg_value("select permissions::text from karara.brand_members where user_id = '%s'", member.id), "{}");
}

static void a_right_that_is_taken_is_gone_with_the_next_request(void **state)
{
    (void)state;
    struct api_person p = api_person("taker2");
    struct api_brand b = api_brand("revoking", &p);
    struct api_person admin = joined(&b, "admin");
    assert_int_equal(api_patch(&admin, "/api/v1/brands/revoking", "{\"description\":\"1\"}").status, 200);
    assert_int_equal(change(&p, &b, &admin, "{\"role\":\"guest\"}").status, 200);
    assert_int_equal(api_patch(&admin, "/api/v1/brands/revoking", "{\"description\":\"2\"}").status, 403);
    assert_int_equal(change(&p, &b, &admin, "{\"status\":\"suspended\"}").status, 200);
    assert_int_equal(api_get(&admin, "/api/v1/brands/revoking").status, 404);
    assert_int_equal(change(&p, &b, &admin, "{\"status\":\"active\",\"role\":\"admin\"}").status, 200);
    assert_int_equal(api_patch(&admin, "/api/v1/brands/revoking", "{\"description\":\"3\"}").status, 200);
    assert_int_equal(api_delete(&p, member_path(&b, &admin)).status, 200);
    assert_int_equal(api_get(&admin, "/api/v1/brands/revoking").status, 404);
}

static void the_last_owner_stays(void **state)
{
    (void)state;
    struct api_person p = api_person("last");
    struct api_brand b = api_brand("lastowner", &p);
    struct api_person second = joined(&b, "owner");
    static const char *const changes[] = { "{\"role\":\"admin\"}", "{\"status\":\"suspended\"}",
                                           "{\"expires_at\":\"2099-01-01T00:00:00Z\"}" };
    pg_exec("update karara.brand_members set expires_at = now() + interval '1 h' where user_id = '%s'", second.id);
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        struct api_reply r = change(&second, &b, &p, changes[i]);
        refused(&r, 409, "conflict");
    }
    struct api_reply r = api_delete(&p, member_path(&b, &p));
    refused(&r, 409, "conflict");
    assert_string_equal(role_of(&b, &p), "owner active");
    assert_int_equal(change(&p, &b, &p, "{\"role\":\"owner\",\"status\":\"active\",\"expires_at\":null}").status, 200);
    assert_int_equal(change(&p, &b, &second, "{\"expires_at\":null}").status, 200);
    assert_int_equal(change(&second, &b, &p, "{\"role\":\"member\"}").status, 200);
    r = change(&second, &b, &second, "{\"role\":\"admin\"}");
    refused(&r, 409, "conflict");
}

struct two {
    struct api_person people[2];
    struct api_brand brand;
    const char *body;
};

static int demote_other(int index, void *arg)
{
    const struct two *t = arg;
    int status = t->body != NULL ? change(&t->people[index], &t->brand, &t->people[1 - index], t->body).status
                                 : api_delete(&t->people[index], member_path(&t->brand, &t->people[index])).status;
    return status == 200 ? 1 : status == 409 ? 2 : status == 403 ? 3 : status == 404 ? 4 : 0;
}

static void of_two_owners_who_demote_each_other_at_once_one_stays(void **state)
{
    (void)state;
    static const char *const bodies[] = { "{\"role\":\"member\"}", "{\"status\":\"suspended\"}", NULL /* both leave */ };
    for (int round = 0; round < 9; round++) {
        int results[2];
        struct two t = { .people = { api_person(api_f("duel%d", ++serial)) }, .body = bodies[round % 3] };
        t.brand = api_brand(api_f("duel-%d", round), &t.people[0]);
        t.people[1] = joined(&t.brand, "owner");
        api_at_once(2, demote_other, &t, results);
        assert_int_equal((results[0] == 1) + (results[1] == 1), 1);
        assert_true(results[0] != 0 && results[1] != 0);
        assert_int_equal(
            pg_count("select count(*) from karara.brand_members where brand_id = '%s' and role = 'owner' and status = 'active'",
                     t.brand.id),
            1);
    }
}

/* Whichever way an owner ceases to be one: by the other owner, by themselves, or by who runs the installation. */
struct fall {
    struct api_person people[2], root;
    struct api_brand brand;
    int ways[2];
};

static int fall(int index, void *arg)
{
    const struct fall *f = arg;
    const struct api_person *me = &f->people[index], *other = &f->people[1 - index];
    switch (f->ways[index]) {
    case 0:
        return change(me, &f->brand, other, "{\"role\":\"admin\"}").status / 100;
    case 1:
        return change(me, &f->brand, other, "{\"expires_at\":\"2099-01-01T00:00:00Z\"}").status / 100;
    case 2:
        return api_delete(me, member_path(&f->brand, other)).status / 100;
    case 3:
        return api_delete(me, member_path(&f->brand, me)).status / 100;
    case 4: {
        struct api_reply r = api_post(me, api_f("%s/bulk", members_path(&f->brand)),
                                      api_f("{\"operations\":[{\"op\":\"remove\",\"user_id\":\"%s\"}]}", other->id));
        return r.status != 200 ? r.status / 100 : (int)api_number(&r, "data.results.0.status") / 100;
    }
    case 5:
        return api_patch(&f->root, api_f("/api/v1/admin/users/%s", other->id), "{\"status\":\"suspended\"}").status / 100;
    default:
        return api_delete(&f->root, api_f("/api/v1/admin/users/%s", other->id)).status / 100;
    }
}

static void an_owner_is_left_whichever_two_ways_they_go_at_once(void **state)
{
    enum { WAYS = 7 };
    (void)state;
    for (int round = 0; round < 2 * WAYS; round++) {
        int results[2];
        struct fall f = { .people = { api_person(api_f("fall%d", ++serial)) },
                          .root = api_person(api_f("fallroot%d", serial)),
                          .ways = { round % WAYS, (round + 1 + round / WAYS) % WAYS } };
        pg_exec("update karara.users set platform_role = 'admin' where id = '%s'", f.root.id);
        f.brand = api_brand(api_f("fall-%d", round), &f.people[0]);
        f.people[1] = joined(&f.brand, "owner");
        api_at_once(2, fall, &f, results);
        if (results[0] == 5 || results[1] == 5 || results[0] > 5 || results[1] > 5 ||
            pg_count("select count(*) from karara.brand_members m join karara.users u on u.id = m.user_id where m.brand_id = "
                     "'%s' and "
                     "m.role = 'owner' and m.status = 'active' and m.expires_at is null and u.status = 'active'",
                     f.brand.id) == 0) {
            fail_msg("ways %d and %d end with %d and %d", f.ways[0], f.ways[1], results[0], results[1]);
        }
    }
}

static void anybody_may_leave_and_takes_their_teams_along(void **state)
{
    (void)state;
    struct api_person p = api_person("stayer");
    struct api_brand b = api_brand("leaving", &p);
    struct api_person member = joined(&b, "member");
    struct api_person guest = joined(&b, "guest");
    pg_exec("update karara.sessions set current_brand_id = '%s' where id = '%s'", b.id, member.session_id);
    struct api_reply r = api_delete(&guest, member_path(&b, &member));
    refused(&r, 403, "permission_denied");
    r = API_SEND(&member, "DELETE", member_path(&b, &member), NULL, "If-Match", "\"v9\"");
    refused(&r, 412, "version_mismatch");
    r = API_SEND(&member, "DELETE", member_path(&b, &member), NULL, "If-Match", "\"v1\"");
    assert_int_equal(r.status, 200);
    assert_int_equal(pg_count("select count(*) from karara.brand_members where user_id = '%s'", member.id), 0);
    assert_int_equal(pg_count("select count(*) from tenant_shared.team_members where user_id = '%s'", member.id), 0);
    assert_string_equal(pg_value("select current_brand_id from karara.sessions where id = '%s'", member.session_id), "");
    assert_int_equal(
        pg_count("select count(*) from karara.events where kind = 'member.removed' and subject_id = '%s'", member.id), 1);
    assert_int_equal(api_delete(&p, member_path(&b, &member)).status, 404);
}

static void an_end_of_access_can_be_set_and_lifted(void **state)
{
    (void)state;
    struct api_person p = api_person("timer");
    struct api_brand b = api_brand("timing", &p);
    struct api_person member = joined(&b, "member");
    struct api_reply r = change(&p, &b, &member, "{\"expires_at\":\"2001-01-01T00:00:00Z\"}");
    assert_non_null(api_json(&r, "error.field_errors.expires_at"));
    assert_int_equal(change(&p, &b, &member, "{\"expires_at\":\"2099-01-01T00:00:00Z\"}").status, 200);
    pg_exec("update karara.brand_members set expires_at = now() where user_id = '%s'", member.id);
    assert_int_equal(api_get(&member, "/api/v1/brands/timing").status, 404);
    r = change(&member, &b, &member, "{\"expires_at\":null}");
    assert_int_equal(r.status, 404);
    r = API_SEND(&p, "PATCH", member_path(&b, &member), "{\"expires_at\":null}", "If-Match", "\"v1\"");
    refused(&r, 412, "version_mismatch");
    assert_int_equal(api_number(&r, "error.details.current.version"), 2);
    r = change(&p, &b, &member, "{\"expires_at\":null}");
    assert_int_equal(r.status, 200);
    assert_true(json_is_null(api_json(&r, "data.expires_at")));
    assert_int_equal(api_get(&member, "/api/v1/brands/timing").status, 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_account_is_added_by_address_into_teams),
        cmocka_unit_test(adding_an_address_never_tells_whether_it_has_an_account),
        cmocka_unit_test(whom_one_sees_elsewhere_is_added_at_once),
        cmocka_unit_test(what_cannot_be_added_is_said_by_field),
        cmocka_unit_test(members_are_listed_as_far_as_one_sees_them),
        cmocka_unit_test(members_are_found_by_a_part_of_name_or_address),
        cmocka_unit_test(nobody_gives_a_role_above_their_own_or_touches_who_is_above_them),
        cmocka_unit_test(nobody_grants_what_they_lack),
        cmocka_unit_test(a_right_that_is_taken_is_gone_with_the_next_request),
        cmocka_unit_test(the_last_owner_stays),
        cmocka_unit_test(of_two_owners_who_demote_each_other_at_once_one_stays),
        cmocka_unit_test(an_owner_is_left_whichever_two_ways_they_go_at_once),
        cmocka_unit_test(anybody_may_leave_and_takes_their_teams_along),
        cmocka_unit_test(an_end_of_access_can_be_set_and_lifted),
    };
    return cmocka_run_group_tests(tests, cast_begin, NULL);
}
