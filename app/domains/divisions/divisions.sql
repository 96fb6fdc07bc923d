-- divisions.sql - the organisational units of a brand: a tree, who is in them, and which teams they have access to. What changes the tree takes the
-- brand's row first (division_tree_lock), in a statement before the one that looks: so no two changes together make a ring.

-- fragment: division_columns
-- %1 the division.
%1.id, %1.name, %1.description, %1.parent_division_id,
(select count(*)::int4 from division_members i where i.brand_id = %1.brand_id and i.division_id = %1.id) as member_count,
(select count(*)::int4 from division_teams g where g.brand_id = %1.brand_id and g.division_id = %1.id) as team_count,
%1.version, %1.created_at, %1.updated_at;

-- fragment: division_above
-- The ids from the division %1 up to the top.
(
    with recursive up as (
        select d.id, d.parent_division_id from divisions d where d.brand_id = $brand_id and d.id = %1
        union
        select p.id, p.parent_division_id from up join divisions p on p.brand_id = $brand_id and p.id = up.parent_division_id
    )
    select up.id from up
);

-- fragment: division_levels
-- How many levels the division %1 has with what is below it.
(
    with recursive below as (
        select %1 as id, 1 as level
        union all
        select d.id, below.level + 1 from below join divisions d on d.brand_id = $brand_id and d.parent_division_id = below.id
    )
    select max(below.level) from below
);

-- fragment: division_fits
-- Whether so many levels (%1) find room below $parent_division_id: true, or KA409. There are ten.
case
    when (select count(*) from {{division_above: $parent_division_id}} a) + %1 > 10
        then karara.fail('KA409', '{"message":"Divisions are at most ten deep.","reason":"depth"}')
    else true
end;

-- fragment: division_given
-- True where the caller may let others into the division %1 (a parameter, not a column), by which these come to its teams and those of the
-- divisions above it; else KA403 (see team_given).
case
    when $gives_all or not exists (
        select from division_teams g
        where g.brand_id = $brand_id and g.division_id in {{division_above: %1}} and g.team_id <> all ($team_ids)
    ) then true
    else karara.fail('KA403', '{"message":"Nobody gives access to a team that they don''t have themselves: this division has one."}')
end;

-- fragment: division_visible
-- Whether the caller sees the division %1: members and up see all of them, guests and clients those that they are in, and what is above these.
(
    $can_manage_users
    or (
        select me.role from karara.brand_members me where me.brand_id = $brand_id and me.user_id = $actor_id
    ) not in ('guest', 'client')
    or %1.id in (
        with recursive up as (
            select d.id, d.parent_division_id
            from division_members i
            join divisions d on d.brand_id = i.brand_id and d.id = i.division_id
            where i.brand_id = $brand_id and i.user_id = $actor_id
            union
            select p.id, p.parent_division_id from up join divisions p on p.brand_id = $brand_id and p.id = up.parent_division_id
        )
        select up.id from up
    )
);

-- name: division_list :list
-- The divisions of the brand that the caller sees. No row: none.
select {{division_columns: d}} from divisions d where d.brand_id = $brand_id and {{division_visible: d}};

-- name: division_get :one
-- $id uuid
-- One of them. No row: not in this brand, or not to be seen.
select {{division_columns: d}} from divisions d where d.brand_id = $brand_id and d.id = $id and {{division_visible: d}};

-- name: division_locate :one
-- $id uuid
-- Why a division wasn't found or changed. No row: not in this brand.
select {{division_visible: d}} as visible, $can_manage_users as changeable, d.version
from divisions d
where d.brand_id = $brand_id and d.id = $id;

-- name: division_locate_named :one
-- $division_id uuid
-- As division_locate, for a division whose members or teams are meant.
select true as visible, $can_manage_users as changeable, d.version
from divisions d
where d.brand_id = $brand_id and d.id = $division_id;

-- name: division_tree_lock :one
-- Takes the brand's row until the end of the transaction. No row: it is gone.
select b.id from karara.brands b where b.id = $brand_id for no key update;

-- name: division_create :one
-- $name text
-- $description text
-- $parent_division_id uuid
-- Makes a division. Always a row.
with made as (
    insert into divisions (brand_id, id, parent_division_id, name, description, created_by)
    select $brand_id, $new_id, $parent_division_id, $name, coalesce($description, ''), $actor_id where {{division_fits: 1}}
    returning *
), {{emit_event: made, 'division', id, array['brand:' || brand_id]}},
{{emit_audit: made, 'division', id, null, jsonb_build_object('name', name, 'parent_division_id', parent_division_id)}}
select {{division_columns: made}} from made;

