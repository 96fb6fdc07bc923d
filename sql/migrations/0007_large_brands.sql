-- What keeps large brands and busy people as fast as others.

-- in each tenant schema
-- A plan that serves all brands is made for the average one, and most are small: it would fetch and sort a brand's tasks as if
-- they were a hundred, and there may be a million. Told that there are few brands, it follows the index instead, which is right
-- for small ones too.
alter table boards alter column brand_id set (n_distinct = 20);
alter table lists alter column brand_id set (n_distinct = 20);
alter table tasks alter column brand_id set (n_distinct = 20);
alter table task_assignees alter column brand_id set (n_distinct = 20);

-- What a person has in progress, so that their limit is asked of an index that holds just that, and not of all they ever did.
-- in_progress: the task is in progress and isn't archived. Kept by the triggers below, whatever a query says.
alter table task_assignees add column in_progress boolean not null default false;
alter table task_assignees no force row level security; -- the owner fills it for every brand
alter table tasks no force row level security;
update task_assignees a set in_progress = true
from tasks t
where t.brand_id = a.brand_id and t.id = a.task_id and t.status = 'in_progress' and t.archived_at is null;
alter table task_assignees force row level security;
alter table tasks force row level security;
create index task_assignees_brand_id_user_id_idx on task_assignees (brand_id, user_id) where in_progress;

create function task_assignees_progress() returns trigger
language plpgsql set search_path from current as $$
begin
    new.in_progress := exists (
        select from tasks t
        where t.brand_id = new.brand_id and t.id = new.task_id and t.status = 'in_progress' and t.archived_at is null
    );
    return new;
end
$$;
create trigger task_assignees_progress before insert on task_assignees
    for each row execute function task_assignees_progress();

create function tasks_progress() returns trigger
language plpgsql set search_path from current as $$
begin
    update task_assignees a set in_progress = (new.status = 'in_progress' and new.archived_at is null)
    where a.brand_id = new.brand_id and a.task_id = new.id;
    return null;
end
$$;
create trigger tasks_progress after update of status, archived_at on tasks
    for each row when ((old.status = 'in_progress' and old.archived_at is null)
        is distinct from (new.status = 'in_progress' and new.archived_at is null))
    execute function tasks_progress();
