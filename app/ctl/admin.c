/* admin.c - what commands share: the administrator's connection, ids, SQL files, passwords. */
#include "ctl/ctl.h"

#include "api/constraint.h"
#include "core/arena.h"
#include "core/config.h"
#include "core/log.h"
#include "core/str.h"
#include "core/uuid.h"
#include "domains/auth/auth.h"
#include "platform/db.h"
#include <errno.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

enum { PASSWORD_LEAST = 10, PASSWORD_MOST = 200, FILE_MOST = 64 << 20 };

/* ---- SQL ---- */

static void sql_failed(const struct ctl *c, struct db *d, const char *what)
{
    const struct db_error *e = db_error(d);
    const struct constraint_words *known = *e->constraint != '\0' ? constraint_find(e->constraint) : NULL;
    if (known != NULL) {
        ctl_fail(c, "%s%s%s", known->field != NULL ? known->field : "", known->field != NULL ? " " : "", known->message);
        return;
    }
    if (str_eq(e->sqlstate, "42P01") || str_eq(e->sqlstate, "42883") || str_eq(e->sqlstate, "3F000")) {
        ctl_fail(c, "the database isn't as this program needs it: %s\n  Has `kararactl migrate` been run?", e->message);
        return;
    }
    ctl_fail(c, "%s: %s%s%s%s%s", what, *e->message ? e->message : "the connection was lost", *e->detail ? "\n  " : "",
             e->detail, *e->sqlstate ? "\n  SQLSTATE " : "", e->sqlstate);
}

/* ---- who is at work ---- */

enum { NAME_SIZE = 65, HOST_SIZE = 65 };

/* The name of an account of this machine, else its number. */
static const char *account_name(const struct ctl *c, uid_t uid)
{
    const struct passwd *p = getpwuid(uid);
    return p != NULL ? arena_strdup(c->arena, p->pw_name) : arena_printf(c->arena, "%u", (unsigned)uid);
}

/* Who signed in to this machine, whatever they have become since by su or sudo: the kernel keeps it where PAM has told it (pam_loginuid), and
 * nobody without privileges can change it. Else sudo's word, else who runs this. */
static const char *person_at_work(const struct ctl *c)
{
    unsigned uid = UINT32_MAX;
    FILE *f = fopen("/proc/self/loginuid", "re");
    bool kept = f != NULL && fscanf(f, "%u", &uid) == 1 && uid != UINT32_MAX;
    if (f != NULL) {
        fclose(f);
    }
    const char *sudo = getenv("SUDO_USER");
    return kept ? account_name(c, uid) : str_empty(sudo) ? account_name(c, getuid()) : sudo;
}

/* "kararactl: ada as root on db1": stands in the audit log where a request's entry has its user agent (karara.operator, see the
 * migrations), so that an act of a sysadmin isn't an act of nobody. */
static const char *operator_words(const struct ctl *c)
{
    char host[HOST_SIZE] = "";
    const char *person = person_at_work(c), *account = account_name(c, geteuid());
    gethostname(host, sizeof host - 1);
    bool other = !str_eq(person, account);
    return arena_printf(c->arena, "kararactl: %.*s%s%.*s on %s", NAME_SIZE, person, other ? " as " : "", other ? NAME_SIZE : 0,
                        account, host);
}

/* Says it to the database for as long as the connection lives. */
static bool say_operator(const struct ctl *c, struct db *d)
{
    const char *const words[] = { operator_words(c) };
    return db_query_text(d, c->arena, "select set_config('karara.operator', $1, false)", 1, words) != NULL;
}

struct db *ctl_admin(const struct ctl *c, bool own)
{
    const char *admin = config_text(CONF_DATABASE_ADMIN);
    const char *name = config_text(CONF_DATABASE_NAME);
    if (strpbrk(name, "'\\") != NULL) {
        ctl_fail(c, "database_name may hold neither quotes nor backslashes");
        return NULL;
    }
    if (strstr(admin, "://") != NULL) {
        ctl_fail(c, "write database_admin as keywords and values (host=... dbname=... user=...), not as an address");
        return NULL;
    }
    /* Of two values for dbname libpq takes the later one. */
    struct db *d = db_open(own ? arena_printf(c->arena, "%s dbname='%s'", admin, name) : admin);
    config_set(CONF_STATEMENT_TIMEOUT, "0");
    if (!ctl_connects(d, own ? "set role karara_owner" : "select 1") || !say_operator(c, d)) {
        sql_failed(c, d, "cannot work on the database");
        fprintf(stderr, "  Is PostgreSQL running? Does database_admin name a superuser?%s\n",
                own ? " Has `kararactl setup` been run?" : "");
        db_close(d);
        return NULL;
    }
    return d;
}

bool ctl_connects(struct db *d, const char *sql)
{
    log_set_level(LOG_NOTHING);
    bool ok = db_exec_text(d, sql);
    log_set_level(LOG_WARN);
    return ok;
}

bool ctl_exec(const struct ctl *c, struct db *d, const char *what, const char *sql)
{
    if (!db_exec_text(d, sql)) {
        sql_failed(c, d, what);
        return false;
    }
    return true;
}

