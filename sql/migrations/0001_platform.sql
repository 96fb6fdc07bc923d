-- What exists once per installation: people, sessions, brands, memberships, the event log.
-- Ids are given by the application. Queries raise `version` and `updated_at` by themselves.

alter default privileges revoke execute on functions from public;
revoke all on schema public from public;

create schema if not exists karara;      -- the runner has made it, for its ledger
create schema tenant_shared;
grant usage on schema karara, tenant_shared to karara_app, karara_worker;


-- ---- functions that queries use ----

-- Ends the statement with an error of our own (SQLSTATE KAnnn), from within an expression:
--   case when t.version = $1 then true else karara.fail('KA412', t.version::text) end
-- Volatile, so that it isn't called while planning.
create function karara.fail(state text, detail text default null) returns boolean
language plpgsql volatile parallel safe as $$
begin
    raise exception using errcode = state, message = 'refused with ' || state, detail = coalesce(detail, '');
end
$$;

-- Ranks: text keys in "C" order between any two of which there is room for another.
-- A rank is an integer part and a fraction, in digits 0-9A-Za-z. The first letter says how many digits the integer has:
-- a..z 1..26 digits, counting up from a0; Z..A 1..26 digits, counting down from Zz. So 62 + 62^2 + 62^3 ranks are appended
-- before one is longer than four characters. The fraction never ends in 0.

-- The number of characters in the integer part that begins with this letter.
create function karara.rank_integer_length(rank text) returns integer
language sql immutable strict parallel safe as $$
    select case when ascii(rank) between 97 and 122 then ascii(rank) - 95
                when ascii(rank) between 65 and 90 then 92 - ascii(rank) end
$$;

-- The next integer part up (step 1) or down (step -1); null past the last one.
create function karara.rank_integer_step(part text, step integer) returns text
language plpgsql immutable strict parallel safe as $$
declare
    digits constant text := '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
    wrapped constant text := case step when 1 then '0' else 'z' end;
    head integer := ascii(part);
    digit integer;
begin
    for i in reverse length(part)..2 loop
        digit := strpos(digits, substr(part, i, 1)) - 1 + step;
        if digit between 0 and 61 then
            return left(part, i - 1) || substr(digits, digit + 1, 1) || repeat(wrapped, length(part) - i);
        end if;
    end loop;
    head := case when head = 90 and step = 1 then 97 when head = 97 and step = -1 then 90 else head + step end;
    if head < 65 or head > 122 then
        return null;
    end if;
    return chr(head) || repeat(wrapped, karara.rank_integer_length(chr(head)) - 1);
end
$$;

-- A fraction between a ('' is the lowest) and b (null is above all).
create function karara.rank_fraction_between(a text, b text) returns text
language plpgsql immutable parallel safe as $$
declare
    digits constant text := '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
    prefix text := '';
    low integer;
    high integer;
    i integer := 1;
begin
    loop
        low := case when i <= length(a) then strpos(digits, substr(a, i, 1)) - 1 else 0 end;
        high := case when b is null then 62 else strpos(digits, substr(b, i, 1)) - 1 end;
        if high - low > 1 then
            return prefix || substr(digits, (low + high + 1) / 2 + 1, 1);
        elsif high - low = 1 then
            if length(b) > i then
                return prefix || substr(b, i, 1);
            end if;
            b := null;
        end if;
        prefix := prefix || substr(digits, low + 1, 1);
        i := i + 1;
    end loop;
end
$$;

-- A rank strictly between a and b; null stands for an open end. KA099 when there is none, or one of them isn't a rank.
create function karara.rank_between(a text, b text) returns text
language plpgsql immutable parallel safe as $$
declare
    low constant text collate "C" := a;
    high constant text collate "C" := b;
    shape constant text := '^([a-z]|[A-Z])[0-9A-Za-z]*$';
    low_length constant integer := karara.rank_integer_length(a);
    high_length constant integer := karara.rank_integer_length(b);
    low_integer constant text collate "C" := left(low, low_length);
    high_integer constant text collate "C" := left(high, high_length);
    low_fraction constant text collate "C" := substr(low, low_length + 1);
    high_fraction constant text collate "C" := substr(high, high_length + 1);
    stepped text collate "C";
