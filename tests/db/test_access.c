/* brand_members.access_version: raised by everything that changes what somebody may do, for everybody concerned and nobody else, and
 * never the same twice. Cached access names the number that it was computed from, so a cause that is missing here is a right that
 * outlives its withdrawal. */
#include "pg.h"

#include "platform/db.h"
#include "process.h"
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* Brands 1 and 2; people 1 to 4 are members of both. */
#define ID(n) "00000000-0000-7000-8000-00000000000" #n

enum { MEMBERS = 8 };

static long long before[MEMBERS];

static long long version_of(int brand, int person)
{
    return pg_count("select access_version from karara.brand_members where brand_id = '00000000-0000-7000-8000-00000000000%d'"
                    " and user_id = '00000000-0000-7000-8000-00000000000%d'",
                    brand, person);
}

static void look(void)
{
    for (int i = 0; i < MEMBERS; i++) {
        before[i] = version_of(1 + i / 4, 1 + i % 4);
    }
}

/* One transaction as the API worker, with brand 1 named. */
static void act(const char *sql)
{
    const char *failed = pg_as("karara_app", ID(1), NULL, "%s", sql);
    if (failed != NULL) {
        fail_msg("%s: %s", failed, sql);
    }
}

/* Acts, and sees that exactly these memberships were raised: "1/2" is person 2 in brand 1. */
static void assert_raises(const char *expected, const char *sql)
{
    char raised[128] = "";
    look();
    act(sql);
    for (int i = 0; i < MEMBERS; i++) {
        long long now = version_of(1 + i / 4, 1 + i % 4);
        if (now < before[i]) {
            fail_msg("went back from %lld to %lld: %s", before[i], now, sql);
        }
        if (now > before[i]) {
            size_t n = strlen(raised);
            snprintf(raised + n, sizeof raised - n, "%s%d/%d", n > 0 ? " " : "", 1 + i / 4, 1 + i % 4);
        }
    }
    if (strcmp(raised, expected) != 0) {
        fail_msg("expected %s, raised %s: %s", expected, raised, sql);
    }
}

static int begin(void **state)
{
    (void)state;
    pg_begin();
    return 0;
}

static int fill(void **state)
{
    (void)state;
    pg_exec(
        "insert into karara.users (id, email, status)"
        " select ('00000000-0000-7000-8000-00000000000' || n)::uuid, 'p' || n || '@demo.example', 'active' from "
        "generate_series(1, 5) n;"
        "insert into karara.brands (id, name, slug)"
        " select ('00000000-0000-7000-8000-00000000000' || n)::uuid, 'Brand ' || n, 'brand' || n from generate_series(1, 2) n;"
        "insert into karara.brand_members (brand_id, user_id, role)"
        " select b.id, u.id, 'member' from karara.brands b, karara.users u where u.email < 'p5';"
        "insert into tenant_shared.teams (brand_id, id, name) values ('" ID(1) "', '" ID(1) "', 'One'), ('" ID(1) "', '" ID(
            2) "', 'Two')");
    return 0;
}

static int empty(void **state)
{
    (void)state;
    pg_exec("delete from karara.brands; delete from karara.users");
    return 0;
}

static void every_new_membership_has_a_number_of_its_own(void **state)
{
    (void)state;
    assert_int_equal(pg_count("select count(distinct access_version) from karara.brand_members"), MEMBERS);
    assert_true(pg_count("select min(access_version) from karara.brand_members") > 0);
}

static void changing_a_membership_raises_it(void **state)
{
    (void)state;
    assert_raises("1/2",
                  "update karara.brand_members set role = 'admin' where brand_id = '" ID(1) "' and user_id = '" ID(2) "'");
    assert_raises("1/2", "update karara.brand_members set permissions = '{\"can_edit_tasks\": false}' where brand_id = '" ID(
                             1) "'"
                                " and user_id = '" ID(2) "'");
    assert_raises(
        "1/2", "update karara.brand_members set status = 'suspended' where brand_id = '" ID(1) "' and user_id = '" ID(2) "'");
    assert_raises("1/2",
                  "update karara.brand_members set expires_at = now() where brand_id = '" ID(1) "' and user_id = '" ID(2) "'");
    assert_raises("1/1 1/3 1/4",
                  "update karara.brand_members set role = 'guest' where brand_id = '" ID(1) "' and user_id <> '" ID(2) "'");
}

