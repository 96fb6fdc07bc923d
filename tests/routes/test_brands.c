/* test_brands.c - brands, and who belongs to them. */
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

static bool has_permission(const struct api_reply *r, const char *key)
{
    size_t i;
    json_t *v;
    json_array_foreach(api_json(r, "data.permissions"), i, v)
    {
        if (strcmp(json_string_value(v), key) == 0) {
            return true;
        }
    }
    return false;
}

/* ---- making ---- */

static void who_makes_a_brand_owns_it_and_finds_a_team_with_a_board(void **state)
{
    (void)state;
    struct api_person p = api_person("founder");
    struct api_reply r =
        api_post(&p, "/api/v1/brands", "{\"name\":\"Crème Brûlée & Söhne\",\"settings\":{\"timezone\":\"Europe/Paris\"}}");
    assert_int_equal(r.status, 201);
    const char *id = api_text(&r, "data.id");
    assert_string_equal(api_header(&r, "Location"), api_f("/api/v1/brands/%s", id));
    assert_string_equal(api_text(&r, "data.slug"), "creme-brulee-sohne");
    assert_string_equal(api_text(&r, "data.role"), "owner");
    assert_string_equal(api_text(&r, "data.settings.timezone"), "Europe/Paris");
    assert_true(has_permission(&r, "can_manage_billing"));
    assert_string_equal(pg_value("select role from karara.brand_members where brand_id = '%s' and user_id = '%s'", id, p.id),
                        "owner");
    assert_string_equal(
        pg_value(
            "select t.name || '/' || m.role || '/' || b.name || '/' || string_agg(l.name || ':' || l.status, ',' order by "
            "l.position) "
            "from tenant_shared.teams t join tenant_shared.team_members m on m.team_id = t.id join tenant_shared.boards b on "
            "b.team_id = t.id join tenant_shared.lists l on l.board_id = b.id where t.brand_id = '%s' group by t.name, m.role, "
            "b.name",
            id),
        "General/manager/Board/To do:todo,In progress:in_progress,Done:completed");
    assert_int_equal(pg_count("select count(*) from karara.events where kind = 'brand.created' and brand_id = '%s'", id), 1);
    r = API_SEND(&p, "GET", "/api/v1/teams", NULL, "X-Brand-ID", "creme-brulee-sohne");
    assert_int_equal(api_number(&r, "count"), 1);
    assert_int_equal(api_number(&r, "data.0.board_count"), 1);
}

static void a_slug_is_made_from_the_name_and_made_unique(void **state)
{
    (void)state;
    static const struct {
        const char *name, *slug;
    } cases[] = {
        { "Straße 7", "strasse-7" },
        { "  --Ünï çödé--  ", "uni-code" },
        { "北京", "brand" },
        { "0190d3f0-0000-7000-8000-000000000001", "brand-0190d3f0-0000-7000-8000-000000000001" },
        { "Same Name!", "same-name" },
        { "Same, Name", "same-name-2" },
        { "Same: Name", "same-name-3" },
    };
    struct api_person p = api_person("namer");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct api_reply r = api_post(&p, "/api/v1/brands", api_f("{\"name\":\"%s\"}", cases[i].name));
        assert_int_equal(r.status, 201);
        assert_string_equal(api_text(&r, "data.slug"), cases[i].slug);
    }
    struct api_reply r = api_post(
        &p, "/api/v1/brands", "{\"name\":\"A name of many words that is longer than any slug that we make from one, Köln\"}");
    assert_int_equal(r.status, 201);
    assert_true(strlen(api_text(&r, "data.slug")) <= 50);
}

static int found_same(int index, void *arg)
{
    struct api_reply r = api_post(arg, "/api/v1/brands", api_f("{\"name\":\"Rush %.*s\"}", index + 1, "!!!!!!!!!!"));
    return r.status == 201;
}

static void brands_made_at_once_get_slugs_of_their_own(void **state)
{
    (void)state;
    int results[6];
    struct api_person p = api_person("rusher");
    api_at_once(6, found_same, &p, results);
    for (int i = 0; i < 6; i++) {
        assert_int_equal(results[i], 1);
    }
    assert_string_equal(pg_value("select string_agg(slug, ' ' order by slug) from karara.brands where name like 'Rush %%'"),
                        "rush rush-2 rush-3 rush-4 rush-5 rush-6");
}

static void names_and_slugs_are_taken_once(void **state)
{
    (void)state;
    struct api_person p = api_person("taker");
    api_post(&p, "/api/v1/brands", "{\"name\":\"Taken\",\"slug\":\"taken\"}");
    struct api_reply r = api_post(&p, "/api/v1/brands", "{\"name\":\"TAKEN\",\"slug\":\"free\"}");
    refused(&r, 409, "already_exists");
    assert_non_null(api_json(&r, "error.field_errors.name"));
    r = api_post(&p, "/api/v1/brands", "{\"name\":\"Free\",\"slug\":\"taken\"}");
    refused(&r, 409, "already_exists");
    assert_non_null(api_json(&r, "error.field_errors.slug"));
    static const char *const wrong[] = { "Big", "a b", "-a", "a-", "0190d3f0-0000-7000-8000-000000000001", "é" };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        r = api_post(&p, "/api/v1/brands", api_f("{\"name\":\"Free\",\"slug\":\"%s\"}", wrong[i]));
        assert_int_equal(r.status, 422);
        assert_non_null(api_json(&r, "error.field_errors.slug"));
    }
    assert_int_equal(pg_count("select count(*) from karara.brands where name = 'Free'"), 0);
    assert_int_equal(api_post(NULL, "/api/v1/brands", "{\"name\":\"Free\"}").status, 401);
}

