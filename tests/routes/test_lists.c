/* Lists: pages, orders, filters, counts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "api.h"
#include "api/registry.h"
#include "core/buf.h"
#include "pg.h"
#include "rows.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TASKS = 230, PAGE = 50, MANY = 10050 };

static struct api_person ada, ben; /* ben owns brands that come and go */
static struct api_brand demo, other;

/* Tasks with few titles, dates that repeat, and every third date missing. */
static void add_tasks(const struct api_brand *brand, int n)
{
    pg_exec(
        "insert into tenant_shared.tasks (id, brand_id, board_id, list_id, number, title, description, position, status, "
        "created_by, "
        "due_at, start_at, completed_at, estimated_hours, tags, created_at) "
        "select gen_random_uuid(), '%s', '%s', '%s', n, 'Title ' || chr(97 + n %% 7) || chr(228), 'Words', karara.rank_at(n), "
        "case n %% 2 when 0 then 'todo' else 'on_hold' end, '%s', "
        "case when n %% 3 > 0 then timestamptz '2026-11-01T00:00:00.123456Z' + (n %% 11) * interval '1 day' end, "
        "case when n %% 5 = 0 then timestamptz '2026-01-01' - n * interval '1 hour' end, null, "
        "case when n %% 4 = 0 then n / 8.0 end, case when n %% 10 = 0 then '{red,green}'::text[] else '{blue}' end, "
        "timestamptz '2026-10-01' + (n / 3) * interval '1 minute' from generate_series(1, %d) n",
        brand->id, brand->board_id, brand->todo_id, ada.id, n);
    pg_exec("update tenant_shared.boards set task_count = %d, last_task_number = %d where id = '%s'", n, n, brand->board_id);
}

static int set_up(void **state)
{
    (void)state;
    api_begin();
    rows_begin();
    ada = api_person("ada");
    ben = api_person("ben");
    other = api_brand("other", &ada);
    demo = api_brand("demo", &ada);
    add_tasks(&demo, TASKS);
    add_tasks(&other, 120);
    return 0;
}

static struct api_reply get(const char *query)
{
    return api_get(&ada, api_f("/api/v1/boards/%s/tasks%s", demo.board_id, query));
}

/* ---- walking through pages ---- */

struct walk {
    struct buf ids; /* of all rows in order, each with a comma behind it */
    int pages, rows;
};

static int take_page(struct walk *w, const struct api_reply *r)
{
    size_t i;
    json_t *row;
    json_array_foreach(api_json(r, "data"), i, row)
    {
        const char *id = json_string_value(json_object_get(row, "id"));
        buf_str(&w->ids, id != NULL ? id : "(no id)");
        buf_char(&w->ids, ',');
    }
    w->rows += (int)i;
    w->pages++;
    return (int)i;
}

/* Follows `next` to the end; `previous` then leads back over the same pages. */
static struct walk walk_through(const struct api_person *who, const char *path)
{
    struct walk w = { .pages = 0 };
    const char *pages[TASKS];
    struct api_reply r = api_get(who, path);
    for (;;) {
        if (r.status != 200) {
            fail_msg("%s: %d %s", path, r.status, r.body);
        }
        assert_int_equal(api_number(&r, "meta.pagination.page"), w.pages + 1);
        json_t *data = json_object_get(r.json, "data");
        pages[w.pages] = json_dumps(data, JSON_COMPACT);
        take_page(&w, &r);
        const char *next = api_text(&r, "next"), *link = api_header(&r, "Link");
        if (next[0] == 0) {
            assert_null(link);
            break;
        }
        assert_string_equal(link, api_f("<%s>; rel=\"next\"", next));
        assert_true(w.pages < TASKS);
        r = api_get(who, next);
    }
    for (int at = w.pages - 1; at >= 0; at--) {
        json_t *expected = json_loads(pages[at], 0, NULL);
        assert_true(json_equal(json_object_get(r.json, "data"), expected));
        json_decref(expected);
        free((void *)(uintptr_t)pages[at]);
        const char *previous = api_text(&r, "previous");
        assert_true((previous[0] == 0) == (at == 0));
        if (at > 0) {
            r = api_get(who, previous);
        }
    }
    return w;
}

