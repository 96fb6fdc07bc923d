/* master.c - starts the processes, replaces those that die, wakes those that wait, and ends all when told to. What it does for the jobs that
 * its runners run is in care.c. */
#include "api/metrics.h"
#include "core/clock.h"
#include "core/config.h"
#include "core/log.h"
#include "platform/db.h"
#include "platform/nudge.h"
#include "worker/care.h"
#include "worker/systemd.h"
#include "worker/worker.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROLES_MAX = 8, LOOK = 100, FIRST_PAUSE = 100000, LONGEST_PAUSE = 1000000, SETTLED = 2000000 };

/* µs without a sign of a process that runs no job, before it is taken for hung. */
#define HUNG (INT64_C(1000) * config_int(CONF_WORKER_STATEMENT_TIMEOUT) * 2 + INT64_C(60000000))

static int runner_count(void)
{
    int64_t n = config_int(CONF_WORKER_RUNNERS);
    return n < 1 ? 1 : n > PAGE_SLOTS - ROLES_MAX ? PAGE_SLOTS - ROLES_MAX : (int)n;
}

static int one(void)
{
    return 1;
}

const struct worker_role worker_roles[] = {
    { "runner", runner_count, runner_main, WAKE_JOBS },
    { "relay", one, relay_main, WAKE_EVENTS },
    { "clock", one, clock_main, 0 },
    { NULL, NULL, NULL, 0 },
};

/* One place in the page, and who has it. */
struct child {
    const struct worker_role *role;
    pid_t pid;          /* 0: nobody */
    int64_t started;    /* clock_monotonic */
    int64_t not_before; /* no new one earlier */
    int64_t pause;
};

static struct child children[PAGE_SLOTS];
static int child_count;
static int wake_fds[ROLES_MAX];
static struct page *page;
static int page_fd;
static volatile sig_atomic_t told_to_end;

static void on_signal(int signal)
{
    told_to_end = signal == SIGCHLD ? told_to_end : 1;
}

/* ---- processes ---- */

static void become(const struct child *c, int slot, pid_t master, const sigset_t *mask)
{
    char number[16];
    snprintf(number, sizeof number, "%d", slot);
    /* Descriptors first above those where they end up, so that none is overwritten before it has moved. */
    int p = fcntl(page_fd, F_DUPFD, 10), w = fcntl(wake_fds[c->role - worker_roles], F_DUPFD, 10);
    sigprocmask(SIG_SETMASK, mask, NULL);
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != master || dup2(p, ROLE_PAGE_FD) < 0 ||
        dup2(w, ROLE_WAKE_FD) < 0 || close_range(ROLE_WAKE_FD + 1, ~0U, 0) != 0) {
        _exit(1);
    }
    execl("/proc/self/exe", "karara-worker", "--role", c->role->name, "--slot", number, (char *)NULL);
    _exit(1);
}

static void start(struct child *c, const sigset_t *mask)
{
    pid_t master = getpid();
    int64_t now = clock_monotonic();
    pid_t pid = fork();
    if (pid == 0) {
        become(c, (int)(c - children), master, mask);
    }
    if (pid < 0) {
        LOG(LOG_ERROR, "process_not_started", LOG_STR("role", c->role->name), LOG_STR("message", strerror(errno)));
        c->not_before = now + LONGEST_PAUSE;
        return;
    }
    c->pid = pid;
    c->started = now;
}

static void start_missing(const sigset_t *mask)
{
    int64_t now = clock_monotonic();
    for (int i = 0; i < child_count; i++) {
        if (children[i].pid == 0 && now >= children[i].not_before) {
            start(&children[i], mask);
        }
    }
}

static void note_end(struct child *c, int status)
{
    char words[96];
    int64_t now = clock_monotonic();
    struct page_slot *slot = &page->slots[c - children];
    snprintf(words, sizeof words, WIFSIGNALED(status) ? "ended by signal %d (%s)" : "ended with status %d",
             WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status),
             WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : "");
    LOG(told_to_end && status == 0 ? LOG_INFO : LOG_WARN, "process_ended", LOG_STR("role", c->role->name),
        LOG_INT("process", c->pid), LOG_STR("message", words));
    if (atomic_exchange(&slot->waits, false)) {
        atomic_fetch_sub(&page->idle, 1);
    }
    care_of_orphan(slot, words);
    /* Who lived for a while is replaced at once; who dies again and again, ever later. */
    c->pause = now - c->started > SETTLED || c->pause == 0 ? FIRST_PAUSE : c->pause * 2;
    c->pause = c->pause > LONGEST_PAUSE ? LONGEST_PAUSE : c->pause;
    c->not_before = now - c->started > SETTLED ? now : now + c->pause;
    c->pid = 0;
}

