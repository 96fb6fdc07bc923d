/* test_auth.c - registering, signing in, staying signed in, and ending that. */
#include "api/dispatch.h"
#include "api/request.h"
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
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#define PASSWORD "correct horse battery"

/* ---- tools ---- */

static int defaults(void **state)
{
    (void)state;
    config_set(CONF_REGISTRATION, "on");
    config_set(CONF_EMAIL_VERIFICATION, "off");
    config_set(CONF_LOGIN_ATTEMPTS, "10");
    config_set(CONF_LOGIN_LOCK, "60");
    config_set(CONF_REFRESH_OVERLAP, "10");
    config_set(CONF_PASSWORD_PASSES, "1");
    return 0;
}

static const char *email_of(const char *name)
{
    return api_f("%s@auth.example", name);
}

static struct api_reply sign_up(const char *name)
{
    struct api_reply r =
        api_post(NULL, "/api/v1/auth/register",
                 api_f("{\"email\":\"%s\",\"password\":\"" PASSWORD "\",\"first_name\":\"Ada\",\"last_name\":\"Byron\","
                       "\"token_delivery\":\"body\"}",
                       email_of(name)));
    assert_int_equal(r.status, 201);
    return r;
}

static struct api_reply sign_in(const char *name, const char *password)
{
    return signed_in(email_of(name), password);
}

static struct api_reply sign_in_to(const char *name, const char *brand)
{
    return api_post(NULL, "/api/v1/auth/login",
                    api_f("{\"email\":\"%s\",\"password\":\"" PASSWORD "\",\"brand\":\"%s\"}", email_of(name), brand));
}

static struct api_reply refresh(const char *token)
{
    return api_post(NULL, "/api/v1/auth/refresh", api_f("{\"refresh_token\":\"%s\"}", token));
}

/* The person of a reply with tokens. */
static struct api_person person_of(const struct api_reply *r)
{
    struct api_person p = { 0 };
    snprintf(p.id, sizeof p.id, "%s", api_text(r, "data.user.id"));
    snprintf(p.token, sizeof p.token, "%s", api_text(r, "data.access_token"));
    return p;
}

static struct api_person account(const char *name)
{
    struct api_reply r = sign_up(name);
    return person_of(&r);
}

static int status_of_me(const struct api_person *p)
{
    return api_get(p, "/api/v1/users/me").status;
}

static long long attempts_of(const char *name)
{
    return pg_count(
        "select login_attempts from karara.credentials c join karara.users u on u.id = c.user_id where u.email = '%s'",
        email_of(name));
}

/* Makes the last rotation of somebody's sessions look older. */
static void age_rotation(const char *user_id, int seconds)
{
    pg_exec("update karara.sessions set rotated_at = rotated_at - make_interval(secs => %d) where user_id = '%s'", seconds,
            user_id);
}

/* ---- registering ---- */

static void who_registers_is_signed_in_where_no_confirmation_is_asked(void **state)
{
    (void)state;
    struct api_reply r = sign_up("direct");
    struct api_person p = person_of(&r);
    assert_string_equal(api_text(&r, "data.user.status"), "active");
    assert_string_equal(api_text(&r, "data.user.name"), "Ada Byron");
    assert_string_equal(api_text(&r, "data.token_type"), "Bearer");
    assert_int_equal(api_number(&r, "data.expires_in"), config_int(CONF_ACCESS_TOKEN_TTL));
    assert_string_equal(api_header(&r, "Location"), "/api/v1/users/me");
    assert_string_equal(api_header(&r, "Cache-Control"), "no-store");
    assert_int_equal(status_of_me(&p), 200);
    assert_memory_equal(pg_value("select password_hash from karara.credentials where user_id = '%s'", p.id), "$argon2id$", 10);
    assert_int_equal(pg_count("select count(*) from karara.events where kind = 'auth.registered' and subject_id = '%s'", p.id),
                     1);
}

