/* test_invitations.c - inviting people to a brand by mail, and what becomes of invitations. (What the holders of the links make of them is in
 * test_invitations_accept.c.) */
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

/* ---- inviting ---- */

static void an_invitation_says_who_what_and_until_when_and_goes_out_by_mail(void **state)
{
    (void)state;
    pg_exec(
        "update karara.brands set settings = '{\"language\": \"de\", \"colours\": {\"accent\": \"#123456\"}}' where id = '%s'",
        brand.id);
    struct api_reply r = invite_with(&owner, "ada", "member",
                                     api_f(",\"team_ids\":[\"%s\"],\"message\":\"We start on <Monday>.\","
                                           "\"access_expires_at\":\"2099-01-01T00:00:00Z\"",
                                           brand.team_id));
    assert_int_equal(r.status, 201);
    assert_string_equal(api_header(&r, "Location"), path_of(&r));
    assert_string_equal(api_text(&r, "data.email"), email_of("ada"));
    assert_string_equal(api_text(&r, "data.role"), "member");
    assert_string_equal(api_text(&r, "data.status"), "open");
    assert_string_equal(api_text(&r, "data.teams.0.id"), brand.team_id);
    assert_string_equal(api_text(&r, "data.invited_by.id"), owner.id);
    assert_string_equal(api_text(&r, "data.access_expires_at"), "2099-01-01T00:00:00Z");
    assert_int_equal(pg_count("select count(*) from karara.invitations where id = '%s' and expires_at between "
                              "now() + interval '6 days 23 hours' and now() + interval '7 days'",
                              api_text(&r, "data.id")),
                     1);
    assert_null(strstr(r.body, token_of("ada")));
    assert_int_equal(pg_count("select count(*) from karara.invitations i where i::text like '%%%s%%'", token_of("ada")), 0);
    assert_string_equal(newest_mail("ada", "template || ' ' || language"), "invitation de");
    assert_non_null(strstr(newest_mail("ada", "html_body"), "We start on &lt;Monday&gt;."));
    assert_non_null(strstr(newest_mail("ada", "html_body"), "#123456"));
    assert_non_null(strstr(newest_mail("ada", "subject"), "Brand inviting-"));
    assert_int_equal(told("invitation.created"), 1);
    assert_int_equal(audited("invitation.created"), 1);
    assert_int_equal(
        pg_count("select count(*) from karara.events where brand_id = '%s' and payload::text like '%%@%%'", brand.id), 0);
}

static void the_answer_does_not_tell_who_has_an_account(void **state)
{
    (void)state;
    account("known");
    struct api_reply known = invite("known", "member"), unknown = invite("unknown", "member");
    const char *const same[] = { "data.role", "data.status", "data.message", "data.invited_by.id" };
    assert_int_equal(json_object_size(api_json(&known, "data")), json_object_size(api_json(&unknown, "data")));
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        assert_string_equal(api_text(&known, same[i]), api_text(&unknown, same[i]));
    }
    assert_int_equal(mails_to("known"), 1);
    assert_int_equal(mails_to("unknown"), 1);
}

static void a_mail_is_in_the_language_of_whoever_gets_it(void **state)
{
    (void)state;
    struct api_person p = account("greta");
    pg_exec("update karara.users set preferences = '{\"language\": \"de-AT\"}' where id = '%s'", p.id);
    invite("greta", "member");
    assert_string_equal(newest_mail("greta", "language"), "de");
    invite("bert", "member");
    assert_string_equal(newest_mail("bert", "language"), "en");
}

