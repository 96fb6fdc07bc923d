/* giving_rules.c - who may give what: the one place that every way of giving asks. */
#include "domains/brands/brands_rules.h"

#include "api/access.h"
#include "core/arena.h"
#include "core/str.h"
#include <stdlib.h>
#include <string.h>

static const char *text_of(struct arena *a, const json_t *value)
{
    char *text = json_dumps(value, JSON_COMPACT);
    if (text == NULL) {
        abort();
    }
    arena_adopt(a, text, free);
    return text;
}

/* ---- what somebody has ---- */

void giving_roles_read(struct arena *a, const struct db_result *r, int row, struct role_changes *ret)
{
    const char *text = db_text(r, row, "role_changes"), *problem = NULL;
    json_t *all = text != NULL ? schema_parse(a, text, strlen(text), 4, &problem) : NULL;
    *ret = (struct role_changes){ .of = { NULL } };
    for (int role = ROLE_GUEST; role < ROLE_COUNT; role++) {
        const json_t *changes = json_object_get(all, role_name((enum role)role));
        ret->of[role] = changes != NULL ? text_of(a, changes) : NULL;
    }
}

uint64_t giving_rights(struct arena *a, const struct role_changes *changes, enum role role, const char *overrides)
{
    struct effective e;
    const struct effective_input in = { .role = role, .role_changes = changes->of[role], .overrides = overrides };
    effective_compute(a, &in, &e);
    return e.own;
}

void giving_giver_read(struct arena *a, const struct db_result *r, int row, const struct role_changes *changes,
                       struct giver *ret)
{
    const char *name = db_text(r, row, "giver_role");
    enum role role = name != NULL ? role_parse(name) : ROLE_NONE;
    *ret = (struct giver){ role, role != ROLE_NONE ? giving_rights(a, changes, role, db_text(r, row, "giver_overrides")) : 0 };
}

/* ---- what they may give ---- */

uint64_t giving_lacks(const struct giver *giver, uint64_t given)
{
    return giver->role == ROLE_OWNER ? 0 : given & ~giver->own;
}

/* "can_a, can_b and can_c" */
static const char *listed(struct arena *a, struct text_list keys)
{
    const char *all = keys.v[0];
    for (int i = 1; i < keys.n; i++) {
        all = arena_printf(a, "%s%s%s", all, i == keys.n - 1 ? " and " : ", ", keys.v[i]);
    }
    return all;
}

/* {"permissions":["can_a"]} */
static const char *as_details(struct arena *a, struct text_list keys)
{
    json_t *list = json_array(), *details = json_pack("{s:o}", "permissions", list);
    for (int i = 0; i < keys.n; i++) {
        json_array_append_new(list, json_string(keys.v[i]));
    }
    const char *text = text_of(a, details);
    json_decref(details);
    return text;
}

enum err giving_check(struct request *rq, const struct giver *giver, uint64_t before, uint64_t after)
{
    uint64_t lacks = giving_lacks(giver, after & ~before);
    if (lacks == 0) {
        return ERR_NONE;
    }
    struct text_list keys = brand_permission_keys(rq->arena, lacks);
    const char *why = (lacks & ~rq->access->permissions) == 0 ? "only lent to you" : "not yours";
    return rq_fail_details(rq, ERR_PERMISSION_DENIED,
                           arena_printf(rq->arena, "Nobody gives what they don't have themselves: %s %s %s.",
                                        listed(rq->arena, keys), keys.n > 1 ? "are" : "is", why),
                           as_details(rq->arena, keys));
}

enum err giving_check_role(struct request *rq, const struct giver *giver, enum role role)
{
    return role > giver->role ? rq_fail_words(rq, ERR_PERMISSION_DENIED, "Nobody gives a role above their own.") : ERR_NONE;
}

enum err giving_check_teams(struct request *rq, struct uuid_list team_ids)
{
    bool all = (rq->access->own & permission_bit(PERM_CAN_VIEW_ALL_PROJECTS)) != 0;
    for (int i = 0; i < team_ids.n && !all; i++) {
        if (!uuid_among(&rq->access->teams, &team_ids.v[i])) {
            return rq_fail_words(rq, ERR_PERMISSION_DENIED, "Nobody gives access to a team that they don't have themselves.");
        }
    }
    return ERR_NONE;
}

/* ---- overrides and changes of roles: {"can_x": true, false or null} ---- */

enum err giving_read_changes(struct request *rq, enum role role, const char *text, struct giving_changes *ret)
{
    const char *problem = NULL, *key;
    json_t *value, *json = schema_parse(rq->arena, text, strlen(text), 4, &problem);
    *ret = (struct giving_changes){ 0 };
    if (role == ROLE_OWNER && json_object_size(json) > 0) {
        return rq_fail_field(rq, "permissions", "can't be set for an owner, who has them all");
    }
    json_object_foreach(json, key, value)
    {
        enum permission p = permission_parse(key);
        bool known = p != PERM_UNSET, fits = json_is_boolean(value) || json_is_null(value);
        if (!known || !fits) {
            rq_fail_field(rq, "permissions",
                          arena_printf(rq->arena, known ? "%s must be true, false or null" : "%s is no permission", key));
            continue;
        }
        ret->given |= json_is_true(value) ? permission_bit(p) : 0;
        ret->left |= json_is_null(value) ? permission_bit(p) : 0;
    }
    return rq->err;
}

const char *giving_merged(struct arena *a, const char *overrides, const char *changes)
{
    const char *problem = NULL, *key;
    json_t *value, *merged = schema_parse(a, overrides, overrides != NULL ? strlen(overrides) : 0, 4, &problem);
    json_t *laid = schema_parse(a, changes, strlen(changes), 4, &problem);
    json_object_foreach(laid, key, value)
    {
        json_is_null(value) ? json_object_del(merged, key) : json_object_set(merged, key, value);
    }
    return text_of(a, merged);
}
