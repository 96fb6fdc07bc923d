/* smtp_message.c - from a mail to the bytes of its message. No network here. */
#include "platform/smtp.h"

#include "core/buf.h"
#include <ctype.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

enum {
    ADDRESS_MAX = 320,
    LINE_GOOD = 76,  /* RFC 2047 §2: of lines with encoded words, and of quoted-printable ones */
    VALUE_MAX = 900, /* of a further header between two blanks: no line may pass 998 bytes (RFC 5322 §2.1.1) */
    WORD_CHARS = 75, /* of an encoded word */
    WORD_FRAME = 12  /* "=?UTF-8?B?" and "?=" */
};

/* ---- what may be sent ---- */

bool smtp_address_fits(const char *address)
{
    size_t n = strlen(address);
    const char *at = strrchr(address, '@');
    for (const unsigned char *p = (const unsigned char *)address; *p != '\0'; p++) {
        if (*p < 0x21 || *p >= 0x7f || *p == '<' || *p == '>') {
            return false;
        }
    }
    return n >= 3 && n <= ADDRESS_MAX && at != NULL && at != address && at[1] != '\0';
}

static bool one_line(const char *s)
{
    for (const unsigned char *p = (const unsigned char *)s; *p != '\0'; p++) {
        if ((*p < 0x20 && *p != '\t') || *p == 0x7f) {
            return false;
        }
    }
    return true;
}

/* Those that say what a mail is, and where it came through. */
static bool is_ours(const char *name)
{
    static const char *const ours[] = { "from",           "sender",       "to",         "cc",       "bcc",
                                        "subject",        "date",         "message-id", "received", "return-path",
                                        "auto-submitted", "mime-version", NULL };
    for (const char *const *o = ours; *o != NULL; o++) {
        if (strcasecmp(*o, name) == 0) {
            return true;
        }
    }
    return strncasecmp(name, "content-", 8) == 0;
}

static bool foldable(const char *value)
{
    while (*value != '\0') {
        size_t n = strcspn(value, " \t");
        if (n > VALUE_MAX) {
            return false;
        }
        value += n + (value[n] != '\0');
    }
    return true;
}

bool smtp_header_fits(const char *name, const char *value)
{
    size_t n = strlen(name);
    for (const char *p = name; *p != '\0'; p++) {
        if (!isalnum((unsigned char)*p) && *p != '-') {
            return false;
        }
    }
    return n > 0 && n <= 70 && !is_ours(name) && one_line(value) && foldable(value);
}

const char *smtp_misfit(const struct smtp_mail *m)
{
    if (!smtp_address_fits(m->from_address)) {
        return "The sender's address can't be written into an envelope.";
    }
    if (!smtp_address_fits(m->to_address)) {
        return "The recipient's address can't be written into an envelope.";
    }
    if (!one_line(m->from_name) || !one_line(m->to_name) || !one_line(m->subject) || !smtp_address_fits(m->message_id)) {
        return "A header has more than one line.";
    }
    for (const struct smtp_header *h = m->headers; h != NULL && h->name != NULL; h++) {
        if (!smtp_header_fits(h->name, h->value)) {
            return "A header can't be sent.";
        }
    }
    return NULL;
}

/* ---- headers ---- */

/* Bytes of the line that is being written. */
static size_t column(const struct buf *out)
{
    size_t n = 0;
    while (n < out->len && out->data[out->len - 1 - n] != '\n') {
        n++;
    }
    return n;
}

/* What stands as it is; a text that looks like an encoded word would be read as one. */
static bool plain(const char *text)
{
    for (const unsigned char *p = (const unsigned char *)text; *p != '\0'; p++) {
        if (*p > 0x7e) {
            return false;
        }
    }
    return strstr(text, "=?") == NULL;
}

/* Bytes of the longest start of the text that has at most `room` bytes and ends between characters; at least one. */
static size_t whole_characters(const char *text, size_t room)
{
    size_t n = strlen(text);
    if (n <= room) {
        return n;
    }
    n = room;
    while (n > 1 && ((unsigned char)text[n] & 0xc0) == 0x80) {
        n--;
    }
    return n;
}

/* Encoded words of whole characters (RFC 2047 §5), each on a line of its own. */
static void add_encoded(struct buf *out, const char *text)
{
    char coded[WORD_CHARS + 1];
    for (const char *p = text; *p != '\0';) {
        size_t used = column(out);
        size_t room = LINE_GOOD > used + WORD_FRAME ? LINE_GOOD - used - WORD_FRAME : 0;
        room = (room < WORD_CHARS - WORD_FRAME ? room : WORD_CHARS - WORD_FRAME) / 4 * 3;
        if (room < 12) {
            buf_str(out, "\r\n ");
            continue;
        }
        size_t n = whole_characters(p, room);
        sodium_bin2base64(coded, sizeof coded, (const unsigned char *)p, n, sodium_base64_VARIANT_ORIGINAL);
        buf_printf(out, "=?UTF-8?B?%s?=", coded);
        p += n;
        if (*p != '\0') {
            buf_str(out, "\r\n ");
        }
    }
}

