/* guard.h - who asks, in which brand, and whether the row's permission lets them. Nothing behind it asks again. */
#pragma once

#include "api/request.h"

/* Identity, limits of the person, brand, access and permission, limit of the brand: in that order. */
enum err guard_pass(struct request *rq);

/* After the database refused the cached access: computes it anew and asks the permission again. */
enum err guard_again(struct request *rq);
