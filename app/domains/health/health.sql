-- What the health checks ask PostgreSQL.

-- name: health_probe :one
-- That the database answers, and what it says of itself.
select
    current_setting('server_version') as server_version,
    pg_is_in_recovery() as standby,
    (select count(*) from pg_stat_activity a where a.datname = current_database()) as connections;
