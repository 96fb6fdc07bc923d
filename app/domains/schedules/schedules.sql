-- What the clock does with schedules, and what their owners' domains need of them.

-- fragment: schedule_columns
-- %1 the schedule, as people see it.
%1.rrule, to_char(%1.starts_at, 'YYYY-MM-DD"T"HH24:MI:SS') as starts_at, %1.timezone, %1.exdates, %1.catch_up,
%1.paused_at is not null as paused, case when %1.paused_at is null then %1.next_run_at end as next_run_at;

-- name: schedule_due :many
-- $kinds text[]
-- $batch int4
-- The schedules of owners of these kinds whose time has come, locked; who is at one already is stepped over. served: the brand is active; in
-- one that is suspended, or about to be deleted, nothing happens by itself. No row: nothing is due.
select
    s.id, s.brand_id, s.owner_kind, s.owner_id, s.rrule, to_char(s.starts_at, 'YYYY-MM-DD"T"HH24:MI:SS') as starts_at, s.timezone,
    s.exdates, s.catch_up, s.next_run_at, now() as now, b.status = 'active' as served
from karara.schedules s
join karara.brands b on b.id = s.brand_id
where s.next_run_at <= now() and s.paused_at is null and s.owner_kind = any ($kinds)
order by s.next_run_at, s.id
limit $batch
for no key update of s skip locked;

-- name: schedule_fire :many
-- $of_brand_id uuid
-- $schedule_id uuid
-- $owner_id uuid
-- $kind text
-- $queue text
-- $priority int4
-- $max_attempts int4
-- $moments text[]
-- One job for each of these occurrences, the earliest first, unless it is there already. A row for each new one.
insert into karara.jobs (id, kind, queue, priority, max_attempts, run_at, brand_id, payload, unique_key, unique_for)
select
    karara.uuid_v7(), $kind, $queue, $priority, $max_attempts, m.at::timestamptz, $of_brand_id,
    jsonb_build_object('owner_id', $owner_id, 'occurrence_at', m.at), 'schedule:' || $schedule_id || ':' || m.at, interval '2 days'
from unnest($moments) with ordinality m (at, place)
order by m.place
returning id;

-- name: schedule_advance :exec
-- $schedule_id uuid
-- $next_run_at timestamptz
-- $last_run_at timestamptz
-- Moves a schedule on to its next occurrence, or to none; $last_run_at is null when none was enqueued.
update karara.schedules s set next_run_at = $next_run_at, last_run_at = coalesce($last_run_at, s.last_run_at) where s.id = $schedule_id;

-- name: schedule_stop :exec
-- $schedule_id uuid
-- $problem text
-- Pauses a schedule that can't be gone on with, and says why: to those whose it is, too.
with stopped as (
    update karara.schedules s set paused_at = now(), problem = $problem, version = s.version + 1, updated_at = now()
    where s.id = $schedule_id
    returning s.*
)
insert into karara.events (brand_id, kind, subject_type, subject_id, payload)
select brand_id, owner_kind || '.paused', owner_kind, owner_id, jsonb_build_object('problem', problem) from stopped;
