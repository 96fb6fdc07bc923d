/* mail_rules.c - from a note to a row of the queue. */
#include "domains/mail/mail.h"

#include "api/emit.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/config.h"
#include "core/log.h"
#include "core/str.h"
#include "mail_sql.h"
#include "platform/smtp.h"
#include <ctype.h>
#include <string.h>

bool mail_address_fits(const char *address)
{
    size_t n = strlen(address);
    for (const unsigned char *s = (const unsigned char *)address; *s != '\0'; s++) {
        if (*s < 0x21 || *s == 0x7f || *s == '<' || *s == '>') {
            return false;
        }
    }
    return n >= 3 && n <= 320 && strchr(address, '@') != NULL;
}

const char *mail_home(struct arena *a, const char *domain)
{
    const char *own = config_text(CONF_PUBLIC_URL), *host = strstr(own, "://");
    if (domain == NULL || host == NULL) {
        return own;
    }
    host += 3;
    return arena_printf(a, "%.*s%s%s", (int)(host - own), own, domain, host + strcspn(host, ":/"));
}

const char *mail_link(struct arena *a, const char *home, const char *page, const char *secret)
{
    const char *at = home != NULL ? home : config_text(CONF_PUBLIC_URL);
    size_t n = strlen(at);
    while (n > 0 && at[n - 1] == '/') {
        n--;
    }
    return arena_printf(a, "%.*s/%s%s%s", (int)n, at, page, secret != NULL ? "#token=" : "", secret != NULL ? secret : "");
}

static enum err refuse(struct request *rq, const struct mail_note *note, const char *words)
{
    LOG(LOG_ERROR, "mail_refused", LOG_STR("request_id", rq->http->request_id), LOG_STR("template", note->template),
        LOG_STR("words", words));
    return rq_fail(rq, ERR_INTERNAL_ERROR);
}

/* The headers as a JSON object; NULL when one doesn't fit. */
static const char *headers_json(struct request *rq, const struct mail_note *note)
{
    struct buf b = { 0 };
    bool fit = true;
    buf_char(&b, '{');
    for (const struct mail_header *h = note->headers; h != NULL && h->name != NULL; h++) {
        fit = fit && smtp_header_fits(h->name, h->value);
        emit_str(&b, h->name, h->value);
    }
    buf_char(&b, '}');
    const char *json = fit && !b.failed ? arena_strndup(rq->arena, b.data, b.len) : NULL;
    buf_free(&b);
    return json;
}

/* A name for the To header, on one line. */
static const char *one_line(struct request *rq, const char *name)
{
    char *line = arena_strdup(rq->arena, name != NULL ? name : "");
    for (char *s = line; *s != '\0'; s++) {
        if (iscntrl((unsigned char)*s)) {
            *s = ' ';
        }
    }
    return line;
}

static enum err find_look(struct request *rq, const struct mail_note *note, const char **ret_language,
                          struct mail_look *ret_look)
{
    *ret_language = note->language;
    *ret_look = (struct mail_look){ .home = config_text(CONF_PUBLIC_URL), .name = note->to_name };
    if (uuid_is_nil(&note->brand_id) && (note->language != NULL || uuid_is_nil(&note->user_id))) {
        return ERR_NONE;
    }
    const struct db_result *r =
        rq_ask(rq, &sql_mail_look, RQ_ARGS(ARG_UUID("mail_user_id", note->user_id), ARG_UUID("mail_brand_id", note->brand_id)));
    if (r == NULL) {
        return rq->err;
    }
    ret_look->product = db_text(r, 0, "product");
    ret_look->colour = db_text(r, 0, "colour");
    ret_look->home = mail_home(rq->arena, db_text(r, 0, "home_domain"));
    const char *logo = db_text(r, 0, "logo_url");
    ret_look->logo = logo != NULL ? mail_link(rq->arena, ret_look->home, logo + 1, NULL) : NULL;
    if (*ret_language == NULL) {
        *ret_language = db_text(r, 0, "language");
    }
    return ERR_NONE;
}

static struct db_value optional(struct uuid id)
{
    return (struct db_value){ .is_set = !uuid_is_nil(&id), .u = id };
}

enum err mail_queue(struct request *rq, const struct mail_note *note)
{
    char err[200] = "";
    struct mail_look look;
    struct mail_text mail;
    const char *language;
    const char *headers = headers_json(rq, note);
    struct uuid id = uuid_v7();
    if (!mail_address_fits(note->to_address) || headers == NULL) {
        return refuse(rq, note, headers == NULL ? "a header that can't be sent" : "an address that can't be sent to");
    }
    if (find_look(rq, note, &language, &look) != ERR_NONE) {
        return rq->err;
    }
    if (!mail_render(rq->arena, note->template, language, &look, note->values, &mail, err, sizeof err)) {
        return refuse(rq, note, err);
    }
    rq_query(rq, &sql_mail_add,
             RQ_ARGS(ARG_UUID("mail_id", id), ARG_TEXT("template", note->template), ARG_TEXT("language", mail.language),
                     ARG_TEXT("to_address", note->to_address), ARG_TEXT("to_name", one_line(rq, note->to_name)),
                     ARG_TEXT("subject", one_line(rq, mail.subject)), ARG_TEXT("text_body", mail.text),
                     ARG_TEXT("html_body", mail.html), ARG_TEXT("headers", headers),
                     { "mail_brand_id", optional(note->brand_id) }, { "mail_user_id", optional(note->user_id) },
                     ARG_TEXT("unique_key", note->unique_key),
                     { "not_before", { .is_set = note->not_before != 0, .i = note->not_before } }));
    if (note->ret_id != NULL) {
        *note->ret_id = id;
    }
    return ERR_NONE;
}
