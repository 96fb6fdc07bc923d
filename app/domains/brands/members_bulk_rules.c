/* members_bulk_rules.c - what of many operations may be done, and doing it. */
#include "domains/brands/members_bulk.h"

#include "api/reply.h"
#include "core/arena.h"
#include "core/clock.h"
#include "core/str.h"
#include "domains/teams/teams.h"
#include "members_bulk_sql.h"
#include "members_sql.h"
#include <stdlib.h>
#include <string.h>

/* What the rules look at while they go through the operations. */
struct judge {
    struct bulk *bulk;
    const struct db_result *people, *teams, *invited;
    struct member_room room;
    int owners;
};

void bulk_refuse(struct request *rq, struct bulk *b, struct bulk_item *item)
{
    item->status = err_status(rq->err);
    item->error = reply_take_error(rq);
    b->refused = true;
}

void bulk_refuse_rest(struct request *rq, struct bulk *b)
{
    for (int i = 0; i < b->count; i++) {
        if (b->items[i].error == NULL) {
            rq_fail_words(rq, ERR_CONFLICT, "Nothing was done, since another operation was refused.");
            bulk_refuse(rq, b, &b->items[i]);
        }
    }
}

/* ---- looking up ---- */

static const struct db_result *queue_people(struct request *rq, const struct bulk *b)
{
    size_t n = (size_t)b->count;
    const char **emails = arena_alloc(rq->arena, n * sizeof *emails);
    struct uuid *ids = arena_alloc(rq->arena, n * sizeof *ids);
    for (size_t i = 0; i < n; i++) {
        bool whole = b->items[i].error == NULL;
        emails[i] = whole && b->items[i].in.email != NULL ? b->items[i].in.email : "";
        ids[i] = whole ? b->items[i].in.user_id : (struct uuid){ { 0 } };
    }
    const struct rq_arg by_email = { "emails", { .is_set = true, .ss = { emails, b->count } } };
    return rq_query(rq, &sql_bulk_people, RQ_ARGS(by_email, ARG_UUIDS("user_ids", ((struct uuid_list){ ids, b->count }))));
}

/* A row for each operation; those that can't come to an invitation look for ''. */
static const struct db_result *queue_invited(struct request *rq, const struct bulk *b)
{
    const char **emails = arena_alloc(rq->arena, (size_t)b->count * sizeof *emails);
    for (int i = 0; i < b->count; i++) {
        const struct bulk_item *item = &b->items[i];
        bool may_invite = item->error == NULL && (item->kind == BULK_INVITE || item->kind == BULK_ADD);
        emails[i] = may_invite && item->in.email != NULL ? item->in.email : "";
    }
    return invitation_rooms(rq, (struct text_list){ emails, b->count });
}

static const struct db_result *queue_teams(struct request *rq, const struct bulk *b)
{
    size_t ids = 0, names = 0;
    for (int i = 0; i < b->count; i++) {
        ids += (size_t)b->items[i].in.team_ids.n;
        names += (size_t)b->items[i].in.teams.n;
    }
    struct uuid *all_ids = arena_alloc(rq->arena, (ids + 1) * sizeof *all_ids);
    const char **all_names = arena_alloc(rq->arena, (names + 1) * sizeof *all_names);
    ids = names = 0;
    for (int i = 0; i < b->count; i++) {
        for (int k = 0; k < b->items[i].in.team_ids.n; k++) {
            all_ids[ids++] = b->items[i].in.team_ids.v[k];
        }
        for (int k = 0; k < b->items[i].in.teams.n; k++) {
            all_names[names++] = b->items[i].in.teams.v[k];
        }
    }
    return team_find(rq, (struct uuid_list){ all_ids, (int)ids }, (struct text_list){ all_names, (int)names });
}

/* ---- judging ---- */

static bool among(struct text_list names, const char *name)
{
    int i = 0;
    while (i < names.n && !str_eq(names.v[i], name)) {
        i++;
    }
    return i < names.n;
}

