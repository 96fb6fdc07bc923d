/* test_members_bulk.c - many memberships in one request, by JSON and by CSV. */
#include "cast.h"
#include "core/buf.h"
#include "pg.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct api_reply bulk(const struct api_person *who, const struct api_brand *b, const char *operations, bool atomic)
{
    return api_post(who, api_f("/api/v1/brands/%s/users/bulk", b->id),
                    api_f("{\"operations\":%s,\"atomic\":%s}", operations, atomic ? "true" : "false"));
}

static struct api_reply table(const struct api_person *who, const struct api_brand *b, const char *query, const char *csv)
{
    return api_send_bytes(who, "POST", api_f("/api/v1/brands/%s/users/bulk%s", b->id, query), csv, strlen(csv),
                          "text/csv; charset=utf-8");
}

static long long status(const struct api_reply *r, int i)
{
    return api_number(r, api_f("data.results.%d.status", i));
}

static const char *code(const struct api_reply *r, int i)
{
    return api_text(r, api_f("data.results.%d.error.code", i));
}

static const char *roles(const struct api_brand *b)
{
    return pg_value(
        "select string_agg(role || case status when 'active' then '' else '-' || status end, ' ' order by role, status) "
        "from karara.brand_members where brand_id = '%s'",
        b->id);
}

/* ---- JSON ---- */

static void each_operation_has_its_result(void **state)
{
    (void)state;
    struct api_person p = api_person("bulker");
    struct api_brand b = api_brand("bulker", &p);
    struct api_person gone = joined(&b, "guest"), kept = joined(&b, "member"), fresh = api_person("bulkfresh");
    api_acquaint(&p);
    struct api_reply r =
        bulk(&p, &b,
             api_f("[{\"op\":\"add\",\"email\":\"BulkFresh@test.example\",\"role\":\"client\",\"team_ids\":[\"%s\"],"
                   "\"expires_at\":\"2099-01-01T00:00:00Z\"},"
                   "{\"op\":\"update\",\"user_id\":\"%s\",\"role\":\"manager\",\"permissions\":{\"can_use_ai\":false}},"
                   "{\"op\":\"remove\",\"email\":\"%s\"},"
                   "{\"op\":\"add\",\"email\":\"unheard@test.example\",\"role\":\"member\"},"
                   "{\"op\":\"update\",\"email\":\"%s\",\"role\":\"emperor\",\"size\":3}, 7,"
                   "{\"op\":\"remove\",\"email\":\"%s\",\"role\":\"member\"}]",
                   b.team_id, kept.id, gone.email, kept.email, kept.email),
             false);
    assert_int_equal(r.status, 200);
    assert_int_equal(status(&r, 0), 201);
    assert_string_equal(api_text(&r, "data.results.0.id"), fresh.id);
    assert_int_equal(status(&r, 1), 200);
    assert_int_equal(status(&r, 2), 200);
    assert_int_equal(status(&r, 3), 201);
    assert_true(json_is_true(api_json(&r, "data.results.3.invited")));
    assert_true(json_is_false(api_json(&r, "data.results.0.invited")));
    assert_non_null(api_json(&r, "data.results.4.error.field_errors.role"));
    assert_non_null(api_json(&r, "data.results.4.error.field_errors.size"));
    assert_int_equal(status(&r, 5), 422);
    assert_non_null(api_json(&r, "data.results.6.error.field_errors.role"));
    assert_string_equal(roles(&b), "client manager owner");
    assert_string_equal(
        pg_value("select permissions::text from karara.brand_members where brand_id = '%s' and user_id = '%s'", b.id, kept.id),
        "{\"can_use_ai\": false}");
    assert_string_equal(
        pg_value("select team_id from tenant_shared.team_members where brand_id = '%s' and user_id = '%s'", b.id, fresh.id),
        b.team_id);
    assert_string_equal(pg_value("select string_agg(kind, ' ' order by kind) from karara.events where brand_id = '%s' and "
                                 "subject_type = 'member'",
                                 b.id),
                        "member.added member.removed member.updated");
    assert_string_equal(
        pg_value("select string_agg(action || coalesce(' ' || (before ->> 'role'), '') || coalesce(' ' || (after "
                 "->> 'role'), ''), ', ' order by action) from karara.audit_entries where brand_id = '%s'",
                 b.id),
        "invitation.created member, member.added client, member.removed guest, member.updated member manager, "
        "team.member_added member");
    assert_int_equal(api_get(&gone, api_f("/api/v1/brands/%s", b.id)).status, 404);
}

