-- Brands whose deletion is due go by themselves, and it stands in the platform's audit log that they went.

-- Only an owner may take a brand away, with all that holds to it; the worker owns nothing. This removes the one that is due for the longest time,
-- which nobody else holds, and takes no names. Its slug; no row: none is due.
create function karara.brand_remove_due() returns setof text
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    due record;
begin
    select b.id, b.slug, b.name, b.deletion_at into due
    from karara.brands b
    where b.status = 'inactive' and b.deletion_at <= now()
    order by b.deletion_at
    limit 1
    for update skip locked;
    if not found then
        return;
    end if;
    perform set_config('karara.brand_id', due.id::text, true); -- for what triggers look at
    delete from karara.brands b where b.id = due.id;
    insert into karara.audit_entries (platform, action, resource_type, resource_id, before)
    values (true, 'brand.removed', 'brand', due.id,
        jsonb_build_object('name', due.name, 'slug', due.slug, 'deletion_at', due.deletion_at));
    return next due.slug;
end
$$;
revoke execute on function karara.brand_remove_due() from public;
grant execute on function karara.brand_remove_due() to karara_worker;
