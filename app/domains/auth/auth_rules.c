/* auth_rules.c - how many wrong passwords will do. */
#include "domains/auth/auth_rules.h"

#include "api/audit.h"
#include "auth_sql.h"
#include "core/arena.h"
#include "core/config.h"
#include "core/str.h"

/* A first lock is told by mail, with a way out, so that locking somebody else out is no weapon. To nobody, the same is written and
 * taken away again. */
static enum err write_of_lock(struct request *rq, const struct auth_person *p)
{
    struct auth_person to = *p;
    if (!str_eq(to.status, "active") && !str_eq(to.status, "pending")) {
        auth_nobody(&to);
    }
    struct auth_letter l = auth_letter_to(&to);
    l.template = "account_locked";
    l.purpose = "unlock";
    l.page = "unlock";
    l.ttl_seconds = AUTH_UNLOCK_TTL;
    return auth_letter_queue(rq, &l);
}

/* To who is signed in, which of the two that were asked for was wrong. Who signs in isn't told more than that something was. */
static const char *failure_details(const struct request *rq, const char *action)
{
    if (!rq->signed_in) {
        return NULL;
    }
    return str_eq(action, "auth.two_factor_failed") ? "{\"reason\":\"code\"}" : "{\"reason\":\"password\"}";
}

enum err auth_count_failure(struct request *rq, const struct auth_person *p, const char *action, const char *message)
{
    const struct rq_arg attempts = auth_attempts();
    const struct db_result *r =
        rq_ask(rq, &sql_auth_attempt_failed,
               RQ_ARGS({ "person_id", { .is_set = !uuid_is_nil(&p->id), .u = p->id } }, ARG_TEXT("email", p->email), attempts,
                       auth_device_person(rq), auth_device_digest(rq), ARG_INT("lock_seconds", config_int(CONF_LOGIN_LOCK)),
                       ARG_TEXT("action", action)));
    if (r == NULL || (db_int(r, 0, "failures") == attempts.value.i && write_of_lock(rq, p) != ERR_NONE)) {
        return rq->err;
    }
    rq_fail_details(rq, ERR_INVALID_CREDENTIALS, message, failure_details(rq, action));
    return rq_fail_keep(rq, ERR_INVALID_CREDENTIALS, message);
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

static bool is_locked(struct request *rq, const struct db_result *found)
{
    int64_t locked = db_int(found, 0, "locked_seconds");
    if (locked > 0) {
        rq_retry_after(rq, locked);
        refuse_account(rq, db_uuid(found, 0, "id"), ERR_ACCOUNT_LOCKED, "locked");
    }
    return locked > 0;
}

enum err auth_account_check(struct request *rq, const struct db_result *found)
{
    return is_locked(rq, found) ? rq->err : account_state(rq, found);
}

enum err auth_password_check(struct request *rq, const struct db_result *found, const char *email, const char *password)
{
    if (is_locked(rq, found)) {
        return rq->err;
    }
    if (auth_password_fits(rq, db_text(found, 0, "password_hash"), password)) {
        return account_state(rq, found);
    }
    const struct auth_person p = auth_person_read(found, email);
    return auth_count_failure(rq, &p, "auth.login_failed", NULL);
}

const struct db_result *auth_own_confirm(struct request *rq, const char *password)
{
    const struct db_result *own = rq_peek(rq, &sql_auth_own_credential, RQ_ARGS(AUTH_DEVICE_ARGS(rq)));
    if (own == NULL) {
        return NULL;
    }
    if (db_rows(own) == 0) {
        rq_fail(rq, ERR_INVALID_TOKEN);
        return NULL;
    }
    return auth_password_check(rq, own, db_text(own, 0, "email"), password) == ERR_NONE ? own : NULL;
}

struct auth_person auth_person_read(const struct db_result *found, const char *email)
{
    return (struct auth_person){ .id = db_uuid(found, 0, "id"),
                                 .email = email,
                                 .status = db_text(found, 0, "status"),
                                 .first_name = db_text(found, 0, "first_name"),
                                 .language = db_text(found, 0, "language") };
}
