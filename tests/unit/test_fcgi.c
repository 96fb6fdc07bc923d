/* The worker's end of FastCGI over a real socket: what a request is, a body, a reply; the ending is in test_fcgi_ending.c. */
#include "core/buf.h"
#include "echo_worker.h"
#include "fcgi_client.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

/* Sends raw bytes on a connection of their own, then the end of writing, and reads what comes. */
static bool send_raw(struct buf *b, struct fcgi_answer *ret)
{
    int fd = fcgi_client_connect(echo_path());
    bool good;

    assert_true(fd >= 0);
    fcgi_client_send(fd, b->data, b->len);
    shutdown(fd, SHUT_WR);
    good = fcgi_client_read(fd, ret);
    close(fd);
    buf_clear(b);
    return good;
}

/* ---- requests ---- */

static void a_request_arrives_whole(void **state)
{
    static const struct fcgi_param params[] = {
        { "CONTENT_TYPE", "application/json" }, { "HTTP_IF_MATCH", "\"v17\"" }, { "HTTP_COOKIE", "a=b" },
        { "REQUEST_ID", "0123456789abcdef" },   { "SERVER_NAME", "x" },         { NULL, NULL }
    };
    json_t *r = echo_ask("PATCH", "/api/v1/tasks/1%2F2?a=1&b=?", params, "{\"title\":\"x\"}", 13);

    (void)state;
    assert_string_equal(echo_text(r, "method"), "PATCH");
    assert_string_equal(echo_text(r, "path"), "/api/v1/tasks/1%2F2");
    assert_string_equal(echo_text(r, "query"), "a=1&b=?");
    assert_string_equal(echo_text(r, "address"), "192.0.2.7");
    assert_string_equal(echo_text(r, "id"), "0123456789abcdef");
    assert_string_equal(echo_text(r, "type"), "application/json");
    assert_string_equal(echo_text(r, "if_match"), "\"v17\"");
    assert_int_equal(echo_number(r, "header_count"), 2);
    assert_int_equal(echo_number(r, "size"), 13);
    assert_int_equal(echo_number(r, "announced"), 13);
    assert_int_equal(echo_number(r, "sum"), echo_checksum("{\"title\":\"x\"}", 13));
    assert_int_equal(echo_number(r, "nul"), 0);
    assert_false(echo_flag(r, "too_large"));
    assert_false(echo_flag(r, "incomplete"));
    json_decref(r);
}

static void without_request_uri_the_other_parameters_serve(void **state)
{
    static const struct fcgi_param params[] = { { "DOCUMENT_URI", "/health" }, { "QUERY_STRING", "x=1" }, { NULL, NULL } };
    json_t *r = echo_ask("GET", "", params, NULL, 0);

    (void)state;
    assert_string_equal(echo_text(r, "path"), "/health");
    assert_string_equal(echo_text(r, "query"), "x=1");
    assert_string_equal(echo_text(r, "type"), "");
    assert_int_equal(echo_number(r, "announced"), -1);
    json_decref(r);
    r = echo_ask("BREW", "", NULL, NULL, 0);
    assert_string_equal(echo_text(r, "path"), "/");
    assert_string_equal(echo_text(r, "query"), "");
    assert_string_equal(echo_text(r, "method"), "OTHER");
    json_decref(r);
}

static void the_servers_request_id_wins_then_the_clients_then_ours(void **state)
{
    struct fcgi_param params[] = { { "HTTP_X_REQUEST_ID", "client-1" }, { "REQUEST_ID", "server.1" }, { NULL, NULL } };
    static const char *const bad[] = { "",    "a b", "a\nb",
                                       "a/b", "ü",   "0123456789012345678901234567890123456789012345678901234567890123x" };
    json_t *r = echo_ask("GET", "/", params, NULL, 0), *second;

    (void)state;
    assert_string_equal(echo_text(r, "id"), "server.1");
    json_decref(r);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        params[1].value = bad[i];
        r = echo_ask("GET", "/", params, NULL, 0);
        assert_string_equal(echo_text(r, "id"), "client-1");
        json_decref(r);
        params[0].value = bad[i];
        r = echo_ask("GET", "/", params, NULL, 0);
        second = echo_ask("GET", "/", params, NULL, 0);
        assert_int_equal(strlen(echo_text(r, "id")), 36);
        assert_string_not_equal(echo_text(r, "id"), echo_text(second, "id"));
        json_decref(r);
        json_decref(second);
        params[0].value = "client-1";
    }
}

