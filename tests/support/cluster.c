/* cluster.c - see cluster.h. KARARA_PG_BINDIR and KARARA_BIN_DIR come from CMake. */
#include "cluster.h"

#include "process.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { STOP_SECONDS = 20 };

#define PATH_SIZE 128

static const char *below(const struct cluster *c, const char *name, char path[PATH_SIZE])
{
    snprintf(path, PATH_SIZE, "%s/%s", c->folder, name);
    return path;
}

/* The pid in postmaster.pid when it says that connections are taken, else 0. */
static pid_t ready_pid(const struct cluster *c)
{
    char path[PATH_SIZE], text[1024] = "";
    FILE *f = fopen(below(c, "data/postmaster.pid", path), "re");
    if (f == NULL) {
        return 0;
    }
    size_t n = fread(text, 1, sizeof text - 1, f);
    fclose(f);
    text[n] = 0;
    pid_t pid = (pid_t)atol(text);
    return strstr(text, "ready") != NULL && pid > 0 && kill(pid, 0) == 0 ? pid : 0;
}

static bool server_ready(pid_t pid, void *context)
{
    return ready_pid(context) == pid;
}

static void run(const struct cluster *c, const char *const *argv, bool as_service)
{
    char log[PATH_SIZE];
    int status = process_run(
        &(struct process){ .argv = argv, .folder = c->folder, .log = below(c, "log", log), .as_service = as_service });
    if (status != 0) {
        process_show(log);
        process_die("%s ended with status %d", argv[0], status);
    }
}

static void make_data(const struct cluster *c)
{
    char data[PATH_SIZE];
    const char *const argv[] = { KARARA_PG_BINDIR "/initdb",
                                 "--pgdata",
                                 below(c, "data", data),
                                 "--username=postgres",
                                 "--auth=trust",
                                 "--encoding=UTF8",
                                 "--locale=C.UTF-8",
                                 "--no-sync",
                                 "--no-instructions",
                                 NULL };
    run(c, argv, true);
}

static void start_server(struct cluster *c, bool shared)
{
    char data[PATH_SIZE], log[PATH_SIZE], sockets[PATH_SIZE + 32];
    snprintf(sockets, sizeof sockets, "unix_socket_directories=%s/sock", c->folder);
    /* What is lost in a crash of the machine is made again anyway. */
    const char *const argv[] = { KARARA_PG_BINDIR "/postgres",
                                 "-D",
                                 below(c, "data", data),
                                 "-c",
                                 "listen_addresses=",
                                 "-c",
                                 sockets,
                                 "-c",
                                 "fsync=off",
                                 "-c",
                                 "synchronous_commit=off",
                                 "-c",
                                 "full_page_writes=off",
                                 "-c",
                                 "max_connections=200",
                                 "-c",
                                 "shared_buffers=64MB",
                                 "-c",
                                 "max_wal_size=4GB",
                                 NULL };
    const struct process server = { .argv = argv,
                                    .folder = c->folder,
                                    .log = below(c, "log", log),
                                    .as_service = true,
                                    .dies_with_us = shared ? 0 : SIGQUIT,
                                    .detached = shared };
    c->pid = process_start_ready(&server, server_ready, c);
}

/* What a migrated installation holds, as kararactl makes it. */
static void make_template(const struct cluster *c)
{
    char admin[PATH_SIZE + 64], keys[PATH_SIZE], conf[PATH_SIZE];
    const char *const setup[] = { KARARA_BIN_DIR "/kararactl", "setup", NULL };
    const char *const migrate[] = { KARARA_BIN_DIR "/kararactl", "migrate", NULL };
    FILE *f = fopen(below(c, "karara.conf", conf), "we");
    if (f == NULL || fclose(f) != 0) {
        process_die("%s: %s", conf, strerror(errno));
    }
    snprintf(admin, sizeof admin, "host=%s/sock dbname=postgres user=postgres", c->folder);
    setenv("KARARA_CONFIG", conf, 1);
    setenv("KARARA_DATABASE_ADMIN", admin, 1);
    setenv("KARARA_DATABASE_NAME", CLUSTER_TEMPLATE, 1);
    setenv("KARARA_KEYS_DIR", below(c, "keys", keys), 1);
    run(c, setup, false);
    run(c, migrate, false);
}

void cluster_start(struct cluster *c, bool shared)
{
    char path[PATH_SIZE];
    *c = (struct cluster){ .folder = "/tmp/karara-test-XXXXXX" };
    if (mkdtemp(c->folder) == NULL) {
        process_die("%s: %s", c->folder, strerror(errno));
    }
    folder_make(c->folder, true);
    folder_make(below(c, "sock", path), true);
    make_data(c);
    start_server(c, shared);
    make_template(c);
}

void cluster_restart(struct cluster *c)
{
    process_end(c->pid, SIGQUIT, STOP_SECONDS);
    start_server(c, false);
}

void cluster_stop(struct cluster *c)
{
    if (c->pid > 0) {
        process_end(c->pid, SIGINT, STOP_SECONDS);
    }
    folder_remove(c->folder);
    c->pid = 0;
}

bool cluster_find(struct cluster *c, const char *where)
{
    FILE *f = fopen(where, "re");
    *c = (struct cluster){ .pid = 0 };
    if (f == NULL) {
        return false;
    }
    bool read = fgets(c->folder, sizeof c->folder, f) != NULL;
    fclose(f);
    c->folder[strcspn(c->folder, "\n")] = 0;
    if (!read || strncmp(c->folder, "/tmp/karara-test-", 17) != 0) {
        return false;
    }
    c->pid = ready_pid(c);
    return c->pid > 0;
}

void cluster_announce(const struct cluster *c, const char *where)
{
    char fresh[512];
    snprintf(fresh, sizeof fresh, "%s.%ld", where, (long)getpid());
    FILE *f = fopen(fresh, "we");
    if (f == NULL || fprintf(f, "%s\n", c->folder) < 0 || fclose(f) != 0 || rename(fresh, where) != 0) {
        process_die("%s: %s", where, strerror(errno));
    }
}
