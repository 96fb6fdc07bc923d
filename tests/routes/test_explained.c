/* test_explained.c - what the API and kararactl say that somebody may do, and why, is what the routes let them do: asked of every row, for every
 * role, whatever makes them differ from it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "api.h"
#include "api/registry.h"
#include "core/buf.h"
#include "pg.h"
#include "rows.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST = PERM_PLATFORM_ADMIN + 1, TRIES = 5 };

static struct row_place place;
static struct api_person *asker;               /* an owner, with a second factor */
static struct api_person subjects[ROLE_COUNT]; /* whose permissions are explained */
static struct api_person lender;               /* a guest */

static int set_up(void **state)
{
    (void)state;
    api_begin();
    rows_begin();
    place = rows_place();
    asker = rows_person(ROLE_OWNER);
    pg_exec("insert into karara.credentials (user_id, password_hash, totp_enabled_at) values ('%s', '', now())", asker->id);
    lender = api_person("lender");
    api_join(&place.brand, &lender, "guest");
    for (int r = ROLE_GUEST; r < ROLE_COUNT; r++) {
        subjects[r] = api_person(api_f("subject-%s", role_name((enum role)r)));
        api_join(&place.brand, &subjects[r], role_name((enum role)r));
    }
    srand(11);
    return 0;
}

/* ---- what makes somebody differ from their role ---- */

/* {"can_x":true,…} of about half of all permissions. */
static const char *some_changes(void)
{
    struct buf b = { 0 };
    for (int p = FIRST; p < PERM_COUNT; p++) {
        if (rand() % 2 == 0) {
            buf_printf(&b, "%s\"%s\":%s", b.len > 0 ? "," : "", permission_key((enum permission)p),
                       rand() % 2 ? "true" : "false");
        }
    }
    const char *text = api_f("{%.*s}", (int)b.len, b.len > 0 ? b.data : "");
    buf_free(&b);
    return text;
}

static const char *some_keys(void)
{
    struct buf b = { 0 };
    buf_str(&b, "can_comment");
    for (int p = FIRST; p < PERM_COUNT; p++) {
        if (rand() % 2 == 0 && p != PERM_CAN_COMMENT) {
            buf_printf(&b, ",%s", permission_key((enum permission)p));
        }
    }
    const char *text = api_f("%.*s", (int)b.len, b.data);
    buf_free(&b);
    return text;
}

static void lend(const struct api_person *from, const struct api_person *to, const char *starts, const char *ends)
{
    pg_exec("insert into karara.delegations (id, brand_id, from_user_id, to_user_id, permissions, starts_at, ends_at) values "
            "(gen_random_uuid(), '%s', '%s', '%s', '{%s}', now() + interval '%s', now() + interval '%s')",
            place.brand.id, from->id, to->id, some_keys(), starts, ends);
}

static void change_member(const struct api_person *p, const char *what)
{
    pg_exec("update karara.brand_members set %s where brand_id = '%s' and user_id = '%s'", what, place.brand.id, p->id);
}

static void as_it_is(const struct api_person *p)
{
    (void)p;
}

/* Owners have no overrides: they have everything. */
static void overridden(const struct api_person *p)
{
    if (p != &subjects[ROLE_OWNER]) {
        change_member(p, api_f("permissions = '%s'", some_changes()));
    }
}

static void lent_to(const struct api_person *p)
{
    lend(asker, p, "-1 hour", "1 hour");
}

static void overridden_and_lent_to(const struct api_person *p)
{
    overridden(p);
    lend(asker, p, "-1 hour", "1 hour");
    lend(asker, p, "-1 hour", "2 hours");
}

static void lent_what_the_giver_lacks(const struct api_person *p)
{
    lend(&lender, p, "-1 hour", "1 hour");
}

static void lent_before_and_later(const struct api_person *p)
{
    lend(asker, p, "-2 hours", "-1 hour");
    lend(asker, p, "1 hour", "2 hours");
}

static void there_for_a_time(const struct api_person *p)
{
    change_member(p, "expires_at = now() + interval '1 hour'");
}

static void past_their_time(const struct api_person *p)
{
    change_member(p, "expires_at = now() - interval '1 second'");
}

static void suspended_here(const struct api_person *p)
{
    change_member(p, "status = 'suspended'");
}

static void suspended_everywhere(const struct api_person *p)
{
    pg_exec("update karara.users set status = 'suspended' where id = '%s'", p->id);
}

static const struct {
    const char *what;
    void (*make)(const struct api_person *p);
} cases[] = {
    { "as it is", as_it_is },
    { "overridden", overridden },
    { "lent to", lent_to },
    { "overridden and lent to", overridden_and_lent_to },
    { "lent what the giver lacks", lent_what_the_giver_lacks },
    { "lent before and later", lent_before_and_later },
    { "there for a time", there_for_a_time },
    { "past their time", past_their_time },
    { "suspended here", suspended_here },
    { "suspended everywhere", suspended_everywhere },
};

