-- Ways to reach people: browsers that are told by web push, and telephone numbers.

-- A browser that wants to be told (RFC 8030): where its push service takes messages, and what they are encrypted with. It belongs to a
-- session and ends with it. key_id names the key of ours that the browser knows (push.keys).
create table karara.push_subscriptions (
    id uuid not null,
    user_id uuid not null,
    session_id uuid not null,
    endpoint text not null,
    p256dh bytea not null,
    auth bytea not null,
    key_id text not null,
    device text not null default '',
    failures integer not null default 0,
    last_error text,
    quiet_until timestamptz,
    last_used_at timestamptz,
    created_at timestamptz not null default now(),
    constraint push_subscriptions_id_pk primary key (id),
    constraint push_subscriptions_endpoint_key unique (endpoint),
    constraint push_subscriptions_user_id_fk foreign key (user_id) references karara.users (id) on delete cascade,
    constraint push_subscriptions_session_id_fk foreign key (session_id) references karara.sessions (id) on delete cascade,
    constraint push_subscriptions_endpoint_check check (octet_length(endpoint) between 10 and 2000),
    constraint push_subscriptions_p256dh_check check (octet_length(p256dh) = 65),
    constraint push_subscriptions_auth_check check (octet_length(auth) = 16)
);
create index push_subscriptions_user_id_idx on karara.push_subscriptions (user_id);
create index push_subscriptions_session_id_idx on karara.push_subscriptions (session_id);

-- Signing out, everywhere that it is done: nobody is told any more in a browser that they left.
create function karara.session_ended() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    delete from karara.push_subscriptions p where p.session_id = new.id;
    return null;
end
$$;
create trigger sessions_push_update after update of revoked_at on karara.sessions for each row
    when (old.revoked_at is null and new.revoked_at is not null)
    execute function karara.session_ended();

-- A person's number for SMS: `phone` once it is confirmed; `wanted` waits for its code, which lies here sealed and is good for a few tries.
create table karara.phones (
    user_id uuid not null,
    phone text,
    confirmed_at timestamptz,
    wanted text,
    code_sealed text,
    code_expires_at timestamptz,
    code_tries integer not null default 0,
    updated_at timestamptz not null default now(),
    constraint phones_user_id_pk primary key (user_id),
    constraint phones_user_id_fk foreign key (user_id) references karara.users (id) on delete cascade,
    constraint phones_phone_check check (phone ~ '^\+[1-9][0-9]{7,14}$'),
    constraint phones_wanted_check check (wanted ~ '^\+[1-9][0-9]{7,14}$'),
    constraint phones_confirmed_at_check check ((phone is null) = (confirmed_at is null)),
    constraint phones_code_sealed_check check (num_nulls(wanted, code_sealed, code_expires_at) in (0, 3))
);

-- What was sent, for a few days: SMS cost money, and are a way to trouble people. The id is the message's, so that a repetition counts once;
-- the number is known by a digest.
create table karara.sms_sent (
    id uuid not null,
    user_id uuid not null,
    phone_digest bytea not null,
    is_code boolean not null,
    created_at timestamptz not null default now(),
    constraint sms_sent_id_pk primary key (id)
);
create index sms_sent_user_id_created_at_idx on karara.sms_sent (user_id, created_at);
create index sms_sent_phone_digest_created_at_idx on karara.sms_sent (phone_digest, created_at) where is_code;
create index sms_sent_created_at_idx on karara.sms_sent (created_at);

grant select, insert, update, delete on karara.push_subscriptions, karara.phones to karara_app;
grant select, update, delete on karara.push_subscriptions to karara_worker;
grant select on karara.phones to karara_worker;
grant select, insert on karara.sms_sent to karara_app;
grant select, insert, delete on karara.sms_sent to karara_worker;
