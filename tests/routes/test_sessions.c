/* test_sessions.c - staying signed in, and what ends a session: tokens that come back, signing out, a new password. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cast.h"
#include "core/config.h"
#include "pg.h"
#include "platform/db.h"
#include "sign.h"
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static long long attempts_of(const char *name)
{
    return pg_count(
        "select login_attempts from karara.credentials c join karara.users u on u.id = c.user_id where u.email = '%s'",
        sign_email(name));
}

/* Makes the last rotation of somebody's sessions look older. */
static void age_rotation(const char *user_id, int seconds)
{
    pg_exec("update karara.sessions set rotated_at = rotated_at - make_interval(secs => %d) where user_id = '%s'", seconds,
            user_id);
}

/* ---- staying signed in ---- */

static void each_refresh_gives_a_new_token_and_the_last_one_its_successor_again(void **state)
{
    (void)state;
    struct api_reply in = sign_up("rotate");
    struct api_person p = sign_person(&in);
    const char *first = api_text(&in, "data.refresh_token");
    struct api_reply r = sign_refresh(first);
    const char *second = api_text(&r, "data.refresh_token");
    assert_int_equal(r.status, 200);
    assert_string_not_equal(first, second);
    assert_string_not_equal(api_text(&r, "data.access_token"), p.token);
    struct api_reply again = sign_refresh(first);
    assert_int_equal(again.status, 200);
    assert_string_equal(api_text(&again, "data.refresh_token"), second);
    struct api_person fresh = sign_person(&again);
    assert_int_equal(sign_status(&fresh), 200);
    assert_int_equal(sign_refresh(second).status, 200);
}

static void a_refresh_is_a_sign_of_life(void **state)
{
    (void)state;
    struct api_reply r = sign_up("alive");
    struct api_person p = sign_person(&r);
    const char *version = pg_value("select version from karara.users where id = '%s'", p.id);
    pg_exec("update karara.users set last_active_at = now() - interval '3 days' where id = '%s'", p.id);
    assert_int_equal(sign_refresh("no token").status, 401);
    assert_int_equal(sign_refresh(api_text(&r, "data.refresh_token")).status, 200);
    assert_string_equal(
        pg_value("select (last_active_at > now() - interval '1 hour') || ' ' || version from karara.users where "
                 "id = '%s'",
                 p.id),
        api_f("true %s", version));
}

static void a_token_that_comes_back_after_the_overlap_ends_its_session(void **state)
{
    (void)state;
    struct api_reply in = sign_up("thief");
    struct api_reply elsewhere = sign_in("thief", SIGN_PASSWORD);
    struct api_reply r = sign_refresh(api_text(&in, "data.refresh_token"));
    struct api_person p = sign_person(&r);
    age_rotation(p.id, 11);
    struct api_reply stolen = sign_refresh(api_text(&in, "data.refresh_token"));
    assert_int_equal(stolen.status, 401);
    assert_string_equal(api_error(&stolen), "invalid_token");
    assert_int_equal(sign_status(&p), 401);
    assert_int_equal(sign_refresh(api_text(&r, "data.refresh_token")).status, 401);
    assert_string_equal(
        pg_value("select revoked_reason from karara.sessions where user_id = '%s' and revoked_at is not null", p.id), "reuse");
    assert_int_equal(
        pg_count("select count(*) from karara.events where kind = 'auth.token_reused' and subject_id = '%s'", p.id), 1);
    assert_int_equal(sign_refresh(api_text(&elsewhere, "data.refresh_token")).status, 200);
}

static void a_token_older_than_the_last_ends_its_session_at_once(void **state)
{
    (void)state;
    struct api_reply in = sign_up("ancient");
    struct api_reply second = sign_refresh(api_text(&in, "data.refresh_token"));
    struct api_reply third = sign_refresh(api_text(&second, "data.refresh_token"));
    struct api_person p = sign_person(&third);
    assert_int_equal(sign_status(&p), 200);
    assert_int_equal(sign_refresh(api_text(&in, "data.refresh_token")).status, 401);
    assert_int_equal(sign_status(&p), 401);
    assert_int_equal(sign_refresh(api_text(&third, "data.refresh_token")).status, 401);
}

