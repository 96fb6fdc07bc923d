/* test_admin.c - the platform's administration: accounts and brands from outside, and no further. */
#include "api/registry.h"
#include "cast.h"
#include "core/buf.h"
#include "pg.h"
#include "rows.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define USERS "/api/v1/admin/users"
#define BRANDS "/api/v1/admin/brands"

static struct api_person root, owner, member;
static struct api_brand brand;
static int serial;

static void make_admin(const struct api_person *p)
{
    pg_exec("update karara.users set platform_role = 'admin' where id = '%s'", p->id);
}

static int begin(void **state)
{
    (void)state;
    api_begin();
    rows_begin();
    root = api_person("root");
    owner = api_person("boss");
    member = api_person("hand");
    brand = api_brand("home", &owner);
    api_join(&brand, &member, "member");
    make_admin(&root);
    return 0;
}

static struct api_person somebody(void)
{
    return api_person(api_f("somebody%d", ++serial));
}

static const char *user_path(const struct api_person *p)
{
    return api_f(USERS "/%s", p->id);
}

/* The newest entries about this, oldest first. */
static const char *noted(const char *id)
{
    return pg_value(
        "select coalesce(string_agg(concat_ws(' ', action, platform), '; ' order by number), '') from karara.audit_entries "
        "where resource_id = '%s'",
        id);
}

/* ---- accounts ---- */

static void accounts_are_listed_and_found(void **state)
{
    (void)state;
    struct api_person p = api_person("findable");
    struct api_reply r = api_get(&root, USERS "?q=FINDABLE");
    assert_int_equal(api_number(&r, "count"), 1);
    assert_string_equal(api_text(&r, "data.0.id"), p.id);
    assert_int_equal(api_number(&r, "data.0.session_count"), 1);
    assert_int_equal(api_number(&r, "data.0.brand_count"), 0);
    r = api_get(&root, user_path(&member));
    assert_int_equal(api_number(&r, "data.brand_count"), 1);
    assert_null(api_json(&r, "data.preferences"));
    r = api_get(&root, USERS "?platform_role=admin&status=active");
    assert_int_equal(api_number(&r, "count"), pg_count("select count(*) from karara.users where platform_role = 'admin'"));
    assert_int_equal(api_get(&owner, USERS).status, 403);
    r = api_get(&root, api_f(USERS "/%s", brand.id));
    refused(&r, 404, "not_found");
}

static void an_account_is_made_active_with_a_password_and_pending_without(void **state)
{
    (void)state;
    struct api_reply r =
        api_post(&root, USERS,
                 "{\"email\":\"New.One@test.example\",\"first_name\":\"New\",\"last_name\":\"One\",\"password\":"
                 "\"purple kettle 42\",\"platform_role\":\"member\"}");
    assert_int_equal(r.status, 201);
    assert_string_equal(api_text(&r, "data.status"), "active");
    assert_string_equal(api_header(&r, "Location"), api_f(USERS "/%s", api_text(&r, "data.id")));
    assert_string_equal(noted(api_text(&r, "data.id")), "user.created t");
    struct api_reply in =
        api_post(NULL, "/api/v1/auth/login", "{\"email\":\"new.one@test.example\",\"password\":\"purple kettle 42\"}");
    assert_int_equal(in.status, 200);
    assert_int_equal(
        pg_count("select (select count(*) from karara.events e where e::text like '%%kettle%%') + (select count(*) from "
                 "karara.audit_entries a where a::text like '%%kettle%%')"),
        0);
    r = api_post(&root, USERS, "{\"email\":\"later@test.example\"}");
    assert_string_equal(api_text(&r, "data.status"), "pending");
    assert_int_equal(pg_count("select count(*) from karara.credentials where user_id = '%s'", api_text(&r, "data.id")), 0);
    r = api_post(&root, USERS, "{\"email\":\"LATER@test.example\"}");
    refused(&r, 409, "already_exists");
    r = api_post(&root, USERS, "{\"email\":\"odd@test.example\",\"password\":\"odd@test.example\"}");
    assert_non_null(api_json(&r, "error.field_errors.password"));
    assert_int_equal(api_post(&owner, USERS, "{\"email\":\"x@test.example\"}").status, 403);
}

