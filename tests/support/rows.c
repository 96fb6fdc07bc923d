/* rows.c - see rows.h. */
#include "rows.h"

#include "api/dispatch.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/clock.h"
#include "core/config.h"
#include "core/str.h"
#include "core/uuid.h"
#include "domains/notifications/phone_code.h"
#include "domains/notifications/unsubscribe.h"
#include "pg.h"
#include "platform/password.h"
#include "platform/seal.h"
#include "platform/totp.h"
#include "process.h"
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct api_person people[ROLE_COUNT];

void rows_begin(void)
{
    config_set(CONF_SMS_URL, "https://sms.example/send"); /* nothing is sent: no worker runs here */
    config_set(CONF_SMS_NUMBER_DAY, "1000000");
    config_set(CONF_SMS_PERSON_DAY, "1000000");
    config_set(CONF_SMS_DAY, "0");
    for (int r = ROLE_GUEST; r < ROLE_COUNT; r++) {
        people[r] = api_person(role_name((enum role)r));
    }
    struct api_person keeper = api_person("keeper"); /* so that no signer is the last platform admin */
    pg_exec("update karara.users set platform_role = 'admin' where id = '%s'", keeper.id);
    pg_exec(
        "create function public.digest_of_all() returns text language plpgsql as $f$ "
        "declare name text; part text; whole text := ''; begin "
        "for name in select quote_ident(schemaname) || '.' || quote_ident(tablename) from pg_tables "
        "where schemaname in ('karara', 'tenant_shared') order by 1 loop "
        "execute 'select coalesce(md5(string_agg(t::text, chr(10) order by t::text)), '''') from ' || name || ' t' into part; "
        "whole := whole || name || '=' || part || ';'; end loop; return md5(whole); end $f$");
}

struct api_person *rows_person(enum role role)
{
    return &people[role];
}

const char *rows_digest(void)
{
    return pg_value("select public.digest_of_all()");
}

const char *rows_name(const struct route *row)
{
    return api_f("%s %s", http_method_name(row->method), row->path);
}

bool rows_writes(const struct route *row)
{
    return row->method != HTTP_GET && row->tx != TX_NONE && row->tx != TX_READ;
}

/* ---- places ---- */

static void mint(char to[UUID_TEXT_SIZE])
{
    struct uuid u = uuid_v7();
    uuid_format(&u, to);
}

static void add_tasks(struct row_place *p)
{
    struct uuid task = api_task(&p->brand, &people[ROLE_OWNER], "Write the story");
    struct uuid other = api_task(&p->brand, &people[ROLE_OWNER], "Tell the story");
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
            p->brand.id, p->spare_team_id, people[ROLE_OWNER].id, p->brand.id, p->spare_team_id, p->mate_id);
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
            p->brand.id, p->template_id, p->brand.team_id, p->brand.board_id, people[ROLE_OWNER].id, p->brand.id,
            p->template_id);
}

static void add_notification(struct row_place *p)
{
    mint(p->notification_id);
    pg_exec(
        "insert into tenant_shared.notifications (brand_id, id, user_id, event_id, type, reason, subject_type, subject_id, "
        "title, url, expires_at) values ('%s', '%s', '%s', '1', 'task.assigned', 'assigned', 'task', '%s', 'Write the story', "
        "'/', '2099-01-01')",
        p->brand.id, p->notification_id, people[ROLE_OWNER].id, p->task_id);
    pg_exec("insert into tenant_shared.notification_mutes (brand_id, user_id, subject_type, subject_id) values "
            "('%s', '%s', 'task', '%s')",
            p->brand.id, people[ROLE_OWNER].id, p->other_task_id);
    struct uuid owner;
    if (!uuid_parse(people[ROLE_OWNER].id, &owner)) {
        process_die("%s is no id", people[ROLE_OWNER].id);
    }
    snprintf(p->unsubscribe_token, sizeof p->unsubscribe_token, "%s",
             unsubscribe_token(api_worker()->arena, owner, "task.assigned"));
}

