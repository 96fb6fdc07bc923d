/* One effect per Idempotency-Key, and the same answer byte for byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "api.h"
#include "api/dispatch.h"
#include "api/registry.h"
#include "core/config.h"
#include "core/log.h"
#include "pg.h"
#include "platform/db.h"
#include "rows.h"
#include <stdio.h>
#include <string.h>
#include <time.h>

static struct api_person ada, ben;
static struct api_brand demo;

static int set_up(void **state)
{
    (void)state;
    api_begin();
    rows_begin();
    ada = api_person("ada");
    ben = api_person("ben");
    demo = api_brand("demo", &ada);
    api_join(&demo, &ben, "manager");
    return 0;
}

static const char *tasks_path(void)
{
    return api_f("/api/v1/boards/%s/tasks", demo.board_id);
}

static struct api_reply post_as(const struct api_person *who, const char *path, const char *key, const char *body)
{
    return API_SEND(who, "POST", path, body, "Idempotency-Key", key);
}

static struct api_reply make(const char *key, const char *title)
{
    return post_as(&ada, tasks_path(), key, api_f("{\"title\":\"%s\"}", title));
}

static long long tasks_called(const char *title)
{
    return pg_count("select count(*) from tenant_shared.tasks where title = '%s'", title);
}

static void assert_replayed(const struct api_reply *first, const struct api_reply *second)
{
    static const char *const kept[] = { "Location", "ETag", "Content-Type", "Set-Cookie", NULL };
    assert_int_equal(second->status, first->status);
    assert_int_equal(second->body_size, first->body_size);
    assert_memory_equal(second->body, first->body, first->body_size);
    assert_null(api_header(first, "Idempotent-Replayed"));
    assert_string_equal(api_header(second, "Idempotent-Replayed"), "true");
    for (const char *const *name = kept; *name != NULL; name++) {
        const char *was = api_header(first, *name), *is = api_header(second, *name);
        assert_true((was == NULL) == (is == NULL));
        if (was != NULL) {
            assert_string_equal(was, is);
        }
    }
}

/* ---- what a key does ---- */

static void the_same_request_gets_the_same_answer_byte_for_byte(void **state)
{
    (void)state;
    struct api_reply first = make("same-1", "Once");
    struct api_reply second = make("same-1", "Once");
    assert_int_equal(first.status, 201);
    assert_replayed(&first, &second);
    assert_int_equal(tasks_called("Once"), 1);
    struct api_reply by_brand = post_as(&ada, api_f("/api/v1/brands/%s/boards/%s/tasks", demo.slug, demo.board_id), "same-1",
                                        "{ \"title\" : \"Once\" }");
    assert_replayed(&first, &by_brand); /* the same effect by another address */
    assert_int_equal(tasks_called("Once"), 1);
}

static void another_request_with_the_key_is_refused(void **state)
{
    (void)state;
    struct api_reply first = make("other-1", "Red");
    struct api_reply second = make("other-1", "Blue");
    assert_int_equal(first.status, 201);
    assert_int_equal(second.status, 422);
    assert_string_equal(api_error(&second), "idempotency_key_reused");
    assert_int_equal(tasks_called("Blue"), 0);
    struct api_reply elsewhere = post_as(&ada, api_f("%s?x=1", tasks_path()), "other-1", "{\"title\":\"Red\"}");
    assert_int_equal(elsewhere.status, 422);
    struct api_reply right = make("other-1", "Red"); /* the refusal has taken nothing away */
    assert_replayed(&first, &right);
}

static void a_key_belongs_to_a_person_and_a_route(void **state)
{
    (void)state;
    struct api_reply mine = make("shared", "Mine");
    struct api_reply his = post_as(&ben, tasks_path(), "shared", "{\"title\":\"Mine\"}");
    struct api_reply list = post_as(&ada, api_f("/api/v1/boards/%s/lists", demo.board_id), "shared", "{\"name\":\"Waiting\"}");
    assert_int_equal(mine.status, 201);
    assert_int_equal(his.status, 201);
    assert_string_not_equal(api_text(&mine, "data.id"), api_text(&his, "data.id"));
    assert_int_equal(list.status, 201);
    assert_null(api_header(&his, "Idempotent-Replayed"));
    assert_null(api_header(&list, "Idempotent-Replayed"));
    assert_int_equal(tasks_called("Mine"), 2);
}

