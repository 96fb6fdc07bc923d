/* test_mail_sending.c - mails from the queue to a real mail server, by real karara-workers; what it answers decides what becomes of them. */
#include "api.h"
#include "api/job.h"
#include "core/uuid.h"
#include "mail_server.h"
#include "pg.h"
#include "setting.h"
#include "workers.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { LONG = 90 }; /* s */

static struct api_person admin, ada;
static struct api_brand brand;

static int begin(void **state)
{
    (void)state;
    api_begin();
    setting(CONF_PUBLIC_URL, "https://karara.example");
    admin = api_person("root");
    ada = api_person("ada");
    brand = api_brand("paper", &ada);
    pg_exec("update karara.users set platform_role = 'admin' where id = '%s'", admin.id);
    setting(CONF_MAIL_FROM, "post@karara.example");
    return 0;
}

/* With these arguments of the mail server, and one worker. */
static void serve(const char *const *more)
{
    workers_forget();
    mail_server_start(more);
    mail_server_forget();
    workers_start(0, 2);
}

static int served(void **state)
{
    (void)state;
    serve(NULL);
    return 0;
}

static int gone(void **state)
{
    (void)state;
    static const struct {
        enum config_key key;
        const char *usual;
    } changed[] = { { CONF_MAIL_TLS, "try" },        { CONF_MAIL_CA_FILE, "" },   { CONF_MAIL_USER, "" },
                    { CONF_MAIL_PASSWORD_FILE, "" }, { CONF_MAIL_TIMEOUT, "60" }, { CONF_MAIL_SERVER, "" } };
    if (workers_pid(0) != 0) {
        assert_int_equal(workers_stop(0), 0);
    }
    if (mail_server_runs()) {
        mail_server_stop();
    }
    for (size_t i = 0; i < sizeof changed / sizeof *changed; i++) {
        setting(changed[i].key, changed[i].usual);
    }
    return 0;
}

/* A mail with its job, as mail_queue makes them; `more` are further assignments. Its id. */
static const char *post(const char *to, const char *more)
{
    char id[UUID_TEXT_SIZE];
    struct uuid u = uuid_v7();
    uuid_format(&u, id);
    pg_exec("insert into karara.mails (id, template, language, to_address, subject, text_body, html_body) values "
            "('%s', 'verify_email', 'en', '%s', 'A subject', E'Hello,\\n.\\nGrüße\\n', '<p>Hello</p>'); "
            "update karara.mails set id = id%s where id = '%s'; "
            "insert into karara.jobs (id, kind, queue, priority, max_attempts, payload, unique_key) values "
            "(gen_random_uuid(), 'mail_send', 'mail', 2, 21, '{\"mail_id\":\"%s\"}', 'mail:%s')",
            id, to, more, id, id, id);
    return api_f("%s", id);
}

static void expect_status(const char *status, const char *id)
{
    workers_expect(status, LONG, "select status from karara.mails where id = '%s'", id);
}

static const char *value(const char *column, const char *id)
{
    return api_f("%s", pg_value("select %s from karara.mails where id = '%s'", column, id));
}

static const char *noted(json_t *mail, const char *name)
{
    return json_string_value(json_object_get(mail, name));
}

/* ---- what arrives ---- */

