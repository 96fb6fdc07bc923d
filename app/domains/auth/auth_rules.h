/* auth_rules.h - sessions, tokens and passwords, for the files of this domain. */
#pragma once

#include "domains/auth/auth.h"

#define AUTH_COOKIE "__Host-karara_refresh"
#define AUTH_TOKEN_MAX 512 /* characters of a refresh token */

extern const struct schema auth_brand_schema; /* a brand in a sign-in's answer */

/* Somebody who may get a mail; nobody (id nil) for an address without an account. */
struct auth_person {
    struct uuid id;
    const char *status, *email, *first_name, *language;
    bool
        uncertain; /* by auth_person_find: whether the password is theirs, since others have registered with the address, or there is none */
    int recent; /* by auth_person_find: registrations in the last AUTH_LETTER_PAUSE */
};

/* ---- passwords (auth_rules.c, auth_hash.c) ---- */

/* Whether it fits; a hash of NULL costs the same and never does. Where auth_password_hash may be called. */
bool auth_password_fits(struct request *rq, const char *hash, const char *password);

/* Checks a password against the row of auth_credential (whose id is null for an address without an account) or auth_own_credential, got by
 * rq_peek: the transaction that acts on the answer looks whether hash and account are still as they were. A wrong one counts; the
 * LOGIN_ATTEMPTS-th in a row and each after it lock, for LOGIN_LOCK seconds at first, then for 5, 15 and 60 times as long, and the first of
 * them queues a mail with a way out. Addresses without an account behave alike, and cost the same time.
 * ERR_INVALID_CREDENTIALS (kept), ERR_ACCOUNT_LOCKED, or what the account's status says: only who knows the password is told that. */
enum err auth_password_check(struct request *rq, const struct db_result *found, const char *email, const char *password);

/* The caller's row of auth_own_credential when the password fits it; NULL with the error recorded. Before the transaction, as above. */
const struct db_result *auth_own_confirm(struct request *rq, const char *password);

/* What speaks against this account before anything is tried: ERR_ACCOUNT_LOCKED (kept), or what its status says. `found` as above. */
enum err auth_account_check(struct request *rq, const struct db_result *found);

/* Counts a wrong code as it counts a wrong password; `action` is the event that tells of it. ERR_INVALID_CREDENTIALS, kept; to who is signed in
 * with details.reason, "password" or "code". */
enum err auth_count_failure(struct request *rq, const struct auth_person *p, const char *action, const char *message);

/* The person of such a row. */
struct auth_person auth_person_read(const struct db_result *found, const char *email);

/* ---- browsers that somebody has signed in with (auth_device.c) ---- */

/* Locking is no weapon: a browser in which somebody has signed in shows a cookie that says so, sealed, and has tries of its own for that
 * person. Whoever guesses elsewhere locks the account for all browsers but those. One that has failed LOGIN_ATTEMPTS times in a day is
 * like any other. A stolen cookie gives its thief as many guesses, and nothing else. */
#define AUTH_DEVICE_COOKIE "__Host-karara_device"
#define AUTH_DEVICE_TTL (400 * 24 * 3600) /* seconds; browsers keep cookies no longer */

/* What queries ask of the browser: $device_person and $device_digest (null where it shows nothing of ours), $attempts. */
struct rq_arg auth_device_person(struct request *rq);
struct rq_arg auth_device_digest(struct request *rq);
struct rq_arg auth_attempts(void);
#define AUTH_DEVICE_ARGS(rq) auth_device_person(rq), auth_device_digest(rq), auth_attempts()

/* Gives the browser such a cookie, of this person, in place of the one that it may have. */
void auth_device_keep(struct request *rq, struct uuid person);

/* ---- sessions (auth_tokens.c) ---- */

/* Who signs in, and how. */
struct auth_sign_in {
    struct uuid user_id;
    struct uuid session_id; /* of who has shown a second factor: what the session is called, which is opened once; else nil */
    const char *verified_hash; /* the stored hash that the password fitted */
    const char *new_hash;      /* or NULL: keeps it */
    const char *brand;         /* id or slug, or NULL */
    bool in_body;
};

/* Opens a session and makes the reply. Runs what is queued. */
enum err auth_session_open(struct request *rq, const struct auth_sign_in *how);

/* Takes a refresh token and makes the reply with its successor. A token that was used before ends its session. */
enum err auth_session_refresh(struct request *rq, const char *token, bool in_body);

/* ---- mails about accounts (auth_letters.c) ---- */

#define AUTH_VERIFY_TTL (24 * 3600) /* seconds for which links are good */
#define AUTH_RESET_TTL 3600
#define AUTH_KEEP_TTL (7 * 24 * 3600)
#define AUTH_UNLOCK_TTL (24 * 3600)
#define AUTH_LETTER_PAUSE 300 /* seconds with one mail of a kind to an address … */
#define AUTH_LETTER_MOST 3    /* … or, where each says something else, with so many and one more */

/* What a registration asked for; it is given to whoever confirms that registration's mail. */
struct auth_registration {
    const char *password_hash, *first_name, *last_name;
};

struct auth_letter {
    const char *template;
    const char *page;    /* of the web app */
    const char *purpose; /* of the link's token; NULL for a page without one */
    int ttl_seconds;
    struct uuid user_id; /* nil: the same work is done, and nothing is left of it */
    const char *to_address, *to_name;
    const char *language;              /* NULL: the database is asked */
    const char *token_email;           /* what the link is about; NULL: to_address */
    const char *shown_email;           /* the template's email */
    const char *left;                  /* the template's left: how many recovery codes there are */
    const char *device, *place, *when; /* of a sign-in */
    const struct auth_registration *registration;
    bool
        seldom; /* one of its kind to its address in AUTH_LETTER_PAUSE, and of this number among them, at most AUTH_LETTER_MOST */
    int number;
};

/* Queues link and mail; the caller runs them. */
enum err auth_letter_queue(struct request *rq, const struct auth_letter *l);

/* Queues what a link would stand for, which nobody is sent: what was asked for stands in the account as if it had been. */
void auth_link_unsent(struct request *rq, const struct auth_letter *l);

/* Whose address it is. False when the database fails. */
bool auth_person_find(struct request *rq, const char *email, struct auth_person *ret);
/* Makes nobody of them, under the same address. */
void auth_nobody(struct auth_person *p);
/* A letter to them, yet without contents. */
struct auth_letter auth_letter_to(const struct auth_person *p);

/* The usual ones. `template` is one of those that bear a link for a new password. */
enum err auth_reset_letter(struct request *rq, const struct auth_person *p, const char *template);
enum err auth_verify_letter(struct request *rq, const struct auth_person *p, const struct auth_registration *registration);
/* To whoever has registered with this address: a link that opens the account, or word that there is one already. */
enum err auth_registered_letter(struct request *rq, const char *email, const struct auth_registration *registration);
enum err auth_changed_letter(struct request *rq, const struct auth_person *p);
