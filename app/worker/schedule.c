/* schedule.c - see schedule.h. */
#include "worker/schedule.h"

#include "api/bind.h"
#include "core/arena.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/str.h"
#include "domains/schedules/schedules.h"
#include "platform/nudge.h"
#include "schedules_sql.h"
#include <string.h>

#define SECOND INT64_C(1000000)

enum { IN_A_PIPELINE = 24 }; /* schedules in one round trip, at two statements each: a pipeline holds 64 */

/* Who owns schedules. */
static const struct owner {
    const char *kind;  /* owner_kind */
    enum job_kind job; /* gets {owner_id, occurrence_at} */
} owners[] = {
    { "task_template", JOB_TASK_TEMPLATE_SPAWN },
};
enum { OWNERS = sizeof owners / sizeof *owners };

static const struct owner *owner_of(const char *kind)
{
    for (int i = 0; i < OWNERS; i++) {
        if (str_eq(owners[i].kind, kind)) {
            return &owners[i];
        }
    }
    return NULL;
}

/* What this program knows how to serve: schedules of other owners are left to the workers of a newer version. */
static struct text_list kinds(struct arena *a)
{
    const char **names = arena_alloc(a, sizeof *names * OWNERS);
    for (int i = 0; i < OWNERS; i++) {
        names[i] = owners[i].kind;
    }
    return (struct text_list){ names, OWNERS };
}

/* A schedule that nothing can be done with is put aside for people to look at, rather than met again every second. */
static void stop(struct db *d, struct arena *a, const struct db_result *due, int row)
{
    char id[UUID_TEXT_SIZE];
    const char *problem = "rule_unreadable";
    const struct uuid schedule = db_uuid(due, row, "id");
    uuid_format(&schedule, id);
    LOG(LOG_ERROR, "schedule_stopped", LOG_STR("schedule", id), LOG_STR("owner", db_text(due, row, "owner_kind")),
        LOG_STR("rrule", db_text(due, row, "rrule")), LOG_STR("zone", db_text(due, row, "timezone")));
    bind_queue(d, a, &sql_schedule_stop, RQ_ARGS(ARG_UUID("schedule_id", schedule), ARG_TEXT("problem", problem)));
}

/* Of what is due the part that shall happen: of what was missed, what catch_up says. Moves it to the front; how many there are. */
static int choose(struct occurrence *o, int count, const char *catch_up, int64_t now)
{
    int first = 0;
    if (str_eq(catch_up, "skip")) {
        while (first < count && o[first].at < now - SCHEDULE_GRACE * SECOND) {
            first++;
        }
    } else if (str_eq(catch_up, "last") && count > 0) {
        first = count - 1;
    }
    memmove(o, o + first, sizeof *o * (size_t)(count - first));
    return count - first;
}

static struct text_list texts_of(struct arena *a, const struct occurrence *o, int count)
{
    const char **texts = arena_alloc(a, sizeof *texts * (size_t)(count + 1));
    char text[CLOCK_TEXT_SIZE];
    for (int i = 0; i < count; i++) {
        clock_format(o[i].at, text);
        texts[i] = arena_strdup(a, text);
    }
    return (struct text_list){ texts, count };
}

/* Queues the jobs of one schedule, and its step forward. */
static void fire(struct db *d, struct arena *a, const struct db_result *due, int row)
{
    const struct owner *owner = owner_of(db_text(due, row, "owner_kind"));
    const struct recurrence_text text = { db_text(due, row, "rrule"), db_text(due, row, "starts_at"),
                                          db_text(due, row, "timezone"), db_texts(a, due, row, "exdates") };
    const struct recurrence *r = recurrence_read(a, &text, NULL);
    if (r == NULL) {
        stop(d, a, due, row);
        return;
    }
    struct occurrence *o = arena_alloc(a, sizeof *o * SCHEDULE_ALL), next;
    int64_t now = db_int(due, row, "now");
    int count = recurrence_due(r, db_int(due, row, "next_run_at"), now, SCHEDULE_ALL, o, &next);
    count = db_bool(due, row, "served") ? choose(o, count, db_text(due, row, "catch_up"), now) : 0;
    const struct job_about *job = job_about(owner->job);
    const struct rq_arg *args =
        RQ_ARGS(ARG_UUID("schedule_id", db_uuid(due, row, "id")), ARG_UUID("of_brand_id", db_uuid(due, row, "brand_id")),
                ARG_UUID("owner_id", db_uuid(due, row, "owner_id")), ARG_TEXT("kind", job->name), ARG_TEXT("queue", job->queue),
                ARG_INT("priority", job->priority), ARG_INT("max_attempts", job->attempts),
                { "moments", { .is_set = true, .ss = texts_of(a, o, count) } },
                { "next_run_at", { .is_set = next.at != 0, .i = next.at } },
                { "last_run_at", { .is_set = count > 0, .i = count > 0 ? o[count - 1].at : 0 } });
    if (count > 0) {
        bind_queue(d, a, &sql_schedule_fire, args);
    }
    bind_queue(d, a, &sql_schedule_advance, args);
}

/* One transaction; how many schedules it moved on, or -1. */
static int tick_once(struct db *d, struct arena *a)
{
    db_queue_begin(d, false);
    const struct db_result *due = bind_queue(
        d, a, &sql_schedule_due, RQ_ARGS({ "kinds", { .is_set = true, .ss = kinds(a) } }, ARG_INT("batch", SCHEDULE_BATCH)));
    if (db_run(d) != DB_OK) {
        return -1;
    }
    for (int i = 0; i < db_rows(due); i++) {
        if (i % IN_A_PIPELINE == IN_A_PIPELINE - 1 && db_run(d) != DB_OK) {
            return -1;
        }
        fire(d, a, due, i);
    }
    db_queue_commit(d);
    return db_run(d) == DB_OK ? db_rows(due) : -1;
}

bool schedule_tick(struct db *d)
{
    struct arena *a = arena_create(64 << 20);
    int count = tick_once(d, a);
    arena_destroy(a);
    if (count > 0) {
        nudge_send(WAKE_JOBS);
    } else if (count < 0) {
        LOG(LOG_ERROR, "schedules_failed", LOG_STR("message", db_error(d)->message));
        db_reset(d);
    }
    return count == SCHEDULE_BATCH;
}