static void a_mail_arrives_with_all_that_belongs_to_it(void **state)
{
    (void)state;
    const char *id =
        post("ada@mail.example",
             ", to_name = 'Ada Okafor', subject = 'Grüße von Karara', brand_id = (select id from karara.brands limit 1), "
             "headers = '{\"List-Unsubscribe\":\"<https://karara.example/u>\",\"List-Unsubscribe-Post\":"
             "\"List-Unsubscribe=One-Click\"}'");
    pg_exec("update karara.brands set name = 'Paper & Co.' where id = '%s'", brand.id);
    expect_status("sent", id);
    json_t *mail = mail_server_last("ada@mail.example");
    assert_non_null(mail);
    const char *raw = noted(mail, "raw");
    assert_string_equal(noted(mail, "from"), "post@karara.example");
    assert_string_equal(noted(mail, "greeting"), "karara.example");
    assert_true(json_is_true(json_object_get(mail, "tls"))); /* offered, so taken, whatever the certificate */
    assert_non_null(strstr(raw, "From: \"Paper & Co.\" <post@karara.example>\r\n"));
    assert_non_null(strstr(raw, "To: Ada Okafor <ada@mail.example>\r\n"));
    assert_non_null(strstr(raw, "Subject: =?UTF-8?B?"));
    assert_non_null(strstr(raw, api_f("Message-ID: <%s@karara.example>\r\n", id)));
    assert_non_null(strstr(raw, "Auto-Submitted: auto-generated\r\n"));
    assert_non_null(strstr(raw, "List-Unsubscribe: <https://karara.example/u>\r\n"));
    assert_non_null(strstr(raw, "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"));
    assert_non_null(strstr(raw, "Date: "));
    assert_non_null(strstr(raw, "Hello,\r\n.\r\nGr=C3=BC=C3=9Fe\r\n")); /* the dot by itself ended nothing */
    assert_non_null(strstr(raw, "<p>Hello</p>"));
    json_decref(mail);
    assert_string_equal(value("attempts || ' ' || (sent_at is not null) || ' ' || (ended_at is not null) || ' ' || "
                              "coalesce(last_error, '-')",
                              id),
                        "1 true true -");
    workers_expect("0", LONG, "select count(*) from karara.jobs where kind = 'mail_send'");
    assert_int_equal(mail_server_count(""), 1);
}

static void what_is_in_a_brand_is_mailed_to_nobody_who_has_left_it(void **state)
{
    (void)state;
    struct api_person linus = api_person("linus");
    const char *of = api_f("user_id = '%s', brand_id = '%s'", linus.id, brand.id);
    api_join(&brand, &linus, "member");
    expect_status("sent", post("here@mail.example", api_f(", template = 'notification', %s", of)));
    const char *change[] = { "status = 'suspended'", "status = 'active', expires_at = now() - interval '1 s'" };
    for (int i = 0; i < 2; i++) {
        pg_exec("update karara.brand_members set %s where user_id = '%s'", change[i], linus.id);
        const char *id = post("out@mail.example", api_f(", template = '%s', %s", i == 0 ? "notification" : "digest", of));
        expect_status("failed", id);
        assert_string_equal(value("last_error", id), "Its person is no longer in the brand.");
    }
    pg_exec("delete from karara.brand_members where user_id = '%s'", linus.id);
    expect_status("failed", post("out@mail.example", api_f(", template = 'digest', %s", of)));
    /* Their account is another matter. */
    expect_status("sent", post("account@mail.example", api_f(", %s", of)));
    assert_int_equal(mail_server_count("out@mail.example"), 0);
    assert_int_equal(mail_server_count(""), 2);
}

static void a_request_s_mail_goes_out_by_itself(void **state)
{
    (void)state;
    struct api_reply r = api_post(NULL, "/api/v1/auth/forgot-password", api_f("{\"email\":\"%s\"}", ada.email));
    assert_int_equal(r.status, 200);
    workers_expect("sent", LONG, "select status from karara.mails where to_address = '%s'", ada.email);
    assert_int_equal(mail_server_count(ada.email), 1);
    r = api_post(NULL, "/api/v1/auth/forgot-password", "{\"email\":\"nobody@mail.example\"}");
    assert_int_equal(r.status, 200);
    assert_int_equal(pg_count("select count(*) from karara.jobs where kind = 'mail_send'"), 0);
}

static void a_host_name_of_another_script_goes_as_the_dns_has_it(void **state)
{
    (void)state;
    expect_status("sent", post("ada@bücher.example", ""));
    json_t *mail = mail_server_last("ada@bücher.example"); /* as the server shows it */
    assert_non_null(mail);
    assert_non_null(strstr(noted(mail, "raw"), "To: <ada@xn--bcher-kva.example>\r\n"));
    json_decref(mail);
    const char *id = post("jürgen@mail.example", "");
    expect_status("failed", id);
    assert_non_null(strstr(value("last_error", id), "recipient's address"));
}

