/* The register of permissions and roles. */
#include "api/permission.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void keys_are_names_in_lower_case_and_read_back(void **state)
{
    (void)state;
    assert_string_equal(permission_key(PERM_CAN_EDIT_TASKS), "can_edit_tasks");
    for (int p = PERM_PLATFORM_ADMIN + 1; p < PERM_COUNT; p++) {
        assert_int_equal(permission_parse(permission_key((enum permission)p)), p);
        assert_true(strlen(permission_doc((enum permission)p)) > 0);
    }
}

static void what_is_no_role_permission_has_no_key(void **state)
{
    (void)state;
    for (int p = PERM_UNSET; p <= PERM_PLATFORM_ADMIN; p++) {
        assert_null(permission_key((enum permission)p));
        assert_null(permission_doc((enum permission)p));
    }
    assert_null(permission_key(PERM_COUNT));
    assert_int_equal(permission_parse("can_fly"), PERM_UNSET);
    assert_int_equal(permission_parse(NULL), PERM_UNSET);
    assert_int_equal(permission_parse("CAN_COMMENT"), PERM_UNSET);
}

static void each_role_has_all_of_the_one_before_it_and_more(void **state)
{
    (void)state;
    assert_int_equal(permission_defaults(ROLE_NONE), 0);
    for (int r = ROLE_GUEST; r < ROLE_COUNT; r++) {
        uint64_t less = permission_defaults((enum role)(r - 1)), more = permission_defaults((enum role)r);
        assert_true((less & more) == less);
        assert_true(more != less);
    }
    uint64_t owner = permission_defaults(ROLE_OWNER);
    for (int p = PERM_PLATFORM_ADMIN + 1; p < PERM_COUNT; p++) {
        assert_true(owner & permission_bit((enum permission)p));
    }
    assert_false(owner & permission_bit(PERM_PLATFORM_ADMIN));
    assert_int_equal(permission_defaults(ROLE_COUNT), 0);
}

static void the_defaults_are_those_of_the_domain(void **state)
{
    (void)state;
    assert_true(permission_defaults(ROLE_GUEST) == permission_bit(PERM_CAN_COMMENT));
    assert_false(permission_defaults(ROLE_CLIENT) & permission_bit(PERM_CAN_CREATE_TASKS));
    assert_true(permission_defaults(ROLE_MEMBER) & permission_bit(PERM_CAN_CREATE_TASKS));
    assert_false(permission_defaults(ROLE_MEMBER) & permission_bit(PERM_CAN_DELETE_TASKS));
    assert_true(permission_defaults(ROLE_MANAGER) & permission_bit(PERM_CAN_DELETE_TASKS));
    assert_false(permission_defaults(ROLE_ADMIN) & permission_bit(PERM_CAN_MANAGE_BILLING));
}

static void roles_have_names_that_read_back(void **state)
{
    (void)state;
    assert_string_equal(role_name(ROLE_OWNER), "owner");
    assert_string_equal(role_name(ROLE_NONE), "none");
    for (int r = ROLE_GUEST; r < ROLE_COUNT; r++) {
        assert_int_equal(role_parse(role_name((enum role)r)), r);
        assert_string_equal(role_names[r - ROLE_GUEST], role_name((enum role)r));
    }
    assert_null(role_names[ROLE_COUNT - ROLE_GUEST]);
    assert_int_equal(role_parse("none"), ROLE_NONE);
    assert_int_equal(role_parse("Owner"), ROLE_NONE);
    assert_int_equal(role_parse(NULL), ROLE_NONE);
}

static char *printed(const char *role)
{
    char *text = NULL;
    size_t n;
    FILE *f = open_memstream(&text, &n);
    assert_non_null(f);
    permission_print(f, role);
    fclose(f);
    return text;
}

static void the_matrix_says_who_can(void **state)
{
    char *text = printed(NULL);
    (void)state;
    const char *line = strstr(text, "\ncan_delete_tasks ");
    assert_non_null(line);
    assert_memory_equal(line, "\ncan_delete_tasks           -        -        -        can      can      can      Delete tasks",
                        93);
    free(text);
}

static void a_role_is_printed_with_what_it_cannot(void **state)
{
    char *text = printed("client");
    (void)state;
    assert_non_null(strstr(text, "can     can_submit_forms"));
    assert_non_null(strstr(text, "cannot  can_manage_brand"));
    free(text);
    text = printed("boss");
    assert_string_equal(text, "There is no role \"boss\".\n");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_names_in_lower_case_and_read_back),
        cmocka_unit_test(what_is_no_role_permission_has_no_key),
        cmocka_unit_test(each_role_has_all_of_the_one_before_it_and_more),
        cmocka_unit_test(the_defaults_are_those_of_the_domain),
        cmocka_unit_test(roles_have_names_that_read_back),
        cmocka_unit_test(the_matrix_says_who_can),
        cmocka_unit_test(a_role_is_printed_with_what_it_cannot),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
