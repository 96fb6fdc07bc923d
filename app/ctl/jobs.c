/* jobs.c - the job queue, for the sysadmin. */
#include "ctl/ctl.h"

#include "api/job.h"
#include "core/arena.h"
#include "core/str.h"
#include "platform/db.h"
#include <stdio.h>

/* All jobs with their state; the newest have the highest ids. */
#define ALL_JOBS                                                                                                               \
    "(select id, kind, queue, (array['urgent', 'high', 'normal', 'low'])[priority + 1] as priority, case when parked_at is "   \
    "not null then 'parked' when lease_until > now() then 'running' else 'waiting' end as state, attempts, max_attempts, "     \
    "run_at, created_at, started_at, parked_at as ended_at, progress, progress_words, cancel_requested, last_error, "          \
    "brand_id, "                                                                                                               \
    "actor_id, unique_key, request_id, worker, payload from karara.jobs union all "                                            \
    "select id, kind, queue, (array['urgent', 'high', 'normal', 'low'])[priority + 1], outcome, attempts, max_attempts, "      \
    "run_at, created_at, started_at, finished_at, null, progress_words, false, last_error, brand_id, actor_id, unique_key, "   \
    "request_id, worker, payload from karara.jobs_done) j"

#define CHOSEN                                                                                                                 \
    "(select j.* from " ALL_JOBS " where ($1 = '' or j.state = $1) and ($2 = '' or j.kind = $2) and ($3 = '' or j.queue = $3)" \
    " order by j.id desc limit 100) c"

static const char list_text[] =
    "select coalesce(string_agg(c.id::text || '  ' || rpad(c.state, 9) || '  ' || rpad(c.kind, 20) || '  ' || rpad(c.queue, 8)"
    "  || '  ' || lpad(c.attempts::text, 2) || '/' || rpad(c.max_attempts::text, 2) || '  '"
    "  || to_char(c.run_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS') || '  '"
    "  || coalesce(left(case when c.state = 'running' then c.progress || ' % ' || coalesce(c.progress_words, '')"
    "       else c.last_error end, 80), ''), E'\\n' order by c.id desc), 'no jobs') from " CHOSEN;
static const char list_json[] = "select coalesce(jsonb_pretty(jsonb_agg(to_jsonb(c) order by c.id desc)), '[]') from " CHOSEN;

static const char show_text[] =
    "select coalesce((select string_agg(rpad(k, 18) || v, E'\\n' order by n) from " ALL_JOBS
    ", json_each_text(row_to_json(j)) with ordinality e (k, v, n) where j.id = $1::uuid and v is not null), '')";
static const char show_json[] =
    "select coalesce((select jsonb_pretty(to_jsonb(j)) from " ALL_JOBS " where j.id = $1::uuid), '')";

static const char stats_text[] =
    "select 'queue                due  scheduled  running  parked  done in 1 h  oldest due' || coalesce(string_agg(E'\\n'"
    "  || rpad(s.queue || case when s.paused then ' (paused)' else '' end, 20)"
    "  || lpad(s.due::text, 4) || lpad(s.scheduled::text, 11) || lpad(s.running::text, 9) || lpad(s.parked::text, 8)"
    "  || lpad(s.done_last_hour::text, 13) || '  ' || coalesce(s.oldest_due_for::text, ''), '' order by s.queue), '') from ";
static const char stats_json[] = "select coalesce(jsonb_pretty(jsonb_agg(to_jsonb(s) order by s.queue)), '[]') from ";
#define QUEUES                                                                                                                 \
    "(select q.queue, exists (select from karara.job_queues p where p.queue = q.queue) as paused,"                             \
    "  (select count(*) from karara.jobs j where j.queue = q.queue and j.parked_at is null"                                    \
    "     and coalesce(j.lease_until <= now(), true) and j.run_at <= now()) as due,"                                           \
    "  (select count(*) from karara.jobs j where j.queue = q.queue and j.parked_at is null and j.lease_until is null"          \
    "     and j.run_at > now()) as scheduled,"                                                                                 \
    "  (select count(*) from karara.jobs j where j.queue = q.queue and j.parked_at is null and j.lease_until > now()) as "     \
    "running,"                                                                                                                 \
    "  (select count(*) from karara.jobs j where j.queue = q.queue and j.parked_at is not null) as parked,"                    \
    "  (select count(*) from karara.jobs_done d where d.queue = q.queue and d.finished_at > now() - interval '1 h') as "       \
    "done_last_hour,"                                                                                                          \
    "  (select date_trunc('second', now() - min(j.run_at)) from karara.jobs j where j.queue = q.queue and j.parked_at is null" \
    "     and coalesce(j.lease_until <= now(), true) and j.run_at <= now()) as oldest_due_for"                                 \
    "  from unnest(string_to_array($1, ' ')) q (queue)) s"

