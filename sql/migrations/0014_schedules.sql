-- Schedules: what comes again by a rule (RFC 5545), and the task templates that use them.

-- One rule of one thing: `owner_kind` and `owner_id` say of which ('task_template'). Local times are what clocks show in `timezone`. The
-- clock (karara-worker) enqueues a job for each occurrence when next_run_at has come by the database's clock, and moves it on in the same
-- transaction. next_run_at is null when nothing comes any more.
create table karara.schedules (
    id uuid not null,
    brand_id uuid not null,
    owner_kind text not null,
    owner_id uuid not null,
    rrule text not null,
    starts_at timestamp not null,
    timezone text not null,
    exdates text[] not null default '{}',       -- local dates, and local times, that are left out
    catch_up text not null default 'last',      -- after downtime: none of what was missed, the latest of it, or all of it
    paused_at timestamptz,
    problem text,                               -- why it was paused by itself
    next_run_at timestamptz,
    last_run_at timestamptz,                    -- the occurrence that was enqueued last
    version integer not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint schedules_id_pk primary key (id),
    constraint schedules_brand_id_owner_kind_owner_id_key unique (brand_id, owner_kind, owner_id),
    constraint schedules_brand_id_fk foreign key (brand_id) references karara.brands (id) on delete cascade,
    constraint schedules_owner_kind_check check (owner_kind ~ '^[a-z][a-z0-9_]*$'),
    constraint schedules_rrule_check check (char_length(rrule) between 1 and 1100),
    constraint schedules_timezone_check check (char_length(timezone) between 1 and 64),
    constraint schedules_exdates_check check (cardinality(exdates) <= 500 and array_position(exdates, null) is null),
    constraint schedules_catch_up_check check (catch_up in ('skip', 'last', 'all'))
);
create index schedules_next_run_at_id_idx on karara.schedules (next_run_at, id) where paused_at is null and next_run_at is not null;

alter table karara.schedules enable row level security, force row level security;
create policy schedules_brand on karara.schedules to karara_app, karara_owner
    using (brand_id = (select nullif(current_setting('karara.brand_id', true), '')::uuid))
    with check (brand_id = (select nullif(current_setting('karara.brand_id', true), '')::uuid));
create policy schedules_clock on karara.schedules to karara_worker using (true) with check (true);
grant select, insert, update, delete on karara.schedules to karara_app, karara_worker;


-- in each tenant schema
-- Tasks that make themselves: what is to be made, where and for whom; when is karara.schedules' matter. Board, list and people are kept as
-- they were named although they may go: what is gone shows as a problem of the template, and never takes the template along.
create table task_templates (
    brand_id uuid not null,
    id uuid not null,
    team_id uuid not null,
    board_id uuid not null,
    list_id uuid,                               -- null: the board's first list for work to do
    title text not null,
    description text not null default '',
    priority text not null default 'medium',
    tags text[] not null default '{}',
    assignee_ids uuid[] not null default '{}',
    checklist text[] not null default '{}',
    due_offset_minutes integer,                 -- from the occurrence
    last_spawned_at timestamptz,
    created_by uuid,
    version integer not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint task_templates_brand_id_id_pk primary key (brand_id, id),
    constraint task_templates_brand_id_fk foreign key (brand_id) references karara.brands (id) on delete cascade,
    constraint task_templates_brand_id_team_id_fk foreign key (brand_id, team_id) references teams (brand_id, id) on delete cascade,
    constraint task_templates_created_by_fk foreign key (created_by) references karara.users (id) on delete set null,
    constraint task_templates_title_check check (char_length(title) between 1 and 255),
    constraint task_templates_description_check check (char_length(description) <= 100000),
    constraint task_templates_priority_check check (priority in ('low', 'medium', 'high', 'urgent')),
    constraint task_templates_tags_check check (cardinality(tags) <= 100 and array_position(tags, null) is null),
    constraint task_templates_assignee_ids_check check (cardinality(assignee_ids) <= 50 and array_position(assignee_ids, null) is null),
    constraint task_templates_checklist_check check (cardinality(checklist) <= 100 and array_position(checklist, null) is null),
    constraint task_templates_due_offset_minutes_check check (due_offset_minutes between 0 and 527040)
);
create index task_templates_brand_id_team_id_id_idx on task_templates (brand_id, team_id, id);
call karara.protect('task_templates');

-- A schedule goes with its template, however that goes.
create function task_template_gone() returns trigger
language plpgsql as $$
begin
    delete from karara.schedules s
    where s.brand_id = old.brand_id and s.owner_kind = 'task_template' and s.owner_id = old.id;
    return null;
end
$$;
create trigger task_templates_gone after delete on task_templates for each row execute function task_template_gone();

-- Which occurrence of its template a task is: each is there once.
alter table tasks add column occurrence_at timestamptz;
create unique index tasks_brand_id_template_id_occurrence_at_key on tasks (brand_id, template_id, occurrence_at)
    where occurrence_at is not null;
