-- delegations.sql - what members lend each other of their own permissions, for a time.

-- fragment: delegation_person
jsonb_build_object('id', %1.id, 'name', {{full_name: %1}}, 'avatar_url', null);

-- fragment: delegation_columns
-- %1 the delegation, f who gives, t who gets.
%1.id, %1.from_user_id, %1.to_user_id, {{delegation_person: f}} as from_user, {{delegation_person: t}} as to_user, %1.permissions,
%1.starts_at, %1.ends_at, %1.starts_at <= now() and %1.ends_at > now() as active, %1.version, %1.created_at, %1.updated_at;

-- fragment: delegation_visible
($can_manage_users or %1.from_user_id = $actor_id or %1.to_user_id = $actor_id);

-- name: delegation_list :list
-- The delegations that the caller sees: their own, or all for who manages users. No row: there are none.
select {{delegation_columns: d}}
from karara.delegations d
join karara.users f on f.id = d.from_user_id
join karara.users t on t.id = d.to_user_id
where d.brand_id = $brand_id and {{delegation_visible: d}};

-- name: delegation_get :one
-- $id uuid
-- One of them. No row: not in this brand, or not to be seen.
select {{delegation_columns: d}}
from karara.delegations d
join karara.users f on f.id = d.from_user_id
join karara.users t on t.id = d.to_user_id
where d.brand_id = $brand_id and d.id = $id and {{delegation_visible: d}};

-- name: delegation_locate :one
-- $id uuid
-- Why a delegation wasn't found or changed: that is for its giver. No row: not in this brand.
select {{delegation_visible: d}} as visible, d.from_user_id = $actor_id as changeable, d.version
from karara.delegations d
where d.brand_id = $brand_id and d.id = $id;

-- name: delegation_locate_revocable :one
-- $id uuid
-- Why a delegation wasn't revoked: that is for its giver, and for who manages users. No row: not in this brand.
select {{delegation_visible: d}} as visible, d.from_user_id = $actor_id or $can_manage_users as changeable, d.version
from karara.delegations d
where d.brand_id = $brand_id and d.id = $id;

-- fragment: delegation_audited
-- What the audit log keeps of the delegation %1.
jsonb_build_object('from_user_id', %1.from_user_id, 'to_user_id', %1.to_user_id, 'permissions', %1.permissions,
    'starts_at', %1.starts_at, 'ends_at', %1.ends_at);

-- name: delegation_create :one
-- $to_user_id uuid
-- $permissions text[]
-- $starts_at timestamptz
-- $ends_at timestamptz
-- Lends permissions of the caller; the rules have asked whether these are theirs. Always a row.
with made as (
    insert into karara.delegations (id, brand_id, from_user_id, to_user_id, permissions, starts_at, ends_at)
    values ($new_id, $brand_id, $actor_id, $to_user_id, $permissions, coalesce($starts_at, now()), $ends_at)
    returning *
), {{emit_event: made, 'delegation', id, (array['user:' || from_user_id, 'user:' || to_user_id])}},
{{emit_audit: made, 'delegation', id, null, {{delegation_audited: made}}}}
select {{delegation_columns: made}}
from made
join karara.users f on f.id = made.from_user_id
join karara.users t on t.id = made.to_user_id;

-- name: delegation_update :one
-- $id uuid
-- $permissions text[]
-- $starts_at timestamptz
-- $ends_at timestamptz
-- Changes what is given, of one that the caller has given. No row: none of theirs, or another version than the one asked for.
with old as (
    select d.id, {{delegation_audited: d}} as was from karara.delegations d
    where d.brand_id = $brand_id and d.id = $id and d.from_user_id = $actor_id and ($if_match is null or d.version = $if_match)
    for no key update
), changed as (
    update karara.delegations d set
        permissions = coalesce($permissions, d.permissions),
        starts_at = coalesce($starts_at, d.starts_at),
        ends_at = coalesce($ends_at, d.ends_at),
        ended_at = case when coalesce($ends_at, d.ends_at) <= now() then d.ended_at end,
        version = d.version + 1,
        updated_at = now()
    from old
    where d.id = old.id
    returning d.*, old.was
), {{emit_event: changed, 'delegation', id, (array['user:' || from_user_id, 'user:' || to_user_id])}},
{{emit_audit: changed, 'delegation', id, was, {{delegation_audited: changed}}}}
select {{delegation_columns: changed}}
from changed
join karara.users f on f.id = changed.from_user_id
join karara.users t on t.id = changed.to_user_id;

-- name: delegation_revoke :one
-- $id uuid
-- Ends a delegation. No row: not there, not the caller's to end, or another version than the one asked for.
with revoked as (
    delete from karara.delegations d
    where d.brand_id = $brand_id and d.id = $id and ($can_manage_users or d.from_user_id = $actor_id)
        and ($if_match is null or d.version = $if_match)
    returning d.*
), told as (
    insert into karara.events (brand_id, actor_id, kind, subject_type, subject_id, payload, channels, request_id)
    select
        brand_id, $actor_id, $event, 'delegation', id, {{delegation_audited: revoked}},
        array['user:' || from_user_id, 'user:' || to_user_id], $request_id
    from revoked
), {{emit_audit: revoked, 'delegation', id, {{delegation_audited: revoked}}, null}}
select id from revoked;