-- name: division_update :one
-- $id uuid
-- $name text
-- $description text
-- $parent_division_id uuid
-- $has_parent_division_id bool
-- Changes what is given, and moves it with all that is below it. No row: not there, or another version than the one asked for.
with old as (
    select d.brand_id, d.id, to_jsonb(d) as was
    from divisions d
    where d.brand_id = $brand_id and d.id = $id and ($if_match is null or d.version = $if_match)
        and case
            when not $has_parent_division_id or $parent_division_id is null then true
            when d.id in {{division_above: $parent_division_id}}
                then karara.fail('KA409', '{"message":"A division can''t be below itself.","reason":"cycle"}')
            else {{division_fits: {{division_levels: d.id}}}} and {{division_given: $parent_division_id}}
        end
    for no key update
), changed as (
    update divisions d set
        name = coalesce($name, d.name),
        description = coalesce($description, d.description),
        parent_division_id = case when $has_parent_division_id then $parent_division_id else d.parent_division_id end,
        version = d.version + 1,
        updated_at = now()
    from old
    where d.brand_id = old.brand_id and d.id = old.id
    returning d.*, old.was
), {{emit_event: changed, 'division', id, array['brand:' || brand_id]}},
{{emit_audit: changed, 'division', id, {{audit_asked: was}}, {{audit_asked: to_jsonb(changed)}}}}
select {{division_columns: changed}} from changed;

-- name: division_children_move :exec
-- $id uuid
-- $move_children bool
-- Puts what is directly below a division that is about to go under the one above it, if that is asked for.
with moved as (
    update divisions c set parent_division_id = d.parent_division_id, version = c.version + 1, updated_at = now()
    from divisions d
    where $move_children and d.brand_id = $brand_id and d.id = $id and ($if_match is null or d.version = $if_match)
        and c.brand_id = d.brand_id and c.parent_division_id = d.id
    returning c.brand_id, c.id, jsonb_build_object('parent_division_id', d.id) as was,
        jsonb_build_object('parent_division_id', c.parent_division_id) as now
), told as (
    insert into karara.events (brand_id, actor_id, kind, subject_type, subject_id, payload, channels, request_id)
    select brand_id, $actor_id, 'division.updated', 'division', id, moved.now, array['brand:' || brand_id], $request_id from moved
)
insert into karara.audit_entries
    (brand_id, actor_id, action, resource_type, resource_id, before, after, ip, user_agent, request_id)
select brand_id, $actor_id, 'division.updated', 'division', id, was, moved.now, $ip, $user_agent, $request_id from moved;

-- name: division_delete :one
-- $id uuid
-- Deletes a division that has none below it, and with it what its people had access to by it. No row: not there, or another version than the
-- one asked for.
with deleted as (
    delete from divisions d
    where d.brand_id = $brand_id and d.id = $id and ($if_match is null or d.version = $if_match)
        and case
            when exists (select from divisions c where c.brand_id = d.brand_id and c.parent_division_id = d.id) then karara.fail(
                'KA409',
                '{"message":"There are divisions below this one: move_children=true puts them one level up.","reason":"divisions"}'
            )
            else true
        end
    returning d.*
), {{emit_event: deleted, 'division', id, array['brand:' || brand_id]}},
{{emit_audit: deleted, 'division', id, jsonb_build_object('name', name, 'parent_division_id', parent_division_id), null}}
select id from deleted;

-- fragment: division_there
-- True, or KA404: the division $division_id is one of this brand. Asked once, whether or not there are rows.
(
    select case when count(*) > 0 then true else karara.fail('KA404', '{"message":"There is no such division here."}') end
    from divisions d
    where d.brand_id = $brand_id and d.id = $division_id
);

-- fragment: division_member_columns
-- %1 the membership of a division, %2 the person.
%2.id, {{full_name: %2}} as name, null::text as avatar_url, %1.division_id, %1.created_at;

-- fragment: division_member_rows
select {{division_member_columns: i, u}}
from division_members i
join karara.brand_members m on m.brand_id = i.brand_id and m.user_id = i.user_id
join karara.users u on u.id = i.user_id
where i.brand_id = $brand_id and i.division_id = $division_id and {{person_visible: m}};

-- name: division_member_list :list
-- $division_id uuid
-- Who is in a division itself, as far as the caller sees them. No row: nobody.
{{division_member_rows}} and {{division_there}};

