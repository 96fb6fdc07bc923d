-- two_factor.sql - the second factor: an authenticator's codes, and recovery codes for when it is lost.

-- name: two_factor_credential :opt
-- $person_id uuid
-- $device_person uuid
-- $device_digest bytea
-- $attempts int4
-- What decides about a person's second factor. It is held until the transaction ends: codes for one account are tried one after the other.
-- No row: the account was deleted.
select
    u.id,
    u.status,
    u.email,
    u.first_name,
    coalesce(u.preferences ->> 'language', '') as language,
    c.password_hash,
    convert_from(c.totp_secret, 'UTF8') as secret_sealed,
    c.totp_enabled_at is not null as enabled,
    coalesce(c.totp_last_step, -1) as last_step,
    case when {{knows_device: u.id}} then 0 else {{locked_seconds: c.locked_until}} end as locked_seconds
from karara.users u
join karara.credentials c on c.user_id = u.id
where u.id = $person_id and u.deleted_at is null
for no key update of u, c;

-- name: two_factor_begin :opt
-- $secret_sealed text
-- Keeps the secret of an authenticator that the caller is to confirm, in place of an earlier one. No row: they have a confirmed one.
with begun as (
    update karara.credentials c set
        totp_secret = convert_to($secret_sealed, 'UTF8'), totp_last_step = null, updated_at = now()
    where c.user_id = $actor_id and c.totp_enabled_at is null
    returning c.user_id
), {{emit_account_event: begun, user_id, 'auth.two_factor_begun', user_id, 'success', null}}
select user_id from begun;

-- name: two_factor_enable :opt
-- Confirms the caller's authenticator. No row: it was confirmed a moment ago.
with enabled as (
    update karara.credentials c set totp_enabled_at = now(), login_attempts = 0, locked_until = null, updated_at = now()
    where c.user_id = $actor_id and c.totp_enabled_at is null and c.totp_secret is not null
    returning c.user_id
), {{emit_account_event: enabled, user_id, 'auth.two_factor_enabled', user_id, 'success', null}}
select user_id from enabled;

-- name: two_factor_end :opt
-- $person_id uuid
-- $action text
-- Forgets a person's authenticator and recovery codes. No row: there is no confirmed one.
with disabled as (
    update karara.credentials c set totp_secret = null, totp_enabled_at = null, totp_last_step = null, updated_at = now()
    where c.user_id = $person_id and c.totp_enabled_at is not null
    returning c.user_id
), forgotten as (
    delete from karara.recovery_codes r using disabled where r.user_id = disabled.user_id
), {{emit_account_event: disabled, user_id, $action, $actor_id, 'success', null}}
select u.id, u.status, u.email, u.first_name, coalesce(u.preferences ->> 'language', '') as language
from disabled
join karara.users u on u.id = disabled.user_id;

-- name: two_factor_step :opt
-- $person_id uuid
-- $secret_sealed text
-- $step int8
-- Takes an authenticator's code by its step, so that it never counts again. No row: it, or a later one, was taken.
update karara.credentials c set totp_last_step = $step, updated_at = now()
where c.user_id = $person_id and c.totp_secret = convert_to($secret_sealed, 'UTF8')
    and coalesce(c.totp_last_step, -1) < $step
returning c.user_id;

-- name: two_factor_recover :opt
-- $person_id uuid
-- $digest bytea
-- Takes a recovery code, which is gone with that; codes_left: how many there are besides. No row: it is none, or was used.
with used as (
    delete from karara.recovery_codes r where r.user_id = $person_id and r.digest = $digest
    returning r.user_id
), {{emit_account_event: used, user_id, 'auth.recovery_code_used', user_id, 'success', null}}
select user_id, (select count(*)::int4 - 1 from karara.recovery_codes r where r.user_id = $person_id) as codes_left from used;

-- name: two_factor_codes_renew :exec
-- $digests text[]
-- Gives the caller these recovery codes (digests in hexadecimal) in place of those they had. No row: never.
with forgotten as (
    delete from karara.recovery_codes r where r.user_id = $actor_id
)
insert into karara.recovery_codes (user_id, digest) select $actor_id, decode(d, 'hex') from unnest($digests) d;

-- name: two_factor_codes_told :exec
-- Tells that the caller has new recovery codes, and forgets wrong ones. Always a row.
with renewed as (
    update karara.credentials c set login_attempts = 0, locked_until = null, updated_at = now()
    where c.user_id = $actor_id
    returning c.user_id
), {{emit_account_event: renewed, user_id, 'auth.recovery_codes_renewed', user_id, 'success', null}}
select user_id from renewed;

-- name: two_factor_asked :one
-- $person_id uuid
-- $verified_hash text
-- $password_hash text
-- $brand text
-- Tells that a password was right and a code is to follow; $password_hash (or null) replaces the one that was verified. Always a row:
-- whether the person belongs to the brand that they name (id or slug; or null).
with rehashed as (
    update karara.credentials c set password_hash = $password_hash, updated_at = now()
    where c.user_id = $person_id and c.password_hash = $verified_hash and $password_hash is not null
), asked as (
    select $person_id as user_id
), {{emit_account_event: asked, user_id, 'auth.two_factor_asked', user_id, 'success', null}}
select $brand is null or exists (
    select from karara.brand_members m
    join karara.brands b on b.id = m.brand_id
    where m.user_id = $person_id and {{membership_live: m, b}} and (b.slug = lower($brand) or b.id::text = lower($brand))
) as brand_fits
from asked;

-- name: two_factor_waiting :one
-- $opened_id uuid
-- How a sign-in stands that waits for a code: how many wrong ones there were, and whether it has opened its session. Always a row.
select
    coalesce((select t.failures from karara.two_factor_tries t where t.session_id = $opened_id), 0) as failures,
    exists (select from karara.sessions s where s.id = $opened_id) as opened;

-- name: two_factor_tried :exec
-- $opened_id uuid
-- Counts a wrong code for such a sign-in; a few counts that are no longer needed go. Always a row.
with expired as (
    delete from karara.two_factor_tries where session_id in (
        select o.session_id from karara.two_factor_tries o
        where o.created_at < now() - interval '1 hour' order by o.created_at limit 4 for update skip locked
    )
)
insert into karara.two_factor_tries as t (session_id) values ($opened_id)
on conflict (session_id) do update set failures = t.failures + 1;