static void no_password_and_no_token_gets_into_the_event_log(void **state)
{
    (void)state;
    struct api_reply r = sign_up("logged");
    sign_in("logged", "a wrong " PASSWORD);
    assert_int_equal(
        pg_count(
            "select count(*) from karara.events where payload::text like '%%correct horse%%' or payload::text like '%%%.20s%%'",
            api_text(&r, "data.refresh_token")),
        0);
    assert_int_equal(pg_count("select count(*) from karara.sessions where encode(token_hash, 'escape') like '%%%s%%'",
                              api_text(&r, "data.refresh_token")),
                     0);
}

static const char *keys_of(const struct api_reply *r)
{
    const char *text = "";
    const char *key;
    json_t *value;
    json_object_foreach(api_json(r, "data"), key, value)
    {
        text = api_f("%s %s", text, key);
    }
    json_object_foreach(api_json(r, "data.user"), key, value)
    {
        text = api_f("%s %s:%d", text, key, (int)json_typeof(value));
    }
    return text;
}

static void where_addresses_are_confirmed_registering_does_not_tell_who_has_an_account(void **state)
{
    (void)state;
    config_set(CONF_EMAIL_VERIFICATION, "on");
    struct api_reply first = sign_up("quiet");
    unsigned trips = db_counters(api_worker()->db).round_trips;
    struct api_reply again = sign_up("Quiet");
    assert_int_equal(db_counters(api_worker()->db).round_trips, trips);
    assert_string_equal(keys_of(&first), keys_of(&again));
    assert_int_equal(first.header_count, again.header_count);
    assert_string_equal(api_text(&again, "data.user.status"), "pending");
    assert_null(api_json(&again, "data.access_token"));
    assert_string_not_equal(api_text(&first, "data.user.id"), api_text(&again, "data.user.id"));
    assert_int_equal(pg_count("select count(*) from karara.users where lower(email) = '%s'", email_of("quiet")), 1);
    assert_int_equal(pg_count("select count(*) from karara.credentials where user_id = '%s'", api_text(&again, "data.user.id")),
                     0);
    struct api_reply r = sign_in("quiet", PASSWORD);
    assert_int_equal(r.status, 403);
    assert_string_equal(api_error(&r), "email_not_verified");
    r = sign_in("quiet", "something else");
    assert_string_equal(api_error(&r), "invalid_credentials");
}

static void an_address_has_one_account_whatever_its_case(void **state)
{
    (void)state;
    sign_up("twice");
    struct api_reply r =
        api_post(NULL, "/api/v1/auth/register",
                 "{\"email\":\"TWICE@auth.example\",\"password\":\"" PASSWORD "\",\"first_name\":\"A\",\"last_name\":\"\"}");
    assert_int_equal(r.status, 409);
    assert_string_equal(api_error(&r), "already_exists");
    assert_non_null(api_json(&r, "error.field_errors.email.0"));
    assert_null(api_header(&r, "Set-Cookie"));
}

static void a_password_has_8_to_128_characters_and_is_not_the_own_name(void **state)
{
    (void)state;
    static const char *const wrong[] = { "seven77", "CATHERINE@auth.example", "catherine", "CATHERINE Howard",
                                         "howardcatherine" };
    char longest[200];
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct api_reply r =
            api_post(NULL, "/api/v1/auth/register",
                     api_f("{\"email\":\"catherine@auth.example\",\"password\":\"%s\",\"first_name\":\"Catherine\","
                           "\"last_name\":\"Howard\"}",
                           wrong[i]));
        assert_int_equal(r.status, 422);
        assert_non_null(api_json(&r, "error.field_errors.password.0"));
    }
    memset(longest, 'x', sizeof longest);
    longest[129] = 0;
    struct api_reply r = api_post(
        NULL, "/api/v1/auth/register",
        api_f("{\"email\":\"catherine@auth.example\",\"password\":\"%s\",\"first_name\":\"C\",\"last_name\":\"H\"}", longest));
    assert_int_equal(r.status, 422);
    r = api_post(NULL, "/api/v1/auth/register",
                 "{\"email\":\"catherine@auth.example\",\"password\":\"  äöü 😀 \",\"first_name\":\"C\",\"last_name\":\"H\"}");
    assert_int_equal(r.status, 201);
    r = api_post(NULL, "/api/v1/auth/login", "{\"email\":\"catherine@auth.example\",\"password\":\"  äöü 😀 \"}");
    assert_int_equal(r.status, 200);
    r = api_post(NULL, "/api/v1/auth/login", "{\"email\":\"catherine@auth.example\",\"password\":\"äöü 😀\"}");
    assert_int_equal(r.status, 401);
}

