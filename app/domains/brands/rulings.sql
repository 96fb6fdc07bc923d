-- rulings.sql - what the platform's administration decides about a brand.

-- name: features_check :one
-- $subscription jsonb
-- Raises KA422 for a feature that there isn't, and one that is neither true nor false, nor, where it is counted, a whole number. Always a row.
select coalesce(bool_and(karara.fail('KA422', jsonb_build_object('field', 'subscription', 'message',
    case
        when f.name is null then 'features.' || e.key || ' is not known here'
        when f.counted then 'features.' || e.key || ' must be true, false or a number of at most a thousand million'
        else 'features.' || e.key || ' must be true or false'
    end)::text)), true) as fits
from jsonb_each(case jsonb_typeof($subscription -> 'features') when 'object' then $subscription -> 'features' else '{}' end) e
left join karara.features() f on f.name = e.key
where f.name is null
    or case jsonb_typeof(e.value)
        when 'boolean' then false
        when 'number' then not f.counted or (e.value::text !~ '^[0-9]{1,10}$')
        else true
    end;

-- name: brand_ruled :opt
-- $ruled_id uuid
-- $status text
-- $subscription jsonb
-- Changes what is given, and tells what was before. No row: there is no such brand, or it has another version than the one asked for.
with old as (
    select b.id, b.status, b.subscription from karara.brands b
    where b.id = $ruled_id and ($if_match is null or b.version = $if_match)
    for no key update
), changed as (
    update karara.brands b set
        status = coalesce($status, b.status),
        subscription = case
            when $subscription is null then b.subscription
            else {{json_merged: b.subscription, $subscription, 'subscription'}}
        end,
        version = b.version + 1,
        updated_at = now()
    from old
    where b.id = old.id
    returning b.*, b.id as brand_id, old.status as old_status, old.subscription as old_subscription
), {{emit_event: changed, 'brand', id, array['brand:' || id]}}
select
    jsonb_build_object('status', old_status, 'subscription', old_subscription) as before,
    jsonb_build_object('status', status, 'subscription', subscription) as after
from changed;

-- name: brand_exists :opt
-- $ruled_id uuid
-- Whether there is such a brand. No row: there is none.
select b.id from karara.brands b where b.id = $ruled_id;
