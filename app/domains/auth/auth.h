/* auth.h - what other domains may use of signing in. */
#pragma once

#include "api/request.h"

/* A sign-in's answer: access token, its person, their brands. */
extern const struct schema auth_tokens_schema;

/* Runs what is queued, and makes the reply of this session's tokens: access token with the person's brands and the session's brand.
 * `refresh_token` goes into the cookie, or into the body; NULL leaves the client with the one it has. */
enum err auth_tokens_issue(struct request *rq, struct uuid session_id, const char *refresh_token, bool in_body);
