/* relay.h - the relay: what follows from events.
 *
 * Writers leave events (karara.events) and audit entries in the transactions of what they do. One relay per installation takes up
 * whatever has become visible and, in transactions of its own,
 *
 *   - gives each event the next number of its brand, without a gap. There is no cursor that a slow writer could fall behind: what has no
 *     number is found by that. Of one object the numbers are in the order of its changes;
 *   - writes the activity that people read, and enqueues the jobs of those who follow (those of karara-worker: relay_role.c), each exactly once;
 *   - chains the audit log, and signs the heads of its chains every hour (domains/audit/audit.h);
 *   - wakes the hubs: one NOTIFY on karara_events at most every 20 ms.
 *
 * It leads while its session holds an advisory lock, and every transaction asks for that lock again: so two never work at once, and another
 * takes over when the session ends. A leader that is stopped, or cut off, leaves its session idle, which the server ends after
 * RELAY_PATIENCE. An event from which something can't follow (a row that a follower chokes on) is numbered all the same, alone and with a line
 * in the log: it never holds up the others. */
#pragma once

#include "api/job.h"
#include "worker/leader.h"
#include <stdint.h>

struct db;
struct relay;

/* Who follows: a job for each event whose kind is LIKE the pattern, and which is about what it says, in the event's brand and in the
 * actor's name, in the transaction that numbers the event: so there is one, once. Its payload is {"event_id": …, "sequence": …}; an event
 * is read by brand and sequence. */
struct relay_follower {
    const char *kinds; /* "task.%"; NULL ends the table */
    enum job_kind job;
    const char *about; /* keys, "status,due_at": only events with one of them in their changes or payload; NULL: all */
};

enum {
    RELAY_BATCH = 1000,    /* events, or audit entries, in one transaction at most */
    RELAY_PATIENCE = 2500, /* ms that a leader's session may lie idle */
    RELAY_RETRY = 1000,    /* ms between two attempts to take the lead */
    RELAY_POLL = 100,      /* ms without being woken */
    RELAY_GATHER = 20,     /* ms between two transactions, for events to come together */
    RELAY_NOTIFY_GAP = 20  /* ms */
};

enum relay_state {
    RELAY_STANDBY, /* another leads: again in RELAY_RETRY */
    RELAY_AWAY,    /* no database, or it refused: again in RELAY_RETRY */
    RELAY_IDLE,    /* nothing more to do: when woken, or in RELAY_POLL */
    RELAY_PENDING, /* the hubs are to be told: again in RELAY_NOTIFY_GAP */
    RELAY_MORE     /* there may be more: again in RELAY_GATHER */
};

/* The connection is the relay's alone, and isn't closed by it. The followers must stay. Aborts without memory. */
struct relay *relay_open(struct db *db, const struct relay_follower *followers);
/* Gives up the lead, if it has it. */
void relay_close(struct relay *r);

/* Takes the lead if nobody has it, and does what there is to do, one batch at most. Never waits but for the database. */
enum relay_state relay_step(struct relay *r);

/* How long to wait after that answer, in ms. */
int relay_pause(enum relay_state state);
