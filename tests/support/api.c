/* api.c - the dispatcher, driven by tests. */
#include "api.h"

#include "api/dispatch.h"
#include "api/registry.h"
#include "api/router.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/clock.h"
#include "core/config.h"
#include "core/log.h"
#include "coverage.h"
#include "pg.h"
#include "platform/cache.h"
#include "platform/db.h"
#include "platform/jwt.h"
#include "platform/seal.h"
#include "platform/webpush.h"
#include "reply_check.h"
#include "worker/relay.h"
#include <ctype.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/wait.h>
#include <unistd.h>

static struct worker worker;
static struct buf out;
static struct arena *kept; /* replies and strings of the tests */

static void die(const char *what)
{
    fprintf(stderr, "%s\n", what);
    exit(99);
}

static void observe(const struct http_request *request, const struct http_reply *reply, const void *row)
{
    char err[256] = "";
    coverage_route(row);
    if (!reply_check(request, reply, row, err, sizeof err)) {
        fprintf(stderr, "reply of %s %s (%d) breaks its contract: %s\n%.*s\n", http_method_name(request->method), request->path,
                reply->status, err, (int)(reply->body_size < 2000 ? reply->body_size : 2000), reply->body);
        abort();
    }
}

static void open_worker(void)
{
    worker = (struct worker){ .arena = arena_create((size_t)config_int(CONF_REQUEST_MEMORY)),
                              .out = &out,
                              .db = db_open(config_text(CONF_DATABASE)),
                              .cache = cache_open() };
}

static void close_worker(void)
{
    db_close(worker.db);
    cache_close(worker.cache);
    arena_destroy(worker.arena);
    buf_free(&out);
    coverage_queries();
}

static void end(void)
{
    close_worker();
    arena_destroy(kept);
}

void api_begin(void)
{
    char err[512];
    if (sodium_init() < 0) {
        die("libsodium");
    }
    pg_begin();
    log_set_level(LOG_WARN);
    const char *keys = config_text(CONF_KEYS_DIR);
    if (!registry_check(err, sizeof err) || !jwt_load_keys(keys, err, sizeof err) || !seal_load_keys(keys, err, sizeof err) ||
        !webpush_load_keys(keys, err, sizeof err)) {
        die(err);
    }
    router_build();
    kept = arena_create((size_t)1 << 30);
    open_worker();
    dispatch_observe(observe);
    atexit(end);
}

struct worker *api_worker(void)
{
    return &worker;
}

const char *api_f(const char *fmt, ...)
{
    char text[8192];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    return arena_strdup(kept, text);
}

/* ---- people and places ---- */

static void mint(char out_text[UUID_TEXT_SIZE])
{
    struct uuid u = uuid_v7();
    uuid_format(&u, out_text);
}

/* A fresh token whose current brand is `brand` (NULL: none). */
static void sign(struct api_person *p, const char *brand)
{
    int64_t now = clock_now() / 1000000;
    struct jwt_claims c = { .email = p->email, .issued_at = now, .expires_at = now + 900, .has_brand = brand != NULL };
    (void)uuid_parse(p->id, &c.user_id);
    (void)uuid_parse(p->session_id, &c.session_id);
    if (brand != NULL) {
        (void)uuid_parse(brand, &c.current_brand);
    }
    char *token = jwt_sign(kept, &c);
    if (token == NULL || strlen(token) >= sizeof p->token) {
        die("no token");
    }
    strcpy(p->token, token);
}

struct api_person api_person(const char *name)
{
    struct api_person p = { 0 };
    char capital[64];
    snprintf(capital, sizeof capital, "%s", name);
    capital[0] = (char)toupper((unsigned char)capital[0]);
    mint(p.id);
    mint(p.session_id);
    snprintf(p.email, sizeof p.email, "%s@test.example", name);
    pg_exec("insert into karara.users (id, email, first_name, last_name, status, wip_limit) values ('%s', '%s', '%s', "
            "'Tester', 'active', 100);"
            "insert into karara.sessions (id, user_id, token_hash, expires_at) values ('%s', '%s', sha256('%s'::bytea), now() "
            "+ interval '1 day')",
            p.id, p.email, capital, p.session_id, p.id, p.session_id);
    sign(&p, NULL);
    return p;
}

