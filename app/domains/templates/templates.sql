-- Task templates. When they make tasks is their schedule's matter (karara.schedules, owner_kind 'task_template').

-- fragment: template_visible
($see_all or k.team_id = any($team_ids));

-- fragment: template_team_managed
-- The caller may make and change templates of the team %1: who edits projects and is in it, and its managers.
($can_edit_projects and ($see_all or %1 = any($team_ids)) or %1 = any($managed_team_ids));

-- fragment: template_board_there
-- The template %1 has its board, in its own team.
exists (select from boards b where b.brand_id = %1.brand_id and b.id = %1.board_id and b.team_id = %1.team_id);

-- fragment: template_people
-- Of the people in the array %1 those who are in the brand, in their order.
array(
    select n.id
    from unnest(%1) with ordinality n (id, place)
    join karara.brand_members m on m.brand_id = $brand_id and m.user_id = n.id and m.status = 'active'
        and (m.expires_at is null or m.expires_at > now())
    join karara.users u on u.id = m.user_id and u.status <> 'suspended' and u.deleted_at is null
    group by n.id
    order by min(n.place)
);

-- fragment: template_problems
-- What would keep the tasks of the template %1 (with the schedule %2) from being as they were meant.
array_remove(array[
    case when not {{template_board_there: %1}} then 'board_missing' end,
    case when %1.list_id is not null and not exists (
        select from lists l where l.brand_id = %1.brand_id and l.id = %1.list_id and l.board_id = %1.board_id
    ) then 'list_missing' end,
    case when cardinality({{template_people: %1.assignee_ids}}) < cardinality(%1.assignee_ids) then 'assignee_missing' end,
    %2.problem
], null);

-- fragment: template_columns
-- %1 the template, %2 its schedule.
%1.id, %1.team_id, %1.board_id, %1.list_id, %1.title, %1.description, %1.priority, %1.tags, %1.assignee_ids, %1.checklist,
%1.due_offset_minutes, {{schedule_columns: %2}}, %1.last_spawned_at, {{template_problems: %1, %2}} as problems, %1.created_by,
%1.created_at, %1.updated_at, %1.version;

-- fragment: template_schedule
karara.schedules s on s.brand_id = k.brand_id and s.owner_kind = 'task_template' and s.owner_id = k.id;

-- name: template_list :list
-- The templates that the caller may see.
select {{template_columns: k, s}}
from task_templates k
join {{template_schedule}}
where k.brand_id = $brand_id and {{template_visible}};

-- name: template_get :one
-- $id uuid
-- One of them. No row: it isn't there or may not be seen.
select {{template_columns: k, s}}
from task_templates k
join {{template_schedule}}
where k.brand_id = $brand_id and k.id = $id and {{template_visible}};

-- name: template_locate :opt
-- $id uuid
-- Why a template wasn't found or changed. No row: it isn't in this brand.
select {{template_visible}} as visible, {{template_team_managed: k.team_id}} as changeable, k.version
from task_templates k
where k.brand_id = $brand_id and k.id = $id;

-- fragment: template_place_right
-- True, or why a template of the team %1 can't be for the board %2, the list %3 and the people %4.
case
    when not exists (select from teams m where m.brand_id = $brand_id and m.id = %1)
        then karara.fail('KA422', '{"field": "team_id", "message": "There is no such team here."}')
    when not {{template_team_managed: %1}}
        then karara.fail('KA403', '{"message": "You may make templates only for teams that you manage."}')
    when not exists (select from boards b where b.brand_id = $brand_id and b.id = %2 and b.team_id = %1)
        then karara.fail('KA422', '{"field": "board_id", "message": "This team has no such board."}')
    when %3::uuid is not null
        and not exists (select from lists l where l.brand_id = $brand_id and l.id = %3 and l.board_id = %2)
        then karara.fail('KA422', '{"field": "list_id", "message": "There is no such list on this board."}')
    when exists (
        select from unnest(%4) n (id)
        where not exists (select from karara.brand_members m where m.brand_id = $brand_id and m.user_id = n.id)
    ) then karara.fail('KA422', '{"field": "assignee_ids", "message": "must all be members of this brand"}')
    else true
end;

-- name: template_now :one
-- What time it is, by the clock that decides what is due.
select now() as now;

-- name: template_occurrences :many
-- $moments text[]
-- $locals text[]
-- Moments and local times as rows, for a reply.
select m.at::timestamptz as at, m.local from unnest($moments, $locals) with ordinality m (at, local, place) order by m.place;

