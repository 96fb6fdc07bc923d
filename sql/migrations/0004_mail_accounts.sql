-- Mail that goes out, links that are mailed to people, and failed sign-ins with addresses that have no account.

-- ---- mail ----

-- The outgoing queue, written in the transaction of what it tells of; a job sends it. unique_key: one mail per cause, whoever asks again.
create table karara.mails (
    id uuid not null,
    template text not null,
    language text not null,
    to_address text not null,
    to_name text not null default '',
    subject text not null,
    text_body text not null,
    html_body text not null,
    headers jsonb not null default '{}',    -- further ones, name -> value
    brand_id uuid,
    user_id uuid,
    unique_key text,
    status text not null default 'queued',
    attempts integer not null default 0,
    last_error text,
    not_before timestamptz not null default now(),
    created_at timestamptz not null default now(),
    sent_at timestamptz,
    constraint mails_id_pk primary key (id),
    constraint mails_unique_key_key unique (unique_key),
    constraint mails_brand_id_fk foreign key (brand_id) references karara.brands (id) on delete cascade,
    constraint mails_user_id_fk foreign key (user_id) references karara.users (id) on delete cascade,
    -- What a mail server could take for a command or for another recipient never gets here.
    constraint mails_to_address_check
        check (to_address !~ '[[:cntrl:][:space:]<>]' and char_length(to_address) between 3 and 320),
    constraint mails_to_name_check check (to_name !~ '[[:cntrl:]]'),
    constraint mails_subject_check check (subject !~ '[[:cntrl:]]' and char_length(subject) between 1 and 500),
    constraint mails_headers_check check (jsonb_typeof(headers) = 'object'),
    constraint mails_status_check check (status in ('queued', 'sending', 'sent', 'failed')),
    constraint mails_attempts_check check (attempts >= 0)
) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.05);
create index mails_not_before_id_idx on karara.mails (not_before, id) where status = 'queued';
create index mails_created_at_id_idx on karara.mails (created_at, id);
create index mails_user_id_idx on karara.mails (user_id) where user_id is not null;
create index mails_brand_id_idx on karara.mails (brand_id) where brand_id is not null;


-- ---- accounts ----

-- What a mailed link stands for; good once. Only a digest of its secret is kept. user_id is null for an address without an account: such
-- a row goes again in the transaction that made it, and is only there so that both cost the same time.
create table karara.account_tokens (
    id uuid not null,
    user_id uuid,
    purpose text not null,
    digest bytea not null,
    email text not null,        -- what it confirms, or where it goes back to
    password_hash text,         -- of a registration, as are the names: who confirms it gets what they asked for, and nobody else
    first_name text,
    last_name text,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    constraint account_tokens_id_pk primary key (id),
    constraint account_tokens_digest_key unique (digest),
    constraint account_tokens_user_id_fk foreign key (user_id) references karara.users (id) on delete cascade,
    constraint account_tokens_purpose_check
        check (purpose in ('verify_email', 'change_email', 'keep_email', 'reset_password', 'unlock'))
);
create index account_tokens_user_id_purpose_idx on karara.account_tokens (user_id, purpose);
create index account_tokens_expires_at_idx on karara.account_tokens (expires_at);

-- Failed sign-ins count for a day.
alter table karara.credentials add column last_failed_at timestamptz;

-- The same for addresses without an account, by digest, so that locking doesn't tell who has one.
create table karara.strangers (
    digest bytea not null,
    login_attempts integer not null default 1,
    locked_until timestamptz,
    last_failed_at timestamptz not null default now(),
    constraint strangers_digest_pk primary key (digest),
    constraint strangers_login_attempts_check check (login_attempts >= 0)
) with (fillfactor = 80);
create index strangers_last_failed_at_idx on karara.strangers (last_failed_at);

grant select, insert, delete on karara.mails to karara_app;
grant select, insert, update, delete on karara.account_tokens to karara_app;
grant select, insert, update, delete on karara.strangers to karara_app;

grant select, insert, update, delete on karara.mails to karara_worker;
grant select, delete on karara.account_tokens, karara.strangers to karara_worker;
