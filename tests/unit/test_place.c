/* test_place.c - where addresses are: names in languages, flat databases, networks of one's own, and files that are none. */
#include "core/arena.h"
#include "mmdb.h"
#include "platform/place.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static struct arena *a;
static char path[64];

static int begin(void **state)
{
    (void)state;
    static const char *const munich[] = { "en", "Munich", "de", "München", NULL };
    static const char *const germany[] = { "en", "Germany", "de", "Deutschland", NULL };
    static const char *const brazil[] = { "en", "Brazil", "pt-BR", "Brasil", NULL };
    static const struct mmdb_network networks[] = {
        { "203.0.113.0/24", munich, germany, NULL },
        { "198.51.100.128/25", NULL, brazil, NULL },
        { "2001:db8:7::/48", munich, germany, NULL },
        { "192.0.2.0/24", NULL, NULL, "NL" },
        { NULL, NULL, NULL, NULL },
    };
    a = arena_create(1 << 20);
    snprintf(path, sizeof path, "/tmp/karara-place-XXXXXX");
    close(mkstemp(path));
    mmdb_write(path, networks);
    return 0;
}

static int end(void **state)
{
    (void)state;
    unlink(path);
    arena_destroy(a);
    return 0;
}

static void a_place_is_named_in_the_language_that_is_asked_for(void **state)
{
    (void)state;
    struct place_book *book = place_open(path);
    assert_non_null(book);
    assert_string_equal(place_name(a, book, "203.0.113.9", "en"), "Munich, Germany");
    assert_string_equal(place_name(a, book, "203.0.113.9", "de-AT"), "München, Deutschland");
    assert_string_equal(place_name(a, book, "203.0.113.9", "fr"), "Munich, Germany");
    assert_string_equal(place_name(a, book, "203.0.113.9", ""), "Munich, Germany");
    assert_string_equal(place_name(a, book, "203.0.113.9", NULL), "Munich, Germany");
    assert_string_equal(place_name(a, book, "2001:db8:7::1", "de"), "München, Deutschland");
    assert_string_equal(place_name(a, book, "198.51.100.200", "pt-BR"), "Brasil");
    assert_string_equal(place_name(a, book, "192.0.2.1", "de"), "NL");
    place_close(book);
}

static void what_is_not_in_it_has_no_place(void **state)
{
    (void)state;
    struct place_book *book = place_open(path);
    static const char *const unknown[] = { "198.51.100.1", "203.0.114.1", "2001:db8:8::1", "",
                                           "nowhere",      "203.0.113",   "1.2.3.4.5" };
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) {
        assert_string_equal(place_name(a, book, unknown[i], "en"), "");
    }
    place_close(book);
}

static void networks_of_one_s_own_need_no_database(void **state)
{
    (void)state;
    static const char *const own[] = { "127.0.0.1",   "10.1.2.3",    "172.16.0.1",     "172.31.255.255",
                                       "192.168.7.7", "169.254.1.1", "100.64.0.9",     "::1",
                                       "fe80::1",     "fd12::1",     "::ffff:10.0.0.1" };
    static const char *const others[] = {
        "172.32.0.1", "172.15.0.1", "11.0.0.1", "192.169.0.1", "100.128.0.1", "fec0::1", "::2"
    };
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        assert_string_equal(place_name(a, NULL, own[i], "en"), "this network");
        assert_string_equal(place_name(a, NULL, own[i], "de-CH"), "dieses Netz");
    }
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        assert_string_equal(place_name(a, NULL, others[i], "en"), "");
    }
}

static void what_is_no_database_is_none(void **state)
{
    (void)state;
    assert_null(place_open(""));
    assert_null(place_open(NULL));
    assert_null(place_open("/nowhere/at-all.mmdb"));
    assert_null(place_open("/etc/hostname"));
    place_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_place_is_named_in_the_language_that_is_asked_for),
        cmocka_unit_test(what_is_not_in_it_has_no_place),
        cmocka_unit_test(networks_of_one_s_own_need_no_database),
        cmocka_unit_test(what_is_no_database_is_none),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
