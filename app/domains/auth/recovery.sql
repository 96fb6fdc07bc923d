-- recovery.sql - what happens by mail: confirming addresses, new passwords, unlocking.
-- A link's secret is known to its mail only; here is its digest. Where an address has no account, the same statements run with nobody's
-- id, and what they wrote goes again: neither answer nor time tells.

-- fragment: emit_recovery
-- %1 CTE it follows from, %2 the person's id in it, %3 kind, %4 who did it if nobody is signed in.
{{emit_account_event: %1, %2, %3, coalesce($actor_id, %4), 'success', null}};

-- fragment: tokens_spent
-- Takes away the links of person %1 (a CTE with column id) for these purposes (%2, an array).
delete from karara.account_tokens t using %1 where t.user_id = %1.id and t.purpose = any(%2);

-- fragment: password_set
-- Gives the person %1 (a CTE with column id) the password $password_hash, unlocks, ends all sessions, and voids links.
secret as (
    insert into karara.credentials as c (user_id, password_hash) select id, $password_hash from %1
    on conflict (user_id) do update set
        password_hash = excluded.password_hash, password_changed_at = now(), login_attempts = 0, locked_until = null, updated_at = now()
), ended as (
    update karara.sessions s set revoked_at = now(), revoked_reason = 'password_reset'
    from %1 where s.user_id = %1.id and s.revoked_at is null
), spent as (
    {{tokens_spent: %1, (array['reset_password', 'unlock', 'verify_email', 'change_email'])}}
);

-- name: recovery_person :one
-- $email text
-- $pause_seconds int4
-- Whose address this is. Always a row; its id is null when nobody's. uncertain: there is no password, or it may be somebody else's who has
-- registered with the address; recent: how many have of late.
select
    u.id, u.status, u.first_name, coalesce(u.preferences ->> 'language', '') as language, coalesce(u.email, $email) as email,
    u.id is not null and not exists (select from karara.credentials c where c.user_id = u.id and not c.contested) as uncertain,
    (
        select count(*)::int4 from karara.account_tokens t
        where t.user_id = u.id and t.purpose = 'verify_email' and t.password_hash is not null
            and t.created_at > now() - make_interval(secs => $pause_seconds)
    ) as recent
from (select true) always
left join karara.users u on lower(u.email) = lower($email) and u.deleted_at is null;

-- name: recovery_asked :exec
-- $person_id uuid
-- Says that a link was asked for, for this person or for nobody. Always a row.
with asked as (
    select $person_id as user_id
), {{emit_recovery: asked, user_id, $event, null}}
select user_id from asked;

-- name: recovery_email_forget :exec
-- Voids the link of a change of address that the caller asked for before. Always fine.
delete from karara.account_tokens t where t.user_id = $actor_id and t.purpose = 'change_email';

-- name: recovery_email_cancel :opt
-- The same, as what was asked for. No row: no change waits.
with gone as (
    delete from karara.account_tokens t where t.user_id = $actor_id and t.purpose = 'change_email' and t.expires_at > now()
    returning t.user_id
), once as (
    select distinct user_id from gone
), {{emit_account_event: once, user_id, $event, user_id, 'success', null}}
select user_id as id from once;

-- name: recovery_token_add :exec
-- $token_id uuid
-- $person_id uuid
-- $purpose text
-- $digest bytea
-- $token_email text
-- $ttl_seconds int4
-- $password_hash text
-- $first_name text
-- $last_name text
-- Keeps what a link stands for. A few that have expired go.
with expired as (
    delete from karara.account_tokens where id in (
        select t.id from karara.account_tokens t where t.expires_at < now() order by t.expires_at limit 4 for update skip locked
    )
)
insert into karara.account_tokens (id, user_id, purpose, digest, email, password_hash, first_name, last_name, expires_at)
values (
    $token_id, $person_id, $purpose, $digest, $token_email, $password_hash, $first_name, $last_name,
    now() + make_interval(secs => $ttl_seconds)
);

-- name: recovery_nobody_drop :exec
-- $token_id uuid
-- $mail_id uuid
-- Takes away what was written for nobody. No row: it was for somebody.
with token as (
    delete from karara.account_tokens t where t.id = $token_id and t.user_id is null
), mail as (
    delete from karara.mails m where m.id = $mail_id and m.user_id is null returning m.id
), key as (
    delete from karara.job_keys k using mail where k.key = 'mail:' || mail.id returning k.job_id
)
delete from karara.jobs j using key where j.id = key.job_id;

-- fragment: token_meaning
-- What a link stands for, and for whom: %1 its rows.
select
    u.id, t.purpose, t.email as token_email, t.password_hash, t.first_name as token_first_name, t.last_name as token_last_name,
    u.email, u.first_name, u.last_name, coalesce(u.preferences ->> 'language', '') as language
from %1 t
join karara.users u on u.id = t.user_id
where t.expires_at > now() and u.deleted_at is null and u.status in ('active', 'pending');

-- name: recovery_token_find :opt
-- $digest bytea
-- $purposes text[]
-- What recovery_token_take would give, with the link left as it is.
with found as (
    select t.* from karara.account_tokens t where t.digest = $digest and t.purpose = any($purposes)
)
{{token_meaning: found}};