static void many_mails_share_a_connection(void **state)
{
    (void)state;
    pg_exec("with m as (insert into karara.mails (id, template, language, to_address, subject, text_body, html_body) "
            "select karara.uuid_v7(), 'verify_email', 'en', 'many' || i || '@mail.example', 'S', 'T', 'H' from "
            "generate_series(1, 60) i "
            "returning id) insert into karara.jobs (id, kind, queue, priority, max_attempts, payload, unique_key) select "
            "karara.uuid_v7(), 'mail_send', 'mail', 2, 21, jsonb_build_object('mail_id', id), 'mail:' || id from m");
    workers_expect("60", LONG, "select count(*) from karara.mails where status = 'sent'");
    assert_int_equal(mail_server_count(""), 60);
    assert_int_equal(pg_count("select count(*) from karara.mails where attempts <> 1"), 0);
}

/* ---- what is refused, and what is put off ---- */

static void a_mail_that_is_refused_has_failed_at_once(void **state)
{
    static const struct {
        const char *to, *words;
    } cases[] = { { "refused@mail.example", "550 5.1.1 <refused@mail.example>: nobody of that name here" },
                  { "content@mail.example", "550 5.7.1 We do not like what it says" } };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *id = post(cases[i].to, "");
        expect_status("failed", id);
        assert_string_equal(value("last_error || ' ' || attempts", id), api_f("%s 1", cases[i].words));
        workers_expect("done", LONG, "select outcome from karara.jobs_done where unique_key = 'mail:%s'", id);
        assert_non_null(strstr(workers_log(0), id));
    }
    struct api_reply r = api_get(&admin, "/api/v1/admin/mails?status=failed");
    assert_int_equal(api_number(&r, "count"), 2);
    assert_non_null(strstr(api_text(&r, "data.0.last_error"), "550"));
}

static void a_mail_that_is_put_off_is_tried_again(void **state)
{
    (void)state;
    const char *id = post("grey@mail.example", "");
    workers_expect("451 4.7.1 Greylisted", LONG, "select last_error from karara.mails where id = '%s' and status = 'queued'",
                   id);
    workers_expect("t", LONG, "select run_at > now() + interval '5 s' from karara.jobs where unique_key = 'mail:%s'", id);
    pg_exec("update karara.jobs set run_at = now() where unique_key = 'mail:%s'", id);
    expect_status("sent", id);
    assert_string_equal(value("attempts || coalesce(last_error, '')", id), "2");
    assert_int_equal(mail_server_count("grey@mail.example"), 1);
}

static void the_last_attempt_that_is_put_off_has_failed(void **state)
{
    (void)state;
    const char *id = post("later@mail.example", "");
    workers_expect("t", LONG, "select run_at > now() + interval '5 s' from karara.jobs where unique_key = 'mail:%s'", id);
    pg_exec("update karara.jobs set run_at = now(), attempts = max_attempts - 1 where unique_key = 'mail:%s'", id);
    expect_status("failed", id);
    assert_string_equal(value("last_error", id), "451 4.3.0 Come back later");
    assert_int_equal(pg_count("select count(*) from karara.jobs where parked_at is not null"), 0);
}

