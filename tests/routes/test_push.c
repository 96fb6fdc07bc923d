/* test_push.c - browsers that are told by web push: subscribing, what arrives at a push service (read there by other implementations), and what its
 * answers lead to. */
#include "cast.h"
#include "outside.h"
#include "pg.h"
#include "platform/https.h"
#include "platform/webpush.h"
#include "setting.h"
#include "workers.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static struct api_person ada, bob;
static struct api_brand demo;

static int begin(void **state)
{
    (void)state;
    api_begin();
    outside_begin();
    setting(CONF_PUSH_CONTACT, "mailto:ops@karara.example");
    demo = CAST("demo", &ada, { &bob, "member bob" });
    workers_start(0, 2);
    return 0;
}

static int forget(void **state)
{
    (void)state;
    workers_drain();
    pg_exec("delete from karara.push_subscriptions");
    return 0;
}

static const char path[] = "/api/v1/notifications/subscriptions";

static const char *body(const char *endpoint, const char *p256dh)
{
    return api_f("{\"endpoint\":\"%s\",\"keys\":{\"p256dh\":\"%s\",\"auth\":\"%s\"},\"device\":\"Chromium\"}", endpoint, p256dh,
                 outside_auth());
}

static struct api_reply try_subscribe(const struct api_person *who, const char *where)
{
    return api_post(who, path, body(outside_url(where), outside_p256dh()));
}

/* The id of a new subscription. */
static const char *subscribe(const struct api_person *who, const char *where)
{
    struct api_reply r = try_subscribe(who, where);
    assert_int_equal(r.status, 201);
    return api_text(&r, "data.id");
}

static void ask_for_test(const char *id)
{
    struct api_reply r = api_post(&ada, api_f("%s/%s/test", path, id), "{}");
    assert_int_equal(r.status, 200);
}

static long long subscriptions(const char *where)
{
    return pg_count("select count(*) from karara.push_subscriptions where endpoint = '%s'", outside_url(where));
}

/* ---- subscribing ---- */

static void the_key_is_this_installations(void **state)
{
    (void)state;
    struct api_reply r = api_get(&ada, "/api/v1/notifications/push-key");
    assert_int_equal(r.status, 200);
    assert_int_equal(strlen(api_text(&r, "data.public_key")), 87);
    assert_string_equal(api_text(&r, "data.public_key"), webpush_public(NULL));
    r = api_get(NULL, "/api/v1/notifications/push-key");
    assert_int_equal(r.status, 401);
}

static void a_browser_is_listed_without_what_would_let_others_write_to_it(void **state)
{
    (void)state;
    const char *id = subscribe(&ada, "taken/listed");
    struct api_reply r = api_get(&ada, path);
    assert_int_equal(r.status, 200);
    assert_string_equal(api_text(&r, "data.0.id"), id);
    assert_string_equal(api_text(&r, "data.0.device"), "Chromium");
    assert_true(json_is_true(api_json(&r, "data.0.current")));
    assert_true(json_is_null(api_json(&r, "data.0.last_used_at")));
    assert_null(strstr(r.body, "taken/listed"));
    assert_null(strstr(r.body, outside_auth()));
    r = api_get(&bob, path);
    assert_int_equal(json_array_size(api_json(&r, "data")), 0);
    assert_string_equal(
        pg_value("select action from karara.audit_entries where actor_id = '%s' order by created_at desc limit 1", ada.id),
        "push.subscribed");
    assert_string_equal(pg_value("select key_id from karara.push_subscriptions"), webpush_kid());
}

static void the_same_browser_again_is_renewed_and_goes_with_its_secrets_alone(void **state)
{
    static const char other_key[] = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
    (void)state;
    const char *id = subscribe(&ada, "taken/same");
    pg_exec("update karara.push_subscriptions set failures = 3, last_error = 'HTTP 500'");
    assert_string_equal(subscribe(&ada, "taken/same"), id);
    assert_int_equal(pg_count("select failures from karara.push_subscriptions"), 0);
    struct api_reply r = api_post(&bob, path, body(outside_url("taken/same"), other_key));
    assert_int_equal(r.status, 409);
    assert_string_equal(api_text(&r, "error.details.reason"), "endpoint_taken");
    assert_string_equal(pg_value("select user_id from karara.push_subscriptions"), ada.id);
    assert_string_equal(subscribe(&bob, "taken/same"), id);
    assert_string_equal(pg_value("select user_id from karara.push_subscriptions"), bob.id);
    r = api_delete(&ada, api_f("%s/%s", path, id));
    assert_int_equal(r.status, 404);
    r = api_post(&ada, api_f("%s/%s/test", path, id), "{}");
    assert_int_equal(r.status, 404);
    r = api_delete(&bob, api_f("%s/%s", path, id));
    assert_int_equal(r.status, 200);
    assert_int_equal(subscriptions("taken/same"), 0);
}

