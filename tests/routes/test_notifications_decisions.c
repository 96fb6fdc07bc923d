/* test_notifications_decisions.c - who is told of what, and why: by a real worker, of each thing once, and of nothing that they may not see. */
#include "pg.h"
#include "templates.h"
#include "told.h"
#include "workers.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* ---- one decision for each person and event ---- */

static void many_reasons_make_one_notification_of_what_matters_most(void **state)
{
    (void)state;
    struct told_place p = told_place();
    assign(&p, &p.ada, &p.linus);
    told_of(&p, &p.linus);
    /* Grace assigns it to Ada too, who made it, moves its date and raises its priority, all at once. */
    change(&p, &p.grace,
           api_f("{\"assignee_ids\":[\"%s\",\"%s\"],\"priority\":\"urgent\",\"due_at\":\"2099-01-01T10:00:00Z\","
                 "\"status\":\"on_hold\"}",
                 p.linus.id, p.ada.id));
    assert_string_equal(told_of(&p, &p.ada), "task.assigned");
    assert_string_equal(told_of(&p, &p.linus), "task.assigned task.status");
    assert_string_equal(told_of(&p, &p.grace), "");
    assert_string_equal(because(&p, &p.ada), "assigned");
}

static void those_who_work_on_a_task_and_who_made_it_hear_of_its_changes(void **state)
{
    (void)state;
    struct told_place p = told_place();
    assign(&p, &p.ada, &p.linus);
    told_of(&p, &p.linus);
    change(&p, &p.grace, "{\"priority\":\"high\"}");
    assert_string_equal(told_of(&p, &p.linus), "task.assigned task.updated");
    assert_string_equal(told_of(&p, &p.ada), "task.updated");
    assert_string_equal(because(&p, &p.ada), "creator");
    change(&p, &p.grace, "{\"status\":\"in_progress\"}");
    decided(); /* what comes at once is decided at once, in any order */
    change(&p, &p.grace, "{\"title\":\"Write another story\"}");
    change(&p, &p.grace, "{\"status\":\"completed\"}");
    assert_string_equal(told_of(&p, &p.linus), "task.assigned task.updated task.status task.completed");
    assert_string_equal(told_of(&p, &p.ada), "task.updated task.status task.completed");
    struct api_reply r = api_get(&p.ada, told_at(&p, "?type=task.status"));
    assert_non_null(strstr(api_text(&r, "data.0.title"), "to In progress"));
    assert_string_equal(api_text(&r, "data.0.data.changes.status.from"), "todo");
}

static void a_new_task_tells_those_it_is_made_for(void **state)
{
    (void)state;
    struct told_place p = told_place();
    struct api_reply r =
        api_post(&p.ada, api_f("/api/v1/boards/%s/tasks", p.brand.board_id),
                 api_f("{\"title\":\"Read it\",\"assignee_ids\":[\"%s\",\"%s\"],\"due_at\":\"2099-03-02T15:30:00Z\"}",
                       p.linus.id, p.ada.id));
    assert_int_equal(r.status, 201);
    assert_string_equal(told_of(&p, &p.linus), "task.assigned");
    assert_string_equal(told_of(&p, &p.ada), "");
    r = api_get(&p.linus, told_at(&p, ""));
    assert_string_equal(api_text(&r, "data.0.message"), "Read it · due Mon 2 Mar, 15:30");
}

static void deciding_again_changes_nothing(void **state)
{
    (void)state;
    struct told_place p = told_place();
    assign(&p, &p.ada, &p.linus);
    assert_string_equal(told_of(&p, &p.linus), "task.assigned");
    const char *payload =
        api_f("%s", pg_value("select payload from karara.jobs_done where kind = 'notifications_decide' and brand_id = '%s' "
                             "order by id desc limit 1",
                             p.brand.id));
    for (int i = 0; i < 3; i++) {
        assert_string_equal(workers_await(workers_job("notifications_decide", payload, api_f(", brand_id = '%s'", p.brand.id))),
                            "done");
    }
    assert_string_equal(told_of(&p, &p.linus), "task.assigned");
    assert_int_equal(
        pg_count("select count(*) from karara.jobs where kind = 'notification_send' and brand_id = '%s'", p.brand.id), 1);
}

