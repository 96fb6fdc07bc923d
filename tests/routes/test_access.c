/* Rights end and begin with the next request, in every worker, whatever its caches hold and whether memcached is there or not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "api.h"
#include "api/dispatch.h"
#include "api/registry.h"
#include "core/log.h"
#include "pg.h"
#include "platform/db.h"
#include "pool.h"
#include "rows.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORKERS = 3 };

static struct api_person ada, ben; /* the owner; the person whose rights change */
static struct api_brand demo;
static char task[UUID_TEXT_SIZE];
static bool memcached_runs = true;

static int set_up(void **state)
{
    (void)state;
    api_begin();
    rows_begin();
    ada = api_person("ada");
    ben = api_person("ben");
    demo = api_brand("demo", &ada);
    api_join(&demo, &ben, "manager");
    struct uuid id = api_task(&demo, &ada, "Write the story");
    uuid_format(&id, task);
    log_set_level(LOG_ERROR); /* memcached comes and goes */
    pool_start(WORKERS);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    pool_stop();
    return 0;
}

static void memcached(bool runs)
{
    if (runs != memcached_runs) {
        runs ? pg_memcached_start() : pg_memcached_stop();
        memcached_runs = runs;
    }
}

/* ---- what gives a right, and takes it ---- */

struct right {
    const char *what;
    const char *method, *path, *body; /* the path's % is the task, the board */
    const char *take, *give;          /* SQL; %1$s brand, %2$s person, %3$s session, %4$s team */
    int status;
    const char *code;
};

#define MEMBER "where brand_id = '%1$s' and user_id = '%2$s'"
#define CHANGE "PATCH", "/api/v1/tasks/{task}", "{\"title\":\"Changed\"}"
#define READ "GET", "/api/v1/tasks/{task}", NULL

static const struct right rights[] = {
    { "a lower role", CHANGE, "update karara.brand_members set role = 'guest' " MEMBER,
      "update karara.brand_members set role = 'manager' " MEMBER, 403, "permission_denied" },
    { "an override of the person", CHANGE,
      "update karara.brand_members set permissions = '{\"can_edit_tasks\": false, \"can_edit_assigned_tasks\": false}' " MEMBER,
      "update karara.brand_members set permissions = '{}' " MEMBER, 403, "permission_denied" },
    { "the brand's change of the role", CHANGE,
      "insert into karara.brand_role_permissions (brand_id, role, permissions) values ('%1$s', 'manager', "
      "'{\"can_edit_tasks\": false, \"can_edit_assigned_tasks\": false}')",
      "delete from karara.brand_role_permissions where brand_id = '%1$s'", 403, "permission_denied" },
    { "leaving the team", READ, "delete from tenant_shared.team_members " MEMBER,
      "insert into tenant_shared.team_members (brand_id, team_id, user_id) values ('%1$s', '%4$s', '%2$s')", 403,
      "permission_denied" },
    { "leaving the brand", READ, "delete from karara.brand_members " MEMBER,
      "insert into karara.brand_members (brand_id, user_id, role) values ('%1$s', '%2$s', 'manager'); "
      "insert into tenant_shared.team_members (brand_id, team_id, user_id) values ('%1$s', '%4$s', '%2$s')",
      404, "not_found" },
    { "a suspended membership", READ, "update karara.brand_members set status = 'suspended' " MEMBER,
      "update karara.brand_members set status = 'active' " MEMBER, 404, "not_found" },
    { "a membership past its end", READ, "update karara.brand_members set expires_at = now() - interval '1 second' " MEMBER,
      "update karara.brand_members set expires_at = null " MEMBER, 404, "not_found" },
    { "a suspended brand", CHANGE, "update karara.brands set status = 'suspended' where id = '%1$s'",
      "update karara.brands set status = 'active' where id = '%1$s'", 403, "brand_suspended" },
    { "an inactive brand", READ, "update karara.brands set status = 'inactive' where id = '%1$s'",
      "update karara.brands set status = 'active' where id = '%1$s'", 404, "not_found" },
    { "a revoked session", READ, "update karara.sessions set revoked_at = now() where id = '%3$s'",
      "update karara.sessions set revoked_at = null where id = '%3$s'", 401, "invalid_token" },
    { "a session past its end", READ, "update karara.sessions set expires_at = now() - interval '1 second' where id = '%3$s'",
      "update karara.sessions set expires_at = now() + interval '1 day' where id = '%3$s'", 401, "invalid_token" },
    { "a suspended account", READ, "update karara.users set status = 'suspended' where id = '%2$s'",
      "update karara.users set status = 'active' where id = '%2$s'", 403, "account_suspended" },
    { "a suspended account, outside of brands", "GET", "/api/v1/users/me", NULL,
      "update karara.users set status = 'suspended' where id = '%2$s'",
      "update karara.users set status = 'active' where id = '%2$s'", 403, "account_suspended" },
    { "a revoked session, outside of brands", "GET", "/api/v1/users/me", NULL,
      "update karara.sessions set revoked_at = now() where id = '%3$s'",
      "update karara.sessions set revoked_at = null where id = '%3$s'", 401, "invalid_token" },
    { "a brand that asks for If-Match", CHANGE,
      "update karara.brands set settings = '{\"require_if_match\": true}' where id = '%1$s'",
      "update karara.brands set settings = '{}' where id = '%1$s'", 428, "precondition_required" },
};

