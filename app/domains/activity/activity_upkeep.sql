-- Activity that is kept no longer.

-- name: activity_retire :one
-- $before timestamptz
-- $batch int4
-- Removes the brand's oldest entries, as far as they are from before that. Only the first by number are looked at, which are the oldest but for
-- the moments by which a slow writer came late. How many; always a row.
with gone as (
    delete from activities a using (
        select o.sequence, o.created_at from activities o where o.brand_id = $brand_id order by o.sequence limit $batch
    ) k
    where a.brand_id = $brand_id and a.sequence = k.sequence and k.created_at < $before
    returning a.sequence
)
select count(*)::int4 as done from gone;
