/* sign.h - people who register and sign in through the API, by the password that they all have. On api.h.
 *
 *   struct api_reply r = sign_up("ada");                     // ada@auth.example, signed in where nothing asks for a confirmation
 *   struct api_person ada = sign_person(&r);
 *   assert_int_equal(sign_in("ada", "a wrong guess").status, 401);
 *
 * Texts that are returned live as long as replies. */
#pragma once

#include "api.h"

#define SIGN_PASSWORD "correct horse battery"

/* The setup of each test: anybody may register, without a confirmation; ten wrong passwords lock for a minute. */
int sign_defaults(void **state);

const char *sign_email(const char *name);
/* Registers them; their tokens come in the body. */
struct api_reply sign_up(const char *name);
struct api_reply sign_in(const char *name, const char *password);
struct api_reply sign_in_to(const char *name, const char *brand); /* id or slug */
struct api_reply sign_refresh(const char *token);
/* The person of a reply with tokens. */
struct api_person sign_person(const struct api_reply *r);
struct api_person sign_account(const char *name); /* sign_up and sign_person */
int sign_status(const struct api_person *p);      /* of GET /users/me */
