-- teams.sql - teams of a brand, and who is in them.

-- fragment: team_visible
-- The caller sees the team %1.
($see_all or $can_manage_users or %1.id = any($team_ids));

-- fragment: team_changeable
-- The caller may change the team %1 and its members: who manages users, and the team's own managers.
($can_manage_users or %1.id = any($managed_team_ids));

-- fragment: team_given
-- True where the caller may let others into the team with the id %1, else KA403: nobody gives access that they don't have themselves, and of their
-- own, to all teams or to this one.
case
    when $gives_all or %1 = any($team_ids) then true
    else karara.fail('KA403', '{"message":"Nobody gives access to a team that they don''t have themselves."}')
end;

-- fragment: team_columns
-- %1 the team, %2 the caller's role in it, %3 how many members, %4 how many boards.
%1.id, %1.name, %1.description, %1.owner_id, %2 as role, %3 as member_count, %4 as board_count, %1.version, %1.created_at,
%1.updated_at;

-- fragment: team_counted
-- The same, counting.
{{team_columns:
    %1,
    (select r.role from team_members r where r.brand_id = %1.brand_id and r.team_id = %1.id and r.user_id = $actor_id),
    (select count(*)::int4 from team_members c where c.brand_id = %1.brand_id and c.team_id = %1.id),
    (select count(*)::int4 from boards d where d.brand_id = %1.brand_id and d.team_id = %1.id)
}};

-- name: team_list :list
-- The teams that the caller sees. No row: none.
select {{team_counted: t}} from teams t where t.brand_id = $brand_id and {{team_visible: t}};

-- name: team_get :one
-- $id uuid
-- One of them. No row: it isn't there or may not be seen.
select {{team_counted: t}} from teams t where t.brand_id = $brand_id and t.id = $id and {{team_visible: t}};

-- name: team_locate :one
-- $id uuid
-- Why a team wasn't found or changed. No row: not in this brand.
select {{team_visible: t}} as visible, {{team_changeable: t}} as changeable, t.version
from teams t
where t.brand_id = $brand_id and t.id = $id;

-- name: team_create :one
-- $name text
-- $description text
-- Makes a team that the caller manages. Always a row.
with made as (
    insert into teams (brand_id, id, name, description, owner_id, created_by)
    values ($brand_id, $new_id, $name, coalesce($description, ''), $actor_id, $actor_id)
    returning *
), managed as (
    insert into team_members (brand_id, team_id, user_id, role) select brand_id, id, $actor_id, 'manager' from made
), {{emit_event: made, 'team', id, array['brand:' || brand_id]}},
{{emit_audit: made, 'team', id, null, jsonb_build_object('name', name)}}
select {{team_columns: made, 'manager', 1, 0}} from made;

-- name: team_update :one
-- $id uuid
-- $name text
-- $description text
-- $owner_id uuid
-- $has_owner_id bool
-- Changes what is given. No row: it isn't there, may not be changed, or has another version than the one asked for.
with old as (
    select t.brand_id, t.id, to_jsonb(t) as was from teams t
    where t.brand_id = $brand_id and t.id = $id and {{team_changeable: t}} and ($if_match is null or t.version = $if_match)
    for no key update
), changed as (
    update teams t set
        name = coalesce($name, t.name),
        description = coalesce($description, t.description),
        owner_id = case when $has_owner_id then $owner_id else t.owner_id end,
        version = t.version + 1,
        updated_at = now()
    from old
    where t.brand_id = old.brand_id and t.id = old.id
    returning t.*, old.was
), {{emit_event: changed, 'team', id, array['brand:' || brand_id]}},
{{emit_audit: changed, 'team', id, {{audit_asked: was}}, {{audit_asked: to_jsonb(changed)}}}}
select {{team_counted: changed}} from changed;

-- name: team_lock_all :many
-- Takes the brand's teams, so that the one that is left isn't deleted at the same time. No row: there are none.
select t.id from teams t where t.brand_id = $brand_id order by t.id for update;