static void expect_order(const char *sort, const char *order_by)
{
    struct walk w = walk_through(&ada, api_f("/api/v1/boards/%s/tasks?limit=%d&sort=%s", demo.board_id, PAGE, sort));
    assert_int_equal(w.rows, TASKS);
    assert_int_equal(w.pages, (TASKS + PAGE - 1) / PAGE);
    /* A cell of SQL is cut at 4,095 characters: compare digests. */
    pg_exec("create temporary table if not exists walked (ids text); delete from walked");
    pg_exec("insert into walked values ('%s')", w.ids.data);
    const char *same =
        pg_value("select (select ids from walked) = string_agg(id::text || ',', '' order by %s) from tenant_shared.tasks "
                 "where board_id = '%s'",
                 order_by, demo.board_id);
    if (strcmp(same, "t") != 0) {
        fail_msg("sort=%s is not order by %s", sort, order_by);
    }
    buf_free(&w.ids);
}

static void every_sort_pages_over_each_row_once_and_back(void **state)
{
    (void)state;
    expect_order("id", "id");
    expect_order("-id", "id desc");
    expect_order("number", "number");
    expect_order("-number", "number desc");
    expect_order("title", "title, id");
    expect_order("-title", "title desc, id desc");
    expect_order("position", "position");
    expect_order("created_at", "created_at, id");
    expect_order("-updated_at", "updated_at desc, id desc");
}

static void nulls_stand_last_and_in_reverse_first(void **state)
{
    (void)state;
    expect_order("due_at", "due_at, id");
    expect_order("-due_at", "due_at desc, id desc");
    expect_order("start_at", "start_at, id");
    expect_order("-start_at", "start_at desc, id desc");
    expect_order("completed_at", "id"); /* none has one */
}

static void directions_may_be_mixed(void **state)
{
    (void)state;
    expect_order("-due_at,title", "due_at desc, title, id");
    expect_order("title,-due_at", "title, due_at desc, id desc");
    expect_order("-title,due_at,-start_at", "title desc, due_at, start_at desc, id desc");
    expect_order("title,due_at,-start_at,number", "title, due_at, start_at desc, number, id");
    expect_order("dueAt,-createdAt", "due_at, created_at desc, id desc");
}

/* Whatever lists there are, by whatever they sort. */
static void every_list_pages_by_every_field_it_sorts_by(void **state)
{
    const struct route *row;
    int lists = 0;
    (void)state;
    struct row_place p = rows_place();
    for (int i = 0; (row = registry_route(i, NULL)) != NULL; i++) {
        if (strstr(row->path, "/occurrences") != NULL) {
            continue; /* has no end: limit says how many, and after goes on */
        }
        for (int k = 0; row->reply == REPLY_LIST && k < row->output->count; k++) {
            const struct field *f = &row->output->fields[k];
            for (int d = 0; (f->flags & FIELD_SORT) != 0 && d < 2; d++) {
                const char *path = rows_path(row, &p, false), *sort = api_f("%s%s", d ? "-" : "", f->name);
                struct walk w = walk_through(rows_asker(row, &p), api_f("%s?limit=1&sort=%s", path, sort));
                struct api_reply all = api_get(rows_asker(row, &p), api_f("%s?limit=100&sort=%s", path, sort));
                if (api_number(&all, "count") != w.rows || (int)json_array_size(api_json(&all, "data")) != w.rows) {
                    fail_msg("%s by %s: %d rows on pages, %lld counted", rows_name(row), sort, w.rows,
                             api_number(&all, "count"));
                }
                buf_free(&w.ids);
                lists++;
            }
        }
    }
    assert_true(lists > 20);
    rows_leave(&p);
}

