-- What happens to tasks by themselves: completed ones are archived after so many days, if their board says so (settings.auto_archive_days); and
-- archived ones go for good after as many days as their brand keeps data.

-- fragment: board_archive_days
-- After how many days the board %1 puts its completed tasks away; null: never.
case when jsonb_typeof(%1.settings -> 'auto_archive_days') = 'number' then (%1.settings ->> 'auto_archive_days')::int4 end;

-- fragment: task_archive_due
-- Whether the task t is to be put away, on a board where that happens after so many days (%1). One with open subtasks waits for them.
t.archived_at is null and t.completed_at <= now() - make_interval(days => %1) and t.status = 'completed'
    and not exists (
        select from tasks s
        where s.brand_id = t.brand_id and s.parent_task_id = t.id and s.archived_at is null and s.status not in ('completed', 'cancelled')
    );

-- fragment: boards_archiving
-- The brand's boards on which a task is to be put away.
select b.id, d.days
from boards b
cross join lateral (select {{board_archive_days: b}} as days) d
where b.brand_id = %1 and d.days is not null and exists (
    select from tasks t where t.brand_id = b.brand_id and t.board_id = b.id and {{task_archive_due: d.days}}
);

-- name: archive_brands :many
-- $after uuid
-- $most int4
-- The next brands behind $after that can be worked in. No row: there are no more.
select b.id from karara.brands b where b.status = 'active' and b.id > $after order by b.id limit $most;

-- name: archive_brand :one
-- $of_brand_id uuid
-- Names the brand for row-level security.
select set_config('karara.brand_id', $of_brand_id::text, true) as brand;

-- name: archive_enqueue :exec
-- $of_brand_id uuid
-- One job for the brand, if a board of it has something to put away.
with wanted as (
    select $of_brand_id::uuid as brand_id where exists ({{boards_archiving: $of_brand_id}})
), {{enqueue: wanted, auto_archive_brand, '{}', 'auto_archive:' || brand_id}}
select 1 from wanted;

-- name: archive_boards :many
-- The boards of this brand on which something is to be put away. No row: none.
{{boards_archiving: $brand_id}} order by b.id;

-- name: archive_tasks :one
-- $board_id uuid
-- $days int4
-- $batch int4
-- Puts tasks of the board away; under the lock of the board. How many; always a row.
with target as materialized (
    select t.id
    from tasks t
    where t.brand_id = $brand_id and t.board_id = $board_id and {{task_archive_due: $days}}
    order by t.completed_at, t.id limit $batch
    for no key update of t
), changed as (
    update tasks t set archived_at = now(), version = t.version + 1, updated_at = now()
    from target k
    where t.brand_id = $brand_id and t.id = k.id
    returning t.*
), counted as (
    update lists l set task_count = l.task_count - n.tasks
    from (select c.list_id, count(*) as tasks from changed c group by c.list_id) n
    where l.brand_id = $brand_id and l.id = n.list_id
), board_counted as (
    update boards b set task_count = b.task_count - n.tasks
    from (select count(*) as tasks from changed) n
    where b.brand_id = $brand_id and b.id = $board_id and n.tasks > 0
), told as (
    insert into karara.events (brand_id, kind, subject_type, subject_id, payload, changes, channels, request_id)
    select c.brand_id, 'task.archived', 'task', c.id, jsonb_build_object('after_days', $days), '{}', array['board:' || c.board_id], $request_id
    from changed c
)
select count(*)::int4 as done from changed;

-- name: retire_boards :many
-- $before timestamptz
-- The boards of this brand with tasks that were archived before that. No row: none.
select b.id
from boards b
where b.brand_id = $brand_id and exists (
    select from tasks t where t.brand_id = b.brand_id and t.board_id = b.id and t.archived_at < $before
)
order by b.id;

-- name: retire_tasks :one
-- $board_id uuid
-- $before timestamptz
-- $batch int4
-- Removes tasks of the board for good that were archived before that; their subtasks stand by themselves afterwards; under the lock of the
-- board. Events don't repeat what the tasks were called, which would keep it. How many; always a row.
with target as materialized (
    select t.id from tasks t
    where t.brand_id = $brand_id and t.board_id = $board_id and t.archived_at < $before
    order by t.archived_at, t.id limit $batch
    for update of t
), changed as (
    delete from tasks t using target k where t.brand_id = $brand_id and t.id = k.id returning t.*
), freed as (
    update tasks x set parent_task_id = null, version = x.version + 1, updated_at = now()
    from changed c
    where x.brand_id = $brand_id and x.parent_task_id = c.id and x.id not in (select k.id from target k)
), told as (
    insert into karara.events (brand_id, kind, subject_type, subject_id, payload, changes, channels, request_id)
    select
        c.brand_id, 'task.deleted', 'task', c.id, '{"retention": true}', jsonb_build_object('number', jsonb_build_object('from', c.number)),
        array['board:' || c.board_id], $request_id
    from changed c
)
select count(*)::int4 as done from changed;
