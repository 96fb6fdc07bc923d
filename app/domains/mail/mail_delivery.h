/* mail_delivery.h - hands mails to the mail server that the settings name. For karara-worker and kararactl, which link libcurl. */
#pragma once

#include "platform/smtp.h"
#include <stdbool.h>

struct arena;
struct uuid;

/* False when the settings name no mail server: then nothing is sent. */
bool mail_delivery_on(void);

/* What is wrong with the settings, as words in the arena; NULL for nothing. */
const char *mail_delivery_problem(struct arena *a);

/* Whether the server is spoken to encrypted and known by its certificate, or never leaves this host. */
bool mail_delivery_is_safe(void);

/* s after which a mail that was taken in hand has been handed over or given up, whatever the server does. */
int mail_delivery_patience(void);

/* The sender's address. */
const char *mail_delivery_from(struct arena *a);

/* What it takes of a mail; the sender, the id and a host name in another script are seen to here. */
struct mail_letter {
    const struct uuid *id;
    const char *from_name, *to_address, *to_name, *subject, *text, *html;
    int64_t date; /* µs */
    const struct smtp_header *headers;
};

/* See smtp_send. The connection is kept for the next one of this process. */
enum smtp_outcome mail_deliver(struct arena *a, const struct mail_letter *letter, char *words, size_t words_size);
