/* prefork.c - see prefork.h. */
#include "api/prefork.h"

#include "core/clock.h"
#include "core/log.h"
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LISTENER = 0, LOOK = 1000, FIRST_PAUSE = 100000, LONGEST_PAUSE = 1000000, SETTLED = 2000000 }; /* fd; ms; µs */

static struct child {
    pid_t pid;          /* 0: nobody */
    int64_t started;    /* clock_monotonic */
    int64_t not_before; /* no new one earlier */
    int64_t pause;
} children[PREFORK_MOST];

static const struct prefork_pool *pool;
static _Atomic int64_t *served; /* clock_monotonic of the last request, whoever served it */
static bool up;                 /* workers are to run */
static volatile sig_atomic_t told_to_end, told_to_renew;
static const int signals[] = { SIGTERM, SIGINT, SIGUSR1, SIGHUP, SIGCHLD };

static void on_signal(int signal)
{
    if (signal == SIGHUP) {
        told_to_renew = 1;
    } else if (signal != SIGCHLD) {
        told_to_end = 1;
    }
}

/* They are blocked but while the master waits; also across a start anew, so that none is lost on the way. */
static void take_signals(void (*handler)(int), int how)
{
    sigset_t set;
    const struct sigaction action = { .sa_handler = handler };
    sigemptyset(&set);
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        sigaction(signals[i], &action, NULL);
        sigaddset(&set, signals[i]);
    }
    sigprocmask(how, &set, NULL);
}

/* ---- workers ---- */

static void become_worker(pid_t master)
{
    take_signals(SIG_DFL, SIG_UNBLOCK);
    if (prctl(PR_SET_PDEATHSIG, SIGTERM) != 0 || getppid() != master) {
        _exit(1);
    }
}

/* True in the worker. */
static bool start(struct child *c)
{
    pid_t master = getpid();
    int64_t now = clock_monotonic();
    pid_t pid = fork();
    if (pid == 0) {
        become_worker(master);
        return true;
    }
    if (pid < 0) {
        LOG(LOG_ERROR, "worker_not_started", LOG_STR("pool", pool->name), LOG_STR("message", strerror(errno)));
        c->not_before = now + LONGEST_PAUSE;
        return false;
    }
    c->pid = pid;
    c->started = now;
    return false;
}

static bool start_missing(void)
{
    int64_t now = clock_monotonic();
    for (int i = 0; i < pool->workers; i++) {
        if (children[i].pid == 0 && now >= children[i].not_before && start(&children[i])) {
            return true;
        }
    }
    return false;
}

static void note_end(struct child *c, int status)
{
    int64_t now = clock_monotonic();
    bool well = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    if (!well) {
        LOG(LOG_WARN, "worker_ended", LOG_STR("pool", pool->name), LOG_INT("process", c->pid),
            LOG_INT(WIFSIGNALED(status) ? "signal" : "status", WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status)));
    }
    bool settled = now - c->started > SETTLED;
    c->pause = settled || c->pause == 0 ? FIRST_PAUSE : c->pause * 2;
    c->pause = c->pause > LONGEST_PAUSE ? LONGEST_PAUSE : c->pause;
    c->not_before = settled || well ? now : now + c->pause;
    c->pid = 0;
}

/* False when there is no process left; those of an earlier life of this one count. */
static bool reap(void)
{
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        for (int i = 0; i < PREFORK_MOST; i++) {
            if (children[i].pid == pid) {
                note_end(&children[i], status);
            }
        }
    }
    return pid == 0;
}

static int alive(void)
{
    int n = 0;
    for (int i = 0; i < PREFORK_MOST; i++) {
        n += children[i].pid != 0;
    }
    return n;
}

static void end_workers(void)
{
    for (int i = 0; i < PREFORK_MOST; i++) {
        if (children[i].pid != 0) {
            kill(children[i].pid, SIGTERM);
        }
    }
}

/* ---- waking and resting ---- */

static bool request_waits(void)
{
    struct pollfd p = { .fd = LISTENER, .events = POLLIN };
    return poll(&p, 1, 0) > 0;
}

/* Only when all have ended they begin again, so that no request is taken by one that is about to go; it waits in the queue. */
static void wake_or_rest(void)
{
    int64_t now = clock_monotonic();
    if (pool->rest == 0) {
        up = true;
    } else if (!up && alive() == 0 && request_waits()) {
        atomic_store(served, now);
        up = true;
    } else if (up && now - atomic_load(served) > INT64_C(1000000) * pool->rest) {
        up = false;
        end_workers();
    }
}

/* For a request at fd (or -1), a signal, or so many ms (-1: for ever). */
static void wait_for(int fd, int ms)
{
    struct pollfd p = { .fd = fd, .events = POLLIN };
    const struct timespec limit = { ms / 1000, ms % 1000 * 1000000L };
    sigset_t none;
    sigemptyset(&none);
    (void)ppoll(&p, 1, ms < 0 ? NULL : &limit, &none);
}

static void wait_for_something(void)
{
    bool sleeps = !up && alive() == 0, pauses = up && alive() < pool->workers;
    wait_for(sleeps ? LISTENER : -1, sleeps ? -1 : pauses ? FIRST_PAUSE / 1000 : LOOK);
}

/* ---- starting anew ---- */

static const char *program(char *const *argv)
{
    return strchr(argv[0], '/') != NULL ? argv[0] : "/proc/self/exe";
}

/* Whether the program as it is now could start. */
static bool is_well(char *const *argv)
{
    int status = -1;
    pid_t pid = fork();
    if (pid == 0) {
        take_signals(SIG_DFL, SIG_UNBLOCK);
        execl(program(argv), argv[0], "--check", (char *)NULL);
        _exit(127);
    }
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    return pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void renew(char *const *argv)
{
    told_to_renew = 0;
    if (!is_well(argv)) {
        LOG(LOG_ERROR, "reload_refused", LOG_STR("pool", pool->name),
            LOG_STR("message", "the program would not start: see above"));
        return;
    }
    LOG(LOG_INFO, "reloading", LOG_STR("pool", pool->name));
    end_workers();
    execv(program(argv), argv);
    LOG(LOG_ERROR, "reload_failed", LOG_STR("pool", pool->name), LOG_STR("message", strerror(errno)));
}

/* ---- life ---- */

bool prefork_run(const struct prefork_pool *of, char *const *argv)
{
    pool = of;
    served = mmap(NULL, sizeof *served, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (served == MAP_FAILED) {
        LOG(LOG_ERROR, "not_started", LOG_STR("message", strerror(errno)));
        return false;
    }
    take_signals(on_signal, SIG_BLOCK);
    LOG(LOG_INFO, "started", LOG_STR("pool", pool->name), LOG_INT("workers", pool->workers));
    while (!told_to_end) {
        reap();
        if (told_to_renew) {
            renew(argv);
        }
        wake_or_rest();
        if (up && start_missing()) {
            return true;
        }
        wait_for_something();
    }
    up = false;
    for (end_workers(); reap(); end_workers()) {
        wait_for(-1, LOOK);
    }
    return false;
}

void prefork_served(void)
{
    if (served != NULL) {
        atomic_store(served, clock_monotonic());
    }
}
