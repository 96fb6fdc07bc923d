/* zone.c - see zone.h. */
#include "platform/zone.h"

#include "core/clock.h"
#include "core/str.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FOLDER "/usr/share/zoneinfo/"

enum { DAY = 86400, HOUR = 3600, FILE_MAX_SIZE = 64 * 1024, NAME_MAX_LENGTH = 64, HEADER = 44 };

/* When the yearly change comes: a day of the year and a local time on it. */
struct change {
    enum { BY_WEEK, BY_DAY_WITHOUT_LEAP, BY_DAY } how;
    int month, week, day; /* BY_WEEK: the week-th `day` of the month, 5 the last; else only day */
    int32_t time;         /* seconds after midnight; from -167 to 167 hours */
};

/* What holds behind the table. */
struct forever {
    bool is_set, has_summer;
    int32_t standard, summer; /* offsets */
    struct change to_summer, to_standard;
};

struct transition {
    int64_t at;
    int32_t offset; /* from then on */
};

struct zone {
    int32_t first_offset; /* before the first transition */
    int count;
    struct transition *transitions; /* by time */
    struct forever forever;
};

/* A stretch of time without a change: [start, end). */
struct stretch {
    int64_t start, end;
    int32_t offset;
};

/* ---- the rule at the end of a file: POSIX TZ, as RFC 8536 §3.3.1 extends it ---- */

static const char *read_number(const char *s, int max, int *ret)
{
    int v = 0;
    if (s == NULL || *s < '0' || *s > '9') {
        return NULL;
    }
    for (; *s >= '0' && *s <= '9'; s++) {
        v = v * 10 + (*s - '0');
        if (v > max) {
            return NULL;
        }
    }
    *ret = v;
    return s;
}

/* [+-]hh[:mm[:ss]] */
static const char *read_time(const char *s, int32_t *ret)
{
    int sign = *s == '-' ? -1 : 1, part[3] = { 0 };
    s += *s == '-' || *s == '+';
    s = read_number(s, 167, &part[0]);
    for (int i = 1; i < 3 && s != NULL && *s == ':'; i++) {
        s = read_number(s + 1, 59, &part[i]);
    }
    if (s != NULL) {
        *ret = sign * (part[0] * HOUR + part[1] * 60 + part[2]);
    }
    return s;
}

/* A name: letters, or anything between < and >. */
static const char *skip_name(const char *s)
{
    const char *from = s;
    if (*s == '<') {
        s = strchr(s, '>');
        return s == NULL ? NULL : s + 1;
    }
    while ((*s >= 'A' && *s <= 'Z') || (*s >= 'a' && *s <= 'z')) {
        s++;
    }
    return s == from ? NULL : s;
}

/* "M3.5.0/2", "J60", "59/3" */
static const char *read_change(const char *s, struct change *c)
{
    c->time = 2 * HOUR;
    if (*s == 'M') {
        c->how = BY_WEEK;
        s = read_number(s + 1, 12, &c->month);
        s = s != NULL && *s == '.' ? read_number(s + 1, 5, &c->week) : NULL;
        s = s != NULL && *s == '.' ? read_number(s + 1, 6, &c->day) : NULL;
        s = s != NULL && c->month > 0 && c->week > 0 ? s : NULL;
    } else {
        c->how = *s == 'J' ? BY_DAY_WITHOUT_LEAP : BY_DAY;
        s = read_number(s + (*s == 'J'), 365, &c->day);
    }
    return s != NULL && *s == '/' ? read_time(s + 1, &c->time) : s;
}

static bool read_forever(const char *s, struct forever *f)
{
    int32_t behind;
    if (*s == '\0') {
        return true; /* the last offset of the table stays */
    }
    s = skip_name(s);
    s = s == NULL ? NULL : read_time(s, &behind);
    if (s == NULL) {
        return false;
    }
    f->is_set = true;
    f->standard = -behind;
    if (*s == '\0') {
        return true;
    }
    s = skip_name(s);
    f->summer = f->standard + HOUR;
    if (s != NULL && *s != ',' && *s != '\0') {
        s = read_time(s, &behind);
        f->summer = -behind;
    }
    s = s != NULL && *s == ',' ? read_change(s + 1, &f->to_summer) : NULL;
    s = s != NULL && *s == ',' ? read_change(s + 1, &f->to_standard) : NULL;
    f->has_summer = true;
    return s != NULL && *s == '\0';
}

