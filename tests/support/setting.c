/* setting.c - see setting.h. */
#include "setting.h"

#include "process.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

void setting(enum config_key key, const char *value)
{
    char name[80];
    snprintf(name, sizeof name, "KARARA_%s", config_row(key)->name);
    for (char *s = name; *s != 0; s++) {
        *s = (char)toupper((unsigned char)*s);
    }
    if (!config_set(key, value) || setenv(name, value, 1) != 0) {
        process_die("could not set %s", name);
    }
}
