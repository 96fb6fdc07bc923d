/* audit.c - see audit.h. */
#include "api/audit.h"

#include "api/access.h"
#include "audit_sql.h"

static struct rq_arg id_or_null(const char *name, struct uuid id)
{
    return (struct rq_arg){ name, { .is_set = !uuid_is_nil(&id), .u = id } };
}

void rq_audit(struct request *rq, const struct audit_note *note)
{
    struct uuid brand = note->brand_id;
    if (uuid_is_nil(&brand) && rq->access != NULL) {
        brand = rq->brand_id;
    }
    rq_query(rq, &sql_audit_add,
             RQ_ARGS(id_or_null("of_brand_id", brand), ARG_BOOL("platform", rq->route->permission == PERM_PLATFORM_ADMIN),
                     ARG_TEXT("action", note->action != NULL ? note->action : rq->route->event),
                     ARG_TEXT("resource_type", note->resource_type), id_or_null("resource_id", note->resource_id),
                     ARG_TEXT("before", note->before), ARG_TEXT("after", note->after),
                     ARG_TEXT("outcome", note->failure ? "failure" : "success")));
}
