/* two_factor.c - codes, and who waits for one.
 *
 * The authenticator's secret lies sealed beside its person's id, so that one person's can't stand in for another's. A challenge is sealed
 * as well and lies nowhere: it names the session that it will open, and a session opens once. */
#include "domains/auth/two_factor.h"

#include "core/arena.h"
#include "core/str.h"
#include "platform/seal.h"
#include "two_factor_sql.h"
#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { RECOVERY_CODE = 16, BRAND_SIZE = 65 };

/* ---- the authenticator's secret ---- */

struct kept_secret {
    struct uuid user_id;
    uint8_t secret[TOTP_SECRET];
};

const char *two_factor_seal(struct request *rq, struct uuid person, const uint8_t secret[TOTP_SECRET])
{
    struct kept_secret kept = { .user_id = person };
    memcpy(kept.secret, secret, TOTP_SECRET);
    return seal(rq->arena, "totp", &kept, sizeof kept);
}

static const struct kept_secret *open_secret(struct request *rq, struct uuid person, const char *sealed)
{
    size_t n = 0;
    const struct kept_secret *kept = sealed != NULL ? seal_open(rq->arena, "totp", sealed, &n) : NULL;
    return kept != NULL && n == sizeof *kept && uuid_eq(&kept->user_id, &person) ? kept : NULL;
}

const struct db_result *two_factor_hold(struct request *rq, struct uuid person)
{
    const struct db_result *held =
        rq_ask(rq, &sql_two_factor_credential, RQ_ARGS(ARG_UUID("person_id", person), AUTH_DEVICE_ARGS(rq)));
    if (held != NULL && db_rows(held) == 0) {
        rq_fail(rq, ERR_INVALID_TOKEN);
        return NULL;
    }
    return held;
}

/* ---- codes ---- */

/* Digits and small letters only: people type blanks, hyphens and capitals, or don't. What a recovery code has no letter for is what it
 * looks like (Crockford's base 32). */
static const char *bare(struct arena *a, const char *code)
{
    char *to = arena_strdup(a, code), *p = to;
    for (; *code != '\0'; code++) {
        char c = (char)tolower((unsigned char)*code);
        if (isalnum((unsigned char)c)) {
            *p++ = c == 'o' ? '0' : c == 'i' || c == 'l' ? '1' : c;
        }
    }
    *p = '\0';
    return to;
}

static bool is_number(const char *code)
{
    return strlen(code) == TOTP_CODE - 1 && strspn(code, "0123456789") == TOTP_CODE - 1;
}

/* The row of what was taken; NULL when nothing was, or with an error recorded. */
static const struct db_result *take_number(struct request *rq, const struct db_result *held, const char *code)
{
    struct uuid person = db_uuid(held, 0, "id");
    const char *sealed = db_text(held, 0, "secret_sealed");
    const struct kept_secret *kept = open_secret(rq, person, sealed);
    int64_t step = kept != NULL ? totp_accept(kept->secret, code, rq->now / 1000000, db_int(held, 0, "last_step")) : -1;
    if (step < 0) {
        return NULL;
    }
    return rq_ask(rq, &sql_two_factor_step,
                  RQ_ARGS(ARG_UUID("person_id", person), ARG_TEXT("secret_sealed", sealed), ARG_INT("step", step)));
}

static const struct db_result *take_recovery_code(struct request *rq, const struct db_result *held, const char *code)
{
    uint8_t digest[32];
    if (strlen(code) != RECOVERY_CODE || !db_bool(held, 0, "enabled")) {
        return NULL;
    }
    seal_digest(code, RECOVERY_CODE, digest);
    return rq_ask(rq, &sql_two_factor_recover,
                  RQ_ARGS(ARG_UUID("person_id", db_uuid(held, 0, "id")), ARG_BYTES("digest", digest, sizeof digest)));
}

