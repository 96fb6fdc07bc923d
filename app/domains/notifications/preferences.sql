-- What people want to be told of and how, what they have muted, and leaving mails by a link.

-- fragment: preferences_columns
-- Of the person u with the preferences p and the brand b (which both may be missing); g is the register: [{type, label, ways}].
(
    select jsonb_agg(jsonb_build_object(
        'type', g.type, 'label', g.label, 'ways', g.ways || coalesce(p.ways -> g.type, '{}')
    ) order by g.place)
    from rows from (jsonb_to_recordset($register) as (type text, label text, ways jsonb)) with ordinality as g (type, label, ways, place)
) as types,
coalesce(p.digest, 'off') as digest, coalesce(p.digest_time, '08:00') as digest_time, coalesce(p.digest_weekday, 1) as digest_weekday,
jsonb_build_object(
    'enabled', coalesce(p.quiet, false), 'from', coalesce(p.quiet_from, '22:00'), 'to', coalesce(p.quiet_to, '07:00'),
    'weekends', coalesce(p.quiet_weekends, false)
) as quiet,
coalesce(u.preferences ->> 'timezone', b.settings ->> 'timezone', 'UTC') as timezone,
jsonb_build_object('address', u.email, 'sends', u.email not like '%@invalid.example') as email,
jsonb_build_object('devices', (select count(*) from karara.push_subscriptions x where x.user_id = u.id)) as push,
-- The number is its owner's alone: who looks with their eyes doesn't see it.
jsonb_build_object('phone', (
    select x.phone from karara.phones x
    where x.user_id = u.id and not exists (select from karara.sessions v where v.id = $session_id and v.viewed_by is not null)
), 'available', $sms::bool) as sms;

-- name: preferences_get :one
-- $register jsonb
-- $sms bool
-- What the caller wants; local time is that of the brand that was asked in, else of the one that they are in. Always a row.
select {{preferences_columns}}
from karara.users u
left join karara.brands b
    on b.id = coalesce($brand_id, (select s.current_brand_id from karara.sessions s where s.id = $session_id and s.user_id = u.id))
left join karara.notification_preferences p on p.user_id = u.id
where u.id = $actor_id;

-- name: preferences_set :exec
-- $patch jsonb
-- $digest text
-- $digest_time text
-- $digest_weekday int4
-- $quiet_on bool
-- $quiet_from text
-- $quiet_to text
-- $quiet_weekends bool
-- Changes what is given (not null): $patch by type and way. Told to the caller's other devices.
with kept as (
    insert into karara.notification_preferences as p
        (user_id, ways, digest, digest_time, digest_weekday, quiet, quiet_from, quiet_to, quiet_weekends)
    values (
        $actor_id, $patch, coalesce($digest, 'off'), coalesce($digest_time, '08:00'), coalesce($digest_weekday, 1),
        coalesce($quiet_on, false), coalesce($quiet_from, '22:00'), coalesce($quiet_to, '07:00'), coalesce($quiet_weekends, false)
    )
    on conflict (user_id) do update set
        ways = karara.merge_patch(p.ways, $patch),
        digest = coalesce($digest, p.digest),
        digest_time = coalesce($digest_time, p.digest_time),
        digest_weekday = coalesce($digest_weekday, p.digest_weekday),
        quiet = coalesce($quiet_on, p.quiet),
        quiet_from = coalesce($quiet_from, p.quiet_from),
        quiet_to = coalesce($quiet_to, p.quiet_to),
        quiet_weekends = coalesce($quiet_weekends, p.quiet_weekends),
        updated_at = now()
    returning p.user_id as id, $brand_id::uuid as brand_id
), {{emit_event: kept, 'notification_preferences', id, array['user:' || id]}}
select id from kept;

-- name: preferences_leave :opt
-- $person_id uuid
-- $patch jsonb
-- Switches ways off for the person of a link. No row: the account is gone.
with kept as (
    insert into karara.notification_preferences as p (user_id, ways)
    select u.id, $patch from karara.users u where u.id = $person_id and u.deleted_at is null
    on conflict (user_id) do update set ways = karara.merge_patch(p.ways, $patch), updated_at = now()
    returning p.user_id as id, null::uuid as brand_id
), {{emit_event: kept, 'notification_preferences', id, array['user:' || id]}}
select id from kept;

-- ---- mutes ----

-- fragment: mute_columns
-- Of the mute q.
q.subject_type as subject, q.subject_id, coalesce(
    case when q.subject_type = 'task' then (select t.title from tasks t where t.brand_id = q.brand_id and t.id = q.subject_id) end,
    case when q.subject_type = 'board' then (select o.name from boards o where o.brand_id = q.brand_id and o.id = q.subject_id) end
) as title, q.until, q.created_at;

-- name: mute_list :list
-- What the caller has muted in the brand. No row: nothing.
select {{mute_columns}}
from notification_mutes q
where q.brand_id = $brand_id and q.user_id = $actor_id and (q.until is null or q.until > now());

-- fragment: mute_subject
-- Whether the caller sees the subject; a row only if there is one.
select coalesce({{task_visible}}, false) as visible
from tasks t
join boards b on b.brand_id = t.brand_id and b.id = t.board_id
where $subject = 'task' and t.brand_id = $brand_id and t.id = $subject_id
union all
select coalesce({{board_visible}}, false)
from boards b
where $subject = 'board' and b.brand_id = $brand_id and b.id = $subject_id;

-- name: mute_locate :opt
-- $subject text
-- $subject_id uuid
-- Why something couldn't be muted. No row: it isn't in this brand.
select s.visible, true as changeable, 1 as version from ({{mute_subject}}) s;

-- name: mute_put :opt
-- $subject text
-- $subject_id uuid
-- $until timestamptz
-- Mutes what the caller sees, anew if it was muted. No row: it isn't there, or not to be seen.
with put as (
    insert into notification_mutes as m (brand_id, user_id, subject_type, subject_id, until)
    select $brand_id, $actor_id, $subject, $subject_id, $until from ({{mute_subject}}) s where s.visible
    on conflict (brand_id, user_id, subject_type, subject_id) do update set until = excluded.until, created_at = now()
    returning m.*
), {{emit_event: put, 'notification_mute', subject_id, array['user:' || user_id]}}
select {{mute_columns}} from put q;

-- name: mute_delete :opt
-- $subject text
-- $subject_id uuid
-- Lets the caller hear of it again. No row: it isn't muted.
with deleted as (
    delete from notification_mutes m
    where m.brand_id = $brand_id and m.user_id = $actor_id and m.subject_type = $subject and m.subject_id = $subject_id
    returning m.*
), {{emit_event: deleted, 'notification_mute', subject_id, array['user:' || user_id]}}
select d.subject_id as id from deleted d;
