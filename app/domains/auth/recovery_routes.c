/* recovery_routes.c - /auth: what is done with links from mails. Asking for one always gets the same answer, after the same work. */
#include "domains/auth/auth_rules.h"

#include "auth_sql.h"
#include "core/arena.h"
#include "core/str.h"
#include "platform/password.h"
#include "platform/seal.h"
#include "recovery_sql.h"
#include <string.h>

/* ---- shapes ---- */

struct email_input {
    struct input in;
    const char *email;
};

static const struct field email_fields[] = {
    FIELD(struct email_input, email, SCHEMA_EMAIL, .flags = FIELD_REQUIRED, .doc = "E-mail address"),
};
static const struct schema email_schema = SCHEMA("MailRequest", email_fields, sizeof(struct email_input));

#define TOKEN                                                                                                                  \
    .flags = FIELD_REQUIRED | FIELD_SECRET, .min = 1, .max = 200, .doc = "What stands behind #token= in the mailed link"

struct token_input {
    struct input in;
    const char *token;
};

static const struct field token_fields[] = {
    FIELD(struct token_input, token, SCHEMA_STRING, TOKEN),
};
static const struct schema token_schema = SCHEMA("MailedToken", token_fields, sizeof(struct token_input));

struct reset_input {
    struct input in;
    const char *token, *password;
};

static const struct field reset_fields[] = {
    FIELD(struct reset_input, token, SCHEMA_STRING, TOKEN),
    FIELD(struct reset_input, password, SCHEMA_STRING, .flags = FIELD_REQUIRED | FIELD_SECRET | FIELD_RAW,
          .min = AUTH_PASSWORD_LEAST, .max = AUTH_PASSWORD_MOST, .doc = "8 to 128 characters of any kind"),
};
static const struct schema reset_schema = SCHEMA("PasswordReset", reset_fields, sizeof(struct reset_input));

/* ---- asking for a link ---- */

static struct db_value id_or_null(struct uuid id)
{
    return (struct db_value){ .is_set = !uuid_is_nil(&id), .u = id };
}

static enum err answer_asked(struct request *rq, const struct auth_person *p)
{
    rq_query(rq, &sql_recovery_asked, RQ_ARGS({ "person_id", id_or_null(p->id) }));
    return rq_reply_null(rq);
}

static enum err handle_forgot(struct request *rq)
{
    const struct email_input *in = rq->input;
    struct auth_person p;
    if (!auth_person_find(rq, in->email, &p)) {
        return rq->err;
    }
    if (!str_eq(p.status, "active") && !str_eq(p.status, "pending")) {
        auth_nobody(&p);
    }
    enum err e = auth_reset_letter(rq, &p, "reset_password");
    return e == ERR_NONE ? answer_asked(rq, &p) : e;
}

static enum err handle_resend(struct request *rq)
{
    const struct email_input *in = rq->input;
    struct auth_person p;
    if (!auth_person_find(rq, in->email, &p)) {
        return rq->err;
    }
    if (!str_eq(p.status, "pending")) {
        auth_nobody(&p);
    }
    /* A link that only confirms the address would open the account with somebody else's password. */
    bool sets_password = p.uncertain && !uuid_is_nil(&p.id);
    enum err e = sets_password ? auth_reset_letter(rq, &p, "reset_password") : auth_verify_letter(rq, &p, NULL);
    return e == ERR_NONE ? answer_asked(rq, &p) : e;
}

/* ---- using one ---- */

/* The link's row: used up in this transaction, or looked at before it. NULL with the error recorded. */
static const struct db_result *read_token(struct request *rq, const char *token, const struct text_list *purposes, bool take)
{
    uint8_t digest[32];
    seal_digest(token, strlen(token), digest);
    const struct rq_arg *args =
        RQ_ARGS(ARG_BYTES("digest", digest, sizeof digest), { "purposes", { .is_set = true, .ss = *purposes } });
    const struct db_result *r = take ? rq_ask(rq, &sql_recovery_token_take, args) : rq_peek(rq, &sql_recovery_token_find, args);
    if (r != NULL && db_rows(r) == 0) {
        rq_fail_field(rq, "token", "is no longer good: it was used, has expired, or was never ours");
        return NULL;
    }
    return r;
}

