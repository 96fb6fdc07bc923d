/* test_phone.c - telephone numbers and the codes that confirm them, through an SMS gateway that takes, refuses, stalls and drops. */
#include "cast.h"
#include "outside.h"
#include "pg.h"
#include "platform/sms.h"
#include "process.h"
#include "setting.h"
#include "workers.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static struct api_person ada, bob;
static struct api_brand demo;
static const char *auth_file;

static int begin(void **state)
{
    (void)state;
    api_begin();
    outside_begin();
    auth_file = api_f("%s/sms.auth", pg_folder());
    FILE *f = fopen(auth_file, "w");
    assert_non_null(f);
    fputs("# for the gateway\nAuthorization: Bearer secret-of-the-gateway\n", f);
    fclose(f);
    assert_int_equal(chmod(auth_file, 0600), 0);
    setting(CONF_SMS_URL, outside_url("ok/sms"));
    setting(CONF_SMS_AUTH_FILE, auth_file);
    demo = CAST("demo", &ada, { &bob, "member bob" });
    workers_start(0, 2);
    return 0;
}

static int forget(void **state)
{
    (void)state;
    setting(CONF_SMS_FORMAT, "json");
    setting(CONF_SMS_METHOD, "POST");
    setting(CONF_SMS_ACCEPTED, "");
    setting(CONF_SMS_URL, outside_url("ok/sms"));
    workers_drain();
    pg_exec("delete from karara.phones; delete from karara.sms_sent");
    return 0;
}

static const char path[] = "/api/v1/notifications/phone";

static struct api_reply want(const struct api_person *who, const char *phone)
{
    return api_send(who, "PUT", path, api_f("{\"phone\":\"%s\"}", phone), NULL);
}

static struct api_reply confirm(const struct api_person *who, const char *code)
{
    return api_post(who, api_f("%s/confirm", path), api_f("{\"code\":\"%s\"}", code));
}

/* The code of the newest SMS, which is the n-th. */
static const char *code_sent(int n)
{
    outside_expect(n, "/ok/sms");
    json_t *body = json_loads(json_string_value(json_object_get(outside_seen("/ok/sms"), "text")), 0, NULL);
    const char *hash = strrchr(json_string_value(json_object_get(body, "text")), '#');
    const char *code = api_f("%.6s", hash + 1);
    json_decref(body);
    return code;
}

/* A code that isn't this one. */
static const char *wrong(const char *code)
{
    return api_f("%c%s", code[0] == '9' ? '0' : code[0] + 1, code + 1);
}

/* ---- the number ---- */

static void a_number_is_ones_own_when_its_code_has_come_back(void **state)
{
    (void)state;
    int before = outside_count("/ok/sms");
    struct api_reply r = api_get(&ada, path);
    assert_int_equal(r.status, 404);
    r = want(&ada, "+49 (151) 123-456 78");
    assert_int_equal(r.status, 200);
    assert_string_equal(api_text(&r, "data.wanted"), "+4915112345678");
    assert_true(json_is_null(api_json(&r, "data.phone")));
    assert_int_equal(api_number(&r, "data.tries_left"), 5);
    const char *code = code_sent(before + 1);
    json_t *seen = outside_seen("/ok/sms"), *headers = json_object_get(seen, "headers");
    json_t *sms = json_loads(json_string_value(json_object_get(seen, "text")), 0, NULL);
    assert_string_equal(json_string_value(json_object_get(headers, "authorization")), "Bearer secret-of-the-gateway");
    assert_string_equal(json_string_value(json_object_get(headers, "content-type")), "application/json");
    assert_string_equal(json_string_value(json_object_get(sms, "to")), "+4915112345678");
    assert_string_equal(json_string_value(json_object_get(sms, "from")), "Karara");
    assert_int_equal(strlen(json_string_value(json_object_get(sms, "id"))), 36);
    json_decref(sms);
    assert_null(strstr(pg_value("select row_to_json(p) from karara.phones p"), code)); /* nobody reads it there */
    assert_int_equal(pg_count("select count(*) from karara.jobs_done where payload::text like '%%%s%%'", code), 0);
    r = confirm(&bob, code);
    assert_int_equal(r.status, 410);
    r = confirm(&ada, api_f("%.3s %s", code, code + 3));
    assert_int_equal(r.status, 200);
    assert_string_equal(api_text(&r, "data.phone"), "+4915112345678");
    assert_true(json_is_null(api_json(&r, "data.wanted")));
    r = confirm(&ada, code);
    assert_int_equal(r.status, 410);
    r = want(&ada, "+4915112345678"); /* it is hers already: nothing is sent */
    assert_int_equal(r.status, 200);
    assert_true(json_is_null(api_json(&r, "data.wanted")));
    assert_int_equal(pg_count("select count(*) from karara.sms_sent"), 1);
    r = api_delete(&ada, path);
    assert_int_equal(r.status, 200);
    r = api_get(&ada, path);
    assert_int_equal(r.status, 404);
    assert_int_equal(pg_count("select count(*) from karara.sms_sent"), 1); /* which doesn't make room for more */
}

