/* members.c - what one person may do in one brand, and why. */
#include "ctl/ctl.h"

#include "api/bind.h"
#include "api/effective.h"
#include "core/arena.h"
#include "platform/db.h"
#include "roles_sql.h"
#include <stdio.h>
#include <string.h>

/* The queries of the API know brand and person by their ids. */
static const char find_ids[] = "select coalesce((select m.brand_id || ' ' || m.user_id from karara.brand_members m"
                               " join karara.brands b on b.id = m.brand_id join karara.users u on u.id = m.user_id"
                               " where b.slug = lower($1) and lower(u.email) = lower($2)), '')";

/* `r`: a row of member_effective. */
static void print_permissions(const struct effective *e, const struct db_result *r)
{
    bool active = db_bool(r, 0, "active");
    printf("role %s%s%s%s\n%-26s %-7s decided by\n", db_text(r, 0, "role"), active ? "" : ", not active: nothing holds",
           active && db_bool(r, 0, "read_only") ? ", brand suspended: nothing can be changed" : "",
           active && db_bool(r, 0, "lacks_two_factor")
               ? ", without the second factor that the brand asks for: nothing holds yet"
               : "",
           "permission", "");
    for (int i = PERM_PLATFORM_ADMIN + 1; i < PERM_COUNT; i++) {
        enum permission p = (enum permission)i;
        struct uuid from;
        char id[UUID_TEXT_SIZE] = "";
        enum effective_source source = effective_source(e, p, &from);
        if (source == EFFECTIVE_DELEGATION) {
            uuid_format(&from, id);
        }
        bool can = active && (e->all & permission_bit(p)) != 0;
        printf("%-26s %-7s %s%s%s\n", permission_key(p), can ? "can" : "cannot", effective_source_name(source),
               id[0] != '\0' ? " " : "", id);
    }
}

/* The query that the API answers with, too. */
static const struct db_result *ask(const struct ctl *c, struct db *d, struct uuid brand, struct uuid person)
{
    const struct db_result *r =
        bind_queue(d, c->arena, &sql_member_effective, RQ_ARGS(ARG_UUID("brand_id", brand), ARG_UUID("user_id", person)));
    if (db_run(d) != DB_OK) {
        ctl_fail(c, "%s", db_error(d)->message);
        return NULL;
    }
    return r;
}

static bool explain(const struct ctl *c, struct db *d, const char *ids)
{
    struct uuid brand, person;
    struct effective e;
    if (strlen(ids) != 2 * (UUID_TEXT_SIZE - 1) + 1 || !uuid_parse(arena_strndup(c->arena, ids, UUID_TEXT_SIZE - 1), &brand) ||
        !uuid_parse(ids + UUID_TEXT_SIZE, &person)) {
        ctl_fail(c, "%s is no member of %s; `kararactl user list` shows who is", ctl_option(c, "user"), ctl_option(c, "brand"));
        return false;
    }
    const struct db_result *r = ask(c, d, brand, person);
    if (r == NULL || db_rows(r) == 0) {
        return false;
    }
    const struct effective_input in = { role_parse(db_text(r, 0, "role")), db_text(r, 0, "role_changes"),
                                        db_text(r, 0, "overrides"), db_text(r, 0, "delegated") };
    effective_compute(c->arena, &in, &e);
    print_permissions(&e, r);
    return true;
}

int ctl_member_permissions(struct ctl *c)
{
    if (ctl_option(c, "user") == NULL || ctl_option(c, "brand") == NULL) {
        ctl_fail(c, "--user EMAIL and --brand SLUG go together");
        return CTL_USAGE;
    }
    const char *brand = ctl_brand(c, ctl_option(c, "brand"));
    struct db *d = brand != NULL ? ctl_admin(c, true) : NULL;
    const char *ids = d != NULL ? ctl_value(c, d, find_ids, brand, ctl_option(c, "user"), NULL) : NULL;
    bool ok = ids != NULL && explain(c, d, ids);
    db_close(d);
    return ok ? CTL_OK : CTL_FAILED;
}
