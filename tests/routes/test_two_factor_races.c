/* test_two_factor_races.c - codes and challenges that several use at the same time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cast.h"
#include "core/config.h"
#include "factor.h"
#include "pg.h"
#include <stdio.h>
#include <string.h>

/* ---- at once ---- */

enum { TWINS = 6 };

struct race {
    char challenges[TWINS][1024], codes[TWINS][32];
};

/* 1 for a session, 2 for a code that doesn't fit, 3 for a challenge that is over, 4 for a lock. */
static int finish_at_once(int index, void *arg)
{
    const struct race *race = arg;
    struct api_reply r = factor_finish(race->challenges[index], race->codes[index]);
    const char *code = api_error(&r);
    return r.status == 200                            ? 1
           : strcmp(code, "invalid_credentials") == 0 ? 2
           : strcmp(code, "invalid_token") == 0       ? 3
           : strcmp(code, "account_locked") == 0      ? 4
                                                      : 0;
}

/* How many end so. */
static void expect_ends(const struct race *race, int opened, int ended, int with)
{
    int results[TWINS], counted[8] = { 0 };
    api_at_once(TWINS, finish_at_once, (void *)(uintptr_t)race, results);
    for (int i = 0; i < TWINS; i++) {
        counted[results[i] & 7]++;
    }
    assert_int_equal(counted[1], opened);
    assert_int_equal(counted[with], ended);
}

static struct race race_of(const struct factor_person *p, bool one_challenge)
{
    struct race race;
    for (int i = 0; i < TWINS; i++) {
        snprintf(race.challenges[i], sizeof race.challenges[i], "%s",
                 one_challenge && i > 0 ? race.challenges[0] : factor_challenge(p));
    }
    return race;
}

static void of_several_with_one_code_at_once_one_signs_in(void **state)
{
    (void)state;
    struct factor_person p = factor_guarded("twins");
    for (int round = 0; round < 5; round++) {
        struct race race = race_of(&p, false);
        const char *code = factor_fresh_code(&p);
        for (int i = 0; i < TWINS; i++) {
            snprintf(race.codes[i], sizeof race.codes[i], "%s", code);
        }
        expect_ends(&race, 1, TWINS - 1, 2);
    }
}

static void of_several_with_one_recovery_code_at_once_one_signs_in(void **state)
{
    (void)state;
    struct factor_person p = factor_guarded("triplets");
    for (int round = 0; round < 5; round++) {
        struct race race = race_of(&p, false);
        for (int i = 0; i < TWINS; i++) {
            snprintf(race.codes[i], sizeof race.codes[i], "%s", p.codes[round]);
        }
        expect_ends(&race, 1, TWINS - 1, 2);
    }
}

/* The codes of those who come too late stay good. */
static void a_challenge_opens_one_session_for_several_at_once(void **state)
{
    (void)state;
    struct factor_person p = factor_guarded("crowd");
    struct race race = race_of(&p, true);
    for (int i = 0; i < TWINS; i++) {
        snprintf(race.codes[i], sizeof race.codes[i], "%s", p.codes[i]);
    }
    expect_ends(&race, 1, TWINS - 1, 3);
    assert_int_equal(pg_count("select count(*) from karara.recovery_codes where user_id = '%s'", p.api.id), 9);
}

static void guesses_at_once_are_as_few_as_one_after_the_other(void **state)
{
    (void)state;
    struct factor_person p = factor_guarded("guesses");
    struct race race = race_of(&p, false);
    config_set(CONF_LOGIN_ATTEMPTS, "3");
    for (int i = 0; i < TWINS; i++) {
        snprintf(race.codes[i], sizeof race.codes[i], "%06d", i);
    }
    expect_ends(&race, 0, 3, 4);
}

static int confirm_at_once(int index, void *arg)
{
    struct factor_person *p = arg;
    (void)index;
    struct api_reply r = factor_confirm(&p->api, factor_code_at(p, factor_step_now()));
    return r.status == 200 ? 1 : r.status == 409 ? 2 : 0;
}

static void of_several_who_confirm_at_once_one_gets_the_codes(void **state)
{
    int results[TWINS], counted[3] = { 0 };
    (void)state;
    struct factor_person p = factor_person("confirmers");
    struct api_reply r = factor_enable(&p, FACTOR_PASSWORD);
    factor_read_secret(&p, api_text(&r, "data.secret"));
    api_at_once(TWINS, confirm_at_once, &p, results);
    for (int i = 0; i < TWINS; i++) {
        assert_in_range(results[i], 1, 2);
        counted[results[i]]++;
    }
    assert_int_equal(counted[1], 1);
    assert_int_equal(pg_count("select count(*) from karara.recovery_codes where user_id = '%s'", p.api.id), 10);
}

#define TEST(name) cmocka_unit_test_setup(name, factor_defaults)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(of_several_with_one_code_at_once_one_signs_in),     TEST(of_several_with_one_recovery_code_at_once_one_signs_in),
        TEST(a_challenge_opens_one_session_for_several_at_once), TEST(guesses_at_once_are_as_few_as_one_after_the_other),
        TEST(of_several_who_confirm_at_once_one_gets_the_codes),
    };
    return cmocka_run_group_tests(tests, cast_begin, NULL);
}
