/* test_recovery.c - confirming an address, a new password and unlocking, all by links from mails. */
#include "api/dispatch.h"
#include "cast.h"
#include "core/config.h"
#include "pg.h"
#include "platform/db.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PASSWORD "correct horse battery"
#define OTHER_PASSWORD "a green kettle hums"

/* ---- tools ---- */

static int defaults(void **state)
{
    (void)state;
    config_set(CONF_REGISTRATION, "on");
    config_set(CONF_EMAIL_VERIFICATION, "on");
    config_set(CONF_LOGIN_ATTEMPTS, "3");
    config_set(CONF_LOGIN_LOCK, "60");
    config_set(CONF_PUBLIC_URL, "https://karara.example/");
    return 0;
}

static const char *email_of(const char *name)
{
    return api_f("%s@recovery.example", name);
}

static struct api_reply sign_up_with(const char *name, const char *first_name, const char *password)
{
    return api_post(NULL, "/api/v1/auth/register",
                    api_f("{\"email\":\"%s\",\"password\":\"%s\",\"first_name\":\"%s\",\"last_name\":\"Byron\"}",
                          email_of(name), password, first_name));
}

static struct api_reply sign_up(const char *name)
{
    struct api_reply r = sign_up_with(name, "Ada", PASSWORD);
    assert_int_equal(r.status, 201);
    return r;
}

static struct api_reply sign_in(const char *name, const char *password)
{
    return signed_in(email_of(name), password);
}

static struct api_reply ask(const char *path, const char *name)
{
    return api_post(NULL, api_f("/api/v1/auth/%s", path), api_f("{\"email\":\"%s\"}", email_of(name)));
}

static struct api_reply use(const char *path, const char *token)
{
    return api_post(NULL, api_f("/api/v1/auth/%s", path), api_f("{\"token\":\"%s\"}", token));
}

static struct api_reply reset(const char *token, const char *password)
{
    return api_post(NULL, "/api/v1/auth/reset-password", api_f("{\"token\":\"%s\",\"password\":\"%s\"}", token, password));
}

static long long mails_to(const char *name)
{
    return pg_count("select count(*) from karara.mails where lower(to_address) = '%s'", email_of(name));
}

static const char *newest(const char *name, const char *column)
{
    return api_f(
        "%s", pg_value("select %s from karara.mails where lower(to_address) = '%s' order by created_at desc, id desc limit 1",
                       column, email_of(name)));
}

/* The secret of the link in the newest mail to this address. */
static const char *mailed_token(const char *name)
{
    const char *text = newest(name, "text_body");
    const char *at = strstr(text, "#token=");
    assert_non_null(at);
    assert_non_null(strstr(text, "https://karara.example/"));
    return api_f("%.*s", (int)strcspn(at + 7, "\n"), at + 7);
}

/* Lets the pause between two mails of a kind pass. */
static void later(void)
{
    pg_exec("update karara.mails set unique_key = null");
}

static struct api_person person_of(const struct api_reply *r)
{
    struct api_person p = { 0 };
    snprintf(p.id, sizeof p.id, "%s", api_text(r, "data.user.id"));
    snprintf(p.token, sizeof p.token, "%s", api_text(r, "data.access_token"));
    return p;
}

/* An active account, signed in. */
static struct api_person account(const char *name)
{
    sign_up(name);
    assert_int_equal(use("verify-email", mailed_token(name)).status, 200);
    struct api_reply r = sign_in(name, PASSWORD);
    assert_int_equal(r.status, 200);
    return person_of(&r);
}

static int status_of_me(const struct api_person *p)
{
    return api_get(p, "/api/v1/users/me").status;
}

static const char *status_in_database(const char *name)
{
    return pg_value("select status from karara.users where lower(email) = '%s'", email_of(name));
}

static void refused_token(const struct api_reply *r)
{
    assert_int_equal(r->status, 422);
    assert_non_null(api_json(r, "error.field_errors.token.0"));
}

/* ---- confirming an address ---- */