/* The SQL with its names filled in; the formats are the table's own. */
static const char *fill(const char *text)
{
    static char sql[2048];
    const char *const values[] = { demo.id, ben.id, ben.session_id, demo.team_id };
    size_t n = 0;
    for (const char *s = text; *s != 0 && n < sizeof sql - 40; s++) {
        if (s[0] == '%') {
            n += (size_t)snprintf(sql + n, sizeof sql - n, "%s", values[s[1] - '1']);
            s += 3;
        } else {
            sql[n++] = *s;
        }
    }
    sql[n] = 0;
    return sql;
}

static const char *path_of(const struct right *right)
{
    const char *at = strstr(right->path, "{task}");
    return at != NULL ? api_f("%.*s%s", (int)(at - right->path), right->path, task) : right->path;
}

/* Every worker answers the next request so. */
static void expect_everywhere(const struct right *right, int status, const char *code)
{
    for (int i = 0; i < WORKERS; i++) {
        struct pool_reply r = pool_ask(i, &ben, right->method, path_of(right), right->body);
        if (r.status != status || strcmp(r.code, code) != 0) {
            fail_msg("%s: worker %d answers %d %s, not %d %s", right->what, i, r.status, r.code, status, code);
        }
    }
}

static void take_and_give(const struct right *right, bool random_memcached)
{
    expect_everywhere(right, 200, "");
    expect_everywhere(right, 200, ""); /* from warm caches */
    pg_exec("%s", fill(right->take));
    if (random_memcached) {
        memcached(rand() % 2 == 0);
    }
    expect_everywhere(right, right->status, right->code);
    expect_everywhere(right, right->status, right->code);
    if (random_memcached) {
        memcached(rand() % 2 == 0);
    }
    pg_exec("%s", fill(right->give));
    expect_everywhere(right, 200, "");
}

static void each_right(bool random_memcached)
{
    for (size_t i = 0; i < sizeof rights / sizeof *rights; i++) {
        take_and_give(&rights[i], random_memcached);
    }
}

static void rights_end_and_begin_with_the_next_request(void **state)
{
    (void)state;
    memcached(true);
    each_right(false);
}

static void rights_end_without_memcached_too(void **state)
{
    (void)state;
    memcached(false);
    each_right(false);
    memcached(true);
}

static void rights_end_while_memcached_comes_and_goes(void **state)
{
    (void)state;
    srand(7);
    each_right(true);
    memcached(true);
}

