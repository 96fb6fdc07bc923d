/* kararactl: its registers, its accounts and brands, and what `check` finds. */
#include "pg.h"

#include "core/config.h"
#include "platform/password.h"
#include "process.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static const char *output;

static int begin(void **state)
{
    (void)state;
    pg_begin();
    return 0;
}

static int renew(void **state)
{
    (void)state;
    pg_renew();
    return 0;
}

#define CTL(...) PG_PROGRAM(&output, "kararactl", __VA_ARGS__)

static void assert_says(const char *words)
{
    if (strstr(output, words) == NULL) {
        fail_msg("expected \"%s\" in: %s", words, output);
    }
}

static const char *password_file(const char *password)
{
    static char path[160];
    snprintf(path, sizeof path, "%s/password", pg_folder());
    FILE *f = fopen(path, "we");
    assert_non_null(f);
    assert_true(fputs(password, f) >= 0);
    assert_int_equal(fclose(f), 0);
    return path;
}

static const char *hash_of(const char *email)
{
    return pg_value(
        "select password_hash from karara.credentials c join karara.users u on u.id = c.user_id where u.email = '%s'", email);
}

/* ---- the command line ---- */

static void wrong_settings_are_named_but_registers_still_print(void **state)
{
    (void)state;
    setenv("KARARA_BODY_LIMIT", "many", 1);
    int check = CTL("check");
    assert_says("BODY_LIMIT");
    int version = CTL("version");
    unsetenv("KARARA_BODY_LIMIT");
    assert_int_equal(check, 1);
    assert_int_equal(version, 0);
    assert_says("karara " KARARA_VERSION);
}

/* ---- registers ---- */

static void the_printed_settings_can_be_read_back(void **state)
{
    (void)state;
    char path[160], err[512];
    assert_int_equal(CTL("config"), 0);
    snprintf(path, sizeof path, "%s/sample.conf", pg_folder());
    FILE *f = fopen(path, "we");
    assert_non_null(f);
    int settings = 0;
    for (const char *line = output; *line != 0; line += strcspn(line, "\n") + 1) {
        int length = (int)strcspn(line, "\n");
        const char *equals = memchr(line, '=', (size_t)length);
        bool setting = equals != NULL && strncmp(line, "# ", 2) == 0 && strcspn(line + 2, " ") == (size_t)(equals - line - 3);
        settings += setting;
        fprintf(f, "%.*s\n", setting ? length - 2 : length, setting ? line + 2 : line);
    }
    assert_int_equal(fclose(f), 0);
    assert_int_equal(settings, CONF_COUNT);
    char before[200];
    snprintf(before, sizeof before, "%s", getenv("KARARA_CONFIG"));
    setenv("KARARA_CONFIG", path, 1);
    bool ok = config_load(err, sizeof err);
    setenv("KARARA_CONFIG", before, 1);
    if (!ok) {
        fail_msg("%s", err);
    }
    assert_true(config_load(err, sizeof err));
}

static void registers_are_printed(void **state)
{
    (void)state;
    assert_int_equal(CTL("routes"), 0);
    assert_says("/tasks/{id}");
    assert_int_equal(CTL("permissions"), 0);
    assert_says("can_edit_tasks");
    assert_int_equal(CTL("permissions", "--role", "guest"), 0);
    assert_says("can_comment");
    assert_int_equal(CTL("openapi"), 0);
    assert_says("\"openapi\":");
}

/* ---- accounts ---- */

static void an_account_is_made_with_its_password_hashed(void **state)
{
    (void)state;
    assert_int_equal(CTL("user", "create", "Eve@Demo.example", "--name", "Eve van Dyke", "--admin", "--password-file",
                         password_file("a long password\nsecond line\n")),
                     0);
    assert_string_equal(
        pg_value("select concat_ws('|', email, first_name, last_name, status, platform_role) from karara.users"),
        "Eve@Demo.example|Eve van|Dyke|active|admin");
    assert_true(password_verify(hash_of("Eve@Demo.example"), "a long password"));
    assert_int_equal(CTL("user", "create", "eve@demo.example", "--password-file", password_file("another password")), 1);
    assert_says("there is an account for eve@demo.example already");
    assert_int_equal(pg_count("select count(*) from karara.users"), 1);
}

