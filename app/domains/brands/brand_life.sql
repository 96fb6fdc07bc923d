-- brand_life.sql - deleting a brand: it stays, closed, until its time has come, and its owners can restore it.

-- fragment: brand_leaving_columns
%1.id, %1.name, %1.slug, %1.deletion_at, %1.version;

-- name: brand_close :one
-- $name text
-- $delay_seconds int4
-- Closes the brand and says when it goes for good. No row: its name is another, or another version than the one asked for.
with old as (
    select b.id, b.status as was from karara.brands b
    where b.id = $brand_id and b.name = $name and ($if_match is null or b.version = $if_match)
    for no key update
), changed as (
    update karara.brands b set
        status = 'inactive',
        deletion_from_status = old.was,
        deletion_at = now() + make_interval(secs => $delay_seconds),
        version = b.version + 1,
        updated_at = now()
    from old
    where b.id = old.id and old.was <> 'inactive'
    returning b.*, b.id as brand_id, old.was
), {{emit_event: changed, 'brand', id, array['brand:' || id]}},
{{emit_audit: changed, 'brand', id, jsonb_build_object('status', was), jsonb_build_object('status', status, 'deletion_at', deletion_at)}}
select {{brand_leaving_columns: changed}} from changed;

-- name: brand_named :one
-- $name text
-- Whether the brand has this name. No row: it is gone.
select b.name = $name as named from karara.brands b where b.id = $brand_id;

-- name: brand_leaving_list :list
-- The brands that the caller owns and that are to be deleted. No row: none.
select {{brand_leaving_columns: b}}
from karara.brand_members m
join karara.brands b on b.id = m.brand_id
where m.user_id = $actor_id and m.role = 'owner' and m.status = 'active' and (m.expires_at is null or m.expires_at > now())
    and b.status = 'inactive' and b.deletion_at is not null;

-- name: brand_restore :opt
-- $id uuid
-- Opens a closed brand of the caller's again. No row: none of theirs, not closed, or its time has come.
with changed as (
    update karara.brands b set
        status = coalesce(b.deletion_from_status, 'active'),
        deletion_at = null,
        deletion_from_status = null,
        version = b.version + 1,
        updated_at = now()
    from karara.brand_members m
    where b.id = $id and b.status = 'inactive' and b.deletion_at > now()
        and m.brand_id = b.id and m.user_id = $actor_id and m.role = 'owner' and m.status = 'active'
        and (m.expires_at is null or m.expires_at > now())
    returning b.*, b.id as brand_id
), {{emit_event: changed, 'brand', id, array['brand:' || id]}},
{{emit_audit: changed, 'brand', id, jsonb_build_object('status', 'inactive'), jsonb_build_object('status', status)}}
select {{brand_leaving_columns: changed}} from changed;

-- name: brand_current_closing :one
-- The brand as it is, for those who were refused to delete an older version. No row: it is gone.
select {{brand_leaving_columns: b}} from karara.brands b where b.id = $brand_id;

-- name: brand_locate_closing :one
-- Why the brand wasn't closed. No row: it is gone.
select true as visible, $can_manage_brand as changeable, b.version from karara.brands b where b.id = $brand_id;