static void a_suspended_brand_can_still_be_read(void **state)
{
    (void)state;
    pg_exec("update karara.brands set status = 'suspended' where id = '%s'", demo.id);
    for (int i = 0; i < WORKERS; i++) {
        assert_int_equal(pool_ask(i, &ben, "GET", api_f("/api/v1/tasks/%s", task), NULL).status, 200);
    }
    pg_exec("update karara.brands set status = 'active' where id = '%s'", demo.id);
}

static void a_platform_admin_who_is_none_any_more_is_refused(void **state)
{
    (void)state;
    for (int round = 0; round < 2; round++) {
        pg_exec("update karara.users set platform_role = 'admin' where id = '%s'", ben.id);
        for (int i = 0; i < WORKERS; i++) {
            assert_int_equal(pool_ask(i, &ben, "GET", "/api/v1/health/database", NULL).status, 200);
        }
        pg_exec("update karara.users set platform_role = 'member' where id = '%s'", ben.id);
        for (int i = 0; i < WORKERS; i++) {
            assert_int_equal(pool_ask(i, &ben, "GET", "/api/v1/health/database", NULL).status, 403);
        }
    }
}

/* ---- delegations ---- */

/* 0 before it begins, 1 while it holds, 2 afterwards: by the database's clock. */
static long long phase(void)
{
    return pg_count("select case when clock_timestamp() < starts_at then 0 when clock_timestamp() < ends_at then 1 else 2 end "
                    "from karara.delegations where to_user_id = '%s'",
                    ben.id);
}

static void delegations_begin_and_end_by_time(void **state)
{
    static const int expected[] = { 403, 200, 403 };
    int seen[3] = { 0 };
    (void)state;
    pg_exec("%s", fill("update karara.brand_members set role = 'guest' " MEMBER));
    pg_exec("insert into karara.delegations (id, brand_id, from_user_id, to_user_id, permissions, starts_at, ends_at) values "
            "(gen_random_uuid(), '%s', '%s', '%s', '{can_edit_tasks,can_edit_assigned_tasks}', clock_timestamp() + interval "
            "'0.5 s', "
            "clock_timestamp() + interval '1.2 s')",
            demo.id, ada.id, ben.id);
    for (int i = 0; seen[2] < 20; i++) {
        long long before = phase();
        struct pool_reply r =
            pool_ask(i % WORKERS, &ben, "PATCH", api_f("/api/v1/tasks/%s", task), "{\"title\":\"Delegated\"}");
        if (before == phase()) {
            assert_int_equal(r.status, expected[before]);
            seen[before]++;
        }
    }
    assert_true(seen[0] > 5 && seen[1] > 5);
    pg_exec("delete from karara.delegations where to_user_id = '%s'", ben.id);
    pg_exec("%s", fill("update karara.brand_members set role = 'manager' " MEMBER));
}

static void nobody_delegates_what_they_have_lost(void **state)
{
    (void)state;
    struct api_person cid = api_person("cid");
    api_join(&demo, &cid, "manager");
    pg_exec("%s", fill("update karara.brand_members set role = 'guest' " MEMBER));
    pg_exec("insert into karara.delegations (id, brand_id, from_user_id, to_user_id, permissions, ends_at) values "
            "(gen_random_uuid(), '%s', '%s', '%s', '{can_edit_tasks,can_edit_assigned_tasks}', now() + interval '1 hour')",
            demo.id, cid.id, ben.id);
    assert_int_equal(pool_ask(0, &ben, "PATCH", api_f("/api/v1/tasks/%s", task), "{\"title\":\"Delegated\"}").status, 200);
    pg_exec("update karara.brand_members set role = 'client' where user_id = '%s'", cid.id);
    assert_int_equal(pool_ask(0, &ben, "PATCH", api_f("/api/v1/tasks/%s", task), "{\"title\":\"Delegated\"}").status, 403);
    pg_exec("delete from karara.delegations where to_user_id = '%s'", ben.id);
    pg_exec("%s", fill("update karara.brand_members set role = 'manager' " MEMBER));
}

/* ---- nothing is left on the connection ---- */