begin
    if low >= high or low !~ shape or high !~ shape or length(low) < low_length or length(high) < high_length
        or right(low_fraction, 1) = '0' or right(high_fraction, 1) = '0' then
        perform karara.fail('KA099', format('no rank between %L and %L', a, b));
    end if;
    if low is null and high is null then
        return 'a0';
    elsif low is null then
        stepped := case when high_fraction <> '' then high_integer else karara.rank_integer_step(high_integer, -1) end;
        if stepped is null then
            perform karara.fail('KA099', format('no rank below %L', b));
        end if;
        return stepped;
    elsif low_integer = high_integer then
        return low_integer || karara.rank_fraction_between(low_fraction, high_fraction);
    end if;
    stepped := karara.rank_integer_step(low_integer, 1);
    if stepped < high or (high is null and stepped is not null) then
        return stepped;
    end if;
    return low_integer || karara.rank_fraction_between(low_fraction, null);
end
$$;

-- The rank of the n-th of many things appended one after another (n from 0): what loads and rebalancing use.
create function karara.rank_at(n bigint) returns text
language plpgsql immutable strict parallel safe as $$
declare
    digits constant text := '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
    rest bigint := n;
    width integer := 1;
    rank text := '';
begin
    while rest >= 62::bigint ^ width loop
        rest := rest - (62::bigint ^ width)::bigint;
        width := width + 1;
    end loop;
    for i in 1..width loop
        rank := substr(digits, (rest % 62)::integer + 1, 1) || rank;
        rest := rest / 62;
    end loop;
    return chr(96 + width) || rank;
end
$$;

grant execute on function karara.fail(text, text), karara.rank_integer_length(text), karara.rank_integer_step(text, integer),
    karara.rank_fraction_between(text, text), karara.rank_between(text, text), karara.rank_at(bigint)
    to karara_app, karara_worker;

-- Puts a tenant table behind its wall: forced row-level security by brand_id, one policy per verb, and the grants that the
-- workers get. One line for each new table:  call karara.protect('tasks');
create procedure karara.protect(tenant_table regclass)
language plpgsql as $$
declare
    brand constant text := $brand$brand_id = (select nullif(current_setting('karara.brand_id', true), '')::uuid)$brand$;
    short_name constant text := (select relname from pg_catalog.pg_class where oid = tenant_table);
begin
    execute format('alter table %s enable row level security, force row level security', tenant_table);
    execute format('create policy %I on %s for select using (%s)', short_name || '_select', tenant_table, brand);
    execute format('create policy %I on %s for insert with check (%s)', short_name || '_insert', tenant_table, brand);
    execute format('create policy %I on %s for update using (%s) with check (%s)', short_name || '_update', tenant_table, brand,
                   brand);
    execute format('create policy %I on %s for delete using (%s)', short_name || '_delete', tenant_table, brand);
    execute format('grant select, insert, update, delete on %s to karara_app, karara_worker', tenant_table);
end
$$;


-- ---- people ----