struct shared {
    char token[600];
    char successors[8][600];
};

static int refresh_shared(int index, void *arg)
{
    struct shared *s = arg;
    struct api_reply r = sign_refresh(s->token);
    snprintf(s->successors[index], sizeof s->successors[index], "%s", api_text(&r, "data.refresh_token"));
    return r.status == 200;
}

static void tabs_that_refresh_at_once_get_the_same_successor(void **state)
{
    (void)state;
    int results[8];
    struct shared *s = mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(s, MAP_FAILED);
    struct api_reply in = sign_up("tabs");
    snprintf(s->token, sizeof s->token, "%s", api_text(&in, "data.refresh_token"));
    for (int round = 0; round < 3; round++) {
        api_at_once(8, refresh_shared, s, results);
        for (int i = 0; i < 8; i++) {
            assert_int_equal(results[i], 1);
            assert_string_equal(s->successors[i], s->successors[0]);
        }
        assert_string_not_equal(s->successors[0], s->token);
        strcpy(s->token, s->successors[0]);
    }
    assert_int_equal(pg_count("select count(*) from karara.sessions where user_id = '%s' and revoked_at is null",
                              api_text(&in, "data.user.id")),
                     1);
    munmap(s, sizeof *s);
}

static void what_is_no_token_of_ours_is_refused(void **state)
{
    (void)state;
    struct api_reply in = sign_up("forger");
    char token[600];
    struct api_reply r = api_post(NULL, "/api/v1/auth/refresh", "{}");
    assert_string_equal(api_error(&r), "authentication_required");
    assert_int_equal(sign_refresh("garbage").status, 401);
    assert_int_equal(sign_refresh(api_text(&in, "data.access_token")).status, 401);
    snprintf(token, sizeof token, "%s", api_text(&in, "data.refresh_token"));
    token[strlen(token) / 2] ^= 1;
    r = sign_refresh(token);
    assert_string_equal(api_error(&r), "invalid_token");
    assert_int_equal(sign_refresh(api_text(&in, "data.refresh_token")).status, 200);
}

static void a_session_that_nobody_refreshes_ends(void **state)
{
    (void)state;
    struct api_reply in = sign_up("idle");
    pg_exec("update karara.sessions set expires_at = now() where user_id = '%s'", api_text(&in, "data.user.id"));
    struct api_person p = sign_person(&in);
    assert_int_equal(sign_status(&p), 401);
    assert_int_equal(sign_refresh(api_text(&in, "data.refresh_token")).status, 401);
}

/* ---- ending it ---- */

static void signing_out_ends_the_session_with_the_next_request(void **state)
{
    (void)state;
    struct api_reply in = sign_up("leaver");
    struct api_reply other = sign_in("leaver", SIGN_PASSWORD);
    struct api_person p = sign_person(&in);
    struct api_person elsewhere = sign_person(&other);
    struct api_reply r = api_post(&p, "/api/v1/auth/logout", NULL);
    assert_int_equal(r.status, 200);
    assert_non_null(strstr(api_header(&r, "Set-Cookie"), "__Host-karara_refresh=; Path=/; Max-Age=0"));
    r = api_get(&p, "/api/v1/users/me");
    assert_int_equal(r.status, 401);
    assert_string_equal(api_error(&r), "invalid_token");
    assert_int_equal(sign_refresh(api_text(&in, "data.refresh_token")).status, 401);
    assert_int_equal(sign_status(&elsewhere), 200);
}

