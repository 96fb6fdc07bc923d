/* image.h - what bytes that claim to be a picture really are (libmagic), and how large it is. Nothing is decoded. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct image {
    const char *type; /* "image/png", "image/jpeg" or "image/webp" */
    int width, height;
};

/* What kind of thing the bytes are, as libmagic names it ("image/svg+xml", "text/html"); "" when it can't say. Reads libmagic's database anew
 * each time: nothing of it stays in memory. */
const char *image_type(const void *bytes, size_t n, char room[64]);

/* Width and height from the header of a PNG (ISO/IEC 15948), JPEG (ITU-T T.81) or WebP (RFC 9649); false for anything else, for a header that
 * isn't whole, and for a size of nothing. */
bool image_size(const uint8_t *bytes, size_t n, struct image *ret);