static void the_password_comes_from_standard_input_too(void **state)
{
    (void)state;
    const char *const argv[] = { "sh", "-c", "echo 'from a pipe' | \"$0\" user create pipe@demo.example > id",
                                 KARARA_BIN_DIR "/kararactl", NULL };
    assert_int_equal(process_run(&(struct process){ .argv = argv, .folder = pg_folder() }), 0);
    assert_true(password_verify(hash_of("pipe@demo.example"), "from a pipe"));
    assert_int_equal(CTL("user", "create", "none@demo.example"), 1);
    assert_says("write the password on standard input");
}

static void short_and_missing_passwords_are_refused(void **state)
{
    (void)state;
    assert_int_equal(CTL("user", "create", "short@demo.example", "--password-file", password_file("seven77")), 1);
    assert_says("the password must have 8 to 128 characters");
    assert_int_equal(CTL("user", "create", "short@demo.example", "--password-file", password_file("iloveyou")), 1);
    assert_says("the password is among the commonest");
    assert_int_equal(
        CTL("user", "create", "short@demo.example", "--name", "Eve Dyke", "--password-file", password_file("eve dyke 1")), 1);
    assert_says("the password must be more than your own name");
    assert_int_equal(CTL("user", "create", "empty@demo.example", "--password-file", password_file("")), 1);
    assert_int_equal(CTL("user", "create", "file@demo.example", "--password-file", "/nowhere"), 1);
    assert_says("/nowhere: No such file");
    assert_int_equal(pg_count("select count(*) from karara.users where email ~ '^(short|empty|file)@'"), 0);
}

#define SESSION                                                                                                                \
    "insert into karara.sessions (id, user_id, token_hash, expires_at) select id, id, decode(replace(id::text, '-', ''), "     \
    "'hex'),"                                                                                                                  \
    " now() + interval '1 day' from karara.users"

static void a_new_password_unlocks_and_ends_sessions(void **state)
{
    (void)state;
    assert_int_equal(CTL("user", "create", "eve@demo.example", "--password-file", password_file("the first password")), 0);
    pg_exec(SESSION "; update karara.credentials set login_attempts = 10, locked_until = now() + interval '1 hour'");
    pg_exec("insert into karara.account_tokens (id, user_id, purpose, digest, email, expires_at) select gen_random_uuid(), id, "
            "'reset_password', 'x', email, now() + interval '1 hour' from karara.users");
    assert_int_equal(CTL("user", "password", "EVE@demo.example", "--password-file", password_file("the second password")), 0);
    assert_int_equal(pg_count("select count(*) from karara.account_tokens"), 0);
    assert_true(password_verify(hash_of("eve@demo.example"), "the second password"));
    assert_string_equal(pg_value("select login_attempts || coalesce(locked_until::text, '') from karara.credentials"), "0");
    assert_string_equal(pg_value("select revoked_reason from karara.sessions where revoked_at is not null"),
                        "password_changed");
    assert_int_equal(CTL("user", "password", "nobody@demo.example", "--password-file", password_file("the third password")), 1);
    assert_says("there is no account for nobody@demo.example");
}

static void a_new_password_is_not_made_of_the_person_s_names(void **state)
{
    (void)state;
    assert_int_equal(CTL("user", "create", "eve@demo.example", "--name", "Eve van Dyke", "--password-file",
                         password_file("a first password")),
                     0);
    assert_int_equal(CTL("user", "password", "EVE@demo.example", "--password-file", password_file("van dyke 12")), 1);
    assert_says("the password must be more than your own name");
    assert_true(password_verify(hash_of("eve@demo.example"), "a first password"));
}

