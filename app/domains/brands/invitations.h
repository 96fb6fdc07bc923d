/* invitations.h - invitations to a brand, for the files of this domain. */
#pragma once

#include "domains/brands/brands_rules.h"
#include "platform/seal.h"

#define INVITATION_PAUSE 60     /* seconds between two mails of a brand to an address */
#define INVITATION_MAILS_DAY 5  /* of a brand to an address */
#define INVITATION_MESSAGE 1000 /* characters */

extern const char *const invitation_statuses[];

struct invitation_link {
    char secret[SEAL_TOKEN_SIZE];
    uint8_t digest[32];
};

/* Who is asked in, and as what. */
struct invitation_ask {
    struct uuid id;                     /* of the invitation, or of the one that it renews */
    const char *email, *role, *message; /* message may be NULL */
    struct uuid_list team_ids;
    int64_t access_until; /* 0: no end */
    bool sends;           /* a mail goes out */
    struct invitation_link link;
};

/* What is there already for the address. */
struct invitation_standing {
    struct uuid id;  /* of the invitation that would be renewed; nil for none */
    enum role role;  /* its role */
    bool open;       /* it takes a place of the plan */
    bool belongs;    /* the address is a member's */
    bool ended;      /* whose membership has ended by itself */
    bool suspended;  /* or is suspended */
    int mails_today; /* of this brand to the address */
    int64_t seconds_since_mail;
};

/* From row `row` of query invitation_rooms. */
void invitation_standing_read(const struct db_result *r, int row, struct invitation_standing *ret);

/* Queues looking up these addresses, with the plan's places in each row. Under the brand's lock. */
const struct db_result *invitation_rooms(struct request *rq, struct text_list emails);

/* Whether the caller may ask that; on success the ask has its id and link, and whether a mail goes out: one that is renewed right after its mail
 * keeps the link that it has. The place that its open invitation takes is not counted twice. */
enum err invitation_may_ask(struct request *rq, const struct member_room *room, const struct invitation_standing *s,
                            struct invitation_ask *ask);

/* Makes or renews what was found allowed, each address once, and queues the mails. The rows of query invitations_put, in the order of the asks, or
 * NULL with the error recorded. */
const struct db_result *invitations_put(struct request *rq, const struct invitation_ask *asks, int n);

/* ERR_RATE_LIMITED with Retry-After while there may be no other mail to the address. */
enum err invitation_check_pause(struct request *rq, const struct invitation_standing *s);

/* ---- links ---- */

struct invitation_link invitation_link_make(void);
void invitation_digest(const char *secret, uint8_t ret[32]);

/* Queues the mail of the invitation in this row of query invitations_put or invitation_resend, which has run. */
enum err invitation_mail(struct request *rq, const struct db_result *invitation, int row, const struct invitation_link *link);
