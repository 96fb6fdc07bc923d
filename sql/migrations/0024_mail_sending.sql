-- Mails are sent: by a job each, for whose sender, last try and end there is room here.

alter table karara.mails
    add column tried_at timestamptz,        -- when the last try began
    add column sending_until timestamptz,   -- status sending: when whoever tries it must have given up
    add column sender text,                 -- status sending: who tries it, as `pid start` of its session
    add column ended_at timestamptz,        -- sent, or failed for good
    add column blanked_at timestamptz,      -- its bodies and headers are gone: they may hold links that open accounts
    add constraint mails_ended_at_check check ((ended_at is not null) = (status in ('sent', 'failed')));

-- Nothing was sent before there was a sender: what has waited for longer would only puzzle people now.
update karara.mails set status = 'failed', ended_at = now(), last_error = 'It was written before mails were sent.'
where status = 'queued' and not_before < now() - interval '1 day';

drop index karara.mails_not_before_id_idx;
create index mails_not_before_id_idx on karara.mails (not_before, id) where status in ('queued', 'sending');
create index mails_ended_at_idx on karara.mails (ended_at) where ended_at is not null and blanked_at is null;
create index mails_sent_at_idx on karara.mails (sent_at) where sent_at is not null;

-- Who runs the installation has a failed one tried again.
grant update (status, not_before, ended_at, last_error) on karara.mails to karara_app;
