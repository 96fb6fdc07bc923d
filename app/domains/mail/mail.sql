-- mail.sql - the outgoing queue.

-- fragment: mail_columns
%1.id, %1.template, %1.language, %1.to_address, %1.to_name, %1.subject, %1.status, %1.attempts, %1.last_error, %1.brand_id,
%1.user_id, %1.not_before, %1.created_at, %1.tried_at, %1.sent_at, %1.ended_at, %1.blanked_at;

-- fragment: mail_job
-- Inserts the job that sends each mail of a CTE %1 (with id and not_before), unless it is there already.
insert into karara.jobs (id, kind, queue, priority, max_attempts, run_at, payload, unique_key, request_id)
select karara.uuid_v7(), {{job: mail_send}}, not_before, jsonb_build_object('mail_id', id), 'mail:' || id, $request_id
from %1;

-- name: mail_look :one
-- $mail_user_id uuid
-- $mail_brand_id uuid
-- What a mail to this person, in the name of this brand, looks like; null where it doesn't matter or isn't known. Always a row.
select
    coalesce(u.preferences ->> 'language', b.settings ->> 'language') as language,
    b.name as product,
    b.settings -> 'colours' ->> 'accent' as colour,
    {{logo_address: b}} as logo_url,
    {{brand_home_domain: b}} as home_domain
from (select true) always
left join karara.users u on u.id = $mail_user_id
left join karara.brands b on b.id = $mail_brand_id;

-- name: mail_add :exec
-- $mail_id uuid
-- $template text
-- $language text
-- $to_address text
-- $to_name text
-- $subject text
-- $text_body text
-- $html_body text
-- $headers jsonb
-- $mail_brand_id uuid
-- $mail_user_id uuid
-- $unique_key text
-- $not_before timestamptz
-- Queues a mail, and the job that sends it. No row: one with this key is there already.
with added as (
    insert into karara.mails (
        id, template, language, to_address, to_name, subject, text_body, html_body, headers, brand_id, user_id, unique_key, not_before
    )
    values (
        $mail_id, $template, $language, $to_address, $to_name, $subject, $text_body, $html_body, $headers, $mail_brand_id,
        $mail_user_id, $unique_key, coalesce($not_before, now())
    )
    on conflict (unique_key) do nothing
    returning id, not_before
)
{{mail_job: added}};

-- name: mail_list :list
-- All mails. No row: none was ever queued.
select {{mail_columns: m}} from karara.mails m;

-- name: mail_get :one
-- $id uuid
-- $readable bool
-- One of them, and what it says if that may be read. No row: there is none of that id.
select
    {{mail_columns: m}},
    case when $readable and m.blanked_at is null then m.text_body end as text_body,
    case when $readable and m.blanked_at is null then m.html_body end as html_body
from karara.mails m
where m.id = $id;

-- name: mail_locate :one
-- $id uuid
-- Whether there is such a mail. No row: there is none.
select true as visible, true as changeable, 0 as version from karara.mails m where m.id = $id;

-- name: mail_retry :opt
-- $id uuid
-- Has a mail that failed, or waits, tried now, its job with all its attempts again. No row: it is being sent, was sent, its text is gone, or it
-- isn't there.
with again as (
    update karara.mails m set status = 'queued', not_before = now(), ended_at = null
    where m.id = $id and m.status in ('queued', 'failed') and m.blanked_at is null
    returning m.id, m.not_before, null::uuid as brand_id
), woken as (
    update karara.jobs j set run_at = now(), parked_at = null, attempts = 0, cancel_requested = false
    from again join karara.job_keys k on k.key = 'mail:' || again.id
    where j.id = k.job_id and (j.lease_until is null or j.lease_until < now())
), {{emit_event: again, 'mail', id, '{}'}}, job as (
    {{mail_job: again}}
)
select id from again;

-- ---- sending ----

-- fragment: mail_sender
-- This session, as a text that no other ever is.
(select a.pid || ' ' || extract(epoch from a.backend_start) from pg_stat_activity a where a.pid = pg_backend_pid());

