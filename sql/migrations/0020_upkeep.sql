-- Tasks that are put away, and data that goes, by themselves.

grant delete on karara.delegations to karara_worker;


-- in each tenant schema
create index tasks_brand_id_board_id_completed_at_idx on tasks (brand_id, board_id, completed_at)
    where archived_at is null and completed_at is not null;
create index tasks_brand_id_archived_at_idx on tasks (brand_id, archived_at) where archived_at is not null;
