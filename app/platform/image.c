/* image.c - see image.h. */
#include "platform/image.h"

#include <magic.h>
#include <stdio.h>
#include <string.h>

const char *image_type(const void *bytes, size_t n, char room[64])
{
    magic_t m = magic_open(MAGIC_MIME_TYPE);
    const char *type = m != NULL && magic_load(m, NULL) == 0 ? magic_buffer(m, bytes, n) : NULL;
    snprintf(room, 64, "%s", type != NULL ? type : "");
    if (m != NULL) {
        magic_close(m);
    }
    return room;
}

static int big16(const uint8_t *p)
{
    return p[0] << 8 | p[1];
}

static int big31(const uint8_t *p)
{
    return (p[0] & 0x7f) << 24 | p[1] << 16 | p[2] << 8 | p[3];
}

static int little24(const uint8_t *p)
{
    return p[0] | p[1] << 8 | p[2] << 16;
}

/* Signature, then the chunk IHDR: length, name, width, height. */
static bool png_size(const uint8_t *p, size_t n, struct image *ret)
{
    static const uint8_t begin[16] = { 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n', 0, 0, 0, 13, 'I', 'H', 'D', 'R' };
    if (n < 33 || memcmp(p, begin, sizeof begin) != 0 || p[16] > 0x7f || p[20] > 0x7f) {
        return false;
    }
    *ret = (struct image){ "image/png", big31(p + 16), big31(p + 20) };
    return true;
}

static bool is_frame(uint8_t marker)
{
    return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
}

/* Segments until the one of a frame: FF, marker, length, precision, height, width. */
static bool jpeg_size(const uint8_t *p, size_t n, struct image *ret)
{
    if (n < 4 || p[0] != 0xff || p[1] != 0xd8) {
        return false;
    }
    for (size_t at = 2; n - at >= 9;) {
        if (p[at] != 0xff) {
            return false;
        }
        if (p[at + 1] == 0xff) { /* padding */
            at++;
            continue;
        }
        if (is_frame(p[at + 1])) {
            *ret = (struct image){ "image/jpeg", big16(p + at + 7), big16(p + at + 5) };
            return true;
        }
        size_t length = (size_t)big16(p + at + 2);
        if (length < 2 || length + 2 > n - at) {
            return false;
        }
        at += length + 2;
    }
    return false;
}

/* RIFF, then one of three kinds of first chunk. */
static bool webp_size(const uint8_t *p, size_t n, struct image *ret)
{
    if (n < 30 || memcmp(p, "RIFF", 4) != 0 || memcmp(p + 8, "WEBP", 4) != 0) {
        return false;
    }
    ret->type = "image/webp";
    if (memcmp(p + 12, "VP8X", 4) == 0) {
        ret->width = little24(p + 24) + 1;
        ret->height = little24(p + 27) + 1;
        return true;
    }
    if (memcmp(p + 12, "VP8L", 4) == 0 && p[20] == 0x2f) {
        ret->width = ((p[22] & 0x3f) << 8 | p[21]) + 1;
        ret->height = ((p[24] & 0x0f) << 10 | p[23] << 2 | p[22] >> 6) + 1;
        return true;
    }
    static const uint8_t start[3] = { 0x9d, 0x01, 0x2a };
    if (memcmp(p + 12, "VP8 ", 4) == 0 && memcmp(p + 23, start, sizeof start) == 0) {
        ret->width = (p[27] << 8 | p[26]) & 0x3fff;
        ret->height = (p[29] << 8 | p[28]) & 0x3fff;
        return true;
    }
    return false;
}

bool image_size(const uint8_t *p, size_t n, struct image *ret)
{
    struct image found = { 0 };
    if ((!png_size(p, n, &found) && !jpeg_size(p, n, &found) && !webp_size(p, n, &found)) || found.width <= 0 ||
        found.height <= 0) {
        return false;
    }
    *ret = found;
    return true;
}
