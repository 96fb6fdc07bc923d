/* A whole Karara behind a real nginx: its own errors speak as the API's do, and refused uploads cost no connection. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "process.h"
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { POSTS = 300, PARALLEL = 16, LARGE = 1000000, TOO_LARGE = 3 << 20, OUTPUT = 1 << 16 };

static char folder[] = "/tmp/karara-nginx-XXXXXX";
static char dir[64], url[128], ca[256], large[64], too_large[64];
static char output[OUTPUT];

static int stack(const char *verb, const char *const *more)
{
    const char *argv[24] = { KARARA_APP_DIR "/../tests/support/stack", verb, dir };
    char log[64];
    int n = 3;
    snprintf(log, sizeof log, "%s/stack.log", folder);
    while (*more != NULL) {
        argv[n++] = *more++;
    }
    return process_run(&(struct process){ .argv = argv, .log = log });
}

/* The value of a line NAME=value of the stack's env file. */
static void read_env(const char *name, char *to, size_t size)
{
    char path[96], line[512];
    snprintf(path, sizeof path, "%s/env", dir);
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    while (fgets(line, sizeof line, f) != NULL) {
        size_t n = strlen(name);
        if (strncmp(line, name, n) == 0 && line[n] == '=') {
            line[strcspn(line, "\n")] = 0;
            snprintf(to, size, "%s", line + n + 1);
        }
    }
    fclose(f);
}

