/* http.c - see http.h. */
#include "http/http.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/log.h"
#include "core/str.h"

#include <string.h>

enum { QUERY_PAIRS = 100 };

static const char *const method_names[] = { "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "OTHER" };

const char *http_method_name(enum http_method m)
{
    return method_names[m <= HTTP_OTHER ? m : HTTP_OTHER];
}

enum http_method http_method_parse(const char *s)
{
    for (int m = HTTP_GET; m < HTTP_OTHER; m++) {
        if (str_eq(s, method_names[m])) {
            return (enum http_method)m;
        }
    }
    return HTTP_OTHER;
}

/* Whether `name`, as clients write it, is `cgi`, as FastCGI does: If-Match, IF_MATCH. */
static bool header_is(const char *cgi, const char *name)
{
    for (; *name; name++, cgi++) {
        char c = *name == '-' ? '_' : *name;

        if (*cgi != (c >= 'a' && c <= 'z' ? c - 32 : c)) {
            return false;
        }
    }
    return !*cgi;
}

const char *http_header(const struct http_request *r, const char *name)
{
    for (int i = 0; i < r->header_count; i++) {
        if (header_is(r->headers[i].name, name)) {
            return r->headers[i].value;
        }
    }
    return NULL;
}

void http_reply_header(struct http_reply *r, const char *name, const char *value)
{
    if (r->header_count == HTTP_REPLY_HEADERS || str_empty(name) || !value || name[strcspn(name, "\r\n: ")] ||
        value[strcspn(value, "\r\n")]) {
        LOG(LOG_ERROR, "reply_header_refused", LOG_STR("name", name));
        return;
    }
    r->header_names[r->header_count] = name;
    r->header_values[r->header_count++] = value;
}

/* RFC 6265 §4.1.1, cookie-octet: visible ASCII but for the quote, comma, semicolon and backslash. */
static bool cookie_octets(const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (s[i] <= ' ' || s[i] == 0x7f || s[i] == '"' || s[i] == ',' || s[i] == ';' || s[i] == '\\') {
            return false;
        }
    }
    return true;
}

const char *http_cookie(struct arena *a, const struct http_request *r, const char *name)
{
    const char *s = http_header(r, "Cookie"), *end, *value;
    size_t name_size = strlen(name), n;

    for (; s && *s; s = *end ? end + 1 : end) {
        end = strchrnul(s, ';');
        s += strspn(s, " \t");
        if (s > end || (size_t)(end - s) <= name_size || memcmp(s, name, name_size) != 0 || s[name_size] != '=') {
            continue;
        }
        value = s + name_size + 1;
        n = (size_t)(end - value);
        while (n && (value[n - 1] == ' ' || value[n - 1] == '\t')) {
            n--;
        }
        if (n >= 2 && value[0] == '"' && value[n - 1] == '"') {
            value++;
            n -= 2;
        }
        return cookie_octets(value, n) ? arena_strndup(a, value, n) : NULL;
    }
    return NULL;
}

const char *http_decode(struct arena *a, const char *s, size_t n, bool plus_is_blank)
{
    char *out = arena_alloc(a, n + 1), *to = out;
    unsigned char byte;

    for (size_t i = 0; i < n; i++) {
        if (s[i] == '%') {
            if (n - i < 3 || str_hex_decode(s + i + 1, 2, &byte, 1) != 1) {
                return NULL;
            }
            *to = (char)byte;
            i += 2;
        } else {
            *to = s[i] == '+' && plus_is_blank ? ' ' : s[i];
        }
        if (!*to++) {
            return NULL;
        }
    }
    *to = '\0';
    return str_utf8_valid(out, (size_t)(to - out)) ? out : NULL;
}

static bool decode_pair(struct arena *a, const char *s, size_t n, struct http_pair *ret, const char **ret_bad)
{
    const char *equals = memchr(s, '=', n);
    size_t name_size = equals ? (size_t)(equals - s) : n;

    ret->name = http_decode(a, s, name_size, true);
    ret->value = equals ? http_decode(a, equals + 1, n - name_size - 1, true) : "";
    if (ret->name && ret->value) {
        return true;
    }
    if (ret_bad) {
        *ret_bad = arena_strndup(a, s, name_size);
    }
    return false;
}

int http_query(struct arena *a, const char *query, struct http_pair **ret, const char **ret_bad)
{
    struct http_pair *pairs;
    const char *end;
    int most = 1, count = 0;

    for (const char *p = query; *p; p++) {
        most += *p == '&';
    }
    pairs = arena_alloc(a, (size_t)(most < QUERY_PAIRS ? most : QUERY_PAIRS) * sizeof *pairs);
    for (; *query; query = *end ? end + 1 : end) {
        end = strchrnul(query, '&');
        if (end == query) {
            continue;
        }
        if (count == QUERY_PAIRS || !decode_pair(a, query, (size_t)(end - query), &pairs[count], ret_bad)) {
            return -1;
        }
        count++;
    }
    *ret = pairs;
    return count;
}

/* Everything but RFC 3986's unreserved characters is escaped, a blank as %20, so that the result reads the same under either
 * meaning of '+'. */
static void encode(struct buf *b, const char *s)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    static const char hex[] = "0123456789ABCDEF";
    size_t n;

    while (*s) {
        n = strspn(s, plain);
        buf_append(b, s, n);
        s += n;
        if (*s) {
            unsigned char c = (unsigned char)*s++;

            buf_append(b, (const char[]){ '%', hex[c >> 4], hex[c & 15] }, 3);
        }
    }
}

void http_query_append(struct buf *b, const char *name, const char *value)
{
    char last = b->len ? b->data[b->len - 1] : '\0';

    if (!b->len || !memchr(b->data, '?', b->len)) {
        buf_char(b, '?');
    } else if (last != '?' && last != '&') {
        buf_char(b, '&');
    }
    encode(b, name);
    buf_char(b, '=');
    encode(b, value);
}
