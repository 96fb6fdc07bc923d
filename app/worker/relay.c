/* relay.c - see relay.h. */
#include "worker/relay.h"

#include "api/bind.h"
#include "api/metrics.h"
#include "audit_chain_sql.h"
#include "core/arena.h"
#include "core/clock.h"
#include "core/config.h"
#include "core/log.h"
#include "core/str.h"
#include "domains/audit/audit.h"
#include "platform/db.h"
#include "platform/nudge.h"
#include "relay_sql.h"
#include <stdlib.h>
#include <string.h>

enum {
    MEMORY = 32 << 20,
};

#define FULL_LOOK INT64_C(5000000)   /* µs between two looks at all that has no number, see raise_floor */
#define HEADS_LOOK INT64_C(60000000) /* µs between two looks at whether heads are due */
#define AUDIT_GAP INT64_C(100000) /* µs between two looks at the audit log while events come, since nobody waits for it … */
#define AUDIT_PAUSE INT64_C(1000000) /* … and after trouble with it */

/* One batch of events. */
struct batch {
    const struct db_result *fence, *rows; /* rows: one for each brand */
    int64_t first_id, last_id, count;
    bool complete; /* it began with the oldest that has no number */
};

struct relay {
    struct db *db;
    struct arena *arena; /* of one step */
    const struct relay_follower *followers;
    bool leads;
    int64_t session; /* process id of the server's side: another means that the lock is gone */
    int batch;       /* events to take; 1 after trouble, then twice as many each time */
    int stumbles;    /* failures in a row */
    bool bare;       /* give the next event its number and nothing else */
    int64_t floor;   /* no event below has yet to get its number … */
    int64_t mark, mark_transaction, top;
    int64_t looked_at;                              /* monotonic µs; … but for a full look now and then */
    int64_t notified_at;                            /* monotonic µs */
    bool untold;                                    /* there are events that the hubs haven't been told of */
    int64_t audit_next, audit_not_before, heads_at; /* monotonic µs: no chaining before, and when heads were looked at */
};

/* Subjects that people read about, and what happens to them by itself. */
static const char *const told_subjects[] = { "task", "list", "board", "team" };
static const char *const noise[] = { "list.reordered", "task.checklist_reordered" };
static const struct text_list subject_list = { told_subjects, (int)(sizeof told_subjects / sizeof *told_subjects) };
static const struct text_list noise_list = { noise, (int)(sizeof noise / sizeof *noise) };

struct relay *relay_open(struct db *db, const struct relay_follower *followers)
{
    struct relay *r = calloc(1, sizeof *r);
    if (r == NULL) {
        abort();
    }
    *r = (struct relay){ .db = db, .arena = arena_create(MEMORY), .followers = followers, .batch = RELAY_BATCH };
    return r;
}

void relay_close(struct relay *r)
{
    if (r != NULL) {
        db_reconnect(r->db);
        arena_destroy(r->arena);
        free(r);
    }
}

int relay_pause(enum relay_state state)
{
    static const int pauses[] = { [RELAY_STANDBY] = RELAY_RETRY,
                                  [RELAY_AWAY] = RELAY_RETRY,
                                  [RELAY_IDLE] = RELAY_POLL,
                                  [RELAY_PENDING] = RELAY_NOTIFY_GAP,
                                  [RELAY_MORE] = RELAY_GATHER };
    return pauses[state];
}

/* ---- leading ---- */

static void give_up_lead(struct relay *r, const char *why)
{
    if (r->leads) {
        LOG(LOG_WARN, "relay_lead_lost", LOG_STR("message", why));
    }
    r->leads = false;
    r->floor = r->mark = r->top = 0;
}

static bool take_lead(struct relay *r)
{
    const char *patience = arena_printf(r->arena, "%d", RELAY_PATIENCE);
    const struct db_result *l =
        bind_queue(r->db, r->arena, &sql_relay_lead, RQ_ARGS(ARG_INT("key", LEADER_RELAY), ARG_TEXT("patience", patience)));
    if (db_run(r->db) != DB_OK) {
        return false;
    }
    r->leads = db_bool(l, 0, "leads");
    r->session = db_int(l, 0, "pid");
    if (r->leads) {
        LOG(LOG_INFO, "relay_leads", LOG_INT("session", r->session));
        r->looked_at = r->heads_at = 0;
    }
    return true;
}

static const struct db_result *queue_fence(struct relay *r)
{
    return bind_queue(r->db, r->arena, &sql_relay_fence, RQ_ARGS(ARG_INT("key", LEADER_RELAY)));
}

/* ---- trouble ---- */