struct api_brand api_brand(const char *slug, struct api_person *owner)
{
    struct api_brand b = { 0 };
    mint(b.id);
    mint(b.team_id);
    mint(b.board_id);
    mint(b.todo_id);
    mint(b.progress_id);
    mint(b.done_id);
    snprintf(b.slug, sizeof b.slug, "%s", slug);
    pg_exec("insert into karara.brands (id, name, slug, created_by) values ('%s', 'Brand %s', '%s', '%s')", b.id, slug, slug,
            owner->id);
    pg_exec("insert into karara.brand_members (brand_id, user_id, role, joined_at) values ('%s', '%s', 'owner', now())", b.id,
            owner->id);
    pg_exec("insert into tenant_shared.teams (id, brand_id, name, owner_id) values ('%s', '%s', 'General', '%s')", b.team_id,
            b.id, owner->id);
    pg_exec("insert into tenant_shared.team_members (brand_id, team_id, user_id, role) values ('%s', '%s', '%s', 'manager')",
            b.id, b.team_id, owner->id);
    pg_exec("insert into tenant_shared.boards (id, brand_id, team_id, name, key, position) values ('%s', '%s', '%s', "
            "'Website', 'WEB', 'a0')",
            b.board_id, b.id, b.team_id);
    pg_exec("insert into tenant_shared.lists (id, brand_id, board_id, name, position, status) values "
            "('%s', '%s', '%s', 'To do', 'a0', 'todo'), ('%s', '%s', '%s', 'In progress', 'a1', 'in_progress'), "
            "('%s', '%s', '%s', 'Done', 'a2', 'completed')",
            b.todo_id, b.id, b.board_id, b.progress_id, b.id, b.board_id, b.done_id, b.id, b.board_id);
    sign(owner, b.id);
    return b;
}

void api_join(const struct api_brand *brand, struct api_person *person, const char *role)
{
    pg_exec("insert into karara.brand_members (brand_id, user_id, role, joined_at) values ('%s', '%s', '%s', now())", brand->id,
            person->id, role);
    if (strcmp(role, "client") != 0) {
        pg_exec("insert into tenant_shared.team_members (brand_id, team_id, user_id, role) values ('%s', '%s', '%s', 'member')",
                brand->id, brand->team_id, person->id);
    }
    sign(person, brand->id);
}

void api_acquaint(const struct api_person *who)
{
    static int serial;
    pg_exec(
        "with b as (insert into karara.brands (id, name, slug, created_by) values (gen_random_uuid(), 'Acquainted %1$d-%2$d', "
        "'acquainted-%1$d-%2$d', '%3$s') returning id) insert into karara.brand_members (brand_id, user_id, role, joined_at) "
        "select b.id, u.id, case when u.id = '%3$s' then 'owner' else 'member' end, now() from b, karara.users u "
        "where u.deleted_at is null",
        (int)getpid(), ++serial, who->id);
}

struct uuid api_task(const struct api_brand *brand, const struct api_person *creator, const char *title)
{
    struct uuid id = uuid_v7();
    char text[UUID_TEXT_SIZE];
    uuid_format(&id, text);
    pg_exec("with n as (update tenant_shared.boards set last_task_number = last_task_number + 1, task_count = task_count + 1 "
            "where id = '%s' "
            "returning last_task_number), l as (update tenant_shared.lists set task_count = task_count + 1 where id = '%s') "
            "insert into tenant_shared.tasks (id, brand_id, board_id, list_id, number, title, position, created_by) "
            "select '%s', '%s', '%s', '%s', n.last_task_number, '%s', karara.rank_at(n.last_task_number), '%s' from n",
            brand->board_id, brand->todo_id, text, brand->id, brand->board_id, brand->todo_id, title, creator->id);
    return id;
}

/* ---- requests ---- */

