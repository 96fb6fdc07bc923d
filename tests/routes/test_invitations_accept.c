/* test_invitations_accept.c - what the holders of mailed invitations make of them. */
#include "cast.h"
#include "inviting.h"
#include "pg.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* ---- accepting ---- */

static void a_preview_says_what_one_is_asked_to(void **state)
{
    (void)state;
    account("known");
    pg_exec("update karara.brands set settings = '{\"colours\": {\"accent\": \"#123456\"}}' where id = '%s'", brand.id);
    invite("known", "member");
    invite("unknown", "guest");
    struct api_reply r = preview(token_of("unknown"));
    assert_int_equal(r.status, 200);
    assert_string_equal(api_text(&r, "data.email"), email_of("unknown"));
    assert_string_equal(api_text(&r, "data.role"), "guest");
    assert_string_equal(api_text(&r, "data.brand.colours.accent"), "#123456");
    assert_string_equal(api_text(&r, "data.brand.name"), api_f("Brand inviting-%d", serial));
    assert_true(strlen(api_text(&r, "data.inviter_name")) > 0);
    assert_true(json_is_true(api_json(&r, "data.needs_account")));
    assert_string_equal(api_header(&r, "Cache-Control"), "no-store");
    r = preview(token_of("known"));
    assert_true(json_is_false(api_json(&r, "data.needs_account")));
    r = preview("nothing-of-ours");
    refused(&r, 404, "not_found");
}

static void somebody_new_gets_an_account_and_is_in(void **state)
{
    (void)state;
    invite_with(&owner, "ada", "member",
                api_f(",\"team_ids\":[\"%s\"],\"access_expires_at\":\"2099-01-01T00:00:00Z\"", brand.team_id));
    struct api_reply r = api_post(NULL, "/api/v1/invitations/accept", api_f("{\"token\":\"%s\"}", token_of("ada")));
    refused(&r, 422, "validation_failed");
    assert_non_null(api_json(&r, "error.field_errors.password"));
    assert_non_null(api_json(&r, "error.field_errors.first_name"));
    r = api_post(NULL, "/api/v1/invitations/accept",
                 api_f("{\"token\":\"%s\",\"password\":\"password1\",\"first_name\":\"Ada\"}", token_of("ada")));
    refused(&r, 422, "validation_failed"); /* one of the commonest; and the link is still good */
    r = accept_new(token_of("ada"));
    assert_int_equal(r.status, 200);
    assert_string_equal(api_text(&r, "data.user.email"), email_of("ada"));
    assert_string_equal(api_text(&r, "data.user.status"), "active");
    assert_string_equal(api_text(&r, "data.current_brand_id"), brand.id);
    assert_true(strlen(api_text(&r, "data.refresh_token")) > 0);
    struct api_person ada = { 0 };
    snprintf(ada.token, sizeof ada.token, "%s", api_text(&r, "data.access_token"));
    snprintf(ada.id, sizeof ada.id, "%s", api_text(&r, "data.user.id"));
    assert_string_equal(role_of(ada.id), "member active");
    assert_int_equal(pg_count("select count(*) from tenant_shared.team_members where user_id = '%s' and team_id = '%s'", ada.id,
                              brand.team_id),
                     1);
    assert_int_equal(
        pg_count("select count(*) from karara.brand_members where user_id = '%s' and expires_at = '2099-01-01'", ada.id), 1);
    assert_int_equal(api_get(&ada, "/api/v1/boards").status, 200);
    assert_int_equal(told("invitation.accepted"), 1);
    assert_int_equal(told("member.added"), 1);
    assert_int_equal(audited("invitation.accepted"), 1);
    assert_int_equal(audited("member.added"), 1);
    assert_int_equal(pg_count("select count(*) from karara.events where payload::text like '%%kettle%%'"), 0);
    r = api_post(NULL, "/api/v1/auth/login", api_f("{\"email\":\"%s\",\"password\":\"" PASSWORD "\"}", email_of("ada")));
    assert_int_equal(r.status, 200);
    r = accept_new(token_of("ada"));
    gone(&r, "accepted");
    assert_int_equal(members(), 3);
}

