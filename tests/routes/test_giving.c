/* test_giving.c - nobody gives what they don't have themselves, whichever way there is to give it. */
#include "api/dispatch.h"
#include "cast.h"
#include "pg.h"
#include "platform/db.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- tools ---- */

static struct api_person owner, limited, peer, member; /* limited: an admin without can_export_data */
static struct api_brand brand;
static int serial;

static const char *at(const char *path)
{
    return api_f("/api/v1/brands/%s%s", brand.id, path);
}

static const char *of(const struct api_person *p)
{
    return at(api_f("/users/%s", p->id));
}

static struct api_reply change(const struct api_person *who, const struct api_person *whom, const char *body)
{
    return api_patch(who, of(whom), body);
}

static void done(const struct api_reply *r, const char *file, int line)
{
    if (r->status != 200 && r->status != 201) {
        print_error("%s:%d: %d %s\n", file, line, r->status, r->body);
        fail();
    }
}
#define DONE(r) done((r), __FILE__, __LINE__)

static void take_export(const struct api_person *whom)
{
    struct api_reply r = change(&owner, whom, "{\"permissions\":{\"can_export_data\":false}}");
    DONE(&r);
}

/* A brand of its own for each test. */
static int fresh_brand(void **state)
{
    (void)state;
    serial++;
    owner = api_person(api_f("owner%d", serial));
    brand = api_brand(api_f("giving-%d", serial), &owner);
    limited = joined(&brand, "admin");
    peer = joined(&brand, "admin");
    member = joined(&brand, "member");
    take_export(&limited);
    return 0;
}

/* Refused, with words that name the permission. */
static void not_given(const struct api_reply *r, const char *key, const char *file, int line)
{
    cast_refused(r, 403, "permission_denied", file, line);
    if (strstr(api_text(r, "error.message"), key) == NULL || strcmp(api_text(r, "error.details.permissions.0"), key) != 0) {
        print_error("%s:%d: %s\n", file, line, r->body);
        fail();
    }
}
#define NOT_GIVEN(r, key) not_given((r), (key), __FILE__, __LINE__)

/* The same for each operation of many. */
static void none_given(const struct api_reply *r, const char *key, const char *file, int line)
{
    size_t i;
    json_t *result;
    assert_int_equal(r->status, 200);
    assert_true(json_array_size(api_json(r, "data.results")) > 0);
    json_array_foreach(api_json(r, "data.results"), i, result)
    {
        const json_t *error = json_object_get(result, "error");
        const char *words = json_string_value(json_object_get(error, "message"));
        if (json_integer_value(json_object_get(result, "status")) != 403 || strstr(words, key) == NULL) {
            print_error("%s:%d: operation %zu of %s\n", file, line, i, r->body);
            fail();
        }
    }
}
#define NONE_GIVEN(r, key) none_given((r), (key), __FILE__, __LINE__)

/* What there is of rights in the brand, to see that it stays. */
static const char *state_of_rights(void)
{
    return api_f(
        "%s",
        pg_value("select (select string_agg(concat(user_id, role, status, permissions, expires_at), ',' order by user_id) from "
                 "karara.brand_members where brand_id = '%1$s') || (select count(*) from karara.invitations where brand_id = "
                 "'%1$s') || (select count(*) from karara.delegations where brand_id = '%1$s') || (select count(*) from "
                 "karara.brand_role_permissions where brand_id = '%1$s') || (select count(*) from karara.mails where brand_id "
                 "= '%1$s') || (select count(*) from karara.audit_entries where brand_id = '%1$s')",
                 brand.id));
}

static struct api_reply bulk(const struct api_person *who, const char *operations)
{
    return api_post(who, at("/users/bulk"), api_f("{\"operations\":%s}", operations));
}

static struct api_reply table(const struct api_person *who, const char *csv)
{
    return api_send_bytes(who, "POST", at("/users/bulk"), csv, strlen(csv), "text/csv");
}

/* ---- each way ---- */

