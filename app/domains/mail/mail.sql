-- mail.sql - the outgoing queue.

-- fragment: mail_columns
%1.id, %1.template, %1.language, %1.to_address, %1.to_name, %1.subject, %1.status, %1.attempts, %1.last_error, %1.brand_id,
%1.user_id, %1.not_before, %1.created_at, %1.sent_at;

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
-- Queues a mail. No row: one with this key is there already.
insert into karara.mails (
    id, template, language, to_address, to_name, subject, text_body, html_body, headers, brand_id, user_id, unique_key, not_before
)
values (
    $mail_id, $template, $language, $to_address, $to_name, $subject, $text_body, $html_body, $headers, $mail_brand_id, $mail_user_id,
    $unique_key, coalesce($not_before, now())
)
on conflict (unique_key) do nothing;

-- name: mail_list :list
-- All mails. No row: none was ever queued.
select {{mail_columns: m}} from karara.mails m;

-- name: mail_get :one
-- $id uuid
-- $readable bool
-- One of them, and what it says if that may be read. No row: there is none of that id.
select
    {{mail_columns: m}},
    case when $readable then m.text_body end as text_body,
    case when $readable then m.html_body end as html_body
from karara.mails m
where m.id = $id;
