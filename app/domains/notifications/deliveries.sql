-- Sending what is due.

-- fragment: notification_message_columns
-- Of the delivery d of the notification n: what goes out, and what decides whether it still does.
d.way, d.status, d.due_at, n.id, n.type, n.reason, n.subject_type, n.subject_id, n.title, n.message, n.url, n.data, n.created_at, n.expires_at,
n.is_read, n.expires_at <= now() as expired, now() as now, coalesce(trim(a.first_name || ' ' || a.last_name), '') as actor_name,
{{brand_home_domain: b}} as home_domain, t.id is not null as task_there,
n.type in ('task.due_soon', 'task.overdue') and (
    t.status in ('completed', 'cancelled') or t.archived_at is not null
    or t.due_at is distinct from (n.data ->> 'due_at')::timestamptz
) as settled, s.id is not null as template_there,
coalesce(o.team_id, s.team_id) as team_id, case when t.id is not null then {{task_assignee_ids: t}} else '{}' end as assignee_ids,
{{notification_muted: n.subject_type, n.subject_id, t.board_id}} as muted;

-- fragment: notification_message
-- Behind a from with d: the notification, its person, if they are still here, and what it is about.
join notifications n on n.brand_id = d.brand_id and n.id = d.notification_id
{{notification_receiver}}
left join karara.users a on a.id = n.actor_id
left join tasks t on n.subject_type = 'task' and t.brand_id = n.brand_id and t.id = n.subject_id
left join boards o on o.brand_id = t.brand_id and o.id = t.board_id
left join task_templates s on n.subject_type = 'task_template' and s.brand_id = n.brand_id and s.id = n.subject_id;

-- name: notification_due :opt
-- $notification_id uuid
-- $way text
-- A delivery that waits, locked. No row: it doesn't, or its person isn't here any more.
select {{notification_message_columns}}, {{notification_person_columns}}
from notification_deliveries d
{{notification_message}}
where d.brand_id = $brand_id and d.notification_id = $notification_id and d.way = $way and d.status = 'waiting'
for no key update of d;

-- name: notification_gathered :many
-- $person_id uuid
-- $most int4
-- What a person's digest has to tell that is due by now, locked, so many at most, the newest first. No row: nothing.
select {{notification_message_columns}}, {{notification_person_columns}}
from notification_deliveries d
{{notification_message}}
where d.brand_id = $brand_id and d.user_id = $person_id and d.status = 'waiting' and d.digest and d.due_at <= now()
order by n.created_at desc, n.id desc
limit $most
for no key update of d;

-- name: notification_settle :exec
-- $notification_ids uuid[]
-- $way text
-- $status text
-- $words text
-- Says what became of deliveries that waited.
update notification_deliveries d
set status = $status, error = $words, sent_at = case when $status = 'sent' then now() end
where d.brand_id = $brand_id and d.notification_id = any($notification_ids) and d.way = $way and d.status = 'waiting';

-- name: reminders_enqueue :one
-- $lead float8
-- $late float8
-- Jobs for the tasks of all brands that are due in so many seconds, or have been for no more than so many: once for each due date. How many: from
-- 5,000 on there may be more.
select karara.reminders_enqueue(make_interval(secs => $lead), make_interval(secs => $late), {{job: notifications_decide}}) as made;
