/* test_audited.c - whatever changes who may do what stands in the audit log, and so does every act of a platform admin: asked of every row of the
 * registry, by what it changed and not by what it says of itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "api.h"
#include "api/registry.h"
#include "core/log.h"
#include "pg.h"
#include "rows.h"
#include <string.h>

/* What access is made of, a row for each piece of it: what kind of thing it is, which one, kinds of the entries that tell of it and whom or what
 * these name, whose coming (made_with) or going (gone_with) takes it along, and how it stands. */
static const char access_now[] =
    "create view public.access_now as "
    "select 'account' as thing, u.id::text as key, '{user}'::text[] as kinds, u.id as about, '{}'::uuid[] as made_with, "
    "'{}'::uuid[] as gone_with, row(u.status, u.platform_role, u.email, u.deleted_at)::text as state from karara.users u "
    "union all select 'password', c.user_id::text, '{user}', c.user_id, '{}', array[c.user_id], "
    "row(c.password_hash, c.totp_enabled_at)::text from karara.credentials c "
    "union all select 'recovery codes', r.user_id::text, '{user}', r.user_id, '{}', array[r.user_id], count(*)::text from "
    "karara.recovery_codes r group by r.user_id "
    "union all select 'session', s.id::text, '{user,member}', s.user_id, '{}', array[s.user_id], (s.revoked_at is null)::text "
    "from karara.sessions s "
    "union all select 'token', t.id::text, '{user}', t.user_id, '{}', array[t.user_id, t.brand_id], "
    "row(t.name, t.scopes, t.brand_id, t.expires_at, t.revoked_at)::text from karara.api_tokens t "
    "union all select 'brand', b.id::text, '{brand}', b.id, '{}', '{}', row(b.name, b.slug, b.status, b.settings, "
    "b.subscription, b.compliance, b.parent_brand_id, b.deletion_at)::text from karara.brands b "
    "union all select 'host name', d.domain, '{brand}', d.brand_id, '{}', array[d.brand_id], d.brand_id::text from "
    "karara.brand_domains d "
    "union all select 'member', m.brand_id || ' ' || m.user_id, '{member}', m.user_id, array[m.brand_id], array[m.brand_id], "
    "row(m.role, m.permissions, m.status, m.expires_at)::text from karara.brand_members m "
    "union all select 'role', p.brand_id || ' ' || p.role, '{role}', p.brand_id, '{}', array[p.brand_id], p.permissions::text "
    "from karara.brand_role_permissions p "
    "union all select 'delegation', d.id::text, '{delegation}', d.id, '{}', array[d.brand_id, d.from_user_id, d.to_user_id], "
    "row(d.permissions, d.starts_at, d.ends_at)::text from karara.delegations d "
    "union all select 'invitation', i.id::text, '{invitation}', i.id, '{}', array[i.brand_id, (select u.id from karara.users u "
    "where lower(u.email) = lower(i.email))], row(i.role, i.team_ids, i.expires_at, i.token_digest, i.accepted_at, "
    "i.revoked_at)::text from karara.invitations i "
    "union all select 'team member', m.team_id || ' ' || m.user_id, '{team_member}', m.user_id, array[m.team_id, m.brand_id], "
    "array[m.team_id, m.brand_id, m.user_id], m.role from tenant_shared.team_members m "
    "union all select 'division', d.id::text, '{division}', d.id, '{}', array[d.brand_id], d.parent_division_id::text from "
    "tenant_shared.divisions d "
    "union all select 'division member', m.division_id || ' ' || m.user_id, '{division_member}', m.user_id, '{}', "
    "array[m.division_id, m.brand_id, m.user_id], '' from tenant_shared.division_members m "
    "union all select 'division team', t.division_id || ' ' || t.team_id, '{division_team}', t.team_id, '{}', "
    "array[t.division_id, t.brand_id, t.team_id], '' from tenant_shared.division_teams t";

/* What differs from public.access_was, and the entries after the %lld-th don't tell of. */
static const char untold[] =
    "select coalesce(string_agg(thing || ' ' || key, ', '), '') from ("
    "select thing, key, coalesce(n.kinds, w.kinds) as kinds, coalesce(n.about, w.about) as about, "
    "case when w.state is null then n.made_with end as made_with, case when n.state is null then w.gone_with end as gone_with "
    "from public.access_now n full join public.access_was w using (thing, key) where n.state is distinct from w.state or "
    "n.key is null or w.key is null) c where not exists (select from karara.audit_entries e where e.number > %lld and "
    "e.outcome = 'success' and (e.resource_type = any(c.kinds) and e.resource_id = c.about or e.before is null and "
    "e.resource_id = any(c.made_with) or e.after is null and e.resource_id = any(c.gone_with)))";

