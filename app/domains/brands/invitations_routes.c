/* invitations_routes.c - /brands/{brand_id}/invitations: who was invited to a brand, and inviting. */
#include "domains/brands/invitations.h"

#include "api/constraint.h"
#include "core/arena.h"
#include "core/config.h"
#include "core/str.h"
#include "domains/teams/teams.h"
#include "invitations_sql.h"
#include "members_sql.h"

/* ---- shapes ---- */

static const struct field inviter_fields[] = {
    COLUMN(id, SCHEMA_UUID, .doc = "Id of the person"),
    COLUMN(name, SCHEMA_STRING, .doc = "Both names"),
    COLUMN(avatar_url, SCHEMA_STRING, .flags = FIELD_NULLABLE, .doc = "Address of the picture"),
};
static const struct schema inviter_schema = SCHEMA("Inviter", inviter_fields, 0);

static const struct field team_fields[] = {
    COLUMN(id, SCHEMA_UUID, .doc = "Id of the team"),
    COLUMN(name, SCHEMA_STRING, .doc = "Name"),
};
static const struct schema team_schema = SCHEMA("InvitationTeam", team_fields, 0);

static const struct field invitation_fields[] = {
    COLUMN(id, SCHEMA_UUID, .doc = "Id of the invitation"),
    COLUMN(email, SCHEMA_EMAIL, .flags = FIELD_SORT | FIELD_FILTER, .doc = "Who is invited"),
    COLUMN(role, SCHEMA_ENUM, .flags = FIELD_FILTER, .values = role_names, .doc = "The role that they will have"),
    COLUMN(teams, SCHEMA_MANY, .of = &team_schema, .doc = "The teams that they will be in, of those that there are now"),
    COLUMN(status, SCHEMA_ENUM, .flags = FIELD_FILTER, .values = invitation_statuses,
           .doc = "open until it is accepted, revoked, or expires_at has come"),
    COLUMN(message, SCHEMA_STRING, .doc = "What the mail says besides"),
    COLUMN(invited_by, SCHEMA_ONE, .flags = FIELD_NULLABLE, .of = &inviter_schema, .doc = "Who invited last"),
    COLUMN(expires_at, SCHEMA_TIME, .flags = FIELD_SORT | FIELD_FILTER, .doc = "Until when the invitation can be accepted"),
    COLUMN(access_expires_at, SCHEMA_TIME, .flags = FIELD_NULLABLE,
           .doc = "When the membership that comes of it ends; null: never"),
    COLUMN(sent_at, SCHEMA_TIME, .flags = FIELD_SORT, .doc = "Its last mail"),
    COLUMN(accepted_at, SCHEMA_TIME, .flags = FIELD_NULLABLE, .doc = "When it was accepted"),
    COLUMN(revoked_at, SCHEMA_TIME, .flags = FIELD_NULLABLE, .doc = "When it was revoked"),
    COLUMN(version, SCHEMA_INT, .doc = "Raised by every change"),
    COLUMN(created_at, SCHEMA_TIME, .flags = FIELD_SORT | FIELD_FILTER, .doc = "When it was made"),
    COLUMN(updated_at, SCHEMA_TIME, .flags = FIELD_SORT, .doc = "Last change"),
};
static const struct schema invitation_schema = SCHEMA("Invitation", invitation_fields, 0);

struct invite_input {
    struct input in;
    const char *email, *role, *message;
    struct uuid_list team_ids;
    int64_t access_expires_at, expires_at;
};

static const struct field invite_fields[] = {
    FIELD(struct invite_input, email, SCHEMA_EMAIL, .flags = FIELD_REQUIRED,
          .doc = "Who is invited, with an account or without"),
    FIELD(struct invite_input, role, SCHEMA_ENUM, .flags = FIELD_REQUIRED, .values = role_names, .doc = "At most one's own"),
    FIELD(struct invite_input, team_ids, SCHEMA_UUIDS, .max = 100, .doc = "Teams that they will be in"),
    FIELD(struct invite_input, access_expires_at, SCHEMA_TIME, .flags = FIELD_NULLABLE,
          .doc = "When the membership ends; null for never"),
    FIELD(struct invite_input, expires_at, SCHEMA_TIME, .flags = FIELD_NULLABLE,
          .doc = "Another name for access_expires_at, as where members are added"),
    FIELD(struct invite_input, message, SCHEMA_STRING, .max = INVITATION_MESSAGE, .doc = "For the mail; without links"),
};
static const struct schema invite_schema = SCHEMA("NewInvitation", invite_fields, sizeof(struct invite_input));

const struct constraint_words invitations_constraints[] = {
    { "invitations_brand_id_email_key", ERR_ALREADY_EXISTS, "email", "There is an invitation for this address already." },
    { NULL, ERR_NONE, NULL, NULL },
};

