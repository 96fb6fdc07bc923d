/* permission.h - the registry of permissions and what each role has by default (permission.def). */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum role { ROLE_NONE, ROLE_GUEST, ROLE_CLIENT, ROLE_MEMBER, ROLE_MANAGER, ROLE_ADMIN, ROLE_OWNER, ROLE_COUNT };

/* What a route asks for. The first four are no permissions of a role; PERM_UNSET keeps a worker from starting. */
enum permission {
    PERM_UNSET,
    PERM_PUBLIC,    /* anybody, signed in or not */
    PERM_SIGNED_IN, /* any account; no brand */
    PERM_IN_BRAND,  /* any active member of the brand */
    PERM_PLATFORM_ADMIN,
#define PERMISSION(name, role, doc) PERM_##name,
#include "api/permission.def"
#undef PERMISSION
    PERM_COUNT
};

static inline uint64_t permission_bit(enum permission p)
{
    return UINT64_C(1) << p;
}

const char *permission_key(enum permission p); /* "can_edit_tasks"; NULL for the first five */
const char *permission_doc(enum permission p);
enum permission permission_parse(const char *key); /* PERM_UNSET when unknown */
uint64_t permission_defaults(enum role role);      /* bits; each role has all of the one before it */

const char *role_name(enum role r);     /* "owner" */
enum role role_parse(const char *name); /* ROLE_NONE when unknown */
extern const char *const role_names[];  /* guest … owner, NULL-terminated: for enum fields */

/* The matrix of roles and permissions, or all that `role` has, as text. */
void permission_print(FILE *out, const char *role);