static void an_account_opens_by_the_link_of_its_mail_once(void **state)
{
    (void)state;
    sign_up("opens");
    assert_string_equal(newest("opens", "template"), "verify_email");
    const char *token = mailed_token("opens");
    assert_non_null(strstr(newest("opens", "text_body"), "https://karara.example/verify-email#token="));
    assert_int_equal(pg_count("select count(*) from karara.account_tokens where encode(digest, 'escape') like '%%%s%%'", token),
                     0);
    assert_int_equal(sign_in("opens", PASSWORD).status, 403);
    struct api_reply r = use("verify-email", token);
    assert_int_equal(r.status, 200);
    assert_true(json_is_null(api_json(&r, "data")));
    assert_null(api_header(&r, "Set-Cookie"));
    assert_int_equal(sign_in("opens", PASSWORD).status, 200);
    r = use("verify-email", token);
    refused_token(&r);
    assert_int_equal(pg_count("select count(*) from karara.events where kind = 'auth.email_verified'"), 1);
}

static void a_link_is_good_for_a_day_and_only_for_its_purpose(void **state)
{
    (void)state;
    sign_up("late");
    const char *token = mailed_token("late");
    struct api_reply r = use("unlock", token);
    refused_token(&r);
    r = reset(token, OTHER_PASSWORD);
    refused_token(&r);
    assert_string_equal(
        pg_value("select expires_at - created_at from karara.account_tokens where email = '%s'", email_of("late")), "1 day");
    pg_exec("update karara.account_tokens set expires_at = now()");
    r = use("verify-email", token);
    refused_token(&r);
    assert_string_equal(status_in_database("late"), "pending");
    r = use("verify-email", "garbage");
    refused_token(&r);
    assert_int_equal(ask("resend-verification", "late").status, 200);
    assert_int_equal(use("verify-email", mailed_token("late")).status, 200);
}

/* Whoever registers somebody else's address first gets nothing by it. */
static void who_confirms_gets_the_password_of_their_own_registration(void **state)
{
    (void)state;
    assert_int_equal(sign_up_with("owner", "Mallory", "mallory knows this").status, 201);
    const char *first = mailed_token("owner");
    assert_int_equal(sign_up_with("Owner", "Olga", "only olga knows").status, 201);
    assert_string_equal(newest("owner", "template"), "verify_email");
    assert_int_equal(use("verify-email", mailed_token("owner")).status, 200);
    assert_int_equal(sign_in("owner", "mallory knows this").status, 401);
    struct api_reply r = sign_in("owner", "only olga knows");
    assert_int_equal(r.status, 200);
    assert_string_equal(api_text(&r, "data.user.first_name"), "Olga");
    r = use("verify-email", first);
    refused_token(&r);
}

/* … nor when the owner asks for the mail once more. */
static void confirming_an_address_opens_no_password_of_somebody_else(void **state)
{
    (void)state;
    assert_int_equal(sign_up_with("contested", "Mallory", "mallory knows this").status, 201);
    assert_int_equal(ask("resend-verification", "contested").status, 200);
    const char *before = mailed_token("contested");
    assert_int_equal(sign_up_with("Contested", "Olga", "only olga knows").status, 201);
    struct api_reply r = use("verify-email", before);
    refused_token(&r);
    assert_string_equal(status_in_database("contested"), "pending");
    later();
    pg_exec("delete from karara.account_tokens where email = '%s'", email_of("contested"));
    assert_int_equal(ask("resend-verification", "contested").status, 200);
    assert_string_equal(newest("contested", "template"), "reset_password");
    assert_int_equal(reset(mailed_token("contested"), OTHER_PASSWORD).status, 200);
    assert_string_equal(status_in_database("contested"), "active");
    assert_int_equal(sign_in("contested", "mallory knows this").status, 401);
    assert_int_equal(sign_in("contested", OTHER_PASSWORD).status, 200);
}

