/* sms.c - see sms.h. */
#include "platform/sms.h"

#include "core/arena.h"
#include "core/buf.h"
#include "core/config.h"
#include "core/str.h"
#include "platform/https.h"
#include <errno.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { ARENA = 1 << 18, AUTH_MAX = 4096, AUTH_LINES = 8 };

/* ---- holes ---- */

enum escape { ESCAPE_JSON, ESCAPE_FORM };

/* Percent-encoding of everything but RFC 3986's unreserved characters. */
static void write_form(struct buf *b, const char *text)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    for (; *text != '\0'; text++) {
        if (strchr(plain, *text) != NULL) {
            buf_char(b, *text);
        } else {
            buf_printf(b, "%%%02X", (unsigned char)*text);
        }
    }
}

/* The inside of a JSON string. */
static void write_json(struct buf *b, const char *text)
{
    struct buf quoted = { 0 };
    buf_json_str(&quoted, text);
    buf_append(b, quoted.data + 1, quoted.len - 2);
    buf_free(&quoted);
}

static const char *value_of(const struct sms_message *m, const char *hole, size_t n)
{
    const struct {
        const char *name, *value;
    } holes[] = { { "{to}", m->to },
                  { "{digits}", m->to[0] == '+' ? m->to + 1 : m->to },
                  { "{from}", config_text(CONF_SMS_FROM) },
                  { "{text}", m->text },
                  { "{id}", m->id } };
    for (size_t i = 0; i < sizeof holes / sizeof *holes; i++) {
        if (strlen(holes[i].name) == n && memcmp(hole, holes[i].name, n) == 0) {
            return holes[i].value;
        }
    }
    return NULL;
}

/* Braces that are no hole of ours stay: JSON has them. */
static const char *fill(struct arena *a, const char *template, enum escape escape, const struct sms_message *m)
{
    struct buf b = { 0 };
    for (const char *p = template; *p != '\0'; p++) {
        const char *end = *p == '{' ? strchr(p, '}') : NULL;
        const char *value = end != NULL ? value_of(m, p, (size_t)(end - p) + 1) : NULL;
        if (value == NULL) {
            buf_char(&b, *p);
            continue;
        }
        (escape == ESCAPE_JSON ? write_json : write_form)(&b, value);
        p = end;
    }
    const char *text = arena_strdup(a, b.data != NULL ? b.data : "");
    buf_free(&b);
    return text;
}

/* ---- who we are ---- */

/* Reads the headers of SMS_AUTH_FILE behind those that are there. NULL, or what is wrong. */
static const char *read_auth(struct arena *a, const char **headers, int at)
{
    const char *path = config_text(CONF_SMS_AUTH_FILE), *wrong = NULL;
    struct stat st;
    if (str_empty(path)) {
        return NULL;
    }
    FILE *f = fopen(path, "re");
    if (f == NULL) {
        return arena_printf(a, "sms_auth_file: %s: %s", path, strerror(errno));
    }
    if (fstat(fileno(f), &st) != 0 || (st.st_mode & (S_IWGRP | S_IRWXO)) != 0) {
        wrong = arena_printf(a, "sms_auth_file: %s: others may read it, or the group may write it: chmod 0600 or 0640", path);
    }
    char line[AUTH_MAX];
    for (int n = 0; wrong == NULL && fgets(line, sizeof line, f) != NULL;) {
        line[strcspn(line, "\r\n")] = '\0';
        if (line[0] == '\0' || line[0] == '#') {
            continue;
        }
        if (strchr(line, ':') == NULL || n++ == AUTH_LINES) {
            wrong = arena_printf(a, "sms_auth_file: %s: a line is no header (Name: value), or there are too many", path);
        } else {
            headers[at++] = arena_strdup(a, line);
        }
    }
    fclose(f);
    sodium_memzero(line, sizeof line);
    return wrong;
}

/* ---- the gateway ---- */

