-- Jobs: work that happens by itself.

-- What waits, runs or is parked. Small and hot: what is done moves to jobs_done. Nothing that changes while a job is claimed, renewed or
-- finished is in an index, so these updates stay within their page.
create table karara.jobs (
    id uuid not null,                           -- UUIDv7: in the order in which they were made
    kind text not null,
    queue text not null,
    priority smallint not null,                 -- 0 urgent, 1 high, 2 normal, 3 low
    max_attempts smallint not null,
    run_at timestamptz not null default now(),
    brand_id uuid,                              -- the brand it works in; null: none
    actor_id uuid,                              -- in whose name
    payload jsonb not null default '{}',
    unique_key text,                            -- see job_keys
    unique_for interval,                        -- how long the key stays taken once the job is done
    request_id text not null default '',        -- of the request that made it
    created_at timestamptz not null default now(),
    parked_at timestamptz,                      -- failed for good: waits for a person
    attempts smallint not null default 0,       -- counted at claim
    claim integer not null default 0,           -- raised by every claim: what finishing must name
    lease_until timestamptz,                    -- null: it isn't running
    worker text,
    started_at timestamptz,
    progress smallint,
    progress_words text,
    cancel_requested boolean not null default false,
    last_error text,
    constraint jobs_id_pk primary key (id),
    constraint jobs_kind_check check (kind ~ '^[a-z][a-z0-9_]*$'),
    constraint jobs_queue_check check (queue ~ '^[a-z][a-z0-9_]*$'),
    constraint jobs_priority_check check (priority between 0 and 3),
    constraint jobs_max_attempts_check check (max_attempts between 1 and 100),
    constraint jobs_payload_check check (jsonb_typeof(payload) = 'object'),
    constraint jobs_unique_key_check check (char_length(unique_key) between 1 and 300),
    constraint jobs_progress_check check (progress between 0 and 100)
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500,
    autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 10000,
    autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 10000, autovacuum_vacuum_cost_delay = 0);
-- What is due in a queue at a priority. Those that run stand in it too: a claim steps over them, they are few.
create index jobs_queue_priority_run_at_id_idx on karara.jobs (queue, priority, run_at, id) where parked_at is null;
create index jobs_parked_at_idx on karara.jobs (parked_at) where parked_at is not null;

create table karara.jobs_done (
    id uuid not null,
    kind text not null,
    queue text not null,
    priority smallint not null,
    max_attempts smallint not null,
    run_at timestamptz not null,
    brand_id uuid,
    actor_id uuid,
    payload jsonb not null,
    unique_key text,
    request_id text not null,
    created_at timestamptz not null,
    outcome text not null,
    attempts smallint not null,
    worker text,
    started_at timestamptz,
    finished_at timestamptz not null,
    progress_words text,
    last_error text,
    constraint jobs_done_id_pk primary key (id),
    constraint jobs_done_outcome_check check (outcome in ('done', 'cancelled'))
) with (autovacuum_vacuum_insert_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05);

-- Unique keys that are taken: by a job that isn't done, or for some time yet by one that is. The one place that decides, so that a key is
-- never given twice in the moment when its job moves.
create table karara.job_keys (
    key text not null,
    job_id uuid not null,
    expires_at timestamptz,                     -- null: its job isn't done
    constraint job_keys_key_pk primary key (key)
) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500);
create index job_keys_expires_at_idx on karara.job_keys (expires_at) where expires_at is not null;

-- Queues that are halted.
create table karara.job_queues (
    queue text not null,
    paused_at timestamptz not null default now(),
    paused_by uuid,
    constraint job_queues_queue_pk primary key (queue)
);

-- Whatever inserts a job with a key inserts nothing while the key is taken.
create function karara.job_take_key() returns trigger
language plpgsql as $$
begin
    insert into karara.job_keys as k (key, job_id) values (new.unique_key, new.id)
    on conflict (key) do update set job_id = excluded.job_id, expires_at = null
    where k.expires_at <= clock_timestamp();
    return case when found then new end;
end
$$;
create trigger jobs_key before insert on karara.jobs
    for each row when (new.unique_key is not null) execute function karara.job_take_key();

