/* Every row of the registry, asked by everybody: what it declares is what happens. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "api.h"
#include "api/registry.h"
#include "api/router.h"
#include "core/str.h"
#include "pg.h"
#include "rows.h"
#include <stdio.h>
#include <string.h>

static struct api_person stranger; /* owns another brand, and so has every permission there */
static struct api_brand away;

static int set_up(void **state)
{
    (void)state;
    api_begin();
    rows_begin();
    stranger = api_person("stranger");
    away = api_brand("away", &stranger);
    return 0;
}

/* ---- asking ---- */

static int wrong; /* what a test found, told at once for all rows */

#define expect(condition, row, who, r)                                                                                         \
    do {                                                                                                                       \
        if (!(condition)) {                                                                                                    \
            wrong++;                                                                                                           \
            print_error("%s by %s: not %s: %d %.300s\n", rows_name(row), (who), #condition, (r).status, (r).body);             \
        }                                                                                                                      \
    } while (0)

static void report(void)
{
    int found = wrong;
    wrong = 0;
    assert_int_equal(found, 0);
}

static struct api_reply ask(const struct api_person *who, const struct route *row, const struct row_place *p,
                            bool brand_address)
{
    return api_send(who, http_method_name(row->method), rows_path(row, p, brand_address), rows_body(row, p), NULL);
}

static bool is_tenant(const struct route *row)
{
    return (row->flags & ROUTE_TENANT) != 0;
}

static bool has(enum role role, enum permission p)
{
    return p != PERM_UNSET && (p == PERM_IN_BRAND || (permission_defaults(role) & permission_bit(p)) != 0);
}

static bool may(enum role role, const struct route *row)
{
    return has(role, row->permission) || has(role, row->or_permission);
}

/* ---- who may not ---- */

static void refuse_roles(const struct route *row, const struct row_place *p)
{
    for (int role = ROLE_GUEST; role < ROLE_COUNT; role++) {
        if (!may((enum role)role, row)) {
            struct api_reply r = ask(rows_person((enum role)role), row, p, false);
            expect(r.status == 403 && strcmp(api_error(&r), "permission_denied") == 0, row, role_name((enum role)role), r);
            expect(strcmp(api_text(&r, "error.details.permission"), permission_key(row->permission)) == 0, row,
                   role_name((enum role)role), r);
        }
    }
}

static void refuse_nobody(const struct route *row, const struct row_place *p)
{
    struct api_reply r = ask(NULL, row, p, false);
    expect(r.status == 401 && strcmp(api_error(&r), "authentication_required") == 0, row, "nobody", r);
    expect(api_header(&r, "WWW-Authenticate") != NULL, row, "nobody", r);
}

static bool mentions(const struct api_reply *r, const struct row_place *p)
{
    return strstr(r->body, p->brand.id) != NULL || strstr(r->body, p->brand.board_id) != NULL ||
           strstr(r->body, p->task_id) != NULL || strstr(r->body, p->brand.team_id) != NULL;
}

/* By the brand in the path, by the header, and in the stranger's own brand with ids of this one. */
static void refuse_strangers(const struct route *row, const struct row_place *p)
{
    const char *method = http_method_name(row->method);
    struct api_reply by_path = ask(&stranger, row, p, true);
    expect(by_path.status == 404 && strcmp(api_error(&by_path), "not_found") == 0, row, "a stranger, by path", by_path);
    struct api_reply by_header =
        API_SEND(&stranger, method, rows_path(row, p, false), rows_body(row, p), "X-Brand-ID", p->brand.id);
    expect(by_header.status == 404 && strcmp(api_error(&by_header), "not_found") == 0, row, "a stranger, by header", by_header);
    if (strchr(row->path, '{') != NULL) {
        struct api_reply by_token = ask(&stranger, row, p, false);
        expect(by_token.status == 404 && strcmp(api_error(&by_token), "not_found") == 0, row, "a stranger, by ids", by_token);
    } else if (rows_writes(row) && rows_names_place(row, p)) {
        struct api_reply by_token = ask(&stranger, row, p, false);
        expect(by_token.status == 404 || by_token.status == 422, row, "a stranger, by ids in the body", by_token);
    } else if (!rows_writes(row)) {
        struct api_reply own = ask(&stranger, row, p, false);
        expect(own.status == 200 && !mentions(&own, p), row, "a stranger at home", own);
    }
}

static void refused_requests_change_nothing(void **state)
{
    const struct route *row;
    int asked = 0;
    (void)state;
    struct row_place p = rows_place();
    const char *before = api_f("%s", rows_digest());
    for (int i = 0; (row = registry_route(i, NULL)) != NULL; i++) {
        if (row->permission != PERM_PUBLIC) {
            refuse_nobody(row, &p);
        }
        if (is_tenant(row)) {
            refuse_roles(row, &p);
            refuse_strangers(row, &p);
            asked++;
        }
        if (strcmp(before, rows_digest()) != 0) {
            before = api_f("%s", rows_digest());
            wrong++;
            print_error("%s: a refused request has changed something\n", rows_name(row));
        }
    }
    report();
    assert_true(asked > 20);
    rows_leave(&p);
}

/* ---- who may ---- */

/* The guard lets every role pass that has the permission; the owner, who has them all, succeeds. */
/* Things that are one person's alone: not even that they are there is told to others. */
static bool is_own(const struct route *row)
{
    return str_starts(row->path, "/notifications/{id}") || str_starts(row->path, "/notifications/mutes/");
}

static void whoever_has_the_permission_passes(void **state)
{
    const struct route *row;
    (void)state;
    for (int i = 0; (row = registry_route(i, NULL)) != NULL; i++) {
        struct row_place p = { 0 };
        for (int role = ROLE_GUEST; is_tenant(row) && role < ROLE_COUNT; role++) {
            if (!may((enum role)role, row)) {
                continue;
            }
            if (p.serial[0] == 0 || rows_writes(row)) {
                p = rows_place();
            }
            struct api_reply r = ask(rows_person((enum role)role), row, &p, role % 2 == 0);
            const char *key = permission_key(row->permission);
            bool guard_refused = r.status == 403 && key != NULL && strcmp(api_text(&r, "error.details.permission"), key) == 0;
            expect(!guard_refused, row, role_name((enum role)role), r);
            expect(r.status == 200 || r.status == 201 || r.status == 403 || (r.status == 404 && is_own(row)), row,
                   role_name((enum role)role), r);
            expect(role != ROLE_OWNER || r.status < 300, row, "owner", r);
            if (rows_writes(row)) {
                rows_leave(&p);
            }
        }
    }
    report();
}

static void a_write_that_succeeds_changes_something(void **state)
{
    const struct route *row;
    (void)state;
    for (int i = 0; (row = registry_route(i, NULL)) != NULL; i++) {
        if (is_tenant(row) && rows_writes(row)) {
            struct row_place p = rows_place();
            const char *before = api_f("%s", rows_digest());
            long long last = pg_count("select coalesce(max(id), 0) from karara.events");
            struct api_reply r = ask(rows_person(ROLE_OWNER), row, &p, false);
            expect(r.status < 300 && strcmp(before, rows_digest()) != 0, row, "owner", r);
            const char *told = pg_value("select string_agg(kind, ', ' order by id) from karara.events where id > %lld", last);
            if (strcmp(told, row->event) != 0) {
                wrong++;
                print_error("%s should tell of %s and tells of \"%s\"\n", rows_name(row), row->event, told);
            }
            rows_leave(&p);
        }
    }
    report();
}

/* ---- people outside of any brand ---- */

static void an_ended_session_opens_nothing(void **state)
{
    const struct route *row;
    (void)state;
    struct row_place p = rows_place();
    struct api_person gone = api_person("gone");
    api_join(&p.brand, &gone, "admin");
    pg_exec("update karara.sessions set revoked_at = now() where id = '%s'", gone.session_id);
    const char *before = api_f("%s", rows_digest());
    for (int i = 0; (row = registry_route(i, NULL)) != NULL; i++) {
        if (row->permission != PERM_PUBLIC && may(ROLE_ADMIN, row) == is_tenant(row)) {
            struct api_reply r = ask(&gone, row, &p, false);
            expect(r.status == 401 || (r.status == 422 && !is_tenant(row)), row, "somebody signed out", r);
        }
    }
    report();
    assert_string_equal(rows_digest(), before);
    rows_leave(&p);
}

/* ---- with somebody else's eyes ---- */

/* Whatever is asked: every write is refused, no read leaves a trace, and nothing that is the person's own is shown. */
static void who_looks_with_others_eyes_changes_nothing(void **state)
{
    const struct route *row;
    (void)state;
    struct row_place p = rows_place();
    struct api_person seen = *rows_person(ROLE_ADMIN);
    struct api_reply opened =
        api_post(rows_person(ROLE_OWNER), api_f("/api/v1/brands/%s/users/%s/view-as", p.brand.id, seen.id), "{}");
    assert_int_equal(opened.status, 200);
    snprintf(seen.token, sizeof seen.token, "%s", api_text(&opened, "data.access_token"));
    for (int i = 0; (row = registry_route(i, NULL)) != NULL; i++) {
        if (row->permission == PERM_PUBLIC) {
            continue;
        }
        const char *path = rows_path(row, &p, false), *body = rows_body(row, &p);
        const char *before = api_f("%s", rows_digest());
        struct api_reply r = api_send(&seen, http_method_name(row->method), path, body, NULL);
        bool open = row->method == HTTP_GET && (is_tenant(row) || (row->flags & ROUTE_VIEWABLE) != 0);
        expect(open ? r.status == 200 || r.status == 403 || (r.status == 404 && is_own(row)) : r.status == 403, row,
               "somebody with others' eyes", r);
        expect(strcmp(before, rows_digest()) == 0, row, "somebody with others' eyes, without a change", r);
    }
    report();
    rows_leave(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refused_requests_change_nothing),
        cmocka_unit_test(whoever_has_the_permission_passes),
        cmocka_unit_test(a_write_that_succeeds_changes_something),
        cmocka_unit_test(an_ended_session_opens_nothing),
        cmocka_unit_test(who_looks_with_others_eyes_changes_nothing),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
