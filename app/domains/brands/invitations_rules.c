/* invitations_rules.c - who may invite whom, and the mail that they get. */
#include "domains/brands/invitations.h"

#include "api/access.h"
#include "api/emit.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/clock.h"
#include "core/config.h"
#include "core/str.h"
#include "domains/mail/mail.h"
#include "invitations_sql.h"
#include <string.h>

const char *const invitation_statuses[] = { "open", "accepted", "revoked", "expired", NULL };

void invitation_standing_read(const struct db_result *r, int row, struct invitation_standing *ret)
{
    const char *role = db_text(r, row, "role");
    *ret = (struct invitation_standing){ .id = db_uuid(r, row, "id"),
                                         .role = role != NULL ? role_parse(role) : ROLE_NONE,
                                         .open = db_bool(r, row, "open"),
                                         .belongs = db_bool(r, row, "belongs"),
                                         .ended = db_bool(r, row, "ended"),
                                         .suspended = db_bool(r, row, "suspended"),
                                         .mails_today = (int)db_int(r, row, "mails_today"),
                                         .seconds_since_mail = db_int(r, row, "seconds_since_mail") };
}

/* ---- what may be asked ---- */

/* Who doesn't manage users invites into teams that they manage. */
static enum err check_teams(struct request *rq, struct uuid_list team_ids)
{
    if (rq_can(rq, PERM_CAN_MANAGE_USERS)) {
        return giving_check_teams(rq, team_ids);
    }
    for (int i = 0; i < team_ids.n; i++) {
        if (!uuid_among(&rq->access->managed, &team_ids.v[i])) {
            return rq_fail_words(rq, ERR_PERMISSION_DENIED,
                                 "You may invite people into teams that you manage, and into no others.");
        }
    }
    return ERR_NONE;
}

/* Whether the message may go into a mail to a stranger: it bears no links. */
static enum err check_message(struct request *rq, const char *message)
{
    if (message != NULL && (strstr(message, "://") != NULL || strcasestr(message, "www.") != NULL)) {
        return rq_fail_field(rq, "message", "must not hold links: the mail has the one to accept");
    }
    return ERR_NONE;
}

static bool mailed_lately(const struct invitation_standing *s)
{
    return s->seconds_since_mail < INVITATION_PAUSE || s->mails_today >= INVITATION_MAILS_DAY;
}

enum err invitation_check_pause(struct request *rq, const struct invitation_standing *s)
{
    if (!mailed_lately(s)) {
        return ERR_NONE;
    }
    bool full = s->mails_today >= INVITATION_MAILS_DAY;
    rq_retry_after(rq, full ? 3600 : INVITATION_PAUSE - s->seconds_since_mail);
    return rq_fail_words(rq, ERR_RATE_LIMITED,
                         full ? "This address was sent enough mails for a day." : "This address was sent a mail a moment ago.");
}

/* Somebody who belongs to the brand isn't invited to it, unless their time there is over. */
static enum err check_stranger(struct request *rq, const struct invitation_standing *s)
{
    if (!s->belongs || s->ended) {
        return ERR_NONE;
    }
    const char *words =
        s->suspended ? "This person belongs to the brand, and is suspended." : "This person belongs to the brand already.";
    field_error_add(&rq->errors, "email", words);
    return rq_fail_words(rq, ERR_ALREADY_EXISTS, words);
}

enum err invitation_may_ask(struct request *rq, const struct member_room *room, const struct invitation_standing *s,
                            struct invitation_ask *ask)
{
    struct member_room places = *room;
    bool renews = !uuid_is_nil(&s->id);
    places.taken -= s->open ? 1 : 0;
    if (ask->access_until != 0 && ask->access_until <= rq->now) {
        return rq_fail_field(rq, "access_expires_at", "must be in the future");
    }
    if (check_stranger(rq, s) != ERR_NONE || check_message(rq, ask->message) != ERR_NONE) {
        return rq->err;
    }
    if (renews && s->role > room->actor.role) {
        return rq_fail_words(rq, ERR_PERMISSION_DENIED, "There is an invitation to a role above yours for this address.");
    }
    if (member_may_join(rq, &places, role_parse(ask->role), 0) != ERR_NONE || check_teams(rq, ask->team_ids) != ERR_NONE) {
        return rq->err;
    }
    ask->id = renews ? s->id : uuid_v7();
    ask->sends = !(renews && s->open && mailed_lately(s));
    ask->link = invitation_link_make();
    return ask->sends ? invitation_check_pause(rq, s) : ERR_NONE;
}

static const char *const event_accepted = "invitation.accepted";
static const char *const told = "{}";

