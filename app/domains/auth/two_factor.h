/* two_factor.h - the second factor: an authenticator's codes, recovery codes, and sign-ins that wait for one. */
#pragma once

#include "domains/auth/auth_rules.h"
#include "platform/totp.h"

#define TWO_FACTOR_CODES 10           /* recovery codes that somebody gets */
#define TWO_FACTOR_CHALLENGE_LIFE 300 /* seconds for which a sign-in waits */
#define TWO_FACTOR_CHALLENGE_TRIES 5  /* wrong codes that end it */

/* A person's credential (the row of two_factor_credential), held until the transaction ends; NULL with the error recorded. */
const struct db_result *two_factor_hold(struct request *rq, struct uuid person);

/* The authenticator's secret, sealed for this person. */
const char *two_factor_seal(struct request *rq, struct uuid person, const uint8_t secret[TOTP_SECRET]);

/* Takes a code of the held credential: the authenticator's (6 digits; blanks don't matter) once it is set up, and, where it is confirmed,
 * a recovery code. *ret_left (may be NULL) is how many recovery codes there are when it was one, else -1. A code that doesn't fit, or
 * was taken before, counts as a wrong password does: ERR_INVALID_CREDENTIALS, or what speaks against the account before anything is tried. */
enum err two_factor_take(struct request *rq, const struct db_result *held, const char *code, int *ret_left);

/* Queues new recovery codes for the caller, in place of those they have; the codes as people are shown them. */
struct text_list two_factor_renew_codes(struct request *rq);

/* Queues a mail to the person of such a row. `left` goes into the mail; NULL for none. */
enum err two_factor_letter(struct request *rq, const struct db_result *found, const char *template, const char *left);

/* The password fits, and a code is to follow: records ERR_TWO_FACTOR_REQUIRED with details.challenge, which stands for what `how` says, for
 * one session, and for the password as it is now. */
enum err two_factor_challenge(struct request *rq, const struct auth_sign_in *how);

/* Finishes a sign-in that waits, and makes the reply of its session. ERR_INVALID_TOKEN for a challenge that is none, has expired, was
 * used, has met too many wrong codes, or whose password or second factor is no longer what it was. */
enum err two_factor_finish(struct request *rq, const char *challenge, const char *code);