static void suspending_ends_every_session_at_once(void **state)
{
    (void)state;
    struct api_person p = somebody();
    api_join(&brand, &p, "member");
    assert_int_equal(api_get(&p, "/api/v1/teams").status, 200);
    struct api_reply r = api_patch(&root, user_path(&p), "{\"status\":\"suspended\"}");
    assert_int_equal(r.status, 200);
    assert_string_equal(api_text(&r, "data.status"), "suspended");
    assert_int_equal(api_number(&r, "data.session_count"), 0);
    assert_int_equal(api_get(&p, "/api/v1/teams").status, 401);
    assert_int_equal(api_get(&p, "/api/v1/users/me").status, 401);
    assert_string_equal(pg_value("select revoked_reason from karara.sessions where id = '%s'", p.session_id),
                        "account_suspended");
    r = API_SEND(&root, "PATCH", user_path(&p), "{\"status\":\"active\"}", "If-Match", "\"v1\"");
    refused(&r, 412, "version_mismatch");
    assert_string_equal(api_text(&r, "error.details.current.status"), "suspended");
    assert_int_equal(api_patch(&root, user_path(&p), "{\"status\":\"active\"}").status, 200);
    assert_int_equal(api_get(&p, "/api/v1/teams").status, 401);
    assert_string_equal(noted(p.id), "user.suspended t; user.activated t");
    assert_string_equal(
        pg_value("select before::text || after::text from karara.audit_entries where resource_id = '%s' and action = "
                 "'user.suspended'",
                 p.id),
        "{\"status\": \"active\"}{\"status\": \"suspended\"}");
    assert_int_equal(api_patch(&root, user_path(&p), "{\"status\":\"pending\"}").status, 422);
    assert_int_equal(api_patch(&owner, user_path(&p), "{\"status\":\"suspended\"}").status, 403);
}

/* ---- the last platform admin ---- */

static void the_last_platform_admin_stays(void **state)
{
    (void)state;
    pg_exec("update karara.users set platform_role = 'member' where id <> '%s'", root.id);
    static const char *const changes[] = { "{\"platform_role\":\"member\"}", "{\"status\":\"suspended\"}",
                                           "{\"status\":\"inactive\"}" };
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        struct api_reply r = api_patch(&root, user_path(&root), changes[i]);
        refused(&r, 409, "conflict");
        assert_string_equal(api_text(&r, "error.details.reason"), "last_platform_admin");
    }
    struct api_reply r = api_delete(&root, user_path(&root));
    refused(&r, 409, "conflict");
    assert_int_equal(api_patch(&root, user_path(&root), "{\"platform_role\":\"admin\",\"status\":\"active\"}").status, 200);
    struct api_person other = somebody();
    assert_int_equal(api_patch(&root, user_path(&other), "{\"platform_role\":\"admin\"}").status, 200);
    assert_int_equal(api_patch(&other, user_path(&root), "{\"platform_role\":\"member\"}").status, 200);
    r = api_get(&root, USERS);
    refused(&r, 403, "permission_denied");
    assert_int_equal(api_patch(&other, user_path(&root), "{\"platform_role\":\"admin\"}").status, 200);
    assert_int_equal(api_delete(&other, user_path(&other)).status, 200);
}

struct pair {
    struct api_person people[2];
    int how;
};

static int remove_the_other(int index, void *arg)
{
    const struct pair *p = arg;
    const struct api_person *me = &p->people[index];
    const char *path = user_path(&p->people[1 - index]);
    int status = p->how == 0   ? api_patch(me, path, "{\"platform_role\":\"member\"}").status
                 : p->how == 1 ? api_patch(me, path, "{\"status\":\"suspended\"}").status
                               : api_delete(me, path).status;
    return status == 200 ? 1 : status == 409 || status == 403 || status == 401 ? 2 : 0;
}

static void of_two_admins_who_remove_each_other_one_stays(void **state)
{
    (void)state;
    for (int round = 0; round < 9; round++) {
        int results[2];
        struct pair p = { .people = { somebody(), somebody() }, .how = round % 3 };
        pg_exec("update karara.users set platform_role = case when id in ('%s', '%s') then 'admin' else 'member' end",
                p.people[0].id, p.people[1].id);
        api_at_once(2, remove_the_other, &p, results);
        assert_int_equal(results[0] + results[1], 3);
        assert_int_equal(pg_count("select count(*) from karara.users where platform_role = 'admin' and status = 'active'"), 1);
    }
    make_admin(&root);
}

/* ---- deleting ---- */

