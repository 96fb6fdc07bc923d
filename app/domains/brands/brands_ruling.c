/* brands_ruling.c - what the platform's administration decides about a brand. */
#include "domains/brands/brands.h"

#include "api/audit.h"
#include "core/str.h"
#include "domains/users/users.h"
#include "rulings_sql.h"

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

enum err brand_rule(struct request *rq, struct uuid brand_id, const struct brand_ruling *ruling)
{
    if (check_subscription(rq, ruling->subscription) != ERR_NONE) {
        return rq->err;
    }
    const struct rq_arg *brand = RQ_ARGS(ARG_UUID("ruled_id", brand_id), ARG_TEXT("status", ruling->status),
                                         ARG_TEXT("subscription", ruling->subscription));
    const struct db_result *r = rq_query(rq, &sql_brand_ruled, brand);
    const struct db_result *there = rq_query(rq, &sql_brand_exists, brand);
    if (rq_run(rq) != ERR_NONE) {
        return rq->err;
    }
    if (db_rows(r) == 0) {
        return rq_fail(rq, db_rows(there) > 0 ? ERR_VERSION_MISMATCH : ERR_NOT_FOUND);
    }
    rq_audit(rq, &(struct audit_note){ .action = action_of(ruling),
                                       .resource_type = "brand",
                                       .resource_id = brand_id,
                                       .brand_id = brand_id,
                                       .before = db_text(r, 0, "before"),
                                       .after = db_text(r, 0, "after") });
    return rq_run(rq);
}