static void rows_that_come_meanwhile_move_no_others(void **state)
{
    (void)state;
    struct api_brand b = api_brand("moving", &ben);
    for (int i = 0; i < 6; i++) {
        api_task(&b, &ben, api_f("Task %d", i));
    }
    struct api_reply first = api_get(&ben, api_f("/api/v1/boards/%s/tasks?limit=3&sort=title", b.board_id));
    api_task(&b, &ben, "A task before all");
    struct api_reply second = api_get(&ben, api_text(&first, "next"));
    assert_string_equal(api_text(&second, "data.0.title"), "Task 3");
    assert_string_equal(api_text(&second, "data.2.title"), "Task 5");
}

/* ---- pages by number ---- */

static void pages_have_numbers_too(void **state)
{
    (void)state;
    struct api_reply r = get("?page=2&limit=50&sort=number");
    assert_int_equal(r.status, 200);
    assert_int_equal(api_number(&r, "data.0.number"), 51);
    assert_int_equal(api_number(&r, "meta.pagination.page"), 2);
    assert_int_equal(api_number(&r, "meta.pagination.pages"), 5);
    assert_int_equal(api_number(&r, "meta.pagination.total"), TASKS);
    struct api_reply next = api_get(&ada, api_text(&r, "next")), previous = api_get(&ada, api_text(&r, "previous"));
    assert_int_equal(api_number(&next, "data.0.number"), 101);
    assert_int_equal(api_number(&previous, "data.0.number"), 1);
    assert_string_equal(api_text(&previous, "previous"), "");
    r = get("?page=5&limit=50&sort=number");
    assert_int_equal(json_array_size(api_json(&r, "data")), 30);
    assert_true(json_is_null(api_json(&r, "next")));
    r = get("?page=6&limit=50&sort=number");
    assert_int_equal(r.status, 200);
    assert_int_equal(json_array_size(api_json(&r, "data")), 0);
}

static void a_page_has_fifty_rows_unless_said_and_100_at_most(void **state)
{
    (void)state;
    struct api_reply r = get("");
    assert_int_equal(json_array_size(api_json(&r, "data")), 50);
    assert_int_equal(api_number(&r, "meta.pagination.limit"), 50);
    assert_string_equal(api_text(&r, "meta.sort"), "position");
    r = get("?limit=100");
    assert_int_equal(json_array_size(api_json(&r, "data")), 100);
    r = get("?limit=1");
    assert_int_equal(json_array_size(api_json(&r, "data")), 1);
}

/* ---- counts ---- */

static void counts_are_exact_to_10000_and_beyond_when_asked(void **state)
{
    (void)state;
    struct api_brand big = api_brand("big", &ben);
    add_tasks(&big, MANY);
    const char *path = api_f("/api/v1/boards/%s/tasks?limit=10", big.board_id);
    struct api_reply r = api_get(&ben, path); /* boards know their own */
    assert_int_equal(api_number(&r, "count"), MANY);
    assert_true(json_is_true(api_json(&r, "meta.pagination.count_exact")));
    r = api_get(&ben, api_f("%s&number[gt]=0", path));
    assert_int_equal(api_number(&r, "count"), 10000);
    assert_int_equal(api_number(&r, "meta.pagination.total"), 10000);
    assert_int_equal(api_number(&r, "meta.pagination.pages"), 1000);
    assert_true(json_is_false(api_json(&r, "meta.pagination.count_exact")));
    r = api_get(&ben, api_f("%s&number[gt]=0&count=exact", path));
    assert_int_equal(api_number(&r, "count"), MANY);
    assert_true(json_is_true(api_json(&r, "meta.pagination.count_exact")));
    r = api_get(&ben, api_f("%s&number[gt]=50", path));
    assert_int_equal(api_number(&r, "count"), 10000);
    assert_true(json_is_true(api_json(&r, "meta.pagination.count_exact")));
}

/* ---- filters ---- */