-- name: division_member_get :one
-- $division_id uuid
-- $id uuid
-- One of them. No row: not in it, or not to be seen.
{{division_member_rows}} and i.user_id = $id;

-- name: division_member_locate :one
-- $division_id uuid
-- $id uuid
-- Why somebody wasn't found in a division, or taken out. No row: not in it.
select {{person_visible: m}} as visible, $can_manage_users as changeable, 1 as version
from division_members i
join karara.brand_members m on m.brand_id = i.brand_id and m.user_id = i.user_id
where i.brand_id = $brand_id and i.division_id = $division_id and i.user_id = $id;

-- name: division_member_add :one
-- $division_id uuid
-- $user_id uuid
-- Puts somebody of the brand into a division; one who is in it breaks the key, one of another brand the reference. No row: no such division.
with added as (
    insert into division_members (brand_id, division_id, user_id)
    select d.brand_id, d.id, $user_id from divisions d
    where d.brand_id = $brand_id and d.id = $division_id and {{division_given: $division_id}}
    returning *
), {{emit_event: added, 'division', division_id, (array['brand:' || brand_id, 'user:' || user_id])}},
{{emit_audit: added, 'division_member', user_id, null, jsonb_build_object('division_id', division_id)}}
select {{division_member_columns: added, u}} from added join karara.users u on u.id = added.user_id;

-- name: division_member_remove :one
-- $division_id uuid
-- $id uuid
-- Takes somebody out of a division. No row: not in it.
with removed as (
    delete from division_members i where i.brand_id = $brand_id and i.division_id = $division_id and i.user_id = $id
    returning *
), {{emit_event: removed, 'division', division_id, (array['brand:' || brand_id, 'user:' || user_id])}},
{{emit_audit: removed, 'division_member', user_id, jsonb_build_object('division_id', division_id), null}}
select user_id as id from removed;

-- fragment: division_team_columns
-- %1 the access, %2 the team.
%2.id, %2.name, %1.division_id, %1.created_at;

-- name: division_team_list :list
-- $division_id uuid
-- The teams that a division itself was given, as far as the caller sees them. No row: none.
select {{division_team_columns: g, t}}
from division_teams g
join teams t on t.brand_id = g.brand_id and t.id = g.team_id
where g.brand_id = $brand_id and g.division_id = $division_id and {{team_visible: t}} and {{division_there}};

-- name: division_team_get :one
-- $division_id uuid
-- $id uuid
-- One of them. No row: it wasn't given this team, or the caller doesn't see it.
select {{division_team_columns: g, t}}
from division_teams g
join teams t on t.brand_id = g.brand_id and t.id = g.team_id
where g.brand_id = $brand_id and g.division_id = $division_id and g.team_id = $id and {{team_visible: t}};

-- name: division_team_locate :one
-- $division_id uuid
-- $id uuid
-- Why a team wasn't found with a division, or taken from it. No row: the division wasn't given it.
select {{team_visible: t}} as visible, $can_manage_users as changeable, 1 as version
from division_teams g
join teams t on t.brand_id = g.brand_id and t.id = g.team_id
where g.brand_id = $brand_id and g.division_id = $division_id and g.team_id = $id;

-- name: division_team_add :one
-- $division_id uuid
-- $team_id uuid
-- Gives a division access to a team of the brand; one that it has breaks the key, one of another brand the reference. No row: no such division.
with added as (
    insert into division_teams (brand_id, division_id, team_id)
    select d.brand_id, d.id, $team_id from divisions d
    where d.brand_id = $brand_id and d.id = $division_id and {{team_given: $team_id}}
    returning *
), {{emit_event: added, 'division', division_id, array['brand:' || brand_id]}},
{{emit_audit: added, 'division_team', team_id, null, jsonb_build_object('division_id', division_id)}}
select {{division_team_columns: added, t}} from added join teams t on t.brand_id = added.brand_id and t.id = added.team_id;

-- name: division_team_remove :one
-- $division_id uuid
-- $id uuid
-- Takes a team from a division. No row: it wasn't given it.
with removed as (
    delete from division_teams g where g.brand_id = $brand_id and g.division_id = $division_id and g.team_id = $id
    returning *
), {{emit_event: removed, 'division', division_id, array['brand:' || brand_id]}},
{{emit_audit: removed, 'division_team', team_id, jsonb_build_object('division_id', division_id), null}}
select team_id as id from removed;
