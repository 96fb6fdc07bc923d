/* https.c - see https.h. */
#include "platform/https.h"

#include "core/config.h"
#include "core/str.h"
#include "platform/netguard.h"
#include <curl/curl.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { GUARDED_PORT = 443, MOST_READ = 65536 };

/* Kept connections of guarded and of trusted requests don't mix: a connection is looked at when it is made. */
static CURL *handles[2];

struct exchange {
    const struct https_request *request;
    struct https_answer *answer;
    size_t kept, read;
    bool refused; /* an address was, and no other has been connected to since */
    char error[CURL_ERROR_SIZE];
};

static int port_of(const struct sockaddr *a)
{
    return ntohs(a->sa_family == AF_INET ? ((const struct sockaddr_in *)(const void *)a)->sin_port
                                         : ((const struct sockaddr_in6 *)(const void *)a)->sin6_port);
}

static bool may_reach(const struct https_request *r, const struct sockaddr *a)
{
    if (a->sa_family != AF_INET && a->sa_family != AF_INET6) {
        return false;
    }
    return r->from == HTTPS_TRUSTED || (r->allow != NULL && netguard_listed(r->allow, a)) ||
           (netguard_public(a) && port_of(a) == GUARDED_PORT);
}

/* libcurl asks for a socket for each address that it tries. */
static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct exchange *x = context;
    if (purpose != CURLSOCKTYPE_IPCXN || !may_reach(x->request, &address->addr)) {
        x->refused = true;
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static size_t take_body(char *p, size_t size, size_t count, void *context)
{
    struct exchange *x = context;
    size_t n = size * count, room = sizeof x->answer->body - 1 - x->kept;
    memcpy(x->answer->body + x->kept, p, n < room ? n : room);
    x->kept += n < room ? n : room;
    x->read += n;
    return x->read <= MOST_READ ? n : 0;
}

static bool header_fits(const char *h)
{
    for (; *h != '\0'; h++) {
        if ((unsigned char)*h < 0x20 || *h == 0x7f) {
            return false;
        }
    }
    return true;
}

/* NULL when one of them can't be sent. */
static struct curl_slist *make_headers(const struct https_request *r)
{
    struct curl_slist *list = curl_slist_append(NULL, "Expect:"); /* small bodies go at once */
    for (int i = 0; list != NULL && r->headers != NULL && i < HTTPS_HEADERS && r->headers[i] != NULL; i++) {
        struct curl_slist *longer = header_fits(r->headers[i]) ? curl_slist_append(list, r->headers[i]) : NULL;
        if (longer == NULL) {
            curl_slist_free_all(list);
        }
        list = longer;
    }
    return list;
}

static void set_rules(CURL *c, struct exchange *x)
{
    const struct https_request *r = x->request;
    const char *ca_file = config_text(CONF_HTTPS_CA_FILE);
    bool trusted = r->from == HTTPS_TRUSTED;
    long connect = r->timeout / 3 > 2 ? r->timeout / 3 : 2;
    curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, trusted ? "https,http" : "https");
    curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(c, CURLOPT_PROXY, "");
    curl_easy_setopt(c, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    curl_easy_setopt(c, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(c, CURLOPT_OPENSOCKETDATA, x);
    curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 2L);
    if (!str_empty(ca_file)) {
        curl_easy_setopt(c, CURLOPT_CAINFO, ca_file);
    }
    curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(c, CURLOPT_TIMEOUT, (long)r->timeout);
    curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, connect);
    curl_easy_setopt(c, CURLOPT_MAXFILESIZE, (long)MOST_READ);
    curl_easy_setopt(c, CURLOPT_USERAGENT, "Karara/" KARARA_VERSION);
    curl_easy_setopt(c, CURLOPT_ERRORBUFFER, x->error);
}

static void set_request(CURL *c, struct exchange *x, struct curl_slist *headers)
{
    const struct https_request *r = x->request;
    curl_easy_setopt(c, CURLOPT_URL, r->url);
    curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(c, CURLOPT_WRITEDATA, x);
    if (str_eq(r->method, "GET")) {
        curl_easy_setopt(c, CURLOPT_HTTPGET, 1L);
        return;
    }
    curl_easy_setopt(c, CURLOPT_POST, 1L);
    curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, r->method);
    curl_easy_setopt(c, CURLOPT_POSTFIELDS, r->body);
    curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->size);
}