static void a_brand_that_lost_its_owner_is_given_one(void **state)
{
    (void)state;
    assert_int_equal(CTL("user", "create", "eve@demo.example", "--password-file", password_file("the first password")), 0);
    assert_int_equal(CTL("user", "create", "heir@demo.example", "--password-file", password_file("the other password")), 0);
    assert_int_equal(CTL("brand", "create", "Lost", "--owner", "eve@demo.example"), 0);
    pg_exec("delete from karara.brand_members; delete from karara.audit_entries");
    assert_int_equal(CTL("brand", "owner", "lost", "HEIR@demo.example"), 0);
    assert_int_equal(CTL("brand", "owner", "lost", "heir@demo.example"), 0);
    assert_string_equal(
        pg_value("select string_agg(u.email || ' ' || m.role || ' ' || m.status, ', ') from karara.brand_members m "
                 "join karara.users u on u.id = m.user_id"),
        "heir@demo.example owner active");
    assert_int_equal(pg_count("select count(*) from karara.audit_entries where action = 'brand.owner_given' and platform"), 2);
    assert_int_equal(CTL("brand", "owner", "lost", "nobody"), 1);
    assert_says("there is no active account for nobody");
    assert_int_equal(CTL("brand", "owner", "nowhere", "heir@demo.example"), 1);
    assert_says("there is no brand nowhere");
}

static void the_audit_log_is_listed_by_brand_person_action_and_time(void **state)
{
    (void)state;
    assert_int_equal(CTL("user", "create", "eve@demo.example", "--password-file", password_file("the first password")), 0);
    assert_int_equal(CTL("brand", "create", "Lost", "--owner", "eve@demo.example"), 0);
    pg_exec("delete from karara.audit_entries");
    assert_int_equal(CTL("audit", "list"), 0);
    assert_says("no entries");
    pg_exec(
        "insert into karara.audit_entries (brand_id, platform, actor_id, action, resource_type, outcome, created_at, after) "
        "select b.id, false, u.id, 'member.added', 'member', 'success', '2026-01-02 03:04:05Z'::timestamptz, '{\"role\": "
        "\"guest\"}'::jsonb "
        "from karara.brands b, karara.users u union all "
        "select null, false, null, 'auth.login_failed', 'user', 'failure', '2026-01-03 03:04:05Z', null");
    assert_int_equal(CTL("audit", "list"), 0);
    assert_says("2026-01-02 03:04:05  lost              eve@demo.example              member.added");
    assert_true(strstr(output, "auth.login_failed") < strstr(output, "member.added"));
    assert_int_equal(CTL("audit", "list", "--brand", "LOST", "--json"), 0);
    assert_says("\"role\": \"guest\"");
    assert_null(strstr(output, "auth.login_failed"));
    assert_int_equal(CTL("audit", "list", "--brand", "platform"), 0);
    assert_null(strstr(output, "member.added"));
    assert_int_equal(CTL("audit", "list", "--actor", "EVE@demo.example", "--action", "member"), 0);
    assert_says("member.added");
    assert_int_equal(CTL("audit", "list", "--action", "mem"), 0);
    assert_says("no entries");
    assert_int_equal(CTL("audit", "list", "--since", "2026-01-03", "--limit", "1"), 0);
    assert_says("auth.login_failed");
    assert_null(strstr(output, "member.added"));
    assert_int_equal(CTL("audit", "list", "--since", "yesterday"), 2);
    assert_says("--since is a time like 2026-11-20T08:00:00Z, or a date");
    assert_int_equal(CTL("audit", "list", "--limit", "0"), 2);
    assert_says("--limit is a number from 1 to 99999");
    assert_int_equal(CTL("audit", "list", "--brand", "nowhere"), 1);
    assert_says("there is no brand nowhere");
}

static void who_is_locked_out_is_let_in_again(void **state)
{
    (void)state;
    assert_int_equal(CTL("user", "create", "eve@demo.example", "--password-file", password_file("the first password")), 0);
    pg_exec(SESSION "; update karara.credentials set login_attempts = 10, locked_until = now() + interval '1 hour'");
    assert_int_equal(CTL("user", "unlock", "EVE@demo.example"), 0);
    assert_string_equal(pg_value("select login_attempts || coalesce(locked_until::text, '') from karara.credentials"), "0");
    assert_int_equal(pg_count("select count(*) from karara.sessions where revoked_at is null"), 1);
    assert_int_equal(CTL("user", "unlock", "nobody"), 1);
}