static void workers_that_are_killed_amid_it_tell_everybody_once(void **state)
{
    (void)state;
    enum { ROUNDS = 8 };
    struct told_place p = told_place();
    for (int i = 0; i < ROUNDS; i++) {
        assign(&p, &p.ada, &p.linus);
        assign(&p, &p.ada, &p.grace);
        workers_kill(0);
        workers_start(0, 2);
    }
    decided();
    assert_int_equal(
        pg_count("select count(*) from tenant_shared.notifications where brand_id = '%s'", p.brand.id),
        pg_count("select count(distinct (user_id, event_id)) from tenant_shared.notifications where brand_id = '%s'",
                 p.brand.id));
    /* Who came and went again before it was decided may have heard of neither; of what stands now, Grace has heard. */
    assert_true(pg_count("select count(*) from tenant_shared.notifications where brand_id = '%s' and user_id = '%s' and type = "
                         "'task.assigned'",
                         p.brand.id, p.grace.id) >= 1);
    time_passes(&p);
    assert_int_equal(
        pg_count("select count(*) from tenant_shared.notification_deliveries where brand_id = '%s' and status = 'waiting'",
                 p.brand.id),
        0);
    assert_int_equal(mails(&p.grace), pg_count("select count(*) from tenant_shared.notification_deliveries where user_id = "
                                               "'%s' and way = 'email' and status = 'sent'",
                                               p.grace.id));
}

/* Forty people of the team, as JSON texts of their ids. */
static const char *forty(const struct told_place *p, const char *name)
{
    pg_exec(
        "with made as (insert into karara.users (id, email, first_name, status) select gen_random_uuid(), '%s' || n || "
        "'of%d@test.example', '%s', 'active' from generate_series(1, 40) n returning id), joined as (insert into "
        "karara.brand_members (brand_id, user_id, role, status) select '%s', id, 'member', 'active' from made) "
        "insert into tenant_shared.team_members (brand_id, team_id, user_id, role) select '%s', '%s', id, 'member' from made",
        name, p->number, name, p->brand.id, p->brand.id, p->brand.team_id);
    return api_f("%s", pg_value("select string_agg('\"' || id || '\"', ',') from karara.users where first_name = '%s'", name));
}

static void as_many_as_come_and_go_at_once_are_all_told(void **state)
{
    (void)state;
    struct told_place p = told_place();
    const char *before = forty(&p, "Before"), *after = forty(&p, "After");
    const char *path = api_f("/api/v1/tasks/%s/assign", p.task);
    assert_int_equal(api_post(&p.ada, path, api_f("{\"assignee_ids\":[%s]}", before)).status, 200);
    decided();
    assert_int_equal(api_post(&p.ada, path, api_f("{\"assignee_ids\":[%s]}", after)).status, 200);
    decided();
    assert_string_equal(
        pg_value("select string_agg(type || ' ' || n, ', ' order by type) from (select type, count(*) as n from "
                 "tenant_shared.notifications where brand_id = '%s' group by type) t",
                 p.brand.id),
        "task.assigned 80, task.unassigned 40");
}

/* ---- who may know ---- */

static void who_may_not_see_the_task_is_not_told(void **state)
{
    (void)state;
    struct told_place p = told_place();
    pg_exec("update tenant_shared.tasks set created_by = '%s' where id = '%s'", p.guest.id, p.task);
    change(&p, &p.grace, "{\"priority\":\"high\"}");
    assert_string_equal(told_of(&p, &p.guest), "");
    /* By a division that has the team, they see it. */
    pg_exec(
        "with d as (insert into tenant_shared.divisions (id, brand_id, name) values (gen_random_uuid(), '%s', 'All') returning "
        "*), "
        "m as (insert into tenant_shared.division_members (brand_id, division_id, user_id) select brand_id, id, '%s' from d) "
        "insert into tenant_shared.division_teams (brand_id, division_id, team_id) select brand_id, id, '%s' from d",
        p.brand.id, p.guest.id, p.brand.team_id);
    change(&p, &p.grace, "{\"priority\":\"low\"}");
    assert_string_equal(told_of(&p, &p.guest), "task.updated");
    pg_exec("delete from tenant_shared.divisions where brand_id = '%s'", p.brand.id);
    /* And an admin sees all. */
    pg_exec("update karara.brand_members set role = 'admin' where user_id = '%s'", p.guest.id);
    change(&p, &p.grace, "{\"priority\":\"urgent\"}");
    assert_string_equal(told_of(&p, &p.guest), "task.updated task.updated");
}

