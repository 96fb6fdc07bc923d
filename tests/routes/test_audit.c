/* test_audit.c - the audit log: what enters it, who reads it, and that nobody changes it. */
#include "api/dispatch.h"
#include "cast.h"
#include "core/arena.h"
#include "pg.h"
#include "platform/db.h"
#include "platform/password.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define PASSWORD "purple kettle 42 sings"

static struct api_person owner, admin, member, outsider, root;
static struct api_brand brand, away;

static void give_password(const struct api_person *p)
{
    pg_exec("insert into karara.credentials (user_id, password_hash) values ('%s', '%s')", p->id,
            password_hash(api_worker()->arena, PASSWORD));
    arena_reset(api_worker()->arena);
}

static int begin(void **state)
{
    (void)state;
    api_begin();
    outsider = api_person("outsider");
    root = api_person("root");
    brand = CAST("home", &owner, { &admin, "admin" }, { &member, "member" });
    away = api_brand("away", &outsider);
    pg_exec("update karara.users set platform_role = 'admin' where id = '%s'", root.id);
    give_password(&member);
    return 0;
}

static int forget(void **state)
{
    (void)state;
    pg_exec("delete from karara.audit_entries");
    return 0;
}

/* All entries in their order, with these columns; "" for null. */
static const char *log_of(const char *columns)
{
    return pg_value("select coalesce(string_agg(concat_ws(' ', %s), '; ' order by number), '') from karara.audit_entries",
                    columns);
}

static struct api_reply sign_in(const struct api_person *p, const char *password)
{
    return API_SEND(NULL, "POST", "/api/v1/auth/login",
                    api_f("{\"email\":\"%s\",\"password\":\"%s\",\"token_delivery\":\"body\"}", p->email, password),
                    "User-Agent", "Lynx/2.8");
}

/* ---- signing in and out ---- */

static void signing_in_is_noted_with_where_from(void **state)
{
    (void)state;
    assert_int_equal(sign_in(&member, PASSWORD).status, 200);
    assert_string_equal(log_of("action, outcome, resource_type, ip, user_agent"),
                        "auth.logged_in success user 127.0.0.1 Lynx/2.8");
    assert_int_equal(pg_count("select count(*) from karara.audit_entries where actor_id = '%s' and resource_id = actor_id and "
                              "brand_id is null and request_id <> '' and after ? 'session_id' and not platform",
                              member.id),
                     1);
}

static void a_refused_sign_in_is_noted_although_it_is_refused(void **state)
{
    (void)state;
    assert_int_equal(sign_in(&member, "wrong password").status, 401);
    struct api_person nobody = { .email = "nobody@test.example" };
    assert_int_equal(sign_in(&nobody, "wrong password").status, 401);
    assert_string_equal(log_of("action, outcome, after ->> 'email'"), "auth.login_failed failure member@test.example; "
                                                                      "auth.login_failed failure nobody@test.example");
    assert_int_equal(pg_count("select count(*) from karara.audit_entries where actor_id is null"), 2);
    assert_string_equal(pg_value("select resource_id from karara.audit_entries where resource_id is not null"), member.id);
    assert_int_equal(pg_count("select count(*) from karara.audit_entries e where e::text like '%%wrong password%%'"), 0);
}

static void a_lock_is_noted_and_so_is_who_stands_before_it(void **state)
{
    (void)state;
    pg_exec("update karara.credentials set login_attempts = 9 where user_id = '%s'", member.id);
    assert_int_equal(sign_in(&member, "wrong password").status, 401);
    assert_int_equal(sign_in(&member, PASSWORD).status, 423);
    assert_string_equal(pg_value("select string_agg(concat_ws(' ', action, outcome, after ->> 'reason'), '; ' order by action, "
                                 "after ->> 'reason' nulls first) from karara.audit_entries"),
                        "auth.locked success; auth.login_failed failure; auth.login_failed failure locked");
    pg_exec("update karara.credentials set login_attempts = 0, locked_until = null where user_id = '%s'", member.id);
}