static bool find_team(struct request *rq, const struct judge *j, const struct uuid *id, const char *name, struct uuid *ret)
{
    for (int i = 0; i < db_rows(j->teams); i++) {
        struct uuid found = db_uuid(j->teams, i, "id");
        if (id != NULL ? uuid_eq(id, &found) : among(db_texts(rq->arena, j->teams, i, "names"), name)) {
            *ret = found;
            return true;
        }
    }
    return false;
}

static enum err judge_teams(struct request *rq, const struct judge *j, struct bulk_item *item)
{
    const struct bulk_operation *in = &item->in;
    struct uuid *into = arena_alloc(rq->arena, sizeof *into * (size_t)(in->team_ids.n + in->teams.n + 1));
    int n = 0;
    for (int i = 0; i < in->team_ids.n; i++) {
        if (!find_team(rq, j, &in->team_ids.v[i], NULL, &into[n++])) {
            return rq_fail_field(rq, "team_ids", "names a team that isn't in this brand");
        }
    }
    for (int i = 0; i < in->teams.n; i++) {
        if (!find_team(rq, j, NULL, in->teams.v[i], &into[n++])) {
            return rq_fail_field(rq, "teams", arena_printf(rq->arena, "there is no team %s", in->teams.v[i]));
        }
    }
    item->into_ids = (struct uuid_list){ into, n };
    return ERR_NONE;
}

static enum err judge_add(struct request *rq, struct judge *j, struct bulk_item *item, bool belongs, bool invited)
{
    struct member_room room = j->room;
    if (belongs) {
        return rq_fail_words(rq, ERR_ALREADY_EXISTS, "This person belongs to the brand already.");
    }
    room.taken -= invited ? 1 : 0;
    if (member_may_join(rq, &room, role_parse(item->in.role), item->in.expires_at) != ERR_NONE ||
        judge_teams(rq, j, item) != ERR_NONE || giving_check_teams(rq, item->into_ids) != ERR_NONE) {
        return rq->err;
    }
    j->room.taken = room.taken + 1;
    item->status = 201;
    return ERR_NONE;
}

/* How many owners that stand in for each other there are when this is done. */
static int owner_after(const struct member_standing *s, const struct member_change *c, bool account_active, bool endless)
{
    enum role role = c->role != ROLE_NONE ? c->role : s->role;
    const char *status = member_status_after(s, c);
    bool ends = c->has_expiry ? c->expires_at != 0 : !endless;
    return !c->removes && role == ROLE_OWNER && str_eq(status, "active") && !ends && account_active;
}

static enum err judge_change(struct request *rq, struct judge *j, struct bulk_item *item, int row)
{
    struct member_standing s;
    const struct member_change c = {
        .user_id = item->id,
        .removes = item->kind == BULK_REMOVE,
        .role = item->in.role != NULL ? role_parse(item->in.role) : ROLE_NONE,
        .permissions = item->in.permissions,
        .status = item->in.status,
        .has_expiry = item->has_expiry,
        .expires_at = item->in.expires_at,
    };
    if (c.removes && !rq_can(rq, PERM_CAN_REMOVE_USERS)) {
        return member_lacks(rq, PERM_CAN_REMOVE_USERS);
    }
    member_standing_read(j->people, row, &s);
    bool active = db_bool(j->people, row, "account_active");
    int before = s.stands_in && active;
    s.other_owners = j->owners - before;
    if (member_may_change(rq, &j->room, &s, &c) != ERR_NONE) {
        return rq->err;
    }
    j->room.taken += (int)member_counts_after(&s, &c) - (int)s.counted;
    j->owners += owner_after(&s, &c, active, db_bool(j->people, row, "endless")) - before;
    item->status = 200;
    return ERR_NONE;
}

/* By an operation before this one: the same person, or the same address. */
static bool named_before(const struct bulk *b, const struct bulk_item *item)
{
    for (const struct bulk_item *other = b->items; other != item; other++) {
        bool same_person = !uuid_is_nil(&item->person_id) && uuid_eq(&other->person_id, &item->person_id);
        bool same_address = item->address[0] != '\0' && str_eq(other->address, item->address);
        if (same_person || same_address) {
            return true;
        }
    }
    return false;
}

