/* inviting.h - what tests of invitations share: a brand of its own for each test, and what is mailed and answered. On cast.h. */
#pragma once

#include "api.h"

#define PASSWORD "a purple kettle hums" /* of who accepts with a new account */

extern struct api_person owner, manager;
extern struct api_brand brand; /* both belong to it */
extern int serial;             /* unlike that of any other test */

/* The set-up of each test: all of these anew. */
int inviting_begin(void **state);

/* The address of somebody who is called so in this test. */
const char *email_of(const char *name);
/* An account with this invited address, signed in. */
struct api_person account(const char *name);

/* `more` are further fields: ",\"message\":\"Come\"", or "". */
struct api_reply invite_with(const struct api_person *who, const char *name, const char *role, const char *more);
/* By the owner; it has to succeed. */
struct api_reply invite(const char *name, const char *role);
const char *path_of(const struct api_reply *made);
/* Lets the pause between two mails to an address pass. */
void later(void);

/* A column of the newest mail to them, "" for none; and how many there are. */
const char *newest_mail(const char *name, const char *column);
long long mails_to(const char *name);
/* The secret of the newest link that was mailed to them. */
const char *token_of(const char *name);

struct api_reply preview(const char *token);
struct api_reply accept_as(const struct api_person *who, const char *token);
struct api_reply accept_new(const char *token);
/* Fails the test unless it is answered that the invitation is gone, and why. */
void gone(const struct api_reply *r, const char *reason);

/* "member active"; "none" for nobody of the brand. */
const char *role_of(const char *user_id);
long long members(void);
void limit_users(int most);
/* How many events of the brand, and entries of its audit log. */
long long told(const char *kind);
long long audited(const char *action);
