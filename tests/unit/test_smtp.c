/* Mails as bytes: headers, encoded words, folding, bodies; and what is no address, no header, no mail. */
#include "core/buf.h"
#include "platform/smtp.h"

#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct buf out;

static const struct smtp_mail plain = { .from_address = "karara@brand.example",
                                        .from_name = "Karara",
                                        .to_address = "ada@mail.example",
                                        .to_name = "",
                                        .subject = "Hello",
                                        .text = "Hello,\nthere\n",
                                        .html = "<p>Hello</p>\n",
                                        .message_id = "0190@brand.example",
                                        .date = INT64_C(1795246205000000) };

static const char *composed(const struct smtp_mail *mail)
{
    buf_clear(&out);
    assert_null(smtp_misfit(mail));
    smtp_compose(&out, mail);
    assert_false(out.failed);
    return out.data;
}

/* Every line ends in CRLF and has at most 998 bytes; no CR and no LF stands alone. */
static void assert_lines(const char *text)
{
    size_t column = 0;
    for (const char *p = text; *p != '\0'; p++) {
        if (*p == '\r') {
            assert_int_equal(p[1], '\n');
        } else if (*p == '\n') {
            assert_true(p > text && p[-1] == '\r');
            column = 0;
        } else {
            assert_in_range(++column, 1, 998);
        }
    }
    assert_string_equal(text + strlen(text) - 2, "\r\n");
}

/* The value of a header, unfolded; "" when it isn't there. */
static const char *header(const char *name)
{
    static char value[2048];
    size_t n = 0, size = strlen(name);
    const char *end = strstr(out.data, "\r\n\r\n");
    for (const char *line = out.data; line < end; line = strstr(line, "\r\n") + 2) {
        if (strncmp(line, name, size) == 0 && line[size] == ':') {
            for (const char *p = line + size + 2; p[0] != '\r' || p[2] == ' ' || p[2] == '\t'; p++) {
                if (*p != '\r' && *p != '\n') {
                    value[n++] = *p;
                }
            }
            break;
        }
    }
    value[n] = '\0';
    return value;
}

/* A text with its encoded words decoded (RFC 2047 §6): blanks between two of them go. */
static const char *decoded(const char *text)
{
    static char words[2048];
    size_t n = 0;
    while (*text != '\0') {
        if (strncmp(text, "=?UTF-8?B?", 10) != 0) {
            words[n++] = *text++;
            continue;
        }
        const char *end = strstr(text + 10, "?=");
        size_t size = 0;
        assert_non_null(end);
        assert_in_range(end + 2 - text, 1, 75);
        assert_int_equal(sodium_base642bin((unsigned char *)words + n, sizeof words - n, text + 10, (size_t)(end - text - 10),
                                           NULL, &size, NULL, sodium_base64_VARIANT_ORIGINAL),
                         0);
        assert_true((words[n] & 0xc0) != 0x80); /* no character is torn */
        n += size;
        text = end + 2;
        text += strncmp(text, " =?", 3) == 0;
    }
    words[n] = '\0';
    return words;
}

/* Each line from here up to there has so many characters at least, and no more than a mail's line should have. */
static void assert_widths(const char *line, const char *end, size_t least)
{
    for (; line < end; line = strstr(line, "\r\n") + 2) {
        assert_in_range(strstr(line, "\r\n") - line, least, 76);
    }
}

static void a_mail_has_its_headers_and_two_bodies(void **state)
{
    (void)state;
    const char *text = composed(&plain);
    assert_lines(text);
    assert_string_equal(text, "Date: Sat, 21 Nov 2026 07:30:05 +0000\r\n"
                              "From: Karara <karara@brand.example>\r\n"
                              "To: <ada@mail.example>\r\n"
                              "Subject: Hello\r\n"
                              "Message-ID: <0190@brand.example>\r\n"
                              "Auto-Submitted: auto-generated\r\n"
                              "MIME-Version: 1.0\r\n"
                              "Content-Type: multipart/alternative; boundary=\"=_alternative\"\r\n"
                              "\r\n"
                              "--=_alternative\r\n"
                              "Content-Type: text/plain; charset=utf-8\r\n"
                              "Content-Transfer-Encoding: quoted-printable\r\n"
                              "\r\n"
                              "Hello,\r\nthere\r\n\r\n"
                              "--=_alternative\r\n"
                              "Content-Type: text/html; charset=utf-8\r\n"
                              "Content-Transfer-Encoding: quoted-printable\r\n"
                              "\r\n"
                              "<p>Hello</p>\r\n\r\n"
                              "--=_alternative--\r\n");
}

