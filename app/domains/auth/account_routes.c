/* account_routes.c - /users/me: what one does with one's own account that needs the password again. */
#include "domains/auth/auth_rules.h"

#include "auth_sql.h"
#include "core/str.h"
#include "domains/users/users.h"
#include "recovery_sql.h"

#define OWN_PASSWORD                                                                                                           \
    .flags = FIELD_REQUIRED | FIELD_SECRET | FIELD_RAW, .min = 1, .max = 128, .doc = "One's password, once more"

struct email_change_input {
    struct input in;
    const char *email, *password;
};

static const struct field email_change_fields[] = {
    FIELD(struct email_change_input, email, SCHEMA_EMAIL, .flags = FIELD_REQUIRED, .doc = "The new address"),
    FIELD(struct email_change_input, password, SCHEMA_STRING, OWN_PASSWORD),
};
static const struct schema email_change_schema = SCHEMA("EmailChange", email_change_fields, sizeof(struct email_change_input));

struct farewell_input {
    struct input in;
    const char *password;
};

static const struct field farewell_fields[] = {
    FIELD(struct farewell_input, password, SCHEMA_STRING, OWN_PASSWORD),
};
static const struct schema farewell_schema = SCHEMA("Farewell", farewell_fields, sizeof(struct farewell_input));

/* The caller, who has shown that they know the password, and whose account is held from now on; NULL with the error recorded. */
static const struct db_result *confirm_password(struct request *rq, const char *password)
{
    const struct db_result *own = auth_own_confirm(rq, password);
    const struct db_result *held =
        own != NULL ? rq_ask(rq, &sql_auth_own_hold,
                             RQ_ARGS(ARG_TEXT("verified_hash", db_text(own, 0, "password_hash")), AUTH_DEVICE_ARGS(rq)))
                    : NULL;
    if (held != NULL && db_rows(held) == 0) {
        rq_fail(rq, ERR_INVALID_CREDENTIALS);
        return NULL;
    }
    return held != NULL ? own : NULL;
}

/* To the new address: its link, or, where that has an account, word of it to whoever that is. The account that asks looks the same after
 * either. */
static enum err write_to_new(struct request *rq, const char *email, const struct auth_person *me)
{
    struct auth_person other;
    if (!auth_person_find(rq, email, &other)) {
        return rq->err;
    }
    struct auth_letter l = auth_letter_to(me);
    l.template = "change_email";
    l.purpose = "change_email";
    l.page = "verify-email";
    l.ttl_seconds = AUTH_VERIFY_TTL;
    l.to_address = l.shown_email = email;
    if (uuid_is_nil(&other.id)) {
        return auth_letter_queue(rq, &l);
    }
    auth_link_unsent(rq, &l);
    return auth_reset_letter(rq, &other, "account_exists");
}

/* To the old one: word of the change, and a way to object. */
static enum err write_to_old(struct request *rq, const char *email, const struct auth_person *me)
{
    struct auth_letter l = auth_letter_to(me);
    l.template = "keep_email";
    l.purpose = "keep_email";
    l.page = "keep-email";
    l.ttl_seconds = AUTH_KEEP_TTL;
    l.shown_email = email;
    return auth_letter_queue(rq, &l);
}

static enum err handle_email(struct request *rq)
{
    const struct email_change_input *in = rq->input;
    const struct db_result *own = confirm_password(rq, in->password);
    if (own == NULL) {
        return rq->err;
    }
    const struct auth_person me = { .id = rq->user_id,
                                    .email = db_text(own, 0, "email"),
                                    .first_name = db_text(own, 0, "first_name"),
                                    .language = db_text(own, 0, "language") };
    if (str_eq_ci(me.email, in->email)) {
        return rq_fail_field(rq, "email", "is your address already");
    }
    rq_query(rq, &sql_recovery_email_forget, NULL);
    if (write_to_new(rq, in->email, &me) != ERR_NONE || write_to_old(rq, in->email, &me) != ERR_NONE) {
        return rq->err;
    }
    rq_query(rq, &sql_recovery_asked, RQ_ARGS(ARG_UUID("person_id", me.id)));
    return rq_reply_null(rq);
}

static enum err handle_farewell(struct request *rq)
{
    const struct farewell_input *in = rq->input;
    const struct db_result *own = confirm_password(rq, in->password);
    if (own == NULL) {
        return rq->err;
    }
    struct auth_letter last = { .template = "account_deleted",
                                .page = "",
                                .to_address = db_text(own, 0, "email"),
                                .to_name = db_text(own, 0, "first_name"),
                                .language = db_text(own, 0, "language") };
    if (user_delete(rq, rq->user_id, false) != ERR_NONE || auth_letter_queue(rq, &last) != ERR_NONE) {
        return rq->err;
    }
    rq_cookie(rq, AUTH_COOKIE, "", 0);
    return rq_reply_null(rq);
}

static const char email_doc[] =
    "Nothing changes yet: a link to confirm goes to the new address (`/auth/verify-email`), and one to object to the old "
    "(`/auth/keep-email`). Till then `/users/me` says `pending_email`; asking again takes the place of what was asked before. "
    "The answer doesn't tell whether the new address has an account; if so, its owner is told instead.";
static const char farewell_doc[] = "Name and address go, sessions end, memberships end; what one made stays, without the name. "
                                   "Whoever is a brand's last owner gets 409 "
                                   "`conflict`, with `details.brands` naming them.";

static const struct route rows[] = {
    { .method = HTTP_POST,
      .path = "/users/me/email",
      .permission = PERM_SIGNED_IN,
      .input = &email_change_schema,
      .reply = REPLY_NULL,
      .tx = TX_STEPS,
      .handler = handle_email,
      .event = "auth.email_change_asked",
      .rate = RATE_AUTH,
      .flags = ROUTE_NO_STORE | ROUTE_SESSION_ONLY | ROUTE_HASHES | ROUTE_EVEN,
      .summary = "Ask to change one's e-mail address",
      .doc = email_doc },
    { .method = HTTP_DELETE,
      .path = "/users/me/email",
      .permission = PERM_SIGNED_IN,
      .reply = REPLY_NULL,
      .tx = TX_WRITE,
      .queries = { &sql_recovery_email_cancel },
      .event = "auth.email_change_cancelled",
      .flags = ROUTE_SESSION_ONLY,
      .summary = "Keep one's e-mail address after all",
      .doc = "The link that went to the new address is void; the one to object stays good." },
    { .method = HTTP_DELETE,
      .path = "/users/me",
      .permission = PERM_SIGNED_IN,
      .input = &farewell_schema,
      .reply = REPLY_NULL,
      .tx = TX_STEPS,
      .handler = handle_farewell,
      .event = "user.deleted",
      .rate = RATE_AUTH,
      .flags = ROUTE_NO_STORE | ROUTE_SESSION_ONLY | ROUTE_HASHES,
      .summary = "Delete one's own account",
      .doc = farewell_doc },
};

const struct route_table account_routes = ROUTE_TABLE("users", rows);
