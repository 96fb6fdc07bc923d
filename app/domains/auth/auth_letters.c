/* auth_letters.c - mails about an account, and the links in them. */
#include "domains/auth/auth_rules.h"

#include "core/arena.h"
#include "core/str.h"
#include "domains/mail/mail.h"
#include "platform/seal.h"
#include "recovery_sql.h"
#include <ctype.h>
#include <string.h>

/* One mail of a kind (and number) to an address in AUTH_LETTER_PAUSE: who asks again and again fills nobody's mailbox. */
static const char *once_key(struct request *rq, const struct auth_letter *l)
{
    uint8_t digest[32];
    char hex[65];
    char *folded = arena_strdup(rq->arena, l->to_address);
    for (char *p = folded; *p != '\0'; p++) {
        *p = (char)tolower((unsigned char)*p);
    }
    seal_digest(folded, strlen(folded), digest);
    str_hex_encode(digest, sizeof digest, hex);
    return arena_printf(rq->arena, "%s:%s:%lld:%d", l->template, hex, (long long)(rq->now / 1000000 / AUTH_LETTER_PAUSE),
                        l->number < AUTH_LETTER_MOST ? l->number : AUTH_LETTER_MOST);
}

/* Queues the row that the link stands for; the link. */
static const char *add_token(struct request *rq, const struct auth_letter *l, struct uuid token_id, struct db_value person)
{
    char *secret = arena_alloc(rq->arena, SEAL_TOKEN_SIZE);
    uint8_t *digest = arena_alloc(rq->arena, 32);
    seal_random_token(secret);
    seal_digest(secret, strlen(secret), digest);
    const struct auth_registration none = { NULL, NULL, NULL };
    const struct auth_registration *asked = l->registration != NULL ? l->registration : &none;
    rq_query(rq, &sql_recovery_token_add,
             RQ_ARGS(ARG_UUID("token_id", token_id), { "person_id", person }, ARG_TEXT("purpose", l->purpose),
                     ARG_BYTES("digest", digest, 32),
                     ARG_TEXT("token_email", l->token_email != NULL ? l->token_email : l->to_address),
                     ARG_INT("ttl_seconds", l->ttl_seconds), ARG_TEXT("password_hash", asked->password_hash),
                     ARG_TEXT("first_name", asked->first_name), ARG_TEXT("last_name", asked->last_name)));
    return mail_link(rq->arena, NULL, l->page, secret);
}

void auth_link_unsent(struct request *rq, const struct auth_letter *l)
{
    add_token(rq, l, uuid_v7(), (struct db_value){ .is_set = true, .u = l->user_id });
}

enum err auth_letter_queue(struct request *rq, const struct auth_letter *l)
{
    struct uuid token_id = uuid_v7();
    struct uuid mail_id = { { 0 } };
    bool nobody = uuid_is_nil(&l->user_id);
    const struct db_value person = { .is_set = !nobody, .u = l->user_id };
    const char *link = l->purpose != NULL ? add_token(rq, l, token_id, person) : mail_link(rq->arena, NULL, l->page, NULL);
    const struct template_value values[] = { TEMPLATE_VALUE("link", link),
                                             TEMPLATE_VALUE("email", l->shown_email),
                                             TEMPLATE_VALUE("left", l->left),
                                             TEMPLATE_VALUE("device", l->device),
                                             TEMPLATE_VALUE("place", l->place),
                                             TEMPLATE_VALUE("when", l->when),
                                             TEMPLATE_END };
    enum err e = mail_queue(rq, &(struct mail_note){ .template = l->template,
                                                     .to_address = l->to_address,
                                                     .to_name = l->to_name,
                                                     .language = l->language,
                                                     .user_id = l->user_id,
                                                     .unique_key = l->seldom ? once_key(rq, l) : NULL,
                                                     .values = values,
                                                     .ret_id = &mail_id });
    if (e == ERR_NONE && l->purpose != NULL) {
        rq_query(rq, &sql_recovery_nobody_drop, RQ_ARGS(ARG_UUID("token_id", token_id), ARG_UUID("mail_id", mail_id)));
    }
    return e;
}

/* ---- newcomers ---- */

const struct db_result *auth_newcomer_add(struct request *rq, const struct auth_newcomer *n)
{
    return rq_query(rq, &sql_recovery_newcomer,
                    RQ_ARGS(ARG_TEXT("email", n->email), ARG_TEXT("first_name", n->first_name),
                            ARG_TEXT("last_name", n->last_name), ARG_TEXT("password_hash", n->password_hash)));
}

/* ---- who gets one ---- */

bool auth_person_find(struct request *rq, const char *email, struct auth_person *ret)
{
    const struct db_result *r =
        rq_ask(rq, &sql_recovery_person, RQ_ARGS(ARG_TEXT("email", email), ARG_INT("pause_seconds", AUTH_LETTER_PAUSE)));
    if (r == NULL) {
        return false;
    }
    *ret = (struct auth_person){ .id = db_uuid(r, 0, "id"),
                                 .status = db_text(r, 0, "status"),
                                 .email = db_text(r, 0, "email"),
                                 .first_name = db_text(r, 0, "first_name"),
                                 .language = db_text(r, 0, "language"),
                                 .uncertain = db_bool(r, 0, "uncertain"),
                                 .recent = (int)db_int(r, 0, "recent") };
    return true;
}

void auth_nobody(struct auth_person *p)
{
    p->id = (struct uuid){ { 0 } };
    p->first_name = NULL;
    p->language = "";
}

struct auth_letter auth_letter_to(const struct auth_person *p)
{
    return (struct auth_letter){ .user_id = p->id, .to_address = p->email, .to_name = p->first_name, .language = p->language };
}

enum err auth_reset_letter(struct request *rq, const struct auth_person *p, const char *template)
{
    struct auth_letter l = auth_letter_to(p);
    l.template = template;
    l.purpose = "reset_password";
    l.page = "reset-password";
    l.ttl_seconds = AUTH_RESET_TTL;
    l.seldom = true;
    return auth_letter_queue(rq, &l);
}

enum err auth_verify_letter(struct request *rq, const struct auth_person *p, const struct auth_registration *registration)
{
    struct auth_letter l = auth_letter_to(p);
    l.template = "verify_email";
    l.purpose = "verify_email";
    l.page = "verify-email";
    l.ttl_seconds = AUTH_VERIFY_TTL;
    l.registration = registration;
    l.seldom = true;
    l.number = registration != NULL ? p->recent + 1 : 0; /* each bears its own password */
    return auth_letter_queue(rq, &l);
}

enum err auth_registered_letter(struct request *rq, const char *email, const struct auth_registration *registration)
{
    struct auth_person p;
    if (!auth_person_find(rq, email, &p)) {
        return rq->err;
    }
    if (str_eq(p.status, "active")) {
        return auth_reset_letter(rq, &p, "account_exists");
    }
    if (!str_eq(p.status, "pending")) {
        auth_nobody(&p);
    }
    return auth_verify_letter(rq, &p, registration);
}

enum err auth_changed_letter(struct request *rq, const struct auth_person *p)
{
    struct auth_letter l = auth_letter_to(p);
    l.template = "password_changed";
    l.page = "forgot-password";
    return auth_letter_queue(rq, &l);
}
