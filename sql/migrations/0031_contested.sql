-- Whose password it is, where several have registered with an address before it was confirmed.

-- True once somebody else may have registered with the address as well: the password is opened by the mail of its own registration then, and
-- by none that only confirms the address. It matters as long as the account is pending.
alter table karara.credentials add column contested boolean not null default false;
