/* cmake --install: what it puts where is all that an installation needs, and works from there. */
#include "pg.h"

#include "process.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { OUTPUT = 1 << 16 };

static char root[300], output[OUTPUT];

static const char *at(const char *path)
{
    static char whole[600];
    snprintf(whole, sizeof whole, "%s%s", root, path);
    return whole;
}

static int run(const char *const *argv)
{
    return process_read(&(struct process){ .argv = argv }, output, sizeof output);
}

#define RUN(...) run((const char *const[]){ __VA_ARGS__, NULL })

static int begin(void **state)
{
    char destination[320];
    (void)state;
    pg_begin();
    snprintf(root, sizeof root, "%s/root", pg_folder());
    snprintf(destination, sizeof destination, "DESTDIR=%s", root);
    if (RUN("env", destination, "cmake", "--install", KARARA_BIN_DIR "/..", "--prefix", "/usr") != 0) {
        print_error("%s", output);
        return -1;
    }
    return 0;
}

static void programs_run_from_there(void **state)
{
    (void)state;
    assert_int_equal(RUN(at("/usr/bin/kararactl"), "version"), 0);
    assert_int_equal(strncmp(output, "karara ", 7), 0);
    assert_int_equal(RUN(at("/usr/libexec/karara/karara-api"), "--version"), 0);
    assert_int_equal(strncmp(output, "karara-api ", 11), 0);
    assert_int_equal(RUN(at("/usr/libexec/karara/karara-api"), "--check"), 0);
    assert_int_equal(access(at("/usr/libexec/karara/karara-worker"), X_OK), 0);
}

static void a_database_is_checked_against_what_was_installed(void **state)
{
    char sql[640];
    (void)state;
    snprintf(sql, sizeof sql, "KARARA_SQL_DIR=%s", at("/usr/share/karara/sql"));
    if (RUN("env", sql, at("/usr/bin/kararactl"), "check") != 0) {
        fail_msg("%s", output);
    }
    assert_int_equal(RUN("env", sql, at("/usr/bin/kararactl"), "migrate", "--plan"), 0);
    assert_null(strstr(output, "0001_"));
}

static void the_sample_of_the_settings_is_one(void **state)
{
    char conf[640];
    (void)state;
    snprintf(conf, sizeof conf, "KARARA_CONFIG=%s", at("/usr/share/doc/karara/karara.conf"));
    assert_int_equal(RUN("env", conf, at("/usr/libexec/karara/karara-api"), "--check"), 0);
}

static void the_manual_is_there(void **state)
{
    (void)state;
    assert_int_equal(RUN("head", "-1", at("/usr/share/man/man8/kararactl.8")), 0);
    assert_int_equal(strncmp(output, ".TH KARARACTL 8", 15), 0);
    assert_int_equal(RUN("grep", "-c", "^.SS ", at("/usr/share/man/man8/kararactl.8")), 0);
    assert_in_range(atoi(output), 30, 500);
}

/* Where the installation lies; names of accounts are those of that place, so only modes are looked at. */
static void accounts_and_folders_are_made(void **state)
{
    char command[2400];
    (void)state;
    if (geteuid() != 0 || access("/usr/bin/systemd-tmpfiles", X_OK) != 0) {
        print_message("only root can, with systemd-tmpfiles\n");
        skip();
    }
    snprintf(command, sizeof command,
             "mkdir -p '%s/etc' '%s/run' && systemd-sysusers --root='%s' 2>/dev/null && "
             "systemd-tmpfiles --root='%s' --create --prefix=/etc/karara --prefix=/run/karara && "
             "cd '%s' && cut -d: -f1,7 etc/passwd && stat -c '%%n %%a' run/karara etc/karara etc/karara/keys etc/karara/tls",
             root, root, root, root, root);
    int status = RUN("sh", "-c", command);
    if (status != 0 || strstr(output, "karara:/usr/sbin/nologin\n") == NULL ||
        strstr(output, "run/karara 755\netc/karara 750\netc/karara/keys 700\netc/karara/tls 700\n") == NULL) {
        fail_msg("%s", output);
    }
}

/* With the programs of Debian that they name, and the targets of systemd, beside them. Any word is one too many. */
static void systemd_has_nothing_to_say_about_the_units(void **state)
{
    (void)state;
    if (access("/usr/bin/systemd-analyze", X_OK) != 0) {
        print_message("systemd-analyze isn't installed\n");
        skip();
    }
    char command[1600];
    snprintf(command, sizeof command,
             "cp /usr/bin/kill /usr/bin/memcached '%s/usr/bin/' && cp -n /usr/lib/systemd/system/*.target "
             "'%s/usr/lib/systemd/system/' && "
             "cd '%s/usr/lib/systemd/system' && systemd-analyze verify --root='%s' karara*",
             root, root, root, root);
    int status = RUN("sh", "-c", command);
    assert_string_equal(output, "");
    assert_int_equal(status, 0);
}

/* As Debian's nginx.conf would include it; the certificate and what else is the machine's is put in its place. */
static void nginx_takes_the_site(void **state)
{
    char command[2000];
    (void)state;
    snprintf(
        command, sizeof command,
        "cd '%s/etc/nginx' && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -days 2 -subj /CN=localhost "
        "-keyout key.pem -out cert.pem 2>/dev/null && "
        "sed -i \"s|/etc/karara/tls|$PWD|; s|/var/log/nginx/karara.log|$PWD/access.log|; s|listen .*443|listen unix:$PWD/s|\" "
        "sites-available/karara.conf && sed -i '0,/listen unix/!{/listen unix/d}' sites-available/karara.conf && "
        "sed -i \"s|unix:/run/karara-metrics/metrics.sock|unix:$PWD/m|\" sites-available/karara-metrics.conf && "
        "printf 'pid %%s/pid; events {} http { include sites-available/karara.conf; include "
        "sites-available/karara-metrics.conf; }' \"$PWD\" >nginx.conf && "
        "/usr/sbin/nginx -t -q -e stderr -p \"$PWD/\" -c \"$PWD/nginx.conf\"",
        root);
    if (RUN("sh", "-c", command) != 0) {
        fail_msg("%s", output);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(programs_run_from_there),
        cmocka_unit_test(a_database_is_checked_against_what_was_installed),
        cmocka_unit_test(the_sample_of_the_settings_is_one),
        cmocka_unit_test(the_manual_is_there),
        cmocka_unit_test(accounts_and_folders_are_made),
        cmocka_unit_test(systemd_has_nothing_to_say_about_the_units),
        cmocka_unit_test(nginx_takes_the_site),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