static void an_account_that_is_suspended_is_noted_as_the_reason(void **state)
{
    (void)state;
    pg_exec("update karara.users set status = 'suspended' where id = '%s'", member.id);
    assert_int_equal(sign_in(&member, PASSWORD).status, 403);
    pg_exec("update karara.users set status = 'active' where id = '%s'", member.id);
    assert_string_equal(log_of("action, outcome, after ->> 'reason'"), "auth.login_failed failure suspended");
}

static int change_password(const struct api_person *p, const char *current)
{
    return api_post(p, "/api/v1/auth/change-password",
                    api_f("{\"current_password\":\"%s\",\"new_password\":\"another kettle 43\"}", current))
        .status;
}

static void ending_sessions_and_changing_the_password_are_noted(void **state)
{
    (void)state;
    struct api_person p = api_person("leaving");
    give_password(&p);
    struct api_reply r = sign_in(&p, PASSWORD);
    strcpy(p.token, api_text(&r, "data.access_token"));
    assert_int_equal(change_password(&p, "not this"), 401);
    assert_int_equal(change_password(&p, PASSWORD), 200);
    r = sign_in(&p, "another kettle 43");
    const char *other = pg_value("select id from karara.sessions where user_id = '%s' order by created_at desc limit 1", p.id);
    assert_int_equal(api_delete(&p, api_f("/api/v1/auth/sessions/%s", other)).status, 200);
    assert_int_equal(api_post(&p, "/api/v1/auth/logout", "{}").status, 200);
    assert_string_equal(log_of("action, outcome"),
                        "auth.logged_in success; auth.login_failed failure; auth.password_changed success; "
                        "auth.logged_in success; auth.session_ended success; auth.logged_out success");
    assert_int_equal(pg_count("select count(*) from karara.audit_entries where actor_id = '%s'", p.id), 6);
    assert_int_equal(pg_count("select count(*) from karara.audit_entries e where e::text like '%%kettle%%'"), 0);
}

static void a_refresh_token_that_comes_back_is_noted(void **state)
{
    (void)state;
    struct api_reply r = sign_in(&member, PASSWORD);
    const char *body = api_f("{\"refresh_token\":\"%s\"}", api_text(&r, "data.refresh_token"));
    assert_int_equal(api_post(NULL, "/api/v1/auth/refresh", body).status, 200);
    pg_exec("update karara.sessions set rotated_at = now() - interval '1 minute' where rotated_at is not null");
    assert_int_equal(api_post(NULL, "/api/v1/auth/refresh", body).status, 401);
    assert_string_equal(log_of("action, outcome"), "auth.logged_in success; auth.token_reused failure");
}

/* ---- changes of access ---- */

static void a_membership_is_noted_from_its_beginning_to_its_end(void **state)
{
    (void)state;
    const char *path = api_f("/api/v1/brands/%s/users", brand.id);
    struct api_person p = api_person("passing");
    api_acquaint(&owner);
    assert_int_equal(api_post(&owner, path, api_f("{\"user_id\":\"%s\",\"role\":\"member\"}", p.id)).status, 201);
    path = api_f("%s/%s", path, p.id);
    assert_int_equal(api_patch(&admin, path, "{\"role\":\"manager\",\"permissions\":{\"can_use_ai\":false}}").status, 200);
    assert_int_equal(api_patch(&member, path, "{\"role\":\"admin\"}").status, 403);
    assert_int_equal(api_delete(&owner, path).status, 200);
    assert_string_equal(log_of("action, before ->> 'role', before -> 'permissions', after ->> 'role', after -> 'permissions'"),
                        "member.added member {}; member.updated member {} manager {\"can_use_ai\": false}; "
                        "member.removed manager {\"can_use_ai\": false}");
    assert_int_equal(
        pg_count("select count(*) from karara.audit_entries where brand_id = '%s' and resource_type = 'member' and "
                 "resource_id = '%s'",
                 brand.id, p.id),
        3);
    assert_string_equal(pg_value("select actor_id from karara.audit_entries where action = 'member.updated'"), admin.id);
}