/* Words as they are; a line that grows too long is folded before a blank of its own (RFC 5322 §2.2.3). */
static void add_folded(struct buf *out, const char *text)
{
    for (const char *p = text; *p != '\0';) {
        size_t blank = strspn(p, " \t"), word = strcspn(p + blank, " \t");
        bool too_long = column(out) + blank + word > LINE_GOOD && blank > 0 && word > 0;
        buf_str(out, too_long ? "\r\n" : "");
        buf_append(out, p, blank + word);
        p += blank + word;
    }
}

static void add_text(struct buf *out, const char *text)
{
    (plain(text) ? add_folded : add_encoded)(out, text);
}

/* A display name: bare words, a quoted string, or encoded words. */
static void add_name(struct buf *out, const char *name)
{
    bool bare = true;
    for (const unsigned char *p = (const unsigned char *)name; *p != '\0'; p++) {
        bare = bare && (isalnum(*p) || *p == ' ');
    }
    if (!plain(name) || bare) {
        add_text(out, name);
        return;
    }
    struct buf quoted = { 0 };
    buf_char(&quoted, '"');
    for (const char *p = name; *p != '\0'; p++) {
        buf_str(&quoted, *p == '"' || *p == '\\' ? "\\" : "");
        buf_char(&quoted, *p);
    }
    buf_char(&quoted, '"');
    add_folded(out, quoted.data);
    buf_free(&quoted);
}

static void add_mailbox(struct buf *out, const char *header, const char *name, const char *address)
{
    buf_printf(out, "%s: ", header);
    if (*name != '\0') {
        add_name(out, name);
        buf_str(out, column(out) + strlen(address) + 3 > LINE_GOOD ? "\r\n " : " ");
    }
    buf_printf(out, "<%s>\r\n", address);
}

static void add_header(struct buf *out, const char *name, const char *value)
{
    buf_printf(out, "%s: ", name);
    add_text(out, value);
    buf_str(out, "\r\n");
}

static void add_date(struct buf *out, int64_t moment)
{
    char text[48];
    struct tm t;
    time_t seconds = (time_t)(moment / 1000000);
    gmtime_r(&seconds, &t);
    strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S +0000", &t); /* the C locale: we never set another */
    add_header(out, "Date", text);
}

/* ---- bodies ---- */

/* Quoted-printable (RFC 2045 §6.7); a line's end, CRLF or LF, becomes CRLF: servers of today refuse a bare LF. */
static void add_quoted(struct buf *out, const char *text)
{
    static const char hex[] = "0123456789ABCDEF";
    size_t used = 0;
    for (const unsigned char *p = (const unsigned char *)text; *p != '\0'; p++) {
        if (*p == '\n' || (*p == '\r' && p[1] == '\n')) {
            p += *p == '\r';
            buf_str(out, "\r\n");
            used = 0;
            continue;
        }
        bool last = p[1] == '\n' || p[1] == '\0' || (p[1] == '\r' && p[2] == '\n');
        bool as_is = (*p >= 0x21 && *p <= 0x7e && *p != '=') || ((*p == ' ' || *p == '\t') && !last);
        if (used + (as_is ? 1 : 3) > LINE_GOOD - 1) {
            buf_str(out, "=\r\n");
            used = 0;
        }
        if (as_is) {
            buf_char(out, (char)*p);
            used++;
        } else {
            buf_append(out, (const char[]){ '=', hex[*p >> 4], hex[*p & 15] }, 3);
            used += 3;
        }
    }
    buf_str(out, "\r\n");
}

static void add_part(struct buf *out, const char *boundary, const char *type, const char *text)
{
    buf_printf(out, "--%s\r\nContent-Type: %s; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n", boundary,
               type);
    add_quoted(out, text);
}

void smtp_compose(struct buf *out, const struct smtp_mail *m)
{
    static const char boundary[] = "=_alternative"; /* "=_" never stands in quoted-printable */
    add_date(out, m->date);
    add_mailbox(out, "From", m->from_name, m->from_address);
    add_mailbox(out, "To", m->to_name, m->to_address);
    add_header(out, "Subject", m->subject);
    buf_printf(out, "Message-ID: <%s>\r\n", m->message_id);
    add_header(out, "Auto-Submitted", "auto-generated");
    for (const struct smtp_header *h = m->headers; h != NULL && h->name != NULL; h++) {
        add_header(out, h->name, h->value);
    }
    buf_printf(out, "MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=\"%s\"\r\n\r\n", boundary);
    add_part(out, boundary, "text/plain", m->text);
    add_part(out, boundary, "text/html", m->html);
    buf_printf(out, "--%s--\r\n", boundary);
}
