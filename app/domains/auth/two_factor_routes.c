/* two_factor_routes.c - /auth/2fa: setting up a second factor, signing in with it, and ending it. */
#include "domains/auth/two_factor.h"

#include "api/guard.h"
#include "core/arena.h"
#include "core/str.h"
#include "domains/users/users.h"
#include "platform/qr.h"
#include "platform/seal.h"
#include "two_factor_sql.h"

/* ---- shapes ---- */

#define PASSWORD .flags = FIELD_REQUIRED | FIELD_SECRET | FIELD_RAW, .min = 1, .max = 128, .doc = "One's password, once more"
#define CODE                                                                                                                   \
    .flags = FIELD_REQUIRED | FIELD_SECRET, .min = 6, .max = 40,                                                               \
    .doc = "What the authenticator shows (6 digits, blanks allowed), or a recovery code", .example = "\"123 456\""

struct begin_input {
    struct input in;
    const char *password;
};

static const struct field begin_fields[] = { FIELD(struct begin_input, password, SCHEMA_STRING, PASSWORD) };
static const struct schema begin_schema = SCHEMA("TwoFactorBegin", begin_fields, sizeof(struct begin_input));

struct setup {
    const char *secret, *otpauth_uri, *qr_svg;
};

static const struct field setup_fields[] = {
    FIELD(struct setup, secret, SCHEMA_STRING, .doc = "The authenticator's secret in base32, to type in",
          .example = "\"JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP\""),
    FIELD(struct setup, otpauth_uri, SCHEMA_STRING, .doc = "The same as an address that authenticators open",
          .example = "\"otpauth://totp/Karara:ada%40example.org?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Karara\""),
    FIELD(struct setup, qr_svg, SCHEMA_STRING,
          .doc = "That address as a QR code: an SVG document, black on white in every theme",
          .example = "\"<svg xmlns=\\\"http://www.w3.org/2000/svg\\\"></svg>\""),
};
static const struct schema setup_schema = SCHEMA("TwoFactorSetup", setup_fields, 0);

struct verify_input {
    struct input in;
    const char *challenge, *code;
};

static const struct field verify_fields[] = {
    FIELD(struct verify_input, challenge, SCHEMA_STRING, .flags = FIELD_SECRET, .min = 1, .max = 1024,
          .doc = "`details.challenge` of the sign-in; left out by who confirms an authenticator"),
    FIELD(struct verify_input, code, SCHEMA_STRING, CODE),
};
static const struct schema verify_schema = SCHEMA("TwoFactorCode", verify_fields, sizeof(struct verify_input));

struct proof_input {
    struct input in;
    const char *password, *code;
};

static const struct field proof_fields[] = {
    FIELD(struct proof_input, password, SCHEMA_STRING, PASSWORD),
    FIELD(struct proof_input, code, SCHEMA_STRING, CODE),
};
static const struct schema proof_schema = SCHEMA("TwoFactorProof", proof_fields, sizeof(struct proof_input));

struct codes {
    struct text_list recovery_codes;
};

#define CODES_DOC                                                                                                              \
    .doc = "Each does once for a code of the authenticator. Shown now and never again", .example = "[\"k3pf-7qzn-m2xw-hd4c\"]"

static const struct field codes_fields[] = { FIELD(struct codes, recovery_codes, SCHEMA_STRINGS, CODES_DOC) };
static const struct schema codes_schema = SCHEMA("RecoveryCodes", codes_fields, 0);

/* What the row of /auth/2fa/verify promises: recovery codes to who confirms, tokens to who signs in. */
static const struct field verified_fields[] = {
    COLUMN(recovery_codes, SCHEMA_STRINGS, .flags = FIELD_SINGLE, CODES_DOC),
    COLUMN(access_token, SCHEMA_STRING, .flags = FIELD_SINGLE, .doc = "This and the rest as at sign-in, to who signs in"),
    COLUMN(token_type, SCHEMA_STRING, .flags = FIELD_SINGLE, .doc = "Always Bearer", .example = "\"Bearer\""),
    COLUMN(expires_in, SCHEMA_INT, .flags = FIELD_SINGLE, .doc = "Seconds for which the access token is good"),
    COLUMN(refresh_token, SCHEMA_STRING, .flags = FIELD_SINGLE | FIELD_NULLABLE,
           .doc = "Where token_delivery was body; else a cookie"),
    COLUMN(user, SCHEMA_ONE, .flags = FIELD_SINGLE, .of = &user_schema, .doc = "Who signed in"),
    COLUMN(brands, SCHEMA_MANY, .flags = FIELD_SINGLE, .of = &auth_brand_schema, .doc = "The person's brands"),
    COLUMN(current_brand_id, SCHEMA_UUID, .flags = FIELD_SINGLE | FIELD_NULLABLE, .doc = "The brand that tenant routes mean"),
};
static const struct schema verified_schema = SCHEMA("TwoFactorVerified", verified_fields, 0);

