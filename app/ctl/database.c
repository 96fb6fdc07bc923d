/* database.c - the commands that make an installation and keep it. */
#include "ctl/ctl.h"

#include "core/arena.h"
#include "core/config.h"
#include "core/str.h"
#include "platform/db.h"
#include "platform/jwt.h"
#include "platform/seal.h"
#include "platform/sign.h"
#include "platform/webpush.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Two setups at once on one cluster meet in its catalogue of roles, and one of them is refused: it waits a moment and goes on. */
static bool setup_roles(const struct ctl *c, struct db *d, const char *roles)
{
    static const char *const passing[] = { "XX000", "23505", "42710" }; /* concurrently updated; made by the other one */
    for (int attempt = 0; attempt < 5; attempt++) {
        bool again = false;
        if (db_exec_text(d, roles)) {
            printf("roles     karara_owner, karara_app, karara_worker\n");
            return true;
        }
        for (size_t i = 0; i < sizeof passing / sizeof *passing; i++) {
            again = again || str_eq(db_error(d)->sqlstate, passing[i]);
        }
        if (!again) {
            break;
        }
        usleep(100000);
    }
    return ctl_exec(c, d, "cannot make the roles", roles);
}

/* Makes the database, or takes the one that is there, and closes it to everybody but the workers. */
static bool setup_database(const struct ctl *c, struct db *d)
{
    const char *name = config_text(CONF_DATABASE_NAME);
    const char *encoding =
        ctl_value(c, d, "select coalesce((select pg_encoding_to_char(encoding) from pg_database where datname = $1), 'none')",
                  name, NULL);
    if (encoding == NULL) {
        return false;
    }
    if (!str_eq(encoding, "UTF8") && !str_eq(encoding, "none")) {
        ctl_fail(c, "the database %s is encoded in %s; Karara needs UTF8. Choose another database_name.", name, encoding);
        return false;
    }
    /* Code points order text the same way on every host and after every upgrade of its libraries; so no index ever breaks. */
    const char *make = ctl_value(c, d,
                                 "select format('create database %I owner karara_owner template template0 encoding ''UTF8''"
                                 " lc_collate ''C.UTF-8'' lc_ctype ''C.UTF-8''', $1::text)",
                                 name, NULL);
    const char *close = ctl_value(c, d,
                                  "select format('alter database %1$I owner to karara_owner;"
                                  " revoke all on database %1$I from public;"
                                  " grant connect on database %1$I to karara_app, karara_worker', $1::text)",
                                  name, NULL);
    if (make == NULL || close == NULL) {
        return false;
    }
    if (str_eq(encoding, "none") && !ctl_exec(c, d, "cannot make the database", make)) {
        return false;
    }
    printf("database  %s: %s\n", name, str_eq(encoding, "none") ? "made" : "was there");
    return ctl_exec(c, d, "cannot give the database to karara_owner", close);
}

/* Files that root made for the workers belong to whoever has the folder. */
static bool give_to_owner_of(const struct ctl *c, const char *dir, const char *name)
{
    struct stat st;
    const char *path = arena_printf(c->arena, "%s/%s", dir, name);
    if (geteuid() == 0 && (stat(dir, &st) != 0 || chown(path, st.st_uid, st.st_gid) != 0)) {
        ctl_fail(c, "%s: %s", path, strerror(errno));
        return false;
    }
    return true;
}

static bool setup_keys(const struct ctl *c)
{
    const char *dir = config_text(CONF_KEYS_DIR);
    char err[512];
    if (!jwt_make_keys(dir, err, sizeof err) || !seal_make_keys(dir, err, sizeof err) ||
        !sign_make_keys(dir, err, sizeof err) || !webpush_make_keys(dir, err, sizeof err) ||
        !jwt_load_keys(dir, err, sizeof err) || !seal_load_keys(dir, err, sizeof err) ||
        !sign_load_keys(dir, err, sizeof err) || !webpush_load_keys(dir, err, sizeof err)) {
        ctl_fail(c, "keys: %s", err);
        return false;
    }
    printf("keys      %s\n", dir);
    return give_to_owner_of(c, dir, "jwt.keys") && give_to_owner_of(c, dir, "seal.keys") &&
           give_to_owner_of(c, dir, "audit.keys") && give_to_owner_of(c, dir, "push.keys");
}

bool ctl_later_keys(const struct ctl *c)
{
    const char *dir = config_text(CONF_KEYS_DIR);
    char err[512];
    if (access(arena_printf(c->arena, "%s/seal.keys", dir), F_OK) != 0 ||
        access(arena_printf(c->arena, "%s/push.keys", dir), F_OK) == 0) {
        return true;
    }
    if (!webpush_make_keys(dir, err, sizeof err)) {
        ctl_fail(c, "keys: %s", err);
        return false;
    }
    printf("keys      %s/push.keys\n", dir);
    return give_to_owner_of(c, dir, "push.keys");
}

static int setup(struct ctl *c)
{
    size_t size;
    char *roles = ctl_read_sql(c, "roles.sql", &size);
    struct db *d = roles != NULL ? ctl_admin(c, false) : NULL;
    bool ok = false;
    if (d != NULL) {
        ok = setup_roles(c, d, roles) && setup_database(c, d);
        db_close(d);
    }
    if (!ok || !setup_keys(c)) {
        return CTL_FAILED;
    }
    printf("Next: kararactl migrate\n");
    return CTL_OK;
}

static const struct ctl_option migrate_options[] = {
    { "status", NULL, "List the migrations and which have been applied; change nothing." },
    { "plan", NULL, "List what would be applied; change nothing." },
    { NULL, NULL, NULL },
};

static const struct ctl_command rows[] = {
    { .name = "setup",
      .operands = "",
      .summary = "Make roles, database and keys; safe to repeat.",
      .doc = "Connects as database_admin says, which must name a superuser. Makes the roles karara_owner, karara_app and\n"
             "karara_worker, the database database_name owned by karara_owner, and the keys in keys_dir. What is there stays.",
      .run = setup },
    { .name = "migrate",
      .operands = "",
      .summary = "Bring the database's tables up to date.",
      .doc = "Applies the files of sql_dir/migrations that have not been applied, in order, each in one transaction, and "
             "remembers\n"
             "their checksums. Refuses, naming it, when an applied file has changed. Two at once wait for each other.",
      .options = migrate_options,
      .run = ctl_migrate },
    { .name = "check",
      .operands = "",
      .summary = "Test this installation, and list all that is wrong.",
      .doc =
          "Run it as the account of the workers. Looks at the settings, the keys, the database and its walls, the migrations,\n"
          "the routes, and prepares every query as karara_app. The exit status is 1 when anything is wrong.",
      .run = ctl_check },
    { .name = "demo",
      .operands = "",
      .summary = "Load the demo brand; safe to repeat.",
      .doc =
          "Makes two brands with people, boards and tasks. Everybody's password is karara-demo, so never do this where others\n"
          "keep real work. KARARA_DEMO_TASKS=N in the environment adds a board with N tasks.",
      .run = ctl_demo },
};

const struct ctl_group ctl_database = CTL_GROUP(rows);