/* What was done leaves its trace in the audit log, without a person. */
#define NOTED(of, action, type, id, after)                                                                                     \
    "noted as (insert into karara.audit_entries (platform, action, resource_type, resource_id, after) select true, '" action   \
    "', '" type "', " id ", " after " from " of ")"

static const char retry_job[] =
    "with done as (update karara.jobs j set run_at = now(), parked_at = null, cancel_requested = false,"
    "  attempts = case when j.parked_at is null then j.attempts else 0 end"
    "  where ($1 = 'all' and j.parked_at is not null and ($2 = '' or j.kind = $2) or j.id::text = $1)"
    "    and (j.lease_until is null or j.lease_until < now()) returning j.id), " NOTED(
        "done", "job.retried", "job", "id", "null::jsonb") " select count(*)::text from done";
static const char cancel_job[] =
    "with done as (update karara.jobs j set cancel_requested = true where j.id = $1::uuid returning j.id, "
    "j.lease_until), " NOTED("done", "job.cancelled", "job", "id",
                             "null::jsonb") " select coalesce((select case when lease_until > now() then 'told' else "
                                            "'cancelled' end from done), '')";
static const char take_away[] = "select coalesce((select karara.job_move(j, 'cancelled')::text from karara.jobs j where j.id = "
                                "$1::uuid and j.cancel_requested and (j.lease_until is null or j.lease_until < now())), '')";
static const char pause_queue[] =
    "with done as (insert into karara.job_queues (queue) values ($1) on conflict do nothing returning "
    "queue), " NOTED("done", "job_queue.paused", "job_queue", "null",
                     "jsonb_build_object('queue', queue)") " select count(*)::text from done";
static const char resume_queue[] = "with done as (delete from karara.job_queues where queue = $1 returning queue), " NOTED(
    "done", "job_queue.resumed", "job_queue", "null", "jsonb_build_object('queue', queue)") " select count(*)::text from done";

/* ---- looking ---- */

static bool wants_json(const struct ctl *c)
{
    return ctl_option(c, "json") != NULL;
}

static bool kind_is_known(const struct ctl *c)
{
    const char *names[JOB_COUNT + 1] = { NULL };
    for (int k = 0; k < JOB_COUNT; k++) {
        names[k] = job_about((enum job_kind)k)->name;
    }
    return ctl_one_of(c, "kind", names);
}

static bool queue_is_known(const struct ctl *c)
{
    const struct text_list all = job_queues();
    const char **names = arena_zalloc(c->arena, ((size_t)all.n + 1) * sizeof *names);
    for (int q = 0; q < all.n; q++) {
        names[q] = all.v[q];
    }
    return ctl_one_of(c, "queue", names);
}

static int jobs_list(struct ctl *c)
{
    static const char *const states[] = { "waiting", "running", "parked", "done", "cancelled", NULL };
    if (!ctl_one_of(c, "state", states) || !kind_is_known(c) || !queue_is_known(c)) {
        return CTL_USAGE;
    }
    return ctl_print(ctl_ask(c, wants_json(c) ? list_json : list_text, ctl_given(c, "state"), ctl_given(c, "kind"),
                             ctl_given(c, "queue"), NULL));
}

static int no_such_job(struct ctl *c)
{
    return ctl_fail(c, "there is no job %s that this could be done to; `kararactl jobs list` shows them all", c->operands[0]);
}

static int jobs_show(struct ctl *c)
{
    const char *text =
        ctl_is_id(c, "jobs list") ? ctl_ask(c, wants_json(c) ? show_json : show_text, c->operands[0], NULL) : NULL;
    return text != NULL && *text == 0 ? no_such_job(c) : ctl_print(text);
}

static const char *all_queues(struct ctl *c)
{
    const char *names = "";
    const struct text_list all = job_queues();
    for (int q = 0; q < all.n; q++) {
        names = arena_printf(c->arena, "%s%s%s", names, q > 0 ? " " : "", all.v[q]);
    }
    return names;
}

static int jobs_stats(struct ctl *c)
{
    const char *sql = arena_printf(c->arena, "%s%s", wants_json(c) ? stats_json : stats_text, QUEUES);
    return ctl_print(ctl_ask(c, sql, all_queues(c), NULL));
}

/* ---- acting ---- */

