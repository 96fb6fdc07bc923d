-- Invitations to a brand, by mail.

-- One for each time that somebody was invited to a brand: open until it is accepted, revoked, or its time is up. Inviting the same address
-- again renews the one that is neither accepted nor revoked. What was mailed is known by its digest only. Teams that are gone when it is
-- accepted are left out then.
create table karara.invitations (
    id uuid not null,
    brand_id uuid not null,
    email text not null,
    role text not null,
    team_ids uuid[] not null default '{}',
    message text not null default '',
    token_digest bytea not null,
    invited_by uuid,
    access_expires_at timestamptz,      -- of the membership that comes of it
    expires_at timestamptz not null,    -- of the invitation
    sent_at timestamptz not null default now(),
    sent_since timestamptz not null default now(),  -- since when its mails are counted; a day later they are counted anew
    sent_count integer not null default 1,
    accepted_at timestamptz,
    accepted_by uuid,
    revoked_at timestamptz,
    version integer not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint invitations_id_pk primary key (id),
    constraint invitations_token_digest_key unique (token_digest),
    constraint invitations_brand_id_fk foreign key (brand_id) references karara.brands (id) on delete cascade,
    constraint invitations_invited_by_fk foreign key (invited_by) references karara.users (id) on delete set null,
    constraint invitations_accepted_by_fk foreign key (accepted_by) references karara.users (id) on delete set null,
    constraint invitations_email_check check (email !~ '[[:cntrl:][:space:]<>]' and char_length(email) between 3 and 254),
    constraint invitations_role_check check (role in ('owner', 'admin', 'manager', 'member', 'client', 'guest')),
    constraint invitations_message_check check (char_length(message) <= 1000),
    constraint invitations_accepted_at_check check (num_nonnulls(accepted_at, revoked_at) < 2)
) with (fillfactor = 80);
create unique index invitations_brand_id_email_key on karara.invitations (brand_id, lower(email))
    where accepted_at is null and revoked_at is null;
create index invitations_brand_id_created_at_idx on karara.invitations (brand_id, created_at);
create index invitations_email_idx on karara.invitations (lower(email));
create index invitations_invited_by_idx on karara.invitations (invited_by) where invited_by is not null;
create index invitations_accepted_by_idx on karara.invitations (accepted_by) where accepted_by is not null;

grant select, insert, update, delete on karara.invitations to karara_app;
grant select, delete on karara.invitations to karara_worker;
