-- Notifications: what a person is told of, how it reaches them, and what they want to be told of.

-- What a person wants, one set for all brands; without a row everything is as the register has it (app/domains/notifications). Times of day are
-- what clocks show where the person is.
create table karara.notification_preferences (
    user_id uuid not null,
    ways jsonb not null default '{}',           -- what differs from the register: {"task.assigned": {"email": false}}
    digest text not null default 'off',
    digest_time text not null default '08:00',
    digest_weekday integer not null default 1,  -- 1 is Monday
    quiet boolean not null default false,
    quiet_from text not null default '22:00',
    quiet_to text not null default '07:00',
    quiet_weekends boolean not null default false,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint notification_preferences_user_id_pk primary key (user_id),
    constraint notification_preferences_user_id_fk foreign key (user_id) references karara.users (id) on delete cascade,
    constraint notification_preferences_ways_check check (jsonb_typeof(ways) = 'object'),
    constraint notification_preferences_digest_check check (digest in ('off', 'hourly', 'daily', 'weekly')),
    constraint notification_preferences_digest_time_check check (digest_time ~ '^([01]\d|2[0-3]):[0-5]\d$'),
    constraint notification_preferences_digest_weekday_check check (digest_weekday between 1 and 7),
    constraint notification_preferences_quiet_from_check check (quiet_from ~ '^([01]\d|2[0-3]):[0-5]\d$'),
    constraint notification_preferences_quiet_to_check check (quiet_to ~ '^([01]\d|2[0-3]):[0-5]\d$' and quiet_to <> quiet_from)
);
grant select, insert, update, delete on karara.notification_preferences to karara_app, karara_worker;
-- Who lacks the second factor that their brand asks for sees nothing of it, by mail either.
grant select (user_id, totp_enabled_at) on karara.credentials to karara_worker;

-- Work that has to be looked for in every brand is done brand by brand, each seen through its own wall.

-- Enqueues a reminder, once, for each task whose due date is near (`lead` ahead) or has passed not longer than `late` ago. How many.
create function karara.reminders_enqueue(lead interval, late interval, job_kind text, job_queue text, job_priority integer,
    job_attempts integer) returns integer
language plpgsql as $$
declare
    brand uuid;
    made integer := 0;
    here integer;