static void teams_and_their_members_are_noted(void **state)
{
    (void)state;
    struct api_reply r = api_post(&owner, "/api/v1/teams", "{\"name\":\"Noted\"}");
    const char *team = api_f("/api/v1/teams/%s", api_text(&r, "data.id"));
    const char *in_it = api_f("%s/members/%s", team, member.id);
    assert_int_equal(api_patch(&owner, team, "{\"name\":\"Told\"}").status, 200);
    assert_int_equal(api_post(&owner, api_f("%s/members", team), api_f("{\"user_id\":\"%s\"}", member.id)).status, 201);
    assert_int_equal(api_patch(&owner, in_it, "{\"role\":\"manager\"}").status, 200);
    assert_int_equal(api_delete(&owner, in_it).status, 200);
    assert_int_equal(api_delete(&owner, team).status, 200);
    assert_string_equal(log_of("action, before ->> 'name', before ->> 'role', after ->> 'name', after ->> 'role'"),
                        "team.created Noted; team.updated Noted Told; team.member_added member; team.member_updated member "
                        "manager; team.member_removed manager; team.deleted Told");
    assert_int_equal(pg_count("select count(*) from karara.audit_entries where resource_type = 'team_member' and resource_id = "
                              "'%s' and coalesce(before, after) ? 'team_id'",
                              member.id),
                     3);
}

static void settings_of_a_brand_are_noted_as_far_as_they_were_asked_for(void **state)
{
    (void)state;
    struct api_reply r = api_patch(&admin, api_f("/api/v1/brands/%s", brand.id), "{\"settings\":{\"currency\":\"EUR\"}}");
    assert_int_equal(r.status, 200);
    assert_string_equal(log_of("action, before, after"),
                        "brand.updated {\"settings\": {}} {\"settings\": {\"currency\": \"EUR\"}}");
}

static void what_a_role_may_and_what_is_lent_are_noted(void **state)
{
    (void)state;
    const char *role = api_f("/api/v1/brands/%s/roles/client", brand.id);
    assert_int_equal(api_patch(&owner, role, "{\"permissions\":{\"can_use_ai\":true}}").status, 200);
    assert_int_equal(api_patch(&owner, role, "{\"permissions\":{\"can_use_ai\":null}}").status, 200);
    assert_string_equal(log_of("action, before, after"),
                        "role.updated {\"role\": \"client\", \"permissions\": {}} {\"role\": \"client\", \"permissions\": "
                        "{\"can_use_ai\": true}}; role.updated {\"role\": \"client\", \"permissions\": {\"can_use_ai\": "
                        "true}} {\"role\": \"client\", \"permissions\": {}}");
    forget(state);
    const char *path = api_f("/api/v1/brands/%s/delegations", brand.id);
    struct api_reply r =
        api_post(&owner, path,
                 api_f("{\"to_user_id\":\"%s\",\"permissions\":[\"can_edit_tasks\"],\"ends_at\":\"%s\"}", member.id,
                       pg_value("select to_char(now() + interval '1 day', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')")));
    assert_int_equal(r.status, 201);
    path = api_f("%s/%s", path, api_text(&r, "data.id"));
    assert_int_equal(api_patch(&owner, path, "{\"permissions\":[\"can_assign_tasks\"]}").status, 200);
    assert_int_equal(api_delete(&owner, path).status, 200);
    assert_string_equal(
        log_of("action, before ->> 'permissions', after ->> 'permissions'"),
        "delegation.created [\"can_edit_tasks\"]; delegation.updated [\"can_edit_tasks\"] [\"can_assign_tasks\"]; "
        "delegation.revoked [\"can_assign_tasks\"]");
}

static void what_is_undone_leaves_no_entry(void **state)
{
    (void)state;
    struct api_person p = api_person("undone");
    api_acquaint(&owner);
    struct api_reply r = api_post(&owner, api_f("/api/v1/brands/%s/users", brand.id),
                                  api_f("{\"user_id\":\"%s\",\"role\":\"member\",\"team_ids\":[\"%s\"]}", p.id, away.team_id));
    assert_int_equal(r.status, 422);
    assert_string_equal(log_of("action"), "");
}