static void an_account_that_was_made_without_a_password_is_asked_for_one(void **state)
{
    (void)state;
    pg_exec("insert into karara.users (id, email, first_name, last_name, status) values (gen_random_uuid(), '%s', 'A', 'B', "
            "'pending')",
            email_of("made"));
    assert_int_equal(ask("resend-verification", "made").status, 200);
    assert_string_equal(newest("made", "template"), "reset_password");
    assert_int_equal(reset(mailed_token("made"), OTHER_PASSWORD).status, 200);
    assert_int_equal(sign_in("made", OTHER_PASSWORD).status, 200);
}

static void registering_again_and_again_fills_nobody_s_mailbox(void **state)
{
    (void)state;
    config_set(CONF_EMAIL_VERIFICATION, "on");
    for (int i = 0; i < 8; i++) {
        assert_int_equal(sign_up_with("flooded", "Ada", PASSWORD).status, 201);
    }
    assert_in_range(mails_to("flooded"), 3, 4); /* 4 where five minutes begin meanwhile */
}

static void who_has_an_account_is_told_so_by_mail_only(void **state)
{
    (void)state;
    struct api_person p = account("exists");
    struct api_reply first = sign_up("unseen");
    struct api_reply again = sign_up("Exists");
    assert_int_equal(first.header_count, again.header_count);
    assert_string_equal(api_text(&again, "data.user.status"), "pending");
    assert_string_equal(newest("exists", "template"), "account_exists");
    assert_string_equal(newest("exists", "to_name"), "Ada");
    assert_int_equal(status_of_me(&p), 200);
    assert_int_equal(sign_in("exists", PASSWORD).status, 200);
    assert_int_equal(reset(mailed_token("exists"), OTHER_PASSWORD).status, 200);
    assert_int_equal(sign_in("exists", OTHER_PASSWORD).status, 200);
    pg_exec("update karara.users set status = 'suspended' where email = '%s'", email_of("exists"));
    long long before = mails_to("exists");
    later();
    sign_up("exists");
    assert_int_equal(mails_to("exists"), before);
}

static void confirmation_is_sent_again_to_pending_accounts_only(void **state)
{
    (void)state;
    sign_up("again");
    account("done");
    long long before = mails_to("done");
    assert_int_equal(ask("resend-verification", "again").status, 200);
    assert_int_equal(mails_to("again"), 2);
    assert_int_equal(ask("resend-verification", "again").status, 200);
    assert_int_equal(mails_to("again"), 2); /* one in five minutes */
    assert_int_equal(ask("resend-verification", "done").status, 200);
    assert_int_equal(ask("resend-verification", "nobody").status, 200);
    assert_int_equal(mails_to("done"), before);
    assert_int_equal(mails_to("nobody"), 0);
}

/* ---- a new password ---- */

static void asking_for_a_password_never_tells_who_has_an_account(void **state)
{
    (void)state;
    account("told");
    pg_exec("update karara.users set preferences = '{\"language\": \"de\"}' where email = '%s'", email_of("told"));
    struct api_reply known = ask("forgot-password", "told");
    struct db_counters k = db_counters(api_worker()->db);
    long long tokens = pg_count("select count(*) from karara.account_tokens");
    long long mails = pg_count("select count(*) from karara.mails");
    struct api_reply unknown = ask("forgot-password", "stranger");
    struct db_counters u = db_counters(api_worker()->db);
    assert_int_equal(known.status, 200);
    assert_int_equal(unknown.status, 200);
    assert_true(json_is_null(api_json(&known, "data")) && json_is_null(api_json(&unknown, "data")));
    assert_int_equal(known.header_count, unknown.header_count);
    assert_int_equal(k.round_trips, u.round_trips);
    assert_int_equal(k.statements, u.statements);
    assert_int_equal(pg_count("select count(*) from karara.account_tokens"), tokens);
    assert_int_equal(pg_count("select count(*) from karara.mails"), mails);
    assert_string_equal(newest("told", "template || ' ' || language"), "reset_password de");
    assert_non_null(strstr(newest("told", "text_body"), "Guten Tag Ada,"));
    pg_exec("update karara.users set status = 'suspended' where email = '%s'", email_of("told"));
    later();
    mails = mails_to("told");
    assert_int_equal(ask("password-reset", "told").status, 200);
    assert_int_equal(mails_to("told"), mails);
}