static const struct db_result *take_token(struct request *rq, const char *token, const struct text_list *purposes)
{
    return read_token(rq, token, purposes, true);
}

static struct auth_person token_person(const struct db_result *r)
{
    return (struct auth_person){ .id = db_uuid(r, 0, "id"),
                                 .email = db_text(r, 0, "email"),
                                 .first_name = db_text(r, 0, "first_name"),
                                 .language = db_text(r, 0, "language") };
}

/* Runs what the link is for. A row that isn't there: things have moved on, and the link with them. */
static enum err carry_out(struct request *rq, const struct sql_query *q, const struct rq_arg *args)
{
    const struct db_result *done = rq_ask(rq, q, args);
    if (done == NULL) {
        return rq->err;
    }
    return db_rows(done) > 0 ? rq_reply_null(rq) : rq_fail_field(rq, "token", "is no longer good: there is nothing left to do");
}

static enum err handle_verify(struct request *rq)
{
    static const char *const names[] = { "verify_email", "change_email" };
    const struct token_input *in = rq->input;
    const struct db_result *r = take_token(rq, in->token, &(struct text_list){ names, 2 });
    if (r == NULL) {
        return rq->err;
    }
    bool opens = str_eq(db_text(r, 0, "purpose"), "verify_email");
    return carry_out(rq, opens ? &sql_recovery_verify : &sql_recovery_email_change,
                     RQ_ARGS(ARG_UUID("person_id", db_uuid(r, 0, "id")), ARG_TEXT("token_email", db_text(r, 0, "token_email")),
                             ARG_TEXT("password_hash", db_text(r, 0, "password_hash")),
                             ARG_TEXT("first_name", db_text(r, 0, "token_first_name")),
                             ARG_TEXT("last_name", db_text(r, 0, "token_last_name"))));
}

/* Whoever changed the address knew the password: it is replaced by one that nobody knows, and the owner is sent a link for a new one. */
static enum err handle_keep(struct request *rq)
{
    static const char *const names[] = { "keep_email" };
    const struct token_input *in = rq->input;
    const struct db_result *r = take_token(rq, in->token, &(struct text_list){ names, 1 });
    if (r == NULL) {
        return rq->err;
    }
    struct auth_person p = token_person(r);
    p.email = db_text(r, 0, "token_email");
    rq_query(rq, &sql_auth_hold, RQ_ARGS(ARG_UUID("person_id", p.id)));
    enum err e = carry_out(rq, &sql_recovery_email_keep,
                           RQ_ARGS(ARG_UUID("person_id", p.id), ARG_TEXT("token_email", p.email),
                                   ARG_TEXT("password_hash", password_of_nobody(rq->arena))));
    if (e == ERR_NONE) {
        e = auth_reset_letter(rq, &p, "reset_password");
    }
    return e;
}

/* The hash for a link's new password, before anything is changed; NULL with the error recorded. */
static const char *hash_for_link(struct request *rq, const struct reset_input *in, const struct text_list *purposes)
{
    const struct db_result *r = read_token(rq, in->token, purposes, false);
    if (r == NULL) {
        return NULL;
    }
    const struct auth_names own = { db_text(r, 0, "email"), db_text(r, 0, "first_name"), db_text(r, 0, "last_name") };
    const char *problem = auth_password_problem(rq->arena, in->password, &own);
    if (problem != NULL) {
        rq_fail_field(rq, "password", problem); /* and the link stays good */
        return NULL;
    }
    return auth_password_hash(rq, in->password);
}