static void a_deleted_account_leaves_a_tombstone_and_its_work(void **state)
{
    (void)state;
    struct api_person p = api_person("leaver");
    struct api_brand second = api_brand("second", &owner);
    api_join(&second, &p, "admin");
    api_join(&brand, &p, "manager");
    struct uuid task = api_task(&brand, &p, "What stays");
    char task_id[UUID_TEXT_SIZE];
    uuid_format(&task, task_id);
    pg_exec(
        "insert into karara.credentials (user_id, password_hash) values ('%s', 'x'); insert into tenant_shared.task_assignees "
        "(brand_id, task_id, user_id) values ('%s', '%s', '%s')",
        p.id, brand.id, task_id, p.id);
    struct api_reply r = API_SEND(&root, "DELETE", user_path(&p), NULL, "If-Match", "\"v9\"");
    refused(&r, 412, "version_mismatch");
    assert_int_equal(api_delete(&root, user_path(&p)).status, 200);
    assert_string_equal(
        pg_value("select concat_ws(' ', email = 'deleted-' || id || '@invalid.example', first_name, last_name, status, "
                 "platform_role, deleted_at is not null) from karara.users where id = '%s'",
                 p.id),
        "t Deleted user inactive member t");
    assert_int_equal(
        pg_count("select (select count(*) from karara.credentials where user_id = '%s') + (select count(*) from "
                 "karara.brand_members where user_id = '%s') + (select count(*) from tenant_shared.team_members where "
                 "user_id = '%s') + (select count(*) from karara.sessions where user_id = '%s' and revoked_at is null)",
                 p.id, p.id, p.id, p.id),
        0);
    assert_string_equal(pg_value("select created_by from tenant_shared.tasks where id = '%s'", task_id), p.id);
    assert_int_equal(api_get(&owner, api_f("/api/v1/brands/%s/tasks/%s", brand.id, task_id)).status, 200);
    assert_int_equal(api_get(&p, "/api/v1/users/me").status, 401);
    r = api_get(&root, user_path(&p));
    refused(&r, 404, "not_found");
    r = api_delete(&root, user_path(&p));
    refused(&r, 404, "not_found");
    assert_int_equal(
        pg_count("select count(*) from karara.audit_entries where resource_id = '%s' and action = 'member.removed' and "
                 "platform and brand_id is not null",
                 p.id),
        2);
    assert_int_equal(pg_count("select count(*) from karara.events where kind = 'member.removed' and subject_id = '%s'", p.id),
                     2);
    assert_int_equal(api_post(&root, USERS, "{\"email\":\"leaver@test.example\"}").status, 201);
}

static void the_last_owner_of_a_brand_is_not_deleted(void **state)
{
    (void)state;
    struct api_person p = somebody();
    struct api_person heir = somebody();
    struct api_brand b = api_brand(api_f("kept%d", serial), &p);
    api_join(&b, &heir, "admin");
    struct api_reply r = api_delete(&root, user_path(&p));
    refused(&r, 409, "conflict");
    assert_string_equal(api_text(&r, "error.details.reason"), "last_owner");
    assert_string_equal(api_text(&r, "error.details.brands.0.id"), b.id);
    assert_string_equal(api_text(&r, "error.details.brands.0.name"), api_f("Brand %s", b.slug));
    assert_int_equal(api_get(&p, "/api/v1/users/me").status, 200);
    pg_exec("update karara.brand_members set role = 'owner' where user_id = '%s'", heir.id);
    assert_int_equal(api_delete(&root, user_path(&p)).status, 200);
}