/* A session that lives stands for a worker that is at it: whoever else gets the job leaves the mail alone until that one is gone. */
static void a_mail_in_other_hands_is_left_to_them(void **state)
{
    (void)state;
    workers_expect("t", LONG,
                   "select count(*) > 0 from pg_stat_activity where application_name = 'karara-worker master' and "
                   "datname = current_database()");
    const char *id =
        post("ada@mail.example", ", status = 'sending', attempts = 1, sending_until = now() + interval '1 h', "
                                 "sender = (select pid || ' ' || extract(epoch from backend_start) from pg_stat_activity "
                                 "where application_name = 'karara-worker master' and datname = current_database() limit 1)");
    workers_expect("Another process is sending it.", LONG,
                   "select last_error from karara.jobs where unique_key = 'mail:%s' and attempts = 0", id);
    assert_int_equal(mail_server_count(""), 0);
    pg_exec("update karara.mails set sender = '0 0' where id = '%s'; update karara.jobs set run_at = now()", id);
    expect_status("sent", id);
    id = post("bob@mail.example", ", status = 'sending', attempts = 1, sending_until = now() - interval '1 s', sender = "
                                  "(select pid || ' ' || extract(epoch from backend_start) from pg_stat_activity limit 1)");
    expect_status("sent", id);
    assert_string_equal(value("attempts", id), "2");
}

static void attempts_reach_over_two_days(void **state)
{
    const struct job_about *about = job_about(JOB_MAIL_SEND);
    double total = 0, pause = about->pause;
    (void)state;
    for (int i = 1; i < about->attempts; i++) {
        total += pause;
        pause = pause * 2 < about->longest_pause ? pause * 2 : about->longest_pause;
    }
    assert_in_range((int)total, 2 * 86400 - 6 * 3600, 2 * 86400 + 12 * 3600);
}

static void admins_have_a_failed_mail_tried_again(void **state)
{
    (void)state;
    const char *id = post("refused@mail.example", "");
    expect_status("failed", id);
    const char *retry = api_f("/api/v1/admin/mails/%s/retry", id);
    assert_int_equal(api_post(&ada, retry, NULL).status, 403);
    pg_exec("update karara.mails set to_address = 'mended@mail.example' where id = '%s'", id);
    struct api_reply r = api_post(&admin, retry, NULL);
    assert_int_equal(r.status, 200);
    assert_string_equal(api_text(&r, "data.status"), "queued");
    expect_status("sent", id);
    assert_int_equal(mail_server_count("mended@mail.example"), 1);
    assert_int_equal(api_post(&admin, retry, NULL).status, 409);
    assert_int_equal(api_post(&admin, api_f("/api/v1/admin/mails/%s/retry", ada.id), NULL).status, 404);
    assert_int_equal(
        pg_count("select count(*) from karara.audit_entries where action = 'mail.retried' and resource_id = '%s'", id), 1);
    /* One that waits, and whose job has been parked. */
    id = post("later@mail.example", "");
    workers_expect("1", LONG, "select attempts from karara.mails where id = '%s' and status = 'queued'", id);
    pg_exec("update karara.mails set to_address = 'waits@mail.example' where id = '%s'; "
            "update karara.jobs set parked_at = now(), attempts = 21 where unique_key = 'mail:%s'",
            id, id);
    r = api_post(&admin, api_f("/api/v1/admin/mails/%s/retry", id), NULL);
    assert_int_equal(r.status, 200);
    expect_status("sent", id);
}

static void a_sysadmin_tries_and_tests(void **state)
{
    const char *text;
    (void)state;
    const char *id = post("refused@mail.example", ""), *other = post("refused2@mail.example", "");
    expect_status("failed", id);
    expect_status("failed", other);
    assert_int_equal(PG_PROGRAM(&text, "kararactl", "mail", "list", "--status", "failed"), 0);
    assert_non_null(strstr(text, "550 5.1.1 <refused@mail.example>: nobody of that name here"));
    pg_exec("update karara.mails set to_address = 'mended@mail.example' where id = '%s'", id);
    assert_int_equal(PG_PROGRAM(&text, "kararactl", "mail", "retry", id), 0);
    assert_string_equal(text, "1 will be sent\n");
    expect_status("sent", id);
    assert_int_equal(PG_PROGRAM(&text, "kararactl", "mail", "retry", id), 1);
    assert_int_equal(PG_PROGRAM(&text, "kararactl", "mail", "retry"), 2);
    pg_exec("update karara.mails set to_address = 'mended2@mail.example' where id = '%s'", other);
    assert_int_equal(PG_PROGRAM(&text, "kararactl", "mail", "retry", "--failed"), 0);
    assert_string_equal(text, "1 will be sent\n");
    expect_status("sent", other);
    assert_int_equal(PG_PROGRAM(&text, "kararactl", "mail", "test", "ops@mail.example"), 0);
    assert_non_null(strstr(text, "has taken it from post@karara.example: 250"));
    assert_int_equal(mail_server_count("ops@mail.example"), 1);
    assert_int_equal(PG_PROGRAM(&text, "kararactl", "mail", "test", "refused@mail.example"), 1);
    assert_non_null(strstr(text, "refused: 550 5.1.1"));
    assert_int_equal(PG_PROGRAM(&text, "kararactl", "mail", "test", "<ops@mail.example>"), 1);
    assert_non_null(strstr(text, "can't be written into an envelope"));
    mail_server_stop();
    assert_int_equal(PG_PROGRAM(&text, "kararactl", "mail", "test", "ops@mail.example"), 1);
    assert_non_null(strstr(text, "not now: "));
}

