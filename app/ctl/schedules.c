/* schedules.c - what comes again by a rule, for the sysadmin. */
#include "ctl/ctl.h"

#include "core/clock.h"
#include "core/str.h"
#include "domains/schedules/schedules.h"
#include "platform/db.h"
#include <stdio.h>

#define STATE                                                                                                                  \
    "case when s.problem is not null then s.problem when s.paused_at is not null then 'paused' when s.next_run_at is null "    \
    "then 'over' when s.next_run_at < now() - interval '1 minute' then 'late' else 'waiting' end"

static const char list_schedules[] =
    "select coalesce(string_agg(c.line, E'\\n' order by c.next_run_at nulls last, c.id), 'no schedules') from ("
    "  select s.next_run_at, s.id, s.id::text || '  ' || rpad(" STATE ", 8) || '  '"
    "    || coalesce(to_char(s.next_run_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS'), rpad('never', 19)) || '  '"
    "    || rpad(b.slug, 16) || '  ' || rpad(s.owner_kind, 14) || '  ' || s.rrule || ' (' || s.timezone || ')' as line"
    "  from karara.schedules s join karara.brands b on b.id = s.brand_id"
    "  where ($1 = '' or b.slug = $1) and ($2 = '' or " STATE " = $2)"
    "  order by s.next_run_at nulls last, s.id limit 100) c";

static const char show_schedule[] =
    "select coalesce((select 'State: ' || " STATE
    " || E'\\nBrand: ' || b.slug || E'\\nOf: ' || s.owner_kind || ' ' || s.owner_id"
    "  || E'\\nRule: ' || s.rrule || E'\\nFrom: ' || s.starts_at || ' ' || s.timezone"
    "  || coalesce(E'\\nLeft out: ' || nullif(array_to_string(s.exdates, ', '), '') , '') || E'\\nCatches up: ' || s.catch_up"
    "  || coalesce(E'\\nPaused: ' || s.paused_at, '') || coalesce(E'\\nLast occurrence: ' || s.last_run_at, '')"
    "  || E'\\nJobs waiting: ' || (select count(*) from karara.jobs j where j.unique_key like 'schedule:' || s.id || ':%')"
    "  from karara.schedules s join karara.brands b on b.id = s.brand_id where s.id = $1::uuid), '')";

/* One column of a schedule. */
#define PART(expression) "select " expression " from karara.schedules s where s.id = $1::uuid"

static int schedule_list(struct ctl *c)
{
    const char *brand = ctl_brand(c, ctl_given(c, "brand"));
    return ctl_print(brand != NULL ? ctl_ask(c, list_schedules, brand, ctl_given(c, "state"), NULL) : NULL);
}

/* The next five moments after now, computed anew from the rule, as the clock will. */
static void print_next(const struct recurrence *r, int64_t now)
{
    struct occurrence o = { now, 0 };
    char text[CLOCK_TEXT_SIZE];
    for (int i = 0; i < 5 && recurrence_after(r, o.at, &o); i++) {
        clock_format(o.at, text);
        printf("%s%s\n", i == 0 ? "Next: " : "      ", text);
    }
}

static bool print_schedule(struct ctl *c, struct db *d)
{
    const char *id = c->operands[0], *text = ctl_value(c, d, show_schedule, id, NULL), *now, *exdates;
    if (text == NULL || *text == '\0') {
        if (text != NULL) {
            ctl_fail(c, "there is no schedule %s; `kararactl schedule list` shows them", id);
        }
        return false;
    }
    struct recurrence_text t = { ctl_value(c, d, PART("s.rrule"), id, NULL),
                                 ctl_value(c, d, PART("to_char(s.starts_at, 'YYYY-MM-DD\"T\"HH24:MI:SS')"), id, NULL),
                                 ctl_value(c, d, PART("s.timezone"), id, NULL),
                                 { NULL, 0 } };
    exdates = ctl_value(c, d, PART("array_to_string(s.exdates, ' ')"), id, NULL);
    now = ctl_value(c, d, PART("(extract(epoch from now()) * 1000000)::int8"), id, NULL);
    if (t.rrule == NULL || t.starts_at == NULL || t.timezone == NULL || exdates == NULL || now == NULL) {
        return false;
    }
    size_t count;
    int64_t moment = 0;
    t.exdates.v = (const char *const *)str_split(c->arena, exdates, ' ', &count);
    t.exdates.n = (int)count;
    const struct recurrence *r = recurrence_read(c->arena, &t, NULL);
    printf("%s\n", text);
    if (r == NULL) {
        printf("Next: the rule or its time zone can't be read\n");
    } else if (str_to_int(now, 0, INT64_MAX, &moment)) {
        print_next(r, moment);
    }
    return true;
}

static int schedule_show(struct ctl *c)
{
    struct db *d = ctl_is_id(c, "schedule list") ? ctl_admin(c, true) : NULL;
    bool ok = d != NULL && print_schedule(c, d);
    db_close(d);
    return ok ? CTL_OK : CTL_FAILED;
}

static const struct ctl_option list_options[] = {
    { "brand", "SLUG", "Only those of this brand." },
    { "state", "STATE", "Only those that are waiting, late, paused, over or rule_unreadable." },
    { NULL, NULL, NULL },
};

static const struct ctl_command rows[] = {
    { .name = "schedule list",
      .operands = "",
      .summary = "List what comes again by a rule, the next first: id, state, next time (UTC), brand, what it is of, rule.",
      .doc = "`late` means that its time came more than a minute ago: look whether karara-worker runs.",
      .options = list_options,
      .run = schedule_list },
    { .name = "schedule show",
      .operands = "ID",
      .least = 1,
      .most = 1,
      .summary = "Print one schedule, with its next five times.",
      .run = schedule_show },
};

const struct ctl_group ctl_schedules = CTL_GROUP(rows);
