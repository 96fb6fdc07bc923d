/* What bytes that claim to be a picture are, and how large. The pictures are the seeds of fuzz_image. */
#include "platform/image.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static uint8_t bytes[4096];

static size_t picture(const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/../tests/fuzz/corpus/image/%s", KARARA_APP_DIR, name);
    FILE *f = fopen(path, "re");
    assert_non_null(f);
    size_t n = fread(bytes, 1, sizeof bytes, f);
    assert_int_equal(fclose(f), 0);
    assert_true(n > 0 && n < sizeof bytes);
    return n;
}

static void pictures_have_their_type_and_size(void **state)
{
    static const char *const names[][2] = {
        { "png", "image/png" },         { "jpg", "image/jpeg" },           { "webp", "image/webp" },
        { "webp_alpha", "image/webp" }, { "webp_lossless", "image/webp" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char room[64];
        struct image found;
        size_t n = picture(names[i][0]);
        assert_true(image_size(bytes, n, &found));
        assert_string_equal(found.type, names[i][1]);
        assert_string_equal(image_type(bytes, n, room), names[i][1]);
        assert_int_equal(found.width, 40);
        assert_int_equal(found.height, 30);
    }
}

static void a_picture_cut_within_its_header_is_none(void **state)
{
    static const struct {
        const char *name;
        size_t needs;
    } cases[] = { { "png", 33 }, { "jpg", 167 }, { "webp", 30 }, { "webp_alpha", 30 }, { "webp_lossless", 30 } };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct image found;
        picture(cases[i].name);
        assert_true(image_size(bytes, cases[i].needs, &found));
        for (size_t n = 0; n < cases[i].needs; n++) {
            assert_false(image_size(bytes, n, &found));
        }
    }
}

static void a_size_of_nothing_is_none(void **state)
{
    struct image found;
    (void)state;
    size_t n = picture("png");
    memset(bytes + 16, 0, 4);
    assert_false(image_size(bytes, n, &found));
    memset(bytes + 16, 0xff, 4); /* more than PNG allows */
    assert_false(image_size(bytes, n, &found));
}

static void other_things_are_called_what_they_are(void **state)
{
    char room[64];
    static const char svg[] = "<?xml version=\"1.0\"?><svg xmlns=\"http://www.w3.org/2000/svg\"></svg>";
    struct image found;
    (void)state;
    assert_string_equal(image_type(svg, sizeof svg - 1, room), "image/svg+xml");
    assert_false(image_size((const uint8_t *)svg, sizeof svg - 1, &found));
    assert_string_equal(image_type("GIF89a\x01\x00\x01\x00\x00\x00\x00;", 14, room), "image/gif");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pictures_have_their_type_and_size),
        cmocka_unit_test(a_picture_cut_within_its_header_is_none),
        cmocka_unit_test(a_size_of_nothing_is_none),
        cmocka_unit_test(other_things_are_called_what_they_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
