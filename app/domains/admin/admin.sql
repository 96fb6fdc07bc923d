-- admin.sql - accounts and brands as the platform's administration sees them: never what is in a brand.

-- fragment: admin_user_columns
{{user_columns: u}}, u.last_active_at,
exists (select from karara.credentials f where f.user_id = u.id and f.totp_enabled_at is not null) as two_factor_enabled,
(select count(*)::int4 from karara.brand_members m where m.user_id = u.id) as brand_count,
(
    select count(*)::int4 from karara.sessions s where s.user_id = u.id and s.revoked_at is null and s.expires_at > now()
) as session_count;

-- name: admin_user_list :list
-- $q text
-- Accounts that aren't deleted, with $q somewhere in name or address. No row: none fits.
select {{admin_user_columns}}
from karara.users u
where u.deleted_at is null
    and ($q is null or strpos(lower(u.first_name || ' ' || u.last_name || ' ' || u.email), lower($q)) > 0);

-- name: admin_user_get :one
-- $id uuid
-- One of them. No row: there is none.
select
    {{admin_user_columns}},
    (select c.locked_until from karara.credentials c where c.user_id = u.id and c.locked_until > now()) as locked_until,
    (
        select coalesce(
            jsonb_agg(
                jsonb_build_object(
                    'id', b.id, 'name', b.name, 'slug', b.slug, 'role', m.role, 'status', m.status,
                    'last_owner', m.role = 'owner' and {{owned_by_nobody_else: m}}
                )
                order by lower(b.name)
            ),
            '[]'
        )
        from karara.brand_members m
        join karara.brands b on b.id = m.brand_id
        where m.user_id = u.id
    ) as brands
from karara.users u
where u.id = $id and u.deleted_at is null;

-- name: admin_user_locate :one
-- $id uuid
-- Why an account wasn't found or changed. No row: there is none.
select true as visible, true as changeable, u.version from karara.users u where u.id = $id and u.deleted_at is null;

-- fragment: admin_brand_columns
b.id, b.name, b.slug, b.status, coalesce(b.subscription ->> 'plan', 'free') as plan, b.subscription,
{{brand_features: b}} as features, {{logo_address: b}} as logo_url, {{brand_domains_of: b}} as domains, b.parent_brand_id,
(select count(*)::int4 from karara.brand_members m where m.brand_id = b.id) as member_count,
(
    select count(*)::int4 from karara.brand_members m
    where m.brand_id = b.id and m.role = 'owner' and m.status = 'active' and (m.expires_at is null or m.expires_at > now())
) as owner_count,
b.version, b.created_at, b.updated_at;

-- name: admin_brand_list :list
-- $q text
-- Brands with $q somewhere in name or slug. No row: none fits.
select {{admin_brand_columns}}
from karara.brands b
where $q is null or strpos(lower(b.name || ' ' || b.slug), lower($q)) > 0;

-- name: admin_brand_get :one
-- $id uuid
-- One of them. No row: there is none.
select {{admin_brand_columns}} from karara.brands b where b.id = $id;

-- name: admin_brand_locate :one
-- $id uuid
-- Why a brand wasn't found or changed. No row: there is none.
select true as visible, true as changeable, b.version from karara.brands b where b.id = $id;

-- name: admin_stats :one
-- Figures of the installation. Always a row.
select
    (
        select coalesce(jsonb_object_agg(c.status, c.n), '{}')
        from (select u.status, count(*) as n from karara.users u where u.deleted_at is null group by 1) c
    ) as users_by_status,
    (select count(*) from karara.users u where u.deleted_at is null and u.platform_role = 'admin') as platform_admins,
    (
        select coalesce(jsonb_object_agg(c.status, c.n), '{}')
        from (select b.status, count(*) as n from karara.brands b group by 1) c
    ) as brands_by_status,
    (
        select coalesce(jsonb_object_agg(c.plan, c.n), '{}')
        from (select coalesce(b.subscription ->> 'plan', 'free') as plan, count(*) as n from karara.brands b group by 1) c
    ) as brands_by_plan,
    (select count(*) from karara.sessions s where s.revoked_at is null and s.expires_at > now()) as sessions,
    (
        select jsonb_agg(jsonb_build_object('date', d.day, 'events', coalesce(e.n, 0)) order by d.day)
        from (
            select (now() at time zone 'UTC')::date - n as day from generate_series(0, 13) n
        ) d
        left join (
            select (k.created_at at time zone 'UTC')::date as day, count(*) as n from karara.events k
            where k.created_at >= date_trunc('day', now() at time zone 'UTC') at time zone 'UTC' - interval '13 days'
            group by 1
        ) e using (day)
    ) as events_by_day,
    pg_database_size(current_database()) as database_bytes;
