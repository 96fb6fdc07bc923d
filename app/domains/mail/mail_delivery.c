/* mail_delivery.c - from the settings to a mail server. */
#include "domains/mail/mail_delivery.h"

#include "core/arena.h"
#include "core/config.h"
#include "core/str.h"
#include "core/uuid.h"
#include "platform/idn.h"
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { TIMEOUT_MAX = 90, PATIENCE_MORE = 10, PASSWORD_MAX = 512 };

static const char *const tls_words[] = { [SMTP_TLS_OFF] = "off", [SMTP_TLS_TRY] = "try", [SMTP_TLS_REQUIRE] = "require", NULL };

/* -1 for a word that isn't one. */
static int tls_of(const char *word)
{
    for (int i = 0; tls_words[i] != NULL; i++) {
        if (str_eq(tls_words[i], word)) {
            return i;
        }
    }
    return -1;
}

bool mail_delivery_on(void)
{
    return !str_empty(config_text(CONF_MAIL_SERVER));
}

bool mail_delivery_is_safe(void)
{
    static const char *const here[] = { "smtp://localhost", "smtp://127.0.0.1", "smtp://[::1]", "smtps://", NULL };
    const char *url = config_text(CONF_MAIL_SERVER);
    for (const char *const *h = here; *h != NULL; h++) {
        size_t n = strlen(*h);
        if (strncasecmp(url, *h, n) == 0 && ((*h)[n - 1] == '/' || strchr(":/", url[n]) != NULL)) {
            return true;
        }
    }
    return str_eq(config_text(CONF_MAIL_TLS), "require");
}

int mail_delivery_patience(void)
{
    int64_t s = config_int(CONF_MAIL_TIMEOUT);
    return (int)(s < TIMEOUT_MAX ? s : TIMEOUT_MAX) + PATIENCE_MORE;
}

/* Host name in public_url. */
static const char *own_host(struct arena *a)
{
    const char *url = config_text(CONF_PUBLIC_URL), *host = strstr(url, "://");
    host = host != NULL ? host + 3 : url;
    return arena_strndup(a, host, strcspn(host, ":/"));
}

const char *mail_delivery_from(struct arena *a)
{
    const char *from = config_text(CONF_MAIL_FROM);
    return !str_empty(from) ? from : arena_printf(a, "karara@%s", own_host(a));
}

/* The first line of the file; false with words. */
static bool read_password(char password[PASSWORD_MAX], char *words, size_t size)
{
    const char *path = config_text(CONF_MAIL_PASSWORD_FILE);
    password[0] = '\0';
    if (str_empty(config_text(CONF_MAIL_USER)) || str_empty(path)) {
        return true;
    }
    FILE *f = fopen(path, "re");
    bool ok = f != NULL && fgets(password, PASSWORD_MAX, f) != NULL;
    if (!ok) {
        snprintf(words, size, "mail_password_file: %s: %s", path, f == NULL ? strerror(errno) : "it is empty");
    }
    password[strcspn(password, "\r\n")] = '\0';
    if (f != NULL) {
        fclose(f);
    }
    return ok;
}

static bool is_smtp(const char *url)
{
    return strncasecmp(url, "smtp://", 7) == 0 || strncasecmp(url, "smtps://", 8) == 0;
}

const char *mail_delivery_problem(struct arena *a)
{
    char password[PASSWORD_MAX], words[600];
    const char *url = config_text(CONF_MAIL_SERVER);
    if (!mail_delivery_on()) {
        return NULL;
    }
    if (!is_smtp(url) || strpbrk(url, "@ ") != NULL) {
        return arena_printf(a, "mail_server: %s isn't smtp://host:port or smtps://host:port", url);
    }
    if (tls_of(config_text(CONF_MAIL_TLS)) < 0) {
        return arena_printf(a, "mail_tls: %s isn't off, try or require", config_text(CONF_MAIL_TLS));
    }
    if (config_int(CONF_MAIL_TIMEOUT) < 1 || config_int(CONF_MAIL_TIMEOUT) > TIMEOUT_MAX) {
        return arena_printf(a, "mail_timeout: it is between 1 and %d s", TIMEOUT_MAX);
    }
    if (!smtp_address_fits(mail_delivery_from(a))) {
        return arena_printf(a, "mail_from: %s isn't an address", mail_delivery_from(a));
    }
    FILE *ca = str_empty(config_text(CONF_MAIL_CA_FILE)) ? NULL : fopen(config_text(CONF_MAIL_CA_FILE), "re");
    if (ca == NULL && !str_empty(config_text(CONF_MAIL_CA_FILE))) {
        return arena_printf(a, "mail_ca_file: %s: %s", config_text(CONF_MAIL_CA_FILE), strerror(errno));
    }
    if (ca != NULL) {
        fclose(ca);
    }
    bool ok = read_password(password, words, sizeof words);
    sodium_memzero(password, sizeof password);
    return ok ? NULL : arena_strdup(a, words);
}

/* NULL with words. */
static struct smtp *open_server(struct arena *a, char *words, size_t size)
{
    char password[PASSWORD_MAX];
    const char *problem = mail_delivery_problem(a);
    struct smtp *s = NULL;
    if (problem != NULL) {
        snprintf(words, size, "%s", problem);
    } else if (read_password(password, words, size)) {
        s = smtp_open(&(struct smtp_server){ .url = config_text(CONF_MAIL_SERVER),
                                             .greeting = own_host(a),
                                             .user = config_text(CONF_MAIL_USER),
                                             .password = password,
                                             .ca_file = config_text(CONF_MAIL_CA_FILE),
                                             .tls = (enum smtp_tls)tls_of(config_text(CONF_MAIL_TLS)),
                                             .connect_timeout = (int)config_int(CONF_MAIL_CONNECT_TIMEOUT),
                                             .timeout = (int)config_int(CONF_MAIL_TIMEOUT) });
    }
    sodium_memzero(password, sizeof password);
    return s;
}

/* With a host name of another script as the DNS has it; what can't be written so is refused further down. */
static const char *ascii_address(struct arena *a, const char *address)
{
    const char *at = strrchr(address, '@');
    if (at == NULL || smtp_address_fits(address)) {
        return address;
    }
    const char *host = idn_host(a, at + 1);
    return host != NULL ? arena_printf(a, "%.*s%s", (int)(at + 1 - address), address, host) : address;
}

enum smtp_outcome mail_deliver(struct arena *a, const struct mail_letter *l, char *words, size_t words_size)
{
    static struct smtp *server;
    char id[UUID_TEXT_SIZE];
    if (server == NULL) {
        server = open_server(a, words, words_size);
    }
    if (server == NULL) {
        return SMTP_OPERATOR;
    }
    uuid_format(l->id, id);
    const char *from = mail_delivery_from(a);
    enum smtp_outcome outcome = smtp_send(server,
                                          &(struct smtp_mail){ .from_address = from,
                                                               .from_name = l->from_name,
                                                               .to_address = ascii_address(a, l->to_address),
                                                               .to_name = l->to_name,
                                                               .subject = l->subject,
                                                               .text = l->text,
                                                               .html = l->html,
                                                               .message_id = arena_printf(a, "%s%s", id, strrchr(from, '@')),
                                                               .date = l->date,
                                                               .headers = l->headers },
                                          words, words_size);
    if (outcome == SMTP_OPERATOR) { /* who mends it may change the password's or the certificates' file */
        smtp_close(server);
        server = NULL;
    }
    return outcome;
}