static void what_can_not_be_sent_to_is_refused(void **state)
{
    (void)state;
    static const char point[] = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
    const char *const bodies[] = {
        body("http://push.example/x", point),
        body("https://localhost/x", point),
        body("https://user@push.example/x", point),
        body("https://push.example/\\r\\nX: y", point),
        body("https://push.example/x",
             "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw5"),
        body("https://push.example/x", "BCVxsr7N"),
        "{\"endpoint\":\"https://push.example/x\",\"keys\":{}}",
        "{\"endpoint\":\"https://push.example/x\",\"keys\":{\"p256dh\":7,\"auth\":null}}",
        "{\"endpoint\":\"https://push.example/x\"}",
    };
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        struct api_reply r = api_post(&ada, path, bodies[i]);
        if (r.status != 422) {
            fail_msg("%s: %d", bodies[i], r.status);
        }
    }
    assert_int_equal(pg_count("select count(*) from karara.push_subscriptions"), 0);
}

static void a_person_has_so_many_browsers_and_no_more(void **state)
{
    (void)state;
    config_set(CONF_PUSH_DEVICES, "2");
    subscribe(&ada, "taken/1");
    subscribe(&ada, "taken/2");
    struct api_reply r = try_subscribe(&ada, "taken/3");
    assert_int_equal(r.status, 409);
    assert_string_equal(api_text(&r, "error.details.reason"), "too_many_devices");
    subscribe(&ada, "taken/2");
    subscribe(&bob, "taken/3");
    config_set(CONF_PUSH_DEVICES, "20");
}

static void it_ends_with_the_session(void **state)
{
    (void)state;
    struct api_person cyd = api_person("cyd");
    subscribe(&cyd, "taken/leaving");
    struct api_reply r = api_post(&cyd, "/api/v1/auth/logout", "{}");
    assert_int_equal(r.status, 200);
    assert_int_equal(subscriptions("taken/leaving"), 0);
}

static void it_ends_with_the_account(void **state)
{
    (void)state;
    struct api_person dee = api_person("dee");
    subscribe(&dee, "taken/gone");
    pg_exec("insert into karara.phones (user_id, phone, confirmed_at) values ('%s', '+4915112345678', now()); "
            "update karara.users set platform_role = 'admin' where id = '%s'",
            dee.id, ada.id);
    struct api_reply r = api_delete(&ada, api_f("/api/v1/admin/users/%s", dee.id));
    assert_int_equal(r.status, 200);
    assert_int_equal(subscriptions("taken/gone"), 0);
    assert_int_equal(pg_count("select count(*) from karara.phones where user_id = '%s'", dee.id), 0);
}

/* ---- sending ---- */

static const char *header(const json_t *seen, const char *name)
{
    const char *value = json_string_value(json_object_get(json_object_get(seen, "headers"), name));
    return value != NULL ? value : "";
}

