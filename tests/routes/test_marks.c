/* test_marks.c - all is marked as read while more arrives: what came after is unread still, whoever was faster, and nobody waits for ever. */
#include "api.h"
#include "core/buf.h"
#include "pg.h"
#include "platform/db.h"
#include "setting.h"
#include "workers.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { TASKS = 3, CHANGES = 60, WRITERS = 3, READERS = 2, LONG = 120 };

static struct api_person ada, linus;
static struct api_brand home;
static char tasks[TASKS][UUID_TEXT_SIZE];

/* Several runners, so that several events are decided at once. */
static int begin(void **state)
{
    (void)state;
    api_begin();
    setting(CONF_NOTIFICATION_MAIL_DELAY, "3600");
    ada = api_person("ada");
    linus = api_person("linus");
    home = api_brand("home", &ada);
    api_join(&home, &linus, "member");
    for (int i = 0; i < TASKS; i++) {
        struct uuid id = api_task(&home, &ada, "Write the story");
        uuid_format(&id, tasks[i]);
    }
    pg_exec("insert into tenant_shared.task_assignees (brand_id, task_id, user_id) select brand_id, id, '%s' from "
            "tenant_shared.tasks",
            linus.id);
    pg_exec("create table public.seen (reader int, id uuid, at timestamptz not null default clock_timestamp())");
    workers_start(0, 4);
    return 0;
}

/* Changes how urgent a task of Linus is, over and over: he is told each time. */
static int change(int writer)
{
    for (int i = 0; i < CHANGES; i++) {
        const char *body = i % 2 == 0 ? "{\"priority\":\"urgent\"}" : "{\"priority\":\"low\"}";
        if (api_post(&ada, api_f("/api/v1/tasks/%s/priority", tasks[writer]), body).status != 200) {
            return 3;
        }
    }
    return 0;
}

/* Notes what is on a screen, in a transaction that ends before anything is marked. */
static bool note(struct db *d, int reader, const struct api_reply *list)
{
    struct buf b = { 0 };
    buf_str(&b, "insert into public.seen (reader, id) values ");
    size_t i, n = json_array_size(json_object_get(list->json, "data"));
    for (i = 0; i < n; i++) {
        buf_printf(&b, "%s(%d, '%s')", i > 0 ? ", " : "", reader, api_text(list, api_f("data.%zu.id", i)));
    }
    bool ok = n == 0 || db_exec_text(d, b.data);
    buf_free(&b);
    return ok;
}

/* Looks, and marks what is on the screen and older, as the web app does; until the writers have ended and nothing is left. */
static int look_and_mark(int reader)
{
    struct db *d = db_open(pg_conninfo("postgres"));
    int idle = 0, result = 0;
    for (int round = 0; round < 4000 && idle < 200 && result == 0; round++) {
        struct api_reply r = api_get(&linus, "/api/v1/notifications?limit=100&is_read=false");
        const char *newest = api_text(&r, "data.0.created_at");
        if (r.status != 200 || !note(d, reader, &r)) {
            result = 1;
        } else if (*newest == '\0') {
            idle++;
            usleep(20000);
        } else {
            r = api_send(&linus, "PUT", "/api/v1/notifications/mark-all-read", api_f("{\"until\":\"%s\"}", newest), NULL);
            result = r.status == 200 ? 0 : 2;
            idle = 0;
        }
    }
    db_close(d);
    return result;
}

static int either(int index, void *arg)
{
    (void)arg;
    return index < WRITERS ? change(index) : look_and_mark(index - WRITERS);
}

static void what_comes_while_all_is_marked_stays_unread_until_it_was_seen(void **state)
{
    (void)state;
    int results[WRITERS + READERS];
    api_at_once(WRITERS + READERS, either, NULL, results);
    for (int i = 0; i < WRITERS + READERS; i++) {
        assert_int_equal(results[i], 0);
    }
    workers_expect("0", LONG,
                   "select (select count(*) from karara.events where sequenced_at is null) + (select count(*) from karara.jobs "
                   "where kind = 'notifications_decide')");
    assert_int_equal(pg_count("select count(*) from tenant_shared.notifications where user_id = '%s'", linus.id),
                     WRITERS * CHANGES);
    assert_true(pg_count("select count(*) from tenant_shared.notifications where is_read") > WRITERS * CHANGES / 2);
    assert_int_equal(pg_count("select count(*) from tenant_shared.notifications n where n.is_read and not exists (select from "
                              "public.seen s where s.id = n.id and s.at < n.read_at)"),
                     0);
    assert_int_equal(pg_count("select deadlocks from pg_stat_database where datname = current_database()"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_comes_while_all_is_marked_stays_unread_until_it_was_seen),
    };
    return cmocka_run_group_tests(tests, begin, workers_end);
}
