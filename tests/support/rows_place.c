/* rows_place.c - the places in which rows are exercised, each with one of everything; see rows.h. */
#include "api/dispatch.h"
#include "core/str.h"
#include "core/uuid.h"
#include "domains/notifications/phone_code.h"
#include "domains/notifications/unsubscribe.h"
#include "pg.h"
#include "platform/password.h"
#include "platform/seal.h"
#include "process.h"
#include "rows_internal.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void mint(char to[UUID_TEXT_SIZE])
{
    struct uuid u = uuid_v7();
    uuid_format(&u, to);
}

static void add_tasks(struct row_place *p)
{
    struct uuid task = api_task(&p->brand, rows_person(ROLE_OWNER), "Write the story");
    struct uuid other = api_task(&p->brand, rows_person(ROLE_OWNER), "Tell the story");
    uuid_format(&task, p->task_id);
    uuid_format(&other, p->other_task_id);
    pg_exec("insert into tenant_shared.task_assignees (brand_id, task_id, user_id, position) "
            "select m.brand_id, '%s', m.user_id, row_number() over (order by m.user_id) from karara.brand_members m "
            "where m.brand_id = '%s'",
            p->task_id, p->brand.id);
    mint(p->item_id);
    pg_exec("insert into tenant_shared.checklist_items (brand_id, id, task_id, text, position) values ('%s', '%s', '%s', "
            "'Begin', 'a0'); "
            "update tenant_shared.tasks set checklist_total = 1 where id = '%s'",
            p->brand.id, p->item_id, p->task_id, p->task_id);
    mint(p->empty_list_id);
    pg_exec("insert into tenant_shared.lists (id, brand_id, board_id, name, position, status) values "
            "('%s', '%s', '%s', 'Later', 'a3', 'on_hold')",
            p->empty_list_id, p->brand.id, p->brand.board_id);
    mint(p->spare_team_id);
    pg_exec("insert into tenant_shared.teams (id, brand_id, name, owner_id) values ('%s', '%s', 'Spare', null)",
            p->spare_team_id, p->brand.id);
    pg_exec("insert into tenant_shared.team_members (brand_id, team_id, user_id, role) values ('%s', '%s', '%s', 'manager'), "
            "('%s', '%s', '%s', 'member')",
            p->brand.id, p->spare_team_id, rows_person(ROLE_OWNER)->id, p->brand.id, p->spare_team_id, p->mate_id);
}

static void add_division(struct row_place *p)
{
    mint(p->division_id);
    pg_exec("insert into tenant_shared.divisions (id, brand_id, name) values ('%s', '%s', 'Everybody');"
            "insert into tenant_shared.division_members (brand_id, division_id, user_id) values ('%s', '%s', '%s');"
            "insert into tenant_shared.division_teams (brand_id, division_id, team_id) values ('%s', '%s', '%s')",
            p->division_id, p->brand.id, p->brand.id, p->division_id, p->mate_id, p->brand.id, p->division_id,
            p->spare_team_id);
}

static void add_template(struct row_place *p)
{
    mint(p->template_id);
    pg_exec("insert into tenant_shared.task_templates (brand_id, id, team_id, board_id, title, created_by) values "
            "('%s', '%s', '%s', '%s', 'Read the numbers', '%s'); "
            "insert into karara.schedules (id, brand_id, owner_kind, owner_id, rrule, starts_at, timezone, next_run_at) values "
            "(gen_random_uuid(), '%s', 'task_template', '%s', 'FREQ=YEARLY', '2099-01-01T09:00', 'Europe/Berlin', "
            "'2099-01-01T08:00Z')",
            p->brand.id, p->template_id, p->brand.team_id, p->brand.board_id, rows_person(ROLE_OWNER)->id, p->brand.id,
            p->template_id);
}

