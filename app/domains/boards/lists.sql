-- Lists: the columns of a board. All that changes them holds the lock of the board (see tasks.sql).

-- fragment: list_columns
-- %1 the list, %2 how many tasks.
%1.id, %1.board_id, %1.name, %1.position, %1.status, %1.wip_limit, %2 as task_count, %1.created_at, %1.updated_at, %1.version;

-- name: list_list :list
-- $id uuid
-- The lists of one board that the caller may see.
select {{list_columns: l, {{tasks_seen_of: l.task_count, t.list_id = l.id}}}}
from lists l
join boards b on b.brand_id = l.brand_id and b.id = l.board_id
where l.brand_id = $brand_id and l.board_id = $id and {{board_visible}};

-- name: list_count :opt
-- $id uuid
-- How many lists a board has. No row: the board isn't there or may not be seen.
select (select count(*) from lists l where l.brand_id = b.brand_id and l.board_id = b.id) as count
from boards b
where b.brand_id = $brand_id and b.id = $id and {{board_visible}};

-- name: list_get :one
-- $id uuid
-- One list of a board that the caller may see. No row: it isn't there or may not be seen.
select {{list_columns: l, {{tasks_seen_of: l.task_count, t.list_id = l.id}}}}
from lists l
join boards b on b.brand_id = l.brand_id and b.id = l.board_id
where l.brand_id = $brand_id and l.id = $id and {{board_visible}};

-- name: list_locate :opt
-- $id uuid
-- Why a query found no list. No row: it isn't in this brand.
select coalesce({{board_visible}}, false) as visible, coalesce({{board_editable}}, false) as changeable, l.version
from lists l
join boards b on b.brand_id = l.brand_id and b.id = l.board_id
where l.brand_id = $brand_id and l.id = $id;

-- name: list_lock :opt
-- $id uuid
-- Locks the board that the list belongs to.
select b.id
from lists l
join boards b on b.brand_id = l.brand_id and b.id = l.board_id
where l.brand_id = $brand_id and l.id = $id
for no key update of b;

-- name: list_members_lock :many
-- $id uuid
-- Locks the memberships of all who are assigned to tasks of the list; under the lock of the board.
{{task_people_lock: select a.user_id from tasks t join task_assignees a on a.brand_id = t.brand_id and a.task_id = t.id
    where t.brand_id = $brand_id and t.list_id = $id}};

-- fragment: list_rank
-- The rank between the lists $after and $before of the board k, or behind the last; see rank_among. %1: a list that doesn't count.
{{rank_among: lists, x.board_id = k.board_id, %1,
    '{"message": "The list that this one should stand beside is not on that board."}',
    '{"message": "The lists that this one should stand between are not in that order."}'}};

-- name: list_create :opt
-- $id uuid
-- $name text
-- $status text
-- $wip_limit int4
-- $before uuid
-- $after uuid
-- A new list on the board $id; under its lock. No row: the board isn't there or may not be changed.
with target as materialized (
    select b.id as board_id from boards b where b.brand_id = $brand_id and b.id = $id and {{board_editable}}
), changed as (
    insert into lists (brand_id, id, board_id, name, position, status, wip_limit, created_by)
    select
        $brand_id, $new_id, k.board_id, $name, {{list_rank: $new_id}}, coalesce($status, 'todo'), $wip_limit, $actor_id
    from target k
    cross join {{rank_neighbours: lists, x.board_id = k.board_id}}
    returning *
), {{emit_event: changed, 'list', id, array['board:' || board_id]}}
select {{list_columns: c, c.task_count}} from changed c;

-- fragment: list_facts
-- What people read about when it becomes different, of the list %1.
jsonb_build_object('name', %1.name, 'status', %1.status, 'wip_limit', %1.wip_limit);

-- fragment: list_target
target as materialized (
    select l.id, l.board_id, l.task_count, l.status, {{list_facts: l}} as facts
    from lists l
    join boards b on b.brand_id = l.brand_id and b.id = l.board_id
    where l.brand_id = $brand_id and l.id = $id and ($if_match::int4 is null or l.version = $if_match) and {{board_editable}}
);

