/* constraint.h - what a broken database constraint means to a client: each domain lists its own, domains.c lists the domains. */
#pragma once

#include "core/error.h"

struct constraint_words {
    const char *constraint; /* name in the schema; NULL ends the array */
    enum err err;
    const char *field; /* for validation_failed and already_exists: the field to blame; may be NULL */
    const char *message;
};

extern const struct constraint_words *const constraint_tables[]; /* NULL-terminated */

/* NULL when nobody claims it. */
const struct constraint_words *constraint_find(const char *name);