static void nobody_invites_above_themselves_or_into_what_is_not_theirs(void **state)
{
    (void)state;
    struct api_person elsewhere = api_person(api_f("elsewhere%d", serial));
    struct api_brand other = api_brand(api_f("other-%d", serial), &elsewhere);
    struct api_person member = api_person(api_f("member%d", serial));
    api_join(&brand, &member, "member");
    struct api_reply r = invite_with(&manager, "ada", "admin", "");
    refused(&r, 403, "permission_denied");
    r = invite_with(&member, "ada", "member", "");
    refused(&r, 403, "permission_denied");
    r = invite_with(&owner, "ada", "member", api_f(",\"team_ids\":[\"%s\"]", other.team_id));
    refused(&r, 422, "validation_failed");
    assert_non_null(api_json(&r, "error.field_errors.team_ids"));
    r = invite_with(&manager, "ada", "member", api_f(",\"team_ids\":[\"%s\"]", brand.team_id));
    refused(&r, 403, "permission_denied");
    pg_exec("update tenant_shared.team_members set role = 'manager' where user_id = '%s'", manager.id);
    r = invite_with(&manager, "ada", "member", api_f(",\"team_ids\":[\"%s\"]", brand.team_id));
    assert_int_equal(r.status, 201);
    assert_int_equal(mails_to("ada"), 1);
}

static void odd_asks_are_refused_with_words(void **state)
{
    (void)state;
    struct api_reply r = invite_with(&owner, "ada", "member", ",\"access_expires_at\":\"2001-01-01T00:00:00Z\"");
    refused(&r, 422, "validation_failed");
    r = invite_with(&owner, "ada", "member", ",\"message\":\"See https://elsewhere.example\"");
    refused(&r, 422, "validation_failed");
    r = invite_with(&owner, "ada", "member", ",\"message\":\"See WWW.elsewhere.example\"");
    refused(&r, 422, "validation_failed");
    r = invite_with(&owner, "ada", "member",
                    ",\"access_expires_at\":\"2098-01-01T00:00:00Z\",\"expires_at\":\"2099-01-01T00:00:00Z\"");
    refused(&r, 422, "validation_failed");
    r = invite_with(&owner, "ada", "chief", "");
    refused(&r, 422, "validation_failed");
    assert_int_equal(pg_count("select count(*) from karara.invitations where brand_id = '%s'", brand.id), 0);
    r = invite_with(&owner, "ada", "member", ",\"expires_at\":\"2099-01-01T00:00:00Z\"");
    assert_string_equal(api_text(&r, "data.access_expires_at"), "2099-01-01T00:00:00Z");
}

static void a_member_is_not_invited_again_unless_their_time_is_over(void **state)
{
    (void)state;
    struct api_person p = account("ada");
    api_join(&brand, &p, "member");
    struct api_reply r = invite_with(&owner, "ada", "member", "");
    refused(&r, 409, "already_exists");
    pg_exec("update karara.brand_members set status = 'suspended' where user_id = '%s'", p.id);
    r = invite_with(&owner, "ada", "member", "");
    refused(&r, 409, "already_exists");
    pg_exec("update karara.brand_members set status = 'active', expires_at = now() - interval '1 day', permissions = "
            "'{\"can_export_data\": true}' where user_id = '%s'",
            p.id);
    invite("ada", "guest");
    r = accept_as(&p, token_of("ada"));
    assert_int_equal(r.status, 200);
    assert_string_equal(role_of(p.id), "guest active");
    assert_int_equal(pg_count("select count(*) from karara.brand_members where user_id = '%s' and expires_at is null and "
                              "permissions = '{}'",
                              p.id),
                     1);
}

static void inviting_again_renews_and_doubles_nothing(void **state)
{
    (void)state;
    struct api_reply first = invite("ada", "member");
    const char *token = token_of("ada");
    struct api_reply again = invite("ADA", "guest"); /* right away: no second mail, and the link stays */
    assert_string_equal(api_text(&again, "data.id"), api_text(&first, "data.id"));
    assert_string_equal(api_text(&again, "data.role"), "guest");
    assert_int_equal(mails_to("ada"), 1);
    assert_int_equal(preview(token).status, 200);
    assert_int_equal(told("invitation.renewed"), 1);
    later();
    again = invite("ada", "member");
    assert_int_equal(mails_to("ada"), 2);
    assert_int_equal(preview(token).status, 404);
    assert_int_equal(preview(token_of("ada")).status, 200);
    assert_int_equal(pg_count("select count(*) from karara.invitations where brand_id = '%s'", brand.id), 1);
}

