/* The demo data: what people see first must be right, and what tests stand on must hold. */
#include "pg.h"

#include "platform/password.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int begin(void **state)
{
    (void)state;
    pg_begin();
    pg_load_demo();
    return 0;
}

static void everybody_can_sign_in_with_the_demo_password(void **state)
{
    (void)state;
    assert_true(password_verify(pg_value("select min(password_hash) from karara.credentials"), "karara-demo"));
    assert_int_equal(pg_count("select count(*) from karara.users u where status <> 'active' or not exists"
                              " (select from karara.credentials c where c.user_id = u.id)"),
                     0);
}

static void the_five_of_every_test_have_their_roles(void **state)
{
    (void)state;
    assert_string_equal(
        pg_value("select string_agg(u.username || ':' || m.role || ':' || u.platform_role, ' ' order by u.username)"
                 " from karara.brand_members m join karara.users u on u.id = m.user_id"
                 " join karara.brands b on b.id = m.brand_id where b.slug = 'demo'"
                 " and u.email in ('ada@demo.example', 'grace@demo.example', 'linus@demo.example', 'mary@demo.example',"
                 " 'guest@demo.example')"),
        "ada:owner:admin grace:manager:member guest:guest:member linus:member:member mary:client:member");
    assert_string_equal(pg_value("select string_agg(b.slug || ':' || m.role, ' ' order by b.slug) from karara.brand_members m"
                                 " join karara.brands b on b.id = m.brand_id join karara.users u on u.id = m.user_id"
                                 " where u.username = 'ada'"),
                        "demo:owner northwind:member");
    assert_true(pg_count("select count(*) from tenant_shared.task_assignees a join karara.users u on u.id = a.user_id"
                         " where u.username = 'mary'") >= 3);
    assert_int_equal(pg_count("select count(*) from tenant_shared.team_members t join karara.users u on u.id = t.user_id"
                              " where u.username = 'guest'"),
                     1);
}

static void counts_and_numbers_are_right(void **state)
{
    (void)state;
    assert_string_equal(
        pg_value("select string_agg(b.key, ' ') from tenant_shared.boards b where"
                 " b.task_count <> (select count(*) from tenant_shared.tasks t where t.board_id = b.id) or"
                 " b.last_task_number <> (select max(number) from tenant_shared.tasks t where t.board_id = b.id) or"
                 " b.last_task_number <> (select count(distinct number) from tenant_shared.tasks t where t.board_id = b.id)"),
        "");
    assert_string_equal(pg_value("select string_agg(l.name, ' ') from tenant_shared.lists l where"
                                 " l.task_count <> (select count(*) from tenant_shared.tasks t where t.list_id = l.id)"),
                        "");
}

static void tasks_agree_with_their_lists_and_limits(void **state)
{
    (void)state;
    assert_string_equal(
        pg_value("select string_agg(t.title, ', ') from tenant_shared.tasks t join tenant_shared.lists l on l.id = t.list_id"
                 " where t.status <> l.status or (t.status = 'completed') <> (t.completed_at is not null)"),
        "");
    assert_true(pg_count("select count(*) from tenant_shared.lists where wip_limit is not null") > 0);
    assert_string_equal(pg_value("select string_agg(name, ', ') from tenant_shared.lists where task_count > wip_limit"), "");
    assert_string_equal(pg_value("select string_agg(u.username, ', ') from karara.users u where u.wip_limit < (select count(*)"
                                 " from tenant_shared.task_assignees a join tenant_shared.tasks t on t.id = a.task_id"
                                 " where a.user_id = u.id and t.status = 'in_progress')"),
                        "");
}

static void positions_are_ranks_in_the_order_of_lists(void **state)
{
    (void)state;
    assert_string_equal(pg_value("select string_agg(list_id::text, ' ') from (select list_id, position,"
                                 " lead(position) over (partition by list_id order by position, id) as following"
                                 " from tenant_shared.tasks) p where following is not null and"
                                 " karara.rank_between(position, following) is null"),
                        "");
    assert_string_equal(pg_value("select string_agg(l.name, ', ' order by l.position) from tenant_shared.lists l"
                                 " join tenant_shared.boards b on b.id = l.board_id where b.key = 'WEB'"
                                 " and b.brand_id = l.brand_id group by b.id"),
                        "To do, In progress, Review, Done");
}

static void loading_again_changes_nothing(void **state)
{
    (void)state;
    static const char digest[] =
        "select md5(string_agg(x, '')) from (select t::text as x from tenant_shared.tasks t union all"
        " select l::text from tenant_shared.lists l union all select b::text from tenant_shared.boards b union all"
        " select a::text from tenant_shared.task_assignees a union all select m::text from karara.brand_members m"
        " union all select u::text from karara.users u union all select c::text from karara.credentials c"
        " order by 1) rows";
    char before[64];
    pg_exec("update tenant_shared.tasks set title = 'Renamed by somebody' where number = 1; delete from tenant_shared.tasks "
            "where number = 5");
    strcpy(before, pg_value("%s", digest));
    pg_load_demo();
    assert_string_equal(pg_value("%s", digest), before);
}

static void the_big_board_grows_to_the_number_asked_for(void **state)
{
    (void)state;
    setenv("KARARA_DEMO_TASKS", "500", 1);
    pg_load_demo();
    setenv("KARARA_DEMO_TASKS", "1200", 1);
    pg_load_demo();
    unsetenv("KARARA_DEMO_TASKS");
    pg_load_demo();
    assert_string_equal(
        pg_value("select task_count || ' ' || last_task_number || ' ' || (select count(*) from tenant_shared.tasks t"
                 " where t.board_id = b.id) || ' ' || (select string_agg(task_count::text, ',') from tenant_shared.lists l"
                 " where l.board_id = b.id) from tenant_shared.boards b where name = 'Big board'"),
        "1200 1200 1200 240,240,240,240,240");
    const char *output;
    setenv("KARARA_DEMO_TASKS", "lots", 1);
    int status = PG_PROGRAM(&output, "kararactl", "demo");
    unsetenv("KARARA_DEMO_TASKS");
    assert_int_equal(status, 1);
    assert_non_null(strstr(output, "KARARA_DEMO_TASKS is a number"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everybody_can_sign_in_with_the_demo_password),
        cmocka_unit_test(the_five_of_every_test_have_their_roles),
        cmocka_unit_test(counts_and_numbers_are_right),
        cmocka_unit_test(tasks_agree_with_their_lists_and_limits),
        cmocka_unit_test(positions_are_ranks_in_the_order_of_lists),
        cmocka_unit_test(loading_again_changes_nothing),
        cmocka_unit_test(the_big_board_grows_to_the_number_asked_for),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
