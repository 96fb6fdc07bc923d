-- Nobody becomes a member by an account that is being deleted.

-- Waits for whoever deletes the account (who holds its row until the end, having ended all memberships that there were), and looks again.
create function karara.brand_members_joinable() returns trigger
language plpgsql as $$
begin
    perform from karara.users u where u.id = new.user_id and u.deleted_at is null for key share;
    if not found then
        perform karara.fail('KA409', '{"message":"This account was deleted."}');
    end if;
    return new;
end
$$;
grant execute on function karara.brand_members_joinable() to karara_app, karara_worker;
create trigger brand_members_joinable before insert on karara.brand_members
    for each row execute function karara.brand_members_joinable();
