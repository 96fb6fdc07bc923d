/* push_service.c - see push_service.h. */
#include "platform/push_service.h"

#include "core/arena.h"
#include "core/buf.h"
#include "core/config.h"
#include "core/str.h"
#include "platform/https.h"
#include "platform/netguard.h"
#include <stdio.h>
#include <string.h>

enum { ARENA = 1 << 18 };

static enum push_verdict judge(const struct https_answer *a)
{
    if (a->outcome != HTTPS_ANSWERED) {
        return a->outcome == HTTPS_REFUSED ? PUSH_REFUSED : PUSH_FAILED;
    }
    if (a->status >= 200 && a->status < 300) {
        return PUSH_TAKEN;
    }
    switch (a->status) {
    case 404:
    case 410:
        return PUSH_GONE;
    case 429:
    case 503:
        return PUSH_LATER;
    case 408:
        return PUSH_FAILED;
    default:
        return a->status >= 500 ? PUSH_FAILED : PUSH_REFUSED;
    }
}

/* Who runs this installation, as a push service may want to know. */
static const char *contact(void)
{
    const char *own = config_text(CONF_PUSH_CONTACT);
    return !str_empty(own) ? own : config_text(CONF_PUBLIC_URL);
}

static void post(struct arena *a, const struct push_message *m, const char *authorization, const struct buf *body,
                 struct push_result *ret)
{
    struct https_answer answer;
    const char *const headers[] = { arena_printf(a, "Authorization: %s", authorization),
                                    "Content-Type: application/octet-stream",
                                    "Content-Encoding: aes128gcm",
                                    arena_printf(a, "TTL: %lld", (long long)(m->life > 0 ? m->life : 0)),
                                    arena_printf(a, "Urgency: %s", m->urgency),
                                    m->topic != NULL ? arena_printf(a, "Topic: %s", m->topic) : NULL,
                                    NULL };
    https_send(&(struct https_request){ .method = "POST",
                                        .url = m->endpoint,
                                        .headers = headers,
                                        .body = body->data,
                                        .size = body->len,
                                        .from = HTTPS_GUARDED,
                                        .allow = config_text(CONF_PUSH_ALLOW),
                                        .timeout = (int)config_int(CONF_HTTPS_TIMEOUT) },
               &answer);
    ret->verdict = judge(&answer);
    ret->wait = https_wait(&answer);
    https_describe(&answer, ret->verdict != PUSH_TAKEN, ret->words, sizeof ret->words);
}

void push_send(const struct push_message *message, int64_t now, struct push_result *ret)
{
    struct netguard_url parts;
    struct buf body = { 0 };
    struct arena *a = arena_create(ARENA);
    *ret = (struct push_result){ .verdict = PUSH_REFUSED };
    const char *wrong = netguard_url(message->endpoint, &parts);
    const char *authorization = wrong == NULL ? webpush_authorization(a, message->kid, parts.origin, contact(), now) : NULL;
    if (wrong != NULL) {
        snprintf(ret->words, sizeof ret->words, "its address %s", wrong);
    } else if (authorization == NULL) {
        /* The key that the browser knows is no longer ours: it will never hear from us again. */
        ret->verdict = webpush_kid() != NULL ? PUSH_GONE : PUSH_FAILED;
        snprintf(ret->words, sizeof ret->words, "there is no key %s in push.keys", message->kid);
    } else if (!webpush_encrypt(&body, &message->reader, message->text, message->size)) {
        snprintf(ret->words, sizeof ret->words, "it can't be encrypted for that key");
    } else {
        post(a, message, authorization, &body, ret);
    }
    buf_free(&body);
    arena_destroy(a);
}
