/* outside.c - see outside.h. */
#include "outside.h"

#include "api.h"
#include "pg.h"
#include "platform/https.h"
#include "process.h"
#include "setting.h"
#include "workers.h"
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const char *folder;
static json_t *where;

static const char *file(const char *name)
{
    return api_f("%s/%s", folder, name);
}

static void make_certificate(void)
{
    const char *const argv[] = {
        "openssl", "req",           "-x509", "-newkey",        "ec",          "-pkeyopt", "ec_paramgen_curve:prime256v1",
        "-nodes",  "-days",         "2",     "-subj",          "/CN=outside", "-addext",  "subjectAltName=IP:127.0.0.1",
        "-keyout", file("key.pem"), "-out",  file("cert.pem"), NULL
    };
    if (process_run(&(struct process){ .argv = argv, .log = file("openssl.log") }) != 0) {
        process_die("openssl makes no certificate: see %s", file("openssl.log"));
    }
}

static void release(void)
{
    json_decref(where);
}

/* Whether it has said where it is. */
static bool listens(pid_t pid, void *context)
{
    (void)pid;
    (void)context;
    where = json_load_file(file("where.json"), 0, NULL);
    return where != NULL;
}

void outside_begin(void)
{
    process_need(KARARA_APP_DIR "/../nginx/www/node_modules/http_ece", "npm ci in nginx/www brings it");
    folder = api_f("%s/outside", pg_folder());
    folder_make(folder, false);
    make_certificate();
    const char *const argv[] = { "node", KARARA_APP_DIR "/../tests/support/outside.mjs", folder, NULL };
    const struct process program = { .argv = argv, .log = file("outside.log"), .dies_with_us = SIGKILL };
    process_start_ready(&program, listens, NULL);
    atexit(release);
    setting(CONF_HTTPS_CA_FILE, file("cert.pem"));
    setting(CONF_PUSH_ALLOW, "127.0.0.0/8");
    setting(CONF_HTTPS_TIMEOUT, "6");
}

int outside_end(void **state)
{
    https_close();
    return workers_end(state);
}

const char *outside_url(const char *path)
{
    return api_f("https://127.0.0.1:%d/%s", (int)json_integer_value(json_object_get(where, "port")), path);
}

const char *outside_p256dh(void)
{
    return json_string_value(json_object_get(where, "p256dh"));
}

const char *outside_auth(void)
{
    return json_string_value(json_object_get(where, "auth"));
}

static json_t *look(const char *path, int *ret_count)
{
    char line[65536];
    json_t *newest = NULL;
    *ret_count = 0;
    FILE *f = fopen(file("seen.jsonl"), "r");
    while (f != NULL && fgets(line, sizeof line, f) != NULL) {
        json_t *seen = json_loads(line, 0, NULL);
        const char *to = json_string_value(json_object_get(seen, "path"));
        if (to != NULL && strncmp(to, path, strlen(path)) == 0) {
            json_decref(newest);
            newest = json_incref(seen);
            ++*ret_count;
        }
        json_decref(seen);
    }
    if (f != NULL) {
        fclose(f);
    }
    return newest;
}

int outside_count(const char *path)
{
    int count;
    json_decref(look(path, &count));
    return count;
}

json_t *outside_seen(const char *path)
{
    static json_t *kept[8];
    static unsigned next;
    int count;
    json_t **at = &kept[next++ % 8];
    json_decref(*at);
    *at = look(path, &count);
    return *at;
}

void outside_expect(int count, const char *path)
{
    for (int i = 0; i < 3000 && outside_count(path) < count; i++) {
        usleep(20000);
    }
    assert_int_equal(outside_count(path), count);
}
