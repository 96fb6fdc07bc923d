/* qr.c - see qr.h. */
#include "platform/qr.h"

#include "core/arena.h"
#include "core/buf.h"
#include <qrencode.h>

#define QUIET 4

/* One path of horizontal runs: some times smaller than a square for each module. */
static void write_runs(struct buf *b, const QRcode *qr)
{
    for (int y = 0; y < qr->width; y++) {
        const unsigned char *row = qr->data + y * qr->width;
        for (int x = 0; x < qr->width; x++) {
            int from = x;
            while (x < qr->width && (row[x] & 1) != 0) {
                x++;
            }
            if (x > from) {
                buf_printf(b, "M%d %dh%dv1h-%dz", from + QUIET, y + QUIET, x - from, x - from);
            }
        }
    }
}

const char *qr_svg(struct arena *a, const char *text)
{
    QRcode *qr = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);
    struct buf b = { 0 };
    if (qr == NULL) {
        return NULL;
    }
    int size = qr->width + 2 * QUIET;
    buf_printf(&b, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" shape-rendering=\"crispEdges\">", size,
               size);
    buf_printf(&b, "<path fill=\"#fff\" d=\"M0 0h%dv%dH0z\"/><path fill=\"#000\" d=\"", size, size);
    write_runs(&b, qr);
    buf_str(&b, "\"/></svg>");
    QRcode_free(qr);
    const char *svg = arena_strndup(a, b.data, b.len);
    buf_free(&b);
    return svg;
}
