/* test_mail.c - mails while the mail server is away, slow or hangs up, and while workers and the database die amid one. None is lost; none is
 * doubled but where the server had all of it and nobody could hear its answer. */
#include "api.h"
#include "core/uuid.h"
#include "mail_server.h"
#include "pg.h"
#include "setting.h"
#include "workers.h"
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { LONG = 120 }; /* s: recovery takes 30 to 45, and the machine may be busy */

static int served(void **state)
{
    (void)state;
    workers_forget();
    mail_server_start(NULL);
    mail_server_forget();
    return 0;
}

static int gone(void **state)
{
    workers_clean(state);
    if (mail_server_runs()) {
        mail_server_stop();
    }
    setting(CONF_MAIL_TIMEOUT, "60");
    return 0;
}

/* Mails and their jobs: to <name>1@mail.example and on. */
static void post(const char *name, int n)
{
    pg_exec("with m as (insert into karara.mails (id, template, language, to_address, subject, text_body, html_body) "
            "select karara.uuid_v7(), 'verify_email', 'en', '%s' || i || '@mail.example', 'S', 'T', 'H' from "
            "generate_series(1, %d) i "
            "returning id) insert into karara.jobs (id, kind, queue, priority, max_attempts, payload, unique_key) select "
            "karara.uuid_v7(), 'mail_send', 'mail', 2, 100, jsonb_build_object('mail_id', id), 'mail:' || id from m",
            name, n);
}

static void retry_now(void)
{
    pg_exec("update karara.jobs set run_at = now() where kind = 'mail_send' and lease_until is null");
}

/* Waits until n mails are sent, without the pauses between attempts. */
static void expect_sent(int n)
{
    for (int i = 0; i < LONG * 5; i++) {
        if (pg_count("select count(*) from karara.mails where status = 'sent'") == n) {
            return;
        }
        retry_now();
        usleep(200000);
    }
    fail_msg("%lld of %d mails are sent; of one that isn't: %s",
             pg_count("select count(*) from karara.mails where status = 'sent'"), n,
             pg_value("select status || ': ' || coalesce(last_error, '') from karara.mails where status <> 'sent'"));
}

static void expect_once(const char *name, int n)
{
    for (int i = 1; i <= n; i++) {
        assert_int_equal(mail_server_count(api_f("%s%d@mail.example", name, i)), 1);
    }
}

static void expect_heard(const char *to)
{
    for (int i = 0; i < LONG * 50 && mail_server_recipients(to) == 0; i++) {
        usleep(20000);
    }
    assert_int_equal(mail_server_recipients(to), 1);
}

static void expect_had(const char *to)
{
    for (int i = 0; i < LONG * 50 && mail_server_count(to) == 0; i++) {
        usleep(20000);
    }
    assert_int_equal(mail_server_count(to), 1);
}

/* What "hold…" waits for. */
static void let_go(void)
{
    FILE *f = fopen(api_f("%s/go", mail_server_folder()), "w");
    assert_non_null(f);
    fclose(f);
}

/* Kills all runners: one of them has the mail in hand. */
static void kill_runners(void)
{
    pid_t pids[8];
    int n = workers_processes(0, "runner", pids, 8);
    assert_true(n > 0);
    for (int i = 0; i < n; i++) {
        kill(pids[i], SIGKILL);
    }
}

/* ---- the mail server ---- */

static void a_mail_server_that_is_down_loses_nothing(void **state)
{
    (void)state;
    mail_server_stop();
    workers_start(0, 2);
    post("down", 20);
    workers_expect("20", LONG,
                   "select count(*) from karara.mails where status = 'queued' and attempts > 0 and last_error is not null");
    mail_server_again();
    expect_sent(20);
    expect_once("down", 20);
}

static void a_mail_server_that_comes_and_goes_doubles_nothing_it_has_answered(void **state)
{
    (void)state;
    workers_start(0, 2);
    post("flaky", 200);
    for (int i = 0; i < 4; i++) {
        usleep(100000);
        mail_server_stop();
        usleep(100000);
        mail_server_again();
        retry_now();
    }
    expect_sent(200);
    int had = mail_server_count("");
    assert_in_range(had, 200, 204); /* at each end it may have had one whose answer nobody heard */
    for (int i = 1; i <= 200; i++) {
        assert_in_range(mail_server_count(api_f("flaky%d@mail.example", i)), 1, 5);
    }
}

static void a_mail_server_that_never_answers_keeps_nobody_else_from_work(void **state)
{
    (void)state;
    setting(CONF_MAIL_TIMEOUT, "30");
    workers_start(0, 2);
    post("tarpit", 1);
    expect_heard("tarpit1@mail.example");
    const char *id = workers_job("noop", "{}", "");
    assert_string_equal(workers_await(id), "done");
    workers_expect("queued Timeout was reached", LONG,
                   "select status || ' ' || last_error from karara.mails where attempts = 1");
    assert_int_equal(mail_server_count(""), 0);
}

static void a_mail_server_that_hangs_up_gets_the_mail_later(void **state)
{
    (void)state;
    workers_start(0, 1);
    post("drop", 1);
    workers_expect("t", LONG, "select status = 'queued' and last_error <> '' and attempts = 1 from karara.mails");
    pg_exec("update karara.mails set to_address = 'mended1@mail.example'");
    expect_sent(1);
    expect_once("mended", 1);
}

