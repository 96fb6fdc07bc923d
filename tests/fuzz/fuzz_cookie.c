/* The Cookie header: what is found is made of cookie octets and stands in the header behind its name. */
#include "core/arena.h"
#include "http/http.h"

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

static void look_for(struct arena *a, const struct http_request *r, const char *header, const char *name)
{
    const char *value = http_cookie(a, r, name), *bare, *quoted;

    if (!value) {
        return;
    }
    for (const char *c = value; *c; c++) {
        demand(*c > ' ' && *c < 0x7f && !strchr("\",;\\", *c));
    }
    bare = arena_printf(a, "%s=%s", name, value);
    quoted = arena_printf(a, "%s=\"%s\"", name, value);
    demand(strstr(header, bare) || strstr(header, quoted));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct arena *a;
    struct http_header headers[2];
    struct http_request r = { .headers = headers, .header_count = 2 };
    size_t name_size;
    char *header, *name;

    a = a ? a : arena_create(64 << 20);
    header = arena_strndup(a, (const char *)data, size);
    headers[0] = (struct http_header){ "ACCEPT", "*/*" };
    headers[1] = (struct http_header){ "COOKIE", header };
    look_for(a, &r, header, "__Host-refresh");
    look_for(a, &r, header, "a");
    name_size = strcspn(header, "=; \t"); /* the first name that the header itself offers */
    name = arena_strndup(a, header, name_size);
    if (name_size) {
        look_for(a, &r, header, name);
        http_header(&r, name);
    }
    arena_reset(a);
    return 0;
}
