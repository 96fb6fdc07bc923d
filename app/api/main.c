/* main.c - karara-api: FastCGI workers, each one process, one request at a time, one database connection. */
#include "api/dispatch.h"
#include "api/metrics.h"
#include "api/prefork.h"
#include "api/registry.h"
#include "api/router.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/clock.h"
#include "core/config.h"
#include "core/log.h"
#include "http/fcgi.h"
#include "platform/cache.h"
#include "platform/db.h"
#include "platform/jwt.h"
#include "platform/password.h"
#include "platform/seal.h"
#include "platform/webpush.h"
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Settings, keys and routes; a worker that can't have them all doesn't start. */
static bool prepare(char *err, size_t size)
{
    if (sodium_init() < 0) {
        snprintf(err, size, "libsodium could not be initialised");
        return false;
    }
    if (!config_load(err, (unsigned)size) || !registry_check(err, size)) {
        return false;
    }
    const char *keys = config_text(CONF_KEYS_DIR);
    if (!jwt_load_keys(keys, err, (unsigned)size) || !seal_load_keys(keys, err, (unsigned)size)) {
        return false;
    }
    char missing[256];
    if (!webpush_load_keys(keys, missing, sizeof missing)) {
        LOG(LOG_WARN, "push_key_missing", LOG_STR("message", missing)); /* everything else works without */
    }
    router_build();
    return true;
}

static enum http_more no_more(struct http_reply *reply)
{
    (void)reply;
    return HTTP_END;
}

/* The answer to HEAD says how long that to GET would be (RFC 9110 §8.6). */
static void hold_back_body(struct worker *w, struct http_reply *reply)
{
    if (reply->more != NULL) {
        reply->more = no_more; /* nobody knows yet how long it would be */
    } else if (reply->status != 204 && reply->status != 304) {
        http_reply_header(reply, "Content-Length", arena_printf(w->arena, "%zu", reply->body_size));
    }
    reply->body_size = 0;
}

/* What nginx asks for by itself: its text is large, and goes with this answer. */
static void serve_page(struct worker *w, const struct http_request *request, struct http_reply *ret)
{
    struct buf text = { 0 };
    struct metrics_gauges gauges;
    bool known = strcmp(request->private_page, "metrics") == 0;
    *ret = (struct http_reply){ .status = known ? 200 : 404, .body = "" };
    if (known) {
        metrics_ask(w->db, w->arena, &gauges);
        metrics_write(&text, &gauges);
        arena_adopt(w->arena, text.data, free);
        http_reply_header(ret, "Content-Type", metrics_content_type);
        ret->body = text.data;
        ret->body_size = text.len;
    }
    http_reply_header(ret, "Cache-Control", "no-store");
}

static void serve_request(struct worker *w, const struct http_request *request, struct http_reply *ret)
{
    if (request->private_page[0] != '\0') {
        serve_page(w, request, ret);
        return;
    }
    if (request->passed_on > 0) {
        metrics_time(METRIC_QUEUE_SECONDS, 0, clock_now() - request->passed_on);
    }
    dispatch_serve(w, request, ret);
}

static void serve_until_told_to_end(struct worker *w)
{
    struct http_request request;
    struct http_reply reply;
    while (fcgi_accept(w->arena, (size_t)config_int(CONF_BODY_LIMIT), &request)) {
        metrics_state(METRICS_BUSY);
        serve_request(w, &request, &reply);
        if (request.method == HTTP_HEAD) {
            hold_back_body(w, &reply);
        }
        fcgi_reply(&reply);
        prefork_served();
        arena_reset(w->arena);
        metrics_state(0);
    }
}

/* ---- starting ---- */

static int workers(int64_t asked, int64_t unasked)
{
    int64_t n = asked > 0 ? asked : unasked;
    return (int)(n < 1 ? 1 : n > PREFORK_MOST ? PREFORK_MOST : n);
}

/* Those that compute passwords run only while somebody signs in. */
static struct prefork_pool pool_of(bool signin)
{
    if (signin) {
        return (struct prefork_pool){ "signin", workers(config_int(CONF_SIGNIN_WORKERS), 2 * (int64_t)password_at_once()),
                                      (int)config_int(CONF_SIGNIN_REST) };
    }
    return (struct prefork_pool){ "api", workers(config_int(CONF_API_WORKERS), 2 * (int64_t)sysconf(_SC_NPROCESSORS_ONLN)), 0 };
}

static int refuse(const char *message)
{
    LOG(LOG_ERROR, "not_started", LOG_STR("message", message));
    return 1;
}

static int serve(void)
{
    if (!fcgi_init()) {
        return refuse("FastCGI could not be initialised");
    }
    struct buf out = { 0 };
    struct worker w = { .arena = arena_create((size_t)config_int(CONF_REQUEST_MEMORY)),
                        .out = &out,
                        .db = db_open(config_text(CONF_DATABASE)),
                        .cache = cache_open() };
    metrics_enter();
    serve_until_told_to_end(&w);
    db_close(w.db);
    cache_close(w.cache);
    arena_destroy(w.arena);
    buf_free(&out);
    return 0;
}

/* How it was started: as one worker, as a pool of them, or to say something. */
enum way { WAY_WORKER, WAY_API, WAY_SIGNIN, WAY_CHECK, WAY_VERSION, WAY_NONE };

static enum way read_way(int argc, char **argv)
{
    static const char *const words[] = {
        [WAY_API] = "--pool=api", [WAY_SIGNIN] = "--pool=signin", [WAY_CHECK] = "--check", [WAY_VERSION] = "--version"
    };
    if (argc < 2) {
        return WAY_WORKER;
    }
    for (int i = WAY_API; argc == 2 && i <= WAY_VERSION; i++) {
        if (strcmp(argv[1], words[i]) == 0) {
            return (enum way)i;
        }
    }
    return WAY_NONE;
}

int main(int argc, char **argv)
{
    char err[512] = "";
    enum way way = read_way(argc, argv);
    if (way == WAY_VERSION) {
        printf("karara-api %s\n", KARARA_VERSION);
        return 0;
    }
    if (way == WAY_NONE) {
        fprintf(stderr,
                "karara-api %s: FastCGI workers; give it a listening socket on fd 0\n"
                "usage: karara-api                 one worker\n"
                "       karara-api --pool=api      keeps as many as api_workers says\n"
                "       karara-api --pool=signin   those for passwords: signin_workers, while there are sign-ins\n"
                "       karara-api --check         whether settings and keys are as they should be\n",
                KARARA_VERSION);
        return 2;
    }
    log_set_program("karara-api");
    if (!prepare(err, sizeof err)) {
        return refuse(err);
    }
    if (way == WAY_CHECK) {
        return 0;
    }
    if (!fcgi_has_socket()) {
        return refuse("fd 0 is not a listening socket: start it with spawn-fcgi or a socket unit");
    }
    const struct prefork_pool pool = pool_of(way == WAY_SIGNIN);
    metrics_open(pool.name);
    return way == WAY_WORKER || prefork_run(&pool, argv) ? serve() : 0;
}
