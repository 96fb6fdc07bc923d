-- auth.sql - accounts, sign-in, sessions.
-- What is emitted here carries no body: bodies hold passwords. Its payload is the address that the request came from.

-- fragment: emit_account_event
-- An event about a person, and its entry in the audit log: %1 CTE it follows from, %2 the person's id in it, %3 kind, %4 who did it,
-- %5 'success' or 'failure', %6 what else there is to tell (a jsonb object, or null).
emitted as (
    insert into karara.events (actor_id, kind, subject_type, subject_id, payload, channels, request_id)
    select %2, %3, 'user', %2, jsonb_build_object('ip', $ip), array_remove(array['user:' || %2], null), $request_id from %1
), audited as (
    insert into karara.audit_entries (actor_id, action, resource_type, resource_id, after, outcome, ip, user_agent, request_id)
    select %4, %3, 'user', %2, %6, %5, $ip, $user_agent, $request_id from %1
);

-- fragment: stranger_digest
-- What an address without an account is known by.
sha256(convert_to(lower($email), 'UTF8'));

-- fragment: locked_seconds
-- For how long %1, a timestamp, still lies ahead; 0 when it doesn't.
coalesce(greatest(0, ceil(extract(epoch from %1 - now()))), 0)::int4;

-- fragment: failures
-- Failed sign-ins in a row, with this one: %1 the count so far, %2 when it was last raised. A day without any begins anew.
case when %2 > now() - interval '24 hours' then %1 + 1 else 1 end;

-- fragment: locked_until
-- Until when the %1-th failure in a row locks (null: not at all): at first for $lock_seconds, then for 5, 15 and 60 times as long.
case when %1 >= $attempts then
    now() + make_interval(secs => $lock_seconds::float8 * (array[1, 5, 15, 60])[least(%1 - $attempts, 3) + 1])
end;

-- fragment: knows_device
-- Whether this person (%1) has signed in with this browser before and hasn't failed in it $attempts times of late: then it is no matter that
-- others have, elsewhere.
coalesce(
    %1 = $device_person and not exists (
        select from karara.strangers d
        where d.digest = $device_digest and d.login_attempts >= $attempts and d.last_failed_at > now() - interval '24 hours'
    ),
    false
);

-- fragment: not_locked
-- Whether the credential %1 may be tried: asked again by whatever acts on a password that was checked before the transaction.
(coalesce(%1.locked_until <= now(), true) or {{knows_device: %1.user_id}});

-- name: auth_credential :one
-- $email text
-- $device_person uuid
-- $device_digest bytea
-- $attempts int4
-- What decides about a sign-in with this address. Always a row; its id is null when there is no such account.
select
    u.id,
    u.status,
    u.first_name,
    coalesce(u.preferences ->> 'language', '') as language,
    u.password_hash,
    coalesce(u.two_factor, false) as two_factor,
    case when {{knows_device: u.id}} then 0 else {{locked_seconds: coalesce(u.locked_until, s.locked_until)}} end as locked_seconds
from (select true) always
left join (
    select u.id, u.status, u.first_name, u.preferences, c.password_hash, c.locked_until, c.totp_enabled_at is not null as two_factor
    from karara.users u
    join karara.credentials c on c.user_id = u.id
    where lower(u.email) = lower($email) and u.deleted_at is null
) u on true
left join karara.strangers s on u.id is null and s.digest = {{stranger_digest}} and s.last_failed_at > now() - interval '24 hours';

-- name: auth_own_credential :one
-- $device_person uuid
-- $device_digest bytea
-- $attempts int4
-- The same for the caller, and the names that a password must not be. No row: the account was deleted a moment ago.
select
    u.id,
    u.status,
    u.email,
    u.first_name,
    u.last_name,
    coalesce(u.preferences ->> 'language', '') as language,
    c.password_hash,
    case when {{knows_device: u.id}} then 0 else {{locked_seconds: c.locked_until}} end as locked_seconds
from karara.users u
join karara.credentials c on c.user_id = u.id
where u.id = $actor_id and u.deleted_at is null;