begin
    for brand in select b.id from karara.brands b where b.status = 'active' order by b.id loop
        perform set_config('karara.brand_id', brand::text, true);
        insert into karara.jobs (id, kind, queue, priority, max_attempts, brand_id, payload, unique_key, unique_for)
        select karara.uuid_v7(), job_kind, job_queue, job_priority, job_attempts, brand, k.payload, k.key,
            lead + late + interval '1 day'
        from (
            select
                jsonb_build_object('reminder', d.reminder, 'task_id', d.id, 'due_at', d.due) as payload,
                'reminder:' || d.reminder || ':' || d.id || ':' || d.due as key
            from (
                select t.id, case when t.due_at > now() then 'task.due_soon' else 'task.overdue' end as reminder,
                    to_char(t.due_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as due
                from tasks t
                where t.brand_id = brand and t.due_at > now() - late and t.due_at <= now() + lead and t.archived_at is null
                    and t.status not in ('completed', 'cancelled')
                    and exists (select from task_assignees a where a.brand_id = t.brand_id and a.task_id = t.id)
            ) d
        ) k
        where not exists (select from karara.job_keys t where t.key = k.key and (t.expires_at is null or t.expires_at > now()));
        get diagnostics here = row_count;
        made := made + here;
    end loop;
    perform set_config('karara.brand_id', '', true);
    return made;
end
$$;

-- Removes notifications whose time is over, at most `batch` in each brand. How many.
create function karara.notifications_sweep(batch integer) returns integer
language plpgsql as $$
declare
    brand uuid;
    gone integer := 0;
    here integer;
begin
    for brand in select b.id from karara.brands b order by b.id loop
        perform set_config('karara.brand_id', brand::text, true);
        delete from notifications n where n.brand_id = brand and n.id in (
            select o.id from notifications o where o.brand_id = brand and o.expires_at <= now() order by o.expires_at limit batch
        );
        get diagnostics here = row_count;
        gone := gone + here;
        delete from notification_mutes m where m.brand_id = brand and m.until <= now();
    end loop;
    perform set_config('karara.brand_id', '', true);
    return gone;
end
$$;
grant execute on function karara.reminders_enqueue(interval, interval, text, text, integer, integer), karara.notifications_sweep(integer)
    to karara_worker;

-- in each tenant schema
-- What a person is told. event_id says of what: the number of an event, or what a reminder is made of; each person is told of it once, however
-- many reasons there are. Title and message are in the person's language. The subject may be gone.
create table notifications (
    brand_id uuid not null,
    id uuid not null,
    user_id uuid not null,
    event_id text not null,
    type text not null,
    reason text not null,
    actor_id uuid,
    subject_type text not null,
    subject_id uuid not null,
    title text not null,
    message text not null default '',
    url text not null,
    data jsonb not null default '{}',
    in_app boolean not null default true,       -- shown in the app; else it only goes other ways
    is_read boolean not null default false,
    read_at timestamptz,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    constraint notifications_brand_id_id_pk primary key (brand_id, id),
    constraint notifications_brand_id_user_id_event_id_key unique (brand_id, user_id, event_id),
    constraint notifications_brand_id_fk foreign key (brand_id) references karara.brands (id) on delete cascade,
    constraint notifications_brand_id_user_id_fk foreign key (brand_id, user_id)
        references karara.brand_members (brand_id, user_id) on delete cascade,
    constraint notifications_actor_id_fk foreign key (actor_id) references karara.users (id) on delete set null,
    constraint notifications_event_id_check check (char_length(event_id) between 1 and 200),
    constraint notifications_type_check check (type ~ '^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$'),
    constraint notifications_reason_check
        check (reason in ('assigned', 'creator', 'watching', 'member', 'manager', 'admin', 'you')),
    constraint notifications_title_check check (char_length(title) between 1 and 500),
    constraint notifications_message_check check (char_length(message) <= 2000),
    constraint notifications_data_check check (jsonb_typeof(data) = 'object'),
    constraint notifications_read_at_check check (is_read = (read_at is not null))
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05);
create index notifications_brand_id_user_id_created_at_id_idx on notifications (brand_id, user_id, created_at, id) where in_app;
create index notifications_brand_id_user_id_created_at_idx on notifications (brand_id, user_id, created_at) where in_app and not is_read;
create index notifications_brand_id_expires_at_idx on notifications (brand_id, expires_at);
call karara.protect('notifications');

-- How a notification reaches its person: a row for each way. due_at: not before; digest: gathered into one mail with others.
create table notification_deliveries (
    brand_id uuid not null,
    notification_id uuid not null,
    way text not null,
    user_id uuid not null,
    status text not null default 'waiting',
    digest boolean not null default false,
    due_at timestamptz not null default now(),
    sent_at timestamptz,
    error text,                                 -- why it failed, or was skipped
    constraint notification_deliveries_brand_id_notification_id_way_pk primary key (brand_id, notification_id, way),
    constraint notification_deliveries_brand_id_fk foreign key (brand_id) references karara.brands (id) on delete cascade,
    constraint notification_deliveries_brand_id_notification_id_fk foreign key (brand_id, notification_id)
        references notifications (brand_id, id) on delete cascade,
    constraint notification_deliveries_way_check check (way in ('in_app', 'email', 'push', 'sms')),
    constraint notification_deliveries_status_check check (status in ('waiting', 'sent', 'failed', 'skipped')),
    constraint notification_deliveries_sent_at_check check ((status = 'sent') = (sent_at is not null))
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05);
create index notification_deliveries_brand_id_user_id_due_at_idx on notification_deliveries (brand_id, user_id, due_at)
    where status = 'waiting';
call karara.protect('notification_deliveries');

-- What somebody doesn't want to hear of, for good or until then.
create table notification_mutes (
    brand_id uuid not null,
    user_id uuid not null,
    subject_type text not null,
    subject_id uuid not null,
    until timestamptz,
    created_at timestamptz not null default now(),
    constraint notification_mutes_brand_id_user_id_subject_type_subject_id_pk
        primary key (brand_id, user_id, subject_type, subject_id),
    constraint notification_mutes_brand_id_fk foreign key (brand_id) references karara.brands (id) on delete cascade,
    constraint notification_mutes_brand_id_user_id_fk foreign key (brand_id, user_id)
        references karara.brand_members (brand_id, user_id) on delete cascade,
    constraint notification_mutes_subject_type_check check (subject_type in ('task', 'board'))
);
create index notification_mutes_brand_id_subject_id_idx on notification_mutes (brand_id, subject_id);
call karara.protect('notification_mutes');
