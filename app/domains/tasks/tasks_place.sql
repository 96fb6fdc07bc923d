-- Moving tasks: list, status and rank. How writes keep apart stands at the head of tasks.sql.

-- fragment: task_chosen
-- The list that the task shall stand in: the one named, else the first with the new status (its own, when that has
-- it), else its own.
chosen as materialized (
    select l.id, l.status, l.wip_limit, l.task_count
    from target k
    join lists l on l.brand_id = $brand_id and l.board_id = k.board_id and case
        when $list_id::uuid <> k.list_id then l.id = $list_id
        when $status::text <> k.status then l.status = $status
        else l.id = k.list_id
    end
    order by l.id = k.list_id desc, l.position, l.id
    limit 1
);

-- fragment: task_place
-- Where the task shall stand; raises what speaks against it. %1: whether it was asked to move even within its list,
-- %2: its rank when it moves, %3: the people in whose work in progress it newly counts if it is in progress, %4: more
-- to join. g is kept apart by its offset: a coalesce() in a condition on a table with row-level security counts as
-- leaky, and would keep the index of a list's order from being used.
place as materialized (
    select k.id, k.list_id as from_list, g.list_id, g.status,
        case
            when k.archived_at is not null and (g.enters or g.status <> k.status or %1)
                then karara.fail('KA409', '{"message": "The task is archived: restore it first."}')
            when $list_id <> k.list_id and c.id is null
                then karara.fail('KA422', '{"field": "list_id", "message": "There is no such list on this board."}')
            when g.enters and $status <> k.status and $status <> c.status
                then karara.fail('KA422', '{"field": "status", "message": "That list is for tasks of another status."}')
            when g.enters and c.task_count >= c.wip_limit then {{task_list_full: c}}
            when g.status = 'in_progress' and k.archived_at is null then {{task_people_have_room: %3, k.id}}
            else true
        end as allowed,
        case when g.enters or %1 then %2 else k.position end as position
    from target k
    left join chosen c on true
    cross join lateral (
        select
            coalesce(c.id, k.list_id) as list_id,
            coalesce(c.id <> k.list_id, false) as enters,
            case when c.id <> k.list_id then c.status else coalesce($status, k.status) end as status
        offset 0
    ) g
    %4
);

-- fragment: task_newly_in_progress
case when k.status = 'in_progress' then '{}'::uuid[] else {{task_assignee_ids: k}} end;

-- fragment: task_placed
-- What an update sets by place p.
list_id = p.list_id, status = p.status, position = p.position,
completed_at = case when p.status = 'completed' then coalesce(t.completed_at, now()) end,
version = t.version + 1, updated_at = now();

-- fragment: task_where_placed
t.brand_id = $brand_id and t.id = p.id and p.allowed and {{task_as_asked}};

-- fragment: task_counted
counted as (
    update lists l set task_count = l.task_count + case when l.id = p.list_id then 1 else -1 end
    from place p
    join changed c on c.id = p.id
    where l.brand_id = $brand_id and l.id in (p.from_list, p.list_id) and p.from_list <> p.list_id
);

-- fragment: task_result
-- The changed task as reply, assignees as they were before.
select {{task_columns: c, k.key}}, c.description, w.ids as assignee_ids, w.people as assignees
from changed c
join target k on k.id = c.id
cross join lateral {{task_people: c}} w;

-- name: task_place :opt
-- $id uuid
-- $list_id uuid
-- $status text
-- Sets list or status, and with one the other; under the lock of the board. No row: not there, not as asked, or not
-- to be changed.
with {{task_target}}, {{task_chosen}},
{{task_place: false, {{task_last_rank: g.list_id, k.id}}, {{task_newly_in_progress}}, }},
changed as (
    update tasks t set {{task_placed}} from place p where {{task_where_placed}} returning t.*
), {{task_counted}}, {{emit_change: 'task', array['board:' || c.board_id], {{task_changes}}}}
{{task_result}};

-- fragment: task_rank
-- The rank between the tasks $after and $before of the list g.list_id, or behind the last; see rank_among.
{{rank_among: tasks, {{task_stands_in: g.list_id}}, k.id,
    '{"message": "The task that this one should stand beside is not in that list."}',
    '{"message": "The tasks that this one should stand between are not in that order."}'}};

-- name: task_move :opt
-- $id uuid
-- $list_id uuid
-- $status text
-- $before uuid
-- $after uuid
-- Moves to a place in a list; under the lock of the board. No row: as task_place.
with {{task_target}}, {{task_chosen}},
{{task_place: true, {{task_rank}}, {{task_newly_in_progress}},
    cross join {{rank_neighbours: tasks, {{task_stands_in: g.list_id}}}}}},
changed as (
    update tasks t set {{task_placed}} from place p where {{task_where_placed}} returning t.*
), {{task_counted}}, {{emit_change: 'task', array['board:' || c.board_id], {{task_changes}}}}
{{task_result}};

-- name: task_ranks_spread :exec
-- $id uuid
-- $list_id uuid
-- $before uuid
-- $after uuid
-- Gives all tasks of a list new, short ranks, when the ranks around the place between these two have grown long;
-- under the lock of the board. Between two ranks there is always room, but each further one may be a character
-- longer.
with crowded as (
    select x.list_id
    from tasks n
    cross join lateral (
        (
            select x.list_id, x.position from tasks x
            where x.brand_id = $brand_id and x.list_id = n.list_id and x.archived_at is null and x.position <= n.position
            order by x.position desc limit 2
        ) union all (
            select x.list_id, x.position from tasks x
            where x.brand_id = $brand_id and x.list_id = n.list_id and x.archived_at is null and x.position > n.position
            order by x.position limit 1
        )
    ) x
    where n.brand_id = $brand_id and n.id in ($before, $after) and n.list_id = $list_id and length(x.position) > 24 and exists (
        select from tasks t
        join boards b on b.brand_id = t.brand_id and b.id = t.board_id
        where t.brand_id = $brand_id and t.id = $id and {{task_editable}}
    )
    limit 1
), spread as (
    select t.id, karara.rank_at(row_number() over (order by t.position, t.id) - 1) as rank
    from tasks t
    where t.brand_id = $brand_id and t.list_id = (select list_id from crowded) and t.archived_at is null
), changed as (
    update tasks t set position = s.rank, version = t.version + 1, updated_at = now()
    from spread s
    where t.brand_id = $brand_id and t.id = s.id and t.position <> s.rank
    returning t.brand_id, t.board_id, t.list_id
)
insert into karara.events (brand_id, actor_id, kind, subject_type, subject_id, channels, request_id)
select c.brand_id, $actor_id, 'list.reordered', 'list', c.list_id, array['board:' || c.board_id], $request_id
from changed c
limit 1;
