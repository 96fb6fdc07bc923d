/* permission.c - see permission.h. */
#include "api/permission.h"

#include <string.h>

enum { FIRST = PERM_PLATFORM_ADMIN + 1, KEY_SIZE = 40 };

_Static_assert(PERM_COUNT <= 64, "permissions are bits of an uint64_t");

static const struct {
    const char *name; /* upper case */
    enum role least;
    const char *doc;
} rows[PERM_COUNT] = {
#define PERMISSION(name, role, doc) [PERM_##name] = { #name, ROLE_##role, doc },
#include "api/permission.def"
#undef PERMISSION
};

#define PERMISSION(name, role, doc) _Static_assert(sizeof(#name) <= KEY_SIZE, "the key of " #name " is too long");
#include "api/permission.def"
#undef PERMISSION

const char *const role_names[] = { "guest", "client", "member", "manager", "admin", "owner", NULL };

const char *permission_key(enum permission p)
{
    static char keys[PERM_COUNT][KEY_SIZE];
    if ((int)p < FIRST || p >= PERM_COUNT) {
        return NULL;
    }
    if (keys[p][0] == '\0') {
        for (int i = 0; rows[p].name[i] != '\0'; i++) {
            char c = rows[p].name[i];
            keys[p][i] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
        }
    }
    return keys[p];
}

const char *permission_doc(enum permission p)
{
    return (int)p >= FIRST && p < PERM_COUNT ? rows[p].doc : NULL;
}

enum permission permission_parse(const char *key)
{
    for (int p = FIRST; key != NULL && p < PERM_COUNT; p++) {
        if (strcmp(permission_key((enum permission)p), key) == 0) {
            return (enum permission)p;
        }
    }
    return PERM_UNSET;
}

uint64_t permission_defaults(enum role role)
{
    uint64_t bits = 0;
    for (int p = FIRST; p < PERM_COUNT; p++) {
        if (role >= rows[p].least && role < ROLE_COUNT) {
            bits |= permission_bit((enum permission)p);
        }
    }
    return bits;
}

const char *role_name(enum role r)
{
    return r > ROLE_NONE && r < ROLE_COUNT ? role_names[r - ROLE_GUEST] : "none";
}

enum role role_parse(const char *name)
{
    for (int r = ROLE_GUEST; name != NULL && r < ROLE_COUNT; r++) {
        if (strcmp(role_name((enum role)r), name) == 0) {
            return (enum role)r;
        }
    }
    return ROLE_NONE;
}

static void print_matrix(FILE *out)
{
    fprintf(out, "%-26s", "permission");
    for (int r = ROLE_GUEST; r < ROLE_COUNT; r++) {
        fprintf(out, " %-8s", role_name((enum role)r));
    }
    fprintf(out, " what it allows\n");
    for (int p = FIRST; p < PERM_COUNT; p++) {
        fprintf(out, "%-26s", permission_key((enum permission)p));
        for (int r = ROLE_GUEST; r < ROLE_COUNT; r++) {
            fprintf(out, " %-8s", r >= (int)rows[p].least ? "can" : "-");
        }
        fprintf(out, " %s\n", rows[p].doc);
    }
}

void permission_print(FILE *out, const char *role)
{
    if (role == NULL) {
        print_matrix(out);
        return;
    }
    enum role r = role_parse(role);
    if (r == ROLE_NONE) {
        fprintf(out, "There is no role \"%s\".\n", role);
        return;
    }
    for (int p = FIRST; p < PERM_COUNT; p++) {
        fprintf(out, "%-7s %-26s %s\n", r >= rows[p].least ? "can" : "cannot", permission_key((enum permission)p), rows[p].doc);
    }
}
