-- roles.sql - what roles may do in a brand, and what one member may, and why.

-- fragment: role_cells
-- Each permission of the role %1 under the brand's changes %2: by default, what the brand says of it, and what comes of that.
(
    select jsonb_agg(jsonb_build_object(
        'key', k.key, 'default', d.given, 'change', (%2 ->> k.key)::boolean,
        'effective', coalesce((%2 ->> k.key)::boolean, d.given)
    ) order by k.place)
    from unnest($keys) with ordinality k (key, place)
    cross join lateral (select %1 || ':' || k.key = any($defaults) as given) d
);

-- name: role_list :many
-- $roles text[]
-- $keys text[]
-- $defaults text[]
-- All roles. $defaults holds role:key for what a role has by default. No row: never.
select
    r.role,
    {{role_cells: r.role, coalesce(c.permissions, '{}')}} as permissions,
    (
        select count(*)::int4 from karara.brand_members m
        where m.brand_id = $brand_id and m.role = r.role and {{member_counted: m}}
    ) as member_count,
    coalesce(c.version, 0) + 1 as version
from unnest($roles) with ordinality r (role, place)
left join karara.brand_role_permissions c on c.brand_id = $brand_id and c.role = r.role
order by r.place;

-- name: role_current :one
-- $role text
-- The brand's changes to a role, for those who were refused a change of an older version. Always a row.
select r.role, coalesce(c.permissions, '{}') as changes, coalesce(c.version, 0) + 1 as version
from (select $role as role) r
left join karara.brand_role_permissions c on c.brand_id = $brand_id and c.role = r.role;

-- name: role_locate :one
-- $role text
-- Why a role wasn't changed. Always a row.
select true as visible, $can_manage_users as changeable, coalesce(c.version, 0) + 1 as version
from (select $role as role) r
left join karara.brand_role_permissions c on c.brand_id = $brand_id and c.role = r.role;

-- name: role_change :one
-- $role text
-- $permissions jsonb
-- $keys text[]
-- $defaults text[]
-- Lays changes over those that the brand has made to a role. No row: another version than the one asked for.
with old as (
    select o.permissions from karara.brand_role_permissions o where o.brand_id = $brand_id and o.role = $role for no key update
), changed as (
    insert into karara.brand_role_permissions as c (brand_id, role, permissions)
    select $brand_id, $role, {{json_merged: '{}'::jsonb, $permissions, 'permissions'}}
    from (select count(*) as n from old) held
    where coalesce($if_match, 1) = 1 or held.n > 0
    on conflict (brand_id, role) do update set
        permissions = {{json_merged: c.permissions, $permissions, 'permissions'}},
        version = c.version + 1,
        updated_at = now()
    where $if_match is null or c.version + 1 = $if_match
    returning c.*
), {{emit_event: changed, 'role', brand_id, array['brand:' || brand_id]}},
{{emit_audit:
    changed, 'role', brand_id, jsonb_build_object('role', role, 'permissions', coalesce((select old.permissions from old), '{}')),
    jsonb_build_object('role', role, 'permissions', permissions)}}
select
    changed.role,
    {{role_cells: changed.role, changed.permissions}} as permissions,
    (
        select count(*)::int4 from karara.brand_members m
        where m.brand_id = $brand_id and m.role = changed.role and {{member_counted: m}}
    ) as member_count,
    changed.version + 1 as version
from changed;

-- name: member_effective :opt
-- $user_id uuid
-- What decides about somebody's permissions, and whether their membership counts now. No row: not in the brand.
select
    m.user_id,
    m.role,
    m.permissions as overrides,
    coalesce(c.permissions, '{}') as role_changes,
    {{delegations_to: m}} as delegated,
    {{membership_live: m, b}} and u.status = 'active' as active,
    b.status = 'suspended' as read_only,
    {{lacks_two_factor: m.user_id, b}} as lacks_two_factor
from karara.brand_members m
join karara.brands b on b.id = m.brand_id
join karara.users u on u.id = m.user_id
left join karara.brand_role_permissions c on c.brand_id = m.brand_id and c.role = m.role
where m.brand_id = $brand_id and m.user_id = $user_id;

-- name: permission_rows :many
-- $keys text[]
-- $given text[]
-- $sources text[]
-- $delegation_ids uuid[]
-- Permissions as rows: one for each key, with its source, and the nil UUID where no delegation gives it. No row: never.
select
    k.key,
    k.key = any($given) as effective,
    k.source,
    nullif(k.delegation_id, '00000000-0000-0000-0000-000000000000'::uuid) as delegation_id
from unnest($keys, $sources, $delegation_ids) with ordinality k (key, source, delegation_id, place)
order by k.place;
