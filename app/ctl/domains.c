/* domains.c - host names that are a brand's own, for the sysadmin. */
#include "ctl/ctl.h"

#include "core/arena.h"
#include "core/config.h"
#include "core/str.h"
#include "platform/idn.h"
#include <string.h>

static const char list_domains[] =
    "select coalesce(string_agg(rpad(b.slug, greatest(24, char_length(b.slug))) || ' ' || d.domain, E'\\n' order by b.slug, "
    "d.position),"
    "  'no domains') from karara.brand_domains d join karara.brands b on b.id = d.brand_id where $1 = '' or b.slug = $1";

/* Behind those that the brand has; '' when it is another's. BRAND: there is no such brand. */
static const char add_domain[] =
    "with brand as ("
    "  update karara.brands set version = version + 1, updated_at = now() where slug = lower($1) returning id"
    "), added as ("
    "  insert into karara.brand_domains (domain, brand_id, position)"
    "  select $2, id, (select coalesce(max(position) + 1, 0) from karara.brand_domains d where d.brand_id = brand.id) from "
    "brand"
    "  on conflict (domain) do nothing returning brand_id"
    "), noted as ("
    "  insert into karara.audit_entries (brand_id, platform, action, resource_type, resource_id, after)"
    "  select brand_id, true, 'brand.domains_changed', 'brand', brand_id, jsonb_build_object('added', $2) from added"
    ") select case when not exists (select from brand) then 'BRAND' when exists (select from added) then $2 else '' end";

static const char remove_domain[] =
    "with gone as ("
    "  delete from karara.brand_domains d using karara.brands b where b.id = d.brand_id and b.slug = lower($1) and d.domain = "
    "$2"
    "  returning d.brand_id"
    "), noted as ("
    "  insert into karara.audit_entries (brand_id, platform, action, resource_type, resource_id, before)"
    "  select brand_id, true, 'brand.domains_changed', 'brand', brand_id, jsonb_build_object('removed', $2) from gone"
    "), raised as ("
    "  update karara.brands b set version = b.version + 1, updated_at = now() from gone where b.id = gone.brand_id"
    ") select coalesce((select $2 from gone), '')";

/* The name as it is kept; NULL after a message. */
static const char *read_host(struct ctl *c)
{
    const char *host = idn_host(c->arena, c->operands[1]);
    const char *own = strstr(config_text(CONF_PUBLIC_URL), "://");
    if (host == NULL) {
        ctl_fail(c, "%s is no host name, such as work.example.org", c->operands[1]);
        return NULL;
    }
    own = own != NULL ? own + 3 : "";
    if (strlen(host) == strcspn(own, ":/") && str_eq_ci(host, arena_strndup(c->arena, own, strcspn(own, ":/")))) {
        ctl_fail(c, "%s is this installation's own address", host);
        return NULL;
    }
    return host;
}

static int domain_add(struct ctl *c)
{
    const char *host = read_host(c);
    const char *word = host != NULL ? ctl_ask(c, add_domain, c->operands[0], host, NULL) : NULL;
    if (word != NULL && *word == '\0') {
        return ctl_fail(c, "%s is a brand's already; `kararactl brand domain list` shows whose", host);
    }
    return str_eq(word, "BRAND") ? ctl_no_brand(c, c->operands[0]) : ctl_print(word);
}

static int domain_remove(struct ctl *c)
{
    const char *host = read_host(c);
    const char *brand = host != NULL ? ctl_brand(c, c->operands[0]) : NULL;
    const char *word = brand != NULL ? ctl_ask(c, remove_domain, brand, host, NULL) : NULL;
    if (word == NULL) {
        return CTL_FAILED;
    }
    return *word != '\0' ? CTL_OK : ctl_fail(c, "%s is no host name of %s", host, c->operands[0]);
}

static int domain_list(struct ctl *c)
{
    const char *brand = ctl_brand(c, c->operand_count > 0 ? c->operands[0] : "");
    return ctl_print(brand != NULL ? ctl_ask(c, list_domains, brand, NULL) : NULL);
}

static const struct ctl_command rows[] = {
    { .name = "brand domain add",
      .operands = "SLUG HOST",
      .least = 2,
      .most = 2,
      .summary = "Make a host name a brand's own; print it as it is kept.",
      .doc = "The app, its sign-in and the brand's mails are in the brand's look under it; mails lead to the first. nginx "
             "takes every host "
             "name: its certificate must be good for this one, and the DNS lead here.",
      .run = domain_add },
    { .name = "brand domain remove",
      .operands = "SLUG HOST",
      .least = 2,
      .most = 2,
      .summary = "Take a host name from a brand.",
      .run = domain_remove },
    { .name = "brand domain list",
      .operands = "[SLUG]",
      .most = 1,
      .summary = "List host names that are brands' own: slug, host name.",
      .run = domain_list },
};

const struct ctl_group ctl_domains = CTL_GROUP(rows);
