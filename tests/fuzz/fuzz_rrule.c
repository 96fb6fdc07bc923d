/* Recurrence rules: whatever is taken is written so that it reads back the same, and its times go forward and come to an end. */
#include "core/rrule.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool holds)
{
    if (!holds) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct rrule rule, again;
    static struct rrule_walk walk;
    char *text = malloc(size + 1), problem[200] = "";
    int64_t start = 1795216620, before = start - 1, local;
    int count = 0;

    demand(text != NULL);
    memcpy(text, data, size);
    text[size] = '\0';
    if (!rrule_parse(text, &rule, problem, sizeof problem)) {
        demand(problem[0] != '\0');
        free(text);
        return 0;
    }
    demand(rrule_parse(rule.text, &again, problem, sizeof problem) && strcmp(rule.text, again.text) == 0);
    rrule_walk_begin(&walk, &rule, start, start, 20);
    for (; count < 50 && rrule_walk_next(&walk, &local); count++) {
        demand(local > before);
        before = local;
    }
    demand(rule.count == 0 || count <= rule.count);
    free(text);
    return 0;
}
