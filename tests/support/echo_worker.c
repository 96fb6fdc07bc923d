/* echo_worker.c - see echo_worker.h. */
#include "echo_worker.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/clock.h"
#include "http/fcgi.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define MS INT64_C(1000)

static char folder[] = "/tmp/karara-fcgi-XXXXXX", path[100];
static int listener = -1;
static pid_t worker;

const char *echo_path(void)
{
    return path;
}

pid_t echo_pid(void)
{
    return worker;
}

int64_t echo_checksum(const char *p, size_t n)
{
    uint64_t h = 14695981039346656037u; /* FNV-1a */

    for (size_t i = 0; i < n; i++) {
        h = (h ^ (unsigned char)p[i]) * 1099511628211u;
    }
    return (int64_t)(h & INT64_MAX);
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
               (long long)echo_checksum(r->body, r->body_size));
    static int served;
    buf_printf(b, ",\"nul\":%d,\"pid\":%d,\"header_count\":%d,\"served\":%d", r->body[r->body_size], (int)getpid(),
               r->header_count, ++served);
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

    while (fcgi_accept(a, ECHO_LIMIT, &request)) {
        answer(&request, &b, &reply);
        fcgi_reply(&reply);
        arena_reset(a);
    }
    buf_free(&b);
    arena_destroy(a);
    return fcgi_ending() ? 0 : 1;
}

/* Returns when its signal handlers stand. */
int echo_start(void **state)
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
int echo_ended(void)
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
int echo_stop(void **state)
{
    (void)state;
    if (!worker) {
        return 0;
    }
    kill(worker, SIGTERM);
    return echo_ended();
}

int echo_begin(void **state)
{
    (void)state;
    if (!mkdtemp(folder)) {
        return -1;
    }
    snprintf(path, sizeof path, "%s/api.sock", folder);
    listener = fcgi_client_listen(path);
    return listener < 0 ? -1 : 0;
}

int echo_end(void **state)
{
    (void)state;
    close(listener);
    unlink(path);
    return rmdir(folder);
}

/* What the worker understood of a request. */
json_t *echo_understood(const struct fcgi_answer *a)
{
    json_t *json = json_loadb(a->body, a->body_size, 0, NULL);

    assert_int_equal(a->status, 200);
    assert_non_null(json);
    return json;
}

json_t *echo_ask(const char *method, const char *uri, const struct fcgi_param *params, const void *body, size_t size)
{
    struct fcgi_answer a;
    json_t *json;

    assert_true(fcgi_client_ask(path, method, uri, params, body, size, &a));
    assert_true(a.closed);
    json = echo_understood(&a);
    fcgi_answer_free(&a);
    return json;
}

const char *echo_text(json_t *json, const char *name)
{
    return json_string_value(json_object_get(json, name));
}

long long echo_number(json_t *json, const char *name)
{
    return json_integer_value(json_object_get(json, name));
}

bool echo_flag(json_t *json, const char *name)
{
    return json_is_true(json_object_get(json, name));
}

void echo_still_serves(void)
{
    json_t *r = echo_ask("GET", "/alive", NULL, NULL, 0);

    assert_int_equal(echo_number(r, "pid"), worker);
    json_decref(r);
}
