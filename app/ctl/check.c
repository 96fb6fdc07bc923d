/* check.c - kararactl check: looks at everything that an installation stands on, as its workers would. */
#include "ctl/ctl.h"

#include "api/registry.h"
#include "core/arena.h"
#include "core/config.h"
#include "core/log.h"
#include "core/str.h"
#include "domains/mail/mail_delivery.h"
#include "platform/cache.h"
#include "platform/db.h"
#include "platform/jwt.h"
#include "platform/netguard.h"
#include "platform/seal.h"
#include "platform/sign.h"
#include "platform/sms.h"
#include "platform/webpush.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct check {
    const struct ctl *c;
    struct db *db;
    int problems;
};

__attribute__((format(printf, 2, 3))) static void wrong(struct check *k, const char *fmt, ...)
{
    va_list ap;
    fflush(stdout);
    fputs("wrong  ", stderr);
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
    k->problems++;
}

static void check_files(struct check *k)
{
    char err[512];
    int before = k->problems;
    if (!jwt_load_keys(config_text(CONF_KEYS_DIR), err, sizeof err)) {
        wrong(k, "keys: %s (run as the account of the workers? `kararactl setup` makes them)", err);
    }
    if (!seal_load_keys(config_text(CONF_KEYS_DIR), err, sizeof err)) {
        wrong(k, "keys: %s (run as the account of the workers? `kararactl setup` makes them)", err);
    }
    if (!sign_load_keys(config_text(CONF_KEYS_DIR), err, sizeof err)) {
        wrong(k, "keys: %s (run as the account of the workers? `kararactl setup` makes them)", err);
    }
    if (!webpush_load_keys(config_text(CONF_KEYS_DIR), err, sizeof err)) {
        wrong(k, "keys: %s (run as the account of the workers? `kararactl setup` makes them)", err);
    }
    if (!netguard_networks_fit(config_text(CONF_PUSH_ALLOW), err)) {
        wrong(k, "push_allow: %s is no network, like 10.1.2.0/24 or ::1", err);
    }
    if (!sms_settings_fit(err, sizeof err)) {
        wrong(k, "SMS: %s", err);
    }
    if (access(config_text(CONF_RUN_DIR), W_OK | X_OK) != 0) {
        wrong(k, "run_dir: %s: %s", config_text(CONF_RUN_DIR), strerror(errno));
    }
    if (k->problems == before) {
        printf("ok     keys and folders\n");
    }
}

static void check_routes(struct check *k)
{
    char err[512];
    int n = 0;
    if (!registry_check(err, sizeof err)) {
        wrong(k, "routes: %s", err);
        return;
    }
    while (registry_route(n, NULL) != NULL) {
        n++;
    }
    printf("ok     %d routes\n", n);
}

/* Without it Karara works, only slower: so this is never counted. */
static void check_cache(void)
{
    struct cache *cache = cache_open();
    log_set_level(LOG_NOTHING); /* it is said below */
    cache_set(cache, "kararactl:check", "1", 1, 10);
    log_set_level(LOG_WARN);
    printf("%s\n", *config_text(CONF_MEMCACHED) == 0 ? "note   memcached is switched off"
                   : cache_alive(cache)              ? "ok     memcached"
                                        : "note   memcached can't be reached; everything works without, but slower");
    cache_close(cache);
}

static void check_mail(struct check *k)
{
    const char *problem = mail_delivery_problem(k->c->arena);
    if (problem != NULL) {
        wrong(k, "%s", problem);
        return;
    }
    if (!mail_delivery_on()) {
        printf("note   mail_server is empty: mails wait, and none is sent\n");
        return;
    }
    printf("ok     mail settings (`kararactl mail test ADDRESS` sends one)\n");
    if (!str_empty(config_text(CONF_MAIL_USER)) && !mail_delivery_is_safe()) {
        printf("note   mail_tls isn't require: on the way to the mail server, others could learn its password\n");
    }
}

/* One statement per wall: it gives the words for what is wrong, or ''. */
static const struct {
    const char *name, *sql;
} walls[] = {
    { "the role",
      "select coalesce((select case when rolsuper then format('%I is a superuser: no wall between brands holds it', rolname)"
      " when rolbypassrls then format('%I has BYPASSRLS: no wall between brands holds it', rolname)"
      " when pg_has_role(rolname, 'karara_owner', 'member') then format('%I may become karara_owner', rolname) end"
      " from pg_roles where rolname = current_user), '')" },
    { "row-level security",
      "select coalesce((select 'row-level security is not forced on ' || string_agg(c.oid::regclass::text, ', ')"
      " from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'tenant_shared' and c.relkind in ('r', "
      "'p')"
      " and not (c.relrowsecurity and c.relforcerowsecurity)), '')" },
    { "ownership", "select coalesce((select 'the role owns ' || string_agg(c.oid::regclass::text, ', ') from pg_class c"
                   " join pg_namespace n on n.oid = c.relnamespace where n.nspname in ('karara', 'tenant_shared')"
                   " and pg_get_userbyid(c.relowner) = current_user), '')" },
};

static void check_walls(struct check *k)
{
    int before = k->problems;
    for (size_t i = 0; i < sizeof walls / sizeof *walls; i++) {
        const char *words = ctl_value(k->c, k->db, walls[i].sql, NULL);
        if (words == NULL) {
            wrong(k, "%s could not be looked at", walls[i].name);
        } else if (*words) {
            wrong(k, "%s", words);
        }
    }
    if (k->problems == before) {
        printf("ok     walls between brands\n");
    }
}

static void check_migrations(struct check *k)
{
    struct ctl_migration *all;
    int before = k->problems;
    int n = ctl_migrations(k->c, k->db, &all);
    if (n < 0) {
        wrong(k, "migrations could not be read");
        return;
    }
    for (int i = 0; i < n; i++) {
        switch (all[i].state) {
        case CTL_MIGRATION_APPLIED:
            break;
        case CTL_MIGRATION_PENDING:
            wrong(k, "%s has not been applied: run `kararactl migrate`", all[i].name);
            break;
        case CTL_MIGRATION_CHANGED:
            wrong(k, "%s was changed after it had been applied", all[i].name);
            break;
        case CTL_MIGRATION_UNKNOWN:
            wrong(k, "%s has been applied, but is not in sql_dir", all[i].name);
            break;
        }
    }
    if (k->problems == before) {
        printf("ok     %d migrations\n", n);
    }
}

static void check_queries(struct check *k)
{
    int before = k->problems;
    for (int i = 0; i < sql_count; i++) {
        char err[1024];
        if (!db_check_query(k->db, sql_all[i], err, sizeof err)) {
            wrong(k, "%s: %s", sql_all[i]->file, err);
        }
    }
    if (k->problems == before) {
        printf("ok     %d queries\n", sql_count);
    }
}

static void check_database(struct check *k)
{
    k->db = db_open(config_text(CONF_DATABASE));
    if (!ctl_connects(k->db, "select 1")) {
        wrong(k, "database: no connection as `%s` says: %s%s", config_row(CONF_DATABASE)->name, db_error(k->db)->message,
              geteuid() == 0 ? " (ask as the workers do: sudo -u karara kararactl check)" : "");
    } else {
        check_walls(k);
        check_migrations(k);
        check_queries(k);
    }
    db_close(k->db);
}

int ctl_check(struct ctl *c)
{
    struct check k = { .c = c };
    check_files(&k);
    check_mail(&k);
    check_routes(&k);
    check_database(&k);
    check_cache();
    if (k.problems > 0) {
        return ctl_fail(c, "%d wrong", k.problems);
    }
    printf("all is well\n");
    return CTL_OK;
}
