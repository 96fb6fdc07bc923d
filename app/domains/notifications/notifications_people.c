/* notifications_people.c - what somebody may see, how they can be reached, and when. */
#include "domains/notifications/notifications_internal.h"

#include "api/effective.h"
#include "api/emit.h"
#include "core/arena.h"
#include "core/clock.h"
#include "core/config.h"
#include "core/str.h"
#include "platform/zone.h"

static void close_zone(void *zone)
{
    zone_close(zone);
}

/* A zone that this host doesn't know is taken for UTC: better at an odd hour than never. */
static struct zone *zone_of(struct arena *a, const char *name)
{
    struct zone *z = zone_open(name);
    z = z != NULL ? z : zone_open("UTC");
    arena_adopt(a, z, close_zone);
    return z;
}

static bool sees_all(struct arena *a, const struct db_result *r, int row)
{
    struct effective e;
    const struct effective_input in = { .role = role_parse(db_text(r, row, "role")),
                                        .role_changes = db_text(r, row, "role_changes"),
                                        .overrides = db_text(r, row, "overrides"),
                                        .delegated = db_text(r, row, "delegated") };
    effective_compute(a, &in, &e);
    return (e.all & permission_bit(PERM_CAN_VIEW_ALL_PROJECTS)) != 0;
}

static unsigned reach_of(struct arena *a, const struct db_result *r, int row)
{
    struct text_list names = db_texts(a, r, row, "reach");
    unsigned reach = 1U << WAY_IN_APP;
    for (int i = 0; i < names.n; i++) {
        enum notification_way_id way = notification_way_parse(names.v[i]);
        reach |= way < WAY_COUNT ? 1U << way : 0;
    }
    return reach;
}

static enum notification_digest digest_of(const char *name)
{
    int d = 0;
    while (notification_digest_names[d] != NULL && !str_eq(notification_digest_names[d], name)) {
        d++;
    }
    return d < DIGEST_COUNT ? (enum notification_digest)d : DIGEST_OFF;
}

static void read_wants(struct arena *a, const struct db_result *r, int row, struct notification_preferences *p)
{
    notification_preferences_default(p);
    if (db_text(r, row, "ways") == NULL) {
        return; /* they have never said */
    }
    notification_preferences_read(a, db_text(r, row, "ways"), p);
    p->digest = digest_of(db_text(r, row, "digest"));
    p->digest_minute = notification_minute(db_text(r, row, "digest_time"));
    p->digest_weekday = (int)db_int(r, row, "digest_weekday");
    p->quiet = db_bool(r, row, "quiet");
    p->quiet_from = notification_minute(db_text(r, row, "quiet_from"));
    p->quiet_to = notification_minute(db_text(r, row, "quiet_to"));
    p->quiet_weekends = db_bool(r, row, "quiet_weekends");
}

void notification_person_read(struct arena *a, const struct db_result *r, int row, struct notification_person *ret)
{
    *ret = (struct notification_person){ .id = db_uuid(r, row, "user_id"),
                                         .name = db_text(r, row, "person_name"),
                                         .email = db_text(r, row, "email"),
                                         .language = db_text(r, row, "language"),
                                         .brand_name = db_text(r, row, "brand_name"),
                                         .role = db_text(r, row, "role"),
                                         .zone = zone_of(a, db_text(r, row, "timezone")),
                                         .sees_all = sees_all(a, r, row),
                                         .lacks_two_factor = db_bool(r, row, "lacks_two_factor"),
                                         .teams = db_uuids(a, r, row, "teams"),
                                         .reach = reach_of(a, r, row) };
    read_wants(a, r, row, &ret->wants);
}

bool notification_may_see(const struct notification_person *p, const struct notification_subject *s)
{
    return uuid_is_nil(&s->team_id) || p->sees_all || uuid_among(&p->teams, &s->team_id) || uuid_among(&s->assignees, &p->id);
}

unsigned notification_ways_of(const struct notification_person *p, enum notification_type type)
{
    return p->wants.ways[type] & p->reach;
}

/* A mail gives its person the time to read it in the app first. */
static int64_t due_at(const struct notification_person *p, enum notification_way_id way, bool digest, int64_t now)
{
    if (way == WAY_IN_APP) {
        return now;
    }
    if (digest) {
        return notification_digest_at(&p->wants, p->zone, now);
    }
    int64_t patience = way == WAY_EMAIL ? config_int(CONF_NOTIFICATION_MAIL_DELAY) * INT64_C(1000000) : 0;
    return notification_quiet_end(&p->wants, p->zone, now + patience);
}

bool notification_gathers(const struct notification_person *p, enum notification_type type, unsigned ways)
{
    return (ways & 1U << WAY_EMAIL) != 0 && p->wants.digest != DIGEST_OFF && !notification_about(type)->urgent;
}

const char *notification_plan(struct arena *a, const struct notification_person *p, enum notification_type type, unsigned ways,
                              int64_t now)
{
    struct buf b = { 0 };
    char at[CLOCK_TEXT_SIZE];
    buf_char(&b, '[');
    for (int w = 0; w < WAY_COUNT; w++) {
        if ((ways & 1U << w) == 0) {
            continue;
        }
        bool digest = w == WAY_EMAIL && notification_gathers(p, type, ways);
        clock_format(due_at(p, (enum notification_way_id)w, digest, now), at);
        emit_item(&b);
        buf_char(&b, '{');
        emit_str(&b, "way", notification_way_name((enum notification_way_id)w));
        emit_json(&b, "digest", digest ? "true" : "false");
        emit_str(&b, "due_at", at);
        buf_char(&b, '}');
    }
    buf_char(&b, ']');
    const char *json = arena_strndup(a, b.data, b.len);
    buf_free(&b);
    return json;
}
