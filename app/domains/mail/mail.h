/* mail.h - what other domains may use of mail: a note is rendered and put into the outgoing queue, with the job that sends it.
 *
 *   enum err e = mail_queue(rq, &(struct mail_note){
 *       .template = "verify_email", .to_address = email, .to_name = name, .user_id = id, .language = "de",
 *       .values = (const struct template_value[]){ TEMPLATE_VALUE("link", link), TEMPLATE_END } });
 *   if (e == ERR_NONE) e = rq_run(rq);
 *
 * Jobs do the same with the request that they have (api/job.h): mail_queue asks for nothing that they lack, and what a job queues goes out once
 * the job has ended well, or with job_commit.
 *
 * A template is a pair of files in templates/, <name>.<language>.txt and .html. The first line of the text is the subject, the body
 * follows after an empty one. Both are set into the layout of their language. Besides what its row of mail_templates declares, every
 * template knows product, home, logo, colour, on_colour and name. */
#pragma once

#include "api/request.h"
#include "core/template.h"

struct mail_note {
    const char *template;
    const char *to_address;
    const char *to_name;    /* what the person is called, for the greeting; NULL or "" greets without */
    const char *language;   /* any language tag; NULL: as user_id or brand_id prefer, for which the database is asked at once */
    struct uuid user_id;    /* whom it is about; nil for none */
    struct uuid brand_id;   /* whose name and colours it bears; nil: the installation's. Asks the database at once */
    const char *unique_key; /* a mail whose key is there already isn't queued again; NULL for none */
    int64_t not_before;     /* µs since 1970; 0: now */
    const struct template_value *values;
    const struct mail_header *headers; /* further ones, NULL-terminated by name; NULL for none */
    struct uuid *ret_id;               /* the mail's id; may be NULL */
};

struct mail_header {
    const char *name, *value;
};

/* Renders and queues the insert in the request's transaction: the caller runs it. An address with a byte below 0x21, 0x7f, '<' or '>', and
 * a header that smtp_header_fits doesn't admit, are refused as ERR_INTERNAL_ERROR with a line in the log: whoever takes addresses checks them
 * before. It is sent whenever the mail server takes it, for two days; whether it was is seen in /admin/mails. */
enum err mail_queue(struct request *rq, const struct mail_note *note);

/* Address of a page of the web app: "<home>/<page>", and with a secret "#token=<secret>" behind it, which browsers send to no server. home NULL
 * is the installation's public address. */
const char *mail_link(struct arena *a, const char *home, const char *page, const char *secret);

/* Public address of the installation under this host name; NULL is its own. */
const char *mail_home(struct arena *a, const char *domain);

/* Names that people write themselves go into mails to others only where they can't be taken for a link or a message: the name, or "". */
const char *mail_fit_name(const char *name);

/* True for an address that may go into an envelope. */
bool mail_address_fits(const char *address);

/* ---- templates (mail_templates.c) ---- */

struct mail_template {
    const char *name;
    const char *const *values; /* names of the texts it is given, NULL-terminated */
    bool inside;               /* tells of what is in its brand: goes to nobody who has left that by the time it is sent */
};

extern const struct mail_template mail_templates[]; /* the last has no name */
extern const char *const mail_languages[];          /* "en" first, NULL-terminated */

/* Who it comes from, as it looks. */
struct mail_look {
    const char *product; /* NULL: Karara */
    const char *home;
    const char *logo;   /* address of a picture; NULL for none */
    const char *colour; /* "#2b6a4d"; anything else is our own */
    const char *name;   /* of whom it greets; left out when it could be taken for more than a name */
};

struct mail_text {
    const char *language, *subject, *text, *html;
};

/* Language of ours for a tag ("de-AT" -> "de"); "en" for one that we don't have, and for NULL. */
const char *mail_language(const char *tag);

/* False with words in err. */
bool mail_render(struct arena *a, const char *template, const char *language, const struct mail_look *look,
                 const struct template_value *values, struct mail_text *ret, char *err, size_t err_size);
