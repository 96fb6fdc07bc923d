-- Changing tasks. How writes keep apart stands at the head of tasks.sql.

-- fragment: task_target
-- The task as it stands, if the caller may change it.
target as materialized (
    select
        t.id, t.board_id, t.list_id, t.status, t.position, t.archived_at, b.key, {{task_facts: t}} as facts, t.description,
        t.custom_fields, t.brand_id
    from tasks t
    join boards b on b.brand_id = t.brand_id and b.id = t.board_id
    where t.brand_id = $brand_id and t.id = $id and {{task_as_asked}} and {{task_editable}}
);

-- fragment: task_facts
-- What people read about when it becomes different, of the task %1.
jsonb_build_object(
    'title', %1.title, 'task_type', %1.task_type, 'status', %1.status, 'priority', %1.priority, 'list_id', %1.list_id,
    'parent_task_id', %1.parent_task_id, 'start_at', %1.start_at, 'due_at', %1.due_at, 'estimated_hours', %1.estimated_hours,
    'tags', %1.tags
);

-- fragment: task_changes
-- What became different about the task c, which was k. Of long things only that they did.
coalesce({{differences: k.facts, {{task_facts: c}}}}, '{}')
    || case when c.description <> k.description then '{"description": {}}' else '{}' end::jsonb
    || case when c.custom_fields <> k.custom_fields then '{"custom_fields": {}}' else '{}' end::jsonb;

-- fragment: task_reassigned_changes
coalesce((
    select jsonb_build_object('assignee_ids', jsonb_build_object('added', s.comes, 'removed', s.goes))
    from assignment s
    where s.id = c.id and s.comes || s.goes <> '{}'
), '{}');

-- fragment: task_fields
-- What an update sets by the fields given, beside the place.
title = coalesce($title, t.title),
description = case when $has_description then coalesce($description, '') else t.description end,
task_type = coalesce($task_type, t.task_type),
priority = coalesce($priority, t.priority),
start_at = case when $has_start_at then $start_at else t.start_at end,
due_at = case when $has_due_at then $due_at else t.due_at end,
estimated_hours = case when $has_estimated_hours then $estimated_hours else t.estimated_hours end,
tags = case when $has_tags then coalesce($tags, '{}') else t.tags end,
custom_fields = case
    when not $has_custom_fields then t.custom_fields
    when $custom_fields::jsonb is null then '{}'
    else {{json_merged: t.custom_fields, $custom_fields, 'custom_fields'}}
end;

-- fragment: task_fields_right
-- True, or KA422: what can only be told with the fields that aren't given. Asks about the task %1 and no other, in
-- whatever order the rows are looked at.
case
    when t.id <> %1.id then false
    when ($has_start_at or $has_due_at)
        and case when $has_due_at then $due_at else t.due_at end < case when $has_start_at then $start_at else t.start_at end
        then karara.fail('KA422', '{"field": "due_at", "message": "must not be before start_at"}')
    else true
end;

-- name: task_edit :opt
-- $id uuid
-- $title text
-- $description text
-- $has_description bool
-- $task_type text
-- $priority text
-- $start_at timestamptz
-- $has_start_at bool
-- $due_at timestamptz
-- $has_due_at bool
-- $estimated_hours float8
-- $has_estimated_hours bool
-- $tags text[]
-- $has_tags bool
-- $custom_fields jsonb
-- $has_custom_fields bool
-- Sets fields that have nothing to do with where the task stands; no lock needed. No row: not there, not as asked, or
-- not to be changed.
with {{task_target}}, changed as (
    update tasks t set {{task_fields}}, version = t.version + 1, updated_at = now()
    from target k
    where t.brand_id = $brand_id and t.id = k.id and {{task_as_asked}} and {{task_fields_right: k}}
    returning t.*
), {{emit_change: 'task', array['board:' || c.board_id], {{task_changes}}}}
{{task_result}};

