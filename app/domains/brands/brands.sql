-- brands.sql - brands, as those who belong to them see them. A brand's own row has no brand_id: in what is emitted it is its id.

-- fragment: brand_columns
%1.id, %1.name, %1.slug, %1.description, {{logo_address: %1}} as logo_url, %1.status, %1.settings, %1.subscription, %1.compliance,
{{brand_features: %1}} as features, {{brand_domains_of: %1}} as domains,
%1.parent_brand_id, %1.version, %1.created_at, %1.updated_at;

-- name: brand_list :list
-- The brands that the caller belongs to now. No row: to none.
select {{brand_columns: b}}, m.role
from karara.brand_members m
join karara.brands b on b.id = m.brand_id
where m.user_id = $actor_id and {{membership_live: m, b}};

-- name: brand_current :one
-- The brand as it is, for those who were refused a change of an older version. No row: it is gone.
select {{brand_columns: b}}, m.role
from karara.brands b
join karara.brand_members m on m.brand_id = b.id and m.user_id = $actor_id
where b.id = $brand_id;

-- name: brand_get :one
-- $permissions text[]
-- The brand, and what the caller may do in it. No row: it is gone.
select {{brand_columns: b}}, m.role, $permissions as permissions
from karara.brands b
join karara.brand_members m on m.brand_id = b.id and m.user_id = $actor_id
where b.id = $brand_id;

-- name: brand_locate :one
-- Why the brand wasn't changed. No row: it is gone.
select true as visible, $can_manage_brand_settings as changeable, b.version from karara.brands b where b.id = $brand_id;

-- name: brand_enter :one
-- $founded_id uuid
-- Names the brand that is being made to row-level security. Always a row.
select set_config('karara.brand_id', $founded_id::text, true) as brand;

-- name: brand_slug_lock :one
-- $slug text
-- Lets those who derive the same slug pass one by one. Always a row.
select pg_advisory_xact_lock(hashtextextended('brand_slug ' || $slug, 0)) is not null as locked;

-- name: brand_create :one
-- $name text
-- $slug text
-- $slug_given bool
-- $description text
-- $settings jsonb
-- $permissions text[]
-- Makes a brand that the caller owns. A slug that wasn't given takes the first number behind it that makes it unique. Always a row.
with made as (
    insert into karara.brands (id, name, slug, description, settings, created_by)
    select
        $new_id,
        $name,
        case
            when $slug_given then $slug
            else coalesce(
                (
                    select c.slug
                    from generate_series(1, 50) n
                    cross join lateral (select case when n = 1 then $slug else $slug || '-' || n end as slug) c
                    where not exists (select from karara.brands b where b.slug = c.slug)
                    order by n
                    limit 1
                ),
                $slug || '-' || right($new_id::text, 8)
            )
        end,
        coalesce($description, ''),
        case when $settings is null then '{}' else {{json_merged: '{}'::jsonb, $settings, 'settings'}} end,
        $actor_id
    returning brands.*, brands.id as brand_id
), owned as (
    insert into karara.brand_members (brand_id, user_id, role, joined_at) select id, $actor_id, 'owner', now() from made
), {{emit_event: made, 'brand', id, array['user:' || $actor_id]}},
{{emit_audit: made, 'brand', id, null, jsonb_build_object('name', name, 'slug', slug)}}
select {{brand_columns: made}}, 'owner' as role, $permissions as permissions from made;

-- name: brand_furnish :one
-- $founded_id uuid
-- $team_id uuid
-- $board_id uuid
-- $list_ids uuid[]
-- What a new brand begins with: a team that its owner manages, and on a board of that team three lists. Always a row.
with team as (
    insert into teams (brand_id, id, name, owner_id, created_by)
    values ($founded_id, $team_id, 'General', $actor_id, $actor_id)
), managed as (
    insert into team_members (brand_id, team_id, user_id, role) values ($founded_id, $team_id, $actor_id, 'manager')
), board as (
    insert into boards (brand_id, id, team_id, name, key, position, created_by)
    values ($founded_id, $board_id, $team_id, 'Board', 'BOARD', karara.rank_at(0), $actor_id)
    returning brand_id, id
), {{board_first_lists: board, $list_ids}}
select $team_id as id;

