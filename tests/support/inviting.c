/* inviting.c - see inviting.h. */
#include "inviting.h"

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

struct api_person owner, manager;
struct api_brand brand;
int serial;

int inviting_begin(void **state)
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

const char *email_of(const char *name)
{
    return api_f("%s%d@invited.example", name, serial);
}

struct api_reply invite_with(const struct api_person *who, const char *name, const char *role, const char *more)
{
    return api_post(who, api_f("/api/v1/brands/%s/users/invite", brand.id),
                    api_f("{\"email\":\"%s\",\"role\":\"%s\"%s}", email_of(name), role, more));
}

struct api_reply invite(const char *name, const char *role)
{
    struct api_reply r = invite_with(&owner, name, role, "");
    if (r.status != 201) {
        fail_msg("%d %s", r.status, r.body);
    }
    return r;
}

const char *newest_mail(const char *name, const char *column)
{
    return api_f("%s", pg_value("select coalesce((select %s from karara.mails where lower(to_address) = lower('%s') "
                                "order by created_at desc, id desc limit 1), '')",
                                column, email_of(name)));
}

long long mails_to(const char *name)
{
    return pg_count("select count(*) from karara.mails where lower(to_address) = lower('%s')", email_of(name));
}

const char *token_of(const char *name)
{
    const char *text = newest_mail(name, "text_body");
    const char *at = strstr(text, "https://karara.example/invitation#token=");
    assert_non_null(at);
    at = strchr(at, '=') + 1;
    return api_f("%.*s", (int)strcspn(at, "\n"), at);
}

struct api_reply preview(const char *token)
{
    return api_post(NULL, "/api/v1/invitations/preview", api_f("{\"token\":\"%s\"}", token));
}

struct api_reply accept_as(const struct api_person *who, const char *token)
{
    return api_post(who, "/api/v1/invitations/accept", api_f("{\"token\":\"%s\"}", token));
}

struct api_reply accept_new(const char *token)
{
    return api_post(NULL, "/api/v1/invitations/accept",
                    api_f("{\"token\":\"%s\",\"password\":\"" PASSWORD
                          "\",\"first_name\":\"Ada\",\"last_name\":\"Okafor\",\"token_delivery\":\"body\"}",
                          token));
}

struct api_person account(const char *name)
{
    struct api_person p = api_person(api_f("account-%s%d", name, serial));
    pg_exec("update karara.users set email = '%s' where id = '%s'", email_of(name), p.id);
    return p;
}

void later(void)
{
    pg_exec("update karara.invitations set sent_at = sent_at - interval '2 minutes'");
}

const char *path_of(const struct api_reply *made)
{
    return api_f("/api/v1/brands/%s/invitations/%s", brand.id, api_text(made, "data.id"));
}

void gone(const struct api_reply *r, const char *reason)
{
    refused(r, 410, "gone");
    assert_string_equal(api_text(r, "error.details.reason"), reason);
}

const char *role_of(const char *user_id)
{
    return pg_value(
        "select coalesce((select role || ' ' || status from karara.brand_members where brand_id = '%s' and user_id = '%s'), "
        "'none')",
        brand.id, user_id);
}

long long members(void)
{
    return pg_count("select count(*) from karara.brand_members where brand_id = '%s'", brand.id);
}

void limit_users(int most)
{
    pg_exec("update karara.brands set subscription = '{\"max_users\": %d}' where id = '%s'", most, brand.id);
}

long long told(const char *kind)
{
    return pg_count("select count(*) from karara.events where brand_id = '%s' and kind = '%s'", brand.id, kind);
}

long long audited(const char *action)
{
    return pg_count("select count(*) from karara.audit_entries where brand_id = '%s' and action = '%s'", brand.id, action);
}