create table karara.users (
    id uuid not null,
    email text not null,
    username text,
    first_name text not null default '',
    last_name text not null default '',
    avatar_file_id uuid,
    status text not null default 'pending',
    platform_role text not null default 'member',
    profile_completed boolean not null default false,
    wip_limit integer not null default 3,
    preferences jsonb not null default '{}',
    last_login_at timestamptz,
    last_active_at timestamptz,
    deleted_at timestamptz,
    version integer not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint users_id_pk primary key (id),
    constraint users_email_check check (char_length(email) between 3 and 254 and email like '%_@_%'),
    constraint users_username_check check (char_length(username) between 1 and 64),
    constraint users_first_name_check check (char_length(first_name) <= 100),
    constraint users_last_name_check check (char_length(last_name) <= 100),
    constraint users_status_check check (status in ('pending', 'active', 'inactive', 'suspended')),
    constraint users_platform_role_check check (platform_role in ('admin', 'member')),
    constraint users_wip_limit_check check (wip_limit between 1 and 100),
    constraint users_preferences_check check (jsonb_typeof(preferences) = 'object')
) with (fillfactor = 80);
create unique index users_email_key on karara.users (lower(email));
create unique index users_username_key on karara.users (lower(username));

create table karara.credentials (
    user_id uuid not null,
    password_hash text not null,
    password_changed_at timestamptz not null default now(),
    login_attempts integer not null default 0,
    locked_until timestamptz,
    totp_secret bytea,              -- sealed
    totp_enabled_at timestamptz,
    totp_last_step bigint,          -- a code works once: none at or below this step
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint credentials_user_id_pk primary key (user_id),
    constraint credentials_user_id_fk foreign key (user_id) references karara.users (id) on delete cascade,
    constraint credentials_login_attempts_check check (login_attempts >= 0)
) with (fillfactor = 80);


-- ---- brands and who belongs to them ----

