/* role.c - what every process with a role does: taking up what the master gave it, waiting, ending. */
#include "worker/worker.h"

#include "api/metrics.h"
#include "core/clock.h"
#include "core/config.h"
#include "core/log.h"
#include "core/str.h"
#include "platform/db.h"
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static volatile sig_atomic_t ending;
static sigset_t outside; /* the mask while waiting */

static void on_end(int signal)
{
    (void)signal;
    ending = 1;
}

bool role_ending(void)
{
    return ending != 0;
}

bool role_wait(struct role_env *env, int ms)
{
    struct pollfd p = { .fd = env->wake_fd, .events = POLLIN };
    struct timespec limit = { ms / 1000, (long)(ms % 1000) * 1000000 };
    sigset_t blocked;
    uint64_t token;
    atomic_store(&env->slot->seen, clock_monotonic());
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    sigprocmask(SIG_BLOCK, &blocked, &outside);
    if (!ending && ppoll(&p, 1, &limit, &outside) > 0) {
        (void)!read(env->wake_fd, &token, sizeof token); /* another may have been quicker */
    }
    sigprocmask(SIG_SETMASK, &outside, NULL);
    return !ending;
}

struct db *worker_db(const char *what)
{
    char name[64];
    snprintf(name, sizeof name, "karara-worker %s", what);
    struct db *d = db_open(config_text(CONF_DATABASE_WORKER));
    int64_t timeout = config_int(CONF_WORKER_STATEMENT_TIMEOUT);
    db_configure(d, &(struct db_options){ name, timeout, timeout > 0 ? timeout + 5000 : 0, false });
    return d;
}

static void make_name(char *name, size_t size)
{
    char host[32] = "";
    gethostname(host, sizeof host - 1);
    snprintf(name, size, "%s:%d:%lld:%08x", host, (int)getpid(), (long long)(clock_now() / 1000000), randombytes_random());
}

#ifdef KARARA_FAULTS
enum { NOTED_MAX = 4096 };

/* What a process has executed, for the test run's account (see tests/support/coverage.h); each query once. */
void role_note_queries(void)
{
    static bool noted[NOTED_MAX];
    char path[4096];
    const char *folder = getenv("KARARA_COVERAGE_DIR");
    FILE *f = NULL;
    if (folder == NULL || folder[0] == 0) {
        return;
    }
    snprintf(path, sizeof path, "%s/%d", folder, (int)getpid());
    for (int i = 0; i < sql_count && i < NOTED_MAX; i++) {
        if (!noted[i] && db_was_executed(sql_all[i]->id) && (f != NULL || (f = fopen(path, "a")) != NULL)) {
            fprintf(f, "query %s\n", sql_all[i]->name);
            noted[i] = true;
        }
    }
    if (f != NULL) {
        fclose(f);
    }
}
#else
void role_note_queries(void)
{
}
#endif

int role_main(const char *name, const char *slot)
{
    struct role_env env = { .page = page_open(ROLE_PAGE_FD), .wake_fd = ROLE_WAKE_FD };
    int64_t index;
    for (const struct worker_role *r = worker_roles; r->name != NULL; r++) {
        env.role = strcmp(r->name, name) == 0 ? r : env.role;
    }
    if (env.role == NULL || env.page == NULL || !str_to_int(slot, 0, PAGE_SLOTS - 1, &index)) {
        LOG(LOG_ERROR, "not_started", LOG_STR("message", "a role is for the master to give"));
        return 2;
    }
    env.slot = &env.page->slots[index];
    make_name(env.name, sizeof env.name);
    sigaction(SIGTERM, &(struct sigaction){ .sa_handler = on_end }, NULL);
    signal(SIGINT, SIG_IGN); /* the master passes on what comes from a terminal */
    signal(SIGPIPE, SIG_IGN);
    metrics_open("worker");
    metrics_enter();
    int status = env.role->run(&env);
    role_note_queries();
    return status;
}