static void registering_can_be_switched_off(void **state)
{
    (void)state;
    config_set(CONF_REGISTRATION, "off");
    struct api_reply r =
        api_post(NULL, "/api/v1/auth/register",
                 "{\"email\":\"late@auth.example\",\"password\":\"" PASSWORD "\",\"first_name\":\"L\",\"last_name\":\"\"}");
    assert_int_equal(r.status, 403);
    assert_int_equal(pg_count("select count(*) from karara.users where email = 'late@auth.example'"), 0);
}

static int register_same(int index, void *arg)
{
    (void)index;
    (void)arg;
    struct api_reply r =
        api_post(NULL, "/api/v1/auth/register",
                 "{\"email\":\"race@auth.example\",\"password\":\"" PASSWORD "\",\"first_name\":\"R\",\"last_name\":\"\"}");
    return r.status == 201 ? 1 : r.status == 409 ? 2 : 0;
}

static void of_several_who_register_an_address_at_once_one_gets_it(void **state)
{
    (void)state;
    int results[6];
    int made = 0;
    api_at_once(6, register_same, NULL, results);
    for (int i = 0; i < 6; i++) {
        assert_true(results[i] == 1 || results[i] == 2);
        made += results[i] == 1;
    }
    assert_int_equal(made, 1);
    assert_int_equal(pg_count("select count(*) from karara.sessions s join karara.users u on u.id = s.user_id where u.email = "
                              "'race@auth.example'"),
                     1);
}

/* ---- signing in ---- */

static void the_refresh_token_comes_in_a_cookie_that_no_script_reads(void **state)
{
    (void)state;
    sign_up("cookie");
    struct api_reply r =
        api_post(NULL, "/api/v1/auth/login", api_f("{\"email\":\"%s\",\"password\":\"" PASSWORD "\"}", email_of("cookie")));
    const char *cookie = api_header(&r, "Set-Cookie");
    assert_int_equal(r.status, 200);
    assert_true(json_is_null(api_json(&r, "data.refresh_token")));
    assert_memory_equal(cookie, "__Host-karara_refresh=", 22);
    static const char *const parts[] = { "; Path=/", "; Secure", "; HttpOnly", "; SameSite=Strict", "; Max-Age=2592000" };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        assert_non_null(strstr(cookie, parts[i]));
    }
    assert_null(strstr(cookie, "Domain"));
    char value[700];
    snprintf(value, sizeof value, "%.*s", (int)strcspn(cookie, ";"), cookie);
    r = API_SEND(NULL, "POST", "/api/v1/auth/refresh", NULL, "Cookie", value);
    assert_int_equal(r.status, 200);
    assert_true(json_is_null(api_json(&r, "data.refresh_token")));
    assert_memory_equal(api_header(&r, "Set-Cookie"), "__Host-karara_refresh=", 22);
}

static void a_wrong_password_and_an_unknown_address_look_alike(void **state)
{
    (void)state;
    sign_up("known");
    struct api_reply wrong = sign_in("known", "not my password");
    unsigned trips = db_counters(api_worker()->db).round_trips;
    struct api_reply unknown = sign_in("unknown", "not my password");
    assert_int_equal(db_counters(api_worker()->db).round_trips, trips);
    assert_int_equal(wrong.status, 401);
    assert_int_equal(unknown.status, 401);
    assert_string_equal(api_error(&wrong), "invalid_credentials");
    assert_string_equal(api_error(&wrong), api_error(&unknown));
    assert_string_equal(api_text(&wrong, "error.message"), api_text(&unknown, "error.message"));
    assert_int_equal(wrong.header_count, unknown.header_count);
    assert_int_equal(attempts_of("known"), 1);
    assert_int_equal(pg_count("select count(*) from karara.events where kind = 'auth.login_failed' and subject_id is null") > 0,
                     1);
}