/* What the database refused is tried again as it was, then event by event, then without what follows from it. */
static enum relay_state stumble(struct relay *r, enum db_status status)
{
    const struct db_error *e = db_error(r->db);
    if (status == DB_LOST) {
        give_up_lead(r, "the connection is gone");
        return RELAY_AWAY;
    }
    if (str_eq(e->sqlstate, "KA012")) {
        give_up_lead(r, "another session leads");
        return RELAY_STANDBY;
    }
    r->stumbles++;
    metrics_add(METRIC_RELAY_REFUSED, 0, 1);
    LOG(LOG_ERROR, "relay_refused", LOG_STR("sqlstate", e->sqlstate), LOG_STR("query", e->query),
        LOG_STR("message", e->message), LOG_INT("batch", r->batch), LOG_INT("in_a_row", r->stumbles));
    if (r->stumbles > 1) {
        r->bare = r->stumbles > 3;
        r->batch = 1;
    }
    return r->stumbles > 5 ? RELAY_AWAY : RELAY_MORE;
}

static void recover(struct relay *r, const struct batch *b)
{
    if (r->bare) {
        LOG(LOG_ERROR, "relay_event_left_bare", LOG_INT("event", b->first_id));
    }
    r->stumbles = 0;
    r->bare = false;
    r->batch = r->batch * 2 < RELAY_BATCH ? r->batch * 2 : RELAY_BATCH;
}

/* ---- events ---- */

/* Numbers a batch; the transaction stays open. */
static enum db_status number_events(struct relay *r, struct batch *b)
{
    b->complete = clock_monotonic() - r->looked_at > FULL_LOOK;
    const struct rq_arg *args = RQ_ARGS(ARG_INT("from_id", b->complete ? 0 : r->floor), ARG_INT("most", r->batch),
                                        { .name = "subjects", .value = { .is_set = true, .ss = subject_list } });
    db_queue_begin(r->db, false);
    b->fence = queue_fence(r);
    b->rows = bind_queue(r->db, r->arena, &sql_relay_number, args);
    enum db_status status = db_run(r->db);
    for (int i = 0; status == DB_OK && i < db_rows(b->rows); i++) {
        int64_t first = db_int(b->rows, i, "first_id"), last = db_int(b->rows, i, "last_id");
        b->first_id = i == 0 || first < b->first_id ? first : b->first_id;
        b->last_id = last > b->last_id ? last : b->last_id;
        b->count += db_int(b->rows, i, "last_sequence") - db_int(b->rows, i, "first_sequence") + 1;
    }
    return status;
}

/* Writes what people read, brand by brand. */
static void tell(struct relay *r, const struct batch *b)
{
    for (int i = 0; i < db_rows(b->rows); i++) {
        if (db_int(b->rows, i, "told") == 0) {
            continue;
        }
        struct uuid brand = db_uuid(b->rows, i, "brand_id");
        bind_queue(r->db, r->arena, &sql_relay_brand, RQ_ARGS(ARG_UUID("of_brand_id", brand)));
        bind_queue(r->db, r->arena, &sql_relay_tell,
                   RQ_ARGS(ARG_UUID("of_brand_id", brand), ARG_INT("first", db_int(b->rows, i, "first_sequence")),
                           ARG_INT("last", db_int(b->rows, i, "last_sequence")),
                           { .name = "subjects", .value = { .is_set = true, .ss = subject_list } },
                           { .name = "noise", .value = { .is_set = true, .ss = noise_list } }));
    }
}

/* One parameter of relay_follow: a column over all followers. */
static struct db_value follower_column(struct relay *r, const char *name)
{
    int n = 0;
    while (r->followers[n].kinds != NULL) {
        n++;
    }
    const char **texts = arena_alloc(r->arena, sizeof *texts * (size_t)(n + 1));
    for (int i = 0; i < n; i++) {
        const struct job_about *about = job_about(r->followers[i].job);
        texts[i] = str_eq(name, "patterns")     ? r->followers[i].kinds
                   : str_eq(name, "about")      ? (r->followers[i].about != NULL ? r->followers[i].about : "")
                   : str_eq(name, "kinds")      ? about->name
                   : str_eq(name, "queues")     ? about->queue
                   : str_eq(name, "priorities") ? arena_printf(r->arena, "%d", (int)about->priority)
                                                : arena_printf(r->arena, "%d", about->attempts);
    }
    return (struct db_value){ .is_set = true, .ss = { texts, n } };
}

/* Queues the jobs of those who follow. */
static void follow(struct relay *r, const struct batch *b)
{
    if (r->followers[0].kinds == NULL) {
        return;
    }
    bind_queue(r->db, r->arena, &sql_relay_follow,
               RQ_ARGS(ARG_INT("first_id", b->first_id), ARG_INT("last_id", b->last_id),
                       { "patterns", follower_column(r, "patterns") }, { "about", follower_column(r, "about") },
                       { "kinds", follower_column(r, "kinds") }, { "queues", follower_column(r, "queues") },
                       { "priorities", follower_column(r, "priorities") }, { "attempts", follower_column(r, "attempts") }));
}

