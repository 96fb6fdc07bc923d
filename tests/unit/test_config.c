/* Settings: defaults, the file, the environment, and words for every way to get them wrong. */
#include "core/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char path[] = "/tmp/karara-config-XXXXXX";

static int make_file(void **state)
{
    int fd = mkstemp(path);

    (void)state;
    if (fd < 0 || close(fd) != 0) {
        return -1;
    }
    return setenv("KARARA_CONFIG", path, 1);
}

static int remove_file(void **state)
{
    (void)state;
    return unlink(path);
}

static int clear_environment(void **state)
{
    (void)state;
    unsetenv("KARARA_BODY_LIMIT");
    unsetenv("KARARA_REGISTRATION");
    unsetenv("KARARA_LOG_LEVEL");
    unsetenv("KARARA_MEMCACHED");
    return setenv("KARARA_CONFIG", path, 1);
}

static void write_file(const char *text, size_t size)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, size, f), size);
    assert_int_equal(fclose(f), 0);
}

static void loads(const char *text)
{
    char err[300] = "";

    write_file(text, strlen(text));
    if (!config_load(err, sizeof err)) {
        fail_msg("%s", err);
    }
}

/* The file is refused with words that hold all of these. */
static void refuses(const char *text, const char *line, const char *key)
{
    char err[300] = "";

    write_file(text, strlen(text));
    assert_false(config_load(err, sizeof err));
    assert_non_null(strstr(err, path));
    assert_non_null(strstr(err, line));
    assert_non_null(strstr(err, key));
}

static void an_empty_file_leaves_the_defaults(void **state)
{
    (void)state;
    loads("");
    assert_int_equal(config_int(CONF_BODY_LIMIT), 1048576);
    assert_true(config_bool(CONF_REGISTRATION));
    assert_string_equal(config_text(CONF_CORS_ORIGINS), "");
    assert_string_equal(config_text(CONF_LOG_LEVEL), "info");
}

static void rows_are_named_as_in_the_file(void **state)
{
    (void)state;
    assert_string_equal(config_row(CONF_BODY_LIMIT)->name, "body_limit");
    assert_string_equal(config_row(CONF_BODY_LIMIT)->unit, "bytes");
    assert_int_equal(config_row(CONF_BODY_LIMIT)->type, CONF_TYPE_INT);
    for (int i = 0; i < CONF_COUNT; i++) {
        assert_true(strlen(config_row((enum config_key)i)->doc) > 0);
    }
}

static void the_file_takes_comments_blanks_and_quotes(void **state)
{
    (void)state;
    loads("# a comment\n\n  body_limit=2048\r\n\tregistration = off\n"
          "database = host=/run/pg dbname=x user=y\n"
          "public_url = \"https://example.org/#a \"\n"
          "cors_origins = \"\"\nemail_verification=Yes");
    assert_int_equal(config_int(CONF_BODY_LIMIT), 2048);
    assert_false(config_bool(CONF_REGISTRATION));
    assert_true(config_bool(CONF_EMAIL_VERIFICATION));
    assert_string_equal(config_text(CONF_DATABASE), "host=/run/pg dbname=x user=y");
    assert_string_equal(config_text(CONF_PUBLIC_URL), "https://example.org/#a ");
    loads("");
    assert_int_equal(config_int(CONF_BODY_LIMIT), 1048576);
}

static void what_is_wrong_is_named_by_file_line_and_key(void **state)
{
    (void)state;
    refuses("body_limit = 1\nbody_limits = 2\n", ":2:", "body_limits: no such setting");
    refuses("Body_Limit = 1\n", ":1:", "Body_Limit");
    refuses("\n\nbody_limit = many\n", ":3:", "body_limit");
    refuses("body_limit = -1\n", ":1:", "body_limit");
    refuses("body_limit = 1k\n", ":1:", "body_limit");
    refuses("body_limit =\n", ":1:", "body_limit");
    refuses("registration = maybe\n", ":1:", "registration");
    refuses("log_level = loud\n", ":1:", "log_level");
    refuses("body_limit\n", ":1:", "body_limit: no \"=\"");
    refuses("public_url = \"https://x\n", ":1:", "public_url: a quote");
    refuses("public_url = \"\n", ":1:", "public_url: a quote");
    refuses("body_limit = 1\n#\nbody_limit = 2\n", ":3:", "body_limit: set twice");
}

