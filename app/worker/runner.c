/* runner.c - the role that runs jobs. */
#include "core/arena.h"
#include "core/buf.h"
#include "core/config.h"
#include "platform/cache.h"
#include "platform/db.h"
#include "worker/execute.h"
#include <unistd.h>

enum { LONGEST_WAIT = 1000 }; /* ms; the master looks more often, and wakes whom it needs */

static void set_idle(struct role_env *env, bool idle)
{
    atomic_store(&env->slot->waits, idle);
    atomic_fetch_add(&env->page->idle, idle ? 1 : -1);
}

/* Whoever was woken and found something wakes the next: there may be more. */
static void wake_another(struct role_env *env)
{
    const uint64_t one = 1;
    if (atomic_load(&env->page->idle) > 0) {
        (void)!write(env->wake_fd, &one, sizeof one);
    }
}

static void work(struct executor *x)
{
    struct claimed hands[2];
    int at = 0;
    if (!execute_claim(x, &hands[at])) {
        return;
    }
    wake_another(x->env);
    for (bool more = true; more; at = 1 - at) {
        more = execute_job(x, &hands[at], &hands[1 - at]);
        role_note_queries();
    }
}

int runner_main(struct role_env *env)
{
    struct buf out = { 0 };
    struct executor x = { .env = env,
                          .db = worker_db("runner"),
                          .cache = cache_open(),
                          .out = &out,
                          .arena = arena_create((size_t)config_int(CONF_REQUEST_MEMORY)),
                          .spare = arena_create((size_t)config_int(CONF_REQUEST_MEMORY)) };
    bool on = true;
    while (on && !role_ending()) {
        uint32_t before = atomic_load(&env->page->nudges);
        work(&x);
        set_idle(env, true);
        /* A nudge between the look and this has found nobody idle. */
        on = before != atomic_load(&env->page->nudges) || role_wait(env, LONGEST_WAIT);
        set_idle(env, false);
    }
    db_close(x.db);
    cache_close(x.cache);
    arena_destroy(x.arena);
    arena_destroy(x.spare);
    buf_free(&out);
    return 0;
}
