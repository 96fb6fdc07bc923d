/* test_metrics.c - the numbers for operators: what is counted stays whoever dies, and the text is what a scraper reads. */
#include "api/metrics_internal.h"
#include "api/registry.h"
#include "core/buf.h"
#include "core/config.h"
#include "http/http.h"
#include "process.h"
#include <ctype.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/karara-metrics-XXXXXX";
static struct buf text;

static int set_up(void **state)
{
    (void)state;
    return mkdtemp(folder) != NULL && config_set(CONF_RUN_DIR, folder) ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    buf_free(&text);
    folder_remove(folder);
    return 0;
}

static const char *page_file(const char *piece)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/metrics.%s", folder, piece);
    return path;
}

/* Each test begins without pages. */
static int begin(void **state)
{
    (void)state;
    metrics_close();
    for (int i = 0; i < METRICS_PIECES; i++) {
        unlink(page_file(metrics_pieces[i].name));
    }
    return 0;
}

static const char *scrape(const struct metrics_gauges *gauges)
{
    static const struct metrics_gauges none;
    buf_clear(&text);
    metrics_write(&text, gauges != NULL ? gauges : &none);
    assert_false(text.failed);
    return text.data;
}

/* The value of the line that begins so; NULL when there is none. */
static const char *value_of(const char *of, const char *series)
{
    static char value[64];
    size_t n = strlen(series);
    for (const char *line = of; line != NULL && *line != '\0'; line = strchr(line, '\n') + 1) {
        if (strncmp(line, series, n) == 0 && line[n] == ' ') {
            snprintf(value, sizeof value, "%.*s", (int)strcspn(line + n + 1, "\n"), line + n + 1);
            return value;
        }
    }
    return NULL;
}

static void assert_value(const char *series, const char *value)
{
    const char *there = value_of(text.data, series);
    if (there == NULL) {
        fail_msg("there is no %s", series);
    }
    assert_string_equal(there, value);
}

/* name{method=…,route=…,more}: of the n-th row. */
static const char *of_route(const char *name, int n, const char *more)
{
    static char series[512];
    const struct route *r = registry_route(n, NULL);
    snprintf(series, sizeof series, "%s{method=\"%s\",route=\"%s\"%s}", name, http_method_name(r->method), r->path, more);
    return series;
}

/* ---- the text ---- */

static void labels_and_help_are_escaped(void **state)
{
    (void)state;
    static const struct metrics_label labels[METRICS_LABELS] = { { "a", "back\\slash \"quoted\"\nnext" }, { "b", "" } };
    static const struct metrics_label none[METRICS_LABELS] = { { NULL, NULL } };
    static const struct metric_row row = { .name = "x_total", .help = "A \\ and \"this\"\nand that." };
    buf_clear(&text);
    metrics_put_labels(&text, labels);
    assert_string_equal(text.data, "{a=\"back\\\\slash \\\"quoted\\\"\\nnext\",b=\"\"} ");
    buf_clear(&text);
    metrics_put_labels(&text, none);
    assert_string_equal(text.data, " ");
    buf_clear(&text);
    metrics_put_head(&text, &row);
    assert_string_equal(text.data, "# HELP x_total A \\\\ and \"this\"\\nand that.\n# TYPE x_total counter\n");
}

static const char *skip_name(const char *s)
{
    assert_true(isalpha((unsigned char)*s) || *s == '_');
    while (isalnum((unsigned char)*s) || *s == '_') {
        s++;
    }
    return s;
}

static const char *skip_value(const char *s)
{
    assert_int_equal(*s++, '"');
    for (; *s != '"'; s++) {
        assert_true(*s != '\n' && *s != '\0');
        s += *s == '\\';
    }
    return s + 1;
}

/* name[{label="value",…}] number */
static void assert_sample(const char *line)
{
    char *end;
    const char *s = skip_name(line);
    if (*s == '{') {
        do {
            s = skip_name(s + 1);
            assert_int_equal(*s, '=');
            s = skip_value(s + 1);
        } while (*s == ',');
        assert_int_equal(*s++, '}');
    }
    assert_int_equal(*s++, ' ');
    strtod(s, &end);
    assert_true(end > s && *end == '\n');
}

