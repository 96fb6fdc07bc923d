/* totp.h - codes that an authenticator app shows: TOTP, RFC 6238, with SHA-1, 6 digits and 30 seconds, which every app takes. The only file
 * pair that sees liboath. */
#pragma once

#include <stdint.h>

struct arena;

#define TOTP_SECRET 20 /* random bytes (RFC 4226 §4, R6) */
#define TOTP_STEP 30   /* seconds */
#define TOTP_CODE 7    /* 6 digits and a NUL */

/* As people type it: base32 without padding. */
const char *totp_base32(struct arena *a, const uint8_t secret[TOTP_SECRET]);
/* What a QR code tells an app (the "key URI format"); issuer and account are escaped here. */
const char *totp_uri(struct arena *a, const uint8_t secret[TOTP_SECRET], const char *issuer, const char *account);

/* The code of a step: 30 seconds counted from 1970. */
void totp_code(const uint8_t secret[TOTP_SECRET], int64_t step, char out[TOTP_CODE]);

/* The step after `last_step` (-1: any) whose code this is, of the present one (`now` in seconds), the one before and the one after it; -1
 * for none. Who keeps the step as the last has made sure that a code works once (RFC 6238 §5.2). Takes as long for every code. */
int64_t totp_accept(const uint8_t secret[TOTP_SECRET], const char *code, int64_t now, int64_t last_step);
