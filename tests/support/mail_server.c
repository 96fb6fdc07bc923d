/* mail_server.c - see mail_server.h. */
#include "mail_server.h"

#include "api.h"
#include "core/config.h"
#include "pg.h"
#include "process.h"
#include "setting.h"
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

enum { ARGUMENTS = 16 };

static pid_t server;

static const char *file(const char *name)
{
    static char path[512];
    snprintf(path, sizeof path, "%s/mail%s%s", pg_folder(), *name != 0 ? "/" : "", name);
    return path;
}

const char *mail_server_folder(void)
{
    static char path[512];
    snprintf(path, sizeof path, "%s", file(""));
    return path;
}

const char *mail_server_certificate(void)
{
    static char path[512];
    snprintf(path, sizeof path, "%s", file("cert.pem"));
    return path;
}

void mail_server_again(void)
{
    const char *port = strrchr(config_text(CONF_MAIL_SERVER), ':');
    assert_non_null(port);
    mail_server_start((const char *const[]){ "--port", api_f("%s", port + 1), NULL });
}

bool mail_server_runs(void)
{
    return server != 0;
}

static void make_certificate(void)
{
    const char *key = api_f("%s", file("key.pem")), *cert = mail_server_certificate();
    const char *const argv[] = { "openssl",
                                 "req",
                                 "-x509",
                                 "-newkey",
                                 "ec",
                                 "-pkeyopt",
                                 "ec_paramgen_curve:P-256",
                                 "-nodes",
                                 "-days",
                                 "30",
                                 "-keyout",
                                 key,
                                 "-out",
                                 cert,
                                 "-subj",
                                 "/CN=localhost",
                                 "-addext",
                                 "subjectAltName=DNS:localhost",
                                 NULL };
    if (access(cert, R_OK) != 0) {
        assert_int_equal(process_run(&(struct process){ .argv = argv, .log = api_f("%s", file("openssl.log")) }), 0);
    }
}

/* Whether it has written its port. */
static bool listens(pid_t pid, void *ret_port)
{
    (void)pid;
    FILE *f = fopen(file("port"), "r");
    bool has = f != NULL && fscanf(f, "%d", (int *)ret_port) == 1;
    if (f != NULL) {
        fclose(f);
    }
    return has;
}

void mail_server_start(const char *const *more)
{
    static const char script[] = KARARA_APP_DIR "/../tests/support/mail-server.mjs";
    int port = 0;
    process_need(KARARA_APP_DIR "/../nginx/www/node_modules/smtp-server", "npm ci in nginx/www brings it");
    folder_make(file(""), false);
    make_certificate();
    unlink(file("port"));
    unlink(file("go"));
    const char *argv[ARGUMENTS] = {
        "node", script, mail_server_folder(), "--cert", mail_server_certificate(), "--key", api_f("%s", file("key.pem"))
    };
    int n = 7;
    for (; more != NULL && *more != NULL && n + 1 < ARGUMENTS; more++) {
        argv[n++] = *more;
    }
    const struct process program = { .argv = argv, .log = api_f("%s", file("log")), .dies_with_us = SIGKILL };
    server = process_start_ready(&program, listens, &port);
    setting(CONF_MAIL_SERVER, api_f("smtp://localhost:%d", port));
}

void mail_server_stop(void)
{
    if (server != 0) {
        process_end(server, SIGTERM, 10);
    }
    server = 0;
}

void mail_server_forget(void)
{
    unlink(file("mails"));
    unlink(file("recipients"));
}

/* Calls with each whole line of a file. */
static void each_line(const char *name, void (*take)(const char *line, void *context), void *context)
{
    char *line = NULL;
    size_t room = 0;
    FILE *f = fopen(file(name), "r");
    while (f != NULL && getline(&line, &room, f) > 0) {
        char *end = strchr(line, '\n');
        if (end != NULL) {
            *end = 0;
            take(line, context);
        }
    }
    if (f != NULL) {
        fclose(f);
    }
    free(line);
}

struct search {
    const char *to;
    int count;
    json_t *last;
};

static void find(const char *line, void *context)
{
    struct search *s = context;
    json_t *mail = json_loads(line, 0, NULL);
    assert_non_null(mail);
    if (*s->to != 0 && strcmp(json_string_value(json_object_get(mail, "to")), s->to) != 0) {
        json_decref(mail);
        return;
    }
    json_decref(s->last);
    s->last = mail;
    s->count++;
}

static struct search search(const char *to)
{
    struct search s = { .to = to };
    each_line("mails", find, &s);
    return s;
}

int mail_server_count(const char *to)
{
    struct search s = search(to);
    json_decref(s.last);
    return s.count;
}

json_t *mail_server_last(const char *to)
{
    return search(to).last;
}

static void hear(const char *line, void *context)
{
    struct search *s = context;
    s->count += strcmp(line, s->to) == 0;
}

int mail_server_recipients(const char *to)
{
    struct search s = { .to = to };
    each_line("recipients", hear, &s);
    return s.count;
}
