/* Argon2id: what fits, what it costs, and how many may run at once on this host. */
#include "core/arena.h"
#include "core/clock.h"
#include "core/config.h"
#include "platform/password.h"

#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static struct arena *a;
static char folder[] = "/tmp/karara-password-XXXXXX";

static int begin(void **state)
{
    (void)state;
    a = arena_create(1 << 20);
    return mkdtemp(folder) && config_set(CONF_RUN_DIR, folder) ? 0 : -1;
}

static int end(void **state)
{
    char path[PATH_MAX];

    (void)state;
    arena_destroy(a);
    for (int i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/password-%d.lock", folder, i);
        unlink(path);
    }
    return rmdir(folder);
}

static int cheap(void **state)
{
    (void)state;
    return config_set(CONF_RUN_DIR, folder) && config_set(CONF_PASSWORD_MEMORY, "1024") &&
                   config_set(CONF_PASSWORD_PASSES, "1") && config_set(CONF_PASSWORD_AT_ONCE, "2")
               ? 0
               : -1;
}

static void a_hash_carries_the_settings_and_fits_its_password_alone(void **state)
{
    char *hash = password_hash(a, "correct horse"), *other = password_hash(a, "correct horse");

    (void)state;
    assert_memory_equal(hash, "$argon2id$v=19$m=1024,t=1,p=1$", 30);
    assert_string_not_equal(hash, other);
    assert_true(password_verify(hash, "correct horse"));
    assert_false(password_verify(hash, "correct horsf"));
    assert_false(password_verify(hash, ""));
    assert_true(password_verify(password_hash(a, ""), ""));
}

static void what_is_no_hash_fits_nothing(void **state)
{
    (void)state;
    assert_false(password_verify("", "x"));
    assert_false(password_verify("x", "x"));
    assert_false(password_verify("$argon2id$v=19$m=1024,t=1,p=1$", "x"));
    assert_false(password_verify(NULL, "x"));
    assert_false(password_verify(NULL, ""));
}

/* CPU time, so that other work on the machine doesn't count; the best of nine. */
static int64_t cost(const char *hash)
{
    int64_t best = INT64_MAX;

    for (int i = 0; i < 9; i++) {
        struct rusage before, after;
        int64_t spent;

        getrusage(RUSAGE_SELF, &before);
        password_verify(hash, "some password");
        getrusage(RUSAGE_SELF, &after);
        spent = (after.ru_utime.tv_sec - before.ru_utime.tv_sec + after.ru_stime.tv_sec - before.ru_stime.tv_sec) *
                    INT64_C(1000000) +
                after.ru_utime.tv_usec - before.ru_utime.tv_usec + after.ru_stime.tv_usec - before.ru_stime.tv_usec;
        best = spent < best ? spent : best;
    }
    return best;
}

static void an_unknown_person_costs_what_a_known_one_costs(void **state)
{
    int64_t known, unknown;
    pid_t pid;
    int status;

    (void)state;
    pid = fork(); /* a process of its own: the dummy is drawn once, with the settings of that time */
    assert_true(pid >= 0);
    if (pid == 0) {
        config_set(CONF_PASSWORD_MEMORY, "8192");
        config_set(CONF_PASSWORD_PASSES, "3");
        unknown = cost(NULL);
        known = cost(password_hash(a, "another password"));
        _exit(unknown > known * 7 / 10 && unknown < known * 14 / 10 && known > 1000 ? 0 : 1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static void weaker_hashes_are_to_be_made_anew(void **state)
{
    char *hash = password_hash(a, "x");

    (void)state;
    assert_false(password_needs_rehash(hash));
    config_set(CONF_PASSWORD_MEMORY, "2048");
    assert_true(password_needs_rehash(hash));
    config_set(CONF_PASSWORD_MEMORY, "512");
    assert_false(password_needs_rehash(hash));
    config_set(CONF_PASSWORD_PASSES, "2");
    assert_true(password_needs_rehash(hash));
    assert_true(password_needs_rehash("$argon2i$v=19$m=65536,t=9,p=1$c2FsdHNhbHQ$aGFzaA"));
    assert_true(password_needs_rehash("$2b$12$abcdefghijklmnopqrstuv"));
    assert_true(password_needs_rehash(""));
}

static int lock_place(int i)
{
    char path[PATH_MAX];
    int fd;

    snprintf(path, sizeof path, "%s/password-%d.lock", folder, i);
    fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    assert_true(fd >= 0);
    assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), 0);
    return fd;
}

static void a_computation_waits_until_a_place_is_free(void **state)
{
    int first = lock_place(0), second = lock_place(1), status;
    char *hash;
    pid_t pid;

    (void)state;
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        close(first);
        close(second);
        hash = password_hash(a, "x");
        _exit(password_verify(hash, "x") ? 0 : 1);
    }
    usleep(300000);
    assert_int_equal(waitpid(pid, &status, WNOHANG), 0);
    close(second);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    close(first);
}

static void a_killed_worker_frees_its_place(void **state)
{
    int ends[2], status;
    pid_t pid;
    char c;

    (void)state;
    config_set(CONF_PASSWORD_AT_ONCE, "1");
    assert_int_equal(pipe(ends), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        lock_place(0);
        _exit(write(ends[1], "x", 1) == 1 ? pause() : 1);
    }
    assert_int_equal(read(ends[0], &c, 1), 1);
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(password_verify(password_hash(a, "x"), "x"));
    close(ends[0]);
    close(ends[1]);
}

static void without_a_place_for_locks_people_still_sign_in(void **state)
{
    int kept = dup(STDERR_FILENO);

    (void)state;
    config_set(CONF_RUN_DIR, "/nowhere");
    assert_non_null(freopen("/dev/null", "w", stderr)); /* the one line of warning */
    assert_true(password_verify(password_hash(a, "x"), "x"));
    dup2(kept, STDERR_FILENO);
    close(kept);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_hash_carries_the_settings_and_fits_its_password_alone, cheap),
        cmocka_unit_test_setup(an_unknown_person_costs_what_a_known_one_costs, cheap),
        cmocka_unit_test_setup(what_is_no_hash_fits_nothing, cheap),
        cmocka_unit_test_setup(weaker_hashes_are_to_be_made_anew, cheap),
        cmocka_unit_test_setup(a_computation_waits_until_a_place_is_free, cheap),
        cmocka_unit_test_setup(a_killed_worker_frees_its_place, cheap),
        cmocka_unit_test_setup(without_a_place_for_locks_people_still_sign_in, cheap),
    };

    return cmocka_run_group_tests(tests, begin, end);
}