static void what_changes_nothing_raises_nothing(void **state)
{
    (void)state;
    assert_raises(
        "", "update karara.brand_members set role = 'member', joined_at = now(), version = version + 1, updated_at = now()");
    assert_raises("", "update karara.users set last_active_at = now(), first_name = 'New'");
    assert_raises("", "update karara.brands set name = name || '!', version = version + 1");
    assert_raises("", "update karara.users set status = 'active'");
    assert_raises("", "update karara.brands set status = 'active'");
    assert_raises("", "delete from team_members");
}

static void the_number_can_t_be_set(void **state)
{
    (void)state;
    look();
    act("update karara.brand_members set access_version = 1 where brand_id = '" ID(1) "' and user_id = '" ID(1) "'");
    assert_true(version_of(1, 1) > before[MEMBERS - 1]);
    act("insert into karara.brand_members (brand_id, user_id, role, access_version) values ('" ID(1) "', '" ID(
        5) "', 'member', 1)");
    assert_true(version_of(1, 5) > before[MEMBERS - 1]);
    assert_string_equal(pg_as("karara_app", NULL, NULL, "select nextval('karara.access_version_seq')"), "42501");
}

static void a_membership_that_returns_repeats_no_number(void **state)
{
    (void)state;
    look();
    act("delete from karara.brand_members where brand_id = '" ID(1) "' and user_id = '" ID(3) "'");
    act("insert into karara.brand_members (brand_id, user_id, role) values ('" ID(1) "', '" ID(3) "', 'guest')");
    for (int i = 0; i < MEMBERS; i++) {
        assert_true(version_of(1, 3) > before[i]);
    }
}

static void teams_raise_who_joins_changes_or_leaves(void **state)
{
    (void)state;
    assert_raises("1/2",
                  "insert into team_members (brand_id, team_id, user_id) values ('" ID(1) "', '" ID(1) "', '" ID(2) "')");
    assert_raises("1/3 1/4", "insert into team_members (brand_id, team_id, user_id) values ('" ID(1) "', '" ID(1) "', '" ID(
                                 3) "'),"
                                    " ('" ID(1) "', '" ID(1) "', '" ID(4) "')");
    assert_raises("1/3", "update team_members set role = 'manager' where user_id = '" ID(3) "'");
    assert_raises("1/3", "update team_members set team_id = '" ID(2) "' where user_id = '" ID(3) "'");
    assert_raises("1/2", "delete from team_members where user_id = '" ID(2) "'");
    assert_raises("1/4", "delete from teams where id = '" ID(1) "'");
}

static void an_account_s_status_raises_all_its_memberships(void **state)
{
    (void)state;
    assert_raises("1/2 2/2", "update karara.users set status = 'suspended' where id = '" ID(2) "'");
    assert_raises("1/3 2/3", "update karara.users set deleted_at = now() where id = '" ID(3) "'");
    assert_raises("1/1 1/2 1/3 1/4 2/1 2/2 2/3 2/4", "update karara.users set status = 'inactive'");
}

static void a_brand_s_status_raises_all_its_members(void **state)
{
    (void)state;
    assert_raises("2/1 2/2 2/3 2/4", "update karara.brands set status = 'suspended' where id = '" ID(2) "'");
}

static void a_role_s_permissions_raise_the_brand_s_members(void **state)
{
    (void)state;
    static const char everybody[] = "1/1 1/2 1/3 1/4";
    assert_raises(everybody, "insert into karara.brand_role_permissions (brand_id, role, permissions) values ('" ID(
                                 1) "', 'member', '{}')");
    assert_raises(
        everybody,
        "update karara.brand_role_permissions set permissions = '{\"can_comment\": false}' where brand_id = '" ID(1) "'");
    assert_raises(everybody, "delete from karara.brand_role_permissions where brand_id = '" ID(1) "'");
}

#define DELEGATE                                                                                                               \
    "insert into karara.delegations (id, brand_id, from_user_id, to_user_id, permissions, ends_at) values ('" ID(1) "', '" ID( \
        1) "',"                                                                                                                \
           " '" ID(1) "', '" ID(2) "', '{can_edit_tasks}', now() + interval '1 day')"

static void delegations_raise_who_gets_them(void **state)
{
    (void)state;
    assert_raises("1/2", DELEGATE);
    assert_raises("1/2", "update karara.delegations set permissions = '{can_comment}'");
    assert_raises("1/2 1/3", "update karara.delegations set to_user_id = '" ID(3) "'");
    assert_raises("1/3", "delete from karara.delegations");
}