static void sessions_are_ended_and_api_tokens_where_it_is_said(void **state)
{
    (void)state;
    assert_int_equal(CTL("user", "create", "eve@demo.example", "--password-file", password_file("the first password")), 0);
    pg_exec(SESSION
            "; insert into karara.api_tokens (id, user_id, name, scopes, token_digest, prefix) select gen_random_uuid(), id, "
            "'Report', '{*:read}', 'x', 'kar_pat_' from karara.users");
    assert_int_equal(CTL("user", "sign-out", "eve@demo.example"), 0);
    assert_int_equal(pg_count("select count(*) from karara.sessions where revoked_at is null"), 0);
    assert_int_equal(pg_count("select count(*) from karara.api_tokens where revoked_at is null"), 1);
    assert_int_equal(CTL("user", "sign-out", "eve@demo.example", "--tokens"), 0);
    assert_int_equal(pg_count("select count(*) from karara.api_tokens where revoked_at is null"), 0);
    assert_string_equal(pg_value("select status from karara.users"), "active");
    assert_int_equal(CTL("user", "sign-out", "nobody"), 1);
}

static void suspending_ends_sessions_and_can_be_undone(void **state)
{
    (void)state;
    assert_int_equal(CTL("user", "create", "eve@demo.example", "--password-file", password_file("the first password")), 0);
    pg_exec(SESSION);
    assert_int_equal(CTL("user", "suspend", "eve@demo.example"), 0);
    assert_string_equal(pg_value("select status || version from karara.users"), "suspended2");
    assert_string_equal(pg_value("select revoked_reason from karara.sessions"), "account_suspended");
    assert_int_equal(CTL("user", "suspend", "eve@demo.example", "--undo"), 0);
    assert_string_equal(pg_value("select status from karara.users"), "active");
    assert_int_equal(CTL("user", "suspend", "nobody"), 1);
}

static void a_second_factor_is_shown_and_ended(void **state)
{
    (void)state;
    assert_int_equal(
        CTL("user", "create", "eve@demo.example", "--name", "Eve Dyke", "--password-file", password_file("the first password")),
        0);
    assert_int_equal(CTL("user", "two-factor", "eve@demo.example"), 0);
    assert_string_equal(output, "off\n");
    assert_int_equal(CTL("user", "two-factor", "eve@demo.example", "--off"), 0);
    assert_string_equal(output, "off\n");
    pg_exec("update karara.users set preferences = '{\"language\": \"de\"}'; update karara.credentials set totp_secret = 'x', "
            "totp_enabled_at = '2026-11-20 10:00Z'; insert into karara.recovery_codes (user_id, digest) select id, 'a' from "
            "karara.users");
    assert_int_equal(CTL("user", "two-factor", "EVE@demo.example"), 0);
    assert_string_equal(output, "on since 2026-11-20 10:00 UTC, 1 recovery codes left\n");
    assert_int_equal(CTL("user", "two-factor", "EVE@demo.example", "--off"), 0);
    assert_says("off: it was ended, and eve@demo.example is told by mail");
    assert_string_equal(pg_value("select count(totp_secret) || ' ' || count(totp_enabled_at) || ' ' || (select count(*) from "
                                 "karara.recovery_codes) from karara.credentials"),
                        "0 0 0");
    assert_string_equal(pg_value("select template || ' ' || language || ' ' || to_name from karara.mails"),
                        "two_factor_reset de Eve");
    assert_string_equal(pg_value("select action || ' ' || platform from karara.audit_entries order by number desc limit 1"),
                        "user.two_factor_reset true");
    assert_int_equal(CTL("user", "two-factor", "nobody"), 1);
    assert_says("there is no account for nobody");
}

static void lists_show_accounts_and_brands(void **state)
{
    (void)state;
    assert_int_equal(CTL("user", "list"), 0);
    assert_string_equal(output, "no accounts\n");
    assert_int_equal(CTL("brand", "list"), 0);
    assert_string_equal(output, "no brands\n");
    pg_load_demo();
    assert_int_equal(CTL("user", "list"), 0);
    assert_says("ada@demo.example");
    assert_says("demo:owner northwind:member");
    assert_int_equal(CTL("user", "list", "--brand", "Northwind"), 0);
    assert_says("ines@demo.example");
    assert_null(strstr(output, "linus@demo.example"));
    assert_int_equal(CTL("user", "list", "--brand", "nowhere"), 1);
    assert_says("there is no brand nowhere");
    assert_int_equal(CTL("brand", "list"), 0);
    assert_says("Karara Demo");
}

/* ---- brands ---- */

