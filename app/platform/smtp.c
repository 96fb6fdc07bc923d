/* smtp.c - the dialogue with a mail server; see smtp.h. */
#include "platform/smtp.h"

#include "core/buf.h"
#include "core/clock.h"
#include <curl/curl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* How far the dialogue has come: tells a refusal of the mail from one of ourselves. */
enum stage { STAGE_BEFORE, STAGE_SENDER, STAGE_RECIPIENT, STAGE_DATA, STAGE_SENT };

enum { REPLY_MAX = 400, IDLE_MAX = 60 }; /* bytes kept of an answer; s for which a connection is kept */

struct smtp {
    CURL *curl;
    char *url, *user, *password, *ca_file;
    enum smtp_tls tls;
    int connect_timeout, timeout;
    enum stage stage;
    int code;              /* of the server's answer at this stage; 0: none yet */
    char reply[REPLY_MAX]; /* its words */
    bool left;             /* we have said QUIT */
    struct buf message;
    size_t written; /* bytes of it */
};

static void *must(void *p)
{
    if (p == NULL) {
        abort();
    }
    return p;
}

static char *copy(const char *s)
{
    return s != NULL && *s != '\0' ? must(strdup(s)) : NULL;
}

/* The name that we greet with is the path of libcurl's address. */
static char *address_of(const struct smtp_server *server)
{
    struct buf b = { 0 };
    size_t n = strlen(server->url);
    while (n > 0 && server->url[n - 1] == '/') {
        n--;
    }
    buf_append(&b, server->url, n);
    if (server->greeting != NULL && *server->greeting != '\0') {
        buf_printf(&b, "/%s", server->greeting);
    }
    return must(b.data);
}

struct smtp *smtp_open(const struct smtp_server *server)
{
    struct smtp *s = must(calloc(1, sizeof *s));
    s->curl = must(curl_easy_init());
    s->url = address_of(server);
    s->user = copy(server->user);
    s->password = copy(server->password);
    s->ca_file = copy(server->ca_file);
    s->tls = strncasecmp(s->url, "smtps:", 6) == 0 ? SMTP_TLS_REQUIRE : server->tls;
    s->connect_timeout = server->connect_timeout;
    s->timeout = server->timeout;
    return s;
}

void smtp_close(struct smtp *s)
{
    if (s == NULL) {
        return;
    }
    curl_easy_cleanup(s->curl);
    if (s->password != NULL) {
        sodium_memzero(s->password, strlen(s->password));
    }
    free(s->url);
    free(s->user);
    free(s->password);
    free(s->ca_file);
    buf_free(&s->message);
    free(s);
}

/* ---- following the dialogue ---- */

static void enter(struct smtp *s, enum stage stage)
{
    s->stage = stage;
    s->code = 0;
    s->reply[0] = '\0';
}

static void note_command(struct smtp *s, const char *line, size_t size)
{
    static const struct {
        char verb[5];
        enum stage stage;
    } verbs[] = { { "MAIL", STAGE_SENDER }, { "RCPT", STAGE_RECIPIENT }, { "DATA", STAGE_DATA } };
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
        if (size >= 4 && strncasecmp(line, verbs[i].verb, 4) == 0) {
            enter(s, verbs[i].stage);
            return;
        }
    }
    s->left = size >= 4 && strncasecmp(line, "QUIT", 4) == 0; /* upon a refusal, whose words are wanted, not the farewell's */
    if (!s->left) {
        enter(s, s->stage); /* lines of a sign-in pass by here and aren't kept */
    }
}

/* A line of an answer. Its number stands before each line of several: the first one's is kept. */
static void note_answer(struct smtp *s, const char *line, size_t size)
{
    size_t have = strlen(s->reply), from = have > 0 && size > 4 ? 3 : 0;
    for (size_t i = from; i < size && have + 1 < sizeof s->reply; i++) {
        char c = (unsigned char)line[i] < 0x20 || (unsigned char)line[i] > 0x7e ? ' ' : line[i];
        if (i == 3 && from == 3) {
            c = ' ';
        }
        s->reply[have++] = c;
    }
    while (have > 0 && s->reply[have - 1] == ' ') {
        have--;
    }
    s->reply[have] = '\0';
    s->code = (int)strtol(s->reply, NULL, 10);
}

static int overhear(CURL *curl, curl_infotype type, char *data, size_t size, void *context)
{
    struct smtp *s = context;
    (void)curl;
    switch (type) {
    case CURLINFO_HEADER_OUT:
        note_command(s, data, size);
        break;
    case CURLINFO_HEADER_IN:
        if (!s->left) {
            note_answer(s, data, size);
        }
        break;
    case CURLINFO_DATA_OUT:
        if (s->stage != STAGE_SENT) {
            enter(s, STAGE_SENT);
        }
        break;
    default:
        break;
    }
    return 0;
}

/* ---- what came of it ---- */

static bool is_tls(CURLcode code)
{
    switch (code) {
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_USE_SSL_FAILED:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
        return true;
    default:
        return false;
    }
}

