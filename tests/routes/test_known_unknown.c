/* test_known_unknown.c - nothing tells who has an account: whatever takes an address does the same work for one with an account and for one
 * without. Counted are computations of passwords, round trips and statements; scripts/bench signin takes the time. */
#include "api.h"
#include "api/dispatch.h"
#include "core/clock.h"
#include "core/config.h"
#include "pg.h"
#include "platform/db.h"
#include "platform/password.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define PASSWORD "correct horse battery"

/* What stands behind the address, and how it comes to that (by SQL, of ADDRESS). The names are of one length, since some answers repeat the
 * address. */
static const struct kind {
    const char *name, *sql;
} kinds[] = {
    { "active", "select 1" },
    { "pendin", "update karara.users set status = 'pending' where email = 'ADDRESS'" },
    { "suspen", "update karara.users set status = 'suspended' where email = 'ADDRESS'" },
    { "delete", "update karara.users set deleted_at = now() where email = 'ADDRESS'" },
    { "locked", "update karara.credentials set locked_until = now() + interval '1 hour' "
                "where user_id = (select id from karara.users where email = 'ADDRESS')" },
    { "factor", "update karara.credentials set totp_secret = 'x', totp_enabled_at = now() "
                "where user_id = (select id from karara.users where email = 'ADDRESS')" },
};

enum { KINDS = sizeof kinds / sizeof *kinds };

static const struct probe {
    const char *what, *path, *body; /* of BRAND and ADDRESS */
    bool signed_in;
    unsigned computations;
    unsigned tells; /* bits of the kinds for which it differs, and may */
    unsigned
        spare; /* statements that somebody's address may cost more, where the caller is known and a computation hides them */
} probes[] = {
    { "a sign-in with a wrong password", "/api/v1/auth/login", "{\"email\":\"ADDRESS\",\"password\":\"a wrong guess\"}", false,
      1, 1u << 4, 0 }, /* who is locked: as is, after as many wrong guesses, an address without an account (test_throttle) */
    { "a registration", "/api/v1/auth/register",
      "{\"email\":\"ADDRESS\",\"password\":\"" PASSWORD "\",\"first_name\":\"Some\",\"last_name\":\"One\"}", false, 1, 0, 0 },
    { "asking for a new password", "/api/v1/auth/forgot-password", "{\"email\":\"ADDRESS\"}", false, 0, 0, 0 },
    { "asking for it by the other name", "/api/v1/auth/password-reset", "{\"email\":\"ADDRESS\"}", false, 0, 0, 0 },
    { "asking for the first mail again", "/api/v1/auth/resend-verification", "{\"email\":\"ADDRESS\"}", false, 0, 0, 0 },
    { "an invitation", "/api/v1/brands/BRAND/users/invite", "{\"email\":\"ADDRESS\",\"role\":\"member\"}", true, 0, 0, 0 },
    { "adding somebody", "/api/v1/brands/BRAND/users", "{\"email\":\"ADDRESS\",\"role\":\"member\"}", true, 0, 0, 0 },
    { "a change of one's address", "/api/v1/users/me/email", "{\"email\":\"ADDRESS\",\"password\":\"" PASSWORD "\"}", true, 1,
      0, 1 },
};

struct work {
    int status, headers;
    unsigned long computations;
    unsigned round_trips, statements;
    size_t body;
};

static struct api_person asker;
static struct api_brand brand;

static const char *address(const char *name, int probe)
{
    return api_f("%s%d@test.example", name, probe);
}

/* `text` with its one `word` replaced, or as it is. */
static const char *with(const char *text, const char *word, const char *by)
{
    const char *at = strstr(text, word);
    return at != NULL ? api_f("%.*s%s%s", (int)(at - text), text, by, at + strlen(word)) : text;
}

/* One of each kind for each probe, so that none meets what another has left. */
static void make_people(int probe)
{
    const char *hash = password_hash(api_worker()->arena, PASSWORD);
    for (int k = 0; k < KINDS; k++) {
        struct api_person p = api_person(api_f("%s%d", kinds[k].name, probe));
        pg_exec("insert into karara.credentials (user_id, password_hash) values ('%s', '%s')", p.id, hash);
        pg_exec("%s", with(kinds[k].sql, "ADDRESS", p.email));
    }
}

static int begin(void **state)
{
    (void)state;
    api_begin();
    asker = api_person("asker");
    brand = api_brand("brand", &asker);
    pg_exec("insert into karara.credentials (user_id, password_hash) values ('%s', '%s')", asker.id,
            password_hash(api_worker()->arena, PASSWORD));
    config_set(CONF_LOGIN_ATTEMPTS, "1000");
    config_set(CONF_EMAIL_VERIFICATION, "on");
    return 0;
}

/* How much a body has in it, whatever ids and times are in it. */
static size_t parts_of(const struct api_reply *r)
{
    size_t n = 0;
    for (size_t i = 0; i < r->body_size; i++) {
        n += strchr("{}[]\",", r->body[i]) != NULL;
    }
    return n;
}

static struct work measure(const struct probe *p, const char *email)
{
    unsigned long before = password_computations();
    struct api_reply r =
        api_post(p->signed_in ? &asker : NULL, with(p->path, "BRAND", brand.id), with(p->body, "ADDRESS", email));
    struct db_counters c = db_counters(api_worker()->db);
    return (
        struct work){ r.status, r.header_count, password_computations() - before, c.round_trips, c.statements, parts_of(&r) };
}

static bool is_same(const struct probe *p, const struct work *some, const struct work *none)
{
    return some->status == none->status && some->headers == none->headers && some->computations == none->computations &&
           some->round_trips == none->round_trips && some->body == none->body && some->statements >= none->statements &&
           some->statements <= none->statements + p->spare;
}

static void the_work_is_the_same_whoever_it_is(void **state)
{
    int different = 0;
    (void)state;
    for (int i = 0; i < (int)(sizeof probes / sizeof *probes); i++) {
        const struct probe *p = &probes[i];
        make_people(i);
        measure(p, address("warmup", i));
        struct work none = measure(p, address("nobody", i));
        assert_true(none.status < 500);
        assert_int_equal(none.computations, p->computations);
        for (int k = 0; k < KINDS; k++) {
            struct work some = measure(p, address(kinds[k].name, i));
            bool same = is_same(p, &some, &none);
            if (same == ((p->tells & 1u << k) != 0)) {
                different++;
                print_error(
                    "%s, %s: %d, %lu computed, %u round trips, %u statements, %d headers, %zu parts; nobody: %d, %lu, %u, "
                    "%u, %d, %zu\n",
                    p->what, kinds[k].name, some.status, some.computations, some.round_trips, some.statements, some.headers,
                    some.body, none.status, none.computations, none.round_trips, none.statements, none.headers, none.body);
            }
        }
    }
    assert_int_equal(different, 0);
}

/* Of a sleep only the least can be relied on. */
static void what_differs_a_little_takes_an_even_time(void **state)
{
    const struct probe *p = &probes[2];
    const char *const asked[] = { address("active", 2), address("nobody", 2) };
    (void)state;
    config_set(CONF_EVEN_TIME, "40");
    for (int i = 0; i < 2; i++) {
        int64_t began = clock_monotonic();
        assert_int_equal(measure(p, asked[i]).status, 200);
        assert_true(clock_monotonic() - began >= 40000);
    }
    config_set(CONF_EVEN_TIME, "0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_work_is_the_same_whoever_it_is),
        cmocka_unit_test(what_differs_a_little_takes_an_even_time),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