static void nobody_adds_or_invites_to_more_than_they_have(void **state)
{
    (void)state;
    struct api_person known = api_person(api_f("known%d", serial));
    api_acquaint(&limited);
    api_acquaint(&owner);
    const char *before = state_of_rights();
    struct api_reply r = api_post(&limited, at("/users"), api_f("{\"user_id\":\"%s\",\"role\":\"admin\"}", known.id));
    NOT_GIVEN(&r, "can_export_data");
    r = api_post(&limited, at("/users"),
                 api_f("{\"user_id\":\"%s\",\"role\":\"admin\",\"expires_at\":\"2099-01-01T00:00:00Z\"}", known.id));
    NOT_GIVEN(&r, "can_export_data");
    r = api_post(&limited, at("/users"), api_f("{\"email\":\"new%d@giving.example\",\"role\":\"admin\"}", serial));
    NOT_GIVEN(&r, "can_export_data");
    r = api_post(&limited, at("/users/invite"), api_f("{\"email\":\"new%d@giving.example\",\"role\":\"admin\"}", serial));
    NOT_GIVEN(&r, "can_export_data");
    r = bulk(&limited, api_f("[{\"op\":\"add\",\"user_id\":\"%s\",\"role\":\"admin\"},"
                             "{\"op\":\"add\",\"email\":\"add%d@giving.example\",\"role\":\"admin\"},"
                             "{\"op\":\"invite\",\"email\":\"new%d@giving.example\",\"role\":\"admin\"}]",
                             known.id, serial, serial));
    NONE_GIVEN(&r, "can_export_data");
    r = table(&limited, api_f("op,email,role\n,%s,admin\ninvite,new%d@giving.example,admin\n", known.email, serial));
    NONE_GIVEN(&r, "can_export_data");
    assert_string_equal(state_of_rights(), before);
    r = api_post(&limited, at("/users"), api_f("{\"user_id\":\"%s\",\"role\":\"manager\"}", known.id));
    DONE(&r); /* that much they have */
    r = api_post(&limited, at("/users/invite"), api_f("{\"email\":\"new%d@giving.example\",\"role\":\"manager\"}", serial));
    DONE(&r);
    r = api_post(&peer, at("/users/invite"), api_f("{\"email\":\"peer%d@giving.example\",\"role\":\"admin\"}", serial));
    DONE(&r);
}

static void nobody_changes_others_into_more_than_they_are(void **state)
{
    (void)state;
    static const char *const changes[] = {
        "{\"role\":\"admin\"}",
        "{\"role\":\"admin\",\"expires_at\":\"2099-01-01T00:00:00Z\"}",
        "{\"permissions\":{\"can_comment\":true,\"can_export_data\":true}}",
    };
    const char *before = state_of_rights();
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        struct api_reply r = change(&limited, &member, changes[i]);
        NOT_GIVEN(&r, "can_export_data");
        r = bulk(&limited, api_f("[{\"op\":\"update\",\"user_id\":\"%s\",%s]", member.id, changes[i] + 1));
        NONE_GIVEN(&r, "can_export_data");
    }
    struct api_reply r = table(&limited, api_f("op,email,role\nupdate,%s,admin\n", member.email));
    NONE_GIVEN(&r, "can_export_data");
    assert_string_equal(state_of_rights(), before);
    r = change(&limited, &member, "{\"role\":\"admin\",\"permissions\":{\"can_export_data\":false}}");
    DONE(&r); /* as much of an admin as they are themselves */
    r = change(&limited, &member, "{\"permissions\":{\"can_export_data\":null}}");
    NOT_GIVEN(&r, "can_export_data");
    r = change(&limited, &peer, "{\"role\":\"manager\"}");
    DONE(&r); /* taking gives nothing */
    r = change(&limited, &peer, "{\"role\":\"admin\"}");
    NOT_GIVEN(&r, "can_export_data");
    r = change(&owner, &peer, "{\"role\":\"admin\"}");
    DONE(&r);
}

/* What somebody has by their role stays theirs when the role loses it, once it is said to be theirs. */
static void nobody_makes_lasting_what_they_don_t_have(void **state)
{
    (void)state;
    struct api_reply r = change(&limited, &peer, "{\"permissions\":{\"can_export_data\":true}}");
    NOT_GIVEN(&r, "can_export_data");
    r = change(&limited, &peer, "{\"permissions\":{\"can_export_data\":null,\"can_use_ai\":false}}");
    DONE(&r); /* there was nothing to leave to the role */
    assert_string_equal(pg_value("select permissions::text from karara.brand_members where user_id = '%s'", peer.id),
                        "{\"can_use_ai\": false}");
}

