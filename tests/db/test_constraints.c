/* What the schema refuses, by the name of the constraint: names are contract, since replies are made from them. And the functions that
 * queries use for refusals of our own. */
#include "pg.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static int begin(void **state)
{
    (void)state;
    pg_begin();
    pg_load_demo();
    return 0;
}

struct refusal {
    const char *constraint, *sql;
};

static void assert_refusals(const struct refusal *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *state = pg_try("%s", rows[i].sql);
        if (state == NULL || strcmp(pg_constraint(), rows[i].constraint) != 0) {
            fail_msg("expected %s, got %s %s: %s", rows[i].constraint, state != NULL ? state : "success", pg_constraint(),
                     rows[i].sql);
        }
    }
}

#define ASSERT_REFUSALS(...)                                                                                                   \
    do {                                                                                                                       \
        static const struct refusal rows[] = { __VA_ARGS__ };                                                                  \
        assert_refusals(rows, sizeof rows / sizeof *rows);                                                                     \
    } while (0)

static void people(void **state)
{
    (void)state;
    ASSERT_REFUSALS(
        { "users_email_key", "insert into karara.users (id, email) values (gen_random_uuid(), 'ADA@Demo.Example')" },
        { "users_username_key", "insert into karara.users (id, email, username) values (gen_random_uuid(), 'x@x.x', 'Ada')" },
        { "users_email_check", "insert into karara.users (id, email) values (gen_random_uuid(), 'nobody')" },
        { "users_status_check", "update karara.users set status = 'asleep'" },
        { "users_platform_role_check", "update karara.users set platform_role = 'owner'" },
        { "users_wip_limit_check", "update karara.users set wip_limit = 0" },
        { "users_wip_limit_check", "update karara.users set wip_limit = 101" },
        { "users_preferences_check", "update karara.users set preferences = '[]'" },
        { "credentials_user_id_fk",
          "insert into karara.credentials (user_id, password_hash) values (gen_random_uuid(), 'x')" });
}

static void sessions_and_keys(void **state)
{
    (void)state;
    pg_exec("insert into karara.sessions (id, user_id, token_hash, previous_hash, expires_at)"
            " select gen_random_uuid(), id, 'one', 'two', now() from karara.users where username = 'ada'");
    ASSERT_REFUSALS(
        { "sessions_token_hash_key", "insert into karara.sessions (id, user_id, token_hash, expires_at)"
                                     " select gen_random_uuid(), id, 'one', now() from karara.users where username = 'grace'" },
        { "sessions_previous_hash_key",
          "insert into karara.sessions (id, user_id, token_hash, previous_hash, expires_at)"
          " select gen_random_uuid(), id, 'three', 'two', now() from karara.users where username = 'grace'" },
        { "idempotency_keys_key_check", "insert into karara.idempotency_keys (scope, route, key, fingerprint)"
                                        " values (gen_random_uuid(), 'POST /tasks', repeat('x', 256), '')" },
        { "idempotency_keys_status_check", "insert into karara.idempotency_keys (scope, route, key, fingerprint, status)"
                                           " values (gen_random_uuid(), 'POST /tasks', 'x', '', 42)" },
        { "events_kind_check", "insert into karara.events (kind, subject_type) values ('Task Updated', 'task')" },
        { "events_changes_check", "insert into karara.events (kind, subject_type, changes) values ('x.y', 'x', '[]')" },
        { "events_sequence_check", "insert into karara.events (kind, subject_type, sequence) values ('x.y', 'x', 1)" },
        { "events_sequence_check",
          "insert into karara.events (kind, subject_type, sequence, sequenced_at) values ('x.y', 'x', 0, now())" },
        { "event_counters_last_sequence_check",
          "insert into karara.event_counters (brand_id, last_sequence) values (gen_random_uuid(), 0)" },
        { "audit_anchors_last_sequence_check",
          "insert into karara.audit_anchors values (gen_random_uuid(), 2, 1, '', '', now(), '', '')" });
}

