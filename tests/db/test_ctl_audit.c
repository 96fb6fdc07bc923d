/* test_ctl_audit.c - what a sysadmin does stands in the audit log, with who it was; what they only look at doesn't. Every command is here. */
#include "pg.h"

#include <pwd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { WORDS = 8, NAME_SIZE = 40 };

static const char *output;

static int begin(void **state)
{
    (void)state;
    pg_begin();
    return 0;
}

static const char *password_file(void)
{
    static char path[160];
    snprintf(path, sizeof path, "%s/password", pg_folder());
    FILE *f = fopen(path, "we");
    assert_non_null(f);
    assert_true(fputs("purple kettle 42 sings\n", f) >= 0);
    assert_int_equal(fclose(f), 0);
    return path;
}

/* ---- the commands ---- */

/* What each does that changes something, in an order in which each finds what it needs; PASSWORD stands for a file, and MAIL and JOB for ids. */
struct act {
    const char *words[WORDS];
    const char *command; /* how many of the words are its name is told by this */
    const char *noted;   /* its entries: action, kind, before, after */
    const char *prepare; /* SQL before it, or NULL */
};

static const struct act acts[] = {
    { { "user", "create", "eve@test.example", "--admin", "--password-file", "PASSWORD" },
      "user create",
      "user.created user - {\"status\": \"active\", \"platform_role\": \"admin\"}",
      NULL },
    { { "user", "password", "eve@test.example", "--password-file", "PASSWORD" },
      "user password",
      "user.password_set user - -",
      NULL },
    { { "user", "unlock", "eve@test.example" },
      "user unlock",
      "user.unlocked user - -",
      "update karara.credentials set login_attempts = 12, locked_until = now() + interval '1 hour'" },
    { { "user", "sign-out", "eve@test.example", "--tokens" },
      "user sign-out",
      "user.signed_out user - {\"sessions\": 1, \"api_tokens\": 1}",
      "insert into karara.sessions (id, user_id, token_hash, expires_at) select gen_random_uuid(), id, 'x', now() + interval "
      "'1 day' "
      "from karara.users where email = 'eve@test.example'; insert into karara.api_tokens (id, user_id, name, scopes, "
      "token_digest, "
      "prefix) select gen_random_uuid(), id, 'Report', '{*:read}', 'x', 'kar_pat_' from karara.users where email = "
      "'eve@test.example'" },
    { { "user", "suspend", "eve@test.example" },
      "user suspend",
      "user.suspended user {\"status\": \"active\"} {\"status\": \"suspended\"}",
      NULL },
    { { "user", "suspend", "eve@test.example", "--undo" },
      "user suspend",
      "user.activated user {\"status\": \"suspended\"} {\"status\": \"active\"}",
      NULL },
    { { "user", "two-factor", "eve@test.example", "--off" },
      "user two-factor",
      "user.two_factor_reset user {\"two_factor_enabled\": true} {\"two_factor_enabled\": false}",
      "update karara.credentials set totp_secret = 'x', totp_enabled_at = now()" },
    { { "brand", "create", "Noted", "--owner", "eve@test.example" },
      "brand create",
      "brand.created brand - {\"name\": \"Noted\", \"slug\": \"noted\"}; brand.owner_given member - {\"role\": \"owner\"}",
      NULL },
    { { "brand", "owner", "noted", "eve@test.example" },
      "brand owner",
      "brand.owner_given member {\"role\": \"guest\", \"status\": \"suspended\", \"expires_at\": null, \"permissions\": {}} "
      "{\"role\": \"owner\"}",
      "update karara.brand_members set role = 'guest', status = 'suspended'" },
    { { "brand", "domain", "add", "noted", "work.example" },
      "brand domain add",
      "brand.domains_changed brand - {\"added\": \"work.example\"}",
      NULL },
    { { "brand", "domain", "remove", "noted", "work.example" },
      "brand domain remove",
      "brand.domains_changed brand {\"removed\": \"work.example\"} -",
      NULL },
    { { "invite", "create", "new@test.example", "--brand", "noted" }, "invite create", "invitation.created", NULL },
    { { "invite", "revoke", "new@test.example", "--brand", "noted" }, "invite revoke", "invitation.revoked", NULL },
    { { "mail", "retry", "MAIL" }, "mail retry", "mail.retried mail - -", NULL },
    { { "jobs", "retry", "JOB" },
      "jobs retry",
      "job.retried job - -",
      "insert into karara.jobs (id, kind, queue, priority, max_attempts, run_at) values "
      "('00000000-0000-7000-8000-00000000000b', 'noop', 'default', 2, 3, now() + interval '1 day')" },
    { { "jobs", "cancel", "JOB" }, "jobs cancel", "job.cancelled job - -", NULL },
    { { "jobs", "pause", "default" }, "jobs pause", "job_queue.paused job_queue - {\"queue\": \"default\"}", NULL },
    { { "jobs", "resume", "default" }, "jobs resume", "job_queue.resumed job_queue - {\"queue\": \"default\"}", NULL },
    { { "brand", "purge" },
      "brand purge",
      "brand.removed brand {",
      "update karara.brands set status = 'inactive', deletion_at = now() - interval '1 hour'" },
};

