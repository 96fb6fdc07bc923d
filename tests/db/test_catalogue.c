/* What every table, index, function and role of the schema must be, asked of the catalogue: so a table that is added tomorrow without
 * its wall fails here. Each question answers with the offenders, and a last test makes offenders to see that each is found. */
#include "pg.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* Laid out by hand, as SQL. */
/* clang-format off */
#define OURS "n.nspname in ('karara', 'tenant_shared')"
#define TENANT_TABLES                                                                                                                 \
    "pg_class c join pg_namespace n on n.oid = c.relnamespace and n.nspname = 'tenant_shared' and c.relkind in ('r', 'p')"
#define LIST(expression) "select coalesce(string_agg(distinct " expression ", ', '), '') from "

static const char without_brand_column[] = LIST("c.relname") TENANT_TABLES
    " where not exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'brand_id' and a.attnotnull"
    " and a.atttypid = 'uuid'::regtype)";

static const char without_forced_security[] = LIST("c.relname") TENANT_TABLES " where not (c.relrowsecurity and c.relforcerowsecurity)";

/* Verbs r, a, w, d: exactly one policy each, permissive, for everybody, and with the one wall on both sides that it has. */
static const char without_policies[] = LIST("c.relname || ' ' || verb") TENANT_TABLES
    " cross join unnest(array['r', 'a', 'w', 'd']) as verb"
    " where 1 <> (select count(*) from pg_policy p where p.polrelid = c.oid and p.polcmd = verb and p.polpermissive and p.polroles = '{0}'"
    "  and (verb = 'a' or pg_get_expr(p.polqual, p.polrelid) = $wall$(brand_id = ( SELECT (NULLIF(current_setting('karara.brand_id'::text,"
    " true), ''::text))::uuid AS \"nullif\"))$wall$)"
    "  and (verb in ('r', 'd') or pg_get_expr(p.polwithcheck, p.polrelid) = $wall$(brand_id = ( SELECT (NULLIF(current_setting("
    "'karara.brand_id'::text, true), ''::text))::uuid AS \"nullif\"))$wall$))"
    " or 4 <> (select count(*) from pg_policy p where p.polrelid = c.oid)";

static const char keys_without_brand_first[] = LIST("i.indexrelid::regclass::text") TENANT_TABLES
    " join pg_index i on i.indrelid = c.oid"
    " where i.indkey[0] is distinct from (select a.attnum from pg_attribute a where a.attrelid = c.oid and a.attname = 'brand_id')";

/* Between tenant tables, and to memberships: brand_id must meet brand_id. */
static const char foreign_keys_across_brands[] = LIST("k.conname") TENANT_TABLES
    " join pg_constraint k on k.conrelid = c.oid and k.contype = 'f' join pg_class t on t.oid = k.confrelid"
    " where (t.relnamespace = 'tenant_shared'::regnamespace or t.oid = 'karara.brand_members'::regclass)"
    " and not exists (select from unnest(k.conkey, k.confkey) as pair (here, there)"
    "  join pg_attribute a on a.attrelid = k.conrelid and a.attnum = pair.here and a.attname = 'brand_id'"
    "  join pg_attribute b on b.attrelid = k.confrelid and b.attnum = pair.there and b.attname = 'brand_id')";

/* <table>_<columns>_<kind>; checks name one column. A partition's are its table's. */
static const char badly_named_constraints[] = LIST("k.conname")
    " pg_constraint k join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace"
    " cross join lateral (select string_agg(a.attname, '_' order by place) as joined from unnest(k.conkey) with ordinality as u (num, place)"
    "  join pg_attribute a on a.attrelid = c.oid and a.attnum = u.num) as columns"
    " where " OURS " and not c.relispartition and case k.contype"
    "  when 'p' then k.conname <> c.relname || '_' || columns.joined || '_pk'"
    "  when 'u' then k.conname <> c.relname || '_' || columns.joined || '_key'"
    "  when 'f' then k.conname <> c.relname || '_' || columns.joined || '_fk'"
    "  when 'c' then not exists (select from pg_attribute a where a.attrelid = c.oid and a.attnum > 0"
    "   and k.conname = c.relname || '_' || a.attname || '_check')"
    "  else k.contype <> 't' end";

/* An expression counts as any one word. */
static const char badly_named_indexes[] = LIST("x.relname")
    " pg_index i join pg_class x on x.oid = i.indexrelid join pg_class c on c.oid = i.indrelid join pg_namespace n on n.oid = c.relnamespace"
    " cross join lateral (select string_agg(coalesce(a.attname, '[a-z_]+'), '_' order by place) as joined"
    "  from unnest(i.indkey::smallint[]) with ordinality as u (num, place)"
    "  left join pg_attribute a on a.attrelid = c.oid and a.attnum = u.num and u.num > 0) as columns"
    " where " OURS " and not c.relispartition and not exists (select from pg_constraint k where k.conindid = x.oid and k.contype in ('p', 'u'))"
    " and x.relname !~ ('^' || c.relname || '_' || columns.joined || case when i.indisunique then '_key$' else '_idx$' end)";