static void a_brand_is_made_with_owner_team_board_and_lists(void **state)
{
    (void)state;
    assert_int_equal(CTL("user", "create", "eve@demo.example", "--password-file", password_file("the first password")), 0);
    assert_int_equal(CTL("brand", "create", "Bär & Söhne", "--owner", "eve@demo.example"), 0);
    assert_says(" bar-sohne\n");
    assert_string_equal(pg_value("select role || '|' || b.name || '|' || b.slug from karara.brand_members m"
                                 " join karara.brands b on b.id = m.brand_id"),
                        "owner|Bär & Söhne|bar-sohne");
    assert_string_equal(
        pg_value("select t.name || '|' || m.role || '|' || b.key || '|' || (select string_agg(l.name, ',' order by l.position)"
                 " from tenant_shared.lists l where l.board_id = b.id) from tenant_shared.teams t"
                 " join tenant_shared.team_members m on m.team_id = t.id join tenant_shared.boards b on b.team_id = t.id"),
        "General|manager|BOARD|To do,In progress,Done");
    assert_int_equal(CTL("brand", "create", "Other", "--slug", "bar-sohne", "--owner", "eve@demo.example"), 1);
    assert_says("there is a brand with this name or slug");
    assert_int_equal(CTL("brand", "create", "Other", "--owner", "nobody"), 1);
    assert_says("there is no account for nobody");
    assert_int_equal(pg_count("select count(*) from karara.brands"), 1);
}

/* ---- check ---- */

static void check_finds_nothing_in_a_good_installation(void **state)
{
    (void)state;
    assert_int_equal(CTL("check"), 0);
    assert_says("all is well");
    assert_says("ok     memcached");
    assert_says(" queries\n");
}

static void host_names_are_given_to_brands_and_taken(void **state)
{
    (void)state;
    pg_exec("insert into karara.users (id, email, status) values (gen_random_uuid(), 'hosts@test.example', 'active')");
    assert_int_equal(CTL("brand", "create", "--owner", "hosts@test.example", "Hosts"), 0);
    assert_int_equal(CTL("brand", "create", "--owner", "hosts@test.example", "Guests"), 0);
    assert_int_equal(CTL("brand", "domain", "add", "hosts",
                         "B\xc3\xbc"
                         "cher.Example"),
                     0);
    assert_says("xn--bcher-kva.example");
    assert_int_equal(CTL("brand", "domain", "add", "hosts", "work.example"), 0);
    assert_int_equal(CTL("brand", "domain", "add", "guests", "WORK.example"), 1);
    assert_says("is a brand's already");
    assert_int_equal(CTL("brand", "domain", "add", "nobody", "free.example"), 1);
    assert_says("there is no brand nobody");
    assert_int_equal(CTL("brand", "domain", "add", "hosts", "10.0.0.1"), 1);
    assert_says("is no host name");
    assert_int_equal(CTL("brand", "domain", "list", "nowhere"), 1);
    assert_says("there is no brand nowhere");
    assert_int_equal(CTL("brand", "domain", "list", "HOSTS"), 0);
    assert_says("work.example");
    assert_int_equal(CTL("brand", "domain", "remove", "guests", "work.example"), 1);
    assert_int_equal(CTL("brand", "domain", "remove", "hosts", "work.example"), 0);
    assert_int_equal(CTL("brand", "domain", "list"), 0);
    assert_null(strstr(output, "work.example"));
    assert_string_equal(
        pg_value("select string_agg(action || ' ' || platform, ', ') from karara.audit_entries where action ~ 'domain'"),
        "brand.domains_changed true, brand.domains_changed true, brand.domains_changed true");
}

