/* The real worker behind its socket: how it ends, and how it lives through what happens to the database and to memcached. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "api.h"
#include "core/buf.h"
#include "core/log.h"
#include "fcgi_client.h"
#include "pg.h"
#include "platform/db.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static char socket_path[128], log_path[128];
static int listener = -1;
static pid_t worker;
static struct api_person ada;
static struct api_brand demo;
static struct db *superuser; /* to another database than the test's, so that it outlives what happens to that */

static void start_worker(void)
{
    fflush(NULL);
    worker = fork();
    assert_true(worker >= 0);
    if (worker == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        int log = open(log_path, O_WRONLY | O_CREAT | O_APPEND, 0600);
        dup2(listener, 0);
        dup2(log, 1);
        dup2(log, 2);
        execl(KARARA_BIN_DIR "/karara-api", "karara-api", (char *)NULL);
        _exit(127);
    }
}

static int end_worker(int signal)
{
    int status = -1;
    kill(worker, signal);
    assert_int_equal(waitpid(worker, &status, 0), worker);
    return status;
}

static int set_up(void **state)
{
    (void)state;
    api_begin();
    log_set_level(LOG_ERROR);
    ada = api_person("ada");
    demo = api_brand("demo", &ada);
    snprintf(socket_path, sizeof socket_path, "%s/api.sock", pg_folder());
    snprintf(log_path, sizeof log_path, "%s/api.log", pg_folder());
    listener = fcgi_client_listen(socket_path);
    assert_true(listener >= 0);
    char conninfo[300];
    snprintf(conninfo, sizeof conninfo, "%s", pg_conninfo("postgres"));
    char *name = strstr(conninfo, " dbname=");
    const char *user = strstr(conninfo, " user=");
    superuser = db_open(api_f("%.*s dbname=postgres%s", (int)(name - conninfo), conninfo, user));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    close(listener);
    db_close(superuser);
    return 0;
}

static int begin(void **state)
{
    (void)state;
    start_worker();
    return 0;
}

/* Ends it gently: a leak would be told by its status. */
static int finish(void **state)
{
    (void)state;
    assert_int_equal(end_worker(SIGTERM), 0);
    return 0;
}

/* ---- asking ---- */

static struct fcgi_answer ask(const char *method, const char *path, const char *body)
{
    struct fcgi_answer a;
    const struct fcgi_param params[] = { { "HTTP_AUTHORIZATION", api_f("Bearer %s", ada.token) },
                                         { "CONTENT_TYPE", body != NULL ? "application/json" : "" },
                                         { NULL, NULL } };
    assert_true(fcgi_client_ask(socket_path, method, path, params, body, body != NULL ? strlen(body) : 0, &a));
    return a;
}

static int status_of(const char *path)
{
    struct fcgi_answer a = ask("GET", path, NULL);
    int status = a.status;
    fcgi_answer_free(&a);
    return status;
}

static const char *tasks_path(void)
{
    return api_f("/api/v1/boards/%s/tasks", demo.board_id);
}

/* Until the worker says so, at most some seconds. */
static bool becomes(int status)
{
    for (int i = 0; i < 300; i++) {
        if (status_of("/api/v1/tasks") == status) {
            return true;
        }
        usleep(20000);
    }
    return false;
}

static void assert_unavailable(void)
{
    char after[16] = "";
    struct fcgi_answer a = ask("GET", "/api/v1/tasks", NULL);
    assert_int_equal(a.status, 503);
    assert_true(fcgi_answer_header(&a, "Retry-After", after, sizeof after));
    assert_non_null(strstr(a.body, "\"unavailable\""));
    assert_null(strstr(a.body, "postgres")); /* words of ours */
    fcgi_answer_free(&a);
}

/* Runs SQL past everything. */
static void on_cluster(const char *sql)
{
    assert_true(db_exec_text(superuser, sql));
}

static const char *workers_backend(void)
{
    return api_f("from pg_stat_activity where datname = '%s' and usename = 'karara_app'",
                 pg_value("select current_database()"));
}

/* ---- in the middle of a request ---- */

/* A connection on which a task of this title is being made, and that waits for the board, which `holder` has locked. */
struct middle {
    struct db *holder;
    int fd;
};