/* ---- inviting ---- */

static enum err read_ask(struct request *rq, struct invitation_ask *ret)
{
    const struct invite_input *in = rq->input;
    if (in->access_expires_at != 0 && in->expires_at != 0 && in->access_expires_at != in->expires_at) {
        return rq_fail_field(rq, "expires_at", "is another name for access_expires_at: give one of them");
    }
    *ret = (struct invitation_ask){ .email = in->email,
                                    .role = in->role,
                                    .message = in->message,
                                    .team_ids = in->team_ids,
                                    .access_until = in->access_expires_at != 0 ? in->access_expires_at : in->expires_at };
    return ERR_NONE;
}

/* Locks, looks, asks the rules. */
static enum err prepare(struct request *rq, struct invitation_ask *ask)
{
    struct member_room room;
    struct invitation_standing standing;
    rq_query(rq, &sql_member_lock, NULL);
    const struct db_result *r = invitation_rooms(rq, (struct text_list){ &ask->email, 1 });
    const struct db_result *teams = team_find(rq, ask->team_ids, (struct text_list){ NULL, 0 });
    if (rq_run(rq) != ERR_NONE) {
        return rq->err;
    }
    if (member_room_read(rq, r, &room) != ERR_NONE) {
        return rq->err;
    }
    invitation_standing_read(r, 0, &standing);
    if (db_rows(teams) != ask->team_ids.n) {
        return rq_fail_field(rq, "team_ids", "names a team that isn't in this brand, or one twice");
    }
    return invitation_may_ask(rq, &room, &standing, ask);
}

enum err invitation_send(struct request *rq, const char *email, const char *role, struct uuid_list team_ids, int64_t until,
                         struct uuid *ret_id)
{
    struct invitation_ask ask = { .email = email, .role = role, .team_ids = team_ids, .access_until = until };
    if (prepare(rq, &ask) != ERR_NONE || invitations_put(rq, &ask, 1) == NULL) {
        return rq->err;
    }
    *ret_id = ask.id;
    return rq_run(rq);
}

static enum err invite(struct request *rq)
{
    struct invitation_ask ask;
    if (read_ask(rq, &ask) != ERR_NONE || prepare(rq, &ask) != ERR_NONE) {
        return rq->err;
    }
    const struct db_result *r = invitations_put(rq, &ask, 1);
    return r != NULL && rq_run(rq) == ERR_NONE ? rq_reply_row(rq, r, 0) : rq->err;
}

/* ---- what is there ---- */

/* Locks, looks, and refuses what is over, or for somebody above the caller. */
static const struct db_result *find_open(struct request *rq, struct member_room *room)
{
    rq_query(rq, &sql_member_lock, NULL);
    const struct db_result *r = rq_ask(rq, &sql_invitation_standing, NULL);
    if (r == NULL || db_rows(r) == 0) {
        if (r != NULL) {
            rq_missing(rq);
        }
        return NULL;
    }
    const char *status = db_text(r, 0, "status");
    if (member_room_read(rq, r, room) != ERR_NONE) {
        return NULL;
    }
    if (str_eq(status, "accepted") || str_eq(status, "revoked")) {
        rq_fail_details(rq, ERR_CONFLICT, arena_printf(rq->arena, "This invitation has been %s.", status),
                        arena_printf(rq->arena, "{\"status\":\"%s\"}", status));
    } else if (role_parse(db_text(r, 0, "role")) > room->actor.role) {
        rq_fail_words(rq, ERR_PERMISSION_DENIED, "This invitation is to a role above yours.");
    }
    return rq->err == ERR_NONE ? r : NULL;
}

static enum err check_resend(struct request *rq, const struct db_result *r, struct member_room *room)
{
    enum role role = role_parse(db_text(r, 0, "role"));
    struct invitation_standing s = { .mails_today = (int)db_int(r, 0, "mails_today"),
                                     .seconds_since_mail = db_int(r, 0, "seconds_since_mail") };
    room->taken -= str_eq(db_text(r, 0, "status"), "open") ? 1 : 0;
    return member_may_join(rq, room, role, 0) == ERR_NONE ? invitation_check_pause(rq, &s) : rq->err;
}