-- name: template_create :one
-- $team_id uuid
-- $board_id uuid
-- $list_id uuid
-- $title text
-- $description text
-- $priority text
-- $tags text[]
-- $assignee_ids uuid[]
-- $checklist text[]
-- $due_offset_minutes int4
-- $schedule_id uuid
-- $rrule text
-- $starts_at text
-- $timezone text
-- $exdates text[]
-- $catch_up text
-- $next_run_at timestamptz
-- A new template with its schedule. Without a board it is that of the list, or the team's first.
with place as materialized (
    select d.board_id, {{template_place_right: $team_id::uuid, d.board_id, $list_id::uuid, $assignee_ids::uuid[]}} as allowed
    from (
        select coalesce(
            $board_id,
            (select l.board_id from lists l where l.brand_id = $brand_id and l.id = $list_id),
            (select b.id from boards b where b.brand_id = $brand_id and b.team_id = $team_id order by b.position, b.id limit 1)
        ) as board_id
    ) d
), made as (
    insert into task_templates (
        brand_id, id, team_id, board_id, list_id, title, description, priority, tags, assignee_ids, checklist, due_offset_minutes,
        created_by
    )
    select
        $brand_id, $new_id, $team_id, p.board_id, $list_id, $title, coalesce($description, ''), coalesce($priority, 'medium'),
        coalesce($tags, '{}'), {{task_named_once: $assignee_ids}}, coalesce($checklist, '{}'), $due_offset_minutes, $actor_id
    from place p
    where p.allowed
    returning *
), scheduled as (
    insert into karara.schedules (
        id, brand_id, owner_kind, owner_id, rrule, starts_at, timezone, exdates, catch_up, next_run_at
    )
    select
        $schedule_id, k.brand_id, 'task_template', k.id, $rrule, $starts_at::text::timestamp, $timezone, coalesce($exdates, '{}'),
        coalesce($catch_up, 'last'), $next_run_at
    from made k
    returning *
), {{emit_event: made, 'task_template', id, array['team:' || team_id]}}
select {{template_columns: k, s}} from made k cross join scheduled s;

-- name: template_lock :opt
-- $id uuid
-- A template that the caller may change, locked with its schedule, and what time it is. No row: not there, not as asked, or not to be
-- changed.
select
    s.id as schedule_id, s.rrule, to_char(s.starts_at, 'YYYY-MM-DD"T"HH24:MI:SS') as starts_at, s.timezone, s.exdates, now() as now
from task_templates k
join {{template_schedule}}
where k.brand_id = $brand_id and k.id = $id and ($if_match::int4 is null or k.version = $if_match)
    and {{template_team_managed: k.team_id}}
for no key update;

-- name: template_update :one
-- $id uuid
-- $team_id uuid
-- $board_id uuid
-- $list_id uuid
-- $has_list_id bool
-- $title text
-- $description text
-- $has_description bool
-- $priority text
-- $tags text[]
-- $assignee_ids uuid[]
-- $has_place bool
-- $checklist text[]
-- $due_offset_minutes int4
-- $has_due_offset_minutes bool
-- $rrule text
-- $starts_at text
-- $timezone text
-- $exdates text[]
-- $catch_up text
-- $next_run_at timestamptz
-- $has_rule bool
-- Sets the fields given; under template_lock. Another board without a list clears the list. $has_place: whether where and for whom is to be
-- looked at again; $has_rule: whether the schedule is another.
with target as materialized (
    select k.id, d.team_id, d.board_id, d.list_id, d.assignee_ids,
        case
            when $has_place then {{template_place_right: d.team_id, d.board_id, d.list_id, d.new_people}}
            else true
        end as allowed
    from task_templates k
    cross join lateral (
        select
            coalesce($team_id, k.team_id) as team_id,
            coalesce($board_id, (
                select l.board_id from lists l where l.brand_id = $brand_id and l.id = $list_id
            ), k.board_id) as board_id,
            case when $has_list_id then $list_id when $board_id <> k.board_id then null else k.list_id end as list_id,
            coalesce({{task_named_once: $assignee_ids::uuid[]}}, '{}') as new_people,
            case when $assignee_ids is null then k.assignee_ids else {{task_named_once: $assignee_ids}} end as assignee_ids
    ) d
    where k.brand_id = $brand_id and k.id = $id
), changed as (
    update task_templates k set
        team_id = t.team_id,
        board_id = t.board_id,
        list_id = t.list_id,
        assignee_ids = t.assignee_ids,
        title = coalesce($title, k.title),
        description = case when $has_description then coalesce($description, '') else k.description end,
        priority = coalesce($priority, k.priority),
        tags = coalesce($tags, k.tags),
        checklist = coalesce($checklist, k.checklist),
        due_offset_minutes = case when $has_due_offset_minutes then $due_offset_minutes else k.due_offset_minutes end,
        version = k.version + 1,
        updated_at = now()
    from target t
    where k.brand_id = $brand_id and k.id = t.id and t.allowed
    returning k.*
), scheduled as (
    update karara.schedules s set
        rrule = coalesce($rrule, s.rrule),
        starts_at = coalesce($starts_at::text::timestamp, s.starts_at),
        timezone = coalesce($timezone, s.timezone),
        exdates = coalesce($exdates, s.exdates),
        catch_up = coalesce($catch_up, s.catch_up),
        next_run_at = case when $has_rule then $next_run_at else s.next_run_at end,
        version = s.version + 1,
        updated_at = now()
    from changed k
    where s.brand_id = $brand_id and s.owner_kind = 'task_template' and s.owner_id = k.id
    returning s.*
), {{emit_event: changed, 'task_template', id, array['team:' || team_id]}}
select {{template_columns: k, s}} from changed k cross join scheduled s;

