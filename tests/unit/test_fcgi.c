/* The worker's end of FastCGI, over a real socket: a child accepts and tells what it understood, this process is the web server. */
#include "core/arena.h"
#include "core/buf.h"
#include "core/clock.h"
#include "fcgi_client.h"
#include "http/fcgi.h"

#include <fcntl.h>
#include <jansson.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { LIMIT = 100000 }; /* bytes of a body in these tests */

#define MS INT64_C(1000)

static char folder[] = "/tmp/karara-fcgi-XXXXXX", path[100];
static int listener = -1;
static pid_t worker;

/* ---- the worker ---- */

static uint64_t checksum(const char *p, size_t n)
{
    uint64_t h = 14695981039346656037u; /* FNV-1a */

    for (size_t i = 0; i < n; i++) {
        h = (h ^ (unsigned char)p[i]) * 1099511628211u;
    }
    return h & INT64_MAX;
}

static void put_text(struct buf *b, const char *name, const char *value)
{
    buf_printf(b, ",\"%s\":", name);
    buf_json_str(b, value);
}

static void describe(struct buf *b, const struct http_request *r)
{
    buf_printf(b, "{\"size\":%zu,\"announced\":%ld,\"too_large\":%s,\"incomplete\":%s,\"sum\":%lld", r->body_size,
               r->content_length, r->body_too_large ? "true" : "false", r->body_incomplete ? "true" : "false",
               (long long)checksum(r->body, r->body_size));
    buf_printf(b, ",\"nul\":%d,\"pid\":%d,\"header_count\":%d", r->body[r->body_size], (int)getpid(), r->header_count);
    put_text(b, "method", http_method_name(r->method));
    put_text(b, "path", r->path);
    put_text(b, "query", r->query);
    put_text(b, "address", r->remote_addr);
    put_text(b, "id", r->request_id);
    put_text(b, "type", r->content_type);
    put_text(b, "if_match", http_header(r, "If-Match"));
    put_text(b, "x_long", http_header(r, "X-Long"));
    buf_char(b, '}');
}

static void pause_for(int64_t microseconds)
{
    int64_t until = clock_monotonic() + microseconds;

    while (clock_monotonic() < until) {
        usleep(5000);
    }
}

/* /big/N answers with N bytes, /status/N with that status and no body, /slow takes 300 ms, everything else is described. */
static void answer(const struct http_request *r, struct buf *b, struct http_reply *reply)
{
    unsigned long n;

    *reply = (struct http_reply){ .status = 200 };
    buf_clear(b);
    if (sscanf(r->path, "/big/%lu", &n) == 1) {
        for (size_t i = 0; i < n; i++) {
            buf_char(b, (char)('a' + i % 23));
        }
    } else if (sscanf(r->path, "/status/%lu", &n) == 1) {
        reply->status = (int)n;
    } else {
        if (strcmp(r->path, "/slow") == 0) {
            pause_for(300 * MS);
        }
        describe(b, r);
    }
    http_reply_header(reply, "Content-Type", "application/json");
    http_reply_header(reply, "X-Request-ID", r->request_id);
    reply->body = b->data;
    reply->body_size = b->len;
}

static int serve(void)
{
    struct arena *a = arena_create(64 << 20);
    struct buf b = { 0 };
    struct http_request request;
    struct http_reply reply;

    while (fcgi_accept(a, LIMIT, &request)) {
        answer(&request, &b, &reply);
        fcgi_reply(&reply);
        arena_reset(a);
    }
    buf_free(&b);
    arena_destroy(a);
    return fcgi_ending() ? 0 : 1;
}

/* Returns when its signal handlers stand. */
static int start_worker(void **state)
{
    int ready[2];
    char c;

    (void)state;
    if (pipe(ready) != 0) {
        return -1;
    }
    worker = fork();
    if (worker == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        dup2(listener, 0);
        close(listener);
        close(ready[0]);
        if (!fcgi_init() || write(ready[1], "", 1) != 1) {
            exit(2);
        }
        close(ready[1]);
        exit(serve());
    }
    close(ready[1]);
    if (worker < 0 || read(ready[0], &c, 1) != 1) {
        return -1;
    }
    return close(ready[0]);
}

