/* A whole Karara behind a real nginx, and what a scraper reads of it: exact counts across workers, also of those that were killed, the relay's lag,
 * and nothing of it on the public address. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "process.h"
#include "site.h"
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TEXT = 1 << 20, REQUESTS = 200, SOME = 40, TRIES = 600, PAUSE = 100000 }; /* bytes; a minute in looks, µs between them */

static char text[TEXT], socket_path[256];

static int set_up(void **state)
{
    (void)state;
    if (!site_start((const char *const[]){ "--rate-all", "off", "--rate-auth", "off", "--without", "mail", NULL })) {
        return -1;
    }
    site_env("STACK_METRICS_SOCKET", socket_path, sizeof socket_path);
    return access(socket_path, F_OK);
}

static int tear_down(void **state)
{
    (void)state;
    return site_remove();
}

/* ---- scraping ---- */

/* Asks the private server for this path; the status is the last line. */
static void ask(const char *path, const char *method)
{
    char url[128];
    snprintf(url, sizeof url, "http://localhost%s", path);
    const char *argv[] = { "curl", "--silent",  "--max-time", "60", "--unix-socket", socket_path, "--request",
                           method, SITE_STATUS, url,          NULL };
    (void)process_read(&(struct process){ .argv = argv }, text, sizeof text);
}

static void scrape(void)
{
    ask("/metrics", "GET");
    assert_string_equal(strrchr(text, '\n'), "\n200");
}

/* Its value in what was read last; 0 when there is none: those that never were aren't written. */
static double value(const char *series)
{
    size_t n = strlen(series);
    for (const char *line = text; line != NULL; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, series, n) == 0 && line[n] == ' ') {
            return strtod(line + n, NULL);
        }
    }
    return 0;
}

/* The value that it has when asked now. */
static double now(const char *series)
{
    scrape();
    return value(series);
}

static void await(const char *series, double least, double most)
{
    for (int i = 0; i < TRIES; i++) {
        double v = now(series);
        if (v >= least && v <= most) {
            return;
        }
        usleep(PAUSE);
    }
    fail_msg("%s is %g, neither %g nor anything up to %g", series, value(series), least, most);
}

static void sql(const char *command)
{
    char database[512];
    site_env("STACK_DB_ADMIN", database, sizeof database);
    const char *argv[] = { "psql",     "--no-psqlrc", "--quiet",   "--set", "ON_ERROR_STOP=1",
                           "--dbname", database,      "--command", command, NULL };
    assert_int_equal(process_run(&(struct process){ .argv = argv }), 0);
}

static void send_many(const char *path, int n)
{
    char paths[128];
    snprintf(paths, sizeof paths, "%s?n=[1-%d]", path, n);
    SITE_CURL(paths, "--output", "/dev/null", "--parallel", "--parallel-max", "16");
}

/* ---- requests ---- */

static const char refused[] = "karara_http_requests_total{method=\"GET\",route=\"/branding\",status=\"4xx\"}";
static const char timed[] = "karara_http_request_duration_seconds_count{method=\"GET\",route=\"/branding\"}";
static const char queued[] = "karara_http_queue_seconds_count{pool=\"api\"}";

static void counts_are_exact_across_workers(void **state)
{
    (void)state;
    double before = now(queued);
    assert_int_equal((int)value("karara_processes{piece=\"api\",state=\"busy\"}") +
                         (int)value("karara_processes{piece=\"api\",state=\"idle\"}"),
                     2);
    send_many("/api/v1/branding", REQUESTS); /* it takes no n, which is 422 */
    scrape();
    assert_int_equal((int)value(refused), REQUESTS);
    assert_int_equal((int)value(timed), REQUESTS);
    assert_int_equal((int)(value(queued) - before), REQUESTS);
    assert_null(strstr(text, "?n="));
    assert_int_equal((int)value("karara_database_up"), 1);
    assert_true(value("karara_database_connections") > 0);
    SITE_CURL("/api/v1/branding", "--output", "/dev/null");
    assert_int_equal((int)now("karara_http_requests_total{method=\"GET\",route=\"/branding\",status=\"2xx\"}"), 1);
    assert_int_equal((int)value(timed), REQUESTS + 1);
    SITE_CURL("/api/v1/nothing/{a,b,c}", "--output", "/dev/null");
    assert_int_equal((int)now("karara_http_requests_total{method=\"\",route=\"\",status=\"4xx\"}"), 3);
    assert_null(strstr(text, "nothing"));
}