enum err two_factor_take(struct request *rq, const struct db_result *held, const char *text, int *ret_left)
{
    const char *code = bare(rq->arena, text);
    bool number = is_number(code);
    if (auth_account_check(rq, held) != ERR_NONE) {
        return rq->err;
    }
    const struct db_result *taken = number ? take_number(rq, held, code) : take_recovery_code(rq, held, code);
    if (rq->err != ERR_NONE) {
        return rq->err;
    }
    if (taken == NULL || db_rows(taken) == 0) {
        const struct auth_person p = auth_person_read(held, db_text(held, 0, "email"));
        return auth_count_failure(rq, &p, "auth.two_factor_failed", "The code is wrong, or was used before.");
    }
    if (ret_left != NULL) {
        *ret_left = number ? -1 : (int)db_int(taken, 0, "codes_left");
    }
    return ERR_NONE;
}

/* 80 random bits in Crockford's base 32. */
static const char *make_code(struct arena *a)
{
    static const char letters[] = "0123456789abcdefghjkmnpqrstvwxyz";
    uint8_t random[RECOVERY_CODE];
    char code[RECOVERY_CODE + 1];
    seal_random(random, sizeof random);
    for (int i = 0; i < RECOVERY_CODE; i++) {
        code[i] = letters[random[i] % 32];
    }
    code[RECOVERY_CODE] = '\0';
    return arena_strdup(a, code);
}

struct text_list two_factor_renew_codes(struct request *rq)
{
    const char **shown = arena_alloc(rq->arena, sizeof *shown * TWO_FACTOR_CODES);
    const char **digests = arena_alloc(rq->arena, sizeof *digests * TWO_FACTOR_CODES);
    for (int i = 0; i < TWO_FACTOR_CODES; i++) {
        uint8_t digest[32];
        char *hex = arena_alloc(rq->arena, 65);
        const char *code = make_code(rq->arena);
        seal_digest(code, RECOVERY_CODE, digest);
        str_hex_encode(digest, sizeof digest, hex);
        digests[i] = hex;
        shown[i] = arena_printf(rq->arena, "%.4s-%.4s-%.4s-%.4s", code, code + 4, code + 8, code + 12);
    }
    const struct db_value all = { .is_set = true, .ss = { digests, TWO_FACTOR_CODES } };
    rq_query(rq, &sql_two_factor_codes_renew, RQ_ARGS({ "digests", all }));
    return (struct text_list){ shown, TWO_FACTOR_CODES };
}

/* ---- mail ---- */

static const char *const event_reset = "auth.two_factor_reset";

enum err two_factor_letter(struct request *rq, const struct db_result *found, const char *template, const char *left)
{
    const struct auth_person p = auth_person_read(found, db_text(found, 0, "email"));
    struct auth_letter l = auth_letter_to(&p);
    l.template = template;
    l.page = "forgot-password";
    l.left = left;
    return auth_letter_queue(rq, &l);
}

enum err two_factor_reset(struct request *rq, struct uuid person, bool *ret_was_on)
{
    const struct db_result *ended =
        rq_ask(rq, &sql_two_factor_end, RQ_ARGS(ARG_UUID("person_id", person), ARG_TEXT("action", event_reset)));
    if (ended == NULL) {
        return rq->err;
    }
    *ret_was_on = db_rows(ended) > 0;
    return *ret_was_on ? two_factor_letter(rq, ended, "two_factor_reset", NULL) : ERR_NONE;
}

/* ---- sign-ins that wait ---- */

struct challenge {
    struct uuid user_id, session_id;
    int64_t made_at;      /* µs */
    uint8_t password[32]; /* digest of the stored hash */
    bool in_body;
    char brand[BRAND_SIZE]; /* "" for none */
};

static void digest_text(const char *text, uint8_t out[32])
{
    seal_digest(text, strlen(text), out);
}

static enum err refuse_brand(struct request *rq)
{
    return rq_fail_field(rq, "brand", "is no brand that you belong to");
}