/* 530 and 535 ask us for something, whatever they answer to; 552 says that this mail is too large, already to MAIL FROM. */
static enum smtp_outcome judge(const struct smtp *s, CURLcode code)
{
    if (code == CURLE_OK) {
        return SMTP_SENT;
    }
    if (is_tls(code) || code == CURLE_LOGIN_DENIED || code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL) {
        return SMTP_OPERATOR;
    }
    if (s->code < 500 || s->code > 599) {
        return SMTP_LATER;
    }
    if (s->code == 530 || s->code == 535) {
        return SMTP_OPERATOR;
    }
    return s->stage >= STAGE_RECIPIENT || s->code == 552 ? SMTP_REFUSED : SMTP_OPERATOR;
}

/* The server's own words where it refused, libcurl's where there was no answer to judge by. */
static void explain(const struct smtp *s, CURLcode code, char *words, size_t size)
{
    if (code == CURLE_OK || (s->code >= 400 && s->code <= 599 && !is_tls(code))) {
        snprintf(words, size, "%s", s->reply);
    } else if (s->stage == STAGE_SENT) {
        snprintf(words, size, "%s, once the mail was on its way: perhaps the server has taken it.", curl_easy_strerror(code));
    } else {
        snprintf(words, size, "%s", curl_easy_strerror(code));
    }
}

/* ---- sending ---- */

static size_t give(char *to, size_t size, size_t count, void *context)
{
    struct smtp *s = context;
    size_t n = s->message.len - s->written;
    n = n < size * count ? n : size * count;
    memcpy(to, s->message.data + s->written, n);
    s->written += n;
    return n;
}

static void prepare(struct smtp *s, bool fresh, int64_t left)
{
    CURL *c = s->curl;
    curl_easy_reset(c); /* keeps the connection */
    curl_easy_setopt(c, CURLOPT_URL, s->url);
    curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(c, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, (long)s->connect_timeout);
    curl_easy_setopt(c, CURLOPT_SERVER_RESPONSE_TIMEOUT, (long)s->timeout);
    curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)(left > 1000 ? left / 1000 : 1));
    curl_easy_setopt(c, CURLOPT_MAXAGE_CONN, (long)IDLE_MAX);
    curl_easy_setopt(c, CURLOPT_FRESH_CONNECT, fresh ? 1L : 0L);
    curl_easy_setopt(c, CURLOPT_USE_SSL,
                     (long)(s->tls == SMTP_TLS_REQUIRE ? CURLUSESSL_ALL
                            : s->tls == SMTP_TLS_TRY   ? CURLUSESSL_TRY
                                                       : CURLUSESSL_NONE));
    curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, s->tls == SMTP_TLS_REQUIRE ? 1L : 0L);
    curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, s->tls == SMTP_TLS_REQUIRE ? 2L : 0L);
    curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    if (s->ca_file != NULL) {
        curl_easy_setopt(c, CURLOPT_CAINFO, s->ca_file);
    }
    if (s->user != NULL) {
        curl_easy_setopt(c, CURLOPT_USERNAME, s->user);
        curl_easy_setopt(c, CURLOPT_PASSWORD, s->password != NULL ? s->password : "");
    }
    curl_easy_setopt(c, CURLOPT_VERBOSE, 1L);
    curl_easy_setopt(c, CURLOPT_DEBUGFUNCTION, overhear);
    curl_easy_setopt(c, CURLOPT_DEBUGDATA, s);
    s->left = false;
    enter(s, STAGE_BEFORE);
}

/* One try. On a connection that was kept, the server may have been about to leave: true then, and nothing was handed over. */
static bool try_once(struct smtp *s, const struct smtp_mail *m, bool fresh, int64_t until, CURLcode *ret_code)
{
    long connects = 0;
    struct curl_slist *recipients = must(curl_slist_append(NULL, m->to_address));
    prepare(s, fresh, until - clock_monotonic());
    s->written = 0;
    curl_easy_setopt(s->curl, CURLOPT_MAIL_FROM, m->from_address);
    curl_easy_setopt(s->curl, CURLOPT_MAIL_RCPT, recipients);
    curl_easy_setopt(s->curl, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(s->curl, CURLOPT_INFILESIZE_LARGE, (curl_off_t)s->message.len);
    curl_easy_setopt(s->curl, CURLOPT_READFUNCTION, give);
    curl_easy_setopt(s->curl, CURLOPT_READDATA, s);
    *ret_code = curl_easy_perform(s->curl);
    curl_easy_getinfo(s->curl, CURLINFO_NUM_CONNECTS, &connects);
    curl_easy_setopt(s->curl, CURLOPT_MAIL_RCPT, NULL);
    curl_slist_free_all(recipients);
    return *ret_code != CURLE_OK && *ret_code != CURLE_OPERATION_TIMEDOUT && connects == 0 && s->stage <= STAGE_SENDER &&
           (s->code == 0 || s->code == 421);
}

enum smtp_outcome smtp_send(struct smtp *s, const struct smtp_mail *m, char *words, size_t words_size)
{
    CURLcode code;
    const char *wrong = smtp_misfit(m);
    if (wrong != NULL) {
        snprintf(words, words_size, "%s", wrong);
        return SMTP_REFUSED;
    }
    buf_clear(&s->message);
    smtp_compose(&s->message, m);
    if (s->message.failed) {
        snprintf(words, words_size, "The mail is too large.");
        return SMTP_REFUSED;
    }
    int64_t until = clock_monotonic() + INT64_C(1000000) * s->timeout;
    if (try_once(s, m, false, until, &code)) {
        try_once(s, m, true, until, &code);
    }
    explain(s, code, words, words_size);
    return judge(s, code);
}
