-- members.sql - who belongs to a brand. Everything that changes a membership takes the brand's row first (member_lock), in a statement
-- before the one that looks: so owners and places are counted while nobody else changes them.

-- fragment: member_columns
-- %1 the membership, %2 the person.
%2.id, {{full_name: %2}} as name, %2.first_name, %2.last_name, %2.email, null::text as avatar_url, %1.role,
case when %1.status = 'active' and %1.expires_at <= now() then 'expired' else %1.status end as status,
case when $can_manage_users or %2.id = $actor_id then %1.permissions end as permissions,
case
    when $can_manage_users or %2.id = $actor_id
        then exists (select from karara.credentials f where f.user_id = %2.id and f.totp_enabled_at is not null)
end as two_factor,
%1.joined_at, %1.expires_at, %1.version, %1.created_at, %1.updated_at;

-- fragment: member_audited
-- What the audit log keeps of the membership %1.
jsonb_build_object('role', %1.role, 'status', %1.status, 'permissions', %1.permissions, 'expires_at', %1.expires_at);

-- fragment: member_counted
-- Whether the membership %1 takes one of the plan's places.
%1.status in ('active', 'pending') and (%1.expires_at is null or %1.expires_at > now());

-- fragment: member_places
-- The places of brand_places, and what there is to give: what the brand has changed about roles (null: nothing), and the caller's role and
-- overrides, as they are now (null: they may do nothing here).
{{brand_places}},
{{brand_role_changes: $brand_id}} as role_changes,
(select a.role from karara.brand_members a where {{member_giving: a}}) as giver_role,
(select a.permissions from karara.brand_members a where {{member_giving: a}}) as giver_overrides;

-- fragment: brand_places
-- How many places the brand's plan has (null: no limit), and how many are taken, by members and open invitations.
(
    select case jsonb_typeof(b.subscription -> 'max_users')
        when 'number' then least((b.subscription ->> 'max_users')::numeric, 2147483647)::int4
    end
    from karara.brands b where b.id = $brand_id
) as max_users,
(
    (select count(*) from karara.brand_members c where c.brand_id = $brand_id and {{member_counted: c}})
    + (select count(*) from karara.invitations o where o.brand_id = $brand_id and {{invitation_open: o}})
)::int4 as taken;

-- fragment: brand_role_changes
-- What the brand %1 has changed about its roles: {"manager": {"can_x": true}}. Null: nothing.
(select jsonb_object_agg(r.role, r.permissions) from karara.brand_role_permissions r where r.brand_id = %1);

-- fragment: member_giving
-- The membership %1 is the caller's, and counts now.
%1.brand_id = $brand_id and %1.user_id = $actor_id and %1.status = 'active' and (%1.expires_at is null or %1.expires_at > now());

-- fragment: person_known
-- Whether it is no news to the caller that the person %1 has an account: one of this brand's people, of another brand in which the caller sees
-- who belongs to it, or anybody to who runs the installation.
(
    exists (
        select from karara.brand_members mine
        join karara.brand_members theirs on theirs.brand_id = mine.brand_id and theirs.user_id = %1.id
        join karara.brands shared on shared.id = mine.brand_id
        where mine.user_id = $actor_id and mine.role not in ('guest', 'client') and {{membership_live: mine, shared}}
            and (mine.brand_id = $brand_id or {{membership_live: theirs, shared}})
    )
    or exists (
        select from karara.users a where a.id = $actor_id and a.platform_role = 'admin' and a.status = 'active' and %1.id is not null
    )
);

-- name: member_list :list
-- $q text
-- The memberships that the caller sees, with $q somewhere in name or address. No row: nobody fits.
select {{member_columns: m, u}}
from karara.brand_members m
join karara.users u on u.id = m.user_id
where m.brand_id = $brand_id and {{person_visible: m}}
    and ($q is null or strpos(lower(u.first_name || ' ' || u.last_name || ' ' || u.email), lower($q)) > 0);

-- name: member_get :one
-- $user_id uuid
-- One of them. No row: not in the brand, or not to be seen.
select {{member_columns: m, u}}
from karara.brand_members m
join karara.users u on u.id = m.user_id
where m.brand_id = $brand_id and m.user_id = $user_id and {{person_visible: m}};

-- name: member_locate :one
-- $user_id uuid
-- Why a membership wasn't found or changed. No row: not in the brand.
select
    {{person_visible: m}} as visible,
    $can_manage_users or $can_remove_users or m.user_id = $actor_id as changeable,
    m.version
from karara.brand_members m
where m.brand_id = $brand_id and m.user_id = $user_id;

-- name: member_lock :one
-- Takes the brand's row until the end of the transaction. No row: it is gone.
select b.id from karara.brands b where b.id = $brand_id for no key update;

-- name: member_room :one
-- What decides about one more. Always a row.
select {{member_places}};

