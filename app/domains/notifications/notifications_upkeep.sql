-- Notifications that are kept no longer.

-- name: notification_retire :one
-- $before timestamptz
-- $batch int4
-- Removes the brand's notifications from before that, by their ids, which are in the order of time. How many; always a row.
with gone as (
    delete from notifications n using (
        select o.id from notifications o
        where o.brand_id = $brand_id and o.id < karara.uuid_v7_floor($before) and o.created_at < $before
        order by o.id limit $batch
        for update
    ) k
    where n.brand_id = $brand_id and n.id = k.id
    returning n.id
)
select count(*)::int4 as done from gone;
