/* invites.c - invitations to brands, for the sysadmin: bound by the same rules as those of its members. */
#include "ctl/ctl.h"

#include "api/permission.h"
#include "core/arena.h"
#include "core/config.h"
#include "core/str.h"
#include "domains/mail/mail.h"
#include "platform/db.h"
#include "platform/seal.h"
#include <stdio.h>
#include <string.h>

static const char list_invitations[] =
    "select coalesce(string_agg(i.line, E'\\n' order by i.created_at desc, i.id desc), 'no invitations') from ("
    "  select n.created_at, n.id, n.id::text || '  ' || rpad(case when n.accepted_at is not null then 'accepted'"
    "      when n.revoked_at is not null then 'revoked' when n.expires_at <= now() then 'expired' else 'open' end, 9)"
    "    || rpad(n.role, 8) || ' until ' || to_char(n.expires_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI') || '  ' || n.email "
    "as line"
    "  from karara.invitations n join karara.brands b on b.id = n.brand_id where b.slug = $1"
    "  order by n.created_at desc, n.id desc limit 200) i";

/* Takes the brand's row; its id, '' for none. */
static const char lock_brand[] = "with held as (select id from karara.brands where slug = lower($1) for no key update)"
                                 " select coalesce((select id::text from held), '')";

/* What speaks against it ('' for nothing), with the brand's row taken. */
static const char objection[] =
    "select case"
    "  when b.status <> 'active' then 'the brand is ' || b.status"
    "  when exists (select from karara.brand_members m join karara.users u on u.id = m.user_id where m.brand_id = b.id"
    "      and lower(u.email) = lower($2)"
    "      and (m.status = 'expired' or m.status = 'active' and m.expires_at <= now()) is not true)"
    "    then $2 || ' belongs to the brand already'"
    "  when jsonb_typeof(b.subscription -> 'max_users') = 'number' and (b.subscription ->> 'max_users')::numeric <="
    "      (select count(*) from karara.brand_members m where m.brand_id = b.id and m.status in ('active', 'pending')"
    "        and (m.expires_at is null or m.expires_at > now()))"
    "      + (select count(*) from karara.invitations i where i.brand_id = b.id and i.accepted_at is null and i.revoked_at is "
    "null"
    "        and i.expires_at > now() and lower(i.email) <> lower($2))"
    "    then 'the brand''s plan has room for ' || (b.subscription ->> 'max_users') || ' people'"
    "  else '' end from karara.brands b where b.id = $1::uuid";

/* $1 id, $2 brand, $3 address, $4 role, $5 digest, $6 seconds; an invitation that there is gets the new link. Its id. */
static const char put_invitation[] =
    "with put as ("
    "  insert into karara.invitations as i (id, brand_id, email, role, token_digest, expires_at)"
    "  values ($1::uuid, $2::uuid, $3, $4, decode($5, 'hex'), now() + make_interval(secs => $6::float8))"
    "  on conflict (brand_id, lower(email)) where accepted_at is null and revoked_at is null do update set role = "
    "excluded.role,"
    "    token_digest = excluded.token_digest, invited_by = null, expires_at = excluded.expires_at, expired_at = null,"
    "    sent_at = now(), sent_count = i.sent_count + 1, version = i.version + 1, updated_at = now()"
    "  returning i.*"
    "), told as ("
    "  insert into karara.events (brand_id, kind, subject_type, subject_id, payload, channels)"
    "  select brand_id, 'invitation.' || case version when 1 then 'created' else 'renewed' end, 'invitation', id,"
    "    jsonb_build_object('role', role), array['brand:' || brand_id] from put"
    "), noted as ("
    "  insert into karara.audit_entries (brand_id, platform, action, resource_type, resource_id, after)"
    "  select brand_id, true, 'invitation.' || case version when 1 then 'created' else 'renewed' end, 'invitation', id,"
    "    jsonb_build_object('email', email, 'role', role, 'expires_at', expires_at) from put"
    ") select id::text from put";