static void a_message_arrives_encrypted_for_the_browser_and_signed_by_us(void **state)
{
    (void)state;
    const char *id = subscribe(&ada, "taken/one");
    ask_for_test(id);
    outside_expect(1, "/taken/one");
    json_t *seen = outside_seen("/taken/one"), *vapid = json_object_get(seen, "vapid");
    json_t *message = json_loads(json_string_value(json_object_get(seen, "text")), 0, NULL);
    assert_string_equal(json_string_value(json_object_get(message, "title")), "It works");
    assert_string_equal(json_string_value(json_object_get(message, "tag")), "test");
    json_decref(message);
    assert_string_equal(json_string_value(json_object_get(seen, "method")), "POST");
    assert_string_equal(header(seen, "content-encoding"), "aes128gcm");
    assert_string_equal(header(seen, "content-type"), "application/octet-stream");
    assert_string_equal(header(seen, "ttl"), "300");
    assert_string_equal(header(seen, "urgency"), "high");
    assert_string_equal(header(seen, "topic"), "test");
    assert_true(json_is_true(json_object_get(vapid, "valid")));
    assert_string_equal(json_string_value(json_object_get(vapid, "alg")), "ES256");
    assert_string_equal(json_string_value(json_object_get(vapid, "key")), webpush_public(NULL));
    assert_string_equal(json_string_value(json_object_get(vapid, "sub")), "mailto:ops@karara.example");
    const char *origin = outside_url("");
    assert_memory_equal(json_string_value(json_object_get(vapid, "aud")), origin, strlen(origin) - 1);
    assert_int_equal(strlen(json_string_value(json_object_get(vapid, "aud"))), strlen(origin) - 1);
    assert_in_range(json_integer_value(json_object_get(vapid, "exp")), time(NULL) + 3600, time(NULL) + 86400);
    workers_expect("t", 60, "select last_used_at is not null and failures = 0 from karara.push_subscriptions where id = '%s'",
                   id);
}

static void it_is_in_the_persons_language(void **state)
{
    (void)state;
    pg_exec("update karara.users set preferences = '{\"language\":\"de\"}' where id = '%s'", ada.id);
    ask_for_test(subscribe(&ada, "taken/deutsch"));
    outside_expect(1, "/taken/deutsch");
    assert_non_null(strstr(json_string_value(json_object_get(outside_seen("/taken/deutsch"), "text")), "Es klappt"));
    pg_exec("update karara.users set preferences = '{}' where id = '%s'", ada.id);
}

static void a_subscription_that_is_gone_is_forgotten(void **state)
{
    (void)state;
    ask_for_test(subscribe(&ada, "gone/a"));
    ask_for_test(subscribe(&ada, "missing/a"));
    workers_expect("0", 60, "select count(*) from karara.push_subscriptions");
    workers_expect("2", 60, "select count(*) from karara.jobs_done where kind = 'push_send' and outcome = 'done'");
    assert_int_equal(outside_count("/gone/a"), 1);
}

static void a_service_that_asks_for_a_pause_gets_it(void **state)
{
    (void)state;
    const char *busy = subscribe(&ada, "busy/a"), *closed = subscribe(&ada, "closed/a");
    ask_for_test(busy);
    ask_for_test(closed);
    workers_expect("t", 60,
                   "select quiet_until between now() + interval '13 min' and now() + interval '15 min' "
                   "from karara.push_subscriptions where id = '%s'",
                   busy);
    workers_expect("t", 60,
                   "select quiet_until between now() + interval '55 min' and now() + interval '61 min' "
                   "from karara.push_subscriptions where id = '%s'",
                   closed);
    workers_expect("2", 60, "select count(*) from karara.jobs_done where kind = 'push_send'");
    ask_for_test(busy); /* nobody asks meanwhile */
    workers_expect("3", 60, "select count(*) from karara.jobs_done where kind = 'push_send'");
    assert_int_equal(outside_count("/busy/a"), 1);
    assert_int_equal(pg_count("select failures from karara.push_subscriptions where id = '%s'", busy), 0);
}

static void a_refusal_is_counted_and_not_repeated(void **state)
{
    (void)state;
    const char *id = subscribe(&ada, "bad/a");
    ask_for_test(id);
    workers_expect("1 HTTP 400: no such thing", 60,
                   "select failures || ' ' || last_error from karara.push_subscriptions where id = '%s'", id);
    workers_expect("1", 60, "select count(*) from karara.jobs_done where kind = 'push_send'");
    assert_int_equal(outside_count("/bad/a"), 1);
    struct api_reply r = api_get(&ada, path);
    assert_string_equal(api_text(&r, "data.0.last_error"), "HTTP 400: no such thing");
    pg_exec("update karara.push_subscriptions set failures = 19");
    ask_for_test(id);
    workers_expect("0", 60, "select count(*) from karara.push_subscriptions");
}

