/* kararactl: its command line, where its output goes, and what it says when the database or what was named isn't there. */
#include "pg.h"

#include "process.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *output;

static int begin(void **state)
{
    (void)state;
    pg_begin();
    return 0;
}

#define CTL(...) PG_PROGRAM(&output, "kararactl", __VA_ARGS__)

static void assert_says(const char *words)
{
    if (strstr(output, words) == NULL) {
        fail_msg("expected \"%s\" in: %s", words, output);
    }
}

/* A line of sh, in which $0 is kararactl. */
static int shell(const char *line)
{
    static char text[1 << 16];
    const char *const argv[] = { "sh", "-c", line, KARARA_BIN_DIR "/kararactl", NULL };
    int status = process_read(&(struct process){ .argv = argv, .folder = pg_folder() }, text, sizeof text);
    output = text;
    return status;
}

/* ---- the command line ---- */

static void every_command_explains_itself(void **state)
{
    (void)state;
    char names[64][32];
    int n = 0;
    assert_int_equal(CTL("--help"), 0);
    for (const char *line = strstr(output, "\n  "); line != NULL && n < 64; line = strstr(line + 1, "\n  ")) {
        size_t length = strcspn(line + 3, "\n");
        char *end = strstr(line + 3, "  ");
        assert_non_null(end);
        length = (size_t)(end - line - 3);
        assert_true(length < sizeof names[0]);
        snprintf(names[n++], sizeof names[0], "%.*s", (int)length, line + 3);
    }
    assert_true(n >= 15);
    for (int i = 0; i < n; i++) {
        char *space = strchr(names[i], ' ');
        if (space != NULL) {
            *space = 0;
        }
        assert_int_equal(CTL(names[i], space != NULL ? space + 1 : "--help", "--help"), 0);
        assert_says("usage: kararactl ");
        assert_says("--help");
    }
}

static void a_wrong_command_line_is_status_2(void **state)
{
    (void)state;
    assert_int_equal(PG_PROGRAM(&output, "kararactl", NULL), 2);
    assert_says("usage: kararactl COMMAND");
    assert_int_equal(CTL("frobnicate"), 2);
    assert_says("there is no command \"frobnicate\"");
    assert_int_equal(CTL("user"), 2);
    assert_says("user create");
    assert_int_equal(CTL("user", "create"), 2);
    assert_says("kararactl user create: EMAIL is missing\nusage: kararactl user create [OPTION...] EMAIL");
    assert_int_equal(CTL("user", "list", "everybody"), 2);
    assert_says("\"everybody\" is one operand too many");
    assert_int_equal(CTL("brand", "domain", "add", "demo"), 2);
    assert_says("HOST is missing");
    assert_int_equal(CTL("user", "frobnicate"), 2);
    assert_says("there is no command \"user frobnicate\"");
    assert_int_equal(CTL("--frobnicate"), 2);
    assert_says("the command comes first, not \"--frobnicate\"");
    assert_int_equal(CTL("migrate", "--sideways"), 2);
    assert_says("kararactl migrate --help");
    assert_int_equal(CTL("permissions", "--role", "king"), 2);
    assert_says("there is no role \"king\"");
    assert_int_equal(CTL("brand", "create", "Nobody's"), 2);
    assert_says("--owner");
    assert_int_equal(CTL("brand", "create", " ", "--owner", "nobody"), 2);
    assert_says("a brand has a name");
    assert_int_equal(CTL("brand", "create", "Name", "--slug", "A B", "--owner", "nobody"), 2);
    assert_says("--slug ");
    assert_int_equal(CTL("jobs", "list", "--state", "lost"), 2);
    assert_says("--state is none of:\n  waiting\n");
    assert_int_equal(CTL("jobs", "list", "--kind", "lost"), 2);
    assert_int_equal(CTL("jobs", "retry", "all", "--kind", "lost"), 2);
    assert_int_equal(CTL("jobs", "list", "--queue", "lost"), 2);
    assert_says("--queue is none of:");
    assert_int_equal(CTL("mail", "list", "--status", "lost"), 2);
    assert_says("--status is none of:");
    assert_int_equal(CTL("mail", "retry"), 2);
    assert_says("say which");
    assert_int_equal(CTL("user", "create", "no address"), 2);
    assert_says("no address is no address that can be mailed to");
}

static void help_is_given_in_every_way_of_asking(void **state)
{
    (void)state;
    static char asked[1 << 14];
    assert_int_equal(CTL("user", "create", "--help"), 0);
    snprintf(asked, sizeof asked, "%s", output);
    assert_int_equal(CTL("help", "user", "create"), 0);
    assert_string_equal(output, asked);
    assert_int_equal(CTL("help", "brand", "domain", "add"), 0);
    assert_says("usage: kararactl brand domain add SLUG HOST");
    assert_int_equal(CTL("user", "--help"), 0);
    assert_says("user suspend");
    assert_null(strstr(output, "brand create"));
    assert_int_equal(CTL("help", "frobnicate"), 2);
    assert_int_equal(CTL("--version"), 0);
    assert_says("karara " KARARA_VERSION);
}