static void a_new_password_ends_all_sessions_and_is_told(void **state)
{
    (void)state;
    struct api_person p = account("forgetful");
    struct api_reply other = sign_in("forgetful", PASSWORD);
    struct api_person elsewhere = person_of(&other);
    ask("forgot-password", "forgetful");
    const char *token = mailed_token("forgetful");
    struct api_reply r = reset(token, OTHER_PASSWORD);
    assert_int_equal(r.status, 200);
    assert_true(json_is_null(api_json(&r, "data")));
    assert_null(api_header(&r, "Set-Cookie"));
    assert_int_equal(status_of_me(&p), 401);
    assert_int_equal(status_of_me(&elsewhere), 401);
    assert_int_equal(sign_in("forgetful", PASSWORD).status, 401);
    assert_int_equal(sign_in("forgetful", OTHER_PASSWORD).status, 200);
    assert_string_equal(newest("forgetful", "template"), "password_changed");
    r = reset(token, "yet another good one");
    refused_token(&r);
    assert_int_equal(
        pg_count("select count(*) from karara.sessions where user_id = '%s' and revoked_reason = 'password_reset'", p.id), 2);
}

static void a_link_for_a_password_is_good_for_an_hour(void **state)
{
    (void)state;
    account("hour");
    ask("password-reset", "hour");
    const char *token = mailed_token("hour");
    assert_string_equal(
        pg_value("select expires_at - created_at from karara.account_tokens where email = '%s'", email_of("hour")), "01:00:00");
    pg_exec("update karara.account_tokens set expires_at = now() where email = '%s'", email_of("hour"));
    struct api_reply r = api_post(NULL, "/api/v1/auth/password-reset/confirm",
                                  api_f("{\"token\":\"%s\",\"password\":\"" OTHER_PASSWORD "\"}", token));
    refused_token(&r);
    assert_int_equal(sign_in("hour", PASSWORD).status, 200);
}

static void a_password_that_is_refused_leaves_the_link_good(void **state)
{
    (void)state;
    account("picky");
    ask("forgot-password", "picky");
    const char *token = mailed_token("picky");
    static const char *const wrong[] = { "seven77", "password1", "ada byron", "picky.recovery" };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct api_reply r = reset(token, wrong[i]);
        assert_int_equal(r.status, 422);
        assert_non_null(api_json(&r, "error.field_errors.password.0"));
        assert_null(api_json(&r, "error.field_errors.token"));
    }
    assert_int_equal(reset(token, OTHER_PASSWORD).status, 200);
}

static void a_reset_opens_a_pending_account_and_keeps_the_second_factor(void **state)
{
    (void)state;
    sign_up("pending");
    ask("forgot-password", "pending");
    pg_exec("update karara.credentials c set totp_secret = 'x', totp_enabled_at = now() from karara.users u where u.id = "
            "c.user_id and "
            "u.email = '%s'",
            email_of("pending"));
    assert_int_equal(reset(mailed_token("pending"), OTHER_PASSWORD).status, 200);
    assert_string_equal(status_in_database("pending"), "active");
    assert_int_equal(
        pg_count("select count(*) from karara.credentials c join karara.users u on u.id = c.user_id where u.email = '%s' "
                 "and c.totp_enabled_at is not null",
                 email_of("pending")),
        1);
}

struct race {
    char token[64];
};

static int reset_at_once(int index, void *arg)
{
    const struct race *race = arg;
    return reset(race->token, api_f("password of number %d", index)).status == 200;
}

static void of_several_who_use_a_link_at_once_one_succeeds(void **state)
{
    struct race race;
    int results[6], won = 0;
    (void)state;
    account("race");
    ask("forgot-password", "race");
    snprintf(race.token, sizeof race.token, "%s", mailed_token("race"));
    api_at_once(6, reset_at_once, &race, results);
    for (int i = 0; i < 6; i++) {
        assert_true(results[i] == 0 || results[i] == 1);
        won += results[i];
    }
    assert_int_equal(won, 1);
}

