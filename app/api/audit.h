/* audit.h - who did what, and who tried: one entry per sign-in, change of access, and act of the platform's administration, written in the
 * transaction of the act, so that neither is there without the other.
 *
 * A write that is one statement adds its entry to it: fragment emit_audit of audit.sql. Everything else calls rq_audit. Neither is ever
 * given a password, a token or a key. */
#pragma once

#include "api/request.h"

struct audit_note {
    const char *action;         /* "auth.login_failed"; NULL: the row's event */
    const char *resource_type;  /* "user", "member", "brand" … */
    struct uuid resource_id;    /* nil: none */
    struct uuid brand_id;       /* nil: the brand that the request is in, if any */
    const char *before, *after; /* JSON objects, or NULL */
    bool failure;               /* it was tried, and refused */
};

/* Queues the entry; it commits with the request, also where the reply is an error (rq_fail_keep). The actor is who has signed in, or
 * nobody; a row for platform admins marks its entries as the platform's. Strings must live until the next rq_run. */
void rq_audit(struct request *rq, const struct audit_note *note);
