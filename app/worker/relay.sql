-- What the relay asks; see relay.h for how these follow each other. All of it runs on one connection, which holds the lock.

-- name: relay_lead :one
-- $key int8
-- $patience text
-- Tries to take the lead: the lock is the session's, and so ends with it. A leader that has stopped, or can't be reached any more, is one
-- that leaves its session idle: the server ends that after so long, which a living one never is. pid: of the session, to notice another.
select
    pg_try_advisory_lock($key) as leads,
    pg_backend_pid() as pid,
    set_config('idle_session_timeout', $patience, false) as idle,
    set_config('idle_in_transaction_session_timeout', $patience, false) as idle_within,
    set_config('lock_timeout', '1s', false) as lock;

-- name: relay_fence :one
-- $key int8
-- Opens each transaction: raises KA012 when another session leads, so that there are never two at once, whatever either believes. The
-- indexes are the way to what is new, however full or empty the table was when the planner last heard of it.
select
    case when pg_try_advisory_xact_lock($key) then pg_backend_pid() else karara.fail('KA012')::int end as pid,
    set_config('enable_seqscan', 'off', true) as plan,
    set_config('enable_hashjoin', 'off', true) as joins,
    set_config('enable_mergejoin', 'off', true) as merges,
    pg_snapshot_xmin(pg_current_snapshot())::text::int8 as oldest,
    pg_snapshot_xmax(pg_current_snapshot())::text::int8 as next;

-- name: relay_number :many
-- $from_id int8
-- $most int4
-- $subjects text[]
-- Gives up to so many visible events, from that id on, the next numbers of their brands, in the order of their ids. Whoever changes an object
-- holds its row when it draws the id, so of one object that is the order of its changes. One row for each brand (nil: none): its
-- numbers, the highest id, and how many are about one of these subjects. No row: nothing is new.
with batch as materialized (
    select
        e.id, e.created_at, e.brand_id is not null and e.subject_type = any($subjects) as told,
        coalesce(e.brand_id, '00000000-0000-0000-0000-000000000000') as scope,
        row_number() over (partition by e.brand_id order by e.id) as place
    from (
        select n.id, n.brand_id, n.subject_type, n.created_at from karara.events n
        where n.sequenced_at is null and n.id >= $from_id order by n.id limit $most
    ) e
), wanted as materialized (
    select
        b.scope, count(*) as total, count(*) filter (where b.told) as told, max(b.id) as last_id, min(b.id) as first_id,
        min(b.created_at) as oldest
    from batch b group by b.scope
), counted as (
    insert into karara.event_counters as c (brand_id, last_sequence)
    select w.scope, w.total from wanted w
    on conflict (brand_id) do update set last_sequence = c.last_sequence + excluded.last_sequence
    returning c.brand_id, c.last_sequence
), numbered as (
    update karara.events e
    set sequence = c.last_sequence - w.total + b.place, sequenced_at = now()
    from batch b
    join wanted w on w.scope = b.scope
    join counted c on c.brand_id = b.scope
    where e.id = b.id and e.sequenced_at is null
    returning e.id
)
select
    w.scope as brand_id, c.last_sequence - w.total + 1 as first_sequence, c.last_sequence, w.told, w.first_id, w.last_id, w.oldest,
    case
        when (select count(*) from numbered) = (select count(*) from batch) then true
        else karara.fail('KA013')
    end as complete
from wanted w
join counted c on c.brand_id = w.scope;

-- name: relay_brand :one
-- $of_brand_id uuid
-- Names the brand for row-level security.
select set_config('karara.brand_id', $of_brand_id::text, true) as brand;

-- fragment: event_id_in
-- The id behind %1 in the event's channels, or null: 'board:0192…'.
(select substr(c, length(%1) + 1)::uuid from unnest(e.channels) c where c ~ ('^' || %1 || '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$') limit 1);

-- fragment: event_id_from
-- The id that the text %1 is, or null.
case when %1 ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then (%1)::uuid end;