static const char truncated_names[] = LIST("c.relname") " pg_class c join pg_namespace n on n.oid = c.relnamespace where " OURS
                                                        " and length(c.relname) >= 63";

static const char views_of_the_owner[] = LIST("c.relname")
    " pg_class c join pg_namespace n on n.oid = c.relnamespace where " OURS " and (c.relkind = 'm' or c.relkind = 'v'"
    " and not coalesce(c.reloptions @> array['security_invoker=true'] or c.reloptions @> array['security_invoker=on'], false))";

/* What only an owner may do and housekeeping must: they take numbers of days and months, and no names. */
#define UPKEEP \
    "'karara.partitions_upkeep(integer,integer)', 'karara.audit_partitions_drop(integer)', 'karara.brand_remove_due()'"
static const char open_definer_functions[] = LIST("p.oid::regprocedure::text")
    " pg_proc p join pg_namespace n on n.oid = p.pronamespace where " OURS " and p.prosecdef and (p.proconfig is null"
    "  or not p.proconfig @> array['search_path=pg_catalog, pg_temp']"
    "  or has_function_privilege('karara_app', p.oid, 'execute') or (has_function_privilege('karara_worker', p.oid, 'execute')"
    "   and p.oid::regprocedure::text not in (" UPKEEP ")))";

static const char grants_to_everybody[] = LIST("o.name")
    " (select c.oid::regclass::text as name, c.relacl as acl from pg_class c join pg_namespace n on n.oid = c.relnamespace where " OURS
    "  union all select p.oid::regprocedure::text, coalesce(p.proacl, acldefault('f', p.proowner)) from pg_proc p"
    "   join pg_namespace n on n.oid = p.pronamespace where " OURS
    "  union all select n.nspname, n.nspacl from pg_namespace n where " OURS " or n.nspname = 'public'"
    "  union all select datname, coalesce(datacl, acldefault('d', datdba)) from pg_database where datname = current_database()) as o"
    " cross join lateral aclexplode(o.acl) as a where a.grantee = 0";

static const char strong_roles[] = LIST("rolname") " pg_roles r where rolname in ('karara_app', 'karara_worker') and (rolsuper or"
    " rolbypassrls or rolcreatedb or rolcreaterole or rolreplication or not rolcanlogin or exists (select from pg_auth_members m"
    " where m.member = r.oid))";

static const char owned_by_workers[] = LIST("c.oid::regclass::text") " pg_class c where pg_get_userbyid(c.relowner) in"
    " ('karara_app', 'karara_worker')";

static const char strong_privileges[] = LIST("role || ' ' || what")
    " unnest(array['karara_app', 'karara_worker']) as role cross join lateral ("
    "  select c.oid::regclass::text as what from pg_class c join pg_namespace n on n.oid = c.relnamespace where " OURS
    "   and c.relkind in ('r', 'p', 'v') and has_table_privilege(role, c.oid, 'truncate, references, trigger')"
    "  union all select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace where " OURS
    "   and c.relkind = 'S' and has_sequence_privilege(role, c.oid, 'update')"
    "  union all select nspname from pg_namespace where has_schema_privilege(role, oid, 'create')"
    "  union all select datname from pg_database where datname = current_database() and has_database_privilege(role, oid, 'create, temp')"
    " ) as held";

static const char ownerless[] = LIST("c.oid::regclass::text") " pg_class c join pg_namespace n on n.oid = c.relnamespace where " OURS
    " and pg_get_userbyid(c.relowner) <> 'karara_owner'";

/* A mutable row has all three, or it has no version. */
static const char half_versioned[] = LIST("c.oid::regclass::text") " pg_class c join pg_namespace n on n.oid = c.relnamespace"
    " cross join lateral (select count(*) filter (where a.attname = 'version' and a.atttypid = 'int4'::regtype and a.attnotnull) as version,"
    "  count(*) filter (where a.attname in ('created_at', 'updated_at') and a.atttypid = 'timestamptz'::regtype and a.attnotnull) as times"
    "  from pg_attribute a where a.attrelid = c.oid and not a.attisdropped) as has"
    " where " OURS " and c.relkind in ('r', 'p') and has.version = 1 and has.times <> 2";
/* clang-format on */

static void every_tenant_table_names_its_brand(void **state)
{
    (void)state;
    assert_string_equal(pg_value(without_brand_column), "");
}

static void every_tenant_table_forces_row_level_security(void **state)
{
    (void)state;
    assert_true(pg_count("select count(*) from " TENANT_TABLES) >= 6);
    assert_string_equal(pg_value(without_forced_security), "");
}

static void every_tenant_table_has_the_wall_for_all_four_verbs(void **state)
{
    (void)state;
    assert_string_equal(pg_value(without_policies), "");
}

static void brand_leads_every_key_and_index_of_tenant_tables(void **state)
{
    (void)state;
    assert_string_equal(pg_value(keys_without_brand_first), "");
}

static void foreign_keys_between_tenant_tables_carry_the_brand(void **state)
{
    (void)state;
    assert_string_equal(pg_value(foreign_keys_across_brands), "");
}

