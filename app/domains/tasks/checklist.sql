-- Checklists of tasks. Whoever changes one holds the task's row, locked by a statement of its own (checklist_lock), and raises the task's version:
-- the task shows how many of its steps are done.

-- fragment: checklist_columns
%1.id, %1.task_id, %1.text, %1.done, %1.position, %1.created_at, %1.updated_at, %1.version;

-- name: checklist_list :list
-- $id uuid
-- The steps of a task that the caller may see.
select {{checklist_columns: i}}
from checklist_items i
join tasks t on t.brand_id = i.brand_id and t.id = i.task_id
join boards b on b.brand_id = t.brand_id and b.id = t.board_id
where i.brand_id = $brand_id and i.task_id = $id and {{task_visible}};

-- name: checklist_count :opt
-- $id uuid
-- How many steps a task has. No row: the task isn't there or may not be seen.
select t.checklist_total as count
from tasks t
join boards b on b.brand_id = t.brand_id and b.id = t.board_id
where t.brand_id = $brand_id and t.id = $id and {{task_visible}};

-- name: checklist_get :one
-- $id uuid
-- $item_id uuid
-- One step of a task that the caller may see. No row: it isn't there or may not be seen.
select {{checklist_columns: i}}
from checklist_items i
join tasks t on t.brand_id = i.brand_id and t.id = i.task_id
join boards b on b.brand_id = t.brand_id and b.id = t.board_id
where i.brand_id = $brand_id and i.task_id = $id and i.id = $item_id and {{task_visible}};

-- name: checklist_locate :opt
-- $id uuid
-- $item_id uuid
-- Why a query found no step. No row: the task has none of that id.
select coalesce({{task_visible}}, false) as visible, coalesce({{task_editable}}, false) as changeable, i.version
from checklist_items i
join tasks t on t.brand_id = i.brand_id and t.id = i.task_id
join boards b on b.brand_id = t.brand_id and b.id = t.board_id
where i.brand_id = $brand_id and i.task_id = $id and i.id = $item_id;

-- name: checklist_lock :opt
-- $id uuid
-- Locks the task.
select t.id from tasks t where t.brand_id = $brand_id and t.id = $id for no key update;

-- fragment: checklist_rank
-- The rank between the steps $after and $before of the task, or behind the last; see rank_among. %1: the step that doesn't count.
{{rank_among: checklist_items, x.task_id = $id, %1,
    '{"message": "The step that this one should stand beside is not on that checklist."}',
    '{"message": "The steps that this one should stand between are not in that order."}'}};

-- fragment: checklist_told
-- An event about the task of each row of the CTE %1, which has kind, changes, board_id and task_id.
emitted as (
    insert into karara.events (brand_id, actor_id, kind, subject_type, subject_id, payload, changes, channels, request_id)
    select $brand_id, $actor_id, d.kind, 'task', d.task_id, $changes, d.changes, array['board:' || d.board_id], $request_id from %1 d
);

-- fragment: checklist_happened
-- What came of the step of the CTEs target (as it was: of which task and board) and changed (as it is): the task counts %1 steps more, %2 of
-- them done, and is told of, with an event of the kind %3 and what became different %4.
counted as (
    update tasks t set
        checklist_total = t.checklist_total + %1, checklist_done = t.checklist_done + %2, version = t.version + 1, updated_at = now()
    from changed c
    where t.brand_id = $brand_id and t.id = c.task_id
), told as (
    select %3 as kind, jsonb_build_object('checklist', %4) as changes, k.board_id, k.task_id
    from changed c
    join target k on k.task_id = c.task_id
), {{checklist_told: told}};

-- name: checklist_add :opt
-- $id uuid
-- $text text
-- $done bool
-- $before uuid
-- $after uuid
-- A new step of the task; under its lock. No row: the task isn't there or may not be changed.
with target as materialized (
    select t.id as task_id, t.board_id
    from tasks t
    join boards b on b.brand_id = t.brand_id and b.id = t.board_id
    where t.brand_id = $brand_id and t.id = $id and {{task_editable}}
), changed as (
    insert into checklist_items (brand_id, id, task_id, text, done, position)
    select $brand_id, $new_id, k.task_id, $text, coalesce($done, false), {{checklist_rank: $new_id}}
    from target k
    cross join {{rank_neighbours: checklist_items, x.task_id = $id}}
    returning *
), {{checklist_happened: 1, c.done::int4, 'task.checklist_added', jsonb_build_object('to', c.text)}}
select {{checklist_columns: c}} from changed c;

-- fragment: checklist_target
target as materialized (
    select i.id, i.task_id, i.text, i.done, i.position, t.board_id
    from checklist_items i
    join tasks t on t.brand_id = i.brand_id and t.id = i.task_id
    join boards b on b.brand_id = t.brand_id and b.id = t.board_id
    where i.brand_id = $brand_id and i.task_id = $id and i.id = $item_id and ($if_match::int4 is null or i.version = $if_match)
        and {{task_editable}}
);

-- name: checklist_change :opt
-- $id uuid
-- $item_id uuid
-- $text text
-- $done bool
-- $has_done bool
-- $before uuid
-- $after uuid
-- Sets the fields given; under the task's lock. An event for each thing that became different. No row: not there, not as asked, or not to be
-- changed.
with {{checklist_target}}, changed as (
    update checklist_items i set
        text = coalesce($text, i.text),
        done = case when $has_done then $done else i.done end,
        position = case when $before is null and $after is null then i.position else {{checklist_rank: k.id}} end,
        version = i.version + 1,
        updated_at = now()
    from target k
    cross join {{rank_neighbours: checklist_items, x.task_id = $id}}
    where i.brand_id = $brand_id and i.id = k.id
    returning i.*
), counted as (
    update tasks t set checklist_done = t.checklist_done + c.done::int4 - k.done::int4, version = t.version + 1, updated_at = now()
    from changed c
    join target k on k.id = c.id
    where t.brand_id = $brand_id and t.id = c.task_id
), told as (
    select d.kind, d.changes, k.board_id, c.task_id
    from changed c
    join target k on k.id = c.id
    cross join lateral (values
        ('task.checklist_edited', jsonb_build_object('checklist', jsonb_build_object('from', k.text, 'to', c.text)), c.text <> k.text),
        (case when c.done then 'task.checklist_checked' else 'task.checklist_unchecked' end,
            jsonb_build_object('checklist', jsonb_build_object('to', c.text)), c.done <> k.done),
        ('task.checklist_reordered', '{}', c.text = k.text and c.done = k.done)
    ) d (kind, changes, happened)
    where d.happened
), {{checklist_told: told}}
select {{checklist_columns: c}} from changed c;

-- name: checklist_remove :opt
-- $id uuid
-- $item_id uuid
-- Removes a step; under the task's lock. No row: not there, not as asked, or not to be changed.
with {{checklist_target}}, changed as (
    delete from checklist_items i using target k where i.brand_id = $brand_id and i.id = k.id returning i.*
), {{checklist_happened: -1, -c.done::int4, 'task.checklist_removed', jsonb_build_object('from', c.text)}}
select c.id from changed c;