static void the_same_key_on_another_object_is_another_request(void **state)
{
    (void)state;
    struct uuid one = api_task(&demo, &ada, "One"), two = api_task(&demo, &ada, "Two");
    char first[UUID_TEXT_SIZE], second[UUID_TEXT_SIZE];
    uuid_format(&one, first);
    uuid_format(&two, second);
    struct api_reply r = post_as(&ada, api_f("/api/v1/tasks/%s/archive", first), "put-away", NULL);
    assert_int_equal(r.status, 200);
    r = post_as(&ada, api_f("/api/v1/tasks/%s/archive", second), "put-away", NULL);
    assert_int_equal(r.status, 422);
    assert_string_equal(api_error(&r), "idempotency_key_reused");
    assert_int_equal(pg_count("select count(*) from tenant_shared.tasks where id = '%s' and archived_at is null", second), 1);
}

static void a_refused_request_keeps_nothing(void **state)
{
    (void)state;
    struct api_reply wrong = make("again", "");
    assert_int_equal(wrong.status, 422);
    struct api_reply denied = post_as(&ben, "/api/v1/teams", "again", "{\"name\":\"Mine\"}");
    assert_int_equal(denied.status, 403);
    assert_int_equal(pg_count("select count(*) from karara.idempotency_keys where key = 'again'"), 0);
    struct api_reply right = make("again", "Better");
    assert_int_equal(right.status, 201);
    assert_null(api_header(&right, "Idempotent-Replayed"));
}

/* What was found when it was asked is the answer, also when it would be another now. */
static void a_refusal_is_repeated_as_well(void **state)
{
    (void)state;
    const char *path = "/api/v1/brands", *body = "{\"name\":\"Taken twice\"}";
    assert_int_equal(post_as(&ada, path, "first-one", body).status, 201);
    struct api_reply first = post_as(&ben, path, "second-one", body);
    assert_int_equal(first.status, 409);
    pg_exec("update karara.brands set name = 'Renamed' where name = 'Taken twice'");
    struct api_reply again = post_as(&ben, path, "second-one", body);
    assert_replayed(&first, &again);
    assert_int_equal(pg_count("select count(*) from karara.brands where name = 'Taken twice'"), 0);
    struct api_reply other = post_as(&ben, path, "second-one", "{\"name\":\"Another\"}");
    assert_string_equal(api_error(&other), "idempotency_key_reused");
    assert_int_equal(post_as(&ben, path, "third-one", body).status, 201);
    path = api_f("/api/v1/tasks/%s/archive", demo.board_id); /* no task */
    first = post_as(&ada, path, "nothing-there", NULL);
    again = post_as(&ada, path, "nothing-there", NULL);
    assert_int_equal(first.status, 404);
    assert_replayed(&first, &again);
    assert_int_equal(
        pg_count("select count(*) from karara.idempotency_keys where key = 'nothing-there' and body like '%%success%%'"), 0);
}

static void malformed_keys_are_named(void **state)
{
    const char *const keys[] = { "", "two words", "tab\there", "umlaut-\xc3\xa4", api_f("%0256d", 1), "\x7f" };
    (void)state;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        struct api_reply r = make(keys[i], "Malformed");
        assert_int_equal(r.status, 422);
        assert_non_null(api_json(&r, "error.field_errors.Idempotency-Key.0"));
    }
    assert_int_equal(tasks_called("Malformed"), 0);
    assert_int_equal(make(api_f("%0255d", 2), "Long").status, 201); /* the longest */
}

static void a_key_is_good_for_a_day(void **state)
{
    (void)state;
    struct api_reply first = make("daily", "Daily");
    pg_exec("update karara.idempotency_keys set created_at = now() - interval '23 hours 59 minutes' where key = 'daily'");
    struct api_reply same_day = make("daily", "Daily");
    assert_replayed(&first, &same_day);
    pg_exec("update karara.idempotency_keys set created_at = now() - interval '24 hours 1 second' where key = 'daily'");
    struct api_reply next_day = make("daily", "Daily");
    assert_int_equal(next_day.status, 201);
    assert_null(api_header(&next_day, "Idempotent-Replayed"));
    assert_string_not_equal(api_text(&next_day, "data.id"), api_text(&first, "data.id"));
    struct api_reply again = make("daily", "Daily");
    assert_replayed(&next_day, &again);
}

