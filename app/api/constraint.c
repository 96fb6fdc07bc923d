/* constraint.c - looks a constraint up in the domains' lists. */
#include "api/constraint.h"

#include <stddef.h>
#include <string.h>

const struct constraint_words *constraint_find(const char *name)
{
    for (const struct constraint_words *const *t = constraint_tables; *t != NULL; t++) {
        for (const struct constraint_words *w = *t; w->constraint != NULL; w++) {
            if (strcmp(w->constraint, name) == 0) {
                return w;
            }
        }
    }
    return NULL;
}