static void constraints_and_indexes_are_named_by_table_columns_and_kind(void **state)
{
    (void)state;
    assert_string_equal(pg_value(badly_named_constraints), "");
    assert_string_equal(pg_value(badly_named_indexes), "");
    assert_string_equal(pg_value(truncated_names), "");
}

static void views_and_functions_lend_nobody_the_owner_s_rights(void **state)
{
    (void)state;
    assert_string_equal(pg_value(views_of_the_owner), "");
    assert_string_equal(pg_value(open_definer_functions), "");
}

static void everybody_is_granted_nothing(void **state)
{
    (void)state;
    assert_string_equal(pg_value(grants_to_everybody), "");
}

static void workers_own_nothing_and_are_weak(void **state)
{
    (void)state;
    assert_int_equal(pg_count("select count(*) from pg_roles where rolname in ('karara_app', 'karara_worker')"), 2);
    assert_string_equal(pg_value(strong_roles), "");
    assert_string_equal(pg_value(owned_by_workers), "");
    assert_string_equal(pg_value(strong_privileges), "");
    assert_string_equal(pg_value(ownerless), "");
    assert_string_equal(pg_value("select rolcanlogin or rolsuper or rolbypassrls from pg_roles where rolname = 'karara_owner'"),
                        "f");
}

static void temporary_tables_can_t_stand_in_for_real_ones(void **state)
{
    (void)state;
    assert_string_equal(pg_value("select string_agg(s, '; ') from pg_db_role_setting d join pg_roles r on r.oid = d.setrole"
                                 " cross join unnest(setconfig) s where rolname = 'karara_app' and s like 'search_path=%%'"),
                        "search_path=pg_catalog, tenant_shared, pg_temp");
}

static void mutable_rows_have_version_and_times(void **state)
{
    (void)state;
    assert_string_equal(pg_value(half_versioned), "");
}

static void assert_finds(const char *question, const char *offender)
{
    const char *found = pg_value("%s", question);
    if (strstr(found, offender) == NULL) {
        fail_msg("%s was not found by: %.300s", offender, question);
    }
}

static void offenders_are_found(void **state)
{
    (void)state;
    pg_exec("create table tenant_shared.bad (id uuid primary key, version integer not null, task_id uuid unique, n integer,"
            " constraint odd check (n > 0));"
            "create table tenant_shared.worse (brand_id uuid not null, id uuid not null, board_id uuid, task_brand_id uuid,"
            " constraint worse_brand_id_id_pk primary key (brand_id, id),"
            " constraint worse_task_brand_id_board_id_fk foreign key (task_brand_id, board_id) references tenant_shared.boards "
            "(brand_id, id));"
            "alter table tenant_shared.worse enable row level security;"
            "create policy worse_all on tenant_shared.worse using (true);"
            "create index worse_odd on tenant_shared.worse (id);"
            "create table tenant_shared.wide (brand_id uuid not null); call karara.protect('tenant_shared.wide');"
            "create policy wide_more on tenant_shared.wide for select using (true);"
            "create view tenant_shared.peep as select * from tenant_shared.tasks;"
            "create function karara.lend() returns integer language sql security definer as 'select 1';"
            "grant truncate on tenant_shared.worse to karara_app; alter table tenant_shared.bad owner to karara_worker;"
            "grant select on tenant_shared.worse to public");
    assert_finds(without_brand_column, "bad");
    assert_finds(without_forced_security, "worse");
    assert_finds(without_policies, "worse r");
    assert_finds(without_policies, "wide r");
    assert_finds(keys_without_brand_first, "worse_odd");
    assert_finds(foreign_keys_across_brands, "worse_task_brand_id_board_id_fk");
    assert_finds(badly_named_constraints, "odd");
    assert_finds(badly_named_constraints, "bad_pkey");
    assert_finds(badly_named_indexes, "worse_odd");
    assert_finds(views_of_the_owner, "peep");
    assert_finds(open_definer_functions, "karara.lend()");
    assert_finds(grants_to_everybody, "worse");
    assert_finds(owned_by_workers, "bad");
    assert_finds(strong_privileges, "karara_app tenant_shared.worse");
    assert_finds(ownerless, "bad");
    assert_finds(half_versioned, "bad");
    pg_renew();
}

static int begin(void **state)
{
    (void)state;
    pg_begin();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_tenant_table_names_its_brand),
        cmocka_unit_test(every_tenant_table_forces_row_level_security),
        cmocka_unit_test(every_tenant_table_has_the_wall_for_all_four_verbs),
        cmocka_unit_test(brand_leads_every_key_and_index_of_tenant_tables),
        cmocka_unit_test(foreign_keys_between_tenant_tables_carry_the_brand),
        cmocka_unit_test(constraints_and_indexes_are_named_by_table_columns_and_kind),
        cmocka_unit_test(views_and_functions_lend_nobody_the_owner_s_rights),
        cmocka_unit_test(everybody_is_granted_nothing),
        cmocka_unit_test(workers_own_nothing_and_are_weak),
        cmocka_unit_test(temporary_tables_can_t_stand_in_for_real_ones),
        cmocka_unit_test(mutable_rows_have_version_and_times),
        cmocka_unit_test(offenders_are_found),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
