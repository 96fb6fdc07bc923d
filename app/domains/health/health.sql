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
