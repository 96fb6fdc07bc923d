/* Addresses that people give us to send to: what we take, libcurl takes for the same host and port, and it is no name for ourselves. */
#include "platform/netguard.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool holds)
{
    if (!holds) {
        abort();
    }
}

/* A part of the address as libcurl reads it, brackets taken off. */
static void read_part(CURLU *u, CURLUPart part, char *ret, size_t size)
{
    char *text = NULL;
    demand(curl_url_get(u, part, &text, CURLU_DEFAULT_PORT) == CURLUE_OK);
    size_t n = strlen(text);
    bool bracketed = text[0] == '[' && text[n - 1] == ']';
    snprintf(ret, size, "%.*s", (int)(bracketed ? n - 2 : n), text + (bracketed ? 1 : 0));
    curl_free(text);
}

/* Two spellings of one address of IPv6 are the same. */
static bool same_host(const char *a, const char *b)
{
    struct in6_addr x, y;
    return strcasecmp(a, b) == 0 ||
           (inet_pton(AF_INET6, a, &x) == 1 && inet_pton(AF_INET6, b, &y) == 1 && memcmp(&x, &y, sizeof x) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char url[4096], host[512], port[16];
    struct netguard_url parts;
    if (size >= sizeof url) {
        return 0;
    }
    memcpy(url, data, size);
    url[size] = '\0';
    if (netguard_url(url, &parts) != NULL) {
        return 0;
    }
    CURLU *u = curl_url();
    demand(u != NULL && curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK);
    read_part(u, CURLUPART_HOST, host, sizeof host);
    read_part(u, CURLUPART_PORT, port, sizeof port);
    demand(same_host(host, parts.host) && strtol(port, NULL, 10) == parts.port);
    demand(strncmp(parts.origin, "https://", 8) == 0 && strcmp(parts.host, "localhost") != 0);
    curl_url_cleanup(u);
    return 0;
}