static enum err judge_invite(struct request *rq, struct judge *j, struct bulk_item *item, int row)
{
    struct invitation_standing s;
    if (!rq_can(rq, PERM_CAN_INVITE_USERS)) {
        return member_lacks(rq, PERM_CAN_INVITE_USERS);
    }
    if (judge_teams(rq, j, item) != ERR_NONE) {
        return rq->err;
    }
    if (item->in.expires_at != 0 && item->in.expires_at <= rq->now) {
        return rq_fail_field(rq, "expires_at", "must be in the future");
    }
    invitation_standing_read(j->invited, row, &s);
    item->ask = (struct invitation_ask){ .email = item->in.email,
                                         .role = item->in.role,
                                         .message = item->in.message,
                                         .team_ids = item->into_ids,
                                         .access_until = item->in.expires_at };
    if (invitation_may_ask(rq, &j->room, &s, &item->ask) != ERR_NONE) {
        return rq->err;
    }
    j->room.taken += s.open ? 0 : 1;
    item->id = item->ask.id;
    item->status = 201;
    return ERR_NONE;
}

/* What is not for everybody to know doesn't decide anything: an account that the caller doesn't know of is none. */
static enum err judge_item(struct request *rq, struct judge *j, struct bulk_item *item, int row)
{
    bool belongs = db_text(j->people, row, "role") != NULL;
    bool known = belongs || db_bool(j->people, row, "joinable");
    item->address = db_text(j->people, row, "address");
    item->person_id = known ? db_uuid(j->people, row, "user_id") : (struct uuid){ { 0 } };
    if (item->kind != BULK_INVITE && !rq_can(rq, PERM_CAN_MANAGE_USERS)) {
        return member_lacks(rq, PERM_CAN_MANAGE_USERS);
    }
    if (named_before(j->bulk, item)) {
        return rq_fail_field(rq, item->in.email != NULL ? "email" : "user_id", "is named by an operation before this one");
    }
    if (item->kind == BULK_ADD && !known && item->in.email != NULL) {
        item->kind = BULK_INVITE;
    }
    if (item->kind == BULK_INVITE) {
        return judge_invite(rq, j, item, row);
    }
    if (item->kind == BULK_ADD && !known) {
        return rq_fail_field(rq, "user_id", "is nobody that you share a brand with: give their e-mail address instead");
    }
    item->id = item->person_id;
    if (uuid_eq(&item->id, &rq->user_id)) {
        return rq_fail_words(rq, ERR_PERMISSION_DENIED, "Your own membership isn't changed among many.");
    }
    if (item->kind == BULK_ADD) {
        return judge_add(rq, j, item, belongs, db_bool(j->people, row, "invited"));
    }
    if (!belongs) {
        item->id = (struct uuid){ { 0 } };
        return rq_fail_words(rq, ERR_NOT_FOUND, "There is no such member here.");
    }
    return judge_change(rq, j, item, row);
}

enum err bulk_judge(struct request *rq, struct bulk *b)
{
    struct judge j = { .bulk = b };
    rq_query(rq, &sql_member_lock, NULL);
    const struct db_result *room = rq_query(rq, &sql_bulk_room, NULL);
    j.people = queue_people(rq, b);
    j.teams = queue_teams(rq, b);
    j.invited = queue_invited(rq, b);
    if (rq_run(rq) != ERR_NONE) {
        return rq->err;
    }
    if (member_room_read(rq, room, &j.room) != ERR_NONE) {
        return rq->err;
    }
    j.owners = (int)db_int(room, 0, "owners");
    for (int i = 0; i < b->count; i++) {
        if (b->items[i].error == NULL && judge_item(rq, &j, &b->items[i], i) != ERR_NONE) {
            bulk_refuse(rq, b, &b->items[i]);
        }
    }
    return ERR_NONE;
}

/* ---- doing ---- */