/* A process whose parent is the pool's master; the first found. */
static pid_t worker_of(const char *pool)
{
    char path[600], home[512], line[256];
    int master = 0;
    site_env("STACK_HOME", home, sizeof home);
    snprintf(path, sizeof path, "%s/pids/%s", home, pool);
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    assert_int_equal(fscanf(f, "%d", &master), 1);
    fclose(f);
    pid_t found = 0;
    DIR *d = opendir("/proc");
    for (struct dirent *e; d != NULL && found == 0 && (e = readdir(d)) != NULL;) {
        int parent = 0;
        snprintf(path, sizeof path, "/proc/%s/stat", e->d_name);
        f = atoi(e->d_name) > 0 ? fopen(path, "r") : NULL;
        if (f != NULL && fgets(line, sizeof line, f) != NULL && strrchr(line, ')') != NULL &&
            sscanf(strrchr(line, ')') + 1, " %*c %d", &parent) == 1 && parent == master) {
            found = atoi(e->d_name);
        }
        if (f != NULL) {
            fclose(f);
        }
    }
    closedir(d);
    assert_true(found > 0);
    return found;
}

static void a_killed_worker_loses_nothing(void **state)
{
    (void)state;
    double before = now(refused);
    pid_t worker = worker_of("api");
    kill(worker, SIGKILL);
    assert_true(now(refused) == before);
    send_many("/api/v1/branding", SOME);
    assert_true(now(refused) == before + SOME);
    await("karara_metrics_page{piece=\"api\"}", 1, 1);
}

static void a_reload_and_a_start_anew_lose_nothing(void **state)
{
    (void)state;
    double before = now(refused);
    assert_int_equal(site_stack("reload", (const char *const[]){ NULL }), 0);
    send_many("/api/v1/branding", SOME);
    assert_true(now(refused) == before + SOME);
    assert_int_equal(site_stack("stop", (const char *const[]){ "api", NULL }), 0);
    assert_int_equal(site_stack("start", (const char *const[]){ NULL }), 0);
    assert_true(now(refused) == before + SOME);
}

static void sign_ins_have_a_queue_of_their_own(void **state)
{
    (void)state;
    double before = now("karara_http_queue_seconds_count{pool=\"signin\"}");
    SITE_CURL("/api/v1/auth/login", "--data", "{}", "--header", "Content-Type: application/json", "--output", "/dev/null");
    assert_true(now("karara_http_queue_seconds_count{pool=\"signin\"}") == before + 1);
    assert_true(value("karara_http_requests_total{method=\"POST\",route=\"/auth/login\",status=\"4xx\"}") >= 1);
}

/* ---- who may read it ---- */

static void the_public_address_does_not_have_it(void **state)
{
    (void)state;
    static const char *const paths[] = { "/metrics", "/api/metrics", "/api/v1/metrics" };
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        SITE_CURL(paths[i], "--header", "KARARA_PAGE: metrics", "--header", "Karara-Page: metrics", SITE_STATUS);
        assert_null(strstr(site_output(), "karara_"));
        assert_int_equal(site_status(), 404);
    }
    SITE_CURL("/api/v1/health", "--header", "Karara-Page: metrics", "--header", "KARARA_PAGE: metrics");
    assert_non_null(strstr(site_output(), "\"success\":true"));
}

static void the_private_server_has_nothing_else(void **state)
{
    (void)state;
    static const char *const paths[] = { "/", "/api/v1/health", "/metrics/x", "/index.html" };
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        ask(paths[i], "GET");
        assert_string_equal(strrchr(text, '\n'), "\n404");
    }
    ask("/metrics", "POST");
    assert_string_equal(strrchr(text, '\n'), "\n403");
    const char *argv[] = { "curl", "--silent", "--head", "--unix-socket", socket_path, "http://localhost/metrics", NULL };
    (void)process_read(&(struct process){ .argv = argv }, text, sizeof text);
    assert_non_null(strcasestr(text, "content-type: text/plain; version=0.0.4"));
    assert_null(strstr(text, "# HELP"));
}

