-- Boards, and the snapshot of one.

-- fragment: board_open
-- The caller sees all of the board b, being in its team or seeing all teams.
($see_all or b.team_id = any($team_ids));

-- fragment: board_assigned
-- The board of the assignment a; as a value, so that each is looked up by its key and no join reads all tasks.
(select t.board_id from tasks t where t.brand_id = a.brand_id and t.id = a.task_id);

-- fragment: board_visible
-- True when the caller sees the board b, if only for a task on it that is theirs; else null.
({{board_open}} or (
    select true from task_assignees a
    where a.brand_id = b.brand_id and a.user_id = $actor_id and {{board_assigned}} = b.id
    limit 1
));

-- fragment: board_editable
($can_edit_projects and {{board_open}});

-- fragment: board_person_name
trim(%1.first_name || ' ' || %1.last_name);

-- fragment: board_person_or_someone
coalesce(nullif({{board_person_name: %1}}, ''), 'Somebody assigned');

-- fragment: tasks_seen_of
-- How many tasks there are of a board or list that the caller sees: all (%1), or, of somebody who isn't in the team of the board b, their own,
-- for which %2 says so of task t.
case
    when {{board_open}} then %1
    else (
        select count(*)::int4
        from task_assignees a
        where a.brand_id = b.brand_id and a.user_id = $actor_id and (
            select %2 and t.archived_at is null from tasks t where t.brand_id = a.brand_id and t.id = a.task_id
        )
    )
end;

-- fragment: board_columns
-- %1 the board, %2 the name of its team, %3 how many tasks.
%1.id, %1.team_id, %2 as team_name, %1.project_id, %1.name, %1.key, %1.description, %1.position, %3 as task_count, %1.settings,
%1.created_at, %1.updated_at, %1.version;

-- name: board_list :list
-- The boards that the caller may see.
select {{board_columns: b, m.name, {{tasks_seen_of: b.task_count, t.board_id = b.id}}}}
from boards b
join teams m on m.brand_id = b.brand_id and m.id = b.team_id
where b.brand_id = $brand_id and ({{board_open}} or b.id in (
    select {{board_assigned}} from task_assignees a where a.brand_id = $brand_id and a.user_id = $actor_id
));

-- name: board_get :one
-- $id uuid
-- One board that the caller may see. No row: it isn't there or may not be seen.
select {{board_columns: b, m.name, {{tasks_seen_of: b.task_count, t.board_id = b.id}}}}
from boards b
join teams m on m.brand_id = b.brand_id and m.id = b.team_id
where b.brand_id = $brand_id and b.id = $id and {{board_visible}};

-- fragment: board_located
select coalesce({{board_visible}}, false) as visible, coalesce(%1, false) as changeable, b.version
from boards b
where b.brand_id = $brand_id and b.id = %2;

-- name: board_locate :opt
-- $id uuid
-- Why a query found no board. No row: it isn't in this brand.
{{board_located: {{board_editable}}, $id}};

-- name: board_locate_deletable :opt
-- $id uuid
-- As board_locate, for those who would delete it.
{{board_located: $can_delete_projects and {{board_open}}, $id}};

-- name: board_locate_open :opt
-- $id uuid
-- As board_locate, for those who would make a task on it.
{{board_located: {{board_open}}, $id}};

-- name: board_locate_named :opt
-- $board_id uuid
-- As board_locate_open, for a board named in the body.
{{board_located: {{board_open}}, $board_id}};

-- name: board_lock :opt
-- $id uuid
-- Locks the board.
select b.id from boards b where b.brand_id = $brand_id and b.id = $id for no key update;

-- name: board_brand_lock :one
-- Locks the brand, so that no other board takes the same key or place.
select b.id from karara.brands b where b.id = $brand_id for no key update;

-- fragment: board_team_right
-- True, or why the board can't belong to the team $team_id.
case
    when not exists (select from teams m where m.brand_id = $brand_id and m.id = $team_id)
        then karara.fail('KA422', '{"field": "team_id", "message": "There is no such team here."}')
    when not ($see_all or $team_id = any($team_ids))
        then karara.fail('KA403', '{"message": "You may make boards only for your own teams."}')
    else true
end;

-- fragment: board_first_lists
-- What the board of the CTE %1 (brand_id, id) begins with: three lists, with the ids of the array %2.
listed as (
    insert into lists (brand_id, id, board_id, name, position, status, created_by)
    select b.brand_id, (%2)[n.place], b.id, n.name, karara.rank_at(n.place - 1), n.status, $actor_id
    from %1 b
    cross join (
        values (1, 'To do', 'todo'), (2, 'In progress', 'in_progress'), (3, 'Done', 'completed')
    ) n (place, name, status)
);