static void add_notification(struct row_place *p)
{
    mint(p->notification_id);
    pg_exec(
        "insert into tenant_shared.notifications (brand_id, id, user_id, event_id, type, reason, subject_type, subject_id, "
        "title, url, expires_at) values ('%s', '%s', '%s', '1', 'task.assigned', 'assigned', 'task', '%s', 'Write the story', "
        "'/', '2099-01-01')",
        p->brand.id, p->notification_id, rows_person(ROLE_OWNER)->id, p->task_id);
    pg_exec("insert into tenant_shared.notification_mutes (brand_id, user_id, subject_type, subject_id) values "
            "('%s', '%s', 'task', '%s')",
            p->brand.id, rows_person(ROLE_OWNER)->id, p->other_task_id);
    struct uuid owner;
    if (!uuid_parse(rows_person(ROLE_OWNER)->id, &owner)) {
        process_die("%s is no id", rows_person(ROLE_OWNER)->id);
    }
    snprintf(p->unsubscribe_token, sizeof p->unsubscribe_token, "%s",
             unsubscribe_token(api_worker()->arena, owner, "task.assigned"));
}

static void add_lent(struct row_place *p)
{
    mint(p->delegation_id);
    pg_exec("insert into karara.delegations (id, brand_id, from_user_id, to_user_id, permissions, ends_at) values "
            "('%s', '%s', '%s', '%s', '{can_comment}', '2099-01-01')",
            p->delegation_id, p->brand.id, rows_person(ROLE_OWNER)->id, p->mate_id);
}

const struct rows_mailed rows_mailed[] = {
    { "POST /auth/verify-email", "change_email", "" },
    { "POST /auth/keep-email", "keep_email", "" },
    { "POST /auth/unlock", "unlock", "" },
    { "POST /auth/reset-password", "reset_password", ",\"password\":\"a blue kettle hums\"" },
    { "POST /auth/password-reset/confirm", "reset_password", ",\"password\":\"a blue kettle hums\"" },
};
const size_t rows_mailed_count = sizeof rows_mailed / sizeof *rows_mailed;

const char *rows_mailed_secret(const struct row_place *p, size_t i)
{
    return api_f("mailed-%s-%zu", p->serial, i);
}

/* Links as mails to the signer would bear them. */
static void add_mailed(struct row_place *p)
{
    char hex[65], id[UUID_TEXT_SIZE];
    uint8_t digest[32];
    for (size_t i = 0; i < rows_mailed_count; i++) {
        const char *secret = rows_mailed_secret(p, i);
        mint(id);
        seal_digest(secret, strlen(secret), digest);
        str_hex_encode(digest, sizeof digest, hex);
        pg_exec("insert into karara.account_tokens (id, user_id, purpose, digest, email, expires_at) values ('%s', '%s', '%s', "
                "decode('%s', 'hex'), 'moved%s@test.example', now() + interval '1 hour')",
                id, p->signer.id, rows_mailed[i].purpose, hex, p->serial);
    }
}

/* ROWS_PASSWORD as it is kept: made once, since that is slow by design. */
static const char *kept_password(void)
{
    static char hash[256];
    if (hash[0] == 0) {
        snprintf(hash, sizeof hash, "%s", password_hash(api_worker()->arena, ROWS_PASSWORD));
    }
    return hash;
}

/* ---- the second factor ---- */

const uint8_t rows_authenticator[TOTP_SECRET] = "twenty bytes, secret";

const char *rows_spare_code(const struct row_place *p, int n)
{
    return api_f("%08d%08d", atoi(p->serial), n);
}

static const char *sealed_authenticator(const char *person)
{
    struct {
        struct uuid id;
        uint8_t secret[TOTP_SECRET];
    } kept;
    if (!uuid_parse(person, &kept.id)) {
        process_die("%s is no id", person);
    }
    memcpy(kept.secret, rows_authenticator, sizeof kept.secret);
    return seal(api_worker()->arena, "totp", &kept, sizeof kept);
}

/* Somebody who signs in with two factors, and somebody who is about to. */
static void add_guarded(struct row_place *p)
{
    uint8_t digest[32];
    char hex[65];
    p->guarded = api_person(api_f("guarded%s", p->serial));
    p->beginner = api_person(api_f("beginner%s", p->serial));
    pg_exec("insert into karara.credentials (user_id, password_hash, totp_secret, totp_enabled_at) values "
            "('%s', '%s', 'lost', now()), ('%s', '', '%s', null)",
            p->guarded.id, kept_password(), p->beginner.id, sealed_authenticator(p->beginner.id));
    for (int i = 0; i < ROWS_SPARE_CODES; i++) {
        const char *code = rows_spare_code(p, i);
        seal_digest(code, strlen(code), digest);
        str_hex_encode(digest, sizeof digest, hex);
        pg_exec("insert into karara.recovery_codes (user_id, digest) values ('%s', decode('%s', 'hex'))", p->guarded.id, hex);
    }
}

