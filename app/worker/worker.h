/* worker.h - karara-worker: one master, and processes with roles under it, each this same program run again with --role.
 *
 *   master   starts the processes and replaces those that die; hears nudges and looks for what is due; renews the leases of what its
 *            runners run and ends what takes too long; answers systemd's watchdog
 *   runner   claims jobs and runs them, one at a time
 *   relay    makes of events what follows from them (relay.h); one per installation does it, too
 *   clock    enqueues what comes round (periodic.c); one per installation does it, the others wait to take over
 *
 * A role is a row of worker_roles: what it does is a function that returns when role_wait says so. Master and processes share a page of
 * memory (page.h) and an eventfd per role. Nothing here needs the others of an installation: whoever dies is replaced, and what it did is
 * found by the database's clock. */
#pragma once

#include "worker/page.h"
#include <stdbool.h>
#include <stdint.h>

struct db;
struct role_env;

struct worker_role {
    const char *name; /* NULL ends the table */
    int (*count)(void);
    int (*run)(struct role_env *env); /* exit status */
    unsigned wakes;                   /* nudges (enum sql_wakes) that are for it */
};

/* What a process with a role has from its master. */
struct role_env {
    const struct worker_role *role;
    struct page *page;
    struct page_slot *slot;
    int wake_fd;   /* -1: nothing wakes it before its time */
    char name[80]; /* "host:pid:start:random", never used twice */
};

extern const struct worker_role worker_roles[];

/* Waits for at most so many ms; returns early when it is woken, or told to end. False: end now. */
bool role_wait(struct role_env *env, int ms);
/* True once the process was told to end. */
bool role_ending(void);

/* A connection as DATABASE_WORKER says, called "karara-worker <what>". */
struct db *worker_db(const char *what);

/* ---- the roles ---- */
int runner_main(struct role_env *env);
int clock_main(struct role_env *env);
int relay_main(struct role_env *env);

/* Where a process finds what it has from its master. */
enum { ROLE_PAGE_FD = 3, ROLE_WAKE_FD = 4 };

/* Runs a role, as the master's command line says; returns the exit status. */
int role_main(const char *name, const char *slot);

/* Notes what the process has executed, in builds for tests; after each job, since runners may be killed. */
void role_note_queries(void);

/* The master; returns the exit status. */
int master_main(void);