static void so_many_wrong_passwords_in_a_row_lock_the_account(void **state)
{
    (void)state;
    config_set(CONF_LOGIN_ATTEMPTS, "3");
    sign_up("locked");
    for (int i = 0; i < 3; i++) {
        assert_int_equal(sign_in("locked", "wrong guess").status, 401);
    }
    struct api_reply r = sign_in("locked", PASSWORD);
    assert_int_equal(r.status, 423);
    assert_string_equal(api_error(&r), "account_locked");
    int seconds = atoi(api_header(&r, "Retry-After"));
    assert_in_range(seconds, 55, 60);
    pg_exec(
        "update karara.credentials c set locked_until = now() from karara.users u where u.id = c.user_id and u.email = '%s'",
        email_of("locked"));
    assert_int_equal(sign_in("locked", "wrong guess").status, 401);
    assert_int_equal(attempts_of("locked"), 4);
    pg_exec(
        "update karara.credentials c set locked_until = now() from karara.users u where u.id = c.user_id and u.email = '%s'",
        email_of("locked"));
    assert_int_equal(sign_in("locked", PASSWORD).status, 200);
    assert_int_equal(attempts_of("locked"), 0);
}

static void an_address_without_an_account_locks_like_one_that_has_one(void **state)
{
    (void)state;
    config_set(CONF_LOGIN_ATTEMPTS, "3");
    for (int i = 0; i < 3; i++) {
        assert_int_equal(sign_in(i == 1 ? "Nobody" : "nobody", "wrong guess").status, 401);
    }
    struct api_reply r = sign_in("nobody", "wrong guess");
    assert_int_equal(r.status, 423);
    assert_in_range(atoi(api_header(&r, "Retry-After")), 55, 60);
    pg_memcached_stop();
    assert_int_equal(sign_in("nobody", "wrong guess").status, 423);
    pg_memcached_start();
}

static int guess(int index, void *arg)
{
    (void)arg;
    return sign_in("counted", api_f("guess number %d", index)).status == 401;
}

static void wrong_passwords_at_once_are_all_counted(void **state)
{
    (void)state;
    int results[8];
    sign_up("counted");
    api_at_once(8, guess, NULL, results);
    for (int i = 0; i < 8; i++) {
        assert_int_equal(results[i], 1);
    }
    assert_int_equal(attempts_of("counted"), 8);
}

static void only_who_knows_the_password_is_told_that_an_account_is_suspended(void **state)
{
    (void)state;
    struct api_person p = account("suspended");
    struct api_reply in = sign_in("suspended", PASSWORD);
    pg_exec("update karara.users set status = 'suspended' where id = '%s'", p.id);
    struct api_reply r = sign_in("suspended", PASSWORD);
    assert_int_equal(r.status, 403);
    assert_string_equal(api_error(&r), "account_suspended");
    r = sign_in("suspended", "wrong guess");
    assert_string_equal(api_error(&r), "invalid_credentials");
    r = refresh(api_text(&in, "data.refresh_token"));
    assert_int_equal(r.status, 401);
}

static void a_deleted_account_is_as_if_it_had_never_been(void **state)
{
    (void)state;
    struct api_person p = account("deleted");
    pg_exec("update karara.users set deleted_at = now() where id = '%s'", p.id);
    struct api_reply r = sign_in("deleted", PASSWORD);
    assert_string_equal(api_error(&r), "invalid_credentials");
}

