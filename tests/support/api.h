/* api.h - requests through the real dispatcher against a real PostgreSQL and memcached, in this process.
 *
 *   api_begin();                                             // services, keys, routes; once, in the group setup
 *   struct api_person ada = api_person("ada");               // an active account with a session, signed in
 *   struct api_brand demo = api_brand("demo", &ada);         // a brand that ada owns, with one team and one board
 *   api_join(&demo, &linus, "member");                       // in the brand and its team
 *   struct api_reply r = api_post(&ada, "/api/v1/teams", "{\"name\":\"Web\"}");
 *   assert_int_equal(r.status, 201);
 *   assert_string_equal(api_text(&r, "data.name"), "Web");
 *
 * Every reply is checked against its row's schema and against the envelope as it passes; which rows and which queries were hit
 * is noted in a folder of the ctest run, where the last test looks (routes/test_coverage.c).
 * Replies stay valid until api_end() or the program's end. */
#pragma once

#include "core/uuid.h"
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct worker;

struct api_person {
    char id[UUID_TEXT_SIZE];
    char session_id[UUID_TEXT_SIZE];
    char email[128];
    char token[2048];
};

struct api_brand {
    char id[UUID_TEXT_SIZE];
    char slug[64];
    char team_id[UUID_TEXT_SIZE];
    char board_id[UUID_TEXT_SIZE];
    char todo_id[UUID_TEXT_SIZE]; /* lists of the board */
    char progress_id[UUID_TEXT_SIZE];
    char done_id[UUID_TEXT_SIZE];
};

struct api_reply {
    int status;
    json_t *json; /* NULL for a body that is no JSON */
    const char *body;
    size_t body_size;
    const char *headers[24][2];
    int header_count;
};

void api_begin(void);

/* The worker of this process (database, cache), for tests that look inside or inject faults. */
struct worker *api_worker(void);

/* ---- people and places, made by SQL as superuser ---- */
struct api_person api_person(const char *name);
/* The brand's owner is also a member of its team. The current brand of the owner's token becomes this one. */
struct api_brand api_brand(const char *slug, struct api_person *owner);
/* Makes them a member; into the team too unless the role is client. Their token's current brand becomes this one. */
void api_join(const struct api_brand *brand, struct api_person *person, const char *role);
/* Makes everybody whom there is somebody that `who` shares a brand with, in which they all are members: so that they can be added at once. */
void api_acquaint(const struct api_person *who);
/* A task on the board's first list, made by SQL; its id. */
struct uuid api_task(const struct api_brand *brand, const struct api_person *creator, const char *title);

/* ---- requests; `who` NULL is nobody ---- */
struct api_reply api_get(const struct api_person *who, const char *path);
struct api_reply api_post(const struct api_person *who, const char *path, const char *body);
struct api_reply api_patch(const struct api_person *who, const char *path, const char *body);
struct api_reply api_delete(const struct api_person *who, const char *path);
/* A body that begins with "data:" is a data URL in base64: its bytes are sent, with its type. `Host` is what nginx would say was asked for.
 * With headers: pairs "If-Match", "\"v1\"", …, ending with NULL. body may be NULL. */
struct api_reply api_send(const struct api_person *who, const char *method, const char *path, const char *body,
                          const char *const *headers);
#define API_SEND(who, method, path, body, ...)                                                                                 \
    api_send((who), (method), (path), (body), (const char *const[]){ __VA_ARGS__, NULL })
/* The body as bytes, with any content type. */
struct api_reply api_send_bytes(const struct api_person *who, const char *method, const char *path, const void *body,
                                size_t size, const char *content_type);

/* printf into a string that lives as long as replies: api_get(&ada, api_f("/api/v1/tasks/%s", id)). */
const char *api_f(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* ---- replies ---- */
const char *api_header(const struct api_reply *r, const char *name); /* NULL when absent */
/* By path: "data.name", "data.0.id", "error.field_errors.title.0". NULL when there is no such thing. */
json_t *api_json(const struct api_reply *r, const char *path);
const char *api_text(const struct api_reply *r, const char *path); /* "" when absent or no string */
long long api_number(const struct api_reply *r, const char *path); /* -1 when absent or no integer */
const char *api_error(const struct api_reply *r);                  /* error.code, or "" */

/* ---- at once ---- */
/* Forks `n` workers with their own connections, lets them start together, and collects what each returns (0-255; 255 also stands for one
 * that died). */
void api_at_once(int n, int (*run)(int index, void *arg), void *arg, int *ret_results);

/* ---- what follows ---- */
/* Lets a relay of this process do all that there is to do (worker/relay.h): events get their numbers, activity is written. */
void relay_all(void);
