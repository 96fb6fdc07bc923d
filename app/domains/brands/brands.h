/* brands.h - what other domains may use of brands. */
#pragma once

#include "api/request.h"

/* What the platform's administration changes about a brand; NULL leaves it. */
struct brand_ruling {
    const char *status;              /* active, suspended (it can be read only), inactive (nobody enters it) */
    const char *subscription;        /* JSON object, laid over it key by key */
    const struct text_list *domains; /* the host names that are its own, the one that mails lead to first */
};

/* Changes a brand from outside, in a row that is TX_STEPS, and notes it in its audit log. Runs what is queued. ERR_NOT_FOUND when there is no such
 * brand, ERR_VERSION_MISMATCH when it isn't the one of If-Match: for rq_missing to explain. */
enum err brand_rule(struct request *rq, struct uuid brand_id, const struct brand_ruling *ruling);
