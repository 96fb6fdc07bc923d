/* Every write, with its n-th statement failing, for every n: it is done once, or not at all, and the worker goes on. */
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
#include "rows.h"
#include <stdio.h>
#include <string.h>

#define STATEMENTS_MAX 40
#define LOG_NOTHING ((enum log_level)(LOG_ERROR + 1))

static const char *const kinds[] = { "", "serialization failure", "deadlock", "lost connection" };

static int set_up(void **state)
{
    (void)state;
    api_begin();
    rows_begin();
    return 0;
}

static void warm(const struct row_place *p)
{
    struct api_reply r = api_get(rows_person(ROLE_OWNER), api_f("/api/v1/brands/%s", p->brand.id));
    assert_int_equal(r.status, 200);
}

/* With the n-th statement failing. True when the request had that many. */
static bool hit(const struct route *row, const struct row_place *p, int n, enum db_fault kind)
{
    const char *path = rows_path(row, p, false), *body = rows_body(row, p);
    const char *before = api_f("%s", rows_digest());
    db_inject_fault(api_worker()->db, n, kind);
    struct api_reply r = api_send(rows_asker(row, p), http_method_name(row->method), path, body, NULL);
    bool fired = db_counters(api_worker()->db).statements >= (unsigned)n;
    db_inject_fault(api_worker()->db, 0, DB_FAULT_NONE);
    bool changed = strcmp(before, rows_digest()) != 0;
    bool done = r.status >= 200 && r.status < 300;
    if (!done && (r.status != 503 || strcmp(api_error(&r), "unavailable") != 0 || api_header(&r, "Retry-After") == NULL)) {
        fail_msg("%s, %s at statement %d: %d %s", rows_name(row), kinds[kind], n, r.status, r.body);
    }
    if (done != changed) {
        fail_msg("%s, %s at statement %d: %d, and the database has %s", rows_name(row), kinds[kind], n, r.status,
                 changed ? "changed" : "not changed");
    }
    if (!done && kind != DB_FAULT_CONNECTION) {
        fail_msg("%s, %s at statement %d: not tried again", rows_name(row), kinds[kind], n);
    }
    if (fired && done && kind == DB_FAULT_CONNECTION) {
        fail_msg("%s: %d although the connection was lost at statement %d", rows_name(row), r.status, n);
    }
    assert_int_equal(api_get(rows_person(ROLE_OWNER), "/api/v1/users/me").status, 200); /* the worker serves the next request */
    return fired;
}

static void fail_each_statement(enum db_fault kind)
{
    const struct route *row;
    int rows = 0;
    for (int i = 0; (row = registry_route(i, NULL)) != NULL; i++) {
        int n = 1;
        for (bool fired = rows_writes(row); fired; n++) {
            struct row_place p = rows_place();
            warm(&p);
            fired = hit(row, &p, n, kind);
            rows_leave(&p);
            assert_true(n < STATEMENTS_MAX);
        }
        if (rows_writes(row)) {
            rows++;
            assert_true(n > 2); /* at least one statement was there to fail */
        }
    }
    assert_true(rows > 20);
}

static void after_a_serialization_failure_a_write_is_done_once(void **state)
{
    (void)state;
    fail_each_statement(DB_FAULT_SERIALIZATION);
}

static void after_a_deadlock_a_write_is_done_once(void **state)
{
    (void)state;
    fail_each_statement(DB_FAULT_DEADLOCK);
}

static void without_a_connection_a_write_is_refused_and_not_done(void **state)
{
    (void)state;
    log_set_level(LOG_NOTHING); /* each loss is an error in the log */
    fail_each_statement(DB_FAULT_CONNECTION);
    log_set_level(LOG_WARN);
}

static void a_read_is_tried_again_or_refused(void **state)
{
    const struct route *row;
    (void)state;
    log_set_level(LOG_NOTHING);
    struct row_place p = rows_place();
    for (int i = 0; (row = registry_route(i, NULL)) != NULL; i++) {
        for (int kind = DB_FAULT_SERIALIZATION; row->tx == TX_READ && kind <= DB_FAULT_CONNECTION; kind++) {
            warm(&p);
            db_inject_fault(api_worker()->db, row->permission == PERM_PUBLIC ? 1 : 2, (enum db_fault)kind);
            struct api_reply r = api_send(rows_asker(row, &p), http_method_name(row->method), rows_path(row, &p, false),
                                          rows_body(row, &p), NULL);
            db_inject_fault(api_worker()->db, 0, DB_FAULT_NONE);
            if (r.status != (kind == DB_FAULT_CONNECTION ? 503 : 200)) {
                fail_msg("%s, %s: %d %s", rows_name(row), kinds[kind], r.status, r.body);
            }
        }
    }
    log_set_level(LOG_WARN);
    rows_leave(&p);
}

/* The last moment at which a write can fail: when it commits. */
static void a_failure_at_commit_undoes_everything(void **state)
{
    const struct route *row;
    (void)state;
    pg_exec("create function public.refuse() returns trigger language plpgsql as $$ begin raise exception using errcode = "
            "'40001'; end $$; create constraint trigger refuse after insert on karara.events deferrable initially deferred "
            "for each row execute function public.refuse()");
    log_set_level(LOG_NOTHING);
    struct row_place p = rows_place();
    int refused = 0;
    for (int i = 0; (row = registry_route(i, NULL)) != NULL; i++) {
        if (!rows_writes(row) || strcmp(row->path, "/auth/refresh") == 0) {
            continue;
        }
        const char *path = rows_path(row, &p, false), *body = rows_body(row, &p), *before = api_f("%s", rows_digest());
        struct api_reply r = api_send(rows_asker(row, &p), http_method_name(row->method), path, body, NULL);
        if (r.status != 503 || api_header(&r, "Retry-After") == NULL || strcmp(before, rows_digest()) != 0) {
            fail_msg("%s: %d %s", rows_name(row), r.status, r.body);
        }
        refused++;
    }
    pg_exec("drop trigger refuse on karara.events");
    log_set_level(LOG_WARN);
    assert_true(refused > 20);
    warm(&p);
    rows_leave(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(after_a_serialization_failure_a_write_is_done_once),
        cmocka_unit_test(after_a_deadlock_a_write_is_done_once),
        cmocka_unit_test(without_a_connection_a_write_is_refused_and_not_done),
        cmocka_unit_test(a_read_is_tried_again_or_refused),
        cmocka_unit_test(a_failure_at_commit_undoes_everything),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
