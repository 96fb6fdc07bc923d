/* devices.h - on what and from where somebody is signed in, in words. */
#pragma once

#include "api/request.h"

/* What a browser calls itself as people say it, "Firefox on Linux"; programs by their own name, "curl 8.5". In this language (English or
 * German). */
const char *device_name(struct arena *a, const char *user_agent, const char *language);

/* Runs and writes the page of the caller's sessions, each with its place. */
enum err device_list(struct request *rq);

/* Queues the mail about a sign-in from a device or a network that isn't known of the person, whose row of auth_session_open that is. */
enum err device_letter(struct request *rq, const struct db_result *opened);