static void who_is_below_an_invitation_leaves_it_alone(void **state)
{
    (void)state;
    struct api_reply made = invite("ada", "admin");
    later();
    struct api_reply r = invite_with(&manager, "ada", "guest", "");
    refused(&r, 403, "permission_denied");
    r = api_post(&manager, api_f("%s/resend", path_of(&made)), "{}");
    refused(&r, 403, "permission_denied");
    r = api_delete(&manager, path_of(&made));
    refused(&r, 403, "permission_denied");
    r = api_get(&manager, path_of(&made));
    assert_string_equal(api_text(&r, "data.role"), "admin");
}

static void what_was_never_sent_is_not_found(void **state)
{
    (void)state;
    const char *path = api_f("/api/v1/brands/%s/invitations/%s", brand.id, owner.id);
    struct api_reply r = api_get(&owner, path);
    refused(&r, 404, "not_found");
    r = api_post(&owner, api_f("%s/resend", path), "{}");
    refused(&r, 404, "not_found");
    r = api_delete(&owner, path);
    refused(&r, 404, "not_found");
}

/* ---- what is there ---- */

static void the_list_tells_what_became_of_each(void **state)
{
    (void)state;
    struct api_reply open = invite("open", "member"), revoked = invite("revoked", "guest");
    invite("accepted", "member");
    struct api_reply expired = invite("expired", "client");
    assert_int_equal(accept_new(token_of("accepted")).status, 200);
    assert_int_equal(api_delete(&owner, path_of(&revoked)).status, 200);
    pg_exec("update karara.invitations set expires_at = now() - interval '1 second' where id = '%s'",
            api_text(&expired, "data.id"));
    const char *path = api_f("/api/v1/brands/%s/invitations", brand.id);
    struct api_reply r = api_get(&manager, path);
    assert_int_equal(api_number(&r, "count"), 4);
    const char *const statuses[] = { "open", "revoked", "accepted", "expired" };
    for (size_t i = 0; i < 4; i++) {
        r = api_get(&owner, api_f("%s?status=%s", path, statuses[i]));
        assert_int_equal(api_number(&r, "count"), 1);
        assert_string_equal(api_text(&r, "data.0.email"), email_of(statuses[i]));
    }
    r = api_get(&owner, api_f("%s?role=guest,client&sort=email&limit=1", path));
    assert_int_equal(api_number(&r, "count"), 2);
    assert_string_equal(api_text(&r, "data.0.email"), email_of("expired"));
    assert_non_null(api_json(&r, "next"));
    r = api_get(&owner, path_of(&open));
    assert_string_equal(api_header(&r, "ETag"), "\"v1\"");
}

static void resending_voids_the_link_before(void **state)
{
    (void)state;
    struct api_reply made = invite("ada", "member");
    const char *token = token_of("ada");
    struct api_reply r = api_post(&owner, api_f("%s/resend", path_of(&made)), "{}");
    refused(&r, 429, "rate_limited");
    assert_non_null(api_header(&r, "Retry-After"));
    later();
    r = api_post(&owner, api_f("%s/resend", path_of(&made)), "{}");
    assert_int_equal(r.status, 200);
    assert_int_equal(api_number(&r, "data.version"), 2);
    assert_int_equal(mails_to("ada"), 2);
    assert_int_equal(preview(token).status, 404);
    assert_int_equal(accept_new(token).status, 404);
    assert_int_equal(accept_new(token_of("ada")).status, 200);
    later();
    r = api_post(&owner, api_f("%s/resend", path_of(&made)), "{}");
    refused(&r, 409, "conflict");
}

static void an_address_gets_five_mails_a_day_and_no_more(void **state)
{
    (void)state;
    struct api_reply made = invite("ada", "member");
    for (int i = 0; i < 4; i++) {
        later();
        assert_int_equal(api_post(&owner, api_f("%s/resend", path_of(&made)), "{}").status, 200);
    }
    later();
    struct api_reply r = api_post(&owner, api_f("%s/resend", path_of(&made)), "{}");
    refused(&r, 429, "rate_limited");
    assert_int_equal(api_delete(&owner, path_of(&made)).status, 200);
    r = invite_with(&owner, "ada", "member", ""); /* nor by another invitation */
    refused(&r, 429, "rate_limited");
    assert_int_equal(mails_to("ada"), 5);
    pg_exec("update karara.invitations set sent_since = sent_since - interval '1 day' where brand_id = '%s'", brand.id);
    assert_int_equal(invite_with(&owner, "ada", "member", "").status, 201);
}

