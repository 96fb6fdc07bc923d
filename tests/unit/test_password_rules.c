/* test_password_rules.c - which passwords will do. */
#include "core/arena.h"
#include "domains/auth/auth.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct auth_names ada = { "ada.okafor@kettle.example", "Ada", "Okafor" };

static const char *problem(const char *password)
{
    static struct arena *a;
    a = a != NULL ? a : arena_create(1 << 20);
    arena_reset(a);
    return auth_password_problem(a, password, &ada);
}

static void taken(const char *password)
{
    if (problem(password) != NULL) {
        fail_msg("%s: %s", password, problem(password));
    }
}

static void refused(const char *password, const char *word)
{
    const char *words = problem(password);
    if (words == NULL || strstr(words, word) == NULL) {
        fail_msg("%s: %s", password, words != NULL ? words : "was taken");
    }
}

static void a_password_has_8_to_128_characters_of_any_kind(void **state)
{
    char longest[130];
    (void)state;
    memset(longest, 0, sizeof longest);
    for (int i = 0; i < 128; i++) {
        longest[i] = (char)('a' + i % 23);
    }
    taken(longest);
    longest[128] = 'x';
    refused(longest, "8 to 128");
    refused("seven_7", "8 to 128");
    refused("äöüäöüä", "8 to 128");
    refused("", "8 to 128");
    refused("bad \xff\xfe utf-8", "8 to 128");
    taken("äöüßéèêx");
    taken("        ");
    taken("😀😁😂🤣😃😄😅😆");
    taken("tr0ub4dor&3");
}

static void the_commonest_passwords_are_refused_whatever_their_case(void **state)
{
    static const char *const common[] = { "password", "12345678",  "123456789", "1234567890", "qwertyuiop",
                                          "1q2w3e4r", "iloveyou",  "sunshine",  "password1",  "superman",
                                          "trustno1", "PassWord",  "starwars",  "baseball",   "football1",
                                          "michelle", "corvette",  "11111111",  "jennifer",   "maverick",
                                          "princess", "elizabeth", "different", "charlotte",  "christopher" };
    (void)state;
    for (size_t i = 0; i < sizeof common / sizeof *common; i++) {
        refused(common[i], "commonest");
    }
    taken("password of the day");
    taken("purple kettle 42 sings");
    taken("sunshine, kettles");
    taken("vqxjzkwp");
}

static void a_password_is_more_than_the_own_name_and_address(void **state)
{
    static const char *const own[] = { "ada okafor",  "AdaOkafor",   "okafor.ada", "ada.okafor@kettle.example",
                                       "okafor1990!", "kettle-2026", "adaadaada",  "okaforkettle",
                                       "Okafor...xyz" };
    (void)state;
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        refused(own[i], "your own");
    }
    taken("adamant walrus");
    taken("okafor likes plums");
    taken("a1b2c3d4e5 walnut");
}

static void names_that_are_missing_or_odd_do_no_harm(void **state)
{
    struct arena *a = arena_create(1 << 20);
    const struct auth_names none = { "x", NULL, "" };
    const struct auth_names many = {
        "a-bcd.efg.hij.klm.nop.qrs.tuv.wxy.zab.cde.fgh.ijk.lmn.opq.rst.uvw.xyz.abc.def.ghi.jkl.mno.pqr.stu.vwx@y", "J", "O'"
    };
    (void)state;
    assert_null(auth_password_problem(a, "purple kettle", &none));
    assert_null(auth_password_problem(a, "purple kettle", &many));
    assert_non_null(auth_password_problem(a, "12345678", &none));
    arena_destroy(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_password_has_8_to_128_characters_of_any_kind),
        cmocka_unit_test(the_commonest_passwords_are_refused_whatever_their_case),
        cmocka_unit_test(a_password_is_more_than_the_own_name_and_address),
        cmocka_unit_test(names_that_are_missing_or_odd_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