static void the_last_owner_is_shut_out_or_deleted_only_where_that_is_said(void **state)
{
    (void)state;
    struct api_person p = somebody();
    struct api_brand b = api_brand(api_f("alone%d", serial), &p);
    struct api_reply r = api_get(&root, user_path(&p));
    assert_string_equal(api_text(&r, "data.brands.0.slug"), b.slug);
    assert_string_equal(api_text(&r, "data.brands.0.role"), "owner");
    assert_true(json_is_true(api_json(&r, "data.brands.0.last_owner")));
    assert_true(json_is_null(api_json(&r, "data.locked_until")));
    static const char *const changes[] = { "{\"status\":\"suspended\"}", "{\"status\":\"inactive\",\"force\":false}" };
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        r = api_patch(&root, user_path(&p), changes[i]);
        refused(&r, 409, "conflict");
        assert_string_equal(api_text(&r, "error.details.reason"), "last_owner");
        assert_string_equal(api_text(&r, "error.details.brands.0.id"), b.id);
    }
    assert_int_equal(api_get(&p, "/api/v1/users/me").status, 200);
    r = api_post(&root, USERS "/bulk", api_f("{\"operations\":[{\"op\":\"suspend\",\"id\":\"%s\"}]}", p.id));
    assert_int_equal(api_number(&r, "data.results.0.status"), 409);
    assert_int_equal(api_patch(&root, user_path(&p), "{\"status\":\"suspended\",\"force\":true}").status, 200);
    assert_int_equal(api_get(&p, "/api/v1/users/me").status, 401);
    assert_string_equal(
        pg_value("select before -> 'last_owner_of' -> 0 ->> 'id' from karara.audit_entries where resource_id = '%s' "
                 "and action = 'user.suspended'",
                 p.id),
        b.id);
    /* Who is out already leaves nobody else behind. */
    assert_int_equal(api_patch(&root, user_path(&p), "{\"status\":\"inactive\"}").status, 200);
    assert_int_equal(api_patch(&root, user_path(&p), "{\"status\":\"active\"}").status, 200);
    r = api_post(&root, USERS "/bulk",
                 api_f("{\"operations\":[{\"op\":\"suspend\",\"id\":\"%s\",\"data\":{\"force\":true}}]}", p.id));
    assert_int_equal(api_number(&r, "data.results.0.status"), 200);
    assert_int_equal(api_delete(&root, user_path(&p)).status, 409);
    assert_int_equal(api_delete(&root, api_f("%s?force=true", user_path(&p))).status, 200);
    assert_int_equal(pg_count("select count(*) from karara.brand_members where brand_id = '%s'", b.id), 0);
    assert_string_equal(
        pg_value("select before -> 'last_owner_of' -> 0 ->> 'id' from karara.audit_entries where resource_id = '%s' "
                 "and action = 'user.deleted'",
                 p.id),
        b.id);
    pg_exec("update karara.users set platform_role = 'member' where id <> '%s'", root.id);
    assert_int_equal(api_delete(&root, api_f("%s?force=true", user_path(&root))).status, 409);
}

static void a_locked_account_says_until_when(void **state)
{
    (void)state;
    struct api_person p = somebody();
    pg_exec("insert into karara.credentials (user_id, password_hash, locked_until) values ('%s', 'x', '2099-01-02 03:04:05Z')",
            p.id);
    struct api_reply r = api_get(&root, user_path(&p));
    assert_string_equal(api_text(&r, "data.locked_until"), "2099-01-02T03:04:05Z");
    pg_exec("update karara.credentials set locked_until = now() - interval '1 second' where user_id = '%s'", p.id);
    r = api_get(&root, user_path(&p));
    assert_true(json_is_null(api_json(&r, "data.locked_until")));
    r = api_get(&root, api_f(USERS "?email=%s", p.email));
    assert_null(api_json(&r, "data.0.brands"));
}

struct heirs {
    struct api_person owners[2];
    const char *brand_id;
    int how;
};

static int delete_an_owner(int index, void *arg)
{
    const struct heirs *h = arg;
    int status = api_delete(&root, user_path(&h->owners[index])).status;
    return status == 200 ? 1 : status == 409 ? 2 : 0;
}

/* The admin suspends one; the other is suspended too, or steps down, or goes. */
static int shut_out_an_owner(int index, void *arg)
{
    const struct heirs *h = arg;
    const struct api_person *p = &h->owners[index];
    const char *membership = api_f("/api/v1/brands/%s/users/%s", h->brand_id, p->id);
    int status = index == 0 || h->how == 0 ? api_patch(&root, user_path(p), "{\"status\":\"suspended\"}").status
                 : h->how == 1             ? api_patch(p, membership, "{\"role\":\"admin\"}").status
                                           : api_delete(p, membership).status;
    return status == 200 ? 1 : status == 409 ? 2 : 0;
}

static void of_the_last_two_owners_shut_out_at_once_one_stays(void **state)
{
    (void)state;
    for (int round = 0; round < 9; round++) {
        int results[2];
        struct heirs h = { .owners = { somebody(), somebody() }, .how = round % 3 };
        struct api_brand b = api_brand(api_f("two-stand-%d", round), &h.owners[0]);
        h.brand_id = b.id;
        api_join(&b, &h.owners[1], "owner");
        api_at_once(2, shut_out_an_owner, &h, results);
        assert_int_equal(results[0] + results[1], 3);
        assert_int_equal(
            pg_count("select count(*) from karara.brand_members m join karara.users u on u.id = m.user_id where brand_id = "
                     "'%s' and role = 'owner' and u.status = 'active'",
                     b.id),
            1);
    }
}

