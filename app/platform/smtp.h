/* smtp.h - hands mails to a mail server (libcurl; RFC 5321, STARTTLS by RFC 3207) and writes them (RFC 5322, MIME by RFC 2045 and 2047).
 * karara-worker and kararactl link it, karara-api doesn't.
 *
 * A mail goes as multipart/alternative: the text, then the HTML. What a server could take for a command, or a reader for a header of its own,
 * is refused here as well as wherever it was taken in: libcurl 7.88 passes CR and LF on. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;

enum smtp_tls {
    SMTP_TLS_OFF, /* in the clear, but for smtps:// */
    SMTP_TLS_TRY, /* STARTTLS where it is offered, with any certificate: whoever could forge one could as well hide the offer */
    SMTP_TLS_REQUIRE /* never in the clear, and only with a certificate that is good for the server's name; always so with smtps:// */
};

struct smtp_server {
    const char *url;      /* "smtp://localhost:25", "smtps://mail.example:465" */
    const char *greeting; /* the name by which we greet; NULL or "": the host's own */
    const char *user;     /* NULL or "": no authentication */
    const char *password; /* used with user */
    const char *ca_file;  /* whom to trust in TLS; NULL or "": as the system does */
    enum smtp_tls tls;
    int connect_timeout; /* s until there is a connection */
    int timeout;         /* s for a whole mail */
};

struct smtp_header {
    const char *name, *value; /* ASCII name, none of those that are written anyhow; value of one line, any UTF-8 */
};

struct smtp_mail {
    const char *from_address, *from_name; /* also the envelope's sender; the name may be "" */
    const char *to_address, *to_name;
    const char *subject;
    const char *text, *html;           /* UTF-8 with LF or CRLF */
    const char *message_id;            /* "id@host", without brackets: the same at every attempt */
    int64_t date;                      /* µs since 1970 */
    const struct smtp_header *headers; /* further ones, until one without a name; NULL for none */
};

enum smtp_outcome {
    SMTP_SENT,    /* the server has answered 2xx to the whole mail */
    SMTP_REFUSED, /* a 5xx for this mail, or it can't be written: trying again is no use */
    SMTP_LATER,   /* 4xx, nobody there, too slow, cut off (perhaps after the mail was taken: the words then say so) */
    SMTP_OPERATOR /* TLS, sign-in or sender aren't as the server wants them: later, once somebody has looked */
};

struct smtp;

/* Copies what it is given; connects when it sends. One mail at a time; the connection is kept for the next one. Never NULL. */
struct smtp *smtp_open(const struct smtp_server *server);
void smtp_close(struct smtp *s); /* legal on NULL */

/* Blocks for at most the server's timeout. Writes what the server said, or what went wrong, into words (one line, never a secret). */
enum smtp_outcome smtp_send(struct smtp *s, const struct smtp_mail *mail, char *words, size_t words_size);

/* ---- writing (smtp_message.c) ---- */

/* True for an address that may go into an envelope: 3 to 320 bytes of ASCII with something before and behind an @, none of them a blank, a
 * control character or <>. */
bool smtp_address_fits(const char *address);
/* True for a header that a mail may carry besides those that it has anyhow: a name of letters, digits and '-', and one line. */
bool smtp_header_fits(const char *name, const char *value);

/* What is wrong with the mail, as words; NULL for nothing. */
const char *smtp_misfit(const struct smtp_mail *mail);
/* Headers and both bodies, quoted-printable, every line ending in CRLF and none longer than 998 bytes. The mail must fit. */
void smtp_compose(struct buf *out, const struct smtp_mail *mail);
