-- api_tokens.sql - the tokens that people make for their programs. What a request with one asks is in api/api.sql.

-- fragment: api_token_columns
%1.id, %1.name, %1.prefix, %1.scopes, %1.brand_id, %1.expires_at, %1.last_used_at, %1.created_at;

-- name: api_token_list :list
-- The caller's tokens. No row: they have none.
select {{api_token_columns: t}} from karara.api_tokens t where t.user_id = $actor_id and t.revoked_at is null;

-- name: api_token_get :opt
-- $id uuid
-- One of the caller's tokens. No row: there is none of that id, or it was revoked.
select {{api_token_columns: t}} from karara.api_tokens t where t.id = $id and t.user_id = $actor_id and t.revoked_at is null;

-- name: api_token_create :opt
-- $name text
-- $scopes text[]
-- $of_brand_id uuid
-- $expires_at timestamptz
-- $token_digest bytea
-- $prefix text
-- Makes a token. No row: the caller doesn't belong to the brand it is to be good in.
with made as (
    insert into karara.api_tokens (id, user_id, brand_id, name, scopes, token_digest, prefix, expires_at)
    select $new_id, $actor_id, $of_brand_id, $name, $scopes, $token_digest, $prefix, $expires_at
    where $of_brand_id is null or exists (
        select from karara.brand_members m
        join karara.brands b on b.id = m.brand_id
        where m.brand_id = $of_brand_id and m.user_id = $actor_id and {{membership_live: m, b}}
    )
    returning *
), {{emit_account_event: made, user_id, $event, user_id, 'success',
    jsonb_build_object('token_id', id, 'name', name, 'prefix', prefix, 'scopes', scopes, 'brand_id', brand_id,
                       'expires_at', expires_at)}}
select created_at from made;

-- name: api_token_rename :opt
-- $id uuid
-- $name text
-- $has_name bool
-- Renames one of the caller's tokens. No row: as above.
with renamed as (
    update karara.api_tokens t set name = case when $has_name then $name else t.name end
    where t.id = $id and t.user_id = $actor_id and t.revoked_at is null
    returning t.*
), {{emit_account_event: renamed, user_id, $event, user_id, 'success', jsonb_build_object('token_id', id, 'name', name)}}
select {{api_token_columns: renamed}} from renamed;

-- name: api_token_revoke :opt
-- $id uuid
-- Ends one of the caller's tokens. No row: as above.
with revoked as (
    update karara.api_tokens t set revoked_at = now()
    where t.id = $id and t.user_id = $actor_id and t.revoked_at is null
    returning t.*
), {{emit_account_event: revoked, user_id, $event, user_id, 'success',
    jsonb_build_object('token_id', id, 'name', name, 'prefix', prefix)}}
select id from revoked;
