/* test_devices.c - where somebody is signed in, with place and time, and who is told of a new device. */
#include "api.h"
#include "api/dispatch.h"
#include "core/config.h"
#include "domains/auth/devices.h"
#include "mmdb.h"
#include "pg.h"
#include "platform/password.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define PASSWORD "correct horse battery"
#define FIREFOX "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0"
#define NEWER_FIREFOX "Mozilla/5.0 (X11; Linux x86_64; rv:140.2) Gecko/20100101 Firefox/140.2"
#define SAFARI                                                                                                                 \
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.1 "            \
    "Mobile/15E148 "                                                                                                           \
    "Safari/604.1"

static int begin(void **state)
{
    (void)state;
    static const char *const munich[] = { "en", "Munich", "de", "München", NULL };
    static const char *const germany[] = { "en", "Germany", "de", "Deutschland", NULL };
    static const struct mmdb_network networks[] = { { "203.0.113.0/24", munich, germany, NULL }, { NULL, NULL, NULL, NULL } };
    api_begin();
    config_set(CONF_PUBLIC_URL, "https://karara.example");
    mmdb_write(api_f("%s/places.mmdb", pg_folder()), networks);
    return 0;
}

static struct api_person person(const char *name)
{
    struct api_person p = api_person(name);
    pg_exec("insert into karara.credentials (user_id, password_hash) values ('%s', '%s')", p.id,
            password_hash(api_worker()->arena, PASSWORD));
    pg_exec("delete from karara.sessions where user_id = '%s'", p.id);
    return p;
}

/* With the token of that session. */
static struct api_person sign_in(const struct api_person *p, const char *agent)
{
    struct api_reply r = API_SEND(NULL, "POST", "/api/v1/auth/login",
                                  api_f("{\"email\":\"%s\",\"password\":\"" PASSWORD "\"}", p->email), "User-Agent", agent);
    assert_int_equal(r.status, 200);
    struct api_person in = *p;
    snprintf(in.token, sizeof in.token, "%s", api_text(&r, "data.access_token"));
    return in;
}

static void came_from(const struct api_person *p, const char *address)
{
    pg_exec("update karara.sessions set ip = '%s' where user_id = '%s'", address, p->id);
}

static long long told(const struct api_person *p)
{
    return pg_count("select count(*) from karara.mails where template = 'new_sign_in' and to_address = '%s'", p->email);
}

static const char *mail(const struct api_person *p, const char *column)
{
    return api_f("%s",
                 pg_value("select %s from karara.mails where template = 'new_sign_in' and to_address = '%s' order by id desc "
                          "limit 1",
                          column, p->email));
}

static const char *place_of(const struct api_person *in)
{
    struct api_reply r = api_get(in, "/api/v1/auth/sessions");
    assert_int_equal(r.status, 200);
    return api_f("%s", api_text(&r, "data.0.place"));
}

/* ---- places ---- */

static void a_session_says_where_it_is_in_the_person_s_language(void **state)
{
    (void)state;
    struct api_person p = person("placed"), in = sign_in(&p, FIREFOX);
    assert_string_equal(place_of(&in), "this network");
    came_from(&p, "203.0.113.7");
    config_set(CONF_PLACE_DATABASE, "");
    assert_string_equal(place_of(&in), "");
    config_set(CONF_PLACE_DATABASE, "/nowhere.mmdb");
    assert_string_equal(place_of(&in), "");
    config_set(CONF_PLACE_DATABASE, api_f("%s/places.mmdb", pg_folder()));
    assert_string_equal(place_of(&in), "Munich, Germany");
    pg_exec("update karara.users set preferences = '{\"language\":\"de\"}' where id = '%s'", p.id);
    assert_string_equal(place_of(&in), "München, Deutschland");
    came_from(&p, "10.0.0.1");
    assert_string_equal(place_of(&in), "dieses Netz");
    came_from(&p, "198.51.100.7");
    assert_string_equal(place_of(&in), "");
}

static void each_session_has_its_own_place_page_by_page(void **state)
{
    (void)state;
    struct api_person p = person("several"), in = sign_in(&p, FIREFOX);
    came_from(&p, "203.0.113.7");
    in = sign_in(&p, SAFARI);
    struct api_reply r = api_get(&in, "/api/v1/auth/sessions?sort=created_at&limit=1");
    assert_int_equal(api_number(&r, "count"), 2);
    assert_string_equal(api_text(&r, "data.0.place"), "Munich, Germany");
    r = api_get(&in, api_text(&r, "next"));
    assert_string_equal(api_text(&r, "data.0.place"), "this network");
}