static void the_number_in_use_stays_until_another_is_confirmed(void **state)
{
    (void)state;
    int before = outside_count("/ok/sms");
    want(&ada, "+4915112345678");
    confirm(&ada, code_sent(before + 1));
    struct api_reply r = want(&ada, "+12125550100");
    assert_string_equal(api_text(&r, "data.phone"), "+4915112345678");
    assert_string_equal(api_text(&r, "data.wanted"), "+12125550100");
    r = confirm(&ada, code_sent(before + 2));
    assert_string_equal(api_text(&r, "data.phone"), "+12125550100");
}

static void a_code_takes_five_guesses(void **state)
{
    (void)state;
    int before = outside_count("/ok/sms");
    want(&ada, "+4915112345678");
    const char *code = code_sent(before + 1);
    for (int i = 1; i <= 5; i++) {
        struct api_reply r = confirm(&ada, wrong(code));
        assert_int_equal(r.status, 422);
        r = api_get(&ada, path);
        assert_int_equal(api_number(&r, "data.tries_left"), 5 - i);
    }
    struct api_reply r = confirm(&ada, code);
    assert_int_equal(r.status, 410);
    want(&ada, "+4915112345678");
    const char *next = code_sent(before + 2);
    if (strcmp(code, next) != 0) {
        r = confirm(&ada, code);
        assert_int_equal(r.status, 422);
    }
    r = confirm(&ada, next);
    assert_int_equal(r.status, 200);
}

static int guess(int index, void *arg)
{
    const char *code = arg;
    return confirm(&ada, api_f("%c%s", '0' + (code[0] - '0' + 1 + index) % 10, code + 1)).status == 422;
}

static void guesses_at_once_are_counted_one_by_one(void **state)
{
    int counted[8], sum = 0;
    (void)state;
    int before = outside_count("/ok/sms");
    want(&ada, "+4915112345678");
    api_at_once(8, guess, (void *)code_sent(before + 1), counted);
    for (int i = 0; i < 8; i++) {
        sum += counted[i];
    }
    assert_int_equal(sum, 5);
    assert_int_equal(pg_count("select code_tries from karara.phones"), 5);
}

static void a_code_is_good_for_ten_minutes_and_for_its_number(void **state)
{
    (void)state;
    int before = outside_count("/ok/sms");
    want(&ada, "+4915112345678");
    const char *code = code_sent(before + 1);
    assert_string_equal(
        pg_value("select code_expires_at between now() + interval '9 min' and now() + interval '10 min' from karara.phones"),
        "t");
    pg_exec(
        "update karara.phones set wanted = '+12125550100'"); /* as if somebody could: what is sealed says for which number it is */
    struct api_reply r = confirm(&ada, code);
    assert_int_equal(r.status, 422);
    pg_exec("update karara.phones set wanted = '+4915112345678', code_expires_at = now()");
    r = confirm(&ada, code);
    assert_int_equal(r.status, 410);
}

static void codes_are_few_for_a_person_and_for_a_number(void **state)
{
    (void)state;
    setting(CONF_SMS_NUMBER_DAY, "2");
    assert_int_equal(want(&ada, "+4915112345678").status, 200);
    assert_int_equal(want(&ada, "+4915112345678").status, 200);
    struct api_reply r = want(&ada, "+12125550100");
    assert_int_equal(r.status, 429);
    assert_non_null(api_header(&r, "Retry-After"));
    assert_int_equal(want(&bob, "+4915112345678").status, 429);
    assert_int_equal(want(&bob, "+12125550100").status, 200);
    setting(CONF_SMS_NUMBER_DAY, "5");
    setting(CONF_SMS_DAY, "3");
    assert_int_equal(want(&bob, "+12125550101").status, 429);
    setting(CONF_SMS_DAY, "1000");
    pg_exec("update karara.sms_sent set created_at = now() - interval '25 hours'");
    assert_int_equal(want(&bob, "+4915112345678").status, 200);
}

static int ask_for_code(int index, void *arg)
{
    (void)index;
    (void)arg;
    return want(&ada, "+4915112345678").status == 200;
}