static void each_line_is_a_comment_or_a_sample_and_each_metric_stands_once(void **state)
{
    (void)state;
    struct metrics_gauges gauges = { 0 };
    char head[128];
    for (int i = 0; i < METRICS_PIECES; i++) {
        assert_true(metrics_open(metrics_pieces[i].name));
        metrics_enter();
        metrics_request(registry_route(1, NULL), 200, 10, 5, 1);
        metrics_time(METRIC_QUEUE_SECONDS, 0, 1);
        metrics_job(0, METRICS_DONE, 1);
        metrics_time(METRIC_JOB_WAIT, 0, 1);
    }
    for (int i = 0; i < METRIC_COUNT; i++) {
        gauges.is_set[i] = true;
        gauges.value[i] = 0.25;
    }
    const char *all = scrape(&gauges);
    for (const char *line = all; *line != '\0'; line = strchr(line, '\n') + 1) {
        if (*line != '#') {
            assert_sample(line);
        }
    }
    for (int i = 0; i < METRIC_COUNT; i++) {
        snprintf(head, sizeof head, "# TYPE %s ", metric_rows[i].name);
        const char *at = strstr(all, head);
        assert_non_null(at);
        assert_null(strstr(at + 1, head));
        const char *sample = strchr(at, '\n') + 1;
        if (strncmp(sample, metric_rows[i].name, strlen(metric_rows[i].name)) != 0) {
            fail_msg("%s has no sample", metric_rows[i].name);
        }
        bool counter = metric_rows[i].type == METRICS_IS_COUNTER || metric_rows[i].type == METRICS_IS_SECONDS;
        assert_int_equal(counter, strstr(metric_rows[i].name, "_total") != NULL);
    }
    assert_value("karara_relay_lag_seconds", "0.25");
    metrics_close();
}

static void a_histogram_adds_up(void **state)
{
    (void)state;
    assert_true(metrics_open("api"));
    static const int64_t micros[] = { -5, 1000, 1001, 9999, 30000, 20000000 };
    for (size_t i = 0; i < sizeof micros / sizeof *micros; i++) {
        metrics_request(registry_route(3, NULL), 200, micros[i], 1500, 2);
    }
    scrape(NULL);
    static const struct {
        const char *le, *count;
    } buckets[] = { { "0.001", "2" }, { "0.005", "3" }, { "0.01", "4" }, { "0.025", "4" },
                    { "0.05", "5" },  { "10", "5" },    { "+Inf", "6" } };
    for (size_t i = 0; i < sizeof buckets / sizeof *buckets; i++) {
        char more[32];
        snprintf(more, sizeof more, ",le=\"%s\"", buckets[i].le);
        assert_value(of_route("karara_http_request_duration_seconds_bucket", 3, more), buckets[i].count);
    }
    assert_value(of_route("karara_http_request_duration_seconds_count", 3, ""), "6");
    assert_value(of_route("karara_http_request_duration_seconds_sum", 3, ""), "20.042000");
    assert_value(of_route("karara_http_request_database_seconds_total", 3, ""), "0.009000");
    assert_value("karara_database_round_trips_total{pool=\"api\"}", "12");
    metrics_close();
}

static void labels_are_rows_and_what_has_none_has_no_name(void **state)
{
    (void)state;
    int last = 0;
    assert_true(metrics_open("api"));
    while (registry_route(last + 1, NULL) != NULL) {
        last++;
    }
    metrics_request(registry_route(last, NULL), 404, 1, 0, 0);
    metrics_request(NULL, 404, 1, 0, 0);
    metrics_request(NULL, 404, 1, 0, 0);
    metrics_request(registry_route(0, NULL), 429, 1, 0, 0);
    metrics_request(registry_route(0, NULL), 503, 1, 0, 0);
    metrics_request(registry_route(0, NULL), 503, 1, 0, 0);
    metrics_request(registry_route(0, NULL), 999, 1, 0, 0);
    scrape(NULL);
    assert_value(of_route("karara_http_requests_total", last, ",status=\"4xx\""), "1");
    assert_value("karara_http_requests_total{method=\"\",route=\"\",status=\"4xx\"}", "2");
    assert_value(of_route("karara_http_requests_total", 0, ",status=\"4xx\""), "1");
    assert_value(of_route("karara_http_requests_total", 0, ",status=\"5xx\""), "2");
    assert_value("karara_http_requests_refused_total{status=\"429\"}", "1");
    assert_value("karara_http_requests_refused_total{status=\"503\"}", "2");
    assert_null(value_of(text.data, of_route("karara_http_requests_total", 1, ",status=\"2xx\"")));
    metrics_close();
}