static void an_expired_one_can_be_sent_again_and_a_revoked_one_not(void **state)
{
    (void)state;
    struct api_reply made = invite("ada", "member");
    const char *token = token_of("ada");
    pg_exec("update karara.invitations set expires_at = now() - interval '1 second' where id = '%s'",
            api_text(&made, "data.id"));
    struct api_reply r = preview(token);
    gone(&r, "expired");
    r = accept_new(token);
    gone(&r, "expired");
    later();
    assert_int_equal(api_post(&owner, api_f("%s/resend", path_of(&made)), "{}").status, 200);
    token = token_of("ada");
    assert_int_equal(preview(token).status, 200);
    assert_int_equal(api_delete(&owner, path_of(&made)).status, 200);
    assert_int_equal(audited("invitation.revoked"), 1);
    r = preview(token);
    gone(&r, "revoked");
    r = accept_new(token);
    gone(&r, "revoked");
    r = api_delete(&owner, path_of(&made));
    refused(&r, 409, "conflict");
    assert_int_equal(members(), 2);
}

/* ---- cleaning up ---- */

static void invitations_go_with_the_account_and_with_the_brand(void **state)
{
    (void)state;
    struct api_person ada = account("ada");
    invite("ada", "member");
    pg_exec("insert into karara.credentials (user_id, password_hash) select id, 'x' from karara.users where id = '%s'", ada.id);
    struct api_person root = api_person(api_f("root%d", serial));
    pg_exec("update karara.users set platform_role = 'admin' where id = '%s'", root.id);
    assert_int_equal(api_delete(&root, api_f("/api/v1/admin/users/%s", ada.id)).status, 200);
    assert_int_equal(pg_count("select count(*) from karara.invitations where email = '%s'", email_of("ada")), 0);
    assert_int_equal(mails_to("ada"), 0);
    invite("bea", "member");
    pg_exec("delete from karara.brands where id = '%s'", brand.id);
    assert_int_equal(pg_count("select count(*) from karara.invitations where email = '%s'", email_of("bea")), 0);
}

static void people_find_their_invitations_in_the_export_of_their_data(void **state)
{
    (void)state;
    struct api_person ada = account("ada");
    invite("ada", "member");
    struct api_reply r = api_get(&ada, "/api/v1/users/me/export");
    assert_int_equal(json_array_size(api_json(&r, "data.invitations")), 1);
    assert_string_equal(api_text(&r, "data.invitations.0.brand_name"), api_f("Brand inviting-%d", serial));
    assert_string_equal(api_text(&r, "data.invitations.0.role"), "member");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup(f, inviting_begin)
    const struct CMUnitTest tests[] = {
        TEST(an_invitation_says_who_what_and_until_when_and_goes_out_by_mail),
        TEST(the_answer_does_not_tell_who_has_an_account),
        TEST(a_mail_is_in_the_language_of_whoever_gets_it),
        TEST(nobody_invites_above_themselves_or_into_what_is_not_theirs),
        TEST(odd_asks_are_refused_with_words),
        TEST(a_member_is_not_invited_again_unless_their_time_is_over),
        TEST(inviting_again_renews_and_doubles_nothing),
        TEST(who_is_below_an_invitation_leaves_it_alone),
        TEST(what_was_never_sent_is_not_found),
        TEST(the_list_tells_what_became_of_each),
        TEST(resending_voids_the_link_before),
        TEST(an_address_gets_five_mails_a_day_and_no_more),
        TEST(an_expired_one_can_be_sent_again_and_a_revoked_one_not),
        TEST(invitations_go_with_the_account_and_with_the_brand),
        TEST(people_find_their_invitations_in_the_export_of_their_data),
    };
    return cmocka_run_group_tests(tests, cast_begin, NULL);
}