static void add_lent(struct row_place *p)
{
    mint(p->delegation_id);
    pg_exec("insert into karara.delegations (id, brand_id, from_user_id, to_user_id, permissions, ends_at) values "
            "('%s', '%s', '%s', '%s', '{can_comment}', '2099-01-01')",
            p->delegation_id, p->brand.id, people[ROLE_OWNER].id, p->mate_id);
}

/* What is done with a mailed link: the token's purpose, and what else the body holds. */
static const struct {
    const char *row, *purpose, *more;
} mailed[] = {
    { "POST /auth/verify-email", "change_email", "" },
    { "POST /auth/keep-email", "keep_email", "" },
    { "POST /auth/unlock", "unlock", "" },
    { "POST /auth/reset-password", "reset_password", ",\"password\":\"a blue kettle hums\"" },
    { "POST /auth/password-reset/confirm", "reset_password", ",\"password\":\"a blue kettle hums\"" },
};

/* The secret of the i-th of these. */
static const char *mailed_secret(const struct row_place *p, size_t i)
{
    return api_f("mailed-%s-%zu", p->serial, i);
}

/* Links as mails to the signer would bear them. */
static void add_mailed(struct row_place *p)
{
    char hex[65], id[UUID_TEXT_SIZE];
    uint8_t digest[32];
    for (size_t i = 0; i < sizeof mailed / sizeof *mailed; i++) {
        const char *secret = mailed_secret(p, i);
        mint(id);
        seal_digest(secret, strlen(secret), digest);
        str_hex_encode(digest, sizeof digest, hex);
        pg_exec("insert into karara.account_tokens (id, user_id, purpose, digest, email, expires_at) values ('%s', '%s', '%s', "
                "decode('%s', 'hex'), 'moved%s@test.example', now() + interval '1 hour')",
                id, p->signer.id, mailed[i].purpose, hex, p->serial);
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

enum { SPARE_CODES = 16 };

static const uint8_t authenticator[TOTP_SECRET] = "twenty bytes, secret";

/* The n-th recovery code of the guarded one. */
static const char *spare_code(const struct row_place *p, int n)
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
    memcpy(kept.secret, authenticator, sizeof kept.secret);
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
    for (int i = 0; i < SPARE_CODES; i++) {
        const char *code = spare_code(p, i);
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
        pg_exec(
            "insert into karara.invitations (id, brand_id, email, role, token_digest, invited_by, expires_at, sent_at) values "
            "('%s', '%s', 'invited%s-%zu@test.example', 'member', decode('%s', 'hex'), '%s', now() + interval '1 day', "
            "now() - interval '1 hour')",
            id, p->brand.id, p->serial, i, hex, people[ROLE_OWNER].id);
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
        pg_exec("insert into karara.brand_members (brand_id, user_id, role) values ('%s', '%s', 'member')", id, people[r].id);
    }
}

#define BROWSER_KEYS                                                                                                           \
    "{\"p256dh\":\"BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4\","                 \
    "\"auth\":\"BTBZMqHH6r4Tts7J_aSIgg\"}"
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
            p->guest_mate_id, p->serial, r, p->brand.id, people[r].id, people[r].session_id, p->brand.id);
    }
}