static void a_refused_file_changes_nothing(void **state)
{
    (void)state;
    loads("body_limit = 77\n");
    refuses("body_limit = 78\nnonsense = 1\n", ":2:", "nonsense");
    assert_int_equal(config_int(CONF_BODY_LIMIT), 77);
}

static void a_nul_byte_in_the_file_is_refused(void **state)
{
    char err[300];

    (void)state;
    write_file("body_limit = 1\0002\n", 17);
    assert_false(config_load(err, sizeof err));
    assert_non_null(strstr(err, ":1:"));
}

static void the_environment_wins_over_the_file(void **state)
{
    (void)state;
    setenv("KARARA_BODY_LIMIT", "99", 1);
    setenv("KARARA_REGISTRATION", "0", 1);
    setenv("KARARA_MEMCACHED", "", 1);
    loads("body_limit = 2048\nregistration = on\n");
    assert_int_equal(config_int(CONF_BODY_LIMIT), 99);
    assert_false(config_bool(CONF_REGISTRATION));
    assert_string_equal(config_text(CONF_MEMCACHED), "");
}

static void a_wrong_value_in_the_environment_is_named(void **state)
{
    char err[300];

    (void)state;
    setenv("KARARA_BODY_LIMIT", "lots", 1);
    assert_false(config_load(err, sizeof err));
    assert_non_null(strstr(err, "KARARA_BODY_LIMIT"));
}

static void other_variables_of_that_name_are_ignored(void **state)
{
    (void)state;
    setenv("KARARA_PORT", "8443", 1);
    setenv("KARARA_DEMO_TASKS", "nonsense", 1);
    setenv("KARARA_body_limit", "5", 1);
    loads("");
    assert_int_equal(config_int(CONF_BODY_LIMIT), 1048576);
}

static void a_named_file_must_be_there(void **state)
{
    char err[300];

    (void)state;
    setenv("KARARA_CONFIG", "/nowhere/karara.conf", 1);
    assert_false(config_load(err, sizeof err));
    assert_non_null(strstr(err, "/nowhere/karara.conf"));
}

static void a_switch_knows_eight_words(void **state)
{
    static const char *const on[] = { "on", "true", "yes", "1", "ON", "True" }, *const off[] = { "off", "false", "no", "0" };

    (void)state;
    for (size_t i = 0; i < sizeof on / sizeof *on; i++) {
        assert_true(config_set(CONF_REGISTRATION, on[i]));
        assert_true(config_bool(CONF_REGISTRATION));
    }
    for (size_t i = 0; i < sizeof off / sizeof *off; i++) {
        assert_true(config_set(CONF_REGISTRATION, off[i]));
        assert_false(config_bool(CONF_REGISTRATION));
    }
    assert_false(config_set(CONF_REGISTRATION, ""));
    assert_false(config_set(CONF_REGISTRATION, "2"));
    assert_false(config_bool(CONF_REGISTRATION));
}

static void setting_one_value_checks_its_type(void **state)
{
    (void)state;
    assert_true(config_set(CONF_BODY_LIMIT, "5"));
    assert_false(config_set(CONF_BODY_LIMIT, "5.5"));
    assert_int_equal(config_int(CONF_BODY_LIMIT), 5);
    assert_true(config_set(CONF_LOG_LEVEL, "debug"));
    assert_false(config_set(CONF_LOG_LEVEL, "DEBUG"));
    assert_string_equal(config_text(CONF_LOG_LEVEL), "debug");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(an_empty_file_leaves_the_defaults, clear_environment),
        cmocka_unit_test_setup(rows_are_named_as_in_the_file, clear_environment),
        cmocka_unit_test_setup(the_file_takes_comments_blanks_and_quotes, clear_environment),
        cmocka_unit_test_setup(what_is_wrong_is_named_by_file_line_and_key, clear_environment),
        cmocka_unit_test_setup(a_refused_file_changes_nothing, clear_environment),
        cmocka_unit_test_setup(a_nul_byte_in_the_file_is_refused, clear_environment),
        cmocka_unit_test_setup(the_environment_wins_over_the_file, clear_environment),
        cmocka_unit_test_setup(a_wrong_value_in_the_environment_is_named, clear_environment),
        cmocka_unit_test_setup(other_variables_of_that_name_are_ignored, clear_environment),
        cmocka_unit_test_setup(a_named_file_must_be_there, clear_environment),
        cmocka_unit_test_setup(a_switch_knows_eight_words, clear_environment),
        cmocka_unit_test_setup(setting_one_value_checks_its_type, clear_environment),
    };

    return cmocka_run_group_tests(tests, make_file, remove_file);
}
