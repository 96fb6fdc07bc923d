-- What the health checks ask PostgreSQL.

-- name: health_probe :one
-- That the database answers, and what it says of itself.
select
    current_setting('server_version') as server_version,
    pg_is_in_recovery() as standby,
    (select count(*) from pg_stat_activity a where a.datname = current_database()) as connections;

-- name: health_relay :one
-- How far behind the relay is: events that wait for their number and audit entries (those the caller may see) that wait to be chained, counted
-- up to 100,001; for how many microseconds the oldest of these events has waited, by when its transaction began; and which session leads
-- (null: none), being the one that holds the lock LEADER_RELAY of worker/leader.h.
select
    (select count(*) from (select from karara.events e where e.sequenced_at is null limit 100001) n) as events,
    (select count(*) from (select from karara.audit_entries a where a.hash is null limit 100001) n) as audit_entries,
    coalesce((extract(epoch from clock_timestamp() - (
        select e.created_at from karara.events e where e.sequenced_at is null order by e.id limit 1)) * 1000000)::int8, 0) as age,
    (
        select l.pid from pg_locks l
        where l.locktype = 'advisory' and l.database = (select d.oid from pg_database d where d.datname = current_database())
            and l.classid = 0 and l.objid = 7301 and l.objsubid = 1 and l.granted
        limit 1
    ) as leader;

-- name: health_queue :one
-- $queues text[]
-- How the queue is served: jobs of these queues, unless paused, that are due and that nobody has begun, counted up to 1,001 in each queue and
-- priority; for how many microseconds the one has waited that has waited longest; and how many are parked, up to 100,001.
select
    coalesce(sum(d.jobs), 0)::int8 as due,
    coalesce(max(extract(epoch from now() - d.since)) * 1000000, 0)::int8 as age,
    (select count(*) from (select from karara.jobs j where j.parked_at is not null limit 100001) n) as parked
from unnest($queues) q (queue)
cross join generate_series(0, 3) p (priority)
cross join lateral (
    select count(*) as jobs, min(w.run_at) as since
    from (
        select j.run_at from karara.jobs j
        where j.queue = q.queue and j.priority = p.priority and j.parked_at is null and j.run_at <= now()
            and (j.lease_until is null or j.lease_until <= now())
        order by j.run_at limit 1001
    ) w
) d
where not exists (select from karara.job_queues h where h.queue = q.queue);

-- name: health_email :one
-- How mails go out: those that are due and haven't gone, counted up to 10,001; for how many microseconds the one has waited that has waited
-- longest; those that failed for good within a day, up to 10,001; when the last one was sent; and why the one failed that was tried last, of those
-- that wait.
select
    (select count(*) from (select from karara.mails m where m.status in ('queued', 'sending') and m.not_before <= now() limit 10001) n) as due,
    coalesce((extract(epoch from now() - (
        select m.not_before from karara.mails m where m.status in ('queued', 'sending') order by m.not_before, m.id limit 1)) * 1000000)::int8, 0)
        as age,
    (select count(*) from (
        select from karara.mails m
        where m.ended_at > now() - interval '1 day' and m.blanked_at is null and m.status = 'failed' limit 10001) n) as failed,
    (select m.sent_at from karara.mails m where m.sent_at is not null order by m.sent_at desc limit 1) as last_sent_at,
    (
        select m.last_error from (
            select q.last_error, q.tried_at from karara.mails q
            where q.status in ('queued', 'sending') and q.not_before <= now() order by q.not_before, q.id limit 1000
        ) m
        where m.last_error is not null order by m.tried_at desc limit 1
    ) as last_error;