/* ---- TLS, sign-in, sender ---- */

/* The mail stays queued, for the operator to mend what is wrong; its error has these words. */
static void expect_operator(const char *id, const char *words)
{
    workers_expect("t", LONG, "select last_error like '%%%s%%' and status = 'queued' from karara.mails where id = '%s'", words,
                   id);
}

static void tls_that_is_required_takes_a_good_certificate_only(void **state)
{
    (void)state;
    setting(CONF_MAIL_TLS, "require");
    serve(NULL);
    const char *id = post("ada@mail.example", "");
    expect_operator(id, "peer certificate");
    assert_int_equal(mail_server_count(""), 0);
    assert_int_equal(workers_stop(0), 0);
    setting(CONF_MAIL_CA_FILE, mail_server_certificate());
    workers_start(0, 1);
    pg_exec("update karara.jobs set run_at = now()");
    expect_status("sent", id);
    json_t *mail = mail_server_last("ada@mail.example");
    assert_true(json_is_true(json_object_get(mail, "tls")));
    json_decref(mail);
}

static void tls_that_is_required_is_not_done_without(void **state)
{
    static const char *const more[] = { "--no-tls", NULL };
    (void)state;
    setting(CONF_MAIL_TLS, "require");
    setting(CONF_MAIL_CA_FILE, mail_server_certificate());
    serve(more);
    expect_operator(post("ada@mail.example", ""), "SSL");
    assert_int_equal(mail_server_count(""), 0);
}

static void tls_from_the_first_byte(void **state)
{
    static const char *const more[] = { "--implicit-tls", NULL };
    (void)state;
    serve(more);
    assert_int_equal(workers_stop(0), 0);
    setting(CONF_MAIL_SERVER, api_f("smtps%s", strchr(config_text(CONF_MAIL_SERVER), ':')));
    setting(CONF_MAIL_CA_FILE, mail_server_certificate());
    workers_start(0, 1);
    expect_status("sent", post("ada@mail.example", ""));
}

static void a_server_that_wants_starttls_gets_it_or_says_so(void **state)
{
    static const char *const more[] = { "--require-tls", NULL };
    (void)state;
    setting(CONF_MAIL_TLS, "off");
    serve(more);
    const char *id = post("ada@mail.example", "");
    expect_operator(id, "530 5.7.0 Must issue a STARTTLS command first");
    assert_int_equal(workers_stop(0), 0);
    setting(CONF_MAIL_TLS, "try");
    workers_start(0, 1);
    pg_exec("update karara.jobs set run_at = now()");
    expect_status("sent", id);
}

