-- What decides about notifications, and making them. Run by jobs, in the brand of what happened.

-- name: notification_event :opt
-- $sequence int8
-- An event of the brand, and what the one who did it is called ('' for nobody). No row: its time is over.
select
    e.id::text as event_id, e.kind, e.actor_id, e.subject_id, e.payload, e.changes, trim(coalesce(a.first_name || ' ' || a.last_name, ''))
        as actor_name
from karara.events e
left join karara.users a on a.id = e.actor_id
where e.brand_id = $brand_id and e.sequence = $sequence;

-- name: notification_task :opt
-- $task_id uuid
-- What is told of a task, and who has to do with it. No row: it is gone.
select
    t.id, t.title, b.key || '-' || t.number as reference, t.board_id, b.team_id, t.status, t.priority, t.due_at, t.created_by,
    t.archived_at is not null as archived, t.due_at <= now() as late, {{task_assignee_ids: t}} as assignee_ids
from tasks t
join boards b on b.brand_id = t.brand_id and b.id = t.board_id
where t.brand_id = $brand_id and t.id = $task_id;

-- name: notification_template :opt
-- $template_id uuid
-- What is told of a task template, and who looks after it. No row: it is gone.
select
    k.title, k.team_id, k.created_by,
    array(
        select i.user_id from team_members i where i.brand_id = k.brand_id and i.team_id = k.team_id and i.role = 'manager'
    ) as managers
from task_templates k
where k.brand_id = $brand_id and k.id = $template_id;

-- name: notification_invitee :opt
-- $invitation_id uuid
-- Whose address an invitation went to, if it can be accepted yet: their account, and the brand that they were in last. No row: there is no such
-- account, or it is in no brand.
select u.id as user_id, b.name, h.id as home_id
from karara.invitations i
join karara.brands b on b.id = i.brand_id
join karara.users u on lower(u.email) = lower(i.email) and u.status = 'active' and u.deleted_at is null
cross join lateral (
    select o.id
    from karara.brand_members m
    join karara.brands o on o.id = m.brand_id and o.status = 'active'
    where m.user_id = u.id and m.status = 'active' and (m.expires_at is null or m.expires_at > now())
    order by (
        select max(s.last_seen_at) from karara.sessions s where s.user_id = u.id and s.current_brand_id = o.id
    ) desc nulls last, m.joined_at, o.id
    limit 1
) h
where i.brand_id = $brand_id and i.id = $invitation_id and i.accepted_at is null and i.revoked_at is null and i.expires_at > now();

-- name: notification_home :one
-- Goes on in another brand, as the job's own was: names it for row-level security.
select set_config('karara.brand_id', $brand_id::text, true) as brand;

-- fragment: notification_muted
-- The person u has muted the subject (%1 kind, %2 id), or the board %3.
exists (
    select from notification_mutes q
    where q.brand_id = b.id and q.user_id = u.id and (q.until is null or q.until > now())
        and (q.subject_type = %1 and q.subject_id = %2 or q.subject_type = 'board' and q.subject_id = %3)
);

-- fragment: notification_reach
-- The ways by which the person u can be reached outside the app.
array_remove(array[
    case when u.email not like '%@invalid.example' then 'email' end,
    case when exists (select from karara.push_subscriptions x where x.user_id = u.id) then 'push' end,
    case when exists (select from karara.phones x where x.user_id = u.id and x.phone is not null) then 'sms' end
], null);

-- fragment: notification_person_columns
-- Of the person u, the membership m in the brand b, the preferences p: where they are, what they may do, what they want.
u.id as user_id, u.email, trim(u.first_name || ' ' || u.last_name) as person_name,
coalesce(u.preferences ->> 'language', b.settings ->> 'language', 'en') as language,
coalesce(u.preferences ->> 'timezone', b.settings ->> 'timezone', 'UTC') as timezone,
b.name as brand_name, m.role, m.permissions as overrides, coalesce((
    select r.permissions from karara.brand_role_permissions r where r.brand_id = m.brand_id and r.role = m.role
), '{}') as role_changes, {{delegations_to: m}} as delegated,
array(
    select i.team_id from team_members i where i.brand_id = m.brand_id and i.user_id = m.user_id
    union
    {{teams_by_division: m}}
) as teams,
{{lacks_two_factor: m.user_id, b}} as lacks_two_factor, {{notification_reach}} as reach,
p.ways, p.digest, p.digest_time, p.digest_weekday, p.quiet, p.quiet_from, p.quiet_to, p.quiet_weekends;

-- fragment: notification_membership
-- Joins to the person u their membership m in the brand b, if that counts now, and their preferences p.
join karara.brand_members m on m.brand_id = $brand_id and m.user_id = u.id and m.status = 'active'
    and (m.expires_at is null or m.expires_at > now())
join karara.brands b on b.id = m.brand_id and b.status = 'active'
left join karara.notification_preferences p on p.user_id = u.id;

