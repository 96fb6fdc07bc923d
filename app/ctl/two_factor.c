/* two_factor.c - somebody's second factor, for the sysadmin: the way out for who has lost authenticator and recovery codes. */
#include "ctl/ctl.h"

#include "core/arena.h"
#include "core/config.h"
#include "domains/mail/mail.h"
#include "platform/db.h"
#include <string.h>

/* One value as a word, which is not null: '' when there is no such account. */
#define OF_ACCOUNT(value)                                                                                                      \
    "select coalesce((select " value " from karara.users u left join karara.credentials c on c.user_id = u.id"                 \
    "  where lower(u.email) = lower($1) and u.deleted_at is null), '')"

static const char show_state[] =
    OF_ACCOUNT("case when c.totp_enabled_at is not null"
               "  then 'on since ' || to_char(c.totp_enabled_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI') || ' UTC, '"
               "    || (select count(*) from karara.recovery_codes r where r.user_id = u.id) || ' recovery codes left'"
               "  when c.totp_secret is not null then 'off: set-up begun, not confirmed' else 'off' end");

static const char first_name[] = OF_ACCOUNT("u.first_name");
static const char language[] = OF_ACCOUNT("u.preferences ->> 'language'");

/* Ends it, with an entry in the audit log and a mail to the person ($2 id, $3 language, $4 subject, $5 and $6 bodies). */
static const char end_it[] =
    "with ended as ("
    "  update karara.credentials c set totp_secret = null, totp_enabled_at = null, totp_last_step = null, updated_at = now()"
    "  from karara.users u where u.id = c.user_id and lower(u.email) = lower($1) and u.deleted_at is null"
    "    and c.totp_enabled_at is not null returning u.id, u.email, u.first_name"
    "), forgotten as ("
    "  delete from karara.recovery_codes r using ended where r.user_id = ended.id"
    "), noted as ("
    "  insert into karara.audit_entries (platform, action, resource_type, resource_id, before, after)"
    "  select true, 'user.two_factor_reset', 'user', id, '{\"two_factor_enabled\":true}', '{\"two_factor_enabled\":false}' "
    "from ended"
    "), told as ("
    "  insert into karara.mails (id, template, language, to_address, to_name, subject, text_body, html_body, user_id)"
    "  select $2::uuid, 'two_factor_reset', $3, email, regexp_replace(first_name, '[[:cntrl:]]', ' ', 'g'), $4, $5, $6, id "
    "from ended returning id"
    "), " CTL_MAIL_JOB " select coalesce((select 'off: it was ended, and ' || email || ' is told by mail' from ended), '')";

/* The words for what was done, '' when there was nothing to end; NULL after a message. */
static const char *end_for(struct ctl *c, struct db *d)
{
    char err[200] = "";
    struct mail_text mail;
    const char *name = ctl_value(c, d, first_name, c->operands[0], NULL);
    const char *tongue = ctl_value(c, d, language, c->operands[0], NULL);
    const struct mail_look look = { .home = config_text(CONF_PUBLIC_URL), .name = name };
    const char *home = look.home;
    size_t n = strlen(home);
    const struct template_value values[] = { TEMPLATE_VALUE("link",
                                                            arena_printf(c->arena, "%.*s/forgot-password",
                                                                         (int)(n > 0 && home[n - 1] == '/' ? n - 1 : n), home)),
                                             TEMPLATE_END };
    if (name == NULL || tongue == NULL) {
        return NULL;
    }
    if (!mail_render(c->arena, "two_factor_reset", tongue, &look, values, &mail, err, sizeof err)) {
        ctl_fail(c, "the mail can't be written: %s", err);
        return NULL;
    }
    return ctl_value(c, d, end_it, c->operands[0], ctl_fresh_id(c), mail.language, mail.subject, mail.text, mail.html,
                     CTL_MAIL_JOB_VALUES(c), NULL);
}

int ctl_two_factor(struct ctl *c)
{
    struct db *d = ctl_admin(c, true);
    const char *words = d != NULL && ctl_option(c, "off") != NULL ? end_for(c, d) : "";
    if (d != NULL && words != NULL && *words == 0) {
        words = ctl_value(c, d, show_state, c->operands[0], NULL);
    }
    db_close(d);
    if (d != NULL && words != NULL && *words == '\0') {
        return ctl_fail(c, "there is no account for %s; `kararactl user list` shows all", c->operands[0]);
    }
    return ctl_print(d != NULL ? words : NULL);
}