static void nobody_brings_back_or_prolongs_more_than_they_have(void **state)
{
    (void)state;
    struct api_reply r = change(&owner, &peer, "{\"status\":\"suspended\"}");
    DONE(&r);
    r = change(&limited, &peer, "{\"status\":\"active\"}");
    NOT_GIVEN(&r, "can_export_data");
    r = bulk(&limited, api_f("[{\"op\":\"update\",\"user_id\":\"%s\",\"status\":\"active\"}]", peer.id));
    NONE_GIVEN(&r, "can_export_data");
    r = change(&owner, &peer, "{\"status\":\"active\",\"expires_at\":\"2090-01-01T00:00:00Z\"}");
    DONE(&r);
    r = change(&limited, &peer, "{\"expires_at\":null}");
    NOT_GIVEN(&r, "can_export_data");
    r = change(&limited, &peer, "{\"expires_at\":\"2091-01-01T00:00:00Z\"}");
    NOT_GIVEN(&r, "can_export_data");
    r = change(&limited, &peer, "{\"expires_at\":\"2089-01-01T00:00:00Z\"}");
    DONE(&r); /* sooner is no more */
    pg_exec("update karara.brand_members set expires_at = now() - interval '1 s' where user_id = '%s'", peer.id);
    r = change(&limited, &peer, "{\"expires_at\":\"2089-01-01T00:00:00Z\"}");
    NOT_GIVEN(&r, "can_export_data");
    r = change(&limited, &peer, "{\"role\":\"manager\",\"expires_at\":null}");
    DONE(&r);
    assert_int_equal(api_get(&peer, at("")).status, 200);
}

static void nobody_lends_or_gives_a_role_what_they_don_t_have(void **state)
{
    (void)state;
    const char *before = state_of_rights();
    struct api_reply r = api_patch(&limited, at("/roles/member"), "{\"permissions\":{\"can_export_data\":true}}");
    NOT_GIVEN(&r, "can_export_data");
    r = api_patch(&limited, at("/roles/admin"), "{\"permissions\":{\"can_export_data\":null}}");
    NOT_GIVEN(&r, "can_export_data");
    r = api_post(&limited, at("/delegations"),
                 api_f("{\"to_user_id\":\"%s\",\"permissions\":[\"can_view_audit\",\"can_export_data\"],\"ends_at\":"
                       "\"2099-01-01T00:00:00Z\"}",
                       member.id));
    NOT_GIVEN(&r, "can_export_data");
    assert_string_equal(state_of_rights(), before);
    r = api_post(
        &limited, at("/delegations"),
        api_f("{\"to_user_id\":\"%s\",\"permissions\":[\"can_view_audit\"],\"ends_at\":\"2099-01-01T00:00:00Z\"}", member.id));
    DONE(&r);
    r = api_patch(&limited, at(api_f("/delegations/%s", api_text(&r, "data.id"))), "{\"permissions\":[\"can_export_data\"]}");
    NOT_GIVEN(&r, "can_export_data");
}

/* A brand may give even guests what an admin of it doesn't have. */
static void what_counts_is_what_a_role_may_do_here(void **state)
{
    (void)state;
    struct api_person known = api_person(api_f("known%d", serial));
    static const char *const low[] = { "guest", "client" };
    api_acquaint(&limited);
    for (int i = 0; i < 2; i++) {
        struct api_reply r = api_patch(&owner, at(api_f("/roles/%s", low[i])), "{\"permissions\":{\"can_export_data\":true}}");
        DONE(&r);
        r = api_post(&limited, at("/users"),
                     api_f("{\"user_id\":\"%s\",\"role\":\"%s\",\"expires_at\":\"2099-01-01T00:00:00Z\"}", known.id, low[i]));
        NOT_GIVEN(&r, "can_export_data");
        r = change(&limited, &member, api_f("{\"role\":\"%s\"}", low[i]));
        NOT_GIVEN(&r, "can_export_data");
        r = api_post(&limited, at("/users/invite"),
                     api_f("{\"email\":\"%s%d@giving.example\",\"role\":\"%s\"}", low[i], serial, low[i]));
        NOT_GIVEN(&r, "can_export_data");
        r = api_post(&peer, at("/users/invite"),
                     api_f("{\"email\":\"%s%d@giving.example\",\"role\":\"%s\"}", low[i], serial, low[i]));
        DONE(&r);
    }
    struct api_reply r = api_patch(&owner, at("/roles/admin"), "{\"permissions\":{\"can_view_audit\":false}}");
    DONE(&r);
    r = api_post(&peer, at("/users"), api_f("{\"user_id\":\"%s\",\"role\":\"admin\"}", known.id));
    DONE(&r); /* what the role is without here needn't be had */
}