static void of_the_last_two_owners_deleted_at_once_one_stays(void **state)
{
    (void)state;
    for (int round = 0; round < 5; round++) {
        int results[2];
        struct heirs h = { .owners = { somebody(), somebody() } };
        struct api_brand b = api_brand(api_f("two-owners-%d", round), &h.owners[0]);
        api_join(&b, &h.owners[1], "owner");
        api_at_once(2, delete_an_owner, &h, results);
        assert_int_equal(results[0] + results[1], 3);
        assert_int_equal(pg_count("select count(*) from karara.brand_members where brand_id = '%s' and role = 'owner'", b.id),
                         1);
    }
}

/* ---- many at once ---- */

static void each_operation_has_its_result(void **state)
{
    (void)state;
    struct api_person a = somebody(), b = somebody(), c = somebody();
    struct api_reply r =
        api_post(&root, USERS "/bulk",
                 api_f("{\"operations\":[{\"op\":\"suspend\",\"id\":\"%s\"},{\"op\":\"delete\",\"id\":\"%s\"},"
                       "{\"op\":\"activate\",\"id\":\"%s\"},{\"op\":\"delete\",\"id\":\"%s\"},"
                       "{\"op\":\"update\",\"id\":\"%s\",\"data\":{\"platform_role\":\"admin\"}},"
                       "{\"op\":\"update\",\"id\":\"%s\",\"data\":{\"status\":\"odd\"}},{\"op\":\"suspend\"}]}",
                       a.id, b.id, brand.id, owner.id, c.id, c.id));
    assert_int_equal(r.status, 200);
    static const int expected[] = { 200, 200, 404, 409, 200, 422, 422 };
    for (int i = 0; i < 7; i++) {
        assert_int_equal(api_number(&r, api_f("data.results.%d.index", i)), i);
        assert_int_equal(api_number(&r, api_f("data.results.%d.status", i)), expected[i]);
    }
    assert_string_equal(api_text(&r, "data.results.0.id"), a.id);
    assert_string_equal(api_text(&r, "data.results.3.error.details.reason"), "last_owner");
    assert_non_null(api_json(&r, "data.results.5.error.field_errors.status"));
    assert_null(api_json(&r, "data.results.0.error"));
    assert_string_equal(
        pg_value("select string_agg(status || ' ' || platform_role, ', ' order by created_at) from karara.users where id "
                 "in ('%s', '%s', '%s')",
                 a.id, b.id, c.id),
        "suspended member, inactive member, active admin");
    assert_string_equal(noted(a.id), "user.suspended t");
    assert_int_equal(
        pg_count("select count(*) from karara.events where subject_id = '%s' and payload::text like '%%operations%%'", a.id),
        0);
}

static void all_or_nothing_when_it_is_asked_for(void **state)
{
    (void)state;
    struct api_person a = somebody();
    struct api_reply r = api_post(&root, USERS "/bulk",
                                  api_f("{\"atomic\":true,\"operations\":[{\"op\":\"suspend\",\"id\":\"%s\"},"
                                        "{\"op\":\"delete\",\"id\":\"%s\"}]}",
                                        a.id, owner.id));
    refused(&r, 409, "conflict");
    assert_int_equal(api_number(&r, "error.details.index"), 1);
    assert_string_equal(api_text(&r, "error.details.reason"), "last_owner");
    assert_string_equal(pg_value("select status from karara.users where id = '%s'", a.id), "active");
    assert_string_equal(noted(a.id), "");
    r = api_post(&root, USERS "/bulk", api_f("{\"atomic\":true,\"operations\":[{\"op\":\"delete\",\"id\":\"%s\"}]}", brand.id));
    assert_int_equal(r.status, 404);
    assert_int_equal(api_number(&r, "error.details.index"), 0);
}

