/* roles_rules.c - who may change what roles may do, and who may lend what. */
#include "domains/brands/brands_rules.h"

#include "core/arena.h"

enum err role_may_change(struct request *rq, const struct member_room *room, enum role role, const char *permissions)
{
    if (role > room->actor.role) {
        return rq_fail_words(rq, ERR_PERMISSION_DENIED, "This role is above yours.");
    }
    struct giving_changes said;
    if (giving_read_changes(rq, role, permissions, &said) != ERR_NONE) {
        return rq->err;
    }
    /* Not by what the role has now: what is said to be its own stays so, whatever is said elsewhere. */
    return giving_check(rq, &room->actor, 0, said.given | (said.left & permission_defaults(role)));
}

void member_effective(struct arena *a, const struct db_result *r, struct effective *ret)
{
    const struct effective_input in = { .role = role_parse(db_text(r, 0, "role")),
                                        .role_changes = db_text(r, 0, "role_changes"),
                                        .overrides = db_text(r, 0, "overrides"),
                                        .delegated = db_text(r, 0, "delegated") };
    effective_compute(a, &in, ret);
}

static enum err check_lent(struct request *rq, const struct giver *giver, struct text_list keys)
{
    uint64_t seen = 0;
    for (int i = 0; i < keys.n; i++) {
        enum permission p = permission_parse(keys.v[i]);
        if (p == PERM_UNSET || (seen & permission_bit(p)) != 0) {
            return rq_fail_field(
                rq, "permissions",
                arena_printf(rq->arena, p == PERM_UNSET ? "%s is no permission" : "%s stands there twice", keys.v[i]));
        }
        seen |= permission_bit(p);
    }
    return giving_check(rq, giver, 0, seen);
}

enum err delegation_check(struct request *rq, const struct db_result *giver, const struct delegation_input *in)
{
    struct effective has;
    if (uuid_eq(&in->to_user_id, &rq->user_id)) {
        rq_fail_field(rq, "to_user_id", "must be somebody else");
    }
    if (in->ends_at != 0 && in->ends_at <= rq->now) {
        rq_fail_field(rq, "ends_at", "must be in the future");
    }
    if (in->ends_at != 0 && in->starts_at != 0 && in->ends_at <= in->starts_at) {
        rq_fail_field(rq, "ends_at", "must be after the start");
    }
    if (rq->err != ERR_NONE) {
        return rq->err;
    }
    member_effective(rq->arena, giver, &has);
    return check_lent(rq, &(struct giver){ role_parse(db_text(giver, 0, "role")), has.own }, in->permissions);
}