enum err two_factor_challenge(struct request *rq, const struct auth_sign_in *how)
{
    struct challenge c;
    const char *brand = how->brand != NULL ? how->brand : "";
    if (strlen(brand) >= sizeof c.brand) {
        return refuse_brand(rq);
    }
    memset(&c, 0, sizeof c); /* padding is sealed as well */
    c.user_id = how->user_id;
    c.session_id = uuid_v7();
    c.made_at = rq->now;
    c.in_body = how->in_body;
    digest_text(how->new_hash != NULL ? how->new_hash : how->verified_hash, c.password);
    memcpy(c.brand, brand, strlen(brand));
    const struct db_result *asked =
        rq_ask(rq, &sql_two_factor_asked,
               RQ_ARGS(ARG_UUID("person_id", how->user_id), ARG_TEXT("verified_hash", how->verified_hash),
                       ARG_TEXT("password_hash", how->new_hash), ARG_TEXT("brand", how->brand)));
    if (asked == NULL) {
        return rq->err;
    }
    if (!db_bool(asked, 0, "brand_fits")) {
        return refuse_brand(rq);
    }
    const char *details =
        arena_printf(rq->arena, "{\"challenge\":\"%s\",\"expires_in\":%d,\"methods\":[\"totp\",\"recovery_code\"]}",
                     seal(rq->arena, "two_factor", &c, sizeof c), TWO_FACTOR_CHALLENGE_LIFE);
    rq_fail_details(rq, ERR_TWO_FACTOR_REQUIRED, NULL, details);
    return rq_fail_keep(rq, ERR_TWO_FACTOR_REQUIRED, NULL);
}

static const struct challenge *open_challenge(struct request *rq, const char *text)
{
    size_t n = 0;
    const struct challenge *c = seal_open(rq->arena, "two_factor", text, &n);
    bool good = c != NULL && n == sizeof *c && rq->now - c->made_at < TWO_FACTOR_CHALLENGE_LIFE * (int64_t)1000000;
    return good ? c : NULL;
}

static enum err refuse_challenge(struct request *rq)
{
    return rq_fail_words(rq, ERR_INVALID_TOKEN, "This sign-in can't be finished any more: begin again.");
}

/* The held credential that the challenge was made for; NULL with the error recorded. */
static const struct db_result *hold_for(struct request *rq, const struct challenge *c)
{
    uint8_t digest[32];
    const struct db_result *held =
        rq_query(rq, &sql_two_factor_credential, RQ_ARGS(ARG_UUID("person_id", c->user_id), AUTH_DEVICE_ARGS(rq)));
    const struct db_result *waiting = rq_query(rq, &sql_two_factor_waiting, RQ_ARGS(ARG_UUID("opened_id", c->session_id)));
    if (rq_run(rq) != ERR_NONE) {
        return NULL;
    }
    if (db_rows(held) > 0 && db_bool(held, 0, "enabled") && !db_bool(waiting, 0, "opened") &&
        db_int(waiting, 0, "failures") < TWO_FACTOR_CHALLENGE_TRIES) {
        digest_text(db_text(held, 0, "password_hash"), digest);
        if (memcmp(digest, c->password, sizeof digest) == 0) {
            return held;
        }
    }
    refuse_challenge(rq);
    return NULL;
}

/* Who uses a recovery code is told, since it may have been somebody else. */
static enum err tell_recovery(struct request *rq, const struct db_result *held, int left)
{
    return left < 0 ? ERR_NONE : two_factor_letter(rq, held, "recovery_code_used", arena_printf(rq->arena, "%d", left));
}

enum err two_factor_finish(struct request *rq, const char *challenge, const char *code)
{
    const struct challenge *c = open_challenge(rq, challenge);
    const struct db_result *held = c != NULL ? hold_for(rq, c) : NULL;
    int left = -1;
    if (held == NULL) {
        return c == NULL ? refuse_challenge(rq) : rq->err;
    }
    enum err e = two_factor_take(rq, held, code, &left);
    if (e == ERR_INVALID_CREDENTIALS) {
        rq_query(rq, &sql_two_factor_tried, RQ_ARGS(ARG_UUID("opened_id", c->session_id)));
        return rq_run(rq) == ERR_NONE ? e : rq->err;
    }
    if (e != ERR_NONE || tell_recovery(rq, held, left) != ERR_NONE) {
        return rq->err;
    }
    const struct auth_sign_in how = { .user_id = c->user_id,
                                      .session_id = c->session_id,
                                      .verified_hash = db_text(held, 0, "password_hash"),
                                      .brand = c->brand[0] != '\0' ? arena_strdup(rq->arena, c->brand) : NULL,
                                      .in_body = c->in_body };
    return auth_session_open(rq, &how);
}
