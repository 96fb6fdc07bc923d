-- fragment: emit_event
emitted as (
    insert into karara.events (brand_id, actor_id, kind, subject_type, subject_id, payload, channels, request_id)
    select brand_id, $actor_id, $event, %2, %3, $changes, %4, $request_id from %1
);

-- fragment: emit_change
-- The same for CTE changed, which has id and brand_id, with what became different (%3: a jsonb object, or null) from CTE target: %1 subject, %2
-- channels. People read it: {"name": {"from": "Old", "to": "New"}}.
emitted as (
    insert into karara.events (brand_id, actor_id, kind, subject_type, subject_id, payload, changes, channels, request_id)
    select c.brand_id, $actor_id, $event, %1, c.id, $changes, %3, %2, $request_id from changed c join target k on k.id = c.id
);

-- fragment: differences
-- What two jsonb objects with the same keys differ in, for emit_change; null when in nothing.
(
    select jsonb_object_agg(o.key, jsonb_build_object('from', o.value, 'to', n.facts -> o.key))
    from (select %2 as facts) n
    cross join jsonb_each(%1) o
    where o.value <> n.facts -> o.key
);

-- Rows that stand in an order of their own have a rank, x.position. The fragments below speak of the rows x of the table %1 of which the condition
-- %2 is true: those that one row stands among.

-- fragment: rank_last
-- The rank behind the last of them, without the row %3.
karara.rank_between(
    (select x.position from %1 x where x.brand_id = $brand_id and %2 and x.id <> %3 order by x.position desc, x.id desc limit 1),
    null
);

-- fragment: rank_neighbours
-- As n: the ranks of $before and $after, for rank_among; null where they don't stand there.
lateral (
    select
        (select x.position from %1 x where x.brand_id = $brand_id and %2 and x.id = $before) as before,
        (select x.position from %1 x where x.brand_id = $brand_id and %2 and x.id = $after) as after
) n;

-- fragment: rank_among
-- The rank between $after and $before (n of rank_neighbours), of which one may be left out: then directly beside the other; without both behind
-- the last. %3: the row that doesn't count. %4 and %5: details of KA409 when one of them isn't there, and when they aren't in that order.
case
    when $before::uuid is null and $after::uuid is null then {{rank_last: %1, %2, %3}}
    when $before is not null and n.before is null or $after is not null and n.after is null then karara.fail('KA409', %4)::text
    when n.after >= n.before then karara.fail('KA409', %5)::text
    else karara.rank_between(
        coalesce(n.after, (
            select x.position from %1 x
            where x.brand_id = $brand_id and %2 and x.id <> %3 and x.position < n.before
            order by x.position desc limit 1
        )),
        coalesce(n.before, (
            select x.position from %1 x
            where x.brand_id = $brand_id and %2 and x.id <> %3 and x.position > n.after
            order by x.position limit 1
        ))
    )
end;

-- fragment: session_alive
-- Whether what the caller came with is still good: a session, or else an API token (see api/token.h).
(
    exists (
        select from karara.sessions s
        where s.id = $session_id and s.user_id = $actor_id and s.revoked_at is null and s.expires_at > now()
            -- Who looks with somebody else's eyes is still signed in, and both may still what they might when it began.
            and (
                s.viewed_by is null
                or exists (
                    select from karara.sessions v
                    join karara.brand_members m on m.brand_id = s.viewed_brand_id and m.user_id = s.viewed_by
                    join karara.brand_members w on w.brand_id = s.viewed_brand_id and w.user_id = s.user_id
                    where v.id = s.viewer_session_id and v.revoked_at is null and m.access_version = s.viewer_access_version
                        and w.access_version = s.viewed_access_version
                        and (m.expires_at is null or m.expires_at > now())
                )
            )
    ) or exists (
        select from karara.api_tokens t
        where t.id = $session_id and t.user_id = $actor_id and t.revoked_at is null
            and (t.expires_at is null or t.expires_at > now())
    )
);