static json_t *json_of_uuid(const struct uuid *u)
{
    char text[UUID_TEXT_SIZE];
    uuid_format(u, text);
    return json_string(text);
}

static json_t *json_of_item(const struct bulk_item *item)
{
    char at[CLOCK_TEXT_SIZE];
    json_t *o = json_object();
    json_object_set_new(o, "user_id", json_of_uuid(&item->id));
    json_object_set_new(o, "has_expires_at", json_boolean(item->has_expiry));
    if (item->in.expires_at != 0) {
        clock_format(item->in.expires_at, at);
        json_object_set_new(o, "expires_at", json_string(at));
    }
    if (item->in.role != NULL) {
        json_object_set_new(o, "role", json_string(item->in.role));
    }
    if (item->in.status != NULL) {
        json_object_set_new(o, "status", json_string(item->in.status));
    }
    if (item->in.permissions != NULL) {
        json_object_set_new(o, "permissions", json_loads(item->in.permissions, 0, NULL));
    }
    return o;
}

/* The array as text in the arena; the array is released. */
static const char *text_of(struct request *rq, json_t *array)
{
    char *text = json_dumps(array, JSON_COMPACT);
    json_decref(array);
    if (text == NULL) {
        abort();
    }
    arena_adopt(rq->arena, text, free);
    return text;
}

static void queue_additions(struct request *rq, const struct bulk *b)
{
    json_t *people = json_array(), *into = json_array();
    struct uuid *added = arena_alloc(rq->arena, sizeof *added * (size_t)b->count);
    int n = 0;
    for (int i = 0; i < b->count; i++) {
        const struct bulk_item *item = &b->items[i];
        if (item->error != NULL || item->kind != BULK_ADD) {
            continue;
        }
        json_array_append_new(people, json_of_item(item));
        added[n++] = item->id;
        for (int k = 0; k < item->into_ids.n; k++) {
            json_t *pair = json_object();
            json_object_set_new(pair, "user_id", json_of_uuid(&item->id));
            json_object_set_new(pair, "team_id", json_of_uuid(&item->into_ids.v[k]));
            json_array_append_new(into, pair);
        }
    }
    const char *additions = text_of(rq, people);
    rq_query(rq, &sql_bulk_add, RQ_ARGS(ARG_TEXT("operations", additions)));
    team_people_add(rq, text_of(rq, into));
    invitations_fulfil(rq, (struct uuid_list){ added, n });
}

static void queue_changes(struct request *rq, const struct bulk *b)
{
    json_t *changes = json_array();
    struct uuid *removed = arena_alloc(rq->arena, sizeof *removed * (size_t)b->count);
    int n = 0;
    for (int i = 0; i < b->count; i++) {
        const struct bulk_item *item = &b->items[i];
        if (item->error == NULL && item->kind == BULK_UPDATE) {
            json_array_append_new(changes, json_of_item(item));
        } else if (item->error == NULL && item->kind == BULK_REMOVE) {
            removed[n++] = item->id;
        }
    }
    const char *operations = text_of(rq, changes);
    rq_query(rq, &sql_bulk_update, RQ_ARGS(ARG_TEXT("operations", operations)));
    rq_query(rq, &sql_bulk_remove, RQ_ARGS(ARG_UUIDS("user_ids", ((struct uuid_list){ removed, n }))));
}

static enum err send_invitations(struct request *rq, const struct bulk *b)
{
    struct invitation_ask *asks = arena_alloc(rq->arena, sizeof *asks * (size_t)b->count);
    int n = 0;
    for (int i = 0; i < b->count; i++) {
        if (b->items[i].error == NULL && b->items[i].kind == BULK_INVITE) {
            asks[n++] = b->items[i].ask;
        }
    }
    return n == 0 || invitations_put(rq, asks, n) != NULL ? ERR_NONE : rq->err;
}

enum err bulk_apply(struct request *rq, const struct bulk *b)
{
    queue_additions(rq, b);
    queue_changes(rq, b);
    return send_invitations(rq, b);
}
