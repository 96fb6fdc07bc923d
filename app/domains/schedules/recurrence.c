/* recurrence.c - see schedules.h. */
#include "domains/schedules/schedules.h"

#include "core/arena.h"
#include "core/clock.h"
#include "core/str.h"
#include "platform/zone.h"

#include <stdlib.h>
#include <string.h>

enum { DAY = 86400 };
#define LATEST (INT64_C(230) * 366 * DAY) /* about 2200 */

#define SECOND INT64_C(1000000)

const char *recurrence_local(struct arena *a, int64_t local)
{
    char text[CLOCK_TEXT_SIZE];
    clock_format(local * SECOND, text);
    return arena_strndup(a, text, 19);
}

/* "2026-11-23T09:00" or "2026-11-23T09:00:30". */
static bool read_local(struct arena *a, const char *s, int64_t *ret)
{
    int64_t moment;
    size_t n = s == NULL ? 0 : strlen(s);
    if ((n != 16 && n != 19) || strspn(s, "0123456789-:T") != n ||
        !clock_parse(arena_printf(a, "%s%sZ", s, n == 16 ? ":00" : ""), &moment)) {
        return false;
    }
    *ret = moment / SECOND;
    return *ret >= 0 && *ret < LATEST;
}

static void tell(struct field_errors *errors, const char *field, const char *words)
{
    if (errors != NULL) {
        field_error_add(errors, field, words);
    }
}

/* What is left out; false when one can't be read. */
static bool read_exdates(struct arena *a, const struct text_list *texts, struct recurrence *r, struct field_errors *errors)
{
    const char **kept = arena_alloc(a, sizeof *kept * (size_t)(texts->n + 1));
    r->left_out = arena_alloc(a, sizeof *r->left_out * (size_t)(texts->n + 1));
    r->left_out_day = arena_zalloc(a, sizeof *r->left_out_day * (size_t)(texts->n + 1));
    for (int i = 0; i < texts->n; i++) {
        int32_t days;
        int64_t *to = &r->left_out[i];
        if (clock_parse_date(texts->v[i], &days)) {
            *to = (int64_t)days * DAY;
            r->left_out_day[i] = true;
            kept[i] = arena_strdup(a, texts->v[i]);
        } else if (read_local(a, texts->v[i], to)) {
            kept[i] = recurrence_local(a, *to);
        } else {
            tell(errors, "exdates",
                 arena_printf(a, "has \"%.40s\": say dates such as 2026-12-25, or local times such as 2026-12-25T09:00",
                              texts->v[i]));
            return false;
        }
    }
    r->left_out_count = texts->n;
    r->exdates = (struct text_list){ kept, texts->n };
    return true;
}

static void close_zone(void *zone)
{
    zone_close(zone);
}

struct recurrence *recurrence_read(struct arena *a, const struct recurrence_text *text, struct field_errors *errors)
{
    struct recurrence *r = arena_zalloc(a, sizeof *r);
    struct occurrence first;
    char problem[200];
    bool ok = rrule_parse(text->rrule, &r->rule, problem, sizeof problem);
    if (!ok) {
        tell(errors, "rrule", arena_strdup(a, problem));
    }
    if (!read_local(a, text->starts_at, &r->start)) {
        tell(errors, "starts_at", "must be a local time such as 2026-11-23T09:00, without a zone");
        ok = false;
    }
    r->zone = zone_open(text->timezone);
    arena_adopt(a, r->zone, close_zone);
    if (r->zone == NULL) {
        tell(errors, "timezone", "is no time zone, such as Europe/Berlin");
        ok = false;
    }
    if (!read_exdates(a, &text->exdates, r, errors) || !ok) {
        return NULL;
    }
    r->starts_at = recurrence_local(a, r->start);
    if (!recurrence_after(r, INT64_MIN, &first)) {
        tell(errors, "rrule", "never comes: no date from the start on fits it");
        return NULL;
    }
    return r;
}

static bool is_left_out(const struct recurrence *r, int64_t local)
{
    for (int i = 0; i < r->left_out_count; i++) {
        int64_t into = local - r->left_out[i];
        if (into == 0 || (r->left_out_day[i] && into > 0 && into < DAY)) {
            return true;
        }
    }
    return false;
}

void recurrence_begin(struct recurrence_walk *w, const struct recurrence *r, int64_t from)
{
    int64_t local = from <= r->start * SECOND - DAY * SECOND ? r->start : zone_local(r->zone, from / SECOND) - 2 * DAY;
    w->recurrence = r;
    w->from = from;
    w->before = INT64_MIN;
    rrule_walk_begin(&w->walk, &r->rule, r->start, local, RECURRENCE_YEARS);
}

/* Where clocks skip an hour two local times can be one moment: it counts once. */
bool recurrence_next(struct recurrence_walk *w, struct occurrence *ret)
{
    const struct recurrence *r = w->recurrence;
    int64_t local;
    while (rrule_walk_next(&w->walk, &local)) {
        int64_t moment = zone_moment(r->zone, local), at = moment * SECOND;
        if (r->rule.until_as == RRULE_UNTIL_UTC && moment > r->rule.until) {
            return false;
        }
        if (at >= w->from && at > w->before && !is_left_out(r, local)) {
            w->before = at;
            *ret = (struct occurrence){ at, local };
            return true;
        }
    }
    return false;
}

bool recurrence_after(const struct recurrence *r, int64_t moment, struct occurrence *ret)
{
    struct recurrence_walk *w = malloc(sizeof *w); /* some kB: more than a stack frame should be */
    if (w == NULL) {
        abort();
    }
    recurrence_begin(w, r, moment == INT64_MIN ? moment : moment + 1);
    bool any = recurrence_next(w, ret);
    free(w);
    return any;
}

int recurrence_due(const struct recurrence *r, int64_t from, int64_t now, int most, struct occurrence *out,
                   struct occurrence *ret_next)
{
    struct recurrence_walk *w = malloc(sizeof *w);
    struct occurrence o;
    int count = 0;
    if (w == NULL) {
        abort();
    }
    *ret_next = (struct occurrence){ 0, 0 };
    recurrence_begin(w, r, from);
    while (recurrence_next(w, &o)) {
        if (o.at > now) {
            *ret_next = o;
            break;
        }
        if (count == most) {
            memmove(out, out + 1, sizeof *out * (size_t)(most - 1));
            count--;
        }
        out[count++] = o;
    }
    free(w);
    return count;
}
