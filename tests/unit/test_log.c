/* Log lines, read back from the file descriptor they are written to. */
#include "core/clock.h"
#include "core/log.h"

#include <jansson.h>
#include <limits.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static int kept_stderr, ends[2];
static char packet[8192];

/* stderr becomes a socket of packets, so that each write() arrives as one and can be counted. */
static int catch_stderr(void **state)
{
    (void)state;
    kept_stderr = dup(STDERR_FILENO);
    if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) != 0 || dup2(ends[1], STDERR_FILENO) < 0) {
        return -1;
    }
    log_set_level(LOG_DEBUG);
    return 0;
}

static int release_stderr(void **state)
{
    (void)state;
    dup2(kept_stderr, STDERR_FILENO);
    close(kept_stderr);
    close(ends[0]);
    close(ends[1]);
    return 0;
}

/* The next write to stderr; its size, 0 when there was none. */
static size_t next_write(void)
{
    ssize_t n = recv(ends[0], packet, sizeof packet - 1, MSG_DONTWAIT);

    packet[n > 0 ? n : 0] = '\0';
    return n > 0 ? (size_t)n : 0;
}

/* The next write as JSON: exactly one object and the end of the line. */
static json_t *next_line(void)
{
    size_t n = next_write();
    json_t *json;

    assert_true(n > 1);
    assert_int_equal(packet[n - 1], '\n');
    assert_null(memchr(packet, '\n', n - 1));
    json = json_loadb(packet, n - 1, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(json);
    return json;
}

static const char *text_of(json_t *json, const char *key)
{
    return json_string_value(json_object_get(json, key));
}

static void a_line_is_one_write_with_time_level_event_and_fields(void **state)
{
    json_t *line;
    int64_t ts;

    (void)state;
    LOG(LOG_WARN, "cache_lost", LOG_STR("host", "a\"b\\c\n"), LOG_INT("ms", -12), LOG_DOUBLE("rate", 0.5),
        LOG_STR("left_out", NULL));
    line = next_line();
    assert_int_equal(next_write(), 0);
    assert_true(clock_parse(text_of(line, "ts"), &ts));
    assert_true(llabs((long long)(clock_now() - ts)) < 10000000);
    assert_string_equal(text_of(line, "level"), "warn");
    assert_string_equal(text_of(line, "event"), "cache_lost");
    assert_int_equal(json_integer_value(json_object_get(line, "pid")), getpid());
    assert_string_equal(text_of(line, "host"), "a\"b\\c\n");
    assert_int_equal(json_integer_value(json_object_get(line, "ms")), -12);
    assert_true(json_real_value(json_object_get(line, "rate")) == 0.5);
    assert_null(json_object_get(line, "left_out"));
    assert_null(json_object_get(line, "program"));
    json_decref(line);
}

static void an_event_needs_no_fields(void **state)
{
    json_t *line;

    (void)state;
    LOG(LOG_INFO, "started");
    line = next_line();
    assert_int_equal(json_object_size(line), 4);
    json_decref(line);
    log_write(LOG_INFO, "bare", NULL);
    line = next_line();
    assert_string_equal(text_of(line, "event"), "bare");
    json_decref(line);
}

static void lines_below_the_level_are_not_written(void **state)
{
    (void)state;
    log_set_level(LOG_WARN);
    LOG(LOG_INFO, "quiet");
    LOG(LOG_DEBUG, "quieter");
    assert_int_equal(next_write(), 0);
    LOG(LOG_ERROR, "loud");
    assert_true(next_write() > 0);
    log_set_level(LOG_DEBUG);
    LOG(LOG_DEBUG, "heard");
    assert_true(next_write() > 0);
}

static void the_program_is_named_once_it_is_known(void **state)
{
    json_t *line;

    (void)state;
    log_set_program("karara-api");
    LOG(LOG_INFO, "started");
    line = next_line();
    assert_string_equal(text_of(line, "program"), "karara-api");
    json_decref(line);
    log_set_program(NULL);
}

static void text_that_is_no_utf8_still_makes_valid_json(void **state)
{
    json_t *line;

    (void)state;
    LOG(LOG_INFO, "odd", LOG_STR("a", "x\xff\x80y\x01"), LOG_STR("b", "Grüße \xe2\x80\xa8"), LOG_DOUBLE("c", NAN));
    line = next_line();
    assert_string_equal(text_of(line, "a"), "x??y\x01");
    assert_string_equal(text_of(line, "b"), "Grüße \xe2\x80\xa8");
    assert_true(json_is_null(json_object_get(line, "c")));
    json_decref(line);
}

static void a_long_line_is_cut_within_what_a_pipe_writes_at_once(void **state)
{
    static char text[20000];
    json_t *line;

    (void)state;
    for (size_t offset = 0; offset < 40; offset++) { /* all ways in which the cut can fall into a character */
        memset(text, 0, sizeof text);
        memset(text, 'a', offset);
        for (size_t i = offset; i + 3 < sizeof text; i += 3) {
            memcpy(text + i, offset % 2 ? "€" : "\n\"\\", 3);
        }
        LOG(LOG_INFO, "long", LOG_INT("before", 1), LOG_STR("text", text), LOG_INT("after", 2), LOG_STR("more", "x"));
        line = next_line();
        assert_true(strlen(packet) <= PIPE_BUF);
        assert_int_equal(next_write(), 0);
        assert_int_equal(json_integer_value(json_object_get(line, "before")), 1);
        assert_true(json_is_true(json_object_get(line, "cut")));
        assert_true(json_string_length(json_object_get(line, "text")) > 1000);
        assert_memory_equal(text_of(line, "text"), text, json_string_length(json_object_get(line, "text")));
        json_decref(line);
    }
}

static void many_fields_leave_a_valid_line(void **state)
{
    struct log_field fields[301] = { { .key = NULL } };
    char keys[300][16];
    json_t *line;

    (void)state;
    for (int i = 0; i < 300; i++) {
        snprintf(keys[i], sizeof keys[i], "field_%d", i);
        fields[i] = (struct log_field)LOG_INT(keys[i], INT64_MIN);
    }
    log_write(LOG_INFO, "many", fields);
    line = next_line();
    assert_true(json_is_true(json_object_get(line, "cut")));
    assert_true(json_object_size(line) > 80);
    json_decref(line);
}

static void a_key_that_is_too_long_is_left_out(void **state)
{
    char key[201];
    json_t *line;

    (void)state;
    memset(key, 'k', 200);
    key[200] = '\0';
    LOG(LOG_INFO, "keys", LOG_INT(key, 1), LOG_INT("short", 2));
    line = next_line();
    assert_null(json_object_get(line, key));
    assert_int_equal(json_integer_value(json_object_get(line, "short")), 2);
    json_decref(line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_line_is_one_write_with_time_level_event_and_fields, catch_stderr, release_stderr),
        cmocka_unit_test_setup_teardown(an_event_needs_no_fields, catch_stderr, release_stderr),
        cmocka_unit_test_setup_teardown(lines_below_the_level_are_not_written, catch_stderr, release_stderr),
        cmocka_unit_test_setup_teardown(the_program_is_named_once_it_is_known, catch_stderr, release_stderr),
        cmocka_unit_test_setup_teardown(text_that_is_no_utf8_still_makes_valid_json, catch_stderr, release_stderr),
        cmocka_unit_test_setup_teardown(a_long_line_is_cut_within_what_a_pipe_writes_at_once, catch_stderr, release_stderr),
        cmocka_unit_test_setup_teardown(many_fields_leave_a_valid_line, catch_stderr, release_stderr),
        cmocka_unit_test_setup_teardown(a_key_that_is_too_long_is_left_out, catch_stderr, release_stderr),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