-- fragment: notification_receiver
-- Joins to the notification n its person u, if they may sign in, and what notification_membership joins.
join karara.users u on u.id = n.user_id and u.status = 'active' and u.deleted_at is null
{{notification_membership}};

-- fragment: notification_worth_sending
-- Of the notification n with its receiver: unread, in time, and for somebody with the second factor that the brand asks for.
not n.is_read and n.expires_at > now() and not {{lacks_two_factor: u.id, b}};

-- name: notification_people :many
-- $people uuid[]
-- $event_id text
-- $subject_type text
-- $subject_id uuid
-- $board_id uuid
-- Of these people those who are here now, haven't been told of this event, and haven't muted what it is about. No row: nobody.
select {{notification_person_columns}}, now() as now
from karara.users u
{{notification_membership}}
where u.id = any($people) and u.status = 'active' and u.deleted_at is null
    and not {{notification_muted: $subject_type, $subject_id, $board_id}}
    and not exists (
        select from notifications n where n.brand_id = $brand_id and n.user_id = u.id and n.event_id = $event_id
    );

-- name: notification_digest_lock :one
-- $person_id uuid
-- $shared bool
-- Lets a person's digest and those who add to it ($shared) pass one after the other, until the transaction ends: a digest's job isn't enqueued while
-- there is one, so what is added behind the back of one that is just being sent would wait for nobody. Always a row.
select case
    when $shared then pg_advisory_xact_lock_shared(k.key) is not null
    else pg_advisory_xact_lock(k.key) is not null
end as locked
from (select hashtextextended('karara.digest:' || $brand_id::text || ':' || $person_id::text, 0) as key) k;

-- name: notification_turn :one
-- $people uuid[]
-- Waits until nobody else tells these people of something. So what one is told has times in the order in which it comes to be seen: whoever
-- marks what they see and older as read marks nothing that they haven't seen. By one of 1024 locks for each, in their order: so nobody waits
-- for each other.
select bool_and(pg_advisory_xact_lock(7303, k.number) is not null) as locked
from (select distinct hashtext(i.id::text) & 1023 as number from unnest($people) i (id) order by 1) k;

-- name: notification_add :opt
-- $notification_id uuid
-- $person_id uuid
-- $event_id text
-- $type text
-- $reason text
-- $by_id uuid
-- $subject_type text
-- $subject_id uuid
-- $title text
-- $message text
-- $url text
-- $data jsonb
-- $days int4
-- $ways jsonb
-- Tells a person whose turn it is (notification_turn), in these ways: [{way, digest, due_at}]. What goes out by itself is a job, what is gathered
-- is one for each digest. No row: the person was told of this event before.
with ways as (
    select w.* from jsonb_to_recordset($ways) as w (way text, digest bool, due_at timestamptz)
), made as (
    insert into notifications (
        brand_id, id, user_id, event_id, type, reason, actor_id, subject_type, subject_id, title, message, url, data, in_app, created_at,
        expires_at
    )
    values (
        $brand_id, $notification_id, $person_id, $event_id, $type, $reason, $by_id, $subject_type, $subject_id, $title, $message, $url,
        $data, exists (select from ways w where w.way = 'in_app'), clock_timestamp(), now() + make_interval(days => $days)
    )
    on conflict (brand_id, user_id, event_id) do nothing
    returning *
), delivered as (
    insert into notification_deliveries (brand_id, notification_id, way, user_id, digest, due_at, status, sent_at)
    select
        n.brand_id, n.id, w.way, n.user_id, w.digest, w.due_at, case when w.way = 'in_app' then 'sent' else 'waiting' end,
        case when w.way = 'in_app' then now() end
    from made n
    cross join ways w
), sent as (
    insert into karara.jobs (id, kind, queue, priority, max_attempts, run_at, brand_id, payload, unique_key, request_id)
    select
        karara.uuid_v7(), {{job: notification_send}}, w.due_at, n.brand_id,
        jsonb_build_object('notification_id', n.id, 'way', w.way), 'notification:' || n.id || ':' || w.way, $request_id
    from made n
    cross join ways w
    where w.way <> 'in_app' and not w.digest
), gathered as (
    insert into karara.jobs (id, kind, queue, priority, max_attempts, run_at, brand_id, payload, unique_key, request_id)
    select
        karara.uuid_v7(), {{job: notification_digest}}, w.due_at, n.brand_id,
        jsonb_build_object('user_id', n.user_id), 'notification_digest:' || n.brand_id || ':' || n.user_id || ':' || w.due_at, $request_id
    from made n
    cross join ways w
    where w.digest
), told as (
    insert into karara.events (brand_id, actor_id, kind, subject_type, subject_id, payload, channels, request_id)
    select
        n.brand_id, null, 'notification.created', 'notification', n.id, jsonb_build_object('type', n.type), array['user:' || n.user_id],
        $request_id
    from made n
    where n.in_app
)
select n.id from made n;
