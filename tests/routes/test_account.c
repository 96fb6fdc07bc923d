/* test_account.c - a change of address, the end of an account, and its preferences. What it holds: test_export.c. */
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
#include <string.h>

#include <cmocka.h>

#define PASSWORD "correct horse battery"

/* ---- tools ---- */

static int begin(void **state)
{
    (void)state;
    api_begin();
    config_set(CONF_PUBLIC_URL, "https://karara.example");
    config_set(CONF_LOGIN_ATTEMPTS, "3");
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

static struct api_reply move(const struct api_person *p, const char *email, const char *password)
{
    return api_post(p, "/api/v1/users/me/email", api_f("{\"email\":\"%s\",\"password\":\"%s\"}", email, password));
}

static struct api_reply leave(const struct api_person *p, const char *password)
{
    return api_send(p, "DELETE", "/api/v1/users/me", api_f("{\"password\":\"%s\"}", password), NULL);
}

static struct api_reply use(const char *path, const char *token)
{
    return api_post(NULL, api_f("/api/v1/auth/%s", path), api_f("{\"token\":\"%s\"}", token));
}

static long long mails_to(const char *email)
{
    return pg_count("select count(*) from karara.mails where lower(to_address) = lower('%s')", email);
}

static const char *newest(const char *email, const char *column)
{
    return api_f("%s",
                 pg_value("select %s from karara.mails where lower(to_address) = lower('%s') order by created_at desc, id desc "
                          "limit 1",
                          column, email));
}

static const char *mailed_token(const char *email)
{
    const char *text = newest(email, "text_body");
    const char *at = strstr(text, "#token=");
    assert_non_null(at);
    return api_f("%.*s", (int)strcspn(at + 7, "\n"), at + 7);
}

static const char *email_of(const struct api_person *p)
{
    return api_f("%s", pg_value("select email from karara.users where id = '%s'", p->id));
}

/* What a program of theirs holds. */
static struct api_person make_token(const struct api_person *p, const char *name)
{
    struct api_person program = *p;
    struct api_reply r = api_post(p, "/api/v1/auth/tokens", api_f("{\"name\":\"%s\",\"scopes\":[\"*:read\"]}", name));
    assert_int_equal(r.status, 201);
    snprintf(program.token, sizeof program.token, "%s", api_text(&r, "data.token"));
    return program;
}

/* ---- a change of address ---- */

static void a_new_address_is_used_when_it_is_confirmed(void **state)
{
    (void)state;
    struct api_person p = person("mover");
    struct api_reply r = move(&p, "Mover@new.example", PASSWORD);
    assert_int_equal(r.status, 200);
    assert_true(json_is_null(api_json(&r, "data")));
    assert_string_equal(email_of(&p), p.email);
    assert_string_equal(newest("Mover@new.example", "template"), "change_email");
    assert_non_null(strstr(newest("Mover@new.example", "text_body"), "https://karara.example/verify-email#token="));
    assert_string_equal(newest(p.email, "template"), "keep_email");
    assert_non_null(strstr(newest(p.email, "text_body"), "Mover@new.example"));
    assert_non_null(strstr(newest(p.email, "text_body"), "https://karara.example/keep-email#token="));
    const char *token = mailed_token("Mover@new.example");
    assert_int_equal(use("verify-email", token).status, 200);
    assert_string_equal(email_of(&p), "Mover@new.example");
    assert_int_equal(sign_in("mover@NEW.example", PASSWORD).status, 200);
    assert_int_equal(sign_in(p.email, PASSWORD).status, 401);
    assert_int_equal(api_get(&p, "/api/v1/users/me").status, 200);
    assert_int_equal(use("verify-email", token).status, 422);
}

static void the_old_address_can_object_before_and_after(void **state)
{
    (void)state;
    struct api_person p = person("owner");
    move(&p, "thief@new.example", PASSWORD);
    const char *confirm = mailed_token("thief@new.example"), *keep = mailed_token(p.email);
    assert_int_equal(use("keep-email", keep).status, 200);
    assert_int_equal(use("verify-email", confirm).status, 422);
    assert_int_equal(api_get(&p, "/api/v1/users/me").status, 401);
    assert_int_equal(sign_in(p.email, PASSWORD).status, 401);
    assert_string_equal(newest(p.email, "template"), "reset_password");

    struct api_person q = person("victim");
    move(&q, "thief2@new.example", PASSWORD);
    keep = mailed_token(q.email);
    assert_int_equal(use("verify-email", mailed_token("thief2@new.example")).status, 200);
    assert_string_equal(email_of(&q), "thief2@new.example");
    assert_int_equal(use("keep-email", keep).status, 200);
    assert_string_equal(email_of(&q), q.email);
    assert_int_equal(api_get(&q, "/api/v1/users/me").status, 401);
    assert_int_equal(use("keep-email", keep).status, 422);
    struct api_reply r = api_post(NULL, "/api/v1/auth/reset-password",
                                  api_f("{\"token\":\"%s\",\"password\":\"a green kettle hums\"}", mailed_token(q.email)));
    assert_int_equal(r.status, 200);
    assert_int_equal(sign_in(q.email, "a green kettle hums").status, 200);
}

/* Whoever knew the password may have made one. */
static void who_objects_ends_all_api_tokens(void **state)
{
    (void)state;
    struct api_person p = person("wary"), other = person("unconcerned");
    struct api_person program = make_token(&p, "Of whom?"), others = make_token(&other, "Report");
    move(&p, "wary@new.example", PASSWORD);
    assert_int_equal(api_get(&program, "/api/v1/users/me").status, 200);
    assert_int_equal(use("keep-email", mailed_token(p.email)).status, 200);
    assert_int_equal(api_get(&program, "/api/v1/users/me").status, 401);
    assert_int_equal(api_get(&others, "/api/v1/users/me").status, 200);
}

static void an_address_that_is_taken_is_told_to_its_owner_only(void **state)
{
    (void)state;
    struct api_person p = person("asker"), other = person("taken");
    struct api_reply taken = move(&p, other.email, PASSWORD);
    struct api_reply is_free = move(&p, "free@new.example", PASSWORD);
    assert_int_equal(taken.status, 200);
    assert_true(json_is_null(api_json(&taken, "data")) && json_is_null(api_json(&is_free, "data")));
    assert_int_equal(taken.header_count, is_free.header_count);
    assert_string_equal(newest(other.email, "template"), "account_exists");
    assert_null(strstr(newest(other.email, "text_body"), p.email));
    assert_string_equal(email_of(&other), other.email);
}

static const char *pending(const struct api_person *p)
{
    struct api_reply r = api_get(p, "/api/v1/users/me");
    assert_int_equal(json_is_null(api_json(&r, "data.pending_email")), json_is_null(api_json(&r, "data.pending_email_until")));
    return api_f("%s", api_text(&r, "data.pending_email"));
}

static void a_change_that_waits_is_seen_and_can_be_taken_back(void **state)
{
    (void)state;
    struct api_person p = person("waiting"), other = person("waitedfor");
    assert_string_equal(pending(&p), "");
    assert_int_equal(api_delete(&p, "/api/v1/users/me/email").status, 404);
    move(&p, "first@wait.example", PASSWORD);
    const char *first = mailed_token("first@wait.example");
    assert_string_equal(pending(&p), "first@wait.example");
    move(&p, "second@wait.example", PASSWORD); /* takes the place of the first */
    assert_string_equal(pending(&p), "second@wait.example");
    assert_int_equal(use("verify-email", first).status, 422);
    const char *second = mailed_token("second@wait.example"), *keep = mailed_token(p.email);
    assert_int_equal(api_delete(&p, "/api/v1/users/me/email").status, 200);
    assert_string_equal(pending(&p), "");
    assert_int_equal(use("verify-email", second).status, 422);
    assert_int_equal(pg_count("select count(*) from karara.audit_entries where actor_id = '%s' and action = "
                              "'auth.email_change_cancelled'",
                              p.id),
                     1);
    move(&p, other.email, PASSWORD); /* which looks no different */
    assert_string_equal(pending(&p), other.email);
    assert_string_equal(email_of(&p), p.email);
    assert_int_equal(use("keep-email", keep).status, 200); /* who took the change back may be a thief */
}

static void an_address_that_somebody_took_meanwhile_stays_theirs(void **state)
{
    (void)state;
    struct api_person p = person("slow");
    move(&p, "contested@new.example", PASSWORD);
    pg_exec("insert into karara.users (id, email) values (gen_random_uuid(), 'contested@new.example')");
    struct api_reply r = use("verify-email", mailed_token("contested@new.example"));
    assert_int_equal(r.status, 409);
    assert_string_equal(api_error(&r), "already_exists");
    assert_string_equal(email_of(&p), p.email);
}

static void a_change_of_address_needs_the_password(void **state)
{
    (void)state;
    struct api_person p = person("careful");
    struct api_reply r = move(&p, "careful@new.example", "wrong guess");
    assert_int_equal(r.status, 401);
    assert_string_equal(api_error(&r), "invalid_credentials");
    assert_int_equal(mails_to("careful@new.example"), 0);
    assert_int_equal(pg_count("select login_attempts from karara.credentials where user_id = '%s'", p.id), 1);
    r = move(&p, p.email, PASSWORD);
    assert_int_equal(r.status, 422);
    assert_non_null(api_json(&r, "error.field_errors.email.0"));
    r = move(&p, "a b@new.example", PASSWORD);
    assert_int_equal(r.status, 422);
}

/* ---- the end ---- */

static void a_deleted_account_leaves_a_tombstone(void **state)
{
    (void)state;
    struct api_person owner = person("stays"), p = person("leaver");
    struct api_brand brand = api_brand("leaving", &owner);
    api_join(&brand, &p, "member");
    char task[UUID_TEXT_SIZE];
    struct uuid made = api_task(&brand, &p, "What stays");
    uuid_format(&made, task);
    pg_exec("update karara.users set username = 'leaver', preferences = '{\"theme\": \"dark\"}' where id = '%s'", p.id);
    move(&p, "leaver@new.example", PASSWORD);
    make_token(&p, "Leaver's own report");
    assert_int_equal(leave(&p, "wrong guess").status, 401);
    struct api_reply r = leave(&p, PASSWORD);
    assert_int_equal(r.status, 200);
    assert_non_null(strstr(api_header(&r, "Set-Cookie"), "Max-Age=0"));
    assert_int_equal(api_get(&p, "/api/v1/users/me").status, 401);
    assert_int_equal(sign_in(p.email, PASSWORD).status, 401);
    assert_string_equal(
        pg_value("select first_name || ' ' || last_name || ', ' || status || ', ' || preferences::text || ', ' || "
                 "coalesce(username, '-') || ', ' || (deleted_at is not null) from karara.users where id = '%s'",
                 p.id),
        "Deleted user, inactive, {}, -, true");
    assert_string_equal(email_of(&p), api_f("deleted-%s@invalid.example", p.id));
    assert_int_equal(
        pg_count("select (select count(*) from karara.credentials where user_id = '%1$s') + (select count(*) from "
                 "karara.brand_members where user_id = '%1$s') + (select count(*) from karara.account_tokens where "
                 "user_id = '%1$s') + (select count(*) from karara.api_tokens where user_id = '%1$s') + (select count(*) from "
                 "karara.sessions where user_id = '%1$s' and (revoked_at is "
                 "null or ip <> ''))",
                 p.id),
        0);
    assert_string_equal(pg_value("select created_by from tenant_shared.tasks where id = '%s'", task), p.id);
    assert_int_equal(mails_to("leaver@new.example"), 0);
    assert_int_equal(mails_to(p.email), 1);
    assert_string_equal(newest(p.email, "template"), "account_deleted");
    assert_string_equal(
        pg_value("select string_agg(kind, ' ' order by kind) from karara.events where subject_id = '%s' and kind in "
                 "('user.deleted', 'member.removed')",
                 p.id),
        "member.removed user.deleted");
    r = api_get(&owner, api_f("/api/v1/tasks/%s", task));
    assert_int_equal(r.status, 200);
    assert_null(strstr(r.body, p.email));
}

static void the_last_owner_of_a_brand_stays(void **state)
{
    (void)state;
    struct api_person p = person("last"), heir = person("heir");
    struct api_brand first = api_brand("last-a", &p), second = api_brand("last-b", &p);
    api_join(&second, &heir, "owner");
    struct api_reply r = leave(&p, PASSWORD);
    assert_int_equal(r.status, 409);
    assert_string_equal(api_error(&r), "conflict");
    assert_int_equal(json_array_size(api_json(&r, "error.details.brands")), 1);
    assert_string_equal(api_text(&r, "error.details.brands.0.id"), first.id);
    assert_int_equal(api_get(&p, "/api/v1/users/me").status, 200);
    assert_int_equal(pg_count("select count(*) from karara.brand_members where user_id = '%s'", p.id), 2);
    api_join(&first, &heir, "owner");
    assert_int_equal(leave(&p, PASSWORD).status, 200);
    assert_int_equal(leave(&heir, PASSWORD).status, 409);
}

static int leave_at_once(int index, void *arg)
{
    const struct api_person *owners = arg;
    int status = leave(&owners[index], PASSWORD).status;
    return status == 200 ? 1 : status == 409 ? 2 : 0;
}

static void of_two_last_owners_who_leave_at_once_one_stays(void **state)
{
    int results[2];
    (void)state;
    for (int round = 0; round < 5; round++) {
        struct api_person owners[2] = { person(api_f("twin-a%d", round)), person(api_f("twin-b%d", round)) };
        struct api_brand brand = api_brand(api_f("twins-%d", round), &owners[0]);
        api_join(&brand, &owners[1], "owner");
        api_at_once(2, leave_at_once, owners, results);
        assert_int_equal(results[0] + results[1], 3);
        assert_int_equal(
            pg_count("select count(*) from karara.brand_members where brand_id = '%s' and role = 'owner'", brand.id), 1);
    }
}

/* ---- preferences ---- */

static int prefer(const struct api_person *p, const char *preferences)
{
    return api_patch(p, "/api/v1/users/me", api_f("{\"preferences\":%s}", preferences)).status;
}

/* A layout with a text of that many characters. */
static int prefer_long(const struct api_person *p, int length)
{
    char body[20000];
    int n = snprintf(body, sizeof body, "{\"preferences\":{\"dashboard_layout\":{\"a\":\"%0*d\"}}}", length, 0);
    assert_in_range(n, length, sizeof body - 1);
    return api_patch(p, "/api/v1/users/me", body).status;
}

static void a_time_zone_is_one_that_the_system_knows(void **state)
{
    (void)state;
    struct api_person p = person("traveller");
    static const char *const known[] = { "Europe/Berlin", "America/Argentina/Buenos_Aires", "Etc/GMT+5", "UTC" };
    static const char *const unknown[] = {
        "Europe/Karara", "europe/berlin", "../../etc/passwd", "/etc/passwd", "Europe", "Europe//Berlin",
        "posixrules",    "tzdata.zi",     "posix/UTC",        "CET-1CEST",   ""
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        assert_int_equal(prefer(&p, api_f("{\"timezone\":\"%s\"}", known[i])), 200);
    }
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) {
        assert_int_equal(prefer(&p, api_f("{\"timezone\":\"%s\"}", unknown[i])), 422);
    }
    assert_int_equal(prefer(&p, "{\"timezone\":null}"), 200);
}