static void expect_filter(const char *query, const char *where)
{
    struct api_reply r = get(api_f("?limit=100&sort=number&%s", query));
    if (r.status != 200) {
        fail_msg("?%s: %d %s", query, r.status, r.body);
    }
    struct walk w = { .pages = 0 };
    take_page(&w, &r);
    long long expected =
        pg_count("select count(*) from tenant_shared.tasks where board_id = '%s' and %s", demo.board_id, where);
    long long first = pg_count("select coalesce(min(number), -1) from tenant_shared.tasks where board_id = '%s' and %s",
                               demo.board_id, where);
    if (api_number(&r, "count") != expected || w.rows != (expected < 100 ? expected : 100) ||
        api_number(&r, "data.0.number") != first) {
        fail_msg("?%s gives %d of %lld rows, not %lld", query, w.rows, api_number(&r, "count"), expected);
    }
    buf_free(&w.ids);
}

static void filters_choose_rows(void **state)
{
    (void)state;
    expect_filter("status=todo", "status = 'todo'");
    expect_filter("status=todo,on_hold", "true");
    expect_filter("status=completed", "false");
    expect_filter("number=7", "number = 7");
    expect_filter("number[gte]=10&number[lt]=20", "number >= 10 and number < 20");
    expect_filter("number[gt]=10&number[lte]=20", "number > 10 and number <= 20");
    expect_filter("number%5Beq%5D=7", "number = 7");
    expect_filter("due_at=null", "due_at is null");
    expect_filter("due_at=!null", "due_at is not null");
    expect_filter("due_at=%21null&status=todo", "due_at is not null and status = 'todo'");
    expect_filter("due_at[lt]=2026-11-05T00:00:00Z", "due_at < '2026-11-05T00:00:00Z'");
    expect_filter("due_at[gte]=2026-11-05T02:00:00%2B02:00", "due_at >= '2026-11-05T00:00:00Z'");
    expect_filter("due_at=2026-11-03T00:00:00.123456Z", "due_at = '2026-11-03T00:00:00.123456Z'");
    expect_filter("estimated_hours[gt]=10.5", "estimated_hours > 10.5");
    expect_filter("estimated_hours=null", "estimated_hours is null");
    expect_filter("tags=red", "'red' = any(tags)");
    expect_filter("tags=red,blue", "true");
    expect_filter(api_f("created_by=%s", ada.id), api_f("created_by = '%s'", ada.id));
    expect_filter(api_f("list_id=%s,%s", demo.todo_id, demo.done_id), "true");
    expect_filter(api_f("list_id=%s", demo.done_id), "false");
    expect_filter("q=TITLE%20b%C3%84", "title like 'Title b%'");
    expect_filter("q=c%C3%A4%20%20itl", "title like 'Title c%'"); /* words in any order, and parts of words */
    expect_filter(
        api_f("q=%s-7%%20title", pg_value("select lower(key) from tenant_shared.boards where id = '%s'", demo.board_id)),
        "number::text like '7%'");
    expect_filter("q=%25", "false"); /* a sign like any other */
}

static void archived_and_assigned_tasks_are_lists_of_their_own(void **state)
{
    (void)state;
    struct api_brand b = api_brand("archive", &ben);
    struct uuid ids[3];
    char text[3][UUID_TEXT_SIZE];
    for (int i = 0; i < 3; i++) {
        ids[i] = api_task(&b, &ben, api_f("Task %d", i));
        uuid_format(&ids[i], text[i]);
    }
    assert_int_equal(api_post(&ben, api_f("/api/v1/tasks/%s/archive", text[0]), NULL).status, 200);
    struct api_reply r =
        api_post(&ben, api_f("/api/v1/tasks/%s/assign", text[1]), api_f("{\"assignee_ids\":[\"%s\"]}", ben.id));
    assert_int_equal(r.status, 200);
    const char *const paths[][2] = {
        { api_f("/api/v1/boards/%s/tasks?archived=true", b.board_id), text[0] },
        { "/api/v1/tasks?archived=true", text[0] },
        { api_f("/api/v1/tasks?assignee_id=%s", ben.id), text[1] },
        { api_f("/api/v1/boards/%s/tasks?assignee_id=%s", b.board_id, ben.id), text[1] },
        { "/api/v1/users/me/tasks", text[1] },
    };
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        r = api_get(&ben, paths[i][0]);
        assert_int_equal(api_number(&r, "count"), 1);
        assert_string_equal(api_text(&r, "data.0.id"), paths[i][1]);
    }
    r = api_get(&ben, "/api/v1/tasks");
    assert_int_equal(api_number(&r, "count"), 2);
}