/* Those that look, try a way out, or print what the program knows; and those that make the installation itself, before there is a log. */
static const char *const looks[] = {
    "setup",     "migrate",      "check",       "demo",      "user list", "brand list",    "audit list",    "audit verify",
    "audit key", "relay status", "invite list", "jobs list", "jobs show", "jobs stats",    "mail list",     "mail show",
    "mail test", "push key",     "push list",   "push test", "sms test",  "schedule list", "schedule show", "manual",
    "metrics",   "routes",       "permissions", "queries",   "openapi",   "config",        "version",       "brand domain list"
};

static bool is_known(const char *command)
{
    for (size_t i = 0; i < sizeof looks / sizeof *looks; i++) {
        if (strcmp(looks[i], command) == 0) {
            return true;
        }
    }
    for (size_t i = 0; i < sizeof acts / sizeof *acts; i++) {
        if (strcmp(acts[i].command, command) == 0) {
            return true;
        }
    }
    return false;
}

/* The overview has one in each line that begins with two blanks: its name, two blanks or more, what it does. */
static void every_command_is_an_act_or_a_look(void **state)
{
    int found = 0;
    (void)state;
    assert_int_equal(PG_PROGRAM(&output, "kararactl", "--help"), 0);
    for (const char *line = output; *line != '\0'; line += strcspn(line, "\n"), line += *line == '\n') {
        char name[NAME_SIZE];
        if (strncmp(line, "  ", 2) != 0) {
            continue;
        }
        const char *end = line + 2;
        while (*end != '\0' && *end != '\n' && !(end[0] == ' ' && (end[1] == ' ' || (end[1] >= 'A' && end[1] <= 'Z')))) {
            end++;
        }
        snprintf(name, sizeof name, "%.*s", (int)(end - line - 2), line + 2);
        if (!is_known(name)) {
            fail_msg(
                "say in tests/db/test_ctl_audit.c whether `kararactl %s` changes something, and what the audit log has of it",
                name);
        }
        found++;
    }
    assert_true(found > 40);
}

static const char *stand_in(const char *word)
{
    if (strcmp(word, "PASSWORD") == 0) {
        return password_file();
    }
    if (strcmp(word, "MAIL") == 0) {
        return pg_value("select id from karara.mails order by created_at desc limit 1");
    }
    return strcmp(word, "JOB") == 0 ? "00000000-0000-7000-8000-00000000000b" : word;
}

static void perform(const struct act *act)
{
    const char *words[WORDS + 1] = { NULL };
    for (int i = 0; i < WORDS && act->words[i] != NULL; i++) {
        words[i] = stand_in(act->words[i]);
    }
    if (pg_program(&output, "kararactl", words) != 0) {
        fail_msg("kararactl %s: %s", act->command, output);
    }
}