static void odd_operations_are_refused_as_a_whole(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "{}",
        "{\"operations\":[]}",
        "{\"operations\":{}}",
        "{\"operations\":[1]}",
        "{\"operations\":[{\"op\":\"promote\",\"id\":\"0192f3c4-5e00-7001-8000-000000000002\"}]}",
        "{\"operations\":[{\"op\":\"delete\",\"id\":\"me\"}]}",
        "{\"operations\":[{\"op\":\"delete\",\"who\":\"me\"}]}",
        "{\"operations\":[{\"id\":\"0192f3c4-5e00-7001-8000-000000000002\"}]}"
    };
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        struct api_reply r = api_post(&root, USERS "/bulk", bodies[i]);
        refused(&r, 422, "validation_failed");
        assert_non_null(api_json(&r, "error.field_errors.operations"));
    }
    struct buf many = { 0 };
    for (int i = 0; i <= 500; i++) {
        buf_printf(&many, "%s{\"op\":\"delete\"}", i > 0 ? "," : "");
    }
    char *body = NULL;
    assert_true(asprintf(&body, "{\"operations\":[%s]}", many.data) > 0);
    struct api_reply r = api_post(&root, USERS "/bulk", body);
    refused(&r, 422, "validation_failed");
    assert_non_null(strstr(api_text(&r, "error.field_errors.operations.0"), "1 to 500"));
    free(body);
    buf_free(&many);
}

/* ---- brands ---- */

static void a_brand_is_seen_from_outside_only(void **state)
{
    (void)state;
    struct api_reply r = api_get(&root, api_f(BRANDS "/%s", brand.id));
    assert_int_equal(r.status, 200);
    assert_string_equal(api_text(&r, "data.slug"), "home");
    assert_string_equal(api_text(&r, "data.plan"), "free");
    assert_int_equal(api_number(&r, "data.owner_count"), 1);
    assert_null(api_json(&r, "data.settings"));
    assert_null(api_json(&r, "data.description"));
    r = api_get(&root, BRANDS "?q=HOME&plan=free&status=active");
    assert_int_equal(api_number(&r, "count"), 1);
    assert_int_equal(api_get(&owner, BRANDS).status, 403);
    assert_int_equal(api_get(&root, api_f(BRANDS "/%s", root.id)).status, 404);
}

static void a_brand_is_suspended_and_let_go_with_the_next_request(void **state)
{
    (void)state;
    const char *path = api_f(BRANDS "/%s", brand.id);
    assert_int_equal(api_post(&owner, api_f("/api/v1/brands/%s/teams", brand.id), "{\"name\":\"Before\"}").status, 201);
    struct api_reply r = api_patch(&root, path, "{\"status\":\"suspended\"}");
    assert_int_equal(r.status, 200);
    assert_string_equal(api_text(&r, "data.status"), "suspended");
    r = api_post(&owner, api_f("/api/v1/brands/%s/teams", brand.id), "{\"name\":\"Meanwhile\"}");
    refused(&r, 403, "brand_suspended");
    assert_int_equal(api_get(&owner, api_f("/api/v1/brands/%s/teams", brand.id)).status, 200);
    assert_int_equal(api_patch(&root, path, "{\"status\":\"inactive\"}").status, 200);
    assert_int_equal(api_get(&owner, api_f("/api/v1/brands/%s/teams", brand.id)).status, 404);
    r = API_SEND(&root, "PATCH", path, "{\"status\":\"active\"}", "If-Match", "\"v1\"");
    refused(&r, 412, "version_mismatch");
    assert_int_equal(api_patch(&root, path, "{\"status\":\"active\"}").status, 200);
    assert_int_equal(api_post(&owner, api_f("/api/v1/brands/%s/teams", brand.id), "{\"name\":\"After\"}").status, 201);
    assert_string_equal(noted(brand.id), "brand.suspended t; brand.deactivated t; brand.activated t");
    r = api_get(&owner, api_f("/api/v1/brands/%s/audit?resource_type=brand", brand.id));
    assert_int_equal(api_number(&r, "count"), 3);
    assert_string_equal(api_text(&r, "data.0.actor_id"), root.id);
}

static void a_subscription_changes_key_by_key(void **state)
{
    (void)state;
    const char *path = api_f(BRANDS "/%s", brand.id);
    struct api_reply r = api_patch(&root, path, "{\"subscription\":{\"plan\":\"premium\",\"max_users\":3}}");
    assert_int_equal(r.status, 200);
    assert_string_equal(api_text(&r, "data.plan"), "premium");
    r = api_patch(&root, path, "{\"subscription\":{\"plan\":\"basic\",\"max_users\":null}}");
    assert_string_equal(pg_value("select subscription from karara.brands where id = '%s'", brand.id), "{\"plan\": \"basic\"}");
    static const char *const odd[] = { "{\"plan\":\"golden\"}", "{\"status\":\"odd\"}", "{\"max_users\":\"many\"}",
                                       "{\"max_users\":-1}", "{\"features\":[]}" };
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        r = api_patch(&root, path, api_f("{\"subscription\":%s}", odd[i]));
        assert_non_null(api_json(&r, "error.field_errors.subscription"));
    }
    assert_int_equal(api_patch(&root, api_f(BRANDS "/%s", root.id), "{\"status\":\"active\"}").status, 404);
}

