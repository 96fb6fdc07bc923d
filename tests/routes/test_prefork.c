/* The master of API workers: it keeps them running, starts them for a request and lets them rest, starts anew and ends, and no request is
 * refused for any of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "api.h"
#include "fcgi_client.h"
#include "pg.h"
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST = 8, TRIES = 3000, PAUSE = 20000 }; /* processes; a minute in looks, µs between them */

static char socket_path[128], log_path[128], conf_path[128];
static int listener = -1;
static pid_t master;

static void write_conf(const char *line)
{
    FILE *f = fopen(conf_path, "w");
    assert_non_null(f);
    fprintf(f, "%s\n", line);
    fclose(f);
}

static int set_up(void **state)
{
    (void)state;
    api_begin();
    snprintf(socket_path, sizeof socket_path, "%s/prefork.sock", pg_folder());
    snprintf(log_path, sizeof log_path, "%s/prefork.log", pg_folder());
    snprintf(conf_path, sizeof conf_path, "%s/prefork.conf", pg_folder());
    listener = fcgi_client_listen(socket_path);
    assert_true(listener >= 0);
    prctl(PR_SET_CHILD_SUBREAPER, 1); /* to bury the workers of a master that was killed */
    return 0;
}

static int begin(void **state)
{
    (void)state;
    unlink(log_path);
    write_conf("api_workers = 3");
    return 0;
}

static void start(const char *pool)
{
    fflush(NULL);
    master = fork();
    assert_true(master >= 0);
    if (master == 0) {
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        int log = open(log_path, O_WRONLY | O_CREAT | O_APPEND, 0600);
        dup2(listener, 0);
        dup2(log, 1);
        dup2(log, 2);
        setenv("KARARA_CONFIG", conf_path, 1);
        setenv("KARARA_SIGNIN_REST", "1", 1);
        execl(KARARA_BIN_DIR "/karara-api", KARARA_BIN_DIR "/karara-api", pool, (char *)NULL);
        _exit(127);
    }
}

/* Its exit status; all processes are gone then, or the test fails. */
static int finish(int signal)
{
    int status = -1;
    if (signal != 0) {
        kill(master, signal);
    }
    assert_int_equal(waitpid(master, &status, 0), master);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* The workers and masters among a process's children, oldest first; their number. */
static int processes_of(pid_t of, pid_t ret[MOST])
{
    int n = 0;
    char path[300];
    DIR *d = opendir("/proc");
    assert_non_null(d);
    for (struct dirent *e; (e = readdir(d)) != NULL && n < MOST;) {
        int parent = 0;
        char state = 0, name[32] = "";
        snprintf(path, sizeof path, "/proc/%s/stat", e->d_name);
        FILE *f = atoi(e->d_name) > 0 ? fopen(path, "r") : NULL;
        if (f != NULL && fscanf(f, "%*d (%31[^)]) %c %d", name, &state, &parent) == 3 && parent == of && state != 'Z' &&
            strcmp(name, "karara-api") == 0) {
            ret[n++] = (pid_t)atoi(e->d_name);
        }
        if (f != NULL) {
            fclose(f);
        }
    }
    closedir(d);
    return n;
}

static int workers(pid_t ret[MOST])
{
    return processes_of(master, ret);
}

static bool has(int wanted)
{
    pid_t pids[MOST];
    for (int i = 0; i < TRIES; i++) {
        if (workers(pids) == wanted) {
            return true;
        }
        usleep(PAUSE);
    }
    return false;
}

static int status_of(const char *path)
{
    struct fcgi_answer a;
    int status = fcgi_client_ask(socket_path, "GET", path, NULL, NULL, 0, &a) ? a.status : 0;
    fcgi_answer_free(&a);
    return status;
}

static void assert_serves(void)
{
    assert_int_equal(status_of("/api/v1/branding"), 200);
}

static bool logged(const char *word)
{
    char line[2000];
    bool found = false;
    FILE *f = fopen(log_path, "r");
    while (f != NULL && !found && fgets(line, sizeof line, f) != NULL) {
        found = strstr(line, word) != NULL;
    }
    if (f != NULL) {
        fclose(f);
    }
    return found;
}

/* ---- keeping them ---- */

static void as_many_run_as_was_said_and_who_dies_is_replaced(void **state)
{
    pid_t before[MOST], after[MOST];
    (void)state;
    start("--pool=api");
    assert_true(has(3));
    assert_serves();
    workers(before);
    kill(before[0], SIGKILL);
    for (int i = 0; i < TRIES && (workers(after) != 3 || after[0] == before[0]); i++) {
        usleep(PAUSE);
    }
    assert_int_equal(workers(after), 3);
    assert_true(logged("\"worker_ended\""));
    assert_serves();
    assert_int_equal(finish(SIGTERM), 0);
    assert_int_equal(processes_of(getpid(), (pid_t[MOST]){ 0 }), 0);
}

static void those_for_passwords_start_with_a_request_and_rest_without(void **state)
{
    pid_t pids[MOST];
    (void)state;
    start("--pool=signin");
    for (int i = 0; i < TRIES && !logged("\"started\""); i++) {
        usleep(PAUSE);
    }
    assert_int_equal(workers(pids), 0);
    for (int round = 0; round < 3; round++) {
        assert_serves();
        assert_in_range(workers(pids), 1, 2);
        assert_true(has(0));
    }
    assert_int_equal(finish(SIGTERM), 0);
    assert_int_equal(processes_of(getpid(), (pid_t[MOST]){ 0 }), 0);
}

/* ---- ending ---- */

/* Open descriptors of all workers. */
static int descriptors(void)
{
    pid_t pids[MOST];
    char path[64];
    int n = 0;
    for (int i = workers(pids) - 1; i >= 0; i--) {
        snprintf(path, sizeof path, "/proc/%d/fd", (int)pids[i]);
        DIR *d = opendir(path);
        while (d != NULL && readdir(d) != NULL) {
            n++;
        }
        if (d != NULL) {
            closedir(d);
        }
    }
    return n;
}

/* A connection on which a request has begun that waits for its body, and that a worker has taken. */
static int begin_request(void)
{
    struct buf b = { 0 };
    int before = descriptors(), fd = fcgi_client_connect(socket_path);
    assert_true(fd >= 0);
    fcgi_client_head(
        &b, "POST", "/api/v1/auth/login",
        (const struct fcgi_param[]){ { "CONTENT_TYPE", "application/json" }, { "CONTENT_LENGTH", "2" }, { NULL, NULL } });
    assert_true(fcgi_client_send(fd, b.data, b.len));
    buf_free(&b);
    for (int i = 0; i < TRIES && descriptors() == before; i++) {
        usleep(PAUSE);
    }
    assert_int_equal(descriptors(), before + 1);
    return fd;
}

static int end_request(int fd)
{
    struct buf b = { 0 };
    struct fcgi_answer a;
    fcgi_client_stdin(&b, "{}", 2);
    fcgi_client_stdin(&b, "", 0);
    assert_true(fcgi_client_send(fd, b.data, b.len));
    buf_free(&b);
    int status = fcgi_client_read(fd, &a) ? a.status : 0;
    fcgi_answer_free(&a);
    close(fd);
    return status;
}

static void what_has_begun_is_finished_before_it_ends(void **state)
{
    (void)state;
    write_conf("api_workers = 1");
    start("--pool=api");
    assert_serves();
    int fd = begin_request();
    kill(master, SIGTERM);
    assert_int_equal(end_request(fd), 422);
    assert_int_equal(finish(0), 0);
    assert_int_equal(processes_of(getpid(), (pid_t[MOST]){ 0 }), 0);
}

static void workers_end_with_a_master_that_is_killed(void **state)
{
    pid_t pids[MOST];
    (void)state;
    start("--pool=api");
    assert_true(has(3));
    assert_serves();
    workers(pids);
    assert_int_equal(finish(SIGKILL), 128 + SIGKILL);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(waitpid(pids[i], NULL, 0), pids[i]); /* they are ours now */
    }
}

