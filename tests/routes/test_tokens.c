/* API tokens: what they open, what they never do, and that they end when they are ended. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "api.h"
#include "api/dispatch.h"
#include "api/registry.h"
#include "api/token.h"
#include "core/buf.h"
#include "core/str.h"
#include "pg.h"
#include "platform/db.h"
#include "platform/pat.h"
#include "platform/seal.h"
#include "rows.h"
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define TOKENS "/api/v1/auth/tokens"
#define EVERYTHING "[\"*:read\",\"*:write\"]"

static struct api_person ada, eve;
static struct api_brand demo, other;

static int set_up(void **state)
{
    (void)state;
    api_begin();
    rows_begin();
    ada = api_person("ada");
    eve = api_person("eve");
    other = api_brand("other", &ada);
    demo = api_brand("demo", &ada);
    api_join(&demo, &eve, "member");
    return 0;
}

/* What the program holds: `who`, with a token made through the API in place of the access token. */
static struct api_person program_of(const struct api_person *who, const char *body, char id[UUID_TEXT_SIZE])
{
    struct api_person program = *who;
    struct api_reply r = api_post(who, TOKENS, body);
    assert_int_equal(r.status, 201);
    snprintf(program.token, sizeof program.token, "%s", api_text(&r, "data.token"));
    if (id != NULL) {
        snprintf(id, UUID_TEXT_SIZE, "%s", api_text(&r, "data.id"));
    }
    return program;
}

static struct api_person program(const char *scopes, char id[UUID_TEXT_SIZE])
{
    return program_of(&ada, api_f("{\"name\":\"Report\",\"scopes\":%s}", scopes), id);
}

static struct api_reply ask_tasks(const struct api_person *who, const char *brand)
{
    return API_SEND(who, "GET", "/api/v1/tasks", NULL, "X-Brand-ID", brand);
}

static void assert_refused(struct api_reply r, int status, const char *code)
{
    assert_string_equal(api_error(&r), code);
    assert_int_equal(r.status, status);
}

/* ---- making them ---- */

static void a_token_is_shown_once_and_only_its_digest_is_kept(void **state)
{
    uint8_t digest[32];
    char hex[65];
    (void)state;
    struct api_reply r = api_post(&ada, TOKENS,
                                  "{\"name\":\"Night\",\"scopes\":[\"tasks:read\",\"boards:write\"],"
                                  "\"expires_at\":\"2099-01-01T00:00:00Z\"}");
    assert_int_equal(r.status, 201);
    const char *token = api_text(&r, "data.token"), *id = api_text(&r, "data.id");
    assert_true(pat_is_whole(token));
    assert_string_equal(api_header(&r, "Location"), api_f(TOKENS "/%s", id));
    assert_string_equal(api_header(&r, "Cache-Control"), "no-store");
    assert_string_equal(api_text(&r, "data.expires_at"), "2099-01-01T00:00:00Z");
    seal_digest(token, strlen(token), digest);
    str_hex_encode(digest, sizeof digest, hex);
    assert_string_equal(pg_value("select encode(token_digest, 'hex') from karara.api_tokens where id = '%s'", id), hex);
    assert_int_equal(pg_count("select count(*) from karara.api_tokens t where t::text like '%%%s%%'", token), 0);
    assert_int_equal(pg_count("select count(*) from karara.events e where e::text like '%%%s%%'", token), 0);
    assert_int_equal(pg_count("select count(*) from karara.audit_entries e where e::text like '%%%s%%'", token), 0);

    struct api_reply one = api_get(&ada, api_f(TOKENS "/%s", id));
    assert_int_equal(one.status, 200);
    assert_null(api_json(&one, "data.token"));
    assert_string_equal(api_text(&one, "data.scopes.1"), "boards:write");
    assert_memory_equal(api_text(&one, "data.prefix"), token, PAT_PREFIX);
    struct api_reply all = api_get(&ada, TOKENS);
    assert_int_equal(all.status, 200);
    assert_null(strstr(all.body, token));
}

