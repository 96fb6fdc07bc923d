/* https.h - small requests to servers outside (libcurl): push services, the SMS gateway. Only karara-worker and kararactl link it.
 *
 * An address that people gave is guarded: https with a certificate that fits, no address but those of the internet at large at port 443, or one in
 * `allow`; what is looked at is the very address that the connection is made to. Nobody is redirected, no proxy is asked, nothing but the
 * host's name and our request leaves, and neither a slow nor a talkative server holds us up. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HTTPS_HEADERS = 16, HTTPS_KEPT = 4096 };

struct https_request {
    const char *method; /* "POST"; GET sends no body */
    const char *url;
    const char *const
        *headers; /* "Name: value", NULL-terminated, HTTPS_HEADERS at most; a control character in one is refused */
    const void *body;
    size_t size;
    enum { HTTPS_GUARDED, HTTPS_TRUSTED } from; /* TRUSTED: the operator's own address, also by http and into the own network */
    const char *allow;                          /* networks that are open besides (netguard_listed); NULL for none */
    int timeout;                                /* s for the whole of it; a third of that, 2 at least, to connect */
};

enum https_outcome {
    HTTPS_ANSWERED,    /* status says the rest */
    HTTPS_REFUSED,     /* we don't send there: another try goes no better */
    HTTPS_UNREACHABLE, /* no answer: no name, no connection, cut off, too slow */
    HTTPS_UNTRUSTED    /* TLS failed: its certificate, or what it speaks */
};

struct https_answer {
    enum https_outcome outcome;
    int status;            /* 200 … */
    int64_t retry_after;   /* s that the server asks us to wait; 0: it doesn't say */
    char body[HTTPS_KEPT]; /* its beginning, with a NUL behind it */
    char words[200];       /* what happened, for the log and for operators: "HTTP 410", "Connection refused" */
};

/* Sends it and waits for the answer. Connections are kept for the next request; certificates are trusted as the system does, or as
 * HTTPS_CA_FILE says. */
void https_send(const struct https_request *request, struct https_answer *ret);

/* Seconds until another try makes sense: what the server asks for, six hours at most, or a minute. */
int64_t https_wait(const struct https_answer *answer);

/* Writes what happened, and with `body` also the first line of what the server said, as far as it is text and not too long. */
void https_describe(const struct https_answer *answer, bool body, char *ret, size_t size);

/* Closes what was kept. */
void https_close(void);
