/* Ids: version 7, in order, different in parent and child. */
#include "core/clock.h"
#include "core/uuid.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static void an_id_is_version_7_and_carries_the_time(void **state)
{
    int64_t before = clock_now() / 1000, after;
    struct uuid u = uuid_v7();
    int64_t ms = 0;

    (void)state;
    after = clock_now() / 1000;
    for (int i = 0; i < 6; i++) {
        ms = ms << 8 | u.b[i];
    }
    assert_int_equal(u.b[6] >> 4, 7);
    assert_int_equal(u.b[8] >> 6, 2);
    assert_true(ms >= before && ms <= after);
}

static void ids_ascend_also_within_a_millisecond(void **state)
{
    struct uuid last = uuid_v7(), next;

    (void)state;
    for (int i = 0; i < 200000; i++) {
        next = uuid_v7();
        assert_true(memcmp(last.b, next.b, sizeof last.b) < 0);
        last = next;
    }
}

static void the_random_part_differs_between_ids(void **state)
{
    struct uuid u[1000];

    (void)state;
    for (int i = 0; i < 1000; i++) {
        u[i] = uuid_v7();
        for (int k = 0; k < i; k++) {
            assert_memory_not_equal(u[i].b + 8, u[k].b + 8, 8);
        }
    }
}

static void a_forked_child_does_not_repeat_its_parent(void **state)
{
    struct uuid parent, child;
    int ends[2], status;
    pid_t pid;

    (void)state;
    uuid_v7();
    assert_int_equal(pipe(ends), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        child = uuid_v7();
        _exit(write(ends[1], &child, sizeof child) == sizeof child ? 0 : 1);
    }
    parent = uuid_v7();
    assert_int_equal(read(ends[0], &child, sizeof child), sizeof child);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_memory_not_equal(parent.b + 8, child.b + 8, 8);
    close(ends[0]);
    close(ends[1]);
}

static void ids_read_back_in_either_case(void **state)
{
    static const char text[] = "0190b6f2-7c1d-7e3a-9f00-0123456789ab";
    char out[UUID_TEXT_SIZE];
    struct uuid u, v = uuid_v7(), w;

    (void)state;
    assert_true(uuid_parse(text, &u));
    uuid_format(&u, out);
    assert_string_equal(out, text);
    assert_true(uuid_parse("0190B6F2-7C1D-7E3A-9F00-0123456789AB", &w));
    assert_true(uuid_eq(&u, &w));
    uuid_format(&v, out);
    assert_true(uuid_parse(out, &w));
    assert_true(uuid_eq(&v, &w));
    assert_false(uuid_eq(&u, &v));
}

static void what_is_no_id_is_refused(void **state)
{
    static const char *const bad[] = { "",
                                       "0190b6f2-7c1d-7e3a-9f00-0123456789a",
                                       "0190b6f2-7c1d-7e3a-9f00-0123456789abc",
                                       "0190b6f27c1d7e3a9f000123456789ab",
                                       "0190b6f2-7c1d-7e3a-9f00-0123456789ag",
                                       "0190b6f2+7c1d-7e3a-9f00-0123456789ab",
                                       "{190b6f2-7c1d-7e3a-9f00-0123456789ab",
                                       "0190b6f2-7c1d-7e3a-9f00-",
                                       "0190b6f2-7c1d-7e3a-9f00-0123456789ab " };
    struct uuid u = { { 1 } };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_false(uuid_parse(bad[i], &u));
    }
    assert_false(uuid_parse(NULL, &u));
    assert_int_equal(u.b[0], 1);
}

static void nil_is_all_zeros(void **state)
{
    struct uuid nil = { { 0 } }, some = uuid_v7();

    (void)state;
    assert_true(uuid_is_nil(&nil));
    assert_false(uuid_is_nil(&some));
}

static void an_id_is_found_among_others(void **state)
{
    struct uuid ids[] = { uuid_v7(), uuid_v7(), uuid_v7() }, other = uuid_v7();
    struct uuid_list all = { ids, 3 };

    (void)state;
    assert_true(uuid_among(&all, &ids[0]));
    assert_true(uuid_among(&all, &ids[2]));
    assert_false(uuid_among(&all, &other));
    assert_false(uuid_among(&(struct uuid_list){ 0 }, &other));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_id_is_version_7_and_carries_the_time),
        cmocka_unit_test(ids_ascend_also_within_a_millisecond),
        cmocka_unit_test(the_random_part_differs_between_ids),
        cmocka_unit_test(a_forked_child_does_not_repeat_its_parent),
        cmocka_unit_test(ids_read_back_in_either_case),
        cmocka_unit_test(what_is_no_id_is_refused),
        cmocka_unit_test(nil_is_all_zeros),
        cmocka_unit_test(an_id_is_found_among_others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