static int64_t change_day(const struct change *c, int year)
{
    int64_t first = clock_days(year, 1, 1);
    bool leap = clock_days(year + 1, 1, 1) - first == 366;
    if (c->how == BY_DAY) {
        return first + c->day;
    }
    if (c->how == BY_DAY_WITHOUT_LEAP) {
        return first + c->day - 1 + (leap && c->day >= 60);
    }
    first = clock_days(year, c->month, 1);
    int64_t next = c->month == 12 ? clock_days(year + 1, 1, 1) : clock_days(year, c->month + 1, 1);
    int64_t day = first + (c->day - clock_weekday(first) + 7) % 7 + 7 * (int64_t)(c->week - 1);
    return day >= next ? day - 7 : day;
}

/* The transition of that year, in UTC: the local time is that of before it. */
static struct transition change_at(const struct change *c, int year, int32_t before, int32_t after)
{
    return (struct transition){ change_day(c, year) * DAY + c->time - before, after };
}

static struct stretch stretch_forever(const struct forever *f, int64_t moment)
{
    struct stretch s = { INT64_MIN, INT64_MAX, f->standard };
    int year, month, day;
    if (!f->has_summer) {
        return s;
    }
    clock_civil(moment >= 0 ? moment / DAY : -1, &year, &month, &day);
    for (int y = year - 1; y <= year + 1; y++) {
        const struct transition t[] = { change_at(&f->to_summer, y, f->standard, f->summer),
                                        change_at(&f->to_standard, y, f->summer, f->standard) };
        for (int i = 0; i < 2; i++) {
            if (t[i].at <= moment && t[i].at > s.start) {
                s.start = t[i].at;
                s.offset = t[i].offset;
            } else if (t[i].at > moment && t[i].at < s.end) {
                s.end = t[i].at;
            }
        }
    }
    return s;
}

static struct stretch stretch_at(const struct zone *z, int64_t moment)
{
    int low = 0, high = z->count; /* the first transition after the moment is in [low, high] */
    while (low < high) {
        int middle = low + (high - low) / 2;
        if (z->transitions[middle].at <= moment) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == z->count && z->forever.is_set) {
        struct stretch s = stretch_forever(&z->forever, moment);
        if (low > 0 && s.start < z->transitions[low - 1].at) {
            s.start = z->transitions[low - 1].at;
        }
        return s;
    }
    return (struct stretch){ low > 0 ? z->transitions[low - 1].at : INT64_MIN,
                             low < z->count ? z->transitions[low].at : INT64_MAX,
                             low > 0 ? z->transitions[low - 1].offset : z->first_offset };
}

/* ---- the file ---- */

static int64_t big_endian(const unsigned char *p, int bytes)
{
    uint64_t v = (p[0] & 0x80) != 0 ? UINT64_MAX : 0;
    for (int i = 0; i < bytes; i++) {
        v = v << 8 | p[i];
    }
    return (int64_t)v;
}

/* The counts that stand in a header, in its order. */
enum { UT_COUNT, STANDARD_COUNT, LEAP_COUNT, TIME_COUNT, TYPE_COUNT, NAME_COUNT, COUNTS };

static bool read_header(const unsigned char *p, size_t n, int64_t counts[COUNTS])
{
    if (n < HEADER || memcmp(p, "TZif", 4) != 0 || p[4] < '2') {
        return false; /* Version 1 has 32 bits and no rule; tzdata has none of those. */
    }
    for (int i = 0; i < COUNTS; i++) {
        counts[i] = big_endian(p + 20 + 4 * i, 4);
        if (counts[i] < 0 || counts[i] > FILE_MAX_SIZE) {
            return false;
        }
    }
    return true;
}

static size_t block_size(const int64_t c[COUNTS], int time_size)
{
    return (size_t)(c[TIME_COUNT] * time_size + c[TIME_COUNT] + c[TYPE_COUNT] * 6 + c[NAME_COUNT] +
                    c[LEAP_COUNT] * (time_size + 4) + c[STANDARD_COUNT] + c[UT_COUNT]);
}