static void a_mail_that_was_cut_off_behind_its_end_goes_again_under_its_id(void **state)
{
    (void)state;
    workers_start(0, 1);
    post("cut", 1);
    workers_expect("t", LONG,
                   "select last_error like '%%perhaps the server has taken it.' and status = 'queued' from karara.mails");
    json_t *first = mail_server_last("cut1@mail.example");
    assert_non_null(first);
    assert_true(json_is_false(json_object_get(first, "taken")));
    expect_sent(1);
    json_t *second = mail_server_last("cut1@mail.example");
    assert_true(json_is_true(json_object_get(second, "taken")));
    const char *id = api_f("Message-ID: <%s@", pg_value("select id from karara.mails"));
    assert_non_null(strstr(json_string_value(json_object_get(first, "raw")), id));
    assert_non_null(strstr(json_string_value(json_object_get(second, "raw")), id));
    assert_string_equal(json_string_value(json_object_get(first, "raw")), json_string_value(json_object_get(second, "raw")));
    assert_int_equal(mail_server_count(""), 2);
    json_decref(first);
    json_decref(second);
}

/* ---- workers ---- */

static void a_runner_killed_before_the_text_doubles_nothing(void **state)
{
    (void)state;
    workers_start(0, 2);
    post("stall", 1);
    expect_heard("stall1@mail.example");
    kill_runners();
    expect_sent(1);
    expect_once("stall", 1);
    assert_int_equal(pg_count("select attempts from karara.mails"), 2);
}

static void a_runner_killed_before_the_answer_sends_it_again_under_its_id(void **state)
{
    (void)state;
    workers_start(0, 2);
    post("hold", 1);
    expect_had("hold1@mail.example");
    kill_runners();
    let_go();
    expect_sent(1);
    assert_int_equal(mail_server_count(""), 2);
    assert_int_equal(pg_count("select count(*) from karara.mails where attempts = 2"), 1);
}

static void runners_killed_at_random_lose_nothing(void **state)
{
    (void)state;
    int kills = 0;
    workers_start(0, 3);
    post("random", 300);
    while (kills < 30 && pg_count("select count(*) from karara.mails where status = 'sent'") < 290) {
        pid_t pids[8];
        int n = workers_processes(0, "runner", pids, 8);
        kills += n > 0 && kill(pids[random() % n], SIGKILL) == 0;
        usleep((useconds_t)(random() % 80000));
        retry_now();
    }
    expect_sent(300);
    for (int i = 1; i <= 300; i++) {
        assert_true(mail_server_count(api_f("random%d@mail.example", i)) >= 1);
    }
    assert_in_range(mail_server_count(""), 300, 300 + kills);
    assert_int_equal(
        pg_count("select count(*) from karara.mails where status <> 'sent' or last_error is not null or sender is not null"),
        0);
}

/* Its master stands still, so its lease runs out and another gets the job: but the one that has the mail in hand lives. */
static void a_worker_that_lost_its_lease_is_not_doubled(void **state)
{
    (void)state;
    workers_start(0, 1);
    post("hold", 1);
    expect_had("hold1@mail.example");
    kill(workers_pid(0), SIGSTOP);
    workers_start(1, 1);
    workers_expect("Another process is sending it.", LONG, "select last_error from karara.jobs where kind = 'mail_send'");
    let_go();
    expect_sent(1);
    kill(workers_pid(0), SIGCONT);
    workers_expect("0", LONG, "select count(*) from karara.jobs where kind = 'mail_send'");
    assert_int_equal(mail_server_count(""), 1);
    assert_string_equal(pg_value("select status || ' ' || attempts from karara.mails"), "sent 1");
}

/* ---- the database ---- */

static void a_database_that_crashes_amid_a_mail_learns_that_it_was_sent(void **state)
{
    (void)state;
    workers_start(0, 2);
    post("hold", 1);
    expect_had("hold1@mail.example");
    pg_exec("checkpoint");
    pg_restart();
    let_go();
    expect_sent(1);
    workers_expect("0", LONG, "select count(*) from karara.jobs where kind = 'mail_send'");
    assert_int_equal(mail_server_count(""), 1);
    assert_int_equal(pg_count("select attempts from karara.mails"), 1);
}

#define SERVED(f) cmocka_unit_test_setup_teardown(f, served, gone)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVED(a_mail_server_that_is_down_loses_nothing),
        SERVED(a_mail_server_that_comes_and_goes_doubles_nothing_it_has_answered),
        SERVED(a_mail_server_that_never_answers_keeps_nobody_else_from_work),
        SERVED(a_mail_server_that_hangs_up_gets_the_mail_later),
        SERVED(a_mail_that_was_cut_off_behind_its_end_goes_again_under_its_id),
        SERVED(a_runner_killed_before_the_text_doubles_nothing),
        SERVED(a_runner_killed_before_the_answer_sends_it_again_under_its_id),
        SERVED(runners_killed_at_random_lose_nothing),
        SERVED(a_worker_that_lost_its_lease_is_not_doubled),
        SERVED(a_database_that_crashes_amid_a_mail_learns_that_it_was_sent),
    };
    return cmocka_run_group_tests(tests, workers_begin_alone, NULL);
}