static void old_keys_go(void **state)
{
    (void)state;
    pg_exec("insert into karara.idempotency_keys (scope, route, key, fingerprint, status, created_at) "
            "select '%s', 'POST /x', 'old-' || n, '\\x00', 200, now() - interval '2 days' from generate_series(1, 10) n",
            ada.id);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(make(api_f("new-%d", i), "New").status, 201);
    }
    assert_int_equal(pg_count("select count(*) from karara.idempotency_keys where key like 'old-%%'"), 0);
}

static void only_post_knows_keys(void **state)
{
    (void)state;
    struct uuid id = api_task(&demo, &ada, "Patched");
    char task[UUID_TEXT_SIZE];
    uuid_format(&id, task);
    for (int i = 0; i < 2; i++) {
        struct api_reply r = API_SEND(&ada, "PATCH", api_f("/api/v1/tasks/%s", task), api_f("{\"title\":\"T%d\"}", i),
                                      "Idempotency-Key", "patch-1");
        assert_int_equal(r.status, 200);
        assert_null(api_header(&r, "Idempotent-Replayed"));
    }
    assert_int_equal(pg_count("select count(*) from karara.idempotency_keys where key = 'patch-1'"), 0);
}

/* What is kept can hold tokens: it must not be readable in the database. */
static void kept_answers_are_sealed(void **state)
{
    (void)state;
    assert_int_equal(make("sealed", "Very secret title").status, 201);
    assert_int_equal(pg_count("select count(*) from karara.idempotency_keys where key = 'sealed'"), 1);
    assert_int_equal(pg_count("select count(*) from karara.idempotency_keys k where k::text like '%%secret%%' or k::text like "
                              "'%%/api/v1%%'"),
                     0);
}

/* ---- before sign-in ---- */

static void keys_work_before_sign_in(void **state)
{
    (void)state;
    struct row_place p = rows_place();
    const char *body = api_f("{\"email\":\"%s\",\"password\":\"" ROWS_PASSWORD "\"}", p.signer.email);
    struct api_reply first = post_as(NULL, "/api/v1/auth/login", "sign-in", body);
    struct api_reply second = post_as(NULL, "/api/v1/auth/login", "sign-in", body);
    assert_int_equal(first.status, 200);
    assert_non_null(api_header(&first, "Set-Cookie"));
    assert_replayed(&first, &second);
    struct api_reply other = post_as(NULL, "/api/v1/auth/login", "sign-in",
                                     api_f("{\"email\":\"%s\",\"password\":\"" ROWS_PASSWORD "x\"}", p.signer.email));
    assert_int_equal(other.status, 422);
    rows_leave(&p);
}

/* The cookie of a new session. */
static const char *sign_in(const struct row_place *p)
{
    struct api_reply r =
        api_post(NULL, "/api/v1/auth/login", api_f("{\"email\":\"%s\",\"password\":\"" ROWS_PASSWORD "\"}", p->signer.email));
    const char *cookie = api_header(&r, "Set-Cookie");
    assert_int_equal(r.status, 200);
    return api_f("%.*s", (int)strcspn(cookie, ";"), cookie);
}

static struct api_reply refresh(const char *key, const char *cookie)
{
    return API_SEND(NULL, "POST", "/api/v1/auth/refresh", "{}", "Idempotency-Key", key, "Cookie", cookie);
}

static void nobody_gets_anothers_answer_by_guessing_the_key(void **state)
{
    (void)state;
    struct row_place p = rows_place(), q = rows_place();
    const char *mine = sign_in(&p), *his = sign_in(&q);
    struct api_reply first = refresh("1", mine);
    assert_int_equal(first.status, 200);
    struct api_reply guessed = refresh("1", his);
    assert_int_equal(guessed.status, 422);
    assert_string_equal(api_error(&guessed), "idempotency_key_reused");
    guessed = refresh("1", "a=b");
    assert_int_equal(guessed.status, 401);
    struct api_reply again = refresh("1", mine);
    assert_replayed(&first, &again);
    rows_leave(&p);
    rows_leave(&q);
}