/* What else an act leaves: mails, events, entries of the audit log, invitations, jobs. */
static const char *traces_of(const struct api_brand *b)
{
    return api_f(
        "%s",
        pg_value("select concat_ws(' ', (select count(*) from karara.mails where brand_id = '%1$s'), (select count(*) from "
                 "karara.events where brand_id = '%1$s'), (select count(*) from karara.audit_entries where brand_id = '%1$s'), "
                 "(select count(*) from karara.invitations where brand_id = '%1$s'), (select count(*) from karara.jobs where "
                 "brand_id = '%1$s'))",
                 b->id));
}

static void all_or_nothing_is_kept(void **state)
{
    (void)state;
    struct api_person p = api_person("atomic");
    struct api_brand b = api_brand("atomic", &p);
    struct api_person m = joined(&b, "member");
    const char *operations = api_f("[{\"op\":\"update\",\"user_id\":\"%s\",\"role\":\"guest\"},"
                                   "{\"op\":\"remove\",\"email\":\"unheard@test.example\"}]",
                                   m.id);
    const char *traces = traces_of(&b);
    struct api_reply r = bulk(&p, &b, operations, true);
    assert_int_equal(status(&r, 0), 409);
    assert_string_equal(code(&r, 0), "conflict");
    assert_int_equal(status(&r, 1), 404);
    assert_string_equal(roles(&b), "member owner");
    r = table(&p, &b, "?all_or_nothing=true",
              "op,email,role\ninvite,a@nothing.example,guest\n,b@nothing.example,guest\nremove,c@nothing.example,\n");
    assert_int_equal(status(&r, 0), 409);
    assert_string_equal(traces_of(&b), traces);
    r = bulk(&p, &b, operations, false);
    assert_int_equal(status(&r, 0), 200);
    assert_string_equal(roles(&b), "guest owner");
}

static void the_rules_of_one_hold_for_many(void **state)
{
    (void)state;
    struct api_person p = api_person("ruled");
    struct api_brand b = api_brand("ruled", &p);
    struct api_person admin = joined(&b, "admin"), m = joined(&b, "member"), other = joined(&b, "owner");
    struct api_reply r = bulk(&admin, &b,
                              api_f("[{\"op\":\"update\",\"user_id\":\"%s\",\"role\":\"owner\"},"
                                    "{\"op\":\"remove\",\"user_id\":\"%s\"},{\"op\":\"remove\",\"user_id\":\"%s\"},"
                                    "{\"op\":\"update\",\"user_id\":\"%s\",\"role\":\"guest\"}]",
                                    m.id, p.id, admin.id, m.id),
                              false);
    for (int i = 0; i < 3; i++) {
        assert_string_equal(code(&r, i), "permission_denied");
    }
    assert_non_null(api_json(&r, "data.results.3.error.field_errors.user_id")); /* the second about one person */
    r = bulk(&other, &b, api_f("[{\"op\":\"remove\",\"user_id\":\"%s\"}]", p.id), false);
    assert_int_equal(status(&r, 0), 200);
    struct api_person third = joined(&b, "owner");
    pg_exec("update karara.users set status = 'suspended' where id = '%s'", other.id);
    struct api_person fourth = joined(&b, "owner");
    r = bulk(&fourth, &b,
             api_f("[{\"op\":\"update\",\"user_id\":\"%s\",\"status\":\"suspended\"},{\"op\":\"remove\",\"user_id\":\"%s\"}]",
                   third.id, other.id),
             false);
    assert_int_equal(status(&r, 0), 200);
    assert_string_equal(roles(&b), "admin member owner owner-suspended");
    r = bulk(&m, &b, "[]", false);
    assert_int_equal(r.status, 403);
    r = bulk(&fourth, &b, "[]", false);
    assert_int_equal(r.status, 422);
    r = bulk(&fourth, &b, "{}", false);
    assert_int_equal(r.status, 422);
}

