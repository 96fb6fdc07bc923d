/* brands.c - brands, for the sysadmin. */
#include "ctl/ctl.h"

#include "api/bind.h"
#include "brands_sql.h"
#include "core/str.h"
#include "domains/brands/brands_rules.h"
#include "platform/db.h"
#include <stdio.h>
#include <string.h>

/* Brand and owner; then the transaction names the brand, and so opens the wall for what belongs to it. Without a slug ($3) one is
 * made from the name ("Bär & Co" -> "bar-co"). Answers with the slug, or in capitals with what is wrong. */
static const char insert_brand[] =
    "with person as (select id from karara.users where lower(email) = lower($4) and deleted_at is null"
    "), brand as ("
    "  insert into karara.brands (id, name, slug, created_by, subscription)"
    "  select $1::uuid, $2, coalesce(nullif($3, ''), trim('-' from left(regexp_replace(regexp_replace(lower(normalize($2, "
    "nfd)),"
    "    '[^ -~]', '', 'g'), '[^a-z0-9]+', '-', 'g'), 60))), id, '{\"plan\": \"free\", \"status\": \"active\"}' from person"
    "  on conflict do nothing returning id, name, slug, created_by"
    "), owner as ("
    "  insert into karara.brand_members (brand_id, user_id, role, joined_at) select id, created_by, 'owner', now() from brand"
    "  returning brand_id, user_id"
    "), noted as ("
    "  insert into karara.audit_entries (brand_id, platform, action, resource_type, resource_id, after)"
    "  select id, true, 'brand.created', 'brand', id, jsonb_build_object('name', name, 'slug', slug) from brand union all"
    "  select brand_id, true, 'brand.owner_given', 'member', user_id, '{\"role\":\"owner\"}' from owner"
    ") select case when not exists (select from person) then 'PERSON' when not exists (select from brand) then 'TAKEN'"
    "  else (select slug from brand where set_config('karara.brand_id', id::text, true) <> '') end";

static const char list_brands[] =
    "select coalesce(string_agg(rpad(b.slug, greatest(24, char_length(b.slug))) || ' ' || rpad(b.status, 10)"
    "  || rpad(coalesce(b.subscription ->> 'plan', 'free'), 11)"
    "  || lpad((select count(*) from karara.brand_members m where m.brand_id = b.id)::text, 5) || ' members  ' || b.name,"
    "  E'\\n' order by b.slug), 'no brands') from karara.brands b";

/* Everything that belongs to a brand goes with its row. As many as are due now. */
static const char purge_brands[] = "with gone as ("
                                   "  select r.slug from generate_series(1, (select count(*) from karara.brands where status = "
                                   "'inactive' and deletion_at <= now())) n"
                                   "  cross join lateral (select slug from karara.brand_remove_due() slug where n > 0) r"
                                   ") select coalesce(string_agg(slug, E'\\n' order by slug), 'no brand is due') from gone";

/* Makes an account an owner for good, whatever it was in the brand. Answers with the slug, or in capitals with what isn't there. */
static const char give_owner[] =
    "with person as (select id from karara.users where lower(email) = lower($2) and status = 'active' and deleted_at is null"
    "), brand as (select id, slug from karara.brands where slug = lower($1) for no key update"
    "), old as ("
    "  select m.user_id, jsonb_build_object('role', m.role, 'status', m.status, 'permissions', m.permissions, 'expires_at',"
    "    m.expires_at) as was from karara.brand_members m join brand on brand.id = m.brand_id join person on person.id = "
    "m.user_id"
    "), given as ("
    "  insert into karara.brand_members as m (brand_id, user_id, role, joined_at)"
    "  select brand.id, person.id, 'owner', now() from brand, person"
    "  on conflict (brand_id, user_id) do update set role = 'owner', permissions = '{}', status = 'active', expires_at = null,"
    "    version = m.version + 1, updated_at = now()"
    "  returning brand_id, user_id"
    "), noted as ("
    "  insert into karara.audit_entries (brand_id, platform, action, resource_type, resource_id, before, after)"
    "  select brand_id, true, 'brand.owner_given', 'member', user_id, (select was from old), '{\"role\":\"owner\"}' from given"
    ") select case when not exists (select from brand) then 'BRAND' when not exists (select from person) then 'PERSON'"
    "  else (select slug from brand) end";

