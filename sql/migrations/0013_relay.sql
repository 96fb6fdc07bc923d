-- What the relay makes of events: numbers that count up within each brand, activity that people read, an audit log that is chained.

-- ---- events ----

-- The log of all events, in two parts. Writers put theirs into events_new, where the relay finds them whenever they become visible, however
-- late. It gives each the next number of its brand, and with that moves it to the month's partition: so events_new holds only what
-- is on its way, and what is read by number lies by itself.
--   sequence       1, 2, 3 … within its brand (or among the events of no brand), without a gap
--   sequenced_at   when it got that number
--   changes        what changed about the subject, where the writer says so: {"status": {"from": "todo", "to": "completed"}}
-- Rows are looked up by id, by (brand_id, sequence), and by sequenced_at where that is known; a partition that can't hold it isn't looked at.
alter table karara.events rename to events_before;
create table karara.events (
    id bigint generated always as identity,
    brand_id uuid,
    sequence bigint,
    sequenced_at timestamptz,
    actor_id uuid,
    kind text not null,
    subject_type text not null,
    subject_id uuid,
    payload jsonb not null default '{}',
    changes jsonb,
    channels text[] not null default '{}',
    request_id text not null default '',
    created_at timestamptz not null default now(),
    constraint events_kind_check check (kind ~ '^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$'),
    constraint events_sequence_check check ((sequence is null) = (sequenced_at is null) and sequence > 0),
    constraint events_changes_check check (jsonb_typeof(changes) = 'object')
) partition by range (sequenced_at);
create table karara.events_new partition of karara.events default with (
    autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_insert_scale_factor = 0.05,
    autovacuum_analyze_scale_factor = 0.05
);
insert into karara.events (id, brand_id, actor_id, kind, subject_type, subject_id, payload, channels, request_id, created_at)
overriding system value
select id, brand_id, actor_id, kind, subject_type, subject_id, payload, channels, request_id, created_at
from karara.events_before;
select setval(pg_get_serial_sequence('karara.events', 'id'), coalesce(max(id), 1), max(id) is not null) from karara.events_before;
drop table karara.events_before;

create index events_created_at_idx on karara.events using brin (created_at);
create unique index events_new_id_key on karara.events_new (id);
create index events_new_id_idx on karara.events_new (id) where sequenced_at is null;
create index events_new_brand_id_id_idx on karara.events_new (brand_id, id) where sequenced_at is null;

-- Makes the partitions of this month and of so many after it; what lies in events_new for want of one moves there. How many were missing.
-- A short while for the lock, since writers queue up behind whoever waits for it: then it fails, and may be tried again.
create function karara.events_partitions_make(months_ahead integer) returns integer
language plpgsql set lock_timeout = '300ms' as $$
declare
    month timestamp := date_trunc('month', now() at time zone 'UTC');
    part text;
    made integer := 0;
begin
    for i in 0..months_ahead loop
        part := 'events_' || to_char(month, 'YYYY_MM');
        if to_regclass('karara.' || part) is null then
            lock table karara.events_new in access exclusive mode;
            execute format('create table karara.%I (like karara.events including defaults including constraints)', part);
            execute format('with moved as (delete from karara.events_new where sequenced_at >= %L and sequenced_at < %L'
                ' returning *) insert into karara.%I select * from moved',
                month at time zone 'UTC', (month + interval '1 month') at time zone 'UTC', part);
            execute format('alter table karara.%I add constraint %I unique (id)', part, part || '_id_key');
            execute format('alter table karara.%I add constraint %I unique nulls not distinct (brand_id, sequence)', part,
                part || '_brand_id_sequence_key');
            execute format('alter table karara.events attach partition karara.%I for values from (%L) to (%L)', part,
                month at time zone 'UTC', (month + interval '1 month') at time zone 'UTC');
            made := made + 1;
        end if;
        month := month + interval '1 month';
    end loop;
    return made;
end
$$;
select karara.events_partitions_make(12);

-- Of each brand the number of its newest event; of those without a brand under the nil UUID. In the same statement as a look at
-- events_new it says how many events of a brand have been committed. No foreign key: the log outlives what it tells of.
create table karara.event_counters (
    brand_id uuid not null,
    last_sequence bigint not null,
    constraint event_counters_brand_id_pk primary key (brand_id),
    constraint event_counters_last_sequence_check check (last_sequence > 0)
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02);

grant select, insert on karara.events to karara_app;
grant select on karara.event_counters to karara_app;
grant select, insert on karara.events to karara_worker;
grant update (sequence, sequenced_at) on karara.events to karara_worker;
grant select, insert, update on karara.event_counters to karara_worker;
-- What it takes to hold a brand's row while its activity is written.
grant update (updated_at) on karara.brands to karara_worker;


-- ---- the audit log's chains ----

