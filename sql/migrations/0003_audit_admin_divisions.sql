-- The audit log; what the platform's administration looks at; divisions of a brand, which give their people access to teams.

-- A version 7 UUID (RFC 9562) of this moment, for rows that a statement makes by itself.
create function karara.uuid_v7() returns uuid
language sql volatile parallel safe as $$
    select encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
        placing substring(int8send((extract(epoch from clock_timestamp()) * 1000)::bigint) from 3) from 1 for 6), 52, 1), 53, 1),
        'hex')::uuid
$$;
grant execute on function karara.uuid_v7() to karara_app, karara_worker;


-- ---- audit ----

-- Who did what, or tried to; written in the transaction of the act and never changed: workers have no right to. A row belongs to a
-- brand or (brand_id null) to the platform; `platform` marks what the platform's administration did, to whatever brand. The two hashes
-- are empty until the relay chains the entries of a brand in the order of `number`. No foreign keys: the log outlives what it tells of.
create table karara.audit_entries (
    number bigint generated always as identity,
    id uuid not null default karara.uuid_v7(),
    brand_id uuid,
    platform boolean not null default false,
    actor_id uuid,                  -- null: nobody who had signed in
    action text not null,
    resource_type text not null,
    resource_id uuid,
    before jsonb,
    after jsonb,
    outcome text not null default 'success',
    ip text not null default '',
    user_agent text not null default '',
    request_id text not null default '',
    created_at timestamptz not null default now(),
    prev_hash bytea,
    hash bytea,
    constraint audit_entries_created_at_id_pk primary key (created_at, id),
    constraint audit_entries_action_check check (action ~ '^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$'),
    constraint audit_entries_resource_type_check check (resource_type ~ '^[a-z][a-z0-9_]*$'),
    constraint audit_entries_before_check check (jsonb_typeof(before) = 'object'),
    constraint audit_entries_after_check check (jsonb_typeof(after) = 'object'),
    constraint audit_entries_outcome_check check (outcome in ('success', 'failure')),
    constraint audit_entries_user_agent_check check (octet_length(user_agent) <= 400)
) partition by range (created_at);
create index audit_entries_brand_id_created_at_id_idx on karara.audit_entries (brand_id, created_at, id);
create index audit_entries_brand_id_actor_id_created_at_idx on karara.audit_entries (brand_id, actor_id, created_at);
create index audit_entries_brand_id_resource_id_created_at_idx on karara.audit_entries (brand_id, resource_id, created_at);
create index audit_entries_created_at_idx on karara.audit_entries (created_at) where brand_id is null or platform;

-- Takes what no month has been made for: an act never fails because its entry finds no place.
create table karara.audit_entries_default partition of karara.audit_entries default;

-- Makes the partitions of this month and of so many after it, moving there what has come to lie in the default partition. How many
-- were missing. kararactl migrate calls it.
create function karara.audit_partitions_make(months_ahead integer) returns integer
language plpgsql as $$
declare
    month timestamp := date_trunc('month', now() at time zone 'UTC');
    part text;
    made integer := 0;
begin
    lock table karara.audit_entries_default in access exclusive mode;
    for i in 0..months_ahead loop
        part := 'audit_entries_' || to_char(month, 'YYYY_MM');
        if to_regclass('karara.' || part) is null then
            execute format('create table karara.%I (like karara.audit_entries including defaults including constraints)', part);
            execute format('with moved as (delete from karara.audit_entries_default where created_at >= %L and created_at < %L'
                ' returning *) insert into karara.%I select * from moved',
                month at time zone 'UTC', (month + interval '1 month') at time zone 'UTC', part);
            execute format('alter table karara.audit_entries attach partition karara.%I for values from (%L) to (%L)', part,
                month at time zone 'UTC', (month + interval '1 month') at time zone 'UTC');
            made := made + 1;
        end if;
        month := month + interval '1 month';
    end loop;
    return made;
end
$$;
select karara.audit_partitions_make(12);

-- The wall. Within a brand its own entries are there, and nothing else. Outside of any brand there is nothing, unless the statement
-- before it found the person to be a platform admin and said so (karara.platform): then what belongs to no brand, and what the
-- platform's administration did to brands. Entries are made for the brand that is named; outside of any, for whatever the act concerns.
alter table karara.audit_entries enable row level security, force row level security;
create policy audit_entries_select on karara.audit_entries for select to karara_app using (
    brand_id = (select nullif(current_setting('karara.brand_id', true), '')::uuid)
    or ((brand_id is null or platform) and (select
        nullif(current_setting('karara.brand_id', true), '') is null and current_setting('karara.platform', true) = 'on')));