/* What every new brand begins with, for the person who owns it. The API's query names tables as its role finds them. */
static bool furnish(const struct ctl *c, struct db *d, const char *id)
{
    struct uuid brand, owner, lists[3] = { uuid_v7(), uuid_v7(), uuid_v7() };
    const char *who = ctl_value(c, d, "select created_by from karara.brands where id = $1::uuid", id, NULL);
    if (who == NULL || !uuid_parse(id, &brand) || !uuid_parse(who, &owner) ||
        !ctl_exec(c, d, "cannot furnish it", "set local search_path = pg_catalog, tenant_shared, pg_temp")) {
        return false;
    }
    bind_queue(d, c->arena, &sql_brand_furnish,
               RQ_ARGS(ARG_UUID("founded_id", brand), ARG_UUID("actor_id", owner), ARG_UUID("team_id", uuid_v7()),
                       ARG_UUID("board_id", uuid_v7()), ARG_UUIDS("list_ids", ((struct uuid_list){ lists, 3 }))));
    if (db_run(d) != DB_OK) {
        ctl_fail(c, "%s", db_error(d)->message);
        return false;
    }
    return true;
}

/* The slug; NULL after a message. */
static const char *make_brand(const struct ctl *c, struct db *d, const char *id)
{
    const char *owner = ctl_option(c, "owner");
    const char *asked = ctl_given(c, "slug");
    if (!ctl_exec(c, d, "cannot begin", "begin")) {
        return NULL;
    }
    const char *slug = ctl_value(c, d, insert_brand, id, c->operands[0], asked, owner, NULL);
    if (str_eq(slug, "PERSON")) {
        ctl_fail(c, "there is no account for %s; make it with `kararactl user create`", owner);
        return NULL;
    }
    if (str_eq(slug, "TAKEN")) {
        ctl_fail(c, "there is a brand with this name or slug; `kararactl brand list` shows all");
        return NULL;
    }
    bool ok = slug != NULL && furnish(c, d, id) && ctl_exec(c, d, "cannot keep it", "commit");
    return ok ? slug : NULL;
}

static int brand_create(struct ctl *c)
{
    if (ctl_option(c, "owner") == NULL) {
        ctl_fail(c, "say with --owner EMAIL who owns it");
        return CTL_USAGE;
    }
    if (c->operands[0][strspn(c->operands[0], " ")] == '\0') {
        return ctl_misused(c, "a brand has a name");
    }
    if (ctl_option(c, "slug") != NULL && brand_slug_problem(ctl_option(c, "slug")) != NULL) {
        return ctl_misused(c, "--slug %s", brand_slug_problem(ctl_option(c, "slug")));
    }
    struct db *d = ctl_admin(c, true);
    const char *id = ctl_fresh_id(c);
    const char *slug = d != NULL ? make_brand(c, d, id) : NULL;
    db_close(d);
    if (slug != NULL) {
        printf("%s %s\n", id, slug);
    }
    return slug != NULL ? CTL_OK : CTL_FAILED;
}

static int brand_list(struct ctl *c)
{
    return ctl_print(ctl_ask(c, list_brands, NULL));
}

static int brand_purge(struct ctl *c)
{
    return ctl_print(ctl_ask(c, purge_brands, NULL));
}

static int brand_owner(struct ctl *c)
{
    const char *slug = ctl_ask(c, give_owner, c->operands[0], c->operands[1], NULL);
    if (slug == NULL) {
        return CTL_FAILED;
    }
    if (str_eq(slug, "BRAND")) {
        return ctl_no_brand(c, c->operands[0]);
    }
    return str_eq(slug, "PERSON") ? ctl_fail(c, "there is no active account for %s", c->operands[1]) : CTL_OK;
}

static const struct ctl_option create_options[] = {
    { "owner", "EMAIL", "The account that owns it. Required." },
    { "slug", "SLUG", "Its name in addresses; made from the name when not given." },
    { NULL, NULL, NULL },
};

static const struct ctl_command rows[] = {
    { .name = "brand create",
      .operands = "NAME",
      .least = 1,
      .most = 1,
      .summary = "Make a brand with a team and a board; print its id and slug.",
      .options = create_options,
      .run = brand_create },
    { .name = "brand owner",
      .operands = "SLUG EMAIL",
      .least = 2,
      .most = 2,
      .summary = "Make an active account an owner of a brand.",
      .doc = "For a brand that was left without one. It stands in the brand's audit log.",
      .run = brand_owner },
    { .name = "brand purge",
      .operands = "",
      .summary = "Remove the brands whose deletion is due, and print their slugs.",
      .doc = "A brand that its owner deletes stays, closed, for as long as brand_deletion_delay says; its owners can restore "
             "it until then. "
             "Then karara-worker removes it with all that it holds, and there is no way back. This does so at once.",
      .run = brand_purge },
    { .name = "brand list", .operands = "", .summary = "List brands: slug, status, plan, members, name.", .run = brand_list },
};

const struct ctl_group ctl_brands = CTL_GROUP(rows);
