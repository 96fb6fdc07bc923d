/* audit.c - the audit log's chains and the relay, for the sysadmin. */
#include "ctl/ctl.h"

#include "api/bind.h"
#include "core/arena.h"
#include "core/clock.h"
#include "core/config.h"
#include "core/str.h"
#include "domains/audit/audit.h"
#include "health_sql.h"
#include "platform/db.h"
#include "platform/sign.h"
#include <stdio.h>
#include <string.h>

/* ---- audit list ---- */

/* $1 brand's id, "platform" or ''; $2 who (address or id); $3 action, or the start of one; $4 earliest time; $5 how many. */
#define OPERATOR "case when e.actor_id is null and e.request_id = '' then nullif(e.user_agent, '') end"
#define ENTRIES                                                                                                                \
    "(select e.id, e.created_at, b.slug as brand, coalesce(u.email, " OPERATOR                                                 \
    ") as actor, e.action, e.outcome, e.resource_type, e.resource_id, "                                                        \
    "e.before, e.after, e.ip, e.user_agent, e.request_id from karara.audit_entries e left join karara.brands b on b.id = "     \
    "e.brand_id left join karara.users u on u.id = e.actor_id where ($1 = '' or e.brand_id::text = $1 or $1 = 'platform' and " \
    "(e.brand_id is null or e.platform)) and ($2 = '' or lower(u.email) = lower($2) or e.actor_id::text = $2) and ($3 = '' "   \
    "or e.action = $3 or starts_with(e.action, $3 || '.')) and ($4 = '' or e.created_at >= nullif($4, '')::timestamptz) "      \
    "order by e.created_at desc, e.id desc limit $5::integer) c"

static const char list_text[] =
    "select coalesce(string_agg(to_char(c.created_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS') || '  '"
    "  || rpad(coalesce(c.brand, '-'), greatest(16, char_length(c.brand))) || '  '"
    "  || rpad(coalesce(c.actor, '-'), greatest(28, char_length(c.actor))) || '  ' || rpad(c.action, 26) || '  '"
    "  || rpad(c.outcome, 7) || '  ' || c.resource_type || coalesce(' ' || c.resource_id, ''),"
    "  E'\\n' order by c.created_at desc, c.id desc), 'no entries') from " ENTRIES;
static const char list_json[] =
    "select coalesce(jsonb_pretty(jsonb_agg(to_jsonb(c) order by c.created_at desc, c.id desc)), '[]') from " ENTRIES;

static bool chain_asked(struct ctl *c, struct db *d, const char *brand, struct uuid *ret);

/* How many entries to show; NULL after a message. */
static const char *limit_asked(struct ctl *c)
{
    const char *limit = ctl_option(c, "limit");
    if (limit == NULL) {
        return "100";
    }
    bool number = *limit >= '1' && *limit <= '9' && strlen(limit) <= 5 && strspn(limit, "0123456789") == strlen(limit);
    if (!number) {
        ctl_fail(c, "--limit is a number from 1 to 99999");
    }
    return number ? limit : NULL;
}

/* What --brand names, as ENTRIES takes it; NULL after a message. */
static const char *chain_text(struct ctl *c, struct db *d)
{
    struct uuid id;
    const char *brand = ctl_given(c, "brand");
    if (*brand == '\0' || str_eq(brand, "platform")) {
        return brand;
    }
    char *text = arena_alloc(c->arena, UUID_TEXT_SIZE);
    if (!chain_asked(c, d, brand, &id)) {
        return NULL;
    }
    uuid_format(&id, text);
    return text;
}

static int audit_list(struct ctl *c)
{
    const char *limit = limit_asked(c);
    const char *since = ctl_given(c, "since");
    int64_t moment;
    int32_t day;
    if (limit == NULL) {
        return CTL_USAGE;
    }
    if (*since != '\0' && !clock_parse(since, &moment) && !clock_parse_date(since, &day)) {
        return ctl_misused(c, "--since is a time like 2026-11-20T08:00:00Z, or a date");
    }
    struct db *d = ctl_admin(c, true);
    const char *brand = d != NULL ? chain_text(c, d) : NULL;
    const char *const params[] = { brand, ctl_given(c, "actor"), ctl_given(c, "action"), since, limit, NULL };
    const char *text = brand != NULL ? ctl_query(c, d, ctl_option(c, "json") != NULL ? list_json : list_text, params) : NULL;
    db_close(d);
    return ctl_print(text);
}