static bool may_notify(const struct relay *r)
{
    return clock_monotonic() - r->notified_at >= RELAY_NOTIFY_GAP * 1000;
}

/* Queues the hubs' NOTIFY if it is time for one. */
static bool wake_hubs(struct relay *r)
{
    bool now = r->untold && may_notify(r);
    if (now) {
        bind_queue(r->db, r->arena, &sql_relay_wake_hubs, NULL);
    }
    return now;
}

/* What has a number lies behind the way of the next look, though its dead rows may still be there: while somebody keeps an old snapshot
 * open (a backup), they can't go. A moment ago ids up to `mark` had been drawn; when all transactions of that moment have ended,
 * whatever of those ids comes into being is visible, and has its number now. Should an id have been drawn by somebody who had yet to become a
 * transaction, a full look finds it. */
static void raise_floor(struct relay *r, const struct batch *b)
{
    r->looked_at = b->complete && b->count < r->batch ? clock_monotonic() : r->looked_at;
    if (b->count < r->batch && db_int(b->fence, 0, "oldest") >= r->mark_transaction) {
        r->floor = r->mark + 1;
        r->mark = r->top; /* as of the step before: what ids up to it belong to had begun when this one did */
        r->mark_transaction = db_int(b->fence, 0, "next");
    }
    r->top = b->last_id > r->top ? b->last_id : r->top;
}

/* One batch, from numbers to COMMIT. */
static enum db_status relay_events(struct relay *r, struct batch *b)
{
    enum db_status status = number_events(r, b);
    if (status != DB_OK) {
        return status;
    }
    if (b->count > 0 && !r->bare) {
        tell(r, b);
        follow(r, b);
    }
    r->untold = r->untold || b->count > 0;
    bool told = wake_hubs(r);
    db_queue_commit(r->db);
    status = db_run(r->db);
    if (status == DB_OK) {
        metrics_add(METRIC_RELAY_EVENTS, 0, (uint64_t)b->count);
    }
    if (status == DB_OK && told) {
        r->untold = false;
        r->notified_at = clock_monotonic();
    }
    if (status == DB_OK && b->count > 0 && !r->bare && r->followers[0].kinds != NULL) {
        nudge_send(WAKE_JOBS);
    }
    return status;
}

/* ---- the audit log ---- */

/* True when there may be more of it. Trouble with it is a matter of its own: events go on. */
static bool relay_audit(struct relay *r, bool busy)
{
    int64_t now = clock_monotonic();
    if (now < r->audit_not_before || (busy && now < r->audit_next)) {
        return false;
    }
    queue_fence(r);
    const struct db_result *chained =
        bind_queue(r->db, r->arena, &sql_audit_chain_append, RQ_ARGS(ARG_INT("most", RELAY_BATCH)));
    enum db_status status = db_run(r->db);
    if (status == DB_OK && now - r->heads_at > HEADS_LOOK) {
        r->heads_at = now;
        status = audit_sign_heads(r->db, r->arena, config_int(CONF_AUDIT_HEAD_INTERVAL));
    }
    if (status != DB_OK) {
        LOG(LOG_ERROR, "relay_audit_refused", LOG_STR("sqlstate", db_error(r->db)->sqlstate),
            LOG_STR("message", db_error(r->db)->message));
        r->audit_not_before = now + AUDIT_PAUSE;
        return false;
    }
    metrics_add(METRIC_RELAY_AUDIT, 0, (uint64_t)db_int(chained, 0, "chained"));
    bool more = db_int(chained, 0, "chained") == RELAY_BATCH;
    r->audit_next = more ? 0 : now + AUDIT_GAP;
    return more;
}

/* ---- one step ---- */

/* The first step of a session takes the lead, and nothing else: a connection that is made anew meanwhile is found by its other number. */
enum relay_state relay_step(struct relay *r)
{
    struct batch b = { 0 };
    arena_reset(r->arena);
    if (!r->leads && (!take_lead(r) || !r->leads)) {
        return db_error(r->db)->sqlstate[0] != 0 ? RELAY_AWAY : RELAY_STANDBY;
    }
    enum db_status status = relay_events(r, &b);
    if (status != DB_OK) {
        return stumble(r, status);
    }
    if (db_int(b.fence, 0, "pid") != r->session) {
        give_up_lead(r, "the connection is another");
        return RELAY_MORE;
    }
    raise_floor(r, &b);
    bool more = b.count == r->batch;
    if (b.count > 0) {
        recover(r, &b);
    }
    more = relay_audit(r, b.count > 0) || more || b.count > 0;
    return more ? RELAY_MORE : r->untold ? RELAY_PENDING : RELAY_IDLE;
}
