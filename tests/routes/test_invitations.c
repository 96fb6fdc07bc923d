/* test_invitations.c - inviting people to a brand by mail, and what the holders of the links make of it. */
#include "api/dispatch.h"
#include "cast.h"
#include "core/config.h"
#include "pg.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define PASSWORD "a purple kettle hums"

/* ---- tools ---- */

static struct api_person owner, manager;
static struct api_brand brand;
static int serial;

/* A brand of its own for each test. */
static int fresh_brand(void **state)
{
    (void)state;
    config_set(CONF_PUBLIC_URL, "https://karara.example/");
    config_set(CONF_INVITATION_TTL, "604800");
    serial++;
    owner = api_person(api_f("owner%d", serial));
    manager = api_person(api_f("manager%d", serial));
    brand = api_brand(api_f("inviting-%d", serial), &owner);
    api_join(&brand, &manager, "manager");
    return 0;
}

static const char *email_of(const char *name)
{
    return api_f("%s%d@invited.example", name, serial);
}

static struct api_reply invite_with(const struct api_person *who, const char *name, const char *role, const char *more)
{
    return api_post(who, api_f("/api/v1/brands/%s/users/invite", brand.id),
                    api_f("{\"email\":\"%s\",\"role\":\"%s\"%s}", email_of(name), role, more));
}

static struct api_reply invite(const char *name, const char *role)
{
    struct api_reply r = invite_with(&owner, name, role, "");
    if (r.status != 201) {
        fail_msg("%d %s", r.status, r.body);
    }
    return r;
}

static const char *newest_mail(const char *name, const char *column)
{
    return api_f("%s", pg_value("select coalesce((select %s from karara.mails where lower(to_address) = lower('%s') "
                                "order by created_at desc, id desc limit 1), '')",
                                column, email_of(name)));
}

static long long mails_to(const char *name)
{
    return pg_count("select count(*) from karara.mails where lower(to_address) = lower('%s')", email_of(name));
}

/* The secret of the newest link that was mailed to them. */
static const char *token_of(const char *name)
{
    const char *text = newest_mail(name, "text_body");
    const char *at = strstr(text, "https://karara.example/invitation#token=");
    assert_non_null(at);
    at = strchr(at, '=') + 1;
    return api_f("%.*s", (int)strcspn(at, "\n"), at);
}

static struct api_reply preview(const char *token)
{
    return api_post(NULL, "/api/v1/invitations/preview", api_f("{\"token\":\"%s\"}", token));
}

static struct api_reply accept_as(const struct api_person *who, const char *token)
{
    return api_post(who, "/api/v1/invitations/accept", api_f("{\"token\":\"%s\"}", token));
}

static struct api_reply accept_new(const char *token)
{
    return api_post(NULL, "/api/v1/invitations/accept",
                    api_f("{\"token\":\"%s\",\"password\":\"" PASSWORD
                          "\",\"first_name\":\"Ada\",\"last_name\":\"Okafor\",\"token_delivery\":\"body\"}",
                          token));
}

/* An account with this invited address, signed in. */
static struct api_person account(const char *name)
{
    struct api_person p = api_person(api_f("account-%s%d", name, serial));
    pg_exec("update karara.users set email = '%s' where id = '%s'", email_of(name), p.id);
    return p;
}

/* Lets the pause between two mails to an address pass. */
static void later(void)
{
    pg_exec("update karara.invitations set sent_at = sent_at - interval '2 minutes'");
}

static const char *path_of(const struct api_reply *made)
{
    return api_f("/api/v1/brands/%s/invitations/%s", brand.id, api_text(made, "data.id"));
}

static void gone(const struct api_reply *r, const char *reason)
{
    refused(r, 410, "gone");
    assert_string_equal(api_text(r, "error.details.reason"), reason);
}

static const char *role_of(const char *user_id)
{
    return pg_value(
        "select coalesce((select role || ' ' || status from karara.brand_members where brand_id = '%s' and user_id = '%s'), "
        "'none')",
        brand.id, user_id);
}

static long long members(void)
{
    return pg_count("select count(*) from karara.brand_members where brand_id = '%s'", brand.id);
}

static void limit_users(int most)
{
    pg_exec("update karara.brands set subscription = '{\"max_users\": %d}' where id = '%s'", most, brand.id);
}

static long long told(const char *kind)
{
    return pg_count("select count(*) from karara.events where brand_id = '%s' and kind = '%s'", brand.id, kind);
}

static long long audited(const char *action)
{
    return pg_count("select count(*) from karara.audit_entries where brand_id = '%s' and action = '%s'", brand.id, action);
}

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
#define TEST(f) cmocka_unit_test_setup(f, fresh_brand)
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
        TEST(invitations_go_with_the_account_and_with_the_brand),
        TEST(people_find_their_invitations_in_the_export_of_their_data),
    };
    return cmocka_run_group_tests(tests, cast_begin, NULL);
}