-- name: list_update :opt
-- $id uuid
-- $name text
-- $status text
-- $wip_limit int4
-- $has_wip_limit bool
-- $before uuid
-- $after uuid
-- Sets the fields given; under the lock of the board. No row: not there, not as asked, or not to be changed.
with {{list_target}}, changed as (
    update lists l set
        name = coalesce($name, l.name),
        status = coalesce($status, l.status),
        wip_limit = case when $has_wip_limit then $wip_limit else l.wip_limit end,
        position = case when $before is null and $after is null then l.position else {{list_rank: k.id}} end,
        version = l.version + 1,
        updated_at = now()
    from target k
    cross join {{rank_neighbours: lists, x.board_id = k.board_id}}
    where l.brand_id = $brand_id and l.id = k.id
    returning l.*
), {{emit_change: 'list', array['board:' || c.board_id], {{differences: k.facts, {{list_facts: c}}}}}}
select {{list_columns: c, c.task_count}} from changed c;

-- name: list_delete :opt
-- $id uuid
-- $move_to uuid
-- Removes the list, its tasks going to the end of the list $move_to in their order; raises KA409 when it is the last
-- one of its board or holds tasks and has no $move_to, and KA411 when the limits don't let them in; under the locks
-- of the board and of the people assigned. No row: not there, not as asked, or not to be deleted.
with recursive {{list_target}}, heirs as materialized (
    select l.id, l.status, l.wip_limit, l.task_count
    from target k
    join lists l on l.brand_id = $brand_id and l.board_id = k.board_id and l.id = $move_to and l.id <> k.id
), entering as materialized (
    select t.id, t.status, t.archived_at,
        row_number() over (partition by t.archived_at is null order by t.position, t.id) as place
    from target k
    join tasks t on t.brand_id = $brand_id and t.list_id = k.id
), crowded as materialized (
    select u.id, u.wip_limit, {{board_person_or_someone: u}} as name
    from heirs h
    join entering e on h.status = 'in_progress' and e.status <> 'in_progress' and e.archived_at is null
    join task_assignees a on a.brand_id = $brand_id and a.task_id = e.id
    join karara.users u on u.id = a.user_id
    group by u.id
    having count(*) + (
        select count(*) from task_assignees o where o.brand_id = $brand_id and o.user_id = u.id and o.in_progress
    ) > u.wip_limit
    limit 1
), allowed as materialized (
    select k.id, k.board_id, k.task_count,
        case
            when $move_to::uuid is not null and h.id is null
                then karara.fail('KA422', '{"field": "move_to", "message": "There is no such list on this board."}')
            when not exists (select from lists x where x.brand_id = $brand_id and x.board_id = k.board_id and x.id <> k.id)
                then karara.fail('KA409', '{"message": "A board keeps at least one list."}')
            when $move_to is null and n.tasks > 0
                then karara.fail('KA409', jsonb_build_object(
                    'task_count', n.tasks, 'message', 'There are tasks in this list (' || n.tasks
                        || ', archived ones included). Name a list of the board with move_to.')::text)
            when h.task_count + k.task_count > h.wip_limit and k.task_count > 0 then {{task_list_full: h}}
            when p.id is not null
                then karara.fail('KA411', jsonb_build_object(
                    'scope', 'user', 'limit', p.wip_limit, 'user_id', p.id,
                    'message', p.name || ' would have more tasks in progress than allowed.')::text)
            else true
        end as allowed
    from target k
    left join heirs h on true
    left join crowded p on true
    cross join (select count(*) as tasks from entering) n
), ranks as (
    select 1::int8 as place, karara.rank_between((
        select max(x.position) from tasks x join heirs h on x.list_id = h.id
        where x.brand_id = $brand_id and x.archived_at is null
    ), null) as rank
    from allowed a
    where a.allowed and a.task_count > 0
    union all
    select r.place + 1, karara.rank_between(r.rank, null)
    from ranks r
    where r.place < (select a.task_count from allowed a)
), moved as (
    update tasks t set
        list_id = h.id,
        status = case when e.archived_at is null then h.status else t.status end,
        completed_at = case
            when e.archived_at is not null then t.completed_at
            when h.status = 'completed' then coalesce(t.completed_at, now())
        end,
        position = coalesce(r.rank, t.position),
        version = t.version + 1,
        updated_at = now()
    from entering e
    join heirs h on true
    join allowed a on a.allowed
    left join ranks r on r.place = e.place and e.archived_at is null
    where t.brand_id = $brand_id and t.id = e.id
), counted as (
    update lists l set task_count = l.task_count + a.task_count
    from heirs h
    join allowed a on a.allowed
    where l.brand_id = $brand_id and l.id = h.id and a.task_count > 0
), changed as (
    delete from lists l using allowed a where l.brand_id = $brand_id and l.id = a.id and a.allowed returning l.*
), {{emit_change: 'list', array['board:' || c.board_id],
    jsonb_build_object('name', jsonb_build_object('from', c.name))}}
select c.id from changed c;
