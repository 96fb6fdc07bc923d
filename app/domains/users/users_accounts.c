/* users_accounts.c - making, changing and ending accounts from outside. */
#include "domains/users/users.h"

#include "accounts_sql.h"
#include "api/audit.h"
#include "core/arena.h"
#include "core/str.h"
#include "domains/auth/auth.h"
#include <string.h>

/* Kinds of events, where the row's own wouldn't say it: one row does many things at once. */
static const char *const event_changed = "user.changed";
static const char *const event_deleted = "user.deleted";

/* In place of a body that holds a password, or what is meant for other accounts. */
static const char *const nothing = "{}";

static bool by_platform(const struct request *rq)
{
    return rq->route->permission == PERM_PLATFORM_ADMIN;
}

/* The row of account_standing, under the locks that its decisions need (`leaving`: somebody may cease to own brands); NULL with the error
 * recorded. */
static const struct db_result *look(struct request *rq, struct uuid id, bool leaving)
{
    const struct rq_arg *person = RQ_ARGS(ARG_UUID("person_id", id));
    rq_query(rq, &sql_account_admins_lock, NULL);
    rq_query(rq, &sql_account_lock, person);
    if (leaving) {
        rq_query(rq, &sql_account_brands_lock, person);
    }
    const struct db_result *standing = rq_ask(rq, &sql_account_standing, person);
    if (standing == NULL) {
        return NULL;
    }
    if (by_platform(rq) && (db_rows(standing) == 0 || !db_bool(standing, 0, "asked_by_admin"))) {
        rq_fail(rq, db_rows(standing) == 0 ? ERR_NOT_FOUND : ERR_PERMISSION_DENIED);
    } else if (db_rows(standing) == 0) {
        rq_fail(rq, ERR_NOT_FOUND);
    } else if (rq->if_match > 0 && db_int(standing, 0, "version") != rq->if_match) {
        rq_fail(rq, ERR_VERSION_MISMATCH);
    }
    return rq->err == ERR_NONE ? standing : NULL;
}

static enum err check_last_admin(struct request *rq, const struct db_result *standing)
{
    if (!db_bool(standing, 0, "administers") || db_bool(standing, 0, "others_administer")) {
        return ERR_NONE;
    }
    return rq_fail_details(rq, ERR_CONFLICT, "This is the last platform admin. Make somebody else one first.",
                           "{\"reason\":\"last_platform_admin\"}");
}

/* Brands that only this person owns aren't left alone by accident: they are named, unless it is said that they may be. */
static enum err check_last_owner(struct request *rq, const struct db_result *standing, bool force)
{
    const char *brands = db_text(standing, 0, "sole_brands");
    if (force || str_eq(brands, "[]")) {
        return ERR_NONE;
    }
    return rq_fail_details(rq, ERR_CONFLICT, "This is the last owner of a brand. Make somebody else its owner first.",
                           arena_printf(rq->arena, "{\"reason\":\"last_owner\",\"brands\":%s}", brands));
}

/* How it was, for the audit log, with the brands that nobody owns from now on. */
static const char *with_brands(struct request *rq, const char *object, const struct db_result *standing)
{
    const char *brands = db_text(standing, 0, "sole_brands");
    if (str_eq(brands, "[]")) {
        return object;
    }
    return arena_printf(rq->arena, "{%s%s\"last_owner_of\":%s}",
                        object != NULL ? arena_strndup(rq->arena, object + 1, strlen(object) - 2) : "",
                        object != NULL ? "," : "", brands);
}

static const char *action_of(const struct user_change *c)
{
    if (c->status == NULL) {
        return c->platform_role != NULL ? "user.role_changed" : c->end_two_factor ? "user.two_factor_reset" : "user.changed";
    }
    return str_eq(c->status, "active")      ? "user.activated"
           : str_eq(c->status, "suspended") ? "user.suspended"
                                            : "user.deactivated";
}