static void signing_out_everywhere_ends_all_sessions(void **state)
{
    (void)state;
    struct api_reply in = sign_up("everywhere");
    struct api_reply other = sign_in("everywhere", SIGN_PASSWORD);
    struct api_person p = sign_person(&in);
    struct api_person elsewhere = sign_person(&other);
    assert_int_equal(api_post(&p, "/api/v1/auth/logout-all", NULL).status, 200);
    assert_int_equal(sign_status(&p), 401);
    assert_int_equal(sign_status(&elsewhere), 401);
    assert_int_equal(sign_refresh(api_text(&other, "data.refresh_token")).status, 401);
    assert_int_equal(sign_in("everywhere", SIGN_PASSWORD).status, 200);
    assert_int_equal(
        pg_count("select count(*) from karara.events where kind = 'auth.logged_out_all' and subject_id = '%s'", p.id), 1);
}

static void one_sees_where_one_is_signed_in_and_ends_it_there(void **state)
{
    (void)state;
    struct api_reply in = API_SEND(NULL, "POST", "/api/v1/auth/register",
                                   "{\"email\":\"devices@auth.example\",\"password\":\"" SIGN_PASSWORD
                                   "\",\"first_name\":\"D\",\"last_name\":\"\"}",
                                   "User-Agent", "Test \xff");
    struct api_person p = sign_person(&in);
    struct api_reply other =
        API_SEND(NULL, "POST", "/api/v1/auth/login", "{\"email\":\"devices@auth.example\",\"password\":\"" SIGN_PASSWORD "\"}",
                 "User-Agent", "Téléphone");
    struct api_person phone = sign_person(&other);
    struct api_reply list = api_get(&p, "/api/v1/auth/sessions");
    assert_int_equal(api_number(&list, "count"), 2);
    assert_string_equal(api_text(&list, "data.0.user_agent"), "Téléphone");
    assert_true(json_is_false(api_json(&list, "data.0.current")));
    assert_true(json_is_true(api_json(&list, "data.1.current")));
    assert_string_equal(api_text(&list, "data.1.user_agent"), "");
    struct api_person stranger = sign_account("stranger");
    const char *path = api_f("/api/v1/auth/sessions/%s", api_text(&list, "data.0.id"));
    assert_int_equal(api_delete(&stranger, path).status, 404);
    assert_int_equal(sign_status(&phone), 200);
    assert_int_equal(api_delete(&p, path).status, 200);
    assert_int_equal(sign_status(&phone), 401);
    assert_int_equal(api_delete(&p, path).status, 404);
    list = api_get(&p, "/api/v1/auth/sessions");
    assert_int_equal(api_number(&list, "count"), 1);
}

static struct api_reply change_password(const struct api_person *p, const char *from, const char *to)
{
    return api_post(p, "/api/v1/auth/change-password",
                    api_f("{\"current_password\":\"%s\",\"new_password\":\"%s\"}", from, to));
}

static void a_new_password_ends_all_other_sessions(void **state)
{
    (void)state;
    struct api_reply in = sign_up("changer");
    struct api_reply other = sign_in("changer", SIGN_PASSWORD);
    struct api_person p = sign_person(&in);
    struct api_person elsewhere = sign_person(&other);
    assert_int_equal(change_password(&p, SIGN_PASSWORD, "another good one").status, 200);
    assert_int_equal(sign_status(&p), 200);
    assert_int_equal(sign_status(&elsewhere), 401);
    assert_int_equal(sign_in("changer", SIGN_PASSWORD).status, 401);
    assert_int_equal(sign_in("changer", "another good one").status, 200);
    assert_int_equal(sign_refresh(api_text(&in, "data.refresh_token")).status, 200);
}