/* The page has each command, each option and each exit status that --help has. */
static void the_manual_says_what_help_says(void **state)
{
    (void)state;
    assert_int_equal(shell("\"$0\" manual >manual.8 2>&1; "
                           "\"$0\" --help | sed -n 's/^  \\([a-z][a-z -]*[a-z]\\)  *[A-Z].*/\\1/p' | while read -r c; do "
                           "\"$0\" $c --help | head -1 | sed 's/^usage: //; s/-/\\\\-/g' | "
                           "while IFS= read -r usage; do grep -qxF \".SS \\\"$usage\\\"\" manual.8 || echo \"$usage\"; done; "
                           "\"$0\" $c --help | sed -n 's/^  --\\([a-z-]*\\) .*/\\1/p' | grep -v '^help$' | sed 's/-/\\\\-/g' | "
                           "while IFS= read -r o; do grep -qF \".B \\\\-\\\\-$o\" manual.8 || echo \"$c: $o\"; done; done; "
                           "grep -qxF '0 done, 1 failed, 2 wrong command line.' manual.8; echo $?; rm manual.8"),
                     0);
    assert_string_equal(output, "0\n");
}

/* ---- output ---- */

static void output_that_is_lost_is_a_failure(void **state)
{
    (void)state;
    static const char *const lines[] = { "--help",    "user --help", "version",         "config",      "routes",
                                         "openapi",   "manual",      "queries",         "permissions", "check",
                                         "user list", "jobs stats",  "migrate --status" };
    static const char said[] = "kararactl: could not write the output"; /* why is known of what was written last only */
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        char line[300];
        snprintf(line, sizeof line, "\"$0\" %s 2>&1 >/dev/full", lines[i]);
        if (shell(line) != 1 || strncmp(output, said, strlen(said)) != 0) {
            fail_msg("%s: %s", lines[i], output);
        }
        snprintf(line, sizeof line, "\"$0\" %s 2>&1 >&-", lines[i]);
        if (shell(line) != 1 || strncmp(output, said, strlen(said)) != 0) {
            fail_msg("%s: %s", lines[i], output);
        }
    }
}

/* The reader is gone before the first byte is written; no words are lost on that. */
static void a_reader_that_goes_away_ends_nothing_halfway(void **state)
{
    (void)state;
    assert_int_equal(
        shell("mkfifo gone && { (exec 3<gone; exec 3<&-; : >closed) & exec 4>gone; "
              "while ! [ -e closed ]; do sleep 0.05; done; \"$0\" jobs pause mail >&4; echo \"status $?\"; } 2>&1; "
              "rm -f gone closed"),
        0);
    assert_string_equal(output, "status 1\n");
    assert_int_equal(pg_count("select count(*) from karara.job_queues where queue = 'mail'"), 1);
    assert_int_equal(CTL("jobs", "resume", "mail"), 0);
    assert_int_equal(shell("\"$0\" queries 2>&1 | head -1 | cut -f1 | wc -l"), 0);
    assert_string_equal(output, "1\n");
}

/* ---- what isn't there ---- */

static void an_absent_database_is_said_in_plain_words(void **state)
{
    (void)state;
    static const char *const lines[] = { "user list",  "setup",        "migrate",  "brand list",
                                         "jobs stats", "audit verify", "mail list" };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        char line[300];
        snprintf(line, sizeof line, "KARARA_DATABASE_ADMIN='host=/nowhere dbname=postgres' \"$0\" %s 2>&1", lines[i]);
        assert_int_equal(shell(line), 1);
        assert_says("cannot work on the database: connection to server on socket \"/nowhere/");
        assert_says("Is PostgreSQL running?");
        assert_null(strstr(output, "{\"ts\""));
    }
    assert_int_equal(shell("KARARA_DATABASE='host=/nowhere dbname=karara' \"$0\" check 2>&1"), 1);
    assert_says("wrong  database: no connection as `database` says: connection to server on socket \"/nowhere/");
    assert_int_equal(shell("KARARA_DATABASE_NAME=postgres \"$0\" user list 2>&1"), 1);
    assert_says("Has `kararactl migrate` been run?");
}

static void whoever_is_not_there_is_named(void **state)
{
    (void)state;
    assert_int_equal(CTL("push", "list", "nobody@demo.example"), 1);
    assert_says("there is no account for nobody@demo.example");
    assert_int_equal(CTL("push", "list"), 0);
    assert_says("no browsers");
    assert_int_equal(CTL("user", "password", "nobody@demo.example"), 1); /* and isn't asked for one */
    assert_says("there is no account for nobody@demo.example");
    assert_int_equal(CTL("brand", "domain", "remove", "nowhere", "work.example"), 1);
    assert_says("there is no brand nowhere");
    assert_int_equal(CTL("permissions", "--user", "nobody@demo.example", "--brand", "nowhere"), 1);
    assert_says("there is no brand nowhere");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_command_explains_itself),
        cmocka_unit_test(a_wrong_command_line_is_status_2),
        cmocka_unit_test(help_is_given_in_every_way_of_asking),
        cmocka_unit_test(the_manual_says_what_help_says),
        cmocka_unit_test(output_that_is_lost_is_a_failure),
        cmocka_unit_test(a_reader_that_goes_away_ends_nothing_halfway),
        cmocka_unit_test(an_absent_database_is_said_in_plain_words),
        cmocka_unit_test(whoever_is_not_there_is_named),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
