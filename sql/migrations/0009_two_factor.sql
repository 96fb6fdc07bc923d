-- The second factor: recovery codes, wrong codes of a sign-in, and what it means for access.

-- Codes that stand for one of the authenticator's, each good once. They have 80 random bits, so that a plain digest hides them.
create table karara.recovery_codes (
    user_id uuid not null,
    digest bytea not null,
    created_at timestamptz not null default now(),
    constraint recovery_codes_user_id_digest_pk primary key (user_id, digest),
    constraint recovery_codes_user_id_fk foreign key (user_id) references karara.users (id) on delete cascade
);

-- How often a wrong code was given for a sign-in that waits for one, by the session that it is to open. Such a sign-in is kept nowhere
-- else, and ends after minutes.
create table karara.two_factor_tries (
    session_id uuid not null,
    failures integer not null default 1,
    created_at timestamptz not null default now(),
    constraint two_factor_tries_session_id_pk primary key (session_id)
);
create index two_factor_tries_created_at_idx on karara.two_factor_tries (created_at);

grant select, insert, delete on karara.recovery_codes to karara_app;
grant select, insert, update, delete on karara.two_factor_tries to karara_app;
grant select, delete on karara.two_factor_tries to karara_worker;

-- A brand may ask for a second factor (settings.require_2fa): access there depends on that, and on who has one.
create function karara.two_factor_changed() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    brand_ids uuid[];
    user_ids uuid[];
begin
    if tg_table_name = 'brands' then
        select array_agg(m.brand_id), array_agg(m.user_id) into brand_ids, user_ids
        from karara.brand_members m where m.brand_id = new.id;
    else
        select array_agg(m.brand_id), array_agg(m.user_id) into brand_ids, user_ids
        from karara.brand_members m where m.user_id = new.user_id;
    end if;
    if brand_ids is not null then
        call karara.access_raise(brand_ids, user_ids);
    end if;
    return null;
end
$$;
create trigger brands_two_factor_update after update of settings on karara.brands for each row
    when (old.settings -> 'require_2fa' is distinct from new.settings -> 'require_2fa')
    execute function karara.two_factor_changed();
create trigger credentials_two_factor_update after update of totp_enabled_at on karara.credentials for each row
    when ((old.totp_enabled_at is null) is distinct from (new.totp_enabled_at is null))
    execute function karara.two_factor_changed();