static void figures_are_counted(void **state)
{
    (void)state;
    struct api_reply r = api_get(&root, "/api/v1/admin/stats");
    assert_int_equal(r.status, 200);
    assert_int_equal(api_number(&r, "data.users_by_status.active"),
                     pg_count("select count(*) from karara.users where status = 'active' and deleted_at is null"));
    assert_int_equal(api_number(&r, "data.platform_admins"),
                     pg_count("select count(*) from karara.users where platform_role = 'admin'"));
    assert_int_equal(api_number(&r, "data.brands_by_plan.free"),
                     pg_count("select count(*) from karara.brands where coalesce(subscription ->> 'plan', 'free') = 'free'"));
    assert_int_equal(api_number(&r, "data.sessions"),
                     pg_count("select count(*) from karara.sessions where revoked_at is null"));
    assert_int_equal(json_array_size(api_json(&r, "data.events_by_day")), 14);
    assert_int_equal(api_number(&r, "data.events_by_day.13.events"), pg_count("select count(*) from karara.events"));
    assert_true(api_number(&r, "data.database_bytes") > 1000000);
    assert_int_equal(api_get(&owner, "/api/v1/admin/stats").status, 403);
}

/* ---- what is in a brand ---- */

/* Every row of every brand, by both addresses: without a membership a platform admin is a stranger. */
static void a_platform_admin_sees_nothing_that_is_in_a_brand(void **state)
{
    const struct route *row;
    int asked = 0;
    (void)state;
    struct row_place p = rows_place();
    const char *before = api_f("%s", rows_digest());
    for (int i = 0; (row = registry_route(i, NULL)) != NULL; i++) {
        if ((row->flags & ROUTE_TENANT) == 0) {
            continue;
        }
        const char *method = http_method_name(row->method);
        struct api_reply by_path = api_send(&p.signer, method, rows_path(row, &p, true), rows_body(row, &p), NULL);
        struct api_reply by_header =
            API_SEND(&p.signer, method, rows_path(row, &p, false), rows_body(row, &p), "X-Brand-ID", p.brand.id);
        if (by_path.status != 404 || by_header.status != 404) {
            fail_msg("%s: %d and %d %s", rows_name(row), by_path.status, by_header.status, by_header.body);
        }
        asked++;
    }
    assert_true(asked > 30);
    assert_string_equal(rows_digest(), before);
    rows_leave(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accounts_are_listed_and_found),
        cmocka_unit_test(an_account_is_made_active_with_a_password_and_pending_without),
        cmocka_unit_test(suspending_ends_every_session_at_once),
        cmocka_unit_test(the_last_platform_admin_stays),
        cmocka_unit_test(of_two_admins_who_remove_each_other_one_stays),
        cmocka_unit_test(a_deleted_account_leaves_a_tombstone_and_its_work),
        cmocka_unit_test(the_last_owner_of_a_brand_is_not_deleted),
        cmocka_unit_test(of_the_last_two_owners_deleted_at_once_one_stays),
        cmocka_unit_test(the_last_owner_is_shut_out_or_deleted_only_where_that_is_said),
        cmocka_unit_test(a_locked_account_says_until_when),
        cmocka_unit_test(of_the_last_two_owners_shut_out_at_once_one_stays),
        cmocka_unit_test(each_operation_has_its_result),
        cmocka_unit_test(all_or_nothing_when_it_is_asked_for),
        cmocka_unit_test(odd_operations_are_refused_as_a_whole),
        cmocka_unit_test(a_brand_is_seen_from_outside_only),
        cmocka_unit_test(a_brand_is_suspended_and_let_go_with_the_next_request),
        cmocka_unit_test(a_subscription_changes_key_by_key),
        cmocka_unit_test(figures_are_counted),
        cmocka_unit_test(a_platform_admin_sees_nothing_that_is_in_a_brand),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