/* Rows that take an invitation's link. */
static const char *const invited[] = { "POST /invitations/preview", "POST /invitations/accept" };

static const char *invited_secret(const struct row_place *p, size_t i)
{
    return api_f("invited-%s-%zu", p->serial, i);
}

/* One for its address, and one for each of these rows. */
static void add_invited(struct row_place *p)
{
    char hex[65], id[UUID_TEXT_SIZE];
    uint8_t digest[32];
    for (size_t i = 0; i <= sizeof invited / sizeof *invited; i++) {
        const char *secret = invited_secret(p, i);
        mint(id);
        seal_digest(secret, strlen(secret), digest);
        str_hex_encode(digest, sizeof digest, hex);
        pg_exec("insert into karara.invitations (id, brand_id, email, role, team_ids, token_digest, invited_by, expires_at, "
                "sent_at) "
                "values ('%s', '%s', 'invited%s-%zu@test.example', 'member', '{%s}', decode('%s', 'hex'), '%s', now() + "
                "interval '1 "
                "day', now() - interval '1 hour')",
                id, p->brand.id, p->serial, i, p->spare_team_id, hex, rows_person(ROLE_OWNER)->id);
    }
    strcpy(p->invitation_id, id);
}

static void add_logo(struct row_place *p)
{
    pg_exec("insert into karara.brand_logos (brand_id, digest, content_type, bytes, width, height) values "
            "('%s', '" ROWS_PICTURE_DIGEST "', 'image/png', decode('" ROWS_PICTURE_BASE64 "', 'base64'), 32, 24); "
            "update karara.brands set logo_digest = '" ROWS_PICTURE_DIGEST "' where id = '%s'",
            p->brand.id, p->brand.id);
}

/* Another brand, in which the outsider is met by everybody: so that they can be added by their id. */
static void add_meeting(const struct row_place *p)
{
    char id[UUID_TEXT_SIZE];
    mint(id);
    pg_exec("insert into karara.brands (id, name, slug, created_by) values ('%s', 'Meeting %s', 'meeting-%s', '%s'); "
            "insert into karara.brand_members (brand_id, user_id, role) values ('%s', '%s', 'owner')",
            id, p->serial, p->serial, p->signer.id, id, p->outsider_id);
    for (int r = ROLE_GUEST; r <= ROLE_OWNER; r++) {
        pg_exec("insert into karara.brand_members (brand_id, user_id, role) values ('%s', '%s', 'member')", id,
                rows_person((enum role)r)->id);
    }
}

#define WANTED_NUMBER "+4915112345678"

/* A browser of the signer's that is told, and a number of theirs that waits for its code. */
static void add_ways(struct row_place *p)
{
    struct uuid person = { { 0 } };
    if (!uuid_parse(p->signer.id, &person)) {
        process_die("%s is no id", p->signer.id);
    }
    mint(p->subscription_id);
    pg_exec("insert into karara.push_subscriptions (id, user_id, session_id, endpoint, p256dh, auth, key_id, device) values "
            "('%s', '%s', '%s', 'https://push.example/%s', decode(repeat('04', 65), 'hex'), decode(repeat('05', 16), 'hex'), "
            "'k', 'Phone')",
            p->subscription_id, p->signer.id, p->signer.session_id, p->subscription_id);
    pg_exec("insert into karara.phones (user_id, wanted, code_sealed, code_expires_at) values "
            "('%s', '" WANTED_NUMBER "', '%s', now() + interval '10 minutes')",
            p->signer.id, phone_code_make(api_worker()->arena, person, WANTED_NUMBER));
}

/* Views that the owner and the admin have open with the eyes of who came last. */
static void add_views(const struct row_place *p)
{
    for (int r = ROLE_ADMIN; r <= ROLE_OWNER; r++) {
        pg_exec(
            "insert into karara.sessions (id, user_id, token_hash, expires_at, current_brand_id, viewed_by, viewer_session_id, "
            "viewed_brand_id, viewer_access_version) select gen_random_uuid(), '%s', sha256('view %s %d'::bytea), "
            "now() + interval '1 hour', '%s', '%s', '%s', '%s', 1",
            p->guest_mate_id, p->serial, r, p->brand.id, rows_person((enum role)r)->id, rows_person((enum role)r)->session_id,
            p->brand.id);
    }
}

