/* test_ends.c - memberships, delegations and invitations that end by the clock: each end is written down once, and can be taken back. */
#include "api.h"
#include "pg.h"
#include "platform/db.h"
#include "workers.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static int serial;

struct place {
    struct api_person owner, member;
    struct api_brand brand;
};

static struct place make_place(const char *role)
{
    struct place p = { .owner = api_person(api_f("owner%d", ++serial)), .member = api_person(api_f("member%d", serial)) };
    p.brand = api_brand(api_f("ends%d", serial), &p.owner);
    api_join(&p.brand, &p.member, role);
    return p;
}

/* The job of this minute may have been before; so one more. */
static void run_ends(void)
{
    assert_string_equal(workers_await(workers_job("ends", "{}", "")), "done");
}

static long long told(const char *kind, const char *subject)
{
    long long events = pg_count("select count(*) from karara.events where kind = '%s' and subject_id = '%s'", kind, subject);
    assert_int_equal(
        pg_count("select count(*) from karara.audit_entries where action = '%s' and resource_id = '%s'", kind, subject),
        events);
    return events;
}

static void end_membership(const struct place *p)
{
    pg_exec("update karara.brand_members set expires_at = now() where user_id = '%s'", p->member.id);
}

static struct api_reply change(const struct place *p, const char *body)
{
    return api_patch(&p->owner, api_f("/api/v1/brands/%s/users/%s", p->brand.id, p->member.id), body);
}

/* ---- memberships ---- */

static void a_membership_that_ended_is_written_down_once(void **state)
{
    (void)state;
    struct place p = make_place("member");
    long long before = pg_count("select access_version from karara.brand_members where user_id = '%s'", p.member.id);
    assert_int_equal(api_get(&p.member, "/api/v1/tasks").status, 200);
    end_membership(&p);
    assert_int_equal(api_get(&p.member, "/api/v1/tasks").status, 404); /* the clock has decided before the job */
    run_ends();
    run_ends();
    assert_int_equal(told("member.expired", p.member.id), 1);
    assert_string_equal(pg_value("select status || ' ' || (access_version > %lld) || ' ' || version from karara.brand_members "
                                 "where user_id = '%s'",
                                 before, p.member.id),
                        "expired true 2");
    assert_string_equal(pg_value("select array_to_string(channels, ' ') || ' ' || (payload ->> 'user_id') || ' ' || "
                                 "(payload ->> 'role') || ' ' || coalesce(actor_id::text, 'nobody') from karara.events "
                                 "where kind = 'member.expired' and brand_id = '%s'",
                                 p.brand.id),
                        api_f("brand:%s user:%s %s member nobody", p.brand.id, p.member.id, p.member.id));
    assert_string_equal(pg_value("select concat(before ->> 'status', ' ', after ->> 'status') from karara.audit_entries "
                                 "where action = 'member.expired' and resource_id = '%s'",
                                 p.member.id),
                        "active expired");
}

static void another_end_brings_a_membership_back_and_it_can_end_again(void **state)
{
    (void)state;
    struct place p = make_place("member");
    end_membership(&p);
    run_ends();
    struct api_reply r = change(&p, "{\"status\":\"active\"}"); /* it would have ended in the same moment */
    assert_int_equal(r.status, 422);
    assert_non_null(api_json(&r, "error.field_errors.expires_at"));
    r = change(&p, "{\"role\":\"guest\"}");
    assert_string_equal(api_text(&r, "data.status"), "expired");
    r = change(&p, "{\"expires_at\":\"2099-01-01T00:00:00Z\"}");
    assert_string_equal(api_text(&r, "data.status"), "active");
    assert_int_equal(api_get(&p.member, "/api/v1/tasks").status, 200);
    end_membership(&p);
    run_ends();
    assert_int_equal(told("member.expired", p.member.id), 2);
    r = change(&p, "{\"expires_at\":null,\"status\":\"suspended\"}");
    assert_string_equal(api_text(&r, "data.status"), "suspended");
}

static void who_is_brought_back_by_many_at_once_is_active_too(void **state)
{
    (void)state;
    struct place p = make_place("member");
    end_membership(&p);
    run_ends();
    struct api_reply r =
        api_post(&p.owner, api_f("/api/v1/brands/%s/users/bulk", p.brand.id),
                 api_f("{\"operations\":[{\"op\":\"update\",\"user_id\":\"%s\",\"expires_at\":null}]}", p.member.id));
    assert_int_equal(api_number(&r, "data.results.0.status"), 200);
    assert_int_equal(api_get(&p.member, "/api/v1/tasks").status, 200);
}