-- name: token_find :opt
-- $token_digest bytea
-- The API token of this digest, also one that has expired. No row: it was never made, or is revoked.
select t.id, t.user_id, t.brand_id, t.scopes, t.expires_at
from karara.api_tokens t
where t.token_digest = $token_digest and t.revoked_at is null;

-- name: token_note_use :exec
-- Notes that the caller's API token is in use, to the minute; nobody waits for somebody else's note.
update karara.api_tokens t set last_used_at = now()
where t.id = (
    select o.id from karara.api_tokens o
    where o.id = $session_id and (o.last_used_at is null or o.last_used_at <= now() - interval '1 minute')
    for no key update skip locked
);

-- name: access_assert :one
-- $access_version int8
-- Opens every tenant request: names the brand for row-level security and insists that session and membership are what the
-- cached access was computed from. Otherwise it raises KA001, before anything is seen or written.
select
    set_config('karara.brand_id', $brand_id::text, true) as brand,
    case
        when exists (
            select from karara.brand_members m
            where m.brand_id = $brand_id and m.user_id = $actor_id and m.access_version = $access_version
                and (m.expires_at is null or m.expires_at > now())
        ) and {{session_alive}} then true
        else karara.fail('KA001')
    end as alive;

-- name: access_brand :one
-- Names the brand for row-level security, before access_compute reads the teams.
select set_config('karara.brand_id', $brand_id::text, true) as brand;

-- fragment: delegations_to
-- What others delegate to the member %1 now, with all that says what these have themselves (see api/effective.h).
(
    select jsonb_build_object('from', coalesce(jsonb_agg(jsonb_build_object(
        'id', d.id, 'permissions', d.permissions,
        'role', f.role, 'role_changes', coalesce(c.permissions, '{}'), 'overrides', f.permissions
    ) order by d.id), '[]'))
    from karara.delegations d
    join karara.brand_members f on f.brand_id = d.brand_id and f.user_id = d.from_user_id
    join karara.users p on p.id = f.user_id
    left join karara.brand_role_permissions c on c.brand_id = f.brand_id and c.role = f.role
    where d.brand_id = %1.brand_id and d.to_user_id = %1.user_id and d.starts_at <= now() and d.ends_at > now()
        and f.status = 'active' and p.status = 'active' and (f.expires_at is null or f.expires_at > now())
);

-- fragment: teams_by_division
-- The teams that the member %1 has access to by being in a division: those that it was given, or one above it.
(
    with recursive up as (
        select d.id, d.parent_division_id
        from division_members i
        join divisions d on d.brand_id = i.brand_id and d.id = i.division_id
        where i.brand_id = %1.brand_id and i.user_id = %1.user_id
        union
        select p.id, p.parent_division_id from up join divisions p on p.brand_id = %1.brand_id and p.id = up.parent_division_id
    )
    select g.team_id from up join division_teams g on g.brand_id = %1.brand_id and g.division_id = up.id
);

-- name: access_compute :opt
-- Everything that decides what a person may do in a brand, and until when that holds without a change. A delegation gives what its
-- giver has by role and overrides, and no more. No row: no active membership.
select
    {{session_alive}} as session_alive,
    u.status = 'active' as account_active,
    m.access_version,
    m.role,
    m.permissions as overrides,
    coalesce(r.permissions, '{}') as role_changes,
    {{delegations_to: m}} as delegated,
    least(
        m.expires_at,
        (select min(f.expires_at) from karara.delegations d
         join karara.brand_members f on f.brand_id = d.brand_id and f.user_id = d.from_user_id
         where d.brand_id = m.brand_id and d.to_user_id = m.user_id and d.ends_at > now() and f.expires_at > now()),
        (select min(case when d.starts_at > now() then d.starts_at else d.ends_at end) from karara.delegations d
         where d.brand_id = m.brand_id and d.to_user_id = m.user_id and d.ends_at > now())
    ) as valid_until,
    b.status = 'suspended' as read_only,
    coalesce(b.settings -> 'require_if_match' = 'true', false) as wants_if_match,
    coalesce(karara.feature_limit(b.subscription, 'api_tokens') = 0, false) as without_tokens,
    {{lacks_two_factor: m.user_id, b}} as lacks_two_factor,
    array(
        select t.team_id from team_members t where t.brand_id = m.brand_id and t.user_id = m.user_id
        union
        {{teams_by_division: m}}
    ) as teams,
    array(
        select t.team_id from team_members t where t.brand_id = m.brand_id and t.user_id = m.user_id and t.role = 'manager'
    ) as managed
