-- phone.sql - telephone numbers for SMS, the codes that confirm them, and how much may be sent.

-- fragment: phone_columns
-- %1 a row of phones, or one of nulls where there is none; tries: how many wrong codes are still allowed.
%1.phone, %1.confirmed_at, case when %1.code_expires_at > now() then %1.wanted end as wanted,
case when %1.code_expires_at > now() then %1.code_expires_at end as code_expires_at,
case when %1.code_expires_at > now() then greatest(0, $most_tries::int4 - %1.code_tries) end as tries_left;

-- fragment: phone_digest
-- What a number is known by among those that were sent to.
sha256(convert_to(%1, 'UTF8'));

-- name: phone_lock :one
-- $phone text
-- Lets those who want codes for this number, and this person, pass one by one. Always a row.
select pg_advisory_xact_lock(least(n.number, n.person)) is not null and pg_advisory_xact_lock(greatest(n.number, n.person)) is not null as locked
from (
    select hashtextextended('karara.sms:' || $phone, 0) as number, hashtextextended('karara.sms:' || $actor_id::text, 0) as person
) n;

-- name: phone_room :one
-- $phone text
-- How many codes went to this number and were asked for by the caller within a day, how many SMS went to the caller, and how many there were at
-- all. Always a row.
select
    (select count(*) from karara.sms_sent s
        where s.phone_digest = {{phone_digest: $phone}} and s.is_code and s.created_at > now() - interval '1 day')::int4 as to_number,
    (select count(*) from karara.sms_sent s
        where s.user_id = $actor_id and s.is_code and s.created_at > now() - interval '1 day')::int4 as codes,
    (select count(*) from karara.sms_sent s where s.user_id = $actor_id and s.created_at > now() - interval '1 day')::int4 as to_person,
    (select count(*) from karara.sms_sent s where s.created_at > now() - interval '1 day')::int4 as in_all,
    coalesce((select p.phone from karara.phones p where p.user_id = $actor_id), '') as phone;

-- name: phone_get :opt
-- $most_tries int4
-- The caller's number, and the one that waits for its code. No row: they never gave one.
select {{phone_columns: p}} from karara.phones p where p.user_id = $actor_id;

-- name: phone_want :one
-- $phone text
-- $code_sealed text
-- $life int8
-- $most_tries int4
-- Keeps a number that is to be confirmed by a code, in place of one that waits, and counts the SMS. Always a row.
with counted as (
    insert into karara.sms_sent (id, user_id, phone_digest, is_code)
    values ($new_id, $actor_id, {{phone_digest: $phone}}, true)
), asked as (
    insert into karara.phones as p (user_id, wanted, code_sealed, code_expires_at)
    values ($actor_id, $phone, $code_sealed, now() + make_interval(secs => $life))
    on conflict (user_id) do update set
        wanted = excluded.wanted, code_sealed = excluded.code_sealed, code_expires_at = excluded.code_expires_at, code_tries = 0,
        updated_at = now()
    returning p.*
), {{emit_account_event: asked, user_id, $event, user_id, 'success', null}}
select {{phone_columns: asked}} from asked;

-- name: phone_waiting :opt
-- $most_tries int4
-- The caller's number that waits for its code, held until the transaction ends. No row: none does, or its time or tries are over.
select p.wanted, p.code_sealed from karara.phones p
where p.user_id = $actor_id and p.code_expires_at > now() and p.code_tries < $most_tries
for no key update;

-- name: phone_tried :exec
-- Counts a wrong code.
update karara.phones p set code_tries = p.code_tries + 1, updated_at = now() where p.user_id = $actor_id;

-- name: phone_confirm :one
-- $most_tries int4
-- The number that waits is the caller's from now on. Always a row.
with confirmed as (
    update karara.phones p set
        phone = p.wanted, confirmed_at = now(), wanted = null, code_sealed = null, code_expires_at = null, code_tries = 0,
        updated_at = now()
    where p.user_id = $actor_id
    returning p.*
), {{emit_account_event: confirmed, user_id, $event, user_id, 'success', null}}
select {{phone_columns: confirmed}} from confirmed;

-- name: phone_forget :opt
-- Forgets the caller's number, and the one that waits. No row: there was none.
with gone as (
    delete from karara.phones p where p.user_id = $actor_id
    returning p.user_id
), {{emit_account_event: gone, user_id, $event, user_id, 'success', null}}
select user_id from gone;

-- ---- sending ----

-- name: sms_code_target :opt
-- $person_id uuid
-- Whom a code goes to. No row: it is no longer waited for.
select p.wanted, p.code_sealed, coalesce(u.preferences ->> 'language', '') as language
from karara.phones p
join karara.users u on u.id = p.user_id
where p.user_id = $person_id and p.code_expires_at > now() and u.deleted_at is null;

-- name: sms_reserve :one
-- $message_id uuid
-- $person_id uuid
-- $person_day int8
-- $all_day int8
-- Counts a notification as sent by SMS, if there is room within a day: for the person, and for all ($all_day 0: any). Always a row.
with number as (
    select p.phone from karara.phones p where p.user_id = $person_id and p.phone is not null
), reserved as (
    insert into karara.sms_sent (id, user_id, phone_digest, is_code)
    select $message_id, $person_id, {{phone_digest: n.phone}}, false from number n
    where (
            select count(*) from karara.sms_sent s where s.user_id = $person_id and s.created_at > now() - interval '1 day'
        ) < $person_day
        and (
            $all_day = 0 or (select count(*) from karara.sms_sent s where s.created_at > now() - interval '1 day') < $all_day
        )
    on conflict (id) do nothing
    returning id
)
select exists (select from number) as has_number, exists (select from reserved) as reserved;

-- name: sms_notification_target :opt
-- $message_id uuid
-- A notification that goes out by SMS. No row: it was read meanwhile, its time is over, or its person is no longer here or has no number.
select number.phone, n.title, n.message, n.url, {{brand_home_domain: b}} as home_domain
from notifications n
{{notification_receiver}}
join karara.phones number on number.user_id = n.user_id and number.phone is not null
where n.brand_id = $brand_id and n.id = $message_id and {{notification_worth_sending}};
