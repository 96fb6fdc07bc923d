-- Making tasks. How writes keep apart stands at the head of tasks.sql.

-- fragment: task_taken_up
-- What comes of a new task, the CTE changed, at its place: the people (place.ids) whom it is assigned to, and the counts of list and board.
assigned as (
    insert into task_assignees (brand_id, task_id, user_id, position)
    select c.brand_id, c.id, n.id, n.place
    from changed c
    cross join place p
    cross join lateral unnest(p.ids) with ordinality n (id, place)
), counted as (
    update lists l set task_count = l.task_count + 1 from changed c where l.brand_id = $brand_id and l.id = c.list_id
), numbered as (
    update boards b set task_count = b.task_count + 1, last_task_number = c.number
    from changed c
    where b.brand_id = $brand_id and b.id = c.board_id
);

-- name: task_create :one
-- $board_id uuid
-- $list_id uuid
-- $status text
-- $title text
-- $description text
-- $task_type text
-- $priority text
-- $parent_task_id uuid
-- $start_at timestamptz
-- $due_at timestamptz
-- $estimated_hours float8
-- $tags text[]
-- $custom_fields jsonb
-- $assignee_ids uuid[]
-- A new task at the end of its list; under the lock of the board. No row: the board isn't there or the caller may
-- make none there.
with place as materialized (
    select b.id as board_id, b.key, b.project_id, b.last_task_number + 1 as number, l.id, l.wip_limit, g.status, n.ids,
        case
            when l.id is null
                then karara.fail('KA422', '{"field": "list_id", "message": "There is no such list on this board."}')
            when $list_id::uuid is not null and $status::text <> l.status
                then karara.fail('KA422', '{"field": "status", "message": "That list is for tasks of another status."}')
            when l.task_count >= l.wip_limit then {{task_list_full: l}}
            when g.status = 'in_progress' then {{task_people_have_room: n.ids, $new_id}}
            else true
        end as allowed
    from boards b
    left join lateral {{task_first_list: b.id}} l on true
    cross join lateral (select coalesce($status, l.status) as status) g
    cross join lateral (select {{task_named_once: $assignee_ids::uuid[]}} as ids) n
    where b.brand_id = $brand_id and b.id = $board_id and {{board_open}}
), changed as (
    insert into tasks (
        brand_id, id, board_id, list_id, project_id, parent_task_id, number, title, description, task_type, status, priority,
        position, start_at, due_at, completed_at, estimated_hours, tags, custom_fields, created_by
    )
    select
        $brand_id, $new_id, p.board_id, p.id, p.project_id, $parent_task_id, p.number, $title, coalesce($description, ''),
        coalesce($task_type, 'task'), p.status, coalesce($priority, 'medium'), {{task_last_rank: p.id, $new_id}}, $start_at,
        $due_at, case when p.status = 'completed' then now() end, $estimated_hours, coalesce($tags, '{}'),
        coalesce({{json_merged: '{}'::jsonb, $custom_fields, 'custom_fields'}}, '{}'), $actor_id
    from place p
    where p.allowed
    returning *
), {{task_taken_up}}, {{emit_event: changed, 'task', id, array['board:' || board_id]}}
select {{task_columns: c, p.key}}, c.description, w.ids as assignee_ids, w.people as assignees
from changed c
cross join place p
cross join lateral {{task_people_named: p.ids}} w;

-- fragment: task_depth
-- How many tasks stand above the task %1, itself counted; 9 when they go round.
(
    with recursive up as (
        select x.id, x.parent_task_id, 1 as depth from tasks x where x.brand_id = $brand_id and x.id = %1
        union all
        select x.id, x.parent_task_id, u.depth + 1
        from up u
        join tasks x on x.brand_id = $brand_id and x.id = u.parent_task_id
        where u.depth < 9
    )
    select max(up.depth) from up
);

-- fragment: task_too_deep
karara.fail('KA422', '{"field": "parent_task_id", "message": "Subtasks can be nested 3 deep."}');

-- name: task_new_parent_check :one
-- $board_id uuid
-- $parent_task_id uuid
-- Raises KA422 when a new task on this board can't stand below that one; under the lock of the board.
select case
    when not exists (
        select from tasks t where t.brand_id = $brand_id and t.id = $parent_task_id and t.board_id = $board_id
    ) then karara.fail('KA422', '{"field": "parent_task_id", "message": "There is no such task on this board."}')
    when {{task_depth: $parent_task_id}} > 3 then {{task_too_deep}}
    else true
end as fits;

-- name: task_parent_check :opt
-- $id uuid
-- $parent_task_id uuid
-- Raises KA422 when the task can't stand below that one: on another board, below itself, or too deep; under the lock
-- of the board.
with recursive down as (
    select t.id, 0 as depth
    from tasks t
    join boards b on b.brand_id = t.brand_id and b.id = t.board_id
    where t.brand_id = $brand_id and t.id = $id and {{task_editable}}
    union all
    select x.id, d.depth + 1
    from down d
    join tasks x on x.brand_id = $brand_id and x.parent_task_id = d.id
    where d.depth < 9
)
select case
    when not exists (
        select from tasks p
        join tasks t on t.brand_id = p.brand_id and t.board_id = p.board_id
        where p.brand_id = $brand_id and p.id = $parent_task_id and t.id = $id
    ) then karara.fail('KA422', '{"field": "parent_task_id", "message": "There is no such task on this board."}')
    when bool_or(down.id = $parent_task_id)
        then karara.fail('KA422', '{"field": "parent_task_id", "message": "A task can''t stand below itself."}')
    when max(down.depth) + {{task_depth: $parent_task_id}} > 3 then {{task_too_deep}}
    else true
end as fits
from down
having count(*) > 0;
