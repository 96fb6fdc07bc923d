/* The compiler of named queries, run on small files. What it compiles is checked as text, and compiled by the C compiler. */
#include "process.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[64];
static char output[65536];

static const char *in_folder(const char *name)
{
    static char paths[4][192];
    static int turn;
    char *path = paths[turn++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

static void write_file(const char *name, const char *text)
{
    FILE *f = fopen(in_folder(name), "we");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static const char *read_file(const char *name)
{
    static char text[65536];
    FILE *f = fopen(in_folder(name), "re");
    if (f == NULL) {
        return NULL;
    }
    text[fread(text, 1, sizeof text - 1, f)] = 0;
    fclose(f);
    return text;
}

static int make_folder(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/karara-sqlc-XXXXXX");
    if (mkdtemp(folder) == NULL) {
        return -1;
    }
    mkdir(in_folder("out"), 0700);
    mkdir(in_folder("app"), 0700);
    mkdir(in_folder("app/api"), 0700);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    folder_remove(folder);
    return 0;
}

/* Runs sqlc on app/tasks.sql with this text (and app/boards.sql, unless NULL). Exit status; what it says is in `output`. */
static int sqlc(const char *tasks, const char *boards)
{
    char out[80], app[80], first[80], second[80];
    const char *argv[] = { KARARA_BIN_DIR "/sqlc", out, app, first, boards != NULL ? second : NULL, NULL };
    snprintf(out, sizeof out, "%s/out", folder);
    snprintf(app, sizeof app, "%s/app", folder);
    snprintf(first, sizeof first, "%s/app/tasks.sql", folder);
    snprintf(second, sizeof second, "%s/app/boards.sql", folder);
    write_file("app/tasks.sql", tasks);
    if (boards != NULL) {
        write_file("app/boards.sql", boards);
    }
    return process_read(&(struct process){ .argv = argv }, output, sizeof output);
}

static void assert_compiled(const char *tasks, const char *expected)
{
    int status = sqlc(tasks, NULL);
    if (status != 0) {
        fail_msg("%s", output);
    }
    const char *c = read_file("out/tasks_sql.c");
    assert_non_null(c);
    if (strstr(c, expected) == NULL) {
        fail_msg("expected %s in\n%s", expected, c);
    }
}

static void assert_refused(const char *tasks, const char *line, const char *words)
{
    char expected[512];
    assert_int_equal(sqlc(tasks, NULL), 1);
    snprintf(expected, sizeof expected, "tasks.sql:%s: ", line);
    if (strstr(output, expected) == NULL || strstr(output, words) == NULL) {
        fail_msg("expected %s%s, got %s", expected, words, output);
    }
    assert_null(read_file("out/tasks_sql.c"));
}

/* ---- what is compiled ---- */

static void parameters_are_numbered_by_first_use(void **state)
{
    (void)state;
    assert_compiled("-- name: task_get :one\n-- $task_id uuid\n-- $title text\n-- One.\n"
                    "select $title from tasks where id = $task_id and brand_id = $brand_id and title = $title;\n",
                    "select $1 from tasks where id = $2 and brand_id = $3 and title = $1\"");
    assert_non_null(strstr(read_file("out/tasks_sql.c"), "    { \"title\", SQL_TEXT },\n    { \"task_id\", SQL_UUID },\n"
                                                         "    { \"brand_id\", SQL_UUID },\n"));
    assert_non_null(strstr(read_file("out/tasks_sql.c"), ".kind = SQL_ONE"));
}

static void every_type_and_kind_is_known(void **state)
{
    (void)state;
    assert_int_equal(
        sqlc("-- name: a :one\n-- $a bool\n-- $b int4\n-- $c int8\n-- $d float8\n-- $e text\n-- $f uuid\n-- $g timestamptz\n"
             "-- $h date\n-- $i jsonb\n-- $j bytea\n-- $k uuid[]\n-- $l text[]\n-- All.\n"
             "select $a, $b, $c, $d, $e, $f, $g, $h, $i, $j, $k, $l;\n"
             "-- name: b :opt\n-- B.\nselect 1;\n-- name: c :many\n-- C.\nselect 1;\n"
             "-- name: d :exec\n-- D.\nselect 1;\n-- name: e :list\n-- E.\nselect 1;\n",
             NULL),
        0);
    static const char *const words[] = { "{ \"a\", SQL_BOOL }",
                                         "{ \"b\", SQL_INT4 }",
                                         "{ \"c\", SQL_INT8 }",
                                         "{ \"d\", SQL_FLOAT8 }",
                                         "{ \"e\", SQL_TEXT }",
                                         "{ \"f\", SQL_UUID }",
                                         "{ \"g\", SQL_TIME }",
                                         "{ \"h\", SQL_DATE }",
                                         "{ \"i\", SQL_JSON }",
                                         "{ \"j\", SQL_BYTES }",
                                         "{ \"k\", SQL_UUIDS }",
                                         "{ \"l\", SQL_TEXTS }",
                                         "SQL_OPT",
                                         "SQL_MANY",
                                         "SQL_EXEC",
                                         "SQL_LIST" };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        assert_non_null(strstr(read_file("out/tasks_sql.c"), words[i]));
    }
}

static void quoted_text_holds_no_parameters(void **state)
{
    (void)state;
    assert_compiled(
        "-- name: a :one\n-- A.\n"
        "select 'it''s $x; {{y}} -- no', E'\\'$x', \"odd $x\"\"\", $$ $x ; $$, $t$ $$ $x $t$ /* $x ; /* $y */ */ -- $z;\n;\n",
        "select 'it''s $x; {{y}} -- no', E'\\\\'$x', \\\"odd $x\\\"\\\"\\\", $$ $x ; $$, $t$ $$ $x $t$\"");
    assert_null(strstr(read_file("out/tasks_sql.c"), ".params"));
}

static void blanks_and_comments_are_dropped(void **state)
{
    (void)state;
    assert_compiled("-- name: a :one\n-- A.\nselect  a ,\n\t b -- why\n from /* where */ t\n where f( a )  ;\n",
                    "\"select a, b from t where f(a)\"");
}

static void line_breaks_in_literals_stay(void **state)
{
    (void)state;
    assert_compiled("-- name: a :one\n-- A.\nselect 'one\n  two';\n", "select 'one\\012  two'");
}

static void fragments_nest_and_take_arguments(void **state)
{
    (void)state;
    assert_compiled("-- fragment: pair\n-- %1 and %2.\n%1.id, {{wrapped: %2}};\n\n-- fragment: wrapped\nlower( %1 );\n\n"
                    "-- name: a :one\n-- $q text\n-- A.\nselect {{pair: t, coalesce(t.x, $q)}}, '%1', t.n %2;\n",
                    "\"select t.id, lower(coalesce(t.x, $1)), '%1', t.n %2\"");
}

static void fragments_are_shared_between_files(void **state)
{
    (void)state;
    assert_int_equal(
        sqlc("-- name: a :one\n-- A.\nselect {{board_columns}};\n", "-- fragment: board_columns\nb.id, $brand_id;\n"), 0);
    assert_non_null(strstr(read_file("out/tasks_sql.c"), "\"select b.id, $1\""));
}

static void a_fragment_s_parameter_is_declared_by_its_user(void **state)
{
    (void)state;
    assert_compiled("-- fragment: mine\nowner = $owner;\n-- name: a :one\n-- $owner text\n-- A.\nselect {{mine}};\n",
                    "owner = $1");
    assert_compiled("-- fragment: mine\nowner = $owner;\n-- name: a :one\n-- $owner uuid\n-- A.\nselect {{mine}};\n",
                    "SQL_UUID");
}

static void permissions_are_known_by_name(void **state)
{
    (void)state;
    write_file("app/api/permission.def", "/* all */\nPERMISSION(CAN_FLY, GUEST, \"Fly.\")\n");
    assert_compiled("-- name: a :one\n-- A.\nselect $can_fly;\n", "{ \"can_fly\", SQL_BOOL }");
    remove_folder(state);
    make_folder(state);
    write_file("app/api/permission.def", "PERMISSION(CAN_FLY, GUEST, \"Fly.\")\n");
    assert_refused("-- name: a :one\n-- A.\nselect $can_swim;\n", "1", "undeclared parameter $can_swim");
}

static void ids_follow_the_order_of_files(void **state)
{
    (void)state;
    assert_int_equal(
        sqlc("-- name: a :one\n-- A.\nselect 1;\n-- name: b :one\n-- B.\nselect 1;\n", "-- name: c :one\n-- C.\nselect 1;\n"),
        0);
    assert_non_null(strstr(read_file("out/boards_sql.c"), ".id = 2,"));
    assert_non_null(strstr(read_file("out/sql_all.c"), "    &sql_a,\n    &sql_b,\n    &sql_c,\n    NULL,\n"));
    assert_non_null(strstr(read_file("out/sql_all.c"), "sql_count = 3;"));
}

static void an_unchanged_file_is_left_untouched(void **state)
{
    (void)state;
    struct stat before, after;
    assert_int_equal(sqlc("-- name: a :one\n-- A.\nselect 1;\n", NULL), 0);
    assert_int_equal(stat(in_folder("out/tasks_sql.c"), &before), 0);
    assert_int_equal(sqlc("-- name: a :one\n-- A.\nselect\n1;\n", NULL), 0);
    assert_int_equal(stat(in_folder("out/tasks_sql.c"), &after), 0);
    assert_true(before.st_mtim.tv_sec == after.st_mtim.tv_sec && before.st_mtim.tv_nsec == after.st_mtim.tv_nsec);
    assert_int_equal(sqlc("-- name: a :one\n-- A.\nselect 2;\n", NULL), 0);
    assert_non_null(strstr(read_file("out/tasks_sql.c"), "select 2"));
}

static void what_it_writes_compiles_without_a_warning(void **state)
{
    (void)state;
    char c[192], all[192], out[192];
    assert_int_equal(
        sqlc("-- name: a :one\n-- $x text\n-- Ends a comment */ and begins one /* here.\nselect $x, 'a\\b\"c?\?(', \"é\";\n"
             "-- name: b :exec\n-- B.\ndelete from t;\n",
             NULL),
        0);
    snprintf(c, sizeof c, "%s", in_folder("out/tasks_sql.c"));
    snprintf(all, sizeof all, "%s", in_folder("out/sql_all.c"));
    snprintf(out, sizeof out, "-I%s", in_folder("out"));
    const char *const argv[] = { "cc", "-std=c17", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", "-I" KARARA_APP_DIR,
                                 out,  c,          all,     NULL };
    int status = process_read(&(struct process){ .argv = argv }, output, sizeof output);
    if (status != 0) {
        fail_msg("%s", output);
    }
}

/* ---- what is refused ---- */

static void an_undeclared_parameter_is_refused(void **state)
{
    (void)state;
    assert_refused("-- The tasks.\n\n-- name: a :one\n-- A.\nselect $nobody;\n", "3", "undeclared parameter $nobody");
}

static void an_unused_parameter_is_refused(void **state)
{
    (void)state;
    assert_refused("-- name: a :one\n-- $x text\n-- A.\nselect '$x';\n", "2", "doesn't use it");
}

static void wrong_declarations_are_refused(void **state)
{
    (void)state;
    assert_refused("-- name: a :one\n-- $x varchar\n-- A.\nselect $x;\n", "2", "unknown type \"varchar\"");
    assert_refused("-- name: a :one\n-- $x text\n-- $x uuid\n-- A.\nselect $x;\n", "3", "declared twice");
    assert_refused("-- name: a :one\n-- $brand_id text\n-- A.\nselect $brand_id;\n", "2", "with another type");
    assert_refused("-- name: a :one\n-- $1 uuid\n-- A.\nselect $1;\n", "2", "in lower case");
}

static void numbered_parameters_are_refused(void **state)
{
    (void)state;
    assert_refused("-- name: a :one\n-- A.\nselect $1;\n", "1", "undeclared parameter $1");
}

static void a_name_that_exists_twice_is_refused(void **state)
{
    (void)state;
    assert_refused("-- name: a :one\n-- A.\nselect 1;\n-- name: a :one\n-- A.\nselect 2;\n", "4", "already defined at");
    assert_int_equal(sqlc("-- name: a :one\n-- A.\nselect 1;\n", "-- name: a :one\n-- A.\nselect 1;\n"), 1);
    assert_non_null(strstr(output, "boards.sql:1: a is already defined at"));
}

static void a_wrong_head_is_refused(void **state)
{
    (void)state;
    assert_refused("-- name: Get :one\n-- A.\nselect 1;\n", "1", "is not a name");
    assert_refused("-- name: a :some\n-- A.\nselect 1;\n", "1", "the kind is one of");
    assert_refused("-- name: a\n-- A.\nselect 1;\n", "1", "the kind is one of");
    assert_refused("-- name: a :one\nselect 1;\n", "1", "say in a comment what it does");
    assert_refused("\nselect 1;\n", "2", "SQL without");
}

static void cycles_of_fragments_are_refused(void **state)
{
    (void)state;
    assert_refused("-- fragment: x\n{{y}};\n-- fragment: y\n{{x}};\n-- name: a :one\n-- A.\nselect {{x}};\n", "1",
                   "contains itself");
}

static void unknown_and_unused_fragments_are_refused(void **state)
{
    (void)state;
    assert_refused("-- name: a :one\n-- A.\nselect\n{{x}};\n", "4", "there is no fragment \"x\"");
    assert_refused("-- name: a :one\n-- A.\nselect 1;\n-- fragment: x\n1;\n", "4", "is used nowhere");
}

static void a_wrong_number_of_arguments_is_refused(void **state)
{
    (void)state;
    static const char fragment[] = "-- fragment: x\n%1 %2;\n-- name: a :one\n-- A.\nselect ";
    static const char *const calls[] = { "{{x}}", "{{x: a}}", "{{x: a, b, c}}" };
    for (size_t i = 0; i < 3; i++) {
        char text[256];
        snprintf(text, sizeof text, "%s%s;\n", fragment, calls[i]);
        assert_refused(text, "5", "fragment x takes 2 arguments");
    }
}

static void unfinished_text_is_refused(void **state)
{
    (void)state;
    assert_refused("-- name: a :one\n-- A.\nselect 1\n", "1", "no ; at its end");
    assert_refused("-- name: a :one\n-- A.\nselect 'x;\n", "1", "has no end");
    assert_refused("-- name: a :one\n-- A.\nselect $$x;\n", "1", "has no end");
    assert_refused("-- name: a :one\n-- A.\nselect /* x;\n", "1", "has no end");
    assert_refused("-- name: a :one\n-- A.\nselect {{x;\n", "1", "has no end");
    assert_refused("-- name: a :one\n-- A.\n;\n", "1", "has no SQL");
    assert_refused("-- name: a :one\n-- A.\nselect 1; select 2;\n", "3", "text behind the ;");
}

static void one_wrong_fragment_is_named_once(void **state)
{
    (void)state;
    assert_refused(
        "-- fragment: x\n{{nowhere}};\n-- name: a :one\n-- A.\nselect {{x}};\n-- name: b :one\n-- B.\nselect {{x}};\n", "2",
        "there is no fragment");
    const char *first = strstr(output, "nowhere");
    assert_non_null(first);
    assert_null(strstr(first + 1, "nowhere"));
}

static void files_that_are_not_sql_are_refused(void **state)
{
    (void)state;
    const char *argv[] = { KARARA_BIN_DIR "/sqlc", folder, folder, "/nowhere/tasks.sql", NULL };
    assert_int_equal(process_read(&(struct process){ .argv = argv }, output, sizeof output), 1);
    assert_non_null(strstr(output, "/nowhere/tasks.sql: No such file"));
    argv[3] = "/nowhere/tasks.txt";
    assert_int_equal(process_read(&(struct process){ .argv = argv }, output, sizeof output), 1);
    assert_non_null(strstr(output, "expected a lower-case name and .sql"));
    argv[1] = NULL;
    assert_int_equal(process_read(&(struct process){ .argv = argv }, output, sizeof output), 1);
    assert_non_null(strstr(output, "usage:"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, make_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(parameters_are_numbered_by_first_use),   TEST(every_type_and_kind_is_known),
        TEST(quoted_text_holds_no_parameters),        TEST(blanks_and_comments_are_dropped),
        TEST(line_breaks_in_literals_stay),           TEST(fragments_nest_and_take_arguments),
        TEST(fragments_are_shared_between_files),     TEST(a_fragment_s_parameter_is_declared_by_its_user),
        TEST(permissions_are_known_by_name),          TEST(ids_follow_the_order_of_files),
        TEST(an_unchanged_file_is_left_untouched),    TEST(what_it_writes_compiles_without_a_warning),
        TEST(an_undeclared_parameter_is_refused),     TEST(an_unused_parameter_is_refused),
        TEST(wrong_declarations_are_refused),         TEST(numbered_parameters_are_refused),
        TEST(a_name_that_exists_twice_is_refused),    TEST(a_wrong_head_is_refused),
        TEST(cycles_of_fragments_are_refused),        TEST(unknown_and_unused_fragments_are_refused),
        TEST(a_wrong_number_of_arguments_is_refused), TEST(unfinished_text_is_refused),
        TEST(one_wrong_fragment_is_named_once),       TEST(files_that_are_not_sql_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