-- name: board_create :one
-- $team_id uuid
-- $name text
-- $key text
-- $key_base text
-- $description text
-- $list_ids uuid[]
-- A new board, the last of its brand, with its three lists; under the lock of the brand. Without a key it takes
-- key_base, or key_base and the first number behind it that is free.
with place as materialized (
    select
        coalesce($key, (
            select c.key
            from generate_series(1, (select count(*) + 1 from boards b where b.brand_id = $brand_id)) n
            cross join lateral (select $key_base || case when n = 1 then '' else n::text end as key) c
            where not exists (select from boards b where b.brand_id = $brand_id and b.key = c.key)
            order by n limit 1
        )) as key,
        karara.rank_between((select max(b.position) from boards b where b.brand_id = $brand_id), null) as position
    where {{board_team_right}}
), changed as (
    insert into boards (brand_id, id, team_id, name, key, description, position, created_by)
    select $brand_id, $new_id, $team_id, $name, p.key, coalesce($description, ''), p.position, $actor_id from place p
    returning *
), {{board_first_lists: changed, $list_ids::uuid[]}}, {{emit_event: changed, 'board', id, array['board:' || id]}}
select {{board_columns: c, m.name, c.task_count}}
from changed c
join teams m on m.brand_id = c.brand_id and m.id = c.team_id;

-- fragment: board_facts
-- What people read about when it becomes different, of the board %1.
jsonb_build_object('name', %1.name, 'key', %1.key, 'description', %1.description, 'team_id', %1.team_id,
    'auto_archive_days', %1.settings -> 'auto_archive_days');

-- name: board_update :opt
-- $id uuid
-- $team_id uuid
-- $name text
-- $key text
-- $description text
-- $has_description bool
-- $settings jsonb
-- $has_settings bool
-- Sets the fields given; settings is laid over what is there, key by key. No row: not there, not as asked, or not to
-- be changed.
with target as materialized (
    select
        b.id, case when $team_id::uuid <> b.team_id then {{board_team_right}} else true end as allowed, {{board_facts: b}} as facts
    from boards b
    where b.brand_id = $brand_id and b.id = $id and ($if_match::int4 is null or b.version = $if_match) and {{board_editable}}
), changed as (
    update boards b set
        team_id = coalesce($team_id, b.team_id),
        name = coalesce($name, b.name),
        key = coalesce($key, b.key),
        description = case when $has_description then coalesce($description, '') else b.description end,
        settings = case
            when not $has_settings then b.settings
            when $settings::jsonb is null then '{}'
            else {{json_merged: b.settings, $settings, 'settings'}}
        end,
        version = b.version + 1,
        updated_at = now()
    from target k
    where b.brand_id = $brand_id and b.id = k.id and k.allowed and ($if_match is null or b.version = $if_match)
    returning b.*
), {{emit_change: 'board', array['board:' || c.id], {{differences: k.facts, {{board_facts: c}}}}}}
select {{board_columns: c, m.name, c.task_count}}
from changed c
join teams m on m.brand_id = c.brand_id and m.id = c.team_id;

-- name: board_delete :opt
-- $id uuid
-- $force bool
-- Removes the board with all that is on it; raises KA409 when there are tasks, archived ones too, and $force isn't
-- true; under the lock of the board. No row: not there, not as asked, or not to be deleted.
with target as materialized (
    select b.id,
        case
            when n.tasks > 0 and $force is not true then karara.fail('KA409', jsonb_build_object(
                'task_count', n.tasks,
                'message', 'There are tasks on this board (' || n.tasks || '). Say force=true to delete them too.')::text)
            else true
        end as allowed
    from boards b
    cross join lateral (select count(*) as tasks from tasks t where t.brand_id = b.brand_id and t.board_id = b.id) n
    where b.brand_id = $brand_id and b.id = $id and ($if_match::int4 is null or b.version = $if_match)
        and $can_delete_projects and {{board_open}}
), changed as (
    delete from boards b using target k
    where b.brand_id = $brand_id and b.id = k.id and k.allowed
    returning b.*
), {{emit_event: changed, 'board', id, array['board:' || id]}}
select c.id from changed c;


-- ---- snapshot ----

