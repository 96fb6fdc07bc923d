-- API tokens go with their person's account: their names and scopes are personal.
grant delete on karara.api_tokens to karara_app;

-- Those of accounts that were deleted before.
delete from karara.api_tokens t using karara.users u where u.id = t.user_id and u.deleted_at is not null;
