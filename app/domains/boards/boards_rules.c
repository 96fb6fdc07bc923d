/* boards_rules.c - rules of boards and lists. */
#include "domains/boards/boards_rules.h"

#include <ctype.h>
#include <stdio.h>

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

enum err list_change_check(struct request *rq)
{
    const struct list_input *in = rq->input;
    struct uuid id = rq_path_uuid(rq, "id");
    if (uuid_eq(&in->before, &id)) {
        return rq_fail_field(rq, "before", "must be another list");
    }
    return uuid_eq(&in->after, &id) ? rq_fail_field(rq, "after", "must be another list") : ERR_NONE;
}
