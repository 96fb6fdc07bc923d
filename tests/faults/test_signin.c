/* test_signin.c - the workers that compute passwords, while they are away or have too much to do: nobody else waits for them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "api/registry.h"
#include "process.h"
#include "site.h"
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CURLS = 2, EACH = 300, WAITING = 128, SECONDS = 60 };

static const char some_id[] = "00000000-0000-7000-8000-000000000001";

static int set_up(void **state)
{
    (void)state;
    return site_start((const char *const[]){ "--rate-all", "off", "--rate-auth", "off", NULL }) ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    return site_remove();
}

/* ---- which requests go there ---- */

/* An address of the row, until the next one; `escaped` has its first letter as %XX. */
static const char *address(const struct route *r, bool escaped)
{
    static char to[256];
    size_t n = 0;
    const char *p = r->path;
    if (escaped) {
        n = (size_t)snprintf(to, sizeof to, "/%%%02x", (unsigned)p[1]);
        p += 2;
    }
    for (; *p != '\0' && n < sizeof to - sizeof some_id; p++) {
        if (*p == '{') {
            n += (size_t)snprintf(to + n, sizeof to - n, "%s", some_id);
            p += strcspn(p, "}");
        } else {
            to[n++] = *p;
        }
    }
    to[n] = '\0';
    return to;
}

struct asked {
    FILE *list; /* for curl --config: each writes its status in a line */
    const struct route *routes[1000];
    int count;
};

static void add_request(struct asked *a, const struct route *r, const char *base, const char *path, const char *end)
{
    char url[128], ca[256];
    site_env("STACK_URL", url, sizeof url);
    site_env("STACK_CA", ca, sizeof ca);
    assert_in_range(a->count, 0, 999);
    a->routes[a->count++] = r;
    fprintf(a->list, "next\nurl = \"%s%s%s%s\"\nrequest = %s\ncacert = \"%s\"\nsilent\noutput = /dev/null\n", url, base, path,
            end, http_method_name(r->method), ca);
    fputs("max-time = 60\nwrite-out = \"%{http_code}\\n\"\n", a->list);
    if (r->method != HTTP_GET) {
        fputs("data = \"{}\"\nheader = \"Content-Type: application/json\"\n", a->list);
    }
}

/* Every row, and those that compute passwords by all their addresses. */
static void ask_all(struct asked *a)
{
    char path[96];
    const struct route *r;
    snprintf(path, sizeof path, "%s/rows", site_folder());
    a->list = fopen(path, "w");
    assert_non_null(a->list);
    for (int i = 0; (r = registry_route(i, NULL)) != NULL; i++) {
        add_request(a, r, "/api/v1", address(r, false), "");
        if (r->flags & (ROUTE_HASHES | ROUTE_EVEN)) {
            add_request(a, r, "/api", address(r, false), "");
            add_request(a, r, "/api/v1", address(r, false), "/");
            add_request(a, r, "/api/v1", address(r, true), "?n=1");
            add_request(a, r, "//api/./v1", address(r, false), "");
        }
    }
    fclose(a->list);
    SITE_CURL("/api/v1/branding", "--output", "/dev/null", "--config", path);
}

static void exactly_the_rows_that_compute_passwords_go_to_them(void **state)
{
    static struct asked a;
    int hashing = 0;
    (void)state;
    assert_int_equal(site_stack("stop", (const char *const[]){ "signin", NULL }), 0);
    ask_all(&a);
    const char *at = site_output();
    for (int i = 0; i < a.count; i++) {
        const struct route *r = a.routes[i];
        bool hashes = (r->flags & (ROUTE_HASHES | ROUTE_EVEN)) != 0;
        int status = atoi(at);
        if (status < 200 || (status >= 502) != hashes || (hashes && status != 503)) {
            fail_msg("%s %s: %d", http_method_name(r->method), r->path, status);
        }
        hashing += hashes;
        at = strchr(at, '\n');
        assert_non_null(at++);
    }
    assert_in_range(hashing, 50, 500);
}

/* ---- away ---- */

static void sign_in(void)
{
    SITE_CURL("/api/v1/auth/login", "--data", "{\"email\":\"nobody@signin.example\",\"password\":\"a wrong guess\"}",
              "--header", "Content-Type: application/json", SITE_STATUS);
}