static void kararactl_prints_the_same(void **state)
{
    (void)state;
    char dir[96];
    double wanted = now(refused);
    snprintf(dir, sizeof dir, "%s/stack", site_folder());
    const char *argv[] = { KARARA_APP_DIR "/../tests/support/stack", "ctl", dir, "metrics", NULL };
    assert_int_equal(process_read(&(struct process){ .argv = argv }, text, sizeof text), 0);
    assert_true(value(refused) == wanted);
    assert_int_equal((int)value("karara_database_up"), 1);
    assert_int_equal((int)value("karara_metrics_page{piece=\"worker\"}"), 1);
}

/* ---- jobs and the relay ---- */

static void jobs_are_counted_by_kind_and_outcome(void **state)
{
    (void)state;
    static const char done[] = "karara_jobs_total{kind=\"noop\",outcome=\"done\"}";
    double before = now(done);
    sql("insert into karara.jobs (id, kind, queue, priority, max_attempts, payload, run_at) select karara.uuid_v7(), 'noop', "
        "'default', 2, 3, '{}', now() - interval '7 s' from generate_series(1, 5)");
    await(done, before + 5, before + 5);
    assert_true(value("karara_job_duration_seconds_count{kind=\"noop\"}") == value(done));
    assert_true(value("karara_job_wait_seconds_count{kind=\"noop\"}") == value(done));
    assert_true(value("karara_job_wait_seconds_bucket{kind=\"noop\",le=\"5\"}") == before);
    assert_true(value("karara_job_wait_seconds_sum{kind=\"noop\"}") >= 5 * 7);
    sql("insert into karara.jobs (id, kind, queue, priority, max_attempts, payload) values "
        "(karara.uuid_v7(), 'task_template_spawn', 'default', 2, 3, '{}')");
    await("karara_jobs_total{kind=\"task_template_spawn\",outcome=\"parked\"}", 1, 1);
    await("karara_jobs_parked", 1, 1);
}

static void the_lag_rises_while_no_relay_runs_and_falls_again(void **state)
{
    (void)state;
    await("karara_leads{role=\"relay\"}", 1, 1);
    await("karara_relay_lag_seconds", 0, 0);
    assert_int_equal(site_stack("stop", (const char *const[]){ "worker", NULL }), 0);
    await("karara_relay_leader", 0, 0);
    assert_true(now("karara_leads{role=\"relay\"}") == 0);
    double numbered = value("karara_relay_events_total");
    sql("insert into karara.events (kind, subject_type) values ('x.y', 'x'), ('x.y', 'x')");
    double first = now("karara_relay_lag_seconds");
    assert_true(first > 0);
    await("karara_relay_lag_seconds", first + 1, 1e6);
    assert_int_equal((int)value("karara_relay_events_waiting"), 2);
    assert_int_equal(site_stack("start", (const char *const[]){ NULL }), 0);
    await("karara_relay_lag_seconds", 0, 0);
    await("karara_relay_events_total", numbered + 2, numbered + 2);
    await("karara_leads{role=\"relay\"}", 1, 1);
    assert_int_equal((int)value("karara_relay_leader"), 1);
}

static void without_a_database_the_rest_is_told(void **state)
{
    (void)state;
    double before = now(refused);
    assert_int_equal(site_stack("stop", (const char *const[]){ "postgres", NULL }), 0);
    await("karara_database_up", 0, 0);
    assert_true(value(refused) == before);
    assert_null(strstr(text, "\nkarara_relay_lag_seconds"));
    assert_int_equal(site_stack("start", (const char *const[]){ NULL }), 0);
    await("karara_database_up", 1, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_are_exact_across_workers),
        cmocka_unit_test(a_killed_worker_loses_nothing),
        cmocka_unit_test(a_reload_and_a_start_anew_lose_nothing),
        cmocka_unit_test(sign_ins_have_a_queue_of_their_own),
        cmocka_unit_test(the_public_address_does_not_have_it),
        cmocka_unit_test(the_private_server_has_nothing_else),
        cmocka_unit_test(kararactl_prints_the_same),
        cmocka_unit_test(jobs_are_counted_by_kind_and_outcome),
        cmocka_unit_test(the_lag_rises_while_no_relay_runs_and_falls_again),
        cmocka_unit_test(without_a_database_the_rest_is_told),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