/* The worker's exit status once it has ended, at the latest after five seconds. */
static int worker_ends(void)
{
    int status = -1;

    for (int i = 0; i < 500; i++) {
        if (waitpid(worker, &status, WNOHANG) == worker) {
            worker = 0;
            return status;
        }
        usleep(10000);
    }
    return -1;
}

/* Ends it properly, so that the leak checker in it speaks too. */
static int stop_worker(void **state)
{
    (void)state;
    if (!worker) {
        return 0;
    }
    kill(worker, SIGTERM);
    return worker_ends();
}

static int begin(void **state)
{
    (void)state;
    if (!mkdtemp(folder)) {
        return -1;
    }
    snprintf(path, sizeof path, "%s/api.sock", folder);
    listener = fcgi_client_listen(path);
    return listener < 0 ? -1 : 0;
}

static int end(void **state)
{
    (void)state;
    close(listener);
    unlink(path);
    return rmdir(folder);
}

/* ---- the web server ---- */

/* What the worker understood of a request. */
static json_t *understood(const struct fcgi_answer *a)
{
    json_t *json = json_loadb(a->body, a->body_size, 0, NULL);

    assert_int_equal(a->status, 200);
    assert_non_null(json);
    return json;
}

static json_t *ask(const char *method, const char *uri, const struct fcgi_param *params, const void *body, size_t size)
{
    struct fcgi_answer a;
    json_t *json;

    assert_true(fcgi_client_ask(path, method, uri, params, body, size, &a));
    assert_true(a.closed);
    json = understood(&a);
    fcgi_answer_free(&a);
    return json;
}

static const char *text(json_t *json, const char *name)
{
    return json_string_value(json_object_get(json, name));
}

static long long number(json_t *json, const char *name)
{
    return json_integer_value(json_object_get(json, name));
}

static bool flag(json_t *json, const char *name)
{
    return json_is_true(json_object_get(json, name));
}

/* Sends raw bytes on a connection of their own, then the end of writing, and reads what comes. */
static bool send_raw(struct buf *b, struct fcgi_answer *ret)
{
    int fd = fcgi_client_connect(path);
    bool good;

    assert_true(fd >= 0);
    fcgi_client_send(fd, b->data, b->len);
    shutdown(fd, SHUT_WR);
    good = fcgi_client_read(fd, ret);
    close(fd);
    buf_clear(b);
    return good;
}

static void the_worker_still_serves(void)
{
    json_t *r = ask("GET", "/alive", NULL, NULL, 0);

    assert_int_equal(number(r, "pid"), worker);
    json_decref(r);
}

/* ---- requests ---- */

static void a_request_arrives_whole(void **state)
{
    static const struct fcgi_param params[] = {
        { "CONTENT_TYPE", "application/json" }, { "HTTP_IF_MATCH", "\"v17\"" }, { "HTTP_COOKIE", "a=b" },
        { "REQUEST_ID", "0123456789abcdef" },   { "SERVER_NAME", "x" },         { NULL, NULL }
    };
    json_t *r = ask("PATCH", "/api/v1/tasks/1%2F2?a=1&b=?", params, "{\"title\":\"x\"}", 13);

    (void)state;
    assert_string_equal(text(r, "method"), "PATCH");
    assert_string_equal(text(r, "path"), "/api/v1/tasks/1%2F2");
    assert_string_equal(text(r, "query"), "a=1&b=?");
    assert_string_equal(text(r, "address"), "192.0.2.7");
    assert_string_equal(text(r, "id"), "0123456789abcdef");
    assert_string_equal(text(r, "type"), "application/json");
    assert_string_equal(text(r, "if_match"), "\"v17\"");
    assert_int_equal(number(r, "header_count"), 2);
    assert_int_equal(number(r, "size"), 13);
    assert_int_equal(number(r, "announced"), 13);
    assert_int_equal(number(r, "sum"), checksum("{\"title\":\"x\"}", 13));
    assert_int_equal(number(r, "nul"), 0);
    assert_false(flag(r, "too_large"));
    assert_false(flag(r, "incomplete"));
    json_decref(r);
}