/* Owners who demote each other among many leave one. */
static void the_last_owner_stays_among_many(void **state)
{
    (void)state;
    struct api_person p = api_person("lastbulk");
    struct api_brand b = api_brand("lastbulk", &p);
    struct api_person q = joined(&b, "owner");
    pg_exec("update karara.brand_members set expires_at = '2099-01-01' where user_id = '%s'", p.id);
    struct api_reply r = bulk(&p, &b, api_f("[{\"op\":\"update\",\"user_id\":\"%s\",\"role\":\"member\"}]", q.id), false);
    assert_string_equal(code(&r, 0), "conflict");
    struct api_person m = joined(&b, "member");
    r = bulk(&p, &b,
             api_f("[{\"op\":\"update\",\"user_id\":\"%s\",\"role\":\"owner\"},{\"op\":\"update\",\"user_id\":\"%s\",\"role\":"
                   "\"member\"}]",
                   m.id, q.id),
             false);
    assert_int_equal(status(&r, 0), 200);
    assert_int_equal(status(&r, 1), 200);
    assert_string_equal(roles(&b), "member owner owner");
}

static void places_are_counted_along_the_way(void **state)
{
    (void)state;
    struct api_person p = api_person("placed");
    struct api_brand b = api_brand("placed", &p);
    struct api_person m = joined(&b, "member"), x = api_person("placedx"), y = api_person("placedy");
    api_acquaint(&p);
    pg_exec("update karara.brands set subscription = '{\"max_users\": 2}' where id = '%s'", b.id);
    struct api_reply r =
        bulk(&p, &b,
             api_f("[{\"op\":\"add\",\"user_id\":\"%s\",\"role\":\"guest\"},{\"op\":\"remove\",\"user_id\":\"%s\"},"
                   "{\"op\":\"add\",\"user_id\":\"%s\",\"role\":\"guest\"}]",
                   x.id, m.id, y.id),
             false);
    assert_string_equal(code(&r, 0), "plan_limit_reached");
    assert_int_equal(status(&r, 1), 200);
    assert_int_equal(status(&r, 2), 201);
    assert_string_equal(roles(&b), "guest owner");
}

/* ---- CSV ---- */

static void a_table_is_read_by_its_first_row(void **state)
{
    (void)state;
    struct api_person p = api_person("tabler");
    struct api_brand b = api_brand("tabler", &p);
    struct api_person x = api_person("tablex"), y = api_person("tabley");
    api_acquaint(&p);
    pg_exec("update tenant_shared.teams set name = 'Größe, und mehr' where id = '%s'", b.team_id);
    struct api_reply r =
        table(&p, &b, "",
              api_f("email,role,teams,expires_at\r\n%s,member,\"größe, und mehr\",\r\n"
                    "%s,client,,2099-01-01T00:00:00Z\r\nnobody@test.example,member,,\r\n%s,king,nowhere,soon\r\n",
                    x.email, y.email, y.email));
    assert_int_equal(r.status, 200);
    assert_int_equal(status(&r, 0), 201);
    assert_int_equal(status(&r, 1), 201);
    assert_int_equal(status(&r, 2), 201);
    assert_true(json_is_true(api_json(&r, "data.results.2.invited")));
    assert_non_null(api_json(&r, "data.results.3.error.field_errors.role"));
    assert_non_null(api_json(&r, "data.results.3.error.field_errors.expires_at"));
    assert_string_equal(roles(&b), "client member owner");
    assert_string_equal(
        pg_value("select user_id from tenant_shared.team_members where team_id = '%s' and user_id <> '%s'", b.team_id, p.id),
        x.id);
    r = table(&p, &b, "?all_or_nothing=true", api_f("op,email,role\nremove,%s,\nupdate,%s,nobody\n", x.email, y.email));
    assert_int_equal(status(&r, 0), 409);
    assert_string_equal(roles(&b), "client member owner");
}

