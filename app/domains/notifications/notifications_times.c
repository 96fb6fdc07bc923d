/* notifications_times.c - quiet hours and digests: wall-clock times of a person, as moments. */
#include "domains/notifications/notifications.h"

#include "core/clock.h"
#include "platform/zone.h"

enum { MINUTE = 60, HOUR = 3600, DAY = 86400 };

#define SECOND INT64_C(1000000)

static int64_t floor_to(int64_t local, int64_t unit)
{
    int64_t rest = local % unit;
    return local - (rest < 0 ? rest + unit : rest);
}

/* 1 is Monday, 7 Sunday. */
static int weekday_of(int64_t local)
{
    int day = clock_weekday(floor_to(local, DAY) / DAY);
    return day == 0 ? 7 : day;
}

/* The first second, rounded up, of which a moment isn't past. */
static int64_t seconds_up(int64_t at)
{
    return floor_to(at + SECOND - 1, SECOND) / SECOND;
}

/* When the quiet stretch ends that this local time lies in, local too; the same when it lies in none. */
static int64_t stretch_end(const struct notification_preferences *p, int64_t local)
{
    int64_t midnight = floor_to(local, DAY);
    int minute = (int)((local - midnight) / MINUTE);
    int weekday = weekday_of(local);
    if (p->quiet_weekends && weekday >= 6) {
        return midnight + (int64_t)(8 - weekday) * DAY;
    }
    if (p->quiet_from < p->quiet_to) {
        return minute >= p->quiet_from && minute < p->quiet_to ? midnight + (int64_t)p->quiet_to * MINUTE : local;
    }
    if (minute >= p->quiet_from) {
        return midnight + DAY + (int64_t)p->quiet_to * MINUTE;
    }
    return minute < p->quiet_to ? midnight + (int64_t)p->quiet_to * MINUTE : local;
}

int64_t notification_quiet_end(const struct notification_preferences *p, const struct zone *z, int64_t at)
{
    enum { STRETCHES = 16 }; /* a night, a weekend, a night: more never follow each other */
    int64_t moment = seconds_up(at);
    for (int i = 0; i < STRETCHES && p->quiet; i++) {
        int64_t local = zone_local(z, moment), end = stretch_end(p, local);
        if (end == local) {
            break;
        }
        /* Clocks that are put back could lead back into the past. */
        int64_t next = zone_moment(z, end);
        moment = next > moment ? next : moment + (end - local);
    }
    return moment == seconds_up(at) ? at : moment * SECOND;
}

int64_t notification_digest_at(const struct notification_preferences *p, const struct zone *z, int64_t at)
{
    int64_t moment = floor_to(at, SECOND) / SECOND, local = zone_local(z, moment), next = 0;
    if (p->digest == DIGEST_OFF) {
        return at;
    }
    if (p->digest == DIGEST_HOURLY) {
        /* By the clock's face, and an hour long also where that is put forward or back. */
        return notification_quiet_end(p, z, (moment + HOUR - (local - floor_to(local, HOUR))) * SECOND);
    }
    for (int day = 0; day <= 8; day++) {
        int64_t slot = floor_to(local, DAY) + (int64_t)day * DAY + (int64_t)p->digest_minute * MINUTE;
        bool fits = p->digest == DIGEST_DAILY || weekday_of(slot) == p->digest_weekday;
        next = zone_moment(z, slot);
        if (fits && next > moment) {
            break;
        }
    }
    return notification_quiet_end(p, z, next * SECOND);
}