static enum sms_verdict judge(const struct https_answer *answer)
{
    const char *accepted = config_text(CONF_SMS_ACCEPTED);
    if (answer->outcome == HTTPS_UNTRUSTED || answer->outcome == HTTPS_REFUSED) {
        return SMS_UNSETTLED;
    }
    if (answer->outcome != HTTPS_ANSWERED) {
        return SMS_FAILED;
    }
    if (answer->status >= 200 && answer->status < 300) {
        return str_empty(accepted) || strstr(answer->body, accepted) != NULL ? SMS_TAKEN : SMS_REFUSED;
    }
    switch (answer->status) {
    case 401:
    case 403:
    case 404:
    case 405:
    case 415:
        return SMS_UNSETTLED;
    case 429:
    case 503:
        return SMS_LATER;
    case 408:
        return SMS_FAILED;
    default:
        return answer->status >= 500 ? SMS_FAILED : answer->status >= 400 ? SMS_REFUSED : SMS_UNSETTLED;
    }
}

/* NULL, or what is wrong with the settings. */
static const char *check_settings(enum escape *ret_escape)
{
    const char *format = config_text(CONF_SMS_FORMAT), *method = config_text(CONF_SMS_METHOD);
    if (str_empty(config_text(CONF_SMS_URL))) {
        return "there is no gateway: set sms_url";
    }
    if (!str_eq(format, "json") && !str_eq(format, "form")) {
        return "sms_format is neither json nor form";
    }
    if (!str_eq(method, "POST") && !str_eq(method, "PUT") && !str_eq(method, "GET")) {
        return "sms_method is none of POST, PUT, GET";
    }
    *ret_escape = str_eq(format, "json") ? ESCAPE_JSON : ESCAPE_FORM;
    return NULL;
}

bool sms_settings_fit(char *err, unsigned err_size)
{
    enum escape escape;
    const char *headers[AUTH_LINES + 2] = { NULL };
    struct arena *a = arena_create(ARENA);
    bool any = !str_empty(config_text(CONF_SMS_URL));
    const char *wrong = any ? check_settings(&escape) : NULL;
    wrong = any && wrong == NULL ? read_auth(a, headers, 1) : wrong;
    if (wrong != NULL) {
        snprintf(err, err_size, "%s", wrong);
    }
    arena_destroy(a);
    return wrong == NULL;
}

static void ask(struct arena *a, const struct sms_message *m, enum escape escape, const char **headers, struct sms_result *ret)
{
    struct https_answer answer;
    const char *body = fill(a, config_text(CONF_SMS_BODY), escape, m);
    https_send(&(struct https_request){ .method = config_text(CONF_SMS_METHOD),
                                        .url = fill(a, config_text(CONF_SMS_URL), ESCAPE_FORM, m),
                                        .headers = headers,
                                        .body = body,
                                        .size = strlen(body),
                                        .from = HTTPS_TRUSTED,
                                        .timeout = (int)config_int(CONF_HTTPS_TIMEOUT) },
               &answer);
    ret->verdict = judge(&answer);
    ret->wait = https_wait(&answer);
    https_describe(&answer, ret->verdict != SMS_TAKEN, ret->words, sizeof ret->words);
}

void sms_send(const struct sms_message *message, struct sms_result *ret)
{
    enum escape escape = ESCAPE_JSON;
    struct arena *a = arena_create(ARENA);
    const char *headers[AUTH_LINES + 2] = { NULL };
    *ret = (struct sms_result){ .verdict = SMS_UNSETTLED };
    const char *wrong = check_settings(&escape);
    headers[0] = escape == ESCAPE_JSON ? "Content-Type: application/json" : "Content-Type: application/x-www-form-urlencoded";
    wrong = wrong != NULL ? wrong : read_auth(a, headers, 1);
    if (wrong != NULL) {
        snprintf(ret->words, sizeof ret->words, "%s", wrong);
    } else {
        ask(a, message, escape, headers, ret);
    }
    arena_destroy(a);
}