/* ---- reading, changing, switching ---- */

static void a_brand_is_found_by_id_and_slug_by_those_who_belong_to_it(void **state)
{
    (void)state;
    struct api_person p = api_person("reader");
    struct api_person other = api_person("nonreader");
    struct api_brand b = api_brand("readable", &p);
    struct api_person member = joined(&b, "member");
    struct api_reply r = api_get(&p, "/api/v1/brands/readable");
    assert_string_equal(api_text(&r, "data.id"), b.id);
    assert_string_equal(api_header(&r, "ETag"), "\"v1\"");
    r = api_get(&member, api_f("/api/v1/brands/%s", b.id));
    assert_string_equal(api_text(&r, "data.role"), "member");
    assert_true(has_permission(&r, "can_create_tasks"));
    assert_false(has_permission(&r, "can_manage_users"));
    r = api_get(&other, api_f("/api/v1/brands/%s", b.id));
    refused(&r, 404, "not_found");
    assert_int_equal(api_get(&other, "/api/v1/brands/readable").status, 404);
    r = api_get(&member, "/api/v1/brands?slug=readable&role=member");
    assert_int_equal(api_number(&r, "count"), 1);
    assert_null(api_json(&r, "data.0.permissions"));
    r = api_get(&other, "/api/v1/brands");
    assert_int_equal(api_number(&r, "count"), 0);
}

static void what_one_may_do_is_told_anew_though_the_brand_is_unchanged(void **state)
{
    (void)state;
    struct api_person p = api_person("teller");
    struct api_brand b = api_brand("telling", &p);
    struct api_person member = joined(&b, "member");
    struct api_reply r = api_get(&member, "/api/v1/brands/telling");
    assert_int_equal(change(&p, &b, &member, "{\"permissions\":{\"can_export_data\":true,\"can_use_chat\":false}}").status,
                     200);
    r = API_SEND(&member, "GET", "/api/v1/brands/telling", NULL, "If-None-Match", api_header(&r, "ETag"));
    assert_int_equal(r.status, 200);
    assert_true(has_permission(&r, "can_export_data"));
    assert_false(has_permission(&r, "can_use_chat"));
}

static void a_brand_is_changed_by_who_may_and_at_the_version_they_know(void **state)
{
    (void)state;
    struct api_person p = api_person("settler");
    struct api_brand b = api_brand("settled", &p);
    struct api_person manager = joined(&b, "manager");
    struct api_person admin = joined(&b, "admin");
    const char *path = api_f("/api/v1/brands/%s", b.id);
    struct api_reply r = api_patch(&manager, path, "{\"description\":\"mine\"}");
    refused(&r, 403, "permission_denied");
    r = api_patch(&admin, path,
                  "{\"description\":\"ours\",\"slug\":\"resettled\",\"settings\":{\"timezone\":\"UTC\",\"currency\":\"EUR\"}}");
    assert_int_equal(r.status, 200);
    assert_string_equal(api_header(&r, "ETag"), "\"v2\"");
    r = API_SEND(&admin, "PATCH", path, "{\"settings\":{\"currency\":null,\"language\":\"fr\"}}", "If-Match", "\"v2\"");
    assert_int_equal(r.status, 200);
    assert_string_equal(
        pg_value("select slug || description || settings::text || version from karara.brands where id = '%s'", b.id),
        "resettledours{\"language\": \"fr\", \"timezone\": \"UTC\"}3");
    r = API_SEND(&admin, "PATCH", path, "{\"name\":\"late\"}", "If-Match", "\"v2\"");
    refused(&r, 412, "version_mismatch");
    assert_int_equal(api_number(&r, "error.details.current.version"), 3);
    r = api_patch(&admin, path, "{\"status\":\"active\",\"subscription\":{},\"settings\":{\"holidays\":{}}}");
    assert_int_equal(r.status, 422);
    assert_non_null(api_json(&r, "error.field_errors.status"));
    assert_non_null(api_json(&r, "error.field_errors.subscription"));
    r = api_patch(&admin, path, "{\"settings\":{\"timezone\":\"Mars/Olympus\"}}");
    assert_string_equal(api_text(&r, "error.field_errors.settings.0"), "timezone is no time zone, such as Europe/Berlin");
    r = api_patch(&admin, path, "{\"settings\":{\"holidays\":{},\"require_if_match\":1}}");
    assert_int_equal(json_array_size(api_json(&r, "error.field_errors.settings")), 2);
    assert_int_equal(pg_count("select count(*) from karara.events where kind = 'brand.updated' and brand_id = '%s'", b.id), 2);
}

