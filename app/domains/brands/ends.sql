-- ends.sql - memberships, delegations and invitations whose time is over. What they gave has gone by the clock, to the second; here the end is
-- written down, once, so that lists, the audit log and those who are to be told have it. One brand at a time, under its row, as everything that
-- changes memberships (see members.sql).

-- fragment: membership_over
%1.status in ('active', 'pending') and %1.expires_at <= now();

-- fragment: delegation_over
%1.ended_at is null and %1.ends_at <= now();

-- fragment: invitation_over
%1.accepted_at is null and %1.revoked_at is null and %1.expired_at is null and %1.expires_at <= now();

-- fragment: ended
-- What has ended in the brand of the table %1, of which the row x is over when %2; its end is written into %3.
due as (
    select x.id from %1 x
    where x.brand_id = $of_brand_id and %2
    order by x.id limit $batch
    for no key update
), ended as (
    update %1 x set %3 = now(), version = x.version + 1, updated_at = now()
    from due
    where x.id = due.id
    returning x.*
);

-- fragment: end_told
-- One event and one entry of the audit log for each row of the CTE %1: the kind %2 about the subject %3 of the id %4, with the facts %5, for
-- the channels %6; what it was before %7 and is now %8.
told as (
    insert into karara.events (brand_id, kind, subject_type, subject_id, payload, channels, request_id)
    select brand_id, %2, %3, %4, %5, %6, $request_id from %1
), audited as (
    insert into karara.audit_entries (brand_id, action, resource_type, resource_id, before, after, ip, user_agent, request_id)
    select brand_id, %2, %3, %4, %7, %8, '', '', $request_id from %1
);

-- name: ends_brand :opt
-- $batch int4
-- A brand in which something has ended, its row taken until the end of the transaction. No row: there is none, or others hold them.
select b.id
from karara.brands b
where b.id in (
    (select m.brand_id from karara.brand_members m where {{membership_over: m}} order by m.expires_at limit $batch)
    union
    (select d.brand_id from karara.delegations d where {{delegation_over: d}} order by d.ends_at limit $batch)
    union
    (select i.brand_id from karara.invitations i where {{invitation_over: i}} order by i.expires_at limit $batch)
)
order by b.id limit 1
for no key update of b skip locked;

-- name: ends_memberships :one
-- $of_brand_id uuid
-- $batch int4
-- Memberships of the brand that have ended. How many; always a row.
with due as (
    select m.brand_id, m.user_id, {{member_audited: m}} as was
    from karara.brand_members m
    where m.brand_id = $of_brand_id and {{membership_over: m}}
    order by m.user_id limit $batch
    for no key update
), ended as (
    update karara.brand_members m set status = 'expired', version = m.version + 1, updated_at = now()
    from due
    where m.brand_id = due.brand_id and m.user_id = due.user_id
    returning m.*, due.was
), {{end_told: ended, 'member.expired', 'member', user_id,
    (jsonb_build_object('user_id', user_id, 'role', role, 'expires_at', expires_at, 'invited_by', invited_by)),
    (array['brand:' || brand_id, 'user:' || user_id]), was, {{member_audited: ended}}}}
select count(*)::int4 as done from ended;

-- name: ends_delegations :one
-- $of_brand_id uuid
-- $batch int4
-- Delegations in the brand that have ended. How many; always a row.
with {{ended: karara.delegations, {{delegation_over: x}}, ended_at}},
{{end_told: ended, 'delegation.ended', 'delegation', id, {{delegation_audited: ended}},
    (array['user:' || from_user_id, 'user:' || to_user_id]), {{delegation_audited: ended}}, null}}
select count(*)::int4 as done from ended;

-- name: ends_invitations :one
-- $of_brand_id uuid
-- $batch int4
-- Invitations to the brand that nobody accepted in time. Events name no address, as when they were made. How many; always a row.
with {{ended: karara.invitations, {{invitation_over: x}}, expired_at}},
{{end_told: ended, 'invitation.expired', 'invitation', id,
    (jsonb_build_object('role', role, 'invited_by', invited_by, 'expires_at', expires_at)),
    (array_remove(array['brand:' || brand_id, 'user:' || invited_by], null)), {{invitation_audited: ended}}, null}}
select count(*)::int4 as done from ended;

-- name: brand_removal :opt
-- Removes the brand whose deletion is due for the longest time. No row: none is due, or others hold it.
select r.slug from karara.brand_remove_due() r (slug);
