/* members_rules.c - who may change whose membership, and how. */
#include "domains/brands/brands_rules.h"

#include "api/access.h"
#include "core/arena.h"
#include "core/str.h"
#include <stdlib.h>
#include <string.h>

static enum err denied(struct request *rq, const char *words)
{
    return rq_fail_words(rq, ERR_PERMISSION_DENIED, words);
}

static enum role role_in(const struct db_result *r, int row, const char *column)
{
    const char *name = db_text(r, row, column);
    return name != NULL ? role_parse(name) : ROLE_NONE;
}

void member_room_read(const struct db_result *r, struct member_room *ret)
{
    *ret = (struct member_room){ .actor_role = role_in(r, 0, "actor_role"),
                                 .role_changes = db_text(r, 0, "role_changes"),
                                 .max_users = db_is_null(r, 0, db_column(r, "max_users")) ? -1 : (int)db_int(r, 0, "max_users"),
                                 .taken = (int)db_int(r, 0, "taken") };
}

void member_standing_read(const struct db_result *r, int row, struct member_standing *ret)
{
    *ret = (struct member_standing){ .role = role_in(r, row, "role"),
                                     .status = db_text(r, row, "status"),
                                     .counted = db_bool(r, row, "counted"),
                                     .ended = db_bool(r, row, "ended"),
                                     .stands_in = db_bool(r, row, "stands_in"),
                                     .other_owners = (int)db_int(r, row, "other_owners") };
}

static enum err check_expiry(struct request *rq, int64_t expires_at)
{
    return expires_at != 0 && expires_at <= rq->now ? rq_fail_field(rq, "expires_at", "must be in the future") : ERR_NONE;
}

/* What is over becomes active again by another end, and by nothing else. */
static enum err check_over(struct request *rq, const struct member_standing *standing, const struct member_change *c)
{
    bool again = c->status != NULL && str_eq(c->status, "active") && standing->ended && !c->has_expiry;
    return again ? rq_fail_field(rq, "expires_at", "must be said anew, since this membership has ended") : ERR_NONE;
}

/* One more place of the plan, under the brand's lock. */
static enum err check_places(struct request *rq, const struct member_room *room)
{
    if (room->max_users < 0 || room->taken < room->max_users) {
        return ERR_NONE;
    }
    return rq_fail_details(rq, ERR_PLAN_LIMIT_REACHED,
                           arena_printf(rq->arena, "The brand's plan has room for %d people.", room->max_users),
                           arena_printf(rq->arena, "{\"limit\":\"max_users\",\"max\":%d}", room->max_users));
}

static enum err check_role(struct request *rq, enum role mine, enum role given)
{
    return given > mine ? denied(rq, "Nobody gives a role above their own.") : ERR_NONE;
}

/* One override: true grants, false takes, null leaves it to the role. */
static enum err check_override(struct request *rq, uint64_t beneath, const char *key, const json_t *value)
{
    enum permission p = permission_parse(key);
    if (p == PERM_UNSET || !(json_is_boolean(value) || json_is_null(value))) {
        return rq_fail_field(
            rq, "permissions",
            arena_printf(rq->arena, p == PERM_UNSET ? "%s is no permission" : "%s must be true, false or null", key));
    }
    bool gives = json_is_true(value) || (json_is_null(value) && (beneath & permission_bit(p)) != 0);
    if (!gives || (rq->access->own & permission_bit(p)) != 0) {
        return ERR_NONE;
    }
    return denied(rq, rq_can(rq, p) ? "Nobody grants a permission that was only lent to them."
                                    : "Nobody grants a permission that they lack.");
}

/* What a role may do in this brand. */
static uint64_t by_role(struct request *rq, const struct member_room *room, enum role role)
{
    struct effective e;
    struct effective_input in = { .role = role };
    const char *problem = NULL;
    if (room->role_changes != NULL) {
        json_t *all = schema_parse(rq->arena, room->role_changes, strlen(room->role_changes), 4, &problem);
        char *changes = json_dumps(json_object_get(all, role_name(role)), JSON_COMPACT);
        in.role_changes = changes != NULL ? arena_strdup(rq->arena, changes) : NULL;
        free(changes);
    }
    effective_compute(rq->arena, &in, &e);
    return e.own;
}

enum err member_overrides_check(struct request *rq, enum role role, uint64_t beneath, const char *text)
{
    const char *problem = NULL;
    const char *key;
    json_t *value;
    json_t *json = schema_parse(rq->arena, text, strlen(text), 4, &problem);
    if (role == ROLE_OWNER && json_object_size(json) > 0) {
        return rq_fail_field(rq, "permissions", "can't be set for an owner, who has them all");
    }
    json_object_foreach(json, key, value)
    {
        if (check_override(rq, beneath, key, value) != ERR_NONE) {
            return rq->err;
        }
    }
    return ERR_NONE;
}

/* A brand always has an owner whose membership doesn't end by itself. */
static enum err check_last_owner(struct request *rq, const struct member_standing *standing, const struct member_change *c)
{
    bool stays = !c->removes && (c->role == ROLE_NONE || c->role == ROLE_OWNER) &&
                 (c->status == NULL || str_eq(c->status, "active")) && !(c->has_expiry && c->expires_at != 0);
    if (stays || !standing->stands_in || standing->other_owners > 0) {
        return ERR_NONE;
    }
    return rq_fail_words(rq, ERR_CONFLICT, "This is the brand's last owner. Make somebody else an owner first.");
}

const char *member_status_after(const struct member_standing *standing, const struct member_change *c)
{
    const char *same = str_eq(standing->status, "expired") && c->has_expiry ? "active" : standing->status;
    return c->status != NULL ? c->status : same;
}

bool member_counts_after(const struct member_standing *standing, const struct member_change *c)
{
    const char *status = member_status_after(standing, c);
    bool counts = str_eq(status, "active") || str_eq(status, "pending");
    return !c->removes && counts && (c->has_expiry || !standing->ended);
}

enum err member_may_change(struct request *rq, const struct member_room *room, const struct member_standing *standing,
                           const struct member_change *c)
{
    enum role mine = room->actor_role;
    bool self = uuid_eq(&c->user_id, &rq->user_id);
    if (standing->role > mine) {
        return denied(rq, "This person's role is above yours.");
    }
    if (self && mine != ROLE_OWNER && (c->permissions != NULL || c->status != NULL || c->has_expiry)) {
        return denied(rq, "Somebody else has to change that about you.");
    }
    if (check_role(rq, mine, c->role) != ERR_NONE || check_expiry(rq, c->expires_at) != ERR_NONE ||
        check_over(rq, standing, c) != ERR_NONE) {
        return rq->err;
    }
    enum role after = c->role != ROLE_NONE ? c->role : standing->role;
    if (c->permissions != NULL && member_overrides_check(rq, after, by_role(rq, room, after), c->permissions) != ERR_NONE) {
        return rq->err;
    }
    if (check_last_owner(rq, standing, c) != ERR_NONE) {
        return rq->err;
    }
    return member_counts_after(standing, c) && !standing->counted ? check_places(rq, room) : ERR_NONE;
}

enum err member_may_join(struct request *rq, const struct member_room *room, enum role role, int64_t expires_at)
{
    if (check_role(rq, room->actor_role, role) != ERR_NONE || check_expiry(rq, expires_at) != ERR_NONE) {
        return rq->err;
    }
    return check_places(rq, room);
}