static void a_table_is_read_as_spreadsheets_write_it(void **state)
{
    (void)state;
    struct api_person p = api_person("spreader");
    struct api_brand b = api_brand("spreader", &p);
    struct api_person x = api_person("spreadx");
    api_acquaint(&p);
    pg_exec("update tenant_shared.teams set name = 'Sales' where id = '%s'", b.team_id);
    pg_exec("insert into tenant_shared.teams (id, brand_id, name) values (gen_random_uuid(), '%s', 'Süd')", b.id);
    struct api_reply r = table(&p, &b, "?all_or_nothing=true",
                               "\xef\xbb\xbf"
                               "E-Mail;Role\r\nx@y.example;guest\r\n");
    assert_non_null(strstr(api_text(&r, "error.field_errors.operations.0"), "e-mail is no column"));
    r = table(&p, &b, "?all_or_nothing=true",
              "\xef\xbb\xbf"
              "Email ;Role;\"Teams\"\r\nSpreadX@Test.Example;member;\"sales;SÜD\"\r\n\r\nnew@spread.example;guest;\r\n");
    assert_int_equal(status(&r, 0), 201);
    assert_string_equal(api_text(&r, "data.results.0.id"), x.id);
    assert_int_equal(status(&r, 1), 201);
    assert_true(json_is_true(api_json(&r, "data.results.1.invited")));
    assert_int_equal(pg_count("select count(*) from tenant_shared.team_members where user_id = '%s'", x.id), 2);
    r = table(&p, &b, "", "email;role\none@spread.example;guest\ntwo@spread.example\n");
    assert_string_equal(api_text(&r, "error.field_errors.operations.0"), "line 3 has 1 cells, the first has 2");
}

/* The database's idea of an address decides, which knows more letters than ASCII's. */
static void an_address_is_named_once_whatever_its_case(void **state)
{
    (void)state;
    struct api_person p = api_person("namesake");
    struct api_brand b = api_brand("namesake", &p);
    struct api_reply r = table(&p, &b, "",
                               "op,email,role\ninvite,ärzte@case.example,guest\ninvite,ÄRZTE@CASE.example,guest\n"
                               "add,One@case.example,king\nadd,oNE@case.example,guest\nadd,two@case.example,guest\n");
    assert_int_equal(r.status, 200);
    assert_int_equal(status(&r, 0), 201);
    assert_non_null(api_json(&r, "data.results.1.error.field_errors.email"));
    assert_int_equal(status(&r, 2), 422); /* and by the one after it, since it can't be read, not named */
    assert_int_equal(status(&r, 3), 201);
    assert_int_equal(status(&r, 4), 201);
    assert_int_equal(pg_count("select count(*) from karara.mails where to_address ilike '%%case.example'"), 3);
}

static void among_many_too_nobody_learns_who_has_an_account(void **state)
{
    (void)state;
    struct api_person p = api_person("bulkasking"), q = api_person("bulkasked");
    struct api_brand b = api_brand("bulkasking", &p);
    struct api_reply r = bulk(&p, &b,
                              api_f("[{\"op\":\"add\",\"email\":\"%s\",\"role\":\"member\"},"
                                    "{\"op\":\"add\",\"email\":\"unheard@test.example\",\"role\":\"member\"},"
                                    "{\"op\":\"remove\",\"user_id\":\"%s\"},{\"op\":\"remove\",\"user_id\":\"%s\"},"
                                    "{\"op\":\"add\",\"user_id\":\"%s\",\"role\":\"member\"}]",
                                    q.email, q.id, b.id, b.team_id),
                              false);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(status(&r, i), 201);
        assert_true(json_is_true(api_json(&r, api_f("data.results.%d.invited", i))));
        assert_string_equal(api_text(&r, api_f("data.results.%d.id", i)),
                            pg_value("select id from karara.invitations where brand_id = '%s' and email = '%s'", b.id,
                                     i == 0 ? q.email : "unheard@test.example"));
        assert_int_equal(status(&r, 2 + i), 404);
        assert_true(json_is_null(api_json(&r, api_f("data.results.%d.id", 2 + i))));
    }
    r = bulk(&p, &b, api_f("[{\"op\":\"add\",\"user_id\":\"%s\",\"role\":\"member\"}]", q.id), false);
    assert_non_null(api_json(&r, "data.results.0.error.field_errors.user_id"));
    assert_string_equal(roles(&b), "owner");
}

