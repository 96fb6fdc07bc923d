/* Rate limits: exact where they are small, over all workers, and never for free. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "api.h"
#include "core/config.h"
#include "core/log.h"
#include "pg.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { WORKERS = 4, LIMIT = 7 };

static struct api_person ada, eve; /* eve belongs to another brand */
static struct api_brand demo, away;

static int set_up(void **state)
{
    (void)state;
    api_begin();
    log_set_level(LOG_ERROR);
    ada = api_person("ada");
    eve = api_person("eve");
    demo = api_brand("demo", &ada);
    away = api_brand("away", &eve);
    return 0;
}

static void limit_to(enum config_key key, int n)
{
    char text[16];
    snprintf(text, sizeof text, "%d", n);
    assert_true(config_set(key, text));
}

/* Counters start anew, and no window ends within the test. */
static void start_anew(void)
{
    pg_memcached_stop();
    pg_memcached_start();
    time_t left = 60 - time(NULL) % 60;
    if (left < 15) {
        sleep((unsigned)left + 1);
    }
}

/* ---- in several workers ---- */

struct asked {
    const struct api_person *who;
    const char *brand; /* for X-Brand-ID */
    int times;
};

static bool refused_rightly(const struct api_reply *r)
{
    const char *after = api_header(r, "Retry-After");
    return r->status == 429 && strcmp(api_error(r), "rate_limited") == 0 && after != NULL && atoi(after) >= 1 &&
           atoi(after) <= 3600;
}

/* How many of its requests a worker serves; 255 when one was refused otherwise. */
static int ask(int index, void *arg)
{
    const struct asked *a = arg;
    int served = 0;
    (void)index;
    for (int i = 0; i < a->times; i++) {
        struct api_reply r = API_SEND(a->who, "GET", "/api/v1/tasks", NULL, "X-Brand-ID", a->brand);
        if (r.status == 200) {
            served++;
        } else if (!refused_rightly(&r)) {
            return 255;
        }
    }
    return served;
}

static int served_by_all(const struct api_person *who, int times, int *ret_each)
{
    int results[WORKERS], sum = 0;
    struct asked a = { who, demo.id, times };
    api_at_once(WORKERS, ask, &a, results);
    for (int i = 0; i < WORKERS; i++) {
        assert_true(results[i] <= times);
        sum += results[i];
        *ret_each = results[i];
    }
    return sum;
}

static void each_limit_is_exact_over_all_workers(void **state)
{
    static const enum config_key keys[] = { CONF_RATE_USER_MINUTE, CONF_RATE_USER_HOUR, CONF_RATE_BRAND_HOUR,
                                            CONF_RATE_GLOBAL_HOUR };
    int each;
    (void)state;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        start_anew();
        limit_to(keys[i], LIMIT);
        assert_int_equal(served_by_all(&ada, LIMIT, &each), LIMIT);
        limit_to(keys[i], 0);
        assert_int_equal(served_by_all(&ada, LIMIT, &each), LIMIT * WORKERS);
    }
}

static void a_large_limit_refuses_nobody_below_it(void **state)
{
    int each;
    (void)state;
    start_anew();
    limit_to(CONF_RATE_USER_HOUR, 20000); /* leases of up to 20 */
    assert_int_equal(served_by_all(&ada, 30, &each), 30 * WORKERS);
    limit_to(CONF_RATE_USER_HOUR, 0);
}

static void without_memcached_each_worker_counts_alone(void **state)
{
    int each;
    (void)state;
    start_anew();
    pg_memcached_stop();
    limit_to(CONF_RATE_USER_HOUR, LIMIT);
    assert_int_equal(served_by_all(&ada, LIMIT + 3, &each), LIMIT * WORKERS);
    assert_int_equal(each, LIMIT);
    limit_to(CONF_RATE_USER_HOUR, 0);
    pg_memcached_start();
}

/* ---- in one worker ---- */

static void the_headers_count_down(void **state)
{
    (void)state;
    start_anew();
    struct api_person p = api_person("counting");
    limit_to(CONF_RATE_USER_MINUTE, 100);
    limit_to(CONF_RATE_USER_HOUR, LIMIT);
    for (int i = LIMIT; i > 0; i--) {
        struct api_reply r = api_get(&p, "/api/v1/users/me");
        assert_int_equal(r.status, 200);
        assert_string_equal(api_header(&r, "RateLimit-Policy"), api_f("\"user-hour\";q=%d;w=3600", LIMIT));
        const char *limit = api_header(&r, "RateLimit"), *begins = api_f("\"user-hour\";r=%d;t=", i - 1);
        assert_memory_equal(limit, begins, strlen(begins));
    }
    struct api_reply r = api_get(&p, "/api/v1/users/me");
    assert_true(refused_rightly(&r));
    assert_non_null(strstr(api_header(&r, "RateLimit"), ";r=0;"));
    struct api_reply other = api_get(&ada, "/api/v1/users/me"); /* others aren't concerned */
    assert_int_equal(other.status, 200);
    limit_to(CONF_RATE_USER_MINUTE, 0);
    limit_to(CONF_RATE_USER_HOUR, 0);
}

static void an_answer_304_costs_nothing(void **state)
{
    (void)state;
    start_anew();
    struct api_person p = api_person("patient");
    limit_to(CONF_RATE_USER_HOUR, 3);
    struct api_reply r = api_get(&p, "/api/v1/users/me");
    for (int i = 0; i < 10; i++) {
        assert_int_equal(API_SEND(&p, "GET", "/api/v1/users/me", NULL, "If-None-Match", api_header(&r, "ETag")).status, 304);
    }
    assert_int_equal(api_get(&p, "/api/v1/users/me").status, 200);
    assert_int_equal(api_get(&p, "/api/v1/users/me").status, 200);
    assert_int_equal(api_get(&p, "/api/v1/users/me").status, 429);
    limit_to(CONF_RATE_USER_HOUR, 0);
}

static void refusals_count_for_the_person(void **state)
{
    (void)state;
    start_anew();
    struct api_person p = api_person("knocking");
    limit_to(CONF_RATE_USER_HOUR, 3);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(API_SEND(&p, "GET", "/api/v1/tasks", NULL, "X-Brand-ID", demo.id).status, 404);
    }
    assert_int_equal(API_SEND(&p, "GET", "/api/v1/tasks", NULL, "X-Brand-ID", demo.slug).status, 429);
    limit_to(CONF_RATE_USER_HOUR, 0);
}

static void strangers_do_not_use_up_the_limit_of_a_brand(void **state)
{
    (void)state;
    start_anew();
    limit_to(CONF_RATE_BRAND_HOUR, 3);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(API_SEND(&eve, "GET", "/api/v1/tasks", NULL, "X-Brand-ID", demo.id).status, 404);
    }
    for (int i = 0; i < 3; i++) {
        assert_int_equal(api_get(&ada, "/api/v1/tasks").status, 200);
    }
    assert_int_equal(api_get(&ada, "/api/v1/tasks").status, 429);
    assert_int_equal(api_get(&eve, "/api/v1/tasks").status, 200); /* in her own */
    limit_to(CONF_RATE_BRAND_HOUR, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_limit_is_exact_over_all_workers),
        cmocka_unit_test(a_large_limit_refuses_nobody_below_it),
        cmocka_unit_test(without_memcached_each_worker_counts_alone),
        cmocka_unit_test(the_headers_count_down),
        cmocka_unit_test(an_answer_304_costs_nothing),
        cmocka_unit_test(refusals_count_for_the_person),
        cmocka_unit_test(strangers_do_not_use_up_the_limit_of_a_brand),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