-- name: team_delete :one
-- $id uuid
-- Deletes a team without boards, unless it is the last. No row: it isn't there, or has another version than the one asked for.
with deleted as (
    delete from teams t
    where t.brand_id = $brand_id and t.id = $id and ($if_match is null or t.version = $if_match)
        and case
            when exists (select from boards d where d.brand_id = t.brand_id and d.team_id = t.id)
                then karara.fail('KA409', '{"message":"This team has boards: move or delete them first.","reason":"boards"}')
            when not exists (select from teams o where o.brand_id = t.brand_id and o.id <> t.id)
                then karara.fail('KA409', '{"message":"A brand keeps at least one team.","reason":"last_team"}')
            else true
        end
    returning t.*
), {{emit_event: deleted, 'team', id, array['brand:' || brand_id]}},
{{emit_audit: deleted, 'team', id, jsonb_build_object('name', name), null}}
select id from deleted;

-- fragment: team_member_audited
-- What the audit log keeps of the membership of a team, in the team %1 with the role %2.
jsonb_build_object('team_id', %1, 'role', %2);

-- fragment: team_member_columns
-- %1 the membership of a team, %2 the person.
%2.id, {{full_name: %2}} as name, null::text as avatar_url, %1.team_id, %1.role, %1.version, %1.created_at, %1.updated_at;

-- name: team_member_list :list
-- $team_id uuid
-- Who is in a team. Raises KA404 for a team that isn't in this brand and KA403 for one that the caller doesn't see. No row: nobody.
select {{team_member_columns: m, u}}
from team_members m
join karara.users u on u.id = m.user_id
where m.brand_id = $brand_id and m.team_id = $team_id
    and (
        select case
            when count(*) = 0 then karara.fail('KA404', '{"message":"There is no such team here."}')
            when not bool_and({{team_visible: t}}) then karara.fail('KA403', '{"message":"You may not see this team."}')
            else true
        end
        from teams t
        where t.brand_id = $brand_id and t.id = $team_id
    );

-- name: team_member_get :one
-- $team_id uuid
-- $id uuid
-- One person in a team. No row: not in this team, or the caller doesn't see it.
select {{team_member_columns: m, u}}
from teams t
join team_members m on m.brand_id = t.brand_id and m.team_id = t.id
join karara.users u on u.id = m.user_id
where t.brand_id = $brand_id and t.id = $team_id and m.user_id = $id and {{team_visible: t}};

-- name: team_locate_named :one
-- $team_id uuid
-- Why nobody was added to a team. No row: not in this brand.
select {{team_visible: t}} as visible, {{team_changeable: t}} as changeable, t.version
from teams t
where t.brand_id = $brand_id and t.id = $team_id;

-- fragment: emit_team_people
-- An event about who is in a team, which names them to those who read it: %1 a CTE of memberships, %2 what became different (a jsonb object).
emitted as (
    insert into karara.events (brand_id, actor_id, kind, subject_type, subject_id, payload, changes, channels, request_id)
    select brand_id, $actor_id, $event, 'team', team_id, $changes, %2, array['brand:' || brand_id, 'user:' || user_id], $request_id
    from %1
);

-- name: team_member_locate :one
-- $team_id uuid
-- $id uuid
-- Why a person in a team wasn't found or changed. No row: not in this team, or no such team in this brand.
select {{team_visible: t}} as visible, {{team_changeable: t}} as changeable, m.version
from teams t
join team_members m on m.brand_id = t.brand_id and m.team_id = t.id
where t.brand_id = $brand_id and t.id = $team_id and m.user_id = $id;

-- name: team_member_add :one
-- $team_id uuid
-- $user_id uuid
-- $role text
-- Adds somebody of the brand to a team; one who is in it breaks the key, one of another brand the reference. No row: the team isn't
-- there or may not be changed.
with added as (
    insert into team_members (brand_id, team_id, user_id, role)
    select t.brand_id, t.id, $user_id, coalesce($role, 'member')
    from teams t
    where t.brand_id = $brand_id and t.id = $team_id and case when {{team_changeable: t}} then {{team_given: t.id}} else false end
    returning *
), {{emit_team_people:
    added, jsonb_build_object('member_ids', jsonb_build_object('added', jsonb_build_array(user_id)),
        'role', jsonb_build_object('to', role))}},
{{emit_audit: added, 'team_member', user_id, null, {{team_member_audited: team_id, role}}}}
select {{team_member_columns: added, u}} from added join karara.users u on u.id = added.user_id;