static void asking_at_once_gets_no_more(void **state)
{
    int sent[6], sum = 0;
    (void)state;
    setting(CONF_SMS_NUMBER_DAY, "2");
    api_at_once(6, ask_for_code, NULL, sent);
    for (int i = 0; i < 6; i++) {
        sum += sent[i];
    }
    setting(CONF_SMS_NUMBER_DAY, "5");
    assert_int_equal(sum, 2);
}

static void without_a_gateway_or_a_number_nothing_is_asked_for(void **state)
{
    (void)state;
    struct api_reply r = want(&ada, "0151 12345678");
    assert_int_equal(r.status, 422);
    setting(CONF_SMS_URL, "");
    r = want(&ada, "+4915112345678");
    assert_int_equal(r.status, 422);
    assert_non_null(strstr(api_text(&r, "error.field_errors.phone.0"), "sends no SMS"));
    assert_int_equal(pg_count("select count(*) from karara.phones"), 0);
    assert_int_equal(pg_count("select count(*) from karara.jobs"), 0);
}

/* ---- the gateway ---- */

static struct sms_result send_text(const char *text)
{
    struct sms_result became;
    sms_send(&(struct sms_message){ .to = "+4915112345678", .text = text, .id = "0190-x" }, &became);
    return became;
}

static void what_goes_into_the_holes_can_not_get_out_of_them(void **state)
{
    static const char text[] = "A \"quoted\" \\ line\nand & = % + \xc3\xbc {to}";
    (void)state;
    assert_int_equal(send_text(text).verdict, SMS_TAKEN);
    json_t *sms = json_loads(json_string_value(json_object_get(outside_seen("/ok/sms"), "text")), 0, NULL);
    assert_string_equal(json_string_value(json_object_get(sms, "text")), text);
    assert_int_equal(json_object_size(sms), 4);
    json_decref(sms);
    setting(CONF_SMS_FORMAT, "form");
    config_set(CONF_SMS_BODY, "to={digits}&text={text}&who={nobody}");
    assert_int_equal(send_text("a&to=1 \xc3\xbc").verdict, SMS_TAKEN);
    json_t *seen = outside_seen("/ok/sms");
    assert_string_equal(json_string_value(json_object_get(seen, "text")),
                        "to=4915112345678&text=a%26to%3D1%20%C3%BC&who={nobody}");
    assert_string_equal(json_string_value(json_object_get(json_object_get(seen, "headers"), "content-type")),
                        "application/x-www-form-urlencoded");
    setting(CONF_SMS_METHOD, "GET");
    config_set(CONF_SMS_URL, outside_url("ok/get?to={to}&text={text}"));
    assert_int_equal(send_text("a&b").verdict, SMS_TAKEN);
    seen = outside_seen("/ok/get");
    assert_string_equal(json_string_value(json_object_get(seen, "path")), "/ok/get?to=%2B4915112345678&text=a%26b");
    assert_int_equal(json_integer_value(json_object_get(seen, "bytes")), 0);
    config_set(CONF_SMS_BODY, config_row(CONF_SMS_BODY)->def);
}

static enum sms_verdict verdict_of(const char *where)
{
    config_set(CONF_SMS_URL, outside_url(where));
    return send_text("Hello").verdict;
}

static void each_answer_means_something(void **state)
{
    (void)state;
    assert_int_equal(verdict_of("ok/a"), SMS_TAKEN);
    assert_int_equal(verdict_of("bad/a"), SMS_REFUSED);
    assert_int_equal(verdict_of("busy/a"), SMS_LATER);
    assert_int_equal(verdict_of("broken/a"), SMS_FAILED);
    assert_int_equal(verdict_of("drop/a"), SMS_FAILED);
    assert_int_equal(verdict_of("tarpit/a"), SMS_FAILED);
    assert_int_equal(verdict_of("unknown/a"), SMS_UNSETTLED);
    assert_int_equal(verdict_of("missing/a"), SMS_UNSETTLED);
    assert_int_equal(verdict_of("away/a"), SMS_UNSETTLED);
    config_set(CONF_SMS_ACCEPTED, "OK ");
    assert_int_equal(verdict_of("ok/a"), SMS_TAKEN);
    assert_int_equal(verdict_of("no/a"), SMS_REFUSED);
    assert_string_equal(send_text("x").words, "HTTP 200: ERROR 42");
    config_set(CONF_SMS_FORMAT, "xml");
    assert_int_equal(verdict_of("ok/a"), SMS_UNSETTLED);
}