static void people_are_invited_and_taken_back(void **state)
{
    (void)state;
    pg_exec("insert into karara.users (id, email, status) values (gen_random_uuid(), 'host@test.example', 'active')");
    assert_int_equal(CTL("brand", "create", "--owner", "host@test.example", "Inviting"), 0);
    assert_int_equal(CTL("invite", "list", "--brand", "nowhere"), 1);
    assert_says("there is no brand nowhere");
    assert_int_equal(CTL("invite", "list", "--brand", "Inviting"), 0);
    assert_says("no invitations");
    assert_int_equal(CTL("invite", "create", "new@test.example"), 2);
    assert_says("--brand SLUG");
    assert_int_equal(CTL("invite", "create", "new@test.example", "--brand", "nowhere"), 1);
    assert_says("there is no brand nowhere");
    assert_int_equal(CTL("invite", "create", "host@test.example", "--brand", "inviting"), 1);
    assert_says("belongs to the brand already");
    assert_int_equal(CTL("invite", "create", "new@test.example", "--brand", "inviting", "--role", "emperor"), 2);
    assert_int_equal(CTL("invite", "create", "new@test.example", "--brand", "inviting", "--role", "admin", "--link"), 0);
    assert_says("/invitation#token=");
    assert_int_equal(CTL("invite", "list", "--brand", "inviting"), 0);
    assert_says("open     admin");
    assert_non_null(strstr(pg_value("select subject || ' ' || text_body from karara.mails"), "Invitation to Inviting"));
    assert_int_equal(CTL("invite", "create", "NEW@test.example", "--brand", "inviting"), 0);
    assert_int_equal(pg_count("select count(*) from karara.invitations"), 1);
    assert_int_equal(pg_count("select count(*) from karara.mails"), 2);
    pg_exec("update karara.brands set subscription = '{\"max_users\": 2}'");
    assert_int_equal(CTL("invite", "create", "late@test.example", "--brand", "inviting"), 1);
    assert_says("has room for 2 people");
    assert_int_equal(CTL("invite", "revoke", "new@test.example", "--brand", "inviting"), 0);
    assert_int_equal(CTL("invite", "revoke", "new@test.example", "--brand", "inviting"), 1);
    assert_says("nothing to revoke");
    assert_int_equal(CTL("invite", "create", "late@test.example", "--brand", "inviting"), 0);
    assert_string_equal(
        pg_value("select string_agg(distinct action, ' ' order by action) from karara.audit_entries where action ~ "
                 "'^invitation'"),
        "invitation.created invitation.renewed invitation.revoked");
}

static void check_lists_all_that_is_wrong(void **state)
{
    (void)state;
    pg_exec("alter table tenant_shared.lists no force row level security; alter table tenant_shared.tasks rename column title "
            "to heading;"
            "delete from karara.migrations where name like '0002%%'; update karara.migrations set checksum = 'x' where name "
            "like '0001%%';"
            "insert into karara.migrations (name, checksum) values ('9999_future.sql', 'x')");
    assert_int_equal(CTL("check"), 1);
    assert_says("row-level security is not forced on lists");
    assert_says("task_get: column t.title does not exist");
    assert_says("0002_tenant.sql has not been applied: run `kararactl migrate`");
    assert_says("0001_platform.sql was changed");
    assert_says("9999_future.sql has been applied, but is not in sql_dir");
    assert_says(" wrong\n");
}

static void check_refuses_a_role_that_no_wall_holds(void **state)
{
    (void)state;
    setenv("KARARA_DATABASE", pg_conninfo("postgres"), 1);
    int status = CTL("check");
    setenv("KARARA_DATABASE", pg_conninfo("karara_app"), 1);
    assert_int_equal(status, 1);
    assert_says("postgres is a superuser: no wall between brands holds it");
}

static void check_sees_missing_keys_folders_and_database(void **state)
{
    (void)state;
    char keys[200];
    snprintf(keys, sizeof keys, "%s", getenv("KARARA_KEYS_DIR"));
    setenv("KARARA_KEYS_DIR", "/nowhere", 1);
    setenv("KARARA_RUN_DIR", "/nowhere", 1);
    setenv("KARARA_DATABASE", "host=/nowhere", 1);
    setenv("KARARA_PUSH_ALLOW", "10.0.0.0/8 inside", 1);
    setenv("KARARA_SMS_URL", "https://sms.example/", 1);
    setenv("KARARA_SMS_AUTH_FILE", "/nowhere/sms.auth", 1);
    int status = CTL("check");
    unsetenv("KARARA_PUSH_ALLOW");
    unsetenv("KARARA_SMS_URL");
    unsetenv("KARARA_SMS_AUTH_FILE");
    setenv("KARARA_KEYS_DIR", keys, 1);
    setenv("KARARA_RUN_DIR", pg_folder(), 1);
    setenv("KARARA_DATABASE", pg_conninfo("karara_app"), 1);
    assert_int_equal(status, 1);
    assert_says("keys: /nowhere/jwt.keys: No such file");
    assert_says("keys: /nowhere/seal.keys: No such file");
    assert_says("keys: /nowhere/audit.keys: No such file");
    assert_says("keys: /nowhere/push.keys: No such file");
    assert_says("push_allow: inside is no network");
    assert_says("SMS: sms_auth_file: /nowhere/sms.auth: No such file");
    assert_says("run_dir: /nowhere");
    assert_says("database: no connection");
}