static void the_first_of_two_equal_parameters_counts(void **state)
{
    static const struct fcgi_param params[] = { { "REMOTE_ADDR", "10.0.0.1" }, { "CONTENT_TYPE", "a" },
                                                { "CONTENT_TYPE", "b" },       { "HTTP_IF_MATCH", "1" },
                                                { "HTTP_IF_MATCH", "2" },      { NULL, NULL } };
    json_t *r = echo_ask("GET", "/", params, NULL, 0);

    (void)state;
    assert_string_equal(echo_text(r, "address"), "192.0.2.7");
    assert_string_equal(echo_text(r, "type"), "a");
    assert_string_equal(echo_text(r, "if_match"), "1");
    json_decref(r);
}

static void long_headers_and_many_of_them_arrive(void **state)
{
    struct buf b = { 0 };
    char *value = calloc(1, 70001), name[32];
    struct fcgi_answer a;
    json_t *r;

    (void)state;
    memset(value, 'v', 70000);
    fcgi_client_begin(&b, FCGI_CLIENT_RESPONDER, 0);
    fcgi_client_param(&b, "REQUEST_URI", "/x");
    for (int i = 0; i < 300; i++) {
        snprintf(name, sizeof name, "HTTP_X_%d", i);
        fcgi_client_param(&b, name, "1");
    }
    fcgi_client_param(&b, "HTTP_X_LONG", value);
    fcgi_client_param(&b, "HTTP_", "nameless");
    fcgi_client_params_end(&b);
    fcgi_client_stdin(&b, "", 0);
    assert_true(send_raw(&b, &a));
    r = echo_understood(&a);
    assert_int_equal(echo_number(r, "header_count"), 302);
    assert_string_equal(echo_text(r, "x_long"), value);
    json_decref(r);
    fcgi_answer_free(&a);
    buf_free(&b);
    free(value);
}

/* ---- bodies ---- */

static void bodies_up_to_the_limit_arrive_byte_by_byte(void **state)
{
    static const size_t sizes[] = { 1, 8191, 8192, 8193, 65535, 65536, ECHO_LIMIT - 1, ECHO_LIMIT };
    char *body = malloc(ECHO_LIMIT);
    json_t *r;

    (void)state;
    for (size_t i = 0; i < ECHO_LIMIT; i++) {
        body[i] = (char)(i * 31 + i / 977);
    }
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        r = echo_ask("POST", "/", NULL, body, sizes[i]);
        assert_int_equal(echo_number(r, "size"), sizes[i]);
        assert_int_equal(echo_number(r, "sum"), echo_checksum(body, sizes[i]));
        assert_int_equal(echo_number(r, "nul"), 0);
        assert_false(echo_flag(r, "too_large") || echo_flag(r, "incomplete"));
        json_decref(r);
    }
    free(body);
}

static void a_body_past_the_limit_is_read_to_its_end_and_marked(void **state)
{
    size_t size = 20 << 20;
    char *body = calloc(1, size);
    json_t *r;

    (void)state;
    r = echo_ask("POST", "/", NULL, body, ECHO_LIMIT + 1);
    assert_true(echo_flag(r, "too_large"));
    assert_int_equal(echo_number(r, "size"), 0);
    json_decref(r);
    r = echo_ask("POST", "/", NULL, body, size); /* sending all of it succeeds only if all of it is read */
    assert_true(echo_flag(r, "too_large"));
    assert_false(echo_flag(r, "incomplete"));
    assert_int_equal(echo_number(r, "announced"), size);
    json_decref(r);
    free(body);
}

/* A body of `size` bytes under this CONTENT_LENGTH (NULL for none). */
static json_t *ask_announcing(const char *length, const char *body, size_t size)
{
    struct fcgi_param params[] = { { "CONTENT_LENGTH", length }, { NULL, NULL } };
    struct buf b = { 0 };
    struct fcgi_answer a;
    json_t *r;

    fcgi_client_head(&b, "POST", "/", length ? params : NULL);
    fcgi_client_stdin(&b, body, size);
    fcgi_client_stdin(&b, "", 0);
    assert_true(send_raw(&b, &a));
    r = echo_understood(&a);
    fcgi_answer_free(&a);
    buf_free(&b);
    return r;
}