static void without_request_uri_the_other_parameters_serve(void **state)
{
    static const struct fcgi_param params[] = { { "DOCUMENT_URI", "/health" }, { "QUERY_STRING", "x=1" }, { NULL, NULL } };
    json_t *r = ask("GET", "", params, NULL, 0);

    (void)state;
    assert_string_equal(text(r, "path"), "/health");
    assert_string_equal(text(r, "query"), "x=1");
    assert_string_equal(text(r, "type"), "");
    assert_int_equal(number(r, "announced"), -1);
    json_decref(r);
    r = ask("BREW", "", NULL, NULL, 0);
    assert_string_equal(text(r, "path"), "/");
    assert_string_equal(text(r, "query"), "");
    assert_string_equal(text(r, "method"), "OTHER");
    json_decref(r);
}

static void the_servers_request_id_wins_then_the_clients_then_ours(void **state)
{
    struct fcgi_param params[] = { { "HTTP_X_REQUEST_ID", "client-1" }, { "REQUEST_ID", "server.1" }, { NULL, NULL } };
    static const char *const bad[] = { "",    "a b", "a\nb",
                                       "a/b", "ü",   "0123456789012345678901234567890123456789012345678901234567890123x" };
    json_t *r = ask("GET", "/", params, NULL, 0), *second;

    (void)state;
    assert_string_equal(text(r, "id"), "server.1");
    json_decref(r);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        params[1].value = bad[i];
        r = ask("GET", "/", params, NULL, 0);
        assert_string_equal(text(r, "id"), "client-1");
        json_decref(r);
        params[0].value = bad[i];
        r = ask("GET", "/", params, NULL, 0);
        second = ask("GET", "/", params, NULL, 0);
        assert_int_equal(strlen(text(r, "id")), 36);
        assert_string_not_equal(text(r, "id"), text(second, "id"));
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
    json_t *r = ask("GET", "/", params, NULL, 0);

    (void)state;
    assert_string_equal(text(r, "address"), "192.0.2.7");
    assert_string_equal(text(r, "type"), "a");
    assert_string_equal(text(r, "if_match"), "1");
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
    r = understood(&a);
    assert_int_equal(number(r, "header_count"), 302);
    assert_string_equal(text(r, "x_long"), value);
    json_decref(r);
    fcgi_answer_free(&a);
    buf_free(&b);
    free(value);
}

/* ---- bodies ---- */

static void bodies_up_to_the_limit_arrive_byte_by_byte(void **state)
{
    static const size_t sizes[] = { 1, 8191, 8192, 8193, 65535, 65536, LIMIT - 1, LIMIT };
    char *body = malloc(LIMIT);
    json_t *r;

    (void)state;
    for (size_t i = 0; i < LIMIT; i++) {
        body[i] = (char)(i * 31 + i / 977);
    }
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        r = ask("POST", "/", NULL, body, sizes[i]);
        assert_int_equal(number(r, "size"), sizes[i]);
        assert_int_equal(number(r, "sum"), checksum(body, sizes[i]));
        assert_int_equal(number(r, "nul"), 0);
        assert_false(flag(r, "too_large") || flag(r, "incomplete"));
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
    r = ask("POST", "/", NULL, body, LIMIT + 1);
    assert_true(flag(r, "too_large"));
    assert_int_equal(number(r, "size"), 0);
    json_decref(r);
    r = ask("POST", "/", NULL, body, size); /* sending all of it succeeds only if all of it is read */
    assert_true(flag(r, "too_large"));
    assert_false(flag(r, "incomplete"));
    assert_int_equal(number(r, "announced"), size);
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
    r = understood(&a);
    fcgi_answer_free(&a);
    buf_free(&b);
    return r;
}

static void a_body_without_a_length_is_read_all_the_same(void **state)
{
    static const size_t sizes[] = { 1, 8191, 8192, 8193, 50000, LIMIT, LIMIT + 1, 3 * LIMIT };
    static const char *const lengths[] = { NULL, "", "many", "-1", "99999999999999999999" };
    char *body = calloc(1, 3 * LIMIT);
    json_t *r;

    (void)state;
    memset(body, 'q', 3 * LIMIT);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        r = ask_announcing(lengths[i % 5], body, sizes[i]);
        assert_int_equal(number(r, "announced"), -1);
        assert_int_equal(flag(r, "too_large"), sizes[i] > LIMIT);
        assert_int_equal(number(r, "size"), sizes[i] > LIMIT ? 0 : sizes[i]);
        assert_int_equal(number(r, "sum"), checksum(body, sizes[i] > LIMIT ? 0 : sizes[i]));
        assert_false(flag(r, "incomplete"));
        json_decref(r);
    }
    free(body);
}

