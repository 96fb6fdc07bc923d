/* members_bulk.h - many memberships in one request, for the files of this domain: read, looked up, judged one after the other, and done at
 * once.
 *
 * Not by api/bulk.h, which takes each operation through its own route: the five hundred people of a table would hold the brand's row, and with
 * it everybody else's changes of members, for a thousand round trips, where here it is for as few as one person takes. For that the rules
 * work on what all of them will be, and every write takes many. What goes over the wire differs as well: people are named by address as well
 * as by id, a table may stand for the JSON, an addition may come to an invitation, and all or nothing says of each what would become of it,
 * not only of the first that was refused. Shared is the limit of operations. */
#pragma once

#include "api/bulk.h"
#include "domains/brands/invitations.h"

enum bulk_kind { BULK_ADD, BULK_UPDATE, BULK_REMOVE, BULK_INVITE };

struct bulk_operation {
    struct input in;
    const char *op, *email, *role, *permissions, *status, *message;
    struct uuid user_id;
    struct uuid_list team_ids;
    struct text_list teams; /* names */
    int64_t expires_at;
};

/* What an operation may say. */
extern const struct schema bulk_operation_schema;

struct bulk_item {
    struct bulk_operation in;
    enum bulk_kind kind;
    bool has_expiry;
    struct uuid id;            /* of the person, once found; of the invitation */
    const char *address;       /* as compared with others; "" for none */
    struct uuid person_id;     /* of the account with an invited address: for this request's eyes only */
    struct uuid_list into_ids; /* teams */
    struct invitation_ask ask; /* of BULK_INVITE */
    int status;                /* what a request of its own would answer */
    const char *error;         /* JSON, or NULL */
};

struct bulk {
    struct bulk_item *items;
    int count;
    bool refused; /* at least one is */
};

/* ---- members_bulk_read.c: operations that can't be understood are refused by themselves; errors of the whole are recorded ---- */

enum err bulk_read_json(struct request *rq, struct bulk *ret);
enum err bulk_read_csv(struct request *rq, const char *text, struct bulk *ret);

/* ---- members_bulk_rules.c ---- */

/* Refuses an item with the error that is recorded, and forgets that. */
void bulk_refuse(struct request *rq, struct bulk *b, struct bulk_item *item);

/* Looks up everybody and judges each, in their order, as if the ones before were done. */
enum err bulk_judge(struct request *rq, struct bulk *b);
/* Refuses all that isn't refused yet. */
void bulk_refuse_rest(struct request *rq, struct bulk *b);
/* Does what isn't refused; some of it stays queued. */
enum err bulk_apply(struct request *rq, const struct bulk *b);