static void a_hash_of_old_parameters_is_made_anew_at_sign_in(void **state)
{
    (void)state;
    struct api_person p = account("rehash");
    const char *before = pg_value("select password_hash from karara.credentials where user_id = '%s'", p.id);
    assert_int_equal(sign_in("rehash", PASSWORD).status, 200);
    assert_string_equal(pg_value("select password_hash from karara.credentials where user_id = '%s'", p.id), before);
    config_set(CONF_PASSWORD_PASSES, "2");
    assert_int_equal(sign_in("rehash", PASSWORD).status, 200);
    assert_non_null(strstr(pg_value("select password_hash from karara.credentials where user_id = '%s'", p.id), "t=2"));
    assert_int_equal(sign_in("rehash", PASSWORD).status, 200);
}

static void signing_in_begins_in_the_asked_brand_else_in_the_last_one(void **state)
{
    (void)state;
    struct api_person p = account("brands");
    struct api_brand first = api_brand("auth-a", &p);
    struct api_brand second = api_brand("auth-b", &p);
    struct api_person other = api_person("authother");
    api_brand("auth-c", &other);
    struct api_reply r = sign_in("brands", PASSWORD);
    assert_string_equal(api_text(&r, "data.current_brand_id"), first.id);
    assert_int_equal(json_array_size(api_json(&r, "data.brands")), 2);
    assert_string_equal(api_text(&r, "data.brands.1.slug"), "auth-b");
    assert_string_equal(api_text(&r, "data.brands.1.role"), "owner");
    r = sign_in_to("brands", second.slug);
    assert_string_equal(api_text(&r, "data.current_brand_id"), second.id);
    r = sign_in("brands", PASSWORD);
    assert_string_equal(api_text(&r, "data.current_brand_id"), second.id);
    long long sessions = pg_count("select count(*) from karara.sessions where user_id = '%s'", p.id);
    r = sign_in_to("brands", "auth-c");
    assert_int_equal(r.status, 422);
    assert_non_null(api_json(&r, "error.field_errors.brand"));
    assert_null(api_header(&r, "Set-Cookie"));
    assert_int_equal(pg_count("select count(*) from karara.sessions where user_id = '%s'", p.id), sessions);
}

static void a_brand_that_one_no_longer_belongs_to_is_not_the_current_one(void **state)
{
    (void)state;
    struct api_person p = account("moved");
    struct api_brand gone = api_brand("auth-gone", &p);
    struct api_brand stays = api_brand("auth-stays", &p);
    struct api_reply in = sign_in("moved", PASSWORD);
    assert_string_equal(api_text(&in, "data.current_brand_id"), gone.id);
    pg_exec("update karara.brand_members set expires_at = now() where brand_id = '%s'", gone.id);
    struct api_reply r = refresh(api_text(&in, "data.refresh_token"));
    assert_string_equal(api_text(&r, "data.current_brand_id"), stays.id);
    assert_int_equal(json_array_size(api_json(&r, "data.brands")), 1);
}

/* ---- staying signed in ---- */

static void each_refresh_gives_a_new_token_and_the_last_one_its_successor_again(void **state)
{
    (void)state;
    struct api_reply in = sign_up("rotate");
    struct api_person p = person_of(&in);
    const char *first = api_text(&in, "data.refresh_token");
    struct api_reply r = refresh(first);
    const char *second = api_text(&r, "data.refresh_token");
    assert_int_equal(r.status, 200);
    assert_string_not_equal(first, second);
    assert_string_not_equal(api_text(&r, "data.access_token"), p.token);
    struct api_reply again = refresh(first);
    assert_int_equal(again.status, 200);
    assert_string_equal(api_text(&again, "data.refresh_token"), second);
    struct api_person fresh = person_of(&again);
    assert_int_equal(status_of_me(&fresh), 200);
    assert_int_equal(refresh(second).status, 200);
}