static void what_is_lent_is_named_so(void **state)
{
    (void)state;
    struct api_reply r =
        api_post(&owner, at("/delegations"),
                 api_f("{\"to_user_id\":\"%s\",\"permissions\":[\"can_export_data\"],\"ends_at\":\"2099-01-01T00:00:00Z\"}",
                       limited.id));
    DONE(&r);
    r = change(&limited, &member, "{\"role\":\"admin\"}");
    NOT_GIVEN(&r, "can_export_data");
    assert_non_null(strstr(api_text(&r, "error.message"), "only lent to you"));
}

/* Who manages people without seeing all teams lets nobody, themselves or others, into one that isn't theirs, by no way. */
static void nobody_lets_others_into_teams_that_aren_t_theirs(void **state)
{
    (void)state;
    struct api_person known = api_person(api_f("known%d", serial)), hr = api_person(api_f("hr%d", serial));
    pg_exec("insert into karara.brand_members (brand_id, user_id, role, permissions) values ('%s', '%s', 'manager', "
            "'{\"can_manage_users\": true}')",
            brand.id, hr.id);
    api_acquaint(&hr);
    struct api_reply r = API_SEND(&hr, "POST", "/api/v1/teams", "{\"name\":\"Theirs\"}", "X-Brand-ID", brand.id);
    DONE(&r);
    const char *theirs = api_text(&r, "data.id"), *teams[] = { brand.team_id, theirs };
    r = api_post(&owner, at("/divisions"), "{\"name\":\"Above\"}");
    const char *above = api_text(&r, "data.id");
    r = api_post(&owner, at("/divisions"), api_f("{\"name\":\"Below\",\"parent_division_id\":\"%s\"}", above));
    const char *below = api_text(&r, "data.id");
    r = api_post(&hr, at("/divisions"), "{\"name\":\"Loose\"}");
    const char *loose = api_text(&r, "data.id");
    r = api_post(&owner, at(api_f("/divisions/%s/teams", above)), api_f("{\"team_id\":\"%s\"}", brand.team_id));
    DONE(&r);
    for (int i = 0; i < 2; i++) {
        const char *member_in = api_f("{\"user_id\":\"%s\"}", i == 0 ? hr.id : member.id),
                   *team = api_f("{\"team_id\":\"%s\"}", teams[i]);
        const struct api_reply all[] = {
            api_post(&hr, at(api_f("/teams/%s/members", teams[i])), member_in),
            api_post(&hr, at("/users"),
                     api_f("{\"user_id\":\"%s\",\"role\":\"guest\",\"team_ids\":[\"%s\"]}", known.id, teams[i])),
            api_post(&hr, at("/users/invite"),
                     api_f("{\"email\":\"t%d@giving.example\",\"role\":\"guest\",\"team_ids\":[\"%s\"]}", serial, teams[i])),
            api_post(&hr, at(api_f("/divisions/%s/teams", loose)), team),
            api_post(&hr, at(api_f("/divisions/%s/members", i == 0 ? below : loose)), member_in),
            api_patch(&hr, at(api_f("/divisions/%s", loose)),
                      i == 0 ? api_f("{\"parent_division_id\":\"%s\"}", below) : "{\"parent_division_id\":null}"),
        };
        for (size_t k = 0; k < sizeof all / sizeof *all; k++) {
            bool gave = all[k].status == 200 || all[k].status == 201;
            if (gave != (i == 1) || (!gave && strstr(all[k].body, "Nobody gives access to a team") == NULL)) {
                fail_msg("team %d, way %zu: %d %s", i, k, all[k].status, all[k].body);
            }
        }
    }
    r = bulk(&hr, api_f("[{\"op\":\"add\",\"user_id\":\"%s\",\"role\":\"guest\",\"team_ids\":[\"%s\"]},"
                        "{\"op\":\"invite\",\"email\":\"u%d@giving.example\",\"role\":\"guest\",\"team_ids\":[\"%s\"]}]",
                        api_person(api_f("unknown%d", serial)).id, brand.team_id, serial, brand.team_id));
    assert_int_equal(api_number(&r, "data.results.1.status"), 403);
    assert_int_equal(
        pg_count("select count(*) from tenant_shared.team_members where team_id = '%s' and user_id in ('%s', '%s')",
                 brand.team_id, hr.id, known.id),
        0);
}

