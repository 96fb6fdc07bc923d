-- What karara-worker asks of the queue. The rules are in the functions of sql/migrations/0008_jobs.sql.

-- name: queue_claim :opt
-- $queues text[]
-- $kinds text[]
-- $worker text
-- The next job that is due in these queues, the first ones first, for a lease of 30 s, and for how many microseconds it was due.
-- No row: there is none.
select
    c.id, c.kind, c.queue, c.brand_id, c.actor_id, c.payload, c.claim, c.attempts::int4, c.max_attempts::int4, c.request_id,
    (extract(epoch from c.started_at - c.run_at) * 1000000)::int8 as waited
from karara.job_claim($queues, $kinds, $worker) c;

-- name: queue_finish :one
-- $job_id uuid
-- $claim int4
-- $outcome text
-- Ends a job as done or cancelled. KA006 when the claim is no longer good.
select karara.job_finish($job_id, $claim, $outcome) as finished;

-- name: queue_fail :one
-- $job_id uuid
-- $claim int4
-- $words text
-- $pause float8
-- $again bool
-- $counted bool
-- Ends an attempt that failed: waiting, parked or cancelled, or lost when the claim was no longer good.
select karara.job_fail($job_id, $claim, $words, $pause, $again, $counted) as became;

-- name: queue_assert :one
-- $job_id uuid
-- $claim int4
-- Raises KA006 when the claim is no longer good: before a job's first transaction of several commits.
select
    case
        when exists (select from karara.jobs j where j.id = $job_id and j.claim = $claim and j.lease_until is not null)
            then true
        else karara.fail('KA006')
    end as ours;

-- name: queue_renew :many
-- $job_ids uuid[]
-- $claims text[]
-- $progress text[]
-- $words text[]
-- Renews the leases of what runs once 10 s of them are gone, and notes how far it is ('' is unsaid). One row for each that is still ours.
with held as (
    select j.id, j.claim, h.progress, h.words, j.cancel_requested
    from unnest($job_ids, $claims, $progress, $words) h (id, claim, progress, words)
    join karara.jobs j on j.id = h.id and j.claim = h.claim::int4 and j.lease_until is not null
), renewed as (
    update karara.jobs j
    set lease_until = clock_timestamp() + interval '30 s', progress = nullif(h.progress, '')::int2,
        progress_words = nullif(h.words, '')
    from held h
    where j.id = h.id and j.claim = h.claim
        and (j.lease_until < clock_timestamp() + interval '20 s'
            or (j.progress, j.progress_words) is distinct from (nullif(h.progress, '')::int2, nullif(h.words, '')))
)
select id, cancel_requested from held;

-- name: queue_due :one
-- $queues text[]
-- $kinds text[]
-- $most int4
-- How many jobs are due, counted up to $most in each queue and priority.
select count(*)::int4 as due
from unnest($queues) q (name), generate_series(0, 3) p (level), lateral (
    select from karara.jobs j
    where j.queue = q.name and j.priority = p.level and j.parked_at is null and j.run_at <= now()
        and (j.lease_until is null or j.lease_until < now()) and j.kind = any ($kinds)
    limit $most
) due
where not exists (select from karara.job_queues h where h.queue = q.name);
