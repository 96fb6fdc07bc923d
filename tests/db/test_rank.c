/* karara.rank_between and rank_at: ranks are compared as bytes, here by strcmp and in the database by collation "C". */
#include "pg.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int begin(void **state)
{
    (void)state;
    pg_begin();
    return 0;
}

static const char *quoted(const char *rank)
{
    static char text[4][2048];
    static int turn;
    char *to = text[turn++ % 4];
    snprintf(to, sizeof text[0], rank != NULL ? "'%s'" : "null", rank);
    return to;
}

static const char *between(const char *a, const char *b)
{
    return pg_value("select karara.rank_between(%s, %s)", quoted(a), quoted(b));
}

static void assert_strictly_between(const char *a, const char *rank, const char *b)
{
    bool in_order = (a == NULL || strcmp(a, rank) < 0) && (b == NULL || strcmp(rank, b) < 0);
    if (!in_order || *rank == 0 ||
        strspn(rank, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") != strlen(rank)) {
        fail_msg("%s is not between %s and %s", rank, a != NULL ? a : "the start", b != NULL ? b : "the end");
    }
}

static void known_places_get_known_ranks(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b, *rank;
    } rows[] = {
        { NULL, NULL, "a0" },    { "a0", NULL, "a1" },  { "az", NULL, "b00" }, { "b0z", NULL, "b10" },
        { "bzz", NULL, "c000" }, { NULL, "a0", "Zz" },  { NULL, "Z0", "Yzz" }, { NULL, "b00", "az" },
        { "Zz", NULL, "a0" },    { "Yzz", NULL, "Z0" }, { "a0", "a1", "a0V" }, { "a0", "a0V", "a0G" },
        { "a0V", "a1", "a0l" },  { "Zz", "a0", "ZzV" }, { "a0", "a2", "a1" },  { "a0", "a01", "a00V" },
        { "a0z", "a1", "a0zV" }, { NULL, "a0V", "a0" }, { "a0", "b00", "a1" }, { "az", "b01", "b00" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_string_equal(between(rows[i].a, rows[i].b), rows[i].rank);
    }
}

static void a_hundred_thousand_appended_or_prepended_stay_short(void **state)
{
    (void)state;
    pg_exec("do $$ declare r text collate \"C\"; n text collate \"C\"; begin"
            " for i in 0..99999 loop"
            "  n := karara.rank_between(r, null);"
            "  if n <= r or length(n) > 6 or n <> karara.rank_at(i) then raise 'after %%: %%', r, n; end if;"
            "  r := n;"
            " end loop;"
            " r := null;"
            " for i in 1..100000 loop"
            "  n := karara.rank_between(null, r);"
            "  if n >= r or length(n) > 6 then raise 'before %%: %%', r, n; end if;"
            "  r := n;"
            " end loop;"
            "end $$");
}

static void ranks_end_but_only_after_ages(void **state)
{
    (void)state;
    char last[32] = "z", first[32] = "A";
    memset(last + 1, 'z', 26);
    memset(first + 1, '0', 26);
    assert_strictly_between(last, between(last, NULL), NULL);
    assert_string_equal(pg_try("select karara.rank_between(null, '%s')", first), "KA099");
    first[26] = '1';
    assert_strictly_between(NULL, between(NULL, first), first);
}

/* Keeps a list as a person would who drags things about, and looks at each new rank. */
static void random_inserts_are_strictly_between(void **state)
{
    (void)state;
    enum { INSERTS = 2000, SIZE = 64 };
    static char ranks[INSERTS][SIZE];
    size_t longest = 0;
    srand(7);
    for (int n = 0; n < INSERTS; n++) {
        int at = rand() % (n + 1);
        const char *a = at > 0 ? ranks[at - 1] : NULL;
        const char *b = at < n ? ranks[at] : NULL;
        char fresh[SIZE];
        snprintf(fresh, sizeof fresh, "%s", between(a, b));
        assert_strictly_between(a, fresh, b);
        memmove(ranks[at + 1 < INSERTS ? at + 1 : at], ranks[at], (size_t)(INSERTS - 1 - at) * SIZE);
        strcpy(ranks[at], fresh);
        longest = strlen(fresh) > longest ? strlen(fresh) : longest;
    }
    assert_true(longest <= 12);
}

/* Always into the same gap, always next to the one before: the worst that dragging can do. */
static void a_gap_that_is_filled_over_and_over_grows_slowly(void **state)
{
    (void)state;
    char low[512] = "a0", high[512] = "a1", fresh[512];
    for (int i = 1; i <= 300; i++) {
        snprintf(fresh, sizeof fresh, "%s", between("a0", high));
        assert_strictly_between("a0", fresh, high);
        strcpy(high, fresh);
        snprintf(fresh, sizeof fresh, "%s", between(low, "a1"));
        assert_strictly_between(low, fresh, "a1");
        strcpy(low, fresh);
        assert_true(strlen(high) <= (size_t)i / 5 + 4);
        assert_true(strlen(low) <= (size_t)i / 4 + 4);
    }
}

/* Alternating ends of a shrinking gap. */
static void a_gap_that_closes_from_both_sides_never_closes(void **state)
{
    (void)state;
    char low[512] = "a0", high[512] = "a1";
    for (int i = 0; i < 200; i++) {
        const char *fresh = between(low, high);
        assert_strictly_between(low, fresh, high);
        strcpy(i % 2 == 0 ? low : high, fresh);
    }
}

static void what_is_no_rank_or_in_no_order_is_refused(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        { "a1", "a1" },  { "a1", "a0" }, { "b00", "az" }, { "", "a1" },    { "a0", "" },     { "1", "a1" },
        { "a", "a1" },   { "b0", NULL }, { "a00", NULL }, { "a0", "a10" }, { "a0V0", NULL }, { NULL, "a-1" },
        { "a0 ", "a1" }, { "é0", NULL }, { "A0", NULL },  { NULL, "[0" },
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        const char *state_given = pg_try("select karara.rank_between(%s, %s)", quoted(pairs[i][0]), quoted(pairs[i][1]));
        if (state_given == NULL || strcmp(state_given, "KA099") != 0) {
            fail_msg("%s, %s: %s", pairs[i][0], pairs[i][1], state_given != NULL ? state_given : "accepted");
        }
    }
}