static void what_is_no_table_is_refused_whole(void **state)
{
    (void)state;
    struct api_person p = api_person("notable");
    struct api_brand b = api_brand("notable", &p);
    static const char *const wrong[] = {
        "", "email,role\n", "email,size\na@b.c,1\n", "email,email\n", "email,role\n\"a@b.c,guest\n", "email,role\na@b.c\n"
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct api_reply r = table(&p, &b, "", wrong[i]);
        assert_int_equal(r.status, 422);
        assert_non_null(api_json(&r, "error.field_errors.operations"));
    }
    assert_int_equal(table(&p, &b, "", "email,role\n\xff@b.c,guest\n").status, 400);
    struct api_reply r = api_send_bytes(&p, "POST", "/api/v1/teams", "a,b", 3, "text/csv");
    assert_int_equal(r.status, 415);
    assert_string_equal(roles(&b), "owner");
}

static void five_hundred_come_at_once(void **state)
{
    (void)state;
    struct api_person p = api_person("manyowner");
    struct api_brand b = api_brand("manyowner", &p);
    struct buf csv = { 0 };
    pg_exec("insert into karara.users (id, email, status) select gen_random_uuid(), 'many' || n || '@test.example', 'active' "
            "from generate_series(1, 501) n");
    api_acquaint(&p);
    buf_str(&csv, "email,role,teams\n");
    for (int i = 1; i <= 500; i++) {
        buf_printf(&csv, "many%d@test.example,member,General\n", i);
    }
    pg_exec("update tenant_shared.teams set name = 'General' where id = '%s'", b.team_id);
    struct api_reply r = table(&p, &b, "", csv.data);
    assert_int_equal(r.status, 200);
    assert_int_equal(json_array_size(api_json(&r, "data.results")), 500);
    assert_int_equal(status(&r, 499), 201);
    assert_int_equal(pg_count("select count(*) from tenant_shared.team_members where team_id = '%s'", b.team_id), 501);
    assert_int_equal(pg_count("select count(*) from karara.events where brand_id = '%s' and kind = 'member.added'", b.id), 500);
    buf_str(&csv, "many501@test.example,member,General\n");
    assert_int_equal(table(&p, &b, "", csv.data).status, 422);
    buf_free(&csv);
}

/* ---- at once ---- */

struct race {
    struct api_person *who;
    struct api_brand *brand;
};

static int add_four(int index, void *arg)
{
    const struct race *race = arg;
    struct api_reply r = bulk(race->who, race->brand,
                              api_f("[{\"op\":\"add\",\"email\":\"race%da@test.example\",\"role\":\"guest\"},"
                                    "{\"op\":\"add\",\"email\":\"race%db@test.example\",\"role\":\"guest\"}]",
                                    index, index),
                              false);
    return r.status != 200 ? 99 : (status(&r, 0) == 201) + (status(&r, 1) == 201);
}

static void many_at_once_don_t_pass_the_plan_s_limit(void **state)
{
    (void)state;
    int results[5], added = 0;
    struct api_person p = api_person("bulkracer");
    struct api_brand b = api_brand("bulkracer", &p);
    pg_exec(
        "insert into karara.users (id, email, status) select gen_random_uuid(), 'race' || n || x || '@test.example', 'active' "
        "from generate_series(0, 4) n, unnest(array['a', 'b']) x");
    pg_exec("update karara.brands set subscription = '{\"max_users\": 4}' where id = '%s'", b.id);
    api_acquaint(&p);
    struct race race = { &p, &b };
    api_at_once(5, add_four, &race, results);
    for (int i = 0; i < 5; i++) {
        assert_true(results[i] <= 2);
        added += results[i];
    }
    assert_int_equal(added, 3);
    assert_string_equal(roles(&b), "guest guest guest owner");
}

/* ---- inviting ---- */

