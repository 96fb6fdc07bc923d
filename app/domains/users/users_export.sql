-- users_export.sql - everything that there is about a person, for that person.

-- name: export_sessions :many
-- The caller's sessions, ended ones too. No row: never, since this one is among them.
select s.id, s.user_agent, s.ip, s.created_at, s.last_seen_at, s.expires_at, s.revoked_at, s.revoked_reason
from karara.sessions s
where s.user_id = $actor_id
order by s.created_at desc, s.id desc
limit 1000;

-- name: export_memberships :many
-- The caller's memberships, also those that don't count now. No row: there is none.
select
    b.id as brand_id, b.name as brand_name, m.role, m.status, m.permissions, m.joined_at, m.expires_at, m.created_at
from karara.brand_members m
join karara.brands b on b.id = m.brand_id
where m.user_id = $actor_id
order by lower(b.name), b.id;

-- name: export_invitations :many
-- The invitations to the caller's address, newest first. No row: none.
select
    i.id, i.brand_id, b.name as brand_name, i.role, i.message, i.created_at, i.expires_at, i.access_expires_at, i.accepted_at, i.revoked_at
from karara.users u
join karara.invitations i on lower(i.email) = lower(u.email)
join karara.brands b on b.id = i.brand_id
where u.id = $actor_id
order by i.created_at desc, i.id desc
limit 1000;

-- name: export_sent_invitations :many
-- The invitations that the caller sent, newest first. No row: none.
select
    i.id, i.brand_id, b.name as brand_name, i.email, i.role, i.message, i.created_at, i.expires_at, i.accepted_at, i.revoked_at
from karara.invitations i
join karara.brands b on b.id = i.brand_id
where i.invited_by = $actor_id
order by i.created_at desc, i.id desc
limit 1000;

-- name: export_sign_in :many
-- What there is besides the secrets about how the caller signs in. No row: they have no password.
select c.password_changed_at, c.totp_enabled_at as two_factor_enabled_at, c.login_attempts, c.last_failed_at, c.locked_until
from karara.credentials c
where c.user_id = $actor_id;

-- name: export_api_tokens :many
-- The caller's API tokens, also those that are no longer good, newest first. No row: none.
select t.id, t.name, t.prefix, t.scopes, t.brand_id, t.created_at, t.expires_at, t.last_used_at, t.revoked_at
from karara.api_tokens t
where t.user_id = $actor_id
order by t.created_at desc, t.id desc
limit 1000;

-- name: export_delegations :many
-- What the caller delegates and is delegated, newest first. No row: nothing.
select
    d.id, d.brand_id, b.name as brand_name, d.from_user_id, d.to_user_id, d.from_user_id = $actor_id as is_giver,
    d.permissions, d.starts_at, d.ends_at, d.created_at
from karara.delegations d
join karara.brands b on b.id = d.brand_id
where $actor_id in (d.from_user_id, d.to_user_id)
    and d.brand_id in (select m.brand_id from karara.brand_members m where m.user_id = $actor_id)
order by d.created_at desc, d.id desc
limit 1000;

-- name: export_mails :many
-- The mails to the caller that are still there, newest first; without their text, in which there are links. No row: none.
select l.id, l.brand_id, l.template, l.to_address, l.subject, l.status, l.created_at, l.sent_at
from karara.mails l
where l.user_id = $actor_id
order by l.created_at desc, l.id desc
limit 1000;

-- name: export_account_log_show :one
-- Lets the next statement see what the audit log has outside of any brand, of which it takes the caller's own. Always a row.
select set_config('karara.platform', 'on', true) as shown;

-- name: export_account_log :many
-- What happened to the caller's account, newest first. From where is told of what they did themselves, and of what was tried without signing
-- in, but not of the platform's own people. No row: never, since they signed in.
select
    a.action, a.outcome, a.actor_id is not distinct from $actor_id as is_own,
    case when w.told then a.ip end as ip,
    case when w.told then a.user_agent end as user_agent,
    a.created_at
from karara.audit_entries a
cross join lateral (select coalesce(a.actor_id = $actor_id, not a.platform) as told) w
where a.brand_id is null and a.resource_id = $actor_id and a.resource_type = 'user'
order by a.created_at desc, a.id desc
limit 10000;

-- name: export_account_log_hide :one
-- Takes that back. Always a row.
select set_config('karara.platform', '', true) as hidden;

-- name: export_phones :many
-- The caller's telephone number. No row: they never gave one.
select p.phone, p.confirmed_at, p.wanted, p.updated_at from karara.phones p where p.user_id = $actor_id;