static void a_suspended_brand_can_be_read_and_entered_but_not_changed(void **state)
{
    (void)state;
    struct api_person p = api_person("paused");
    struct api_brand b = api_brand("paused", &p);
    pg_exec("update karara.brands set status = 'suspended' where id = '%s'", b.id);
    assert_int_equal(api_get(&p, "/api/v1/brands/paused").status, 200);
    struct api_reply r = api_patch(&p, "/api/v1/brands/paused", "{\"name\":\"x\"}");
    refused(&r, 403, "brand_suspended");
    assert_int_equal(api_post(&p, "/api/v1/brands/paused/switch", "{}").status, 200);
}

static void switching_gives_a_token_for_the_other_brand(void **state)
{
    (void)state;
    struct api_person p = api_person("switcher");
    struct api_brand a = api_brand("switch-a", &p);
    struct api_brand b = api_brand("switch-b", &p);
    struct api_person other = api_person("nonswitcher");
    struct api_reply r = api_post(&p, "/api/v1/brands/switch-a/switch", "{}");
    assert_int_equal(r.status, 200);
    assert_string_equal(api_text(&r, "data.current_brand_id"), a.id);
    assert_null(api_header(&r, "Set-Cookie"));
    assert_string_equal(api_header(&r, "Cache-Control"), "no-store");
    snprintf(p.token, sizeof p.token, "%s", api_text(&r, "data.access_token"));
    r = api_get(&p, "/api/v1/teams");
    assert_string_equal(api_text(&r, "data.0.id"), a.team_id);
    assert_string_equal(pg_value("select current_brand_id from karara.sessions where id = '%s'", p.session_id), a.id);
    r = api_post(&p, api_f("/api/v1/brands/%s/switch", b.id), NULL);
    assert_string_equal(api_text(&r, "data.current_brand_id"), b.id);
    assert_int_equal(api_post(&other, "/api/v1/brands/switch-a/switch", "{}").status, 404);
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

/* ---- the plan ---- */

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

static void settings_are_merged_all_the_way_down(void **state)
{
    (void)state;
    struct api_person admin = api_person("merger");
    struct api_brand b = api_brand("merged", &admin);
    const char *path = api_f("/api/v1/brands/%s", b.id);
    struct api_reply r = api_patch(&admin, path,
                                   "{\"settings\":{\"working_hours\":{\"monday\":{\"from\":\"09:00\",\"to\":\"17:00\"},"
                                   "\"friday\":{\"from\":\"09:00\",\"to\":\"15:00\"}},\"colours\":{\"accent\":\"#2b6a4d\"},"
                                   "\"holidays\":[{\"date\":\"2026-12-25\"}]}}");
    assert_int_equal(r.status, 200);
    r = api_patch(&admin, path,
                  "{\"settings\":{\"working_hours\":{\"monday\":null,\"friday\":{\"from\":\"10:00\",\"to\":\"15:00\"}},"
                  "\"colours\":{\"accent\":null},\"holidays\":[]}}");
    assert_int_equal(r.status, 200);
    assert_null(api_json(&r, "data.settings.working_hours.monday"));
    assert_string_equal(api_text(&r, "data.settings.working_hours.friday.from"), "10:00");
    assert_int_equal(json_object_size(api_json(&r, "data.settings.colours")), 0);
    assert_int_equal(json_array_size(api_json(&r, "data.settings.holidays")), 0);
    r = api_patch(&admin, path, "{\"settings\":{\"working_hours\":null}}");
    assert_null(api_json(&r, "data.settings.working_hours"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_makes_a_brand_owns_it_and_finds_a_team_with_a_board),
        cmocka_unit_test(a_slug_is_made_from_the_name_and_made_unique),
        cmocka_unit_test(brands_made_at_once_get_slugs_of_their_own),
        cmocka_unit_test(names_and_slugs_are_taken_once),
        cmocka_unit_test(a_brand_is_found_by_id_and_slug_by_those_who_belong_to_it),
        cmocka_unit_test(what_one_may_do_is_told_anew_though_the_brand_is_unchanged),
        cmocka_unit_test(a_brand_is_changed_by_who_may_and_at_the_version_they_know),
        cmocka_unit_test(settings_are_merged_all_the_way_down),
        cmocka_unit_test(a_suspended_brand_can_be_read_and_entered_but_not_changed),
        cmocka_unit_test(switching_gives_a_token_for_the_other_brand),
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
        cmocka_unit_test(anybody_may_leave_and_takes_their_teams_along),
        cmocka_unit_test(an_end_of_access_can_be_set_and_lifted),
        cmocka_unit_test(fifty_who_come_at_once_find_only_the_places_of_the_plan),
        cmocka_unit_test(who_comes_back_needs_a_place_again),
    };
    return cmocka_run_group_tests(tests, cast_begin, NULL);
}
