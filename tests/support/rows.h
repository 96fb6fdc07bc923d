/* rows.h - what a test needs to exercise a row of the registry whatever it is: a place with one of each thing, people of every role,
 * an address, and a body that the row accepts.
 *
 * A row for which nothing fitting can be made ends the test with words: a new row needs a fixture here, or in its schema's examples. */
#pragma once

#include "api.h"
#include "api/permission.h"
#include "api/route.h"

/* A brand with one of everything, in which `rows_person(role)` of every role is a member. */
struct row_place {
    struct api_brand brand;
    char task_id[UUID_TEXT_SIZE]; /* on the board's first list, assigned to everybody */
    char other_task_id[UUID_TEXT_SIZE];
    char item_id[UUID_TEXT_SIZE]; /* the only step of the task */
    char empty_list_id[UUID_TEXT_SIZE];
    char spare_team_id[UUID_TEXT_SIZE]; /* without boards; the owner and the mate are in it */
    char template_id[UUID_TEXT_SIZE];
    char notification_id[UUID_TEXT_SIZE]; /* the owner's */
    char unsubscribe_token[256];          /* the owner's */
    char division_id[UUID_TEXT_SIZE];     /* none is below it; the mate is in it, and it has access to the spare team */
    char mate_id[UUID_TEXT_SIZE];         /* a guest of the brand, in both teams */
    char guest_mate_id[UUID_TEXT_SIZE];   /* a client of the brand, in no team */
    char outsider_id[UUID_TEXT_SIZE];     /* an account outside of the brand */
    char outsider_email[128];
    char delegation_id[UUID_TEXT_SIZE];    /* from the owner to the mate */
    char leaving_brand_id[UUID_TEXT_SIZE]; /* of the signer, to be deleted */
    struct api_person signer;              /* a platform admin outside of the brand, with ROWS_PASSWORD */
    struct api_person guarded;             /* an account outside of the brand, with ROWS_PASSWORD and a second factor */
    struct api_person beginner;            /* another one, whose authenticator waits to be confirmed */
    char session_id[UUID_TEXT_SIZE];       /* another session of the signer */
    char subscription_id[UUID_TEXT_SIZE];  /* a browser of theirs that is told by web push */
    char mail_id[UUID_TEXT_SIZE];          /* a mail to the signer */
    char job_id[UUID_TEXT_SIZE];           /* a job that is due tomorrow */
    char token_id[UUID_TEXT_SIZE];         /* an API token of the signer */
    char invitation_id[UUID_TEXT_SIZE];    /* open, to somebody without an account, sent an hour ago */
    char serial[16];                       /* unlike that of any other place */
};

/* A picture of 32 by 24 pixels, which is the logo of each place, and its digest. */
#define ROWS_PICTURE_BASE64                                                                                                    \
    "iVBORw0KGgoAAAANSUhEUgAAACAAAAAYCAIAAAAUMWhjAAAAJElEQVR42mPQzvKlKWIYtWDUglELRi0Y"                                         \
    "tWDUglELRi0YGhYAAB+9ph/R7DUFAAAAAElFTkSuQmCC"
#define ROWS_PICTURE "data:image/png;base64," ROWS_PICTURE_BASE64
#define ROWS_PICTURE_DIGEST "7d61feef48bf558786b60ee2bf84e72cb19788d50fdf10867942aa0fe6091ffb"

#define ROWS_PASSWORD "purple kettle 42 sings"

/* After api_begin(): the six people. */
void rows_begin(void);
struct api_person *rows_person(enum role role);
struct row_place rows_place(void);
/* Removes the brand with all that is in it. */
void rows_leave(const struct row_place *place);

/* "/api/v1/…" with ids of the place filled in; under /brands/{id} when `brand_address` and the row has such an address. */
const char *rows_path(const struct route *row, const struct row_place *place, bool brand_address);
/* The same with the parameter number `which` (from 0) of the row's path from the other place. */
const char *rows_path_mixed(const struct route *row, const struct row_place *place, const struct row_place *other, int which,
                            bool brand_address);
/* True when path or body name something that belongs to the place. */
bool rows_names_place(const struct route *row, const struct row_place *place);
/* A body that the row accepts in this place; NULL for a row that takes none. May ask the API itself. */
const char *rows_body(const struct route *row, const struct row_place *place);

/* Who succeeds with it: the brand's owner, or for a row outside of brands the signer, or who stands as rows about the second factor need
 * it; nobody (NULL) for one that asks by itself who is signed in. */
const struct api_person *rows_asker(const struct route *row, const struct row_place *place);

/* "PATCH /tasks/{id}" */
const char *rows_name(const struct route *row);
/* True for a row that changes something. */
bool rows_writes(const struct route *row);

/* A digest of all rows of all tables. */
const char *rows_digest(void);
