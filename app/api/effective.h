/* effective.h - what somebody may do in a brand, and where each permission comes from: the role's default, the brand's change to the role,
 * the member's overrides, delegations. The one place that lays these over each other. Knows neither requests nor SQL. */
#pragma once

#include "api/permission.h"
#include "core/uuid.h"
#include <stdint.h>

struct arena;

/* As fragment delegations_to and the columns beside it give them; JSON texts may be NULL. */
struct effective_input {
    enum role role;
    const char *role_changes; /* {"can_x": true|false} */
    const char *overrides;    /* the same */
    const char *delegated;    /* {"from":[{id, permissions, role, role_changes, overrides}]} */
};

struct effective_delegation {
    struct uuid id;
    uint64_t bits; /* what its giver has by role and overrides, and no more */
};

struct effective {
    uint64_t own;                      /* by role and overrides */
    uint64_t all;                      /* and by delegations */
    uint64_t role_changed, overridden; /* permissions that the brand or the membership speaks of, given or taken */
    struct effective_delegation *delegations;
    int delegation_count;
};

enum effective_source { EFFECTIVE_DEFAULT, EFFECTIVE_ROLE_CHANGE, EFFECTIVE_OVERRIDE, EFFECTIVE_DELEGATION };

/* What is in the texts and isn't understood is left out. *ret lives in the arena. */
void effective_compute(struct arena *a, const struct effective_input *in, struct effective *ret);

/* What decides about one permission, given or not. *ret_delegation (may be NULL) is the first delegation that gives it, else nil. */
enum effective_source effective_source(const struct effective *e, enum permission p, struct uuid *ret_delegation);
const char *effective_source_name(enum effective_source s); /* "role_change" */
extern const char *const effective_source_names[];          /* NULL-terminated, for enum fields */
