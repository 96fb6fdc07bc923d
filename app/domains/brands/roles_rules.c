/* roles_rules.c - who may change what roles may do, and who may lend what. */
#include "domains/brands/brands_rules.h"

#include "api/access.h"
#include "core/arena.h"

enum err role_may_change(struct request *rq, enum role role, const char *permissions)
{
    if (role > rq->access->role) {
        return rq_fail_words(rq, ERR_PERMISSION_DENIED, "This role is above yours.");
    }
    return member_overrides_check(rq, role, permission_defaults(role), permissions);
}

void member_effective(struct arena *a, const struct db_result *r, struct effective *ret)
{
    const struct effective_input in = { .role = role_parse(db_text(r, 0, "role")),
                                        .role_changes = db_text(r, 0, "role_changes"),
                                        .overrides = db_text(r, 0, "overrides"),
                                        .delegated = db_text(r, 0, "delegated") };
    effective_compute(a, &in, ret);
}

static enum err check_lent(struct request *rq, const struct effective *giver, struct text_list keys)
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
    return (seen & ~giver->own) != 0 ? rq_fail_words(rq, ERR_PERMISSION_DENIED, "Nobody delegates a permission that they lack.")
                                     : ERR_NONE;
}

enum err delegation_check(struct request *rq, const struct db_result *giver, const struct delegation_input *in)
{
    struct effective own;
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
    member_effective(rq->arena, giver, &own);
    return check_lent(rq, &own, in->permissions);
}
