/* job.c - the register of kinds, enqueuing, and the verbs of a job's function. */
#include "api/job.h"

#include "core/arena.h"
#include "core/buf.h"
#include "core/clock.h"
#include "job_sql.h"
#include <string.h>
#include <unistd.h>

static const struct job_about about[JOB_COUNT] = {
#define JOB(name, queue, priority, attempts, limit, pause, longest_pause, doc)                                                 \
    { #name, queue, JOB_##priority, attempts, limit, pause, longest_pause, doc },
#include "api/job.def"
#undef JOB
};

static char names[JOB_COUNT][48];
static const char *queues[JOB_COUNT];
static int queue_count;
static struct job_about kinds[JOB_COUNT];

/* Names in lower case, and each queue once. */
static void learn(void)
{
    for (int k = 0; k < JOB_COUNT && kinds[JOB_COUNT - 1].name == NULL; k++) {
        size_t n = strlen(about[k].name);
        for (size_t i = 0; i < n && i + 1 < sizeof names[k]; i++) {
            names[k][i] = about[k].name[i] == '_' ? '_' : (char)(about[k].name[i] | 0x20);
        }
        bool known = false;
        for (int q = 0; q < queue_count; q++) {
            known = known || strcmp(queues[q], about[k].queue) == 0;
        }
        if (!known) {
            queues[queue_count++] = about[k].queue;
        }
        kinds[k] = about[k];
        kinds[k].name = names[k];
    }
}

const struct job_about *job_about(enum job_kind kind)
{
    learn();
    return &kinds[kind];
}

enum job_kind job_kind_parse(const char *name)
{
    learn();
    for (int k = 0; k < JOB_COUNT; k++) {
        if (strcmp(names[k], name) == 0) {
            return (enum job_kind)k;
        }
    }
    return JOB_COUNT;
}

struct text_list job_queues(void)
{
    learn();
    return (struct text_list){ queues, queue_count };
}

int job_queue_find(const char *name)
{
    const struct text_list all = job_queues();
    for (int q = 0; q < all.n; q++) {
        if (strcmp(all.v[q], name) == 0) {
            return q;
        }
    }
    return -1;
}

const struct db_result *job_enqueue(struct request *rq, const struct job_note *note)
{
    const struct job_about *kind = job_about(note->kind);
    const char *payload = note->payload != NULL ? note->payload : "{}";
    struct uuid id = uuid_v7();
    if (note->ret_id != NULL) {
        *note->ret_id = id;
    }
    return rq_query(rq, &sql_job_add,
                    RQ_ARGS(ARG_UUID("job_id", id), ARG_TEXT("kind", kind->name), ARG_TEXT("queue", kind->queue),
                            ARG_INT("priority", kind->priority), ARG_INT("max_attempts", kind->attempts),
                            { "run_at", { .is_set = note->run_at != 0, .i = note->run_at } },
                            { "delay", { .is_set = true, .d = note->delay } },
                            { "of_brand_id", { .is_set = rq->has_brand && !note->no_brand, .u = rq->brand_id } },
                            ARG_TEXT("payload", payload), ARG_TEXT("unique_key", note->unique_key),
                            { "unique_for", { .is_set = note->unique_for > 0, .d = (double)note->unique_for } }));
}

enum err job_progress(struct request *rq, int percent, const char *words)
{
    percent = percent < 0 ? 0 : percent > 100 ? 100 : percent;
    if (rq->job->host->progress(rq->job, percent, words)) {
        return ERR_NONE;
    }
    rq->job->ending = JOB_CANCELLED;
    return rq_fail_words(rq, ERR_CONFLICT, "The job was cancelled.");
}

enum err job_commit(struct request *rq)
{
    return rq->job->host->commit(rq);
}

enum { RECORD_SECONDS = 25 };

const struct db_result *job_record(struct request *rq, const struct sql_query *q, const struct rq_arg *args)
{
    int64_t end = clock_monotonic() + INT64_C(1000000) * RECORD_SECONDS;
    const struct db_result *r = NULL;
    do {
        usleep(rq->err != ERR_NONE ? 250000 : 0);
        db_reset(rq->db);
        rq->err = ERR_NONE;
        rq->err_message = NULL;
        rq->retry = RQ_NO_RETRY;
        rq->prologue_done = false;
        rq->explicit_tx = false;
        r = rq_query(rq, q, args);
        db_queue_commit(rq->db);
        r = rq_run(rq) == ERR_NONE ? r : NULL;
    } while (rq->err == ERR_UNAVAILABLE && clock_monotonic() < end);
    rq->explicit_tx = false;
    rq->prologue_done = false;
    return r;
}

enum err job_give_up(struct request *rq, const char *words)
{
    rq->job->ending = JOB_GIVEN_UP;
    return rq_fail_words(rq, ERR_CONFLICT, arena_strdup(rq->arena, words));
}

enum err job_later(struct request *rq, double seconds, const char *words)
{
    rq->job->ending = JOB_LATER;
    rq->job->later = seconds;
    return rq_fail_words(rq, ERR_UNAVAILABLE, words != NULL ? arena_strdup(rq->arena, words) : NULL);
}