/* What the mail looks like, in lines: language, product, colour, host name, address of the logo, last day. */
static const char look_up[] =
    "select coalesce(u.preferences ->> 'language', b.settings ->> 'language', 'en') || E'\\n' || b.name || E'\\n'"
    "  || coalesce(b.settings -> 'colours' ->> 'accent', '') || E'\\n'"
    "  || coalesce((select d.domain from karara.brand_domains d where d.brand_id = b.id"
    "      and karara.feature_limit(b.subscription, 'white_label') is distinct from 0 order by d.position limit 1), '') || "
    "E'\\n'"
    "  || case when b.logo_digest is not null and karara.feature_limit(b.subscription, 'white_label') is distinct from 0"
    "      then 'api/v1/logos/' || b.logo_digest else '' end || E'\\n'"
    "  || to_char(i.expires_at at time zone 'UTC', 'YYYY-MM-DD')"
    " from karara.invitations i join karara.brands b on b.id = i.brand_id"
    " left join karara.users u on lower(u.email) = lower(i.email) and u.deleted_at is null where i.id = $1::uuid";

static const char queue_mail[] =
    "with told as (insert into karara.mails (id, template, language, to_address, subject, text_body, html_body, brand_id, "
    "user_id)"
    "  select $1::uuid, 'invitation', $3, i.email, regexp_replace($4, '[[:cntrl:]]', ' ', 'g'), $5, $6, i.brand_id,"
    "    (select u.id from karara.users u where lower(u.email) = lower(i.email) and u.deleted_at is null)"
    "  from karara.invitations i where i.id = $2::uuid returning id"
    "), " CTL_MAIL_JOB " select id::text from told";

static const char revoke_invitation[] =
    "with revoked as ("
    "  update karara.invitations i set revoked_at = now(), version = i.version + 1, updated_at = now()"
    "  from karara.brands b where b.id = i.brand_id and b.slug = lower($1) and (i.id::text = lower($2) or lower(i.email) = "
    "lower($2))"
    "    and i.accepted_at is null and i.revoked_at is null returning i.*"
    "), told as ("
    "  insert into karara.events (brand_id, kind, subject_type, subject_id, channels)"
    "  select brand_id, 'invitation.revoked', 'invitation', id, array['brand:' || brand_id] from revoked"
    "), noted as ("
    "  insert into karara.audit_entries (brand_id, platform, action, resource_type, resource_id, before)"
    "  select brand_id, true, 'invitation.revoked', 'invitation', id, jsonb_build_object('email', email, 'role', role) from "
    "revoked"
    ") select coalesce((select id::text from revoked), '')";

static bool say_brand(struct ctl *c)
{
    if (ctl_option(c, "brand") == NULL) {
        ctl_fail(c, "say with --brand SLUG which brand it is; `kararactl brand list` shows all");
    }
    return ctl_option(c, "brand") != NULL;
}

/* ---- list, revoke ---- */

static int invite_list(struct ctl *c)
{
    if (!say_brand(c)) {
        return CTL_USAGE;
    }
    const char *brand = ctl_brand(c, ctl_option(c, "brand"));
    return ctl_print(brand != NULL ? ctl_ask(c, list_invitations, brand, NULL) : NULL);
}

static int invite_revoke(struct ctl *c)
{
    if (!say_brand(c)) {
        return CTL_USAGE;
    }
    const char *id = ctl_ask(c, revoke_invitation, ctl_option(c, "brand"), c->operands[0], NULL);
    if (id == NULL) {
        return CTL_FAILED;
    }
    return *id != '\0'
               ? CTL_OK
               : ctl_fail(c, "there is nothing to revoke for %s; `kararactl invite list` shows what there is", c->operands[0]);
}

/* ---- create ---- */

/* A link to the invitation's page, with the brand's own host name where it has one. */
static bool mail_it(struct ctl *c, struct db *d, const char *id, const char *secret, const char **ret_link)
{
    char err[200] = "";
    char *lines[6];
    struct mail_text mail;
    char *at = arena_strdup(c->arena, "");
    const char *text = ctl_value(c, d, look_up, id, NULL);
    if (text != NULL) {
        at = arena_strdup(c->arena, text);
    }
    for (int i = 0; i < 6; i++) {
        lines[i] = at;
        at += strcspn(at, "\n");
        at = *at != '\0' ? (*at = '\0', at + 1) : at;
    }
    const char *home = mail_home(c->arena, *lines[3] != '\0' ? lines[3] : NULL);
    const struct mail_look look = { .product = lines[1],
                                    .home = home,
                                    .logo = *lines[4] != '\0' ? mail_link(c->arena, home, lines[4], NULL) : NULL,
                                    .colour = lines[2] };
    *ret_link = mail_link(c->arena, home, "invitation", secret);
    const struct template_value values[] = { TEMPLATE_VALUE("link", *ret_link), TEMPLATE_VALUE("inviter", ""),
                                             TEMPLATE_VALUE("message", ""), TEMPLATE_VALUE("until", lines[5]), TEMPLATE_END };
    if (text == NULL || !mail_render(c->arena, "invitation", lines[0], &look, values, &mail, err, sizeof err)) {
        ctl_fail(c, "the mail can't be written: %s", err);
        return false;
    }
    return ctl_value(c, d, queue_mail, ctl_fresh_id(c), id, mail.language, mail.subject, mail.text, mail.html,
                     CTL_MAIL_JOB_VALUES(c), NULL) != NULL;
}