-- name: task_prioritize :opt
-- $id uuid
-- $priority text
-- Sets the priority. No row: not there, not as asked, or not to be changed.
with {{task_target}}, changed as (
    update tasks t set priority = $priority, version = t.version + 1, updated_at = now()
    from target k
    where t.brand_id = $brand_id and t.id = k.id and {{task_as_asked}}
    returning t.*
), {{emit_change: 'task', array['board:' || c.board_id], {{task_changes}}}}
{{task_result}};

-- fragment: task_assignment
-- Who shall be assigned, who comes and who goes (as things are when $assignee_ids is null). Who may not assign others
-- may come and go themselves.
assignment as materialized (
    select k.id, d.ids, d.comes, d.goes,
        case
            when $can_assign_tasks or d.comes || d.goes <@ array[$actor_id::uuid] then true
            else karara.fail('KA403', '{"message": "You may not assign tasks to others."}')
        end as allowed
    from target k
    cross join lateral (
        select o.old,
            case when $assignee_ids::uuid[] is null then o.old else {{task_named_once: $assignee_ids}} end as ids
        from (select {{task_assignee_ids: k}} as old) o
    ) s
    cross join lateral (
        select s.ids,
            array(select unnest(s.ids) except select unnest(s.old)) as comes,
            array(select unnest(s.old) except select unnest(s.ids)) as goes
    ) d
);

-- fragment: task_reassigned
unassigned as (
    delete from task_assignees a using assignment s, changed c
    where a.brand_id = $brand_id and a.task_id = c.id and a.user_id = any(s.goes)
), assigned as (
    insert into task_assignees as a (brand_id, task_id, user_id, position)
    select c.brand_id, c.id, n.id, n.place
    from changed c
    cross join assignment s
    cross join lateral unnest(s.ids) with ordinality n (id, place)
    where $assignee_ids is not null
    on conflict (brand_id, task_id, user_id) do update set position = excluded.position where a.position <> excluded.position
);

-- fragment: task_reassigned_result
select {{task_columns: c, k.key}}, c.description, w.ids as assignee_ids, w.people as assignees
from changed c
join target k on k.id = c.id
join assignment s on s.id = c.id
cross join lateral {{task_people_named: s.ids}} w;

-- name: task_assign :opt
-- $id uuid
-- $assignee_ids uuid[]
-- Sets who is assigned; under the locks of the board and of the people. No row: not there, not as asked, or not to be
-- changed.
with {{task_target}}, {{task_assignment}}, place as materialized (
    select k.id, s.allowed and case
        when k.status = 'in_progress' and k.archived_at is null then {{task_people_have_room: s.comes, k.id}}
        else true
    end as allowed
    from target k
    join assignment s on s.id = k.id
), changed as (
    update tasks t set version = t.version + 1, updated_at = now()
    from place p
    where {{task_where_placed}}
    returning t.*
), {{task_reassigned}}, {{emit_change: 'task', array['board:' || c.board_id], {{task_changes}} || {{task_reassigned_changes}}}}
{{task_reassigned_result}};

-- name: task_change :opt
-- $id uuid
-- $list_id uuid
-- $status text
-- $assignee_ids uuid[]
-- $parent_task_id uuid
-- $has_parent_task_id bool
-- $title text
-- $description text
-- $has_description bool
-- $task_type text
-- $priority text
-- $start_at timestamptz
-- $has_start_at bool
-- $due_at timestamptz
-- $has_due_at bool
-- $estimated_hours float8
-- $has_estimated_hours bool
-- $tags text[]
-- $has_tags bool
-- $custom_fields jsonb
-- $has_custom_fields bool
-- Any fields at once, those that place the task and those that describe it; under the locks of the board and of the
-- people. No row: not there, not as asked, or not to be changed.
with {{task_target}}, {{task_chosen}}, {{task_assignment}},
{{task_place: false, {{task_last_rank: g.list_id, k.id}}, case when k.status = 'in_progress' then s.comes else s.ids end,
    join assignment s on s.id = k.id}},