static void trouble_on_their_side_is_tried_again_and_no_job_is_parked(void **state)
{
    static const char *const troubles[] = { "broken/a", "drop/a", "tarpit/a", "drip/a" };
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        ask_for_test(subscribe(&ada, troubles[i]));
    }
    workers_expect("4", 60, "select count(*) from karara.push_subscriptions where failures = 1");
    workers_expect("4", 60, "select count(*) from karara.jobs where lease_until is null and attempts = 1");
    pg_exec("update karara.jobs set attempts = max_attempts - 1, run_at = now() where kind = 'push_send'");
    workers_expect("4", 60, "select count(*) from karara.jobs_done where kind = 'push_send' and outcome = 'done'");
    assert_int_equal(pg_count("select count(*) from karara.push_subscriptions where failures = 2"), 4);
    assert_string_equal(pg_value("select last_error from karara.push_subscriptions where endpoint like '%%broken%%'"),
                        "HTTP 500: trouble");
}

static void nobody_is_led_elsewhere_and_a_flood_is_cut(void **state)
{
    (void)state;
    ask_for_test(subscribe(&ada, "away/a"));
    ask_for_test(subscribe(&ada, "flood/a"));
    workers_expect("2", 60, "select count(*) from karara.jobs_done where kind = 'push_send'");
    assert_string_equal(pg_value("select last_error from karara.push_subscriptions where endpoint like '%%away%%'"),
                        "HTTP 307");
    assert_int_equal(outside_count("/taken/elsewhere"), 0);
    assert_int_equal(pg_count("select failures from karara.push_subscriptions where endpoint like '%%flood%%'"),
                     0); /* 200 it is */
}

/* ---- notifications ---- */

/* A task that ada assigns to bob, who is told in his browsers; its id. */
static const char *assign(const char *title)
{
    char id[UUID_TEXT_SIZE];
    struct uuid task = api_task(&demo, &ada, title);
    uuid_format(&task, id);
    struct api_reply r = api_post(&ada, api_f("/api/v1/tasks/%s/assign", id), api_f("{\"assignee_ids\":[\"%s\"]}", bob.id));
    assert_int_equal(r.status, 200);
    return api_f("%s", id);
}

static const char *text_of(json_t *seen, const char *name)
{
    json_t *message = json_loads(json_string_value(json_object_get(seen, "text")), 0, NULL);
    const char *text = api_f("%s", json_string_value(json_object_get(message, name)));
    json_decref(message);
    return text;
}

static void what_concerns_somebody_is_told_in_each_of_their_browsers(void **state)
{
    (void)state;
    subscribe(&bob, "taken/bob1");
    subscribe(&bob, "taken/bob2");
    subscribe(&bob, "gone/bob3");
    subscribe(&ada, "taken/ada1");
    const char *task = assign("Write \"the\" story");
    outside_expect(1, "/taken/bob1");
    outside_expect(1, "/taken/bob2");
    outside_expect(1, "/gone/bob3");
    json_t *seen = outside_seen("/taken/bob1");
    assert_non_null(strstr(text_of(seen, "title"), "assigned"));
    assert_string_equal(text_of(seen, "body"), "Write \"the\" story");
    assert_string_equal(
        text_of(seen, "url"),
        pg_value("select url || '?in=' || brand_id from tenant_shared.notifications where subject_id = '%s' and user_id = '%s'",
                 task, bob.id));
    assert_string_equal(header(seen, "urgency"), "normal");
    assert_string_equal(header(seen, "ttl"), "604800");
    assert_int_equal(strlen(header(seen, "topic")), 32);
    assert_string_equal(header(seen, "topic"), text_of(seen, "tag"));
    workers_expect("sent", 60,
                   "select d.status from tenant_shared.notification_deliveries d join tenant_shared.notifications n on n.id = "
                   "d.notification_id where n.subject_id = '%s' and d.way = 'push'",
                   task);
    workers_expect("2", 60, "select count(*) from karara.push_subscriptions where user_id = '%s'", bob.id);
    assert_int_equal(outside_count("/taken/ada1"), 0); /* who did it isn't told */
}

/* With the queue halted, what happens until a message goes out can be seen to. */
static int halted(void **state)
{
    forget(state);
    pg_exec("insert into karara.job_queues (queue) values ('push')");
    return 0;
}

static void go_on(void)
{
    pg_exec("delete from karara.job_queues");
    workers_expect("0", 60, "select count(*) from karara.jobs where kind = 'push_send'");
}