from karara.brand_members m
join karara.brands b on b.id = m.brand_id
join karara.users u on u.id = m.user_id
left join karara.brand_role_permissions r on r.brand_id = m.brand_id and r.role = m.role
where m.brand_id = $brand_id and m.user_id = $actor_id and m.status = 'active'
    and (m.expires_at is null or m.expires_at > now()) and b.status in ('active', 'suspended');

-- name: session_assert :one
-- Opens a request of a signed-in person outside any brand: raises KA002 when the session has ended, KA005 when the account isn't
-- active. (Within a brand a change of the account raises the access version.)
select
    case
        when not {{session_alive}} then karara.fail('KA002')
        when exists (select from karara.users u where u.id = $actor_id and u.status = 'active') then true
        else karara.fail('KA005')
    end as alive;

-- name: platform_admin_assert :one
-- Opens a request to the platform's own administration, and lets it see the platform's part of the audit log: raises KA002 without a
-- session and KA403 for anybody else.
select
    case
        when not {{session_alive}} then karara.fail('KA002')
        when exists (
            select from karara.users u where u.id = $actor_id and u.platform_role = 'admin' and u.status = 'active'
        ) then set_config('karara.platform', 'on', true) = 'on'
        else karara.fail('KA403')
    end as alive;

-- name: brand_by_slug :opt
-- $slug text
-- The id behind a slug in an address. No row: there is no such brand.
select b.id from karara.brands b where b.slug = $slug;

-- name: idempotency_lock :one
-- $scope uuid
-- $route text
-- $key text
-- Takes the key for this transaction; raises KA003 while a twin holds it.
select
    case
        when pg_try_advisory_xact_lock(hashtextextended($scope::text || ' ' || $route || ' ' || $key, 0)) then true
        else karara.fail('KA003')
    end as locked;

-- name: idempotency_unused :one
-- $scope uuid
-- $route text
-- $key text
-- Raises KA004 when the key has an answer already. A statement of its own, so that it sees what a twin committed.
select
    case
        when exists (
            select from karara.idempotency_keys k
            where k.scope = $scope and k.route = $route and k.key = $key and k.created_at > now() - interval '24 hours'
        ) then karara.fail('KA004')
        else true
    end as unused;

-- name: idempotency_find :opt
-- $scope uuid
-- $route text
-- $key text
-- The kept answer. No row: none is kept.
select k.fingerprint, k.status, k.headers, k.body from karara.idempotency_keys k
where k.scope = $scope and k.route = $route and k.key = $key and k.created_at > now() - interval '24 hours';

-- name: idempotency_keep :exec
-- $scope uuid
-- $route text
-- $key text
-- $fingerprint bytea
-- $status int4
-- $headers jsonb
-- $body text
-- Keeps the answer, in the transaction of its effect; an entry older than a day gives way, and a few others of that age go.
with expired as (
    delete from karara.idempotency_keys where (scope, route, key) in (
        select o.scope, o.route, o.key from karara.idempotency_keys o
        where o.created_at <= now() - interval '25 hours' order by o.created_at limit 4 for update skip locked
    )
)
insert into karara.idempotency_keys as k (scope, route, key, fingerprint, status, headers, body)
values ($scope, $route, $key, $fingerprint, $status, $headers, $body)
on conflict (scope, route, key) do update
set fingerprint = excluded.fingerprint, status = excluded.status, headers = excluded.headers, body = excluded.body, created_at = now()
where k.created_at <= now() - interval '24 hours';