static void a_smarthost_is_signed_in_to(void **state)
{
    static const char *const more[] = { "--auth", "karara:s3cret word", NULL };
    const char *file = api_f("%s/mail-password", pg_folder());
    (void)state;
    FILE *f = fopen(file, "w");
    assert_non_null(f);
    fputs("wrong\n", f);
    fclose(f);
    setting(CONF_MAIL_TLS, "require");
    setting(CONF_MAIL_CA_FILE, mail_server_certificate());
    setting(CONF_MAIL_USER, "karara");
    setting(CONF_MAIL_PASSWORD_FILE, file);
    serve(more);
    const char *id = post("ada@mail.example", "");
    expect_operator(id, "535 5.7.8");
    f = fopen(file, "w"); /* mended while the worker runs */
    assert_non_null(f);
    fputs("s3cret word\n", f);
    fclose(f);
    pg_exec("update karara.jobs set run_at = now()");
    expect_status("sent", id);
    json_t *mail = mail_server_last("ada@mail.example");
    assert_string_equal(noted(mail, "user"), "karara");
    json_decref(mail);
    assert_null(strstr(workers_log(0), "s3cret"));
}

static void settings_that_can_not_be_are_the_operator_s(void **state)
{
    (void)state;
    setting(CONF_MAIL_PASSWORD_FILE, "/nonexistent/password");
    setting(CONF_MAIL_USER, "karara");
    serve(NULL);
    expect_operator(post("ada@mail.example", ""), "mail_password_file: /nonexistent/password: No such file");
    const char *text;
    assert_int_equal(PG_PROGRAM(&text, "kararactl", "check"), 1);
    assert_non_null(strstr(text, "mail_password_file"));
}

/* ---- the sweep ---- */

static void without_a_mail_server_mails_wait_for_one(void **state)
{
    (void)state;
    pg_exec("delete from karara.jobs; delete from karara.jobs_done; delete from karara.job_keys; delete from karara.mails");
    workers_start(0, 1);
    const char *id = post("ada@mail.example", "");
    workers_expect("done", LONG, "select outcome from karara.jobs_done where unique_key = 'mail:%s'", id);
    assert_string_equal(value("status || ' ' || attempts", id), "queued 0");
    assert_int_equal(workers_stop(0), 0);
    mail_server_start(NULL);
    mail_server_forget();
    workers_start(0, 1);
    workers_job("mail_sweep", "{}", "");
    expect_status("sent", id);
}

static void the_sweep_finds_what_lacks_a_job(void **state)
{
    (void)state;
    const char *lost = post("lost@mail.example", ""),
               *late = post("late@mail.example", ", not_before = now() - interval '4 days'");
    const char *parked = post("parked@mail.example", ""),
               *kept = post("kept@mail.example", ", not_before = now() + interval '1 hour'");
    assert_int_equal(workers_stop(0), 0);
    pg_exec(
        "update karara.mails set status = 'queued', attempts = 0, sent_at = null, ended_at = null; delete from karara.jobs; "
        "delete from karara.job_keys; insert into karara.jobs (id, kind, queue, priority, max_attempts, payload, unique_key, "
        "parked_at, "
        "attempts, last_error) values (gen_random_uuid(), 'mail_send', 'mail', 2, 21, '{}', 'mail:%s', now(), 21, 'It died "
        "each time.')",
        parked);
    mail_server_forget();
    workers_start(0, 1);
    workers_job("mail_sweep", "{}", "");
    expect_status("sent", lost);
    expect_status("failed", late);
    expect_status("failed", parked);
    assert_string_equal(value("last_error", parked), "It died each time.");
    assert_string_equal(value("status", kept), "queued");
    assert_int_equal(
        pg_count("select count(*) from karara.jobs where unique_key = 'mail:%s' and run_at > now() + interval '50 min'", kept),
        1);
    assert_int_equal(mail_server_count(""), 1);
    struct api_reply r = api_get(&admin, api_f("/api/v1/admin/mails/%s", late));
    assert_int_equal(r.status, 200);
    assert_string_equal(api_text(&r, "data.last_error"), "Nobody could send it for three days.");
}