static void other_scripts_go_as_encoded_words(void **state)
{
    static const char *const texts[] = {
        "Bestätigen Sie Ihre E-Mail-Adresse",
        "日本語の件名はとても長いので、いくつもの行に分けられます。それでも読めなければなりません。日本語の件名。",
        "Ärger mit Ümläuten, und nochmals Ärger mit Ümläuten, und nochmals Ärger mit Ümläuten, und ein 🎈 zum Schluß",
        "=?UTF-8?B?Zm9yZ2Vk?= looks like one and is none",
    };
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct smtp_mail m = plain;
        m.subject = texts[i];
        m.to_name = texts[i];
        const char *text = composed(&m);
        assert_lines(text);
        assert_widths(text, strstr(text, "\r\n\r\n"), 1);
        assert_string_equal(decoded(header("Subject")), texts[i]);
        assert_non_null(strstr(decoded(header("To")), texts[i]));
        assert_non_null(strstr(header("To"), " <ada@mail.example>"));
    }
}

static void a_name_is_bare_or_quoted(void **state)
{
    struct smtp_mail m = plain;
    (void)state;
    m.from_name = "Paper & Co. \"Inc\"";
    m.to_name = "Ada Okafor";
    composed(&m);
    assert_string_equal(header("From"), "\"Paper & Co. \\\"Inc\\\"\" <karara@brand.example>");
    assert_string_equal(header("To"), "Ada Okafor <ada@mail.example>");
}

static void long_headers_are_folded_between_words(void **state)
{
    static const char link[] =
        "<https://karara.example/api/v1/unsubscribe?token=0123456789012345678901234567890123456789012345678901234567"
        "890123456789012345678901234567890123456789012345678901234567890123456789>";
    const struct smtp_header headers[] = { { "List-Unsubscribe", link },
                                           { "List-Unsubscribe-Post", "List-Unsubscribe=One-Click" },
                                           { NULL, NULL } };
    struct smtp_mail m = plain;
    (void)state;
    m.headers = headers;
    m.subject =
        "a subject of words that are many and go on and on so that one line has not enough room for all of them at once";
    assert_lines(composed(&m));
    assert_string_equal(header("Subject"), m.subject);
    assert_true(strstr(strstr(out.data, "Subject: "), "\r\n ") < strstr(out.data, "\r\nMessage-ID"));
    assert_string_equal(header("List-Unsubscribe"), link);
    assert_string_equal(header("List-Unsubscribe-Post"), "List-Unsubscribe=One-Click");
}

/* The body of the text, decoded from quoted-printable. */
static const char *text_body(void)
{
    static char text[8192];
    size_t n = 0;
    const char *p = strstr(out.data, "quoted-printable\r\n\r\n") + 20, *end = strstr(p, "--=_alternative");
    for (; p < end - 2; p++) {
        unsigned byte;
        if (*p == '=' && p[1] == '\r') {
            p += 2;
        } else if (*p == '=') {
            assert_int_equal(sscanf(p + 1, "%2X", &byte), 1);
            text[n++] = (char)byte;
            p += 2;
        } else if (*p != '\r') {
            text[n++] = *p;
        }
    }
    text[n] = '\0';
    return text;
}

static void bodies_keep_their_text_whatever_it_is(void **state)
{
    static const char *const texts[] = {
        "",
        "\n",
        "one line\n",
        "no end of line",
        ".\n..\n.leading\nFrom here\n",
        "blanks at the end   \t\nof lines \n",
        "Grüße, 日本語, 🎈\n",
        "a=b, a line of more than seventy-six characters, which has to be broken without losing one of its ==== signs\n",
        "01234567890123456789012345678901234567890123456789012345678901234567890123 =\n",
        "012345678901234567890123456789012345678901234567890123456789012345678901234 \nx",
        "--=_alternative--\n",
    };
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct smtp_mail m = plain;
        m.text = texts[i];
        const char *text = composed(&m);
        assert_lines(text);
        const char *body = strstr(text, "\r\n\r\n") + 4;
        assert_widths(body, text + strlen(text), 0);
        assert_null(strstr(body, " \r\n"));
        assert_string_equal(text_body(), texts[i]);
    }
    struct smtp_mail m = plain;
    m.text = "CR and LF\r\nas well\r\n";
    composed(&m);
    assert_string_equal(text_body(), "CR and LF\nas well\n");
}

