/* trial_jobs.c - a kind of job for tests, in builds that are for them: it does what its payload says. Its effect is a mail for each run that
 * counts, to an address that names the job; no unique key keeps a second one away. */
#ifdef KARARA_FAULTS
#include "api/job.h"
#include "core/arena.h"
#include "core/str.h"
#include "domains/mail/mail.h"
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

struct trial_input {
    struct input in;
    const char *to;        /* where the effect's mail goes */
    const char *act;       /* what happens behind the effect */
    int64_t before, after; /* ms that it takes before and behind its effect */
};

static const char *const acts[] = { "succeed", "fail", "give_up", "later", "crash", "work", "enqueue", "steps", NULL };

static const struct field trial_fields[] = {
    FIELD(struct trial_input, to, SCHEMA_STRING, .doc = "Address of its effect"),
    FIELD(struct trial_input, act, SCHEMA_ENUM, .values = acts, .doc = "What happens behind its effect"),
    FIELD(struct trial_input, before, SCHEMA_INT, .max = 600000, .doc = "ms before its effect"),
    FIELD(struct trial_input, after, SCHEMA_INT, .max = 600000, .doc = "ms behind its effect"),
};
static const struct schema trial_schema = SCHEMA("JobTrial", trial_fields, sizeof(struct trial_input));

static void pause_ms(int64_t ms)
{
    for (; ms > 0; ms -= 10) {
        usleep(10000);
    }
}

static enum err effect(struct request *rq, const char *to)
{
    static const struct template_value link[] = { TEMPLATE_VALUE("link", "https://trial.example/"), TEMPLATE_END };
    enum err e = mail_queue(rq, &(struct mail_note){ .template = "verify_email", .to_address = to, .values = link });
    return e == ERR_NONE ? rq_run(rq) : e;
}

/* Counts to a hundred, unless it is stopped. */
static enum err work(struct request *rq)
{
    for (int i = 0; i <= 100; i++) {
        if (job_progress(rq, i, arena_printf(rq->arena, "Step %d of 100", i)) != ERR_NONE) {
            return rq->err;
        }
        usleep(40000);
    }
    return ERR_NONE;
}

static enum err act(struct request *rq, const struct trial_input *in)
{
    const char *what = in->act != NULL ? in->act : "succeed";
    if (str_eq(what, "fail")) {
        return rq_fail_words(rq, ERR_CONFLICT, "It was told to fail.");
    }
    if (str_eq(what, "give_up")) {
        return job_give_up(rq, "It was told to give up.");
    }
    if (str_eq(what, "later")) {
        return job_later(rq, 0.2, "Not yet.");
    }
    if (str_eq(what, "work")) {
        return work(rq);
    }
    if (str_eq(what, "enqueue")) {
        job_enqueue(rq, &(struct job_note){ .kind = JOB_NOOP });
        return rq_run(rq);
    }
    if (str_eq(what, "steps")) {
        return job_commit(rq) == ERR_NONE ? effect(rq, in->to) : rq->err;
    }
    if (str_eq(what, "crash")) {
        raise(SIGKILL);
    }
    return ERR_NONE;
}

static enum err trial(struct request *rq)
{
    const struct trial_input *in = rq->input;
    pause_ms(in->before);
    if (in->to != NULL && effect(rq, in->to) != ERR_NONE) {
        return rq->err;
    }
    pause_ms(in->after);
    return act(rq, in);
}

static const struct job_row rows[] = {
    { .kind = JOB_TRIAL, .input = &trial_schema, .run = trial },
};

const struct job_table trial_jobs = JOB_TABLE("trial", rows);
#endif
