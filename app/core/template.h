/* template.h - texts with holes: a subset of Mustache.
 *
 *   {{name}}            the value; in HTML with & < > " ' escaped
 *   {{{name}}}          the value as it is
 *   {{#name}}…{{/name}} once if the text isn't empty or the flag is set; for a list once per item, whose values come first
 *   {{^name}}…{{/name}} if not
 *   {{> name}}          another template, with the same values
 *   {{! words }}        nothing
 *
 * Names are [a-z0-9_]+. A section, partial or comment alone on its line takes the line with it. Whatever is not right is an error: a
 * name without a value (also where nothing is written just now), a section that isn't closed, a partial that isn't there. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct buf;

struct template_value {
    const char *name; /* NULL ends an array of values */
    enum { TEMPLATE_TEXT, TEMPLATE_FLAG, TEMPLATE_LIST } kind;
    const char *text; /* NULL is empty */
    bool flag;
    const struct template_value *const *items; /* arrays of values, NULL-terminated */
};

/* clang-format off */
#define TEMPLATE_VALUE(n, v) { .name = (n), .kind = TEMPLATE_TEXT, .text = (v) }
#define TEMPLATE_YES(n, v) { .name = (n), .kind = TEMPLATE_FLAG, .flag = (v) }
#define TEMPLATE_ITEMS(n, v) { .name = (n), .kind = TEMPLATE_LIST, .items = (v) }
#define TEMPLATE_END { .name = NULL }
/* clang-format on */

struct template_source {
    const char *text; /* NULL where there is none */
    size_t size;
};

enum template_escape { TEMPLATE_PLAIN, TEMPLATE_HTML };

struct template_job {
    struct template_source source;
    enum template_escape escape;
    const struct template_value *values;
    struct template_source (*partial)(const void *context, const char *name, size_t name_size); /* may be NULL */
    const void *context;
};

/* Appends to `out`. False with words in err, which name what is wrong; `out` then holds a part. Partials nest at most 8 deep, sections 16,
 * and one rendering follows at most 10,000 tags. */
bool template_render(struct buf *out, const struct template_job *job, char *err, size_t err_size);