void invitations_fulfil(struct request *rq, struct uuid_list person_ids)
{
    rq_query(rq, &sql_invitation_fulfil,
             RQ_ARGS(ARG_UUIDS("person_ids", person_ids), ARG_TEXT("event", event_accepted), ARG_TEXT("changes", told)));
}

/* ---- links and mails ---- */

void invitation_digest(const char *secret, uint8_t ret[32])
{
    seal_digest(secret, strlen(secret), ret);
}

struct invitation_link invitation_link_make(void)
{
    struct invitation_link link = { .secret = "" };
    seal_random_token(link.secret);
    invitation_digest(link.secret, link.digest);
    return link;
}

/* "2026-11-28" */
static const char *day_of(struct request *rq, int64_t moment)
{
    char *text = arena_alloc(rq->arena, CLOCK_TEXT_SIZE);
    clock_format(moment, text);
    text[strcspn(text, "T")] = '\0';
    return text;
}

/* What the person who invites is called, if they can be named to a stranger. */
static const char *inviter_name(struct request *rq, const struct db_result *r, int row)
{
    const char *problem = NULL;
    const char *text = db_text(r, row, "invited_by");
    json_t *json = text != NULL ? schema_parse(rq->arena, text, strlen(text), 4, &problem) : NULL;
    return mail_fit_name(json_string_value(json_object_get(json, "name")));
}

enum err invitation_mail(struct request *rq, const struct db_result *r, int row, const struct invitation_link *link)
{
    const char *home = mail_home(rq->arena, db_text(r, row, "home_domain"));
    const struct template_value values[] = { TEMPLATE_VALUE("link", mail_link(rq->arena, home, "invitation", link->secret)),
                                             TEMPLATE_VALUE("inviter", inviter_name(rq, r, row)),
                                             TEMPLATE_VALUE("message", db_text(r, row, "message")),
                                             TEMPLATE_VALUE("until", day_of(rq, db_int(r, row, "expires_at"))), TEMPLATE_END };
    return mail_queue(rq, &(struct mail_note){ .template = "invitation",
                                               .to_address = db_text(r, row, "email"),
                                               .user_id = db_uuid(r, row, "account_id"),
                                               .brand_id = rq->brand_id,
                                               .values = values });
}

/* ---- making them ---- */

const struct db_result *invitation_rooms(struct request *rq, struct text_list emails)
{
    const struct rq_arg arg = { "emails", { .is_set = true, .ss = emails } };
    return rq_query(rq, &sql_invitation_rooms, RQ_ARGS(arg));
}

static void write_ask(struct buf *b, const struct invitation_ask *ask, int place)
{
    char text[UUID_TEXT_SIZE], hex[65], at[CLOCK_TEXT_SIZE];
    emit_item(b);
    buf_char(b, '{');
    emit_int(b, "place", place);
    uuid_format(&ask->id, text);
    emit_str(b, "id", text);
    emit_str(b, "email", ask->email);
    emit_str(b, "role", ask->role);
    emit_str(b, "message", ask->message);
    emit_key(b, "team_ids");
    buf_char(b, '[');
    for (int i = 0; i < ask->team_ids.n; i++) {
        uuid_format(&ask->team_ids.v[i], text);
        emit_item(b);
        buf_json_str(b, text);
    }
    buf_char(b, ']');
    str_hex_encode(ask->link.digest, sizeof ask->link.digest, hex);
    emit_str(b, "digest", hex);
    if (ask->access_until != 0) {
        clock_format(ask->access_until, at);
        emit_str(b, "until", at);
    }
    emit_json(b, "sends", ask->sends ? "true" : "false");
    buf_char(b, '}');
}

const struct db_result *invitations_put(struct request *rq, const struct invitation_ask *asks, int n)
{
    struct buf b = { 0 };
    buf_char(&b, '[');
    for (int i = 0; i < n; i++) {
        write_ask(&b, &asks[i], i);
    }
    buf_char(&b, ']');
    const char *operations = b.failed ? NULL : arena_strndup(rq->arena, b.data, b.len);
    buf_free(&b);
    if (operations == NULL) {
        rq_fail(rq, ERR_INTERNAL_ERROR);
        return NULL;
    }
    const struct db_result *r =
        rq_ask(rq, &sql_invitations_put,
               RQ_ARGS(ARG_TEXT("operations", operations), ARG_INT("ttl_seconds", config_int(CONF_INVITATION_TTL))));
    for (int i = 0; r != NULL && i < db_rows(r); i++) {
        const struct invitation_ask *ask = &asks[db_int(r, i, "place")];
        if (ask->sends && invitation_mail(rq, r, i, &ask->link) != ERR_NONE) {
            return NULL;
        }
    }
    return r;
}