create policy audit_entries_insert on karara.audit_entries for insert to karara_app with check (
    (brand_id is null or (select nullif(current_setting('karara.brand_id', true), '')) is null
        or brand_id = (select nullif(current_setting('karara.brand_id', true), '')::uuid))
    and prev_hash is null and hash is null);
grant select, insert on karara.audit_entries to karara_app;

-- The relay reads all, and chains each entry once. kararactl, acting as the owner, reads.
create policy audit_entries_relay_select on karara.audit_entries for select to karara_worker, karara_owner using (true);
create policy audit_entries_relay_insert on karara.audit_entries for insert to karara_worker with check (true);
create policy audit_entries_relay_update on karara.audit_entries for update to karara_worker using (hash is null) with check (true);
grant select, insert on karara.audit_entries to karara_worker;
grant update (prev_hash, hash) on karara.audit_entries to karara_worker;


-- ---- administration of the platform ----

-- For figures by day. Accounts are counted and found by status and role.
create index events_created_at_idx on karara.events using brin (created_at);
create index users_created_at_id_idx on karara.users (created_at, id) where deleted_at is null;
create index users_platform_role_idx on karara.users (platform_role) where platform_role = 'admin';


-- ---- divisions and access ----

-- Draws new access versions for the people of these divisions and of all below them. Row-level security holds the owner too: so the
-- brand is named while this looks.
create procedure karara.division_access_raise(tenant_schema name, the_brand uuid, division_ids uuid[])
language plpgsql as $$
declare
    named constant text := coalesce(current_setting('karara.brand_id', true), '');
    people uuid[];
begin
    perform set_config('karara.brand_id', the_brand::text, true);
    execute format($q$
        with recursive below as (
            select unnest($2) as id
            union
            select d.id from below join %1$I.divisions d on d.brand_id = $1 and d.parent_division_id = below.id
        )
        select array_agg(distinct m.user_id) from below join %1$I.division_members m on m.brand_id = $1 and m.division_id = below.id
    $q$, tenant_schema) into people using the_brand, division_ids;
    perform set_config('karara.brand_id', named, true);
    if people is not null then
        call karara.access_raise(array_fill(the_brand, array[cardinality(people)]), people);
    end if;
end
$$;

-- After every change of divisions, of their people, and of the teams that they were given. Whoever is concerned must be seen here although
-- somebody else adds them at the same time: so such changes pass one by one within a brand. (Somebody who leaves is seen until they have.)
create function karara.division_access_changed() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    changed record;
begin
    case tg_table_name || ' ' || tg_op
        when 'division_members INSERT' then
            for changed in select n.brand_id, array_agg(n.user_id) as ids from new_rows n group by 1 order by 1 loop
                perform pg_advisory_xact_lock(hashtextextended('divisions ' || changed.brand_id, 0));
                call karara.access_raise(array_fill(changed.brand_id, array[cardinality(changed.ids)]), changed.ids);
            end loop;
        when 'division_members UPDATE' then
            for changed in select r.brand_id, array_agg(r.user_id) as ids
                from (select brand_id, user_id from new_rows union select brand_id, user_id from old_rows) r group by 1 order by 1
            loop
                perform pg_advisory_xact_lock(hashtextextended('divisions ' || changed.brand_id, 0));
                call karara.access_raise(array_fill(changed.brand_id, array[cardinality(changed.ids)]), changed.ids);
            end loop;
        when 'division_members DELETE' then
            for changed in select o.brand_id, array_agg(o.user_id) as ids from old_rows o group by 1 order by 1 loop
                call karara.access_raise(array_fill(changed.brand_id, array[cardinality(changed.ids)]), changed.ids);
            end loop;
        when 'division_teams INSERT' then
            for changed in select n.brand_id, array_agg(n.division_id) as ids from new_rows n group by 1 order by 1 loop
                perform pg_advisory_xact_lock(hashtextextended('divisions ' || changed.brand_id, 0));
                call karara.division_access_raise(tg_table_schema, changed.brand_id, changed.ids);
            end loop;
        when 'division_teams UPDATE' then
            for changed in select r.brand_id, array_agg(r.division_id) as ids
                from (select brand_id, division_id from new_rows union select brand_id, division_id from old_rows) r
                group by 1 order by 1
            loop
                perform pg_advisory_xact_lock(hashtextextended('divisions ' || changed.brand_id, 0));
                call karara.division_access_raise(tg_table_schema, changed.brand_id, changed.ids);
            end loop;
        when 'division_teams DELETE' then
            for changed in select o.brand_id, array_agg(o.division_id) as ids from old_rows o group by 1 order by 1 loop
                perform pg_advisory_xact_lock(hashtextextended('divisions ' || changed.brand_id, 0));
                call karara.division_access_raise(tg_table_schema, changed.brand_id, changed.ids);
            end loop;
        when 'divisions UPDATE' then
            for changed in select n.brand_id, array_agg(n.id) as ids from new_rows n join old_rows o using (brand_id, id)
                where o.parent_division_id is distinct from n.parent_division_id group by 1 order by 1
            loop
                perform pg_advisory_xact_lock(hashtextextended('divisions ' || changed.brand_id, 0));
                call karara.division_access_raise(tg_table_schema, changed.brand_id, changed.ids);
            end loop;
    end case;
    return null;