create table karara.brands (
    id uuid not null,
    name text not null,
    slug text not null,
    description text not null default '',
    logo_file_id uuid,
    status text not null default 'active',
    settings jsonb not null default '{}',
    subscription jsonb not null default '{}',
    compliance jsonb not null default '{}',
    placement text not null default 'shared',   -- 'shared', or the schema of a brand placed apart
    parent_brand_id uuid,
    created_by uuid,
    version integer not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint brands_id_pk primary key (id),
    constraint brands_slug_key unique (slug),
    constraint brands_parent_brand_id_fk foreign key (parent_brand_id) references karara.brands (id) on delete set null,
    constraint brands_created_by_fk foreign key (created_by) references karara.users (id) on delete set null,
    constraint brands_name_check check (char_length(name) between 1 and 120),
    -- An address takes the id or the slug, so no slug may look like an id.
    constraint brands_slug_check check (slug ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'
        and slug !~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'),
    constraint brands_status_check check (status in ('active', 'inactive', 'suspended')),
    constraint brands_settings_check check (jsonb_typeof(settings) = 'object'),
    constraint brands_subscription_check check (jsonb_typeof(subscription) = 'object'
        and coalesce(subscription ->> 'plan', 'free') in ('free', 'basic', 'premium', 'enterprise')
        and coalesce(subscription ->> 'status', 'active') in ('active', 'trial', 'expired', 'cancelled')),
    constraint brands_compliance_check check (jsonb_typeof(compliance) = 'object'),
    constraint brands_placement_check check (placement ~ '^[a-z][a-z0-9_]{0,62}$'),
    constraint brands_parent_brand_id_check check (parent_brand_id <> id)
) with (fillfactor = 80);
create unique index brands_name_key on karara.brands (lower(name));
create index brands_parent_brand_id_idx on karara.brands (parent_brand_id) where parent_brand_id is not null;

-- access_version: a number never used before, drawn anew by everything that changes what this person may do in this brand. What
-- is cached about a membership names the number that it was computed from.
create sequence karara.access_version_seq as bigint;

create table karara.brand_members (
    brand_id uuid not null,
    user_id uuid not null,
    role text not null,
    permissions jsonb not null default '{}',    -- overrides: permission key -> boolean
    status text not null default 'active',
    invited_by uuid,
    joined_at timestamptz,
    expires_at timestamptz,
    access_version bigint not null,             -- set by trigger, whatever a query says
    version integer not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint brand_members_brand_id_user_id_pk primary key (brand_id, user_id),
    constraint brand_members_brand_id_fk foreign key (brand_id) references karara.brands (id) on delete cascade,
    constraint brand_members_user_id_fk foreign key (user_id) references karara.users (id) on delete cascade,
    constraint brand_members_invited_by_fk foreign key (invited_by) references karara.users (id) on delete set null,
    constraint brand_members_role_check check (role in ('owner', 'admin', 'manager', 'member', 'client', 'guest')),
    constraint brand_members_permissions_check check (jsonb_typeof(permissions) = 'object'),
    constraint brand_members_status_check check (status in ('active', 'pending', 'suspended', 'expired'))
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05);
create index brand_members_user_id_brand_id_idx on karara.brand_members (user_id, brand_id);
create index brand_members_brand_id_role_idx on karara.brand_members (brand_id, role);

create table karara.brand_role_permissions (
    brand_id uuid not null,
    role text not null,
    permissions jsonb not null default '{}',    -- the brand's change to the role's defaults: permission key -> boolean
    version integer not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint brand_role_permissions_brand_id_role_pk primary key (brand_id, role),
    constraint brand_role_permissions_brand_id_fk foreign key (brand_id) references karara.brands (id) on delete cascade,
    constraint brand_role_permissions_role_check
        check (role in ('owner', 'admin', 'manager', 'member', 'client', 'guest')),
    constraint brand_role_permissions_permissions_check check (jsonb_typeof(permissions) = 'object')
);

create table karara.delegations (
    id uuid not null,
    brand_id uuid not null,
    from_user_id uuid not null,
    to_user_id uuid not null,
    permissions text[] not null,
    starts_at timestamptz not null default now(),
    ends_at timestamptz not null,
    version integer not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint delegations_id_pk primary key (id),
    constraint delegations_brand_id_from_user_id_fk foreign key (brand_id, from_user_id)
        references karara.brand_members (brand_id, user_id) on delete cascade,
    constraint delegations_brand_id_to_user_id_fk foreign key (brand_id, to_user_id)
        references karara.brand_members (brand_id, user_id) on delete cascade,
    constraint delegations_to_user_id_check check (to_user_id <> from_user_id),
    constraint delegations_permissions_check check (cardinality(permissions) > 0),
    constraint delegations_ends_at_check check (ends_at > starts_at)
);
create index delegations_brand_id_to_user_id_ends_at_idx on karara.delegations (brand_id, to_user_id, ends_at);
create index delegations_brand_id_from_user_id_idx on karara.delegations (brand_id, from_user_id);

-- A session is one device. token_hash is of the refresh token that is good now; the one before it is known for a while, so that
-- two tabs that refresh at once get the same successor, and so that an older one betrays itself.
create table karara.sessions (
    id uuid not null,
    user_id uuid not null,
    token_hash bytea not null,
    previous_hash bytea,
    rotated_at timestamptz,
    successor_sealed text,
    user_agent text not null default '',
    ip text not null default '',
    current_brand_id uuid,
    created_at timestamptz not null default now(),
    last_seen_at timestamptz not null default now(),
    expires_at timestamptz not null,
    revoked_at timestamptz,
    revoked_reason text,
    constraint sessions_id_pk primary key (id),
    constraint sessions_token_hash_key unique (token_hash),
    constraint sessions_previous_hash_key unique (previous_hash),
    constraint sessions_user_id_fk foreign key (user_id) references karara.users (id) on delete cascade,
    constraint sessions_current_brand_id_fk foreign key (current_brand_id) references karara.brands (id) on delete set null
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.05);
create index sessions_user_id_last_seen_at_idx on karara.sessions (user_id, last_seen_at desc) where revoked_at is null;
create index sessions_current_brand_id_idx on karara.sessions (current_brand_id) where current_brand_id is not null;
create index sessions_expires_at_idx on karara.sessions (expires_at);


-- ---- requests and events ----

-- One row per Idempotency-Key, committed with the effect of its request. scope is the person, or the nil UUID before sign-in.
create table karara.idempotency_keys (
    scope uuid not null,
    route text not null,
    key text not null,
    fingerprint bytea not null,
    status integer,
    headers jsonb not null default '{}',
    body text,
    created_at timestamptz not null default now(),
    constraint idempotency_keys_scope_route_key_pk primary key (scope, route, key),
    constraint idempotency_keys_key_check check (char_length(key) between 1 and 255),
    constraint idempotency_keys_status_check check (status between 100 and 599)
) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.05);
create index idempotency_keys_created_at_idx on karara.idempotency_keys (created_at);