-- Each entry gets its place in the chain of its brand (the nil UUID for the platform's, which belong to no brand) and
--   hash = SHA-256(prev_hash || canonical form),   prev_hash = hash of the one before, 32 zero bytes for the first
-- once it is visible, and none is ever passed over: so the order is that of becoming visible.
alter table karara.audit_entries add column sequence bigint;
create index audit_entries_number_idx on karara.audit_entries (number) where hash is null;
create index audit_entries_brand_id_sequence_idx on karara.audit_entries (brand_id, sequence);

-- A text as a netstring (length in bytes, colon, text, comma), "-" for null: whatever stands in it, no two lists of texts look alike.
create function karara.netstring(words text) returns text
language sql immutable parallel safe as $$
    select coalesce(octet_length(words) || ':' || words || ',', '-')
$$;

-- The canonical form of an entry at its place. kararactl audit verify makes the same from the columns, by itself.
create function karara.audit_canonical(entry karara.audit_entries, place bigint) returns bytea
language sql stable parallel safe as $$
    select convert_to('karara audit 1' || karara.netstring(entry.brand_id::text) || karara.netstring(place::text)
        || karara.netstring(entry.id::text) || karara.netstring(case when entry.platform then 't' else 'f' end)
        || karara.netstring(entry.actor_id::text) || karara.netstring(entry.action) || karara.netstring(entry.resource_type)
        || karara.netstring(entry.resource_id::text) || karara.netstring(entry.before::text) || karara.netstring(entry.after::text)
        || karara.netstring(entry.outcome) || karara.netstring(entry.ip) || karara.netstring(entry.user_agent)
        || karara.netstring(entry.request_id)
        || karara.netstring((extract(epoch from entry.created_at) * 1000000)::bigint::text), 'UTF8')
$$;

create function karara.audit_link(so_far bytea, before bytea, canonical bytea) returns bytea
language sql immutable parallel safe as $$
    select sha256(coalesce(so_far, before) || canonical)
$$;
-- The running hash of entries behind a given one: karara.audit_chain(hash of that, canonical form) over (… order by place).
create aggregate karara.audit_chain(bytea, bytea) (sfunc = karara.audit_link, stype = bytea);
revoke execute on function karara.audit_chain(bytea, bytea) from public;
grant execute on function karara.netstring(text), karara.audit_canonical(karara.audit_entries, bigint),
    karara.audit_link(bytea, bytea, bytea), karara.audit_chain(bytea, bytea) to karara_worker;

-- The newest link of each chain.
create table karara.audit_chains (
    chain_id uuid not null,
    last_sequence bigint not null,
    last_hash bytea not null,
    constraint audit_chains_chain_id_pk primary key (chain_id)
) with (fillfactor = 50);

-- Heads of chains, signed (Ed25519) every hour in which they grew: nobody without the key can shorten a chain, or write one anew, unseen.
create table karara.audit_heads (
    chain_id uuid not null,
    sequence bigint not null,
    hash bytea not null,
    signed_at timestamptz not null,
    key_id text not null,
    signature bytea not null,
    constraint audit_heads_chain_id_sequence_pk primary key (chain_id, sequence)
);

-- Stretches of chains that went when their time was over, signed too: the hash before the first and that of the last.
create table karara.audit_anchors (
    chain_id uuid not null,
    first_sequence bigint not null,
    last_sequence bigint not null,
    prev_hash bytea not null,
    hash bytea not null,
    signed_at timestamptz not null,
    key_id text not null,
    signature bytea not null,
    constraint audit_anchors_chain_id_first_sequence_pk primary key (chain_id, first_sequence),
    constraint audit_anchors_last_sequence_check check (last_sequence >= first_sequence)
);

-- Only the relay chains, and each entry once; nobody else gives an entry a place or a hash.
drop policy audit_entries_insert on karara.audit_entries;
create policy audit_entries_insert on karara.audit_entries for insert to karara_app with check (
    (brand_id is null or (select nullif(current_setting('karara.brand_id', true), '')) is null
        or brand_id = (select nullif(current_setting('karara.brand_id', true), '')::uuid))
    and sequence is null and prev_hash is null and hash is null);
drop policy audit_entries_owner_insert on karara.audit_entries;
create policy audit_entries_owner_insert on karara.audit_entries for insert to karara_owner
    with check (platform and actor_id is null and sequence is null and prev_hash is null and hash is null);
drop policy audit_entries_relay_insert on karara.audit_entries;
create policy audit_entries_relay_insert on karara.audit_entries for insert to karara_worker
    with check (sequence is null and prev_hash is null and hash is null);
drop policy audit_entries_relay_update on karara.audit_entries;
create policy audit_entries_relay_update on karara.audit_entries for update to karara_worker
    using (hash is null) with check (hash is not null and prev_hash is not null and sequence is not null);
grant update (sequence, prev_hash, hash) on karara.audit_entries to karara_worker;
grant select, insert, update on karara.audit_chains to karara_worker;
grant select, insert on karara.audit_heads, karara.audit_anchors to karara_worker;


-- ---- upkeep ----

-- Only an owner makes and drops partitions, and the worker owns nothing: these two do just that, for it. They take no names.
--
-- Makes the months to come, of events and of the audit log, and drops months of events that ended so many days ago or longer. How many
-- partitions were made or dropped.
create function karara.partitions_upkeep(months_ahead integer, keep_days integer) returns integer
language plpgsql security definer set search_path = pg_catalog, pg_temp set lock_timeout = '300ms' as $$
declare
    month record;
    done integer := karara.events_partitions_make(months_ahead) + karara.audit_partitions_make(months_ahead);
begin
    for month in
        select c.relname from pg_catalog.pg_inherits i join pg_catalog.pg_class c on c.oid = i.inhrelid
        where i.inhparent = 'karara.events'::regclass and c.relname ~ '^events_\d{4}_\d\d$'
            and (to_date(right(c.relname, 7), 'YYYY_MM') + interval '1 month') at time zone 'UTC'
                <= now() - make_interval(days => greatest(keep_days, 1))
        order by 1
    loop
        execute format('drop table karara.%I', month.relname);
        done := done + 1;
    end loop;
    return done;
end
$$;

-- Drops the months of the audit log that ended so many days ago or longer (a year at least), if each of their entries lies in a stretch
-- that has been anchored. How many were dropped.
create function karara.audit_partitions_drop(keep_days integer) returns integer
language plpgsql security definer set search_path = pg_catalog, pg_temp set lock_timeout = '300ms' as $$
declare
    month record;
    left_over bigint;
    done integer := 0;
begin
    for month in
        select c.relname from pg_catalog.pg_inherits i join pg_catalog.pg_class c on c.oid = i.inhrelid
        where i.inhparent = 'karara.audit_entries'::regclass and c.relname ~ '^audit_entries_\d{4}_\d\d$'
            and (to_date(right(c.relname, 7), 'YYYY_MM') + interval '1 month') at time zone 'UTC'
                <= now() - make_interval(days => greatest(keep_days, 365))
        order by 1
    loop
        execute format($q$
            select count(*) from karara.%I e
            where not exists (
                select from karara.audit_anchors a
                where a.chain_id = coalesce(e.brand_id, '00000000-0000-0000-0000-000000000000')
                    and e.sequence between a.first_sequence and a.last_sequence
            )
        $q$, month.relname) into left_over;
        if left_over = 0 then
            execute format('drop table karara.%I', month.relname);
            done := done + 1;
        end if;
    end loop;
    return done;
end
$$;
grant execute on function karara.partitions_upkeep(integer, integer), karara.audit_partitions_drop(integer) to karara_worker;

-- As before, but it takes no lock when nothing is missing, and waits for one no longer than others can wait behind it.
create or replace function karara.audit_partitions_make(months_ahead integer) returns integer
language plpgsql set lock_timeout = '300ms' as $$
declare
    month timestamp := date_trunc('month', now() at time zone 'UTC');
    part text;
    made integer := 0;
begin
    for i in 0..months_ahead loop
        part := 'audit_entries_' || to_char(month, 'YYYY_MM');
        if to_regclass('karara.' || part) is null then
            lock table karara.audit_entries_default in access exclusive mode;
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

-- in each tenant schema
-- What people read about a task, a board or a team: one row for each event that tells of it, by the event's number. Titles are as they were
-- then; people are named by id alone. No foreign keys but the brand's: of a task that is gone the board still tells, and rows of a board
-- that is gone go with it by trigger, which takes no lock that a writer would wait for.
--   changes   {"status": {"from": …, "to": …}, "assignee_ids": {"added": […], "removed": […]}}
create table activities (
    brand_id uuid not null,
    sequence bigint not null,
    id uuid not null default karara.uuid_v7(),
    actor_id uuid,
    verb text not null,
    subject_type text not null,
    subject_id uuid,
    subject_title text not null default '',
    subject_reference text,
    team_id uuid,
    board_id uuid,
    task_id uuid,
    changes jsonb not null default '{}',
    created_at timestamptz not null,
    constraint activities_brand_id_sequence_pk primary key (brand_id, sequence),
    constraint activities_brand_id_fk foreign key (brand_id) references karara.brands (id) on delete cascade,
    constraint activities_changes_check check (jsonb_typeof(changes) = 'object')
) with (autovacuum_vacuum_insert_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05);
create index activities_brand_id_board_id_sequence_idx on activities (brand_id, board_id, sequence) where board_id is not null;
create index activities_brand_id_task_id_sequence_idx on activities (brand_id, task_id, sequence) where task_id is not null;
create index activities_brand_id_team_id_sequence_idx on activities (brand_id, team_id, sequence) where team_id is not null;
call karara.protect('activities');
alter table activities alter column brand_id set (n_distinct = 20);

create function activities_of_gone() returns trigger
language plpgsql set search_path from current as $$
begin
    if tg_table_name = 'boards' then
        delete from activities a using old_rows o where a.brand_id = o.brand_id and a.board_id = o.id;
    else
        delete from activities a using old_rows o where a.brand_id = o.brand_id and a.team_id = o.id;
    end if;
    return null;
end
$$;
create trigger boards_activities after delete on boards referencing old table as old_rows
    for each statement execute function activities_of_gone();
create trigger teams_activities after delete on teams referencing old table as old_rows
    for each statement execute function activities_of_gone();
