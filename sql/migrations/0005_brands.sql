-- Brands that are to be deleted, sessions that view as somebody else, and the plan's limit of boards.

-- When the brand goes for good; until then its owners can restore it to the status that it had.
alter table karara.brands
    add column deletion_at timestamptz,
    add column deletion_from_status text;
alter table karara.brands add constraint brands_deletion_from_status_check
    check (deletion_from_status is null or deletion_from_status in ('active', 'suspended') and deletion_at is not null);
-- Whoever opens a closed brand again, takes its end away.
create function karara.brands_reopened() returns trigger
language plpgsql as $$
begin
    new.deletion_at := null;
    new.deletion_from_status := null;
    return new;
end
$$;
grant execute on function karara.brands_reopened() to karara_app, karara_worker;
create trigger brands_reopened before update on karara.brands for each row
    when (old.status = 'inactive' and new.status <> 'inactive') execute function karara.brands_reopened();
create index brands_deletion_at_idx on karara.brands (deletion_at) where deletion_at is not null;

-- A session in which somebody (viewed_by, from their own session) sees one brand as its user_id sees it. It ends with that session, and
-- with any change of the viewer's access, of which viewer_access_version is the number.
alter table karara.sessions
    add column viewed_by uuid,
    add column viewer_session_id uuid,
    add column viewed_brand_id uuid,
    add column viewer_access_version bigint,
    add constraint sessions_viewed_by_fk foreign key (viewed_by) references karara.users (id) on delete cascade,
    add constraint sessions_viewed_by_check check (num_nulls(viewed_by, viewer_session_id, viewed_brand_id, viewer_access_version) in (0, 4));
create index sessions_viewed_by_idx on karara.sessions (viewed_by) where viewed_by is not null;

-- A brand's plan may limit its boards (subscription.max_projects). Boards of a limited brand are made one after the other, so that
-- nobody passes the limit between two looks.
create function karara.boards_limited() returns trigger
language plpgsql as $$
declare
    most numeric;
    there bigint;
begin
    if (select jsonb_typeof(b.subscription -> 'max_projects') from karara.brands b where b.id = new.brand_id) = 'number' then
        select (b.subscription ->> 'max_projects')::numeric into most
        from karara.brands b where b.id = new.brand_id for no key update;
        execute format('select count(*) from %I.%I where brand_id = $1', tg_table_schema, tg_table_name) into there using new.brand_id;
        if there > most then
            perform karara.fail('KA412', jsonb_build_object(
                'message', 'The brand''s plan has room for ' || most || ' boards.', 'limit', 'max_projects', 'max', most)::text);
        end if;
    end if;
    return null;
end
$$;
grant execute on function karara.boards_limited() to karara_app, karara_worker;

-- in each tenant schema

create trigger boards_limited after insert on boards for each row execute function karara.boards_limited();