-- name: member_standing :opt
-- $user_id uuid
-- What decides about a change of this membership. No row: there is none.
select
    m.role,
    m.status,
    m.permissions as overrides,
    m.expires_at,
    {{member_counted: m}} as counted,
    coalesce(m.expires_at <= now(), false) or m.status = 'expired' as ended,
    m.role = 'owner' and m.status = 'active' and m.expires_at is null as stands_in,
    (
        select count(*)::int4
        from karara.brand_members o
        join karara.users u on u.id = o.user_id
        where o.brand_id = $brand_id and o.role = 'owner' and o.status = 'active' and o.expires_at is null
            and o.user_id <> m.user_id and u.status = 'active' and u.deleted_at is null
    ) as other_owners,
    m.version,
    {{member_places}}
from karara.brand_members m
where m.brand_id = $brand_id and m.user_id = $user_id;

-- name: member_find_account :opt
-- $email text
-- $user_id uuid
-- The account with this address or id, if the caller knows of it. No row: not, or there is none.
select u.id, {{invitation_of_person: u}} from karara.users u
where (u.id = $user_id or lower(u.email) = lower($email)) and u.status in ('active', 'pending') and u.deleted_at is null
    and {{person_known: u}};

-- name: member_add :one
-- $person_id uuid
-- $role text
-- $expires_at timestamptz
-- Makes a membership; one that exists breaks the key. Always a row.
with added as (
    insert into karara.brand_members (brand_id, user_id, role, invited_by, joined_at, expires_at)
    values ($brand_id, $person_id, $role, $actor_id, now(), $expires_at)
    returning *
), {{emit_event: added, 'member', user_id, (array['brand:' || brand_id, 'user:' || user_id])}},
{{emit_audit: added, 'member', user_id, null, {{member_audited: added}}}}
select {{member_columns: added, u}}, null::uuid as invitation_id from added join karara.users u on u.id = added.user_id;

-- name: member_invited :one
-- $invited_id uuid
-- The membership that comes of an invitation once it is accepted, by whoever that is. Always a row.
select
    null::uuid as id, i.email as name, '' as first_name, '' as last_name, i.email, null::text as avatar_url, i.role, 'pending' as status,
    null::jsonb as permissions, null::bool as two_factor, null::timestamptz as joined_at, i.access_expires_at as expires_at, i.version,
    i.created_at, i.updated_at, i.id as invitation_id
from karara.invitations i
where i.brand_id = $brand_id and i.id = $invited_id;

-- fragment: member_role_change
-- What an event says of a membership that was %1 (null for a new one), if its role is another now.
case
    when (%1)::jsonb ->> 'role' <> role
        then jsonb_build_object('role', jsonb_build_object('from', (%1)::jsonb ->> 'role', 'to', role))
end;

-- name: member_update :one
-- $user_id uuid
-- $role text
-- $permissions jsonb
-- $has_permissions bool
-- $status text
-- $expires_at timestamptz
-- $has_expires_at bool
-- Changes what is given; an owner keeps no overrides, and whose membership had ended is back with another end. No row: another version than
-- the one asked for.
with old as (
    select m.brand_id, m.user_id, {{member_audited: m}} as was from karara.brand_members m
    where m.brand_id = $brand_id and m.user_id = $user_id and ($if_match is null or m.version = $if_match)
    for no key update
), changed as (
    update karara.brand_members m set
        role = coalesce($role, m.role),
        permissions = case
            when coalesce($role, m.role) = 'owner' then '{}'
            when $has_permissions then {{json_merged: m.permissions, $permissions, 'permissions'}}
            else m.permissions
        end,
        status = coalesce($status, case when m.status = 'expired' and $has_expires_at then 'active' else m.status end),
        expires_at = case when $has_expires_at then $expires_at else m.expires_at end,
        version = m.version + 1,
        updated_at = now()
    from old
    where m.brand_id = old.brand_id and m.user_id = old.user_id
    returning m.*, old.was
), told as (
    insert into karara.events (brand_id, actor_id, kind, subject_type, subject_id, payload, changes, channels, request_id)
    select
        brand_id, $actor_id, $event, 'member', user_id, $changes, {{member_role_change: was}},
        array['brand:' || brand_id, 'user:' || user_id], $request_id
    from changed
), {{emit_audit: changed, 'member', user_id, was, {{member_audited: changed}}}}
select {{member_columns: changed, u}} from changed join karara.users u on u.id = changed.user_id;

-- name: member_remove :one
-- $user_id uuid
-- Ends a membership, and with it those in teams. No row: another version than the one asked for.
with removed as (
    delete from karara.brand_members m
    where m.brand_id = $brand_id and m.user_id = $user_id and ($if_match is null or m.version = $if_match)
    returning m.*
), elsewhere as (
    update karara.sessions s set current_brand_id = null
    from removed
    where s.user_id = removed.user_id and s.current_brand_id = removed.brand_id
), {{emit_event: removed, 'member', user_id, (array['brand:' || brand_id, 'user:' || user_id])}},
{{emit_audit: removed, 'member', user_id, {{member_audited: removed}}, null}}
select user_id as id from removed;
