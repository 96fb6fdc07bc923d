/* memcached, real, on a Unix socket: what is kept, what it costs when it hangs or is gone. */
#include "core/arena.h"
#include "core/clock.h"
#include "core/config.h"
#include "platform/cache.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define MS INT64_C(1000)
#define WAIT (400 * MS) /* far above what a busy machine takes to answer */

static struct arena *a;
static struct cache *c;
static char folder[] = "/tmp/karara-cache-XXXXXX", path[100];
static pid_t server;

static bool connects(void)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    bool good;

    strncpy(address.sun_path, path, sizeof address.sun_path - 1);
    good = connect(fd, (struct sockaddr *)&address, sizeof address) == 0;
    close(fd);
    return good;
}

static void start_server(void)
{
    server = fork();
    assert_true(server >= 0);
    if (server == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        execlp("memcached", "memcached", "-s", path, "-a", "0600", "-m", "8", "-t", "1", "-u", "root", (char *)NULL);
        _exit(127);
    }
    for (int i = 0; i < 500 && !connects(); i++) {
        usleep(10000);
    }
    assert_true(connects());
}

static void stop_server(void)
{
    if (server > 0) {
        kill(server, SIGKILL);
        waitpid(server, NULL, 0);
        server = 0;
    }
    unlink(path);
}

/* Returns when it has stopped: the signal alone would leave it time for an answer. */
static void hang(void)
{
    int status;

    assert_int_equal(kill(server, SIGSTOP), 0);
    assert_int_equal(waitpid(server, &status, WUNTRACED), server);
    assert_true(WIFSTOPPED(status));
}

static void resume(void)
{
    assert_int_equal(kill(server, SIGCONT), 0);
}

static int begin(void **state)
{
    (void)state;
    a = arena_create(64 << 20);
    if (!mkdtemp(folder)) {
        return -1;
    }
    snprintf(path, sizeof path, "%s/memcached.sock", folder);
    return 0;
}

static int end(void **state)
{
    (void)state;
    stop_server();
    arena_destroy(a);
    return rmdir(folder);
}

static int open_cache(void **state)
{
    (void)state;
    if (!config_set(CONF_MEMCACHED, path) || !config_set(CONF_MEMCACHED_TIMEOUT, "400")) {
        return -1;
    }
    if (!server) {
        start_server();
    }
    c = cache_open();
    return 0;
}

static int close_cache(void **state)
{
    (void)state;
    cache_close(c);
    arena_reset(a);
    return 0;
}

/* Stderr off and on: an outage says one line, which would only disturb the reading of the results. */
static int kept_stderr = -1;

static void quiet(void)
{
    kept_stderr = dup(STDERR_FILENO);
    assert_non_null(freopen("/dev/null", "w", stderr));
}

static void loud(void)
{
    dup2(kept_stderr, STDERR_FILENO);
    close(kept_stderr);
}

static bool has(const char *key, const char *value)
{
    size_t size = 0;
    char *found = cache_get(c, a, key, &size);

    return found && size == strlen(value) && memcmp(found, value, size) == 0;
}

static void what_was_set_is_found_and_what_was_deleted_is_not(void **state)
{
    size_t size = 42;

    (void)state;
    assert_false(cache_alive(c));
    assert_null(cache_get(c, a, "access:1", &size));
    assert_true(cache_alive(c));
    assert_int_equal(size, 42);
    cache_set(c, "access:1", "owner", 5, 60);
    assert_true(has("access:1", "owner"));
    cache_set(c, "access:1", "client", 6, 60);
    assert_true(has("access:1", "client"));
    cache_delete(c, "access:1");
    assert_null(cache_get(c, a, "access:1", &size));
    cache_delete(c, "access:1");
    assert_true(cache_alive(c));
}

static void values_are_bytes_of_any_size_up_to_a_megabyte(void **state)
{
    size_t sizes[] = { 0, 1, 7000, 8191, 8192, 100000, 1000000 }, size;
    char *value = arena_alloc(a, 1000000), *found;

    (void)state;
    for (size_t i = 0; i < 1000000; i++) {
        value[i] = (char)(i * 7);
    }
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        cache_set(c, "bytes", value, sizes[i], 60);
        found = cache_get(c, a, "bytes", &size);
        assert_non_null(found);
        assert_int_equal(size, sizes[i]);
        assert_memory_equal(found, value, size);
    }
    cache_set(c, "bytes", arena_zalloc(a, 2 << 20), 2 << 20, 60); /* more than memcached takes: not kept, not an outage */
    cache_set(c, "after", "x", 1, 60);
    assert_true(has("after", "x"));
}