static void who_is_out_is_not_told(void **state)
{
    static const char *const out[] = { "update karara.brand_members set status = 'suspended' where user_id = '%s'",
                                       "update karara.brand_members set expires_at = now() where user_id = '%s'",
                                       "update karara.users set status = 'suspended' where id = '%s'",
                                       "update karara.brands set status = 'suspended' where id = (select brand_id from "
                                       "karara.brand_members where user_id = '%s')" };
    (void)state;
    for (size_t i = 0; i < sizeof out / sizeof *out; i++) {
        struct told_place p = told_place();
        pg_exec("insert into tenant_shared.task_assignees (brand_id, task_id, user_id) values ('%s', '%s', '%s')", p.brand.id,
                p.task, p.linus.id);
        change(&p, &p.grace, "{\"priority\":\"high\"}");
        assert_string_equal(told_of(&p, &p.linus), "task.updated");
        pg_exec("%s",
                api_f("%.*s'%s'%s", (int)(strstr(out[i], "'%s'") - out[i]), out[i], p.linus.id, strstr(out[i], "'%s'") + 4));
        pg_exec("insert into karara.events (brand_id, actor_id, kind, subject_type, subject_id, changes) values ('%s', '%s', "
                "'task.updated', 'task', '%s', '{\"priority\": {\"from\": \"high\", \"to\": \"low\"}}')",
                p.brand.id, p.grace.id, p.task);
        assert_string_equal(told_of(&p, &p.linus), "task.updated");
        /* Nor does what waited go out. */
        pg_exec("update tenant_shared.notification_deliveries set status = 'waiting', sent_at = null where user_id = '%s'",
                p.linus.id);
        time_passes(&p);
        assert_int_equal(mails(&p.linus), 0);
    }
}

/* ---- reminders ---- */

static void look_for_reminders(void)
{
    assert_string_equal(workers_await(workers_job("reminders", "{}", "")), "done");
}

static void who_works_on_a_task_is_reminded_once_for_each_due_date(void **state)
{
    (void)state;
    struct told_place p = told_place();
    assign(&p, &p.ada, &p.linus);
    told_of(&p, &p.linus);
    pg_exec("update tenant_shared.tasks set due_at = now() + interval '5 h' where id = '%s'", p.task);
    look_for_reminders();
    look_for_reminders();
    assert_string_equal(told_of(&p, &p.linus), "task.assigned task.due_soon");
    assert_string_equal(told_of(&p, &p.ada), "");
    pg_exec("update tenant_shared.tasks set due_at = due_at + interval '1 h' where id = '%s'", p.task);
    look_for_reminders();
    assert_string_equal(told_of(&p, &p.linus), "task.assigned task.due_soon task.due_soon");
    pg_exec("update tenant_shared.tasks set due_at = now() - interval '1 h' where id = '%s'", p.task);
    look_for_reminders();
    look_for_reminders();
    assert_string_equal(told_of(&p, &p.linus), "task.assigned task.due_soon task.due_soon task.overdue");
    struct api_reply r = api_get(&p.linus, told_at(&p, ""));
    assert_true(json_is_null(api_json(&r, "data.0.actor")));
    assert_non_null(strstr(api_text(&r, "data.0.title"), "is overdue"));
    /* Neither what is done, nor what is far away, nor what has been late for long. */
    pg_exec("update tenant_shared.tasks set due_at = now() - interval '2 h', status = 'completed' where id = '%s'", p.task);
    look_for_reminders();
    pg_exec("update tenant_shared.tasks set due_at = now() + interval '2 days', status = 'todo' where id = '%s'", p.task);
    look_for_reminders();
    pg_exec("update tenant_shared.tasks set due_at = now() - interval '8 days' where id = '%s'", p.task);
    look_for_reminders();
    assert_string_equal(told_of(&p, &p.linus), "task.assigned task.due_soon task.due_soon task.overdue");
}

