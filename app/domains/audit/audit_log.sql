-- audit_log.sql - reading the audit log. Row-level security shows a brand its own entries, and the platform's administration those
-- that are the platform's.

-- fragment: audit_columns
-- %1 the entry, %2 who did it.
%1.id, %1.actor_id, case when %2.id is not null then {{full_name: %2}} end as actor_name, %1.action, %1.resource_type,
%1.resource_id, %1.outcome, %1.before, %1.after, %1.ip, %1.user_agent, %1.request_id, %1.created_at;

-- name: audit_list :list
-- The brand's entries. No row: none yet.
select {{audit_columns: e, u}}
from karara.audit_entries e
left join karara.users u on u.id = e.actor_id
where e.brand_id = $brand_id;

-- name: audit_platform_list :list
-- Entries of no brand, and what the platform's administration did to brands. No row: none yet.
select {{audit_columns: e, u}}, e.brand_id
from karara.audit_entries e
left join karara.users u on u.id = e.actor_id
where e.brand_id is null or e.platform;
