/* users.c - accounts, for the sysadmin. */
#include "ctl/ctl.h"

#include "core/arena.h"
#include "domains/auth/auth.h"
#include "domains/mail/mail.h"
#include "platform/db.h"
#include "platform/password.h"
#include <stdio.h>
#include <string.h>

/* An entry of the audit log in the statement itself, as the routes of platform admins write it: of whom the CTE has the id. */
#define NOTED(of, action, before, after)                                                                                       \
    "noted as ("                                                                                                               \
    "  insert into karara.audit_entries (platform, action, resource_type, resource_id, before, after)"                         \
    "  select true, " action ", 'user', id, " before ", " after " from " of ")"

/* Each statement answers with what it did, as words. */
static const char insert_user[] =
    "with made as ("
    "  insert into karara.users (id, email, first_name, last_name, status, platform_role, profile_completed)"
    "  values ($1::uuid, $2, $3, $4, 'active', $5, true)"
    "  on conflict (lower(email)) do nothing returning id, status, platform_role"
    "), secret as ("
    "  insert into karara.credentials (user_id, password_hash) select id, $6 from made"
    "), " NOTED("made", "'user.created'", "null::jsonb",
                "jsonb_build_object('status', status, 'platform_role', platform_role)") " select coalesce((select id::text "
                                                                                        "from made), '')";

static const char update_password[] =
    "with person as (select id from karara.users where lower(email) = lower($1) and deleted_at is null"
    "), secret as ("
    "  insert into karara.credentials (user_id, password_hash) select id, $2 from person"
    "  on conflict (user_id) do update set password_hash = excluded.password_hash, password_changed_at = now(), updated_at = "
    "now(),"
    "    login_attempts = 0, locked_until = null"
    "), ended as ("
    "  update karara.sessions s set revoked_at = now(), revoked_reason = 'password_changed' from person"
    "  where s.user_id = person.id and s.revoked_at is null"
    "), spent as ("
    "  delete from karara.account_tokens t using person"
    "  where t.user_id = person.id and t.purpose in ('reset_password', 'unlock', 'verify_email', 'change_email')"
    "), " NOTED("person", "'user.password_set'", "null::jsonb",
                "null::jsonb") " select coalesce((select id::text from person), '')";

static const char suspend_user[] =
    "with old as ("
    "  select id, status from karara.users where lower(email) = lower($1) and deleted_at is null"
    "), person as ("
    "  update karara.users u set status = $2, version = u.version + 1, updated_at = now()"
    "  from old where u.id = old.id returning u.id, u.status, old.status as was"
    "), ended as ("
    "  update karara.sessions s set revoked_at = now(), revoked_reason = 'account_suspended' from person"
    "  where $2 = 'suspended' and s.user_id = person.id and s.revoked_at is null"
    "), " NOTED("person", "case status when 'active' then 'user.activated' else 'user.suspended' end",
                "jsonb_build_object('status', was)",
                "jsonb_build_object('status', status)") " select coalesce((select id::text from person), '')";

static const char unlock_user[] =
    "with person as (select id from karara.users where lower(email) = lower($1) and deleted_at is null"
    "), unlocked as ("
    "  update karara.credentials c set login_attempts = 0, locked_until = null, updated_at = now()"
    "  from person where c.user_id = person.id returning c.user_id as id"
    "), spent as ("
    "  delete from karara.account_tokens t using unlocked where t.user_id = unlocked.id and t.purpose = 'unlock'"
    "), " NOTED("unlocked", "'user.unlocked'", "null::jsonb",
                "null::jsonb") " select coalesce((select id::text from person), '')";

static const char sign_out_user[] =
    "with person as (select id from karara.users where lower(email) = lower($1) and deleted_at is null"
    "), ended as ("
    "  update karara.sessions s set revoked_at = now(), revoked_reason = 'ended' from person"
    "  where s.user_id = person.id and s.revoked_at is null returning s.id"
    "), revoked as ("
    "  update karara.api_tokens t set revoked_at = now() from person"
    "  where $2 = 'tokens' and t.user_id = person.id and t.revoked_at is null returning t.id"
    "), " NOTED("person", "'user.signed_out'", "null::jsonb",
                "jsonb_build_object('sessions', (select count(*) from ended), 'api_tokens', (select count(*) from "
                "revoked))") " select coalesce((select id::text from person), '')";