static void an_address_that_a_server_could_take_for_a_command_is_none(void **state)
{
    static const char *const wrong[] = { "",
                                         "@",
                                         "a@",
                                         "@b",
                                         "nobody",
                                         "a@b.example\r\nDATA",
                                         "a@b.example\nRCPT TO:<c@d.example>",
                                         "a@b.example\rX",
                                         "a b@c.example",
                                         "a\t@b.example",
                                         "<a@b.example>",
                                         "a@b.example>",
                                         "a@b.example\x7f",
                                         "a@b.example\x01",
                                         "ä@b.example",
                                         "a@bücher.example" };
    char bytes[] = "a?@b.example", longest[400];
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_false(smtp_address_fits(wrong[i]));
    }
    for (int c = 1; c < 256; c++) {
        bytes[1] = (char)c;
        assert_int_equal(smtp_address_fits(bytes), c >= 0x21 && c < 0x7f && c != '<' && c != '>');
    }
    memset(longest, 'a', sizeof longest);
    memcpy(longest, "a@", 2);
    longest[320] = '\0';
    assert_true(smtp_address_fits(longest));
    longest[320] = 'a';
    longest[321] = '\0';
    assert_false(smtp_address_fits(longest));
}

static void a_header_is_one_line_and_none_of_ours(void **state)
{
    static const char *const names[] = { "",       "a b",    "a:b",        "To",           "bcc",  "CC",      "From",
                                         "Sender", "Su\r\n", "message-id", "Content-Type", "Date", "X-Straße" };
    char room[1200];
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        assert_false(smtp_header_fits(names[i], "value"));
    }
    assert_false(smtp_header_fits("X-Line", "one\r\nBcc: eve@mail.example"));
    assert_false(smtp_header_fits("X-Line", "one\ntwo"));
    assert_false(smtp_header_fits("X-Line", "one\rtwo"));
    assert_false(smtp_header_fits("X-Line", "\x7f"));
    assert_true(smtp_header_fits("List-Unsubscribe", "<https://karara.example/u>"));
    assert_true(smtp_header_fits("X-Name", "Grüße"));
    memset(room, 'a', sizeof room);
    room[901] = '\0';
    assert_false(smtp_header_fits("X-Long", room));
    room[500] = ' ';
    assert_true(smtp_header_fits("X-Long", room));
}

static void a_mail_that_would_inject_is_refused(void **state)
{
    const struct smtp_header forged[] = { { "X-A", "b\r\nBcc: eve@mail.example" }, { NULL, NULL } };
    struct smtp_mail m[7];
    (void)state;
    for (size_t i = 0; i < 7; i++) {
        m[i] = plain;
    }
    m[0].subject = "Hello\r\nBcc: eve@mail.example";
    m[1].to_name = "Ada\nBcc: eve@mail.example";
    m[2].from_name = "Karara\r\n\r\nBody";
    m[3].to_address = "ada@mail.example\r\nRCPT TO:<eve@mail.example>";
    m[4].from_address = "karara@brand.example>\r\n";
    m[5].message_id = "a@b\r\nX: y";
    m[6].headers = forged;
    for (size_t i = 0; i < 7; i++) {
        assert_non_null(smtp_misfit(&m[i]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_mail_has_its_headers_and_two_bodies),
        cmocka_unit_test(other_scripts_go_as_encoded_words),
        cmocka_unit_test(a_name_is_bare_or_quoted),
        cmocka_unit_test(long_headers_are_folded_between_words),
        cmocka_unit_test(bodies_keep_their_text_whatever_it_is),
        cmocka_unit_test(an_address_that_a_server_could_take_for_a_command_is_none),
        cmocka_unit_test(a_header_is_one_line_and_none_of_ours),
        cmocka_unit_test(a_mail_that_would_inject_is_refused),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    buf_free(&out);
    return failed;
}
