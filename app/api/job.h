/* job.h - jobs: work that karara-worker does after the request, or by itself.
 *
 * A kind of job is a row of job.def (name, queue, priority, attempts, time limit, pauses) and a row with its function, in a file
 * <domain>_jobs.c that only karara-worker links:
 *
 *   struct send_input { struct input in; struct uuid mail_id; };
 *   static const struct field send_fields[] = { FIELD(struct send_input, mail_id, SCHEMA_UUID, .flags = FIELD_REQUIRED, .doc = "…") };
 *   static const struct schema send_schema = SCHEMA("JobMailSend", send_fields, sizeof(struct send_input));
 *   static enum err mail_send(struct request *rq) { const struct send_input *in = rq->input; … }
 *   static const struct job_row rows[] = { { .kind = JOB_MAIL_SEND, .input = &send_schema, .run = mail_send } };
 *   const struct job_table mail_jobs = JOB_TABLE("mail", rows);          // listed in app/worker/jobs.c
 *
 * Enqueued within a transaction, a job exists only if that commits, and runs only after it has:
 *
 *   - from C, with the request's other queries:  job_enqueue(rq, &(struct job_note){ .kind = JOB_MAIL_SEND, .payload = json });
 *   - from SQL, one for each row of a CTE:       with made as (insert …), {{enqueue: made, mail_send, jsonb_build_object('mail_id', id), null}}
 *
 * A job's function gets a request like a handler's, without HTTP: rq_query, rq_run, rq_fail…, mail_queue and the rules of other domains work.
 * It has the job's brand for row-level security ($brand_id), the person in whose name it runs ($actor_id; nobody's access), and no session.
 * What it writes commits with the job's end, once, however often it is tried: it must have no other effect before it has read that there is
 * something to do, and give outside systems a key of the job's to know a repetition by. To fail is to return an error; the job runs again
 * after a pause, until its attempts are used up, and is then parked for a person to look at. */
#pragma once

#include "api/request.h"

enum job_priority { JOB_URGENT, JOB_HIGH, JOB_NORMAL, JOB_LOW };

enum job_kind {
#define JOB(name, queue, priority, attempts, limit, pause, longest_pause, doc) JOB_##name,
#include "api/job.def"
#undef JOB
    JOB_COUNT
};

/* What job.def says of a kind. */
struct job_about {
    const char *name; /* "mail_send" */
    const char *queue;
    enum job_priority priority;
    int attempts;
    int limit;                /* s that one run may take before its process is ended */
    int pause, longest_pause; /* s before the second attempt, and at most before any */
    const char *doc;
};

const struct job_about *job_about(enum job_kind kind);
/* JOB_COUNT when there is no such kind. */
enum job_kind job_kind_parse(const char *name);
/* Each queue that job.def names, once, in its order. */
struct text_list job_queues(void);
/* The place of a queue among them; -1 when there is none of this name. */
int job_queue_find(const char *name);

/* ---- enqueuing ---- */

struct job_note {
    enum job_kind kind;
    const char *payload; /* a JSON object as the kind's input has it; NULL: {} */
    const char *
        unique_key; /* nothing is added while a job with this key isn't done; NULL for none. Begin it with the kind: "mail:<id>" */
    int64_t unique_for;  /* s for which the key stays taken after that; 0: none */
    int64_t run_at;      /* µs since 1970, by the database's clock; 0: now, or after… */
    double delay;        /* … this many s */
    bool no_brand;       /* the job works in no brand although the request does */
    struct uuid *ret_id; /* may be NULL */
};

/* Queues the insert in the request's transaction: the caller runs it. The result has a row unless the key was taken. */
const struct db_result *job_enqueue(struct request *rq, const struct job_note *note);

/* ---- within a job's function ---- */

/* Says how far it is: 0–100, with words for people (cut at 150 bytes; NULL: as they were). Costs no round trip. ERR_CONFLICT when
 * somebody asked that the job be cancelled: return it, and nothing of the job commits. Call it often in what takes long. */
enum err job_progress(struct request *rq, int percent, const char *words);

/* Commits what was written up to here and goes on in another transaction, for jobs of many steps: those are done at least once each.
 * An error when the job is no longer ours; return it. */
enum err job_commit(struct request *rq);

/* Writes at once and by itself, whatever becomes of the job: that something was done outside which can't be undone. What the job wrote and
 * didn't commit is undone. While the database can't be reached it tries again, for 25 s. NULL when it failed, with the error in rq->err. */
const struct db_result *job_record(struct request *rq, const struct sql_query *q, const struct rq_arg *args);

/* Fails for good: the job is parked at once, since another attempt wouldn't go better. */
enum err job_give_up(struct request *rq, const char *words);

/* Nothing failed, but it isn't time yet: what was written is undone, and the job runs again in so many seconds, the attempt uncounted. */
enum err job_later(struct request *rq, double seconds, const char *words);

/* ---- how it is run (app/worker) ---- */

/* One claimed job. */
struct job {
    struct uuid id;
    enum job_kind kind;
    int claim;                 /* what finishing names */
    int attempt, max_attempts; /* this is the n-th of so many */
    const struct job_host *host;
    enum { JOB_FAILED, JOB_GIVEN_UP, JOB_LATER, JOB_CANCELLED } ending; /* why its function returned an error */
    double later;                                                       /* s, JOB_LATER */
};

/* What runs it. */
struct job_host {
    bool (*progress)(const struct job *job, int percent, const char *words); /* false: it was cancelled */
    enum err (*commit)(struct request *rq);
};

struct job_row {
    enum job_kind kind;
    const struct schema *input; /* of the payload; NULL takes none */
    enum err (*run)(struct request *rq);
    const char *event; /* $event of what it emits; NULL when it emits nothing */
};

struct job_table {
    const char *domain;
    const struct job_row *rows;
    int count;
};

#define JOB_TABLE(name, array)                                                                                                 \
    {                                                                                                                          \
        .domain = (name), .rows = (array), .count = (int)(sizeof(array) / sizeof *(array))                                     \
    }
