/* The text of API tokens: form, checksum, and that nothing else passes. */
#include "platform/pat.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void a_made_token_is_whole_and_unlike_another(void **state)
{
    char one[PAT_SIZE], other[PAT_SIZE];
    (void)state;
    for (int i = 0; i < 200; i++) {
        pat_make(one);
        pat_make(other);
        assert_int_equal(strlen(one), PAT_SIZE - 1);
        assert_memory_equal(one, PAT_MARK, strlen(PAT_MARK));
        assert_true(pat_is_whole(one));
        assert_string_not_equal(one, other);
    }
}

/* Sums computed by zlib. */
static void the_checksum_is_crc32_in_base62(void **state)
{
    (void)state;
    assert_true(pat_is_whole("kar_pat_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA0uCPlr"));
    assert_true(pat_is_whole("kar_pat_0123456789ABCDEFGHIJKLMNOPQRST4PMbyp"));
}

static void any_changed_character_is_noticed(void **state)
{
    char token[PAT_SIZE];
    (void)state;
    pat_make(token);
    for (int i = 0; i < PAT_SIZE - 1; i++) {
        char was = token[i];
        token[i] = was == 'x' ? 'y' : 'x';
        assert_false(pat_is_whole(token));
        token[i] = was;
    }
    assert_true(pat_is_whole(token));
}

static void what_is_no_token_is_refused(void **state)
{
    static const char *const odd[] = { "",
                                       "kar_pat_",
                                       "kar_pat_short",
                                       "Bearer",
                                       "kar_pat_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA-----0",
                                       "kar_pat_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\xc3\xa9\xc3\xa9\xc3\xa9" };
    char longer[PAT_SIZE + 1];
    (void)state;
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        assert_false(pat_is_whole(odd[i]));
    }
    pat_make(longer);
    longer[PAT_SIZE - 1] = 'a';
    longer[PAT_SIZE] = '\0';
    assert_false(pat_is_whole(longer));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_made_token_is_whole_and_unlike_another),
        cmocka_unit_test(the_checksum_is_crc32_in_base62),
        cmocka_unit_test(any_changed_character_is_noticed),
        cmocka_unit_test(what_is_no_token_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