static void keys_that_memcached_would_misread_are_misses(void **state)
{
    char longest[252];
    size_t size;

    (void)state;
    memset(longest, 'k', 251);
    longest[251] = '\0';
    cache_set(c, longest, "x", 1, 60);
    assert_null(cache_get(c, a, longest, &size));
    cache_set(c, "a b", "x", 1, 60);
    cache_set(c, "a\r\nb", "x", 1, 60);
    cache_set(c, "", "x", 1, 60);
    assert_null(cache_get(c, a, "a b", &size));
    assert_null(cache_get(c, a, "a\r\nb", &size));
    assert_null(cache_get(c, a, "", &size));
    longest[250] = '\0';
    cache_set(c, longest, "x", 1, 60);
    assert_true(has(longest, "x"));
}

static void a_counter_starts_with_its_first_amount_and_grows(void **state)
{
    uint64_t n = 0;

    (void)state;
    assert_true(cache_add(c, "rate:1", 1, 60, &n));
    assert_int_equal(n, 1);
    assert_true(cache_add(c, "rate:1", 1, 60, &n));
    assert_int_equal(n, 2);
    assert_true(cache_add(c, "rate:1", 40, 60, &n));
    assert_int_equal(n, 42);
    assert_true(cache_add(c, "rate:2", 5, 60, &n));
    assert_int_equal(n, 5);
    cache_set(c, "word", "owner", 5, 60);
    quiet();
    assert_false(cache_add(c, "word", 1, 60, &n)); /* libmemcached calls that a failed read, so the cache rests a second */
    loud();
    assert_int_equal(n, 5);
}

static void values_and_counters_expire(void **state)
{
    uint64_t n;
    size_t size;

    (void)state;
    cache_set(c, "short", "x", 1, 1);
    cache_set(c, "long", "x", 1, 40 * 86400); /* more than thirty days is still a duration */
    assert_true(cache_add(c, "short:count", 9, 1, &n));
    assert_true(has("short", "x"));
    assert_true(has("long", "x"));
    sleep(3);
    assert_null(cache_get(c, a, "short", &size));
    assert_true(has("long", "x"));
    assert_true(cache_add(c, "short:count", 1, 1, &n));
    assert_int_equal(n, 1);
}

static void switched_off_it_misses_at_no_cost(void **state)
{
    uint64_t n;
    size_t size;
    struct cache *off;
    int64_t from;

    (void)state;
    assert_true(config_set(CONF_MEMCACHED, ""));
    off = cache_open();
    from = clock_monotonic();
    for (int i = 0; i < 1000; i++) {
        cache_set(off, "a", "x", 1, 60);
        assert_null(cache_get(off, a, "a", &size));
        assert_false(cache_add(off, "a", 1, 60, &n));
    }
    assert_true(clock_monotonic() - from < 2 * WAIT);
    assert_false(cache_alive(off));
    cache_close(off);
    cache_close(NULL);
}

static void a_server_that_hangs_costs_one_wait_and_then_a_second_of_peace(void **state)
{
    int64_t from, first, rest;
    size_t size;

    (void)state;
    cache_set(c, "a", "x", 1, 60);
    assert_true(has("a", "x"));
    quiet();
    hang();
    from = clock_monotonic();
    assert_null(cache_get(c, a, "a", &size));
    first = clock_monotonic() - from;
    from = clock_monotonic();
    for (int i = 0; i < 1000; i++) {
        assert_null(cache_get(c, a, "a", &size));
    }
    rest = clock_monotonic() - from;
    resume();
    loud();
    assert_in_range(first, WAIT * 3 / 4, 4 * WAIT);
    assert_true(rest < 2 * WAIT);
    assert_false(cache_alive(c));
    usleep(1050000);
    assert_true(has("a", "x"));
    assert_true(cache_alive(c));
}

static void every_kind_of_call_is_bounded(void **state)
{
    static char large[500000];
    int64_t spent[4];
    uint64_t n;
    size_t size;

    (void)state;
    quiet();
    for (int i = 0; i < 4; i++) {
        cache_close(c);
        c = cache_open();
        assert_null(cache_get(c, a, "none", &size));
        assert_true(cache_alive(c));
        hang();
        spent[i] = clock_monotonic();
        switch (i) {
        case 0:
            cache_set(c, "a", large, sizeof large, 60); /* more than the socket holds, so that sending waits too */
            break;
        case 1:
            cache_delete(c, "a");
            break;
        case 2:
            assert_false(cache_add(c, "n", 1, 60, &n));
            break;
        default:
            cache_close(c); /* a new connection: the kernel takes it, nobody answers */
            c = cache_open();
            assert_null(cache_get(c, a, "a", &size));
        }
        spent[i] = clock_monotonic() - spent[i];
        resume();
    }
    loud();
    for (int i = 0; i < 4; i++) {
        assert_in_range(spent[i], WAIT * 3 / 4, 4 * WAIT);
    }
}