/* ---- reading ---- */

static void make_entries(void)
{
    pg_exec("insert into karara.audit_entries (brand_id, platform, actor_id, action, resource_type, resource_id, outcome, "
            "created_at)"
            " values ('%s', false, '%s', 'member.added', 'member', '%s', 'success', '2026-01-05T10:00:00Z'),"
            " ('%s', false, '%s', 'team.created', 'team', '%s', 'success', '2026-02-05T10:00:00Z'),"
            " ('%s', true, '%s', 'admin.brand_updated', 'brand', '%s', 'success', '2026-03-05T10:00:00Z'),"
            " (null, false, null, 'auth.login_failed', 'user', '%s', 'failure', '2026-04-05T10:00:00Z'),"
            " ('%s', false, '%s', 'brand.updated', 'brand', '%s', 'success', '2026-05-05T10:00:00Z')",
            brand.id, owner.id, member.id, brand.id, admin.id, brand.team_id, brand.id, root.id, brand.id, member.id, away.id,
            outsider.id, away.id);
}

static const char *actions(const struct api_person *who, const char *path)
{
    struct api_reply r = api_get(who, path);
    const char *all = "";
    for (size_t i = 0; r.status == 200 && i < json_array_size(api_json(&r, "data")); i++) {
        all = api_f("%s%s%s", all, i > 0 ? " " : "", api_text(&r, api_f("data.%zu.action", i)));
    }
    return r.status == 200 ? all : api_f("%d %s", r.status, api_error(&r));
}

static void a_brand_reads_its_own_entries_newest_first(void **state)
{
    (void)state;
    make_entries();
    assert_string_equal(actions(&admin, "/api/v1/audit"), "admin.brand_updated team.created member.added");
    assert_string_equal(actions(&owner, api_f("/api/v1/brands/%s/audit?sort=created_at", brand.id)),
                        "member.added team.created admin.brand_updated");
    assert_string_equal(actions(&outsider, "/api/v1/audit"), "brand.updated");
    assert_string_equal(actions(&member, "/api/v1/audit"), "403 permission_denied");
    assert_string_equal(actions(&root, api_f("/api/v1/brands/%s/audit", brand.id)), "404 not_found");
    struct api_reply r = api_get(&admin, "/api/v1/audit?limit=1");
    assert_int_equal(api_number(&r, "count"), 3);
    assert_string_equal(actions(&admin, api_text(&r, "next")), "team.created");
    assert_string_equal(api_text(&r, "data.0.actor_name"), "Root Tester");
}

static void entries_say_what_things_are_called_now(void **state)
{
    (void)state;
    make_entries();
    struct api_reply r = api_get(&admin, "/api/v1/audit?fields=action,resource_name");
    assert_string_equal(api_text(&r, "data.0.resource_name"),
                        pg_value("select name from karara.brands where id = '%s'", brand.id));
    assert_string_equal(api_text(&r, "data.1.resource_name"),
                        pg_value("select name from tenant_shared.teams where id = '%s'", brand.team_id));
    assert_string_equal(api_text(&r, "data.2.resource_name"), "Member Tester");
    r = api_get(&root, "/api/v1/admin/audit");
    assert_string_equal(api_text(&r, "data.0.resource_name"), "Member Tester");
    assert_true(json_is_null(api_json(&r, "data.0.brand_name")));
    assert_string_equal(api_text(&r, "data.1.brand_name"), api_text(&r, "data.1.resource_name"));
    /* Of another brand's things nothing is told, whatever an entry says. */
    pg_exec("update karara.audit_entries set resource_id = '%s' where brand_id = '%s' and resource_type = 'team'", away.team_id,
            brand.id);
    r = api_get(&admin, "/api/v1/audit?resource_type=team");
    assert_true(json_is_null(api_json(&r, "data.0.resource_name")));
}

