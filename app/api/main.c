/* main.c - karara-api: a FastCGI worker. One process, one request at a time, one database connection. */
#include "api/dispatch.h"
#include "api/registry.h"
#include "api/router.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/config.h"
#include "core/log.h"
#include "http/fcgi.h"
#include "platform/cache.h"
#include "platform/db.h"
#include "platform/jwt.h"
#include "platform/seal.h"
#include "platform/webpush.h"
#include <sodium.h>
#include <stdio.h>
#include <string.h>

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

/* The answer to HEAD says how long that to GET would be (RFC 9110 §8.6). */
static void hold_back_body(struct worker *w, struct http_reply *reply)
{
    if (reply->status != 204 && reply->status != 304) {
        http_reply_header(reply, "Content-Length", arena_printf(w->arena, "%zu", reply->body_size));
    }
    reply->body_size = 0;
}

static void serve_until_told_to_end(struct worker *w)
{
    struct http_request request;
    struct http_reply reply;
    while (fcgi_accept(w->arena, (size_t)config_int(CONF_BODY_LIMIT), &request)) {
        dispatch_serve(w, &request, &reply);
        if (request.method == HTTP_HEAD) {
            hold_back_body(w, &reply);
        }
        fcgi_reply(&reply);
        arena_reset(w->arena);
    }
}

int main(int argc, char **argv)
{
    char err[512] = "";
    if (argc > 1) {
        bool version = strcmp(argv[1], "--version") == 0;
        fprintf(version ? stdout : stderr,
                version ? "karara-api %s\n" : "karara-api %s: a FastCGI worker; give it a listening socket on fd 0\n",
                KARARA_VERSION);
        return version ? 0 : 2;
    }
    log_set_program("karara-api");
    if (!prepare(err, sizeof err)) {
        LOG(LOG_ERROR, "not_started", LOG_STR("message", err));
        return 1;
    }
    if (!fcgi_init()) {
        LOG(LOG_ERROR, "not_started",
            LOG_STR("message", "fd 0 is not a listening socket: start it with spawn-fcgi or a socket unit"));
        return 1;
    }
    struct buf out = { 0 };
    struct worker w = { .arena = arena_create((size_t)config_int(CONF_REQUEST_MEMORY)),
                        .out = &out,
                        .db = db_open(config_text(CONF_DATABASE)),
                        .cache = cache_open() };
    serve_until_told_to_end(&w);
    db_close(w.db);
    cache_close(w.cache);
    arena_destroy(w.arena);
    buf_free(&out);
    return 0;
}