static long long invited(const struct api_brand *b)
{
    return pg_count(
        "select count(*) from karara.invitations where brand_id = '%s' and accepted_at is null and revoked_at is null", b->id);
}

static void many_are_invited_at_once(void **state)
{
    (void)state;
    struct api_person p = api_person("inviter");
    struct api_brand b = api_brand("inviter", &p);
    struct api_person m = joined(&b, "member"), known = api_person("inviteknown");
    struct api_reply r = bulk(
        &p, &b,
        api_f("[{\"op\":\"invite\",\"email\":\"first@bulk.example\",\"role\":\"member\",\"team_ids\":[\"%s\"],"
              "\"message\":\"Welcome\",\"expires_at\":\"2099-01-01T00:00:00Z\"},"
              "{\"op\":\"invite\",\"email\":\"%s\",\"role\":\"guest\",\"teams\":[\"general\"]},"
              "{\"op\":\"invite\",\"email\":\"FIRST@bulk.example\",\"role\":\"member\"},"
              "{\"op\":\"invite\",\"email\":\"%s\",\"role\":\"member\"},"
              "{\"op\":\"invite\",\"user_id\":\"%s\",\"role\":\"member\"},"
              "{\"op\":\"invite\",\"email\":\"old@bulk.example\",\"role\":\"guest\",\"expires_at\":\"2001-01-01T00:00:00Z\"},"
              "{\"op\":\"invite\",\"email\":\"link@bulk.example\",\"role\":\"guest\",\"message\":\"http://x\"},"
              "{\"op\":\"invite\",\"email\":\"perm@bulk.example\",\"role\":\"guest\",\"permissions\":{}},"
              "{\"op\":\"add\",\"user_id\":\"%s\",\"role\":\"guest\"}]",
              b.team_id, known.email, m.email, known.id, known.id),
        false);
    assert_int_equal(r.status, 200);
    assert_int_equal(status(&r, 0), 201);
    assert_int_equal(status(&r, 1), 201);
    assert_int_equal(status(&r, 2), 422);
    assert_string_equal(code(&r, 3), "already_exists");
    assert_non_null(api_json(&r, "data.results.4.error.field_errors.email"));
    assert_non_null(api_json(&r, "data.results.5.error.field_errors.expires_at"));
    assert_non_null(api_json(&r, "data.results.6.error.field_errors.message"));
    assert_non_null(api_json(&r, "data.results.7.error.field_errors.permissions"));
    assert_int_equal(status(&r, 8), 422); /* named before, by address */
    assert_int_equal(invited(&b), 2);
    assert_int_equal(
        pg_count("select count(*) from karara.mails where to_address in ('first@bulk.example', '%s')", known.email), 2);
    struct api_reply one = api_get(&p, api_f("/api/v1/brands/%s/invitations/%s", b.id, api_text(&r, "data.results.0.id")));
    assert_string_equal(api_text(&one, "data.email"), "first@bulk.example");
    assert_string_equal(api_text(&one, "data.message"), "Welcome");
    assert_string_equal(api_text(&one, "data.access_expires_at"), "2099-01-01T00:00:00Z");
    assert_string_equal(api_text(&one, "data.teams.0.id"), b.team_id);
    const char *text = api_f("%s", pg_value("select text_body from karara.mails where to_address = 'first@bulk.example'"));
    const char *token = strstr(text, "#token=") + 7;
    r = api_post(NULL, "/api/v1/invitations/preview", api_f("{\"token\":\"%.*s\"}", (int)strcspn(token, "\n"), token));
    assert_int_equal(r.status, 200);
    r = bulk(&p, &b, "[{\"op\":\"invite\",\"email\":\"first@bulk.example\",\"role\":\"client\"}]", false); /* renewed */
    assert_int_equal(status(&r, 0), 201);
    assert_string_equal(api_text(&r, "data.results.0.id"), api_text(&one, "data.id"));
    assert_int_equal(invited(&b), 2);
    assert_int_equal(pg_count("select count(*) from karara.mails where to_address = 'first@bulk.example'"), 1);
}

