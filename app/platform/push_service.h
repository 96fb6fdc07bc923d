/* push_service.h - hands a message for a browser to its push service (RFC 8030), encrypted and signed. Only karara-worker and kararactl link it. */
#pragma once

#include "platform/webpush.h"
#include <stddef.h>
#include <stdint.h>

struct push_message {
    const char *endpoint; /* the subscription's address: from a person, so it is guarded (see https.h; PUSH_ALLOW) */
    const char *kid;      /* the key that the subscription is bound to */
    struct webpush_reader reader;
    const char *text; /* at most WEBPUSH_MOST bytes */
    size_t size;
    int64_t life;        /* s for which the service keeps it for a browser that is away */
    const char *urgency; /* "very-low", "low", "normal" or "high" */
    const char *topic;   /* at most 32 characters of base64url: what waits with the same one is replaced; NULL for none */
};

enum push_verdict {
    PUSH_TAKEN,
    PUSH_GONE,    /* the subscription has ended: forget it */
    PUSH_LATER,   /* the service asks us to wait */
    PUSH_REFUSED, /* it won't take this: another try goes no better */
    PUSH_FAILED   /* no answer, or trouble on its side: try again */
};

struct push_result {
    enum push_verdict verdict;
    int64_t wait; /* s, PUSH_LATER; within reason */
    char words[400];
};

/* `now` in s. */
void push_send(const struct push_message *message, int64_t now, struct push_result *ret);