static void wait_for_message(void)
{
    workers_expect("1", 60, "select count(*) from karara.jobs where kind = 'push_send'");
}

static void what_was_read_meanwhile_is_told_no_more(void **state)
{
    (void)state;
    subscribe(&bob, "taken/read");
    const char *task = assign("Read me");
    wait_for_message();
    const char *id = pg_value("select id from tenant_shared.notifications where subject_id = '%s'", task);
    struct api_reply r =
        api_send(&bob, "PUT", api_f("/api/v1/brands/%s/notifications/%s", demo.id, id), "{\"is_read\":true}", NULL);
    assert_int_equal(r.status, 200);
    go_on();
    assert_int_equal(outside_count("/taken/read"), 0);
}

static void who_has_left_the_brand_is_told_nothing_of_it(void **state)
{
    (void)state;
    subscribe(&bob, "taken/left");
    assign("Leave me");
    wait_for_message();
    pg_exec("update karara.brand_members set expires_at = now() where user_id = '%s'", bob.id);
    go_on();
    pg_exec("update karara.brand_members set expires_at = null where user_id = '%s'", bob.id);
    assert_int_equal(outside_count("/taken/left"), 0);
}

static void a_browser_that_somebody_else_uses_now_is_not_told(void **state)
{
    (void)state;
    subscribe(&bob, "taken/shared");
    assign("Keep me to yourself");
    wait_for_message();
    subscribe(&ada, "taken/shared");
    go_on();
    assert_int_equal(outside_count("/taken/shared"), 0);
}

static void a_message_waits_as_long_as_its_service_asks(void **state)
{
    (void)state;
    subscribe(&bob, "busy/bob");
    assign("Wait for me");
    workers_expect(
        "t", 60,
        "select run_at between now() + interval '13 min' and now() + interval '15 min' and attempts = 0 from karara.jobs "
        "where kind = 'push_send' and lease_until is null and last_error is not null");
    assert_int_equal(outside_count("/busy/bob"), 1);
}

/* The message may have got there or not: it goes once more, under the same topic and tag, so that it is seen once. */
static void a_worker_that_dies_while_it_sends_leaves_nothing_unsent_and_nothing_to_be_seen_twice(void **state)
{
    (void)state;
    subscribe(&bob, "tarpit/died");
    assign("Tell me");
    outside_expect(1, "/tarpit/died");
    const char *topic = api_f("%s", header(outside_seen("/tarpit/died"), "topic")),
               *tag = text_of(outside_seen("/tarpit/died"), "tag");
    workers_kill(0);
    pg_exec("update karara.push_subscriptions set endpoint = '%s'", outside_url("taken/died"));
    pg_exec("update karara.jobs set lease_until = now() where kind = 'push_send'"); /* half a minute later */
    workers_start(0, 2);
    outside_expect(1, "/taken/died");
    assert_string_equal(header(outside_seen("/taken/died"), "topic"), topic);
    assert_string_equal(text_of(outside_seen("/taken/died"), "tag"), tag);
    workers_expect("0", 60, "select count(*) from karara.jobs where kind = 'push_send'");
    assert_int_equal(outside_count("/taken/died"), 1);
    assert_int_equal(outside_count("/tarpit/died"), 1);
}

/* ---- the guard ---- */

static struct https_answer send_to(const char *url, const char *allow)
{
    struct https_answer a;
    https_send(&(struct https_request){ .method = "POST", .url = url, .body = "x", .size = 1, .allow = allow, .timeout = 6 },
               &a);
    return a;
}

static void a_connection_into_ones_own_network_is_never_made(void **state)
{
    (void)state;
    const char *here = outside_url("taken/guard");
    const char *mapped = api_f("https://[::ffff:127.0.0.1]%s", strrchr(here, ':'));
    const char *const closed[] = { here,
                                   mapped,
                                   "https://169.254.169.254/latest",
                                   "https://10.0.0.1/",
                                   "https://[::1]/",
                                   "https://[fd00::1]/",
                                   "https://[64:ff9b::7f00:1]/" };
    for (size_t i = 0; i < sizeof closed / sizeof *closed; i++) {
        struct https_answer a = send_to(closed[i], "192.168.250.0/24");
        if (a.outcome != HTTPS_REFUSED) {
            fail_msg("%s: %d %s", closed[i], (int)a.outcome, a.words);
        }
    }
    assert_int_equal(outside_count("/taken/guard"), 0);
    struct https_answer a = send_to(here, "127.0.0.1");
    assert_int_equal(a.outcome, HTTPS_ANSWERED);
    assert_int_equal(a.status, 201);
}

