/* idn.c - see idn.h. */
#include "platform/idn.h"

#include "core/arena.h"
#include <idn2.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { TEXT_MAX = 1024, HOST_MAX = 253, LABEL_MAX = 63 };

static bool label_fits(const char *s, size_t n)
{
    return n > 0 && n <= LABEL_MAX && s[0] != '-' && s[n - 1] != '-' && strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-") >= n;
}

/* Labels between dots; the last isn't a number, as it is in an IPv4 address. */
static bool host_fits(const char *s)
{
    int labels = 0;
    size_t n = 0, digits = 0;
    if (strlen(s) > HOST_MAX) {
        return false;
    }
    for (;; s += n + 1) {
        n = strcspn(s, ".");
        digits = strspn(s, "0123456789");
        labels++;
        if (!label_fits(s, n)) {
            return false;
        }
        if (s[n] == '\0') {
            return labels >= 2 && digits < n;
        }
    }
}

const char *idn_host(struct arena *a, const char *text)
{
    char *ascii = NULL;
    const char *host = NULL;
    size_t n = strlen(text);
    if (n == 0 || n > TEXT_MAX) {
        return NULL;
    }
    if (text[n - 1] == '.') {
        text = arena_strndup(a, text, n - 1);
    }
    if (idn2_to_ascii_8z(text, &ascii, IDN2_NONTRANSITIONAL | IDN2_NFC_INPUT) == IDN2_OK && host_fits(ascii)) {
        host = arena_strdup(a, ascii);
    }
    idn2_free(ascii);
    return host;
}
