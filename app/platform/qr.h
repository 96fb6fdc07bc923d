/* qr.h - QR codes as pictures. The only file pair that sees libqrencode. */
#pragma once

struct arena;

/* An SVG of black modules on white with the quiet zone of four modules around it (ISO/IEC 18004), error correction M; it scales to its
 * place. NULL for text that is too long for a QR code. */
const char *qr_svg(struct arena *a, const char *text);