static void nobody_is_reminded_of_what_is_done_or_due_at_another_time(void **state)
{
    (void)state;
    struct told_place p = told_place();
    const char *const changes[] = { "due_at = due_at + interval '2 days'", "status = 'completed'", "archived_at = now()" };
    assign(&p, &p.ada, &p.linus);
    told_of(&p, &p.linus);
    for (int i = 0; i < 3; i++) {
        pg_exec(
            "update tenant_shared.tasks set due_at = now() + interval '%d h', status = 'todo', archived_at = null where id = "
            "'%s'",
            5 + i, p.task);
        look_for_reminders();
        decided();
        pg_exec("update tenant_shared.tasks set %s where id = '%s'", changes[i], p.task);
        time_passes(&p);
        assert_string_equal(delivery(&p, &p.linus, "email"), "skipped done, or due at another time");
    }
    /* Who was to say that it is due soon, and comes to it when it is overdue, leaves that to the other reminder. */
    pg_exec("update tenant_shared.tasks set due_at = now() - interval '1 min', archived_at = null where id = '%s'", p.task);
    const char *late = pg_value("select to_char(due_at at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') from "
                                "tenant_shared.tasks where id = '%s'",
                                p.task);
    const char *job = workers_job("notifications_decide",
                                  api_f("{\"reminder\":\"task.due_soon\",\"task_id\":\"%s\",\"due_at\":\"%s\"}", p.task, late),
                                  api_f(", brand_id = '%s'", p.brand.id));
    assert_string_equal(workers_await(job), "done");
    assert_int_equal(pg_count("select count(*) from tenant_shared.notifications where brand_id = '%s' and type = "
                              "'task.due_soon'",
                              p.brand.id),
                     3);
}

/* ---- what isn't about tasks of one's own ---- */

static void spawned_tasks_tell_those_they_are_for(void **state)
{
    (void)state;
    struct told_place p = told_place();
    const char *id = template_made(&p.ada, &p.brand, api_f(MONDAYS ",\"assignee_ids\":[\"%s\",\"%s\"]", p.linus.id, p.ada.id));
    assert_int_equal(api_post(&p.ada, template_path(id, "/spawn"), "{}").status, 201);
    assert_string_equal(told_of(&p, &p.linus), "task_template.spawned");
    assert_string_equal(told_of(&p, &p.ada), ""); /* by their own hand */
    /* One that can't go on tells who made it, and who manages its team. */
    pg_exec(
        "insert into karara.events (brand_id, kind, subject_type, subject_id, payload) values ('%s', 'task_template.paused', "
        "'task_template', '%s', '{\"problem\": \"board_missing\"}')",
        p.brand.id, id);
    assert_string_equal(told_of(&p, &p.ada), "schedule.failed");
    assert_string_equal(because(&p, &p.ada), "creator");
    assert_int_equal(api_post(&p.ada, template_path(id, "/pause"), "{}").status, 200);
    assert_string_equal(told_of(&p, &p.ada), "schedule.failed");
}

static void changes_of_ones_own_membership_are_told(void **state)
{
    (void)state;
    struct told_place p = told_place();
    struct api_person new = told_person(&p, "noor");
    api_brand(api_f("elsewhere%d", p.number), &new);
    pg_exec("insert into karara.brand_members (brand_id, user_id, role) select brand_id, '%s', 'member' from "
            "karara.brand_members where user_id = '%s'",
            p.ada.id, new.id);
    struct api_reply r = api_post(&p.ada, api_f("/api/v1/brands/%s/users", p.brand.id),
                                  api_f("{\"user_id\":\"%s\",\"role\":\"member\"}", new.id));
    if (r.status != 201) {
        fail_msg("%d %s", r.status, r.body);
    }
    assert_string_equal(told_of(&p, &new), "member.added");
    assert_string_equal(because(&p, &new), "you");
    r = api_patch(&p.ada, api_f("/api/v1/brands/%s/users/%s", p.brand.id, new.id), "{\"expires_at\":\"2099-01-01T00:00:00Z\"}");
    r = api_patch(&p.ada, api_f("/api/v1/brands/%s/users/%s", p.brand.id, new.id), "{\"role\":\"member\"}");
    assert_int_equal(r.status, 200);
    assert_string_equal(told_of(&p, &new), "member.added");
    r = api_patch(&p.ada, api_f("/api/v1/brands/%s/users/%s", p.brand.id, new.id), "{\"role\":\"manager\"}");
    assert_int_equal(r.status, 200);
    assert_string_equal(told_of(&p, &new), "member.added member.role_changed");
    r = api_post(&p.ada, api_f("/api/v1/brands/%s/users/bulk", p.brand.id),
                 api_f("{\"operations\":[{\"op\":\"update\",\"user_id\":\"%s\",\"role\":\"guest\"}]}", p.linus.id));
    assert_int_equal(r.status, 200);
    assert_string_equal(told_of(&p, &p.linus), "member.role_changed");
    r = api_get(&p.linus, told_at(&p, ""));
    assert_string_equal(
        api_text(&r, "data.0.title"),
        api_f("You are now guest in %s", pg_value("select name from karara.brands where id = '%s'", p.brand.id)));
}