static void an_account_that_waits_for_its_address_is_opened_by_whoever_holds_the_mail(void **state)
{
    (void)state;
    struct api_person p = account("ada");
    pg_exec("update karara.users set status = 'pending', first_name = 'Eve' where id = '%s'", p.id);
    invite("ada", "member");
    struct api_reply r = preview(token_of("ada"));
    assert_true(json_is_true(api_json(&r, "data.needs_account")));
    r = accept_new(token_of("ada"));
    assert_int_equal(r.status, 200);
    assert_string_equal(api_text(&r, "data.user.id"), p.id);
    assert_string_equal(api_text(&r, "data.user.first_name"), "Ada");
    assert_int_equal(api_get(&p, "/api/v1/users/me").status, 401); /* what was open before is not */
}

static void who_has_an_account_signs_in_first(void **state)
{
    (void)state;
    struct api_person ada = account("ada"), bea = account("bea");
    invite("ada", "manager");
    struct api_reply r = accept_new(token_of("ada"));
    refused(&r, 401, "authentication_required");
    assert_string_equal(api_text(&r, "error.details.reason"), "has_account");
    r = accept_as(&bea, token_of("ada"));
    refused(&r, 403, "permission_denied");
    assert_string_equal(api_text(&r, "error.details.reason"), "other_address");
    assert_string_equal(role_of(bea.id), "none");
    r = accept_as(&ada, token_of("ada"));
    assert_int_equal(r.status, 200);
    assert_string_equal(api_text(&r, "data.current_brand_id"), brand.id);
    assert_string_equal(api_text(&r, "data.brands.0.role"), "manager");
    assert_null(api_header(&r, "Set-Cookie")); /* the session is the one there was */
    assert_string_equal(role_of(ada.id), "manager active");
    r = accept_as(&ada, token_of("ada"));
    gone(&r, "accepted");
    pg_exec("update karara.sessions set revoked_at = now() where user_id = '%s'", bea.id);
    invite("bea", "member");
    r = accept_as(&bea, token_of("bea"));
    refused(&r, 401, "invalid_token");
}

static void accepting_gets_nobody_past_a_suspended_account_or_membership(void **state)
{
    (void)state;
    struct api_person ada = account("ada"), bea = account("bea");
    invite("ada", "member");
    invite("bea", "member");
    pg_exec("update karara.users set status = 'suspended' where id = '%s'", ada.id);
    struct api_reply r = accept_new(token_of("ada"));
    refused(&r, 401, "authentication_required");
    r = accept_as(&ada, token_of("ada"));
    refused(&r, 403, "account_suspended");
    api_join(&brand, &bea, "guest");
    pg_exec("update karara.brand_members set status = 'suspended' where user_id = '%s'", bea.id);
    r = accept_as(&bea, token_of("bea"));
    refused(&r, 409, "conflict");
    assert_string_equal(role_of(bea.id), "guest suspended");
}

static void a_brand_that_is_closed_takes_nobody(void **state)
{
    (void)state;
    struct api_reply made = invite("ada", "member");
    pg_exec("update karara.brands set status = 'suspended' where id = '%s'", brand.id);
    struct api_reply r = accept_new(token_of("ada"));
    refused(&r, 403, "brand_suspended");
    r = invite_with(&owner, "bea", "member", "");
    refused(&r, 403, "brand_suspended");
    r = api_delete(&owner, path_of(&made));
    refused(&r, 403, "brand_suspended");
    assert_int_equal(pg_count("select count(*) from karara.users where email = '%s'", email_of("ada")), 0);
    pg_exec("update karara.brands set status = 'inactive' where id = '%s'", brand.id);
    r = preview(token_of("ada"));
    gone(&r, "closed");
}