static void a_refresh_is_a_sign_of_life(void **state)
{
    (void)state;
    struct api_reply r = sign_up("alive");
    struct api_person p = person_of(&r);
    const char *version = pg_value("select version from karara.users where id = '%s'", p.id);
    pg_exec("update karara.users set last_active_at = now() - interval '3 days' where id = '%s'", p.id);
    assert_int_equal(refresh("no token").status, 401);
    assert_int_equal(refresh(api_text(&r, "data.refresh_token")).status, 200);
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
    struct api_reply elsewhere = sign_in("thief", PASSWORD);
    struct api_reply r = refresh(api_text(&in, "data.refresh_token"));
    struct api_person p = person_of(&r);
    age_rotation(p.id, 11);
    struct api_reply stolen = refresh(api_text(&in, "data.refresh_token"));
    assert_int_equal(stolen.status, 401);
    assert_string_equal(api_error(&stolen), "invalid_token");
    assert_int_equal(status_of_me(&p), 401);
    assert_int_equal(refresh(api_text(&r, "data.refresh_token")).status, 401);
    assert_string_equal(
        pg_value("select revoked_reason from karara.sessions where user_id = '%s' and revoked_at is not null", p.id), "reuse");
    assert_int_equal(
        pg_count("select count(*) from karara.events where kind = 'auth.token_reused' and subject_id = '%s'", p.id), 1);
    assert_int_equal(refresh(api_text(&elsewhere, "data.refresh_token")).status, 200);
}

static void a_token_older_than_the_last_ends_its_session_at_once(void **state)
{
    (void)state;
    struct api_reply in = sign_up("ancient");
    struct api_reply second = refresh(api_text(&in, "data.refresh_token"));
    struct api_reply third = refresh(api_text(&second, "data.refresh_token"));
    struct api_person p = person_of(&third);
    assert_int_equal(status_of_me(&p), 200);
    assert_int_equal(refresh(api_text(&in, "data.refresh_token")).status, 401);
    assert_int_equal(status_of_me(&p), 401);
    assert_int_equal(refresh(api_text(&third, "data.refresh_token")).status, 401);
}

struct shared {
    char token[600];
    char successors[8][600];
};

static int refresh_shared(int index, void *arg)
{
    struct shared *s = arg;
    struct api_reply r = refresh(s->token);
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
    assert_int_equal(refresh("garbage").status, 401);
    assert_int_equal(refresh(api_text(&in, "data.access_token")).status, 401);
    snprintf(token, sizeof token, "%s", api_text(&in, "data.refresh_token"));
    token[strlen(token) / 2] ^= 1;
    r = refresh(token);
    assert_string_equal(api_error(&r), "invalid_token");
    assert_int_equal(refresh(api_text(&in, "data.refresh_token")).status, 200);
}

static void a_session_that_nobody_refreshes_ends(void **state)
{
    (void)state;
    struct api_reply in = sign_up("idle");
    pg_exec("update karara.sessions set expires_at = now() where user_id = '%s'", api_text(&in, "data.user.id"));
    struct api_person p = person_of(&in);
    assert_int_equal(status_of_me(&p), 401);
    assert_int_equal(refresh(api_text(&in, "data.refresh_token")).status, 401);
}

/* ---- ending it ---- */

static void signing_out_ends_the_session_with_the_next_request(void **state)
{
    (void)state;
    struct api_reply in = sign_up("leaver");
    struct api_reply other = sign_in("leaver", PASSWORD);
    struct api_person p = person_of(&in);
    struct api_person elsewhere = person_of(&other);
    struct api_reply r = api_post(&p, "/api/v1/auth/logout", NULL);
    assert_int_equal(r.status, 200);
    assert_non_null(strstr(api_header(&r, "Set-Cookie"), "__Host-karara_refresh=; Path=/; Max-Age=0"));
    r = api_get(&p, "/api/v1/users/me");
    assert_int_equal(r.status, 401);
    assert_string_equal(api_error(&r), "invalid_token");
    assert_int_equal(refresh(api_text(&in, "data.refresh_token")).status, 401);
    assert_int_equal(status_of_me(&elsewhere), 200);
}

