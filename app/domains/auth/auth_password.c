/* auth_password.c - which passwords will do. */
#include "domains/auth/auth.h"

#include "core/arena.h"
#include "core/str.h"
#include <ctype.h>
#include <string.h>

/* Sorted digests of the commonest passwords, which the build makes (app/tools/commonest.c). */
extern const uint64_t password_commonest[];
extern const size_t password_commonest_count;

enum {
    PART_LEAST = 3, /* bytes: shorter parts of names are in anything */
    REST_LEAST = 4, /* characters that must be there besides one's own name, digits and signs */
    PARTS_MAX = 24
};

/* FNV-1a, as app/tools/commonest.c has it. */
static bool is_common(const char *folded)
{
    uint64_t h = UINT64_C(14695981039346656037);
    for (const char *s = folded; *s != '\0'; s++) {
        h = (h ^ (unsigned char)*s) * UINT64_C(1099511628211);
    }
    size_t low = 0, high = password_commonest_count;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (password_commonest[mid] < h) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low < password_commonest_count && password_commonest[low] == h;
}

static char *fold(struct arena *a, const char *s)
{
    char *folded = arena_strdup(a, s != NULL ? s : "");
    for (char *p = folded; *p != '\0'; p++) {
        *p = (char)tolower((unsigned char)*p);
    }
    return folded;
}

/* A letter, of whatever alphabet. */
static bool is_letter(char c)
{
    return isalpha((unsigned char)c) || (unsigned char)c >= 0x80;
}

static bool is_word_byte(char c)
{
    return is_letter(c) || isdigit((unsigned char)c);
}

/* Adds the words of `text` (folded in place) to parts. */
static int add_parts(char *text, const char **parts, int count)
{
    for (char *s = text; *s != '\0';) {
        char *end = s;
        while (*end != '\0' && is_word_byte(*end)) {
            end++;
        }
        char *next = *end != '\0' ? end + 1 : end;
        *end = '\0';
        if (end - s >= PART_LEAST && count < PARTS_MAX) {
            parts[count++] = s;
        }
        s = next;
    }
    return count;
}

/* Blanks the longest part that stands in `text`; false when none does. */
static bool blank_longest(char *text, const char *const *parts, int count)
{
    char *found = NULL;
    size_t longest = 0;
    for (int i = 0; i < count; i++) {
        size_t n = strlen(parts[i]);
        char *at = n > longest ? strstr(text, parts[i]) : NULL;
        if (at != NULL) {
            found = at;
            longest = n;
        }
    }
    if (found != NULL) {
        memset(found, ' ', longest);
    }
    return found != NULL;
}

/* Made of one's own name and address, and little else. */
static bool is_own(struct arena *a, char *folded, const struct auth_names *names)
{
    const char *parts[PARTS_MAX];
    int count = add_parts(fold(a, names->email), parts, 0);
    count = add_parts(fold(a, names->first_name), parts, count);
    count = add_parts(fold(a, names->last_name), parts, count);
    bool own = false;
    while (blank_longest(folded, parts, count)) {
        own = true;
    }
    int rest = 0;
    for (const char *s = folded; *s != '\0'; s++) {
        rest += is_letter(*s) && ((unsigned char)*s & 0xC0) != 0x80;
    }
    return own && rest < REST_LEAST;
}

const char *auth_password_problem(struct arena *a, const char *password, const struct auth_names *names)
{
    size_t n = strlen(password);
    size_t length = str_utf8_valid(password, n) ? str_utf8_length(password, n) : 0;
    if (length < AUTH_PASSWORD_LEAST || length > AUTH_PASSWORD_MOST) {
        return "must have 8 to 128 characters";
    }
    char *folded = fold(a, password);
    if (is_common(folded)) {
        return "is among the commonest passwords and words: choose another one";
    }
    return is_own(a, folded, names) ? "must be more than your own name or address" : NULL;
}