end
$$;

-- One trigger for each of these events of a table: `call karara.division_access_watched('divisions', '{update}')`.
create procedure karara.division_access_watched(watched regclass, events text[])
language plpgsql as $$
declare
    event text;
begin
    foreach event in array events loop
        execute format('create trigger %I after %s on %s referencing %s for each statement'
            ' execute function karara.division_access_changed()',
            (select relname from pg_catalog.pg_class where oid = watched) || '_access_' || event, event, watched,
            case event when 'insert' then 'new table as new_rows' when 'delete' then 'old table as old_rows'
                       else 'old table as old_rows new table as new_rows' end);
    end loop;
end
$$;


-- in each tenant schema
-- A tree of organisational units. Whoever is in one has access, like a member, to the teams that it or one above it was given.
create table divisions (
    brand_id uuid not null,
    id uuid not null,
    parent_division_id uuid,
    name text not null,
    description text not null default '',
    created_by uuid,
    version integer not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint divisions_brand_id_id_pk primary key (brand_id, id),
    constraint divisions_brand_id_fk foreign key (brand_id) references karara.brands (id) on delete cascade,
    constraint divisions_brand_id_parent_division_id_fk foreign key (brand_id, parent_division_id)
        references divisions (brand_id, id),
    constraint divisions_created_by_fk foreign key (created_by) references karara.users (id) on delete set null,
    constraint divisions_name_check check (char_length(name) between 1 and 120),
    constraint divisions_description_check check (char_length(description) <= 10000),
    constraint divisions_parent_division_id_check check (parent_division_id <> id)
);
create unique index divisions_brand_id_parent_division_id_name_key
    on divisions (brand_id, coalesce(parent_division_id, '00000000-0000-0000-0000-000000000000'), lower(name));
create index divisions_brand_id_parent_division_id_idx on divisions (brand_id, parent_division_id);
call karara.protect('divisions');
call karara.division_access_watched('divisions', '{update}');

create table division_members (
    brand_id uuid not null,
    division_id uuid not null,
    user_id uuid not null,
    created_at timestamptz not null default now(),
    constraint division_members_brand_id_division_id_user_id_pk primary key (brand_id, division_id, user_id),
    constraint division_members_brand_id_division_id_fk foreign key (brand_id, division_id)
        references divisions (brand_id, id) on delete cascade,
    constraint division_members_brand_id_user_id_fk foreign key (brand_id, user_id)
        references karara.brand_members (brand_id, user_id) on delete cascade
);
create index division_members_brand_id_user_id_division_id_idx on division_members (brand_id, user_id, division_id);
call karara.protect('division_members');
call karara.division_access_watched('division_members', '{insert,update,delete}');

create table division_teams (
    brand_id uuid not null,
    division_id uuid not null,
    team_id uuid not null,
    created_at timestamptz not null default now(),
    constraint division_teams_brand_id_division_id_team_id_pk primary key (brand_id, division_id, team_id),
    constraint division_teams_brand_id_division_id_fk foreign key (brand_id, division_id)
        references divisions (brand_id, id) on delete cascade,
    constraint division_teams_brand_id_team_id_fk foreign key (brand_id, team_id) references teams (brand_id, id) on delete cascade
);
create index division_teams_brand_id_team_id_idx on division_teams (brand_id, team_id);
call karara.protect('division_teams');
call karara.division_access_watched('division_teams', '{insert,update,delete}');
