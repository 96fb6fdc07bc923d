-- members_bulk.sql - many memberships in one request: everybody is looked up at once, the rules judge one after the other, and what may be
-- done is done at once. All of it under the brand's lock (member_lock).

-- name: bulk_people :many
-- $emails text[]
-- $user_ids uuid[]
-- The people that operations name, in their order; '' and the nil UUID stand for what isn't given. user_id is null where there is no
-- account, role where there is no membership; joinable are those that the caller knows of; address is what tells one from another,
-- whatever their case. No row: never.
select
    lower(o.email) as address,
    u.id as user_id,
    coalesce(u.status in ('active', 'pending') and u.deleted_at is null and {{person_known: u}}, false) as joinable,
    coalesce(u.status = 'active' and u.deleted_at is null, false) as account_active,
    m.role,
    m.status,
    m.permissions as overrides,
    m.expires_at,
    coalesce({{member_counted: m}}, false) as counted,
    coalesce(m.expires_at <= now() or m.status = 'expired', false) as ended,
    coalesce(m.role = 'owner' and m.status = 'active' and m.expires_at is null, false) as stands_in,
    0 as other_owners,
    coalesce(m.role is not null and m.expires_at is null, false) as endless,
    {{invitation_of_person: u}}
from unnest($emails, $user_ids) with ordinality o (email, user_id, place)
left join karara.users u on u.id = o.user_id or (o.email <> '' and lower(u.email) = lower(o.email))
left join karara.brand_members m on m.brand_id = $brand_id and m.user_id = u.id
order by o.place;

-- name: bulk_room :one
-- The plan's places, the caller's role, and how many owners the brand has whose membership doesn't end by itself. Always a row.
select
    {{member_places}},
    (
        select count(*)::int4
        from karara.brand_members o
        join karara.users u on u.id = o.user_id
        where o.brand_id = $brand_id and o.role = 'owner' and o.status = 'active' and o.expires_at is null
            and u.status = 'active' and u.deleted_at is null
    ) as owners;

-- fragment: bulk_told
-- One event and one entry of the audit log for each membership of %1, of the kind %2; what it was %3 and is now %4.
told as (
    insert into karara.events (brand_id, actor_id, kind, subject_type, subject_id, payload, changes, channels, request_id)
    select
        brand_id, $actor_id, %2, 'member', user_id,
        jsonb_build_object('role', role, 'status', status, 'permissions', permissions, 'expires_at', expires_at),
        {{member_role_change: %3}}, array['brand:' || brand_id, 'user:' || user_id], $request_id
    from %1
), audited as (
    insert into karara.audit_entries
        (brand_id, actor_id, action, resource_type, resource_id, before, after, ip, user_agent, request_id)
    select brand_id, $actor_id, %2, 'member', user_id, %3, %4, $ip, $user_agent, $request_id from %1
);

-- name: bulk_add :one
-- $operations jsonb
-- Makes memberships: [{user_id, role, expires_at?}]. Always a row.
with added as (
    insert into karara.brand_members (brand_id, user_id, role, invited_by, joined_at, expires_at)
    select $brand_id, o.user_id, o.role, $actor_id, now(), o.expires_at
    from jsonb_to_recordset($operations) as o (user_id uuid, role text, expires_at timestamptz)
    returning *
), {{bulk_told: added, 'member.added', null, {{member_audited: added}}}}
select count(*)::int4 as done from added;

-- name: bulk_update :one
-- $operations jsonb
-- Changes memberships: [{user_id, role?, permissions?, status?, has_expires_at, expires_at?}]. Always a row.
with asked as (
    select o.*, {{member_audited: m}} as was
    from jsonb_to_recordset($operations)
        as o (user_id uuid, role text, permissions jsonb, status text, has_expires_at bool, expires_at timestamptz)
    join karara.brand_members m on m.brand_id = $brand_id and m.user_id = o.user_id
), changed as (
    update karara.brand_members m set
        role = coalesce(o.role, m.role),
        permissions = case
            when coalesce(o.role, m.role) = 'owner' then '{}'
            when o.permissions is not null then {{json_merged: m.permissions, o.permissions, 'permissions'}}
            else m.permissions
        end,
        status = coalesce(o.status, case when m.status = 'expired' and o.has_expires_at then 'active' else m.status end),
        expires_at = case when o.has_expires_at then o.expires_at else m.expires_at end,
        version = m.version + 1,
        updated_at = now()
    from asked o
    where m.brand_id = $brand_id and m.user_id = o.user_id
    returning m.*, o.was
), {{bulk_told: changed, 'member.updated', was, {{member_audited: changed}}}}
select count(*)::int4 as done from changed;

-- name: bulk_remove :one
-- $user_ids uuid[]
-- Ends memberships, and with them those in teams. Always a row.
with removed as (
    delete from karara.brand_members m where m.brand_id = $brand_id and m.user_id = any($user_ids)
    returning m.*
), elsewhere as (
    update karara.sessions s set current_brand_id = null
    from removed
    where s.user_id = removed.user_id and s.current_brand_id = removed.brand_id
), {{bulk_told: removed, 'member.removed', {{member_audited: removed}}, null}}
select count(*)::int4 as done from removed;

-- name: bulk_results :many
-- $results jsonb
-- What came of each operation, as rows: [{index, status, id?, error?}]. No row: there was none.
select (e.result ->> 'index')::int4 as index, (e.result ->> 'status')::int4 as status, (e.result ->> 'id')::uuid as id,
    (e.result ->> 'invited')::bool as invited, e.result -> 'error' as error
from jsonb_array_elements($results) with ordinality as e (result, place)
order by e.place;