/* The invitation's id, in a transaction that holds the brand; NULL after a message. */
static const char *put(struct ctl *c, struct db *d, const char *role, const char *secret)
{
    uint8_t digest[32];
    char hex[65];
    if (!ctl_exec(c, d, "cannot begin", "begin")) {
        return NULL;
    }
    const char *brand = ctl_value(c, d, lock_brand, ctl_option(c, "brand"), NULL);
    if (brand == NULL || *brand == '\0') {
        if (brand != NULL) {
            ctl_no_brand(c, ctl_option(c, "brand"));
        }
        return NULL;
    }
    const char *words = ctl_value(c, d, objection, brand, c->operands[0], NULL);
    if (words == NULL || *words != '\0') {
        if (words != NULL) {
            ctl_fail(c, "%s", words);
        }
        return NULL;
    }
    seal_digest(secret, strlen(secret), digest);
    str_hex_encode(digest, sizeof digest, hex);
    const char *seconds = arena_printf(c->arena, "%lld", (long long)config_int(CONF_INVITATION_TTL));
    return ctl_value(c, d, put_invitation, ctl_fresh_id(c), brand, c->operands[0], role, (const char *)hex, seconds, NULL);
}

static int invite_create(struct ctl *c)
{
    char secret[SEAL_TOKEN_SIZE];
    const char *link = NULL;
    const char *role = ctl_option(c, "role") != NULL ? ctl_option(c, "role") : "member";
    if (!say_brand(c)) {
        return CTL_USAGE;
    }
    if (role_parse(role) == ROLE_NONE || !mail_address_fits(c->operands[0])) {
        ctl_fail(c, role_parse(role) == ROLE_NONE ? "%s is no role" : "%s is no address that can be mailed to",
                 role_parse(role) == ROLE_NONE ? role : c->operands[0]);
        return CTL_USAGE;
    }
    seal_random_token(secret);
    struct db *d = ctl_admin(c, true);
    const char *id = d != NULL ? put(c, d, role, secret) : NULL;
    bool ok = id != NULL && mail_it(c, d, id, secret, &link) && ctl_exec(c, d, "cannot keep it", "commit");
    db_close(d);
    if (ok) {
        printf("%s\n", id);
    }
    if (ok && ctl_option(c, "link") != NULL) {
        printf("%s\n", link);
    }
    return ok ? CTL_OK : CTL_FAILED;
}

/* ---- rows ---- */

#define OF_BRAND                                                                                                               \
    {                                                                                                                          \
        "brand", "SLUG", "The brand. Required."                                                                                \
    }

static const struct ctl_option brand_options[] = {
    OF_BRAND,
    { NULL, NULL, NULL },
};

static const struct ctl_option create_options[] = {
    OF_BRAND,
    { "role", "ROLE", "What they will be: owner, admin, manager, member (unless it is said), client or guest." },
    { "link", NULL, "Print the mailed link, too: whoever has it can accept." },
    { NULL, NULL, NULL },
};

static const struct ctl_command rows[] = {
    { .name = "invite list",
      .operands = "",
      .summary = "List a brand's newest invitations: id, status, role, end, address.",
      .options = brand_options,
      .run = invite_list },
    { .name = "invite create",
      .operands = "EMAIL",
      .least = 1,
      .most = 1,
      .summary = "Invite somebody to a brand by mail; print the invitation's id.",
      .doc = "An invitation that is open for the address gets a new link, and the link before is void. Members, and a brand "
             "whose plan has no "
             "place left, are refused.",
      .options = create_options,
      .run = invite_create },
    { .name = "invite revoke",
      .operands = "EMAIL-OR-ID",
      .least = 1,
      .most = 1,
      .summary = "Take an invitation back, and with it its link.",
      .options = brand_options,
      .run = invite_revoke },
};

const struct ctl_group ctl_invites = CTL_GROUP(rows);
