/* boards_rules.c - rules of boards and lists. */
#include "domains/boards/boards_rules.h"

#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

enum { DEPTH_MAX = 32 };

static bool is_latin(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

void board_key_base(const char *name, char out[BOARD_KEY_BASE + 1])
{
    int n = 0;
    for (; *name != '\0' && n < BOARD_KEY_BASE; name++) {
        if (is_latin(*name) || (n > 0 && *name >= '0' && *name <= '9')) {
            out[n++] = (char)toupper((unsigned char)*name);
        }
    }
    out[n] = '\0';
    if (n == 0) {
        snprintf(out, BOARD_KEY_BASE + 1, "BRD");
    }
}

/* The settings that mean something to the server; the rest is how the board is shown, and the clients' own. */
enum err board_settings_check(struct request *rq, const char *settings)
{
    const char *problem = NULL;
    json_t *json = settings != NULL ? schema_parse(rq->arena, settings, strlen(settings), DEPTH_MAX, &problem) : NULL;
    const json_t *days = json_object_get(json, "auto_archive_days");
    bool right = days == NULL || json_is_null(days) ||
                 (json_is_integer(days) && json_integer_value(days) >= 1 && json_integer_value(days) <= BOARD_ARCHIVE_MAX);
    return right ? ERR_NONE
                 : rq_fail_field(rq, "settings", "auto_archive_days must be a number of days from 1 to 3650, or null");
}

enum err list_change_check(struct request *rq)
{
    const struct list_input *in = rq->input;
    struct uuid id = rq_path_uuid(rq, "id");
    if (uuid_eq(&in->before, &id)) {
        return rq_fail_field(rq, "before", "must be another list");
    }
    return uuid_eq(&in->after, &id) ? rq_fail_field(rq, "after", "must be another list") : ERR_NONE;
}
