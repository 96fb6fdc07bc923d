-- What expires by itself. Each removes at most $batch rows at a time.

-- name: sweep_idempotency_keys :exec
-- $batch int4
-- Kept answers that are older than a day, and an hour for who is just being answered.
delete from karara.idempotency_keys where (scope, route, key) in (
    select k.scope, k.route, k.key from karara.idempotency_keys k where k.created_at <= now() - interval '25 hours' limit $batch
);

-- name: sweep_sessions :exec
-- $batch int4
-- Sessions a week after their end, which until then tells a stolen token from an old one.
delete from karara.sessions where id in (
    select s.id from karara.sessions s where s.expires_at <= now() - interval '7 days' limit $batch
);

-- name: sweep_account_tokens :exec
-- $batch int4
-- Mailed links a week after they were good: until then they are told apart from those that never were.
delete from karara.account_tokens where id in (
    select t.id from karara.account_tokens t where t.expires_at <= now() - interval '7 days' limit $batch
);

-- name: sweep_invitations :exec
-- $batch int4
-- Invitations half a year after they could last be accepted: they hold addresses of people who may never have come.
delete from karara.invitations where id in (
    select i.id from karara.invitations i where i.expires_at <= now() - interval '180 days' limit $batch
);

-- name: sweep_strangers :exec
-- $batch int4
-- Failed sign-ins with addresses that have no account count for a day.
delete from karara.strangers where digest in (
    select s.digest from karara.strangers s
    where s.last_failed_at <= now() - interval '1 day' and (s.locked_until is null or s.locked_until <= now())
    limit $batch
);

-- name: sweep_sms_sent :exec
-- $batch int4
-- What was sent counts for a day.
delete from karara.sms_sent where id in (
    select s.id from karara.sms_sent s where s.created_at <= now() - interval '2 days' limit $batch
);

-- name: sweep_notifications :many
-- $batch int4
-- Notifications that have expired, of whatever brand. A row for each.
select g.n from generate_series(1, karara.notifications_sweep($batch)) g (n);

-- name: sweep_job_keys :exec
-- $batch int4
-- Unique keys that are free again.
delete from karara.job_keys where key in (
    select k.key from karara.job_keys k where k.expires_at <= now() limit $batch
);

-- name: sweep_jobs_done :exec
-- $kept int8
-- $batch int4
-- Jobs that were done more than $kept seconds ago. Ids are in the order of time, and no job is done before it is made.
delete from karara.jobs_done where id in (
    select d.id from karara.jobs_done d
    where d.id < karara.uuid_v7_floor(now() - make_interval(secs => $kept))
        and d.finished_at < now() - make_interval(secs => $kept)
    limit $batch
);

-- name: sweep_mail_bodies :exec
-- $bodies_kept int8
-- $batch int4
-- What mails said goes $bodies_kept seconds after they were sent, and a week after they failed: it may hold links that open accounts.
update karara.mails set text_body = '', html_body = '', headers = '{}', blanked_at = now() where id in (
    select m.id from karara.mails m
    where m.blanked_at is null
        and m.ended_at < now() - case m.status when 'sent' then make_interval(secs => $bodies_kept) else interval '7 days' end
    limit $batch
);

-- name: sweep_mails :exec
-- $mails_kept int8
-- $batch int4
-- Mails that ended, $mails_kept seconds after they were written.
delete from karara.mails where id in (
    select m.id from karara.mails m
    where m.created_at < now() - make_interval(secs => $mails_kept) and m.ended_at is not null
    limit $batch
);

-- name: partitions_upkeep :one
-- $months_ahead int4
-- $keep_days int4
-- Makes the partitions of months to come, and drops months of events whose time is over.
select karara.partitions_upkeep($months_ahead, $keep_days) as done;