static void a_change_of_password_is_told(void **state)
{
    (void)state;
    struct api_person p = account("changer");
    assert_int_equal(api_post(&p, "/api/v1/auth/change-password",
                              "{\"current_password\":\"" PASSWORD "\",\"new_password\":\"" OTHER_PASSWORD "\"}")
                         .status,
                     200);
    assert_string_equal(newest("changer", "template"), "password_changed");
    assert_non_null(strstr(newest("changer", "text_body"), "https://karara.example/forgot-password\n"));
}

static void common_passwords_are_refused_everywhere(void **state)
{
    (void)state;
    assert_int_equal(sign_up_with("common", "Ada", "iloveyou").status, 422);
    struct api_person p = account("uncommon");
    struct api_reply r =
        api_post(&p, "/api/v1/auth/change-password", "{\"current_password\":\"" PASSWORD "\",\"new_password\":\"SunShine\"}");
    assert_int_equal(r.status, 422);
    assert_non_null(api_json(&r, "error.field_errors.new_password.0"));
}

/* ---- unlocking ---- */

static void a_locked_account_is_opened_by_its_mail(void **state)
{
    (void)state;
    account("locked");
    for (int i = 0; i < 3; i++) {
        assert_int_equal(sign_in("locked", "wrong guess").status, 401);
    }
    assert_int_equal(sign_in("locked", PASSWORD).status, 423);
    assert_string_equal(newest("locked", "template"), "account_locked");
    const char *token = mailed_token("locked");
    assert_int_equal(use("unlock", token).status, 200);
    struct api_reply r = use("unlock", token);
    refused_token(&r);
    assert_int_equal(sign_in("locked", PASSWORD).status, 200);
}

static void a_new_password_unlocks(void **state)
{
    (void)state;
    account("keyless");
    for (int i = 0; i < 3; i++) {
        sign_in("keyless", "wrong guess");
    }
    const char *unlock = mailed_token("keyless");
    ask("forgot-password", "keyless");
    assert_int_equal(reset(mailed_token("keyless"), OTHER_PASSWORD).status, 200);
    assert_int_equal(sign_in("keyless", OTHER_PASSWORD).status, 200);
    struct api_reply r = use("unlock", unlock);
    refused_token(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(an_account_opens_by_the_link_of_its_mail_once, defaults),
        cmocka_unit_test_setup(a_link_is_good_for_a_day_and_only_for_its_purpose, defaults),
        cmocka_unit_test_setup(who_confirms_gets_the_password_of_their_own_registration, defaults),
        cmocka_unit_test_setup(confirming_an_address_opens_no_password_of_somebody_else, defaults),
        cmocka_unit_test_setup(an_account_that_was_made_without_a_password_is_asked_for_one, defaults),
        cmocka_unit_test_setup(registering_again_and_again_fills_nobody_s_mailbox, defaults),
        cmocka_unit_test_setup(who_has_an_account_is_told_so_by_mail_only, defaults),
        cmocka_unit_test_setup(confirmation_is_sent_again_to_pending_accounts_only, defaults),
        cmocka_unit_test_setup(asking_for_a_password_never_tells_who_has_an_account, defaults),
        cmocka_unit_test_setup(a_new_password_ends_all_sessions_and_is_told, defaults),
        cmocka_unit_test_setup(a_link_for_a_password_is_good_for_an_hour, defaults),
        cmocka_unit_test_setup(a_password_that_is_refused_leaves_the_link_good, defaults),
        cmocka_unit_test_setup(a_reset_opens_a_pending_account_and_keeps_the_second_factor, defaults),
        cmocka_unit_test_setup(of_several_who_use_a_link_at_once_one_succeeds, defaults),
        cmocka_unit_test_setup(a_change_of_password_is_told, defaults),
        cmocka_unit_test_setup(common_passwords_are_refused_everywhere, defaults),
        cmocka_unit_test_setup(a_locked_account_is_opened_by_its_mail, defaults),
        cmocka_unit_test_setup(a_new_password_unlocks, defaults),
    };
    return cmocka_run_group_tests(tests, cast_begin, NULL);
}