static void teams_that_are_gone_are_left_out(void **state)
{
    (void)state;
    pg_exec("insert into tenant_shared.teams (id, brand_id, name) values (gen_random_uuid(), '%s', 'Short-lived')", brand.id);
    const char *team =
        api_f("%s", pg_value("select id from tenant_shared.teams where brand_id = '%s' and name = 'Short-lived'", brand.id));
    struct api_reply made = invite_with(&owner, "ada", "member", api_f(",\"team_ids\":[\"%s\",\"%s\"]", team, brand.team_id));
    assert_int_equal(json_array_size(api_json(&made, "data.teams")), 2);
    pg_exec("delete from tenant_shared.teams where id = '%s'", team);
    struct api_reply r = api_get(&owner, path_of(&made));
    assert_int_equal(json_array_size(api_json(&r, "data.teams")), 1);
    r = accept_new(token_of("ada"));
    assert_int_equal(r.status, 200);
    assert_int_equal(
        pg_count("select count(*) from tenant_shared.team_members where user_id = '%s'", api_text(&r, "data.user.id")), 1);
}

static void who_was_added_meanwhile_keeps_what_they_have(void **state)
{
    (void)state;
    struct api_person ada = account("ada");
    invite("ada", "guest");
    api_acquaint(&owner);
    const char *token = token_of("ada");
    struct api_reply r =
        api_post(&owner, api_f("/api/v1/brands/%s/users", brand.id), api_f("{\"user_id\":\"%s\",\"role\":\"admin\"}", ada.id));
    assert_int_equal(r.status, 201);
    r = accept_as(&ada, token);
    gone(&r, "accepted");
    assert_string_equal(role_of(ada.id), "admin active");
    struct api_person bea = account("bea");
    invite("bea", "guest");
    api_join(&brand, &bea, "member"); /* behind the API's back */
    r = accept_as(&bea, token_of("bea"));
    assert_int_equal(r.status, 200);
    assert_string_equal(role_of(bea.id), "member active");
}

/* ---- places ---- */

static void open_invitations_take_places_and_ended_ones_free_them(void **state)
{
    (void)state;
    limit_users(3);
    struct api_reply made = invite("ada", "member");
    struct api_reply r = invite_with(&owner, "bea", "member", "");
    refused(&r, 403, "plan_limit_reached");
    assert_string_equal(api_text(&r, "error.details.limit"), "max_users");
    struct api_person carl = account("carl");
    api_acquaint(&owner);
    r = api_post(&owner, api_f("/api/v1/brands/%s/users", brand.id), api_f("{\"user_id\":\"%s\",\"role\":\"guest\"}", carl.id));
    refused(&r, 403, "plan_limit_reached");
    invite("ada", "guest"); /* the place is its own */
    assert_int_equal(accept_new(token_of("ada")).status, 200);
    r = invite_with(&owner, "bea", "member", "");
    refused(&r, 403, "plan_limit_reached");
    limit_users(4);
    made = invite("bea", "member");
    assert_int_equal(api_delete(&owner, path_of(&made)).status, 200);
    made = invite("carl", "member");
    r = api_post(&owner, api_f("/api/v1/brands/%s/users", brand.id), api_f("{\"user_id\":\"%s\",\"role\":\"guest\"}", carl.id));
    assert_int_equal(r.status, 201); /* into the place of their invitation */
    assert_int_equal(members(), 4);
}

static void a_plan_that_shrank_takes_nobody_more(void **state)
{
    (void)state;
    invite("ada", "member");
    limit_users(2);
    struct api_reply r = accept_new(token_of("ada"));
    refused(&r, 403, "plan_limit_reached");
    assert_int_equal(pg_count("select count(*) from karara.users where email = '%s'", email_of("ada")), 0);
    limit_users(3);
    assert_int_equal(accept_new(token_of("ada")).status, 200);
}

/* ---- at once ---- */