static int set_up(void **state)
{
    (void)state;
    api_begin();
    rows_begin();
    pg_exec("%s", access_now);
    pg_exec("create table public.access_was as select * from public.access_now; "
            "create function public.no_entry() returns trigger language plpgsql as $f$ begin raise 'no'; end $f$");
    return 0;
}

static int wrong; /* what a test found, told at once for all rows */

#define COMPLAIN(row, ...) (wrong++, print_error("%s: ", rows_name(row)), print_error(__VA_ARGS__))

static void report(void)
{
    int found = wrong;
    wrong = 0;
    assert_int_equal(found, 0);
}

/* A request that is made once what it needs has been made ready, which may ask things itself. */
struct ready {
    const struct api_person *who;
    const char *path, *body;
};

static struct ready make_ready(const struct route *row, const struct row_place *p)
{
    return (struct ready){ rows_asker(row, p), rows_path(row, p, false), rows_body(row, p) };
}

static struct api_reply ask(const struct route *row, const struct ready *r)
{
    return api_send(r->who, http_method_name(row->method), r->path, r->body, NULL);
}

static long long newest(void)
{
    return pg_count("select coalesce(max(number), 0) from karara.audit_entries");
}

/* Each entry says who, from where and by which request; a brand's stands in its log, and a platform admin's act is marked as one. */
static void check_entries(const struct route *row, const struct row_place *p, const struct ready *asked,
                          const struct api_reply *r, long long since)
{
    bool admin = row->permission == PERM_PLATFORM_ADMIN, tenant = (row->flags & ROUTE_TENANT) != 0;
    const char *by = row->permission != PERM_PUBLIC && asked->who != NULL ? asked->who->id : "";
    const char *odd = pg_value(
        "select coalesce(string_agg(concat_ws(' ', action, actor_id, brand_id, platform, ip, request_id), '; '), '') from "
        "karara.audit_entries where number > %lld and not (ip = '127.0.0.1' and request_id = '%s' and platform = %s and "
        "('%s' = '' or actor_id = nullif('%s', '')::uuid) and (not %s or brand_id is not distinct from '%s'))",
        since, api_text(r, "request_id"), admin ? "true" : "false", by, by, tenant ? "true" : "false", p->brand.id);
    if (*odd != '\0') {
        COMPLAIN(row, "an entry doesn't say who, where, from where or by which request: %s\n", odd);
    }
    if (admin && newest() == since) {
        COMPLAIN(row, "an act of a platform admin, and no entry\n");
    }
}

/* Does it, and what it changed is told. True when there is an entry. */
static bool told(const struct route *row)
{
    struct row_place p = rows_place();
    struct ready asked = make_ready(row, &p);
    pg_exec("truncate public.access_was; insert into public.access_was select * from public.access_now");
    long long since = newest();
    struct api_reply r = ask(row, &asked);
    if (r.status >= 300) {
        COMPLAIN(row, "%d %.300s\n", r.status, r.body);
    }
    const char *left = pg_value(untold, since);
    if (*left != '\0') {
        COMPLAIN(row, "changes access, and no entry tells of %s\n", left);
    }
    check_entries(row, &p, &asked, &r, since);
    bool any = newest() > since;
    rows_leave(&p);
    return any;
}

/* Where the entry can't be written, nothing is done. */
static void undone_without(const struct route *row)
{
    struct row_place p = rows_place();
    struct ready asked = make_ready(row, &p);
    pg_exec("create trigger no_entry before insert on karara.audit_entries for each row execute function public.no_entry()");
    const char *before = api_f("%s", rows_digest());
    struct api_reply r = ask(row, &asked);
    if (r.status != 500 || strcmp(before, rows_digest()) != 0) {
        COMPLAIN(row, "is done without its entry: %d %.300s\n", r.status, r.body);
    }
    pg_exec("drop trigger no_entry on karara.audit_entries");
    rows_leave(&p);
}

static void what_changes_access_is_noted_in_its_transaction(void **state)
{
    const struct route *row;
    int noted = 0;
    (void)state;
    log_set_level(LOG_NOTHING); /* of the statements that fail */
    for (int i = 0; (row = registry_route(i, NULL)) != NULL; i++) {
        if (rows_writes(row) && told(row)) {
            noted++;
            undone_without(row);
        }
    }
    log_set_level(LOG_WARN);
    report();
    assert_true(noted > 60);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_changes_access_is_noted_in_its_transaction),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