-- name: brand_family_lock :many
-- $parent_brand_id uuid
-- Takes the rows of the brand and of the one that is to be above it, in one order everywhere. No row: both are gone.
select b.id from karara.brands b where b.id in ($brand_id, $parent_brand_id) order by b.id for no key update;

-- name: brand_parent_allow :one
-- $parent_brand_id uuid
-- Raises what speaks against putting the brand below this one: KA422 unless the caller owns it, KA412 without an enterprise plan, KA409 where
-- there would be a third level. Always a row.
select case
    when $parent_brand_id is null then true
    when $parent_brand_id = $brand_id then karara.fail('KA422', '{"field":"parent_brand_id","message":"must be another brand"}')
    when not exists (
        select from karara.brand_members m
        join karara.brands b on b.id = m.brand_id
        where m.brand_id = $parent_brand_id and m.user_id = $actor_id and m.role = 'owner' and {{membership_live: m, b}}
    ) then karara.fail('KA422', '{"field":"parent_brand_id","message":"is no brand that you own"}')
    when not exists (
        select from karara.brands b where b.id = $parent_brand_id and b.subscription ->> 'plan' = 'enterprise'
    ) then karara.fail('KA412', '{"message":"Only a brand with an enterprise plan has others below it.","limit":"plan"}')
    when exists (select from karara.brands b where b.id = $parent_brand_id and b.parent_brand_id is not null)
        or exists (select from karara.brands b where b.parent_brand_id = $brand_id)
        then karara.fail('KA409', '{"message":"A brand that is below another has none below itself."}')
    else true
end as allowed;

-- name: brand_two_factor_allow :one
-- $settings jsonb
-- Raises KA409 when these settings ask for a second factor and the caller, who would lock themselves out, has none. Always a row.
select case
    when $settings -> 'require_2fa' = 'true' and not exists (
        select from karara.credentials f where f.user_id = $actor_id and f.totp_enabled_at is not null
    ) then karara.fail(
        'KA409',
        '{"message":"Set up two-factor sign-in for yourself first: you would lock yourself out.","reason":"two_factor_missing"}'
    )
    else true
end as allowed;

-- name: brand_children :list
-- The brands below an enterprise brand, by name and how many belong to them: nothing else of them is seen. No row: none.
select
    c.id, c.name, c.status,
    (select count(*)::int4 from karara.brand_members m where m.brand_id = c.id and {{member_counted: m}}) as member_count,
    c.created_at
from karara.brands c
join karara.brands b on b.id = c.parent_brand_id
where c.parent_brand_id = $brand_id and b.subscription ->> 'plan' = 'enterprise';

-- name: brand_update :one
-- $name text
-- $slug text
-- $description text
-- $settings jsonb
-- $compliance jsonb
-- $parent_brand_id uuid
-- $has_parent_brand_id bool
-- $permissions text[]
-- Changes what is given. No row: another version than the one asked for.
with old as (
    select b.id, to_jsonb(b) as was from karara.brands b
    where b.id = $brand_id and ($if_match is null or b.version = $if_match)
    for no key update
), changed as (
    update karara.brands b set
        name = coalesce($name, b.name),
        slug = coalesce($slug, b.slug),
        description = coalesce($description, b.description),
        settings = case when $settings is null then b.settings else {{json_merged: b.settings, $settings, 'settings'}} end,
        compliance = case
            when $compliance is null then b.compliance
            else {{json_merged: b.compliance, $compliance, 'compliance'}}
        end,
        parent_brand_id = case when $has_parent_brand_id then $parent_brand_id else b.parent_brand_id end,
        version = b.version + 1,
        updated_at = now()
    from old
    where b.id = old.id
    returning b.*, b.id as brand_id, old.was
), {{emit_event: changed, 'brand', id, array['brand:' || id]}},
{{emit_audit: changed, 'brand', id, {{audit_asked: was}}, {{audit_asked: to_jsonb(changed)}}}}
select {{brand_columns: changed}}, m.role, $permissions as permissions
from changed
join karara.brand_members m on m.brand_id = changed.id and m.user_id = $actor_id;

-- name: brand_switch :exec
-- Makes it the brand of the caller's session. No row: never, since the session was asserted.
with entered as (
    update karara.sessions s set current_brand_id = $brand_id where s.id = $session_id and s.user_id = $actor_id
    returning s.user_id, s.current_brand_id as brand_id
), {{emit_event: entered, 'brand', brand_id, array['user:' || user_id]}}
select from entered;