static void entries_are_found_by_what_one_knows_of_them(void **state)
{
    (void)state;
    make_entries();
    assert_string_equal(actions(&owner, api_f("/api/v1/audit?actor_id=%s,%s", owner.id, admin.id)),
                        "team.created member.added");
    assert_string_equal(actions(&owner, "/api/v1/audit?action=team.created,member.added&sort=created_at"),
                        "member.added team.created");
    assert_string_equal(actions(&owner, "/api/v1/audit?resource_type=member"), "member.added");
    assert_string_equal(actions(&owner, api_f("/api/v1/audit?resource_id=%s", brand.team_id)), "team.created");
    assert_string_equal(actions(&owner, "/api/v1/audit?outcome=failure"), "");
    assert_string_equal(
        actions(&owner, "/api/v1/audit?created_at[gte]=2026-02-05T10:00:00Z&created_at[lt]=2026-03-05T10:00:00Z"),
        "team.created");
    pg_exec("update karara.audit_entries set ip = '203.0.113.7', request_id = 'r-1' where action = 'team.created'");
    assert_string_equal(actions(&owner, "/api/v1/audit?ip=203.0.113.7"), "team.created");
    assert_string_equal(actions(&owner, "/api/v1/audit?ip=203.0.113.8"), "");
    assert_string_equal(actions(&owner, "/api/v1/audit?request_id=r-1"), "team.created");
    assert_string_equal(actions(&owner, "/api/v1/audit?user_agent=x"), "422 validation_failed");
}

static void the_platform_reads_what_is_the_platform_s(void **state)
{
    (void)state;
    make_entries();
    assert_string_equal(actions(&root, "/api/v1/admin/audit"), "auth.login_failed admin.brand_updated");
    assert_string_equal(actions(&root, api_f("/api/v1/admin/audit?brand_id=%s", brand.id)), "admin.brand_updated");
    assert_string_equal(actions(&root, "/api/v1/admin/audit?outcome=failure"), "auth.login_failed");
    assert_string_equal(actions(&owner, "/api/v1/admin/audit"), "403 permission_denied");
    assert_string_equal(actions(NULL, "/api/v1/admin/audit"), "401 authentication_required");
}

/* ---- the walls ---- */

#define AS_APP(brand, rows, ...) pg_as("karara_app", brand, rows, __VA_ARGS__)

static void the_log_can_be_added_to_and_never_changed(void **state)
{
    (void)state;
    make_entries();
    static const char *const changes[] = {
        "update karara.audit_entries set action = 'a.b'", "delete from karara.audit_entries",
        "select * from karara.audit_entries_default",
        "insert into karara.audit_entries_default (action, resource_type) values ('a.b', 'c')"
    };
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        assert_string_equal(AS_APP(brand.id, NULL, "%s", changes[i]), "42501");
    }
    assert_string_equal(AS_APP(brand.id, NULL,
                               "insert into karara.audit_entries (brand_id, action, resource_type, hash) values "
                               "('%s', 'a.b', 'c', 'x')",
                               brand.id),
                        "42501");
    assert_string_equal(AS_APP(brand.id, NULL,
                               "insert into karara.audit_entries (brand_id, action, resource_type) values "
                               "('%s', 'a.b', 'c')",
                               away.id),
                        "42501");
    assert_null(AS_APP(brand.id, NULL,
                       "insert into karara.audit_entries (brand_id, action, resource_type) values "
                       "('%s', 'a.b', 'c')",
                       brand.id));
    assert_int_equal(pg_count("select count(*) from karara.audit_entries"), 6);
}

/* How many entries the API worker sees with these settings. */
static const char *seen(const char *brand_id, const char *platform)
{
    struct db *d = db_open(pg_conninfo("karara_app"));
    const char *const settings[] = { brand_id, platform };
    assert_true(db_exec_text(d, "begin"));
    const char *set =
        db_query_text(d, api_worker()->arena,
                      "select set_config('karara.brand_id', $1, true) || set_config('karara.platform', $2, true)", 2, settings);
    assert_non_null(set);
    const char *count =
        api_f("%s", db_query_text(d, api_worker()->arena, "select count(*) from karara.audit_entries", 0, NULL));
    db_close(d);
    arena_reset(api_worker()->arena);
    return count;
}