static void delegations_are_told_when_they_begin_and_end(void **state)
{
    (void)state;
    struct told_place p = told_place();
    struct api_reply r = api_post(
        &p.grace, api_f("/api/v1/brands/%s/delegations", p.brand.id),
        api_f("{\"to_user_id\":\"%s\",\"permissions\":[\"can_edit_tasks\"],\"ends_at\":\"2099-01-01T00:00:00Z\"}", p.linus.id));
    assert_int_equal(r.status, 201);
    const char *id = api_text(&r, "data.id");
    assert_string_equal(told_of(&p, &p.linus), "delegation.received");
    assert_string_equal(told_of(&p, &p.grace), "");
    assert_int_equal(api_delete(&p.ada, api_f("/api/v1/brands/%s/delegations/%s", p.brand.id, id)).status, 200);
    assert_string_equal(told_of(&p, &p.linus), "delegation.received delegation.ended");
    assert_string_equal(told_of(&p, &p.grace), "delegation.ended");
    assert_string_equal(told_of(&p, &p.ada), "");
}

static void an_invitation_is_told_where_its_person_is(void **state)
{
    (void)state;
    struct told_place p = told_place(), q = told_place();
    struct api_reply r = api_post(&p.ada, api_f("/api/v1/brands/%s/users/invite", p.brand.id),
                                  api_f("{\"email\":\"%s\",\"role\":\"member\"}", q.linus.email));
    assert_int_equal(r.status, 201);
    assert_string_equal(told_of(&p, &q.linus), "");
    assert_string_equal(told_of(&q, &q.linus), "invitation.received");
    r = api_get(&q.linus, told_at(&q, ""));
    assert_non_null(
        strstr(api_text(&r, "data.0.title"),
               api_f("Ada invites you to %s", pg_value("select name from karara.brands where id = '%s'", p.brand.id))));
    assert_string_equal(delivery(&q, &q.linus, "email"), ""); /* the invitation is one itself */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_reasons_make_one_notification_of_what_matters_most),
        cmocka_unit_test(those_who_work_on_a_task_and_who_made_it_hear_of_its_changes),
        cmocka_unit_test(a_new_task_tells_those_it_is_made_for),
        cmocka_unit_test(deciding_again_changes_nothing),
        cmocka_unit_test(workers_that_are_killed_amid_it_tell_everybody_once),
        cmocka_unit_test(as_many_as_come_and_go_at_once_are_all_told),
        cmocka_unit_test(who_may_not_see_the_task_is_not_told),
        cmocka_unit_test(who_is_out_is_not_told),
        cmocka_unit_test(who_works_on_a_task_is_reminded_once_for_each_due_date),
        cmocka_unit_test(nobody_is_reminded_of_what_is_done_or_due_at_another_time),
        cmocka_unit_test(spawned_tasks_tell_those_they_are_for),
        cmocka_unit_test(changes_of_ones_own_membership_are_told),
        cmocka_unit_test(delegations_are_told_when_they_begin_and_end),
        cmocka_unit_test(an_invitation_is_told_where_its_person_is),
    };
    return cmocka_run_group_tests_name("decisions", tests, told_begin, workers_end);
}
