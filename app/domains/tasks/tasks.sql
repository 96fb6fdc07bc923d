-- Tasks.
--
-- Where a task stands (list, status, position, archived_at, parent, assignees), the counts of lists and boards, and
-- last_task_number change only in a transaction that holds the row of the board, locked by a statement of its own
-- (task_lock, board_lock): the statement after it has a new snapshot and so sees what the holder before it committed.
-- What may enter somebody's work in progress locks the membership rows of those people next, in the order of their
-- ids (task_members_lock, task_assignees_lock). A change of other fields takes no lock but the task's own row.

-- fragment: task_mine
exists (select from task_assignees a where a.brand_id = t.brand_id and a.task_id = t.id and a.user_id = $actor_id);

-- fragment: task_visible
({{board_open}} or {{task_mine}});

-- fragment: task_editable
case
    when {{board_open}} then $can_edit_tasks or $can_edit_assigned_tasks and (t.created_by = $actor_id or {{task_mine}})
    else $can_edit_assigned_tasks and {{task_mine}}
end;

-- fragment: task_as_asked
($if_match::int4 is null or t.version = $if_match);

-- fragment: task_columns
-- %1 the task, %2 the key of its board.
%1.id, %1.number, %2 || '-' || %1.number as reference, %1.title, %1.task_type, %1.status, %1.priority, %1.board_id, %1.list_id,
%1.project_id, %1.parent_task_id, %1.position, %1.start_at, %1.due_at, %1.completed_at, %1.estimated_hours, %1.actual_hours,
%1.tags, %1.custom_fields, %1.checklist_total, %1.checklist_done, %1.archived_at, %1.created_by, %1.created_at, %1.updated_at, %1.version;

-- fragment: task_assignee_ids
array(
    select a.user_id from task_assignees a where a.brand_id = %1.brand_id and a.task_id = %1.id order by a.position, a.user_id
);

-- fragment: task_row_columns
{{task_columns: t, b.key}}, t.description, {{task_assignee_ids: t}} as assignee_ids;

-- fragment: task_person
jsonb_build_object('id', %1.id, 'name', {{board_person_name: %1}}, 'avatar_url', null);

-- fragment: task_people
-- ids and people: the assignees of task %1, in their order.
(
    select
        coalesce(array_agg(u.id order by a.position, u.id), '{}') as ids,
        coalesce(jsonb_agg({{task_person: u}} order by a.position, u.id), '[]') as people
    from task_assignees a
    join karara.users u on u.id = a.user_id
    where a.brand_id = %1.brand_id and a.task_id = %1.id
);

-- fragment: task_people_named
-- The same for those named in the array %1, since a statement doesn't see the rows it writes.
(
    select
        coalesce(array_agg(u.id order by n.place), '{}') as ids,
        coalesce(jsonb_agg({{task_person: u}} order by n.place), '[]') as people
    from unnest(%1) with ordinality n (id, place)
    join karara.users u on u.id = n.id
);

-- fragment: task_named_once
array(select n.id from unnest(%1) with ordinality n (id, place) group by n.id order by min(n.place));

-- fragment: task_in_progress_of
-- How much the person %1 has in progress, without the task %2.
(
    select count(*) from task_assignees o where o.brand_id = $brand_id and o.user_id = %1 and o.in_progress and o.task_id <> %2
);

-- fragment: task_people_have_room
-- False never: raises KA411 for one of the people in the array %1 whose work in progress, without the task %2, is at its limit.
not exists (
    select from unnest(%1) n (id)
    where case
        when {{task_in_progress_of: n.id, %2}} >= (select u.wip_limit from karara.users u where u.id = n.id) then (
            select karara.fail('KA411', jsonb_build_object(
                'scope', 'user', 'limit', u.wip_limit, 'user_id', u.id,
                'message', {{board_person_or_someone: u}} || ' already has as many tasks in progress as allowed.')::text)
            from karara.users u where u.id = n.id
        )
        else false
    end
);

-- fragment: task_list_full
-- Raises KA411 for the list %1.
karara.fail('KA411', jsonb_build_object(
    'scope', 'list', 'limit', %1.wip_limit, 'list_id', %1.id,
    'message', 'That list already has as many tasks as allowed.')::text);

