/* execute.h - one job, from its claim to its end.
 *
 * A job's function runs within a transaction of its own, which its end joins: what it wrote is there exactly once or not at all, whoever dies
 * when. The end and the next claim travel together, so that a job costs one round trip besides its own. */
#pragma once

#include "api/job.h"
#include "worker/worker.h"

struct arena;
struct buf;
struct cache;

/* A job in hand. Its texts live in the arena that was given to the claim. */
struct claimed {
    struct job job;
    const char *queue, *payload, *request_id;
    bool has_brand, has_actor;
    int64_t waited; /* µs that it was due before the claim */
    struct uuid brand_id, actor_id;
};

/* What a runner has for its whole life. */
struct executor {
    struct role_env *env;
    struct db *db;
    struct cache *cache;
    struct buf *out;
    struct arena *arena, *spare; /* of the job that runs, and of the one that comes next; they take turns */
};

/* The next job that is due; false when there is none, or no database. */
bool execute_claim(struct executor *x, struct claimed *ret);

/* Runs it to whatever end, and claims the next unless the process is to end. False when there is none. */
bool execute_job(struct executor *x, const struct claimed *c, struct claimed *ret_next);

/* Seconds before the next attempt after `attempt` have failed: doubling, with jitter of a quarter either way. */
double execute_pause(enum job_kind kind, int attempt);