static void entries_are_seen_through_the_wall_that_they_are_behind(void **state)
{
    (void)state;
    make_entries();
    assert_string_equal(seen(brand.id, ""), "3");
    assert_string_equal(seen(away.id, ""), "1");
    assert_string_equal(seen("", ""), "0");
    assert_string_equal(seen("", "on"), "2");
    assert_string_equal(seen(brand.id, "on"), "3");
}

static void the_relay_chains_an_entry_once(void **state)
{
    (void)state;
    long long rows;
    make_entries();
    assert_null(
        pg_as("karara_worker", NULL, &rows,
              "update karara.audit_entries set sequence = number, hash = 'a', prev_hash = 'b' where mod(number, 2) = 0"));
    assert_true(rows >= 2);
    assert_null(pg_as("karara_worker", NULL, &rows, "update karara.audit_entries set hash = 'c' where hash = 'a'"));
    assert_int_equal(rows, 0);
    assert_string_equal(pg_as("karara_worker", NULL, NULL, "update karara.audit_entries set action = 'a.b'"), "42501");
    assert_string_equal(pg_as("karara_worker", NULL, NULL, "delete from karara.audit_entries"), "42501");
}

static void an_id_is_a_version_7_uuid_of_its_moment(void **state)
{
    (void)state;
    assert_string_equal(pg_value("select substr(karara.uuid_v7()::text, 15, 1) || (substr(karara.uuid_v7()::text, 20, 1) ~ "
                                 "'[89ab]')::text"),
                        "7true");
    assert_true(
        pg_count("select abs(('x' || lpad(replace(left(karara.uuid_v7()::text, 13), '-', ''), 16, '0'))::bit(64)::bigint "
                 "- (extract(epoch from clock_timestamp()) * 1000)::bigint)") < 1000);
    assert_int_equal(pg_count("select count(distinct karara.uuid_v7()) from generate_series(1, 1000)"), 1000);
}

#define TEST(f) cmocka_unit_test_setup(f, forget)

/* ---- as a table ---- */

static struct api_reply table_of(const struct api_person *who, const char *path)
{
    return API_SEND(who, "GET", path, NULL, "Accept", "text/csv");
}

static int lines(const struct api_reply *r)
{
    int n = 0;
    for (const char *s = r->body; (s = strstr(s, "\r\n")) != NULL; s += 2) {
        n++;
    }
    return n;
}

static void the_whole_log_comes_as_a_table_each_entry_once(void **state)
{
    (void)state;
    pg_exec("insert into karara.audit_entries (brand_id, actor_id, action, resource_type, resource_id, outcome, created_at) "
            "select '%s', '%s', 'team.created', 'team', '%s', case when n %% 2 = 0 then 'success' else 'failure' end, "
            "'2026-01-05T10:00:00Z'::timestamptz + n / 3 * interval '1 s' from generate_series(1, 1234) n",
            brand.id, owner.id, brand.team_id);
    struct api_reply r = table_of(&owner, "/api/v1/audit");
    assert_int_equal(r.status, 200);
    assert_string_equal(api_header(&r, "Content-Type"), "text/csv; charset=utf-8");
    assert_non_null(strstr(api_header(&r, "Content-Disposition"), "filename=\"audit-20"));
    assert_string_equal(api_header(&r, "Cache-Control"), "no-store");
    assert_int_equal(strncmp(r.body, "id,actor_id,actor_name,action,", 30), 0);
    assert_int_equal(lines(&r), 1235);
    const char *ids = pg_value("select string_agg(id::text, ' ') from karara.audit_entries");
    for (const char *id = ids; *id != '\0'; id += strcspn(id, " ") + (id[strcspn(id, " ")] == ' ')) {
        char one[UUID_TEXT_SIZE];
        snprintf(one, sizeof one, "%.36s", id);
        const char *first = strstr(r.body, one);
        assert_non_null(first);
        assert_null(strstr(first + 1, one));
    }
    r = table_of(&owner, "/api/v1/audit?outcome=failure&fields=action,outcome&sort=created_at");
    assert_int_equal(lines(&r), 618);
    assert_int_equal(strncmp(r.body, "action,outcome\r\nteam.created,failure\r\n", 38), 0);
    r = table_of(&owner, "/api/v1/audit?outcome=failure&action=none");
    assert_int_equal(lines(&r), 1);
}