/* ---- invitations ---- */

static const char *token_of(const char *email)
{
    const char *text = api_f(
        "%s", pg_value("select text_body from karara.mails where to_address = '%s' order by created_at desc, id desc limit 1",
                       email));
    const char *token = strstr(text, "#token=");
    assert_non_null(token);
    return api_f("%.*s", (int)strcspn(token + 7, "\n"), token + 7);
}

static void is_good(const char *token, bool good)
{
    struct api_reply r = api_post(NULL, "/api/v1/invitations/preview", api_f("{\"token\":\"%s\"}", token));
    if (good) {
        assert_int_equal(r.status, 200);
        return;
    }
    refused(&r, 410, "gone");
    assert_string_equal(api_text(&r, "error.details.reason"), "inviter");
    r = api_post(NULL, "/api/v1/invitations/accept",
                 api_f("{\"token\":\"%s\",\"password\":\"a purple kettle hums\",\"first_name\":\"Ada\"}", token));
    refused(&r, 410, "gone");
    assert_string_equal(api_text(&r, "error.details.reason"), "inviter");
}

static void an_invitation_is_good_while_its_inviter_has_what_it_gives(void **state)
{
    (void)state;
    const char *email = api_f("friend%d@giving.example", serial);
    static const struct {
        const char *take, *give;
    } rights[] = {
        { "{\"permissions\":{\"can_export_data\":false}}", "{\"permissions\":{\"can_export_data\":null}}" },
        { "{\"role\":\"manager\"}", "{\"role\":\"admin\"}" },
        { "{\"status\":\"suspended\"}", "{\"status\":\"active\"}" },
    };
    struct api_reply made = api_post(&peer, at("/users/invite"), api_f("{\"email\":\"%s\",\"role\":\"admin\"}", email));
    DONE(&made);
    const char *token = token_of(email);
    for (size_t i = 0; i < sizeof rights / sizeof *rights; i++) {
        struct api_reply r = change(&owner, &peer, rights[i].take);
        DONE(&r);
        is_good(token, false);
        r = change(&owner, &peer, rights[i].give);
        DONE(&r);
        is_good(token, true);
    }
    pg_exec("update karara.brand_members set expires_at = now() where user_id = '%s'", peer.id);
    is_good(token, false);
    pg_exec("update karara.brand_members set expires_at = null where user_id = '%s'", peer.id);
    pg_exec("update karara.users set status = 'suspended' where id = '%s'", peer.id);
    is_good(token, false);
    pg_exec("update karara.users set status = 'active' where id = '%s'", peer.id);
    is_good(token, true);
    struct api_reply r = api_delete(&peer, of(&peer));
    assert_int_equal(r.status, 200);
    is_good(token, false);
    assert_int_equal(pg_count("select count(*) from karara.users where email = '%s'", email), 0);
    /* Another one who has it sends it again, in their own name. */
    const char *resend = at(api_f("/invitations/%s/resend", api_text(&made, "data.id")));
    pg_exec("update karara.invitations set sent_at = sent_at - interval '2 minutes'");
    r = api_post(&limited, resend, "{}");
    NOT_GIVEN(&r, "can_export_data");
    r = api_post(&owner, resend, "{}");
    DONE(&r);
    assert_string_equal(api_text(&r, "data.invited_by.id"), owner.id);
    is_good(token_of(email), true);
    r = api_post(NULL, "/api/v1/invitations/accept",
                 api_f("{\"token\":\"%s\",\"password\":\"a purple kettle hums\",\"first_name\":\"Ada\"}", token_of(email)));
    assert_int_equal(r.status, 200);
}

static void the_installation_s_own_invitations_are_nobody_s(void **state)
{
    (void)state;
    const char *output, *email = api_f("root%d@giving.example", serial);
    struct api_reply made = api_post(&peer, at("/users/invite"), api_f("{\"email\":\"%s\",\"role\":\"admin\"}", email));
    DONE(&made);
    assert_int_equal(PG_PROGRAM(&output, "kararactl", "invite", "create", email, "--brand", brand.slug, "--role", "owner"), 0);
    assert_string_equal(pg_value("select coalesce(invited_by::text, '') from karara.invitations where email = '%s'", email),
                        "");
    is_good(token_of(email), true);
}

