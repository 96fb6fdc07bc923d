/* test_export.c - everything that there is about oneself, and nothing of anybody else. */
#include "api/dispatch.h"
#include "cast.h"
#include "core/config.h"
#include "pg.h"
#include "platform/password.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define EXPORT "/api/v1/users/me/export"
#define PASSWORD "correct horse battery"

static struct api_person person(const char *name)
{
    struct api_person p = api_person(name);
    pg_exec("insert into karara.credentials (user_id, password_hash) values ('%s', '%s')", p.id,
            password_hash(api_worker()->arena, PASSWORD));
    return p;
}

static void an_export_holds_everything_about_oneself_and_nothing_else(void **state)
{
    (void)state;
    struct api_person p = person("subject"), other = person("colleague");
    struct api_brand one = api_brand("export-a", &p), two = api_brand("export-b", &other);
    api_join(&two, &p, "member");
    struct uuid mine = api_task(&one, &p, "Made by me");
    struct uuid given = api_task(&two, &other, "Given to me");
    api_task(&two, &other, "Not mine");
    char id[UUID_TEXT_SIZE];
    uuid_format(&given, id);
    pg_exec("insert into tenant_shared.task_assignees (brand_id, task_id, user_id) values ('%s', '%s', '%s')", two.id, id,
            p.id);
    struct api_reply r = api_get(&p, EXPORT);
    assert_int_equal(r.status, 200);
    assert_string_equal(api_text(&r, "data.user.email"), p.email);
    assert_int_equal(json_array_size(api_json(&r, "data.sessions")), 1);
    assert_int_equal(json_array_size(api_json(&r, "data.memberships")), 2);
    assert_int_equal(json_array_size(api_json(&r, "data.tasks")), 2);
    assert_string_equal(api_text(&r, "data.tasks.1.id"), id);
    assert_true(json_is_true(api_json(&r, "data.tasks.1.is_assignee")));
    assert_true(json_is_false(api_json(&r, "data.tasks.1.is_creator")));
    uuid_format(&mine, id);
    assert_string_equal(api_text(&r, "data.tasks.0.id"), id);
    assert_null(strstr(r.body, "Not mine"));
    assert_null(strstr(r.body, "argon2"));
    assert_null(strstr(r.body, other.email));
    assert_non_null(api_header(&r, "Content-Disposition"));
    pg_exec("update karara.brand_members set status = 'suspended' where brand_id = '%s' and user_id = '%s'", two.id, p.id);
    r = api_get(&p, EXPORT);
    assert_int_equal(json_array_size(api_json(&r, "data.memberships")), 2);
    assert_int_equal(json_array_size(api_json(&r, "data.tasks")), 1);
    assert_int_equal(api_get(NULL, EXPORT).status, 401);
}

static void an_export_of_many_brands_holds_them_all(void **state)
{
    (void)state;
    struct api_person p = person("collector");
    for (int i = 0; i < 35; i++) {
        struct api_brand brand = api_brand(api_f("many-%d", i), &p);
        api_task(&brand, &p, "One of many");
    }
    struct api_reply r = api_get(&p, EXPORT);
    assert_int_equal(r.status, 200);
    assert_int_equal(json_array_size(api_json(&r, "data.memberships")), 35);
    assert_int_equal(json_array_size(api_json(&r, "data.tasks")), 35);
    struct api_person nobody = person("hermit");
    r = api_get(&nobody, EXPORT);
    assert_int_equal(json_array_size(api_json(&r, "data.tasks")), 0);
}

static size_t rows_in(const struct api_reply *r, const char *member)
{
    return json_array_size(api_json(r, api_f("data.%s", member)));
}

/* The row of the export's `member` whose `key` is that text; its number, or -1. */
static int row_with(const struct api_reply *r, const char *member, const char *key, const char *text)
{
    for (size_t i = 0; i < rows_in(r, member); i++) {
        if (strcmp(api_text(r, api_f("data.%s.%zu.%s", member, i, key)), text) == 0) {
            return (int)i;
        }
    }
    return -1;
}

static void it_has_api_tokens_with_name_scopes_and_dates_and_never_the_token(void **state)
{
    (void)state;
    struct api_person p = person("programmer"), other = person("programmer-too");
    struct api_reply made[2];
    for (int i = 0; i < 2; i++) {
        made[i] =
            api_post(&p, "/api/v1/auth/tokens",
                     api_f("{\"name\":\"Report %d\",\"scopes\":[\"tasks:read\"],\"expires_at\":\"2099-01-01T00:00:00Z\"}", i));
        assert_int_equal(made[i].status, 201);
    }
    api_post(&other, "/api/v1/auth/tokens", "{\"name\":\"Somebody else's\",\"scopes\":[\"tasks:read\"]}");
    assert_int_equal(api_delete(&p, api_f("/api/v1/auth/tokens/%s", api_text(&made[0], "data.id"))).status, 200);
    struct api_reply r = api_get(&p, EXPORT);
    assert_int_equal(rows_in(&r, "api_tokens"), 2);
    assert_string_equal(api_text(&r, "data.api_tokens.0.name"), "Report 1");
    assert_string_equal(api_text(&r, "data.api_tokens.0.scopes.0"), "tasks:read");
    assert_string_equal(api_text(&r, "data.api_tokens.0.expires_at"), "2099-01-01T00:00:00Z");
    assert_true(json_is_null(api_json(&r, "data.api_tokens.0.revoked_at")));
    assert_true(json_is_string(api_json(&r, "data.api_tokens.1.revoked_at")));
    assert_null(strstr(r.body, api_text(&made[1], "data.token")));
    assert_null(strstr(r.body, "digest"));
    assert_null(strstr(r.body, "Somebody else's"));
}

