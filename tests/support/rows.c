/* rows.c - see rows.h. */
#include "api/dispatch.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/clock.h"
#include "core/config.h"
#include "core/uuid.h"
#include "domains/notifications/phone_code.h"
#include "pg.h"
#include "platform/totp.h"
#include "process.h"
#include "rows_internal.h"
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

/* ---- what a row needs ---- */

#define BROWSER_KEYS                                                                                                           \
    "{\"p256dh\":\"BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4\","                 \
    "\"auth\":\"BTBZMqHH6r4Tts7J_aSIgg\"}"

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

const char *rows_path_mixed(const struct route *row, const struct row_place *p, const struct row_place *other, int which,
                            bool brand_address)
{
    struct buf b = { 0 };
    buf_str(&b, "/api/v1");
    if (brand_address && strstr(row->path, "{brand_id}") == NULL) {
        buf_printf(&b, "/brands/%s", p->brand.id);
    }
    int n = 0;
    for (const char *s = row->path; *s != 0;) {
        size_t plain = strcspn(s, "{");
        buf_append(&b, s, plain);
        s += plain;
        if (*s != 0) {
            buf_str(&b, path_value(row, n++ == which ? other : p, s));
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

const char *rows_path(const struct route *row, const struct row_place *p, bool brand_address)
{
    return rows_path_mixed(row, p, NULL, -1, brand_address);
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
    return api_f("{\"password\":\"" ROWS_PASSWORD "\",\"code\":\"%s\"}", rows_spare_code(p, (int)(asked++ % ROWS_SPARE_CODES)));
}

static const char *phone_code_body(const struct row_place *p)
{
    struct uuid person = { { 0 } };
    const char *sealed = pg_value("select code_sealed from karara.phones where user_id = '%s'", p->signer.id);
    const char *wanted = pg_value("select wanted from karara.phones where user_id = '%s'", p->signer.id);
    const char *code = uuid_parse(p->signer.id, &person) ? phone_code_open(api_worker()->arena, person, wanted, sealed) : NULL;
    return api_f("{\"code\":\"%s\"}", code != NULL ? code : "000000");
}

static const char *member_body(const struct row_place *p)
{
    return api_f("{\"user_id\":\"%s\",\"role\":\"guest\",\"team_ids\":[\"%s\"]}", p->outsider_id, p->spare_team_id);
}

static const char *confirmation_body(const struct row_place *p)
{
    char code[TOTP_CODE];
    (void)p;
    totp_code(rows_authenticator, clock_now() / 1000000 / TOTP_STEP, code);
    return api_f("{\"code\":\"%s\"}", code);
}

/* Rows whose bodies have to be made, and who asks them. */
enum { USUAL_ASKER = 0 }; /* where no person is kept */

static const struct {
    const char *row;
    size_t asker;
    const char *(*body)(const struct row_place *p);
} made[] = {
    { "POST /auth/refresh", PLACE(signer), refresh_body },
    { "POST /notifications/phone/confirm", PLACE(signer), phone_code_body },
    { "POST /brands/{brand_id}/users", USUAL_ASKER, member_body },
    { "POST /auth/2fa/verify", PLACE(beginner), confirmation_body },
    { "POST /auth/2fa/disable", PLACE(guarded), proof_body },
    { "POST /auth/2fa/recovery-codes", PLACE(guarded), proof_body },
};

const struct api_person *rows_asker(const struct route *row, const struct row_place *p)
{
    for (size_t i = 0; i < sizeof made / sizeof *made; i++) {
        if (made[i].asker != USUAL_ASKER && strcmp(made[i].row, rows_name(row)) == 0) {
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
    for (size_t i = 0; i < rows_mailed_count; i++) {
        if (strcmp(rows_mailed[i].row, name) == 0) {
            return api_f("{\"token\":\"%s\"%s}", rows_mailed_secret(p, i), rows_mailed[i].more);
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