/* ---- audit verify ---- */

static const char *const faults[] = {
    [AUDIT_TOUCHED] = "is not what it was when it was chained: it was touched",
    [AUDIT_REMOVED] = "was there, and isn't: it was removed",
    [AUDIT_INSERTED] = "was inserted: the relay hasn't chained it there",
    [AUDIT_HEAD_WRONG] = "is not what was signed as the chain's head, or who signed it hasn't the key",
    [AUDIT_ANCHOR_WRONG] = "is said to have gone in its time, but who said so hasn't the key",
};

static void tell(const struct audit_verdict *v, void *arg)
{
    char id[UUID_TEXT_SIZE] = "";
    (void)arg;
    if (v->fault == AUDIT_UNREADABLE) {
        return;
    }
    uuid_format(&v->chain, id);
    printf("%-7s %-32s ", v->fault == AUDIT_SOUND ? "ok" : "BROKEN",
           uuid_is_nil(&v->chain) ? "(platform)"
           : v->slug != NULL      ? v->slug
                                  : id);
    if (v->fault == AUDIT_SOUND) {
        printf("%lld entries, signed up to %lld", (long long)v->entries, (long long)v->signed_up_to);
        printf(v->retired > 0 ? ", %lld gone in their time" : "", (long long)v->retired);
        printf(v->unchained > 0 ? ", %lld not chained yet\n" : "\n", (long long)v->unchained);
        return;
    }
    printf("entry %lld", (long long)v->sequence);
    if (!uuid_is_nil(&v->id)) {
        uuid_format(&v->id, id);
        printf(" (%s)", id);
    }
    printf(" %s; %lld before it are right\n", faults[v->fault], (long long)v->entries);
}

/* The keys to verify with: the one that was given, as KID:HEX, or those of keys_dir. */
static bool load_keys(struct ctl *c)
{
    const char *given = ctl_option(c, "key");
    const char *hex = given != NULL ? strchr(given, ':') : NULL;
    uint8_t key[SIGN_PUBLIC_SIZE];
    char err[512];
    if (given == NULL) {
        if (!sign_load_keys(config_text(CONF_KEYS_DIR), err, sizeof err)) {
            ctl_fail(c, "%s (run kararactl setup, or give --key)", err);
            return false;
        }
        return true;
    }
    if (hex == NULL || str_hex_decode(hex + 1, strlen(hex + 1), key, sizeof key) != (int)sizeof key ||
        !sign_add_public(arena_strndup(c->arena, given, (size_t)(hex - given)), key)) {
        ctl_fail(c, "a key is NAME:HEX, as `kararactl audit key` prints it");
        return false;
    }
    return true;
}

/* The chain that --brand names; false after a message. */
static bool chain_asked(struct ctl *c, struct db *d, const char *brand, struct uuid *ret)
{
    *ret = (struct uuid){ 0 };
    if (str_eq(brand, "platform") || uuid_parse(brand, ret)) {
        return true;
    }
    const char *id =
        ctl_value(c, d, "select coalesce((select id::text from karara.brands where slug = lower($1)), '')", brand, NULL);
    if (id == NULL) {
        return false;
    }
    if (!uuid_parse(id, ret)) {
        ctl_no_brand(c, brand);
        return false;
    }
    return true;
}

static int audit_verify_run(struct ctl *c)
{
    struct db *d = load_keys(c) ? ctl_admin(c, true) : NULL;
    const char *brand = ctl_option(c, "brand");
    struct uuid chain;
    int status = CTL_FAILED;
    if (d != NULL && ctl_exec(c, d, "cannot begin", "set statement_timeout = 0") &&
        (brand == NULL || chain_asked(c, d, brand, &chain))) {
        bool sound = audit_verify(d, brand != NULL ? &chain : NULL, tell, NULL);
        status = sound                   ? CTL_OK
                 : *db_error(d)->message ? ctl_fail(c, "the log can't be read: %s", db_error(d)->message)
                                         : ctl_fail(c, "the audit log isn't what it was");
    }
    db_close(d);
    return status;
}