/* The block of 64-bit times; p has all its bytes. */
static bool read_table(struct zone *z, const unsigned char *p, const int64_t c[COUNTS])
{
    const unsigned char *indices = p + c[TIME_COUNT] * 8, *types = indices + c[TIME_COUNT];
    z->count = (int)c[TIME_COUNT];
    z->transitions = calloc((size_t)z->count + 1, sizeof *z->transitions);
    if (z->transitions == NULL || c[TYPE_COUNT] == 0 || c[LEAP_COUNT] != 0) {
        return false; /* Leap seconds would make another count of seconds than ours. */
    }
    z->first_offset = (int32_t)big_endian(types, 4);
    for (int i = 0; i < z->count; i++) {
        if (indices[i] >= c[TYPE_COUNT]) {
            return false;
        }
        z->transitions[i] =
            (struct transition){ big_endian(p + 8 * (size_t)i, 8), (int32_t)big_endian(types + 6 * (size_t)indices[i], 4) };
        if (i > 0 && z->transitions[i].at <= z->transitions[i - 1].at) {
            return false;
        }
    }
    return true;
}

static bool read_zone(struct zone *z, unsigned char *p, size_t n)
{
    int64_t c[COUNTS];
    size_t skip;
    if (!read_header(p, n, c) || (skip = HEADER + block_size(c, 4)) > n) {
        return false;
    }
    p += skip;
    n -= skip;
    if (!read_header(p, n, c) || (skip = HEADER + block_size(c, 8)) >= n || !read_table(z, p + HEADER, c)) {
        return false;
    }
    char *rule = (char *)p + skip, *end = memchr(rule + 1, '\n', n - skip - 1);
    if (*rule != '\n' || end == NULL) {
        return false;
    }
    *end = '\0';
    return read_forever(rule + 1, &z->forever);
}

/* Names as they are in the database; not what lies beside the zones (posix/, right/ with its leap seconds, this machine's own). */
static bool is_name(const char *name)
{
    static const char *const others[] = { "Factory", "localtime", "posixrules" };
    if (name == NULL || name[0] < 'A' || name[0] > 'Z' || strlen(name) > NAME_MAX_LENGTH || strstr(name, "//") != NULL ||
        strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/") != strlen(name)) {
        return false;
    }
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        if (str_eq(name, others[i])) {
            return false;
        }
    }
    return true;
}

struct zone *zone_open(const char *name)
{
    char path[sizeof FOLDER + NAME_MAX_LENGTH];
    if (!is_name(name)) {
        return NULL;
    }
    snprintf(path, sizeof path, FOLDER "%s", name);
    FILE *f = fopen(path, "rbe");
    unsigned char *data = f == NULL ? NULL : malloc(FILE_MAX_SIZE);
    size_t n = data == NULL ? 0 : fread(data, 1, FILE_MAX_SIZE, f);
    struct zone *z = n == 0 ? NULL : calloc(1, sizeof *z);
    if (z != NULL && !read_zone(z, data, n)) {
        zone_close(z);
        z = NULL;
    }
    free(data);
    if (f != NULL) {
        fclose(f);
    }
    return z;
}

void zone_close(struct zone *z)
{
    if (z != NULL) {
        free(z->transitions);
        free(z);
    }
}

int32_t zone_offset(const struct zone *z, int64_t moment)
{
    return stretch_at(z, moment).offset;
}

int64_t zone_local(const struct zone *z, int64_t moment)
{
    return moment + zone_offset(z, moment);
}

/* Goes over the stretches from one that is certainly too early: the first in which clocks show that time is it, and where the next stretch
 * begins later than that time it lies in the gap between both. */
int64_t zone_moment(const struct zone *z, int64_t local)
{
    struct stretch s = stretch_at(z, local - 26 * (int64_t)HOUR);
    while (local - s.offset >= s.end) {
        struct stretch next = stretch_at(z, s.end);
        if (local - next.offset < next.start) {
            break;
        }
        s = next;
    }
    return local - s.offset;
}
