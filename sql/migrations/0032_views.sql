-- Seeing with the eyes of a member ends when what that member may changes, too.

-- Whoever looks may themselves do all that the member may, which was asked when they began: so the view is good for just that. Views from
-- before this end.
alter table karara.sessions add column viewed_access_version bigint;
