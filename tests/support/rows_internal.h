/* rows_internal.h - what bodies must name of a place although it is kept as a digest only: between rows.c and rows_place.c. */
#pragma once

#include "platform/totp.h"
#include "rows.h"
#include <stddef.h>
#include <stdint.h>

/* Rows that are asked with a mailed link: the purpose of its token, and what else the body holds. */
struct rows_mailed {
    const char *row, *purpose, *more;
};
extern const struct rows_mailed rows_mailed[];
extern const size_t rows_mailed_count;

/* The secret in the link for the i-th of these. */
const char *rows_mailed_secret(const struct row_place *place, size_t i);

enum { ROWS_SPARE_CODES = 16 };

/* The n-th recovery code of the guarded one. */
const char *rows_spare_code(const struct row_place *place, int n);

/* What the beginner's authenticator holds. */
extern const uint8_t rows_authenticator[TOTP_SECRET];
