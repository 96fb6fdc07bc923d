-- retention.sql - brands say for how many days they keep data (compliance.data_retention_days); without, for ever.

-- fragment: brand_keeps_days
-- Null: for ever.
case when jsonb_typeof(%1.compliance -> 'data_retention_days') = 'number' then (%1.compliance ->> 'data_retention_days')::int4 end;

-- name: retention_enqueue :exec
-- One job for each brand that doesn't keep data for ever, whatever its status.
with wanted as (
    select b.id as brand_id from karara.brands b where {{brand_keeps_days: b}} > 0
), {{enqueue: wanted, retention_brand, '{}', 'retention:' || brand_id}}
select 1 from wanted;

-- name: retention_limit :opt
-- From when on this brand's data is kept now. No row: for ever.
select d.days, now() - make_interval(days => d.days) as before
from karara.brands b
cross join lateral (select {{brand_keeps_days: b}} as days) d
where b.id = $brand_id and d.days > 0;

-- name: retention_note :exec
-- $job_id uuid
-- $claim int4
-- $what text
-- $done int4
-- Counts in the job what it has removed, in the transaction in which that goes: another attempt goes on counting.
update karara.jobs j set payload = jsonb_build_object(
    'removed', coalesce(j.payload -> 'removed', '{}')
        || jsonb_build_object($what, coalesce((j.payload #>> array['removed', $what])::int8, 0) + $done)
)
where j.id = $job_id and j.claim = $claim;

-- name: retention_told :exec
-- $job_id uuid
-- $days int4
-- $before timestamptz
-- Says in the audit log and in an event what this run has removed, if it was anything.
with brand as (
    select b.id, b.id as brand_id,
        jsonb_build_object('data_retention_days', $days, 'kept_from', $before, 'removed', j.payload -> 'removed') as facts
    from karara.brands b
    join karara.jobs j on j.id = $job_id and j.payload ? 'removed'
    where b.id = $brand_id
), told as (
    insert into karara.events (brand_id, kind, subject_type, subject_id, payload, channels, request_id)
    select brand_id, $event, 'brand', id, facts, array['brand:' || id], $request_id from brand
), audited as (
    insert into karara.audit_entries (brand_id, action, resource_type, resource_id, after, ip, user_agent, request_id)
    select brand_id, $event, 'brand', id, facts, '', '', $request_id from brand
)
select id from brand;

-- name: invitation_retire :one
-- $before timestamptz
-- $batch int4
-- Removes invitations that were accepted, withdrawn or let pass before that. How many; always a row.
with gone as (
    delete from karara.invitations i using (
        select o.id from karara.invitations o
        where o.brand_id = $brand_id and least(coalesce(o.accepted_at, o.revoked_at), o.expires_at) < $before
        limit $batch
    ) k
    where i.id = k.id
    returning i.id
)
select count(*)::int4 as done from gone;

-- name: delegation_retire :one
-- $before timestamptz
-- $batch int4
-- Removes delegations that ended before that, and whose end was written down. How many; always a row.
with gone as (
    delete from karara.delegations d using (
        select o.id from karara.delegations o
        where o.brand_id = $brand_id and o.ended_at is not null and o.ends_at < $before limit $batch
    ) k
    where d.id = k.id
    returning d.id
)
select count(*)::int4 as done from gone;