static void it_has_delegations_both_ways_and_nobody_else_s(void **state)
{
    struct api_person owner, admin, member, third;
    (void)state;
    struct api_brand b = CAST("lending", &owner, { &admin, "admin" }, { &member, "member" }, { &third, "manager" });
    const struct {
        const struct api_person *from, *to;
    } lent[] = { { &owner, &admin }, { &admin, &member }, { &owner, &third } };
    for (size_t i = 0; i < 3; i++) {
        struct api_reply made = api_post(lent[i].from, api_f("/api/v1/brands/%s/delegations", b.id),
                                         api_f("{\"to_user_id\":\"%s\",\"permissions\":[\"can_invite_users\"],"
                                               "\"ends_at\":\"2099-01-01T00:00:00Z\"}",
                                               lent[i].to->id));
        assert_int_equal(made.status, 201);
    }
    struct api_reply r = api_get(&admin, EXPORT);
    assert_int_equal(rows_in(&r, "delegations"), 2);
    int got = row_with(&r, "delegations", "from_user_id", owner.id),
        gave = row_with(&r, "delegations", "to_user_id", member.id);
    assert_true(json_is_false(api_json(&r, api_f("data.delegations.%d.is_giver", got))));
    assert_true(json_is_true(api_json(&r, api_f("data.delegations.%d.is_giver", gave))));
    assert_string_equal(api_text(&r, api_f("data.delegations.%d.permissions.0", gave)), "can_invite_users");
    assert_string_equal(api_text(&r, api_f("data.delegations.%d.brand_id", gave)), b.id);
    assert_null(strstr(r.body, third.id));
    r = api_get(&third, EXPORT);
    assert_int_equal(rows_in(&r, "delegations"), 1);
}

static void it_has_teams_and_divisions_of_brands_that_one_may_enter(void **state)
{
    (void)state;
    struct api_person owner = person("divided"), member = person("division-member");
    struct api_brand b = api_brand("units", &owner);
    api_join(&b, &member, "member");
    const char *ids[2];
    for (int i = 0; i < 2; i++) {
        struct api_reply made = api_post(&owner, "/api/v1/divisions", api_f("{\"name\":\"Sales %d\"}", i));
        assert_int_equal(made.status, 201);
        ids[i] = api_f("%s", api_text(&made, "data.id"));
    }
    pg_exec("insert into tenant_shared.division_members (brand_id, division_id, user_id) values ('%s', '%s', '%s')", b.id,
            ids[0], member.id);
    pg_exec("update tenant_shared.teams set owner_id = '%s' where id = '%s'", owner.id, b.team_id);
    assert_int_equal(api_post(&owner, "/api/v1/teams", "{\"name\":\"Without the member\"}").status, 201);
    struct api_reply r = api_get(&member, EXPORT);
    assert_int_equal(rows_in(&r, "teams"), 1);
    assert_string_equal(api_text(&r, "data.teams.0.id"), b.team_id);
    assert_string_equal(api_text(&r, "data.teams.0.role"), "member");
    assert_true(json_is_false(api_json(&r, "data.teams.0.is_owner")));
    assert_int_equal(rows_in(&r, "divisions"), 1);
    assert_string_equal(api_text(&r, "data.divisions.0.name"), "Sales 0");
    r = api_get(&owner, EXPORT);
    int own = row_with(&r, "teams", "id", b.team_id);
    assert_true(json_is_true(api_json(&r, api_f("data.teams.%d.is_owner", own))));
    pg_exec("update karara.brand_members set status = 'suspended' where brand_id = '%s' and user_id = '%s'", b.id, member.id);
    r = api_get(&member, EXPORT);
    assert_int_equal(rows_in(&r, "memberships"), 1);
    assert_int_equal(rows_in(&r, "teams") + rows_in(&r, "divisions"), 0);
}