static void a_late_answer_is_never_taken_for_another(void **state)
{
    (void)state;
    cache_set(c, "one", "1", 1, 60);
    cache_set(c, "two", "2", 1, 60);
    quiet();
    hang();
    assert_false(has("one", "1"));
    resume();
    loud();
    usleep(1050000);
    assert_true(has("two", "2"));
    assert_true(has("one", "1"));
}

static void a_killed_server_is_found_again_within_a_second_or_so(void **state)
{
    int64_t from;
    size_t size;

    (void)state;
    cache_set(c, "a", "x", 1, 60);
    assert_true(has("a", "x"));
    quiet();
    stop_server();
    from = clock_monotonic();
    for (int i = 0; i < 1000; i++) {
        assert_null(cache_get(c, a, "a", &size));
        cache_set(c, "a", "x", 1, 60);
    }
    assert_true(clock_monotonic() - from < 2 * WAIT);
    assert_false(cache_alive(c));
    usleep(1050000);
    assert_null(cache_get(c, a, "a", &size)); /* still gone */
    start_server();
    loud();
    usleep(1050000);
    cache_set(c, "a", "y", 1, 60);
    assert_true(has("a", "y"));
    assert_true(cache_alive(c));
}

static void an_outage_is_told_once(void **state)
{
    char text[4000] = "";
    int ends[2];
    size_t size;
    ssize_t n;

    (void)state;
    assert_int_equal(pipe(ends), 0);
    kept_stderr = dup(STDERR_FILENO);
    dup2(ends[1], STDERR_FILENO);
    stop_server();
    for (int i = 0; i < 3; i++) {
        assert_null(cache_get(c, a, "a", &size));
        usleep(1050000);
    }
    loud();
    close(ends[1]);
    n = read(ends[0], text, sizeof text - 1);
    close(ends[0]);
    assert_true(n > 0);
    assert_non_null(strstr(text, "\"event\":\"cache_unavailable\""));
    assert_ptr_equal(strchr(text, '\n'), text + n - 1);
}

static void an_address_may_be_host_and_port(void **state)
{
    static const char *const addresses[] = { "127.0.0.1:1", "127.0.0.1", "[::1]:1", "localhost:1", "host:port", ":1", "[]:1" };
    int64_t from;
    size_t size;

    (void)state;
    quiet();
    for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++) {
        cache_close(c);
        assert_true(config_set(CONF_MEMCACHED, addresses[i]));
        c = cache_open();
        from = clock_monotonic();
        assert_null(cache_get(c, a, "a", &size));
        assert_true(clock_monotonic() - from < 2 * WAIT);
        assert_false(cache_alive(c));
    }
    loud();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_was_set_is_found_and_what_was_deleted_is_not, open_cache, close_cache),
        cmocka_unit_test_setup_teardown(values_are_bytes_of_any_size_up_to_a_megabyte, open_cache, close_cache),
        cmocka_unit_test_setup_teardown(keys_that_memcached_would_misread_are_misses, open_cache, close_cache),
        cmocka_unit_test_setup_teardown(a_counter_starts_with_its_first_amount_and_grows, open_cache, close_cache),
        cmocka_unit_test_setup_teardown(values_and_counters_expire, open_cache, close_cache),
        cmocka_unit_test_setup_teardown(switched_off_it_misses_at_no_cost, open_cache, close_cache),
        cmocka_unit_test_setup_teardown(a_server_that_hangs_costs_one_wait_and_then_a_second_of_peace, open_cache, close_cache),
        cmocka_unit_test_setup_teardown(every_kind_of_call_is_bounded, open_cache, close_cache),
        cmocka_unit_test_setup_teardown(a_late_answer_is_never_taken_for_another, open_cache, close_cache),
        cmocka_unit_test_setup_teardown(a_killed_server_is_found_again_within_a_second_or_so, open_cache, close_cache),
        cmocka_unit_test_setup_teardown(an_outage_is_told_once, open_cache, close_cache),
        cmocka_unit_test_setup_teardown(an_address_may_be_host_and_port, open_cache, close_cache),
    };

    return cmocka_run_group_tests(tests, begin, end);
}
