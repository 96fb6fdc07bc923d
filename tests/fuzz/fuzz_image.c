/* Headers of pictures: nothing is read past the end, and what is found has a size. */
#include "platform/image.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct image found = { 0 };
    uint8_t *exact = malloc(size > 0 ? size : 1); /* so that the byte behind it is watched */
    if (exact == NULL) {
        abort();
    }
    if (size > 0) {
        memcpy(exact, data, size);
    }
    if (image_size(exact, size, &found) && (found.width <= 0 || found.height <= 0 || found.type == NULL)) {
        abort();
    }
    free(exact);
    return 0;
}