static void a_mail_whose_job_was_cancelled_is_not_sent(void **state)
{
    (void)state;
    const char *id = post("later@mail.example", "");
    workers_expect("t", LONG, "select run_at > now() + interval '5 s' from karara.jobs where unique_key = 'mail:%s'", id);
    const char *job = api_f("%s", pg_value("select id from karara.jobs where unique_key = 'mail:%s'", id));
    assert_int_equal(api_post(&admin, api_f("/api/v1/admin/jobs/%s/cancel", job), NULL).status, 200);
    workers_job("mail_sweep", "{}", "");
    expect_status("failed", id);
    assert_string_equal(value("last_error", id), "Its job was cancelled.");
    pg_exec("update karara.mails set to_address = 'ada@mail.example' where id = '%s'", id);
    assert_int_equal(api_post(&admin, api_f("/api/v1/admin/mails/%s/retry", id), NULL).status, 200);
    expect_status("sent", id);
}

static void what_mails_said_goes_soon_and_that_they_went_later(void **state)
{
    (void)state;
    const char *sent = post("ada@mail.example", ", headers = '{\"List-Unsubscribe\":\"<https://karara.example/u?token=t>\"}'");
    const char *failed = post("refused@mail.example", "");
    expect_status("sent", sent);
    expect_status("failed", failed);
    const char *old = post("old@mail.example", ", created_at = now() - interval '31 days'");
    expect_status("sent", old);
    pg_exec("update karara.mails set ended_at = now() - interval '61 min'");
    assert_string_equal(workers_await(workers_job("housekeeping", "{}", "")), "done");
    assert_string_equal(value("text_body || html_body || headers || (blanked_at is not null)", sent), "{}true");
    assert_string_equal(value("left(text_body, 5) || (blanked_at is null)", failed), "Hellotrue");
    assert_int_equal(pg_count("select count(*) from karara.mails where id = '%s'", old), 0);
    config_set(CONF_MAIL_READABLE, "on");
    struct api_reply r = api_get(&admin, api_f("/api/v1/admin/mails/%s", sent));
    config_set(CONF_MAIL_READABLE, "off");
    assert_true(json_is_null(api_json(&r, "data.text_body")));
    assert_true(json_is_string(api_json(&r, "data.blanked_at")));
    pg_exec("update karara.mails set ended_at = now() - interval '8 days'");
    assert_string_equal(workers_await(workers_job("housekeeping", "{}", "")), "done");
    assert_string_equal(value("text_body || (blanked_at is not null)", failed), "true");
    assert_int_equal(api_post(&admin, api_f("/api/v1/admin/mails/%s/retry", failed), NULL).status, 409);
}

#define SERVED(f) cmocka_unit_test_setup_teardown(f, served, gone)
#define OWN(f) cmocka_unit_test_setup_teardown(f, NULL, gone)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVED(a_mail_arrives_with_all_that_belongs_to_it),
        SERVED(what_is_in_a_brand_is_mailed_to_nobody_who_has_left_it),
        SERVED(a_request_s_mail_goes_out_by_itself),
        SERVED(a_host_name_of_another_script_goes_as_the_dns_has_it),
        SERVED(many_mails_share_a_connection),
        SERVED(a_mail_that_is_refused_has_failed_at_once),
        SERVED(a_mail_that_is_put_off_is_tried_again),
        SERVED(the_last_attempt_that_is_put_off_has_failed),
        SERVED(a_mail_in_other_hands_is_left_to_them),
        cmocka_unit_test(attempts_reach_over_two_days),
        SERVED(admins_have_a_failed_mail_tried_again),
        SERVED(a_sysadmin_tries_and_tests),
        OWN(tls_that_is_required_takes_a_good_certificate_only),
        OWN(tls_that_is_required_is_not_done_without),
        OWN(tls_from_the_first_byte),
        OWN(a_server_that_wants_starttls_gets_it_or_says_so),
        OWN(a_smarthost_is_signed_in_to),
        OWN(settings_that_can_not_be_are_the_operator_s),
        OWN(without_a_mail_server_mails_wait_for_one),
        SERVED(the_sweep_finds_what_lacks_a_job),
        SERVED(a_mail_whose_job_was_cancelled_is_not_sent),
        SERVED(what_mails_said_goes_soon_and_that_they_went_later),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