/* ---- at once ---- */

/* A request that has been let in waits for who takes the right, which is taken before it goes on. */
static atomic_int *held;

static bool somebody_waits(struct db *d)
{
    const char *n = db_query_text(d, api_worker()->arena,
                                  "select count(*)::text from pg_stat_activity where datname = current_database() and "
                                  "wait_event_type = 'Lock'",
                                  0, NULL);
    return n != NULL && strcmp(n, "0") != 0;
}

static int take_while_they_wait(void)
{
    struct db *d = db_open(pg_conninfo("postgres")), *other = db_open(pg_conninfo("postgres"));
    bool ok =
        db_exec_text(d, "begin") && db_exec_text(d, api_f("select from karara.brands where id = '%s' for update", brand.id));
    atomic_store(held, 1);
    for (int i = 0; i < 20000 && !somebody_waits(other); i++) {
        usleep(1000);
    }
    ok = ok && somebody_waits(other) &&
         db_exec_text(d,
                      api_f("update karara.brand_members set permissions = '{\"can_export_data\": false}' where user_id = '%s'",
                            peer.id)) &&
         db_exec_text(d, "commit");
    db_close(d);
    db_close(other);
    return ok;
}

static int give_or_take(int index, void *arg)
{
    if (index == 0) {
        return take_while_they_wait();
    }
    for (int i = 0; i < 20000 && atomic_load(held) == 0; i++) {
        usleep(1000);
    }
    struct api_reply r = ((struct api_reply(*)(void))arg)();
    return r.status == 403 && strstr(r.body, "can_export_data") != NULL;
}

static struct api_reply make_admin(void)
{
    return change(&peer, &member, "{\"role\":\"admin\"}");
}

static struct api_reply invite_admin(void)
{
    return api_post(&peer, at("/users/invite"), api_f("{\"email\":\"late%d@giving.example\",\"role\":\"admin\"}", serial));
}

static struct api_reply change_role(void)
{
    return api_patch(&peer, at("/roles/member"), "{\"permissions\":{\"can_export_data\":true}}");
}

static void who_waits_for_the_one_who_takes_a_right_has_lost_it(void **state)
{
    (void)state;
    struct api_reply (*const ways[])(void) = { make_admin, invite_admin, change_role };
    held = mmap(NULL, sizeof *held, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(held != MAP_FAILED);
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        int results[2];
        atomic_store(held, 0);
        pg_exec("update karara.brand_members set permissions = '{}' where user_id = '%s'", peer.id);
        assert_int_equal(api_get(&peer, at("")).status, 200);
        api_at_once(2, give_or_take, (void *)ways[i], results);
        assert_int_equal(results[0], 1);
        assert_int_equal(results[1], 1);
    }
    munmap(held, sizeof *held);
    assert_int_equal(pg_count("select count(*) from karara.invitations where brand_id = '%s'", brand.id), 0);
    assert_int_equal(pg_count("select count(*) from karara.brand_role_permissions where brand_id = '%s'", brand.id), 0);
    assert_string_equal(pg_value("select role from karara.brand_members where user_id = '%s'", member.id), "member");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup(f, fresh_brand)
    const struct CMUnitTest tests[] = {
        TEST(nobody_adds_or_invites_to_more_than_they_have),
        TEST(nobody_changes_others_into_more_than_they_are),
        TEST(nobody_makes_lasting_what_they_don_t_have),
        TEST(nobody_brings_back_or_prolongs_more_than_they_have),
        TEST(nobody_lends_or_gives_a_role_what_they_don_t_have),
        TEST(what_counts_is_what_a_role_may_do_here),
        TEST(what_is_lent_is_named_so),
        TEST(nobody_lets_others_into_teams_that_aren_t_theirs),
        TEST(an_invitation_is_good_while_its_inviter_has_what_it_gives),
        TEST(the_installation_s_own_invitations_are_nobody_s),
        TEST(who_waits_for_the_one_who_takes_a_right_has_lost_it),
    };
    return cmocka_run_group_tests(tests, cast_begin, NULL);
}