static void signing_out_everywhere_ends_all_sessions(void **state)
{
    (void)state;
    struct api_reply in = sign_up("everywhere");
    struct api_reply other = sign_in("everywhere", PASSWORD);
    struct api_person p = person_of(&in);
    struct api_person elsewhere = person_of(&other);
    assert_int_equal(api_post(&p, "/api/v1/auth/logout-all", NULL).status, 200);
    assert_int_equal(status_of_me(&p), 401);
    assert_int_equal(status_of_me(&elsewhere), 401);
    assert_int_equal(refresh(api_text(&other, "data.refresh_token")).status, 401);
    assert_int_equal(sign_in("everywhere", PASSWORD).status, 200);
    assert_int_equal(
        pg_count("select count(*) from karara.events where kind = 'auth.logged_out_all' and subject_id = '%s'", p.id), 1);
}

static void one_sees_where_one_is_signed_in_and_ends_it_there(void **state)
{
    (void)state;
    struct api_reply in =
        API_SEND(NULL, "POST", "/api/v1/auth/register",
                 "{\"email\":\"devices@auth.example\",\"password\":\"" PASSWORD "\",\"first_name\":\"D\",\"last_name\":\"\"}",
                 "User-Agent", "Test \xff");
    struct api_person p = person_of(&in);
    struct api_reply other =
        API_SEND(NULL, "POST", "/api/v1/auth/login", "{\"email\":\"devices@auth.example\",\"password\":\"" PASSWORD "\"}",
                 "User-Agent", "Téléphone");
    struct api_person phone = person_of(&other);
    struct api_reply list = api_get(&p, "/api/v1/auth/sessions");
    assert_int_equal(api_number(&list, "count"), 2);
    assert_string_equal(api_text(&list, "data.0.user_agent"), "Téléphone");
    assert_true(json_is_false(api_json(&list, "data.0.current")));
    assert_true(json_is_true(api_json(&list, "data.1.current")));
    assert_string_equal(api_text(&list, "data.1.user_agent"), "");
    struct api_person stranger = account("stranger");
    const char *path = api_f("/api/v1/auth/sessions/%s", api_text(&list, "data.0.id"));
    assert_int_equal(api_delete(&stranger, path).status, 404);
    assert_int_equal(status_of_me(&phone), 200);
    assert_int_equal(api_delete(&p, path).status, 200);
    assert_int_equal(status_of_me(&phone), 401);
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
    struct api_reply other = sign_in("changer", PASSWORD);
    struct api_person p = person_of(&in);
    struct api_person elsewhere = person_of(&other);
    assert_int_equal(change_password(&p, PASSWORD, "another good one").status, 200);
    assert_int_equal(status_of_me(&p), 200);
    assert_int_equal(status_of_me(&elsewhere), 401);
    assert_int_equal(sign_in("changer", PASSWORD).status, 401);
    assert_int_equal(sign_in("changer", "another good one").status, 200);
    assert_int_equal(refresh(api_text(&in, "data.refresh_token")).status, 200);
}

static void changing_the_password_takes_the_old_one_and_counts_wrong_ones(void **state)
{
    (void)state;
    config_set(CONF_LOGIN_ATTEMPTS, "2");
    struct api_person p = account("guesser");
    struct api_reply r = change_password(&p, "wrong guess", "another good one");
    assert_int_equal(r.status, 401);
    assert_string_equal(api_error(&r), "invalid_credentials");
    assert_int_equal(attempts_of("guesser"), 1);
    r = change_password(&p, PASSWORD, "ada byron");
    assert_int_equal(r.status, 422);
    assert_non_null(api_json(&r, "error.field_errors.new_password"));
    assert_int_equal(change_password(&p, "wrong guess", "another good one").status, 401);
    r = change_password(&p, PASSWORD, "another good one");
    assert_int_equal(r.status, 423);
    assert_int_equal(change_password(NULL, PASSWORD, "another good one").status, 401);
}

