/* Tables as text (RFC 4180), and what is none. */
#include "core/arena.h"
#include "core/buf.h"
#include "core/csv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Rows as lines, cells between bars; "!" behind what is broken. */
static void reads(const char *text, const char *expected)
{
    const char *cells[CSV_CELLS];
    int n = 0;
    struct buf b = { 0 };
    struct csv c = { .arena = arena_create(1 << 20), .at = text };
    buf_str(&b, "");
    while (csv_next(&c, cells, &n)) {
        for (int i = 0; i < n; i++) {
            buf_printf(&b, "%s%s", i > 0 ? "|" : "", cells[i]);
        }
        buf_char(&b, '/');
    }
    buf_str(&b, c.broken ? "!" : "");
    assert_string_equal(b.data, expected);
    buf_free(&b);
    arena_destroy(c.arena);
}

static void rows_are_lines_and_cells_stand_between_commas(void **state)
{
    (void)state;
    reads("", "");
    reads("\n\r\n", "");
    reads("a", "a/");
    reads("a,b\nc,d\n", "a|b/c|d/");
    reads("a,b\r\nc,d\r\n", "a|b/c|d/");
    reads("a,,\n,b,", "a||/|b|/");
    reads("\xef\xbb\xbf"
          "a,b",
          "a|b/");
    reads("a\n\n\nb", "a/b/");
}

static void quotes_hold_commas_line_ends_and_quotes(void **state)
{
    (void)state;
    reads("\"a,b\",c", "a,b|c/");
    reads("\"a\nb\",\"\"", "a\nb|/");
    reads("\"say \"\"yes\"\"\"\nb", "say \"yes\"/b/");
    reads("a\"b,c", "a\"b|c/");
}

static void semicolons_and_tabs_separate_where_the_first_line_has_no_comma(void **state)
{
    (void)state;
    reads("a;b\n1,5;\"x;y\"\n", "a|b/1,5|x;y/");
    reads("\xef\xbb\xbf\r\n\"a,a\";b\r\nc;\r\n", "a,a|b/c|/");
    reads("a\tb\nc;d\te\n", "a|b/c;d|e/");
    reads("a,b;c\nd;e,f\n", "a|b;c/d;e|f/");
    reads("a\nb;c,d\n", "a/b;c|d/");
    reads("a;b\n\"c\",d\n", "a|b/!");
}

static void what_is_no_table_is_said(void **state)
{
    (void)state;
    reads("\"a", "!");
    reads("a\n\"b\"c", "a/!");
    reads("\"", "!");
    struct buf b = { 0 };
    for (int i = 0; i < CSV_CELLS; i++) {
        buf_char(&b, ',');
    }
    reads(b.data, "!");
    buf_free(&b);
}

static void the_line_of_a_row_is_known(void **state)
{
    (void)state;
    const char *cells[CSV_CELLS];
    int n = 0;
    struct csv c = { .arena = arena_create(1 << 20), .at = "a\n\n\"x\ny\",b\nc" };
    assert_true(csv_next(&c, cells, &n) && c.line == 1 && n == 1);
    assert_true(csv_next(&c, cells, &n) && c.line == 3 && n == 2);
    assert_true(csv_next(&c, cells, &n) && c.line == 5 && n == 1);
    assert_false(csv_next(&c, cells, &n));
    arena_destroy(c.arena);
}

static void cells_are_written_so_that_they_are_read_again(void **state)
{
    (void)state;
    struct buf b = { 0 };
    csv_text(&b, "plain");
    buf_char(&b, ',');
    csv_text(&b, "a,\"b\"\nc");
    buf_char(&b, ',');
    csv_text(&b, "=1+1");
    buf_char(&b, ',');
    csv_cell(&b, "-5");
    buf_char(&b, ',');
    csv_text(&b, " x");
    buf_char(&b, ',');
    csv_text(&b, "");
    assert_string_equal(b.data, "plain,\"a,\"\"b\"\"\nc\",\"'=1+1\",-5,\" x\",");
    reads(b.data, "plain|a,\"b\"\nc|'=1+1|-5| x|/");
    buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_lines_and_cells_stand_between_commas),
        cmocka_unit_test(quotes_hold_commas_line_ends_and_quotes),
        cmocka_unit_test(semicolons_and_tabs_separate_where_the_first_line_has_no_comma),
        cmocka_unit_test(what_is_no_table_is_said),
        cmocka_unit_test(the_line_of_a_row_is_known),
        cmocka_unit_test(cells_are_written_so_that_they_are_read_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
