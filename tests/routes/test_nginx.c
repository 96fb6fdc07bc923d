/* A whole Karara behind a real nginx: its own errors speak as the API's do, and refused uploads cost no connection. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "process.h"
#include "site.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { POSTS = 300, PARALLEL = 16, LARGE = 1000000, TOO_LARGE = 3 << 20 };

static char large[64], too_large[64];

static void write_file(char *path, size_t path_size, const char *name, size_t size)
{
    snprintf(path, path_size, "%s/%s", site_folder(), name);
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
    if (!site_start((const char *const[]){ "--rate-all", "off", "--rate-auth", "10r/m", NULL })) {
        return -1;
    }
    write_file(large, sizeof large, "large", LARGE);
    write_file(too_large, sizeof too_large, "too_large", TOO_LARGE);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    return site_remove();
}

/* ---- uploads ---- */

static int lines_with(const char *output, const char *status)
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
    SITE_CURL(urls, "--output", "/dev/null", "--parallel", "--parallel-max", parallel, "--data-binary", data, "--header",
              "Content-Type: application/json", "--header", "Expect:", "--write-out", "status %{http_code}\n");
    assert_int_equal(lines_with(site_output(), "status 401\n"), POSTS);
}

static void a_body_past_the_limit_is_413(void **state)
{
    char data[80];
    (void)state;
    snprintf(data, sizeof data, "@%s", too_large);
    SITE_CURL("/api/v1/tasks", "--data-binary", data, "--header", "Content-Type: application/json", SITE_STATUS);
    site_assert_error(413, "payload_too_large");
    SITE_CURL("/api/v1/tasks", "--http1.1", "--data-binary", data, "--header", "Content-Type: application/json", SITE_STATUS);
    site_assert_error(413, "payload_too_large");
}

/* ---- host names ---- */

static void any_host_name_is_served_and_told_to_the_worker(void **state)
{
    char psql[512];
    (void)state;
    site_env("STACK_DB_ADMIN", psql, sizeof psql);
    const char *const sql =
        "with b as (insert into karara.brands (id, name, slug) values (gen_random_uuid(), 'Hosted', 'hosted') returning id) "
        "insert into karara.brand_domains (domain, brand_id) select 'work.hosted.example', id from b";
    const char *argv[] = { "psql",     "--no-psqlrc", "--quiet",   "--set", "ON_ERROR_STOP=1",
                           "--dbname", psql,          "--command", sql,     NULL };
    assert_int_equal(process_run(&(struct process){ .argv = argv }), 0);
    SITE_CURL("/api/v1/branding", "--header", "Host: WORK.hosted.example:8443", "--include");
    assert_non_null(strstr(site_output(), "\"name\":\"Hosted\""));
    assert_non_null(strcasestr(site_output(), "cache-control: public, max-age=60"));
    assert_non_null(strcasestr(site_output(), "vary: host"));
    SITE_CURL("/api/v1/branding", "--header", "X-Forwarded-Host: work.hosted.example", "--header",
              "Server-Name: work.hosted.example");
    assert_non_null(strstr(site_output(), "\"name\":\"Karara\""));
    SITE_CURL("/api/v1/logos/none", SITE_STATUS);
    site_assert_error(404, "not_found");
}

/* Mail programs that know no one-click leaving open the address instead. */
static void who_opens_a_mail_s_unsubscribe_address_gets_the_page_with_the_button(void **state)
{
    (void)state;
    SITE_CURL("/api/v1/unsubscribe?token=Ab-_9", "--include");
    assert_non_null(strstr(site_output(), " 303"));
    assert_non_null(strstr(site_output(), "/unsubscribe#token=Ab-_9\r\n"));
    SITE_CURL("/api/v1/unsubscribe?token=Ab-_9", "--data", "List-Unsubscribe=One-Click", SITE_STATUS);
    site_assert_error(422, "validation_failed");
}

/* ---- errors that nginx makes ---- */

static void what_nginx_does_not_find_is_404_in_the_envelope(void **state)
{
    (void)state;
    SITE_CURL("/no-such-picture.png", SITE_STATUS);
    site_assert_error(404, "not_found");
    SITE_CURL("/api/v1/nothing", SITE_STATUS); /* the worker's own looks the same */
    site_assert_error(404, "not_found");
}

static void guessing_passwords_is_429_in_the_envelope(void **state)
{
    (void)state;
    for (int i = 0; i < 10; i++) {
        SITE_CURL("/api/v1/auth/login", "--data", "{}", "--header", "Content-Type: application/json", SITE_STATUS);
    }
    SITE_CURL("/api/v1/auth/login", "--data", "{}", "--header", "Content-Type: application/json", SITE_STATUS);
    site_assert_error(429, "rate_limited");
    SITE_CURL("/api/v1/auth/login", "--data", "{}", "--header", "Content-Type: application/json", "--include");
    assert_non_null(strcasestr(site_output(), "retry-after:"));
}

static void without_workers_it_is_503_or_502_in_the_envelope(void **state)
{
    (void)state;
    assert_int_equal(site_stack("stop", (const char *const[]){ "api", NULL }), 0);
    SITE_CURL("/api/v1/tasks", SITE_STATUS);
    site_assert_error(502, "unavailable");
    SITE_CURL("/api/v1/tasks", "--header", "Accept: application/problem+json", "--include");
    assert_non_null(strcasestr(site_output(), "content-type: application/problem+json"));
    assert_non_null(strcasestr(site_output(), "retry-after:"));
    assert_int_equal(site_stack("start", (const char *const[]){ NULL }), 0);
    SITE_CURL("/api/v1/tasks", SITE_STATUS);
    site_assert_error(401, "authentication_required");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(large_posts_that_are_refused_cost_no_connection),
        cmocka_unit_test(a_body_past_the_limit_is_413),
        cmocka_unit_test(any_host_name_is_served_and_told_to_the_worker),
        cmocka_unit_test(who_opens_a_mail_s_unsubscribe_address_gets_the_page_with_the_button),
        cmocka_unit_test(what_nginx_does_not_find_is_404_in_the_envelope),
        cmocka_unit_test(guessing_passwords_is_429_in_the_envelope),
        cmocka_unit_test(without_workers_it_is_503_or_502_in_the_envelope),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