static void a_subscription_that_leads_inside_is_counted_as_refused(void **state)
{
    (void)state;
    const char *id = subscribe(&ada, "taken/inside");
    pg_exec("update karara.push_subscriptions set endpoint = 'https://169.254.169.254/latest/meta-data'");
    ask_for_test(id);
    workers_expect("its address is in a network that we don't send to", 60, "select last_error from karara.push_subscriptions");
}

static void a_certificate_that_does_not_fit_is_no_service(void **state)
{
    (void)state;
    config_set(CONF_HTTPS_CA_FILE, "");
    struct https_answer a = send_to(outside_url("taken/tls"), "127.0.0.0/8");
    config_set(CONF_HTTPS_CA_FILE, getenv("KARARA_HTTPS_CA_FILE"));
    assert_int_equal(a.outcome, HTTPS_UNTRUSTED);
    assert_int_equal(outside_count("/taken/tls"), 0);
}

static void a_header_of_two_lines_is_never_sent(void **state)
{
    struct https_answer a;
    (void)state;
    const char *const headers[] = { "X-One: a\r\nX-Two: b", NULL };
    https_send(
        &(struct https_request){
            .method = "POST", .url = outside_url("taken/header"), .headers = headers, .allow = "127.0.0.1", .timeout = 6 },
        &a);
    assert_int_equal(a.outcome, HTTPS_REFUSED);
    assert_int_equal(outside_count("/taken/header"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_key_is_this_installations, forget),
        cmocka_unit_test_setup(a_browser_is_listed_without_what_would_let_others_write_to_it, forget),
        cmocka_unit_test_setup(the_same_browser_again_is_renewed_and_goes_with_its_secrets_alone, forget),
        cmocka_unit_test_setup(what_can_not_be_sent_to_is_refused, forget),
        cmocka_unit_test_setup(a_person_has_so_many_browsers_and_no_more, forget),
        cmocka_unit_test_setup(it_ends_with_the_session, forget),
        cmocka_unit_test_setup(it_ends_with_the_account, forget),
        cmocka_unit_test_setup(a_message_arrives_encrypted_for_the_browser_and_signed_by_us, forget),
        cmocka_unit_test_setup(it_is_in_the_persons_language, forget),
        cmocka_unit_test_setup(a_subscription_that_is_gone_is_forgotten, forget),
        cmocka_unit_test_setup(a_service_that_asks_for_a_pause_gets_it, forget),
        cmocka_unit_test_setup(a_refusal_is_counted_and_not_repeated, forget),
        cmocka_unit_test_setup(trouble_on_their_side_is_tried_again_and_no_job_is_parked, forget),
        cmocka_unit_test_setup(nobody_is_led_elsewhere_and_a_flood_is_cut, forget),
        cmocka_unit_test_setup(what_concerns_somebody_is_told_in_each_of_their_browsers, forget),
        cmocka_unit_test_setup(what_was_read_meanwhile_is_told_no_more, halted),
        cmocka_unit_test_setup(who_has_left_the_brand_is_told_nothing_of_it, halted),
        cmocka_unit_test_setup(a_browser_that_somebody_else_uses_now_is_not_told, halted),
        cmocka_unit_test_setup(a_message_waits_as_long_as_its_service_asks, forget),
        cmocka_unit_test_setup(a_worker_that_dies_while_it_sends_leaves_nothing_unsent_and_nothing_to_be_seen_twice, forget),
        cmocka_unit_test_setup(a_connection_into_ones_own_network_is_never_made, forget),
        cmocka_unit_test_setup(a_subscription_that_leads_inside_is_counted_as_refused, forget),
        cmocka_unit_test_setup(a_certificate_that_does_not_fit_is_no_service, forget),
        cmocka_unit_test_setup(a_header_of_two_lines_is_never_sent, forget),
    };
    return cmocka_run_group_tests(tests, begin, outside_end);
}
