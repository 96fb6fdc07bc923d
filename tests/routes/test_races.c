/* test_races.c - rules about accounts and brands that two requests at once could break, and don't. (Others stand beside their subject: the
 * last owner in test_members, test_account and test_admin, the plan's places in test_places, delegations, invitations, codes, links and tokens in theirs.) */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "api.h"
#include "api/dispatch.h"
#include "core/config.h"
#include "core/str.h"
#include "pg.h"
#include "platform/db.h"
#include "platform/password.h"
#include "platform/seal.h"
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PASSWORD "correct horse battery"
#define OTHER_PASSWORD "a green kettle hums"

enum { TWINS = 6, ROUNDS = 5 };

static int begin(void **state)
{
    (void)state;
    api_begin();
    config_set(CONF_LOGIN_ATTEMPTS, "100");
    return 0;
}

static struct api_person person(const char *name)
{
    static char hash[256]; /* slow by design: made once */
    struct api_person p = api_person(name);
    if (hash[0] == 0) {
        snprintf(hash, sizeof hash, "%s", password_hash(api_worker()->arena, PASSWORD));
    }
    pg_exec("insert into karara.credentials (user_id, password_hash) values ('%s', '%s')", p.id, hash);
    return p;
}

/* A link as a mail to this person would bear it; its secret. */
static const char *link_for(const struct api_person *p, const char *purpose, const char *email)
{
    static int serial;
    char hex[65];
    uint8_t digest[32];
    const char *secret = api_f("link-%d", ++serial);
    seal_digest(secret, strlen(secret), digest);
    str_hex_encode(digest, sizeof digest, hex);
    pg_exec("insert into karara.account_tokens (id, user_id, purpose, digest, email, expires_at) values "
            "(gen_random_uuid(), '%s', '%s', decode('%s', 'hex'), '%s', now() + interval '1 hour')",
            p->id, purpose, hex, email);
    return secret;
}

/* Requests that are sent at once, each of its own worker. */
struct shot {
    const struct api_person *who;
    const char *method, *path, *body;
};

static int shoot(int index, void *arg)
{
    const struct shot *s = (const struct shot *)arg + index;
    struct api_reply r = api_send(s->who, s->method, s->path, s->body, NULL);
    return r.status == 200   ? 0
           : r.status == 201 ? 1
           : r.status == 409 ? 9
           : r.status == 422 ? 22
           : r.status == 401 ? 41
           : r.status == 404 ? 44
                             : 99;
}

/* One is answered so, the others otherwise. */
static void expect_one(const struct shot *shots, int won, int lost)
{
    int results[TWINS], winners = 0;
    api_at_once(TWINS, shoot, (void *)(uintptr_t)shots, results);
    for (int i = 0; i < TWINS; i++) {
        winners += results[i] == won;
        if (results[i] != won && results[i] != lost) {
            fail_msg("%s %s is answered %d", shots[i].method, shots[i].path, results[i]);
        }
    }
    assert_int_equal(winners, 1);
}

/* All are answered so. */
static void expect_all(const struct shot *shots, int answered)
{
    int results[TWINS];
    api_at_once(TWINS, shoot, (void *)(uintptr_t)shots, results);
    for (int i = 0; i < TWINS; i++) {
        if (results[i] != answered) {
            fail_msg("%s %s %s is answered %d", shots[i].method, shots[i].path, shots[i].body, results[i]);
        }
    }
}

/* ---- what only one may have ---- */

static void a_username_goes_to_one(void **state)
{
    struct api_person people[TWINS];
    struct shot shots[TWINS];
    (void)state;
    for (int i = 0; i < TWINS; i++) {
        people[i] = person(api_f("named%d", i));
    }
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < TWINS; i++) {
            shots[i] = (struct shot){ &people[i], "PATCH", "/api/v1/users/me",
                                      api_f("{\"username\":\"%s%d\"}", i % 2 ? "Best" : "best", round) };
        }
        expect_one(shots, 0, 9);
    }
}

