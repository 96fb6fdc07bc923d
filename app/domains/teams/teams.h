/* teams.h - what other domains may use of teams. */
#pragma once

#include "api/request.h"

/* Queues putting somebody of the brand, who is in none of them, into these teams. After rq_run its column `added` says how many
 * of them there are in this brand. */
const struct db_result *team_person_add(struct request *rq, struct uuid user_id, struct uuid_list team_ids);
