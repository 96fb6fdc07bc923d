/* mail_templates.c - from a template's files to a mail's subject and its two bodies. */
#include "domains/mail/mail.h"

#include "core/arena.h"
#include "core/buf.h"
#include "core/embedded.h"
#include "core/str.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OUR_COLOUR "#2b6a4d"
#define GREETED_MAX 60 /* bytes of a name */
#define BODY_MAX (256 << 10)

extern const struct embedded mail_files[];

const char *const mail_languages[] = { "en", "de", NULL };

static const char *const link_only[] = { "link", NULL };
static const char *const link_and_email[] = { "link", "email", NULL };
static const char *const link_and_left[] = { "link", "left", NULL };
static const char *const nothing[] = { NULL };
static const char *const of_sign_in[] = { "link", "device", "place", "when", NULL };
static const char *const of_invitation[] = { "link", "inviter", "message", "until", NULL };
static const char *const of_notification[] = { "title", "message", "because", "link", "leave", NULL };
static const char *const of_digest[] = { "subject_line", "items", "leave", NULL };

const struct mail_template mail_templates[] = {
    { "verify_email", link_only, false },
    { "account_exists", link_only, false },
    { "reset_password", link_only, false },
    { "password_changed", link_only, false },
    { "change_email", link_and_email, false },
    { "keep_email", link_and_email, false },
    { "account_locked", link_only, false },
    { "account_deleted", nothing, false },
    { "two_factor_on", link_only, false },
    { "two_factor_off", link_only, false },
    { "two_factor_reset", link_only, false },
    { "recovery_code_used", link_and_left, false },
    { "new_sign_in", of_sign_in, false },
    { "invitation", of_invitation, false },
    { "notification", of_notification, true },
    { "digest", of_digest, true },
    { NULL, NULL, false },
};

const char *mail_language(const char *tag)
{
    for (const char *const *l = mail_languages; tag != NULL && *l != NULL; l++) {
        size_t n = strlen(*l);
        if (strncasecmp(tag, *l, n) == 0 && (tag[n] == '\0' || tag[n] == '-' || tag[n] == '_')) {
            return *l;
        }
    }
    return mail_languages[0];
}

/* ---- files ---- */

/* What every template has, by its place; a template's own values follow. */
enum { VALUE_LANG, VALUE_SUBJECT, VALUE_CONTENT, VALUE_LOOK, COMMON_VALUES = VALUE_LOOK + 7, VALUES_MAX = 24 };

static struct template_source file(const char *name)
{
    for (const struct embedded *f = mail_files; f->name != NULL; f++) {
        if (strcmp(f->name, name) == 0) {
            return (struct template_source){ (const char *)f->bytes, f->size };
        }
    }
    return (struct template_source){ NULL, 0 };
}

/* Partials are words in each language (NAME.LANG.txt), which stand in both bodies and so are without & and <, or HTML that is the same in
 * all of them. `context`: the values. */
static struct template_source partial(const void *context, const char *name, size_t n)
{
    const struct template_value *values = context;
    char path[80];
    snprintf(path, sizeof path, "%.*s.%s.txt", (int)(n < 64 ? n : 64), name, values[VALUE_LANG].text);
    struct template_source words = file(path);
    snprintf(path, sizeof path, "%.*s.html", (int)(n < 64 ? n : 64), name);
    return words.text != NULL ? words : file(path);
}

/* ---- looks ---- */

/* '#' and six hexadecimal digits, since it goes into style attributes. */
static const char *fit_colour(const char *colour)
{
    if (colour == NULL || colour[0] != '#' || strlen(colour) != 7 || strspn(colour + 1, "0123456789abcdefABCDEF") != 6) {
        return OUR_COLOUR;
    }
    return colour;
}

/* Black or white, whichever stands out more (relative luminance, WCAG 2.1, with its curve taken for a square). */
static const char *ink_on(const char *colour)
{
    long rgb = strtol(colour + 1, NULL, 16);
    double r = (double)(rgb >> 16 & 255) / 255, g = (double)(rgb >> 8 & 255) / 255, b = (double)(rgb & 255) / 255;
    return 0.2126 * r * r + 0.7152 * g * g + 0.0722 * b * b > 0.18 ? "#111111" : "#ffffff";
}