-- name: snapshot_tag :opt
-- $id uuid
-- $known text
-- A text that is another whenever anything in the snapshot is another, and the number of the newest event that is surely in it. When the
-- text stands, quoted, in known (If-None-Match, or empty), the other queries of the snapshot give no rows. It is made before
-- them: what changes meanwhile can only make the next request see a change where there is none. No row: the board isn't there
-- or may not be seen.
--
-- Every change in a brand leaves an event in its own transaction, so the text is made of how many events of the brand there are: those
-- that the relay has numbered, and those that wait for it. (Of very many that wait the number of the newest stands in for the rest.) What leaves no
-- event in the brand stands beside it: how much the caller sees (rights may end with time), and people's names. `sequence` is that of the
-- newest event with a number; whatever has one was committed before, and so is in what the other queries see.
with seen as materialized (
    select b.*, {{board_open}} as open from boards b where b.brand_id = $brand_id and b.id = $id and {{board_visible}}
), made as materialized (
    select
        e.sequence,
        concat_ws('-', e.sequence + n.waiting, case when n.waiting = 10000 then (
            select max(v.id) from karara.events v where v.brand_id = $brand_id and v.sequenced_at is null
        ) end, b.version, b.task_count, b.open::int, l.digest, u.digest) as tag
    from seen b
    cross join lateral (
        select coalesce((select c.last_sequence from karara.event_counters c where c.brand_id = $brand_id), 0) as sequence
    ) e
    cross join lateral (
        select count(*) as waiting from (
            select from karara.events v where v.brand_id = $brand_id and v.sequenced_at is null limit 10000
        ) v
    ) n
    cross join lateral (
        select sum(hash_record_extended((l.id, l.version, l.task_count), 0)) as digest
        from lists l where l.brand_id = b.brand_id and l.board_id = b.id
    ) l
    cross join lateral (
        select sum(hash_record_extended((u.id, u.version), 0)) as digest
        from karara.brand_members m
        join karara.users u on u.id = m.user_id
        where m.brand_id = $brand_id
    ) u
)
select
    d.tag, d.sequence,
    set_config(
        'karara.snapshot_known', case when strpos($known, '"' || d.tag || '"') > 0 then 'yes' else 'no' end, true
    ) = 'yes' as known
from made d;

-- fragment: snapshot_wanted
current_setting('karara.snapshot_known', true) = 'no';

-- name: snapshot_board :opt
-- $id uuid
-- The board of the snapshot.
select {{board_columns: b, m.name, {{tasks_seen_of: b.task_count, t.board_id = b.id}}}}
from boards b
join teams m on m.brand_id = b.brand_id and m.id = b.team_id
where {{snapshot_wanted}} and b.brand_id = $brand_id and b.id = $id and {{board_visible}};

-- name: snapshot_lists :many
-- $id uuid
-- The lists of the snapshot, in their order.
select {{list_columns: l, {{tasks_seen_of: l.task_count, t.list_id = l.id}}}}
from lists l
join boards b on b.brand_id = l.brand_id and b.id = l.board_id
where {{snapshot_wanted}} and l.brand_id = $brand_id and l.board_id = $id and {{board_visible}}
order by l.position, l.id;

-- name: snapshot_tasks :many
-- $id uuid
-- The tasks of the snapshot, in their order.
select {{task_columns: t, b.key}}, {{task_assignee_ids: t}} as assignee_ids
from tasks t
join boards b on b.brand_id = t.brand_id and b.id = t.board_id
where {{snapshot_wanted}} and t.brand_id = $brand_id and t.board_id = $id and t.archived_at is null and {{task_visible}}
order by t.position, t.id;

-- name: snapshot_members :many
-- $id uuid
-- The people of the snapshot, by name: those of the brand who are in the board's team, or in a division that was given it or is below one
-- that was, or are assigned to one of its tasks.
select u.id, {{board_person_name: u}} as name, null::text as avatar_url, u.email
from boards b
cross join lateral (
    select m.user_id from team_members m where m.brand_id = b.brand_id and m.team_id = b.team_id
    union
    (
        with recursive down as (
            select g.division_id from division_teams g where g.brand_id = b.brand_id and g.team_id = b.team_id
            union
            select d.id from down join divisions d on d.brand_id = b.brand_id and d.parent_division_id = down.division_id
        )
        select i.user_id from down join division_members i on i.brand_id = b.brand_id and i.division_id = down.division_id
    )
    union
    select unnest(array(select a.user_id from task_assignees a where a.brand_id = t.brand_id and a.task_id = t.id))
    from tasks t
    where t.brand_id = b.brand_id and t.board_id = b.id and t.archived_at is null and {{task_visible}}
) p
join karara.brand_members m on m.brand_id = b.brand_id and m.user_id = p.user_id
join karara.users u on u.id = m.user_id
where {{snapshot_wanted}} and b.brand_id = $brand_id and b.id = $id and {{board_visible}}
order by name, u.id;