/* ---- pages ---- */

static void without_pages_nothing_is_told_of_them(void **state)
{
    (void)state;
    metrics_request(registry_route(0, NULL), 200, 1, 0, 0); /* counts nowhere */
    metrics_state(METRICS_BUSY);
    scrape(NULL);
    assert_value("karara_metrics_page{piece=\"api\"}", "0");
    assert_value("karara_metrics_page{piece=\"signin\"}", "0");
    assert_value("karara_metrics_page{piece=\"worker\"}", "0");
    assert_null(strstr(text.data, "\nkarara_http_requests"));
    assert_null(strstr(text.data, "\nkarara_leads{"));
    assert_null(strstr(text.data, "\nkarara_relay_lag_seconds"));
    assert_value("karara_build_info{version=\"" KARARA_VERSION "\"}", "1");
}

static void pools_are_summed_and_a_start_anew_goes_on(void **state)
{
    (void)state;
    for (int round = 0; round < 2; round++) {
        assert_true(metrics_open("api"));
        metrics_request(registry_route(0, NULL), 200, 1, 0, 1);
        assert_true(metrics_open("signin"));
        metrics_request(registry_route(0, NULL), 200, 1, 0, 10);
        metrics_job(0, METRICS_DONE, 1); /* not of this piece */
        metrics_close();
    }
    scrape(NULL);
    assert_value(of_route("karara_http_requests_total", 0, ",status=\"2xx\""), "4");
    assert_value("karara_database_round_trips_total{pool=\"api\"}", "2");
    assert_value("karara_database_round_trips_total{pool=\"signin\"}", "20");
    assert_null(strstr(text.data, "\nkarara_jobs_total"));
    assert_value("karara_metrics_page{piece=\"worker\"}", "0");
}

enum { PROCESSES = 4, EACH = 20000 };

static void processes_count_together_and_one_that_is_killed_loses_nothing(void **state)
{
    (void)state;
    pid_t pids[PROCESSES];
    int ready[2], status;
    char c, whole[16];
    assert_int_equal(pipe(ready), 0);
    assert_true(metrics_open("api"));
    for (int i = 0; i < PROCESSES; i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            metrics_enter();
            for (int n = 0; n < EACH; n++) {
                metrics_request(registry_route(2, NULL), 201, 1, 1, 1);
            }
            metrics_state(METRICS_BUSY);
            (void)!write(ready[1], "x", 1);
            pause();
        }
    }
    for (int i = 0; i < PROCESSES; i++) {
        assert_int_equal(read(ready[0], &c, 1), 1);
    }
    scrape(NULL);
    snprintf(whole, sizeof whole, "%d", PROCESSES);
    assert_value("karara_processes{piece=\"api\",state=\"busy\"}", whole);
    for (int i = 0; i < PROCESSES; i++) {
        kill(pids[i], SIGKILL);
        waitpid(pids[i], &status, 0);
    }
    scrape(NULL);
    snprintf(whole, sizeof whole, "%d", PROCESSES * EACH);
    assert_value(of_route("karara_http_requests_total", 2, ",status=\"2xx\""), whole);
    assert_value(of_route("karara_http_request_duration_seconds_count", 2, ""), whole);
    assert_value("karara_processes{piece=\"api\",state=\"busy\"}", "0");
    close(ready[0]);
    close(ready[1]);
    metrics_close();
}