const char *mail_fit_name(const char *name)
{
    if (str_empty(name) || strlen(name) > GREETED_MAX || strpbrk(name, "/\\:@<>[]{}|\"=%#*_") != NULL) {
        return "";
    }
    for (const char *s = name; *s != '\0'; s++) {
        if (iscntrl((unsigned char)*s) || (*s == '.' && s[1] != ' ' && s[1] != '\0')) {
            return "";
        }
    }
    return name;
}

/* ---- rendering ---- */

static bool fill(struct arena *a, struct template_source source, enum template_escape escape,
                 const struct template_value *values, const char **ret, char *err, size_t err_size)
{
    struct buf b = { .ceiling = BODY_MAX };
    const struct template_job job = {
        .source = source, .escape = escape, .values = values, .partial = partial, .context = values
    };
    bool ok = template_render(&b, &job, err, err_size);
    if (ok) {
        *ret = arena_strndup(a, b.data != NULL ? b.data : "", b.len);
    }
    buf_free(&b);
    return ok;
}

/* The body by itself, then within the layout. */
static bool fill_both(struct arena *a, struct template_source body, struct template_source layout, enum template_escape escape,
                      struct template_value *values, const char **ret, char *err, size_t err_size)
{
    if (body.text == NULL || layout.text == NULL) {
        snprintf(err, err_size, "there is no such template");
        return false;
    }
    return fill(a, body, escape, values, &values[VALUE_CONTENT].text, err, err_size) &&
           fill(a, layout, escape, values, ret, err, err_size);
}

/* Takes the first line and the empty one behind it off the text. */
static struct template_source take_subject(struct template_source *text)
{
    const char *end = text->text != NULL ? memchr(text->text, '\n', text->size) : NULL;
    if (end == NULL || end + 1 == text->text + text->size || end[1] != '\n') {
        return (struct template_source){ NULL, 0 };
    }
    struct template_source subject = { text->text, (size_t)(end - text->text) };
    text->size -= subject.size + 2;
    text->text = end + 2;
    return subject;
}

static bool is_inside(const char *template)
{
    const struct mail_template *t = mail_templates;
    while (t->name != NULL && strcmp(t->name, template) != 0) {
        t++;
    }
    return t->inside;
}

bool mail_render(struct arena *a, const char *template, const char *language, const struct mail_look *look,
                 const struct template_value *values, struct mail_text *ret, char *err, size_t err_size)
{
    const char *lang = mail_language(language);
    const char *colour = fit_colour(look->colour);
    struct template_value all[COMMON_VALUES + VALUES_MAX + 1] = {
        [VALUE_LANG] = TEMPLATE_VALUE("lang", lang),
        [VALUE_SUBJECT] = TEMPLATE_VALUE("subject", ""),
        [VALUE_CONTENT] = TEMPLATE_VALUE("content", ""),
        [VALUE_LOOK] = TEMPLATE_VALUE("product", look->product != NULL ? look->product : "Karara"),
        TEMPLATE_VALUE("home", look->home),
        TEMPLATE_VALUE("colour", colour),
        TEMPLATE_VALUE("on_colour", ink_on(colour)),
        TEMPLATE_VALUE("name", mail_fit_name(look->name)),
        TEMPLATE_VALUE("logo", look->logo),
        TEMPLATE_YES("inside", is_inside(template)),
    };
    for (int n = 0; values != NULL && values[n].name != NULL && n < VALUES_MAX; n++) {
        all[COMMON_VALUES + n] = values[n];
    }
    struct template_source text = file(arena_printf(a, "%s.%s.txt", template, lang));
    struct template_source html = file(arena_printf(a, "%s.%s.html", template, lang));
    struct template_source subject = take_subject(&text);
    struct mail_text made = { .language = lang };
    if (subject.text == NULL) {
        snprintf(err, err_size, "there is no such template, or it begins without a subject");
        return false;
    }
    if (!fill(a, subject, TEMPLATE_PLAIN, all, &made.subject, err, err_size)) {
        return false;
    }
    all[VALUE_SUBJECT].text = made.subject;
    if (!fill_both(a, text, file("layout.txt"), TEMPLATE_PLAIN, all, &made.text, err, err_size) ||
        !fill_both(a, html, file("layout.html"), TEMPLATE_HTML, all, &made.html, err, err_size)) {
        return false;
    }
    *ret = made;
    return true;
}
