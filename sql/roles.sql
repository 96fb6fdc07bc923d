-- The roles of an installation. kararactl setup runs this as a superuser, as often as you like.
--
--   karara_owner    owns the database, its schemas and tables; nobody signs in as it, kararactl migrate acts as it
--   karara_app      the API workers
--   karara_worker   jobs, schedules, relay
--
-- The last two own nothing, can't make or truncate anything, and are held by every row-level-security policy. How they sign in
-- (peer, certificate, password) is pg_hba.conf's matter; no password is set here.

do $$
declare
    role_name text;
begin
    foreach role_name in array array['karara_owner', 'karara_app', 'karara_worker'] loop
        if not exists (select from pg_catalog.pg_roles where rolname = role_name) then
            execute format('create role %I', role_name);
        end if;
    end loop;
end
$$;

alter role karara_owner nologin nosuperuser nocreatedb nocreaterole inherit noreplication nobypassrls;
alter role karara_app login nosuperuser nocreatedb nocreaterole noinherit noreplication nobypassrls;
alter role karara_worker login nosuperuser nocreatedb nocreaterole noinherit noreplication nobypassrls;

-- Tenant tables are named without a schema. pg_temp comes last, so that no temporary table can stand in for a real one.
alter role karara_app set search_path = pg_catalog, tenant_shared, pg_temp;
alter role karara_worker set search_path = pg_catalog, tenant_shared, pg_temp;

alter role karara_app set idle_in_transaction_session_timeout = '60s';
alter role karara_worker set idle_in_transaction_session_timeout = '60s';
alter role karara_app set timezone = 'UTC';
alter role karara_worker set timezone = 'UTC';

-- Compiling a plan takes longer than any of these queries does.
alter role karara_app set jit = off;
alter role karara_worker set jit = off;