/* ---- at once ---- */

enum { TWINS = 50, MADE = 1, TOLD_TO_WAIT = 2, WRONG = 9 };

static int send_twin(int index, void *arg)
{
    (void)index;
    struct api_reply r = make(arg, "Twin");
    if (r.status == 201) {
        return strcmp(api_text(&r, "data.title"), "Twin") == 0 ? MADE : WRONG;
    }
    bool waits =
        r.status == 409 && strcmp(api_error(&r), "idempotency_in_progress") == 0 && api_header(&r, "Retry-After") != NULL;
    return waits ? TOLD_TO_WAIT : WRONG;
}

static void fifty_twins_at_once_make_one_thing(void **state)
{
    int results[TWINS], made = 0;
    char key[] = "twins";
    (void)state;
    api_at_once(TWINS, send_twin, key, results);
    for (int i = 0; i < TWINS; i++) {
        assert_true(results[i] == MADE || results[i] == TOLD_TO_WAIT);
        made += results[i] == MADE;
    }
    assert_true(made >= 1);
    assert_int_equal(tasks_called("Twin"), 1);
    struct api_reply after = make("twins", "Twin");
    assert_int_equal(after.status, 201);
    assert_string_equal(api_header(&after, "Idempotent-Replayed"), "true");
    assert_string_equal(api_text(&after, "data.id"), pg_value("select id from tenant_shared.tasks where title = 'Twin'"));
}

static int send_other(int index, void *arg)
{
    (void)arg;
    return make(api_f("own-%d", index), "Own").status == 201 ? MADE : WRONG;
}

static void different_keys_do_not_wait_for_each_other(void **state)
{
    int results[10];
    (void)state;
    api_at_once(10, send_other, NULL, results);
    for (int i = 0; i < 10; i++) {
        assert_int_equal(results[i], MADE);
    }
    assert_int_equal(tasks_called("Own"), 10);
}

static void a_twin_of_a_running_request_is_told_to_wait(void **state)
{
    (void)state;
    const char *lock = api_f("hashtextextended('%s POST /boards/{id}/tasks held', 0)", ada.id);
    struct db *other = db_open(pg_conninfo("postgres"));
    assert_true(db_exec_text(other, api_f("select pg_advisory_lock(%s)", lock)));
    struct api_reply r = make("held", "Held");
    assert_int_equal(r.status, 409);
    assert_string_equal(api_error(&r), "idempotency_in_progress");
    assert_string_equal(api_header(&r, "Retry-After"), "1");
    assert_true(db_exec_text(other, api_f("select pg_advisory_unlock(%s)", lock)));
    db_close(other);
    assert_int_equal(make("held", "Held").status, 201);
    assert_int_equal(tasks_called("Held"), 1);
}

/* ---- crashes between ---- */

/* The same once more. The server learns of a lost connection in its own time, and until then the first request runs. */
static struct api_reply post_again(const struct api_person *who, const char *path, const char *key, const char *body)
{
    struct api_reply r = post_as(who, path, key, body);
    for (int i = 0; i < 1000 && strcmp(api_error(&r), "idempotency_in_progress") == 0; i++) {
        nanosleep(&(struct timespec){ .tv_nsec = 20000000 }, NULL);
        r = post_as(who, path, key, body);
    }
    return r;
}

static void crash_at(const struct route *row, struct row_place *p, int n, bool *ret_done)
{
    const char *path = rows_path(row, p, false), *body = rows_body(row, p), *key = api_f("crash-%s-%d", p->serial, n);
    const char *before = api_f("%s", rows_digest());
    db_inject_fault(api_worker()->db, n, DB_FAULT_CONNECTION);
    struct api_reply r = post_as(rows_asker(row, p), path, key, body);
    db_inject_fault(api_worker()->db, 0, DB_FAULT_NONE);
    *ret_done = r.status < 300;
    if (!*ret_done && (r.status != 503 || strcmp(before, rows_digest()) != 0)) {
        fail_msg("%s: connection lost at statement %d: %d %s", rows_name(row), n, r.status, r.body);
    }
    struct api_reply again = post_again(rows_asker(row, p), path, key, body);
    bool replayed = api_header(&again, "Idempotent-Replayed") != NULL;
    /* After an ended session or a changed password its token is worth nothing, also for a replay. */
    bool ended = *ret_done && again.status == 401 && (row->flags & ROUTE_TENANT) == 0;
    if (!ended && (again.status >= 300 || replayed != *ret_done)) {
        fail_msg("%s: after statement %d was %s, the same key gives %d %s", rows_name(row), n, *ret_done ? "done" : "lost",
                 again.status, again.body);
    }
}

