-- audit.sql - entries of the audit log.

-- fragment: emit_audit
-- One entry for each row of a CTE that has a brand_id: %1 the CTE, %2 kind of resource, %3 its id, %4 how it was before and %5 is now (jsonb
-- objects, or null). The action is the row's event.
audited as (
    insert into karara.audit_entries
        (brand_id, actor_id, action, resource_type, resource_id, before, after, ip, user_agent, request_id)
    select brand_id, $actor_id, $event, %2, %3, %4, %5, $ip, $user_agent, $request_id from %1
);

-- fragment: audit_asked
-- Of a row as a JSON object (%1) that which the request's body names.
(select coalesce(jsonb_object_agg(asked.key, (%1) -> asked.key), '{}') from jsonb_object_keys($changes) asked (key));

-- name: audit_add :exec
-- $of_brand_id uuid
-- $platform bool
-- $action text
-- $resource_type text
-- $resource_id uuid
-- $before jsonb
-- $after jsonb
-- $outcome text
-- One entry.
insert into karara.audit_entries
    (brand_id, platform, actor_id, action, resource_type, resource_id, before, after, outcome, ip, user_agent, request_id)
values
    ($of_brand_id, $platform, $actor_id, $action, $resource_type, $resource_id, $before, $after, $outcome, $ip, $user_agent,
     $request_id);