static struct http_header *copy_headers(const struct api_person *who, const char *const *pairs, int *ret_count)
{
    int n = 0;
    struct http_header *h = arena_zalloc(kept, 32 * sizeof *h);
    if (who != NULL) {
        h[n++] = (struct http_header){ "AUTHORIZATION", api_f("Bearer %s", who->token) };
    }
    for (; pairs != NULL && pairs[0] != NULL; pairs += 2) {
        char *name = arena_strdup(kept, pairs[0]);
        for (char *c = name; *c != 0; c++) {
            *c = *c == '-' ? '_' : (char)toupper((unsigned char)*c);
        }
        h[n++] = (struct http_header){ name, pairs[1] };
    }
    *ret_count = n;
    return h;
}

static struct api_reply keep_reply(const struct http_reply *reply)
{
    struct api_reply r = { .status = reply->status, .body_size = reply->body_size };
    r.body = arena_strndup(kept, reply->body_size > 0 ? reply->body : "", reply->body_size);
    r.header_count = reply->header_count;
    for (int i = 0; i < reply->header_count; i++) {
        r.headers[i][0] = arena_strdup(kept, reply->header_names[i]);
        r.headers[i][1] = arena_strdup(kept, reply->header_values[i]);
    }
    r.json = json_loadb(r.body, r.body_size, 0, NULL);
    arena_adopt(kept, r.json, (void (*)(void *))json_decref);
    return r;
}

static struct api_reply serve(struct http_request *request, const char *path, const void *body, size_t size)
{
    static int serial;
    struct http_reply reply;
    const char *question = strchr(path, '?');
    request->path = question != NULL ? arena_strndup(kept, path, (size_t)(question - path)) : arena_strdup(kept, path);
    request->query = question != NULL ? arena_strdup(kept, question + 1) : "";
    request->remote_addr = "127.0.0.1";
    request->host = http_header(request, "Host") != NULL ? http_header(request, "Host") : "localhost";
    request->request_id = api_f("test-%d-%d", (int)getpid(), ++serial);
    request->body_too_large = size > (size_t)config_int(CONF_BODY_LIMIT);
    request->body =
        arena_strndup(kept, body != NULL && !request->body_too_large ? body : "", request->body_too_large ? 0 : size);
    request->body_size = request->body_too_large ? 0 : size;
    request->content_length = (long)size;
    dispatch_serve(&worker, request, &reply);
    struct api_reply r = keep_reply(&reply);
    while (reply.more != NULL && reply.more(&reply) == HTTP_PART) {
        r.body = arena_printf(kept, "%s%.*s", r.body, (int)reply.body_size, reply.body);
        r.body_size += reply.body_size;
    }
    arena_reset(worker.arena);
    if (db_in_transaction(worker.db)) {
        die("a transaction was left open");
    }
    return r;
}

/* "data:image/png;base64,…" (RFC 2397): these bytes, of that type. */
static struct api_reply send_data_url(struct http_request *request, const struct api_person *who, const char *path,
                                      const char *url, const char *const *headers)
{
    const char *comma = strchr(url, ',');
    size_t room = strlen(url), n = 0;
    unsigned char *bytes = arena_alloc(kept, room);
    if (comma == NULL ||
        sodium_base642bin(bytes, room, comma + 1, strlen(comma + 1), NULL, &n, NULL, sodium_base64_VARIANT_ORIGINAL) != 0) {
        die("a data URL that isn't in base64");
    }
    request->content_type = arena_strndup(kept, url + 5, strcspn(url + 5, ";"));
    request->headers = copy_headers(who, headers, &request->header_count);
    return serve(request, path, bytes, n);
}

struct api_reply api_send(const struct api_person *who, const char *method, const char *path, const char *body,
                          const char *const *headers)
{
    struct http_request request = { .method = http_method_parse(method),
                                    .content_type = body != NULL ? "application/json" : "" };
    if (body != NULL && strncmp(body, "data:", 5) == 0) {
        return send_data_url(&request, who, path, body, headers);
    }
    request.headers = copy_headers(who, headers, &request.header_count);
    return serve(&request, path, body, body != NULL ? strlen(body) : 0);
}