static enum err resend(struct request *rq)
{
    const char *told = "{}";
    struct member_room room;
    const struct db_result *found = find_open(rq, &room);
    if (found == NULL || check_resend(rq, found, &room) != ERR_NONE) {
        return rq->err;
    }
    struct invitation_link link = invitation_link_make();
    const struct db_result *r =
        rq_ask(rq, &sql_invitation_resend,
               RQ_ARGS(ARG_BYTES("token_digest", link.digest, sizeof link.digest),
                       ARG_INT("ttl_seconds", config_int(CONF_INVITATION_TTL)), ARG_TEXT("changes", told)));
    if (r == NULL || db_rows(r) == 0) {
        return r == NULL ? rq->err : rq_missing(rq);
    }
    if (invitation_mail(rq, r, 0, &link) != ERR_NONE || rq_run(rq) != ERR_NONE) {
        return rq->err;
    }
    return rq_reply_row(rq, r, 0);
}

static enum err revoke(struct request *rq)
{
    struct member_room room;
    if (find_open(rq, &room) == NULL) {
        return rq->err;
    }
    const struct db_result *r = rq_ask(rq, &sql_invitation_revoke, NULL);
    if (r == NULL) {
        return rq->err;
    }
    return db_rows(r) > 0 ? rq_reply_null(rq) : rq_missing(rq);
}

/* ---- rows ---- */

static const struct scope invitation_scope = { "invitation", &sql_invitation_locate, &sql_invitation_get, &invitation_schema };

static const char invite_doc[] =
    "A mail with a link goes to the address, in the brand's look and, if they have said one, the person's language. The answer "
    "doesn't "
    "depend on whether the address has an account; only who belongs to the brand already is told apart: 409 `already_exists`. "
    "Inviting "
    "an address again renews its invitation, with a new link; within a minute of its mail the link stays, and there is no "
    "second mail. "
    "Open invitations take places of the plan. Who doesn't manage users invites into teams that they manage. Nobody invites to "
    "what they don't "
    "have themselves; nor is an invitation good whose inviter has lost that meanwhile: then somebody else sends it again.";
static const char resend_doc[] =
    "The link of the mail before is void, and the time to accept begins anew. From then on it is the caller's invitation, who "
    "must be one that "
    "may give what it gives. An address gets one mail in a minute and five a day from a brand: 429 `rate_limited`.";
static const char over_doc[] = "One that was accepted or revoked stays as it is: 409 `conflict`.";

static const struct route rows[] = {
    { .method = HTTP_POST,
      .path = "/brands/{brand_id}/users/invite",
      .permission = PERM_CAN_INVITE_USERS,
      .input = &invite_schema,
      .output = &invitation_schema,
      .reply = REPLY_CREATED,
      .tx = TX_STEPS,
      .handler = invite,
      .location = "/brands/{brand_id}/invitations/{id}",
      .event = "invitation.created",
      .flags = ROUTE_TENANT | ROUTE_EVEN,
      .summary = "Invite somebody by mail",
      .doc = invite_doc },
    { .method = HTTP_GET,
      .path = "/brands/{brand_id}/invitations",
      .permission = PERM_CAN_INVITE_USERS,
      .or_permission = PERM_CAN_MANAGE_USERS,
      .output = &invitation_schema,
      .reply = REPLY_LIST,
      .tx = TX_READ,
      .queries = { &sql_invitation_list },
      .sort = "-created_at",
      .flags = ROUTE_TENANT,
      .summary = "Invitations of a brand" },
    { .method = HTTP_GET,
      .path = "/brands/{brand_id}/invitations/{id}",
      .permission = PERM_CAN_INVITE_USERS,
      .or_permission = PERM_CAN_MANAGE_USERS,
      .scope = &invitation_scope,
      .output = &invitation_schema,
      .reply = REPLY_ONE,
      .tx = TX_READ,
      .queries = { &sql_invitation_get },
      .flags = ROUTE_TENANT,
      .summary = "One invitation" },
    { .method = HTTP_POST,
      .path = "/brands/{brand_id}/invitations/{id}/resend",
      .permission = PERM_CAN_INVITE_USERS,
      .or_permission = PERM_CAN_MANAGE_USERS,
      .scope = &invitation_scope,
      .output = &invitation_schema,
      .reply = REPLY_ONE,
      .tx = TX_STEPS,
      .handler = resend,
      .event = "invitation.resent",
      .flags = ROUTE_TENANT,
      .summary = "Send an invitation again",
      .doc = resend_doc },
    { .method = HTTP_DELETE,
      .path = "/brands/{brand_id}/invitations/{id}",
      .permission = PERM_CAN_INVITE_USERS,
      .or_permission = PERM_CAN_MANAGE_USERS,
      .scope = &invitation_scope,
      .reply = REPLY_NULL,
      .tx = TX_STEPS,
      .handler = revoke,
      .event = "invitation.revoked",
      .flags = ROUTE_TENANT,
      .summary = "Revoke an invitation",
      .doc = over_doc },
};

const struct route_table invitations_routes = ROUTE_TABLE("brands", rows);