/* 0 changes the password and takes its time over it, 1 signs in meanwhile. */
static int change_or_sign_in(int index, void *arg)
{
    if (index == 1) {
        usleep(200000);
        return sign_in("overlap", PASSWORD).status == 401;
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
    struct api_person p = account("links");
    assert_int_equal(api_post(NULL, "/api/v1/auth/forgot-password", api_f("{\"email\":\"%s\"}", email_of("links"))).status,
                     200);
    assert_int_equal(
        api_post(&p, "/api/v1/users/me/email", "{\"email\":\"thief@auth.example\",\"password\":\"" PASSWORD "\"}").status, 200);
    assert_int_equal(api_post(&p, "/api/v1/auth/change-password",
                              "{\"current_password\":\"" PASSWORD "\",\"new_password\":\"a green kettle hums\"}")
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
    struct api_person p = account("overlap");
    long long before = pg_count("select count(*) from karara.sessions where user_id = '%s'", p.id);
    api_at_once(2, change_or_sign_in, p.id, results);
    assert_int_equal(results[0], 1);
    assert_int_equal(results[1], 1);
    assert_int_equal(pg_count("select count(*) from karara.sessions where user_id = '%s'", p.id), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(who_registers_is_signed_in_where_no_confirmation_is_asked, defaults),
        cmocka_unit_test_setup(no_password_and_no_token_gets_into_the_event_log, defaults),
        cmocka_unit_test_setup(where_addresses_are_confirmed_registering_does_not_tell_who_has_an_account, defaults),
        cmocka_unit_test_setup(an_address_has_one_account_whatever_its_case, defaults),
        cmocka_unit_test_setup(a_password_has_8_to_128_characters_and_is_not_the_own_name, defaults),
        cmocka_unit_test_setup(registering_can_be_switched_off, defaults),
        cmocka_unit_test_setup(of_several_who_register_an_address_at_once_one_gets_it, defaults),
        cmocka_unit_test_setup(the_refresh_token_comes_in_a_cookie_that_no_script_reads, defaults),
        cmocka_unit_test_setup(a_wrong_password_and_an_unknown_address_look_alike, defaults),
        cmocka_unit_test_setup(so_many_wrong_passwords_in_a_row_lock_the_account, defaults),
        cmocka_unit_test_setup(an_address_without_an_account_locks_like_one_that_has_one, defaults),
        cmocka_unit_test_setup(wrong_passwords_at_once_are_all_counted, defaults),
        cmocka_unit_test_setup(only_who_knows_the_password_is_told_that_an_account_is_suspended, defaults),
        cmocka_unit_test_setup(a_deleted_account_is_as_if_it_had_never_been, defaults),
        cmocka_unit_test_setup(a_hash_of_old_parameters_is_made_anew_at_sign_in, defaults),
        cmocka_unit_test_setup(signing_in_begins_in_the_asked_brand_else_in_the_last_one, defaults),
        cmocka_unit_test_setup(a_brand_that_one_no_longer_belongs_to_is_not_the_current_one, defaults),
        cmocka_unit_test_setup(each_refresh_gives_a_new_token_and_the_last_one_its_successor_again, defaults),
        cmocka_unit_test_setup(a_refresh_is_a_sign_of_life, defaults),
        cmocka_unit_test_setup(a_token_that_comes_back_after_the_overlap_ends_its_session, defaults),
        cmocka_unit_test_setup(a_token_older_than_the_last_ends_its_session_at_once, defaults),
        cmocka_unit_test_setup(tabs_that_refresh_at_once_get_the_same_successor, defaults),
        cmocka_unit_test_setup(what_is_no_token_of_ours_is_refused, defaults),
        cmocka_unit_test_setup(a_session_that_nobody_refreshes_ends, defaults),
        cmocka_unit_test_setup(signing_out_ends_the_session_with_the_next_request, defaults),
        cmocka_unit_test_setup(signing_out_everywhere_ends_all_sessions, defaults),
        cmocka_unit_test_setup(one_sees_where_one_is_signed_in_and_ends_it_there, defaults),
        cmocka_unit_test_setup(a_new_password_ends_all_other_sessions, defaults),
        cmocka_unit_test_setup(changing_the_password_takes_the_old_one_and_counts_wrong_ones, defaults),
        cmocka_unit_test_setup(a_new_password_voids_mailed_links, defaults),
        cmocka_unit_test_setup(who_signs_in_while_the_password_changes_gets_no_session, defaults),
    };
    return cmocka_run_group_tests(tests, cast_begin, NULL);
}