static void a_token_is_renamed_and_revoked_by_its_person_only(void **state)
{
    char id[UUID_TEXT_SIZE];
    (void)state;
    program("[\"tasks:read\"]", id);
    const char *path = api_f(TOKENS "/%s", id);
    assert_refused(api_get(&eve, path), 404, "not_found");
    assert_refused(api_patch(&eve, path, "{\"name\":\"Mine\"}"), 404, "not_found");
    assert_refused(api_delete(&eve, path), 404, "not_found");
    struct api_reply r = api_patch(&ada, path, "{\"name\":\"Weekly\"}");
    assert_int_equal(r.status, 200);
    assert_string_equal(api_text(&r, "data.name"), "Weekly");
    assert_refused(api_patch(&ada, path, "{\"scopes\":[\"*:write\"]}"), 422, "validation_failed");
    assert_int_equal(api_delete(&ada, path).status, 200);
    assert_refused(api_get(&ada, path), 404, "not_found");
    assert_refused(api_delete(&ada, path), 404, "not_found");
    assert_string_equal(pg_value("select string_agg(action, ' ' order by number) from karara.audit_entries "
                                 "where after ->> 'token_id' = '%s' and actor_id = '%s'",
                                 id, ada.id),
                        "auth.token_created auth.token_renamed auth.token_revoked");
    struct api_reply all = api_get(&ada, TOKENS);
    assert_null(strstr(all.body, id));
}

static void what_can_t_be_is_not_made(void **state)
{
    (void)state;
    long long before = pg_count("select count(*) from karara.api_tokens");
    static const char *const scopes[] = { "tasks", "tasks:", ":read", "tasks:delete", "nothing:read", "auth:write", "*", "" };
    for (size_t i = 0; i < sizeof scopes / sizeof *scopes; i++) {
        struct api_reply r = api_post(&ada, TOKENS, api_f("{\"name\":\"x\",\"scopes\":[\"%s\"]}", scopes[i]));
        assert_refused(r, 422, "validation_failed");
        assert_non_null(api_json(&r, "error.field_errors.scopes"));
    }
    assert_refused(api_post(&ada, TOKENS, "{\"name\":\"x\",\"scopes\":[]}"), 422, "validation_failed");
    struct api_reply late =
        api_post(&ada, TOKENS, "{\"name\":\"x\",\"scopes\":[\"*:read\"],\"expires_at\":\"2020-01-01T00:00:00Z\"}");
    assert_refused(late, 422, "validation_failed");
    assert_non_null(api_json(&late, "error.field_errors.expires_at"));
    struct api_reply foreign =
        api_post(&eve, TOKENS, api_f("{\"name\":\"x\",\"scopes\":[\"*:read\"],\"brand_id\":\"%s\"}", other.id));
    assert_refused(foreign, 422, "validation_failed");
    assert_non_null(api_json(&foreign, "error.field_errors.brand_id"));
    assert_int_equal(pg_count("select count(*) from karara.api_tokens"), before);
}

/* ---- using them ---- */

static void a_token_is_its_person_at_the_cost_of_one_round_trip(void **state)
{
    (void)state;
    struct api_person p = program(EVERYTHING, NULL);
    struct api_reply me = api_get(&p, "/api/v1/users/me");
    assert_int_equal(me.status, 200);
    assert_string_equal(api_text(&me, "data.id"), ada.id);
    assert_int_equal(ask_tasks(&p, demo.id).status, 200);
    assert_int_equal(ask_tasks(&p, demo.slug).status, 200);
    assert_int_equal(ask_tasks(&p, demo.id).status, 200);
    assert_int_equal(db_counters(api_worker()->db).round_trips, 1);
    struct api_reply made = API_SEND(&p, "POST", "/api/v1/teams", "{\"name\":\"Made by a program\"}", "X-Brand-ID", demo.id);
    assert_int_equal(made.status, 201);
    assert_string_equal(pg_value("select owner_id from tenant_shared.teams where name = 'Made by a program'"), ada.id);
    assert_refused(api_get(&p, "/api/v1/tasks"), 422, "validation_failed"); /* no brand is current */
}