-- The outbox: written in the transaction of the change. No foreign keys: the log outlives what it tells of.
create table karara.events (
    id bigint generated always as identity,
    brand_id uuid,
    actor_id uuid,
    kind text not null,
    subject_type text not null,
    subject_id uuid,
    payload jsonb not null default '{}',
    channels text[] not null default '{}',
    request_id text not null default '',
    created_at timestamptz not null default now(),
    constraint events_id_pk primary key (id),
    constraint events_kind_check check (kind ~ '^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$')
) with (autovacuum_vacuum_insert_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05);
create index events_brand_id_id_idx on karara.events (brand_id, id);

grant select, insert, update on karara.users, karara.sessions to karara_app;
grant select, insert, update, delete on karara.credentials, karara.brands, karara.brand_members, karara.brand_role_permissions,
    karara.delegations, karara.idempotency_keys to karara_app;
grant select, insert on karara.events to karara_app;

grant select on karara.brands, karara.brand_role_permissions, karara.delegations to karara_worker;
grant select, update on karara.users, karara.brand_members to karara_worker;
grant select, delete on karara.sessions, karara.idempotency_keys to karara_worker;
grant select, insert, delete on karara.events to karara_worker;


-- ---- access_version ----

-- A membership's own row: a new number for a new membership (one that was removed and added again never repeats a number), for
-- a change of its access, and for any attempt to write the number itself. Runs as the owner, since the workers can't draw.
create function karara.access_version_drawn() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    new.access_version := nextval('karara.access_version_seq');
    return new;
end
$$;
create trigger brand_members_access_insert before insert on karara.brand_members
    for each row execute function karara.access_version_drawn();
create trigger brand_members_access_update before update on karara.brand_members
    for each row when ((old.role, old.permissions, old.status, old.expires_at, old.access_version)
        is distinct from (new.role, new.permissions, new.status, new.expires_at, new.access_version))
    execute function karara.access_version_drawn();

-- Draws new numbers for these memberships (pairs), and for those to whom these people delegate: nobody delegates what they lack.
-- Rows are locked in one order everywhere, so that two such statements can't block each other.
create procedure karara.access_raise(brand_ids uuid[], user_ids uuid[])
language plpgsql as $$
begin
    with given as (
        select * from unnest(brand_ids, user_ids) as pair (brand_id, user_id)
    ), meant as (
        select brand_id, user_id from given
        union
        select d.brand_id, d.to_user_id
        from given join karara.delegations d on d.brand_id = given.brand_id and d.from_user_id = given.user_id
    ), locked as materialized (
        select m.brand_id, m.user_id
        from meant join karara.brand_members m on m.brand_id = meant.brand_id and m.user_id = meant.user_id
        order by m.brand_id, m.user_id
        for no key update of m
    )
    update karara.brand_members m set access_version = 0
    from locked where m.brand_id = locked.brand_id and m.user_id = locked.user_id;
end
$$;

-- What decides about access, each after the statement and only for the rows that it really changed.
create function karara.access_changed() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    brand_ids uuid[];
    user_ids uuid[];