static void who_comes_back_needs_a_place_though_the_end_was_written_down(void **state)
{
    (void)state;
    struct place p = make_place("member");
    struct api_person next = api_person(api_f("next%d", serial));
    pg_exec("update karara.brands set subscription = '{\"max_users\": 2}' where id = '%s'", p.brand.id);
    end_membership(&p);
    run_ends();
    const char *add = api_f("{\"email\":\"%s\",\"role\":\"member\"}", next.email);
    assert_int_equal(api_post(&p.owner, api_f("/api/v1/brands/%s/users", p.brand.id), add).status, 201);
    struct api_reply r = change(&p, "{\"expires_at\":null}");
    assert_string_equal(api_error(&r), "plan_limit_reached");
}

static void who_is_suspended_stays_so_beyond_the_end(void **state)
{
    (void)state;
    struct place p = make_place("member");
    pg_exec("update karara.brand_members set status = 'suspended', expires_at = now() where user_id = '%s'", p.member.id);
    run_ends();
    assert_int_equal(told("member.expired", p.member.id), 0);
    assert_string_equal(pg_value("select status from karara.brand_members where user_id = '%s'", p.member.id), "suspended");
}

/* Two runs at once, each in several transactions. */
static void many_that_end_at_once_are_each_written_down_once(void **state)
{
    (void)state;
    struct place p = make_place("member");
    pg_exec(
        "with people as (insert into karara.users (id, email, status) select karara.uuid_v7(), 'many' || n || '@ends.example', "
        "'active' from generate_series(1, 450) n returning id) insert into karara.brand_members (brand_id, user_id, role, "
        "joined_at, expires_at) select '%s', id, 'guest', now(), now() from people",
        p.brand.id);
    const char *first = workers_job("ends", "{}", ""), *second = workers_job("ends", "{}", "");
    assert_string_equal(workers_await(first), "done");
    assert_string_equal(workers_await(second), "done");
    run_ends();
    assert_int_equal(
        pg_count("select count(*) from karara.brand_members where brand_id = '%s' and status = 'expired'", p.brand.id), 450);
    assert_int_equal(
        pg_count("select count(*) from karara.events where kind = 'member.expired' and brand_id = '%s'", p.brand.id), 450);
}

static void a_brand_that_others_hold_waits_and_keeps_nobody_waiting(void **state)
{
    (void)state;
    struct place held = make_place("member"), free = make_place("member");
    struct db *holder = db_open(pg_conninfo("postgres"));
    assert_true(db_exec_text(holder, api_f("begin; select from karara.brands where id = '%s' for update", held.brand.id)));
    end_membership(&free);
    end_membership(&held);
    run_ends();
    assert_int_equal(told("member.expired", free.member.id), 1);
    assert_int_equal(told("member.expired", held.member.id), 0);
    assert_true(db_exec_text(holder, "commit"));
    db_close(holder);
    run_ends();
    assert_int_equal(told("member.expired", held.member.id), 1);
}

/* ---- delegations ---- */

static void a_delegation_that_ended_is_written_down_once_and_can_be_prolonged(void **state)
{
    (void)state;
    struct place p = make_place("member");
    struct api_reply r = api_post(&p.owner, api_f("/api/v1/brands/%s/delegations", p.brand.id),
                                  api_f("{\"to_user_id\":\"%s\",\"permissions\":[\"can_invite_users\"],\"ends_at\":"
                                        "\"2099-01-01T00:00:00Z\"}",
                                        p.member.id));
    const char *id = api_f("%s", api_text(&r, "data.id"));
    run_ends();
    assert_int_equal(told("delegation.ended", id), 0);
    pg_exec("update karara.delegations set starts_at = now() - interval '1 h', ends_at = now() where id = '%s'", id);
    run_ends();
    run_ends();
    assert_int_equal(told("delegation.ended", id), 1);
    assert_string_equal(
        pg_value("select array_to_string(channels, ' ') || ' ' || (payload ->> 'to_user_id') from karara.events "
                 "where kind = 'delegation.ended' and subject_id = '%s'",
                 id),
        api_f("user:%s user:%s %s", p.owner.id, p.member.id, p.member.id));
    r = api_patch(&p.owner, api_f("/api/v1/brands/%s/delegations/%s", p.brand.id, id),
                  "{\"ends_at\":\"2098-01-01T00:00:00Z\"}");
    assert_true(json_is_true(api_json(&r, "data.active")));
    run_ends();
    pg_exec("update karara.delegations set ends_at = now() where id = '%s'", id);
    run_ends();
    assert_int_equal(told("delegation.ended", id), 2);
}

/* ---- invitations ---- */