-- name: team_member_update :one
-- $team_id uuid
-- $id uuid
-- $role text
-- Changes somebody's role in a team. No row: not in it, may not be changed, or another version than the one asked for.
with old as (
    select m.brand_id, m.team_id, m.user_id, m.role
    from team_members m
    join teams t on t.brand_id = m.brand_id and t.id = m.team_id
    where m.brand_id = $brand_id and m.team_id = $team_id and m.user_id = $id and ($if_match is null or m.version = $if_match)
        and {{team_changeable: t}}
    for no key update of m
), changed as (
    update team_members m set role = coalesce($role, m.role), version = m.version + 1, updated_at = now()
    from old
    where m.brand_id = old.brand_id and m.team_id = old.team_id and m.user_id = old.user_id
    returning m.*, old.role as old_role
), {{emit_team_people:
    changed, jsonb_build_object('member_ids', jsonb_build_object('changed', jsonb_build_array(user_id)),
        'role', jsonb_build_object('from', old_role, 'to', role))}},
{{emit_audit:
    changed, 'team_member', user_id, {{team_member_audited: team_id, old_role}}, {{team_member_audited: team_id, role}}}}
select {{team_member_columns: changed, u}} from changed join karara.users u on u.id = changed.user_id;

-- name: team_member_remove :one
-- $team_id uuid
-- $id uuid
-- Takes somebody out of a team. No row: not in it, may not be changed, or another version than the one asked for.
with removed as (
    delete from team_members m using teams t
    where m.brand_id = $brand_id and m.team_id = $team_id and m.user_id = $id and ($if_match is null or m.version = $if_match)
        and t.brand_id = m.brand_id and t.id = m.team_id and {{team_changeable: t}}
    returning m.*
), {{emit_team_people:
    removed, jsonb_build_object('member_ids', jsonb_build_object('removed', jsonb_build_array(user_id)))}},
{{emit_audit: removed, 'team_member', user_id, {{team_member_audited: team_id, role}}, null}}
select user_id as id from removed;

-- fragment: team_members_noted
-- An entry of the audit log for each of these who came into a team by coming into the brand: %1 the CTE.
audited as (
    insert into karara.audit_entries (brand_id, actor_id, action, resource_type, resource_id, after, ip, user_agent, request_id)
    select
        brand_id, $actor_id, 'team.member_added', 'team_member', user_id, {{team_member_audited: team_id, role}}, $ip, $user_agent, $request_id
    from %1
);

-- name: team_person_add :one
-- $person_id uuid
-- $into_ids uuid[]
-- Puts a member of the brand into these teams; into how many of them they came. Always a row.
with added as (
    insert into team_members (brand_id, team_id, user_id)
    select t.brand_id, t.id, $person_id from teams t where t.brand_id = $brand_id and t.id = any($into_ids)
    on conflict do nothing
    returning *
), {{team_members_noted: added}}
select count(*)::int4 as added from added;

-- name: team_find :many
-- $wanted_ids uuid[]
-- $wanted_names text[]
-- Those of these teams that are in the brand, by id or by name whatever its case; names: which of the wanted ones mean it. No row: none of them.
select t.id, array(select n from unnest($wanted_names) n where lower(n) = lower(t.name)) as names from teams t
where t.brand_id = $brand_id and (t.id = any($wanted_ids) or lower(t.name) in (select lower(n) from unnest($wanted_names) n));

-- name: team_people_add :one
-- $operations jsonb
-- Puts new members of the brand into teams: [{user_id, team_id}]. Always a row.
with added as (
    insert into team_members (brand_id, team_id, user_id)
    select $brand_id, o.team_id, o.user_id from jsonb_to_recordset($operations) as o (user_id uuid, team_id uuid)
    on conflict do nothing
    returning *
), {{team_members_noted: added}}
select count(*)::int4 as added from added;