static const char list_users[] =
    "select coalesce(string_agg(rpad(u.email, greatest(32, char_length(u.email))) || ' ' || rpad(u.status, 10) || "
    "rpad(u.platform_role, 8)"
    "  || coalesce(to_char(u.last_login_at, 'YYYY-MM-DD HH24:MI'), '-               ') || '  ' || u.first_name || ' ' || "
    "u.last_name"
    "  || coalesce('  ' || (select string_agg(b.slug || ':' || m.role, ' ' order by b.slug) from karara.brand_members m"
    "    join karara.brands b on b.id = m.brand_id where m.user_id = u.id), ''), E'\\n' order by lower(u.email)), 'no "
    "accounts')"
    " from karara.users u where u.deleted_at is null and ($1 = '' or exists (select from karara.brand_members m"
    "  join karara.brands b on b.id = m.brand_id where m.user_id = u.id and b.slug = $1))";

/* "Ada Lovelace" -> "Ada", "Lovelace": the last word is the last name. */
static void split_name(const struct ctl *c, const char *name, const char **ret_first, const char **ret_last)
{
    const char *space = strrchr(name, ' ');
    *ret_first = space != NULL ? arena_strndup(c->arena, name, (size_t)(space - name)) : name;
    *ret_last = space != NULL ? space + 1 : "";
}

static int create_in(struct ctl *c, struct db *d, const struct auth_names *names, const char *password)
{
    const char *made = ctl_value(c, d, insert_user, ctl_fresh_id(c), names->email, names->first_name, names->last_name,
                                 ctl_option(c, "admin") ? "admin" : "member", password_hash(c->arena, password), NULL);
    if (made != NULL && *made == '\0') {
        return ctl_fail(c, "there is an account for %s already", c->operands[0]);
    }
    return ctl_print(made);
}

static int user_create(struct ctl *c)
{
    struct auth_names names = { .email = c->operands[0] };
    split_name(c, ctl_given(c, "name"), &names.first_name, &names.last_name);
    if (!mail_address_fits(names.email)) {
        return ctl_misused(c, "%s is no address that can be mailed to", names.email);
    }
    const char *password = ctl_read_password(c, &names);
    struct db *d = password != NULL ? ctl_admin(c, true) : NULL;
    int status = d != NULL ? create_in(c, d, &names, password) : CTL_FAILED;
    db_close(d);
    return status;
}

/* A statement before the one that ends sessions, so that this one sees a session that was being opened. */
static const char hold_user[] =
    "select coalesce((select id::text from karara.users where lower(email) = lower($1) and deleted_at is null for update), '')";

/* Runs a statement about one person, which answers '' when there is none. */
static int about(struct ctl *c, const char *sql, const char *second)
{
    struct db *d = ctl_admin(c, true);
    if (d == NULL) {
        return CTL_FAILED;
    }
    const char *id = ctl_exec(c, d, "begin", "begin") ? ctl_value(c, d, hold_user, c->operands[0], NULL) : NULL;
    if (id != NULL && *id != 0) {
        id = ctl_value(c, d, sql, c->operands[0], second, NULL);
    }
    if (id != NULL && !ctl_exec(c, d, "commit", "commit")) {
        id = NULL;
    }
    db_close(d);
    if (id == NULL) {
        return CTL_FAILED;
    }
    return *id ? CTL_OK : ctl_fail(c, "there is no account for %s; `kararactl user list` shows all", c->operands[0]);
}

/* What the person is called, since no password is made of that. */
static const char first_name[] =
    "select coalesce((select first_name from karara.users where lower(email) = lower($1) and deleted_at is null), '')";
static const char last_name[] =
    "select coalesce((select last_name from karara.users where lower(email) = lower($1) and deleted_at is null), '')";