-- The lowest UUIDv7 of a moment: what is below it was made before.
create function karara.uuid_v7_floor(moment timestamptz) returns uuid
language sql immutable strict parallel safe as $$
    select (lpad(to_hex((extract(epoch from moment) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
$$;

-- Moves a job to those that are done, and lets go of its key, or keeps it for as long as the job said.
create function karara.job_move(job karara.jobs, outcome text) returns void
language plpgsql as $$
declare
    moment constant timestamptz := clock_timestamp();
begin
    delete from karara.jobs j where j.id = job.id;
    insert into karara.jobs_done (id, kind, queue, priority, max_attempts, run_at, brand_id, actor_id, payload, unique_key, request_id,
        created_at, outcome, attempts, worker, started_at, finished_at, progress_words, last_error)
    values (job.id, job.kind, job.queue, job.priority, job.max_attempts, job.run_at, job.brand_id, job.actor_id, job.payload,
        job.unique_key, job.request_id, job.created_at, outcome, job.attempts, job.worker, job.started_at, moment,
        job.progress_words, job.last_error);
    if job.unique_key is not null and job.unique_for is not null and outcome = 'done' then
        update karara.job_keys k set expires_at = moment + job.unique_for where k.key = job.unique_key and k.job_id = job.id;
    elsif job.unique_key is not null then
        delete from karara.job_keys k where k.key = job.unique_key and k.job_id = job.id;
    end if;
end
$$;

-- The next job that is due, of the first of these queues that has one, for a lease of 30 s; no row when there is none. Due is what the
-- database's clock says. A lease that has run out is taken over; an attempt too many parks the job instead.
create function karara.job_claim(queues text[], kinds text[], worker_name text) returns setof karara.jobs
language plpgsql set enable_seqscan = off set enable_bitmapscan = off as $$
declare
    moment constant timestamptz := clock_timestamp();
    queue_name text;
    job karara.jobs;
begin
    for queue_name in
        select q.name from unnest(queues) with ordinality q (name, place)
        where not exists (select from karara.job_queues p where p.queue = q.name)
        order by q.place
    loop
        for level in 0..3 loop
            loop
                select j.* into job from karara.jobs j
                where j.queue = queue_name and j.priority = level and j.parked_at is null and j.run_at <= moment
                    and (j.lease_until is null or j.lease_until < moment) and j.kind = any (kinds)
                order by j.run_at, j.id limit 1
                for no key update skip locked;
                exit when not found;
                if job.cancel_requested then
                    perform karara.job_move(job, 'cancelled');
                elsif job.attempts >= job.max_attempts then
                    update karara.jobs j set parked_at = moment, lease_until = null,
                        last_error = coalesce(j.last_error, 'Its worker ended before the job did, each time.')
                    where j.id = job.id;
                else
                    update karara.jobs j set attempts = j.attempts + 1, claim = j.claim + 1, lease_until = moment + interval '30 s',
                        worker = worker_name, started_at = moment, progress = null, progress_words = null
                    where j.id = job.id
                    returning j.* into job;
                    return next job;
                    return;
                end if;
            end loop;
        end loop;
    end loop;
end
$$;

-- Ends a job as done or cancelled, if it is still in the hands of this claim. Otherwise KA006, which undoes what the job did.
create function karara.job_finish(job_id uuid, job_claim integer, outcome text) returns boolean
language plpgsql as $$
declare
    job karara.jobs;
begin
    select j.* into job from karara.jobs j
    where j.id = job_id and j.claim = job_claim and j.lease_until is not null for update;
    if not found then
        perform karara.fail('KA006');
    end if;
    perform karara.job_move(job, outcome);
    return true;
end
$$;

-- Ends an attempt that failed: the job runs again after the pause (seconds), or is parked when it may not (`again` false) or has none left;
-- `counted` false gives the attempt back. What became of it: waiting, parked, cancelled; or lost, when the claim is no longer good.
create function karara.job_fail(job_id uuid, job_claim integer, words text, pause double precision, again boolean, counted boolean)
returns text
language plpgsql as $$
declare
    moment constant timestamptz := clock_timestamp();
    job karara.jobs;
begin
    select j.* into job from karara.jobs j
    where j.id = job_id and j.claim = job_claim and j.lease_until is not null for no key update;
    if not found then
        return 'lost';
    end if;
    if job.cancel_requested then
        job.last_error := words;
        perform karara.job_move(job, 'cancelled');
        return 'cancelled';
    end if;
    job.attempts := job.attempts - case when counted then 0 else 1 end;
    if not again or job.attempts >= job.max_attempts then
        update karara.jobs j set parked_at = moment, lease_until = null, last_error = words, attempts = job.attempts
        where j.id = job.id;
        return 'parked';
    end if;
    update karara.jobs j set run_at = moment + make_interval(secs => pause), lease_until = null, attempts = job.attempts,
        last_error = coalesce(words, j.last_error)
    where j.id = job.id;
    return 'waiting';
end
$$;

grant execute on function karara.job_take_key(), karara.uuid_v7_floor(timestamptz), karara.job_move(karara.jobs, text) to karara_app, karara_worker;
grant execute on function karara.job_claim(text[], text[], text), karara.job_finish(uuid, integer, text),
    karara.job_fail(uuid, integer, text, double precision, boolean, boolean) to karara_worker;
grant select, insert, update, delete on karara.jobs, karara.jobs_done, karara.job_keys, karara.job_queues
    to karara_app, karara_worker;