static void expect_clean(const struct route *row, const char *when)
{
    struct db *d = api_worker()->db;
    const char *left =
        db_query_text(d, api_worker()->arena,
                      "select concat(current_setting('karara.brand_id', true), current_setting('karara.platform', true),"
                      " (select count(*) from tasks))",
                      0, NULL);
    if (left == NULL || strcmp(left, "0") != 0) {
        fail_msg("%s, %s: the connection still knows \"%s\"", rows_name(row), when, left != NULL ? left : "?");
    }
}

static void no_setting_survives_a_request(void **state)
{
    const struct route *row;
    (void)state;
    for (int i = 0; (row = registry_route(i, NULL)) != NULL; i++) {
        for (int n = 0; (row->flags & ROUTE_TENANT) != 0 && n < 4; n++) {
            struct row_place p = rows_place();
            const char *path = rows_path(row, &p, false), *body = rows_body(row, &p);
            api_get(rows_person(ROLE_OWNER), api_f("/api/v1/brands/%s", p.brand.id));
            db_inject_fault(api_worker()->db, n, n == 3 ? DB_FAULT_DEADLOCK : DB_FAULT_SERIALIZATION);
            struct api_reply r = api_send(rows_person(ROLE_OWNER), http_method_name(row->method), path, body, NULL);
            db_inject_fault(api_worker()->db, 0, DB_FAULT_NONE);
            assert_true(r.status < 300);
            expect_clean(row, n == 0 ? "after success" : "after a retry");
            r = api_send(rows_person(ROLE_OWNER), http_method_name(row->method), path, body, NULL);
            expect_clean(row, "after asking once more"); /* often a refusal by now */
            rows_leave(&p);
        }
    }
}

/* ---- round trips ---- */

static void hot_requests_take_one_round_trip(void **state)
{
    (void)state;
    const char *const hot[][3] = {
        { "GET", api_f("/api/v1/boards/%s/tasks", demo.board_id), NULL },
        { "GET", api_f("/api/v1/boards/%s/tasks?status=todo&sort=-due_at", demo.board_id), NULL },
        { "GET", api_f("/api/v1/boards/%s/snapshot", demo.board_id), NULL },
        { "GET", api_f("/api/v1/tasks/%s", task), NULL },
        { "PATCH", api_f("/api/v1/tasks/%s", task), "{\"status\":\"on_hold\"}" },
        { "PATCH", api_f("/api/v1/tasks/%s", task), "{\"title\":\"Hot\"}" },
        { "POST", api_f("/api/v1/tasks/%s/status", task), "{\"status\":\"todo\"}" },
        { "POST", "/api/v1/tasks", api_f("{\"board_id\":\"%s\",\"title\":\"Made\"}", demo.board_id) },
        { "POST", api_f("/api/v1/boards/%s/tasks", demo.board_id), "{\"title\":\"Made\"}" },
    };
    memcached(true);
    for (int i = 0; i < WORKERS; i++) {
        for (size_t k = 0; k < sizeof hot / sizeof *hot; k++) {
            (void)pool_ask(i, &ben, "GET", api_f("/api/v1/tasks/%s", task), NULL); /* access is warm */
            struct pool_reply r = pool_ask(i, &ben, hot[k][0], hot[k][1], hot[k][2]);
            if (r.status >= 300 || r.round_trips != 1) {
                fail_msg("%s %s: %d in %u round trips", hot[k][0], hot[k][1], r.status, r.round_trips);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rights_end_and_begin_with_the_next_request),
        cmocka_unit_test(rights_end_without_memcached_too),
        cmocka_unit_test(rights_end_while_memcached_comes_and_goes),
        cmocka_unit_test(a_suspended_brand_can_still_be_read),
        cmocka_unit_test(a_platform_admin_who_is_none_any_more_is_refused),
        cmocka_unit_test(delegations_begin_and_end_by_time),
        cmocka_unit_test(nobody_delegates_what_they_have_lost),
        cmocka_unit_test(no_setting_survives_a_request),
        cmocka_unit_test(hot_requests_take_one_round_trip),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
