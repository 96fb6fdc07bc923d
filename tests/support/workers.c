/* workers.c - see workers.h. */
#include "workers.h"

#include "api.h"
#include "core/uuid.h"
#include "pg.h"
#include "process.h"
#include <dirent.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static pid_t masters[WORKERS_MAX];

static const char *file(int n, const char *name)
{
    return api_f("%s/worker%d%s", pg_folder(), n, name);
}

static bool hears(pid_t pid, void *socket)
{
    (void)pid;
    return access(socket, F_OK) == 0;
}

int workers_begin(void **state)
{
    (void)state;
    api_begin();
    workers_start(0, 2);
    return 0;
}

int workers_end(void **state)
{
    (void)state;
    assert_int_equal(workers_stop(0), 0);
    return 0;
}

int workers_begin_alone(void **state)
{
    (void)state;
    pg_begin_alone();
    api_begin();
    return 0;
}

int workers_clean(void **state)
{
    (void)state;
    for (int i = 0; i < WORKERS_MAX; i++) {
        if (masters[i] != 0) {
            workers_kill(i);
        }
    }
    workers_forget();
    return 0;
}

void workers_start(int n, int runners)
{
    static const char program[] = KARARA_BIN_DIR "/karara-worker";
    char socket[160];
    folder_make(file(n, ""), false);
    snprintf(socket, sizeof socket, "%s", file(n, "/worker.sock"));
    unlink(socket);
    const char *dir = api_f("KARARA_RUN_DIR=%s", file(n, "")), *count = api_f("KARARA_WORKER_RUNNERS=%d", runners);
    const char *const argv[] = { "env", dir, count, program, NULL };
    masters[n] =
        process_start_ready(&(struct process){ .argv = argv, .log = file(n, ".log"), .dies_with_us = SIGTERM }, hears, socket);
}

int workers_stop(int n)
{
    int status = 0;
    kill(masters[n], SIGTERM);
    waitpid(masters[n], &status, 0);
    masters[n] = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void workers_kill(int n)
{
    kill(masters[n], SIGKILL);
    waitpid(masters[n], NULL, 0);
    masters[n] = 0;
}

pid_t workers_pid(int n)
{
    return masters[n];
}

/* The process's parent, and whether its command line has the role. */
static bool is_process(pid_t pid, pid_t parent, const char *role)
{
    char line[512] = "";
    int above = 0;
    FILE *f = fopen(api_f("/proc/%d/stat", (int)pid), "r");
    size_t size = f != NULL ? fread(line, 1, sizeof line - 1, f) : 0;
    if (f != NULL) {
        fclose(f);
    }
    const char *rest = size > 0 ? strrchr(line, ')') : NULL;
    if (rest != NULL) {
        above = (int)strtol(rest + 4, NULL, 10);
    }
    f = above == parent ? fopen(api_f("/proc/%d/cmdline", (int)pid), "r") : NULL;
    size = f != NULL ? fread(line, 1, sizeof line - 1, f) : 0;
    line[size] = 0;
    if (f != NULL) {
        fclose(f);
    }
    const char *second = size > 0 ? line + strlen(line) + 1 : "";
    return size > 0 && strcmp(second, "--role") == 0 && strcmp(second + 7, role) == 0;
}

int workers_processes(int n, const char *role, pid_t *ret, int most)
{
    int count = 0;
    DIR *d = opendir("/proc");
    for (struct dirent *e; d != NULL && (e = readdir(d)) != NULL && count < most;) {
        pid_t pid = (pid_t)strtol(e->d_name, NULL, 10);
        if (pid > 0 && is_process(pid, masters[n], role)) {
            ret[count++] = pid;
        }
    }
    if (d != NULL) {
        closedir(d);
    }
    return count;
}

const char *workers_log(int n)
{
    static char text[1 << 20];
    FILE *f = fopen(file(n, ".log"), "r");
    size_t size = f != NULL ? fread(text, 1, sizeof text - 1, f) : 0;
    text[size] = 0;
    if (f != NULL) {
        fclose(f);
    }
    return text;
}

void workers_forget(void)
{
    pg_exec(
        "delete from karara.jobs; delete from karara.jobs_done; delete from karara.job_keys; delete from karara.job_queues; "
        "delete from karara.mails");
}

void workers_drain(void)
{
    pg_exec("delete from karara.job_queues");
    workers_expect("0", 60,
                   "with gone as (delete from karara.jobs where lease_until is null) select count(*) from karara.jobs");
    pg_exec("delete from karara.jobs_done; delete from karara.job_keys");
}

const char *workers_job(const char *kind, const char *payload, const char *more)
{
    char id[UUID_TEXT_SIZE];
    struct uuid u = uuid_v7();
    uuid_format(&u, id);
    pg_exec("insert into karara.jobs (id, kind, queue, priority, max_attempts, payload) values "
            "('%s', '%s', case when '%s' = 'trial' then 'trial' else 'default' end, 2, 3, '%s'); "
            "update karara.jobs set kind = kind%s where id = '%s'",
            id, kind, kind, payload, more, id);
    return api_f("%s", id);
}

const char *workers_state(const char *id)
{
    return pg_value("select case when j.parked_at is not null then 'parked' when j.lease_until is not null then 'running' else "
                    "'waiting' end from karara.jobs j where j.id = '%s' "
                    "union all select d.outcome from karara.jobs_done d where d.id = '%s'",
                    id, id);
}

const char *workers_await(const char *id)
{
    const char *state = "";
    for (int i = 0; i < 3000; i++) {
        state = workers_state(id);
        if (strcmp(state, "waiting") != 0 && strcmp(state, "running") != 0) {
            break;
        }
        usleep(20000);
    }
    return api_f("%s", state);
}

void workers_expect_done(int n, const char *kind, int seconds)
{
    long long done = 0;
    for (int i = 0; i < seconds * 5; i++) {
        done = pg_count("select count(*) from karara.jobs_done where kind = '%s' and outcome = 'done'", kind);
        if (done == n) {
            return;
        }
        pg_exec("update karara.jobs set lease_until = now() where kind = '%s' and lease_until > now() and started_at < now() - "
                "interval '3 s'",
                kind);
        usleep(200000);
    }
    fail_msg("%lld %s jobs are done, not %d", done, kind, n);
}

void workers_expect(const char *want, int seconds, const char *sql, ...)
{
    char text[2048];
    const char *got = "";
    va_list ap;
    va_start(ap, sql);
    vsnprintf(text, sizeof text, sql, ap);
    va_end(ap);
    for (int i = 0; i < seconds * 20; i++) {
        got = pg_value("%s", text);
        if (strcmp(got, want) == 0) {
            return;
        }
        usleep(50000);
    }
    fail_msg("%s: %s, not %s", text, got, want);
}
