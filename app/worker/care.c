/* care.c - see care.h. */
#include "worker/care.h"

#include "api/bind.h"
#include "api/metrics.h"
#include "core/arena.h"
#include "core/clock.h"
#include "core/log.h"
#include "platform/db.h"
#include "queue_sql.h"
#include "worker/execute.h"
#include "worker/jobs.h"
#include <stdio.h>
#include <string.h>

enum { PERIOD = 1000000, PATIENCE = 5000, LEASE = 30 }; /* µs between two looks; ms that the database has to answer; s */

/* A job whose process died, until the database knows. */
struct orphan {
    bool any;
    struct page_job job;
    char words[128];
    int64_t until; /* clock_monotonic: its lease has run out by then */
};

static struct db *db;
static struct arena *arena;
static struct orphan orphans[PAGE_SLOTS];
static int64_t last;
static bool stopping;

void care_open(void)
{
    db = worker_db("master");
    db_configure(db, &(struct db_options){ "karara-worker master", PATIENCE, PATIENCE + 1000, false });
    arena = arena_create(1 << 22);
}

void care_close(void)
{
    db_close(db);
    arena_destroy(arena);
}

void care_stops(void)
{
    stopping = true;
}

/* Runs a query; NULL when it failed. */
static const struct db_result *ask(const struct sql_query *q, const struct rq_arg *args)
{
    db_reset(db);
    const struct db_result *r = bind_queue(db, arena, q, args);
    return db_run(db) == DB_OK ? r : NULL;
}

int care_due(int most)
{
    arena_reset(arena);
    const struct db_result *r =
        ask(&sql_queue_due, RQ_ARGS({ "queues", { .is_set = true, .ss = job_queues() } },
                                    { "kinds", { .is_set = true, .ss = jobs_kinds() } }, ARG_INT("most", most)));
    return r != NULL ? (int)db_int(r, 0, "due") : 0;
}

/* ---- orphans ---- */

void care_of_orphan(struct page_slot *slot, const char *words)
{
    struct page_job job;
    bool whole = page_read(slot, &job);
    memset(&slot->job, 0, sizeof slot->job);
    atomic_store(&slot->changes, 0);
    atomic_store(&slot->holds, 0);
    atomic_store(&slot->cancelled, 0);
    for (int i = 0; whole && job.running && i < PAGE_SLOTS; i++) {
        struct orphan *o = &orphans[i];
        if (!o->any) {
            metrics_job(job.kind, METRICS_DIED, clock_monotonic() - job.started);
            *o = (struct orphan){ .any = true, .job = job, .until = clock_monotonic() + INT64_C(1000000) * LEASE };
            bool late = clock_monotonic() - job.started > INT64_C(1000000) * job.limit;
            if (stopping) {
                snprintf(o->words, sizeof o->words, "The worker was stopped.");
            } else if (late) {
                snprintf(o->words, sizeof o->words, "It took longer than %d s and was ended.", job.limit);
            } else {
                snprintf(o->words, sizeof o->words, "Its process %s.", words);
            }
            return;
        }
    }
}

static void give_back(struct orphan *o)
{
    double pause = stopping ? 0 : execute_pause((enum job_kind)o->job.kind, o->job.attempt);
    const struct db_result *r =
        ask(&sql_queue_fail,
            RQ_ARGS(ARG_UUID("job_id", o->job.id), ARG_INT("claim", o->job.claim), ARG_TEXT("words", o->words),
                    { "pause", { .is_set = true, .d = pause } }, ARG_BOOL("again", true), ARG_BOOL("counted", !stopping)));
    if (r != NULL) {
        char id[UUID_TEXT_SIZE];
        uuid_format(&o->job.id, id);
        LOG(LOG_WARN, "job", LOG_STR("job", id), LOG_STR("kind", job_about((enum job_kind)o->job.kind)->name),
            LOG_INT("attempt", o->job.attempt), LOG_STR("became", db_text(r, 0, "became")), LOG_STR("message", o->words));
    }
    o->any = r == NULL && clock_monotonic() < o->until;
}

/* ---- what runs ---- */

bool care_too_long(struct page_slot *slot)
{
    struct page_job job;
    return page_read(slot, &job) && job.running && clock_monotonic() - job.started > INT64_C(1000000) * job.limit;
}

struct running {
    int n;
    struct page_slot *slots[PAGE_SLOTS];
    struct page_job jobs[PAGE_SLOTS];
};

static void find_running(struct page *page, struct running *ret)
{
    ret->n = 0;
    for (int i = 0; i < PAGE_SLOTS; i++) {
        struct page_job *job = &ret->jobs[ret->n];
        if (page_read(&page->slots[i], job) && job->running && clock_monotonic() - job->started > PERIOD) {
            ret->slots[ret->n++] = &page->slots[i];
        }
    }
}

/* The rows of the answer are the jobs that are still ours; who isn't among them needn't go on. */
static void tell(const struct running *run, const struct db_result *r)
{
    for (int i = 0; i < run->n; i++) {
        bool ours = false, cancelled = false;
        for (int row = 0; row < db_rows(r); row++) {
            struct uuid id = db_uuid(r, row, "id");
            if (uuid_eq(&id, &run->jobs[i].id)) {
                ours = true;
                cancelled = db_bool(r, row, "cancel_requested");
            }
        }
        if (!ours || cancelled) {
            page_cancel(run->slots[i], run->jobs[i].serial);
        }
    }
}

static void renew(struct running *run)
{
    struct uuid ids[PAGE_SLOTS];
    const char *claims[PAGE_SLOTS], *progress[PAGE_SLOTS], *words[PAGE_SLOTS];
    for (int i = 0; i < run->n; i++) {
        const struct page_job *job = &run->jobs[i];
        ids[i] = job->id;
        claims[i] = arena_printf(arena, "%d", job->claim);
        progress[i] = job->progress >= 0 ? arena_printf(arena, "%d", job->progress) : "";
        words[i] = job->words;
    }
    const struct db_result *r = ask(&sql_queue_renew, RQ_ARGS(ARG_UUIDS("job_ids", ((struct uuid_list){ ids, run->n })),
                                                              { "claims", { .is_set = true, .ss = { claims, run->n } } },
                                                              { "progress", { .is_set = true, .ss = { progress, run->n } } },
                                                              { "words", { .is_set = true, .ss = { words, run->n } } }));
    if (r != NULL) {
        tell(run, r);
    }
}

void care_for_running(struct page *page)
{
    static struct running run;
    int64_t now = clock_monotonic();
    for (int i = 0; i < PAGE_SLOTS; i++) {
        if (orphans[i].any) {
            arena_reset(arena);
            give_back(&orphans[i]);
        }
    }
    if (now - last < PERIOD) {
        return;
    }
    last = now;
    find_running(page, &run);
    if (run.n > 0) {
        arena_reset(arena);
        renew(&run);
    }
}
