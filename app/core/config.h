/* config.h - settings: rows of config.def, read from a file, then from the environment.
 *
 * The file holds `key = value` lines; `#` begins a comment line; a value may stand in double quotes, inside which nothing
 * is escaped. Its path is KARARA_CONFIG, else /etc/karara/karara.conf (which alone may be absent). KARARA_<KEY IN CAPITALS>
 * in the environment wins; other variables are ignored. Whole numbers are zero or more; a switch is on, true, yes, 1 or
 * off, false, no, 0. Before config_load everything has its default. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum config_key {
#define SETTING(name, type, def, unit, doc) CONF_##name,
#include "core/config.def"
#undef SETTING
    CONF_COUNT
};

enum config_type { CONF_TYPE_TEXT, CONF_TYPE_INT, CONF_TYPE_BOOL };

struct config_row {
    const char *name; /* lower case, as in the file */
    enum config_type type;
    const char *def;
    const char *unit; /* "" when it has none */
    const char *doc;
};

const struct config_row *config_row(enum config_key key);

/* Reads all settings. On failure (also a key that doesn't exist, or stands twice) writes a message that names file, line
 * and key into err and returns false; the settings stay as they were. */
bool config_load(char *err, unsigned err_size);

const char *config_text(enum config_key key); /* never NULL; "" when unset; good until it is set or loaded again */
int64_t config_int(enum config_key key);
bool config_bool(enum config_key key);

/* For tests: overrides one setting in this process. False when the value doesn't fit its type. */
bool config_set(enum config_key key, const char *value);