static void an_invitation_that_nobody_accepted_is_written_down_once_without_its_address(void **state)
{
    (void)state;
    struct place p = make_place("member");
    struct api_reply r = api_post(&p.owner, api_f("/api/v1/brands/%s/users/invite", p.brand.id),
                                  "{\"email\":\"late@ends.example\",\"role\":\"guest\"}");
    assert_int_equal(r.status, 201);
    const char *id = api_f("%s", api_text(&r, "data.id"));
    pg_exec("update karara.invitations set expires_at = now(), sent_at = sent_at - interval '1 h' where id = '%s'", id);
    run_ends();
    run_ends();
    assert_int_equal(told("invitation.expired", id), 1);
    assert_string_equal(pg_value("select array_to_string(channels, ' ') || ' ' || (payload::text like '%%ends.example%%') from "
                                 "karara.events where kind = 'invitation.expired' and subject_id = '%s'",
                                 id),
                        api_f("brand:%s user:%s false", p.brand.id, p.owner.id));
    r = api_post(&p.owner, api_f("/api/v1/brands/%s/invitations/%s/resend", p.brand.id, id), "{}");
    assert_int_equal(r.status, 200);
    pg_exec("update karara.invitations set expires_at = now() where id = '%s'", id);
    run_ends();
    assert_int_equal(told("invitation.expired", id), 2);
}

/* ---- brands ---- */

static void a_brand_whose_deletion_is_due_goes_and_is_written_down(void **state)
{
    (void)state;
    struct place due = make_place("client"), second = make_place("client"), later = make_place("client"),
                 open = make_place("client");
    static const char close[] =
        "update karara.brands set status = 'inactive', deletion_at = now() + interval '%s' where id = '%s'";
    api_task(&due.brand, &due.owner, "Gone with it");
    pg_exec(close, "-1 hour", due.brand.id);
    pg_exec(close, "-1 minute", second.brand.id);
    pg_exec(close, "1 hour", later.brand.id);
    assert_string_equal(workers_await(workers_job("brand_removal", "{}", "")), "done");
    assert_int_equal(pg_count("select count(*) from karara.brands where id in ('%s', '%s')", due.brand.id, second.brand.id), 0);
    assert_int_equal(pg_count("select count(*) from karara.brands where id in ('%s', '%s')", later.brand.id, open.brand.id), 2);
    assert_int_equal(pg_count("select count(*) from tenant_shared.tasks where brand_id = '%s'", due.brand.id), 0);
    assert_int_equal(pg_count("select count(*) from karara.brand_members where brand_id = '%s'", due.brand.id), 0);
    assert_int_equal(pg_count("select count(*) from karara.audit_entries where action = 'brand.removed' and platform and "
                              "resource_id in ('%s', '%s') and before ? 'name'",
                              due.brand.id, second.brand.id),
                     2);
    assert_int_equal(api_get(&due.owner, "/api/v1/users/me").status, 200); /* the people stay */
    assert_string_equal(workers_await(workers_job("brand_removal", "{}", "")), "done");
}

/* ---- by itself ---- */

static void the_clock_asks_for_it_every_minute(void **state)
{
    (void)state;
    struct place p = make_place("client");
    end_membership(&p);
    pg_exec("delete from karara.job_keys where key like 'periodic:ends:%%'"); /* as if the next minute had begun */
    workers_expect("1", 60, "select count(*) from karara.events where kind = 'member.expired' and subject_id = '%s'",
                   p.member.id);
    assert_true(
        pg_count("select count(*) from karara.jobs_done where kind = 'ends' and unique_key like 'periodic:ends:60:%%'") > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_membership_that_ended_is_written_down_once),
        cmocka_unit_test(another_end_brings_a_membership_back_and_it_can_end_again),
        cmocka_unit_test(who_is_brought_back_by_many_at_once_is_active_too),
        cmocka_unit_test(who_comes_back_needs_a_place_though_the_end_was_written_down),
        cmocka_unit_test(who_is_suspended_stays_so_beyond_the_end),
        cmocka_unit_test(many_that_end_at_once_are_each_written_down_once),
        cmocka_unit_test(a_brand_that_others_hold_waits_and_keeps_nobody_waiting),
        cmocka_unit_test(a_delegation_that_ended_is_written_down_once_and_can_be_prolonged),
        cmocka_unit_test(an_invitation_that_nobody_accepted_is_written_down_once_without_its_address),
        cmocka_unit_test(a_brand_whose_deletion_is_due_goes_and_is_written_down),
        cmocka_unit_test(the_clock_asks_for_it_every_minute),
    };
    return cmocka_run_group_tests(tests, workers_begin, workers_end);
}