static void an_address_that_several_move_to_goes_to_one(void **state)
{
    struct api_person people[TWINS];
    struct shot shots[TWINS];
    (void)state;
    for (int i = 0; i < TWINS; i++) {
        people[i] = person(api_f("mover%d", i));
    }
    for (int round = 0; round < ROUNDS; round++) {
        const char *email = api_f("%s%d@races.example", round % 2 ? "Home" : "home", round);
        for (int i = 0; i < TWINS; i++) {
            shots[i] = (struct shot){ NULL, "POST", "/api/v1/auth/verify-email",
                                      api_f("{\"token\":\"%s\"}", link_for(&people[i], "change_email", email)) };
        }
        expect_one(shots, 0, 9);
        assert_int_equal(pg_count("select count(*) from karara.users where lower(email) = lower('%s')", email), 1);
    }
}

static void a_slug_that_is_asked_for_goes_to_one(void **state)
{
    struct shot shots[TWINS];
    (void)state;
    struct api_person p = person("slugger");
    struct api_brand brands[TWINS];
    for (int i = 0; i < TWINS; i++) {
        brands[i] = api_brand(api_f("slugger-%d", i), &p);
    }
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < TWINS; i++) {
            shots[i] = (struct shot){ &p, "POST", "/api/v1/brands",
                                      api_f("{\"name\":\"Slug %d %d\",\"slug\":\"new-%d\"}", round, i, round) };
        }
        expect_one(shots, 1, 9);
        for (int i = 0; i < TWINS; i++) {
            shots[i] =
                (struct shot){ &p, "PATCH", api_f("/api/v1/brands/%s", brands[i].id), api_f("{\"slug\":\"moved-%d\"}", round) };
        }
        expect_one(shots, 0, 9);
    }
}

/* ---- links that are good once ---- */

static void a_link_is_used_once_by_several(void **state)
{
    static const struct {
        const char *purpose, *path;
    } links[] = { { "unlock", "/api/v1/auth/unlock" },
                  { "verify_email", "/api/v1/auth/verify-email" },
                  { "change_email", "/api/v1/auth/verify-email" },
                  { "keep_email", "/api/v1/auth/keep-email" } };
    struct shot shots[TWINS];
    (void)state;
    for (size_t k = 0; k < sizeof links / sizeof *links; k++) {
        for (int round = 0; round < ROUNDS; round++) {
            struct api_person p = person(api_f("link%zu%d", k, round));
            bool pending = strcmp(links[k].purpose, "verify_email") == 0;
            pg_exec("update karara.users set status = '%s' where id = '%s'", pending ? "pending" : "active", p.id);
            const char *email = pending ? p.email : api_f("l%zu%d@races.example", k, round);
            const char *body = api_f("{\"token\":\"%s\"}", link_for(&p, links[k].purpose, email));
            for (int i = 0; i < TWINS; i++) {
                shots[i] = (struct shot){ NULL, "POST", links[k].path, body };
            }
            expect_one(shots, 0, 22);
        }
    }
}

/* ---- what several change, each a part of it ---- */

static const char *const keys[TWINS] = { "can_use_ai",       "can_use_chat",    "can_comment",
                                         "can_submit_forms", "can_export_data", "can_view_audit" };

static void parts_of_one_thing_changed_at_once_all_stay(void **state)
{
    struct shot shots[TWINS];
    (void)state;
    struct api_person p = person("merger"), ben = person("merged");
    struct api_brand b = api_brand("merger", &p);
    api_join(&b, &ben, "member");
    for (int i = 0; i < TWINS; i++) {
        shots[i] = (struct shot){ &p, "PATCH", "/api/v1/users/me", api_f("{\"preferences\":{\"key%d\":%d}}", i, i) };
    }
    expect_all(shots, 0);
    assert_int_equal(pg_count("select count(*) from karara.users, jsonb_object_keys(preferences) where id = '%s'", p.id),
                     TWINS);
    static const char *const settings[TWINS] = { "\"currency\":\"EUR\"",           "\"language\":\"de\"",
                                                 "\"timezone\":\"Europe/Berlin\"", "\"require_if_match\":false",
                                                 "\"require_2fa\":false",          "\"holidays\":[]" };
    for (int i = 0; i < TWINS; i++) {
        shots[i] = (struct shot){ &p, "PATCH", api_f("/api/v1/brands/%s", b.id), api_f("{\"settings\":{%s}}", settings[i]) };
    }
    expect_all(shots, 0);
    assert_int_equal(pg_count("select count(*) from karara.brands, jsonb_object_keys(settings) where id = '%s'", b.id), TWINS);
    for (int i = 0; i < TWINS; i++) {
        shots[i] = (struct shot){ &p, "PATCH", api_f("/api/v1/brands/%s/users/%s", b.id, ben.id),
                                  api_f("{\"permissions\":{\"%s\":true}}", keys[i]) };
    }
    expect_all(shots, 0);
    assert_int_equal(
        pg_count("select count(*) from karara.brand_members, jsonb_object_keys(permissions) where user_id = '%s'", ben.id),
        TWINS);
}