-- name: template_delete :opt
-- $id uuid
-- Removes a template; its tasks stay. No row: not there, not as asked, or not to be changed.
with deleted as (
    delete from task_templates k
    where k.brand_id = $brand_id and k.id = $id and ($if_match::int4 is null or k.version = $if_match)
        and {{template_team_managed: k.team_id}}
    returning k.*
), {{emit_event: deleted, 'task_template', id, array['team:' || team_id]}}
select d.id from deleted d;

-- name: template_pause :opt
-- $id uuid
-- $paused bool
-- $next_run_at timestamptz
-- Pauses the template's schedule, or lets it go on at $next_run_at. No row: not there, not as asked, or not to be changed.
with changed as (
    update task_templates k set version = k.version + 1, updated_at = now()
    where k.brand_id = $brand_id and k.id = $id and ($if_match::int4 is null or k.version = $if_match)
        and {{template_team_managed: k.team_id}}
    returning k.*
), scheduled as (
    update karara.schedules s set
        paused_at = case when $paused then coalesce(s.paused_at, now()) end,
        problem = null,
        next_run_at = case when $paused then s.next_run_at else $next_run_at end,
        version = s.version + 1,
        updated_at = now()
    from changed k
    where s.brand_id = $brand_id and s.owner_kind = 'task_template' and s.owner_id = k.id
    returning s.*
), {{emit_event: changed, 'task_template', id, array['team:' || team_id]}}
select {{template_columns: k, s}} from changed k cross join scheduled s;


-- ---- making a task ----

-- name: template_board_lock :opt
-- $id uuid
-- Locks the board that a template's task is to stand on. No row: it has none.
select b.id
from task_templates k
join boards b on b.brand_id = k.brand_id and b.id = k.board_id and b.team_id = k.team_id
where k.brand_id = $brand_id and k.id = $id
for no key update of b;

-- name: template_people_lock :many
-- $id uuid
-- Locks the memberships of those who get a template's task, whose work in progress may be looked at; under the lock of the board.
{{task_people_lock: select unnest(k.assignee_ids) from task_templates k where k.brand_id = $brand_id and k.id = $id}};

-- fragment: template_list
-- The list of the board of the template k that its task goes to, the people in the array n.ids getting it: its own, if that takes one more;
-- else the first for work to do that does; else its own all the same, or the first: a task is never lost for want of room.
(
    select l.id, l.status
    from lists l
    cross join lateral (
        select coalesce(l.task_count < l.wip_limit, true) and (l.status <> 'in_progress' or not exists (
            select from unnest(n.ids) p (id)
            join karara.users u on u.id = p.id
            where {{task_in_progress_of: p.id, $new_id}} >= u.wip_limit
        )) as fits
    ) r
    where l.brand_id = k.brand_id and l.board_id = k.board_id
    order by
        case
            when l.id = k.list_id and r.fits then 0
            when l.status = 'todo' and r.fits then 1
            when l.id = k.list_id then 2
            when l.status = 'todo' then 3
            else 4
        end,
        l.position, l.id
    limit 1
);

-- fragment: template_days_later
-- The same time of day %2 days after the moment %1 where the zone is %3: days are the calendar's, also where clocks are changed in between. A
-- time that comes twice is the first, one that is left out is as long after midnight as it would be (RFC 5545 §3.3.5).
(
    select min(w.at - o.back)
    from (
        select l.time, l.time at time zone %3 as at from (select (%1 at time zone %3) + make_interval(days => %2) as time) l
    ) w
    cross join (values (interval '0'), (interval '30 minutes'), (interval '1 hour')) o (back)
    where o.back = interval '0' or (w.at - o.back) at time zone %3 = w.time
);

-- fragment: template_due
-- When a task is due that comes at the moment %1 of the template k with the schedule s: the offset's whole days by the calendar, the rest by
-- the clock.
case
    when k.due_offset_minutes < 1440 then %1 + make_interval(mins => k.due_offset_minutes)
    when k.due_offset_minutes >= 1440 then {{template_days_later: %1, k.due_offset_minutes / 1440, s.timezone}}
        + make_interval(mins => k.due_offset_minutes % 1440)
