-- users.sql - people's own accounts, and the people of a brand as their fellows see them.

-- fragment: full_name
-- What the person %1 is called.
coalesce(nullif(trim(%1.first_name || ' ' || %1.last_name), ''), %1.email);

-- fragment: user_columns
%1.id, %1.email, %1.username, %1.first_name, %1.last_name, {{full_name: %1}} as name, null::text as avatar_url,
%1.status, %1.platform_role, %1.profile_completed, %1.wip_limit, %1.preferences, %1.last_login_at, %1.version, %1.created_at, %1.updated_at;

-- fragment: json_merged
-- A JSON object with another laid over it, key by key all the way down: null takes a key away. %1 object, %2 patch, %3 name of the field as
-- a literal.
(
    select
        case
            when octet_length(m.merged::text) <= 65536 then m.merged
            else karara.fail('KA422', jsonb_build_object('field', %3, 'message', 'holds too much by now')::text)::text::jsonb
        end
    from (select coalesce(karara.merge_patch(%1, %2), '{}') as merged) m
);

-- fragment: membership_live
-- Whether a membership (%1) counts now, in a brand (%2).
%1.status = 'active' and (%1.expires_at is null or %1.expires_at > now()) and %2.status in ('active', 'suspended');

-- fragment: lacks_two_factor
-- Whether a brand (%2) asks for a second factor that the person with this id (%1) doesn't have.
(
    coalesce(%2.settings -> 'require_2fa' = 'true', false)
    and not exists (select from karara.credentials f where f.user_id = %1 and f.totp_enabled_at is not null)
);

-- fragment: two_factor_columns
-- How the person %1 stands with the second factor.
exists (select from karara.credentials f where f.user_id = %1.id and f.totp_enabled_at is not null) as two_factor_enabled,
(select count(*)::int4 from karara.recovery_codes r where r.user_id = %1.id) as recovery_codes_left;

-- fragment: pending_email_columns
-- The address that the person %1 has asked for and not confirmed yet, and until when they can; null when there is none, and to who looks with
-- their eyes.
(select k.email from {{pending_email: %1}}) as pending_email, (select k.expires_at from {{pending_email: %1}}) as pending_email_until;

-- fragment: pending_email
(
    select t.email, t.expires_at from karara.account_tokens t
    where t.user_id = %1.id and t.purpose = 'change_email' and t.expires_at > now()
        and not exists (select from karara.sessions v where v.id = $session_id and v.viewed_by is not null)
    order by t.created_at desc
    limit 1
) k;

-- fragment: person_visible
-- Whom of the brand the caller sees (%1 is a membership): members and up see everybody, guests and clients those who share a team
-- with them; who is suspended or expired is there only for those who manage users.
($can_manage_users or (%1.status = 'active' and (%1.expires_at is null or %1.expires_at > now())))
and (
    %1.user_id = $actor_id
    or (
        select me.role from karara.brand_members me where me.brand_id = $brand_id and me.user_id = $actor_id
    ) not in ('guest', 'client')
    or exists (
        select from team_members shared
        where shared.brand_id = $brand_id and shared.team_id = any($team_ids) and shared.user_id = %1.user_id
    )
);

-- fragment: person_columns
u.id, {{full_name: u}} as name, null::text as avatar_url, u.email, m.role;

-- name: user_me :one
-- The caller's account. No row: it was deleted a moment ago.
select
    {{user_columns: u}},
    {{two_factor_columns: u}},
    {{pending_email_columns: u}},
    (
        select jsonb_build_object('id', v.id, 'name', {{full_name: v}}, 'avatar_url', null)
        from karara.sessions s
        join karara.users v on v.id = s.viewed_by
        where s.id = $session_id
    ) as viewed_by
from karara.users u
where u.id = $actor_id and u.deleted_at is null;

-- name: user_me_locate :one
-- Why the caller's account wasn't changed. No row: it was deleted a moment ago.
select true as visible, true as changeable, u.version from karara.users u where u.id = $actor_id and u.deleted_at is null;

-- name: user_me_update :one
-- $first_name text
-- $last_name text
-- $username text
-- $has_username bool
-- $wip_limit int4
-- $preferences jsonb
-- $has_preferences bool
-- Changes what is given. No row: another version than the one asked for.
with changed as (
    update karara.users u set
        first_name = coalesce($first_name, u.first_name),
        last_name = coalesce($last_name, u.last_name),
        username = case when $has_username then $username else u.username end,
        wip_limit = coalesce($wip_limit, u.wip_limit),
        profile_completed = coalesce($first_name, u.first_name) <> '' and coalesce($last_name, u.last_name) <> '',
        preferences = case
            when $has_preferences then {{json_merged: u.preferences, $preferences, 'preferences'}}
            else u.preferences
        end,
        last_active_at = now(),
        version = u.version + 1,
        updated_at = now()
    where u.id = $actor_id and u.deleted_at is null and ($if_match is null or u.version = $if_match)
    returning u.*, null::uuid as brand_id
), {{emit_event: changed, 'user', id, array['user:' || id]}}
select {{user_columns: changed}}, {{two_factor_columns: changed}}, {{pending_email_columns: changed}} from changed;

-- name: user_brands :list
-- The brands that the caller belongs to now. No row: to none.
select b.id, b.name, b.slug, b.status, m.role, m.joined_at
from karara.brand_members m
join karara.brands b on b.id = m.brand_id
where m.user_id = $actor_id and {{membership_live: m, b}};

-- name: person_list :list
-- $q text
-- The people of the brand whom the caller sees, with $q somewhere in name or address. No row: nobody fits.
select {{person_columns}}
from karara.brand_members m
join karara.users u on u.id = m.user_id
where m.brand_id = $brand_id and {{person_visible: m}}
    and ($q is null or strpos(lower(u.first_name || ' ' || u.last_name || ' ' || u.email), lower($q)) > 0);

-- name: person_get :one
-- $id uuid
-- One of them. No row: not in the brand, or not to be seen.
select {{person_columns}}
from karara.brand_members m
join karara.users u on u.id = m.user_id
where m.brand_id = $brand_id and m.user_id = $id and {{person_visible: m}};

-- name: person_locate :one
-- $id uuid
-- Why nobody was found. No row: not in the brand.
select {{person_visible: m}} as visible, false as changeable, m.version
from karara.brand_members m
where m.brand_id = $brand_id and m.user_id = $id;
