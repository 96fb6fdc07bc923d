/* guard.h - who asks, in which brand, and whether the row's permission lets them. Nothing behind it asks again. */
#pragma once

#include "api/request.h"

/* Identity, limits of the person, brand, access and permission, limit of the brand: in that order. */
enum err guard_pass(struct request *rq);

/* After the database refused the cached access: computes it anew and asks the permission again. */
enum err guard_again(struct request *rq);

/* Finds out who asks, for the handler of a public row with ROUTE_ASKS_CALLER, before its first query: from then on the row is as one for
 * signed-in people. ERR_AUTHENTICATION_REQUIRED for nobody; API tokens are refused. */
enum err guard_identify(struct request *rq);
