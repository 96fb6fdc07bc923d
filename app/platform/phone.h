/* phone.h - telephone numbers as ITU-T E.164 has them, and whether this installation can send to them. */
#pragma once

#include <stdbool.h>

#define PHONE_SIZE 17 /* "+" and 15 digits, and a NUL */

/* Takes what people type ("+49 (151) 123-456 78", "0049 151…") to "+4915112345678". False for what isn't a number with its country: 8 to 15 digits,
 * the first not 0. */
bool phone_parse(const char *typed, char ret[PHONE_SIZE]);

/* True when a gateway is set. */
bool phone_sms_available(void);
