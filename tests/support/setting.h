/* setting.h - settings, as tests change them. */
#pragma once

#include "core/config.h"

/* Writes one here and, as KARARA_..., into the environment of programs started later. Ends this program when the value doesn't fit. */
void setting(enum config_key key, const char *value);
