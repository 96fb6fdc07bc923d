/* test_throttle.c - guessing passwords gets slower and slower, and tells nothing: not by answers, not by work. */
#include "api.h"
#include "api/dispatch.h"
#include "core/config.h"
#include "pg.h"
#include "platform/db.h"
#include "platform/password.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PASSWORD "correct horse battery"

/* ---- tools ---- */

static int begin(void **state)
{
    (void)state;
    api_begin();
    return 0;
}

static int defaults(void **state)
{
    (void)state;
    config_set(CONF_LOGIN_ATTEMPTS, "3");
    config_set(CONF_LOGIN_LOCK, "60");
    return 0;
}

static struct api_person person(const char *name)
{
    struct api_person p = api_person(name);
    pg_exec("insert into karara.credentials (user_id, password_hash) values ('%s', '%s')", p.id,
            password_hash(api_worker()->arena, PASSWORD));
    return p;
}

static struct api_reply sign_in(const char *email, const char *password)
{
    return api_post(NULL, "/api/v1/auth/login", api_f("{\"email\":\"%s\",\"password\":\"%s\"}", email, password));
}

/* Lets the present lock of everybody end. */
static void locks_end(void)
{
    pg_exec("update karara.credentials set locked_until = now() where locked_until is not null; "
            "update karara.strangers set locked_until = now() where locked_until is not null");
}

static int seconds_left(const struct api_reply *r)
{
    assert_int_equal(r->status, 423);
    assert_string_equal(api_error(r), "account_locked");
    return atoi(api_header(r, "Retry-After"));
}

static long long mails_to(const char *email)
{
    return pg_count("select count(*) from karara.mails where to_address = '%s'", email);
}

/* ---- the delay ---- */

static void grows(const char *email)
{
    static const int minutes[] = { 1, 5, 15, 60, 60 };
    for (int i = 0; i < 2; i++) {
        assert_int_equal(sign_in(email, "wrong guess").status, 401);
    }
    for (size_t i = 0; i < sizeof minutes / sizeof *minutes; i++) {
        assert_int_equal(sign_in(email, "wrong guess").status, 401);
        struct api_reply r = sign_in(email, "wrong guess");
        assert_in_range(seconds_left(&r), minutes[i] * 60 - 5, minutes[i] * 60);
        locks_end();
    }
}

static void each_further_failure_locks_longer(void **state)
{
    (void)state;
    struct api_person p = person("growing");
    grows(p.email);
    assert_int_equal(sign_in(p.email, PASSWORD).status, 200);
    assert_int_equal(sign_in(p.email, "wrong guess").status, 401);
    assert_int_equal(sign_in(p.email, PASSWORD).status, 200);
}

static void an_address_without_an_account_behaves_alike(void **state)
{
    (void)state;
    grows("stranger@throttle.example");
    assert_int_equal(mails_to("stranger@throttle.example"), 0);
    assert_int_equal(pg_count("select count(*) from karara.strangers where encode(digest, 'escape') like '%%throttle%%'"), 0);
    assert_int_equal(pg_count("select count(*) from karara.account_tokens where user_id is null"), 0);
}

static void the_right_password_doesn_t_open_a_lock(void **state)
{
    (void)state;
    struct api_person p = person("right");
    for (int i = 0; i < 3; i++) {
        sign_in(p.email, "wrong guess");
    }
    struct api_reply r = sign_in(p.email, PASSWORD);
    assert_in_range(seconds_left(&r), 55, 60);
    assert_int_equal(pg_count("select login_attempts from karara.credentials where user_id = '%s'", p.id), 3);
}

static void a_day_without_a_failure_begins_anew(void **state)
{
    (void)state;
    struct api_person p = person("forgiven");
    static const char stranger[] = "forgiven.stranger@throttle.example";
    for (int i = 0; i < 2; i++) {
        sign_in(p.email, "wrong guess");
        sign_in(stranger, "wrong guess");
    }
    pg_exec("update karara.credentials set last_failed_at = now() - interval '24 hours 1 second'; "
            "update karara.strangers set last_failed_at = now() - interval '24 hours 1 second'");
    for (int i = 0; i < 3; i++) {
        assert_int_equal(sign_in(p.email, "wrong guess").status, 401);
        assert_int_equal(sign_in(stranger, "wrong guess").status, 401);
    }
    assert_int_equal(sign_in(p.email, "wrong guess").status, 423);
    assert_int_equal(sign_in(stranger, "wrong guess").status, 423);
}

