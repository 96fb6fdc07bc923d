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
    KEY_COUNT /* a whole number from 0 to a thousand million */,
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

/* ---- accounts, as the platform's administration and their owners change them: in rows that are TX_STEPS ---- */

/* What is to be so; NULL leaves it. */
struct user_change {
    const char *status; /* active, inactive, suspended: the last two end all sessions */
    const char *platform_role;
    bool end_two_factor; /* of somebody else, who is told by mail */
    bool force;          /* also where brands are left without an active owner */
};

/* Changes an account. ERR_CONFLICT: the last platform admin stays one; and somebody who alone owns brands is shut out only by `force`, with the
 * brands in details.brands. Runs what is queued. ERR_NOT_FOUND when there is no such account, ERR_VERSION_MISMATCH when it isn't the one of
 * If-Match: for rq_missing to explain. */
enum err user_change(struct request *rq, struct uuid id, const struct user_change *change);

/* Deletes an account: a tombstone with what the person made stays. ERR_CONFLICT for the last platform admin, and, unless `force`, for the last
 * owner of a brand, with details.brands. Otherwise as user_change. */
enum err user_delete(struct request *rq, struct uuid id, bool force);

/* Makes an account with the request's new_id: active with a password, else pending. NULL leaves names empty and the role member. Queues it. */
struct user_new {
    const char *email, *first_name, *last_name, *platform_role;
    const char *password_hash;
};
void user_create(struct request *rq, const struct user_new *n);
