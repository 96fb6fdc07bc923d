/* netguard.c - see netguard.h. */
#include "platform/netguard.h"

#include "core/str.h"
#include <arpa/inet.h>
#include <ctype.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { HTTPS_PORT = 443 };

/* ---- the text ---- */

static bool is_number(const char *label)
{
    size_t n = strlen(label);
    return n > 0 && (strspn(label, "0123456789") == n || str_starts(label, "0x"));
}

/* A host whose last label is a number would be read as an IPv4 address, in ways that differ: only the usual one is taken. */
static const char *check_host(const char *host, bool bracketed)
{
    uint8_t bytes[16];
    size_t n = strlen(host);
    if (bracketed) {
        return inet_pton(AF_INET6, host, bytes) == 1 ? NULL : "holds no address in its brackets";
    }
    if (n == 0 || strspn(host, "abcdefghijklmnopqrstuvwxyz0123456789.-_") != n || host[0] == '.' || strstr(host, "..")) {
        return "has no host";
    }
    const char *dot = strrchr(host, '.');
    if (is_number(dot != NULL ? dot + 1 : host)) {
        return inet_pton(AF_INET, host, bytes) == 1 ? NULL : "has no host";
    }
    return dot != NULL && dot[1] != '\0' ? NULL : "names a host of the local network";
}

static bool printable(const char *s)
{
    for (; *s != '\0'; s++) {
        if (*s < 0x21 || *s > 0x7e || *s == '\\' || *s == '#' || *s == '"' || *s == '<' || *s == '>') {
            return false;
        }
    }
    return true;
}

/* Splits what stands between the slashes; *ret_bracketed says of an address of IPv6. */
static const char *split(const char *authority, size_t n, struct netguard_url *ret, bool *ret_bracketed)
{
    int64_t port = HTTPS_PORT;
    const char *end = authority + n, *host = authority, *after;
    *ret_bracketed = *authority == '[';
    if (*ret_bracketed) {
        host++;
        after = memchr(host, ']', (size_t)(end - host));
        if (after == NULL) {
            return "lacks a bracket";
        }
    } else {
        after = memchr(host, ':', n);
        after = after != NULL ? after : end;
    }
    if (after == host || (size_t)(after - host) >= sizeof ret->host) {
        return "has no host";
    }
    for (size_t i = 0; i < (size_t)(after - host); i++) {
        ret->host[i] = (char)tolower((unsigned char)host[i]);
    }
    ret->host[after - host] = '\0';
    after += *ret_bracketed ? 1 : 0;
    if (after < end) {
        char digits[6] = "";
        size_t count = (size_t)(end - after) - 1;
        memcpy(digits, after + 1, count < sizeof digits ? count : 0);
        if (*after != ':' || !str_to_int(digits, 1, 65535, &port)) {
            return "has no port behind its colon";
        }
    }
    ret->port = (int)port;
    return NULL;
}

const char *netguard_url(const char *url, struct netguard_url *ret)
{
    static const char scheme[] = "https://";
    struct netguard_url u = { .port = HTTPS_PORT };
    bool bracketed = false;
    if (strncasecmp(url, scheme, sizeof scheme - 1) != 0) {
        return "must begin with https://";
    }
    if (strlen(url) > NETGUARD_URL || !printable(url)) {
        return "is too long, or has characters that no address has";
    }
    const char *authority = url + sizeof scheme - 1;
    size_t n = strcspn(authority, "/?");
    if (memchr(authority, '@', n) != NULL) {
        return "must not name a user";
    }
    const char *wrong = split(authority, n, &u, &bracketed);
    wrong = wrong != NULL ? wrong : check_host(u.host, bracketed);
    if (wrong != NULL) {
        return wrong;
    }
    char port[8] = "";
    if (u.port != HTTPS_PORT) {
        snprintf(port, sizeof port, ":%d", u.port);
    }
    snprintf(u.origin, sizeof u.origin, "https://%s%s%s%s", bracketed ? "[" : "", u.host, bracketed ? "]" : "", port);
    *ret = u;
    return NULL;
}

/* ---- the address ---- */

struct network {
    uint8_t bytes[16];
    int bits;
};

static bool within(const uint8_t *address, const uint8_t *network, int bits)
{
    int whole = bits / 8, rest = bits % 8;
    return memcmp(address, network, (size_t)whole) == 0 && (rest == 0 || (address[whole] ^ network[whole]) >> (8 - rest) == 0);
}