/* Nobody delegates what they lack: so what the giver loses, the other loses too. */
static void what_the_giver_of_a_delegation_loses_raises_the_other_too(void **state)
{
    (void)state;
    act(DELEGATE);
    assert_raises("1/1 1/2",
                  "update karara.brand_members set role = 'guest' where brand_id = '" ID(1) "' and user_id = '" ID(1) "'");
    assert_raises("1/1 1/2 2/1", "update karara.users set status = 'suspended' where id = '" ID(1) "'");
    look();
    act("delete from karara.brand_members where brand_id = '" ID(1) "' and user_id = '" ID(1) "'");
    assert_true(version_of(1, 2) > before[1]);
    assert_int_equal(pg_count("select count(*) from karara.delegations"), 0);
}

/* Divisions 1 over 2 over 3 of brand 1, and 4 beside them; person 2 is in 2, person 3 in 3, person 4 in 4. */
static void fill_divisions(void)
{
    act("insert into divisions (brand_id, id, parent_division_id, name) values ('" ID(1) "', '" ID(1) "', null, 'A'), ('" ID(
        1) "', '" ID(2) "', '" ID(1) "', 'B'), ('" ID(1) "', '" ID(3) "', '" ID(2) "', 'C'), ('" ID(1) "', '" ID(4) "', null, "
                                                                                                                    "'D')");
    act("insert into division_members (brand_id, division_id, user_id) values ('" ID(1) "', '" ID(2) "', '" ID(2) "'), ('" ID(
        1) "', '" ID(3) "', '" ID(3) "'), ('" ID(1) "', '" ID(4) "', '" ID(4) "')");
}

static void divisions_raise_who_joins_or_leaves(void **state)
{
    (void)state;
    fill_divisions();
    assert_raises(
        "1/1", "insert into division_members (brand_id, division_id, user_id) values ('" ID(1) "', '" ID(1) "', '" ID(1) "')");
    assert_raises("1/1 1/2", "update division_members set user_id = '" ID(2) "' where user_id = '" ID(1) "'");
    assert_raises("1/2", "delete from division_members where division_id = '" ID(1) "'");
}

static void a_team_for_a_division_raises_everybody_below_it(void **state)
{
    (void)state;
    fill_divisions();
    assert_raises("1/2 1/3",
                  "insert into division_teams (brand_id, division_id, team_id) values ('" ID(1) "', '" ID(1) "', '" ID(1) "')");
    assert_raises("1/2 1/3 1/4", "update division_teams set division_id = '" ID(4) "'");
    assert_raises("1/4", "update division_teams set team_id = '" ID(2) "'");
    assert_raises("1/4", "delete from division_teams");
    act("insert into division_teams (brand_id, division_id, team_id) values ('" ID(1) "', '" ID(3) "', '" ID(1) "')");
    assert_raises("1/3", "delete from teams where id = '" ID(1) "'");
}

static void a_division_that_moves_or_goes_raises_its_people(void **state)
{
    (void)state;
    fill_divisions();
    assert_raises("", "update divisions set name = name || '!', version = version + 1");
    assert_raises("1/2 1/3", "update divisions set parent_division_id = '" ID(4) "' where id = '" ID(2) "'");
    assert_raises("1/3", "update divisions set parent_division_id = null where id = '" ID(3) "'");
    assert_raises("1/3", "delete from divisions where id = '" ID(3) "'");
}

/* Also where no brand is named: by what crosses brands, and by the sysadmin's hand. */
static void divisions_raise_whatever_brand_is_named(void **state)
{
    (void)state;
    fill_divisions();
    look();
    pg_exec("insert into tenant_shared.division_teams (brand_id, division_id, team_id) values ('" ID(1) "', '" ID(1) "', '" ID(
        1) "')");
    assert_true(version_of(1, 2) > before[1]);
    assert_true(version_of(1, 3) > before[2]);
    assert_int_equal(version_of(1, 4), before[3]);
    assert_int_equal(version_of(2, 2), before[5]);
    assert_string_equal(pg_value("select coalesce(current_setting('karara.brand_id', true), '')"), "");
}

