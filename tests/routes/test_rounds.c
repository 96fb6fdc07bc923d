/* test_rounds.c - jobs that go over all brands leave none out, however many there are: more than fit into one of their transactions. */
#include "api.h"
#include "pg.h"
#include "workers.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

enum { BRANDS = 280, EACH = 20, ALL = BRANDS * EACH }; /* of one transaction: 5,000 */

static struct api_person owner;

/* Brands with so many tasks each that are due within a day, of their owner; and one that isn't. */
static int begin(void **state)
{
    workers_begin(state);
    owner = api_person("owner");
    pg_exec("create table public.many as select karara.uuid_v7() as brand_id, karara.uuid_v7() as team_id, karara.uuid_v7() as "
            "board_id, karara.uuid_v7() as list_id, n from generate_series(1, %d) n; "
            "insert into karara.brands (id, name, slug) select brand_id, 'Brand ' || n, 'brand-' || n from public.many; "
            "insert into karara.brand_members (brand_id, user_id, role) select brand_id, '%s', 'owner' from public.many; "
            "insert into tenant_shared.teams (brand_id, id, name) select brand_id, team_id, 'Team' from public.many; "
            "insert into tenant_shared.boards (brand_id, id, team_id, name, key, position) select brand_id, board_id, team_id, "
            "'Board', 'B', 'a0' from public.many; "
            "insert into tenant_shared.lists (brand_id, id, board_id, name, position, status) select brand_id, list_id, "
            "board_id, 'List', 'a0', 'todo' from public.many",
            BRANDS, owner.id);
    pg_exec("insert into tenant_shared.tasks (brand_id, id, board_id, list_id, number, title, position, due_at) select "
            "brand_id, karara.uuid_v7(), board_id, list_id, k, 'Task', karara.rank_at(k), now() + case when k <= %d then "
            "interval '20 hours' else interval '40 hours' end from public.many, generate_series(1, %d) k",
            EACH, EACH + 1);
    pg_exec("insert into tenant_shared.task_assignees (brand_id, task_id, user_id) select brand_id, id, '%s' from "
            "tenant_shared.tasks",
            owner.id);
    return 0;
}

static void run(const char *kind)
{
    assert_string_equal(workers_await(workers_job(kind, "{}", "")), "done");
}

#define REMINDED "from karara.jobs where kind = 'notifications_decide' and payload ->> 'reminder' = 'task.due_soon'"

static void every_brand_is_reminded_in_one_round_and_nobody_twice(void **state)
{
    (void)state;
    pg_exec("insert into karara.job_queues (queue) values ('notifications')"); /* so that the reminders stay to be counted */
    run("reminders");
    assert_int_equal(pg_count("select count(distinct payload ->> 'task_id') " REMINDED), ALL);
    assert_int_equal(
        pg_count("select count(*) from (select brand_id " REMINDED " group by brand_id having count(*) = %d) b", EACH), BRANDS);
    run("reminders");
    assert_int_equal(pg_count("select count(*) " REMINDED), ALL);
    /* Before the queue runs again: the workers have a round of their own each minute, and would tell people. */
    pg_exec("update tenant_shared.tasks set due_at = null; delete " REMINDED);
    workers_drain();
}

static void what_has_expired_goes_from_every_brand_in_one_round_and_nothing_else(void **state)
{
    (void)state;
    pg_exec("insert into tenant_shared.notifications (brand_id, id, user_id, event_id, type, reason, subject_type, subject_id, "
            "title, url, expires_at) select brand_id, karara.uuid_v7(), '%s', 'old' || k, 'task.assigned', 'assigned', 'task', "
            "brand_id, 'Title', '/', now() + case when k <= %d then interval '-1 hour' else interval '1 hour' end from "
            "public.many, generate_series(1, %d) k",
            owner.id, EACH, EACH + 1);
    pg_exec(
        "insert into tenant_shared.notification_mutes (brand_id, user_id, subject_type, subject_id, until) select brand_id, "
        "'%s', 'board', case k when 1 then board_id else team_id end, now() + interval '1 hour' * (k * 2 - 3) from "
        "public.many, generate_series(1, 2) k",
        owner.id);
    run("housekeeping");
    assert_int_equal(pg_count("select count(*) from tenant_shared.notifications where expires_at <= now()"), 0);
    assert_int_equal(pg_count("select count(*) from tenant_shared.notifications"), BRANDS);
    assert_int_equal(pg_count("select count(distinct brand_id) from tenant_shared.notification_mutes"), BRANDS);
    assert_int_equal(pg_count("select count(*) from tenant_shared.notification_mutes where until > now()"), BRANDS);
    assert_int_equal(pg_count("select count(*) from tenant_shared.notification_mutes"), BRANDS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_brand_is_reminded_in_one_round_and_nobody_twice),
        cmocka_unit_test(what_has_expired_goes_from_every_brand_in_one_round_and_nothing_else),
    };
    return cmocka_run_group_tests(tests, begin, workers_end);
}