-- name: recovery_token_take :opt
-- $digest bytea
-- $purposes text[]
-- Uses a link up. No row: it is none of ours, was used, or has expired; or its person is no longer there to use it.
with taken as (
    delete from karara.account_tokens t where t.digest = $digest and t.purpose = any($purposes)
    returning t.user_id, t.purpose, t.email, t.password_hash, t.first_name, t.last_name, t.expires_at
)
{{token_meaning: taken}};

-- name: recovery_verify :opt
-- $person_id uuid
-- $token_email text
-- $password_hash text
-- $first_name text
-- $last_name text
-- Opens a pending account whose address is confirmed, with what its registration asked for (null: as it is). No row: it isn't pending, or it
-- is not certain whose password it has, and none comes with the link.
with verified as (
    update karara.users u set
        status = 'active',
        first_name = coalesce($first_name, u.first_name),
        last_name = coalesce($last_name, u.last_name),
        profile_completed = coalesce($first_name, u.first_name) <> '' and coalesce($last_name, u.last_name) <> '',
        version = u.version + 1,
        updated_at = now()
    where u.id = $person_id and u.status = 'pending' and lower(u.email) = lower($token_email)
        and ($password_hash is not null or exists (select from karara.credentials c where c.user_id = u.id and not c.contested))
    returning u.id
), secret as (
    update karara.credentials c set password_hash = $password_hash, password_changed_at = now(), updated_at = now()
    from verified where c.user_id = verified.id and $password_hash is not null
), spent as (
    {{tokens_spent: verified, (array['verify_email'])}}
), {{emit_recovery: verified, id, 'auth.email_verified', id}}
select id from verified;

-- name: recovery_newcomer :opt
-- $email text
-- $first_name text
-- $last_name text
-- $password_hash text
-- Makes the account of somebody who holds a link that was mailed to this address, or opens the one that waits for its address to be
-- confirmed: with what they say now, whoever registered it. No row: there is an account that is open, or closed, or has a second factor.
with person as (
    insert into karara.users as u (id, email, first_name, last_name, status, profile_completed)
    values ($new_id, $email, $first_name, $last_name, 'active', $first_name <> '' and $last_name <> '')
    on conflict (lower(email)) do update set
        first_name = excluded.first_name,
        last_name = excluded.last_name,
        profile_completed = excluded.profile_completed,
        status = 'active',
        version = u.version + 1,
        updated_at = now()
    where u.status = 'pending' and u.deleted_at is null
        and not exists (select from karara.credentials f where f.user_id = u.id and f.totp_enabled_at is not null)
    returning u.id
), {{password_set: person}},
{{emit_recovery: person, id, 'auth.registered', id}}
select id from person;

-- name: recovery_email_change :opt
-- $person_id uuid
-- $token_email text
-- Gives an account its confirmed new address; links that went to the old one are void, but that to keep it. No row: it is gone.
with changed as (
    update karara.users u set email = $token_email, version = u.version + 1, updated_at = now()
    where u.id = $person_id and u.deleted_at is null
    returning u.id
), spent as (
    {{tokens_spent: changed, (array['change_email', 'reset_password', 'unlock'])}}
), {{emit_recovery: changed, id, 'auth.email_changed', id}}
select id from changed;

-- name: recovery_email_keep :opt
-- $person_id uuid
-- $token_email text
-- $password_hash text
-- Gives an account its old address back, a password that nobody knows, and ends its sessions and API tokens, which whoever knew the password
-- may have; all other links are void. No row: it is gone.
with kept as (
    update karara.users u set email = $token_email, version = u.version + 1, updated_at = now()
    where u.id = $person_id and u.deleted_at is null
    returning u.id
), secret as (
    update karara.credentials c set password_hash = $password_hash, password_changed_at = now(), updated_at = now()
    from kept where c.user_id = kept.id
), ended as (
    update karara.sessions s set revoked_at = now(), revoked_reason = 'email_kept'
    from kept where s.user_id = kept.id and s.revoked_at is null
), revoked as (
    update karara.api_tokens t set revoked_at = now()
    from kept where t.user_id = kept.id and t.revoked_at is null
), spent as (
    {{tokens_spent: kept, (array['change_email', 'keep_email', 'reset_password', 'unlock', 'verify_email'])}}
), {{emit_recovery: kept, id, 'auth.email_kept', id}}
select id from kept;

-- name: recovery_password_reset :opt
-- $person_id uuid
-- $password_hash text
-- Sets a password, unlocks, ends all sessions, and opens a pending account, whose address is confirmed by this. A second factor stays as it
-- is. No row: it is gone.
with person as (
    update karara.users u set
        status = 'active',
        version = u.version + (u.status <> 'active')::int4,
        updated_at = now()
    where u.id = $person_id and u.status in ('active', 'pending') and u.deleted_at is null
    returning u.id
), {{password_set: person}},
{{emit_recovery: person, id, 'auth.password_reset', id}}
select id from person;

-- name: recovery_unlock :opt
-- $person_id uuid
-- Forgets failed sign-ins. No row: there is no password.
with unlocked as (
    update karara.credentials c set login_attempts = 0, locked_until = null, updated_at = now()
    where c.user_id = $person_id
    returning c.user_id as id
), spent as (
    {{tokens_spent: unlocked, (array['unlock'])}}
), {{emit_recovery: unlocked, id, 'auth.unlocked', id}}
select id from unlocked;
