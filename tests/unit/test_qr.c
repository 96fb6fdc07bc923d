/* test_qr.c - QR codes are read back from their pictures: runs to modules, modules to bytes as ISO/IEC 18004 lays them out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/arena.h"
#include "core/str.h"
#include "platform/qr.h"
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { QUIET = 4, SIDE_MAX = 177, BYTES_MAX = 4000 };

struct code {
    int side;
    bool dark[SIDE_MAX][SIDE_MAX];
    bool function[SIDE_MAX][SIDE_MAX]; /* no data: patterns, format, version */
};

/* ---- the picture ---- */

static void draw(const char *svg, struct code *c)
{
    int size, x, y, run, back, n = 0;
    memset(c, 0, sizeof *c);
    const char *box = strstr(svg, "viewBox=\"0 0 ");
    assert_non_null(box);
    assert_int_equal(sscanf(box, "viewBox=\"0 0 %d", &size), 1);
    c->side = size - 2 * QUIET;
    assert_true(c->side >= 21 && c->side <= SIDE_MAX && (c->side - 17) % 4 == 0);
    const char *path = strstr(svg, "fill=\"#000\" d=\"");
    assert_non_null(path);
    for (path += strlen("fill=\"#000\" d=\""); *path == 'M'; path += n) {
        assert_int_equal(sscanf(path, "M%d %dh%dv1h-%dz%n", &x, &y, &run, &back, &n), 4);
        assert_true(run == back && run > 0 && x >= QUIET && y >= QUIET && x + run <= size - QUIET && y < size - QUIET);
        for (int i = 0; i < run; i++) {
            assert_false(c->dark[y - QUIET][x - QUIET + i]);
            c->dark[y - QUIET][x - QUIET + i] = true;
        }
        assert_false(x - QUIET + run < c->side && c->dark[y - QUIET][x - QUIET + run]); /* runs are merged */
    }
    assert_int_equal(*path, '"');
}

/* ---- what of it holds no data ---- */

static void take(struct code *c, int y, int x, int height, int width)
{
    for (int i = 0; i < height; i++) {
        for (int k = 0; k < width; k++) {
            c->function[y + i][x + k] = true;
        }
    }
}

static void expect_finder(const struct code *c, int y, int x)
{
    for (int i = 0; i < 7; i++) {
        for (int k = 0; k < 7; k++) {
            int from_edge = i < 6 - i ? i : 6 - i, other = k < 6 - k ? k : 6 - k;
            int ring = from_edge < other ? from_edge : other;
            assert_int_equal(c->dark[y + i][x + k], ring != 1);
        }
    }
}

/* Centres of alignment patterns for versions 2 to 13 (table E.1). */
static const int centres[][3] = { { 6, 18, 0 },  { 6, 22, 0 },  { 6, 26, 0 },  { 6, 30, 0 },  { 6, 34, 0 },  { 6, 22, 38 },
                                  { 6, 24, 42 }, { 6, 26, 46 }, { 6, 28, 50 }, { 6, 30, 54 }, { 6, 32, 58 }, { 6, 34, 62 } };

static void mark(struct code *c)
{
    int s = c->side, version = (s - 17) / 4;
    assert_true(version >= 2 && version <= 13);
    expect_finder(c, 0, 0);
    expect_finder(c, 0, s - 7);
    expect_finder(c, s - 7, 0);
    take(c, 0, 0, 9, 9);
    take(c, 0, s - 8, 9, 8);
    take(c, s - 8, 0, 8, 9);
    take(c, 6, 0, 1, s);
    take(c, 0, 6, s, 1);
    for (int i = 0; i < 3; i++) {
        for (int k = 0; k < 3; k++) {
            int y = centres[version - 2][i], x = centres[version - 2][k];
            if (y != 0 && x != 0 && !c->function[y][x]) {
                take(c, y - 2, x - 2, 5, 5);
            } else if (y != 0 && x != 0 && (y == 6) != (x == 6) && y < s - 8 && x < s - 8 && (y > 8 || x > 8)) {
                take(c, y - 2, x - 2, 5, 5); /* on the timing pattern */
            }
        }
    }
    if (version >= 7) {
        take(c, 0, s - 11, 6, 3);
        take(c, s - 11, 0, 3, 6);
    }
}

/* ---- its bytes ---- */

/* The 15 bits of the format, beside the upper left finder, without their mask. */
static unsigned format_of(const struct code *c)
{
    unsigned bits = 0;
    for (int i = 0; i < 15; i++) {
        int y = i < 8 ? 8 : i == 8 ? 7 : 14 - i, x = i < 6 ? i : i == 6 ? 7 : 8;
        bits = bits << 1 | c->dark[y][x];
    }
    return bits ^ 0x5412;
}

static bool masked(unsigned mask, int y, int x)
{
    switch (mask) {
    case 0:
        return (y + x) % 2 == 0;
    case 1:
        return y % 2 == 0;
    case 2:
        return x % 3 == 0;
    case 3:
        return (y + x) % 3 == 0;
    case 4:
        return (y / 2 + x / 3) % 2 == 0;
    case 5:
        return y * x % 2 + y * x % 3 == 0;
    case 6:
        return (y * x % 2 + y * x % 3) % 2 == 0;
    default:
        return ((y + x) % 2 + y * x % 3) % 2 == 0;
    }
}

