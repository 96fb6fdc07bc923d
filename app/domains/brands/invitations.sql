-- invitations.sql - invitations to a brand. Whoever makes, sends or accepts one holds the brand's row (member_lock), in a statement before
-- the one that looks: open ones take places of the plan, and there is one for an address.

-- fragment: invitation_open
-- Whether the invitation %1 can be accepted now.
%1.accepted_at is null and %1.revoked_at is null and %1.expires_at > now();

-- fragment: invitation_of_person
-- Whether an invitation to the brand is open for the person %1, which takes a place of the plan.
exists (
    select from karara.invitations o where o.brand_id = $brand_id and lower(o.email) = lower(%1.email) and {{invitation_open: o}}
) as invited;

-- fragment: invitation_status
case
    when %1.accepted_at is not null then 'accepted'
    when %1.revoked_at is not null then 'revoked'
    when %1.expires_at <= now() then 'expired'
    else 'open'
end;

-- fragment: invitation_columns
-- %1 the invitation, %2 who invited (may be missing).
%1.id, %1.email, %1.role,
(
    select coalesce(jsonb_agg(jsonb_build_object('id', t.id, 'name', t.name) order by lower(t.name)), '[]')
    from teams t
    where t.brand_id = %1.brand_id and t.id = any(%1.team_ids)
) as teams,
{{invitation_status: %1}} as status, %1.message,
case when %2.id is not null then {{delegation_person: %2}} end as invited_by,
%1.expires_at, %1.access_expires_at, %1.sent_at, %1.accepted_at, %1.revoked_at, %1.version, %1.created_at, %1.updated_at;

-- fragment: invitation_audited
-- What the audit log keeps of the invitation %1.
jsonb_build_object('email', %1.email, 'role', %1.role, 'team_ids', %1.team_ids, 'expires_at', %1.expires_at,
    'access_expires_at', %1.access_expires_at);

-- name: invitation_list :list
-- The brand's invitations. No row: nobody was ever invited.
select {{invitation_columns: i, u}}
from karara.invitations i
left join karara.users u on u.id = i.invited_by
where i.brand_id = $brand_id;

-- name: invitation_get :one
-- $id uuid
-- One of them. No row: not in this brand.
select {{invitation_columns: i, u}}
from karara.invitations i
left join karara.users u on u.id = i.invited_by
where i.brand_id = $brand_id and i.id = $id;

-- name: invitation_locate :one
-- $id uuid
-- Why an invitation wasn't found or changed. No row: not in this brand.
select true as visible, true as changeable, i.version from karara.invitations i where i.brand_id = $brand_id and i.id = $id;

-- fragment: invitation_mails
-- The mails of a day to the address of %1 (anything with an email) from this brand, and when the last one went.
(
    select coalesce(sum(s.sent_count), 0)::int4
    from karara.invitations s
    where s.brand_id = $brand_id and lower(s.email) = lower(%1.email) and s.sent_since > now() - interval '24 hours'
) as mails_today,
(
    select coalesce(extract(epoch from now() - max(s.sent_at)), 1000000)::int4
    from karara.invitations s
    where s.brand_id = $brand_id and lower(s.email) = lower(%1.email)
) as seconds_since_mail;

-- name: invitation_rooms :many
-- $emails text[]
-- What decides about inviting these addresses, in their order: the invitation that would be renewed, the membership there is, the plan's places.
-- Nothing of it depends on whether an address has an account, but by a membership of this brand. No row: never.
select
    i.id,
    i.role,
    coalesce({{invitation_open: i}}, false) as open,
    m.user_id is not null as belongs,
    coalesce(m.status = 'active' and m.expires_at <= now() or m.status = 'expired', false) as ended,
    coalesce(m.status = 'suspended', false) as suspended,
    {{invitation_mails: a}},
    {{member_places}}
from unnest($emails) with ordinality a (email, place)
left join karara.invitations i
    on i.brand_id = $brand_id and lower(i.email) = lower(a.email) and i.accepted_at is null and i.revoked_at is null
left join (
    karara.users u join karara.brand_members m on m.brand_id = $brand_id and m.user_id = u.id
) on lower(u.email) = lower(a.email)
order by a.place;

-- name: invitation_standing :opt
-- $id uuid
-- What decides about sending or revoking this invitation. No row: not in this brand.
select i.id, i.email, i.role, {{invitation_status: i}} as status, i.version, {{invitation_mails: i}}, {{member_places}}
from karara.invitations i
where i.brand_id = $brand_id and i.id = $id;

-- fragment: invitation_resent
-- The columns that count mails, for one more mail of the invitation %1.
sent_at = now(),
sent_since = case when %1.sent_since > now() - interval '24 hours' then %1.sent_since else now() end,
sent_count = case when %1.sent_since > now() - interval '24 hours' then %1.sent_count + 1 else 1 end;