/* ---- starting anew ---- */

static void a_reload_refuses_no_request_and_takes_new_settings(void **state)
{
    pid_t before[MOST], after[MOST];
    (void)state;
    write_conf("api_workers = 1");
    start("--pool=api");
    assert_serves();
    assert_int_equal(workers(before), 1);
    int fd = begin_request();
    write_conf("api_workers = 2");
    for (int i = 0; i < 60; i++) {
        if (i % 20 == 0) {
            kill(master, SIGHUP);
        }
        assert_serves(); /* the first of them by a new one */
    }
    assert_true(has(3)); /* two new ones, and the one that still serves */
    assert_int_equal(end_request(fd), 422);
    assert_true(has(2));
    workers(after);
    assert_true(after[0] != before[0] && after[1] != before[0]);
    assert_serves();
    assert_int_equal(finish(SIGTERM), 0);
    assert_int_equal(processes_of(getpid(), (pid_t[MOST]){ 0 }), 0);
}

static void a_reload_into_wrong_settings_changes_nothing(void **state)
{
    pid_t before[MOST], after[MOST];
    (void)state;
    start("--pool=api");
    assert_true(has(3));
    workers(before);
    write_conf("no_such_setting = 1");
    kill(master, SIGHUP);
    for (int i = 0; i < TRIES && !logged("\"reload_refused\""); i++) {
        usleep(PAUSE);
    }
    assert_true(logged("\"reload_refused\""));
    assert_serves();
    assert_int_equal(workers(after), 3);
    assert_memory_equal(before, after, 3 * sizeof *before);
    assert_int_equal(finish(SIGTERM), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(as_many_run_as_was_said_and_who_dies_is_replaced, begin),
        cmocka_unit_test_setup(those_for_passwords_start_with_a_request_and_rest_without, begin),
        cmocka_unit_test_setup(what_has_begun_is_finished_before_it_ends, begin),
        cmocka_unit_test_setup(workers_end_with_a_master_that_is_killed, begin),
        cmocka_unit_test_setup(a_reload_refuses_no_request_and_takes_new_settings, begin),
        cmocka_unit_test_setup(a_reload_into_wrong_settings_changes_nothing, begin),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
