/* test_webpush.c - the example of RFC 8291, lengths, keys that are none, and the header of VAPID. What an independent implementation reads of it is
 * in routes/test_push.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/str.h"
#include "platform/webpush.h"
#include "process.h"
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/karara-webpush-XXXXXX";

static int begin(void **state)
{
    char err[300];
    (void)state;
    assert_non_null(mkdtemp(folder));
    assert_true(webpush_make_keys(folder, err, sizeof err));
    return webpush_load_keys(folder, err, sizeof err) ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    folder_remove(folder);
    return 0;
}

/* RFC 8291, appendix A. */
static const char text[] = "When I grow up, I want to be a watermelon";
static const char ua_public[] = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
static const char auth_secret[] = "BTBZMqHH6r4Tts7J_aSIgg";
static const char as_private[] = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw";
static const char salt_text[] = "DGv6ra1nlYgDCS1FRnbzlw";
static const char encrypted[] =
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_"
    "yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN";

static void decode(const char *from, uint8_t *to, size_t size)
{
    assert_int_equal(str_base64url_decode(from, strlen(from), to, size), size);
}

static struct webpush_reader reader(void)
{
    struct webpush_reader r;
    decode(ua_public, r.key, sizeof r.key);
    decode(auth_secret, r.secret, sizeof r.secret);
    return r;
}

static void the_example_of_rfc_8291_comes_out_byte_by_byte(void **state)
{
    struct webpush_reader r = reader();
    uint8_t salt[WEBPUSH_SALT], scalar[WEBPUSH_SCALAR], want[200];
    struct buf b = { 0 };
    (void)state;
    decode(salt_text, salt, sizeof salt);
    decode(as_private, scalar, sizeof scalar);
    int n = str_base64url_decode(encrypted, strlen(encrypted), want, sizeof want);
    assert_true(webpush_encrypt_with(&b, &r, text, sizeof text - 1, 0, salt, scalar));
    assert_int_equal(b.len, n);
    assert_memory_equal(b.data, want, (size_t)n);
    buf_free(&b);
}

static void what_is_encrypted_never_looks_the_same_and_hides_its_length(void **state)
{
    struct webpush_reader r = reader();
    struct buf a = { 0 }, b = { 0 };
    (void)state;
    for (size_t n = 1; n < 256; n += 51) {
        buf_clear(&a);
        buf_clear(&b);
        assert_true(webpush_encrypt(&a, &r, text, n < sizeof text ? n : 41) && webpush_encrypt(&b, &r, text, 1));
        assert_int_equal(a.len, 86 + 256 + 1 + 16);
        assert_int_equal(a.len, b.len);
        assert_memory_not_equal(a.data, b.data, 16);
        assert_memory_not_equal(a.data + 21, b.data + 21, 65);
    }
    buf_free(&a);
    buf_free(&b);
}

static void the_longest_message_fits_4096_bytes_and_one_more_is_refused(void **state)
{
    static char many[WEBPUSH_MOST + 1];
    struct webpush_reader r = reader();
    struct buf b = { 0 };
    (void)state;
    memset(many, 'x', sizeof many);
    assert_true(webpush_encrypt(&b, &r, many, WEBPUSH_MOST));
    assert_int_equal(b.len, 4096);
    buf_clear(&b);
    assert_true(webpush_encrypt(&b, &r, many, WEBPUSH_MOST - 5));
    assert_int_equal(b.len, 4096);
    buf_clear(&b);
    assert_false(webpush_encrypt(&b, &r, many, WEBPUSH_MOST + 1));
    assert_true(webpush_encrypt(&b, &r, "", 0));
    buf_free(&b);
}

static void a_point_off_the_curve_is_no_key(void **state)
{
    struct webpush_reader r = reader();
    struct buf b = { 0 };
    (void)state;
    assert_true(webpush_key_fits(r.key));
    r.key[64] ^= 1;
    assert_false(webpush_key_fits(r.key));
    assert_false(webpush_encrypt(&b, &r, "x", 1));
    r.key[64] ^= 1;
    r.key[0] = 2; /* a compressed point has 33 bytes */
    assert_false(webpush_key_fits(r.key));
    memset(r.key, 0, sizeof r.key);
    assert_false(webpush_key_fits(r.key));
    buf_free(&b);
}

static void write_keys(const char *keys)
{
    char path[200];
    snprintf(path, sizeof path, "%s/push.keys", folder);
    unlink(path);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(keys, f);
    fclose(f);
    assert_int_equal(chmod(path, 0600), 0);
}

static void each_key_is_there_by_its_name_and_the_first_is_given_out(void **state)
{
    char err[300], keys[400];
    uint8_t scalar[WEBPUSH_SCALAR];
    char hex[2 * WEBPUSH_SCALAR + 1];
    (void)state;
    decode(as_private, scalar, sizeof scalar);
    str_hex_encode(scalar, sizeof scalar, hex);
    /* The second is as large as the group's order, which is no scalar: it is brought into the group. */
    snprintf(keys, sizeof keys, "new %s\nold ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551\n", hex);
    write_keys(keys);
    assert_true(webpush_load_keys(folder, err, sizeof err));
    assert_string_equal(webpush_kid(), "new");
    assert_string_equal(webpush_public(NULL),
                        "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8");
    assert_string_equal(webpush_public("new"), webpush_public(NULL));
    assert_string_not_equal(webpush_public("old"), webpush_public("new"));
    assert_null(webpush_public("older"));
    write_keys("short 0011\n");
    assert_false(webpush_load_keys(folder, err, sizeof err));
    assert_non_null(strstr(err, "push.keys"));
    assert_string_equal(webpush_kid(), "new"); /* what was there stays */
}

static void the_header_says_for_whom_until_when_and_by_whom(void **state)
{
    struct arena *a = arena_create(1 << 16);
    char claims[400] = "";
    (void)state;
    const char *h = webpush_authorization(a, NULL, "https://push.example", "mailto:ops@karara.example", 1700000000);
    assert_non_null(h);
    assert_memory_equal(h, "vapid t=eyJ0eXAiOiJKV1QiLCJhbGciOiJFUzI1NiJ9.", 45);
    const char *body = strchr(h, '.') + 1;
    int n = str_base64url_decode(body, strcspn(body, "."), claims, sizeof claims - 1);
    assert_true(n > 0);
    claims[n] = '\0';
    assert_string_equal(claims, "{\"aud\":\"https://push.example\",\"exp\":1700043200,\"sub\":\"mailto:ops@karara.example\"}");
    assert_non_null(strstr(h, webpush_public(NULL)));
    assert_null(webpush_authorization(a, "nowhere", "https://push.example", "", 0));
    arena_destroy(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_example_of_rfc_8291_comes_out_byte_by_byte),
        cmocka_unit_test(what_is_encrypted_never_looks_the_same_and_hides_its_length),
        cmocka_unit_test(the_longest_message_fits_4096_bytes_and_one_more_is_refused),
        cmocka_unit_test(a_point_off_the_curve_is_no_key),
        cmocka_unit_test(each_key_is_there_by_its_name_and_the_first_is_given_out),
        cmocka_unit_test(the_header_says_for_whom_until_when_and_by_whom),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
