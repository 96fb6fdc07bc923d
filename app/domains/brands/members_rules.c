/* members_rules.c - who may change whose membership, and how. */
#include "domains/brands/brands_rules.h"

#include "api/access.h"
#include "core/arena.h"
#include "core/str.h"

static enum err denied(struct request *rq, const char *words)
{
    return rq_fail_words(rq, ERR_PERMISSION_DENIED, words);
}

static enum role role_in(const struct db_result *r, int row, const char *column)
{
    const char *name = db_text(r, row, column);
    return name != NULL ? role_parse(name) : ROLE_NONE;
}

void member_places_read(const struct db_result *r, struct member_room *ret)
{
    *ret = (struct member_room){ .max_users = db_is_null(r, 0, db_column(r, "max_users")) ? -1 : (int)db_int(r, 0, "max_users"),
                                 .taken = (int)db_int(r, 0, "taken") };
}

/* What the caller was found to have of their own, and has no longer, is taken from what this request goes by. */
static void forget_lost(struct request *rq, const struct giver *now)
{
    struct access *left = arena_alloc(rq->arena, sizeof *left);
    *left = *rq->access;
    left->permissions &= ~(left->own & ~now->own);
    left->own &= now->own;
    rq->access = left;
}

enum err member_room_read(struct request *rq, const struct db_result *r, struct member_room *ret)
{
    member_places_read(r, ret);
    giving_roles_read(rq->arena, r, 0, &ret->roles);
    giving_giver_read(rq->arena, r, 0, &ret->roles, &ret->actor);
    if (ret->actor.role == ROLE_NONE) {
        return rq_fail_words(rq, ERR_NOT_FOUND, "There is no such brand here.");
    }
    forget_lost(rq, &ret->actor);
    enum permission needs = rq->route->permission, other = rq->route->or_permission;
    bool may = needs == PERM_IN_BRAND || rq_can(rq, needs) || (other != PERM_UNSET && rq_can(rq, other));
    return may ? ERR_NONE : member_lacks(rq, needs);
}

enum err member_lacks(struct request *rq, enum permission p)
{
    return rq_fail_details(rq, ERR_PERMISSION_DENIED, NULL,
                           arena_printf(rq->arena, "{\"permission\":\"%s\"}", permission_key(p)));
}

void member_standing_read(const struct db_result *r, int row, struct member_standing *ret)
{
    *ret = (struct member_standing){ .role = role_in(r, row, "role"),
                                     .status = db_text(r, row, "status"),
                                     .overrides = db_text(r, row, "overrides"),
                                     .expires_at = db_int(r, row, "expires_at"),
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
enum err member_check_places(struct request *rq, const struct member_room *room)
{
    if (room->max_users < 0 || room->taken < room->max_users) {
        return ERR_NONE;
    }
    return rq_fail_details(rq, ERR_PLAN_LIMIT_REACHED,
                           arena_printf(rq->arena, "The brand's plan has room for %d people.", room->max_users),
                           arena_printf(rq->arena, "{\"limit\":\"max_users\",\"max\":%d}", room->max_users));
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

/* Whether somebody may do something by this membership that they couldn't without the change, or can longer. */
static bool begins_anew(const struct member_standing *standing, const struct member_change *c)
{
    bool was = str_eq(standing->status, "active") && !standing->ended;
    bool is = str_eq(member_status_after(standing, c), "active") && (c->has_expiry || !standing->ended);
    bool longer = c->has_expiry && standing->expires_at != 0 && (c->expires_at == 0 || c->expires_at > standing->expires_at);
    return (is && !was) || longer;
}

/* What the change gives: all of it to who comes back, else what they didn't have; and what is said to be theirs, whatever their role is. */
static enum err check_given(struct request *rq, const struct member_room *room, const struct member_standing *standing,
                            const struct member_change *c, enum role role)
{
    struct giving_changes said = { 0 };
    const char *overrides = standing->overrides;
    if (c->permissions != NULL) {
        if (giving_read_changes(rq, role, c->permissions, &said) != ERR_NONE) {
            return rq->err;
        }
        overrides = giving_merged(rq->arena, overrides, c->permissions);
    }
    uint64_t before = giving_rights(rq->arena, &room->roles, standing->role, standing->overrides);
    uint64_t after = giving_rights(rq->arena, &room->roles, role, role != ROLE_OWNER ? overrides : NULL);
    return giving_check(rq, &room->actor, begins_anew(standing, c) ? 0 : before & ~said.given, after);
}

enum err member_may_change(struct request *rq, const struct member_room *room, const struct member_standing *standing,
                           const struct member_change *c)
{
    enum role mine = room->actor.role;
    bool self = uuid_eq(&c->user_id, &rq->user_id);
    if (standing->role > mine) {
        return denied(rq, "This person's role is above yours.");
    }
    if (self && mine != ROLE_OWNER && (c->permissions != NULL || c->status != NULL || c->has_expiry)) {
        return denied(rq, "Somebody else has to change that about you.");
    }
    if (giving_check_role(rq, &room->actor, c->role) != ERR_NONE || check_expiry(rq, c->expires_at) != ERR_NONE ||
        check_over(rq, standing, c) != ERR_NONE) {
        return rq->err;
    }
    enum role after = c->role != ROLE_NONE ? c->role : standing->role;
    if ((!c->removes && check_given(rq, room, standing, c, after) != ERR_NONE) ||
        check_last_owner(rq, standing, c) != ERR_NONE) {
        return rq->err;
    }
    return member_counts_after(standing, c) && !standing->counted ? member_check_places(rq, room) : ERR_NONE;
}

enum err member_may_join(struct request *rq, const struct member_room *room, enum role role, int64_t expires_at)
{
    if (giving_check_role(rq, &room->actor, role) != ERR_NONE || check_expiry(rq, expires_at) != ERR_NONE ||
        giving_check(rq, &room->actor, 0, giving_rights(rq->arena, &room->roles, role, NULL)) != ERR_NONE) {
        return rq->err;
    }
    return member_check_places(rq, room);
}