struct row_place rows_place(void)
{
    static int serial;
    struct row_place p = { 0 };
    snprintf(p.serial, sizeof p.serial, "%d", ++serial);
    p.brand = api_brand(api_f("place-%d", serial), &people[ROLE_OWNER]);
    for (int r = ROLE_GUEST; r < ROLE_OWNER; r++) {
        api_join(&p.brand, &people[r], role_name((enum role)r));
    }
    struct api_person mate = api_person(api_f("mate%d", serial));
    struct api_person guest_mate = api_person(api_f("visitor%d", serial));
    struct api_person outsider = api_person(api_f("outsider%d", serial));
    api_join(&p.brand, &mate, "guest");
    api_join(&p.brand, &guest_mate, "client");
    strcpy(p.mate_id, mate.id);
    strcpy(p.guest_mate_id, guest_mate.id);
    strcpy(p.outsider_id, outsider.id);
    strcpy(p.outsider_email, outsider.email);
    p.signer = api_person(api_f("signer%d", serial));
    mint(p.session_id);
    pg_exec(
        "insert into karara.sessions (id, user_id, token_hash, expires_at) values ('%s', '%s', sha256('%s'::bytea), now() + "
        "interval '1 day'); insert into karara.credentials (user_id, password_hash) values ('%s', '%s')",
        p.session_id, p.signer.id, p.session_id, p.signer.id, kept_password());
    pg_exec("update karara.users set platform_role = 'admin' where id = '%s'", p.signer.id);
    add_ways(&p);
    mint(p.token_id);
    pg_exec("insert into karara.api_tokens (id, user_id, name, scopes, token_digest, prefix) values "
            "('%s', '%s', 'Report', '{*:read}', sha256('%s'::bytea), 'kar_pat_')",
            p.token_id, p.signer.id, p.token_id);
    mint(p.mail_id);
    pg_exec("insert into karara.mails (id, template, language, to_address, subject, text_body, html_body, user_id) values "
            "('%s', 'verify_email', 'en', '%s', 'Subject', 'Text', '<p>Text</p>', '%s')",
            p.mail_id, p.signer.email, p.signer.id);
    mint(p.job_id);
    pg_exec("insert into karara.jobs (id, kind, queue, priority, max_attempts, run_at) values "
            "('%s', 'noop', 'default', 2, 3, now() + interval '1 day')",
            p.job_id);
    add_mailed(&p);
    add_guarded(&p);
    add_tasks(&p);
    add_division(&p);
    add_template(&p);
    add_lent(&p);
    add_notification(&p);
    add_invited(&p);
    add_logo(&p);
    mint(p.leaving_brand_id);
    pg_exec("insert into karara.brands (id, name, slug, status, deletion_at, created_by) values "
            "('%s', 'Leaving %d', 'leaving-%d', 'inactive', now() + interval '1 day', '%s'); "
            "insert into karara.brand_members (brand_id, user_id, role) values ('%s', '%s', 'owner'), ('%s', '%s', 'owner')",
            p.leaving_brand_id, serial, serial, p.signer.id, p.leaving_brand_id, p.signer.id, p.leaving_brand_id,
            people[ROLE_OWNER].id);
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

/* ---- what a row needs ---- */

#define PLACE(member) offsetof(struct row_place, member)

/* Path parameters by the segment before them; a longer beginning of the path comes first. */
static const struct {
    const char *before; /* the path up to the parameter */
    size_t offset;
} path_ids[] = {
    { "/checklist/", PLACE(item_id) },
    { "/tasks/", PLACE(task_id) },
    { "/boards/", PLACE(brand.board_id) },
    { "/lists/", PLACE(empty_list_id) },
    { "/teams/", PLACE(spare_team_id) },
    { "/members/", PLACE(mate_id) },
    { "/users/", PLACE(guest_mate_id) },
    { "/divisions/", PLACE(division_id) },
    { "/task-templates/", PLACE(template_id) },
    { "/admin/mails/", PLACE(mail_id) },
    { "/admin/jobs/", PLACE(job_id) },
    { "/brands/", PLACE(brand.id) },
    { "/auth/sessions/", PLACE(session_id) },
    { "/notifications/subscriptions/", PLACE(subscription_id) },
    { "/auth/tokens/", PLACE(token_id) },
    { "/delegations/", PLACE(delegation_id) },
    { "/invitations/", PLACE(invitation_id) },
    { "/notifications/", PLACE(notification_id) },
    { "/notifications/mutes/{subject}/", PLACE(task_id) },
};

/* Rows that need another thing than others at their address. */
static const struct {
    const char *row;
    size_t offset;
} row_ids[] = {
    { "POST /brands/{id}/restore", PLACE(leaving_brand_id) },
    { "DELETE /notifications/mutes/{subject}/{subject_id}", PLACE(other_task_id) },
};

/* Path parameters that are words, by name. */
static const struct {
    const char *parameter, *word;
} path_words[] = {
    { "{role}", "member" },
    { "{queue}", "default" },
    { "{subject}", "task" },
    { "{digest}", ROWS_PICTURE_DIGEST },
};

/* Fields by name; text, or an id of the place. */
static const struct {
    const char *field;
    size_t offset;
    const char *text; /* % stands for the place's serial */
} field_values[] = {
    { "board_id", PLACE(brand.board_id), NULL },
    { "list_id", PLACE(brand.progress_id), NULL },
    { "team_id", PLACE(brand.team_id), NULL },
    { "owner_id", PLACE(mate_id), NULL },
    { "to_user_id", PLACE(mate_id), NULL },
    { "name", 0, "\"Thing %\"" },
    { "slug", 0, "\"thing-%\"" },
    { "email", 0, "\"outsider%@test.example\"" },
    { "role", 0, "\"member\"" },
    { "rrule", 0, "\"FREQ=MONTHLY;BYDAY=-1FR\"" },
    { "starts_at", 0, "\"2099-01-01T09:00\"" },
    { "timezone", 0, "\"Europe/Berlin\"" },
};

/* Whole bodies, where fields by themselves don't say enough; % stands for an id of the place. */
static const struct {
    const char *row, *text;
    size_t offset;
} bodies[] = {
    { "PATCH /tasks/{id}/move", "{\"list_id\":\"%\"}", PLACE(brand.done_id) },
    { "POST /tasks/{id}/assign", "{\"assignee_ids\":[\"%\"]}", PLACE(mate_id) },
    { "POST /tasks/{id}/status", "{\"status\":\"completed\"}", 0 },
    { "POST /tasks/{id}/priority", "{\"priority\":\"urgent\"}", 0 },
    { "POST /divisions/{division_id}/members", "{\"user_id\":\"%\"}", PLACE(guest_mate_id) },
    { "POST /teams/{team_id}/members", "{\"user_id\":\"%\",\"role\":\"member\"}", PLACE(guest_mate_id) },
    { "POST /auth/register",
      "{\"email\":\"new%@test.example\",\"password\":\"" ROWS_PASSWORD "\",\"first_name\":\"Ada\",\"last_name\":\"Okafor\"}",
      PLACE(serial) },
    { "POST /auth/login", "{\"email\":\"%\",\"password\":\"" ROWS_PASSWORD "\"}", PLACE(signer.email) },
    { "POST /auth/change-password", "{\"current_password\":\"" ROWS_PASSWORD "\",\"new_password\":\"a green kettle % hums\"}",
      PLACE(serial) },
    { "DELETE /brands/{brand_id}", "{\"name\":\"Brand place-%\"}", PLACE(serial) },
    { "POST /brands/{brand_id}/users/bulk", "{\"operations\":[{\"op\":\"update\",\"user_id\":\"%\",\"role\":\"guest\"}]}",
      PLACE(guest_mate_id) },
    { "POST /notifications/subscriptions", "{\"endpoint\":\"https://push.example/new-%\",\"keys\":" BROWSER_KEYS "}",
      PLACE(serial) },
    { "POST /auth/2fa/enable", "{\"password\":\"" ROWS_PASSWORD "\"}", 0 },
    { "POST /invitations/accept",
      "{\"token\":\"invited-%-1\",\"password\":\"a red kettle hums\",\"first_name\":\"Ada\",\"last_name\":\"Lovelace\"}",
      PLACE(serial) },
    { "POST /invitations/preview", "{\"token\":\"invited-%-0\"}", PLACE(serial) },
    { "POST /brands/{brand_id}/users/invite", "{\"email\":\"asked%@test.example\",\"role\":\"member\"}", PLACE(serial) },
    { "PUT /brands/{brand_id}/logo", ROWS_PICTURE, 0 },
    { "PUT /notifications/mark-all-read", "{}", 0 },
    { "POST /users/me/email", "{\"email\":\"moved%@test.example\",\"password\":\"" ROWS_PASSWORD "\"}", PLACE(serial) },
    { "DELETE /users/me", "{\"password\":\"" ROWS_PASSWORD "\"}", 0 },
    { "POST /brands/{brand_id}/users", "{\"user_id\":\"%\",\"role\":\"guest\"}", PLACE(outsider_id) },
    { "POST /admin/users", "{\"email\":\"hired%@test.example\",\"first_name\":\"Ada\"}", PLACE(serial) },
    { "POST /admin/users/bulk", "{\"operations\":[{\"op\":\"suspend\",\"id\":\"%\"}]}", PLACE(guest_mate_id) },
};

/* What is asked for behind the path; % stands for an id of the place. */
static const struct {
    const char *row, *query;
    size_t offset;
} queries[] = {
    { "DELETE /boards/{id}", "?force=true", 0 },
    { "POST /unsubscribe", "?token=%", PLACE(unsubscribe_token) },
    { "DELETE /lists/{id}", "?move_to=%", PLACE(brand.todo_id) },
};

static const char *at(const struct row_place *p, size_t offset)
{
    return (const char *)p + offset;
}

static const char *fill(const char *text, const char *with)
{
    struct buf b = { 0 };
    for (; *text != 0; text++) {
        if (*text == '%') {
            buf_str(&b, with);
        } else {
            buf_char(&b, *text);
        }
    }
    const char *filled = api_f("%s", b.data);
    buf_free(&b);
    return filled;
}

static const char *path_value(const struct route *row, const struct row_place *p, const char *parameter)
{
    size_t end = (size_t)(parameter - row->path);
    for (size_t i = 0; i < sizeof path_words / sizeof *path_words; i++) {
        if (strncmp(parameter, path_words[i].parameter, strlen(path_words[i].parameter)) == 0) {
            return path_words[i].word;
        }
    }
    for (size_t i = 0; i < sizeof row_ids / sizeof *row_ids; i++) {
        if (strcmp(row_ids[i].row, rows_name(row)) == 0) {
            return at(p, row_ids[i].offset);
        }
    }
    for (size_t i = 0; i < sizeof path_ids / sizeof *path_ids; i++) {
        size_t n = strlen(path_ids[i].before);
        if (end >= n && strncmp(parameter - n, path_ids[i].before, n) == 0) {
            return at(p, path_ids[i].offset);
        }
    }
    process_die("tests/support/rows.c has no id for %s", rows_name(row));
}

const char *rows_path(const struct route *row, const struct row_place *p, bool brand_address)
{
    struct buf b = { 0 };
    buf_str(&b, "/api/v1");
    if (brand_address && strstr(row->path, "{brand_id}") == NULL) {
        buf_printf(&b, "/brands/%s", p->brand.id);
    }
    for (const char *s = row->path; *s != 0;) {
        size_t n = strcspn(s, "{");
        buf_append(&b, s, n);
        s += n;
        if (*s != 0) {
            buf_str(&b, path_value(row, p, s));
            s += strcspn(s, "}") + 1;
        }
    }
    const char *name = rows_name(row);
    for (size_t i = 0; i < sizeof queries / sizeof *queries; i++) {
        buf_str(&b, strcmp(queries[i].row, name) == 0 ? fill(queries[i].query, at(p, queries[i].offset)) : "");
    }
    const char *path = api_f("%s", b.data);
    buf_free(&b);
    return path;
}

/* ---- bodies ---- */

static void write_field(struct buf *b, const struct field *f, const struct row_place *p)
{
    buf_printf(b, "%s\"%s\":", b->len > 1 ? "," : "", f->name);
    for (size_t i = 0; i < sizeof field_values / sizeof *field_values; i++) {
        if (strcmp(field_values[i].field, f->name) == 0) {
            if (field_values[i].text != NULL) {
                buf_str(b, fill(field_values[i].text, p->serial));
            } else {
                buf_printf(b, "\"%s\"", at(p, field_values[i].offset));
            }
            return;
        }
    }
    schema_example_field(b, f);
}

/* What must be given; of a change, in which nothing must, the first field of the body. */
static const char *body_of_schema(const struct route *row, const struct row_place *p)
{
    struct buf b = { 0 };
    const struct schema *s = row->input;
    bool change = row->method == HTTP_PATCH || row->method == HTTP_PUT;
    buf_char(&b, '{');
    for (int i = 0; i < s->count; i++) {
        const struct field *f = &s->fields[i];
        if ((f->flags & FIELD_QUERY) == 0 && ((f->flags & FIELD_REQUIRED) != 0 || (change && b.len == 1))) {
            write_field(&b, f, p);
        }
    }
    buf_char(&b, '}');
    const char *body = api_f("%s", b.data);
    buf_free(&b);
    return body;
}

/* A refresh token is good once: signs in for a new one. */
static const char *refresh_body(const struct row_place *p)
{
    struct api_reply r =
        api_post(NULL, "/api/v1/auth/login",
                 api_f("{\"email\":\"%s\",\"password\":\"" ROWS_PASSWORD "\",\"token_delivery\":\"body\"}", p->signer.email));
    return api_f("{\"refresh_token\":\"%s\"}", api_text(&r, "data.refresh_token"));
}

static const char *proof_body(const struct row_place *p)
{
    static unsigned asked;
    return api_f("{\"password\":\"" ROWS_PASSWORD "\",\"code\":\"%s\"}", spare_code(p, (int)(asked++ % SPARE_CODES)));
}

static const char *phone_code_body(const struct row_place *p)
{
    struct uuid person = { { 0 } };
    const char *sealed = pg_value("select code_sealed from karara.phones where user_id = '%s'", p->signer.id);
    const char *wanted = pg_value("select wanted from karara.phones where user_id = '%s'", p->signer.id);
    const char *code = uuid_parse(p->signer.id, &person) ? phone_code_open(api_worker()->arena, person, wanted, sealed) : NULL;
    return api_f("{\"code\":\"%s\"}", code != NULL ? code : "000000");
}

static const char *confirmation_body(const struct row_place *p)
{
    char code[TOTP_CODE];
    (void)p;
    totp_code(authenticator, clock_now() / 1000000 / TOTP_STEP, code);
    return api_f("{\"code\":\"%s\"}", code);
}

/* Rows whose bodies have to be made, and who asks them. */
static const struct {
    const char *row;
    size_t asker;
    const char *(*body)(const struct row_place *p);
} made[] = {
    { "POST /auth/refresh", PLACE(signer), refresh_body },
    { "POST /notifications/phone/confirm", PLACE(signer), phone_code_body },
    { "POST /auth/2fa/verify", PLACE(beginner), confirmation_body },
    { "POST /auth/2fa/disable", PLACE(guarded), proof_body },
    { "POST /auth/2fa/recovery-codes", PLACE(guarded), proof_body },
};

const struct api_person *rows_asker(const struct route *row, const struct row_place *p)
{
    for (size_t i = 0; i < sizeof made / sizeof *made; i++) {
        if (strcmp(made[i].row, rows_name(row)) == 0) {
            return (const struct api_person *)(const void *)at(p, made[i].asker);
        }
    }
    if ((row->flags & ROUTE_ASKS_CALLER) != 0) {
        return NULL;
    }
    return (row->flags & ROUTE_TENANT) != 0 ? &people[ROLE_OWNER] : &p->signer;
}

const char *rows_body(const struct route *row, const struct row_place *p)
{
    const char *name = rows_name(row);
    for (size_t i = 0; i < sizeof made / sizeof *made; i++) {
        if (strcmp(made[i].row, name) == 0) {
            return made[i].body(p);
        }
    }
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        if (strcmp(bodies[i].row, name) == 0) {
            return fill(bodies[i].text, at(p, bodies[i].offset));
        }
    }
    if (row->method == HTTP_GET || row->method == HTTP_DELETE) {
        return NULL;
    }
    for (size_t i = 0; i < sizeof mailed / sizeof *mailed; i++) {
        if (strcmp(mailed[i].row, name) == 0) {
            return api_f("{\"token\":\"%s\"%s}", mailed_secret(p, i), mailed[i].more);
        }
    }
    return row->input != NULL ? body_of_schema(row, p) : "{}";
}

bool rows_names_place(const struct route *row, const struct row_place *p)
{
    const char *path = strstr(rows_path(row, p, false), "/api/v1");
    const char *body = rows_body(row, p);
    const char *const ids[] = { p->brand.id,      p->brand.team_id, p->brand.board_id,    p->brand.todo_id, p->brand.done_id,
                                p->task_id,       p->other_task_id, p->empty_list_id,     p->item_id,       p->spare_team_id,
                                p->mate_id,       p->guest_mate_id, p->brand.progress_id, p->delegation_id, p->division_id,
                                p->invitation_id, p->template_id,   p->notification_id };
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        if (strstr(path, ids[i]) != NULL || (body != NULL && strstr(body, ids[i]) != NULL)) {
            return true;
        }
    }
    return false;
}