static void ranks_of_columns_and_of_literals_mix(void **state)
{
    (void)state;
    pg_exec("create temporary table ranked (position text collate \"C\"); insert into ranked values ('a0'), ('a1')");
    assert_string_equal(pg_value("select karara.rank_between(min(position), max(position)) from ranked"), "a0V");
    assert_string_equal(pg_value("select karara.rank_between(min(position), 'a1') from ranked"), "a0V");
    assert_string_equal(
        pg_value("select karara.rank_between(position collate \"C\", 'a1'::text) from ranked where position = 'a0'"), "a0V");
    pg_exec("drop table ranked");
}

static void the_database_orders_ranks_as_we_do(void **state)
{
    (void)state;
    assert_string_equal(
        pg_value("select string_agg(r, ' ' order by r collate \"C\") from unnest('{a0,Zz,b00,a0V,aA,az,Yzz,a9}'::text[]) r"),
        "Yzz Zz a0 a0V a9 aA az b00");
    assert_string_equal(
        pg_value("select string_agg(attrelid::regclass::text, ' ' order by attrelid::regclass::text) from pg_attribute a"
                 " join pg_class c on c.oid = attrelid and c.relkind = 'r' and relnamespace = 'tenant_shared'::regnamespace"
                 " where attname = 'position' and atttypid = 'text'::regtype and attcollation = '\"C\"'::regcollation"),
        "tenant_shared.boards tenant_shared.checklist_items tenant_shared.lists tenant_shared.tasks");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_places_get_known_ranks),
        cmocka_unit_test(a_hundred_thousand_appended_or_prepended_stay_short),
        cmocka_unit_test(ranks_end_but_only_after_ages),
        cmocka_unit_test(random_inserts_are_strictly_between),
        cmocka_unit_test(a_gap_that_is_filled_over_and_over_grows_slowly),
        cmocka_unit_test(a_gap_that_closes_from_both_sides_never_closes),
        cmocka_unit_test(what_is_no_rank_or_in_no_order_is_refused),
        cmocka_unit_test(ranks_of_columns_and_of_literals_mix),
        cmocka_unit_test(the_database_orders_ranks_as_we_do),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