static int invite_one(int i, void *arg)
{
    (void)arg;
    struct api_reply r = invite_with(&owner, api_f("rival%d-", i), "member", "");
    return r.status == 201 ? 1 : strcmp(api_error(&r), "plan_limit_reached") == 0 ? 2 : 3;
}

static void of_two_for_the_last_place_one_is_invited(void **state)
{
    int results[6], invited = 0, refusals = 0;
    (void)state;
    limit_users(3);
    api_at_once(6, invite_one, NULL, results);
    for (int i = 0; i < 6; i++) {
        invited += results[i] == 1;
        refusals += results[i] == 2;
    }
    assert_int_equal(invited, 1);
    assert_int_equal(refusals, 5);
}

static int invite_same(int i, void *arg)
{
    (void)i;
    (void)arg;
    return invite_with(&owner, "same", "member", "").status == 201;
}

static void an_address_invited_twice_at_once_has_one_invitation(void **state)
{
    int results[6];
    (void)state;
    api_at_once(6, invite_same, NULL, results);
    for (int i = 0; i < 6; i++) {
        assert_int_equal(results[i], 1);
    }
    assert_int_equal(pg_count("select count(*) from karara.invitations where brand_id = '%s'", brand.id), 1);
    assert_int_equal(mails_to("same"), 1);
    assert_int_equal(preview(token_of("same")).status, 200);
}

static int accept_same(int i, void *arg)
{
    (void)i;
    int status = accept_new(arg).status;
    return status == 200 ? 1 : status == 410 || status == 409 || status == 401 ? 2 : 3;
}

static void accepting_twice_at_once_makes_one_membership(void **state)
{
    int results[6], in = 0, late = 0;
    (void)state;
    invite("ada", "member");
    api_at_once(6, accept_same, (void *)token_of("ada"), results);
    for (int i = 0; i < 6; i++) {
        in += results[i] == 1;
        late += results[i] == 2;
    }
    assert_int_equal(in, 1);
    assert_int_equal(late, 5);
    assert_int_equal(members(), 3);
    assert_int_equal(told("member.added"), 1);
}

struct duel {
    const char *token, *path;
};

static int accept_or_revoke(int i, void *arg)
{
    const struct duel *d = arg;
    int status = i == 0 ? accept_new(d->token).status : api_delete(&owner, d->path).status;
    return status == 200;
}

static void of_accepting_and_revoking_one_happens(void **state)
{
    (void)state;
    for (int round = 0; round < 4; round++) {
        int results[2];
        const char *name = api_f("duel%d-", round);
        struct api_reply made = invite(name, "member");
        struct duel d = { token_of(name), path_of(&made) };
        long long before = members();
        api_at_once(2, accept_or_revoke, &d, results);
        assert_int_equal(results[0] + results[1], 1);
        assert_int_equal(members() - before, results[0]);
    }
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup(f, inviting_begin)
    const struct CMUnitTest tests[] = {
        TEST(a_preview_says_what_one_is_asked_to),
        TEST(somebody_new_gets_an_account_and_is_in),
        TEST(an_account_that_waits_for_its_address_is_opened_by_whoever_holds_the_mail),
        TEST(who_has_an_account_signs_in_first),
        TEST(accepting_gets_nobody_past_a_suspended_account_or_membership),
        TEST(a_brand_that_is_closed_takes_nobody),
        TEST(teams_that_are_gone_are_left_out),
        TEST(who_was_added_meanwhile_keeps_what_they_have),
        TEST(open_invitations_take_places_and_ended_ones_free_them),
        TEST(a_plan_that_shrank_takes_nobody_more),
        TEST(of_two_for_the_last_place_one_is_invited),
        TEST(an_address_invited_twice_at_once_has_one_invitation),
        TEST(accepting_twice_at_once_makes_one_membership),
        TEST(of_accepting_and_revoking_one_happens),
    };
    return cmocka_run_group_tests(tests, cast_begin, NULL);
}