/* ---- handlers ---- */

/* The caller's credential, held, when the password fits it; NULL with the error recorded. */
static const struct db_result *confirm_password(struct request *rq, const char *password)
{
    const struct db_result *own = auth_own_confirm(rq, password);
    const struct db_result *held = own != NULL ? two_factor_hold(rq, rq->user_id) : NULL;
    if (held == NULL || auth_account_check(rq, held) != ERR_NONE) {
        return NULL;
    }
    if (!str_eq(db_text(held, 0, "password_hash"), db_text(own, 0, "password_hash"))) {
        rq_fail(rq, ERR_INVALID_CREDENTIALS);
        return NULL;
    }
    return held;
}

static enum err handle_begin(struct request *rq)
{
    const struct begin_input *in = rq->input;
    uint8_t secret[TOTP_SECRET];
    const struct db_result *own = confirm_password(rq, in->password);
    if (own == NULL) {
        return rq->err;
    }
    seal_random(secret, sizeof secret);
    const struct db_result *r =
        rq_ask(rq, &sql_two_factor_begin, RQ_ARGS(ARG_TEXT("secret_sealed", two_factor_seal(rq, rq->user_id, secret))));
    if (r == NULL) {
        return rq->err;
    }
    if (db_rows(r) == 0) {
        return rq_fail_words(rq, ERR_CONFLICT, "Two-factor sign-in is on already.");
    }
    struct setup *to = arena_zalloc(rq->arena, sizeof *to);
    to->secret = totp_base32(rq->arena, secret);
    to->otpauth_uri = totp_uri(rq->arena, secret, "Karara", db_text(own, 0, "email"));
    to->qr_svg = qr_svg(rq->arena, to->otpauth_uri);
    return to->qr_svg != NULL ? rq_reply_struct(rq, to) : rq_fail(rq, ERR_INTERNAL_ERROR);
}

static enum err reply_codes(struct request *rq, struct text_list codes)
{
    struct codes *to = arena_zalloc(rq->arena, sizeof *to);
    to->recovery_codes = codes;
    rq_reply_as(rq, &codes_schema);
    return rq_reply_struct(rq, to);
}

static enum err confirm(struct request *rq, const char *code)
{
    const struct db_result *own = guard_identify(rq) == ERR_NONE ? two_factor_hold(rq, rq->user_id) : NULL;
    if (own == NULL) {
        return rq->err;
    }
    if (db_bool(own, 0, "enabled") || db_text(own, 0, "secret_sealed") == NULL) {
        return rq_fail_words(rq, ERR_CONFLICT, "There is no authenticator that waits to be confirmed.");
    }
    if (two_factor_take(rq, own, code, NULL) != ERR_NONE) {
        return rq->err;
    }
    rq_query(rq, &sql_two_factor_enable, NULL);
    const struct text_list codes = two_factor_renew_codes(rq);
    enum err e = two_factor_letter(rq, own, "two_factor_on", NULL);
    if (e == ERR_NONE) {
        e = rq_run(rq);
    }
    return e == ERR_NONE ? reply_codes(rq, codes) : e;
}

static enum err handle_verify(struct request *rq)
{
    const struct verify_input *in = rq->input;
    if (in->challenge == NULL) {
        return confirm(rq, in->code);
    }
    rq_reply_as(rq, &auth_tokens_schema);
    return two_factor_finish(rq, in->challenge, in->code);
}

/* The caller's credential when the password fits it, and a code; NULL with the error recorded. */
static const struct db_result *prove(struct request *rq)
{
    const struct proof_input *in = rq->input;
    const struct db_result *own = confirm_password(rq, in->password);
    if (own == NULL) {
        return NULL;
    }
    if (!db_bool(own, 0, "enabled")) {
        rq_fail_words(rq, ERR_CONFLICT, "Two-factor sign-in is off.");
        return NULL;
    }
    return two_factor_take(rq, own, in->code, NULL) == ERR_NONE ? own : NULL;
}

