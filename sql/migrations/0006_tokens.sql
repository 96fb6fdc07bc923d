-- API tokens.

-- A token that a person made for a program. All of it but the name stands as it was made, so that what is remembered of it can only be
-- wrong about its end, which every request asserts.
create table karara.api_tokens (
    id uuid not null,
    user_id uuid not null,
    brand_id uuid,                  -- null: good in each of the person's brands
    name text not null,
    scopes text[] not null,         -- 'tasks:read', '*:write'
    token_digest bytea not null,
    prefix text not null,           -- the token's beginning, to know it by
    expires_at timestamptz,
    last_used_at timestamptz,
    revoked_at timestamptz,
    created_at timestamptz not null default now(),
    constraint api_tokens_id_pk primary key (id),
    constraint api_tokens_token_digest_key unique (token_digest),
    constraint api_tokens_user_id_fk foreign key (user_id) references karara.users (id) on delete cascade,
    constraint api_tokens_brand_id_fk foreign key (brand_id) references karara.brands (id) on delete cascade,
    constraint api_tokens_name_check check (char_length(name) between 1 and 100),
    constraint api_tokens_scopes_check check (cardinality(scopes) > 0)
) with (fillfactor = 80);
create index api_tokens_user_id_created_at_idx on karara.api_tokens (user_id, created_at) where revoked_at is null;
create index api_tokens_brand_id_idx on karara.api_tokens (brand_id) where brand_id is not null;

grant select, insert, update on karara.api_tokens to karara_app;