begin
    case tg_table_name || ' ' || tg_op
        when 'brand_members UPDATE' then
            -- The rows themselves have their number already; this is for those to whom these people delegate.
            select array_agg(n.brand_id), array_agg(n.user_id) into brand_ids, user_ids
            from new_rows n join old_rows o using (brand_id, user_id)
            where (o.role, o.permissions, o.status, o.expires_at) is distinct from (n.role, n.permissions, n.status, n.expires_at)
                and exists (select from karara.delegations d where d.brand_id = n.brand_id and d.from_user_id = n.user_id);
        when 'users UPDATE' then
            select array_agg(m.brand_id), array_agg(m.user_id) into brand_ids, user_ids
            from new_rows n join old_rows o using (id) join karara.brand_members m on m.user_id = n.id
            where (o.status, o.deleted_at) is distinct from (n.status, n.deleted_at);
        when 'brands UPDATE' then
            select array_agg(m.brand_id), array_agg(m.user_id) into brand_ids, user_ids
            from new_rows n join old_rows o using (id) join karara.brand_members m on m.brand_id = n.id
            where (o.status, o.settings -> 'require_if_match') is distinct from (n.status, n.settings -> 'require_if_match');
        when 'brand_role_permissions INSERT', 'brand_role_permissions UPDATE' then
            select array_agg(m.brand_id), array_agg(m.user_id) into brand_ids, user_ids
            from karara.brand_members m where m.brand_id in (select n.brand_id from new_rows n);
        when 'brand_role_permissions DELETE' then
            select array_agg(m.brand_id), array_agg(m.user_id) into brand_ids, user_ids
            from karara.brand_members m where m.brand_id in (select o.brand_id from old_rows o);
        when 'delegations INSERT' then
            select array_agg(n.brand_id), array_agg(n.to_user_id) into brand_ids, user_ids from new_rows n;
        when 'delegations UPDATE' then
            select array_agg(d.brand_id), array_agg(d.to_user_id) into brand_ids, user_ids
            from (select brand_id, to_user_id from new_rows union select brand_id, to_user_id from old_rows) d;
        when 'delegations DELETE' then
            select array_agg(o.brand_id), array_agg(o.to_user_id) into brand_ids, user_ids from old_rows o;
        when 'team_members INSERT' then
            select array_agg(n.brand_id), array_agg(n.user_id) into brand_ids, user_ids from new_rows n;
        when 'team_members UPDATE' then
            select array_agg(t.brand_id), array_agg(t.user_id) into brand_ids, user_ids
            from (select brand_id, user_id from new_rows union select brand_id, user_id from old_rows) t;
        when 'team_members DELETE' then
            select array_agg(o.brand_id), array_agg(o.user_id) into brand_ids, user_ids from old_rows o;
    end case;
    if brand_ids is not null then
        call karara.access_raise(brand_ids, user_ids);
    end if;
    return null;
end
$$;

create trigger brand_members_access_delegated after update on karara.brand_members
    referencing old table as old_rows new table as new_rows
    for each statement execute function karara.access_changed();
create trigger users_access_update after update on karara.users
    referencing old table as old_rows new table as new_rows
    for each statement execute function karara.access_changed();
create trigger brands_access_update after update on karara.brands
    referencing old table as old_rows new table as new_rows
    for each statement execute function karara.access_changed();

-- Calls access_changed after every change of a table that decides about access: `call karara.access_watched('team_members')`.
create procedure karara.access_watched(watched regclass)
language plpgsql as $$
declare
    short_name constant text := (select relname from pg_catalog.pg_class where oid = watched);
begin
    execute format('create trigger %I after insert on %s referencing new table as new_rows
        for each statement execute function karara.access_changed()', short_name || '_access_insert', watched);
    execute format('create trigger %I after update on %s referencing old table as old_rows new table as new_rows
        for each statement execute function karara.access_changed()', short_name || '_access_update', watched);
    execute format('create trigger %I after delete on %s referencing old table as old_rows
        for each statement execute function karara.access_changed()', short_name || '_access_delete', watched);
end
$$;
call karara.access_watched('karara.brand_role_permissions');
call karara.access_watched('karara.delegations');
