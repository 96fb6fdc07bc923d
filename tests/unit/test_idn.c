/* Host names: in which form they are kept, and what is none. */
#include "core/arena.h"
#include "platform/idn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct arena *a;

static int set_up(void **state)
{
    (void)state;
    a = arena_create(1 << 20);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_destroy(a);
    return 0;
}

static void names_are_kept_as_the_dns_has_them(void **state)
{
    static const char *const names[][2] = {
        { "work.example.org", "work.example.org" },
        { "WORK.Example.ORG.", "work.example.org" },
        { "B\xc3\xbc"
          "cher.example",
          "xn--bcher-kva.example" },
        { "Bu\xcc\x88"
          "cher.example",
          "xn--bcher-kva.example" },                    /* u and its marks apart */
        { "fa\xc3\x9f.example", "xn--fa-hia.example" }, /* IDNA 2008 keeps the letter */
        { "xn--bcher-kva.example", "xn--bcher-kva.example" },
        { "\xe4\xbe\x8b\xe3\x81\x88.\xe3\x83\x86\xe3\x82\xb9\xe3\x83\x88", "xn--r8jz45g.xn--zckzah" },
        { "3com.example", "3com.example" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *host = idn_host(a, names[i][0]);
        assert_non_null(host);
        assert_string_equal(host, names[i][1]);
    }
}

static void what_is_no_name_is_refused(void **state)
{
    static const char *const wrong[] = {
        "",
        "localhost",
        ".",
        "a..example",
        ".example",
        "a b.example",
        "a_b.example",
        "-a.example",
        "a-.example",
        "10.0.0.1",
        "example.123",
        "[::1]",
        "a.example:8443",
        "a/b.example",
        "\xff.example",
        "xn--a.example",
        "..",
        "user@a.example",
        "*.example",
        "a.example\n",
    };
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        if (idn_host(a, wrong[i]) != NULL) {
            fail_msg("\"%s\" is taken for %s", wrong[i], idn_host(a, wrong[i]));
        }
    }
}

static void labels_and_names_have_their_lengths(void **state)
{
    (void)state;
    char label[80] = "", *whole = arena_alloc(a, 400);
    memset(label, 'a', 63);
    assert_non_null(idn_host(a, arena_printf(a, "%s.example", label)));
    label[63] = 'a';
    assert_null(idn_host(a, arena_printf(a, "%s.example", label)));
    memset(whole, 'a', 400);
    for (int i = 50; i < 400; i += 50) {
        whole[i] = '.';
    }
    whole[253] = '\0';
    assert_non_null(idn_host(a, whole));
    whole[253] = 'a';
    whole[254] = '\0';
    assert_null(idn_host(a, whole));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_kept_as_the_dns_has_them),
        cmocka_unit_test(what_is_no_name_is_refused),
        cmocka_unit_test(labels_and_names_have_their_lengths),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