static enum err handle_end(struct request *rq)
{
    const struct db_result *own = prove(rq);
    if (own == NULL) {
        return rq->err;
    }
    rq_query(rq, &sql_two_factor_end, RQ_ARGS(ARG_UUID("person_id", rq->user_id), ARG_TEXT("action", rq->route->event)));
    enum err e = two_factor_letter(rq, own, "two_factor_off", NULL);
    return e == ERR_NONE ? rq_reply_null(rq) : e;
}

static enum err handle_codes(struct request *rq)
{
    if (prove(rq) == NULL) {
        return rq->err;
    }
    const struct text_list codes = two_factor_renew_codes(rq);
    rq_query(rq, &sql_two_factor_codes_told, NULL);
    return rq_run(rq) == ERR_NONE ? reply_codes(rq, codes) : rq->err;
}

/* ---- rows ---- */

static const char begin_doc[] = "Gives the secret of an authenticator. Nothing changes yet: it is asked for once a code of it "
                                "has come to `/auth/2fa/verify`. Asked "
                                "again, it replaces the secret that waits. Where two-factor sign-in is on: 409 `conflict`.";
static const char verify_doc[] =
    "With `challenge` and `code`: the second step of signing in, with the answer of `/auth/login`, to whoever asks; an "
    "`Authorization` "
    "header doesn't matter. A challenge is good for five minutes, five wrong codes and one session, and as long as the "
    "password stays: "
    "else it is 401 `invalid_token`, and the sign-in begins again. With `code` alone, signed in: confirms the authenticator of "
    "`/auth/2fa/enable`, which is asked for from then on, and answers `recovery_codes`. A wrong code, or one that was used, is "
    "401 "
    "`invalid_credentials`, and counts as a wrong password does.";
static const char end_doc[] =
    "The authenticator and all recovery codes are void, and the person is told by mail. In brands whose settings "
    "say `require_2fa` everything is 403 `two_factor_setup_required` from then on.";
static const char codes_doc[] = "Ten new ones; those from before are void.";

static const struct route rows[] = {
    { .method = HTTP_POST,
      .path = "/auth/2fa/enable",
      .permission = PERM_SIGNED_IN,
      .input = &begin_schema,
      .output = &setup_schema,
      .reply = REPLY_ONE,
      .tx = TX_STEPS,
      .handler = handle_begin,
      .event = "auth.two_factor_begun",
      .rate = RATE_AUTH,
      .flags = ROUTE_NO_STORE | ROUTE_SESSION_ONLY | ROUTE_HASHES,
      .summary = "Begin to set up two-factor sign-in",
      .doc = begin_doc },
    { .method = HTTP_POST,
      .path = "/auth/2fa/verify",
      .permission = PERM_PUBLIC,
      .input = &verify_schema,
      .output = &verified_schema,
      .reply = REPLY_ONE,
      .tx = TX_STEPS,
      .handler = handle_verify,
      .event = "auth.logged_in",
      .rate = RATE_AUTH,
      .flags = ROUTE_NO_STORE | ROUTE_ASKS_CALLER,
      .summary = "Sign in with a second factor, or confirm one",
      .doc = verify_doc },
    { .method = HTTP_POST,
      .path = "/auth/2fa/disable",
      .permission = PERM_SIGNED_IN,
      .input = &proof_schema,
      .reply = REPLY_NULL,
      .tx = TX_STEPS,
      .handler = handle_end,
      .event = "auth.two_factor_disabled",
      .rate = RATE_AUTH,
      .flags = ROUTE_NO_STORE | ROUTE_SESSION_ONLY | ROUTE_HASHES,
      .summary = "Switch two-factor sign-in off",
      .doc = end_doc },
    { .method = HTTP_POST,
      .path = "/auth/2fa/recovery-codes",
      .permission = PERM_SIGNED_IN,
      .input = &proof_schema,
      .output = &codes_schema,
      .reply = REPLY_ONE,
      .tx = TX_STEPS,
      .handler = handle_codes,
      .event = "auth.recovery_codes_renewed",
      .rate = RATE_AUTH,
      .flags = ROUTE_NO_STORE | ROUTE_SESSION_ONLY | ROUTE_HASHES,
      .summary = "Get new recovery codes",
      .doc = codes_doc },
};

const struct route_table two_factor_routes = ROUTE_TABLE("auth", rows);
