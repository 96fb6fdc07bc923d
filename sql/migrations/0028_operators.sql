-- What kararactl does has somebody who does it.

-- An act of a sysadmin has no account and no request. kararactl says on its connection who is at work ("kararactl: ada as root on db1"), and so
-- each of its entries, whichever statement writes it, has that in place of the user agent that a request would have.
alter table karara.audit_entries alter column user_agent set default coalesce(current_setting('karara.operator', true), '');
