-- Rounds over all brands, as long as they take with many.

-- A connection keeps a plan for as long as it lives, and may have made it while a table was all but empty. So each key is looked up by itself, by
-- its index: joined, each task was compared with all keys, which took two minutes for 2,000 brands with 10,000 reminders.
--
-- Enqueues a reminder, once, for each task whose due date is near (`lead` ahead) or has passed not longer than `late` ago. How many.
-- Having made 5,000 it leaves the rest to another call, which makes what is missing: so that nobody waits for long.
create or replace function karara.reminders_enqueue(lead interval, late interval, job_kind text, job_queue text, job_priority integer,
    job_attempts integer) returns integer
language plpgsql set enable_seqscan = off as $$
declare
    brand uuid;
    made integer := 0;
    here integer;
begin
    for brand in select b.id from karara.brands b where b.status = 'active' order by b.id loop
        exit when made >= 5000;
        perform set_config('karara.brand_id', brand::text, true);
        insert into karara.jobs (id, kind, queue, priority, max_attempts, brand_id, payload, unique_key, unique_for)
        select karara.uuid_v7(), job_kind, job_queue, job_priority, job_attempts, brand, k.payload, k.key,
            lead + late + interval '1 day'
        from (
            select
                jsonb_build_object('reminder', d.reminder, 'task_id', d.id, 'due_at', d.due) as payload,
                'reminder:' || d.reminder || ':' || d.id || ':' || d.due as key
            from (
                select t.id, case when t.due_at > now() then 'task.due_soon' else 'task.overdue' end as reminder,
                    to_char(t.due_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as due
                from tasks t
                where t.brand_id = brand and t.due_at > now() - late and t.due_at <= now() + lead and t.archived_at is null
                    and t.status not in ('completed', 'cancelled')
                    and exists (select from task_assignees a where a.brand_id = t.brand_id and a.task_id = t.id)
            ) d
        ) k
        where (select true from karara.job_keys t where t.key = k.key and (t.expires_at is null or t.expires_at > now())) is null;
        get diagnostics here = row_count;
        made := made + here;
    end loop;
    perform set_config('karara.brand_id', '', true);
    return made;
end
$$;

-- Removes notifications whose time is over, at most `batch` in all, so that nothing is locked for long. How many: where that is `batch`, there may
-- be more, and the next call goes on with them.
create or replace function karara.notifications_sweep(batch integer) returns integer
language plpgsql set enable_seqscan = off as $$
declare
    brand uuid;
    gone integer := 0;
    here integer;
begin
    for brand in select b.id from karara.brands b order by b.id loop
        exit when gone >= batch;
        perform set_config('karara.brand_id', brand::text, true);
        delete from notifications n where n.brand_id = brand and n.id in (
            select o.id from notifications o where o.brand_id = brand and o.expires_at <= now() order by o.expires_at limit batch - gone
            for update skip locked
        );
        get diagnostics here = row_count;
        gone := gone + here;
        delete from notification_mutes m where m.brand_id = brand and m.until <= now();
    end loop;
    perform set_config('karara.brand_id', '', true);
    return gone;
end
$$;