static void a_file_that_others_may_read_is_no_secret(void **state)
{
    (void)state;
    assert_int_equal(chmod(auth_file, 0644), 0);
    struct sms_result r = send_text("x");
    assert_int_equal(chmod(auth_file, 0600), 0);
    assert_int_equal(r.verdict, SMS_UNSETTLED);
    assert_non_null(strstr(r.words, "chmod"));
}

/* The settings are read when a worker starts. */
static void restart_with(const char *where)
{
    assert_int_equal(workers_stop(0), 0);
    setting(CONF_SMS_URL, outside_url(where));
    workers_start(0, 2);
}

static void a_gateway_that_does_not_know_us_is_told_to_the_operator_and_others_are_tried_again(void **state)
{
    (void)state;
    restart_with("unknown/b");
    want(&ada, "+4915112345678");
    workers_expect("HTTP 401: who are you?", 60,
                   "select last_error from karara.jobs where kind = 'sms_send' and parked_at is not null");
    restart_with("broken/b");
    want(&bob, "+4915112345679");
    workers_expect("1", 60,
                   "select attempts from karara.jobs where kind = 'sms_send' and parked_at is null and lease_until is null");
    assert_int_equal(outside_count("/broken/b"), 1);
    restart_with("ok/sms");
    int before = outside_count("/ok/sms");
    pg_exec("update karara.jobs set run_at = now() where parked_at is null");
    code_sent(before + 1);
    json_t *first = outside_seen("/broken/b"),
           *second = outside_seen("/ok/sms"); /* the same id, so that it can be known again */
    assert_string_equal(json_string_value(json_object_get(first, "text")), json_string_value(json_object_get(second, "text")));
    assert_int_equal(pg_count("select count(*) from karara.sms_sent"), 2);
}

/* ---- notifications ---- */

/* A task that ada assigns to bob; its id. */
static const char *assign(const char *title)
{
    char id[UUID_TEXT_SIZE];
    struct uuid task = api_task(&demo, &ada, title);
    uuid_format(&task, id);
    struct api_reply r = api_post(&ada, api_f("/api/v1/tasks/%s/assign", id), api_f("{\"assignee_ids\":[\"%s\"]}", bob.id));
    assert_int_equal(r.status, 200);
    return api_f("%s", id);
}

static const char delivery[] =
    "select d.status || coalesce(': ' || d.error, '') from tenant_shared.notification_deliveries d join "
    "tenant_shared.notifications n on n.id = d.notification_id where n.subject_id = '%s' and d.way = 'sms'";

static void bob_wants_sms(void)
{
    pg_exec("insert into karara.phones (user_id, phone, confirmed_at) values ('%s', '+4915112345678', now()); "
            "insert into karara.notification_preferences (user_id, ways) values ('%s', '{\"task.assigned\":{\"sms\":true}}') "
            "on conflict do nothing",
            bob.id, bob.id);
}

static void who_is_shut_out_before_it_goes_out_gets_none(void **state)
{
    (void)state;
    restart_with("broken/shut");
    bob_wants_sms();
    assign("Before the door closed");
    workers_expect("1", 60, "select attempts from karara.jobs where kind = 'sms_send' and lease_until is null");
    pg_exec("update karara.users set status = 'suspended' where id = '%s'", bob.id);
    restart_with("ok/shut");
    pg_exec("update karara.jobs set run_at = now() where kind = 'sms_send'");
    workers_expect("0", 60, "select count(*) from karara.jobs where kind = 'sms_send'");
    assert_int_equal(outside_count("/ok/shut"), 0);
    pg_exec("update karara.users set status = 'active' where id = '%s'", bob.id);
    restart_with("ok/sms");
}

static void who_wants_sms_gets_one_as_far_as_a_day_allows(void **state)
{
    (void)state;
    restart_with("ok/note");
    bob_wants_sms();
    const char *task = assign("Write \"the\" story \xc3\xbc"
                              "ber Nacht");
    outside_expect(1, "/ok/note");
    json_t *sms = json_loads(json_string_value(json_object_get(outside_seen("/ok/note"), "text")), 0, NULL);
    const char *text = json_string_value(json_object_get(sms, "text"));
    assert_string_equal(json_string_value(json_object_get(sms, "to")), "+4915112345678");
    assert_non_null(strstr(text, "assigned"));
    assert_non_null(strstr(text, "\nWrite \"the\" story \xc3\xbc"
                                 "ber Nacht\nhttps://"));
    assert_non_null(strstr(text, pg_value("select url from tenant_shared.notifications where subject_id = '%s'", task)));
    assert_string_equal(json_string_value(json_object_get(sms, "id")),
                        pg_value("select id from tenant_shared.notifications where subject_id = '%s'", task));
    json_decref(sms);
    workers_expect("sent", 60, delivery, task);
    assert_int_equal(pg_count("select count(*) from karara.sms_sent where user_id = '%s' and not is_code", bob.id), 1);
    pg_exec("insert into karara.sms_sent (id, user_id, phone_digest, is_code) select gen_random_uuid(), '%s', 'x', false "
            "from generate_series(1, 19)",
            bob.id);
    task = assign("One too many");
    workers_expect("skipped: no more SMS within this day", 60, delivery, task);
    assert_int_equal(outside_count("/ok/note"), 1);
    pg_exec("delete from karara.sms_sent");
    assert_int_equal(workers_stop(0), 0);
    setting(CONF_SMS_URL, "");
    workers_start(0, 2);
    task = assign("No gateway");
    workers_expect("skipped: there is no gateway for SMS", 60, delivery, task);
    restart_with("ok/sms");
}

