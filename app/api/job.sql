-- Enqueuing, and what a job's transaction begins with.

-- name: job_add :opt
-- $job_id uuid
-- $kind text
-- $queue text
-- $priority int4
-- $max_attempts int4
-- $run_at timestamptz
-- $delay float8
-- $of_brand_id uuid
-- $payload jsonb
-- $unique_key text
-- $unique_for float8
-- One job, due at $run_at or, without, $delay seconds from now. No row: its unique key is taken.
insert into karara.jobs
    (id, kind, queue, priority, max_attempts, run_at, brand_id, actor_id, payload, unique_key, unique_for, request_id)
values
    ($job_id, $kind, $queue, $priority, $max_attempts, coalesce($run_at, now() + make_interval(secs => $delay)), $of_brand_id,
     $actor_id, $payload, $unique_key, make_interval(secs => $unique_for), $request_id)
returning id;

-- name: job_scope :one
-- Opens a job's transaction: names its brand for row-level security, or none.
select set_config('karara.brand_id', coalesce($brand_id::text, ''), true) as brand;

-- fragment: enqueue
-- One job for each row of a CTE: %1 the CTE, with brand_id; %2 the kind; %3 its payload (a jsonb object); %4 its unique key, or null.
enqueued as (
    insert into karara.jobs (id, kind, queue, priority, max_attempts, brand_id, actor_id, payload, unique_key, request_id)
    select karara.uuid_v7(), {{job: %2}}, brand_id, $actor_id, %3, %4, $request_id from %1
);