static struct middle begin_task(const char *title)
{
    struct buf b = { 0 };
    assert_int_equal(status_of("/api/v1/tasks"), 200);
    struct middle m = { .holder = db_open(pg_conninfo("postgres")), .fd = fcgi_client_connect(socket_path) };
    assert_true(
        db_exec_text(m.holder, api_f("begin; select from tenant_shared.boards where id = '%s' for update", demo.board_id)));
    const char *body = api_f("{\"title\":\"%s\"}", title);
    const struct fcgi_param params[] = { { "HTTP_AUTHORIZATION", api_f("Bearer %s", ada.token) },
                                         { "CONTENT_TYPE", "application/json" },
                                         { "CONTENT_LENGTH", api_f("%zu", strlen(body)) },
                                         { NULL, NULL } };
    fcgi_client_head(&b, "POST", tasks_path(), params);
    fcgi_client_stdin(&b, body, strlen(body));
    fcgi_client_stdin(&b, "", 0);
    assert_true(fcgi_client_send(m.fd, b.data, b.len));
    buf_free(&b);
    for (int i = 0; i < 1000 && pg_count("select count(*) %s and wait_event_type = 'Lock'", workers_backend()) == 0; i++) {
        usleep(5000);
    }
    return m;
}

static void let_go(struct middle *m)
{
    assert_true(db_exec_text(m->holder, "commit"));
    db_close(m->holder);
}

static struct fcgi_answer answer_to(struct middle *m)
{
    struct fcgi_answer a;
    assert_true(fcgi_client_read(m->fd, &a));
    close(m->fd);
    return a;
}

static void a_request_that_runs_is_finished(void **state)
{
    (void)state;
    struct middle m = begin_task("Finished");
    kill(worker, SIGTERM);
    usleep(100000);
    assert_int_equal(waitpid(worker, NULL, WNOHANG), 0); /* not before it has answered */
    let_go(&m);
    struct fcgi_answer a = answer_to(&m);
    assert_int_equal(a.status, 201);
    fcgi_answer_free(&a);
    assert_int_equal(pg_count("select count(*) from tenant_shared.tasks where title = 'Finished'"), 1);
}

static void a_backend_killed_in_the_middle_is_503_and_nothing_done(void **state)
{
    char after[16];
    (void)state;
    struct middle m = begin_task("Never");
    pg_exec("select pg_terminate_backend(pid) %s", workers_backend());
    struct fcgi_answer a = answer_to(&m);
    assert_int_equal(a.status, 503);
    assert_true(fcgi_answer_header(&a, "Retry-After", after, sizeof after));
    fcgi_answer_free(&a);
    let_go(&m);
    assert_int_equal(pg_count("select count(*) from tenant_shared.tasks where title = 'Never'"), 0);
    assert_true(becomes(200));
}

/* ---- what happens to others ---- */

static void a_backend_killed_in_between_costs_no_request(void **state)
{
    (void)state;
    assert_int_equal(status_of("/api/v1/tasks"), 200);
    pg_exec("select pg_terminate_backend(pid) %s", workers_backend());
    for (int i = 0; i < 500 && pg_count("select count(*) %s", workers_backend()) > 0; i++) {
        usleep(10000);
    }
    assert_int_equal(status_of("/api/v1/tasks"), 200); /* that it has gone is seen before it is used */
}

/* As if the server were stopped: connections end, and new ones are refused. */
static void while_the_database_is_away_answers_are_503(void **state)
{
    (void)state;
    const char *name = api_f("%s", pg_value("select current_database()"));
    assert_int_equal(status_of("/api/v1/tasks"), 200);
    on_cluster(api_f("alter database %s with allow_connections false", name));
    on_cluster(
        api_f("select pg_terminate_backend(pid) from pg_stat_activity where datname = '%s' and usename = 'karara_app'", name));
    assert_true(becomes(503));
    for (int i = 0; i < 20; i++) {
        assert_unavailable();
    }
    assert_int_equal(status_of("/api/v1/nothing"), 404); /* what needs no database is served */
    on_cluster(api_f("alter database %s with allow_connections true", name));
    assert_true(becomes(200)); /* without a restart */
}

static void without_memcached_it_serves(void **state)
{
    (void)state;
    assert_int_equal(status_of("/api/v1/tasks"), 200);
    pg_memcached_stop();
    for (int i = 0; i < 20; i++) {
        assert_int_equal(status_of("/api/v1/tasks"), 200);
    }
    struct fcgi_answer a = ask("POST", tasks_path(), "{\"title\":\"Without\"}");
    assert_int_equal(a.status, 201);
    fcgi_answer_free(&a);
    pg_memcached_start();
    assert_int_equal(status_of("/api/v1/tasks"), 200);
}

