-- push.sql - browsers that are told by web push. They belong to people, not to brands, and end with their sessions.

-- fragment: push_columns
%1.id, %1.device, split_part(%1.endpoint, '/', 3) as service, %1.session_id = $session_id as current, %1.failures, %1.last_error,
%1.last_used_at, %1.created_at;

-- name: push_list :list
-- The caller's browsers. No row: they have none.
select {{push_columns: p}} from karara.push_subscriptions p where p.user_id = $actor_id;

-- name: push_subscribe :opt
-- $endpoint text
-- $p256dh bytea
-- $auth_secret bytea
-- $key_id text
-- $device text
-- $most int4
-- Lets a browser of the caller be told, as long as this session lasts; one that is known changes hands with its secrets alone. No row: the caller
-- has $most already, or somebody else has one of this address.
with subscribed as (
    insert into karara.push_subscriptions as p (id, user_id, session_id, endpoint, p256dh, auth, key_id, device)
    select $new_id, $actor_id, $session_id, $endpoint, $p256dh, $auth_secret, $key_id, $device
    where (
        select count(*) from karara.push_subscriptions o where o.user_id = $actor_id and o.endpoint <> $endpoint
    ) < $most
    on conflict (endpoint) do update set
        user_id = excluded.user_id, session_id = excluded.session_id, p256dh = excluded.p256dh, auth = excluded.auth,
        key_id = excluded.key_id, device = excluded.device, failures = 0, last_error = null, quiet_until = null
    where p.user_id = excluded.user_id or (p.p256dh = excluded.p256dh and p.auth = excluded.auth)
    returning p.*
), {{emit_account_event: subscribed, user_id, $event, user_id, 'success',
    jsonb_build_object('subscription_id', id, 'device', device)}}
select {{push_columns: subscribed}} from subscribed;

-- name: push_count :one
-- How many browsers of the caller are told. Always a row.
select count(*)::int4 as browsers from karara.push_subscriptions p where p.user_id = $actor_id;

-- name: push_unsubscribe :one
-- $id uuid
-- Ends the telling of one of the caller's browsers. No row: there is none of that id.
with gone as (
    delete from karara.push_subscriptions p where p.id = $id and p.user_id = $actor_id
    returning p.id, p.user_id, p.device
), {{emit_account_event: gone, user_id, $event, user_id, 'success', jsonb_build_object('subscription_id', id, 'device', device)}}
select id from gone;

-- name: push_try :opt
-- $id uuid
-- Tells that the caller asked for a message to one of their browsers. No row: there is none of that id.
with tried as (
    select p.id, null::uuid as brand_id from karara.push_subscriptions p where p.id = $id and p.user_id = $actor_id
), {{emit_event: tried, 'push_subscription', id, array['user:' || $actor_id]}}
select id from tried;

-- ---- sending ----

-- name: push_target :opt
-- $subscription_id uuid
-- A browser that is to be told something; `wait`: for how many seconds its service wants to be left alone. No row: it has gone, its session has
-- ended, or the person may not sign in any more.
select p.endpoint, encode(p.p256dh, 'hex') as p256dh, encode(p.auth, 'hex') as auth_secret, p.key_id, coalesce(u.preferences ->> 'language', '') as language,
    greatest(0, ceil(extract(epoch from coalesce(p.quiet_until, now()) - now())))::int8 as wait
from karara.push_subscriptions p
join karara.sessions s on s.id = p.session_id
join karara.users u on u.id = p.user_id
where p.id = $subscription_id and s.revoked_at is null and s.expires_at > now() and u.status = 'active' and u.deleted_at is null;

-- name: push_browsers :many
-- $person_id uuid
-- The browsers in which a person is told. No row: none, or their sessions have ended.
select p.id
from karara.push_subscriptions p
join karara.sessions s on s.id = p.session_id
where p.user_id = $person_id and s.revoked_at is null and s.expires_at > now()
order by p.created_at, p.id;

-- name: push_notification :opt
-- $notification_id uuid
-- $subscription_id uuid
-- What a browser is told, and for how many seconds that is worth knowing. No row: it was read meanwhile, its time is over, its person is no longer
-- here, or the browser is somebody else's by now.
select n.type, n.title, n.message, n.url, replace(n.subject_id::text, '-', '') as subject,
    ceil(extract(epoch from n.expires_at - now()))::int8 as life
from notifications n
{{notification_receiver}}
join karara.push_subscriptions browser on browser.id = $subscription_id and browser.user_id = n.user_id
where n.brand_id = $brand_id and n.id = $notification_id and {{notification_worth_sending}};

-- name: push_taken :exec
-- $subscription_id uuid
-- Its service took a message.
update karara.push_subscriptions p
set failures = 0, last_error = null, quiet_until = null, last_used_at = now()
where p.id = $subscription_id;

-- name: push_gone :exec
-- $subscription_id uuid
-- $endpoint text
-- The browser has ended its subscription, and its service says so. One that has been renewed meanwhile stays.
delete from karara.push_subscriptions p where p.id = $subscription_id and p.endpoint = $endpoint;

-- name: push_wait :exec
-- $subscription_id uuid
-- $seconds int8
-- Its service asks to be left alone for so long.
update karara.push_subscriptions p set quiet_until = now() + make_interval(secs => $seconds) where p.id = $subscription_id;

-- name: push_failed :exec
-- $subscription_id uuid
-- $words text
-- $most int4
-- A message didn't get there; after $most in a row nobody tries any more.
with failed as (
    update karara.push_subscriptions p set failures = p.failures + 1, last_error = left($words, 300)
    where p.id = $subscription_id and p.failures + 1 < $most
)
delete from karara.push_subscriptions p where p.id = $subscription_id and p.failures + 1 >= $most;