/* One adds a person while the other takes the team away: whoever is later sees what the other did. */
static void a_grant_and_a_member_at_the_same_time_are_both_counted(void **state)
{
    (void)state;
    fill_divisions();
    act("insert into division_teams (brand_id, division_id, team_id) values ('" ID(1) "', '" ID(1) "', '" ID(1) "')");
    look();
    struct db *first = db_open(pg_conninfo("karara_app"));
    assert_true(db_exec_text(
        first, "begin; set local karara.brand_id = '" ID(1) "'; insert into division_members (brand_id, division_id, user_id) "
                                                            "values ('" ID(1) "', '" ID(1) "', '" ID(1) "')"));
    long long drawn = pg_count("select last_value from karara.access_version_seq");
    char conninfo[256];
    snprintf(conninfo, sizeof conninfo, "%s", pg_conninfo("karara_app"));
    const char *const argv[] = { "psql", "-qX", conninfo, "-c", "set karara.brand_id = '" ID(1) "'; delete from division_teams",
                                 NULL };
    pid_t second = process_start(&(struct process){ .argv = argv, .dies_with_us = SIGKILL });
    for (int i = 0;
         i < 1000 &&
         pg_count("select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
                  " and query like '%%division_teams%%' and pid <> pg_backend_pid()") == 0;
         i++) {
        usleep(5000);
    }
    assert_int_equal(waitpid(second, NULL, WNOHANG), 0);
    assert_true(db_exec_text(first, "commit"));
    int status = -1;
    assert_int_equal(waitpid(second, &status, 0), second);
    assert_int_equal(status, 0);
    assert_int_equal(pg_count("select count(*) from tenant_shared.division_teams"), 0);
    /* Person 1 twice: on joining, and when the team went. */
    assert_true(version_of(1, 1) > drawn);
    assert_true(version_of(1, 2) > drawn);
    db_close(first);
}

/* Two changes at once: the second waits for the first and raises again; neither is lost. */
static void changes_at_the_same_time_are_both_counted(void **state)
{
    (void)state;
    look();
    struct db *first = db_open(pg_conninfo("karara_app"));
    assert_true(db_exec_text(first, "begin; update karara.brand_members set status = 'suspended' where brand_id = '" ID(
                                        1) "'"
                                           " and user_id = '" ID(2) "'"));
    char conninfo[256];
    snprintf(conninfo, sizeof conninfo, "%s", pg_conninfo("karara_app"));
    const char *const argv[] = { "psql",
                                 "-qX",
                                 conninfo,
                                 "-c",
                                 "set karara.brand_id = '" ID(1) "'; insert into team_members (brand_id, team_id, user_id)"
                                                                 " values ('" ID(1) "', '" ID(1) "', '" ID(2) "')",
                                 NULL };
    pid_t second = process_start(&(struct process){ .argv = argv, .dies_with_us = SIGKILL });
    for (int i = 0;
         i < 1000 &&
         pg_count("select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
                  " and query like '%%team_members%%' and pid <> pg_backend_pid()") == 0;
         i++) {
        usleep(5000);
    }
    assert_int_equal(waitpid(second, NULL, WNOHANG), 0);
    assert_true(db_exec_text(first, "commit"));
    long long after_first =
        pg_count("select access_version from karara.brand_members where brand_id = '" ID(1) "' and user_id = '" ID(2) "'");
    int status = -1;
    assert_int_equal(waitpid(second, &status, 0), second);
    assert_int_equal(status, 0);
    assert_true(after_first > before[1]);
    assert_true(version_of(1, 2) > before[MEMBERS - 1] + 1);
    assert_string_equal(
        pg_value("select status from karara.brand_members where brand_id = '" ID(1) "' and user_id = '" ID(2) "'"),
        "suspended");
    assert_int_equal(pg_count("select count(*) from tenant_shared.team_members"), 1);
    db_close(first);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fill, empty)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_new_membership_has_a_number_of_its_own),
        TEST(changing_a_membership_raises_it),
        TEST(what_changes_nothing_raises_nothing),
        TEST(the_number_can_t_be_set),
        TEST(a_membership_that_returns_repeats_no_number),
        TEST(teams_raise_who_joins_changes_or_leaves),
        TEST(an_account_s_status_raises_all_its_memberships),
        TEST(a_brand_s_status_raises_all_its_members),
        TEST(a_role_s_permissions_raise_the_brand_s_members),
        TEST(delegations_raise_who_gets_them),
        TEST(what_the_giver_of_a_delegation_loses_raises_the_other_too),
        TEST(divisions_raise_who_joins_or_leaves),
        TEST(a_team_for_a_division_raises_everybody_below_it),
        TEST(a_division_that_moves_or_goes_raises_its_people),
        TEST(divisions_raise_whatever_brand_is_named),
        TEST(a_grant_and_a_member_at_the_same_time_are_both_counted),
        TEST(changes_at_the_same_time_are_both_counted),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