static void a_page_of_another_version_is_left_out_and_replaced(void **state)
{
    (void)state;
    uint64_t other = metrics_layout() + 1;
    assert_true(metrics_open("api"));
    metrics_request(registry_route(0, NULL), 200, 1, 0, 1);
    int fd = open(page_file("api"), O_RDWR);
    assert_int_equal(pwrite(fd, &other, sizeof other, offsetof(struct metrics_page, layout)), sizeof other);
    scrape(NULL);
    assert_value("karara_metrics_page{piece=\"api\"}", "0");
    assert_null(strstr(text.data, "\nkarara_http_requests"));
    pid_t child = fork();
    if (child == 0) {
        bool made = metrics_open("api");
        metrics_request(registry_route(0, NULL), 200, 1, 0, 7);
        _exit(made ? 0 : 1);
    }
    int status = -1;
    waitpid(child, &status, 0);
    assert_int_equal(status, 0);
    metrics_request(registry_route(0, NULL), 200, 1, 0, 1); /* on the old page, which nobody reads */
    scrape(NULL);
    assert_value("karara_metrics_page{piece=\"api\"}", "1");
    assert_value(of_route("karara_http_requests_total", 0, ",status=\"2xx\""), "1");
    assert_value("karara_database_round_trips_total{pool=\"api\"}", "7");
    close(fd);
    metrics_close();
}

static void what_is_no_page_is_left_out_and_replaced(void **state)
{
    (void)state;
    static const char *const contents[] = { "", "karara metrics1", "nonsense of some length or other" };
    for (size_t i = 0; i < sizeof contents / sizeof *contents; i++) {
        FILE *f = fopen(page_file("worker"), "w");
        fputs(contents[i], f);
        fclose(f);
        scrape(NULL);
        assert_value("karara_metrics_page{piece=\"worker\"}", "0");
    }
    assert_true(metrics_open("worker"));
    metrics_job(0, METRICS_DIED, 1);
    scrape(NULL);
    assert_value("karara_metrics_page{piece=\"worker\"}", "1");
    assert_value("karara_jobs_total{kind=\"noop\",outcome=\"died\"}", "1");
    metrics_close();
}

static void without_a_folder_nothing_is_counted_and_nothing_breaks(void **state)
{
    (void)state;
    config_set(CONF_RUN_DIR, "/nowhere");
    assert_false(metrics_open("api"));
    metrics_enter();
    metrics_state(METRICS_BUSY);
    metrics_request(registry_route(0, NULL), 200, 1, 0, 1);
    scrape(NULL);
    assert_value("karara_metrics_page{piece=\"api\"}", "0");
    config_set(CONF_RUN_DIR, folder);
}

static void what_there_is_can_be_read(void **state)
{
    (void)state;
    buf_clear(&text);
    metrics_describe(&text);
    for (int i = 0; i < METRIC_COUNT; i++) {
        assert_non_null(strstr(text.data, metric_rows[i].name));
        assert_non_null(strstr(text.data, metric_rows[i].help));
    }
    assert_non_null(strstr(text.data, "method, route, status"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(labels_and_help_are_escaped, begin),
        cmocka_unit_test_setup(each_line_is_a_comment_or_a_sample_and_each_metric_stands_once, begin),
        cmocka_unit_test_setup(a_histogram_adds_up, begin),
        cmocka_unit_test_setup(labels_are_rows_and_what_has_none_has_no_name, begin),
        cmocka_unit_test_setup(without_pages_nothing_is_told_of_them, begin),
        cmocka_unit_test_setup(pools_are_summed_and_a_start_anew_goes_on, begin),
        cmocka_unit_test_setup(processes_count_together_and_one_that_is_killed_loses_nothing, begin),
        cmocka_unit_test_setup(a_page_of_another_version_is_left_out_and_replaced, begin),
        cmocka_unit_test_setup(what_is_no_page_is_left_out_and_replaced, begin),
        cmocka_unit_test_setup(without_a_folder_nothing_is_counted_and_nothing_breaks, begin),
        cmocka_unit_test_setup(what_there_is_can_be_read, begin),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