static void schedules_are_listed_and_shown_with_their_next_times(void **state)
{
    (void)state;
    assert_int_equal(CTL("schedule", "list"), 0);
    assert_says("no schedules");
    pg_load_demo();
    pg_exec("update karara.schedules set next_run_at = now() - interval '1 hour' where rrule = 'FREQ=MONTHLY;BYMONTHDAY=1'");
    assert_int_equal(CTL("schedule", "list", "--brand", "demo"), 0);
    assert_says("task_template   FREQ=WEEKLY;BYDAY=MO (Europe/Berlin)");
    assert_null(strstr(output, "northwind"));
    assert_int_equal(CTL("schedule", "list", "--state", "late"), 0);
    assert_says("  late      ");
    assert_null(strstr(output, "WEEKLY"));
    pg_exec("update karara.schedules set starts_at = '2098-03-28T02:30', rrule = 'FREQ=DAILY', exdates = '{2098-03-31}'");
    assert_int_equal(CTL("schedule", "show", pg_value("select id from karara.schedules limit 1")), 0);
    assert_says("From: 2098-03-28 02:30:00 Europe/Berlin");
    assert_says(
        "Next: 2098-03-28T01:30:00Z\n      2098-03-29T01:30:00Z\n      2098-03-30T01:30:00Z\n      2098-04-01T00:30:00Z");
    pg_exec("update karara.schedules set timezone = 'Europe/Atlantis'");
    assert_int_equal(CTL("schedule", "show", pg_value("select id from karara.schedules limit 1")), 0);
    assert_says("can't be read");
    assert_int_equal(CTL("schedule", "show", "00000000-0000-7000-8000-000000000001"), 1);
    assert_int_equal(CTL("schedule", "show", "monday"), 1);
}

static void check_counts_an_absent_memcached_as_no_fault(void **state)
{
    (void)state;
    pg_memcached_stop();
    int status = CTL("check");
    pg_memcached_start();
    assert_int_equal(status, 0);
    assert_says("note   memcached can't be reached");
}

#define FRESH(f) cmocka_unit_test_setup(f, renew)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_settings_are_named_but_registers_still_print),
        cmocka_unit_test(the_printed_settings_can_be_read_back),
        cmocka_unit_test(registers_are_printed),
        cmocka_unit_test(check_finds_nothing_in_a_good_installation),
        cmocka_unit_test(check_refuses_a_role_that_no_wall_holds),
        cmocka_unit_test(check_sees_missing_keys_folders_and_database),
        cmocka_unit_test(check_counts_an_absent_memcached_as_no_fault),
        FRESH(lists_show_accounts_and_brands),
        FRESH(an_account_is_made_with_its_password_hashed),
        FRESH(the_password_comes_from_standard_input_too),
        FRESH(short_and_missing_passwords_are_refused),
        FRESH(a_new_password_unlocks_and_ends_sessions),
        FRESH(a_new_password_is_not_made_of_the_person_s_names),
        FRESH(a_brand_that_lost_its_owner_is_given_one),
        FRESH(the_audit_log_is_listed_by_brand_person_action_and_time),
        FRESH(who_is_locked_out_is_let_in_again),
        FRESH(sessions_are_ended_and_api_tokens_where_it_is_said),
        FRESH(suspending_ends_sessions_and_can_be_undone),
        FRESH(a_second_factor_is_shown_and_ended),
        FRESH(a_brand_is_made_with_owner_team_board_and_lists),
        FRESH(schedules_are_listed_and_shown_with_their_next_times),
        FRESH(host_names_are_given_to_brands_and_taken),
        FRESH(people_are_invited_and_taken_back),
        FRESH(check_lists_all_that_is_wrong),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