/* ---- new devices ---- */

static void a_new_device_is_told_by_mail_and_a_known_one_is_not(void **state)
{
    (void)state;
    struct api_person p = person("devices");
    pg_exec("update karara.users set preferences = '{\"timezone\":\"Europe/Berlin\"}' where id = '%s'", p.id);
    sign_in(&p, FIREFOX);
    assert_int_equal(told(&p), 0); /* the first one is no news */
    sign_in(&p, FIREFOX);
    sign_in(&p, NEWER_FIREFOX); /* the same device, brought up to date */
    assert_int_equal(told(&p), 0);
    sign_in(&p, SAFARI);
    assert_int_equal(told(&p), 1);
    assert_string_equal(mail(&p, "subject"), "New sign-in to your account");
    const char *text = mail(&p, "text_body");
    assert_non_null(strstr(text, "Safari on iPhone"));
    assert_non_null(strstr(text, "this network (127.0.0.1)"));
    assert_non_null(strstr(text, "(Europe/Berlin)"));
    assert_non_null(strstr(text, "https://karara.example/settings/security"));
    sign_in(&p, SAFARI);
    assert_int_equal(told(&p), 1);
    came_from(&p, "203.0.113.7"); /* all it was seen with so far was elsewhere */
    sign_in(&p, FIREFOX);
    assert_int_equal(told(&p), 2);
}

static void it_is_told_in_german_and_not_to_who_doesn_t_want_it(void **state)
{
    (void)state;
    struct api_person p = person("leise"), in = sign_in(&p, FIREFOX);
    struct api_reply r = api_patch(&in, "/api/v1/users/me", "{\"preferences\":{\"language\":\"de\"}}");
    assert_int_equal(r.status, 200);
    sign_in(&p, SAFARI);
    assert_string_equal(mail(&p, "subject"), "Neue Anmeldung bei Ihrem Konto");
    assert_non_null(strstr(mail(&p, "text_body"), "Safari auf iPhone"));
    r = api_patch(&in, "/api/v1/users/me", "{\"preferences\":{\"notifications\":{\"new_sign_in\":false}}}");
    assert_int_equal(r.status, 200);
    sign_in(&p, "curl/8.5.0");
    assert_int_equal(told(&p), 1);
    r = api_patch(&in, "/api/v1/users/me", "{\"preferences\":{\"notifications\":{\"new_sign_in\":null}}}");
    assert_int_equal(r.status, 200);
    sign_in(&p, "Wget/1.21");
    assert_int_equal(told(&p), 2);
}

static void who_looks_with_other_eyes_is_no_device_of_theirs(void **state)
{
    (void)state;
    struct api_person boss = api_person("boss"), p = person("viewed");
    struct api_brand b = api_brand("devices", &boss);
    api_join(&b, &p, "member");
    pg_exec("delete from karara.sessions where user_id = '%s'", p.id);
    assert_int_equal(api_post(&boss, api_f("/api/v1/brands/%s/users/%s/view-as", b.id, p.id), "{}").status, 200);
    sign_in(&p, FIREFOX);
    assert_int_equal(told(&p), 0);
}

static void devices_are_called_what_people_call_them(void **state)
{
    (void)state;
    struct arena *a = api_worker()->arena;
    static const struct {
        const char *agent, *name;
    } known[] = {
        { FIREFOX, "Firefox on Linux" },
        { SAFARI, "Safari on iPhone" },
        { "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36 "
          "Edg/130.0.0.0",
          "Edge on Windows" },
        { "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36",
          "Chrome on Android" },
        { "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_1)", "macOS" },
        { "curl/8.5.0", "curl 8.5.0" },
        { "Mozilla/5.0", "Unknown device" },
        { "", "Unknown device" },
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        assert_string_equal(device_name(a, known[i].agent, "en"), known[i].name);
    }
    assert_string_equal(device_name(a, "", "de"), "Unbekanntes Gerät");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_session_says_where_it_is_in_the_person_s_language),
        cmocka_unit_test(each_session_has_its_own_place_page_by_page),
        cmocka_unit_test(a_new_device_is_told_by_mail_and_a_known_one_is_not),
        cmocka_unit_test(it_is_told_in_german_and_not_to_who_doesn_t_want_it),
        cmocka_unit_test(who_looks_with_other_eyes_is_no_device_of_theirs),
        cmocka_unit_test(devices_are_called_what_people_call_them),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