end;

-- name: template_spawn :opt
-- $id uuid
-- $occurrence_at timestamptz
-- $by_hand bool
-- The task of one occurrence, or ($by_hand) one for now, by somebody who may make them; under the locks. Whoever is no longer here is left
-- out. No row: the template or its board is gone, the occurrence has its task, or (by hand) the caller may not.
with place as materialized (
    select
        k.id as template_id, k.title, k.priority, k.description, array_remove(k.checklist, '') as steps, k.tags, k.created_by as made_by,
        {{template_due: w.moment}} as due_at, b.id as board_id, b.key, b.project_id, b.last_task_number + 1 as number,
        l.id as list_id, l.status, n.ids
    from task_templates k
    join {{template_schedule}}
    join boards b on b.brand_id = k.brand_id and b.id = k.board_id and b.team_id = k.team_id
    cross join (select coalesce($occurrence_at::timestamptz, now()) as moment) w
    cross join lateral (select {{template_people: k.assignee_ids}} as ids) n
    cross join lateral {{template_list}} l
    where k.brand_id = $brand_id and k.id = $id and (not $by_hand or {{template_team_managed: k.team_id}})
        and not exists (
            select from tasks o where o.brand_id = k.brand_id and o.template_id = k.id and o.occurrence_at = $occurrence_at
        )
), changed as (
    insert into tasks (
        brand_id, id, board_id, list_id, project_id, template_id, occurrence_at, number, title, description, status, priority, position,
        due_at, completed_at, tags, checklist_total, created_by
    )
    select
        $brand_id, $new_id, p.board_id, p.list_id, p.project_id, p.template_id, $occurrence_at, p.number, p.title, p.description, p.status,
        p.priority, {{task_last_rank: p.list_id, $new_id}}, p.due_at,
        case when p.status = 'completed' then now() end, p.tags, cardinality(p.steps), coalesce($actor_id, p.made_by)
    from place p
    returning *
), listed as (
    insert into checklist_items (brand_id, id, task_id, text, position)
    select c.brand_id, karara.uuid_v7(), c.id, left(s.step, 500), karara.rank_at(s.place - 1)
    from changed c
    cross join place p
    cross join lateral unnest(p.steps) with ordinality s (step, place)
), {{task_taken_up}}, noted as (
    update task_templates k set last_spawned_at = now() from changed c where k.brand_id = $brand_id and k.id = c.template_id
), emitted as (
    insert into karara.events (brand_id, actor_id, kind, subject_type, subject_id, payload, channels, request_id)
    select
        c.brand_id, $actor_id, 'task.created', 'task', c.id,
        jsonb_build_object('title', c.title, 'assignee_ids', to_jsonb(p.ids), 'template_id', c.template_id, 'occurrence_at', c.occurrence_at),
        array['board:' || c.board_id], $request_id
    from changed c
    cross join place p
)
select {{task_columns: c, p.key}}, c.description, w.ids as assignee_ids, w.people as assignees
from changed c
cross join place p
cross join lateral {{task_people_named: p.ids}} w;

-- name: template_waiting :many
-- $id uuid
-- $occurrence_at timestamptz
-- $batch int4
-- Occurrences of the template before this one whose jobs wait, or run elsewhere, and that have no task yet: the earliest first. Those that were
-- parked are for people to decide about. No row: none.
select o.at
from (
    select (j.payload ->> 'occurrence_at')::timestamptz as at
    from karara.jobs j
    where j.payload ? 'owner_id' and j.payload ->> 'owner_id' = $id::uuid::text and j.kind = 'task_template_spawn'
        and j.brand_id = $brand_id and j.parked_at is null
) o
where o.at < $occurrence_at and not exists (
    select from tasks t where t.brand_id = $brand_id and t.template_id = $id and t.occurrence_at = o.at
)
order by o.at limit $batch;

-- name: template_stop :opt
-- $id uuid
-- Pauses the schedule of a template that has no board, so that people look at it. No row: it has one, or is gone.
with stopped as (
    update karara.schedules s set paused_at = coalesce(s.paused_at, now()), version = s.version + 1, updated_at = now()
    from task_templates k
    where k.brand_id = $brand_id and k.id = $id and s.brand_id = k.brand_id and s.owner_kind = 'task_template' and s.owner_id = k.id
        and not {{template_board_there: k}}
    returning k.brand_id, k.id, k.team_id
), emitted as (
    insert into karara.events (brand_id, actor_id, kind, subject_type, subject_id, payload, channels, request_id)
    select t.brand_id, null, 'task_template.paused', 'task_template', t.id, '{"problem": "board_missing"}', array['team:' || t.team_id],
        $request_id
    from stopped t
)
select t.id from stopped t;