/* The first change of a role makes its row, so there is none yet that they could wait for. */
static void a_role_s_first_change_is_made_by_several(void **state)
{
    struct shot shots[TWINS];
    (void)state;
    struct api_person p = person("firsts");
    struct api_brand b = api_brand("firsts", &p);
    static const char *const roles[] = { "guest", "client", "member", "manager", "admin" };
    for (size_t k = 0; k < sizeof roles / sizeof *roles; k++) {
        for (int i = 0; i < TWINS; i++) {
            shots[i] = (struct shot){ &p, "PATCH", api_f("/api/v1/brands/%s/roles/%s", b.id, roles[k]),
                                      api_f("{\"permissions\":{\"%s\":true}}", keys[i]) };
        }
        expect_all(shots, 0);
        assert_string_equal(pg_value("select version || ' ' || (select count(*) from jsonb_object_keys(permissions)) from "
                                     "karara.brand_role_permissions where brand_id = '%s' and role = '%s'",
                                     b.id, roles[k]),
                            "6 6");
        /* each entry tells what was before it: none begins where another did */
        assert_int_equal(
            pg_count("select count(distinct before -> 'permissions') from karara.audit_entries where brand_id = '%s' and "
                     "after ->> 'role' = '%s'",
                     b.id, roles[k]),
            TWINS);
    }
}

/* ---- sessions that are opened while all are ended ---- */

/* The one who signs in comes first to the account's row, and the other waits behind: which a third holds until both are there. */
struct meeting {
    atomic_int step;
    char id[40], email[128];
    const struct shot *end;
};

static long long waiting(struct db *d)
{
    const char *n =
        db_query_text(d, api_worker()->arena,
                      "select count(*)::text from pg_stat_activity where datname = current_database() and wait_event_type = "
                      "'Lock'",
                      0, NULL);
    return n != NULL ? atoll(n) : 0;
}

static void await_waiting(struct db *d, int n)
{
    for (int i = 0; i < 20000 && waiting(d) < n; i++) {
        usleep(1000);
    }
}

static int hold(struct meeting *m)
{
    struct db *d = db_open(pg_conninfo("postgres")), *other = db_open(pg_conninfo("postgres"));
    bool ok = db_exec_text(d, "begin") && db_exec_text(d, api_f("select from karara.users where id = '%s' for update", m->id));
    atomic_store(&m->step, 1);
    await_waiting(other, 1);
    atomic_store(&m->step, 2);
    await_waiting(other, 2);
    ok = ok && waiting(other) == 2 && db_exec_text(d, "commit");
    db_close(d);
    db_close(other);
    return !ok;
}

static int meet(int index, void *arg)
{
    struct meeting *m = arg;
    if (index == 0) {
        return hold(m);
    }
    for (int i = 0; i < 20000 && atomic_load(&m->step) < index; i++) {
        usleep(1000);
    }
    if (index == 1) {
        struct api_reply r =
            api_post(NULL, "/api/v1/auth/login", api_f("{\"email\":\"%s\",\"password\":\"" PASSWORD "\"}", m->email));
        return r.status == 200 || r.status == 401 ? 0 : 99;
    }
    if (m->end->method == NULL) { /* by the sysadmin */
        return pg_program(NULL, "kararactl", (const char *const[]){ "user", m->end->path, m->email, NULL }) != 0;
    }
    return shoot(0, (void *)(uintptr_t)m->end);
}