-- name: export_browsers :many
-- The caller's browsers that are told by web push. No row: none.
select p.id, p.device, split_part(p.endpoint, '/', 3) as service, p.last_used_at, p.created_at
from karara.push_subscriptions p
where p.user_id = $actor_id
order by p.created_at desc, p.id desc;

-- name: export_brand :one
-- $export_brand_id uuid
-- Names one of the caller's brands for row-level security. Always a row; its brand is empty, and then nothing is seen, if the caller
-- doesn't belong to it now, or lacks the second factor that it asks for.
select set_config('karara.brand_id', coalesce((
    select m.brand_id::text
    from karara.brand_members m
    join karara.brands b on b.id = m.brand_id
    where m.user_id = $actor_id and m.brand_id = $export_brand_id and {{membership_live: m, b}}
        and not {{lacks_two_factor: m.user_id, b}}
), ''), true) as brand;

-- name: export_teams :many
-- $export_brand_id uuid
-- The teams of the named brand that the caller belongs to or owns. No row: none.
select t.id, t.brand_id, t.name, m.role, coalesce(t.owner_id = $actor_id, false) as is_owner, m.created_at as joined_at
from teams t
left join team_members m on m.brand_id = t.brand_id and m.team_id = t.id and m.user_id = $actor_id
where t.brand_id = $export_brand_id and (t.owner_id = $actor_id or m.user_id is not null)
order by lower(t.name), t.id;

-- name: export_divisions :many
-- $export_brand_id uuid
-- The divisions of the named brand that the caller belongs to. No row: none.
select d.id, d.brand_id, d.name, m.created_at as joined_at
from division_members m
join divisions d on d.brand_id = m.brand_id and d.id = m.division_id
where m.brand_id = $export_brand_id and m.user_id = $actor_id
order by lower(d.name), d.id;

-- name: export_templates :many
-- $export_brand_id uuid
-- The recurring tasks of the named brand that the caller made or that are assigned to them, newest first. No row: none.
select
    t.id, t.brand_id, t.title, t.description, coalesce(t.created_by = $actor_id, false) as is_creator,
    coalesce($actor_id = any(t.assignee_ids), false) as is_assignee, t.created_at
from task_templates t
where t.brand_id = $export_brand_id and (t.created_by = $actor_id or $actor_id = any(t.assignee_ids))
order by t.created_at desc, t.id desc
limit 20000;

-- name: export_tasks :many
-- $export_brand_id uuid
-- The tasks of the named brand that the caller made or is assigned to, newest first. No row: none.
select
    t.id, t.brand_id, t.board_id, b.key || '-' || t.number as reference, t.title, t.description, t.status, t.priority, t.tags,
    t.created_by = $actor_id as is_creator,
    exists (
        select from task_assignees a where a.brand_id = t.brand_id and a.task_id = t.id and a.user_id = $actor_id
    ) as is_assignee,
    t.start_at, t.due_at, t.completed_at, t.archived_at, t.created_at, t.updated_at
from tasks t
join boards b on b.brand_id = t.brand_id and b.id = t.board_id
where t.brand_id = $export_brand_id
    and (
        t.created_by = $actor_id
        or t.id in (select a.task_id from task_assignees a where a.brand_id = $export_brand_id and a.user_id = $actor_id)
    )
order by t.created_at desc, t.id desc
limit 20000;

-- name: export_preferences :many
-- What the caller has said of how they want to be told of things. No row: nothing.
select
    p.ways, p.digest, p.digest_time, p.digest_weekday, p.quiet, p.quiet_from, p.quiet_to, p.quiet_weekends, p.updated_at
from karara.notification_preferences p
where p.user_id = $actor_id;

-- name: export_notifications :many
-- $export_brand_id uuid
-- What the caller was told in the named brand, newest first. No row: nothing.
select
    n.id, n.brand_id, n.type, n.reason, n.title, n.message, n.subject_type, n.subject_id, n.is_read, n.read_at, n.created_at, n.expires_at
from notifications n
where n.brand_id = $export_brand_id and n.user_id = $actor_id
order by n.created_at desc, n.id desc
limit 20000;

-- name: export_mutes :many
-- $export_brand_id uuid
-- What the caller doesn't want to hear of in the named brand, newest first. No row: nothing.
select m.brand_id, m.subject_type, m.subject_id, m.until, m.created_at
from notification_mutes m
where m.brand_id = $export_brand_id and m.user_id = $actor_id
order by m.created_at desc, m.subject_id
limit 20000;
