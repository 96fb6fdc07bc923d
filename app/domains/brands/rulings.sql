-- rulings.sql - what the platform's administration decides about a brand.

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
