/* users_rules.h - the rules of the users domain, for its own files. */
#pragma once

#include "domains/users/users.h"

enum err user_preferences_check(struct request *rq, const char *preferences);
