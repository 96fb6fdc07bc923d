/* brands_rules.h - what may happen to brands and memberships, for the files of this domain. */
#pragma once

#include "api/effective.h"
#include "api/request.h"

extern const struct schema brand_schema;

/* ---- brands (brands_rules.c) ---- */

/* NULL, or what is wrong with a slug: words that go behind its name. */
const char *brand_slug_problem(const char *slug);

/* The name as a slug: small letters and digits, Latin letters without their marks, everything else as single hyphens. */
const char *brand_slug_of(struct arena *a, const char *name);

/* Field errors for what the schema can't say; NULL for what isn't given. */
enum err brand_check(struct request *rq, const char *slug, const char *settings);

/* ---- settings and compliance (brand_settings.c): JSON objects, in which null takes a key away ---- */

/* Every wrong or unknown key becomes an error of "settings", that says which: "working_hours.monday must be …". */
enum err brand_settings_check(struct request *rq, const char *settings);
/* The same for "compliance". */
enum err brand_compliance_check(struct request *rq, const char *compliance);

/* Keys of all permissions in `bits`, in the order of the register. */
struct text_list brand_permission_keys(struct arena *a, uint64_t bits);

/* ---- giving rights (giving_rules.c) ----
 *
 * Whichever way somebody comes by a permission (they join, are invited or come back, their role or an override changes, or what a role may do, it
 * is delegated), who gives it must have it: by role and overrides of their own, since what is lent ends, and what is given stays. Nor does
 * anybody give a role above their own, or access to a team that they don't have. Owners may all. An invitation gives when it is accepted: by what
 * its inviter has then. */

/* Who gives, and what they have of their own; ROLE_NONE for somebody who may do nothing in the brand. */
struct giver {
    enum role role;
    uint64_t own;
};

/* What the brand has changed about its roles: {"can_x":true}, or NULL. */
struct role_changes {
    const char *of[ROLE_COUNT];
};

/* From column role_changes, and from giver_role and giver_overrides. */
void giving_roles_read(struct arena *a, const struct db_result *r, int row, struct role_changes *ret);
void giving_giver_read(struct arena *a, const struct db_result *r, int row, const struct role_changes *changes,
                       struct giver *ret);

/* What somebody of this role has with these overrides (NULL for none), without delegations. */
uint64_t giving_rights(struct arena *a, const struct role_changes *changes, enum role role, const char *overrides);
/* What of these permissions they don't have to give. */
uint64_t giving_lacks(const struct giver *giver, uint64_t given);
/* Whether the caller may give what is in `after` and wasn't in `before`; the error names what they may not. */
enum err giving_check(struct request *rq, const struct giver *giver, uint64_t before, uint64_t after);
enum err giving_check_role(struct request *rq, const struct giver *giver, enum role role);

/* Whether the caller may let others into these teams: those that they have access to, unless all are theirs to see. */
enum err giving_check_teams(struct request *rq, struct uuid_list team_ids);

/* {"can_x": true, false or null}, laid over what somebody, or a role, has. */
struct giving_changes {
    uint64_t given; /* true */
    uint64_t left;  /* null: to what is beneath */
};
/* Field errors for what is no permission or no such value, and for any change of what owners have. */
enum err giving_read_changes(struct request *rq, enum role role, const char *text, struct giving_changes *ret);
/* Overrides (NULL for none) with such changes laid over them. */
const char *giving_merged(struct arena *a, const char *overrides, const char *changes);

/* ---- memberships (members_rules.c) ---- */

/* A change that somebody asks for; what isn't given stays. */
struct member_change {
    struct uuid user_id;
    bool removes;
    enum role role;          /* ROLE_NONE: not given */
    const char *permissions; /* JSON object of overrides, or NULL */
    const char *status;      /* or NULL */
    bool has_expiry;
    int64_t expires_at; /* 0: never */
};

/* What decides about everybody's membership: who asks, the brand's changes to roles, and the plan's places. */
struct member_room {
    struct giver actor;
    struct role_changes roles;
    int max_users, taken; /* max_users -1: no limit */
};

/* What decides about one membership. */
struct member_standing {
    enum role role;
    const char *status, *overrides;
    int64_t expires_at; /* 0: never */
    bool counted;       /* it takes a place of the plan */
    bool ended;         /* it has expired */
    bool stands_in;     /* an owner whose membership doesn't end by itself */
    int other_owners;   /* others of that kind */
};

/* From the columns of fragment member_places (row 0), asked for under the brand's lock (query member_lock). Whoever waited there for somebody that
 * took a right from them has it no longer: from here on rq_can says what the caller has now, and the error is the guard's, should that be too
 * little for the row. */
enum err member_room_read(struct request *rq, const struct db_result *r, struct member_room *ret);
/* permission_denied, with the permission that it takes. */
enum err member_lacks(struct request *rq, enum permission p);
/* Of the room, the plan's places only: from the columns of fragment brand_places. */
void member_places_read(const struct db_result *r, struct member_room *ret);

/* From the columns of query member_standing. */
void member_standing_read(const struct db_result *r, int row, struct member_standing *ret);

/* Whether the caller may do that. Nobody touches somebody above them, or gives more than they have (see giving rights); nobody but an owner changes
 * more about themselves than their role; the last owner stays; the plan's places hold. */
enum err member_may_change(struct request *rq, const struct member_room *room, const struct member_standing *standing,
                           const struct member_change *c);
/* Its status once that is done: one that had ended is active again by another end. */
const char *member_status_after(const struct member_standing *standing, const struct member_change *c);
/* Whether the membership takes a place of the plan once that is done. */
bool member_counts_after(const struct member_standing *standing, const struct member_change *c);

/* Whether one more may come in with this role. */
enum err member_may_join(struct request *rq, const struct member_room *room, enum role role, int64_t expires_at);
/* Whether there is one more place, whoever comes. */
enum err member_check_places(struct request *rq, const struct member_room *room);

/* Invites this address, or renews its invitation, by the rules of doing so, and queues the mail; runs what is queued. `until` is when the
 * membership ends, 0 for never. */
enum err invitation_send(struct request *rq, const char *email, const char *role, struct uuid_list team_ids, int64_t until,
                         struct uuid *ret_id);

/* Queues closing the invitations of people who were added without them. */
void invitations_fulfil(struct request *rq, struct uuid_list person_ids);

/* ---- roles and delegations (roles_rules.c) ---- */

/* Whether the caller may make these changes to a role: not to one above theirs. */
enum err role_may_change(struct request *rq, const struct member_room *room, enum role role, const char *permissions);

/* From row 0 of query member_effective. */
void member_effective(struct arena *a, const struct db_result *r, struct effective *ret);

struct delegation_input {
    struct input in;
    struct uuid to_user_id;
    struct text_list permissions;
    int64_t starts_at, ends_at; /* 0: not given */
};

/* Whether the caller, whose row of member_effective that is, may lend these: what they have without delegations, to somebody else, for a
 * time that isn't over. */
enum err delegation_check(struct request *rq, const struct db_result *giver, const struct delegation_input *in);