static void write_file(char *path, size_t path_size, const char *name, size_t size)
{
    snprintf(path, path_size, "%s/%s", folder, name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs("{\"title\":\"", f);
    for (size_t i = 0; i < size - 12; i++) {
        fputc('x', f);
    }
    fputs("\"}", f);
    fclose(f);
}

static int set_up(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(dir, sizeof dir, "%s/stack", folder);
    write_file(large, sizeof large, "large", LARGE);
    write_file(too_large, sizeof too_large, "too_large", TOO_LARGE);
    int status = stack("start", (const char *const[]){ "--preset", KARARA_BIN_DIR "/..", "--scratch", "--workers", "2",
                                                       "--rate-all", "off", "--rate-auth", "10r/m", NULL });
    if (status != 0) {
        print_error("the stack does not start: see %s/stack.log\n", folder);
        return -1;
    }
    read_env("STACK_URL", url, sizeof url);
    read_env("STACK_CA", ca, sizeof ca);
    return 0;
}

/* Its status tells what sanitizers found in the workers. */
static int tear_down(void **state)
{
    (void)state;
    int status = stack("remove", (const char *const[]){ NULL });
    if (status == 0) {
        folder_remove(folder);
    }
    return status;
}

/* Runs curl with these arguments and the path behind the stack's address; what it wrote is in `output`. */
static void curl(const char *path, const char *const *arguments)
{
    char address[256];
    snprintf(address, sizeof address, "%s%s", url, path);
    const char *argv[32] = { "curl", "--silent", "--cacert", ca, "--max-time", "60" };
    int n = 6;
    while (*arguments != NULL) {
        argv[n++] = *arguments++;
    }
    argv[n++] = address;
    (void)process_read(&(struct process){ .argv = argv }, output, sizeof output);
}

#define CURL(path, ...) curl((path), (const char *const[]){ __VA_ARGS__, NULL })

/* The status that curl wrote behind the body, and the body's error, which has all that an error has. */
static void assert_answer(int status, const char *code)
{
    char *last = strrchr(output, '\n');
    assert_non_null(last);
    assert_int_equal(atoi(last + 1), status);
    *last = 0;
    json_t *r = json_loads(output, 0, NULL);
    if (r == NULL) {
        fail_msg("no JSON: %.300s", output);
    }
    json_t *error = json_object_get(r, "error");
    assert_true(json_is_false(json_object_get(r, "success")));
    assert_string_equal(json_string_value(json_object_get(error, "code")), code);
    assert_true(json_is_string(json_object_get(error, "message")));
    assert_true(json_is_object(json_object_get(error, "details")));
    assert_true(json_is_object(json_object_get(error, "field_errors")));
    assert_true(json_is_string(json_object_get(r, "request_id")));
    assert_true(json_is_string(json_object_get(r, "timestamp")));
    json_decref(r);
}

#define WITH_STATUS "--write-out", "\n%{http_code}"

/* ---- uploads ---- */

static int lines_with(const char *status)
{
    int n = 0;
    for (const char *s = output; (s = strstr(s, status)) != NULL; s += strlen(status)) {
        n++;
    }
    return n;
}

static void large_posts_that_are_refused_cost_no_connection(void **state)
{
    char data[80], urls[64], parallel[8];
    (void)state;
    snprintf(data, sizeof data, "@%s", large);
    snprintf(urls, sizeof urls, "/api/v1/tasks?n=[1-%d]", POSTS);
    snprintf(parallel, sizeof parallel, "%d", PARALLEL);
    CURL(urls, "--output", "/dev/null", "--parallel", "--parallel-max", parallel, "--data-binary", data, "--header",
         "Content-Type: application/json", "--header", "Expect:", "--write-out", "status %{http_code}\n");
    assert_int_equal(lines_with("status 401\n"), POSTS);
}

static void a_body_past_the_limit_is_413(void **state)
{
    char data[80];
    (void)state;
    snprintf(data, sizeof data, "@%s", too_large);
    CURL("/api/v1/tasks", "--data-binary", data, "--header", "Content-Type: application/json", WITH_STATUS);
    assert_answer(413, "payload_too_large");
    CURL("/api/v1/tasks", "--http1.1", "--data-binary", data, "--header", "Content-Type: application/json", WITH_STATUS);
    assert_answer(413, "payload_too_large");
}

/* ---- host names ---- */

static void any_host_name_is_served_and_told_to_the_worker(void **state)
{
    char psql[512], database[256];
    (void)state;
    read_env("STACK_DB_ADMIN", database, sizeof database);
    database[strcspn(database + 1, "'") + 1] = 0;
    snprintf(psql, sizeof psql, "%s", database + 1); /* without its quotes */
    const char *const sql =
        "with b as (insert into karara.brands (id, name, slug) values (gen_random_uuid(), 'Hosted', 'hosted') returning id) "
        "insert into karara.brand_domains (domain, brand_id) select 'work.hosted.example', id from b";
    const char *argv[] = { "psql",     "--no-psqlrc", "--quiet",   "--set", "ON_ERROR_STOP=1",
                           "--dbname", psql,          "--command", sql,     NULL };
    assert_int_equal(process_run(&(struct process){ .argv = argv }), 0);
    CURL("/api/v1/branding", "--header", "Host: WORK.hosted.example:8443", "--include");
    assert_non_null(strstr(output, "\"name\":\"Hosted\""));
    assert_non_null(strcasestr(output, "cache-control: public, max-age=60"));
    assert_non_null(strcasestr(output, "vary: host"));
    CURL("/api/v1/branding", "--header", "X-Forwarded-Host: work.hosted.example", "--header",
         "Server-Name: work.hosted.example");
    assert_non_null(strstr(output, "\"name\":\"Karara\""));
    CURL("/api/v1/logos/none", WITH_STATUS);
    assert_answer(404, "not_found");
}

/* ---- errors that nginx makes ---- */

static void what_nginx_does_not_find_is_404_in_the_envelope(void **state)
{
    (void)state;
    CURL("/no-such-picture.png", WITH_STATUS);
    assert_answer(404, "not_found");
    CURL("/api/v1/nothing", WITH_STATUS); /* the worker's own looks the same */
    assert_answer(404, "not_found");
}

static void guessing_passwords_is_429_in_the_envelope(void **state)
{
    (void)state;
    for (int i = 0; i < 10; i++) {
        CURL("/api/v1/auth/login", "--data", "{}", "--header", "Content-Type: application/json", WITH_STATUS);
    }
    CURL("/api/v1/auth/login", "--data", "{}", "--header", "Content-Type: application/json", WITH_STATUS);
    assert_answer(429, "rate_limited");
    CURL("/api/v1/auth/login", "--data", "{}", "--header", "Content-Type: application/json", "--include");
    assert_non_null(strcasestr(output, "retry-after:"));
}

static void without_workers_it_is_503_or_502_in_the_envelope(void **state)
{
    (void)state;
    assert_int_equal(stack("stop", (const char *const[]){ "api", NULL }), 0);
    CURL("/api/v1/tasks", WITH_STATUS);
    assert_answer(502, "unavailable");
    CURL("/api/v1/tasks", "--header", "Accept: application/problem+json", "--include");
    assert_non_null(strcasestr(output, "content-type: application/problem+json"));
    assert_non_null(strcasestr(output, "retry-after:"));
    assert_int_equal(stack("start", (const char *const[]){ NULL }), 0);
    CURL("/api/v1/tasks", WITH_STATUS);
    assert_answer(401, "authentication_required");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(large_posts_that_are_refused_cost_no_connection),
        cmocka_unit_test(a_body_past_the_limit_is_413),
        cmocka_unit_test(any_host_name_is_served_and_told_to_the_worker),
        cmocka_unit_test(what_nginx_does_not_find_is_404_in_the_envelope),
        cmocka_unit_test(guessing_passwords_is_429_in_the_envelope),
        cmocka_unit_test(without_workers_it_is_503_or_502_in_the_envelope),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