changed as (
    update tasks t set
        parent_task_id = case when $has_parent_task_id then $parent_task_id else t.parent_task_id end,
        {{task_fields}},
        {{task_placed}}
    from place p
    join assignment s on s.id = p.id
    where {{task_where_placed}} and s.allowed and {{task_fields_right: p}}
    returning t.*
), {{task_counted}}, {{task_reassigned}}, {{emit_change: 'task', array['board:' || c.board_id], {{task_changes}} || {{task_reassigned_changes}}}}
{{task_reassigned_result}};

-- fragment: task_board_counted
-- Adds %1 to the counts of list and board, if %2 of the task k.
counted as (
    update lists l set task_count = l.task_count + (%1)
    from changed c
    join target k on k.id = c.id
    where l.brand_id = $brand_id and l.id = c.list_id and %2
), board_counted as (
    update boards b set task_count = b.task_count + (%1)
    from changed c
    join target k on k.id = c.id
    where b.brand_id = $brand_id and b.id = c.board_id and %2
);

-- name: task_archive :opt
-- $id uuid
-- Puts the task away; under the lock of the board. One that is archived stays so. No row: not there, not as asked, or
-- not to be changed.
with {{task_target}}, changed as (
    update tasks t set archived_at = coalesce(t.archived_at, now()), version = t.version + 1, updated_at = now()
    from target k
    where t.brand_id = $brand_id and t.id = k.id and {{task_as_asked}}
    returning t.*
), {{task_board_counted: -1, k.archived_at is null}}, {{emit_change: 'task', array['board:' || c.board_id], {{task_changes}}}}
{{task_result}};

-- name: task_restore :opt
-- $id uuid
-- Brings an archived task back, to the end of its list, if the limits allow; under the locks of the board and of the
-- people. No row: not there, not as asked, or not to be changed.
with {{task_target}}, place as materialized (
    select k.id,
        case
            when k.archived_at is null then true
            when l.task_count >= l.wip_limit then {{task_list_full: l}}
            when k.status = 'in_progress' then {{task_people_have_room: {{task_assignee_ids: k}}, k.id}}
            else true
        end as allowed,
        case when k.archived_at is null then k.position else {{task_last_rank: k.list_id, k.id}} end as position
    from target k
    join lists l on l.brand_id = $brand_id and l.id = k.list_id
), changed as (
    update tasks t set archived_at = null, position = p.position, version = t.version + 1, updated_at = now()
    from place p
    where {{task_where_placed}}
    returning t.*
), {{task_board_counted: 1, k.archived_at is not null}}, {{emit_change: 'task', array['board:' || c.board_id], {{task_changes}}}}
{{task_result}};

-- name: task_delete :opt
-- $id uuid
-- Removes the task for good; its subtasks stand by themselves afterwards; under the lock of the board. No row: not
-- there, not as asked, or not to be deleted.
with target as materialized (
    select t.id, t.archived_at
    from tasks t
    join boards b on b.brand_id = t.brand_id and b.id = t.board_id
    where t.brand_id = $brand_id and t.id = $id and {{task_as_asked}} and $can_delete_tasks and {{board_open}}
), changed as (
    delete from tasks t using target k where t.brand_id = $brand_id and t.id = k.id and {{task_as_asked}} returning t.*
), freed as (
    update tasks x set parent_task_id = null, version = x.version + 1, updated_at = now()
    from changed c
    where x.brand_id = $brand_id and x.parent_task_id = c.id
), {{task_board_counted: -1, k.archived_at is null}},
{{emit_change: 'task', array['board:' || c.board_id],
    jsonb_build_object('title', jsonb_build_object('from', c.title), 'number', jsonb_build_object('from', c.number))}}
select c.id from changed c;
