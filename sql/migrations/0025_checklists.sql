-- Checklists of tasks: the steps that a task takes.

-- in each tenant schema
-- How many steps there are, and how many of them are done: kept by those who change them, who hold the task's row.
alter table tasks
    add column checklist_total integer not null default 0,
    add column checklist_done integer not null default 0,
    add constraint tasks_checklist_total_check check (checklist_total between 0 and 100),
    add constraint tasks_checklist_done_check check (checklist_done between 0 and checklist_total);

create table checklist_items (
    brand_id uuid not null,
    id uuid not null,
    task_id uuid not null,
    text text not null,
    done boolean not null default false,
    position text collate "C" not null,
    version integer not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint checklist_items_brand_id_id_pk primary key (brand_id, id),
    constraint checklist_items_brand_id_task_id_fk foreign key (brand_id, task_id) references tasks (brand_id, id) on delete cascade,
    constraint checklist_items_text_check check (char_length(text) between 1 and 500)
) with (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05);
create index checklist_items_brand_id_task_id_position_id_idx on checklist_items (brand_id, task_id, position, id);
call karara.protect('checklist_items');
alter table checklist_items alter column brand_id set (n_distinct = 20);