static int audit_key(struct ctl *c)
{
    uint8_t key[SIGN_PUBLIC_SIZE];
    char err[512], hex[2 * SIGN_PUBLIC_SIZE + 1];
    if (!sign_load_keys(config_text(CONF_KEYS_DIR), err, sizeof err)) {
        return ctl_fail(c, "%s (`kararactl setup` makes it)", err);
    }
    const char *kid;
    for (int i = 0; (kid = sign_public(i, key)) != NULL; i++) {
        str_hex_encode(key, sizeof key, hex);
        printf("%s:%s\n", kid, hex);
    }
    return CTL_OK;
}

/* ---- relay status ---- */

static int relay_status(struct ctl *c)
{
    struct db *d = ctl_admin(c, true);
    if (d == NULL) {
        return CTL_FAILED;
    }
    const struct db_result *r = bind_queue(d, c->arena, &sql_health_relay, NULL);
    int status = CTL_OK;
    if (db_run(d) != DB_OK) {
        status = ctl_fail(c, "%s", db_error(d)->message);
    } else {
        bool led = db_int(r, 0, "leader") != 0;
        printf("leads         %s\n", led ? arena_printf(c->arena, "session %lld", (long long)db_int(r, 0, "leader"))
                                         : "nobody: is karara-worker running?");
        printf("events        %lld wait, the oldest for %.3f s\n", (long long)db_int(r, 0, "events"),
               (double)db_int(r, 0, "age") / 1e6);
        printf("audit entries %lld wait\n", (long long)db_int(r, 0, "audit_entries"));
        status = led ? CTL_OK : CTL_FAILED;
    }
    db_close(d);
    return status;
}

static const struct ctl_option list_options[] = {
    { "brand", "SLUG", "Only this brand's; an id for one that is gone, \"platform\" for what concerns the installation." },
    { "actor", "EMAIL", "Only what this person did; an id for one whose account is gone." },
    { "action", "ACTION", "Only this action (auth.login_failed), or all of an area (auth)." },
    { "since", "TIME", "Only from this time or date on, in UTC." },
    { "limit", "NUMBER", "So many at most; 100 if it isn't said." },
    { "json", NULL, "As JSON, with all there is: what was before and after, from where, by which request." },
    { NULL, NULL, NULL },
};

static const struct ctl_option verify_options[] = {
    { "brand", "SLUG", "Only this brand's chain; an id for one that is gone, \"platform\" for what belongs to no brand." },
    { "key", "NAME:HEX", "The public key to verify with, in place of those in keys_dir." },
    { NULL, NULL, NULL },
};

static const struct ctl_command rows[] = {
    { .name = "audit list",
      .operands = "",
      .summary = "List the newest entries of the audit log: time, brand, who, action, outcome, what.",
      .options = list_options,
      .run = audit_list },
    { .name = "audit verify",
      .operands = "",
      .summary = "Check that nobody has changed the audit log; name the first entry that isn't right.",
      .doc =
          "Walks the chain of each brand: an entry that was touched, removed or inserted breaks it. Heads are signed while a "
          "chain\n"
          "grows; what comes after the last signed one could still be written anew by whoever owns the database. Entries that\n"
          "the relay hasn't chained yet are counted.",
      .options = verify_options,
      .run = audit_verify_run },
    { .name = "audit key",
      .operands = "",
      .summary = "Print the public keys with which heads of the audit log are verified, the present one first.",
      .doc = "Keep them somewhere else: whoever has both the database and keys_dir can sign what they like.",
      .run = audit_key },
    { .name = "relay status",
      .operands = "",
      .summary = "Who leads, and how much waits for it: events and audit entries.",
      .doc = "Exit status 1 when nobody leads.",
      .run = relay_status },
};

const struct ctl_group ctl_audit = CTL_GROUP(rows);
