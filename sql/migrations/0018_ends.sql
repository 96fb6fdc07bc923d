-- Ends that come by themselves are written down once: of memberships, delegations and invitations.

-- When its end was noted. Access goes by the clock alone; this says who was told.
alter table karara.delegations add column ended_at timestamptz;
alter table karara.invitations add column expired_at timestamptz;

-- What is over already was nobody's surprise today: it is noted without a word.
update karara.brand_members set status = 'expired', version = version + 1, updated_at = now()
where status in ('active', 'pending') and expires_at <= now();
update karara.delegations set ended_at = ends_at where ends_at <= now();
update karara.invitations set expired_at = expires_at where accepted_at is null and revoked_at is null and expires_at <= now();

create index brand_members_expires_at_idx on karara.brand_members (expires_at)
    where expires_at is not null and status in ('active', 'pending');
create index delegations_ends_at_idx on karara.delegations (ends_at) where ended_at is null;
create index invitations_expires_at_idx on karara.invitations (expires_at)
    where accepted_at is null and revoked_at is null and expired_at is null;

grant update (ended_at, version, updated_at) on karara.delegations to karara_worker;
grant update (expired_at, version, updated_at) on karara.invitations to karara_worker;