-- fragment: invitation_account
-- The account of the address of the invitation %1, whose language its mail is in, and the host name that its link is on.
(select a.id from karara.users a where lower(a.email) = lower(%1.email) and a.deleted_at is null) as account_id,
(select {{brand_home_domain: b}} from karara.brands b where b.id = %1.brand_id) as home_domain;

-- name: invitations_put :many
-- $operations jsonb
-- $ttl_seconds int4
-- Invites, or renews the invitations that there are: [{place, id, email, role, team_ids, message, digest, until, sends}], each address once. One
-- that isn't sent again keeps its link. Events tell who may see the brand that there is an invitation, and not to which address. The rows in
-- the order of their places. No row: none was asked.
with asked as (
    select o.* from jsonb_to_recordset($operations)
        as o (place int4, id uuid, email text, role text, team_ids uuid[], message text, digest text, until timestamptz, sends bool)
), put as (
    insert into karara.invitations as i
        (id, brand_id, email, role, team_ids, message, token_digest, invited_by, access_expires_at, expires_at)
    select
        o.id, $brand_id, o.email, o.role, o.team_ids, coalesce(o.message, ''), decode(o.digest, 'hex'), $actor_id, o.until,
        now() + make_interval(secs => $ttl_seconds)
    from asked o
    on conflict (brand_id, lower(email)) where accepted_at is null and revoked_at is null do update set
        (role, team_ids, message, invited_by, access_expires_at, expires_at, expired_at, version, updated_at) = (
            select excluded.role, excluded.team_ids, excluded.message, excluded.invited_by, excluded.access_expires_at, excluded.expires_at,
                null::timestamptz, i.version + 1, now()
        ),
        (token_digest, sent_at, sent_since, sent_count) = (
            select
                case when o.sends then excluded.token_digest else i.token_digest end,
                case when o.sends then now() else i.sent_at end,
                case when i.sent_since > now() - interval '24 hours' then i.sent_since else now() end,
                case when i.sent_since > now() - interval '24 hours' then i.sent_count + o.sends::int4 else 1 end
            from asked o
            where lower(o.email) = lower(excluded.email)
        )
    returning i.*, case when i.version = 1 then 'invitation.created' else 'invitation.renewed' end as told_kind
), told as (
    insert into karara.events (brand_id, actor_id, kind, subject_type, subject_id, payload, channels, request_id)
    select
        brand_id, $actor_id, told_kind, 'invitation', id, jsonb_build_object('role', role), array['brand:' || brand_id], $request_id
    from put
), audited as (
    insert into karara.audit_entries (brand_id, actor_id, action, resource_type, resource_id, after, ip, user_agent, request_id)
    select brand_id, $actor_id, told_kind, 'invitation', id, {{invitation_audited: put}}, $ip, $user_agent, $request_id from put
)
select asked.place, {{invitation_columns: put, u}}, {{invitation_account: put}}
from put
join asked on lower(asked.email) = lower(put.email)
left join karara.users u on u.id = put.invited_by
order by asked.place;

-- name: invitation_resend :one
-- $id uuid
-- $token_digest bytea
-- $ttl_seconds int4
-- Gives an invitation a new link and its full time, in the name of who sends it. No row: it can't be accepted any more, or has another version
-- than the one asked for.
with sent as (
    update karara.invitations i set
        token_digest = $token_digest,
        invited_by = $actor_id,
        expires_at = now() + make_interval(secs => $ttl_seconds),
        expired_at = null,
        {{invitation_resent: i}},
        version = i.version + 1,
        updated_at = now()
    where i.brand_id = $brand_id and i.id = $id and i.accepted_at is null and i.revoked_at is null
        and ($if_match is null or i.version = $if_match)
    returning i.*
), {{emit_event: sent, 'invitation', id, array['brand:' || brand_id]}},
{{emit_audit: sent, 'invitation', id, null, {{invitation_audited: sent}}}}
select {{invitation_columns: sent, u}}, {{invitation_account: sent}} from sent left join karara.users u on u.id = sent.invited_by;

-- name: invitation_revoke :one
-- $id uuid
-- Takes an invitation back, and with it its link. No row: it was accepted or revoked before, or has another version than the one asked for.
with revoked as (
    update karara.invitations i set revoked_at = now(), version = i.version + 1, updated_at = now()
    where i.brand_id = $brand_id and i.id = $id and i.accepted_at is null and i.revoked_at is null
        and ($if_match is null or i.version = $if_match)
    returning i.*
), {{emit_event: revoked, 'invitation', id, array['brand:' || brand_id]}},
{{emit_audit: revoked, 'invitation', id, {{invitation_audited: revoked}}, null}}
select id from revoked;

-- ---- who was invited ----