static void a_body_without_a_length_is_read_all_the_same(void **state)
{
    static const size_t sizes[] = { 1, 8191, 8192, 8193, 50000, ECHO_LIMIT, ECHO_LIMIT + 1, 3 * ECHO_LIMIT };
    static const char *const lengths[] = { NULL, "", "many", "-1", "99999999999999999999" };
    char *body = calloc(1, 3 * ECHO_LIMIT);
    json_t *r;

    (void)state;
    memset(body, 'q', 3 * ECHO_LIMIT);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        r = ask_announcing(lengths[i % 5], body, sizes[i]);
        assert_int_equal(echo_number(r, "announced"), -1);
        assert_int_equal(echo_flag(r, "too_large"), sizes[i] > ECHO_LIMIT);
        assert_int_equal(echo_number(r, "size"), sizes[i] > ECHO_LIMIT ? 0 : sizes[i]);
        assert_int_equal(echo_number(r, "sum"), echo_checksum(body, sizes[i] > ECHO_LIMIT ? 0 : sizes[i]));
        assert_false(echo_flag(r, "incomplete"));
        json_decref(r);
    }
    free(body);
}

static void a_body_that_is_not_as_long_as_announced_is_incomplete(void **state)
{
    json_t *r = ask_announcing("20", "0123456789", 10);

    (void)state;
    assert_true(echo_flag(r, "incomplete"));
    assert_int_equal(echo_number(r, "size"), 10);
    json_decref(r);
    r = ask_announcing("5", "0123456789", 10);
    assert_true(echo_flag(r, "incomplete"));
    assert_int_equal(echo_number(r, "size"), 5);
    json_decref(r);
    r = ask_announcing("5", NULL, 0);
    assert_true(echo_flag(r, "incomplete"));
    json_decref(r);
}

static void a_body_that_breaks_off_is_incomplete_and_harms_nobody(void **state)
{
    struct buf b = { 0 };
    struct fcgi_answer a;
    size_t whole;
    json_t *r;

    (void)state;
    fcgi_client_head(&b, "POST", "/", (const struct fcgi_param[]){ { "CONTENT_LENGTH", "1000" }, { NULL, NULL } });
    whole = b.len;
    fcgi_client_stdin(&b, (char[1000]){ 0 }, 1000);
    b.len = whole + 8 + 500; /* in the middle of the record */
    assert_true(send_raw(&b, &a));
    r = echo_understood(&a);
    assert_true(echo_flag(r, "incomplete"));
    assert_int_equal(echo_number(r, "size"), 500);
    json_decref(r);
    fcgi_answer_free(&a);
    for (size_t cut = 0; cut < whole; cut++) { /* and everywhere in the head */
        fcgi_client_head(&b, "POST", "/", (const struct fcgi_param[]){ { "CONTENT_LENGTH", "1000" }, { NULL, NULL } });
        b.len = cut;
        assert_false(send_raw(&b, &a));
        fcgi_answer_free(&a);
    }
    echo_still_serves();
    buf_free(&b);
}

