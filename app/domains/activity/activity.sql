-- What people read about a task, a board or a team. The relay writes it (app/worker/relay.sql).

-- fragment: activity_columns
-- Of the activity a; u is who did it. people: all who are named in the changes, as they are called now.
a.id, a.sequence, a.verb, a.changes, a.created_at, case when u.id is not null then {{task_person: u}} end as actor,
jsonb_build_object('type', a.subject_type, 'id', a.subject_id, 'title', a.subject_title, 'reference', a.subject_reference) as subject,
case when a.changes ?| array['assignee_ids', 'member_ids'] then (
    select coalesce(jsonb_agg({{task_person: p}} order by p.id), '[]')
    from karara.users p
    where p.id = any(array(
        select (named.id #>> '{}')::uuid
        from jsonb_path_query(coalesce(a.changes -> 'assignee_ids', a.changes -> 'member_ids'), '$.*[*]') named (id)
        where named.id #>> '{}' ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
    ))
) else '[]' end as people;

-- name: activity_list_task :list
-- $id uuid
-- All that happened to a task that the caller may see.
select {{activity_columns}}
from tasks t
join boards b on b.brand_id = t.brand_id and b.id = t.board_id
join activities a on a.brand_id = t.brand_id and a.task_id = t.id
left join karara.users u on u.id = a.actor_id
where t.brand_id = $brand_id and t.id = $id and {{task_visible}};

-- name: activity_of_task :opt
-- $id uuid
-- Whether the caller may see the task. No row: not, or it isn't there.
select true as visible
from tasks t
join boards b on b.brand_id = t.brand_id and b.id = t.board_id
where t.brand_id = $brand_id and t.id = $id and {{task_visible}};

-- name: activity_list_board :list
-- $id uuid
-- All that happened on a board and to it; to those who see only their own tasks there, what happened to these.
select {{activity_columns}}
from boards b
join activities a on a.brand_id = b.brand_id and a.board_id = b.id
left join karara.users u on u.id = a.actor_id
where b.brand_id = $brand_id and b.id = $id and ({{board_open}} or a.task_id in (
    select o.task_id from task_assignees o where o.brand_id = $brand_id and o.user_id = $actor_id
));

-- name: activity_of_board :opt
-- $id uuid
-- Whether the caller may see the board. No row: not, or it isn't there.
select true as visible from boards b where b.brand_id = $brand_id and b.id = $id and {{board_visible}};

-- name: activity_list_team :list
-- $id uuid
-- All that happened to a team itself: what happened on its boards is told by these.
select {{activity_columns}}
from teams m
join activities a on a.brand_id = m.brand_id and a.team_id = m.id
left join karara.users u on u.id = a.actor_id
where m.brand_id = $brand_id and m.id = $id and {{team_visible: m}};

-- name: activity_of_team :opt
-- $id uuid
-- Whether the caller may see the team. No row: not, or it isn't there.
select true as visible from teams m where m.brand_id = $brand_id and m.id = $id and {{team_visible: m}};