static void a_mistyped_token_is_refused_without_asking_anybody(void **state)
{
    (void)state;
    struct api_person p = program(EVERYTHING, NULL);
    char *last = p.token + strlen(p.token) - 1;
    *last = *last == 'a' ? 'b' : 'a';
    struct api_reply r = api_get(&p, "/api/v1/users/me");
    assert_refused(r, 401, "invalid_token");
    assert_non_null(api_header(&r, "WWW-Authenticate"));
    assert_int_equal(db_counters(api_worker()->db).round_trips, 0);
    pat_make(p.token);
    assert_refused(api_get(&p, "/api/v1/users/me"), 401, "invalid_token");
    assert_int_equal(db_counters(api_worker()->db).round_trips, 1);
}

static void its_last_use_is_noted_once_a_minute(void **state)
{
    char id[UUID_TEXT_SIZE];
    (void)state;
    struct api_person p = program(EVERYTHING, id);
    assert_string_equal(pg_value("select last_used_at is null from karara.api_tokens where id = '%s'", id), "t");
    assert_int_equal(api_get(&p, "/api/v1/users/me").status, 200);
    assert_string_equal(pg_value("select last_used_at > now() - interval '10 s' from karara.api_tokens where id = '%s'", id),
                        "t");
    unsigned first = db_counters(api_worker()->db).statements; /* with look-up and note */
    pg_exec("update karara.api_tokens set last_used_at = '2020-01-01' where id = '%s'", id);
    assert_int_equal(api_get(&p, "/api/v1/users/me").status, 200);
    assert_int_equal(db_counters(api_worker()->db).statements, first - 2);
    assert_string_equal(pg_value("select last_used_at = '2020-01-01' from karara.api_tokens where id = '%s'", id), "t");
}

/* ---- their end ---- */

static void a_token_ends_at_its_second(void **state)
{
    char id[UUID_TEXT_SIZE];
    (void)state;
    const char *soon = api_f(
        "%s", pg_value("select to_char((now() + interval '2 s') at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"));
    struct api_person p =
        program_of(&ada, api_f("{\"name\":\"Short\",\"scopes\":" EVERYTHING ",\"expires_at\":\"%s\"}", soon), id);
    assert_int_equal(api_get(&p, "/api/v1/users/me").status, 200);
    while (pg_count("select (now() >= '%s')::int", soon) == 0) {
        usleep(20000);
    }
    assert_refused(api_get(&p, "/api/v1/users/me"), 401, "token_expired");
    struct api_reply mine = api_get(&ada, api_f(TOKENS "/%s", id));
    assert_int_equal(mine.status, 200); /* so that people see why their program stopped */

    struct api_person q = program(EVERYTHING, id);
    assert_int_equal(ask_tasks(&q, demo.id).status, 200);
    pg_exec("update karara.api_tokens set expires_at = now() where id = '%s'", id); /* behind this process's back */
    assert_refused(ask_tasks(&q, demo.id), 401, "invalid_token");
    assert_refused(api_get(&q, "/api/v1/users/me"), 401, "invalid_token");
}

struct revoking {
    struct api_person program;
    const char *path;
    int warm, revoked;
};

static int use_while_revoked(int index, void *arg)
{
    struct revoking *shared = arg;
    bool before = ask_tasks(&shared->program, demo.id).status == 200 && ask_tasks(&shared->program, demo.id).status == 200 &&
                  api_get(&shared->program, "/api/v1/users/me").status == 200;
    __atomic_add_fetch(&shared->warm, 1, __ATOMIC_SEQ_CST);
    if (index == 0) {
        while (__atomic_load_n(&shared->warm, __ATOMIC_SEQ_CST) < 4) {
            usleep(1000);
        }
        before = before && api_delete(&ada, shared->path).status == 200;
        __atomic_store_n(&shared->revoked, 1, __ATOMIC_SEQ_CST);
    }
    while (__atomic_load_n(&shared->revoked, __ATOMIC_SEQ_CST) == 0) {
        usleep(1000);
    }
    struct api_reply tenant = ask_tasks(&shared->program, demo.id), own = api_get(&shared->program, "/api/v1/users/me");
    return before && strcmp(api_error(&tenant), "invalid_token") == 0 && strcmp(api_error(&own), "invalid_token") == 0 ? 1 : 0;
}