static void it_has_recurring_tasks_and_invitations_that_one_sent(void **state)
{
    (void)state;
    struct api_person owner = person("inviting"), member = person("gardener");
    struct api_brand b = api_brand("inviting", &owner);
    api_join(&b, &member, "member");
    assert_int_equal(api_post(&owner, api_f("/api/v1/brands/%s/users/invite", b.id),
                              "{\"email\":\"guest@export.example\",\"role\":\"guest\",\"message\":\"Have a look\"}")
                         .status,
                     201);
    pg_exec(
        "insert into tenant_shared.task_templates (brand_id, id, team_id, board_id, title, assignee_ids, created_by) values "
        "('%1$s', gen_random_uuid(), '%2$s', '%3$s', 'Water the plants', '{%4$s}', '%5$s'), "
        "('%1$s', gen_random_uuid(), '%2$s', '%3$s', 'Only the owner''s', '{}', '%5$s')",
        b.id, b.team_id, b.board_id, member.id, owner.id);
    struct api_reply r = api_get(&owner, EXPORT);
    assert_int_equal(rows_in(&r, "sent_invitations"), 1);
    assert_string_equal(api_text(&r, "data.sent_invitations.0.email"), "guest@export.example");
    assert_string_equal(api_text(&r, "data.sent_invitations.0.message"), "Have a look");
    assert_int_equal(rows_in(&r, "templates"), 2);
    r = api_get(&member, EXPORT);
    assert_int_equal(rows_in(&r, "sent_invitations"), 0);
    assert_int_equal(rows_in(&r, "templates"), 1);
    assert_string_equal(api_text(&r, "data.templates.0.title"), "Water the plants");
    assert_true(json_is_true(api_json(&r, "data.templates.0.is_assignee")));
    assert_true(json_is_false(api_json(&r, "data.templates.0.is_creator")));
}

/* Of the audit log a person sees what happened to their account, wherever it came from, and nothing of the platform's besides. */
static void it_has_the_account_s_part_of_the_audit_log(void **state)
{
    (void)state;
    struct api_person p = person("logged"), other = person("logged-too");
    assert_int_equal(signed_in(p.email, PASSWORD).status, 200);
    assert_int_equal(signed_in(p.email, "a wrong guess").status, 401);
    assert_int_equal(signed_in(other.email, PASSWORD).status, 200);
    pg_exec("insert into karara.audit_entries (platform, actor_id, action, resource_type, resource_id, ip, user_agent) values "
            "(true, '%1$s', 'user.two_factor_reset', 'user', '%2$s', '198.51.100.7', 'Office'), "
            "(true, null, 'user.password_changed', 'user', '%2$s', '', 'kararactl: ada as root on db1')",
            other.id, p.id);
    struct api_reply r = api_get(&p, EXPORT);
    assert_int_equal(rows_in(&r, "account_log"), 4);
    int in = row_with(&r, "account_log", "action", "auth.logged_in"), wrong = row_with(&r, "account_log", "outcome", "failure"),
        reset = row_with(&r, "account_log", "action", "user.two_factor_reset");
    assert_true(json_is_true(api_json(&r, api_f("data.account_log.%d.is_own", in))));
    assert_true(json_is_false(api_json(&r, api_f("data.account_log.%d.is_own", wrong))));
    assert_true(json_is_string(api_json(&r, api_f("data.account_log.%d.ip", wrong))));
    assert_true(json_is_null(api_json(&r, api_f("data.account_log.%d.ip", reset))));
    assert_null(strstr(r.body, "198.51.100.7"));
    assert_null(strstr(r.body, "kararactl"));
    assert_int_equal(rows_in(&r, "sign_in"), 1);
    assert_int_equal(api_number(&r, "data.sign_in.0.login_attempts"), 1);
}

static void it_has_mails_without_the_links_in_them(void **state)
{
    (void)state;
    struct api_person p = person("written-to");
    assert_int_equal(api_post(NULL, "/api/v1/auth/forgot-password", api_f("{\"email\":\"%s\"}", p.email)).status, 200);
    struct api_reply r = api_get(&p, EXPORT);
    assert_int_equal(rows_in(&r, "mails"), 1);
    assert_string_equal(api_text(&r, "data.mails.0.template"), "reset_password");
    assert_string_equal(api_text(&r, "data.mails.0.to_address"), p.email);
    assert_null(strstr(r.body, "token="));
}

/* Whoever reads what there is must find each part named, and be told what isn't there. */
static void the_description_names_what_it_has(void **state)
{
    static const char *const words[] = { "devices",        "API tokens", "delegations", "teams",    "divisions",
                                         "memberships",    "overrides",  "invitations", "browsers", "notification preferences",
                                         "holds no secret" };
    (void)state;
    struct api_reply r = api_get(NULL, "/openapi.json");
    const char *doc = json_string_value(json_object_get(
        json_object_get(json_object_get(json_object_get(r.json, "paths"), "/users/me/export"), "get"), "description"));
    assert_non_null(doc);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        assert_non_null(strstr(doc, words[i]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_export_holds_everything_about_oneself_and_nothing_else),
        cmocka_unit_test(an_export_of_many_brands_holds_them_all),
        cmocka_unit_test(it_has_api_tokens_with_name_scopes_and_dates_and_never_the_token),
        cmocka_unit_test(it_has_delegations_both_ways_and_nobody_else_s),
        cmocka_unit_test(it_has_teams_and_divisions_of_brands_that_one_may_enter),
        cmocka_unit_test(it_has_recurring_tasks_and_invitations_that_one_sent),
        cmocka_unit_test(it_has_the_account_s_part_of_the_audit_log),
        cmocka_unit_test(it_has_mails_without_the_links_in_them),
        cmocka_unit_test(the_description_names_what_it_has),
    };
    return cmocka_run_group_tests(tests, cast_begin, NULL);
}
