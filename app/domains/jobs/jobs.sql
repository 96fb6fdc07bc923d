-- jobs.sql - the queue as the platform's administration sees it.

-- fragment: job_rows
-- Every job: those that wait, run or are parked, and those that are done, for as long as they are kept. Ids are in the order of making.
select j.id, j.kind, j.queue, (array['urgent', 'high', 'normal', 'low'])[j.priority + 1] as priority,
    case
        when j.parked_at is not null then 'parked'
        when j.lease_until > now() then 'running'
        else 'waiting'
    end as state,
    j.run_at, j.attempts::int4, j.max_attempts::int4, j.progress::int4, j.progress_words, j.cancel_requested, j.last_error,
    j.brand_id, j.actor_id, j.unique_key, j.request_id, j.worker, j.payload, j.created_at, j.started_at,
    j.parked_at as ended_at
from karara.jobs j
union all
select d.id, d.kind, d.queue, (array['urgent', 'high', 'normal', 'low'])[d.priority + 1], d.outcome,
    d.run_at, d.attempts::int4, d.max_attempts::int4, case when d.outcome = 'done' then 100 end, d.progress_words, false, d.last_error,
    d.brand_id, d.actor_id, d.unique_key, d.request_id, d.worker, d.payload, d.created_at, d.started_at,
    d.finished_at
from karara.jobs_done d;

-- name: job_list :list
-- All jobs. No row: there are none.
select r.id, r.kind, r.queue, r.priority, r.state, r.run_at, r.attempts, r.max_attempts, r.progress, r.progress_words,
    r.cancel_requested, r.last_error, r.brand_id, r.actor_id, r.unique_key, r.request_id, r.worker, r.created_at, r.started_at, r.ended_at
from ({{job_rows}}) r;

-- name: job_get :one
-- $id uuid
-- One job. No row: there is none, or it was done too long ago.
select r.id, r.kind, r.queue, r.priority, r.state, r.run_at, r.attempts, r.max_attempts, r.progress, r.progress_words,
    r.cancel_requested, r.last_error, r.brand_id, r.actor_id, r.unique_key, r.request_id, r.worker, r.payload, r.created_at, r.started_at,
    r.ended_at
from ({{job_rows}}) r where r.id = $id;

-- name: job_locate :one
-- $id uuid
-- Whether there is such a job. No row: there is none.
select true as visible, true as changeable, 0 as version from ({{job_rows}}) r where r.id = $id;

-- name: job_retry :opt
-- $id uuid
-- Makes a job due now; one that is parked gets all its attempts again. No row: it runs, is done, or isn't there.
with retried as (
    update karara.jobs j
    set run_at = now(), parked_at = null, cancel_requested = false,
        attempts = case when j.parked_at is null then j.attempts else 0 end
    where j.id = $id and (j.lease_until is null or j.lease_until < now())
    returning j.id, j.brand_id
), {{emit_event: retried, 'job', id, '{}'}}
select id, brand_id from retried;

-- name: job_cancel :opt
-- $id uuid
-- Asks that a job be cancelled; one that doesn't run is then taken away by job_take_away. No row: it is done, or isn't there.
with told as (
    update karara.jobs j set cancel_requested = true where j.id = $id returning j.id, j.brand_id
), {{emit_event: told, 'job', id, '{}'}}
select id, brand_id from told;

-- name: job_take_away :exec
-- $id uuid
-- Moves a job that was cancelled and doesn't run to those that are done.
select karara.job_move(j, 'cancelled') from karara.jobs j
where j.id = $id and j.cancel_requested and (j.lease_until is null or j.lease_until < now());

-- name: queue_stats :many
-- $queues text[]
-- Each of these queues, with what is in it. A queue without jobs has a row too.
select q.name, h.paused_at is not null as paused, h.paused_at,
    coalesce(s.due, 0) as due, coalesce(s.scheduled, 0) as scheduled, coalesce(s.running, 0) as running,
    coalesce(s.parked, 0) as parked, s.oldest_due_at, coalesce(d.done, 0) as done_last_hour,
    coalesce(d.run_micros, 0)::int8 as run_micros, coalesce(d.wait_micros, 0)::int8 as wait_micros
from unnest($queues) with ordinality q (name, place)
left join karara.job_queues h on h.queue = q.name
left join (
    select j.queue,
        count(*) filter (where j.parked_at is not null) as parked,
        count(*) filter (where j.parked_at is null and j.lease_until > now()) as running,
        count(*) filter (where j.parked_at is null and (j.lease_until is null or j.lease_until <= now()) and j.run_at <= now()) as due,
        count(*) filter (where j.parked_at is null and j.lease_until is null and j.run_at > now()) as scheduled,
        min(j.run_at) filter (
            where j.parked_at is null and (j.lease_until is null or j.lease_until <= now()) and j.run_at <= now()
        ) as oldest_due_at
    from karara.jobs j group by j.queue
) s on s.queue = q.name
left join (
    select d.queue, count(*) as done,
        avg(extract(epoch from d.finished_at - d.started_at)) * 1000000 as run_micros,
        avg(extract(epoch from d.started_at - d.run_at)) * 1000000 as wait_micros
    from karara.jobs_done d
    where d.outcome = 'done' and d.finished_at > now() - interval '1 hour'
    group by d.queue
) d on d.queue = q.name
order by q.place;

-- name: queue_pause :exec
-- $queue text
-- Halts a queue: what runs goes on, nothing else begins.
with meant as (
    select null::uuid as brand_id
), {{emit_event: meant, 'job_queue', null, '{}'}}
insert into karara.job_queues (queue, paused_by) values ($queue, $actor_id) on conflict (queue) do nothing;

-- name: queue_resume :exec
-- $queue text
-- Lets it go on.
with meant as (
    select null::uuid as brand_id
), {{emit_event: meant, 'job_queue', null, '{}'}}
delete from karara.job_queues q where q.queue = $queue;

-- name: job_kind_stats :many
-- $kinds text[]
-- $abouts text[]
-- These kinds, each with what it does, and what became of its jobs within the last day. A kind that had nothing to do has a row too.
select r.kind, r.about, coalesce(k.done, 0)::int8 as done, coalesce(k.cancelled, 0)::int8 as cancelled, coalesce(k.parked, 0)::int8 as parked,
    coalesce(k.attempts, 0)::int8 as attempts, coalesce(k.longest_micros, 0)::int8 as longest_micros
from unnest($kinds, $abouts) with ordinality r (kind, about, place)
left join (
    select e.kind, sum(e.done) as done, sum(e.cancelled) as cancelled, sum(e.parked) as parked, sum(e.attempts) as attempts,
        max(e.longest_micros) as longest_micros
    from (
        select d.kind, count(*) filter (where d.outcome = 'done') as done, count(*) filter (where d.outcome = 'cancelled') as cancelled,
            0 as parked, sum(d.attempts) as attempts, max(extract(epoch from d.finished_at - d.started_at)) * 1000000 as longest_micros
        from karara.jobs_done d where d.finished_at > now() - interval '1 day' group by d.kind
        union all
        select j.kind, 0, 0, count(*), sum(j.attempts), null from karara.jobs j where j.parked_at is not null group by j.kind
    ) e
    group by e.kind
) k on k.kind = r.kind
order by r.place;