static void a_revoked_token_is_refused_by_every_warm_worker(void **state)
{
    char id[UUID_TEXT_SIZE];
    int results[4];
    (void)state;
    struct revoking *shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(shared, MAP_FAILED);
    *shared = (struct revoking){ .program = program(EVERYTHING, id) };
    shared->path = api_f(TOKENS "/%s", id);
    api_at_once(4, use_while_revoked, shared, results);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(results[i], 1);
    }
    munmap(shared, sizeof *shared);
}

static void a_token_falls_with_its_person(void **state)
{
    (void)state;
    struct api_person gone = api_person("gone");
    api_join(&demo, &gone, "member");
    struct api_person p = program_of(&gone, "{\"name\":\"x\",\"scopes\":" EVERYTHING "}", NULL);
    assert_int_equal(ask_tasks(&p, demo.id).status, 200);
    pg_exec("update karara.brand_members set status = 'suspended' where user_id = '%s'", gone.id);
    assert_refused(ask_tasks(&p, demo.id), 404, "not_found");
    pg_exec("update karara.users set status = 'suspended' where id = '%s'", gone.id);
    assert_refused(api_get(&p, "/api/v1/users/me"), 403, "account_suspended");
}

/* ---- brands ---- */

static void a_token_of_a_brand_works_there_and_nowhere_else(void **state)
{
    (void)state;
    struct api_person p =
        program_of(&ada, api_f("{\"name\":\"One\",\"scopes\":" EVERYTHING ",\"brand_id\":\"%s\"}", demo.id), NULL);
    assert_int_equal(api_get(&p, "/api/v1/tasks").status, 200);
    assert_int_equal(ask_tasks(&p, demo.slug).status, 200);
    assert_int_equal(ask_tasks(&ada, other.id).status, 200);
    assert_refused(ask_tasks(&p, other.id), 404, "not_found");
    assert_refused(ask_tasks(&p, other.slug), 404, "not_found");
    assert_refused(api_get(&p, api_f("/api/v1/brands/%s/tasks", other.id)), 404, "not_found");
    struct api_reply r = api_get(&p, "/api/v1/users/me");
    assert_refused(r, 403, "permission_denied");
    assert_non_null(api_json(&r, "error.details.in_brand"));
}

/* ---- scopes ---- */

/* The signer's or the owner's token with these scopes, past the API, which would refuse some. */
static struct api_person holder(const struct api_person *who, const char *scopes)
{
    struct api_person p = *who;
    uint8_t digest[32];
    char hex[65];
    pat_make(p.token);
    seal_digest(p.token, strlen(p.token), digest);
    str_hex_encode(digest, sizeof digest, hex);
    pg_exec("insert into karara.api_tokens (id, user_id, name, scopes, token_digest, prefix) values "
            "(gen_random_uuid(), '%s', 'x', '{%s}', '\\x%s', 'kar_pat_')",
            who->id, scopes, hex);
    return p;
}

/* All scopes there are but one. */
static const char *all_but(const char *one)
{
    struct buf b = { 0 };
    const struct route *row;
    char scope[80];
    for (int i = 0; (row = registry_route(i, NULL)) != NULL; i++) {
        const char *name = token_scope_of(row, scope);
        if (name != NULL && strcmp(name, one) != 0) {
            buf_printf(&b, "%s%s", b.len > 0 ? "," : "", name);
        }
    }
    const char *text = api_f("%s", b.data);
    buf_free(&b);
    return text;
}

static struct api_reply ask(const struct api_person *who, const struct route *row, const struct row_place *p)
{
    const char *method = http_method_name(row->method), *path = rows_path(row, p, false);
    return API_SEND(who, method, path, rows_body(row, p), "X-Brand-ID", p->brand.id);
}