/* Gives no tokens: who has a second factor needs it to sign in with the new password. */
static enum err handle_reset(struct request *rq)
{
    static const char *const names[] = { "reset_password" };
    const struct reset_input *in = rq->input;
    const struct text_list purposes = { names, 1 };
    const char *hash = hash_for_link(rq, in, &purposes);
    const struct db_result *r = hash != NULL ? take_token(rq, in->token, &purposes) : NULL;
    if (r == NULL) {
        return rq->err;
    }
    const struct auth_person p = token_person(r);
    rq_query(rq, &sql_auth_hold, RQ_ARGS(ARG_UUID("person_id", p.id)));
    enum err e =
        carry_out(rq, &sql_recovery_password_reset, RQ_ARGS(ARG_UUID("person_id", p.id), ARG_TEXT("password_hash", hash)));
    if (e == ERR_NONE) {
        e = auth_changed_letter(rq, &p);
    }
    return e;
}

static enum err handle_unlock(struct request *rq)
{
    static const char *const names[] = { "unlock" };
    const struct token_input *in = rq->input;
    const struct db_result *r = take_token(rq, in->token, &(struct text_list){ names, 1 });
    if (r == NULL) {
        return rq->err;
    }
    return carry_out(rq, &sql_recovery_unlock, RQ_ARGS(ARG_UUID("person_id", db_uuid(r, 0, "id"))));
}

/* ---- rows ---- */

static const char asked_doc[] =
    "The answer is the same whether or not the address has an account, and takes the same time. One mail of a "
    "kind is sent to an address in five minutes.";
static const char resend_doc[] =
    "The answer is the same whether or not the address has an account, and takes the same time. One mail of a kind is sent to "
    "an "
    "address in five minutes. Where several have registered with the address, it is a link for a new password, which opens the "
    "account as well: whose password it has is not certain.";
static const char reset_doc[] = "The link is good once, for an hour. All sessions end, the account is unlocked, and its owner "
                                "is told. It is no sign-in, and "
                                "a second factor stays as it is.";
static const char verify_doc[] =
    "Takes the link of a registration, which opens the account, and that of a change of address, which makes the change.";
static const char keep_doc[] =
    "The way to object, mailed to the old address: the change is undone, all sessions and API tokens "
    "end, the password is void, and a link for a new one is mailed.";

#define LINK_ROW(address, schema, does, tells, words, more, more_flags)                                                        \
    {                                                                                                                          \
        .method = HTTP_POST, .path = (address), .permission = PERM_PUBLIC, .input = (schema), .reply = REPLY_NULL,             \
        .tx = TX_STEPS, .handler = (does), .event = (tells), .rate = RATE_AUTH, .flags = ROUTE_NO_STORE | (more_flags),        \
        .summary = (words), .doc = (more)                                                                                      \
    }
#define RECOVERY_ROW(address, schema, does, tells, words, more) LINK_ROW(address, schema, does, tells, words, more, 0)
#define ASKED_ROW(address, does, tells, words) LINK_ROW(address, &email_schema, does, tells, words, asked_doc, ROUTE_EVEN)
#define RESET_ROW(address, words)                                                                                              \
    LINK_ROW(address, &reset_schema, handle_reset, "auth.password_reset", words, reset_doc, ROUTE_HASHES)

static const struct route rows[] = {
    ASKED_ROW("/auth/forgot-password", handle_forgot, "auth.password_reset_asked", "Ask for a link for a new password"),
    ASKED_ROW("/auth/password-reset", handle_forgot, "auth.password_reset_asked",
              "Ask for a link for a new password (another name)"),
    RESET_ROW("/auth/reset-password", "Set a new password by a link"),
    RESET_ROW("/auth/password-reset/confirm", "Set a new password by a link (another name)"),
    LINK_ROW("/auth/resend-verification", &email_schema, handle_resend, "auth.verification_asked",
             "Ask again for the link that confirms an address", resend_doc, ROUTE_EVEN),
    RECOVERY_ROW("/auth/verify-email", &token_schema, handle_verify, "auth.email_verified", "Confirm an address by its link",
                 verify_doc),
    RECOVERY_ROW("/auth/keep-email", &token_schema, handle_keep, "auth.email_kept", "Object to a change of one's address",
                 keep_doc),
    RECOVERY_ROW("/auth/unlock", &token_schema, handle_unlock, "auth.unlocked", "Unlock an account by its link", NULL),
};

const struct route_table recovery_routes = ROUTE_TABLE("auth", rows);
