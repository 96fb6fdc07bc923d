/* auth_hash.c - the costly part of passwords, and where it may happen. */
#include "domains/auth/auth_rules.h"

#include "core/log.h"
#include "platform/password.h"
#include <stdlib.h>

/* A row without the flag is served by the workers that all other requests wait for, and a computation between BEGIN and COMMIT keeps rows
 * and a snapshot for as long as it waits for its turn. Either is a mistake in the code that every test of the row meets. */
static void must_be_here(const struct request *rq)
{
    if ((rq->route->flags & ROUTE_HASHES) == 0 || rq->explicit_tx) {
        LOG(LOG_ERROR, "password_computed_in_the_wrong_place", LOG_STR("route", rq->route->path),
            LOG_STR("message", rq->explicit_tx ? "within a transaction: see rq_peek" : "the row lacks ROUTE_HASHES"));
        abort();
    }
}

const char *auth_password_hash(struct request *rq, const char *password)
{
    must_be_here(rq);
    return password_hash(rq->arena, password);
}

bool auth_password_fits(struct request *rq, const char *hash, const char *password)
{
    must_be_here(rq);
    return password_verify(hash, password);
}