static int user_password(struct ctl *c)
{
    struct auth_names names = { .email = c->operands[0] };
    if (!ctl_account(c, names.email)) {
        return CTL_FAILED;
    }
    struct db *d = ctl_admin(c, true);
    names.first_name = d != NULL ? ctl_value(c, d, first_name, names.email, NULL) : NULL;
    names.last_name = names.first_name != NULL ? ctl_value(c, d, last_name, names.email, NULL) : NULL;
    db_close(d);
    if (names.last_name == NULL) {
        return CTL_FAILED;
    }
    const char *password = ctl_read_password(c, &names);
    return password != NULL ? about(c, update_password, password_hash(c->arena, password)) : CTL_FAILED;
}

static int user_suspend(struct ctl *c)
{
    return about(c, suspend_user, ctl_option(c, "undo") != NULL ? "active" : "suspended");
}

static int user_unlock(struct ctl *c)
{
    return about(c, unlock_user, NULL);
}

static int user_sign_out(struct ctl *c)
{
    return about(c, sign_out_user, ctl_option(c, "tokens") != NULL ? "tokens" : "sessions");
}

static int user_list(struct ctl *c)
{
    const char *brand = ctl_brand(c, ctl_given(c, "brand"));
    return ctl_print(brand != NULL ? ctl_ask(c, list_users, brand, NULL) : NULL);
}

static const struct ctl_option create_options[] = {
    { "name", "NAME", "First and last name." },
    { "admin", NULL, "Make it a platform admin: manages all users and brands, reads no brand's data." },
    { "password-file", "FILE", "Take the password from the first line of FILE." },
    { NULL, NULL, NULL },
};

static const struct ctl_option password_options[] = {
    { "password-file", "FILE", "Take the password from the first line of FILE." },
    { NULL, NULL, NULL },
};

static const struct ctl_option suspend_options[] = {
    { "undo", NULL, "Let the person in again." },
    { NULL, NULL, NULL },
};

static const struct ctl_option sign_out_options[] = {
    { "tokens", NULL, "Revoke the person's API tokens as well." },
    { NULL, NULL, NULL },
};

static const struct ctl_option two_factor_options[] = {
    { "off", NULL, "End it: signing in takes the password only, and the person is told by mail." },
    { NULL, NULL, NULL },
};

static const struct ctl_option list_options[] = {
    { "brand", "SLUG", "Only members of this brand." },
    { NULL, NULL, NULL },
};

static const struct ctl_command rows[] = {
    { .name = "user create",
      .operands = "EMAIL",
      .least = 1,
      .most = 1,
      .summary = "Make an active account and print its id.",
      .doc = "Asks for the password, or takes the first line of standard input.",
      .options = create_options,
      .run = user_create },
    { .name = "user list",
      .operands = "",
      .summary = "List accounts: address, status, platform role, last sign-in, name, brands.",
      .options = list_options,
      .run = user_list },
    { .name = "user password",
      .operands = "EMAIL",
      .least = 1,
      .most = 1,
      .summary = "Set a password, unlock the account, and end its sessions.",
      .doc = "Asks for the password, or takes the first line of standard input.",
      .options = password_options,
      .run = user_password },
    { .name = "user suspend",
      .operands = "EMAIL",
      .least = 1,
      .most = 1,
      .summary = "Suspend an account and end its sessions.",
      .options = suspend_options,
      .run = user_suspend },
    { .name = "user unlock",
      .operands = "EMAIL",
      .least = 1,
      .most = 1,
      .summary = "Forget failed sign-ins, which have locked an account.",
      .doc = "For people whom the mail with the way out doesn't reach. The account stays as it is else: password, sessions, "
             "second factor.",
      .run = user_unlock },
    { .name = "user sign-out",
      .operands = "EMAIL",
      .least = 1,
      .most = 1,
      .summary = "End all sessions of a person, as after a theft of a device.",
      .doc = "The account stays open: the person signs in again. The next request of each device is refused.",
      .options = sign_out_options,
      .run = user_sign_out },
    { .name = "user two-factor",
      .operands = "EMAIL",
      .least = 1,
      .most = 1,
      .summary = "Show whether somebody signs in with a second factor, and end it.",
      .doc = "For people who have lost their authenticator and their recovery codes. Make sure that it is them who ask.",
      .options = two_factor_options,
      .run = ctl_two_factor },
};

const struct ctl_group ctl_users = CTL_GROUP(rows);
