/* auth_device.c - browsers that somebody has signed in with: why locking an account is no weapon against its person. */
#include "domains/auth/auth_rules.h"

#include "core/arena.h"
#include "core/config.h"
#include "platform/seal.h"
#include <string.h>

#define PURPOSE "device"

struct device {
    struct uuid person;
    char random[SEAL_TOKEN_SIZE]; /* so that each browser has a count of its own */
};

static const struct device *read_cookie(struct request *rq)
{
    size_t n = 0;
    const char *text = http_cookie(rq->arena, rq->http, AUTH_DEVICE_COOKIE);
    const struct device *d = text != NULL && strlen(text) <= AUTH_TOKEN_MAX ? seal_open(rq->arena, PURPOSE, text, &n) : NULL;
    return n == sizeof *d ? d : NULL;
}

struct rq_arg auth_device_person(struct request *rq)
{
    struct rq_arg arg = { "device_person", { .is_set = false } };
    const struct device *d = read_cookie(rq);
    if (d != NULL) {
        arg.value.is_set = true;
        memcpy(&arg.value.u, &d->person, sizeof arg.value.u);
    }
    return arg;
}

struct rq_arg auth_device_digest(struct request *rq)
{
    const struct device *d = read_cookie(rq);
    if (d == NULL) {
        return (struct rq_arg){ "device_digest", { .is_set = false } };
    }
    uint8_t *digest = arena_alloc(rq->arena, 32);
    seal_digest(d, sizeof *d, digest);
    return (struct rq_arg)ARG_BYTES("device_digest", digest, 32);
}

struct rq_arg auth_attempts(void)
{
    int64_t attempts = config_int(CONF_LOGIN_ATTEMPTS) > 0 ? config_int(CONF_LOGIN_ATTEMPTS) : 1;
    return (struct rq_arg)ARG_INT("attempts", attempts);
}

void auth_device_keep(struct request *rq, struct uuid person)
{
    struct device d = { .person = person };
    seal_random_token(d.random);
    rq_cookie(rq, AUTH_DEVICE_COOKIE, seal(rq->arena, PURPOSE, &d, sizeof d), AUTH_DEVICE_TTL);
}
