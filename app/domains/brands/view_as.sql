-- view_as.sql - seeing a brand as one of its members sees it.

-- name: view_as_open :opt
-- $user_id uuid
-- $opened_id uuid
-- $token_hash bytea
-- $ttl_seconds int4
-- $valid_until timestamptz
-- $access_version int8
-- Opens a session in which the caller sees this brand as the member does: at most one of the caller's own rank, an owner only by an owner. It
-- names the caller, so that the member finds it among their devices. No row: not somebody whom the caller may see with.
with viewer as (
    select m.role, {{full_name: u}} as name
    from karara.brand_members m
    join karara.users u on u.id = m.user_id
    where m.brand_id = $brand_id and m.user_id = $actor_id
), viewed as (
    select m.brand_id, m.user_id, {{full_name: u}} as name, m.role, m.access_version
    from karara.brand_members m
    join karara.brands b on b.id = m.brand_id
    join karara.users u on u.id = m.user_id
    where m.brand_id = $brand_id and m.user_id = $user_id and m.user_id <> $actor_id and u.status = 'active'
        and {{membership_live: m, b}}
        and array_position(array['guest', 'client', 'member', 'manager', 'admin', 'owner'], m.role)
            <= array_position(array['guest', 'client', 'member', 'manager', 'admin', 'owner'], (select role from viewer))
), opened as (
    insert into karara.sessions
        (id, user_id, token_hash, user_agent, ip, current_brand_id, expires_at, viewed_by, viewer_session_id, viewed_brand_id,
         viewer_access_version, viewed_access_version)
    select
        $opened_id, viewed.user_id, $token_hash, 'Viewed by ' || viewer.name, $ip, viewed.brand_id,
        least(now() + make_interval(secs => $ttl_seconds), $valid_until), $actor_id, $session_id, viewed.brand_id, $access_version, viewed.access_version
    from viewed, viewer
    returning user_id, current_brand_id as brand_id
), {{emit_event: opened, 'member', user_id, array['user:' || $actor_id]}},
{{emit_audit: opened, 'member', user_id, null, null}}
select viewed.user_id as id, viewed.name, null::text as avatar_url, viewed.role from viewed, opened;

-- name: view_as_end :one
-- $user_id uuid
-- Ends what views the caller has open with this member's eyes. No row: none.
with ended as (
    update karara.sessions s set revoked_at = now(), revoked_reason = 'view_ended'
    where s.viewed_by = $actor_id and s.user_id = $user_id and s.viewed_brand_id = $brand_id and s.revoked_at is null
        and s.expires_at > now()
    returning s.user_id, s.viewed_brand_id
), once as (
    select distinct user_id, viewed_brand_id as brand_id from ended
), {{emit_event: once, 'member', user_id, array['user:' || $actor_id]}},
{{emit_audit: once, 'member', user_id, null, null}}
select user_id as id from once;

-- name: view_as_locate :one
-- $user_id uuid
-- Why nobody could be seen with: not yet because they aren't there. No row: not in the brand.
select true as visible, false as changeable, m.version
from karara.brand_members m
where m.brand_id = $brand_id and m.user_id = $user_id;