static void while_they_are_away_signing_in_is_503_with_words_and_all_else_goes_on(void **state)
{
    (void)state;
    assert_int_equal(site_stack("stop", (const char *const[]){ "signin", NULL }), 0);
    sign_in();
    assert_non_null(strstr(site_output(), "Signing in and passwords have to wait"));
    site_assert_error(503, "unavailable");
    SITE_CURL("/api/v1/auth/login", "--data", "{}", "--header", "Content-Type: application/json", "--include");
    assert_non_null(strcasestr(site_output(), "\nretry-after: 5"));
    SITE_CURL("/api/v1/auth/login", "--data", "{}", "--header", "Accept: application/problem+json", "--include");
    assert_non_null(strcasestr(site_output(), "content-type: application/problem+json"));
    SITE_CURL("/api/v1/branding", SITE_STATUS);
    assert_int_equal(site_status(), 200);
    SITE_CURL("/api/v1/users/me", SITE_STATUS); /* whose DELETE is theirs */
    assert_int_equal(site_status(), 401);
    assert_int_equal(site_stack("start", (const char *const[]){ NULL }), 0);
    sign_in();
    site_assert_error(401, "invalid_credentials");
}

/* ---- too much to do ---- */

/* Signals all processes of the pool. */
static void signal_pool(int signal)
{
    char home[256], path[300];
    long leader = 0, pid, session;
    site_env("STACK_HOME", home, sizeof home);
    snprintf(path, sizeof path, "%s/pids/signin", home);
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    assert_int_equal(fscanf(f, "%ld", &leader), 1);
    fclose(f);
    DIR *d = opendir("/proc");
    assert_non_null(d);
    for (struct dirent *e; (e = readdir(d)) != NULL;) {
        snprintf(path, sizeof path, "/proc/%.20s/stat", e->d_name);
        f = atol(e->d_name) > 0 ? fopen(path, "r") : NULL;
        if (f != NULL) {
            if (fscanf(f, "%ld (%*[^)]) %*c %*d %*d %ld", &pid, &session) == 2 && session == leader) {
                kill((pid_t)pid, signal);
            }
            fclose(f);
        }
    }
    closedir(d);
}

/* Where the n-th curl writes. */
static const char *log_of(int n)
{
    static char path[96];
    snprintf(path, sizeof path, "%s/sign-ins.%d", site_folder(), n);
    return path;
}

/* Answers of this status so far. */
static int count(const char *status)
{
    char line[64];
    int n = 0;
    for (int i = 0; i < CURLS; i++) {
        FILE *f = fopen(log_of(i), "r");
        while (f != NULL && fgets(line, sizeof line, f) != NULL) {
            n += strncmp(line, status, 3) == 0;
        }
        if (f != NULL) {
            fclose(f);
        }
    }
    return n;
}

/* Nothing that costs: a query parameter that there isn't is refused before any password is looked at. Told on stderr, which has no buffer. */
static pid_t start_sign_ins(const char *log)
{
    const char *argv[SITE_ARGUMENTS];
    site_curl_command("/api/v1/auth/login?n=[1-300]",
                      (const char *const[]){ "--http1.1", "--parallel", "--parallel-immediate", "--no-progress-meter",
                                             "--parallel-max", "300", "--data", "{}", "--header",
                                             "Content-Type: application/json", "--output", "/dev/null", "--write-out",
                                             "%{stderr}%{http_code}\n", NULL },
                      argv);
    return process_start(&(struct process){ .argv = argv, .log = log });
}

static void who_comes_when_too_many_wait_is_told_so_at_once_and_nobody_else_waits(void **state)
{
    pid_t curls[CURLS];
    (void)state;
    signal_pool(SIGSTOP);
    for (int i = 0; i < CURLS; i++) {
        curls[i] = start_sign_ins(log_of(i));
    }
    for (int i = 0; i < SECONDS * 50 && count("503") < CURLS * EACH - WAITING; i++) {
        usleep(20000);
    }
    assert_int_equal(count("503"), CURLS * EACH - WAITING);
    assert_int_equal(count("422"), 0);
    for (int i = 0; i < 20; i++) {
        SITE_CURL("/api/v1/tasks", SITE_STATUS);
        assert_int_equal(site_status(), 401);
    }
    signal_pool(SIGCONT);
    for (int i = 0; i < CURLS; i++) {
        assert_int_equal(waitpid(curls[i], NULL, 0), curls[i]);
    }
    assert_int_equal(count("422") + count("503"), CURLS * EACH);
    assert_in_range(count("422"), 1, WAITING);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exactly_the_rows_that_compute_passwords_go_to_them),
        cmocka_unit_test(while_they_are_away_signing_in_is_503_with_words_and_all_else_goes_on),
        cmocka_unit_test(who_comes_when_too_many_wait_is_told_so_at_once_and_nobody_else_waits),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
