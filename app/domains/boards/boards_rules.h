/* boards_rules.h - rules of boards and lists, for the domain's own files. Knows neither HTTP nor SQL. */
#pragma once

#include "api/request.h"

struct board_input {
    struct input in;
    const char *name, *key, *description, *settings;
    struct uuid team_id;
};

struct list_input {
    struct input in;
    const char *name, *status;
    int64_t wip_limit;
    struct uuid before, after;
};

#define BOARD_KEY_BASE 3

/* What a board's key begins with when none is given: the first letters and digits of its name, "WEB" for "Website"; "BRD"
 * for a name without a Latin letter. */
void board_key_base(const char *name, char out[BOARD_KEY_BASE + 1]);

#define BOARD_ARCHIVE_MAX 3650

/* Field errors for settings that can't be; NULL for none given. */
enum err board_settings_check(struct request *rq, const char *settings);

/* A list can't stand beside itself. */
enum err list_change_check(struct request *rq);
