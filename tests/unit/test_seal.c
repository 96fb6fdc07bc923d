/* Sealed texts, key files, opaque tokens, digests. */
#include "core/arena.h"
#include "core/str.h"
#include "platform/seal.h"

#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static struct arena *a;
static char folder[] = "/tmp/karara-seal-XXXXXX", path[PATH_MAX];

static int make_folder(void **state)
{
    (void)state;
    a = arena_create(64 << 20);
    if (!mkdtemp(folder)) {
        return -1;
    }
    snprintf(path, sizeof path, "%s/seal.keys", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    arena_destroy(a);
    unlink(path);
    return rmdir(folder);
}

static void write_keys(const char *text)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(chmod(path, 0600), 0);
}

static void load(void)
{
    char err[300] = "";

    if (!seal_load_keys(folder, err, sizeof err)) {
        fail_msg("%s", err);
    }
}

#define KEY_A "0000000000000000000000000000000000000000000000000000000000000001"
#define KEY_B "0000000000000000000000000000000000000000000000000000000000000002"

static void without_keys_nothing_is_sealed_or_opened(void **state)
{
    size_t n;

    (void)state;
    assert_null(seal(a, "cursor", "x", 1));
    assert_null(seal_open(a, "cursor", "AmsxAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", &n));
}

static void sealed_bytes_open_as_they_were(void **state)
{
    size_t n = 0;
    char *text, *open;

    (void)state;
    write_keys("k1 " KEY_A "\n");
    load();
    for (size_t size = 0; size < 300; size++) {
        char bytes[300];

        memset(bytes, (int)size, sizeof bytes);
        text = seal(a, "cursor", bytes, size);
        assert_int_equal(strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"), strlen(text));
        open = seal_open(a, "cursor", text, &n);
        assert_non_null(open);
        assert_int_equal(n, size);
        assert_memory_equal(open, bytes, size);
        assert_int_equal(open[size], 0);
    }
}

static void the_same_bytes_are_never_sealed_the_same(void **state)
{
    (void)state;
    assert_string_not_equal(seal(a, "cursor", "abc", 3), seal(a, "cursor", "abc", 3));
}

static void what_was_sealed_for_one_purpose_opens_for_no_other(void **state)
{
    char *text = seal(a, "cursor", "abc", 3);
    size_t n = 42;

    (void)state;
    assert_null(seal_open(a, "totp", text, &n));
    assert_null(seal_open(a, "", text, &n));
    assert_null(seal_open(a, "cursor2", text, &n));
    assert_int_equal(n, 42);
    assert_non_null(seal_open(a, "cursor", text, &n));
}

static void any_changed_byte_is_noticed(void **state)
{
    char *text = seal(a, "cursor", "some bytes", 10), *changed;
    unsigned char raw[200], copy[200];
    int size = str_base64url_decode(text, strlen(text), raw, sizeof raw);
    size_t n;

    (void)state;
    assert_true(size > 0);
    changed = arena_alloc(a, strlen(text) + 1);
    for (int i = 0; i < size; i++) {
        for (int bit = 0; bit < 8; bit++) {
            memcpy(copy, raw, (size_t)size);
            copy[i] ^= (unsigned char)(1 << bit);
            str_base64url_encode(copy, (size_t)size, changed);
            assert_null(seal_open(a, "cursor", changed, &n));
        }
    }
}

static void what_seal_did_not_make_does_not_open(void **state)
{
    char *text = seal(a, "cursor", "abc", 3), *longer = arena_printf(a, "%sA", text);
    size_t n;

    (void)state;
    for (size_t cut = 0; cut < strlen(text); cut++) {
        assert_null(seal_open(a, "cursor", arena_strndup(a, text, cut), &n));
    }
    assert_null(seal_open(a, "cursor", longer, &n));
    assert_null(seal_open(a, "cursor", NULL, &n));
    assert_null(seal_open(a, "cursor", "no base64url!", &n));
    assert_null(seal_open(a, "cursor", "________", &n));
}

static void an_older_key_opens_and_the_first_seals(void **state)
{
    char *old = seal(a, "cursor", "abc", 3), *fresh;
    size_t n;

    (void)state;
    write_keys("# rotated\nk2 " KEY_B "\nk1 " KEY_A "\n");
    load();
    assert_non_null(seal_open(a, "cursor", old, &n));
    fresh = seal(a, "cursor", "abc", 3);
    write_keys("k2 " KEY_B "\n");
    load();
    assert_null(seal_open(a, "cursor", old, &n));
    assert_non_null(seal_open(a, "cursor", fresh, &n));
    write_keys("k2 " KEY_A "\n"); /* the name alone opens nothing */
    load();
    assert_null(seal_open(a, "cursor", fresh, &n));
}

static void a_wrong_key_file_is_refused_with_words_but_no_secret(void **state)
{
    static const char *const bad[] = { "",
                                       "# nothing\n",
                                       "k1\n",
                                       "k1 " KEY_A "00\n",
                                       "k1 0001\n",
                                       "k1 zz" KEY_A "\n",
                                       "k 1 " KEY_A "\n",
                                       "k1 " KEY_A " x\n",
                                       "k1 " KEY_A "\nk1 " KEY_B "\n",
                                       "a-name-of-seventeen " KEY_A "\n",
                                       "k.1 " KEY_A "\n" };
    char err[300], *before = seal(a, "cursor", "abc", 3);
    size_t n;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        write_keys(bad[i]);
        assert_false(seal_load_keys(folder, err, sizeof err));
        assert_non_null(strstr(err, path));
        assert_null(strstr(err, "00000000"));
    }
    assert_non_null(seal_open(a, "cursor", before, &n)); /* the keys from before still stand */
    assert_false(seal_load_keys("/nowhere", err, sizeof err));
    assert_non_null(strstr(err, "/nowhere/seal.keys"));
}