/* The entries that came meanwhile, each with who it was. */
static void expect_noted(const struct act *act)
{
    char host[65] = "";
    gethostname(host, sizeof host - 1);
    const char *noted =
        pg_value("select coalesce(string_agg(concat_ws(' ', action, resource_type, coalesce(before::text, '-'), "
                 "coalesce(after::text, '-')), '; ' order by number), '') from karara.audit_entries");
    if (strncmp(noted, act->noted, strlen(act->noted)) != 0) {
        fail_msg("kararactl %s is noted as \"%s\", not \"%s\"", act->command, noted, act->noted);
    }
    long long unsaid =
        pg_count("select count(*) from karara.audit_entries where not (platform and actor_id is null and ip = '' "
                 "and user_agent ~ '^kararactl: [^ ]+( as %s)? on ' and right(user_agent, %zu) = '%s')",
                 getpwuid(geteuid())->pw_name, strlen(host), host);
    if (unsaid != 0) {
        fail_msg("kararactl %s doesn't say who did it: %s", act->command,
                 pg_value("select concat_ws('|', platform, actor_id, ip, user_agent) from karara.audit_entries"));
    }
}

static void every_act_is_noted_with_who_it_was(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof acts / sizeof *acts; i++) {
        if (acts[i].prepare != NULL) {
            pg_exec("%s", acts[i].prepare);
        }
        pg_exec("delete from karara.audit_entries");
        perform(&acts[i]);
        expect_noted(&acts[i]);
    }
    assert_int_equal(PG_PROGRAM(&output, "kararactl", "audit", "list", "--action", "brand"), 0);
    assert_non_null(strstr(output, "  kararactl: "));
}

static void an_act_that_fails_leaves_no_entry(void **state)
{
    (void)state;
    pg_renew();
    assert_int_equal(PG_PROGRAM(&output, "kararactl", "user", "create", "eve@test.example", "--password-file", password_file()),
                     0);
    pg_exec("delete from karara.audit_entries");
    assert_int_equal(PG_PROGRAM(&output, "kararactl", "user", "create", "EVE@test.example", "--password-file", password_file()),
                     1);
    assert_int_equal(PG_PROGRAM(&output, "kararactl", "user", "suspend", "nobody@test.example"), 1);
    assert_int_equal(PG_PROGRAM(&output, "kararactl", "brand", "create", "Lost", "--owner", "nobody@test.example"), 1);
    assert_int_equal(pg_count("select count(*) from karara.audit_entries"), 0);
    /* Nor is there an act whose entry can't be written. */
    pg_exec("create function public.no_entry() returns trigger language plpgsql as $f$ begin raise 'no'; end $f$; "
            "create trigger no_entry before insert on karara.audit_entries for each row execute function public.no_entry()");
    for (size_t i = 0; i < 4; i++) {
        static const char *const tried[][3] = { { "user", "suspend", "eve@test.example" },
                                                { "user", "password", "eve@test.example" },
                                                { "user", "create", "new@test.example" },
                                                { "brand", "create", "Lost" } };
        const char *more = strcmp(tried[i][0], "brand") == 0 ? "--owner" : "--password-file";
        const char *value = strcmp(tried[i][0], "brand") == 0 ? "eve@test.example" : password_file();
        bool bare = strcmp(tried[i][1], "suspend") == 0;
        const char *const words[] = { tried[i][0], tried[i][1], tried[i][2], bare ? NULL : more, value, NULL };
        assert_int_equal(pg_program(&output, "kararactl", words), 1);
    }
    assert_string_equal(
        pg_value("select count(*) || ' ' || min(status) || ' ' || (select count(*) from karara.brands) || ' ' || "
                 "(select count(*) from karara.credentials where updated_at > created_at) from karara.users"),
        "1 active 0 0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_command_is_an_act_or_a_look),
        cmocka_unit_test(every_act_is_noted_with_who_it_was),
        cmocka_unit_test(an_act_that_fails_leaves_no_entry),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