static void add_people(struct row_place *p)
{
    for (int r = ROLE_GUEST; r < ROLE_OWNER; r++) {
        api_join(&p->brand, rows_person((enum role)r), role_name((enum role)r));
    }
    struct api_person mate = api_person(api_f("mate%s", p->serial));
    struct api_person guest_mate = api_person(api_f("visitor%s", p->serial));
    struct api_person outsider = api_person(api_f("outsider%s", p->serial));
    api_join(&p->brand, &mate, "guest");
    api_join(&p->brand, &guest_mate, "client");
    strcpy(p->mate_id, mate.id);
    strcpy(p->guest_mate_id, guest_mate.id);
    strcpy(p->outsider_id, outsider.id);
    strcpy(p->outsider_email, outsider.email);
}

/* With a password, another session, and a token. */
static void add_signer(struct row_place *p)
{
    p->signer = api_person(api_f("signer%s", p->serial));
    mint(p->session_id);
    pg_exec(
        "insert into karara.sessions (id, user_id, token_hash, expires_at) values ('%s', '%s', sha256('%s'::bytea), now() + "
        "interval '1 day'); insert into karara.credentials (user_id, password_hash) values ('%s', '%s')",
        p->session_id, p->signer.id, p->session_id, p->signer.id, kept_password());
    pg_exec("update karara.users set platform_role = 'admin' where id = '%s'", p->signer.id);
    mint(p->token_id);
    pg_exec("insert into karara.api_tokens (id, user_id, name, scopes, token_digest, prefix) values "
            "('%s', '%s', 'Report', '{*:read}', sha256('%s'::bytea), 'kar_pat_')",
            p->token_id, p->signer.id, p->token_id);
}

/* A mail to the signer, and a job. */
static void add_work(struct row_place *p)
{
    mint(p->mail_id);
    pg_exec("insert into karara.mails (id, template, language, to_address, subject, text_body, html_body, user_id) values "
            "('%s', 'verify_email', 'en', '%s', 'Subject', 'Text', '<p>Text</p>', '%s')",
            p->mail_id, p->signer.email, p->signer.id);
    mint(p->job_id);
    pg_exec("insert into karara.jobs (id, kind, queue, priority, max_attempts, run_at) values "
            "('%s', 'noop', 'default', 2, 3, now() + interval '1 day')",
            p->job_id);
}

static void add_leaving(struct row_place *p)
{
    mint(p->leaving_brand_id);
    pg_exec("insert into karara.brands (id, name, slug, status, deletion_at, created_by) values "
            "('%s', 'Leaving %s', 'leaving-%s', 'inactive', now() + interval '1 day', '%s'); "
            "insert into karara.brand_members (brand_id, user_id, role) values ('%s', '%s', 'owner'), ('%s', '%s', 'owner')",
            p->leaving_brand_id, p->serial, p->serial, p->signer.id, p->leaving_brand_id, p->signer.id, p->leaving_brand_id,
            rows_person(ROLE_OWNER)->id);
}

struct row_place rows_place(void)
{
    static int serial;
    struct row_place p = { 0 };
    snprintf(p.serial, sizeof p.serial, "%d", ++serial);
    p.brand = api_brand(api_f("place-%d", serial), rows_person(ROLE_OWNER));
    add_people(&p);
    add_signer(&p);
    add_ways(&p);
    add_work(&p);
    add_mailed(&p);
    add_guarded(&p);
    add_tasks(&p);
    add_division(&p);
    add_template(&p);
    add_lent(&p);
    add_notification(&p);
    add_invited(&p);
    add_logo(&p);
    add_leaving(&p);
    add_meeting(&p);
    add_views(&p);
    return p;
}

void rows_leave(const struct row_place *p)
{
    pg_exec("delete from karara.brands where id = '%s'; delete from karara.events where brand_id = '%s'; "
            "delete from karara.brands where created_by = '%s'; delete from karara.users where id in ('%s', '%s', '%s', '%s', "
            "'%s', "
            "'%s')",
            p->brand.id, p->brand.id, p->signer.id, p->mate_id, p->guest_mate_id, p->outsider_id, p->signer.id, p->guarded.id,
            p->beginner.id);
}