-- fragment: invitation_of_token
-- The invitation i whose link this is, its brand b, who invited (v; g, their membership, while they may do something there), and the account u of
-- its address, if there is one.
karara.invitations i
join karara.brands b on b.id = i.brand_id
left join karara.users v on v.id = i.invited_by and v.deleted_at is null
left join karara.brand_members g on g.brand_id = i.brand_id and g.user_id = v.id and v.status = 'active' and g.status = 'active'
    and (g.expires_at is null or g.expires_at > now())
left join karara.users u on lower(u.email) = lower(i.email) and u.deleted_at is null;

-- fragment: invitation_giver
-- What the inviter of invitation_of_token has to give; the installation's own invitations (kararactl) are nobody's.
i.invited_by is not null as has_giver, g.role as giver_role, g.permissions as giver_overrides,
{{brand_role_changes: i.brand_id}} as role_changes;

-- name: invitation_find :opt
-- $token_digest bytea
-- What the link says to whoever holds it. No row: it is none of ours, or there is a newer one.
select
    i.id,
    i.brand_id,
    b.status as brand_status,
    jsonb_build_object('name', b.name, 'logo_url', {{logo_address: b}}, 'colours', coalesce(b.settings -> 'colours', '{}')) as brand,
    i.email,
    i.role,
    {{invitation_status: i}} as status,
    coalesce({{full_name: v}}, '') as inviter_name,
    i.message,
    i.expires_at,
    i.access_expires_at,
    u.id is null or u.status = 'pending' as needs_account,
    coalesce(u.id = $actor_id, false) as is_callers,
    {{invitation_giver}}
from {{invitation_of_token}}
where i.token_digest = $token_digest;

-- name: invitation_take :opt
-- $id uuid
-- $token_digest bytea
-- What decides about accepting it, under the brand's lock; it stays as it is until the end of the transaction. No row: it has a newer link.
select
    b.status as brand_status,
    {{invitation_status: i}} as status,
    i.role,
    i.team_ids as into_ids,
    m.user_id is not null as belongs,
    coalesce(m.status = 'active' and m.expires_at <= now() or m.status = 'expired', false) as ended,
    coalesce(m.status = 'suspended', false) as suspended,
    {{brand_places}},
    {{invitation_giver}}
from {{invitation_of_token}}
left join karara.brand_members m on m.brand_id = i.brand_id and m.user_id = u.id
where i.id = $id and i.token_digest = $token_digest
for no key update of i;

-- name: invitation_accept :one
-- $id uuid
-- $person_id uuid
-- Notes that this person has accepted. Always a row: the rules have looked, under the lock.
with accepted as (
    update karara.invitations i set accepted_at = now(), accepted_by = $person_id, version = i.version + 1, updated_at = now()
    where i.id = $id
    returning i.*
), {{emit_event: accepted, 'invitation', id, (array['brand:' || brand_id, 'user:' || $person_id])}},
{{emit_audit: accepted, 'invitation', id, null, {{invitation_audited: accepted}}}}
select id from accepted;

-- name: invitation_join :opt
-- $id uuid
-- $person_id uuid
-- Makes the membership that the invitation $id promised, also in place of one that has ended. No row: the person belongs to the brand.
with joined as (
    insert into karara.brand_members as m (brand_id, user_id, role, invited_by, joined_at, expires_at)
    select i.brand_id, $person_id, i.role, i.invited_by, now(), i.access_expires_at from karara.invitations i where i.id = $id
    on conflict (brand_id, user_id) do update set
        role = excluded.role,
        permissions = '{}',
        status = 'active',
        invited_by = excluded.invited_by,
        joined_at = now(),
        expires_at = excluded.expires_at,
        version = m.version + 1,
        updated_at = now()
    where m.status = 'expired' or m.status = 'active' and m.expires_at <= now()
    returning m.*
), {{emit_event: joined, 'member', user_id, (array['brand:' || brand_id, 'user:' || user_id])}},
{{emit_audit: joined, 'member', user_id, null, {{member_audited: joined}}}}
select user_id as id from joined;

-- name: invitation_fulfil :exec
-- $person_ids uuid[]
-- Closes the invitations of people who were added without them. No row: there is none.
with accepted as (
    update karara.invitations i set accepted_at = now(), accepted_by = u.id, version = i.version + 1, updated_at = now()
    from karara.users u
    where u.id = any($person_ids) and i.brand_id = $brand_id and lower(i.email) = lower(u.email)
        and i.accepted_at is null and i.revoked_at is null
    returning i.*
), {{emit_event: accepted, 'invitation', id, (array['brand:' || brand_id, 'user:' || accepted_by])}},
{{emit_audit: accepted, 'invitation', id, null, {{invitation_audited: accepted}}}}
select id from accepted;
