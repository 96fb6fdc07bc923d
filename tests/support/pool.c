/* pool.c - see pool.h. Requests and replies are structs of fixed size over a socket pair. */
#include "pool.h"

#include "api/dispatch.h"
#include "coverage.h"
#include "platform/cache.h"
#include "platform/db.h"
#include "process.h"
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

struct message {
    bool signed_in, has_body;
    struct api_person who;
    char method[16];
    char path[512];
    char body[1024];
};

static struct {
    pid_t pid;
    int fd;
} workers[POOL_MAX];

static int worker_count;

static void serve(int fd)
{
    struct message m;
    struct worker *w = api_worker();
    cache_close(w->cache);
    w->cache = cache_open();
    while (recv(fd, &m, sizeof m, 0) == (ssize_t)sizeof m) {
        struct api_reply r = api_send(m.signed_in ? &m.who : NULL, m.method, m.path, m.has_body ? m.body : NULL, NULL);
        struct pool_reply reply = { .status = r.status, .round_trips = db_counters(w->db).round_trips };
        snprintf(reply.code, sizeof reply.code, "%s", api_error(&r));
        if (send(fd, &reply, sizeof reply, 0) != (ssize_t)sizeof reply) {
            break;
        }
    }
    coverage_queries();
    db_close(w->db);
    _exit(0);
}

void pool_start(int n)
{
    db_reconnect(api_worker()->db); /* no child may share it */
    fflush(NULL);
    for (worker_count = 0; worker_count < n; worker_count++) {
        int pair[2];
        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
            process_die("socketpair");
        }
        pid_t pid = fork();
        if (pid == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            for (int i = 0; i < worker_count; i++) {
                close(workers[i].fd);
            }
            close(pair[0]);
            serve(pair[1]);
        }
        close(pair[1]);
        workers[worker_count].pid = pid;
        workers[worker_count].fd = pair[0];
    }
}

void pool_stop(void)
{
    for (int i = 0; i < worker_count; i++) {
        close(workers[i].fd);
        waitpid(workers[i].pid, NULL, 0);
    }
    worker_count = 0;
}

struct pool_reply pool_ask(int worker, const struct api_person *who, const char *method, const char *path, const char *body)
{
    struct message m = { .signed_in = who != NULL, .has_body = body != NULL };
    struct pool_reply reply;
    if (who != NULL) {
        m.who = *who;
    }
    snprintf(m.method, sizeof m.method, "%s", method);
    snprintf(m.path, sizeof m.path, "%s", path);
    snprintf(m.body, sizeof m.body, "%s", body != NULL ? body : "");
    int fd = workers[worker].fd;
    if (send(fd, &m, sizeof m, 0) != (ssize_t)sizeof m || recv(fd, &reply, sizeof reply, 0) != (ssize_t)sizeof reply) {
        process_die("worker %d of the pool has ended", worker);
    }
    return reply;
}