-- name: auth_attempt_failed :one
-- $person_id uuid
-- $email text
-- $attempts int4
-- $lock_seconds int4
-- $action text
-- $device_person uuid
-- $device_digest bytea
-- Counts a wrong password or code, of a person or (null) of an address without an account, which behaves alike and costs as much. In a browser
-- that the person has signed in with it counts there and locks nothing: once there were too many, that browser is one like any other. Always
-- a row: how many there were in a row, 0 where nothing can be locked.
with device as (
    select {{knows_device: $person_id}} as known
), counted as (
    update karara.credentials c set
        login_attempts = {{failures: c.login_attempts, c.last_failed_at}},
        locked_until = {{locked_until: ({{failures: c.login_attempts, c.last_failed_at}})}},
        last_failed_at = now(),
        updated_at = now()
    where c.user_id = $person_id and not (select known from device)
    returning c.user_id, c.login_attempts
), strange as (
    insert into karara.strangers as s (digest, login_attempts, locked_until)
    select
        case when device.known then $device_digest else {{stranger_digest}} end, 1, case when not device.known then {{locked_until: 1}} end
    from device
    where $person_id is null or device.known
    on conflict (digest) do update set
        login_attempts = {{failures: s.login_attempts, s.last_failed_at}},
        locked_until = {{locked_until: ({{failures: s.login_attempts, s.last_failed_at}})}},
        last_failed_at = now()
    returning s.login_attempts
), forgotten as (
    delete from karara.strangers where digest in (
        select o.digest from karara.strangers o
        where o.last_failed_at < now() - interval '25 hours' order by o.last_failed_at limit 4 for update skip locked
    )
), locked as (
    insert into karara.audit_entries (actor_id, action, resource_type, resource_id, ip, user_agent, request_id)
    select $actor_id, 'auth.locked', 'user', $person_id, $ip, $user_agent, $request_id
    from (select login_attempts from counted union all select login_attempts from strange) l
    where login_attempts >= $attempts and not (select known from device)
), attempt as (
    select $person_id as user_id
), {{emit_account_event: attempt, user_id, $action, $actor_id, 'failure', jsonb_build_object('email', $email)}}
select
    case
        when known then 0
        else coalesce((select login_attempts from counted), (select login_attempts from strange), 0)
    end as failures
from device;

-- name: auth_register :one
-- $email text
-- $first_name text
-- $last_name text
-- $password_hash text
-- $status text
-- Makes an account. Always a row, in the same shape: is_new is false when the address has an account already, which stays as it is; if it is
-- pending, it is no longer certain whose password it has.
with contested as (
    update karara.credentials c set contested = true
    from karara.users u
    where lower(u.email) = lower($email) and u.status = 'pending' and u.deleted_at is null and c.user_id = u.id
), made as (
    insert into karara.users (id, email, first_name, last_name, status, profile_completed)
    values ($new_id, $email, $first_name, $last_name, $status, $first_name <> '' and $last_name <> '')
    on conflict (lower(email)) do nothing
    returning id
), secret as (
    insert into karara.credentials (user_id, password_hash) select id, $password_hash from made
), told as (
    select made.id as user_id from (select true) always left join made on true
), {{emit_account_event:
    told, user_id, case when user_id is null then 'auth.registered_again' else $event end, user_id, 'success', null}}
select {{user_columns: u}}, exists (select from made) as is_new
from (
    select
        $new_id as id, $email as email, null::text as username, $first_name as first_name, $last_name as last_name,
        $status as status, 'member' as platform_role, $first_name <> '' and $last_name <> '' as profile_completed,
        3 as wip_limit, '{}'::jsonb as preferences, null::timestamptz as last_login_at, 1 as version,
        now() as created_at, now() as updated_at
) u;

-- name: auth_hold :opt
-- $person_id uuid
-- Takes a person's account until the transaction ends, as signing in does. It comes in a statement before the one that ends their sessions,
-- so that this one sees a session that was being opened. No row: the account is gone.
select u.id from karara.users u where u.id = $person_id for no key update;

-- name: auth_own_hold :opt
-- $verified_hash text
-- $device_person uuid
-- $device_digest bytea
-- $attempts int4
-- Takes the caller's account until the transaction ends; of both rows the latest counts, also after a wait. No row: the password was changed,
-- or the account locked, after this one was verified.
select u.id
from karara.users u
join karara.credentials c on c.user_id = u.id
where u.id = $actor_id and u.deleted_at is null and c.password_hash = $verified_hash and {{not_locked: c}}
for no key update of u, c;

-- fragment: device_kind
-- What a device calls itself (%1) without the versions, which change by themselves.
regexp_replace(%1, '[0-9._]+', '', 'g');

-- fragment: network_of
-- The network that the address %1 is in: the first three parts of it.
coalesce(substring(%1 from '^(?:[0-9]+[.]){3}|^(?:[0-9a-f]*:){3}'), %1);

