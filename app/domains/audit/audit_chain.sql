-- audit_chain.sql - the audit log's chains: one for each brand, and one (the nil UUID) for what belongs to no brand. What they are made of
-- stands with the tables, in sql/migrations.

-- fragment: chain_of
coalesce(%1.brand_id, '00000000-0000-0000-0000-000000000000');

-- name: audit_chain_append :one
-- $most int4
-- Chains up to so many entries that aren't yet, in the order of their numbers; in the relay's transaction, whose fence keeps others from
-- doing the same. chained: how many.
with batch as materialized (
    select {{chain_of: a}} as chain_id, a.number, a.id, a as entry
    from karara.audit_entries a where a.hash is null order by a.number limit $most
), placed as materialized (
    select
        b.chain_id, b.number, b.id, b.entry,
        coalesce(c.last_sequence, 0) + row_number() over (partition by b.chain_id order by b.number) as sequence,
        coalesce(c.last_hash, decode(repeat('00', 32), 'hex')) as head
    from batch b
    left join karara.audit_chains c on c.chain_id = b.chain_id
), hashed as materialized (
    select
        p.chain_id, p.number, p.id, p.sequence, p.head,
        karara.audit_chain(p.head, karara.audit_canonical(p.entry, p.sequence)) over (partition by p.chain_id order by p.sequence) as hash
    from placed p
), linked as materialized (
    select h.*, lag(h.hash, 1, h.head) over (partition by h.chain_id order by h.sequence) as prev_hash from hashed h
), chained as (
    update karara.audit_entries a set sequence = l.sequence, prev_hash = l.prev_hash, hash = l.hash
    from linked l
    where a.number = l.number and a.id = l.id and a.hash is null
    returning a.id
), headed as (
    insert into karara.audit_chains as c (chain_id, last_sequence, last_hash)
    select distinct on (l.chain_id) l.chain_id, l.sequence, l.hash from linked l order by l.chain_id, l.sequence desc
    on conflict (chain_id) do update set last_sequence = excluded.last_sequence, last_hash = excluded.last_hash
)
select case
    when (select count(*) from chained) = (select count(*) from batch) then (select count(*) from batch)
    else karara.fail('KA013')::int::int8
end as chained;

-- name: audit_heads_due :many
-- $interval float8
-- Chains that have grown since their head was last signed, so many seconds ago or longer; of very many those that come first, and the
-- others at the next look.
select c.chain_id, c.last_sequence as sequence, c.last_hash as hash
from karara.audit_chains c
left join lateral (
    select h.sequence, h.signed_at from karara.audit_heads h where h.chain_id = c.chain_id order by h.sequence desc limit 1
) h on true
where h.sequence is null or h.sequence < c.last_sequence and h.signed_at <= now() - make_interval(secs => $interval)
limit 5000;

-- name: audit_head_add :exec
-- $chain_id uuid
-- $sequence int8
-- $hash bytea
-- $signed_at timestamptz
-- $key_id text
-- $signature bytea
-- A signed head.
insert into karara.audit_heads (chain_id, sequence, hash, signed_at, key_id, signature)
values ($chain_id, $sequence, $hash, $signed_at, $key_id, $signature)
on conflict (chain_id, sequence) do nothing;

-- name: audit_chains_all :many
-- $chain_id uuid
-- The chains there are, or the one named: of entries that are there, of heads and of anchors.
select k.chain_id, b.slug,
    (select count(*) from karara.audit_entries e where e.hash is null and {{chain_of: e}} = k.chain_id) as unchained
from (
    select c.chain_id from karara.audit_chains c
    union select h.chain_id from karara.audit_heads h
    union select a.chain_id from karara.audit_anchors a
    union select {{chain_of: e}} from karara.audit_entries e
) k
left join karara.brands b on b.id = k.chain_id
where $chain_id::uuid is null or k.chain_id = $chain_id
order by k.chain_id;

-- name: audit_chain_end :opt
-- $chain_id uuid
-- Where a chain ends. No row: nothing of it has been chained.
select c.last_sequence, c.last_hash from karara.audit_chains c where c.chain_id = $chain_id;

-- name: audit_chain_page :many
-- $chain_id uuid
-- $after int8
-- $after_id uuid
-- $most int4
-- The next entries of a chain as they are, as text where the canonical form is. Those that have no hash aren't chained yet, unless they have a place.
select
    e.sequence, e.id, e.prev_hash, e.hash, e.created_at, e.brand_id, e.platform, e.actor_id, e.action, e.resource_type, e.resource_id,
    e.before::text as before, e.after::text as after, e.outcome, e.ip, e.user_agent, e.request_id
from karara.audit_entries e
where e.brand_id is not distinct from nullif($chain_id, '00000000-0000-0000-0000-000000000000')
    and e.sequence is not null and (e.sequence, e.id) > ($after, $after_id)
order by e.sequence, e.id
limit $most;

-- name: audit_chain_anchors :many
-- $chain_id uuid
-- The stretches of a chain that have gone, in their order.
select a.first_sequence, a.last_sequence, a.prev_hash, a.hash, a.signed_at, a.key_id, a.signature
from karara.audit_anchors a where a.chain_id = $chain_id order by a.first_sequence;

-- name: audit_chain_heads :many
-- $chain_id uuid
-- The signed heads of a chain, in their order.
select h.sequence, h.hash, h.signed_at, h.key_id, h.signature
from karara.audit_heads h where h.chain_id = $chain_id order by h.sequence;

-- name: audit_stretches_due :many
-- $keep_days int4
-- What lies in months of the log that ended so many days ago or longer (a year at least), is chained, and isn't anchored: as stretches
-- of places that follow each other.
with month as (
    select date_trunc('month', now() - make_interval(days => greatest($keep_days, 365)), 'UTC') as began
), gone as (
    select
        {{chain_of: e}} as chain_id, e.sequence,
        e.sequence - row_number() over (partition by e.brand_id order by e.sequence) as island
    from karara.audit_entries e
    where e.created_at < (select m.began from month m) and e.hash is not null and not exists (
        select from karara.audit_anchors a
        where a.chain_id = {{chain_of: e}} and e.sequence between a.first_sequence and a.last_sequence
    )
), stretches as (
    select g.chain_id, min(g.sequence) as first_sequence, max(g.sequence) as last_sequence from gone g group by g.chain_id, g.island
)
select s.chain_id, s.first_sequence, s.last_sequence, f.prev_hash, l.hash
from stretches s
join karara.audit_entries f on {{chain_of: f}} = s.chain_id and f.sequence = s.first_sequence
    and f.created_at < (select m.began from month m)
join karara.audit_entries l on {{chain_of: l}} = s.chain_id and l.sequence = s.last_sequence
    and l.created_at < (select m.began from month m);

-- name: audit_anchor_add :exec
-- $chain_id uuid
-- $first_sequence int8
-- $last_sequence int8
-- $prev_hash bytea
-- $hash bytea
-- $signed_at timestamptz
-- $key_id text
-- $signature bytea
-- A stretch that is going to go.
insert into karara.audit_anchors (chain_id, first_sequence, last_sequence, prev_hash, hash, signed_at, key_id, signature)
values ($chain_id, $first_sequence, $last_sequence, $prev_hash, $hash, $signed_at, $key_id, $signature);

-- name: audit_partitions_drop :one
-- $keep_days int4
-- Drops the months of the log that are over that long and wholly anchored. dropped: how many.
select karara.audit_partitions_drop($keep_days) as dropped;