static void garbage_ends_its_connection_and_nothing_else(void **state)
{
    static const char *const garbage[] = { "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "\x02\x01\x00\x01\x00\x08\x00\x00",
                                           "\x01\x05\x00\x01\x00\x00\x00\x00", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff" };
    unsigned seed = 7;
    struct buf b = { 0 };
    struct fcgi_answer a;

    (void)state;
    for (size_t i = 0; i < sizeof garbage / sizeof *garbage; i++) {
        buf_append(&b, garbage[i], i == 0 ? 27 : 8);
        assert_false(send_raw(&b, &a));
        fcgi_answer_free(&a);
    }
    for (int i = 0; i < 200; i++) { /* right up to the parameters, then noise of valid framing */
        fcgi_client_begin(&b, FCGI_CLIENT_RESPONDER, 0);
        for (int k = 0; k < 5; k++) {
            char noise[3] = { (char)(rand_r(&seed) % 128), (char)(rand_r(&seed) % 128), (char)rand_r(&seed) };

            /* Not of request 0: libfcgi leaks 48 bytes for each management record that it doesn't know. */
            fcgi_client_record(&b, rand_r(&seed) % 14, 1 + rand_r(&seed) % 3, noise, (size_t)rand_r(&seed) % 4);
        }
        send_raw(&b, &a);
        fcgi_answer_free(&a);
    }
    fcgi_client_begin(&b, 9, 0); /* no such role */
    fcgi_client_params_end(&b);
    fcgi_client_stdin(&b, "", 0);
    send_raw(&b, &a);
    fcgi_answer_free(&a);
    echo_still_serves();
    buf_free(&b);
}

/* ---- replies ---- */

static void a_reply_has_status_headers_length_and_body(void **state)
{
    char value[100];
    struct fcgi_answer a;

    (void)state;
    assert_true(fcgi_client_ask(echo_path(), "GET", "/big/5",
                                (const struct fcgi_param[]){ { "REQUEST_ID", "r1" }, { NULL, NULL } }, NULL, 0, &a));
    assert_memory_equal(a.head, "Status: 200 OK\r\n", 16);
    assert_true(fcgi_answer_header(&a, "Content-Length", value, sizeof value));
    assert_string_equal(value, "5");
    assert_true(fcgi_answer_header(&a, "X-Request-ID", value, sizeof value));
    assert_string_equal(value, "r1");
    assert_string_equal(a.body, "abcde");
    assert_true(a.ended && a.closed);
    fcgi_answer_free(&a);
}

static void every_status_has_its_line(void **state)
{
    static const struct {
        const char *uri, *line;
        bool length;
    } cases[] = { { "/status/201", "Status: 201 Created\r\n", true },
                  { "/status/204", "Status: 204 No Content\r\n", false },
                  { "/status/304", "Status: 304 Not Modified\r\n", false },
                  { "/status/422", "Status: 422 Unprocessable Content\r\n", true },
                  { "/status/503", "Status: 503 Service Unavailable\r\n", true },
                  { "/status/299", "Status: 299 Status\r\n", true } };
    struct fcgi_answer a;
    char value[100];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_true(fcgi_client_ask(echo_path(), "GET", cases[i].uri, NULL, NULL, 0, &a));
        assert_memory_equal(a.head, cases[i].line, strlen(cases[i].line));
        assert_int_equal(fcgi_answer_header(&a, "Content-Length", value, sizeof value), cases[i].length);
        assert_int_equal(a.body_size, 0);
        fcgi_answer_free(&a);
    }
}

static void replies_of_any_size_arrive_whole_and_in_large_records(void **state)
{
    static const size_t sizes[] = { 0, 1, 8000, 40000, 65300, 65400, 65528, 65529, 131072, 2100000, 5 << 20 };
    struct fcgi_answer a;
    char uri[40];

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        snprintf(uri, sizeof uri, "/big/%zu", sizes[i]);
        assert_true(fcgi_client_ask(echo_path(), "GET", uri, NULL, NULL, 0, &a));
        assert_int_equal(a.body_size, sizes[i]);
        for (size_t k = 0; k < sizes[i]; k++) {
            if (a.body[k] != (char)('a' + k % 23)) {
                fail_msg("byte %zu of %zu is wrong", k, sizes[i]);
            }
        }
        assert_true(a.largest > sizes[i] || a.largest == 65528); /* not cut to the library's 8 KiB */
        fcgi_answer_free(&a);
    }
}

static void a_connection_is_closed_also_when_it_was_to_be_kept(void **state)
{
    struct buf b = { 0 };
    struct fcgi_answer a;
    int fd = fcgi_client_connect(echo_path());

    (void)state;
    assert_true(fd >= 0);
    fcgi_client_begin(&b, FCGI_CLIENT_RESPONDER, FCGI_CLIENT_KEEP);
    fcgi_client_param(&b, "REQUEST_URI", "/kept");
    fcgi_client_params_end(&b);
    fcgi_client_stdin(&b, "", 0);
    assert_true(fcgi_client_send(fd, b.data, b.len));
    assert_true(fcgi_client_read(fd, &a)); /* returns at the end of the connection */
    assert_true(a.closed);
    fcgi_answer_free(&a);
    close(fd);
    buf_free(&b);
    echo_still_serves();
}

static void a_web_server_that_goes_before_the_reply_harms_nobody(void **state)
{
    struct buf b = { 0 };
    int fd;

    (void)state;
    fcgi_client_head(&b, "GET", "/big/5000000", NULL);
    fcgi_client_stdin(&b, "", 0);
    for (int i = 0; i < 5; i++) {
        fd = fcgi_client_connect(echo_path());
        assert_true(fd >= 0);
        assert_true(fcgi_client_send(fd, b.data, b.len));
        usleep((useconds_t)i * 3000);
        close(fd);
    }
    buf_free(&b);
    echo_still_serves();
}