static void make_usual(const struct api_person *p, enum role role)
{
    change_member(p, api_f("role = '%s', permissions = '{}', status = 'active', expires_at = null", role_name(role)));
    pg_exec("delete from karara.delegations where to_user_id = '%s'; update karara.users set status = 'active' where id = '%s'",
            p->id, p->id);
}

/* ---- what is said ---- */

struct said {
    const char *who;
    bool active, read_only, lacks_two_factor;
    uint64_t bits;
};

static json_t *explained(const struct api_person *p)
{
    struct api_reply r = api_get(asker, api_f("/api/v1/brands/%s/users/%s/permissions", place.brand.id, p->id));
    if (r.status != 200) {
        fail_msg("%d %s", r.status, r.body);
    }
    return api_json(&r, "data");
}

static struct said read_explanation(const char *who, json_t *data)
{
    struct said s = { who, json_is_true(json_object_get(data, "active")), json_is_true(json_object_get(data, "read_only")),
                      json_is_true(json_object_get(data, "lacks_two_factor")), 0 };
    size_t i;
    json_t *entry;
    json_array_foreach(json_object_get(data, "permissions"), i, entry)
    {
        enum permission p = permission_parse(json_string_value(json_object_get(entry, "key")));
        s.bits |= json_is_true(json_object_get(entry, "effective")) ? permission_bit(p) : 0;
    }
    assert_int_equal(json_array_size(json_object_get(data, "permissions")), PERM_COUNT - FIRST);
    return s;
}

/* kararactl says the same, line by line. */
static void expect_same_words(const struct said *s, const struct api_person *p, json_t *data)
{
    const char *output;
    size_t i;
    json_t *entry;
    assert_int_equal(PG_PROGRAM(&output, "kararactl", "permissions", "--user", p->email, "--brand", place.brand.slug), 0);
    json_array_foreach(json_object_get(data, "permissions"), i, entry)
    {
        const char *from = json_string_value(json_object_get(entry, "delegation_id"));
        const char *line =
            api_f("\n%-26s %-7s %s%s%s\n", json_string_value(json_object_get(entry, "key")),
                  json_is_true(json_object_get(entry, "effective")) ? "can" : "cannot",
                  json_string_value(json_object_get(entry, "source")), from != NULL ? " " : "", from != NULL ? from : "");
        if (strstr(output, line) == NULL) {
            fail_msg("%s: kararactl doesn't say%sbut %s", s->who, line, output);
        }
    }
    assert_true((strstr(output, "nothing can be changed") != NULL) == (s->active && s->read_only));
    assert_true((strstr(output, "nothing holds yet") != NULL) == (s->active && s->lacks_two_factor));
    assert_true((strstr(output, "not active: nothing holds") != NULL) == !s->active);
}

/* What they are told of themselves. */
static void expect_same_list(const struct said *s, const struct api_person *p)
{
    struct api_reply r = api_get(p, api_f("/api/v1/brands/%s", place.brand.id));
    uint64_t bits = 0;
    size_t i;
    json_t *key;
    assert_int_equal(r.status, 200);
    json_array_foreach(api_json(&r, "data.permissions"), i, key)
    {
        bits |= permission_bit(permission_parse(json_string_value(key)));
    }
    if (bits != s->bits) {
        fail_msg("%s: the brand tells them of other permissions: %s", s->who, r.body);
    }
}

/* ---- what is let ---- */

static bool lets(const struct said *s, enum permission p)
{
    return p == PERM_IN_BRAND || ((int)p >= FIRST && (s->bits & permission_bit(p)) != 0);
}

/* Asked with a parameter that there isn't, a row that lets somebody in says so, and does nothing. */
static struct api_reply knock(const struct api_person *p, const struct route *row)
{
    const char *path = rows_path(row, &place, true);
    bool bodiless = row->method == HTTP_GET || row->method == HTTP_DELETE;
    const char *body = bodiless ? NULL : row->takes != NULL ? rows_body(row, &place) : "{}";
    return api_send(p, http_method_name(row->method), api_f("%.*s?colour=red", (int)strcspn(path, "?"), path), body, NULL);
}

/* What is wrong is said before the database is asked, by what is known of access: which this brings up to date. */
static void refresh(const struct api_person *p)
{
    (void)api_get(p, api_f("/api/v1/brands/%s/tasks", place.brand.id));
}