static bool public_v4(const uint8_t a[4])
{
    static const struct network closed[] = {
        { { 0 }, 8 },
        { { 10 }, 8 },
        { { 100, 64 }, 10 },
        { { 127 }, 8 },
        { { 169, 254 }, 16 },
        { { 172, 16 }, 12 },
        { { 192, 0, 0 }, 24 },
        { { 192, 0, 2 }, 24 },
        { { 192, 31, 196 }, 24 },
        { { 192, 52, 193 }, 24 },
        { { 192, 88, 99 }, 24 },
        { { 192, 168 }, 16 },
        { { 192, 175, 48 }, 24 },
        { { 198, 18 }, 15 },
        { { 198, 51, 100 }, 24 },
        { { 203, 0, 113 }, 24 },
        { { 224 }, 4 },
        { { 240 }, 4 },
    };
    for (size_t i = 0; i < sizeof closed / sizeof *closed; i++) {
        if (within(a, closed[i].bytes, closed[i].bits)) {
            return false;
        }
    }
    return true;
}

static bool public_v6(const uint8_t a[16])
{
    static const struct network mapped = { { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255 }, 96 },
                                nat64 = { { 0, 0x64, 0xff, 0x9b }, 96 };
    static const struct network global = { { 0x20 }, 3 };
    static const struct network closed[] = {
        { { 0x20, 0x01, 0 }, 23 },             /* protocol assignments: Teredo, benchmarks, ORCHID */
        { { 0x20, 0x01, 0x0d, 0xb8 }, 32 },    /* documentation */
        { { 0x20, 0x02 }, 16 },                /* 6to4 */
        { { 0x26, 0x20, 0, 0x4f, 0x80 }, 48 }, /* AS112 */
        { { 0x3f, 0xff }, 20 },                /* documentation */
    };
    if (within(a, mapped.bytes, mapped.bits) || within(a, nat64.bytes, nat64.bits)) {
        return public_v4(a + 12);
    }
    for (size_t i = 0; i < sizeof closed / sizeof *closed; i++) {
        if (within(a, closed[i].bytes, closed[i].bits)) {
            return false;
        }
    }
    return within(a, global.bytes, global.bits);
}

bool netguard_public(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET) {
        return public_v4((const uint8_t *)&((const struct sockaddr_in *)(const void *)address)->sin_addr);
    }
    return address->sa_family == AF_INET6 &&
           public_v6((const uint8_t *)&((const struct sockaddr_in6 *)(const void *)address)->sin6_addr);
}

/* One network of a list, as an address of IPv6: those of IPv4 are mapped. */
static bool read_network(const char *text, struct network *ret)
{
    char address[INET6_ADDRSTRLEN + 2];
    int64_t bits = -1;
    size_t n = strcspn(text, "/");
    struct network to = { .bytes = { [10] = 255, [11] = 255 } };
    if (n >= sizeof address || (text[n] == '/' && !str_to_int(text + n + 1, 0, 128, &bits))) {
        return false;
    }
    memcpy(address, text, n);
    address[n] = '\0';
    if (inet_pton(AF_INET, address, to.bytes + 12) == 1) {
        to.bits = bits < 0 ? 128 : (int)bits + 96;
    } else if (inet_pton(AF_INET6, address, to.bytes) == 1) {
        to.bits = bits < 0 ? 128 : (int)bits;
    } else {
        return false;
    }
    *ret = to;
    return to.bits <= 128;
}

/* The next word of the list, cut at 63 bytes; where the one behind it begins. NULL when there is none. */
static const char *next_word(const char *list, char word[64])
{
    list += strspn(list, " \t,");
    size_t n = strcspn(list, " \t,");
    snprintf(word, 64, "%.*s", n < 63 ? (int)n : 63, list);
    return n > 0 ? list + n : NULL;
}

bool netguard_listed(const char *networks, const struct sockaddr *address)
{
    uint8_t a[16] = { [10] = 255, [11] = 255 };
    char word[64];
    struct network network;
    if (address->sa_family == AF_INET) {
        memcpy(a + 12, &((const struct sockaddr_in *)(const void *)address)->sin_addr, 4);
    } else if (address->sa_family == AF_INET6) {
        memcpy(a, &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr, 16);
    } else {
        return false;
    }
    for (const char *p = next_word(networks, word); p != NULL; p = next_word(p, word)) {
        if (read_network(word, &network) && within(a, network.bytes, network.bits)) {
            return true;
        }
    }
    return false;
}

bool netguard_networks_fit(const char *networks, char *ret_wrong)
{
    char word[64];
    struct network network;
    for (const char *p = next_word(networks, word); p != NULL; p = next_word(p, word)) {
        if (!read_network(word, &network)) {
            snprintf(ret_wrong, 32, "%.31s", word);
            return false;
        }
    }
    return true;
}
