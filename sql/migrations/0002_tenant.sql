-- in each tenant schema
-- What belongs to one brand: teams, boards, lists, tasks. Run with search_path set to the schema that holds them.
-- brand_id leads every key and index, and every foreign key between these tables carries it: foreign keys don't see row-level
-- security, and so could otherwise point into another brand.

create table teams (
    brand_id uuid not null,
    id uuid not null,
    name text not null,
    description text not null default '',
    owner_id uuid,
    created_by uuid,
    version integer not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint teams_brand_id_id_pk primary key (brand_id, id),
    constraint teams_brand_id_fk foreign key (brand_id) references karara.brands (id) on delete cascade,
    constraint teams_brand_id_owner_id_fk foreign key (brand_id, owner_id)
        references karara.brand_members (brand_id, user_id) on delete set null (owner_id),
    constraint teams_created_by_fk foreign key (created_by) references karara.users (id) on delete set null,
    constraint teams_name_check check (char_length(name) between 1 and 120),
    constraint teams_description_check check (char_length(description) <= 10000)
);
create unique index teams_brand_id_name_key on teams (brand_id, lower(name));
create index teams_brand_id_owner_id_idx on teams (brand_id, owner_id) where owner_id is not null;
call karara.protect('teams');

create table team_members (
    brand_id uuid not null,
    team_id uuid not null,
    user_id uuid not null,
    role text not null default 'member',
    version integer not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint team_members_brand_id_team_id_user_id_pk primary key (brand_id, team_id, user_id),
    constraint team_members_brand_id_team_id_fk foreign key (brand_id, team_id) references teams (brand_id, id) on delete cascade,
    constraint team_members_brand_id_user_id_fk foreign key (brand_id, user_id)
        references karara.brand_members (brand_id, user_id) on delete cascade,
    constraint team_members_role_check check (role in ('member', 'manager'))
);
create index team_members_brand_id_user_id_team_id_idx on team_members (brand_id, user_id, team_id);
call karara.protect('team_members');
call karara.access_watched('team_members');

-- last_task_number: of the newest task here; numbers are never used twice. task_count: of tasks that aren't archived.
create table boards (
    brand_id uuid not null,
    id uuid not null,
    team_id uuid not null,
    project_id uuid,
    name text not null,
    key text not null,
    description text not null default '',
    position text collate "C" not null,
    settings jsonb not null default '{}',
    last_task_number integer not null default 0,
    task_count integer not null default 0,
    created_by uuid,
    version integer not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint boards_brand_id_id_pk primary key (brand_id, id),
    constraint boards_brand_id_key_key unique (brand_id, key),
    constraint boards_brand_id_fk foreign key (brand_id) references karara.brands (id) on delete cascade,
    constraint boards_brand_id_team_id_fk foreign key (brand_id, team_id) references teams (brand_id, id),
    constraint boards_created_by_fk foreign key (created_by) references karara.users (id) on delete set null,
    constraint boards_name_check check (char_length(name) between 1 and 120),
    constraint boards_key_check check (key ~ '^[A-Z][A-Z0-9]{0,9}$'),
    constraint boards_description_check check (char_length(description) <= 10000),
    constraint boards_settings_check check (jsonb_typeof(settings) = 'object'),
    constraint boards_task_count_check check (task_count >= 0)
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.05);
create index boards_brand_id_team_id_position_id_idx on boards (brand_id, team_id, position, id);
create index boards_brand_id_position_id_idx on boards (brand_id, position, id);
call karara.protect('boards');

create table lists (
    brand_id uuid not null,
    id uuid not null,
    board_id uuid not null,
    name text not null,
    position text collate "C" not null,
    status text not null default 'todo',
    wip_limit integer,
    task_count integer not null default 0,
    created_by uuid,
    version integer not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint lists_brand_id_id_pk primary key (brand_id, id),
    -- What tasks refer to, so that a task's list is always one of its board.
    constraint lists_brand_id_board_id_id_key unique (brand_id, board_id, id),
    constraint lists_brand_id_board_id_fk foreign key (brand_id, board_id) references boards (brand_id, id) on delete cascade,
    constraint lists_created_by_fk foreign key (created_by) references karara.users (id) on delete set null,
    constraint lists_name_check check (char_length(name) between 1 and 120),
    constraint lists_status_check check (status in ('todo', 'in_progress', 'on_hold', 'completed', 'cancelled')),
    constraint lists_wip_limit_check check (wip_limit > 0),
    constraint lists_task_count_check check (task_count >= 0)
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.05);
create index lists_brand_id_board_id_position_id_idx on lists (brand_id, board_id, position, id);
call karara.protect('lists');