static void a_table_is_for_who_may_read_it_and_has_no_pages(void **state)
{
    (void)state;
    make_entries();
    struct api_reply r = table_of(&member, "/api/v1/audit");
    assert_int_equal(r.status, 403);
    assert_string_equal(api_error(&r), "permission_denied");
    r = table_of(&owner, "/api/v1/audit?page=2");
    assert_int_equal(r.status, 422);
    assert_non_null(api_json(&r, "error.field_errors.page"));
    r = table_of(&owner, "/api/v1/teams"); /* of which there is none as a table */
    assert_non_null(api_json(&r, "data"));
    r = table_of(&root, "/api/v1/admin/audit");
    assert_int_equal(lines(&r), 3);
    assert_null(strstr(r.body, "member.added"));
    r = API_SEND(&owner, "GET", "/api/v1/audit", NULL, "Accept", "application/json, text/csv");
    assert_non_null(api_json(&r, "data"));
}

static void no_spreadsheet_takes_a_cell_for_a_formula(void **state)
{
    (void)state;
    pg_exec(
        "insert into karara.audit_entries (brand_id, actor_id, action, resource_type, outcome, ip, user_agent, after) values "
        "('%s', '%s', 'team.created', 'team', 'success', '203.0.113.7', '=HYPERLINK(\"https://evil.example\",\"x\")', "
        "'{\"name\":\"@SUM(1)\"}'), ('%s', '%s', 'team.created', 'team', 'success', '203.0.113.7', '+49 30 1', null)",
        brand.id, owner.id, brand.id, owner.id);
    struct api_reply r = table_of(&owner, "/api/v1/audit?fields=user_agent,after&sort=created_at");
    assert_non_null(strstr(r.body, "\"'=HYPERLINK(\"\"https://evil.example\"\",\"\"x\"\")\""));
    assert_non_null(strstr(r.body, "\"{\"\"name\"\":\"\"@SUM(1)\"\"}\""));
    assert_non_null(strstr(r.body, "\"'+49 30 1\""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(signing_in_is_noted_with_where_from),
        TEST(a_refused_sign_in_is_noted_although_it_is_refused),
        TEST(a_lock_is_noted_and_so_is_who_stands_before_it),
        TEST(an_account_that_is_suspended_is_noted_as_the_reason),
        TEST(ending_sessions_and_changing_the_password_are_noted),
        TEST(a_refresh_token_that_comes_back_is_noted),
        TEST(a_membership_is_noted_from_its_beginning_to_its_end),
        TEST(teams_and_their_members_are_noted),
        TEST(settings_of_a_brand_are_noted_as_far_as_they_were_asked_for),
        TEST(what_a_role_may_and_what_is_lent_are_noted),
        TEST(entries_say_what_things_are_called_now),
        TEST(what_is_undone_leaves_no_entry),
        TEST(a_brand_reads_its_own_entries_newest_first),
        TEST(entries_are_found_by_what_one_knows_of_them),
        TEST(the_platform_reads_what_is_the_platform_s),
        TEST(the_whole_log_comes_as_a_table_each_entry_once),
        TEST(a_table_is_for_who_may_read_it_and_has_no_pages),
        TEST(no_spreadsheet_takes_a_cell_for_a_formula),
        TEST(the_log_can_be_added_to_and_never_changed),
        TEST(entries_are_seen_through_the_wall_that_they_are_behind),
        TEST(the_relay_chains_an_entry_once),
        TEST(an_id_is_a_version_7_uuid_of_its_moment),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
