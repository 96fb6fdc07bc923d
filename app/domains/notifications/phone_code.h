/* phone_code.h - the code that confirms a telephone number: six digits, sealed with whom and what it is for, so that it fits nobody
 * and nothing else. */
#pragma once

#include "core/uuid.h"

struct arena;
struct request;

enum { PHONE_CODE = 7, PHONE_CODE_LIFE = 600, PHONE_CODE_TRIES = 5 }; /* digits and a NUL; s; wrong ones */

/* A new code, sealed for this person and number. */
const char *phone_code_make(struct arena *a, struct uuid person, const char *number);
/* The code within; NULL when it was sealed for another person or number. */
const char *phone_code_open(struct arena *a, struct uuid person, const char *number, const char *sealed);