static void a_crash_between_keeps_nothing_and_the_key_still_works(void **state)
{
    const struct route *row;
    int rows = 0;
    (void)state;
    log_set_level((enum log_level)(LOG_ERROR + 1));
    for (int i = 0; (row = registry_route(i, NULL)) != NULL; i++) {
        bool done = row->method != HTTP_POST || row->tx == TX_NONE;
        rows += !done;
        for (int n = 1; !done; n++) {
            struct row_place p = rows_place();
            crash_at(row, &p, n, &done);
            rows_leave(&p);
        }
    }
    log_set_level(LOG_WARN);
    assert_true(rows > 10);
}

static void the_order_of_keys_makes_no_other_request(void **state)
{
    (void)state;
    struct api_reply first =
        post_as(&ada, tasks_path(), "order-1", "{\"title\":\"Sorted\",\"custom_fields\":{\"b\":1,\"a\":[2,1]}}");
    struct api_reply second =
        post_as(&ada, tasks_path(), "order-1", "{\"custom_fields\":{\"a\":[2,1],\"b\":1},\"title\":\"Sorted\"}");
    assert_int_equal(first.status, 201);
    assert_replayed(&first, &second);
    assert_int_equal(tasks_called("Sorted"), 1);
    second = post_as(&ada, tasks_path(), "order-1", "{\"title\":\"Sorted\",\"custom_fields\":{\"b\":1,\"a\":[1,2]}}");
    assert_int_equal(second.status, 422); /* that of items does */
}

static void a_table_is_part_of_the_request(void **state)
{
    (void)state;
    const char *path = api_f("/api/v1/brands/%s/users/bulk", demo.id);
    /* op,email,role and a row that invites one@ or two@table.example */
    const char *one = "data:text/csv;base64,b3AsZW1haWwscm9sZQppbnZpdGUsb25lQHRhYmxlLmV4YW1wbGUsbWVtYmVyCg==";
    const char *two = "data:text/csv;base64,b3AsZW1haWwscm9sZQppbnZpdGUsdHdvQHRhYmxlLmV4YW1wbGUsbWVtYmVyCg==";
    struct api_reply first = post_as(&ada, path, "table-1", one);
    struct api_reply again = post_as(&ada, path, "table-1", one);
    struct api_reply other = post_as(&ada, path, "table-1", two);
    assert_int_equal(first.status, 200);
    assert_replayed(&first, &again);
    assert_int_equal(other.status, 422);
    assert_string_equal(api_error(&other), "idempotency_key_reused");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_request_gets_the_same_answer_byte_for_byte),
        cmocka_unit_test(another_request_with_the_key_is_refused),
        cmocka_unit_test(a_key_belongs_to_a_person_and_a_route),
        cmocka_unit_test(the_same_key_on_another_object_is_another_request),
        cmocka_unit_test(the_order_of_keys_makes_no_other_request),
        cmocka_unit_test(a_table_is_part_of_the_request),
        cmocka_unit_test(a_refused_request_keeps_nothing),
        cmocka_unit_test(a_refusal_is_repeated_as_well),
        cmocka_unit_test(malformed_keys_are_named),
        cmocka_unit_test(a_key_is_good_for_a_day),
        cmocka_unit_test(old_keys_go),
        cmocka_unit_test(only_post_knows_keys),
        cmocka_unit_test(kept_answers_are_sealed),
        cmocka_unit_test(keys_work_before_sign_in),
        cmocka_unit_test(nobody_gets_anothers_answer_by_guessing_the_key),
        cmocka_unit_test(fifty_twins_at_once_make_one_thing),
        cmocka_unit_test(different_keys_do_not_wait_for_each_other),
        cmocka_unit_test(a_twin_of_a_running_request_is_told_to_wait),
        cmocka_unit_test(a_crash_between_keeps_nothing_and_the_key_still_works),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