/* {"status":"active","platform_role":"admin"}: of an account's state, what a change names. */
static const char *as_json(struct request *rq, const struct user_change *named, const char *status, const char *platform_role,
                           bool two_factor)
{
    const char *const parts[] = {
        named->status != NULL ? arena_printf(rq->arena, "\"status\":\"%s\"", status) : "",
        named->platform_role != NULL ? arena_printf(rq->arena, "\"platform_role\":\"%s\"", platform_role) : "",
        named->end_two_factor ? arena_printf(rq->arena, "\"two_factor_enabled\":%s", two_factor ? "true" : "false") : "",
    };
    const char *json = "";
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        json = arena_printf(rq->arena, "%s%s%s", json, *json != '\0' && *parts[i] != '\0' ? "," : "", parts[i]);
    }
    return arena_printf(rq->arena, "{%s}", json);
}

/* One's own is ended with a password and a code: a session alone isn't enough. */
static enum err end_two_factor(struct request *rq, struct uuid id, const struct user_change *c, bool *ret_was_on)
{
    if (!c->end_two_factor) {
        return ERR_NONE;
    }
    if (uuid_eq(&id, &rq->user_id)) {
        return rq_fail_details(rq, ERR_CONFLICT, "Switch your own second factor off yourself, with your password and a code.",
                               "{\"reason\":\"own_account\"}");
    }
    return two_factor_reset(rq, id, ret_was_on);
}

enum err user_change(struct request *rq, struct uuid id, const struct user_change *c)
{
    bool had_two_factor = false;
    bool leaving = c->status != NULL && !str_eq(c->status, "active");
    const struct db_result *standing = look(rq, id, leaving);
    if (standing == NULL) {
        return rq->err;
    }
    bool stays = !leaving && (c->platform_role == NULL || str_eq(c->platform_role, "admin"));
    if (!stays && check_last_admin(rq, standing) != ERR_NONE) {
        return rq->err;
    }
    leaving = leaving && str_eq(db_text(standing, 0, "status"), "active");
    if ((leaving && check_last_owner(rq, standing, c->force) != ERR_NONE) ||
        end_two_factor(rq, id, c, &had_two_factor) != ERR_NONE) {
        return rq->err;
    }
    const char *after = as_json(rq, c, c->status, c->platform_role, false);
    const struct db_result *was =
        rq_ask(rq, &sql_account_update,
               RQ_ARGS(ARG_UUID("person_id", id), ARG_TEXT("status", c->status), ARG_TEXT("platform_role", c->platform_role),
                       ARG_TEXT("event", event_changed), ARG_TEXT("changes", after)));
    if (was == NULL) {
        return rq->err;
    }
    const char *before = as_json(rq, c, db_text(was, 0, "old_status"), db_text(was, 0, "old_role"), had_two_factor);
    rq_audit(rq, &(struct audit_note){ .action = action_of(c),
                                       .resource_type = "user",
                                       .resource_id = id,
                                       .before = leaving ? with_brands(rq, before, standing) : before,
                                       .after = after });
    return rq_run(rq);
}

enum err user_delete(struct request *rq, struct uuid id, bool force)
{
    const struct db_result *standing = look(rq, id, true);
    if (standing == NULL || check_last_admin(rq, standing) != ERR_NONE || check_last_owner(rq, standing, force) != ERR_NONE) {
        return rq->err;
    }
    rq_query(rq, &sql_account_delete,
             RQ_ARGS(ARG_UUID("person_id", id), ARG_BOOL("platform", by_platform(rq)), ARG_TEXT("event", event_deleted),
                     ARG_TEXT("changes", nothing)));
    rq_audit(rq, &(struct audit_note){ .action = "user.deleted",
                                       .resource_type = "user",
                                       .resource_id = id,
                                       .before = with_brands(rq, NULL, standing) });
    return rq_run(rq);
}

void user_create(struct request *rq, const struct user_new *n)
{
    const char *role = n->platform_role != NULL ? n->platform_role : "member";
    const char *status = n->password_hash != NULL ? "active" : "pending";
    rq_query(rq, &sql_account_create,
             RQ_ARGS(ARG_TEXT("email", n->email), ARG_TEXT("first_name", n->first_name), ARG_TEXT("last_name", n->last_name),
                     ARG_TEXT("platform_role", n->platform_role), ARG_TEXT("status", status),
                     ARG_TEXT("password_hash", n->password_hash), ARG_TEXT("changes", nothing)));
    rq_audit(rq, &(struct audit_note){
                     .action = "user.created",
                     .resource_type = "user",
                     .resource_id = rq->new_id,
                     .after = arena_printf(rq->arena, "{\"status\":\"%s\",\"platform_role\":\"%s\"}", status, role) });
}
