-- name: leader_take :one
-- $lock int8
-- Whether this connection holds the lock, which it tries to take when it doesn't.
select
    case
        when exists (
            select from pg_locks l
            where l.locktype = 'advisory' and l.pid = pg_backend_pid() and l.classid = 0 and l.objid = $lock::oid and l.granted
        ) then true
        else pg_try_advisory_lock($lock)
    end as leads;