-- fragment: event_changes
-- What the writer said, with the names of lists beside their ids; else what the request asked for, short values only.
case
    when e.kind ~ '\.(created|deleted)$' then null
    when e.changes is null then (
        select jsonb_object_agg(p.key, jsonb_build_object('to', p.value))
        from jsonb_each(e.payload) p
        where length(p.value::text) <= 500
    )
    when e.changes ? 'list_id' then e.changes || jsonb_build_object('list_id', (e.changes -> 'list_id') || jsonb_build_object(
        'from_name', o.name, 'to_name', n.name
    ))
    else e.changes
end;

-- name: relay_tell :exec
-- $of_brand_id uuid
-- $first int8
-- $last int8
-- $subjects text[]
-- $noise text[]
-- The activity that follows from these events of the brand, which the same transaction has numbered. Nothing of a brand that is
-- being deleted, nor of a board or team that is gone. A task that is gone has its title from the event. Ids are made of texts before tables
-- are asked for them: row-level security would keep such conditions away from the indexes.
with told as materialized (
    select
        e.*, {{event_id_in: 'board:'}} as board_id,
        case when e.subject_type = 'task' then e.subject_id else {{event_id_from: e.payload ->> 'task_id'}} end as task_id,
        {{event_id_from: e.changes #>> '{list_id,from}'}} as old_list_id, {{event_id_from: e.changes #>> '{list_id,to}'}} as new_list_id
    from (select k.id from karara.brands k where k.id = $of_brand_id for key share skip locked) k
    join karara.events e on e.brand_id = k.id and e.sequence between $first and $last and e.sequenced_at = now()
    where e.subject_type = any($subjects) and not e.kind = any($noise)
)
insert into activities
    (brand_id, sequence, actor_id, verb, subject_type, subject_id, subject_title, subject_reference, team_id, board_id, task_id, changes,
     created_at)
select
    e.brand_id, e.sequence, e.actor_id, substr(e.kind, strpos(e.kind, '.') + 1), e.subject_type, e.subject_id,
    left(coalesce(t.title, l.name, case when e.subject_type = 'board' then b.name end, m.name,
        e.changes #>> '{title,from}', e.changes #>> '{name,from}', ''), 255),
    b.key || '-' || coalesce(t.number::text, e.changes #>> '{number,from}'),
    case when e.subject_type = 'team' then m.id end, b.id, e.task_id,
    coalesce({{event_changes}}, '{}'), e.created_at
from told e
left join boards b on b.brand_id = $of_brand_id and b.id = e.board_id
left join tasks t on t.brand_id = $of_brand_id and t.id = e.task_id
left join lists l on l.brand_id = $of_brand_id and l.id = e.subject_id and e.subject_type = 'list'
left join lists o on o.brand_id = $of_brand_id and o.id = e.old_list_id
left join lists n on n.brand_id = $of_brand_id and n.id = e.new_list_id
left join teams m on m.brand_id = $of_brand_id and m.id = e.subject_id and e.subject_type = 'team'
where b.id is not null or m.id is not null
on conflict (brand_id, sequence) do nothing;

-- name: relay_follow :exec
-- $first_id int8
-- $last_id int8
-- $patterns text[]
-- $about text[]
-- $kinds text[]
-- $queues text[]
-- $priorities text[]
-- $attempts text[]
-- One job for each event that the same transaction has numbered, of those with these ids, and each follower whose pattern its kind is like, and who
-- asks about one of the keys that it has ('': about any).
insert into karara.jobs (id, kind, queue, priority, max_attempts, brand_id, actor_id, payload, request_id)
select
    karara.uuid_v7(), f.kind, f.queue, f.priority::int2, f.attempts::int2, e.brand_id, e.actor_id,
    jsonb_build_object('event_id', e.id, 'sequence', e.sequence), e.request_id
from karara.events e
join unnest($patterns, $about, $kinds, $queues, $priorities, $attempts) f (pattern, about, kind, queue, priority, attempts)
    on e.kind like f.pattern and (
        f.about = '' or e.payload ?| string_to_array(f.about, ',') or coalesce(e.changes ?| string_to_array(f.about, ','), false)
    )
where e.id between $first_id and $last_id and e.sequenced_at = now()
order by e.id;

-- name: relay_wake_hubs :one
-- Tells who waits for events that there are more; commits with what it tells of.
select true as told from (select pg_notify('karara_events', '')) n;