static void nested_preferences_have_a_shape(void **state)
{
    (void)state;
    struct api_person p = person("chooser");
    static const char *const right[] = {
        "{\"notifications\":{\"task_assigned\":{\"email\":true,\"push\":false},\"digest\":\"daily\",\"comment\":true}}",
        "{\"notifications\":{\"quiet_hours\":{\"from\":\"22:00\",\"to\":\"07:00\"}}}",
        "{\"dashboard_layout\":{\"columns\":[{\"width\":2,\"cards\":[\"mine\",\"due\"]}]}}",
    };
    static const char *const wrong[] = {
        "{\"notifications\":{\"task_assigned\":[true]}}",
        "{\"notifications\":{\"task assigned\":true}}",
        "{\"notifications\":{\"task_assigned\":{\"email\":7}}}",
        "{\"notifications\":{\"task_assigned\":{\"e mail\":true}}}",
        "{\"notifications\":{\"digest\":\"every day at six o'clock in the morning\"}}",
        "{\"dashboard_layout\":[]}",
        "{\"dashboard_layout\":{\"a\":[[[[[[[[1]]]]]]]]}}",
    };
    for (size_t i = 0; i < sizeof right / sizeof *right; i++) {
        assert_int_equal(prefer(&p, right[i]), 200);
    }
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(prefer(&p, wrong[i]), 422);
    }
    assert_int_equal(prefer_long(&p, 16000), 200);
    assert_int_equal(prefer_long(&p, 16900), 422);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_address_is_used_when_it_is_confirmed),
        cmocka_unit_test(the_old_address_can_object_before_and_after),
        cmocka_unit_test(who_objects_ends_all_api_tokens),
        cmocka_unit_test(an_address_that_is_taken_is_told_to_its_owner_only),
        cmocka_unit_test(a_change_that_waits_is_seen_and_can_be_taken_back),
        cmocka_unit_test(an_address_that_somebody_took_meanwhile_stays_theirs),
        cmocka_unit_test(a_change_of_address_needs_the_password),
        cmocka_unit_test(a_deleted_account_leaves_a_tombstone),
        cmocka_unit_test(the_last_owner_of_a_brand_stays),
        cmocka_unit_test(of_two_last_owners_who_leave_at_once_one_stays),
        cmocka_unit_test(a_time_zone_is_one_that_the_system_knows),
        cmocka_unit_test(nested_preferences_have_a_shape),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
