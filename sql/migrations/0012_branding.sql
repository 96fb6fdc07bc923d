-- What a brand looks like to others: its logo, and the host names under which this installation is its own.

-- Address of the logo, and version of what everybody may keep for ever: BLAKE2b-256 of its bytes.
alter table karara.brands add column logo_digest text;
alter table karara.brands drop column logo_file_id;

create table karara.brand_logos (
    brand_id uuid not null,
    digest text not null,
    content_type text not null,
    bytes bytea not null,
    width integer not null,
    height integer not null,
    created_at timestamptz not null default now(),
    constraint brand_logos_brand_id_pk primary key (brand_id),
    constraint brand_logos_brand_id_fk foreign key (brand_id) references karara.brands (id) on delete cascade,
    constraint brand_logos_digest_check check (digest ~ '^[0-9a-f]{64}$'),
    constraint brand_logos_content_type_check check (content_type in ('image/png', 'image/jpeg', 'image/webp')),
    constraint brand_logos_bytes_check check (octet_length(bytes) between 1 and 262144)
);
alter table karara.brand_logos alter column bytes set storage external; -- pictures are compressed already
create index brand_logos_digest_idx on karara.brand_logos (digest);

-- Small ASCII letters, as in Host headers; the first by position is the one that mails lead to.
create table karara.brand_domains (
    domain text not null,
    brand_id uuid not null,
    position integer not null default 0,
    created_at timestamptz not null default now(),
    constraint brand_domains_domain_pk primary key (domain),
    constraint brand_domains_brand_id_fk foreign key (brand_id) references karara.brands (id) on delete cascade,
    constraint brand_domains_domain_check
        check (domain ~ '^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$' and char_length(domain) <= 253)
);
create index brand_domains_brand_id_position_idx on karara.brand_domains (brand_id, position);

grant select, insert, update, delete on karara.brand_logos, karara.brand_domains to karara_app;
grant select on karara.brand_logos, karara.brand_domains to karara_worker;


-- ---- features of a plan ----

-- The features there are, and whether a plan can hold a number of them, besides all or none.
create function karara.features() returns table (name text, counted boolean)
language sql immutable parallel safe as $$
    values ('white_label', false), ('divisions', true), ('delegations', true), ('api_tokens', true)
$$;
grant execute on function karara.features() to karara_app, karara_worker;

-- How many of a feature a brand's subscription allows: null is any number, 0 none. It says so under features: true, false, or a number; what
-- it doesn't say is allowed on every plan.
create function karara.feature_limit(subscription jsonb, feature text) returns bigint
language sql immutable parallel safe as $$
    select case jsonb_typeof(subscription -> 'features' -> feature)
        when 'boolean' then case when subscription -> 'features' -> feature = 'true' then null else 0 end
        when 'number' then least((subscription -> 'features' ->> feature)::numeric, 9223372036854775807)::bigint
    end
$$;
grant execute on function karara.feature_limit(jsonb, text) to karara_app, karara_worker;

-- Refuses more of a feature than the brand's plan allows: KA412 with its name. Things of a limited brand are made one after the other, so
-- that nobody passes the limit between two looks.
create procedure karara.feature_allow(allowed_brand_id uuid, feature text, counting text)
language plpgsql as $$
declare
    most bigint;
    there bigint;
begin
    select karara.feature_limit(b.subscription, feature) into most from karara.brands b where b.id = allowed_brand_id;
    if most is null then
        return;
    end if;
    select karara.feature_limit(b.subscription, feature) into most
    from karara.brands b where b.id = allowed_brand_id for no key update;
    if most is null then
        return;
    end if;
    execute counting into there using allowed_brand_id;
    if there > most then
        perform karara.fail('KA412', jsonb_build_object(
            'message', case when most = 0 then 'The brand''s plan doesn''t hold this.'
                else 'The brand''s plan has room for ' || most || ' of these.' end,
            'feature', feature, 'limit', feature, 'max', most)::text);
    end if;
end
$$;
grant execute on procedure karara.feature_allow(uuid, text, text) to karara_app, karara_worker;

-- Counts the rows of a table that belong to the brand of each new one: a trigger after insert, with the feature as its argument.
create function karara.feature_counted() returns trigger
language plpgsql as $$
begin
    if new.brand_id is not null then
        call karara.feature_allow(new.brand_id, tg_argv[0], format('select count(*) from %I.%I where brand_id = $1%s',
            tg_table_schema, tg_table_name, tg_argv[1]));
    end if;
    return null;
end
$$;
grant execute on function karara.feature_counted() to karara_app, karara_worker;

create trigger brand_logos_feature after insert on karara.brand_logos
    for each row execute function karara.feature_counted('white_label', '');
create trigger brand_domains_feature after insert on karara.brand_domains
    for each row execute function karara.feature_counted('white_label', '');
create trigger delegations_feature after insert on karara.delegations
    for each row execute function karara.feature_counted('delegations', ' and ends_at > now()');
create trigger api_tokens_feature after insert on karara.api_tokens
    for each row execute function karara.feature_counted('api_tokens', ' and revoked_at is null and (expires_at is null or expires_at > now())');

-- Who comes with an API token is let into a brand that has them only; so a change of that is a change of access.
create function karara.brand_access_raised() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    user_ids uuid[];
begin
    select array_agg(m.user_id) into user_ids from karara.brand_members m where m.brand_id = new.id;
    if user_ids is not null then
        call karara.access_raise(array_fill(new.id, array[cardinality(user_ids)]), user_ids);
    end if;
    return null;
end
$$;
create trigger brands_features_update after update of subscription on karara.brands
    for each row when (karara.feature_limit(old.subscription, 'api_tokens') = 0 is distinct from
        (karara.feature_limit(new.subscription, 'api_tokens') = 0))
    execute function karara.brand_access_raised();

-- in each tenant schema

create trigger divisions_feature after insert on divisions
    for each row execute function karara.feature_counted('divisions', '');
