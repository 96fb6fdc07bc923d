/* How a worker ends: the running request is finished, nothing is lost, no signal is missed. */
#include "core/buf.h"
#include "echo_worker.h"
#include "fcgi_client.h"
#include "http/fcgi.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static void an_idle_worker_ends_at_once_on_each_signal(void **state)
{
    static const int signals[] = { SIGTERM, SIGINT, SIGUSR1 };

    (void)state;
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        echo_still_serves();
        assert_int_equal(kill(echo_pid(), signals[i]), 0);
        assert_int_equal(echo_ended(), 0);
        assert_int_equal(echo_start(NULL), 0);
    }
}

static void a_signal_during_a_request_lets_it_finish(void **state)
{
    struct buf b = { 0 };
    struct fcgi_answer a;
    int fd = fcgi_client_connect(echo_path()), later;

    (void)state;
    fcgi_client_head(&b, "GET", "/slow", NULL);
    fcgi_client_stdin(&b, "", 0);
    assert_true(fcgi_client_send(fd, b.data, b.len));
    usleep(100000);
    later = fcgi_client_connect(echo_path()); /* waits in the queue; for another echo_pid(), since this one is ending */
    assert_true(later >= 0);
    assert_true(fcgi_client_send(later, b.data, b.len));
    assert_int_equal(kill(echo_pid(), SIGTERM), 0);
    assert_int_equal(kill(echo_pid(), SIGUSR1), 0);
    assert_true(fcgi_client_read(fd, &a));
    assert_int_equal(a.status, 200);
    fcgi_answer_free(&a);
    assert_int_equal(echo_ended(), 0);
    assert_int_equal(echo_start(NULL), 0);
    assert_true(fcgi_client_read(later, &a));
    assert_int_equal(a.status, 200);
    fcgi_answer_free(&a);
    close(fd);
    close(later);
    buf_free(&b);
}

static void a_signal_while_a_body_arrives_loses_none_of_it(void **state)
{
    struct buf b = { 0 };
    struct fcgi_answer a;
    int fd = fcgi_client_connect(echo_path());
    char body[50000];
    json_t *r;

    (void)state;
    memset(body, 'w', sizeof body);
    fcgi_client_head(&b, "POST", "/", (const struct fcgi_param[]){ { "CONTENT_LENGTH", "50000" }, { NULL, NULL } });
    fcgi_client_stdin(&b, body, sizeof body);
    fcgi_client_stdin(&b, "", 0);
    for (size_t sent = 0, part; sent < b.len; sent += part) {
        part = b.len - sent < 5000 ? b.len - sent : 5000;
        assert_true(fcgi_client_send(fd, b.data + sent, part));
        usleep(20000);
        assert_int_equal(kill(echo_pid(), SIGTERM), 0);
    }
    assert_true(fcgi_client_read(fd, &a));
    r = echo_understood(&a);
    assert_int_equal(echo_number(r, "size"), sizeof body);
    assert_false(echo_flag(r, "incomplete"));
    json_decref(r);
    fcgi_answer_free(&a);
    close(fd);
    buf_free(&b);
    assert_int_equal(echo_ended(), 0);
}

static void no_moment_exists_in_which_a_signal_is_missed(void **state)
{
    struct fcgi_answer a;
    unsigned seed = 1;

    (void)state;
    for (int i = 0; i < 40; i++) {
        bool served = fcgi_client_ask(echo_path(), "GET", "/", NULL, NULL, 0, &a);

        fcgi_answer_free(&a);
        assert_true(served);
        usleep((useconds_t)rand_r(&seed) % 200); /* around the end of the request and the next accept */
        assert_int_equal(kill(echo_pid(), SIGTERM), 0);
        assert_int_equal(echo_ended(), 0);
        assert_int_equal(echo_start(NULL), 0);
    }
}

static void without_a_listening_socket_on_fd_0_it_does_not_start(void **state)
{
    int status;
    pid_t pid = fork();

    (void)state;
    assert_true(pid >= 0);
    if (pid == 0) {
        int null_fd = open("/dev/null", O_RDWR), pair[2];

        dup2(null_fd, 0);
        if (fcgi_init() || socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0) {
            _exit(1);
        }
        dup2(pair[0], 0);
        _exit(fcgi_init() ? 1 : 0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_idle_worker_ends_at_once_on_each_signal, echo_start, echo_stop),
        cmocka_unit_test_setup_teardown(a_signal_during_a_request_lets_it_finish, echo_start, echo_stop),
        cmocka_unit_test_setup_teardown(a_signal_while_a_body_arrives_loses_none_of_it, echo_start, echo_stop),
        cmocka_unit_test_setup_teardown(no_moment_exists_in_which_a_signal_is_missed, echo_start, echo_stop),
        cmocka_unit_test(without_a_listening_socket_on_fd_0_it_does_not_start),
    };

    return cmocka_run_group_tests(tests, echo_begin, echo_end);
}