-- fragment: task_stands_in
-- Whether the task x stands in the list %1: what is archived stands nowhere.
x.list_id = %1 and x.archived_at is null;

-- fragment: task_last_rank
-- The rank behind the last task of list %1, without task %2.
{{rank_last: tasks, {{task_stands_in: %1}}, %2}};

-- fragment: task_people_lock
-- Locks the memberships of the people that %1 (a select of user_id) gives.
select m.user_id
from karara.brand_members m
where m.brand_id = $brand_id and m.user_id in (%1)
order by m.user_id
for no key update of m;


-- ---- reading ----

-- name: task_get :one
-- $id uuid
-- One task that the caller may see. No row: it isn't there or may not be seen.
select {{task_columns: t, b.key}}, t.description, p.ids as assignee_ids, p.people as assignees
from tasks t
join boards b on b.brand_id = t.brand_id and b.id = t.board_id
cross join lateral {{task_people: t}} p
where t.brand_id = $brand_id and t.id = $id and {{task_visible}};

-- name: task_locate :opt
-- $id uuid
-- Why a query found no task. No row: it isn't in this brand.
select coalesce({{task_visible}}, false) as visible, coalesce({{task_editable}}, false) as changeable, t.version
from tasks t
join boards b on b.brand_id = t.brand_id and b.id = t.board_id
where t.brand_id = $brand_id and t.id = $id;

-- name: task_locate_deletable :opt
-- $id uuid
-- As task_locate, for those who would delete it.
select coalesce({{task_visible}}, false) as visible, {{board_open}} and $can_delete_tasks as changeable, t.version
from tasks t
join boards b on b.brand_id = t.brand_id and b.id = t.board_id
where t.brand_id = $brand_id and t.id = $id;

-- fragment: task_titled
-- Every word of $q stands in the title of task t or in its reference; the key is that of its board b.
($q::text is null or lower(b.key || '-' || t.number || ' ' || t.title) like all (array(
    select '%' || regexp_replace(w.word, '([\\%_])', '\\\1', 'g') || '%' from regexp_split_to_table(lower($q), '\s+') w (word)
)));

-- fragment: task_assigned_to
($assignee_id::uuid is null or exists (
    select from task_assignees a where a.brand_id = t.brand_id and a.task_id = t.id and a.user_id = $assignee_id
));

-- name: task_list_board :list
-- $id uuid
-- $q text
-- $assignee_id uuid
-- The tasks of one board that aren't archived.
select {{task_row_columns}}
from tasks t
join boards b on b.brand_id = t.brand_id and b.id = t.board_id
where t.brand_id = $brand_id and t.board_id = $id and t.archived_at is null and {{task_visible}} and {{task_titled}}
    and {{task_assigned_to}};

-- name: task_list_board_archived :list
-- $id uuid
-- $q text
-- $assignee_id uuid
-- The archived tasks of one board.
select {{task_row_columns}}
from tasks t
join boards b on b.brand_id = t.brand_id and b.id = t.board_id
where t.brand_id = $brand_id and t.board_id = $id and t.archived_at is not null and {{task_visible}} and {{task_titled}}
    and {{task_assigned_to}};

-- name: task_list :list
-- $q text
-- The tasks of the brand that the caller may see and that aren't archived.
select {{task_row_columns}}
from tasks t
join boards b on b.brand_id = t.brand_id and b.id = t.board_id
where t.brand_id = $brand_id and t.archived_at is null and {{task_visible}} and {{task_titled}};

-- name: task_list_archived :list
-- $q text
-- The archived tasks of the brand that the caller may see.
select {{task_row_columns}}
from tasks t
join boards b on b.brand_id = t.brand_id and b.id = t.board_id
where t.brand_id = $brand_id and t.archived_at is not null and {{task_visible}} and {{task_titled}};

-- name: task_list_assigned :list
-- $assignee_id uuid
-- $q text
-- $archived bool
-- The tasks of one person, found by who is assigned.
select {{task_row_columns}}
from task_assignees o
join tasks t on t.brand_id = o.brand_id and t.id = o.task_id
join boards b on b.brand_id = t.brand_id and b.id = t.board_id
where o.brand_id = $brand_id and o.user_id = $assignee_id and (t.archived_at is not null) = coalesce($archived, false)
    and {{task_visible}} and {{task_titled}};

