/* users.h - what other domains may use of people's accounts. */
#pragma once

#include "api/request.h"

/* An account as its owner sees it: the columns of fragment user_columns. */
extern const struct schema user_schema;

/* What a key of a free-form object may hold. */
enum key_kind {
    KEY_TEXT,
    KEY_WORD /* letters, digits and _ + - / : at most 64 */,
    KEY_CHOICE,
    KEY_BOOL,
    KEY_OBJECT,
    KEY_ARRAY
};

struct key_rule {
    const char *key; /* NULL ends the array */
    enum key_kind kind;
    const char *const *values; /* KEY_CHOICE: NULL-terminated */
};

/* Checks the keys that we know of in `object` (compact JSON; NULL is fine); null, which takes a key away, always fits, and keys without a
 * rule hold what they like. Every wrong one becomes an error of `field`. */
enum err user_keys_check(struct request *rq, const char *field, const char *object, const struct key_rule *rules);