static int jobs_retry(struct ctl *c)
{
    if (!str_eq(c->operands[0], "all") && !ctl_is_id(c, "jobs list")) {
        return CTL_FAILED;
    }
    if (!kind_is_known(c)) {
        return CTL_USAGE;
    }
    const char *count = ctl_ask(c, retry_job, c->operands[0], ctl_given(c, "kind"), NULL);
    if (count == NULL) {
        return CTL_FAILED;
    }
    if (str_eq(count, "0") && !str_eq(c->operands[0], "all")) {
        return no_such_job(c);
    }
    printf("%s due now\n", count);
    return CTL_OK;
}

static int jobs_cancel(struct ctl *c)
{
    struct db *d = ctl_is_id(c, "jobs list") ? ctl_admin(c, true) : NULL;
    /* In one transaction: between the two a runner could take it away itself. */
    bool begun = d != NULL && ctl_exec(c, d, "cannot begin", "begin");
    const char *became = begun ? ctl_value(c, d, cancel_job, c->operands[0], NULL) : NULL;
    if (str_eq(became, "cancelled") && ctl_value(c, d, take_away, c->operands[0], NULL) == NULL) {
        became = NULL;
    }
    if (became != NULL && !ctl_exec(c, d, "cannot keep it", "commit")) {
        became = NULL;
    }
    db_close(d);
    if (became != NULL && *became == 0) {
        return no_such_job(c);
    }
    return ctl_print(became != NULL && str_eq(became, "told") ? "it runs, and was told" : became);
}

static int set_queue(struct ctl *c, const char *sql, const char *done, const char *before)
{
    if (job_queue_find(c->operands[0]) < 0) {
        return ctl_fail(c, "there is no queue %s; there are: %s", c->operands[0], all_queues(c));
    }
    const char *count = ctl_ask(c, sql, c->operands[0], NULL);
    return ctl_print(count != NULL ? (str_eq(count, "0") ? before : done) : NULL);
}

static int jobs_pause(struct ctl *c)
{
    return set_queue(c, pause_queue, "paused", "it was paused already");
}

static int jobs_resume(struct ctl *c)
{
    return set_queue(c, resume_queue, "resumed", "it was not paused");
}

/* ---- rows ---- */

static const struct ctl_option json_option[] = {
    { "json", NULL, "As JSON." },
    { NULL, NULL, NULL },
};

static const struct ctl_option list_options[] = {
    { "state", "STATE", "Only those that are waiting, running, parked, done or cancelled." },
    { "kind", "KIND", "Only those of this kind." },
    { "queue", "QUEUE", "Only those in this queue." },
    { "json", NULL, "As JSON, with all that is known of each." },
    { NULL, NULL, NULL },
};

static const struct ctl_option retry_options[] = {
    { "kind", "KIND", "With `all`: only those of this kind." },
    { NULL, NULL, NULL },
};

#define ONE(what) .operands = (what), .least = 1, .most = 1

static const struct ctl_command rows[] = {
    { .name = "jobs list",
      .operands = "",
      .summary = "List the newest hundred jobs: id, state, kind, queue, attempts, due, progress or error.",
      .doc =
          "A job waits until it is due, runs, and is done; or it fails, waits for its next attempt, and is parked when it has "
          "no more.\nThose that are done are kept as long as the setting jobs_kept says.",
      .options = list_options,
      .run = jobs_list },
    { .name = "jobs show",
      ONE("ID"),
      .summary = "Print all that is known of a job.",
      .options = json_option,
      .run = jobs_show },
    { .name = "jobs retry",
      ONE("ID|all"),
      .summary = "Run a job now that waits or is parked; all: every parked one.",
      .doc = "What was parked gets all its attempts again.",
      .options = retry_options,
      .run = jobs_retry },
    { .name = "jobs cancel",
      ONE("ID"),
      .summary = "Cancel a job; one that runs is told to end.",
      .doc = "Nothing that it did stays. It may be done before it hears.",
      .run = jobs_cancel },
    { .name = "jobs pause",
      ONE("QUEUE"),
      .summary = "Halt a queue, on all hosts.",
      .doc = "What runs goes on, nothing else begins.",
      .run = jobs_pause },
    { .name = "jobs resume", ONE("QUEUE"), .summary = "Let a queue go on.", .run = jobs_resume },
    { .name = "jobs stats",
      .operands = "",
      .summary = "Print how many jobs are due, scheduled, running and parked in each queue.",
      .options = json_option,
      .run = jobs_stats },
};

const struct ctl_group ctl_jobs = CTL_GROUP(rows);