static void parameters_may_be_in_camel_case(void **state)
{
    (void)state;
    expect_filter("dueAt=null", "due_at is null");
    expect_filter("dueAt[lt]=2026-11-05T00:00:00Z", "due_at < '2026-11-05T00:00:00Z'");
    expect_filter(api_f("listId=%s", demo.todo_id), "true");
}

static void links_keep_the_filters(void **state)
{
    (void)state;
    struct walk w =
        walk_through(&ada, api_f("/api/v1/boards/%s/tasks?limit=9&status=todo&due_at=%%21null&sort=-due_at,title&q=title%%20",
                                 demo.board_id));
    assert_int_equal(
        w.rows, pg_count("select count(*) from tenant_shared.tasks where board_id = '%s' and status = 'todo' and due_at is "
                         "not null",
                         demo.board_id));
    buf_free(&w.ids);
    struct api_reply r = get("?status=todo&limit=5");
    assert_string_equal(api_text(&r, "meta.filters.status"), "todo");
    assert_int_equal(json_object_size(api_json(&r, "meta.filters")), 1);
}

/* ---- fields ---- */

static void fields_and_include_choose_columns(void **state)
{
    (void)state;
    struct api_reply r = get("?limit=1");
    assert_null(api_json(&r, "data.0.description"));
    assert_null(api_json(&r, "data.0.assignees"));
    assert_non_null(api_json(&r, "data.0.title"));
    r = get("?limit=1&include=description");
    assert_string_equal(api_text(&r, "data.0.description"), "Words");
    assert_non_null(api_json(&r, "data.0.title"));
    r = get("?limit=1&fields=id,title,dueAt");
    assert_int_equal(json_object_size(api_json(&r, "data.0")), 3);
    assert_non_null(api_json(&r, "data.0.due_at"));
    r = get("?limit=2&fields=title&sort=-due_at,number");
    assert_int_equal(json_object_size(api_json(&r, "data.0")), 1);
    assert_string_not_equal(api_text(&r, "next"), "");
}

/* ---- what is refused ---- */

static void expect_named(const char *query, const char *field)
{
    struct api_reply r = get(query);
    if (r.status != 422 || json_object_get(api_json(&r, "error.field_errors"), field) == NULL) {
        fail_msg("%s should name %s: %d %s", query, field, r.status, r.body);
    }
}