static int reap(void)
{
    int status, left = 0;
    for (int i = 0; i < child_count; i++) {
        if (children[i].pid != 0 && waitpid(children[i].pid, &status, WNOHANG) == children[i].pid) {
            note_end(&children[i], status);
        }
        left += children[i].pid != 0;
    }
    return left;
}

static void signal_all(int signal)
{
    for (int i = 0; i < child_count; i++) {
        if (children[i].pid != 0) {
            kill(children[i].pid, signal);
        }
    }
}

/* ---- waking ---- */

static void wake(const struct worker_role *role, int n)
{
    uint64_t tokens = (uint64_t)n;
    if (n > 0) {
        (void)!write(wake_fds[role - worker_roles], &tokens, sizeof tokens);
    }
}

static void pass_on(unsigned bits)
{
    for (const struct worker_role *r = worker_roles; r->name != NULL; r++) {
        if ((r->wakes & bits & WAKE_JOBS) != 0) {
            atomic_fetch_add(&page->nudges, 1);
            wake(r, atomic_load(&page->idle) > 0 ? 1 : 0);
        } else if ((r->wakes & bits) != 0) {
            wake(r, 1);
        }
    }
}

/* What no nudge told of: retries whose time has come, other hosts' jobs, leases that ran out. */
static void look(void)
{
    int idle = atomic_load(&page->idle);
    int due = idle > 0 ? care_due(idle) : 0;
    wake(&worker_roles[0], due < idle ? due : idle);
}

/* ---- life ---- */

static void prepare(sigset_t *ret_mask)
{
    sigset_t blocked;
    const struct sigaction action = { .sa_handler = on_signal };
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    sigaddset(&blocked, SIGINT);
    sigaddset(&blocked, SIGCHLD);
    sigprocmask(SIG_BLOCK, &blocked, ret_mask);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGCHLD, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    page = page_make(&page_fd);
    metrics_open("worker");
    for (const struct worker_role *r = worker_roles; r->name != NULL; r++) {
        int n = r->count();
        wake_fds[r - worker_roles] = eventfd(0, EFD_SEMAPHORE | EFD_NONBLOCK);
        for (int i = 0; i < n && child_count < PAGE_SLOTS; i++) {
            children[child_count++].role = r;
        }
    }
}

static void wait_for_something(int nudge_fd, int ms, const sigset_t *mask)
{
    struct pollfd p = { .fd = nudge_fd, .events = POLLIN };
    struct timespec limit = { 0, (long)ms * 1000000 };
    if (ppoll(&p, 1, &limit, mask) > 0) {
        pass_on(nudge_read(nudge_fd));
    }
}

static void end_all(const sigset_t *mask)
{
    int64_t end = clock_monotonic() + config_int(CONF_WORKER_STOP_TIME) * 1000000;
    systemd_notify("STOPPING=1");
    signal_all(SIGTERM);
    while (reap() > 0) {
        if (clock_monotonic() > end) {
            care_stops();
            signal_all(SIGKILL);
        }
        care_for_running(page);
        wait_for_something(-1, LOOK, mask);
    }
    care_for_running(page);
}

/* A process that runs no job shows itself whenever it waits. */
static bool hung(const struct child *c)
{
    const struct page_slot *slot = &page->slots[c - children];
    int64_t seen = atomic_load(&slot->seen);
    return !slot->job.running && clock_monotonic() - (seen > c->started ? seen : c->started) > HUNG;
}

/* Ends who takes too long; its job is an orphan then. */
static void end_slow(void)
{
    for (int i = 0; i < child_count; i++) {
        struct child *c = &children[i];
        if (c->pid != 0 && (care_too_long(&page->slots[i]) || hung(c))) {
            LOG(LOG_WARN, "process_too_slow", LOG_STR("role", c->role->name), LOG_INT("process", c->pid));
            kill(c->pid, SIGKILL);
        }
    }
}

int master_main(void)
{
    sigset_t mask;
    prepare(&mask);
    int nudge_fd = nudge_listen();
    int64_t watchdog = systemd_watchdog() / 2, last = 0, looked = 0;
    care_open();
    LOG(LOG_INFO, "started", LOG_INT("processes", child_count));
    systemd_notify("READY=1");
    while (!told_to_end) {
        int64_t now = clock_monotonic();
        reap();
        start_missing(&mask);
        end_slow();
        care_for_running(page);
        if (now - looked >= INT64_C(1000) * LOOK) {
            looked = now;
            look();
        }
        if (watchdog > 0 && now - last > watchdog) {
            systemd_notify("WATCHDOG=1");
            last = now;
        }
        wait_for_something(nudge_fd, LOOK, &mask);
    }
    LOG(LOG_INFO, "ending");
    if (nudge_fd >= 0) {
        close(nudge_fd);
    }
    end_all(&mask);
    care_close();
    role_note_queries();
    return 0;
}