static bool is_tls(CURLcode code)
{
    static const CURLcode codes[] = { CURLE_SSL_CONNECT_ERROR,    CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM,
                                      CURLE_SSL_CIPHER,           CURLE_SSL_CACERT_BADFILE,       CURLE_SSL_ISSUER_ERROR,
                                      CURLE_SSL_INVALIDCERTSTATUS };
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        if (code == codes[i]) {
            return true;
        }
    }
    return false;
}

static void settle(CURL *c, CURLcode code, const struct exchange *x)
{
    struct https_answer *a = x->answer;
    long status = 0;
    curl_off_t after = 0;
    curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(c, CURLINFO_RETRY_AFTER, &after);
    bool bad_address = code == CURLE_UNSUPPORTED_PROTOCOL || code == CURLE_URL_MALFORMAT;
    bool too_much = code == CURLE_WRITE_ERROR || code == CURLE_FILESIZE_EXCEEDED; /* it has answered; the rest is not wanted */
    a->status = (int)status;
    a->retry_after = after;
    if (code == CURLE_OK || (too_much && status >= 100)) {
        a->outcome = HTTPS_ANSWERED;
        snprintf(a->words, sizeof a->words, "HTTP %d", a->status);
    } else if (bad_address || (code == CURLE_COULDNT_CONNECT && x->refused)) {
        a->outcome = HTTPS_REFUSED;
        snprintf(a->words, sizeof a->words, "%s",
                 bad_address ? "not an address that we send to" : "its address is in a network that we don't send to");
    } else {
        a->outcome = is_tls(code) ? HTTPS_UNTRUSTED : HTTPS_UNREACHABLE;
        snprintf(a->words, sizeof a->words, "%s", x->error[0] != '\0' ? x->error : curl_easy_strerror(code));
    }
}

static CURL *take_handle(int which)
{
    if (handles[0] == NULL && handles[1] == NULL && curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        return NULL;
    }
    if (handles[which] == NULL) {
        handles[which] = curl_easy_init();
    }
    return handles[which];
}

void https_send(const struct https_request *request, struct https_answer *ret)
{
    struct exchange x = { .request = request, .answer = ret };
    *ret = (struct https_answer){ .outcome = HTTPS_UNREACHABLE };
    struct netguard_url parts;
    const char *wrong = request->from == HTTPS_GUARDED ? netguard_url(request->url, &parts) : NULL;
    struct curl_slist *headers = make_headers(request);
    if (wrong != NULL || headers == NULL) {
        ret->outcome = HTTPS_REFUSED;
        snprintf(ret->words, sizeof ret->words, "%s %s", wrong != NULL ? "the address" : "a header",
                 wrong != NULL ? wrong : "can't be sent");
        curl_slist_free_all(headers);
        return;
    }
    CURL *c = take_handle(request->from == HTTPS_TRUSTED);
    if (c == NULL) {
        snprintf(ret->words, sizeof ret->words, "libcurl doesn't start");
    } else {
        set_rules(c, &x);
        set_request(c, &x, headers);
        settle(c, curl_easy_perform(c), &x);
        curl_easy_reset(c); /* forgets what is on our stack; keeps connections and what it knows of names */
    }
    curl_slist_free_all(headers);
}

int64_t https_wait(const struct https_answer *answer)
{
    enum { USUAL = 60, LONGEST = 6 * 3600 };
    int64_t wait = answer->retry_after > 0 ? answer->retry_after : USUAL;
    return wait < LONGEST ? wait : LONGEST;
}

void https_describe(const struct https_answer *answer, bool body, char *ret, size_t size)
{
    enum { MOST = 160 };
    size_t n = strcspn(answer->body, "\r\n");
    for (n = n < MOST ? n : MOST; n > 0 && ((unsigned char)answer->body[n] & 0xC0) == 0x80;) {
        n--; /* to where a character begins */
    }
    bool told = body && n > 0 && str_utf8_valid(answer->body, n);
    snprintf(ret, size, "%s%s%.*s", answer->words, told ? ": " : "", told ? (int)n : 0, answer->body);
}

void https_close(void)
{
    for (int i = 0; i < 2; i++) {
        curl_easy_cleanup(handles[i]);
        handles[i] = NULL;
    }
    curl_global_cleanup();
}