static void a_table_invites(void **state)
{
    (void)state;
    struct api_person p = api_person("tableinviter");
    struct api_brand b = api_brand("tableinviter", &p);
    struct api_reply r = table(&p, &b, "?all_or_nothing=true",
                               "op,email,role,teams,message\ninvite,one@table.example,member,General,\"Hello, you\"\n"
                               "invite,two@table.example,guest,,\ninvite,three@table.example,emperor,,\n");
    assert_int_equal(status(&r, 0), 409);
    assert_int_equal(status(&r, 2), 422);
    assert_int_equal(invited(&b), 0);
    assert_int_equal(pg_count("select count(*) from karara.mails where to_address like '%%@table.example'"), 0);
    r = table(&p, &b, "", "op,email,role,teams,message\ninvite,one@table.example,member,General,\"Hello, you\"\n");
    assert_int_equal(status(&r, 0), 201);
    assert_int_equal(invited(&b), 1);
}

static void invitations_and_members_share_the_plans_places(void **state)
{
    (void)state;
    struct api_person p = api_person("placer");
    struct api_brand b = api_brand("placer", &p);
    struct api_person f = api_person("placerfresh");
    api_acquaint(&p);
    pg_exec("update karara.brands set subscription = '{\"max_users\": 3}' where id = '%s'", b.id);
    struct api_reply r = bulk(&p, &b,
                              api_f("[{\"op\":\"invite\",\"email\":\"a@place.example\",\"role\":\"member\"},"
                                    "{\"op\":\"add\",\"user_id\":\"%s\",\"role\":\"guest\"},"
                                    "{\"op\":\"invite\",\"email\":\"b@place.example\",\"role\":\"member\"}]",
                                    f.id),
                              false);
    assert_int_equal(status(&r, 0), 201);
    assert_int_equal(status(&r, 1), 201);
    assert_string_equal(code(&r, 2), "plan_limit_reached");
}

static void who_may_only_invite_does_only_that(void **state)
{
    (void)state;
    struct api_person p = api_person("divider");
    struct api_brand b = api_brand("divider", &p);
    struct api_person m = joined(&b, "manager"), g = joined(&b, "guest"), f = api_person("dividerfresh");
    struct api_reply r = bulk(&m, &b,
                              api_f("[{\"op\":\"invite\",\"email\":\"a@divide.example\",\"role\":\"member\"},"
                                    "{\"op\":\"add\",\"user_id\":\"%s\",\"role\":\"guest\"},"
                                    "{\"op\":\"add\",\"email\":\"nobody@divide.example\",\"role\":\"guest\"},"
                                    "{\"op\":\"remove\",\"user_id\":\"%s\"},"
                                    "{\"op\":\"invite\",\"email\":\"b@divide.example\",\"role\":\"admin\"}]",
                                    f.id, g.id),
                              false);
    assert_int_equal(status(&r, 0), 201);
    for (int i = 1; i < 5; i++) {
        assert_string_equal(code(&r, i), "permission_denied");
    }
    assert_string_equal(roles(&b), "guest manager owner");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_operation_has_its_result),
        cmocka_unit_test(all_or_nothing_is_kept),
        cmocka_unit_test(the_rules_of_one_hold_for_many),
        cmocka_unit_test(the_last_owner_stays_among_many),
        cmocka_unit_test(places_are_counted_along_the_way),
        cmocka_unit_test(a_table_is_read_by_its_first_row),
        cmocka_unit_test(a_table_is_read_as_spreadsheets_write_it),
        cmocka_unit_test(an_address_is_named_once_whatever_its_case),
        cmocka_unit_test(among_many_too_nobody_learns_who_has_an_account),
        cmocka_unit_test(what_is_no_table_is_refused_whole),
        cmocka_unit_test(five_hundred_come_at_once),
        cmocka_unit_test(many_at_once_don_t_pass_the_plan_s_limit),
        cmocka_unit_test(many_are_invited_at_once),
        cmocka_unit_test(a_table_invites),
        cmocka_unit_test(invitations_and_members_share_the_plans_places),
        cmocka_unit_test(who_may_only_invite_does_only_that),
    };
    return cmocka_run_group_tests(tests, cast_begin, NULL);
}