static void changing_the_password_takes_the_old_one_and_counts_wrong_ones(void **state)
{
    (void)state;
    config_set(CONF_LOGIN_ATTEMPTS, "2");
    struct api_person p = sign_account("guesser");
    struct api_reply r = change_password(&p, "wrong guess", "another good one");
    assert_int_equal(r.status, 401);
    assert_string_equal(api_error(&r), "invalid_credentials");
    assert_int_equal(attempts_of("guesser"), 1);
    r = change_password(&p, SIGN_PASSWORD, "ada byron");
    assert_int_equal(r.status, 422);
    assert_non_null(api_json(&r, "error.field_errors.new_password"));
    assert_int_equal(change_password(&p, "wrong guess", "another good one").status, 401);
    r = change_password(&p, SIGN_PASSWORD, "another good one");
    assert_int_equal(r.status, 423);
    assert_int_equal(change_password(NULL, SIGN_PASSWORD, "another good one").status, 401);
}

/* 0 changes the password and takes its time over it, 1 signs in meanwhile. */
static int change_or_sign_in(int index, void *arg)
{
    if (index == 1) {
        usleep(200000);
        return sign_in("overlap", SIGN_PASSWORD).status == 401;
    }
    struct db *d = db_open(pg_conninfo("postgres"));
    bool ok = db_exec_text(
        d, api_f("update karara.credentials set password_hash = 'x' where user_id = '%s'; select pg_sleep(0.7)", (char *)arg));
    db_close(d);
    return ok;
}

/* Who knew the old one may have asked for them. */
static void a_new_password_voids_mailed_links(void **state)
{
    (void)state;
    struct api_person p = sign_account("links");
    assert_int_equal(api_post(NULL, "/api/v1/auth/forgot-password", api_f("{\"email\":\"%s\"}", sign_email("links"))).status,
                     200);
    assert_int_equal(
        api_post(&p, "/api/v1/users/me/email", "{\"email\":\"thief@auth.example\",\"password\":\"" SIGN_PASSWORD "\"}").status,
        200);
    assert_int_equal(api_post(&p, "/api/v1/auth/change-password",
                              "{\"current_password\":\"" SIGN_PASSWORD "\",\"new_password\":\"a green kettle hums\"}")
                         .status,
                     200);
    assert_string_equal(pg_value("select string_agg(purpose, ' ') from karara.account_tokens where user_id = '%s'", p.id),
                        "keep_email");
    struct api_reply r = api_get(&p, "/api/v1/users/me");
    assert_true(json_is_null(api_json(&r, "data.pending_email")));
}

static void who_signs_in_while_the_password_changes_gets_no_session(void **state)
{
    (void)state;
    int results[2];
    struct api_person p = sign_account("overlap");
    long long before = pg_count("select count(*) from karara.sessions where user_id = '%s'", p.id);
    api_at_once(2, change_or_sign_in, p.id, results);
    assert_int_equal(results[0], 1);
    assert_int_equal(results[1], 1);
    assert_int_equal(pg_count("select count(*) from karara.sessions where user_id = '%s'", p.id), before);
}

#define TEST(name) cmocka_unit_test_setup(name, sign_defaults)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_refresh_gives_a_new_token_and_the_last_one_its_successor_again),
        TEST(a_refresh_is_a_sign_of_life),
        TEST(a_token_that_comes_back_after_the_overlap_ends_its_session),
        TEST(a_token_older_than_the_last_ends_its_session_at_once),
        TEST(tabs_that_refresh_at_once_get_the_same_successor),
        TEST(what_is_no_token_of_ours_is_refused),
        TEST(a_session_that_nobody_refreshes_ends),
        TEST(signing_out_ends_the_session_with_the_next_request),
        TEST(signing_out_everywhere_ends_all_sessions),
        TEST(one_sees_where_one_is_signed_in_and_ends_it_there),
        TEST(a_new_password_ends_all_other_sessions),
        TEST(changing_the_password_takes_the_old_one_and_counts_wrong_ones),
        TEST(a_new_password_voids_mailed_links),
        TEST(who_signs_in_while_the_password_changes_gets_no_session),
    };
    return cmocka_run_group_tests(tests, cast_begin, NULL);
}
