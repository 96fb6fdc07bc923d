/* brands_ruling.c - what the platform's administration decides about a brand. */
#include "domains/brands/brands.h"

#include "api/audit.h"
#include "branding_sql.h"
#include "core/arena.h"
#include "core/config.h"
#include "core/str.h"
#include "domains/users/users.h"
#include "platform/idn.h"
#include "rulings_sql.h"
#include <stdlib.h>
#include <string.h>

static enum err check_subscription(struct request *rq, const char *subscription)
{
    static const char *const plans[] = { "free", "basic", "premium", "enterprise", NULL };
    static const char *const statuses[] = { "active", "trial", "expired", "cancelled", NULL };
    static const char *const cycles[] = { "monthly", "yearly", NULL };
    static const struct key_rule rules[] = {
        { "plan", KEY_CHOICE, plans },       { "status", KEY_CHOICE, statuses }, { "billing_cycle", KEY_CHOICE, cycles },
        { "trial_ends_at", KEY_TEXT, NULL }, { "max_users", KEY_COUNT, NULL },   { "max_projects", KEY_COUNT, NULL },
        { "features", KEY_OBJECT, NULL },    { NULL, KEY_TEXT, NULL },
    };
    return user_keys_check(rq, "subscription", subscription, rules);
}

static const char *action_of(const struct brand_ruling *ruling)
{
    if (ruling->status == NULL) {
        return "brand.subscription_changed";
    }
    return str_eq(ruling->status, "active")      ? "brand.activated"
           : str_eq(ruling->status, "suspended") ? "brand.suspended"
                                                 : "brand.deactivated";
}

/* ---- host names ---- */

/* The host of an address "https://host:port/…". */
static const char *host_of(struct arena *a, const char *address)
{
    const char *at = strstr(address, "://");
    at = at != NULL ? at + 3 : address;
    return arena_strndup(a, at, strcspn(at, ":/"));
}

/* The names in small ASCII letters, each once. */
static enum err read_domains(struct request *rq, const struct text_list *given, struct text_list *ret)
{
    const char **names = arena_alloc(rq->arena, sizeof *names * (size_t)(given->n + 1));
    for (int i = 0; i < given->n; i++) {
        names[i] = idn_host(rq->arena, given->v[i]);
        if (names[i] == NULL) {
            return rq_fail_field(rq, "domains",
                                 arena_printf(rq->arena, "%s is no host name, such as work.example.org", given->v[i]));
        }
        if (str_eq_ci(names[i], host_of(rq->arena, config_text(CONF_PUBLIC_URL)))) {
            return rq_fail_field(rq, "domains", arena_printf(rq->arena, "%s is this installation's own address", names[i]));
        }
        for (int k = 0; k < i; k++) {
            if (strcmp(names[k], names[i]) == 0) {
                return rq_fail_field(rq, "domains", arena_printf(rq->arena, "%s stands there twice", names[i]));
            }
        }
    }
    *ret = (struct text_list){ names, given->n };
    return ERR_NONE;
}

static enum err set_domains(struct request *rq, struct uuid brand_id, const struct text_list *domains)
{
    const struct rq_arg names = { "domains", { .is_set = true, .ss = *domains } };
    const struct db_result *r = rq_ask(rq, &sql_domains_set, RQ_ARGS(ARG_UUID("ruled_id", brand_id), names));
    if (r == NULL) {
        return rq->err;
    }
    json_t *after = json_array();
    arena_adopt(rq->arena, after, (void (*)(void *))json_decref);
    for (int i = 0; i < domains->n; i++) {
        json_array_append_new(after, json_string(domains->v[i]));
    }
    char *text = json_dumps(after, JSON_COMPACT);
    arena_adopt(rq->arena, text, free);
    rq_audit(rq, &(struct audit_note){ .action = "brand.domains_changed",
                                       .resource_type = "brand",
                                       .resource_id = brand_id,
                                       .brand_id = brand_id,
                                       .before = db_text(r, 0, "before"),
                                       .after = arena_printf(rq->arena, "{\"domains\":%s}", text) });
    return ERR_NONE;
}

/* ---- the whole ---- */

/* One entry for what is ruled of status and plan. */
static void note_ruling(struct request *rq, struct uuid brand_id, const struct brand_ruling *ruling, const struct db_result *r)
{
    if (ruling->status != NULL || ruling->subscription != NULL) {
        rq_audit(rq, &(struct audit_note){ .action = action_of(ruling),
                                           .resource_type = "brand",
                                           .resource_id = brand_id,
                                           .brand_id = brand_id,
                                           .before = db_text(r, 0, "before"),
                                           .after = db_text(r, 0, "after") });
    }
}

enum err brand_rule(struct request *rq, struct uuid brand_id, const struct brand_ruling *ruling)
{
    struct text_list domains = { NULL, 0 };
    if (check_subscription(rq, ruling->subscription) != ERR_NONE ||
        (ruling->domains != NULL && read_domains(rq, ruling->domains, &domains) != ERR_NONE)) {
        return rq->err;
    }
    const struct rq_arg *brand = RQ_ARGS(ARG_UUID("ruled_id", brand_id), ARG_TEXT("status", ruling->status),
                                         ARG_TEXT("subscription", ruling->subscription));
    rq_query(rq, &sql_features_check, brand);
    const struct db_result *r = rq_query(rq, &sql_brand_ruled, brand);
    const struct db_result *there = rq_query(rq, &sql_brand_exists, brand);
    if (rq_run(rq) != ERR_NONE) {
        return rq->err;
    }
    if (db_rows(r) == 0) {
        return rq_fail(rq, db_rows(there) > 0 ? ERR_VERSION_MISMATCH : ERR_NOT_FOUND);
    }
    if (ruling->domains != NULL && set_domains(rq, brand_id, &domains) != ERR_NONE) {
        return rq->err;
    }
    note_ruling(rq, brand_id, ruling, r);
    return rq_run(rq);
}