static int send_whole(struct buf *b)
{
    int fd = fcgi_client_connect(echo_path());

    assert_true(fd >= 0);
    assert_true(fcgi_client_send(fd, b->data, b->len));
    return fd;
}

static void who_has_gone_while_waiting_is_not_served(void **state)
{
    json_t *r = echo_ask("GET", "/", NULL, NULL, 0);
    pid_t worker = (pid_t)echo_number(r, "pid");
    long long served = echo_number(r, "served");
    struct buf b = { 0 };
    struct fcgi_answer a;
    int last;

    (void)state;
    json_decref(r);
    fcgi_client_head(&b, "GET", "/", NULL);
    fcgi_client_stdin(&b, "", 0);
    kill(worker, SIGSTOP);
    for (int i = 0; i < 10; i++) {
        close(send_whole(&b));
    }
    last = send_whole(&b);
    kill(worker, SIGCONT);
    assert_true(fcgi_client_read(last, &a));
    r = echo_understood(&a);
    assert_int_equal(echo_number(r, "served"), served + 1);
    json_decref(r);
    fcgi_answer_free(&a);
    close(last);
    buf_free(&b);
}

static void requests_wait_their_turn_and_keep_apart(void **state)
{
    struct buf b = { 0 };
    struct fcgi_answer a;
    int fds[20];
    char uri[32];
    json_t *r;

    (void)state;
    for (int i = 0; i < 20; i++) {
        snprintf(uri, sizeof uri, "/%d?q=%d", i, i);
        buf_clear(&b);
        fcgi_client_head(&b, "GET", uri, NULL);
        fcgi_client_stdin(&b, "", 0);
        fds[i] = fcgi_client_connect(echo_path());
        assert_true(fds[i] >= 0);
        assert_true(fcgi_client_send(fds[i], b.data, b.len));
    }
    for (int i = 19; i >= 0; i--) {
        assert_true(fcgi_client_read(fds[i], &a));
        r = echo_understood(&a);
        snprintf(uri, sizeof uri, "/%d", i);
        assert_string_equal(echo_text(r, "path"), uri);
        json_decref(r);
        fcgi_answer_free(&a);
        close(fds[i]);
    }
    buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_request_arrives_whole, echo_start, echo_stop),
        cmocka_unit_test_setup_teardown(without_request_uri_the_other_parameters_serve, echo_start, echo_stop),
        cmocka_unit_test_setup_teardown(the_servers_request_id_wins_then_the_clients_then_ours, echo_start, echo_stop),
        cmocka_unit_test_setup_teardown(the_first_of_two_equal_parameters_counts, echo_start, echo_stop),
        cmocka_unit_test_setup_teardown(long_headers_and_many_of_them_arrive, echo_start, echo_stop),
        cmocka_unit_test_setup_teardown(bodies_up_to_the_limit_arrive_byte_by_byte, echo_start, echo_stop),
        cmocka_unit_test_setup_teardown(a_body_past_the_limit_is_read_to_its_end_and_marked, echo_start, echo_stop),
        cmocka_unit_test_setup_teardown(a_body_without_a_length_is_read_all_the_same, echo_start, echo_stop),
        cmocka_unit_test_setup_teardown(a_body_that_is_not_as_long_as_announced_is_incomplete, echo_start, echo_stop),
        cmocka_unit_test_setup_teardown(a_body_that_breaks_off_is_incomplete_and_harms_nobody, echo_start, echo_stop),
        cmocka_unit_test_setup_teardown(garbage_ends_its_connection_and_nothing_else, echo_start, echo_stop),
        cmocka_unit_test_setup_teardown(a_reply_has_status_headers_length_and_body, echo_start, echo_stop),
        cmocka_unit_test_setup_teardown(every_status_has_its_line, echo_start, echo_stop),
        cmocka_unit_test_setup_teardown(replies_of_any_size_arrive_whole_and_in_large_records, echo_start, echo_stop),
        cmocka_unit_test_setup_teardown(a_connection_is_closed_also_when_it_was_to_be_kept, echo_start, echo_stop),
        cmocka_unit_test_setup_teardown(a_web_server_that_goes_before_the_reply_harms_nobody, echo_start, echo_stop),
        cmocka_unit_test_setup_teardown(who_has_gone_while_waiting_is_not_served, echo_start, echo_stop),
        cmocka_unit_test_setup_teardown(requests_wait_their_turn_and_keep_apart, echo_start, echo_stop),
    };

    return cmocka_run_group_tests(tests, echo_begin, echo_end);
}