static void a_body_that_is_not_as_long_as_announced_is_incomplete(void **state)
{
    json_t *r = ask_announcing("20", "0123456789", 10);

    (void)state;
    assert_true(flag(r, "incomplete"));
    assert_int_equal(number(r, "size"), 10);
    json_decref(r);
    r = ask_announcing("5", "0123456789", 10);
    assert_true(flag(r, "incomplete"));
    assert_int_equal(number(r, "size"), 5);
    json_decref(r);
    r = ask_announcing("5", NULL, 0);
    assert_true(flag(r, "incomplete"));
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
    r = understood(&a);
    assert_true(flag(r, "incomplete"));
    assert_int_equal(number(r, "size"), 500);
    json_decref(r);
    fcgi_answer_free(&a);
    for (size_t cut = 0; cut < whole; cut++) { /* and everywhere in the head */
        fcgi_client_head(&b, "POST", "/", (const struct fcgi_param[]){ { "CONTENT_LENGTH", "1000" }, { NULL, NULL } });
        b.len = cut;
        assert_false(send_raw(&b, &a));
        fcgi_answer_free(&a);
    }
    the_worker_still_serves();
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
    the_worker_still_serves();
    buf_free(&b);
}

/* ---- replies ---- */

static void a_reply_has_status_headers_length_and_body(void **state)
{
    char value[100];
    struct fcgi_answer a;

    (void)state;
    assert_true(fcgi_client_ask(path, "GET", "/big/5", (const struct fcgi_param[]){ { "REQUEST_ID", "r1" }, { NULL, NULL } },
                                NULL, 0, &a));
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
        assert_true(fcgi_client_ask(path, "GET", cases[i].uri, NULL, NULL, 0, &a));
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
        assert_true(fcgi_client_ask(path, "GET", uri, NULL, NULL, 0, &a));
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
    int fd = fcgi_client_connect(path);

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
    the_worker_still_serves();
}

static void a_web_server_that_goes_before_the_reply_harms_nobody(void **state)
{
    struct buf b = { 0 };
    int fd;

    (void)state;
    fcgi_client_head(&b, "GET", "/big/5000000", NULL);
    fcgi_client_stdin(&b, "", 0);
    for (int i = 0; i < 5; i++) {
        fd = fcgi_client_connect(path);
        assert_true(fd >= 0);
        assert_true(fcgi_client_send(fd, b.data, b.len));
        usleep((useconds_t)i * 3000);
        close(fd);
    }
    buf_free(&b);
    the_worker_still_serves();
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
        fds[i] = fcgi_client_connect(path);
        assert_true(fds[i] >= 0);
        assert_true(fcgi_client_send(fds[i], b.data, b.len));
    }
    for (int i = 19; i >= 0; i--) {
        assert_true(fcgi_client_read(fds[i], &a));
        r = understood(&a);
        snprintf(uri, sizeof uri, "/%d", i);
        assert_string_equal(text(r, "path"), uri);
        json_decref(r);
        fcgi_answer_free(&a);
        close(fds[i]);
    }
    buf_free(&b);
}

/* ---- ending ---- */

static void an_idle_worker_ends_at_once_on_each_signal(void **state)
{
    static const int signals[] = { SIGTERM, SIGINT, SIGUSR1 };

    (void)state;
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        the_worker_still_serves();
        assert_int_equal(kill(worker, signals[i]), 0);
        assert_int_equal(worker_ends(), 0);
        assert_int_equal(start_worker(NULL), 0);
    }
}