create table tasks (
    brand_id uuid not null,
    id uuid not null,
    board_id uuid not null,
    list_id uuid not null,
    project_id uuid,
    parent_task_id uuid,
    template_id uuid,
    number integer not null,
    title text not null,
    description text not null default '',
    task_type text not null default 'task',
    status text not null default 'todo',
    priority text not null default 'medium',
    position text collate "C" not null,
    start_at timestamptz,
    due_at timestamptz,
    completed_at timestamptz,
    estimated_hours double precision,
    actual_hours double precision not null default 0,
    tags text[] not null default '{}',
    custom_fields jsonb not null default '{}',
    archived_at timestamptz,
    created_by uuid,
    version integer not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint tasks_brand_id_id_pk primary key (brand_id, id),
    constraint tasks_brand_id_board_id_number_key unique (brand_id, board_id, number),
    constraint tasks_brand_id_board_id_fk foreign key (brand_id, board_id) references boards (brand_id, id) on delete cascade,
    constraint tasks_brand_id_board_id_list_id_fk foreign key (brand_id, board_id, list_id)
        references lists (brand_id, board_id, id),
    constraint tasks_brand_id_parent_task_id_fk foreign key (brand_id, parent_task_id)
        references tasks (brand_id, id) on delete set null (parent_task_id),
    constraint tasks_created_by_fk foreign key (created_by) references karara.users (id) on delete set null,
    constraint tasks_number_check check (number > 0),
    constraint tasks_title_check check (char_length(title) between 1 and 255),
    constraint tasks_description_check check (char_length(description) <= 100000),
    constraint tasks_task_type_check check (task_type in ('task', 'milestone', 'bug', 'feature', 'epic', 'story')),
    constraint tasks_status_check check (status in ('todo', 'in_progress', 'on_hold', 'completed', 'cancelled')),
    constraint tasks_priority_check check (priority in ('low', 'medium', 'high', 'urgent')),
    constraint tasks_parent_task_id_check check (parent_task_id <> id),
    constraint tasks_estimated_hours_check check (estimated_hours >= 0 and estimated_hours <= 100000),
    constraint tasks_actual_hours_check check (actual_hours >= 0 and actual_hours < 'infinity'),
    constraint tasks_tags_check check (cardinality(tags) <= 100 and array_position(tags, null) is null),
    constraint tasks_custom_fields_check check (jsonb_typeof(custom_fields) = 'object')
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);
create index tasks_brand_id_board_id_position_id_idx on tasks (brand_id, board_id, position, id) where archived_at is null;
create index tasks_brand_id_list_id_position_id_idx on tasks (brand_id, list_id, position, id) where archived_at is null;
create index tasks_brand_id_board_id_updated_at_id_idx on tasks (brand_id, board_id, updated_at, id);
create index tasks_brand_id_due_at_id_idx on tasks (brand_id, due_at, id) where archived_at is null and due_at is not null;
create index tasks_brand_id_parent_task_id_idx on tasks (brand_id, parent_task_id) where parent_task_id is not null;
call karara.protect('tasks');

-- position: the order in which the assignees were named.
create table task_assignees (
    brand_id uuid not null,
    task_id uuid not null,
    user_id uuid not null,
    position integer not null default 0,
    assigned_at timestamptz not null default now(),
    constraint task_assignees_brand_id_task_id_user_id_pk primary key (brand_id, task_id, user_id),
    constraint task_assignees_brand_id_task_id_fk foreign key (brand_id, task_id) references tasks (brand_id, id) on delete cascade,
    constraint task_assignees_brand_id_user_id_fk foreign key (brand_id, user_id)
        references karara.brand_members (brand_id, user_id) on delete cascade
) with (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05);
create index task_assignees_brand_id_user_id_task_id_idx on task_assignees (brand_id, user_id, task_id);
call karara.protect('task_assignees');