static void a_key_file_that_others_may_read_is_refused(void **state)
{
    static const mode_t good[] = { 0600, 0400, 0640, 0440 }, bad[] = { 0604, 0644, 0660, 0602, 0601, 0666 };
    char err[300];

    (void)state;
    write_keys("k1 " KEY_A "\n");
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_int_equal(chmod(path, good[i]), 0);
        assert_true(seal_load_keys(folder, err, sizeof err));
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(chmod(path, bad[i]), 0);
        assert_false(seal_load_keys(folder, err, sizeof err));
        assert_non_null(strstr(err, "others"));
    }
}

static void keys_are_made_once_and_for_their_owner_alone(void **state)
{
    char err[300], *sealed;
    struct stat st;
    mode_t mask = umask(0);
    size_t n;

    (void)state;
    assert_int_equal(unlink(path), 0);
    assert_true(seal_make_keys(folder, err, sizeof err));
    umask(mask);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(st.st_nlink, 1);
    load();
    sealed = seal(a, "cursor", "abc", 3);
    assert_true(seal_make_keys(folder, err, sizeof err));
    load();
    assert_non_null(seal_open(a, "cursor", sealed, &n));
}

static void many_makers_at_once_leave_one_key(void **state)
{
    char err[300], *sealed;
    size_t n;
    int status;

    (void)state;
    assert_int_equal(unlink(path), 0);
    for (int i = 0; i < 8; i++) {
        pid_t pid = fork();

        assert_true(pid >= 0);
        if (pid == 0) {
            _exit(seal_make_keys(folder, err, sizeof err) && seal_load_keys(folder, err, sizeof err) ? 0 : 1);
        }
    }
    assert_true(seal_make_keys(folder, err, sizeof err));
    load();
    sealed = seal(a, "cursor", "abc", 3);
    for (int i = 0; i < 8; i++) {
        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
    }
    load();
    assert_non_null(seal_open(a, "cursor", sealed, &n));
}

static void a_folder_that_cannot_be_made_is_named(void **state)
{
    char err[300] = "";

    (void)state;
    assert_false(seal_make_keys("/nowhere/keys", err, sizeof err));
    assert_non_null(strstr(err, "/nowhere/keys"));
}

static void tokens_are_43_characters_and_differ(void **state)
{
    char one[SEAL_TOKEN_SIZE], two[SEAL_TOKEN_SIZE];

    (void)state;
    seal_random_token(one);
    seal_random_token(two);
    assert_int_equal(strlen(one), 43);
    assert_string_not_equal(one, two);
}

static void a_digest_is_blake2b_256(void **state)
{
    uint8_t digest[32];
    char hex[65];

    (void)state;
    seal_digest("abc", 3, digest);
    str_hex_encode(digest, sizeof digest, hex);
    assert_string_equal(hex, "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_keys_nothing_is_sealed_or_opened),
        cmocka_unit_test(sealed_bytes_open_as_they_were),
        cmocka_unit_test(the_same_bytes_are_never_sealed_the_same),
        cmocka_unit_test(what_was_sealed_for_one_purpose_opens_for_no_other),
        cmocka_unit_test(any_changed_byte_is_noticed),
        cmocka_unit_test(what_seal_did_not_make_does_not_open),
        cmocka_unit_test(an_older_key_opens_and_the_first_seals),
        cmocka_unit_test(a_wrong_key_file_is_refused_with_words_but_no_secret),
        cmocka_unit_test(a_key_file_that_others_may_read_is_refused),
        cmocka_unit_test(keys_are_made_once_and_for_their_owner_alone),
        cmocka_unit_test(many_makers_at_once_leave_one_key),
        cmocka_unit_test(a_folder_that_cannot_be_made_is_named),
        cmocka_unit_test(tokens_are_43_characters_and_differ),
        cmocka_unit_test(a_digest_is_blake2b_256),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
