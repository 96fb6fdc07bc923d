/* proxy.c - see proxy.h. */
#include "proxy.h"

#include "core/config.h"
#include "pg.h"
#include "process.h"
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { PAIRS = 256 };

/* Both ends of a connection; -1 when there is none. */
struct pair {
    int ends[2];
    bool cut;
};

static pid_t process;
static int control = -1; /* a byte asks for a cut, and four answer how many there were */
static char direct[512];

/* ---- the process ---- */

static struct pair pairs[PAIRS];

static int dial(const char *path)
{
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    snprintf(at.sun_path, sizeof at.sun_path, "%s", path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&at, sizeof at) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

/* One that the server refuses ends as it would without us. */
static void take(int listener, const char *server)
{
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    int other = fd >= 0 ? dial(server) : -1;
    for (int i = 0; other >= 0 && i < PAIRS; i++) {
        if (pairs[i].ends[0] < 0) {
            pairs[i] = (struct pair){ .ends = { fd, other } };
            return;
        }
    }
    if (fd >= 0) {
        close(fd);
    }
    if (other >= 0) {
        close(other);
    }
}

/* What came from one end goes to the other; the end of one is that of both. */
static void forward(struct pair *p, int from)
{
    char part[65536];
    ssize_t n = read(p->ends[from], part, sizeof part), sent = 0;
    while (n > 0 && sent < n) {
        ssize_t more = send(p->ends[1 - from], part + sent, (size_t)(n - sent), MSG_NOSIGNAL);
        n = more < 0 ? -1 : n;
        sent += more;
    }
    if (n <= 0) {
        close(p->ends[0]);
        close(p->ends[1]);
        p->ends[0] = p->ends[1] = -1;
    }
}

/* Nobody is told, and the descriptors stay open. */
static void cut(int to)
{
    char asked;
    uint32_t count = 0;
    if (read(to, &asked, 1) != 1) {
        _exit(0);
    }
    for (int i = 0; i < PAIRS; i++) {
        if (pairs[i].ends[0] >= 0 && !pairs[i].cut) {
            pairs[i].cut = true;
            count++;
        }
    }
    if (write(to, &count, sizeof count) != sizeof count) {
        _exit(1);
    }
}

static void serve(int listener, int to, const char *server)
{
    struct pollfd polled[2 + 2 * PAIRS];
    for (;;) {
        polled[0] = (struct pollfd){ .fd = listener, .events = POLLIN };
        polled[1] = (struct pollfd){ .fd = to, .events = POLLIN };
        for (int i = 0; i < 2 * PAIRS; i++) {
            const struct pair *p = &pairs[i / 2];
            polled[2 + i] = (struct pollfd){ .fd = p->cut ? -1 : p->ends[i % 2], .events = POLLIN };
        }
        if (poll(polled, 2 + 2 * PAIRS, -1) < 0 && errno != EINTR) {
            _exit(1);
        }
        for (int i = 0; i < 2 * PAIRS; i++) {
            struct pair *p = &pairs[i / 2];
            if (polled[2 + i].revents != 0 && p->ends[i % 2] >= 0 && !p->cut) {
                forward(p, i % 2);
            }
        }
        if (polled[1].revents != 0) {
            cut(to);
        }
        if (polled[0].revents != 0) {
            take(listener, server);
        }
    }
}

/* ---- for tests ---- */

static int listen_at(const char *path)
{
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    snprintf(at.sun_path, sizeof at.sun_path, "%s", path);
    unlink(path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0 && bind(fd, (const struct sockaddr *)&at, sizeof at) == 0 && listen(fd, 64) == 0);
    return fd;
}

/* The value of a connection string's word, "host=". */
static void word_of(const char *conninfo, const char *word, char *ret, size_t size)
{
    const char *at = strstr(conninfo, word);
    assert_non_null(at);
    at += strlen(word);
    snprintf(ret, size, "%.*s", (int)strcspn(at, " "), at);
}

static void lead_to(const char *conninfo)
{
    config_set(CONF_DATABASE_WORKER, conninfo);
    setenv("KARARA_DATABASE_WORKER", conninfo, 1);
}

void proxy_start(void)
{
    char host[200], server[256], ours[256], folder[200], through[600];
    int ends[2];
    snprintf(direct, sizeof direct, "%s", pg_conninfo("karara_worker"));
    word_of(direct, "host=", host, sizeof host);
    snprintf(folder, sizeof folder, "%s/proxy", pg_folder());
    folder_make(folder, false);
    snprintf(server, sizeof server, "%s/.s.PGSQL.5432", host);
    snprintf(ours, sizeof ours, "%s/.s.PGSQL.5432", folder);
    int listener = listen_at(ours);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    fflush(NULL);
    process = fork();
    assert_true(process >= 0);
    if (process == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        close(ends[0]);
        for (int i = 0; i < PAIRS; i++) {
            pairs[i].ends[0] = pairs[i].ends[1] = -1;
        }
        serve(listener, ends[1], server);
    }
    close(listener);
    close(ends[1]);
    control = ends[0];
    const char *rest = strchr(strstr(direct, "host="), ' ');
    snprintf(through, sizeof through, "host=%s%s", folder, rest != NULL ? rest : "");
    lead_to(through);
}

int proxy_cut(void)
{
    uint32_t count = 0;
    assert_int_equal(write(control, "c", 1), 1);
    assert_int_equal(read(control, &count, sizeof count), sizeof count);
    return (int)count;
}

void proxy_pass_by(void)
{
    lead_to(direct);
}

void proxy_stop(void)
{
    close(control);
    waitpid(process, NULL, 0);
    lead_to(direct);
}