struct api_reply api_send_bytes(const struct api_person *who, const char *method, const char *path, const void *body,
                                size_t size, const char *content_type)
{
    struct http_request request = { .method = http_method_parse(method), .content_type = content_type };
    request.headers = copy_headers(who, NULL, &request.header_count);
    return serve(&request, path, body, size);
}

struct api_reply api_get(const struct api_person *who, const char *path)
{
    return api_send(who, "GET", path, NULL, NULL);
}

struct api_reply api_post(const struct api_person *who, const char *path, const char *body)
{
    return api_send(who, "POST", path, body, NULL);
}

struct api_reply api_patch(const struct api_person *who, const char *path, const char *body)
{
    return api_send(who, "PATCH", path, body, NULL);
}

struct api_reply api_delete(const struct api_person *who, const char *path)
{
    return api_send(who, "DELETE", path, NULL, NULL);
}

/* ---- replies ---- */

const char *api_header(const struct api_reply *r, const char *name)
{
    for (int i = 0; i < r->header_count; i++) {
        if (strcasecmp(r->headers[i][0], name) == 0) {
            return r->headers[i][1];
        }
    }
    return NULL;
}

json_t *api_json(const struct api_reply *r, const char *path)
{
    char copy[256];
    char *rest = NULL;
    json_t *at = r->json;
    snprintf(copy, sizeof copy, "%s", path);
    for (char *part = strtok_r(copy, ".", &rest); part != NULL && at != NULL; part = strtok_r(NULL, ".", &rest)) {
        at = json_is_array(at) ? json_array_get(at, (size_t)atoi(part)) : json_object_get(at, part);
    }
    return at;
}

const char *api_text(const struct api_reply *r, const char *path)
{
    const char *s = json_string_value(api_json(r, path));
    return s != NULL ? s : "";
}

long long api_number(const struct api_reply *r, const char *path)
{
    const json_t *v = api_json(r, path);
    return json_is_integer(v) ? json_integer_value(v) : -1;
}

const char *api_error(const struct api_reply *r)
{
    return api_text(r, "error.code");
}

/* ---- at once ---- */

static void run_child(int index, int start_fd, int (*run)(int, void *), void *arg)
{
    char go;
    db_reconnect(worker.db); /* the parent closed its own before forking */
    cache_close(worker.cache);
    worker.cache = cache_open();
    if (read(start_fd, &go, 1) < 0) {
        _exit(255);
    }
    int result = run(index, arg);
    coverage_queries();
    db_close(worker.db);
    _exit(result);
}

void api_at_once(int n, int (*run)(int index, void *arg), void *arg, int *ret_results)
{
    int start[2];
    pid_t *pids = arena_zalloc(kept, (size_t)n * sizeof *pids);
    db_reconnect(worker.db);
    fflush(NULL);
    if (pipe(start) != 0) {
        die("pipe");
    }
    for (int i = 0; i < n; i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            close(start[1]);
            run_child(i, start[0], run, arg);
        }
        if (pids[i] < 0) {
            die("fork");
        }
    }
    close(start[0]);
    close(start[1]); /* end of file lets them all go */
    for (int i = 0; i < n; i++) {
        int status = 0;
        waitpid(pids[i], &status, 0);
        ret_results[i] = WIFEXITED(status) ? WEXITSTATUS(status) : 255;
    }
}

void relay_all(void)
{
    static const struct relay_follower nobody[] = { { NULL, JOB_NOOP, NULL } };
    struct db *d = db_open(pg_conninfo("karara_worker"));
    struct relay *r = relay_open(d, nobody);
    enum relay_state s = RELAY_MORE;
    for (int i = 0; i < 1000 && s != RELAY_IDLE; i++) {
        s = relay_step(r);
        usleep(s == RELAY_MORE || s == RELAY_IDLE ? 0 : 21000);
    }
    relay_close(r);
    db_close(d);
    if (s != RELAY_IDLE) {
        fputs("api: the relay doesn't come to an end\n", stderr);
        abort();
    }
}
