-- branding.sql - what a brand looks like to others: its logo, and the host names that are its own.

-- fragment: logo_address
-- Where the logo of the brand %1 is; what stands there never changes. Null without one, or without the feature.
case
    when %1.logo_digest is not null and karara.feature_limit(%1.subscription, 'white_label') is distinct from 0
        then '/api/v1/logos/' || %1.logo_digest
end;

-- fragment: brand_home_domain
-- The host name that mails of the brand %1 lead to. Null without one, or without the feature.
(
    select d.domain from karara.brand_domains d
    where d.brand_id = %1.id and karara.feature_limit(%1.subscription, 'white_label') is distinct from 0
    order by d.position
    limit 1
);

-- fragment: brand_domains_of
-- All host names of the brand %1, in their order.
array(select d.domain from karara.brand_domains d where d.brand_id = %1.id order by d.position);

-- fragment: brand_features
-- What the plan of the brand %1 holds of each feature: true, false, or how many.
(
    select jsonb_object_agg(f.name, case
        when l.most is null then 'true'::jsonb
        when l.most = 0 then 'false'::jsonb
        else to_jsonb(l.most)
    end)
    from karara.features() f
    cross join lateral (select karara.feature_limit(%1.subscription, f.name) as most) l
);

-- name: logo_put :one
-- $digest text
-- $content_type text
-- $picture bytea
-- $width int4
-- $height int4
-- Gives the brand this logo. No row: another version than the one asked for.
with changed as (
    update karara.brands b set logo_digest = $digest, version = b.version + 1, updated_at = now()
    where b.id = $brand_id and ($if_match is null or b.version = $if_match)
    returning b.*, b.id as brand_id
), gone as (
    delete from karara.brand_logos l using changed where l.brand_id = changed.id
), {{emit_event: changed, 'brand', id, array['brand:' || id]}},
{{emit_audit: changed, 'brand', id, null, jsonb_build_object('logo', $digest)}}
select
    {{logo_address: changed}} as logo_url, $content_type as content_type, $width as width, $height as height,
    octet_length($picture) as size, version
from changed;

-- name: logo_keep :exec
-- $digest text
-- $content_type text
-- $picture bytea
-- $width int4
-- $height int4
-- Keeps the picture of a logo, in place of the one before, which logo_put has taken away. Always a row.
insert into karara.brand_logos (brand_id, digest, content_type, bytes, width, height)
values ($brand_id, $digest, $content_type, $picture, $width, $height);

-- name: logo_remove :one
-- Takes the brand's logo away. No row: there is none, or another version than the one asked for.
with changed as (
    update karara.brands b set logo_digest = null, version = b.version + 1, updated_at = now()
    where b.id = $brand_id and b.logo_digest is not null and ($if_match is null or b.version = $if_match)
    returning b.*, b.id as brand_id
), gone as (
    delete from karara.brand_logos l using changed where l.brand_id = changed.id
    returning l.digest
), {{emit_event: changed, 'brand', id, array['brand:' || id]}},
{{emit_audit: changed, 'brand', id, jsonb_build_object('logo', (select gone.digest from gone)), null}}
select id from changed;

-- name: logo_locate :one
-- Why the logo wasn't changed. No row: there is none.
select true as visible, $can_manage_brand_settings as changeable, b.version
from karara.brands b
where b.id = $brand_id and b.logo_digest is not null;

-- name: logo_get :opt
-- The brand's logo. No row: there is none.
select l.content_type, l.bytes, l.digest from karara.brand_logos l where l.brand_id = $brand_id;

-- name: logo_find :opt
-- $digest text
-- The logo with this digest, which tells nothing to who hasn't seen it. No row: there is none, or no longer.
select l.content_type, l.bytes, l.digest
from karara.brand_logos l
join karara.brands b on b.id = l.brand_id
where l.digest = $digest and b.status <> 'inactive' and karara.feature_limit(b.subscription, 'white_label') is distinct from 0
limit 1;

-- name: branding_find :one
-- The look of the host that was asked for; null where it is the installation's own. Always a row.
select
    b.id as brand_id, b.slug as brand_slug, b.name, {{logo_address: b}} as logo_url, b.settings -> 'colours' as colours,
    b.settings ->> 'language' as language
from (select true) always
left join (
    karara.brand_domains d
    join karara.brands b on b.id = d.brand_id and b.status <> 'inactive'
        and karara.feature_limit(b.subscription, 'white_label') is distinct from 0
) on d.domain = $host;

-- name: domains_set :one
-- $ruled_id uuid
-- $domains text[]
-- Gives a brand these host names and no others; one of another brand breaks the key. Always a row: those it had.
with had as (
    select coalesce(array_agg(d.domain order by d.position), '{}') as before from karara.brand_domains d where d.brand_id = $ruled_id
), gone as (
    delete from karara.brand_domains d where d.brand_id = $ruled_id and d.domain <> all($domains)
), put as (
    insert into karara.brand_domains (domain, brand_id, position)
    select w.domain, $ruled_id, w.place - 1 from unnest($domains) with ordinality w (domain, place)
    where w.domain not in (select d.domain from karara.brand_domains d where d.brand_id = $ruled_id)
), moved as (
    update karara.brand_domains d set position = w.place - 1
    from unnest($domains) with ordinality w (domain, place)
    where d.brand_id = $ruled_id and d.domain = w.domain
)
select jsonb_build_object('domains', before) as before from had;
