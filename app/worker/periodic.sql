-- name: periodic_add :many
-- $kinds text[]
-- $queues text[]
-- $priorities text[]
-- $attempts text[]
-- $periods text[]
-- One job for each of these kinds that wasn't enqueued in the present period (s) yet. A row for each new one.
insert into karara.jobs (id, kind, queue, priority, max_attempts, unique_key, unique_for)
select karara.uuid_v7(), k.kind, k.queue, k.priority::int2, k.attempts::int2, k.key, make_interval(secs => k.period)
from (
    select p.kind, p.queue, p.priority, p.attempts, p.period::int8 as period,
        'periodic:' || p.kind || ':' || p.period || ':' || floor(extract(epoch from now()) / p.period::int8)::int8 as key
    from unnest($kinds, $queues, $priorities, $attempts, $periods) p (kind, queue, priority, attempts, period)
) k
where not exists (select from karara.job_keys t where t.key = k.key)
returning kind;