-- name: mail_begin :opt
-- $mail_id uuid
-- $patience int4
-- $inside text[]
-- Takes a mail that waits in hand, for $patience seconds, and says what is in it. Also one that another took in hand whose session has ended, or
-- who has had that long: it died, and nobody knows how far it came. left_brand: it is of a template ($inside) that tells of what is in its
-- brand, and its person sees nothing of that any more. No row: the mail is in other hands, has ended, or isn't there.
update karara.mails m set
    status = 'sending',
    attempts = m.attempts + 1,
    tried_at = clock_timestamp(),
    sending_until = clock_timestamp() + make_interval(secs => $patience),
    sender = {{mail_sender}}
where m.id = $mail_id
    and (m.status = 'queued' or m.status = 'sending' and (m.sending_until < clock_timestamp() or not exists (
        select from pg_stat_activity a
        where a.pid <> pg_backend_pid() and a.pid || ' ' || extract(epoch from a.backend_start) = m.sender)))
returning m.id, m.attempts, m.to_address, m.to_name, m.subject, m.text_body, m.html_body, greatest(m.created_at, m.not_before) as written_at,
    coalesce((select b.name from karara.brands b where b.id = m.brand_id), 'Karara') as from_name,
    m.template = any($inside) and not exists (
        select from karara.brand_members w
        join karara.brands b on b.id = w.brand_id
        where w.brand_id = m.brand_id and w.user_id = m.user_id and {{membership_live: w, b}} and not {{lacks_two_factor: w.user_id, b}}
    ) as left_brand,
    array(select h.key from jsonb_each_text(m.headers) h order by h.key) as header_names,
    array(select h.value from jsonb_each_text(m.headers) h order by h.key) as header_values;

-- name: mail_state :one
-- $mail_id uuid
-- Whether somebody has the mail in hand. No row: it isn't there.
select m.status = 'sending' as in_hand from karara.mails m where m.id = $mail_id;

-- name: mail_settle :exec
-- $mail_id uuid
-- $try int4
-- $status text
-- $words text
-- What came of a try: sent, failed, or queued again. That it was sent is noted whoever has it in hand by now; the rest only while it is ours.
update karara.mails m set
    status = $status,
    last_error = case when $status = 'sent' then null else $words end,
    sent_at = case when $status = 'sent' then clock_timestamp() end,
    ended_at = case when $status <> 'queued' then clock_timestamp() end,
    sender = null,
    sending_until = null
where m.id = $mail_id and ($status = 'sent' and m.status <> 'sent' or m.status = 'sending' and m.attempts = $try);

-- name: mail_sweep_parked :many
-- Mails whose job was parked before it could say what became of them fail, with its words.
update karara.mails m set status = 'failed', ended_at = now(), last_error = coalesce(j.last_error, 'Its job was parked.')
from karara.jobs j
where j.parked_at is not null and j.kind = 'mail_send' and j.unique_key = 'mail:' || m.id and m.status in ('queued', 'sending')
returning m.id, m.template, m.last_error;

-- fragment: mail_cancelled
-- Whether the job of the mail %1 was cancelled since it was last due.
exists (
    select from karara.jobs_done d
    where d.id >= karara.uuid_v7_floor(%1.created_at) and d.kind = 'mail_send' and d.outcome = 'cancelled'
        and d.unique_key = 'mail:' || %1.id and d.finished_at >= %1.not_before
);

-- name: mail_sweep_cancelled :many
-- Mails whose job was cancelled fail.
update karara.mails m set status = 'failed', ended_at = now(), last_error = 'Its job was cancelled.'
where m.status in ('queued', 'sending') and not exists (select from karara.job_keys k where k.key = 'mail:' || m.id)
    and {{mail_cancelled: m}}
returning m.id, m.template, m.last_error;

-- name: mail_sweep_late :many
-- Mails that have waited for three days without a job fail: who gets them now would only be puzzled.
update karara.mails m set status = 'failed', ended_at = now(), last_error = coalesce(m.last_error, 'Nobody could send it for three days.')
where m.status in ('queued', 'sending') and m.not_before < now() - interval '3 days'
    and not exists (select from karara.job_keys k where k.key = 'mail:' || m.id)
returning m.id, m.template, m.last_error;

-- name: mail_sweep_jobless :exec
-- $batch int4
-- A job for each mail that waits and has none; not for one whose job was cancelled a moment ago, while a sweep was at it.
with jobless as (
    select m.id, m.not_before from karara.mails m
    where m.status in ('queued', 'sending') and not exists (select from karara.job_keys k where k.key = 'mail:' || m.id)
        and not {{mail_cancelled: m}}
    order by m.not_before limit $batch
)
{{mail_job: jobless}};
