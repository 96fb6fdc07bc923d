/* error.c - see error.h. */
#include "core/error.h"

#include <stddef.h>

enum { CODE_SIZE = 40 };

static const struct {
    const char *name; /* in capitals, as in err.def */
    int status;
    const char *message;
} errors[ERR_COUNT] = {
    [ERR_NONE] = { "", 200, "" },
#define ERR(name, status, message) [ERR_##name] = { #name, (status), (message) },
#include "core/err.def"
#undef ERR
};

#define ERR(name, status, message) _Static_assert(sizeof #name <= CODE_SIZE, "the code of " #name " is too long");
#include "core/err.def"
#undef ERR

/* What isn't in the register is an error of ours. */
static enum err known(enum err e)
{
    return (unsigned)e < ERR_COUNT ? e : ERR_INTERNAL_ERROR;
}

const char *err_code(enum err e)
{
    static char codes[ERR_COUNT][CODE_SIZE];
    const char *name = errors[known(e)].name;
    char *code = codes[known(e)];

    if (!*code) {
        for (size_t i = 0; name[i]; i++) {
            code[i] = (char)(name[i] >= 'A' && name[i] <= 'Z' ? name[i] + ('a' - 'A') : name[i]);
        }
    }
    return code;
}

int err_status(enum err e)
{
    return errors[known(e)].status;
}

const char *err_message(enum err e)
{
    return errors[known(e)].message;
}