char *ctl_query(const struct ctl *c, struct db *d, const char *sql, const char *const *params)
{
    int n = 0;
    while (params[n] != NULL) {
        n++;
    }
    char *value = db_query_text(d, c->arena, sql, n, params);
    if (value == NULL) {
        sql_failed(c, d, "the database refused");
    }
    return value;
}

char *ctl_answer(const struct ctl *c, const char *sql, const char *const *params)
{
    struct db *d = ctl_admin(c, true);
    char *value = d != NULL ? ctl_query(c, d, sql, params) : NULL;
    db_close(d);
    return value;
}

const char *ctl_brand(const struct ctl *c, const char *slug)
{
    static const char find[] = "select coalesce((select slug from karara.brands where slug = lower($1)), '')";
    const char *kept = *slug != '\0' ? ctl_ask(c, find, slug, NULL) : "";
    if (kept != NULL && *kept == '\0' && *slug != '\0') {
        ctl_no_brand(c, slug);
        return NULL;
    }
    return kept;
}

bool ctl_account(const struct ctl *c, const char *email)
{
    static const char find[] = "select count(*)::text from karara.users where lower(email) = lower($1) and deleted_at is null";
    const char *found = ctl_ask(c, find, email, NULL);
    if (str_eq(found, "0")) {
        ctl_fail(c, "there is no account for %s; `kararactl user list` shows all", email);
    }
    return found != NULL && !str_eq(found, "0");
}

const char *ctl_fresh_id(const struct ctl *c)
{
    struct uuid u = uuid_v7();
    char *text = arena_alloc(c->arena, UUID_TEXT_SIZE);
    uuid_format(&u, text);
    return text;
}

bool ctl_is_id(const struct ctl *c, const char *list)
{
    struct uuid id;
    if (!uuid_parse(c->operands[0], &id)) {
        ctl_fail(c, "%s is no id; `kararactl %s` shows them", c->operands[0], list);
        return false;
    }
    return true;
}

/* ---- files ---- */

/* A whole file in the arena, with a NUL behind it; NULL with errno set. */
static char *read_file(struct arena *a, const char *path, size_t *ret_size)
{
    FILE *f = fopen(path, "re");
    char *text = NULL;
    if (f == NULL) {
        return NULL;
    }
    if (fseek(f, 0, SEEK_END) != 0) {
        goto out;
    }
    long size = ftell(f);
    if (size < 0 || size > FILE_MOST) {
        errno = size < 0 ? errno : EFBIG;
        goto out;
    }
    rewind(f);
    text = arena_zalloc(a, (size_t)size + 1);
    *ret_size = fread(text, 1, (size_t)size, f);
    if (ferror(f)) {
        text = NULL;
    }
out:
    fclose(f);
    return text;
}

char *ctl_read_sql(const struct ctl *c, const char *name, size_t *ret_size)
{
    const char *path = arena_printf(c->arena, "%s/%s", config_text(CONF_SQL_DIR), name);
    char *text = read_file(c->arena, path, ret_size);
    if (text == NULL) {
        ctl_fail(c, "%s: %s (is sql_dir right?)", path, strerror(errno));
    } else if (strlen(text) != *ret_size) {
        ctl_fail(c, "%s: there is a NUL byte in it", path);
        text = NULL;
    }
    return text;
}

/* ---- passwords ---- */

/* The first line of a stream, without its end; NULL when there is none. */
static char *read_line(struct arena *a, FILE *in)
{
    char line[1024];
    if (fgets(line, sizeof line, in) == NULL) {
        return NULL;
    }
    line[strcspn(line, "\r\n")] = 0;
    return arena_strdup(a, line);
}

static char *ask_once(struct arena *a, const char *words)
{
    struct termios shown, hidden;
    fprintf(stderr, "%s: ", words);
    fflush(stderr);
    tcgetattr(STDIN_FILENO, &shown);
    hidden = shown;
    hidden.c_lflag &= ~(tcflag_t)ECHO;
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
    char *line = read_line(a, stdin);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
    fputc('\n', stderr);
    return line;
}

static char *from_file(const struct ctl *c, const char *path)
{
    FILE *in = fopen(path, "re");
    if (in == NULL) {
        ctl_fail(c, "%s: %s", path, strerror(errno));
        return NULL;
    }
    char *line = read_line(c->arena, in);
    fclose(in);
    return line != NULL ? line : arena_strdup(c->arena, "");
}

static char *from_terminal(const struct ctl *c)
{
    char *password = ask_once(c->arena, "Password");
    char *again = ask_once(c->arena, "Once more");
    if (password == NULL || !str_eq(password, again)) {
        ctl_fail(c, "the two are not the same");
        return NULL;
    }
    return password;
}

const char *ctl_read_password(const struct ctl *c, const struct auth_names *names)
{
    const char *path = ctl_option(c, "password-file");
    char *password;
    if (path != NULL) {
        password = from_file(c, path);
    } else if (isatty(STDIN_FILENO)) {
        password = from_terminal(c);
    } else {
        password = read_line(c->arena, stdin);
        if (password == NULL) {
            ctl_fail(c, "write the password on standard input, or give --password-file");
        }
    }
    if (password == NULL) {
        return NULL;
    }
    const char *problem = auth_password_problem(c->arena, password, names);
    if (problem != NULL) {
        ctl_fail(c, "the password %s", problem);
        return NULL;
    }
    return password;
}
