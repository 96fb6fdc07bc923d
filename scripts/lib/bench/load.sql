-- One brand of :tasks tasks on :boards boards, with ids that a number spells, so that wrk and pgbench can draw any of them.
begin;
set local session_replication_role = replica;
set local synchronous_commit = off;
create schema if not exists bench;
create or replace function bench.id(kind integer, n bigint) returns uuid language sql immutable parallel safe
    return ('00000000-0000-7000-' || (8000 + kind)::text || '-' || lpad(n::text, 12, '0'))::uuid;
grant usage on schema bench to public;
grant execute on function bench.id(integer, bigint) to public;

insert into karara.brands (id, name, slug, created_by) select :'brand', 'Bench', 'bench', id from karara.users limit 1;
insert into karara.brand_members (brand_id, user_id, role, joined_at, access_version)
select :'brand', id, 'owner', now(), nextval('karara.access_version_seq') from karara.users;
insert into tenant_shared.teams (brand_id, id, name) values (:'brand', bench.id(1, 1), 'Everyone');
insert into tenant_shared.team_members (brand_id, team_id, user_id, role)
select :'brand', bench.id(1, 1), id, 'manager' from karara.users;
insert into tenant_shared.boards (brand_id, id, team_id, name, key, position, last_task_number, task_count)
select :'brand', bench.id(2, b), bench.id(1, 1), 'Board ' || b, 'B' || b, karara.rank_at(b), 1000, 1000
from generate_series(1, :boards) b;
insert into tenant_shared.lists (brand_id, id, board_id, name, position, status, task_count)
select :'brand', bench.id(3, b * 10 + l), bench.id(2, b), (array['To do', 'In progress', 'Review', 'Done'])[l], karara.rank_at(l),
    (array['todo', 'in_progress', 'on_hold', 'completed'])[l], 250
from generate_series(1, :boards) b, generate_series(1, 4) l;
insert into tenant_shared.tasks (brand_id, id, board_id, list_id, number, title, description, status, priority, position, due_at, tags,
    created_by, completed_at)
select :'brand', bench.id(0, n), bench.id(2, (n - 1) / 1000 + 1), bench.id(3, ((n - 1) / 1000 + 1) * 10 + n % 4 + 1),
    (n - 1) % 1000 + 1, 'Task ' || n || ': look into what the customer reported last week', repeat('Words of a description. ', 20),
    (array['todo', 'in_progress', 'on_hold', 'completed'])[n % 4 + 1], (array['low', 'medium', 'high', 'urgent'])[n % 4 + 1],
    karara.rank_at((n - 1) % 1000), now() + (n % 60) * interval '1 day', array['tag-' || n % 7],
    (select id from karara.users limit 1), case when n % 4 = 3 then now() end
from generate_series(1, :tasks) n;
insert into tenant_shared.task_assignees (brand_id, task_id, user_id)
select :'brand', bench.id(0, n), u.id from generate_series(1, :tasks) n, (select id from karara.users limit 1) u where n % 3 = 0;
update karara.users set wip_limit = 100;
commit;
vacuum analyze;