/* The answer that follows from what is said, as "status code". */
static const char *expected(const struct said *s, const struct route *row)
{
    if (s->lacks_two_factor && (row->flags & ROUTE_ONE_FACTOR_OK) == 0) {
        return "403 two_factor_setup_required";
    }
    if (!lets(s, row->permission) && !lets(s, row->or_permission)) {
        return "403 permission_denied";
    }
    bool reads = row->method == HTTP_GET;
    return s->read_only && !reads && (row->flags & ROUTE_READ_ONLY_OK) == 0 ? "403 brand_suspended" : "422 validation_failed";
}

/* False: not as it was said, which the last time fails the test. What is in memcached may outlive its deletion on a busy machine: it opens nothing,
 * and is forgotten when the database is asked. */
static bool answers_right(const struct said *s, const struct api_person *p, const struct route *row, bool last)
{
    struct api_reply r = knock(p, row);
    const char *answer = api_f("%d %s", r.status, api_error(&r));
    bool right = s->active ? strcmp(answer, expected(s, row)) == 0
                           : strcmp(answer, "404 not_found") == 0 || strcmp(answer, "403 account_suspended") == 0;
    if (!right && last) {
        fail_msg("%s: %s answers %s, not %s", s->who, rows_name(row), answer,
                 s->active ? expected(s, row) : "that they aren't in");
    }
    return right;
}

static int compare(const struct said *s, const struct api_person *p)
{
    const struct route *row;
    int compared = 0;
    refresh(p);
    for (int i = 0; (row = registry_route(i, NULL)) != NULL; i++) {
        if ((row->flags & ROUTE_TENANT) == 0 || (row->flags & ROUTE_RAW) != 0) {
            continue;
        }
        for (int n = 0; !answers_right(s, p, row, n == TRIES - 1); n++) {
            refresh(p);
        }
        compared++;
    }
    return compared;
}

/* Everybody in every case, or the first two only. */
static void compare_all(const char *brand, bool all)
{
    int compared = 0;
    for (int r = ROLE_GUEST; r < ROLE_COUNT; r++) {
        const struct api_person *p = &subjects[r];
        for (size_t c = 0; c < (all ? sizeof cases / sizeof *cases : 2); c++) {
            make_usual(p, (enum role)r);
            cases[c].make(p);
            json_t *data = explained(p);
            struct said s = read_explanation(api_f("%s %s, %s", role_name((enum role)r), cases[c].what, brand), data);
            expect_same_words(&s, p, data);
            if (s.active && !s.lacks_two_factor) {
                expect_same_list(&s, p);
            }
            compared += compare(&s, p);
        }
        make_usual(p, (enum role)r);
    }
    assert_true(compared > 600);
}

static void change_brand(const char *what)
{
    pg_exec("update karara.brands set %s where id = '%s'", what, place.brand.id);
}

static void what_is_said_is_what_is_let(void **state)
{
    (void)state;
    compare_all("in a brand as others", true);
}

static void so_it_is_where_roles_were_changed(void **state)
{
    (void)state;
    for (int r = ROLE_GUEST; r < ROLE_OWNER; r++) {
        pg_exec("insert into karara.brand_role_permissions (brand_id, role, permissions) values ('%s', '%s', '%s')",
                place.brand.id, role_name((enum role)r), some_changes());
    }
    compare_all("where roles were changed", true);
}

static void so_it_is_in_a_suspended_brand(void **state)
{
    (void)state;
    change_brand("status = 'suspended'");
    compare_all("in a suspended brand", false);
    change_brand("status = 'active'");
}

static void so_it_is_where_a_second_factor_is_asked_for(void **state)
{
    (void)state;
    change_brand("settings = '{\"require_2fa\": true}'");
    compare_all("where a second factor is asked for", false);
    change_brand("settings = '{}'");
}

/* The API lets nobody in who could ask. */
static void in_a_closed_brand_nothing_holds(void **state)
{
    const char *output;
    (void)state;
    change_brand("status = 'inactive'");
    struct said s = { .who = "owner of a closed brand" };
    assert_true(compare(&s, &subjects[ROLE_OWNER]) > 60);
    assert_int_equal(
        PG_PROGRAM(&output, "kararactl", "permissions", "--user", subjects[ROLE_OWNER].email, "--brand", place.brand.slug), 0);
    assert_non_null(strstr(output, "not active: nothing holds"));
    assert_null(strstr(output, " can  "));
    change_brand("status = 'active'");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_said_is_what_is_let),     cmocka_unit_test(so_it_is_where_roles_were_changed),
        cmocka_unit_test(so_it_is_in_a_suspended_brand),   cmocka_unit_test(so_it_is_where_a_second_factor_is_asked_for),
        cmocka_unit_test(in_a_closed_brand_nothing_holds),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