static void a_signal_during_a_request_lets_it_finish(void **state)
{
    struct buf b = { 0 };
    struct fcgi_answer a;
    int fd = fcgi_client_connect(path), later;

    (void)state;
    fcgi_client_head(&b, "GET", "/slow", NULL);
    fcgi_client_stdin(&b, "", 0);
    assert_true(fcgi_client_send(fd, b.data, b.len));
    usleep(100000);
    later = fcgi_client_connect(path); /* waits in the queue; for another worker, since this one is ending */
    assert_true(later >= 0);
    assert_true(fcgi_client_send(later, b.data, b.len));
    assert_int_equal(kill(worker, SIGTERM), 0);
    assert_int_equal(kill(worker, SIGUSR1), 0);
    assert_true(fcgi_client_read(fd, &a));
    assert_int_equal(a.status, 200);
    fcgi_answer_free(&a);
    assert_int_equal(worker_ends(), 0);
    assert_int_equal(start_worker(NULL), 0);
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
    int fd = fcgi_client_connect(path);
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
        assert_int_equal(kill(worker, SIGTERM), 0);
    }
    assert_true(fcgi_client_read(fd, &a));
    r = understood(&a);
    assert_int_equal(number(r, "size"), sizeof body);
    assert_false(flag(r, "incomplete"));
    json_decref(r);
    fcgi_answer_free(&a);
    close(fd);
    buf_free(&b);
    assert_int_equal(worker_ends(), 0);
}

static void no_moment_exists_in_which_a_signal_is_missed(void **state)
{
    struct fcgi_answer a;
    unsigned seed = 1;

    (void)state;
    for (int i = 0; i < 40; i++) {
        bool served = fcgi_client_ask(path, "GET", "/", NULL, NULL, 0, &a);

        fcgi_answer_free(&a);
        assert_true(served);
        usleep((useconds_t)rand_r(&seed) % 200); /* around the end of the request and the next accept */
        assert_int_equal(kill(worker, SIGTERM), 0);
        assert_int_equal(worker_ends(), 0);
        assert_int_equal(start_worker(NULL), 0);
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
        cmocka_unit_test_setup_teardown(a_request_arrives_whole, start_worker, stop_worker),
        cmocka_unit_test_setup_teardown(without_request_uri_the_other_parameters_serve, start_worker, stop_worker),
        cmocka_unit_test_setup_teardown(the_servers_request_id_wins_then_the_clients_then_ours, start_worker, stop_worker),
        cmocka_unit_test_setup_teardown(the_first_of_two_equal_parameters_counts, start_worker, stop_worker),
        cmocka_unit_test_setup_teardown(long_headers_and_many_of_them_arrive, start_worker, stop_worker),
        cmocka_unit_test_setup_teardown(bodies_up_to_the_limit_arrive_byte_by_byte, start_worker, stop_worker),
        cmocka_unit_test_setup_teardown(a_body_past_the_limit_is_read_to_its_end_and_marked, start_worker, stop_worker),
        cmocka_unit_test_setup_teardown(a_body_without_a_length_is_read_all_the_same, start_worker, stop_worker),
        cmocka_unit_test_setup_teardown(a_body_that_is_not_as_long_as_announced_is_incomplete, start_worker, stop_worker),
        cmocka_unit_test_setup_teardown(a_body_that_breaks_off_is_incomplete_and_harms_nobody, start_worker, stop_worker),
        cmocka_unit_test_setup_teardown(garbage_ends_its_connection_and_nothing_else, start_worker, stop_worker),
        cmocka_unit_test_setup_teardown(a_reply_has_status_headers_length_and_body, start_worker, stop_worker),
        cmocka_unit_test_setup_teardown(every_status_has_its_line, start_worker, stop_worker),
        cmocka_unit_test_setup_teardown(replies_of_any_size_arrive_whole_and_in_large_records, start_worker, stop_worker),
        cmocka_unit_test_setup_teardown(a_connection_is_closed_also_when_it_was_to_be_kept, start_worker, stop_worker),
        cmocka_unit_test_setup_teardown(a_web_server_that_goes_before_the_reply_harms_nobody, start_worker, stop_worker),
        cmocka_unit_test_setup_teardown(requests_wait_their_turn_and_keep_apart, start_worker, stop_worker),
        cmocka_unit_test_setup_teardown(an_idle_worker_ends_at_once_on_each_signal, start_worker, stop_worker),
        cmocka_unit_test_setup_teardown(a_signal_during_a_request_lets_it_finish, start_worker, stop_worker),
        cmocka_unit_test_setup_teardown(a_signal_while_a_body_arrives_loses_none_of_it, start_worker, stop_worker),
        cmocka_unit_test_setup_teardown(no_moment_exists_in_which_a_signal_is_missed, start_worker, stop_worker),
        cmocka_unit_test(without_a_listening_socket_on_fd_0_it_does_not_start),
    };

    return cmocka_run_group_tests(tests, begin, end);
}
