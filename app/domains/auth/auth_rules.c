/* auth_rules.c - how many wrong passwords will do. */
#include "domains/auth/auth_rules.h"

#include "api/audit.h"
#include "auth_sql.h"
#include "core/arena.h"
#include "core/config.h"
#include "core/str.h"
#include "platform/cache.h"
#include "platform/password.h"
#include "platform/seal.h"
#include <ctype.h>
#include <string.h>

/* ---- how many wrong ones ----
 *
 * An account counts in its row. An address without an account counts in memcached, so that the lock doesn't tell who has one;
 * without memcached such an address is never locked. */

static const char *stranger_key(struct request *rq, const char *what, const char *email)
{
    uint8_t digest[32];
    char hex[65];
    char *folded = arena_strdup(rq->arena, email);
    for (char *p = folded; *p != '\0'; p++) {
        *p = (char)tolower((unsigned char)*p);
    }
    seal_digest(folded, strlen(folded), digest);
    str_hex_encode(digest, sizeof digest, hex);
    return arena_printf(rq->arena, "stranger:%s:%s", what, hex);
}

/* Seconds for which this address stays locked; 0 when it isn't. */
static int64_t stranger_locked(struct request *rq, const char *email)
{
    size_t size = 0;
    int64_t until = 0;
    const void *kept = cache_get(rq->cache, rq->arena, stranger_key(rq, "lock", email), &size);
    if (kept == NULL || size != sizeof until) {
        return 0;
    }
    memcpy(&until, kept, sizeof until);
    return until > rq->now ? (until - rq->now + 999999) / 1000000 : 0;
}

static void stranger_failed(struct request *rq, const char *email)
{
    const char *key = stranger_key(rq, "count", email);
    unsigned seconds = (unsigned)config_int(CONF_LOGIN_LOCK);
    uint64_t count = 0;
    if (cache_add(rq->cache, key, 1, seconds, &count) && count >= (uint64_t)config_int(CONF_LOGIN_ATTEMPTS)) {
        int64_t until = rq->now + (int64_t)seconds * 1000000;
        cache_set(rq->cache, stranger_key(rq, "lock", email), &until, sizeof until, seconds);
        cache_delete(rq->cache, key);
    }
}

static enum err count_failure(struct request *rq, const struct uuid *user_id, const char *email)
{
    const struct rq_arg person = { "person_id",
                                   { .is_set = user_id != NULL, .u = user_id != NULL ? *user_id : (struct uuid){ { 0 } } } };
    const struct rq_arg args[] = {
        person,
        ARG_INT("attempts", config_int(CONF_LOGIN_ATTEMPTS)),
        ARG_INT("lock_seconds", config_int(CONF_LOGIN_LOCK)),
        ARG_TEXT("email", email),
        { .name = NULL },
    };
    if (rq_ask(rq, &sql_auth_attempt_failed, args) == NULL) {
        return rq->err;
    }
    return rq_fail_keep(rq, ERR_INVALID_CREDENTIALS, NULL);
}

/* Refused for another reason than a wrong password, which counts as well. */
static enum err refuse_account(struct request *rq, struct uuid user_id, enum err e, const char *reason)
{
    rq_audit(rq, &(struct audit_note){ .action = "auth.login_failed",
                                       .resource_type = "user",
                                       .resource_id = user_id,
                                       .after = arena_printf(rq->arena, "{\"reason\":\"%s\"}", reason),
                                       .failure = true });
    return rq_fail_keep(rq, e, NULL);
}

static enum err account_state(struct request *rq, const struct db_result *found)
{
    const char *status = db_text(found, 0, "status");
    if (str_eq(status, "active")) {
        return ERR_NONE;
    }
    return refuse_account(rq, db_uuid(found, 0, "id"),
                          str_eq(status, "pending") ? ERR_EMAIL_NOT_VERIFIED : ERR_ACCOUNT_SUSPENDED, status);
}

enum err auth_password_check(struct request *rq, const struct db_result *found, const char *email, const char *password)
{
    bool known = db_rows(found) > 0;
    struct uuid id = known ? db_uuid(found, 0, "id") : (struct uuid){ { 0 } };
    int64_t locked = known ? db_int(found, 0, "locked_seconds") : stranger_locked(rq, email);
    if (locked > 0) {
        rq_retry_after(rq, locked);
        return refuse_account(rq, id, ERR_ACCOUNT_LOCKED, "locked");
    }
    if (password_verify(known ? db_text(found, 0, "password_hash") : NULL, password)) {
        return account_state(rq, found);
    }
    if (!known) {
        stranger_failed(rq, email);
    }
    return count_failure(rq, known ? &id : NULL, email);
}