static void every_row_wants_its_scope_and_no_other(void **state)
{
    const struct route *row;
    char room[80];
    int asked = 0;
    (void)state;
    for (int i = 0; (row = registry_route(i, NULL)) != NULL; i++) {
        const char *scope = token_scope_of(row, room);
        if (scope == NULL || (row->flags & ROUTE_RAW) != 0) {
            continue;
        }
        struct row_place p = rows_place();
        assert_true(token_scope_exists(scope));
        struct api_person without = holder(rows_asker(row, &p), all_but(scope)), with = holder(rows_asker(row, &p), scope);
        const char *before = api_f("%s", rows_digest());
        struct api_reply refused = ask(&without, row, &p);
        if (refused.status != 403 || strcmp(api_text(&refused, "error.details.scope"), scope) != 0 ||
            strstr(api_text(&refused, "error.message"), scope) == NULL || strcmp(before, rows_digest()) != 0) {
            fail_msg("%s without %s: %d %s", rows_name(row), scope, refused.status, refused.body);
        }
        struct api_reply done = ask(&with, row, &p);
        if (done.status >= 300) {
            fail_msg("%s with %s: %d %s", rows_name(row), scope, done.status, done.body);
        }
        asked++;
        rows_leave(&p);
    }
    assert_true(asked > 20);
}

static void rows_of_signing_in_take_no_token(void **state)
{
    const struct route *row;
    int asked = 0;
    (void)state;
    struct row_place p = rows_place();
    for (int i = 0; (row = registry_route(i, NULL)) != NULL; i++) {
        if ((row->flags & ROUTE_SESSION_ONLY) == 0) {
            continue;
        }
        struct api_person all = holder(rows_asker(row, &p), "*:read,*:write");
        const char *before = api_f("%s", rows_digest());
        struct api_reply r = ask(&all, row, &p);
        if (r.status != 403 || api_json(&r, "error.details.session_only") == NULL || strcmp(before, rows_digest()) != 0) {
            fail_msg("%s: %d %s", rows_name(row), r.status, r.body);
        }
        asked++;
    }
    assert_true(asked >= 11);
    rows_leave(&p);
}

static void a_star_is_every_domain_and_writing_isn_t_reading(void **state)
{
    (void)state;
    struct api_person reader = program("[\"*:read\"]", NULL), writer = program("[\"*:write\"]", NULL);
    assert_int_equal(ask_tasks(&reader, demo.id).status, 200);
    assert_int_equal(API_SEND(&reader, "HEAD", "/api/v1/tasks", NULL, "X-Brand-ID", demo.id).status, 200);
    struct api_reply r = API_SEND(&reader, "POST", "/api/v1/teams", "{\"name\":\"No\"}", "X-Brand-ID", demo.id);
    assert_refused(r, 403, "permission_denied");
    assert_string_equal(api_text(&r, "error.details.scope"), "teams:write");
    r = ask_tasks(&writer, demo.id);
    assert_refused(r, 403, "permission_denied");
    assert_string_equal(api_text(&r, "error.details.scope"), "tasks:read");
    r = API_SEND(&writer, "POST", "/api/v1/teams", "{\"name\":\"Yes\"}", "X-Brand-ID", demo.id);
    assert_int_equal(r.status, 201);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_is_shown_once_and_only_its_digest_is_kept),
        cmocka_unit_test(a_token_is_renamed_and_revoked_by_its_person_only),
        cmocka_unit_test(what_can_t_be_is_not_made),
        cmocka_unit_test(a_token_is_its_person_at_the_cost_of_one_round_trip),
        cmocka_unit_test(a_mistyped_token_is_refused_without_asking_anybody),
        cmocka_unit_test(its_last_use_is_noted_once_a_minute),
        cmocka_unit_test(a_token_ends_at_its_second),
        cmocka_unit_test(a_revoked_token_is_refused_by_every_warm_worker),
        cmocka_unit_test(a_token_falls_with_its_person),
        cmocka_unit_test(a_token_of_a_brand_works_there_and_nowhere_else),
        cmocka_unit_test(every_row_wants_its_scope_and_no_other),
        cmocka_unit_test(rows_of_signing_in_take_no_token),
        cmocka_unit_test(a_star_is_every_domain_and_writing_isn_t_reading),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
