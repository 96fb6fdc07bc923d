/* Host names as people type them: what comes out is a name of the DNS in small letters, and stands for itself. */
#include "core/arena.h"
#include "platform/idn.h"

#include <stdbool.h>
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
    static struct arena *a;
    a = a ? a : arena_create(64 << 20);
    const char *host = idn_host(a, arena_strndup(a, (const char *)data, size));
    if (host != NULL) {
        demand(strlen(host) <= 253 && strchr(host, '.') != NULL && strstr(host, "..") == NULL);
        demand(strspn(host, "abcdefghijklmnopqrstuvwxyz0123456789-.") == strlen(host));
        const char *again = idn_host(a, host);
        demand(again == NULL || strcmp(again, host) == 0);
    }
    arena_reset(a);
    return 0;
}