-- fragment: sign_in_is_news
-- Whether the person %1, who had been signed in before, and wants to be told, was never seen with a device of this kind in this network. The
-- statement doesn't see the session that it opens.
(
    coalesce(%1.preferences #>> '{notifications,new_sign_in,email}', %1.preferences #>> '{notifications,new_sign_in}', '') <> 'false'
    and exists (select from karara.sessions o where o.user_id = %1.id and o.viewed_by is null)
    and not exists (
        select from karara.sessions o
        where o.user_id = %1.id and o.viewed_by is null and {{device_kind: o.user_agent}} = {{device_kind: $user_agent}}
            and {{network_of: o.ip}} = {{network_of: $ip}}
    )
);

-- name: auth_session_open :opt
-- $person_id uuid
-- $opened_id uuid
-- $verified_hash text
-- $two_factors bool
-- $password_hash text
-- $token_hash bytea
-- $brand text
-- $ttl_seconds int4
-- $device_person uuid
-- $device_digest bytea
-- $attempts int4
-- Opens a session of a person whose password fits $verified_hash, and forgets earlier failures; $password_hash (or null) replaces
-- the hash. The brand is the asked one, else that of the host name, else one that can be entered without setting up a second factor first; of
-- these the one used last, else the first. No row: password, second factor or status were changed in between, the account was locked, or the
-- session had been opened before.
with seen as (
    update karara.users u set last_login_at = now(), last_active_at = now()
    where u.id = $person_id and u.status = 'active' and u.deleted_at is null
    returning u.id
), held as (
    update karara.credentials c set
        login_attempts = 0,
        locked_until = null,
        password_hash = coalesce($password_hash, c.password_hash),
        updated_at = now()
    from seen
    where c.user_id = seen.id and c.password_hash = $verified_hash and {{not_locked: c}}
        and (c.totp_enabled_at is null or $two_factors)
    returning c.user_id
), current as (
    select m.brand_id
    from karara.brand_members m
    join karara.brands b on b.id = m.brand_id
    where m.user_id = $person_id and {{membership_live: m, b}}
        and ($brand is null or b.slug = lower($brand) or b.id::text = lower($brand))
    order by
        exists (select from karara.brand_domains d where d.domain = $host and d.brand_id = b.id) desc,
        {{lacks_two_factor: m.user_id, b}},
        m.brand_id is not distinct from (
            select s.current_brand_id from karara.sessions s
            where s.user_id = $person_id and s.revoked_at is null
            order by s.last_seen_at desc
            limit 1
        ) desc,
        lower(b.name)
    limit 1
), opened as (
    insert into karara.sessions (id, user_id, token_hash, user_agent, ip, current_brand_id, expires_at)
    select
        $opened_id, held.user_id, $token_hash, $user_agent, $ip, (select brand_id from current),
        now() + make_interval(secs => $ttl_seconds)
    from held
    on conflict (id) do nothing
    returning user_id, current_brand_id
), {{emit_account_event: opened, user_id, 'auth.logged_in', user_id, 'success', jsonb_build_object('session_id', $opened_id)}}
select
    opened.current_brand_id, {{sign_in_is_news: u}} as is_news, u.id as user_id, u.email, u.first_name,
    coalesce(u.preferences ->> 'language', '') as language, u.preferences ->> 'timezone' as timezone
from opened
join karara.users u on u.id = opened.user_id;

-- name: auth_session_user :one
-- $opened_id uuid
-- Whose session it is, and in which brand. No row: there is no such session.
select {{user_columns: u}}, {{two_factor_columns: u}}, {{pending_email_columns: u}}, s.current_brand_id
from karara.sessions s
join karara.users u on u.id = s.user_id
where s.id = $opened_id;

-- name: auth_session_brands :many
-- $opened_id uuid
-- The brands that this session's person belongs to. No row: to none.
select b.id, b.name, b.slug, m.role
from karara.brand_members m
join karara.brands b on b.id = m.brand_id
where m.user_id = (select s.user_id from karara.sessions s where s.id = $opened_id) and {{membership_live: m, b}}
order by lower(b.name)
limit 1000;

-- name: auth_session_rotate :opt
-- $opened_id uuid
-- $old_hash bytea
-- $token_hash bytea
-- $successor text
-- $ttl_seconds int4
-- Puts a new refresh token in place of the one that is good now; of several at once one finds its row. It is a sign of life of the person
-- as well, which waits for nobody who holds the account. No row: it isn't good now.
with rotated as (
    update karara.sessions s set
        token_hash = $token_hash,
        previous_hash = s.token_hash,
        successor_sealed = $successor,
        rotated_at = clock_timestamp(),
        last_seen_at = now(),
        expires_at = now() + make_interval(secs => $ttl_seconds),
        user_agent = $user_agent,
        ip = $ip
    from karara.users u
    where s.id = $opened_id and s.token_hash = $old_hash and s.revoked_at is null and s.expires_at > now()
        and u.id = s.user_id and u.status = 'active' and u.deleted_at is null
    returning s.user_id
), seen as (
    update karara.users u set last_active_at = now()
    where u.id = (select o.id from karara.users o where o.id = (select user_id from rotated) for no key update skip locked)
)
select user_id from rotated;

-- name: auth_session_stale :opt
-- $opened_id uuid
-- $old_hash bytea
-- $overlap_seconds int4
-- What a refresh token is that isn't good now. overlapping: it was a moment ago, and its successor may be told once more.
-- No row: of no session.
select
    s.revoked_at is not null or s.expires_at <= now() or u.status <> 'active' or u.deleted_at is not null
        or s.token_hash = $old_hash as ended,
    coalesce(s.previous_hash = $old_hash and s.rotated_at > clock_timestamp() - make_interval(secs => $overlap_seconds), false)
        as overlapping,
    s.successor_sealed
from karara.sessions s
join karara.users u on u.id = s.user_id
where s.id = $opened_id;

-- name: auth_session_betrayed :exec
-- $opened_id uuid
-- Ends a session whose used refresh token came back: two hold it, and one is a thief.
with ended as (
    update karara.sessions s set revoked_at = now(), revoked_reason = 'reuse'
    where s.id = $opened_id and s.revoked_at is null
    returning s.user_id
), {{emit_account_event: ended, user_id, 'auth.token_reused', $actor_id, 'failure', jsonb_build_object('session_id', $opened_id)}}
select user_id from ended;

-- name: auth_logout :exec
-- Ends the caller's session. No row: it had ended already.
with ended as (
    update karara.sessions s set revoked_at = now(), revoked_reason = 'logout'
    where s.id = $session_id and s.user_id = $actor_id and s.revoked_at is null
    returning s.user_id
), {{emit_account_event: ended, user_id, $event, user_id, 'success', jsonb_build_object('session_id', $session_id)}}
select user_id from ended;

-- name: auth_logout_all :exec
-- Ends every session of the caller. No row: never, since this one is among them.
with ended as (
    update karara.sessions s set revoked_at = now(), revoked_reason = 'logout_all'
    where s.user_id = $actor_id and s.revoked_at is null
    returning s.user_id
), once as (
    select distinct user_id from ended
), {{emit_account_event: once, user_id, $event, user_id, 'success', null}}
select user_id from once;

-- name: auth_password_change :one
-- $verified_hash text
-- $password_hash text
-- $device_person uuid
-- $device_digest bytea
-- $attempts int4
-- Sets the caller's password in place of the one that was verified, ends all their other sessions, and voids links that were asked for
-- while the old one was good. No row: it was changed in between, or the account was locked.
with changed as (
    update karara.credentials c set
        password_hash = $password_hash, password_changed_at = now(), login_attempts = 0, locked_until = null, updated_at = now()
    where c.user_id = $actor_id and c.password_hash = $verified_hash and {{not_locked: c}}
    returning c.user_id
), ended as (
    update karara.sessions s set revoked_at = now(), revoked_reason = 'password_changed'
    from changed
    where s.user_id = changed.user_id and s.id <> $session_id and s.revoked_at is null
), spent as (
    delete from karara.account_tokens t using changed
    where t.user_id = changed.user_id and t.purpose in ('reset_password', 'unlock', 'change_email')
), {{emit_account_event: changed, user_id, $event, user_id, 'success', null}}
select user_id from changed;

-- name: auth_session_addresses :many
-- The addresses of the caller's sessions, and the language that the caller prefers. No row: never, since this session is among them.
select distinct s.ip, coalesce(u.preferences ->> 'language', '') as language
from karara.sessions s
join karara.users u on u.id = s.user_id
where s.user_id = $actor_id and s.revoked_at is null and s.expires_at > now();

-- name: auth_session_places :one
-- $places text
-- Tells auth_session_list where these addresses are: {"address": "place"}. Always a row.
select set_config('karara.places', $places, true) as places;

-- name: auth_session_list :list
-- Where the caller is signed in, with the place as auth_session_places has told it. No row: never, since this session is among them.
select s.id, s.user_agent, s.ip, coalesce(nullif(current_setting('karara.places', true), '')::jsonb ->> s.ip, '') as place,
    s.id = $session_id as current, s.created_at, s.last_seen_at, s.expires_at
from karara.sessions s
where s.user_id = $actor_id and s.revoked_at is null and s.expires_at > now();

-- name: auth_session_end :one
-- $id uuid
-- Ends one of the caller's sessions. No row: there is none of that id, or it had ended.
with ended as (
    update karara.sessions s set revoked_at = now(), revoked_reason = 'ended'
    where s.id = $id and s.user_id = $actor_id and s.revoked_at is null and s.expires_at > now()
    returning s.id, s.user_id
), {{emit_account_event: ended, user_id, $event, user_id, 'success', jsonb_build_object('session_id', id)}}
select id from ended;