static void brands_and_members(void **state)
{
    (void)state;
    ASSERT_REFUSALS(
        { "brands_name_key", "insert into karara.brands (id, name, slug) values (gen_random_uuid(), 'KARARA demo', 'x')" },
        { "brands_slug_key", "insert into karara.brands (id, name, slug) values (gen_random_uuid(), 'X', 'demo')" },
        { "brands_slug_check", "update karara.brands set slug = 'Demo'" },
        { "brands_slug_check", "update karara.brands set slug = '-demo'" },
        { "brands_slug_check", "update karara.brands set slug = '0192f3c4-5e00-7002-8000-000000000001'" },
        { "brands_status_check", "update karara.brands set status = 'closed'" },
        { "brands_settings_check", "update karara.brands set settings = '1'" },
        { "brands_subscription_check", "update karara.brands set subscription = '{\"plan\": \"platinum\"}'" },
        { "brands_parent_brand_id_check", "update karara.brands set parent_brand_id = id" },
        { "brand_members_brand_id_user_id_pk", "insert into karara.brand_members (brand_id, user_id, role)"
                                               " select brand_id, user_id, role from karara.brand_members" },
        { "brand_members_role_check", "update karara.brand_members set role = 'king'" },
        { "brand_members_status_check", "update karara.brand_members set status = 'gone'" },
        { "brand_members_permissions_check", "update karara.brand_members set permissions = '[]'" },
        { "brand_role_permissions_role_check", "insert into karara.brand_role_permissions (brand_id, role)"
                                               " select id, 'king' from karara.brands" },
        { "delegations_ends_at_check",
          "insert into karara.delegations (id, brand_id, from_user_id, to_user_id, permissions, ends_at)"
          " select gen_random_uuid(), brand_id, min(user_id::text)::uuid, max(user_id::text)::uuid, '{x}',"
          " now() - interval '1 s' from karara.brand_members group by 2" },
        { "delegations_to_user_id_check",
          "insert into karara.delegations (id, brand_id, from_user_id, to_user_id, permissions, ends_at)"
          " select gen_random_uuid(), brand_id, user_id, user_id, '{x}', now() + interval '1 d'"
          " from karara.brand_members" },
        { "delegations_permissions_check",
          "insert into karara.delegations (id, brand_id, from_user_id, to_user_id, permissions, ends_at)"
          " select gen_random_uuid(), brand_id, min(user_id::text)::uuid, max(user_id::text)::uuid, '{}',"
          " now() + interval '1 d' from karara.brand_members group by 2" });
}

#define TENANT "tenant_shared."

static void teams_boards_and_lists(void **state)
{
    (void)state;
    ASSERT_REFUSALS({ "teams_brand_id_name_key",
                      "insert into " TENANT "teams (brand_id, id, name) select brand_id, gen_random_uuid(), upper(name)"
                      " from " TENANT "teams" },
                    { "teams_name_check", "update " TENANT "teams set name = ''" },
                    { "team_members_role_check", "update " TENANT "team_members set role = 'captain'" },
                    { "boards_brand_id_key_key", "update " TENANT "boards set key = 'SAME'" },
                    { "boards_key_check", "update " TENANT "boards set key = 'web' where key = 'WEB'" },
                    { "boards_key_check", "update " TENANT "boards set key = '1WEB' where key = 'WEB'" },
                    { "boards_key_check", "update " TENANT "boards set key = 'ABCDEFGHIJK' where key = 'WEB'" },
                    { "boards_brand_id_team_id_fk", "delete from " TENANT "teams" },
                    { "boards_task_count_check", "update " TENANT "boards set task_count = -1" },
                    { "lists_wip_limit_check", "update " TENANT "lists set wip_limit = 0" },
                    { "lists_status_check", "update " TENANT "lists set status = 'done'" },
                    { "lists_name_check", "update " TENANT "lists set name = repeat('x', 121)" },
                    { "tasks_brand_id_board_id_list_id_fk", "delete from " TENANT "lists" });
}

static void tasks(void **state)
{
    (void)state;
    ASSERT_REFUSALS({ "tasks_brand_id_board_id_number_key", "update " TENANT "tasks set number = 1" },
                    { "tasks_title_check", "update " TENANT "tasks set title = ''" },
                    { "tasks_title_check", "update " TENANT "tasks set title = repeat('é', 256)" },
                    { "tasks_description_check", "update " TENANT "tasks set description = repeat('x', 100001)" },
                    { "tasks_task_type_check", "update " TENANT "tasks set task_type = 'chore'" },
                    { "tasks_status_check", "update " TENANT "tasks set status = 'done'" },
                    { "tasks_priority_check", "update " TENANT "tasks set priority = 'normal'" },
                    { "tasks_parent_task_id_check", "update " TENANT "tasks set parent_task_id = id" },
                    { "tasks_estimated_hours_check", "update " TENANT "tasks set estimated_hours = -1" },
                    { "tasks_estimated_hours_check", "update " TENANT "tasks set estimated_hours = 'NaN'" },
                    { "tasks_actual_hours_check", "update " TENANT "tasks set actual_hours = -0.5" },
                    { "tasks_actual_hours_check", "update " TENANT "tasks set actual_hours = 'infinity'" },
                    { "tasks_tags_check", "update " TENANT "tasks set tags = array[null]::text[]" },
                    { "tasks_tags_check", "update " TENANT "tasks set tags = array_fill('x'::text, array[101])" },
                    { "tasks_custom_fields_check", "update " TENANT "tasks set custom_fields = 'null'" },
                    { "task_assignees_brand_id_task_id_user_id_pk",
                      "insert into " TENANT "task_assignees select * from " TENANT "task_assignees" });
    assert_null(pg_try("update " TENANT "tasks set title = repeat('é', 255) where number = 18"));
}

