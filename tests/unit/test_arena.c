/* The request's memory: alignment, reset, what was adopted, and the ceiling that ends the worker. */
#include "core/arena.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char order[16];

static void note(void *p)
{
    strcat(order, p);
}

static void every_allocation_is_aligned_and_apart_from_the_others(void **state)
{
    struct arena *a = arena_create(1 << 20);
    unsigned char *p[200];

    (void)state;
    for (size_t i = 0; i < 200; i++) {
        p[i] = arena_alloc(a, i);
        assert_int_equal((uintptr_t)p[i] % _Alignof(max_align_t), 0);
        memset(p[i], (int)i, i);
    }
    for (size_t i = 1; i < 200; i++) {
        assert_int_equal(p[i][0], i);
        assert_int_equal(p[i][i - 1], i);
    }
    arena_destroy(a);
}

static void zalloc_zeroes_memory_that_an_earlier_request_used(void **state)
{
    struct arena *a = arena_create(1 << 20);
    unsigned char *p = arena_alloc(a, 4000);

    (void)state;
    memset(p, 0xff, 4000);
    arena_reset(a);
    p = arena_zalloc(a, 4000);
    for (int i = 0; i < 4000; i++) {
        assert_int_equal(p[i], 0);
    }
    arena_destroy(a);
}

static void a_reset_gives_the_first_block_again(void **state)
{
    struct arena *a = arena_create(1 << 20);
    void *first = arena_alloc(a, 100), *again;

    (void)state;
    for (int i = 0; i < 100; i++) {
        arena_alloc(a, 5000);
    }
    assert_true(arena_used(a) >= 500000);
    arena_reset(a);
    assert_int_equal(arena_used(a), 0);
    again = arena_alloc(a, 100);
    assert_ptr_equal(first, again);
    arena_destroy(a);
}

static void small_allocations_go_on_in_their_block_after_a_large_one(void **state)
{
    struct arena *a = arena_create(1 << 22);
    char *before = arena_alloc(a, 16), *large = arena_alloc(a, 1 << 20), *after = arena_alloc(a, 16);

    (void)state;
    memset(large, 7, 1 << 20);
    assert_true(after > before && after - before < 4096);
    arena_destroy(a);
}

static void copies_end_with_nul_and_keep_inner_bytes(void **state)
{
    struct arena *a = arena_create(1 << 20);
    char *copy = arena_strndup(a, "a\0bcd", 4), *empty = arena_strndup(a, "", 0);

    (void)state;
    assert_memory_equal(copy, "a\0bc", 5);
    assert_string_equal(empty, "");
    assert_string_equal(arena_strdup(a, "Karara"), "Karara");
    arena_destroy(a);
}

static void printf_takes_texts_of_any_length(void **state)
{
    struct arena *a = arena_create(1 << 20);
    char wide[600];
    char *text;

    (void)state;
    memset(wide, 'x', sizeof wide - 1);
    wide[sizeof wide - 1] = '\0';
    assert_string_equal(arena_printf(a, "%s-%d", "task", 7), "task-7");
    text = arena_printf(a, "<%s>", wide);
    assert_int_equal(strlen(text), 601);
    assert_int_equal(text[600], '>');
    assert_memory_equal(text + 1, wide, 599);
    arena_destroy(a);
}

static void adopted_things_are_released_newest_first_and_once(void **state)
{
    struct arena *a = arena_create(1 << 20);
    char one[] = "1", two[] = "2", three[] = "3";

    (void)state;
    order[0] = '\0';
    arena_adopt(a, one, note);
    arena_adopt(a, two, note);
    arena_adopt(a, NULL, note);
    arena_adopt(a, three, note);
    arena_reset(a);
    assert_string_equal(order, "321");
    arena_reset(a);
    assert_string_equal(order, "321");
    arena_adopt(a, one, note);
    arena_destroy(a);
    assert_string_equal(order, "3211");
    arena_destroy(NULL);
}

/* Runs f in a child whose stderr comes back in out; returns the child's wait status. */
static int in_child(void (*f)(void), char *out, size_t size)
{
    int ends[2], status;
    size_t n = 0;
    ssize_t got;
    pid_t pid;

    assert_int_equal(pipe(ends), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
        signal(SIGABRT, SIG_DFL);
        dup2(ends[1], STDERR_FILENO);
        f();
        _exit(0);
    }
    close(ends[1]);
    while (n + 1 < size && (got = read(ends[0], out + n, size - n - 1)) > 0) {
        n += (size_t)got;
    }
    out[n] = '\0';
    close(ends[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static void exceed(void)
{
    struct arena *a = arena_create(100000);

    arena_alloc(a, 90000);
    arena_alloc(a, 20000);
}

static void exceed_by_a_huge_size(void)
{
    arena_alloc(arena_create(100000), SIZE_MAX - 7);
}

static void past_the_ceiling_the_worker_says_so_and_aborts(void **state)
{
    char out[2000];
    int status = in_child(exceed, out, sizeof out);

    (void)state;
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    assert_non_null(strstr(out, "\"event\":\"arena_ceiling\""));
    status = in_child(exceed_by_a_huge_size, out, sizeof out);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    assert_non_null(strstr(out, "arena_ceiling"));
}

static void the_ceiling_counts_each_request_anew(void **state)
{
    struct arena *a = arena_create(100000);

    (void)state;
    for (int i = 0; i < 20; i++) {
        memset(arena_alloc(a, 90000), i, 90000);
        assert_int_equal(arena_used(a), 90000);
        arena_reset(a);
    }
    arena_destroy(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_allocation_is_aligned_and_apart_from_the_others),
        cmocka_unit_test(zalloc_zeroes_memory_that_an_earlier_request_used),
        cmocka_unit_test(a_reset_gives_the_first_block_again),
        cmocka_unit_test(small_allocations_go_on_in_their_block_after_a_large_one),
        cmocka_unit_test(copies_end_with_nul_and_keep_inner_bytes),
        cmocka_unit_test(printf_takes_texts_of_any_length),
        cmocka_unit_test(adopted_things_are_released_newest_first_and_once),
        cmocka_unit_test(past_the_ceiling_the_worker_says_so_and_aborts),
        cmocka_unit_test(the_ceiling_counts_each_request_anew),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