/* ---- kararactl ---- */

static int ctl(char *output, size_t size, const char *first, const char *second, const char *third)
{
    static const char program[] = KARARA_BIN_DIR "/kararactl";
    const char *const argv[] = { program, first, second, third, NULL };
    return process_read(&(struct process){ .argv = argv }, output, size);
}

static void the_operator_can_try_it(void **state)
{
    char output[2000];
    (void)state;
    assert_int_equal(ctl(output, sizeof output, "sms", "test", "0049 151 12345678"), 0);
    assert_string_equal(output, "The gateway took it: HTTP 200\n");
    assert_int_equal(ctl(output, sizeof output, "sms", "test", "12"), 1);
    setenv("KARARA_SMS_URL", outside_url("unknown/ctl"), 1);
    assert_int_equal(ctl(output, sizeof output, "sms", "test", "+4915112345678"), 1);
    assert_non_null(strstr(output, "HTTP 401: who are you?"));
    setenv("KARARA_SMS_URL", outside_url("ok/sms"), 1);
    assert_int_equal(ctl(output, sizeof output, "push", "key", NULL), 0);
    assert_int_equal(strlen(output), 88);
    assert_int_equal(ctl(output, sizeof output, "push", "test", ada.email), 1);
    assert_non_null(strstr(output, "is told in no browser"));
    struct api_reply r =
        api_post(&ada, "/api/v1/notifications/subscriptions",
                 api_f("{\"endpoint\":\"%s\",\"keys\":{\"p256dh\":\"%s\",\"auth\":\"%s\"},\"device\":\"Chromium\"}",
                       outside_url("taken/ctl"), outside_p256dh(), outside_auth()));
    assert_int_equal(r.status, 201);
    assert_int_equal(ctl(output, sizeof output, "push", "test", ada.email), 0);
    assert_non_null(strstr(output, "taken (HTTP 201)"));
    assert_non_null(strstr(json_string_value(json_object_get(outside_seen("/taken/ctl"), "text")), "This is a test."));
    assert_int_equal(ctl(output, sizeof output, "push", "list", ada.email), 0);
    assert_non_null(strstr(output, "Chromium"));
    assert_non_null(strstr(output, api_text(&r, "data.id")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_number_is_ones_own_when_its_code_has_come_back, forget),
        cmocka_unit_test_setup(the_number_in_use_stays_until_another_is_confirmed, forget),
        cmocka_unit_test_setup(a_code_takes_five_guesses, forget),
        cmocka_unit_test_setup(guesses_at_once_are_counted_one_by_one, forget),
        cmocka_unit_test_setup(a_code_is_good_for_ten_minutes_and_for_its_number, forget),
        cmocka_unit_test_setup(codes_are_few_for_a_person_and_for_a_number, forget),
        cmocka_unit_test_setup(asking_at_once_gets_no_more, forget),
        cmocka_unit_test_setup(without_a_gateway_or_a_number_nothing_is_asked_for, forget),
        cmocka_unit_test_setup(what_goes_into_the_holes_can_not_get_out_of_them, forget),
        cmocka_unit_test_setup(each_answer_means_something, forget),
        cmocka_unit_test_setup(a_file_that_others_may_read_is_no_secret, forget),
        cmocka_unit_test_setup(a_gateway_that_does_not_know_us_is_told_to_the_operator_and_others_are_tried_again, forget),
        cmocka_unit_test_setup(who_is_shut_out_before_it_goes_out_gets_none, forget),
        cmocka_unit_test_setup(who_wants_sms_gets_one_as_far_as_a_day_allows, forget),
        cmocka_unit_test_setup(the_operator_can_try_it, forget),
    };
    return cmocka_run_group_tests(tests, begin, outside_end);
}