/* ---- what goes along when something goes ---- */

static void a_board_takes_its_lists_tasks_and_assignments_along(void **state)
{
    (void)state;
    pg_exec("delete from " TENANT "boards where key = 'LAUNCH'");
    assert_int_equal(pg_count("select count(*) from " TENANT "lists l where not exists (select from " TENANT
                              "boards b where b.id = l.board_id)"),
                     0);
    assert_int_equal(pg_count("select count(*) from " TENANT "tasks where title = 'Launch day'"), 0);
    assert_int_equal(pg_count("select count(*) from " TENANT "task_assignees a where not exists (select from " TENANT "tasks t"
                              " where t.id = a.task_id)"),
                     0);
}

static void a_task_leaves_its_parts_behind(void **state)
{
    (void)state;
    const char *parts = "select count(*) from " TENANT
                        "tasks where title = 'Stock counts jump back after a night offline' and brand_id is not null"
                        " and (parent_task_id is not null) = ";
    assert_int_equal(pg_count("%s true", parts), 1);
    pg_exec("delete from " TENANT "tasks where title = 'Sell without network'");
    assert_int_equal(pg_count("%s false", parts), 1);
}

static void a_member_who_goes_leaves_teams_and_assignments(void **state)
{
    (void)state;
    pg_exec("delete from karara.brand_members m using karara.users u where u.id = m.user_id and u.username = 'tomas'");
    assert_int_equal(pg_count("select (select count(*) from " TENANT "team_members m join karara.users u on u.id = m.user_id"
                              " where username = 'tomas') + (select count(*) from " TENANT
                              "task_assignees a join karara.users u"
                              " on u.id = a.user_id where username = 'tomas')"),
                     0);
    assert_string_equal(pg_value("select coalesce(owner_id::text, 'nobody') from " TENANT "teams where name = 'Engineering'"),
                        "nobody");
}

static void a_brand_takes_everything_along(void **state)
{
    (void)state;
    pg_exec("delete from karara.brands where slug = 'northwind'");
    assert_int_equal(pg_count("select count(*) from " TENANT
                              "tasks t where not exists (select from karara.brands b where b.id = t.brand_id)"),
                     0);
    assert_int_equal(pg_count("select count(*) from karara.users where username = 'ines'"), 1);
}

/* ---- refusals of our own ---- */

static void fail_raises_its_state_only_where_it_is_reached(void **state)
{
    (void)state;
    assert_string_equal(pg_try("select karara.fail('KA412', '{\"version\": 3}')"), "KA412");
    assert_string_equal(pg_try("select case when true then karara.fail('KA001') end"), "KA001");
    assert_null(pg_try("select case when true then true else karara.fail('KA001') end"));
    assert_null(pg_try("select case when count(*) > 0 then true else karara.fail('KA001') end from karara.users"));
    assert_string_equal(pg_try("select case when count(*) < 0 then true else karara.fail('KA001') end from karara.users"),
                        "KA001");
    assert_null(pg_try("prepare reached(boolean) as select case when $1 then true else karara.fail('KA001') end;"
                       "set plan_cache_mode = force_generic_plan; execute reached(true)"));
    assert_string_equal(pg_try("execute reached(false)"), "KA001");
    pg_exec("deallocate reached; reset plan_cache_mode");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(people),
        cmocka_unit_test(sessions_and_keys),
        cmocka_unit_test(brands_and_members),
        cmocka_unit_test(teams_boards_and_lists),
        cmocka_unit_test(tasks),
        cmocka_unit_test(a_board_takes_its_lists_tasks_and_assignments_along),
        cmocka_unit_test(a_task_leaves_its_parts_behind),
        cmocka_unit_test(a_member_who_goes_leaves_teams_and_assignments),
        cmocka_unit_test(a_brand_takes_everything_along),
        cmocka_unit_test(fail_raises_its_state_only_where_it_is_reached),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
