-- accounts.sql - what is done to accounts from outside: making, changing, ending them. Whoever takes an account from the platform's admins
-- holds account_admins_lock first, in a statement before the one that counts them: so the last one stays, whoever asks at once.

-- name: account_admins_lock :one
-- Lets those who change who administers the platform pass one by one. Always a row.
select pg_advisory_xact_lock(hashtextextended('karara.platform_admins', 0)) is not null as locked;

-- name: account_lock :opt
-- $person_id uuid
-- Takes the account; nobody makes it a member of anything meanwhile. No row: there is none.
select u.id from karara.users u where u.id = $person_id and u.deleted_at is null for update;

-- name: account_brands_lock :many
-- $person_id uuid
-- Takes the brands that the person belongs to, as everything does that changes memberships. No row: none.
select b.id from karara.brands b
where b.id in (select m.brand_id from karara.brand_members m where m.user_id = $person_id)
order by b.id
for no key update;

-- fragment: account_administers
%1.platform_role = 'admin' and %1.status = 'active' and %1.deleted_at is null;

-- fragment: owned_by_nobody_else
-- %1 a membership: nobody but its person owns the brand for good and can sign in.
not exists (
    select from karara.brand_members o
    join karara.users p on p.id = o.user_id
    where o.brand_id = %1.brand_id and o.user_id <> %1.user_id and o.role = 'owner' and o.status = 'active' and o.expires_at is null
        and p.status = 'active' and p.deleted_at is null
);

-- name: account_standing :opt
-- $person_id uuid
-- What decides about a change of this account; sole_brands: those that would be left without an owner. No row: there is none.
select
    u.status,
    u.version,
    {{account_administers: u}} as administers,
    exists (select from karara.users o where o.id <> u.id and {{account_administers: o}}) as others_administer,
    exists (select from karara.users a where a.id = $actor_id and {{account_administers: a}}) as asked_by_admin,
    (
        select coalesce(jsonb_agg(jsonb_build_object('id', b.id, 'name', b.name) order by lower(b.name)), '[]')
        from karara.brand_members m
        join karara.brands b on b.id = m.brand_id
        where m.user_id = u.id and m.role = 'owner' and {{owned_by_nobody_else: m}}
    ) as sole_brands
from karara.users u
where u.id = $person_id and u.deleted_at is null;

-- name: account_create :one
-- $email text
-- $first_name text
-- $last_name text
-- $platform_role text
-- $status text
-- $password_hash text
-- Makes an account; without a hash nobody can sign in to it yet. An address that is taken breaks the key. Always a row.
with made as (
    insert into karara.users (id, email, first_name, last_name, status, platform_role, profile_completed)
    values ($new_id, $email, coalesce($first_name, ''), coalesce($last_name, ''), $status, coalesce($platform_role, 'member'),
        coalesce($first_name, '') <> '' and coalesce($last_name, '') <> '')
    returning *, null::uuid as brand_id
), secret as (
    insert into karara.credentials (user_id, password_hash) select id, $password_hash from made where $password_hash is not null
), {{emit_event: made, 'user', id, array['user:' || id]}}
select id from made;

-- name: account_update :one
-- $person_id uuid
-- $status text
-- $platform_role text
-- Changes what is given; an account that isn't active has no sessions. Always a row, telling what was before.
with old as (
    select u.id, u.status, u.platform_role from karara.users u where u.id = $person_id for no key update
), changed as (
    update karara.users u set
        status = coalesce($status, u.status),
        platform_role = coalesce($platform_role, u.platform_role),
        version = u.version + 1,
        updated_at = now()
    from old
    where u.id = old.id
    returning u.id, u.status, null::uuid as brand_id, old.status as old_status, old.platform_role as old_role
), ended as (
    update karara.sessions s set revoked_at = now(), revoked_reason = 'account_' || changed.status
    from changed
    where s.user_id = changed.id and changed.status <> 'active' and s.revoked_at is null
), {{emit_event: changed, 'user', id, array['user:' || id]}}
select old_status, old_role from changed;

-- name: account_delete :one
-- $person_id uuid
-- $platform bool
-- Leaves a tombstone: names, address, memberships, password, API tokens, devices, telephone number, links, mails, invitations of theirs and kept answers go, what
-- the person made stays. Always a row.
with gone as (
    update karara.users u set
        email = 'deleted-' || u.id || '@invalid.example',
        username = null,
        first_name = 'Deleted',
        last_name = 'user',
        avatar_file_id = null,
        status = 'inactive',
        platform_role = 'member',
        profile_completed = false,
        preferences = '{}',
        deleted_at = now(),
        version = u.version + 1,
        updated_at = now()
    where u.id = $person_id and u.deleted_at is null
    returning u.id, null::uuid as brand_id
), ended as (
    update karara.sessions s set
        revoked_at = coalesce(s.revoked_at, now()), revoked_reason = coalesce(s.revoked_reason, 'account_deleted'), user_agent = '', ip = ''
    from gone
    where s.user_id = gone.id
), secrets as (
    delete from karara.credentials c using gone where c.user_id = gone.id
), codes as (
    delete from karara.recovery_codes r using gone where r.user_id = gone.id
), tokens as (
    delete from karara.api_tokens t using gone where t.user_id = gone.id
), browsers as (
    delete from karara.push_subscriptions p using gone where p.user_id = gone.id
), phone as (
    delete from karara.phones p using gone where p.user_id = gone.id
), links as (
    delete from karara.account_tokens t using gone where t.user_id = gone.id
), mails as (
    delete from karara.mails l using gone where l.user_id = gone.id
), invited as (
    -- The address as it was: a statement sees the table as it found it.
    delete from karara.invitations i using karara.users p, gone where p.id = gone.id and lower(i.email) = lower(p.email)
), answers as (
    delete from karara.idempotency_keys k using gone where k.scope = gone.id
), wishes as (
    delete from karara.notification_preferences w using gone where w.user_id = gone.id
), parted as (
    delete from karara.brand_members m using gone where m.user_id = gone.id
    returning m.*
), told as (
    insert into karara.events (brand_id, actor_id, kind, subject_type, subject_id, channels, request_id)
    select brand_id, $actor_id, 'member.removed', 'member', user_id, array['brand:' || brand_id], $request_id from parted
), noted as (
    insert into karara.audit_entries
        (brand_id, platform, actor_id, action, resource_type, resource_id, before, ip, user_agent, request_id)
    select brand_id, $platform, $actor_id, 'member.removed', 'member', user_id, {{member_audited: parted}}, $ip, $user_agent, $request_id
    from parted
), {{emit_event: gone, 'user', id, array['user:' || id]}}
select id from gone;