static void expect_no_session(const struct api_person *p, const struct shot *end)
{
    int results[3];
    struct meeting *m = mmap(NULL, sizeof *m, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(m != MAP_FAILED);
    snprintf(m->id, sizeof m->id, "%s", p->id);
    snprintf(m->email, sizeof m->email, "%s", p->email);
    m->end = end;
    api_at_once(3, meet, m, results);
    for (int i = 0; i < 3; i++) {
        if (results[i] != 0) {
            fail_msg("%s: number %d ends with %d", end->path, i, results[i]);
        }
    }
    munmap(m, sizeof *m);
    if (pg_count("select count(*) from karara.sessions where user_id = '%s' and revoked_at is null and id <> '%s'", p->id,
                 p->session_id) != 0) {
        fail_msg("%s: a session outlives it", end->path);
    }
}

static void who_signs_in_while_all_sessions_end_is_out_as_well(void **state)
{
    (void)state;
    struct api_person root = person("root");
    pg_exec("update karara.users set platform_role = 'admin' where id = '%s'", root.id);
    struct api_person p = person("changing");
    expect_no_session(&p, &(struct shot){ &p, "POST", "/api/v1/auth/change-password",
                                          "{\"current_password\":\"" PASSWORD "\",\"new_password\":\"" OTHER_PASSWORD "\"}" });
    p = person("resetting");
    expect_no_session(&p, &(struct shot){ NULL, "POST", "/api/v1/auth/reset-password",
                                          api_f("{\"token\":\"%s\",\"password\":\"" OTHER_PASSWORD "\"}",
                                                link_for(&p, "reset_password", p.email)) });
    p = person("keeping");
    expect_no_session(&p, &(struct shot){ NULL, "POST", "/api/v1/auth/keep-email",
                                          api_f("{\"token\":\"%s\"}", link_for(&p, "keep_email", "kept@races.example")) });
    p = person("suspended");
    expect_no_session(&p,
                      &(struct shot){ &root, "PATCH", api_f("/api/v1/admin/users/%s", p.id), "{\"status\":\"suspended\"}" });
    p = person("deleted");
    expect_no_session(&p, &(struct shot){ &root, "DELETE", api_f("/api/v1/admin/users/%s", p.id), NULL });
    p = person("stopped");
    expect_no_session(&p, &(struct shot){ NULL, NULL, "suspend", NULL });
}

/* ---- accounts that end ---- */

static void nobody_is_made_a_member_while_their_account_ends(void **state)
{
    (void)state;
    struct api_person p = person("hirer");
    struct api_brand b = api_brand("hirer", &p);
    for (int round = 0; round < ROUNDS; round++) {
        int results[2];
        struct api_person ends = person(api_f("ends%d", round));
        const struct shot shots[] = {
            { &p, "POST", api_f("/api/v1/brands/%s/users", b.id), api_f("{\"user_id\":\"%s\",\"role\":\"member\"}", ends.id) },
            { &ends, "DELETE", "/api/v1/users/me", "{\"password\":\"" PASSWORD "\"}" },
        };
        api_at_once(2, shoot, (void *)(uintptr_t)shots, results);
        assert_true(results[0] == 1 || results[0] == 9 || results[0] == 22);
        assert_int_equal(results[1], 0);
        assert_int_equal(pg_count("select count(*) from karara.brand_members where user_id = '%s'", ends.id), 0);
    }
}

/* ---- what is in a brand ---- */

static const char *made_id(const struct api_person *who, const char *path, const char *body)
{
    struct api_reply r = api_post(who, path, body);
    if (r.status != 201) {
        fail_msg("%s %s: %d %s", path, body, r.status, r.body);
    }
    return api_text(&r, "data.id");
}

/* Two at once, of which either may be first: both answers, as hundreds, in the order in which they are written. */
static int two(struct shot first, struct shot second)
{
    int results[2];
    struct shot shots[] = { first, second };
    api_at_once(2, shoot, shots, results);
    for (int i = 0; i < 2; i++) {
        if (results[i] == 99 || results[i] == 255) {
            fail_msg("%s %s %s is answered %d", shots[i].method, shots[i].path, shots[i].body, results[i]);
        }
    }
    return results[0] * 100 + results[1];
}

static void a_name_in_a_brand_goes_to_one(void **state)
{
    struct shot shots[TWINS];
    (void)state;
    struct api_person p = person("namer");
    struct api_brand b = api_brand("namer", &p);
    static const char *const named[] = { "/teams", "/divisions", "" };
    for (size_t k = 0; k < sizeof named / sizeof *named; k++) {
        const char *path = *named[k] != '\0' ? api_f("/api/v1/brands/%s%s", b.id, named[k]) : "/api/v1/brands";
        for (int round = 0; round < ROUNDS; round++) {
            for (int i = 0; i < TWINS; i++) {
                shots[i] = (struct shot){ &p, "POST", path, api_f("{\"name\":\"%s %d\"}", i % 2 ? "Sole" : "sole", round) };
            }
            expect_one(shots, 1, 9);
        }
    }
}

static void somebody_added_by_several_is_added_once(void **state)
{
    struct shot shots[TWINS];
    (void)state;
    struct api_person p = person("adder");
    struct api_brand b = api_brand("adder", &p);
    const char *at = api_f("/api/v1/brands/%s", b.id);
    const char *division = api_f("%s", made_id(&p, api_f("%s/divisions", at), "{\"name\":\"All\"}"));
    for (int round = 0; round < ROUNDS; round++) {
        struct api_person ben = person(api_f("added%d", round));
        api_acquaint(&p);
        const char *const ways[][2] = {
            { api_f("%s/users", at), api_f("{\"user_id\":\"%s\",\"role\":\"member\"}", ben.id) },
            { api_f("%s/teams/%s/members", at, b.team_id), api_f("{\"user_id\":\"%s\"}", ben.id) },
            { api_f("%s/divisions/%s/members", at, division), api_f("{\"user_id\":\"%s\"}", ben.id) },
        };
        for (size_t k = 0; k < sizeof ways / sizeof *ways; k++) {
            for (int i = 0; i < TWINS; i++) {
                shots[i] = (struct shot){ &p, "POST", ways[k][0], ways[k][1] };
            }
            expect_one(shots, 1, 9);
        }
    }
    for (int i = 0; i < TWINS; i++) {
        shots[i] =
            (struct shot){ &p, "POST", api_f("%s/divisions/%s/teams", at, division), api_f("{\"team_id\":\"%s\"}", b.team_id) };
    }
    expect_one(shots, 1, 9);
}

/* What a thing must be empty for, and what comes into it at the same time: either it goes, or the other is in it. */
static void what_goes_when_it_is_empty_goes_with_nothing_in_it(void **state)
{
    (void)state;
    struct api_person p = person("emptier");
    struct api_brand b = api_brand("emptier", &p);
    for (int round = 0; round < ROUNDS * 2; round++) {
        const char *team = api_f("%s", made_id(&p, "/api/v1/teams", api_f("{\"name\":\"T%d\"}", round)));
        int came = two((struct shot){ &p, "DELETE", api_f("/api/v1/teams/%s", team), NULL },
                       (struct shot){ &p, "POST", "/api/v1/boards", api_f("{\"name\":\"B\",\"team_id\":\"%s\"}", team) });
        assert_true(came == 22 || came == 9 || came == 44 || came == 901);
        const char *board = api_f("%s", made_id(&p, "/api/v1/boards", api_f("{\"name\":\"B\",\"team_id\":\"%s\"}", b.team_id)));
        came = two((struct shot){ &p, "DELETE", api_f("/api/v1/boards/%s", board), NULL },
                   (struct shot){ &p, "POST", api_f("/api/v1/boards/%s/tasks", board), "{\"title\":\"Here\"}" });
        assert_true(came == 44 || came == 901);
        assert_int_equal(pg_count("select count(*) from tenant_shared.tasks where board_id = '%s'", board), came == 901);
        const char *above = api_f("%s", made_id(&p, "/api/v1/divisions", api_f("{\"name\":\"D%d\"}", round)));
        came = two((struct shot){ &p, "DELETE", api_f("/api/v1/divisions/%s", above), NULL },
                   (struct shot){ &p, "POST", "/api/v1/divisions",
                                  api_f("{\"name\":\"C%d\",\"parent_division_id\":\"%s\"}", round, above) });
        assert_true(came == 22 || came == 901);
    }
}

/* What goes with all that is in it takes along what came first, and what comes later is told that it isn't there. */
static void what_comes_into_a_thing_that_goes_is_refused_with_words(void **state)
{
    (void)state;
    struct api_person p = person("joiner");
    struct api_brand b = api_brand("joiner", &p);
    for (int round = 0; round < ROUNDS; round++) {
        const char *team = api_f("/api/v1/teams/%s", made_id(&p, "/api/v1/teams", api_f("{\"name\":\"G%d\"}", round)));
        const char *division =
            api_f("/api/v1/divisions/%s", made_id(&p, "/api/v1/divisions", api_f("{\"name\":\"G%d\"}", round)));
        const char *board =
            api_f("/api/v1/boards/%s", made_id(&p, "/api/v1/boards", api_f("{\"name\":\"G\",\"team_id\":\"%s\"}", b.team_id)));
        struct api_person ben = person(api_f("joiner%d", round));
        api_join(&b, &ben, "member");
        struct uuid task = api_task(&b, &p, "Goes");
        char task_id[UUID_TEXT_SIZE];
        uuid_format(&task, task_id);
        const char *whom = api_f("{\"user_id\":\"%s\"}", ben.id);
        const char *const pairs[][3] = {
            { team, api_f("%s/members", team), whom },
            { division, api_f("%s/members", division), whom },
            { api_f("%s?force=true", board), api_f("%s/lists", board), "{\"name\":\"New\"}" },
            { api_f("/api/v1/tasks/%s", task_id), api_f("/api/v1/tasks/%s/checklist", task_id), "{\"text\":\"New\"}" },
        };
        for (size_t k = 0; k < sizeof pairs / sizeof *pairs; k++) {
            int came =
                two((struct shot){ &p, "POST", pairs[k][1], pairs[k][2] }, (struct shot){ &p, "DELETE", pairs[k][0], NULL });
            assert_true(came == 100 || came == 2200 || came == 4400);
        }
    }
}

static void of_the_last_two_lists_deleted_at_once_one_stays(void **state)
{
    (void)state;
    struct api_person p = person("lister");
    struct api_brand b = api_brand("lister", &p);
    for (int round = 0; round < ROUNDS; round++) {
        const char *board = api_f("%s", made_id(&p, "/api/v1/boards", api_f("{\"name\":\"B\",\"team_id\":\"%s\"}", b.team_id)));
        pg_exec("delete from tenant_shared.lists where board_id = '%s' and status = 'todo'", board);
        const char *lists[2];
        for (int i = 0; i < 2; i++) {
            lists[i] = api_f("/api/v1/lists/%s", pg_value("select id from tenant_shared.lists where board_id = '%s' order by "
                                                          "position offset %d limit 1",
                                                          board, i));
        }
        int came = two((struct shot){ &p, "DELETE", lists[0], NULL }, (struct shot){ &p, "DELETE", lists[1], NULL });
        assert_true(came == 9 || came == 900);
        assert_int_equal(pg_count("select count(*) from tenant_shared.lists where board_id = '%s'", board), 1);
    }
}

static void tasks_put_below_each_other_at_once_make_no_ring(void **state)
{
    (void)state;
    struct api_person p = person("nester");
    struct api_brand b = api_brand("nester", &p);
    for (int round = 0; round < ROUNDS; round++) {
        char ids[2][UUID_TEXT_SIZE];
        for (int i = 0; i < 2; i++) {
            struct uuid id = api_task(&b, &p, "Nested");
            uuid_format(&id, ids[i]);
        }
        struct shot shots[2];
        for (int i = 0; i < 2; i++) {
            shots[i] = (struct shot){ &p, "PATCH", api_f("/api/v1/tasks/%s", ids[i]),
                                      api_f("{\"parent_task_id\":\"%s\"}", ids[1 - i]) };
        }
        int came = two(shots[0], shots[1]);
        assert_true(came == 22 || came == 2200);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_username_goes_to_one),
        cmocka_unit_test(an_address_that_several_move_to_goes_to_one),
        cmocka_unit_test(a_slug_that_is_asked_for_goes_to_one),
        cmocka_unit_test(a_link_is_used_once_by_several),
        cmocka_unit_test(parts_of_one_thing_changed_at_once_all_stay),
        cmocka_unit_test(a_role_s_first_change_is_made_by_several),
        cmocka_unit_test(who_signs_in_while_all_sessions_end_is_out_as_well),
        cmocka_unit_test(nobody_is_made_a_member_while_their_account_ends),
        cmocka_unit_test(a_name_in_a_brand_goes_to_one),
        cmocka_unit_test(somebody_added_by_several_is_added_once),
        cmocka_unit_test(what_goes_when_it_is_empty_goes_with_nothing_in_it),
        cmocka_unit_test(what_comes_into_a_thing_that_goes_is_refused_with_words),
        cmocka_unit_test(of_the_last_two_lists_deleted_at_once_one_stays),
        cmocka_unit_test(tasks_put_below_each_other_at_once_make_no_ring),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
