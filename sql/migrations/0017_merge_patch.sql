-- What a PATCH does to a JSON object, all the way down (RFC 7396).

-- The object with the patch laid over it: null takes a key away, an object is merged key by key, anything else takes the place of what was there.
create function karara.merge_patch(target jsonb, patch jsonb) returns jsonb
language plpgsql immutable parallel safe as $$
declare
    merged jsonb;
    k text;
    v jsonb;
begin
    if jsonb_typeof(patch) is distinct from 'object' then
        return patch;
    end if;
    merged := case when jsonb_typeof(target) = 'object' then target else '{}' end;
    for k, v in select e.key, e.value from jsonb_each(patch) e loop
        if v = 'null' then
            merged := merged - k;
        else
            merged := merged || jsonb_build_object(k, karara.merge_patch(merged -> k, v));
        end if;
    end loop;
    return merged;
end
$$;
grant execute on function karara.merge_patch(jsonb, jsonb) to karara_app, karara_worker;

-- Nulls within were kept so far, where they meant that there is nothing.
update karara.brands set settings = jsonb_strip_nulls(settings), subscription = jsonb_strip_nulls(subscription)
where settings <> jsonb_strip_nulls(settings) or subscription <> jsonb_strip_nulls(subscription);
update karara.users set preferences = jsonb_strip_nulls(preferences) where preferences <> jsonb_strip_nulls(preferences);