-- name: task_list_mine :list
-- $q text
-- $archived bool
-- The caller's own tasks: /users/me/tasks, and all that somebody without teams may see.
select {{task_row_columns}}
from task_assignees o
join tasks t on t.brand_id = o.brand_id and t.id = o.task_id
join boards b on b.brand_id = t.brand_id and b.id = t.board_id
where o.brand_id = $brand_id and o.user_id = $actor_id and (t.archived_at is not null) = coalesce($archived, false)
    and {{task_titled}};

-- name: task_count_board :opt
-- $id uuid
-- How many tasks of a board the caller may see. No row: the board isn't there or may not be seen.
select ({{tasks_seen_of: b.task_count, t.board_id = b.id}})::int8 as count
from boards b
where b.brand_id = $brand_id and b.id = $id and {{board_visible}};

-- name: task_count :one
-- How many tasks of the brand the caller may see, those of their own on other teams' boards counted up to 10001.
select (
    (select coalesce(sum(b.task_count), 0) from boards b where b.brand_id = $brand_id and {{board_open}})
    + case when $see_all then 0 else (
        select count(*) from (
            select
            from task_assignees a
            where a.brand_id = $brand_id and a.user_id = $actor_id and (
                select t.archived_at is null and not {{board_open}}
                from tasks t
                join boards b on b.brand_id = t.brand_id and b.id = t.board_id
                where t.brand_id = a.brand_id and t.id = a.task_id
            )
            limit 10001
        ) own
    ) end
)::int8 as count;


-- ---- locks ----

-- name: task_lock :opt
-- $id uuid
-- Locks the board that the task stands on.
select b.id
from tasks t
join boards b on b.brand_id = t.brand_id and b.id = t.board_id
where t.brand_id = $brand_id and t.id = $id
for no key update of b;

-- name: task_members_lock :many
-- $id uuid
-- Locks the memberships of those who are assigned; under the lock of the board.
{{task_people_lock: select a.user_id from task_assignees a where a.brand_id = $brand_id and a.task_id = $id}};

-- name: task_enter_lock :many
-- $id uuid
-- $list_id uuid
-- $status text
-- The same, if list or status may put the task in progress.
{{task_people_lock: select a.user_id from task_assignees a where a.brand_id = $brand_id and a.task_id = $id and (
    $status = 'in_progress' or exists (
        select from lists l where l.brand_id = $brand_id and l.id = $list_id and l.status = 'in_progress'
    )
)}};

-- name: task_assign_lock :many
-- $id uuid
-- $assignee_ids uuid[]
-- Locks the memberships of those who shall be assigned, if the task is in progress; under the lock of the board.
{{task_people_lock: select unnest($assignee_ids) from tasks t
    where t.brand_id = $brand_id and t.id = $id and t.status = 'in_progress'}};

-- name: task_change_lock :many
-- $id uuid
-- $assignee_ids uuid[]
-- Locks the memberships of those who are assigned and of those who shall be; under the lock of the board.
{{task_people_lock: select a.user_id from task_assignees a where a.brand_id = $brand_id and a.task_id = $id
    union all select unnest($assignee_ids)}};

-- fragment: task_first_list
-- The list of the board %1 that a new task gets: the one named, else the first with its status, else the first.
(
    select l.id, l.status, l.wip_limit, l.task_count
    from lists l
    where l.brand_id = $brand_id and l.board_id = %1 and ($list_id::uuid is null or l.id = $list_id)
    order by coalesce(l.status = $status::text, false) desc, l.position, l.id
    limit 1
);

-- name: task_create_lock :many
-- $board_id uuid
-- $list_id uuid
-- $status text
-- $assignee_ids uuid[]
-- Locks the memberships of those who shall be assigned to a new task, if it will be in progress; under the lock of
-- the board.
{{task_people_lock: select unnest($assignee_ids) from {{task_first_list: $board_id}} l
    where coalesce($status, l.status) = 'in_progress'}};
