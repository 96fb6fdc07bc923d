/* Templates: whatever the template is, rendering ends, and no value gets out of its quotes except through three braces. */
#include "core/buf.h"
#include "core/template.h"

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

static struct template_source part(const void *context, const char *name, size_t n)
{
    const struct template_source *whole = context;
    (void)name;
    return n % 2 == 0 ? *whole : (struct template_source){ "[{{name}}]", 10 };
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct template_value item[] = { TEMPLATE_VALUE("title", "<i>"), TEMPLATE_END };
    static const struct template_value *const items[] = { item, item, NULL };
    static const struct template_value values[] = {
        TEMPLATE_VALUE("name", "<b>\"&'"), TEMPLATE_VALUE("empty", NULL),  TEMPLATE_YES("yes", true),
        TEMPLATE_YES("no", false),         TEMPLATE_ITEMS("items", items), TEMPLATE_END,
    };
    struct buf out = { .ceiling = 1 << 20 };
    char err[100] = "";
    const struct template_source source = { (const char *)data, size };
    const struct template_job job = { source, TEMPLATE_HTML, values, part, &source };
    bool ok = template_render(&out, &job, err, sizeof err);
    demand(ok == (err[0] == '\0') && strlen(err) < sizeof err);
    if (ok && size > 0 && memchr(data, '<', size) == NULL && memmem(data, size, "{{{", 3) == NULL) {
        demand(out.len == 0 || memchr(out.data, '<', out.len) == NULL);
    }
    buf_free(&out);
    return 0;
}
