-- What kararactl does to accounts leaves its trace.

-- Acting as the owner, kararactl notes what it did for the platform, without a person: entries that the relay has yet to chain.
create policy audit_entries_owner_insert on karara.audit_entries for insert to karara_owner
    with check (platform and actor_id is null and prev_hash is null and hash is null);
