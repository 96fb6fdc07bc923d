/* brands_rules.c - what a brand may be called, and hold. */
#include "domains/brands/brands_rules.h"

#include "core/arena.h"
#include "core/str.h"
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define SLUG_MAX 63
#define DERIVED_MAX 50 /* leaves room for a number behind it */

/* ---- slugs ---- */

/* U+00C0 to U+017F without their marks; '-' where one letter won't do. */
static const char latin[] = "aaaaaa-ceeeeiiiidnooooo-ouuuuy--aaaaaa-ceeeeiiiidnooooo-ouuuuy-y"
                            "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiiijjkkklllllll"
                            "lllnnnnnnnnnoooooo--rrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";

/* The letters for a character of two UTF-8 bytes; NULL when there are none. */
static const char *latin_letters(unsigned c, char one[2])
{
    switch (c) {
    case 0xC6:
    case 0xE6:
        return "ae";
    case 0xDF:
        return "ss";
    case 0xDE:
    case 0xFE:
        return "th";
    case 0x152:
    case 0x153:
        return "oe";
    default:
        break;
    }
    if (c < 0xC0 || c > 0x17F || latin[c - 0xC0] == '-') {
        return NULL;
    }
    one[0] = latin[c - 0xC0];
    one[1] = '\0';
    return one;
}

/* Length of the character at p, and its letters (NULL: it separates). */
static size_t letters_at(const unsigned char *p, const char **ret, char one[2])
{
    *ret = NULL;
    if (*p < 0x80) {
        if (isalnum(*p)) {
            one[0] = (char)tolower(*p);
            one[1] = '\0';
            *ret = one;
        }
        return 1;
    }
    if (*p < 0xE0) {
        *ret = latin_letters((unsigned)(*p & 0x1F) << 6 | (p[1] & 0x3F), one);
        return 2;
    }
    return *p < 0xF0 ? 3 : 4;
}

const char *brand_slug_of(struct arena *a, const char *name)
{
    char slug[SLUG_MAX + 1] = "";
    char one[2];
    const char *letters;
    struct uuid looks_like;
    size_t n = 0;
    bool gap = false;
    for (const unsigned char *p = (const unsigned char *)name; *p != '\0';) {
        p += letters_at(p, &letters, one);
        gap = gap || letters == NULL;
        if (letters == NULL || n + strlen(letters) + 1 > DERIVED_MAX) {
            continue;
        }
        n += (size_t)snprintf(slug + n, sizeof slug - n, "%s%s", gap && n > 0 ? "-" : "", letters);
        gap = false;
    }
    if (n == 0) {
        return "brand";
    }
    return uuid_parse(slug, &looks_like) ? arena_printf(a, "brand-%s", slug) : arena_strdup(a, slug);
}

const char *brand_slug_problem(const char *s)
{
    struct uuid looks_like;
    size_t n = strlen(s);
    if (strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-") != n || n == 0 || n > SLUG_MAX || s[0] == '-' || s[n - 1] == '-') {
        return "must be 1 to 63 small letters, digits and hyphens, with no hyphen at either end";
    }
    return uuid_parse(s, &looks_like) ? "must not look like an id" : NULL;
}

/* ---- settings ---- */

enum err brand_check(struct request *rq, const char *slug, const char *settings)
{
    const char *problem = slug != NULL ? brand_slug_problem(slug) : NULL;
    if (problem != NULL) {
        rq_fail_field(rq, "slug", problem);
    }
    return settings != NULL ? brand_settings_check(rq, settings) : rq->err;
}

/* ---- permissions ---- */

struct text_list brand_permission_keys(struct arena *a, uint64_t bits)
{
    const char **keys = arena_alloc(a, sizeof *keys * PERM_COUNT);
    int n = 0;
    for (int p = PERM_PLATFORM_ADMIN + 1; p < PERM_COUNT; p++) {
        if ((bits & permission_bit((enum permission)p)) != 0) {
            keys[n++] = permission_key((enum permission)p);
        }
    }
    return (struct text_list){ keys, n };
}