static void strangers_are_forgotten_after_a_day(void **state)
{
    (void)state;
    pg_exec("insert into karara.strangers (digest, last_failed_at) select sha256(n::text::bytea), now() - interval '26 hours' "
            "from generate_series(1, 8) n");
    long long before = pg_count("select count(*) from karara.strangers");
    for (int i = 0; i < 3; i++) {
        sign_in(api_f("passer%d@throttle.example", i), "wrong guess");
    }
    assert_int_equal(pg_count("select count(*) from karara.strangers"), before + 3 - 8);
}

static void the_first_lock_is_told_by_mail_and_the_others_are_not(void **state)
{
    (void)state;
    struct api_person p = person("mailed"), suspended = person("silent");
    grows(p.email);
    assert_int_equal(mails_to(p.email), 1);
    assert_string_equal(pg_value("select template from karara.mails where to_address = '%s'", p.email), "account_locked");
    pg_exec("update karara.users set status = 'suspended' where id = '%s'", suspended.id);
    grows(suspended.email);
    assert_int_equal(mails_to(suspended.email), 0);
}

static int guess(int index, void *arg)
{
    (void)index;
    int status = sign_in(arg, "wrong guess").status;
    return status == 401 ? 1 : status == 423 ? 2 : 0;
}

static void guesses_at_once_are_all_counted_and_told_once(void **state)
{
    int results[8];
    (void)state;
    struct api_person p = person("storm");
    config_set(CONF_LOGIN_ATTEMPTS, "4");
    api_at_once(8, guess, p.email, results);
    int counted = 0;
    for (int i = 0; i < 8; i++) {
        assert_true(results[i] == 1 || results[i] == 2);
        counted += results[i] == 1;
    }
    assert_int_equal(pg_count("select login_attempts from karara.credentials where user_id = '%s'", p.id), counted);
    assert_in_range(counted, 4, 8);
    assert_int_equal(mails_to(p.email), 1);
    char stranger[] = "storm.stranger@throttle.example";
    api_at_once(8, guess, stranger, results);
    assert_int_equal(pg_count("select count(*) from karara.strangers where digest = sha256('%s')", stranger), 1);
}

/* ---- what it tells ---- */

struct work {
    int status;
    unsigned long computations;
    unsigned round_trips, statements;
    int header_count;
    const char *message;
};

static struct work measure(const struct api_reply *r)
{
    struct db_counters c = db_counters(api_worker()->db);
    static unsigned long before;
    unsigned long computed = password_computations() - before;
    before = password_computations();
    return (struct work){ r->status, computed, c.round_trips, c.statements, r->header_count, api_text(r, "error.message") };
}

static void the_work_is_the_same_at_every_step(void **state)
{
    (void)state;
    struct api_person p = person("equal");
    static const char stranger[] = "equal.st@test.example";
    struct api_reply warm = sign_in("warm@throttle.example", "wrong guess");
    measure(&warm);
    for (int i = 0; i < 8; i++) {
        struct api_reply known = sign_in(p.email, "wrong guess");
        struct work k = measure(&known);
        struct api_reply unknown = sign_in(stranger, "wrong guess");
        struct work u = measure(&unknown);
        assert_int_equal(k.status, i < 3 || i % 2 == 0 ? 401 : 423);
        assert_int_equal(k.status, u.status);
        assert_int_equal(k.computations, k.status == 401 ? 1 : 0);
        assert_int_equal(k.computations, u.computations);
        assert_int_equal(k.round_trips, u.round_trips);
        assert_int_equal(k.statements, u.statements);
        assert_int_equal(k.header_count, u.header_count);
        assert_string_equal(k.message, u.message);
        if (i % 2 == 1) {
            locks_end();
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(each_further_failure_locks_longer, defaults),
        cmocka_unit_test_setup(an_address_without_an_account_behaves_alike, defaults),
        cmocka_unit_test_setup(the_right_password_doesn_t_open_a_lock, defaults),
        cmocka_unit_test_setup(a_day_without_a_failure_begins_anew, defaults),
        cmocka_unit_test_setup(strangers_are_forgotten_after_a_day, defaults),
        cmocka_unit_test_setup(the_first_lock_is_told_by_mail_and_the_others_are_not, defaults),
        cmocka_unit_test_setup(guesses_at_once_are_all_counted_and_told_once, defaults),
        cmocka_unit_test_setup(the_work_is_the_same_at_every_step, defaults),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
