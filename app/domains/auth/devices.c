/* devices.c - see devices.h. */
#include "domains/auth/devices.h"

#include "api/emit.h"
#include "api/list.h"
#include "auth_sql.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/clock.h"
#include "core/config.h"
#include "core/str.h"
#include "domains/auth/auth_rules.h"
#include "platform/place.h"
#include "platform/zone.h"
#include <string.h>

/* ---- what it is ---- */

struct mark {
    const char *text, *name;
};

/* The first that is found is it: most call themselves several things. */
static const struct mark browsers[] = {
    { "Edg/", "Edge" },
    { "EdgA/", "Edge" },
    { "EdgiOS/", "Edge" },
    { "OPR/", "Opera" },
    { "SamsungBrowser/", "Samsung Internet" },
    { "Vivaldi/", "Vivaldi" },
    { "Firefox/", "Firefox" },
    { "FxiOS/", "Firefox" },
    { "CriOS/", "Chrome" },
    { "Chrome/", "Chrome" },
    { "Chromium/", "Chrome" },
    { "Safari/", "Safari" },
    { NULL, NULL },
};
static const struct mark systems[] = {
    { "iPad", "iPad" },     { "iPhone", "iPhone" },   { "iPod", "iPhone" },    { "Android", "Android" },
    { "CrOS", "ChromeOS" }, { "Windows", "Windows" }, { "Mac OS X", "macOS" }, { "Macintosh", "macOS" },
    { "Linux", "Linux" },   { "X11", "Linux" },       { NULL, NULL },
};

enum { PROGRAM_NAME = 40 };

static const char *find(const struct mark *marks, const char *text)
{
    while (marks->text != NULL && strstr(text, marks->text) == NULL) {
        marks++;
    }
    return marks->name;
}

/* "curl/8.5.0 (…)" -> "curl 8.5.0" */
static const char *program_name(struct arena *a, const char *user_agent)
{
    size_t n = strcspn(user_agent, " (");
    char *name = arena_strndup(a, user_agent, n < PROGRAM_NAME ? n : PROGRAM_NAME);
    char *slash = strchr(name, '/');
    if (slash != NULL) {
        *slash = ' ';
    }
    return str_utf8_valid(name, strlen(name)) ? name : "";
}

const char *device_name(struct arena *a, const char *user_agent, const char *language)
{
    bool german = strncasecmp(language, "de", 2) == 0;
    const char *browser = find(browsers, user_agent), *system = find(systems, user_agent), *name = NULL;
    if (browser != NULL && system != NULL) {
        return arena_printf(a, german ? "%s auf %s" : "%s on %s", browser, system);
    }
    name = browser != NULL || str_starts(user_agent, "Mozilla/") ? browser : program_name(a, user_agent);
    name = name != NULL ? name : system;
    return !str_empty(name) ? name : german ? "Unbekanntes Gerät" : "Unknown device";
}

/* ---- the list ---- */

/* {"203.0.113.7":"Berlin, Germany"} */
static const char *places_of(struct request *rq, const struct db_result *addresses)
{
    struct place_book *book = place_open(config_text(CONF_PLACE_DATABASE));
    struct buf b = { 0 };
    buf_char(&b, '{');
    for (int i = 0; i < db_rows(addresses); i++) {
        const char *ip = db_text(addresses, i, "ip");
        emit_str(&b, ip, place_name(rq->arena, book, ip, db_text(addresses, i, "language")));
    }
    buf_char(&b, '}');
    place_close(book);
    const char *json = b.failed ? "{}" : arena_strndup(rq->arena, b.data, b.len);
    buf_free(&b);
    return json;
}

enum err device_list(struct request *rq)
{
    const struct db_result *addresses = rq_ask(rq, &sql_auth_session_addresses, NULL);
    if (addresses == NULL) {
        return rq->err;
    }
    const char *places = places_of(rq, addresses);
    rq_query(rq, &sql_auth_session_places, RQ_ARGS(ARG_TEXT("places", places)));
    list_queue(rq, &sql_auth_session_list);
    return rq_run(rq);
}

/* ---- the mail ---- */

/* "2026-11-21 09:20 (Europe/Berlin)": by the person's clock, or UTC. */
static const char *time_of(struct request *rq, const char *zone_name)
{
    char text[CLOCK_TEXT_SIZE];
    int64_t seconds = rq->now / 1000000;
    struct zone *zone = !str_empty(zone_name) ? zone_open(zone_name) : NULL;
    clock_format((zone != NULL ? zone_local(zone, seconds) : seconds) * 1000000, text);
    text[strcspn(text, "T")] = ' ';
    text[16] = '\0'; /* without seconds */
    const char *shown = arena_printf(rq->arena, "%s (%s)", text, zone != NULL ? zone_name : "UTC");
    zone_close(zone);
    return shown;
}

enum err device_letter(struct request *rq, const struct db_result *opened)
{
    const char *language = db_text(opened, 0, "language"), *ip = rq->http->remote_addr;
    struct place_book *book = place_open(config_text(CONF_PLACE_DATABASE));
    const char *place = place_name(rq->arena, book, ip, language), *agent = http_header(rq->http, "User-Agent");
    place_close(book);
    const struct auth_person to = { .id = db_uuid(opened, 0, "user_id"),
                                    .email = db_text(opened, 0, "email"),
                                    .first_name = db_text(opened, 0, "first_name"),
                                    .language = language };
    struct auth_letter l = auth_letter_to(&to);
    l.template = "new_sign_in";
    l.page = "settings/security";
    l.device = device_name(rq->arena, agent != NULL ? agent : "", language);
    l.place = !str_empty(place) ? arena_printf(rq->arena, "%s (%s)", place, ip) : ip;
    l.when = time_of(rq, db_text(opened, 0, "timezone"));
    return auth_letter_queue(rq, &l);
}