/* All codewords in the order in which they lie: two columns at a time, from the right, up and down in turn. */
static int read_words(const struct code *c, uint8_t *words)
{
    unsigned mask = format_of(c) >> 10 & 7;
    int bits = 0;
    memset(words, 0, BYTES_MAX);
    for (int right = c->side - 1, up = 1; right > 0; right -= 2, up = !up) {
        right -= right == 6;
        for (int i = 0; i < c->side; i++) {
            int y = up ? c->side - 1 - i : i;
            for (int x = right; x > right - 2; x--) {
                if (!c->function[y][x]) {
                    words[bits / 8] |= (uint8_t)((c->dark[y][x] ^ masked(mask, y, x)) << (7 - bits % 8));
                    bits++;
                }
            }
        }
    }
    return bits / 8;
}

/* Blocks of level M by version from 2: short ones, data words of a short one, long ones (a word more), words of correction in each (table 9). */
static const struct {
    int shorts, data, longs, correction;
} blocks[] = { { 1, 28, 0, 16 }, { 1, 44, 0, 26 }, { 2, 32, 0, 18 }, { 2, 43, 0, 24 }, { 4, 27, 0, 16 }, { 4, 31, 0, 18 },
               { 2, 38, 2, 22 }, { 3, 36, 2, 22 }, { 4, 43, 1, 26 }, { 1, 50, 4, 30 }, { 6, 36, 2, 22 }, { 8, 37, 1, 22 } };

static int unravel(const struct code *c, const uint8_t *words, int n, uint8_t *data)
{
    int version = (c->side - 17) / 4, size = 0, at = 0;
    int shorts = blocks[version - 2].shorts, longs = blocks[version - 2].longs, length = blocks[version - 2].data;
    int total = shorts * length + longs * (length + 1);
    assert_int_equal(n, total + (shorts + longs) * blocks[version - 2].correction);
    for (int i = 0; i <= length; i++) {
        for (int b = i < length ? 0 : shorts; b < shorts + longs; b++) {
            int start = b <= shorts ? b * length : shorts * length + (b - shorts) * (length + 1);
            data[start + i] = words[at++];
            size++;
        }
    }
    assert_int_equal(size, total);
    return size;
}

static unsigned take_bits(const uint8_t *data, int *at, int n)
{
    unsigned value = 0;
    for (int i = 0; i < n; i++, (*at)++) {
        value = value << 1 | (data[*at / 8] >> (7 - *at % 8) & 1);
    }
    return value;
}

/* The text of a picture: one segment of bytes. */
static const char *read_back(struct arena *a, const char *svg)
{
    static struct code c;
    static uint8_t words[BYTES_MAX], data[BYTES_MAX];
    int at = 0;
    draw(svg, &c);
    mark(&c);
    assert_int_equal(format_of(&c) >> 13, 0); /* level M */
    unravel(&c, words, read_words(&c, words), data);
    assert_int_equal(take_bits(data, &at, 4), 4); /* bytes */
    int n = (int)take_bits(data, &at, (c.side - 17) / 4 < 10 ? 8 : 16);
    char *text = arena_zalloc(a, (size_t)n + 1);
    for (int i = 0; i < n; i++) {
        text[i] = (char)take_bits(data, &at, 8);
    }
    return text;
}

static void what_is_drawn_can_be_read(void **state)
{
    struct arena *a = arena_create(4 << 20);
    (void)state;
    for (int n = 20; n <= 300; n += 7) {
        char *text = arena_zalloc(a, (size_t)n + 1);
        for (int i = 0; i < n; i++) {
            text[i] = (char)(33 + (i * 31 + n) % 94);
        }
        assert_string_equal(read_back(a, qr_svg(a, text)), text);
    }
    const char uri[] = "otpauth://totp/Karara:ada%40example.org?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Karara"
                       "&algorithm=SHA1&digits=6&period=30";
    assert_string_equal(read_back(a, qr_svg(a, uri)), uri);
    arena_destroy(a);
}

/* A dark page must not change it, nor a page's own colours. */
static void it_is_black_on_white_with_a_quiet_zone_and_small(void **state)
{
    struct arena *a = arena_create(1 << 20);
    (void)state;
    const char *svg =
        qr_svg(a, "otpauth://totp/Karara:ada%40example.org?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Karara");
    assert_true(str_starts(svg, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 "));
    assert_non_null(strstr(svg, "<path fill=\"#fff\" d=\"M0 0h"));
    assert_null(strstr(svg, "currentColor"));
    assert_null(strstr(svg, "style"));
    assert_string_equal(svg + strlen(svg) - 9, "\"/></svg>");
    assert_true(strlen(svg) < 14000);
    arena_destroy(a);
}

static void what_is_too_long_has_no_picture(void **state)
{
    struct arena *a = arena_create(1 << 20);
    char *text = arena_zalloc(a, 4001);
    (void)state;
    memset(text, 'x', 4000);
    assert_null(qr_svg(a, text));
    arena_destroy(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_drawn_can_be_read),
        cmocka_unit_test(it_is_black_on_white_with_a_quiet_zone_and_small),
        cmocka_unit_test(what_is_too_long_has_no_picture),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
