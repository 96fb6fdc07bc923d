/* test_totp.c - the codes of RFC 6238, their drift, and that each is taken once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/arena.h"
#include "platform/totp.h"
#include <stdbool.h>
#include <string.h>

static const uint8_t rfc[] = "12345678901234567890"; /* appendix B; its codes have 8 digits, ours are the last 6 */

static void the_codes_are_those_of_rfc_6238(void **state)
{
    static const struct {
        int64_t second;
        const char *code;
    } vectors[] = {
        { 59, "287082" },         { 1111111109, "081804" }, { 1111111111, "050471" },
        { 1234567890, "005924" }, { 2000000000, "279037" }, { 20000000000, "353130" },
    };
    char code[TOTP_CODE];
    (void)state;
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        totp_code(rfc, vectors[i].second / TOTP_STEP, code);
        assert_string_equal(code, vectors[i].code);
        assert_int_equal(totp_accept(rfc, vectors[i].code, vectors[i].second, -1), vectors[i].second / TOTP_STEP);
    }
}

static void one_step_of_drift_either_way_is_taken_and_no_more(void **state)
{
    char code[TOTP_CODE];
    const int64_t now = 1700000000, present = now / TOTP_STEP;
    (void)state;
    for (int64_t drift = -4; drift <= 4; drift++) {
        totp_code(rfc, present + drift, code);
        bool near = drift >= -1 && drift <= 1;
        assert_int_equal(totp_accept(rfc, code, now, -1), near ? present + drift : -1);
    }
}

static void no_step_is_taken_twice_nor_one_before_it(void **state)
{
    char code[TOTP_CODE];
    const int64_t now = 1700000000, present = now / TOTP_STEP;
    (void)state;
    for (int64_t step = present - 1; step <= present + 1; step++) {
        totp_code(rfc, step, code);
        for (int64_t last = present - 2; last <= present + 2; last++) {
            assert_int_equal(totp_accept(rfc, code, now, last), step > last ? step : -1);
        }
    }
}

static void what_is_no_code_is_never_taken(void **state)
{
    static const char *const odd[] = { "",       "28708",  "2870820", "94287082",
                                       "28708a", " 28708", "-28708",  "\xc3\xa4\xc3\xa4\xc3\xa4" };
    (void)state;
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        assert_int_equal(totp_accept(rfc, odd[i], 59, -1), -1);
    }
}

static void the_secret_is_shown_in_base32_and_as_an_address(void **state)
{
    struct arena *a = arena_create(1 << 16);
    (void)state;
    assert_string_equal(totp_base32(a, rfc), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    assert_string_equal(totp_uri(a, rfc, "Karara", "a b+c@d.example"),
                        "otpauth://totp/Karara:a%20b%2Bc%40d.example?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Karara"
                        "&algorithm=SHA1&digits=6&period=30");
    assert_string_equal(totp_uri(a, rfc, "K & S", "\xc3\xa4?#%"),
                        "otpauth://totp/K%20%26%20S:%C3%A4%3F%23%25?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=K%20%26%20S"
                        "&algorithm=SHA1&digits=6&period=30");
    arena_destroy(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_codes_are_those_of_rfc_6238),
        cmocka_unit_test(one_step_of_drift_either_way_is_taken_and_no_more),
        cmocka_unit_test(no_step_is_taken_twice_nor_one_before_it),
        cmocka_unit_test(what_is_no_code_is_never_taken),
        cmocka_unit_test(the_secret_is_shown_in_base32_and_as_an_address),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
