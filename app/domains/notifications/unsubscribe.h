/* unsubscribe.h - leaving what is mailed with one click (RFC 8058), without signing in: a link holds a sealed token (platform/seal.h) that says
 * who wants no more of what by mail, and nothing else can be done with it. It never ends. */
#pragma once

#include "core/uuid.h"
#include "domains/mail/mail.h"

/* In place of a type: digests. */
#define UNSUBSCRIBE_DIGESTS "digest"

struct unsubscribe_link {
    const char *page;                  /* in the web app, with a button: for people */
    const struct mail_header *headers; /* List-Unsubscribe and List-Unsubscribe-Post, for mail programs */
};

/* Of what somebody is mailed: a type of notification ("task.assigned"), or UNSUBSCRIBE_DIGESTS. `home` as mail_home gives it. */
struct unsubscribe_link unsubscribe_link(struct arena *a, const char *home, struct uuid user_id, const char *what);

/* The token alone. */
const char *unsubscribe_token(struct arena *a, struct uuid user_id, const char *what);

/* Reads a link's token: false for anything that isn't one. *ret_what lives in the arena. */
bool unsubscribe_open(struct arena *a, const char *token, struct uuid *ret_user_id, const char **ret_what);
