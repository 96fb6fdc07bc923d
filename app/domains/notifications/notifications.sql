-- What people were told, as they see it themselves.

-- fragment: notification_columns
-- Of the notification n; u is who did it.
n.id, n.type, n.title, n.message, n.reason, case when u.id is not null then {{task_person: u}} end as actor,
jsonb_build_object('type', n.subject_type, 'id', n.subject_id) as subject, n.url, n.data, n.is_read, n.read_at, n.created_at,
n.expires_at, coalesce((
    select jsonb_agg(jsonb_build_object(
        'way', d.way, 'status', d.status,
        'sent_at', to_char(d.sent_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
    ) order by d.way)
    from notification_deliveries d
    where d.brand_id = n.brand_id and d.notification_id = n.id
), '[]') as deliveries;

-- fragment: notification_own
-- The notification %1 is the caller's, and there for them.
%1.brand_id = $brand_id and %1.user_id = $actor_id and %1.in_app and %1.expires_at > now();

-- name: notification_list :list
-- The caller's own. No row: there are none.
select {{notification_columns}}
from notifications n
left join karara.users u on u.id = n.actor_id
where {{notification_own: n}};

-- name: notification_get :one
-- $id uuid
-- One of the caller's own. No row: there is none of that id.
select {{notification_columns}}
from notifications n
left join karara.users u on u.id = n.actor_id
where {{notification_own: n}} and n.id = $id;

-- name: notification_locate :opt
-- $id uuid
-- Why one wasn't found. No row: it isn't one of the caller's own.
select true as visible, true as changeable, 1 as version from notifications n where {{notification_own: n}} and n.id = $id;

-- name: notification_unread :one
-- How many of the caller's own they haven't read, counted up to 1000, and when the newest of these was made. Always a row.
select count(*)::int4 as unread, max(o.created_at) as latest_at
from (
    select n.created_at from notifications n where {{notification_own: n}} and not n.is_read order by n.created_at desc limit 1000
) o;

-- fragment: notification_told
-- That the notifications of the CTE %1 are others now, to their person's devices.
told as (
    insert into karara.events (brand_id, actor_id, kind, subject_type, subject_id, payload, channels, request_id)
    select brand_id, $actor_id, $event, 'notification', id, $changes, array['user:' || user_id], $request_id from %1
);

-- name: notification_mark :opt
-- $id uuid
-- $is_read bool
-- Marks one of the caller's own as read, or as unread. No row: there is none of that id.
with changed as (
    update notifications n set is_read = $is_read, read_at = case when $is_read then coalesce(n.read_at, now()) end
    where {{notification_own: n}} and n.id = $id
    returning n.*
), {{notification_told: changed}}
select {{notification_columns}}
from changed n
left join karara.users u on u.id = n.actor_id;

-- name: notification_mark_all :one
-- $until timestamptz
-- Marks all of the caller's own as read that were made by then, or until now: what came while they looked stays unread. How many were unread.
with chosen as (
    select n.id from notifications n
    where {{notification_own: n}} and not n.is_read and ($until::timestamptz is null or n.created_at <= $until)
    order by n.id
    for no key update
), changed as (
    update notifications n set is_read = true, read_at = now()
    from chosen c
    where n.brand_id = $brand_id and n.id = c.id
    returning n.brand_id, n.user_id
), told as (
    insert into karara.events (brand_id, actor_id, kind, subject_type, payload, channels, request_id)
    select c.brand_id, $actor_id, $event, 'notification', jsonb_build_object('count', count(*)), array['user:' || c.user_id], $request_id
    from changed c
    group by c.brand_id, c.user_id
)
select count(*)::int4 as count from changed;

-- name: notification_delete :opt
-- $id uuid
-- Removes one of the caller's own; what of it wasn't sent yet isn't. No row: there is none of that id.
with deleted as (
    delete from notifications n where {{notification_own: n}} and n.id = $id returning n.*
), {{notification_told: deleted}}
select d.id from deleted d;