static void what_is_wrong_is_named(void **state)
{
    static const char *const cases[][2] = {
        { "?nonsense=1", "nonsense" },
        { "?colour[lt]=1", "colour[lt]" },
        { "?description=x", "description" },
        { "?sort=nonsense", "sort" },
        { "?sort=description", "sort" },
        { "?sort=-", "sort" },
        { "?sort=number,title,due_at,start_at,id", "sort" },
        { "?fields=nonsense", "fields" },
        { "?fields=assignees", "fields" },
        { "?include=nonsense", "include" },
        { "?limit=0", "limit" },
        { "?limit=101", "limit" },
        { "?limit=ten", "limit" },
        { "?page=0", "page" },
        { "?page=-1", "page" },
        { "?page=100001", "page" },
        { "?count=all", "count" },
        { "?page=2&cursor=x", "cursor" },
        { "?cursor=x", "cursor" },
        { "?cursor=", "cursor" },
        { "?status=unheard", "status" },
        { "?status=", "status" },
        { "?status[lt]=todo", "status[lt]" },
        { "?number=x", "number" },
        { "?number=1e3", "number" },
        { "?number[lt]=null", "number[lt]" },
        { "?title=x", "title" },
        { "?due_at=yesterday", "due_at" },
        { "?due_at[lt]=2026-11-05", "due_at[lt]" },
        { "?board_id=x", "board_id" },
        { "?assignee_id=x", "assignee_id" },
        { "?estimated_hours=nan", "estimated_hours" },
        { "?archived=perhaps", "archived" },
        { "?q=a&q=b", "q" },
        { "?limit=5&limit=6", "limit" },
        { "?status=todo&status=on_hold", "status" },
        { "?due_at=null&dueAt=null", "dueAt" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        expect_named(cases[i][0], cases[i][1]);
    }
}

static void everything_wrong_is_named_at_once(void **state)
{
    (void)state;
    struct api_reply r = get("?nonsense=1&limit=0&sort=x&status=y&page=0&fields=z");
    assert_int_equal(r.status, 422);
    assert_int_equal(json_object_size(api_json(&r, "error.field_errors")), 6);
}

static void too_many_filters_are_refused(void **state)
{
    static const char *const operators[] = { "lt", "lte", "gt", "gte" };
    static const char *const fields[] = { "due_at", "start_at", "created_at", "updated_at" };
    (void)state;
    struct buf b = { 0 };
    buf_str(&b, "?limit=1");
    for (int i = 0; i < 16; i++) {
        buf_printf(&b, "&%s[%s]=2026-11-01T00:00:00Z", fields[i / 4], operators[i % 4]);
    }
    assert_int_equal(get(b.data).status, 200);
    buf_str(&b, "&number[gt]=0");
    expect_named(b.data, "number[gt]");
    buf_free(&b);
}

static const char *cursor_of(const char *path)
{
    struct api_reply r = api_get(&ada, path);
    assert_int_equal(r.status, 200);
    const char *at = strstr(api_text(&r, "next"), "cursor=");
    assert_non_null(at);
    return api_f("%.*s", (int)strcspn(at + 7, "&"), at + 7);
}

static void tampered_and_foreign_cursors_are_refused(void **state)
{
    (void)state;
    const char *good = cursor_of(api_f("/api/v1/boards/%s/tasks?limit=10", demo.board_id));
    assert_int_equal(get(api_f("?limit=10&cursor=%s", good)).status, 200);
    size_t n = strlen(good);
    for (size_t i = 0; i < n; i += 5) {
        char *bad = strdup(good);
        bad[i] = bad[i] == 'A' ? 'B' : 'A';
        expect_named(api_f("?limit=10&cursor=%s", bad), "cursor");
        free(bad);
    }
    expect_named(api_f("?cursor=%.*s", (int)n - 1, good), "cursor");
    expect_named(api_f("?cursor=%sA", good), "cursor");
    expect_named(api_f("?sort=-position&cursor=%s", good), "cursor");
    expect_named(api_f("?sort=title&cursor=%s", good), "cursor");
    expect_named(api_f("?cursor=%s", cursor_of("/api/v1/tasks?limit=10&sort=position")), "cursor");
    expect_named(
        api_f("?cursor=%s", cursor_of(api_f("/api/v1/brands/%s/boards/%s/tasks?limit=10", other.slug, other.board_id))),
        "cursor");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_sort_pages_over_each_row_once_and_back),
        cmocka_unit_test(nulls_stand_last_and_in_reverse_first),
        cmocka_unit_test(directions_may_be_mixed),
        cmocka_unit_test(every_list_pages_by_every_field_it_sorts_by),
        cmocka_unit_test(pages_have_numbers_too),
        cmocka_unit_test(a_page_has_fifty_rows_unless_said_and_100_at_most),
        cmocka_unit_test(counts_are_exact_to_10000_and_beyond_when_asked),
        cmocka_unit_test(filters_choose_rows),
        cmocka_unit_test(archived_and_assigned_tasks_are_lists_of_their_own),
        cmocka_unit_test(parameters_may_be_in_camel_case),
        cmocka_unit_test(links_keep_the_filters),
        cmocka_unit_test(fields_and_include_choose_columns),
        cmocka_unit_test(what_is_wrong_is_named),
        cmocka_unit_test(everything_wrong_is_named_at_once),
        cmocka_unit_test(too_many_filters_are_refused),
        cmocka_unit_test(tampered_and_foreign_cursors_are_refused),
        cmocka_unit_test(rows_that_come_meanwhile_move_no_others),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
