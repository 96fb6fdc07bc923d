/* effective.c - see effective.h. */
#include "api/effective.h"

#include "api/schema.h"
#include "core/arena.h"
#include <string.h>

const char *const effective_source_names[] = { "default", "role_change", "override", "delegation", NULL };

/* Lays {"can_x": true|false} over a set of bits, and notes which it speaks of. */
static uint64_t overlay(uint64_t bits, json_t *changes, uint64_t *ret_spoken)
{
    const char *key;
    json_t *value;
    json_object_foreach(changes, key, value)
    {
        enum permission p = permission_parse(key);
        if (p != PERM_UNSET && json_is_boolean(value)) {
            bits = json_is_true(value) ? bits | permission_bit(p) : bits & ~permission_bit(p);
            *ret_spoken |= permission_bit(p);
        }
    }
    return bits;
}

static json_t *parse(struct arena *a, const char *text)
{
    const char *problem = NULL;
    return text != NULL ? schema_parse(a, text, strlen(text), 8, &problem) : NULL;
}

/* The part of a delegation that its giver has. */
static uint64_t delegated(json_t *delegation)
{
    uint64_t spoken = 0;
    uint64_t has = permission_defaults(role_parse(json_string_value(json_object_get(delegation, "role"))));
    has = overlay(has, json_object_get(delegation, "role_changes"), &spoken);
    has = overlay(has, json_object_get(delegation, "overrides"), &spoken);
    uint64_t given = 0;
    size_t i;
    json_t *key;
    json_array_foreach(json_object_get(delegation, "permissions"), i, key)
    {
        enum permission p = permission_parse(json_string_value(key));
        given |= p != PERM_UNSET ? permission_bit(p) : 0;
    }
    return given & has;
}

static void add_delegations(struct arena *a, json_t *from, struct effective *e)
{
    size_t i;
    json_t *delegation;
    e->delegations = arena_zalloc(a, sizeof *e->delegations * (json_array_size(from) + 1));
    json_array_foreach(from, i, delegation)
    {
        struct effective_delegation *d = &e->delegations[e->delegation_count++];
        const char *id = json_string_value(json_object_get(delegation, "id"));
        if (id != NULL) {
            (void)uuid_parse(id, &d->id);
        }
        d->bits = delegated(delegation);
        e->all |= d->bits;
    }
}

void effective_compute(struct arena *a, const struct effective_input *in, struct effective *ret)
{
    *ret = (struct effective){ .own = 0 };
    ret->own = overlay(permission_defaults(in->role), parse(a, in->role_changes), &ret->role_changed);
    ret->own = overlay(ret->own, parse(a, in->overrides), &ret->overridden);
    ret->all = ret->own;
    add_delegations(a, json_object_get(parse(a, in->delegated), "from"), ret);
}

enum effective_source effective_source(const struct effective *e, enum permission p, struct uuid *ret_delegation)
{
    uint64_t bit = permission_bit(p);
    if (ret_delegation != NULL) {
        *ret_delegation = (struct uuid){ { 0 } };
    }
    if ((e->all & ~e->own & bit) != 0) {
        for (int i = 0; i < e->delegation_count && ret_delegation != NULL; i++) {
            if ((e->delegations[i].bits & bit) != 0) {
                *ret_delegation = e->delegations[i].id;
                break;
            }
        }
        return EFFECTIVE_DELEGATION;
    }
    if ((e->overridden & bit) != 0) {
        return EFFECTIVE_OVERRIDE;
    }
    return (e->role_changed & bit) != 0 ? EFFECTIVE_ROLE_CHANGE : EFFECTIVE_DEFAULT;
}

const char *effective_source_name(enum effective_source s)
{
    return effective_source_names[s];
}
