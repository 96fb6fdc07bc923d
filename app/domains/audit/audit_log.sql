-- audit_log.sql - reading the audit log. Row-level security shows a brand its own entries, and the platform's administration those
-- that are the platform's.

-- fragment: audit_columns
-- %1 the entry, %2 who did it. What no request has asked for was done by a sysadmin, where anybody did it: who that was stands in place of
-- what a device calls itself.
%1.id, %1.actor_id,
case
    when %2.id is not null then {{full_name: %2}}
    when %1.actor_id is null and %1.request_id = '' then nullif(%1.user_agent, '')
end as actor_name,
%1.action, %1.resource_type,
%1.resource_id, %1.outcome, %1.before, %1.after, %1.ip, %1.user_agent, %1.request_id, %1.created_at;

-- fragment: audit_named
-- %1 the entry: what people and brands are called now; null for everything else.
case
    when %1.resource_type in ('user', 'member', 'team_member', 'division_member')
        then (select {{full_name: n}} from karara.users n where n.id = %1.resource_id)
    when %1.resource_type = 'brand' then (select n.name from karara.brands n where n.id = %1.resource_id)
end;

-- name: audit_list :list
-- The brand's entries. No row: none yet.
select
    {{audit_columns: e, u}},
    case
        when e.resource_type in ('team', 'division_team')
            then (select n.name from teams n where n.brand_id = $brand_id and n.id = e.resource_id)
        when e.resource_type = 'division' then (select n.name from divisions n where n.brand_id = $brand_id and n.id = e.resource_id)
        else {{audit_named: e}}
    end as resource_name
from karara.audit_entries e
left join karara.users u on u.id = e.actor_id
where e.brand_id = $brand_id;

-- name: audit_platform_list :list
-- Entries of no brand, and what the platform's administration did to brands. No row: none yet.
select
    {{audit_columns: e, u}},
    {{audit_named: e}} as resource_name,
    e.brand_id,
    (select b.name from karara.brands b where b.id = e.brand_id) as brand_name
from karara.audit_entries e
left join karara.users u on u.id = e.actor_id
where e.brand_id is null or e.platform;