/* ---- what comes over the socket ---- */

static void head_has_the_length_of_get_and_no_body(void **state)
{
    char of_get[32], of_head[32];
    (void)state;
    struct fcgi_answer get = ask("GET", "/api/v1/users/me", NULL), head = ask("HEAD", "/api/v1/users/me", NULL);
    assert_int_equal(head.status, 200);
    assert_int_equal(head.body_size, 0);
    assert_true(fcgi_answer_header(&get, "Content-Length", of_get, sizeof of_get));
    assert_true(fcgi_answer_header(&head, "Content-Length", of_head, sizeof of_head));
    assert_true(llabs(atoll(of_get) - atoll(of_head)) <= 4); /* the time's fraction has one to three digits */
    assert_true(atoll(of_head) > 100);
    fcgi_answer_free(&get);
    fcgi_answer_free(&head);
}

static void request_ids_come_in_and_go_out(void **state)
{
    char id[80];
    struct fcgi_answer a;
    const struct fcgi_param good[] = { { "HTTP_X_REQUEST_ID", "abc-123.X_y" }, { NULL, NULL } };
    const struct fcgi_param bad[] = { { "HTTP_X_REQUEST_ID", "a b\r\nSet-Cookie: x=y" }, { NULL, NULL } };
    (void)state;
    assert_true(fcgi_client_ask(socket_path, "GET", "/api/v1/nothing", good, NULL, 0, &a));
    assert_true(fcgi_answer_header(&a, "X-Request-ID", id, sizeof id));
    assert_string_equal(id, "abc-123.X_y");
    assert_non_null(strstr(a.body, "\"request_id\":\"abc-123.X_y\""));
    fcgi_answer_free(&a);
    assert_true(fcgi_client_ask(socket_path, "GET", "/api/v1/nothing", bad, NULL, 0, &a));
    assert_true(fcgi_answer_header(&a, "X-Request-ID", id, sizeof id));
    assert_null(strstr(a.head, "Set-Cookie"));
    assert_null(strchr(id, ' '));
    fcgi_answer_free(&a);
}

enum { HEADERS = 10000 };

static void ten_thousand_headers_harm_nobody(void **state)
{
    struct fcgi_answer a;
    (void)state;
    struct fcgi_param *params = calloc(HEADERS + 2, sizeof *params);
    assert_non_null(params);
    for (int i = 0; i < HEADERS; i++) {
        params[i] = (struct fcgi_param){ api_f("HTTP_X_%d", i), "value" };
    }
    params[HEADERS] = (struct fcgi_param){ "HTTP_AUTHORIZATION", api_f("Bearer %s", ada.token) };
    assert_true(fcgi_client_ask(socket_path, "GET", "/api/v1/users/me", params, NULL, 0, &a));
    assert_true(a.status == 200 || (a.status >= 400 && a.status < 500));
    fcgi_answer_free(&a);
    free(params);
    assert_int_equal(status_of("/api/v1/tasks"), 200);
}

static void large_bodies_are_read_to_their_end_and_refused(void **state)
{
    const size_t size = 3 << 20;
    (void)state;
    char *body = malloc(size + 1);
    assert_non_null(body);
    memset(body, 'x', size);
    body[size] = 0;
    for (int i = 0; i < 10; i++) {
        struct fcgi_answer a = ask("POST", tasks_path(), body);
        assert_int_equal(a.status, 413);
        assert_true(a.ended);
        fcgi_answer_free(&a);
    }
    free(body);
    assert_int_equal(status_of("/api/v1/tasks"), 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_request_that_runs_is_finished, begin, finish),
        cmocka_unit_test_setup_teardown(a_backend_killed_in_between_costs_no_request, begin, finish),
        cmocka_unit_test_setup_teardown(a_backend_killed_in_the_middle_is_503_and_nothing_done, begin, finish),
        cmocka_unit_test_setup_teardown(while_the_database_is_away_answers_are_503, begin, finish),
        cmocka_unit_test_setup_teardown(without_memcached_it_serves, begin, finish),
        cmocka_unit_test_setup_teardown(head_has_the_length_of_get_and_no_body, begin, finish),
        cmocka_unit_test_setup_teardown(request_ids_come_in_and_go_out, begin, finish),
        cmocka_unit_test_setup_teardown(ten_thousand_headers_harm_nobody, begin, finish),
        cmocka_unit_test_setup_teardown(large_bodies_are_read_to_their_end_and_refused, begin, finish),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
